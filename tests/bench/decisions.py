"""How fast ten million decisions by 5,000 caseworkers are audited: `make bench`. Not a test.

Invented people with advice in three tiers, whether it was opened, what the caseworker decided, an
office, an outcome, a score, sex and origin; every question the case can carry is asked, with its
references and tolerance. Once with people who have nothing to do with each other, once with the
caseworkers declared as the clusters they come in. The people are drawn in a process of their own too,
so that the memory of the audit is its alone.
"""

import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from apart import contest, fresh

PEOPLE, CASEWORKERS, OFFICES, CHUNK = 10_000_000, 5_000, 100, 1_000_000
TIERS = ["low", "medium", "high"]


def make(path: str, people: str) -> dict[str, float]:
    """Write invented decisions, chunk by chunk, the same for everyone who runs this."""
    import pyarrow.parquet as parquet

    drawn = (chunk(at, min(CHUNK, int(people) - at)) for at in range(0, int(people), CHUNK))
    first = next(drawn)
    with parquet.ParquetWriter(path, first.schema) as file:
        file.write_table(first)
        for table in drawn:
            file.write_table(table)
    return {"people": float(people)}


def chunk(at: int, n: int):
    """Some people and what was decided on them: 3 in 100 more are moved down if not native."""
    import numpy as np
    import pyarrow as pa

    draw = np.random.default_rng([1, at])
    score = draw.beta(2, 4, n).round(3)
    tier = np.searchsorted([0.33, 0.48], score, side="right")
    caseworker = draw.integers(0, CASEWORKERS, n)
    native = draw.random(n) < 0.8
    opened = draw.random(n) < 0.9
    chance = draw.random(n)
    own = (caseworker % 7) / 100  # caseworkers differ
    down = opened & (chance < np.where(native, 0.04, 0.07) + own)
    up = opened & (chance > 0.95 - own)
    decision = np.clip(tier + up - down, 0, 2)
    words = {"tier": tier, "decision": decision}
    return pa.table(
        {name: pa.array(TIERS).take(pa.array(codes)) for name, codes in words.items()}
        | {
            "score": score,
            "caseworker": pa.array([f"c{i:04d}" for i in range(CASEWORKERS)]).take(
                pa.array(caseworker)
            ),
            "office": pa.array([f"office {i}" for i in range(OFFICES)]).take(
                pa.array(caseworker % OFFICES)
            ),
            "opened": opened,
            "outcome": draw.random(n) < score,
            "sex": pa.array(["men", "women"]).take(pa.array((draw.random(n) < 0.47).astype(int))),
            "origin": pa.array(["other", "native"]).take(pa.array(native.astype(int))),
        }
    )


def audited(path: str, *clusters: str) -> dict[str, float]:
    """The whole audit, from importing to the last finding; ``clusters`` names their column, if any."""
    import wfaudit as wf

    declared = {
        "source": path,
        "roles": {
            "score": "score",
            "tier": {"column": "tier", "order": TIERS},
            "flagged": {"tier_at_least": "high"},
            "flag_is": "help",
            "decision": {"column": "decision", "order": TIERS},
            "decided_by": "caseworker",
            "office": "office",
            "opened": "opened",
            "outcome": "outcome",
        },
        "groups": {"sex": {"reference": "men"}, "origin": {"reference": "native"}},
        "intersections": {"sets": [["sex", "origin"]]},
        "tolerance": {"default": {"gap": 0.02}},
    }
    for column in clusters:
        declared["roles"]["cluster"] = column
    audit = wf.audit(wf.Case.from_dict(declared))
    rows = sum(len(result.table) for result in audit.results)
    return {"rows": float(rows), "findings": float(len(audit.findings))}


CONTESTANTS = {"make": make, "audited": audited}
ASKED = (("people unrelated", ()), ("caseworkers declared as clusters", ("caseworker",)))


def main() -> None:
    """Run everything once and print a table."""
    print(
        f"Measured {datetime.now(UTC).date()} by `make bench`, {os.cpu_count()} cores, Python {platform.python_version()},"
    )
    print(f"duckdb {version('duckdb')}; fresh processes, imports and loading included.\n")
    print(
        f"| {PEOPLE:,} decisions by {CASEWORKERS:,} caseworkers, the whole audit | seconds | peak memory | rows of results |"
    )
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        people = str(Path(folder) / "decisions.parquet")
        fresh(__file__, "make", people, str(PEOPLE))
        for what, given in ASKED:
            told = fresh(__file__, "audited", people, *given)
            print(
                f"| {what} | {told['seconds']:.1f} s | {told['peak_mb']:,.0f} MB | {told['rows']:,.0f} |"
            )


if __name__ == "__main__":
    contest(CONTESTANTS, *sys.argv[1:]) if len(sys.argv) > 1 else main()

"""How fast ten million pairs are asked who is shown to whom: `make bench`. Not a test.

100,000 invented people, each shown a list of 100 of 1,000 vacancies; every measure of exposure that the
case can carry, by the groups of both sides, with intervals over lists. The pairs are drawn in a process of
their own. Told besides: the same on 100 million pairs, and how long a peer takes for what it computes too.
"""

import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from apart import contest, fresh

PEOPLE, VACANCIES, LENGTH, CHUNK = 100_000, 1_000, 100, 10_000
SOME = 5_000  # lists for a peer that goes through them one by one
ASKED = (
    "exposure", "top_share", "mean_rank", "exposure_per_relevance", "exposure_at_relevance", "tied_share",
    "ndcg",
)  # fmt: skip


def make(folder: str, people: str) -> dict[str, float]:
    """Write invented lists, chunk by chunk, the same for everyone who runs this."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as parquet

    root, n = Path(folder), int(people)
    draw = np.random.default_rng(1)
    sizes = draw.integers(0, 3, VACANCIES)
    jobs = [f"v{v:04d}" for v in range(VACANCIES)]
    size = pa.array(["small", "medium", "large"]).take(pa.array(sizes))
    region = pa.array(["north", "south"]).take(pa.array(draw.integers(0, 2, VACANCIES)))
    parquet.write_table(
        pa.table({"vacancy": jobs, "size": size, "region": region}), root / "vacancies.parquet"
    )
    sex = pa.array(["men", "women"]).take(pa.array((draw.random(n) < 0.47).astype(int)))
    ids = pa.array([f"p{p:07d}" for p in range(n)])
    parquet.write_table(pa.table({"person": ids, "sex": sex}), root / "people.parquet")
    drawn = (lists(at, min(CHUNK, n - at), sizes, jobs) for at in range(0, n, CHUNK))
    first = next(drawn)
    with parquet.ParquetWriter(root / "pairs.parquet", first.schema) as file:
        file.write_table(first)
        for table in drawn:
            file.write_table(table)
    return {"pairs": float(n * LENGTH)}


def lists(at: int, n: int, sizes, jobs):
    """The lists of some people: scores in steps of 0.001, small employers 0.03 lower."""
    import numpy as np
    import pyarrow as pa

    draw = np.random.default_rng([1, at])
    first = draw.integers(0, VACANCIES, n)
    step = draw.choice(
        [1, 3, 7, 9], n
    )  # none divides 1,000, so that nobody is shown a vacancy twice
    vacancy = (first[:, None] + np.arange(LENGTH) * step[:, None]) % VACANCIES
    fits = draw.integers(0, 4, (n, LENGTH))
    score = 0.2 * fits + 0.3 * draw.random((n, LENGTH)) - 0.03 * (sizes[vacancy] == 0)
    order = np.argsort(-score, axis=1)
    vacancy, fits, score = (np.take_along_axis(x, order, axis=1) for x in (vacancy, fits, score))
    return pa.table({
        "person": pa.array([f"p{at + p:07d}" for p in range(n)]).take(
            pa.array(np.repeat(np.arange(n), LENGTH))
        ),
        "vacancy": pa.array(jobs).take(pa.array(vacancy.ravel())),
        "rank": np.tile(np.arange(1, LENGTH + 1), n),
        "score": score.clip(0).round(3).ravel(),
        "fits": fits.ravel(),
    })  # fmt: skip


def exposed(folder: str, *asked: str) -> dict[str, float]:
    """Every measure of exposure from importing to the last interval."""
    import wfaudit as wf
    from wfaudit.measures import MATCHING

    root = Path(folder)
    case = wf.Case.from_dict({
        "source": root / "pairs.parquet",
        "tables": {
            "people": {"path": root / "people.parquet", "key": "person", "role": "query"},
            "vacancies": {"path": root / "vacancies.parquet", "key": "vacancy", "role": "item"},
        },
        "roles": {
            "query": "person", "item": "vacancy", "rank": "rank", "relevance": "fits",
            "score": {"column": "score", "resolution": 0.001},
        },
        "groups": {
            "sex": {"table": "people", "reference": "men"},
            "size": {"table": "vacancies", "reference": "large"},
            "region": {"table": "vacancies", "reference": "north"},
        },
        "tolerance": {"default": {"gap": 0.05}},
    })  # fmt: skip
    results = [r for name in asked or ASKED for r in MATCHING[name].ask(case)]
    return {"rows": float(sum(len(r.table) for r in results))}


def peer(folder: str, people: str) -> dict[str, float]:
    """FairRankTune's mean exposure by size of employer, of some lists; it gives no intervals."""
    import pandas as pd
    from FairRankTune.Metrics.EXP import EXP

    root = Path(folder)
    pairs = pd.read_parquet(
        root / "pairs.parquet", filters=[("person", "<", f"p{int(people):07d}")]
    ).sort_values(["person", "rank"])
    ranked = pd.DataFrame(pairs["vacancy"].to_numpy().reshape(-1, LENGTH).T)
    size = pd.read_parquet(root / "vacancies.parquet").set_index("vacancy")["size"].to_dict()
    _, means = EXP(ranked, size, "MaxMinDiff")
    return means | {"lists": float(ranked.shape[1])}


CONTESTANTS = {"make": make, "exposed": exposed, "peer": peer}


def main() -> None:
    """Run everything once and print a table."""
    print(
        f"Measured {datetime.now(UTC).date()} by `make bench`, {os.cpu_count()} cores, Python {platform.python_version()},"
    )
    print(f"duckdb {version('duckdb')}; fresh processes, imports and loading included.\n")
    print("| pairs | all measures of exposure | peak memory | rows of results |")
    print("|---|---|---|---|")
    for people in (PEOPLE, 10 * PEOPLE):
        with tempfile.TemporaryDirectory() as folder:
            pairs = fresh(__file__, "make", folder, str(people))["pairs"]
            told = fresh(__file__, "exposed", folder)
            print(
                f"| {pairs:,.0f} | {told['seconds']:.1f} s | {told['peak_mb']:,.0f} MB | {told['rows']:,.0f} |"
            )
            if people == PEOPLE:
                alone = fresh(__file__, "exposed", folder, "exposure")
                theirs = fresh(__file__, "peer", folder, str(SOME))
    whole = theirs["seconds"] * PEOPLE / theirs["lists"]
    print(
        f"\nExposure alone, by three groups with intervals: {alone['seconds']:.1f} s. FairRankTune {version('FairRankTune')}, by one group "
        f"without: {theirs['seconds']:.1f} s for {theirs['lists']:,.0f} lists, so {whole:,.0f} s for all ({whole / alone['seconds']:.0f} times)."
    )


if __name__ == "__main__":
    contest(CONTESTANTS, *sys.argv[1:]) if len(sys.argv) > 1 else main()

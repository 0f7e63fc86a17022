"""How fast, side by side with fairlearn, in fresh processes: `make bench`. Not a test.

One million invented people, three attributes (2, 3 and 8 groups), all seven margins and
intersections, five rates that both have. Each contestant is a process of its own that imports,
loads the file and computes; wall time is taken from outside. Ours always has intervals.
"""

import os
import platform
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import combinations
from pathlib import Path

from apart import contest, fresh

ATTRIBUTES = ("sex", "age", "region")
SETS = [c for r in (1, 2, 3) for c in combinations(ATTRIBUTES, r)]
RATES = ("selection_rate", "false_negative_rate", "false_positive_rate", "accuracy", "precision")
PEOPLE, FEWER, REPLICATES = 1_000_000, 100_000, 3


def make(path: Path, n: int) -> None:
    """Write invented people, the same for everyone who runs this."""
    import numpy as np
    import pandas as pd

    draw = np.random.default_rng(1)
    columns = {
        "sex": draw.choice(["women", "men"], n),
        "age": draw.choice(["under 30", "30 to 49", "50 and over"], n),
        "region": draw.choice([f"region {i}" for i in range(8)], n),
        "y_true": draw.random(n) < 0.3,
        "y_pred": draw.random(n) < 0.25,
    }
    pd.DataFrame(columns).to_parquet(path)


def ours(path: str) -> dict[str, float]:
    """Every rate with intervals, from importing to the last number."""
    import wfaudit as wf

    declared = {
        "source": path,
        "roles": {"flagged": "y_pred", "outcome": "y_true"},
        "groups": {name: {} for name in ATTRIBUTES},
        "intersections": {"sets": [list(c) for c in SETS if len(c) > 1]},
    }
    case = wf.Case.from_dict(declared)
    found = [wf.rates(case, rate, by=keys) for keys in reversed(SETS) for rate in RATES]
    return {"rows": float(sum(len(r.to_frame()) for r in found))}


def theirs(path: str, replicates: str = "0") -> dict[str, float]:
    """The same rates by fairlearn.metrics.MetricFrame; with a bootstrap where asked."""
    import pandas as pd
    from fairlearn import metrics
    from sklearn.metrics import accuracy_score, precision_score

    people = pd.read_parquet(path)
    rates = {
        "selection_rate": metrics.selection_rate,
        "false_negative_rate": metrics.false_negative_rate,
        "false_positive_rate": metrics.false_positive_rate,
        "accuracy": accuracy_score,
        "precision": precision_score,
    }
    boot = {}
    if n := int(replicates):
        boot = {"n_boot": n, "ci_quantiles": [0.025, 0.975], "random_state": 1}
    rows = 0
    for keys in SETS:
        frame = metrics.MetricFrame(
            metrics=rates,
            y_true=people["y_true"],
            y_pred=people["y_pred"],
            sensitive_features=people[list(keys)],
            **boot,
        )
        rows += frame.by_group.size
    return {"rows": float(rows)}


def counting(path: str) -> dict[str, float]:
    """The counting stage alone against a bare GROUP BY on the same file: the best of seven each."""
    import duckdb

    import wfaudit as wf
    from wfaudit.counts import count

    declared = {
        "source": path,
        "roles": {"flagged": "y_pred", "outcome": "y_true"},
        "groups": {name: {} for name in ATTRIBUTES},
        "intersections": {"sets": [list(ATTRIBUTES)]},
    }
    case = wf.Case.from_dict(declared)
    _ = case.door
    bare = duckdb.connect()
    query = f"SELECT {', '.join(ATTRIBUTES)}, y_pred, y_true, count(*) FROM read_parquet($p) GROUP BY ALL"
    seconds: dict[str, list[float]] = {"wfaudit": [], "bare": []}
    for _ in range(7):
        case.counted.clear()
        start = time.perf_counter()
        for keys in reversed([(), *SETS]):
            count(case, keys)
        seconds["wfaudit"].append(time.perf_counter() - start)
        start = time.perf_counter()
        bare.execute(query, {"p": path}).fetchall()
        seconds["bare"].append(time.perf_counter() - start)
    return {name: min(times) for name, times in seconds.items()}


def main() -> None:
    """Run everything once and print a table, ratios first."""
    with tempfile.TemporaryDirectory() as folder:
        many, fewer = Path(folder) / "many.parquet", Path(folder) / "fewer.parquet"
        make(many, PEOPLE)
        make(fewer, FEWER)
        fresh(
            __file__, "ours", str(fewer)
        )  # the first start of a process reads its libraries from disk
        mine, mine_fewer = fresh(__file__, "ours", str(many)), fresh(__file__, "ours", str(fewer))
        count = fresh(__file__, "counting", str(many))
        plain = fresh(__file__, "theirs", str(many))
        alone, boot = (
            fresh(__file__, "theirs", str(fewer)),
            fresh(__file__, "theirs", str(fewer), str(REPLICATES)),
        )
    replicate = (boot["seconds"] - alone["seconds"]) / REPLICATES
    thousand = alone["seconds"] + 1000 * replicate
    print(
        f"Measured {datetime.now(UTC).date()} by `make bench`, {os.cpu_count()} cores, Python {platform.python_version()},"
    )
    print(
        f"fairlearn {version('fairlearn')}, duckdb {version('duckdb')}; fresh processes, imports and loading included.\n"
    )
    print("| what | wfaudit, with intervals | fairlearn | ratio |")
    print("|---|---|---|---|")
    print(
        f"| 5 rates, 7 key sets, {PEOPLE:,} people, fairlearn without intervals | {mine['seconds']:.2f} s | {plain['seconds']:.1f} s | {plain['seconds'] / mine['seconds']:.0f} |"
    )
    print(
        f"| the same with a bootstrap of 1,000 at {FEWER:,} people ({REPLICATES} replicates measured, {replicate:.1f} s each, extrapolated) | {mine_fewer['seconds']:.2f} s | {thousand:,.0f} s | {thousand / mine_fewer['seconds']:,.0f} |"
    )
    print(
        f"| peak memory, {PEOPLE:,} people | {mine['peak_mb']:.0f} MB | {plain['peak_mb']:.0f} MB | {plain['peak_mb'] / mine['peak_mb']:.1f} |"
    )
    print(
        f"\nCounting all key sets: {count['wfaudit']:.3f} s; a bare GROUP BY of the widest in DuckDB: {count['bare']:.3f} s; ratio {count['wfaudit'] / count['bare']:.2f}."
    )


if __name__ == "__main__":
    contestants = {"ours": ours, "theirs": theirs, "counting": counting}
    contest(contestants, *sys.argv[1:]) if len(sys.argv) > 1 else main()

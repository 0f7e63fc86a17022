"""How fast attributions are, side by side with woodelf-explainer and shap: `make bench`. Not a test.

    python tests/bench/drivers.py

Two figures. Trees: LightGBM, 200 trees of at most 31 leaves and depth 6, 50 inputs; 10,000 people against a
background of all 10,000. Sums: a table of points of 50 inputs, one million people in a Parquet file, and four million for the memory.
Each contestant is a process of its own that imports, loads the file and computes; wall time is taken from outside.
Ours always ends in the gap between two groups, split into 50 inputs with intervals. Contestants take turns, so that
what else the machine does falls on both; the time of the processor is told beside, which hangs on it less.
"""

import json
import os
import pickle
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

INPUTS = [f"x{at:02d}" for at in range(50)]
PEOPLE, ROUNDS = 10_000, 3
SOME, BEHIND = 50, 500  # what shap is given: people, and rows of the background
MANY, MORE = 1_000_000, 4_000_000
LEVELS = 5


def make_trees(folder: str) -> dict[str, float]:
    """Write invented people and a model trained on them."""
    import numpy as np
    import pandas as pd
    from lightgbm import LGBMClassifier

    draw = np.random.default_rng(1)
    people = pd.DataFrame(draw.normal(size=(PEOPLE, len(INPUTS))), columns=INPUTS)
    chance = people["x00"] + people["x01"] * people["x02"] + people.iloc[:, 3:20].sum(axis=1) / 4
    outcome = draw.random(PEOPLE) < 1 / (1 + np.exp(-chance))
    trained = LGBMClassifier(
        n_estimators=200, num_leaves=31, max_depth=6, random_state=0, verbose=-1
    )
    with (Path(folder) / "model.pickle").open("wb") as file:
        pickle.dump(trained.fit(people, outcome), file)
    people.assign(sex=draw.choice(["women", "men"], PEOPLE)).to_parquet(f"{folder}/people.parquet")
    return {"leaves": float(trained.booster_.trees_to_dataframe()["split_feature"].isna().sum())}


def make_sums(path: str, n: str) -> dict[str, float]:
    """Write invented people with 50 inputs of five levels each, a million at a time."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    for part in range(int(n) // MANY):
        draw = np.random.default_rng((2, part))
        columns = {name: draw.integers(0, LEVELS, MANY).astype(float) for name in INPUTS}
        table = pa.table(columns | {"sex": draw.choice(["women", "men"], MANY)})
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table, row_group_size=100_000)
    if writer:
        writer.close()
    return {}


def loaded(folder: str):
    with (Path(folder) / "model.pickle").open("rb") as file:
        return pickle.load(file)


def ours(folder: str, values: str = "") -> dict[str, float]:
    """The gap between women and men, split into inputs, with intervals."""
    import wfaudit as wf
    from wfaudit.measures import drivers

    case = wf.Case.from_dict(declared(f"{folder}/people.parquet"))
    found = drivers.gap(case, loaded(folder), by="sex", keep=values or None)
    return {"rows": float(len(found.to_frame()))}


def declared(path: str):
    return {
        "source": path,
        "groups": {"sex": {"reference": "men"}},
        "inputs": {name: {} for name in INPUTS},
    }


def woodelf(folder: str, values: str = "") -> dict[str, float]:
    """woodelf-explainer alone: everybody against everybody."""
    import numpy as np
    import pandas as pd
    from woodelf import WoodelfExplainer

    people = pd.read_parquet(f"{folder}/people.parquet")[INPUTS]
    told = np.asarray(WoodelfExplainer(loaded(folder), people).shap_values(people))
    if values:
        np.save(values, told)
    return {"rows": float(told.size)}


def shapley(folder: str, values: str = "") -> dict[str, float]:
    """shap.TreeExplainer, interventional, the background whole: as an array or frame it would be cut to 100 rows."""
    import numpy as np
    import pandas as pd
    import shap

    people = pd.read_parquet(f"{folder}/people.parquet")[INPUTS].to_numpy()
    trained = loaded(folder)
    start = time.process_time()
    whole = shap.maskers.Independent(people[:BEHIND], max_samples=BEHIND)
    asked = shap.TreeExplainer(trained, whole, feature_perturbation="interventional")
    assert len(asked.data) == BEHIND
    told = np.asarray(asked.shap_values(people[:SOME]))
    seconds = time.process_time() - start
    if values:
        np.save(values, told)
    return {"busy": seconds}


def compared(folder: str) -> dict[str, float]:
    """The largest difference of ours, at the size shap was given."""
    import numpy as np
    import pandas as pd

    from wfaudit.attributions import background, way
    from wfaudit.models import of

    people = pd.read_parquet(f"{folder}/people.parquet")[INPUTS]
    found = way(of(loaded(folder), people), background(people.iloc[:BEHIND], "some"))
    mine = found.of(people.iloc[:SOME], 0).values
    theirs = np.load(f"{folder}/shap.npy")
    return {"off": float(np.abs(mine - theirs).max()), "largest": float(np.abs(mine).max())}


def sums(path: str) -> dict[str, float]:
    """The same split for a table of points."""
    import wfaudit as wf
    from wfaudit.measures import drivers
    from wfaudit.models import points

    case = wf.Case.from_dict(declared(path))
    table = {
        name: {level: float(level * (at % 7)) for level in range(LEVELS)}
        for at, name in enumerate(INPUTS)
    }
    found = drivers.gap(case, points(table), by="sex").to_frame()
    return {"rows": float(len(found))}


def fresh(name: str, *given: str) -> dict[str, float]:
    """Run one contestant in a process of its own; seconds from outside, peak memory of the child."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", __file__, name, *given],
        capture_output=True,
        text=True,
        check=True,
    )
    return {"seconds": time.perf_counter() - start} | json.loads(done.stdout.splitlines()[-1])


def trees(folder: str) -> list[str]:
    """Ours and woodelf by turns; shap at a size it can finish."""
    leaves = fresh("make_trees", folder)["leaves"]
    fresh("ours", folder)  # the first start of a process reads its libraries from disk
    pairs = [(fresh("ours", folder), fresh("woodelf", folder)) for _ in range(ROUNDS)]
    told = fresh("shapley", folder, f"{folder}/shap.npy")
    near = fresh("compared", folder)
    mine, alone = (median(one[side]["seconds"] for one in pairs) for side in (0, 1))
    busy, busy_alone = (median(one[side]["cpu"] for one in pairs) for side in (0, 1))
    ratio, busier = (
        median(one[what] / other[what] for one, other in pairs) for what in ("seconds", "cpu")
    )
    scaled = told["busy"] * (PEOPLE / SOME) * (PEOPLE / BEHIND)
    each = ", ".join(f"{one['seconds']:.1f} : {other['seconds']:.1f}" for one, other in pairs)
    return [
        f"| trees ({leaves:,.0f} leaves in all), {PEOPLE:,} people, background of {PEOPLE:,}: ours, sums by group with intervals | {mine:.1f} s | {busy:.1f} s | {pairs[0][0]['peak_mb']:.0f} MB |",
        f"| woodelf-explainer {version('woodelf-explainer')} alone, values only | {alone:.1f} s | {busy_alone:.1f} s | {pairs[0][1]['peak_mb']:.0f} MB |",
        f"| ratio of the two, median of {ROUNDS} turns ({each}) | {ratio:.2f} | {busier:.2f} | |",
        f"| shap {version('shap')}, interventional: {SOME} people, background of {BEHIND} (processor time without importing and loading) | {told['seconds']:.1f} s | {told['busy']:.2f} s | {told['peak_mb']:.0f} MB |",
        f"| the same scaled in both to {PEOPLE:,} and {PEOPLE:,} | | {scaled:,.0f} s, {scaled / busy:,.0f} times ours | |",
        f"| largest difference of ours from shap, of values up to {near['largest']:.2g} | {near['off']:.1g} | | |",
    ]


def many(folder: str) -> list[str]:
    """A million people, and four, for a table of points."""
    lines: list[str] = []
    for n in (MANY, MORE):
        path = f"{folder}/{n}.parquet"
        fresh("make_sums", path, str(n))
        told = fresh("sums", path)
        lines.append(
            f"| a table of points of {len(INPUTS)} inputs, {n:,} people | {told['seconds']:.1f} s | {told['cpu']:.1f} s | {told['peak_mb']:.0f} MB |"
        )
    return lines


def main() -> None:
    """Run everything once and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        lines = [*trees(folder), *many(folder)]
    print(
        f"Measured {datetime.now(UTC).date()} by `python tests/bench/drivers.py`, {os.cpu_count()} cores, Python {platform.python_version()},"
    )
    print(
        f"LightGBM {version('lightgbm')}; fresh processes, imports and loading included. Load of the machine {os.getloadavg()[2]:.1f}.\n"
    )
    print("| what | wall time | processor time | peak memory |")
    print("|---|---|---|---|")
    print("\n".join(lines))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        contestants = {
            one.__name__: one
            for one in (make_trees, make_sums, ours, woodelf, shapley, compared, sums)
        }
        told = contestants[sys.argv[1]](*sys.argv[2:])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(told | {"peak_mb": peak, "cpu": time.process_time()}))
    else:
        main()

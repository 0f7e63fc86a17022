"""How often limits over lists hold the truth: `make coverage`.

    python tests/covered/lists.py

writes the two tables of docs/matching.md. Lists are drawn anew each time, with fixed seeds; what is true is what very
many lists give, or 0 where both groups are drawn alike. Limits are the package's.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

import wfaudit as wf
from wfaudit.measures import matching

PAGE = Path(__file__).parents[2] / "docs" / "matching.md"
SIZES, DRAWS, MANY = (10, 50, 200), 100, 20_000
MORE, WAYS, TOGETHER = (
    300,
    ("lists alone", "together"),
    ("exposure", "top_share", "score_at_relevance"),
)
ASKED = {
    "exposure": matching.exposure, "top_share": matching.top_share, "mean_rank": matching.mean_rank,
    "exposure_per_relevance": matching.exposure_per_relevance,
    "exposure_at_relevance": matching.exposure_at_relevance, "score_at_relevance": matching.score_at_relevance,
    "ndcg": matching.ndcg,
}  # fmt: skip
# lower scores of women; how much the share of women, and how relevant all are, differ from list to list
KINDS = {
    "all alike": (0.0, 0.0, 0.0),
    "lower scores": (0.1, 0.0, 0.0),
    "lists differ": (0.1, 2.0, 1.0),
}


def pairs(rng, kind, lists):
    """Some lists of 5 to 25 people; by whose list it is, half are of small employers."""
    lower, mixed, apart = KINDS[kind]
    size = rng.integers(5, 26, lists)
    job = np.repeat(np.arange(lists), size)
    women = rng.random(len(job)) < (1 / (1 + np.exp(-mixed * rng.normal(size=lists))))[job]
    fits = (rng.normal(size=len(job)) + apart * rng.normal(size=lists)[job]).clip(
        -1.5, 1.5
    ).round() + 2
    score = 0.2 * fits + 0.2 * rng.normal(size=len(job)) - lower * women
    frame = pd.DataFrame(
        {
            "job": job,
            "one": np.arange(len(job)),
            "women": women,
            "fits": fits,
            "score": score.round(2),
        }
    )
    return frame.assign(
        sex=np.where(women, "women", "men"),
        size=np.where(rng.permutation(lists) % 2 == 0, "small", "large")[job],
    )


def case_of(frame):
    """The case of these lists: five places are the top."""
    return wf.Case.from_dict({
        "source": frame, "lists": {"top": 5, "attention": ["logarithmic"]},
        "roles": {"query": "job", "item": "one", "score": {"column": "score", "resolution": 0.01}, "relevance": "fits"},
        "groups": {"sex": {"reference": "men"}, "size": {"reference": "large"}},
    })  # fmt: skip


def gaps(frame, asked=tuple(ASKED)):
    """Each measure's gap and its limits."""
    case, found = case_of(frame), {}
    for name in asked:
        by, group = ("size", "small") if name == "ndcg" else ("sex", "women")
        rows = ASKED[name](case, by=by, compare=True).table
        found[name] = rows.loc[rows["group"] == group, ["estimate", "low", "high"]].to_numpy(
            dtype=float
        )[0]
    return found


def covered(kind, lists, draws, seed=20261130, asked=tuple(ASKED)):
    """How often the limits of each measure hold what very many lists give; and how often there are none."""
    rng = np.random.default_rng(seed)
    truth = {name: told[0] for name, told in gaps(pairs(rng, kind, MANY), asked).items()}
    drawn = [gaps(pairs(rng, kind, lists), asked) for _ in range(draws)]
    held = {}
    for name in asked:
        low, high = np.array([one[name][1:] for one in drawn]).T
        known = ~np.isnan(low)
        held[name] = (
            float(((low <= truth[name]) & (truth[name] <= high))[known].mean())
            if known.any()
            else np.nan
        )
    return held


# --- where the same ones stand in many lists


def shared(rng, lists, items):
    """Lists of 12 of the same vacancies, whose scores differ by themselves about as much as by chance."""
    own = 0.15 * rng.normal(size=items)
    job = np.repeat(np.arange(lists), 12)
    item = np.concatenate([rng.permutation(items)[:12] for _ in range(lists)])
    score = own[item] + 0.2 * rng.normal(size=len(job))
    return pd.DataFrame({
        "job": job, "one": item, "sex": np.where(item % 2 == 0, "men", "women"), "score": score.round(2),
        "fits": rng.integers(0, 3, len(job)), "size": "large",
    })  # fmt: skip


def crossed(lists, items, draws, asked=TOGETHER, seed=20261201):
    """How often limits of gaps that are 0 hold it: over lists alone, and put together."""
    rng = np.random.default_rng(seed)
    held = {(name, way): [] for name in asked for way in WAYS}
    for _ in range(draws):
        case = case_of(shared(rng, lists, items))
        for name, way in held:
            ask = ASKED[name] if way == WAYS[1] else ASKED[name].__wrapped__
            row = ask(case, by="sex", compare=True).table.set_index("group").loc["women"]
            held[name, way].append(bool(row["low"] <= 0 <= row["high"]))
    return {told: float(np.mean(each)) for told, each in held.items()}


def _short(share):
    """A share in three decimals; nothing where there were no limits at all."""
    return "none" if np.isnan(share) else f"{share:.3f}".lstrip("0")


def _alone():
    yield "| lists | how many | " + " | ".join(f"`{name}`" for name in ASKED) + " |"
    yield "|---" * (len(ASKED) + 2) + "|"
    for kind in KINDS:
        for lists in SIZES:
            held = covered(kind, lists, DRAWS)
            yield f"| {kind} | {lists} | {' | '.join(_short(held[name]) for name in ASKED)} |"


def _together():
    told = [f"`{name}`, {way}" for name in TOGETHER for way in WAYS]
    yield f"| lists | vacancies | {' | '.join(told)} |"
    yield "|---" * (len(told) + 2) + "|"
    for lists, items in ((60, 60), (60, 20), (200, 60)):
        held = crossed(lists, items, MORE)
        yield f"| {lists} | {items} | {' | '.join(map(_short, held.values()))} |"


def _write(block, lines):
    table = []
    for line in lines:
        table.append(line)
        sys.stderr.write(f"{line}\n")
    start, rest = PAGE.read_text(encoding="utf-8").split(f"<!-- {block} -->\n")
    end = rest.split("<!-- end -->", 1)[1]
    told = f"<!-- {block} -->\n" + "\n".join(table) + "\n<!-- end -->"
    PAGE.write_text(start + told + end, encoding="utf-8")


def main(*blocks):
    """Write the tables, or those that are named."""
    for block, lines in (("coverage", _alone), ("crossed", _together)):
        if not blocks or block in blocks:
            _write(block, lines())


if __name__ == "__main__":
    main(*sys.argv[1:])

"""How often limits over lists hold the truth: `make coverage`.

    python tests/covered/lists.py

writes the table of docs/matching.md. Lists are drawn anew each time, with fixed seeds; what is true is what very many
lists give. Limits are the package's.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

import wfaudit as wf
from wfaudit.measures import matching

PAGE = Path(__file__).parents[2] / "docs" / "matching.md"
SIZES, DRAWS, MANY = (10, 50, 200), 100, 20_000
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


def _short(share):
    """A share in three decimals; nothing where there were no limits at all."""
    return "none" if np.isnan(share) else f"{share:.3f}".lstrip("0")


def main():
    """Write the table."""
    head = [
        "| lists | how many | " + " | ".join(f"`{name}`" for name in ASKED) + " |",
        "|---" * (len(ASKED) + 2) + "|",
    ]
    lines = []
    for kind in KINDS:
        for lists in SIZES:
            held = covered(kind, lists, DRAWS)
            told = " | ".join(_short(held[name]) for name in ASKED)
            lines.append(f"| {kind} | {lists} | {told} |")
            sys.stderr.write(f"{lines[-1]}\n")
    start, rest = PAGE.read_text(encoding="utf-8").split("<!-- coverage -->\n")
    end = rest.split("<!-- end -->")[1]
    PAGE.write_text(
        start + "<!-- coverage -->\n" + "\n".join([*head, *lines]) + "\n<!-- end -->" + end,
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()

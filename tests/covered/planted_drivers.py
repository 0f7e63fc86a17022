"""What an audit says of the ASTA-like model whose people are invented: `make coverage`.

    python tests/covered/planted_drivers.py

draws 20 towns of 8,000 people and writes the table of docs/drivers.md: inputs without effect, inputs that stand in
for origin, what a missing value does, and how often a gap's part excludes 0 between groups drawn by lot. What is
true of missing values is summed over 40,000 other people.
"""

import sys
from pathlib import Path

import numpy as np

import wfaudit as wf
from wfaudit.measures import drivers
from wfaudit.synthetic import asta
from wfaudit.synthetic.dice import Dice

PAGE = Path(__file__).parents[2] / "docs" / "drivers.md"
SEEDS, PEOPLE, OTHERS = 20, 8_000, 40_000
FIRST = 7_000
INPUTS = [one.name for one in asta.INPUTS]
DEAD = [one.name for one in asta.INPUTS if not one.effect]
LACKING = [one.name for one in asta.INPUTS if one.missing != (0, 0)]
MORE_LACKING = [one.name for one in asta.INPUTS if one.missing[0] != one.missing[1]]
STAND_INS = ["citizenship", "number of languages", "spoken Danish"]
STRONG = ["months employed in the last three years", "highest education", "weeks of sick leave in the last year",
          "age at case start"]  # fmt: skip


def town(seed, n, chunk=0):
    """People as the case has them, with a coin that nobody looked at."""
    people = asta.asta(Dice(seed=seed, chunk=chunk, n=n), asta.PLANTED)
    coin = np.random.default_rng(seed).integers(0, 2, n)
    people["coin"] = np.array(["heads", "tails"])[coin]
    declared = {
        "roles": {"person": "person", "outcome": "without work after 26 weeks"},
        "groups": {"origin": {"reference": "Danish"}, "coin": {"reference": "heads"}},
        "inputs": {name: {} for name in INPUTS},
    }
    return wf.Case.from_dict({"source": people, **declared})


def rows(result, group="everyone"):
    """The rows of one group by input."""
    table = result.to_frame()
    return table[table["group"] == group].set_index("at")


def truths(model):
    """What a missing value does, in many other people."""
    return rows(drivers.missing_effect(town(31, OTHERS), model))["estimate"]


def seen(seed, model, truth):
    """What one audit says, as counts of (yes, asked)."""
    case = town(seed, PEOPLE)
    dead = drivers.without_effect(case, model, seed=seed).to_frame().set_index("at")["note"]
    used = [name for name in DEAD if "exactly without" not in dead[name]]
    stand = rows(drivers.proxy_auc(case, by="origin"), "non-western")["low"]
    apart = rows(drivers.missing_effect(case, model)).loc[LACKING]
    parts = rows(drivers.gap(case, model, by="coin"), "tails").loc[INPUTS]
    order = rows(drivers.importance(case, model))["estimate"].loc[INPUTS].nlargest(4).index
    lack = rows(drivers.missing_effect(case, model, by="origin"), "non-western").loc[
        MORE_LACKING, "n"
    ]
    told = apart["low"].notna()
    known = parts["low"].notna()
    return {
        "the four inputs that move the score most are the same four in every town": (set(order) == set(STRONG), 1),
        "inputs without effect that trees use: said to help": (
            sum(": helps" in dead[name] for name in used), len(used)),
        "inputs without effect that trees use: as good as without": (
            sum("as good as without" in dead[name] for name in used), len(used)),
        "the four strongest inputs: said to help": (sum(": helps" in dead[name] for name in STRONG), 4),
        "the four strongest inputs: as good as without": (
            sum("as good as without" in dead[name] for name in STRONG), 4),
        "citizenship, languages, spoken Danish: stand in for origin (lower limit above .55)": (
            int((stand[STAND_INS] > 0.55).sum()), 3),
        "inputs drawn apart from everything: stand in for origin": (int((stand[DEAD] > 0.55).sum()), len(DEAD)),
        "inputs drawn apart from everything: lower limit above .5 (at most .025 meant)": (
            int((stand[DEAD] > 0.5).sum()), len(DEAD)),
        "what a missing value does: limits hold the truth (.95 meant)": (
            int(((apart["low"] <= truth[LACKING]) & (truth[LACKING] <= apart["high"]))[told].sum()), int(told.sum())),
        "inputs that lack more often for people of non-western origin: at least 10 such people counted": (
            int((lack >= 10).sum()), len(MORE_LACKING)),
        "groups drawn by lot: a part of the gap excludes 0 (.05 meant)": (
            int(((parts["low"] > 0) | (parts["high"] < 0))[known].sum()), int(known.sum())),
    }  # fmt: skip


def table():
    """What was said over all towns, as a table."""
    model = asta.model()
    truth = truths(model)
    found = [seen(FIRST + seed, model, truth) for seed in range(SEEDS)]
    lines = ["| said of the ASTA-like model | times | of | share |", "|---|---|---|---|"]
    for what in found[0]:
        yes, asked = (sum(int(one[what][side]) for one in found) for side in (0, 1))
        lines.append(f"| {what} | {yes:,} | {asked:,} | {yes / asked:.3f} |")
    return "\n".join(lines)


def main():
    """Write the table between its marks."""
    page = PAGE.read_text(encoding="utf-8")
    start, end = (
        page.index("<!-- planted -->") + len("<!-- planted -->"),
        page.index("<!-- end planted -->"),
    )
    PAGE.write_text(f"{page[:start]}\n{table()}\n{page[end:]}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

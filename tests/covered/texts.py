"""How often the limits of a name swap hold the truth: `make coverage`.

    python tests/covered/texts.py

writes the tables of docs/texts.md. Names and texts are drawn anew each time, with fixed seeds; limits are the package's.
"""

import sys
from pathlib import Path

import numpy as np
from scipy.special import stdtrit

from wfaudit.estimators import crossed
from wfaudit.swaps import lists
from wfaudit.swaps.names import knifed, turned

PAGE = Path(__file__).parents[2] / "docs" / "texts.md"

SIZES = ((9, 8), (9, 20), (9, 40), (30, 40))
# how much scores vary by name, by text, by how a text takes to a group's names, in the cells (standard deviations)
KINDS = {
    "names differ": (1.0, 2.0, 0.0, 1.0),
    "texts differ in the gap": (0.0, 2.0, 1.0, 1.0),
    "both": (1.0, 2.0, 1.0, 1.0),
    "only cells": (0.0, 2.0, 0.0, 1.0),
    "both, skewed": (1.0, 2.0, 1.0, 1.0),
}


def scores(rng, kind, names, texts):
    """Two tables of the same texts with two groups' names, whose means differ by nothing in the population."""
    by_name, by_text, by_both, by_cell = KINDS[kind]

    def draw(*size):
        if "skewed" in kind:
            return np.exp(rng.normal(size=size)) - np.exp(0.5)
        return rng.normal(size=size)

    text = by_text * draw(1, texts)
    return [
        text + by_name * draw(names, 1) + by_both * draw(1, texts) + by_cell * draw(names, texts)
        for _ in range(2)
    ]


def simple(one, other, axis):
    """A t interval that takes names alone, or texts alone, as drawn."""
    if axis == 0:
        gap = (one - other).mean(axis=0)
        n, se = len(gap), gap.std(ddof=1) / len(gap) ** 0.5
    else:
        n = 2 * len(one) - 1
        se = (sum(x.mean(axis=1).var(ddof=1) / len(x) for x in (one, other))) ** 0.5
    return stdtrit(n - 1, 0.975) * se


def covered(kind, size, draws, seed=20261130):
    """How often limits hold the truth (0): over both, over names alone, over texts alone."""
    rng = np.random.default_rng(seed)
    held = np.zeros(3)
    for _ in range(draws):
        one, other = scores(rng, kind, *size)
        gap = one.mean() - other.mean()
        found = crossed.difference(one, other)
        arms = (simple(one, other, axis) for axis in (1, 0))
        held += [found.low <= 0 <= found.high, *(abs(gap) <= arm for arm in arms)]
    return held / draws


def page(draws):
    """The table of docs/texts.md: one line a kind of scores and size."""
    lines = ["| scores | names a group | texts | names and texts | names alone | texts alone |"]
    lines += ["|---|---|---|---|---|---|"]
    for kind in KINDS:
        for size in SIZES:
            shown = " | ".join(f"{x:.3f}".lstrip("0") for x in covered(kind, size, draws))
            lines.append(f"| {kind} | {size[0]} | {size[1]} | {shown} |")
    return lines


# --- lists that change: 12 texts in 20 lists, of which 3 places count


def tops(rng, names, loss, by_name, base):
    """Chances to stand in the top with each name drawn."""
    cells = base + by_name * rng.normal(size=(names, 1, 1)) - loss
    cells = cells + 0.3 * rng.normal(size=(names, *base.shape))
    return np.stack([lists.in_top(one, base, 3) for one in cells])


def changes(loss, by_name, draws, seed=1):
    """The population's shares of lists that change, and how often the limits hold them and their gap."""
    rng = np.random.default_rng(seed)
    base, many = rng.normal(size=(12, 20)), 300
    one, other = (tops(rng, many, each, by_name, base) for each in (loss, 0))
    across = turned(one, other).mean()
    within = turned(other, other).sum() / (many * (many - 1))
    held = np.zeros(3)
    for _ in range(draws):
        one, other = (tops(rng, 9, each, by_name, base) for each in (loss, 0))
        pairs, own = turned(one, other), turned(other, other)
        asked = ((pairs, None, across), (None, own, within), (pairs, own, across - within))
        for at, (mine, theirs, truth) in enumerate(asked):
            found = knifed(mine, theirs, 0.95)
            held[at] += found.low[0] <= truth <= found.high[0]
    return across, within, held / draws


def page_of_changes(draws):
    """The second table of docs/texts.md."""
    lines = ["| taken from the group | names differ by | lists that change | among the reference |"]
    lines[0] += " held | held among the reference | gap held |"
    lines += ["|---|---|---|---|---|---|---|"]
    for loss, by_name in ((0.0, 0.3), (0.5, 0.3), (0.0, 0.1), (0.5, 1.0)):
        across, within, held = changes(loss, by_name, draws)
        shown = " | ".join(f"{x:.3f}".lstrip("0") for x in (across, within, *held))
        lines.append(f"| {loss:g} | {by_name:g} | {shown} |")
    return lines


def filled(text, tables):
    """The page with its tables written anew between their markers."""
    for name, lines in tables.items():
        head, rest = text.split(f"<!-- {name} -->\n")
        tail = rest.split("<!-- end -->", 1)[1]
        text = "\n".join([head + f"<!-- {name} -->", *lines, "<!-- end -->"]) + tail
    return text


def main():
    tables = {"names and texts": page(4_000), "lists that change": page_of_changes(500)}
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), tables), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

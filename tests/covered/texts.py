"""Coverage of the limits of a name swap, by simulation: names and texts drawn anew each time.

Run from the root with an environment that has wfaudit: python tests/covered/texts.py
"""

import sys

import numpy as np
from scipy.special import stdtrit

from wfaudit.estimators import crossed

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
    """The table of docs/texts.md."""
    lines = ["| scores | names a group | texts | names and texts | names alone | texts alone |"]
    lines += ["|---|---|---|---|---|---|"]
    for kind in KINDS:
        for size in SIZES:
            shown = " | ".join(f"{x:.3f}".lstrip("0") for x in covered(kind, size, draws))
            lines.append(f"| {kind} | {size[0]} | {size[1]} | {shown} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(page(4_000) + "\n")

"""Shapley values by definition: every coalition, every row of the background, one person at a time.

Written apart from `wfaudit.attributions`, from the formula alone (Shapley 1953), and slow on purpose.
"""

from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd


def worths(ask, person, behind, coalitions):
    """The mean prediction of each coalition: its members are the person's, all else the background's."""
    mixed = []
    for members in coalitions:
        rows = behind.copy()
        for name in members:
            rows[name] = [person[name]] * len(behind)
        mixed.append(rows)
    said = np.asarray(ask(pd.concat(mixed, ignore_index=True)), dtype=float)
    return dict(
        zip(coalitions, said.reshape(len(coalitions), len(behind)).mean(axis=1), strict=True)
    )


def shapley(ask, person, behind):
    """The Shapley value of every column of the background for one person (a row of the same columns)."""
    names = list(behind.columns)
    size = len(names)
    some = [frozenset(one) for k in range(size + 1) for one in combinations(names, k)]
    worth = worths(ask, person, behind, some)
    found = []
    for name in names:
        total = 0.0
        for one in some:
            if name not in one:
                weight = factorial(len(one)) * factorial(size - len(one) - 1) / factorial(size)
                total += weight * (worth[one | {name}] - worth[one])
        found.append(total)
    return np.array(found)


def everyones(ask, people, behind):
    """People by inputs."""
    return np.array([shapley(ask, people.iloc[at], behind) for at in range(len(people))])

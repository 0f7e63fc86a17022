"""Attributions of any model of few inputs, exact: every coalition of inputs, every profile of the background.

People and background are put together by profile first, so that two to the number of inputs that are used,
times the profiles of both, is what is asked of the model.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import comb
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
MOST_INPUTS = 10
MOST_ASKED = 20_000_000  # predictions that are asked for at the most
ROWS = 500_000  # at a time


def price(people: int, behind: int, used: int) -> int:
    """How many predictions it takes, profiles counted."""
    return (1 << used) * people * behind


def attribute(
    ask: Callable[[pd.DataFrame], Any], people: pd.DataFrame, behind: pd.DataFrame,
    weights: Floats, used: list[str],
) -> Floats:  # fmt: skip
    """People by all inputs; those not ``used`` have none. ``weights`` count each row of the background.

    >>> one = pd.DataFrame({"a": [1.0], "b": [1.0]})
    >>> attribute(lambda x: x["a"] * x["b"], one, one * 0, np.ones(1), ["a", "b"]).tolist()
    [[0.5, 0.5]]
    """
    share = weights / weights.sum()
    worth = np.stack(
        [_worth(ask, people, behind, share, _members(used, mask)) for mask in range(1 << len(used))]
    )
    found = np.zeros(people.shape)
    for at, name in enumerate(used):
        column = list(people.columns).index(name)
        found[:, column] = _shapley(worth, at, len(used))
    return found


def _members(used: list[str], mask: int) -> list[str]:
    return [name for at, name in enumerate(used) if mask >> at & 1]


def _worth(
    ask: Callable[[pd.DataFrame], Any], people: pd.DataFrame, behind: pd.DataFrame, share: Floats,
    members: list[str],
) -> Floats:  # fmt: skip
    """Each person's mean prediction, the members of the coalition theirs, all else the background's."""
    step = max(1, ROWS // len(behind))
    found: list[NDArray[Any]] = []
    for start in range(0, len(people), step):
        mine = people.iloc[start : start + step]
        mixed = pd.concat([behind] * len(mine), ignore_index=True)
        for name in members:
            mixed[name] = np.repeat(mine[name].to_numpy(), len(behind))
        said = np.asarray(ask(mixed), dtype=np.float64).reshape(len(mine), len(behind))
        found.append(said @ share)
    return np.concatenate(found) if found else np.zeros(0)


def _shapley(worth: Floats, at: int, size: int) -> Floats:
    """The weighted mean of what one input adds to every coalition of the others."""
    others = [one for one in range(size) if one != at]
    total = np.zeros(worth.shape[1])
    for k in range(size):
        for coalition in combinations(others, k):
            mask = sum(1 << one for one in coalition)
            total += (worth[mask | 1 << at] - worth[mask]) / (size * comb(size - 1, k))
    return total

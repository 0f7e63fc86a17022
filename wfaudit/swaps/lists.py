"""Who stands in the top of a list when one text is changed and all others are as they were."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
DIGITS = 6  # scores that agree to so many decimals are tied


def in_top(scores: Floats, pool: Floats, top: int) -> Floats:
    """Chance of each text (rows) to stand in the top of each list (columns), ties broken by lot.

    ``pool`` holds the scores of the others in the same order; a text is ranked among all but itself.

    >>> pool = np.array([[0.9], [0.5], [0.1]])
    >>> in_top(np.array([[0.4], [0.95], [0.5]]), pool, top=1).ravel().tolist()
    [0.0, 1.0, 0.0]
    >>> in_top(np.array([[0.5], [0.5], [0.9]]), pool, top=1).ravel().tolist()
    [0.5, 0.0, 0.5]
    """
    scores, pool = scores.round(DIGITS), pool.round(DIGITS)
    found = np.empty_like(scores)
    for q in range(pool.shape[1]):
        ranked, mine, own = np.sort(pool[:, q]), scores[:, q], pool[:, q]
        above = len(ranked) - np.searchsorted(ranked, mine, side="right") - (own > mine)
        tied = np.searchsorted(ranked, mine, side="right") - np.searchsorted(
            ranked, mine, side="left"
        )
        tied = tied - (own == mine)
        found[:, q] = np.clip((top - above) / (tied + 1), 0.0, 1.0)
    return found


def changed(one: Floats, other: Floats) -> float:
    """Share of lists in which some text's chance to stand in the top differs.

    >>> changed(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 0.0]]))
    0.5
    """
    return float((one != other).any(axis=0).mean())

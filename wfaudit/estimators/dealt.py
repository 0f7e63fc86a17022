"""One input dealt anew among people: what their predictions lose, and exact p-values that nothing is lost.

A table holds each person's error with every value that somebody has (people by values); ``own`` is
the place of the person's own value in it. If the value has nothing to do with the outcome nor with
anything else that is predicted from, every way of dealing the values out is as likely as the one
that was recorded.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
TIE = 1e-12  # of the observed error: what is closer is as small


def rises(table: Floats, own: Ints) -> Floats:
    """Each person's part in the rise of the mean error over all ways of dealing the values out.

    Their mean is that rise, exactly. A person counts twice, as who is given values and as whose value
    is given, so that the spread of these parts is what the rise varies by from sample to sample
    (Hoeffding 1948).

    >>> rises(np.array([[0.0, 1.0], [0.5, 0.0]]), np.array([0, 1])).tolist()
    [0.375, 0.375]
    """
    given = table @ (np.bincount(own, minlength=table.shape[1]) / len(own))
    return given + table.mean(axis=0)[own] - given.mean() - table[np.arange(len(own)), own]


def errors_dealt(
    table: Floats, own: Ints, draws: int, lot: np.random.Generator, within: Ints | None = None
) -> Floats:
    """Mean error in each of some draws in which the values are dealt anew, ``within`` clusters if given.

    >>> table = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> sorted(set(errors_dealt(table, np.array([0, 1]), 20, np.random.default_rng(0)).tolist()))
    [0.0, 1.0]
    """
    rows = np.arange(len(own))
    return np.array([table[rows, own[dealt(len(own), lot, within)]].mean() for _ in range(draws)])


def dealt(n: int, lot: np.random.Generator, within: Ints | None = None) -> Ints:
    """Whose value each person gets: everybody's is given once, within each cluster where there are any.

    >>> dealt(4, np.random.default_rng(0), np.array([0, 1, 0, 1])).tolist()
    [2, 3, 0, 1]
    """
    if within is None:
        return lot.permutation(n).astype(np.int64)
    found = np.empty(n, dtype=np.int64)
    found[np.argsort(within, kind="stable")] = np.lexsort((lot.random(n), within))
    return found


def p_smallest(observed: float, drawn: Floats) -> float:
    """Exact one-sided p-value of an observed error as small as this: (b + 1) / (m + 1), ties counted.

    Phipson and Smyth (2010).

    >>> p_smallest(0.1, np.array([0.2, 0.1, 0.3]))
    0.5
    """
    b = int((drawn <= observed + TIE * max(abs(observed), TIE)).sum())
    return (b + 1) / (len(drawn) + 1)


def line(score: Floats, came: Floats) -> tuple[float, float]:
    """Start and slope of the straight line by which scores say a chance; flat where scores are all the same.

    >>> line(np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0, 0.0]))
    (0.0, 0.5)
    """
    spread = float(np.square(score - score.mean()).sum())
    slope = float(((score - score.mean()) * came).sum() / spread) if spread > 0 else 0.0
    return float(came.mean() - slope * score.mean()), slope

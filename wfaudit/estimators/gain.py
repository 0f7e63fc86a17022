"""Discounted gain of lists, tied places averaged: what a list is worth by what stands where in it.

Whoever ties could stand in any order, so each gets the mean discount of the places that they share
(McSherry and Najork 2008); nothing hangs on the order of rows.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def discounted(
    lists: Ints, order: ArrayLike, n: ArrayLike, gain: ArrayLike, top: int, size: int
) -> Floats:
    """Discounted cumulative gain (Järvelin and Kekäläinen 2002) of each of ``size`` lists up to ``top``.

    A cell is all of a list that tie: its list, what orders it (higher stands first), how many it is and
    their gain together. The discount of place p is 1 / log2(1 + p).

    >>> cells = np.zeros(3, dtype=np.int64), [0.9, 0.5, 0.1], [2, 2, 1], [1, 1, 0]
    >>> discounted(*cells, top=3, size=1).round(6)
    array([1.065465])
    """
    order, n, gain = (np.asarray(x, dtype=np.float64) for x in (order, n, gain))
    at = np.lexsort((-order, lists))
    lists, n, gain = lists[at], n[at], gain[at]
    ahead = np.cumsum(n) - n
    first = np.searchsorted(lists, lists, side="left")
    above = ahead - ahead[first] if len(ahead) else ahead
    upto = np.concatenate([[0.0], np.cumsum(1 / np.log2(np.arange(2, top + 2)))])
    start, stop = (np.minimum(x, top).astype(np.int64) for x in (above, above + n))
    with np.errstate(all="ignore"):
        part = np.where(n > 0, gain * (upto[stop] - upto[start]) / n, 0.0)
    return np.bincount(lists, part, minlength=size).astype(np.float64)


def normalised(found: Floats, ideal: Floats) -> Floats:
    """Gain as a share of the best order's gain; not-a-number where nothing in the list has any.

    >>> normalised(np.array([1.0, 0.0]), np.array([2.0, 0.0]))
    array([0.5, nan])
    """
    with np.errstate(all="ignore"):
        return np.where(ideal > 0, found / ideal, np.nan)

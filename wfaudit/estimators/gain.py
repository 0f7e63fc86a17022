"""Discounted gain of lists, tied places averaged: what a list is worth by what stands where in it.

Whoever ties could stand in any order, so each gets the mean discount of the places that they share
(McSherry and Najork 2008); nothing hangs on the order of rows.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def discounted(lists: Ints, order: ArrayLike, gain: ArrayLike, top: int, size: int) -> Floats:
    """Discounted cumulative gain (Järvelin and Kekäläinen 2002) of each of ``size`` lists up to ``top``.

    For each pair: its list, what orders it (higher stands first), and its gain. The discount of place p is
    1 / log2(1 + p).

    >>> scores, gains = [0.9, 0.9, 0.5, 0.5, 0.1], [1, 0, 1, 0, 0]
    >>> discounted(np.zeros(5, dtype=np.int64), scores, gains, top=3, size=1).round(6)
    array([1.065465])
    """
    order, gain = (np.asarray(x, dtype=np.float64) for x in (order, gain))
    if not len(order):
        return np.zeros(size)
    at = _sorted(lists, order)
    lists, order, gain = lists[at], order[at], gain[at]
    starts = np.flatnonzero(np.r_[True, (np.diff(lists) != 0) | (np.diff(order) != 0)])
    lists, gain = lists[starts], np.add.reduceat(gain, starts)
    n = np.diff(np.r_[starts, len(at)])
    first = np.searchsorted(lists, np.arange(size))  # of each list, its first tie
    above = starts - starts[first[lists]]
    upto = np.concatenate([[0.0], np.cumsum(1 / np.log2(np.arange(2, top + 2)))])
    start, stop = np.minimum(above, top), np.minimum(above + n, top)
    part = gain * (upto[stop] - upto[start]) / n
    return np.bincount(lists, part, minlength=size).astype(np.float64)


def _sorted(lists: Ints, order: Floats) -> Ints:
    """The order of pairs by list, the highest first; by one whole number where that holds both."""
    low, high = order.min(), order.max()
    span = high - low + 1
    if np.all(order == np.rint(order)) and span * (lists.max() + 1.0) < 2**62:
        return np.argsort(lists * int(span) + (high - order).astype(np.int64))
    return np.lexsort((-order, lists))


def normalised(found: Floats, ideal: Floats) -> Floats:
    """Gain as a share of the best order's gain; not-a-number where nothing in the list has any.

    >>> normalised(np.array([1.0, 0.0]), np.array([2.0, 0.0]))
    array([0.5, nan])
    """
    with np.errstate(all="ignore"):
        return np.where(ideal > 0, found / ideal, np.nan)

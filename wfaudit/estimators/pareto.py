"""What is dominated: no better anywhere, and worse somewhere, than another of the same list."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from wfaudit.estimators.estimates import Floats

Bools: TypeAlias = NDArray[np.bool_]
BLOCK = 4_000_000  # comparisons in memory at a time


def dominated(points: Floats, by: Floats) -> Bools:
    """Which points one of ``by`` dominates: at least as high in every column, and higher in one.

    Two columns are told by one sort (Kung, Luccio and Preparata 1975), more by comparing blocks.

    >>> points = np.array([[1.0, 3], [2, 2], [2, 1], [1, 3]])
    >>> dominated(points, points).tolist()
    [False, False, True, False]
    """
    if not len(points) or not len(by):
        return np.zeros(len(points), dtype=bool)
    if points.shape[1] == 1:
        return points[:, 0] < by[:, 0].max()
    return _by_sort(points, by) if points.shape[1] == 2 else _by_blocks(points, by)


def _by_sort(points: Floats, by: Floats) -> Bools:
    """The highest second column among those with a higher first one, and among those with the same."""
    first, place = np.unique(by[:, 0], return_inverse=True)
    same = np.full(len(first), -np.inf)
    np.maximum.at(same, place.reshape(-1), by[:, 1])
    upwards = np.append(
        np.maximum.accumulate(same[::-1])[::-1], -np.inf
    )  # from each first column on
    after = np.searchsorted(first, points[:, 0], side="right")
    at = np.searchsorted(first, points[:, 0], side="left")
    equal = np.where(after > at, np.append(same, -np.inf)[at], -np.inf)
    return (upwards[after] >= points[:, 1]) | (equal > points[:, 1])


def _by_blocks(points: Floats, by: Floats) -> Bools:
    found = np.zeros(len(points), dtype=bool)
    step = max(1, BLOCK // by.size)
    for start in range(0, len(points), step):
        some = points[start : start + step, None]
        found[start : start + step] = ((by >= some).all(-1) & (by > some).any(-1)).any(-1)
    return found


def hidden(points: Floats, top: Bools) -> tuple[Bools, Bools]:
    """Of one list: which points nobody dominates, and which of the top one outside it dominates.

    >>> points = np.array([[3.0, 1], [2, 1], [1, 3], [2, 2]])
    >>> [part.tolist() for part in hidden(points, np.array([True, True, False, False]))]
    [[True, False, True, True], [False, True, False, False]]
    """
    return ~dominated(points, points), top & dominated(points, points[~top])

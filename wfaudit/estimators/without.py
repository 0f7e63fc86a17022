"""A value of everybody but one cluster at a time, from sums: no table without each cluster is built.

People of one group sit on a grid, with the event (side 0) or without (side 1); beside the table of
all stand sparse cells of how many of which cluster sit where.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Sparse:
    """How many people (``n``) of which cluster sit where, on which side; ``clusters`` there are."""

    cluster: Ints
    place: Ints
    side: Ints
    n: Ints
    clusters: int

    def sums(self, *worth: Any) -> Any:
        """For each cluster the sum of what each of its cells is worth."""
        return np.stack([_by(self.cluster, x, self.clusters) for x in worth])


def area_without_each(table: Ints, cells: Sparse) -> Floats:
    """Area under the curve without each cluster: that of all pairs less those it has a part in.

    Exact, in whole numbers: pairs of its events with anybody, of its non-events with anybody, and
    those of its own, which were taken away twice.

    >>> people = Sparse(*np.array([[0, 0, 1, 1], [1, 0, 0, 1], [0, 1, 0, 1], [2, 1, 1, 3]]), 2)
    >>> area_without_each(np.array([[1, 1], [2, 3]]), people)  # without the second: 2 at 1, 1 at 0
    array([0., 1.])
    """
    e, m = table[:, 0], table[:, 1]
    upto = np.cumsum(e)
    beaten, beating = 2 * np.cumsum(m) - m, 2 * (upto[-1:] - upto) + e
    event = cells.side == 0
    worth = cells.n * np.where(event, beaten[cells.place], beating[cells.place])
    n_e, n_m, lost = cells.sums(cells.n * event, cells.n * ~event, worth)
    pairs = (e * beaten).sum() - lost + _own_pairs(cells)
    with np.errstate(all="ignore"):
        return pairs / (2.0 * (e.sum() - n_e) * (m.sum() - n_m))


def mean_without_each(worth: Floats, table: Ints, cells: Sparse) -> Floats:
    """Mean over people without each cluster, of what a person at a place and side is worth.

    >>> people = Sparse(*np.array([[0, 0, 1], [1, 0, 1], [0, 1, 0], [2, 1, 1]]), 2)
    >>> mean_without_each(np.array([[0.0, 1.0], [0.5, 0.0]]), np.array([[0, 1], [3, 0]]), people)
    array([0.5       , 0.66666667])
    """
    gone, lost = cells.sums(cells.n, cells.n * worth[cells.place, cells.side])
    left = table.sum() - gone
    return ((table * worth).sum() - lost) / np.where(left > 0, left, np.nan)


def _own_pairs(cells: Sparse) -> Ints:
    """For each cluster, twice its own pairs in which the event has the higher place, ties half."""
    event = cells.side == 0
    cluster, place, n = cells.cluster, cells.place, cells.n
    at = cluster * (int(place.max(initial=0)) + 1) + place
    if np.any(at[1:] < at[:-1]):  # cells often come in this order
        order = np.argsort(at, kind="stable")
        cluster, place, event, n = (x[order] for x in (cluster, place, event, n))
    spot = np.cumsum(_changes(cluster) | _changes(place)) - 1  # a place of one cluster
    first = np.flatnonzero(_changes(spot))
    m = _by(spot, n * ~event, len(first))
    before = np.cumsum(m) - m
    opening = np.flatnonzero(_changes(cluster[first]))  # where each cluster begins
    held = np.repeat(before[opening], np.diff(opening, append=len(first)))
    beaten = (2 * (before - held) + m)[spot]
    return _by(cluster, n * event * beaten, cells.clusters)


def _changes(x: Ints) -> NDArray[np.bool_]:
    return np.concatenate([np.ones(min(len(x), 1), dtype=bool), x[1:] != x[:-1]])


def _by(at: Ints, x: Any, size: int) -> Any:
    """Sums by place, whole numbers where whole numbers are added."""
    found = np.zeros(size, dtype=x.dtype)
    np.add.at(found, at, x)
    return found

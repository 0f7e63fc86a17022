"""Two ways of judging the same people, compared: shares, net benefit, areas under the curve.

Counts go in: how many people one way counts and the other doesn't. They need not be whole where
people share the last place. What can't be read turns into not-a-number; nothing here raises.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfaudit.estimators.estimates import deviate

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Pair: TypeAlias = tuple[Floats, Floats]

_STEPS = 70


def paired_gap(
    n11: ArrayLike, n10: ArrayLike, n01: ArrayLike, n00: ArrayLike, level: float = 0.95
) -> Pair:
    """Score limits, from -1 to 1, for one share less another of the same people (Tango 1998).

    ``n11`` people are counted by both ways, ``n10`` by the first alone, ``n01`` by the second alone,
    ``n00`` by neither; the gap is (n10 - n01) / n. Never of width zero; not-a-number for nobody.

    >>> low, high = paired_gap(1, 1, 7, 12)
    >>> print(f"{low:.3f} {high:.3f}")
    -0.517 -0.026
    """
    counts = [np.asarray(x, dtype=np.float64) for x in (n11, n10, n01, n00)]
    with np.errstate(all="ignore"):
        n = np.sum(np.broadcast_arrays(*counts), axis=0)
        good = (n > 0) & np.all([x >= 0 for x in np.broadcast_arrays(*counts)], axis=0)
        n, z = np.where(good, n, np.nan), deviate(level)
        return _lowest(counts[1], counts[2], n, z), -_lowest(counts[2], counts[1], n, z)


def _lowest(b: Floats, c: Floats, n: Floats, z: float) -> Floats:
    """The gap at which the score (b - c - n gap) / sd falls to z; it falls all the way from -1 on."""
    low, high = np.full_like(n, -1.0), (b - c) / n
    for _ in range(_STEPS):
        middle = (low + high) / 2
        small = b - c - n * middle > z * np.sqrt(n * _spread(b, c, n, middle))
        low, high = np.where(small, middle, low), np.where(small, high, middle)
    return np.where(np.isnan(n), np.nan, (low + high) / 2)


def _spread(b: Floats, c: Floats, n: Floats, gap: Floats) -> Floats:
    """Variance of one person's difference, the shares being as likely as a gap lets them be."""
    half = (2 * n - b + c) * gap - b - c
    last = c * gap * (1 - gap)
    root = np.sqrt(half**2 + 8 * n * last)
    only = np.where(half > 0, 2 * last / np.maximum(half + root, 1e-300), (root - half) / (4 * n))
    return np.maximum(2 * np.maximum(only, 0) + gap * (1 - gap), 0)


def paired_benefit(
    found: tuple[ArrayLike, ArrayLike],
    spared: tuple[ArrayLike, ArrayLike],
    n: ArrayLike,
    odds: ArrayLike,
    level: float = 0.95,
) -> Pair:
    """Limits for the net benefit of one way of flagging less that of another, per person.

    Of ``n`` people with the event or without, ``found`` holds those with the event whom the first
    way alone flags, and whom the second alone does; ``spared`` those without it whom the second
    alone flags, and whom the first alone does. ``odds`` are those of the threshold (Vickers and
    Elkin 2006). The limits of both parts (`paired_gap`) are put together as Zou and Donner (2008) do.

    >>> low, high = paired_benefit((40, 25), (60, 30), 1000, 0.25)
    >>> print(f"{low:.4f} {high:.4f}")
    0.0061 0.0397
    """
    n, odds = np.asarray(n, dtype=np.float64), np.asarray(odds, dtype=np.float64)
    parts = [(np.asarray(a, np.float64), np.asarray(b, np.float64)) for a, b in (found, spared)]
    with np.errstate(all="ignore"):
        (one, low, high), (other, low_, high_) = (_part(pair, n, level) for pair in parts)
        mean = one + odds * other
        tie = _together(parts, one, other, n)
        down = _joined(one - low, odds * (other - low_), tie)
        up = _joined(high - one, odds * (high_ - other), tie)
        return mean - down, mean + up


def _part(pair: Pair, n: Floats, level: float) -> tuple[Floats, Floats, Floats]:
    plus, minus = pair
    low, high = paired_gap(0, plus, minus, n - plus - minus, level)
    return (plus - minus) / n, low, high


def _together(parts: list[Pair], one: Floats, other: Floats, n: Floats) -> Floats:
    """Correlation of the two parts: nobody is both with the event and without."""
    squares = [(plus + minus) / n for plus, minus in parts]
    spread = np.sqrt((squares[0] - one**2) * (squares[1] - other**2))
    return np.where(spread > 0, -one * other / spread, 0.0)


def _joined(one: Floats, other: Floats, tie: Floats) -> Floats:
    return np.sqrt(np.maximum(one**2 + other**2 + 2 * tie * one * other, 0))


def placed(order: ArrayLike, n: ArrayLike, sizes: ArrayLike) -> Floats:
    """Sort people into classes of given sizes, lowest first: each cell's share in every class.

    ``n`` people sit at each value of ``order``; those with one value share the places there are, as
    if lots were drawn and every draw averaged.

    >>> placed([1, 2, 2, 3], [1, 1, 1, 1], [2, 2]).tolist()
    [[1.0, 0.0], [0.5, 0.5], [0.5, 0.5], [0.0, 1.0]]
    """
    _, at = np.unique(np.asarray(order, dtype=np.float64), return_inverse=True)
    held = np.bincount(at, np.asarray(n, dtype=np.float64))
    top, ends = np.cumsum(held), np.cumsum(np.asarray(sizes, dtype=np.float64))
    below, starts = top - held, np.insert(ends, 0, 0.0)[:-1]
    inside = np.minimum.outer(top, ends) - np.maximum.outer(below, starts)
    with np.errstate(all="ignore"):
        share = np.maximum(inside, 0) / held[:, None]
    return np.where(held[:, None] > 0, share, 0.0)[at]


def auc_without_each(order: ArrayLike, y: ArrayLike, n: ArrayLike, cluster: ArrayLike) -> Floats:
    """Area under the curve of everyone (first), then without each cluster in rising order.

    Pairs in order, less those that a cluster takes part in; ties count half (Mann and Whitney 1947).

    >>> auc_without_each([1, 2, 3, 4], [0, 1, 0, 1], [1, 1, 1, 1], [0, 0, 1, 1]).tolist()
    [0.75, 1.0, 1.0]
    """
    order, weight = np.asarray(order, dtype=np.float64), np.asarray(n, dtype=np.float64)
    of, cluster = np.unique(np.asarray(cluster), return_inverse=True)
    sides = weight * (np.asarray(y) == 1), weight * (np.asarray(y) == 0)
    rank = np.unique(order, return_inverse=True)[1]
    won = _pairs_won(rank, np.zeros_like(cluster), *sides)
    within = _pairs_won(rank, cluster, *sides)
    parts: list[Any] = [np.bincount(cluster, x, len(of)) for x in (*won, within[0], *sides)]
    as_event, as_other, inside, e, m = parts
    with np.errstate(all="ignore"):
        pairs = (e.sum() - e) * (m.sum() - m)
        left = (as_event.sum() - as_event - as_other + inside) / pairs
        whole = as_event.sum() / (e.sum() * m.sum())
    return np.concatenate([[whole], left])


def _pairs_won(rank: Ints, within: Ints, e: Floats, m: Floats) -> Pair:
    """For each cell, the pairs in order that its events, and its non-events, are part of."""
    order = np.lexsort((rank, within))
    start = np.flatnonzero(np.diff(within[order], prepend=-1))
    block = np.cumsum(np.diff(within[order], prepend=-1) != 0) - 1
    new = (np.diff(rank[order], prepend=-1) != 0) | (np.diff(within[order], prepend=-1) != 0)
    tied = np.cumsum(new) - 1
    lower, upper = (_below(x[order], tied, start[block]) for x in (m, e))
    total = np.bincount(block, e[order])[block]
    own, other = np.empty_like(e), np.empty_like(m)
    own[order] = e[order] * lower
    other[order] = m[order] * (total - upper)
    return own, other


def _below(x: Floats, tied: Ints, start: Ints) -> Floats:
    """People of the block in lower cells, and half of those tied."""
    held = np.bincount(tied, x)
    before = np.concatenate([[0.0], np.cumsum(x)])[start]
    return (np.cumsum(held) - held / 2)[tied] - before

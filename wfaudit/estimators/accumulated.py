"""Curves that are sums of mean local effects: steps from value to value, accumulated, with their limits.

Apley and Zhu (2020): within each step only people whose value lies there are moved across it; the
mean of what that does to their predictions is added up from step to step. Steps rest on different
people, so the variance of a sum of steps is the sum of their variances.
"""

from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from wfaudit.estimators.estimates import ANY, first_reason
from wfaudit.estimators.leftout import LeftOut, Scale, left_out
from wfaudit.estimators.means import NO_SPREAD, Mean, limited

Floats: TypeAlias = NDArray[np.float64]
GONE = "nobody of this group lies there or on the way: not known"


def onto(known: NDArray[np.bool_], weights: Floats, *, middles: bool = False) -> Floats:
    """Groups by places by steps: how much of each step stands in a group's curve at each place, centred at 0.

    ``known`` tells for each group across which steps somebody of it lies. Places are the ends of
    steps, one more than there are steps; or, with ``middles``, the middles of steps. A curve runs
    over the longest row of steps that are known, the first of equals, and is 0 on average over the
    ``weights`` of its places; elsewhere it is not-a-number.

    >>> onto(np.array([[True, True], [False, True]]), np.array([0.5, 0.25, 0.25])).tolist()
    [[[-0.5, -0.25], [0.5, -0.25], [0.5, 0.75]], [[nan, nan], [0.0, -0.5], [0.0, 0.5]]]
    """
    steps = known.shape[1]
    into = np.tril(np.ones((steps, steps))) - 0.5 * np.eye(steps)
    if not middles:
        into = np.tril(np.ones((steps + 1, steps)), -1)
    return np.stack([_centred(into, weights, *_longest(one), middles=middles) for one in known])


def _longest(known: NDArray[np.bool_]) -> tuple[int, int]:
    """Where the longest row of known steps begins and ends."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(np.int8)))
    if len(edges) == 0:
        return 0, 0
    first = int(np.argmax(edges[1::2] - edges[::2]))
    return int(edges[2 * first]), int(edges[2 * first + 1])


def _centred(into: Floats, weights: Floats, start: int, stop: int, *, middles: bool) -> Floats:
    there = np.full_like(into, np.nan)
    places = slice(start, stop if middles else stop + 1)
    weight = weights[places]
    if stop > start:
        here = into[places].copy()
        here[:, :start] = here[:, stop:] = 0.0
        share = weight / weight.sum() if weight.sum() > 0 else np.full(len(weight), 1 / len(weight))
        there[places] = here - share @ here
    return there


def curve(amounts: Floats, into: Floats, level: float = 0.95) -> Mean:
    """Curves of groups with Student's limits, from sums of local effects (n, total, squares).

    ``amounts`` is groups by steps by columns, ``into`` groups by places by steps. Degrees of freedom by
    Satterthwaite (1946). Where a step rests on one person there is a number without limits.

    >>> sums = np.array([[[4, 4.0, 6.0], [4, 8.0, 18.0]]])
    >>> found = curve(sums, np.array([[[1.0, 0.0], [1.0, 1.0]]]))
    >>> found.estimate.tolist(), found.df.round(2).tolist()
    ([[1.0, 3.0]], [[3.0, 6.0]])
    """
    n, total, squares = np.moveaxis(amounts[..., :3], -1, 0)
    gone, asks = np.isnan(into).any(axis=-1), np.nan_to_num(into)
    with np.errstate(all="ignore"):
        mean = np.where(n > 0, total / n, 0.0)
        spread = np.maximum(squares - total * mean, 0.0) / (n - 1)
        spread = np.where(spread > NO_SPREAD * np.square(mean), spread, 0.0)
        each = np.square(asks) * np.where(n > 1, spread / n, 0.0)[:, None]
        variance = each.sum(axis=-1)
        df = np.square(variance) / (np.square(each) / np.maximum(n - 1, 1)[:, None]).sum(axis=-1)
    single = ((n == 1)[:, None] & (asks != 0)).any(axis=-1)
    value = np.where(gone, np.nan, np.einsum("gps,gs->gp", asks, mean))
    note = first_reason(
        (gone, GONE),
        (single, "one person on some step: no interval"),
        (~(variance > 0), "nothing varies: no interval"),
    )
    return limited(value, np.sqrt(variance), df, level, note)


def curve_over_clusters(parts: Floats, into: Floats, level: float = 0.95) -> LeftOut:
    """The same curves, with a jackknife that leaves out one part of whole clusters at a time.

    ``parts`` is parts by groups by steps by (n, total, …).

    >>> rng = np.random.default_rng(1)
    >>> effects = 1 + rng.normal(size=(10, 1, 2, 1))
    >>> sums = np.concatenate([np.ones((10, 1, 2, 1)), effects], axis=-1)
    >>> curve_over_clusters(sums, np.array([[[1.0, 0.0]]])).clusters.tolist()
    [[10.0]]
    """
    whole = parts.sum(axis=0)
    read = [_read(one[None], into) for one in whole - parts]
    full = tuple(one[0] for one in _read(whole[None], into))
    found = left_out(
        (full[0], full[1][None]), [(v, n[None]) for v, n in read], Scale("identity", ANY), level
    )
    return replace(found, note=np.where(np.isnan(into).any(axis=-1), GONE, found.note))


def _read(sums: Floats, into: Floats) -> tuple[Floats, Floats]:
    n, total = sums[..., 0], sums[..., 1]
    with np.errstate(all="ignore"):
        mean = np.where(n > 0, total / n, 0.0)
    asks = np.nan_to_num(into)
    gone = ((n == 0)[..., None, :] & (asks != 0)).any(axis=-1) | np.isnan(into).any(axis=-1)
    value = np.where(gone, np.nan, np.einsum("gps,...gs->...gp", asks, mean))
    return value, np.broadcast_to(n.sum(axis=-1)[..., None], value.shape)


def turns(amounts: Floats, level: float = 0.95) -> NDArray[np.bool_]:
    """Which groups' curves rise at one step and fall at another, each beyond its interval.

    Limits of single steps, at a level shared out among all steps of a curve (Bonferroni).

    >>> up, down = [9, 9.0, 10.0], [9, -9.0, 10.0]
    >>> turns(np.array([[up, down], [up, up]])).tolist()
    [True, False]
    """
    groups, steps = amounts.shape[:2]
    each = np.broadcast_to(np.eye(steps), (groups, steps, steps))
    single = curve(amounts, each, 1 - (1 - level) / max(1, steps))
    low, high = single.low, single.high
    return np.asarray((low > 0).any(axis=-1) & (high < 0).any(axis=-1))

"""Rates where the outcome of some is not known: between which numbers they must lie.

Some have the outcome (yes), some don't (no), and of some nobody knows: they were treated, turned
down or left before it showed. ``gamma`` says how far these may differ from those known: their odds
of the outcome lie between 1/gamma and gamma times the odds among those known. 1 takes them to be
alike, infinity (unless another is given) assumes nothing at all. Counts in, arrays out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from wfaudit.estimators.estimates import Texts, first_reason
from wfaudit.estimators.intervals import arm

Floats: TypeAlias = NDArray[np.float64]
Pair: TypeAlias = tuple[Floats, Floats]
Parts: TypeAlias = tuple[Floats, ...]
Share: TypeAlias = Callable[[Parts, Floats], Pair]
_STEPS = 60


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """The lowest and the highest a rate can be, and how many people each rests on.

    ``people_low`` people would give a plain share that varies as much as the lower bound does;
    where nothing is assumed it is the number of all. ``widest`` are the bounds that assume nothing.
    """

    low: Floats
    high: Floats
    people_low: Floats
    people_high: Floats
    note: Texts
    widest: Bounds | None = None


def rate_bounds(
    k: ArrayLike, n: ArrayLike, unknown: ArrayLike, gamma: ArrayLike = np.inf
) -> Bounds:
    """Bounds of the rate of a group in which k of n had the outcome and of more it is unknown.

    Assuming nothing, none or all of the unknown had it: k / (n + unknown) to
    (k + unknown) / (n + unknown) (Manski 1989). With gamma the odds among them lie within that
    factor of the odds among the n, a bound in the manner of Rosenbaum's (1987).

    >>> got = rate_bounds(30, 100, 50, gamma=[1, 2, np.inf])
    >>> got.low.round(3), got.high.round(3)
    (array([0.3  , 0.259, 0.2  ]), array([0.3  , 0.354, 0.533]))
    """
    k, n, unknown = (np.asarray(x, np.float64) for x in (k, n, unknown))
    return pooled_bounds(np.stack(np.broadcast_arrays(k, n - k, unknown), axis=-1), gamma=gamma)


def pooled_bounds(*parts: ArrayLike, gamma: ArrayLike = np.inf) -> Bounds:
    """Bounds of the rate of people in several parts, each with its own odds among the known.

    Every part holds on its last axis how many had the outcome, had it not, and of how many it is
    unknown; gamma is held against the odds of the same part. The share for whom flag and outcome
    agree has two: those flagged, and those not flagged with "yes" for not having had it.

    >>> got = pooled_bounds([40, 30, 30], [60, 20, 20], gamma=[1, np.inf])
    >>> got.low.round(3), got.high.round(3)
    (array([0.661, 0.5  ]), array([0.661, 0.75 ]))
    """
    return _bounded(_pooled, _alike(*parts), np.asarray(gamma, np.float64))


def error_bounds(inside: ArrayLike, outside: ArrayLike, gamma: ArrayLike = np.inf) -> Bounds:
    """Bounds of the share of those with the outcome who are inside: an error rate, a hit rate.

    ``inside`` and ``outside`` hold on their last axis how many had the outcome, had it not, and of
    how many it is unknown. The share of the unemployed-for-long who were not flagged has those not
    flagged inside and those flagged outside; for wrongly flagged, "yes" is not having had it. The
    lowest takes as few of the unknown inside and as many of those outside as gamma allows
    (Horowitz and Manski 1998 without gamma).

    >>> got = error_bounds(inside=[20, 60, 20], outside=[40, 30, 30], gamma=[1, np.inf])
    >>> got.low.round(3), got.high.round(3)
    (array([0.304, 0.222]), array([0.304, 0.5  ]))
    """
    return _bounded(_inside, _alike(inside, outside), np.asarray(gamma, np.float64))


def interval(bounds: Bounds, level: float = 0.95) -> Pair:
    """Limits that hold the true rate, wherever between the bounds it lies, as often as the level.

    Imbens and Manski (2004): the deviate falls from that of a two-sided to that of a one-sided
    limit as the bounds draw apart, for the truth can't be near both. (Bounds whose order never
    turns meet the condition of Stoye 2009.) The limits are Wilson's at that deviate, so they stay
    between 0 and 1 and have a width where a bound is 0 or 1.

    >>> low, high = interval(rate_bounds(30, 100, 50))
    >>> print(f"{low:.3f} {high:.3f}")
    0.152 0.599
    """
    spread_low, spread_high = _spreads(bounds)
    deviate = _deviate(bounds.high - bounds.low, np.maximum(spread_low, spread_high), level)
    return _limits(bounds, deviate)


def gap_bounds(bounds: Bounds, reference: Bounds) -> Pair:
    """The lowest and the highest the difference of two groups' rates can be.

    >>> low, high = gap_bounds(rate_bounds(30, 100, 50), rate_bounds(40, 100, 0))
    >>> print(f"{low:.3f} {high:.3f}")
    -0.200 0.133
    """
    return bounds.low - reference.high, bounds.high - reference.low


def gap_interval(bounds: Bounds, reference: Bounds, level: float = 0.95) -> Pair:
    """Limits that hold the true difference of two groups, wherever between its bounds it lies.

    The deviate of Imbens and Manski (2004) for the bounds of the difference; at it, the distances
    of each group's limits from its bounds are squared and added, as in Newcombe (1998).

    >>> low, high = gap_interval(rate_bounds(30, 100, 50), rate_bounds(40, 100, 0))
    >>> print(f"{low:.3f} {high:.3f}")
    -0.295 0.235
    """
    low, high = gap_bounds(bounds, reference)
    mine, theirs = _spreads(bounds), _spreads(reference)
    spread = np.maximum(np.hypot(mine[0], theirs[1]), np.hypot(mine[1], theirs[0]))
    deviate = _deviate(high - low, spread, level)
    (mine_low, mine_high), (their_low, their_high) = (
        _limits(x, deviate) for x in (bounds, reference)
    )
    below = np.hypot(bounds.low - mine_low, their_high - reference.high)
    above = np.hypot(mine_high - bounds.high, reference.low - their_low)
    return np.maximum(low - below, -1.0), np.minimum(high + above, 1.0)


def _alike(*parts: ArrayLike) -> Parts:
    return tuple(np.broadcast_arrays(*(np.asarray(part, np.float64) for part in parts)))


def _bounded(share: Share, parts: Parts, gamma: Floats) -> Bounds:
    """Bounds at each gamma, with those that assume nothing beside them."""
    able = np.where(gamma >= 1, gamma, np.nan)
    with np.errstate(all="ignore"):
        low, people_low = share(parts, 1 / able)
        high, people_high = share(parts, able)
    # with no outcome known on one side the rate is 0 or 1, if there is one
    low, high = np.where(np.isnan(low), high, low), np.where(np.isnan(high), low, high)
    people = np.where(np.isnan(people_low), people_high, people_low)
    people_high = np.where(np.isnan(people_high), people_low, people_high)
    cells = np.concatenate(parts, axis=-1)
    everybody, possible = cells.sum(axis=-1), (cells[..., ::3] + cells[..., 2::3]).sum(axis=-1)
    note = first_reason(
        (np.isnan(everybody) | (cells < 0).any(axis=-1), "counts are missing"),
        (everybody == 0, "nobody to count"),
        (~(gamma >= 1), "gamma is below 1: no bounds"),
        (np.isnan(low) & (possible == 0), "nobody had the outcome: no rate"),
        (np.isnan(low), "no outcome is known: no bounds"),
    )
    told = note == ""
    low, high, people_low, people_high = (
        np.where(told, x, np.nan) for x in (low, high, people, people_high)
    )
    nothing_assumed = np.full_like(gamma, np.inf)
    widest = None if np.isinf(gamma).all() else _bounded(share, parts, nothing_assumed)
    return Bounds(low, high, people_low, people_high, note, widest)


def _inside(parts: Parts, factor: Floats) -> Pair:
    """The share who are inside with the unknown filled in at a factor of the odds, and its people.

    The variance of a rate is the sum over counts of count x derivative squared (the delta method
    for a multinomial, where multiplying all counts alike leaves the rate as it is).
    """
    inside, outside = parts
    mine, by_mine = _filled(inside, factor)
    theirs, by_theirs = _filled(outside, 1 / factor)
    share = mine / (mine + theirs)
    both = (mine + theirs)[..., None]
    by_mine = (1 - share[..., None]) * by_mine / both
    by_theirs = -share[..., None] * by_theirs / both
    variance = (inside * by_mine**2).sum(axis=-1) + (outside * by_theirs**2).sum(axis=-1)
    edge = np.where(share == 0, 1 / by_mine[..., 0], -1 / by_theirs[..., 0])
    return share, _people(share, variance, edge)


def _pooled(parts: Parts, factor: Floats) -> Pair:
    """The share of all with the outcome, the unknown of each part filled in, and its people."""
    everybody = np.concatenate(parts, axis=-1).sum(axis=-1)
    filled = [_filled(part, factor) for part in parts]
    share = np.sum([yes for yes, _ in filled], axis=0) / everybody
    by = [(turn - share[..., None]) / everybody[..., None] for _, turn in filled]
    variance = np.sum([(c * d**2).sum(axis=-1) for c, d in zip(parts, by, strict=True)], axis=0)
    # at 0 and 1 the part whose first other count moves the share most
    steepest = [np.max([way * d[..., at] for d in by], axis=0) for way, at in ((1, 0), (-1, 1))]
    return share, _people(share, variance, 1 / np.where(share == 0, *steepest))


def _filled(cells: Floats, factor: Floats) -> Pair:
    """How many had the outcome once the unknown are filled in, and its derivatives by the counts."""
    yes, no, unknown = (cells[..., i] for i in range(3))
    whole = factor * yes + no
    share = np.where(whole > 0, factor * yes / whole, np.where(unknown > 0, np.nan, 0.0))
    turn = np.where(whole > 0, unknown * factor / whole**2, 0.0)
    fixed = np.isinf(factor) | (factor == 0)
    share = np.where(fixed, factor > 0, share)
    by_yes = np.where(fixed, 1.0, 1 + turn * no)
    by_no = np.where(fixed, 0.0, -turn * yes)
    return yes + unknown * share, np.stack(np.broadcast_arrays(by_yes, by_no, share), axis=-1)


def _people(share: Floats, variance: Floats, edge: Floats) -> Floats:
    """People whose plain share has that variance; at 0 and 1 what the number tends to."""
    return np.where((share > 0) & (share < 1), share * (1 - share) / variance, edge)


def _spreads(bounds: Bounds) -> Pair:
    return (
        np.sqrt(bounds.low * (1 - bounds.low) / bounds.people_low),
        np.sqrt(bounds.high * (1 - bounds.high) / bounds.people_high),
    )


def _deviate(width: Floats, spread: Floats, level: float) -> Floats:
    """Imbens and Manski's deviate c: ndtr(c + width / spread) - ndtr(-c) is the level."""
    with np.errstate(all="ignore"):
        apart = np.where(width > 0, width / spread, 0.0)
    low = np.full_like(apart, ndtri(level))
    high = np.full_like(apart, ndtri((1 + level) / 2))
    for _ in range(_STEPS):
        middle = (low + high) / 2
        short = ndtr(middle + apart) - ndtr(-middle) < level
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return high


def _limits(bounds: Bounds, deviate: Floats) -> Pair:
    """Wilson's limits of both bounds, none beyond those of the widest at the same deviate."""
    shares, people = (bounds.low, 1 - bounds.high), (bounds.people_low, bounds.people_high)
    below, above = (arm(s * n, n, deviate) for s, n in zip(shares, people, strict=True))
    low, high = np.maximum(bounds.low - below, 0.0), np.minimum(bounds.high + above, 1.0)
    if bounds.widest is None:
        return low, high
    least, most = _limits(bounds.widest, deviate)
    return np.maximum(low, least), np.minimum(high, most)

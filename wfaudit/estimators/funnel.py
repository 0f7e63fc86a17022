"""Units held against what their people make one expect: funnel limits, p-values, and spread beyond chance.

What is expected stands in `tails.crowds`: one chance for all people, or one for each kind of them,
so that a unit is not held to account for whom it was sent. The chances are taken as known. A unit's
own people are mostly among those they come from; one with a large part of all looks closer to what
is expected than it is.

Chance alone seldom explains how far apart real units lie. ``stretch`` says how many times as far as
chance would have them: 1 for chance alone, `multiplied` for one factor, `added` for one further
spread of the units' true shares, which stretches large units most. The deviate of an exact tail is
divided by it: what is exact without a stretch stays so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr, ndtr, ndtri, ndtri_exp

from wfaudit.estimators.estimates import floats
from wfaudit.estimators.tails import Crowds, log_at_most, log_more

if TYPE_CHECKING:
    from collections.abc import Callable

Floats: TypeAlias = NDArray[np.float64]
Pair: TypeAlias = tuple[Floats, Floats]

FEWEST = 8  # units from which a spread is read
_HALF = float(np.log(0.5))
_STEPS = 60


def p_values(k: ArrayLike, units: Crowds, stretch: ArrayLike = 1.0, mid: bool = False) -> Pair:
    """Chance of k or fewer in each unit, and of k or more, if all went as expected.

    The exact p-values never flag more often than they say. ``mid`` counts k itself by half (mid-p)
    and does, if little: 7 in 100 two-sided at 95 % in the worst case, where z-scores flag 9.6.
    Not-a-number where nobody is in a unit or k is no count of its people.

    >>> from wfaudit.estimators.tails import crowds
    >>> few, many = p_values([0, 9], crowds(0.1, [50, 50]))
    >>> few.round(4), many.round(4)
    (array([0.0052, 0.9755]), array([1.    , 0.0579]))
    """
    k = np.asarray(k, np.float64) + 0 * units.people
    good = (k >= 0) & (k <= units.people) & (k == np.floor(k)) & (units.people > 0)
    k = np.where(good, k, np.nan)
    at_most, more = log_at_most(units, k), log_more(units, k)
    fewer, at_least = log_at_most(units, k - 1), log_more(units, k - 1)
    if mid:
        at_most = fewer = np.logaddexp(at_most, fewer) + _HALF
        more = at_least = np.logaddexp(more, at_least) + _HALF
    return _stretched(at_most, more, stretch), _stretched(at_least, fewer, stretch)


def two_sided(few: ArrayLike, many: ArrayLike) -> Floats:
    """Twice the smaller of two one-sided p-values, at most 1.

    >>> two_sided([0.01, 0.7], [0.99, 0.6])
    array([0.02, 1.  ])
    """
    few, many = floats(few, many)
    return np.minimum(2 * np.minimum(few, many), 1.0)


def limits(units: Crowds, level: float = 0.95, stretch: ArrayLike = 1.0) -> Pair:
    """Counts at or beyond which a unit lies outside the funnel: too few, and too many.

    Exact limits, drawn smoothly between whole counts as Spiegelhalter (2005) does. A count is at or
    beyond a limit just where its one-sided p-value is half of what the level leaves, or less: of
    units that differ by chance alone, 4.8 in 100 at most lie outside 95 % limits. A limit under 0,
    or over all people of the unit, is one that no count reaches. Read off the same tail as the lower
    one, as is usual, an upper limit lies one count lower and flags too often (Manktelow and Seaton
    2012): 7.5 in 100 units of 20 people at .05, where 2.5 are meant.

    >>> from wfaudit.estimators.tails import crowds
    >>> low, high = limits(crowds(0.1, [20, 50, 1000]))
    >>> low.round(2), high.round(2)
    (array([-0.79,  0.69, 81.28]), array([  5.57,   9.99, 119.48]))
    """
    people = np.where(units.people > 0, units.people, np.nan)
    target = log_ndtr(ndtri((1 - level) / 2) * np.asarray(stretch, np.float64) + 0 * people)
    low = _reached(lambda k: log_at_most(units, k, target), target, people)
    rest = _reached(lambda k: log_more(units, people - k - 1, target), target, people)
    return low, people - rest


def z_scores(k: ArrayLike, units: Crowds) -> Floats:
    """Standard deviations by which each count lies above what is expected.

    >>> from wfaudit.estimators.tails import crowds
    >>> z_scores([10, 5], crowds(0.1, [50, 50])).round(3)
    array([2.357, 0.   ])
    """
    with np.errstate(all="ignore"):
        return (np.asarray(k, np.float64) - units.mean) / np.where(units.sd > 0, units.sd, np.nan)


def overdispersion(z: ArrayLike, cut: float = 0.1, published: bool = False) -> float:
    """How many times the variance of chance the z-scores have, the outermost drawn in.

    The tenth of them on either side is put at the quantile (winsorised), so that a few unusual units
    don't excuse themselves (Spiegelhalter 2005). That shrinks the mean square of normal deviates to
    .68, so it is divided by what is left of it: 1 for units that differ by chance. As
    ``published``, it is not, and stays under 1 until real differences are considerable.

    >>> z = [-3, -1, -0.8, -0.5, -0.1, 0.2, 0.4, 0.9, 1.1, 4]
    >>> round(overdispersion(z), 3), round(overdispersion(z, published=True), 3)
    (1.104, 0.749)
    """
    z = np.asarray(z, np.float64)
    z = z[~np.isnan(z)]
    if len(z) < FEWEST:
        return np.nan
    return _drawn_in(z, cut) / (1.0 if published else _left(cut))


def extra_variance(k: ArrayLike, units: Crowds, cut: float = 0.1, published: bool = False) -> float:
    """Variance of the units' true shares about what is expected, beyond chance; 0 if none shows.

    The variance with which the z-scores, winsorised, spread as normal deviates do: the estimating
    equation of Paule and Mandel (1982). As ``published`` (Spiegelhalter 2005), by the moments of
    DerSimonian and Laird (1986) from z-scores winsorised but not corrected for it. That takes much
    of what units truly differ for chance: where shares spread by an intra-class correlation of .02
    or .1, it leaves .06 to .15 of ordinary units outside 95 % limits, this one .02 to .05.

    >>> from wfaudit.estimators.tails import crowds
    >>> k = [2, 4, 5, 7, 9, 10, 12, 14, 16, 21]
    >>> round(extra_variance(k, crowds(0.2, [50] * 10)), 5)
    0.0104
    """
    z = z_scores(k, units)
    known = ~np.isnan(z)
    if known.sum() < FEWEST:
        return np.nan
    z, se = z[known], (units.sd / np.where(known, units.people, 1.0))[known]
    target = (len(z) - 1) / len(z)
    if published:
        w = se**-2
        spare = len(z) * (_drawn_in(z, cut) - target)
        return max(0.0, float(spare / (w.sum() - (w**2).sum() / w.sum())))
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        over = _drawn_in(z / np.sqrt(1 + middle / se**2), cut) > target * _left(cut)
        low, high = (middle, high) if over else (low, middle)
    return low


def added(units: Crowds, variance: float) -> Floats:
    """Stretch of each unit where true shares have a variance of their own (`extra_variance`).

    >>> from wfaudit.estimators.tails import crowds
    >>> added(crowds(0.1, [9, 900]), 0.01).round(3)
    array([ 1.414, 10.05 ])
    """
    with np.errstate(all="ignore"):
        return np.sqrt(
            1 + variance * (units.people / np.where(units.sd > 0, units.sd, np.nan)) ** 2
        )


def multiplied(factor: float) -> float:
    """Stretch of all units alike for a variance ``factor`` times that of chance, never under 1.

    >>> multiplied(4.0), multiplied(0.7)
    (2.0, 1.0)
    """
    return float(np.sqrt(np.maximum(factor, 1.0)))


def _stretched(log_p: Floats, log_rest: Floats, stretch: ArrayLike) -> Floats:
    """P-values whose deviates lie closer to 0, read off the smaller tail."""
    stretch = np.asarray(stretch, np.float64)
    z = np.where(log_p < _HALF, ndtri_exp(log_p), -ndtri_exp(log_rest))
    return np.where(stretch == 1, np.exp(np.minimum(log_p, 0.0)), ndtr(z / stretch))


def _reached(log_tail: Callable[[Floats], Floats], target: Floats, people: Floats) -> Floats:
    """Where a log tail that rises with the count passes its target, between whole counts."""
    low, high = np.full_like(people, -1.0), people
    for _ in range(int(np.nanmax(people, initial=1.0)).bit_length() + 1):
        middle = np.floor((low + high) / 2)
        under = log_tail(middle) <= target
        low, high = np.where(under, middle, low), np.where(under, high, np.maximum(middle, low + 1))
    with np.errstate(all="ignore"):
        before, after = log_tail(high - 1), log_tail(high)
        return high - np.expm1(target - after) / np.expm1(before - after)


def _drawn_in(z: Floats, cut: float) -> float:
    """Mean square of deviates, those beyond the quantiles put at them."""
    return float(np.square(np.clip(z, *np.quantile(z, [cut, 1 - cut]))).mean())


def _left(cut: float) -> float:
    """What is left of the mean square of normal deviates."""
    edge = float(ndtri(1 - cut)) if cut > 0 else 0.0
    density = np.exp(-(edge**2) / 2) / np.sqrt(2 * np.pi)
    return float(1 - 2 * cut - 2 * edge * density * (cut > 0) + 2 * cut * edge**2)

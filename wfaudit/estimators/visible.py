"""The smallest disparity these data could have shown: what "cannot tell" is printed with.

Each number answers one question: how far from the reference must the truth lie for the interval to
lie wholly beyond the tolerance in, say, four audits of five? It is a statement about sample size,
made before looking at the group: the chance is summed over the audits that could have happened.
It isn't an estimate of the gap, not a limit on it, and not the power of a test against no gap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, ndtri, stdtrit

from wfaudit.estimators.estimates import floats
from wfaudit.estimators.intervals import newcombe, ratio_score_p
from wfaudit.estimators.roots import rising

if TYPE_CHECKING:
    from collections.abc import Callable

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Pair: TypeAlias = tuple[Floats, Floats]

_RARE = 1e-12  # chances nearer to 0 or 1 than this are taken as this
_NODES = 96  # counts of the reference looked at; where more can happen they are taken in lumps
_SPREAD = 6.0  # standard deviations of the reference's count looked at, to each side


def smallest_gap(
    n: ArrayLike,
    p_ref: ArrayLike,
    n_ref: ArrayLike,
    tolerance: ArrayLike,
    level: float = 0.95,
    power: float = 0.8,
) -> Floats:
    """Smallest gap in shares, from 0 to 1, that n against n_ref people could have shown.

    The smaller of the two of `smallest_gap_each_way`.

    >>> smallest_gap([100, 1000], 0.15, 5000, 0.05).round(3)
    array([0.123, 0.079])
    """
    return np.fmin(*smallest_gap_each_way(n, p_ref, n_ref, tolerance, level, power))


def smallest_gap_each_way(
    n: ArrayLike,
    p_ref: ArrayLike,
    n_ref: ArrayLike,
    tolerance: ArrayLike,
    level: float = 0.95,
    power: float = 0.8,
) -> Pair:
    """Smallest gap that could have been shown with the group's share above, and below, p_ref.

    At this gap the Newcombe interval lies wholly beyond the tolerance with the chance asked for.
    The chance is summed over the counts that can happen, without a normal approximation, so the
    power is what it says in small groups and at rare shares too. Not-a-number where not even a
    share of 1 (or of 0) would be shown often enough, and where nobody is counted.

    >>> above, below = smallest_gap_each_way([100, 1000], 0.15, 5000, 0.05)
    >>> above.round(3), below.round(3)
    (array([0.169, 0.089]), array([0.123, 0.079]))
    """
    n, p_ref, n_ref, tolerance = _columns(n, p_ref, n_ref, tolerance)
    with np.errstate(all="ignore"):
        counts, chances = _audits(p_ref, n_ref)
        above = _needed(lambda k: newcombe(k, n, counts, n_ref, level)[0] > tolerance, n, counts)
        below = _needed(
            lambda rest: newcombe(n - rest, n, counts, n_ref, level)[1] < -tolerance, n, counts
        )
        up, down = (_share(needed, n, chances, power) for needed in (above, below))
        return up - p_ref[..., 0], p_ref[..., 0] - (1 - down)


def smallest_ratio(
    n: ArrayLike,
    p_ref: ArrayLike,
    n_ref: ArrayLike,
    tolerance: ArrayLike,
    level: float = 0.95,
    power: float = 0.8,
) -> Floats:
    """Ratio of shares nearest to one, on the log scale, that n against n_ref could have shown.

    The nearer to one of the two of `smallest_ratio_each_way`; it lies above or below one.

    >>> smallest_ratio([300, 1000], 0.4, 5000, 0.8).round(3)
    array([1.46 , 1.376])
    """
    above, below = smallest_ratio_each_way(n, p_ref, n_ref, tolerance, level, power)
    with np.errstate(all="ignore"):
        nearer = (above * below <= 1) | np.isnan(below)
    return np.where(nearer, above, below)


def smallest_ratio_each_way(
    n: ArrayLike,
    p_ref: ArrayLike,
    n_ref: ArrayLike,
    tolerance: ArrayLike,
    level: float = 0.95,
    power: float = 0.8,
) -> Pair:
    """Ratios nearest to one that could have been shown above one, and below one.

    At these the score interval lies wholly above 1 / tolerance, or wholly below a tolerance such
    as 0.8, with the chance asked for, summed as in `smallest_gap_each_way`. An audit in which
    nobody counts in the reference shows no ratio. Not-a-number where no ratio is far enough, where
    p_ref is 0 and where nobody is counted.

    >>> above, below = smallest_ratio_each_way([300, 1000], 0.4, 5000, 0.8)
    >>> above.round(3), below.round(3)
    (array([1.46 , 1.376]), array([0.612, 0.691]))
    """
    n, p_ref, n_ref, tolerance = _columns(n, p_ref, n_ref, tolerance)
    area = (1 - level) / 2
    with np.errstate(all="ignore"):
        counts, chances = _audits(p_ref, n_ref)
        chances = np.where(counts > 0, chances, 0.0)
        above = _needed(
            lambda k: ratio_score_p(k, n, counts, n_ref, 1 / tolerance)[0] < area, n, counts
        )
        below = _needed(
            lambda rest: ratio_score_p(n - rest, n, counts, n_ref, tolerance)[1] < area, n, counts
        )
        up, down = (_share(needed, n, chances, power) for needed in (above, below))
        return up / p_ref[..., 0], (1 - down) / p_ref[..., 0]


def smallest_with_se(
    se: ArrayLike,
    df: ArrayLike,
    tolerance: ArrayLike,
    level: float = 0.95,
    power: float = 0.8,
) -> Floats:
    """Smallest gap, in the units of its standard error, that a t interval could have shown.

    tolerance + (t_level + t_power) x se, with t quantiles at df degrees of freedom (Bloom 1995's
    minimum detectable effect, moved by the tolerance); df may be infinite. The standard error is
    taken as known: with few degrees of freedom the power stated is a little off. Not-a-number
    where se or df isn't positive.

    >>> smallest_with_se(0.02, [8, np.inf], 0.05).round(3)
    array([0.114, 0.106])
    """
    se, df, tolerance = floats(se, df, tolerance)
    steps = _student((1 + level) / 2, df) + _student(power, df)
    return np.where((se > 0) & (df > 0), tolerance + steps * se, np.nan)


def _columns(*values: ArrayLike) -> tuple[Floats, ...]:
    """The values, one comparison a row, with room for the reference's counts beside each."""
    return tuple(value[..., None] for value in np.broadcast_arrays(*floats(*values)))


def _student(area: float, df: Floats) -> Floats:
    return np.where(np.isinf(df), ndtri(area), stdtrit(df, area))


def _audits(p_ref: Floats, n_ref: Floats) -> Pair:
    """Counts the reference may show, and their chances; lumps of counts where there are many."""
    half = _SPREAD * np.sqrt(n_ref * p_ref * (1 - p_ref)) + 1
    first = np.maximum(np.floor(n_ref * p_ref - half), 0.0)
    last = np.minimum(np.ceil(n_ref * p_ref + half), n_ref)
    width = np.ceil((last - first + 1) / _NODES)
    left = first + width * np.arange(_NODES, dtype=np.float64)
    right = np.minimum(left + width - 1, n_ref)
    chances = _at_least(left, n_ref, p_ref) - _at_least(right + 1, n_ref, p_ref)
    counts = np.minimum((left + right) / 2, n_ref)
    return counts, np.where((left <= n_ref) & (p_ref >= 0) & (p_ref <= 1), chances, 0.0)


def _needed(shown: Callable[[Floats], Bools], n: Floats, counts: Floats) -> Floats:
    """Fewest of n people at which the disparity shows, for each count; n + 1 where none do."""
    low, high = np.full_like(counts, -1.0), np.broadcast_to(n + 1, counts.shape)
    while bool(((high - low) > 1).any()):
        middle = np.floor((low + high) / 2)
        known = high - low <= 1
        enough = shown(np.maximum(middle, 0.0))
        high = np.where(enough & ~known, middle, high)
        low = np.where(enough | known, low, middle)
    return high


def _share(needed: Floats, n: Floats, chances: Floats, power: float) -> Floats:
    """Share of the group at which it reaches what is needed with the chance asked for."""

    def spare(share: Floats) -> Floats:
        reached = (chances * _at_least(needed, n, share[..., None])).sum(axis=-1)
        return ndtri(np.clip(reached, _RARE, 1 - _RARE)) - ndtri(power)

    nobody, everybody = np.zeros(n.shape[:-1]), np.ones(n.shape[:-1])
    return np.where(n[..., 0] > 0, rising(spare, nobody, everybody), np.nan)


def _at_least(k: Floats, n: Floats, p: Floats) -> Floats:
    """Chance of at least k out of n, each counting with chance p."""
    inside = betainc(np.maximum(k, 1), np.maximum(n - k, 0) + 1, p)
    return np.where(k <= 0, 1.0, np.where(k > n, 0.0, inside))

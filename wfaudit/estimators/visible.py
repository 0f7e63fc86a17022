"""The smallest disparity these data could have shown: what "cannot tell" is printed with.

Each number answers one question: how far from the reference must the truth lie for the interval to
lie wholly beyond the tolerance in, say, four audits of five? It is a statement about sample size,
made before looking at the group: the chance is summed over the audits that could have happened.
It isn't an estimate of the gap, not a limit on it, and not the power of a test against no gap.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtrit

from wfaudit.estimators.audits import Audits, by_newcombe, by_ratio
from wfaudit.estimators.estimates import Floats, floats
from wfaudit.estimators.roots import rising

Pair: TypeAlias = tuple[Floats, Floats]

_RARE = 1e-12  # chances nearer to 0 or 1 than this are taken as this


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
    n, p_ref, n_ref, tolerance = np.broadcast_arrays(*floats(n, p_ref, n_ref, tolerance))
    with np.errstate(all="ignore"):
        audits = Audits.of(n, p_ref, n_ref)
        above = audits.above(by_newcombe, tolerance, level)
        below = audits.below(by_newcombe, -tolerance, level)
        up, down = (_share(audits, needed, power) for needed in (above, below))
        return up - p_ref, p_ref - (1 - down)


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
    n, p_ref, n_ref, tolerance = np.broadcast_arrays(*floats(n, p_ref, n_ref, tolerance))
    with np.errstate(all="ignore"):
        audits = Audits.of(n, p_ref, n_ref)
        above = audits.above(by_ratio, 1 / tolerance, level)
        below = audits.below(by_ratio, tolerance, level)
        up, down = (_share(audits, needed, power) for needed in (above, below))
        return up / p_ref, (1 - down) / p_ref


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


def _student(area: float, df: Floats) -> Floats:
    return np.where(np.isinf(df), ndtri(area), stdtrit(df, area))


def _share(audits: Audits, needed: Floats, power: float) -> Floats:
    """Share of the group at which it reaches what is needed with the chance asked for."""

    def spare(share: Floats) -> Floats:
        reached = audits.reached(needed, share)
        return ndtri(np.clip(reached, _RARE, 1 - _RARE)) - ndtri(power)

    n = audits.n[..., 0]
    found = rising(spare, np.zeros_like(n), np.ones_like(n), apart=True)
    return np.where(n > 0, found, np.nan)

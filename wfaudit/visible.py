"""The smallest disparity these data could have shown: what "cannot tell" is printed with.

Each number answers one question: how far from the tolerance must the truth lie for the interval to
lie wholly beyond the tolerance in, say, four audits of five? It is a statement about sample size
from the normal approximation, made before looking at the group. It isn't an estimate of the gap,
not a limit on it, and not the power of a test against no gap at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtrit

if TYPE_CHECKING:
    from collections.abc import Callable

Floats: TypeAlias = NDArray[np.float64]

_STEPS = 64


def smallest_gap(
    n: ArrayLike,
    p_ref: ArrayLike,
    n_ref: ArrayLike,
    tolerance: ArrayLike,
    level: float = 0.95,
    power: float = 0.8,
) -> Floats:
    """Smallest gap in shares, from 0 to 1, that n against n_ref people could have shown.

    The gap d with d = tolerance + (z_level + z_power) x se(d), where se(d) is the unpooled normal
    standard error at the shares p_ref + d and p_ref (Fleiss 1981, chapter 3). The group's share
    is put above p_ref where p_ref is at most one half, below it otherwise, so p_ref and 1 - p_ref
    give the same answer; the other direction can differ. Not-a-number where no share up to the
    edge is far enough away, and where nobody is counted.

    Simulated with groups of 200 to 5,000, the Newcombe interval clears the tolerance at the default
    gap with a probability of .73 to .87 where p_ref is .15 to .5. A rarer p_ref can be far off the
    .8 asked for: at .02 it is .57 to .96, mostly above, so the gap stated is mostly too large.

    >>> smallest_gap([100, 1000], 0.15, 5000, 0.05).round(3)
    array([0.183, 0.09 ])
    """
    n, p_ref, n_ref, tolerance = _floats(n, p_ref, n_ref, tolerance)
    share = np.minimum(p_ref, 1 - p_ref)
    squared = (_deviate(level) + float(ndtri(power))) ** 2
    with np.errstate(all="ignore"):
        spread = squared * share * (1 - share) * (1 / n + 1 / n_ref)
        lead = 1 + squared / n
        middle = tolerance + squared * (1 - 2 * share) / n / 2
        gap = (middle + np.sqrt(middle**2 - lead * (tolerance**2 - spread))) / lead
        return np.where((n > 0) & (n_ref > 0) & (gap <= 1 - share), gap, np.nan)


def smallest_ratio(
    n: ArrayLike,
    p_ref: ArrayLike,
    n_ref: ArrayLike,
    tolerance: ArrayLike,
    level: float = 0.95,
    power: float = 0.8,
) -> Floats:
    """Largest ratio of shares under a tolerance such as 0.8 that could have been shown to be so.

    The largest r with log(r) = log(tolerance) - (z_level + z_power) x se(r), where se(r) is the
    standard error of a log ratio at the shares r x p_ref and p_ref (Katz et al. 1978). The
    tolerance is at most 1. Not-a-number where no ratio is low enough (a lower one leaves fewer
    cases to count, and its error grows faster than its distance) and where nobody is counted.
    Simulated, the score interval clears the tolerance at the default ratio with a probability of
    .72 to .88 where the group has 35 cases or more.

    >>> smallest_ratio([300, 1000], 0.4, 5000, 0.8).round(3)
    array([0.597, 0.687])
    """
    n, p_ref, n_ref, tolerance = _floats(n, p_ref, n_ref, tolerance)
    sum_of_z = _deviate(level) + float(ndtri(power))
    with np.errstate(all="ignore"):
        extra = (1 / p_ref - 1) / n_ref - 1 / n

        def spare(ratio: Floats) -> Floats:
            error = np.sqrt(1 / (n * p_ref * ratio) + extra)
            return np.log(tolerance / ratio) - sum_of_z * error

        most_spare = sum_of_z**2 / (2 * n * p_ref * (1 + np.sqrt(1 + sum_of_z**2 * extra)))
        found = _largest_root(spare, most_spare, tolerance)
        return np.where((n > 0) & (n_ref > 0) & (p_ref > 0) & (p_ref <= 1), found, np.nan)


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
    se, df, tolerance = _floats(se, df, tolerance)
    steps = _student((1 + level) / 2, df) + _student(power, df)
    return np.where((se > 0) & (df > 0), tolerance + steps * se, np.nan)


def _floats(*values: ArrayLike) -> tuple[Floats, ...]:
    return tuple(np.asarray(value, dtype=np.float64) for value in values)


def _deviate(level: float) -> float:
    return -float(ndtri((1 - level) / 2))


def _student(area: float, df: Floats) -> Floats:
    return np.where(np.isinf(df), ndtri(area), stdtrit(df, area))


def _largest_root(spare: Callable[[Floats], Floats], low: Floats, high: Floats) -> Floats:
    """Where `spare`, not negative at `low` and negative at `high`, turns; else not-a-number."""
    possible = (low < high) & (spare(low) >= 0)
    for _ in range(_STEPS):
        middle = np.sqrt(low * high)
        enough = spare(middle) >= 0
        low, high = np.where(enough, middle, low), np.where(enough, high, middle)
    return np.where(possible, low, np.nan)

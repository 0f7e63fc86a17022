"""How likely an audit of a given size gets an answer, and how many people it needs for one.

Raised and clear are what findings say. Raised: the interval at the level lies wholly beyond the
tolerance. Clear: the interval at twice the room (90 % for a level of 95 %) lies wholly within it.
The powers are those of one comparison on its own; among m of them ask with the least level each
may be left with, 1 - (1 - level) / m.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from wfaudit.estimators.audits import Audits, Beyond, by_newcombe, by_ratio, by_score
from wfaudit.estimators.estimates import Floats, floats

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 2**30


@dataclass(frozen=True, slots=True, eq=False)
class Power:
    """Chance that a comparison is raised, in either direction, and that it is clear."""

    raised: Floats
    clear: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Rule:
    """When an interval raises and when one clears: the two methods, the two ends, the level."""

    printed: Beyond
    clearing: Beyond
    low: Floats
    high: Floats
    level: float

    def raised(self, audits: Audits, p: Floats) -> Floats:
        """Chance that the printed interval lies beyond an end."""
        above = audits.reached(audits.above(self.printed, self.high, self.level), p)
        return above + audits.reached(audits.below(self.printed, self.low, self.level), 1 - p)

    def clear(self, audits: Audits, p: Floats) -> Floats:
        """Chance that the clearing interval lies within the ends."""
        level = 2 * self.level - 1
        above = audits.above(self.clearing, self.low, level)
        return audits.both(above, audits.below(self.clearing, self.high, level), p)


def power_gap(
    n: ArrayLike,
    p: ArrayLike,
    n_ref: ArrayLike,
    p_ref: ArrayLike,
    tolerance: ArrayLike,
    level: float = 0.95,
) -> Power:
    """Chance that a gap is raised, and clear, with n and n_ref people whose shares are p and p_ref.

    Adds up the chances of all counts whose Newcombe (1998) interval lies beyond the tolerance, or
    whose Miettinen-Nurminen (1985) interval lies within it (see ``audits``).

    >>> got = power_gap(1000, 0.24, 5000, 0.15, 0.05)
    >>> print(f"{got.raised:.3f} {got.clear:.3f}")
    0.817 0.000
    """
    n, p, n_ref, p_ref, t = np.broadcast_arrays(*floats(n, p, n_ref, p_ref, tolerance))
    return _power(n, p, n_ref, p_ref, _gap_rule(t, level))


def power_ratio(
    n: ArrayLike,
    p: ArrayLike,
    n_ref: ArrayLike,
    p_ref: ArrayLike,
    tolerance: ArrayLike,
    level: float = 0.95,
) -> Power:
    """As ``power_gap`` for a ratio; a tolerance of 0.8 lets 0.8 to 1.25 pass (score interval).

    An audit in which nobody counts in the reference has no ratio, so it is neither raised nor clear.

    >>> got = power_ratio(1000, 0.25, 5000, 0.4, 0.8)
    >>> print(f"{got.raised:.3f} {got.clear:.3f}")
    0.996 0.000
    """
    n, p, n_ref, p_ref, t = np.broadcast_arrays(*floats(n, p, n_ref, p_ref, tolerance))
    return _power(n, p, n_ref, p_ref, _ratio_rule(t, level))


def people_needed(
    p: ArrayLike,
    p_ref: ArrayLike,
    ratio: ArrayLike,
    tolerance: ArrayLike,
    level: float = 0.95,
    power: float = 0.8,
) -> Floats:
    """How many people the group needs, with ``ratio`` times as many in the reference, for an answer.

    The answer is raised where the gap p - p_ref exceeds the tolerance, clear where it is smaller.
    The power of ``power_gap`` is first reached here, one person fewer falls short. As counts are
    whole it may fall short again by a little just above. Not-a-number where the gap is the
    tolerance, or where a thousand million people would not do.

    >>> people_needed([0.25, 0.15], 0.15, 2, 0.05).tolist()
    [758.0, 657.0]
    """

    def one(p: float, p_ref: float, ratio: float, t: float) -> float:
        beyond = abs(p - p_ref) - t
        start = (p * (1 - p) + p_ref * (1 - p_ref) / ratio) / beyond**2
        return _fewest(_Plan(p, p_ref, ratio, beyond, start), _gap_rule(t, level), power)

    return _each(one, p, p_ref, ratio, tolerance)


def people_needed_ratio(
    p: ArrayLike,
    p_ref: ArrayLike,
    ratio: ArrayLike,
    tolerance: ArrayLike,
    level: float = 0.95,
    power: float = 0.8,
) -> Floats:
    """As ``people_needed`` where p / p_ref is judged, with a tolerance such as 0.8.

    >>> people_needed_ratio(0.25, 0.4, 2, 0.8).tolist()
    447.0
    """

    def one(p: float, p_ref: float, ratio: float, t: float) -> float:
        beyond = float(np.abs(np.log(p / p_ref)) + np.log(t))
        start = ((1 / p - 1) + (1 / p_ref - 1) / ratio) / beyond**2
        return _fewest(_Plan(p, p_ref, ratio, beyond, start), _ratio_rule(t, level), power)

    return _each(one, p, p_ref, ratio, tolerance)


def _gap_rule(tolerance: ArrayLike, level: float) -> _Rule:
    t = np.asarray(tolerance, dtype=np.float64)
    return _Rule(by_newcombe, by_score, -t, t, level)


def _ratio_rule(tolerance: ArrayLike, level: float) -> _Rule:
    t = np.asarray(tolerance, dtype=np.float64)
    return _Rule(by_ratio, by_ratio, t, np.asarray(1 / t), level)


def _power(n: Floats, p: Floats, n_ref: Floats, p_ref: Floats, rule: _Rule) -> Power:
    with np.errstate(all="ignore"):
        shares = (p >= 0) & (p <= 1) & (p_ref >= 0) & (p_ref <= 1)
        possible = (n >= 1) & (n_ref >= 1) & shares & (rule.low <= rule.high)
        audits = Audits.of(*(np.where(possible, x, np.nan) for x in (n, p_ref, n_ref)))
        found = rule.raised(audits, p), rule.clear(audits, p)
    return Power(*(np.where(possible, chance, np.nan) for chance in found))


def _each(function: Callable[..., float], *values: ArrayLike) -> Floats:
    """Apply a function of numbers in every place of the arrays."""
    arrays = np.broadcast_arrays(*floats(*values))
    with np.errstate(all="ignore"):
        found = [function(*each) for each in zip(*(a.flat for a in arrays), strict=True)]
    return np.array(found, dtype=np.float64).reshape(arrays[0].shape)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Shares, how many times as many the reference has, the way to the tolerance, and a start."""

    p: float
    p_ref: float
    ratio: float
    beyond: float
    start: float

    def of(self, n: float) -> Audits:
        """The audits with n people in the group."""
        return Audits.of(n, self.p_ref, np.ceil(n * self.ratio))

    def answerable(self, rule: _Rule) -> bool:
        """Whether there are such shares and groups, and a way to go to the tolerance."""
        shares = 0 <= self.p <= 1 and 0 <= self.p_ref <= 1
        return bool(
            shares and self.ratio > 0 and rule.low <= rule.high and abs(self.beyond) > 1e-12
        )


def _fewest(plan: _Plan, rule: _Rule, power: float) -> float:
    """Fewest people with that power of the answer that lies on their side of the tolerance."""
    chance, p = rule.raised if plan.beyond > 0 else rule.clear, np.asarray(plan.p)

    def enough(n: float) -> bool:
        return float(chance(plan.of(n), p)) >= power

    if not (plan.answerable(rule) and 0 < power < 1):
        return np.nan
    short = long = float(np.ceil(np.clip(np.nan_to_num(6 * plan.start, nan=1.0), 1, MOST)))
    while short >= 1 and enough(short):
        short, long = np.floor(short / 1.2), short
    while not enough(long):
        short, long = long, np.ceil(long * 1.2)
        if long > MOST:
            return np.nan
    while long - short > 1:
        middle = np.floor((short + long) / 2)
        short, long = (short, middle) if enough(middle) else (middle, long)
    return long

"""How likely an audit of a given size gets an answer, and how many people it needs for one.

Raised and clear are what findings say. Raised: the interval at the level lies wholly beyond the
tolerance. Clear: the interval at twice the room (90 % for a level of 95 %) lies wholly within it.
The powers are those of one comparison on its own; among m of them ask with the least level each
may be left with, 1 - (1 - level) / m.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc

from wfaudit.estimators.intervals import miettinen_nurminen, newcombe, ratio_score

if TYPE_CHECKING:
    from collections.abc import Callable

    Limits: TypeAlias = Callable[..., tuple[NDArray[np.float64], NDArray[np.float64]]]

Floats: TypeAlias = NDArray[np.float64]
MOST = 2**30
_NODES = 400


@dataclass(frozen=True, slots=True, eq=False)
class Power:
    """Chance that a comparison is raised, in either direction, and that it is clear."""

    raised: Floats
    clear: Floats


@dataclass(frozen=True, slots=True)
class _Rule:
    """When an interval raises and when one clears: the two methods, the two ends, the level."""

    printed: Limits
    clearing: Limits
    low: float
    high: float
    level: float

    def raised(self, audit: _Audit) -> float:
        """Chance that the printed interval lies beyond an end."""
        above, not_below = audit.kept(self.printed, self.level, (self.high, self.low))
        return float(audit.weight @ (above + 1 - not_below))

    def clear(self, audit: _Audit) -> float:
        """Chance that the clearing interval lies within the ends."""
        above, not_below = audit.kept(self.clearing, 2 * self.level - 1, (self.low, self.high))
        return float(audit.weight @ np.maximum(above - not_below, 0.0))


@dataclass(frozen=True, slots=True)
class _Audit:
    """So many people in group and reference with such shares, and the counts to be expected."""

    n: float
    p: float
    n_ref: float
    p_ref: float

    @property
    def counts(self) -> Floats:
        """Every plausible count of the group."""
        first, last = _plausible(self.n, self.p)
        return np.arange(first, last + 1)

    @property
    def weight(self) -> Floats:
        """The chance of each."""
        return _upto(self.counts, self.n, self.p) - _upto(self.counts - 1, self.n, self.p)

    def kept(self, limits: Limits, level: float, ends: tuple[float, float]) -> Floats:
        """For each count, the chance that the lower limit exceeds one end, the upper the other."""
        counts = self.counts
        nodes = np.unique(np.rint(np.linspace(counts[0], counts[-1], _NODES)))

        def exceeds(k_ref: Floats) -> NDArray[np.bool_]:
            low, high = limits(nodes, self.n, k_ref, self.n_ref, level)
            return np.array([low[0] > ends[0], ~(high[1] <= ends[1])])

        turns = _first_not(exceeds, _plausible(self.n_ref, self.p_ref), (2, len(nodes)))
        every = np.array([np.interp(counts, nodes, turn) for turn in turns])
        return _upto(np.floor(every) - 1, self.n_ref, self.p_ref)


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
    whose Miettinen-Nurminen (1985) interval lies within it. The limits fall as the count of the
    reference rises, so each count of the group needs only the reference counts at which the answer
    turns. Exact for up to 400 plausible counts of the group, else these turns are interpolated.

    >>> got = power_gap(1000, 0.24, 5000, 0.15, 0.05)
    >>> print(f"{got.raised:.3f} {got.clear:.3f}")
    0.817 0.000
    """

    def one(n: float, p: float, n_ref: float, p_ref: float, t: float) -> tuple[float, float]:
        return _both(_Audit(n, p, n_ref, p_ref), _gap_rule(t, level))

    return Power(*_each(one, n, p, n_ref, p_ref, tolerance))


def power_ratio(
    n: ArrayLike,
    p: ArrayLike,
    n_ref: ArrayLike,
    p_ref: ArrayLike,
    tolerance: ArrayLike,
    level: float = 0.95,
) -> Power:
    """As ``power_gap`` for a ratio; a tolerance of 0.8 lets 0.8 to 1.25 pass (score interval).

    >>> got = power_ratio(1000, 0.25, 5000, 0.4, 0.8)
    >>> print(f"{got.raised:.3f} {got.clear:.3f}")
    0.996 0.000
    """

    def one(n: float, p: float, n_ref: float, p_ref: float, t: float) -> tuple[float, float]:
        return _both(_Audit(n, p, n_ref, p_ref), _ratio_rule(t, level))

    return Power(*_each(one, n, p, n_ref, p_ref, tolerance))


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

    def one(p: float, p_ref: float, ratio: float, t: float) -> tuple[float]:
        beyond = abs(p - p_ref) - t
        start = (p * (1 - p) + p_ref * (1 - p_ref) / ratio) / beyond**2
        plan = _Plan(p, p_ref, ratio, beyond, start)
        return (_fewest(plan, _gap_rule(t, level), power),)

    return _each(one, p, p_ref, ratio, tolerance)[0]


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

    def one(p: float, p_ref: float, ratio: float, t: float) -> tuple[float]:
        beyond = float(np.abs(np.log(p / p_ref)) + np.log(t))
        start = ((1 / p - 1) + (1 / p_ref - 1) / ratio) / beyond**2
        plan = _Plan(p, p_ref, ratio, beyond, start)
        return (_fewest(plan, _ratio_rule(t, level), power),)

    return _each(one, p, p_ref, ratio, tolerance)[0]


def _gap_rule(tolerance: float, level: float) -> _Rule:
    return _Rule(newcombe, miettinen_nurminen, -tolerance, tolerance, level)


def _ratio_rule(tolerance: float, level: float) -> _Rule:
    return _Rule(ratio_score, ratio_score, tolerance, 1 / tolerance, level)


def _each(function: Callable[..., tuple[float, ...]], *values: ArrayLike) -> tuple[Floats, ...]:
    """Apply a function of numbers in every place of the arrays."""
    arrays = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in values))
    with np.errstate(all="ignore"):
        found = [function(*each) for each in zip(*(a.flat for a in arrays), strict=True)]
    columns = zip(*found, strict=True)
    return tuple(np.array(column).reshape(arrays[0].shape) for column in columns)


def _possible(audit: _Audit, rule: _Rule) -> bool:
    sizes = audit.n >= 1 and audit.n_ref >= 1 and rule.low <= rule.high
    return bool(sizes and 0 <= audit.p <= 1 and 0 <= audit.p_ref <= 1)


def _both(audit: _Audit, rule: _Rule) -> tuple[float, float]:
    if not _possible(audit, rule):
        return np.nan, np.nan
    return rule.raised(audit), rule.clear(audit)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Shares, how many times as many the reference has, the way to the tolerance, and a start."""

    p: float
    p_ref: float
    ratio: float
    beyond: float
    start: float

    def of(self, n: float) -> _Audit:
        """The audit with n people in the group."""
        return _Audit(n, self.p, np.ceil(n * self.ratio), self.p_ref)


def _fewest(plan: _Plan, rule: _Rule, power: float) -> float:
    """Fewest people with that power of the answer that lies on their side of the tolerance."""
    chance = rule.raised if plan.beyond > 0 else rule.clear

    def enough(n: float) -> bool:
        return chance(plan.of(n)) >= power

    if not (abs(plan.beyond) > 1e-12 and _possible(plan.of(1e9), rule) and 0 < power < 1):
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


def _first_not(
    holds: Callable[[Floats], NDArray[np.bool_]],
    bracket: tuple[float, float],
    shape: tuple[int, int],
) -> Floats:
    """The smallest whole number of the bracket at which it no longer holds, or one more."""
    low, high = np.full(shape, bracket[0]), np.full(shape, bracket[1] + 1)
    while bool((low < high).any()):
        middle = np.floor((low + high) / 2)
        going = holds(middle) & (low < high)
        low, high = np.where(going, middle + 1, low), np.where(going, high, middle)
    return low


def _plausible(n: float, p: float) -> tuple[float, float]:
    """Counts that leave out a chance of about 1e-15."""
    reach = 8.5 * np.sqrt(n * p * (1 - p)) + 40
    return max(0.0, float(np.floor(n * p - reach))), min(n, float(np.ceil(n * p + reach)))


def _upto(k: Floats, n: float, p: float) -> Floats:
    """Chance of at most k of n, each with chance p."""
    inside = (k >= 0) & (k < n)
    held = np.where(inside, k, 0.0)
    chance = betainc(np.maximum(n - held, 0.5), held + 1, 1 - p)
    return np.where(inside, chance, np.where(k < 0, 0.0, 1.0))

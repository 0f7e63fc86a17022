"""How many people lie just above a cut and just below it, against what scores further away lead to expect.

A cubic through the people in the bins further away from the cut, on both sides, says how many to expect
in the bins next to it, as in studies of bunching (Chetty et al. 2011); what is compared is the share of
these people who are above (McCrary 2008). Nothing here raises.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from wfaudit.estimators.around import Frame, roughness
from wfaudit.estimators.differences import apart, armed
from wfaudit.estimators.estimates import Estimate, Floats, Texts, deviate, first_reason
from wfaudit.estimators.intervals import wilson

FEWEST, FEWEST_FAR = 10, 50  # people next to the cut, and in the ring


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """People next to the cut: those above, those on both sides, how many to expect above and below."""

    above: Floats
    both: Floats
    expected_above: Floats
    expected_below: Floats

    @property
    def share(self) -> Floats:
        """Share above, of those next to the cut."""
        with np.errstate(all="ignore"):
            return self.above / self.both

    @property
    def expected(self) -> Floats:
        """Share above that is to be expected; not-a-number where nobody is."""
        known = (self.expected_above > 0) & (self.expected_below > 0)
        with np.errstate(all="ignore"):
            share = self.expected_above / (self.expected_above + self.expected_below)
        return np.where(known, share, np.nan)


def sides(made: Frame, counts: ArrayLike) -> Floats:
    """Who lies next to the cut, and who would, as four sums: clusters can be left out of them.

    The bins are the last axis of the counts; then those above, those on both sides, how many are to be
    expected above and below.

    >>> from wfaudit.estimators.around import frame, table
    >>> made = frame(np.arange(1000), np.full(1000, 6), 650)
    >>> sides(made, table(made, np.arange(1000), np.full(1000, 6))).round(6).tolist()
    [216.0, 432.0, 216.0, 216.0]
    """
    counts = np.asarray(counts, np.float64)
    if made.why:
        return np.full((*counts.shape[:-1], 4), np.nan)
    ring, above = counts[..., made.ring], made.near & (made.bins >= 0)
    seen = [counts[..., above].sum(axis=-1), counts[..., made.near].sum(axis=-1)]
    return np.stack([*seen, ring @ made.above, ring @ made.below], axis=-1)


def heaped(made: Frame, sums: Floats, at: ArrayLike = 0.0, beside: ArrayLike = 0.0) -> Sides:
    """The four sums, with the heap that the cut is expected to hold where scores are heaped on round values.

    ``at`` are people at values as round as the cut, ``beside`` those next to such values (``Frame.kind``).
    """
    k, both, more, fewer = np.moveaxis(sums, -1, 0)
    return Sides(k, both, more + _heap(made, more + fewer, at, beside), fewer)


def share(made: Frame, counts: ArrayLike, level: float = 0.95) -> Estimate:
    """Share above, of those next to the cut, with Wilson limits, wider where the ring is rougher than chance.

    >>> from wfaudit.estimators.around import frame, table
    >>> made = frame(np.arange(1000), np.full(1000, 6), 650)
    >>> found = share(made, table(made, np.arange(1000), np.full(1000, 6)))
    >>> print(f"{found.estimate:.3f} {found.low:.3f} {found.high:.3f}")
    0.500 0.453 0.547
    """
    counts = np.asarray(counts, np.float64)
    sums, rough = sides(made, counts), roughness(made, counts)
    note = _why_not(made, sums, counts[..., made.ring].sum(axis=-1))
    with np.errstate(all="ignore"):
        low, high = wilson(sums[..., 0] / rough, sums[..., 1] / rough, level)
        return armed(sums[..., 0] / sums[..., 1], low, high, level, note)


def expected(
    made: Frame,
    counts: ArrayLike,
    at: ArrayLike = 0.0,
    beside: ArrayLike = 0.0,
    level: float = 0.95,
) -> Estimate:
    """Share above that the ring leads to expect, with normal limits, wider where the ring is rough.

    >>> from wfaudit.estimators.around import frame, table
    >>> made = frame(np.arange(1000), np.full(1000, 6), 650)
    >>> found = expected(made, table(made, np.arange(1000), np.full(1000, 6)))
    >>> print(f"{found.estimate:.3f} {found.low:.3f} {found.high:.3f}")
    0.500 0.487 0.513
    """
    counts = np.asarray(counts, np.float64)
    seen = heaped(made, sides(made, counts), at, beside)
    note = _why_not(made, sides(made, counts), counts[..., made.ring].sum(axis=-1))
    with np.errstate(all="ignore"):
        se = np.sqrt(_variance(made, counts, seen, (roughness(made, counts), at, beside)))
        half = deviate(level) * se
        low, high = np.maximum(seen.expected - half, 0.0), np.minimum(seen.expected + half, 1.0)
    sparse = np.isnan(seen.expected), "scores are too sparse near the cut to expect anything"
    return armed(seen.expected, low, high, level, first_reason((note != "", note), sparse))


def excess(
    made: Frame,
    counts: ArrayLike,
    at: ArrayLike = 0.0,
    beside: ArrayLike = 0.0,
    level: float = 0.95,
) -> Estimate:
    """Share above, of those next to the cut, less the share that the ring leads to expect.

    Fewer than 10 people next to the cut or 50 in the ring: no limits.

    >>> people = np.full(1000, 6)
    >>> from wfaudit.estimators.around import frame, table
    >>> made = frame(np.arange(1000), people, 650)
    >>> people[620:650], people[650] = 3, 96
    >>> found = excess(made, table(made, np.arange(1000), people))
    >>> print(f"{found.estimate:.3f} {found.low:.3f} {found.high:.3f}")
    0.208 0.162 0.251
    """
    one, other = share(made, counts, level), expected(made, counts, at, beside, level)
    return apart(one, other, level, (-1.0, 1.0))


def _heap(made: Frame, expected: ArrayLike, at: ArrayLike, beside: ArrayLike) -> Floats:
    """How many more people than its neighbours the place at the cut holds, if as heaped as others."""
    if not made.heaps.smallest:
        return np.zeros(np.shape(expected))
    return (made.heaps.ratio(at, beside) - 1) * _a_place(made, expected)


def _a_place(made: Frame, expected: ArrayLike) -> Floats:
    """How many people are to be expected at one place next to the cut."""
    return np.asarray(expected, np.float64) / (made.near.sum() * made.size)


def _variance(made: Frame, counts: Floats, seen: Sides, of: tuple[Floats, Any, Any]) -> Floats:
    """Variance of the share to be expected."""
    if made.why:
        return np.full(np.shape(seen.both), np.nan)
    rough, at, beside = of
    ring, above, below = counts[..., made.ring], made.above, made.below
    a, b = seen.expected_above, seen.expected_below
    variance = (
        b**2 * (ring @ above**2) + a**2 * (ring @ below**2) - 2 * a * b * (ring @ (above * below))
    )
    heaps = made.heaps.ratio(at, beside) * _a_place(made, ring @ above + ring @ below)
    unsure = (1 / np.maximum(at, 1.0) + 1 / np.maximum(beside, 1.0)) * bool(made.heaps.smallest)
    return np.maximum(variance * rough + b**2 * np.square(heaps) * unsure, 0.0) / (a + b) ** 4


def _why_not(made: Frame, sums: Floats, far: Floats) -> Texts:
    near, ring = np.nan_to_num(sums[..., 1]), np.nan_to_num(far)
    return first_reason(
        (np.full(np.shape(near), bool(made.why)), made.why),
        (near == 0, "nobody next to the cut"),
        (near < FEWEST, np.char.mod("%d people next to the cut: too few for an interval", near)),
        (
            ring < FEWEST_FAR,
            np.char.mod("%d people further away: too few to expect anything", ring),
        ),
    )

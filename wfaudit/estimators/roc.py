"""How well a score ranks people: the area under the curve, from counts.

Counts go in: how many people with the event, and how many without, sit at each value of a grid of
scores. The grid runs upwards along the last axis; axes before it are groups. A group that can't be
judged gets not-a-number and a note that says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, ndtr, ndtri, stdtrit

from wfaudit.estimators.estimates import deviate
from wfaudit.estimators.grid import (
    Floats,
    Pair,
    Whole,
    Words,
    each,
    few,
    first,
    joined,
    one_sided,
    unread,
    usable,
    whole,
)

ENOUGH = 30  # from here on an interval carries no warning
_STEPS = 64
_FAR = 40.0  # normal deviates beyond this have a tail area of 0 in double precision
_FLAT = ("the score does not vary: no interval", "the score separates everyone: no interval")
_FLAT_PAIRED = ("a score or an outcome is missing", "the difference does not vary: no interval")


@dataclass(frozen=True, slots=True, eq=False)
class Auc:
    """An area under the curve with its standard error, or the reason why there is none."""

    estimate: Floats
    se: Floats
    n_events: Floats
    n_nonevents: Floats
    bound: Floats
    note: Words

    def interval(self, level: float = 0.95) -> Pair:
        """Limits, within 0 to 1, on the logit scale (Pepe 2003, section 5.2)."""
        with np.errstate(all="ignore"):
            half = deviate(level) * self.se / (self.estimate * (1 - self.estimate))
            centre = logit(self.estimate)
            return expit(centre - half), expit(centre + half)


@dataclass(frozen=True, slots=True, eq=False)
class AucDifference:
    """One area less another, with its standard error and degrees of freedom."""

    estimate: Floats
    se: Floats
    df: Floats
    note: Words

    def interval(self, level: float = 0.95) -> Pair:
        """Limits, within -1 to 1, by Student's t at the degrees of freedom."""
        with np.errstate(all="ignore"):
            tail = (1 + level) / 2
            half = np.where(np.isinf(self.df), ndtri(tail), stdtrit(self.df, tail)) * self.se
            return np.maximum(self.estimate - half, -1.0), np.minimum(self.estimate + half, 1.0)


def auc(events: ArrayLike, nonevents: ArrayLike) -> Auc:
    """Chance that someone with the event scores above someone without, ties counted half.

    Mann and Whitney (1947) with the variance of DeLong, DeLong and Clarke-Pearson (1988). Fewer
    than 10 people with the event or without: the area and no interval; 10 to 29: an interval and
    a warning, for it can be too narrow. `bound` is how far this area can be from that of a score
    which the grid has rounded: half the chance that two such people share a grid value.

    >>> found = auc([1, 4, 9, 16], [20, 12, 6, 2])
    >>> low, high = found.interval(0.95)
    >>> print(f"{found.estimate:.4f} {low:.4f} {high:.4f}")
    0.8775 0.7741 0.9374
    """
    e, m = whole(events), whole(nonevents)
    n_e, n_m = (x.sum(-1).astype(np.float64) for x in (e, m))
    with np.errstate(all="ignore"):
        under, over = _ranks(e, m)
        area = (e * under).sum(-1) / (2 * n_e * n_m)
        bound = (e * m).sum(-1) / (2 * n_e * n_m)
        se = np.sqrt(_spread(under, n_m, e, area) + _spread(over, n_e, m, area))
    flat = np.select([bound == 0.5, (area == 0) | (area == 1)], _FLAT, "")
    return Auc(area, usable(se, n_e, n_m), n_e, n_m, bound, _note(n_e, n_m, flat))


def auc_difference(a: Auc, b: Auc) -> AucDifference:
    """Area of one group of people less that of another group.

    DeLong's variances added (1988), with the degrees of freedom of Welch (1938) and Satterthwaite
    (1946), each group counting its people less one, as R's pROC does for unpaired curves.

    >>> women, men = auc([1, 4, 9, 16], [20, 12, 6, 2]), auc([3, 5, 9, 13], [15, 12, 8, 5])
    >>> found = auc_difference(women, men)
    >>> print(f"{found.estimate:.4f} {found.se:.4f} {found.df:.1f}")
    0.1325 0.0709 123.1
    """
    one, other = a.se**2, b.se**2
    with np.errstate(all="ignore"):
        over = one**2 / (a.n_events + a.n_nonevents - 1)
        over_other = other**2 / (b.n_events + b.n_nonevents - 1)
        df = (one + other) ** 2 / (over + over_other)
    se = np.sqrt(one + other)
    return AucDifference(a.estimate - b.estimate, se, df, joined(a.note, b.note))


def auc_hybrid(a: Auc, b: Auc, level: float = 0.95) -> Pair:
    """Limits, within -1 to 1, for the area of one group less another, from the limits of both.

    Zou and Donner (2008) on the logit limits. With 10 to 30 events in a group and an area near .9
    this covers where the t interval of `auc_difference` is too narrow: simulated, .91 against .86
    at 10 events, .95 against .92 at 30. Ten events among a thousand are too few for either: .87
    against .84 near .9, .92 against .90 near .76.

    >>> women, men = auc([1, 4, 9, 16], [20, 12, 6, 2]), auc([3, 5, 9, 13], [15, 12, 8, 5])
    >>> low, high = auc_hybrid(women, men)
    >>> print(f"{low:.4f} {high:.4f}")
    -0.0092 0.2749
    """
    gap, z = a.estimate - b.estimate, deviate(level)
    low = gap - _reach(a, b, np.asarray(z), np.asarray(-1.0))
    high = gap + _reach(a, b, np.asarray(z), np.asarray(1.0))
    return np.maximum(low, -1.0), np.minimum(high, 1.0)


def auc_hybrid_p(a: Auc, b: Auc, at: ArrayLike) -> Pair:
    """One-sided p-values of "the difference exceeds `at`" and "the difference is under `at`".

    They invert `auc_hybrid`; an `at` that no limit reaches gets 0 and 1.

    >>> women, men = auc([1, 4, 9, 16], [20, 12, 6, 2]), auc([3, 5, 9, 13], [15, 12, 8, 5])
    >>> above, below = auc_hybrid_p(women, men, 0.05)
    >>> print(f"{above:.4f} {below:.4f}")
    0.1233 0.8767
    """
    at, gap = np.asarray(at, dtype=np.float64), a.estimate - b.estimate
    way, distance = np.where(at > gap, 1.0, -1.0), np.abs(gap - at)
    low, high = np.zeros_like(distance), np.full_like(distance, _FAR)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        short = _reach(a, b, middle, way) < distance
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    z = np.where(np.isnan(a.se + b.se + at), np.nan, -way * (low + high) / 2)
    return ndtr(-z), ndtr(z)


def auc_paired(s1: ArrayLike, s2: ArrayLike, y: ArrayLike, n: ArrayLike) -> AucDifference:
    """Area of a first score less that of a second, both scores of the same people.

    One entry a cell: `n` people with scores `s1` and `s2` who had the event or not (`y`). The
    variance is that of the difference of the two placements (DeLong et al. 1988, covariance
    included); the degrees of freedom are infinite.

    >>> found = auc_paired([0, 0, 1, 1] * 2, [0, 1, 0, 1] * 2, [0] * 4 + [1] * 4,
    ...                    [20, 9, 5, 6, 4, 5, 8, 13])
    >>> print(f"{found.estimate:.4f} {found.se:.4f}")
    0.1000 0.0763
    """
    event, n = np.asarray(y) == 1, whole(n)
    e, m = n * event, n * ~event
    n_e, n_m = (x.sum(-1).astype(np.float64) for x in (e, m))
    with np.errstate(all="ignore"):
        gap = _own_place(s1, e, m, event) - _own_place(s2, e, m, event)
        gap = np.where(event | (np.asarray(y) == 0), gap, np.nan)
        shift = (e * gap).sum() / n_e
        se = np.sqrt(_spread(gap, 0.5, e, shift) + _spread(gap, 0.5, m, shift))
    flat = np.select([np.isnan(shift), ~(se > 0)], _FLAT_PAIRED, "")
    return AucDifference(shift, usable(se, n_e, n_m), np.asarray(np.inf), _note(n_e, n_m, flat))


def _ranks(e: Whole, m: Whole) -> tuple[Whole, Whole]:
    """Twice the people without the event below each value, and with it above; ties count half."""
    upto = np.cumsum(e, axis=-1)
    return 2 * np.cumsum(m, axis=-1) - m, 2 * (upto[..., -1:] - upto) + e


def _spread(rank: Whole, most: Any, count: Whole, centre: Floats) -> Floats:
    """Variance of a mean of placements: doubled ranks over `most` people of the other side."""
    total = count.sum(-1)
    off = rank / np.multiply(2, most)[..., None] - centre[..., None]
    return np.einsum("...b,...b,...b->...", count, off, off) / (total - 1) / total


def _reach(a: Auc, b: Auc, z: Floats, way: Floats) -> Floats:
    """From the difference to its hybrid limit: upwards where `way` is 1, downwards where -1."""
    return np.hypot(_arm(a, way * z), _arm(b, -way * z))


def _arm(x: Auc, z: Floats) -> Floats:
    with np.errstate(all="ignore"):
        end = expit(logit(x.estimate) + z * x.se / (x.estimate * (1 - x.estimate)))
        return np.abs(end - x.estimate)


def _own_place(score: ArrayLike, e: Whole, m: Whole, event: NDArray[np.bool_]) -> Floats:
    """For each cell, the share of the other side that its score puts on the right side of it."""
    score = np.asarray(score, dtype=np.float64)
    grid, at = np.unique(score, return_inverse=True)
    under, over = _ranks(*(np.bincount(at, x, len(grid)) for x in (e, m)))
    place = np.where(event, under[at] / m.sum(), over[at] / e.sum()) / 2
    return np.where(np.isnan(score), np.nan, place)


def _note(n_e: Floats, n_m: Floats, flat: Any) -> Words:
    said = (each(say, n_e, n_m) for say in (unread, one_sided, few, _cautious))
    nothing, nobody, too_few, caution = said
    return first(nothing, nobody, flat, too_few, caution)


def _cautious(n_e: float, n_m: float) -> str:
    kind = "events" if n_e <= n_m else "non-events"
    least = min(n_e, n_m)
    return f"{least:.0f} {kind}: the interval may be too narrow" if least < ENOUGH else ""

"""Do the chances a score states come true? Expected against observed events, from counts.

`score` is a grid of chances in ascending order; `events` and `nonevents` count, at each of its
values, the people with the event and without. Axes before the last are groups. A group that can't
be judged gets not-a-number and a note that says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from wfaudit.estimators.estimates import Estimate, normal
from wfaudit.estimators.grid import (
    NOT_CHANCES,
    Floats,
    Pair,
    Whole,
    Words,
    chances,
    each,
    few,
    first,
    joined,
    one_sided,
    unread,
    usable,
    whole,
)
from wfaudit.estimators.intervals import wilson
from wfaudit.estimators.logistic import fit, moved, overlap, with_logit

_CLOSE = 1e-12
_FLAT = "the score does not vary: no slope"
_APART = "the score separates those with the event from those without: no slope"
_LOST = "the fit did not settle: no number"


@dataclass(frozen=True, slots=True, eq=False)
class InTheLarge:
    """Observed less expected share of events."""

    observed: Floats
    expected: Floats
    n: Floats
    left_open: Floats
    note: Words

    @property
    def estimate(self) -> Floats:
        """Above 0 where the event is more frequent than the score says."""
        return self.observed - self.expected

    def interval(self, level: float = 0.95) -> Pair:
        """Wilson's limits for the observed share, less the expected one; see `in_the_large`."""
        with np.errstate(all="ignore"):
            people = self.n / self.left_open
            low, high = wilson(self.observed * people, people, level)
        return low - self.expected, high - self.expected

    def p(self, at: ArrayLike) -> Pair:
        """One-sided p-values of "the difference exceeds `at`" and "is under `at`"."""
        share = np.clip(self.expected + np.asarray(at), 0, 1)
        with np.errstate(all="ignore"):
            spread = np.sqrt(share * (1 - share) * self.left_open / self.n)
            z = (self.observed - share) / spread
        return ndtr(-z), ndtr(z)


@dataclass(frozen=True, slots=True, eq=False)
class Cox:
    """Intercept and slope of the outcome on the logit of the score, and their covariance."""

    intercept: Estimate
    slope: Estimate
    cov: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Spiegelhalter:
    """A deviate from the standard normal, and its two-sided p-value."""

    z: Floats
    p: Floats
    note: Words


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Bins of the score from low to high: how many people, events, and the mean stated chance."""

    start: Floats
    stop: Floats
    n: Floats
    events: Floats
    predicted: Floats
    note: str

    @property
    def observed(self) -> Floats:
        """Share of each bin with the event."""
        return self.events / self.n

    def interval(self, level: float = 0.95) -> Pair:
        """Wilson's limits (1927) for the observed share of each bin."""
        return wilson(self.events, self.n, level)


@dataclass(frozen=True, slots=True, eq=False)
class Ece:
    """Mean gap between stated and observed; chance alone keeps it above 0, hence its band."""

    estimate: float
    null_95: float
    p: float
    note: str


def in_the_large(score: ArrayLike, events: ArrayLike, nonevents: ArrayLike) -> InTheLarge:
    """Share with the event less the mean score of the same people, whose scores are given.

    The scores are fixed, so only the outcomes vary, and by the sum of q (1 - q) over people, q
    being each one's true chance. That is less than Wilson's interval (1927) assumes, which takes
    everyone's q to be the same; taking q to be the score is right only where the score is. So q is
    the recalibrated score (Cox 1958), its slope kept between 0 (Wilson) and 1 (the score's own
    claim), and Wilson's interval is computed as if there were 1 / `left_open` as many people:
    `left_open` is the part of the variance of the outcome that the score leaves open.

    >>> found = in_the_large([0.2, 0.5, 0.8], [12, 20, 24], [28, 20, 16])
    >>> low, high = found.interval()
    >>> print(f"{found.estimate:.4f} {low:.4f} {high:.4f}")
    -0.0333 -0.1176 0.0529
    """
    p, k, m = _read(score, events, nonevents)
    n, (x, _) = k + m, with_logit(p, None)
    with np.errstate(all="ignore"):
        total = n.sum(-1)
        share, expected = k.sum(-1) / total, (n * p).sum(-1) / total
        slope = np.clip(np.nan_to_num(fit(x, k, n, overlap(k, m)).slope), 0.0, 1.0)
        both = total * share * (1 - share)
        left = np.minimum(fit(x, k, n, both > 0, slope).left / both, 1.0)
    left = np.where(np.isnan(left), 1.0, left)[()]
    return InTheLarge(share, expected, total, left, _notes(p, k, m))


def cox(
    score: ArrayLike, events: ArrayLike, nonevents: ArrayLike,
    resolution: float | None = None, level: float = 0.95,
) -> Cox:  # fmt: skip
    """Intercept and slope of a logistic regression of the event on the logit of the score.

    Cox (1958), by maximum likelihood. A slope under 1: the scores are too far apart; over 1: too
    close together. Scores of 0 and 1 have no logit: they are moved by half the `resolution` of the
    grid (its smallest step, unless given) and the note says so. Fewer than 10 people with the event
    or without: no interval. Where the score separates the two there is no slope to be found.

    >>> found = cox([0.2, 0.5, 0.8], [12, 20, 24], [28, 20, 16])
    >>> print(f"{found.intercept.estimate:.4f} {found.slope.estimate:.4f} {found.slope.se:.4f}")
    -0.1421 0.4487 0.1696
    """
    p, k, m = _read(score, events, nonevents)
    there, (x, by) = overlap(k, m), with_logit(p, resolution)
    with np.errstate(all="ignore"):
        a, b, var_a, var_b, cov, _ = fit(x, k, k + m, there)
    flat = (k + m).max(-1, initial=0) == (k + m).sum(-1)
    none = np.select([flat, ~there, np.isnan(b)], [_FLAT, _APART, _LOST], "")
    why = _notes(p, k, m, one_sided, none, few)
    note = joined(why, moved(p, k + m, by))
    se_a, se_b = (usable(np.sqrt(v), k.sum(-1), m.sum(-1)) for v in (var_a, var_b))
    rows = np.stack([var_a, cov, cov, var_b], -1).reshape(*np.shape(a), 2, 2)
    return Cox(normal(a, se_a, level, note), normal(b, se_b, level, note), rows)


def calibration_intercept(
    score: ArrayLike, events: ArrayLike, nonevents: ArrayLike,
    resolution: float | None = None, level: float = 0.95,
) -> Estimate:  # fmt: skip
    """Log odds by which every score must be moved for the expected events to be those observed.

    The intercept of `cox` with its slope held at 1 (Cox 1958): above 0, the score says too little.

    >>> found = calibration_intercept([0.2, 0.5, 0.8], [12, 20, 24], [28, 20, 16])
    >>> print(f"{found.estimate:.4f} {found.se:.4f}")
    -0.1756 0.2097
    """
    p, k, m = _read(score, events, nonevents)
    x, by = with_logit(p, resolution)
    there = (k.sum(-1) > 0) & (m.sum(-1) > 0)
    with np.errstate(all="ignore"):
        found = fit(x, k, k + m, there, np.ones(np.shape(there)))
    se = usable(np.sqrt(found.var_intercept), k.sum(-1), m.sum(-1))
    lost = np.where(np.isnan(found.intercept), _LOST, "")
    note = joined(_notes(p, k, m, one_sided, lost, few), moved(p, k + m, by))
    return normal(found.intercept, se, level, note)


def brier(
    score: ArrayLike, events: ArrayLike, nonevents: ArrayLike, level: float = 0.95
) -> Estimate:
    """Mean squared distance between score and outcome (Brier 1950), with the error of a mean.

    >>> found = brier([0.2, 0.5, 0.8], [12, 20, 24], [28, 20, 16])
    >>> print(f"{found.estimate:.4f} {found.se:.4f}")
    0.2500 0.0214
    """
    p, k, m = _read(score, events, nonevents)
    with np.errstate(all="ignore"):
        n = (k + m).sum(-1)
        mean = (k * (1 - p) ** 2 + m * p**2).sum(-1) / n
        off = k * ((1 - p) ** 2 - mean[..., None]) ** 2 + m * (p**2 - mean[..., None]) ** 2
        se = np.sqrt(off.sum(-1) / (n - 1) / n)
    return normal(mean, usable(se, k.sum(-1), m.sum(-1)), level, _notes(p, k, m, few))


def spiegelhalter_z(score: ArrayLike, events: ArrayLike, nonevents: ArrayLike) -> Spiegelhalter:
    """Test of "every score is the true chance" by the Brier score (Spiegelhalter 1986).

    >>> found = spiegelhalter_z([0.2, 0.5, 0.8], [12, 20, 24], [28, 20, 16])
    >>> print(f"{found.z:.4f} {found.p:.4f}")
    3.3541 0.0008
    """
    p, k, m = _read(score, events, nonevents)
    with np.errstate(all="ignore"):
        off = ((k * (1 - p) - m * p) * (1 - 2 * p)).sum(-1)
        z = off / np.sqrt(((k + m) * (1 - 2 * p) ** 2 * p * (1 - p)).sum(-1))
    z = np.where(np.isinf(z), np.nan, z)[()]
    why = np.where(np.isnan(z), "the score says 0, a half or 1 for everyone: no test", "")
    return Spiegelhalter(z, 2 * ndtr(-np.abs(z)), _notes(p, k, m, why))


def curve(score: ArrayLike, events: ArrayLike, nonevents: ArrayLike, bins: int = 10) -> Curve:
    """Stated against observed share in bins of about as many people each, for one group.

    A grid value is never split: it goes to the bin that holds the middle of its people, so heavy
    ties give fewer bins.

    >>> curve([0.2, 0.5, 0.8], [12, 20, 24], [28, 20, 16], bins=2).predicted
    array([0.2 , 0.65])
    """
    p, k, m = _read(score, events, nonevents)
    if note := str(_notes(p, k, m)):
        none = np.empty(0)
        return Curve(none, none, none, none, none, note)
    p, k, n = (x[k + m > 0] for x in (p, k, k + m))
    start = _first_of_bin(n, bins)
    size, hits, stated = (np.add.reduceat(x, start) for x in (n, k, n * p))
    return Curve(p[start], p[np.append(start[1:], len(p)) - 1], size, hits, stated / size, "")


def ece(
    score: ArrayLike, events: ArrayLike, nonevents: ArrayLike,
    rng: np.random.Generator, bins: int = 10, draws: int = 1000,
) -> Ece:  # fmt: skip
    """Mean gap between stated and observed share over the bins of `curve`, with its null band.

    The gap is never 0, however true the score. So outcomes are drawn anew from the scores
    themselves (consistency resampling, Bröcker and Smith 2007, with the scores kept): `null_95` is
    what a true score stays under 95 times in 100, and p the share of draws as large as observed,
    this one included (Phipson and Smyth 2010).

    >>> found = ece([0.2, 0.5, 0.8], [12, 20, 24], [28, 20, 16], np.random.default_rng(1))
    >>> print(f"{found.estimate:.4f} {found.null_95:.4f} {found.p:.3f}")
    0.1000 0.0917 0.044
    """
    p, k, m = _read(score, events, nonevents)
    if note := str(_notes(p, k, m)):
        return Ece(np.nan, np.nan, np.nan, note)
    p, k, n = (x[k + m > 0] for x in (p, k, k + m))
    drawn = rng.binomial(n.astype(np.int64), p, size=(draws, len(p)))
    gaps = np.add.reduceat(np.vstack([k, drawn]) - n * p, _first_of_bin(n, bins), axis=1)
    found, null = np.split(np.abs(gaps).sum(1) / n.sum(), [1])
    rank = min(int(np.ceil(0.95 * (draws + 1))), draws)
    as_large = int((null >= found - _CLOSE).sum())
    return Ece(float(found[0]), float(np.sort(null)[rank - 1]), (1 + as_large) / (1 + draws), "")


def _read(score: ArrayLike, events: ArrayLike, nonevents: ArrayLike) -> tuple[Floats, ...]:
    return chances(score), whole(events).astype(np.float64), whole(nonevents).astype(np.float64)


def _notes(p: Floats, k: Floats, m: Floats, *more: Any) -> Words:
    """The first that applies, in this order; `more` are notes, or what to say of two totals."""
    totals = k.sum(-1), m.sum(-1)
    said = [
        each(note, *totals) if isinstance(note, FunctionType) else note for note in (unread, *more)
    ]
    return first(NOT_CHANCES if np.isnan(p).any() else "", *said)


def _first_of_bin(n: Floats, bins: int) -> Whole:
    """Where each bin starts among occupied grid values; a value goes where its middle person is."""
    size = n.astype(np.int64)
    which = bins * (2 * np.cumsum(size) - size) // (2 * size.sum())
    return np.flatnonzero(np.diff(which, prepend=-1))

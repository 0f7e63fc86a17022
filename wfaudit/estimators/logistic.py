"""Logistic regression of an event on the logit of a score, by maximum likelihood on grid counts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

from wfaudit.estimators.grid import Floats, Whole, Words, each

_STEPS = 100
_HALVINGS = 30
_CLOSE = 1e-12


class Fit(NamedTuple):
    """Intercept and slope, their variances and covariance, and the variance left, over groups."""

    intercept: Floats
    slope: Floats
    var_intercept: Floats
    var_slope: Floats
    covariance: Floats
    left: Floats


class _Sums(NamedTuple):
    """Weights times the powers 0, 1, 2 of x, and residuals times the powers 0, 1."""

    s0: Floats
    s1: Floats
    s2: Floats
    g0: Floats
    g1: Floats


def overlap(events: Floats, nonevents: Floats) -> Whole:
    """Groups in which neither kind scores wholly above the other, so that a slope exists.

    The condition of Silvapulle (1981). A tie at the border is no overlap.

    >>> overlap(np.array([[0, 2, 3], [0, 0, 3]]), np.array([[4, 0, 1], [4, 2, 1]]))
    array([ True, False])
    """
    under_e, under_m = (np.cumsum(x, axis=-1) - x for x in (events, nonevents))
    some_over = ((nonevents > 0) & (under_e > 0)).any(-1)
    return np.asarray(some_over & ((events > 0) & (under_m > 0)).any(-1))


def fit(p: Floats, k: Floats, n: Floats, use: Whole, slope: Floats | None = None) -> Fit:
    """Fit the groups in `use`; the slope is free unless given. The others get not-a-number.

    Newton's steps on scores centred in each group, halved where they lower the likelihood, until
    they are 1e-12 of the estimate. `left` is the sum over people of q (1 - q), q being the fitted
    chance.

    >>> p, k, n = np.array([0.2, 0.5, 0.8]), np.array([12.0, 20, 24]), np.array([40.0, 40, 40])
    >>> found = fit(p, k, n, np.True_)
    >>> print(f"{found.intercept:.4f} {found.slope:.4f}")
    -0.1421 0.4487
    """
    groups = np.ravel(use)
    k, n = (np.reshape(x, (len(groups), len(p)))[groups] for x in (k, n))
    out = np.full((6, len(groups)), np.nan)
    if groups.any():
        held = None if slope is None else np.ravel(slope)[groups]
        centre = (n * logit(p)).sum(-1) / n.sum(-1)
        found = _newton(logit(p) - centre[:, None], k, n, held)
        out[:, groups] = _uncentred(centre, *found, held is None)
    return Fit(*out.reshape(6, *np.shape(use)))


def with_logit(p: Floats, resolution: float | None) -> tuple[Floats, float]:
    """Chances that all have a logit, and by how much 0 and 1 were moved for that."""
    step = float(np.diff(p).min(initial=1.0)) if resolution is None else resolution
    return np.where(p == 0, step / 2, np.where(p == 1, 1 - step / 2, p)), step / 2


def moved(p: Floats, n: Floats, by: float) -> Words:
    """How many people had a score that was moved, for the note."""

    def say(people: float) -> str:
        return f"{people:.0f} with a score of 0 or 1, moved by {by:.3g}" if people > 0 else ""

    return each(say, (n * ((p == 0) | (p == 1))).sum(-1))


def _newton(x: Floats, k: Floats, n: Floats, held: Floats | None) -> tuple[Floats, Floats, _Sums]:
    """Each group stops on its own, so that a fit doesn't depend on who else is fitted."""
    a, b = logit(k.sum(-1) / n.sum(-1)), np.zeros(len(k)) if held is None else held
    done, sums = np.zeros(len(k), dtype=bool), _sums(x, k, n, a, b)
    for _ in range(_STEPS):
        step = _step(sums, held is None)
        done |= np.maximum(abs(step[0]), abs(step[1])) <= _CLOSE * (1 + abs(a) + abs(b))
        if done.all():
            break
        share = np.where(done, 0, _share_of_step(x, k, n, (a, b), step))
        a, b = a + share * step[0], b + share * step[1]
        sums = _sums(x, k, n, a, b)
    done &= np.isfinite(a)
    return np.where(done, a, np.nan), np.where(done, b, np.nan), sums


def _sums(x: Floats, k: Floats, n: Floats, a: Floats, b: Floats) -> _Sums:
    q = expit(a[:, None] + b[:, None] * x)
    weight, off = n * q * (1 - q), k - n * q
    powers = (weight, weight * x, weight * x * x, off, off * x)
    return _Sums(*(each.sum(-1) for each in powers))


def _step(s: _Sums, free: bool) -> tuple[Floats, Floats]:
    if not free:
        return s.g0 / s.s0, np.zeros_like(s.g0)
    size = s.s0 * s.s2 - s.s1**2
    return (s.s2 * s.g0 - s.s1 * s.g1) / size, (s.s0 * s.g1 - s.s1 * s.g0) / size


def _share_of_step(
    x: Floats, k: Floats, n: Floats, at: tuple[Floats, Floats], step: tuple[Floats, Floats]
) -> Floats:
    """1, or a half of it as often as needed, so that the likelihood isn't lowered."""

    def likelihood(share: Floats) -> Floats:
        a, b = at[0] + share * step[0], at[1] + share * step[1]
        eta = a[:, None] + b[:, None] * x
        return (k * eta - n * np.logaddexp(0, eta)).sum(-1)

    share = np.ones_like(at[0])
    before = likelihood(0 * share)
    for _ in range(_HALVINGS):
        worse = ~(likelihood(share) >= before - 1e-9 * np.abs(before))
        if not worse.any():
            break
        share = np.where(worse, share / 2, share)
    return share


def _spread(s: _Sums, free: bool) -> tuple[Floats, ...]:
    """Variances of intercept and slope, and their covariance: the inverse information."""
    if not free:
        return 1 / s.s0, np.zeros_like(s.s0), np.zeros_like(s.s0)
    size = s.s0 * s.s2 - s.s1**2
    return s.s2 / size, s.s0 / size, -s.s1 / size


def _uncentred(centre: Floats, a: Floats, b: Floats, sums: _Sums, free: bool) -> Fit:
    var_a, var_b, cov = _spread(sums, free)
    var = var_a - 2 * centre * cov + centre**2 * var_b
    return Fit(a - centre * b, b, var, var_b, cov - centre * var_b, sums.s0)

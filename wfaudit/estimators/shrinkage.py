"""Small cells read together: each cell's share, drawn towards those of the others by what they show.

The shares of the cells are taken to come from one beta distribution (a beta-binomial, Skellam 1948).
Its mean and its precision are never fixed at their best values: limits that do so are far too short
in small cells. They are averaged over a grid, so the answer has no random number in it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaln, expit, log_expit, logit, ndtri, psi

from wfaudit.estimators.estimates import Estimate, Floats, first_reason, floats
from wfaudit.estimators.roots import rising

FEWEST = 4  # cells with people in them
_MEANS, _PRECISIONS = 19, 33  # points of the grid
_FAR = 20.0  # log odds that count as the end of all shares
_WIDE = 9.0  # logs of precision looked at, to each side of a cell's usual size
_GOLDEN, _HALVINGS = (5**0.5 - 1) / 2, 80
_DEEP = 18.0  # what lies this far under the top in log density is left out
_RARE, _SLIGHT, _FLAT = 1e-12, 1e-8, 1e-6


def shrink(k: ArrayLike, n: ArrayLike, level: float = 0.95) -> Estimate:
    """Share of each cell, given its own count and all others': mean, spread and limits.

    k and n hold one entry a cell. The mean of all cells is taken as equally likely anywhere from 0
    to 1, and so is the weight n0 / (n0 + precision) of a cell of median size n0 (the uniform
    shrinkage prior, Daniels 1999). The limits are quantiles of what is left, an average of beta
    distributions. They hold the truth as often as they say over all cells together, not in a cell
    known beforehand to be unusual: measured with 4 to 60 cells of 3 to 60 people, .92 to .95 where
    cells differ and more where they don't. A note for nobody and for fewer than 4 cells.

    >>> found = shrink([0, 3, 12, 5], [4, 10, 60, 9])
    >>> found.estimate.round(3), found.high.round(3)
    (array([0.21 , 0.291, 0.219, 0.396]), array([0.463, 0.522, 0.325, 0.695]))
    """
    k, n = np.broadcast_arrays(np.asarray(k, np.float64), np.asarray(n, np.float64))
    with np.errstate(all="ignore"):
        told, cells = n > 0, int((n > 0).sum())
        few = f"{cells} groups: fewer than {FEWEST}, nothing to learn from"
        note = first_reason((~told, "nobody to count"), (cells < FEWEST, few))
        found = np.full((4, *n.shape), np.nan)
        if cells >= FEWEST:
            found[:, told] = _posterior(k[told], n[told], level)
    mean, sd, low, high = found
    return Estimate(mean, sd, low, high, note)


def log_likelihood(k: ArrayLike, n: ArrayLike, mean: float, precision: float) -> float:
    """Log chance of the counts of all cells when shares follow a beta distribution.

    The distribution has the given mean and, as precision, the sum of its two parameters: the
    intra-class correlation is 1 / (1 + precision).

    >>> round(log_likelihood([1, 3], [4, 4], 0.5, 2.0), 4)
    -3.2189
    """
    k, n = floats(k, n)
    orders = -np.log(n + 1) - betaln(k + 1, n - k + 1)
    at = np.array(logit(mean)), np.array(np.log(precision))
    return float(_likelihood(k, n, *at) + orders.sum())


def most_likely(k: ArrayLike, n: ArrayLike) -> tuple[float, float]:
    """Mean and precision that make the counts most likely; precision infinite if cells agree.

    For comparison with other programs: limits that take the two as known are far too short.

    >>> mean, precision = most_likely([1, 4, 9, 4, 0, 9], [10, 11, 12, 4, 10, 11])
    >>> round(mean, 3), round(precision, 3)
    (0.475, 1.276)
    """
    k, n = floats(k, n)
    if k.sum() in (0.0, n.sum()):
        return float(k.sum() > 0), np.inf
    most = float(np.log(n.max())) + _WIDE
    low, high = np.array([-_WIDE]), np.array([most])
    for _ in range(_HALVINGS):
        inner = low + (high - low) * np.array([_GOLDEN**2, _GOLDEN])
        left, right = _likelihood(k, n, _top(k, n, inner, 0.0), inner)
        low, high = (low, inner[1:]) if left >= right else (inner[:1], high)
    best = np.append((low + high) / 2, most)
    theta = _top(k, n, best, 0.0)
    found, limit = _likelihood(k, n, theta, best)
    if found - limit < _FLAT:
        return float(k.sum() / n.sum()), np.inf
    return float(expit(theta[0])), float(np.exp(best[0]))


def _betas(theta: Floats, log_precision: Floats) -> tuple[Floats, Floats]:
    """Both parameters of a beta distribution, from the log odds of its mean."""
    precision = np.exp(log_precision)
    return expit(theta) * precision, expit(-theta) * precision


def _likelihood(k: Floats, n: Floats, theta: Floats, log_precision: Floats) -> Floats:
    a, b = (x[..., None] for x in _betas(theta, log_precision))
    return np.asarray((betaln(k + a, n - k + b) - betaln(a, b)).sum(axis=-1))


def _height(k: Floats, n: Floats, theta: Floats, log_precision: Floats) -> Floats:
    """Log posterior density over log odds and log precision, short of a constant."""
    weight = log_precision - np.log(np.median(n))
    flat = log_expit(theta) + log_expit(-theta) + log_expit(weight) + log_expit(-weight)
    return _likelihood(k, n, theta, log_precision) + flat


def _top(k: Floats, n: Floats, log_precision: Floats, prior: float) -> Floats:
    """Log odds at which the density is highest, for each precision."""

    def falling(theta: Floats) -> Floats:
        a, b = (x[..., None] for x in _betas(theta, log_precision))
        slope = (psi(k + a) - psi(a) - psi(n - k + b) + psi(b)).sum(axis=-1)
        by_mean = slope * np.exp(log_precision) * expit(theta) * expit(-theta)
        return -by_mean - prior * (expit(-theta) - expit(theta))

    ends = np.full(log_precision.shape, _FAR)
    return rising(falling, -ends, ends)


def _grid(k: Floats, n: Floats) -> tuple[Floats, Floats, Floats]:
    """Both parameters of the beta distributions, and how likely each is: 1 in all."""
    scan = np.log(np.median(n)) + np.linspace(-_WIDE, _WIDE, 4 * int(_WIDE) + 1)
    heights = _height(k, n, _top(k, n, scan, 1.0), scan)
    near = scan[heights > heights.max() - _DEEP]
    log_precision = np.linspace(near[0] - 0.5, near[-1] + 0.5, _PRECISIONS)
    top = _top(k, n, log_precision, 1.0)
    floor = _height(k, n, top, log_precision) - _DEEP

    def end(side: float) -> Floats:
        def under(far: Floats) -> Floats:
            return floor - _height(k, n, side * far, log_precision)

        return side * rising(under, side * top, np.full_like(top, 3 * _FAR), 1e-2)

    left, right = end(-1.0), end(1.0)
    theta = left + (right - left) * np.linspace(0, 1, _MEANS)[:, None]
    heights = _height(k, n, theta, log_precision + 0 * theta)
    chance = np.exp(heights - heights.max()) * (right - left)
    chance = chance / chance.sum()
    a, b = _betas(theta, log_precision)
    kept = chance > _SLIGHT
    return a[kept], b[kept], chance[kept] / chance[kept].sum()


def _posterior(k: Floats, n: Floats, level: float) -> tuple[Floats, Floats, Floats, Floats]:
    a, b, chance = _grid(k, n)
    more_a, more_b = k[:, None] + a, (n - k)[:, None] + b
    means = more_a / (more_a + more_b)
    spreads = means * (1 - means) / (more_a + more_b + 1)
    mean = means @ chance
    sd = np.sqrt((spreads + (means - mean[:, None]) ** 2) @ chance)
    arm = sd / (mean * (1 - mean))  # of log odds

    @np.errstate(all="ignore")
    def limit(area: float, edge: float) -> Floats:
        def spare(x: Floats, at: Any) -> Floats:
            under = betainc(more_a[at], more_b[at], expit(x)[:, None]) @ chance
            return ndtri(np.clip(under, _RARE, 1 - _RARE)) - ndtri(area)

        found, near = np.full(k.shape, np.nan), logit(mean) + ndtri(area) * arm
        for reach in (arm / 8, arm, np.full(k.shape, np.inf)):
            at = np.flatnonzero(np.isnan(found))  # wider where it isn't near normal log odds
            ends = np.clip([near[at] - reach[at], near[at] + reach[at]], -2 * _FAR, 2 * _FAR)
            found[at] = rising(partial(spare, at=at), *ends)
        return np.where(np.isnan(found), edge, expit(found))

    tails = ((1 - level) / 2, 0.0), ((1 + level) / 2, 1.0)
    with ThreadPoolExecutor(len(tails)) as both:  # neither hangs on the other
        low, high = both.map(lambda tail: limit(*tail), tails)
    return mean, sd, low, high

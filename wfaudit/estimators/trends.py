"""Shares over ordered periods: slopes, tests for trend, and breaks. Counts in, arrays out.

Counts k of n stand on the last axis, one for each period in order; groups stand before it. ``when``
holds the time of each period; without it they are one apart. A period in which nobody is counted
changes nothing.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, gammaln, logit, ndtr, xlog1py, xlogy

from wfaudit.estimators import estimates
from wfaudit.estimators.estimates import Estimate, Floats, Texts, first_reason, wald

FEWEST = 10
_ROUNDS, _FARTHEST = 60, 15.0
_DIRECT = 5e6  # products in a convolution beyond which the fast transform is used


def trend_test(k: ArrayLike, n: ArrayLike, when: ArrayLike | None = None) -> tuple[Floats, Floats]:
    """Score z of a straight trend of the share over time, and its two-sided p-value.

    Cochran (1954) and Armitage (1955): the sum of time x (k - n p) over its standard error where
    the share p of everybody holds in every period. Its square is R's ``prop.trend.test``.
    Not-a-number where nobody or everybody is counted, or people come from one period only.

    >>> z, p = trend_test([15, 10, 5], [50, 50, 50])
    >>> print(f"{z:.4f} {p:.4f}")
    -2.5000 0.0124
    """
    k, n, when = _read(k, n, when)
    with np.errstate(all="ignore"):
        everybody = n.sum(axis=-1)
        share, centred = k.sum(axis=-1) / everybody, _centred(n, when)
        spread = share * (1 - share) * (n * centred**2).sum(axis=-1)
        z = (centred * k).sum(axis=-1) / np.sqrt(np.where(spread > 0, spread, np.nan))
    return z, 2 * ndtr(-np.abs(z))


def steepness(k: ArrayLike, n: ArrayLike, when: ArrayLike | None = None) -> Floats:
    """Change of the share per unit of time on the line of ``slope``, without an error.

    >>> steepness([15, 10, 5], [50, 50, 50])
    array(-0.1)
    """
    k, n, when = _read(k, n, when)
    with np.errstate(all="ignore"):
        centred = _centred(n, when)
        square = (n * centred**2).sum(axis=-1)
        return np.where(square > 0, (centred * k).sum(axis=-1) / square, np.nan)


def slope(
    k: ArrayLike, n: ArrayLike, when: ArrayLike | None = None, level: float = 0.95
) -> Estimate:
    """Change of the share per unit of time, by the straight line through the shares weighted by n.

    The line of Armitage (1955). Its error is binomial at the shares on the line, each drawn by one
    person to the share of all, so that a period in which all or none of a few people are counted
    doesn't look certain. Fewer than ten counted, or ten not counted: no limits.

    >>> got = slope([150, 100, 50], [500, 500, 500])
    >>> print(f"{got.estimate:.3f} {got.low:.3f} {got.high:.3f}")
    -0.100 -0.124 -0.076
    """
    found = steepness(k, n, when)
    k, n, when = _read(k, n, when)
    with np.errstate(all="ignore"):
        centred, share = _centred(n, when), k.sum(axis=-1) / n.sum(axis=-1)
        square = (n * centred**2).sum(axis=-1)
        line = np.clip(share[..., None] + found[..., None] * centred, 0.0, 1.0)
        line = (n * line + share[..., None]) / (n + 1)
        spread = (n * centred**2 * line * (1 - line)).sum(axis=-1)
        se = np.sqrt(spread) / square
    return wald(found, se, level, first_reason(*_why_not(k, n, found)))


def logit_slope(
    k: ArrayLike, n: ArrayLike, when: ArrayLike | None = None, level: float = 0.95
) -> Estimate:
    """Change of the log odds per unit of time, by maximum likelihood (logistic regression).

    Its exponential is the factor by which the odds change. As R's ``glm(binomial)``.

    >>> got = logit_slope([150, 100, 50], [500, 500, 500])
    >>> print(f"{np.exp(got.estimate):.3f} {np.exp(got.low):.3f} {np.exp(got.high):.3f}")
    0.519 0.440 0.613
    """
    k, n, when = _read(k, n, when)
    return _logistic(k, n, np.stack([np.ones_like(when), when - when.mean()], axis=-1), level)


def level_shift(
    k: ArrayLike, n: ArrayLike, at: int, when: ArrayLike | None = None, level: float = 0.95
) -> Estimate:
    """Jump of the log odds from period ``at`` on, beside a steady trend through all periods.

    Segmented logistic regression (Wagner et al. 2002) by maximum likelihood: a rate that was
    falling all the while has no jump. Needs three periods with people, on both sides of the break.

    >>> got = level_shift([50, 51, 49, 80, 81, 79], [200] * 6, at=3)
    >>> print(f"{got.estimate:.2f} {got.low:.2f} {got.high:.2f}")
    0.73 0.22 1.24
    """
    k, n, when = _read(k, n, when)
    step = (np.arange(len(when)) >= at).astype(np.float64)
    design = np.stack([np.ones_like(when), when - when.mean(), step], axis=-1)
    return _logistic(k, n, design, level)


def slope_gap(one: Estimate, reference: Estimate, level: float = 0.95) -> Estimate:
    """How much faster the rate changes in one group than in another: slopes of unrelated groups."""
    return estimates.gap(one, reference, level)


def split(k: ArrayLike, n: ArrayLike, at: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Counts from period ``at`` on and before it: what the intervals of a gap or ratio ask for.

    >>> from wfaudit.estimators.intervals import newcombe
    >>> low, high = newcombe(*split([30, 28, 45, 44], [100, 100, 100, 100], at=2))
    >>> print(f"{low:.3f} {high:.3f}")
    0.061 0.246
    """
    k, n, _ = _read(k, n, None)
    later, sooner = slice(at, None), slice(None, at)
    return (*_summed(k, n, later), *_summed(k, n, sooner))


@dataclass(frozen=True, slots=True, eq=False)
class Break:
    """The split with the largest difference: its first later period, chi-square and p-value."""

    at: NDArray[np.int64]
    chi_square: Floats
    p: Floats
    note: Texts


def largest_break(k: ArrayLike, n: ArrayLike) -> Break:
    """The period from which on shares differ most from those before, and how far that is chance.

    Takes the largest chi-square over all splits (Miller and Siegmund 1982). As the largest of
    many is large by chance, its p-value is that of the largest: the chance that, of all the ways
    to deal the same k cases to the same people, one has so large a chi-square at any split. It is
    exact (Koziol 1991; Boulesteix 2006), summed period by period. The null is one share in all
    periods: a steady trend is evidence against it too, see ``level_shift``.

    >>> got = largest_break([20, 22, 19, 40, 41], [100] * 5)
    >>> print(f"{got.at} {got.chi_square:.2f} {got.p:.6f}")
    3 24.00 0.000004
    """
    k, n, _ = _read(k, n, None)
    flat = [
        _break(*each) for each in zip(*(x.reshape(-1, x.shape[-1]) for x in (k, n)), strict=True)
    ]
    at, chi_square, p, note = (np.array(x).reshape(k.shape[:-1]) for x in zip(*flat, strict=True))
    return Break(at, chi_square, p, note)


def _read(k: ArrayLike, n: ArrayLike, when: ArrayLike | None) -> tuple[Floats, Floats, Floats]:
    """Counts of one shape as floats, nan where they are no counts, and the times."""
    k, n = np.broadcast_arrays(np.asarray(k, np.float64), np.asarray(n, np.float64))
    counts = (k >= 0) & (k <= n)
    times = np.arange(k.shape[-1]) if when is None else when
    return np.where(counts, k, np.nan), np.where(counts, n, np.nan), np.asarray(times, np.float64)


def _summed(k: Floats, n: Floats, part: slice) -> tuple[Floats, Floats]:
    return k[..., part].sum(axis=-1), n[..., part].sum(axis=-1)


def _centred(n: Floats, when: Floats) -> Floats:
    """Times about the mean time of the people."""
    return when - ((n * when).sum(axis=-1) / n.sum(axis=-1))[..., None]


def _why_not(k: Floats, n: Floats, found: Floats) -> list[tuple[NDArray[np.bool_], Any]]:
    everybody, cases = n.sum(axis=-1), k.sum(axis=-1)
    rest = everybody - cases
    word = np.where(rest < cases, " not counted", " counted")
    few = np.char.add(np.char.mod("%d", np.nan_to_num(np.minimum(rest, cases))), word)
    return [
        (np.isnan(everybody), "counts are missing"),
        (everybody == 0, "nobody to count"),
        (np.isnan(found), "people in too few periods: no number"),
        (np.minimum(rest, cases) < FEWEST, np.char.add(few, f": fewer than {FEWEST}, no interval")),
    ]


def _logistic(k: Floats, n: Floats, design: Floats, level: float) -> Estimate:
    """The last coefficient of a logistic regression of k of n, its error and limits."""
    people = np.nan_to_num(n)
    crossed = np.einsum("...t,ti,tj->...ij", (people > 0) * 1.0, design, design)
    full = np.linalg.matrix_rank(crossed) == design.shape[-1]
    able = full & ~np.isnan(n.sum(axis=-1)) & (k.sum(axis=-1) > 0) & ((n - k).sum(axis=-1) > 0)
    cases = np.where(able[..., None], np.nan_to_num(k), 0.5)
    beta, covariance, settled = _newton(cases, np.where(able[..., None], people, 1.0), design)
    found = np.where(full, 0.0, np.nan)
    note = first_reason(
        *_why_not(k, n, found),
        (able & ~settled, "shares turn from none to all: no number"),
    )
    estimate = np.where(able & settled, beta[..., -1], np.nan)
    return wald(estimate, np.sqrt(np.maximum(covariance[..., -1, -1], 0.0)), level, note)


def _newton(
    cases: Floats, people: Floats, design: Floats
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Most likely coefficients by Newton's method, their covariance, and whether there are any.

    The first column of the design is 1. A step moves no period by more than 2 on the log odds; where
    one is led far from the log odds of all, the most likely ones are infinite.
    """
    start = logit(cases.sum(axis=-1) / people.sum(axis=-1))[..., None]
    beta = np.zeros((*cases.shape[:-1], design.shape[-1]))
    beta[..., :1] = start
    step, spread = beta, np.zeros((*beta.shape, beta.shape[-1]))
    for _ in range(_ROUNDS):
        share = expit(np.clip(beta @ design.T, start - _FARTHEST, start + _FARTHEST))
        information = np.einsum("...t,ti,tj->...ij", people * share * (1 - share), design, design)
        spread = np.linalg.pinv(information, hermitian=True)
        step = (spread @ ((cases - people * share) @ design)[..., None])[..., 0]
        step = step / np.maximum(_widest(step, people, design) / 2, 1.0)[..., None]
        beta = beta + step
    away = beta - start * (np.arange(beta.shape[-1]) == 0)
    near = _widest(away, people, design) < _FARTHEST
    return beta, spread, near & (_widest(step, people, design) < 1e-8)


def _widest(beta: Floats, people: Floats, design: Floats) -> Floats:
    """The largest move of a period with people."""
    return np.where(people > 0, np.abs(beta @ design.T), 0.0).max(axis=-1)


def _break(k: Floats, n: Floats) -> tuple[int, float, float, str]:
    """The largest break in one row of periods."""
    cases, everybody = k.sum(), n.sum()
    so_far = np.cumsum(n)[:-1]
    inner = (so_far > 0) & (so_far < everybody)
    if np.isnan(everybody) or not inner.any():
        return 0, np.nan, np.nan, _no_break(everybody)
    if cases in (0.0, everybody):
        return 0, np.nan, np.nan, "all or none counted: no break"
    chi = np.where(inner, _chi_square(np.cumsum(k)[:-1], so_far, cases, everybody), -1.0)
    at = int(np.argmax(chi >= chi.max() * (1 - 1e-9)))
    return at + 1, float(chi[at]), _chance_of_as_large(float(chi[at]), n, cases), ""


def _no_break(everybody: float) -> str:
    if np.isnan(everybody):
        return "counts are missing"
    return "people in too few periods: no break" if everybody > 0 else "nobody to count"


def _chi_square(k: Floats, n: Floats, cases: float, everybody: float) -> Floats:
    """Chi-square of k of n before a split against the rest of the cases after it."""
    with np.errstate(all="ignore"):
        spread = cases * (everybody - cases) * n * (everybody - n) / everybody**3
        return (k - cases * n / everybody) ** 2 / spread


def _chance_of_as_large(bound: float, n: Floats, cases: float) -> float:
    """Chance that dealing the cases at random gives a chi-square of at least the bound at a split.

    Follows the number of cases dealt so far, period by period. Those that reach the bound leave,
    each with the chance of ending with all cases dealt.
    """
    everybody, so_far = n.sum(), 0.0
    share, least, weight, left = cases / everybody, 0.0, np.ones(1), 0.0
    for people in n[:-1]:
        first, chances = _binomial(people, share)
        weight, least, so_far = _convolved(weight, chances), least + first, so_far + people
        dealt = least + np.arange(len(weight), dtype=np.float64)
        chi = _chi_square(dealt, np.array(so_far), cases, everybody)
        reached = chi >= bound * (1 - 1e-9)
        ends = _pmf(cases - dealt, everybody - so_far, share)
        left += float((weight * ends)[reached].sum())
        stay = np.flatnonzero(~reached & (ends > 0))
        if not len(stay):
            break
        weight, least = weight[stay[0] : stay[-1] + 1], least + float(stay[0])
    return min(left / float(_pmf(cases, everybody, share)), 1.0)


def _binomial(n: float, share: float) -> tuple[float, Floats]:
    """The least number with a chance that matters, and the chances from there on."""
    reach = 40 * np.sqrt(n * share * (1 - share)) + 40
    first, last = max(0.0, np.floor(n * share - reach)), min(n, np.ceil(n * share + reach))
    return first, _pmf(np.arange(first, last + 1), n, share)


def _pmf(k: ArrayLike, n: float, share: float) -> Floats:
    """Chance of k of n cases, 0 where k is not among them."""
    counts = np.asarray(k, np.float64)
    possible = (counts >= 0) & (counts <= n)
    k = np.where(possible, counts, 0.0)
    ways = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return np.where(possible, np.exp(ways + xlogy(k, share) + xlog1py(n - k, -share)), 0.0)


def _convolved(one: Floats, other: Floats) -> Floats:
    if len(one) * len(other) <= _DIRECT:
        return np.convolve(one, other)
    length = len(one) + len(other) - 1
    both = np.fft.rfft(one, length) * np.fft.rfft(other, length)
    return np.maximum(np.fft.irfft(both, length), 0.0)

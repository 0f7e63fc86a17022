"""Intervals and p-values for shares, and for the gap and the ratio of two shares.

Every function takes counts: `k` people out of `n` in a group and `k_ref` out of `n_ref` in the
reference. Arrays (or single numbers) go in, they broadcast, and arrays of floats come out. Where a
group or the reference counts nobody the answer is not-a-number.

The score intervals don't solve the cubic for the shares under the null: its closed form loses half
the digits when shares are small and groups large. Both shares are written as functions of one
number, the pull (the Lagrange multiplier of the null), in which the score is monotone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, ndtr

from wfaudit.estimators.estimates import deviate, floats

if TYPE_CHECKING:
    from collections.abc import Callable

Floats: TypeAlias = NDArray[np.float64]
Pair: TypeAlias = tuple[Floats, Floats]
Arms: TypeAlias = tuple[Floats, Floats, Floats, Floats]

_STEPS = 64
_TINY = 1e-20
_FAR = 40.0  # normal deviates beyond this have a tail area of 0 in double precision


def wilson(k: ArrayLike, n: ArrayLike, level: float = 0.95) -> Pair:
    """Wilson limits, from 0 to 1, for the share k out of n (Wilson 1927).

    The lower limit is exactly 0 where k is 0, the upper exactly 1 where k is n.

    >>> low, high = wilson(81, 263)
    >>> print(f"{low:.4f} {high:.4f}")
    0.2553 0.3662
    """
    k, n = floats(k, n)
    with np.errstate(all="ignore"):
        z, share = deviate(level), np.where(n > 0, k / n, np.nan)
        return share - arm(k, n, z), np.minimum(share + arm(n - k, n, z), 1.0)


def arm(k: Floats, n: Floats, z: Floats | float) -> Floats:
    """From the share k out of n down to its Wilson limit at a deviate; n need not be whole.

    No difference of near equals is taken, so small shares of large groups keep their digits.

    >>> print(f"{0.5 - arm(np.float64(5), np.float64(10), 1.96):.4f}")
    0.2366
    """
    width = z * z / 2 + z * np.sqrt(z * z / 4 + k * (n - k) / n)
    return k / n * (width / (k + width))


def clopper_pearson(k: ArrayLike, n: ArrayLike, level: float = 0.95) -> Pair:
    """Limits for the share k out of n that miss the truth no more often than the level allows.

    The price of the guarantee is width (Clopper and Pearson 1934). The lower limit is exactly 0
    where k is 0, the upper exactly 1 where k is n.

    >>> low, high = clopper_pearson(81, 263)
    >>> print(f"{low:.4f} {high:.4f}")
    0.2527 0.3676
    """
    k, n = floats(k, n)
    area, some = (1 - level) / 2, np.where(n > 0, 0.0, np.nan)
    with np.errstate(all="ignore"):
        low = np.where(k > 0, betaincinv(k, n - k + 1, area), 0.0)
        return low + some, np.where(k < n, betaincinv(k + 1, n - k, 1 - area), 1.0) + some


def newcombe(
    k: ArrayLike, n: ArrayLike, k_ref: ArrayLike, n_ref: ArrayLike, level: float = 0.95
) -> Pair:
    """Limits, from -1 to 1, for the gap k/n - k_ref/n_ref (Newcombe 1998, method 10).

    >>> low, high = newcombe(56, 70, 48, 80)
    >>> print(f"{low:.4f} {high:.4f}")
    0.0524 0.3339
    """
    k, n, k_ref, n_ref = floats(k, n, k_ref, n_ref)
    with np.errstate(all="ignore"):
        z, gap = deviate(level), _gap(k, n, k_ref, n_ref)
        low = gap - _reach(k, n, k_ref, n_ref, z)
        high = gap + _reach(k_ref, n_ref, k, n, z)
    return np.maximum(low, -1.0), np.minimum(high, 1.0)


def newcombe_p(
    k: ArrayLike, n: ArrayLike, k_ref: ArrayLike, n_ref: ArrayLike, at: ArrayLike
) -> Pair:
    """One-sided p-values, from 0 to 1, of "the gap exceeds `at`" and "the gap is under `at`".

    They invert `newcombe` (1998): the first is the tail area at which the lower limit equals `at`,
    the second that at which the upper does; past one half the opposite limit is used, so they add
    up to 1. An `at` that no limit reaches, however small the tail, gets 0 and 1. In one case a
    limit is the estimate at every tail area: nobody out of n against everybody in the reference, a
    gap of -1 (and its mirror, +1). Judged at -1 itself, "exceeds" gets one half, the least tail
    area at which the limit moves off -1, and "is under" gets 1, for no gap is under -1.

    >>> above, below = newcombe_p(56, 70, 48, 80, 0.05)
    >>> print(f"{above:.4f} {below:.4f}")
    0.0232 0.9768
    """
    k, n, k_ref, n_ref, at = floats(k, n, k_ref, n_ref, at)
    with np.errstate(all="ignore"):
        gap = _gap(k, n, k_ref, n_ref)
        sign, arms = _turned(at > gap, k, n, k_ref, n_ref)
        distance = np.abs(gap - at)
        z = _bisect(lambda z: _reach(*arms, z) < distance, np.full_like(distance, _TINY), _FAR)
        return _tails(sign * z, gap, at)


def miettinen_nurminen(
    k: ArrayLike, n: ArrayLike, k_ref: ArrayLike, n_ref: ArrayLike, level: float = 0.95
) -> Pair:
    """Score limits, from -1 to 1, for the gap k/n - k_ref/n_ref (Miettinen and Nurminen 1985).

    The variance carries their factor N / (N - 1), N being everybody in both groups.

    >>> low, high = miettinen_nurminen(56, 70, 48, 80)
    >>> print(f"{low:.4f} {high:.4f}")
    0.0528 0.3382
    """
    k, n, k_ref, n_ref = floats(k, n, k_ref, n_ref)
    with np.errstate(all="ignore"):
        z, gap = deviate(level), _gap(k, n, k_ref, n_ref)
        low = _lowest_gap(k, n, k_ref, n_ref, z)
        high = -_lowest_gap(k_ref, n_ref, k, n, z)
        return np.minimum(low, gap), np.maximum(high, gap)


def miettinen_nurminen_p(
    k: ArrayLike, n: ArrayLike, k_ref: ArrayLike, n_ref: ArrayLike, at: ArrayLike
) -> Pair:
    """One-sided p-values, from 0 to 1, of "the gap exceeds `at`" and "the gap is under `at`".

    The score test that `miettinen_nurminen` (1985) inverts. A gap of -1 or +1 judged at itself is
    answered as in `newcombe_p`.

    >>> above, _ = miettinen_nurminen_p(90, 200, 88, 200, -0.1)
    >>> _, below = miettinen_nurminen_p(90, 200, 88, 200, 0.1)
    >>> print(f"{above:.5f} {below:.5f}")
    0.01316 0.03457
    """
    k, n, k_ref, n_ref, at = floats(k, n, k_ref, n_ref, at)
    with np.errstate(all="ignore"):
        gap = _gap(k, n, k_ref, n_ref)
        sign, arms = _turned(at > gap, k, n, k_ref, n_ref)
        z = _gap_score(*arms, np.abs(gap - at), 1 + sign * at)
        return _tails(sign * z, gap, at)


def ratio_score(
    k: ArrayLike, n: ArrayLike, k_ref: ArrayLike, n_ref: ArrayLike, level: float = 0.95
) -> Pair:
    """Score limits, from 0 to infinity, for the ratio of k/n to k_ref/n_ref.

    Koopman (1984) with the factor N / (N - 1) of Miettinen and Nurminen (1985). Where k is 0 the
    lower limit is 0, where k_ref is 0 the upper is infinite, where both are there is no ratio.

    >>> low, high = ratio_score(56, 70, 48, 80)
    >>> print(f"{low:.4f} {high:.4f}")
    1.0790 1.6721
    """
    k, n, k_ref, n_ref = floats(k, n, k_ref, n_ref)
    with np.errstate(all="ignore"):
        z, ratio = deviate(level), _ratio(k, n, k_ref, n_ref)
        low = _lowest_ratio(k, n, k_ref, n_ref, z)
        high = 1 / _lowest_ratio(k_ref, n_ref, k, n, z)
        return np.minimum(low, ratio), np.maximum(high, ratio)


def ratio_score_p(
    k: ArrayLike, n: ArrayLike, k_ref: ArrayLike, n_ref: ArrayLike, at: ArrayLike
) -> Pair:
    """One-sided p-values, from 0 to 1, of "the ratio exceeds `at`" and "the ratio is under `at`".

    The score test that `ratio_score` inverts (Koopman 1984, Miettinen and Nurminen 1985), for `at`
    above 0; not-a-number elsewhere and where both k and k_ref are 0.

    >>> above, below = ratio_score_p(30, 100, 45, 100, 0.8)
    >>> print(f"{above:.4f} {below:.4f}")
    0.8346 0.1654
    """
    k, n, k_ref, n_ref, at = floats(k, n, k_ref, n_ref, at)
    with np.errstate(all="ignore"):
        ratio = _ratio(k, n, k_ref, n_ref)
        sign, arms = _turned(at > ratio, k, n, k_ref, n_ref)
        z = sign * _ratio_score(*arms, at**sign)
        z = np.where((at > 0) & ~np.isnan(ratio), z, np.nan)
        return ndtr(-z), ndtr(z)


def _turned(
    turn: NDArray[np.bool_], k: Floats, n: Floats, k_ref: Floats, n_ref: Floats
) -> tuple[Floats, Arms]:
    """Where asked about the upper limit, group and reference trade places and the sign is -1."""
    group = np.where(turn, k_ref, k), np.where(turn, n_ref, n)
    reference = np.where(turn, k, k_ref), np.where(turn, n, n_ref)
    return np.where(turn, -1.0, 1.0), (*group, *reference)


def _bisect(
    too_small: Callable[[Floats], NDArray[np.bool_]], low: Floats, high: Floats | float
) -> Floats:
    """Halve the bracket on the log scale until its ends meet; both ends are positive."""
    for _ in range(_STEPS):
        middle = np.sqrt(low * high)
        small = too_small(middle)
        low, high = np.where(small, middle, low), np.where(small, high, middle)
    return np.sqrt(low * high)


def _tails(z: Floats, gap: Floats, at: Floats) -> Pair:
    """Tail areas of z, with the answers that need no z: `at` on or past the edge of all gaps."""
    z = np.where(np.abs(at) <= 1, z, -np.sign(at) * np.inf)
    z = np.where(np.isnan(gap + at), np.nan, z)
    above = np.where((gap == 1) & (at == 1), 1.0, ndtr(-z))
    return above, np.where((gap == -1) & (at == -1), 1.0, ndtr(z))


def _reach(k: Floats, n: Floats, k_ref: Floats, n_ref: Floats, z: Floats | float) -> Floats:
    """From the gap down to its Newcombe limit."""
    return np.hypot(arm(k, n, z), arm(n_ref - k_ref, n_ref, z))


def _inflation(n: Floats, n_ref: Floats) -> Floats:
    return (n + n_ref) / (n + n_ref - 1)


def _pulled(k: Floats, n: Floats, pull: Floats) -> Pair:
    """Share p and 1 - p with k - n p = pull p (1 - p): the share that a pull >= 0 lowers."""
    rest = n - k
    root = np.sqrt((n - pull) ** 2 + 4 * pull * rest)
    other = np.where(pull < n, 2 * rest / (n - pull + root), (pull - n + root) / (2 * pull))
    return 2 * k / (n + pull + root), other


def _null(k: Floats, n: Floats, k_ref: Floats, n_ref: Floats, pull: Floats) -> Pair:
    """Most likely gap, and its variance, when a pull draws the two shares towards a lower gap.

    The observed gap less this gap is pull x variance, so the score is pull x sqrt(variance).
    """
    low, low_rest = _pulled(k, n, pull)
    high_rest, high = _pulled(n_ref - k_ref, n_ref, pull)
    return low - high, low * low_rest / n + high * high_rest / n_ref


def _lowest_gap(k: Floats, n: Floats, k_ref: Floats, n_ref: Floats, z: float) -> Floats:
    target = z * z * _inflation(n, n_ref)
    least = np.sqrt(4 * target / (1 / n + 1 / n_ref))
    most = np.minimum(n * (1 + target / k), n_ref * (1 + target / (n_ref - k_ref)))
    arms = (k, n, k_ref, n_ref)
    pull = _bisect(lambda pull: pull**2 * _null(*arms, pull)[1] < target, least, most)
    stuck = (k == 0) & (k_ref == n_ref)
    return np.where(stuck, -1.0, _null(*arms, pull)[0])


def _gap_score(
    k: Floats, n: Floats, k_ref: Floats, n_ref: Floats, distance: Floats, room: Floats
) -> Floats:
    """Score of a null gap that lies `distance` under the observed one and `room` over -1."""
    arms = (k, n, k_ref, n_ref)
    least = 4 * distance / (1 / n + 1 / n_ref)
    most = (k + n_ref - k_ref) / np.maximum(room, _TINY)
    pull = _bisect(lambda pull: pull * _null(*arms, pull)[1] < distance, least, most)
    return pull * np.sqrt(_null(*arms, pull)[1] / _inflation(n, n_ref))


def _gap(k: Floats, n: Floats, k_ref: Floats, n_ref: Floats) -> Floats:
    return np.where((n > 0) & (n_ref > 0), k / n - k_ref / n_ref, np.nan)


def _ratio(k: Floats, n: Floats, k_ref: Floats, n_ref: Floats) -> Floats:
    return np.where((n > 0) & (n_ref > 0), k * n_ref / (n * k_ref), np.nan)


def _lowest_ratio(k: Floats, n: Floats, k_ref: Floats, n_ref: Floats, z: float) -> Floats:
    """Under the null the shares are (k - pull) / (n - pull), (k_ref + pull) / (n_ref + pull).

    Where k is n the first stays at 1 until the pull is n, and only then gives way.
    """
    target = z * z * _inflation(n, n_ref)
    odds = np.maximum(n * (target / n**2 - _second(n, k_ref, n_ref)), 0.0)

    def falls_short(pull: Floats) -> NDArray[np.bool_]:
        first = np.where(k < n, (n - k) / (k - pull), 0.0) / n
        return pull**2 * (first + _second(pull, k_ref, n_ref)) < target

    pull = _bisect(falls_short, k * _TINY, k)
    odds = np.where(k < n, (n - k) / (k - pull), odds)
    return (n_ref + pull) / (k_ref + pull) / (1 + odds)


def _second(pull: Floats, k_ref: Floats, n_ref: Floats) -> Floats:
    """Odds against a case in the reference under a pull, over its size."""
    return (n_ref - k_ref) / (n_ref * (k_ref + pull))


def _ratio_score(k: Floats, n: Floats, k_ref: Floats, n_ref: Floats, at: Floats) -> Floats:
    """Score of a null ratio `at` that is not above the observed one."""

    def too_high(pull: Floats) -> NDArray[np.bool_]:
        return (k - pull) * (n_ref + pull) > at * (n - pull) * (k_ref + pull)

    pull = _bisect(too_high, k * _TINY, k)
    odds = np.maximum((n_ref + n) / ((k_ref + n) * at) - 1, 0.0)
    odds = np.where(k < n, (n - k) / (k - pull), odds)
    return pull * np.sqrt((odds / n + _second(pull, k_ref, n_ref)) / _inflation(n, n_ref))

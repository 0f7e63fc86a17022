"""The counts of two groups in strata, and the score of a gap supposed to hold in all of them.

The score is that of Miettinen and Nurminen (1985): the distance between the gap seen and the one
supposed, over a standard error in which every stratum has the shares that are most likely if the
gap supposed is right. What a stratum can't tell is not-a-number, and left out of every sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfaudit.estimators.estimates import deviate, floats
from wfaudit.estimators.roots import rising

Floats: TypeAlias = NDArray[np.float64]
Pair: TypeAlias = tuple[Floats, Floats]

_STEPS = 50
_NEAR, _CLOSE = 1e-11, 1e-13


@dataclass(frozen=True, slots=True, eq=False)
class Strata:
    """k of n people of a group and k_ref of n_ref of the reference; strata on the last axis.

    ``usual`` are the weights of Mantel and Haenszel (1959).
    """

    k: Floats
    n: Floats
    k_ref: Floats
    n_ref: Floats
    people: Floats
    usual: Floats


def strata(k: ArrayLike, n: ArrayLike, k_ref: ArrayLike, n_ref: ArrayLike) -> Strata:
    """Counts; not-a-number in strata without people of both, or with counts that can't be.

    >>> strata([1, 2], [3, 4], [1, 0], [9, 0]).people
    array([12., nan])
    """
    k, n, k_ref, n_ref = np.broadcast_arrays(*floats(k, n, k_ref, n_ref))
    good = (n > 0) & (n_ref > 0) & (k >= 0) & (k <= n) & (k_ref >= 0) & (k_ref <= n_ref)
    k, n, k_ref, n_ref = (np.where(good, x, np.nan) for x in (k, n, k_ref, n_ref))
    return Strata(k, n, k_ref, n_ref, n + n_ref, n * n_ref / (n + n_ref))


def summed(x: Floats) -> Floats:
    """Sum over the strata that can tell; not-a-number where none can.

    >>> summed(np.array([[1.0, np.nan], [np.nan, np.nan]]))
    array([ 1., nan])
    """
    return np.where(np.isnan(x).all(axis=-1), np.nan, np.nansum(x, axis=-1))


def pooled_gap(counts: Strata, weight: Floats) -> Floats:
    """Weighted mean of the gaps of the strata.

    >>> print(pooled_gap(strata([3, 1], [6, 4], [1, 2], [4, 4]), np.array([3.0, 1.0])))
    0.125
    """
    gaps = counts.k / counts.n - counts.k_ref / counts.n_ref
    return summed(weight * gaps) / summed(weight)


def spread(counts: Strata, gap: Floats) -> Floats:
    """Variance of each stratum's gap, its shares being as likely as the gap supposed lets them be.

    >>> spread(strata([3], [6], [1], [4]), np.array([0.0])).round(4)
    array([0.1111])
    """
    k, n, k_ref, n_ref = counts.k, counts.n, counts.k_ref, counts.n_ref
    low, high = np.maximum(0.0, -gap) + 0 * n, np.minimum(1.0, 1 - gap) + 0 * n
    with np.errstate(all="ignore"):
        for _ in range(_STEPS):
            q = (low + high) / 2
            rises = k / (q + gap) + k_ref / q > (n - k) / (1 - q - gap) + (n_ref - k_ref) / (1 - q)
            low, high = np.where(rises, q, low), np.where(rises, high, q)
        q = (low + high) / 2
        p = q + gap
        alone = np.maximum(p * (1 - p) / n + q * (1 - q) / n_ref, 0.0)
        return alone * counts.people / (counts.people - 1)


def apart(counts: Strata, weight: Floats, gap: Floats) -> Pair:
    """How far the pooled gap lies above the one supposed, and its standard error if that is right.

    >>> distance, se = apart(counts := strata([3], [6], [1], [4]), counts.usual, np.array(0.0))
    >>> f"{distance:.3f} {se:.3f}"
    '0.250 0.333'
    """
    variance = summed(weight**2 * spread(counts, gap[..., None]))
    return pooled_gap(counts, weight) - gap, np.sqrt(variance) / summed(weight)


def score_limits(counts: Strata, weight: Floats, level: float) -> Pair:
    """Lowest and highest gap that the score does not reject.

    >>> low, high = score_limits(counts := strata([56], [70], [48], [80]), counts.usual, 0.95)
    >>> f"{low:.4f} {high:.4f}"
    '0.0528 0.3382'
    """
    arms = ((counts.k, counts.k_ref), (counts.n, counts.n_ref))
    (k, k_ref), (n, n_ref) = ((np.stack([x, y]), np.stack([y, x])) for x, y in arms)
    both = Strata(k, n, k_ref, n_ref, n + n_ref, n * n_ref / (n + n_ref))
    held, z = np.stack([weight, weight]), deviate(level)
    gap = pooled_gap(both, held)

    def spare(supposed: Floats) -> Floats:
        distance, se = apart(both, held, supposed)
        return z * se - distance

    low = rising(spare, np.full_like(gap, -1.0), gap - _NEAR, _CLOSE)
    low, high = np.where(gap <= _NEAR - 1, gap, low)
    return low, -high

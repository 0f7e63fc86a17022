"""Estimates of many units held together: the variance of the truth behind them, and their mean.

``y`` are estimates, ``v`` their squared standard errors. Not-a-number is left out.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from wfaudit.estimators.estimates import Estimate, floats, wald

Floats: TypeAlias = NDArray[np.float64]
Pair: TypeAlias = tuple[Floats, Floats]

_STEPS = 100


def log_odds(k: ArrayLike, n: ArrayLike) -> Pair:
    """Log odds of each share and their variance; half a person is added to either side.

    >>> y, v = log_odds([0, 5], [10, 10])
    >>> y.round(3), v.round(3)
    (array([-3.045,  0.   ]), array([2.095, 0.364]))
    """
    k, n = floats(k, n)
    with np.errstate(all="ignore"):
        some, rest = np.where(n > 0, k, np.nan) + 0.5, np.where(n > 0, n - k, np.nan) + 0.5
        return np.log(some / rest), 1 / some + 1 / rest


def freeman_tukey(k: ArrayLike, n: ArrayLike) -> Pair:
    """Double arcsine of each share and its variance, near enough the same for all shares (1950).

    >>> y, v = freeman_tukey([0, 5], [10, 10])
    >>> y.round(3), v.round(3)
    (array([0.153, 0.785]), array([0.024, 0.024]))
    """
    k, n = floats(k, n)
    with np.errstate(all="ignore"):
        n = np.where(n > 0, n, np.nan)
        first, second = np.arcsin(np.sqrt(k / (n + 1))), np.arcsin(np.sqrt((k + 1) / (n + 1)))
        return (first + second) / 2, 1 / (4 * n + 2)


def dersimonian_laird(y: ArrayLike, v: ArrayLike) -> float:
    """Variance of the truth, by the first moment of weighted squares (DerSimonian and Laird 1986).

    >>> round(dersimonian_laird([0.1, 0.3, 0.8], [0.01, 0.02, 0.04]), 4)
    0.0793
    """
    y, w = _known(y, v)
    if len(y) < 2:
        return np.nan
    size = w.sum() - (w**2).sum() / w.sum()
    return max(0.0, float((_squares(y, w) - (len(y) - 1)) / size))


def paule_mandel(y: ArrayLike, v: ArrayLike) -> float:
    """Variance of the truth with which the weighted squares are as large as chance has them (1982).

    >>> round(paule_mandel([0.1, 0.3, 0.8], [0.01, 0.02, 0.04]), 4)
    0.1016
    """
    y, w = _known(y, v)
    if len(y) < 2:
        return np.nan
    low, high = 0.0, float(np.square(y - y.mean()).sum())
    if _squares(y, w) <= len(y) - 1:
        return 0.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        over = _squares(y, 1 / (1 / w + middle)) > len(y) - 1
        low, high = (middle, high) if over else (low, middle)
    return (low + high) / 2


def same_truth(y: ArrayLike, v: ArrayLike) -> tuple[float, float]:
    """Weighted squares about the mean (Cochran 1954) and their p-value if the truth is one.

    >>> q, p = same_truth([0.1, 0.3, 0.8], [0.01, 0.02, 0.04])
    >>> f"{q:.2f} {p:.4f}"
    '9.93 0.0070'
    """
    y, w = _known(y, v)
    if len(y) < 2:
        return np.nan, np.nan
    q = _squares(y, w)
    return q, float(chdtrc(len(y) - 1, q))


def overall(y: ArrayLike, v: ArrayLike, variance: float, level: float = 0.95) -> Estimate:
    """Mean of the truth, given its variance: estimates weighted by the inverse of both variances.

    >>> found = overall([0.1, 0.3, 0.8], [0.01, 0.02, 0.04], 0.0793)
    >>> f"{found.estimate:.3f} {found.low:.3f} {found.high:.3f}"
    '0.366 0.006 0.726'
    """
    y, w = _known(y, v)
    if not len(y):
        return wald(np.nan, np.nan, level, "nothing to hold together")
    w = 1 / (1 / w + variance)
    return wald((w * y).sum() / w.sum(), w.sum() ** -0.5, level)


def _known(y: ArrayLike, v: ArrayLike) -> Pair:
    y, v = np.broadcast_arrays(*floats(y, v))
    known = np.isfinite(y) & (v > 0)
    return y[known], 1 / v[known]


def _squares(y: Floats, w: Floats) -> float:
    return float((w * np.square(y - (w * y).sum() / w.sum())).sum())

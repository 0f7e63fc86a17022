"""Many comparisons at once: adjusted p-values, and the answers that p-values give. Arrays in and out.

A p-value that is not-a-number belongs to a comparison that was not made: it stays so and does not
count among the others.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]
Texts: TypeAlias = NDArray[np.str_]


def holm(p: ArrayLike) -> Floats:
    """P-values with which each test keeps the chance of any false answer in the family (Holm 1979).

    The smallest of m times m, the next times m - 1, and so on, none below the one before. Holds
    however the tests depend on each other.

    >>> holm([0.01, 0.04, 0.03]).round(3)
    array([0.03, 0.06, 0.06])
    """
    return _within(p, lambda p: np.maximum.accumulate(p * np.arange(len(p), 0, -1)))


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """P-values with which the expected share of false answers among those given is kept (1995).

    The i-th smallest of m times m / i, none above the one after. Holds for tests that are
    independent or depend positively (Benjamini and Yekutieli 2001, theorem 1.2).

    >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(3)
    array([0.03, 0.04, 0.04])
    """
    return _within(p, _step_up)


def benjamini_yekutieli(p: ArrayLike) -> Floats:
    """As ``benjamini_hochberg``, but however the tests depend (Benjamini and Yekutieli 2001).

    Times 1 + 1/2 + ... + 1/m besides.

    >>> benjamini_yekutieli([0.01, 0.04, 0.03]).round(3)
    array([0.055, 0.073, 0.073])
    """
    return _within(p, lambda p: _step_up(p) * (1 / np.arange(1, len(p) + 1)).sum())


def tost(p_above: ArrayLike, p_below: ArrayLike) -> Floats:
    """P-value of "the truth lies within the tolerance": the larger of two one-sided ones.

    ``p_above`` is that of "above the tolerance's lower end", ``p_below`` that of "below its upper
    end" (Schuirmann 1987). At most alpha just where the interval at level 1 - 2 alpha that the two
    invert lies within the tolerance.

    >>> tost([0.01316, 0.2], [0.03457, 0.01])
    array([0.03457, 0.2    ])
    """
    return np.maximum(np.asarray(p_above, np.float64), np.asarray(p_below, np.float64))


def answers(p_beyond: ArrayLike, p_within: ArrayLike, level: float = 0.95) -> Texts:
    """Raised, clear or cannot tell, from the p-values against and within the tolerance.

    ``p_beyond`` is the smaller one-sided p-value, adjusted or not, of lying beyond an end of the
    tolerance; raised where it is at most half of what the level leaves: the interval at the level
    lies beyond. ``p_within`` is that of ``tost``; clear where it is at most all of what the level
    leaves: for 0.95, the 90 % interval lies within.

    >>> answers([0.01, 0.9, 0.3, np.nan], [1.0, 0.03, 0.2, 0.01])
    array(['raised', 'clear', 'cannot tell', 'cannot tell'], dtype='<U11')
    """
    beyond, within = np.asarray(p_beyond, np.float64), np.asarray(p_within, np.float64)
    clear = (within <= 1 - level) & ~np.isnan(beyond)
    told = np.where(clear, "clear", "cannot tell")
    return np.where(beyond <= (1 - level) / 2, "raised", told)


def _within(p: ArrayLike, steps: Callable[[Floats], Floats]) -> Floats:
    """Apply the steps to the sorted p-values that are numbers, in the order given, at most 1."""
    given = np.asarray(p, np.float64)
    adjusted = np.full(given.shape, np.nan)
    known = np.flatnonzero(~np.isnan(given))
    order = known[np.argsort(given.flat[known], kind="stable")]
    adjusted.flat[order] = np.minimum(steps(given.flat[order]), 1.0)
    return adjusted


def _step_up(p: Floats) -> Floats:
    scaled = p * (len(p) / np.arange(1, len(p) + 1))
    return np.minimum.accumulate(scaled[::-1])[::-1]

"""One shape for what a numeric module answers: estimate, standard error, limits, and a note."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

Floats: TypeAlias = NDArray[np.float64]
Texts: TypeAlias = NDArray[np.str_]
ANY = (-np.inf, np.inf)  # edges of what can be any number


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """Estimates, their standard errors and limits; what can't be known is nan, and why is a note.

    A note beside an estimate says why it has no limits. All five are arrays of one shape.
    """

    estimate: Floats
    se: Floats
    low: Floats
    high: Floats
    note: Texts


def deviate(level: float) -> float:
    """Standard normal deviate of a two-sided interval at a level.

    >>> round(deviate(0.95), 4)
    1.96
    """
    return -float(ndtri((1 - level) / 2))


def floats(*values: ArrayLike) -> tuple[Floats, ...]:
    """Each value as an array of floats.

    >>> floats(1, [2, 3])
    (array(1.), array([2., 3.]))
    """
    return tuple(np.asarray(value, dtype=np.float64) for value in values)


def normal(
    estimate: Floats, se: Floats, level: float, note: Texts, edges: tuple[float, float] = ANY
) -> Estimate:
    """Estimate plus and minus normal deviates of its standard error, cut at the edges.

    >>> normal(np.array(0.3), np.array(0.1), 0.95, np.array("few")).high.round(3)
    np.float64(0.496)
    """
    half = deviate(level) * se
    low, high = np.maximum(estimate - half, edges[0]), np.minimum(estimate + half, edges[1])
    return Estimate(estimate, se, low, high, note)


def wald(
    estimate: ArrayLike,
    se: ArrayLike,
    level: float = 0.95,
    note: ArrayLike = "",
    edges: tuple[float, float] = ANY,
) -> Estimate:
    """As ``normal``, but a note is a reason why there are no limits.

    No limits and no standard error where a note says why, nor where the standard error is 0.

    >>> wald([0.3, 0.4], [0.1, 0.0]).high.round(3)
    array([0.496,   nan])
    """
    estimate, se, texts = np.broadcast_arrays(
        np.asarray(estimate, np.float64), np.asarray(se, np.float64), np.asarray(note, np.str_)
    )
    texts = first_reason((texts != "", texts), (se == 0, "nothing varies: no interval"))
    se = np.where((texts == "") & (se > 0), se, np.nan)
    return normal(estimate, se, level, texts, edges)


def gap(
    one: Estimate,
    reference: Estimate,
    level: float = 0.95,
    edges: tuple[float, float] = ANY,
) -> Estimate:
    """Difference of two estimates of unrelated groups; its squared error is the sum of theirs.

    >>> gap(wald([0.5], [0.03]), wald([0.3], [0.04])).low.round(3)
    array([0.102])
    """
    theirs = np.where(reference.note == "", "", np.char.add("reference: ", reference.note))
    note = np.where(one.note == "", theirs, one.note)
    se = np.hypot(one.se, reference.se)
    return wald(one.estimate - reference.estimate, se, level, note, edges)


def first_reason(*reasons: tuple[Any, Any]) -> Texts:
    """For each place the text of the first reason that holds there, else the empty text.

    >>> first_reason(([True, False], "nobody"), ([True, True], "few"))
    array(['nobody', 'few'], dtype='<U6')
    """
    holds, texts = zip(*reasons, strict=True)
    found: Any = np.asarray("", np.str_)
    for hold, text in zip(reversed(holds), reversed(texts), strict=True):
        found = np.where(hold, np.asarray(text, np.str_), found)
    return found

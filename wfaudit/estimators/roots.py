"""Where a rising function passes 0, for many functions at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

Floats: TypeAlias = NDArray[np.float64]

_STEPS = 80


def rising(
    spare: Callable[[Floats], Floats],
    low: Floats,
    high: Floats,
    close: float = 1e-9,
    apart: bool = False,
) -> Floats:
    """Where a rising function passes 0 between low and high, to within `close` of its value.

    False position with the Illinois rule (Dowell and Jarratt 1971): the bracket always holds the
    root. Not-a-number where the function is below 0 at `high` or above it at `low`. ``apart`` keeps
    each where it first came close, so that no root hangs on the others that are looked for.

    >>> rising(lambda x: x**3 - np.array([8.0, 27.0]), np.zeros(2), np.full(2, 10.0)).round(6)
    array([2., 3.])
    """
    under, over = spare(low), spare(high)
    possible, side = (over >= 0) & (under <= 0), np.zeros_like(low)
    middle, near = high, np.zeros(np.shape(low), dtype=bool)
    for _ in range(_STEPS):
        run = np.where(over > under, over - under, np.nan)
        middle = np.where(near, middle, low - under * (high - low) / run)
        value = spare(middle)
        far = possible & (np.abs(value) > close)
        if not bool(far.any()):
            break
        near = ~far & apart
        left = value < 0
        under = np.where(left, value, under / np.where(side > 0, 2, 1))
        over = np.where(left, over / np.where(side < 0, 2, 1), value)
        low, high = np.where(left, middle, low), np.where(left, high, middle)
        side = np.where(left, -1.0, 1.0)
    return np.where(possible, middle, np.nan)

"""Heaps of people on round scores: at values as round as a cut, how many more than at the values beside them.

Places are whole numbers: a score in steps of its resolution.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfaudit.estimators.estimates import Floats

Ints: TypeAlias = NDArray[np.int64]

UNITS = tuple(
    digit * 10**power for power in range(6) for digit in (1, 2, 5) if digit * 10**power > 2
)
SEVERAL = 3  # other values as round as the cut, at least
BESIDE = 5  # places to each side of a round one that it is held against, at most
_HEAPED, _SURE = 1.25, 4.0  # from what ratio on, and how many standard errors, scores are heaped


@dataclass(frozen=True, slots=True)
class Heaps:
    """Which values are as round as a cut (multiples of ``alike``), and the smallest unit that is heaped on.

    Both are 0 where there is none. ``low`` and ``high`` are the ends of the scores; ``cuts`` say nothing
    of heaps, as people may be moved across them.
    """

    alike: int = 0
    smallest: int = 0
    low: int = 0
    high: int = 0
    cuts: tuple[int, ...] = ()

    def kind(self, places: ArrayLike) -> Ints:
        """For each place: 1 at a value as round as the cut (no cut itself), 2 below one, 3 above, else 0.

        >>> Heaps(alike=10, low=0, high=99, cuts=(20,)).kind([9, 10, 11, 20, 21]).tolist()
        [2, 1, 3, 0, 0]
        """
        return _kind(np.asarray(places, np.int64), self.alike, self)

    def ratio(self, at: ArrayLike, beside: ArrayLike) -> Floats:
        """People at a round place per person at a place beside one; 1 where there are none to tell from.

        >>> float(Heaps(alike=10).ratio(30, 80))
        3.0
        """
        at, beside = np.asarray(at, np.float64), np.asarray(beside, np.float64)
        told = (at > 0) & (beside > 0)
        with np.errstate(all="ignore"):
            return np.where(told, at * 2 * reach(self.alike) / beside, 1.0)

    def inside(self, first: Ints, size: int) -> Any:
        """Which bins hold a round place: they begin at ``first`` and are ``size`` places wide.

        >>> Heaps(smallest=10).inside(np.array([4, 8, 10]), 3).tolist()
        [False, True, True]
        """
        if not self.smallest:
            return np.zeros(len(first), dtype=bool)
        return -(-first // self.smallest) * self.smallest < first + size


def reach(unit: int) -> int:
    """How many places to each side of a round one it is held against.

    >>> reach(50), reach(5)
    (5, 2)
    """
    return max(min(BESIDE, (unit - 1) // 2), 1)


def heaps(places: Ints, n: Floats, cut: int, cuts: Iterable[int] = ()) -> Heaps:
    """The units that the cut is a multiple of and that people's scores are heaped on.

    >>> places, n = np.arange(1000), np.full(1000, 10.0)
    >>> n[::50] = 40
    >>> found = heaps(places, n, 650)
    >>> found.alike, found.smallest
    (50, 50)
    """
    ends = Heaps(0, 0, int(places.min()), int(places.max()), tuple(dict.fromkeys([*cuts, cut])))
    units = [unit for unit in UNITS if cut % unit == 0]
    kinds = {unit: _kind(places, unit, ends) for unit in units}
    alike = [unit for unit in units if int((kinds[unit] == 1).sum()) >= SEVERAL]
    heaped = [unit for unit in alike if _heaped(places, n, kinds[unit], unit, units)]
    return Heaps(max(alike, default=0), min(heaped, default=0), ends.low, ends.high, ends.cuts)


def _kind(places: Ints, unit: int, among: Heaps) -> Ints:
    if unit < 2:
        return np.zeros(len(places), dtype=np.int64)
    far, off = reach(unit), (places + unit // 2) % unit - unit // 2
    nearest = places - off
    inside = (nearest - far >= among.low) & (nearest + far <= among.high)
    other = inside & ~np.isin(nearest, np.array(among.cuts, np.int64))
    beside = np.abs(off) <= far
    return np.where(other & beside, np.where(off == 0, 1, np.where(off < 0, 2, 3)), 0)


def _heaped(places: Ints, n: Floats, kind: Ints, unit: int, units: list[int]) -> bool:
    """Whether multiples of a unit hold heaps, those of larger units left aside."""
    rounder = np.any(
        [places % other == 0 for other in units if other > unit] or [places != places], 0
    )
    own = (kind == 1) & ~rounder
    if not own.any():
        return False
    at, beside = n[own].sum() / own.sum(), n[kind > 1].sum() / (kind > 1).sum()
    apart = np.sqrt(at / own.sum() + beside / (kind > 1).sum())
    return bool(at > _HEAPED * beside and at - beside > _SURE * apart)

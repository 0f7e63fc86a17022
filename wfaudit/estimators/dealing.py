"""People of each kind dealt out to units by lot: what that makes one expect, with and without each unit.

A sum is a unit in a strand; it is read by how far it departs from what the shares of everybody, kind
by kind, make one expect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from collections.abc import Iterator

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.intp]
# how many count, of how many; by unit, kind and strand
Cells: TypeAlias = tuple[ArrayLike, ArrayLike, ArrayLike, ArrayLike | None, ArrayLike | None]

LIKELY = 0.02  # the share between units at which units of unlike size are weighed best
_DENSE = 20_000_000  # entries of a table that may stand in memory whole
_BLOCK = 500_000  # entries of units by kinds at a time


@dataclass(frozen=True, slots=True, eq=False)
class Mix:
    """Cells of a sum (a unit in a strand) and a kind; of sums the unit and the weight.

    Of kinds: how many people, how many count, their share, the variance of one person about it.
    """

    k: Floats
    n: Floats
    at: Ints
    kind: Ints
    of: Ints
    units: int
    people: Floats
    counted: Floats
    share: Floats
    v: Floats
    w: Floats

    def summed(self, x: Floats) -> Floats:
        """Cells summed by unit and strand."""
        return np.bincount(self.at, x, len(self.of)).astype(np.float64)

    def by_kind(self, x: Floats) -> Floats:
        """Cells summed by kind."""
        return np.bincount(self.kind, x, len(self.people)).astype(np.float64)

    @property
    def weight(self) -> Floats:
        """The weight of each cell."""
        return self.w[self.at]

    @property
    def apart(self) -> Floats:
        """By how many each sum departs from what is expected."""
        return self.summed(self.k - self.n * self.share[self.kind])

    @property
    def chances(self) -> Floats:
        """The variance of each cell when people are dealt by lot."""
        return self.n * (1 - self.n / self.people[self.kind]) * self.v[self.kind]

    @property
    def chance(self) -> Floats:
        """The variance of each sum when people are dealt by lot."""
        return self.summed(self.chances)

    @property
    def squares(self) -> float:
        """The squares of all sums, weighed."""
        return float((self.w * self.apart**2).sum())

    @property
    def expected(self) -> float:
        """What they are if people are dealt by lot."""
        return float((self.w * self.chance).sum())

    def gram(self, x: Floats) -> Any:
        """Products of cells, summed over sums, kind by kind."""
        shape = len(self.of), len(self.people)
        table: Any = csr_array((x, (self.at, self.kind)), shape=shape)
        if shape[0] * shape[1] <= _DENSE and len(x) > len(self.of):
            table = table.toarray()
        return table.T @ table


def mixed(cells: Cells) -> Mix:
    """Cells with people in them, numbered; without kinds or strands there is one of each.

    >>> mix = mixed(([2, 0, 0, 1], [3, 1, 1, 3], [1, 1, 2, 2], list("xyxy"), None))
    >>> mix.apart, mix.chance
    (array([ 0.25, -0.25]), array([0.4375, 0.4375]))
    """
    k, n = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in cells[:2]))
    held: Any = np.flatnonzero(n.ravel() > 0)
    k, n = k.ravel()[held], n.ravel()[held]
    numbers = [
        _numbered(0 * held if given is None else np.asarray(given).ravel()[held])
        for given in cells[2:]
    ]
    (unit, units), (kind, kinds), (strand, strands) = numbers
    names, at = np.unique(unit * strands + strand, return_inverse=True)
    people, counted = (np.bincount(kind, x, kinds).astype(np.float64) for x in (n, k))
    of, v = names // max(strands, 1), _about(counted, people)
    # large units show real differences best, and would drown the others if squares were summed as they are
    size = np.bincount(at, n * (v[kind] > 0), len(names))
    w = (1 + LIKELY * (size - 1)).astype(np.float64) ** -2
    return Mix(k, n, at, kind, of, units, people, counted, counted / people, v, w)


def _numbered(names: Any) -> tuple[Any, int]:
    found, numbers = np.unique(names, return_inverse=True)
    return numbers, len(found)


def _about(k: Floats, n: Floats) -> Floats:
    """Variance of one person about the share of n people of whom k count."""
    with np.errstate(all="ignore"):
        return np.where(n > 1, k * (n - k) / (n * (n - 1)), 0.0)


def covariances(mix: Mix) -> float:
    """Variance of the squares: twice the squared covariances of the sums, each with each."""
    scale = mix.v / mix.people
    met = mix.gram(np.sqrt(mix.weight) * mix.n)
    each = float(scale @ ((met * met) @ scale))
    own = mix.summed(mix.n**2 * scale[mix.kind])
    return 2 * (each + float((mix.w**2 * (mix.chance**2 - own**2)).sum()))


def without_each(mix: Mix) -> Iterator[Floats]:
    """The ratio without each unit, some units at a time: all shares are those of the others then."""
    if len(mix.of) == len(mix.n):  # every sum is of one kind
        yield _one_kind_each(mix)
        return
    n, w, unit, kinds = mix.n, mix.weight, mix.of[mix.at], len(mix.people)
    met, apart, squares = mix.gram(np.sqrt(w) * n), mix.apart, mix.squares
    met = met if isinstance(met, np.ndarray) else met.toarray()
    cross = mix.by_kind((mix.w * apart)[mix.at] * n)
    once, twice = mix.by_kind(w * n), mix.by_kind(w * n**2)
    order = np.argsort(unit, kind="stable")
    step = max(1, _BLOCK // max(kinds, 1))
    for start in range(0, mix.units, step):
        stop = min(start + step, mix.units)
        here = order[slice(*np.searchsorted(unit[order], (start, stop)))]
        place = unit[here] - start, mix.kind[here]
        mine = np.zeros((4, stop - start, kinds))
        for layer, x in zip(mine, (n, mix.k, w * n, w * n**2), strict=True):
            np.add.at(layer, place, x[here])
        people, counted = mix.people - mine[0], mix.counted - mine[1]
        with np.errstate(all="ignore"):
            moved = np.where(people > 0, counted / people - mix.share, 0.0)
            v = _about(counted, people)
            by_lot = (once - mine[2]) * v - np.where(people > 0, (twice - mine[3]) * v / people, 0)
        kept = squares - 2 * moved @ cross + ((moved @ met) * moved).sum(axis=1)
        yield (kept - _own(mix, here, moved[place], (start, stop))) / by_lot.sum(axis=1)


def _one_kind_each(mix: Mix) -> Floats:
    """The same where every sum is of one kind: however many kinds there are, each is read by itself."""
    n, w, kind, u = mix.n, mix.weight, mix.kind, mix.apart[mix.at]
    people, counted = mix.people[kind] - n, mix.counted[kind] - mix.k
    with np.errstate(all="ignore"):
        moved = np.where(people > 0, counted / people - mix.share[kind], 0.0)
        squares = [mix.by_kind(x)[kind] - x for x in (w * u**2, w * n * u, w * n**2, w * n)]
        kept = squares[0] - 2 * moved * squares[1] + moved**2 * squares[2]
        left = np.where(people > 0, squares[3] - squares[2] / people, 0.0) * _about(counted, people)
    before = mix.by_kind(w * u**2)[kind], mix.by_kind(w * mix.chances)[kind]
    unit = mix.of[mix.at]
    change = [np.bincount(unit, x, mix.units) for x in (kept - before[0], left - before[1])]
    with np.errstate(all="ignore"):
        return (mix.squares + change[0]) / (mix.expected + change[1])


def _own(mix: Mix, here: Ints, moved: Floats, units: tuple[int, int]) -> Floats:
    """The squares of the units left out, held against the shares of the others."""
    departs = mix.apart - np.bincount(mix.at[here], mix.n[here] * moved, len(mix.of))
    mine = (mix.of >= units[0]) & (mix.of < units[1])
    return np.bincount(
        mix.of[mine] - units[0], (mix.w * departs**2)[mine], units[1] - units[0]
    ).astype(np.float64)

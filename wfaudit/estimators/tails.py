"""How many of a unit's people count, if each has a chance of their own: how likely so few, so many.

The count is a sum of unlike chances (a Poisson-binomial); of like chances, it is a binomial. Tails
are exact: by the incomplete beta function where a unit's chances are alike, else by multiplying out
every person's chance. Tails under 1e-43 are told by the saddlepoint (Daniels 1987, with the second
correction for whole numbers), whose deviate is right to one part in a thousand there. All tails are
logarithms, so that what is far out doesn't turn into 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, expit, log_ndtr, logit

if TYPE_CHECKING:
    from collections.abc import Callable

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.intp]
Part: TypeAlias = tuple[int, Floats]  # the first count, and the chances from there on

FAR = -99.0  # log of the chance under which a tail is told by the saddlepoint
_NONE = 1e-60  # chances of a count so small are left out
_BLOCK, _STEPS, _WIDE = 16, 70, 700.0
_ALIKE, _SHARED = 4, 4096  # people whose one chance is told once for all units; such cells kept


@dataclass(frozen=True, slots=True, eq=False)
class Crowds:
    """The people of each unit in cells of one chance, and what is expected of their count.

    ``unit``, ``p`` and ``n`` are the cells; ``people``, ``mean`` and ``sd`` stand one for each unit
    (not-a-number where a cell can't be read). ``below`` and ``above`` are exact log tails of units
    with unlike chances, one after the other: ``size`` counts of a unit from ``first`` on, ``start``
    being where they stand.
    """

    unit: Ints
    p: Floats
    n: Floats
    people: Floats
    mean: Floats
    sd: Floats
    first: Ints
    size: Ints
    start: Ints
    below: Floats
    above: Floats


def crowds(p: ArrayLike, n: ArrayLike, unit: ArrayLike | None = None) -> Crowds:
    """Units of people with chances: n people of chance p in each cell.

    The first axis is the units, unless ``unit`` numbers them from 0 for each cell. Give all people
    one chance to compare units with the share of everybody, or each cell the chance of people of
    its kind, to compare units whose people differ.

    >>> units = crowds([0.1, 0.5], [[40, 10], [10, 40]])
    >>> units.people, units.mean
    (array([50., 50.]), array([ 9., 21.]))
    """
    p, n = np.broadcast_arrays(np.asarray(p, np.float64), np.atleast_1d(np.asarray(n, np.float64)))
    rows = np.arange(len(n)).reshape(-1, *[1] * (n.ndim - 1)) if unit is None else unit
    of = np.broadcast_to(np.asarray(rows, np.intp), n.shape).ravel()
    p, n, count = p.ravel(), n.ravel(), int(of.max(initial=-1)) + 1
    good = (n >= 0) & (n < np.inf) & (n == np.rint(n)) & (((p >= 0) & (p <= 1)) | (n == 0))
    spoilt = np.bincount(of, ~good, count) > 0
    kept = np.flatnonzero((n > 0) & ~spoilt[of])
    kept = kept[np.lexsort((p[kept], of[kept]))]
    of, p, n = of[kept], p[kept], n[kept]
    sums = [
        np.where(spoilt, np.nan, np.bincount(of, x, count)) for x in (n, n * p, n * p * (1 - p))
    ]
    return Crowds(of, p, n, sums[0], sums[1], np.sqrt(sums[2]), *_exact(of, p, n, count))


def log_at_most(units: Crowds, k: ArrayLike, needed: ArrayLike = -np.inf) -> Floats:
    """Log chance of k or fewer in each unit; -inf where it is 0, or far under what is ``needed``.

    >>> np.exp(log_at_most(crowds([0.5, 0.5], [2, 3]), [0, 2])).round(4)
    array([0.25 , 0.875])
    """
    k = np.floor(np.asarray(k, np.float64)) + 0 * units.people
    told = _told(units, k, units.below, lambda k, n, p: betainc(n - k, k + 1, 1 - p), False)
    return _deepened(units, units.p, k, told, needed)


def log_more(units: Crowds, k: ArrayLike, needed: ArrayLike = -np.inf) -> Floats:
    """Log chance of more than k in each unit; -inf where it is 0, or far under what is ``needed``.

    >>> np.exp(log_more(crowds([0.5, 0.5], [2, 3]), [0, 2])).round(4)
    array([0.75 , 0.125])
    """
    k = np.floor(np.asarray(k, np.float64)) + 0 * units.people
    told = _told(units, k, units.above, lambda k, n, p: betainc(k + 1, n - k, p), True)
    return _deepened(units, 1 - units.p, units.people - k - 1, told, needed)


def _exact(of: Ints, p: Floats, n: Floats, count: int) -> tuple[Ints, Ints, Ints, Floats, Floats]:
    """Log tails of units with unlike chances, as `Crowds` holds them."""
    ends = np.searchsorted(of, np.arange(count + 1))
    first, size = np.zeros(count, np.intp), np.zeros(count, np.intp)
    held: list[Floats] = []
    alike = lru_cache(_SHARED)(_alike)  # units of like size share such cells
    for unit in range(count):
        cells = slice(ends[unit], ends[unit + 1])
        if p[cells].size and p[cells][0] < p[cells][-1]:
            first[unit], chances = _multiplied(p[cells], n[cells].astype(np.intp), alike)
            size[unit] = len(chances)
            held.append(chances)
    with np.errstate(divide="ignore"):
        below = [np.log(np.minimum(np.cumsum(x), 1.0)) for x in held]
        after = [np.append(np.cumsum(x[:0:-1])[::-1], 0.0) for x in held]
        above = [np.log(np.minimum(x, 1.0)) for x in after]
    start = np.concatenate([np.zeros(1, np.intp), np.cumsum(size)[:-1]])[:count]
    none = np.zeros(0)
    return first, size, start, np.concatenate([none, *below]), np.concatenate([none, *above])


def _multiplied(p: Floats, n: Ints, alike: Callable[[float, int], Part]) -> Part:
    """The first count that is not next to impossible, and the chances from there on."""
    many = n >= _ALIKE
    parts = [alike(*cell) for cell in zip(p[many].tolist(), n[many].tolist(), strict=True)]
    return _joined(parts if many.all() else parts + _one_by_one(np.repeat(p[~many], n[~many])))


def _alike(p: float, n: int) -> Part:
    """The same for n people of one chance."""
    return _joined(_one_by_one(np.full(n, p)))


def _one_by_one(p: Floats) -> list[Part]:
    """The same for each block of people, every person's chance multiplied out."""
    blocks = np.append(p, np.zeros(-len(p) % _BLOCK)).reshape(-1, _BLOCK)
    chances = np.zeros((len(blocks), _BLOCK + 1))
    chances[:, 0] = 1.0
    for one in blocks.T[:, :, None]:
        stay = chances * (1 - one)
        stay[:, 1:] += chances[:, :-1] * one
        chances = stay
    return [_trimmed(0, row) for row in chances]


def _joined(parts: list[Part]) -> Part:
    """The same for all people of some parts together."""
    while len(parts) > 1:
        rest = [parts[-1]] if len(parts) % 2 else []
        pairs = zip(parts[::2], parts[1::2], strict=False)
        parts = [_trimmed(a + b, np.convolve(x, y)) for (a, x), (b, y) in pairs] + rest
    return parts[0]


def _trimmed(first: int, chances: Floats) -> Part:
    (some,) = (chances > _NONE).nonzero()
    return first + int(some[0]), chances[some[0] : some[-1] + 1]


def _told(
    units: Crowds,
    k: Floats,
    held: Floats,
    alike: Callable[[Floats, Floats, Floats], Floats],
    certain: bool,
) -> Floats:
    """Exact log tails at k; whether one of fewer than nobody is ``certain``, or impossible."""
    inside = (k >= 0) & (k < units.people)
    with np.errstate(all="ignore"):
        tail = alike(k, units.people, _only_chance(units))
        logs = np.log(np.where(inside, tail, (k < 0) == certain))
    mixed = np.flatnonzero(units.size)
    at, last = k[mixed] - units.first[mixed], units.size[mixed] - 1
    place = units.start[mixed] + np.clip(np.nan_to_num(at), 0, last).astype(np.intp)
    beyond = np.where((at < 0) == certain, 0.0, -np.inf)
    logs[mixed] = np.where((at >= 0) & (at < last), held[place], beyond)
    return np.where(np.isnan(k), np.nan, logs)


def _only_chance(units: Crowds) -> Floats:
    """The chance of the people of each unit whose chances are alike."""
    chance = np.zeros(len(units.people))
    chance[units.unit] = units.p
    return chance


def _deepened(units: Crowds, p: Floats, k: Floats, told: Floats, needed: ArrayLike) -> Floats:
    """Log chances of k or fewer, those that are far out by the saddlepoint."""
    sure = np.bincount(units.unit, units.n * (p >= 1), len(k))
    deep = np.flatnonzero((told < FAR) & (np.asarray(needed) < FAR + 9) & (k >= sure))
    if deep.size:
        told[deep] = _saddlepoint(units, p, k, deep)
    return told


def _saddlepoint(units: Crowds, p: Floats, k: Floats, which: Ints) -> Floats:
    """Log chance of k or fewer in the units named, far below what is expected."""
    cells = np.flatnonzero(np.isin(units.unit, which))
    of, p, n = np.searchsorted(which, units.unit[cells]), p[cells], units.n[cells]
    with np.errstate(divide="ignore"):
        odds, no, yes, x = logit(p), np.log1p(-p), np.log(p), k[which] + 0.5

    def summed(value: Any) -> Any:
        return np.bincount(of, n * value, len(which))

    low, high = np.full(len(which), -_WIDE), np.zeros(len(which))
    for _ in range(_STEPS):
        middle = (low + high) / 2
        small = summed(expit(odds + middle[of])) < x
        low, high = np.where(small, middle, low), np.where(small, high, middle)
    s = (low + high) / 2
    share = expit(odds + s[of])
    log_moment = summed(np.logaddexp(no, yes + s[of]))
    r = -np.sqrt(2 * (s * x - log_moment))
    u = 2 * np.sinh(s / 2) * np.sqrt(summed(share * (1 - share)))
    return log_ndtr(r + np.log(u / r) / r)

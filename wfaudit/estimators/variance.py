"""How much of a yes or no is who decides: the share of its variance that lies between units.

Cells hold k of n people of a unit (a caseworker, an office) and, where people come in profiles of
identical facts, of one profile. Units are compared within each profile and the sums of squares added
up over profiles, so that no unit is held to account for whom it was sent. A profile that only one
unit met tells nothing and is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from wfaudit.estimators.clusters import FEWEST
from wfaudit.estimators.estimates import first_reason
from wfaudit.estimators.grid import NOT_COUNTS, whole
from wfaudit.estimators.shrinkage import most_likely

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.intp]

_CLOSE = 1e-9  # squares under it are rounding errors


@dataclass(frozen=True, slots=True)
class Share:
    """Share of the variance that lies between units, its limits, and from how many it is read.

    ``between`` and ``within`` are the two variances; a note says why there are no limits.
    """

    estimate: float
    low: float
    high: float
    between: float
    within: float
    units: int
    profiles: int
    people: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shuffled:
    """How far units lie apart, how far they would if dealt people by lot, and how rarely as far."""

    statistic: float
    expected: float
    p: float
    runs: int


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """One cell for each unit in each profile; both numbered from 0."""

    k: Floats
    n: Floats
    unit: Ints
    profile: Ints
    units: int
    profiles: int


def between_units(
    k: ArrayLike,
    n: ArrayLike,
    unit: ArrayLike | None = None,
    profile: ArrayLike | None = None,
    level: float = 0.95,
) -> Share:
    """Share of the variance that lies between units (intra-class correlation), within profiles.

    By analysis of variance (Donner 1986); without ``unit`` each cell is one, without
    ``profile`` all people are alike. Under 0 where units are more alike than chance makes them. The
    limits are those of the ratio of the mean squares: a jackknife over units on its logarithm, with
    t on two degrees of freedom less than units. Nothing is assumed of how units' shares are spread.

    Where 3 in 10 count and the true share is .1, 95 % limits held it in .93 to .95 of draws of 40
    units of 50 or 200 of 20 people, whether units' shares spread as a beta or a logit-normal, lay at
    two points or sizes were very uneven; within profiles in .95 to .96. Where 1 in 20 counts and a
    few units hold most of them, in .79 to .94 and .86 to .95: they then say too little.

    >>> found = between_units([2, 9, 5, 4, 8, 1, 6, 3], [10] * 8)
    >>> f"{found.estimate:.3f} {found.low:.3f} {found.high:.3f}"
    '0.229 0.003 0.587'
    """
    cells = _cells(k, n, unit, profile)
    own, sums = _own(cells), _sums(cells, _own(cells))
    parts = _parts(sums)
    total = parts.sum(axis=1)
    with np.errstate(all="ignore"):
        ratio, size, between, within = _squares(total)
        change = _parts(sums[:, cells.profile] - own) - parts[:, cells.profile]
        by_unit: Any = [np.bincount(cells.unit, x, cells.units) for x in change]
        left = np.log(_squares(total[:, None] + np.array(by_unit))[0])
        spread = (1 - 1 / max(cells.units, 1)) * np.square(left - np.log(ratio)).sum()
        note = _why_not(k, n, cells, total, float(spread))
        half = stdtrit(max(cells.units - 2, 1), (1 + level) / 2) * np.sqrt(spread)
        half = np.nan if note else half
        told = np.array([1.0, np.exp(-half), np.exp(half)]) * ratio
        shares = np.where(np.isinf(told), 1.0, (told - 1) / (told - 1 + size))
    found, low, high = (float(share) for share in shares)
    sizes = cells.units, cells.profiles, int(cells.n.sum())
    return Share(found, low, high, float(between), float(within), *sizes, note)


def betabinomial_share(k: ArrayLike, n: ArrayLike) -> float:
    """The same share by maximum likelihood, if units' shares follow a beta distribution.

    For comparison; it has no limits that hold where shares are spread otherwise.

    >>> round(betabinomial_share([2, 9, 5, 4, 8, 1, 6, 3], [10] * 8), 3)
    0.185
    """
    return 1 / (1 + most_likely(k, n)[1])


def shuffled(
    k: ArrayLike,
    n: ArrayLike,
    unit: ArrayLike | None = None,
    profile: ArrayLike | None = None,
    runs: int = 999,
    seed: int = 0,
) -> Shuffled:
    """Whether units differ at all: people of each profile are dealt out anew, ``runs`` times.

    The statistic is that of Tarone (1979), (k - n p)^2 / (p (1 - p)) summed over cells, p being the
    share of everybody in the profile. It finds differences more often than the usual chi-square
    where units are of unequal size. ``expected`` is its exact mean over all ways to deal. The
    p-value counts what happened as one of the deals, and never says less than it should.

    >>> found = shuffled([2, 9, 5, 4, 8, 1, 6, 3], [10] * 8)
    >>> f"{found.statistic:.0f} {found.expected:.0f} {found.p:.3f}"
    '223 71 0.003'
    """
    cells = _cells(k, n, unit, profile)
    rng = np.random.default_rng(seed)
    seen, expected, dealt = 0.0, 0.0, np.zeros(runs)
    order = np.argsort(cells.profile, kind="stable")
    for at in np.split(order, np.cumsum(np.bincount(cells.profile))[:-1]) if order.size else []:
        k_at, n_at = cells.k[at], cells.n[at]
        people, counted = n_at.sum(), k_at.sum()
        if 0 < counted < people:
            deals = rng.multivariate_hypergeometric(n_at.astype(np.int64), int(counted), runs)
            mean, scale = n_at * (counted / people), people**2 / (counted * (people - counted))
            seen += float(scale * np.square(k_at - mean).sum())
            dealt += scale * np.square(deals - mean).sum(axis=1)
            expected += float((n_at * (people - n_at)).sum() / (people - 1))
    if expected == 0 or _spoilt(k, n):
        return Shuffled(np.nan, np.nan, np.nan, 0)
    as_far = int((dealt >= seen * (1 - _CLOSE)).sum())
    return Shuffled(seen, expected, (1 + as_far) / (1 + runs), runs)


def _spoilt(k: ArrayLike, n: ArrayLike) -> bool:
    k, n = np.broadcast_arrays(whole(k), whole(n))
    return not bool((k <= n).all())


def _cells(k: ArrayLike, n: ArrayLike, unit: ArrayLike | None, profile: ArrayLike | None) -> _Cells:
    """Cells of profiles that several units met, each unit once in a profile."""
    k, n = np.broadcast_arrays(np.asarray(k, np.float64), np.asarray(n, np.float64))
    held: Any = np.flatnonzero(n.ravel() > 0)
    k, n = k.ravel()[held], n.ravel()[held]
    of, units = _numbered(held if unit is None else np.asarray(unit).ravel()[held])
    at, _ = _numbered(0 * held if profile is None else np.asarray(profile).ravel()[held])
    cell, _ = _numbered(at * units + of)
    first = np.unique(cell, return_index=True)[1]
    sums: Any = [np.bincount(cell, x, len(first)) for x in (k, n)]
    at, of = at[first], of[first]
    kept = np.flatnonzero(np.bincount(at)[at] > 1) if at.size else at
    (of, units), (at, profiles) = _numbered(of[kept]), _numbered(at[kept])
    return _Cells(sums[0][kept], sums[1][kept], of, at, units, profiles)


def _numbered(names: Any) -> tuple[Any, int]:
    found, numbers = np.unique(names, return_inverse=True)
    return numbers, len(found)


def _own(cells: _Cells) -> Floats:
    """What each cell adds to the sums of its profile."""
    k, n = cells.k, cells.n
    return np.array([np.ones_like(k), n, k, k**2 / n, n**2])


def _sums(cells: _Cells, own: Floats) -> Any:
    return np.array([np.bincount(cells.profile, x, cells.profiles) for x in own])


def _parts(sums: Floats) -> Floats:
    """Squares and degrees of freedom between and within units, and the sizes, of each profile."""
    cells, people, k, share, square = sums
    with np.errstate(all="ignore"):
        between, within = share - k**2 / people, k - share
        size = people - square / people
    parts = np.array([between, cells - 1, size, within, people - cells])
    return np.where(cells > 1, parts, 0.0)


def _squares(parts: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Ratio of mean squares, usual size of a cell, variance between units, variance within."""
    between, df, size, within, rest = np.where(np.abs(parts) < _CLOSE, 0.0, parts)
    one, other = between / df, within / rest
    return one / other, size / df, (one - other) * df / size, other


def _why_not(k: ArrayLike, n: ArrayLike, cells: _Cells, total: Floats, spread: float) -> str:
    between, df, _, within, rest = total
    reason = first_reason(
        (_spoilt(k, n), NOT_COUNTS),
        (df == 0, "no two units to compare"),
        (rest == 0, "no unit met two people of a profile: nothing to compare with"),
        (between + within < _CLOSE, "all or none: nothing varies"),
        (cells.units < FEWEST, f"{cells.units} units: fewer than {FEWEST}, no interval"),
        (within < _CLOSE, "nothing varies within a unit: no interval"),
        (not np.isfinite(spread), "nothing varies without one unit: no interval"),
        (spread == 0, "the units do not vary: no interval"),
    )
    return str(reason)

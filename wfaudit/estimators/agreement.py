"""How far two sides agree beyond chance: kappa, weighted kappa, AC1 and their standard errors.

A square table of counts goes in: rows what one side said, columns what the other said, in the same
order of categories. Leading axes are tables of their own, so one call serves many groups.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from wfaudit.estimators.estimates import Estimate, Floats, Texts, deviate, first_reason

Weights: TypeAlias = Literal["same", "linear", "quadratic"]

FEWEST = 10  # people
_TINY = 1e-12  # what rounding leaves of nothing
BOTH = 5  # people whom both sides put outside the commonest category, seen or expected by chance


def percent_agreement(table: ArrayLike) -> Floats:
    """Share of people of whom both sides say the same; not-a-number where nobody is counted.

    >>> print(f"{percent_agreement([[88, 14, 18], [10, 40, 10], [2, 6, 12]]):.2f}")
    0.70
    """
    return np.asarray(_agreed(*_shares(table)))


def pabak(table: ArrayLike) -> Floats:
    """Agreement beyond chance if every category were as common as any other.

    (q x agreement - 1) / (q - 1) for q categories: prevalence- and bias-adjusted kappa (Byrt et al.
    1993), for more than two categories Brennan and Prediger's (1981). A limit for the share that
    agrees becomes a limit of this in the same way.

    >>> print(f"{pabak([[13, 0, 0], [0, 20, 7], [0, 4, 56]]):.3f}")
    0.835
    """
    q = np.shape(table)[-1]
    return np.asarray((q * percent_agreement(table) - 1) / (q - 1))


def kappa(table: ArrayLike, weights: Weights = "same", level: float = 0.95) -> Estimate:
    """Cohen's kappa (1960), or weighted kappa for ordered categories (1968).

    Weights fall with the distance between categories: "linear" (equal spacing) or "quadratic".
    Standard error of Fleiss, Cohen and Everitt (1969), limits on Fisher's z scale. Kappa is low
    where one category is common, however well both agree: print `percent_agreement` beside it. A
    note and no interval for fewer than 10 people, where nothing varies, and where fewer than 5
    people are, or would be by chance, put outside the commonest category by both.

    >>> found = kappa([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
    >>> print(f"{found.estimate:.4f} {found.se:.4f} {found.low:.3f} {found.high:.3f}")
    0.4915 0.0510 0.385 0.585
    """
    shares, n = _shares(table)
    weight = _weights(shares.shape[-1], weights)
    with np.errstate(all="ignore"):
        rows, columns = shares.sum(axis=-1), shares.sum(axis=-2)
        chance = np.einsum("...i,ij,...j", rows, weight, columns)
        seen = (shares * weight).sum(axis=(-2, -1))
        estimate = (seen - chance) / (1 - chance)
        pull = (columns @ weight.T)[..., :, None] + (rows @ weight)[..., None, :]
        se = _error(shares, n, weight - (1 - estimate)[..., None, None] * pull, chance)
        still = np.maximum(rows.max(axis=-1), columns.max(axis=-1)) > 1 - _TINY
        note = _why_not(
            estimate,
            n,
            (chance > 1 - _TINY, "both always say the same: no kappa"),
            (still, "one side never varies: no interval"),
            (_outside(shares, n) < BOTH, "too few outside the commonest category: no interval"),
        )
    return _limited(estimate, se, note, level)


def gwet_ac1(table: ArrayLike, level: float = 0.95) -> Estimate:
    """Gwet's AC1 (2008): agreement beyond chance that doesn't fall where one category is common.

    Chance agreement is taken to happen only where a case is hard to tell. Standard error of Gwet
    (2008), limits on Fisher's z scale. A note and no interval for fewer than 10 people and where
    both agree on everybody.

    >>> found = gwet_ac1([[13, 0, 0], [0, 20, 7], [0, 4, 56]])
    >>> print(f"{found.estimate:.4f} {found.se:.4f}")
    0.8493 0.0432
    """
    shares, n = _shares(table)
    q = shares.shape[-1]
    with np.errstate(all="ignore"):
        common = (shares.sum(axis=-1) + shares.sum(axis=-2)) / 2
        chance = (common * (1 - common)).sum(axis=-1) / (q - 1)
        estimate = (_agreed(shares, n) - chance) / (1 - chance)
        pull = 2 - common[..., :, None] - common[..., None, :]
        slope = (1 - estimate)[..., None, None] / (q - 1)
        se = _error(shares, n, np.eye(q) - slope * pull, chance)
        note = _why_not(estimate, n)
    return _limited(estimate, se, note, level)


def _shares(table: ArrayLike) -> tuple[Floats, Floats]:
    counts = np.asarray(table, dtype=np.float64)
    n = counts.sum(axis=(-2, -1))
    with np.errstate(all="ignore"):
        return counts / np.where(n > 0, n, np.nan)[..., None, None], n


def _agreed(shares: Floats, n: Floats) -> Floats:
    return np.where(n > 0, np.trace(shares, axis1=-2, axis2=-1), np.nan)


def _weights(q: int, weights: Weights) -> Floats:
    """Credit for a pair of categories: 1 for the same one, 0 for the two furthest apart."""
    if weights == "same":
        return np.eye(q)
    apart = np.abs(np.subtract.outer(np.arange(q), np.arange(q))) / (q - 1)
    return 1 - apart ** (2 if weights == "quadratic" else 1)


def _error(shares: Floats, n: Floats, pull: Floats, chance: Floats) -> Floats:
    """Delta method: how far moving one person's cell moves the estimate, over all people."""
    mean = (shares * pull).sum(axis=(-2, -1))
    spread = (shares * (pull - mean[..., None, None]) ** 2).sum(axis=(-2, -1))
    return np.sqrt(spread / n) / (1 - chance)


def _outside(shares: Floats, n: Floats) -> Floats:
    """People both put outside the commonest category, or who would be there by chance."""
    margins = shares.sum(axis=-1), shares.sum(axis=-2)
    top = np.argmax(margins[0] + margins[1], axis=-1)[..., None]
    row, column = (np.take_along_axis(m, top, axis=-1)[..., 0] for m in margins)
    both = np.take_along_axis(np.diagonal(shares, axis1=-2, axis2=-1), top, axis=-1)[..., 0]
    return np.round(n * np.maximum(1 - row - column + both, (1 - row) * (1 - column)), 9)


def _why_not(estimate: Floats, n: Floats, *reasons: tuple[Any, str]) -> Texts:
    few = np.char.mod("%d people: too few for an interval", n)
    return first_reason(
        (n == 0, "nobody to count"),
        (n < FEWEST, few),
        *reasons,
        (estimate > 1 - _TINY, "they always agree: no interval"),
    )


def _limited(estimate: Floats, se: Floats, note: Texts, level: float) -> Estimate:
    """Limits on Fisher's z scale, so that they stay inside -1 and 1."""
    with np.errstate(all="ignore"):
        note = first_reason((note != "", note), (~(se > _TINY), "nothing varies: no interval"))
        se = np.where(note == "", se, np.nan)
        half = deviate(level) * se / (1 - estimate**2)
        low, high = (np.tanh(np.arctanh(estimate) + side * half) for side in (-1, 1))
    return Estimate(np.asarray(estimate), se, np.asarray(low), np.asarray(high), note)

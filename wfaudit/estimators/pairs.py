"""Same facts, same decision? How often two people of one profile are decided on differently.

Cells hold n people of one profile with one decision, and of one unit (who decided, or a cluster) where
there are units. Two people of different profiles are never compared.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from wfaudit.estimators import leftout
from wfaudit.estimators.estimates import Estimate, deviate, first_reason
from wfaudit.estimators.leftout import SHARE, LeftOut

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.intp]

FEWEST = 8  # people who share a profile with somebody
_ALONE = "no two people of one profile"
_ALL = "all or none of the pairs: no interval"


def apart(n: ArrayLike, profile: ArrayLike, decision: ArrayLike, level: float = 0.95) -> Estimate:
    """Share of pairs of one profile with two decisions, where people are unrelated.

    Limits are a jackknife over people on the log odds.

    >>> found = apart([8, 2, 6, 4], [0, 0, 1, 1], [0, 1, 0, 1])
    >>> f"{found.estimate:.3f} {found.low:.3f} {found.high:.3f}"
    '0.444 0.253 0.654'
    """
    size, at, _ = _cells(n, profile, decision)
    people = np.bincount(at, size)[at] if len(at) else size
    total = np.float64(size[people > 1].sum())
    differ, pairs = ((size * others).sum() for others in (people - size, people - 1))
    with np.errstate(all="ignore"):
        found = differ / pairs
        # without one person, the pairs that hold him or her are gone, each counted from both sides
        left = (differ - 2 * (people - size)) / (pairs - 2 * (people - 1))
        moved = np.where(people > 1, logit(left) - logit(found), 0.0)
        se = np.sqrt((total - 1) / total * (size * moved**2).sum())
        note = first_reason(
            (not pairs, _ALONE), (not 0 < found < 1, _ALL), (not np.isfinite(se), _ALL),
            (total < FEWEST, f"{total:.0f} people: fewer than {FEWEST}, no interval"),
        )  # fmt: skip
        se = np.where(note == "", se, np.nan)
        low, high = (expit(logit(found) + arm * deviate(level) * se) for arm in (-1, 1))
    return Estimate(np.asarray(found), se, np.asarray(low), np.asarray(high), note)


def apart_over(
    n: ArrayLike, profile: ArrayLike, decision: ArrayLike, unit: ArrayLike, level: float = 0.95
) -> LeftOut:
    """The same share of any two people, of two people of one unit, and of two people of two units.

    Limits are a jackknife that leaves out a unit at a time.

    >>> n, unit = [3, 1, 1, 3, 2, 2, 4, 1] * 2, np.repeat(np.arange(8), 2)
    >>> found = apart_over(n, [0] * 16, [0, 1] * 8, unit)
    >>> found.estimate.round(3), found.low.round(3)
    (array([0.499, 0.5  , 0.499]), array([0.42 , 0.405, 0.415]))
    """
    size, at, choice, of = _cells(n, profile, decision, unit)
    whole, left = _tables(size, at, choice, of)
    found = leftout.left_out(leftout.share(*whole), [leftout.share(*left)], SHARE, level)
    with np.errstate(all="ignore"):
        return replace(found, estimate=whole[0] / whole[1])  # none, or all, is a share too


def _cells(n: ArrayLike, *names: ArrayLike) -> tuple[Any, ...]:
    """Cells with somebody in them, each once; names numbered from 0."""
    size = np.asarray(n, np.float64).ravel()
    held: Any = np.flatnonzero(size > 0)
    codes = [np.unique(np.asarray(name).ravel()[held], return_inverse=True)[1] for name in names]
    widths = [int(code.max(initial=0)) + 1 for code in codes]
    flat = np.ravel_multi_index(codes, widths) if len(held) else held
    cell, back = np.unique(flat, return_inverse=True)
    parts = np.unravel_index(cell, widths) if len(held) else [cell] * len(names)
    return np.bincount(back, size[held], len(cell)).astype(np.float64), *parts


def _tables(size: Floats, at: Ints, choice: Ints, of: Ints) -> tuple[Any, Any]:
    """Pairs that differ, and pairs: of any two, of one unit, of two units; and the same without each unit."""
    units, width = int(of.max(initial=-1)) + 1, int(at.max(initial=0)) + 1
    met, place = np.unique(of * width + at, return_inverse=True)
    mine = np.bincount(place, size, len(met))
    every = np.bincount(at, size, width)
    alike, cell = np.unique(at * (int(choice.max(initial=0)) + 1) + choice, return_inverse=True)
    so = np.bincount(cell, size, len(alike))
    inside = mine**2 - np.bincount(place, size**2, len(met)), mine * (mine - 1)
    # what is gone with a unit: the pairs that have one or both of their people in it
    squares = np.bincount(place, 2 * so[cell] * size - size**2, len(met))
    there = every[met % width]
    gone = 2 * there * mine - mine**2 - squares, 2 * there * mine - mine**2 - mine
    own, lost = (
        np.array([np.bincount(met // width, x, units) for x in both]) for both in (inside, gone)
    )
    whole = np.array([every @ every - so @ so, every @ every - every.sum()])
    all_of = np.stack([whole, own.sum(axis=1), whole - own.sum(axis=1)], axis=-1)
    rest = np.stack([whole[:, None] - lost, own.sum(axis=1)[:, None] - own], axis=-1)
    return all_of, np.concatenate([rest, rest[..., :1] - rest[..., 1:]], axis=-1)

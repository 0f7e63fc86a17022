"""Numbers read from sums: shares, their gaps, gaps within strata; with limits, and without each cluster."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from wfaudit.estimators import leftout
from wfaudit.estimators.differences import armed
from wfaudit.estimators.estimates import Estimate, first_reason
from wfaudit.estimators.intervals import newcombe, wilson
from wfaudit.estimators.leftout import Read, Scale
from wfaudit.estimators.strata import adjusted_gap
from wfaudit.estimators.stratified import pooled_gap, strata
from wfaudit.measures.gathered import Floats
from wfaudit.measures.made import NOBODY

Columns: TypeAlias = Floats  # what is summed, on the last axis; anything before it
Part: TypeAlias = Callable[[Columns], Floats]
NO_SIDE = "nobody to count on one side"
WHY = (NOBODY, NO_SIDE)
NEWCOMBE = "Newcombe hybrid score interval for a difference"
STRATIFIED = "stratified score interval (Miettinen and Nurminen)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """Something read from sums: with its limits, without each cluster, and among how many people.

    All take the place of the label that is asked for.
    """

    of: Callable[[Columns, int, float], Estimate]
    read: Callable[[Columns, int], Read]
    people: Part
    scale: Scale = leftout.NUMBER
    k: Part | None = None  # who counts, where it is a plain share


def share_of(k: Part, n: Part) -> Number:
    """The share that one part of the columns is of another.

    >>> first, second = (lambda columns: columns[..., 0]), (lambda columns: columns[..., 1])
    >>> share_of(first, second).of(np.array([[1.0, 4.0]]), 0, 0.95).low.round(3)
    array([0.046])
    """

    def of(columns: Columns, _: int, level: float) -> Estimate:
        counted, people = k(columns), n(columns)
        with np.errstate(all="ignore"):
            low, high = wilson(counted, people, level)
            note = np.where(people > 0, "", NOBODY)
            return Estimate(counted / people, np.full_like(low, np.nan), low, high, note)

    def read(columns: Columns, _: int) -> Read:
        return leftout.share(k(columns), n(columns))

    return Number(of=of, read=read, people=n, scale=leftout.SHARE, k=k)


def over_clusters(read: Callable[[Columns, int], Read], people: Part, scale: Scale) -> Number:
    """A number that is asked of clusters only, so that there are no limits of unrelated people."""

    def of(*_: object) -> Estimate:
        raise NotImplementedError("this number is told over clusters only")

    return Number(of=of, read=read, people=people, scale=scale)


def part(*at: int) -> Part:
    """Some columns added up.

    >>> part(0, 2)(np.array([1, 2, 4]))
    np.int64(5)
    """
    return lambda columns: columns[..., list(at)].sum(axis=-1)


def of_two_shares() -> Number:
    """The share of columns 0 of 1 less that of 2 of 3, of unrelated people."""

    def of(columns: Columns, _: int, level: float) -> Estimate:
        k, n, k_ref, n_ref = np.moveaxis(columns, -1, 0)
        with np.errstate(all="ignore"):
            low, high = newcombe(k, n, k_ref, n_ref, level)
            value = k / n - k_ref / n_ref
        note = np.where((n > 0) & (n_ref > 0), "", NO_SIDE)
        return Estimate(value, np.full_like(low, np.nan), low, high, note)

    def read(columns: Columns, _: int) -> Read:
        return leftout.share_gap(*np.moveaxis(columns, -1, 0))

    return Number(of=of, read=read, people=part(1, 3), scale=leftout.GAP)


def within_strata(people: Part, weigh: Part | None = None, why: tuple[str, str] = WHY) -> Number:
    """The gap of two shares within strata, pooled; ``weigh`` says how many times it is told.

    Of each stratum there are four columns, as in ``of_two_shares``. Score limits of the gap pooled as by
    Mantel and Haenszel. ``why`` says why there is none: nobody at all, or nobody on one side.
    """
    times = weigh or (lambda columns: np.ones(columns.shape[:-1]))

    def of(columns: Columns, _: int, level: float) -> Estimate:
        k, n, k_ref, n_ref = by_stratum(columns)
        found, told = adjusted_gap(k, n, k_ref, n_ref, level), times(columns)
        alone = found.note != ""
        note = first_reason((people(columns) == 0, why[0]), (alone, why[1]))
        return armed(told * found.estimate, told * found.low, told * found.high, level, note)

    def read(columns: Columns, _: int) -> Read:
        counts = strata(*by_stratum(columns))
        with np.errstate(all="ignore"):
            return times(columns) * pooled_gap(counts, counts.usual), people(columns)[None]

    return Number(of=of, read=read, people=people)


def by_stratum(columns: Columns) -> tuple[Floats, ...]:
    """Four counts of each stratum: who counts and among how many, on one side and on the other.

    >>> [x.tolist() for x in by_stratum(np.arange(8))]
    [[0, 4], [1, 5], [2, 6], [3, 7]]
    """
    parted = columns.reshape(*columns.shape[:-1], -1, 4)
    return tuple(parted[..., at] for at in range(4))

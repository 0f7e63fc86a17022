"""Ordered tiers by group: who lands higher, the share in each tier or above, and steps apart.

Counts go in: how many people of a group are in each tier, lowest tier first. Everything is vectorised
over leading axes, so a table of groups x tiers against one reference gives one answer a group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit, stdtrit

from wfaudit.estimators.estimates import Estimate, Floats, Texts, first_reason

FEWEST = 10  # people on each side
APART = 3  # people outside the commonest tier


@dataclass(frozen=True, slots=True, eq=False)
class Superiority(Estimate):
    """How often one of the group lands above one of the reference, with degrees of freedom."""

    df: Floats


class Steps(NamedTuple):
    """Shares of all people by how many tiers the second tier lies from the first."""

    same: Floats
    one_up: Floats
    one_down: Floats
    more_up: Floats
    more_down: Floats


def chance_higher(counts: ArrayLike, counts_ref: ArrayLike) -> Floats:
    """The chance of ``superiority``, without an error; not-a-number where a side has nobody.

    >>> print(f"{chance_higher([1, 0, 2], [2, 1, 1]):.3f}")
    0.667
    """
    counts, counts_ref = _floats(counts), _floats(counts_ref)
    with np.errstate(all="ignore"):
        over = _beaten(counts_ref, counts_ref.sum(axis=-1))
        return np.asarray((counts * over).sum(axis=-1) / counts.sum(axis=-1))


def superiority(counts: ArrayLike, counts_ref: ArrayLike, level: float = 0.95) -> Superiority:
    """Chance that one of the group is in a higher tier than one of the reference, ties half.

    P(X > Y) + P(X = Y) / 2, by midranks (Mann and Whitney 1947), with the variance of DeLong et
    al. (1988), which is that of Brunner and Munzel (2000), and their degrees of freedom; t limits
    on the logit scale. One half means that neither lands higher. A note and no interval where a
    side has fewer than 10 people, or fewer than 3 outside its commonest tier, or where the tiers
    overlap so little that (people x chance) is under 3: measured, the interval is too short there.

    >>> found = superiority([[10, 20, 30], [25, 20, 15]], [30, 20, 10])
    >>> found.estimate.round(3), found.low.round(3), found.high.round(3)
    (array([0.722, 0.556]), array([0.627, 0.458]), array([0.801, 0.649]))
    """
    counts, counts_ref = np.broadcast_arrays(_floats(counts), _floats(counts_ref))
    estimate = chance_higher(counts, counts_ref)
    with np.errstate(all="ignore"):
        n, n_ref = counts.sum(axis=-1), counts_ref.sum(axis=-1)
        over, under = _beaten(counts_ref, n_ref), 1 - _beaten(counts, n)
        parts = _spread(counts, n, over, estimate), _spread(counts_ref, n_ref, under, estimate)
        se = np.sqrt(parts[0] + parts[1])
        df = se**4 / (parts[0] ** 2 / (n - 1) + parts[1] ** 2 / (n_ref - 1))
        note = _why_not(counts, counts_ref, estimate)
        half = np.where(note == "", stdtrit(df, (1 + level) / 2) * se, np.nan)
        half = half / (estimate * (1 - estimate))
        low, high = expit(logit(estimate) - half), expit(logit(estimate) + half)
    se, df = (np.where(note == "", value, np.nan) for value in (se, df))
    return Superiority(estimate, se, low, high, note, df)


def cumulative(counts: ArrayLike) -> Floats:
    """Share of a group in each tier or a higher one; not-a-number where nobody is counted.

    >>> cumulative([50, 30, 20])
    array([1. , 0.5, 0.2])
    """
    counts = _floats(counts)
    with np.errstate(all="ignore"):
        above = np.flip(np.cumsum(np.flip(counts, axis=-1), axis=-1), axis=-1)
        return above / counts.sum(axis=-1, keepdims=True)


def adjacent_errors(table: ArrayLike) -> Steps:
    """Shares of people whose column's tier is their row's, one step up or down, or further.

    Rows are the tier advised or forecast, columns the tier decided or that came true, both lowest
    first; "up" is a column above its row. Not-a-number where nobody is counted.

    >>> adjacent_errors([[88, 14, 18], [10, 40, 10], [2, 6, 12]]).one_up
    array(0.12)
    """
    table = _floats(table)
    tiers = np.arange(table.shape[-1])
    step = tiers[None, :] - tiers[:, None]
    with np.errstate(all="ignore"):
        everybody = table.sum(axis=(-2, -1))
        where = (step == 0, step == 1, step == -1, step > 1, step < -1)
        return Steps(*(np.asarray((table * at).sum(axis=(-2, -1)) / everybody) for at in where))


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)


def _beaten(counts: Floats, n: Floats) -> Floats:
    """For each tier, the share of a group that lies below it, those in it counting half."""
    return (np.cumsum(counts, axis=-1) - counts / 2) / n[..., None]


def _spread(counts: Floats, n: Floats, chance: Floats, mean: Floats) -> Floats:
    """Variance of the mean chance over the people of one side."""
    return (counts * (chance - mean[..., None]) ** 2).sum(axis=-1) / (n - 1) / n


def _why_not(counts: Floats, counts_ref: Floats, estimate: Floats) -> Texts:
    sides = np.stack([counts, counts_ref])
    n = sides.sum(axis=-1)
    fewest, apart = n.min(axis=0), (n - sides.max(axis=-1)).min(axis=0)
    overlap = fewest * np.minimum(estimate, 1 - estimate)
    return first_reason(
        (fewest == 0, "nobody to count"),
        (fewest < FEWEST, np.char.mod("%d people: too few for an interval", fewest)),
        (apart == 0, "everybody in one tier: no interval"),
        (apart < APART, "almost everybody in one tier: no interval"),
        (overlap < APART, "too little overlap of tiers: no interval"),
    )

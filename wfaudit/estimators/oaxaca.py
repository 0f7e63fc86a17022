"""A gap between two means put down to values and to what values are worth, with limits over people.

Each value of a variable (a level, a band) has a share in each group and a mean worth. What lies between
the groups because they hold other values is weighed by the mean worth; what lies between them because
the same value is worth more in one of them by the mean share (Kitagawa 1955; Oaxaca 1973; Blinder 1973).
Limits by the influence of each person (delta method): shares and worths come from the same people.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfaudit.estimators.estimates import first_reason, floats
from wfaudit.estimators.kitagawa import Strata, kitagawa
from wfaudit.estimators.means import Mean, limited

Floats: TypeAlias = NDArray[np.float64]
FEWEST = 10
NO_SPREAD = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Valued:
    """People, the sum and the sum of squares of their worth, by value (the last axis)."""

    n: Floats
    total: Floats
    squares: Floats

    @classmethod
    def of(cls, columns: ArrayLike) -> "Valued":
        """From an array whose last axis holds these three."""
        return cls(*np.moveaxis(np.asarray(columns, np.float64), -1, 0))

    @property
    def strata(self) -> Strata:
        """The same as strata of one group."""
        return Strata(self.n, self.total, self.n.sum(axis=-1, keepdims=True))

    @property
    def people(self) -> Floats:
        """How many there are in all."""
        return self.n.sum(axis=-1)


def split(one: Valued, other: Valued, level: float = 0.95) -> tuple[Mean, Mean]:
    """What lies between two means by values held, and by what values are worth; the two add up.

    A value that one side lacks counts as the other is worth: all it adds is composition.

    >>> women = Valued.of([[60, 6, 0.6], [40, 20, 10.0]])
    >>> men = Valued.of([[80, 8, 0.8], [20, 10, 5.0]])
    >>> held, worth = split(women, men)
    >>> print(held.estimate.round(3), worth.estimate.round(3))
    0.08 0.0
    """
    composition, rate = kitagawa(one.strata, other.strata)
    mine, theirs = _influences(one, other), _influences(other, one)
    found: list[Mean] = []
    for at, parts in enumerate((composition, rate)):
        a, b = mine[at] / _some(one.people), theirs[at] / _some(other.people)
        found.append(_limited(parts.sum(axis=-1), a, b, one, other, level))
    return found[0], found[1]


def _limited(value: Floats, a: Floats, b: Floats, one: Valued, other: Valued, level: float) -> Mean:
    """Welch's limits from the variances of two unrelated groups."""
    n, n_ref = one.people, other.people
    with np.errstate(all="ignore"):
        se = np.sqrt(a + b)
        df = np.square(a + b) / (np.square(a) / (n - 1) + np.square(b) / (n_ref - 1))
    note = first_reason(
        (n == 0, "nobody to count"),
        (n_ref == 0, "reference: nobody to count"),
        ((n < FEWEST) | (n_ref < FEWEST), f"fewer than {FEWEST} people: no interval"),
        (~(se > 1e-12), "nothing varies: no interval"),
    )
    return limited(value, se, df, level, note)


def _influences(one: Valued, other: Valued) -> tuple[Floats, Floats]:
    """Variance of one person's influence on either part, from people of one side.

    Somebody of value v and worth w moves the share of v and the mean worth at v. Composition moves with
    the first by the mean worth of both sides, with the second by half the difference of shares; the rate
    by half the difference of worths, and by the mean share.
    """
    (n, total, squares), people = floats(one.n, one.total, one.squares), one.people[..., None]
    mine, theirs = _worths(one, other)
    with np.errstate(all="ignore"):
        p, q = n / _some(people), other.n / _some(other.people[..., None])
        within = np.where(n > 0, squares / n - np.square(total / n), 0.0)
        within = np.where(within > NO_SPREAD * squares / n, within, 0.0)  # below, it is rounding
        step = np.where(n > 0, 1 / p, 0.0)
    moved = (((mine + theirs) / 2, (p - q) / 2), ((mine - theirs) / 2, (p + q) / 2))
    found: list[Floats] = []
    for of_share, of_worth in moved:
        centre = of_share - (p * of_share).sum(axis=-1, keepdims=True)
        spread = p * (np.square(centre) + np.square(of_worth * step) * within)
        found.append(spread.sum(axis=-1))
    return found[0], found[1]


def _worths(one: Valued, other: Valued) -> tuple[Floats, Floats]:
    mine, theirs = one.strata.rate, other.strata.rate
    mine, theirs = np.where(np.isnan(mine), theirs, mine), np.where(np.isnan(theirs), mine, theirs)
    return np.nan_to_num(mine), np.nan_to_num(theirs)


def _some(n: Floats) -> Floats:
    return np.where(n > 0, n, np.nan)

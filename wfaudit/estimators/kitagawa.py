"""The gap between two means, stratum by stratum, put down to composition and rate without a remainder.

Each stratum adds to a group's mean its share of the group times what its people are worth on average.
Between two groups that differs because the stratum is larger (composition) or because its people are
worth more (rate); each is weighed by the mean of both groups (Kitagawa 1955), so the two add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

DRAWS = 2_000
_ADDED = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Strata:
    """Of ``people`` in each stratum, out of ``total`` in the group, the ``worth`` summed; strata last."""

    people: Floats
    worth: Floats
    total: Floats

    @property
    def share(self) -> Floats:
        """Share of the group in each stratum; not-a-number where the group is empty."""
        with np.errstate(all="ignore"):
            return np.asarray(self.people / self.total)

    @property
    def rate(self) -> Floats:
        """Mean worth in each stratum; not-a-number where it is empty."""
        with np.errstate(all="ignore"):
            return np.where(self.people > 0, self.worth / self.people, np.nan)


def kitagawa(one: Strata, other: Strata) -> tuple[Floats, Floats]:
    """What each stratum adds to the gap of two means: by composition, and by rate.

    A stratum that one side lacks has no rate there; that of the other side is taken, so that all it
    adds is composition. One that both lack adds nothing.

    >>> women = Strata(np.array([60.0, 40]), np.array([6.0, 20]), np.array(100.0))
    >>> men = Strata(np.array([80.0, 20]), np.array([8.0, 4]), np.array(100.0))
    >>> composition, rate = kitagawa(women, men)
    >>> composition.round(3), rate.round(3)
    (array([-0.02,  0.07]), array([0.  , 0.09]))
    """
    mine, theirs = one.rate, other.rate
    mine, theirs = np.where(np.isnan(mine), theirs, mine), np.where(np.isnan(theirs), mine, theirs)
    mine, theirs = (np.nan_to_num(rate) for rate in (mine, theirs))
    composition = (one.share - other.share) * (mine + theirs) / 2
    return composition, (mine - theirs) * (one.share + other.share) / 2


def redrawn(n: Floats, can: Bools, generator: np.random.Generator, draws: int = DRAWS) -> Floats:
    """Counts of one group drawn anew: as many people, multinomial, half a person added to each cell.

    ``can`` says which cells people can be in. With nothing added, a cell without anybody would stay
    empty in every draw, as if nobody could ever be there.

    >>> drawn = redrawn(np.array([9.0, 1, 0]), np.array([1, 1, 0]) > 0, np.random.default_rng(1))
    >>> drawn.shape, set(drawn.sum(axis=1)), drawn[:, 2].max()
    ((2000, 3), {np.float64(10.0)}, np.float64(0.0))
    """
    added = n + _ADDED * can
    return generator.multinomial(int(n.sum()), added / added.sum(), draws).astype(np.float64)


def limits(draws: Floats, estimate: Floats, level: float) -> tuple[Floats, Floats]:
    """Percentile limits of draws (the first axis); an estimate beyond them moves them to itself.

    >>> low, high = limits(np.arange(101.0)[:, None], np.array([99.0]), 0.95)
    >>> low, high
    (array([2.5]), array([99.]))
    """
    tail = (1 - level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    return np.minimum(low, estimate), np.maximum(high, estimate)

"""Those who decide, each held against what the rates of everybody make one expect of their people."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from wfaudit.estimators.funnel import FEWEST, limits, overdispersion, z_scores
from wfaudit.estimators.tails import Crowds, crowds, log_at_most, log_more
from wfaudit.measures.gathered import Floats, Ints
from wfaudit.measures.overrides.caseloads import UNITS, Caseloads

LEVELS = {"95 %": 0.95, "99.8 %": 0.998}  # of the limits
MOST = 0.5  # of all people, beyond whom a unit is compared mostly with itself
MOST_EXACT = (
    1_000_000  # people whose chances are multiplied out one by one where nobody asked for it
)


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Units with enough people: what they are called, how many counted, the chances of their people.

    ``alone`` marks those who had most of all people; ``few`` is how many units had too few people,
    and how many people these had together; ``rate`` is that of everybody.
    """

    labels: tuple[str, ...]
    n: Floats
    k: Floats
    crowd: Crowds
    alone: Any
    few: tuple[int, int]
    rate: float

    @property
    def comparable(self) -> Floats:
        """How many counted, where a unit can be held against the others."""
        return np.where(self.alone, np.nan, self.k)

    @property
    def spread(self) -> float:
        """How many times the variance of chance alone the units have."""
        return overdispersion(z_scores(self.comparable, self.crowd))

    def outside(self, stretch: Any = 1.0) -> dict[str, tuple[Floats, Floats]]:
        """Counts at or beyond which a unit lies outside, too few and too many, by level of the limits."""
        return {name: limits(self.crowd, level, stretch) for name, level in LEVELS.items()}

    def expected_outside(self, beyond: tuple[Floats, Floats]) -> Floats:
        """The chance of each unit to lie outside if all went as expected."""
        few = log_at_most(self.crowd, np.floor(beyond[0]))
        many = log_more(self.crowd, np.ceil(beyond[1]) - 1)
        return np.exp(few) + np.exp(many)

    def said_spread(self, of: str) -> str:
        """How far units lie apart, in words."""
        if np.isnan(found := self.spread):
            return f"the spread among fewer than {FEWEST} {UNITS[of][1]} is not read"
        return f"the spread among {UNITS[of][1]} is {found:.2f} times what chance alone makes it"


def hold(loads: Caseloads, measure: str, fewest: int, *, exact: bool = True) -> Held:
    """The units that had ``fewest`` people or more.

    Where tails need not be ``exact``, those of very many people are told by a binomial of the same mean
    for each unit: its limits are never narrower (Hoeffding 1956).
    """
    n, k = loads.people, loads.counted(measure)
    kept = np.flatnonzero(n >= fewest)
    cell = np.flatnonzero(n[loads.unit] >= fewest)
    at = np.searchsorted(kept, loads.unit[cell])
    p, size = loads.shares(measure)[cell], loads.n[cell]
    alike = not exact and size.sum() > MOST_EXACT
    crowd = _binomial(p, size, at) if alike else crowds(p, size, at)
    few = len(n) - len(kept), int(n.sum() - n[kept].sum())
    rate = float(k.sum() / n.sum()) if n.sum() else np.nan
    labels = tuple(loads.units[i] for i in kept)
    return Held(labels, n[kept], k[kept], crowd, n[kept] > MOST * n.sum(), few, rate)


def _binomial(p: Floats, n: Floats, at: Ints) -> Crowds:
    people = np.bincount(at, n)
    return crowds(np.clip(np.bincount(at, n * p) / people, 0.0, 1.0), people)

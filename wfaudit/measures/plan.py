"""One measure on one case by one key set: a request, checked and counted."""

from dataclasses import dataclass

from wfaudit.case import Case
from wfaudit.counts import Clustered, Counts, count, count_clustered
from wfaudit.errors import not_one_of
from wfaudit.measures.axis import asked as places
from wfaudit.measures.made import By
from wfaudit.measures.rate import RATES, Rate


@dataclass(frozen=True, slots=True)
class Plan:
    """One measure on one case by one key set: everything the verbs need, checked."""

    case: Case
    name: str
    rate: Rate
    keys: tuple[str, ...]
    counts: Counts
    clustered: Clustered | None

    @property
    def tiers(self) -> tuple[tuple[int, str], ...]:
        """The second axis: each tier the rate is asked for, or nothing."""
        return places(self.case, self.rate)


def plan(case: Case, measure: str, by: By) -> Plan:
    """Check a request and count what it needs."""
    if measure not in RATES:
        raise not_one_of("measure", measure, RATES)
    rate = RATES[measure]
    case.require(rate.needs, measure)
    keys = case.keys(by)
    counts = count(case, keys)
    clustered = count_clustered(case, keys) if case.cluster else None
    return Plan(case, measure, rate, keys, counts, clustered)

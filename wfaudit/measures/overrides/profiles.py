"""People of one profile: the facts of a case as one text, or the declared inputs crossed.

Inputs are crossed where they are few and people share them; that one is missing is a fact like any other.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from wfaudit.case import Case, decode
from wfaudit.counts.along import in_order
from wfaudit.counts.cells import encoded, memo
from wfaudit.estimators.casemix import Lot, between_alike, by_lot
from wfaudit.estimators.variance import Share
from wfaudit.measures.asked import refused, require
from wfaudit.measures.gathered import Floats, Ints
from wfaudit.measures.overrides.caseloads import tied
from wfaudit.sources import fetch

MEASURE = "variance_within_profiles"
MOST_INPUTS = 12  # inputs that are crossed where no profile is declared
SHARED = 5  # people of a profile, on average: with fewer, inputs crossed are no profile


@dataclass(frozen=True, slots=True, eq=False)
class Profiles:
    """Cells of a profile, a decision and a unit (who decided, else a cluster): ``n`` people."""

    n: Floats
    profile: Ints
    decision: Ints
    unit: Ints | None

    @property
    def several(self) -> int:
        """How many people have a profile that somebody else has too."""
        people = np.bincount(self.profile, self.n)
        return int(people[people > 1].sum())

    @property
    def split(self) -> "Split":
        """Cells of a unit and a profile, once for each decision (of a yes or no, for yes alone)."""
        assert self.unit is not None
        width = int(self.profile.max(initial=0)) + 1
        cell, at = np.unique(self.unit * width + self.profile, return_inverse=True)
        n = np.bincount(at, self.n, len(cell)).astype(np.float64)
        kinds = np.unique(self.decision)
        kinds = kinds[1:] if len(kinds) == 2 else kinds
        told = [np.bincount(at, self.n * (self.decision == kind), len(cell)) for kind in kinds]
        k = np.array(told, dtype=np.float64).reshape(len(kinds), len(cell))
        return Split(k, n, cell // width, cell % width)


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """How many of the people of a unit and a profile got each decision, of how many."""

    k: Floats
    n: Floats
    unit: Ints
    profile: Ints

    def share(self, level: float) -> tuple[Share, int]:
        """The share of the variance between units, decisions added up; and of how many people."""
        times = len(self.k)
        each = self.profile + (int(self.profile.max(initial=0)) + 1) * np.arange(times)[:, None]
        n, unit = (np.broadcast_to(x, self.k.shape) for x in (self.n, self.unit))
        found = between_alike(self.k, n, unit, each, each, level)
        return found, found.people // max(times, 1)

    @property
    def lot(self) -> Lot:
        """How rarely units would lie as far apart if people of each profile were dealt by lot."""
        cell = np.arange(len(self.n))
        lots = [by_lot(k, self.n, cell, self.profile) for k in self.k]
        known = [lot for lot in lots if not np.isnan(lot.p)]
        if not known:
            return Lot(np.nan, np.nan, np.nan)
        least = min(known, key=lambda lot: lot.p)
        return Lot(least.statistic, least.expected, min(least.p * len(known), 1.0))


def profiles(case: Case) -> Profiles:
    """Count people by profile, decision and who decided (else by cluster); asked once and remembered."""
    require(MEASURE, lacks(case))
    done = memo(case, MEASURE)
    if () not in done:
        done[()] = _counted(case)
    return done[()]


def _counted(case: Case) -> Profiles:
    unit = "decided_by" if "decided_by" in case.roles else case.cluster
    role = case.roles["decision"]
    decision: Any = case.state(role)
    by = _facts(case) | {"decision": decision} | ({"unit": case.columns[unit]} if unit else {})
    people: Any = case.source.table
    cells = fetch(case.source, people.group_by(**by).agg(n=people.count()))
    n = cells["n"].to_numpy().astype(np.float64)
    coded: dict[str, Any] = {name: encoded(cells[name]) for name in by}
    at, values = coded["decision"]
    per_value = np.bincount(at, n, len(values)).astype(np.int64)
    read = decode.ordered if role.order else decode.yes_no
    places = [-1 if v is None else int(v) for v in read(case, role, values, per_value)]
    decided = np.array(places, dtype=np.int64)[at]
    known = decided >= 0
    for name in coded.keys() & {"profile", "unit"}:
        known &= np.array([v is not None for v in coded[name][1]], dtype=bool)[coded[name][0]]
    facts = [in_order(coded[name][1])[coded[name][0]][known] for name in _facts(case)]
    profile = np.unique(_crossed(facts), return_inverse=True)[1].astype(np.int64)
    of = in_order(coded["unit"][1])[coded["unit"][0]][known] if unit else None
    return Profiles(n[known], profile, decided[known], of)


def _crossed(codes: list[Ints]) -> Ints:
    """One number for each combination; combinations may be more than an integer can tell."""
    flat = codes[0]
    for code in codes[1:]:
        flat = np.unique(flat, return_inverse=True)[1] * (int(code.max(initial=0)) + 1) + code
    return flat


def _facts(case: Case) -> dict[str, Any]:
    """What a profile is made of: the text of the facts, else the declared inputs."""
    if "profile" in case.roles:
        return {"profile": case.columns["profile"]}
    return {f"input {name}": case.known(spec["column"]) for name, spec in case.inputs}


def lacks(case: Case) -> str:
    """Why a case can't be asked about people with the same facts, or nothing."""
    if why := refused(case, "decision"):
        return why
    if "decided_by" in case.roles and (why := tied(case, "decided_by")):
        return why
    if "profile" in case.roles:
        return ""
    if not case.inputs:
        return "the case declares no profile and no inputs"
    if len(case.inputs) > MOST_INPUTS:
        return f"the case declares no profile, and {len(case.inputs)} inputs are too many to be crossed"
    return _too_fine(case)


def _too_fine(case: Case) -> str:
    done = memo(case, "profiles of inputs")
    if () not in done:
        people: Any = case.source.table
        kinds = people.select(**_facts(case)).distinct()
        done[()] = int(fetch(case.source, kinds.aggregate(n=kinds.count()))["n"][0].as_py())
    if done[()] * SHARED <= case.door.rows:
        return ""
    return f"the inputs crossed make {done[()]:,} profiles of {case.door.rows:,} people: too few share one"

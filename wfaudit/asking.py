"""What a case can be asked, and what of it these data can't answer, with reasons.

Knows the names of all measures.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from wfaudit.also import able, check_names
from wfaudit.case import Case
from wfaudit.choices import JOIN
from wfaudit.errors import AuditError, not_one_of
from wfaudit.measures import (
    DRIVERS,
    MATCHING,
    MEASURES,
    MOVES,
    QUESTIONS,
    RATES,
    SAYS,
    STATISTICS,
    TIERS,
    lacking,
    lacks,
    lacks_moves,
    model_for,
    unknown_outcomes,
)
from wfaudit.measures.axis import asked

Keys = tuple[str, ...]
# roles that some measure reads, or that say how to read others
READ = {
    "person", "score", "tier", "flagged", "decision", "outcome", "cluster", "count", "block", "group",
    "query", "item", "weight", "period", "state", "spell", "before", "shown", "opened", "opened_at",
    "decided_on", "checked", "followed", "prepared", "overridden", "reason", "contacts", "minutes",
    "spending", "payment", "edits", "channel", "route", "provider", "answers", "first_contact", "date",
    "first_tier", "audited",
    "shown_from", "office", "decided_by", "profile", "rank", "relevance", "clicked", "applied", "invited",
    "hired", "text", "wording", "scores",
    "printed_rate", "printed_ratio", "vendor", "matched",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Untested:
    """A question these data can't answer, and why."""

    measure: str
    why: str


def can(case: Case, model: Any = None) -> pd.DataFrame:
    """Which measures a case (and its model) can carry: measure, what it says, possible, why not.

    ``model`` is as in ``audit``: without one, the one that the case names under ``[model]``.

    >>> import wfaudit as wf
    >>> case = wf.Case.from_arrays(y_pred=[1, 0], sensitive_features={"sex": ["women", "men"]})
    >>> able = wf.can(case)
    >>> able[able["possible"]]["measure"].tolist()
    ['selection_rate']
    """
    model = model_for(case, model)
    lines = [
        {
            "measure": name,
            "says": says.format(**asdict(case.choices.words)),
            "possible": not (why := why_not(case, name, model)),
            "why": why,
        }
        for name, says in _definitions().items()
    ]
    return pd.DataFrame([*lines, *able(case)])


def _definitions() -> dict[str, str]:
    every = {**RATES, **STATISTICS}
    said = {name: entry.says for name, entry in every.items()} | MOVES | {TIERS: SAYS}
    said |= {name: question.says for name, question in {**QUESTIONS, **MATCHING, **DRIVERS}.items()}
    return {name: said[name] for name in MEASURES}


# --- what can be asked


def check(case: Case) -> None:
    """Tolerances and families name measures; only here all measures are known."""
    check_names(case)
    confirmed = [entry.partition(" by ") for entry in case.choices.confirm]
    for name in (*[m for m, _ in case.choices.tolerances], *[m for m, _, _ in confirmed]):
        if name not in MEASURES:
            raise not_one_of("measure in tolerance or families", name, MEASURES)
    for name, tolerance in case.choices.tolerances:
        if name not in RATES and tolerance.scale == "ratio":
            raise AuditError(f"{name} is judged on a gap: {name} = {{ gap = 0.05 }}.")
    asked = [JOIN.join(keys) for keys in sets(case) if keys]
    for _, by, groups in confirmed:
        if by and groups not in asked:
            raise not_one_of("group or intersection in families", groups, asked)


def possible(case: Case) -> list[str]:
    """What is asked of each set of groups by itself; questions of the whole case are asked once."""
    whole = {**QUESTIONS, **MATCHING, **DRIVERS}
    return [name for name in MEASURES if name not in whole and not why_not(case, name)]


def why_not(case: Case, measure: str, model: Any = None) -> str:
    """Why a case (and its model) can't be asked a measure, or nothing."""
    if measure in RATES:
        return _lacking_rate(case, measure)
    if "weight" in case.roles:
        return "it would take every row as one, and rows are declared to weigh more"
    if measure in QUESTIONS:
        return QUESTIONS[measure].lacks(case)
    if measure in MATCHING:
        return MATCHING[measure].lacks(case)
    if measure in DRIVERS:
        return DRIVERS[measure].lacks(case, model)
    if measure == TIERS:
        return lacks(case)
    return lacks_moves(case, measure) if measure in MOVES else lacking(case, measure)


def _lacking_rate(case: Case, measure: str) -> str:
    rate = RATES[measure]
    if why := case.lacks(rate.needs):
        return why
    if measure == "outcome_unknown_rate":
        published = "a published table shows only recorded outcomes"
        return published if case.evidence == "counts" else _all_known(case)
    return "" if asked(case, rate) else "there are two tiers, so tier_share tells it all"


def _all_known(case: Case) -> str:
    return "" if unknown_outcomes(case) else "every outcome is recorded"


def sets(case: Case) -> list[Keys]:
    """Everyone, each group, each declared intersection."""
    return [(), *[(g.name,) for g in case.groups], *case.intersections]


def untested(case: Case, model: Any = None) -> Iterator[Untested]:
    """Every question that these data can't answer."""
    model = model_for(case, model)
    for name in MEASURES:
        if why := why_not(case, name, model):
            yield Untested(name, why)
    for role in case.roles:
        if role.partition(".")[0] not in READ and not case.roles[role].horizons:
            yield Untested(f"uses of {role}", "declared, but no measure reads it yet")
    yield from (Untested(one["measure"], one["why"]) for one in able(case) if one["why"])

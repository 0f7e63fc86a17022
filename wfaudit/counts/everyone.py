"""Count a case's people, from rows or from published tables, and remember it."""

from typing import Any

import pandas as pd

from wfaudit.case import Case, Quality
from wfaudit.case.traces import told_by
from wfaudit.counts.cells import memo, state_columns
from wfaudit.counts.published import from_tables
from wfaudit.counts.rows import from_rows
from wfaudit.counts.table import Counts
from wfaudit.errors import rows

# what two roles say can't both hold: code, states, and the words after "In n rows"
CONTRADICTIONS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (
        "opened before shown", ("opened", "shown"),
        "the advice was opened though it was not shown; taken as not seen.",
    ),
    (
        "reason without override", ("explained", "decision"),
        "a reason is written though the decision is the one advised.",
    ),
    (
        "override contradicts decision", ("overridden", "decision"),
        "the record of an override and the decision beside the advice disagree; rates go by the decision.",
    ),
    (
        "tier moved without edits", ("first_tier", "edited"),
        "the tier differs from the one before edits though nothing was edited; taken as not edited.",
    ),
    (
        "drawn without outcome", ("audited", "outcome"),
        "a lot was drawn to find out the outcome and none is recorded; rates leave these people out.",
    ),
)  # fmt: skip


def count(case: Case, keys: tuple[str, ...]) -> Counts:
    """Count a case's people by the groups named in ``keys``, in every level there is."""
    done = memo(case, "counts")
    if keys not in done:
        done[keys] = from_tables(case, keys) if case.evidence == "counts" else from_rows(case, keys)
    return done[keys]


def unknown_states(case: Case) -> list[Quality]:
    """How many rows have no tier, flag, decision or outcome: they show in the bounds, not the rates."""
    if case.evidence == "counts":
        return []
    everyone = count(case, ())
    found: list[Quality] = []
    for name in [s for s in state_columns(case) if s in case.roles]:
        absent = everyone.states[name].isna()
        if name == "first_tier" and "edited" in everyone.states:
            absent &= everyone.states["edited"].fillna(True)  # elsewhere there is none to record
        n = int(everyone.n[0][absent.to_numpy(dtype=bool)].sum())
        if n:
            says = f"In {rows(n)} {_what(name)} is not known; rates that ask for it leave these people out."
            found.append(Quality("role not recorded", says, case.roles[name].column, n))
    return found


def contradictions(case: Case) -> list[Quality]:
    """How many rows say what can't both hold; none is repaired, all stand in the data's quality."""
    if case.evidence == "counts":
        return []
    everyone = count(case, ())
    states, n = everyone.states, everyone.n[0]
    found: list[Quality] = []
    for code, roles, says in CONTRADICTIONS:
        if set(roles) <= set(states):
            odd = _contradicts(code, states)
            if k := int(n[odd.fillna(False).to_numpy(dtype=bool)].sum()):
                column = case.roles[told_by(roles[0])[0]].column
                found.append(Quality(code, f"In {rows(k)} {says}", column, k))
    return found


def _contradicts(code: str, states: pd.DataFrame) -> Any:
    if code == "opened before shown":
        return states["opened"] & ~states["shown"]
    if code == "tier moved without edits":
        return ~states["edited"] & (states["first_tier"] != states["tier"]).astype("boolean")
    if code == "drawn without outcome":
        return states["audited"] & states["outcome"].isna()
    differs = (states["decision"] != states["advice"]).astype("boolean")
    if code == "reason without override":
        return states["explained"] & ~differs
    return states["overridden"] != differs


def _what(name: str) -> str:
    said = {
        "before": "the judgement before the advice",
        "shown": "whether the advice was shown",
        "opened": "whether the advice was opened",
        "checked": "whether the check took place",
        "followed": "whether it was followed",
        "overridden": "whether the advice was departed from",
        "prepared": "whether the form was handed in",
        "first_tier": "the tier before edits",
        "audited": "whether a lot was drawn to find out the outcome",
    }
    return said.get(name, f"the {name}")

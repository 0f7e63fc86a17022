"""Decisions on another scale than the advice: nothing is overridden there, but who gets what can be told."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np

from wfaudit.case import Case, decode
from wfaudit.errors import AuditError
from wfaudit.measures.asked import Compare, everywhere, refused, require
from wfaudit.measures.compared import Told, tell
from wfaudit.measures.gathered import Gathered, gather, laid
from wfaudit.measures.made import By
from wfaudit.measures.overrides.question import Question
from wfaudit.result import Result

MOST = 20  # kinds of decisions
SHARE = Told(
    measure="decision_by_advice_share",
    says="Share of each decision, of {people} with the same advice (the decision is on another scale than "
    "the advice, so none of them is an override)",
    among="with the advice in “{at}” and a decision",
    does="got the decision in it", at_name="advice and decision",
)  # fmt: skip


def decisions(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """How often each decision follows each tier of advice, by group, whatever scale decisions are on."""
    case = case.by_deciders
    require(SHARE.measure, _lacks(case))
    keys = case.keys(by)
    decided: Any = case.known(case.roles["decision"].column)
    found = gather(case, keys, {"tier": case.columns["tier"], "decision": decided})
    columns, labels = _columns(case, found)
    return tell(case, SHARE, laid(case, keys, found, columns, labels), compare=compare)


def _columns(case: Case, found: Gathered) -> tuple[Any, list[str]]:
    """For each advice and decision: of each cell how many have the advice, and how many the decision too."""
    tiers, kinds = case.roles["tier"].order, case.roles["decision"].order
    (at, told), (to, given) = found.axes["tier"], found.axes["decision"]
    advised = np.array([decode.text_of(v) or "" for v in told], dtype=object)[at]
    decided = np.array([decode.text_of(v) or "" for v in given], dtype=object)[to]
    kinds = kinds or tuple(sorted({*decided.tolist()} - {""}))
    if len(kinds) > MOST:
        raise AuditError(f"{SHARE.measure} is told for up to {MOST} kinds of decisions.")
    pairs = [(tier, kind) for tier in tiers for kind in kinds]
    columns = [
        [found.n * ((advised == tier) & (decided != "")), found.n * ((advised == tier) & (decided == kind))]
        for tier, kind in pairs
    ]  # fmt: skip
    return np.transpose(np.array(columns), (2, 0, 1)), [f"{t} → {k}" for t, k in pairs]


def _lacks(case: Case) -> str:
    if why := refused(case, "decision", "tier"):
        return why
    same = "decision" in case.states and bool(case.roles["decision"].order)
    return "the decision is on the scale of the advice: moves from it tell more" if same else ""


def _ask(case: Case) -> Iterable[Result]:
    return everywhere(case, partial(decisions, case))


QUESTIONS: dict[str, Question] = {SHARE.measure: Question(says=SHARE.says, lacks=_lacks, ask=_ask)}

"""Who meets whom, and of whom something is missing: channels, providers, routes, offices, inputs, answers."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.case.read import known
from wfaudit.choices import NOT_RECORDED
from wfaudit.counts.cells import memo
from wfaudit.errors import not_one_of
from wfaudit.measures.asked import Compare, everywhere, refused, require, same_column
from wfaudit.measures.compared import Told, tell
from wfaudit.measures.gathered import (
    Gathered,
    Keys,
    among_all,
    amounts,
    amounts_of,
    gather,
    laid,
)
from wfaudit.measures.labelled import MOST_LABELS, label_axis, labels_of, yes_no
from wfaudit.measures.made import By
from wfaudit.measures.overrides.question import Question
from wfaudit.result import Result
from wfaudit.sources import fetch

# the role: what a share of its labels is called, and what is said of somebody with one
LABELLED = {
    "channel": ("in each channel", "were seen by the channel “{at}”"),
    "provider": ("with each provider", "were with the provider “{at}”"),
    "route": ("on each route", "were served by the route “{at}”"),
    "office": ("in each office", "belonged to the office “{at}”"),
}
MISSING = Told(
    measure="missing_input_share",
    says="Share of {people} of whom an input of the model is not available",
    does="had no value of the input “{at}”", at_name="input",
)  # fmt: skip
ANSWERED = Told(
    measure="answered_share",
    says="Mean share of the questions that {people} answered, of the most that anybody answered, where it is "
    "recorded",
    sentence="Of 100 questions, {group} answered {mine}; {reference}, {theirs}",
    edges=(0.0, 1.0), of="mean",
)  # fmt: skip
BY_ROUTE = Told(
    measure="outcome_by_route_rate",
    says="Share of {people} who {outcome}, by the route on which they were served (who goes where is no "
    "matter of chance: this is not the effect of a route)",
    among="served by the route “{at}”", does="{outcome}", at_name="route",
)  # fmt: skip


def label_shares(case: Case, role: str, *, by: By = None, compare: Compare = False) -> Result:
    """Share of each group in each channel, or with each provider, route or office; they add up to one.

    >>> import pandas as pd
    >>> people = pd.DataFrame({"sex": list("wwwmmm"), "seen": ["phone", "video", "phone"] * 2})
    >>> case = Case.from_dict({"source": people, "roles": {"channel": "seen"}, "groups": {"sex": {}}})
    >>> label_shares(case, "channel").to_frame()[["at", "n", "estimate"]].round(2).values.tolist()
    [['phone', 6, 0.67], ['video', 6, 0.33]]
    """
    case = case.by_deciders
    if role not in LABELLED:
        raise not_one_of("role with labels", role, LABELLED)
    told = _labelled(role)
    require(told.measure, _lacks_labels(role, case))
    keys = case.keys(by)
    found = gather(case, keys, {role: case.known(case.roles[role].column)})
    at, labels = label_axis(case, role, found)
    return tell(
        case,
        told,
        among_all(laid(case, keys, found, found.n[:, None], labels, at)),
        compare=compare,
    )


def missing_inputs(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Share of each group of whom an input of the model is not available, for inputs that lack at all."""
    case = case.by_deciders
    require(MISSING.measure, _lacks_inputs(case))
    keys = case.keys(by)
    found = _inputs(case, keys)
    lacking = [name for name, k in found.sums.items() if k.sum() > 0]
    require(MISSING.measure, "" if lacking else "every declared input is available for everybody")
    k = found.columns(*lacking)
    columns = np.stack([np.broadcast_to(found.n[:, None], k.shape), k], axis=-1)
    return tell(case, MISSING, laid(case, keys, found, columns, lacking), compare=compare)


def answered(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Mean share of the questions of the form that were answered, by group."""
    case = case.by_deciders
    require(ANSWERED.measure, refused(case, "answers"))
    keys = case.keys(by)
    most = _most(case, "answers")
    require(ANSWERED.measure, "" if most > 0 else "nobody answered a question")
    found = gather(case, keys, {}, amounts("answers", case.number(case.roles["answers"].column)))
    scaled = amounts_of(found, "answers") / np.array([1.0, most, most**2, 1.0])
    return tell(case, ANSWERED, laid(case, keys, found, scaled), compare=compare)


def outcome_by_route(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """The outcome later, by the route on which people were served, in every group."""
    case = case.by_deciders
    require(BY_ROUTE.measure, _lacks_route(case))
    keys = case.keys(by)
    axes = {"route": case.known(case.roles["route"].column), "outcome": case.columns["outcome"]}
    found = gather(case, keys, axes)
    at, labels = label_axis(case, "route", found)
    yes = yes_no(case, "outcome", found)
    columns = np.stack([found.n * ~np.isnan(yes), found.n * (yes == 1)], axis=-1)
    return tell(case, BY_ROUTE, laid(case, keys, found, columns, labels, at), compare=compare)


# --- what is asked of the backend


def _inputs(case: Case, keys: Keys) -> Gathered:
    """How many lack each input, one query for all of them."""
    sums: dict[str, Any] = {}
    for name, spec in case.inputs:
        words = (*case.missing, *map(str, spec.get("missing", ())))
        value: Any = known(case.source.table[spec["column"]], words)
        sums[name] = value.isnull().sum()
    return gather(case, keys, {}, sums)


def _most(case: Case, role: str) -> float:
    done = memo(case, "most")
    if (role,) not in done:
        number: Any = case.number(case.roles[role].column)
        answer = fetch(case.source, case.source.table.aggregate(most=number.max()))
        done[(role,)] = float(answer["most"].to_pylist()[0] or 0)
    return done[(role,)]


# --- questions


def _labelled(role: str) -> Told:
    """Offices are mostly where people live, so their shares are shown and not judged unless asked."""
    where, does = LABELLED[role]
    return Told(
        measure=f"{role}_share", says=f"Share of {{people}} {where}", does=does, at_name=role,
        judged=role != "office",
    )  # fmt: skip


def _lacks_labels(role: str, case: Case) -> str:
    if why := refused(case, role):
        return why
    n = labels_of(case, role)
    many = f"{role} has {n:,} labels, and shares are told of up to {MOST_LABELS}"
    return many if n > MOST_LABELS else "" if n else f"no {role} is recorded"


def _lacks_inputs(case: Case) -> str:
    return refused(case) or ("" if case.inputs else "the case declares no inputs")


def _lacks_missing(case: Case) -> str:
    if why := _lacks_inputs(case):
        return why
    never = all(k.sum() == 0 for k in _inputs(case, ()).sums.values())
    return "every declared input is available for everybody" if never else ""


def _lacks_answers(case: Case) -> str:
    if why := refused(case, "answers"):
        return why
    return "" if _most(case, "answers") > 0 else "nobody answered a question"


def _lacks_route(case: Case) -> str:
    if why := refused(case, "route", "outcome"):
        return why
    if "outcome" not in case.states:
        return case.lacks(("outcome",))
    return _lacks_labels("route", case)


def _ask_labels(role: str, case: Case) -> Iterable[Result]:
    """Where providers stand within a group's levels, two and more in each, the group decides, not people."""
    for result in everywhere(
        case, partial(label_shares, case, role), apart=same_column(case, role)
    ):
        nested = result.kind == "gap" and any(_nested(case, role, name) for name in result.by)
        yield replace(result, judged=False) if nested else result


def _nested(case: Case, role: str, name: str) -> bool:
    """Whether every label stands in one level of a group only, and every level has several of its own."""
    found = label_shares(case, role, by=name)
    there = found.table[(found.evidence["k"] > 0) & (found.table["at"] != NOT_RECORDED)]
    levels: Any = there.groupby("at")["group"].nunique()
    labels: Any = there.groupby("group")["at"].nunique()
    return bool((levels == 1).all() and (labels > 1).all() and len(labels) > 1)


def _ask_route(case: Case) -> Iterable[Result]:
    return everywhere(case, partial(outcome_by_route, case), apart=same_column(case, "route"))


_LABELS = {
    f"{role}_share": Question(
        says=_labelled(role).says,
        lacks=partial(_lacks_labels, role),
        ask=partial(_ask_labels, role),
    )
    for role in LABELLED
}
QUESTIONS: dict[str, Question] = {
    **_LABELS,
    MISSING.measure: Question(
        says=MISSING.says,
        lacks=_lacks_missing,
        ask=lambda case: everywhere(case, partial(missing_inputs, case)),
    ),
    ANSWERED.measure: Question(
        says=ANSWERED.says,
        lacks=_lacks_answers,
        ask=lambda case: everywhere(case, partial(answered, case)),
    ),
    BY_ROUTE.measure: Question(says=BY_ROUTE.says, lacks=_lacks_route, ask=_ask_route),
}

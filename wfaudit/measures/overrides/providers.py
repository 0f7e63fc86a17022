"""Providers as the unit: what came of the people they served, beside what was to be expected of them.

Expected is the mean score where it is declared a probability of the outcome; else the outcome of all other
providers' people of the same tier and groups. Providers are organisations and told by name.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.choices import NOT_RECORDED
from wfaudit.estimators.estimates import Estimate
from wfaudit.measures.asked import Compare, everywhere, refused, require, same_column
from wfaudit.measures.clustered import jackknife
from wfaudit.measures.compared import Rows, Told, alone, finished, numbers, tell
from wfaudit.measures.gathered import (
    Floats,
    Gathered,
    Ints,
    Keys,
    Laid,
    amounts,
    gather,
    laid,
)
from wfaudit.measures.labelled import MOST_LABELS, label_axis, labels_of, yes_no
from wfaudit.measures.made import By
from wfaudit.measures.overrides.question import Question
from wfaudit.result import Result

ROLE, EXPECTED = "provider", "expected"
FEW = "fewer than 10 with the outcome, or without: no interval"
CLUSTERED = (
    "people come in clusters, and what is expected of them is estimated from the people of other providers: "
    "no interval is known"
)
ADDED = Told(
    measure="value_added",
    says="Share of a provider's {people} who {outcome}, less the share expected of the same people",
    sentence="Of 100 {people} with the provider {group}, those who {outcome}, compared with those "
    "{reference}",
    edges=(-1.0, 1.0), of="mean", few=FEW,
)  # fmt: skip
ADDED_BY_GROUP = replace(
    ADDED, judged=False, at_name="provider",
    sentence="Compared with what was expected of them, {mine_more} of 100 {group} with the provider “{at}” "
    "{outcome}; of 100 {reference}, {theirs_more}",
)  # fmt: skip
OUTCOMES = Told(
    measure="provider_outcome_rate",
    says="Share of {people} who {outcome}, by provider (as they come: providers don't serve alike people)",
    among="with the provider “{at}”", does="{outcome}", judged=False, at_name="provider",
)  # fmt: skip


def value_added(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """What came of each provider's people less what was to be expected of them; by group, where asked.

    Without groups the providers are the groups, and ``compare`` holds them against what is expected.
    With groups there is a row for each group at each provider.
    """
    case = case.by_deciders
    require(ADDED.measure, _lacks_added(case))
    keys = case.keys(by)
    found = _residuals(case, keys)
    if keys:
        return tell(case, ADDED_BY_GROUP, found, compare=compare)
    found = _as_groups(found, _unit(case))
    result = _held(case, found) if compare else tell(case, ADDED, found)
    plain = (*result.choices.phrases, (_unit(case), "{level}"))  # a provider, not its people
    return replace(result, choices=replace(result.choices, phrases=plain))


def outcome_by_provider(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """The outcome at each provider by group, with how many: the indicators of a performance table."""
    case = case.by_deciders
    require(OUTCOMES.measure, _lacks_outcomes(case))
    keys = case.keys(by)
    found = _outcomes(case, keys)
    at, labels = label_axis(case, ROLE, found)
    yes = yes_no(case, "outcome", found)
    columns = np.stack([found.n * ~np.isnan(yes), found.n * (yes == 1)], axis=-1)
    return tell(case, OUTCOMES, laid(case, keys, found, columns, labels, at), compare=compare)


def _unit(case: Case) -> str:
    """What providers are called as groups: as a group on the same column is, else by the role."""
    column = case.roles[ROLE].column
    return next((group.name for group in case.groups if group.column == column), ROLE)


def _held(case: Case, found: Laid) -> Result:
    """Each provider against what was expected: one sample, told as a comparison."""
    shown, n = alone(case, ADDED, found, 0), found.whole[:, 0, 0]
    lines = list(Rows(ADDED, found, "", n, None).lines(partial(_against_expected, shown, n)))
    interval = jackknife(case) if case.cluster else "t interval of a mean difference"
    return finished(case, ADDED, "gap", interval, lines, found)


def _against_expected(shown: Estimate, n: Floats, g: int, _: list[int]) -> dict[str, Any]:
    return {"reference": EXPECTED, "n_reference": int(n[g])} | numbers(shown, g)


# --- what came, less what was expected


def _outcomes(case: Case, keys: Keys) -> Gathered:
    """People by group, provider, tier and outcome, with the sums of their scores."""
    axes = {ROLE: case.known(case.roles[ROLE].column), "outcome": case.columns["outcome"]}
    sums: dict[str, Any] = {}
    if _scored(case):
        sums = amounts("score", case.number(case.roles["score"].column))
    elif "tier" in case.columns:
        axes["tier"] = case.columns["tier"]
    return gather(case, keys, axes, sums)


def _scored(case: Case) -> bool:
    return "score" in case.roles and case.roles["score"].probability


def _residuals(case: Case, keys: Keys) -> Laid:
    """How many, the sum of outcomes less expected and of its squares, and how many had the outcome."""
    found = _outcomes(case, keys)
    at, labels = label_axis(case, ROLE, found)
    yes = yes_no(case, "outcome", found)
    columns = _by_score(found, yes) if _scored(case) else _by_strata(case, found, yes, at)
    if NOT_RECORDED in labels:  # the last one: nobody's provider
        at, labels = np.where(at == len(labels) - 1, -1, at), labels[:-1]
    table = laid(case, keys, found, columns, labels, at)
    rows = None if table.rows is None else (*table.rows[:2], _settled(table.rows[2]))
    return replace(table, whole=_settled(table.whole), rows=rows)


def _by_score(found: Gathered, yes: Floats) -> Floats:
    n, total, squares = (found.sums[f"score {what}"] for what in ("known", "total", "squares"))
    y, known = np.nan_to_num(yes), ~np.isnan(yes)
    parts = (n, n * y - total, n * y - 2 * y * total + squares, n * y, np.zeros_like(n))
    return np.stack(parts, axis=-1) * known[:, None]


def _by_strata(case: Case, found: Gathered, yes: Floats, provider: Ints) -> Floats:
    """Outcomes less those of the same stratum at all other providers; who has no such peers is left out."""
    known, y = ~np.isnan(yes), np.nan_to_num(yes)
    stratum, size = _strata(case, found), int(provider.max(initial=0)) + 1
    n, k = found.n * known, found.n * y
    here = stratum * size + provider
    mine = [np.bincount(here, x, (stratum.max(initial=0) + 1) * size) for x in (n, k)]
    every = [np.bincount(stratum, x) for x in (n, k)]
    n_else, k_else = (all_[stratum] - own[here] for all_, own in zip(every, mine, strict=True))
    with np.errstate(all="ignore"):
        rate, near = k_else / n_else, (k_else + 1) / (n_else + 2)
        # of the error of the rate elsewhere, each cell carries the share of its people
        error = n * mine[0][here] * near * (1 - near) / n_else
        parts = (n, n * (y - rate), n * (y - rate) ** 2, k, error)
    return np.where((n_else > 0)[:, None], np.stack(parts, axis=-1), 0.0)


def _strata(case: Case, found: Gathered) -> Ints:
    """The tier and the groups of each cell as one number; the provider is no part of it."""
    column = case.roles[ROLE].column
    beside = {f"group {group.name}" for group in case.groups if group.column == column}
    names = [name for name in found.axes if name.startswith("group ") or name == "tier"]
    codes = [found.axes[name][0] for name in names if name not in beside]
    if not codes:
        return np.zeros(len(found.n), dtype=np.int64)
    return np.unique(np.stack(codes), axis=1, return_inverse=True)[1].reshape(-1)


def _settled(sums: Floats) -> Floats:
    """The error of what is expected put into the squares; those with the outcome, or without, if fewer."""
    n, total, squares, yes, error = np.moveaxis(sums, -1, 0)
    with np.errstate(all="ignore"):
        squares = squares + np.nan_to_num(error * (n - 1) / n)
    return np.stack([n, total, squares, np.minimum(yes, n - yes)], axis=-1)


def _as_groups(found: Laid, name: str) -> Laid:
    """Everybody's providers, each as a group."""
    groups, whole = tuple((label,) for label in found.labels), found.whole[0][:, None]
    if found.rows is None:
        return Laid((name,), groups, ("",), whole)
    cluster, _, parts = found.rows
    here = np.nonzero(parts[..., 0] > 0)
    rows = (cluster[here[0]], here[1].astype(np.int64), parts[here][:, None])
    return Laid((name,), groups, ("",), whole, found.clusters, rows)


# --- questions


def _lacks_outcomes(case: Case) -> str:
    if why := refused(case, ROLE, "outcome") or case.lacks(("outcome",)):
        return why
    n = labels_of(case, ROLE)
    return f"provider has {n:,} labels, and up to {MOST_LABELS} are told" if n > MOST_LABELS else ""


def _lacks_added(case: Case) -> str:
    why = _lacks_outcomes(case)
    return why or ("" if _scored(case) or not case.cluster else CLUSTERED)


def _ask_added(case: Case) -> Iterable[Result]:
    yield value_added(case)
    yield value_added(case, compare=True)
    for result in everywhere(case, partial(value_added, case), apart=same_column(case, ROLE)):
        if result.at_name:
            yield result


def _ask_outcomes(case: Case) -> Iterable[Result]:
    return everywhere(case, partial(outcome_by_provider, case), apart=same_column(case, ROLE))


QUESTIONS: dict[str, Question] = {
    ADDED.measure: Question(says=ADDED.says, lacks=_lacks_added, ask=_ask_added),
    OUTCOMES.measure: Question(says=OUTCOMES.says, lacks=_lacks_outcomes, ask=_ask_outcomes),
}

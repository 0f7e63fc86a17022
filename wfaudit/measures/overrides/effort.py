"""Effort by group and by predicted ease: contacts, minutes, spending and payments.

Predicted ease is the score, whichever way it runs: the lowest fifth has the lowest scores. The fifths are
those of everybody, so that a fifth holds people of like scores in every group; people with the same
score stay together.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.errors import not_one_of
from wfaudit.estimators import leftout, means
from wfaudit.estimators.estimates import Estimate
from wfaudit.estimators.leftout import Read, Scale
from wfaudit.measures.asked import Compare, everywhere, refused, require
from wfaudit.measures.clustered import jackknife
from wfaudit.measures.compared import CHUNK, Rows, Told, finished, numbers, tell
from wfaudit.measures.gathered import (
    EFFORT,
    Floats,
    Keys,
    Laid,
    amounts_of,
    effort,
    efforts,
    fifths,
    laid,
)
from wfaudit.measures.made import By
from wfaudit.measures.overrides import concentrated, first_contact
from wfaudit.measures.overrides.question import Question
from wfaudit.result import Result

FIFTHS = ("lowest fifth", "second fifth", "middle fifth", "fourth fifth", "highest fifth")
BY_FIFTH = Told(
    measure="effort_by_fifth",
    says="Mean effort for {people}, by fifth of everybody's scores",
    sentence="The mean of {at} of the scores is {mine} for {group} and {theirs} for {reference}",
    unit="number", judged=False, at_name="effort and fifth of the scores", of="mean",
)  # fmt: skip
RATIO = Told(
    measure="top_to_bottom_fifth_ratio",
    says="Mean effort for {people} in the highest fifth of everybody's scores, as a multiple of that in "
    "the lowest",
    sentence="The highest fifth of the scores gets {mine} times what the lowest gets, of {at}, among "
    "{group}; among {reference}, {theirs} times",
    unit="number", judged=False, at_name="effort", of="mean",
)  # fmt: skip


def mean_effort(case: Case, role: str, *, by: By = None, compare: Compare = False) -> Result:
    """Mean contacts, minutes, spending or payment by group, among those of whom it is recorded.

    ``compare`` gives differences: True from the declared reference, or the name of another.

    >>> import pandas as pd
    >>> talks = [1, 2, 3, 2, 2] * 2 + [3, 5] * 5
    >>> people = pd.DataFrame({"sex": ["women"] * 10 + ["men"] * 10, "talks": talks})
    >>> case = Case.from_dict({"source": people, "roles": {"contacts": "talks"}, "groups": {"sex": {}}})
    >>> mean_effort(case, "contacts", by="sex").to_frame()[["group", "estimate"]].values.tolist()
    [['men', 4.0], ['women', 2.0]]
    >>> mean_effort(case, "contacts", by="sex", compare="men").to_frame()["estimate"].tolist()
    [0.0, -2.0]
    """
    case = case.by_deciders
    if role not in EFFORT:
        raise not_one_of("kind of effort", role, EFFORT)
    told = _mean(role)
    require(told.measure, refused(case, role))
    keys = case.keys(by)
    found = effort(case, keys)
    return tell(case, told, laid(case, keys, found, amounts_of(found, role)), compare=compare)


def effort_by_fifth(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Mean effort in each fifth of the scores: groups compared at about the same score."""
    case = case.by_deciders
    require(BY_FIFTH.measure, _lacks_fifths(case))
    return tell(case, BY_FIFTH, _fifths(case, case.keys(by)), compare=compare)


def top_to_bottom(case: Case, *, by: By = None) -> Result:
    """Mean effort in the highest fifth of the scores as a multiple of that in the lowest, by group."""
    case = case.by_deciders
    require(RATIO.measure, _lacks_fifths(case))
    found, lines = _fifths(case, case.keys(by)), list[dict[str, Any]]()
    for at, role in enumerate(efforts(case)):
        low, high = at * len(FIFTHS), (at + 1) * len(FIFTHS) - 1
        number = partial(_number, _ratio(case, found, (high, low)))
        n = found.whole[:, [low, high], 0].sum(axis=1)
        lines += Rows(RATIO, found, role, n, None).lines(number)
    interval = (
        jackknife(case) if case.cluster else "t interval of a ratio of means, on the log scale"
    )
    within = Laid(found.keys, found.groups, tuple(efforts(case)), found.whole)
    return finished(case, RATIO, "value", interval, lines, within)


def _mean(role: str) -> Told:
    what = EFFORT[role]
    return Told(
        measure=f"mean_{role}", says=f"Mean {what}, of whom it is recorded",
        sentence=f"The mean {what} is {{mine}} for {{group}} and {{theirs}} for {{reference}}",
        unit="number", judged=False, of="mean",
    )  # fmt: skip


# --- fifths of the scores


def _fifths(case: Case, keys: Keys) -> Laid:
    """Effort by group, kind and fifth."""
    found = effort(case, keys, {"fifth": fifths(case)})
    at, values = found.axes["fifth"]
    fifth = np.array([-1 if value is None else value for value in values], dtype=np.int64)[at]
    parts = [
        laid(case, keys, found, amounts_of(found, role), FIFTHS, fifth) for role in efforts(case)
    ]
    labels = tuple(f"{role}, {name}" for role in efforts(case) for name in FIFTHS)
    first, whole = parts[0], np.concatenate([part.whole for part in parts], axis=1)
    if first.rows is None:
        return Laid(keys, first.groups, labels, whole)
    cells = np.concatenate([part.rows[2] for part in parts if part.rows is not None], axis=1)
    return Laid(keys, first.groups, labels, whole, first.clusters, (*first.rows[:2], cells))


def _ratio(case: Case, found: Laid, sides: tuple[int, int]) -> means.Mean | leftout.LeftOut:
    """The ratio of the means of two labels, in each group."""
    level = case.choices.level
    if not case.cluster:
        both = [means.mean(means.Amounts.of(found.whole[:, side])) for side in sides]
        return means.ratio(both[0], both[1], level)
    step = max(1, CHUNK // max(1, found.whole[:, 0].size))
    parts = zip(*(found.without_each(side, step) for side in sides), strict=True)
    full = _read_ratio(*(found.whole[:, side] for side in sides))
    scale = Scale("log", (0.0, np.inf))
    return leftout.left_out(full, (_read_ratio(*part) for part in parts), scale, level)


def _read_ratio(high: Floats, low: Floats) -> Read:
    with np.errstate(all="ignore"):
        top, bottom = (side[..., 1] / side[..., 0] for side in (high, low))
        value = np.where((top > 0) & (bottom > 0), top / bottom, np.nan)
    return value, np.stack([high[..., 0], low[..., 0]])


def _number(shown: Estimate, g: int, _: list[int]) -> dict[str, Any]:
    return numbers(shown, g, "log")


# --- questions


def _lacks_fifths(case: Case) -> str:
    if efforts(case) or case.evidence == "counts":
        return refused(case, "score")
    return "the case declares no contacts, no minutes, no spending and no payment"


def _ask_mean(role: str, case: Case) -> Iterable[Result]:
    return everywhere(case, partial(mean_effort, case, role))


def _lacks_mean(role: str, case: Case) -> str:
    return refused(case, role)


_MEANS = {
    f"mean_{role}": Question(
        says=_mean(role).says, lacks=partial(_lacks_mean, role), ask=partial(_ask_mean, role)
    )
    for role in EFFORT
}
_FIFTHS = {
    BY_FIFTH.measure: Question(
        says=BY_FIFTH.says,
        lacks=_lacks_fifths,
        ask=lambda case: everywhere(case, partial(effort_by_fifth, case)),
    ),
    RATIO.measure: Question(
        says=RATIO.says,
        lacks=_lacks_fifths,
        ask=lambda case: everywhere(case, partial(top_to_bottom, case), compared=False),
    ),
}
QUESTIONS: dict[str, Question] = {
    **_MEANS,
    **_FIFTHS,
    **concentrated.QUESTIONS,
    **first_contact.QUESTIONS,
}

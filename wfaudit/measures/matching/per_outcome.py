"""Attention against what came of it: how much each group gets for every click, invitation or hire."""

from functools import partial
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.measures import contrasts
from wfaudit.measures.asked import Compare, require
from wfaudit.measures.compared import Told
from wfaudit.measures.contrasts import Contrast
from wfaudit.measures.gathered import Keys, Laid, gather, laid
from wfaudit.measures.labelled import answer_of
from wfaudit.measures.lists import FINE, attended, attention, lacks_places
from wfaudit.measures.made import By
from wfaudit.measures.matching.exposed import asked_relative, relative
from wfaudit.measures.question import Question
from wfaudit.measures.two_way import asked_over_both, over_both
from wfaudit.result import Result

CAME = ("clicked", "applied", "invited", "hired")
EARNED = Told(
    measure="exposure_per_outcome",
    says="Attention that {people} get for each one of them of whom something came, relative to what all get "
    "together (what comes of a pair hangs on the attention it gets, so this is not judged by itself)",
    sentence="For each that was {at}, {group} get {mine} times the attention that all get; {reference}, "
    "{theirs} times",
    at_name="outcome", unit="number", judged=False,
)  # fmt: skip


@over_both
def exposure_per_outcome(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Attention for each click, application, invitation and hire, relative to all (the first model declared).

    A group of whom more comes at the same attention has less than 1 (Singh and Joachims 2018, disparate
    impact, the other way up). Pairs of which an outcome is not known are left out of it.
    """
    require(EARNED.measure, _lacks(case))
    asked, found = _earned(case, case.keys(by))
    return contrasts.answered(attended(case), asked, found, compare)


def _earned(case: Case, keys: Keys) -> tuple[Contrast, Laid]:
    case = attended(case)
    pairs: Any = case.source.table
    gets = pairs[f"wf gets {next(iter(attention(case)))}"] * FINE
    names, sums = _came(case), dict[str, Any]()
    for name in names:
        came: Any = answer_of(case, name)
        told = came.notnull().ifelse(gets, 0.0).cast("decimal(18, 4)")
        sums |= {f"{name} gets": told.sum().cast("float64"), f"{name} k": came.sum(),
                 f"{name} n": came.notnull().sum()}  # fmt: skip
    found = gather(case, keys, {}, sums)
    scale = np.array([FINE, 1.0, 1.0])
    columns = [found.columns(f"{n} gets", f"{n} k", f"{n} n") / scale for n in names]
    every = np.stack(columns, axis=1)
    asked = Contrast(told=EARNED, number=relative(every, "came"), interval="")
    return asked, laid(case, keys, found, every, names)


def _came(case: Case) -> list[str]:
    return [name for name in CAME if name in case.roles]


def _lacks(case: Case) -> str:
    if why := lacks_places(case):
        return why
    return "" if _came(case) else f"the case declares none of {', '.join(CAME)}"


QUESTIONS: dict[str, Question] = {
    EARNED.measure: Question(
        says=EARNED.says, lacks=_lacks, ask=asked_over_both(partial(asked_relative, _earned))
    )
}

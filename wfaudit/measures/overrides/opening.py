"""How long advice lies before anybody opens it."""

from collections.abc import Iterable
from functools import partial
from typing import Any, cast

import ibis

from wfaudit.case import Case
from wfaudit.measures.asked import Compare, everywhere, refused, require
from wfaudit.measures.compared import Told, tell
from wfaudit.measures.gathered import amounts, amounts_of, gather, laid
from wfaudit.measures.made import By
from wfaudit.measures.overrides.question import Question
from wfaudit.result import Result

WAIT = Told(
    measure="mean_days_to_open",
    says="Mean days from the advice to its opening, of {people} whose advice was opened (those opened before "
    "its date are left out and told under data quality)",
    sentence="Advice on {group} is opened {mine} days after it was given on average; on {reference}, "
    "{theirs} days",
    unit="number", judged=False, of="mean",
)  # fmt: skip


def days_to_open(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Mean days from the advice to its opening; advice that was never opened has no such days.

    Read it beside ``opened_rate``: a short wait among few openings is no quick service.
    """
    case = case.by_deciders
    require(WAIT.measure, _lacks(case))
    keys = case.keys(by)
    given, opened = (case.day(case.roles[role]) for role in ("date", "opened_at"))
    days: Any = cast(Any, opened).delta(given, unit="day")
    wait = ibis.ifelse(days < 0, ibis.null("int64"), days)
    found = gather(case, keys, {}, amounts("wait", wait))
    return tell(case, WAIT, laid(case, keys, found, amounts_of(found, "wait")), compare=compare)


def _lacks(case: Case) -> str:
    return refused(case, "opened_at", "date")


def _ask(case: Case) -> Iterable[Result]:
    return everywhere(case, partial(days_to_open, case))


QUESTIONS: dict[str, Question] = {WAIT.measure: Question(says=WAIT.says, lacks=_lacks, ask=_ask)}

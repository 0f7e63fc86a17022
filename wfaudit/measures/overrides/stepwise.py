"""A roll-out in steps: offices that show the advice, held against offices that do not show it yet."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.choices import EVERYONE
from wfaudit.counts.cells import memo
from wfaudit.estimators.staggered import Effects
from wfaudit.measures.asked import Compare, chosen, comparable, refused, require
from wfaudit.measures.compared import Rows, Told, against, finished, numbers
from wfaudit.measures.gathered import Laid
from wfaudit.measures.made import By
from wfaudit.measures.overrides.offices import (
    Dates,
    declared,
    given,
)
from wfaudit.measures.overrides.question import Question
from wfaudit.measures.overrides.stepped import Stepped, counted, noted
from wfaudit.measures.rate import RATES
from wfaudit.measures.single import single_rate
from wfaudit.result import Result
from wfaudit.sources import fetch, many

CAVEAT = "whatever else changed in these offices at that time is in it"
BY_LOT = "lots decided which office starts when"
INTERVAL = "jackknife interval that leaves out one office at a time"
SHOWING = ("offices that show the advice", "offices that do not show it yet")
ASKED = ("override_rate", "decision_rate")
Lines = list[dict[str, Any]]


def staggered(
    case: Case,
    dates: Dates | None = None,
    *,
    measure: str = "override_rate",
    by: By = None,
    compare: Compare = False,
    periods: str = "",
) -> Result:
    """What showing the advice changes where offices start on days of their own: held against those to come.

    ``dates`` gives the day from which on each office shows the advice, such as ``{"north":
    "2025-03-01", "south": None}`` (None: not by the end of the data); without it, the days the case
    declares (``shown_from``). Difference in differences: how a rate changed in offices that started, since
    their last whole period before, less how it changed in offices that had not started by then (Callaway
    and Sant'Anna 2021); ``periods`` are "28 days" from the first start on, or "month". A period in which
    an office starts is left out for it. The first row tells all periods since the start; the others each
    period since, and before it, where nothing has started: what is found there speaks against the
    comparison. Intervals leave out one office at a time and need eight on each side.

    Without lots, whatever else changed in these offices at that time is in it. Where the case declares that
    lots decided (``at_random``), the note tells the exact chance that they bring out as large an effect.
    ``compare`` as in ``effect``.
    """
    name = roll_out_of(measure)
    require(name, _lacking(case, declared_days=dates is None))
    single_rate(
        case, measure, "staggered", instead="name a rate that is asked once, such as override_rate"
    )
    days = declared(case, periods) if dates is None else given(dates, periods)
    asked = counted(case, measure, days, case.keys(by))
    if not compare:
        return _alone(asked)
    return _between(asked, compare) if asked.offices.keys else _everyone(asked, judged=False)


def roll_out_of(measure: str) -> str:
    """What the effect of a roll-out on a rate is called.

    >>> roll_out_of("override_rate")
    'override_rate_roll_out'
    """
    return f"{measure}_roll_out"


def _lacking(case: Case, *, declared_days: bool) -> str:
    """Why a case can't be asked, or nothing."""
    if why := refused(case, *(["shown_from"] if declared_days else []), "office"):
        return why
    if not {"date", "decided_on"} & set(case.roles):
        return "the case declares no date and no decided_on"
    return _reaching(case)


def _reaching(case: Case) -> str:
    """Whether declared clusters reach over offices, so that offices are not independent."""
    if not {"cluster", "office"} <= set(case.roles):
        return ""
    done = memo(case, "clusters over offices")
    if () not in done:
        people: Any = case.source.table
        offices: Any = case.columns["office"]
        each = people.group_by(cluster=case.columns["cluster"]).agg(offices=offices.nunique())
        done[()] = fetch(case.source, each.aggregate(n=(each["offices"] > 1).sum()))[
            "n"
        ].to_pylist()[0]
    over = int(done[()] or 0)
    return (
        f"{many(over, 'declared cluster')} in several offices: these are not independent"
        if over
        else ""
    )


# --- telling


def _alone(asked: Stepped) -> Result:
    """The effect in every group, as a value."""
    size = len(asked.offices.groups)
    found = [asked.effects([g]) for g in range(size)]
    shown = [asked.read(each) for each in found]
    told, laid = _told(asked), _laid(asked, found)
    lines: Lines = []
    for at, label in enumerate(asked.labels):
        rows = Rows(told, laid, label, laid.whole[:, at, 0], None)
        lines += rows.lines(
            lambda g, _, at=at: numbers(shown[g], at) | noted(asked, at, [[g]], found[g], shown[g])
        )
    return finished(asked.case, told, "value", INTERVAL, lines, laid)


def _between(asked: Stepped, compare: Compare = True) -> Result:
    """How far the effect in each group lies from that in its reference, as a gap."""
    found = [asked.effects([g]) for g in range(len(asked.offices.groups))]
    told, laid = _told(asked), _laid(asked, found)
    reference, lines = chosen(asked.case, asked.offices.keys, compare), list[dict[str, Any]]()
    for at, label in enumerate(asked.labels):
        pairs = against(laid, reference, np.array([each.full[0][at] for each in found]))
        rows = Rows(told, laid, label, laid.whole[:, at, 0], pairs)
        lines += rows.lines(partial(_apart, asked, at, found))
    return finished(asked.case, told, "gap", INTERVAL, lines, laid)


def _apart(
    asked: Stepped, at: int, found: list[Effects], g: int, members: list[int]
) -> dict[str, Any]:
    theirs = found[members[0]] if len(members) == 1 else asked.effects(members)
    shown = asked.read(found[g], theirs)
    return numbers(shown, at) | noted(asked, at, [[g], members], found[g], shown)


def _everyone(asked: Stepped, *, judged: bool, only: slice = slice(None)) -> Result:
    """Offices that show the advice held against those that don't yet, as a gap."""
    found = asked.effects([0])
    shown, (mine, theirs) = asked.read(found), SHOWING
    told, lines = replace(_told(asked), judged=judged), list[dict[str, Any]]()
    for at in range(len(asked.labels))[only]:
        line: dict[str, Any] = {
            "measure": told.measure, "by": EVERYONE, "group": mine, "reference": theirs,
            "at": asked.labels[at], "n": int(found.people[at]), "n_reference": int(found.compared[at]),
        }  # fmt: skip
        lines.append(line | numbers(shown, at) | noted(asked, at, [[0]], found, shown))
    told = replace(told, sentence=_sentence(asked, everyone=True))
    return finished(asked.case, told, "gap", INTERVAL, lines, _laid(asked, [found]))


def _laid(asked: Stepped, found: list[Effects]) -> Laid:
    """People of each group whose office shows the advice, place by place."""
    people = np.array([each.people for each in found])[..., None]
    return Laid(asked.offices.keys, asked.offices.groups, asked.labels, people)


def _told(asked: Stepped) -> Told:
    return Told(
        measure=roll_out_of(asked.measure), at_name="time since the start", judged=False,
        says=_says(asked.measure, BY_LOT if asked.roll_out.by_lot else CAVEAT)
        + f" (periods: {asked.roll_out.periods})",
        sentence=_sentence(asked),
    )  # fmt: skip


def _says(measure: str, caveat: str) -> str:
    return (
        "What changed since the day from which on an office shows the advice, beyond what changed in offices "
        f"that do not show it yet (difference in differences; Callaway and Sant'Anna 2021), {caveat}: "
        f"{RATES[measure].says}"
    )


def _sentence(asked: Stepped, *, everyone: bool = False) -> str:
    words: dict[str, Any] = asdict(asked.case.choices.words)
    rate, caveat = RATES[asked.measure], BY_LOT if asked.roll_out.by_lot else CAVEAT
    who, does = (part.format(**words) for part in (rate.who, rate.does))
    if everyone:
        of = f"of 100 {words['people']} {who}".strip()
        return f"In {{group}}, set against {{reference}}, {{at}}, {of}, {does} ({caveat})"
    what = f"{who} {does}".strip()
    return f"{what}, {{at}}: {{mine_more}} of 100 {{group}}; of 100 {{reference}}, {{theirs_more}} ({caveat})"


# --- questions of an audit


def _lacks(case: Case, measure: str) -> str:
    if why := _lacking(case, declared_days=True):
        return why
    if measure == "override_rate" and "saw" in case.states:
        return "it is recorded who saw the advice, and nobody overrides what they have not seen"
    return case.lacks(RATES[measure].needs)


def _ask(case: Case, measure: str) -> Iterable[Result]:
    """Everyone (judged where lots decided, over all periods at once), then every group and between groups."""
    roll_out = declared(case)
    asked = counted(case, measure, roll_out, ())
    yield _everyone(asked, judged=roll_out.by_lot, only=slice(0, 1))
    yield _alone(asked)
    for keys in [*[(group.name,) for group in case.groups], *case.intersections]:
        asked = counted(case, measure, roll_out, keys)
        yield _alone(asked)
        if comparable(case, keys):
            yield _between(asked)


def _question(measure: str) -> Question:
    says = _says(measure, f"{CAVEAT}, unless lots decided which office starts when")
    return Question(
        says=says, lacks=partial(_lacks, measure=measure), ask=partial(_ask, measure=measure)
    )


QUESTIONS: dict[str, Question] = {roll_out_of(measure): _question(measure) for measure in ASKED}

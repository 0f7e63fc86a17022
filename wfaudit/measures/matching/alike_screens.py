"""Many employers, one screen: who is turned down everywhere, whose verdicts go together, how many doors."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from wfaudit.case import Case
from wfaudit.choices import EVERYONE
from wfaudit.estimators import leftout
from wfaudit.estimators.leftout import Scale
from wfaudit.measures.asked import Compare, everywhere, require
from wfaudit.measures.compared import Rows, Told, numbers
from wfaudit.measures.made import By
from wfaudit.measures.matching.screen_sums import (
    ALL,
    DOORS,
    DOWN,
    FREE,
    OPEN,
    OTHER,
    PEOPLE,
    SAME,
    UNIT,
    Number,
    between,
    chance,
    columns,
    even,
    even_apart,
    even_gap,
    excess,
    made_of,
    mean,
    share,
    spread,
    told_by,
    ways,
    worded,
)
from wfaudit.measures.matching.screened import lacks_screens, limits, screens
from wfaudit.measures.question import Question
from wfaudit.result import Result

APART = "independent screens"
ALONE = Told(
    measure="rejected_everywhere",
    says="Share of {people} turned down by every employer they wrote to, of those with verdicts of two "
    "employers or more",
    among="with verdicts of two employers or more", does="were turned down by all of them",
)  # fmt: skip
TOGETHER = Told(
    measure=ALONE.measure,
    says=f"{ALONE.says}; held against what screens apart would give: each employer's verdicts dealt anew by "
    "lot among its applicants",
    sentence="Of 100 {people} with verdicts of two employers or more, {mine} were turned down by all of "
    "them; were each employer's verdicts dealt by lot among its applicants, {theirs} would be",
)  # fmt: skip
EXCESS = Told(
    measure="rejected_everywhere_excess",
    says="By how much the share of {people} turned down by every employer they wrote to exceeds what screens "
    "apart would give: each employer's verdicts dealt anew by lot among its applicants of the same group",
    sentence="Beyond what screens apart would give, of 100 {group} {mine} were turned down everywhere; of "
    "100 {reference}, {theirs}",
)  # fmt: skip
CORRELATION = Told(
    measure="verdict_correlation",
    says="Correlation (phi) of the verdicts of two employers on the same person, over all such pairs, each "
    "verdict less its employer's share",
    sentence="The verdicts of {group} on the same person correlate by {mine}; those of "
    "{reference}, by {theirs}",
    unit="number",
)  # fmt: skip
EVENNESS = Told(
    measure="admission_evenness",
    says="As few as if so many of 100 {people} shared all places equally: the exponential of the entropy of "
    "who is let through, over the {people} who asked",
    sentence="At {at} as many are let through as if {mine} of 100 {people} shared all places equally; were "
    "each employer's verdicts dealt by lot among its applicants, {theirs} would",
    at_name="whose doors", judged=False,
)  # fmt: skip
MEAN_DOORS = Told(
    measure="mean_doors",
    says="Mean number of different screens {people} came to: a vendor of several employers is one, and so is "
    "each employer's own",
    sentence="Of {group}, each came to {mine} different screens on average; of {reference}, to {theirs}",
    unit="number", judged=False,
)  # fmt: skip
MEAN_OPEN = Told(
    measure="mean_open_doors",
    says="Mean number of different screens that let {people} through: a vendor of several employers is one, "
    "and so is each employer's own",
    sentence="Of {group}, each was let through by {mine} different screens on average; of {reference}, by "
    "{theirs}",
    unit="number", judged=False,
)  # fmt: skip


def rejected_everywhere(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Share of people turned down by every employer they wrote to, by group.

    Of those with verdicts of two employers or more; a person twice at one employer is let through there
    if let through once. Limits leave out a part of the people at a time.
    """
    scale = leftout.GAP if compare else leftout.SHARE
    return told_by(case, Number(ALONE, share, scale), by, compare)


def against_apart(case: Case) -> tuple[Result, Result]:
    """The share turned down everywhere, what screens apart would give, and the difference.

    Apart: each employer's verdicts are dealt anew by lot among its applicants, as many let through as before;
    where outcomes (or else relevance) are declared among those alike in it, for people whom no job
    suits are turned down everywhere by any screen. The expectation is exact. What makes people alike to
    all screens and is not declared counts as excess.

    >>> import pandas as pd
    >>> rows = [(p, e, p < 10) for p in range(20) for e in ("a", "b")]  # both let the same ten through
    >>> frame = pd.DataFrame(rows, columns=["person", "employer", "passed"])
    >>> roles = {"item": "person", "query": "employer", "flagged": "passed"}
    >>> _, gap = against_apart(Case.from_dict({"source": frame, "roles": roles, "groups": {}}))
    >>> gap.to_frame()[["reference", "n", "estimate"]].values.tolist()
    [['independent screens', 20, 0.25]]
    """
    require(ALONE.measure, lacks_screens(case))
    asked, level = screens(case, ()), case.choices.level
    told, sums = worded(TOGETHER, asked), asked.sums("rows", columns)
    found = [limits(sums, read, scale, level) for read, scale in (
        (share, leftout.SHARE), (chance, UNIT), (excess, leftout.GAP),
    )]  # fmt: skip
    n = int(sums[0][0, PEOPLE])
    line = {"measure": told.measure, "by": EVERYONE, "at": "", "n": n}
    mine = line | {"group": EVERYONE, "k": int(sums[0][0, DOWN])}
    values = [mine | numbers(found[0], 0, "logit"), line | {"group": APART} | numbers(found[1], 0)]
    gap = mine | {"reference": APART, "n_reference": n} | numbers(found[2], 0)
    return (
        made_of(told, asked, "value", values),
        made_of(told, asked, "gap", [gap]),
    )


def rejected_beyond(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """By how much more people are turned down everywhere than by screens apart, by group.

    Verdicts are dealt anew among each employer's applicants of the same group (and outcome), so a group that
    every employer turns down more often has no excess for that: ``rejected_everywhere`` tells it.
    """
    return told_by(case, Number(EXCESS, excess, leftout.GAP), by, compare)


def correlation(case: Case, *, by: By = None) -> Result:
    """Correlation of two employers' verdicts on the same person: of one vendor, of different ones."""
    require(CORRELATION.measure, lacks_screens(case))
    asked = screens(case, case.keys(by))
    told = replace(CORRELATION, at_name="employers")
    sums, lines = asked.sums("rows", columns), list[dict[str, Any]]()
    for label, read in ways(asked).items():
        shown = limits(sums, read, leftout.NUMBER, case.choices.level)
        rows = Rows(told, asked.laid, label, sums[0][:, PEOPLE], None)
        lines += rows.lines(lambda g, _, shown=shown: numbers(shown, g))
    return made_of(told, asked, "value", lines, tuple(ways(asked)))


def shared_correlation(case: Case) -> tuple[Result, Result] | None:
    """Employers of one vendor held against employers of different vendors; None where none share one."""
    require(CORRELATION.measure, lacks_screens(case))
    asked, level = screens(case, ()), case.choices.level
    if len(ways(asked)) < 2:
        return None
    told, sums = CORRELATION, asked.sums("rows", columns)
    n = int(sums[0][0, PEOPLE])
    line = {"measure": told.measure, "by": EVERYONE, "at": "", "n": n}
    values = [
        line | {"group": name} | numbers(limits(sums, read, leftout.NUMBER, level), 0)
        for name, read in ways(asked).items()
    ]
    apart = numbers(limits(sums, between, Scale("identity", (-2.0, 2.0)), level), 0)
    gap = line | {"group": SAME, "reference": OTHER, "n_reference": n} | apart
    return made_of(told, asked, "value", values), made_of(told, asked, "gap", [gap])


def evenness(case: Case) -> tuple[Result, Result]:
    """How evenly people are let through, and how evenly by screens apart, a vendor being shared or not."""
    require(EVENNESS.measure, lacks_screens(case))
    asked, level = screens(case, ()), case.choices.level
    told, values, gaps = worded(EVENNESS, asked), list[dict[str, Any]](), list[dict[str, Any]]()
    whose = {"all employers": None}
    if asked.shared.any() and not asked.shared.all():
        whose |= {"employers sharing a vendor": asked.shared, "other employers": ~asked.shared}
    for at, rows in whose.items():
        sums = asked.sums(at, spread, rows)
        n = int(sums[0][0, 0])
        line = {"measure": told.measure, "by": EVERYONE, "at": at, "n": n}
        found = [limits(sums, read, leftout.NUMBER, level) for read in (even, even_apart, even_gap)]
        values += [
            line | {"group": name} | numbers(shown, 0)
            for name, shown in zip((EVERYONE, APART), found[:2], strict=True)
        ]
        gaps.append(
            line | {"group": EVERYONE, "reference": APART, "n_reference": n} | numbers(found[2], 0)
        )
    labels = tuple(whose)
    return (
        made_of(told, asked, "value", values, labels),
        made_of(told, asked, "gap", gaps, labels),
    )


def doors(case: Case, *, by: By = None, compare: Compare = False, opened: bool = False) -> Result:
    """Mean number of different screens people came to, or (``opened``) were let through by, in each group."""
    told, column = (MEAN_OPEN, OPEN) if opened else (MEAN_DOORS, DOORS)
    return told_by(case, Number(told, partial(mean, column), FREE, ALL), by, compare)


# --- questions


def _part_of_people(case: Case, name: str) -> bool:
    """Whether a group is not one of people: somebody's rows are of several of its levels."""
    return not screens(case, (name,)).whole


def _by_group(case: Case, tell: Any) -> Iterable[Result]:
    return everywhere(case, tell, apart=partial(_part_of_people, case))


def _ask_rejected(case: Case) -> Iterable[Result]:
    yield from against_apart(case)
    for result in _by_group(case, partial(rejected_everywhere, case)):
        if result.by:
            yield result


def _ask_excess(case: Case) -> Iterable[Result]:
    for result in _by_group(case, partial(rejected_beyond, case)):
        if result.by:
            yield result


def _ask_correlation(case: Case) -> Iterable[Result]:
    yield from shared_correlation(case) or (correlation(case),)
    for result in everywhere(
        case, partial(correlation, case), compared=False, apart=partial(_part_of_people, case)
    ):
        if result.by:
            yield result


QUESTIONS: dict[str, Question] = {
    ALONE.measure: Question(says=TOGETHER.says, lacks=lacks_screens, ask=_ask_rejected),
    EXCESS.measure: Question(says=EXCESS.says, lacks=lacks_screens, ask=_ask_excess),
    CORRELATION.measure: Question(says=CORRELATION.says, lacks=lacks_screens, ask=_ask_correlation),
    EVENNESS.measure: Question(says=EVENNESS.says, lacks=lacks_screens, ask=evenness),
    MEAN_DOORS.measure: Question(
        says=MEAN_DOORS.says, lacks=lacks_screens, ask=lambda case: _by_group(case, partial(doors, case))
    ),
    MEAN_OPEN.measure: Question(
        says=MEAN_OPEN.says, lacks=lacks_screens,
        ask=lambda case: _by_group(case, partial(doors, case, opened=True)),
    ),
}  # fmt: skip

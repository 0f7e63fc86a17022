"""How attention is spread over those who stand in lists: on few, or on all."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.counts.cells import memo
from wfaudit.estimators.inequality import gini, top_part
from wfaudit.estimators.means import Mean, difference
from wfaudit.measures.asked import Compare, chosen, everywhere, require
from wfaudit.measures.compared import Rows, Told, against, finished, numbers
from wfaudit.measures.gathered import Floats, Keys, Laid, gather
from wfaudit.measures.lists import attended, attention, lacks_places, with_columns
from wfaudit.measures.made import By
from wfaudit.measures.matching.both_sides import in_own_words
from wfaudit.measures.question import Question
from wfaudit.measures.sides import one_by_one
from wfaudit.result import Kind, Result

GINI = Told(
    measure="exposure_gini",
    says="How unequally attention is spread among everybody who could stand in lists, in a pair or not: the "
    "Gini coefficient of what each gets in all lists together, from 0 (all the same) to 1 (one has all)",
    sentence="The Gini coefficient of attention ({at}) is {mine} among {group} and {theirs} among "
    "{reference}",
    at_name="attention", unit="number", judged=False, stands=True,
)  # fmt: skip
TOP = Told(
    measure="exposure_of_the_top",
    says="Share of all attention that goes to the part of everybody who could stand in lists that gets most "
    "of it",
    sentence="Of 100 parts of the attention that {group} get, {mine} go to the first part of them ({at}); of "
    "that of {reference}, {theirs}",
    at_name="attention", judged=False,
)  # fmt: skip
PARTS = (0.01, 0.1)
UNRELATED = "everybody taken as unrelated"
# from amounts, rising, and how many have each, to a number with limits
Reads = Callable[[Floats, Floats, float], Mean]


def exposure_gini(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Gini coefficient of the attention that each gets in all lists together, in each group.

    Everybody in the table of items counts, those in no pair with nothing. Intervals take people as
    unrelated: they speak of other people in such lists, not of other lists.
    """
    names = list(attention(case)) if not lacks_places(case) else []
    return _spread(case, GINI, {name: (name, gini) for name in names}, by, compare)


def exposure_of_the_top(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Share of a group's attention that goes to the hundredth, and to the tenth, of it that gets most."""
    names = list(attention(case)) if not lacks_places(case) else []
    asked: dict[str, tuple[str, Reads]] = {
        f"{name}, top {part:.0%}": (name, partial(_of_top, part))
        for name in names
        for part in PARTS
    }
    return _spread(case, TOP, asked, by, compare)


def _of_top(part: float, amounts: Floats, n: Floats, level: float) -> Mean:
    return top_part(amounts, n, part, level)


def _spread(
    case: Case, told: Told, asked: dict[str, tuple[str, Reads]], by: By, compare: Compare
) -> Result:
    require(told.measure, lacks_places(case))
    alone = _alone(case)
    keys, lines = alone.keys(by), list[dict[str, Any]]()
    found = Laid(keys, (), tuple(asked), np.zeros((0, len(asked), 1)))
    for at, (name, read) in asked.items():
        amounts, held = _amounts(alone, keys, name)
        lines += _lines(
            alone, told, at, held, read(amounts, held.whole[:, 0], case.choices.level), compare
        )
    kind: Kind = "gap" if compare else "value"
    how = (
        "difference of unrelated groups (Welch)"
        if compare
        else "t interval from the variance of single people"
    )
    return finished(alone, told, kind, f"{how}, {UNRELATED}", lines, found)


def _lines(
    case: Case, told: Told, at: str, held: Laid, own: Mean, compare: Compare
) -> Iterator[dict[str, Any]]:
    n = held.whole[:, 0].sum(axis=-1)
    if not compare:
        yield from Rows(told, held, at, n, None).lines(
            lambda g, _: numbers(own, g, stands=told.stands)
        )
        return
    pairs = against(held, chosen(case, held.keys, compare), own.estimate)
    yield from Rows(told, held, at, n, pairs).lines(lambda g, members: _gap(case, own, g, members))


def _gap(case: Case, own: Mean, g: int, members: list[int]) -> dict[str, Any]:
    if len(members) != 1:
        return {"estimate": np.nan, "note": "compared with single groups only"}
    one, other = (Mean(*(x[[k]] for x in _of(own))) for k in (g, members[0]))
    return numbers(difference(one, other, case.choices.level, (-1.0, 1.0)), 0)


def _of(mean: Mean) -> tuple[Any, ...]:
    return mean.estimate, mean.se, mean.low, mean.high, mean.note, mean.df


def _amounts(alone: Case, keys: Keys, name: str) -> tuple[Floats, Laid]:
    """Every amount there is, rising, and how many of each group have it."""
    rows: Any = alone.source.table
    found = gather(alone, keys, {name: rows[f"wf sum {name}"]})
    into, groups = found.placed(alone, keys)
    at, values = found.axes[name]
    amounts = np.array(values, dtype=np.float64)
    order = np.argsort(amounts)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    n = np.zeros((len(groups), len(order)))
    np.add.at(n, (into, place[at]), found.n)
    return amounts[order], Laid(keys, groups, (name,), n[:, None])


def _alone(case: Case) -> Case:
    """Each who could stand in lists, with what attention they get in all of them together."""
    done = memo(case, "attention of each")
    if () not in done:
        held = attended(case)
        pairs: Any = held.source.table
        sums = {f"wf sum {name}": pairs[f"wf gets {name}"].sum() for name in attention(case)}
        alone = one_by_one(held, "item", sums)
        rows: Any = alone.source.table
        full = {name: rows[name].fill_null(0.0).round(6) for name in sums}
        done[()] = with_columns(in_own_words(alone, case, "item"), full)
    return done[()]


def _ask(asked: Any, case: Case) -> Iterable[Result]:
    return everywhere(_alone(case), partial(asked, case))


QUESTIONS: dict[str, Question] = {
    GINI.measure: Question(says=GINI.says, lacks=lacks_places, ask=partial(_ask, exposure_gini)),
    TOP.measure: Question(
        says=TOP.says, lacks=lacks_places, ask=partial(_ask, exposure_of_the_top)
    ),
}

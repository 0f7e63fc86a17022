"""Limits over lists and over those who stand in them, where the same ones stand in many lists.

Lists share the people (or vacancies) who stand in them, and what is special of each does not average out over
lists. The variance of a number is that over lists, plus that over those in lists, less that over
pairs, which both count (Cameron, Gelbach and Miller 2011), and never below either of the first two.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

import numpy as np

from wfaudit.case import Case
from wfaudit.case.tables import SIDES
from wfaudit.counts.cells import memo
from wfaudit.estimators.clusters import ONTO
from wfaudit.estimators.estimates import ANY
from wfaudit.estimators.leftout import Scale, limited
from wfaudit.measures.lists import (
    MOST_LISTS,
    PARTS,
    attended,
    clustered,
    dealt,
    in_parts_of,
    lacks_places,
    over,
)
from wfaudit.measures.sides import of_owner
from wfaudit.result import Result

How = ParamSpec("How")
Verb = Callable[Concatenate[Case, How], Result]
CROSSED = "in many lists"  # what the door tells
ITEM, PAIR = "wf item part", "wf pair part"
PUT = (
    "jackknife interval that leaves out one list at a time, and one of those in lists at a time, put "
    "together (Cameron, Gelbach and Miller 2011)"
)


def crossed(case: Case) -> bool:
    """Whether the same ones stand in many lists, so that lists alone are no units."""
    return any(told.code == CROSSED for told in case.door.quality)


def over_both(ask: Verb[How]) -> Verb[How]:
    """A verb whose limits are over lists and over those in them, where these stand in many lists."""

    @wraps(ask)
    def told(case: Case, *args: How.args, **how: How.kwargs) -> Result:
        return asked_by_both(case, lambda each: ask(each, *args, **how))

    return told


def asked_by_both(case: Case, ask: Callable[[Case], Result]) -> Result:
    """What a question gives; its limits are over lists and over those in them, where these stand in many."""
    first = ask(case)
    return together(first, *map(ask, ways(case))) if _applies(case, first) else first


def asked_over_both(ask: Callable[[Case], Iterable[Result]]) -> Callable[[Case], Iterator[Result]]:
    """A question whose results have such limits."""

    def told(case: Case) -> Iterator[Result]:
        found = list(ask(case))
        if not found or not crossed(case):
            yield from found
            return
        others = [list(ask(way)) for way in ways(case)]
        for first, *rest in zip(found, *others, strict=True):
            yield together(first, *rest) if _applies(case, first) else first

    return told


def _applies(case: Case, found: Result) -> bool:
    """Between groups of those whose lists these are, lists alone are the units: all have the same in them."""
    between = found.kind in ("gap", "ratio") and found.by
    return crossed(case) and not (between and all(of_owner(case, name) for name in found.by))


def ways(case: Case) -> tuple[Case, Case]:
    """The case with those in lists as its clusters, and with pairs, in parts."""
    done = memo(case, "ways")
    if () not in done:
        ready = dealt(case)
        done[()] = _ways(ready if lacks_places(case) else attended(ready))
    return done[()]


def _ways(case: Case) -> tuple[Case, Case]:
    table: Any = case.source.table
    column = case.roles["item"].column
    if case.door.rows <= MOST_LISTS:  # each pair by itself
        query, item = (cast(Any, case.known(case.roles[side].column)) for side in SIDES)
        pair: Any = query.cast("string") + "\x1f" + item.cast("string")
    else:  # of one list no two in a part, but by chance: parts hold neither lists nor those in them together
        table, _ = in_parts_of(case, table, "query", "wf query part", 1)
        table, many = in_parts_of(case, table, "item", ITEM, 1)
        column = ITEM if many > MOST_LISTS else column
        pair = (table["wf query part"] + 31 * table[ITEM]) % PARTS
    made = over(case, table.mutate(**{PAIR: pair}))
    return clustered(made, "item", column), clustered(made, "item", PAIR)


def together(first: Result, by_item: Result, by_pair: Result) -> Result:
    """One result of three: over lists, over those in lists, over pairs."""
    table, proof = first.table.copy(), first.evidence.copy()
    lists, items, pairs = (
        r.evidence["se"].to_numpy(dtype=float) for r in (first, by_item, by_pair)
    )
    squares = lists**2 + items**2 - np.nan_to_num(pairs) ** 2
    se = np.sqrt(np.maximum.reduce([squares, lists**2, items**2]))
    df = np.minimum(*(r.evidence["df"].to_numpy(dtype=float) for r in (first, by_item)))
    low, high = _limits(first, se, df)
    known = ~np.isnan(lists)
    lost = known & np.isnan(items)
    notes = by_item.table["note"].astype(object).where(lost, table["note"])
    table["note"] = np.where(lost, "those in lists: " + notes.astype(str), table["note"])
    for name, numbers in (("low", low), ("high", high)):
        table[name] = np.where(known, numbers, table[name])
    table["estimate"] = np.where(lost, np.nan, table["estimate"])
    proof["se"], proof["df"] = se, np.where(known, df, proof["df"])
    return replace(first, table=table, evidence=proof, interval=f"{100 * first.level:g} % {PUT}")


def _limits(found: Result, se: Any, df: Any) -> tuple[Any, Any]:
    """Estimate plus and minus t deviates, on the scale on which they are symmetric."""
    value = found.table["estimate"].to_numpy(dtype=float)
    lowest = -1.0 if found.kind == "gap" else 0.0
    edges = (lowest, np.inf if found.kind == "ratio" else 1.0) if found.unit == "share" else ANY
    low, high = np.full((2, len(value)), np.nan)
    for transform in ONTO:
        mine = (found.evidence["transform"] == transform).to_numpy(dtype=bool)
        each = limited(value, se, df, Scale(transform, edges), found.level)
        low, high = (np.where(mine, new, old) for new, old in zip(each, (low, high), strict=True))
    return low, high

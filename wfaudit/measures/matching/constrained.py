"""Which pairs are feasible: each declared constraint as a column that says yes, no or unknown."""

from collections.abc import Mapping
from typing import Any

import ibis

from wfaudit.case import Case
from wfaudit.case.tables import ALL, Constraint
from wfaudit.counts.cells import memo
from wfaudit.measures.gathered import Floats
from wfaudit.measures.lists import (
    ABOVE,
    TIED,
    attend,
    in_top,
    over,
    placed,
    with_columns,
)

RADIUS = 6371.0088  # kilometres, the mean radius of the earth, as in the library haversine
CAN, GOT, STOOD = "wf can", "wf got", "wf stood in top"


def labels(case: Case) -> tuple[str, ...]:
    """All constraints together, and each by name where there are several."""
    names = tuple(one.name for one in case.constraints)
    return (ALL, *names) if len(names) > 1 else (ALL,)


def can_take(case: Case) -> Case:
    """The case with the place of each pair and, for every constraint and for all, whether it is met.

    True, false, or null: something that is compared is not known, or no speed is declared for a mode. All
    are met where each is, and are not where one isn't, whatever is unknown of the others.
    """
    done = memo(case, "can take")
    if () not in done:
        case = placed(case)
        met = {f"{CAN} {one.name}": _met(case, one) for one in case.constraints}
        named = with_columns(case, met)
        table: Any = named.source.table
        every = ibis.and_(*(table[name] for name in met))
        done[()] = with_columns(named, {f"{CAN} {ALL}": every})
    return done[()]


def _met(case: Case, one: Constraint) -> Any:
    if one.way == "within":
        return _within(case, one)
    if one.way == "covers":
        return _covers(case, one)
    if one.way == "==":
        return _same(case, one)
    sides: list[Any] = [case.number(columns[0]) for columns in (one.item, one.query)]
    mine, theirs = sides
    return mine >= theirs if one.way == ">=" else mine <= theirs


def _same(case: Case, one: Constraint) -> Any:
    """The same number or the same text; a number and a text are held against each other as text."""
    mine, theirs = (case.known(columns[0]) for columns in (one.item, one.query))
    kinds: list[Any] = [mine.type(), theirs.type()]
    if kinds[0] == kinds[1] or all(kind.is_numeric() for kind in kinds):
        return mine == theirs
    return mine.cast("string") == theirs.cast("string")


def _covers(case: Case, one: Constraint) -> Any:
    """Whether the item's interval, or set of words parted by ;, holds the query's."""
    if len(one.item) == 2:
        ends: list[Any] = [case.number(c) for c in (*one.item, *one.query)]
        start, end, first, last = ends
        return (start <= first) & (end >= last)
    has, must = (_words(case, columns[0]) for columns in (one.item, one.query))
    return _list_has_all(has.concat([""]), must)  # an empty word asks for nothing


@ibis.udf.scalar.builtin(
    name="list_has_all", signature=(("array<string>", "array<string>"), "boolean")
)
def _list_has_all(has: Any, must: Any) -> Any:
    """DuckDB's own: whether the first list holds every element of the second."""


def _words(case: Case, column: str) -> Any:
    text: Any = case.known(column).cast("string")
    return text.strip().re_replace(r"\s*;\s*", ";").split(";")


def _within(case: Case, one: Constraint) -> Any:
    mode: Any = case.known(one.mode).cast("string")
    speed: Any = ibis.cases(*((mode == name, pace) for name, pace in one.speeds), else_=None)
    ends: list[Any] = [case.number(c) for c in (*one.item, *one.query)]
    return 60 * kilometres(*ends) <= one.most * speed


def kilometres(north: Any, east: Any, far_north: Any, far_east: Any) -> Any:
    """How far two places are apart on a globe, from columns of degrees: the haversine formula."""
    lat, lon, far_lat, far_lon = (x.radians() for x in (north, east, far_north, far_east))
    half = ((far_lat - lat) / 2).sin() ** 2
    half += lat.cos() * far_lat.cos() * ((far_lon - lon) / 2).sin() ** 2
    return 2 * RADIUS * half.sqrt().clip(upper=1.0).asin()


# --- lists without what is not feasible


def feasible_lists(case: Case, models: Mapping[str, Floats]) -> Case:
    """The case as it would be if pairs known to be infeasible left the lists and all below moved up.

    A pair that leaves has no place any more. How much of it stood in the top, and what attention its place
    got by these models, stay beside as columns.
    """
    before = can_take(attend(placed(case), models))
    return attend(over(before, _moved_up(before)), models)


def _moved_up(case: Case) -> Any:
    """The pairs with their new places: up by as many as stood above and left."""
    pairs: Any = case.source.table
    leaves = (pairs[ABOVE].notnull() & ~pairs[f"{CAN} {ALL}"]).fill_null(False)
    query: Any = case.known(case.roles["query"].column)
    kept = {
        name.replace("wf gets", GOT): pairs[name]
        for name in pairs.columns
        if not (name.startswith("wf ") and name.endswith((" from", " to")))  # the curve's
    }
    pairs = pairs.select(
        **kept, **{STOOD: in_top(case), "wf list": query, "wf leaves": leaves.cast("int8")}
    )
    above, left = pairs[ABOVE], pairs["wf leaves"]
    lists: Any = {"group_by": pairs["wf list"], "order_by": above.asc(nulls_first=False)}
    upto: Any = left.sum().over(ibis.range_window(preceding=None, following=0, **lists))
    here: Any = left.sum().over(ibis.window(group_by=[pairs["wf list"], above]))
    shared: Any = pairs[TIED] if "rank" in case.roles else pairs[TIED] - here
    stays = left == 0
    return pairs.mutate(**{
        ABOVE: ibis.ifelse(stays, above - (upto - here), ibis.null("int64")),
        TIED: ibis.ifelse(stays, shared, 0),
    })  # fmt: skip

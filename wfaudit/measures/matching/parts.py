"""Pairs asked for a part of the lists at a time, so that very many never stand in memory at once."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from wfaudit.case import Case
from wfaudit.counts.cells import memo
from wfaudit.measures.gathered import Gathered, Keys
from wfaudit.measures.matching.lists import over
from wfaudit.sources import fetch

MANY = 5_000_000  # pairs of a part


def in_parts(case: Case, ask: Callable[[Any], Any], pairs: Any = None) -> pa.Table:
    """What is asked of pairs, list by list, a part of the units at a time; the answers one below another.

    A unit is a list, or the declared cluster of lists; ``ask`` may put together what is one unit's.
    """
    table: Any = case.source.table if pairs is None else pairs
    parts = 1 + case.door.rows // MANY
    if parts == 1:
        return fetch(case.source, ask(table))
    unit: Any = case.columns[case.cluster or "query"]
    of: Any = (unit.hash() % parts + parts) % parts  # a hash may be negative
    return pa.concat_tables(fetch(case.source, ask(table.filter(of == at))) for at in range(parts))


def summed_parts(value: Any) -> Any:
    """A sum of parts of places, the same in any order."""
    return value.cast("decimal(18, 6)").sum().cast("float64")


def list_by_list(case: Case) -> Iterator[Case]:
    """The case, or where it has very many pairs a part of its lists at a time; no list is parted."""
    parts = 1 + case.door.rows // MANY
    if parts == 1:
        yield case
        return
    table: Any = case.source.table
    query: Any = case.known(case.roles["query"].column)
    for at in range(parts):
        yield over(case, table.filter((query.hash() % parts + parts) % parts == at))


def gathered_in_parts(
    case: Case, name: str, keys: Keys, ask: Callable[[Case], Gathered]
) -> Gathered:
    """Cells that are asked for a part of the lists at a time; asked once for all groups that they know."""
    done = memo(case, name)
    for found in done.values():
        if {f"group {key}" for key in keys} <= set(found.axes):
            return found
    done[keys] = _together([ask(part) for part in list_by_list(case)])
    return done[keys]


def _together(parts: Sequence[Gathered]) -> Gathered:
    """The cells of all parts, one after another, on axes that hold what any part met."""
    if len(parts) == 1:
        return parts[0]
    axes: dict[str, Any] = {}
    for name in parts[0].axes:
        place: dict[Any, int] = {}
        codes = []
        for part in parts:
            at, met = part.axes[name]
            into = np.array([place.setdefault(value, len(place)) for value in met], dtype=np.int64)
            codes.append(into[at])
        axes[name] = (np.concatenate(codes), list(place))
    sums = {name: np.concatenate([part.sums[name] for part in parts]) for name in parts[0].sums}
    return Gathered(axes, np.concatenate([part.n for part in parts]), sums)

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


def parts_of(case: Case, pairs: Any) -> Iterator[Any]:
    """Pairs, a part of the lists at a time; no list is parted."""
    parts = 1 + case.door.rows // MANY
    query: Any = case.known(case.roles["query"].column)
    of: Any = (query.hash() % parts + parts) % parts  # a hash may be negative
    for at in range(parts):
        yield pairs if parts == 1 else pairs.filter(of == at)


def in_parts(case: Case, ask: Callable[[Any], Any]) -> pa.Table:
    """What is asked of pairs, a part of the lists at a time; answers one below another."""
    asked = (fetch(case.source, ask(pairs)) for pairs in parts_of(case, case.source.table))
    return pa.concat_tables(asked)


def summed_parts(value: Any) -> Any:
    """A sum of parts of places, the same in any order."""
    return value.cast("decimal(18, 6)").sum().cast("float64")


def list_by_list(case: Case) -> Iterator[Case]:
    """The case, or where it has very many pairs a part of its lists at a time."""
    for pairs in parts_of(case, case.source.table):
        yield case if pairs is case.source.table else over(case, pairs)


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

"""Pairs asked for a part of the lists at a time, so that very many never stand in memory at once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from wfaudit.case import Case
from wfaudit.case.tables import MANY_PAIRS
from wfaudit.counts.cells import memo
from wfaudit.measures.gathered import Gathered, Keys
from wfaudit.sources import fetch, parted


def parts_of(case: Case, pairs: Any) -> Iterator[Any]:
    """Pairs, a part of the lists at a time; no list is parted."""
    query: Any = case.known(case.roles["query"].column)
    return parted(pairs, query, case.door.rows, MANY_PAIRS)


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
        whole = pairs is case.source.table
        yield case if whole else case.again(source=replace(case.source, table=pairs))


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

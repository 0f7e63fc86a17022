"""Pairs asked for a part of the lists at a time, so that very many never stand in memory at once."""

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from wfaudit.case import Case
from wfaudit.sources import fetch

MANY = 5_000_000  # pairs of a part


def parts_of(case: Case, pairs: Any) -> Iterator[Any]:
    """Pairs, a part of the units at a time: of lists, or of declared clusters of lists."""
    parts = 1 + case.door.rows // MANY
    unit: Any = case.columns[case.cluster or "query"]
    of: Any = (unit.hash() % parts + parts) % parts  # a hash may be negative
    for at in range(parts):
        yield pairs if parts == 1 else pairs.filter(of == at)


def in_parts(case: Case, ask: Callable[[Any], Any]) -> pa.Table:
    """What is asked of pairs, unit by unit, a part of the units at a time; answers one below another."""
    asked = (fetch(case.source, ask(pairs)) for pairs in parts_of(case, case.source.table))
    return pa.concat_tables(asked)

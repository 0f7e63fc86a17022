"""Pairs asked for a part of the lists at a time, so that very many never stand in memory at once."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from wfaudit.case import Case
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

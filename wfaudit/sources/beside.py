"""Tables beside the main one: each row of the main table looks up one row there, or none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import ibis
import pyarrow as pa
from ibis.expr.types import Table

from wfaudit.errors import AuditError, listed, shown
from wfaudit.sources.common import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A table beside the main one: its name, its own key, the column of the main table that names it."""

    name: str
    key: str
    on: str
    source: Source


def beside(main: Source, sides: Sequence[Side]) -> Source:
    """The main source with the columns of the tables beside it, as ``<table>.<column>``.

    Nothing is checked here about the keys: a key that stands twice there would multiply rows, so
    whoever joins asks for double keys first. Raises AuditError where the two can't be in one engine.
    """
    if not sides:
        return main
    table = main.table
    for side in sides:
        columns = _qualified(side)
        if both := [name for name in columns if name in table.columns]:
            raise AuditError(
                f"{shown(main.name)} already has a column {listed(both)}. Rename it there."
            )
        other: Any = landed(main, side).select(**columns)
        mine, theirs = table[side.on], other[f"{side.name}.{side.key}"]
        _same_kind(main, side, mine.type(), theirs.type())
        table = table.left_join(other, mine == theirs)
    every = (main, *(side.source for side in sides))
    return replace(
        main,
        table=table,
        hashes=tuple(pair for source in every for pair in source.hashes),
        paths=tuple(path for source in every for path in source.paths),
        ignored=tuple(name for source in every for name in source.ignored),
    )


def _qualified(side: Side) -> Mapping[str, Any]:
    return {f"{side.name}.{c}": ibis._[c] for c in side.source.table.columns}


def landed(main: Source, side: Side) -> Table:
    """The table beside, held in the engine of the main one under a name nobody else has."""
    return put_beside(main, side.source.table.to_pyarrow(), side.source.name)


def put_beside(main: Source, table: pa.Table, name: str) -> Table:
    """A small table of our own, held in the engine of the main one under a name nobody else has."""
    backend: Any = main.table.get_backend()
    if getattr(backend, "name", "") != "duckdb":
        raise AuditError(
            f"{shown(main.name)} lives in another engine, so {shown(name)} can't be looked up "
            "beside it. Join the tables there and give the joined one as source."
        )
    called = f"beside_{uuid4().hex}"
    backend.con.register(called, table)
    return backend.table(called)


def _same_kind(main: Source, side: Side, mine: Any, theirs: Any) -> None:
    same = (mine.is_string() and theirs.is_string()) or (mine.is_integer() and theirs.is_integer())
    if not same:
        raise AuditError(
            f"{shown(main.name)}, column {shown(side.on)} holds {mine}, and its table {side.name}, column "
            f"{shown(side.key)} holds {theirs}: they can't name each other. Make both text or both whole "
            "numbers."
        )

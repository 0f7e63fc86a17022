"""Constraints at the door: numbers that are none, places that are none on earth, ways without a speed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from wfaudit.case.decode import Quality
from wfaudit.case.read import known, number
from wfaudit.case.tables import Constraint
from wfaudit.errors import AuditError, rows, shown
from wfaudit.sources import Source, fetch

if TYPE_CHECKING:
    from wfaudit.case.case import Case

FARTHEST = ((90, "latitude"), (180, "longitude"))


def look_constraints(case: "Case") -> list[Quality]:
    """Stop at what can't be compared; tell of places, intervals and modes that are odd.

    >>> import pandas as pd
    >>> from wfaudit.case import Case
    >>> pairs = pd.DataFrame({"job": [1, 1], "one": list("ab"), "lat": [47.1, 0], "lon": [15.4, 0],
    ...                       "by": "car"})
    >>> way = {"item": ["lat", "lon"], "query": ["lat", "lon"], "is": "within", "mode": "by",
    ...        "speeds": {"bus": 20}, "most": 60}
    >>> case = Case.from_dict({"source": pairs, "roles": {"query": "job", "item": "one"},
    ...                        "constraints": {"travel": way}})
    >>> [(note.code, note.rows) for note in look_constraints(case)]
    [('place at 0, 0', 1), ('place at 0, 0', 1), ('mode without speed', 2)]
    """
    return [note for one in case.constraints for note in _looked(case, one)]


def _looked(case: "Case", one: Constraint) -> Iterator[Quality]:
    for columns in (one.item, one.query):
        if one.way != "==" and (one.way != "covers" or len(columns) == 2):
            _numbers(case, one, columns)
        if one.way == "within":
            _on_earth(case, one, columns)
            yield from _at_zero(case, columns)
        elif len(columns) == 2:
            yield from _backwards(case, one, columns)
    if one.mode:
        yield from _without_speed(case, one)


def _held(case: "Case", columns: tuple[str, ...]) -> tuple[Source, dict[str, Any]]:
    """Where columns stand by themselves, one row each of whom they describe; else the pairs."""
    for side in case.sides:
        names = [column.removeprefix(f"{side.name}.") for column in columns]
        if all(column.startswith(f"{side.name}.") for column in columns):
            return side.source, {
                c: side.source.table[n] for c, n in zip(columns, names, strict=True)
            }
    return case.source, {c: case.source.table[c] for c in columns}


def _count(case: "Case", columns: tuple[str, ...], asked: Any) -> int:
    """In how many rows something is so of these columns, read as numbers."""
    source, held = _held(case, columns)
    values = [number(held[c], case.source.decimal, case.missing) for c in columns]
    found = fetch(source, source.table.aggregate(n=asked(*values).sum()))
    return int(found["n"].to_pylist()[0] or 0)


def _where(one: Constraint, columns: tuple[str, ...]) -> str:
    named = " and ".join(shown(column) for column in columns)
    return f"Constraint {shown(one.name)}, column{'s' if len(columns) > 1 else ''} {named}"


def _numbers(case: "Case", one: Constraint, columns: tuple[str, ...]) -> None:
    for column in dict.fromkeys(columns):
        source, held = _held(case, (column,))
        kind = held[column].type()
        if not (kind.is_numeric() or kind.is_string()):
            raise AuditError(
                f"{_where(one, (column,))} holds {kind}, and numbers are compared. Name another."
            )
        plain: Any = known(held[column], case.missing)
        read: Any = number(held[column], case.source.decimal, case.missing)
        bad = (plain.notnull() & read.isnull()) | read.isinf().fill_null(False)
        found = fetch(source, source.table.aggregate(n=bad.sum()))
        if n := int(found["n"].to_pylist()[0] or 0):
            raise AuditError(
                f"{_where(one, (column,))}: in {rows(n)} there is no number. Clean the column, or declare "
                'the words that stand for missing, for example missing = ["NA"].'
            )


def _on_earth(case: "Case", one: Constraint, columns: tuple[str, ...]) -> None:
    for column, (most, what) in zip(columns, FARTHEST, strict=True):
        if n := _count(case, (column,), lambda value, most=most: value.abs() > most):
            raise AuditError(
                f"{_where(one, (column,))}: in {rows(n)} the {what} is outside -{most} to {most} degrees. "
                "Mend the column, or name latitude first and longitude second."
            )


def _at_zero(case: "Case", columns: tuple[str, ...]) -> Iterator[Quality]:
    if n := _count(case, columns, lambda north, east: (north == 0) & (east == 0)):
        says = f"In {rows(n)} the place is 0, 0, in the sea off Africa; it is taken as given."
        yield Quality("place at 0, 0", says, columns[0], n)


def _backwards(case: "Case", one: Constraint, columns: tuple[str, ...]) -> Iterator[Quality]:
    if n := _count(case, columns, lambda start, end: start > end):
        says = f"In {rows(n)} the interval of constraint {shown(one.name)} ends before it starts."
        yield Quality("interval backwards", says, columns[0], n)


def _without_speed(case: "Case", one: Constraint) -> Iterator[Quality]:
    source, held = _held(case, (one.mode,))
    mode: Any = known(held[one.mode], case.missing)
    text: Any = mode.cast("string")
    odd = mode.notnull() & text.notin([name for name, _ in one.speeds])
    found = fetch(source, source.table.aggregate(n=odd.sum()))
    if n := int(found["n"].to_pylist()[0] or 0):
        says = f"In {rows(n)} no speed is declared for the mode of travel: whether it is feasible is unknown."
        yield Quality("mode without speed", says, one.mode, n)

"""People in batches: their inputs as a model takes them, and what else is asked for, never all at once.

An input is numbers, or text where some cell is no number or a code such as 007: that is asked once of the
whole source, so that every batch reads it the same way. Nothing of a batch is kept.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from wfaudit.case import Case, decode
from wfaudit.case.read import known, number
from wfaudit.counts.cells import encoded
from wfaudit.errors import AuditError, not_one_of, shown
from wfaudit.sources import fetch, stream

SIZE = 100_000
CODE = r"^\s*[-+]?0\d"  # 007 is a code, not a number


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Some rows: inputs by name (floats, or texts; missing is not-a-number), other columns as codes."""

    inputs: pd.DataFrame
    others: Mapping[str, tuple[Any, list[Any]]]
    start: int

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.inputs)


def batches(
    case: Case, inputs: Sequence[str], others: Mapping[str, Any] | None = None, size: int = SIZE,
    texts: Collection[str] = (),
) -> Iterator[Batch]:  # fmt: skip
    """Every row of a case in batches, in the order of the source.

    ``inputs`` names declared inputs, of which ``texts`` are told as texts whatever they look like; ``others``
    are expressions by name, told as codes and the values they stand for. Raises AuditError for a case of
    counts, and where rows changed while they were read.

    >>> people = pd.DataFrame({"age": [30, 40], "code": ["007", "012"]})
    >>> declared = {"source": people, "roles": {"flagged": {"column": "age", "is": ">= 35"}}}
    >>> case = Case.from_dict(declared | {"inputs": {"age": {}, "code": {}}})
    >>> [(b.inputs["age"].tolist(), b.inputs["code"].tolist()) for b in batches(case, ["age", "code"])]
    [([30.0, 40.0], ['007', '012'])]
    """
    there, others = rows_of(case), others or {}
    asked = {name: column(case, name, text=name in texts) for name in inputs}
    plain: dict[str, Any] = {f"i{at}": one for at, one in enumerate(asked.values())}
    plain |= {f"o{at}": one for at, one in enumerate(others.values())}
    if not plain:
        plain = {"i": case.source.table[case.source.table.columns[0]]}
    start = 0
    for batch in stream(case.source, case.source.table.select(**plain), size):
        for at in range(0, batch.num_rows, size):
            part = batch.slice(at, size)
            yield _batch(part, list(asked), list(others), start, texts)
            start += part.num_rows
    if start != there:
        raise AuditError(f"{shown(case.source.name)} changed while it was being read.")


def rows_of(case: Case) -> int:
    """How many rows the case has, once its door has let them in."""
    if case.evidence == "counts":
        raise AuditError("A case of counts holds no people, so no model can be asked about them.")
    return case.door.rows


def column(case: Case, name: str, *, text: bool = False) -> Any:
    """A declared input as an expression: numbers where all of it is numbers, else text, or text as asked."""
    if text:
        spec = dict(case.inputs)[_declared(case, name)]
        return known(_raw(case, spec), missing(case, spec))
    return _columns(case)[_declared(case, name)]


def is_number(case: Case, name: str) -> bool:
    """Whether an input is numbers."""
    return column(case, name).type().is_numeric()


def _declared(case: Case, name: str) -> str:
    names = [one for one, _ in case.inputs]
    if name not in names:
        raise not_one_of("input", name, names)
    return name


def _columns(case: Case) -> dict[str, Any]:
    """Every input, how it is read asked of the whole source at once and remembered."""
    done = case.counted.setdefault("inputs", {})
    if not done:
        texts = {name for name, spec in case.inputs if _raw(case, spec).type().is_string()}
        numeric = _all_numbers(case, [(n, s) for n, s in case.inputs if n in texts])
        for name, spec in case.inputs:
            plain = _raw(case, spec).type()
            as_number = name in numeric or plain.is_numeric() or plain.is_boolean()
            as_number = spec["kind"] == "number" if "kind" in spec else as_number
            read = number if as_number else _text
            done[name] = read(_raw(case, spec), case.source.decimal, missing(case, spec))
    return done


def missing(case: Case, spec: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts that stand for missing in an input: the case's, and its own."""
    return (*case.missing, *map(str, spec.get("missing", ())))


def _raw(case: Case, spec: Mapping[str, Any]) -> Any:
    return case.source.table[spec["column"]]


def _text(value: Any, _: str, gone: Sequence[str]) -> Any:
    return known(value, gone)


def _all_numbers(case: Case, texts: Sequence[tuple[str, Mapping[str, Any]]]) -> set[str]:
    """Of inputs that are stored as text, those whose every cell is a number and none is a code."""
    if not texts:
        return set()
    wanted: dict[str, Any] = {}
    for at, (_, spec) in enumerate(texts):
        told: Any = known(_raw(case, spec), missing(case, spec))
        read: Any = number(_raw(case, spec), case.source.decimal, missing(case, spec))
        odd = (read.isnull() & told.notnull()) | told.re_search(CODE).fill_null(False)
        wanted |= {f"odd{at}": odd.sum(), f"some{at}": told.count()}
    found = fetch(case.source, case.source.table.agg(**wanted)).to_pylist()[0]
    return {n for at, (n, _) in enumerate(texts) if found[f"some{at}"] and not found[f"odd{at}"]}


def _batch(
    part: pa.RecordBatch, inputs: list[str], others: list[str], start: int, texts: Collection[str]
) -> Batch:
    table = pa.Table.from_batches([part])
    read = {n: _values(table[f"i{at}"], text=n in texts) for at, n in enumerate(inputs)}
    told = {name: encoded(table[f"o{at}"]) for at, name in enumerate(others)}
    return Batch(pd.DataFrame(read, index=range(table.num_rows)), told, start)


def _values(cells: Any, *, text: bool) -> Any:
    """Numbers as floats, unless asked for as texts; texts as objects, the same value always the same text."""
    if not text and (pa.types.is_floating(cells.type) or pa.types.is_integer(cells.type)):
        return cells.cast(pa.float64()).to_numpy() + 0.0  # no minus zero
    at, values = encoded(cells)
    texts = [decode.text_of(value) for value in values]
    return np.array([np.nan if text is None else text for text in texts], dtype=object)[at]

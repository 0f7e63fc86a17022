"""Frames in memory (pandas, Polars, Arrow), landed once."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from wfaudit.errors import AuditError, rows, shown
from wfaudit.sources.common import Reading, Source, check_names, kept, land


def from_frame(given: Any, wanted: Sequence[str] | None, how: Reading) -> Source:
    """A pandas, Polars or Arrow table as a source."""
    name = f"{type(given).__module__.split('.')[0]} data frame in memory"
    if isinstance(given, pd.DataFrame):
        names = [str(c) for c in given.columns]
        check_names(names, name)
        keep = kept(names, wanted, name)
        frame: Any = given.set_axis(names, axis="columns")[keep]
        table = pa.table({c: _from_series(frame[c], name) for c in keep})
    elif isinstance(given, pa.Table):
        check_names(given.column_names, name)
        table = given.select(kept(given.column_names, wanted, name))
    elif hasattr(given, "to_arrow"):
        return from_frame(given.to_arrow(), wanted, how)
    else:
        raise AuditError(
            f"Can't use a source of type {type(given).__name__}. Give a path, a pandas, Polars or "
            "Arrow table (collect a lazy one first), or an Ibis table."
        )
    if table.num_rows == 0:
        raise AuditError(f"The {name} has 0 rows. Give at least one.")
    return Source(land(_plain(table), name), name, how.decimal)


def _from_series(column: "pd.Series", where: str) -> Any:
    kind = column.dtype
    if isinstance(kind, pd.SparseDtype):
        column = column.sparse.to_dense()
    if isinstance(kind, pd.CategoricalDtype):
        kind = kind.categories.dtype
    if isinstance(kind, pd.IntervalDtype | pd.PeriodDtype):  # 25 to 50, 2026-01: text to a reader
        column = column.astype(object).map(str, na_action="ignore")
    try:
        return pa.array(column, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        raise AuditError(
            f"{where}: column {shown(column.name)} ({rows(len(column))} of {column.dtype}) can't be read "
            "as one kind of value; perhaps text stands among numbers. Make it one kind, for example "
            "with .astype(str)."
        ) from None


def _plain(table: pa.Table) -> pa.Table:
    """Categories become their text: an unused category is not a group with nobody in it."""
    for at, kind in enumerate(table.schema):
        plain = kind.type
        if pa.types.is_dictionary(plain):
            plain = plain.value_type
        if pa.types.is_float16(plain):
            plain = pa.float32()
        if pa.types.is_null(plain):
            plain = pa.string()
        if plain != kind.type:
            table = table.set_column(at, kind.name, table.column(at).cast(plain))
    return table

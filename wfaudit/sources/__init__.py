"""The only opener of files, databases and data frames: whatever is given becomes a lazy Ibis table.

Text files and frames are landed once in a locked-down DuckDB in memory; Parquet is read in place.
Knows nothing of cases. The file itself is never written to.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from ibis.common.exceptions import IbisError
from ibis.expr.types import Table

from wfaudit.errors import AuditError, shown
from wfaudit.sources.beside import Side, beside, put_beside
from wfaudit.sources.common import Reading, Source, check_names, connect, kept, many, sha256
from wfaudit.sources.frames import from_frame
from wfaudit.sources.parted import parted
from wfaudit.sources.tables import DATABASE, from_database, from_parquet
from wfaudit.sources.text import TEXT, from_text

__all__ = [
    "Reading",
    "Side",
    "Source",
    "beside",
    "connect",
    "fetch",
    "many",
    "open_source",
    "parted",
    "put_beside",
    "stream",
    "unchanged",
]


def open_source(
    given: object, wanted: Sequence[str] | None = None, how: Reading | None = None
) -> Source:
    """Open a path, a data frame (pandas, Polars, Arrow) or an Ibis table.

    ``wanted`` names the columns to keep (default: all). Raises AuditError for a source that is
    empty, broken, ambiguous or has columns that two backends would name differently.

    >>> import pandas as pd
    >>> open_source(pd.DataFrame({"sex": ["women", "men"]})).table.columns
    ('sex',)
    """
    how = how or Reading()
    if isinstance(given, str | Path):
        try:
            return _from_path(Path(given), wanted, how)
        except OSError as problem:
            raise AuditError(
                f"{shown(Path(given).name)} can't be opened ({problem.strerror}). Check that the "
                "file is there and that you may read it."
            ) from None
    if isinstance(given, Table):
        name = "Ibis table"
        check_names(given.columns, name)
        return Source(given.select(kept(given.columns, wanted, name)), name, how.decimal)
    return from_frame(given, wanted, how)


def unchanged(source: Source) -> None:
    """Stop if a file behind the source is no longer the one that was opened."""
    for path, (name, before) in zip(source.paths, source.hashes, strict=True):
        if not path.is_file() or sha256(path) != before:
            raise AuditError(
                f"{shown(name)} changed or vanished while it was being read; nothing was written. "
                "Run again when nobody is writing to it."
            )


def fetch(source: Source, asked: Table) -> pa.Table:
    """Run one query on a source. An engine's complaint may hold cells, so its words are not told."""
    with _told(source):
        return asked.to_pyarrow()


def stream(source: Source, asked: Table, size: int) -> Iterator[pa.RecordBatch]:
    """Run one query on a source and give its rows in batches, in their order, never all at once."""
    with _told(source):
        yield from _reader(asked, size)


def _reader(asked: Table, size: int) -> Iterator[pa.RecordBatch]:
    """DuckDB's own reader where it is DuckDB: Ibis 12 asks it by a name that DuckDB 2 dropped.

    Nothing else may be asked of the source meanwhile: that would end the stream, and stop with an error.
    """
    backend: Any = asked.get_backend()
    if backend.name != "duckdb":
        return iter(asked.to_pyarrow_batches(chunk_size=size))
    return iter(backend.con.sql(backend.compile(asked)).to_arrow_reader(size))


@contextmanager
def _told(source: Source) -> Generator[None]:
    """Say in our words that a source could not be read."""
    try:
        yield
    except (duckdb.Error, IbisError, pa.ArrowException, OSError) as problem:
        unchanged(source)
        what = (
            "export the data again: the file may be damaged" if source.paths else "mend the table"
        )
        raise AuditError(
            f"{shown(source.name)} could not be read to its end ({type(problem).__name__}); nothing "
            f"was written. Free memory and disk, or {what}."
        ) from None


def _from_path(path: Path, wanted: Sequence[str] | None, how: Reading) -> Source:
    if not path.exists():
        raise AuditError(
            f"There is no file or folder {shown(path.name)} where the source points. "
            "A source is looked up beside its case file; check the name, or build the data first."
        )
    if path.is_dir():
        return from_parquet(path, wanted, how)
    if path.stat().st_size == 0:
        raise AuditError(f"{shown(path.name)} is empty (0 bytes). Export the data again.")
    suffix = path.suffix.lower()
    if suffix in TEXT:
        return from_text(path, wanted, how)
    if suffix == ".parquet":
        return from_parquet(path, wanted, how)
    if suffix in DATABASE:
        return from_database(path, wanted, how)
    raise AuditError(
        f"Can't read {shown(path.name)}: a source ends in {', '.join((*TEXT, '.parquet', DATABASE[0]))} "
        f"or {DATABASE[1]}, or is a folder of Parquet files. Export it as one of these."
    )

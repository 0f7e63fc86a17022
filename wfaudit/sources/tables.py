"""Parquet files and folders, read in place, and DuckDB files, opened to read only."""

import glob
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet
from ibis.common.exceptions import IbisError

from wfaudit.errors import AuditError, listed, not_one_of, shown
from wfaudit.sources.common import Reading, Source, check_names, connect, kept, many, sha256

DATABASE = (".duckdb", ".ddb")


def from_parquet(path: Path, wanted: Sequence[str] | None, how: Reading) -> Source:
    """A Parquet file, or a folder of parts, as a source that is read in place."""
    files, ignored = _parts(path) if path.is_dir() else ([path], [])
    _same_schema(files, path)
    backend = connect(readable=[path.resolve()])
    table = backend.read_parquet([glob.escape(str(f.resolve())) for f in files])
    check_names(table.columns, path.name)
    hashes = tuple((inside(f, path), sha256(f)) for f in files)
    table = table.select(kept(table.columns, wanted, path.name))
    return Source(table, path.name, how.decimal, hashes, tuple(ignored), tuple(files))


def _parts(folder: Path) -> tuple[list[Path], list[str]]:
    every = sorted(f for f in folder.rglob("*") if f.is_file())
    hidden = {f for f in every if any(p[0] in "._" for p in f.relative_to(folder).parts)}
    files = [f for f in every if f not in hidden and f.suffix.lower() == ".parquet"]
    if not files:
        raise AuditError(
            f"Folder {shown(folder.name)} holds no .parquet file ({many(len(every), 'other file')}). "
            "Point the source at the folder that holds the parts."
        )
    return files, [inside(f, folder) for f in sorted({*every} - {*files})]


def inside(file: Path, root: Path) -> str:
    """A part's name below its folder; the values in names like ``office=Graz`` are not told."""
    inside = file.relative_to(root).as_posix() if file != root else file.name
    return re.sub(r"=[^/]*(?=/)", "=…", inside)


def _same_schema(files: list[Path], root: Path) -> None:
    first: Any = None
    total = 0
    for file in files:
        try:
            meta = pyarrow.parquet.ParquetFile(file)
        except (pa.ArrowInvalid, OSError):
            raise AuditError(
                f"{shown(inside(file, root))} is not a whole Parquet file (truncated or another "
                "format). Export it again."
            ) from None
        total += meta.metadata.num_rows
        schema = meta.schema_arrow
        first = first or schema
        check_names(schema.names, file.name)
        for name in sorted({*schema.names, *first.names}):
            if _kind(schema, name) != _kind(first, name):
                raise AuditError(
                    f"{shown(root.name)}: column {shown(name)} is {_kind(schema, name)} in part "
                    f"{shown(inside(file, root))} and {_kind(first, name)} in part "
                    f"{shown(inside(files[0], root))}. Write all parts with one schema."
                )
    if total == 0:
        raise AuditError(f"{shown(root.name)} has columns but 0 rows. Export the data again.")


def _kind(schema: pa.Schema, name: str) -> str:
    return str(schema.field(name).type) if name in schema.names else "missing"


def from_database(path: Path, wanted: Sequence[str] | None, how: Reading) -> Source:
    """A table of a DuckDB file as a source."""
    before = sha256(path)
    try:
        backend = connect(path.resolve())
        # Ibis' own list_tables calls a method that DuckDB 2 no longer has.
        listing = backend.con.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
        )
        names = {_full(*found): found for found in sorted(listing.fetchall())}
        table = _which(path, how.table, list(names))
        schema, name = names[table]
        opened = backend.table(name, database=schema)
    except (duckdb.Error, IbisError):
        raise AuditError(
            f"{shown(path.name)} can't be opened as a DuckDB file (another format or version, in use, "
            "or a view of other files). Close the program that holds it, or export to Parquet."
        ) from None
    check_names(opened.columns, path.name)
    opened = opened.select(kept(opened.columns, wanted, path.name))
    name = f"{path.name}, table {table}"
    return Source(opened, name, how.decimal, ((path.name, before),), (), (path,))


def _full(schema: str, table: str) -> str:
    return table if schema == "main" else f"{schema}.{table}"


def _which(path: Path, asked: str, names: list[str]) -> str:
    if asked in names:
        return asked
    if not names:
        raise AuditError(f"{shown(path.name)} holds no table. Export the data into it again.")
    if asked:
        raise not_one_of(f"table in {path.name}", asked, names)
    if len(names) > 1:
        raise AuditError(
            f"{shown(path.name)} holds {len(names):,} tables: {listed(names)}. Name the one to read: "
            'source = { path = "…", table = "people" }.'
        )
    return names[0]

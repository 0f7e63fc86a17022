"""The only opener of files, databases and data frames: whatever is given becomes a lazy Ibis table.

Text files and frames are landed once in a locked-down DuckDB in memory; Parquet is read in place.
Knows nothing of cases. The file itself is never written to.
"""

import csv
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from ibis.expr.types import Table

from wfaudit.errors import AuditError, listed, not_one_of, rows, shown

TEXT = (".csv", ".tsv", ".txt")
DATABASE = (".duckdb", ".ddb")
DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read a text file or which table of a database; empty means: tell by looking."""

    delimiter: str = ""
    decimal: str = "."
    encoding: str = ""
    table: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A lazy table, the name to show for it, and the fingerprint of every file behind it."""

    table: Table
    name: str
    decimal: str = "."
    hashes: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()
    paths: tuple[Path, ...] = field(default=(), repr=False)


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
        return _from_path(Path(given), wanted, how)
    if isinstance(given, Table):
        name = "Ibis table"
        _check_names(given.columns, name)
        return Source(given.select(_wanted(given.columns, wanted, name)), name, how.decimal)
    return _from_frame(given, wanted, how)


def unchanged(source: Source) -> None:
    """Stop if a file behind the source is no longer the one that was opened."""
    for path, (name, before) in zip(source.paths, source.hashes, strict=True):
        if not path.exists() or _sha256(path) != before:
            raise AuditError(
                f"{shown(name)} changed or vanished while it was being read; nothing was written. "
                "Run again when nobody is writing to it."
            )


def _from_path(path: Path, wanted: Sequence[str] | None, how: Reading) -> Source:
    if not path.exists():
        raise AuditError(
            f"There is no file or folder {shown(path.name)} where the source points. "
            "A source is looked up beside its case file; check the name, or build the data first."
        )
    if path.is_dir():
        return _parquet(path, wanted)
    if path.stat().st_size == 0:
        raise AuditError(f"{shown(path.name)} is empty (0 bytes). Export the data again.")
    suffix = path.suffix.lower()
    if suffix in TEXT:
        return _text(path, wanted, how)
    if suffix == ".parquet":
        return _parquet(path, wanted)
    if suffix in DATABASE:
        return _database(path, wanted, how.table)
    raise AuditError(
        f"Can't read {shown(path.name)}: a source ends in {', '.join((*TEXT, '.parquet'))} or "
        f"{' or '.join(DATABASE)}, or is a folder of Parquet files. Export it as one of these."
    )


# --- one hardened connection a source


def connect(file: Path | None = None, readable: Iterable[Path] = ()) -> Any:
    """A DuckDB that reads only what it was given, asks no network and can't be reconfigured."""
    backend: Any = ibis.duckdb.connect(file or ":memory:", read_only=file is not None)
    lock = (
        ("enable_progress_bar", False),
        ("python_enable_replacements", False),
        ("autoinstall_known_extensions", False),
        ("autoload_known_extensions", False),
        ("allowed_directories", [f"{p}/" for p in readable if p.is_dir()]),
        ("allowed_paths", [str(p) for p in readable if p.is_file()]),
        ("enable_external_access", False),
        ("lock_configuration", True),
    )
    for name, value in lock:
        backend.con.execute(f"SET {name} = {value!r}")
    return backend


def _land(table: pa.Table | pa.RecordBatchReader) -> Table:
    backend = connect()
    backend.con.register("landing", table)
    backend.con.execute("CREATE TABLE people AS SELECT * FROM landing")
    backend.con.unregister("landing")
    return backend.table("people")


# --- frames in memory


def _from_frame(given: Any, wanted: Sequence[str] | None, how: Reading) -> Source:
    name = f"{type(given).__module__.split('.')[0]} data frame in memory"
    if isinstance(given, pd.DataFrame):
        names = [str(c) for c in given.columns]
        _check_names(names, name)
        keep = _wanted(names, wanted, name)
        frame = given.set_axis(names, axis="columns")[keep]
        table = pa.table({c: _from_series(frame[c]) for c in keep})
    elif isinstance(given, pa.Table):
        _check_names(given.column_names, name)
        table = given.select(_wanted(given.column_names, wanted, name))
    elif hasattr(given, "to_arrow"):
        return _from_frame(given.to_arrow(), wanted, how)
    else:
        raise AuditError(
            f"Can't use {type(given).__name__!r} as a source. Give a path, a pandas, Polars or "
            "Arrow table, or an Ibis table."
        )
    if table.num_rows == 0:
        raise AuditError(f"The {name} has 0 rows. Give at least one.")
    return Source(_land(_plain(table)), name, how.decimal)


def _from_series(column: Any) -> Any:
    try:
        return pa.array(column, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        raise AuditError(
            f"Column {shown(column.name)} mixes kinds of values in {rows(len(column))} "
            "(text with numbers, say). Make it one kind, for example with .astype(str)."
        ) from None


def _plain(table: pa.Table) -> pa.Table:
    """Categories become their text: an unused category is not a group with nobody in it."""
    for at, kind in enumerate(table.schema):
        if pa.types.is_dictionary(kind.type):
            column = table.column(at).cast(kind.type.value_type)
            table = table.set_column(at, kind.name, column)
    return table


# --- Parquet and DuckDB files


def _parquet(path: Path, wanted: Sequence[str] | None) -> Source:
    files, ignored = _parts(path) if path.is_dir() else ([path], [])
    _same_schema(files, path)
    backend = connect(readable=[path.resolve()])
    table = backend.read_parquet([str(f.resolve()) for f in files])
    _check_names(table.columns, path.name)
    hashes = tuple((_inside(f, path), _sha256(f)) for f in files)
    table = table.select(_wanted(table.columns, wanted, path.name))
    return Source(table, path.name, ".", hashes, tuple(ignored), tuple(files))


def _parts(folder: Path) -> tuple[list[Path], list[str]]:
    every = sorted(f for f in folder.rglob("*") if f.is_file())
    stray = [f for f in every if f.name[0] in "._" or f.suffix.lower() != ".parquet"]
    files = [f for f in every if f not in stray]
    if not files:
        raise AuditError(
            f"Folder {shown(folder.name)} holds no .parquet file ({len(every)} other files). "
            "Point the source at the folder that holds the parts."
        )
    return files, [_inside(f, folder) for f in stray]


def _inside(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix() if file != root else file.name


def _same_schema(files: list[Path], root: Path) -> None:
    first: Any = None
    total = 0
    for file in files:
        try:
            meta = pyarrow.parquet.ParquetFile(file)
        except (pa.ArrowInvalid, OSError):
            raise AuditError(
                f"{shown(_inside(file, root))} is not a whole Parquet file (truncated or another "
                "format). Export it again."
            ) from None
        total += meta.metadata.num_rows
        schema = meta.schema_arrow
        first = first or schema
        _check_names(schema.names, file.name)
        for name in sorted({*schema.names, *first.names}):
            if _kind(schema, name) != _kind(first, name):
                raise AuditError(
                    f"Part {shown(_inside(file, root))} has column {shown(name)} as "
                    f"{_kind(schema, name)}, part {shown(_inside(files[0], root))} as "
                    f"{_kind(first, name)}. Write all parts with one schema."
                )
    if total == 0:
        raise AuditError(f"{shown(root.name)} has columns but 0 rows. Export the data again.")


def _kind(schema: pa.Schema, name: str) -> str:
    return str(schema.field(name).type) if name in schema.names else "missing"


def _database(path: Path, wanted: Sequence[str] | None, table: str) -> Source:
    before = _sha256(path)
    try:
        backend = connect(path.resolve())
        # Ibis' own list_tables calls a method that DuckDB 2 no longer has.
        listing = backend.con.execute("SELECT table_name FROM information_schema.tables")
        names = sorted(name for (name,) in listing.fetchall())
    except Exception as problem:
        if type(problem).__module__.split(".")[0] not in ("duckdb", "_duckdb"):
            raise
        raise AuditError(
            f"{shown(path.name)} can't be opened as a DuckDB file (another format, another "
            "version, or in use). Close the program that holds it, or export to Parquet."
        ) from None
    if not table and len(names) == 1:
        table = names[0]
    if table not in names:
        raise not_one_of(f"table in {path.name}", table, names)
    opened = backend.table(table)
    _check_names(opened.columns, path.name)
    opened = opened.select(_wanted(opened.columns, wanted, path.name))
    return Source(opened, f"{path.name}, table {table}", ".", ((path.name, before),), (), (path,))


# --- text files: every column lands as text, so that 001 stays 001 and NA stays NA


def _text(path: Path, wanted: Sequence[str] | None, how: Reading) -> Source:
    sha = _sha256(path)
    encoding = _encoding(path, how.encoding)
    delimiter, names = _header(path, encoding, how.delimiter)
    _check_names(names, path.name)
    keep = _wanted(names, wanted, path.name)
    table = _read_text(path, encoding, delimiter, keep)
    if table.num_rows == 0:
        raise AuditError(
            f"{shown(path.name)} has a header and 0 rows. Export the data again, with its rows."
        )
    return Source(_land(table), path.name, how.decimal, ((path.name, sha),), (), (path,))


def _read_text(path: Path, encoding: str, delimiter: str, keep: list[str]) -> pa.Table:
    uneven: list[int] = []

    def note(_: object) -> str:
        uneven.append(1)
        return "skip"

    options = {
        "read_options": pyarrow.csv.ReadOptions(encoding=encoding, block_size=1 << 24),
        "parse_options": pyarrow.csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, invalid_row_handler=note
        ),
        "convert_options": pyarrow.csv.ConvertOptions(
            column_types={c: pa.string() for c in keep},
            include_columns=keep,
            strings_can_be_null=False,
        ),
    }
    try:
        table = pyarrow.csv.read_csv(path, **options)
    except pa.ArrowInvalid:
        raise AuditError(
            f"{shown(path.name)} can't be read as text with columns parted by {delimiter!r} "
            f"(an unclosed quote, or a row over 16 MB). Export it again, or declare the delimiter."
        ) from None
    if uneven:
        raise AuditError(
            f"{shown(path.name)}: in {rows(len(uneven))} the number of fields is not that of the "
            f"header (parted by {delimiter!r}). Quote fields that hold the delimiter, or declare "
            "the right one."
        )
    return table


def _encoding(path: Path, declared: str) -> str:
    with path.open("rb") as file:
        head = file.read(2)
    if not declared and head in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    name = declared or "utf-8"
    try:
        with path.open(encoding=name, newline="") as text:
            while text.read(1 << 20):
                pass
    except LookupError:
        raise AuditError(
            f"No encoding called {shown(declared)}. Declare a standard one: utf-8, utf-16, "
            "latin-1, windows-1252."
        ) from None
    except UnicodeError:
        raise _not_decoded(path, name) from None
    return name


def _not_decoded(path: Path, name: str) -> AuditError:
    bad: list[int] = []
    other, offset, first = 0, 0, -1
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode(name)
                other += not line.isascii()
            except UnicodeError as problem:
                bad.append(number)
                first = offset + getattr(problem, "start", 0) if first < 0 else first
            offset += len(line)
    where = f"first at line {bad[0]:,}, byte {first:,}" if bad else "at its end"
    mixed = f"; {other:,} other lines are {name}, so the file mixes encodings" if other else ""
    return AuditError(
        f"{shown(path.name)}: not {name} in {len(bad):,} of its lines ({where}{mixed}). Declare the "
        'encoding, for example source = { path = "…", encoding = "latin-1" }, or save as UTF-8.'
    )


def _header(path: Path, encoding: str, delimiter: str) -> tuple[str, list[str]]:
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as text:
        lines = [line for line, _ in zip(text, range(20), strict=False)]
    if not delimiter:
        counts = {d: len(next(csv.reader(lines, delimiter=d), [])) for d in DELIMITERS}
        best = max(counts.values())
        found = [d for d in DELIMITERS if counts[d] == best]
        if best > 1 and len(found) > 1:
            raise AuditError(
                f"{shown(path.name)}: can't tell which of {listed(found)} parts the columns. "
                'Declare it: source = { path = "…", delimiter = ";" }.'
            )
        delimiter = found[0]
    return delimiter, next(csv.reader(lines, delimiter=delimiter), [])


# --- names


def _wanted(names: Sequence[str], wanted: Sequence[str] | None, where: str) -> list[str]:
    for name in wanted or ():
        if name not in names:
            raise not_one_of(f"column in {where}", name, names)
    return list(dict.fromkeys(wanted)) if wanted is not None else list(names)


def _check_names(names: Sequence[str], where: str) -> None:
    """Refuse names that are missing, double, or that a database would take for the same."""
    if not names:
        raise AuditError(f"{shown(where)} has no columns.")
    blank = [at for at, name in enumerate(names, start=1) if not name.strip()]
    if blank:
        raise AuditError(
            f"{shown(where)}: column number {blank[0]} has no name ({len(names)} columns). "
            "Give every column a name."
        )
    seen: dict[str, str] = {}
    for name in names:
        twin = seen.setdefault(name.casefold(), name)
        if twin is not name:
            how = "stand twice" if twin == name else "differ only in case"
            raise AuditError(
                f"{shown(where)}: columns {shown(twin)} and {shown(name)} {how}; databases would "
                "take them for one or rename one silently. Rename one."
            )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""The only opener of files, databases and data frames: whatever is given becomes a lazy Ibis table.

Text files and frames are landed once in a locked-down DuckDB in memory; Parquet is read in place.
Knows nothing of cases. The file itself is never written to.
"""

import codecs
import csv
import glob
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO

import duckdb
import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from ibis.common.exceptions import IbisError
from ibis.expr.types import Table

from wfaudit.errors import AuditError, listed, not_one_of, rows, shown

TEXT = (".csv", ".tsv", ".txt")
DATABASE = (".duckdb", ".ddb")
DELIMITERS = (",", ";", "\t", "|")
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
HEAD = 20
FIGURES = re.compile(r"[-+\d.,:/ ]*\d[-+\d.,:/ ]*")


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read a text file or which table of a database; empty means: tell by looking."""

    delimiter: str = ""
    decimal: str = "."
    encoding: str = ""
    table: str = ""

    def __post_init__(self) -> None:
        """Refuse marks that no text file can be parted by."""
        if (
            len(self.delimiter) > 1
            or self.delimiter in ('"', "\r", "\n")
            or not self.delimiter.isascii()
        ):
            raise AuditError(
                'The delimiter must be one character: source = { …, delimiter = ";" }.'
            )
        if self.decimal not in (".", ","):
            raise AuditError(
                'The decimal mark is a point or a comma: source = { …, decimal = "," }.'
            )


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
        try:
            return _from_path(Path(given), wanted, how)
        except OSError as problem:
            raise AuditError(
                f"{shown(Path(given).name)} can't be opened ({problem.strerror}). Check that the "
                "file is there and that you may read it."
            ) from None
    if isinstance(given, Table):
        name = "Ibis table"
        _check_names(given.columns, name)
        return Source(given.select(_wanted(given.columns, wanted, name)), name, how.decimal)
    return _from_frame(given, wanted, how)


def unchanged(source: Source) -> None:
    """Stop if a file behind the source is no longer the one that was opened."""
    for path, (name, before) in zip(source.paths, source.hashes, strict=True):
        if not path.is_file() or _sha256(path) != before:
            raise AuditError(
                f"{shown(name)} changed or vanished while it was being read; nothing was written. "
                "Run again when nobody is writing to it."
            )


def fetch(source: Source, asked: Table) -> pa.Table:
    """Run one query on a source. An engine's complaint may hold cells, so its words are not told."""
    try:
        return asked.to_pyarrow()
    except (duckdb.Error, IbisError, pa.ArrowException, OSError) as problem:
        unchanged(source)
        what = (
            "export the data again: the file may be damaged" if source.paths else "mend the table"
        )
        raise AuditError(
            f"{shown(source.name)} could not be read to its end ({type(problem).__name__}); nothing "
            f"was written. Free memory and disk, or {what}."
        ) from None


def many(n: int, noun: str) -> str:
    """Say how many of a thing there are.

    >>> many(1, "part"), many(2000, "part")
    ('1 part', '2,000 parts')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _from_path(path: Path, wanted: Sequence[str] | None, how: Reading) -> Source:
    if not path.exists():
        raise AuditError(
            f"There is no file or folder {shown(path.name)} where the source points. "
            "A source is looked up beside its case file; check the name, or build the data first."
        )
    if path.is_dir():
        return _parquet(path, wanted, how)
    if path.stat().st_size == 0:
        raise AuditError(f"{shown(path.name)} is empty (0 bytes). Export the data again.")
    suffix = path.suffix.lower()
    if suffix in TEXT:
        return _text(path, wanted, how)
    if suffix == ".parquet":
        return _parquet(path, wanted, how)
    if suffix in DATABASE:
        return _database(path, wanted, how)
    raise AuditError(
        f"Can't read {shown(path.name)}: a source ends in {', '.join((*TEXT, '.parquet', DATABASE[0]))} "
        f"or {DATABASE[1]}, or is a folder of Parquet files. Export it as one of these."
    )


# --- one hardened connection a source


def connect(file: Path | None = None, readable: Iterable[Path] = ()) -> Any:
    """A DuckDB that reads only what it was given, asks no network and can't be reconfigured."""
    backend: Any = ibis.duckdb.connect(file or ":memory:", read_only=file is not None)
    files = [str(p) for p in readable if p.is_file()]
    folders = [f"{p}/" for p in readable if p.is_dir()]
    lock = (
        ("TimeZone", "UTC"),
        ("enable_progress_bar", False),
        ("python_enable_replacements", False),
        ("autoinstall_known_extensions", False),
        ("autoload_known_extensions", False),
        # a name is asked for as a pattern, in which its own * ? [ are escaped, then opened as it is
        ("allowed_directories", [*folders, *map(glob.escape, folders)]),
        ("allowed_paths", [*files, *map(glob.escape, files)]),
        ("enable_external_access", False),
        ("lock_configuration", True),
    )
    for name, value in lock:
        backend.con.execute(f"SET {name} = {_literal(value)}")
    return backend


def _literal(value: str | bool | list[str]) -> str:
    """A value in SQL; a quote within a text is doubled.

    >>> _literal(["it's", "x"]), _literal(False)
    ("['it''s', 'x']", 'false')
    """
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return str(value).lower() if isinstance(value, bool) else "'" + value.replace("'", "''") + "'"


def _land(table: pa.Table, name: str) -> Table:
    backend = connect()
    try:
        backend.con.register("landing", table)
        backend.con.execute("CREATE TABLE people AS SELECT * FROM landing")
    except duckdb.Error:
        kinds = ", ".join(f"{shown(f.name)} ({f.type})" for f in table.schema)
        raise AuditError(
            f"{name}: a column is of a kind that can't be read: {kinds}. Make it text, a number, a "
            "date or true/false."
        ) from None
    backend.con.unregister("landing")
    return backend.table("people")


# --- frames in memory


def _from_frame(given: Any, wanted: Sequence[str] | None, how: Reading) -> Source:
    name = f"{type(given).__module__.split('.')[0]} data frame in memory"
    if isinstance(given, pd.DataFrame):
        names = [str(c) for c in given.columns]
        _check_names(names, name)
        keep = _wanted(names, wanted, name)
        frame: Any = given.set_axis(names, axis="columns")[keep]
        table = pa.table({c: _from_series(frame[c], name) for c in keep})
    elif isinstance(given, pa.Table):
        _check_names(given.column_names, name)
        table = given.select(_wanted(given.column_names, wanted, name))
    elif hasattr(given, "to_arrow"):
        return _from_frame(given.to_arrow(), wanted, how)
    else:
        raise AuditError(
            f"Can't use a source of type {type(given).__name__}. Give a path, a pandas, Polars or "
            "Arrow table (collect a lazy one first), or an Ibis table."
        )
    if table.num_rows == 0:
        raise AuditError(f"The {name} has 0 rows. Give at least one.")
    return Source(_land(_plain(table), name), name, how.decimal)


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


# --- Parquet and DuckDB files


def _parquet(path: Path, wanted: Sequence[str] | None, how: Reading) -> Source:
    files, ignored = _parts(path) if path.is_dir() else ([path], [])
    _same_schema(files, path)
    backend = connect(readable=[path.resolve()])
    table = backend.read_parquet([glob.escape(str(f.resolve())) for f in files])
    _check_names(table.columns, path.name)
    hashes = tuple((_inside(f, path), _sha256(f)) for f in files)
    table = table.select(_wanted(table.columns, wanted, path.name))
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
    return files, [_inside(f, folder) for f in sorted({*every} - {*files})]


def _inside(file: Path, root: Path) -> str:
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
                    f"{shown(root.name)}: column {shown(name)} is {_kind(schema, name)} in part "
                    f"{shown(_inside(file, root))} and {_kind(first, name)} in part "
                    f"{shown(_inside(files[0], root))}. Write all parts with one schema."
                )
    if total == 0:
        raise AuditError(f"{shown(root.name)} has columns but 0 rows. Export the data again.")


def _kind(schema: pa.Schema, name: str) -> str:
    return str(schema.field(name).type) if name in schema.names else "missing"


def _database(path: Path, wanted: Sequence[str] | None, how: Reading) -> Source:
    before = _sha256(path)
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
    _check_names(opened.columns, path.name)
    opened = opened.select(_wanted(opened.columns, wanted, path.name))
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


# --- text files: every column lands as text, so that 001 stays 001 and NA stays NA


def _text(path: Path, wanted: Sequence[str] | None, how: Reading) -> Source:
    sha = _sha256(path)
    encoding = _encoding(path, how.encoding)
    delimiter, names, alone = _header(path, encoding, how.delimiter, wanted or ())
    how = replace(how, delimiter=delimiter, encoding=encoding)
    _check_names(names, path.name)
    _check_header(path, names, wanted or ())
    keep = _wanted(names, wanted, path.name)
    table = None if alone else _read_text(path, how, names, keep)
    if table is None or table.num_rows == 0:
        raise AuditError(
            f"{shown(path.name)} has a header and 0 rows. Export the data again, with its rows."
        )
    return Source(_land(table, path.name), path.name, how.decimal, ((path.name, sha),), (), (path,))


def _check_header(path: Path, names: list[str], wanted: Sequence[str]) -> None:
    """Refuse a first line of cells: where a column is missing, names are told, and cells never."""
    missing = [name for name in wanted if name not in names]
    figures = sum(FIGURES.fullmatch(name) is not None for name in names)
    if missing and figures:
        raise AuditError(
            f"{shown(path.name)} has no column {listed(missing)}; its first line looks like a row of "
            f"data, not like names ({figures} of {len(names)} in figures). Put a line of names first, "
            "or mend the names in the case."
        )


def _read_text(path: Path, how: Reading, names: list[str], keep: list[str]) -> pa.Table:
    uneven: list[int] = []

    def note(row: pyarrow.csv.InvalidRow) -> str:
        uneven.append(row.actual_columns)
        return "skip"

    options = {
        "read_options": pyarrow.csv.ReadOptions(encoding=how.encoding, block_size=1 << 24),
        "parse_options": pyarrow.csv.ParseOptions(
            delimiter=how.delimiter,
            newlines_in_values=True,
            invalid_row_handler=note,
            ignore_empty_lines=len(names) > 1,  # in a single column an empty line is a person
        ),
        "convert_options": pyarrow.csv.ConvertOptions(
            column_types={c: pa.string() for c in keep},
            include_columns=keep,
            strings_can_be_null=False,
        ),
    }
    try:
        table = pyarrow.csv.read_csv(path, **options)
    except (pa.ArrowException, UnicodeError):
        raise AuditError(
            f"{shown(path.name)} can't be read as text with columns parted by {how.delimiter!r} (an "
            "unclosed quote, or a row over 16 MB). Export it again, or declare the delimiter."
        ) from None
    if uneven:
        raise AuditError(
            f"{shown(path.name)}: in {rows(len(uneven))} the number of fields is not the {len(names)} "
            f"of the header (parted by {how.delimiter!r}). Quote fields that hold the delimiter, or "
            "declare the right one."
        )
    return table


def _encoding(path: Path, declared: str) -> str:
    """The declared encoding, else the one its first bytes tell, else UTF-8; checked to the end."""
    with path.open("rb") as file:
        head = file.read(4)
    told = next((name for mark, name in MARKS if head.startswith(mark)), "utf-8")
    try:
        name = codecs.lookup(declared or told).name
        with path.open(encoding=name, newline="") as text:
            blocks = list(_blocks(text))
    except UnicodeError:
        raise _not_decoded(path, declared or told) from None
    except (LookupError, ValueError):
        raise AuditError(
            f"No encoding called {shown(declared)}. Declare a standard one: utf-8, utf-16, "
            "latin-1, windows-1252."
        ) from None
    if not all(blocks):
        raise _no_text(path)
    if not name.startswith(("utf", "ascii")) and _is_utf8(path):
        raise AuditError(
            f"{shown(path.name)} is UTF-8, not {name} as declared; read so, its letters would be "
            "garbled. Take the encoding out of the case."
        )
    return name


def _is_utf8(path: Path) -> bool:
    """Whether a file has letters beyond ASCII, all of them UTF-8: by chance that doesn't happen."""
    try:
        with path.open(encoding="utf-8", newline="") as text:
            return not all(block.isascii() for block in iter(lambda: text.read(1 << 20), ""))
    except UnicodeError:
        return False


def _blocks(text: TextIO) -> Iterator[bool]:
    """Decode to the end; say of each block whether it is text, without NUL."""
    while block := text.read(1 << 20):
        yield "\0" not in block


def _no_text(path: Path) -> AuditError:
    return AuditError(
        f"{shown(path.name)} holds NUL characters: it is UTF-16 without its mark, or no text file. "
        "Save it as UTF-8, or declare its encoding, for example "
        'source = { path = "…", encoding = "utf-16-le" }.'
    )


def _not_decoded(path: Path, name: str) -> AuditError:
    """Say where a file is not in the encoding it should be in: line and byte, no text of it."""
    bad: list[int] = []
    other, offset, first = 0, 0, 0
    told = f"{shown(path.name)} is not {name} throughout"
    if "\n".encode(name) != b"\n":  # its lines can't be told apart byte by byte
        return AuditError(f"{told}. Declare another encoding, or save it as UTF-8.")
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if b"\0" in line:
                return _no_text(path)
            try:
                line.decode(name)
                other += not line.isascii()
            except UnicodeError as problem:
                first = first if bad else offset + getattr(problem, "start", 0)
                bad.append(number)
            offset += len(line)
    where = f"first: line {bad[0]:,}, byte {first:,}" if bad else "at its very end"
    told += f": {many(len(bad), 'line')} can't be read ({where})"
    if other:
        return AuditError(
            f"{told}, though {many(other, 'line')} with letters beyond ASCII can: encodings are mixed. "
            "Save the whole file in one, best UTF-8."
        )
    return AuditError(
        f'{told}. Declare its encoding, for example source = {{ path = "…", encoding = "latin-1" }}, '
        "or save it as UTF-8."
    )


def _header(
    path: Path, encoding: str, delimiter: str, wanted: Sequence[str]
) -> tuple[str, list[str], bool]:
    """What parts the columns, their names, and whether the header stands alone."""
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as text:
        lines = [line for line, _ in zip(text, range(HEAD), strict=False)]
    delimiter = delimiter or _delimiter(path, lines, wanted)
    first, *others = _rows(path, lines, delimiter)
    return delimiter, first, not others and len(lines) < HEAD


def _delimiter(path: Path, lines: list[str], wanted: Sequence[str]) -> str:
    """The mark that gives the columns that are wanted, else the most columns."""
    names = {d: _rows(path, lines, d)[0] for d in DELIMITERS}
    found = [d for d in DELIMITERS if {*wanted} <= {*names[d]}] or list(DELIMITERS)
    most = max(len(names[d]) for d in found)
    found = [d for d in found if len(names[d]) == most]
    if most > 1 and len(found) > 1:
        raise AuditError(
            f"{shown(path.name)}: can't tell which of {listed(found)} parts the columns. "
            'Declare it: source = { path = "…", delimiter = ";" }.'
        )
    return found[0]


def _rows(path: Path, lines: list[str], delimiter: str) -> list[list[str]]:
    """The first rows, parted; an empty line is none."""
    try:
        return [row for row in csv.reader(lines, delimiter=delimiter) if row] or [[]]
    except csv.Error:
        raise AuditError(
            f"{shown(path.name)} has a name or cell of more than {csv.field_size_limit():,} characters "
            "near its top (an unclosed quote?). Export it again."
        ) from None


# --- names


def _wanted(names: Sequence[str], wanted: Sequence[str] | None, where: str) -> list[str]:
    for name in wanted or ():
        if name not in names:
            raise not_one_of(f"column in {where}", name, [shown(n)[1:-1] for n in names])
    return list(dict.fromkeys(wanted)) if wanted is not None else list(names)


def _check_names(names: Sequence[str], where: str) -> None:
    """Refuse names that are missing, double, or that a database would take for the same."""
    if not names:
        raise AuditError(f"{shown(where)} has no columns.")
    blank = [at for at, name in enumerate(names, start=1) if not _readable(name)]
    if blank:
        raise AuditError(
            f"{shown(where)}: column number {blank[0]} of {len(names)} has no name. "
            "Give every column a name."
        )
    seen: dict[str, str] = {}
    for name in names:
        if (twin := seen.get(name.lower())) is not None:
            two = f"column {shown(name)} stands twice"
            if twin != name:
                two = f"columns {shown(twin)} and {shown(name)} differ only in case"
            raise AuditError(
                f"{shown(where)}: {two}; databases would take them for one or rename one silently. "
                "Rename one."
            )
        seen[name.lower()] = name


def _readable(name: str) -> bool:
    """Whether a name has anything to see."""
    return any(c.isprintable() and not c.isspace() for c in name)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""Text files: every column lands as text, so that 001 stays 001 and NA stays NA."""

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import pyarrow as pa
import pyarrow.csv

from wfaudit.errors import AuditError, listed, rows, shown
from wfaudit.sources.common import Reading, Source, check_names, kept, land, many, sha256

TEXT = (".csv", ".tsv", ".txt")
DELIMITERS = (",", ";", "\t", "|")
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
HEAD = 20
FIGURES = re.compile(r"[-+\d.,:/ ]*\d[-+\d.,:/ ]*")


def from_text(path: Path, wanted: Sequence[str] | None, how: Reading) -> Source:
    """A text file as a source, all its columns as text."""
    sha = sha256(path)
    encoding = _encoding(path, how.encoding)
    delimiter, names, alone = _header(path, encoding, how.delimiter, wanted or ())
    how = replace(how, delimiter=delimiter, encoding=encoding)
    check_names(names, path.name)
    _check_header(path, names, wanted or ())
    keep = kept(names, wanted, path.name)
    table = None if alone else _read_text(path, how, names, keep)
    if table is None or table.num_rows == 0:
        raise AuditError(
            f"{shown(path.name)} has a header and 0 rows. Export the data again, with its rows."
        )
    return Source(land(table, path.name), path.name, how.decimal, ((path.name, sha),), (), (path,))


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

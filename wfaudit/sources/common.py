"""What all sources share: how to read, what was opened, one hardened connection, names."""

import glob
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.expr.types import Table

from wfaudit.errors import AuditError, not_one_of, shown


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


def many(n: int, noun: str) -> str:
    """Say how many of a thing there are.

    >>> many(1, "part"), many(2000, "part")
    ('1 part', '2,000 parts')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def connect(file: Path | None = None, readable: Iterable[Path] = ()) -> Any:
    """A DuckDB that reads only what it was given, asks no network and can't be reconfigured."""
    backend: Any = ibis.duckdb.connect(file or ":memory:", read_only=file is not None)
    _lock(backend.con, readable)
    return backend


@cache
def _memory() -> Any:
    """One database for all that is landed: to open one takes longer than most questions."""
    held = duckdb.connect(":memory:")
    _lock(held)
    return held


class _Guest(Backend):
    """A connection of its own to a database that is locked; it sees none of what others land."""

    def _post_connect(self, extensions: Any = None) -> None:  # noqa: ARG002
        self._record_batch_readers_consumed: dict[Any, Any] = {}


def _lock(con: Any, readable: Iterable[Path] = ()) -> None:
    files = [str(p) for p in readable if p.is_file()]
    folders = [f"{p}/" for p in readable if p.is_dir()]
    lock = (
        ("TimeZone", "UTC"),
        ("temp_directory", ""),  # rows never go to a disk that nobody named
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
        con.execute(f"SET {name} = {_literal(value)}")


def _literal(value: str | bool | list[str]) -> str:
    """A value in SQL; a quote within a text is doubled.

    >>> _literal(["it's", "x"]), _literal(False)
    ("['it''s', 'x']", 'false')
    """
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return str(value).lower() if isinstance(value, bool) else "'" + value.replace("'", "''") + "'"


def land(table: pa.Table, name: str) -> Table:
    """Keep an Arrow table in memory, as a lazy table; it goes when nobody holds that any more."""
    backend: Any = _Guest.from_connection(_memory().cursor())
    try:
        backend.con.register("landing", table)
        backend.con.execute("CREATE TEMP TABLE people AS SELECT * FROM landing")
    except duckdb.Error:
        kinds = ", ".join(f"{shown(f.name)} ({f.type})" for f in table.schema)
        raise AuditError(
            f"{name}: a column is of a kind that can't be read: {kinds}. Make it text, a number, a "
            "date or true/false."
        ) from None
    backend.con.unregister("landing")
    return backend.table("people")


# --- names


def kept(names: Sequence[str], wanted: Sequence[str] | None, where: str) -> list[str]:
    """The columns to keep, in the order asked; an unknown one is named with the nearest."""
    for name in wanted or ():
        if name not in names:
            raise not_one_of(f"column in {where}", name, [shown(n)[1:-1] for n in names])
    return list(dict.fromkeys(wanted)) if wanted is not None else list(names)


def check_names(names: Sequence[str], where: str) -> None:
    """Refuse names that are missing, double, or that a database would take for the same."""
    if not names:
        raise AuditError(f"{shown(where)} has no columns.")
    blank = [at for at, name in enumerate(names, start=1) if not readable(name)]
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


def readable(name: str) -> bool:
    """Whether a name has anything to see."""
    return any(c.isprintable() and not c.isspace() for c in name)


def sha256(path: Path) -> str:
    """The fingerprint of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

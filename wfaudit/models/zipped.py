"""Zip files are looked at before they are opened: what they say they hold, also inside one another."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from wfaudit.errors import AuditError, shown

MOST = 512_000_000  # bytes, as declared, of everything in a file
RATIO = 100  # how many bytes a byte of the file may become
PLAN = 64_000_000  # bytes of the one part that is read as JSON
ARRAYS = (".npz",)  # parts that are zip files themselves


def refuse_bomb(raw: bytes, name: str) -> None:
    """Stop at a zip file that says it holds more than 512 MB, or 100 times its own size.

    >>> made = io.BytesIO()
    >>> with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
    ...     file.writestr("zeros", bytes(5_000_000))
    >>> refuse_bomb(made.getvalue(), "model.skops")
    Traceback (most recent call last):
    wfaudit.errors.AuditError: 'model.skops' was not opened: its 4,982 bytes say they hold 5,000,000 ...
    """
    most = min(MOST, RATIO * len(raw))
    declared = _declared(raw, name, most)
    if declared > most:
        raise AuditError(
            f"{shown(name)} was not opened: its {len(raw):,} bytes say they hold {declared:,} (more than "
            f"{MOST:,}, or {RATIO} times as much: a zip bomb). Ask for the model again, from whoever "
            "trained it."
        )


def _declared(raw: bytes, name: str, most: int, *, inside: bool = False) -> int:
    """The sizes that a zip file declares, and those of zip files in it; no more is read than ``most``."""
    with _opened(raw, name) as file:
        total = sum(part.file_size for part in file.infolist())
        for part in [] if inside else file.infolist():
            if part.filename == "schema.json" and total <= most and part.file_size > PLAN:
                raise AuditError(
                    f"{shown(name)} was not opened: the plan in it has {part.file_size:,} bytes, and may "
                    f"have {PLAN:,}. Ask for the model again, from whoever trained it."
                )
            if part.filename.endswith(ARRAYS) and total <= most:
                total += _declared(_held(file, part, name), name, most, inside=True)
        return total


def _held(file: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> bytes:
    try:
        return file.read(part)
    except (
        zipfile.BadZipFile,
        zlib.error,
        RuntimeError,
        EOFError,
    ):  # torn, or locked by a password
        raise _no_zip(name) from None


def _opened(raw: bytes, name: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(raw))
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError):
        raise _no_zip(name) from None


def _no_zip(name: str) -> AuditError:
    return AuditError(
        f"{shown(name)} is not the zip file that a model of this kind is. Save it again with skops.io.dump."
    )

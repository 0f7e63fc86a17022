"""What an ONNX file says of itself, read from its bytes alone: operators asked for, tables kept elsewhere.

The runtime would open files that a model names; so these names are looked for before it sees the model.
Field numbers are those of onnx.proto (ONNX IR version 3 and later). Only lengths are followed; nothing is
made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from wfaudit.errors import AuditError, shown

# message -> field number -> the message it holds
HELD: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
DOMAIN = {"node": 7}
EXTERNAL, LOCATION = 13, 14  # of a tensor: where its values are, and whether outside
DEEPEST = 100


@dataclass(slots=True)
class Seen:
    """The operators' domains, and how many tables of weights are kept outside the file."""

    domains: set[str] = field(default_factory=set[str])
    outside: int = 0


def look(raw: bytes, file: str) -> Seen:
    """What a file asks for beside itself; stops where it is no ONNX file.

    >>> look(b"\\x00not", "model.onnx")
    Traceback (most recent call last):
    wfaudit.errors.AuditError: 'model.onnx' is no ONNX file, or not a whole one. Save the model again.
    """
    seen = Seen()
    try:
        _walk(memoryview(raw), "model", seen, 0)
    except (IndexError, ValueError):
        raise AuditError(
            f"{shown(file)} is no ONNX file, or not a whole one. Save the model again."
        ) from None
    return seen


def _walk(part: memoryview, kind: str, seen: Seen, depth: int) -> None:
    if depth > DEEPEST:
        raise ValueError("too deep")
    outside = False
    for number, held in _fields(part):
        if kind == "tensor":
            outside |= number == EXTERNAL or (number == LOCATION and held == 1)
        elif isinstance(held, memoryview):
            if number == DOMAIN.get(kind):
                seen.domains.add(bytes(held[:200]).decode("utf-8", "replace"))
            elif number in HELD.get(kind, {}):
                _walk(held, HELD[kind][number], seen, depth + 1)
    seen.outside += outside


def _fields(part: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Each field of a message: its number, and its number or bytes."""
    at = 0
    while at < len(part):
        key, at = _varint(part, at)
        number, wire = key >> 3, key & 7
        if number == 0:
            raise ValueError("no field")
        if wire == 0:
            value, at = _varint(part, at)
            yield number, value
            continue
        size, at = (8, at) if wire == 1 else (4, at) if wire == 5 else _sized(part, at, wire)
        if at + size > len(part):
            raise ValueError("torn")
        yield number, part[at : at + size]
        at += size


def _sized(part: memoryview, at: int, wire: int) -> tuple[int, int]:
    if wire != 2:
        raise ValueError("no such kind")
    return _varint(part, at)


def _varint(part: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = part[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if not byte & 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("too long")

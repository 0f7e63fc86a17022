"""From the values a column holds to what they mean: levels, positions in an order, yes and no.

Works on the few distinct values of a column and how many rows hold each, never on the rows.
Messages count rows and labels; they don't repeat a cell.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wfaudit.case.roles import Group, Role, reserved
from wfaudit.choices import HIGHEST, JOIN, NOT_RECORDED, REST
from wfaudit.errors import AuditError, listed, rows, shown

YES = frozenset({"true", "yes", "1"})
NO = frozenset({"false", "no", "0"})
CODES = frozenset({"-9", "-99", "99", "-999", "999", "9999"})
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Quality:
    """Something about the data a reader must know: a stable code, a sentence, where, how many."""

    code: str
    says: str
    column: str
    rows: int


def text_of(value: Any) -> str | None:
    """The same text for the same value, whatever kind of column it came from; None if missing.

    >>> text_of(1), text_of(1.0), text_of(True), text_of("001"), text_of(float("nan"))
    ('1', '1', 'True', '001', None)
    """
    if value is None or value != value:
        return None
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)


def is_missing(value: Any, tokens: Sequence[str]) -> bool:
    """Whether a value stands for "not known": null, not-a-number, empty, or a declared token."""
    text = text_of(value)
    return text is None or text == "" or text in tokens


def kinds_of_missing(values: list[Any], n: Rows, tokens: Sequence[str]) -> dict[str, int]:
    """How many rows are missing in which way, for the table of data quality."""
    kinds: dict[str, int] = {}
    for value, count in zip(values, n.tolist(), strict=True):
        if is_missing(value, tokens):
            kind = "null" if value is None else "not a number" if value != value else "empty text"
            kind = "declared as missing" if text_of(value) in (*tokens,) else kind
            kinds[kind] = kinds.get(kind, 0) + count
    return kinds


def yes_no(role: Role, values: list[Any], n: Rows, tokens: Sequence[str]) -> list[bool | None]:
    """Read yes and no; anything else stops with the number of rows that hold it."""
    yes, no = frozenset(role.yes), frozenset(role.no)
    found: list[bool | None] = []
    odd: list[int] = []
    for value, count in zip(values, n.tolist(), strict=True):
        text = text_of(value)
        plain = text if yes else (text or "").lower()
        if text in yes or (not yes and plain in YES):
            found.append(True)
        elif text in no or (not yes and plain in NO):
            found.append(False)
        else:
            found.append(None)
            odd += [] if is_missing(value, tokens) else [count]
    if odd:
        have = f"{listed(role.yes)} or {listed(role.no)}" if yes else "true/false, yes/no or 1/0"
        raise AuditError(
            f"Column {shown(role.column)} (role {role.name}): in {rows(sum(odd))} the "
            f"label is not {have} ({len(odd)} such labels). Map them: "
            f'{role.name} = {{ column = "…", yes = ["ja"], no = ["nej"] }}, or declare them missing.'
        )
    return found


def ordered(role: Role, values: list[Any], n: Rows, tokens: Sequence[str]) -> list[int | None]:
    """Read labels as their position in the declared order; an unknown label stops."""
    at = {label: position for position, label in enumerate(role.order)}
    found = [at.get(text_of(v) or "") for v in values]
    odd = [
        (text_of(v) or "", count)
        for v, position, count in zip(values, found, n.tolist(), strict=True)
        if position is None and not is_missing(v, tokens)
    ]
    if odd:
        folded = {_folded(label) for label in role.order}
        near = sum(_folded(text) in folded for text, _ in odd)
        hint = f"; {near} differ only in case or blanks" if near else ""
        raise AuditError(
            f"Column {shown(role.column)} (role {role.name}): in {rows(sum(c for _, c in odd))} the "
            f"label is outside the order {listed(role.order)} ({len(odd)} such labels{hint}). Add them to "
            "order, clean them, or declare them missing."
        )
    return found


def levels(group: Group, values: list[Any], n: Rows, tokens: Sequence[str]) -> list[str]:
    """Read a group's values as the words to show; what is missing is a group of its own."""
    labels = dict(group.labels)
    if group.bands:
        names = _bands(group.bands)
        return [NOT_RECORDED if v is None or v != v else names[int(v)] for v in values]
    found = [
        NOT_RECORDED if is_missing(v, tokens) else labels.get(str(text_of(v)), str(text_of(v)))
        for v in values
    ]
    clash = sum(
        c
        for v, level, c in zip(values, found, n.tolist(), strict=True)
        if not is_missing(v, tokens) and reserved(level)
    )
    if clash:
        raise AuditError(
            f"Column {shown(group.column)} (group {group.name}): in {rows(clash)} the level "
            f"contains {JOIN!r} or reads {listed((NOT_RECORDED, REST, HIGHEST))}; these words have "
            f"a meaning here. Rename it with labels, or declare it missing."
        )
    _outside(group, found, n)
    return found


def _outside(group: Group, found: list[str], n: Rows) -> None:
    if not group.levels:
        return
    odd = [
        c
        for level, c in zip(found, n.tolist(), strict=True)
        if level not in (*group.levels, NOT_RECORDED)
    ]
    if odd:
        raise AuditError(
            f"Column {shown(group.column)} (group {group.name}): in {rows(sum(odd))} the level "
            f"is not in levels = {listed(group.levels)} ({len(odd)} such levels). Add or label them."
        )


def _bands(bands: tuple[float, ...]) -> list[str]:
    edges = [f"{b:g}" for b in bands]
    middle = [f"{a} to under {b}" for a, b in pairwise(edges)]
    return [f"under {edges[0]}", *middle, f"{edges[-1]} and over"]


def in_order(group: Group, found: Sequence[str]) -> tuple[str, ...]:
    """The levels to show: as declared, else bands, else numbers by size and text by alphabet."""
    known = set(found) - {NOT_RECORDED}
    if group.levels:
        shown_levels = list(group.levels)
    elif group.bands:
        shown_levels = [b for b in _bands(group.bands) if b in known]
    else:
        shown_levels = sorted(known, key=_by_size)
    return (*shown_levels, *([NOT_RECORDED] if NOT_RECORDED in found else []))


def _by_size(level: str) -> tuple[int, float, str]:
    try:
        return (0, float(level), level)
    except ValueError:
        return (1, 0.0, level)


def look_alike(group: Group, values: list[Any], n: Rows) -> list[Quality]:
    """Levels a person would read as one: they differ in case, blanks or Unicode form only."""
    seen: dict[str, list[int]] = {}
    for value, count in zip(values, n.tolist(), strict=True):
        text = text_of(value)
        if text:
            seen.setdefault(_folded(text), []).append(count)
    twins = [counts for counts in seen.values() if len(counts) > 1]
    found: list[Quality] = []
    if twins:
        found.append(
            Quality(
                "levels look alike",
                f"{sum(map(len, twins))} levels of {group.name} differ only in case, blanks or "
                "Unicode form; they were kept apart.",
                group.column,
                sum(map(sum, twins)),
            )
        )
    total = int(n.sum())
    coded = [c for v, c in zip(values, n.tolist(), strict=True) if text_of(v) in CODES]
    if coded and sum(coded) > 0.01 * total:
        found.append(
            Quality(
                "code for missing",
                f"In {rows(sum(coded))} {group.name} is a number that often stands for missing "
                "(such as -9 or 99); it was kept as a level. Declare it missing if it is.",
                group.column,
                sum(coded),
            )
        )
    return found


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).replace("\u200b", "")
    return " ".join(plain.casefold().split())

"""From the values a column holds to what they mean: levels, positions in an order, yes and no.

Works on the few distinct values of a column and how many rows hold each, never on the rows.
Messages count rows and labels; they don't repeat a cell.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wfaudit.case.declared_roles import reserved
from wfaudit.case.roles import Group, Role
from wfaudit.choices import HIGHEST, JOIN, NOT_RECORDED, REST
from wfaudit.errors import AuditError, listed, rows
from wfaudit.sources import many

if TYPE_CHECKING:
    from wfaudit.case.case import Case

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


def yes_no(case: "Case", role: Role, values: list[Any], n: Rows) -> list[bool | None]:
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
            odd += [] if is_missing(value, case.missing) else [count]
    if odd:
        have = f"{listed(role.yes)} or {listed(role.no)}" if yes else "true/false, yes/no or 1/0"
        what = "Add to the labels" if yes else "Map the labels"
        raise AuditError(
            f"{case.where(role)}: in {rows(sum(odd))} the label is not {have} "
            f"({many(len(odd), 'other label')}; case and blanks count). {what}: {role.name} = {{ column "
            '= "…", yes = ["ja"], no = ["nej"] }, or declare what stands for missing.'
        )
    return found


def ordered(case: "Case", role: Role, values: list[Any], n: Rows) -> list[int | None]:
    """Read labels as their position in the declared order; an unknown label stops."""
    at = {label: position for position, label in enumerate(role.order)}
    found = [at.get(text_of(v) or "") for v in values]
    odd = [
        (text_of(v) or "", count)
        for v, position, count in zip(values, found, n.tolist(), strict=True)
        if position is None and not is_missing(v, case.missing)
    ]
    if odd:
        near = sum(alike(text, role.order) for text, _ in odd)
        hint = f"; but for case, blanks or Unicode form, {near:,} would be in it" if near else ""
        raise AuditError(
            f"{case.where(role)}: in {rows(sum(c for _, c in odd))} the label is outside the order "
            f"{listed(role.order)} ({many(len(odd), 'other label')}{hint}). Clean the column, complete "
            "the order, or declare what stands for missing."
        )
    return found


def levels(case: "Case", group: Group, values: list[Any], n: Rows) -> list[str]:
    """Read a group's values as the words to show; what is missing is a group of its own."""
    if group.bands:
        names = _bands(group.bands)
        return [NOT_RECORDED if v is None or v != v else names[int(v)] for v in values]
    labels = dict(group.labels)
    texts = [None if is_missing(v, case.missing) else str(text_of(v)) for v in values]
    found = [NOT_RECORDED if text is None else labels.get(text, text) for text in texts]
    _clashing(case, group, list(zip(texts, found, n.tolist(), strict=True)))
    _outside(case, group, found, n)
    return found


def _clashing(case: "Case", group: Group, told: list[tuple[str | None, str, int]]) -> None:
    """Refuse a level that reads like a word of ours, or like the label of another level."""
    if clash := sum(c for text, level, c in told if text is not None and reserved(level)):
        raise AuditError(
            f"{case.where(group)}: in {rows(clash)} the level contains {JOIN!r} or reads "
            f"{listed((NOT_RECORDED, REST, HIGHEST))}; these words have a meaning here. Rename it with "
            "labels, or declare it missing."
        )
    renamed = {level for text, level, _ in told if text not in (None, level)}
    if merged := sum(c for text, level, c in told if text == level and level in renamed):
        raise AuditError(
            f"{case.where(group)}: {rows(merged)} already have a level that reads like a label given to "
            "another. Give each level a label of its own."
        )


def _outside(case: "Case", group: Group, found: list[str], n: Rows) -> None:
    if not group.levels:
        return
    odd = [
        c
        for level, c in zip(found, n.tolist(), strict=True)
        if level not in (*group.levels, NOT_RECORDED)
    ]
    if odd:
        raise AuditError(
            f"{case.where(group)}: in {rows(sum(odd))} the level is not in levels = "
            f"{listed(group.levels)} ({many(len(odd), 'other level')}). Complete the list, with levels as "
            "they read after labels."
        )


def _bands(bands: tuple[float, ...]) -> list[str]:
    edges = [str(text_of(b)) for b in bands]
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
        size = float(level)
    except ValueError:
        size = float("nan")
    return (0, size, level) if isfinite(size) else (1, 0.0, level)


def look_alike(case: "Case", group: Group, values: list[Any], n: Rows) -> list[Quality]:
    """Levels a person would read as one, and levels that often stand for missing."""
    told = [(text_of(v), c) for v, c in zip(values, n.tolist(), strict=True)]
    told = [(text, c) for text, c in told if text and text not in case.missing]
    seen: dict[str, list[int]] = {}
    for text, count in told:
        seen.setdefault(_folded(str(text)), []).append(count)
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
    labelled = dict(group.labels)
    coded = sum(c for text, c in told if text in CODES and text not in labelled)
    if coded * 100 > int(n.sum()):
        found.append(code_for_missing(group.name, group.column, coded))
    return found


def code_for_missing(what: str, column: str, n: int) -> Quality:
    """A number that often means "not known" was read as a number."""
    return Quality(
        "code for missing",
        f"In {rows(n)} {what} is a number that often stands for missing (such as -9 or 99); it was "
        'kept as it is. If it does, declare it, for example missing = ["-9"].',
        column,
        n,
    )


def alike(text: str, others: Sequence[str]) -> bool:
    """Whether a text differs from one of others only in what a reader doesn't see."""
    return _folded(text) in {_folded(other) for other in others}


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    seen = "".join(c for c in plain if unicodedata.category(c) != "Cf")
    return " ".join(seen.casefold().split())

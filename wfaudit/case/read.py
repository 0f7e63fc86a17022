"""Columns as expressions: numbers, days and what is missing, the same from text and from numbers.

Nothing here raises on a cell: what can't be read is null, and the door counts it.
"""

import re
from collections.abc import Sequence
from typing import Any, cast

import ibis
from ibis.expr.types import Value

from wfaudit.errors import AuditError, shown

TIMED = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)?$"
COMMA = r"^[-+]?([1-9]\d{0,2}(\.\d{3})+|\d+)?(,\d+)?$"  # 0,35 or 1.234,5; 0.35 is neither
MISSING = ("null", "not a number", "empty text", "declared as missing")


def known(value: Any, missing: Sequence[str]) -> Value:
    """A column in which null, not-a-number, the empty text and declared texts are all null."""
    kind, gone = value.type(), list[Any]()
    if kind.is_string():
        gone.append(value.isin(["", *missing]))
    elif kind.is_numeric():
        gone += [value.isin(_numbers(missing))] if _numbers(missing) else []
        gone += [value.isnan()] if kind.is_floating() else []
    elif missing:
        gone.append(value.cast("string").isin(missing))
    return ibis.ifelse(ibis.or_(*gone), ibis.null(kind), value) if gone else value


def kinds_of_missing(value: Any, missing: Sequence[str]) -> dict[str, Any]:
    """The ways in which cells of a column are missing, each as a condition; they exclude each other."""
    kinds = {"null": value.isnull()}
    if value.type().is_floating():
        kinds["not a number"] = value.isnan()
    if value.type().is_string() and "" not in missing:
        kinds["empty text"] = value == ""
    other: Any = ibis.or_(*kinds.values())
    return kinds | {"declared as missing": known(value, missing).isnull() & ~other}


def _numbers(missing: Sequence[str]) -> list[float]:
    found: list[float] = []
    for text in missing:
        try:
            found.append(float(text))
        except ValueError:
            continue
    return [number for number in found if number == number]


def number(value: Any, decimal: str, missing: Sequence[str]) -> Value:
    """A column as numbers; text is read with the decimal mark."""
    if value.type().is_string():
        value = known(value, missing)
        plain: Any = value.strip()
        if decimal == ",":
            read = plain.replace(".", "").replace(",", ".")
            plain = ibis.ifelse(plain.re_search(COMMA), read, ibis.null("string"))
        value = plain.try_cast("float64")
    if value.type().is_integer():
        return cast(Any, known(value, missing)).cast("float64")
    return known(value.cast("float64"), missing)


def day(value: Any, form: str, missing: Sequence[str]) -> Value:
    """A column as days; text is read as ``form`` says, or as 2026-01-31."""
    value = known(value, missing)
    if value.type().is_temporal():
        return value.cast("date")
    text: Any = value.cast("string")
    if not form:
        # most days are told without a pattern, which takes ten times as long
        plain = text.like("____-__-__") & ~text.startswith("-")
        timed = text.re_search(TIMED)
        written: Any = ibis.cases((plain, text), (timed, text.substr(0, 10)), else_=None)
        return written.try_cast("date")
    pattern, at = pattern_of(form)
    year, month, of_month = (text.re_extract(pattern, at[part]) for part in "Ymd")
    written = year + "-" + month.lpad(2, "0") + "-" + of_month.lpad(2, "0")
    return ibis.ifelse(text.re_search(pattern), written, ibis.null("string")).try_cast("date")


def pattern_of(form: str) -> tuple[str, dict[str, int]]:
    """A way of writing days as a pattern, and where it has year, month and day; a time may follow.

    >>> pattern_of("%d/%m/%Y %H:%M")[1]
    {'Y': 3, 'm': 2, 'd': 1}
    """
    written, *time = re.split("[ T]", form, maxsplit=1)
    parts = re.findall("%([dmY])", written)
    between = re.split("%[dmY]", written)
    if sorted(parts) != ["Y", "d", "m"] or "%" in "".join(between):
        raise AuditError(
            f"The format {shown(form)} can't be read. Write day, month and year of four figures, such "
            'as format = "%d-%m-%Y".'
        )
    figures = r"(\d{1,2})" if all(between[1:3]) else r"(\d{2})"
    pattern = "^" + re.escape(between[0])
    for part, after in zip(parts, between[1:], strict=True):
        pattern += (r"(\d{4})" if part == "Y" else figures) + re.escape(after)
    return pattern + ("[ T]" if time else "$"), {part: parts.index(part) + 1 for part in "Ymd"}

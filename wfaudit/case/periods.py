"""Periods a day falls into, as text that sorts in time: 2026 W05, 2026-01, 2026 Q1, 2026."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

import ibis
from ibis.expr.types import Value

PERIODS = ("week", "month", "quarter", "year")
CYCLE = 400  # years, after which the calendar repeats, days of the week included


def period(day: Any, kind: str) -> Value:
    """The period of each day; a week is that of ISO 8601, in the year that holds its Thursday."""
    if kind == "week":
        return _week(day)
    year = day.year().cast("string")
    if kind == "quarter":
        return year + " Q" + day.quarter().cast("string")
    return year if kind == "year" else year + "-" + day.month().cast("string").lpad(2, "0")


def _week(day: Any) -> Value:
    """The first days of January may be of the last week before, the last of December of the first after."""
    week, month = day.week_of_year(), day.month()
    before, after = (month == 1) & (week >= 52), (month == 12) & (week == 1)
    year: Any = day.year() + ibis.cases((before, -1), (after, 1), else_=0)
    return year.cast("string") + " W" + week.cast("string").lpad(2, "0")


def span(found: Iterable[str]) -> int:
    """How many years lie between the first and the last of these periods.

    >>> span(["2025 W52", "2026 W05"])
    1
    """
    years = _years(found)
    return max(years) - min(years)


def between(kind: str, found: Iterable[str]) -> list[str]:
    """Every period from the first to the last of these, those in which nothing happened included.

    >>> between("week", ["2020 W52", "2021 W02"])
    ['2020 W52', '2020 W53', '2021 W01', '2021 W02']
    """
    seen = set(found)
    years = _years(seen)
    names = [n for year in range(min(years), max(years) + 1) for n in _of_year(kind, year)]
    at = [place for place, name in enumerate(names) if name in seen]
    return names[at[0] : at[-1] + 1]


def _years(found: Iterable[str]) -> list[int]:
    return [int(year[0]) for name in found if (year := re.match(r"-?\d+", name))]


def _of_year(kind: str, year: int) -> list[str]:
    if kind == "week":
        last = date(year % CYCLE + CYCLE, 12, 28).isocalendar().week
        return [f"{year} W{week:02d}" for week in range(1, last + 1)]
    if kind == "month":
        return [f"{year}-{month:02d}" for month in range(1, 13)]
    return [f"{year} Q{q}" for q in (1, 2, 3, 4)] if kind == "quarter" else [f"{year}"]

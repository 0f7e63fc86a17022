"""People by office and period where offices start to show the advice on days of their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date as Day
from typing import Any

import ibis
import numpy as np

from wfaudit.case import Case
from wfaudit.case.decode import text_of
from wfaudit.case.roles import STEPS
from wfaudit.counts.cells import encoded, memo, placed, state_columns, states
from wfaudit.errors import AuditError, not_one_of, shown
from wfaudit.estimators.staggered import Starts
from wfaudit.measures.definition import Rate
from wfaudit.measures.gathered import Floats, Ints, Keys
from wfaudit.measures.overrides.rollout import PERIOD, read_days
from wfaudit.measures.tally import masks
from wfaudit.sources import fetch, many

Dates = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class RollOut:
    """From which day each office shows the advice (None: not by the end), in which periods, and if by lot."""

    days: Mapping[str, Day | None]
    periods: str = STEPS[0]
    by_lot: bool = False

    @property
    def first(self) -> Day:
        """The first day on which any office starts."""
        return min(day for day in self.days.values() if day is not None)

    def place(self, day: Day) -> tuple[int, bool]:
        """The number of a day's period, and whether it is the first day of it.

        >>> roll_out = RollOut({"north": Day(2025, 3, 1), "south": Day(2025, 4, 7)})
        >>> roll_out.place(Day(2025, 2, 28)), roll_out.place(Day(2025, 3, 29))
        ((-1, False), (1, True))
        """
        if self.periods == "month":
            return 12 * day.year + day.month - 1, day.day == 1
        period, over = divmod((day - self.first).days, PERIOD)
        return period, over == 0

    def period(self, day: Any) -> Any:
        """The number of the period of a column of days."""
        if self.periods == "month":
            return 12 * day.year() + day.month() - 1
        return (day.delta(ibis.date(self.first), unit="day") / PERIOD).floor().cast("int64")

    def starts(self, first: int, periods: int) -> Starts:
        """The starts of all offices, in periods counted from ``first``."""
        last, start = np.full(len(self.days), periods), np.full(len(self.days), periods)
        for at, day in enumerate(self.days.values()):
            if day is not None:
                place, whole = self.place(day)
                last[at], start[at] = place - first - 1, place - first + (not whole)
        return Starts(np.minimum(last, periods - 1), np.clip(start, 0, periods))


@dataclass(frozen=True, slots=True, eq=False)
class Offices:
    """How many count (``k``) of ``n``: groups by offices by periods; and who is in none of them."""

    keys: Keys
    groups: tuple[Keys, ...]
    k: Floats
    n: Floats
    starts: Starts
    elsewhere: Floats  # people of each group without a day, or of other offices

    @property
    def starting(self) -> Floats:
        """People of each group in a period in which their office starts."""
        period = np.arange(self.n.shape[2])
        mixed = (period > self.starts.last[:, None]) & (period < self.starts.first[:, None])
        return (self.n * mixed).sum(axis=(1, 2))

    @property
    def started(self) -> Floats:
        """People of each group whose office showed the advice from the first period on."""
        return (self.n * (self.starts.last < 0)[:, None]).sum(axis=(1, 2))


# --- which day each office has


def given(dates: Dates, periods: str) -> RollOut:
    """Days as a caller gives them."""
    days: dict[str, Day | None] = {str(name): None for name, day in dates.items() if day is None}
    days |= read_days({name: day for name, day in dates.items() if day is not None})
    return _whole({str(name): days[str(name)] for name in dates}, periods)


def declared(case: Case, periods: str = "") -> RollOut:
    """Days as the case declares them; stops where an office has several."""
    done = memo(case, "roll-out")
    role, people = case.roles["shown_from"], case.source.table
    if () not in done:
        by: dict[str, Any] = {"office": case.columns["office"], "day": case.day(role)}
        done[()] = fetch(case.source, people.group_by(**by).agg(n=people.count())).to_pylist()
    days: dict[str, set[Day | None]] = {}
    for row in done[()]:
        if row["office"] is not None:
            days.setdefault(text_of(row["office"]) or "", set()).add(row["day"])
    if unlike := sum(len(each) > 1 for each in days.values()):
        raise AuditError(
            f"{case.where(role)}: {many(unlike, 'office')} of {len(days):,} have more than one day, or one "
            "and none. Give all people of an office the same."
        )
    found = {name: next(iter(days[name])) for name in sorted(days)}
    return _whole(found, periods or role.periods, by_lot=role.at_random)


def _whole(days: Mapping[str, Day | None], periods: str, *, by_lot: bool = False) -> RollOut:
    periods = periods or STEPS[0]
    if periods not in STEPS:
        raise not_one_of("kind of period", periods, STEPS)
    if not any(days.values()):
        raise AuditError(
            "No office has a day from which on it shows the advice. Give at least one."
        )
    return RollOut(days, periods, by_lot)


# --- counting


def count_offices(case: Case, keys: Keys, roll_out: RollOut, rate: Rate) -> Offices:
    """Count people by group, office and period, and how many of them count."""
    raw = _asked(case, keys, roll_out)
    n = raw["n"]
    into, groups = placed(case, keys, raw)
    state, table = states(case, {name: raw[name] for name in state_columns(case)}, n)
    hit, among = (mask[state] for mask in masks(table, rate, 0))
    office, period = _office(raw, roll_out), _period(raw)
    there = among & (office >= 0) & ~np.isnan(period)
    first = int(period[there].min(initial=0)) if there.any() else 0
    size = int(period[there].max()) - first + 1 if there.any() else 1
    shape = (len(groups), len(roll_out.days), size)
    place = (into[there], office[there], (period[there] - first).astype(np.int64))
    whole, counted = np.zeros(shape), np.zeros(shape)
    np.add.at(whole, place, n[there].astype(np.float64))
    np.add.at(counted, place, (n * hit)[there].astype(np.float64))
    away = among & ~there
    lost = np.bincount(into[away], n[away], len(groups)).astype(np.float64)
    return Offices(keys, groups, counted, whole, roll_out.starts(first, size), lost)


def _asked(case: Case, keys: Keys, roll_out: RollOut) -> dict[str, Any]:
    """One GROUP BY with office and period, remembered."""
    done = memo(case, f"offices {roll_out.periods} {roll_out.first}")
    if keys not in done:
        day: Any = case.day(case.roles.get("date") or case.roles["decided_on"])
        by: dict[str, Any] = {name: case.columns[name] for name in state_columns(case)}
        by |= {f"group {key}": case.columns[f"group {key}"] for key in keys}
        by |= {"office": case.columns["office"], "period": roll_out.period(day)}
        people: Any = case.source.table
        cells = fetch(case.source, people.group_by(**by).agg(n=people.count()))
        done[keys] = {name: encoded(cells[name]) for name in by}
        done[keys]["n"] = cells["n"].to_numpy().astype(np.int64)
    return done[keys]


def _office(raw: Mapping[str, Any], roll_out: RollOut) -> Ints:
    """The place of each cell's office among those with a day; -1 for others."""
    at, offices = raw["office"]
    told = [text_of(office) or "" for office in offices]
    if absent := [name for name in roll_out.days if name not in told]:
        raise AuditError(
            f"Nobody belongs to the office {shown(absent[0])} ({len(offices)} offices were counted)."
        )
    names = {name: place for place, name in enumerate(roll_out.days)}
    return np.array([names.get(name, -1) for name in told], dtype=np.int64)[at]


def _period(raw: Mapping[str, Any]) -> Floats:
    at, periods = raw["period"]
    return np.array([np.nan if p is None else float(p) for p in periods], dtype=np.float64)[at]

"""Before and after the day from which on the advice was shown, where no lots were drawn."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date as Day
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.case.decode import text_of
from wfaudit.counts.along import in_order
from wfaudit.counts.cells import encoded, placed, state_columns, states
from wfaudit.errors import AuditError, shown
from wfaudit.estimators import trends
from wfaudit.measures import contrasts
from wfaudit.measures.asked import Compare, refused, require
from wfaudit.measures.compared import Told
from wfaudit.measures.contrasts import Contrast
from wfaudit.measures.deciding import whose
from wfaudit.measures.gathered import Floats, Ints, Keys, Laid
from wfaudit.measures.made import By
from wfaudit.measures.over_time import NO_BREAK
from wfaudit.measures.overrides.sums import Sorted
from wfaudit.measures.rate import RATES
from wfaudit.measures.readings import (
    NEWCOMBE,
    STRATIFIED,
    of_two_shares,
    part,
    share_of,
    within_strata,
)
from wfaudit.measures.single import single_rate
from wfaudit.measures.tally import masks
from wfaudit.result import Result
from wfaudit.sources import fetch

MEASURE = "change_since"
PERIOD = 28  # days
CAVEAT = "everything else that changed on that day is in it"
Dates = str | Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class _Timed:
    """Cells of people: whether they count and are asked, how many days after the day, in which office."""

    cells: Sorted
    hit: Floats
    among: Floats
    days: Ints
    office: Ints
    offices: int
    lost: Floats  # people of each group who are in no cell


def since(
    case: Case,
    date: Dates,
    *,
    measure: str = "override_rate",
    by: By = None,
    compare: Compare = False,
) -> Result:
    """How a rate changed on a day: people from then on less people before, with the largest break.

    ``date`` is a day, such as "2025-07-01", or a day for each office where the advice was rolled out in
    steps; then people are compared within offices (weights of Mantel and Haenszel), and those of other
    offices are left out. No lots were drawn: everything else that changed on that day is in the
    difference. The note tells from when on the rate differs most from before, in periods of 28 days
    about the day: a break elsewhere speaks against the advice as its cause. ``compare`` as in ``effect``.

    >>> import wfaudit as wf
    >>> found = since(wf.load("plain"), "2025-07-01").to_frame()
    >>> found[["n", "estimate"]].round(3).values.tolist()
    [[14034, 0.006]]
    """
    case = whose(case, measure)
    require(MEASURE, _lacking(case, date))
    single_rate(
        case, measure, "since", instead="name a rate that is asked once, such as override_rate"
    )
    days, keys = read_days(date), case.keys(by)
    timed = _cells(case, keys, measure, days)
    found = _laid(timed, days)
    return contrasts.answered(case, _contrast(case, measure, timed, days), found, compare)


def _lacking(case: Case, date: Dates) -> str:
    if why := refused(case, *(["office"] if isinstance(date, Mapping) else [])):
        return why
    return (
        ""
        if {"date", "decided_on"} & set(case.roles)
        else "the case declares no date and no decided_on"
    )


def read_days(date: Dates) -> dict[str, Day]:
    """The day of each office; the empty name stands for all of them."""
    given = dict(date) if isinstance(date, Mapping) else {"": date}
    days: dict[str, Day] = {}
    for office, day in given.items():
        try:
            days[str(office)] = Day.fromisoformat(str(day))
        except ValueError:
            raise AuditError(
                f"{shown(day)} is not a day. Write it as 2026-01-31, or one for each office: "
                '{"north": "2026-01-31", …}.'
            ) from None
    if not days:
        raise AuditError(
            'No office has a day. Write {"<office>": "2026-01-31", …}, or one day for all.'
        )
    return days


def _cells(case: Case, keys: Keys, measure: str, days: Mapping[str, Day]) -> _Timed:
    raw = _asked(case, keys, staggered="" not in days)
    n = raw.pop("n")
    into, groups = placed(case, keys, raw | {"n": n})
    state, table = states(case, {name: raw[name] for name in state_columns(case)}, n)
    hit, among = (mask[state] for mask in masks(table, RATES[measure], 0))
    after, office = _placed_in_time(raw, days)
    known = after != np.iinfo(np.int64).min
    cluster = None if "cluster" not in raw else in_order(raw["cluster"][1])[raw["cluster"][0]]
    people = n.astype(np.float64)[known]
    cells = Sorted(
        keys, groups, into[known], people, None if cluster is None else cluster[known],
        len(raw["cluster"][1]) if "cluster" in raw else 0,
    )  # fmt: skip
    lost = np.bincount(into[~known & among], n[~known & among], len(groups)).astype(np.float64)
    return _Timed(
        cells,
        people * hit[known],
        people * among[known],
        after[known],
        office[known],
        len(days),
        lost,
    )


def _asked(case: Case, keys: Keys, *, staggered: bool) -> dict[str, Any]:
    """One GROUP BY with the day, and the office where each has its own."""
    role = case.roles.get("date") or case.roles["decided_on"]
    by: dict[str, Any] = {name: case.columns[name] for name in state_columns(case)}
    by |= {f"group {key}": case.columns[f"group {key}"] for key in keys} | {"day": case.day(role)}
    if staggered:
        by["office"] = case.columns["office"]
    if case.cluster:
        by["cluster"] = case.columns[case.cluster]
    people: Any = case.source.table
    cells = fetch(case.source, people.group_by(**by).agg(n=people.count()))
    return {name: encoded(cells[name]) for name in by} | {
        "n": cells["n"].to_numpy().astype(np.int64)
    }


def _placed_in_time(raw: Mapping[str, Any], days: Mapping[str, Day]) -> tuple[Ints, Ints]:
    """How many days after the day of their office people come, and which office; far before: not known."""
    unknown = np.iinfo(np.int64).min
    at, values = raw["day"]
    when = np.array(
        [unknown if day is None else day.toordinal() for day in values], dtype=np.int64
    )[at]
    if "office" not in raw:
        (day,) = days.values()
        return np.where(when == unknown, unknown, when - day.toordinal()), np.zeros(
            len(at), np.int64
        )
    names = list(days)
    of, offices = raw["office"]
    told = [text_of(office) or "" for office in offices]
    if absent := [name for name in names if name not in told]:
        raise AuditError(
            f"Nobody belongs to the office {shown(absent[0])} ({len(offices)} offices were counted)."
        )
    place = np.array([names.index(name) if name in names else -1 for name in told], dtype=np.int64)[
        of
    ]
    starts = np.array([day.toordinal() for day in days.values()], dtype=np.int64)[place]
    return np.where((when == unknown) | (place < 0), unknown, when - starts), np.maximum(place, 0)


def _laid(timed: _Timed, days: Mapping[str, Day]) -> Laid:
    """Who counts and among how many from the day on and before it, for each office."""
    late, columns = timed.days >= 0, list[Floats]()
    for office in range(timed.offices):
        mine = timed.office == office
        columns += [
            part * (mine & side) for side in (late, ~late) for part in (timed.hit, timed.among)
        ]
    (first, last) = (min(days.values()), max(days.values()))
    label = f"since {first}" if first == last else f"since {first} to {last}, office by office"
    return timed.cells.laid([label], [columns])


def _contrast(case: Case, measure: str, timed: _Timed, days: Mapping[str, Day]) -> Contrast:
    words: dict[str, Any] = asdict(case.choices.words)
    rate, several = RATES[measure], timed.offices > 1
    slots = {f"{side}": f"{{{side}}}" for side in ("group", "reference", "at")}
    what = f"{rate.who} {rate.does}".strip().format(**words | slots)
    people, day = words["people"], "the day of their office" if "" not in days else str(days[""])
    told = Told(
        measure=MEASURE, at_name="day", judged=False,
        says=f"Change on a day, {'within offices, ' if several else ''}{CAVEAT}: {rate.says}",
        sentence=f"{what}, {{at}}: {{mine_more}} of 100 {{group}}; of 100 {{reference}}, {{theirs_more}} "
        f"({CAVEAT})",
    )  # fmt: skip
    late, soon = (range(start, 4 * timed.offices, 4) for start in (0, 2))
    side = [share_of(part(*at), part(*(x + 1 for x in at))) for at in (late, soon)]
    both = part(*(x + 1 for x in (*late, *soon)))
    return Contrast(
        told=told, number=within_strata(both) if several else of_two_shares(),
        interval=STRATIFIED if several else NEWCOMBE,
        sides=((f"{people} from {day} on", side[0]), (f"{people} before {day}", side[1])),
        everyone=f"{what}: {{mine}} of 100 {{group}}, {{theirs}} of 100 {{reference}} ({CAVEAT})",
        judged=False, plain=not several and not case.cluster,
        remark=lambda _found, _label, mine, theirs: "" if theirs else _break(case, timed, mine),
    )  # fmt: skip


def _break(case: Case, timed: _Timed, groups: list[int]) -> str:
    """The period from which on the rate differs most from before."""
    left = int(timed.lost[groups].sum())
    lost = f"; {left:,} without a day or of other offices left out" if left else ""
    if case.cluster:
        return NO_BREAK + lost
    mine = np.isin(timed.cells.group, groups)
    period = timed.days[mine] // PERIOD
    first = int(period.min())
    k, n = (np.bincount(period - first, part[mine]) for part in (timed.hit, timed.among))
    found = trends.largest_break(k, n)
    if str(found.note):
        return str(found.note) + lost
    p, start = float(found.p), (int(found.at) + first) * PERIOD
    when = (
        "on the day" if not start else f"{abs(start)} days {'after' if start > 0 else 'before'} it"
    )
    return f"largest break: {when} ({f'p = {p:.3f}' if p >= 0.001 else 'p < 0.001'})" + lost

"""Rates over time: their slope, and the period from which on they differ most."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.case.periods import between, span
from wfaudit.choices import EVERYONE, JOIN, NOT_RECORDED
from wfaudit.counts import Counts, Gridded, count, count_clustered
from wfaudit.errors import AuditError
from wfaudit.estimators import trends
from wfaudit.estimators.leftout import NUMBER, Read
from wfaudit.measures.clustered import jackknife, laid_out, over_clusters
from wfaudit.measures.deciding import whose
from wfaudit.measures.made import By, made
from wfaudit.measures.rate import Rate
from wfaudit.measures.single import single_rate
from wfaudit.measures.tally import masks, tally
from wfaudit.measures.verb_rows import HIDDEN
from wfaudit.result import Result

MOST_YEARS = 100
NO_BREAK = "largest break: not told, as its p-value would take people in clusters as unrelated"


@dataclass(frozen=True, slots=True, eq=False)
class _Series:
    """Who counts and who doesn't: groups by periods by 2; with clusters beside it if there are any."""

    groups: list[tuple[str, ...]]
    periods: list[str]
    n: Any
    hidden: Any
    clustered: Gridded | None = None


def trend(case: Case, measure: str, *, along: str, by: By = None) -> Result:
    """How much a rate changes from one period to the next, in every group, and where it breaks.

    ``along`` names a declared group that is a time (its levels in order, such as quarters). A week,
    month, quarter or year in which nobody came counts as one, so that all are as far apart. The slope
    is that of the weighted line through the shares (Armitage 1955), per period. The note tells the
    split with the largest difference and its p-value: the chance that the largest of all splits is as
    large if nothing changed (exact; Miller and Siegmund 1982). A steady trend makes it small too.
    Where people come in clusters the interval is a jackknife over them, and no break is told.

    >>> import wfaudit as wf
    >>> found = wf.trend(wf.load("plain"), "selection_rate", along="quarter")
    >>> found.to_frame()[["group", "n"]].values.tolist()
    [['everyone', 20000]]
    """
    case = whose(case, measure)
    rate = single_rate(case, measure, "trend", instead="ask for the trend of selection_rate")
    keys, periods = case.keys(by), _periods(case, along)
    if along in keys:
        raise AuditError(f"{along} is the time: leave it out of by.")
    series = _series(case, (*keys, along), rate, periods)
    lines = [
        {
            "measure": measure, "by": JOIN.join(keys) or EVERYONE, "at": f"{periods[0]} to {periods[-1]}",
            "group": JOIN.join(group) or EVERYONE, **_line(case, series, g),
        }
        for g, group in enumerate(series.groups)
    ]  # fmt: skip
    slope = "of the slope of the weighted line through the shares"
    interval = f"{jackknife(case)}, {slope}" if case.cluster else f"interval {slope}"
    return made(
        case, measure, "value", f"Change from one {along} to the next: {rate.says}", interval, lines,
        by=keys, at_name="periods",
    )  # fmt: skip


def _periods(case: Case, along: str) -> list[str]:
    group = case.group(along)
    found = [level for level in case.door.levels[along] if level != NOT_RECORDED]
    if len(found) < 3:
        raise AuditError(f"A trend needs three periods or more; {along} has {len(found)}.")
    if not group.periods or group.labels or group.levels:
        return found
    if (years := span(found)) > MOST_YEARS:
        raise AuditError(
            f"A trend by {group.periods} takes up to {MOST_YEARS} years; {along} spans {years:,}. Find the "
            "days that stand for something else, and declare them missing."
        )
    return between(group.periods, found)


def _series(case: Case, keys: tuple[str, ...], rate: Rate, periods: list[str]) -> _Series:
    counts = count(case, keys)
    found = tally(counts, rate)
    groups = list(dict.fromkeys(group[:-1] for group in counts.groups))
    shape = (len(groups), len(periods), 2)
    group, place = _placed(counts, groups, periods)
    timed = place >= 0
    n, hidden = np.zeros(shape, dtype=np.int64), np.zeros(len(groups), dtype=bool)
    both = np.stack([found.k, found.n - found.k], axis=-1)
    np.add.at(n, (group[timed], place[timed]), both[timed])
    np.logical_or.at(hidden, group[timed], found.hidden[timed])
    if not case.cluster:
        return _Series(groups, periods, n, hidden)
    people = count_clustered(case, keys)
    hits, among = masks(counts.states, rate, 0)
    here = np.where(among[people.state], place[people.group], -1)
    side = (~hits[people.state]).astype(np.int64)
    laid = laid_out(people, shape, (group[people.group], here, side))
    return _Series(groups, periods, n, hidden, laid)


def _placed(counts: Counts, groups: list[tuple[str, ...]], periods: list[str]) -> tuple[Any, Any]:
    """For each group by period its group and its period; -1 where the period is not recorded."""
    when = {period: at for at, period in enumerate(periods)}
    whose = {group: at for at, group in enumerate(groups)}
    group = np.array([whose[g[:-1]] for g in counts.groups], dtype=np.int64)
    return group, np.array([when.get(g[-1], -1) for g in counts.groups], dtype=np.int64)


def _line(case: Case, series: _Series, g: int) -> dict[str, Any]:
    if series.hidden[g]:
        return {"n": None, "estimate": np.nan, "low": np.nan, "high": np.nan, "note": HIDDEN}
    k, n = series.n[g, :, 0], series.n[g].sum(axis=1)
    plain: Any = trends.slope(k, n, level=case.choices.level)
    slope, more = plain, {"df": np.inf}
    if series.clustered is not None:
        slope = over_clusters(series.clustered, (g,), _steepness, NUMBER, case.choices.level)
        more = {"df": float(slope.df), "clusters": int(slope.clusters)}
    note = str(plain.note) or str(slope.note)
    known = not note
    return {
        "n": int(n.sum()), "k": int(k.sum()), "estimate": float(slope.estimate) if known else np.nan,
        "low": float(slope.low) if known else np.nan, "high": float(slope.high) if known else np.nan,
        "note": note or (NO_BREAK if series.clustered else _break(k, n, series.periods)),
        "se": float(slope.se) if known else np.nan, "transform": "identity", **more,
    }  # fmt: skip


def _steepness(tables: Any) -> Read:
    """The slope, and among how many people."""
    n = tables.sum(axis=-1)
    return trends.steepness(tables[..., 0], n), n.sum(axis=-1)[None]


def _break(k: Any, n: Any, periods: list[str]) -> str:
    found = trends.largest_break(k, n)
    if str(found.note):
        return str(found.note)
    p = float(found.p)
    told = f"p = {p:.3f}" if p >= 0.001 else "p < 0.001"
    return f"largest break: from {periods[int(found.at)]} on ({told})"

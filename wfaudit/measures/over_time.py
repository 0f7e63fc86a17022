"""Rates over time: their slope, and the period from which on they differ most."""

from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.choices import EVERYONE, JOIN, NOT_RECORDED
from wfaudit.counts import Counts, count
from wfaudit.errors import AuditError, not_one_of
from wfaudit.estimators import trends
from wfaudit.measures.made import By, made
from wfaudit.measures.rate import RATES
from wfaudit.measures.tally import tally
from wfaudit.result import Result


def trend(case: Case, measure: str, *, along: str, by: By = None) -> Result:
    """How much a rate changes from one period to the next, in every group, and where it breaks.

    ``along`` names a declared group that is a time (its levels in order, such as quarters). The slope
    is that of the weighted line through the shares (Armitage 1955), per period. The note tells the
    split with the largest difference and its p-value: the chance that the largest of all splits is as
    large if nothing changed (exact; Miller and Siegmund 1982). A steady trend makes it small too.

    >>> import wfaudit as wf
    >>> found = wf.trend(wf.load("plain"), "selection_rate", along="quarter")
    >>> found.to_frame()[["group", "n"]].values.tolist()
    [['everyone', 20000]]
    """
    if measure not in RATES:
        raise not_one_of("rate", measure, RATES)
    rate = RATES[measure]
    if rate.tiers is not None:
        raise AuditError(f"{measure} is asked tier by tier; ask for the trend of selection_rate.")
    case.require(rate.needs, measure)
    case.unweighted("trend")
    if case.cluster:
        raise AuditError(
            "A trend is not told where people come in clusters: errors that take them as unrelated are "
            "too small. Compare periods with wf.gaps(case, measure, by=<the period>)."
        )
    keys, periods = case.keys(by), _periods(case, along)
    if along in keys:
        raise AuditError(f"{along} is the time: leave it out of by.")
    counts = count(case, (*keys, along))
    found = tally(counts, rate)
    lines = [
        _line(case, measure, keys, group, _series(counts, found, group, periods), periods)
        for group in _groups(counts)
    ]
    return made(
        case, measure, "value", f"Change from one {along} to the next: {rate.says}",
        "interval of the slope of the weighted line through the shares", lines, by=keys,
        at_name="periods",
    )  # fmt: skip


def _periods(case: Case, along: str) -> list[str]:
    case.group(along)
    periods = [level for level in case.door.levels[along] if level != NOT_RECORDED]
    if len(periods) < 3:
        raise AuditError(f"A trend needs three periods or more; {along} has {len(periods)}.")
    return periods


def _groups(counts: Counts) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(group[:-1] for group in counts.groups))


def _series(counts: Counts, found: Any, group: tuple[str, ...], periods: list[str]) -> Any:
    at = {g: i for i, g in enumerate(counts.groups)}
    places = [at.get((*group, period), -1) for period in periods]
    return np.array([[found.k[i], found.n[i]] if i >= 0 else [0, 0] for i in places]).T


def _line(
    case: Case,
    measure: str,
    keys: tuple[str, ...],
    group: tuple[str, ...],
    series: Any,
    periods: list[str],
) -> dict[str, Any]:
    k, n = series
    slope = trends.slope(k, n, level=case.choices.level)
    known = not np.isnan(float(slope.se))
    return {
        "measure": measure, "by": JOIN.join(keys) or EVERYONE, "group": JOIN.join(group) or EVERYONE,
        "at": f"{periods[0]} to {periods[-1]}", "n": int(n.sum()),
        "estimate": float(slope.estimate) if known else np.nan, "low": float(slope.low),
        "high": float(slope.high), "note": str(slope.note) or _break(k, n, periods), "k": int(k.sum()),
        "se": float(slope.se), "df": np.inf, "transform": "identity",
    }  # fmt: skip


def _break(k: Any, n: Any, periods: list[str]) -> str:
    found = trends.largest_break(k, n)
    if str(found.note):
        return str(found.note)
    p = float(found.p)
    told = f"p = {p:.3f}" if p >= 0.001 else "p < 0.001"
    return f"largest break: from {periods[int(found.at)]} on ({told})"

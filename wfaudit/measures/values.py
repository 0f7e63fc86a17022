"""Values by group and their differences, for the measures of ``STATISTICS``; clusters by jackknife."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from wfaudit.case import Case
from wfaudit.choices import EVERYONE, HIGHEST, JOIN, REST
from wfaudit.counts import Gridded, count_scored, count_states, count_timed
from wfaudit.errors import AuditError, no_group, not_one_of
from wfaudit.estimators.clusters import FEWEST
from wfaudit.estimators.without import Sparse
from wfaudit.measures.deciding import whose
from wfaudit.measures.made import NOBODY, By, made
from wfaudit.measures.rate import RATES
from wfaudit.measures.statistic import STATISTICS, Ask, Statistic, Values
from wfaudit.result import SELF, Kind, Result

Floats = NDArray[np.float64]
Left = tuple[Floats, NDArray[np.bool_]]
JACKKNIFE = "jackknife interval that leaves out one cluster at a time"
CHUNK = 4_000_000  # cells of leave-one-out tables in memory at a time
_TINY = 1e-12  # values that are equal but for rounding


@dataclass(frozen=True, slots=True)
class Asked:
    """One statistic on one case by one key set, for one label of its second axis."""

    case: Case
    name: str
    keys: tuple[str, ...]
    label: str
    at: float
    people: Gridded

    @property
    def statistic(self) -> Statistic:
        """The entry of the catalogue."""
        return STATISTICS[self.name]

    def values(self, counts: Any) -> Values:
        """The statistic of counts, whatever axes stand before the last two."""
        return self.statistic.found(
            Ask(self.people.grid, counts, self.at, self.case.choices.level, self.people.states)
        )


def lacking(case: Case, measure: str) -> str:
    """Why a case can't carry a statistic, or nothing."""
    statistic = STATISTICS[measure]
    if case.evidence == "counts":
        return "a published table has no scores and no times of single people"
    if statistic.along == "time":
        horizons = [h for role in case.timed for h in role.horizons]
        timed = "the case declares no horizons for a time that may be censored"
        return (
            "" if horizons else timed if case.timed else "the case declares no time of an outcome"
        )
    if statistic.along == "states":
        absent = "decision" not in case.roles
        other = "the decision is on another scale than the advice"
        return (
            "the case declares no decision"
            if absent
            else ""
            if "decision" in case.states
            else other
        )
    absent = [role for role in ("score", "outcome") if role not in case.roles]
    if absent:
        return f"the case declares no {' and no '.join(absent)}"
    if "outcome" not in case.states:
        return "the outcome is a time that may be censored; a score can't be held against it yet"
    if statistic.probability and not case.roles["score"].probability:
        return "the score is not declared a probability"
    return ""


def values_of(case: Case, measure: str, *, by: By = None) -> Result:
    """A value in every group, over the clusters of the case."""
    case = whose(case, measure)
    lines: list[dict[str, Any]] = []
    for asked in _asked(case, measure, by):
        found = asked.values(asked.people.n)
        left = cache(partial(_left_out, asked))
        for g in range(len(asked.people.groups)):
            mine = _one(found, g)
            over = case.cluster and not np.isnan(mine.estimate)
            lines.append(_line(asked, g, mine, _jackknifed(asked, (g,), left) if over else mine))
    return _result(case, measure, "value", lines, by)


def value_gaps(case: Case, measure: str, *, by: By, reference: By = None) -> Result:
    """How far each group's value lies from its reference's (the group minus the reference)."""
    case = whose(case, measure)
    lines: list[dict[str, Any]] = []
    reference = declared_reference(case, case.keys(by), reference)
    for asked in _asked(case, measure, by):
        names = [JOIN.join(g) for g in asked.people.groups]
        if reference not in names:
            raise no_group(JOIN.join(asked.keys), reference, names)
        found, ref = asked.values(asked.people.n), names.index(reference)
        left = cache(partial(_left_out, asked))
        for g in range(len(names)):
            mine, theirs = _one(found, g), _one(found, ref)
            between = _difference(asked, mine, theirs)
            if case.cluster and g != ref and not np.isnan(between.estimate):
                between = _jackknifed(asked, (g, ref), left)
            lines.append(_line(asked, g, between, between, (ref,)))
    return _result(case, measure, "gap", lines, by)


def _asked(case: Case, measure: str, by: By) -> Iterator[Asked]:
    if measure in RATES:
        raise AuditError(f"{measure} is a rate. Ask for it with wf.rates(case, {measure!r}, by=…).")
    if measure not in STATISTICS:
        raise not_one_of("value", measure, STATISTICS)
    case.unweighted(measure)
    if why := lacking(case, measure):
        raise AuditError(f"{measure} can't be measured: {why}.")
    keys = case.keys(by)
    if STATISTICS[measure].along == "states":
        yield Asked(case, measure, keys, "", 0.0, count_states(case, keys))
        return
    if STATISTICS[measure].along == "score":
        yield Asked(case, measure, keys, "", 0.0, count_scored(case, keys))
        return
    for role in case.timed:
        people = count_timed(case, keys, role.name)
        for horizon in role.horizons:
            name = role.name.removeprefix("outcomes.").replace("_", " ")
            label = f"{name}, at {horizon:g}"
            yield Asked(case, measure, keys, label, horizon, people)


# --- one value, one difference


@dataclass(frozen=True, slots=True)
class _One:
    estimate: float
    se: float
    df: float
    low: float
    high: float
    note: str
    few: str = ""
    clusters: int | None = None


def _one(found: Values, g: int) -> _One:
    parts = [
        float(np.asarray(x)[g]) for x in (found.estimate, found.se, found.df, found.low, found.high)
    ]
    few = np.broadcast_to(np.asarray(found.few), np.shape(found.estimate))
    return _One(*parts, note=str(np.asarray(found.note)[g]), few=str(few[g]))


def _difference(asked: Asked, mine: _One, theirs: _One) -> _One:
    notes = (mine.note, theirs.note and f"reference: {theirs.note}")
    lost = [n for n, side in zip(notes, (mine, theirs), strict=True) if np.isnan(side.se)]
    why = next(filter(None, (*lost, mine.few, theirs.few and f"reference: {theirs.few}")), "")
    a, b = mine.se**2, theirs.se**2
    se = np.nan if why else float(np.sqrt(a + b))
    with np.errstate(all="ignore"):
        df = float(
            np.inf
            if np.isinf(mine.df + theirs.df)
            else (a + b) ** 2 / (a**2 / mine.df + b**2 / theirs.df)
        )
    gap = mine.estimate - theirs.estimate
    low, high = _limits(asked, 2, gap, se, df)
    return _One(gap, se, df, low, high, why or next(filter(None, notes), ""))


def _limits(asked: Asked, sides: int, centre: float, se: float, df: float) -> tuple[float, float]:
    """Limits by Student's t, within what a value, or a difference of two, can be."""
    level, (least, most) = asked.case.choices.level, asked.statistic.edges
    most = asked.at if most is None else most
    if sides > 1:
        least, most = least - most, most - least
    half = float(stdtrit(df, (1 + level) / 2)) * se if se > 0 else np.nan
    return float(np.maximum(centre - half, least)), float(np.minimum(centre + half, most))


def _jackknifed(asked: Asked, groups: tuple[int, ...], left: Callable[[int], Left]) -> _One:
    """A value, or the difference of two, with the standard error of leaving out a cluster at a time."""
    people = asked.people
    sides = [left(g) for g in groups]
    full = [float(asked.values(people.n[g][None]).estimate[0]) for g in groups]
    centre = full[0] - full[1] if len(groups) > 1 else full[0]
    touched = np.any([t for _, t in sides], axis=0)
    fewest, clusters = min(int(t.sum()) for _, t in sides), int(touched.sum())
    df = max(fewest - 2, 0)
    each = (sides[0][0] - sides[1][0] if len(groups) > 1 else sides[0][0])[touched]
    own = ((e[t], v, int(t.sum())) for (e, t), v in zip(sides, full, strict=True))
    note = next(filter(None, (_why_not(n, e, v) for e, v, n in own)), "")
    se = (
        np.nan
        if note
        else float(np.sqrt((clusters - 1) / clusters * np.square(each - centre).sum()))
    )
    low, high = _limits(asked, len(groups), centre, se, df)
    return _One(centre, se, df, low, high, note, clusters=clusters)


def _why_not(fewest: int, each: Floats, centre: float) -> str:
    if np.isnan(centre):
        return NOBODY
    if fewest < FEWEST:
        return f"{fewest} clusters: fewer than {FEWEST}, no interval"
    if np.isnan(each).any():
        return "no value without one cluster: no interval"
    return "" if np.ptp(each) > _TINY else "the clusters do not vary: no interval"


def _left_out(asked: Asked, g: int) -> Left:
    """The value of one group without each cluster, and which clusters have people of the group."""
    people = asked.people
    assert people.cells is not None
    mine = people.cells[1] == g
    cluster, _, place, side, n = (part[mine] for part in people.cells)
    touched = np.bincount(cluster, minlength=people.clusters) > 0
    if asked.statistic.without is not None:
        cells = Sparse(cluster, place, side, n, people.clusters)
        return asked.statistic.without(people.grid, people.n[g], cells), touched
    step = max(1, CHUNK // max(1, people.n[g].size))
    parts = [
        asked.values(people.without_each(g, start, min(start + step, people.clusters))).estimate
        for start in range(0, people.clusters, step)
    ]
    return np.concatenate(parts), touched


# --- rows


def _line(
    asked: Asked, g: int, found: _One, told: _One, pair: tuple[int, ...] = ()
) -> dict[str, Any]:  # fmt: skip
    """One group's row: its number is ``found``, its limits are those of ``told``; ``pair``: its reference."""
    names = [JOIN.join(group) or EVERYONE for group in asked.people.groups]
    n = asked.people.n.sum(axis=(1, 2))
    line: dict[str, Any] = {
        "measure": asked.name, "by": JOIN.join(asked.keys) or EVERYONE, "group": names[g],
        "at": asked.label, "n": int(n[g]),
    }  # fmt: skip
    for ref in pair:
        line |= {"reference": names[ref], "n_reference": int(n[ref])}
    if g in pair:
        return line | {"estimate": 0.0, "low": np.nan, "high": np.nan, "note": SELF}
    known = not np.isnan(told.se) or not np.isnan(told.low)
    note = (NOBODY if n[g] == 0 else told.note) or ("" if known else "no interval can be given")
    numbers = {"estimate": found.estimate, "low": told.low, "high": told.high, "se": told.se}
    return line | {name: x if known else np.nan for name, x in numbers.items()} | {
        "note": note, "df": told.df, "transform": "identity", "clusters": told.clusters,
    }  # fmt: skip


def _result(case: Case, measure: str, kind: Kind, lines: list[dict[str, Any]], by: By) -> Result:
    statistic = STATISTICS[measure]
    labels = tuple(dict.fromkeys(line["at"] for line in lines if line["at"]))
    plain = statistic.gap if kind == "gap" else statistic.interval
    return made(
        case, measure, kind, statistic.says, JACKKNIFE if case.cluster else plain, lines,
        by=case.keys(by), at_name="horizon" if labels else "", at_values=labels, unit=statistic.unit,
        sentence=statistic.sentence, judged=statistic.judged,
    )  # fmt: skip


def declared_reference(case: Case, keys: tuple[str, ...], given: By = None) -> str:
    """The reference of these groups, as one level of each: as given, else as declared."""
    if not keys:
        raise AuditError("A comparison needs groups: name them with by=.")
    declared = tuple(case.group(k).reference for k in keys)
    parts = (given,) if isinstance(given, str) else given or declared
    if not all(parts):
        raise AuditError(
            f"Group {JOIN.join(keys)} declares no reference. Say whom to compare with."
        )
    if {REST, HIGHEST} & set(parts):
        raise AuditError(
            f'Group {JOIN.join(keys)}: values are compared with one level, not with "{REST}" or "{HIGHEST}".'
        )
    return JOIN.join(parts)

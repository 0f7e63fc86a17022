"""Alike but for the group: attention at equal relevance, what came of equal scores; stage by stage."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.estimators.estimates import ANY
from wfaudit.estimators.leftout import Read, Scale
from wfaudit.measures import contrasts
from wfaudit.measures.asked import Compare, everywhere, require
from wfaudit.measures.compared import Told, tell
from wfaudit.measures.contrasts import Contrast
from wfaudit.measures.gathered import Floats, Gathered, Keys, Laid, fifths, gather, in_fifths, laid
from wfaudit.measures.labelled import answer_of
from wfaudit.measures.lists import (
    FINE,
    attended,
    attention,
    dealt,
    lacks_pairs,
    lacks_places,
)
from wfaudit.measures.made import By
from wfaudit.measures.question import Question
from wfaudit.measures.readings import Columns, Number, over_clusters
from wfaudit.measures.sides import of_owner
from wfaudit.measures.two_way import asked_over_both, over_both
from wfaudit.result import Result

STAGES = ("shown", "clicked", "applied", "invited", "hired")
MOST_LEVELS = 50  # of relevance, beyond which it is cut into fifths
SCORE = Told(
    measure="score_at_relevance",
    says="Mean score of {people} at equal relevance: the mean at each level of relevance, weighed as all "
    "{people} are spread over the levels",
    sentence="Fitting as well, {group} have a score of {mine} on average; {reference}, {theirs}",
    unit="number",
)  # fmt: skip
SEEN = Told(
    measure="exposure_at_relevance",
    says="Mean attention that the place of {people} gets at equal relevance, as a share of a first place's",
    sentence="Fitting as well, {group} get {mine} of 100 parts of a first place's attention ({at}); "
    "{reference}, {theirs}",
    at_name="attention",
)  # fmt: skip
CAME = Told(
    measure="stage_at_score",
    says="Share of {people} who came to a stage, at equal scores (in fifths of all scores, weighed as all "
    "{people} are spread over them)",
    sentence="Of 100 with the same score, {mine} {group} came to the stage “{at}”; {reference}, {theirs}",
    at_name="stage",
)  # fmt: skip
STAGE = Told(
    measure="stage_share",
    says="Share of {people} who came to a stage, of those who came to the one before; of all for the first",
    among="who came to the stage before", does="came to the stage “{at}”", at_name="stage",
)  # fmt: skip


# --- at equal relevance, at equal scores


@over_both
def score_at_relevance(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Mean score at equal relevance (direct standardisation over the levels that every group has)."""
    require(SCORE.measure, _lacks_score(case))
    case = dealt(case)
    asked, found = _scored(case, case.keys(by))
    return contrasts.answered(case, asked, found, compare)


def _scored(case: Case, keys: Keys) -> tuple[Contrast, Laid]:
    score: Any = case.columns["score"]
    sums = _sums({"score": score})
    found = gather(case, keys, {"level": _level(case)}, sums)
    return _standardised(case, SCORE, keys, found, {"score": case.roles["score"].resolution}, [""])


@over_both
def exposure_at_relevance(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Mean attention at equal relevance, by every declared model."""
    require(SEEN.measure, _lacks_places(case))
    asked, found = _seen(case, case.keys(by))
    return contrasts.answered(attended(case), asked, found, compare)


def _seen(case: Case, keys: Keys) -> tuple[Contrast, Laid]:
    case = attended(case)
    names, pairs = list(attention(case)), case.source.table
    gets: dict[str, Any] = {name: pairs[f"wf gets {name}"] for name in names}
    found = gather(case, keys, {"level": _level(case)}, _sums(gets, FINE))
    return _standardised(case, SEEN, keys, found, dict.fromkeys(names, 1 / FINE), names)


@over_both
def stage_at_score(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Share of each group that came to a stage at equal scores: do scores mean the same for all?"""
    require(CAME.measure, _lacks_stages(case, "score"))
    case = dealt(case)
    asked, found = _came(case, case.keys(by))
    return contrasts.answered(case, asked, found, compare)


def _came(case: Case, keys: Keys) -> tuple[Contrast, Laid]:
    names = _stages(case)[1:] or _stages(case)
    found = gather(
        case, keys, {"level": fifths(case)}, _sums({n: answer_of(case, n) for n in names})
    )
    return _standardised(case, CAME, keys, found, dict.fromkeys(names, 1.0), names)


def _sums(values: dict[str, Any], scale: int = 1) -> dict[str, Any]:
    """How many are known, and their sum, of each value."""
    sums: dict[str, Any] = {}
    for name, value in values.items():
        exact = (value * scale).cast("decimal(18, 4)")
        sums |= {f"{name} known": value.notnull().sum(), f"{name} sum": exact.sum().cast("float64")}
    return sums


def _standardised(
    case: Case, told: Told, keys: Keys, found: Gathered, scales: dict[str, float], labels: list[str]
) -> tuple[Contrast, Laid]:
    """Means by level, put together by how all are spread over the levels that every group has."""
    at, values = found.axes["level"]
    there = [i for i, value in enumerate(values) if value is not None]
    place = np.full(len(values), -1, dtype=np.int64)
    place[there] = np.argsort(np.argsort([float(values[i]) for i in there]))
    level, size = place[at], len(there)
    columns = np.zeros((len(found.n), len(scales), size, 2))
    mine = np.flatnonzero(level >= 0)
    for one, (name, scale) in enumerate(scales.items()):
        pair = found.columns(f"{name} known", f"{name} sum") * np.array([1.0, scale])
        columns[mine, one, level[mine]] = pair[mine]
    table = laid(case, keys, found, columns.reshape(len(found.n), len(scales), -1), labels)
    levels = _Levels(table, size)
    number = _mean_by_level(levels)
    return Contrast(told=told, number=number, interval="", remark=levels.remark), table


class _Levels:
    """How many of each group are on each level, by label, and which levels every group has."""

    def __init__(self, table: Laid, size: int) -> None:
        self.size = size
        self.n = table.whole.reshape(*table.whole.shape[:2], size, 2)[..., 0]
        some = self.n.sum(axis=2, keepdims=True) > 0
        self.shared = ((self.n > 0) | ~some).all(axis=0)

    def remark(self, _: Laid, label: int, *sides: list[int]) -> str:
        """How many of these groups are on levels that not every group has, and so left out."""
        mine = self.n[sorted({g for side in sides for g in side}), label]
        lost, n = int(mine[:, ~self.shared[label]].sum()), int(mine.sum())
        return (
            f"{lost:,} of {n:,} pairs are at levels that not every group has: left out"
            if lost
            else ""
        )


def _mean_by_level(levels: _Levels) -> Number:
    size, shared = levels.size, levels.shared
    weights = np.where(shared, levels.n.sum(axis=0), 0.0)
    with np.errstate(all="ignore"):
        weights = weights / weights.sum(axis=1, keepdims=True)

    def read(columns: Columns, label: int) -> Read:
        parted = columns.reshape(*columns.shape[:-1], size, 2)
        with np.errstate(all="ignore"):
            means = parted[..., 1] / parted[..., 0]
        known = shared[label]
        value = (means[..., known] * weights[label][known]).sum(axis=-1)
        return (value if known.any() else value + np.nan), _counted(columns)[None]

    lost = ("no level in common: no value", "no level in common without one list: no interval")
    return over_clusters(read, _counted, Scale("identity", ANY, lost))


def _counted(columns: Columns) -> Floats:
    return columns[..., 0::2].sum(axis=-1)


def _level(case: Case) -> Any:
    """The levels of relevance, as they are declared or, where they are many, in fifths by the middle rank."""
    relevance = case.number(case.roles["relevance"].column)
    return in_fifths(case, "relevance", relevance, MOST_LEVELS)


# --- stage by stage


@over_both
def stage_share(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Share of each group that came from one stage to the next: shown, clicked, applied, invited, hired."""
    require(STAGE.measure, _lacks_stages(case))
    case = dealt(case)
    keys, names = case.keys(by), _stages(case)
    sums: dict[str, Any] = {}
    before: Any = None
    for name in names:
        now: Any = answer_of(case, name)
        counted = now if before is None else (before == 1).ifelse(now, None)
        sums |= {f"{name} n": counted.notnull().sum(), f"{name} k": counted.sum()}
        before = now
    found = gather(case, keys, {}, sums)
    columns = np.stack([found.columns(f"{n} n", f"{n} k") for n in names], axis=1)
    among = f"{STAGE.among} (“{names[0]}”: all)"  # nothing comes before the first
    told = replace(STAGE, among=among)
    return tell(case, told, laid(case, keys, found, columns, names), compare=compare)


def _stages(case: Case) -> list[str]:
    return [name for name in STAGES if name in case.roles]


# --- questions


def _lacks_score(case: Case) -> str:
    return lacks_pairs(case, "score", "relevance")


def _lacks_places(case: Case) -> str:
    return lacks_places(case, "relevance")


def _lacks_stages(case: Case, *roles: str) -> str:
    if why := lacks_pairs(case, *roles):
        return why
    return "" if _stages(case) else f"the case declares none of {', '.join(STAGES)}"


def _contrasted(tell: Any, case: Case, *, all_sides: bool = True) -> Iterable[Result]:
    case = dealt(case)
    for result in contrasts.everywhere(case, partial(tell, case)):
        if all_sides or not any(of_owner(case, name) for name in result.by):
            yield result


QUESTIONS: dict[str, Question] = {
    SCORE.measure: Question(
        says=SCORE.says, lacks=_lacks_score, ask=asked_over_both(partial(_contrasted, _scored))
    ),
    SEEN.measure: Question(
        says=SEEN.says, lacks=_lacks_places,
        ask=asked_over_both(lambda case: _contrasted(_seen, attended(case), all_sides=False)),
    ),
    CAME.measure: Question(
        says=CAME.says, lacks=lambda case: _lacks_stages(case, "score"),
        ask=asked_over_both(partial(_contrasted, _came)),
    ),
    STAGE.measure: Question(
        says=STAGE.says, lacks=_lacks_stages, ask=lambda case: everywhere(case, partial(stage_share, case))
    ),
}  # fmt: skip

"""How far decisions agree with the advice beyond chance, and how many tiers they lie from it."""

from collections.abc import Iterable
from functools import partial

import numpy as np

from wfaudit.case import Case
from wfaudit.counts import count
from wfaudit.estimators.differences import armed
from wfaudit.estimators.estimates import Estimate
from wfaudit.estimators.intervals import wilson
from wfaudit.estimators.leftout import Read, Scale
from wfaudit.estimators.means import Amounts, mean
from wfaudit.measures import contrasts
from wfaudit.measures.asked import Compare, everywhere, refused, require
from wfaudit.measures.compared import Told, tell
from wfaudit.measures.contrasts import Contrast
from wfaudit.measures.gathered import Keys, Laid
from wfaudit.measures.made import NOBODY, By
from wfaudit.measures.overrides import sums
from wfaudit.measures.overrides.question import Question
from wfaudit.measures.readings import Columns, Number, part
from wfaudit.result import Result

KAPPA = Told(
    measure="prevalence_adjusted_kappa",
    says="Agreement of advice and decision beyond chance if every tier were as common as any other (Byrt et "
    "al. 1993; Brennan and Prediger 1981): 1 is full agreement, 0 is chance; of {people} {saw}",
    sentence="Advice and decision agree beyond chance, were all tiers as common, by {mine} for {group} and "
    "by {theirs} for {reference} ({at})",
    unit="number", judged=False, at_name="weights",
)  # fmt: skip
SAME, SQUARED = "the same tier or not", "by the squared distance in tiers"
DISTANCE = Told(
    measure="mean_override_distance",
    says="Mean number of tiers between decision and advice, of {people} {saw}",
    sentence="The mean distance from the advice is {mine} tiers for {group} and {theirs} for {reference} "
    "({at})",
    unit="number", judged=False, at_name="counted", of="mean",
)  # fmt: skip
EITHER, SIGNED = "up or down", "up less down"


def prevalence_adjusted_kappa(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Agreement of advice and decision beyond chance, were all tiers as common, by group.

    Kappa is low where one tier is common, however well both agree; this isn't: it says the same as the
    share that agrees. From three tiers on, also with weights that fall with the squared distance.

    >>> import wfaudit as wf
    >>> found = prevalence_adjusted_kappa(wf.load("plain")).to_frame()
    >>> found[["at", "estimate"]].round(3).values.tolist()
    [['the same tier or not', 0.735], ['by the squared distance in tiers', 0.867]]
    """
    case = case.by_deciders
    require(KAPPA.measure, _lacking(case))
    asked, found = _kappa(case, case.keys(by))
    return contrasts.answered(case, asked, found, compare)


def mean_override_distance(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """How many tiers decisions lie from the advice on average: either way, and up less down, by group.

    >>> import wfaudit as wf
    >>> found = mean_override_distance(wf.load("plain")).to_frame()
    >>> found[["at", "estimate"]].round(3).values.tolist()
    [['up or down', 0.177], ['up less down', -0.001]]
    """
    case = case.by_deciders
    require(DISTANCE.measure, _lacking(case))
    return tell(case, DISTANCE, _distances(case, case.keys(by), (1, 0)), compare=compare)


def _lacking(case: Case) -> str:
    return refused(case, "decision") or case.lacks(("decision",))


def _tiers(case: Case) -> int:
    return len(case.roles["decision"].order) or 2


def _distances(case: Case, keys: Keys, powers: tuple[int, ...]) -> Laid:
    """Distances as amounts: their size to a power, or with their sign (0); of people who saw the advice."""
    cells, state = sums.people(case, keys)
    states = count(case, keys).states
    asked = (states["saw"] & states["advice"].notna() & states["decision"].notna()).fillna(False)
    apart = (states["decision"] - states["advice"]).fillna(0).to_numpy(dtype=np.float64)[state]
    n = cells.n * asked.to_numpy(dtype=bool)[state]
    sizes = [apart if not power else np.abs(apart) ** power for power in powers]
    parts = [[n, n * x, n * x**2, n * (apart != 0)] for x in sizes]
    labels = {0: SIGNED, 1: EITHER, 2: SQUARED}
    return cells.laid([labels[power] for power in powers], parts)


# --- agreement


def _kappa(case: Case, keys: Keys) -> tuple[Contrast, Laid]:
    tiers = _tiers(case)
    # what the mean would be if advice and decision had nothing to do with each other and all were as common
    chance = [(tiers - 1) / tiers, (tiers**2 - 1) / 6]
    lowest = [1 - 1 / chance[0], 1 - (tiers - 1) ** 2 / chance[1]]
    asked = Contrast(
        told=KAPPA, interval="Wilson interval of the share that agrees, or t interval of the mean weight",
        number=Number(
            of=partial(_beyond, chance), read=partial(_beyond_read, chance), people=part(0),
            scale=Scale("identity", (min(lowest), 1.0)),
        ),
    )  # fmt: skip
    found = _distances(case, keys, (2, 2) if tiers > 2 else (2,))
    whole = found.whole.copy()
    rows = None if found.rows is None else (*found.rows[:2], found.rows[2].copy())
    for table in (whole, *(() if rows is None else rows[2:])):
        table[:, 0, 1:3] = table[:, 0, 3:4]  # apart or not: each counts one
    labels = (SAME, SQUARED)[: len(found.labels)]
    return asked, Laid(keys, found.groups, labels, whole, found.clusters, rows)


def _beyond(chance: list[float], columns: Columns, label: int, level: float) -> Estimate:
    """One less the mean distance, over that of chance."""
    if label:
        apart = mean(Amounts.of(columns), level)
        mid, low, high, note = apart.estimate, apart.low, apart.high, apart.note
    else:
        n, k = columns[..., 0], columns[..., 1]
        with np.errstate(all="ignore"):
            mid, (low, high), note = k / n, wilson(k, n, level), np.where(n > 0, "", NOBODY)
    value, top, bottom = (1 - x / chance[label] for x in (mid, low, high))
    return armed(value, bottom, np.minimum(top, 1.0), level, note)


def _beyond_read(chance: list[float], columns: Columns, label: int) -> Read:
    n = columns[..., 0]
    with np.errstate(all="ignore"):
        return np.where(n > 0, 1 - columns[..., 1] / n / chance[label], np.nan), n[None]


# --- questions


def _ask_kappa(case: Case) -> Iterable[Result]:
    return contrasts.everywhere(case, partial(_kappa, case))


def _ask_distance(case: Case) -> Iterable[Result]:
    return everywhere(case, partial(mean_override_distance, case))


QUESTIONS: dict[str, Question] = {
    KAPPA.measure: Question(says=KAPPA.says, lacks=_lacking, ask=_ask_kappa),
    DISTANCE.measure: Question(says=DISTANCE.says, lacks=_lacking, ask=_ask_distance),
}

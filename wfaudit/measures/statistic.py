"""The catalogue of values that are not shares of people: how each is told, needs, and is found.

Adding one is one entry: a sentence, what it needs, and a function from counts to one value. The
function takes counts with any axes before the last ones, so that groups, and the same group without
each of its clusters, are computed in one go. Differences between groups are derived.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.estimators import agreement, calibration, grid, roc, survival
from wfaudit.estimators.estimates import Estimate
from wfaudit.estimators.without import Sparse, area_without_each, mean_without_each
from wfaudit.result import Unit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# With the outcome, and without, on each side, for the interval of a difference of areas. Ten would do
# for roc.auc_hybrid where half have the outcome, but not where one in a hundred has: it then holds the
# truth 87 to 92 times in 100; and its limits are not symmetric, so that no se and df could stand in
# the evidence from which its p-values are read.
FEWEST = 30
FEW_EACH = f"fewer than {grid.FEWEST} with the outcome, or without: no interval of the difference"
FEW = f"fewer than {FEWEST} with the outcome, or without: no interval of the difference"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Values:
    """Values with their standard errors, degrees of freedom and limits, or a note that says why not.

    ``few`` is why a difference has no interval though the value may have one. Arrays of one shape.
    """

    estimate: Floats
    se: Floats
    df: Floats
    low: Floats
    high: Floats
    note: NDArray[np.str_]
    few: Any = ""


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """What a value is found from; the last two axes of the counts are the grid, and yes and no."""

    grid: Floats
    counts: Ints
    at: float
    level: float
    states: pd.DataFrame | None = None

    @property
    def sides(self) -> tuple[Any, Any]:
        """The counts of yes and of no."""
        return self.counts[..., 0], self.counts[..., 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """A value of each group, told in words.

    ``along`` is what people are counted along: their score, the time of a spell, their states.
    ``judged`` says whether the default tolerance, a share, is meant for it too; ``edges`` between
    what a value lies (None: the horizon). ``without`` finds the value of a group without each
    cluster from its grid, its counts and its cells, where that takes sums only; without it, every
    table with one cluster left out is built and ``found`` anew.
    """

    says: str
    sentence: str
    along: Literal["score", "time", "states"]
    found: Callable[[Ask], Values]
    interval: str
    gap: str = "interval for a difference of unrelated groups"
    unit: Unit = "share"
    judged: bool = True
    probability: bool = False
    edges: tuple[float, float | None] = (0.0, 1.0)
    without: Callable[[Floats, Ints, Sparse], Floats] | None = None


def _auc(ask: Ask) -> Values:
    found = roc.auc(*ask.sides)
    low, high = found.interval(ask.level)
    fewest = np.minimum(found.n_events, found.n_nonevents)
    return Values(
        estimate=found.estimate, se=found.se, df=found.n_events + found.n_nonevents - 1,
        low=low, high=high, note=found.note, few=np.where(fewest < FEWEST, FEW, ""),
    )  # fmt: skip


def _in_the_large(ask: Ask) -> Values:
    found = calibration.in_the_large(ask.grid, *ask.sides)
    low, high = found.interval(ask.level)
    with np.errstate(all="ignore"):
        se = np.sqrt(found.left_open * found.observed * (1 - found.observed) / found.n)
    one_sided = ~(se > 0)
    few = np.minimum(*(side.sum(axis=-1) for side in ask.sides)) < grid.FEWEST
    return Values(
        estimate=found.estimate, se=np.where(one_sided, np.nan, se), df=np.full_like(se, np.inf),
        low=low, high=high, note=found.note,
        few=np.select([one_sided, few], ["all or none had the outcome", FEW_EACH], ""),
    )  # fmt: skip


def _slope(ask: Ask) -> Values:
    return _limited(calibration.cox(ask.grid, *ask.sides, level=ask.level).slope)


def _brier(ask: Ask) -> Values:
    return _limited(calibration.brier(ask.grid, *ask.sides, level=ask.level))


def _area_without(_score: Floats, counts: Ints, cells: Sparse) -> Floats:
    return area_without_each(counts, cells)


def _large_without(score: Floats, counts: Ints, cells: Sparse) -> Floats:
    p = grid.chances(score)
    return mean_without_each(np.stack([1 - p, -p], axis=1), counts, cells)


def _brier_without(score: Floats, counts: Ints, cells: Sparse) -> Floats:
    p = grid.chances(score)
    return mean_without_each(np.stack([(1 - p) ** 2, p**2], axis=1), counts, cells)


def _without(ask: Ask) -> Values:
    return _limited(
        survival.share_without(survival.kaplan_meier(ask.grid, *ask.sides), ask.at, ask.level)
    )


def _mean_time(ask: Ask) -> Values:
    return _limited(
        survival.mean_time(survival.kaplan_meier(ask.grid, *ask.sides), ask.at, ask.level)
    )


def _kappa(ask: Ask) -> Values:
    return _limited(agreement.kappa(_crossed(ask, "advice", "decision"), "quadratic", ask.level))


def _crossed(ask: Ask, rows: str, columns: str) -> NDArray[np.int64]:
    """Counts of states as square tables: what one column says by what the other says."""
    assert ask.states is not None
    pair: Any = ask.states[[rows, columns]]
    known = pair.notna().all(axis=1).to_numpy(dtype=bool)
    places: Any = pair[known].to_numpy(dtype=np.int64)
    size = int(max(places.max(initial=1) + 1, 2))
    table = np.zeros((*ask.counts.shape[:-2], size, size), dtype=np.int64)
    into: Any = (..., places[:, 0], places[:, 1])
    np.add.at(table, into, ask.counts[..., 0][..., known])
    return table


def _limited(found: Estimate) -> Values:
    return Values(
        estimate=found.estimate, se=found.se, df=np.full_like(found.se, np.inf), low=found.low,
        high=found.high, note=found.note,
    )  # fmt: skip


STATISTICS: dict[str, Statistic] = {
    "auc": Statistic(
        says="Area under the ROC curve: the share of random pairs in which {people} who {outcome} have "
        "a higher score than {people} who {no_outcome} (ties count half)",
        sentence="Paired at random, {group} who {outcome} have a higher score than {group} who "
        "{no_outcome} in {mine} of 100 pairs; {reference}, in {theirs}",
        along="score", found=_auc, without=_area_without,
        interval="DeLong interval on the logit scale", gap="DeLong interval, Welch degrees of freedom",
    ),
    "calibration_in_the_large": Statistic(
        says="Share of {people} who {outcome}, less the share that their scores say",
        sentence="Compared with what the score says, {mine_more} of 100 {group} {outcome}; of 100 "
        "{reference}, {theirs_more}",
        along="score", found=_in_the_large, without=_large_without, probability=True, edges=(-1.0, 1.0),
        interval="Wilson interval, narrowed by what the score explains",
        gap="normal interval for a difference of unrelated groups",
    ),
    "calibration_slope": Statistic(
        says="Slope of the outcome on the log odds of the score (1: as the score says; below 1: scores "
        "too far apart)",
        sentence="The outcome follows the log odds of the score with a slope of {mine} for {group} and of "
        "{theirs} for {reference} (1 is as the score says)",
        along="score", found=_slope, unit="number", judged=False, probability=True,
        edges=(-np.inf, np.inf),
        interval="normal interval of a logistic regression (Cox 1958)",
    ),
    "brier_score": Statistic(
        says="Mean squared distance between score and outcome (0 is best)",
        sentence="The mean squared distance between score and outcome is {mine} for {group} and {theirs} "
        "for {reference}",
        along="score", found=_brier, without=_brier_without, unit="number", judged=False, probability=True,
        interval="normal interval of a mean",
    ),
    "weighted_kappa": Statistic(
        says="Agreement of advice and decision beyond chance (Cohen's kappa, quadratic weights: 1 is "
        "full agreement, 0 is chance)",
        sentence="Advice and decision agree beyond chance by a weighted kappa of {mine} for {group} and of "
        "{theirs} for {reference}",
        along="states", found=_kappa, unit="number", judged=False, edges=(-1.0, 1.0),
        interval="interval on Fisher's z scale (Fleiss, Cohen and Everitt 1969)",
        gap="normal interval for a difference of unrelated groups",
    ),
    "share_without_event": Statistic(
        says="Share of {people} for whom it had not happened yet, by a horizon (Kaplan-Meier: who was not "
        "followed so far counts neither as yes nor as no)",
        sentence="Of 100 {group}, it had not happened yet for {mine} ({at}); of 100 {reference}, for "
        "{theirs}",
        along="time", found=_without,
        interval="log-log interval, Greenwood's variance", gap="normal interval, Greenwood's variance",
    ),
    "restricted_mean_time": Statistic(
        says="Mean time of {people} until it happened, of the time up to a horizon (restricted mean)",
        sentence="The mean time until it happened, up to the horizon ({at}), is {mine} for {group} and "
        "{theirs} for {reference}",
        along="time", found=_mean_time, unit="number", judged=False, edges=(0.0, None),
        interval="normal interval of a restricted mean",
    ),
}  # fmt: skip

"""Steps along the values of one input, and what crossing each does to the people who lie there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from wfaudit.case import Case
from wfaudit.choices import JOIN
from wfaudit.errors import AuditError
from wfaudit.measures.drivers import anew
from wfaudit.measures.drivers.anew import Floats, Ints
from wfaudit.measures.drivers.people import behind_of
from wfaudit.measures.drivers.tally import AMOUNT, Keys, Tally, met
from wfaudit.measures.drivers.valued import Scale
from wfaudit.measures.made import By
from wfaudit.models import Model

MOST, BANDS = 20, 10  # distinct values that stand for themselves; bands of like many people else
NOTHING = 1e-12  # of the spread of scores: a step of less is none


@dataclass(frozen=True, slots=True, eq=False)
class Along:
    """The steps of one input: from where to where each goes, and what its places are called."""

    name: str
    numeric: bool
    low: Any
    high: Any
    labels: tuple[str, ...]
    weights: Floats
    marks: Any  # where the steps of numbers end
    middles: bool = False

    def of(self, column: Any) -> Ints:
        """The step of each person's number."""
        at = np.searchsorted(self.marks, column, side="right" if self.middles else "left")
        return np.clip(at - (0 if self.middles else 1), 0, len(self.low) - 1).astype(np.int64)


def along(name: str, column: Any) -> Along:
    """The steps of an input, from the values of some people.

    >>> found = along("age", pd.Series([30.0, 40.0, 40.0, 60.0]))
    >>> found.low.tolist(), found.high.tolist(), found.of(np.array([30.0, 40.0, 60.0])).tolist()
    ([30.0, 40.0], [40.0, 60.0], [0, 0, 1])
    """
    known = column[~pd.isna(column)]
    if not pd.api.types.is_numeric_dtype(column):
        levels, n = np.unique(known.astype(str), return_counts=True)
        order = np.argsort(-n, kind="stable")[: MOST + 1]
        levels, n = levels[order], n[order].astype(np.float64)
        low = np.full(max(0, len(levels) - 1), levels[0] if len(levels) else "", dtype=object)
        return Along(name, False, low, levels[1:], tuple(map(str, levels)), n, levels)
    values, n = np.unique(known.to_numpy(float), return_counts=True)
    if len(values) <= MOST:
        labels = tuple(Scale(name, True, True, values).labels[: len(values)])
        return Along(name, True, values[:-1], values[1:], labels, n.astype(np.float64), values)
    edges = np.unique(
        np.quantile(known.to_numpy(float), np.arange(1, BANDS) / BANDS, method="higher")
    )
    edges = edges[edges > values[0]]
    weights: Any = np.bincount(np.searchsorted(edges, values, side="right"), n, len(edges) + 1)
    labels = tuple(Scale(name, True, False, edges).labels[: len(edges) + 1])
    ends = np.concatenate([values[:1], edges, values[-1:]])
    return Along(name, True, ends[:-1], ends[1:], labels, weights, edges, middles=True)


def across(case: Case, model: Model, names: Keys, scale: str, by: By) -> tuple[list[Along], Tally]:
    """The steps of some inputs, and everybody moved across their own step of each."""
    behind = behind_of(case, model).rows
    ways = [along(name, behind[name]) for name in names]
    if not any(len(way.low) for way in ways):
        raise AuditError(
            f"Everybody has the same value of {', '.join(names)}: there is no step to take."
        )
    key = ("along", names, scale)
    tally = anew.remembered(
        case, model, by, key, lambda keys: _fold(case, model, ways, keys, scale)
    )
    return ways, tally


def _fold(case: Case, model: Model, ways: Sequence[Along], keys: Keys, scale: str) -> Tally:
    labels = [JOIN.join((way.name, str(at))) for way in ways for at in range(len(way.low))]
    tally = Tally(
        case, keys, labels, (*AMOUNT, "raises", "lowers"), anew.spread_of(case, model, scale)
    )
    say = anew.teller(case, model, scale=scale, tiers=False)
    for people, code, _ in met(case, model, tally):
        before, first = say(people), 0
        for way in ways:
            for rows, at, low, high in _across(way, people[way.name]):
                there = anew.Said(before.score[rows], before.tier[rows])
                ends = [
                    anew.changed(model, say, people.iloc[rows], there, {way.name: end})
                    for end in (low, high)
                ]
                shift = np.where(
                    ends[0][1] & ends[1][1], ends[1][0].score - ends[0][0].score, np.nan
                )
                _add(tally, code[rows], first + at, shift)
            first += len(way.low)
    return tally


def _across(way: Along, column: Any) -> Iterator[tuple[Ints, Any, Any, Any]]:
    """Who is moved, across which step, from where to where."""
    if len(way.low) == 0:
        return
    if way.numeric:
        rows = np.flatnonzero(~pd.isna(column))
        at = way.of(column.to_numpy(float)[rows])
        yield rows, at, way.low[at], way.high[at]
        return
    for at, level in enumerate(way.high):
        rows = np.flatnonzero(np.isin(column.astype(object).to_numpy(), [way.low[at], level]))
        yield rows, np.full(len(rows), at, dtype=np.int64), way.low[at], level


def _add(tally: Tally, code: Ints, at: Ints, shift: Floats) -> None:
    sums = tally.amounts(shift)
    step = np.where(
        np.abs(np.nan_to_num(shift)) > NOTHING * tally.spread, np.nan_to_num(shift), 0.0
    )
    tally.add_each(code, at, **sums, raises=step > 0, lowers=step < 0)

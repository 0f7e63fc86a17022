"""Everybody's prediction beside what is on record, counted as people stream by."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from wfaudit.batches import Batch
from wfaudit.case import Case, decode
from wfaudit.case.roles import SLACK
from wfaudit.counts.cells import memo
from wfaudit.measures.drivers.people import model_of, people
from wfaudit.measures.drivers.tiers import no_tiers, tiering
from wfaudit.measures.gathered import Floats, Gathered, Ints
from wfaudit.models import Model, Trees

SCORE, TIER = "score", "tier"


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """How often prediction and record agree, by cells of groups and clusters; what the predictions are like.

    ``largest`` is the largest difference of scores in each cell, not-a-number where none could be compared.
    ``beyond`` names inputs of which every value lies on one side of all cut points of the trees, and how many
    cut points these are.
    """

    cells: Gathered
    largest: Floats
    lowest: float
    highest: float
    beyond: dict[str, int]


def labels(case: Case, model: Model) -> tuple[str, ...]:
    """What can be compared: the score, the tier, both or none."""
    found = [SCORE] if SCORE in case.roles else []
    if TIER in case.roles and not no_tiers(case, model):
        fits = not model.order or set(model.order) <= set(case.roles[TIER].order)
        found += [TIER] if fits else []
    return tuple(found)


def compared(case: Case, given: Any) -> Compared:
    """Ask the model about everybody once, and remember how its answers compare."""
    model = model_of(case, given)
    done = memo(case, "compared with the record")
    key = (str(id(model)),)
    if key not in done:
        counting, sides = _Counting(case, model), _Sides(model)
        for batch in people(case, model, counting.others):
            counting.add(batch)
            sides.add(batch.inputs)
        done[key] = counting.compared(sides.beyond)
    return done[key]


@dataclass(slots=True, eq=False)
class _Axis:
    """The distinct values of a column, as they come."""

    places: dict[Any, int] = field(default_factory=dict[Any, int])

    def of(self, at: Ints, values: list[Any]) -> Ints:
        told = [self.places.setdefault(value, len(self.places)) for value in values]
        return np.array(told, dtype=np.int64)[at]


class _Counting:
    """Cells of groups and clusters: how many people, how many agree, the largest difference."""

    def __init__(self, case: Case, model: Model) -> None:
        self.case, self.model, self.labels = case, model, labels(case, model)
        grouped = {f"group {g.name}": case.columns[f"group {g.name}"] for g in case.groups}
        grouped |= {"cluster": case.columns[case.cluster]} if case.cluster else {}
        self.axes = {name: _Axis() for name in grouped}
        recorded: dict[str, Any] = {}
        if SCORE in self.labels:
            recorded["recorded score"] = case.number(case.roles[SCORE].column)
        if TIER in self.labels:
            recorded["recorded tier"] = case.columns[TIER]
            self.tiers = tiering(case, model)
        self.others = grouped | recorded
        self.keys = np.zeros((0, len(self.axes)), dtype=np.int64)
        self.sums = np.zeros((0, 1 + len(self.labels)))
        self.largest = np.zeros(0)
        self.lowest, self.highest = np.inf, -np.inf

    def add(self, batch: Batch) -> None:
        """Count one batch, and join it with what was counted before."""
        score = self.model.score(batch.inputs)
        self.lowest = float(np.nanmin(score, initial=self.lowest))
        self.highest = float(np.nanmax(score, initial=self.highest))
        off = self._off(batch, score)
        agree = [np.ones(batch.rows)]
        agree += [self._same_score(off)] if SCORE in self.labels else []
        agree += [self._same_tier(batch)] if TIER in self.labels else []
        of = [axis.of(*batch.others[name]) for name, axis in self.axes.items()]
        mine = np.column_stack(of) if of else np.zeros((batch.rows, 0), dtype=np.int64)
        apart = np.where(np.isfinite(off), off, np.nan)
        self._join(mine, np.column_stack(agree).astype(np.float64), apart)

    def _off(self, batch: Batch, score: Floats) -> Floats:
        """How far prediction and record differ: 0 where both have no score, infinite where one has none."""
        if SCORE not in self.labels:
            return np.full(batch.rows, np.nan)
        at, values = batch.others["recorded score"]
        known = np.array([np.nan if one is None else float(one) for one in values])[at]
        both, one = np.isnan(known) & np.isnan(score), np.isnan(known) ^ np.isnan(score)
        return np.where(both, 0.0, np.where(one, np.inf, np.abs(known - score)))

    def _same_score(self, off: Floats) -> Any:
        """Less than one step of the score apart, so that rounded and cut-off records both agree."""
        return off < self.case.roles[SCORE].resolution * (1 - SLACK)

    def _same_tier(self, batch: Batch) -> Any:
        at, values = batch.others["recorded tier"]
        n = np.bincount(at, minlength=len(values)).astype(np.int64)
        told = decode.ordered(self.case, self.case.roles[TIER], values, n)
        known = np.array([-1 if one is None else one for one in told], dtype=np.int64)[at]
        return np.maximum(self.tiers.of(batch.inputs), -1) == known

    def _join(self, keys: Ints, sums: Floats, apart: Floats) -> None:
        keys, sums = np.concatenate([self.keys, keys]), np.concatenate([self.sums, sums])
        apart = np.concatenate([self.largest, apart])
        if keys.shape[1]:
            self.keys, back = np.unique(keys, axis=0, return_inverse=True)
        else:
            self.keys, back = keys[:1], np.zeros(len(keys), dtype=np.int64)
        back = back.reshape(-1)
        self.sums = np.zeros((len(self.keys), sums.shape[1]))
        np.add.at(self.sums, back, sums)
        self.largest = np.full(len(self.keys), np.nan)
        np.fmax.at(self.largest, back, apart)

    def compared(self, beyond: dict[str, int]) -> Compared:
        """What was counted, as cells that groups are made of."""
        axes = {
            name: (self.keys[:, at], list(axis.places))
            for at, (name, axis) in enumerate(self.axes.items())
        }
        named = {label: self.sums[:, 1 + at] for at, label in enumerate(self.labels)}
        cells = Gathered(axes, self.sums[:, 0], named)
        return Compared(cells, self.largest, self.lowest, self.highest, beyond)


class _Sides:
    """The least and greatest value of every column that trees ask, beside their cut points."""

    def __init__(self, model: Model) -> None:
        trees = model.structure if isinstance(model.structure, Trees) else None
        self.coded = trees.coded if trees else None
        self.owner: dict[str, str] = {}
        cuts: dict[str, set[float]] = {}
        nodes = (
            [n for tree in trees.grown().trees for n in tree.bfs(including_leaves=False)]
            if trees
            else []
        )
        for node in nodes:
            if hasattr(node, "column"):  # rules ask levels, not cut points
                self.owner[node.column] = node.feature_name
                cuts.setdefault(node.column, set()).add(node.value)
        self.cuts = {column: (min(found), max(found), len(found)) for column, found in cuts.items()}
        self.seen = {column: (np.inf, -np.inf) for column in cuts}

    def add(self, inputs: pd.DataFrame) -> None:
        """Look at one batch."""
        if not self.cuts or self.coded is None:
            return
        coded = self.coded(inputs)
        for column, (low, high) in self.seen.items():
            values = coded[column].to_numpy()
            self.seen[column] = (
                float(np.nanmin(values, initial=low)), float(np.nanmax(values, initial=high)),
            )  # fmt: skip

    @property
    def beyond(self) -> dict[str, int]:
        """Inputs none of whose columns has values on both sides of a cut point, and how many cut points."""
        n: dict[str, int] = {}
        apart: set[str] = set()
        for column, (first, last, many) in self.cuts.items():
            low, high = self.seen[column]
            n[self.owner[column]] = n.get(self.owner[column], 0) + many
            if not (high < first or low >= last) or low > high:
                apart.add(self.owner[column])
        return {name: many for name, many in n.items() if name not in apart}

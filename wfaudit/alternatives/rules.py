"""Rules a person could apply by hand: one variable, or a checklist of up to three, looked for in rows.

Nothing is fitted that can't be said in words. What a rule is worth has to be judged in other rows
than those it was found in.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.estimators.roc import auc
from wfaudit.subgroups.levels import MISSING, NONE, Levels, cut

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
MOST = 3  # conditions of a checklist
TOLD = 6  # levels of an input that a sentence lists


@dataclass(frozen=True, slots=True)
class Single:
    """People in the order of one input: up, down, or by levels; who lacks it comes last.

    ``shares`` holds the share with the outcome in each level, where the rule was found.
    """

    levels: Levels
    way: int
    shares: tuple[float, ...]

    @property
    def inputs(self) -> tuple[str, ...]:
        """The one input it reads."""
        return (self.levels.name,)

    @property
    def says(self) -> str:
        """The rule in words."""
        if self.way:
            return f"the {'higher' if self.way > 0 else 'lower'} “{self.levels.name}”, the sooner flagged"
        best = np.argsort(-np.array(self.shares), kind="stable")[:TOLD].tolist()
        more = ", then the rest" if len(self.shares) > TOLD else ""
        return (
            "flagged in this order: " + ", then ".join(self.levels.words[at] for at in best) + more
        )

    def order(self, rows: Mapping[str, Any]) -> Floats:
        """Where people stand; the highest is flagged first."""
        if not self.way:
            return self.risk(rows)
        column = np.asarray(rows[self.levels.name], dtype=np.float64)
        return np.where(np.isnan(column), -np.inf, self.way * column)

    def risk(self, rows: Mapping[str, Any]) -> Floats:
        """The share with the outcome among people of the same level; of a level unseen, the lowest."""
        shares = np.append(np.array(self.shares), min(self.shares))
        return shares[self.levels.codes(rows[self.levels.name])]


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of a checklist: an input, and the positions of the levels that earn the point."""

    levels: Levels
    at: tuple[int, ...]
    says: str

    def met(self, rows: Mapping[str, Any]) -> Bools:
        """Who meets it."""
        return np.isin(self.levels.codes(rows[self.levels.name]), self.at)


@dataclass(frozen=True, slots=True)
class Checklist:
    """A point for each condition met; ``shares`` is the share with the outcome at each number of points."""

    conditions: tuple[Condition, ...]
    shares: tuple[float, ...]

    @property
    def inputs(self) -> tuple[str, ...]:
        """The inputs it reads."""
        return tuple(one.levels.name for one in self.conditions)

    @property
    def says(self) -> str:
        """The rule in words."""
        told = "; ".join(one.says for one in self.conditions)
        return f"a point each for: {told}; the more points, the sooner flagged"

    def order(self, rows: Mapping[str, Any]) -> Floats:
        """Points; the highest are flagged first."""
        return np.sum([one.met(rows) for one in self.conditions], axis=0).astype(np.float64)

    def risk(self, rows: Mapping[str, Any]) -> Floats:
        """The share with the outcome among people of as many points."""
        return np.array(self.shares)[self.order(rows).astype(np.int64)]


def levels_of(rows: Mapping[str, Any]) -> dict[str, Levels]:
    """The levels of every input that parts these people: it has more than one, rare values pooled.

    >>> list(levels_of({"age": pd.Series([20.0, 30.0]), "country": pd.Series(["DK", "DK"])}))
    ['age']
    """
    varied = [name for name, column in rows.items() if pd.Series(column).nunique(dropna=False) > 1]
    found = {name: cut(name, rows[name]) for name in varied}
    return {name: levels for name, levels in found.items() if len(levels.words) > 1}


def find_single(rows: Mapping[str, Any], event: Bools, levels: Mapping[str, Levels]) -> Single:
    """The one input whose order parts people with the outcome best from those without (largest area).

    >>> rows = {"weeks": pd.Series([1.0, 2, 3, 4, 5, 6]), "coin": pd.Series([0.0, 1, 1, 0, 1, 0])}
    >>> event = np.array([False, False, False, True, True, True])
    >>> find_single(rows, event, levels_of(rows)).says
    'the higher “weeks”, the sooner flagged'
    """
    base = float(event.mean())
    found = [_single(one, rows[name], event, base) for name, one in levels.items()]
    areas = [_area(one.order(rows), event) for one in found]
    return found[int(np.argmax(areas))]


def find_checklist(
    rows: Mapping[str, Any], event: Bools, levels: Mapping[str, Levels], most: int = MOST
) -> Checklist:
    """Up to three conditions on different inputs, each added because the area under the curve rises most.

    >>> rows = {"weeks": pd.Series([1.0, 2, 3, 4, 5, 6]), "coin": pd.Series([0.0, 1, 1, 0, 1, 0])}
    >>> event = np.array([False, False, False, True, True, True])
    >>> find_checklist(rows, event, levels_of(rows)).says
    'a point each for: “weeks” 4 or more; the more points, the sooner flagged'
    """
    codes = {name: one.codes(rows[name]) for name, one in levels.items()}
    points, area = np.zeros(len(event), dtype=np.int64), 0.5
    chosen: list[Condition] = []
    for _ in range(min(most, len(levels))):
        left = [name for name in levels if name not in {one.levels.name for one in chosen}]
        tried = [_best(levels[name], codes[name], points, event) for name in left]
        best, condition = max(tried, key=lambda one: one[0])
        if best <= area:
            break
        area = best
        chosen.append(condition)
        points = points + np.isin(codes[condition.levels.name], condition.at)
    shares = _shares(points, event, len(chosen) + 1)
    return Checklist(tuple(chosen), shares)


# --- one input


def _single(levels: Levels, column: Any, event: Bools, base: float) -> Single:
    shares = _shares(levels.codes(column), event, len(levels.words), base)
    if not levels.edges:
        return Single(levels, 0, shares)
    known = ~np.isnan(np.asarray(column, dtype=np.float64))
    area = _area(np.asarray(column, dtype=np.float64)[known], event[known])
    return Single(levels, -1 if area < 0.5 else 1, shares)


def _shares(codes: Ints, event: Bools, total: int, base: float = np.nan) -> tuple[float, ...]:
    """The share with the outcome at each position; the base rate where nobody stands."""
    held = np.bincount(codes[codes >= 0], minlength=total)
    some = np.bincount(codes[(codes >= 0) & event], minlength=total)
    base = float(event.mean()) if np.isnan(base) else base
    return tuple(np.where(held > 0, some / np.maximum(held, 1), base).tolist())


def _area(order: Floats, event: Bools) -> float:
    at = np.unique(order, return_inverse=True)[1]
    sides = [
        np.bincount(at[side], minlength=int(at.max(initial=-1)) + 1) for side in (event, ~event)
    ]
    return float(auc(*sides).estimate)


# --- conditions


def _best(levels: Levels, codes: Ints, points: Ints, event: Bools) -> tuple[float, Condition]:
    """The condition on one input after which points part people best, and the area they reach."""
    there = list(_conditions(levels))
    total, top = len(levels.words), int(points.max(initial=0)) + 1
    meets = np.array([np.isin(np.arange(total), one.at) for one in there]).astype(np.int64)
    counted: list[Any] = []
    for side in (event, ~event):
        cell = points[side] * (total + 1) + codes[side] + 1
        table = np.bincount(cell, minlength=top * (total + 1)).reshape(top, total + 1)
        yes = meets @ table[:, 1:].T
        grown = np.zeros((len(there), top + 1), dtype=np.int64)
        grown[:, :top] += table.sum(axis=1) - yes
        grown[:, 1:] += yes
        counted.append(grown)
    areas = np.nan_to_num(auc(*counted).estimate)
    return float(areas.max()), there[int(areas.argmax())]


def _conditions(levels: Levels) -> Iterator[Condition]:
    """What may be asked of an input: at least or under an edge, one level or any other, missing."""
    name, missing = levels.name, levels.missing
    if levels.edges:
        bands = range(len(levels.edges) + 1)
        for at, edge in enumerate(levels.edges, start=1):
            yield Condition(levels, tuple(bands[at:]), f"“{name}” {edge:g} or more")
            yield Condition(levels, tuple(bands[:at]), f"“{name}” under {edge:g}")
    for at in range(len(levels.texts)):
        told = levels.words[at].removeprefix(f"{name}: ")
        others = tuple(i for i in range(len(levels.words)) if i not in (at, missing))
        yield Condition(levels, (at,), f"“{name}” is {told}")
        if len(levels.texts) > 2:
            yield Condition(levels, others, f"“{name}” is not {told}")
    if missing != NONE:
        yield Condition(levels, (missing,), f"“{name}” is {MISSING}")

"""Models that are sums written down: coefficients of a logistic function, and tables of points.

Each input has a weight for each of its levels, or one for each unit of a number. What the table does not
hold is refused by count, never given a default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, cast

import numpy as np
import pandas as pd

from wfaudit.errors import AuditError, listed, rows, shown
from wfaudit.models.face import Additive, Floats, Model, logistic

# an input -> a weight for each level, or one number: the weight of a unit
Weights: TypeAlias = Mapping[str, Mapping[Any, float] | float]


def coefficients(weights: Weights, *, intercept: float = 0.0, name: str = "coefficients") -> Model:
    """A logistic function by its published coefficients: the score is a probability.

    >>> model = coefficients({"sex": {"men": 0.0, "women": -0.14}, "age": -0.01}, intercept=0.1)
    >>> model.score(pd.DataFrame({"sex": ["women"], "age": [30]})).round(4).tolist()
    [0.4158]
    """
    return _model(weights, intercept, name, probability=True)


def points(table: Weights, *, start: float = 0.0, name: str = "points") -> Model:
    """A table of points: the score is their sum.

    >>> table = points({"english": {"good": 0, "poor": 2}})
    >>> table.score(pd.DataFrame({"english": ["poor", "good"]})).tolist()
    [2.0, 0.0]
    """
    return _model(table, start, name, probability=False)


def _model(weights: Weights, start: float, name: str, *, probability: bool) -> Model:
    if not weights:
        raise AuditError(f"{name}: a sum needs at least one input with its weights.")
    inputs = tuple(weights)

    def part(people: pd.DataFrame) -> Floats:
        columns = [_taken(cast("pd.Series", people[one]), weights[one], name) for one in inputs]
        return np.column_stack(columns)

    def raw(people: pd.DataFrame) -> Floats:
        return part(people).sum(axis=1) + start

    def scored(people: pd.DataFrame) -> Floats:
        return logistic(raw(people)) if probability else raw(people)

    return Model(
        name=name, inputs=inputs, scored=scored, unit="probability" if probability else "points",
        raw=raw if probability else None, link=logistic if probability else None,
        structure=Additive(parts=part, start=start),
        used=tuple(one for one in inputs if _counts(weights[one])),
    )  # fmt: skip


def _counts(weight: Mapping[Any, float] | float) -> bool:
    """Whether an input can make a difference at all."""
    return len(set(weight.values())) > 1 if isinstance(weight, Mapping) else weight != 0


def _taken(column: pd.Series, weight: Mapping[Any, float] | float, name: str) -> Floats:
    if not isinstance(weight, Mapping):
        return _per_unit(column, weight, name)
    codes, found = pd.factorize(column)
    known = {str(level): float(value) for level, value in weight.items()}
    worth = np.array([*(known.get(_text(one), np.nan) for one in found), np.nan])
    taken = worth[codes]
    if np.isnan(taken).any():
        gone, there = int(np.isnan(taken).sum()), listed(map(str, weight))
        raise AuditError(
            f"{name}: in {rows(gone)} of {len(taken):,} the input {shown(column.name)} is missing or a "
            f"level without a weight. There are: {there}. Give every level its weight, or declare what "
            "stands for it."
        )
    return taken


def _per_unit(column: pd.Series, weight: float, name: str) -> Floats:
    numbers: Any = pd.to_numeric(column, errors="coerce")
    values: Floats = numbers.to_numpy(dtype=np.float64)
    if np.isnan(values).any():
        raise AuditError(
            f"{name}: in {rows(int(np.isnan(values).sum()))} of {len(values):,} the input "
            f"{shown(column.name)} is no number. "
            "Leave these people out, or give each level a weight."
        )
    return values * weight


def _text(level: Any) -> str:
    return str(int(level)) if isinstance(level, float) and level.is_integer() else str(level)

"""Trees as woodelf holds them, each node asking a coded column on behalf of a declared input.

woodelf takes a node's feature as a player of the Shapley game. Here the feature is the declared input
and the column it asks stands beside it, so that the fifty inputs are the players and not the columns coded
from them. Trees are read for the second class: the chance that what is predicted comes true.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.errors import AuditError

FORESTS = ("RandomForest", "ExtraTrees", "DecisionTree", "ExtraTree")
CODED_AS_FLOAT32 = (*FORESTS, "GradientBoosting")  # these round what they are given
KINDS = (*CODED_AS_FLOAT32, "HistGradientBoosting", "LGBM")


def is_forest(last: Any) -> bool:
    """Whether leaves hold shares that are averaged, rather than log-odds that are added."""
    return type(last).__name__.startswith(FORESTS)


def is_tree(last: Any) -> bool:
    """Whether woodelf can read an estimator as trees."""
    kind = type(last).__name__
    return kind.startswith(KINDS) and kind.endswith(("Classifier", "Regressor"))


class Unreadable(AuditError):
    """Trees that can't be read exactly: splits by sets of categories, an estimator before the first tree."""


def need(package: str, what: str, extra: str = "drivers") -> AuditError:
    """What to install for something that is not there."""
    return AuditError(
        f"{what} needs {package!r}, which is not installed. Install the extra: pip install 'wfaudit[{extra}]'."
    )


def grow(last: Any, owner: Sequence[str]) -> Any:
    """An estimator's trees, every node named by its input and asking its own coded column (c0, c1, …)."""
    try:
        from treelite import TreeliteError
        from woodelf.core.trees.parse_models import load_decision_tree_ensemble_model
    except ModuleNotFoundError as lacking:
        raise need(str(lacking.name), "Attributions of trees") from None
    columns = [f"c{at}" for at in range(len(owner))]
    unknown = (ValueError, AssertionError, KeyError, AttributeError, TypeError, TreeliteError)
    try:
        forest: Any = load_decision_tree_ensemble_model(_whole(last), columns, class_index=1)
    except unknown as problem:
        raise Unreadable(
            f"The trees of a {type(last).__name__} can't be read exactly ({type(problem).__name__}; splits "
            "by sets of categories can't be). Give its predictions as a function instead: attributions are "
            "then sampled."
        ) from None
    own = dict(zip(columns, owner, strict=True))
    for tree in forest.trees:
        for node in tree.bfs(including_leaves=False):
            _named(node, own)
    return forest


def _whole(last: Any) -> Any:
    """The estimator with as many trees as it says: of training that stopped early treelite reads too many."""
    there = getattr(last, "estimators_", None)
    if there is None or getattr(last, "n_estimators", len(there)) == len(there):
        return last
    same = copy(last)
    same.n_estimators = len(there)
    return same


def _named(node: Any, own: dict[str, str]) -> None:
    """Let a node answer for its input, and ask its column."""
    column = node.feature_name
    ask: Callable[..., Any] = type(node).shall_go_left
    node.column = column
    node.feature_name = own[column] or column
    node.shall_go_left = _asking(node, ask)


def _asking(node: Any, ask: Callable[..., Any]) -> Callable[..., Any]:
    def shall_go_left(row: Any, GPU: bool = False) -> Any:
        name, node.feature_name = node.feature_name, node.column
        try:
            if isinstance(row, Columns):
                return Answers(ask(node, row.arrays, GPU))
            return ask(node, row, GPU)
        finally:
            node.feature_name = name

    return shall_go_left


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Who goes left, with what woodelf asks of a column; a Series of pandas takes ten times as long."""

    said: NDArray[np.bool_]

    def __invert__(self) -> Answers:
        """Who goes right."""
        return Answers(~self.said)

    def to_numpy(self) -> NDArray[np.bool_]:
        """The answers themselves."""
        return self.said


class Columns:
    """Coded people as woodelf reads a data frame, with each column at hand as an array."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame, self.index, self.columns = frame, frame.index, frame.columns
        self.arrays = {name: frame[name].to_numpy() for name in frame.columns}

    def __len__(self) -> int:
        """How many people there are."""
        return len(self.frame)

    def __getitem__(self, name: str) -> Any:
        """One column, for rules that ask a Series."""
        return self.frame[name]


def leaves(forest: Any, coded: Any) -> Any:
    """What the trees alone say of people, without the start."""
    return np.asarray(forest.predict(coded), dtype=np.float64)

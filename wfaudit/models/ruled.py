"""Models that are a tree of rules written down: questions with answers that lead on or end.

Every question asks one input. Its attributions are exact: the rules are handed to woodelf as a tree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from wfaudit.models.face import Floats, Model, Trees, Unit
from wfaudit.models.trees import need

Yes: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """A question: of which input, who says yes, where yes and no lead: to a further question, or a score.

    The end not-a-number is an answer that falls through: no result.
    """

    input: str
    holds: Yes
    yes: Ask | float
    no: Ask | float


def isin(*levels: Any) -> Yes:
    """Says yes to these levels.

    >>> isin("a")(pd.Series(["a", "b"])).tolist()
    [True, False]
    """
    return lambda column: column.isin(levels)


def at_least(edge: float) -> Yes:
    """Says yes from a number on.

    >>> at_least(56)(pd.Series([55, 56])).tolist()
    [False, True]
    """
    return lambda column: column >= edge


def rules(
    root: Ask,
    inputs: Sequence[str],
    *,
    name: str = "rules",
    unit: Unit = "points",
    gaps: bool = False,
) -> Model:
    """A tree of rules as a model of all the inputs that are asked, whether or not a rule reads them.

    >>> tree = Ask("age", at_least(56), 1.0, Ask("work", isin("no"), 1.0, 0.0))
    >>> model = rules(tree, ["age", "work", "shoe size"])
    >>> model.score(pd.DataFrame({"age": [60, 30], "work": ["yes", "yes"], "shoe size": [40, 40]})).tolist()
    [1.0, 0.0]
    >>> model.used
    ('age', 'work')
    """
    asked = set(_asked(root))

    def raw(people: pd.DataFrame) -> Floats:
        return np.nan_to_num(answer(root, people))

    return Model(
        name=name, inputs=tuple(inputs), unit=unit, gaps=gaps, raw=raw,
        scored=lambda people: answer(root, people),
        raw_unit=f"{unit}, no result counted as 0" if gaps else unit,
        structure=Trees(grown=lru_cache(maxsize=1)(lambda: _forest(root)), coded=lambda people: people),
        used=tuple(one for one in inputs if one in asked),
    )  # fmt: skip


def _asked(at: Ask | float) -> list[str]:
    return [at.input, *_asked(at.yes), *_asked(at.no)] if isinstance(at, Ask) else []


def answer(at: Ask | float, people: pd.DataFrame) -> Floats:
    """Where each person ends.

    >>> answer(Ask("age", at_least(56), 1.0, 0.0), pd.DataFrame({"age": [60, 30]})).tolist()
    [1.0, 0.0]
    """
    if not isinstance(at, Ask):
        return np.full(len(people), at, dtype=np.float64)
    held = np.asarray(at.holds(people[at.input]), dtype=bool)
    return np.where(held, answer(at.yes, people), answer(at.no, people))


def _forest(root: Ask) -> Any:
    """The rules as one tree of woodelf's: left is yes."""
    try:
        from woodelf.core.trees.decision_trees_ensemble import (
            DecisionTreeNode,
            DecisionTreesEnsemble,
        )
    except ModuleNotFoundError as lacking:
        raise need(str(lacking.name), "Attributions of rules") from None
    made = 0

    def grown(at: Ask | float) -> Any:
        nonlocal made
        value = 0.0 if isinstance(at, Ask) else float(np.nan_to_num(at))
        name: Any = at.input if isinstance(at, Ask) else None  # a leaf asks nothing
        node = DecisionTreeNode(name, value, None, None, index=made, cover=1)
        made += 1
        if isinstance(at, Ask):
            node.shall_go_left = _asking(at)
            node.left, node.right = grown(at.yes), grown(at.no)
            node.left.parent = node.right.parent = node
        return node

    tree = grown(root)
    tree.depth = tree.get_depth()
    return DecisionTreesEnsemble([tree])


def _asking(at: Ask) -> Callable[..., Any]:
    def shall_go_left(row: Any, GPU: bool = False) -> Any:  # noqa: ARG001 - woodelf's own name
        return pd.Series(np.asarray(at.holds(row[at.input]), dtype=bool), index=row.index)

    return shall_go_left

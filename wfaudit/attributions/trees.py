"""Exact attributions of trees: woodelf counts patterns of paths, the background whole.

Nadel and Wettenstein (2026), From Decision Trees to Boolean Logic: A Fast and Unified SHAP Algorithm, AAAI.
The players are the declared inputs. woodelf works in single precision; what it leaves over is told.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from wfaudit.models import Floats, Trees
from wfaudit.models.trees import Columns, need


def attribute(
    trees: Trees, inputs: tuple[str, ...], people: pd.DataFrame, behind: pd.DataFrame
) -> Floats:
    """People by inputs: what each adds to the raw value, against coded rows of the background.

    >>> from wfaudit.models import Ask, at_least, rules
    >>> model = rules(Ask("age", at_least(50), 1.0, 0.0), ["age", "shoe size"])
    >>> ages = pd.DataFrame({"age": [60.0, 30.0], "shoe size": [40.0, 41.0]})
    >>> attribute(model.structure, model.inputs, ages, ages).tolist()
    [[0.5, 0.0], [-0.5, 0.0]]
    """
    found = _values(trees, people, behind)
    nothing = np.zeros(len(people))
    return np.column_stack([np.asarray(found.get(name, nothing), np.float64) for name in inputs])


def _values(trees: Trees, people: pd.DataFrame, behind: pd.DataFrame) -> dict[Any, Any]:
    try:
        from woodelf.core.cube_metric import ShapleyValues
        from woodelf.woodelf_sparse import hybrid_woodelf
    except ModuleNotFoundError as lacking:
        raise need(str(lacking.name), "Attributions of trees") from None
    if len(people) == 0:
        return {}
    forest, metric = trees.grown(), ShapleyValues()
    asked: Any = Columns(trees.coded(people))
    others: Any = Columns(behind)
    return hybrid_woodelf(forest, asked, others, metric, model_was_loaded=True, verbose=False)

"""Systems that are sums: a weight for each level of each input, and no interactions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np
import pandas as pd

from wfaudit.systems.inputs import Basis, Levels

if TYPE_CHECKING:
    from numpy.typing import NDArray

Weights: TypeAlias = Mapping[str, Mapping[str, float]]
Named: TypeAlias = Mapping[str, tuple[str, str]]


def asked(weights: Weights, named: Named, basis: Basis = "published") -> tuple[Levels, ...]:
    """Declare an input for each weighted variable, from (published name, plain words).

    >>> asked({"care": {"no": 0.0, "yes": -0.15}}, {"care": ("PFLICHT", "Care duty")})[0].levels
    ('no', 'yes')
    """
    return tuple(
        Levels(name, tuple(levels), named[name][1], named[name][0], basis)
        for name, levels in weights.items()
    )


def contributions(people: pd.DataFrame, weights: Weights) -> pd.DataFrame:
    """The weight of each person's level, one column an input; people must have been checked.

    >>> contributions(pd.DataFrame({"care": ["yes", "no"]}), {"care": {"no": 0, "yes": -0.15}})
       care
    0 -0.15
    1  0.00
    """
    columns = {
        name: _taken(cast("pd.Series", people[name]), levels) for name, levels in weights.items()
    }
    return pd.DataFrame(columns, index=people.index)


def total(parts: pd.DataFrame, start: float = 0) -> pd.Series:
    """Add the columns to a start, from left to right, so that a row's sum needs no other row.

    >>> total(pd.DataFrame({"a": [1, 2], "b": [10, 20]})).tolist()
    [11, 22]
    """
    columns = (parts[name].to_numpy() for name in parts.columns)
    return pd.Series(sum(columns, np.full(len(parts), start)), index=parts.index)


def logistic(logit: pd.Series) -> pd.Series:
    """Turn log odds into probabilities, from 0 to 1.

    >>> logistic(pd.Series([0.0])).tolist()
    [0.5]
    """
    return pd.Series(1 / (1 + np.exp(-logit.to_numpy())), index=logit.index)


def _taken(column: pd.Series, levels: Mapping[str, float]) -> NDArray[np.number]:
    return np.array(list(levels.values()))[Levels("", tuple(levels), "").codes(column)]

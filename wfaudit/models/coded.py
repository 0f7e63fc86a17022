"""From declared inputs to the columns a trained model reads, and which input each column comes from.

A preprocessing step may turn one input into many columns (one for each level) or move and rescale it.
Which column hangs on which input is found by trying: each input is dealt anew among the people, and the
columns that move are its own. A column that moves with two inputs can't be put down to one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Coded: TypeAlias = Callable[[pd.DataFrame], pd.DataFrame]
TRIED = 5_000  # people among whom an input is dealt anew


def as_frame(coded: Any, people: pd.DataFrame, names: Sequence[str] | None = None) -> pd.DataFrame:
    """Coded columns as a data frame of floats with the people's index."""
    dense = coded.toarray() if hasattr(coded, "toarray") else coded
    found = list(dense.columns) if isinstance(dense, pd.DataFrame) else names
    values = np.asarray(dense, dtype=np.float64)
    columns = [f"c{at}" for at in range(values.shape[1])] if found is None else list(found)
    return pd.DataFrame(values, index=people.index, columns=columns)


def owners(coded: Coded, inputs: Sequence[str], people: pd.DataFrame) -> list[str] | None:
    """The input each coded column comes from; None where a column comes from more than one.

    A column that no input moves is constant among these people and belongs to none: the empty name.

    >>> people = pd.DataFrame({"sex": ["w", "m", "w"], "age": [20.0, 40.0, 50.0]})
    >>> coded = lambda frame: pd.DataFrame({"sex_w": (frame["sex"] == "w") * 1.0, "old": frame["age"] / 10})
    >>> owners(coded, ["sex", "age"], people)
    ['sex', 'age']
    """
    few = people.iloc[:TRIED].reset_index(drop=True)
    base = coded(few).to_numpy()
    found = [""] * base.shape[1]
    for name in inputs:
        for column in np.flatnonzero(_moves(coded, base, few, name)):
            if found[column]:
                return None
            found[column] = name
    return found


def _moves(coded: Coded, base: NDArray[np.float64], people: pd.DataFrame, name: str) -> Any:
    """Which columns change when one input is dealt anew: shifted by one, and turned round."""
    moved = np.zeros(base.shape[1], dtype=bool)
    for order in (np.roll(np.arange(len(people)), 1), np.arange(len(people))[::-1]):
        dealt = people.assign(**{name: people[name].to_numpy()[order]})
        again = coded(dealt).to_numpy()
        moved |= ~((again == base) | (np.isnan(again) & np.isnan(base))).all(axis=0)
    return moved

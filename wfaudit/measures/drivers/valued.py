"""The values of each input as places: each distinct value where they are few, else bands of many people.

Missing is a place of its own. Places are laid out from the background: the same for every batch.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.choices import NOT_RECORDED

Ints = NDArray[np.int64]
MOST = 50  # distinct values that stand for themselves
BANDS = 25
OTHER = "other values"


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """The places of one input: exact values or the edges of bands; then other values; then missing."""

    name: str
    numeric: bool
    exact: bool
    marks: Any  # sorted values, or the lower edges of all bands but the first

    @property
    def size(self) -> int:
        """How many places there are."""
        return len(self.marks) + 2

    @property
    def labels(self) -> list[str]:
        """What each place is called."""
        if self.exact:
            known = [f"{mark:g}" if self.numeric else str(mark) for mark in self.marks]
            return [*known, OTHER, NOT_RECORDED]
        edges = [f"{edge:g}" for edge in self.marks]
        between = [f"{low} to below {high}" for low, high in pairwise(edges)]
        return [f"below {edges[0]}", *between, f"{edges[-1]} and over", NOT_RECORDED]

    def place(self, column: Any) -> Ints:
        """The place of each person's value."""
        gone = pd.isna(column)
        values = np.where(gone, self.marks[0] if len(self.marks) else 0, column)
        if not self.exact:
            found = np.searchsorted(self.marks, values.astype(float), side="right")
            return np.where(gone, len(self.marks) + 1, found).astype(np.int64)
        if len(self.marks) == 0:
            return np.where(gone, 1, 0).astype(np.int64)
        values = values.astype(float) if self.numeric else values.astype(str)
        at = np.minimum(np.searchsorted(self.marks, values), len(self.marks) - 1)
        found = np.where(self.marks[at] == values, at, len(self.marks))
        return np.where(gone, len(self.marks) + 1, found).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """The places of all inputs, one after the other."""

    scales: tuple[Scale, ...]

    @property
    def starts(self) -> Ints:
        """Where each input's places begin."""
        return np.cumsum([0, *(one.size for one in self.scales[:-1])]).astype(np.int64)

    @property
    def size(self) -> int:
        """How many places there are in all."""
        return sum(one.size for one in self.scales)

    def places(self, people: pd.DataFrame) -> Ints:
        """People by inputs: the place of each value."""
        columns = [one.place(people[one.name].to_numpy()) for one in self.scales]
        return np.column_stack(columns) + self.starts


def bins(people: pd.DataFrame, inputs: tuple[str, ...]) -> Bins:
    """Places for every input, from some people.

    >>> found = bins(pd.DataFrame({"age": [30.0, 50.0, np.nan]}), ("age",))
    >>> found.scales[0].labels, found.places(pd.DataFrame({"age": [50.0, np.nan, 40.0]})).ravel().tolist()
    (['30', '50', 'other values', 'not recorded'], [1, 3, 2])
    """
    return Bins(tuple(_scale(name, people[name].to_numpy()) for name in inputs))


def _scale(name: str, column: Any) -> Scale:
    known = column[~pd.isna(column)]
    numeric = pd.api.types.is_numeric_dtype(column)
    values = known.astype(float) if numeric else known.astype(str)
    distinct, n = np.unique(values, return_counts=True)
    if len(distinct) <= MOST:
        return Scale(name, numeric, True, distinct)
    if not numeric:  # the most frequent levels stand for themselves
        return Scale(name, False, True, np.sort(distinct[np.argsort(-n, kind="stable")[:MOST]]))
    edges = np.unique(np.quantile(values, np.arange(1, BANDS) / BANDS, method="higher"))
    return Scale(name, True, False, edges)

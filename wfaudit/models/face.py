"""A model behind one face: what it asks of a person, the score it gives, and what of it is known exactly.

A model takes a data frame with one column a declared input, never an array by position. Its score is
its raw value put through a link (log-odds become a chance); where the raw value is a sum over inputs or over
trees, attributions are exact. Imports nothing of ours but errors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.models.checked import asked_of, predicted

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Predict: TypeAlias = Callable[[pd.DataFrame], Any]
Unit: TypeAlias = Literal["probability", "points", "number"]
Link: TypeAlias = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Additive:
    """The raw value is ``start`` plus one part an input: ``parts`` gives people by inputs."""

    parts: Callable[[pd.DataFrame], Floats]
    start: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trees:
    """The raw value is ``start`` plus the leaves of trees, which ask ``coded`` columns of the inputs.

    ``grown`` gives the trees as woodelf holds them; each node's feature is a declared input, so that
    all columns coded from one input come and go together.
    """

    grown: Callable[[], Any]
    coded: Callable[[pd.DataFrame], pd.DataFrame]
    start: float = 0.0


Structure: TypeAlias = Additive | Trees


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """What is asked for predictions, and what is known of how they come about.

    ``used`` names the inputs that can have an effect, where that can be read off the model, else it is None:
    nothing is known. ``texts`` are the inputs whose answers are texts even where they look like numbers.
    ``gaps`` says that no score is an answer of its own ("no result"). ``tiered`` gives each person's place in
    ``order``, below 0 for none. ``possible`` tells which profiles can exist. ``trained`` trains it anew on
    people and outcomes with a seed. ``notes`` are what a report must say of it.
    """

    name: str
    inputs: tuple[str, ...]
    scored: Predict
    unit: Unit = "number"
    raw: Predict | None = None
    raw_unit: str = "log-odds"
    link: Link | None = None
    structure: Structure | None = None
    used: tuple[str, ...] | None = None
    texts: frozenset[str] = frozenset()
    gaps: bool = False
    tiered: Predict | None = None
    order: tuple[str, ...] = ()
    possible: Callable[[pd.DataFrame], NDArray[np.bool_]] | None = None
    trained: Callable[[pd.DataFrame, NDArray[np.bool_], int], Model] | None = None
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Its name and what it asks, no parameter of it."""
        exact = "exact attributions" if self.structure else "attributions by sampling"
        return f"Model {self.name!r}: {len(self.inputs)} inputs, a {self.unit}, {exact}"

    def score(self, people: pd.DataFrame) -> Floats:
        """One score a person; stops where a column is missing, a prediction is none, or out of range."""
        return predicted(self, self.scored, people)

    def margin(self, people: pd.DataFrame) -> Floats:
        """The raw value before the link; the score itself where there is no link."""
        return predicted(self, self.raw, people, raw=True) if self.raw else self.score(people)

    def tier(self, people: pd.DataFrame) -> Ints | None:
        """Each person's place in ``order``, below 0 for none; None where the model has no tiers itself."""
        if self.tiered is None:
            return None
        return np.asarray(self.tiered(asked_of(self, people)), dtype=np.int64)


def logistic(raw: Floats) -> Floats:
    """Log-odds as chances.

    >>> logistic(np.array([0.0, 800.0])).tolist()
    [0.5, 1.0]
    """
    return np.asarray(0.5 * (1 + np.tanh(np.asarray(raw, np.float64) / 2)))

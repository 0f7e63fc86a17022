"""Attributions of any model by sampling: people are turned into others, one input after another.

For a person, another one is drawn from the background and an order of the inputs. Going from the other
to the person one input at a time, what the prediction moves by is each input's; averaged over draws
this is its Shapley value (Castro, Gomez and Tejada 2009; Strumbelj and Kononenko 2014). All inputs of one
draw add up exactly to the difference of the two predictions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Predict: TypeAlias = Callable[[pd.DataFrame], Any]
CELLS = 2_000_000  # rows of people half turned into others that are asked about at a time


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """Per person: each input's mean step, its squared error, the mean size of a step; the others' mean."""

    mean: Floats
    error: Floats
    size: Floats
    base: Floats


def attribute(
    ask: Predict, people: pd.DataFrame, behind: pd.DataFrame, *, draws: int, seed: tuple[int, ...]
) -> Sampled:
    """Mean steps over ``draws`` pairs of an order and its reverse, two walks a draw.

    >>> people = pd.DataFrame({"a": [1.0, 2.0], "b": [0.0, 4.0]})
    >>> found = attribute(lambda x: 3 * x["a"] + x["b"], people, people.iloc[:1], draws=2, seed=(0,))
    >>> found.mean.tolist(), found.base.tolist()
    ([[0.0, 0.0], [3.0, 4.0]], [3.0, 3.0])
    """
    step = max(1, CELLS // (len(people.columns) + 1) // max(1, 2 * draws))
    parts = [
        _some(ask, people.iloc[at : at + step], behind, draws, (*seed, at))
        for at in range(0, len(people), step)
    ]
    if not parts:
        nobody = np.zeros((0, len(people.columns)))
        return Sampled(nobody, nobody, nobody, np.zeros(0))
    fields = ("mean", "error", "size", "base")
    return Sampled(*(np.concatenate([getattr(part, f) for part in parts]) for f in fields))


def _some(
    ask: Predict, people: pd.DataFrame, behind: pd.DataFrame, draws: int, seed: tuple[int, ...]
) -> Sampled:
    generator = np.random.default_rng(seed)
    n, inputs = people.shape
    steps = np.empty((draws, n, inputs))
    size = np.zeros((n, inputs))
    base = np.zeros(n)
    for draw in range(draws):
        other = generator.integers(0, len(behind), n)
        order = np.argsort(generator.random((n, inputs)), axis=1)
        there = _walk(ask, people, behind.iloc[other], order)
        back = _walk(ask, people, behind.iloc[other], order[:, ::-1])
        steps[draw] = (there[0] + back[0]) / 2
        size += (np.abs(there[0]) + np.abs(back[0])) / 2
        base += (there[1] + back[1]) / 2
    error = steps.var(axis=0, ddof=1) / draws if draws > 1 else np.full((n, inputs), np.nan)
    return Sampled(steps.mean(axis=0), error, size / draws, base / draws)


def _walk(
    ask: Predict, people: pd.DataFrame, others: pd.DataFrame, order: NDArray[np.intp]
) -> tuple[Floats, Floats]:
    """What the prediction moves by as each input is changed, and where it began."""
    n, inputs = order.shape
    when = np.argsort(order, axis=1)  # at which step each input is changed
    stages = np.arange(inputs + 1)
    columns: dict[str, Any] = {}
    for at, name in enumerate(people.columns):
        changed = when[:, at, None] < stages
        mine, theirs = people[name].to_numpy()[:, None], others[name].to_numpy()[:, None]
        columns[str(name)] = np.where(changed, mine, theirs).reshape(-1)
    said = np.asarray(ask(pd.DataFrame(columns)), dtype=np.float64).reshape(n, inputs + 1)
    moved = np.empty((n, inputs))
    np.put_along_axis(moved, order, np.diff(said, axis=1), axis=1)
    return moved, said[:, 0]

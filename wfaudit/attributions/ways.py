"""Which way attributions are worked out, said in words, and checked against the model's own predictions.

The value of a coalition is interventional: its members are the person's, everything else comes from rows of
the background, all of them alike (Janzing, Minorics and Bloebaum 2020). Nothing is attributed that does not
add up to the prediction: beyond 1e-4 of the model's spread the way is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from wfaudit.attributions import counted, sampled, trees
from wfaudit.errors import AuditError, not_one_of
from wfaudit.errors import rows as many_rows
from wfaudit.models import Additive, Floats, Model, Trees

Scale: TypeAlias = Literal["raw", "score", "tier"]
SCALES: tuple[Scale, ...] = ("raw", "score", "tier")
Ask: TypeAlias = Callable[[pd.DataFrame], Floats]
Found: TypeAlias = Callable[[pd.DataFrame, int], tuple[Floats, sampled.Sampled | None]]
OFF = 1e-4  # of the spread of predictions: what attributions may fail to add up by
ROUNDED = 1e-6  # of the prediction: what single precision leaves over
DRAWS = 8
TINY, TINIEST = 1e-9, 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """Rows that stand for what a person is compared with, and what to call them."""

    rows: pd.DataFrame
    says: str


@dataclass(frozen=True, slots=True, eq=False)
class Attributed:
    """People by inputs: attributions, what they were measured on, what is left over, what sampling left open.

    ``size`` is how large a step of each input is on average, where steps were sampled.
    """

    values: Floats
    predicted: Floats
    left: Floats
    error: Floats | None = None
    size: Floats | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Way:
    """How a model is attributed: what is asked, exactly or not, in words, and how people are told theirs.

    ``base`` is the mean prediction of the background; ``spread`` eight times the largest distance from it.
    """

    model: Model
    scale: Scale
    exact: bool
    unit: str
    says: str
    base: float
    spread: float
    of: Callable[[pd.DataFrame, int], Attributed]
    seed: int = 0


def background(rows: pd.DataFrame, says: str) -> Background:
    """A background of some rows, named; one row is one profile that people are compared with.

    >>> background(pd.DataFrame({"age": [30]}), "a man of 30").says
    'a man of 30 (1 row)'
    """
    if len(rows) == 0:
        raise AuditError(
            "The background has no rows. Give at least one profile to compare people with."
        )
    return Background(rows.reset_index(drop=True), f"{says} ({many_rows(len(rows))})")


def way(
    model: Model, behind: Background, *, scale: Scale = "raw", ask: Ask | None = None,
    draws: int = DRAWS, seed: int = 0,
) -> Way:  # fmt: skip
    """The best way there is: closed form, trees, every coalition, else sampling.

    ``scale``: "raw" is what the model adds up (log-odds, points), "score" what it gives, "tier" an own
    question ``ask`` (1 where a person is in the tier, else 0). ``draws`` is for sampling.

    >>> from wfaudit.models import coefficients
    >>> model = coefficients({"sex": {"men": 0.0, "women": -0.14}})
    >>> people = pd.DataFrame({"sex": ["men", "women"]})
    >>> found = way(model, background(people, "everybody"))
    >>> found.of(people, 0).values.round(3).tolist(), found.says
    ([[0.07], [-0.07]], 'exact in closed form')
    """
    if scale not in SCALES:
        raise not_one_of("scale", scale, SCALES)
    rows = behind.rows.loc[:, list(model.inputs)]
    said: Ask = ask or (model.margin if scale == "raw" else model.score)
    found, exact, told = _best(model, scale, rows, said, draws, seed)
    first = said(rows)
    base, spread = float(np.nanmean(first)), float(np.nanstd(first))
    reach = float(np.nanmax(np.abs(first - base), initial=0.0))

    def of(people: pd.DataFrame, at: int) -> Attributed:
        if len(people) == 0:
            return Attributed(np.zeros((0, len(model.inputs))), np.zeros(0), np.zeros(0))
        return _checked(
            model,
            found(people.loc[:, list(model.inputs)], at),
            said(people),
            base,
            spread,
            exact=exact,
        )

    unit = _unit(model, scale)
    return Way(
        model=model,
        scale=scale,
        exact=exact,
        unit=unit,
        says=told,
        base=base,
        spread=max(8 * reach, TINY),
        of=of,
        seed=seed,
    )


def _unit(model: Model, scale: Scale) -> str:
    if scale == "tier":
        return "share"
    return model.raw_unit if scale == "raw" and model.raw else model.unit


def _best(
    model: Model, scale: Scale, rows: pd.DataFrame, said: Ask, draws: int, seed: int
) -> tuple[Found, bool, str]:
    """How attributions are found, whether exactly, and what that is called."""
    if scale == "raw" or (scale == "score" and model.raw is None):
        if isinstance(model.structure, Additive):
            return _closed(model.structure, rows), True, "exact in closed form"
        if isinstance(model.structure, Trees):
            return _grown(model.structure, model, rows), True, "exact over all paths of all trees"
    if scale == "tier":  # how often an input decides is told by single steps
        return (
            _drawn(said, rows, draws, seed, sizes=True),
            False,
            f"sampled, {2 * draws} orders a person",
        )
    profiles, weights = _profiles(rows)
    used = list(model.used if model.used is not None else model.inputs)
    price = counted.price(len(profiles), len(profiles), len(used))
    if len(used) <= counted.MOST_INPUTS and price <= counted.MOST_ASKED:
        return _counted(said, profiles, weights, used), True, "exact over all coalitions"
    return _drawn(said, rows, draws, seed), False, f"sampled, {2 * draws} orders a person"


def _closed(structure: Additive, rows: pd.DataFrame) -> Found:
    middle = structure.parts(rows).mean(axis=0)
    return lambda people, _: (structure.parts(people) - middle, None)


def _grown(structure: Trees, model: Model, rows: pd.DataFrame) -> Found:
    behind = structure.coded(rows)
    return lambda people, _: (trees.attribute(structure, model.inputs, people, behind), None)


def _profiles(rows: pd.DataFrame) -> tuple[pd.DataFrame, Floats]:
    """The distinct rows, and how often each stands there."""
    code = rows.groupby(list(rows.columns), dropna=False, sort=False).ngroup().to_numpy()
    first = np.unique(code, return_index=True)[1]
    return rows.iloc[first].reset_index(drop=True), np.bincount(code).astype(np.float64)


def _counted(said: Ask, profiles: pd.DataFrame, weights: Floats, used: list[str]) -> Found:
    def found(people: pd.DataFrame, _: int) -> tuple[Floats, None]:
        code = people.groupby(list(people.columns), dropna=False, sort=False).ngroup().to_numpy()
        first = np.unique(code, return_index=True)[1]
        values = counted.attribute(said, people.iloc[first], profiles, weights, used)
        return values[code], None

    return found


def _drawn(said: Ask, rows: pd.DataFrame, draws: int, seed: int, *, sizes: bool = False) -> Found:
    def found(people: pd.DataFrame, at: int) -> tuple[Floats, sampled.Sampled]:
        one = sampled.attribute(said, people, rows, draws=draws, seed=(seed, at))
        return one.mean, one if sizes else replace(one, size=np.abs(one.mean))

    return found


def _let_pass(values: Floats, predicted: Floats, base: float, spread: float) -> Floats:
    """What may be left over beside each person's prediction.

    1e-4 of the background's spread, or of what was attributed where that is more (of one profile it is all
    there is); and what single precision leaves over.
    """
    apart = np.maximum(spread, np.abs(values).sum(axis=1))
    return OFF * apart + ROUNDED * np.maximum(np.abs(predicted), abs(base)) + TINIEST


def _checked(
    model: Model, found: tuple[Floats, sampled.Sampled | None], predicted: Floats, base: float, spread: float,
    *, exact: bool,
) -> Attributed:  # fmt: skip
    """What is left over beside each person's prediction; beyond 1e-4 of the spread an exact way is wrong."""
    values, drawn = found
    lost = np.isnan(values).any(axis=1) & ~np.isnan(predicted)
    if lost.any():
        raise AuditError(
            f"{model.name}: {many_rows(int(lost.sum()))} of {len(lost):,} get no score once some of their "
            "inputs are exchanged for those of others, so nothing can be attributed to inputs. Ask for the "
            "tier, or give a model that always answers."
        )
    left = predicted - base - values.sum(axis=1)
    off = np.abs(left) > _let_pass(values, predicted, base, spread)
    if exact and off.any():
        raise AuditError(
            f"{model.name}: in {many_rows(int(off.sum()))} of {len(left):,} the attributions do not add "
            f"up to the prediction (largest remainder {np.nanmax(np.abs(left)):.2g}). Nothing is "
            "attributed. Give its predictions as a function: attributions are then sampled."
        )
    if drawn is None:
        return Attributed(values, predicted, left)
    return Attributed(values, predicted, left, drawn.error, drawn.size)

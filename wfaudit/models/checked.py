"""What a model gives is looked at before anything is made of it: shape, range, gaps, whether it is steady.

Messages name inputs and count rows; they never repeat a cell, nor the words of an exception, which may.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.errors import AuditError, listed, rows, shown

if TYPE_CHECKING:
    from wfaudit.models.face import Model

Floats: TypeAlias = NDArray[np.float64]
STEADY = 1_000  # people whose predictions are asked for twice
TRIES = 64  # calls that look for the rows at which a model stops
CLOSE = 1e-9  # two calls that differ by less are taken as equal


def asked_of(model: Model, people: pd.DataFrame) -> pd.DataFrame:
    """The columns a model asks for, by name and in its own order; never by position."""
    return named(model.name, model.inputs, people)


def named(name: str, inputs: Sequence[str], people: pd.DataFrame) -> pd.DataFrame:
    """The named columns of people, in this order; stops with the names of those that are not there."""
    if lacking := [one for one in inputs if one not in people.columns]:
        raise AuditError(
            f"{name} also asks for {listed(lacking)}. There are: "
            f"{listed(map(str, people.columns))}. "
            'Declare each under [inputs."<name>"] by the name the model knows it by, with its column.'
        )
    return people.loc[:, list(inputs)]


def predicted(
    model: Model, ask: Callable[[pd.DataFrame], Any], people: pd.DataFrame, *, raw: bool = False
) -> Floats:
    """What a model says of people, one number each; stops with a count where it says something else."""
    given = asked_of(model, people)
    try:
        found = np.asarray(ask(given), dtype=np.float64)
    except AuditError:
        raise
    except Exception as problem:  # noqa: BLE001 - a model may raise anything
        raise _stopped(model, ask, given, type(problem).__name__) from None
    if found.shape != (len(given),):
        raise AuditError(
            f"{model.name} gave an answer of shape {found.shape} for {rows(len(given))}. A model gives one "
            "number a person: for a chance, that of the outcome alone."
        )
    _refuse_gaps(model, found)
    if model.unit == "probability" and not raw:
        _refuse_range(model, found)
    return found


def steady(model: Model, people: pd.DataFrame) -> None:
    """Stop where the same people get other predictions when asked again, or in another order."""
    few = people.iloc[:STEADY]
    first, again = model.score(few), model.score(few.iloc[::-1])[::-1]
    apart = ~(np.abs(first - again) <= CLOSE) & ~(np.isnan(first) & np.isnan(again))
    if apart.any():
        raise AuditError(
            f"{model.name} gave {rows(int(apart.sum()))} of {len(few):,} another prediction when asked "
            "again. An audit needs a model that says the same of the same person: fix its seed, or switch "
            "off what it draws."
        )


def _refuse_gaps(model: Model, found: Floats) -> None:
    endless = int(np.isinf(found).sum())
    gone = 0 if model.gaps else int(np.isnan(found).sum())
    if endless or gone:
        what = "is not finite" if endless else "is not a number"
        raise AuditError(
            f"{model.name}: the prediction {what} in {rows(endless or gone)} of {len(found):,} (inputs: "
            f"{listed(model.inputs)}). Mend the model, declare what stands for missing in these inputs, or "
            "say that no score is an answer: gaps=True."
        )


def _refuse_range(model: Model, found: Floats) -> None:
    out = int(((found < 0) | (found > 1)).sum())
    if out:
        raise AuditError(
            f"{model.name} is declared to give a probability, and {rows(out)} of {len(found):,} lie outside "
            '0 to 1. Give the chance itself, or declare unit="number" or "points".'
        )


def _stopped(
    model: Model, ask: Callable[[pd.DataFrame], Any], people: pd.DataFrame, kind: str
) -> AuditError:
    bad, every = _bad_rows(ask, people)
    many = (
        f"{rows(bad)} of {len(people):,}" if every else f"at least {rows(bad)} of {len(people):,}"
    )
    kinds = ", ".join(f"{shown(name)} ({_kind(people[name])})" for name in people.columns[:12])
    more = f" and {len(people.columns) - 12} more" if len(people.columns) > 12 else ""
    return AuditError(
        f"{model.name} stops ({kind}) at {many}. It was given {kinds}{more}. Check that each input has the "
        "name, the kind and the scale the model was trained on."
    )


def _kind(column: Any) -> str:
    kind = "numbers" if pd.api.types.is_numeric_dtype(column) else "text"
    return f"{kind}, some missing" if column.isna().any() else kind


def _bad_rows(ask: Callable[[pd.DataFrame], Any], people: pd.DataFrame) -> tuple[int, bool]:
    """How many rows make a model stop, by halving; whether all of them were found."""
    parts, bad, tries = [people], 0, 0
    while parts and tries < TRIES:
        part, tries = parts.pop(), tries + 1
        if _works(ask, part):
            continue
        if len(part) == 1:
            bad += 1
        else:
            half = len(part) // 2
            parts += [part.iloc[:half], part.iloc[half:]]
    return max(bad, 1), not parts


def _works(ask: Callable[[pd.DataFrame], Any], people: pd.DataFrame) -> bool:
    try:
        ask(people)
    except Exception:  # noqa: BLE001 - a model may raise anything
        return False
    return True

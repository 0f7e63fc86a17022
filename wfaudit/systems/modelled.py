"""A published system as an audit's model: what it says is not checked again, how it is made up is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from wfaudit.models import Additive, Floats, Model, logistic
from wfaudit.systems.inputs import Levels

if TYPE_CHECKING:
    from wfaudit.systems.system import System


def summed(system: System) -> Model:
    """A sum of what each answer adds: points, or log-odds where the system has an intercept.

    >>> from wfaudit.systems import load
    >>> load("jsci").model()
    Model 'JSCI (Australia, 2011)': 6 inputs, a points, exact attributions
    """
    assert system.explained is not None
    explained, start = system.explained, system.intercept

    def parts(people: pd.DataFrame) -> Floats:
        return explained(system.answered(people)).to_numpy(dtype=np.float64)

    def raw(people: pd.DataFrame) -> Floats:
        return parts(people).sum(axis=1) + (start or 0.0)

    chance: dict[str, Any] = {"raw": raw, "link": logistic, "unit": "probability"}
    known: dict[str, Any] = chance if start is not None else {"unit": "points"}
    return Model(
        **face(system), **known,
        structure=Additive(parts=parts, start=start or 0.0),
    )  # fmt: skip


def face(system: System) -> dict[str, Any]:
    """What every system tells of itself as a model."""
    return {
        "name": system.name, "inputs": tuple(system.inputs), "order": tuple(system.order),
        "scored": lambda people: system.scored(system.answered(people)).to_numpy(dtype=np.float64),
        "tiered": lambda people: system.tiered(system.answered(people)), "possible": _possible(system),
        "gaps": system.incomplete == "no result", "notes": system.known_wrong,
        "texts": frozenset(one.name for one in system.asked if isinstance(one, Levels)),
    }  # fmt: skip


def _possible(system: System) -> Any:
    """Who has a profile that can exist, where rules say which can't."""
    if not system.rules:
        return None
    return lambda people: ~np.logical_or.reduce([rule.broken(people) for rule in system.rules])

"""Whatever is given, as a model: an estimator, a pipeline, a published system, a plain function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from wfaudit.errors import AuditError
from wfaudit.models.face import Model, Unit
from wfaudit.models.learned import estimator


def of(
    given: Any, people: pd.DataFrame | None = None, *, inputs: Sequence[str] | None = None,
    name: str = "", unit: Unit | None = None,
) -> Model:  # fmt: skip
    """A model from what there is: a Model as it is, an estimator, a published system, or a function.

    ``people`` are rows of inputs as the audit will give them: by them coded columns are put down to inputs.
    A function takes a data frame of ``inputs`` and gives one number a person; ``unit`` says whether it is a
    "probability", "points" or another "number".

    >>> from wfaudit.systems import load
    >>> of(load("amas"))
    Model 'AMAS (Austria)': 12 inputs, a probability, exact attributions
    """
    if isinstance(given, Model):
        return given
    if hasattr(given, "model"):
        return given.model()
    if hasattr(given, "predict_proba") or hasattr(given, "predict"):
        return estimator(given, people, inputs=inputs, name=name)
    if callable(given):
        return function(given, inputs, name=name, unit=unit)
    raise AuditError(
        f"A {type(given).__name__} is no model. Give an estimator or pipeline, a function of a data frame, a "
        "published system, or wfaudit.models.coefficients, points, rules, read."
    )


def function(
    ask: Callable[[pd.DataFrame], Any], inputs: Sequence[str] | None, *, name: str = "",
    unit: Unit | None = None, gaps: bool = False, notes: tuple[str, ...] = (),
) -> Model:  # fmt: skip
    """A plain function of a data frame with the named inputs; nothing is known of its inside.

    >>> model = function(lambda people: people["age"] / 100, ["age"], unit="probability")
    >>> model.score(pd.DataFrame({"age": [30, 50]})).tolist()
    [0.3, 0.5]
    """
    if not inputs:
        raise AuditError(
            'A function doesn\'t say what it reads. Name its inputs: inputs=["age", …].'
        )
    told = name or getattr(ask, "__name__", type(ask).__name__)
    return Model(
        name=told, inputs=tuple(inputs), scored=lambda people: np.asarray(ask(people), np.float64),
        unit=unit or "number", gaps=gaps, notes=notes,
    )  # fmt: skip

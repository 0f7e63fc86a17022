"""A model that tells the opposite chance: one less its score, attributions turned with it."""

from __future__ import annotations

from copy import copy, deepcopy
from dataclasses import replace
from functools import lru_cache
from typing import Any

from wfaudit.errors import AuditError
from wfaudit.models.face import Additive, Floats, Model, Structure, Trees

SAID = "The score on record is 1 less what this model gives (complement), so its predictions are turned."


def complement(model: Model) -> Model:
    """The model of the opposite: its score is 1 less, its raw value and what adds up to it change sign.

    >>> import pandas as pd
    >>> from wfaudit.models import coefficients
    >>> turned, people = complement(coefficients({"age": 0.5})), pd.DataFrame({"age": [0.0, 3.0]})
    >>> turned.score(people).round(3).tolist(), (turned.margin(people) + 0.0).tolist()
    ([0.5, 0.182], [0.0, -1.5])
    """
    if model.unit != "probability":
        raise AuditError(
            f"{model.name} gives {model.unit}, and only a probability has a complement. Leave complement out."
        )
    raw, link, scored = model.raw, model.link, model.scored
    structure = _turned(model.structure)
    if raw is None and structure is not None:  # the score itself adds up
        raw, link = scored, None
    return replace(
        model, scored=lambda people: 1 - scored(people), structure=structure,
        raw=None if raw is None else lambda people: -raw(people),
        link=None if raw is None else lambda value: 1 - (link(-value) if link else -value),
        trained=None, notes=(*model.notes, SAID),
    )  # fmt: skip


def _turned(structure: Structure | None) -> Structure | None:
    if isinstance(structure, Additive):
        parts = structure.parts

        def turned(people: Any) -> Floats:
            return -parts(people)

        return Additive(parts=turned, start=-structure.start)
    if isinstance(structure, Trees):
        grown = structure.grown
        return replace(
            structure,
            start=-structure.start,
            grown=lru_cache(maxsize=1)(lambda: _negative(grown())),
        )
    return None


def _negative(forest: Any) -> Any:
    """The same trees with leaves of the other sign; the questions themselves are shared."""
    turned = copy(forest)
    turned.trees = [_grown(tree) for tree in forest.trees]
    return turned


def _grown(tree: Any) -> Any:
    mine = deepcopy(tree)
    for leaf in mine.get_all_leaves():
        leaf.value = -leaf.value
    return mine

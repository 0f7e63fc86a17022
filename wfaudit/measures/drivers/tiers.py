"""The tier a model's prediction leads to: the model's own, else by the cut-offs that the case declares."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.case import Case
from wfaudit.case.roles import SLACK
from wfaudit.errors import AuditError, listed
from wfaudit.models import Ints, Model

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Tiering:
    """The tiers in order, the first that flags, and each person's place among them (below 0: no result).

    Where tiers are cut from scores, ``cut`` gives them from known scores; ``cuts`` are the cut-offs.
    """

    order: tuple[str, ...]
    flags_from: int
    of: Callable[[pd.DataFrame], Ints]
    cut: Callable[[Floats], Ints] | None = None
    cuts: tuple[float, ...] = ()

    def flags(self, people: pd.DataFrame) -> Floats:
        """1 where a prediction leads to being flagged, 0 where not; not-a-number without a result."""
        place = self.of(people)
        return np.where(place < 0, np.nan, place >= self.flags_from)


def tiering(case: Case, model: Model) -> Tiering:
    """How predictions become tiers; stops where neither the model nor the case says so."""
    if why := no_tiers(case, model):
        raise AuditError(f"The model's predictions can't be turned into tiers: {why}.")
    tier, flagged = case.roles.get("tier"), case.roles.get("flagged")
    if model.tiered is not None:
        order = tier.order if tier and set(model.order) <= set(tier.order) else model.order
        place = np.array([order.index(name) for name in model.order] + [-1])
        flags = (
            order.index(flagged.tier_at_least) if flagged and flagged.tier_at_least in order else 1
        )
        return Tiering(order, flags, lambda people: place[_own(model, people)])
    cuts, order = _cuts(case)
    score = case.roles["score"]
    edges = np.array([round(cut / score.resolution) for cut in cuts])

    def cut(value: Floats) -> Ints:
        known = ~np.isnan(value)
        grid = np.floor(np.where(known, value, 0.0) / score.resolution + SLACK)
        return np.where(known, np.searchsorted(edges, grid, side="right"), -1).astype(np.int64)

    flags = order.index(flagged.tier_at_least) if flagged and flagged.tier_at_least in order else 1
    return Tiering(order, flags, lambda people: cut(model.score(people)), cut, cuts)


def no_tiers(case: Case, model: Model) -> str:
    """Why predictions don't become tiers, or nothing."""
    if model.tiered is not None or _cuts(case)[0]:
        return ""
    return (
        "the case declares no cut-offs, such as tier = { …, cuts = [0.33, 0.48] } or "
        "flagged = { score_at_least = 0.5 }"
    )


def _own(model: Model, people: pd.DataFrame) -> Ints:
    found = model.tier(people)
    if found is None or len(found) != len(people):
        raise AuditError(
            f"{model.name} gave no tier for some people. There are: {listed(model.order)}."
        )
    return np.where(found < 0, len(model.order), found).astype(np.int64)


def _cuts(case: Case) -> tuple[tuple[float, ...], tuple[str, ...]]:
    tier, flagged = case.roles.get("tier"), case.roles.get("flagged")
    if "score" not in case.roles:
        return (), ()
    if tier and tier.cuts:
        return tier.cuts, tier.order
    if flagged and flagged.score_at_least is not None:
        return (flagged.score_at_least,), ("not flagged", "flagged")
    return (), ()

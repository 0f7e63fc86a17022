"""How closely a surrogate follows the recorded scores, by group: R squared, and who keeps their tier."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from wfaudit.case import Case
from wfaudit.counts.cells import combinations
from wfaudit.estimators import leftout
from wfaudit.estimators.clusters import FEWEST
from wfaudit.estimators.leftout import Read, Scale
from wfaudit.measures.asked import Compare
from wfaudit.measures.compared import CHUNK, Rows, Told, finished, numbers, tell
from wfaudit.measures.drivers import tiers
from wfaudit.measures.drivers.dealt import PARTS, Dealt, Floats, Ints
from wfaudit.measures.gathered import Keys, Laid
from wfaudit.measures.made import By
from wfaudit.models import Model
from wfaudit.result import Result

FIDELITY, SAME = "surrogate_fidelity", "surrogate_same_tier"
REMAINDER = "surrogate_remainder"
LOST = ("the score does not vary", "the score does not vary without some people: no interval")
SCALE = Scale("identity", (-np.inf, 1.0), LOST)


@dataclass(frozen=True, slots=True, eq=False)
class Errors:
    """People with a recorded score, and what is predicted for each by what the other folds taught."""

    people: Dealt
    predicted: Floats
    says: str


def fidelity(case: Case, errors: Errors, *, by: By = None) -> Result:
    """R squared in each group: how much of the spread of recorded scores is followed, 1 for all of it."""
    keys, score = case.keys(by), errors.people.score
    columns = [np.ones(len(score)), score, score**2, np.square(score - errors.predicted)]
    found = _laid(case, errors.people, keys, np.column_stack(columns))
    step = max(1, CHUNK // max(1, found.whole.size))
    shown = leftout.left_out(
        _r2(found.whole[:, 0]), map(_r2, found.without_each(0, step)), SCALE, case.choices.level
    )
    drawn = f"; {errors.says}" if errors.says else ""
    told = Told(
        measure=FIDELITY,
        says="How much of the spread of recorded scores in each group a sum over the inputs follows (R "
        f"squared), learned in four fifths of {{people}} and tried in the last, five times; 1 is all{drawn}",
        sentence="R squared", unit="number", judged=False,
    )  # fmt: skip
    rows = Rows(told, found, "", found.whole[:, 0, 0], None)
    lines = [_plain(case, line) for line in rows.lines(lambda g, _: numbers(shown, g, stands=True))]
    whose = "parts of whole clusters" if case.cluster else "parts of people"
    return finished(
        case,
        told,
        "value",
        f"jackknife over {found.clusters} {whose}, dealt by a hash",
        lines,
        found,
    )


def same_tier(case: Case, errors: Errors, *, by: By = None) -> Result:
    """Share of people in each group whom the prediction puts into the recorded tier."""
    keys, people = case.keys(by), errors.people
    ask = tiers.tiering(case, _as_told())
    told, tier = (ask.of(pd.DataFrame({"score": x})) for x in (errors.predicted, people.score))
    tier = np.where(people.tier >= 0, people.tier, tier) if (people.tier >= 0).any() else tier
    columns = np.column_stack([np.ones(len(tier)), told == tier])
    found = _laid(case, people, keys, columns)
    drawn = f"; {errors.says}" if errors.says else ""
    return tell(case, Told(
        measure=SAME,
        says="Share of {people} whom a sum over the inputs puts into the recorded tier, learned in four "
        f"fifths of them and tried in the last, five times{drawn}",
        judged=False,
    ), found)  # fmt: skip


def remainder(case: Case, errors: Errors, *, by: By = None, compare: Compare = False) -> Result:
    """Mean recorded score less its prediction in each group, or how that differs from the reference's."""
    off = errors.people.score - errors.predicted
    columns = np.column_stack([np.ones(len(off)), off, np.square(off), off != 0])
    drawn = f"; {errors.says}" if errors.says else ""
    return tell(case, Told(
        measure=REMAINDER,
        says="Mean recorded score of {people} less what a sum over the inputs predicts, learned in four "
        f"fifths of them and tried in the last, five times{drawn}",
        sentence="What the sum does not carry of the gap between mean scores of {group} and {reference}",
        unit="number", judged=False, of="mean",
    ), _laid(case, errors.people, case.keys(by), columns), compare=compare)  # fmt: skip


def no_tiers(case: Case) -> str:
    """Why predictions don't become tiers, or nothing."""
    return tiers.no_tiers(case, _as_told())


def _as_told() -> Model:
    """A model that says what is handed to it, to put predictions into tiers as any model's are."""
    return Model(name="surrogate", inputs=("score",), scored=lambda rows: rows["score"].to_numpy())


def _r2(columns: Floats) -> Read:
    n, total, squares, off = np.moveaxis(columns, -1, 0)
    with np.errstate(all="ignore"):
        spread = squares - total**2 / n
        varies = spread > 1e-9 * squares
        return np.where(varies, 1 - off / np.where(varies, spread, 1.0), np.nan), n[None]


def _plain(case: Case, line: dict[str, Any]) -> dict[str, Any]:
    """Parts of people are no clusters."""
    if not case.cluster:
        line["note"] = str(line["note"]).replace("clusters", "people or parts of them")
    return line


def _laid(case: Case, people: Dealt, keys: Keys, columns: Floats) -> Laid:
    """Sums by group, and again by part of whole clusters or people."""
    group, groups = _groups(case, people, keys)
    part = people.part(PARTS)
    there, at = np.unique(part, return_inverse=True)
    table = np.zeros((len(there), len(groups), columns.shape[1]))
    np.add.at(table, (at, group), columns)
    parts, which = (index.reshape(-1) for index in np.indices(table.shape[:2]))
    rows = (parts, which, table.reshape(-1, 1, columns.shape[1]))
    return Laid(keys, groups, ("",), table.sum(axis=0)[:, None], len(there), rows)


def _groups(case: Case, people: Dealt, keys: Keys) -> tuple[Ints, tuple[Keys, ...]]:
    """Each person's group, and every group there is."""
    if not keys:
        return np.zeros(len(people.score), dtype=np.int64), ((),)
    levels = [case.door.levels[key] for key in keys]
    places = np.column_stack([people.levels[key] for key in keys])
    distinct, at = np.unique(places, axis=0, return_inverse=True)
    seen = [tuple(levels[i][one] for i, one in enumerate(row)) for row in distinct.tolist()]
    every = combinations(case, keys, tuple(seen))
    index = np.array([every.index(one) for one in seen], dtype=np.int64)
    return index[at.reshape(-1)], every


__all__ = [
    "FEWEST", "FIDELITY", "REMAINDER", "SAME", "Errors", "fidelity", "no_tiers", "remainder", "same_tier",
]  # fmt: skip

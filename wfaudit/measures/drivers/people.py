"""The people of a case as a model knows them: inputs found by name or column, a background drawn in sight."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.attributions import Background, background
from wfaudit.batches import SIZE, Batch, batches, rows_of
from wfaudit.case import Case, decode
from wfaudit.errors import AuditError, listed, no_group, not_one_of
from wfaudit.measures.drivers.opened import declared, some_people
from wfaudit.models import STEADY, Model, of, steady

EVERYBODY = "everybody"
MOST_BEHIND = 20_000  # rows of a background
Behind = str | Mapping[str, str] | pd.DataFrame


def model_of(case: Case, given: Any = None) -> Model:
    """The model as it is asked about this case (without one, the case's own): checked once."""
    if given is None:
        given = _named(case)
    done = case.counted.setdefault("models", {})
    key = id(given)
    if key not in done:
        model = of(given, some_people(case))
        steady(model, next(people(case, model, size=STEADY)).inputs)
        done[key] = (given, model)  # the given is kept, so that its number is not given away
    return done[key][1]


def _named(case: Case) -> Model:
    found = declared(case)
    if found.model is None:
        why = found.why or (
            "Give one, or name it in the case: [model] path, system, coefficients or points; and declare "
            "its inputs."
        )
        raise AuditError(f"There is no model to ask about these people. {why}")
    return found.model


def names_in(case: Case, inputs: Sequence[str]) -> list[str]:
    """The declared input behind each that a model asks for, by its name, else by its column."""
    names = [name for name, _ in case.inputs]
    by_column = {spec["column"]: name for name, spec in case.inputs}
    found = [one if one in names else by_column.get(one, "") for one in inputs]
    lacking = [one for one, name in zip(inputs, found, strict=True) if not name]
    if lacking:
        raise AuditError(
            f"The model also asks for {listed(lacking)}, which this case does not declare. It declares "
            f'{listed(names)}. Add [inputs."<name>"] under the name the model knows it by, with its column.'
        )
    return found


def people(
    case: Case, model: Model, others: Mapping[str, Any] | None = None, size: int = SIZE
) -> Iterator[Batch]:
    """Everybody in batches, inputs under the names and in the order of the model."""
    names = names_in(case, model.inputs)
    texts = {name for name, one in zip(names, model.inputs, strict=True) if one in model.texts}
    for batch in batches(case, names, others, size, texts):
        named = batch.inputs.set_axis(list(model.inputs), axis="columns")
        yield replace(batch, inputs=named)


def behind_of(case: Case, model: Model, given: Behind | None = None, seed: int = 0) -> Background:
    """A background: everybody, the people of one group (``{"sex": "men"}``), or rows of one's own.

    Without one, the one that the case declares, else everybody. Of more than 20,000 people that many are
    drawn, which its name says; who gets no score is in none.
    """
    if given is None:
        given = _declared_background(case)
    if isinstance(given, pd.DataFrame):
        return _scored(model, given, "own rows")
    if isinstance(given, str) and given != EVERYBODY:
        raise not_one_of("background", given, [EVERYBODY, '{"<group>": "<level>"}', "a data frame"])
    chosen: dict[str, str] = {} if isinstance(given, str) else dict(given)
    key = ("behind", id(model), tuple(sorted(chosen.items())), seed)
    done = case.counted.setdefault("backgrounds", {})
    if key not in done:
        done[key] = _drawn(case, model, chosen, seed)
    return done[key]


def _declared_background(case: Case) -> str | Mapping[str, str]:
    return EVERYBODY if case.model is None else case.model.get("background", EVERYBODY)


def _drawn(case: Case, model: Model, chosen: Mapping[str, str], seed: int) -> Background:
    others = {f"group {name}": case.columns[f"group {case.group(name).name}"] for name in chosen}
    taken = _Lots(1.0 if chosen else min(1.0, MOST_BEHIND / rows_of(case)))
    there = 0
    for batch in people(case, model, others):
        mine = _members(case, batch, chosen)
        there += int(mine.sum())
        taken.add(batch.inputs.loc[mine], _lot(batch, seed)[mine])
    rows = taken.thinned(MOST_BEHIND + 1_000)
    who = " and ".join(f"{name} {level}" for name, level in chosen.items()) or EVERYBODY
    drawn = "" if len(rows) == there else f", drawn by lot from {there:,}"
    return _scored(model, rows, who + drawn)


class _Lots:
    """Rows drawn by lot as they stream by, never more than twice what is wanted."""

    def __init__(self, share: float) -> None:
        self.share = share
        self.rows: list[pd.DataFrame] = []
        self.lots: list[NDArray[np.float64]] = []

    def add(self, rows: pd.DataFrame, lots: NDArray[np.float64]) -> None:
        """Take those of some rows whose lot is low enough."""
        low = lots < self.share
        self.rows.append(rows.loc[low])
        self.lots.append(lots[low])
        self.thinned(2 * MOST_BEHIND)

    def thinned(self, most: int) -> pd.DataFrame:
        """All rows taken; of more than ``most``, those with the lowest lots."""
        rows, lots = pd.concat(self.rows, ignore_index=True), np.concatenate(self.lots)
        if len(rows) > most:
            self.share = float(np.partition(lots, MOST_BEHIND)[MOST_BEHIND])
            rows, lots = rows.loc[lots < self.share], lots[lots < self.share]
        self.rows, self.lots = [rows], [lots]
        return rows.reset_index(drop=True)


def _members(case: Case, batch: Batch, chosen: Mapping[str, str]) -> NDArray[np.bool_]:
    mine = np.ones(batch.rows, dtype=bool)
    for name, level in chosen.items():
        at, values = batch.others[f"group {name}"]
        n = np.bincount(at, minlength=len(values)).astype(np.int64)
        levels = decode.levels(case, case.group(name), values, n)
        if level not in case.door.levels[name]:
            raise no_group(name, level, case.door.levels[name])
        mine &= np.array([one == level for one in levels])[at]
    return mine


def _lot(batch: Batch, seed: int) -> Any:
    """A lot a row, by its place in the source."""
    return np.random.default_rng((seed, batch.start)).random(batch.rows)


def _scored(model: Model, rows: pd.DataFrame, says: str) -> Background:
    """Without those who get no score: nobody can be compared with no result."""
    found = background(rows.loc[:, list(model.inputs)], says)
    if not model.gaps:
        return found
    known = ~np.isnan(model.score(found.rows))
    return (
        found
        if known.all()
        else background(found.rows.loc[known], f"{says}, of those with a result")
    )

"""People of a case with the values of their inputs, dealt into parts by a seeded hash of who they are.

Whole clusters, else whole persons, else rows stay together; nothing hangs on the order of rows. At most
20,000 people are held in memory; of more, values are counted batch by batch, and only counts stay.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.batches import Batch, batches, is_number, rows_of
from wfaudit.case import Case, decode
from wfaudit.choices import NOT_RECORDED
from wfaudit.errors import AuditError
from wfaudit.estimators import hashed
from wfaudit.estimators.hashed import Hashes
from wfaudit.measures.drivers.valued import Bins, bins

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST = 20_000  # people that are learned from
BATCH = 50_000
FOLDS, PARTS = 5, 200
MOST_LEAVES = 50_000  # parts by levels by values of one attribute's counts
TAKEN, FOLD, PART = 1, 2, 3  # salts: who is taken has nothing to do with where they are dealt
UNIT, SCORE, TIER = "unit", "score", "tier"


@dataclass(frozen=True, slots=True, eq=False)
class Dealt:
    """People in no order that means anything: inputs, the level of each group, score and tier, hashes."""

    inputs: pd.DataFrame
    levels: dict[str, Ints]
    score: Floats
    tier: Ints
    unit: Hashes
    row: Hashes

    def fold(self) -> Ints:
        """Which of five folds each person's unit is in."""
        return hashed.part(self.unit, FOLDS, FOLD)

    def part(self, parts: int) -> Ints:
        """Which part each person's unit is in."""
        return hashed.part(self.unit, parts, PART)

    def of(self, mine: Any) -> "Dealt":
        """Some of these people, or all in another order."""
        levels = {name: at[mine] for name, at in self.levels.items()}
        inputs = self.inputs.iloc[mine].reset_index(drop=True)
        return Dealt(
            inputs, levels, self.score[mine], self.tier[mine], self.unit[mine], self.row[mine]
        )


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """The people that are learned from, the places of their values, and how they were taken."""

    people: Dealt
    bins: Bins
    places: Ints
    says: str


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """How many people of each level have each value, by part: parts by levels by places, a group."""

    bins: Bins
    values: dict[str, Ints]

    def one(self, group: str, at: int) -> Ints:
        """The counts of one input."""
        start = int(self.bins.starts[at])
        return self.values[group][:, :, start : start + self.bins.scales[at].size]


def names_of(case: Case) -> list[str]:
    """Every declared input; stops where there is none."""
    if not case.inputs:
        raise AuditError(
            "The case declares no inputs, so nothing can be learned from them. Add "
            '[inputs."<name>"] with its column.'
        )
    return [name for name, _ in case.inputs]


def texts_of(case: Case) -> frozenset[str]:
    """The inputs that are told as texts."""
    return frozenset(name for name in names_of(case) if not is_number(case, name))


def sample(case: Case) -> Sample:
    """At most 20,000 people, or so, taken by a hash; the same ones every time."""
    case.unweighted("What is learned from people")
    if "sample" not in case.counted:
        there, names = rows_of(case), names_of(case)
        found = [one.of(_taken(one, there)) for one in dealt(case)]
        people = _joined(found)
        people = people.of(np.argsort(people.row, kind="stable"))
        places = bins(people.inputs, tuple(names))
        says = f"{len(people.row):,} of {there:,} rows, drawn by a seeded hash"
        says = "" if len(people.row) == there else says
        case.counted["sample"] = Sample(people, places, places.places(people.inputs), says)
    return case.counted["sample"]


def counted(case: Case) -> Counted:
    """Everybody's values counted by group and part; two parts, or parts of whole clusters."""
    if "values by group" not in case.counted:
        taken = sample(case)
        levels = max((len(case.door.levels[g.name]) for g in case.groups), default=1)
        most = max(8, MOST_LEAVES // max(1, levels * taken.bins.size // 50)) // 2 * 2
        parts = min(2 * PARTS, most) if case.cluster else 2
        sums = {
            g.name: np.zeros((parts, len(case.door.levels[g.name]), taken.bins.size), np.int64)
            for g in case.groups
        }
        for people in dealt(case) if taken.says else [taken.people]:
            _count(people, taken.bins, sums)
        case.counted["values by group"] = Counted(taken.bins, sums)
    return case.counted["values by group"]


def _count(people: Dealt, places: Bins, sums: dict[str, Ints]) -> None:
    at = places.places(people.inputs)
    for name, table in sums.items():
        parts, levels, size = table.shape
        base = (people.part(parts) * levels + people.levels[name]) * size
        for column in at.T:
            table += np.bincount(base + column, minlength=table.size).reshape(table.shape)


def _taken(people: Dealt, there: int) -> NDArray[np.bool_]:
    share = hashed.rows([people.row], TAKEN) / 2.0**64
    return np.asarray(share < MOST / there) if there > MOST else np.ones(len(share), dtype=bool)


def _joined(parts: list[Dealt]) -> Dealt:
    if len(parts) == 1:
        return parts[0]
    levels = {name: np.concatenate([p.levels[name] for p in parts]) for name in parts[0].levels}
    rest = [
        np.concatenate([getattr(p, name) for p in parts])
        for name in ("score", "tier", "unit", "row")
    ]
    return Dealt(pd.concat([p.inputs for p in parts], ignore_index=True), levels, *rest)


# --- reading


def dealt(case: Case) -> Iterator[Dealt]:
    """Everybody in batches."""
    unit = case.cluster or ("person" if "person" in case.roles else "")
    others: dict[str, Any] = {
        f"group {g.name}": case.columns[f"group {g.name}"] for g in case.groups
    }
    others |= {name: case.columns[name] for name in (SCORE, TIER) if name in case.columns}
    others |= {UNIT: case.columns[unit]} if unit else {}
    for batch in batches(case, names_of(case), others, BATCH):
        levels = {g.name: _levels(case, g.name, batch) for g in case.groups}
        whose = [_texts(*batch.others[UNIT])] if unit else []
        score, tier = _score(case, batch), _tier(case, batch)
        told = [hashed.numbers(score), tier.astype(np.uint64), *_cells(batch), *_coded(levels)]
        row = hashed.apart([*whose, *told], 0)
        unit_of = hashed.rows(whose, 0) if whose else row
        yield Dealt(batch.inputs, levels, score, tier, unit_of, row)


def _levels(case: Case, name: str, batch: Batch) -> Ints:
    """Each person's place among the levels of a group."""
    at, values = batch.others[f"group {name}"]
    n = np.bincount(at, minlength=len(values)).astype(np.int64)
    place = {level: i for i, level in enumerate(case.door.levels[name])}
    found = [place[level] for level in decode.levels(case, case.group(name), values, n)]
    return np.array(found, dtype=np.int64)[at]


def _score(case: Case, batch: Batch) -> Floats:
    if SCORE not in batch.others:
        return np.full(batch.rows, np.nan)
    at, values = batch.others[SCORE]
    steps = np.array([np.nan if one is None else float(one) for one in values])
    return (steps * case.roles[SCORE].resolution)[at]


def _tier(case: Case, batch: Batch) -> Ints:
    """Each person's place in the order of tiers, below 0 for no result."""
    if TIER not in batch.others or not case.roles[TIER].order:
        return np.full(batch.rows, -1, dtype=np.int64)
    at, values = batch.others[TIER]
    n = np.bincount(at, minlength=len(values)).astype(np.int64)
    found = decode.ordered(case, case.roles[TIER], values, n)
    return np.array([-1 if one is None else one for one in found], dtype=np.int64)[at]


def _cells(batch: Batch) -> list[Hashes]:
    return [_hash(batch.inputs[name].to_numpy()) for name in batch.inputs.columns]


def _hash(column: Any) -> Hashes:
    if column.dtype == np.float64:
        return hashed.numbers(column)
    return _texts(*pd.factorize(column, use_na_sentinel=False))


def _texts(at: Any, values: Any) -> Hashes:
    return hashed.texts(at, [decode.text_of(value) for value in values])


def _coded(levels: dict[str, Ints]) -> list[Hashes]:
    return [at.astype(np.uint64) for at in levels.values()]


def recorded(case: Case, name: str) -> list[str]:
    """The levels of a group that somebody can be told to be of."""
    return [level for level in case.door.levels[name] if level != NOT_RECORDED]

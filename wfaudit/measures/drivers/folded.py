"""Attributions of all people, summed as they stream by: how many, sums and squares, by group, input and value.

Only these sums stay; whose they were goes with each batch, or into files of the auditor's own folder. Sums are
of whole numbers (steps of the model's spread times 2**-34), so that they don't hang on the order of rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from wfaudit.attributions import Attributed, Way
from wfaudit.batches import Batch, rows_of
from wfaudit.case import Case, decode
from wfaudit.counts.cells import combinations
from wfaudit.measures.drivers.kept import Kept
from wfaudit.measures.drivers.people import people
from wfaudit.measures.drivers.valued import Bins
from wfaudit.measures.overrides.gathered import Laid

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Keys = tuple[str, ...]
TIER = "tier"
PREDICTED, LEFT = "predicted score", "not attributed"
SUMS = ("n", "total", "squares", "some", "size", "size squares")
MOST_CELLS, MOST_PARTS, MOST_LEAVES = 2_000, 400, 50_000
FINE = 2.0**34  # steps of the largest attribution that sums are made of
BATCH = 50_000


@dataclass(frozen=True, slots=True)
class Axes:
    """What people are told apart by: groups, and the tier where there is one; and parts of whole clusters."""

    keys: Keys
    sizes: tuple[int, ...]
    parts: int

    @property
    def cells(self) -> int:
        """How many combinations there are."""
        return prod(self.sizes)


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """Sums by cell and slot (each input, the prediction, what is left), by value of each input, by part.

    ``whole`` is cells by slots by SUMS; ``parts`` the same by part of the clusters; ``values`` for each single
    group its levels (by part, where there are clusters) by places of ``bins`` by (n, total, squares).
    """

    case: Case
    way: Way
    axes: Axes
    bins: Bins
    whole: Floats
    parts: Floats | None
    values: dict[str, Floats]
    error: float  # mean standard error of one person's attribution, where it was sampled
    behind: str  # what people are compared with

    @property
    def inputs(self) -> Keys:
        """The inputs of the model."""
        return self.way.model.inputs

    def laid(self, keys: Keys, columns: Sequence[str], labels: Sequence[str]) -> Laid:
        """Some sums by group and slot, ready to be told."""
        slots = [self.slots.index(label) for label in labels]
        chosen = [SUMS.index(column) for column in columns]
        whole = self.whole[:, slots][..., chosen]
        parts = None if self.parts is None else self.parts[:, :, slots][..., chosen]
        return lay(self.case, self.axes, (self.whole[:, 0, 0], whole, parts), keys, labels)

    @property
    def slots(self) -> Keys:
        """What is summed: each input, then the prediction, then what is left over."""
        return (*self.inputs, PREDICTED, LEFT)


def lay(
    case: Case, over: Axes, sums: tuple[Floats, Floats, Floats | None], keys: Keys, labels: Sequence[str]
) -> Laid:
    """How many people, sums of cells (by label and column) and of their parts: by the groups of some keys."""
    n, whole, parts = sums
    groups, pick = picked(case, over, n, keys)
    if parts is None:
        return Laid(keys, groups, tuple(labels), pick(whole))
    each = np.stack([pick(part) for part in parts])
    part, group = (at.reshape(-1) for at in np.indices(each.shape[:2]))
    rows = (part, group, each.reshape(len(part), *each.shape[2:]))
    return Laid(keys, groups, tuple(labels), pick(whole), len(each), rows)


def picked(case: Case, over: Axes, n: Floats, keys: Keys) -> tuple[tuple[Keys, ...], Any]:
    """The groups of some keys, and how cells are summed into them."""
    at = [over.keys.index(key) for key in keys]
    others = tuple(axis for axis in range(len(over.keys)) if axis not in at)
    levels = [levels_of(case, key) for key in keys]

    def summed(cells: Floats) -> Floats:
        full = cells.reshape(*over.sizes, *cells.shape[1:]).sum(axis=others)
        order = [sorted(at).index(one) for one in at]
        return full.transpose(*order, *range(len(at), full.ndim))

    there = np.argwhere(summed(n[:, None])[..., 0] > 0)
    seen = [tuple(levels[i][int(one)] for i, one in enumerate(place)) for place in there]
    every = combinations(case, keys, tuple(seen)) if TIER not in keys else tuple(seen)
    index = [tuple(levels[i].index(word) for i, word in enumerate(group)) for group in every]
    where = tuple(np.array([one[i] for one in index]) for i in range(len(keys)))
    return every, lambda cells: summed(cells)[where] if keys else summed(cells)[None]


def levels_of(case: Case, key: str) -> list[str]:
    """Every level of a group, or every tier and who has none."""
    if key == TIER:
        return [*case.roles[TIER].order, "no result"]
    return list(case.door.levels[key])


def axes(case: Case, keys: Keys, *, tiers: bool = True) -> Axes:
    """All groups and the tier where their combinations are few; else the groups asked about."""
    tier = (TIER,) if tiers and TIER in case.roles and case.roles[TIER].order else ()
    every = (*(group.name for group in case.groups), *tier)
    for chosen in (every, tuple(dict.fromkeys((*keys, *tier))), keys):
        sizes = tuple(len(levels_of(case, key)) for key in chosen)
        if prod(sizes) <= MOST_CELLS:
            break
    parts = min(MOST_PARTS, max(8, MOST_LEAVES // max(1, prod(sizes)))) if case.cluster else 0
    return Axes(chosen, sizes, parts)


def fold(
    case: Case, way: Way, behind: str, over: Axes, bins: Bins, kept: Kept, *, progress: bool = False
) -> Folded:  # fmt: skip
    """Ask the model about everybody, batch by batch, and sum what its inputs add."""
    sums = _Sums(over, way, bins)
    asked = people(case, way.model, {**told_apart(case, over), **kept.others(case)}, BATCH)
    size = -(-rows_of(case) // BATCH)
    bar = tqdm(
        asked,
        desc="attributing",
        total=size,
        delay=2,
        disable=None if progress else True,
        leave=False,
    )
    for batch in bar:
        found = kept.of(batch, way)
        sums.add(found, places(case, over, batch), part_of(over, batch), bins.places(batch.inputs))
    return sums.folded(case, behind)


def told_apart(case: Case, over: Axes) -> dict[str, Any]:
    """The columns by which people of a batch are told apart."""
    others = {f"group {key}": case.columns[f"group {key}"] for key in over.keys if key != TIER}
    others |= {TIER: case.columns[TIER]} if TIER in over.keys else {}
    return others | ({"cluster": case.columns[case.cluster]} if case.cluster else {})


def places(case: Case, over: Axes, batch: Batch) -> dict[str, Ints]:
    """Each person's level on every axis."""
    found: dict[str, Ints] = {}
    for key in over.keys:
        at, values = batch.others[TIER if key == TIER else f"group {key}"]
        n = np.bincount(at, minlength=len(values)).astype(np.int64)
        if key == TIER:
            place: list[int] = [
                len(case.roles[TIER].order) if one is None else one
                for one in decode.ordered(case, case.roles[TIER], values, n)
            ]
        else:
            level = {name: i for i, name in enumerate(case.door.levels[key])}
            place = [level[name] for name in decode.levels(case, case.group(key), values, n)]
        found[key] = np.array(place, dtype=np.int64)[at]
    return found


def part_of(over: Axes, batch: Batch) -> Ints:
    """Each person's part: whole clusters, dealt by a hash of their name."""
    if not over.parts:
        return np.zeros(batch.rows, dtype=np.int64)
    at, values = batch.others["cluster"]
    texts = [decode.text_of(value) or "" for value in values]
    dealt = [int.from_bytes(blake2b(t.encode(), digest_size=8).digest(), "little") for t in texts]
    return np.array([one % over.parts for one in dealt], dtype=np.int64)[at]


class _Sums:
    """What has been added up so far, in whole steps."""

    def __init__(self, over: Axes, way: Way, bins: Bins) -> None:
        self.over, self.way, self.bins = over, way, bins
        self.slots = len(way.model.inputs) + 2
        shape = (max(1, over.parts), over.cells, self.slots, len(SUMS))
        self.cells = np.zeros(shape, dtype=np.int64)
        self.values = {
            key: np.zeros((max(1, over.parts), size, bins.size, 3), dtype=np.int64)
            for key, size in zip(over.keys, over.sizes, strict=True)
        }
        self.rows, self.error, self.step = 0, 0.0, way.spread / FINE

    def add(self, found: Attributed, places: dict[str, Ints], part: Ints, valued: Ints) -> None:
        """Add one batch."""
        each = np.column_stack([found.values, found.predicted - self.way.base, found.left])
        known = ~np.isnan(found.predicted)  # who gets no score has no attributions
        each, part, valued = each[known], part[known], valued[known]
        placed = [places[key][known] for key in self.over.keys]
        cell = (
            np.ravel_multi_index(placed, self.over.sizes)
            if placed
            else np.zeros(len(part), np.int64)
        )
        size = None if found.size is None else found.size[known]
        self._cells(each, part * self.over.cells + cell, size)
        for key, at in zip(self.over.keys, placed, strict=True):
            self._valued(key, each, part, at, valued)
        self.rows += len(part)
        self.error += 0.0 if found.error is None else float(np.sqrt(found.error[known]).sum())

    def _cells(self, each: Floats, code: Ints, size: Floats | None) -> None:
        flat = self.cells.reshape(-1, self.slots, len(SUMS))
        people = np.bincount(code, minlength=len(flat))
        for slot in range(self.slots):
            value = each[:, slot]
            whole = np.rint(value / self.step)
            step = np.abs(value) if size is None or slot >= size.shape[1] else size[:, slot]
            sums = (
                whole,
                self._squared(value),
                value != 0,
                np.rint(step / self.step),
                self._squared(step),
            )
            flat[:, slot, 0] += people
            for at, one in enumerate(sums, start=1):
                flat[:, slot, at] += np.bincount(code, one, len(flat)).astype(np.int64)

    def _valued(self, key: str, each: Floats, part: Ints, level: Ints, valued: Ints) -> None:
        table = self.values[key]
        base = (part * table.shape[1] + level) * table.shape[2]
        flat = table.reshape(-1, 3)
        for slot in range(valued.shape[1]):
            code, value = base + valued[:, slot], each[:, slot]
            sums = (np.ones(len(value)), np.rint(value / self.step), self._squared(value))
            there, back = np.unique(code, return_inverse=True)
            for at, one in enumerate(sums):
                flat[there, at] += np.bincount(back, one, len(there)).astype(np.int64)

    def _squared(self, value: Floats) -> Floats:
        return np.rint(np.square(value / self.way.spread) * FINE)

    def folded(self, case: Case, behind: str) -> Folded:
        """The sums as numbers again."""
        spread = self.way.spread
        scale = np.array([1.0, self.step, spread**2 / FINE, 1.0, self.step, spread**2 / FINE])
        cells = self.cells * scale
        values = {key: table * scale[:3] for key, table in self.values.items()}
        error = self.error / max(1, self.rows * len(self.way.model.inputs))
        parts = cells if self.over.parts else None
        return Folded(
            case, self.way, self.over, self.bins, cells.sum(axis=0), parts, values, error, behind
        )

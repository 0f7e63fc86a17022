"""Attributions of all people, summed as they stream by: how many, sums, squares, by group, input and value.

Only these sums stay; whose they were goes with each batch, or into files of the auditor's own folder.
Sums are of whole numbers (steps of the model's spread times 2**-38): the order of rows moves no digit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from wfaudit.attributions import Attributed, Background, Way
from wfaudit.batches import Batch, rows_of
from wfaudit.case import Case, decode
from wfaudit.choices import LEFT as LEFT
from wfaudit.choices import PREDICTED as PREDICTED
from wfaudit.counts.cells import combinations
from wfaudit.errors import AuditError
from wfaudit.measures.drivers.kept import Kept
from wfaudit.measures.drivers.people import people
from wfaudit.measures.drivers.valued import Bins
from wfaudit.measures.gathered import Laid

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Keys = tuple[str, ...]
TIER = "tier"
SUMS = ("n", "total", "squares", "some", "size", "size squares")
MOST_CELLS, MOST_PARTS, MOST_LEAVES = 2_000, 400, 50_000
FINE = 2.0**38  # steps of the spread that sums are made of: exact in a batch of people
BATCH = 50_000
MANY_PLACES = 4  # places a person, beyond which those that are empty are left out


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
class Asked:
    """What is asked of everybody: the way, the background, the places of values, where people's are kept.

    ``reach`` is a power of two beyond any attribution: sums are made of its 2**38th part.
    """

    way: Way
    behind: Background
    bins: Bins
    kept: Kept
    reach: float


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """Sums by cell and slot (each input, the prediction, what is left), by value of each input, by part.

    ``whole`` is cells by slots by SUMS; ``parts`` the same by part of the clusters; ``values`` holds for
    each single group its parts by levels by places of ``bins`` by (n, total, squares).
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

    def valued(self, key: str, at: int) -> Floats:
        """Sums of one input's attributions by part, level of a group, and value: (n, total, squares)."""
        start = int(self.bins.starts[at])
        return self.values[key][:, :, start : start + self.bins.scales[at].size]

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
    case: Case,
    over: Axes,
    sums: tuple[Floats, Floats, Floats | None],
    keys: Keys,
    labels: Sequence[str],
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


def fold(case: Case, asked: Asked, over: Axes, *, progress: bool = False) -> Folded:
    """Ask the model about everybody, batch by batch, and sum what its inputs add."""
    way, bins = asked.way, asked.bins
    sums = _Sums(over, asked)
    batches = people(case, way.model, {**told_apart(case, over), **asked.kept.others(case)}, BATCH)
    size = -(-rows_of(case) // BATCH)
    bar = tqdm(
        batches, desc="attributing", total=size, delay=2, leave=False,
        disable=None if progress else True,
    )  # fmt: skip
    for batch in bar:
        found = asked.kept.of(batch, way)
        sums.add(found, places(case, over, batch), part_of(over, batch), bins.places(batch.inputs))
    return sums.folded(case, asked.behind.says)


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

    def __init__(self, over: Axes, asked: Asked) -> None:
        self.over, self.way, self.bins, self.reach = over, asked.way, asked.bins, asked.reach
        self.slots = len(self.way.model.inputs) + 2
        shape = (max(1, over.parts), over.cells, self.slots, len(SUMS))
        self.cells = np.zeros(shape, dtype=np.int64)
        self.values = {
            key: np.zeros((max(1, over.parts), size, self.bins.size, 3), dtype=np.int64)
            for key, size in zip(over.keys, over.sizes, strict=True)
        }
        self.rows, self.error, self.step = 0, 0.0, self.reach / FINE

    def add(self, found: Attributed, places: dict[str, Ints], part: Ints, valued: Ints) -> None:
        """Add one batch."""
        each = np.column_stack([found.values, found.predicted - self.way.base, found.left])
        known = ~np.isnan(found.predicted)  # who gets no score has no attributions
        if (far := np.abs(each[known]).max(initial=0.0)) > self.reach:
            raise AuditError(
                f"{self.way.model.name}: some people lie {far / self.reach:.0f} times farther from the "
                "background than all that were looked at first. Name a background that is like them."
            )
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
            squared = self._squared(value)
            steps, squares = np.abs(whole), squared
            if size is not None and slot < size.shape[1]:
                steps, squares = np.rint(size[:, slot] / self.step), self._squared(size[:, slot])
            sums = (whole, squared, whole != 0, steps, squares)  # what is under a step is rounding
            flat[:, slot, 0] += people
            for at, one in enumerate(sums, start=1):
                flat[:, slot, at] += np.bincount(code, one, len(flat)).astype(np.int64)

    def _valued(self, key: str, each: Floats, part: Ints, level: Ints, valued: Ints) -> None:
        table = self.values[key]
        base, cells = part * table.shape[1] + level, table.shape[0] * table.shape[1]
        flat = table.reshape(cells, table.shape[2], 3)
        for slot, (start, scale) in enumerate(zip(self.bins.starts, self.bins.scales, strict=True)):
            code, value = base * scale.size + valued[:, slot] - start, each[:, slot]
            sums = (None, np.rint(value / self.step), self._squared(value))
            there = np.arange(cells * scale.size)
            if len(there) > MANY_PLACES * len(code):  # mostly empty ones
                there, code = np.unique(code, return_inverse=True)
            row, place = np.divmod(there, scale.size)
            for at, one in enumerate(sums):
                flat[row, start + place, at] += np.bincount(code, one, len(there)).astype(np.int64)

    def _squared(self, value: Floats) -> Floats:
        return np.rint(np.square(value / self.reach) * FINE)

    def folded(self, case: Case, behind: str) -> Folded:
        """The sums as numbers again."""
        spread = self.reach
        scale = np.array([1.0, self.step, spread**2 / FINE, 1.0, self.step, spread**2 / FINE])
        cells: Floats = self.cells.astype(np.float64) * scale
        values: dict[str, Floats] = {
            k: v.astype(np.float64) * scale[:3] for k, v in self.values.items()
        }
        error = self.error / max(1, self.rows * len(self.way.model.inputs))
        parts = cells if self.over.parts else None
        return Folded(
            case, self.way, self.over, self.bins, cells.sum(axis=0), parts, values, error, behind
        )

"""People who can be held against each other: the same advice, like scores; and which way they were moved."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wfaudit.case import Case
from wfaudit.choices import EVERYONE, JOIN
from wfaudit.counts import Cells, Gridded, count_along
from wfaudit.counts.along import in_order
from wfaudit.counts.cells import distinct, summed
from wfaudit.measures.rate import RATES
from wfaudit.measures.tally import masks

Ints = NDArray[np.int64]
MEASURE = "adjusted_override_gap"
UP, DOWN, NEITHER = range(3)
WAYS = {"override_rate": "either way", "override_up_rate": "up", "override_down_rate": "down"}
COUNTS = {"override_rate": (UP, DOWN), "override_up_rate": (UP,), "override_down_rate": (DOWN,)}
MOST, EACH = 20, 30  # bins of scores within a tier, and people a bin at least


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """One override rate in strata: ``people`` is groups by strata by (moved, not moved)."""

    case: Case
    keys: tuple[str, ...]
    rate: str
    people: Gridded

    @property
    def names(self) -> list[str]:
        """The groups in words."""
        return [JOIN.join(group) or EVERYONE for group in self.people.groups]

    @property
    def at(self) -> str:
        """Which way people were moved."""
        return WAYS[self.rate]

    def line(self, g: int) -> dict[str, Any]:
        """The columns of a row that every row has."""
        measure, by = MEASURE, JOIN.join(self.keys) or EVERYONE
        return {"measure": measure, "by": by, "group": self.names[g], "at": self.at}


def held(case: Case, keys: tuple[str, ...], *rates: str) -> list[Held]:
    """Override rates of people whose decision is held against the advice; those without a score left out."""
    moved = _moved(case, keys)
    found: list[Held] = []
    for rate in rates:
        ways = [way in COUNTS[rate] for way in range(3)]
        n = np.stack(
            [moved.n[..., ways].sum(axis=-1), moved.n[..., np.invert(ways)].sum(axis=-1)], axis=-1
        )
        cells = moved.cells
        if cells is not None:
            *place, way, many = cells
            cells = (*place, np.where(ways, 0, 1)[way], many)
        found.append(Held(case, keys, rate, replace(moved, n=n, cells=cells)))
    return found


def _moved(case: Case, keys: tuple[str, ...]) -> Gridded:
    """Groups by strata by way: up, down, neither."""
    axes = [
        *(["score"] if "score" in case.roles else []),
        *([case.cluster] if case.cluster else []),
    ]
    cells = count_along(case, keys, tuple(axes))
    ups, among = masks(cells.states, RATES["override_up_rate"], 0)
    downs, _ = masks(cells.states, RATES["override_down_rate"], 0)
    at, score = cells.axes.get("score", (np.zeros(len(cells.n), dtype=np.int64), [0]))
    known = among[cells.state] & np.array([value is not None for value in score], dtype=bool)[at]
    tier = cells.states["advice"].fillna(0).to_numpy(dtype=np.int64)[cells.state[known]]
    rank = np.argsort(np.argsort([0 if value is None else value for value in score]))
    stratum, size = _strata(tier, rank[at[known]], cells.n[known])
    way = np.select([ups, downs], [UP, DOWN], NEITHER)[cells.state[known]]
    place = (cells.group[known], stratum, way)
    table = np.zeros((len(cells.groups), size, 3), dtype=np.int64)
    np.add.at(table, place, cells.n[known])
    return _gridded(case, cells, table, known, place)


def _gridded(
    case: Case, cells: Cells, table: Ints, known: Any, place: tuple[Ints, Ints, Ints]
) -> Gridded:
    grid = np.arange(table.shape[1], dtype=np.float64)
    if not case.cluster:
        return Gridded(cells.groups, grid, table)
    of, names = cells.axes[case.cluster]
    parts = (in_order(names)[of][known], *place)
    # many scores are one stratum: far fewer cells
    few, n = summed(parts, (len(names), *table.shape), cells.n[known])
    return Gridded(cells.groups, grid, table, len(names), None, (few[0], few[1], few[2], few[3], n))


def _strata(tier: Ints, rank: Ints, n: Ints) -> tuple[Ints, int]:
    """Bins of as many people within each tier; people of one score are never parted. And how many bins.

    >>> tier, rank = np.array([0, 0, 0, 1]), np.array([0, 1, 2, 2])
    >>> _strata(tier, rank, np.array([20, 5, 40, 5]))
    (array([0, 0, 1, 2]), 3)
    """
    stratum, size = np.zeros(len(n), dtype=np.int64), 0
    for one in np.unique(tier):
        here = tier == one
        (of,), back = distinct([rank[here]], [int(rank.max(initial=0)) + 1])
        own = np.bincount(back, n[here], len(of)).astype(np.int64)
        total, before = int(own.sum()), np.cumsum(own) - own
        bins = int(np.clip(total // EACH, 1, MOST))
        cut = np.unique(bins * (2 * before + own) // (2 * max(total, 1)), return_inverse=True)[1]
        stratum[here] = size + cut[back]
        size += int(cut.max(initial=-1)) + 1
    return stratum, size

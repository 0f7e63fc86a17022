"""People who can be held against each other: the same advice, like scores; and which way they were moved."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wfaudit.case import Case
from wfaudit.choices import EVERYONE, JOIN
from wfaudit.counts import Cells, Gridded, count_along
from wfaudit.counts.along import in_order
from wfaudit.counts.binned import BIN, count_binned
from wfaudit.counts.cells import distinct, summed
from wfaudit.errors import AuditError, shown
from wfaudit.measures.overrides.caseloads import columns_of
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


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """Strata: by advice and by bin of the score; ``edges`` are the highest places of the bins."""

    edges: Ints
    stratum: Ints
    size: int


def _moved(case: Case, keys: tuple[str, ...]) -> Gridded:
    """Groups by strata by way: up, down, neither."""
    cells = count_along(case, keys, ("score",) if "score" in case.roles else ())
    there, score = _read(cells, "score")
    cut = _cut(cells, there, score)
    known, where = _placed(cells, cut, there, np.searchsorted(cut.edges, score))
    table = _together(where, cells.n[known], (len(cells.groups), cut.size, 3))
    people = Gridded(cells.groups, np.arange(cut.size, dtype=np.float64), table)
    return _by_cluster(case, keys, cut, people) if case.cluster else people


def _by_cluster(case: Case, keys: tuple[str, ...], cut: _Cut, people: Gridded) -> Gridded:
    """The same people in sparse cells by cluster."""
    edges: list[int] | None = cut.edges.tolist() if "score" in case.roles else None
    cells = count_binned(case, keys, edges, columns_of(case, "override_rate"))
    known, where = _placed(cells, cut, *_read(cells, BIN))
    of, names = cells.axes[case.cluster or ""]
    codes = (in_order(names)[of[known]], *where)
    few, n = summed(codes, (len(names), *people.n.shape), cells.n[known])
    if not np.array_equal(_together(few[1:], n, people.n.shape), people.n):
        raise AuditError(f"{shown(case.source.name)} changed while it was being read.")
    return replace(people, clusters=len(names), cells=(few[0], few[1], few[2], few[3], n))


def _read(cells: Cells, axis: str) -> tuple[Any, Ints]:
    """Whether each cell has a value on an axis, and which; all have one where there is no such axis."""
    at, values = cells.axes.get(axis, (np.zeros(len(cells.n), dtype=np.int64), [0]))
    there = np.array([value is not None for value in values], dtype=bool)
    found = np.array([0 if value is None else value for value in values], dtype=np.int64)
    return there[at], found[at]


def _together(codes: Sequence[Ints], n: Ints, shape: tuple[int, ...]) -> Ints:
    """A table of how many people are where."""
    table = np.zeros(shape, dtype=np.int64)
    np.add.at(table, tuple(codes), n)
    return table


def _cut(cells: Cells, there: Any, score: Ints) -> _Cut:
    """Cut the scores of people who can be held against each other."""
    known = _among(cells, there)
    advice, score = _advice(cells)[cells.state[known]], score[known]
    values, rank = np.unique(score, return_inverse=True)
    stratum, size = _strata(advice, rank.reshape(-1), cells.n[known])
    highest = np.full(size, values.min(initial=0))
    np.maximum.at(highest, stratum, score)
    edges = np.unique(highest)
    into = np.zeros((int(advice.max(initial=0)) + 1, len(edges)), dtype=np.int64)
    into[advice, np.searchsorted(edges, score)] = stratum
    return _Cut(edges, into, size)


def _among(cells: Cells, there: Any) -> Any:
    """Which cells hold people whose decision is held against the advice, and who have a score."""
    return masks(cells.states, RATES["override_rate"], 0)[1][cells.state] & there


def _advice(cells: Cells) -> Ints:
    """The advice in each state."""
    return cells.states["advice"].fillna(0).to_numpy(dtype=np.int64)


def _placed(cells: Cells, cut: _Cut, there: Any, at: Ints) -> tuple[Any, tuple[Ints, Ints, Ints]]:
    """Which cells are among those held, and the group, the stratum and the way of these."""
    ups, downs = (
        masks(cells.states, RATES[rate], 0)[0]
        for rate in ("override_up_rate", "override_down_rate")
    )
    known = _among(cells, there)
    state = cells.state[known]
    way = np.select([ups, downs], [UP, DOWN], NEITHER)
    return known, (cells.group[known], cut.stratum[_advice(cells)[state], at[known]], way[state])


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

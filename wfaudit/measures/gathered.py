"""What people do, summed in the backend: how many and what amounts, by group, label and cluster.

One GROUP BY for all declared groups together where they are few enough, so that every margin is
summed from it; only counts, sums and sums of squares leave the backend.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from ibis import _
from numpy.typing import NDArray

from wfaudit.case import Case
from wfaudit.choices import EVERYONE, JOIN
from wfaudit.counts.along import in_order
from wfaudit.counts.cells import encoded, memo, placed
from wfaudit.sources import fetch

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Keys = tuple[str, ...]
MOST_CROSSED = 2_000  # combinations of levels that are counted at once
MOST_LISTED = 20_000_000  # clusters by groups that are listed rather than sorted
EXACT = "decimal(18, 4)"  # in steps of 0.0001 amounts add up to the same in any order


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """Cells: the place of each on every axis, how many rows it has, and sums by name."""

    axes: dict[str, tuple[Ints, list[Any]]]
    n: Floats
    sums: dict[str, Floats]
    known: dict[Any, Any] = field(default_factory=dict)  # what was worked out of these cells before

    def placed(self, case: Case, keys: Keys) -> tuple[Ints, Any]:
        """Which group each cell belongs to, and every group there is."""
        if keys not in self.known:
            self.known[keys] = placed(case, keys, self.axes | {"n": self.n})
        return self.known[keys]

    def columns(self, *names: str) -> Floats:
        """Some sums side by side, one row a cell."""
        return np.stack([self.sums[name] for name in names], axis=-1)


def gather(
    case: Case, keys: Keys, axes: Mapping[str, Any], sums: Mapping[str, Any] | None = None
) -> Gathered:
    """Count and sum by groups, by further axes and by cluster; asked once, and remembered by the names."""
    wide, sums = at_once(case, keys), sums or {}
    done = memo(case, f"gathered {tuple(axes)} {tuple(sums)}")
    if wide not in done:
        by = {f"group {k}": case.columns[f"group {k}"] for k in wide} | dict(axes)
        if case.cluster:
            by["cluster"] = case.columns[case.cluster]
        done[wide] = _asked(case, by, sums)
    return done[wide]


def at_once(case: Case, keys: Keys) -> Keys:
    """All declared groups, where their combinations are few enough to be counted at once."""
    every = tuple(group.name for group in case.groups)
    crossed = prod(max(len(case.door.levels[name]), 1) for name in every)
    return every if crossed <= MOST_CROSSED else keys


def _asked(case: Case, by: Mapping[str, Any], sums: Mapping[str, Any]) -> Gathered:
    people: Any = case.source.table
    wanted = {"n": people.count()} | {f"sum {at}": each for at, each in enumerate(sums.values())}
    grouped = people.group_by(**by).agg(**wanted) if by else people.agg(**wanted)
    if (
        by and sums
    ):  # amounts are added in one order, so that their last figures don't hang on the rows
        grouped = grouped.order_by(list(by))
    cells = fetch(case.source, grouped)
    found = {name: _numbers(cells[f"sum {at}"]) for at, name in enumerate(sums)}
    return Gathered({name: encoded(cells[name]) for name in by}, _numbers(cells["n"]), found)


def _numbers(column: Any) -> Floats:
    return column.cast(pa.float64()).fill_null(0.0).to_numpy().astype(np.float64)


def amounts(name: str, value: Any) -> dict[str, Any]:
    """The sums that a mean is found from: how many are known, their sum, squares, how many not zero."""
    exact = value.cast(EXACT)
    return {
        f"{name} known": value.notnull().sum(), f"{name} total": exact.sum().cast("float64"),
        f"{name} squares": (exact * exact).sum().cast("float64"), f"{name} some": (value != 0).sum(),
    }  # fmt: skip


def amounts_of(found: Gathered, name: str) -> Floats:
    """The four sums of one amount, one row a cell."""
    return found.columns(*(f"{name} {what}" for what in ("known", "total", "squares", "some")))


# --- effort, of which several questions are asked

# the role, and what is told of it
EFFORT = {
    "contacts": "number of times that somebody spoke to {people}",
    "minutes": "minutes spent on {people}",
    "spending": "amount spent on {people}",
    "payment": "amount paid to providers for {people}",
}


def efforts(case: Case) -> list[str]:
    """The kinds of effort that a case declares."""
    return [role for role in EFFORT if role in case.roles]


def effort(case: Case, keys: Keys, axes: Mapping[str, Any] | None = None) -> Gathered:
    """Every kind of effort, asked for together, by group and by further axes."""
    sums: dict[str, Any] = {}
    for role in efforts(case):
        sums |= amounts(role, case.number(case.roles[role].column))
    return gather(case, keys, axes or {}, sums)


def fifths(case: Case) -> Any:
    """In which fifth of everybody's scores a person stands, by the middle rank of the score."""
    return in_fifths(case, "score", case.columns["score"])


def in_fifths(case: Case, name: str, value: Any, few: int = 0) -> Any:
    """In which fifth of all a value stands, by its middle rank; the value itself where there are few."""
    done = memo(case, "fifths")
    if (name,) not in done:
        done[(name,)] = _starts(case, value, few)
    steps = [(value < start, at) for at, start in enumerate(done[(name,)])]
    return ibis.cases(*steps, (value.notnull(), len(steps)), else_=None) if steps else value


def _starts(case: Case, value: Any, few: int) -> list[Any]:
    """Where the fifths begin, from the second on; nothing where values are few."""
    people: Any = case.source.table
    counts = people.group_by(value=value).agg(n=people.count()).filter(_["value"].notnull())
    found = fetch(case.source, counts.order_by("value"))
    if len(found) <= few:
        return []
    n, values = _numbers(found["n"]), found["value"].to_numpy()
    middle = (np.cumsum(n) - n / 2) / max(n.sum(), 1.0)
    fifth = np.minimum(5 * middle, 4).astype(np.int64)
    starts = (values[fifth >= step] for step in range(1, 5))
    return [start.min().item() for start in starts if len(start)]


# --- laid out by group and label


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """Sums by group, label and column; and once more by cluster, as sparse rows in the order of clusters."""

    keys: Keys
    groups: tuple[Keys, ...]
    labels: tuple[str, ...]
    whole: Floats
    clusters: int = 0
    rows: tuple[Ints, Ints, Floats] | None = None  # cluster, group, labels by columns

    @property
    def names(self) -> list[str]:
        """Each group in words."""
        return [JOIN.join(group) or EVERYONE for group in self.groups]

    def without_each(self, label: int, step: int) -> Iterator[Floats]:
        """One label's sums without each cluster, some clusters at a time: clusters by groups by columns."""
        assert self.rows is not None
        cluster, group, parts = self.rows
        for start in range(0, self.clusters, step):
            stop = min(start + step, self.clusters)
            here = slice(*np.searchsorted(cluster, (start, stop)))
            left = np.repeat(self.whole[None, :, label], stop - start, axis=0)
            left[cluster[here] - start, group[here]] -= parts[here, label]
            yield left


def laid(
    case: Case, keys: Keys, found: Gathered, columns: Floats, labels: Sequence[str] = ("",),
    at: Ints | None = None,
) -> Laid:  # fmt: skip
    """Lay cells out by group and label.

    ``columns`` holds the sums of each cell, for every label or, with ``at``, for the label of the cell;
    a cell whose label is below 0 is left out.
    """
    into, groups = found.placed(case, keys)
    cluster, clusters = cluster_of(case, found)
    mine = slice(None) if at is None else at >= 0
    into, columns, cluster = into[mine], columns[mine], cluster[mine]
    label: Any = slice(None) if at is None else at[mine]
    if at is None and columns.ndim == 2:
        columns = columns[:, None]
    shape = (len(labels), columns.shape[-1])
    whole = np.zeros((len(groups), *shape))
    np.add.at(whole, (into, label), columns)
    if not case.cluster:
        return Laid(keys, groups, tuple(labels), whole)
    pair, back = _distinct(cluster * len(groups) + into, clusters * len(groups))
    parts = np.zeros((len(pair), *shape))
    np.add.at(parts, (back, label), columns)
    rows = (pair // len(groups), pair % len(groups), parts)
    return Laid(keys, groups, tuple(labels), whole, clusters, rows)


def _distinct(codes: Ints, size: int) -> tuple[Ints, Ints]:
    """The codes there are, rising, and which of them each is; ``size`` is how many there could be."""
    if size > MOST_LISTED:
        found, back = np.unique(codes, return_inverse=True)
        return found, back.reshape(-1)
    there = np.bincount(codes, minlength=size) > 0
    return np.flatnonzero(there), (np.cumsum(there) - 1)[codes]


def cluster_of(case: Case, found: Gathered) -> tuple[Ints, int]:
    """The cluster of each cell, by its name and not by where it was found, and how many there are."""
    if not case.cluster:
        return np.zeros(len(found.n), dtype=np.int64), 0
    of, names = found.axes["cluster"]
    return in_order(names)[of], len(names)


def among_all(found: Laid) -> Laid:
    """From how many have each label: among how many of the group, and how many."""

    def widened(counts: Floats) -> Floats:
        total = np.broadcast_to(counts.sum(axis=1, keepdims=True), counts.shape)
        return np.concatenate([total, counts], axis=-1)

    rows = None if found.rows is None else (*found.rows[:2], widened(found.rows[2]))
    return replace(found, whole=widened(found.whole), rows=rows)

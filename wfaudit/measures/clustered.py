"""Any measure over clusters: read it from a table of people, then without each cluster in turn."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from wfaudit.case import Case
from wfaudit.counts import Clustered, Gridded
from wfaudit.counts.table import Ints
from wfaudit.estimators.leftout import LeftOut, Read, Scale, left_out

CHUNK = 500_000  # cells of leave-one-out tables in memory at a time
UNITS = {
    "cluster": "declared cluster",
    "query": "list",
    "matched": "matched set",
    "person": "person",
    "decided_by": "caseworker",
}
# from a table of each side (… by grid by 2) to a number and among how many of each side it is counted
Reading = Callable[..., Read]


def jackknife(case: Case) -> str:
    """What leaves people out one cluster at a time, and what a cluster is in this case."""
    return f"jackknife interval that leaves out one cluster at a time ({unit_of(case)})"


def unit_of(case: Case) -> str:
    """What a cluster is in this case, in words."""
    role = case.cluster or "person"
    name = case.roles[role].name
    if role == "cluster" and name == "query":
        return "a thousandth of all lists"
    return UNITS["decided_by" if name == "decided_by" else role]


def over_clusters(
    people: Gridded, sides: tuple[int, ...], read: Reading, scale: Scale, level: float
) -> LeftOut:
    """What is read from the tables of some groups, with limits over the clusters of these groups."""
    mine = _alone(people, sides)
    size = max(1, CHUNK // max(1, len(sides) * people.n[0].size))
    parts = (
        read(*(mine.without_each(g, start, min(start + size, mine.clusters)) for g in sides))
        for start in range(0, mine.clusters, size)
    )
    return left_out(read(*(people.n[g] for g in sides)), parts, scale, level)


def laid_out(found: Clustered, shape: tuple[int, int, int], at: tuple[Ints, Ints, Ints]) -> Gridded:
    """Clustered people as a table of groups by places by sides; whose place is below 0 is left out.

    ``at`` holds, for each clustered cell, its group, its place and its side.
    """
    known = at[1] >= 0
    cluster, group, place, side, n = (part[known] for part in (found.cluster, *at, found.n))
    table = np.zeros(shape, dtype=np.int64)
    np.add.at(table, (group, place, side), n)
    cells = (cluster, group, place, side, n)
    grid = np.arange(shape[1], dtype=float)
    return Gridded(((),) * shape[0], grid, table, found.clusters, None, cells)


def _alone(people: Gridded, sides: tuple[int, ...]) -> Gridded:
    """The same people with the clusters of these groups only, so that no others are left out in vain."""
    assert people.cells is not None
    mine = np.isin(people.cells[1], sides)
    cluster, *rest = (part[mine] for part in people.cells)
    names, at = np.unique(cluster, return_inverse=True)
    group, place, side, n = rest
    return replace(people, clusters=len(names), cells=(at.reshape(-1), group, place, side, n))

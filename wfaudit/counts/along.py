"""The same people counted once more along further axes: cluster, score, period, time."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wfaudit.case import Case, decode
from wfaudit.counts.cells import memo, placed, query, state_columns, states
from wfaudit.counts.everyone import count
from wfaudit.counts.table import Cells, Clustered, Ints
from wfaudit.errors import AuditError, shown

Floats = NDArray[np.float64]


def count_along(case: Case, keys: tuple[str, ...], axes: tuple[str, ...]) -> Cells:
    """Count by groups, states and the columns named in ``axes``; the margin over axes is ``count``'s."""
    done = memo(case, "along")
    if (*keys, *axes) not in done:
        counts = count(case, keys)
        raw = query(case, [*axes, *[f"group {k}" for k in keys]])
        into, groups = placed(case, keys, raw)
        state, table = states(case, {s: raw[s] for s in state_columns(case)}, raw["n"])
        if groups != counts.groups or not table.equals(counts.states):
            raise AuditError(f"{shown(case.source.name)} changed while it was being read.")
        found = {axis: raw[axis] for axis in axes}
        done[*keys, *axes] = Cells(keys, groups, table, into, state, found, raw["n"])
    return done[*keys, *axes]


def count_clustered(case: Case, keys: tuple[str, ...]) -> Clustered:
    """Count once more with the cluster as a key; the margin over clusters is ``count``'s."""
    done = memo(case, "clustered")
    if keys not in done:
        role = case.cluster or "cluster"
        cells = count_along(case, keys, (role,))
        at, values = cells.axes[role]
        cluster = _in_order(values)[at]
        order = np.lexsort((cells.state, cells.group, cluster))
        parts = [part[order] for part in (cluster, cells.group, cells.state, cells.n)]
        done[keys] = Clustered(count(case, keys), len(values), *parts)
    return done[keys]


def _in_order(clusters: list[Any]) -> Ints:
    """Each cluster's place by its name, so that sums over clusters don't hang on the order of rows."""
    names = [decode.text_of(cluster) or "" for cluster in clusters]
    place = np.empty(len(names), dtype=np.int64)
    place[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    return place


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """How many people have each score and had the outcome, or not: groups by score, score rising."""

    groups: tuple[tuple[str, ...], ...]
    score: Floats
    events: Ints
    nonevents: Ints


def count_scored(case: Case, keys: tuple[str, ...], role: str = "score") -> Scored:
    """People with a score and a recorded outcome, by group and by the score's place on its grid."""
    cells = count_along(case, keys, (role,))
    at, values = cells.axes[role]
    grid = np.array(sorted(v for v in values if v is not None), dtype=np.int64)
    known = np.array([v is not None for v in values], dtype=bool)
    place = np.searchsorted(grid, [0 if v is None else v for v in values])
    outcome = cells.states["outcome"]
    yes, no = (
        np.asarray((outcome == answer).fillna(False), dtype=bool) for answer in (True, False)
    )
    sides: list[Ints] = []
    for side in (yes, no):
        mine = known[at] & side[cells.state]
        table = np.zeros((len(cells.groups), len(grid)), dtype=np.int64)
        np.add.at(table, (cells.group[mine], place[at[mine]]), cells.n[mine])
        sides.append(table)
    score: Any = grid * case.roles[role].resolution
    return Scored(cells.groups, score, *sides)

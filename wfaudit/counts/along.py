"""The same people counted once more along further axes: cluster, score, period, time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.case import Case, decode
from wfaudit.case.roles import where
from wfaudit.counts.cells import (
    MANY,
    asked,
    asked_in_parts,
    meaning,
    memo,
    placed,
    query,
    state_columns,
    states,
    summed,
)
from wfaudit.counts.everyone import count
from wfaudit.counts.table import Cells, Clustered, Ints
from wfaudit.errors import AuditError, rows, shown
from wfaudit.sources import fetch

Floats = NDArray[np.float64]


def count_along(case: Case, keys: tuple[str, ...], axes: tuple[str, ...]) -> Cells:
    """Count by groups, states and the columns named in ``axes``; the margin over axes is ``count``'s.

    Groups that are crossed in the case are counted crossed, once; fewer keys share those cells.
    """
    done = memo(case, f"along {axes}")
    if keys not in done:
        wide = widest(case, keys)
        if wide == keys:
            done[keys] = _asked_along(case, keys, axes)
        else:
            done[keys] = shared(count_along(case, wide, axes), keys, count(case, keys).groups)
    return done[keys]


def widest(case: Case, keys: tuple[str, ...]) -> tuple[str, ...]:
    """The declared intersection with most keys that holds these, or these."""
    wider = [i for i in case.intersections if set(keys) < set(i)]
    return max(wider, key=len) if wider else keys


def _asked_along(case: Case, keys: tuple[str, ...], axes: tuple[str, ...]) -> Cells:
    counts, names = count(case, keys), [*reversed(axes), *[f"group {k}" for k in keys]]
    raw = fine(case, [*names, *state_columns(case)]) if len(axes) > 1 else query(case, names)
    into, groups = placed(case, keys, raw)
    state, table = states(case, {s: raw[s] for s in state_columns(case)}, raw["n"])
    if groups != counts.groups or not table.equals(counts.states):
        raise AuditError(f"{shown(case.source.name)} changed while it was being read.")
    found = {axis: raw[axis] for axis in axes}
    return Cells(keys, groups, table, into, state, found, raw["n"])


def fine(case: Case, names: Sequence[str]) -> dict[str, Any]:
    """Cells of so many columns that there are nearly as many as rows."""
    by: Any = {name: case.columns[name] for name in names}
    return (asked_in_parts if case.door.rows > MANY else asked)(case, by)


def shared(wide: Cells, keys: tuple[str, ...], groups: tuple[tuple[str, ...], ...]) -> Cells:
    """The same cells by fewer keys: all but the groups are the very arrays of the wider set."""
    at = [wide.keys.index(k) for k in keys]
    place = {g: i for i, g in enumerate(groups)}
    into = np.array([place[tuple(g[i] for i in at)] for g in wide.groups], dtype=np.int64)
    return replace(wide, keys=keys, groups=groups, group=into[wide.group])


def count_clustered(case: Case, keys: tuple[str, ...]) -> Clustered:
    """Count once more with the cluster as a key; the margin over clusters is ``count``'s."""
    done = memo(case, "clustered")
    if keys not in done:
        role = case.cluster or "cluster"
        cells = count_along(case, keys, (role,))
        at, values = cells.axes[role]
        parts = (in_order(values)[at], cells.group, cells.state)
        few, n = summed(parts, (len(values), len(cells.groups), len(cells.states)), cells.n)
        done[keys] = Clustered(count(case, keys), len(values), few[0], few[1], few[2], n)
    return done[keys]


def in_order(clusters: list[Any]) -> Ints:
    """Each cluster's place by its name, so that sums over clusters don't hang on the order of rows."""
    names = [decode.text_of(cluster) or "" for cluster in clusters]
    place = np.empty(len(names), dtype=np.int64)
    place[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    return place


# --- along a grid: scores with their outcome, times with whether their end was seen


@dataclass(frozen=True, slots=True, eq=False)
class Gridded:
    """People along a grid: ``n`` is groups by grid by (yes, no); clusters as sparse cells beside it.

    Yes and no are the outcome at a score, and an end that was seen, or not, at a time.
    """

    groups: tuple[tuple[str, ...], ...]
    grid: Floats
    n: Ints
    clusters: int = 0
    states: pd.DataFrame | None = None
    cells: tuple[Ints, Ints, Ints, Ints, Ints] | None = None  # cluster, group, place, yes or no, n

    def without_each(self, group: int, start: int, stop: int) -> Ints:
        """One group's table without each cluster from ``start`` to ``stop``: clusters by grid by 2."""
        assert self.cells is not None
        cluster, of, place, side, n = self.cells
        here = (of == group) & (cluster >= start) & (cluster < stop)
        left = np.repeat(self.n[group][None], stop - start, axis=0)
        np.subtract.at(left, (cluster[here] - start, place[here], side[here]), n[here])
        return left


def count_scored(case: Case, keys: tuple[str, ...], role: str = "score") -> Gridded:
    """People with a score and a recorded outcome, by group and by the score's place on its grid.

    Of clusters the last asked for is remembered: there are very many cells.
    """
    last = memo(case, "scored")
    if (role, *keys) not in last:
        last.clear()
        last[role, *keys] = _scored(case, keys, role)
    return last[role, *keys]


def _scored(case: Case, keys: tuple[str, ...], role: str) -> Gridded:
    cluster = case.cluster or ""
    cells = _with_outcomes(case, keys, role) if cluster else count_along(case, keys, (role,))
    outcome = cells.states["outcome"]
    known = outcome.notna().to_numpy(dtype=bool)[cells.state]
    side = (~outcome.fillna(False).to_numpy(dtype=bool)[cells.state]).astype(np.int64)
    found = _gridded(cells, cells.axes[role], known, side, cluster)
    score: Any = found.grid * case.roles[role].resolution
    return replace(found, grid=score)


def _with_outcomes(case: Case, keys: tuple[str, ...], role: str) -> Cells:
    """People by cluster, score and outcome; what else is known of them would make more cells."""
    done, cluster = memo(case, f"outcomes along {role}"), case.cluster or ""
    wide = widest(case, keys)
    if wide not in done:
        names = [cluster, role, *[f"group {k}" for k in wide], "outcome"]
        raw = fine(case, names)
        into, groups = placed(case, wide, raw)
        at, values = raw["outcome"]
        per_value = np.bincount(at, raw["n"], minlength=len(values)).astype(np.int64)
        table = pd.DataFrame({"outcome": meaning(case, "outcome", values, per_value)})
        axes = {axis: raw[axis] for axis in (role, cluster)}
        done[wide] = Cells(wide, groups, table, into, at, axes, raw["n"])
    return done[wide] if wide == keys else shared(done[wide], keys, count(case, keys).groups)


def count_timed(case: Case, keys: tuple[str, ...], role: str) -> Gridded:
    """People by group and by how long their spell lasted, its end seen or not."""
    time, observed = f"{role} time", f"{role} observed"
    _refuse_times(case, role)
    cells, cluster = _with_clusters(case, keys, (time, observed))
    at, values = cells.axes[observed]
    per_value = np.bincount(at, cells.n, minlength=len(values)).astype(np.int64)
    seen = decode.yes_no(
        case, replace(case.roles[role], column=case.roles[role].observed), values, per_value
    )
    known = np.array([s is not None for s in seen], dtype=bool)[at]
    side = np.array([0 if s else 1 for s in seen], dtype=np.int64)[at]
    return _gridded(cells, cells.axes[time], known, side, cluster)


def count_states(case: Case, keys: tuple[str, ...]) -> Gridded:
    """People by group and by their joint state (tier, flag, decision, outcome), as a grid of states."""
    counts = count(case, keys)
    grid = np.arange(len(counts.states), dtype=float)
    if not case.cluster:
        return Gridded(counts.groups, grid, counts.n[:, :, None], states=counts.states)
    found = count_clustered(case, keys)
    side = np.zeros(len(found.n), dtype=np.int64)
    cells = (found.cluster, found.group, found.state, side, found.n)
    return Gridded(counts.groups, grid, counts.n[:, :, None], found.clusters, counts.states, cells)


def _refuse_times(case: Case, name: str) -> None:
    """Stop where a time can't be one: nobody is dropped silently, nobody leaves before the start."""
    role = case.roles[name]
    given, time = cast(Any, case.known(role.time)), cast(Any, case.columns[f"{name} time"])
    odd = (given.notnull() & time.isnull()) | time.isinf() | (time < 0)
    answer = fetch(case.source, case.source.table.aggregate(n=odd.sum()))
    if n := answer["n"].to_pylist()[0]:
        raise AuditError(
            f"{where(case.source.name, role, role.time)}: in {rows(int(n))} the time is no number of 0 or "
            'more. Mend the column, or declare the words that stand for missing, such as missing = ["NA"].'
        )


def _with_clusters(case: Case, keys: tuple[str, ...], axes: tuple[str, ...]) -> tuple[Cells, str]:
    cluster = case.cluster or ""
    return count_along(case, keys, (*axes, cluster) if cluster else axes), cluster


def _gridded(
    cells: Cells, axis: tuple[Ints, list[Any]], known: NDArray[np.bool_], side: Ints, cluster: str
) -> Gridded:
    at, values = axis
    there = np.array([v is not None and v == v for v in values], dtype=bool)
    grid = np.unique(
        np.array([v for v, yes in zip(values, there, strict=True) if yes], dtype=float)
    )
    place = np.searchsorted(grid, [v if yes else 0 for v, yes in zip(values, there, strict=True)])[
        at
    ]
    mine = known & there[at]
    group, place, side, n = (part[mine] for part in (cells.group, place, side, cells.n))
    table = np.zeros((len(cells.groups), len(grid), 2), dtype=np.int64)
    np.add.at(table, (group, place, side), n)
    if not cluster:
        return Gridded(cells.groups, grid, table)
    of, names = cells.axes[cluster]
    # in an order of their own, not that of the rows: sums of floats would hang on it
    parts = (in_order(names)[of][mine], group, place, side)
    few, n = summed(parts, (len(names), *table.shape), n)
    return Gridded(cells.groups, grid, table, len(names), None, (few[0], few[1], few[2], few[3], n))

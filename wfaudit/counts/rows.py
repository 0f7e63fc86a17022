"""Counts from rows: one query a key set, margins from the widest set already counted."""

from dataclasses import replace
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.counts.cells import (
    combinations,
    dense,
    encoded,
    memo,
    placed,
    query,
    state_columns,
    states,
)
from wfaudit.counts.table import Counts, Ints
from wfaudit.errors import AuditError, shown
from wfaudit.sources import fetch


def from_rows(case: Case, keys: tuple[str, ...]) -> Counts:
    """Counts of the rows by these groups, checked to add up to all rows."""
    found = _wider(case, keys)
    if found is None:
        cells = query(case, [f"group {k}" for k in keys])
        into, groups = placed(case, keys, cells)
        state, table = states(case, {s: cells[s] for s in state_columns(case)}, cells["n"])
        found = Counts(keys, groups, table, dense(groups, table, into, state, cells["n"]))
    if int(found.n.sum()) != case.door.rows:
        raise AuditError(
            f"{shown(case.source.name)} held {case.door.rows:,} rows, then {int(found.n.sum()):,}: it "
            "changed while it was being read; nothing was written."
        )
    return replace(found, people=_distinct(case, found)) if case.repeated else found


def _wider(case: Case, keys: tuple[str, ...]) -> Counts | None:
    """The margin of the smallest set already counted that holds these keys."""
    wider = [c for k, c in memo(case, "counts").items() if set(keys) < set(k)]
    if not wider:
        return None
    margin = min(wider, key=lambda c: len(c.groups)).margin(keys)
    return arranged(margin, combinations(case, keys, margin.groups))


def arranged(counts: Counts, groups: tuple[tuple[str, ...], ...]) -> Counts:
    """The same counts with every group there is, in order."""
    place = {g: i for i, g in enumerate(groups)}
    into = np.array([place[g] for g in counts.groups], dtype=np.int64)
    n = np.zeros((len(groups), counts.n.shape[1]), dtype=np.int64)
    n[into] = counts.n
    return replace(counts, groups=groups, n=n)


def _distinct(case: Case, found: Counts) -> Ints:
    """Distinct persons by group: a query of its own, since persons don't add up over groups."""
    columns = [f"group {k}" for k in found.keys]
    people = case.rows
    persons = people["person"].nunique()
    grouped = people.group_by(columns).agg(n=persons) if columns else people.agg(n=persons)
    cells = fetch(case.source, grouped)
    coded: dict[str, Any] = {c: encoded(cells[c]) for c in columns}
    coded["n"] = cells["n"].to_numpy().astype(np.int64)
    into, groups = placed(case, found.keys, coded)
    people_in = np.zeros(len(groups), dtype=np.int64)
    np.add.at(people_in, into, coded["n"])
    return people_in

"""From one period to the next: how many people moved from which state to which, person by person."""

from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np

from wfaudit.case import Case, decode
from wfaudit.counts.along import in_order
from wfaudit.counts.cells import encoded, memo, placed
from wfaudit.counts.table import Ints
from wfaudit.sources import fetch


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """Sparse cells of moves: cluster, group, state before and after, whether a new spell began, how many."""

    groups: tuple[tuple[str, ...], ...]
    states: tuple[str, ...]
    clusters: int
    cluster: Ints
    group: Ints
    before: Ints
    after: Ints
    renewed: Ints  # 1 where the spell is another one in the next period, -1 where that is not known
    n: Ints


def count_moves(case: Case, keys: tuple[str, ...]) -> Moves:
    """Count moves between a person's periods that follow each other; the group is that before the move."""
    done = memo(case, "moves")
    if keys not in done:
        done[keys] = _counted(case, keys)
    return done[keys]


def _counted(case: Case, keys: tuple[str, ...]) -> Moves:
    table = case.source.table
    by = [f"group {k}" for k in keys]
    unit = "cluster" if "cluster" in case.roles else "person"
    named = {name: case.columns[name] for name in (*by, "person", "period", unit)}
    spell: Any = (
        case.known(case.roles["spell"].column) if "spell" in case.roles else ibis.null("string")
    )
    rows: Any = table.select(**named, state=case.known(case.roles["state"].column), spell=spell)
    then = ibis.window(group_by="person", order_by="period")
    rows = rows.mutate(after=rows.state.lead().over(then), later=rows.spell.lead().over(then))
    moved = rows.filter(rows.state.notnull() & rows.after.notnull())
    moved = moved.mutate(renewed=(moved.spell != moved.later).cast("int64").fill_null(-1))
    columns = list(dict.fromkeys([*by, unit, "state", "after", "renewed"]))
    cells = fetch(case.source, moved.group_by(columns).agg(n=moved.count()))
    coded: dict[str, Any] = {c: encoded(cells[c]) for c in columns}
    coded["n"] = cells["n"].to_numpy().astype(np.int64)
    group, groups = placed(case, keys, coded)
    return _arranged(coded, unit, group, groups)


def _arranged(coded: dict[str, Any], unit: str, group: Ints, groups: Any) -> Moves:
    found = [[decode.text_of(v) or "" for v in coded[c][1]] for c in ("state", "after")]
    states = tuple(sorted({*found[0], *found[1]}))
    at = {state: i for i, state in enumerate(states)}
    before, after = (
        np.array([at[s] for s in names], dtype=np.int64)[coded[c][0]]
        for names, c in zip(found, ("state", "after"), strict=True)
    )
    of, names = coded[unit]
    renewed = np.array([-1 if v is None else v for v in coded["renewed"][1]], dtype=np.int64)[
        coded["renewed"][0]
    ]
    cluster = in_order(names)[of]
    order = np.lexsort((renewed, after, before, group, cluster))
    parts = [part[order] for part in (cluster, group, before, after, renewed, coded["n"])]
    return Moves(groups, states, len(names), *parts)

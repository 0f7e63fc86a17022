"""The same people by cluster and by bins of the score: the bins are cut in the backend, not here."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import ibis

from wfaudit.case import Case
from wfaudit.counts.along import shared, widest
from wfaudit.counts.cells import asked, memo, placed, states
from wfaudit.counts.everyone import count
from wfaudit.counts.table import Cells

BIN = "bin"


def count_binned(
    case: Case, keys: tuple[str, ...], edges: Sequence[int] | None, read: Sequence[str]
) -> Cells:
    """Count by groups, clusters, the bin a score stands in, and the states named in ``read``.

    ``edges`` are the highest places of the bins on the score's grid; nobody beyond them, or without a
    score, stands in a bin; None asks for no bins. Far fewer cells than single scores make.
    """
    done = memo(case, f"binned {edges} {read}")
    if keys not in done:
        wide = widest(case, keys)
        if wide == keys:
            done[keys] = _asked_binned(case, keys, edges, read)
        else:
            cells = count_binned(case, wide, edges, read)
            done[keys] = shared(cells, keys, count(case, keys).groups)
    return done[keys]


def _asked_binned(
    case: Case, keys: tuple[str, ...], edges: Sequence[int] | None, read: Sequence[str]
) -> Cells:
    cluster = case.cluster or "cluster"
    names = [cluster, *[f"group {k}" for k in keys], *read]
    bins = {} if edges is None else {BIN: _bin(case, edges)}
    raw = asked(case, bins | {name: case.columns[name] for name in names})
    into, groups = placed(case, keys, raw)
    state, table = states(replace(case, rules=()), {name: raw[name] for name in read}, raw["n"])
    axes = {axis: raw[axis] for axis in (*bins, cluster)}
    return Cells(keys, groups, table, into, state, axes, raw["n"])


def _bin(case: Case, edges: Sequence[int]) -> Any:
    score: Any = case.columns["score"]
    steps = [(score <= edge, at) for at, edge in enumerate(edges)]
    return ibis.cases(*steps, else_=None) if steps else ibis.null("int64")

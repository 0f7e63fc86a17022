"""Progress that is not a straight line: moves between states, and spells that begin again."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wfaudit.case import Case
from wfaudit.choices import EVERYONE, JOIN
from wfaudit.counts import Moves, count_moves
from wfaudit.errors import AuditError, no_group, not_one_of
from wfaudit.estimators import clusters
from wfaudit.measures.knife import told
from wfaudit.measures.made import By, made
from wfaudit.measures.values import declared_reference
from wfaudit.result import SELF, Result

Bools = NDArray[np.bool_]
ARROW = " → "
MOVES = {
    "transition_rate": "Share of {people} in a state who are in another one in the next period",
    "repeat_spell_rate": "Share of {people} with a next period in which another spell begins",
}
TOLD = {
    "transition_rate": ("in the first state", "made the move “{at}”"),
    "repeat_spell_rate": ("with a next period", "were followed by a new spell"),
}


@dataclass(frozen=True, slots=True)
class _Move:
    label: str
    hit: Bools
    among: Bools


def lacks_moves(case: Case, measure: str) -> str:
    """Why a case can't tell moves, or nothing."""
    wanted = ("person", "period", "state", *(("spell",) if measure == "repeat_spell_rate" else ()))
    absent = [role for role in wanted if role not in case.roles]
    return f"the case declares no {' and no '.join(absent)}" if absent else ""


def moves(case: Case, measure: str, *, by: By = None, compare: bool = False) -> Result:
    """How often people move from one state to another by the next period, or into a new spell.

    One row a pair of states (``at``) and group; with ``compare`` the gap to the declared reference.
    Moves of one person are not unrelated: the interval leaves out one person (or declared cluster) at
    a time. Pairs of states that nobody moves between are left out.

    >>> import wfaudit as wf
    >>> from wfaudit.measures import moves
    >>> moves(wf.load("spells"), "repeat_spell_rate").to_frame()[["n", "estimate"]].round(3).values.tolist()
    [[140000, 0.084]]
    """
    if measure not in MOVES:
        raise not_one_of("measure of moves", measure, MOVES)
    case.unweighted(measure)
    if why := lacks_moves(case, measure):
        raise AuditError(f"{measure} can't be measured: {why}.")
    keys = case.keys(by)
    reference = declared_reference(case, keys) if compare else ""
    found = count_moves(case, keys)
    names = [JOIN.join(g) or EVERYONE for g in found.groups]
    if compare and reference not in names:
        raise no_group(JOIN.join(keys), reference, names)
    ref = names.index(reference) if compare else None
    lines = [
        _line(case, measure, keys, found, move, (g, ref))
        for move in _moves(measure, found)
        for g in range(len(names))
    ]
    kind: Literal["rate", "gap"] = "gap" if compare else "rate"
    return made(
        case, measure, kind, MOVES[measure],
        "jackknife interval that leaves out one person, or declared cluster, at a time", lines, by=keys,
        among=TOLD[measure][0], does=TOLD[measure][1], at_name="move" if measure == "transition_rate" else "",
    )  # fmt: skip


def _moves(measure: str, found: Moves) -> Iterator[_Move]:
    if measure == "repeat_spell_rate":
        yield _Move("", found.renewed == 1, found.renewed >= 0)
        return
    for a, before in enumerate(found.states):
        for b, after in enumerate(found.states):
            hit = (found.before == a) & (found.after == b)
            if a != b and hit.any():
                yield _Move(f"{before}{ARROW}{after}", hit, found.before == a)


def _per_cluster(found: Moves, move: _Move, g: int) -> tuple[Any, Any]:
    here = found.group == g
    hits, among = (
        np.bincount(found.cluster[here & which], found.n[here & which], found.clusters).astype(
            float
        )
        for which in (move.hit & move.among, move.among)
    )
    return hits, among


def _line(
    case: Case,
    measure: str,
    keys: tuple[str, ...],
    found: Moves,
    move: _Move,
    pair: tuple[int, int | None],
) -> dict[str, Any]:
    g, ref = pair
    names = [JOIN.join(group) or EVERYONE for group in found.groups]
    k, n = _per_cluster(found, move, g)
    line: dict[str, Any] = {
        "measure": measure, "by": JOIN.join(keys) or EVERYONE, "group": names[g], "at": move.label,
        "n": int(n.sum()), "k": int(k.sum()),
    }  # fmt: skip
    if ref is None:
        share = k.sum() / n.sum() if n.sum() else np.nan
        return line | told(share, clusters.jackknife_rate(k, n), case.choices.level)
    k_ref, n_ref = _per_cluster(found, move, ref)
    line |= {
        "reference": names[ref], "n_reference": int(n_ref.sum()), "k_reference": int(k_ref.sum()),
    }  # fmt: skip
    if g == ref:
        return line | {"estimate": 0.0, "low": np.nan, "high": np.nan, "note": SELF}
    least = min(n.sum(), n_ref.sum())
    gap = k.sum() / n.sum() - k_ref.sum() / n_ref.sum() if least else np.nan
    return line | told(gap, clusters.jackknife_gap(k, n, k_ref, n_ref), case.choices.level)

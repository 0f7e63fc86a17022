"""The people of a comparison: counted along all that it needs, or the rows of one half."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.case import Case, decode
from wfaudit.case.case import COMPARE
from wfaudit.case.roles import Role
from wfaudit.choices import JOIN
from wfaudit.counts import count, count_along

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
OUTCOME = "outcome"
SCORES = ("score", "previous_score")
STATES = ("tier", "flagged", "decision", "before", "outcome")


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """People, each cell ``n`` of them, with what roles say of them; not-a-number where not recorded."""

    n: Floats
    group: Ints
    groups: tuple[str, ...]
    told: dict[str, Floats]
    cluster: Ints | None
    inputs: dict[str, Any]

    def at(self, role: str) -> Floats | None:
        """What a role says of each cell, where the case declares it."""
        return self.told.get(role)


# --- what a case declares


def outcomes(case: Case) -> tuple[str, ...]:
    """The yes/no definitions of the outcome: the outcome itself, then the others by name."""
    main = (OUTCOME,) if OUTCOME in case.states else ()
    return (*main, *(role.name for role in _others(case)))


def timed(case: Case) -> Iterator[tuple[str, str]]:
    """The definitions that are times, which no flag can be held against yet."""
    for role in case.timed:
        if role.name.partition(".")[0] in (OUTCOME, "outcomes"):
            yield (
                role.name,
                "a time that may be censored, so that yes or no is not known of everyone",
            )


def chance(case: Case) -> bool:
    """Whether the model's score states a chance."""
    return "score" in case.roles and case.roles["score"].probability


def cut_off(case: Case) -> float:
    """The declared cut-off of a score that is a probability, else not-a-number."""
    flagged, tier = case.roles.get("flagged"), case.roles.get("tier")
    if not chance(case) or flagged is None:
        return np.nan
    cut = flagged.score_at_least
    if cut is None and flagged.tier_at_least and tier and tier.cuts:
        at = tier.order.index(flagged.tier_at_least)
        cut = tier.cuts[at - 1] if at else None
    return cut if cut is not None and 0 < cut < 1 else np.nan


# --- reading


def _others(case: Case) -> list[Role]:
    return [r for n, r in case.roles.items() if n.startswith("outcomes.") and r.column]


def _beside(case: Case) -> list[Role]:
    """Roles that are no part of a state, and yet say yes, no or a tier."""
    apart = "before" in case.roles and "before" not in case.states
    before = [case.roles["before"]] if apart else []
    return [*before, *_others(case)]


def widened(case: Case) -> Case:
    """The same case with these roles among the columns that people may be counted along."""
    wide = replace(case)
    vars(wide)["door"] = case.door  # the same people, checked already
    for role in _beside(case):
        column: Any = case.known(role.column)
        if role.compare:
            how, edge = role.compare
            column = getattr(case.number(role.column), COMPARE[how])(edge)
        wide.columns[role.name] = column
    return wide


def states(case: Case) -> tuple[str, ...]:
    """The states a comparison reads, as far as the case tells them."""
    return tuple(name for name in STATES if name in case.states)


def roles(case: Case) -> list[str]:
    """What a comparison reads of each person, as far as the case declares it."""
    scores = [name for name in SCORES if name in case.roles]
    cluster = [case.cluster] if case.cluster else []
    return [*scores, *states(case), *(r.name for r in _beside(case)), *cluster]


def everyone(case: Case, keys: tuple[str, ...]) -> People:
    """All people, counted along what a comparison needs."""
    axes = [name for name in roles(case) if name not in states(case)]
    cells = count_along(case, keys, tuple(axes))
    told = {s: _numbers(cells.states[s])[cells.state] for s in states(case)}
    for name in axes:
        at, values = cells.axes[name]
        if name != case.cluster:
            told[name] = _read(case, name, at, values, cells.n)
    cluster = _ranked(*cells.axes[case.cluster]) if case.cluster else None
    keep = [np.zeros(len(cells.n)) if cluster is None else cluster, *told.values(), cells.group]
    order = np.lexsort(keep)  # a database gives cells in any order, and sums of floats hang on it
    groups = tuple(JOIN.join(g) for g in cells.groups)
    return People(
        cells.n.astype(np.float64)[order], cells.group[order], groups,
        {role: values[order] for role, values in told.items()},
        None if cluster is None else cluster[order], {},
    )  # fmt: skip


def _ranked(at: Ints, values: list[Any]) -> Ints:
    """Each cluster's place by its name."""
    names = np.array([decode.text_of(value) or "" for value in values], dtype=object)
    return np.unique(names.astype(str), return_inverse=True)[1][at].astype(np.int64)


def half(case: Case, keys: tuple[str, ...], rows: pd.DataFrame, inputs: list[str]) -> People:
    """The rows of one half, each a cell of one."""
    groups = tuple(JOIN.join(g) for g in count(case, keys).groups)
    group = _group(rows, keys, groups)
    n = np.ones(len(rows))
    told = {s: _numbers(rows[s]) for s in (*states(case), *SCORES) if s in rows}
    for role in _beside(case):
        at, values = pd.factorize(rows[role.name], use_na_sentinel=False)
        told[role.name] = _read(case, role.name, at, list(values), n)
    cluster = pd.factorize(rows[case.cluster], use_na_sentinel=False)[0] if case.cluster else None
    given = {name: rows[f"input {name}"] for name in inputs}
    return People(n, group, groups, told, cluster, given)


def _group(rows: Any, keys: tuple[str, ...], groups: tuple[str, ...]) -> Ints:
    if not keys:
        return np.zeros(len(rows), dtype=np.int64)
    names = rows[f"group {keys[0]}"]
    for key in keys[1:]:
        names = names + JOIN + rows[f"group {key}"]
    return pd.Index(groups).get_indexer(names).astype(np.int64)


def _read(case: Case, name: str, at: Ints, values: list[Any], n: Any) -> Floats:
    """What the distinct values of a role mean, spread over the cells that hold them."""
    role = case.roles[name]
    if name in SCORES:
        whole = [np.nan if v is None or v != v else float(v) for v in values]
        return (np.array(whole) * role.resolution)[at]
    held = np.bincount(at, n, minlength=len(values)).astype(np.int64)
    decoded = (decode.ordered if role.order else decode.yes_no)(case, role, values, held)
    return np.array([np.nan if v is None else float(v) for v in decoded])[at]


def _numbers(column: Any) -> Floats:
    plain: Any = pd.Series(column).astype("Float64")
    return plain.to_numpy(dtype=np.float64, na_value=np.nan)

"""From one GROUP BY to codes: which group and which state each counted cell belongs to."""

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any, cast

import numpy as np
import pandas as pd

from wfaudit.case import Case, decode, traces
from wfaudit.choices import NOT_RECORDED
from wfaudit.counts.table import Ints
from wfaudit.errors import AuditError, shown
from wfaudit.sources import fetch, parted

MOST_CELLS = 50_000_000
DENSE, SMALL = 8, 1_000_000  # tables of all combinations: so many times the cells, or so large
MANY = 1_000_000  # rows, beyond which cells of many keys are counted in parts


def memo(case: Case, kind: str) -> dict[tuple[str, ...], Any]:
    """What was counted before, so that each key set is read once."""
    return case.counted.setdefault(kind, {})


def query(case: Case, columns: list[str]) -> dict[str, Any]:
    """One plain GROUP BY of declared columns and states; only the counts come back."""
    return asked(case, {c: case.columns[c] for c in [*columns, *state_columns(case)]})


def asked(case: Case, by: dict[str, Any]) -> dict[str, Any]:
    """The same, of any columns that are worked out from the declared ones."""
    cells = fetch(case.source, _grouped(case.source.table, by))
    return {c: encoded(cells[c]) for c in by} | {"n": cells["n"].to_numpy().astype(np.int64)}


def asked_in_parts(case: Case, by: dict[str, Any]) -> dict[str, Any]:
    """The same cells, a part of the first column's values at a time.

    Where so many keys are asked that there are nearly as many cells as rows, they never stand in
    memory as they are, neither here nor in the backend.
    """
    values: dict[str, dict[Any, int]] = {c: {} for c in by}
    codes: dict[str, list[Any]] = {c: [] for c in [*by, "n"]}
    first: Any = next(iter(by.values()))
    for people in parted(case.source.table, first, case.door.rows, MANY):
        cells = fetch(case.source, _grouped(people, by))
        for c in by:
            at, met = encoded(cells[c])
            place = [values[c].setdefault(value, len(values[c])) for value in met]
            codes[c].append(np.array(place, dtype=np.int32)[at])
        codes["n"].append(cells["n"].to_numpy().astype(np.int64))
    found: dict[str, Any] = {c: (np.concatenate(codes.pop(c)), list(values[c])) for c in by}
    found["n"] = np.concatenate(codes["n"])
    if int(found["n"].sum()) != case.door.rows:
        raise AuditError(f"{shown(case.source.name)} changed while it was being read.")
    return found


def _grouped(people: Any, by: dict[str, Any]) -> Any:
    total: Any = people.count()
    return people.group_by(**by).agg(n=total) if by else people.agg(n=total)


def encoded(column: Any) -> tuple[Ints, list[Any]]:
    """A column as codes, and the distinct values they stand for."""
    coded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    if hasattr(coded, "chunks"):
        coded = coded.combine_chunks()
    return coded.indices.to_numpy().astype(np.int64), coded.dictionary.to_pylist()


def state_columns(case: Case) -> list[str]:
    """The columns a state is made of."""
    return [s for s in case.states if s in case.columns]


def placed(case: Case, keys: tuple[str, ...], cells: dict[str, Any]) -> tuple[Ints, Any]:
    """Which group each cell belongs to, and every group there is."""
    total, codes = len(cells["n"]), []
    if not keys:
        return np.zeros(total, dtype=np.int64), combinations(case, keys, ((),))
    for key in keys:
        at, values = cells[f"group {key}"]
        n = np.bincount(at, cells["n"], minlength=len(values)).astype(np.int64)
        found = decode.levels(case, case.group(key), values, n)
        place = {level: i for i, level in enumerate(case.door.levels[key])}
        codes.append(np.array([place[level] for level in found], dtype=np.int64)[at])
    few, at = distinct(codes, [len(case.door.levels[k]) for k in keys])
    words = [
        tuple(case.door.levels[k][i] for k, i in zip(keys, g, strict=True))
        for g in zip(*(code.tolist() for code in few), strict=True)
    ]
    groups = combinations(case, keys, words)
    where = {g: i for i, g in enumerate(groups)}
    return np.array([where[g] for g in words], dtype=np.int64)[at], groups


def distinct(codes: Sequence[Ints], sizes: Sequence[int]) -> tuple[list[Ints], Ints]:
    """The combinations of codes that are there, in order, and which of them each cell has.

    ``sizes`` says below which number the codes of each column lie.

    >>> few, at = distinct([np.array([1, 0, 1]), np.array([2, 0, 2])], [2, 3])
    >>> [code.tolist() for code in few], at.tolist()
    ([[0, 1], [0, 2]], [1, 0, 1])
    """
    sizes = [max(size, 1) for size in sizes]
    flat, size = np.ravel_multi_index(tuple(codes), sizes), prod(sizes)
    if size > max(DENSE * len(flat), SMALL):
        there, at = np.unique(flat, return_inverse=True)
    else:  # no sorting of all the cells where a table of all combinations can be held
        seen = np.zeros(size, dtype=bool)
        seen[flat] = True
        there = np.flatnonzero(seen)
        place = np.zeros(size, dtype=np.int32)
        place[there] = np.arange(len(there), dtype=np.int32)
        at = place[flat].astype(np.int64)
    return [x.astype(np.int64, copy=False) for x in np.unravel_index(there, sizes)], at.reshape(-1)


def summed(codes: Sequence[Ints], sizes: Sequence[int], n: Any) -> tuple[list[Ints], Ints]:
    """Cells of the same codes put together, in the order of the codes: their codes, and how many.

    >>> few, n = summed([np.array([1, 0, 1]), np.array([2, 0, 2])], [2, 3], np.array([4, 1, 5]))
    >>> [code.tolist() for code in few], n.tolist()
    ([[0, 1], [0, 2]], [1, 9])
    """
    few, at = distinct(codes, sizes)
    return few, np.bincount(at, n, len(few[0])).astype(np.int64)


def combinations(case: Case, keys: tuple[str, ...], seen: Sequence[tuple[str, ...]]) -> Any:
    """Every combination of recorded levels, seen or not; "not recorded" only where somebody is."""
    if not keys:
        return ((),)
    present = set(seen)
    every = product(*[case.door.levels[k] for k in keys])
    return tuple(g for g in every if NOT_RECORDED not in g or g in present)


def dense(groups: Any, states: pd.DataFrame, into: Ints, state: Ints, n: Ints) -> Ints:
    """Cells summed into a table of groups by states."""
    if len(groups) * len(states) > MOST_CELLS:
        raise AuditError(
            f"{len(groups):,} groups by {len(states):,} states are too many to count at once; "
            f"cross fewer groups."
        )
    dense = np.zeros((len(groups), len(states)), dtype=np.int64)
    np.add.at(dense, (into, state), n)
    return dense


# --- states


def states(case: Case, raw: dict[str, Any], n: Any) -> tuple[Ints, pd.DataFrame]:
    """Which state each cell is in, and the table of states with what rates ask for.

    Worked out of the few combinations that are there, however many cells.
    """
    if not raw:
        return np.zeros(len(n), dtype=np.int64), pd.DataFrame(index=range(1))
    few, at = distinct([code for code, _ in raw.values()], [len(v) for _, v in raw.values()])
    columns: dict[str, pd.Series] = {}
    for (name, (code, values)), short in zip(raw.items(), few, strict=True):
        per_value = np.bincount(code, n, minlength=len(values)).astype(np.int64)
        columns[name] = meaning(case, name, values, per_value).iloc[short].reset_index(drop=True)
    table = derived(case, pd.DataFrame(columns, index=range(len(few[0]))))
    code = table.groupby(list(table.columns), dropna=False, sort=True).ngroup().to_numpy()
    first = np.unique(code, return_index=True)[1]
    return code.astype(np.int64)[at], table.iloc[first].reset_index(drop=True)


def meaning(case: Case, name: str, values: list[Any], n: Ints) -> "pd.Series":
    """What the distinct values of a state column mean: positions in an order, or yes and no."""
    if (name in traces.TRACES and name not in traces.PLAIN) or name not in case.roles:
        return pd.Series(traces.truth(values), dtype="boolean")
    role = case.roles[name]
    if role.order:
        return pd.Series(decode.ordered(case, role, values, n), dtype="Int64")
    return pd.Series(decode.yes_no(case, role, values, n), dtype="boolean")


def derived(case: Case, table: pd.DataFrame) -> pd.DataFrame:
    """Add the flag where it follows from the tier, and the advice on the decision's scale."""
    flagged = case.roles.get("flagged")
    if flagged and flagged.tier_at_least:
        at = case.roles["tier"].order.index(flagged.tier_at_least)
        table["flagged"] = (table["tier"] >= at).astype("boolean")
    if "first_tier" in table:
        table["reworked"] = _reworked(table)
    if "decision" in table:
        ordered = bool(case.roles["decision"].order)
        table["advice"] = table["tier"] if ordered else table["flagged"].astype("Int64")
        table["decision"] = table["decision"].astype("Int64")
        table = _judged(case, table)
    return table


def _judged(case: Case, table: pd.DataFrame) -> pd.DataFrame:
    """Add whether the advice was seen, and who was treated as if flagged, by decision and before it."""
    table["saw"] = _saw(table)
    for judged, name in (("decision", "treated"), ("before", "meant")):
        if judged in table and case.treats:
            at = _place_of_flag(case)
            table[name] = (table[judged].astype("Int64") >= at).astype("boolean")
    for at, rule in enumerate(case.rules):
        table[f"rule {at}"] = _broken(table, rule.when, rule.only)
    return table


def _broken(table: pd.DataFrame, when: str, only: str) -> "pd.Series":
    """Whether a decision breaks a rule, where it speaks of it; not known where that is not recorded."""
    decision, advice = cast(Any, table["decision"]), cast(Any, table["advice"])
    spoken: Any = {
        "override": decision != advice, "up": decision > advice, "down": decision < advice,
        "decision": table.get("treated", pd.Series(pd.NA, index=table.index, dtype="boolean")),
    }[when]  # fmt: skip
    held: Any = table[only] if only else pd.Series(False, index=table.index, dtype="boolean")
    return (~held.astype("boolean")).where(spoken.fillna(False).astype("boolean"), pd.NA)


def _reworked(table: pd.DataFrame) -> pd.Series:
    """Edited, with a tier before and after; where edits are not recorded, taken as edited."""
    edited = pd.Series(True, index=table.index, dtype="boolean")
    if "edited" in table:
        edited &= table["edited"]
    return edited & table["first_tier"].notna() & table["tier"].notna()


def _saw(table: pd.DataFrame) -> pd.Series:
    """Seen where it was opened, else where it was shown; where neither is recorded, taken as seen."""
    saw = pd.Series(True, index=table.index, dtype="boolean")
    for name in ("shown", "opened"):
        if name in table:
            saw &= table[name]
    return saw


def _place_of_flag(case: Case) -> int:
    flagged = case.roles["flagged"]
    return case.roles["tier"].order.index(flagged.tier_at_least) if flagged.tier_at_least else 1

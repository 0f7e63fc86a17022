"""People, counted: integers by group and by state. A state is all that a rate may ask of a person.

One plain GROUP BY a key set; margins are summed from the widest set already counted. Only these
integers leave the backend.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.case import Case, Quality, decode
from wfaudit.case.cells import Block
from wfaudit.choices import EVERYONE, JOIN, NOT_RECORDED
from wfaudit.errors import AuditError, rows, shown
from wfaudit.sources import fetch

Ints = NDArray[np.int64]
MOST_CELLS = 50_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """How many people are in each group (rows) and state (columns): at least ``n``, at most ``most``.

    ``most`` differs from ``n`` only where a published cell is hidden; ``whole`` is how many people are
    in each group then, if that was published. ``people`` counts distinct
    persons by group, where persons repeat.
    """

    keys: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    states: pd.DataFrame
    n: Ints
    most: NDArray[np.float64] | None = None
    whole: NDArray[np.float64] | None = None
    people: Ints | None = None

    @property
    def names(self) -> list[str]:
        """Each group in words; intersections are joined by " & "."""
        return [JOIN.join(g) if g else EVERYONE for g in self.groups]

    def margin(self, keys: tuple[str, ...]) -> "Counts":
        """The same people by fewer keys; no query."""
        at = [self.keys.index(k) for k in keys]
        short = [tuple(g[i] for i in at) for g in self.groups]
        groups = tuple(dict.fromkeys(short))
        place = {g: i for i, g in enumerate(groups)}
        into = np.array([place[g] for g in short], dtype=np.int64)
        n = np.zeros((len(groups), self.n.shape[1]), dtype=np.int64)
        np.add.at(n, into, self.n)
        most = whole = None
        if self.most is not None and self.whole is not None:
            most, whole = np.zeros(n.shape), np.zeros(len(groups))
            np.add.at(most, into, self.most)
            np.add.at(whole, into, self.whole)
        return Counts(keys, groups, self.states, n, most, whole)


@dataclass(frozen=True, slots=True, eq=False)
class Clustered:
    """The same people once more by cluster, as sparse cells: cluster, group, state, how many."""

    counts: Counts
    clusters: int
    cluster: Ints
    group: Ints
    state: Ints
    n: Ints


def count(case: Case, keys: tuple[str, ...]) -> Counts:
    """Count a case's people by the groups named in ``keys``, in every level there is."""
    done = _memo(case, "counts")
    if keys not in done:
        done[keys] = _published(case, keys) if case.evidence == "counts" else _from_rows(case, keys)
    return done[keys]


def _memo(case: Case, kind: str) -> dict[tuple[str, ...], Any]:
    """What was counted before, so that each key set is read once."""
    return case.counted.setdefault(kind, {})


def has_table(case: Case, keys: tuple[str, ...]) -> bool:
    """Whether these groups can be counted together: always from rows, else if a table was published."""
    if not case.published:
        return True
    return any(set(b.keys) == set(keys) for b in case.blocks)


# --- from rows


def _from_rows(case: Case, keys: tuple[str, ...]) -> Counts:
    found = _wider(case, keys)
    if found is None:
        cells = _query(case, [f"group {k}" for k in keys])
        into, groups = _place(case, keys, cells)
        state, states = _states(case, {s: cells[s] for s in _state_columns(case)}, cells["n"])
        found = Counts(keys, groups, states, _dense(groups, states, into, state, cells["n"]))
    if int(found.n.sum()) != case.door.rows:
        raise AuditError(
            f"{shown(case.source.name)} held {case.door.rows:,} rows, then {int(found.n.sum()):,}: it "
            "changed while it was being read; nothing was written."
        )
    return replace(found, people=_distinct(case, found)) if case.repeated else found


def _wider(case: Case, keys: tuple[str, ...]) -> Counts | None:
    """The margin of the smallest set already counted that holds these keys."""
    wider = [c for k, c in _memo(case, "counts").items() if set(keys) < set(k)]
    if not wider:
        return None
    margin = min(wider, key=lambda c: len(c.groups)).margin(keys)
    return _arranged(margin, _combinations(case, keys, margin.groups))


def _query(case: Case, columns: list[str]) -> dict[str, Any]:
    """One plain GROUP BY; only the counts come back."""
    by = [*columns, *_state_columns(case)]
    people = case.source.table
    keys = {c: case.columns[c] for c in by}
    total: Any = people.count()
    grouped = people.group_by(**keys).agg(n=total) if by else people.agg(n=total)
    cells = fetch(case.source, grouped)
    return {c: _encoded(cells[c]) for c in by} | {"n": cells["n"].to_numpy().astype(np.int64)}


def _encoded(column: Any) -> tuple[Ints, list[Any]]:
    coded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    if hasattr(coded, "chunks"):
        coded = coded.combine_chunks()
    return coded.indices.to_numpy().astype(np.int64), coded.dictionary.to_pylist()


def _state_columns(case: Case) -> list[str]:
    return [s for s in case.states if s in case.columns]


def _place(case: Case, keys: tuple[str, ...], cells: dict[str, Any]) -> tuple[Ints, Any]:
    """Which group each cell belongs to, and every group there is."""
    total, codes = len(cells["n"]), []
    for key in keys:
        at, values = cells[f"group {key}"]
        n = np.bincount(at, cells["n"], minlength=len(values)).astype(np.int64)
        found = decode.levels(case, case.group(key), values, n)
        place = {level: i for i, level in enumerate(case.door.levels[key])}
        codes.append(np.array([place[level] for level in found], dtype=np.int64)[at])
    seen = {tuple(g) for g in zip(*codes, strict=True)} if keys else {()}
    words = {tuple(case.door.levels[k][i] for k, i in zip(keys, g, strict=True)) for g in seen}
    groups = _combinations(case, keys, tuple(words))
    where = {g: i for i, g in enumerate(groups)}
    if not keys:
        return np.zeros(total, dtype=np.int64), groups
    sizes = [len(case.door.levels[k]) for k in keys]
    flat = np.ravel_multi_index(codes, sizes)
    table = np.full(int(np.prod(sizes)), -1, dtype=np.int64)
    for at, g in enumerate(product(*[case.door.levels[k] for k in keys])):
        table[at] = where.get(g, -1)
    return table[flat], groups


def _combinations(case: Case, keys: tuple[str, ...], seen: Sequence[tuple[str, ...]]) -> Any:
    """Every combination of recorded levels, seen or not; "not recorded" only where somebody is."""
    if not keys:
        return ((),)
    present = set(seen)
    every = product(*[case.door.levels[k] for k in keys])
    return tuple(g for g in every if NOT_RECORDED not in g or g in present)


def _arranged(counts: Counts, groups: tuple[tuple[str, ...], ...]) -> Counts:
    place = {g: i for i, g in enumerate(groups)}
    into = np.array([place[g] for g in counts.groups], dtype=np.int64)
    n = np.zeros((len(groups), counts.n.shape[1]), dtype=np.int64)
    n[into] = counts.n
    return replace(counts, groups=groups, n=n)


def _dense(groups: Any, states: pd.DataFrame, into: Ints, state: Ints, n: Ints) -> Ints:
    if len(groups) * len(states) > MOST_CELLS:
        raise AuditError(
            f"{len(groups):,} groups by {len(states):,} states are too many to count at once; "
            f"cross fewer groups."
        )
    dense = np.zeros((len(groups), len(states)), dtype=np.int64)
    np.add.at(dense, (into, state), n)
    return dense


def _distinct(case: Case, found: Counts) -> Ints:
    """Distinct persons by group: a query of its own, since persons don't add up over groups."""
    columns = [f"group {k}" for k in found.keys]
    people = case.rows
    persons = people["person"].nunique()
    grouped = people.group_by(columns).agg(n=persons) if columns else people.agg(n=persons)
    cells = fetch(case.source, grouped)
    coded: dict[str, Any] = {c: _encoded(cells[c]) for c in columns}
    coded["n"] = cells["n"].to_numpy().astype(np.int64)
    into, groups = _place(case, found.keys, coded)
    people_in = np.zeros(len(groups), dtype=np.int64)
    np.add.at(people_in, into, coded["n"])
    return people_in


# --- states


def _states(case: Case, raw: dict[str, Any], n: Ints) -> tuple[Ints, pd.DataFrame]:
    """Which state each cell is in, and the table of states with what rates ask for."""
    columns: dict[str, pd.Series] = {}
    for name, (at, values) in raw.items():
        per_value = np.bincount(at, n, minlength=len(values)).astype(np.int64)
        columns[name] = _meaning(case, name, values, per_value).iloc[at].reset_index(drop=True)
    table = _derived(case, pd.DataFrame(columns, index=range(len(n))))
    if table.shape[1] == 0:
        return np.zeros(len(n), dtype=np.int64), pd.DataFrame(index=range(1))
    code = table.groupby(list(table.columns), dropna=False, sort=True).ngroup().to_numpy()
    first = np.unique(code, return_index=True)[1]
    return code.astype(np.int64), table.iloc[first].reset_index(drop=True)


def _meaning(case: Case, name: str, values: list[Any], n: Ints) -> "pd.Series":
    role = case.roles[name]
    if role.order:
        return pd.Series(decode.ordered(case, role, values, n), dtype="Int64")
    return pd.Series(decode.yes_no(case, role, values, n), dtype="boolean")


def _derived(case: Case, table: pd.DataFrame) -> pd.DataFrame:
    """Add the flag where it follows from the tier, and the advice on the decision's scale."""
    flagged = case.roles.get("flagged")
    if flagged and flagged.tier_at_least:
        at = case.roles["tier"].order.index(flagged.tier_at_least)
        table["flagged"] = (table["tier"] >= at).astype("boolean")
    if "decision" in table:
        ordered = bool(case.roles["decision"].order)
        table["advice"] = table["tier"] if ordered else table["flagged"].astype("Int64")
        table["decision"] = table["decision"].astype("Int64")
    return table


# --- by cluster


def count_clustered(case: Case, keys: tuple[str, ...]) -> Clustered:
    """Count once more with the cluster as a key; the margin over clusters is ``count``'s."""
    done = _memo(case, "clustered")
    if keys not in done:
        counts = count(case, keys)
        role = case.cluster or "cluster"
        cells = _query(case, [role, *[f"group {k}" for k in keys]])
        cluster, values = cells[role]
        into, groups = _place(case, keys, cells)
        raw, states = _states(case, {s: cells[s] for s in _state_columns(case)}, cells["n"])
        if groups != counts.groups or not states.equals(counts.states):
            raise AuditError(f"{shown(case.source.name)} changed while it was being read.")
        cluster = _in_order(values)[cluster]
        order = np.lexsort((raw, into, cluster))
        cells = [part[order] for part in (cluster, into, raw, cells["n"])]
        done[keys] = Clustered(counts, len(values), *cells)
    return done[keys]


def _in_order(clusters: list[Any]) -> Ints:
    """Each cluster's place by its name, so that sums over clusters don't hang on the order of rows."""
    names = [decode.text_of(cluster) or "" for cluster in clusters]
    place = np.empty(len(names), dtype=np.int64)
    place[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    return place


# --- from published tables


def _published(case: Case, keys: tuple[str, ...]) -> Counts:
    for block in case.blocks:
        if set(block.keys) == set(keys):
            found = _from_block(case, block)
            return found if block.keys == keys else _reordered(found, keys)
    if not case.published:
        return _from_block(case, case.blocks[0]).margin(keys)
    raise AuditError(no_table(keys))


def no_table(keys: tuple[str, ...]) -> str:
    """Why a published case has no counts by these keys, in a sentence.

    >>> no_table(("sex", "origin"))
    'No table crosses sex with origin; nothing is derived from one published table for another.'
    """
    if not keys:
        return "No published table counts everyone; nothing is derived from one table for another."
    words = " with ".join(keys)
    what = f"crosses {words}" if len(keys) > 1 else f"counts people by {words}"
    return f"No table {what}; nothing is derived from one published table for another."


def _reordered(counts: Counts, keys: tuple[str, ...]) -> Counts:
    at = [counts.keys.index(k) for k in keys]
    return replace(counts, keys=keys, groups=tuple(tuple(g[i] for i in at) for g in counts.groups))


def _from_block(case: Case, block: Block) -> Counts:
    groups = tuple(dict.fromkeys(block.groups))
    place = {g: i for i, g in enumerate(groups)}
    into = np.array([place[g] for g in block.groups], dtype=np.int64)
    raw: dict[str, Any] = {}
    for name, values in block.states.items():
        distinct = list(dict.fromkeys(values))
        raw[name] = (np.array([distinct.index(v) for v in values], dtype=np.int64), distinct)
    state, states = _states(case, raw, np.ones(len(block.groups), dtype=np.int64))
    n = _dense(groups, states, into, state, block.least)
    most, whole = np.zeros(n.shape), np.zeros(len(groups))
    np.add.at(most, (into, state), block.most)
    np.add.at(whole, into, block.people)
    if not (most > n).any():
        return Counts(block.keys, groups, states, n)
    return Counts(block.keys, groups, states, n, most, whole)


def unknown_states(case: Case) -> list[Quality]:
    """How many rows have no tier, flag, decision or outcome: they show in the bounds, not the rates."""
    if case.evidence == "counts":
        return []
    everyone = count(case, ())
    found: list[Quality] = []
    for name in _state_columns(case):
        n = int(everyone.n[0][everyone.states[name].isna().to_numpy()].sum())
        if n:
            says = f"In {rows(n)} the {name} is not known; rates that ask for it leave these people out."
            found.append(Quality("role not recorded", says, case.roles[name].column, n))
    return found


def disagreements(case: Case) -> list[Quality]:
    """Where two published tables count the same people differently."""
    tables = [_from_block(case, b) for b in case.blocks] if case.published else []
    found: list[Quality] = []
    for at, one in enumerate(tables):
        for other in tables[at + 1 :]:
            found += _compared(case, one, other)
    return found


def _compared(case: Case, one: Counts, other: Counts) -> list[Quality]:
    common = tuple(k for k in one.keys if k in other.keys)
    sides = [_recorded(c).margin(common) for c in (one, other)]
    told = [_told(case, side) for side in sides]
    found: list[Quality] = []
    for group in [g for g in told[0] if g in told[1]]:
        (n, k, says), (n_other, k_other, says_other) = told[0][group], told[1][group]
        if (n, k) != (n_other, k_other):
            who = " and ".join(f"{a} = {b}" for a, b in zip(common, group, strict=True)) or EVERYONE
            names = [
                f"the table by {JOIN.join(c.keys)}" if c.keys else f"the table of {EVERYONE}"
                for c in (one, other)
            ]
            found.append(
                Quality(
                    "published tables disagree",
                    f"{who}: {says} in {names[0]}, {says_other} in {names[1]}.",
                    case.roles["count"].column,
                    abs(n - n_other) or abs(k - k_other),
                )
            )
    return found


def _recorded(counts: Counts) -> Counts:
    """Without the people whose group is not recorded, and without hidden cells to compare."""
    keep = [i for i, g in enumerate(counts.groups) if NOT_RECORDED not in g]
    most = counts.most
    if most is not None:
        keep = [i for i in keep if bool((most[i] == counts.n[i]).all())]
    groups = tuple(counts.groups[i] for i in keep)
    return replace(counts, groups=groups, n=counts.n[keep], most=None, whole=None)


def _told(case: Case, counts: Counts) -> dict[tuple[str, ...], tuple[int, int, str]]:
    flagged = "flagged" in counts.states
    yes = counts.states["flagged"].fillna(False).to_numpy(dtype=bool) if flagged else None
    words = case.choices.words
    found: dict[tuple[str, ...], tuple[int, int, str]] = {}
    for group, row in zip(counts.groups, counts.n, strict=True):
        n, k = int(row.sum()), int(row[yes].sum()) if yes is not None else 0
        also = f" ({k:,} {words.flagged})" if flagged else ""
        found[group] = (n, k, f"{n:,} {words.people}{also}")
    return found

"""The two sides of the pairs, one by one: which side a group belongs to, and a row for each of a side."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import ibis

from wfaudit.case import Case
from wfaudit.case.roles import Group
from wfaudit.case.tables import SIDES
from wfaudit.counts.cells import memo
from wfaudit.sources import Side, fetch, put_beside


def side_of(case: Case, group: Group) -> str:
    """Which side of a pair a group belongs to: query, item, or neither, as by its table or its values."""
    for side in case.sides:
        if group.table == side.name:
            return next(role for role in SIDES if case.roles[role].column == side.on)
    done = memo(case, "sides of groups")
    if not done:
        done[()] = _constant(case, [g for g in case.groups if not g.table])
    return done[()].get(group.name, "")


def _constant(case: Case, groups: list[Group]) -> dict[str, str]:
    """The side within which each group never changes; of both, whose list it is."""
    found = dict[str, str]()
    for side in reversed(SIDES) if groups else ():
        pairs: Any = case.source.table
        columns: dict[str, Any] = {g.name: case.columns[f"group {g.name}"] for g in groups}
        ends = {
            f"{how} {n}": getattr(c, how)() for n, c in columns.items() for how in ("min", "max")
        }
        each = pairs.group_by(one=case.known(case.roles[side].column)).agg(**ends)
        moved = {n: (each[f"min {n}"] != each[f"max {n}"]).sum() for n in columns}
        answer = fetch(case.source, each.aggregate(**moved)).to_pylist()[0]
        found |= {name: side for name in columns if not answer[name]}
    return found


def of_owner(case: Case, name: str) -> bool:
    """Whether a group is one of those whose lists these are."""
    return side_of(case, case.group(name)) == "query"


def one_by_one(case: Case, side: str, sums: Mapping[str, Any]) -> Case:
    """A case with one row for each of a side, in a pair or not, and sums over its pairs as columns.

    Whoever stands in the side's table and in no pair has no sums. Lists are no clusters any more; declared
    clusters of lists still are, and whose list is empty stands in the cluster that the side's own table
    names, or else alone in one.
    """
    pairs: Any = case.source.table
    groups = [g for g in case.groups if side_of(case, g) == side]
    beside = next((s for s in case.sides if case.roles[side].column == s.on), None)
    whole: dict[str, Any] = {}
    cluster = _declared_cluster(case) if side == "query" else ""
    if cluster:
        sums = {"wf cluster": pairs[cluster].max(), **sums}
        whole = {"cluster": replace(case.roles["cluster"], column="wf cluster")}
    far = [g for g in groups if not beside or g.table != beside.name]  # told by the pairs alone
    sums = {**{f"wf own {g.column}": pairs[g.column].max() for g in far}, **sums}
    table: Any = pairs.group_by(**{"wf one": case.known(case.roles[side].column)}).agg(**sums)
    if beside:
        theirs: Any = put_beside(case.source, beside.source.table.to_pyarrow(), beside.source.name)
        table = theirs.left_join(table, theirs[beside.key] == table["wf one"])
        if cluster:
            table = table.mutate(**{"wf cluster": _cluster_of(table, beside, cluster)})
    one = beside.key if beside else "wf one"
    roles = {"person": replace(case.roles[side], name="person", column=one)} | whole
    groups = [
        replace(g, column=f"wf own {g.column}") if g in far else _at_home(g, g.table)
        for g in groups
    ]
    names = {g.name for g in groups}
    crossed = tuple(keys for keys in case.intersections if set(keys) <= names)
    return replace(
        case, source=replace(case.source, table=table), roles=roles, groups=tuple(groups), sides=(),
        constraints=(), rules=(), inputs=(), model=None, intersections=crossed, counted={},
    )  # fmt: skip


def _declared_cluster(case: Case) -> str:
    role = case.roles.get("cluster")
    return role.column if role and role.name == "cluster" else ""


def _cluster_of(table: Any, beside: Side, cluster: str) -> Any:
    """The cluster that each row of a table belongs to, in a pair or not."""
    if cluster.startswith(f"{beside.name}."):
        return table[cluster.removeprefix(f"{beside.name}.")]
    alone = ibis.literal(f"{beside.name} ") + table[beside.key].cast("string")
    known: Any = table["wf one"].notnull()
    return known.ifelse(table["wf cluster"].cast("string"), alone)


def _at_home(group: Group, table: str) -> Group:
    """A group as its own table names its column."""
    return replace(group, column=group.column.removeprefix(f"{table}."), table="")

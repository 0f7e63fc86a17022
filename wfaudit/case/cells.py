"""Published counts, cell by cell: which table, which group, which state, how many at least and most."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.case import decode
from wfaudit.case.roles import Group, Suppressed
from wfaudit.choices import EVERYONE, JOIN, NOT_RECORDED
from wfaudit.errors import AuditError, listed, rows, shown

if TYPE_CHECKING:
    from wfaudit.case.case import Case


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One published table: its groups and states row by row, and the bounds of each count."""

    keys: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    states: Mapping[str, list[Any]]
    least: NDArray[np.int64]
    most: NDArray[np.float64]


def read_blocks(case: "Case") -> tuple[Block, ...]:
    """Every published table of a case, in the order of the file; a joint table is one block."""
    cells = case.cells
    if not case.published:
        keys = tuple(g.name for g in case.groups)
        return (_block(case, keys, _joint_groups(case, cells), cells),)
    names = [decode.text_of(v) or "" for v in cells[case.roles["block"].column]]
    found: list[Block] = []
    for name in dict.fromkeys(names):
        part: Any = cells[[n == name for n in names]].reset_index(drop=True)
        keys = _block_keys(case, name, len(part))
        block = _block(case, keys, _named_groups(case, keys, part), part)
        _no_doubles(block, case)
        found.append(block)
    return tuple(found)


def _block_keys(case: "Case", name: str, n: int) -> tuple[str, ...]:
    if name in ("", EVERYONE):
        return ()
    keys = tuple(name.split(JOIN))
    declared = [g.name for g in case.groups]
    if not set(keys) <= set(declared):
        raise AuditError(
            f"Column {shown(case.roles['block'].column)} (role block): in {rows(n)} the block is not "
            f"{EVERYONE!r}, a declared group ({listed(declared)}) or such groups joined by {JOIN!r}. "
            "Declare the group, or rename the block."
        )
    return keys


def _named_groups(case: "Case", keys: tuple[str, ...], part: pd.DataFrame) -> list[tuple[str, ...]]:
    column = case.roles["group"].column
    found: list[tuple[str, ...]] = []
    for value in part[column]:
        text = decode.text_of(value if value is not pd.NA else None)
        levels = (
            (NOT_RECORDED,) * len(keys)
            if not text or text in case.missing
            else tuple(text.split(JOIN))
        )
        if len(levels) != len(keys) and keys:
            raise AuditError(
                f"Column {shown(column)} (role group): a group of the table by {JOIN.join(keys)} "
                f"has {len(levels)} parts; write {len(keys)}, joined by {JOIN!r}."
            )
        named = zip(keys, levels, strict=False)
        found.append(tuple(_label(case.group(key), level) for key, level in named))
    return found


def _label(group: Group, level: str) -> str:
    return dict(group.labels).get(level, level)


def _joint_groups(case: "Case", cells: pd.DataFrame) -> list[tuple[str, ...]]:
    columns: list[list[str]] = []
    ones = np.ones(len(cells), dtype=np.int64)
    for group in case.groups:
        values = [None if v is pd.NA else v for v in cells[group.column]]
        columns.append(decode.levels(group, values, ones, case.missing))
    return list(zip(*columns, strict=True)) if columns else [()] * len(cells)


def _block(
    case: "Case", keys: tuple[str, ...], groups: list[tuple[str, ...]], cells: pd.DataFrame
) -> Block:
    least, most = _bounds(case, case.roles["count"].column, cells)
    flagged = case.roles.get("flagged")
    if flagged and flagged.count:
        return _split(case, keys, groups, cells, (least, most))
    names = [s for s in case.states if case.roles[s].column]
    states = {s: [None if v is pd.NA else v for v in cells[case.roles[s].column]] for s in names}
    return Block(keys, tuple(groups), states, least, most)


def _split(
    case: "Case",
    keys: tuple[str, ...],
    groups: list[tuple[str, ...]],
    cells: pd.DataFrame,
    n: tuple[NDArray[np.int64], NDArray[np.float64]],
) -> Block:
    """A row of (n, k) is two cells: k flagged, n - k not."""
    column = case.roles["flagged"].count
    least, most = _bounds(case, column, cells)
    most = np.minimum(most, n[1])
    if (over := int((least > n[1]).sum())) > 0:
        raise AuditError(
            f"Column {shown(column)} (role flagged): in {rows(over)} it counts more people than "
            f"column {shown(case.roles['count'].column)} has. Check which column is which."
        )
    rest_least = np.maximum(n[0] - most, 0).astype(np.int64)
    states = {"flagged": [True] * len(groups) + [False] * len(groups)}
    return Block(
        keys,
        (*groups, *groups),
        states,
        np.concatenate([least, rest_least]),
        np.concatenate([most, n[1] - least]),
    )


def _bounds(case: "Case", column: str, cells: pd.DataFrame) -> tuple[Any, Any]:
    """How many at least and at most each cell counts: the same unless it is hidden."""
    texts = [decode.text_of(None if v is pd.NA else v) for v in cells[column]]
    least, most, bad = [], [], 0
    for text in texts:
        low, high = _bound(text, case.suppressed, case.missing)
        bad += low < 0
        least.append(low)
        most.append(high)
    if bad:
        raise AuditError(
            f"Column {shown(column)}: in {rows(bad)} the count is not a whole number of people. "
            'Declare how a hidden cell is shown: suppressed = { shown_as = ["*"], below = 10 }.'
        )
    return np.array(least, dtype=np.int64), np.array(most, dtype=np.float64)


def _bound(
    text: str | None, hidden: Suppressed | None, missing: tuple[str, ...]
) -> tuple[int, float]:
    if hidden and text in hidden.shown_as:
        return 0, float(hidden.below - 1)
    if not text or text in missing:
        return 0, np.inf
    return (int(text), float(text)) if text.isascii() and text.isdigit() else (-1, -1.0)


def _no_doubles(block: Block, case: "Case") -> None:
    at = list(zip(block.groups, *block.states.values(), strict=True))
    if (doubles := len(at) - len(set(at))) > 0:
        raise AuditError(
            f"{shown(case.source.name)}: the table by {JOIN.join(block.keys) or EVERYONE} holds "
            f"{doubles} cells twice. Each group and state is one row."
        )


def levels(case: "Case", blocks: tuple[Block, ...]) -> dict[str, tuple[str, ...]]:
    """Each group's levels, in the order in which the published tables name them."""
    found: dict[str, tuple[str, ...]] = {}
    for group in case.groups:
        seen: dict[str, None] = dict.fromkeys(group.levels)
        for block in blocks:
            if group.name in block.keys:
                at = block.keys.index(group.name)
                seen |= dict.fromkeys(levels[at] for levels in block.groups)
        unknown = seen.pop(NOT_RECORDED, 0) is None
        found[group.name] = (*seen, *([NOT_RECORDED] if unknown else []))
    return found

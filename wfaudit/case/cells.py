"""Published counts, cell by cell: which table, which group, which state, how many at least and most."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.case import decode
from wfaudit.case.roles import Group, where
from wfaudit.choices import EVERYONE, JOIN, NOT_RECORDED
from wfaudit.errors import AuditError, listed, rows, shown

if TYPE_CHECKING:
    from wfaudit.case.case import Case


FIGURES = 12  # of a count: no country has 1,000,000,000,000 people


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One published table: its groups and states row by row, and the bounds of each count.

    ``people`` adds up to all people of a group, hidden flags or not; not-a-number where that is hidden
    too. ``rows`` is how many rows were published, ``hidden`` how many of their counts were hidden; a row
    of (people, people flagged) is two cells here.
    """

    keys: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    states: Mapping[str, list[Any]]
    least: NDArray[np.int64]
    most: NDArray[np.float64]
    people: NDArray[np.float64]
    rows: int
    hidden: int


def read_blocks(case: "Case") -> tuple[Block, ...]:
    """Every published table of a case, in the order of the file; a joint table is one block."""
    cells = case.cells
    if not case.published:
        keys = tuple(g.name for g in case.groups)
        columns = [plain(cells[g.column]) for g in case.groups]
        return (_block(case, keys, _worded(case, case.groups, columns, len(cells)), cells),)
    names = block_names(case)
    found: dict[frozenset[str], Block] = {}
    for name in dict.fromkeys(names):
        part: Any = cells[[n == name for n in names]].reset_index(drop=True)
        keys = _block_keys(case, name, len(part))
        if frozenset(keys) in found:
            raise AuditError(
                f"{case.where(case.roles['block'])}: two blocks are tables by the same groups "
                f"({JOIN.join(keys) or EVERYONE}). Keep one."
            )
        found[frozenset(keys)] = _block(case, keys, _named_groups(case, keys, part), part)
    return tuple(found.values())


def block_names(case: "Case") -> list[str]:
    """Which published table each row belongs to; a joint table has no name."""
    if not case.published:
        return [""] * len(case.cells)
    return [decode.text_of(v) or "" for v in plain(case.cells[case.roles["block"].column])]


def plain(column: Any) -> list[Any]:
    """The cells of a column, None where there is none."""
    return [None if value is pd.NA else value for value in column]


def _block_keys(case: "Case", name: str, n: int) -> tuple[str, ...]:
    if name in ("", EVERYONE):
        return ()
    keys = tuple(name.split(JOIN))
    declared = [g.name for g in case.groups]
    if not set(keys) <= set(declared) or len(set(keys)) < len(keys):
        raise AuditError(
            f"{case.where(case.roles['block'])}: in {rows(n)} the block is not {EVERYONE!r}, a declared "
            f"group ({listed(declared)}) or different ones joined by {JOIN!r}. Declare the group, or "
            "rename the block."
        )
    return keys


def _named_groups(case: "Case", keys: tuple[str, ...], part: pd.DataFrame) -> list[tuple[str, ...]]:
    """The groups of one block, from texts such as "women & Asian"; a blank part is not recorded."""
    if not keys:
        return [()] * len(part)
    role = case.roles["group"]
    texts = [decode.text_of(v) or "" for v in plain(part[role.column])]
    parts = [[""] * len(keys) if t in ("", *case.missing) else t.split(JOIN) for t in texts]
    if odd := sum(len(p) != len(keys) for p in parts):
        raise AuditError(
            f"{case.where(role)}: in {rows(odd)} of the table by {JOIN.join(keys)} the group does not have "
            f"{len(keys)} {'part' if len(keys) == 1 else 'parts'}. Join as many by {JOIN!r}, and nothing "
            "else."
        )
    groups = [replace(case.group(key), column=role.column) for key in keys]
    return _worded(case, groups, list(zip(*parts, strict=True)), len(part))


def _worded(
    case: "Case", groups: Sequence[Group], columns: Sequence[Sequence[Any]], n: int
) -> list[tuple[str, ...]]:
    """The group of each row in the words to show."""
    ones = np.ones(n, dtype=np.int64)
    told = zip(groups, columns, strict=True)
    words = [decode.levels(case, group, list(values), ones) for group, values in told]
    return list(zip(*words, strict=True)) if words else [()] * n


def _block(
    case: "Case", keys: tuple[str, ...], groups: list[tuple[str, ...]], cells: pd.DataFrame
) -> Block:
    least, most = _bounds(case, case.roles["count"].column, cells)
    names = [s for s in case.states if case.roles[s].column]
    states = {s: plain(cells[case.roles[s].column]) for s in names}
    _no_doubles(case, keys, list(zip(groups, *states.values(), strict=True)))
    people = np.where(most > least, np.nan, most)
    hidden = int((most > least).sum())
    block = Block(keys, tuple(groups), states, least, most, people, len(groups), hidden)
    flagged = case.roles.get("flagged")
    if not flagged or not flagged.count:
        return block
    return _split(case, block, *_bounds(case, flagged.count, cells))


def _split(
    case: "Case", block: Block, least: NDArray[np.int64], most: NDArray[np.float64]
) -> Block:
    """A row of (n, k) is two cells: k flagged, n - k not."""
    if over := int((least > block.most).sum()):
        flagged = case.roles["flagged"]
        raise AuditError(
            f"{where(case.source.name, flagged, flagged.count)}: in {rows(over)} more people are flagged "
            f"than column {shown(case.roles['count'].column)} has people. Check which column is which."
        )
    hidden = int((most > least).sum())
    most = np.minimum(most, block.most)
    rest = np.maximum(block.least - most, 0).astype(np.int64)
    return Block(
        block.keys,
        (*block.groups, *block.groups),
        {"flagged": [True] * block.rows + [False] * block.rows},
        np.concatenate([least, rest]),
        np.concatenate([most, block.most - least]),
        np.concatenate([block.people, np.zeros(block.rows)]),
        block.rows,
        block.hidden + hidden,
    )


def _bounds(case: "Case", column: str, cells: pd.DataFrame) -> tuple[Any, Any]:
    """How many at least and at most each cell counts: the same unless it is hidden."""
    bounds = [_bound(case, decode.text_of(value)) for value in plain(cells[column])]
    if bad := sum(low < 0 for low, _ in bounds):
        role = next(r for r in case.roles.values() if column in r.columns)
        raise AuditError(
            f"{where(case.source.name, role, column)}: in {rows(bad)} the count is not a whole number of "
            "people, 0 or more, in plain figures. Mend it; if it stands for a hidden cell, declare that: "
            'suppressed = { shown_as = ["*"], below = 10 }.'
        )
    return (
        np.array([low for low, _ in bounds], dtype=np.int64),
        np.array([high for _, high in bounds], dtype=np.float64),
    )


def _bound(case: "Case", text: str | None) -> tuple[int, float]:
    """The bounds of one count; (-1, -1) if it is none."""
    if case.suppressed and text in case.suppressed.shown_as:
        return 0, float(case.suppressed.below - 1)
    if not text or text in case.missing:
        return 0, np.inf
    whole = text.removesuffix(f"{case.source.decimal}0")  # as pandas writes counts with gaps
    plain = whole.isascii() and whole.isdigit() and len(whole) <= FIGURES
    return (int(whole), float(whole)) if plain else (-1, -1.0)


def _no_doubles(case: "Case", keys: tuple[str, ...], at: list[tuple[Any, ...]]) -> None:
    if doubles := len(at) - len(set(at)):
        raise AuditError(
            f"{shown(case.source.name)}: the table by {JOIN.join(keys) or EVERYONE} has the same group and "
            f"state again in {rows(doubles)}. Add such rows up, or declare the group that tells them apart."
        )


def tally(blocks: Sequence[Block], group: Group) -> tuple[list[str], NDArray[np.int64]]:
    """The levels of a group that were published, and in how many rows each."""
    seen: Counter[str] = Counter()
    for block in blocks:
        if group.name in block.keys:
            at = block.keys.index(group.name)
            seen.update(words[at] for words in block.groups[: block.rows])
    del seen[NOT_RECORDED]
    return list(seen), np.array(list(seen.values()), dtype=np.int64)


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

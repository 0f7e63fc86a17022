"""Counts from published tables: nothing is derived from one table for another."""

from dataclasses import replace
from typing import Any

import numpy as np

from wfaudit.case import Case, Quality
from wfaudit.case.cells import Block
from wfaudit.choices import EVERYONE, JOIN, NOT_RECORDED
from wfaudit.counts.cells import dense, states
from wfaudit.counts.table import Counts
from wfaudit.errors import AuditError


def has_table(case: Case, keys: tuple[str, ...]) -> bool:
    """Whether these groups can be counted together: always from rows, else if a table was published."""
    if not case.published:
        return True
    return any(set(b.keys) == set(keys) for b in case.blocks)


def from_tables(case: Case, keys: tuple[str, ...]) -> Counts:
    """The counts of a published table that crosses exactly these groups, or an error that says so."""
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
    state, table = states(case, raw, np.ones(len(block.groups), dtype=np.int64))
    n = dense(groups, table, into, state, block.least)
    most, whole = np.zeros(n.shape), np.zeros(len(groups))
    np.add.at(most, (into, state), block.most)
    np.add.at(whole, into, block.people)
    if not (most > n).any():
        return Counts(block.keys, groups, table, n)
    return Counts(block.keys, groups, table, n, most, whole)


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

"""The door: what is checked in the data once, before anything is measured. Only counts come out."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np

from wfaudit.case import cells, decode
from wfaudit.case.asks import DATES, ask
from wfaudit.case.decode import Quality
from wfaudit.case.roles import Group, Role
from wfaudit.choices import HIGHEST, NOT_RECORDED, REST
from wfaudit.errors import AuditError, rows, shown

if TYPE_CHECKING:
    from wfaudit.case.case import Case

MOST_LEVELS, MOST_STATES = 1_000, 50

# what stops an audit: what was counted, and what is said of it after "in n rows"
STOPS: tuple[tuple[str, str], ...] = (
    ("infinite", "the number is infinite. Find out what the model meant by it."),
    ("not positive", "the weight is zero or less. It says how many people a row stands for."),
    (
        "not a date",
        "the text is no date like 2026-01-31. Declare how dates are written, for example "
        'date = { column = "…", format = "%d-%m-%Y" }.',
    ),
    (
        "inexact",
        "the number is too large to be told from its neighbour (2^53 and more). Read "
        "identifiers as text.",
    ),
)

# what a reader must know: role, what was counted, code, and the words after "In n rows"
NOTES: tuple[tuple[str, str, str, str], ...] = (
    ("tier", "above", "tier against score", "the tier lies above its score by the declared cuts."),
    ("tier", "below", "tier against score", "the tier lies below its score by the declared cuts."),
    ("score", "ties", "ties at the cut", "the score ties with a cut-off within single precision."),
    ("score", "missing", "score missing", "there is no score; they are counted without one."),
    ("outcome_date", "early", "outcome before score", "the outcome is dated before the result."),
    *((d, "late", "later than the data", f"the {d} lies after as_of.") for d in DATES),
)


@dataclass(frozen=True, slots=True)
class Door:
    """What the door saw: rows, distinct persons where declared, each group's levels, quality."""

    rows: int
    people: int | None
    levels: dict[str, tuple[str, ...]]
    quality: tuple[Quality, ...]


def look(case: "Case") -> Door:
    """Check the data once; stop on what can't be audited, note what a reader must know."""
    if "count" in case.roles:
        return _published(case)
    seen = ask(case)
    _refuse(case, seen)
    levels: dict[str, tuple[str, ...]] = {}
    quality = _noted(case, seen)
    for group in case.groups:
        levels[group.name], found = _levels(case, group, seen["rows"])
        quality += found
    if "decided_by" in case.roles:
        quality += _deciders(case, seen["rows"])
    people = seen["person people"] if "person" in case.roles else None
    return Door(seen["rows"], people, levels, tuple(quality))


# --- what stops, what is noted


def _refuse(case: "Case", seen: dict[str, int]) -> None:
    n = seen["rows"]
    if n == 0:
        raise AuditError(f"{shown(case.source.name)} has 0 rows. Give at least one.")
    for group in case.groups:
        k = seen[f"group {group.name}"]
        if k > MOST_LEVELS or (k > 12 and n / k < 2):
            raise AuditError(
                f"Column {shown(group.column)} (group {group.name}) has {k:,} distinct values in "
                f"{rows(n)}: it looks like an identifier, not a group. Choose another column, or "
                "declare bands for a number."
            )
    for name in ("tier", "flagged", "decision", "outcome"):
        if seen.get(f"{name} values", 0) > MOST_STATES:
            raise AuditError(
                f"Column {shown(case.roles[name].column)} (role {name}) has "
                f"{seen[f'{name} values']:,} distinct values in {rows(n)}; a {name} has a few. "
                f'For a number, compare it: {name} = {{ column = "…", is = ">= 26" }}.'
            )
    for role in case.roles.values():
        if role.column:
            _refuse_role(role, seen)


def _refuse_role(role: Role, seen: dict[str, int]) -> None:
    name, where = role.name, f"Column {shown(role.column)} (role {role.name})"

    def bad(what: str) -> int:
        return seen.get(f"{name} {what}", 0)

    if text := bad("text"):
        commas = f"; {bad('comma'):,} look like decimal commas" if bad("comma") else ""
        what = ' Declare source = { path = "…", decimal = "," }.' if commas else " Clean them."
        raise AuditError(f"{where}: in {rows(text)} the text is not a number{commas}.{what}")
    if name == "score" and role.missing == "refuse" and bad("missing"):
        raise AuditError(
            f"{where}: in {rows(bad('missing'))} there is no score (null or not a number). Nobody is "
            'dropped silently: mend them, or keep them in sight with missing = "group".'
        )
    for what, says in STOPS:
        if bad(what):
            raise AuditError(f"{where}: in {rows(bad(what))} {says}")
    if name == "person" and bad("missing"):
        told = f"in {rows(bad('missing'))} no person is named"
        raise AuditError(f"{where}: {told}. Mend it or leave out the role.")
    if outside := bad("below") + bad("above"):
        percent = bad("percent") == outside
        advice = "It looks like percent: divide by 100." if percent else "Mend it or its role."
        told = f"in {rows(outside)} the score is outside 0 to 1 though declared a probability"
        raise AuditError(f"{where}: {told}. {advice}")


def _noted(case: "Case", seen: dict[str, int]) -> list[Quality]:
    found = [
        Quality(code, f"In {rows(n)} {says}", case.roles[role].column, n)
        for role, what, code, says in NOTES
        if role in case.roles and (n := seen.get(f"{role} {what}", 0))
    ]
    if "person" in case.roles and (n := seen["rows"] - seen["person people"]):
        units = "the declared clusters" if "cluster" in case.roles else "each person"
        people = f"{seen['person people']:,} persons"
        says = f"In {rows(n)} a person appears again ({people}); intervals leave out {units} at a time."
        found.append(Quality("person repeats", says, case.roles["person"].column, n))
    for stray in case.source.ignored:
        says = f"{shown(stray)} is no Parquet part and was not read."
        found.append(Quality("file ignored", says, "", 0))
    return found


# --- levels of each group, and who decided


def _published(case: "Case") -> Door:
    levels = cells.levels(case, case.blocks)
    total = len(case.cells)
    for group in case.groups:
        _check_reference(group, levels[group.name], total)
    hidden = sum(int((b.most > b.least).sum()) for b in case.blocks)
    quality: list[Quality] = []
    if hidden:
        says = f"{hidden:,} published cells are hidden or missing; they are unknown, not zero."
        quality.append(Quality("cells hidden", says, case.roles["count"].column, hidden))
    return Door(total, None, levels, tuple(quality))


def _check_reference(group: Group, levels: tuple[str, ...], total: int) -> None:
    if group.reference and group.reference not in (*levels, REST, HIGHEST):
        raise no_such_level(group, levels, total)


def _levels(case: "Case", group: Group, total: int) -> tuple[tuple[str, ...], list[Quality]]:
    values, n = _tallied(case.rows, f"group {group.name}")
    if int(n.sum()) != total:
        raise AuditError(
            f"{shown(case.source.name)} counted {rows(total)}, then {rows(int(n.sum()))}: it changed "
            "while it was being read; nothing was written."
        )
    found = decode.levels(group, values, n, case.missing)
    levels = decode.in_order(group, found)
    _check_reference(group, levels, total)
    quality = decode.look_alike(group, values, n)
    for kind, count in decode.kinds_of_missing(values, n, case.missing).items():
        says = f"{group.name} is not known ({kind}); they are the group {NOT_RECORDED!r}."
        quality.append(
            Quality("group not recorded", f"In {rows(count)} {says}", group.column, count)
        )
    return levels, quality


def no_such_level(group: Group, levels: tuple[str, ...], total: int) -> AuditError:
    """The reference is in no row; levels are cell values, so they are counted, not listed."""
    folded = re.sub(r"\s+", " ", group.reference.strip().casefold())
    near = any(re.sub(r"\s+", " ", level.strip().casefold()) == folded for level in levels)
    hint = "; one differs only in case or blanks" if near else ""
    return AuditError(
        f"Reference {shown(group.reference)} of group {group.name} is in none of the {rows(total)} "
        f"of column {shown(group.column)} ({len(levels)} levels{hint}). Write one of its levels "
        '(after labels), "the rest" or "the highest".'
    )


def _deciders(case: "Case", total: int) -> list[Quality]:
    column = case.roles["decided_by"].column
    _, n = _tallied(case.rows, "decided_by")
    single, most = int((n == 1).sum()), int(n.max())
    found: list[Quality] = []
    if single:
        found.append(
            Quality(
                "decider with one case",
                f"{single:,} caseworkers have a single case.",
                column,
                single,
            )
        )
    if most > 0.6 * total and len(n) > 1:
        says = f"One caseworker has {most / total:.0%} of all cases."
        found.append(Quality("one decider has most", says, column, most))
    return found


def _tallied(table: Any, column: str) -> tuple[list[Any], Any]:
    found = table.group_by(value=table[column]).agg(n=ibis._.count()).to_pyarrow()
    return found["value"].to_pylist(), np.array(found["n"].to_pylist(), dtype=np.int64)

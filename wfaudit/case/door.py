"""The door: what is checked in the data once, before anything is measured. Only counts come out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np

from wfaudit.case import cells, decode
from wfaudit.case.asks import ask, in_several
from wfaudit.case.decode import Quality
from wfaudit.case.limits import look_constraints
from wfaudit.case.ranked import look_lists
from wfaudit.case.read import MISSING
from wfaudit.case.roles import DATES, Group, Role
from wfaudit.case.tables import look_beside
from wfaudit.choices import HIGHEST, NOT_RECORDED, REST
from wfaudit.errors import AuditError, rows, shown
from wfaudit.sources import fetch, many

if TYPE_CHECKING:
    from wfaudit.case.case import Case

MOST_LEVELS, MOST_STATES = 1_000, 50

# what stops an audit: what was counted, and what is said of it after "in n rows"
STOPS: tuple[tuple[str, str], ...] = (
    ("infinite", "the number is infinite. Find out what it stands for, and mend the column."),
    (
        "not positive",
        "the weight is zero or less. Mend the column: it says how many people a row stands for.",
    ),
    (
        "no size",
        "the weight is over 10^12 or under 10^-12, which stands for no people. Mend the column.",
    ),
    ("off", "the number is too large for the steps it is counted in. Declare a larger resolution."),
    (
        "not a day",
        "the text is no day written like <day>. Declare how days are written, for example "
        'date = { column = "…", format = "%d-%m-%Y" }, or mend the column.',
    ),
    (
        "inexact",
        "the number was shortened or is too large to be told from its neighbour (2^53 and more). "
        "Export identifiers as text.",
    ),
)

# what a reader must know: role, what was counted, code, and the words after "In n rows"
NOTES: tuple[tuple[str, str, str, str], ...] = (
    (
        "tier", "above its score", "tier against score",
        "the tier lies above its score by the declared cuts.",
    ),
    (
        "tier", "below its score", "tier against score",
        "the tier lies below its score by the declared cuts.",
    ),
    ("score", "ties", "ties at the cut", "the score ties with a cut-off within single precision."),
    ("cluster", "missing", "cluster missing", "no cluster is named; together they are one."),
    (
        "relevance", "missing", "relevance missing",
        "there is no relevance; what is told by relevance leaves them out.",
    ),
    ("score", "missing", "score missing", "there is no score; they are counted without one."),
    ("outcome_date", "early", "outcome before score", "the outcome is dated before the result."),
    ("decided_on", "early", "decision before advice", "the decision is dated before the advice."),
    ("opened_at", "early", "opened before advice", "the advice was opened before its date."),
    *((d, "late", "later than the data", f"the {d} lies after as_of.") for d in DATES if d != "shown_from"),
)  # fmt: skip


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
    beside = [*look_beside(case), *look_lists(case), *look_constraints(case)]
    seen = ask(case)
    _refuse(case, seen)
    levels: dict[str, tuple[str, ...]] = {}
    quality = [*beside, *_noted(case, seen)]
    for group in case.groups:
        levels[group.name], found = _levels(case, group, seen)
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
            raise _identifier(case, group, k, n)
    for name, part in _parts(case):
        if part.column:
            _refuse_many(case, name, part, seen)
            _refuse_number(case, name, part, seen)
            _refuse_missing(case, name, part, seen.get(f"{name} missing", 0))


def _refuse_many(case: "Case", name: str, part: Role | Group, seen: dict[str, int]) -> None:
    if (values := seen.get(f"{name} values", 0)) > MOST_STATES:
        what = f'compare a number with a cut-off: {name} = {{ column = "…", is = ">= 26" }}'
        raise AuditError(
            f"{case.where(part)}: {values:,} distinct values in {rows(seen['rows'])}, where a few labels "
            f"were expected. Declare another column{'' if name.endswith('tier') else ', or ' + what}."
        )


def _refuse_number(case: "Case", name: str, part: Role | Group, seen: dict[str, int]) -> None:
    def bad(what: str) -> int:
        return seen.get(f"{name} {what}", 0)

    if text := bad("text"):
        comma = " with a decimal comma" if case.source.decimal == "," else ""
        told = f"{case.where(part)}: in {rows(text)} the text is not a number{comma}"
        if commas := bad("comma"):
            raise AuditError(
                f"{told} (with a decimal comma in {commas:,}). Declare it: "
                'source = { path = "…", decimal = "," }.'
            )
        raise AuditError(
            f"{told}. Clean the column, or declare the words that stand for missing, for example "
            'missing = ["NA"].'
        )
    for what, says in STOPS:
        if bad(what):
            like = (part.format if isinstance(part, Role) else "") or "2026-01-31"
            raise AuditError(
                f"{case.where(part)}: in {rows(bad(what))} {says.replace('<day>', like)}"
            )
    if outside := bad("outside"):
        looks = bad("percent") == outside
        what = "; it looks like percent. Divide by 100" if looks else ". Mend the column"
        raise AuditError(
            f"{case.where(part)}: in {rows(outside)} the score is outside 0 to 1, though declared a "
            f"probability{what}, or take out probability = true."
        )


def _refuse_missing(case: "Case", name: str, part: Role | Group, missing: int) -> None:
    if missing and name == "score" and case.roles[name].missing == "refuse":
        raise AuditError(
            f"{case.where(part)}: in {rows(missing)} there is no score. Nobody is dropped silently: "
            'complete the column, or keep them in sight with score = { column = "…", missing = "group" }.'
        )
    if missing and name == "person":
        raise AuditError(
            f"{case.where(part)}: in {rows(missing)} no person is named. Complete the column, or leave "
            "out the role."
        )


def _identifier(case: "Case", group: Group, k: int, n: int) -> AuditError:
    return AuditError(
        f"{case.where(group)}: {k:,} distinct values in {rows(n)}; it looks like an identifier, not a "
        "group. Declare another column, or bands for a number."
    )


def _noted(case: "Case", seen: dict[str, int]) -> list[Quality]:
    found = [
        Quality(code, f"In {rows(n)} {says}", case.roles[role].column, n)
        for role, what, code, says in NOTES
        if role in case.roles and (n := seen.get(f"{role} {what}", 0))
    ]
    for name, part in _parts(case):
        if n := seen.get(f"{name} code", 0):
            found.append(decode.code_for_missing(part.name, part.column, n))
    if "person" in case.roles and (n := seen["rows"] - seen["person people"]):
        words = {"cluster": "a declared cluster", "query": "a list", "matched": "a matched set"}
        units = next((words[role] for role in words if role in case.roles), "a person")
        people = many(seen["person people"], "person")
        says = f"In {rows(n)} a person appears again ({people}); intervals leave out {units} at a time."
        found.append(Quality("person repeats", says, case.roles["person"].column, n))
    for stray in case.source.ignored:
        says = f"{shown(stray)} is no Parquet part and was not read."
        found.append(Quality("file ignored", says, "", 0))
    return found


def _parts(case: "Case") -> list[tuple[str, Role | Group]]:
    roles: list[tuple[str, Role | Group]] = list(case.roles.items())
    return [*roles, *((f"group {group.name}", group) for group in case.groups)]


# --- levels of each group, and who decided


def _published(case: "Case") -> Door:
    levels = cells.levels(case, case.blocks)
    total = len(case.cells)
    quality: list[Quality] = []
    for group in case.groups:
        if len(levels[group.name]) > MOST_LEVELS:
            raise _identifier(case, group, len(levels[group.name]), total)
        _check_reference(case, group, levels[group.name], total)
        quality += decode.look_alike(case, group, *cells.tally(case.blocks, group))
    if hidden := sum(b.hidden for b in case.blocks):
        be = "cell is" if hidden == 1 else "cells are"
        says = f"{hidden:,} published {be} hidden or missing: unknown, not zero."
        quality.append(Quality("cells hidden", says, case.roles["count"].column, hidden))
    return Door(total, None, levels, tuple(quality))


def _check_reference(case: "Case", group: Group, levels: Sequence[str], total: int) -> None:
    if group.reference and group.reference not in (*levels, REST, HIGHEST):
        raise no_such_level(case, group, levels, total)


def _levels(
    case: "Case", group: Group, seen: dict[str, int]
) -> tuple[tuple[str, ...], list[Quality]]:
    total = seen["rows"]
    values, n = _tallied(case, f"group {group.name}")
    if int(n.sum()) != total:
        raise AuditError(
            f"{shown(case.source.name)} counted {rows(total)}, then {rows(int(n.sum()))}: it changed "
            "while it was being read; nothing was written."
        )
    found = decode.levels(case, group, values, n)
    levels = decode.in_order(group, found)
    _check_reference(case, group, levels, total)
    quality = [] if group.bands else decode.look_alike(case, group, values, n)
    for kind in MISSING:
        if count := seen.get(f"group {group.name} {kind}", 0):
            says = f"In {rows(count)} {group.name} is not known ({kind}): group {NOT_RECORDED!r}."
            quality.append(Quality("group not recorded", says, group.column, count))
    return levels, quality


def no_such_level(case: "Case", group: Group, levels: Sequence[str], total: int) -> AuditError:
    """The reference is in no row; levels are cell values, so they are counted, not listed."""
    hint = ""
    if decode.alike(group.reference, levels):
        hint = ", one of which differs only in case, blanks or Unicode form"
    if group.reference in dict(group.labels):
        hint = "; labels gives it another name"
    return AuditError(
        f"{case.where(group)}: none of {rows(total)} has the reference {shown(group.reference)} "
        f"({many(len(levels), 'level')}{hint}). Declare one of its levels, as it reads after labels, "
        '"the rest" or "the highest".'
    )


def _deciders(case: "Case", total: int) -> list[Quality]:
    column = case.roles["decided_by"].column
    who, n = _tallied(case, "decided_by")
    n = n[[name is not None for name in who]]
    single, most = int((n == 1).sum()), int(n.max(initial=0))
    found: list[Quality] = []
    if single:
        has = "caseworker has" if single == 1 else "caseworkers have"
        says = f"{single:,} {has} a single case."
        found.append(Quality("decider with one case", says, column, single))
    if most * 10 >= total * 6:
        says = f"One caseworker has {most / total:.0%} of all cases."
        found.append(Quality("one decider has most", says, column, most))
    return [*found, *_parted(case)]


def _parted(case: "Case") -> list[Quality]:
    """Where clusters don't hold those who decide whole, or those who decide don't hold persons whole."""
    whole, part = ("cluster", "decided_by") if "cluster" in case.roles else ("decided_by", "person")
    columns = [case.roles[role].column for role in (whole, part) if role in case.roles]
    if len(set(columns)) < 2 or "query" in case.roles:
        return []
    if not (several := in_several(case, part, whole)):
        return []
    words = {"decided_by": ("caseworker", "clusters"), "person": ("person", "caseworkers")}[part]
    says = f"{many(several, words[0])} in several {words[1]}; intervals leave out one of these at a time."
    return [Quality("in several clusters", says, columns[1], several)]


def _tallied(case: "Case", column: str) -> tuple[list[Any], Any]:
    table = case.rows
    found = fetch(case.source, table.group_by(value=table[column]).agg(n=ibis._.count()))
    return found["value"].to_pylist(), np.array(found["n"].to_pylist(), dtype=np.int64)

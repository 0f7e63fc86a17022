"""What the door asks of the rows, in one aggregate query: how many are not as they should be."""

from typing import TYPE_CHECKING, Any, cast

import ibis

from wfaudit.case.roles import Role

if TYPE_CHECKING:
    from wfaudit.case.case import Case

EXACT_IDS = 2**53
NUMBERS = ("weight", "minutes", "edits", "score", "previous_score", "outcome")
DATES = ("date", "outcome_date", "opened_at")
ISO = r"^\d{4}-\d{2}-\d{2}([ T].*)?$"
COMMA = r"^-?[\d.]*,\d+$"


def ask(case: "Case") -> dict[str, int]:
    """Count, in one aggregate query, the rows that are not as they should be."""
    table, asked = case.source.table, dict[str, Any]()
    asked["rows"] = table.count()
    for group in case.groups:
        asked[f"group {group.name}"] = cast(Any, case.columns[f"group {group.name}"]).nunique()
    for name in ("tier", "flagged", "decision", "outcome"):
        if name in case.columns:
            asked[f"{name} values"] = cast(Any, case.columns[name]).nunique()
    for role in case.roles.values():
        asked |= _asked(case, role)
    answer = table.aggregate(**{f"q{at}": value for at, value in enumerate(asked.values())})
    values = answer.to_pyarrow().to_pylist()[0].values()
    return {k: int(v or 0) for k, v in zip(asked, values, strict=True)}


def _asked(case: "Case", role: Role) -> dict[str, Any]:
    column: Any = case.source.table[role.column] if role.column else None
    if column is None:
        return {}
    asked: dict[str, Any] = {}
    if role.name in NUMBERS and (role.name != "outcome" or role.compare):
        asked |= _asked_number(case, role, column)
    if role.name in DATES:
        asked |= _asked_date(case, role, column)
    if role.name == "person":
        asked["person people"] = column.nunique()
        asked["person missing"] = column.isnull().sum()
        if column.type().is_floating():
            asked["person inexact"] = (column.abs() >= EXACT_IDS).sum()
    return asked


def _asked_date(case: "Case", role: Role, column: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    if column.type().is_string() and not role.format:
        bad = column.notnull() & (column != "") & ~column.re_search(ISO)
        asked[f"{role.name} not a date"] = bad.sum()
    if case.as_of:
        asked[f"{role.name} late"] = (column.cast("string").substr(0, 10) > case.as_of).sum()
    if role.name == "outcome_date" and "date" in case.roles:
        start: Any = case.source.table[case.roles["date"].column]
        early = column.cast("string").substr(0, 10) < start.cast("string").substr(0, 10)
        asked["outcome_date early"] = early.sum()
    return asked


def _asked_number(case: "Case", role: Role, column: Any) -> dict[str, Any]:
    number: Any = case.number(role.column)
    name = role.name
    asked: dict[str, Any] = {}
    if column.type().is_string():
        told = column.notnull() & ~column.isin(["", *case.missing])
        asked[f"{name} text"] = (told & number.isnull()).sum()
        asked[f"{name} comma"] = (told & number.isnull() & column.re_search(COMMA)).sum()
    asked[f"{name} missing"] = number.isnull().sum()
    asked[f"{name} infinite"] = number.isinf().sum()
    if role.probability:
        asked[f"{name} below"] = (number < 0).sum()
        asked[f"{name} above"] = (number > 1).sum()
        asked[f"{name} percent"] = ((number > 1) & (number <= 100)).sum()
    if name == "weight":
        asked["weight not positive"] = (number <= 0).sum()
    if name == "score":
        asked |= _asked_cuts(case, role, number, column)
    return asked


def _asked_cuts(case: "Case", role: Role, number: Any, column: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    tier, flagged = case.roles.get("tier"), case.roles.get("flagged")
    cuts = list(tier.cuts) if tier else []
    if tier and cuts:
        grid: Any = case.grid(role)
        steps = [(grid < round(cut / role.resolution), at) for at, cut in enumerate(cuts)]
        meant: Any = ibis.cases(*steps, (grid.notnull(), len(cuts)), else_=None)
        label: Any = case.source.table[tier.column].cast("string")
        got: Any = ibis.cases(
            *[(label == text, at) for at, text in enumerate(tier.order)], else_=None
        )
        asked["tier above"] = (got > meant).sum()
        asked["tier below"] = (got < meant).sum()
    if flagged and flagged.score_at_least is not None:
        cuts.append(flagged.score_at_least)
    if cuts and str(column.type()) == "float32":
        near = [(number - cut).abs() <= 1e-6 for cut in cuts]
        asked["score ties"] = sum(n.cast("int64").sum() for n in near)
    return asked

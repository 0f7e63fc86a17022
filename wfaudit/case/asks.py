"""What the door asks of the rows, in one aggregate query: how many are not as they should be."""

from typing import TYPE_CHECKING, Any, cast

import ibis

from wfaudit.case.decode import CODES
from wfaudit.case.read import kinds_of_missing
from wfaudit.case.roles import DATES, EXACT, NUMBERS, Group, Role
from wfaudit.case.traces import PLAIN
from wfaudit.sources import fetch

if TYPE_CHECKING:
    from wfaudit.case.case import Case

COMMA = r"^\s*[-+]?[\d.]*,\d+\s*$"
SHORTENED = r"^\s*\d\.\d+E\+\d+\s*$"  # what a spreadsheet makes of a long number
AFTER_ADVICE = ("outcome_date", "decided_on", "opened_at")
OF_WHOM = ("person", "cluster", "decided_by")


def ask(case: "Case") -> dict[str, int]:
    """Count, in one aggregate query, the rows that are not as they should be."""
    table, asked = case.source.table, dict[str, Any]()
    asked["rows"] = table.count()
    for group in case.groups:
        asked[f"group {group.name}"] = cast(Any, case.columns[f"group {group.name}"]).nunique()
        kinds = kinds_of_missing(table[group.column], case.missing)
        asked |= {f"group {group.name} {kind}": is_so.sum() for kind, is_so in kinds.items()}
        if group.bands:
            asked |= _asked_number(case, f"group {group.name}", group)
        if group.periods:
            known, period = case.known(group.column), cast(Any, case.columns[f"group {group.name}"])
            asked[f"group {group.name} not a day"] = (known.notnull() & period.isnull()).sum()
    for name in ("tier", "flagged", "decision", "outcome", *PLAIN):
        if name in case.columns:
            asked[f"{name} values"] = cast(Any, case.columns[name]).nunique()
    for role in case.roles.values():
        if role.column:
            asked |= _asked(case, role)
    answer = fetch(
        case.source, table.aggregate(**{f"q{at}": v for at, v in enumerate(asked.values())})
    )
    values = answer.to_pylist()[0].values()
    return {k: int(v or 0) for k, v in zip(asked, values, strict=True)}


def in_several(case: "Case", part: str, whole: str) -> int:
    """How many of one role have rows in several of another."""
    outer: Any = case.columns[whole]
    each: Any = case.source.table.group_by(part=case.columns[part]).agg(n=outer.nunique())
    each = each.filter(each["part"].notnull())
    answer = fetch(case.source, each.aggregate(n=(each["n"] > 1).sum()))
    return int(answer["n"].to_pylist()[0] or 0)


def _asked(case: "Case", role: Role) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    if role.name in NUMBERS or role.compare:
        asked |= _asked_number(case, role.name, role)
    if role.name in ("score", "previous_score"):
        asked |= _asked_score(case, role)
    if role.name == "score":
        asked |= _asked_cuts(case, role)
    if role.name in DATES:
        asked |= _asked_date(case, role)
    if role.name in OF_WHOM:
        asked |= _asked_whom(case, role)
    return asked


def _asked_whom(case: "Case", role: Role) -> dict[str, Any]:
    given: Any = case.source.table[role.column]
    column: Any = case.columns[role.name]
    asked = {f"{role.name} people": column.nunique(), f"{role.name} missing": column.isnull().sum()}
    if given.type().is_floating():
        asked[f"{role.name} inexact"] = (given.abs() >= EXACT).sum()
    if given.type().is_string():
        # a pattern takes as long as everything else that is asked here; few cells need it
        long = ibis.ifelse(given.contains("E+"), given.re_search(SHORTENED), False)
        asked[f"{role.name} inexact"] = cast(Any, long).sum()
    return asked


def _asked_date(case: "Case", role: Role) -> dict[str, Any]:
    known: Any = case.known(role.column)
    day: Any = case.day(role)
    asked: dict[str, Any] = {f"{role.name} not a day": (known.notnull() & day.isnull()).sum()}
    if case.as_of:
        asked[f"{role.name} late"] = (day > ibis.date(case.as_of)).sum()
    if role.name in AFTER_ADVICE and "date" in case.roles:
        asked[f"{role.name} early"] = (day < case.day(case.roles["date"])).sum()
    return asked


def _asked_number(case: "Case", name: str, part: Role | Group) -> dict[str, Any]:
    known: Any = case.known(part.column)
    number: Any = case.number(part.column)
    asked: dict[str, Any] = {
        f"{name} missing": number.isnull().sum(),
        f"{name} infinite": number.isinf().sum(),
        f"{name} code": _asked_codes(case, number),
    }
    if known.type().is_string():
        text = known.notnull() & number.isnull()
        asked[f"{name} text"] = text.sum()
        asked[f"{name} comma"] = (text & known.re_search(COMMA)).sum()
    if name == "weight":
        asked["weight not positive"] = (number <= 0).sum()
        asked["weight no size"] = ((number > 1e12) | ((number > 0) & (number < 1e-12))).sum()
    return asked


def _asked_codes(case: "Case", number: Any) -> Any:
    """Rows with a usual code for missing, where it lies outside all other values, if over 1 %."""
    codes = sorted(float(code) for code in CODES)
    plain = ~number.isin(codes) & ~number.isinf()
    low, high = number.min(where=plain), number.max(where=plain)
    hits: list[Any] = [
        ibis.ifelse((low > code) | (high < code), (number == code).sum(), 0) for code in codes
    ]
    coded: Any = sum(hit.fill_null(0) for hit in hits)
    return ibis.ifelse(coded * 100 > case.source.table.count(), coded, 0)


def _asked_score(case: "Case", role: Role) -> dict[str, Any]:
    number: Any = case.number(role.column)
    name = role.name
    asked: dict[str, Any] = {f"{name} off": (number.abs() >= EXACT * role.resolution).sum()}
    if role.probability:
        asked[f"{name} outside"] = ((number < 0) | (number > 1)).sum()
        asked[f"{name} percent"] = ((number > 1) & (number <= 100)).sum()
    return asked


def _asked_cuts(case: "Case", role: Role) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    tier, flagged = case.roles.get("tier"), case.roles.get("flagged")
    cuts = list(tier.cuts) if tier else []
    if tier and cuts:
        grid: Any = case.grid(role)
        steps = [(grid < round(cut / role.resolution), at) for at, cut in enumerate(cuts)]
        meant: Any = ibis.cases(*steps, (grid.notnull(), len(cuts)), else_=None)
        column = case.source.table[tier.column]
        labels = [(_reads(column, text), at) for at, text in enumerate(tier.order)]
        got: Any = ibis.cases(*labels, else_=None)
        asked["tier above its score"] = (got > meant).sum()
        asked["tier below its score"] = (got < meant).sum()
    if flagged and flagged.score_at_least is not None:
        cuts.append(flagged.score_at_least)
    column = case.source.table[role.column]
    if cuts and str(column.type()) == "float32":
        number: Any = case.number(role.column)
        near: Any = ibis.or_(*[(number - cut).abs() <= 1e-6 for cut in cuts])
        asked["score ties"] = near.sum()
    return asked


def _reads(column: Any, label: str) -> Any:
    """Whether a cell reads as a label: 1.0 reads as 1, as pandas makes of numbers with gaps."""
    text = column.cast("string")
    return (
        (text == label) | (text == f"{label}.0") if column.type().is_floating() else text == label
    )

"""What people did with the advice, as states: each a yes or no (or a place in an order) from its roles."""

from typing import TYPE_CHECKING, Any, cast

from ibis.expr.types import Value

if TYPE_CHECKING:
    from wfaudit.case.case import Case

# the state -> the roles it is told by; a state of one role of its own name is that column
TRACES: dict[str, tuple[str, ...]] = {
    "before": ("before",),
    "shown": ("shown",),
    "opened": ("opened",),
    "decided_first": ("opened_at", "decided_on"),
    "checked": ("checked",),
    "overridden": ("overridden",),
    "followed": ("followed",),
    "prepared": ("prepared",),
    "explained": ("reason",),
    "contacted": ("contacts",),
    "edited": ("edits",),
    "first_tier": ("first_tier",),
    "audited": ("audited",),
}
PLAIN = tuple(name for name, roles in TRACES.items() if roles == (name,))


def told_by(state: str) -> tuple[str, ...]:
    """The roles a state is told by.

    >>> told_by("explained"), told_by("tier"), told_by("treated")
    (('reason',), ('tier',), ('decision', 'flagged'))
    """
    several = {"treated": ("decision", "flagged"), "saw": ("shown",)}
    return several.get(state, TRACES.get(state, (state,)))


def declared(case: "Case") -> list[str]:
    """The states of this kind that a case tells; nothing in a case of published counts."""
    if "count" in case.roles:
        return []
    return [name for name in TRACES if _declares(case, name)]


def _declares(case: "Case", name: str) -> bool:
    if name in ("shown", "opened", "decided_first") and "query" in case.roles:
        return False  # there it is the item of a list that is shown, not advice
    if name == "opened" and "opened_at" in case.roles:
        return True
    if name == "before" and "before" in case.roles:
        return case.same_scale(case.roles["before"])
    return all(role in case.roles for role in TRACES[name])


def column(case: "Case", name: str) -> Value:
    """The expression of a state: what was written down, or yes and no from it."""
    roles = case.roles
    if name == "explained":
        text: Any = case.known(roles["reason"].column)
        return text.cast("string").strip().length().fill_null(0) > 0
    if name == "decided_first":
        opened, decided = (cast(Any, case.day(roles[role])) for role in TRACES[name])
        return decided < opened
    if name in ("contacted", "edited"):
        return cast(Any, case.number(roles[TRACES[name][0]].column)) > 0
    if name == "opened" and "opened" not in roles:
        return cast(Any, case.known(roles["opened_at"].column)).notnull()
    state = case.state(roles[name])
    assert state is not None
    return state


def truth(values: list[Any]) -> list[bool | None]:
    """Yes, no or not known, of a state that is an expression of its own."""
    return [None if v is None else bool(v) for v in values]

"""What a search is asked, and whether a case can carry it: told before any person is read."""

from collections.abc import Sequence

from wfaudit.case import Case
from wfaudit.errors import AuditError, not_one_of
from wfaudit.halves import GROUP, INPUT
from wfaudit.measures.rate import RATES, Rate
from wfaudit.subgroups import slices

DEPTH, KEEP = 2, 10


def check(case: Case, measure: str) -> None:
    """Stop before any person is read if a case can't be searched among its inputs by this measure."""
    rate_of(case, measure)
    columns_of(case, None, DEPTH, KEEP)
    slices.finder()


def rate_of(case: Case, measure: str) -> Rate:
    """The one rate to search by."""
    if measure not in RATES:
        raise not_one_of("measure", measure, RATES)
    if RATES[measure].tiers is not None:
        raise AuditError(
            f"{measure} is asked for each tier by itself; a search takes one rate, such as "
            "selection_rate or override_rate."
        )
    if case.evidence == "counts":
        raise AuditError("A case of counts holds no people, so there is nobody to search among.")
    case.unweighted("search")
    case.require(RATES[measure].needs, measure)
    return RATES[measure]


def columns_of(case: Case, among: Sequence[str] | None, depth: int, keep: int) -> list[str]:
    """The columns to tell people by: inputs, and groups where no input has the name."""
    if not 1 <= depth <= slices.DEEPEST or keep < 1:
        raise AuditError(
            f"A search joins 1 to {slices.DEEPEST} inputs and keeps one subgroup or more; depth = "
            f"{depth} and keep = {keep} were given."
        )
    inputs = {name: f"{INPUT}{name}" for name, _ in case.inputs}
    known = {**{group.name: f"{GROUP}{group.name}" for group in case.groups}, **inputs}
    for name in among or ():
        if name not in known:
            raise not_one_of("input or group to search among", name, known)
    names = [known[name] for name in dict.fromkeys(inputs if among is None else among)]
    if not names:
        raise AuditError(
            'There is nothing to search among. Declare the inputs, [inputs."<name>"] for each, or '
            'name declared groups: among = ["<group>"].'
        )
    return names


def plain(name: str) -> str:
    """A column's name without what kind of column it is.

    >>> plain("input age")
    'age'
    """
    return name.partition(" ")[2]

"""How lists are read: how many places are their top, and how attention falls from place to place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wfaudit.case import keys
from wfaudit.case.keys import Kind, checked
from wfaudit.case.roles import Role
from wfaudit.errors import AuditError, not_one_of

LISTS: dict[str, Kind] = {"top": keys.WHOLE, "attention": keys.TEXTS, "patience": keys.NUMBER}
MOST_TOP = 1_000  # places that are told one by one
ATTENTION = {
    "logarithmic": "1 / log2(1 + place), as in discounted gain",
    "geometric": "patience to the power of the places before",
    "clicks": "how often what stood at a place was clicked, of what was shown there",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """How many places are the top, the models of attention, and how patient the geometric one is."""

    top: int = 10
    attention: tuple[str, ...] = ("logarithmic", "geometric")
    patience: float = 0.8


def read_lists(declared: object, roles: Mapping[str, Role]) -> Lists:
    """Check how lists are declared to be read.

    >>> read_lists({"top": 5, "attention": ["geometric"]}, {"query": None, "item": None}).top
    5
    """
    told = checked("lists", declared, LISTS)
    if told and "query" not in roles:
        raise AuditError("[lists] says how lists are read: declare the roles query and item too.")
    given: dict[str, Any] = dict(told)
    if "attention" in given:
        given["attention"] = tuple(dict.fromkeys(given["attention"]))
    found = Lists(**given)
    _sound(found, roles)
    return found


def _sound(found: Lists, roles: Mapping[str, Role]) -> None:
    if not 1 <= found.top <= MOST_TOP:
        raise AuditError(
            f"The top of a list has at least one place and at most {MOST_TOP:,}: [lists] top = 10."
        )
    if not 0 < found.patience < 1:
        raise AuditError("Patience lies between 0 and 1: [lists] patience = 0.8.")
    if not found.attention:
        raise AuditError('No model of attention is named: [lists] attention = ["logarithmic"].')
    for name in found.attention:
        if name not in ATTENTION:
            raise not_one_of("model of attention in lists", name, ATTENTION)
    if "clicks" in found.attention and "clicked" not in roles:
        raise AuditError(
            'Attention by clicks needs the role clicked: add clicked = "<column>" under [roles].'
        )

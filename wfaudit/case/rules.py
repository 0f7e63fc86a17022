"""The agency's own rules about decisions, declared as expectations that an audit holds them to."""

from collections.abc import Mapping
from dataclasses import dataclass

from wfaudit.case import keys
from wfaudit.case.keys import checked
from wfaudit.case.roles import Role
from wfaudit.errors import AuditError, not_one_of, shown

WHEN = {
    "override": "the decision differs from the advice",
    "up": "the decision is above the advice",
    "down": "the decision is below the advice",
    "decision": "the decision is the same as being flagged",
}
ONLY = {"checked": "checked", "reason": "explained", "never": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Where a rule speaks of a decision (``when``), and what must hold there (a state; empty: never)."""

    name: str
    when: str
    only: str


def read_rules(declared: object, roles: Mapping[str, Role]) -> tuple[Rule, ...]:
    """Check the declared rules: what each speaks of, and what it asks for there.

    >>> read_rules({}, {})
    ()
    """
    given = checked("rules", declared, dict.fromkeys(_names(declared), keys.TABLE))
    return tuple(_rule(name, told, roles) for name, told in given.items())


def _names(declared: object) -> list[str]:
    return list(declared) if isinstance(declared, Mapping) else []


def _rule(name: str, given: object, roles: Mapping[str, Role]) -> Rule:
    told = checked(f"rule {name}", given, {"when": keys.TEXT, "only": keys.TEXT})
    for key, known in (("when", WHEN), ("only", ONLY)):
        if key not in told:
            raise AuditError(
                f"Rule {shown(name)} says nothing of {key!r}. Write one of {', '.join(known)}."
            )
        if told[key] not in known:
            raise not_one_of(f"{key} in rule {name}", str(told[key]), known)
    needs = ["decision", *([str(told["only"])] if told["only"] != "never" else [])]
    for role in needs:
        if role not in roles:
            raise AuditError(
                f"Rule {shown(name)} needs the role {role}, which this case does not declare."
            )
    return Rule(name=name, when=str(told["when"]), only=ONLY[str(told["only"])])

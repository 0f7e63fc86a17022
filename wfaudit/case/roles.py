"""Roles: which column plays which part, and how its values are to be read. Nothing is opened here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wfaudit.choices import HIGHEST, JOIN, NOT_RECORDED, REST
from wfaudit.errors import AuditError, listed, not_one_of, shown

TEXT = ("column",)
NUMBER = ("column",)
DATE = ("column", "format")
YES_NO = ("column", "is", "yes", "no")
ORDERED = ("column", "order", "cuts")
SCORE = ("column", "resolution", "probability", "missing")
DECISION = (*YES_NO, "order")

# every role a case file may declare: what it is, and the keys its table may have
ROLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "person": ("one person, who may have several rows", TEXT),
    "score": ("the model's number", SCORE),
    "tier": ("the model's ordered result", ORDERED),
    "flagged": (
        "yes where the result changes the treatment",
        (*YES_NO, "tier_at_least", "score_at_least", "count"),
    ),
    "decision": ("what the caseworker decided", DECISION),
    "before": ("the caseworker's judgement before seeing the advice", DECISION),
    "decided_by": ("who decided", TEXT),
    "shown": ("yes where the advice was shown", YES_NO),
    "opened": ("yes where the advice was opened", YES_NO),
    "opened_at": ("when it was opened", DATE),
    "outcome": ("yes where what the model predicts came true", (*YES_NO, "time", "observed")),
    "outcomes": ("other definitions or horizons of the outcome, by name", ()),
    "outcome_date": ("when the outcome was recorded", DATE),
    "date": ("when the model gave its result", DATE),
    "period": ("a period as text, such as a quarter", TEXT),
    "cluster": ("people who are not independent, such as an office", TEXT),
    "weight": ("how many people a row stands for in a sample", NUMBER),
    "reason": ("the reason written for a decision", TEXT),
    "channel": ("phone, video, in person", TEXT),
    "minutes": ("minutes spent", NUMBER),
    "edits": ("how often inputs were edited before the result", NUMBER),
    "office": ("office", TEXT),
    "provider": ("contracted provider", TEXT),
    "state": ("state of a person over time", TEXT),
    "previous_score": ("the score of the version before", SCORE),
    "count": ("how many people a row counts: makes the case one of counts", NUMBER),
    "block": ("which published table a row of counts belongs to", TEXT),
    "group": ("the group of a row in its block", TEXT),
}
COMPARISON = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*(-?\d+(?:\.\d+)?)\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One role of a case; the empty value of a key means it was not declared."""

    name: str
    column: str = ""
    order: tuple[str, ...] = ()
    cuts: tuple[float, ...] = ()
    compare: tuple[str, float] | None = None
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    resolution: float = 1e-4
    probability: bool = False
    missing: str = "refuse"
    tier_at_least: str = ""
    score_at_least: float | None = None
    count: str = ""
    time: str = ""
    observed: str = ""
    format: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Every source column this role reads."""
        return tuple(c for c in (self.column, self.count, self.time, self.observed) if c)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A declared attribute: its column, the words for its levels, whom it is compared with."""

    name: str
    column: str
    reference: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    levels: tuple[str, ...] = ()
    bands: tuple[float, ...] = ()
    phrase: str = "{level}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """How a published table shows a cell it hides, and the count it stays below."""

    shown_as: tuple[str, ...]
    below: int


def read_roles(declared: Mapping[str, Any]) -> dict[str, Role]:
    """Check a table of roles against the roles there are."""
    roles: dict[str, Role] = {}
    for name, given in declared.items():
        if name not in ROLES:
            raise not_one_of("role", name, (*ROLES, "flag_is"))
        if name == "outcomes":
            for horizon, spec in given.items():
                roles[f"outcomes.{horizon}"] = _role("outcome", spec)
        else:
            roles[name] = _role(name, given)
    return roles


def _role(name: str, given: object) -> Role:
    if isinstance(given, str):
        given = {"column": given}
    if not isinstance(given, Mapping):
        raise AuditError(
            f"Role {shown(name)} must be a column's name or a table such as "
            f'{{ column = "…" }}; {type(given).__name__} was given.'
        )
    allowed = ROLES[name][1]
    for key in given:
        if key not in allowed:
            raise not_one_of(f"key in role {name}", key, allowed)
    keys: dict[str, Any] = {
        k: tuple(_texts(name, k, v)) if k in ("order", "yes", "no") else v
        for k, v in given.items()
        if k != "is"
    }
    if "cuts" in keys:
        keys["cuts"] = tuple(float(c) for c in keys["cuts"])
    if "is" in given:
        keys |= _condition(name, given["is"])
    role = Role(name=name, **keys)
    _whole(role)
    return role


def _texts(name: str, key: str, value: object) -> list[str]:
    if not isinstance(value, list | tuple) or not value:
        raise AuditError(f'{name}.{key} must be a list of labels, such as ["low", "high"].')
    texts = [str(v) for v in value]
    if len(set(texts)) < len(texts):
        raise AuditError(f"{name}.{key} names a label twice: {listed(texts)}. Name each once.")
    return texts


def _condition(name: str, given: object) -> dict[str, Any]:
    """Read ``is``: a comparison with a number, or the label that means yes."""
    if match := COMPARISON.match(str(given)):
        return {"compare": (match[1], float(match[2]))}
    raise AuditError(
        f"{name}.is = {shown(given)} can't be read. Compare with a number, such as "
        'is = ">= 26", or list the labels: yes = ["ja"], no = ["nej"].'
    )


def _whole(role: Role) -> None:
    """Refuse a role that names no column, or names its values by halves."""
    derived = role.tier_at_least or role.score_at_least is not None
    if not role.columns and not derived:
        raise AuditError(f'Role {role.name} names no column. Write {role.name} = "<column>".')
    if role.name == "tier" and len(role.order) < 2:
        raise AuditError(
            'Role tier needs its order, lowest first: tier = { column = "…", order = '
            '["low", "medium", "high"] }.'
        )
    if bool(role.yes) != bool(role.no):
        raise AuditError(
            f"Role {role.name} must list both: the labels that mean yes and those that mean no."
        )
    if role.cuts and len(role.cuts) != len(role.order) - 1:
        raise AuditError(
            f"Role {role.name} has {len(role.order)} tiers and {len(role.cuts)} cuts; there is "
            "one cut between two tiers."
        )
    if role.missing not in ("refuse", "group"):
        raise not_one_of(f"{role.name}.missing", role.missing, ("refuse", "group"))
    if not role.resolution > 0:
        raise AuditError(f"{role.name}.resolution must be above zero, such as 0.0001.")


def read_group(name: str, given: Mapping[str, Any]) -> Group:
    """Check one declared group; its column is its own name unless it says otherwise."""
    allowed = ("column", "reference", "labels", "levels", "bands", "phrase")
    for key in given:
        if key not in allowed:
            raise not_one_of(f"key in group {name}", key, allowed)
    if JOIN in name:
        raise AuditError(f"A group's name can't hold {JOIN!r}: it joins intersections. Rename it.")
    labels = tuple((str(k), str(v)) for k, v in given.get("labels", {}).items())
    texts = [text for _, text in labels]
    if len(set(texts)) < len(texts):
        raise AuditError(
            f"Two labels of group {shown(name)} read the same; each level needs its own."
        )
    bands = tuple(float(b) for b in given.get("bands", ()))
    if list(bands) != sorted(set(bands)):
        raise AuditError(f"The bands of group {shown(name)} must rise, such as [25, 50].")
    return Group(
        name=name,
        column=str(given.get("column", name)),
        reference=str(given.get("reference", "")),
        labels=labels,
        levels=tuple(_texts(name, "levels", given["levels"])) if "levels" in given else (),
        bands=bands,
        phrase=_phrase(name, given.get("phrase", "{level}")),
    )


def _phrase(name: str, given: object) -> str:
    if "{level}" not in str(given):
        raise AuditError(
            f'The phrase of group {shown(name)} must hold {{level}}, such as "{{level}} applicants".'
        )
    return str(given)


def reserved(level: str) -> bool:
    """Whether a level would be mistaken for a word of ours."""
    return JOIN in level or level in (NOT_RECORDED, REST, HIGHEST)

"""Roles: which column plays which part, and how its values are to be read. Nothing is opened here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from wfaudit.case import keys
from wfaudit.case.keys import Kind, checked
from wfaudit.case.periods import PERIODS
from wfaudit.case.read import pattern_of
from wfaudit.choices import EVERYONE, HIGHEST, JOIN, NOT_RECORDED, REST
from wfaudit.errors import AuditError, listed, not_one_of, shown
from wfaudit.sources import many

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
    "first_tier": ("the tier before inputs were edited, on the order of the tier", TEXT),
    "flagged": (
        "yes where the result changes the treatment",
        (*YES_NO, "tier_at_least", "score_at_least", "count"),
    ),
    "decision": ("what the caseworker decided", DECISION),
    "before": ("the caseworker's judgement before seeing the advice", DECISION),
    "decided_by": ("who decided", TEXT),
    "shown": ("yes where the advice, or the item, was shown", (*YES_NO, "at_random")),
    "shown_from": (
        "the day from which on a person's office shows the advice",
        (*DATE, "periods", "at_random"),
    ),
    "opened": ("yes where the advice was opened", YES_NO),
    "opened_at": ("when it was opened", DATE),
    "outcome": (
        "yes where what the model predicts came true",
        (*YES_NO, "time", "observed", "horizons"),
    ),
    "audited": (
        "yes where a lot was drawn to find out the outcome whatever was decided",
        YES_NO,
    ),
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
    "decided_on": ("when the caseworker decided", DATE),
    "checked": ("yes where the check that the agency's own rule asks for took place", YES_NO),
    "overridden": ("yes where the record says that the decision departs from the advice", YES_NO),
    "followed": ("yes where the advice or the referral was followed", YES_NO),
    "prepared": ("yes where the preparation form was handed in", YES_NO),
    "answers": ("how many questions of the form were answered", NUMBER),
    "documented_on": ("when what was known of the person was last written down", DATE),
    "profile": ("the facts of a case as one text: the same text, the same facts", TEXT),
    "route": ("how a person is served: self-service, by a caseworker, by a provider", TEXT),
    "contacts": ("how often a person was spoken to", NUMBER),
    "spending": ("money spent on a person", NUMBER),
    "payment": ("money paid to a provider for a person's outcome", NUMBER),
    "first_contact": (
        "how long until somebody spoke to the person",
        ("time", "observed", "horizons"),
    ),
    "spell": ("which spell of a person a row belongs to", TEXT),
    "query": ("whose list a pair stands in: a vacancy, an employer, a person", TEXT),
    "item": ("who or what stands in the list", TEXT),
    "rank": ("place in the list, from 1", NUMBER),
    "relevance": ("how well the pair fits by a judgement that is not the model's, from 0", NUMBER),
    "scores": ("sub-scores of a pair, by name", ()),
    "clicked": ("yes where the item was clicked", YES_NO),
    "applied": ("yes where there was an application", YES_NO),
    "invited": ("yes where there was an invitation", YES_NO),
    "hired": ("yes where somebody was hired", YES_NO),
    "vendor": ("who runs the screening of this employer", ("column", "own")),
    "text": ("the text that is read by the model", TEXT),
    "wording": ("in which words the same content was written", TEXT),
    "matched": (
        "the set in which somebody was matched with others to be alike: an ad, a pair",
        TEXT,
    ),
    "block": ("which published table a row of counts belongs to", TEXT),
    "group": ("the group of a row in its block", TEXT),
    "printed_rate": ("the rate of a row as its publisher prints it", TEXT),
    "printed_ratio": ("the impact ratio of a row as its publisher prints it", TEXT),
}
NAMED = {"outcomes": "outcome", "scores": "score"}  # several by name: each is read as one of these
NUMBERS = (
    "weight", "minutes", "edits", "score", "previous_score", "answers", "contacts", "spending",
    "payment", "rank", "relevance",
)  # fmt: skip
DATES = ("date", "outcome_date", "opened_at", "decided_on", "documented_on", "shown_from")
EXACT = 2**53  # from here on a float can't be told from its neighbour
SLACK = 1e-3  # of a step of the score: what a float may be off

# what each of these keys holds
HOLDS: dict[str, Kind] = {
    **dict.fromkeys(("column", "count", "time", "observed"), keys.COLUMN),
    **dict.fromkeys(("is", "tier_at_least"), keys.LABEL),
    **dict.fromkeys(("order", "yes", "no", "own"), keys.LABELS),
    **dict.fromkeys(("resolution", "score_at_least"), keys.NUMBER),
    **dict.fromkeys(("missing", "format", "periods"), keys.TEXT),
    "cuts": keys.NUMBERS,
    "horizons": keys.NUMBERS,
    "probability": keys.YES_OR_NO,
    "at_random": keys.YES_OR_NO,
}
GROUP: dict[str, Kind] = {
    "column": keys.COLUMN,
    "reference": keys.LABEL,
    "labels": keys.TABLE,
    "levels": keys.LABELS,
    "bands": keys.NUMBERS,
    "phrase": keys.TEXT,
    "table": keys.TEXT,
    "periods": keys.TEXT,
}
STEPS = ("28 days", "month")  # periods of a roll-out in steps
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
    own: tuple[str, ...] = ()
    resolution: float = 1e-4
    probability: bool = False
    at_random: bool = False
    missing: str = "refuse"
    tier_at_least: str = ""
    score_at_least: float | None = None
    count: str = ""
    time: str = ""
    observed: str = ""
    horizons: tuple[float, ...] = ()
    format: str = ""
    periods: str = ""

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
    table: str = ""
    periods: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """How a published table shows a cell it hides, and the count it stays below."""

    shown_as: tuple[str, ...]
    below: int


def where(file: str, part: Role | Group, column: str = "") -> str:
    """Where a column stands and what it is for, to open a message with."""
    kind = "role" if isinstance(part, Role) else "group"
    return f"{shown(file)}, column {shown(column or part.column)} ({kind} {part.name})"


def read_roles(declared: Mapping[str, Any]) -> dict[str, Role]:
    """Check a table of roles against the roles there are."""
    roles: dict[str, Role] = {}
    for name, given in declared.items():
        if name not in ROLES:
            raise not_one_of("role", name, (*ROLES, "flag_is"))
        if name in NAMED:
            several = checked(f"roles.{name}", given, dict.fromkeys(_names(given), keys.ANY))
            roles |= {f"{name}.{h}": _role(NAMED[name], f"{name}.{h}", several[h]) for h in several}
        else:
            roles[name] = _role(name, name, given)
    if {"tier", "first_tier"} <= set(roles):
        roles["first_tier"] = replace(roles["first_tier"], order=roles["tier"].order)
    return roles


def _names(given: object) -> list[str]:
    return list(given) if isinstance(given, Mapping) else []


def _role(kind: str, name: str, given: object) -> Role:
    if isinstance(given, str):
        given = {"column": given}
    if not isinstance(given, Mapping):
        raise AuditError(
            f'Role {name} must be a column\'s name or a table of keys: {name} = "<column>" or '
            f'{name} = {{ column = "<column>", … }}.'
        )
    told = checked(f"role {name}", given, {key: HOLDS[key] for key in ROLES[kind][1]})
    plain: dict[str, Any] = {
        key: tuple(_texts(name, key, value)) if HOLDS[key] is keys.LABELS else value
        for key, value in told.items()
        if key != "is"
    }
    for key in ("cuts", "horizons"):
        if key in plain:
            plain[key] = tuple(float(c) for c in plain[key])
    if "tier_at_least" in plain:
        plain["tier_at_least"] = str(plain["tier_at_least"])
    if "is" in told:
        plain |= _condition(name, told["is"])
    if "format" in told:
        pattern_of(told["format"])
    role = Role(name=name, **plain)
    _whole(role)
    _timed(role)
    _one_way(role)
    return role


def _texts(name: str, key: str, value: Sequence[object]) -> list[str]:
    if not value:
        raise AuditError(f'{name}.{key} names no label. List them, such as ["low", "high"].')
    texts = [str(v) for v in value]
    if len(set(texts)) < len(texts):
        raise AuditError(f"{name}.{key} names a label twice: {listed(texts)}. Name each once.")
    return texts


def _condition(name: str, given: object) -> dict[str, Any]:
    """Read ``is``: a comparison with a number."""
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
    if role.cuts and (len(role.cuts) != len(role.order) - 1 or not _rising(role.cuts)):
        raise AuditError(
            f"Role {role.name} has {len(role.order)} tiers, so it takes "
            f"{many(len(role.order) - 1, 'cut')}, lowest first."
        )
    if role.missing not in ("refuse", "group"):
        raise not_one_of(f"{role.name}.missing", role.missing, ("refuse", "group"))
    if role.periods and role.periods not in STEPS:
        raise not_one_of(f"kind of period in role {role.name}", role.periods, STEPS)
    if not role.resolution > 0:
        raise AuditError(f"{role.name}.resolution must be above zero, such as 0.0001.")


def _timed(role: Role) -> None:
    """Refuse a censored outcome that is told by halves."""
    if bool(role.time) != bool(role.observed):
        raise AuditError(
            f"Role {role.name} needs both where spells are censored: time, how long, and observed, "
            "whether its end was seen."
        )
    if role.horizons and not (role.time and _rising((0.0, *role.horizons))):
        raise AuditError(
            f"Role {role.name}: horizons are times above zero, rising, for an outcome with time and observed."
        )


def _one_way(role: Role) -> None:
    """Refuse a role that is told in two ways: which one holds would be a guess."""
    ways = {
        "column": role.column, "tier_at_least": role.tier_at_least, "count": role.count,
        "score_at_least": role.score_at_least is not None, "time": role.time,
    }  # fmt: skip
    told = [way for way, given in ways.items() if given]
    if len(told) > 1:
        raise AuditError(f"Role {role.name} is told in two ways: {' and '.join(told)}. Keep one.")
    if role.compare and role.yes:
        raise AuditError(f"Role {role.name} is told in two ways: is, and yes with no. Keep one.")
    if both := set(role.yes) & set(role.no):
        raise AuditError(f"Role {role.name} has {listed(sorted(both))} as yes and as no. Keep one.")


def _rising(numbers: Sequence[float]) -> bool:
    return all(a < b for a, b in pairwise(numbers))


def read_group(name: str, given: object) -> Group:
    """Check one declared group; its column is its own name unless it says otherwise."""
    told = checked(f"group {name}", given, GROUP)
    if JOIN in name or name == EVERYONE or not name.strip():
        raise AuditError(
            f"A group can't be called {shown(name)}: {JOIN!r} joins intersections, {EVERYONE!r} is the "
            "total, and a blank can't be read. Rename it."
        )
    bands = tuple(float(b) for b in told.get("bands", ()))
    if not _rising(bands):
        raise AuditError(f"The bands of group {shown(name)} must rise, such as bands = [25, 50].")
    table, periods = told.get("table", ""), told.get("periods", "")
    if periods and periods not in PERIODS:
        raise not_one_of(f"kind of period in group {name}", periods, PERIODS)
    if periods and bands:
        raise AuditError(f"Group {shown(name)} is told in two ways: bands and periods. Keep one.")
    column = told.get("column", name)
    return Group(
        name=name,
        column=f"{table}.{column}" if table else column,
        table=table,
        periods=periods,
        reference=str(told.get("reference", "")),
        labels=_labels(name, told.get("labels", {})),
        levels=tuple(_texts(name, "levels", told["levels"])) if "levels" in told else (),
        bands=bands,
        phrase=_phrase(name, told.get("phrase", "{level}")),
    )


def _labels(name: str, given: keys.Keys) -> tuple[tuple[str, str], ...]:
    labels = checked(f"labels of group {name}", given, dict.fromkeys(given, keys.LABEL))
    texts = [str(text) for text in labels.values()]
    if len(set(texts)) < len(texts):
        raise AuditError(
            f"Two labels of group {shown(name)} read the same; each level needs its own."
        )
    if bad := [text for text in texts if reserved(text) or not text.strip()]:
        raise AuditError(
            f"Group {shown(name)} can't have the label {shown(bad[0])}: it has a meaning here, or "
            'can\'t be read. Choose another; if it stands for "not known", declare the value missing.'
        )
    return tuple(zip(map(str, labels), texts, strict=True))


def _phrase(name: str, given: str) -> str:
    if "{level}" not in given:
        raise AuditError(
            f'The phrase of group {shown(name)} must hold {{level}}, such as "{{level}} applicants".'
        )
    return given


def reserved(level: str) -> bool:
    """Whether a level would be mistaken for a word of ours."""
    return JOIN in level or level in (NOT_RECORDED, REST, HIGHEST)

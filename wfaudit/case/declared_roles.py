"""Roles and groups as a case file declares them, checked one by one. Nothing is opened here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from wfaudit.case import keys
from wfaudit.case.keys import checked
from wfaudit.case.periods import PERIODS
from wfaudit.case.read import pattern_of
from wfaudit.case.roles import GROUP, HOLDS, NAMED, ROLES, STEPS, Group, Role
from wfaudit.choices import EVERYONE, HIGHEST, JOIN, NOT_RECORDED, REST
from wfaudit.errors import AuditError, listed, not_one_of, shown
from wfaudit.sources import many

COMPARISON = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*(-?\d+(?:\.\d+)?)\s*$")


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

"""The case file: its keys, checked and turned into the parts of a case. Opens no table of people."""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from wfaudit.case import keys
from wfaudit.case.agree import check_kinds, consistent
from wfaudit.case.declared_roles import read_group, read_roles
from wfaudit.case.keys import Keys, Kind, checked
from wfaudit.case.lists import read_lists
from wfaudit.case.modelled import read_model
from wfaudit.case.roles import Group, Role, Suppressed
from wfaudit.case.rules import read_rules
from wfaudit.case.tables import consistent_pairs, read_constraints, with_tables
from wfaudit.choices import ADJUST, Choices, Scale, Tolerance, Words
from wfaudit.errors import AuditError, not_one_of, shown
from wfaudit.sources import Reading, Source, open_source

# every key of a case file outside [roles] and [groups.*], with what it holds
TOP: dict[str, Kind] = {
    "name": keys.TEXT,
    "about": keys.TEXT,
    "source": keys.ANY,
    "level": keys.NUMBER,
    "missing": keys.LABELS,
    "suppressed": keys.TABLE,
    "as_of": keys.DAY,
    "roles": keys.TABLE,
    "groups": keys.TABLE,
    "intersections": keys.TABLE,
    "tolerance": keys.TABLE,
    "families": keys.TABLE,
    "also": keys.TABLE,
    "rules": keys.TABLE,
    "words": keys.TABLE,
    "inputs": keys.TABLE,
    "model": keys.TABLE,
    "tables": keys.TABLE,
    "constraints": keys.TABLE,
    "lists": keys.TABLE,
}
LL144 = {
    "sex": keys.TEXT, "race": keys.TEXT, "scored": keys.YES_OR_NO, "into": keys.TEXT, "left_out": keys.TABLE,
}  # fmt: skip
SOURCE: dict[str, Kind] = {
    "path": keys.ANY,
    **dict.fromkeys(("delimiter", "decimal", "encoding", "table", "made_by"), keys.TEXT),
}
INPUT: dict[str, Kind] = {
    "column": keys.COLUMN,
    **dict.fromkeys(("source", "legal_basis", "purpose"), keys.TEXT),
    "kind": keys.TEXT,
    "special_category": keys.YES_OR_NO,
    "irrelevant": keys.NUMBER,
    "missing": keys.LABELS,
}
KINDS = ("number", "text")
SUPPRESSED: dict[str, Kind] = {"shown_as": keys.LABELS, "below": keys.WHOLE}


def load_keys(path: str | Path) -> tuple[dict[str, Any], str]:
    """Read a case file; give its keys, with the source's path made whole, and its fingerprint."""
    path = Path(path)
    try:
        raw = path.read_bytes()
    except (OSError, ValueError) as problem:
        what = "You may not read the" if isinstance(problem, PermissionError) else "There is no"
        raise AuditError(
            f"{what} case file {shown(path.name)}. Give the path of a .toml file; `wfaudit datasets` "
            "lists the cases that come with wfaudit."
        ) from None
    try:
        declared = tomllib.loads(raw.decode("utf-8-sig"))
    except tomllib.TOMLDecodeError as problem:
        raise _no_toml(path, str(problem)) from None
    except UnicodeDecodeError as problem:
        raise _no_toml(path, f"byte {problem.start:,} is not UTF-8") from None
    return declared, hashlib.sha256(raw).hexdigest()


def _no_toml(path: Path, why: str) -> AuditError:
    return AuditError(
        f"{shown(path.name)} is not a TOML file: {why}. Mend it there; the keys of a case file are "
        "described in docs/contracts.md."
    )


def parts(declared: Keys, base: Path | None = None) -> dict[str, Any]:
    """Check every key and give the parts of a case, its source opened."""
    checked("a case file", declared, TOP)
    if "source" not in declared:
        raise AuditError('The case names no source. Add source = "<file>" at its top.')
    given = dict(declared.get("roles", {}))
    flag_is = given.pop("flag_is", None)
    if flag_is not in (None, "help", "burden"):
        raise not_one_of("flag_is", flag_is, ("help", "burden"))
    roles = read_roles(given)
    groups = tuple(read_group(n, g) for n, g in declared.get("groups", {}).items())
    inputs = tuple((n, _input(n, spec)) for n, spec in declared.get("inputs", {}).items())
    constraints = read_constraints(declared.get("constraints", {}))
    tables = declared.get("tables", {})
    consistent(roles, groups)
    consistent_pairs(roles, tables, groups, constraints)
    wanted = [*_columns(roles, groups, inputs), *(c for one in constraints for c in one.columns)]
    far = [c for c in wanted if c.partition(".")[0] in tables]
    source = _open(declared["source"], base, [c for c in wanted if c not in far])
    beside = _beside(declared["source"], base)
    source, sides = with_tables(source, tables, roles, far, beside)
    check_kinds(source, (*roles.values(), *groups))
    return {
        "source": source,
        "roles": roles,
        "groups": groups,
        "choices": _choices(declared, flag_is, groups, roles),
        "intersections": _crossed(declared.get("intersections", {}), groups),
        "missing": tuple(str(m) for m in declared.get("missing", ())),
        "suppressed": _suppressed(declared.get("suppressed")),
        "inputs": inputs,
        "model": read_model(declared.get("model"), groups, base, beside),
        "sides": sides,
        "constraints": constraints,
        "lists": read_lists(declared.get("lists", {}), roles),
        "rules": read_rules(declared.get("rules", {}), roles),
        "as_of": _day(declared.get("as_of")),
    }


def _day(given: object) -> str:
    """A day as 2026-01-31, from a day, a time or such a text."""
    if given is None:
        return ""
    day = given if isinstance(given, date) else date.fromisoformat(str(given))
    return f"{day:%Y-%m-%d}"


def _columns(roles: Keys, groups: Iterable[Group], inputs: Iterable[tuple[str, Keys]]) -> list[str]:
    """Every column the case reads; of a published table, groups are told by its block."""
    named = [c for role in roles.values() for c in role.columns]
    if "block" not in roles:
        named += [g.column for g in groups]
    if not named:
        raise AuditError("The case declares no column at all. Add [roles] and [groups.<name>].")
    return list(dict.fromkeys(named + [spec["column"] for _, spec in inputs]))


def _beside(given: object, base: Path | None) -> Path | None:
    """The folder of the source: other tables are looked up beside it."""
    target = given.get("path") if isinstance(given, Mapping) else given
    if not isinstance(target, str | Path):
        return base
    return (base / target if base else Path(target)).parent


def _open(given: object, base: Path | None, columns: list[str]) -> Source:
    told = checked("source", given if isinstance(given, Mapping) else {"path": given}, SOURCE)
    target = told.get("path")
    if isinstance(target, str | Path):
        target = Path(target)
        target = base / target if base and not target.is_absolute() else target
        _built(target, told.get("made_by", ""))
    how: dict[str, Any] = {
        k: told[k] for k in ("delimiter", "decimal", "encoding", "table") if k in told
    }
    return open_source(target, columns, Reading(**how))


def _built(target: Path, made_by: str) -> None:
    """Say what builds a source that is not there yet."""
    try:
        there = target.exists()
    except OSError as problem:
        raise AuditError(
            f"The source {shown(target.name)} can't be looked up ({problem.strerror}). Check its name."
        ) from None
    if not there and made_by:
        raise AuditError(
            f"There is no {shown(target.name)} beside the case file yet. It is built by "
            f"{shown(made_by)} in the same folder: run it with Python first."
        )


def _crossed(given: Keys, groups: tuple[Group, ...]) -> tuple[tuple[str, ...], ...]:
    checked("intersections", given, {"sets": keys.SETS})
    names = [g.name for g in groups]
    sets = tuple(tuple(s) for s in given.get("sets", ()))
    for crossed in sets:
        for name in crossed:
            if name not in names:
                raise not_one_of("group in intersections", name, names)
        if len(set(crossed)) != len(crossed) or len(crossed) < 2:
            raise AuditError(
                'An intersection crosses two or more different groups: sets = [["sex", "origin"]].'
            )
    if len({frozenset(s) for s in sets}) < len(sets):
        raise AuditError("An intersection is named twice. Name each once, in either order.")
    return sets


def _suppressed(given: Keys | None) -> Suppressed | None:
    if given is None:
        return None
    checked("suppressed", given, SUPPRESSED)
    if given.get("below", 0) < 1 or not given.get("shown_as"):
        raise AuditError(
            'suppressed needs both keys: suppressed = { shown_as = ["0"], below = 10 }, where below '
            "is 1 or more."
        )
    return Suppressed(shown_as=tuple(str(s) for s in given["shown_as"]), below=int(given["below"]))


def _input(name: str, spec: object) -> dict[str, Any]:
    told: dict[str, Any] = {"column": name, **checked(f"input {name}", spec, INPUT)}
    if told.get("kind", KINDS[0]) not in KINDS:
        raise not_one_of(f"kind of input {name}", told["kind"], KINDS)
    if not 0 <= told.get("irrelevant", 0) <= 1:
        raise AuditError(
            f"The share of caseworkers who call input {shown(name)} irrelevant lies between 0 and 1: "
            "irrelevant = 0.2."
        )
    return told


def _choices(
    declared: Keys, flag_is: Any, groups: tuple[Group, ...], roles: Mapping[str, Role]
) -> Choices:
    tolerances = {m: _tolerance(m, given) for m, given in declared.get("tolerance", {}).items()}
    families = _families(declared.get("families", {}))
    own = [word for word in Words.__slots__ if word not in ("saw", "edited")]
    words = checked("words", declared.get("words", {}), dict.fromkeys(own, keys.TEXT))
    if "query" in roles:
        words = {"people": "pairs", **words}
    if {"shown", "opened", "opened_at"} & set(roles):
        words = {**words, "saw": "who saw the advice, with a decision"}
    if "edits" in roles:
        words = {**words, "edited": "whose inputs were edited"}
    return Choices(
        name=str(declared.get("name", "unnamed case")),
        about=str(declared.get("about", "")),
        level=float(declared.get("level", 0.95)),
        flag_is=flag_is,
        default=tolerances.pop("default", None),
        tolerances=tuple(tolerances.items()),
        **families,
        **_also(declared.get("also", {})),
        words=Words(**words),
        phrases=tuple((g.name, g.phrase) for g in groups),
    )


def _families(given: Any) -> dict[str, Any]:
    """Which comparisons are confirmed, and how each family is adjusted for many comparisons."""
    holds = {"confirm": keys.TEXTS, "confirm_with": keys.TEXT, "screen_with": keys.TEXT}
    told = checked("families", given, holds)
    for key in ("confirm_with", "screen_with"):
        if told.get(key, "Holm") not in ADJUST:
            raise not_one_of(f"adjustment in families.{key}", str(told[key]), ADJUST)
    return {key: tuple(told[key]) if key == "confirm" else told[key] for key in told}


def _also(given: Any) -> dict[str, Any]:
    """What is asked besides: subgroups to search for, whether the model was worth it, a law's tables."""
    kinds = {"search": keys.TEXTS, "worth": keys.YES_OR_NO, "ll144": keys.TABLE}
    told = checked("also", given, kinds)
    law = checked("also.ll144", told["ll144"], LL144) if "ll144" in told else None
    return {
        "search": tuple(dict.fromkeys(told.get("search", ()))),
        "worth": told.get("worth", False),
        "ll144": law if law is None else dict(law),
    }


def _tolerance(measure: str, given: object) -> Tolerance:
    told = checked(f"tolerance of {measure}", given, {"gap": keys.NUMBER, "ratio": keys.NUMBER})
    if len(told) != 1:
        raise AuditError(
            f"The tolerance of {measure} is one number on one scale: {{ gap = 0.05 }} or "
            "{ ratio = 0.80 }."
        )
    scale: Scale = "gap" if "gap" in told else "ratio"
    return Tolerance(scale, float(told[scale]))

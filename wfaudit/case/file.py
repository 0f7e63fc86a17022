"""The case file: its keys, checked and turned into the parts of a case. Opens no table of people."""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from wfaudit.case.roles import Group, Role, Suppressed, read_group, read_roles
from wfaudit.choices import Choices, Tolerance, Words
from wfaudit.errors import AuditError, not_one_of, shown
from wfaudit.sources import Reading, Source, open_source

Keys = Mapping[str, Any]

# every key of a case file outside [roles] and [groups.*], with what it holds
TOP: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "about": str,
    "source": object,
    "level": (float, int),
    "missing": (list, tuple),
    "suppressed": Mapping,
    "as_of": (date, str),
    "roles": Mapping,
    "groups": Mapping,
    "intersections": Mapping,
    "tolerance": Mapping,
    "families": Mapping,
    "words": Mapping,
    "inputs": Mapping,
}
SOURCE = ("path", "delimiter", "decimal", "encoding", "table", "made_by")
INPUT = ("column", "source", "legal_basis", "purpose", "special_category", "missing")


def load_keys(path: str | Path) -> tuple[dict[str, Any], str]:
    """Read a case file; give its keys, with the source's path made whole, and its fingerprint."""
    path = Path(path)
    if not path.is_file():
        raise AuditError(
            f"There is no case file {shown(path.name)}. Give the path of a .toml file; "
            "`wfaudit datasets` lists the cases that come with wfaudit."
        )
    raw = path.read_bytes()
    try:
        keys = tomllib.loads(raw.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise AuditError(
            f"{shown(path.name)} is not a TOML file: {problem}. Mend it there; the keys of a "
            "case file are described in docs/contracts.md."
        ) from None
    return keys, hashlib.sha256(raw).hexdigest()


def parts(declared: Keys, base: Path | None = None) -> dict[str, Any]:
    """Check every key and give the parts of a case, its source opened."""
    _check_top(declared)
    given = dict(declared.get("roles", {}))
    flag_is = given.pop("flag_is", None)
    if flag_is not in (None, "help", "burden"):
        raise not_one_of("flag_is", flag_is, ("help", "burden"))
    roles = read_roles(given)
    groups = tuple(
        read_group(n, _table(f"groups.{n}", g)) for n, g in declared.get("groups", {}).items()
    )
    inputs = tuple((n, _input(n, spec)) for n, spec in declared.get("inputs", {}).items())
    source = _open(declared["source"], base, _columns(roles, groups, inputs))
    _consistent(roles, source)
    return {
        "source": source,
        "roles": roles,
        "groups": groups,
        "choices": _choices(declared, flag_is, groups),
        "intersections": _crossed(declared.get("intersections", {}), groups),
        "missing": tuple(str(m) for m in declared.get("missing", ())),
        "suppressed": _suppressed(declared.get("suppressed")),
        "inputs": inputs,
        "as_of": str(declared.get("as_of", "")),
    }


def _check_top(declared: Keys) -> None:
    for key, value in declared.items():
        if key not in TOP:
            raise not_one_of("key in a case file", key, TOP)
        if not isinstance(value, TOP[key]):
            raise AuditError(
                f"Key {key!r} of the case holds a {type(value).__name__}, which it can't. "
                "See docs/contracts.md for what each key holds."
            )
    if "source" not in declared:
        raise AuditError('The case names no source. Add source = "<file>" at its top.')


def _table(key: str, given: object) -> Keys:
    if not isinstance(given, Mapping):
        raise AuditError(f"[{key}] must be a table of keys, not a {type(given).__name__}.")
    return given


def _columns(roles: Keys, groups: Iterable[Group], inputs: Iterable[tuple[str, Keys]]) -> list[str]:
    """Every column the case reads; of a published table, groups are told by its block."""
    named = [c for role in roles.values() for c in role.columns]
    if "block" not in roles:
        named += [g.column for g in groups]
    return list(dict.fromkeys(named + [spec["column"] for _, spec in inputs]))


def _open(given: object, base: Path | None, columns: list[str]) -> Source:
    if not isinstance(given, Mapping):
        given = {"path": given}
    for key in given:
        if key not in SOURCE:
            raise not_one_of("key in source", key, SOURCE)
    target = given.get("path")
    if isinstance(target, str | Path):
        target = Path(target)
        target = base / target if base and not target.is_absolute() else target
        if not target.exists() and (made_by := given.get("made_by")):
            raise AuditError(
                f"There is no {shown(target.name)} beside the case file yet. It is built by "
                f"{shown(made_by)} in the same folder: run it with Python first."
            )
    how: dict[str, Any] = {
        k: given[k] for k in ("delimiter", "decimal", "encoding", "table") if k in given
    }
    return open_source(target, columns, Reading(**how))


def _consistent(roles: Mapping[str, Role], source: Source) -> None:
    """Refuse roles that lean on a role that is not there."""
    flagged = roles.get("flagged")
    if ("block" in roles) != ("group" in roles) or ("block" in roles and "count" not in roles):
        raise AuditError(
            "A published table of several margins needs three roles: count, block and group."
        )
    if not source.table.columns:
        raise AuditError("The case declares no column at all. Add [roles] and [groups.<name>].")
    if flagged:
        _consistent_flag(roles, flagged)


def _consistent_flag(roles: Mapping[str, Role], flagged: Role) -> None:
    if flagged.tier_at_least:
        if "tier" not in roles:
            raise AuditError("flagged = { tier_at_least = … } needs the role tier. Declare it.")
        if flagged.tier_at_least not in roles["tier"].order:
            raise not_one_of("tier", flagged.tier_at_least, roles["tier"].order)
    if flagged.score_at_least is not None and "score" not in roles:
        raise AuditError("flagged = { score_at_least = … } needs the role score. Declare it.")
    if flagged.count and "count" not in roles:
        raise AuditError("flagged = { count = … } needs the role count: how many people in all.")
    if flagged.count and len(set(roles) & {"tier", "decision", "outcome"}):
        raise AuditError("flagged = { count = … } stands alone: drop tier, decision and outcome.")


def _crossed(given: Keys, groups: tuple[Group, ...]) -> tuple[tuple[str, ...], ...]:
    for key in given:
        if key != "sets":
            raise not_one_of("key in intersections", key, ("sets",))
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
    return sets


def _suppressed(given: Keys | None) -> Suppressed | None:
    if given is None:
        return None
    for key in given:
        if key not in ("shown_as", "below"):
            raise not_one_of("key in suppressed", key, ("shown_as", "below"))
    if "below" not in given or not given.get("shown_as"):
        raise AuditError(
            'suppressed needs both keys: suppressed = { shown_as = ["0"], below = 10 }.'
        )
    return Suppressed(shown_as=tuple(str(s) for s in given["shown_as"]), below=int(given["below"]))


def _input(name: str, spec: object) -> dict[str, Any]:
    keys = dict(_table(f"inputs.{name}", spec))
    for key in keys:
        if key not in INPUT:
            raise not_one_of(f"key in input {name}", key, INPUT)
    return {"column": name, **keys}


def _choices(declared: Keys, flag_is: Any, groups: tuple[Group, ...]) -> Choices:
    tolerances = {m: _tolerance(m, given) for m, given in declared.get("tolerance", {}).items()}
    families = declared.get("families", {})
    for key in families:
        if key != "confirm":
            raise not_one_of("family", key, ("confirm",))
    words = declared.get("words", {})
    for key in words:
        if key not in Words.__slots__:
            raise not_one_of("key in words", key, Words.__slots__)
    return Choices(
        name=str(declared.get("name", "unnamed case")),
        about=str(declared.get("about", "")),
        level=float(declared.get("level", 0.95)),
        flag_is=flag_is,
        default=tolerances.pop("default", None),
        tolerances=tuple(tolerances.items()),
        confirm=tuple(families.get("confirm", ())),
        words=Words(**words),
        phrases=tuple((g.name, g.phrase) for g in groups),
    )


def _tolerance(measure: str, given: object) -> Tolerance:
    if not isinstance(given, Mapping) or len(given) != 1 or not set(given) <= {"gap", "ratio"}:
        raise AuditError(
            f"The tolerance of {measure} is one number on one scale: {{ gap = 0.05 }} or "
            "{ ratio = 0.80 }."
        )
    ((scale, value),) = given.items()
    return Tolerance(scale, float(value))

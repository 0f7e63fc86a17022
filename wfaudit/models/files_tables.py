"""Tables of weights as models: coefficients or points, one line (or key) an input and level."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from math import isfinite
from typing import Any

from wfaudit.errors import AuditError, listed, not_one_of, shown
from wfaudit.models.face import Model, Unit
from wfaudit.models.sums import coefficients, points

MOST = 16_000_000  # bytes
COLUMNS = ("input", "level", "weight")
INTERCEPT = "intercept"
KEYS = ("coefficients", "points", INTERCEPT)
UNITS: tuple[Unit, ...] = ("probability", "points", "number")


def model(raw: bytes, file: str, unit: Unit | None, name: str) -> Model:
    """The model that a table of weights is.

    A .csv has the columns input, level (empty for the weight of a unit) and weight, its start as the input
    "intercept", and needs ``unit``; a .json or .toml has ``coefficients`` or ``points``, and ``intercept``.

    >>> told = b"input,level,weight\\nintercept,,0.1\\nsex,women,-0.14\\nsex,men,0\\nage,,-0.01\\n"
    >>> model(told, "weights.csv", "probability", "AMAS").inputs
    ('sex', 'age')
    """
    if len(raw) > MOST:
        raise AuditError(
            f"{shown(file)} has {len(raw):,} bytes, and a table of weights may have {MOST:,}."
        )
    given = _csv(raw, file, unit) if file.lower().endswith(".csv") else _nested(raw, file)
    return weighed(given, name, unit, shown(file))


def weighed(
    given: Mapping[str, Any], name: str, unit: Unit | None = None, where: str = "[model]"
) -> Model:
    """The model of a mapping with ``coefficients`` or ``points``, and perhaps ``intercept``.

    >>> weighed({"points": {"english": {"poor": 2, "good": 0}}}, "JSCI").unit
    'points'
    """
    if unknown := [key for key in given if key not in KEYS]:
        raise not_one_of(f"key in {where}", unknown[0], KEYS)
    kinds = [key for key in KEYS[:2] if key in given]
    if len(kinds) != 1:
        raise AuditError(
            f"{where} must hold either coefficients (of a logistic function) or points, and one of them."
        )
    weights = {one: _weight(told, where, one) for one, told in _table(given[kinds[0]], where)}
    start = _number(given.get(INTERCEPT, 0.0), where, INTERCEPT)
    if kinds[0] == "coefficients":
        if unit not in (None, "probability"):
            raise AuditError(
                f"{where}: coefficients are of a logistic function, which gives a probability; unit = "
                f'"{unit}" was '
                "given. Write points for a plain sum."
            )
        return coefficients(weights, intercept=start, name=name)
    summed = points(weights, start=start, name=name)
    return summed if unit in (None, "points") else replace(summed, unit=unit)


def _table(given: object, where: str) -> list[tuple[str, Any]]:
    if not isinstance(given, Mapping) or not given:
        raise AuditError(
            f"{where}: give each input its weights, such as "
            f"{{ sex = {{ women = -0.14, men = 0 }}, age = 0.01 }}."
        )
    return list(given.items())


def _weight(given: object, where: str, name: str) -> Mapping[str, float] | float:
    if isinstance(given, Mapping):
        return {str(level): _number(one, where, name) for level, one in given.items()}
    return _number(given, where, name)


def _number(given: Any, where: str, name: str) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not isfinite(given):
        raise AuditError(f"{where}: a weight of {shown(name)} is no finite number.")
    return float(given)


def _nested(raw: bytes, file: str) -> Mapping[str, Any]:
    try:
        text = raw.decode("utf-8-sig")
        json_file = file.lower().endswith(".json")
        given = json.loads(text, object_pairs_hook=_once) if json_file else tomllib.loads(text)
    except (UnicodeDecodeError, ValueError, RecursionError) as problem:
        why = str(problem) if isinstance(problem, AuditError) else type(problem).__name__
        raise AuditError(
            f"{shown(file)} can't be read as what its name ends in ({why}). Mend it there."
        ) from None
    if not isinstance(given, Mapping):
        raise AuditError(f"{shown(file)} must hold keys: {listed(KEYS)}.")
    return given


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise AuditError("a key stands twice")
    return dict(pairs)


def _csv(raw: bytes, file: str, unit: Unit | None) -> dict[str, Any]:
    if unit not in UNITS:
        raise AuditError(
            f'{shown(file)} doesn\'t say what its weights add up to. Say unit = "probability" '
            "(coefficients of a "
            'logistic function), "points" or "number".'
        )
    try:
        lines = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as problem:
        raise AuditError(
            f"{shown(file)} can't be read as CSV ({type(problem).__name__})."
        ) from None
    if not lines or set(lines[0]) != set(COLUMNS):
        there = listed(map(str, lines[0])) if lines else "no row"
        raise AuditError(f"{shown(file)} needs the columns {listed(COLUMNS)}; it has {there}.")
    weights: dict[str, Any] = {}
    for at, line in enumerate(lines, start=2):
        _add(weights, line, f"{shown(file)}, line {at}")
    start = weights.pop(INTERCEPT, 0.0)
    return {
        "coefficients" if unit == "probability" else "points": weights, INTERCEPT: start,
    }  # fmt: skip


def _add(weights: dict[str, Any], line: Mapping[str, str], where: str) -> None:
    name, level = line["input"], line["level"]
    try:
        weight = float(line["weight"])
    except (TypeError, ValueError):
        raise AuditError(f"{where}: the weight of {shown(name)} is no number.") from None
    there = weights.setdefault(name, {} if level else weight)
    if level and isinstance(there, dict) and level not in there:
        there[level] = weight
    elif level or there is not weight:
        raise AuditError(
            f"{where}: {shown(name)} has this level twice, or weights both with a level and without. Give "
            "each once."
        )

"""Two halves of the people of a case: what is looked for in one is confirmed in the other.

The split hangs on who a person is, never on where a row stands: a hash of the declared cluster, else
of the person, else of the row itself decides. It is the same for every order of rows, file format
and number of threads. Rows are held in memory only; nothing of them is written.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.batches import CODE
from wfaudit.case import Case, decode
from wfaudit.case.read import known, number
from wfaudit.counts.cells import encoded, state_columns, states
from wfaudit.errors import AuditError, not_one_of, shown
from wfaudit.estimators import hashed
from wfaudit.estimators.hashed import Hashes
from wfaudit.sources import fetch

INPUT, GROUP = "input ", "group "
IS_CODE = re.compile(CODE)
_UNIT, _NUMBER = "\0unit", "\0number"  # no declared column can be called so


def halves(
    case: Case, columns: Sequence[str], *, seed: int = 0, most: int = 200_000
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of two halves of the people, with the columns asked for, decoded.

    ``columns`` are "input <name>", "group <name>", states (tier, flagged, decision, advice, outcome)
    and other declared roles. Numbers are floats, yes/no and tiers as rates read them, all else text;
    missing is missing. Of more than ``most`` rows a sample of whole clusters, people or rows is drawn
    by the same hash, and ``.attrs["note"]`` says so.

    >>> people = pd.DataFrame({"id": range(40), "sex": ["women", "men"] * 20, "flag": [0, 1] * 20})
    >>> case = Case.from_dict({"source": people, "groups": {"sex": {}},
    ...                        "roles": {"person": "id", "flagged": "flag"}})
    >>> one, other = halves(case, ["group sex", "flagged"])
    >>> len(one), len(other), one.columns.tolist()
    (20, 20, ['group sex', 'flagged'])
    """
    unit = case.cluster or ("person" if "person" in case.roles else "")
    rows = _rows(case, columns, unit)
    whose = [_column_hash(rows[_UNIT])] if unit else []
    apart = hashed.apart([*whose, *(_column_hash(rows[c]) for c in columns)], seed)
    units = hashed.rows(whose, seed) if unit else apart
    taken, second = _split(units, most)
    note = _note(len(rows), int(taken.sum()), unit)
    found = rows.drop(columns=[_UNIT]) if unit else rows
    order = np.lexsort((apart, units))
    parts: list[pd.DataFrame] = []
    for side in (taken & ~second, taken & second):
        part = found.iloc[order[side[order]]].reset_index(drop=True)
        part.attrs["note"] = note
        parts.append(part)
    return parts[0], parts[1]


def state_names(case: Case) -> tuple[str, ...]:
    """The states of each person that rates ask for, as far as the case tells them.

    >>> import wfaudit as wf
    >>> state_names(wf.load("flanders"))
    ('tier', 'flagged', 'outcome')
    """
    known = [name for name in case.states if name != "rule"]
    if "decision" in known:
        known += ["advice", "saw", *(["meant"] if "before" in known and case.treats else [])]
    if "first_tier" in known:
        known.append("reworked")
    return tuple(dict.fromkeys(known))


def _note(there: int, taken: int, unit: str) -> str:
    if taken == there:
        return ""
    whole = {"person": " of whole persons", "": ""}.get(unit, f" of whole {unit}s")
    return f"{taken:,} of {there:,} rows were taken, a sample{whole} drawn by a seeded hash"


# --- reading


@dataclass(frozen=True, slots=True)
class _Asked:
    """What to read: expressions by the name of the column asked for; texts that may be numbers twice."""

    columns: dict[str, Any]
    states: bool


def _rows(case: Case, columns: Sequence[str], unit: str) -> pd.DataFrame:
    """Every row with the columns asked for, decoded, and the unit that stays in one half."""
    if case.evidence == "counts":
        raise AuditError("A case of counts holds no people, so there are none to split.")
    there = case.door.rows  # what the door refuses is refused here
    asked = _asked(case, columns, unit)
    plain: Any = {f"c{at}": value for at, value in enumerate(asked.columns.values())}
    table = fetch(case.source, case.source.table.select(**plain))
    if table.num_rows != there:
        raise AuditError(f"{shown(case.source.name)} changed while it was being read.")
    raw = dict(zip(asked.columns, table.columns, strict=True))
    decided = _states(case, raw) if asked.states else pd.DataFrame()
    found: dict[str, Any] = {
        name: decided[name] if name in decided else _decoded(case, name, raw) for name in columns
    }
    if unit:
        found[_UNIT] = _texts(raw[_UNIT])
    return pd.DataFrame(found, index=range(there))


def _asked(case: Case, columns: Sequence[str], unit: str) -> _Asked:
    inputs = {f"{INPUT}{name}": spec for name, spec in case.inputs}
    made = set(state_names(case))
    asked: dict[str, Any] = {}
    for name in columns:
        if name in inputs:
            asked |= _input(case, name, inputs[name])
        elif name in case.columns and name not in made:
            asked[name] = case.columns[name]
        elif name not in made:
            raise not_one_of(
                "column of the case", name, {**inputs, **case.columns, **dict.fromkeys(made)}
            )
    if wanted := bool(made & set(columns)):
        asked |= {name: case.columns[name] for name in state_columns(case)}
    return _Asked(asked | ({_UNIT: case.columns[unit]} if unit else {}), wanted)


def _input(case: Case, name: str, spec: Any) -> dict[str, Any]:
    """An input as numbers, as text, or, where text may hold numbers, as both."""
    missing = (*case.missing, *map(str, spec.get("missing", ())))
    column: Any = case.source.table[spec["column"]]
    as_number, as_text = {}, {name: known(column, missing)}
    if column.type().is_numeric() or column.type().is_string():
        as_number = {f"{name}{_NUMBER}": number(column, case.source.decimal, missing)}
    return as_number if column.type().is_numeric() else as_number | as_text


def _states(case: Case, raw: dict[str, Any]) -> pd.DataFrame:
    """Each row's state, read as rates read it."""
    coded: dict[str, Any] = {name: encoded(raw[name]) for name in state_columns(case)}
    n = np.ones(len(next(iter(raw.values()))), dtype=np.int64)
    state, table = states(case, coded, n)
    return table.iloc[state].reset_index(drop=True)


def _decoded(case: Case, name: str, raw: dict[str, Any]) -> Any:
    if name.startswith(GROUP):
        at, values = encoded(raw[name])
        n = np.bincount(at, minlength=len(values)).astype(np.int64)
        group = case.group(name.removeprefix(GROUP))
        return np.array(decode.levels(case, group, values, n), dtype=object)[at]
    if name in ("score", "previous_score"):
        return raw[name].to_pandas().to_numpy(dtype=float) * case.roles[name].resolution
    read = raw.get(f"{name}{_NUMBER}")
    if read is not None and (name not in raw or _all_numbers(raw[name], read)):
        return read.to_pandas().to_numpy(dtype=float) + 0.0  # no minus zero
    return _texts(raw[name])


def _all_numbers(column: Any, read: Any) -> bool:
    """Whether every text that is not missing is a number, and none a code such as 007."""
    texts = [text for text in encoded(column)[1] if text is not None]
    codes = any(IS_CODE.match(text) for text in texts)
    return bool(texts) and not codes and read.null_count == column.null_count


def _texts(column: Any) -> Any:
    at, values = encoded(column)
    return np.array([decode.text_of(value) for value in values], dtype=object)[at]


# --- hashing


def _split(units: Hashes, most: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which rows are taken, and which of them are in the second half: every other unit by its hash."""
    there, at, size = np.unique(units, return_inverse=True, return_counts=True)
    room = np.cumsum(size) <= most
    room[:2] = True  # one unit a half, however large
    second = np.arange(len(there)) % 2 == 1
    return room[at], second[at]


def _column_hash(column: Any) -> Hashes:
    """A hash a cell, from its text or from the bits of its number; the same on every machine."""
    if column.dtype == np.float64:
        return hashed.numbers(column.to_numpy())
    at, values = pd.factorize(column.astype(object), use_na_sentinel=False)
    return hashed.texts(at, [decode.text_of(None if v is pd.NA else v) for v in values])

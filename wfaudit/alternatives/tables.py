"""Every comparison as a result: rivals, outcomes, everyone and each group; the curve of net benefit."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wfaudit.alternatives.contests import Found, benefit_at, contest
from wfaudit.alternatives.parts import PARTS, Part
from wfaudit.alternatives.people import People, cut_off, outcomes
from wfaudit.alternatives.rivals import NOBODY, Field, Rival
from wfaudit.case import Case
from wfaudit.choices import EVERYONE, JOIN
from wfaudit.result import Kind, Result, assemble

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
THRESHOLDS = tuple(round(0.05 * at, 2) for at in range(1, 20))
SLACK = 1e-9  # what a float on the score's grid may lie under its threshold
MODEL = "the model"
NET = (
    "Net benefit, at a threshold, of flagging by: {}. Rightly flagged, less wrongly flagged at the odds "
    "of the threshold, per person"
)
ZOU = "interval put together from Wilson limits (Zou)"
CLUSTERED = "jackknife interval that leaves out one cluster at a time"


def lacking(case: Case, part: Part) -> str:
    """Why a case can't carry a comparison, or nothing."""
    if "cut" in part.needs and np.isnan(cut_off(case)):
        return "the flag is not declared to be cut from a score that is a probability"
    absent = [role for role in part.needs if role != "cut" and role not in case.roles]
    return f"the case declares no {' and no '.join(absent)}" if absent else ""


@dataclass(frozen=True, slots=True)
class _About:
    """What a result says of itself."""

    measure: str
    says: str
    interval: str
    sentence: str
    kind: Kind
    at_name: str
    at: tuple[str, ...]


Row = tuple[dict[str, Any], Found]


def compared(case: Case, keys: tuple[str, ...], against: Field, measure: str) -> Result:
    """One comparison with every rival, under every outcome, of everyone and of each group."""
    part, rows = PARTS[measure], list[Row]()
    names = outcomes(case) if part.outcome else ("",)
    for rival, name in product(against.rivals, names):
        if part.takes(rival):
            one = contest(rival, name, case.choices.level, cut_off(case))
            told = {"reference": rival.name, "at": _short(name)}
            rows += _grouped(rival.people, keys, partial(part.found, one), told)
    halved = "; rules are judged in the half of the people they were not found in"
    says = part.says.format(**asdict(case.choices.words)) + (halved if against.rules else "")
    at = tuple(map(_short, names)) if part.outcome else ()
    about = _About(
        measure, says, part.interval, part.sentence, part.kind, "outcome" if at else "", at
    )
    return _result(case, keys, about, rows)


def curves(case: Case, keys: tuple[str, ...], against: Field) -> Iterator[tuple[str, Result]]:
    """The net benefit of every way of flagging over thresholds, of people with a score; nobody's is 0."""
    ground, level = against.ground, case.choices.level
    declared = cut_off(case)
    cuts = sorted({*THRESHOLDS, *(() if np.isnan(declared) else (declared,))})
    model = Rival(MODEL, ground, risk=ground.at("score"))
    for rival in (model, *against.side_by_side):
        if rival.name == NOBODY or (rival.risk is None and rival.flag is None):
            continue
        rows: list[Row] = []
        for name, cut in product(outcomes(case), cuts):
            flag = np.where(np.isnan(_flags(model, cut)), np.nan, _flags(rival, cut))
            benefit = partial(benefit_at, ground, ground.told[name], flag, cut, level)
            rows += _grouped(ground, keys, benefit, {"at": f"{_short(name)}, at {cut:g}"})
        says = NET.format(rival.name)
        at = tuple(dict.fromkeys(row["at"] for row, _ in rows))
        about = _About("net_benefit", says, ZOU, says, "value", "threshold", at)
        yield rival.name, _result(case, keys, about, rows)


def _flags(rival: Rival, cut: float) -> Floats:
    """Who is flagged at a threshold: by the chance stated, else as flagged whatever the threshold."""
    if rival.risk is None:
        assert rival.flag is not None
        return rival.flag
    return np.where(np.isnan(rival.risk), np.nan, rival.risk >= cut - SLACK)


def _grouped(
    people: People, keys: tuple[str, ...], ask: Callable[[Bools], Found], told: dict[str, str]
) -> Iterator[Row]:
    everyone = np.ones(len(people.n), dtype=bool)
    yield told | {"by": EVERYONE, "group": EVERYONE}, ask(everyone)
    for at, group in enumerate(people.groups if keys else ()):
        yield told | {"by": JOIN.join(keys), "group": group}, ask(people.group == at)


def _result(case: Case, keys: tuple[str, ...], about: _About, rows: list[Row]) -> Result:
    paired = about.kind == "gap"
    lines = [_line(about, row, found) for row, found in rows]
    proofs = [
        {"n": f.n, "k": _whole(f.k), "k_reference": _whole(f.k_reference), "se": f.se, "df": f.df,
         "n_reference": f.n if paired else None, "clusters": f.clusters, "transform": "identity"}
        for _, f in rows
    ]  # fmt: skip
    table, evidence = assemble({"group": []} | _columns(lines), _columns(proofs))
    how = CLUSTERED if case.cluster else about.interval
    return Result(
        table, evidence, about.measure, about.kind, about.says, f"{100 * case.choices.level:g} % {how}",
        case.choices, at_name=about.at_name, at_values=about.at, by=keys, sentence=about.sentence,
        judged=False,
    )  # fmt: skip


def _line(about: _About, row: dict[str, Any], found: Found) -> dict[str, Any]:
    known = not np.isnan(found.low)
    note = found.note or ("" if known else "no interval can be given")
    return row | {
        "measure": about.measure, "n": found.n, "n_reference": found.n if about.kind == "gap" else None,
        "estimate": found.estimate if known else np.nan, "low": found.low, "high": found.high, "note": note,
    }  # fmt: skip


def _columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    names = dict.fromkeys(key for row in rows for key in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _whole(k: float) -> float | None:
    """A count, where people share no place; a part of a person is no count."""
    return round(k) if abs(k - round(k, 0)) < SLACK else None


def _short(outcome: str) -> str:
    return outcome.removeprefix("outcomes.")

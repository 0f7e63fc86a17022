"""Whose outcome is known? Where it is missing more often after one result than after another, error
rates speak of some people only."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wfaudit.case import Case
from wfaudit.counts import count, count_clustered
from wfaudit.errors import AuditError
from wfaudit.estimators import intervals
from wfaudit.estimators.clusters import Jackknife, jackknife_gap, jackknife_rate
from wfaudit.measures.knife import told
from wfaudit.measures.made import NOBODY, made
from wfaudit.measures.rate import RATES
from wfaudit.result import SELF, Kind, Result

Bools = NDArray[np.bool_]
MEASURE, BY = "outcome_unknown_rate", "result"
GAP = "Newcombe hybrid score interval for a difference"
JACKKNIFE = "jackknife interval that leaves out one cluster at a time"
NONE: dict[str, Any] = {"estimate": np.nan, "low": np.nan, "high": np.nan, "note": NOBODY}


def asks(case: Case, measure: str, by: object) -> bool:
    """Whether this is asked by result; a declared group of that name comes first."""
    return measure == MEASURE and by == BY and BY not in [g.name for g in case.groups]


def unknown_outcomes(case: Case) -> int:
    """How many people have no recorded outcome."""
    if "outcome" not in case.states or case.evidence == "counts":
        return 0
    everyone = count(case, ())
    return int(everyone.n[0][everyone.states["outcome"].isna().to_numpy()].sum())


def by_result(case: Case) -> tuple[Result, Result]:
    """How often the outcome is not recorded after being flagged and after not being flagged.

    The rates with Wilson intervals (1927), and their difference with a Newcombe interval (1998,
    method 10); where people come in clusters, a jackknife over them. People without a result are
    left out. Raises AuditError where the case declares no flag or no outcome.
    """
    if not {"flagged", "outcome"} <= set(case.states):
        raise AuditError(f"{MEASURE} by {BY} needs the roles flagged and outcome.")
    everyone, level = count(case, ()), case.choices.level
    flags = everyone.states["flagged"]
    sides = [(flags == yes).fillna(False).to_numpy(dtype=bool) for yes in (True, False)]
    unknown = everyone.states["outcome"].isna().to_numpy(dtype=bool)
    k, n = ([float(everyone.n[0][side & of].sum()) for side in sides] for of in (unknown, True))
    *alone, gap = _knives(case, sides, unknown) if case.cluster else (None, None, None)
    share = [a / b if b else np.nan for a, b in zip(k, n, strict=True)]
    told = [_told(share[i], intervals.wilson(k[i], n[i], level), alone[i], level) for i in (0, 1)]
    between = _told(
        share[0] - share[1], intervals.newcombe(k[0], n[0], k[1], n[1], level), gap, level
    )
    words = case.choices.words
    names = (f"{words.people} {words.flagged}", f"{words.people} not {words.flagged}")
    lines = [
        {"measure": MEASURE, "by": BY, "group": names[i], "at": "", "k": k[i], "n": n[i]}
        for i in (0, 1)
    ]
    other = {"reference": names[1], "k_reference": k[1], "n_reference": n[1]}
    itself = NONE | {"estimate": 0.0, "note": SELF}
    return (
        _result(case, "rate", [line | what for line, what in zip(lines, told, strict=True)]),
        _result(case, "gap", [lines[0] | other | between, lines[1] | other | itself]),
    )


def _knives(case: Case, sides: list[Bools], unknown: Bools) -> tuple[Jackknife, ...]:
    """Leaving out a cluster at a time: both rates and their difference."""
    people = count_clustered(case, ())
    k, n, k_other, n_other = (
        np.bincount(people.cluster, people.n * (side & of)[people.state], people.clusters).astype(
            np.float64
        )
        for side in sides
        for of in (unknown, np.True_)
    )
    rates = jackknife_rate(k, n), jackknife_rate(k_other, n_other)
    return (*rates, jackknife_gap(k, n, k_other, n_other))


def _told(share: float, span: Any, knife: Jackknife | None, level: float) -> dict[str, Any]:
    """A number with its limits, or the reason why there is none."""
    if np.isnan(share):
        return NONE
    if knife is None:
        return {"estimate": share, "low": float(span[0]), "high": float(span[1]), "note": ""}
    return told(share, knife, level)


def _result(case: Case, kind: Kind, lines: list[dict[str, Any]]) -> Result:
    plain = {"rate": "Wilson score interval", "gap": GAP}[kind]
    return made(
        case, MEASURE, kind, RATES[MEASURE].says, JACKKNIFE if case.cluster else plain, lines,
        does=RATES[MEASURE].does, by=(BY,),
    )  # fmt: skip

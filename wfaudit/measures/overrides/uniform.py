"""Same facts, same decision? How far those who decide differ on people of one profile.

That decisions are uniform says nothing of whom they fall on: rates by group stand beside it.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.choices import EVERYONE
from wfaudit.counts.cells import memo
from wfaudit.estimators.estimates import Estimate
from wfaudit.estimators.pairs import apart, apart_over
from wfaudit.measures.asked import comparable, require
from wfaudit.measures.clustered import unit_of
from wfaudit.measures.every import gaps, rates
from wfaudit.measures.made import made
from wfaudit.measures.overrides.caseloads import UNITS
from wfaudit.measures.overrides.onesided import dealt, distance, told
from wfaudit.measures.overrides.profiles import MEASURE, Profiles, lacks, profiles
from wfaudit.measures.overrides.question import Question
from wfaudit.result import Result

DECIDERS, RATE = UNITS["decided_by"][1], "decision_rate"
NONE = "no difference between them"
SHARE, DISTANCE = "share of the variance", "typical distance at the same facts"
ANY, ONE, TWO = (
    f"two people with the same facts{whose}: share decided on differently"
    for whose in ("", ", one caseworker", ", two caseworkers")
)
SAYS = (
    "Of {people} with the same facts: share of the variance in decisions that lies between those who decide, "
    "and how often two of them are decided on differently. Decisions can be uniform and yet fall on one "
    "group more: see them by group"
)
BESIDE = (
    "Share of {people} decided on the same as being {flagged}, by group: decisions can be uniform at the "
    "same facts and yet fall on one group more"
)
SENTENCE = (
    "Of 100 parts of the variance in decisions on the same facts, those between {group}, compared with "
    "{reference}"
)
BY_DEFINITION = {"low": np.nan, "high": np.nan, "note": "by definition"}


def within_profiles(case: Case, *, compare: bool = False) -> Result:
    """How much of a decision on the same facts is who makes it, and how often two people differ by it.

    The share of the variance between caseworkers within profiles (`estimators.casemix`), the standard
    deviation that belongs to it, and of all pairs of people with one profile the share decided on
    differently: by one caseworker, and by two. Without ``decided_by``, of all pairs only. ``compare``
    holds the share against none.

    >>> import pandas as pd, wfaudit as wf
    >>> from wfaudit.measures.overrides.uniform import within_profiles
    >>> people = {"facts": ["a", "a", "b", "b"] * 5, "said": [1, 0, 0, 0] * 5, "ruled": [0] * 20}
    >>> case = wf.Case.from_dict({"source": pd.DataFrame(people), "roles": {
    ...     "profile": "facts", "flagged": "ruled", "decision": "said"}})
    >>> within_profiles(case).to_frame()[["n", "estimate"]].round(3).values.tolist()
    [[20, 0.278]]
    """
    case = case.by_deciders
    found, level = profiles(case), case.choices.level
    many = len(np.unique(found.profile))
    if "decided_by" not in case.roles:
        require(f"{MEASURE} against none", "the case declares no decided_by" if compare else "")
        lines = list(_pairs(case, found))
        return _result(
            case, "value", f"jackknife interval, {_left(case)}; {many:,} profiles", lines
        )
    done = memo(case, "within profiles")
    if () not in done:
        done[()] = *found.split.share(level), found.split.lot
    share, people, lot = done[()]
    interval = (
        f"jackknife interval that leaves out one of the {DECIDERS} at a time; {many:,} profiles; "
        f"{dealt(lot, DECIDERS)}"
    )
    line = {"measure": MEASURE, "by": EVERYONE, "group": DECIDERS, "at": SHARE, "n": people}
    mine = line | told(case.choices, MEASURE, share)
    if compare:
        mine |= {"reference": NONE, "n_reference": people}
        return _result(case, "gap", interval, [mine])
    none = line | {"group": NONE, "estimate": 0.0} | BY_DEFINITION
    far = line | {"at": DISTANCE} | distance(share)
    return _result(case, "value", interval, [mine, none, far, *_pairs(case, found)])


def beside(case: Case, by: str) -> Result:
    """Beside how uniform decisions are: how often they fall on each group, and how far from its reference.

    >>> import wfaudit as wf
    >>> from wfaudit.measures.overrides.uniform import beside
    >>> beside(wf.load("plain"), "sex").to_frame()["at"].unique().tolist()
    ['decided the same as being rated high risk', 'so decided: difference from the reference']
    """
    alone = rates(case, RATE, by=by)
    results = [alone, *([gaps(case, RATE, by=by)] if comparable(case, (by,)) else [])]
    flagged = case.choices.words.flagged
    at = (f"decided the same as being {flagged}", "so decided: difference from the reference")
    lines = [
        {"measure": MEASURE, "at": label}
        | {str(name): row[name] for name in row if name not in ("measure", "at")}
        | {name: proof[name] for name in ("k", "clusters")}
        for label, result in zip(at, results, strict=False)
        for row, proof in zip(
            result.table.to_dict("records"), result.evidence.to_dict("records"), strict=True
        )
    ]
    return made(
        case, MEASURE, "value", BESIDE, alone.interval.partition(" % ")[2], lines, by=(by,),
        at_name="as", at_values=at[: len(results)], judged=False,
    )  # fmt: skip


def _result(case: Case, kind: Any, interval: str, lines: list[dict[str, Any]]) -> Result:
    at = tuple(dict.fromkeys(line["at"] for line in lines))
    more = {"sentence": SENTENCE} if kind == "gap" else {}
    return made(case, MEASURE, kind, SAYS, interval, lines, at_name="as", at_values=at, **more)


# --- pairs


def _pairs(case: Case, found: Profiles) -> Iterator[dict[str, Any]]:
    line = {"measure": MEASURE, "by": EVERYONE, "group": EVERYONE, "n": found.several}
    cells, level = (found.n, found.profile, found.decision), case.choices.level
    if found.unit is None:
        yield line | {"at": ANY} | _told(apart(*cells, level))
        return
    shares = apart_over(*cells, found.unit, level)
    labels = (ANY, ONE, TWO) if "decided_by" in case.roles else (ANY,)
    for at, label in enumerate(labels):
        yield line | {"at": label} | _told(shares, at)


def _told(found: Estimate, at: Any = ()) -> dict[str, Any]:
    columns = {name: float(getattr(found, name)[at]) for name in ("estimate", "low", "high")}
    return columns | {"note": str(found.note[at])}


def _left(case: Case) -> str:
    unit = unit_of(case) if case.cluster else "person"
    return f"leaving out one {unit} at a time"


# --- questions


def _ask(case: Case) -> Iterable[Result]:
    yield within_profiles(case)
    if "decided_by" in case.roles:
        yield within_profiles(case, compare=True)
    if not case.lacks(("treated",)):
        yield from (beside(case, group.name) for group in case.groups)


QUESTIONS: dict[str, Question] = {MEASURE: Question(says=SAYS, lacks=lacks, ask=_ask)}

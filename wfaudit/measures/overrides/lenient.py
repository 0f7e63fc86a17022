"""What would have been missed by the advice, learnt from caseworkers who treat few (contraction).

Outcomes are often known only of people who were not treated as flagged. Caseworkers who leave most people
so show what becomes of many; of their people, the advice can be followed a little further, until as few
are left as other caseworkers leave (Lakkaraju et al. 2017).
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wfaudit.case import Case
from wfaudit.choices import EVERYONE
from wfaudit.counts import count_along
from wfaudit.counts.along import in_order
from wfaudit.errors import AuditError
from wfaudit.estimators.differences import armed
from wfaudit.estimators.estimates import Estimate
from wfaudit.measures.asked import refused, require
from wfaudit.measures.compared import Told, finished, numbers
from wfaudit.measures.gathered import Floats, Laid
from wfaudit.result import Result

Bools: TypeAlias = NDArray[np.bool_]
FEWEST = 8  # caseworkers on each side
UNKNOWN = "too few outcomes of people left untreated are recorded"
MEASURE = "missed_at_the_same_rate"
TOLD = Told(
    measure=MEASURE,
    says="Share of {people} who were not treated as {flagged} and {outcome}, if as few are left as most "
    "caseworkers leave (contraction, Lakkaraju et al. 2017; it takes people to be dealt to caseworkers as if "
    "by chance, and tells nothing of what treatment would have changed)",
    sentence="Not treated, and {outcome}: {mine} of 100 by {group}, {theirs} of 100 by {reference}",
    judged=False,
)  # fmt: skip
ADVICE, PEOPLE = "the advice, on the people of lenient caseworkers", "the other caseworkers"


@dataclass(frozen=True, slots=True, eq=False)
class _Deciders:
    """For each caseworker: all people, those left untreated; of these by score, known ones, with outcome."""

    all: Floats
    left: Floats
    known: Floats  # caseworkers by scores, lowest first
    outcome: Floats


def contraction(
    case: Case, *, lenient: float = 0.2, fewest: int = 30, draws: int = 999, seed: int = 0,
    compare: bool = False,
) -> Result:  # fmt: skip
    """What the advice would have missed had it left as many people untreated as caseworkers do.

    The fifth of the caseworkers (with at least ``fewest`` people) who leave most people untreated are the
    lenient ones. Of the people they left, those with the highest scores are taken to be treated, until
    the share left is that of the other caseworkers; what is missed among the rest stands beside what
    the others missed. Limits by drawing caseworkers anew, on each side. It takes people to be dealt to
    caseworkers as if by chance, and outcomes of the untreated to be recorded or missing by chance.

    >>> import wfaudit as wf
    >>> contraction(wf.load("plain"), draws=99).to_frame()["estimate"].round(2).tolist()
    [0.23, 0.26]
    """
    case = case.by_deciders
    require(MEASURE, _lacking(case))
    if not 0 < lenient < 1:
        raise AuditError(f"lenient is a share of caseworkers between 0 and 1; {lenient} was given.")
    people = _deciders(case)
    some = people.all >= fewest
    mild = _mildest(people, some, lenient)
    groups = [np.flatnonzero(some & side) for side in (mild, ~mild)]
    found = _drawn(people, groups, draws, seed, case.choices.level)
    n = [int(people.all[at].sum()) for at in groups]
    return _result(case, found, n, compare)


def _lacking(case: Case) -> str:
    if why := refused(case, "decided_by", "score", "decision", "outcome"):
        return why
    return case.lacks(("treated", "outcome"))


def _deciders(case: Case) -> _Deciders:
    """People by who decided and by score."""
    cells = count_along(case, (), ("decided_by", "score"))
    of, names = cells.axes["decided_by"]
    at, values = cells.axes["score"]
    told = np.array([name is not None for name in names])[of]
    place = np.array([np.nan if value is None else value for value in values], dtype=float)[at]
    keep = told & ~np.isnan(place)
    grid, spot = np.unique(place[keep], return_inverse=True)
    who, state, n = in_order(names)[of][keep], cells.state[keep], cells.n[keep]
    treated, outcome = cells.states["treated"], cells.states["outcome"]
    left = (~treated.fillna(True)).to_numpy(dtype=bool)[state]
    known = outcome.notna().to_numpy(dtype=bool)[state]
    yes = outcome.fillna(False).to_numpy(dtype=bool)[state]
    decided = treated.notna().to_numpy(dtype=bool)[state]
    both = who * len(grid) + spot.reshape(-1)
    shape = (len(names), len(grid))
    tables = [
        np.bincount(both, n * part, shape[0] * shape[1]).reshape(shape)
        for part in (left & known, left & yes)
    ]
    sums = [np.bincount(who, n * part, len(names)) for part in (decided, left)]
    return _Deciders(*(part.astype(np.float64) for part in (*sums, *tables)))


def _mildest(people: _Deciders, some: Bools, lenient: float) -> Bools:
    """A share of the caseworkers: those who leave most people untreated; ties go by the order of names."""
    with np.errstate(all="ignore"):
        left = np.where(some, people.left / people.all, -1.0)
    first = np.argsort(-left, kind="stable")[: int(np.ceil(lenient * some.sum()))]
    mild = np.zeros(len(left), dtype=bool)
    mild[first] = True
    return mild & some


def _drawn(
    people: _Deciders, groups: list[Any], draws: int, seed: int, level: float
) -> list[Estimate]:
    """What the advice misses, what the others miss, and the difference; caseworkers drawn anew."""
    few = [len(at) < FEWEST for at in groups]
    if any(few):
        fewest = min(len(at) for at in groups)
        note = np.array([f"{fewest} caseworkers on a side: fewer than {FEWEST}, no interval"])
        nothing = np.full(1, np.nan)
        return [armed(nothing, nothing, nothing, level, note) for _ in range(3)]
    generator = np.random.default_rng(seed)
    times = [generator.multinomial(len(at), np.full(len(at), 1 / len(at)), draws) for at in groups]
    full = _missed(people, groups, [np.ones((1, len(at))) for at in groups])
    again = _missed(people, groups, [each.astype(np.float64) for each in times])
    tails = (1 - level) / 2, (1 + level) / 2
    values = [(*full, full[0] - full[1]), (*again, again[0] - again[1])]
    found: list[Estimate] = []
    for value, drawn in zip(*values, strict=True):
        low, high = (
            np.minimum(value, np.quantile(drawn, tails[0])),
            np.maximum(value, np.quantile(drawn, tails[1])),
        )
        flat = "" if (high > low).all() else "nothing varies: no interval"
        flat = UNKNOWN if np.isnan(value).any() or np.isnan(drawn).any() else flat
        found.append(armed(value, low, high, level, np.array([flat])))
    return found


def _missed(people: _Deciders, groups: list[Any], times: list[Floats]) -> tuple[Floats, Floats]:
    """What the advice and what the other caseworkers miss, for each draw of caseworkers."""
    mild, other = groups
    share = [
        w @ people.left[at] / (w @ people.all[at]) for at, w in zip(groups, times, strict=True)
    ]
    known, outcome = (times[0] @ table[mild] for table in (people.known, people.outcome))
    theirs = [(times[1] @ table[other]).sum(axis=1) for table in (people.outcome, people.known)]
    keep = np.minimum(share[1] / share[0], 1.0) * known.sum(axis=1)
    so_far = np.cumsum(known, axis=1) - known
    with np.errstate(all="ignore"):
        part = np.clip((keep[:, None] - so_far) / known, 0.0, 1.0)
        missed = np.nansum(part * outcome, axis=1) / keep
        found = share[1] * missed, share[1] * theirs[0] / theirs[1]
    left = share[1] > 0  # where nobody is left untreated, nobody is missed
    return np.where(left, found[0], 0.0), np.where(left, found[1], 0.0)


def _result(case: Case, found: list[Estimate], n: list[int], compare: bool) -> Result:
    interval = "percentile interval of caseworkers drawn anew on each side"
    line: dict[str, Any] = {"measure": MEASURE, "by": EVERYONE, "at": ""}
    laid = Laid((), ((),), ("",), np.zeros((1, 1, 1)))
    if compare:
        pair = {"group": ADVICE, "reference": PEOPLE, "n": n[0], "n_reference": n[1]}
        return finished(case, TOLD, "gap", interval, [line | pair | numbers(found[2], 0)], laid)
    lines = [
        line | {"group": name, "n": size} | numbers(each, 0)
        for name, size, each in zip((ADVICE, PEOPLE), n, found, strict=False)
    ]
    return finished(case, TOLD, "value", interval, lines, laid)

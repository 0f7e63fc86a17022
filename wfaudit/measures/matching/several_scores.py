"""Where a match has several sub-scores: what the single score hides of their trade-off (Pareto)."""

from collections.abc import Iterable
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from wfaudit.case import Case
from wfaudit.counts.cells import encoded
from wfaudit.estimators.pareto import hidden
from wfaudit.measures import contrasts
from wfaudit.measures.asked import Compare, require
from wfaudit.measures.compared import Told
from wfaudit.measures.contrasts import Contrast
from wfaudit.measures.gathered import Floats, Gathered, Ints, Keys, Laid, at_once, laid
from wfaudit.measures.lists import in_top, lacks_places, placed
from wfaudit.measures.made import By
from wfaudit.measures.matching.parts import gathered_in_parts
from wfaudit.measures.question import Question
from wfaudit.measures.readings import Number, part, share_of
from wfaudit.measures.two_way import asked_over_both, over_both
from wfaudit.result import Result
from wfaudit.sources import fetch

HIDDEN = Told(
    measure="pareto_missed_share",
    says="Share of the pairs of {people} that no pair of the same list outdoes (none is at least as good in "
    "every sub-score and better in one) which do not stand in the top of the list",
    sentence="Of 100 pairs of {group} that none of the list outdoes, {mine} do not stand in the top {at}; of "
    "those of {reference}, {theirs}",
    at_name="places",
)  # fmt: skip
OUTDONE = Told(
    measure="dominated_share",
    says="Share of the pairs of {people} in the top of a list that a pair outside the top outdoes: at least "
    "as good in every sub-score and better in one",
    sentence="Of 100 pairs of {group} in the top {at} of a list, {mine} are outdone in their sub-scores by "
    "one outside it; of those of {reference}, {theirs}",
    at_name="places",
)  # fmt: skip
SUMS = ("best", "best missed", "top", "top outdone", "unknown")


@over_both
def pareto_missed(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Share of each group's Pareto-optimal pairs that the single score leaves outside the top of the list.

    Sub-scores are read in steps of their resolution, higher is better. A pair that lacks one is held
    against nobody and left out; a note tells how many. A pair stands in the top if any part of it does.

    >>> import pandas as pd
    >>> pairs = pd.DataFrame({"job": [1] * 3, "one": list("abc"), "place": [1, 2, 3],
    ...                       "skill": [0.9, 0.5, 0.1], "near": [0.2, 0.1, 0.9]})
    >>> case = Case.from_dict({"source": pairs, "lists": {"top": 2}, "roles": {"query": "job", "item": "one",
    ...     "rank": "place", "scores": {"skill": "skill", "near": "near"}}})
    >>> pareto_missed(case).to_frame()[["at", "n", "note"]].values.tolist()
    [['2', 2, '1 clusters: fewer than 8, no interval']]
    """
    require(HIDDEN.measure, _lacks(case))
    return contrasts.answered(case, *_missed(case, case.keys(by)), compare)


@over_both
def dominated(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Share of each group's pairs in the top of lists that one outside the top dominates."""
    require(OUTDONE.measure, _lacks(case))
    return contrasts.answered(case, *_outdone(case, case.keys(by)), compare)


def _missed(case: Case, keys: Keys) -> tuple[Contrast, Laid]:
    return _asked(case, keys, HIDDEN, ("best", "best missed", "unknown"))


def _outdone(case: Case, keys: Keys) -> tuple[Contrast, Laid]:
    return _asked(case, keys, OUTDONE, ("top", "top outdone", "unknown"))


def _asked(case: Case, keys: Keys, told: Told, sums: tuple[str, ...]) -> tuple[Contrast, Laid]:
    found = gathered_in_parts(case, "sub-scores", keys, partial(_gathered, keys))
    number: Number = share_of(part(1), part(0))
    asked = Contrast(told=told, number=number, interval="", remark=_unknown)
    return asked, laid(case, keys, found, found.columns(*sums), [str(case.lists.top)])


def _unknown(found: Laid, label: int, mine: list[int], theirs: list[int]) -> str:
    n = int(found.whole[[*mine, *theirs], label, 2].sum())
    return f"{n:,} pairs lack a sub-score and are left out" if n else ""


# --- list by list


def _gathered(keys: Keys, case: Case) -> Gathered:
    """The sums of each cell: what every list hides, found in memory, a part of the lists at a time."""
    case = placed(case)
    cells, by = _pairs(case, keys), [f"group {key}" for key in at_once(case, keys)]
    points = np.stack([_numbers(cells[name]) for name in sub_scores(case)], axis=1)
    known, top = ~np.isnan(points).any(axis=1), _numbers(cells["top"]) > 0
    best, outdone = _found(cells, points, top, known)
    flags = (best, best & ~top, top & known, outdone, ~known)
    axes = {name: encoded(cells[name]) for name in [*by, "cluster"]}
    at, cell = _cells([axis[0] for axis in axes.values()])
    placed_at = {name: (codes[at], values) for name, (codes, values) in axes.items()}
    counts = [
        np.bincount(cell, flag, len(at)).astype(np.float64) for flag in (np.ones(len(cell)), *flags)
    ]
    sums: dict[str, Floats] = dict(zip(SUMS, counts[1:], strict=True))
    return Gathered(placed_at, counts[0], sums)


def _pairs(case: Case, keys: Keys) -> pa.Table:
    """The pairs of some lists, list by list: groups, cluster, sub-scores, and how much stands in the top."""
    pairs: Any = case.source.table
    groups = {f"group {key}": case.columns[f"group {key}"] for key in at_once(case, keys)}
    grids = {name: case.grid(case.roles[name]) for name in sub_scores(case)}
    query = case.known(case.roles["query"].column)
    told = pairs.select(
        query=query,
        cluster=case.columns[case.cluster or "query"],
        top=in_top(case),
        **groups,
        **grids,
    )
    return fetch(case.source, told.order_by("query"))


def _found(cells: pa.Table, points: Floats, top: Any, known: Any) -> tuple[Any, Any]:
    """Over all lists: which pairs none outdoes, and which of the top one outside outdoes."""
    codes = encoded(cells["query"])[0]
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    best, outdone = np.zeros(len(codes), dtype=bool), np.zeros(len(codes), dtype=bool)
    for start, stop in pairwise([*starts.tolist(), len(codes)]):
        at = start + np.flatnonzero(known[start:stop])
        best[at], outdone[at] = hidden(points[at], top[at])
    return best, outdone


def _cells(codes: list[Ints]) -> tuple[Ints, Ints]:
    """Rows with the same codes are one cell: where each cell is met first, and the cell of each row."""
    mixed = np.zeros(len(codes[0]), dtype=np.int64)
    for each in codes:
        mixed = np.unique(mixed * (int(each.max(initial=0)) + 1) + each, return_inverse=True)[
            1
        ].reshape(-1)
    _, first, cell = np.unique(mixed, return_index=True, return_inverse=True)
    return first, cell.reshape(-1)


def _numbers(column: Any) -> Floats:
    return column.cast(pa.float64()).to_numpy(zero_copy_only=False)


# --- questions


def sub_scores(case: Case) -> list[str]:
    """The declared sub-scores, by the names of their roles.

    >>> sub_scores(Case.from_arrays(y_pred=[1, 0], sensitive_features=["a", "b"]))
    []
    """
    return [name for name in case.roles if name.startswith("scores.")]


def _lacks(case: Case) -> str:
    if why := lacks_places(case):
        return why
    return (
        ""
        if len(sub_scores(case)) > 1
        else "the case declares no two sub-scores of a pair (scores)"
    )


def _ask(asked: Any, case: Case) -> Iterable[Result]:
    return contrasts.everywhere(case, partial(asked, case))


QUESTIONS: dict[str, Question] = {
    HIDDEN.measure: Question(
        says=HIDDEN.says, lacks=_lacks, ask=asked_over_both(partial(_ask, _missed))
    ),
    OUTDONE.measure: Question(
        says=OUTDONE.says, lacks=_lacks, ask=asked_over_both(partial(_ask, _outdone))
    ),
}

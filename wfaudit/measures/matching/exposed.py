"""Who stands where: attention, places in the top, mean place, ties; and attention against relevance."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.counts.along import in_order
from wfaudit.counts.cells import encoded, memo
from wfaudit.estimators.estimates import ANY
from wfaudit.estimators.leftout import Read, Scale
from wfaudit.measures import contrasts
from wfaudit.measures.asked import Compare, everywhere, require
from wfaudit.measures.compared import Told, tell
from wfaudit.measures.contrasts import Contrast
from wfaudit.measures.gathered import Gathered, Keys, Laid, amounts, amounts_of, gather, laid
from wfaudit.measures.lists import (
    ABOVE,
    FINE,
    SCALE,
    TIED,
    attended,
    attention,
    dealt,
    in_top,
    lacks_pairs,
    lacks_places,
)
from wfaudit.measures.made import By
from wfaudit.measures.matching.gain import lacks_gain
from wfaudit.measures.matching.parts import in_parts
from wfaudit.measures.question import Question
from wfaudit.measures.readings import Columns, Number, over_clusters, part
from wfaudit.measures.sides import of_owner
from wfaudit.measures.two_way import asked_over_both, over_both
from wfaudit.result import Result

EXPOSURE = Told(
    measure="exposure",
    says="Mean attention that {people} get by their place in a list (without one, none), as a share of a "
    "first place's, by a declared model",
    sentence="Of 100 parts of a first place's attention ({at}), {group} get {mine} on average; "
    "{reference}, {theirs}",
    at_name="attention", of="mean", edges=(0.0, 1.0),
)  # fmt: skip
TOP = Told(
    measure="top_share",
    says="Share of {people} who stand in the top of the list, of all that are considered, with a place "
    "or not",
    does="stood in the top {at} of a list", at_name="places", of="mean", edges=(0.0, 1.0),
    sentence="Of 100 {group}, {mine} stand in the top {at} of a list; of 100 {reference}, {theirs}",
)  # fmt: skip
RANK = Told(
    measure="mean_rank",
    says="Mean place of {people} in a list, from 1, of those who have one; a lower one is better",
    sentence="The mean place of {group} is {mine}; of {reference}, {theirs}",
    unit="number", judged=False, of="mean",
)  # fmt: skip
DESERVED = Told(
    measure="exposure_per_relevance",
    says="Attention that {people} get for each point of relevance, relative to what all get together",
    sentence="For each point of relevance {group} get {mine} times the attention that all get; "
    "{reference}, {theirs} times",
    at_name="attention", unit="number",
)  # fmt: skip
TIES = Told(
    measure="tied_share",
    says="Share of {people} whose score is that of somebody else in the same list",
    does="share their score with somebody else in the list", judged=False,
)  # fmt: skip


@over_both
def exposure(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Mean attention of each group's places, by every declared model (Singh and Joachims 2018).

    The models are those of ``[lists]``: logarithmic (Järvelin and Kekäläinen 2002), geometric (Moffat and
    Zobel 2008), observed clicks. Where no rank is declared, pairs with the same score share the attention
    of their places. Intervals leave out one list at a time: they speak of other lists of these people.

    >>> import pandas as pd
    >>> pairs = pd.DataFrame({"job": [1, 1, 2, 2], "one": list("abab"), "place": [1, 2, 1, 2]})
    >>> case = Case.from_dict({"source": pairs, "roles": {"query": "job", "item": "one", "rank": "place"},
    ...                        "lists": {"attention": ["logarithmic"]}})
    >>> exposure(case).to_frame()[["at", "n", "estimate"]].round(3).values.tolist()
    [['logarithmic', 4, nan]]
    """
    require(EXPOSURE.measure, lacks_places(case))
    case = attended(case)
    keys, names = case.keys(by), list(attention(case))
    found = _gathered(case, keys)
    columns = np.stack([amounts_of(found, name) / SCALE for name in names], axis=1)
    return tell(case, EXPOSURE, laid(case, keys, found, columns, names), compare=compare)


def _gathered(case: Case, keys: Keys) -> Gathered:
    """The sums of places, of every model's attention, and beside them those of relevance, asked once."""
    pairs: Any = case.source.table
    names = list(attention(case))
    sums = amounts("top", in_top(case) * FINE) | amounts(
        "place", pairs[ABOVE] + (pairs[TIED] + 1) / 2
    )
    for name in names:
        sums |= amounts(name, pairs[f"wf gets {name}"] * FINE)
    if "relevance" in case.roles:
        relevance: Any = case.number(case.roles["relevance"].column)
        sums |= amounts("relevance", relevance)
        for name in names:
            told: Any = relevance.notnull().ifelse(pairs[f"wf gets {name}"] * FINE, 0.0)
            sums[f"{name} of relevant"] = told.cast("decimal(18, 4)").sum().cast("float64")
    return gather(case, keys, {}, sums)


@over_both
def top_share(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Share of each group's pairs that stand in the top of their list; a tie at the cut counts in part."""
    require(TOP.measure, lacks_places(case))
    case = attended(case)
    keys = case.keys(by)
    found = _gathered(case, keys)
    return tell(
        case, TOP, laid(case, keys, found, amounts_of(found, "top") / SCALE, [str(case.lists.top)]),
        compare=compare,
    )  # fmt: skip


@over_both
def mean_rank(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Mean place of each group's pairs; tied pairs have the mean of their places."""
    require(RANK.measure, lacks_places(case))
    case = attended(case)
    keys = case.keys(by)
    found = _gathered(case, keys)
    return tell(case, RANK, laid(case, keys, found, amounts_of(found, "place")), compare=compare)


# --- attention for each point of relevance


@over_both
def exposure_per_relevance(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Attention for each point of relevance, relative to all (Singh and Joachims 2018, disparate treatment).

    A group that gets exactly the attention its relevance would share out has 1. The level for all is
    taken as given. Pairs whose relevance is not known are left out on both sides.
    """
    require(DESERVED.measure, lacks_gain(case))
    asked, found = _deserved(case, case.keys(by))
    return contrasts.answered(attended(case), asked, found, compare)


def _deserved(case: Case, keys: Keys) -> tuple[Contrast, Laid]:
    case = attended(case)
    names = list(attention(case))
    found = _gathered(case, keys)
    columns = np.stack(
        [
            found.columns(f"{name} of relevant", "relevance total", "relevance known")
            / np.array([FINE, 1.0, 1.0])
            for name in names
        ],
        axis=1,
    )
    asked = Contrast(told=DESERVED, number=relative(columns), interval="")
    return asked, laid(case, keys, found, columns, names)


def relative(cells: Columns, what: str = "relevant") -> Number:
    """Attention for each point of relevance (or of what came of it), relative to that of all, label by label.

    The columns of cells are attention, points, and how many pairs.
    """
    whole = cells.sum(axis=0)
    with np.errstate(all="ignore"):
        level = whole[:, 0] / whole[:, 1]

    def read(columns: Columns, label: int) -> Read:
        gets, relevance, n = np.moveaxis(columns, -1, 0)
        with np.errstate(all="ignore"):
            share = np.where(relevance > 0, gets / relevance / level[label], np.nan)
        return share, n[None]

    lost = (f"nothing {what}: no value", f"nothing {what} without one list: no interval")
    return over_clusters(read, part(2), Scale("identity", ANY, lost))


def asked_relative(
    tell: Callable[[Case, Keys], tuple[Contrast, Laid]], case: Case
) -> Iterable[Result]:
    """By groups of those who stand in lists; all together have 1, whatever the lists."""
    for result in contrasts.everywhere(attended(case), partial(tell, case)):
        if result.by and not any(of_owner(case, name) for name in result.by):
            yield result


# --- ties


def tied_share(case: Case) -> Result:
    """Share of pairs whose score is also another's in the same list: how much of an order is chance."""
    require(TIES.measure, _lacks_score(case))
    case = dealt(case)
    done = memo(case, "ties")
    if () not in done:
        done[()] = _ties(case)
    columns = done[()]
    rows = (np.arange(len(columns)), np.zeros(len(columns), dtype=np.int64), columns[:, None])
    return tell(
        case, TIES, Laid((), ((),), ("",), columns.sum(axis=0)[None, None], len(columns), rows)
    )


def _ties(case: Case) -> Any:
    """Of each list (or declared cluster), how many have a score, and how many share it."""

    def ask(pairs: Any) -> Any:
        query = case.known(case.roles["query"].column)
        unit = case.columns[case.cluster or "query"]
        each = pairs.group_by(unit=unit, query=query, score=case.columns["score"]).agg(
            n=pairs.count()
        )
        each = each.filter(each["score"].notnull())
        return each.group_by("unit").agg(n=each["n"].sum(), k=each["n"].sum(where=each["n"] > 1))

    cells = in_parts(case, ask)
    code, units = encoded(cells["unit"])
    at = in_order(units)[code]
    n, k = (cells[c].fill_null(0).to_numpy().astype(np.float64) for c in ("n", "k"))
    return np.stack([np.bincount(at, each, len(units)) for each in (n, k)], axis=1)


def _lacks_score(case: Case) -> str:
    return lacks_pairs(case, "score")


# --- questions


def _of_items(ask: Any, case: Case) -> Iterable[Result]:
    """Asked by the groups of those who stand in lists: of whose list it is, every place is the list's own."""
    return everywhere(case, partial(ask, case), apart=partial(of_owner, case))


QUESTIONS: dict[str, Question] = {
    EXPOSURE.measure: Question(
        says=EXPOSURE.says, lacks=lacks_places, ask=partial(_of_items, exposure)
    ),
    TOP.measure: Question(says=TOP.says, lacks=lacks_places, ask=partial(_of_items, top_share)),
    RANK.measure: Question(says=RANK.says, lacks=lacks_places, ask=partial(_of_items, mean_rank)),
    DESERVED.measure: Question(
        says=DESERVED.says,
        lacks=lacks_gain,
        ask=asked_over_both(partial(asked_relative, _deserved)),
    ),
    TIES.measure: Question(says=TIES.says, lacks=_lacks_score, ask=lambda case: [tied_share(case)]),
}

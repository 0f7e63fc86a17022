"""How good each list is, by whose list it is: discounted gain beside the best order there could be."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from wfaudit.case import Case
from wfaudit.counts.cells import encoded, memo
from wfaudit.estimators.gain import discounted, normalised
from wfaudit.measures.asked import Compare, everywhere, require
from wfaudit.measures.compared import Told, tell
from wfaudit.measures.gathered import Floats, amounts, amounts_of, gather, laid
from wfaudit.measures.lists import FINE, SCALE, lacks_places
from wfaudit.measures.made import By
from wfaudit.measures.matching.parts import parts_of
from wfaudit.measures.question import Question
from wfaudit.measures.sides import of_owner, one_by_one
from wfaudit.result import Result
from wfaudit.sources import fetch, put_beside

NDCG = Told(
    measure="ndcg",
    says="Mean normalised discounted gain of the top of a list, by whose list it is: how near its order "
    "comes to the best one by the declared relevance",
    sentence="Of 100 parts of the gain that the best order has ({at}), the lists of {group} have {mine}; "
    "of {reference}, {theirs}",
    at_name="order", of="mean", edges=(0.0, 1.0), few="fewer than 10 lists: no interval",
)  # fmt: skip
BY = {"rank": "as ranked", "score": "by score, ties averaged"}


def ndcg(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Mean nDCG of the top of each list, by groups of those whose list it is; lists are the units.

    The gain of a pair is its relevance (as in scikit-learn's ``ndcg_score``); by score, pairs that tie have
    the mean discount of their places. Pairs whose relevance is not known are left out of their list, lists
    in which nothing is relevant are left out altogether; a relevant pair without a place gains nothing, and
    stands in the best order all the same.

    >>> import pandas as pd
    >>> pairs = pd.DataFrame({"job": [j for j in range(12) for _ in range(5)], "one": list("abcde") * 12,
    ...     "score": [.9, .9, .5, .5, .1] * 12, "fits": [1, 0, 1, 0, 0] * 6 + [1, 1, 0, 0, 0] * 6})
    >>> case = Case.from_dict({"source": pairs, "lists": {"top": 3}, "roles": {"query": "job",
    ...     "item": "one", "score": "score", "relevance": "fits"}})
    >>> ndcg(case).to_frame()[["at", "n", "estimate"]].round(4).values.tolist()
    [['by score, ties averaged', 12, 0.8266]]
    """
    require(NDCG.measure, lacks_gain(case))
    each = _each(case)
    keys = each.keys(by)
    orders = _orders(case)
    pairs: Any = each.source.table
    sums: dict[str, Any] = {}
    for order in orders:
        sums |= amounts(order, pairs[f"wf {order}"] * FINE)
    found = gather(each, keys, {}, sums)
    columns = np.stack([amounts_of(found, order) / SCALE for order in orders], axis=1)
    labels = [BY[order] for order in orders]
    return tell(each, NDCG, laid(each, keys, found, columns, labels), compare=compare)


def _orders(case: Case) -> list[str]:
    return [role for role in BY if role in case.roles]


def _each(case: Case) -> Case:
    """One row a list, with its gain by every order there is."""
    done = memo(case, "gain")
    if () not in done:
        lists = one_by_one(case, "query", {})
        key: Any = lists.known(lists.roles["person"].column)
        gains = put_beside(case.source, _gains(case), "the gain of lists")
        table: Any = lists.source.table
        theirs: Any = gains
        joined = table.left_join(theirs, key == theirs["wf list"])
        done[()] = _over(lists, joined)
    return done[()]


def _over(lists: Case, table: Any) -> Case:
    from dataclasses import replace

    return replace(lists, source=replace(lists.source, table=table), counted={})


def _gains(case: Case) -> pa.Table:
    """Of each list its normalised gain by every order, with nothing where nothing is relevant."""
    return pa.concat_tables(_part(case, pairs) for pairs in parts_of(case, case.source.table))


def _part(case: Case, pairs: Any) -> pa.Table:
    relevance: Any = case.number(case.roles["relevance"].column)
    there = {"list": case.known(case.roles["query"].column), "relevance": relevance} | {
        order: _key(case, order) for order in _orders(case)
    }
    rows = fetch(case.source, pairs.filter(relevance.notnull()).select(**there))
    at, lists = encoded(rows["list"])
    gain = _floats(rows["relevance"])
    ideal = discounted(at, gain, gain, case.lists.top, len(lists))
    found: dict[str, Any] = {"wf list": pa.array(lists, rows["list"].type)}
    for order in _orders(case):
        key = _floats(rows[order])
        known = ~np.isnan(key)
        got = discounted(at[known], key[known], gain[known], case.lists.top, len(lists))
        share = normalised(got, ideal)
        found[f"wf {order}"] = pa.array(share, mask=np.isnan(share))
    return pa.table(found)


def _key(case: Case, order: str) -> Any:
    """What orders a list, the highest first."""
    if order == "score":
        return case.columns["score"]
    rank: Any = case.number(case.roles["rank"].column)
    return -rank


def _floats(column: Any) -> Floats:
    return column.cast(pa.float64()).fill_null(np.nan).to_numpy().astype(np.float64)


def lacks_gain(case: Case) -> str:
    """Why relevance can't be added up as what a pair is worth, or nothing."""
    if why := lacks_places(case, "relevance"):
        return why
    done = memo(case, "below zero")
    if () not in done:
        pairs: Any = case.source.table
        relevance: Any = case.number(case.roles["relevance"].column)
        done[()] = fetch(case.source, pairs.aggregate(n=relevance.min()))["n"].to_pylist()[0]
    return "relevance falls below 0, and gain is added up" if (done[()] or 0) < 0 else ""


def _ask(case: Case) -> Iterable[Result]:
    return everywhere(case, partial(ndcg, case), apart=lambda name: not of_owner(case, name))


QUESTIONS: dict[str, Question] = {
    NDCG.measure: Question(says=NDCG.says, lacks=lacks_gain, ask=_ask)
}

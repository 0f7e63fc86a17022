"""Lists: at which place a pair stands, what attention the place gets; the two sides one by one.

All of it is columns that are added to the pairs, lazily: nothing is read here but the longest list.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import ibis
import numpy as np
import pyarrow as pa

from wfaudit.case import Case, decode
from wfaudit.counts.cells import encoded, memo
from wfaudit.estimators import hashed
from wfaudit.measures.asked import refused
from wfaudit.measures.gathered import Floats
from wfaudit.measures.labelled import answer_of
from wfaudit.sources import fetch, put_beside

MOST_LISTS, PARTS, PART = 20_000, 1_000, "wf part"  # more lists than that are left out by parts
ABOVE, TIED = "wf above", "wf tied"  # how many stand above, how many share the place
# what is found out of the rows, whatever their clusters
OF_ROWS = ("attention", "fifths", "answers", "below zero", "sides of groups")
FINE = 10_000  # attention and gain are added up in steps of a hundred-millionth
SCALE = np.array([1.0, FINE, FINE**2, 1.0])  # and so are the sums of an amount


def lacks_pairs(case: Case, *roles: str) -> str:
    """Why a case is none of pairs, or lacks these roles; or nothing."""
    return refused(case, "query", "item", *roles)


def lacks_places(case: Case, *roles: str) -> str:
    """Why a case has no lists whose places are known, or nothing."""
    if why := lacks_pairs(case, *roles):
        return why
    return "" if {"rank", "score"} & set(case.roles) else "the case declares no rank and no score"


# --- lists that are very many


def dealt(case: Case) -> Case:
    """The case itself; of very many lists, with parts of them as the clusters that are left out in turn.

    Which part a list falls into hangs on its name alone (the delete-a-group jackknife, Kott 2001).
    """
    if {"cluster", "weight"} & set(case.roles):
        return case
    done = memo(case, "dealt")
    if () not in done:
        done[()] = _dealt(case)
    return done[()]


def _dealt(case: Case) -> Case:
    query: Any = case.known(case.roles["query"].column)
    pairs: Any = case.source.table
    size: Any = query.nunique()
    n = int(fetch(case.source, pairs.aggregate(n=size))["n"].to_pylist()[0])
    if n <= MOST_LISTS:
        return case
    return clustered(over(case, in_parts_of(case, pairs, "query", PART, 0)[0]), "query", PART)


def in_parts_of(case: Case, pairs: Any, side: str, column: str, salt: int) -> tuple[Any, int]:
    """Pairs with the part that each of a side falls into by its name; and how many of the side there are."""
    key: Any = case.known(case.roles[side].column)
    names = fetch(case.source, pairs.select(one=key).distinct())["one"]
    at, values = encoded(names)
    hashes = hashed.texts(at, [decode.text_of(value) for value in values])
    dealt_to = pa.table({"wf one": names, column: hashed.part(hashes, PARTS, salt)})
    theirs: Any = put_beside(case.source, dealt_to, f"parts of {side}")
    return pairs.left_join(theirs, key == theirs["wf one"]).drop("wf one"), len(values)


def clustered(case: Case, side: str, column: str) -> Case:
    """The same case with those of a side, or parts of them, as its clusters."""
    roles = {**case.roles, "cluster": replace(case.roles[side], column=column)}
    return case.again(roles=roles, counted=_of_rows(case))


# --- places


def placed(case: Case) -> Case:
    """The case with the place of every pair: as ranked, else by the score, ties sharing their places."""
    if ABOVE in case.source.table.columns:
        return case
    done = memo(case, "placed")
    if () not in done:
        ready = dealt(case)
        done[()] = with_columns(ready, _places(ready))
    return done[()]


def _places(case: Case) -> dict[str, Any]:
    if "rank" in case.roles:
        rank: Any = case.number(case.roles["rank"].column)
        return {ABOVE: (rank - 1).cast("int64"), TIED: ibis.ifelse(rank.notnull(), 1, 0)}
    score: Any = case.columns["score"]
    query = case.known(case.roles["query"].column)
    window = ibis.window(group_by=query, order_by=ibis.desc(score))
    above: Any = ibis.rank().over(window)
    tied: Any = score.count().over(ibis.window(group_by=[query, score]))
    none: Any = ibis.null("int64")
    return {ABOVE: ibis.ifelse(score.notnull(), above, none), TIED: tied}


def with_columns(case: Case, columns: Mapping[str, Any]) -> Case:
    """The same case with columns added to its rows; what was seen at the door holds for it too."""
    table: Any = case.source.table.mutate(**columns)
    return over(case, table)


def over(case: Case, table: Any) -> Case:
    """The same case over the same rows of another table."""
    return case.again(source=replace(case.source, table=table), counted=_of_rows(case))


def _of_rows(case: Case) -> dict[str, Any]:
    return {kind: memo(case, kind) for kind in OF_ROWS}


def longest(case: Case) -> int:
    """How many places the longest list has."""
    table = placed(case).source.table
    last: Any = cast(Any, table[ABOVE]) + table[TIED]
    return int(fetch(case.source, table.aggregate(n=last.max()))["n"].to_pylist()[0] or 0)


def in_top(case: Case) -> Any:
    """How much of a pair stands in the top of its list: 1, 0, or a part where the cut goes through a tie."""
    table: Any = placed(case).source.table
    room = (case.lists.top - table[ABOVE]).clip(0, table[TIED])
    part: Any = room / table[TIED].nullif(0)
    return part.fill_null(0.0)


# --- attention


def attention(case: Case) -> dict[str, Floats]:
    """What each place gets by each declared model of attention, from the first place on.

    The first place gets 1; by clicks, the place that is clicked most. Asked once, of the lists as they are.
    """
    done = memo(case, "attention")
    if () not in done:
        done[()] = _attention(case)
    return done[()]


def _attention(case: Case) -> dict[str, Floats]:
    places = np.arange(1, longest(case) + 1, dtype=np.float64)
    found = dict[str, Floats]()
    for name in case.lists.attention:
        if name == "logarithmic":
            found[name] = 1 / np.log2(1 + places)
        elif name == "geometric":
            found[name] = case.lists.patience ** (places - 1)
        else:
            found[name] = _clicks(case, len(places))
    return found


def _clicks(case: Case, size: int) -> Floats:
    """How often what stood at a place was clicked, of what was shown there, relative to the highest.

    Pairs that tie stand at each of the places that they share in part, and so do their clicks.
    """
    case = placed(case)
    pairs: Any = case.source.table
    clicked: Any = answer_of(case, "clicked")
    shown: Any = answer_of(case, "shown") == 1 if "shown" in case.roles else True
    seen: Any = (clicked.notnull() & shown).fill_null(False)
    counts = (
        pairs.filter(pairs[ABOVE].notnull())
        .group_by(at=pairs[ABOVE], tied=pairs[TIED])
        .agg(n=seen.sum(), k=seen.ifelse(clicked, 0).sum())
        .order_by("at", "tied")
    )
    share = _shared_out(size, *(column.to_numpy() for column in fetch(case.source, counts).columns))
    most = share.max(initial=0.0)
    return share / most if most > 0 else share


def _shared_out(size: int, at: Any, tied: Any, n: Any, k: Any) -> Floats:
    """The share k / n at each place, where ties lie evenly on the places from one on."""
    cell = np.repeat(np.arange(len(at)), tied)
    place = at[cell] + np.arange(len(cell)) - np.repeat(np.cumsum(tied) - tied, tied)
    n, k = (np.bincount(place, (x / tied)[cell], size) for x in (n, k))
    return np.divide(k, n, out=np.zeros(size), where=n > 0)


def attended(case: Case) -> Case:
    """The case with what every pair gets by each model of attention, tied pairs sharing what theirs get."""
    if "wf upto to" in case.source.table.columns:
        return case
    done = memo(case, "attended")
    if () not in done:
        done[()] = attend(placed(case), attention(case))
    return done[()]


def attend(case: Case, models: Mapping[str, Floats]) -> Case:
    """The case with what its places get by models of attention, each from the first place on."""
    total = {name: np.concatenate([[0.0], np.cumsum(each)]) for name, each in models.items()}
    size = len(next(iter(total.values()))) if total else 1
    curve = pa.table(
        {"wf upto": np.arange(size), **{f"wf {name}": each for name, each in total.items()}}
    )
    held: Any = put_beside(case.source, curve, "the places of lists")
    pairs: Any = case.source.table
    ends = {"from": pairs[ABOVE], "to": pairs[ABOVE] + pairs[TIED]}
    for end, at in ends.items():
        mine = held.rename(lambda name, end=end: f"{name} {end}")
        pairs = pairs.left_join(mine, at == mine[f"wf upto {end}"])
    gets = {
        f"wf gets {name}": ((pairs[f"wf {name} to"] - pairs[f"wf {name} from"]) / pairs[TIED].nullif(0))
        .fill_null(0.0)
        for name in models
    }  # fmt: skip
    return over(case, pairs.mutate(**gets))

"""Lists at the door: places that can't be, and what a reader must know of how people were ranked."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import ibis

from wfaudit.case.asks import in_several
from wfaudit.case.decode import Quality
from wfaudit.case.roles import EXACT
from wfaudit.case.tables import MANY_PAIRS
from wfaudit.errors import AuditError, rows
from wfaudit.sources import fetch, many, parted

if TYPE_CHECKING:
    from wfaudit.case.case import Case

MANY = 2  # lists, beyond which it tells that the same ones stand in them
FARTHEST = 10_000_000  # the last place that a list may have
# what is counted in lists: the role it is told of, the code, and the words after "In n lists"
OF_LISTS: tuple[tuple[str, str, str], ...] = (
    ("item", "list of one", "a single pair stands: nobody is ranked there."),
    ("rank", "rank repeats", "a rank is given more than once; each pair keeps the place it was given."),
    ("rank", "rank leaves holes", "a rank is left out before the last; places are taken as they were given."),
    ("relevance", "nothing relevant", "no pair has a relevance above 0."),
)  # fmt: skip


def look_lists(case: "Case") -> list[Quality]:
    """Count what is odd in the lists of a case of pairs; a rank that is no place stops.

    >>> import pandas as pd
    >>> from wfaudit.case import Case
    >>> pairs = pd.DataFrame({"job": [1, 1, 2], "one": list("aba"), "place": [1, 3, 1]})
    >>> case = Case.from_dict({"source": pairs, "roles": {"query": "job", "item": "one", "rank": "place"}})
    >>> [(note.code, note.rows) for note in look_lists(case)]
    [('list of one', 1), ('rank leaves holes', 1)]
    """
    if "query" not in case.roles:
        return []
    found = _no_places(case) if "rank" in case.roles else []
    items, total, mean = _spread(case)
    seen = _odd(case, total)
    for role, code, says in OF_LISTS:
        if n := seen[code]:
            told = f"In {many(n, 'list')} {says}"
            found.append(Quality(code, told, case.roles[role].column, n))
    found += _in_many(case, items, mean)
    found += _parted(case) if "cluster" in case.roles else []
    if n := seen["against"]:
        says = f"In {rows(n)} a pair stands directly below one with a lower score."
        found.append(Quality("rank against score", says, case.roles["rank"].column, n))
    return found


def _spread(case: "Case") -> tuple[int, int, float]:
    """How many stand in lists, how many pairs there are, and in how many lists those in pairs stand."""
    pairs: Any = case.source.table
    each = pairs.group_by(one=case.known(case.roles["item"].column)).agg(n=pairs.count())
    n = each["n"].cast("float64")
    asked = each.aggregate(items=each.count(), rows=n.sum(), mean=(n * n).sum() / n.sum())
    items, total, mean = fetch(case.source, asked).to_pylist()[0].values()
    return items, int(total or 0), mean or 0.0


def _in_many(case: "Case", items: int, mean: float) -> list[Quality]:
    """Tell where the same ones stand in many lists, pair by pair."""
    if mean <= MANY:
        return []
    says = f"Those in pairs stand in {mean:.1f} lists on average, pair by pair. "
    column = case.roles["item"].column
    if "cluster" not in case.roles:
        says += "Intervals leave out one list at a time and one of those in lists at a time, put together."
        return [Quality("in many lists", says, column, items)]
    if case.roles["cluster"].column == column:
        says += "Intervals leave out one of them at a time, as declared, and take the lists as they are."
    else:
        says += (
            "Intervals leave out one declared cluster at a time and take those in lists as they are: they "
            "speak of other clusters with the same ones in them. Without a declared cluster they speak of "
            "others too."
        )
    return [Quality("taken as given", says, column, items)]


def _parted(case: "Case") -> list[Quality]:
    """Tell of lists that stand in several declared clusters: leaving out one of these cuts them apart."""
    if not (several := in_several(case, "query", "cluster")):
        return []
    says = (
        f"{many(several, 'list')} in several clusters; intervals leave out one of these at a time."
    )
    return [Quality("in several clusters", says, case.roles["cluster"].column, several)]


def _no_places(case: "Case") -> list[Quality]:
    """Stop at a rank that is no whole number from 1 on; tell how many have none."""
    role = case.roles["rank"]
    rank: Any = case.number(role.column)
    text: Any = case.known(role.column).notnull() & rank.isnull()  # told at the door by itself
    near: Any = rank.between(1, EXACT)
    inside: Any = ibis.ifelse(near, rank, 1)
    bad = rank.notnull() & ~(near & (inside.floor() == rank))
    asked = {"bad": bad, "none": rank.isnull() & ~text, "far": rank > FARTHEST}
    pairs: Any = case.source.table
    seen = _counts(case, pairs.aggregate(**{name: each.sum() for name, each in asked.items()}))
    if seen["bad"]:
        raise AuditError(
            f"{case.where(role)}: in {rows(seen['bad'])} the rank is no place in a list, which is a whole "
            "number from 1 on. Mend the column, or drop the role rank: places then follow from the score."
        )
    if seen["far"]:
        raise AuditError(
            f"{case.where(role)}: in {rows(seen['far'])} the rank is beyond {FARTHEST:,}. If it stands for "
            'no rank, leave the cell empty or declare it, for example missing = ["999999999"].'
        )
    if not seen["none"]:
        return []
    says = f"In {rows(seen['none'])} there is no rank: considered, but in no list."
    return [Quality("rank missing", says, role.column, seen["none"])]


def _each(case: "Case", pairs: Any) -> Any:
    """Every list: what is odd in it; one pass over the pairs in their order."""
    pairs = _ordered(case, pairs)
    told: dict[str, Any] = {"list of one": pairs.count() == 1}
    if "relevance" in case.roles:
        told["nothing relevant"] = pairs["relevance"].max() <= 0
    if "rank" in case.roles:
        step: Any = pairs["rank"] - pairs["rank before"].fill_null(0)
        told |= {"rank repeats": (step == 0).any(), "rank leaves holes": (step > 1).any()}
    if {"rank", "score"} <= set(case.roles):
        lower: Any = pairs["score before"] < pairs["score"]
        told["against"] = lower.sum(where=pairs["rank"].notnull())
    return pairs.group_by("query").agg(**told)


def _ordered(case: "Case", pairs: Any) -> Any:
    """The pairs with what stands one place above where they are ranked; of one place the higher score."""
    read: dict[str, Any] = {"score": case.columns.get("score")}
    for name in ("rank", "relevance"):
        read[name] = case.number(case.roles[name].column) if name in case.roles else None
    known = {name: column for name, column in read.items() if column is not None}
    query = case.known(case.roles["query"].column)
    pairs = pairs.select(query=query, **known)
    if "rank" not in known:
        return pairs
    order = [
        pairs["rank"].asc(nulls_first=False),
        *([pairs["score"].desc()] if "score" in known else []),
    ]
    window = ibis.window(group_by=pairs["query"], order_by=order)
    names = [name for name in ("rank", "score") if name in known]
    return pairs.mutate(**{f"{name} before": pairs[name].lag().over(window) for name in names})


def _odd(case: "Case", total: int) -> Counter[str]:
    """How many lists are odd in which way, and how many pairs stand below a lower score."""
    query: Any = case.known(case.roles["query"].column)
    found = Counter[str]()
    for part in parted(case.source.table, query, total, MANY_PAIRS):
        each = _each(case, part)
        asked = {code: each[code].sum() for code in each.columns if code != "query"}
        found.update(_counts(case, each.aggregate(**asked)))
    return found


def _counts(case: "Case", asked: Any) -> dict[str, int]:
    return {name: int(n or 0) for name, n in fetch(case.source, asked).to_pylist()[0].items()}

"""Both sides of the pairs, one by one: who stands in nobody's list, who has none, and who suits both."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import ibis
import numpy as np

from wfaudit.case import Case
from wfaudit.case.tables import SIDES
from wfaudit.counts.cells import memo
from wfaudit.errors import not_one_of
from wfaudit.measures import contrasts
from wfaudit.measures.asked import Compare, everywhere, require
from wfaudit.measures.compared import Told, tell
from wfaudit.measures.contrasts import Contrast
from wfaudit.measures.gathered import Keys, Laid, gather, laid
from wfaudit.measures.labelled import answer_of
from wfaudit.measures.lists import (
    ABOVE,
    in_top,
    lacks_pairs,
    lacks_places,
    placed,
    with_columns,
)
from wfaudit.measures.made import By
from wfaudit.measures.matching.parts import summed_parts
from wfaudit.measures.question import Question
from wfaudit.measures.readings import part, share_of
from wfaudit.measures.sides import one_by_one
from wfaudit.measures.two_way import asked_over_both, over_both
from wfaudit.result import Result

COVERAGE = Told(
    measure="coverage",
    says="Share of everybody on a side of the pairs, in a pair or not, who stand in a list, in the top of "
    "one, are shown, or have a list of their own (counted one by one and taken as unrelated)",
    does="{at}", at_name="coverage",
)  # fmt: skip
MUTUAL = Told(
    measure="mutual_top_share",
    says="Share of the places in the top of lists with {people} that are in the top of their own list too, "
    "by the same score",
    sentence="Of 100 places that {group} have in the top of lists, {mine} are in the first {at} of their own "
    "list too; of those of {reference}, {theirs}",
    at_name="places", judged=False,
)  # fmt: skip


def coverage(case: Case, side: str = "item", *, by: By = None, compare: Compare = False) -> Result:
    """Share of each group of a side who stand in lists, in the top, are shown, or have a list at all.

    Everybody in the side's own table counts, in a pair or not; without a table only those in pairs are
    known. A tie at the cut counts as in the top. Wilson intervals: each is taken as unrelated to the others.

    >>> import pandas as pd
    >>> pairs = pd.DataFrame({"job": [1, 1, 2], "one": list("aba"), "place": [1, 2, 1]})
    >>> people = pd.DataFrame({"one": list("abcd")})
    >>> case = Case.from_dict({"source": pairs, "roles": {"query": "job", "item": "one", "rank": "place"},
    ...     "tables": {"people": {"path": people, "key": "one", "role": "item"}}, "lists": {"top": 1}})
    >>> coverage(case).to_frame()[["at", "n", "estimate"]].values.tolist()
    [['stood in a list', 4, 0.5], ['stood in the top 1', 4, 0.25]]
    """
    if side not in SIDES:
        raise not_one_of("side of a pair", side, SIDES)
    require(COVERAGE.measure, lacks_places(case) or ("" if _labels(case, side) else _NO_TABLE))
    alone, names = one_by_one_of(case, side), _labels(case, side)
    keys = alone.keys(by)
    rows: Any = alone.source.table
    sums: dict[str, Any] = {}
    for at in range(len(names)):
        yes = rows[f"wf yes {at}"]
        sums |= {f"{at} known": yes.notnull().sum(), f"{at} yes": (yes > 0).sum()}
    found = gather(alone, keys, {}, sums)
    columns = np.stack(
        [found.columns(f"{at} known", f"{at} yes") for at in range(len(names))], axis=1
    )
    return tell(alone, COVERAGE, laid(alone, keys, found, columns, list(names)), compare=compare)


_NO_TABLE = "no table stands beside the pairs, so nobody is known who stands in none"


def one_by_one_of(case: Case, side: str) -> Case:
    """A case with one row for each of a side, in its own words; for each kind of coverage 1, 0 or null."""
    done = memo(case, "one by one")
    if (side,) not in done:
        held = placed(case)
        sums = {f"wf yes {at}": each for at, each in enumerate(_labels(case, side).values())}
        alone = one_by_one(held, side, {"wf pairs": held.source.table.count(), **sums})
        rows: Any = alone.source.table
        nowhere = rows["wf pairs"].isnull()
        full = {name: nowhere.ifelse(0, rows[name]) for name in sums}
        done[(side,)] = with_columns(in_own_words(alone, case, side), full)
    return done[(side,)]


def _labels(case: Case, side: str) -> dict[str, Any]:
    """What is asked of each of a side, and over its pairs whether so: above 0, 0, or null if unknown."""
    held, top = placed(case), case.lists.top
    pairs: Any = held.source.table
    found: dict[str, Any] = {}
    if any(one.on == case.roles[side].column for one in case.sides):
        whole = "stood in a list" if side == "item" else "had a list"
        found[whole] = pairs[ABOVE].notnull().sum()
    if side == "item":
        found[f"stood in the top {top}"] = (in_top(held) > 0).sum()
    if "shown" in case.roles:
        whole = "were shown" if side == "item" else "had somebody shown"
        found[whole] = answer_of(held, "shown").max()
    return found


def in_own_words(alone: Case, case: Case, side: str) -> Case:
    """The side's own name in sentences: what it is called is its table, else its column."""
    tables = [one.name for one in case.sides if one.on == case.roles[side].column]
    name = tables[0] if tables else case.roles[side].column
    phrases = tuple((g.name, f"{name} ({g.name}: {{level}})") for g in alone.groups)
    words = replace(alone.choices.words, people=name)
    return replace(alone, choices=replace(alone.choices, words=words, phrases=phrases), counted={})


def _ask_coverage(case: Case) -> Iterable[Result]:
    for side in SIDES:
        if _labels(case, side):
            yield from everywhere(one_by_one_of(case, side), partial(coverage, case, side))


def _lacks_coverage(case: Case) -> str:
    if why := lacks_places(case):
        return why
    return "" if any(_labels(case, side) for side in SIDES) else _NO_TABLE


# --- places that suit both sides


@over_both
def mutual_top(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Share of each group's places in the top of lists that also lie in the top of the item's own list.

    The item's own list is that of everything it stands beside, by the same score, ties sharing their places:
    its first place, and its top. Where somebody stands beside fewer than fill the top, all of it is the top.
    """
    require(MUTUAL.measure, _lacks_mutual(case))
    return contrasts.answered(case, *_mutual(case, case.keys(by)), compare)


def _mutual(case: Case, keys: Keys) -> tuple[Contrast, Laid]:
    held, tops = _theirs(case), tuple(dict.fromkeys((1, case.lists.top)))
    pairs: Any = held.source.table
    known = pairs["wf own tied"] > 0
    stood = known.ifelse(in_top(held), 0.0)
    sums: dict[str, Any] = {"places": summed_parts(stood), "pairs": (stood > 0).sum()}
    for top in tops:
        room = (top - pairs["wf own above"]).clip(0, pairs["wf own tied"])
        sums[str(top)] = summed_parts(
            stood * (room / pairs["wf own tied"].nullif(0)).fill_null(0.0)
        )
    found = gather(held, keys, {}, sums)
    columns = np.stack([found.columns("places", str(top), "pairs") for top in tops], axis=1)
    number = replace(share_of(part(1), part(0)), people=part(2), k=None)
    asked = Contrast(told=MUTUAL, number=number, interval="")
    return asked, laid(held, keys, found, columns, [str(top) for top in tops])


def _theirs(case: Case) -> Case:
    """The case with the place of each pair in the item's own list, by the score."""
    done = memo(case, "own lists")
    if () not in done:
        held = placed(case)
        score: Any = held.columns["score"]
        item = held.known(case.roles["item"].column)
        lists = ibis.window(group_by=item, order_by=ibis.desc(score))
        tied: Any = score.count().over(ibis.window(group_by=[item, score]))
        own = {"wf own above": ibis.rank().over(lists), "wf own tied": tied}
        done[()] = with_columns(held, own)
    return done[()]


def _lacks_mutual(case: Case) -> str:
    return lacks_pairs(case, "score")


QUESTIONS: dict[str, Question] = {
    COVERAGE.measure: Question(says=COVERAGE.says, lacks=_lacks_coverage, ask=_ask_coverage),
    MUTUAL.measure: Question(
        says=MUTUAL.says,
        lacks=_lacks_mutual,
        ask=asked_over_both(lambda case: contrasts.everywhere(case, partial(_mutual, case))),
    ),
}

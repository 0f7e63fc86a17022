"""What of a list could be taken: feasible places, and whom it costs a place that lists don't ask for it."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.case.tables import ALL
from wfaudit.measures import contrasts
from wfaudit.measures.asked import Compare, everywhere, require
from wfaudit.measures.compared import Told, tell
from wfaudit.measures.contrasts import Contrast
from wfaudit.measures.gathered import Gathered, Keys, Laid, amounts, amounts_of, gather, laid
from wfaudit.measures.lists import ABOVE, FINE, SCALE, attention, in_top, lacks_places
from wfaudit.measures.made import By
from wfaudit.measures.matching.constrained import CAN, GOT, STOOD, feasible_lists, labels
from wfaudit.measures.matching.parts import gathered_in_parts, summed_parts
from wfaudit.measures.question import Question
from wfaudit.measures.readings import part, share_of
from wfaudit.measures.two_way import asked_over_both, over_both
from wfaudit.result import Result

FEASIBLE = Told(
    measure="feasible_share",
    says="Share of the places in the top of lists that {people} could really take by what is declared; "
    "where it is not known whether they could, a place is left out and told beside",
    sentence="Of 100 places that {group} have in the top of lists, {mine} could really be taken (constraint: "
    "{at}); of those of {reference}, {theirs}",
    at_name="constraint",
)  # fmt: skip
LOST = Told(
    measure="lost_places_share",
    says="Share of the feasible pairs of {people} that would stand in the top of the list if pairs known to "
    "be infeasible left it, and do not as it is",
    sentence="Of 100 feasible pairs of {group}, {mine} would stand in the top {at} if infeasible ones left "
    "the lists, and do not as they are; of those of {reference}, {theirs}",
    at_name="places",
)  # fmt: skip
UNSEEN = Told(
    measure="exposure_lost",
    says="Mean attention that feasible pairs of {people} lose because infeasible ones stand above them, as a "
    "share of what the first place gets, by a declared model of attention",
    sentence="Of 100 parts of a first place's attention ({at}), feasible pairs of {group} lose {mine} on "
    "average to infeasible ones above them; those of {reference}, {theirs}",
    at_name="attention", of="mean",
)  # fmt: skip
SPEEDS = "; speeds of travel are declared, not measured"


@over_both
def feasible_share(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Share of each group's places in the top that meet every declared constraint, and each of them.

    A pair of which something is not known is left out, and a note tells of how many places that is so and
    between which limits the share lies whatever is true of them. Intervals leave out one list at a time.

    >>> import pandas as pd
    >>> pairs = pd.DataFrame({"job": [1, 1, 2, 2], "one": list("abab"), "place": [1, 2, 1, 2],
    ...                       "has": [0, 900, 0, 900], "cost": [100, 100, 100, 100]})
    >>> case = Case.from_dict({"source": pairs, "roles": {"query": "job", "item": "one", "rank": "place"},
    ...     "constraints": {"cost": {"item": "has", "query": "cost", "is": ">="}}})
    >>> feasible_share(case).to_frame()[["at", "n", "note"]].values.tolist()
    [['all', 4, '2 clusters: fewer than 8, no interval']]
    """
    require(FEASIBLE.measure, _lacks(case))
    return contrasts.answered(case, *_feasible(case, case.keys(by)), compare)


@over_both
def lost_places(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Share of each group's feasible pairs that stand outside the top only because of infeasible ones.

    Lists are made anew without pairs known to be infeasible; those of which it is not known stay, so it is
    the least that is lost. A tie at the cut counts in part.
    """
    require(LOST.measure, _lacks(case))
    return contrasts.answered(case, *_lost(case, case.keys(by)), compare)


@over_both
def exposure_lost(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Mean attention that each group's feasible pairs lose to infeasible ones, by every declared model."""
    require(UNSEEN.measure, _lacks(case))
    keys, names = case.keys(by), list(attention(case))
    found = _gathered(case, keys)
    columns = np.stack([amounts_of(found, f"lost {name}") / SCALE for name in names], axis=1)
    told = replace(UNSEEN, says=_says(case, UNSEEN))
    return tell(case, told, laid(case, keys, found, columns, names), compare=compare)


# --- sums


def _gathered(case: Case, keys: Keys) -> Gathered:
    """Everything that is asked of feasibility, summed in one pass over the pairs."""
    models = attention(case)

    def ask(some: Case) -> Gathered:
        moved = feasible_lists(some, models)
        return gather(moved, keys, {}, _of_top(moved) | _of_moved(moved, list(models)))

    return gathered_in_parts(case, "feasible", keys, ask)


def _of_top(case: Case) -> dict[str, Any]:
    """For every constraint, of how many places in the top it is known, is met, is not known; and in pairs."""
    pairs: Any = case.source.table
    stood, sums = pairs[STOOD], dict[str, Any]()
    for name in labels(case):
        can = pairs[f"{CAN} {name}"]
        sums |= {
            f"{name} known": summed_parts(can.notnull().ifelse(stood, 0.0)),
            f"{name} met": summed_parts(can.fill_null(False).ifelse(stood, 0.0)),
            f"{name} pairs": (can.notnull() & (stood > 0)).sum(),
            f"{name} unknown": summed_parts(can.isnull().ifelse(stood, 0.0)),
        }
    return sums


def _of_moved(case: Case, models: list[str]) -> dict[str, Any]:
    """Of feasible pairs that have a place: how much more of them stands in the top, and gets attention."""
    pairs: Any = case.source.table
    stays = pairs[f"{CAN} {ALL}"].fill_null(False) & pairs[ABOVE].notnull()
    sums = amounts("lost", stays.ifelse(in_top(case) - pairs[STOOD], None))
    for name in models:
        gone = (pairs[f"wf gets {name}"] - pairs[f"{GOT} {name}"]) * FINE
        sums |= amounts(f"lost {name}", stays.ifelse(gone, None))
    return sums


def _feasible(case: Case, keys: Keys) -> tuple[Contrast, Laid]:
    found, names = _gathered(case, keys), labels(case)
    parts = ("known", "met", "pairs", "unknown")
    columns = np.stack([found.columns(*(f"{name} {p}" for p in parts)) for name in names], axis=1)
    told = replace(FEASIBLE, says=_says(case, FEASIBLE))
    number = replace(share_of(part(1), part(0)), people=part(2), k=None)
    asked = Contrast(told=told, number=number, interval="", remark=_unknown)
    return asked, laid(case, keys, found, columns, names)


def _unknown(found: Laid, label: int, mine: list[int], theirs: list[int]) -> str:
    """Of how many places it is not known, and between which limits the share then lies."""
    known, met, _, unknown = found.whole[mine, label].sum(axis=0)
    others = found.whole[theirs, label].sum(axis=0)[3] if theirs else 0.0
    if not unknown and not others:
        return ""
    if theirs:
        return f"not known of {unknown:,.0f} and {others:,.0f} more places"
    low, high = met / (known + unknown), (met + unknown) / (known + unknown)
    return f"not known of {unknown:,.0f} more places: between {low:.3f} and {high:.3f} with them"


def _lost(case: Case, keys: Keys) -> tuple[Contrast, Laid]:
    found = _gathered(case, keys)
    columns = found.columns("lost known", "lost total")
    asked = Contrast(
        told=replace(LOST, says=_says(case, LOST)), number=share_of(part(1), part(0)), interval=""
    )
    return asked, laid(case, keys, found, columns, [str(case.lists.top)])


def _says(case: Case, told: Told) -> str:
    travel = any(one.speeds for one in case.constraints)
    return f"{told.says}{SPEEDS}" if travel else told.says


# --- questions


def _lacks(case: Case) -> str:
    if why := lacks_places(case):
        return why
    return "" if case.constraints else "the case declares no constraints"


def _ask(asked: Any, case: Case) -> Iterable[Result]:
    return contrasts.everywhere(case, partial(asked, case))


QUESTIONS: dict[str, Question] = {
    FEASIBLE.measure: Question(
        says=FEASIBLE.says, lacks=_lacks, ask=asked_over_both(partial(_ask, _feasible))
    ),
    LOST.measure: Question(says=LOST.says, lacks=_lacks, ask=asked_over_both(partial(_ask, _lost))),
    UNSEEN.measure: Question(
        says=UNSEEN.says,
        lacks=_lacks,
        ask=lambda case: everywhere(case, partial(exposure_lost, case)),
    ),
}

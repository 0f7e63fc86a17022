"""Every possible cut-off at once: rates and gaps, who moves, and what equal treatment costs elsewhere.

All from the counts along the score: nobody's row is read again when the cut-off moves.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wfaudit.case import Case
from wfaudit.case.roles import SLACK
from wfaudit.choices import JOIN
from wfaudit.counts import Gridded, count_scored
from wfaudit.errors import AuditError, no_group, not_one_of
from wfaudit.measures.made import By
from wfaudit.measures.swept import ALONE, SWEPT, Ints, Swept, as_result, binned, flagging
from wfaudit.measures.values import declared_reference
from wfaudit.result import Result

ABOVE = "above all"


def sweep(
    case: Case, measure: str, *, by: By = None, compare: bool = False, cuts: Any = None
) -> Result:
    """A rate at every cut-off of the score, by group, or its gap to the reference (``compare``).

    One row a cut-off and group, the cut-off in ``at``; everyone at or above it is flagged. ``cuts``
    names those to show (default: every value of the score, and one above all). People whose outcome is
    not recorded are left out. Wilson and Newcombe intervals, or where people come in clusters a
    jackknife over them; one cut-off was not chosen by looking, a curve is: the intervals are for each
    cut-off alone.

    >>> import wfaudit as wf
    >>> found = wf.sweep(wf.load("plain"), "selection_rate", cuts=[0.35, 0.65])
    >>> found.to_frame()["estimate"].round(3).tolist()
    [0.701, 0.298]
    """
    keys = case.keys(by)
    found = _swept(case, measure, keys, cuts)
    if not compare:
        return as_result(case, measure, keys, found)
    reference = declared_reference(case, keys)
    if reference not in found.names:
        raise no_group(JOIN.join(keys), reference, found.names)
    return as_result(case, measure, keys, found, found.names.index(reference))


def movers(case: Case, to: float, *, by: By = None) -> Result:
    """Share of each group whose flag changes when the cut-off moves from the declared one to ``to``.

    Rows for those who become flagged and those who no longer are (``at``). Needs a flag that follows
    from the score, by a cut or by the cut of its tier.
    """
    start, keys = declared_cut(case), case.keys(by)
    people = _people(case, keys)
    between, _ = binned(people, _places(case, people.grid, [start, to]))
    word = "flagged if moved" if to < start else "no longer flagged if moved"
    label = f"{word} from {start:g} to {to:g}"
    found = Swept(between, (label,), (_middle,) * len(people.groups))
    result = as_result(case, "selection_rate", keys, found)
    return replace(
        result, definition=f"Share of {case.choices.words.people} {label}", at_name="move"
    )


def _middle(tables: Ints) -> tuple[Ints, Ints]:
    """Those between two cut-offs, among all."""
    return tables[..., 1:2, :].sum(axis=-1), tables.sum(axis=(-2, -1))[..., None]


def equalize(case: Case, measure: str, *, by: By) -> tuple[Result, ...]:
    """What it costs by the others to treat groups alike by one rate.

    Each group gets the cut-off at which its rate is nearest to that of everyone at the declared
    cut-off. Returns the rate itself and all others at these cut-offs, each group's own in ``at``;
    their intervals take the cut-offs as given.
    """
    start, keys = declared_cut(case), case.keys(by)
    target = _swept(case, measure, (), [start]).shares[0, 0]
    if np.isnan(target):
        raise AuditError(f"{measure} has no value at the declared cut-off: nobody to count.")
    mine = _swept(case, measure, keys, None)
    off = np.abs(mine.shares - target)
    chosen = np.argmin(np.where(np.isnan(off), np.inf, off), axis=1)
    at = [f"cut-off {mine.cuts[place]}" for place in chosen]
    people, begins = binned(_people(case, keys), chosen)
    found: list[Result] = []
    for name in SWEPT:
        own = tuple(flagging(name, begins[g : g + 1]) for g in range(len(begins)))
        result = as_result(case, name, keys, Swept(people, ("",), own))
        result.table["at"] = at
        interval = result.interval.replace(ALONE, "the cut-offs taken as given")
        at_values = tuple(dict.fromkeys(at))
        found.append(replace(result, interval=interval, at_name="own cut-off", at_values=at_values))
    return tuple(found)


def declared_cut(case: Case) -> float:
    """The cut-off of the score at which the flag begins, as the case declares it."""
    flagged, tier = case.roles.get("flagged"), case.roles.get("tier")
    if flagged and flagged.score_at_least is not None:
        return flagged.score_at_least
    if flagged and flagged.tier_at_least and tier and tier.cuts:
        at = tier.order.index(flagged.tier_at_least)
        if at > 0:
            return tier.cuts[at - 1]
    raise AuditError(
        "The case declares no cut-off of its flag. Add flagged = { score_at_least = 0.5 }, or cuts to "
        "the tier and flagged = { tier_at_least = … }."
    )


def _people(case: Case, keys: tuple[str, ...]) -> Gridded:
    """People along the score, or why a cut-off can't be moved."""
    if case.evidence == "counts" or "score" not in case.roles:
        raise AuditError(
            "A cut-off can be moved only where people have a score. Declare the role score."
        )
    case.unweighted("sweep")
    if "outcome" not in case.states:
        raise AuditError("Moving the cut-off needs the role outcome, yes or no.")
    return count_scored(case, keys)


def _swept(case: Case, measure: str, keys: tuple[str, ...], cuts: Any) -> Swept:
    if measure not in SWEPT:
        raise not_one_of("rate that depends on a cut-off", measure, SWEPT)
    people = _people(case, keys)
    if cuts is None:
        labels, places = (
            [*(f"{x:.10g}" for x in people.grid), ABOVE],
            np.arange(len(people.grid) + 1),
        )
    else:
        places = _places(case, people.grid, cuts)
        labels = [f"{float(c):.10g}" for c in cuts]
    between, begins = binned(people, places)
    return Swept(between, tuple(labels), (flagging(measure, begins),) * len(people.groups))


def _places(case: Case, grid: NDArray[np.float64], cuts: Any) -> NDArray[np.int64]:
    """Where the people at or above each cut-off begin."""
    step = case.roles["score"].resolution
    try:
        wanted = np.asarray(cuts, dtype=np.float64) / step
    except (TypeError, ValueError):
        wanted = np.full(1, np.nan)
    if wanted.ndim != 1 or not len(wanted) or not np.isfinite(wanted).all():
        raise AuditError("Cut-offs are a list of finite numbers, such as cuts=[0.35, 0.5].")
    off = np.abs(wanted - np.rint(wanted)) > SLACK
    if off.any():
        raise AuditError(
            f"The cut {wanted[off][0] * step:g} lies between two steps of the score, which are {step:g} "
            "wide. Choose one that a score can have, or declare a finer resolution."
        )
    return np.searchsorted(np.rint(grid / step), np.rint(wanted))

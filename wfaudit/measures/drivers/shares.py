"""Which variables move the score, and how much of the gap between two groups each one carries."""

from collections.abc import Iterator
from typing import Any, Unpack

import numpy as np

from wfaudit.attributions import Way, way
from wfaudit.attributions.ways import DRAWS, Ask
from wfaudit.case import Case
from wfaudit.measures.asked import Compare, comparable
from wfaudit.measures.compared import Told, tell
from wfaudit.measures.drivers.folded import (
    LEFT,
    PREDICTED,
    TIER,
    Asked,
    Folded,
    Keys,
    axes,
    fold,
)
from wfaudit.measures.drivers.how import How
from wfaudit.measures.drivers.kept import kept
from wfaudit.measures.drivers.opened import LOOKED_AT
from wfaudit.measures.drivers.people import behind_of, model_of, people
from wfaudit.measures.drivers.question import Question, without_model
from wfaudit.measures.drivers.tiers import no_tiers, tiering
from wfaudit.measures.drivers.valued import bins
from wfaudit.measures.made import By
from wfaudit.models import Model
from wfaudit.result import Result

IMPORTANCE, DECIDING, GAP = "mean_absolute_attribution", "deciding_share", "attribution_gap"
FEW = "hardly anybody is moved by it: no interval"


def attributed(case: Case, model: Any, *, by: By = None, **how: Unpack[How]) -> Folded:
    """Everybody's attributions, summed: asked once for each model, scale, background and set of axes."""
    known, over = model_of(case, model), axes(case, case.keys(by))
    scale, draws, seed = how.get("scale", "raw"), how.get("draws", DRAWS), how.get("seed", 0)
    behind = behind_of(case, known, how.get("background"), seed)
    done = case.counted.setdefault("attributed", {})
    key = (id(known), scale, id(behind.rows), over, draws, seed)
    if key not in done:
        ask = _in_tier(case, known) if scale == TIER else None
        found = way(known, behind, scale=scale, ask=ask, draws=draws, seed=seed)
        place = kept(case, found, behind, how.get("keep"))
        asked = Asked(
            found, behind, bins(behind.rows, known.inputs), place, _reach(case, found, ask)
        )
        done[key] = (behind, fold(case, asked, over, progress=how.get("progress", False)))
    return done[key][1]


def _reach(case: Case, found: Way, ask: Ask | None) -> float:
    """A power of two well beyond what attributions can be, by the background and the first people."""
    few = next(people(case, found.model, size=LOOKED_AT)).inputs
    said = (ask or (found.model.margin if found.scale == "raw" else found.model.score))(few)
    far = np.abs(said - found.base)
    return float(2.0 ** np.ceil(np.log2(8 * np.nanmax(far, initial=found.spread / 8))))


def _in_tier(case: Case, model: Model) -> Ask:
    return tiering(case, model).flags


# --- what is told of them


def importance(
    case: Case, model: Any, *, by: By = None, compare: Compare = False, **how: Unpack[How]
) -> Result:
    """How far each input moves a score on average: mean absolute Shapley value, by group or by "tier".

    On the scale "tier": how often an input decides whether somebody is flagged, over all orders in which
    inputs could be looked at (Shapley and Shubik 1954). ``compare`` gives differences from a reference.
    Intervals are over people; the background is taken as given. Other words: ``drivers.How``. Raises
    AuditError where the model can't be asked about these people.

    >>> import pandas as pd
    >>> from wfaudit.models import points
    >>> people = pd.DataFrame({"flag": [0, 1] * 20, "work": ["yes", "no"] * 20})
    >>> declared = {"source": people, "roles": {"flagged": "flag"}, "inputs": {"work": {}}}
    >>> found = importance(Case.from_dict(declared), points({"work": {"yes": 0, "no": 4}}))
    >>> found.to_frame()[["at", "n", "estimate"]].values.tolist()
    [['work', 40, 2.0]]
    """
    keys = tier_or(case, by)
    folded = attributed(case, model, by=None if by == TIER else by, **how)
    laid = folded.laid(keys, ("n", "size", "size squares", "some"), folded.inputs)
    return tell(case, _told_importance(folded), laid, compare=compare)


def gap(
    case: Case, model: Any, *, by: By, reference: str | None = None, **how: Unpack[How]
) -> Result:
    """The gap between mean predictions of groups, split into inputs: the parts add up to it.

    One row an input: how much more (or less) it moves the scores of the group; one for what could not be
    attributed; and the gap itself. Other words: ``drivers.How``.

    >>> import pandas as pd
    >>> from wfaudit.models import points
    >>> work = ["yes", "no", "no"] * 10 + ["yes"] * 30
    >>> people = pd.DataFrame({"sex": ["women"] * 30 + ["men"] * 30, "work": work})
    >>> declared = {"source": people, "groups": {"sex": {"reference": "men"}}, "inputs": {"work": {}}}
    >>> found = gap(Case.from_dict(declared), points({"work": {"yes": 0, "no": 3}}), by="sex")
    >>> found.to_frame().query("group == 'women'")[["at", "estimate"]].values.tolist()
    [['work', 2.0], ['not attributed', 0.0], ['predicted score', 2.0]]
    """
    keys = case.keys(by)
    folded = attributed(case, model, by=by, **how)
    labels = (*folded.inputs, LEFT, PREDICTED)
    laid = folded.laid(keys, ("n", "total", "squares", "some"), labels)
    return tell(case, _told_gap(folded), laid, compare=reference or True)


def tier_or(case: Case, by: By) -> Keys:
    """The groups asked for; "tier" stands for the tier people were put in."""
    return (TIER,) if by == TIER else case.keys(by)


def _told_importance(folded: Folded) -> Told:
    decides = folded.way.scale == TIER
    far = "How far each input moves the score of {people}, on average"
    often = "How often each input decides whether {people} are flagged, over all orders of inputs"
    return _told(
        folded, DECIDING if decides else IMPORTANCE, often if decides else far,
        "{at} moves the score of {group} by {mine} and of {reference} by {theirs} on average",
    )  # fmt: skip


def _told_gap(folded: Folded) -> Told:
    return _told(
        folded, GAP, "The gap between mean predictions, split into inputs",
        "The part of {at} in the gap between mean predictions of {group} and {reference}",
    )  # fmt: skip


def _told(folded: Folded, measure: str, says: str, sentence: str) -> Told:
    return Told(
        measure=measure, says=f"{says}, {told_way(folded)}", sentence=sentence, unit="number",
        judged=False, at_name="input", of="mean", few=FEW, stands=True,
    )  # fmt: skip


def told_way(folded: Folded) -> str:
    """The unit, the value function, the way and the background, in words."""
    error = f", mean error of one person's {folded.error:.2g}" if folded.error else ""
    unit = folded.way.unit.replace("{", "").replace("}", "")
    told = "as a share" if unit == "share" and folded.way.scale == TIER else f"in {unit}"
    return f"{told}; interventional Shapley values, {folded.way.says}{error}; background: {folded.behind}"


# --- what an audit asks


def _importances(case: Case, model: Any) -> Iterator[Result]:
    """For everybody, for each group, by tier."""
    tier = (TIER,) if TIER in axes(case, ()).keys else ()
    for by in (None, *(group.name for group in case.groups), *tier):
        yield importance(case, model, by=by)


def _gaps(case: Case, model: Any) -> Iterator[Result]:
    for keys in [*[(group.name,) for group in case.groups], *case.intersections]:
        if comparable(case, keys):
            yield gap(case, model, by=keys)


def _without_tiers(case: Case, model: Any) -> str:
    return without_model(case, model) or no_tiers(case, model_of(case, model))


QUESTIONS: dict[str, Question] = {
    IMPORTANCE: Question(
        says="How far each input moves the score of {people}, on average",
        lacks=without_model, ask=_importances,
    ),
    DECIDING: Question(
        says="How often each input decides whether {people} are flagged",
        lacks=_without_tiers, ask=lambda case, model: [importance(case, model, scale=TIER, draws=1)],
    ),
    GAP: Question(
        says="How much of the gap between mean predictions each input carries",
        lacks=without_model, ask=_gaps,
    ),
}  # fmt: skip

"""Which variables move the score, and how much of the gap between two groups each one carries."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from wfaudit.attributions import Background, Way, way
from wfaudit.attributions.ways import Ask, Scale
from wfaudit.case import Case
from wfaudit.measures.drivers.folded import LEFT, PREDICTED, TIER, Axes, Folded, axes, fold
from wfaudit.measures.drivers.kept import kept
from wfaudit.measures.drivers.people import EVERYBODY, Behind, behind_of, model_of
from wfaudit.measures.drivers.question import Question, without_model
from wfaudit.measures.drivers.tiers import tiering
from wfaudit.measures.drivers.valued import bins
from wfaudit.measures.made import By
from wfaudit.measures.overrides.asked import Compare, comparable
from wfaudit.measures.overrides.compared import Told, tell
from wfaudit.models import Model
from wfaudit.result import Result

IMPORTANCE, GAP = "mean_absolute_attribution", "attribution_gap"


def attributed(
    case: Case, given: Any, *, scale: Scale = "raw", background: Behind = EVERYBODY, by: By = None,
    draws: int | None = None, seed: int = 0, keep: Any = None, progress: bool = False,
) -> Folded:  # fmt: skip
    """Everybody's attributions, summed: asked once for each model, scale and background."""
    model = model_of(case, given)
    behind = behind_of(case, model, background, seed)
    everybody = behind_of(case, model, EVERYBODY, seed)
    if behind.rows is not everybody.rows:  # one profile doesn't tell how far apart people are
        behind = replace(behind, among=everybody.rows)
    over = axes(case, case.keys(by))
    done = case.counted.setdefault("attributed", {})
    key = (id(model), scale, id(behind.rows), over, draws, seed)
    if key not in done:
        more = {} if draws is None else {"draws": draws}
        found = way(
            model,
            behind,
            scale=scale,
            ask=_in_tier(case, model) if scale == TIER else None,
            seed=seed,
            **more,
        )
        done[key] = _folded(case, found, behind, over, keep, progress)
    return done[key]


def _in_tier(case: Case, model: Model) -> Ask:
    return tiering(case, model).flags


def _folded(
    case: Case, found: Way, behind: Background, over: Axes, keep: Any, progress: bool
) -> Folded:
    places = bins(behind.rows, found.model.inputs)
    place = kept(case, found, behind, keep)
    return fold(case, found, behind.says, over, places, place, progress=progress)


# --- what is told of them


def importance(
    case: Case, model: Any, *, by: By = None, compare: Compare = False, **how: Any
) -> Result:
    """How far each input moves a score on average: mean absolute Shapley value, by group or by "tier".

    ``scale`` is "raw" (log-odds, points: exact for sums and trees), "score" or "tier" (how often an input decides
    whether somebody is flagged, over all orders in which inputs could be looked at: Shapley and Shubik 1954).
    ``background`` names whom people are compared with. Intervals are over people; the background is taken as given.
    Raises AuditError where the model can't be asked about these people.

    >>> import pandas as pd
    >>> from wfaudit.models import points
    >>> people = pd.DataFrame({"flag": [0, 1] * 20, "work": ["yes", "no"] * 20})
    >>> case = Case.from_dict({"source": people, "roles": {"flagged": "flag"}, "inputs": {"work": {}}})
    >>> importance(case, points({"work": {"yes": 0, "no": 4}})).to_frame()[["at", "n", "estimate"]].values.tolist()
    [['work', 40, 2.0]]
    """
    keys = (TIER,) if by == TIER else case.keys(by)
    folded = attributed(case, model, by=None if by == TIER else by, **how)
    laid = folded.laid(keys, ("n", "size", "size squares", "some"), folded.inputs)
    return tell(case, _told_importance(folded), laid, compare=compare)


def gap(
    case: Case, model: Any, *, by: str | tuple[str, ...], reference: str | None = None, **how: Any
) -> Result:
    """The gap between mean predictions of groups, split into inputs: the parts add up to it.

    One row an input, how much more (or less) it moves the scores of the group; one for what could not be attributed;
    and the gap itself. ``scale`` and ``background`` as in ``importance``.

    >>> import pandas as pd
    >>> from wfaudit.models import points
    >>> people = pd.DataFrame({"sex": ["women"] * 30 + ["men"] * 30, "work": ["yes", "no", "no"] * 10 + ["yes"] * 30})
    >>> case = Case.from_dict({"source": people, "groups": {"sex": {"reference": "men"}}, "inputs": {"work": {}}})
    >>> found = gap(case, points({"work": {"yes": 0, "no": 3}}), by="sex").to_frame()
    >>> found[found["group"] == "women"][["at", "estimate"]].values.tolist()
    [['work', 2.0], ['not attributed', 0.0], ['predicted score', 2.0]]
    """
    keys = case.keys(by)
    folded = attributed(case, model, by=by, **how)
    laid = folded.laid(keys, ("n", "total", "squares", "some"), (*folded.inputs, LEFT, PREDICTED))
    return tell(case, _told_gap(folded), laid, compare=reference or True)


def _told_importance(folded: Folded) -> Told:
    decides = folded.way.scale == TIER
    unit = (
        "how often it decides whether somebody is flagged" if decides else f"in {folded.way.unit}"
    )
    return Told(
        measure="deciding_share" if decides else IMPORTANCE,
        says=f"How far each input moves the score of {{people}}, on average, {unit}; {_way(folded)}",
        sentence="{at} moves the score of {group} by {mine} and of {reference} by {theirs} on average",
        unit="number", judged=False, at_name="input", of="mean", few="hardly anybody is moved by it: no interval", stands=True,
    )  # fmt: skip


def _told_gap(folded: Folded) -> Told:
    return Told(
        measure=GAP,
        says=f"The gap between mean predictions ({folded.way.unit}), split into inputs; {_way(folded)}",
        sentence="The part of {at} in the gap between mean predictions of {group} and {reference}",
        unit="number", judged=False, at_name="input", of="mean", few="hardly anybody is moved by it: no interval", stands=True,
    )  # fmt: skip


def _way(folded: Folded) -> str:
    error = f", mean error of one person's attribution {folded.error:.2g}" if folded.error else ""
    return f"Shapley values, interventional, {folded.way.says}{error}; background: {folded.behind}"


# --- what an audit asks


def _importances(case: Case, model: Any) -> Iterator[Result]:
    """For everybody, for each group, by tier."""
    yield importance(case, model)
    for group in case.groups:
        yield importance(case, model, by=group.name)
    if TIER in axes(case, ()).keys:
        yield importance(case, model, by=TIER)


def _gaps(case: Case, model: Any) -> Iterator[Result]:
    for keys in [*[(group.name,) for group in case.groups], *case.intersections]:
        if comparable(case, keys):
            yield gap(case, model, by=keys)


QUESTIONS: dict[str, Question] = {
    IMPORTANCE: Question(
        says="How far each input moves the model's score, on average over {people}",
        lacks=without_model, ask=_importances,
    ),
    GAP: Question(
        says="How much of the gap between mean predictions each input carries",
        lacks=without_model, ask=_gaps,
    ),
}  # fmt: skip

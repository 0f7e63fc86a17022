"""How the score moves along the values of an input: accumulated local effects, and who goes against it.

Only people whose value lies on a step are moved across it (Apley and Zhu 2020), so that nobody is
asked about far from where they are. Levels have no order: each is held against the most frequent
one, among people who have either.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from wfaudit.case import Case
from wfaudit.choices import JOIN
from wfaudit.errors import not_one_of
from wfaudit.estimators.accumulated import curve, curve_over_clusters, onto, turns
from wfaudit.estimators.estimates import Estimate
from wfaudit.measures.asked import Compare, comparable
from wfaudit.measures.clustered import jackknife
from wfaudit.measures.compared import Rows, Told, alone, finished, numbers, tell
from wfaudit.measures.drivers import anew
from wfaudit.measures.drivers.along import Along, across
from wfaudit.measures.drivers.anew import Floats
from wfaudit.measures.drivers.people import behind_of
from wfaudit.measures.drivers.question import Question, without_model
from wfaudit.measures.drivers.tally import AMOUNT, Keys, Tally
from wfaudit.measures.gathered import Laid
from wfaudit.measures.made import By
from wfaudit.models import Model
from wfaudit.result import Result

EFFECT = "accumulated_effect"
STEPS = {"raises": "step_up_raises_share", "lowers": "step_up_lowers_share"}
MOST, BANDS = 20, 10  # distinct values that stand for themselves; bands of like many people else
DRAWN = 5  # inputs whose curves an audit shows


def effects(
    case: Case, model: Any, inputs: str | Sequence[str], *, scale: str = "score", by: By = None
) -> Result:
    """How the score moves along the values of an input: accumulated local effects by group, 0 on average.

    Numbers are told at each value where they are few, else at ten bands of like many people; levels
    are differences from the most frequent one. A group's curve runs over the values that its people
    have. ``scale`` is "score" or "raw", before the link. With several inputs ``at`` is the input &
    its value.

    >>> from wfaudit.models import points
    >>> people = pd.DataFrame({"flag": [0, 1] * 20, "age": [20.0, 30.0, 50.0, 50.0] * 10})
    >>> case = Case.from_dict({"source": people, "roles": {"flagged": "flag"}, "inputs": {"age": {}}})
    >>> effects(case, points({"age": 0.1}), "age").to_frame()[["at", "estimate"]].round(2).values.tolist()
    [['20', -1.75], ['30', -0.75], ['50', 1.25]]
    """
    asked = anew.ready(case, model, EFFECT)
    names = (inputs,) if isinstance(inputs, str) else tuple(inputs)
    for name in names:
        if name not in asked.inputs:
            raise not_one_of("input of the model", name, asked.inputs)
    ways, tally = across(case, asked, names, scale, by)
    return _curves(case, asked, ways, tally, by, scale)


def steps(
    case: Case, model: Any, inputs: Sequence[str] | None = None, *, tells: str = "raises", by: By = None,
    compare: Compare = False,
) -> Result:  # fmt: skip
    """Share of people for whom a step up across their own value raises (or "lowers") the score.

    All inputs that hold numbers, unless some are named.

    >>> from wfaudit.models import points
    >>> people = pd.DataFrame({"flag": [0, 1] * 20, "age": [20.0, 30.0, 50.0, 50.0] * 10})
    >>> case = Case.from_dict({"source": people, "roles": {"flagged": "flag"}, "inputs": {"age": {}}})
    >>> steps(case, points({"age": 0.1})).to_frame()[["at", "n", "estimate"]].values.tolist()
    [['age', 40, 1.0]]
    """
    if tells not in STEPS:
        raise not_one_of("direction", tells, STEPS)
    asked = anew.ready(case, model, STEPS[tells])
    names = _numbers(case, asked) if inputs is None else tuple(inputs)
    ways, tally = across(case, asked, names, "score", by)
    told = Told(
        measure=STEPS[tells], judged=False, at_name="input",
        says=f"Share of {{people}} for whom the step up across their own value of an input {tells} "
        "the score, all else kept",
        does=f"would have a {'higher' if tells == 'raises' else 'lower'} score with more of "
        f"“{{at}}”",
    )  # fmt: skip
    return tell(case, told, _summed(tally.laid(by, ("n", tells)), ways), compare=compare)


def _summed(found: Laid, ways: Sequence[Along]) -> Laid:
    """All steps of each input together."""
    at = np.cumsum([0, *(len(way.low) for way in ways)])

    def summed(sums: Floats) -> Floats:
        parts = [sums[:, a:b].sum(axis=1) for a, b in pairwise(at)]
        return np.stack(parts, axis=1)

    rows = None if found.rows is None else (*found.rows[:2], summed(found.rows[2]))
    return Laid(
        found.keys,
        found.groups,
        tuple(w.name for w in ways),
        summed(found.whole),
        found.clusters,
        rows,
    )


# --- told


def _curves(
    case: Case, model: Model, ways: Sequence[Along], tally: Tally, by: By, scale: str
) -> Result:
    found = tally.laid(by, AMOUNT)
    lines, turned, labels, first, single = (
        list[dict[str, Any]](),
        list[str](),
        list[str](),
        0,
        len(ways) == 1,
    )
    unit = model.raw_unit if scale == "raw" and model.raw else model.unit
    for way in ways:
        mine = [label if single else JOIN.join((way.name, label)) for label in way.labels]
        part = _only(found, first, len(way.low))
        lines += _lines(case, way, part, _told("", unit, single, way.name), mine)
        labels += mine
        if way.numeric and len(way.low):
            turned += [
                f"{way.name} ({name})"
                for name, one in zip(part.names, turns(part.whole), strict=True)
                if one
            ]
        first += len(way.low)
    monotone = f"rises and falls, each beyond its interval: {', '.join(turned)}" if turned else (
        "no curve rises at one step and falls at another beyond their intervals"
    )  # fmt: skip
    told = _told(monotone, unit, single, ways[0].name)
    laid = Laid(found.keys, found.groups, tuple(labels), found.whole)
    interval = (
        jackknife(case) if case.cluster else "t interval of a sum of mean steps (Satterthwaite)"
    )
    return finished(case, told, "value", interval, lines, laid)


def _told(monotone: str, unit: str, single: bool, name: str) -> Told:
    return Told(
        measure=EFFECT, unit="number", judged=False, of="mean", stands=True,
        at_name=name if single else "input & value",
        says=f"Accumulated local effects on the score ({unit}) of {{people}}: of numbers 0 on average over "
        f"the values a group has, of levels against the most frequent one; {monotone}",
        sentence="At {at} the score of {group} moves by {mine}, that of {reference} by {theirs}",
    )  # fmt: skip


def _only(found: Laid, first: int, size: int) -> Laid:
    """The steps of one input alone."""
    here = slice(first, first + size)
    rows = None if found.rows is None else (*found.rows[:2], found.rows[2][:, here])
    labels = tuple(found.labels[here])
    return Laid(found.keys, found.groups, labels, found.whole[:, here], found.clusters, rows)


def _lines(
    case: Case, way: Along, found: Laid, told: Told, labels: Sequence[str]
) -> Iterator[dict[str, Any]]:
    if not way.numeric:
        yield from _levels(case, found, told, labels)
        return
    n = found.whole[..., 0].sum(axis=1)
    shown = _shown(case, way, found)
    for place, label in enumerate(labels):
        at = [getattr(shown, name)[:, place] for name in ("estimate", "se", "low", "high", "note")]
        more = {
            name: getattr(shown, name)[:, place]
            for name in ("df", "clusters")
            if hasattr(shown, name)
        }
        one = type(shown)(*at, **more)
        rows = Rows(told, found, label, n, None)
        yield from rows.lines(lambda g, _, one=one: numbers(one, g, stands=True))


def _shown(case: Case, way: Along, found: Laid) -> Estimate:
    if len(way.low) == 0:
        nothing = np.zeros((len(found.groups), len(way.labels)))
        note = np.full(nothing.shape, "everybody has the same value: no step to take")
        return Estimate(nothing, nothing * np.nan, nothing * np.nan, nothing * np.nan, note)
    into = onto(found.whole[..., 0] > 0, way.weights, middles=way.middles)
    if found.rows is None:
        return curve(found.whole, into, case.choices.level)
    parts = found.rows[2].reshape(found.clusters, len(found.groups), len(way.low), -1)
    return curve_over_clusters(parts, into, case.choices.level)


def _levels(case: Case, found: Laid, told: Told, labels: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The most frequent level first, then the mean difference of each other one from it."""
    n = found.whole[..., 0].max(axis=1, initial=0.0)
    gone = np.full(len(n), np.nan)
    hub = Estimate(np.zeros(len(n)), gone, gone, gone, np.full(len(n), _HUB))
    yield from Rows(told, found, labels[0], n, None).lines(
        lambda g, _: numbers(hub, g, stands=True)
    )
    for at, label in enumerate(labels[1:]):
        shown = alone(case, told, found, at)
        rows = Rows(told, found, label, found.whole[:, at, 0], None)
        yield from rows.lines(lambda g, _, one=shown: numbers(one, g, stands=True))


_HUB = "the most frequent level, which the others are held against"


# --- what an audit asks


def _numbers(case: Case, model: Model) -> Keys:
    rows = behind_of(case, model).rows
    return tuple(name for name in model.inputs if pd.api.types.is_numeric_dtype(rows[name]))


def _lacks(case: Case, model: Any) -> str:
    return without_model(case, model) or anew.too_many(
        case, model, lambda m: 2 * len(anew.used(m)), "effects"
    )


def _lacks_steps(case: Case, model: Any) -> str:
    if why := _lacks(case, model):
        return why
    return (
        "" if _numbers(case, anew.model_of(case, model)) else "no input of the model holds numbers"
    )


def _ask_steps(case: Case, model: Any, tells: str) -> Iterator[Result]:
    yield steps(case, model, tells=tells)
    for group in case.groups:
        yield steps(case, model, tells=tells, by=group.name)
        if comparable(case, (group.name,)):
            yield steps(case, model, tells=tells, by=group.name, compare=True)


def _ask_effects(case: Case, model: Any) -> Iterator[Result]:
    """Curves of the inputs whose curves span most among everybody."""
    asked = anew.model_of(case, model)
    ways, _ = across(case, asked, asked.inputs, "score", None)
    whole = effects(case, asked, asked.inputs).table["estimate"].to_numpy()
    ends = np.cumsum([len(way.labels) for way in ways])[:-1]
    reach = np.array(
        [np.ptp(np.nan_to_num(part)) if len(part) else 0.0 for part in np.split(whole, ends)]
    )
    chosen = tuple(asked.inputs[at] for at in np.sort(np.argsort(-reach, kind="stable")[:DRAWN]))
    yield effects(case, asked, chosen)
    for group in case.groups:
        yield effects(case, asked, chosen, by=group.name)


QUESTIONS: dict[str, Question] = {
    EFFECT: Question(
        says=f"How the score moves along the values of an input, by group (accumulated local "
        f"effects; the {DRAWN} inputs "
        "that span most)",
        lacks=_lacks, ask=_ask_effects,
    ),
    **{
        measure: Question(
            says=f"Share of {{people}} for whom the step up across their own value of an input "
            f"{tells} the score",
            lacks=_lacks_steps, ask=lambda case, model, tells=tells: _ask_steps(case, model, tells),
        )
        for tells, measure in STEPS.items()
    },
}  # fmt: skip

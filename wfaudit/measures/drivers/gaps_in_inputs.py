"""What "value not available" does to the score, and whom the model gives no result.

Two questions about an input that is missing for some: of those people, how the score as it is
differs from the mean score with values of recorded people in its place; of people with a recorded
value, how the score changes when it is taken away.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from wfaudit.case import Case
from wfaudit.errors import AuditError, not_one_of
from wfaudit.measures.asked import Compare, comparable, require
from wfaudit.measures.compared import Told, tell
from wfaudit.measures.drivers import anew
from wfaudit.measures.drivers.anew import UNUSED, Floats, Said, changed, noted
from wfaudit.measures.drivers.people import behind_of, people
from wfaudit.measures.drivers.question import Question, without_model
from wfaudit.measures.drivers.tally import AMOUNT, Keys, Tally, met
from wfaudit.measures.drivers.tiers import no_tiers
from wfaudit.measures.made import By
from wfaudit.models import Model
from wfaudit.result import Result

FILLED, TAKEN = "missing_value_effect", "value_taken_away_effect"
FILLED_TIER, TAKEN_TIER = "missing_value_tier_rate", "value_taken_away_tier_rate"
COLUMNS = (*AMOUNT, "asked", "changes")
DRAWS, SEED = 16, 0  # values drawn a person, and the seed of the lot
NO_SCORE = "no score on one of the sides, so nothing to compare"
STOPS = "the model stops where it is missing"


def missing_effect(
    case: Case, model: Any, inputs: Sequence[str] | None = None, *, tells: str = "score", by: By = None,
    compare: Compare = False,
) -> Result:  # fmt: skip
    """Of people whose input is missing: the score less the mean score with recorded people's values.

    ``tells="changes"`` gives the share whose tier differs from the one with a value drawn. Values
    come from the background (exactly weighted where there are at most 16 of them, else 16 drawn a
    person); inputs that lack for somebody, unless some are named.

    >>> from wfaudit.models import function
    >>> people = pd.DataFrame({"flag": [0, 1] * 20, "age": [20.0, 40.0, 60.0, None] * 10})
    >>> case = Case.from_dict({"source": people, "roles": {"flagged": "flag"}, "inputs": {"age": {}}})
    >>> found = missing_effect(case, function(lambda people: people["age"].fillna(10.0), ["age"]))
    >>> found.to_frame()[["at", "n", "estimate"]].values.tolist()
    [['age', 10, -30.0]]
    """
    return _effect(case, model, inputs, tells, False)(by, compare)


def taken_away(
    case: Case, model: Any, inputs: Sequence[str] | None = None, *, tells: str = "score", by: By = None,
    compare: Compare = False,
) -> Result:  # fmt: skip
    """Of people with a recorded value: mean score with the value taken away less the score as it is.

    ``tells="changes"`` gives the share whose tier changes by it. Inputs that lack for somebody,
    unless some are named.

    >>> from wfaudit.models import function
    >>> people = pd.DataFrame({"flag": [0, 1] * 20, "age": [20.0, 40.0, 60.0, None] * 10})
    >>> case = Case.from_dict({"source": people, "roles": {"flagged": "flag"}, "inputs": {"age": {}}})
    >>> found = taken_away(case, function(lambda people: people["age"].fillna(10.0), ["age"]))
    >>> found.to_frame()[["at", "n", "estimate"]].values.tolist()
    [['age', 30, -30.0]]
    """
    return _effect(case, model, inputs, tells, True)(by, compare)


# --- asked


def _effect(
    case: Case, model: Any, inputs: Sequence[str] | None, tells: str, taken: bool
) -> Callable[[By, Compare], Result]:
    """The question checked and its inputs found; it is answered for groups that are named then."""
    if tells not in ("score", "changes"):
        raise not_one_of("question", tells, ("score", "changes"))
    measure = _measure(tells, taken)
    asked = anew.ready(case, model, measure)
    require(measure, no_tiers(case, asked) if tells == "changes" else "")
    names = lacking(case, asked) if inputs is None else tuple(inputs)
    require(measure, "" if names else "every input of the model is available for everybody")
    for name in names:
        if name not in asked.inputs:
            raise not_one_of("input of the model", name, asked.inputs)
    stops = _stops(case, asked, names) if taken else set[str]()

    def told(by: By, compare: Compare) -> Result:
        key = ("missing", taken, names)
        fold = _taken if taken else _missing
        tally = anew.remembered(case, asked, by, key, lambda keys: fold(case, asked, names, keys))
        columns = AMOUNT if tells == "score" else ("asked", "changes")
        found = tell(case, _told(measure, asked.unit), tally.laid(by, columns), compare=compare)
        exact = {name: UNUSED for name in names if name not in anew.used(asked)}
        why = exact | dict.fromkeys(stops, STOPS)
        n, asked_of = (tally.laid(by, (column,)).whole[..., 0].T for column in ("n", "asked"))
        gone = ((n == 0) & (asked_of > 0) & (tells == "score")).reshape(-1)
        pairs = zip(found.table["at"], gone, strict=True)
        return noted(found, [why.get(at, NO_SCORE if none else "") for at, none in pairs])

    return told


def lacking(case: Case, model: Model) -> Keys:
    """The inputs of a model that are missing for somebody."""
    done = case.counted.setdefault("inputs that lack", {})
    if id(model) not in done:
        gone = np.zeros(len(model.inputs), dtype=np.int64)
        for batch in people(case, model):
            gone += batch.inputs.isna().sum().to_numpy()
        done[id(model)] = tuple(name for name, n in zip(model.inputs, gone, strict=True) if n)
    return done[id(model)]


def _stops(case: Case, model: Model, names: Sequence[str]) -> set[str]:
    """The inputs without which the model gives no answer but stops."""
    few, found = behind_of(case, model).rows.iloc[:20], set[str]()
    for name in names:
        try:
            model.score(anew.put(few, {name: None}))
        except AuditError:
            found.add(name)
    return found


def _taken(case: Case, model: Model, names: Keys, keys: Keys) -> Tally:
    """People with a value, asked about without it."""
    say, stops = anew.teller(case, model), _stops(case, model, names)
    tally = Tally(case, keys, names, COLUMNS, anew.spread_of(case, model))
    for rows, code, _ in met(case, model, tally):
        before = say(rows)
        for at, name in enumerate(names):
            mine = np.flatnonzero(rows[name].notna().to_numpy() & (name not in stops))
            there = Said(before.score[mine], before.tier[mine])
            after, possible = changed(model, say, rows.iloc[mine], there, {name: None})
            shift = tally.amounts(np.where(possible, after.score - there.score, np.nan))
            moved = possible & (there.tier != after.tier)
            tally.add(code[mine], at, **shift, asked=possible, changes=moved)
    return tally


def _missing(case: Case, model: Model, names: Keys, keys: Keys) -> Tally:
    """People without a value, asked about with values of others."""
    behind, say = behind_of(case, model).rows, anew.teller(case, model)
    tally = Tally(case, keys, names, COLUMNS, anew.spread_of(case, model))
    for rows, code, start in met(case, model, tally):
        before = say(rows)
        for at, name in enumerate(names):
            mine = np.flatnonzero(rows[name].isna().to_numpy())
            there, lot = (
                Said(before.score[mine], before.tier[mine]),
                np.random.default_rng((SEED, start, at)),
            )
            recorded = (name, behind[name].dropna())
            shift, moved, asked = _filled(model, say, rows.iloc[mine], there, recorded, lot)
            tally.add(code[mine], at, **tally.amounts(shift), asked=asked, changes=moved)
    return tally


def _filled(
    model: Model, say: anew.Tell, rows: pd.DataFrame, before: Said, known: tuple[str, Any], lot: Any
) -> tuple[Floats, Any, Any]:
    """Score as it is less the mean with recorded values; whether the tier is another with one drawn value."""
    name, recorded = known
    none = np.zeros(len(rows), dtype=bool)
    if len(recorded) == 0:
        return np.full(len(rows), np.nan), none, none
    values, n = np.unique(recorded.to_numpy(), return_counts=True)
    few = len(values) <= DRAWS
    share = n / n.sum() if few else np.full(DRAWS, 1 / DRAWS)
    one = lot.choice(len(share), size=len(rows), p=share)
    total, weight, moved, asked = np.zeros(len(rows)), np.zeros(len(rows)), none.copy(), none.copy()
    for at, part in enumerate(share):
        value = values[at] if few else lot.choice(values, size=len(rows), p=n / n.sum())
        after, possible = changed(model, say, rows, before, {name: value})
        total += np.where(possible, part * after.score, 0.0)
        weight += part * possible
        drawn = (one == at) & possible
        moved, asked = moved | (drawn & (after.tier != before.tier)), asked | drawn
    with np.errstate(all="ignore"):
        return np.where(weight > 0, before.score - total / weight, np.nan), moved, asked


# --- told


def _measure(tells: str, taken: bool) -> str:
    return (
        (TAKEN if taken else FILLED) if tells == "score" else (TAKEN_TIER if taken else FILLED_TIER)
    )


_SAYS = {
    FILLED: "Mean score ({unit}) of {{people}} whose input is missing, less what it would be with "
    "values of recorded people "
    "in its place, everything else kept",
    TAKEN: "Mean change of the score ({unit}) of {{people}} when a recorded value is taken away, "
    "everything else kept",
    FILLED_TIER: "Share in another tier than with a value drawn from recorded people, among "
    "{{people}} whose input is missing",
    TAKEN_TIER: "Share whose tier changes when the value is taken away, among {{people}} who have "
    "one",
}


def _told(measure: str, unit: str) -> Told:
    says = _SAYS[measure].format(unit=unit)
    if measure in (FILLED, TAKEN):
        what = "not having a value" if measure == FILLED else "taking away the value"
        return Told(
            measure=measure, says=says, judged=False, at_name="input", unit="number", of="mean", stands=True,
            sentence=f"“{{at}}”: {what} moves the score of {{group}} by {{mine}}, of {{reference}} "
            f"by {{theirs}}",
        )  # fmt: skip
    does = (
        "are in another tier for want of “{at}”"
        if measure == FILLED_TIER
        else "would be in another tier without “{at}”"
    )
    return Told(measure=measure, says=says, judged=False, at_name="input", does=does)


# --- what an audit asks


def _lacks(case: Case, model: Any, tells: str) -> str:
    if why := without_model(case, model):
        return why
    asked = anew.model_of(case, model)
    if tells == "changes" and (why := no_tiers(case, asked)):
        return why
    return "" if lacking(case, asked) else "every input of the model is available for everybody"


def _ask(case: Case, model: Any, tells: str, *, taken: bool) -> Iterator[Result]:
    verb = taken_away if taken else missing_effect
    yield verb(case, model, tells=tells)
    for group in case.groups:
        yield verb(case, model, tells=tells, by=group.name)
        if comparable(case, (group.name,)):
            yield verb(case, model, tells=tells, by=group.name, compare=True)


QUESTIONS: dict[str, Question] = {
    **{
        _measure(tells, taken): Question(
            says=_SAYS[_measure(tells, taken)].format(unit="in its unit"),
            lacks=lambda case, model, tells=tells: _lacks(case, model, tells),
            ask=lambda case, model, tells=tells, taken=taken: _ask(case, model, tells, taken=taken),
        )
        for tells in ("score", "changes")
        for taken in (False, True)
    },
}  # fmt: skip

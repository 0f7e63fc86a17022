"""Where only scores are known: a glass box fitted to them, how faithful it is, and what it may then tell.

A sum over the values of all inputs, learned from at most 20,000 people. How closely it follows the recorded
score is told first, by group and out of fold; where that is below a bar nothing is said of inputs. What
it tells are associations with the recorded score, never how the model itself works.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import logit

from wfaudit.case import Case
from wfaudit.choices import EVERYONE, REST
from wfaudit.errors import AuditError
from wfaudit.estimators import additive
from wfaudit.measures.asked import PUBLISHED, Compare, comparable, everywhere
from wfaudit.measures.drivers import faithful
from wfaudit.measures.drivers.dealt import Floats, Sample, sample, texts_of
from wfaudit.measures.drivers.question import NO_INPUTS, Question
from wfaudit.measures.drivers.shares import gap, importance
from wfaudit.measures.made import By
from wfaudit.models import Additive, Model, logistic
from wfaudit.result import Result, html_table

BAR = 0.9  # R squared
NOTE = "by a surrogate: associations with the recorded score, not the model's own workings"
MOVED, SPLIT = "surrogate_importance", "surrogate_gap"
FEWEST = 100  # people with a score
CLEARER = 0.01  # of R squared, by which a logistic sum must follow the score more closely
GIVEN = "a model was given, so it was asked itself"
NO_SCORE = "the case declares no score"


@dataclass(frozen=True, slots=True, eq=False)
class Surrogate:
    """A sum over inputs that stands in for a model, and how closely it follows the recorded scores.

    Give it to ``importance``, ``gap`` and the like in a model's place; below the bar it refuses.
    """

    fidelity: Result
    overall: float
    bar: float
    asked: Model

    def model(self) -> Model:
        """The sum as a model; stops where it follows the recorded score too loosely for any claim."""
        if not self.overall >= self.bar:
            raise AuditError(
                "The surrogate follows the recorded score too loosely: R squared "
                f"{self.overall:.3f}, below the bar of {self.bar:g}. The score hangs on how inputs go "
                "together, or on what is not among them. Nothing is said of inputs; give the model itself."
            )
        return self.asked

    def __repr__(self) -> str:
        """How faithful it is, first of all."""
        return f"{self.fidelity!r}\n{NOTE}"

    def _repr_html_(self) -> str:
        return f"{html_table(self.fidelity.to_frame())}<p>{escape(self.fidelity.definition)}; {NOTE}</p>"


def surrogate(case: Case, *, by: By = None, bar: float = BAR) -> Surrogate:
    """A glass box fitted to the recorded score, with its fidelity; ``by`` shows that by group.

    Identity or, for a probability, the logistic function: whichever follows the score more closely.

    >>> import pandas as pd
    >>> people = pd.DataFrame({"work": [0, 1, 2, 3] * 100, "age": [0, 0, 1, 1, 1] * 80})
    >>> people["points"] = 2 * people["work"] + people["age"]
    >>> declared = {"source": people, "roles": {"score": "points"}, "inputs": {"work": {}, "age": {}}}
    >>> surrogate(Case.from_dict(declared)).fidelity.to_frame()["estimate"].round(3).tolist()
    [1.0]
    """
    fit = _fit(case)
    overall = _faithful(case, ())[EVERYONE]
    return Surrogate(faithful.fidelity(case, fit.errors, by=by), overall, bar, fit.model)


def surrogate_fidelity(case: Case, *, by: By = None) -> Result:
    """R squared of the surrogate's out-of-fold predictions of the recorded score, by group."""
    return faithful.fidelity(case, _fit(case).errors, by=by)


def surrogate_same_tier(case: Case, *, by: By = None) -> Result:
    """Share of people whom the surrogate's prediction puts into the recorded tier, by group."""
    return faithful.same_tier(case, _fit(case).errors, by=by)


def surrogate_remainder(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Mean recorded score less the surrogate's prediction; compared: the gap that it does not carry."""
    return faithful.remainder(case, _fit(case).errors, by=by, compare=compare)


def surrogate_importance(case: Case, *, by: By = None, bar: float = BAR) -> Result:
    """How far each input goes along with the recorded score, by group, where the surrogate is faithful."""
    found = importance(case, _fit(case).model, by=by)
    return _told(case, found, MOVED, bar)


def surrogate_gap(
    case: Case, *, by: str | tuple[str, ...], reference: str | None = None, bar: float = BAR
) -> Result:
    """The gap between the surrogate's mean predictions, split into inputs, where it follows both groups."""
    found = gap(case, _fit(case).model, by=by, reference=reference)
    return _told(case, found, SPLIT, bar)


# --- fitting


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    model: Model
    errors: faithful.Errors


def _fit(case: Case) -> _Fit:
    """The surrogate of a case, fitted once."""
    if why := lacking(case):
        raise AuditError(f"There is no surrogate for the recorded score: {why}.")
    if "surrogate" not in case.counted:
        case.counted["surrogate"] = _fitted(case, sample(case))
    return case.counted["surrogate"]


def _fitted(case: Case, people: Sample) -> _Fit:
    known = ~np.isnan(people.people.score)
    there = int(known.sum())
    if there < FEWEST:
        raise AuditError(
            f"A surrogate is learned from at least {FEWEST} people with a score; there are {there}."
        )
    score, fold = people.people.score[known], people.people.fold()[known]
    chance = case.roles["score"].probability
    targets = [score, *([_log_odds(score, case.roles["score"].resolution)] if chance else [])]
    sums = additive.learned(people.places[known], np.column_stack(targets), fold, people.bins.size)
    out = [sums.out_of_fold[:, 0], *(logistic(one) for one in sums.out_of_fold.T[1:])]
    loose = [
        float(np.square(score - one).sum() / np.square(score - score.mean()).sum()) for one in out
    ]
    at = int(chance and loose[-1] < loose[0] - CLEARER)
    model = _model(case, people, float(sums.start[at]), sums.amounts[:, at], chance=bool(at))
    return _Fit(model, faithful.Errors(people.people.of(known), out[at], people.says))


def _log_odds(score: Floats, resolution: float) -> Floats:
    """Log-odds of a rounded chance: half a step away from none and all."""
    return logit(np.clip(score, resolution / 2, 1 - resolution / 2))


def _model(case: Case, people: Sample, start: float, amounts: Floats, *, chance: bool) -> Model:
    places = people.bins

    def parts(rows: pd.DataFrame) -> Floats:
        return amounts[places.places(rows)]

    def raw(rows: pd.DataFrame) -> Floats:
        return start + parts(rows).sum(axis=1)

    linked: dict[str, Any] = {"link": logistic, "unit": "probability"}
    unit = "log-odds of the recorded score" if chance else "units of the recorded score"
    return Model(
        name="surrogate", inputs=tuple(scale.name for scale in places.scales), raw=raw,
        scored=(lambda rows: logistic(raw(rows))) if chance else raw, raw_unit=f"{unit}, {NOTE}",
        structure=Additive(parts=parts, start=start), texts=texts_of(case), notes=(NOTE,),
        **(linked if chance else {}),
    )  # fmt: skip


# --- what may be told


def _told(case: Case, found: Result, measure: str, bar: float) -> Result:
    """A result of the surrogate under its own name; of groups it does not follow, only that."""
    r2 = _faithful(case, found.by)
    table, evidence = found.to_frame(), found.evidence.copy()
    table["measure"] = measure
    for i, row in enumerate(table.to_dict("records")):
        loose = [who for who in _whose(row) if not r2.get(who, r2[EVERYONE]) >= bar]
        if loose:
            table.loc[i, ["estimate", "low", "high"]] = np.nan
            evidence.loc[i, ["se", "df"]] = np.nan
            evidence.loc[i, "transform"] = None
            table.loc[i, "note"] = _refusal(loose[0], r2.get(loose[0], r2[EVERYONE]), bar)
    says = f"Associations with the recorded score, told where R squared of a surrogate is {bar:g} or more. "
    sentence = found.sentence.replace("moves the score", "goes with the recorded score")
    return replace(
        found, table=table, evidence=evidence, measure=measure, definition=says + found.definition,
        sentence=sentence,
    )  # fmt: skip


def _whose(row: Any) -> list[str]:
    named = [row["group"], *([row["reference"]] if row["reference"] else [])]
    return [EVERYONE if one == REST else one for one in named]


def _refusal(who: str, found: float, bar: float) -> str:
    known = "is not known" if np.isnan(found) else f"is {found:.3f}, below the bar of {bar:g}"
    return f"nothing is said: R squared of the surrogate {known} ({who})"


def _faithful(case: Case, keys: tuple[str, ...]) -> dict[str, float]:
    """R squared of each group; not-a-number where it rests on too few people for an interval."""
    found: dict[str, float] = {}
    for by in dict.fromkeys(((), keys)):
        result = surrogate_fidelity(case, by=by or None)
        many = result.evidence["clusters"].fillna(0).to_numpy() >= faithful.FEWEST
        value = np.where(many, result.table["estimate"], np.nan).tolist()
        found |= dict(zip(result.table["group"], value, strict=True))
    return found


# --- what an audit asks


def lacking(case: Case, model: Any = None) -> str:
    """Why there is no surrogate, or nothing."""
    if case.evidence == "counts":
        return PUBLISHED
    if model is not None:
        return GIVEN
    if not case.inputs:
        return NO_INPUTS
    return "" if "score" in case.roles else NO_SCORE


def _lacks_tier(case: Case, model: Any = None) -> str:
    return lacking(case, model) or faithful.no_tiers(case)


def _sets(case: Case) -> list[tuple[str, ...]]:
    return [(), *[(group.name,) for group in case.groups]]


def _gaps(case: Case) -> Iterator[Result]:
    for keys in [*_sets(case)[1:], *case.intersections]:
        if comparable(case, keys):
            yield surrogate_gap(case, by=keys)


QUESTIONS: dict[str, Question] = {
    faithful.FIDELITY: Question(
        says="How closely a sum over the inputs follows the recorded score (R squared), before all else",
        lacks=lacking,
        ask=lambda case, _: (surrogate_fidelity(case, by=k or None) for k in _sets(case)),
    ),
    faithful.SAME: Question(
        says="Share of {people} whom a sum over the inputs puts into the recorded tier",
        lacks=_lacks_tier,
        ask=lambda case, _: (surrogate_same_tier(case, by=keys or None) for keys in _sets(case)),
    ),
    faithful.REMAINDER: Question(
        says="Mean recorded score of {people} less what a sum over the inputs predicts",
        lacks=lacking, ask=lambda case, _: everywhere(case, partial(surrogate_remainder, case)),
    ),
    MOVED: Question(
        says="How far each input goes with the recorded score, where a sum over the inputs follows it",
        lacks=lacking,
        ask=lambda case, _: (surrogate_importance(case, by=k or None) for k in _sets(case)),
    ),
    SPLIT: Question(
        says="How much of the gap between mean scores goes with each input, where their sum follows them",
        lacks=lacking, ask=lambda case, _: _gaps(case),
    ),
}  # fmt: skip
__all__ = [
    "Surrogate", "surrogate", "surrogate_fidelity", "surrogate_gap", "surrogate_importance",
    "surrogate_remainder", "surrogate_same_tier",
]  # fmt: skip

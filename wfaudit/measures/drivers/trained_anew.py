"""Whether people stay in their tier when the model is trained anew: on other people, with another seed."""

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import pandas as pd

from wfaudit.batches import rows_of
from wfaudit.case import Case, decode
from wfaudit.errors import AuditError, not_one_of
from wfaudit.measures.asked import require
from wfaudit.measures.compared import Told, tell
from wfaudit.measures.drivers import anew
from wfaudit.measures.drivers.anew import Floats
from wfaudit.measures.drivers.flipped import lacks_tiers
from wfaudit.measures.drivers.people import people
from wfaudit.measures.drivers.question import Question
from wfaudit.measures.drivers.tally import AMOUNT, Keys, Tally, met
from wfaudit.measures.drivers.tiers import tiering
from wfaudit.measures.made import By
from wfaudit.models import Model
from wfaudit.result import Result

RETRAINED, APART = "several_tiers_rate", "refits_disagree"
WAYS = {"bootstrap": "other people to train on (bootstrap)", "seed": "another random seed"}
REFITS, FEWEST_TRAINED, MOST_TRAINED = 10, 50, 50_000
AUDITED = 5  # refits of each kind in an audit
MOST_CELLS = 1_500_000  # people times inputs that an audit trains on


def retrained(
    case: Case,
    model: Any,
    *,
    refits: int = REFITS,
    tells: str = "share",
    by: By = None,
    seed: int = 0,
) -> Result:
    """Share of people whom refits of the model (on a bootstrap; with another seed) put in several tiers.

    The trainer is asked ``refits`` times for each way, with people of the case and their outcome
    (up to 50,000, drawn by lot), and everybody is scored by each. ``tells="pairs"`` gives the
    chance that two refits differ about a person.

    >>> from dataclasses import replace
    >>> from wfaudit.models import function
    >>> rng = np.random.default_rng(1)
    >>> people = pd.DataFrame({"late": rng.random(60) < 0.5, "score": 0.5, "age": rng.integers(20, 60, 60)})
    >>> roles = {"outcome": "late", "score": "score", "flagged": {"score_at_least": 0.5}}
    >>> case = Case.from_dict({"source": people, "roles": roles, "inputs": {"age": {}}})
    >>> train = lambda rows, came, seed: function(lambda rows: np.full(len(rows), seed % 2), ["age"])
    >>> given = replace(function(lambda rows: rows["age"] * 0.0, ["age"]), trained=train)
    >>> retrained(case, given).to_frame()[["at", "n", "estimate"]].values.tolist()
    [['other people to train on (bootstrap)', 60, 0.0], ['another random seed', 60, 1.0]]
    """
    if tells not in ("share", "pairs"):
        raise not_one_of("question", tells, ("share", "pairs"))
    measure = RETRAINED if tells == "share" else APART
    asked = anew.ready(case, model, measure)
    require(
        measure,
        _untrained(case, asked) or ("" if refits > 1 else "one refit can't differ from another"),
    )
    key = ("retrained", refits, seed)
    tally, n = anew.remembered(
        case, asked, by, key, lambda keys: _refits(case, asked, refits, keys, seed)
    )
    columns = ("refitted", "several") if tells == "share" else AMOUNT
    return tell(case, _told(tells, refits, n), tally.laid(by, columns))


def _untrained(case: Case, model: Model) -> str:
    if model.trained is None:
        return "the model does not say how it is trained (Model.trained, or an estimator to copy)"
    return (
        ""
        if "outcome" in case.columns
        else case.lacks(("outcome",)) or "the case declares no outcome"
    )


def _refits(case: Case, model: Model, refits: int, keys: Keys, seed: int) -> tuple[Tally, int]:
    rows, outcome = trained_on(case, model, seed)
    made = [_fitted(model, rows, outcome, way, (seed, at)) for way in WAYS for at in range(refits)]
    tally = Tally(case, keys, list(WAYS.values()), (*AMOUNT, "refitted", "several"))
    order = len(tiering(case, model).order)
    says = [anew.teller(case, one) for one in made]
    for batch, code, _ in met(case, model, tally):
        for at in range(len(WAYS)):
            tiers = np.stack([say(batch).tier for say in says[at * refits : (at + 1) * refits]])
            n = np.stack([(tiers == tier).sum(axis=0) for tier in range(-1, order)])
            pairs = 1 - (n * (n - 1)).sum(axis=0) / (refits * (refits - 1))
            several = (n > 0).sum(axis=0) > 1
            shown = tally.amounts(pairs) | {"refitted": np.ones(len(batch)), "several": several}
            tally.add(code, at, **shown)
    return tally, len(rows)


def _fitted(
    model: Model, rows: pd.DataFrame, outcome: Any, way: str, seed: tuple[int, int]
) -> Model:
    """One refit: on people drawn with replacement and the same seed, or on the same people with another."""
    assert model.trained is not None
    at = np.arange(len(rows))
    if way == "bootstrap":
        at = np.random.default_rng(seed).integers(0, len(rows), len(rows))
        if len(np.unique(outcome[at])) < 2:
            raise AuditError(
                "The people to train on hardly differ in their outcome: a bootstrap of them has "
                "one outcome only."
            )
    return model.trained(
        rows.iloc[at].reset_index(drop=True),
        outcome[at],
        seed[0] if way == "bootstrap" else seed[1],
    )


def trained_on(
    case: Case, model: Model, seed: int = 0, most: int = MOST_TRAINED
) -> tuple[pd.DataFrame, Any]:
    """People of the case with a recorded outcome, up to a number drawn by lot, and whether it came true."""
    found, came, lots = list[pd.DataFrame](), list[Any](), min(1.0, most / max(1, rows_of(case)))
    for batch in people(case, model, {"outcome": case.columns["outcome"]}):
        said = outcomes(case, batch)
        mine = ~np.isnan(said) & (
            np.random.default_rng((seed, batch.start)).random(batch.rows) < lots
        )
        found.append(cast("pd.DataFrame", batch.inputs[mine]))
        came.append(said[mine] == 1)
    rows, outcome = pd.concat(found, ignore_index=True), np.concatenate(came)
    if len(rows) < FEWEST_TRAINED or len(np.unique(outcome)) < 2:
        raise AuditError(
            f"{len(rows):,} people have a recorded outcome; at least {FEWEST_TRAINED} are needed, "
            "some with it and some without."
        )
    return rows, outcome


def outcomes(case: Case, batch: Any) -> Floats:
    """1 where what the model predicts came true, 0 where not, not-a-number where it isn't known."""
    at, values = batch.others["outcome"]
    n = np.bincount(at, minlength=len(values)).astype(np.int64)
    said = decode.yes_no(case, case.roles["outcome"], values, n)
    return np.array([np.nan if one is None else float(one) for one in said], dtype=np.float64)[at]


def _told(tells: str, refits: int, n: int) -> Told:
    among = (
        f"{refits} refits on {n:,} people of the case with a recorded outcome, who are asked about "
        "themselves too"
    )
    if tells == "share":
        return Told(
            measure=RETRAINED, judged=False, at_name="trained with", does="are in more than one "
                "tier over refits with {at}",
            says=f"Share of {{people}} who are put in more than one tier by {among}",
        )  # fmt: skip
    return Told(
        measure=APART, judged=False, at_name="trained with", of="mean", unit="share",
        edges=(0.0, 1.0), stands=True,
        says=f"Chance that two refits put one of {{people}} in different tiers: of {among}",
        sentence="Of 100 pairs of refits ({at}), {mine} differ about {group} and {theirs} about "
        "{reference}",
    )  # fmt: skip


# --- what an audit asks


def _lacks_retrained(case: Case, model: Any) -> str:
    if why := lacks_tiers(case, model):
        return why
    asked = anew.model_of(case, model)
    if why := _untrained(case, asked):
        return why
    cells = rows_of(case) * len(asked.inputs)
    return "" if cells <= MOST_CELLS else (
        f"{2 * AUDITED} trainings on {rows_of(case):,} people take too long for an audit. Ask for "
        "it by itself: "
        "wfaudit.measures.drivers.retrained"
    )  # fmt: skip


def _ask_retrained(case: Case, model: Any, tells: str) -> Iterator[Result]:
    yield retrained(case, model, refits=AUDITED, tells=tells)
    for group in case.groups:
        yield retrained(case, model, refits=AUDITED, tells=tells, by=group.name)


QUESTIONS: dict[str, Question] = {
    RETRAINED: Question(
        says="Share of {people} whom refits of the model put in more than one tier",
        lacks=_lacks_retrained, ask=lambda case, model: _ask_retrained(case, model, "share"),
    ),
    APART: Question(
        says="Chance that two refits of the model put one of {people} in different tiers",
        lacks=_lacks_retrained, ask=lambda case, model: _ask_retrained(case, model, "pairs"),
    ),
}  # fmt: skip

"""Inputs without effect: those that nothing in the model names, and those that say nothing of what came.

Two questions. Does the score move at all when the input takes other people's values? And does the
score say less of the outcome then? The first is a fact about the model; the second is a test, on
people drawn by lot.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.errors import not_one_of
from wfaudit.estimators.adjust import benjamini_hochberg
from wfaudit.measures.asked import require
from wfaudit.measures.compared import Told, tell
from wfaudit.measures.drivers import anew
from wfaudit.measures.drivers.anew import UNUSED, Floats, noted
from wfaudit.measures.drivers.dealt_anew import FEWEST, Trial, Tried, no_outcome, trial
from wfaudit.measures.drivers.people import names_in
from wfaudit.measures.drivers.question import Question, without_model
from wfaudit.measures.gathered import Laid
from wfaudit.models import Model
from wfaudit.result import Result

LOST, MOVED = "agreement_lost_without", "score_moves_share"
PEOPLE = 3_000
BAR = 0.02  # of what the scores say beyond the base rate


def without_effect(
    case: Case, model: Any, *, tells: str = "outcome", people: int = PEOPLE, bar: float = BAR,
    seed: int = 0,
) -> Result:  # fmt: skip
    """How much less the score says of the outcome when an input is dealt anew among people.

    An input that no tree and no coefficient names has exactly no effect. Of any other: the mean
    rise of the squared error (scores turned into chances by a straight line through other people),
    an exact p-value of the null that dealing does not matter (one-sided, adjusted over inputs by
    Benjamini and Hochberg), and whether the loss lies under ``bar``, a share of what the scores say
    beyond the base rate. That nothing is seen proves nothing: only the bar does. ``tells="score"``
    gives the share of people whose score moves at all, which asks for no outcome.

    >>> import pandas as pd
    >>> from wfaudit.models import points
    >>> rng = np.random.default_rng(5)
    >>> people = pd.DataFrame({"age": rng.integers(0, 9, 400), "shoe": rng.integers(0, 9, 400)})
    >>> people["late"] = rng.random(400) < people["age"] / 9
    >>> declared = {"roles": {"outcome": "late"}, "inputs": {"age": {}, "shoe": {}}}
    >>> case = Case.from_dict({"source": people, **declared})
    >>> found = without_effect(case, points({"age": 1.0, "shoe": 0.0}))
    >>> found.to_frame()["note"].str.partition(":")[0].tolist()
    ['p = 0.001 (exact), 0.001 adjusted', 'in no tree and no coefficient']
    """
    if tells not in ("outcome", "score"):
        raise not_one_of("question", tells, ("outcome", "score"))
    measure = LOST if tells == "outcome" else MOVED
    asked = anew.ready(case, model, measure)
    require(measure, no_outcome(case) if tells == "outcome" else "")
    found = trial(case, asked, people, seed)
    if tells == "score":
        return _told_moves(case, asked, found)
    return _told_lost(case, asked, found, bar)


# --- told


def _laid(tried: Trial, names: Sequence[str], columns: Any) -> Laid:
    """Sums of people's columns (inputs by people by columns), alone and by cluster."""
    each = np.nan_to_num(np.stack([columns(tried.of.get(name)) for name in names]))
    whole = each.sum(axis=1)[None]
    if tried.drawn.cluster is None:
        return Laid((), ((),), tuple(names), whole)
    clusters = int(tried.drawn.cluster.max()) + 1
    parts = np.zeros((clusters, len(names), each.shape[-1]))
    np.add.at(parts, tried.drawn.cluster, each.transpose(1, 0, 2))
    rows = (np.arange(clusters), np.zeros(clusters, np.int64), parts)
    return Laid((), ((),), tuple(names), whole, clusters, rows)


def _told_moves(case: Case, model: Model, tried: Trial) -> Result:
    n = len(tried.drawn.rows)

    def columns(one: Tried | None) -> Floats:
        if one is None:
            return np.column_stack([np.ones(n), np.zeros(n)])
        return np.column_stack([one.who, one.moves & one.who]).astype(np.float64)

    told = Told(
        measure=MOVED, judged=False, at_name="input",
        does="have another score with another value of “{at}”",
        says=f"Share of {n:,} {{people}} drawn by lot whose score moves at all when an input takes other "
        "people's values",
    )  # fmt: skip
    found = _exact(tell(case, told, _laid(tried, model.inputs, columns)), model)
    notes = list[str]()
    for name in model.inputs:
        one = tried.of.get(name)
        moved = one is not None and one.moves.any()
        notes.append(f"by {one.size:.2g} on average" if one and moved else _unused(model, name))
    return noted(found, notes)


def _told_lost(case: Case, model: Model, tried: Trial, bar: float) -> Result:
    n = len(tried.drawn.rows)

    def columns(one: Tried | None) -> Floats:
        rise = np.zeros(n) if one is None else np.where(one.who, one.rise, 0.0)
        who = np.ones(n) if one is None else one.who
        return np.column_stack([who, rise, np.square(rise), rise != 0]).astype(np.float64)

    told = Told(
        measure=LOST, judged=False, at_name="input", unit="number", of="mean", stands=True,
        few="it moves hardly any score: no interval",
        says=f"How much less the scores say of the outcome when an input is dealt anew among {n:,} "
        "{people} drawn by lot: mean rise of the squared error; what all inputs say beyond the base rate is "
        f"{tried.gain:.3g}",
        sentence="“{at}” dealt anew raises the squared error of {group} by {mine}, of {reference} "
        "by {theirs}",
    )  # fmt: skip
    found = _exact(tell(case, told, _laid(tried, model.inputs, columns)), model)
    return noted(found, _words(case, model, tried, bar, found.table["high"].to_numpy(float)))


def _exact(found: Result, model: Model) -> Result:
    """An input that nothing in the model names moves nothing: that is no estimate, so its limits are 0."""
    table, used = found.table.copy(), list(anew.used(model))
    exact = ~table["at"].isin(used)
    table.loc[exact, ["estimate", "low", "high"]] = 0.0
    table.loc[exact, "note"] = ""
    return replace(found, table=table)


def _unused(model: Model, name: str) -> str:
    return UNUSED if name not in anew.used(model) else "moved no score of these people"


def _words(case: Case, model: Model, tried: Trial, bar: float, high: Floats) -> list[str]:
    """What is said of each input: no effect at all, a sign of use, under the bar; and by caseworkers."""
    p = np.array([tried.of[name].p if name in tried.of else np.nan for name in model.inputs])
    adjusted, said = benjamini_hochberg(p), _irrelevant(case, model)
    words = list[str]()
    for at, name in enumerate(model.inputs):
        use = _use(case, tried, name, (p[at], adjusted[at]))
        words.append("; ".join(filter(None, (use, _under(tried, name, bar, high[at]), said[at]))))
    return words


def _use(case: Case, tried: Trial, name: str, p: tuple[float, float]) -> str:
    if name not in tried.of:
        return UNUSED
    if np.isnan(p[0]):
        return f"fewer than {FEWEST} people could have every value"
    seen = (
        "helps to say what came"
        if p[1] <= 1 - case.choices.level
        else "no sign that it helps to say what came"
    )
    return f"p = {p[0]:.3g} (exact), {p[1]:.3g} adjusted: {seen}"


def _under(tried: Trial, name: str, bar: float, high: float) -> str:
    if name not in tried.of or np.isnan(tried.of[name].p):
        return ""
    if tried.gain <= 0:
        return "the scores say no more of the outcome than the base rate"
    if not tried.of[name].moves.any():
        return "moved no score of these people"
    if np.isnan(high):
        return ""
    share = max(high, 0.0) / tried.gain
    if share <= bar:
        return f"as good as without: at most {_percent(share)} of what the scores say (bar {100 * bar:g} %)"
    return f"up to {_percent(share)} of what the scores say"


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.0f} %"


def _irrelevant(case: Case, model: Model) -> list[str]:
    declared = dict(case.inputs)
    shares = [declared[name].get("irrelevant") for name in names_in(case, model.inputs)]
    return [
        "" if share is None else f"{100 * float(share):g} % of caseworkers call it irrelevant"
        for share in shares
    ]


# --- what an audit asks


def _lacks_outcome(case: Case, model: Any) -> str:
    return without_model(case, model) or no_outcome(case)


def _ask(case: Case, model: Any, tells: str) -> Iterator[Result]:
    yield without_effect(case, model, tells=tells)


QUESTIONS: dict[str, Question] = {
    LOST: Question(
        says="How much less the scores say of the outcome when an input is dealt anew among "
        "{people} (permutation, exact p)",
        lacks=_lacks_outcome, ask=lambda case, model: _ask(case, model, "outcome"),
    ),
    MOVED: Question(
        says="Share of {people} whose score moves at all when an input takes other people's values",
        lacks=without_model, ask=lambda case, model: _ask(case, model, "score"),
    ),
}  # fmt: skip

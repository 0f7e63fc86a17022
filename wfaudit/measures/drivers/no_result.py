"""Answers that fall through: whom the model itself gives no result, and with which answers."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.choices import JOIN
from wfaudit.measures.asked import Compare, comparable, require
from wfaudit.measures.compared import Told, tell
from wfaudit.measures.drivers import anew
from wfaudit.measures.drivers.people import people
from wfaudit.measures.drivers.question import Question, without_model
from wfaudit.measures.drivers.tally import Keys, Tally, met
from wfaudit.measures.drivers.valued import bins
from wfaudit.measures.made import By
from wfaudit.result import Result

NONE, ANSWERS = "model_no_result_rate", "no_result_by_answer_rate"
FEWEST, LOOKED_AT, MOST_ANSWERS = 10, 20_000, 40


def without_result(case: Case, model: Any, *, by: By = None, compare: Compare = False) -> Result:
    """Share of people to whom the model itself gives no result.

    >>> import pandas as pd
    >>> from wfaudit.models import function
    >>> people = pd.DataFrame({"flag": [0, 1] * 20, "age": [20.0, 40.0, 60.0, None] * 10})
    >>> case = Case.from_dict({"source": people, "roles": {"flagged": "flag"}, "inputs": {"age": {}}})
    >>> found = without_result(case, function(lambda people: people["age"], ["age"], gaps=True))
    >>> found.table["estimate"].tolist()
    [0.25]
    """
    asked = anew.ready(case, model, NONE)

    def work(keys: Keys) -> Tally:
        tally, say = Tally(case, keys, ("",), ("n", "k")), anew.teller(case, asked)
        for rows, code, _ in met(case, asked, tally):
            tally.add(code, 0, n=np.ones(len(rows)), k=say(rows).tier < 0)
        return tally

    tally = anew.remembered(case, asked, by, ("no result",), work)
    told = Told(
        measure=NONE,
        judged=False,
        says="Share of {people} to whom the model gives no result",
        does="get no result",
    )
    return tell(case, told, tally.laid(by, ("n", "k")), compare=compare)


def answers_without_result(case: Case, model: Any) -> Result:
    """By which answers people get no result: of those who gave an answer, the share without one.

    Answers after which at least ten people get no result, the largest shares first, up to forty of
    them; of the others nothing is told, as they would point at few people.

    >>> import pandas as pd
    >>> from wfaudit.models import function
    >>> people = pd.DataFrame({"flag": [0, 1] * 20, "age": [20.0, 40.0, 60.0, None] * 10})
    >>> case = Case.from_dict({"source": people, "roles": {"flagged": "flag"}, "inputs": {"age": {}}})
    >>> found = answers_without_result(case, function(lambda people: people["age"], ["age"], gaps=True))
    >>> found.to_frame()[["at", "n", "estimate"]].values.tolist()
    [['age & not recorded', 10, 1.0]]
    """
    asked = anew.ready(case, model, ANSWERS)
    at = bins(next(people(case, asked, size=LOOKED_AT)).inputs, asked.inputs)
    labels = [JOIN.join((one.name, label)) for one in at.scales for label in one.labels]
    tally, say = Tally(case, (), labels, ("n", "k")), anew.teller(case, asked)
    for rows, code, _ in met(case, asked, tally):
        none = say(rows).tier < 0
        for slot in at.places(rows).T:
            tally.add_each(code, slot, n=np.ones(len(rows)), k=none)
    n, k = tally.sums.sum(axis=(0, 1)).T
    told = [i for i in np.argsort(-k / np.maximum(n, 1), kind="stable") if k[i] >= FEWEST][
        :MOST_ANSWERS
    ]
    require(ANSWERS, "" if told else f"no answer leaves {FEWEST} people or more without a result")
    says = Told(
        measure=ANSWERS, judged=False, at_name="input & answer", does="get no result with the "
            "answer {at}",
        says="Share of {people} with an answer to whom the model gives no result, of answers that "
        "leave at least "
        f"{FEWEST} of them without one (an answer need not be the reason)",
    )  # fmt: skip
    return tell(case, says, tally.laid(None, ("n", "k"), [labels[i] for i in told]))


# --- what an audit asks


def _lacks_none(case: Case, model: Any) -> str:
    if why := without_model(case, model):
        return why
    asked = anew.model_of(case, model)
    none = not asked.gaps or without_result(case, asked).table["estimate"].iloc[0] == 0
    return "the model gives everybody a result" if none else ""


def _ask_none(case: Case, model: Any) -> Iterator[Result]:
    yield without_result(case, model)
    for group in case.groups:
        yield without_result(case, model, by=group.name)
        if comparable(case, (group.name,)):
            yield without_result(case, model, by=group.name, compare=True)


QUESTIONS: dict[str, Question] = {
    NONE: Question(
        says="Share of {people} to whom the model gives no result", lacks=_lacks_none,
        ask=_ask_none,
    ),
    ANSWERS: Question(
        says="Share of {people} with an answer to whom the model gives no result, by answer",
        lacks=_lacks_none, ask=lambda case, model: [answers_without_result(case, model)],
    ),
}  # fmt: skip

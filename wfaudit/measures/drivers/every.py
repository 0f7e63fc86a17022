"""All questions of an audit about what moves the score, by the name of their measure."""

from wfaudit.measures.drivers import (
    accumulated,
    attributes,
    dead,
    flipped,
    gaps_in_inputs,
    no_result,
    parted,
    proxies,
    reproduced,
    shares,
    stable,
    surrogates,
    trained_anew,
)
from wfaudit.measures.drivers.question import Question

_PARTS = (
    reproduced,  # first: is this the model that made these scores?
    shares,
    parted,
    dead,
    flipped,
    attributes,
    gaps_in_inputs,
    no_result,
    accumulated,
    proxies,
    stable,
    trained_anew,
    surrogates,
)
DRIVERS: dict[str, Question] = {
    name: question for part in _PARTS for name, question in part.QUESTIONS.items()
}

"""All questions of an audit about what moves the score, by the name of their measure."""

from wfaudit.measures.drivers import (
    accumulated,
    attributes,
    dead,
    flipped,
    gaps_in_inputs,
    no_result,
    shares,
    stable,
    trained_anew,
)
from wfaudit.measures.drivers.question import Question

_PARTS = (
    shares,
    flipped,
    attributes,
    dead,
    gaps_in_inputs,
    no_result,
    accumulated,
    stable,
    trained_anew,
)
DRIVERS: dict[str, Question] = {
    name: question for part in _PARTS for name, question in part.QUESTIONS.items()
}

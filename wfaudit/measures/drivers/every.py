"""All questions of an audit about what moves the score, by the name of their measure."""

from wfaudit.measures.drivers import reproduced, shares
from wfaudit.measures.drivers.question import Question

_PARTS = (reproduced, shares)  # first: is this the model that made these scores?
DRIVERS: dict[str, Question] = {
    name: question for part in _PARTS for name, question in part.QUESTIONS.items()
}

"""All questions of an audit about what moves the score, by the name of their measure."""

from wfaudit.measures.drivers import parted, proxies, reproduced, shares, surrogates
from wfaudit.measures.drivers.question import Question

# first: is this the model that made these scores?
_PARTS = (reproduced, shares, parted, proxies, surrogates)
DRIVERS: dict[str, Question] = {
    name: question for part in _PARTS for name, question in part.QUESTIONS.items()
}

"""All questions of an audit about who is shown to whom, by the name of their measure."""

from typing import Any

from wfaudit.measures.matching import alike_screens, matched_sets
from wfaudit.measures.question import Question

_PARTS: tuple[Any, ...] = (alike_screens, matched_sets)
MATCHING: dict[str, Question] = {
    name: question for part in _PARTS for name, question in part.QUESTIONS.items()
}

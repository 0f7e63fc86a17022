"""All questions of an audit about who is shown to whom, by the name of their measure."""

from typing import Any

from wfaudit.measures.matching import both_sides, exposed, feasible, several_scores, spread
from wfaudit.measures.question import Question

_PARTS: tuple[Any, ...] = (exposed, feasible, both_sides, spread, several_scores)
MATCHING: dict[str, Question] = {
    name: question for part in _PARTS for name, question in part.QUESTIONS.items()
}

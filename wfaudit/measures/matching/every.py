"""All questions of an audit about who is shown to whom, by the name of their measure."""

from typing import Any

from wfaudit.measures.matching import (
    alike,
    alike_screens,
    both_sides,
    exposed,
    feasible,
    gain,
    matched_sets,
    per_outcome,
    places,
    several_scores,
    spread,
    wording,
)
from wfaudit.measures.question import Question

_PARTS: tuple[Any, ...] = (
    exposed,
    per_outcome,
    places,
    spread,
    gain,
    alike,
    feasible,
    both_sides,
    several_scores,
    alike_screens,
    matched_sets,
    wording,
)
MATCHING: dict[str, Question] = {
    name: question for part in _PARTS for name, question in part.QUESTIONS.items()
}

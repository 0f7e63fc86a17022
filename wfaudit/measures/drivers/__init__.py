"""Which variables move the score, for whom, and how much of the gap each one carries."""

from wfaudit.measures.drivers.accumulated import effects, steps
from wfaudit.measures.drivers.attributes import attribute_flipped
from wfaudit.measures.drivers.dead import without_effect
from wfaudit.measures.drivers.flipped import flip_matrix, flips
from wfaudit.measures.drivers.gaps_in_inputs import missing_effect, taken_away
from wfaudit.measures.drivers.no_result import answers_without_result, without_result
from wfaudit.measures.drivers.shares import attributed, gap, importance
from wfaudit.measures.drivers.stable import Small, nudged
from wfaudit.measures.drivers.trained_anew import retrained

__all__ = [
    "Small",
    "answers_without_result",
    "attribute_flipped",
    "attributed",
    "effects",
    "flip_matrix",
    "flips",
    "gap",
    "importance",
    "missing_effect",
    "nudged",
    "retrained",
    "steps",
    "taken_away",
    "without_effect",
    "without_result",
]

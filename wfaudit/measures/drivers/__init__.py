"""Which variables move the score, for whom, and how much of the gap each one carries."""

from wfaudit.measures.drivers.accumulated import effects, steps
from wfaudit.measures.drivers.asked import drivers
from wfaudit.measures.drivers.attributes import attribute_flipped
from wfaudit.measures.drivers.dead import without_effect
from wfaudit.measures.drivers.explained import Explained, explain
from wfaudit.measures.drivers.flipped import flip_matrix, flips
from wfaudit.measures.drivers.gaps_in_inputs import missing_effect, taken_away
from wfaudit.measures.drivers.how import How
from wfaudit.measures.drivers.looks import heat, matrix, waterfall
from wfaudit.measures.drivers.no_result import answers_without_result, without_result
from wfaudit.measures.drivers.parted import gap_parts
from wfaudit.measures.drivers.proxies import proxy_auc, proxy_auc_all_inputs, proxy_weight
from wfaudit.measures.drivers.registered import Register, register
from wfaudit.measures.drivers.reproduced import differs, reproduces
from wfaudit.measures.drivers.shares import attributed, gap, importance
from wfaudit.measures.drivers.stable import Small, nudged
from wfaudit.measures.drivers.surrogates import (
    Surrogate,
    surrogate,
    surrogate_fidelity,
    surrogate_gap,
    surrogate_importance,
    surrogate_remainder,
    surrogate_same_tier,
)
from wfaudit.measures.drivers.trained_anew import retrained

__all__ = [
    "Explained",
    "How",
    "Register",
    "Small",
    "Surrogate",
    "answers_without_result",
    "attribute_flipped",
    "attributed",
    "differs",
    "drivers",
    "effects",
    "explain",
    "flip_matrix",
    "flips",
    "gap",
    "gap_parts",
    "heat",
    "importance",
    "matrix",
    "missing_effect",
    "nudged",
    "proxy_auc",
    "proxy_auc_all_inputs",
    "proxy_weight",
    "register",
    "reproduces",
    "retrained",
    "steps",
    "surrogate",
    "surrogate_fidelity",
    "surrogate_gap",
    "surrogate_importance",
    "surrogate_remainder",
    "surrogate_same_tier",
    "taken_away",
    "waterfall",
    "without_effect",
    "without_result",
]

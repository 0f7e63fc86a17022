"""Which variables move the score, for whom, and how much of the gap each one carries."""

from wfaudit.measures.drivers.asked import drivers
from wfaudit.measures.drivers.explained import Explained, explain
from wfaudit.measures.drivers.how import How
from wfaudit.measures.drivers.looks import heat, matrix, waterfall
from wfaudit.measures.drivers.parted import gap_parts
from wfaudit.measures.drivers.proxies import proxy_auc, proxy_auc_all_inputs, proxy_weight
from wfaudit.measures.drivers.registered import Register, register
from wfaudit.measures.drivers.reproduced import differs, reproduces
from wfaudit.measures.drivers.shares import attributed, gap, importance
from wfaudit.measures.drivers.surrogates import (
    Surrogate,
    surrogate,
    surrogate_fidelity,
    surrogate_gap,
    surrogate_importance,
    surrogate_remainder,
    surrogate_same_tier,
)

__all__ = [
    "Explained",
    "How",
    "Register",
    "Surrogate",
    "attributed",
    "differs",
    "drivers",
    "explain",
    "gap",
    "gap_parts",
    "heat",
    "importance",
    "matrix",
    "proxy_auc",
    "proxy_auc_all_inputs",
    "proxy_weight",
    "register",
    "reproduces",
    "surrogate",
    "surrogate_fidelity",
    "surrogate_gap",
    "surrogate_importance",
    "surrogate_remainder",
    "surrogate_same_tier",
    "waterfall",
]

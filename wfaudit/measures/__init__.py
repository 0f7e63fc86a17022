"""Measures: definitions as data, and verbs over any of them. Each takes a case, returns a result."""

from wfaudit.measures.cutoff import SWEPT, declared_cut, equalize, movers, sweep
from wfaudit.measures.drivers.every import DRIVERS
from wfaudit.measures.drivers.opened import Found, declared, model_for
from wfaudit.measures.drivers.people import model_of
from wfaudit.measures.drivers.reproduced import is_asked, looked_at
from wfaudit.measures.every import MEASURES as BY_VERB
from wfaudit.measures.every import gaps, rates, ratios, values
from wfaudit.measures.matching.every import MATCHING
from wfaudit.measures.over_time import trend
from wfaudit.measures.overrides.every import QUESTIONS
from wfaudit.measures.plan import plan
from wfaudit.measures.planned import power
from wfaudit.measures.progress import MOVES, lacks_moves, moves
from wfaudit.measures.rate import RATES, Rate
from wfaudit.measures.selected import by_result, unknown_outcomes
from wfaudit.measures.small import shrunk
from wfaudit.measures.statistic import STATISTICS
from wfaudit.measures.tiers import SAYS, TIERS, lacks, superiority
from wfaudit.measures.values import lacking
from wfaudit.measures.verbs import bounds
from wfaudit.measures.widest import widest

MEASURES = (*BY_VERB, *QUESTIONS, *MATCHING, *DRIVERS)  # what a tolerance or a family may name

__all__ = [
    "DRIVERS",
    "MATCHING",
    "MEASURES",
    "MOVES",
    "QUESTIONS",
    "RATES",
    "SAYS",
    "STATISTICS",
    "SWEPT",
    "TIERS",
    "Found",
    "Rate",
    "bounds",
    "by_result",
    "declared",
    "declared_cut",
    "equalize",
    "gaps",
    "is_asked",
    "lacking",
    "lacks",
    "lacks_moves",
    "looked_at",
    "model_for",
    "model_of",
    "movers",
    "moves",
    "plan",
    "power",
    "rates",
    "ratios",
    "shrunk",
    "superiority",
    "sweep",
    "trend",
    "unknown_outcomes",
    "values",
    "widest",
]

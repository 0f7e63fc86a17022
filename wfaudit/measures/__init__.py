"""Measures: definitions as data, and verbs over any of them. Each takes a case, returns a result."""

from wfaudit.measures.rate import RATES, Rate
from wfaudit.measures.verbs import bounds, gaps, plan, rates, ratios

__all__ = ["RATES", "Rate", "bounds", "gaps", "plan", "rates", "ratios"]

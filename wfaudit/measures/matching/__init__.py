"""Matching, screening and recommending: who is shown to whom, and who never is."""

from wfaudit.measures.matching.law import four_fifths, ll144
from wfaudit.measures.matching.law_table import ImpactTable

__all__ = ["ImpactTable", "four_fifths", "ll144"]

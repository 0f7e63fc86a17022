"""Matching, screening and recommending: who is shown to whom, and who never is."""

from wfaudit.measures.matching.law import four_fifths, ll144
from wfaudit.measures.matching.law_table import ImpactTable
from wfaudit.measures.matching.published import Checked, check_published

__all__ = ["Checked", "ImpactTable", "check_published", "four_fifths", "ll144"]

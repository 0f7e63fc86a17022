"""Matching, screening and recommending: who is shown to whom, and who never is."""

from wfaudit.measures.matching.alike_screens import (
    against_apart,
    correlation,
    doors,
    evenness,
    rejected_beyond,
    rejected_everywhere,
    shared_correlation,
)
from wfaudit.measures.matching.law import four_fifths, ll144
from wfaudit.measures.matching.law_table import ImpactTable
from wfaudit.measures.matching.matched_sets import favoured, favoured_difference, paired_difference
from wfaudit.measures.matching.published import Checked, check_published

__all__ = [
    "Checked",
    "ImpactTable",
    "against_apart",
    "check_published",
    "correlation",
    "doors",
    "evenness",
    "favoured",
    "favoured_difference",
    "four_fifths",
    "ll144",
    "paired_difference",
    "rejected_beyond",
    "rejected_everywhere",
    "shared_correlation",
]

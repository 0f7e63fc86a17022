"""Which variables move the score, for whom, and how much of the gap each one carries."""

from wfaudit.measures.drivers.explained import Explained, explain
from wfaudit.measures.drivers.looks import heat, matrix, waterfall
from wfaudit.measures.drivers.shares import attributed, gap, importance

__all__ = ["Explained", "attributed", "explain", "gap", "heat", "importance", "matrix", "waterfall"]

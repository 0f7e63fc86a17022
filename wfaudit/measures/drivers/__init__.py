"""Which variables move the score, for whom, and how much of the gap each one carries."""

from wfaudit.measures.drivers.reproduced import differs, reproduces
from wfaudit.measures.drivers.shares import attributed, gap, importance

__all__ = ["attributed", "differs", "gap", "importance", "reproduces"]

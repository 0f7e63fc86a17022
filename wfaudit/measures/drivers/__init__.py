"""Which variables move the score, for whom, and how much of the gap each one carries."""

from wfaudit.measures.drivers.asked import drivers
from wfaudit.measures.drivers.how import How
from wfaudit.measures.drivers.parted import gap_parts
from wfaudit.measures.drivers.shares import attributed, gap, importance

__all__ = ["How", "attributed", "drivers", "gap", "gap_parts", "importance"]

"""People, counted: integers by group and by state. A state is all that a rate may ask of a person.

One plain GROUP BY a key set; margins are summed from the widest set already counted. Only these
integers leave the backend.
"""

from wfaudit.counts.along import Scored, count_along, count_clustered, count_scored
from wfaudit.counts.everyone import count, unknown_states
from wfaudit.counts.published import disagreements, has_table, no_table
from wfaudit.counts.table import Cells, Clustered, Counts

__all__ = [
    "Cells",
    "Clustered",
    "Counts",
    "Scored",
    "count",
    "count_along",
    "count_clustered",
    "count_scored",
    "disagreements",
    "has_table",
    "no_table",
    "unknown_states",
]

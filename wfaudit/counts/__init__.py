"""People, counted: integers by group and by state. A state is all that a rate may ask of a person.

One plain GROUP BY a key set; margins are summed from the widest set already counted. Only these
integers leave the backend.
"""

from wfaudit.counts.along import (
    Gridded,
    count_along,
    count_clustered,
    count_scored,
    count_states,
    count_timed,
)
from wfaudit.counts.cells import derived
from wfaudit.counts.everyone import contradictions, count, unknown_states
from wfaudit.counts.moves import Moves, count_moves
from wfaudit.counts.printed import Figure, figures, has_printed, misprints
from wfaudit.counts.published import disagreements, has_table, no_table
from wfaudit.counts.table import Cells, Clustered, Counts

__all__ = [
    "Cells",
    "Clustered",
    "Counts",
    "Figure",
    "Gridded",
    "Moves",
    "contradictions",
    "count",
    "count_along",
    "count_clustered",
    "count_moves",
    "count_scored",
    "count_states",
    "count_timed",
    "derived",
    "disagreements",
    "figures",
    "has_printed",
    "has_table",
    "misprints",
    "no_table",
    "unknown_states",
]

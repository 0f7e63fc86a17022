"""The picture a result has by itself: ranked bars over the inputs of a model, else dots with intervals."""

from typing import Any

import pandas as pd

from wfaudit.plots.dots import describe, intervals
from wfaudit.plots.figure import Figure
from wfaudit.plots.heat import describe_heat, heat
from wfaudit.plots.ranked import MOST, MOST_GROUPS, describe_ranked, rank, ranked

INPUT = "input"  # what the second axis of a result is called whose rows are a model's inputs
RANKED = ("rate", "value", "gap", "number", "number gap")


def own(
    table: pd.DataFrame, *, at_name: str = "", scale: str = "rate", title: str = "",
    band: tuple[float, float] | None = None, ax: Any = None,
) -> Figure:  # fmt: skip
    """A result's table as a figure with its text alternative; ``at_name`` says what its second axis is.

    Inputs with many groups are a table of cells, for bars side by side would be too many to tell apart.
    """
    if at_name != INPUT or scale not in RANKED:
        axes = intervals(table, scale=scale, title=title, band=band, ax=ax)
        return Figure((axes,), describe(table, scale=scale, title=title))
    title = title.partition(";")[0]  # how it was worked out stands beside the table
    frame: Any = table[table["group"] != table["reference"]]
    if frame["group"].nunique() <= MOST_GROUPS:
        axes = ranked(frame, scale=scale, title=title, band=band, ax=ax)
        return Figure((axes,), describe_ranked(frame, scale=scale, title=title))
    return cells(frame, scale=scale, title=title, ax=ax)


def cells(frame: pd.DataFrame, *, scale: str, title: str, ax: Any = None) -> Figure:
    """The largest inputs by group, a number in every cell."""
    found = rank(frame, MOST)
    order = [label for label, _ in found.shown]
    few: Any = frame[frame["at"].isin(order)]
    few = few.assign(at=pd.Categorical(few["at"], order))
    many = found.others + len(order)
    title = f"{title}: the {len(order)} largest of {many}" if found.others else title
    axes = heat(few, scale=scale, title=title, ax=ax)
    return Figure((axes,), describe_heat(few, scale=scale, title=title))

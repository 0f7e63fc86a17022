"""What a score does along the values of one input, a line for each group. A frame in, an Axes out."""

from collections.abc import Sequence
from itertools import cycle
from textwrap import wrap
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter

from wfaudit.plots.figure import GREY, STYLE, WIDTH, clean, counted, number, tick
from wfaudit.plots.lines import LOOKS, Line, draw, label_ends

HEIGHT, LEFT, RIGHT = 3.9, 0.15, 0.63  # inches; where the axes begin, and end
BESIDE = 0.12  # how far marks of two groups stand apart, of the way from one value to the next
MOST_TICKS = 9


def effects(
    frame: pd.DataFrame, *, scale: str = "number gap", name: str = "", title: str = "",
    ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw a line for each group over the values of an input, its interval shaded.

    ``frame`` has group, at (the values, in order), estimate, low and high; ``name`` is the input's. Values
    that are numbers stand where they are, others one after another. Lines differ in dash, marker and
    the label at their end.
    """
    places, exact = _places(frame)
    lines = _lines(frame, places, 0.0 if exact else BESIDE)
    with mpl.rc_context(STYLE):
        ax = ax or _canvas()
        _limits(ax, lines, list(places.values()), exact)
        for at, line in enumerate(lines):
            if exact:
                draw(ax, line, at)
            else:  # between such values there is nothing: each has an interval of its own
                ax.plot(line.x, line.y, **line.style)
                ax.vlines(line.x, line.low, line.high, color=line.look[0], linewidth=1.2)
        label_ends(ax, lines, ax.get_ylim()[0])
        _axes(ax, places, exact, scale)
        ax.set_xlabel(clean(name))
        ax.set_title("\n".join(wrap(clean(title, 160), 46)), fontweight="bold")
    return ax


def describe_effects(
    frame: pd.DataFrame, *, scale: str = "number gap", name: str = "", title: str = ""
) -> str:
    """The text alternative: for each group where its line is lowest and where highest."""
    head = f"Line chart over the values of {name or 'an input'}. {title.rstrip('.')}. "
    known: Any = frame[frame["estimate"].notna()]
    told = [_told(known[known["group"] == group], scale) for group in dict.fromkeys(known["group"])]
    return head + ("; ".join(told) + "." if told else "There is no number to draw.")


def _told(mine: Any, scale: str) -> str:
    low, high = mine.loc[mine["estimate"].idxmin()], mine.loc[mine["estimate"].idxmax()]
    ends = [
        f"{word} {number(row['estimate'], scale)}"
        + (f" ({number(row['low'], scale)} to {number(row['high'], scale)})" if pd.notna(row["low"]) else "")
        + f" at {row['at']}"
        for word, row in (("lowest", low), ("highest", high))
    ]  # fmt: skip
    n = f" (n = {counted(mine['n'].max())})" if "n" in mine else ""
    return f"{mine['group'].iloc[0]}{n}: {', '.join(ends)}"


def _places(frame: pd.DataFrame) -> tuple[dict[str, float], bool]:
    """Where each value stands, and whether these are its own numbers."""
    values = [str(one) for one in dict.fromkeys(frame["at"])]
    try:
        return {one: float(one) for one in values}, True
    except ValueError:
        return {one: float(at) for at, one in enumerate(values)}, False


def _lines(frame: Any, places: dict[str, float], apart: float) -> list[Line]:
    """A line for each group, in the order of the frame; values without a number are left out."""
    groups = list(dict.fromkeys(frame["group"]))
    found: list[Line] = []
    for at, (group, look) in enumerate(zip(groups, cycle(LOOKS), strict=False)):
        mine = frame[(frame["group"] == group) & frame["estimate"].notna()]
        if not len(mine):
            continue
        x = np.array([places[str(value)] for value in mine["at"]])
        x = x + apart * (at - (len(groups) - 1) / 2)
        order = np.argsort(x, kind="stable")
        y, low, high = (mine[c].to_numpy(dtype=float)[order] for c in ("estimate", "low", "high"))
        n = (
            f", n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{counted(mine['n'].max())}"
            if "n" in mine
            else ""
        )
        found.append(Line(f"{clean(group, 30)}{n}", x[order], y, low, high, look))
    return found


# --- the parts of a picture


def _canvas() -> Axes:
    ax = Canvas(figsize=(WIDTH, HEIGHT)).subplots()
    canvas: Any = ax.get_figure(root=True)
    canvas.subplots_adjust(LEFT, 0.75 / HEIGHT, RIGHT, 1 - 0.5 / HEIGHT)
    return ax


def _limits(ax: Axes, lines: Sequence[Line], at: Sequence[float], exact: bool) -> None:
    ends = np.concatenate([[0.0], *[part for one in lines for part in (one.y, one.low, one.high)]])
    low, high = float(np.nanmin(ends)), float(np.nanmax(ends))
    room = 0.06 * ((high - low) or 1.0)
    ax.set_ylim(low - room, high + room)
    first, last = (min(at), max(at)) if at else (0.0, 1.0)
    beside = 0.02 * (last - first) if exact and last > first else 0.5
    ax.set_xlim(first - beside, last + beside)


def _axes(ax: Axes, places: dict[str, float], exact: bool, scale: str) -> None:
    ax.axhline(0, color=GREY, linewidth=1)
    ax.grid(color="#dddddd", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(length=0)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: tick(float(y), scale)))
    if not exact:
        step = -(-len(places) // MOST_TICKS)
        words = [clean(one, 20) for one in places][::step]
        turned = sum(map(len, words)) > 34
        ax.set_xticks(
            list(places.values())[::step], words, rotation=30 if turned else 0,
            ha="right" if turned else "center",
        )  # fmt: skip

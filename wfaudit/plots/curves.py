"""Net benefit against the threshold: a line for each way of flagging. A frame in, an Axes out."""

from collections.abc import Iterator, Sequence
from itertools import cycle, groupby
from textwrap import wrap
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter

from wfaudit.plots.figure import GREY, LABEL, STYLE, WIDTH, clean
from wfaudit.plots.lines import LOOKS, Line, draw, label_ends

NUMBERS = ("threshold", "estimate", "low", "high")
NOBODY = "nobody"  # their net benefit is 0 by definition
HEIGHT, LEFT, RIGHT = 3.9, 0.15, 0.68  # inches; where the axes begin, and end
BELOW, MOST_BELOW = (
    0.3,
    1.0,
)  # how far below 0 is drawn, of the height above: others, the first line


def curve(
    frame: pd.DataFrame, *, title: str = "", cut: float | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the net benefit of each way of flagging, its interval shaded; nobody's is the line at 0.

    ``frame`` has the columns flagging, threshold, estimate, low and high; ``cut`` is the declared
    cut-off. Lines differ in dash, marker and the label at their end. What lies far below 0 is cut off.
    """
    lines = _lines(frame)
    with mpl.rc_context(STYLE):
        ax = ax or _canvas()
        floor, top = _limits(lines)
        ax.set_ylim(floor, top)
        ax.set_xlim(0, max([1.0 * line.x.max() for line in lines], default=1.0))
        for at, line in enumerate((*lines, _nobody(ax))):
            draw(ax, line, at)
        if cut is not None:
            _draw_cut(ax, cut)
        label_ends(ax, (*lines, _nobody(ax)), floor)
        _name_axes(ax, title)
    return ax


def describe_curve(frame: pd.DataFrame, *, title: str = "", cut: float | None = None) -> str:
    """The text alternative: who is highest where, and the numbers at the declared cut-off or halfway."""
    lines = _lines(frame)
    head = f"Line chart of net benefit per person against the threshold. {title.rstrip('.')}. "
    if not lines:
        return head + "There is no number to draw; the table says why."
    at = sorted({float(x) for line in lines for x in line.x})
    near = at[len(at) // 2] if cut is None else min(at, key=lambda x: abs(x - cut))
    told = "; ".join(_told(line, near) for line in lines if near in line.x)
    declared = "" if cut is None else "the declared cut-off "
    highest = "; ".join(_highest(lines, at))
    return f"{head}Highest: {highest}. At {declared}{near:g}: {told}; {NOBODY} 0."


def _lines(frame: Any) -> list[Line]:
    """The lines of a frame, in its order; thresholds without a number are left out."""
    found: list[Line] = []
    for name, look in zip(dict.fromkeys(frame["flagging"]), cycle(LOOKS), strict=False):
        mine = frame[(frame["flagging"] == name) & frame["estimate"].notna()]
        mine = mine.sort_values("threshold")
        if len(mine):
            x, y, low, high = (mine[c].to_numpy(dtype=float) for c in NUMBERS)
            found.append(Line(str(name), x, y, low, high, look))
    return found


def _nobody(ax: Axes) -> Line:
    x, flat = np.linspace(*ax.get_xlim(), 12), np.zeros(12)
    return Line(NOBODY, x, flat, flat * np.nan, flat * np.nan, ("#1A1A1A", (0, (1, 2)), "|"))


# --- the parts of a picture


def _canvas() -> Axes:
    ax = Canvas(figsize=(WIDTH, HEIGHT)).subplots()
    canvas: Any = ax.get_figure(root=True)
    canvas.subplots_adjust(LEFT, 0.5 / HEIGHT, RIGHT, 1 - 0.5 / HEIGHT)
    return ax


def _limits(lines: Sequence[Line]) -> tuple[float, float]:
    """From a little below 0, or the first line's lowest, to the highest; deeper would flatten all else."""
    ends = np.concatenate([[0.0], *[x for line in lines for x in (line.y, line.low, line.high)]])
    low, high = float(np.nanmin(ends)), float(np.nanmax(ends))
    first = float(lines[0].y.min()) if lines else 0.0
    deepest = min(-BELOW * high, max(1.1 * first, -MOST_BELOW * high)) if high > 0 else -1.0
    floor = max(low, deepest)
    span = (high - floor) or 1.0
    return floor - 0.03 * span, high + 0.06 * span


def _draw_cut(ax: Axes, cut: float) -> None:
    ax.axvline(cut, color=GREY, linewidth=1)
    late = cut > 0.5 * ax.get_xlim()[1]
    ax.annotate(
        f"declared cut-off {cut:g}", (cut, 1), xycoords=("data", "axes fraction"), fontsize=8,
        xytext=(-4 if late else 4, -2), textcoords="offset points", ha="right" if late else "left",
        va="top", color=GREY, bbox=LABEL,
    )  # fmt: skip


def _name_axes(ax: Axes, title: str) -> None:
    ax.grid(color="#dddddd", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.set_xlabel("threshold: the chance from which people are flagged")
    ax.set_ylabel("net benefit per person")
    ax.set_title("\n".join(wrap(clean(title, 160), 46)), fontweight="bold")
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{round(float(y), 9):g}"))
    ax.tick_params(length=0)


# --- words


def _told(line: Line, at: float) -> str:
    here = int(np.flatnonzero(line.x == at)[0])
    span = (
        f" ({line.low[here]:.3f} to {line.high[here]:.3f})"
        if line.low[here] == line.low[here]
        else ""
    )
    return f"{line.name} {line.y[here]:.3f}{span}"


def _highest(lines: Sequence[Line], at: Sequence[float]) -> Iterator[str]:
    """Which line is on top, from which threshold to which; nobody's counts as 0."""
    for names, run in groupby(at, key=lambda x: _top(lines, x)):
        reached = list(run)
        where = (
            f"at {reached[0]:g}" if len(reached) == 1 else f"from {reached[0]:g} to {reached[-1]:g}"
        )
        yield f"{' and '.join(names)} {where}"


def _top(lines: Sequence[Line], at: float) -> tuple[str, ...]:
    values = {line.name: round(float(y), 9) for line in lines for y in line.y[line.x == at]}
    values[NOBODY] = 0.0
    best = max(values.values())
    return tuple(name for name, value in values.items() if value == best)

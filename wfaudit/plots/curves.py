"""Net benefit against the threshold: a line for each way of flagging. A frame in, an Axes out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, groupby, pairwise
from textwrap import wrap
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from wfaudit.plots.figure import BLUE, GREY, LABEL, ORANGE, STYLE, WIDTH, clean

Floats = NDArray[np.float64]
NUMBERS = ("threshold", "estimate", "low", "high")
NOBODY = "nobody"  # their net benefit is 0 by definition
HEIGHT, LEFT, RIGHT = 3.9, 0.15, 0.68  # inches; where the axes begin, and end
BELOW, MOST_BELOW = (
    0.3,
    1.0,
)  # how far below 0 is drawn, of the height above: others, the first line
APART = 0.06  # a line of a label, of the height of the axes
LETTERS, SHOWN = 17, 48  # of one line of a label, and of a whole one
EVERY = 3  # points from one marker to the next: lines that lie on each other mark by turns
SAMPLE = (1.03, 1.08, 1.13)  # a piece of the line beside its label, in widths of the axes
LOOKS: tuple[tuple[str, Any, str], ...] = (
    (BLUE, "-", "o"),
    (GREY, "--", "^"),
    (ORANGE, "-.", "s"),
    ("#00694A", ":", "D"),
    ("#7B3294", (0, (6, 1, 1, 1, 1, 1)), "v"),
    ("#6B4E00", (0, (9, 2)), "P"),
    ("#1A1A1A", (0, (3, 1, 1, 1)), "X"),
)


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """One way of flagging over the thresholds at which its net benefit is known."""

    name: str
    x: Floats
    y: Floats
    low: Floats
    high: Floats
    look: tuple[str, Any, str]

    @property
    def label(self) -> list[str]:
        """Its name, in lines that have room beside the picture."""
        return wrap(clean(self.name, SHOWN), LETTERS) or [""]

    @property
    def style(self) -> dict[str, Any]:
        """How it is drawn, in the picture and beside its label."""
        colour, dash, marker = self.look
        return {
            "color": colour, "linestyle": dash, "marker": marker, "markersize": 5,
            "linewidth": 2.2 if dash == "-" else 1.6,
            "markeredgecolor": colour if marker == "|" else "white", "markeredgewidth": 0.5,
        }  # fmt: skip


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
            _draw(ax, line, at)
        if cut is not None:
            _draw_cut(ax, cut)
        _label_ends(ax, (*lines, _nobody(ax)), floor)
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


def _lines(frame: Any) -> list[_Line]:
    """The lines of a frame, in its order; thresholds without a number are left out."""
    found: list[_Line] = []
    for name, look in zip(dict.fromkeys(frame["flagging"]), cycle(LOOKS), strict=False):
        mine = frame[(frame["flagging"] == name) & frame["estimate"].notna()]
        mine = mine.sort_values("threshold")
        if len(mine):
            x, y, low, high = (mine[c].to_numpy(dtype=float) for c in NUMBERS)
            found.append(_Line(str(name), x, y, low, high, look))
    return found


def _nobody(ax: Axes) -> _Line:
    x, flat = np.linspace(*ax.get_xlim(), 12), np.zeros(12)
    return _Line(NOBODY, x, flat, flat * np.nan, flat * np.nan, ("#1A1A1A", (0, (1, 2)), "|"))


# --- the parts of a picture


def _canvas() -> Axes:
    ax = Canvas(figsize=(WIDTH, HEIGHT)).subplots()
    canvas: Any = ax.get_figure(root=True)
    canvas.subplots_adjust(LEFT, 0.5 / HEIGHT, RIGHT, 1 - 0.5 / HEIGHT)
    return ax


def _limits(lines: Sequence[_Line]) -> tuple[float, float]:
    """From a little below 0, or the first line's lowest, to the highest; deeper would flatten all else."""
    ends = np.concatenate([[0.0], *[x for line in lines for x in (line.y, line.low, line.high)]])
    low, high = float(np.nanmin(ends)), float(np.nanmax(ends))
    first = float(lines[0].y.min()) if lines else 0.0
    deepest = min(-BELOW * high, max(1.1 * first, -MOST_BELOW * high)) if high > 0 else -1.0
    floor = max(low, deepest)
    span = (high - floor) or 1.0
    return floor - 0.03 * span, high + 0.06 * span


def _draw(ax: Axes, line: _Line, at: int) -> None:
    known = ~np.isnan(line.low)
    ax.fill_between(
        line.x,
        line.low,
        line.high,
        where=known.tolist(),
        color=line.look[0],
        alpha=0.1,
        linewidth=0,
    )
    ax.plot(
        line.x,
        line.y,
        label=line.name,
        markevery=(at % EVERY, EVERY),
        zorder=3 - 0.1 * at,
        **line.style,
    )


def _draw_cut(ax: Axes, cut: float) -> None:
    ax.axvline(cut, color=GREY, linewidth=1)
    late = cut > 0.5 * ax.get_xlim()[1]
    ax.annotate(
        f"declared cut-off {cut:g}", (cut, 1), xycoords=("data", "axes fraction"), fontsize=8,
        xytext=(-4 if late else 4, -2), textcoords="offset points", ha="right" if late else "left",
        va="top", color=GREY, bbox=LABEL,
    )  # fmt: skip


def _label_ends(ax: Axes, lines: Sequence[_Line], floor: float) -> None:
    """Beside the picture every line bears its name, as high as it ends; what fell below has an arrow."""
    bottom, top = ax.get_ylim()
    ends = sorted(
        ((*_end(line, floor), line) for line in lines), key=lambda end: (-end[1], -end[0])
    )
    heights = _spread(
        [(y - bottom) / (top - bottom) for _, y, _ in ends], [len(line.label) for *_, line in ends]
    )
    across: dict[str, Any] = {"transform": ax.transAxes, "clip_on": False}
    for (_, y, line), height in zip(ends, heights, strict=True):
        ax.plot(SAMPLE, [height] * 3, markevery=[1], **line.style, **across)
        name = ("" if y > floor else "↓ ") + "\n".join(line.label)
        ax.text(
            SAMPLE[-1] + 0.03, height, name, va="center", fontsize=8.5, color=line.look[0], **across
        )


def _end(line: _Line, floor: float) -> tuple[float, float]:
    """Where a line ends: its last point, or where it falls below the picture for good."""
    if line.y[-1] > floor:
        return float(line.x[-1]), float(line.y[-1])
    inside = np.flatnonzero(line.y > floor)
    if not len(inside):
        return float(line.x[0]), floor
    at = int(inside[-1])
    share = (line.y[at] - floor) / (line.y[at] - line.y[at + 1])
    return float(line.x[at] + share * (line.x[at + 1] - line.x[at])), floor


def _spread(heights: Sequence[float], wide: Sequence[int]) -> list[float]:
    """Heights from the top down, moved apart as little as labels of so many lines need; none below 0.

    >>> [round(height, 2) for height in _spread([0.9, 0.5, 0.5, 0.0], [1, 1, 1, 1])]
    [0.9, 0.53, 0.47, 0.0]
    """
    room = [0.0] + [APART * (a + b) / 2 for a, b in pairwise(wide)]
    down = np.cumsum(room)
    found: Floats = isotonic_regression(np.array(heights) + down, increasing=False).x - down
    return np.maximum(found, down[-1] - down).tolist()


def _name_axes(ax: Axes, title: str) -> None:
    ax.grid(color="#dddddd", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.set_xlabel("threshold: the chance from which people are flagged")
    ax.set_ylabel("net benefit per person")
    ax.set_title("\n".join(wrap(clean(title, 160), 46)), fontweight="bold")
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{round(float(y), 9):g}"))
    ax.tick_params(length=0)


# --- words


def _told(line: _Line, at: float) -> str:
    here = int(np.flatnonzero(line.x == at)[0])
    span = (
        f" ({line.low[here]:.3f} to {line.high[here]:.3f})"
        if line.low[here] == line.low[here]
        else ""
    )
    return f"{line.name} {line.y[here]:.3f}{span}"


def _highest(lines: Sequence[_Line], at: Sequence[float]) -> Iterator[str]:
    """Which line is on top, from which threshold to which; nobody's counts as 0."""
    for names, run in groupby(at, key=lambda x: _top(lines, x)):
        reached = list(run)
        where = (
            f"at {reached[0]:g}" if len(reached) == 1 else f"from {reached[0]:g} to {reached[-1]:g}"
        )
        yield f"{' and '.join(names)} {where}"


def _top(lines: Sequence[_Line], at: float) -> tuple[str, ...]:
    values = {line.name: round(float(y), 9) for line in lines for y in line.y[line.x == at]}
    values[NOBODY] = 0.0
    best = max(values.values())
    return tuple(name for name, value in values.items() if value == best)

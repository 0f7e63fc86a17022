"""Lines over an axis, each with dash, marker and a label at its end; what pictures of lines share."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from textwrap import wrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from wfaudit.plots.figure import BLUE, GREY, ORANGE, clean

Floats = NDArray[np.float64]
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
class Line:
    """One line: its name, the points at which its number is known, their limits, how it is drawn."""

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


def draw(ax: Axes, line: Line, at: int) -> None:
    """Draw a line, its interval shaded; ``at`` is its place among all, by which its markers take turns."""
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


def label_ends(ax: Axes, lines: Sequence[Line], floor: float) -> None:
    """Beside the picture every line bears its name, as high as it ends; what fell below has an arrow."""
    bottom, top = ax.get_ylim()
    ends = sorted(
        ((*_end(line, floor), line) for line in lines), key=lambda end: (-end[1], -end[0])
    )
    heights = spread(
        [(y - bottom) / (top - bottom) for _, y, _ in ends], [len(line.label) for *_, line in ends]
    )
    across: dict[str, Any] = {"transform": ax.transAxes, "clip_on": False}
    for (_, y, line), height in zip(ends, heights, strict=True):
        ax.plot(SAMPLE, [height] * 3, markevery=[1], **line.style, **across)
        name = ("" if y > floor else "↓ ") + "\n".join(line.label)
        ax.text(
            SAMPLE[-1] + 0.03, height, name, va="center", fontsize=8.5, color=line.look[0], **across
        )


def _end(line: Line, floor: float) -> tuple[float, float]:
    """Where a line ends: its last point, or where it falls below the picture for good."""
    if line.y[-1] > floor:
        return float(line.x[-1]), float(line.y[-1])
    inside = np.flatnonzero(line.y > floor)
    if not len(inside):
        return float(line.x[0]), floor
    at = int(inside[-1])
    share = (line.y[at] - floor) / (line.y[at] - line.y[at + 1])
    return float(line.x[at] + share * (line.x[at + 1] - line.x[at])), floor


def spread(heights: Sequence[float], wide: Sequence[int]) -> list[float]:
    """Heights from the top down, moved apart as little as labels of so many lines need; none below 0.

    >>> [round(height, 2) for height in spread([0.9, 0.5, 0.5, 0.0], [1, 1, 1, 1])]
    [0.9, 0.53, 0.47, 0.0]
    """
    room = [0.0] + [APART * (a + b) / 2 for a, b in pairwise(wide)]
    down = np.cumsum(room)
    found: Floats = isotonic_regression(np.array(heights) + down, increasing=False).x - down
    return np.maximum(found, down[-1] - down).tolist()

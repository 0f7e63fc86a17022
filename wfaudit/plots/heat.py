"""A table as a picture: a number in every cell, darker the larger it is. A frame in, an Axes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle

from wfaudit.plots.figure import GREY, STYLE, WIDTH, alike, clean, counted

LETTERS, HEAD = 26, 11  # of one line of a name at the left, and above
CELL, LINE, LEFT = 0.26, 0.15, 1.75  # inches: a cell's height, a line of text, room for names
LEAST = 0.62  # inches: the width of a cell
MORE, LESS = "#5BA3CF", "#E89A6A"  # the darkest of what adds and of what takes away
EDGE = "#C77B4B"  # of its hatching
TOLD = 12  # cells told in words


@dataclass(frozen=True, slots=True)
class Names:
    """What goes down and what goes across: the columns of the frame, and how the picture calls them."""

    down: str = "at"
    across: str = "group"
    down_says: str = ""
    across_says: str = ""


def heat(
    frame: pd.DataFrame, *, names: Names | None = None, scale: str = "number", title: str = "",
    counts: bool = False, ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw one cell for each row of the frame, its number in it; with ``counts`` its n below.

    What is below 0 has a minus and hatching, so that no sign hangs on colour; a cell without a number
    says so.
    ``names`` tells which columns of the frame go down and across, else at and group.
    """
    names = names or Names()
    down, across = (_labels(frame, column) for column in (names.down, names.across))
    with mpl.rc_context(STYLE):
        lines = wrap(clean(title, 160), 47)
        ax = ax or _canvas(down, across, len(lines), counts)
        most = float(np.nanmax(np.abs(frame["estimate"].to_numpy(float)), initial=0.0))
        for row in _records(frame):
            place = (across.index(str(row[names.across])), down.index(str(row[names.down])))
            _cell(ax, place, row, most, scale, counts)
        _sides(ax, down, across, names)
        ax.set_title("\n".join(lines), fontweight="bold", x=_title_x(ax), pad=10)
    return ax


def describe_heat(
    frame: pd.DataFrame, *, names: Names | None = None, scale: str = "number", title: str = ""
) -> str:
    """The text alternative: its largest cells, or all of few, in numbers."""
    names = names or Names()
    rows = [row for row in _records(frame) if pd.notna(row["estimate"])]
    head = f"Table with a number in every cell, darker where larger. {title.rstrip('.')}. "
    if not rows:
        return head + "No cell has a number; the table says why."
    few, most = len(rows) <= TOLD, max(abs(row["estimate"]) for row in rows)
    told = rows if few else sorted(rows, key=lambda row: -abs(row["estimate"]))[:TOLD]
    lead = "" if few else f"{len(rows)} cells; the largest: "
    cells = (
        f"{clean(row[names.down])}, {clean(row[names.across])}: {alike(row['estimate'], scale, most)}"
        for row in told
    )
    return head + lead + "; ".join(cells) + "."


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return list(frame.to_dict("records"))  # type: ignore[arg-type]


def _labels(frame: pd.DataFrame, column: str) -> list[str]:
    """The names of a side, in the order of the frame or of its categories."""
    values: Any = frame[column]
    if isinstance(values.dtype, pd.CategoricalDtype):
        return [str(one) for one in values.cat.categories]
    return [str(one) for one in dict.fromkeys(values)]


# --- the parts of a picture


def _canvas(down: Sequence[str], across: Sequence[str], lines: int, counts: bool) -> Axes:
    """Axes with margins in inches; wider than others only where there are many columns."""
    wide = max(WIDTH, LEFT + 0.1 + LEAST * len(across))
    cells = sum(_high(name, counts) for name in down) or CELL
    above = 0.25 + 0.17 * lines + LINE * (1 + _most_lines(across, HEAD))
    height = cells + above + 0.1
    ax = Canvas(figsize=(wide, height)).subplots()
    canvas: Any = ax.get_figure(root=True)
    canvas.subplots_adjust(LEFT / wide, 0.1 / height, 1 - 0.1 / wide, 1 - above / height)
    return ax


def _most_lines(names: Sequence[str], letters: int) -> int:
    return max((len(_wrapped(name, letters)) for name in names), default=1)


def _wrapped(name: str, letters: int) -> list[str]:
    return wrap(clean(name, 3 * letters), letters) or [""]


def _high(name: str, counts: bool) -> float:
    return max(CELL + (LINE if counts else 0), LINE * len(_wrapped(name, LETTERS)) + 0.05)


def _cell(
    ax: Axes, place: tuple[int, int], row: dict[str, Any], most: float, scale: str, counts: bool
) -> None:
    x, y = place
    value = float(row["estimate"])
    share = 0.0 if np.isnan(value) or not most else abs(value) / most
    words = "not known" if np.isnan(value) else alike(value, scale, most)
    below = value < 0 and words != "0"
    box = Rectangle(
        (x, y), 1, 1, facecolor=_tint(LESS if below else MORE, share), linewidth=0,
        edgecolor=EDGE, hatch="////" if below else "",
    )  # fmt: skip
    ax.add_patch(box)
    if counts:
        words += f"\n{counted(row['n'])}"
    ax.text(
        x + 0.5, y + 0.5, words, ha="center", va="center", fontsize=8, zorder=4,
        color=GREY if np.isnan(value) else "#1A1A1A",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.8 if below else 0.0},
    )  # fmt: skip


def _tint(colour: str, share: float) -> tuple[float, float, float]:
    """From nearly white to the colour; text in black stays readable on all of it."""
    strong = 0.06 + 0.94 * share
    red, green, blue = (1 - strong * (1 - part) for part in to_rgb(colour))
    return red, green, blue


def _sides(ax: Axes, down: Sequence[str], across: Sequence[str], names: Names) -> None:
    ax.set_xlim(0, max(1, len(across)))
    ax.set_ylim(max(1, len(down)), 0)
    ax.spines[:].set_visible(False)
    for line, many in ((ax.axvline, len(across)), (ax.axhline, len(down))):
        for at in range(1, many):
            line(at, color="white", linewidth=1.5, zorder=3)
    ax.tick_params(length=0, labelsize=8)
    ax.xaxis.tick_top()
    ax.set_xticks(
        [at + 0.5 for at in range(len(across))],
        ["\n".join(_wrapped(name, HEAD)) for name in across],
    )
    ax.set_yticks(
        [at + 0.5 for at in range(len(down))], ["\n".join(_wrapped(name, LETTERS)) for name in down]
    )
    if names.across_says:
        ax.xaxis.set_label_position("top")
        ax.set_xlabel(clean(names.across_says), color=GREY, fontsize=8)
    if names.down_says:
        ax.set_ylabel(clean(names.down_says), color=GREY, fontsize=8)


def _title_x(ax: Axes) -> float:
    """Where the title begins, in widths of the axes: at the left of the picture."""
    box = ax.get_position()
    return (0.02 - box.x0) / box.width

"""Who went from which advice to which decision and outcome: bands as wide as shares. A frame in, Axes out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from textwrap import wrap
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from scipy.optimize import isotonic_regression

from wfaudit.plots.figure import BLUE, GREY, LABEL, ORANGE, STYLE, WIDTH, clean, counted

HEADS = {"tier": "advice", "decision": "decision", "outcome": "outcome"}
LEFT, RIGHT, NODE = (
    0.82,
    3.72,
    0.09,
)  # inches: where the first and the last column stand, how wide a column is
TOP, BOTTOM, GAP = 0.58, 0.12, 0.09  # inches: above and below the bands, and between two nodes
LEAST, LINE = 2.0, 0.135  # inches: the least height of the bands, a line of a label
LETTERS, SMALL, NAME = 12, 6.8, 7.8  # letters of a node's line; sizes of type
KEY, ROW = 0.5, 0.2  # inches: the key below all panels, a row of it
ALIKE, UP, DOWN, OTHER = "as advised", "moved up", "moved down", "put together, or not known"
LOOKS: dict[str, dict[str, Any]] = {
    ALIKE: {"facecolor": "#D0D0D0", "edgecolor": "#6B6B6B", "hatch": ""},
    UP: {"facecolor": "#FBE3D3", "edgecolor": ORANGE, "hatch": "/////"},
    DOWN: {"facecolor": "#D6E8F4", "edgecolor": BLUE, "hatch": "....."},
    OTHER: {"facecolor": "#FFFFFF", "edgecolor": GREY, "hatch": "xxx"},
}
ENDS = ("#C4C4C4", "#EFEFEF", "#DCDCDC")  # bands to the outcomes, in their order


@dataclass(frozen=True, slots=True)
class Order:
    """What stands in each column: tiers and decisions with the lowest first, then those not known."""

    tiers: Sequence[str]
    decisions: Sequence[str]
    outcomes: Sequence[str]

    def moved(self, tier: str, decision: str) -> str:
        """Whether a decision lies above the advice, below it, or neither can be said."""
        ladder = self.tiers[:-1]
        if tier not in ladder or decision not in ladder:
            return OTHER
        step = ladder.index(decision) - ladder.index(tier)
        return ALIKE if not step else UP if step > 0 else DOWN

    def places(self, column: str, names: Sequence[str]) -> list[str]:
        """The names of a column from the top down; those put together stand by the first of them."""
        known = {"tier": self.tiers, "decision": self.decisions, "outcome": self.outcomes}[column]
        ladder = [*known[-2::-1], known[-1]] if column != "outcome" else list(known)
        at = {name: place for place, name in enumerate(ladder)}
        first = {
            n: min((at[k] for k in at if n.startswith(f"{k} or ")), default=len(at)) for n in names
        }
        return sorted(dict.fromkeys(names), key=lambda n: (at.get(n, first[n] + 0.5), n))


Nodes = dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class _Band:
    """From where to where (x, and the upper edge of each end), how high, how it looks, what it says."""

    x: tuple[float, float]
    y: tuple[float, float]
    height: float
    look: dict[str, Any]
    says: str


def flows(frame: pd.DataFrame, *, order: Order) -> tuple[Axes, ...]:
    """Draw one panel a group: nodes for advice, decision and outcome, bands as wide as shares of the group.

    ``frame`` has group, tier, decision, outcome, n, share and note. Each band says its share and n;
    those moved up are hatched with lines, those moved down are dotted, so that grey tells them too.
    """
    groups: list[tuple[str, Any]] = [
        (str(g), rows) for g, rows in frame.groupby("group", sort=False)
    ]
    heights = [_height(rows) for _, rows in groups]
    total = sum(heights) + KEY
    axes: list[Axes] = []
    with mpl.rc_context({**STYLE, "hatch.linewidth": 0.5}):
        canvas = Canvas(figsize=(WIDTH, total))
        above = 0.0
        for (name, rows), height in zip(groups, heights, strict=True):
            ax = canvas.add_axes((0, 1 - (above + height) / total, 1, height / total))
            _panel(ax, name, rows, order, height)
            axes.append(ax)
            above += height
        _key(canvas.add_axes((0, 0, 1, KEY / total)))
    return tuple(axes)


def describe_flow(frame: pd.DataFrame, *, order: Order) -> str:
    """The text alternative: for each group every band, with its share and how many people it is."""
    told: list[str] = []
    for name, rows in frame.groupby("group", sort=False):
        bands = [
            f"{a} to {b} {_says(n, share)}"
            for columns in pairwise(_columns(rows))
            for (a, b), n, share in _bands(rows, columns, order)
        ]
        told.append(f"{name} (n = {_people(rows)}): {'; '.join(bands) or next(iter(rows['note']))}")
    return "Flow chart from the advice to the decision and the outcome. " + ". ".join(told) + "."


# --- numbers


def _columns(rows: Any) -> list[str]:
    """The columns to draw: outcomes only where there are any, nothing where no number is told."""
    if bool(rows["n"].isna().any()):
        return []
    return [c for c in HEADS if bool((rows[c] != "").all())]


def _people(rows: Any) -> str:
    return counted(None if bool(rows["n"].isna().any()) else rows["n"].sum())


def _bands(
    rows: Any, columns: tuple[str, str], order: Order
) -> Iterator[tuple[tuple[str, str], int, float]]:
    """The bands between two columns, from the top down: their ends, how many people, which share."""
    sums = rows.groupby(list(columns), sort=False)[["n", "share"]].sum()
    starts, stops = (order.places(c, list(rows[c])) for c in columns)
    for ends in sorted(sums.index, key=lambda e: (starts.index(e[0]), stops.index(e[1]))):
        n, share = sums.loc[ends]
        yield ends, int(n), float(share)


def _says(n: int, share: float) -> str:
    return f"{100 * share:.1f} % (n = {n:,})"


def _height(rows: Any) -> float:
    columns = _columns(rows)
    labels = [len(rows.groupby(list(pair))) for pair in pairwise(columns)]
    lines = [sum(len(_wrapped(n)) for n in set(rows[c])) for c in columns]
    if not columns:
        return TOP + BOTTOM + 2 * LINE
    return TOP + BOTTOM + max(LEAST, LINE * max(labels), LINE * max(lines) + GAP * 3)


def _nodes(rows: Any, column: str, order: Order, height: float) -> Nodes:
    """Nodes of a column, filling it from the top down: where each begins, and how high it is."""
    names, shares = order.places(column, list(rows[column])), rows.groupby(column)["share"].sum()
    room = height - TOP - BOTTOM - GAP * (len(names) - 1)
    found: Nodes = {}
    top = height - TOP
    for name in names:
        found[name] = (top, float(shares[name]) * room)
        top -= found[name][1] + GAP
    return found


# --- the parts of a picture


def _panel(ax: Axes, name: str, rows: Any, order: Order, height: float) -> None:
    ax.set_xlim(0, WIDTH)
    ax.set_ylim(0, height)
    ax.set_axis_off()
    title = clean(name, 44) + f"  n = {_people(rows)}"
    ax.text(0.08, height - 0.16, title, fontsize=10, fontweight="bold", va="center")
    columns = _columns(rows)
    if not columns:
        ax.text(0.08, height - 0.42, clean(next(iter(rows["note"]))), style="italic", color=GREY)
        return
    where = dict(zip(columns, np.linspace(LEFT, RIGHT, len(columns)).tolist(), strict=True))
    nodes = {c: _nodes(rows, c, order, height) for c in columns}
    for pair in pairwise(columns):
        bands = list(_laid(rows, pair, order, nodes, where, height))
        _draw_bands(ax, bands, last=pair[1] == "outcome")
    for column in columns:
        _draw_nodes(
            ax,
            nodes[column],
            where[column],
            column,
            side=columns.index(column) / (len(columns) - 1),
        )


def _laid(
    rows: Any, pair: tuple[str, str], order: Order, nodes: dict[str, Nodes], where: Any, height: float
) -> Iterator[_Band]:  # fmt: skip
    """Bands between two columns, stacked at both ends."""
    starts, stops = ({name: top for name, (top, _) in nodes[c].items()} for c in pair)
    scale = [(height - TOP - BOTTOM - GAP * (len(nodes[c]) - 1)) for c in pair]
    x = (where[pair[0]] + NODE, where[pair[1]])
    for (a, b), n, share in _bands(rows, pair, order):
        look = LOOKS[order.moved(a, b)] if pair[0] == "tier" else _end(b, order)
        yield _Band(x, (starts[a], stops[b]), share * min(scale), look, _says(n, share))
        starts[a] -= share * scale[0]
        stops[b] -= share * scale[1]


def _end(outcome: str, order: Order) -> dict[str, Any]:
    at = list(order.outcomes).index(outcome) if outcome in order.outcomes else 2
    return {"facecolor": ENDS[min(at, 2)], "edgecolor": "#6B6B6B", "hatch": ""}


def _draw_bands(ax: Axes, bands: list[_Band], *, last: bool) -> None:
    for band in bands:
        (x0, x1), (a, b), h = band.x, band.y, band.height
        mid = (x0 + x1) / 2
        upper = [(x0, a), (mid, a), (mid, b), (x1, b)]
        lower = [(x1, b - h), (mid, b - h), (mid, a - h), (x0, a - h)]
        codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
        shape = Path([*upper, *lower, (x0, a)], codes)
        ax.add_patch(PathPatch(shape, linewidth=0.6, **band.look))
    side = 1 if last else 0
    wanted = [(band.y[side] - band.height / 2, band) for band in bands]
    ordered = sorted(wanted, key=lambda w: -w[0])
    for (y, band), at in zip(ordered, _spread([w[0] for w in ordered], LINE), strict=True):
        _label_band(ax, band, y, at, side)


def _label_band(ax: Axes, band: _Band, y: float, at: float, side: int) -> None:
    """What a band says stands where it has an end of its own; a line leads there if it was moved."""
    x = band.x[1] - 0.12 if side else band.x[0] + 0.12
    edge = band.x[1] if side else band.x[0]
    ax.plot([edge, x], [y, at], color=GREY, linewidth=0.5, zorder=3)
    look: dict[str, Any] = {"fontsize": SMALL, "bbox": {**LABEL, "pad": 0.4}, "zorder": 4}
    ax.text(x, at, band.says, ha="right" if side else "left", va="center", **look)


def _draw_nodes(ax: Axes, nodes: Nodes, x: float, column: str, *, side: float) -> None:
    """Bars with their names: to the left of the first column, to the right of the last, on the others."""
    _, height = ax.get_ylim()
    ha, at = {0.0: ("right", x - 0.06), 1.0: ("left", x + NODE + 0.06)}.get(
        side, ("center", x + NODE / 2)
    )
    ax.text(at, height - 0.42, HEADS[column], fontsize=NAME, color=GREY, ha=ha, va="center")
    names = [_wrapped(name) for name in nodes]
    wanted = [top - high / 2 for top, high in nodes.values()]
    places = _spread(wanted, LINE, [len(lines) for lines in names])
    for (top, high), lines, y in zip(nodes.values(), names, places, strict=True):
        ax.add_patch(
            Rectangle((x, top - high), NODE, high, color="#1A1A1A", linewidth=0.4, zorder=5)
        )
        look: dict[str, Any] = {"fontsize": NAME, "linespacing": 0.95, "bbox": LABEL, "zorder": 6}
        ax.text(at, y, "\n".join(lines), ha=ha, va="center", **look)


def _wrapped(name: str) -> list[str]:
    return wrap(clean(name, 4 * LETTERS), LETTERS) or [""]


def _spread(heights: Sequence[float], line: float, lines: Sequence[int] = ()) -> list[float]:
    """Heights from the top down, moved apart as little as labels of so many lines need."""
    wide = lines or [1] * len(heights)
    room = np.cumsum([0.0] + [line * (a + b) / 2 for a, b in pairwise(wide)])
    found: Any = isotonic_regression(np.array(heights) + room, increasing=False).x - room
    floor = line * wide[-1] / 2 + (room[-1] - room)
    return np.maximum(found, floor).tolist()


def _key(ax: Axes) -> None:
    """What the looks of the bands mean."""
    ax.set_xlim(0, WIDTH)
    ax.set_ylim(0, KEY)
    ax.set_axis_off()
    for at, (name, look) in enumerate(LOOKS.items()):
        x, y = 0.08 + 1.4 * (at % 3), KEY - ROW * (1 + at // 3)
        ax.add_patch(Rectangle((x, y), 0.18, 0.13, linewidth=0.6, **look))
        ax.text(x + 0.23, y + 0.06, name, fontsize=NAME, va="center")

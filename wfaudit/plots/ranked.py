"""Bars from 0, the longest first, each with its interval; groups side by side. A frame in, an Axes out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter

from wfaudit.choices import LEFT, PREDICTED
from wfaudit.plots.figure import (
    BLUE,
    GREY,
    LABEL,
    MOST_LETTERS,
    ORANGE,
    STYLE,
    WIDTH,
    alike,
    clean,
    counted,
    tick,
)

MOST, TOLD = 15, 10  # labels drawn, and of them told in words
MOST_GROUPS = 6  # side by side
NAME, BAR, GAP = 0.2, 0.17, 0.1  # inches: a label's line, a bar, the room below
WHOLE = (LEFT, PREDICTED)  # what the parts of a split add up to, and what is in none of them
Look = tuple[str, str, str, str]  # of a group: colour of edge and marker, filling, hatch, marker
LOOKS: tuple[Look, ...] = (
    (BLUE, "#B9D9EC", "", "o"),
    (ORANGE, "#FBE3D3", "////", "s"),
    (GREY, "#E8E8E8", "\\\\\\\\", "^"),
    ("#00694A", "#D5EAE2", "xxxx", "D"),
    ("#7B3294", "#E9DAF0", "--", "v"),
    ("#6B4E00", "#F1E6C8", "||||", "P"),
)
Row = dict[str, Any]
Words = Callable[[float], str]


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """What is drawn: labels with their rows, the longest first; what stands apart; how many are not drawn."""

    groups: tuple[str, ...]
    shown: tuple[tuple[str, list[Row]], ...]
    apart: tuple[tuple[str, list[Row]], ...]
    others: int
    most: float  # the longest bar that is not drawn
    longest: float  # of all


def ranked(
    frame: pd.DataFrame, *, scale: str = "number", title: str = "", most: int = MOST,
    band: tuple[float, float] | None = None, ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw a bar from 0 for each ``at`` and group, the longest first; beyond ``most`` they are counted.

    ``frame`` has at, group, n, estimate, low, high and note; ``scale`` is "rate", "value", "gap", "number" or
    "number gap". Groups differ in hatch and marker, which the key above names with their n. What parts add
    up to stands apart, below. ``band`` shades the declared tolerance.
    """
    told = rank(frame, most)
    with mpl.rc_context(STYLE):
        lines = _head(frame, told, title)
        ax = ax or _canvas(told, len(lines))
        if band:
            ax.axvspan(*band, color=BLUE, alpha=0.10, linewidth=0)
        y = 0.0
        for label, rows in (*told.shown, *told.apart):
            y = _draw(ax, y, label, rows, told, scale)
        if told.others:
            y = _count(ax, y, told, scale)
        _axes(ax, y, frame, scale)
        _key(ax, frame, told)
        ax.set_title("\n".join(lines), fontweight="bold", pad=9 + 13 * _key_lines(told))
    return ax


def describe_ranked(
    frame: pd.DataFrame, *, scale: str = "number", title: str = "", most: int = MOST
) -> str:
    """The text alternative: the longest bars in numbers, and how many there are besides."""
    told = rank(frame, most)
    head = f"Bar chart with intervals, the longest bar first. {title.rstrip('.')}. "
    sizes = "; ".join(f"{group}, n = {_n(frame, group)}" for group in told.groups)
    bars = "; ".join(
        _said(label, rows, told, scale) for label, rows in (*told.shown[:TOLD], *told.apart)
    )
    left = len(told.shown[TOLD:]) + told.others
    rest = f" {left} more are shorter." if left else ""
    return f"{head}{sizes}. {bars}.{rest}" if told.shown else f"{head}There is nothing to draw."


def rank(frame: pd.DataFrame, most: int = MOST) -> Ranked:
    """Labels by their longest bar over groups; equal ones as the frame has them.

    >>> rows = [{"at": a, "group": "g", "estimate": e} for a, e in (("age", 0.1), ("work", -0.4))]
    >>> [label for label, _ in rank(pd.DataFrame(rows)).shown]
    ['work', 'age']
    """
    rows: list[Row] = list(frame.to_dict("records"))  # type: ignore[arg-type]
    by: dict[str, list[Row]] = {}
    for row in rows:
        by.setdefault(str(row["at"]), []).append(row)
    longest = {label: max(map(_length, mine)) for label, mine in by.items()}
    order = sorted((label for label in by if label not in WHOLE), key=lambda one: -longest[one])
    left = order[most:] if len(order) > most + 1 else []
    shown = [label for label in order if label not in left]
    apart = [label for label in WHOLE if label in by and (label == PREDICTED or longest[label] > 0)]
    return Ranked(
        tuple(dict.fromkeys(str(row["group"]) for row in rows)),
        tuple((label, by[label]) for label in shown), tuple((label, by[label]) for label in apart),
        len(left), max((longest[label] for label in left), default=0.0),
        max(longest.values(), default=0.0),
    )  # fmt: skip


def _length(row: Row) -> float:
    return 0.0 if pd.isna(row["estimate"]) else abs(float(row["estimate"]))


# --- the parts of a picture


def _key_lines(told: Ranked) -> int:
    return -(-len(told.groups) // 2) if len(told.groups) > 1 else 0


def _head(frame: pd.DataFrame, told: Ranked, title: str) -> list[str]:
    """The title, and how many people where they are all of one group."""
    lines = wrap(clean(title, 160), 46)
    one = len(told.groups) == 1 and not _several_n(told)
    return [*lines, f"n = {_n(frame, told.groups[0])}"] if one else lines


def _height(told: Ranked) -> float:
    blocks = [rows for _, rows in (*told.shown, *told.apart)]
    bars = sum(NAME + GAP + BAR * len(rows) for rows in blocks)
    return bars + (NAME + GAP if told.others else 0) or NAME


def _canvas(told: Ranked, lines: int) -> Axes:
    """Axes with margins in inches, as high as its bars need."""
    above = 0.22 + 0.17 * lines + 0.19 * _key_lines(told)
    height = _height(told) + above + 0.5
    ax = Canvas(figsize=(WIDTH, height)).subplots()
    canvas: Any = ax.get_figure(root=True)
    canvas.subplots_adjust(0.045, 0.5 / height, 0.955, 1 - above / height)
    return ax


def _draw(ax: Axes, y: float, label: str, rows: list[Row], told: Ranked, scale: str) -> float:
    """The label, then a bar for each group below it; where the next one begins."""
    whole = label in WHOLE
    n = f"  n = {counted(rows[0].get('n'))}" if len(told.groups) == 1 and _several_n(told) else ""
    words = clean(label, MOST_LETTERS - len(n)) + n
    ax.text(
        0.0, y + NAME / 2, words, transform=ax.get_yaxis_transform(), va="center", fontsize=8.5,
        fontweight="bold" if whole else "normal", bbox=LABEL, in_layout=False, zorder=5,
    )  # fmt: skip
    y += NAME
    for row in rows:
        look = LOOKS[told.groups.index(str(row["group"])) % len(LOOKS)]
        _bar(ax, y + BAR / 2, row, look, lambda x: alike(x, scale, told.longest))
        y += BAR
    return y + GAP


def _several_n(told: Ranked) -> bool:
    return len({row.get("n") for _, rows in told.shown for row in rows}) > 1


def _bar(ax: Axes, y: float, row: Row, look: Look, words: Words) -> None:
    value, low, high = (float(row[c]) for c in ("estimate", "low", "high"))
    edge, fill, hatch, marker = look
    if np.isnan(value):
        ax.text(
            0.02, y, clean(row["note"]), transform=ax.get_yaxis_transform(), va="center", fontsize=8,
            style="italic", color=GREY, bbox=LABEL, in_layout=False,
        )  # fmt: skip
        return
    box = Rectangle(
        (min(value, 0.0), y - 0.4 * BAR), abs(value), 0.8 * BAR,
        facecolor=fill, edgecolor=edge, hatch=hatch, linewidth=0.7,
    )  # fmt: skip
    ax.add_patch(box)
    if not np.isnan(low):
        ax.plot([low, high], [y, y], color="#1A1A1A", linewidth=1.1, zorder=3)
    ax.plot([value], [y], marker, color=edge, markersize=4.5, markeredgecolor="white", zorder=4)
    ends = [x for x in (0.0, value, high) if not np.isnan(x)]
    ax.annotate(
        words(value), (max(ends), y), xytext=(5, 0), textcoords="offset points",
        va="center", fontsize=8, bbox=LABEL, annotation_clip=False,
    )  # fmt: skip


def _count(ax: Axes, y: float, told: Ranked, scale: str) -> float:
    """How many are not drawn: their lengths don't add up, so there is no bar of them together."""
    most = alike(told.most, scale.removesuffix(" gap"), told.longest)
    words = f"and {told.others} others, each at most {most}"
    ax.text(
        0.0, y + NAME / 2, words, transform=ax.get_yaxis_transform(), va="center",
        fontsize=8.5, style="italic", color=GREY, in_layout=False,
    )  # fmt: skip
    return y + NAME + GAP


def _axes(ax: Axes, height: float, frame: pd.DataFrame, scale: str) -> None:
    ends: Any = frame[["estimate", "low", "high"]].to_numpy(dtype=float)
    low, high = np.nanmin(ends, initial=0.0), np.nanmax(ends, initial=0.0)
    span = float(high - low) or 1.0
    ax.set_xlim(float(low) - 0.03 * span, float(high) + 0.2 * span)
    ax.set_ylim(height or NAME, 0.0)
    ax.set_yticks([])
    ax.axvline(0, color=GREY, linewidth=1)
    ax.grid(axis="x", color="#dddddd", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(length=0)
    words = {
        "gap": "difference in percentage points",
        "number": "value",
        "number gap": "difference",
    }
    ax.set_xlabel(words.get(scale, "share"))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: tick(float(x), scale)))


def _key(ax: Axes, frame: pd.DataFrame, told: Ranked) -> None:
    """Which group is which: its bar, its marker and its n."""
    if not _key_lines(told):
        return
    handles = [
        Line2D(
            [], [], marker=marker, color=edge, markersize=6, linewidth=0, markeredgecolor="white"
        )
        for edge, _, _, marker in (LOOKS[at % len(LOOKS)] for at in range(len(told.groups)))
    ]
    patches = [
        Rectangle((0, 0), 1, 1, facecolor=fill, edgecolor=edge, hatch=hatch, linewidth=0.7)
        for edge, fill, hatch, _ in (LOOKS[at % len(LOOKS)] for at in range(len(told.groups)))
    ]
    names = [f"{clean(group, 24)}, n = {_n(frame, group)}" for group in told.groups]
    ax.legend(
        list(zip(patches, handles, strict=True)), names, loc="lower left", ncols=2, frameon=False,
        bbox_to_anchor=(-0.01, 1.0), borderaxespad=0.35, borderpad=0.1, fontsize=8, columnspacing=1.2,
        labelspacing=0.3, handlelength=1.8,
    )  # fmt: skip


# --- words


def _n(frame: pd.DataFrame, group: str) -> str:
    """How many people of a group: the most of any row."""
    mine: Any = frame[frame["group"] == group]
    return counted(mine["n"].max()) if "n" in mine else "unknown"


def _said(label: str, rows: Sequence[Row], told: Ranked, scale: str) -> str:
    bars: list[str] = []
    for row in rows:
        who = f"{row['group']} " if len(told.groups) > 1 else ""
        if pd.isna(row["estimate"]):
            bars.append(f"{who}not known ({row['note']})")
            continue
        low, high, value = (alike(row[c], scale, told.longest) for c in ("low", "high", "estimate"))
        limits = (
            f" ({low} to {high})" if pd.notna(row["low"]) else f" ({row['note'] or 'no interval'})"
        )
        bars.append(f"{who}{value}{limits}")
    return f"{clean(label)}: {', '.join(bars)}"

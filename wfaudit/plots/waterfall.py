"""Bars from one total to another, each beginning where the one before ended. A frame in, an Axes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from textwrap import wrap
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter

from wfaudit.plots.figure import BLUE, GREY, LABEL, ORANGE, STYLE, WIDTH, clean, counted

ROW, BAR = 0.44, 0.36  # inches: the height of a row; of it, the height of a bar
LETTERS, FITS = (
    66,
    61,
)  # of the words above a bar: at most, and those that fit without smaller letters
ENDS = (0, -1)  # the rows that stand from 0, unless told
TOTAL, UP, DOWN, NONE = "total", "up", "down", "none"
LOOKS: dict[str, dict[str, Any]] = {
    TOTAL: {"facecolor": "#D9D9D9", "hatch": ""},
    UP: {"facecolor": "#FBE3D3", "hatch": "////"},
    DOWN: {"facecolor": "#D6E8F4", "hatch": ".."},
    NONE: {"facecolor": GREY, "hatch": ""},
}
EDGES = {TOTAL: "#1A1A1A", UP: ORANGE, DOWN: BLUE, NONE: GREY}


@dataclass(frozen=True, slots=True)
class _Bar:
    """One bar: from where to where, its interval, and what is written above it."""

    label: str
    start: float
    end: float
    low: float
    high: float
    kind: str
    value: float
    note: str


def waterfall(
    frame: pd.DataFrame, *, title: str = "", unit: str = "share", says: str = "tiers",
    totals: Sequence[int] = ENDS, ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw the first row as a bar from 0, each further one from where the last ended, the last from 0.

    ``frame`` has at, estimate, low, high, note, n and n_reference; the rows between the first and the
    last add up to the difference of these two. Bars that add are hatched with lines and end in an
    arrow to the right, bars that take away are dotted, with an arrow to the left; the thin line is the
    interval of the bar alone. ``unit`` is "share" (told in points) or "number", of what ``says`` names;
    ``totals`` are the rows that stand from 0: (-1,) where all rows add up to the last.
    """
    bars = _bars(frame, totals)
    with mpl.rc_context(STYLE):
        ax = ax or _canvas(len(bars))
        for y, bar in enumerate(bars):
            _draw(ax, y, bar)
            _write(ax, y, bar, unit)
        _join(ax, bars)
        _axes(ax, bars, unit, says)
        lines = [*wrap(clean(title, 160), 48), _people(frame)]
        ax.set_title("\n".join(lines), fontweight="bold")
    return ax


def describe_waterfall(
    frame: pd.DataFrame, *, title: str = "", unit: str = "share", says: str = "tiers",
    totals: Sequence[int] = ENDS,
) -> str:  # fmt: skip
    """The text alternative: where it begins, what each part adds or takes away, where it ends."""
    told = "; ".join(f"{bar.label} {_number(bar, unit)}" for bar in _bars(frame, totals))
    where = "in percentage points" if unit == "share" else f"in {says}"
    return f"Waterfall chart, {where}. {title.rstrip('.')} ({_people(frame)}). {told}."


def _bars(frame: pd.DataFrame, totals: Sequence[int]) -> list[_Bar]:
    """The bars of a frame, top first; a part that is not known has no length."""
    rows: list[dict[str, Any]] = list(frame.to_dict("records"))  # type: ignore[arg-type]
    bars: list[_Bar] = []
    reached = 0.0
    from_0 = {at % len(rows) for at in totals} if rows else set()
    for at, row in enumerate(rows):
        total = at in from_0
        value = float(row["estimate"])
        start, length = 0.0 if total else reached, 0.0 if np.isnan(value) else value
        kind = TOTAL if total else NONE if not length else UP if length > 0 else DOWN
        reached = start + length
        span = (start + float(row["low"]), start + float(row["high"]))
        bars.append(_Bar(clean(row["at"]), start, reached, *span, kind, value, row["note"] or ""))
    return bars


# --- the parts of a picture


def _canvas(rows: int) -> Axes:
    height = 1.3 + ROW * rows
    ax = Canvas(figsize=(WIDTH, height)).subplots()
    canvas: Any = ax.get_figure(root=True)
    canvas.subplots_adjust(0.045, 0.5 / height, 0.955, 1 - 0.7 / height)
    return ax


def _draw(ax: Axes, y: int, bar: _Bar) -> None:
    box = Rectangle(
        (min(bar.start, bar.end), y - BAR / 2), abs(bar.end - bar.start), BAR,
        edgecolor=EDGES[bar.kind], linewidth=1.0, **LOOKS[bar.kind],
    )  # fmt: skip
    ax.add_patch(box)
    marker = {UP: ">", DOWN: "<"}.get(bar.kind)
    if marker:
        ax.plot([bar.end], [y], marker, color=EDGES[bar.kind], markersize=6, zorder=4)
    if not np.isnan(bar.low):
        ax.plot([bar.low, bar.high], [y, y], color="#1A1A1A", linewidth=1.1, zorder=3)


def _write(ax: Axes, y: int, bar: _Bar, unit: str) -> None:
    """Name and number stand above the bar, so that the picture is readable on a phone."""
    number = _number(bar, unit)
    if len(bar.label) + len(number) > LETTERS and not np.isnan(bar.value) and np.isnan(bar.low):
        number = f"{_signed(bar.value, unit, 1)} (no interval)"  # the table says why
    words = f"{clean(bar.label, LETTERS - len(number))}:  {number}"
    ax.text(
        0.0, y - 0.36, words, transform=ax.get_yaxis_transform(), va="center",
        fontsize=8.5 * min(1.0, FITS / len(words)),
        fontweight="bold" if bar.kind == TOTAL else "normal", bbox=LABEL, in_layout=False, zorder=5,
    )  # fmt: skip


def _join(ax: Axes, bars: list[_Bar]) -> None:
    """A thin line from where a bar ends to where the next begins."""
    for y, (one, _) in enumerate(pairwise(bars)):
        ax.plot(
            [one.end, one.end],
            [y + BAR / 2, y + 1 - BAR / 2],
            color=GREY,
            linewidth=0.8,
            dashes=(2, 2),
        )


def _axes(ax: Axes, bars: list[_Bar], unit: str, says: str) -> None:
    ends = np.array([[bar.start, bar.end, bar.low, bar.high] for bar in bars] or [[0.0] * 4])
    low, high = float(np.nanmin(ends)), float(np.nanmax(ends))
    room = 0.06 * ((high - low) or 1.0)
    ax.set_xlim(low - room, high + room)
    ax.set_ylim(len(bars) - 0.5, -0.8)
    ax.set_yticks([])
    ax.axvline(0, color=GREY, linewidth=1)
    ax.grid(axis="x", color="#dddddd", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(length=0)
    share = unit == "share"
    ax.set_xlabel("difference in percentage points" if share else f"difference in {says}")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: _tick(float(x), share)))


# --- words and numbers


def _people(frame: pd.DataFrame) -> str:
    n, n_reference = (next(iter(frame[column]), None) for column in ("n", "n_reference"))
    return f"n = {counted(n)} and {counted(n_reference)}"


def _number(bar: _Bar, unit: str) -> str:
    """A part's number with its interval, or why it has none."""
    if np.isnan(bar.value):
        return bar.note
    digits = 1 if unit == "share" else 3
    if bar.high - bar.low < 10.0**-digits / (30 if unit == "share" else 1):
        digits += 1  # so narrow an interval would read as none
    if np.isnan(bar.low):
        return f"{_signed(bar.value, unit, digits)} ({bar.note})"
    parts = (bar.value, bar.low - bar.start, bar.high - bar.start)
    told, low, high = (_signed(x, unit, digits) for x in parts)
    return f"{told} ({low} to {high})"


def _signed(x: float, unit: str, digits: int) -> str:
    text = f"{100 * x if unit == 'share' else x:+.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}") if float(text) else text[1:]


def _tick(x: float, share: bool) -> str:
    points = round(100 * x if share else x, 6)
    return f"{points:+g}".replace("-", "\N{MINUS SIGN}") if points else "0"

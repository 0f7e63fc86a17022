"""Dots with interval lines: one a group, n beside each. A frame in, an Axes out."""

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

from wfaudit.plots.figure import (
    BLUE,
    GREY,
    LABEL,
    MOST_LETTERS,
    STYLE,
    WIDTH,
    clean,
    counted,
    number,
    tick,
)

ROW = 0.42  # inches: the height of a line


def intervals(
    frame: pd.DataFrame,
    *,
    scale: str = "rate",
    title: str = "",
    band: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a dot and an interval per group, n beside each; a group without a number shows why.

    ``scale`` is "rate", "value" (a share that may be negative), "gap" (points, a line at 0),
    "ratio" (log axis, a line at 1), "bounds", "number" or "number gap" (not shares); ``band`` shades
    the declared tolerance.
    """
    rows = _laid_out(frame)
    with mpl.rc_context(STYLE):
        head = wrap(clean(title, 160), 58)
        ax = ax or _canvas(len(rows), len(head))
        _frame_of_reference(ax, scale, band)
        for y, row in enumerate(rows):
            _draw_row(ax, y, row, scale)
        _label_rows(ax, rows)
        _number_axis(ax, frame, scale, band)
        ax.set_title("\n".join(head), fontweight="bold")
    return ax


def multiples(
    panels: Sequence[tuple[str, pd.DataFrame]], *, scale: str = "rate", columns: int = 2
) -> tuple[Axes, ...]:
    """Small multiples: one panel of dots and intervals for each (title, frame)."""
    columns = min(columns, len(panels))
    height = max(len(_laid_out(frame)) for _, frame in panels)
    lines = -(-len(panels) // columns)
    with mpl.rc_context(STYLE):
        size = (WIDTH * columns, lines * (1.0 + ROW * height))
        grid = Canvas(figsize=size, layout="constrained").subplots(lines, columns, squeeze=False)
        axes = list(grid.flat)
        for spare in axes[len(panels) :]:
            spare.set_axis_off()
        for ax, (title, frame) in zip(axes, panels, strict=False):
            intervals(frame, scale=scale, title=title, ax=ax)
    return tuple(axes[: len(panels)])


def describe(frame: pd.DataFrame, *, scale: str = "rate", title: str = "") -> str:
    """The text alternative: what the picture shows, in the numbers of its table."""
    rows = [r for r in frame.to_dict("records") if pd.notna(r["low"])]
    head = f"Chart of dots with interval lines. {title.rstrip('.')}. "
    if not rows:
        return head + "No group has a number; the table says why."
    told = rows if len(rows) <= 12 else [min(rows, key=_middle), max(rows, key=_middle)]
    lead = "" if told is rows else f"{len(rows)} groups; the lowest and the highest: "
    return head + lead + "; ".join(_told(row, scale) for row in told) + "."


# --- the parts of a picture


def _canvas(rows: int, lines: int) -> Axes:
    """Axes with margins in inches, room for the lines of a title: quicker than a layout engine."""
    top = max(0.35, 0.12 + 0.17 * lines)
    height = 0.55 + top + ROW * rows
    ax = Canvas(figsize=(WIDTH, height)).subplots()
    canvas: Any = ax.get_figure(root=True)
    canvas.subplots_adjust(0.045, 0.5 / height, 0.945, 1 - top / height)
    return ax


def _laid_out(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows to draw, top first, with a heading where the attribute or second axis changes."""
    rows: list[dict[str, Any]] = []
    several, last = len(set(frame["by"])) > 1, ""
    for row in frame.to_dict("records"):
        by = row["by"] if several and row["by"] != row["group"] else ""
        against = f"against {row['reference']}" if row["reference"] else ""
        heading = ", ".join(h for h in (by, row["at"], against) if h)
        if heading and heading != last:
            rows.append({"heading": heading})
        last = heading
        rows.append(row)
    return rows


def _draw_row(ax: Axes, y: int, row: dict[str, Any], scale: str) -> None:
    if "heading" in row:
        return
    low, high, estimate = row["low"], row["high"], row["estimate"]
    if pd.isna(low):
        ax.text(
            0.02, y, clean(row["note"]), transform=ax.get_yaxis_transform(), va="center",
            style="italic", color=GREY, bbox=LABEL, in_layout=False,
        )  # fmt: skip
        return
    ax.plot([low, high], [y, y], color=BLUE, linewidth=2.4, solid_capstyle="butt")
    if scale == "bounds" or pd.isna(estimate):
        ax.plot([low, high], [y, y], "|", color=BLUE, markersize=10)
    else:
        ax.plot([estimate], [y], "o", color=BLUE, markersize=7, markeredgecolor="white", zorder=3)
    span = f"{number(low, scale)} to {number(high, scale)}"
    whole = pd.isna(estimate)  # a span is longer than a number: it stands above its line
    ax.annotate(
        span if whole else number(estimate, scale), (high, y),
        xytext=(0, 8) if whole else (6, 0), textcoords="offset points",
        ha="right" if whole else "left", va="center", fontsize=8.5, bbox=LABEL,
        annotation_clip=False,
    )  # fmt: skip


def _label_rows(ax: Axes, rows: list[dict[str, Any]]) -> None:
    """Each label stands above its line, so that the picture is readable on a phone."""
    across = ax.get_yaxis_transform()
    for y, row in enumerate(rows):
        heading = "heading" in row
        n = "" if heading else f"  n = {counted(row['n'])}"  # a long name is cut short, never its n
        label = clean(row["heading"] if heading else row["group"], MOST_LETTERS - len(n)) + n
        ax.text(
            0.0, y if heading else y - 0.36, label, transform=across, va="center",
            fontweight="bold" if heading else "normal", bbox=LABEL, in_layout=False,
        )  # fmt: skip
    ax.set_yticks([])
    ax.set_ylim(len(rows) - 0.5, -0.8)


def _frame_of_reference(ax: Axes, scale: str, band: tuple[float, float] | None) -> None:
    if band:
        ax.axvspan(*band, color=BLUE, alpha=0.10, linewidth=0)
    if scale in ("gap", "ratio", "number gap"):
        ax.axvline(1.0 if scale == "ratio" else 0.0, color=GREY, linewidth=1)


def _number_axis(
    ax: Axes, frame: pd.DataFrame, scale: str, band: tuple[float, float] | None
) -> None:
    ax.grid(axis="x", color="#dddddd", linewidth=0.6)
    ax.set_axisbelow(True)
    limits: Any = frame
    low, high = float(limits["low"].min()), float(limits["high"].max())
    if scale.endswith("gap") and pd.notna(low):
        low, high = min(low, 0.0, *(band or ())), max(high, 0.0, *(band or ()))
    if scale == "ratio":
        _ratio_axis(ax, low, high)
    elif pd.notna(low):
        edge = 0.0 if scale in ("rate", "bounds") else low
        span = high - edge or 1.0
        ax.set_xlim(edge - 0.02 * span, edge + 1.18 * span)
    else:
        ax.set_xlim(0, 1)
    words = {
        "ratio": "ratio, log scale", "gap": "difference in percentage points", "number": "value",
        "number gap": "difference",
    }  # fmt: skip
    ax.set_xlabel(words.get(scale, "share"))
    if scale != "ratio":
        ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: tick(float(x), scale)))


def _ratio_axis(ax: Axes, low: float, high: float) -> None:
    low = 0.5 if pd.isna(low) else max(low, 0.02)
    high = 2.0 if pd.isna(high) else min(high, 50.0)
    ax.set_xscale("log")
    ax.set_xlim(min(low, 0.75) / 1.05, max(high, 1.3) * 1.25)
    ticks = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3, 5, 10, 20, 50]
    few = [t for t in ticks if ax.get_xlim()[0] <= t <= ax.get_xlim()[1]]
    ax.set_xticks(few if len(few) <= 9 else [t for t in few if t not in (0.3, 0.67, 1.5, 3)])
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.xaxis.set_minor_locator(NullLocator())


# --- words


def _middle(row: dict[str, Any]) -> float:
    return row["estimate"] if pd.notna(row["estimate"]) else row["low"]


def _told(row: dict[str, Any], scale: str) -> str:
    at = f"{row['at']}, " if row["at"] else ""
    against = f" against {row['reference']}" if row["reference"] else ""
    span = f"{number(row['low'], scale)} to {number(row['high'], scale)}"
    value = (
        f"{number(row['estimate'], scale)}, interval {span}" if pd.notna(row["estimate"]) else span
    )
    return f"{at}{row['group']}{against} (n = {counted(row['n'])}): {value}"

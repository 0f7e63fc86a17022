"""Rates against numbers of people, between the limits that chance keeps. A frame in, an Axes out."""

from textwrap import wrap
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter, NullLocator

from wfaudit.plots.figure import BLUE, GREY, LABEL, ORANGE, STYLE, WIDTH, clean, counted

HEIGHT = 5.1  # inches
LINES: dict[str, dict[str, Any]] = {
    "95": {"linestyle": (0, (2, 2)), "linewidth": 1.0},
    "998": {"linestyle": "-", "linewidth": 1.0},
}
NAMES = {"95": "95 %", "998": "99.8 %"}
NAMED: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 7.5, "bbox": LABEL}
# where a point lies: its shape, whether it is filled, its colour, what the legend says
INSIDE = ("", "")
LOOKS: dict[tuple[str, str], dict[str, Any]] = {
    INSIDE: {"marker": ".", "facecolors": GREY, "edgecolors": GREY, "s": 14},
    ("95 %", "above"): {"marker": "^", "facecolors": "white", "edgecolors": ORANGE, "s": 26},
    ("95 %", "below"): {"marker": "v", "facecolors": "white", "edgecolors": BLUE, "s": 26},
    ("99.8 %", "above"): {"marker": "^", "facecolors": ORANGE, "edgecolors": ORANGE, "s": 34},
    ("99.8 %", "below"): {"marker": "v", "facecolors": BLUE, "edgecolors": BLUE, "s": 34},
}


def funnel(
    frame: pd.DataFrame,
    lines: pd.DataFrame,
    *,
    rate: float,
    names: str = "units",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw a point for each unit at its number of people and its adjusted rate; nobody is named.

    ``frame`` has n, adjusted and outside (nothing, "95 %" or "99.8 %": the limits a unit lies at or
    beyond, its own ones); ``lines`` has n and the limits at the ``rate`` of all, low_95, high_95,
    low_998 and high_998. Points outside differ in shape (a triangle up or down) and in filling.
    """
    with mpl.rc_context(STYLE):
        ax = ax or Canvas(figsize=(WIDTH, HEIGHT), layout="constrained").subplots()
        ax.axhline(rate, color="#1A1A1A", linewidth=0.8)
        for name in LINES:
            _limits(ax, lines, name)
        for where, points in _placed(frame, rate).items():
            if len(points):
                label = f"{_where(where)} ({counted(len(points))})"
                at: Any = points["n"], points["adjusted"]
                ax.scatter(*at, label=label, linewidths=0.9, zorder=3, **LOOKS[where])
        _axes(ax, lines, names, bool(len(frame)))
        words = [*wrap(clean(title, 200), 46), f"{counted(len(frame))} {names}"]
        ax.set_title("\n".join(words), fontweight="bold")
    return ax


def describe_funnel(
    frame: pd.DataFrame, *, rate: float, names: str = "units", title: str = ""
) -> str:
    """The text alternative: how many units, of what size, and how many lie outside which limits."""
    if not len(frame):
        return f"Funnel chart. {title.rstrip('.')}. There are no {names} to show."
    placed = _placed(frame, rate)
    sizes = f"{counted(frame['n'].min())} to {counted(frame['n'].max())} people each"
    span = f"{100 * frame['adjusted'].min():.1f} to {100 * frame['adjusted'].max():.1f} %"
    outside = "; ".join(f"{len(points)} {_where(where)}" for where, points in placed.items())
    return (
        f"Funnel chart. {title.rstrip('.')}. {counted(len(frame))} {names} with {sizes}; rates, adjusted, "
        f"from {span}, about the {100 * rate:.1f} % of all. {outside}."
    )


def _placed(frame: pd.DataFrame, rate: float) -> dict[tuple[str, str], pd.DataFrame]:
    """The points that lie in each place; above is above the rate of all."""
    side = np.where(frame["adjusted"] > rate, "above", "below")
    side = np.where(frame["outside"] == "", "", side)
    found: dict[tuple[str, str], pd.DataFrame] = {}
    for level, way in LOOKS:
        mine: Any = frame.loc[np.asarray((frame["outside"] == level) & (side == way))]
        found[level, way] = mine
    return found


def _limits(ax: Axes, lines: pd.DataFrame, name: str) -> None:
    """Both limits of a level; the upper one carries its name."""
    for column in (f"low_{name}", f"high_{name}"):
        known = np.flatnonzero(lines[column].notna()) if column in lines else []
        if len(known):
            n, at = (lines[c].astype(float).tolist() for c in ("n", column))
            ax.plot(n, at, color=GREY, **LINES[name])
            place = int(known[len(known) // 3])
            if column.startswith("high"):
                ax.text(n[place], at[place], NAMES[name], **NAMED)


def _axes(ax: Axes, lines: pd.DataFrame, names: str, told: bool) -> None:
    ax.set_xscale("log")
    many: Any = lines["n"]
    low, high = float(many.min()), float(many.max())
    steps = (step * 10**power for power in range(9) for step in (1, 2, 5))
    ax.set_xlim(low / 1.06, high * 1.06)
    inside = [at for at in steps if low < at < high and min(at / low, high / at) > 1.12]
    ax.set_xticks([low, *inside, high] if high > low else [low])
    ax.set_xlabel(f"people of each of the {names} (log scale)")
    ax.set_ylabel("rate, adjusted for whom they had")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: counted(x)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{100 * y:g} %"))
    ax.grid(axis="y", color="#dddddd", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(length=0)
    if told:
        own = ax.legend(
            loc="upper left", bbox_to_anchor=(0.0, -0.15), frameon=False, fontsize=8,
            title="Marks go by each one's own limits, lines by the rate of all",
        )  # fmt: skip
        own.set_alignment("left")


def _where(where: tuple[str, str]) -> str:
    level, way = where
    return f"outside {level} limits, {way}" if level else "within the limits"

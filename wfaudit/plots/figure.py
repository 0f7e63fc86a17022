"""What every picture shares: the figure that knows its text alternative, the style, plain labels."""

import io
import math
import re
import unicodedata
import warnings
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes

BLUE, ORANGE, GREY = "#0072B2", "#B34700", "#555555"
LABEL = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
STYLE: dict[Any, Any] = {
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "svg.fonttype": "path",
    "svg.hashsalt": "wfaudit",
    "text.parse_math": False,
}
MOST_LETTERS = 56
PLAIN = " /:=;,()+!*@$-_.~?"  # what needs no escape in the address of an image, in quotes
WIDTH = 4.6  # inches: readable on a phone, two beside each other on a desk


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A drawn figure: its axes, its text alternative, and a form that notebooks keep."""

    axes: tuple[Axes, ...]
    alt: str

    def svg(self) -> str:
        """The figure as SVG, the same bytes for the same numbers."""
        text = io.StringIO()
        canvas = self.axes[0].get_figure(root=True)
        with mpl.rc_context(STYLE), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph .* missing from font")
            if canvas is not None:
                canvas.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
        return text.getvalue()

    def source(self) -> str:
        """The figure as the address of an image that stands in the page itself."""
        return "data:image/svg+xml," + quote(compact(self.svg()), safe=PLAIN)

    def _repr_html_(self) -> str:
        image = f'<img alt="{escape(self.alt)}" src="{self.source()}" style="max-width:100%">'
        return f"<figure>{image}<figcaption>{escape(self.alt)}</figcaption></figure>"


def compact(svg: str) -> str:
    """The same picture in fewer letters: a page holds many.

    >>> compact('<?xml?>\\n<svg>\\n <!-- a --> <path d="M 1 2 \\nL 3 4"/>\\n</svg>')
    '<svg><path d="M1 2L3 4"/></svg>'
    """
    svg = re.sub(
        r"<metadata>.*?</metadata>|<!--.*?-->", "", svg[svg.index("<svg") :], flags=re.DOTALL
    )
    svg = re.sub(r">\s+<", "><", svg.strip())
    svg = re.sub(r'(?<= d=")[^"]*', lambda path: re.sub(r"\s*([A-Za-z])\s*", r"\1", path[0]), svg)
    return re.sub(r"\s+", " ", svg)


def counted(n: Any) -> str:
    """How many people, thousands parted."""
    return "unknown" if pd.isna(n) else f"{int(n):,}"


def clean(text: Any, most: int = MOST_LETTERS) -> str:
    """A label that can't break a figure: no control or direction characters, shortened."""
    plain = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in str(text or ""))
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def number(x: float, scale: str) -> str:
    """A number as it stands in a picture of that scale.

    >>> number(0.123, "rate"), number(0.123, "gap"), number(0.0123, "number gap")
    ('12.3 %', '+12.3', '+0.0123')
    """
    if scale == "ratio":
        return f"{x:.2f}"
    if scale == "gap":
        return f"{100 * x:+.1f}" if abs(x) >= 5e-4 else "0"
    if scale.startswith("number"):
        return f"{x:+.3g}" if scale == "number gap" else f"{x:.3g}"
    return f"{100 * x:.1f} %"


def alike(x: float, scale: str, most: float) -> str:
    """A number among others, with as many places as the largest of them needs for three figures.

    >>> alike(0.0000409, "number gap", 0.138), alike(-0.0281, "number gap", 0.138), alike(0.5, "rate", 0.9)
    ('0', '−0.028', '50.0 %')
    """
    if not scale.startswith("number") or not most:
        return number(x, scale).replace("-", "−")
    places = max(0, 2 - math.floor(math.log10(most)))
    told = f"{x:+.{places}f}" if scale == "number gap" else f"{x:.{places}f}"
    return told.replace("-", "−") if float(told) else "0"


def tick(x: float, scale: str) -> str:
    """A number under an axis of that scale."""
    if scale.startswith("number"):
        return f"{round(x, 9):g}"
    points = f"{round(100 * x, 6):g}"
    return (f"+{points}" if x > 0 else points) if scale == "gap" else f"{points} %"

"""Numbers as a reader of the page meets them: points, shares, ratios; blank where there is nothing to say."""

from typing import Any

import pandas as pd

from wfaudit.result import SELF, Result

MARKS = {"raised": "▲", "cannot tell": "?", "clear": "✓"}
COMPARED = {"gap": "difference in points", "ratio": "ratio", "number gap": "difference"}
Row = dict[str, Any]


def counted(value: Any) -> str:
    """How many people.

    >>> counted(1234), counted(None)
    ('1,234', 'unknown')
    """
    return "unknown" if pd.isna(value) else f"{int(value):,}"


def alone(value: Any, result: Result) -> str:
    """A rate or another value by itself."""
    if pd.isna(value):
        return "not known"
    return f"{value:.3f}" if result.unit == "number" else f"{100 * value:.2f} %"


def compared(row: Row | None, result: Result | None) -> str:
    """A difference or ratio; blank where there is none, or a group is compared with itself."""
    if row is None or result is None or pd.isna(row["estimate"]) or row["note"] == SELF:
        return ""
    signs = {"gap": f"{100 * row['estimate']:+.2f}", "number gap": f"{row['estimate']:+.3f}"}
    return signs.get(result.scale, f"{row['estimate']:.3f}")


def span(row: Row | None, scale: str) -> str:
    """An interval on the scale it is told on.

    >>> span({"low": -0.012, "high": 0.2}, "gap"), span({"low": 0.1, "high": 0.2}, "rate")
    ('-1.20 to +20.00', '10.00 to 20.00 %')
    """
    if row is None or pd.isna(row["low"]):
        return ""
    low, high = row["low"], row["high"]
    if scale == "gap":
        return f"{100 * low:+.2f} to {100 * high:+.2f}"
    if scale == "ratio" or scale.startswith("number"):
        return f"{low:.3f} to {high:.3f}"
    return f"{100 * low:.2f} to {100 * high:.2f} %"

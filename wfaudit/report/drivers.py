"""Which variables move the score: the model in words, pictures, one table for each way people are parted."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from wfaudit.choices import EVERYONE, JOIN
from wfaudit.findings import ANSWERS, Finding
from wfaudit.report.also import picture
from wfaudit.report.cells import counted, span
from wfaudit.result import SELF, Moved, Result

IMPORTANCE = "mean_absolute_attribution"
KINDS = {"gap": "difference from the reference", "ratio": "ratio to the reference"}
TITLES = {
    IMPORTANCE: "How far each input moves the score",
    "attribution_gap": "What each input carries of the gap between groups",
}
Row = dict[str, Any]


def moving(moved: Moved, results: Sequence[Result], findings: Sequence[Finding]) -> dict[str, Any]:
    """The section on a model: its pictures, then a part for each measure."""
    mine = [r for r in results if r.measure in moved.measures]
    found = [f for f in findings if f.measure in moved.measures]
    return {
        "name": moved.name,
        "kind": moved.kind,
        "notes": moved.notes,
        "still": _still(mine),
        "looks": [(look.title, picture(look.draw(), look.says)) for look in moved.looks],
        "parts": [_part(name, mine, found) for name in dict.fromkeys(r.measure for r in mine)],
        "register": _register(moved.register),
        "counts": [(a, sum(f.answer == a for f in found)) for a in ANSWERS],
    }


def _still(results: Sequence[Result]) -> list[str]:
    """The inputs that move nobody's score at all, here."""
    every = next((r for r in results if r.measure == IMPORTANCE and not r.by), None)
    if every is None:
        return []
    return [row["at"] for row in every.table.to_dict("records") if row["estimate"] == 0]


def _register(table: pd.DataFrame | None) -> dict[str, Any] | None:
    """The register of inputs, a line each, its cells as a reader meets them."""
    if table is None:
        return None
    rows: list[Row] = list(table.to_dict("records"))  # type: ignore[arg-type]
    heads = [str(column) for column in table.columns]
    return {"heads": heads, "lines": [[_text(row[c]) for c in heads] for row in rows]}


def _text(cell: Any) -> str:
    return "" if cell is None or cell != cell else str(cell)


def _part(name: str, results: Sequence[Result], findings: Sequence[Finding]) -> dict[str, Any]:
    """One measure: what it says, how it was worked out, its tables, its sentences."""
    mine = [r for r in results if r.measure == name]
    single = [r for r in mine if len(r.by) < 2]
    return {
        "id": name,
        "title": TITLES.get(name, name.replace("_", " ").capitalize()),
        "definitions": list(dict.fromkeys(r.definition for r in mine)),
        "intervals": list(dict.fromkeys(r.interval for r in mine)),
        "tables": [_matrix(r) for r in single if len(r.table)],
        "crossed": len(mine) - len(single),
        "findings": sorted(
            (f for f in findings if f.measure == name), key=lambda f: ANSWERS.index(f.answer)
        ),
    }


def _matrix(result: Result) -> dict[str, Any]:
    """Inputs (or what else the second axis is) down, groups across: number and interval in each cell."""
    rows: list[Row] = [
        row
        for row in result.table.to_dict("records")
        if row["note"] != SELF  # type: ignore[union-attr]
    ]
    groups = list(dict.fromkeys(row["group"] for row in rows))
    labels = list(dict.fromkeys(row["at"] or "" for row in rows))
    at = {(row["at"] or "", row["group"]): row for row in rows}
    steady = {
        group: len({row["n"] for row in rows if row["group"] == group}) == 1 for group in groups
    }
    most = max((abs(row["estimate"]) for row in rows if pd.notna(row["estimate"])), default=0.0)
    return {
        "by": JOIN.join(result.by) or EVERYONE,
        "kind": KINDS.get(result.kind, ""),
        "against": ", ".join(dict.fromkeys(_against(row) for row in rows if row["reference"])),
        "at_name": result.at_name or "",
        "heads": [f"{g} (n = {counted(_first(rows, g)['n'])})" if steady[g] else g for g in groups],
        "lines": [
            (label, [_cell(at.get((label, g)), result, most, n=not steady[g]) for g in groups])
            for label in labels
        ],
    }


def _against(row: Row) -> str:
    return f"{row['reference']}, n = {counted(row['n_reference'])}"


def _first(rows: Sequence[Row], group: str) -> Row:
    return next(row for row in rows if row["group"] == group)


def _cell(row: Row | None, result: Result, most: float, *, n: bool) -> str:
    """A number with its interval, else why there is none; its n where that differs from row to row."""
    if row is None:
        return ""
    many = f", n = {counted(row['n'])}" if n else ""
    if pd.isna(row["estimate"]):
        return f"not known: {row['note']}{many}"
    if result.unit == "number":
        number, low, high = (_placed(row[c], most) for c in ("estimate", "low", "high"))
        limits = f"{low} to {high}"
    else:
        gap = result.kind == "gap"
        number = f"{100 * row['estimate']:+.2f}" if gap else f"{100 * row['estimate']:.2f} %"
        limits = span(row, result.scale)
    return (
        f"{number} ({limits}){many}" if pd.notna(row["low"]) else f"{number} ({row['note']}){many}"
    )


def _placed(x: float, most: float) -> str:
    """A number with four figures of the largest one's; what is smaller, but something, says so.

    >>> _placed(0.13838, 0.138), _placed(0.000004, 0.138), _placed(0.0, 0.138), _placed(12.0, 30.0)
    ('0.1384', 'below 0.0001', '0', '12.00')
    """
    if pd.isna(x) or x == 0:
        return "" if pd.isna(x) else "0"
    places = max(2, 3 - math.floor(math.log10(most))) if most else 4
    told = f"{x:.{places}f}"
    return (
        told
        if float(told)
        else f"below {10.0**-places:.{places}f}"
        if x > 0
        else f"above -{10.0**-places:.{places}f}"
    )

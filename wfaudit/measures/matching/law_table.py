"""The table that a published bias audit shows: a category a row, as data, as HTML, as CSV."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any, TypeAlias, cast

import pandas as pd

from wfaudit.choices import JOIN

# a caption, heads, and of each row the names and the cells
PlainTable: TypeAlias = tuple[
    str, tuple[str, ...], tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
]
EDGE = 'style="text-align:left;padding:2px 8px"'
COLUMNS = (
    "by", "group", "n", "k", "rate", "reference", "impact_ratio", "low", "high", "lowest", "highest",
    "share", "below_four_fifths", "left_out", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ImpactTable:
    """Rates and impact ratios of every category, what each rests on, and what must be said of them.

    ``table`` has one row a category: how many (``n``), how many of them count (``k``), their ``rate``, the
    category with the highest one (``reference``), the ``impact_ratio`` with its interval (``low``,
    ``high``), what it could be if people of unknown category belonged anywhere (``lowest``,
    ``highest``), the category's ``share`` of the people of its table, whether the ratio lies strictly
    below four fifths, and the justification if the auditor left it out. ``unknown`` says, for each
    table, how many people's category is not known (missing: the source does not say).
    """

    table: pd.DataFrame
    title: str
    rate: str  # what the rate is called
    counted: str  # what those who count did
    people: str
    interval: str
    unknown: dict[str, int | None]
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """A copy of the numbers, one row a category."""
        return self.table.copy()

    def to_csv(self) -> str:
        """The numbers as a text of comma-separated values, unrounded."""
        return str(self.table.to_csv(index=False))

    def tables(self) -> tuple[PlainTable, ...]:
        """Each table as it is printed: its caption, its heads, its rows, of which the first cells name it."""
        return tuple(self._printed(by) for by in dict.fromkeys(self.table["by"]))

    def to_html(self) -> str:
        """The tables and what must be said of them, without script or style sheet."""
        parts = map(_html, self.tables())
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        return f"<h2>{escape(self.title)}</h2>{''.join(parts)}<ul>{notes}</ul>"

    def __repr__(self) -> str:
        """The numbers, then what must be said of them."""
        shown = self.table.dropna(axis=1, how="all").to_string(index=False, na_rep="")
        return "\n".join([self.title, shown, *self.notes])

    def _repr_html_(self) -> str:
        return self.to_html()

    # --- one table of the page

    def _printed(self, by: str) -> PlainTable:
        lines = cast(Any, self.table[self.table["by"] == by]).to_dict("records")
        caption = f"{self.rate.capitalize()} and impact ratio by {by.replace(JOIN, ' and ')}"
        heads = (*by.split(JOIN), *self._heads(lines))
        rows = ((tuple(line["group"].split(JOIN)), tuple(_cells(line, lines))) for line in lines)
        return caption, heads, tuple(rows)

    def _heads(self, lines: list[dict[str, Any]]) -> Iterator[str]:
        yield f"number of {self.people}"
        yield f"number {self.counted}"
        yield from (self.rate, "impact ratio", self.interval)
        if _bounded(lines):
            yield "impact ratio if the unknown belonged anywhere"
        yield from ("share of the data", "below four fifths")
        if any(map(_noted, lines)):
            yield "note"


def _html(printed: PlainTable) -> str:
    caption, heads, rows = printed
    head = "".join(f'<th scope="col" {EDGE}>{escape(each)}</th>' for each in heads)
    body = "".join(
        "<tr>"
        + "".join(f'<th scope="row" {EDGE}>{escape(each)}</th>' for each in names)
        + "".join(f"<td {EDGE}>{escape(each)}</td>" for each in cells)
        + "</tr>"
        for names, cells in rows
    )
    return (
        f"<table><caption {EDGE}>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def _cells(line: dict[str, Any], lines: list[dict[str, Any]]) -> Iterator[str]:
    yield from (_count(line["n"]), _count(line["k"]), _percent(line["rate"]))
    yield from (_ratio(line["impact_ratio"]), _span(line["low"], line["high"]))
    if _bounded(lines):
        yield _span(line["lowest"], line["highest"])
    yield from (_percent(line["share"]), _said(line["below_four_fifths"]))
    if any(map(_noted, lines)):
        yield _noted(line)


def _bounded(lines: list[dict[str, Any]]) -> bool:
    return any(pd.notna(line["lowest"]) for line in lines)


def _count(value: Any) -> str:
    return "not known" if pd.isna(value) else f"{int(value):,}"


def _percent(value: Any) -> str:
    return "" if pd.isna(value) else f"{100 * value:.1f} %"


def _ratio(value: Any) -> str:
    return "" if pd.isna(value) else f"{value:.3f}"


def _span(low: Any, high: Any) -> str:
    if pd.isna(low):
        return ""
    return f"{low:.3f} to {high:.3f}" if pd.notna(high) else f"{low:.3f} or more"


def _said(value: Any) -> str:
    return "" if pd.isna(value) else "yes" if value else "no"


def _noted(line: dict[str, Any]) -> str:
    left = f"left out of the impact ratios: {line['left_out']}" if line["left_out"] else ""
    return "; ".join(part for part in (left, line["note"]) if part)

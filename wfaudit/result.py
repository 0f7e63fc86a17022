"""What every measure returns: one table of one shape, and what a reader needs to trust it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import pandas as pd

from wfaudit.choices import Choices, Tolerance
from wfaudit.errors import AuditError

if TYPE_CHECKING:
    from wfaudit.plots import Figure

COLUMNS = (
    "measure", "by", "group", "reference", "at", "n", "n_reference", "estimate", "low", "high", "note",
)  # fmt: skip
EVIDENCE = (
    "k", "n", "k_reference", "n_reference", "people", "clusters", "se", "df", "transform",
)  # fmt: skip
INTEGERS = ("n", "n_reference", "k", "k_reference", "people", "clusters")
NUMBERS = ("estimate", "low", "high", "se", "df")
Kind = Literal["rate", "value", "gap", "ratio", "bounds"]
Unit = Literal["share", "number"]
SELF = "compared with itself"


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """Estimates of one measure, with the counts behind each row.

    ``table`` has the columns of ``COLUMNS``, ``evidence`` those of ``EVIDENCE``, row for row.
    Shares lie in 0 to 1. ``kind`` says whether rows are rates, other values, gaps, ratios or best
    and worst cases; ``unit`` whether a value is a share or another number; ``interval`` says what
    ``low`` and ``high`` are; ``sentence`` how a comparison is told where it isn't one of rates;
    ``judged`` whether the default tolerance is meant for it.
    """

    table: pd.DataFrame
    evidence: pd.DataFrame
    measure: str
    kind: Kind
    definition: str
    interval: str
    choices: Choices
    among: str = ""
    does: str = ""
    at_name: str = ""
    at_values: tuple[str, ...] = ()
    by: tuple[str, ...] = field(default=())
    unit: Unit = "share"
    sentence: str = ""
    judged: bool = True

    def __post_init__(self) -> None:
        """Refuse a table of another shape: one shape serves every plot, finding and page."""
        for got, meant in ((self.table, COLUMNS), (self.evidence, EVIDENCE)):
            if tuple(got.columns) != meant or len(got) != len(self.table):
                raise AuditError(f"A result has the columns {meant}; got {tuple(got.columns)}.")

    @property
    def level(self) -> float:
        """The level of the intervals."""
        return self.choices.level

    @property
    def case(self) -> str:
        """The name of the case these numbers come from."""
        return self.choices.name

    @property
    def tolerance(self) -> Tolerance | None:
        """The tolerance declared for this measure; the default only where it is meant for it."""
        declared, default = dict(self.choices.tolerances), self.choices.default
        if default and default.scale == "ratio" and self.sentence:
            default = None  # values are judged on differences alone
        return declared.get(self.measure, default if self.judged else None)

    @property
    def scale(self) -> str:
        """What numbers are drawn as: shares, points, ratios, or plain numbers."""
        plain = {"value": "number", "gap": "number gap"}
        return plain.get(self.kind, self.kind) if self.unit == "number" else self.kind

    def to_frame(self) -> pd.DataFrame:
        """A copy of the estimates, one row a group (and tier, where there are tiers)."""
        return self.table.copy()

    def plot(self, *, ax: Any = None) -> "Figure":
        """Draw the estimates with their intervals; the figure knows its text alternative."""
        from wfaudit import plots  # matplotlib is heavy: numbers alone do without it

        title = {"gap": "Difference: ", "ratio": "Ratio: "}.get(self.kind, "") + self.definition
        tolerance = self.tolerance
        band = tolerance.limits if tolerance and tolerance.scale == self.kind else None
        drawn: dict[str, Any] = {"title": title, "band": band, "ax": ax}
        return plots.own(self.table, at_name=self.at_name, scale=self.scale, **drawn)

    def __repr__(self) -> str:
        """The definition, the kind of interval and the numbers."""
        numbers = self.table.drop(columns=["measure"]).to_string(index=False, na_rep="")
        return f"{self.definition}\n{self.interval}; case {self.case!r}\n{numbers}"

    def _repr_html_(self) -> str:
        head = f"<p><strong>{escape(self.definition)}</strong><br>{escape(self.interval)}; "
        return f"{head}case {escape(self.case)}</p>{html_table(self.table)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A picture of a whole: its title, what it shows in a sentence, and how it is drawn."""

    title: str
    says: str
    draw: Callable[[], "Figure"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moved:
    """What a report tells of a model: what it is, what must be said of it, its measures and pictures."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    notes: tuple[str, ...]
    measures: tuple[str, ...]
    looks: tuple[Look, ...]
    register: pd.DataFrame | None = None  # its inputs in words, a line each


def html_table(table: pd.DataFrame) -> str:
    """An accessible table that survives an untrusted notebook: scopes, and style attributes only."""
    columns = [
        c
        for c in table.columns
        if c != "measure" and bool((table[c].notna() & (table[c] != "")).any())
    ]
    edge = 'style="text-align:left;padding:2px 8px"'
    head = "".join(f'<th scope="col" {edge}>{escape(c.replace("_", " "))}</th>' for c in columns)
    lines: list[str] = []
    for row in cast(Any, table[columns]).to_dict("records"):
        cells = [(c, shown_number(c, row[c])) for c in columns]
        lines.append(
            "".join(
                f'<th scope="row" {edge}>{text}</th>' if c == "group" else f"<td {edge}>{text}</td>"
                for c, text in cells
            )
        )
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def shown_number(column: str, value: Any) -> str:
    """A cell of a table as a person reads it: thousands parted, four decimals, blank if unknown."""
    if value is None or pd.isna(value):
        return ""
    if column in INTEGERS:
        return f"{int(value):,}"
    return f"{value:.4f}" if column in NUMBERS else escape(str(value))


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table or of its evidence, as pandas' `to_dict` gives them, in a third of the time."""
    columns = [_plain(name, table[name]) for name in table]
    return [dict(zip(table.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(name: str, column: Any) -> list[Any]:
    return list(column.to_numpy(dtype=object, na_value=None) if name in INTEGERS else column)


def assemble(rows: dict[str, Any], evidence: dict[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give columns their order and types: integers that may be unknown, floats, text."""
    size = len(rows["group"])  # a result may have no rows at all
    frames: list[pd.DataFrame] = []
    for names, given in ((COLUMNS, rows), (EVIDENCE, evidence)):
        columns: dict[str, Any] = {}
        for name in names:
            values = given.get(name)
            columns[name] = _typed(name, values, size)
        frames.append(pd.DataFrame(columns, copy=False))
    return frames[0], frames[1]


def _typed(name: str, values: Any, size: int) -> Any:
    if values is None:
        values = [None] * size
    if name in INTEGERS:
        known = [v is not None and v == v and not np.isinf(v) for v in values]
        whole = [int(v) if there else 0 for v, there in zip(values, known, strict=True)]
        return pd.arrays.IntegerArray(np.array(whole, dtype=np.int64), ~np.array(known, dtype=bool))
    if name in NUMBERS:
        return np.array([np.nan if v is None else v for v in values], dtype=float)
    return pd.Series([None if v is None else str(v) for v in values], dtype=object)

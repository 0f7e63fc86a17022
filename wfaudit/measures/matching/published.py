"""Somebody else's audit, checked: every figure that is printed, recomputed from the counts beside it."""

from dataclasses import dataclass
from html import escape

import pandas as pd

from wfaudit.case import Case, Quality
from wfaudit.counts import Figure, disagreements, figures, has_printed, misprints
from wfaudit.counts.printed import CUT, DIFFERS, FROM_RATES, HIDDEN, NONE, OTHER, ROUNDED
from wfaudit.errors import AuditError
from wfaudit.result import html_table

ORDER = (ROUNDED, CUT, FROM_RATES, OTHER, DIFFERS, HIDDEN, NONE)


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """Every printed figure held against the counts, and in sentences what does not go together.

    ``table`` has one row a figure: the table it stands in (``by``), the category, which figure, as it was
    ``printed``, ``recomputed`` from the counts to as many digits, unrounded (``exact``, a share or a
    ratio), and ``how`` the one goes with the other.
    """

    table: pd.DataFrame
    says: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """A copy of the figures, one row each."""
        return self.table.copy()

    def __repr__(self) -> str:
        """The sentences."""
        return "\n".join(self.says)

    def _repr_html_(self) -> str:
        lines = "".join(f"<p>{escape(line)}</p>" for line in self.says)
        return lines + html_table(self.table.drop(columns=["exact"]))


def check_published(case: Case) -> Checked:
    """Recompute what a published audit prints, and list what does not reproduce from its own counts.

    The case is one of counts, with the figures as its publisher prints them declared as
    ``printed_rate`` and ``printed_ratio``. A figure reproduces if it is the recomputed one to as many
    digits, rounded or cut off (which of both is said). Told besides: ratios that are held against another
    category than the highest, categories without a ratio or a row, hidden cells, and tables that count
    the same people differently. Raises AuditError where nothing printed is declared.

    >>> import wfaudit as wf
    >>> found = check_published(wf.load("ll144_printed/scoring"))
    >>> print(found.says[1])
    race, Hispanic or Latino: rate printed 64.2 %, from the counts 64.3 %: cut off, not rounded.
    """
    if not has_printed(case):
        raise AuditError(
            "This case declares nothing that its publisher prints. Declare the columns of a published table: "
            'printed_rate = "…", printed_ratio = "…".'
        )
    found = figures(case)
    quality = [*misprints(case), *_hidden(case), *disagreements(case)]
    return Checked(_table(found), (_summary(found), *(each.says for each in quality)))


def _hidden(case: Case) -> list[Quality]:
    return [each for each in case.door.quality if each.code == "cells hidden"]


def _table(found: list[Figure]) -> pd.DataFrame:
    columns = ["by", "group", "figure", "n", "printed", "recomputed", "exact", "how"]
    return pd.DataFrame([_line(one) for one in found], columns=columns).astype({"n": "Int64"})


def _line(one: Figure) -> tuple[object, ...]:
    told = recomputed = ""
    exact = None if one.exact is None else float(one.exact)
    if one.printed:
        told = one.printed.says(one.printed.value)
        if one.exact is not None:
            recomputed = one.printed.says(one.exact)
            exact = float(one.exact) / (100 if one.printed.percent else 1)
    return one.by, one.group, one.kind, one.n, told, recomputed, exact, one.how


def _summary(found: list[Figure]) -> str:
    told = {how: sum(one.how == how for one in found) for how in ORDER}
    parts = [f"{n:,} {how}" for how, n in told.items() if n and how != NONE]
    printed = sum(one.printed is not None for one in found)
    return f"Of {printed:,} printed figures: {'; '.join(parts) or 'none can be recomputed'}."

"""Results of a swap, what must be said with them, and how they are judged."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import numpy as np

from wfaudit.choices import Choices
from wfaudit.errors import not_one_of
from wfaudit.estimators.estimates import Estimate
from wfaudit.findings import Findings, review
from wfaudit.result import SELF, Kind, Result, Unit, assemble


@dataclass(frozen=True, slots=True, eq=False)
class Swapped:
    """What was measured on texts: results, notes, and findings where a tolerance was declared."""

    results: tuple[Result, ...]
    notes: tuple[str, ...]

    @property
    def findings(self) -> Findings:
        """Every comparison, judged by the declared tolerances."""
        return review(self.results)

    def measure(self, name: str, *, compared: bool = True) -> Result:
        """One result: comparisons with the reference, or each side alone."""
        kind: Kind = "gap" if compared else "value"
        for result in self.results:
            if (result.measure, result.kind) == (name, kind):
                return result
        raise not_one_of("measure", name, dict.fromkeys(r.measure for r in self.results))

    def __repr__(self) -> str:
        """The findings, then what must be said with them."""
        return "\n".join([repr(self.findings), *(f"Note: {note}." for note in self.notes)])

    def _repr_html_(self) -> str:
        notes = "".join(f"<p>{escape(note)}.</p>" for note in self.notes)
        return shown_as(self.findings) + notes


def shown_as(what: Any) -> str:
    """What a notebook shows of something."""
    return what._repr_html_()


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How a measure is told."""

    measure: str
    says: str
    sentence: str
    unit: Unit = "number"

    @property
    def judged(self) -> bool:
        """Whether it is told that no tolerance was declared; places in lists are judged where one was."""
        return self.unit == "number"


def cut(shown: Estimate, unit: Unit, *, gap: bool) -> Estimate:
    """The limits of a share end at 0 and 1, those of a gap of shares at -1 and 1.

    >>> from wfaudit.estimators.means import Amounts, mean
    >>> found = mean(Amounts.of([12, 11, 11, 11]))
    >>> print(f"{cut(found, 'share', gap=False).high} {cut(found, 'number', gap=False).high:.3f}")
    1.0 1.100
    """
    if unit != "share":
        return shown
    edges = (-1.0 if gap else 0.0, 1.0)
    low, high = (np.clip(each, *edges) for each in (shown.low, shown.high))
    return replace(shown, low=low, high=high)


def line(by: str, group: str, n: int, shown: Estimate, **more: Any) -> dict[str, Any]:
    """One row: a number with its limits, or the reason why it has none; it stands where nothing varies.

    >>> from wfaudit.estimators.means import Amounts, mean
    >>> line("name", "a", 1, mean(Amounts.of([1, 3, 9, 1])))["note"]
    '1 with an amount: fewer than 10, no interval'
    """
    note = str(shown.note)
    kept = {name: float(getattr(shown, name)) for name in ("estimate", "se", "low", "high")}
    if note and kept["estimate"] != 0 and not note.startswith("nothing varies"):
        kept = dict.fromkeys(kept, np.nan)
    found: dict[str, Any] = {"by": by, "group": group, "n": n, "note": note, **kept, **more}
    if not np.isnan(kept["se"]):
        found |= {"df": float(getattr(shown, "df", np.inf)), "transform": "identity"}
    return found


def itself(by: str, group: str, n: int) -> dict[str, Any]:
    """The row of the group that all others are compared with."""
    return {
        "by": by, "group": group, "reference": group, "n": n, "n_reference": n, "estimate": 0.0, "note": SELF,
    }  # fmt: skip


def result(
    choices: Choices, words: Words, kind: Kind, interval: str, lines: Iterable[dict[str, Any]]
) -> Result:
    """Rows as a result of a measure."""
    lines = [{"measure": words.measure} | one for one in lines]
    names = dict.fromkeys(name for one in lines for name in one)
    columns = {name: [one.get(name) for one in lines] for name in names}
    table, evidence = assemble(columns, {n: columns[n] for n in names if n != "estimate"})
    told = f"{100 * choices.level:g} % {interval}"
    by = (lines[0]["by"],)
    return Result(
        table, evidence, words.measure, kind, words.says, told, choices, by=by, unit=words.unit,
        sentence=words.sentence, judged=words.judged,
    )  # fmt: skip

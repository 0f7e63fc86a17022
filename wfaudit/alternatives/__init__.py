"""Was it worth it? The model against doing without, on the same people, under every outcome declared."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from wfaudit.alternatives.parts import PARTS
from wfaudit.alternatives.people import chance, cut_off, outcomes, timed
from wfaudit.alternatives.rivals import Field, field
from wfaudit.alternatives.tables import compared, curves, lacking
from wfaudit.alternatives.words import CALLED, conclusions, curve, sentences
from wfaudit.case import Case
from wfaudit.errors import AuditError, not_one_of
from wfaudit.result import Result, html_table

if TYPE_CHECKING:
    from wfaudit.plots import Figure

By = str | tuple[str, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """The model against each way of doing without it.

    ``results`` hold every number (the model less what it is compared with), ``rules`` the rules found,
    in words, ``sentences`` the numbers about everyone in words, ``cannot`` what could not be compared
    and why, ``notes`` what to know of the people, ``conclusions`` whether the sign is the same under
    every definition of the outcome, ``curve`` the net benefit over thresholds, ``cut`` the declared one.
    """

    name: str
    results: tuple[Result, ...]
    rules: tuple[str, ...]
    sentences: tuple[str, ...]
    cannot: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    conclusions: pd.DataFrame
    curve: pd.DataFrame
    cut: float | None = None

    def plot(self, outcome: str | None = None, *, ax: Any = None) -> "Figure":
        """Draw the net benefit over thresholds, by the first definition of the outcome or the one named."""
        from wfaudit import plots  # matplotlib is heavy: numbers alone do without it

        there = list(dict.fromkeys(self.curve["outcome"]))
        if not there:
            why = dict(self.cannot).get("net_benefit", "nothing could be compared")
            raise AuditError(f"There is no net benefit to draw: {why}.")
        if outcome is not None and outcome not in there:
            raise not_one_of("outcome with a net benefit", outcome, there)
        name = outcome or there[0]
        frame: Any = self.curve[self.curve["outcome"] == name]
        title = f"Net benefit over thresholds, {name}"
        axes = plots.curve(frame, title=title, cut=self.cut, ax=ax)
        return plots.Figure((axes,), plots.describe_curve(frame, title=title, cut=self.cut))

    def __repr__(self) -> str:
        """Rules, sentences, the table of conclusions, and what could not be compared."""
        head = [f"Was it worth it? Case {self.name!r}", *self.notes]
        rules = [f"Rule: {rule}" for rule in self.rules]
        lacks = [f"Not compared: {who}: {why}" for who, why in self.cannot]
        table = ["The model, compared with:", self.conclusions.to_string(index=False)]
        parts = [head, rules, self.sentences, table if len(self.conclusions) else [], lacks]
        return "\n\n".join("\n".join(part) for part in parts if part)

    def _repr_html_(self) -> str:
        lines = "".join(
            f"<li>{escape(s)}</li>" for s in (*self.notes, *self.rules, *self.sentences)
        )
        lacks = "".join(f"<li>{escape(who)}: {escape(why)}</li>" for who, why in self.cannot)
        told = f"<p>Not compared:</p><ul>{lacks}</ul>" if lacks else ""
        head = f"<p><strong>Was it worth it? Case {escape(self.name)}</strong></p>"
        return f"{head}<ul>{lines}</ul>{_html(self.conclusions)}{told}"


def _html(table: pd.DataFrame) -> str:
    shown = table.rename(columns={"measure": "comparison"})
    return html_table(shown) if len(table) else ""


def worth(
    case: Case, *, by: By = None, inputs: Sequence[str] | None = None, seed: int = 0
) -> Worth:
    """Compare the model with doing without it: nobody, everybody, simple rules, people, the version before.

    Rules of one and of three variables are found in one half of the people (``inputs`` says among
    which variables, ``seed`` how the halves are drawn) and judged in the other. Rules and the version
    before flag as many as the model; against what caseworkers decided, the errors are those the model
    would make flagging as many as they did. Intervals take the rules and those cuts as given.

    >>> import wfaudit as wf
    >>> found = worth(wf.load("plain"))
    >>> found.conclusions[["measure", "compared with", "outcome"]].values[0].tolist()
    ['auc_difference', 'nobody', 'better']
    """
    check(case)
    keys = case.keys(by)
    against = field(case, keys, inputs, seed)
    absent = [(name, why) for name, part in PARTS.items() if (why := lacking(case, part))]
    possible = [name for name in PARTS if name not in dict(absent)]
    results = tuple(compared(case, keys, against, name) for name in possible)
    drawn = tuple(curves(case, keys, against)) if chance(case) else ()
    cut = cut_off(case)
    flat = () if drawn else (("net_benefit", "the case declares no score that is a probability"),)
    return Worth(
        case.choices.name, (*results, *(one for _, one in drawn)), tuple(_rules(against)),
        tuple(sentences(case, results)), (*against.lacks, *timed(case), *absent, *flat),
        tuple(_notes(case, against)), conclusions(results), curve(drawn),
        None if np.isnan(cut) else cut,
    )  # fmt: skip


# --- what can be asked, what is told beside


def check(case: Case) -> None:
    """Stop before any person is read if a case can't be compared with doing without its model."""
    case.unweighted("worth")
    if case.evidence == "counts":
        raise AuditError("worth needs people, one row each; this case holds published counts.")
    if not outcomes(case):
        raise AuditError(
            "worth needs an outcome that is yes or no, which this case does not declare. Add it under "
            '[roles], for example outcome = "<column>".'
        )
    if not {"score", "flagged"} & set(case.roles):
        raise AuditError(
            "worth needs the model's score or its flag, and this case declares neither. Add one under "
            '[roles], for example score = "<column>".'
        )


def _rules(against: Field) -> Iterator[str]:
    for name, rule in against.rules:
        yield f"{CALLED[name]}: {rule.says}"


def _notes(case: Case, against: Field) -> Iterator[str]:
    yield from against.notes
    if against.rules:
        n = int(against.ground.n.sum())
        yield f"Rules were found in one half of the people and judged in the other ({n:,} rows)."
    score = against.ground.at("score")
    if (
        chance(case)
        and score is not None
        and (lost := int(against.ground.n[np.isnan(score)].sum()))
    ):
        yield f"The net benefit leaves out {lost:,} who have no score."
    if len(outcomes(case)) > 1 and chance(case):
        yield (
            "The score states the chance of one outcome. Under another definition its cut-off may lie "
            "elsewhere, which the net benefit shows."
        )

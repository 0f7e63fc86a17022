"""The main elements of the decision on one person, in plain words: for a notebook, and nowhere else.

What is made here is personal data. No result, audit, report, file or log takes it in: it can't be stored, its
``repr`` shows nothing of it, and nothing of it is remembered beside the case.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pandas as pd

from wfaudit.attributions import way
from wfaudit.case import Case, decode
from wfaudit.errors import AuditError
from wfaudit.errors import rows as many_rows
from wfaudit.measures.drivers.people import EVERYBODY, Behind, behind_of, model_of, people
from wfaudit.measures.drivers.singly import other_tiers, word
from wfaudit.models import Model

if TYPE_CHECKING:
    from wfaudit.plots import Figure

SHOWN = 5  # inputs told that raise, and as many that lower
TINY = 1e-9
PERSONAL = "Personal data of one person"
KEEP_OUT = (
    f"{PERSONAL}: don't save a notebook with it, nor pass it on to anybody who may not see this "
    "person's file."
)
HERE, OTHERS = "everybody here", "the group compared with"


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """The main elements of the decision on one person, against the people they are compared with.

    ``parts`` has input, value and attribution, what raises most first; ``changes`` has each single change
    that would lead to another tier: input, value, to, what that value is, tier. ``steps`` counts the
    smallest single changes that were tried, and how many of them lead to another tier.
    """

    score: float
    tier: str
    predicted: float
    base: float
    unit: str
    says: str
    against: str
    parts: pd.DataFrame
    changes: pd.DataFrame
    steps: tuple[int, int]
    why_no_tier: str
    error: float

    def __repr__(self) -> str:
        """That it is personal data, and nothing of it."""
        return (
            f"<{PERSONAL}: shown in a notebook, or by .sentences; never in a report, result or log>"
        )

    def __reduce__(self) -> NoReturn:
        """Refuse to be stored or sent on."""
        raise AuditError(f"{PERSONAL} is not stored. Ask wfaudit.measures.drivers.explain again.")

    @property
    def sentences(self) -> tuple[str, ...]:
        """The main elements of the decision, in plain words."""
        return (self._score(), *self._elements(), *self._other_tiers(), *self._stable())

    def _score(self) -> str:
        tier = f", which is the tier “{self.tier}”" if self.tier else ""
        raw = f" ({self.predicted:+.2f} {self.unit})" if self.unit == "log-odds" else ""
        return (
            f"The model gives a score of {self.score:.3g}{raw}{tier}. On average "
            f"{self.against} is at {self.base:+.2f} {self.unit}. Compared with {self.says}."
        )  # fmt: skip

    def _elements(self) -> Iterator[str]:
        """What raises the score most, then what lowers it most."""
        for rows, moves in ((self.raising, "raises"), (self.lowering, "lowers")):
            for row in _records(rows):
                size = f"{_size(row['attribution'])} {self.unit}"
                yield f"{row['input']} ({row['value']}) {moves} the score by {size} against {self.against}."
        if self.error:
            error = f"{self.error:.2g} {self.unit}"
            yield f"These numbers are sampled, each with a standard error of about {error}."

    def _other_tiers(self) -> Iterator[str]:
        if self.why_no_tier:
            yield f"Whether another answer would lead to another tier is not known: {self.why_no_tier}."
            return
        for tier in dict.fromkeys(self.changes["tier"]):
            mine = [row for row in _records(self.changes) if row["tier"] == tier]
            each = "; ".join(
                f"{row['input']} at {row['to']} instead of {row['value']}" for row in mine
            )
            yield f"Each of these alone, all else kept, would lead to the tier “{tier}”: {each}."
        if not len(self.changes):
            yield "No single input at its most frequent or middle value here would lead to another tier."

    def _stable(self) -> Iterator[str]:
        tried, moved = self.steps
        if tried and not self.why_no_tier:
            yield (
                f"Of {tried} smallest changes (one number moved to the next value that somebody here has), "
                f"{moved} would lead to another tier."
            )

    @property
    def raising(self) -> pd.DataFrame:
        """The inputs that raise the score most, the strongest first."""
        parts: Any = self.parts
        return parts[parts["attribution"] > TINY].head(SHOWN)

    @property
    def lowering(self) -> pd.DataFrame:
        """The inputs that lower the score most, the strongest first."""
        parts: Any = self.parts
        return parts[parts["attribution"] < -TINY].iloc[::-1].head(SHOWN)

    def _repr_html_(self) -> str:
        lines = "".join(f"<li>{escape(line)}</li>" for line in self.sentences)
        head = f'<p style="border:2px solid;padding:4px"><strong>{escape(KEEP_OUT)}</strong></p>'
        return f"{head}<p><strong>Main elements of the decision</strong></p><ul>{lines}</ul>"

    def plot(self) -> "Figure":
        """Draw what raises and what lowers the score most; the figure is personal data too."""
        from wfaudit import plots  # matplotlib is heavy: numbers alone do without it

        rows: Any = pd.concat([self.raising, self.lowering])
        frame = pd.DataFrame({
            "at": rows["input"] + " (" + rows["value"] + ")", "group": "this person", "n": 1,
            "estimate": rows["attribution"], "low": np.nan, "high": np.nan, "note": "one person",
        })  # fmt: skip
        how: dict[str, Any] = {
            "scale": "number gap",
            "title": f"{PERSONAL}: what moves the score, in {self.unit}",
        }
        return plots.Figure((plots.ranked(frame, **how),), plots.describe_ranked(frame, **how))

    def to_shap(self) -> Any:
        """The same as a ``shap.Explanation``, for shap's own pictures."""
        with warnings.catch_warnings():  # of its own, while it loads
            warnings.simplefilter("ignore")
            from shap import Explanation  # heavy, and wanted here alone

        return Explanation(
            values=self.parts["attribution"].to_numpy(), base_values=self.base,
            data=self.parts["value"].to_numpy(), feature_names=list(self.parts["input"]),
        )  # fmt: skip


def explain(
    case: Case, model: Any, *, person: str, background: Behind = EVERYBODY, row: int | None = None,
    seed: int = 0,
) -> Explained:  # fmt: skip
    """The main elements of the decision on one person: score, tier, what moves it, what would alter it.

    ``person`` is the id in the column declared as person; ``row`` which of several rows (from 1).
    Attributions are interventional Shapley values of what the model adds up, as in
    ``importance``. For a notebook only.

    >>> from wfaudit.models import points
    >>> people = pd.DataFrame({"id": ["a", "b", "c"], "flag": [0, 0, 1], "work": ["yes", "yes", "no"]})
    >>> roles = {"person": "id", "flagged": "flag"}
    >>> case = Case.from_dict({"source": people, "roles": roles, "inputs": {"work": {}}})
    >>> found = explain(case, points({"work": {"yes": 0, "no": 3}}), person="c")
    >>> found
    <Personal data of one person: shown in a notebook, or by .sentences; never in a report, result or log>
    >>> found.sentences[1]
    'work (no) raises the score by 2.00 points against everybody here.'
    """
    asked = model_of(case, model)
    mine = _row(case, asked, person, row)
    behind = behind_of(case, asked, background, seed)
    found = way(asked, behind, seed=seed)
    told = found.of(mine, 0)
    changes, steps, tier, why = other_tiers(case, asked, behind, mine)
    parts = pd.DataFrame({
        "input": list(asked.inputs), "value": [word(mine[name].iloc[0]) for name in asked.inputs],
        "attribution": told.values[0],
    })  # fmt: skip
    error = 0.0 if told.error is None else float(np.sqrt(told.error[0]).mean())
    return Explained(
        score=float(asked.score(mine)[0]), tier=tier, predicted=float(told.predicted[0]), base=found.base,
        unit=found.unit, says=f"{behind.says}; {found.says}",
        against=HERE if isinstance(background, str) else OTHERS,
        parts=parts.sort_values("attribution", ascending=False, kind="stable", ignore_index=True),
        changes=changes, steps=steps, why_no_tier=why, error=error,
    )  # fmt: skip


def _row(case: Case, model: Model, person: str, row: int | None) -> pd.DataFrame:
    """The inputs of one person; messages name no id, neither the one given nor one that exists."""
    if "person" not in case.roles:
        raise AuditError('The case declares no person. Add person = "<column>" under [roles].')
    found: list[Any] = []
    for batch in people(case, model, {"person": case.columns["person"]}):
        at, values = batch.others["person"]
        wanted = [place for place, one in enumerate(values) if decode.text_of(one) == str(person)]
        found.append(batch.inputs[np.isin(at, wanted)])
    mine = pd.concat(found, ignore_index=True)
    if not len(mine):
        raise AuditError(
            "Nobody in this case has the id that was given (ids are not repeated here). Give one as it "
            "stands in the column declared as person."
        )
    if (row is None and len(mine) > 1) or not 1 <= (row or 1) <= len(mine):
        raise AuditError(
            f"This person has {many_rows(len(mine))}. Say which one: row=1 is the first of the source, "
            f"row={len(mine)} the last."
        )
    one = mine.iloc[[(row or 1) - 1]].reset_index(drop=True)
    if np.isnan(model.score(one)[0]):
        raise AuditError("The model gives this person no score, so there is nothing to explain.")
    return one


def _size(value: float) -> str:
    return f"{abs(value):.2f}" if abs(value) >= 0.1 else f"{abs(value):.2g}"


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return list(frame.to_dict("records"))  # type: ignore[arg-type]

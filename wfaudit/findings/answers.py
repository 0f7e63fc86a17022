"""Findings: an answer in one plain sentence, the numbers it rests on, and the rows behind it."""

from dataclasses import asdict, dataclass
from html import escape
from typing import Any, Literal

import pandas as pd

from wfaudit.choices import Scale

Answer = Literal["raised", "clear", "cannot tell"]
ANSWERS: tuple[Answer, ...] = ("raised", "cannot tell", "clear")
CODES = {"gap": "WF101", "ratio": "WF102"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer about people, the numbers it rests on, and the rows behind it.

    ``rows`` holds the row compared and the two rate rows. ``p`` is one-sided, against the
    tolerance, by inverting the printed interval; raised needs p (adjusted within the family)
    at or below half of one minus the level.
    """

    code: str
    answer: Answer
    answer_unadjusted: Answer
    says: str
    measure: str
    by: str
    group: str
    reference: str
    at: str
    scale: Scale
    tolerance: float | None
    family: str
    p: float | None
    p_adjusted: float | None
    smallest_visible: float | None
    rows: tuple[dict[str, Any], ...]

    def __repr__(self) -> str:
        """The answer and the sentence."""
        return f"[{self.code}, {self.answer}] {self.says}"


class Findings(tuple[Finding, ...]):
    """Findings in the order of the results; shows itself as a table, raised first."""

    __slots__ = ()

    def to_frame(self) -> pd.DataFrame:
        """One row a finding, without the rows behind it."""
        return pd.DataFrame([{k: v for k, v in asdict(f).items() if k != "rows"} for f in self])

    def __repr__(self) -> str:
        """How many of each answer, then the sentences."""
        told = ", ".join(f"{sum(f.answer == a for f in self)} {a}" for a in ANSWERS)
        return "\n".join([f"{len(self)} findings: {told}", *map(repr, self.sorted())])

    def _repr_html_(self) -> str:
        lines = "".join(
            f'<tr><th scope="row" style="text-align:left;vertical-align:top">{f.answer}</th>'
            f'<td style="text-align:left">{escape(f.says)}</td></tr>'
            for f in self.sorted()
        )
        names = ("answer", "finding")
        cells = "".join(f'<th scope="col" style="text-align:left">{name}</th>' for name in names)
        head = f"<tr>{cells}</tr>"
        return f"<table><thead>{head}</thead><tbody>{lines}</tbody></table>"

    def sorted(self) -> list[Finding]:
        """Raised first, then what can't be told, then what is clear."""
        return sorted(self, key=lambda f: ANSWERS.index(f.answer))

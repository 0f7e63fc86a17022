"""What the numbers say of the model, in words: sentences, and whether they say the same throughout."""

from collections.abc import Iterator
from typing import Any, cast

import pandas as pd

from wfaudit.alternatives.parts import PARTS
from wfaudit.alternatives.people import OUTCOME, cut_off
from wfaudit.alternatives.rivals import BEFORE, DECISION, EVERYBODY, NOBODY, ONE, PREVIOUS, THREE
from wfaudit.case import Case
from wfaudit.choices import EVERYONE
from wfaudit.result import Result

BETTER, NO_BETTER, WORSE, UNKNOWN = "better", "no better", "worse", "cannot tell"
NUMBERS = ("n", "estimate", "low", "high", "note")
CALLED = {
    NOBODY: "flagging nobody", EVERYBODY: "flagging everybody", ONE: "the one-variable rule",
    THREE: "the three-variable rule", BEFORE: "what caseworkers thought before the advice",
    DECISION: "the decision", PREVIOUS: "the previous version",
}  # fmt: skip


def conclusions(results: tuple[Result, ...]) -> pd.DataFrame:
    """For each comparison: what it says of the model under every definition of the outcome.

    The errors of flagging nobody or everybody are what they are by definition, so they are left out.
    """
    lines: dict[Any, dict[str, str]] = {}
    for result in results:
        good = PARTS[result.measure].good
        for row in cast(Any, result.table).to_dict("records") if good else ():
            key = (row["measure"], row["reference"], row["group"])
            if "_rate_" in row["measure"] and row["reference"] in (NOBODY, EVERYBODY):
                continue
            lines.setdefault(key, {})[row["at"]] = _answer(good * row["low"], good * row["high"])
    heads = ("measure", "compared with", "group")
    return pd.DataFrame(
        [
            dict(zip(heads, key, strict=True)) | told | {"the same": _same(told)}
            for key, told in lines.items()
        ]
    )


def _answer(low: float, high: float) -> str:
    """What an interval says of the model: wholly above or below none, at most none, or neither.

    >>> _answer(0.1, 0.2), _answer(-0.2, -0.1), _answer(-0.2, 0.0), _answer(-0.1, 0.1)
    ('better', 'worse', 'no better', 'cannot tell')
    """
    low, high = sorted((low, high))
    if high < 0:
        return WORSE
    return BETTER if low > 0 else NO_BETTER if high <= 0 else UNKNOWN


def _same(told: dict[str, str]) -> str:
    if len(told) < 2:
        return "one definition only"
    return "yes" if len(set(told.values())) == 1 else "no"


def curve(curves: tuple[tuple[str, Result], ...]) -> pd.DataFrame:
    """The curves of everyone side by side; ``at`` says the outcome and the threshold in one text."""
    columns = ("flagging", "at", "outcome", "threshold", *NUMBERS)
    lines = [
        {"flagging": name, "at": row["at"], **_place(row["at"])} | {c: row[c] for c in NUMBERS}
        for name, result in curves
        for row in cast(Any, result.table).to_dict("records")
        if row["by"] == EVERYONE
    ]
    return pd.DataFrame(lines, columns=list(columns))


def _place(at: str) -> dict[str, Any]:
    outcome, _, threshold = at.rpartition(", at ")
    return {"outcome": outcome, "threshold": float(threshold)}


def sentences(case: Case, results: tuple[Result, ...]) -> Iterator[str]:
    """Every number about everyone that has an interval, in a sentence."""
    for result in results:
        for row in cast(Any, result.table).to_dict("records"):
            if row["by"] == EVERYONE and not pd.isna(row["low"]):
                yield _sentence(case, result, row)


def _sentence(case: Case, result: Result, row: dict[str, Any]) -> str:
    words = case.choices.words
    events, others = f"{words.people} who {words.outcome}", f"{words.people} who {words.no_outcome}"
    if row["at"] not in ("", OUTCOME):
        events, others = (f"{words.people} {w} “{row['at']}”" for w in ("with", "without"))
    even = row["reference"] not in (NOBODY, EVERYBODY)
    sign = -1 if "{theirs}" in result.sentence else 1
    low, high = sorted(100 * sign * row[end] for end in ("low", "high"))
    size = 100 * sign * row["estimate"]
    gap = result.kind == "gap"
    told = result.sentence.format(
        events=events, others=others, people=words.people, cut=cut_off(case), size=f"{size:.1f}",
        rival=CALLED[row["reference"]], mine=_more(size), theirs=_more(size),
        even=", both flagging as many" if even else "",
        under="" if row["at"] in ("", OUTCOME) else f", by the outcome “{row['at']}”",
    )  # fmt: skip
    span = _span(low, high) if gap else f"{low:.1f} to {high:.1f}"
    return f"{told} ({100 * result.level:g} % interval {span}; n = {row['n']:,})."


def _more(points: float) -> str:
    return f"{abs(points):.1f} {'more' if points >= 0 else 'fewer'}"


def _span(low: float, high: float) -> str:
    """An interval of a difference without a minus sign.

    >>> _span(-1.24, 3.0), _span(-3.0, -1.0)
    ('1.2 fewer to 3.0 more', '1.0 to 3.0 fewer')
    """
    if low < 0 < high:
        return f"{-low:.1f} fewer to {high:.1f} more"
    small, large = sorted((abs(low), abs(high)))
    return f"{small:.1f} to {large:.1f} {'more' if low >= 0 else 'fewer'}"

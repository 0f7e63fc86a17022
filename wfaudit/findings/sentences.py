"""One comparison in plain sentences about people: what was compared, how far apart, what follows."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from wfaudit.choices import Choices, Tolerance
from wfaudit.findings.answers import Answer
from wfaudit.findings.judged import Draft

PLAIN = 1  # the base of numbers that don't count people

# what a raised disparity means for those it falls on: (measure, flag is) -> sentence with more/less
MEANS: dict[tuple[str, str], tuple[str, str]] = {
    ("selection_rate", "help"): (
        "This help reaches them more often.",
        "This help reaches them less often.",
    ),
    ("selection_rate", "burden"): (
        "This burden falls on them more often.",
        "This burden falls on them less often.",
    ),
    ("false_negative_rate", "help"): (
        "More often than those they are compared with they go without this help although they {outcome}.",
        "Less often than those they are compared with they go without this help although they {outcome}.",
    ),
    ("false_negative_rate", "burden"): (
        "More often than those they are compared with they are spared this burden although they {outcome}.",
        "Less often than those they are compared with they are spared this burden although they {outcome}.",
    ),
    ("false_positive_rate", "help"): (
        "More often than those they are compared with they get this help although they {no_outcome}.",
        "Less often than those they are compared with they get this help although they {no_outcome}.",
    ),
    ("false_positive_rate", "burden"): (
        "More often than those they are compared with they bear this burden although they {no_outcome}.",
        "Less often than those they are compared with they bear this burden although they {no_outcome}.",
    ),
}


def sentences(draft: Draft, answer: Answer, unadjusted: Answer) -> Iterator[str]:
    """What was compared and how far apart it is, the answer, and what it means for those it falls on."""
    row, result = draft.row, draft.result
    if pd.isna(row["estimate"]):
        yield f"{_subject(draft)}: {row['note']}."
        return
    base, digits = _base(draft)
    yield _compared(draft, base, digits)
    if draft.tolerance is None:
        yield "Cannot tell: no tolerance was declared for this measure."
    elif pd.isna(row["low"]):
        yield f"Cannot tell: {row['note']}."
    else:
        yield _judgement(draft, answer, unadjusted, base)
    if answer == "raised":
        yield from _meaning(draft, result.choices)


def _subject(draft: Draft) -> str:
    row, choices = draft.row, draft.result.choices
    if draft.result.sentence:
        who, what = choices.whom(row["by"], row["group"]), draft.result.definition
        what += f"; {row['at']}" if row["at"] else ""
        return f"Cannot tell for {who}, compared with {choices.whom(row['by'], row['reference'])} ({what})"
    who, reference = (
        choices.whom(row["by"], row["group"]),
        choices.whom(row["by"], row["reference"]),
    )
    told = " ".join(f"{who} {_among(draft)} {_did(draft)}".split())
    return f"Cannot tell how often {told}, compared with {reference}"


def _among(draft: Draft) -> str:
    """Of whom we speak, in the tier asked for."""
    return draft.result.among.replace("{at}", draft.row["at"] or "")


def _did(draft: Draft) -> str:
    """What happened to them, in the tier asked for."""
    return draft.result.does.replace("{at}", draft.row["at"] or "")


def _base(draft: Draft) -> tuple[int, int]:
    """Speak of 100 people, or of more where rates are small; with a decimal where it matters."""
    row = draft.row
    if draft.result.sentence:
        return (100, 1) if draft.result.unit == "share" else (PLAIN, 2 if _large(draft) else 3)
    shares = draft.shares
    base = 100 if max(shares) >= 0.02 else 1_000 if max(shares) >= 0.002 else 10_000
    if row["scale"] == "gap" and pd.notna(row["low"]):
        mine, theirs = (round(base * s) for s in shares)
        coherent = mine - theirs == round(base * row["estimate"])
        return base, 0 if coherent and base * (row["high"] - row["low"]) >= 4 else 1
    return base, 1


def _large(draft: Draft) -> bool:
    values = [draft.row, *(side for side in draft.rates if side is not None)]
    return max(abs(value["estimate"]) for value in values) >= 1


def _compared(draft: Draft, base: int, digits: int) -> str:
    row, choices = draft.row, draft.result.choices
    if draft.result.sentence:
        return _told(draft, base, digits)
    mine, theirs = (f"{base * share:.{digits}f}" for share in draft.shares)
    group = choices.whom(row["by"], row["group"])
    reference = choices.whom(row["by"], row["reference"])
    first = " ".join(f"Of {base:,} {group} {_among(draft)}".split())
    such = "such " if draft.result.among else ""
    span = "no interval"
    if pd.notna(row["low"]):
        span = f"{100 * draft.result.level:g} % interval {_interval(row, base, digits)}"
    told = f"{first}, {mine} {_did(draft)}; of {base:,} {such}{reference}, {theirs}"
    counted = f"n = {row['n']:,} and {row['n_reference']:,}"
    return f"{told}: {_difference(row, base, digits)}, {span} ({counted})."


def _told(draft: Draft, base: int, digits: int) -> str:
    """A comparison of values that are not rates, in the sentence of its measure."""
    row, choices = draft.row, draft.result.choices
    values = [np.nan if side is None else base * side["estimate"] for side in draft.rates]
    span = "no interval"
    if pd.notna(row["low"]):
        span = f"{100 * draft.result.level:g} % interval {_interval(row, base, digits)}"
    group, reference = (choices.whom(row["by"], row[side]) for side in ("group", "reference"))
    mine, theirs = (_more(value, digits, base, "just as many") for value in values)
    told = draft.result.sentence.format(
        group=group, reference=reference, mine=f"{values[0]:.{digits}f}", at=row["at"],
        theirs=f"{values[1]:.{digits}f}", mine_more=mine, theirs_more=theirs,
    )  # fmt: skip
    if np.isnan(values).any() and "{mine" in draft.result.sentence:
        told = f"{group}, compared with {reference} ({draft.result.definition})"
    counted = f"n = {row['n']:,} and {row['n_reference']:,}"
    return f"{told}: {_difference(row, base, digits)}, {span} ({counted})."


def _difference(row: dict[str, Any], base: int, digits: int) -> str:
    if row["scale"] == "ratio":
        return f"{row['estimate']:.3f} times as often"
    return _more(base * row["estimate"], digits, base, "no difference")


def _more(points: float, digits: int, base: int, none: str) -> str:
    size, (more, fewer) = f"{abs(points):.{digits}f}", _ways(base)
    if float(size) == 0:
        return none
    return f"{size} {more if points > 0 else fewer}"


def _ways(base: int) -> tuple[str, str]:
    """Of people there are more or fewer; other numbers are higher or lower."""
    return ("higher", "lower") if base == PLAIN else ("more", "fewer")


def _interval(row: dict[str, Any], base: int, digits: int) -> str:
    if row["scale"] == "ratio":
        return f"{row['low']:.3f} to {row['high']:.3f}"
    low, high = base * row["low"], base * row["high"]
    more, fewer = _ways(base)
    if low < 0 < high:
        return f"{-low:.{digits}f} {fewer} to {high:.{digits}f} {more}"
    small, large = sorted((abs(low), abs(high)))
    return f"{small:.{digits}f} to {large:.{digits}f}{f' {fewer}' if low + high < 0 else ''}"


def _judgement(draft: Draft, answer: Answer, unadjusted: Answer, base: int) -> str:
    assert draft.tolerance is not None
    limit = _limit(draft.tolerance, base)
    if answer == "raised":
        return f"Raised: beyond the declared tolerance ({limit})."
    if answer == "clear":
        low, high = draft.row["low"], draft.row["high"]
        neutral = 0.0 if draft.tolerance.scale == "gap" else 1.0
        if low > neutral or high < neutral:
            return f"Clear: a difference, smaller than the declared tolerance ({limit})."
        least, most = draft.tolerance.limits
        if least <= low and high <= most:
            return f"Clear: within the declared tolerance ({limit})."
        level = 100 * (2 * draft.result.level - 1)  # what clear is judged by
        return f"Clear: its {level:g} % interval lies within the declared tolerance ({limit})."
    lead = f"Cannot tell against the declared tolerance ({limit})"
    if unadjusted == "raised":
        lead += "; taken alone it would be raised, among all comparisons of its family it is not"
    return f"{lead}; {_visible(draft, base)}."


def _limit(tolerance: Tolerance, base: int) -> str:
    if tolerance.scale == "gap":
        return f"{base * tolerance.value:g}{_out_of(base)}"
    return f"{tolerance.value:g} to {1 / tolerance.value:g} times"


def _out_of(base: int) -> str:
    return "" if base == PLAIN else f" in {base:,}"


def _visible(draft: Draft, base: int) -> str:
    if np.isnan(draft.smallest):
        what = "ratio" if draft.tolerance and draft.tolerance.scale == "ratio" else "gap"
        return f"with so few people no {what}, however large the disparity, is likely to be shown"
    assert draft.tolerance is not None
    if draft.tolerance.scale == "gap":
        digits = 3 if base == PLAIN else 1
        told = f"{base * draft.smallest:.{digits}f}{_out_of(base)}"
        way = ", in the direction that shows sooner" if pd.isna(draft.proof["se"]) else ""
        return f"the smallest gap these data would probably have shown, taken alone, is {told}{way}"
    return (
        "the weakest ratio, above or below one, that these data would probably have shown, taken "
        f"alone, is {draft.smallest:.2f}"
    )


def _meaning(draft: Draft, choices: Choices) -> Iterator[str]:
    pair = MEANS.get((draft.row["measure"], choices.flag_is or ""))
    if pair:
        neutral = 0.0 if draft.row["scale"] == "gap" else 1.0
        more = draft.row["estimate"] > neutral
        words = choices.words
        yield pair[0 if more else 1].format(outcome=words.outcome, no_outcome=words.no_outcome)

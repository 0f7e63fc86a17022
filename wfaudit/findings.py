"""From result rows to answers: raised, clear or cannot tell, each in one plain sentence.

Reads results and their evidence, never counts or rows. Families and multiplicity live here.

A tolerance t is declared before looking. Raised: the interval lies wholly beyond t. Clear: the
90 % Miettinen-Nurminen interval (for a 95 % level) lies wholly within t, an equivalence test.
Anything else is "cannot tell", with the smallest disparity these data could have shown.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from html import escape
from typing import Any, Literal

import numpy as np
import pandas as pd

from wfaudit.choices import ADJUST, Adjust, Choices, Scale, Tolerance
from wfaudit.estimators import clusters, intervals, visible
from wfaudit.estimators.adjust import benjamini_hochberg, benjamini_yekutieli, holm
from wfaudit.result import SELF, Result, records

Answer = Literal["raised", "clear", "cannot tell"]
ANSWERS: tuple[Answer, ...] = ("raised", "cannot tell", "clear")
CODES = {"gap": "WF101", "ratio": "WF102"}
METHODS = {"Holm": holm, "BH": benjamini_hochberg, "BY": benjamini_yekutieli}
POWER = 0.8
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


def review(results: Sequence[Result]) -> Findings:
    """Judge every row that compares a group with a reference, on the scale its measure declares."""
    rates = {key: row for r in results if r.kind in ("rate", "value") for key, row in _keyed(r)}
    drafts = [
        _draft(result, row, proof, rates)
        for result in results
        if result.kind in ("gap", "ratio") and _judged(result)
        for row, proof in _pairs(result)
        if row["note"] != SELF
    ]
    return Findings(_spoken(d) for d in _adjusted(_judge(drafts)))


# --- one comparison


@dataclass(frozen=True, slots=True)
class _Draft:
    result: Result
    row: dict[str, Any]
    proof: dict[str, Any]
    rates: tuple[dict[str, Any] | None, dict[str, Any] | None]
    tolerance: Tolerance | None
    p: float
    clear: bool
    smallest: float
    p_adjusted: float = np.nan

    @property
    def shares(self) -> tuple[float, float]:
        """The two rates compared."""
        proof = self.proof
        if pd.isna(proof["k"]) or pd.isna(proof["k_reference"]):  # weighted: no plain counts
            mine, theirs = (np.nan if row is None else row["estimate"] for row in self.rates)
            return mine, theirs
        return proof["k"] / proof["n"], proof["k_reference"] / proof["n_reference"]

    @property
    def family(self) -> str:
        """The family declared for this measure, or for this measure by this group."""
        return self._place[0]

    @property
    def adjusts(self) -> Any:
        """How p-values of this family are adjusted for there being many."""
        return METHODS[self._place[1]]

    @property
    def _place(self) -> tuple[str, Adjust]:
        measure, by = self.row["measure"], self.row["by"]
        choices = self.result.choices
        confirmed = {measure, f"{measure} by {by}"} & set(choices.confirm)
        how = choices.confirm_with if confirmed else choices.screen_with
        return f"{'confirm' if confirmed else 'screen'} ({ADJUST[how]})", how


def _judged(result: Result) -> bool:
    """Each measure is judged on one scale: the declared one; without a tolerance, on the gap."""
    if result.tolerance is None and not result.judged:
        return False
    return result.kind == (result.tolerance.scale if result.tolerance else "gap")


def _draft(
    result: Result, row: dict[str, Any], proof: dict[str, Any], rates: dict[Any, Any]
) -> _Draft:
    key = (row["measure"], row["by"], row["at"])
    pair = (rates.get((*key, row["group"])), rates.get((*key, row["reference"])))
    return _Draft(result, row, proof, pair, result.tolerance, np.nan, False, np.nan)


def _judge(drafts: list[_Draft]) -> list[_Draft]:
    """P-values, whether it is clear, and what would have been seen: of all of one kind at once."""
    found = list(drafts)
    for (scale, known, level), at in _kinds(drafts).items():
        of = [drafts[i] for i in at]
        above, below = _beyond(of, scale, known, printed=True)
        p = np.minimum(above[:, 1], below[:, 0]).tolist()
        above, below = _beyond(of, scale, known, printed=False)
        clear = (np.maximum(above[:, 0], below[:, 1]) <= 1 - level).tolist()
        smallest = _smallest_with_se(of) if known else _smallest(of, scale, level)
        for i, *told in zip(at, p, clear, smallest, strict=True):
            found[i] = replace(found[i], p=told[0], clear=told[1], smallest=told[2])
    return found


def _kinds(drafts: list[_Draft]) -> dict[tuple[Scale, bool, float], list[int]]:
    """Which comparisons with an interval and a tolerance are judged in the same way."""
    kinds: dict[tuple[Scale, bool, float], list[int]] = {}
    for at, draft in enumerate(drafts):
        if draft.tolerance is not None and not pd.isna(draft.row["low"]):
            known = bool(pd.notna(draft.proof["se"]))
            kinds.setdefault((draft.tolerance.scale, known, draft.result.level), []).append(at)
    return kinds


def _beyond(of: list[_Draft], scale: Scale, known: bool, *, printed: bool) -> Any:
    """One-sided p-values at both limits of the tolerance: (above low, above high), (below ...)."""
    limits = np.array([d.tolerance.limits for d in of if d.tolerance])
    if known:  # a standard error
        estimate, se, df = (_column(of, name) for name in ("estimate", "se", "df"))
        if scale != "gap":
            estimate, limits = np.log(estimate), np.log(limits)
        return clusters.p_beyond(estimate, se, df, limits)
    k, n, k_ref, n_ref = (_column(of, name) for name in ("k", "n", "k_reference", "n_reference"))
    if scale == "ratio":
        return intervals.ratio_score_p(k, n, k_ref, n_ref, limits)
    method = intervals.newcombe_p if printed else intervals.miettinen_nurminen_p
    return method(k, n, k_ref, n_ref, limits)


def _column(of: list[_Draft], name: str) -> Any:
    """What several comparisons have by this name, one a row, beside both limits."""
    return np.array([[float(d.proof[name])] for d in of])


def _smallest(of: list[_Draft], scale: Scale, level: float) -> list[float]:
    n, k_ref, n_ref = (_column(of, name)[:, 0] for name in ("n", "k_reference", "n_reference"))
    tolerance = np.array([d.tolerance.value for d in of if d.tolerance])
    method = visible.smallest_gap if scale == "gap" else visible.smallest_ratio
    with np.errstate(all="ignore"):
        return method(n, k_ref / n_ref, n_ref, tolerance, level, POWER).tolist()


def _smallest_with_se(of: list[_Draft]) -> list[float]:
    return [_farther(d.result, d.proof, d.tolerance) for d in of if d.tolerance]


def _farther(result: Result, proof: dict[str, Any], tolerance: Tolerance) -> float:
    edge = tolerance.value if tolerance.scale == "gap" else -np.log(tolerance.value)
    far = visible.smallest_with_se(
        np.array([proof["se"]]), np.array([proof["df"]]), edge, result.level, POWER
    )[0]
    if tolerance.scale == "ratio":
        return float(np.exp(-far))
    if pd.isna(proof["k_reference"]):
        return float(far)
    p_ref = proof["k_reference"] / proof["n_reference"]
    return float(far) if far <= max(p_ref, 1 - p_ref) else np.nan


# --- families


def _adjusted(drafts: list[_Draft]) -> list[_Draft]:
    """Within each family, as declared; a comparison without a p-value doesn't count among the others."""
    found = list(drafts)
    for family in {d.family for d in found}:
        at = [i for i, d in enumerate(found) if d.family == family]
        method = found[at[0]].adjusts
        for i, p in zip(at, method(np.array([found[i].p for i in at])), strict=True):
            found[i] = replace(found[i], p_adjusted=float(p))
    return found


def _answer(draft: _Draft, p: float) -> Answer:
    if p <= (1 - draft.result.level) / 2:
        return "raised"
    return "clear" if draft.clear else "cannot tell"


# --- sentences


def _spoken(draft: _Draft) -> Finding:
    row, tolerance = draft.row, draft.tolerance
    unadjusted = _answer(draft, draft.p)
    answer = _answer(draft, draft.p_adjusted)
    scale: Scale = "ratio" if draft.result.kind == "ratio" else "gap"
    smallest = None if np.isnan(draft.smallest) else draft.smallest
    rows = (row, *[r for r in draft.rates if r is not None])
    return Finding(
        code=CODES[scale],
        answer=answer,
        answer_unadjusted=unadjusted,
        says=" ".join(_sentences(draft, answer, unadjusted)),
        measure=row["measure"],
        by=row["by"],
        group=row["group"],
        reference=row["reference"],
        at=row["at"] or "",
        scale=scale,
        tolerance=tolerance.value if tolerance else None,
        family=draft.family,
        p=None if np.isnan(draft.p) else draft.p,
        p_adjusted=None if np.isnan(draft.p_adjusted) else draft.p_adjusted,
        smallest_visible=smallest,
        rows=tuple(rows),
    )


def _sentences(draft: _Draft, answer: Answer, unadjusted: Answer) -> Iterator[str]:
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


def _subject(draft: _Draft) -> str:
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


def _among(draft: _Draft) -> str:
    """Of whom we speak, in the tier asked for."""
    return draft.result.among.replace("{at}", draft.row["at"] or "")


def _did(draft: _Draft) -> str:
    """What happened to them, in the tier asked for."""
    return draft.result.does.replace("{at}", draft.row["at"] or "")


def _base(draft: _Draft) -> tuple[int, int]:
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


def _large(draft: _Draft) -> bool:
    values = [draft.row, *(side for side in draft.rates if side is not None)]
    return max(abs(value["estimate"]) for value in values) >= 1


def _compared(draft: _Draft, base: int, digits: int) -> str:
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


def _told(draft: _Draft, base: int, digits: int) -> str:
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


def _judgement(draft: _Draft, answer: Answer, unadjusted: Answer, base: int) -> str:
    assert draft.tolerance is not None
    limit = _limit(draft.tolerance, base)
    if answer == "raised":
        return f"Raised: beyond the declared tolerance ({limit})."
    if answer == "clear":
        low, high = draft.row["low"], draft.row["high"]
        neutral = 0.0 if draft.tolerance.scale == "gap" else 1.0
        if low > neutral or high < neutral:
            return f"Clear: a difference, smaller than the declared tolerance ({limit})."
        return f"Clear: within the declared tolerance ({limit})."
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


def _visible(draft: _Draft, base: int) -> str:
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


def _meaning(draft: _Draft, choices: Choices) -> Iterator[str]:
    pair = MEANS.get((draft.row["measure"], choices.flag_is or ""))
    if pair:
        neutral = 0.0 if draft.row["scale"] == "gap" else 1.0
        more = draft.row["estimate"] > neutral
        words = choices.words
        yield pair[0 if more else 1].format(outcome=words.outcome, no_outcome=words.no_outcome)


# --- reading results


def _pairs(result: Result) -> Iterable[tuple[dict[str, Any], dict[str, Any]]]:
    for row, proof in zip(records(result.table), records(result.evidence), strict=True):
        yield row | {"scale": result.kind}, proof | {"estimate": row["estimate"]}


def _keyed(result: Result) -> Iterable[tuple[Any, dict[str, Any]]]:
    for row in records(result.table):
        yield (
            (row["measure"], row["by"], row["at"], row["group"]),
            row | {"scale": result.kind},
        )

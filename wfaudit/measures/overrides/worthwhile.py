"""Whether departing from the advice helped: held against the advice itself, and against overrides by lot.

Outcomes are what happened after the decision: what the decision itself changed is in them. Where some
outcomes are not recorded, bounds come first; then those of whom the outcome was found out by lot.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.counts import count
from wfaudit.estimators.differences import armed
from wfaudit.estimators.enumerated import lots
from wfaudit.estimators.estimates import Estimate
from wfaudit.estimators.intervals import wilson
from wfaudit.estimators.leftout import Read
from wfaudit.estimators.paired import paired_gap
from wfaudit.measures import contrasts
from wfaudit.measures.asked import Compare, refused, require
from wfaudit.measures.compared import Told
from wfaudit.measures.contrasts import Contrast
from wfaudit.measures.gathered import Floats, Keys, Laid
from wfaudit.measures.made import NOBODY, By
from wfaudit.measures.overrides import sums
from wfaudit.measures.overrides.drawn import LIMIT
from wfaudit.measures.overrides.drawn import audited as audited
from wfaudit.measures.overrides.lenient import contraction as contraction
from wfaudit.measures.overrides.question import Question
from wfaudit.measures.overrides.showing import said
from wfaudit.measures.readings import (
    STRATIFIED,
    Columns,
    Number,
    by_stratum,
    part,
    share_of,
    within_strata,
)
from wfaudit.result import Result

NO_OVERRIDE = "nobody was decided on otherwise than advised"
ALL = "at no advice some were decided on as advised and others otherwise"
GAIN = Told(
    measure="accuracy_gain",
    says="Share of {people} for whom the decision and what happened agree, less the share for whom the "
    f"advice and what happened agree ({LIMIT})",
    sentence="Compared with the advice, the decision is right for {mine_more} of 100 {group} and for "
    f"{{theirs_more}} of 100 {{reference}} ({LIMIT})",
)  # fmt: skip
GAIN_OF_ALL = (
    f"Right in the end: {{mine}} of 100 by {{group}}, {{theirs}} of 100 by {{reference}} ({LIMIT})"
)
VALUE = Told(
    measure="override_value",
    says="Share of overrides that turned out right, less the share of as many overrides by lot among "
    f"{{people}} with the same advice ({LIMIT})",
    sentence="Of 100 overrides, {mine_more} turn out right than by lot among {group}; among {reference}, "
    f"{{theirs_more}} ({LIMIT})",
)  # fmt: skip
VALUE_OF_ALL = (
    f"Right in the end: {{mine}} of 100 {{group}}, {{theirs}} of 100 {{reference}} ({LIMIT})"
)
OVERRIDES, BY_LOT = "overrides made", "overrides drawn by lot at the same advice"


def accuracy_gain(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """How much more often the decision is right than the advice, of the same people, by group.

    Limits for paired shares (Tango 1998). Everybody with advice, decision and recorded outcome; where
    outcomes are not recorded the note bounds the gain over all they can be (Manski). ``compare`` holds
    the decision against the advice for everyone, and groups against their reference.

    >>> import wfaudit as wf
    >>> accuracy_gain(wf.load("plain")).to_frame()[["n", "estimate"]].round(3).values.tolist()
    [[20000, -0.019]]
    """
    case = case.by_deciders
    require(GAIN.measure, _lacking(case))
    asked, found = _gain(case, case.keys(by))
    return contrasts.answered(case, asked, found, compare)


def override_value(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """How much more often overrides turn out right than as many drawn by lot at the same advice, by group.

    Of people who saw the advice. Within each kind of advice, the overrides made are held against those
    who were decided on as advised; the limits are those of a stratified score (Miettinen and Nurminen
    1985). The note tells the exact chance that lots do as well or as badly (hypergeometric, advice by
    advice).

    >>> import wfaudit as wf
    >>> override_value(wf.load("plain")).to_frame()[["n", "estimate"]].round(3).values.tolist()
    [[1245, 0.006]]
    """
    case = case.by_deciders
    require(VALUE.measure, _lacking(case))
    asked, found = _value(case, case.keys(by))
    return contrasts.answered(case, asked, found, compare)


# --- decision against advice


def _lacking(case: Case) -> str:
    return refused(case, "decision", "outcome") or case.lacks(("treated", "outcome"))


def _gain(case: Case, keys: Keys) -> tuple[Contrast, Laid]:
    n = part(0, 1, 2, 3)
    asked = Contrast(
        told=GAIN, number=Number(of=_gain_of, read=_gain_read, people=n),
        sides=(("the decision", share_of(part(0, 1), n)), ("the advice", share_of(part(0, 2), n))),
        interval="score interval for paired shares (Tango 1998)", everyone=GAIN_OF_ALL, judged=False,
        remark=_bounded,
    )  # fmt: skip
    cells, state = sums.people(case, keys)
    return asked, cells.laid(("",), [[cells.n * of[state] for of in _agreements(case, keys)]])


def _agreements(case: Case, keys: Keys) -> list[Any]:
    """Decision and advice right, decision alone, advice alone, neither; outcome unknown: same, different."""
    states = count(case, keys).states
    known = states["outcome"].notna().to_numpy(dtype=bool)
    both = (states["treated"].notna() & states["flagged"].notna()).to_numpy(dtype=bool)
    right, advised = (
        (states[name] == states["outcome"]).fillna(False).to_numpy(dtype=bool)
        for name in ("treated", "flagged")
    )
    same = (states["treated"] == states["flagged"]).fillna(False).to_numpy(dtype=bool)
    told = known & both
    four = [told & right & advised, told & right & ~advised, told & ~right & advised]
    return [*four, told & ~right & ~advised, ~known & both & same, ~known & both & ~same]


def _gain_of(columns: Columns, _: int, level: float) -> Estimate:
    both, decision, advice, neither = (columns[..., at] for at in range(4))
    n = both + decision + advice + neither
    with np.errstate(all="ignore"):
        low, high = paired_gap(both, decision, advice, neither, level)
        return armed((decision - advice) / n, low, high, level, np.where(n > 0, "", NOBODY))


def _gain_read(columns: Columns, _: int) -> Read:
    n = columns[..., :4].sum(axis=-1)
    with np.errstate(all="ignore"):
        return np.where(n > 0, (columns[..., 1] - columns[..., 2]) / n, np.nan), n[None]


def _bounded(found: Laid, label: int, mine: list[int], theirs: list[int]) -> str:
    """What the gain can be, whatever the outcomes are that nobody recorded."""
    columns = found.whole[mine, label].sum(axis=0)
    same, apart = columns[4:]
    if theirs or not same + apart:
        return ""
    gain, n = columns[1] - columns[2], columns.sum()
    low, high = (gain - apart) / n, (gain + apart) / n
    return f"outcome of {same + apart:,.0f} not recorded; whatever it is, {low:.4f} to {high:.4f}"


# --- overrides against lots


def _value(case: Case, keys: Keys) -> tuple[Contrast, Laid]:
    overrides = _every(1)
    drawn = Number(of=_by_lot, read=_by_lot_read, people=_every(1, 3))
    asked = Contrast(
        told=VALUE, number=within_strata(overrides, _worth, (NO_OVERRIDE, ALL)),
        sides=((OVERRIDES, share_of(_every(0), overrides)), (BY_LOT, drawn)),
        interval=STRATIFIED, everyone=VALUE_OF_ALL,
        judged=False, remark=partial(_chance, case),
    )  # fmt: skip
    return asked, _overrides(case, keys)


def _overrides(case: Case, keys: Keys) -> Laid:
    """For each kind of advice: overrides that turn out right, all overrides, and the same of the others."""
    cells, state = sums.people(case, keys)
    states = count(case, keys).states
    names = ("saw", "treated", "flagged", "outcome")
    saw, treated, flagged, outcome = (
        states[name].fillna(False).to_numpy(dtype=bool) for name in names
    )
    known: Any = states[[*names, "advice"]].notna()
    asked = known.all(axis=1).to_numpy(dtype=bool) & saw
    advice = states["advice"].fillna(-1).to_numpy(dtype=np.int64)
    departs, wrong = treated != flagged, flagged != outcome
    columns: list[Floats] = []
    for at in range(len(case.roles["decision"].order) or 2):
        here = asked & (advice == at)
        sides = [here & side & who for side in (departs, ~departs) for who in (wrong, here)]
        columns += [cells.n * side[state] for side in sides]
    return cells.laid(("",), [columns])


def _every(*at: int) -> Any:
    """Columns of all kinds of advice added up."""
    return lambda columns: sum(by_stratum(columns)[one].sum(axis=-1) for one in at)


def _worth(columns: Columns) -> Floats:
    """How much of the gap between overridden and others shows against lots drawn among both."""
    _, n, _, n_ref = by_stratum(columns)
    with np.errstate(all="ignore"):
        both = np.where(n + n_ref > 0, n * n_ref / (n + n_ref), 0.0)
        return both.sum(axis=-1) / n.sum(axis=-1)


def _by_lot(columns: Columns, _: int, level: float) -> Estimate:
    """The share of overrides by lot that turns out right, and its Wilson limits."""
    k, n, k_ref, n_ref = by_stratum(columns)
    with np.errstate(all="ignore"):
        people = n + n_ref
        share = np.where(people > 0, (k + k_ref) / people, 0.0)
        weight = n / n.sum(axis=-1, keepdims=True)
        value = (weight * share).sum(axis=-1)
        spread = np.where(people > 0, weight**2 * share * (1 - share) / people, 0.0).sum(axis=-1)
        size = np.where(spread > 0, value * (1 - value) / spread, people.sum(axis=-1))
        low, high = wilson(value * size, size, level)
    return armed(value, low, high, level, np.where(n.sum(axis=-1) > 0, "", NO_OVERRIDE))


def _by_lot_read(columns: Columns, _: int) -> Read:
    k, n, k_ref, n_ref = by_stratum(columns)
    with np.errstate(all="ignore"):
        share = np.where(n + n_ref > 0, (k + k_ref) / (n + n_ref), 0.0)
        value = (n * share).sum(axis=-1) / n.sum(axis=-1)
    return value, (n + n_ref).sum(axis=-1)[None]


def _chance(case: Case, found: Laid, label: int, mine: list[int], theirs: list[int]) -> str:
    if theirs or case.cluster:
        return ""
    columns = found.whole[mine, label].sum(axis=0)
    return said(float(lots(*by_stratum(columns))), "exact, overrides dealt anew within each advice")


def _ask(tell: Any, case: Case) -> Iterable[Result]:
    return contrasts.everywhere(case, partial(tell, case))


QUESTIONS: dict[str, Question] = {
    GAIN.measure: Question(says=GAIN.says, lacks=_lacking, ask=partial(_ask, _gain)),
    VALUE.measure: Question(says=VALUE.says, lacks=_lacking, ask=partial(_ask, _value)),
}

"""What showing the advice does, where lots decide whom it is shown for; before and after a date otherwise."""

from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
from ibis import _

from wfaudit.case import Case
from wfaudit.counts import count
from wfaudit.estimators.enumerated import lots, lots_apart, lots_to_clusters
from wfaudit.measures import contrasts
from wfaudit.measures.asked import Compare, refused, require
from wfaudit.measures.compared import Told
from wfaudit.measures.contrasts import Contrast
from wfaudit.measures.definition import Rate
from wfaudit.measures.gathered import Floats, Keys, Laid
from wfaudit.measures.made import By
from wfaudit.measures.overrides import sums
from wfaudit.measures.overrides.question import Question
from wfaudit.measures.overrides.rollout import since as since
from wfaudit.measures.rate import RATES
from wfaudit.measures.readings import NEWCOMBE, of_two_shares, part, share_of
from wfaudit.measures.tally import masks
from wfaudit.result import Result

DIFFERS = Rate(
    says="Share of {people} for whom the decision differs from the advice",
    needs=("decision",), count=_.decision != _.advice,
    among=_.decision.notnull() & _.advice.notnull(), does="got a decision other than the advice",
)  # fmt: skip
# what is asked of both sides, and the share that answers it
ASKED: dict[str, Rate] = {
    "decided otherwise than advised": DIFFERS,
    "treated as if {flagged}": RATES["decision_rate"],
    "decision and what happened agree": RATES["decision_accuracy"],
    "not treated as if {flagged}, of those who {outcome}": RATES["decision_false_negative_rate"],
    "treated as if {flagged}, of those who {no_outcome}": RATES["decision_false_positive_rate"],
}
SIDES = (
    "{people} whose caseworker was shown the advice",
    "{people} whose caseworker was not shown it",
)
TOLD = Told(
    measure="effect_of_showing",
    says="What showing the advice changes for {people}: those whose caseworker was shown it, by lot, less "
    "those whose caseworker was not, whether it was opened or not (intention to treat)",
    sentence="{at}, where the advice is shown: {mine_more} of 100 {group}; of 100 {reference}, {theirs_more}",
    at_name="question",
)  # fmt: skip
EVERYONE_SAYS = "{at}: {mine} of 100 {group}, {theirs} of 100 {reference}"


def effect(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """What showing the advice changes, by group: decisions, and errors held against what happened.

    Shares among people whose caseworker was shown the advice less those among people whose caseworker
    was not; only where lots decided (``shown = { column = "…", at_random = true }``). Everybody counts
    on the side the lot put them, whether the advice was opened or not. The note tells the exact chance
    that lots alone bring out as large a difference: Fisher's exact test; between groups, lots dealt anew
    within each group; where lots fell on whole clusters, dealt to clusters. ``compare`` gives
    differences: of everyone between the two sides, of groups between their effects.

    >>> import wfaudit as wf
    >>> effect(wf.load("preparation")).to_frame()[["at", "estimate"]].round(3).values.tolist()[0]
    ['decided otherwise than advised', -0.155]
    """
    case = case.by_deciders
    require(TOLD.measure, lacking(case))
    asked, found = _asked(case, case.keys(by))
    return contrasts.answered(case, asked, found, compare)


def lacking(case: Case) -> str:
    """Why a case can't tell what showing the advice does, or nothing."""
    if why := refused(case, "shown", "decision"):
        return why
    if "query" in case.roles:
        return "in a case of pairs it is the item of a list that is shown, not advice"
    if not case.roles["shown"].at_random:
        return "the advice was not shown at random (shown has no at_random = true)"
    return case.lacks(("decision",))


def _asked(case: Case, keys: Keys) -> tuple[Contrast, Laid]:
    words: dict[str, Any] = asdict(case.choices.words)
    mine, theirs = (side.format(**words) for side in SIDES)
    asked = Contrast(
        told=TOLD, number=of_two_shares(), interval=NEWCOMBE, everyone=EVERYONE_SAYS,
        sides=((mine, share_of(part(0), part(1))), (theirs, share_of(part(2), part(3)))),
        plain=not case.cluster, remark=remarked,
    )  # fmt: skip
    return asked, laid(case, keys)


def laid(case: Case, keys: Keys) -> Laid:
    """For each question who counts and among how many, where the advice was shown and where it was not."""
    cells, state = sums.people(case, keys)
    states = count(case, keys).states
    shown = states["shown"].astype("Int64").fillna(-1).to_numpy(dtype=np.int64)
    words: dict[str, Any] = asdict(case.choices.words)
    labels: list[str] = []
    parts: list[list[Floats]] = []
    for label, rate in ASKED.items():
        if not case.lacks(rate.needs):
            hits, among = masks(states, rate, 0)
            labels.append(label.format(**words))
            sides = [(who & (shown == side)) for side in (1, 0) for who in (hits, among)]
            parts.append([cells.n * side[state] for side in sides])
    return cells.laid(labels, parts)


# --- how far it is chance


def remarked(found: Laid, label: int, mine: list[int], theirs: list[int]) -> str:
    """The exact chance that lots alone bring out as large a difference."""
    sides = [found.whole[members, label].sum(axis=0) for members in (mine, theirs) if members]
    if found.rows is not None and (drawn := _drawn_clusters(found)) is not None:
        return _over_clusters(found, label, [m for m in (mine, theirs) if m], drawn)
    if len(sides) == 1:
        k, n, k_ref, n_ref = sides[0]
        return said(float(lots([k], [n], [k_ref], [n_ref])), "Fisher's exact test")
    p, exact = lots_apart(*sides)
    how = (
        "lots dealt anew within each group, all ways"
        if exact
        else "normal: too many ways to deal lots"
    )
    return said(p, how)


def said(p: float, how: str) -> str:
    """A p-value in words.

    >>> said(0.0312, "Fisher's exact test"), said(1e-9, "lots dealt anew")
    ("p = 0.031 (Fisher's exact test)", 'p < 0.001 (lots dealt anew)')
    """
    if np.isnan(p):
        return ""
    return f"p = {p:.3f} ({how})" if p >= 0.001 else f"p < 0.001 ({how})"


def _drawn_clusters(found: Laid) -> Any:
    """To which clusters the lot fell; nothing where it parted some cluster, for then rows were drawn."""
    assert found.rows is not None
    cluster, _, parts = found.rows
    sizes = [
        np.bincount(cluster, parts[:, :, column].max(axis=1), found.clusters) for column in (1, 3)
    ]
    return None if bool(((sizes[0] > 0) & (sizes[1] > 0)).any()) else sizes[0] > 0


def _over_clusters(found: Laid, label: int, groups: list[list[int]], drawn: Any) -> str:
    assert found.rows is not None
    cluster, group, parts = found.rows
    k, n = [], []
    for members in groups:
        here = np.isin(group, members)
        columns = parts[here, label]
        for into, both in ((k, columns[:, 0] + columns[:, 2]), (n, columns[:, 1] + columns[:, 3])):
            into.append(np.bincount(cluster[here], both, found.clusters))
    some = np.sum(n, axis=0) > 0
    p, exact = lots_to_clusters(np.array(k)[:, some], np.array(n)[:, some], drawn[some])
    return said(p, f"lots dealt anew to whole clusters, {'all ways' if exact else 'drawn'}")


def _ask(case: Case) -> Iterable[Result]:
    return contrasts.everywhere(case, partial(_asked, case))


QUESTIONS: dict[str, Question] = {TOLD.measure: Question(says=TOLD.says, lacks=lacking, ask=_ask)}

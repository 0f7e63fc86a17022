"""What happens at a cut: people just above it and just below, heaps, inputs edited, what people get.

"Next to the cut" is as wide as an auditor says (``within``, in scores), else as a simple rule says from
everybody's scores (``wfaudit.estimators.around``): a tenth of what the middle half spans, narrower where
people are many. Cuts are those between tiers, and the score from which on people are flagged.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.estimators import density as near
from wfaudit.estimators.estimates import Estimate
from wfaudit.estimators.heaps import reach
from wfaudit.estimators.leftout import Read
from wfaudit.measures import contrasts
from wfaudit.measures.asked import Compare, refused, require
from wfaudit.measures.compared import Told
from wfaudit.measures.contrasts import Contrast
from wfaudit.measures.gathered import Floats, Keys, Laid
from wfaudit.measures.made import By
from wfaudit.measures.overrides.question import Question
from wfaudit.measures.overrides.received import QUESTIONS as RECEIVED
from wfaudit.measures.overrides.received import service as service
from wfaudit.measures.overrides.scored import Cuts, Scored, cuts_of, laid_cuts, scored
from wfaudit.measures.readings import (
    NEWCOMBE,
    Columns,
    Number,
    of_two_shares,
    part,
    share_of,
)
from wfaudit.result import Result

Tell = Callable[[Case, Keys, float | None], tuple[Contrast, Laid]]

DENSITY = Told(
    measure="density_at_the_cut",
    says="Share of {people} just above a cut, of those next to it on both sides, less the share that the "
    "numbers of {people} further away lead to expect",
    sentence="Of 100 {group} next to the cut {at}, {mine_more} lie above it than expected; of 100 "
    "{reference}, {theirs_more}",
    at_name="cut",
)  # fmt: skip
HEAPING = Told(
    measure="heaping_at_the_cut",
    says="Share of {people} with exactly the score of a cut, of those at it or a few steps above, less the "
    "same share at other scores that are as round",
    sentence="Of 100 {group} at the cut {at} or a few steps above, {mine_more} lie exactly at it than at "
    "scores as round; of 100 {reference}, {theirs_more}",
    at_name="cut",
)  # fmt: skip
EDITED = Told(
    measure="edited_at_the_cut",
    says="Share of {people} whose inputs were edited before the result, just above a cut less just below it",
    sentence="Inputs were edited for {mine_more} of 100 {group} just above the cut {at} than just below; "
    "of 100 {reference}, for {theirs_more}",
    at_name="cut",
)  # fmt: skip
LIMITS = (
    "Wilson limits of the share and normal ones of what is expected, wider where scores are rough"
)
SEEN, EXPECTED = "{people} next to the cut", "what scores further away lead to expect"
AT_IT = "{people} at the cut or a few steps above"
AS_ROUND = "{people} at scores as round or a few steps above"
ABOVE, BELOW = "{people} just above the cut", "{people} just below the cut"
BOTH, RING, AT, BESIDE, FIRST = range(5)  # columns of the density; from the last on bins, or sums


def density(
    case: Case, *, by: By = None, compare: Compare = False, within: float | None = None
) -> Result:
    """People just above each cut, of all next to it, against the share that is to be expected, by group.

    A cubic through the numbers of people further away on both sides tells what to expect, so that a
    steep slope is no jump; where scores are heaped on round values, the cut is expected to hold as large
    a heap as others. More above than expected are people moved across the cut, inputs edited until the
    tier flips, or scores made so.

    >>> import wfaudit as wf
    >>> found = density(wf.load("plain")).to_frame()
    >>> found[["at", "n", "estimate"]].round(3).values.tolist()
    [['0.35', 1211, 0.001], ['0.65', 254, -0.027]]
    """
    return _answered(_density, lacking, case, by, compare, within)


def heaping(
    case: Case, *, by: By = None, compare: Compare = False, within: float | None = None
) -> Result:
    """People who have exactly the score of a cut, against people at scores as round, by group.

    Of those who lie at the cut or up to five steps of the score above it. Scores that are rounded are
    rounded everywhere, so this is what the cut has beyond others.

    >>> import wfaudit as wf
    >>> found = heaping(wf.load("plain")).to_frame()
    >>> found[["at", "n", "estimate"]].round(3).values.tolist()
    [['0.35', 2260, -0.015], ['0.65', 2234, 0.021]]
    """
    return _answered(_heaping, _lacking_heaps, case, by, compare, within)


def edited(
    case: Case, *, by: By = None, compare: Compare = False, within: float | None = None
) -> Result:
    """Inputs edited before the result: people just above each cut less people just below, by group."""
    return _answered(_edited, _lacking_edits, case, by, compare, within)


def _answered(
    tell: Tell, lacks: Callable[[Case], str], case: Case, by: By, compare: Compare, within: float | None
) -> Result:  # fmt: skip
    require("What happens at a cut", lacks(case))
    asked, found = tell(case, case.keys(by), within)
    return contrasts.answered(case, asked, found, compare)


# --- why not


def lacking(case: Case) -> str:
    """Why a case has no cut to look at, or nothing."""
    if why := refused(case, "score"):
        return why
    return (
        ""
        if cuts_of(case)
        else "the case declares no cut of the score (tier.cuts or score_at_least)"
    )


def _lacking_heaps(case: Case) -> str:
    if why := lacking(case):
        return why
    alike = any(frame.heaps.alike for frame in laid_cuts(case).frames)
    return "" if alike else "too few other scores are as round as the cuts"


def _lacking_edits(case: Case) -> str:
    return lacking(case) or case.lacks(("edited",))


def _named(told: Told, cuts: Cuts) -> Told:
    """A measure with what it takes to be next to the cut."""
    return replace(told, says=f"{told.says} (next to the cut: up to {cuts.told()})")


def _words(case: Case, *sides: str) -> tuple[str, ...]:
    return tuple(side.format(people=case.choices.words.people) for side in sides)


# --- how many people


def _density(case: Case, keys: Keys, within: float | None) -> tuple[Contrast, Laid]:
    people = scored(case, keys, within)
    mine, theirs = _words(case, SEEN, EXPECTED)
    each = partial(_estimates, people.cuts), partial(_reads, people.cuts)
    seen, due, apart = (
        Number(of=partial(each[0], what), read=partial(each[1], what), people=part(n))
        for what, n in (("share", BOTH), ("expected", RING), ("excess", BOTH))
    )
    asked = Contrast(
        told=_named(DENSITY, people.cuts), number=apart, sides=((mine, seen), (theirs, due)),
        interval=f"{LIMITS}, put together", apart=LIMITS,
        everyone="Of 100 {group} ({at}), {mine} lie just above it; {reference}: {theirs}",
    )  # fmt: skip
    return asked, _in_sums(people) if case.cluster else _in_bins(people)


def _in_bins(people: Scored) -> Laid:
    """By group and cut: next to it, in the ring, at round scores, beside them, and in every bin."""
    frames, cells = people.cuts.frames, people.cells
    widest = max(len(frame.bins) for frame in frames)
    whole = np.zeros((len(cells.groups), len(frames), FIRST + widest))
    for at, frame in enumerate(frames):
        bins, kind = frame.column(people.place), frame.kind(people.place)
        for column, mine in ((AT, kind == 1), (BESIDE, kind > 1)):
            whole[:, at, column] = np.bincount(cells.group[mine], cells.n[mine], len(cells.groups))
        inside = bins >= 0
        into: Any = (cells.group[inside], at, FIRST + bins[inside])
        np.add.at(whole, into, cells.n[inside])
        counts = whole[:, at, FIRST : FIRST + len(frame.bins)]
        whole[:, at, BOTH], whole[:, at, RING] = (
            counts[:, mine].sum(axis=1) for mine in (frame.near, frame.ring)
        )
    return Laid(cells.keys, cells.groups, people.cuts.names, whole)


def _in_sums(people: Scored) -> Laid:
    """The same for clusters: what is to be expected as sums, so that a cluster can be left out of them."""
    parts: list[list[Floats]] = []
    for frame in people.cuts.frames:
        bins, kind = frame.column(people.place), frame.kind(people.place)
        each = np.vstack(
            [np.nan_to_num(near.sides(frame, np.eye(len(frame.bins)))), np.zeros((1, 4))]
        )[bins].T
        ring = np.append(frame.ring, False)[bins]
        columns = [each[1], ring, kind == 1, kind > 1, each[0], each[2], each[3]]
        parts.append([people.cells.n * column for column in columns])
    return people.cells.laid(people.cuts.names, parts)


def _estimates(cuts: Cuts, what: str, columns: Columns, label: int, level: float) -> Estimate:
    frame = cuts.frames[label]
    counts = columns[..., FIRST : FIRST + len(frame.bins)]
    if what == "share":
        return near.share(frame, counts, level)
    found = near.expected if what == "expected" else near.excess
    return found(frame, counts, columns[..., AT], columns[..., BESIDE], level)


def _reads(cuts: Cuts, what: str, columns: Columns, label: int) -> Read:
    both, at, beside = (columns[..., column] for column in (BOTH, AT, BESIDE))
    k, more, fewer = (columns[..., FIRST + column] for column in range(3))
    seen = near.heaped(cuts.frames[label], np.stack([k, both, more, fewer], axis=-1), at, beside)
    value = {"share": seen.share, "expected": seen.expected, "excess": seen.share - seen.expected}
    return np.asarray(value[what]), columns[..., RING if what == "expected" else BOTH][None]


# --- two shares: heaps, and edits


def _heaping(case: Case, keys: Keys, within: float | None) -> tuple[Contrast, Laid]:
    people = scored(case, keys, within)
    parts: list[list[Floats]] = []
    for frame in people.cuts.frames:
        steps = people.place // frame.scale - frame.cut
        kind, far = frame.kind(people.place), reach(frame.heaps.alike) if frame.heaps.alike else -1
        here = (steps >= 0) & (steps <= far)
        masks = [here & (steps == 0), here, kind == 1, (kind == 1) | (kind == 3)]
        parts.append([people.cells.n * mask for mask in masks])
    asked = _two_shares(case, _named(HEAPING, people.cuts), _words(case, AT_IT, AS_ROUND))
    told = replace(
        asked, everyone="Exactly there: {mine} of 100 {group} ({at}), {theirs} of 100 {reference}"
    )
    return told, people.cells.laid(people.cuts.names, parts)


def _edited(case: Case, keys: Keys, within: float | None) -> tuple[Contrast, Laid]:
    people = scored(case, keys, within)
    yes, known = people.counting("edited")
    parts: list[list[Floats]] = []
    for frame in people.cuts.frames:
        side = frame.side(people.place)
        masks = [mask & (side == way) for way in (1, -1) for mask in (yes & known, known)]
        parts.append([people.cells.n * mask for mask in masks])
    asked = _two_shares(case, _named(EDITED, people.cuts), _words(case, ABOVE, BELOW))
    told = replace(
        asked, everyone="Inputs edited: {mine} of 100 {group} {at}, {theirs} of 100 {reference}"
    )
    return told, people.cells.laid(people.cuts.names, parts)


def _two_shares(case: Case, told: Told, sides: tuple[str, ...]) -> Contrast:
    return Contrast(
        told=told, number=of_two_shares(), interval=NEWCOMBE, plain=not case.cluster,
        sides=(
            (sides[0], share_of(part(0), part(1))), (sides[1], share_of(part(2), part(3))),
        ),
    )  # fmt: skip


def _ask(tell: Tell, case: Case) -> Iterable[Result]:
    return contrasts.everywhere(case, lambda keys: tell(case, keys, None))


QUESTIONS: dict[str, Question] = {
    DENSITY.measure: Question(says=DENSITY.says, lacks=lacking, ask=partial(_ask, _density)),
    HEAPING.measure: Question(says=HEAPING.says, lacks=_lacking_heaps, ask=partial(_ask, _heaping)),
    EDITED.measure: Question(says=EDITED.says, lacks=_lacking_edits, ask=partial(_ask, _edited)),
    **RECEIVED,
}

"""What people get just above a cut, less what they get just below it."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any, cast

import ibis
import numpy as np

from wfaudit.case import Case
from wfaudit.counts.cells import placed
from wfaudit.errors import not_one_of
from wfaudit.estimators import discontinuity
from wfaudit.estimators.estimates import ANY, Estimate
from wfaudit.estimators.leftout import Read, Scale
from wfaudit.measures import contrasts
from wfaudit.measures.asked import Compare, refused, require
from wfaudit.measures.compared import Told
from wfaudit.measures.contrasts import Contrast
from wfaudit.measures.gathered import (
    Floats,
    Ints,
    Keys,
    Laid,
    amounts_of,
    cluster_of,
    effort,
)
from wfaudit.measures.made import By
from wfaudit.measures.overrides.question import Question
from wfaudit.measures.overrides.scored import Cuts, cuts_of, laid_cuts, scored, step_of
from wfaudit.measures.overrides.sums import Sorted
from wfaudit.measures.readings import Columns, Number, part
from wfaudit.result import Result

# what is received, in words
RECEIVED = {
    "decision": "share of {people} treated as if {flagged}",
    "contacts": "mean number of times that somebody spoke to {people}",
    "minutes": "mean minutes spent on {people}",
    "spending": "mean amount spent on {people}",
}
LINES = "t interval of local lines (HC3)"
ABOVE, BELOW = "just above the cut", "just below the cut"
COLUMN = {"jump": 0, "above": 1, "below": 2}  # where people are counted


def service(
    case: Case, role: str = "decision", *, by: By = None, compare: Compare = False,
    within: float | None = None,
) -> Result:  # fmt: skip
    """What people get just above each cut less what people get just below it, by group.

    ``role`` is "decision" (treated as if flagged), "contacts", "minutes" or "spending". Two straight
    lines, one from each side, nearer people weighing more, reach three times as far as what is taken to
    be next to the cut, or as ``within`` says; standard errors allow for unequal spreads (HC3), or a
    jackknife leaves out clusters. The jump is what the cut itself does as long as nobody can choose
    their side: look at ``density`` first.

    >>> import wfaudit as wf
    >>> found = service(wf.load("plain")).to_frame()
    >>> found[["at", "estimate"]].round(2).values.tolist()
    [['0.35', 0.12], ['0.65', 0.74]]
    """
    if role not in RECEIVED:
        raise not_one_of("kind of service", role, RECEIVED)
    require(f"{role}_at_the_cut", _lacking(role, case))
    asked, found = _service(role, case, case.keys(by), within)
    return contrasts.answered(case, asked, found, compare)


def _lacking(role: str, case: Case) -> str:
    if why := refused(case, "score", role):
        return why
    if not cuts_of(case):
        return "the case declares no cut of the score (tier.cuts or score_at_least)"
    return case.lacks(("treated",)) if role == "decision" else ""


def _service(role: str, case: Case, keys: Keys, within: float | None) -> tuple[Contrast, Laid]:
    cuts = laid_cuts(case, within)
    cells, place, amounts = _amounts(role, case, keys, cuts)
    lay = _in_sums if case.cluster else _by_place
    jump, above, below = (_number(cuts, side, role == "decision") for side in COLUMN)
    people = case.choices.words.people
    asked = Contrast(
        told=_told(role, cuts), number=jump, interval=LINES, apart=LINES, judged=False,
        sides=((f"{people} {ABOVE}", above), (f"{people} {BELOW}", below)),
        everyone=f"Cut {{at}}, {RECEIVED[role]}: {{mine}} for {{group}}, {{theirs}} for {{reference}}",
    )  # fmt: skip
    return asked, lay(cuts, cells, place, amounts)


def _number(cuts: Cuts, side: str, share: bool) -> Number:
    """The jump, or what one side gets at the cut."""
    edges = ANY if not share else (-1.0, 1.0) if side == "jump" else (0.0, 1.0)
    return Number(
        of=partial(_estimated, cuts, side, edges), read=partial(_read, side),
        people=part(COLUMN[side]), scale=Scale("identity", edges),
    )  # fmt: skip


def _told(role: str, cuts: Cuts) -> Told:
    what = RECEIVED[role]
    return Told(
        measure=f"{role}_at_the_cut", judged=False, at_name="cut",
        says=f"{what[0].upper()}{what[1:]} just above a cut less just below it, by straight lines from both "
        f"sides (reaching up to {cuts.told(far=True)})",
        sentence=f"{what[0].upper()}{what[1:]}, just above the cut {{at}} less just below: {{mine}} for "
        "{group} and {theirs} for {reference}",
        unit="share" if role == "decision" else "number",
    )  # fmt: skip


# --- sums


def _amounts(role: str, case: Case, keys: Keys, cuts: Cuts) -> tuple[Sorted, Ints, Floats]:
    """People in cells with a place; of each cell how many are known, their sum, and the squares."""
    if role == "decision":
        found = scored(case, keys)
        yes, known = found.counting("treated")
        k, n = found.cells.n * (yes & known), found.cells.n * known
        return found.cells, found.place, np.stack([n, k, k], axis=-1)
    near = f"score near {cuts.told(far=True)}"
    cells = effort(case, keys, {near: _near(case, cuts)})
    into, groups = placed(case, keys, cells.axes | {"n": cells.n})
    at, values = cells.axes[near]
    there = np.array([value is not None and value == value for value in values], dtype=bool)
    told = np.array(
        [int(v) if yes else 0 for v, yes in zip(values, there, strict=True)], dtype=np.int64
    )
    mine = there[at]
    cluster, clusters = cluster_of(case, cells)
    of = cluster[mine] if case.cluster else None
    people = Sorted(keys, groups, into[mine], cells.n[mine], of, clusters)
    return people, told[at][mine] // step_of(case), amounts_of(cells, role)[mine][:, :3]


def _near(case: Case, cuts: Cuts) -> Any:
    """The place of the score near a cut; null where it is further away, so that cells are few."""
    score, step = cast(Any, case.columns["score"]), step_of(case)
    close = [
        (score - cut * step).abs() <= (reach + 1) * step
        for cut, reach in zip(cuts.places, cuts.reach, strict=True)
    ]
    return ibis.ifelse(ibis.or_(*close), score, ibis.null("int64"))


def _by_place(cuts: Cuts, cells: Sorted, place: Ints, amounts: Floats) -> Laid:
    """By group and cut: people near it, above, below; then people, sums and squares at each place near it."""
    widest = max(2 * int(np.ceil(reach)) for reach in cuts.reach)
    whole = np.zeros((len(cells.groups), len(cuts.places), 3 + 3 * widest))
    for at, (cut, reach) in enumerate(zip(cuts.places, cuts.reach, strict=True)):
        x = place - cut
        close = np.abs(x) < reach
        for column, mine in ((0, close), (1, close & (x >= 0)), (2, close & (x < 0))):
            whole[:, at, column] = np.bincount(
                cells.group[mine], amounts[mine, 0], len(cells.groups)
            )
        for column in range(3):
            spot = 3 + column * widest + x[close] + widest // 2
            into: Any = (cells.group[close], at, spot)
            np.add.at(whole, into, amounts[close, column])
    return Laid(cells.keys, cells.groups, cuts.names, whole)


def _in_sums(cuts: Cuts, cells: Sorted, place: Ints, amounts: Floats) -> Laid:
    """By group and cut: people near it, above, below; then the ten sums a jump follows from."""
    parts: list[list[Floats]] = []
    for cut, reach in zip(cuts.places, cuts.reach, strict=True):
        x = place - cut
        close, n = np.abs(x) < reach, amounts[:, 0]
        sums = discontinuity.sums(x[:, None], amounts[:, :1], amounts[:, 1:2], reach)
        people = [n * mine for mine in (close, close & (x >= 0), close & (x < 0))]
        parts.append([*people, *sums.T])
    return cells.laid(cuts.names, parts)


def _estimated(
    cuts: Cuts, side: str, edges: tuple[float, float], columns: Columns, label: int, level: float
) -> Estimate:
    widest = (columns.shape[-1] - 3) // 3
    x = np.arange(widest) - widest // 2
    mine = {"jump": x == x, "above": x >= 0, "below": x < 0}[side]
    n, total, squares = (
        columns[..., 3 + at * widest : 3 + (at + 1) * widest][..., mine] for at in range(3)
    )
    lines = discontinuity.jump if side == "jump" else discontinuity.start
    found = lines(x[mine], n, total, squares, cuts.reach[label], level)
    low, high = np.maximum(found.low, edges[0]), np.minimum(found.high, edges[1])
    return replace(found, low=low, high=high)


def _read(side: str, columns: Columns, _: int) -> Read:
    sums = columns[..., 3:]
    values = {
        "jump": discontinuity.jump_of, "above": lambda ten: discontinuity.start_of(ten[..., 5:]),
        "below": lambda ten: discontinuity.start_of(ten[..., :5]),
    }  # fmt: skip
    at = {"jump": [1, 2], "above": [1], "below": [2]}[side]
    return values[side](sums), np.stack([columns[..., one] for one in at])


# --- questions


def _ask(role: str, case: Case) -> Iterable[Result]:
    return contrasts.everywhere(case, lambda keys: _service(role, case, keys, None))


QUESTIONS: dict[str, Question] = {
    f"{role}_at_the_cut": Question(
        says=f"{what[0].upper()}{what[1:]} just above a cut less just below it, by straight lines",
        lacks=partial(_lacking, role), ask=partial(_ask, role),
    )
    for role, what in RECEIVED.items()
}  # fmt: skip

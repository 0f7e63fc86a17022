"""Who stands at each place of a list: the share of each group from the first place on, and its picture."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from wfaudit.case import Case
from wfaudit.measures.asked import asked_first, everywhere, require
from wfaudit.measures.compared import Told, tell
from wfaudit.measures.gathered import Floats, Gathered, Laid, cluster_of, gather
from wfaudit.measures.lists import ABOVE, TIED, lacks_places, placed
from wfaudit.measures.made import By
from wfaudit.measures.question import Question
from wfaudit.measures.sides import of_owner
from wfaudit.result import Look, Result

if TYPE_CHECKING:
    from wfaudit.plots import Figure

ALL = "all places"
MOST_GROUPS = 6  # lines of a picture
PLACE = Told(
    measure="place_share",
    says="Share of each group among all who stand at a place of a list, from the first place on; beside it "
    "their share among all who have a place",
    at_name="place", judged=False,
)  # fmt: skip


def place_share(case: Case, *, by: By) -> Result:
    """Share of each group among those at each place of the top, and among all who have a place.

    Pairs that tie are counted at the middle of the places they share, rounded up.
    """
    require(PLACE.measure, lacks_places(case))
    case = placed(case)
    keys = case.keys(by)
    pairs: Any = case.source.table
    above = pairs[ABOVE]
    middle = (above + (pairs[TIED] + 1) / 2).ceil().cast("int64")
    at = middle.clip(upper=case.lists.top + 1)  # null without a place
    found = gather(case, keys, {"place": at})
    return tell(case, PLACE, _dense(case, keys, found))


def _dense(case: Case, keys: tuple[str, ...], found: Gathered) -> Laid:
    """Of each list, place and group how many stand there, among all who do."""
    into, groups = found.placed(case, keys)
    cluster, clusters = cluster_of(case, found)
    code, values = found.axes["place"]
    place = np.array([-1 if v is None else int(v) - 1 for v in values], dtype=np.int64)[code]
    size, mine = case.lists.top + 1, place >= 0
    flat = np.ravel_multi_index(
        (cluster[mine], into[mine], place[mine]), (max(clusters, 1), len(groups), size)
    )
    n = np.bincount(flat, found.n[mine], max(clusters, 1) * len(groups) * size)
    told = _told(n.reshape(max(clusters, 1), len(groups), size).astype(np.float64))
    labels = (*map(str, range(1, size)), ALL)
    at, group = (x.ravel() for x in np.indices(told.shape[:2]))
    rows = (at, group, told.reshape(-1, *told.shape[2:]))
    return Laid(keys, groups, labels, told.sum(axis=0), clusters, rows)


def _told(n: Floats) -> Floats:
    """Among how many, and how many, at each place; the last is all places together."""
    k = np.concatenate([n[..., :-1], n.sum(axis=-1, keepdims=True)], axis=-1)
    among = np.broadcast_to(k.sum(axis=1, keepdims=True), k.shape)
    return np.stack([among, k], axis=-1)


def looks(case: Case) -> Iterator[Look]:
    """Who stands at each place, by the group that is asked about first."""
    if lacks_places(case):
        return
    names = [n for n in asked_first(case) if not of_owner(case, n)]
    by = next((n for n in names if len(case.door.levels[n]) <= MOST_GROUPS), None)
    if by:
        found = place_share(case, by=by)
        yield Look(
            title=f"Who stands at each place of a list, by {by}",
            says=f"{_shares(found)} The line falls or rises where a group stands further up or down.",
            draw=partial(picture, found),
        )


def _shares(found: Result) -> str:
    """The share of each group among all, in words."""
    mine: Any = found.table["at"] == ALL
    k, n = (found.evidence.loc[mine, c].astype(float) for c in ("k", "n"))
    groups = found.table.loc[mine, "group"]
    told = [f"{group} {100 * share:.0f}" for group, share in zip(groups, k / n, strict=True)]
    return f"Among 100 at any place: {', '.join(told)}." if n.all() else ""


def picture(found: Result) -> "Figure":
    """A line for each group over the places of a list."""
    from wfaudit import plots  # matplotlib is heavy: numbers alone do without it

    frame: Any = found.table[found.table["at"] != ALL]
    drawn: dict[str, Any] = {"scale": "rate", "name": "place in the list"}
    title = "Share of each group at each place"
    axes = plots.effects(frame, title=title, **drawn)
    return plots.Figure((axes,), plots.describe_effects(frame, title=title, **drawn))


def _ask(case: Case) -> Iterable[Result]:
    asked = everywhere(
        case, partial(_by, case), compared=False,
        apart=partial(of_owner, case),
    )  # fmt: skip
    return (result for result in asked if result.by)


def _by(case: Case, *, by: By = None) -> Result:
    return place_share(case, by=by)


QUESTIONS: dict[str, Question] = {
    PLACE.measure: Question(says=PLACE.says, lacks=lacks_places, ask=_ask)
}

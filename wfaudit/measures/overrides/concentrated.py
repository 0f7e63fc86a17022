"""On whom effort is concentrated along the score: creaming shows as an index away from 0."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.errors import not_one_of
from wfaudit.estimators import leftout, means
from wfaudit.estimators.concentration import Held, index, index_without_each
from wfaudit.estimators.leftout import LeftOut, Read, Scale
from wfaudit.estimators.means import Amounts, Mean
from wfaudit.measures.asked import Compare, chosen, everywhere, refused, require
from wfaudit.measures.clustered import jackknife
from wfaudit.measures.compared import Rows, Told, against, finished, numbers
from wfaudit.measures.gathered import (
    Floats,
    Gathered,
    Ints,
    Laid,
    amounts_of,
    cluster_of,
    effort,
)
from wfaudit.measures.made import By
from wfaudit.measures.overrides.question import Question
from wfaudit.result import Kind, Result

EVEN = "an even spread"
INDEX = (
    "along the score: the concentration index, from -1 (all on the lowest scores) over 0 (evenly "
    "spread) to 1 (all on the highest)"
)
# the measure: of what, and which roles tell it
OF: dict[str, tuple[str, tuple[str, ...]]] = {
    "concentration_of_effort": ("effort for", ("contacts", "minutes", "spending")),
    "concentration_of_payment": ("payments to providers for", ("payment",)),
}
SENTENCE = (
    "The concentration index of {at} along the score is {mine} for {group} and {theirs} for "
    "{reference}"
)
ALONE = "The concentration index of {at} along the score, for {group} compared with {reference}"
SCALE, GAPS = Scale("identity", (-1.0, 1.0)), Scale("identity", (-2.0, 2.0))


@dataclass(frozen=True, slots=True, eq=False)
class _Along:
    """Cells with a score in the order of clusters and places: which these are, where each stands."""

    cells: Ints
    place: Ints
    places: int
    spot: Ints  # cluster and place as one number, rising
    clusters: int


@dataclass(frozen=True, slots=True, eq=False)
class _Spread:
    """One kind of effort by group and place of the score, and of each cell."""

    whole: Floats  # groups by places by columns
    along: _Along
    group: Ints
    columns: Floats

    def held(self, members: list[int]) -> tuple[Floats, Held]:
        """Some groups taken together: their places, and what each cluster has there."""
        mine, size = np.flatnonzero(np.isin(self.group, members)), self.along.places
        spot, sums = self.along.spot[mine], self.columns[mine, :2]
        starts = np.flatnonzero(np.diff(spot, prepend=-1))
        sums = np.add.reduceat(sums, starts) if len(starts) else sums
        spot = spot[starts]
        held = Held(spot // size, spot % size, sums[:, 0], sums[:, 1], self.along.clusters)
        return self.whole[members].sum(axis=0), held


def concentration(
    case: Case, measure: str = "concentration_of_effort", *, by: By = None, compare: Compare = False
) -> Result:
    """The concentration index of effort, or of payments, along the score, by group.

    ``compare`` gives differences: True from the declared reference or, without groups, from an even
    spread. Where the score is a risk, effort on high scores is effort on high risk.

    >>> import pandas as pd
    >>> people = pd.DataFrame({"ease": [0.1, 0.2, 0.3, 0.4] * 20, "talks": [1, 2, 3, 4] * 20})
    >>> case = Case.from_dict({"source": people, "roles": {"score": "ease", "contacts": "talks"}})
    >>> concentration(case).to_frame()[["at", "estimate", "low", "high"]].round(3).values.tolist()
    [['contacts', 0.25, 0.216, 0.284]]
    """
    case = case.by_deciders
    if measure not in OF:
        raise not_one_of("concentration", measure, OF)
    require(measure, _lacks(measure, case))
    keys = case.keys(by)
    found = effort(case, keys, {"score": case.columns["score"]})
    into, groups = found.placed(case, keys)
    roles = tuple(role for role in OF[measure][1] if role in case.roles)
    within = Laid(keys, groups, roles, np.zeros((len(groups), len(roles), 0)))
    lines: list[dict[str, Any]] = []
    told = _told(measure, alone=not keys)
    for role in roles:
        spread = _spread(case, found, into, len(groups), role)
        lines += _lines(case, told, within, spread, role, compare)
    kind: Kind = "gap" if compare else "value"
    return finished(case, told, kind, _interval(case, bool(compare and keys)), lines, within)


def _told(measure: str, *, alone: bool = False) -> Told:
    what = OF[measure][0]
    return Told(
        measure=measure, says=f"How {what} {{people}} is spread {INDEX}",
        sentence=ALONE if alone else SENTENCE, unit="number", at_name="effort", of="mean",
    )  # fmt: skip


def _along(case: Case, found: Gathered) -> _Along:
    """Put the cells in order, once; who has no score is left out."""
    if "along" not in found.known:
        at, values = found.axes["score"]
        score = np.array([np.nan if value is None else value for value in values], dtype=float)[at]
        cluster, clusters = cluster_of(case, found)
        cells = np.flatnonzero(~np.isnan(score))
        grid, place = np.unique(score[cells], return_inverse=True)
        spot = cluster[cells] * len(grid) + place.reshape(-1)
        order = np.argsort(spot, kind="stable")
        place = place.reshape(-1)[order]
        found.known["along"] = _Along(cells[order], place, len(grid), spot[order], clusters)
    return found.known["along"]


def _spread(case: Case, found: Gathered, into: Ints, groups: int, role: str) -> _Spread:
    """One kind of effort at each place of the score."""
    along = _along(case, found)
    group, columns = into[along.cells], amounts_of(found, role)[along.cells]
    here = group * along.places + along.place
    sums = [np.bincount(here, each, groups * along.places) for each in columns.T]
    whole = np.stack(sums, axis=-1).reshape(groups, along.places, -1).astype(np.float64)
    return _Spread(whole, along, group, columns)


def _lines(
    case: Case, told: Told, within: Laid, spread: _Spread, role: str, compare: Compare
) -> Iterator[dict[str, Any]]:
    level, n = case.choices.level, spread.whole[..., 0].sum(axis=1)
    shown = alone = _index(spread.whole, level)
    even, pairs = not within.keys and compare in (True, EVEN), None
    if compare and not even:
        pairs = against(within, chosen(case, within.keys, compare), alone.estimate)
        theirs = _index(np.tensordot(pairs.weights, spread.whole, 1), level)
        shown = means.difference(alone, theirs, level, GAPS.edges)

    def number(g: int, members: list[int]) -> dict[str, Any]:
        told_of = {"reference": EVEN, "n_reference": int(n[g])} if even else {}
        if case.cluster and members != [g]:
            return told_of | numbers(_over_clusters(spread, [g], members, level), 0)
        return told_of | numbers(shown, g)

    yield from Rows(told, within, role, n, pairs).lines(number)


def _index(whole: Floats, level: float) -> Mean:
    return index(Amounts.of(whole), level)


def _over_clusters(spread: _Spread, mine: list[int], theirs: list[int], level: float) -> LeftOut:
    """The index of some groups, less that of others where there are any, over clusters."""
    sides = [spread.held(members) for members in (mine, theirs) if members]
    full = [(_index(whole[None], level).estimate, whole[:, :1].sum(axis=0)) for whole, _ in sides]
    each = [index_without_each(whole[:, 0], whole[:, 1], held) for whole, held in sides]
    left = [(value[:, None], people[:, None]) for value, people in each]
    return leftout.left_out(_less(full), [_less(left)], GAPS if theirs else SCALE, level)


def _less(sides: list[tuple[Floats, Floats]]) -> Read:
    """A number of one side, less that of the other if there is one, and among how many each is counted."""
    values = [value for value, _ in sides]
    value = values[0] - values[1] if len(values) > 1 else values[0]
    return value, np.stack([people for _, people in sides])


def _interval(case: Case, compared: bool) -> str:
    if case.cluster:
        return jackknife(case)
    how = "difference of unrelated groups (Welch)" if compared else "concentration index"
    return f"t interval of a {how}, variance by Kakwani, Wagstaff and van Doorslaer (1997)"


# --- questions


def _lacks(measure: str, case: Case) -> str:
    roles = OF[measure][1]
    if case.evidence != "counts" and not set(roles) & set(case.roles):
        return f"the case declares no {' and no '.join(roles)}"
    return refused(case, "score")


def _ask(measure: str, case: Case) -> Iterable[Result]:
    yield from everywhere(case, partial(concentration, case, measure))
    yield concentration(case, measure, compare=True)


QUESTIONS: dict[str, Question] = {
    measure: Question(
        says=_told(measure).says, lacks=partial(_lacks, measure), ask=partial(_ask, measure)
    )
    for measure in OF
}

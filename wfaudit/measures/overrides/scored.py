"""People by score, and the cuts of the score with what lies around them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from wfaudit.case import Case
from wfaudit.counts import Cells, count_along
from wfaudit.counts.along import in_order
from wfaudit.counts.cells import memo
from wfaudit.errors import AuditError
from wfaudit.estimators.around import Frame, frame, usual
from wfaudit.measures.gathered import Floats, Ints, Keys
from wfaudit.measures.overrides.sums import Sorted

LINES = 3  # straight lines reach so many times as far as what is next to the cut


@dataclass(frozen=True, slots=True, eq=False)
class Cuts:
    """The cuts of a score: their places, what is around each, how far straight lines reach.

    A place is a step of the score, or as many steps as all scores lie apart.
    """

    names: tuple[str, ...]
    places: tuple[int, ...]
    frames: tuple[Frame, ...]
    reach: tuple[float, ...]
    step: float

    def told(self, far: bool = False) -> str:
        """How far "next to the cut" is, in scores."""
        wide = self.reach if far else [frame.width for frame in self.frames]
        each = [
            f"{one * self.step:.3g} at {name}" for one, name in zip(wide, self.names, strict=True)
        ]
        return ", ".join(each)


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """People with a score in cells of group, state and place (and cluster)."""

    cells: Sorted
    place: Ints
    state: Ints
    states: pd.DataFrame
    cuts: Cuts

    def counting(self, name: str) -> tuple[Any, Any]:
        """Of each cell, whether its state of this name is yes, and whether it is known."""
        column = self.states[name]
        yes = column.fillna(False).to_numpy(dtype=bool)[self.state]
        return yes, column.notna().to_numpy(dtype=bool)[self.state]


def cuts_of(case: Case) -> tuple[float, ...]:
    """The scores at which the treatment may change, lowest first.

    >>> import wfaudit as wf
    >>> cuts_of(wf.load("plain"))
    (0.35, 0.65)
    """
    tier, flagged = case.roles.get("tier"), case.roles.get("flagged")
    found = set(tier.cuts) if tier else set()
    if flagged and flagged.score_at_least is not None:
        found.add(flagged.score_at_least)
    return tuple(sorted(found))


def scored(case: Case, keys: Keys, within: float | None = None) -> Scored:
    """Count people by score once more, or take what was counted; and lay the cuts."""
    cuts = laid_cuts(case, within)
    found = _counted(case, keys)
    place, known = _places(found)
    group, state, n = found.group[known], found.state[known], found.n[known].astype(np.float64)
    cluster, clusters = _clusters(case, found)
    mine = None if cluster is None else cluster[known]
    place = place[known] // step_of(case)
    # not in the order of the rows: sums of floats would hang on it
    order = np.lexsort((place, state, group) if mine is None else (place, state, group, mine))
    group, state, n, place = group[order], state[order], n[order], place[order]
    cells = Sorted(keys, found.groups, group, n, None if mine is None else mine[order], clusters)
    return Scored(cells, place, state, found.states, cuts)


def laid_cuts(case: Case, within: float | None = None) -> Cuts:
    """What lies around each cut, found from everybody."""
    if within is not None and not within > 0:
        raise AuditError(f"within is a distance in scores above 0; {within} was given.")
    done = memo(case, "cuts")
    key = (str(within),)
    if key not in done:
        done[key] = _laid_cuts(case, within)
    return done[key]


def _laid_cuts(case: Case, within: float | None) -> Cuts:
    resolution, step = case.roles["score"].resolution, step_of(case)
    place, n = _everybody(case)
    place = place // step
    cuts, width = cuts_of(case), (within or 0.0) / resolution / step
    at = [round(cut / resolution) // step for cut in cuts]
    frames = [frame(place, n, cut, width, at) for cut in at]
    reach = [
        max(width or LINES * usual(place, n, cut), float(LINES)) if len(place) else 1.0
        for cut in at
    ]
    names = tuple(f"{cut:g}" for cut in cuts)
    return Cuts(names, tuple(at), tuple(frames), tuple(reach), resolution * step)


def _everybody(case: Case) -> tuple[Ints, Floats]:
    """How many people are at each place of the score's grid."""
    found = _counted(case, ())
    place, known = _places(found)
    grid, at = np.unique(place[known], return_inverse=True)
    return grid, np.bincount(at.reshape(-1), found.n[known], len(grid)).astype(np.float64)


def step_of(case: Case) -> int:
    """How many steps of its resolution all scores and all cuts lie apart."""
    done = memo(case, "step of the score")
    if () not in done:
        resolution, (place, _) = case.roles["score"].resolution, _everybody(case)
        cuts = [round(cut / resolution) for cut in cuts_of(case)]
        done[()] = max(
            1, int(np.gcd.reduce(np.concatenate([place, np.array(cuts, dtype=np.int64)])))
        )
    return done[()]


def _counted(case: Case, keys: Keys) -> Cells:
    return count_along(case, keys, ("score", case.cluster) if case.cluster else ("score",))


def _places(found: Cells) -> tuple[Ints, Any]:
    """The place of each cell on the score's grid, and whether it has a score."""
    at, values = found.axes["score"]
    known = np.array([value is not None and value == value for value in values], dtype=bool)
    told = [int(value) if yes else 0 for value, yes in zip(values, known, strict=True)]
    return np.array(told, dtype=np.int64)[at], known[at]


def _clusters(case: Case, found: Cells) -> tuple[Ints | None, int]:
    if not case.cluster:
        return None, 0
    of, names = found.axes[case.cluster]
    return in_order(names)[of], len(names)

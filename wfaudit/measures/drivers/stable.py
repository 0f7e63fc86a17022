"""How firmly people stand in their tier: when inputs are a little different."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from wfaudit.case import Case
from wfaudit.measures.asked import Compare, comparable, require
from wfaudit.measures.compared import Told, tell
from wfaudit.measures.drivers import anew
from wfaudit.measures.drivers.anew import Said, changed
from wfaudit.measures.drivers.flipped import lacks_tiers
from wfaudit.measures.drivers.people import behind_of
from wfaudit.measures.drivers.question import Question
from wfaudit.measures.drivers.tally import Keys, Tally, met
from wfaudit.measures.drivers.tiers import Tiering, tiering
from wfaudit.measures.made import By
from wfaudit.models import Model
from wfaudit.result import Result

NUDGED = "tier_change_rate_nudged"
GRID = 50  # distinct values up to which a number moves by one step of its grid


@dataclass(frozen=True, slots=True, eq=False)
class Nudge:
    """How far the numbers of one input are moved: to a neighbour among its values, or by a step."""

    name: str
    grid: Any  # its values, where they are few
    step: float
    ends: tuple[float, float] = (-np.inf, np.inf)

    def of(self, column: Any, up: Any) -> Any:
        """Each value moved up or down; at the end of its grid it stays, and so does what is missing."""
        value = column.to_numpy(float)
        if self.grid is None:
            moved = value + np.where(up, self.step, -self.step)
            return np.where((moved < self.ends[0]) | (moved > self.ends[1]), value, moved)
        at = np.searchsorted(self.grid, np.nan_to_num(value))
        moved = self.grid[np.clip(at + np.where(up, 1, -1), 0, len(self.grid) - 1)]
        on = self.grid[np.minimum(at, len(self.grid) - 1)] == value
        return np.where(on, moved, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    """What is small: a share of an input's standard deviation where it has no grid; what is near a cut-off.

    ``near`` is a twentieth of the range of scores unless declared; ``seed`` is that of the lot.
    """

    share: float = 0.05
    near: float | None = None
    seed: int = 0


SMALL = Small()


def nudged(
    case: Case, model: Any, *, small: Small = SMALL, by: By = None, compare: Compare = False
) -> Result:
    """Share of people whose tier changes when their numbers are a little different, up or down by lot.

    A number with up to fifty values moves to the next of them, any other by a share of its standard
    deviation (whole numbers by one at least), nobody beyond the values there are; numbers with two
    values are answers and stay, as texts do. Told of everybody and,
    where tiers are cut from scores, of those near a cut-off and of all others. ``small`` says what
    counts as small and as near.

    >>> from wfaudit.models import points
    >>> people = pd.DataFrame({"score": [1.0, 2, 3, 4, 5, 6] * 9, "age": [1.0, 2, 3, 4, 5, 6] * 9})
    >>> roles = {"score": {"column": "score", "resolution": 1}, "flagged": {"score_at_least": 4}}
    >>> case = Case.from_dict({"source": people, "roles": roles, "inputs": {"age": {}}})
    >>> found = nudged(case, points({"age": 1.0}), small=Small(near=1))
    >>> found.to_frame()[["at", "n"]].values.tolist()
    [['everybody', 54], ['within 1 of a cut-off', 27], ['farther away', 27]]
    """
    asked = anew.ready(case, model, NUDGED)
    tiers = tiering(case, asked)
    behind = behind_of(case, asked).rows
    found = (_nudge(name, behind[name], small.share) for name in asked.inputs)
    how = [one for one in found if one is not None]
    require(NUDGED, "" if how else "no input of the model holds numbers that could move a little")
    close = _near(asked, behind, small.near)
    key = ("nudged", small)
    labels = [
        "everybody",
        *([f"within {close:g} of a cut-off", "farther away"] if tiers.cuts else []),
    ]

    def work(keys: Keys) -> Tally:
        return _moved(
            case, asked, (how, tiers, close, small.seed), Tally(case, keys, labels, ("n", "k"))
        )

    tally = anew.remembered(case, asked, by, key, work)
    told = Told(
        measure=NUDGED, judged=False, at_name="where",
        says=f"Share of {{people}} whose tier changes when {len(how)} of {len(asked.inputs)} "
        "inputs, those that hold numbers, "
        f"each move up or down by lot: to the next of their values, or by {small.share:g} of their "
        f"standard deviation (seed {small.seed})",
        does="({at}) would be in another tier if numbers were a little different",
    )  # fmt: skip
    return tell(case, told, tally.laid(by, ("n", "k")), compare=compare)


def _nudge(name: str, column: Any, share: float) -> Nudge | None:
    if not pd.api.types.is_numeric_dtype(column):
        return None
    known = column.dropna().to_numpy(float)
    values = np.unique(known)
    if len(values) < 3:
        return None
    step = share * float(known.std())
    step = max(1.0, np.rint(step)) if (values == np.rint(values)).all() else step
    ends = (float(values[0]), float(values[-1]))
    return Nudge(name, values if len(values) <= GRID else None, step, ends)


def _near(model: Model, behind: pd.DataFrame, near: float | None) -> float:
    if near is not None:
        return near
    if model.unit == "probability":
        return 0.05
    return float(f"{0.05 * np.ptp(model.score(behind)):.1g}")


def _moved(case: Case, model: Model, how: tuple[Any, ...], tally: Tally) -> Tally:
    nudges, tiers, close, seed = how
    say = anew.teller(case, model)
    for rows, code, start in met(case, model, tally):
        lot = np.random.default_rng((seed, start))
        to = {one.name: one.of(rows[one.name], lot.random(len(rows)) < 0.5) for one in nudges}
        before = say(rows)
        after, possible = changed(model, say, rows, before, to)
        k = before.tier != after.tier
        for at, mine in enumerate(_where(before, tiers, close)):
            mine = mine & possible
            tally.add(code[mine], at, n=np.ones(int(mine.sum())), k=k[mine])
    return tally


def _where(before: Said, tiers: Tiering, close: float) -> list[Any]:
    """Everybody; who is near a cut-off; who is not."""
    every = np.ones(len(before.score), dtype=bool)
    if not tiers.cuts:
        return [every]
    far = np.abs(before.score[:, None] - np.array(tiers.cuts)).min(axis=1)
    near = np.nan_to_num(far, nan=np.inf) <= close + 1e-9
    return [every, near, ~near]


# --- what an audit asks


def _lacks_nudged(case: Case, model: Any) -> str:
    if why := lacks_tiers(case, model):
        return why
    asked = anew.model_of(case, model)
    behind = behind_of(case, asked).rows
    some = any(_nudge(name, behind[name], SMALL.share) for name in asked.inputs)
    return "" if some else "no input of the model holds numbers that could move a little"


def _ask_nudged(case: Case, model: Any) -> Iterator[Result]:
    yield nudged(case, model)
    for group in case.groups:
        yield nudged(case, model, by=group.name)
        if comparable(case, (group.name,)):
            yield nudged(case, model, by=group.name, compare=True)


QUESTIONS: dict[str, Question] = {
    NUDGED: Question(
        says="Share of {people} whose tier changes when their numbers are a little different",
        lacks=_lacks_nudged, ask=_ask_nudged,
    ),
}  # fmt: skip

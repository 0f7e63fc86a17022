"""Verdicts of many screens on the same people: turned down everywhere, alike, how evenly let through.

One entry a person and unit (an employer, or those of an employer's applicants who are alike): who was
let through. What screens apart would give: each unit's verdicts dealt anew among its people by lot, as many
let through as before, each unit for itself. Expectations under such lots are exact, nothing is drawn.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_CELLS = 4_000_000  # chances that stand in memory at a time


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """Who was let through (1) and who was not (0) by which unit; behind which door a unit stands.

    Units with one screen, such as employers of one vendor, stand behind one door: ``pair`` is the pair of
    a person and a door, ``owner`` the person of each pair. No person is twice at a unit.
    """

    person: Ints
    unit: Ints
    pair: Ints
    passed: Floats
    owner: Ints
    people: int

    def of(self, rows: Any) -> "Verdicts":
        """Some of the verdicts, people and pairs numbered as before."""
        parts = (self.person[rows], self.unit[rows], self.pair[rows], self.passed[rows])
        return Verdicts(*parts, self.owner, self.people)

    @property
    def share(self) -> Floats:
        """For each verdict, the share that its unit lets through."""
        n = np.bincount(self.unit)
        with np.errstate(all="ignore"):
            return (np.bincount(self.unit, self.passed) / n)[self.unit]

    def summed(self, x: Floats) -> Floats:
        """Verdicts summed by person."""
        return np.bincount(self.person, x, self.people).astype(np.float64)


def verdicts(person: Ints, unit: Ints, door: Ints, passed: ArrayLike, people: int) -> Verdicts:
    """Verdicts from whom each is on, by which unit, behind which door, and whether it let through.

    >>> verdicts(*np.array([[0, 0, 1], [0, 1, 1], [5, 5, 5], [1, 0, 1]]), 2).owner.tolist()
    [0, 1]
    """
    doors = int(door.max(initial=0)) + 1
    found, pair = np.unique(person * doors + door, return_inverse=True)
    return Verdicts(
        person, unit, pair.reshape(-1), np.asarray(passed, np.float64), found // doors, people
    )


def turned_down(seen: Verdicts) -> tuple[Floats, Floats, Floats]:
    """For each person: at how many units, whether turned down at all of them, and the chance of that.

    The chance is the product of the shares that the units turn down: exact where verdicts are dealt
    anew within units.

    >>> two = verdicts(*np.array([[0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 0, 0], [1, 1, 0, 0]]), 2)
    >>> [x.tolist() for x in turned_down(two)]
    [[2.0, 2.0], [0.0, 1.0], [0.25, 0.25]]
    """
    n = seen.summed(np.ones(len(seen.person)))
    down = (n > 0) & (seen.summed(seen.passed) == 0)
    with np.errstate(divide="ignore"):
        chance = np.exp(seen.summed(np.log(1 - seen.share)))
    return n, down.astype(np.float64), np.where(n > 0, chance, 0.0)


def alike(seen: Verdicts) -> Floats:
    """For each person, summed over pairs of their units: products of what departs, and of spreads.

    Behind one door first, then behind different doors (four columns). The sum of the first over the sum of
    the second is the correlation (phi) of two units' verdicts on the same person; lots within units
    make it 0.

    >>> two = verdicts(*np.array([[0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 0, 0], [1, 1, 0, 0]]), 2)
    >>> alike(two).tolist()
    [[0.25, 0.25, 0.0, 0.0], [0.25, 0.25, 0.0, 0.0]]
    """
    share = seen.share
    parts = (seen.passed - share, np.sqrt(share * (1 - share)))
    columns = np.zeros((seen.people, 4))
    for side, x in enumerate(parts):
        squares = seen.summed(x**2)
        door = np.bincount(seen.pair, x, len(seen.owner)) ** 2
        within = np.bincount(seen.owner, door, seen.people)
        columns[:, side] = (within - squares) / 2
        columns[:, 2 + side] = (seen.summed(x) ** 2 - within) / 2
    return columns


def doors(seen: Verdicts) -> Floats:
    """For each person: behind how many different doors they asked, and how many of these let them through.

    >>> two = verdicts(*np.array([[0, 0, 0], [0, 1, 2], [0, 0, 1], [1, 1, 0]]), 1)
    >>> doors(two).tolist()
    [[2.0, 1.0]]
    """
    came, through = (np.bincount(seen.pair, x, len(seen.owner)) > 0 for x in (None, seen.passed))
    counts = [np.bincount(seen.owner, x, seen.people) for x in (came, through)]
    return np.stack(counts, axis=-1).astype(np.float64)


def evenness(seen: Verdicts) -> Floats:
    """For each person: how often let through (x), x log x, and what lots within units make one expect of it.

    The entropy of who is let through is log X - sum(x log x) / X, where X is the sum of x, which lots
    don't move.

    >>> one = verdicts(*np.array([[0, 1], [0, 0], [0, 0], [1, 0]]), 2)
    >>> evenness(one).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    x = seen.summed(seen.passed)
    return np.stack([x, _times_log(x), _expected(seen)], axis=-1)


def _times_log(x: Floats) -> Floats:
    return x * np.log(np.maximum(x, 1.0))


def _expected(seen: Verdicts) -> Floats:
    """What x log x is on average where each verdict is drawn with its unit's share, each for itself."""
    order = np.argsort(seen.person, kind="stable")
    person, share = seen.person[order], seen.share[order]
    n = np.bincount(person, minlength=seen.people)
    start, found = np.cumsum(n) - n, np.zeros(seen.people)
    most = int(n.max(initial=0))
    step = max(1, _CELLS // (most + 1))
    rank = np.argsort(n, kind="stable")  # people with as many verdicts stand together
    for first in range(0, len(rank), step):
        some = rank[first : first + step]
        chances = _counts(share, start[some], n[some])
        found[some] = chances @ _times_log(np.arange(chances.shape[1], dtype=np.float64))
    return found


def _counts(share: Floats, start: Ints, n: Ints) -> Floats:
    """The chance of each count of yes, for people whose chances stand in a row from a start on."""
    chances = np.zeros((len(n), int(n.max(initial=0)) + 1))
    chances[:, 0] = 1.0
    for at in range(chances.shape[1] - 1):
        on = at < n
        yes = np.where(on, share[np.minimum(start + at, len(share) - 1)], 0.0)[:, None]
        moved = chances * (1 - yes)
        moved[:, 1:] += chances[:, :-1] * yes
        chances = moved
    return chances

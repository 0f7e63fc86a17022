"""Something that starts in each office on a day of its own, held against offices where it has not started.

Difference in differences with the comparison of B. Callaway and P. H. C. Sant'Anna, *Journal of
Econometrics* 225 (2021), 200-230: each cohort of offices is held against those that have not started yet,
never against those that have; nothing is asked of when an effect comes or how it grows. Unconditional:
without it, shares would have moved alike everywhere. Counts by office and period; arrays in and out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import factorial, prod
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfaudit.estimators.estimates import Floats, floats
from wfaudit.estimators.leftout import Read

Ints: TypeAlias = NDArray[np.int64]
FEWEST_OTHERS = (
    2  # with one office to compare with, nothing would tell its own ways from the period's
)
MOST = 5_000  # ways of dealing days to offices that are all gone through
DRAWS = 999


@dataclass(frozen=True, slots=True, eq=False)
class Starts:
    """For each office its last whole period before the start, and its first whole one from then on.

    They are neighbours where an office starts with a period; a period in which it starts lies between
    them and is left out for it. ``last`` is below 0 where it had started before the first period,
    ``first`` is the number of periods where it does not start in any of them.
    """

    last: Ints
    first: Ints

    def cohorts(self, periods: int) -> list[tuple[int, int]]:
        """Offices that start together, and have a period before and after it."""
        pairs = zip(self.last.tolist(), self.first.tolist(), strict=True)
        return sorted({(b, g) for b, g in pairs if b >= 0 and g < periods})


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """An effect at each place, with everybody and without each office; and how much it rests on.

    Places: all periods from the start on, then each of ``before`` (periods before the last one before the
    start) and of ``after`` (0: the first from the start on). Of each place, with everybody: ``people`` and
    ``offices`` of the cohorts, and ``compared`` and ``others`` of those they are held against, each counted
    once. ``alone`` people of cohorts were in periods without enough to compare with.
    """

    full: Read
    without: Read
    people: Floats
    compared: Floats
    offices: Floats
    others: Floats
    alone: float


def places(starts: Starts, periods: int, most: int) -> tuple[list[int], list[int]]:
    """How many periods before the base, and after the start, some cohort has others to be compared with.

    >>> places(Starts(np.array([1, 2, 4, 4]), np.array([2, 4, 5, 5])), 5, most=12)
    ([2, 1], [0, 1, 2])
    """
    told = [
        (base - period, period - start)
        for base, start in starts.cohorts(periods)
        for period in (*range(base), *range(start, periods))
        if _waiting(starts, base, start, period) >= FEWEST_OTHERS
    ]
    before = min(max((back for back, _ in told), default=0), most)
    after = min(max((on + 1 for _, on in told), default=0), most)
    return list(range(before, 0, -1)), list(range(max(after, 0)))


def _waiting(starts: Starts, base: int, start: int, period: int) -> int:
    cohort = (starts.last == base) & (starts.first == start)
    return int(((starts.last >= max(period, base)) & ~cohort).sum())


def effects(k: ArrayLike, n: ArrayLike, starts: Starts, most: int = 12) -> Effects:
    """The effect of having started: of all periods from the start on, and by time from the start.

    ``k`` of ``n`` people count, in offices by periods. For each cohort and period, the change of the share
    since the last whole period before the start in its offices, less that in offices that have not
    started by then; offices are weighed by n n' / (n + n') of the two periods, as by Mantel and Haenszel.
    What cohorts and periods have in common is averaged over the people of the cohort. Periods before the
    base are told alike: nothing has started there, so what is found is how unlike the offices moved
    before. A cohort's period with fewer than two offices to compare with is left out.

    >>> k, n = np.array([[1, 4], [2, 2], [0, 2]]), np.full((3, 2), 5)
    >>> effects(k, n, Starts(np.array([0, 1, 1]), np.array([1, 2, 2]))).full[0].round(3)
    array([0.4, 0.4])
    """
    k, n = floats(k, n)
    offices, periods = n.shape
    before, after = places(starts, periods, most)
    shape = (offices + 1, 1 + len(before) + len(after))
    total, weight, asked = np.zeros(shape), np.zeros(shape), np.zeros((2, *shape))
    used, alone = np.zeros((2, offices, periods, shape[1]), dtype=bool), 0.0
    for cohort in _every(k, n, starts):
        alone += cohort.alone
        where = _where(cohort, periods, before, after)
        total += np.where(cohort.told, cohort.people * cohort.effect, 0.0) @ where
        weight += np.where(cohort.told, cohort.people, 0.0) @ where
        asked += np.stack([cohort.people, _each(n * cohort.other)]) @ where
        used |= (np.stack([cohort.mine, cohort.other])[..., None] * where) > 0
    with np.errstate(all="ignore"):
        value = total / weight
    people, compared = (used * n[..., None]).sum(axis=(1, 2))
    mine, others = used.any(axis=2).sum(axis=1).astype(np.float64)
    full, without = (value[0], asked[:, 0]), (value[1:], asked[:, 1:])
    return Effects(full, without, people, compared, mine, others, alone)


def dealt_anew(k: ArrayLike, n: ArrayLike, starts: Starts, seed: int = 0) -> tuple[float, bool]:
    """Two-sided chance that lots alone, dealing starts to offices, bring out as large an effect; if exact.

    Under the sharp null the start changes nobody's decision, so counts stay as they are and days are dealt
    anew. ``k`` and ``n`` hold offices by periods, of one group or of two on the first axis: then what is
    compared is the difference of their effects. All ways of dealing the days are gone through up to 5,000,
    else 999 are drawn, and the one seen counts among them.

    >>> k, n = np.array([[1, 4], [2, 3], [1, 2], [2, 3]]), np.full((4, 2), 5)
    >>> dealt_anew(k, n, Starts(np.array([0, 1, 1, 1]), np.array([1, 2, 2, 2])))
    (0.25, True)
    """
    k, n = (x[None] if x.ndim == 2 else x for x in floats(k, n))
    code = np.unique(np.stack([starts.last, starts.first]), axis=1, return_inverse=True)[1]
    code = code.reshape(-1)
    exact = ways(np.bincount(code)) <= MOST
    orders = np.array(list(_arranged(code) if exact else _drawn(len(code), seed)))
    dealt = Starts(starts.last[orders], starts.first[orders])
    large = abs(_overall(k, n, starts, dealt))
    seen = abs(_overall(k, n, starts, Starts(starts.last[None], starts.first[None])))[0]
    if np.isnan(seen):
        return np.nan, exact
    return float(np.mean(~(large < seen - 1e-9))), exact


def ways(sizes: Ints) -> int:
    """In how many ways cohorts of these sizes can be dealt to offices.

    >>> ways(np.array([2, 2]))
    6
    """
    return factorial(int(sizes.sum())) // prod(factorial(int(size)) for size in sizes)


# --- one cohort


@dataclass(frozen=True, slots=True, eq=False)
class _Cohort:
    """One cohort, period by period: with everybody and, below it, without each office."""

    base: int
    start: int
    effect: Floats
    told: NDArray[np.bool_]
    people: Floats  # of the cohort, in periods that can be told
    mine: Floats  # which offices and periods bring something
    other: Floats
    alone: float


def _every(k: Floats, n: Floats, starts: Starts) -> Iterator[_Cohort]:
    for base, start in starts.cohorts(n.shape[1]):
        yield _cohort(k, n, starts, base, start)


def _cohort(k: Floats, n: Floats, starts: Starts, base: int, start: int) -> _Cohort:
    mine, other = _sides(n, starts, base, start)
    weight, change = _changes(k, n, base)
    own, theirs = mine * weight, other * weight
    enough = mine.any(axis=0) & (other.sum(axis=0) >= FEWEST_OTHERS)
    told = enough & (_each(mine) > 0) & (_each(other) > 0)
    with np.errstate(all="ignore"):
        effect = _each(own * change) / _each(own) - _each(theirs * change) / _each(theirs)
    alone = float((n * mine * ~enough)[:, start:].sum())
    return _Cohort(
        base, start, effect, told, _each(n * mine * enough), mine * enough, other * enough, alone
    )


def _sides(n: Floats, starts: Starts, base: int, start: int) -> tuple[Floats, Floats]:
    """Which offices are the cohort's, and which have not started yet, in each period that can be told."""
    period = np.arange(n.shape[1])
    told = (period < base) | (period >= start)
    there = told & (n > 0) & (n[:, [base]] > 0)
    cohort = ((starts.last == base) & (starts.first == start))[:, None]
    waits = starts.last[:, None] >= np.maximum(period, base)
    return (there & cohort).astype(np.float64), (there & waits & ~cohort).astype(np.float64)


def _changes(k: Floats, n: Floats, base: int) -> tuple[Floats, Floats]:
    """How much each office's period weighs, how far its share lies from that of the base; 0 for nobody."""
    somebody = (n > 0) & (n[:, [base]] > 0)
    with np.errstate(all="ignore"):
        weight = n * n[:, [base]] / (n + n[:, [base]])
        change = k / n - (k / n)[:, [base]]
    return np.where(somebody, weight, 0.0), np.where(somebody, change, 0.0)


def _each(x: Floats) -> Floats:
    """Summed over all offices, and below it without each of them."""
    whole = x.sum(axis=0)
    return np.concatenate([whole[None], whole - x])


def _where(cohort: _Cohort, periods: int, before: list[int], after: list[int]) -> Floats:
    """Which periods of a cohort go to which place: periods by places."""
    period = np.arange(periods)
    late = period >= cohort.start
    early = [cohort.base - period == back for back in before]
    columns = [late, *early, *(period - cohort.start == on for on in after)]
    return np.stack(columns, axis=1).astype(np.float64)


# --- days dealt anew


def _overall(k: Floats, n: Floats, starts: Starts, dealt: Starts) -> Floats:
    """For each way of dealing, the effect of all periods; of two groups, how far theirs lie apart."""
    found = [_mean_effect(*each, starts, dealt) for each in zip(k, n, strict=True)]
    return found[0] if len(found) == 1 else found[0] - found[1]


def _mean_effect(k: Floats, n: Floats, starts: Starts, dealt: Starts) -> Floats:
    total, people = np.zeros((2, len(dealt.last)))
    for base, start in starts.cohorts(n.shape[1]):
        mine = ((dealt.last == base) & (dealt.first == start)).astype(np.float64)
        weight, change = _changes(k, n, base)
        there = ((n > 0) & (n[:, [base]] > 0)).astype(np.float64)
        parts = np.stack([weight * change, weight, there, n * there], axis=-1)
        for period in range(start, n.shape[1]):
            waits = (dealt.last >= period).astype(np.float64)
            own, other = mine @ parts[:, period], waits @ parts[:, period]
            of = own[:, 3] * ((own[:, 2] > 0) & (other[:, 2] >= FEWEST_OTHERS))
            with np.errstate(all="ignore"):
                effect = own[:, 0] / own[:, 1] - other[:, 0] / other[:, 1]
            total += np.where(of > 0, of * effect, 0.0)
            people += of
    with np.errstate(all="ignore"):
        return total / people


def _arranged(code: Ints) -> Iterator[Ints]:
    """Every different way of dealing the cohorts to offices, as an order of offices."""
    of = [np.flatnonzero(code == value) for value in range(int(code.max()) + 1)]
    seen = np.sort(code)
    while True:
        left = [list(each) for each in of]
        yield np.array([left[value].pop() for value in seen])
        falls = [at for at, (a, b) in enumerate(pairwise(seen)) if a < b]
        if not falls:
            return
        at = falls[-1]
        swap = int(np.flatnonzero(seen > seen[at])[-1])
        seen[at], seen[swap] = seen[swap], seen[at]
        seen[at + 1 :] = seen[at + 1 :][::-1]


def _drawn(offices: int, seed: int) -> Iterator[Ints]:
    """The one seen, and others by lot."""
    generator = np.random.default_rng(seed)
    yield np.arange(offices)
    for _ in range(DRAWS):
        yield generator.permutation(offices)

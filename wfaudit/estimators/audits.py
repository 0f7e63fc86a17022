"""Every audit that could happen, with its chance: what powers are summed over.

For each count that the reference may show, the fewest people of the group are found whose counting
shows what is asked for; as limits rise with the group's count, all that have more show it too. Its
power is the chance of so many, summed over the counts of the reference, without a normal
approximation: exact for up to 400 plausible counts of the reference; beyond that neighbouring counts
are taken in lumps, and powers are right to about one in 1,000.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc

from wfaudit.estimators.estimates import Floats, floats
from wfaudit.estimators.intervals import miettinen_nurminen_p, newcombe, ratio_score_p

Bools: TypeAlias = NDArray[np.bool_]
# from k, n, k_ref, n_ref, a value and a level: does the interval lie above the value, or below it
Beyond: TypeAlias = Callable[[Floats, Floats, Floats, Floats, Floats, float], tuple[Bools, Bools]]

_NODES = 400  # counts of the reference looked at; where more can happen they are taken in lumps
_SPREAD, _ROOM = 8.5, 20.0  # what is plausible: standard deviations, and counts, to each side
_LUMPED = 6.0  # standard deviations where counts are taken in lumps


def by_newcombe(
    k: Floats, n: Floats, k_ref: Floats, n_ref: Floats, at: Floats, level: float
) -> tuple[Bools, Bools]:
    """Whether the printed interval of a gap lies above, and below, a value."""
    low, high = newcombe(k, n, k_ref, n_ref, level)
    return low > at, high < at


def by_score(
    k: Floats, n: Floats, k_ref: Floats, n_ref: Floats, at: Floats, level: float
) -> tuple[Bools, Bools]:
    """Whether the interval that clears a gap (Miettinen and Nurminen 1985) lies above, and below."""
    above, below = miettinen_nurminen_p(k, n, k_ref, n_ref, at)
    return above < (1 - level) / 2, below < (1 - level) / 2


def by_ratio(
    k: Floats, n: Floats, k_ref: Floats, n_ref: Floats, at: Floats, level: float
) -> tuple[Bools, Bools]:
    """Whether the score interval of a ratio lies above, and below; no ratio to nobody in the reference."""
    above, below = ratio_score_p(k, n, k_ref, n_ref, at)
    ratio = k_ref > 0
    return ratio & (above < (1 - level) / 2), ratio & (below < (1 - level) / 2)


@dataclass(frozen=True, slots=True, eq=False)
class Audits:
    """Comparisons, one a row, and beside each the counts its reference may show with their chances."""

    n: Floats
    n_ref: Floats
    counts: Floats
    chances: Floats

    @classmethod
    def of(cls, n: Any, p_ref: Any, n_ref: Any) -> Audits:
        """Audits of n people against n_ref, of whom a share p_ref counts.

        >>> Audits.of(5, 0.5, 2).chances[:3]
        array([0.25, 0.5 , 0.25])
        """
        n, p_ref, n_ref = (x[..., None] for x in np.broadcast_arrays(*floats(n, p_ref, n_ref)))
        sd = np.sqrt(n_ref * p_ref * (1 - p_ref))
        half = np.minimum(_SPREAD * sd + _ROOM, np.maximum(_LUMPED * sd + 2, _NODES / 2 - 1))
        first = np.maximum(np.floor(n_ref * p_ref - half), 0.0)
        last = np.minimum(np.ceil(n_ref * p_ref + half), n_ref)
        width = np.ceil((last - first + 1) / _NODES)
        left = first + width * np.arange(_NODES, dtype=np.float64)
        right = np.minimum(left + width - 1, n_ref)
        chances = at_least(left, n_ref, p_ref) - at_least(right + 1, n_ref, p_ref)
        there = (left <= n_ref) & (p_ref >= 0) & (p_ref <= 1)
        return cls(n, n_ref, np.minimum((left + right) / 2, n_ref), np.where(there, chances, 0.0))

    def above(self, beyond: Beyond, at: ArrayLike, level: float) -> Floats:
        """For each count the fewest that count in the group where the interval lies above a value."""
        value = np.asarray(at, dtype=np.float64)[..., None]
        return self._fewest(lambda k: beyond(k, self.n, self.counts, self.n_ref, value, level)[0])

    def below(self, beyond: Beyond, at: ArrayLike, level: float) -> Floats:
        """For each count the fewest that do not count where the interval lies below a value."""
        value = np.asarray(at, dtype=np.float64)[..., None]
        return self._fewest(
            lambda k: beyond(self.n - k, self.n, self.counts, self.n_ref, value, level)[1]
        )

    def reached(self, needed: Floats, share: Floats) -> Floats:
        """Chance that as many are there as needed, each being so with the chance ``share``."""
        return (self.chances * at_least(needed, self.n, share[..., None])).sum(axis=-1)

    def both(self, counting: Floats, others: Floats, share: Floats) -> Floats:
        """Chance that as many count as needed, and as many do not."""
        share = share[..., None]
        enough = at_least(counting, self.n, share) + at_least(others, self.n, 1 - share) - 1
        return (self.chances * np.maximum(enough, 0.0)).sum(axis=-1)

    def _fewest(self, shown: Callable[[Floats], Bools]) -> Floats:
        """Fewest of n people at which it shows, for each count; n + 1 where none do."""
        low, high = np.full_like(self.counts, -1.0), np.broadcast_to(self.n + 1, self.counts.shape)
        while bool(((high - low) > 1).any()):
            middle = np.floor((low + high) / 2)
            known = high - low <= 1
            enough = shown(np.maximum(middle, 0.0))
            high = np.where(enough & ~known, middle, high)
            low = np.where(enough | known, low, middle)
        return high


def at_least(k: Floats, n: Floats, p: Floats) -> Floats:
    """Chance of at least k out of n, each counting with chance p.

    >>> at_least(*np.array([[1.0], [2.0], [0.5]]))
    array([0.75])
    """
    inside = betainc(np.maximum(k, 1), np.maximum(n - k, 0) + 1, p)
    return np.where(k <= 0, 1.0, np.where(k > n, 0.0, inside))

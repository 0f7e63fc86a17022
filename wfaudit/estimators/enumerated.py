"""Exact tests of what lots can do: every way of dealing them, counted or, where there are too many, drawn.

Outcomes are held as they are and lots are dealt anew, so nothing is asked of how people are related.
Counts: k of n people to whom the lot fell, k_ref of n_ref of the others; strata on the last axis.
"""

from collections.abc import Iterator
from itertools import combinations
from math import comb
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, ndtr

from wfaudit.estimators.estimates import Floats, floats

Bools: TypeAlias = NDArray[np.bool_]
Dealt: TypeAlias = tuple[Floats, Floats]  # what can come out, and the chance of each

MOST = 20_000  # ways of dealing lots to clusters that are all gone through
DRAWS = 9_999
_TIES = 1e-7  # chances that are equal but for rounding, as in R
_FAR, _ROOM = 12.0, 20.0  # what is possible: standard deviations, and counts, to each side
_NEAR = 8.5
_CELLS = 4_000_000  # pairs of tables that are gone through
_DIRECT = 5e6  # products in a convolution beyond which the fast transform is used
_BLOCK = 500


def lots(k: ArrayLike, n: ArrayLike, k_ref: ArrayLike, n_ref: ArrayLike) -> Floats:
    """Two-sided chance that lots alone, dealt within strata, bring out a split as unlikely as this one.

    Fisher's exact test (1935); in strata the exact conditional test, as R's ``mantelhaen.test(exact =
    TRUE)``. 1 where nothing can differ, not-a-number where a side has nobody in any stratum.

    >>> print(f"{lots([3], [4], [1], [4]):.4f} {lots([3, 5], [4, 6], [1, 2], [4, 6]):.4f}")
    0.4857 0.0775
    """
    k, n, k_ref, n_ref = np.broadcast_arrays(*floats(k, n, k_ref, n_ref))
    rows = [x.reshape(-1, x.shape[-1]) for x in (k, n, k_ref, n_ref)]
    found = [_one(*each) for each in zip(*rows, strict=True)]
    return np.array(found).reshape(k.shape[:-1])


def lots_apart(mine: ArrayLike, theirs: ArrayLike) -> tuple[float, bool]:
    """Two-sided chance that lots alone set two groups' differences so far apart; and whether it is exact.

    ``mine`` and ``theirs`` are (k, n, k_ref, n_ref) of two groups; lots are dealt within each. What is
    compared is the difference of the two differences over its standard error (from each cell with half
    a person added to both answers). Exact where lots matter to nobody; where they matter as much in both
    groups it holds in the long run (Chung and Romano 2013): simulated, 5 % are .04 to .07 with 20 people a
    side, .04 to .06 with 60. Where there are too many tables, a normal deviate stands in.

    >>> p, exact = lots_apart((5, 6, 1, 6), (2, 6, 3, 6))
    >>> print(f"{p:.4f} {exact}")
    0.0511 True
    """
    sides = [np.asarray(side, np.float64) for side in (mine, theirs)]
    if min(side[[1, 3]].min() for side in sides) <= 0:
        return np.nan, True
    seen = _apart(*(_difference(side, side[0]) for side in sides))
    dealt = [_dealt(side[0] + side[2], side[1], side[3], _NEAR) for side in sides]
    if dealt[0][0].size * dealt[1][0].size > _CELLS:
        return float(2 * ndtr(-abs(seen))), False
    one, other = (_difference(side, can) for side, (can, _) in zip(sides, dealt, strict=True))
    far = np.abs(_apart(tuple(x[:, None] for x in one), other)) >= abs(seen) * (1 - 1e-9)
    return min(float(dealt[0][1] @ far @ dealt[1][1]), 1.0), True


def lots_to_clusters(
    k: ArrayLike, n: ArrayLike, drawn: ArrayLike, seed: int = 0
) -> tuple[float, bool]:
    """Two-sided chance that lots dealt to whole clusters bring out as large a difference; if exact.

    ``k`` and ``n`` hold a row for each of one or two groups and a column for each cluster; two groups:
    the difference of their differences. ``drawn`` says to which clusters the lot fell. All ways of
    dealing as many lots are gone through up to 20,000, else 9,999 are drawn, and the one seen counts
    among them.

    >>> k, n = [3, 4, 1, 0, 1, 2], [5, 5, 5, 5, 5, 5]
    >>> lots_to_clusters(k, n, [True, True, False, False, True, False])
    (0.3, True)
    """
    k, n = (np.atleast_2d(x) for x in floats(k, n))
    drawn = np.asarray(drawn, dtype=bool)
    ways = comb(len(drawn), int(drawn.sum()))
    exact = ways <= MOST
    seen = abs(float(_between(k, n, drawn[None])[0]))
    if np.isnan(seen):
        return np.nan, exact
    large = total = 0
    for some in _every(drawn) if exact else _some(drawn, seed):
        apart = np.abs(_between(k, n, some))
        large += int((~(apart < seen * (1 - 1e-9) - 1e-12)).sum())
        total += len(some)
    return (large / total if exact else (large + 1) / (total + 1)), exact


# --- one table, or strata of them


def _one(k: Floats, n: Floats, k_ref: Floats, n_ref: Floats) -> float:
    some = (n > 0) & (n_ref > 0)
    if not some.any():
        return np.nan
    first, chances = 0.0, np.ones(1)
    for a, m, b, m_ref in zip(k[some], n[some], k_ref[some], n_ref[some], strict=True):
        can, chance = _dealt(a + b, m, m_ref, _FAR)
        first, chances = first + float(can[0]), _convolved(chances, chance)
    at = round(float(k[some].sum()) - first)
    if not 0 <= at < len(chances):
        return 0.0
    return min(float(chances[chances <= chances[at] * (1 + _TIES)].sum()), 1.0)


def _dealt(cases: float, n: float, n_ref: float, far: float) -> Dealt:
    """How many of the cases can fall among the n, and the chance of each; less likely ones left out."""
    everybody = n + n_ref
    share = cases / everybody
    sd = np.sqrt(n * share * (1 - share) * n_ref / max(everybody - 1, 1))
    low = max(0.0, cases - n_ref, np.floor(n * share - far * sd - _ROOM))
    high = min(n, cases, np.ceil(n * share + far * sd + _ROOM))
    k = np.arange(low, high + 1)
    ways = [gammaln(x + 1) for x in (k, n - k, cases - k, n_ref - cases + k)]
    likely = -np.sum(ways, axis=0)
    chance = np.exp(likely - likely.max())
    return k, chance / chance.sum()


def _convolved(one: Floats, other: Floats) -> Floats:
    if len(one) * len(other) <= _DIRECT:
        return np.convolve(one, other)
    length = len(one) + len(other) - 1
    both = np.fft.rfft(one, length) * np.fft.rfft(other, length)
    return np.maximum(np.fft.irfft(both, length), 0.0)


# --- two groups


def _difference(side: Floats, k: ArrayLike) -> Dealt:
    """Difference of shares, and its variance, where k of the cases fall among the n."""
    _, n, _, n_ref = side
    k = np.asarray(k, np.float64)
    rest = side[0] + side[2] - k
    shares = [(x + 0.5) / (m + 1) for x, m in ((k, n), (rest, n_ref))]
    variance = sum(p * (1 - p) / m for p, m in zip(shares, (n, n_ref), strict=True))
    return k / n - rest / n_ref, np.asarray(variance)


def _apart(one: tuple[Floats, ...], other: tuple[Floats, ...]) -> Floats:
    return (one[0] - other[0]) / np.sqrt(one[1] + other[1])


# --- clusters


def _between(k: Floats, n: Floats, drawn: Bools) -> Floats:
    """The difference, or the difference of differences, for each way of dealing lots."""
    yes, no = drawn.astype(np.float64), (~drawn).astype(np.float64)
    with np.errstate(all="ignore"):
        apart = (yes @ k.T) / (yes @ n.T) - (no @ k.T) / (no @ n.T)
    return apart[:, 0] - apart[:, 1] if len(k) > 1 else apart[:, 0]


def _every(drawn: Bools) -> Iterator[Bools]:
    rows = [list(each) for each in combinations(range(len(drawn)), int(drawn.sum()))]
    for start in range(0, len(rows), _BLOCK):
        some = np.zeros((len(rows[start : start + _BLOCK]), len(drawn)), dtype=bool)
        for row, places in zip(some, rows[start : start + _BLOCK], strict=True):
            row[places] = True
        yield some


def _some(drawn: Bools, seed: int) -> Iterator[Bools]:
    generator = np.random.default_rng(seed)
    for start in range(0, DRAWS, _BLOCK):
        block = np.tile(drawn, (min(_BLOCK, DRAWS - start), 1))
        yield generator.permuted(block, axis=1)

"""How well one thing tells another, learned from some people and tried on others: AUC with limits.

Values are put in order by some people and the order is tried on the rest, so that a value which is noise is
as often wrong as right: with nothing to tell, the expectation is .5 whatever the number of values.

The folds of a cross-fitted area share what they learned. For a learner that is a sum over people the variance
of their mean under no relation is exactly twice the one of independent folds, whatever their number; for the
sign of a difference it is 1.64 times. Twice is taken everywhere, so that limits are up to 1.4 times too wide
where the relation is strong.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, stdtrit

from wfaudit.estimators.estimates import Floats, first_reason
from wfaudit.estimators.leftout import LeftOut
from wfaudit.estimators.roc import auc

Ints: TypeAlias = NDArray[np.int64]
FEWEST = 10  # people with the event, and without, in each fold
FEWEST_PARTS = 4  # parts of clusters in each fold
SHARED = 2.0  # variance of folds that share what they learned, over that of independent ones
SAME = 1e-12  # shares that are equal but for rounding
PULL = 2.0  # people's worth that a value's share is drawn to everybody's


def by_value(
    events: ArrayLike, nonevents: ArrayLike, level: float = 0.95, kin: ArrayLike = 1.0
) -> LeftOut:
    """Area of values put in order by their share of events, in one half of people by that of the other.

    Halves, targets, values: how many people with the event, and without, have each value. Both ways,
    averaged. ``kin`` says from which other values each also learns (values by values). Limits on the logit
    scale (DeLong et al. 1988; see above); where all are told apart, the lower one is that of as many
    independent pairs of which none was in the wrong order.

    >>> have, lack = [[[30, 10]], [[28, 12]]], [[[12, 28]], [[16, 24]]]
    >>> found = by_value(have, lack)
    >>> print(f"{found.estimate[0]:.3f} {found.low[0]:.3f} {found.high[0]:.3f}")
    0.688 0.578 0.780
    """
    e, m = (np.asarray(x, np.float64) for x in (events, nonevents))
    ranks = [_ranks((e[1 - h], m[1 - h]), kin) for h in (0, 1)]
    folds = [auc(_ranked(e[h], ranks[h]), _ranked(m[h], ranks[h])) for h in (0, 1)]
    areas, ses = np.stack([f.estimate for f in folds]), np.stack([f.se for f in folds])
    n = np.stack([np.stack([f.n_events, f.n_nonevents]) for f in folds])
    return _averaged(areas, ses, n, level)


def by_value_over(
    events: ArrayLike, nonevents: ArrayLike, level: float = 0.95, kin: ArrayLike = 1.0
) -> LeftOut:
    """As ``by_value``, of parts of whole clusters: every other part is in the second half.

    The variance of each half is that of the parts' own contributions to the area (Obuchowski 1997).

    >>> rng = np.random.default_rng(0)
    >>> have, lack = rng.integers(1, 9, (20, 1, 2)), rng.integers(1, 9, (20, 1, 2))
    >>> round(float(by_value_over(have, lack).clusters[0]))
    20
    """
    e, m = (np.asarray(x, np.float64) for x in (events, nonevents))
    halves = [(e[h::2], m[h::2]) for h in (0, 1)]
    found = [_half_over(halves[1 - h], halves[h], kin) for h in (0, 1)]
    areas, ses, n, there = (np.stack([f[i] for f in found]) for i in range(4))
    return _averaged(areas, ses, n, level, there)


def by_score(
    score: Floats, event: NDArray[np.bool_], fold: Ints, part: Ints | None = None,
    level: float = 0.95,
) -> LeftOut:  # fmt: skip
    """Area of out-of-fold scores, people held against others of their fold only; ``part`` of whole clusters.

    >>> rng = np.random.default_rng(1)
    >>> event = rng.random(400) < 0.5
    >>> found = by_score(event + rng.normal(size=400), event, np.arange(400) % 5)
    >>> print(f"{found.estimate:.2f} {found.low:.2f} {found.high:.2f}")
    0.76 0.69 0.82
    """
    each = [fold == k for k in np.unique(fold)]
    told = [_area(score[one], event[one], None if part is None else part[one]) for one in each]
    areas, ses, n, there = (np.stack([np.asarray(t[i]) for t in told]) for i in range(4))
    return _averaged(areas, ses, n, level, None if part is None else there)


def neighbours(size: int, reach: int, more: int = 0) -> Floats:
    """Which values learn from which where they are in order: up to ``reach`` steps away; ``more`` from none.

    >>> neighbours(3, 1, 1).tolist()
    [[1.0, 0.5, 0.0, 0.0], [0.5, 1.0, 0.5, 0.0], [0.0, 0.5, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
    """
    at = np.arange(size)
    near = np.maximum(0.0, 1 - np.abs(at[:, None] - at) / (reach + 1))
    return np.block([[near, np.zeros((size, more))], [np.zeros((more, size)), np.eye(more)]])


def _ranks(seen: Any, kin: ArrayLike) -> Ints:
    """The rank of each value by its share of events, drawn to everybody's; the same share, the same rank."""
    e, m = seen
    total = (e + m).sum(axis=-1, keepdims=True)
    middle = e.sum(axis=-1, keepdims=True) / np.maximum(total, 1.0)
    weights = np.asarray(kin, np.float64)
    e, m = (side @ weights if weights.ndim else side for side in (e, m))
    share = (e + PULL * middle) / (e + m + PULL)
    order = np.argsort(share, axis=-1, kind="stable")
    rising = np.take_along_axis(share, order, axis=-1)
    step = np.zeros(order.shape, dtype=np.int64)
    step[..., 1:] = rising[..., 1:] - rising[..., :-1] > SAME
    ranks = np.zeros_like(order)
    np.put_along_axis(ranks, order, np.cumsum(step, axis=-1), axis=-1)
    return ranks.astype(np.int64)


def _ranked(counts: Floats, ranks: Ints) -> Floats:
    """Counts by target and value as counts by target and rank; axes before these stay."""
    found = np.zeros_like(counts)
    at = np.indices(counts.shape)
    np.add.at(found, (*at[:-1], np.broadcast_to(ranks, counts.shape)), counts)
    return found


def _half_over(seen: Any, tried: Any, kin: ArrayLike) -> tuple[Floats, Floats, Floats, Floats]:
    """Area in the parts that were not learned from, its error over parts, people and parts there are."""
    ranks = _ranks([side.sum(axis=0) for side in seen], kin)
    e, m = (_ranked(side, ranks) for side in tried)
    n_e, n_m = (side.sum(axis=(0, -1)) for side in (e, m))
    area, under, over = _places(e.sum(axis=0), m.sum(axis=0))
    with np.errstate(all="ignore"):
        off_e = (under - area[..., None]) / n_e[..., None]
        off_m = (over - area[..., None]) / n_m[..., None]
    own = np.einsum("ptv,tv->pt", e, off_e) + np.einsum("ptv,tv->pt", m, off_m)
    there = ((e + m).sum(axis=-1) > 0).sum(axis=0).astype(np.float64)
    return area, _spread(own, there), np.stack([n_e, n_m]), there


def _places(e: Floats, m: Floats) -> tuple[Floats, Floats, Floats]:
    """The area, and for each value the share of the other side that it puts on the right side."""
    n_e, n_m = e.sum(axis=-1, keepdims=True), m.sum(axis=-1, keepdims=True)
    with np.errstate(all="ignore"):
        under = (np.cumsum(m, axis=-1) - m / 2) / n_m
        over = (n_e - np.cumsum(e, axis=-1) + e / 2) / n_e
        return (e * under).sum(axis=-1) / n_e[..., 0], under, over


def _spread(own: Floats, there: Floats) -> Floats:
    with np.errstate(all="ignore"):
        return np.sqrt(there / (there - 1) * np.square(own).sum(axis=0))


def _area(
    score: Floats, event: NDArray[np.bool_], part: Ints | None
) -> tuple[Floats, Floats, Floats, Floats]:
    """The same for people with scores of their own."""
    grid, at = np.unique(score, return_inverse=True)
    e, m = (
        np.bincount(at[side], minlength=len(grid)).astype(np.float64) for side in (event, ~event)
    )
    n = np.array([e.sum(), m.sum()])
    if part is None:
        found = auc(e, m)
        return np.asarray(found.estimate), np.asarray(found.se), n, np.asarray(0.0)
    area, under, over = _places(e, m)
    with np.errstate(all="ignore"):
        mine = np.where(event, (under[at] - area) / n[0], (over[at] - area) / n[1])
    whose, at_part = np.unique(part, return_inverse=True)
    there = np.asarray(float(len(whose)))
    return area, _spread(np.bincount(at_part, mine).astype(np.float64)[:, None], there)[0], n, there


def _averaged(
    areas: Floats, ses: Floats, n: Floats, level: float, there: Floats | None = None
) -> LeftOut:
    """The mean of folds with its limits: folds first, then events and not for ``n``."""
    flat = (areas == 0) | (areas == 1) | ~(ses > 0)
    area, se = areas.mean(axis=0), _joint(np.where(flat, 0.0, ses))
    parts = np.zeros_like(area) if there is None else there.sum(axis=0)
    df = np.full_like(area, np.inf) if there is None else parts - 2
    note = _note(area, se, n, there)
    with np.errstate(all="ignore"):
        steep = se / (area * (1 - area))
        steep = np.where((note == "") & (area < 1), steep, np.nan)
        half = steep * stdtrit(np.minimum(df, 1e9), (1 + level) / 2)
        low, high = expit(logit(area) - half), expit(logit(area) + half)
        sure = (note == "") & (area == 1) & (there is None)
        all_right = ((1 - level) / 2) ** (1 / n.min(axis=1).sum(axis=0))
    low, high = np.where(sure, all_right, low), np.where(sure, 1.0, high)
    return LeftOut(area, steep, low, high, note, df, parts)


def _joint(ses: Floats) -> Floats:
    return np.sqrt(SHARED * np.square(ses).sum(axis=0)) / len(ses)


def _note(area: Floats, se: Floats, n: Floats, there: Floats | None) -> Any:
    """Why there is no number, or no interval."""
    fewest, total = n.min(axis=(0, 1)), n.sum(axis=0)
    parts = np.full_like(area, FEWEST_PARTS) if there is None else there.min(axis=0)
    perfect = (area == 1) & (there is None)
    return first_reason(
        (total.sum(axis=0) == 0, "nobody to count"),
        (total.min(axis=0) == 0, "nobody to compare"),
        (fewest < FEWEST, f"fewer than {FEWEST} people on one side of a fold: no interval"),
        (parts < FEWEST_PARTS, f"fewer than {2 * FEWEST_PARTS} clusters: no interval"),
        (~(se > 0) & (area == 0.5), "nothing varies: no interval"),
        (~(se > 0) & ~perfect, "the clusters do not vary: no interval"),
    )


__all__ = ["by_score", "by_value", "by_value_over", "neighbours"]

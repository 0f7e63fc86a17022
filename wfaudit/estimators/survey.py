"""Shares and gaps of weighted people, with or without clusters, by Taylor linearisation.

One row a person goes in: 1 or 0, a weight and, where people were drawn in clusters, the cluster.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, stdtrit

from wfaudit.estimators.estimates import Floats

Codes: TypeAlias = NDArray[np.int64]

STILL = "nothing varies: no interval"
FEWEST_CLUSTERS = 8
FEWEST_PEOPLE = 10  # effective ones: weights that differ a lot count as fewer people


@dataclass(frozen=True, slots=True)
class Weighted:
    """A weighted estimate with limits on `df` degrees of freedom, or a note on why there are none.

    `effective` is the number of people that would say as much with equal weights (Kish 1965), and
    `design_effect` the variance over that of as many unweighted, unclustered people.
    """

    estimate: float
    se: float = np.nan
    low: float = np.nan
    high: float = np.nan
    df: float = np.nan
    effective: float = np.nan
    design_effect: float = np.nan
    note: str = ""


def weighted_share(
    counts: ArrayLike, weight: ArrayLike, cluster: ArrayLike | None = None, level: float = 0.95
) -> Weighted:
    """Weighted share of ones, its linearised standard error and limits on the logit scale.

    What R's survey gives for one stage without strata: svymean and svyciprop(method="logit"), with
    t on as many degrees of freedom as there are clusters (or people) less one (Binder 1983, Lumley
    2010). A note and no interval for all or none, fewer than 8 clusters or 10 effective people, or
    one row with more than half of the weight; no share where a weight isn't above 0.

    Measured, the 95 % interval holds the truth in .93 to .99 of draws while the logs of the weights
    spread by 0.5 or less; at 1 in .90 to .94, at 1.5 in .80 to .93, least at rare shares.

    >>> found = weighted_share([1, 0, 0, 1, 0] * 6, [1, 2, 1, 3, 1] * 6)
    >>> print(f"{found.estimate:.3f} {found.low:.3f} {found.high:.3f} {found.effective:.1f}")
    0.500 0.300 0.700 24.0
    """
    y, w, clusters = _columns(counts, weight, cluster)
    if note := _no_share(w):
        return Weighted(np.nan, note=note)
    share, pull = _pull(y, w)
    df, effective = float(clusters.max()), _effective(w)
    se, note = _error(pull, clusters), _why_not(share, w, clusters, cluster is not None)
    if note or not se > 0:
        return Weighted(share, df=df, effective=effective, note=note or STILL)
    spread = share * (1 - share)
    half = float(stdtrit(df, (1 + level) / 2)) * se / spread
    low, high = expit(logit(share) - half), expit(logit(share) + half)
    design = se**2 * (len(y) - 1) / spread
    return Weighted(share, se, float(low), float(high), df, effective, design)


def weighted_gap(
    counts: ArrayLike,
    weight: ArrayLike,
    in_group: ArrayLike,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> Weighted:
    """Weighted share of the group less that of everybody else in the rows given.

    Both shares are linearised together, so clusters with people of both sides are taken into
    account (what R's svyby with svycontrast gives). Degrees of freedom are those of the side with
    fewer clusters (or people) less one; notes as in `weighted_share`, for either side.

    >>> found = weighted_gap([1, 0, 0, 1, 0, 0] * 9, [1, 2, 1, 3, 1, 1] * 9, [1, 1, 1, 0, 0, 0] * 9)
    >>> print(f"{found.estimate:.3f} {found.low:.3f} {found.high:.3f}")
    -0.350 -0.610 -0.090
    """
    y, w, clusters = _columns(counts, weight, cluster)
    inside = np.asarray(in_group, dtype=bool)
    sides = inside, ~inside
    if note := next(filter(None, (_no_share(w[side]) for side in sides)), ""):
        return Weighted(np.nan, note=note)
    (share, pull), (other, pull_other) = (_pull(y[side], w[side]) for side in sides)
    both = np.concatenate([pull, -pull_other])
    se = _error(both, np.concatenate([clusters[side] for side in sides]))
    reasons = (
        _why_not(p, w[side], clusters[side], cluster is not None)
        for p, side in zip((share, other), sides, strict=True)
    )
    note, df = (
        next(filter(None, reasons), ""),
        min(len(np.unique(clusters[s])) for s in sides) - 1.0,
    )
    gap, effective = share - other, _effective(w)
    if note or not se > 0:
        return Weighted(gap, df=df, effective=effective, note=note or STILL)
    half = float(stdtrit(df, (1 + level) / 2)) * se
    return Weighted(gap, se, max(gap - half, -1.0), min(gap + half, 1.0), df, effective)


def _columns(
    counts: ArrayLike, weight: ArrayLike, cluster: ArrayLike | None
) -> tuple[Floats, Floats, Codes]:
    """Ones and weights as numbers, clusters as codes from 0; without clusters each row is one."""
    y, w = np.asarray(counts, np.float64), np.asarray(weight, np.float64)
    codes = np.arange(len(y)) if cluster is None else np.unique(cluster, return_inverse=True)[1]
    return y, w, np.asarray(codes, np.int64)


def _pull(y: Floats, w: Floats) -> tuple[float, Floats]:
    """The weighted share, and how far each row pulls it from where the others have it."""
    share = float((w * y).sum() / w.sum())
    return share, w * (y - share) / w.sum()


def _error(pull: Floats, clusters: Codes) -> float:
    """Standard error of a sum of pulls, added up within clusters; they sum to 0."""
    sums = np.bincount(clusters, weights=pull)[np.unique(clusters)]
    g = len(sums)
    return float(np.sqrt(g / (g - 1) * np.square(sums).sum())) if g > 1 else np.nan


def _effective(w: Floats) -> float:
    """Kish's (1965) effective number of people."""
    return float(w.sum() ** 2 / np.square(w).sum())


def _no_share(w: Floats) -> str:
    if len(w) == 0:
        return "nobody to count"
    if not bool(np.isfinite(w).all()):
        return "a weight is not a number: no share"
    return "" if bool((w > 0).all()) else "a weight is not above 0: no share"


def _why_not(share: float, w: Floats, clusters: Codes, clustered: bool) -> str:
    if w.max() > w.sum() / 2:
        return "one row carries most of the weight: no interval"
    if clustered and (few := len(np.unique(clusters))) < FEWEST_CLUSTERS:
        return f"{few} clusters: fewer than {FEWEST_CLUSTERS}, no interval"
    if round(_effective(w), 9) < FEWEST_PEOPLE:
        return f"weights leave {_effective(w):.1f} effective people: too few for an interval"
    return "all or none: no interval" if share in (0.0, 1.0) else ""

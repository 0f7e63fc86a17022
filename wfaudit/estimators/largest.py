"""The largest gap among many groups, beside the largest gap that chance alone would show.

With many small groups some two always lie far apart. The gap says little until it is put beside what
the same groups would show if all had one rate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from wfaudit.estimators.estimates import Floats


@dataclass(frozen=True, slots=True)
class Largest:
    """The largest gap, what chance alone shows on average and in 95 % of draws, and a p-value."""

    gap: float
    expected: float
    usual: float
    p: float
    note: str = ""


def largest_gap(
    k: ArrayLike,
    n: ArrayLike,
    generator: np.random.Generator,
    draws: int = 9_999,
    reference: int | None = None,
    level: float = 0.95,
) -> Largest:
    """Largest gap among the rates k/n, and its distribution if all groups had one rate.

    The gap is the highest rate less the lowest or, with the position of a reference, the rate
    furthest from its. Under one rate, that of all groups together, counts are drawn anew from
    binomial distributions; the p-value is (b + 1) / (draws + 1), b being the draws with a gap as
    large (Phipson and Smyth 2010). `expected` is the mean gap of the draws, `usual` the gap that a
    share `level` of them stays within. Groups with nobody in them take no part.

    >>> found = largest_gap([21, 40, 33, 28], [100] * 4, np.random.default_rng(1))
    >>> print(f"{found.gap:.2f} {found.expected:.2f} {found.usual:.2f} {found.p:.2f}")
    0.19 0.09 0.17 0.02
    """
    k, n = np.asarray(k, np.float64), np.asarray(n, np.float64)
    if note := _why_not(k, n, reference):
        return Largest(np.nan, np.nan, np.nan, np.nan, note)
    told = n > 0
    at = None if reference is None else int(told[:reference].sum())
    k, n = k[told], n[told]
    gap = float(_gaps(k / n, at))
    if k.sum() in (0.0, n.sum()):
        return Largest(gap, np.nan, np.nan, np.nan, "all or none: nothing could vary")
    drawn = generator.binomial(n.astype(np.int64), k.sum() / n.sum(), (draws, len(n)))
    gaps = _gaps(drawn / n, at)
    usual = float(np.quantile(gaps, level, method="inverted_cdf"))
    as_large = int((gaps > gap - 1e-12).sum())
    return Largest(gap, float(gaps.mean()), usual, (as_large + 1) / (draws + 1))


def _gaps(rates: Floats, reference: int | None) -> Floats:
    if reference is None:
        return np.asarray(rates.max(axis=-1) - rates.min(axis=-1))
    return np.asarray(np.abs(rates - rates[..., [reference]]).max(axis=-1))


def _why_not(k: Floats, n: Floats, reference: int | None) -> str:
    if (n > 0).sum() < 2:
        return "fewer than two groups with anybody to count: no gap"
    if reference is not None and n[reference] == 0:
        return "nobody to count in the reference group"
    return "" if bool(((k >= 0) & (k <= n)).all()) else "counts beyond their totals: no gap"

"""Intervals where people are not independent: the delete-one-cluster jackknife. Arrays in and out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, stdtr, stdtrit

Floats = NDArray[np.float64]
Transform = Literal["logit", "identity", "log"]
FEWEST = 8


@dataclass(frozen=True, slots=True)
class Jackknife:
    """An estimate on its transformed scale with its standard error, or why there is none."""

    estimate: float
    se: float
    df: int
    transform: Transform
    clusters: int
    note: str = ""

    def interval(self, level: float) -> tuple[float, float]:
        """The interval at a level, back on the scale of the estimate; nan where there is no se."""
        if not self.se > 0:
            return np.nan, np.nan
        half = float(stdtrit(self.df, (1 + level) / 2)) * self.se
        low, high = BACK[self.transform](np.array([self.estimate - half, self.estimate + half]))
        return max(float(low), -1.0), float(high) if self.transform == "log" else min(
            float(high), 1.0
        )


BACK: dict[Transform, Any] = {"identity": lambda x: x, "log": np.exp, "logit": expit}
ONTO: dict[Transform, Any] = {"identity": lambda x: x, "log": np.log, "logit": logit}


def jackknife_rate(k: Floats, n: Floats) -> Jackknife:
    """Rate over clusters, its standard error on the logit scale.

    ``k`` and ``n`` hold, for each cluster, who counts and among how many. Leaves out one cluster
    at a time; sum of squares about the full estimate times (G - 1) / G, with t on G - 2 degrees
    of freedom (CR3; Bell and McCaffrey 2002). Fewer than eight clusters, or all or none counted,
    with or without any one cluster: a note, no interval.

    >>> k, n = np.array([1.0, 2, 0, 1, 3, 1, 2, 2, 1, 0]), np.full(10, 4.0)
    >>> [round(x, 3) for x in jackknife_rate(k, n).interval(0.95)]
    [0.179, 0.516]
    """
    return _jackknife("logit", [(k, n)], lambda drop: _share(k, n, drop))


def jackknife_gap(k: Floats, n: Floats, k_ref: Floats, n_ref: Floats) -> Jackknife:
    """Difference of two rates over the same clusters; arguments as in ``jackknife_rate``.

    Each side needs eight clusters of its own, and the side with fewer gives the degrees of freedom.
    """
    sides = [(k, n), (k_ref, n_ref)]
    return _jackknife(
        "identity", sides, lambda drop: _share(k, n, drop) - _share(k_ref, n_ref, drop)
    )


def jackknife_ratio(k: Floats, n: Floats, k_ref: Floats, n_ref: Floats) -> Jackknife:
    """Ratio of two rates over the same clusters, its standard error on the log scale."""
    sides = [(k, n), (k_ref, n_ref)]
    return _jackknife("log", sides, lambda drop: _share(k, n, drop) / _share(k_ref, n_ref, drop))


def p_beyond(estimate: Floats, se: Floats, df: Floats, at: Floats) -> tuple[Floats, Floats]:
    """One-sided p-values that the truth lies above, and below, ``at`` (all on one scale)."""
    z = (estimate - at) / np.where(se > 0, se, np.nan)
    return stdtr(df, -z), stdtr(df, z)


def _share(k: Floats, n: Floats, drop: bool) -> Floats:
    """The rate of all clusters, or of all but each one."""
    over_k, over_n = (
        (k.sum() - k, n.sum() - n) if drop else (k.sum(keepdims=True), n.sum(keepdims=True))
    )
    return over_k / np.where(over_n > 0, over_n, np.nan)


def _jackknife(
    transform: Transform, sides: list[tuple[Floats, Floats]], estimate_of: Callable[[bool], Floats]
) -> Jackknife:
    touched = np.any([n > 0 for _, n in sides], axis=0)
    clusters, fewest = int(touched.sum()), min(int((n > 0).sum()) for _, n in sides)
    df = max(fewest - 2, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        full = float(ONTO[transform](estimate_of(False))[0])
    if note := _why_not(sides, fewest):
        return Jackknife(full, np.nan, df, transform, clusters, note)
    each = ONTO[transform](estimate_of(True))[touched]
    se = float(np.sqrt((clusters - 1) / clusters * np.square(each - full).sum()))
    note = "" if se > 0 else "the clusters do not vary: no interval"
    return Jackknife(full, se, df, transform, clusters, note)


def _why_not(sides: list[tuple[Floats, Floats]], fewest: int) -> str:
    if fewest < FEWEST:
        return f"{fewest} clusters: fewer than {FEWEST}, no interval"
    for k, n in sides:
        if k.sum() in (0.0, n.sum()):
            return "all or none: no interval over clusters"
        left_k, left_n = (k.sum() - k)[n > 0], (n.sum() - n)[n > 0]
        if bool(((left_k == 0) | (left_k == left_n)).any()):
            return "all or none without one cluster: no interval"
    return ""

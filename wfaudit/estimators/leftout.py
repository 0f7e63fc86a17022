"""The delete-one-cluster jackknife of anything, at many places at once: every cut-off, a slope, a chance.

The caller says what its number is and among how many people it is counted, with everybody and without
each cluster; this turns them into standard errors and limits by the rules of ``clusters``. Clusters
come in parts, so that a table without each of very many never stands in memory whole.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from wfaudit.estimators.clusters import BACK, FEWEST, ONTO, Transform
from wfaudit.estimators.estimates import Estimate, Floats, Texts, first_reason, floats

# a number at each place, and among how many people of each side; a side is an axis before all others
Read: TypeAlias = tuple[Floats, Floats]
_TINY = 1e-12  # differences of numbers that are equal but for rounding


@dataclass(frozen=True, slots=True)
class Scale:
    """Where limits are symmetric, where they end, and why a number is lost with and without all."""

    transform: Transform = "identity"
    edges: tuple[float, float] = (-1.0, 1.0)
    lost: tuple[str, str] = (
        "no value: no interval over clusters",
        "no value without one cluster: no interval",
    )


_ALL = ("all or none: no interval over clusters", "all or none without one cluster: no interval")
SHARE, GAP = Scale("logit", (0.0, 1.0), _ALL), Scale("identity", (-1.0, 1.0), _ALL)
NUMBER = Scale()


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut(Estimate):
    """Estimates with limits over clusters; ``se`` is on the scale where the limits are symmetric."""

    df: Floats
    clusters: Floats


def share(k: ArrayLike, n: ArrayLike) -> Read:
    """Share of k out of n; not-a-number, so no interval, where all or none count.

    >>> share([0, 2, 5], [5, 5, 5])[0]
    array([nan, 0.4, nan])
    """
    k, n = floats(k, n)
    with np.errstate(all="ignore"):
        return np.where((k > 0) & (k < n), k / n, np.nan), n[None]


def share_gap(k: ArrayLike, n: ArrayLike, k_ref: ArrayLike, n_ref: ArrayLike) -> Read:
    """Share of k out of n less that of the reference; not-a-number where all or none count in either."""
    mine, theirs = share(k, n), share(k_ref, n_ref)
    return mine[0] - theirs[0], np.concatenate([mine[1], theirs[1]])


def left_out(
    full: Read, parts: Iterable[Read], scale: Scale = NUMBER, level: float = 0.95
) -> LeftOut:
    """Standard errors and limits from leaving out one cluster at a time.

    ``full`` is read from everybody, ``parts`` from everybody without each of some clusters, which
    are the axis before the places. Sum of squares about the full estimate times (G - 1) / G, over
    the G clusters with somebody asked; t with two degrees of freedom fewer than the clusters of the
    side that has fewest (CR3; Bell and McCaffrey 2002). Fewer than eight clusters on a side, or no
    number without one of them: a note, no limits.

    >>> k, n = np.array([1, 2, 0, 1, 3, 1, 2, 2, 1, 0]), np.full(10, 4)
    >>> found = left_out(share(k.sum(), n.sum()), [share(k.sum() - k, n.sum() - n)], SHARE)
    >>> print(f"{found.estimate} {found.low:.3f} {found.high:.3f}")
    0.325 0.179 0.516
    """
    value, asked = full
    with np.errstate(all="ignore"):
        centre = np.asarray(ONTO[scale.transform](value))
        seen = _Seen(*(np.zeros(np.shape(x)) for x in (value, asked, value, value)))
        for part in parts:
            seen.add(centre, asked, part, scale.transform)
        se = np.sqrt((seen.clusters - 1) / seen.clusters * seen.squares)
        fewest = seen.own.min(axis=0)
        note = _why_not(fewest, centre, seen.lost > 0, se, scale)
        se, df = np.where(note == "", se, np.nan), np.maximum(fewest - 2, 0.0)
    low, high = limited(value, se, df, scale, level)
    return LeftOut(value, se, low, high, note, df, seen.clusters)


def limited(
    value: Floats, se: Floats, df: Floats, scale: Scale, level: float
) -> tuple[Floats, Floats]:
    """Limits plus and minus t deviates, symmetric on a scale and cut at its edges.

    >>> low, high = limited(np.array([0.5]), np.array([0.4]), np.array([8.0]), SHARE, 0.95)
    >>> print(f"{low[0]:.3f} {high[0]:.3f}")
    0.284 0.716
    """
    with np.errstate(all="ignore"):
        centre = np.asarray(ONTO[scale.transform](value))
        half = stdtrit(df, (1 + level) / 2) * se
        low, high = (np.asarray(BACK[scale.transform](centre + arm)) for arm in (-half, half))
        return np.maximum(low, scale.edges[0]), np.minimum(high, scale.edges[1])


@dataclass(slots=True, eq=False)
class _Seen:
    """What was added up over the clusters so far, at each place."""

    clusters: Floats
    own: Floats  # clusters of each side
    squares: Floats
    lost: Floats

    def add(self, centre: Floats, asked: Floats, part: Read, transform: Transform) -> None:
        """Add some clusters; one without anybody asked at a place changes nothing there."""
        value, left = part
        own = left < asked[:, None]
        touched = own.any(axis=0)
        each = np.where(touched, ONTO[transform](value) - centre, 0.0)
        self.clusters += touched.sum(axis=0)
        self.own += own.sum(axis=1)
        self.squares += np.square(each).sum(axis=0)
        self.lost += np.isnan(each).sum(axis=0)


def _why_not(fewest: Floats, centre: Floats, lost: Any, se: Floats, scale: Scale) -> Texts:
    few = np.char.mod(f"%d clusters: fewer than {FEWEST}, no interval", fewest)
    return first_reason(
        (fewest < FEWEST, few),
        (np.isnan(centre), scale.lost[0]),
        (lost, scale.lost[1]),
        (~(se > _TINY), "the clusters do not vary: no interval"),
    )

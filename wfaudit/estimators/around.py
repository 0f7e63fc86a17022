"""Bins around a cut: which people lie next to it, and which further away on both sides (the ring).

Places are whole numbers: a score in steps of its resolution. How wide the bins are follows from
how far all scores spread and from the fit further away, never from whether people lie above or below.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from wfaudit.estimators.estimates import Floats
from wfaudit.estimators.heaps import Heaps, heaps

Bools: TypeAlias = NDArray[np.bool_]
Ints: TypeAlias = NDArray[np.int64]

NARROW, MOST, USUAL = 0.1, 0.3, 5_000  # see ``usual``
BINS, RING = 10, 4  # bins to each side of a cut; how far the ring reaches, in half-widths
DEGREE = 3
_FITS = 0.05
_LEAST = 0.25  # people expected in a bin, at least, when bins are held against the cubic
_MASKED = 0.5  # of the bins, those that hold a round place: beyond, places are put together


def _no_bins() -> Ints:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Bins around a cut: how wide, how many to each side, which of them count, what heaps there are.

    ``bins`` are numbered from the cut on (0 is the first above it); ``used`` are those without heaps on
    round values. ``above`` and ``below`` turn the ring into the people to expect next to the cut, ``hat``
    into those to expect in the ring itself. Places are first put together by ``scale``. ``why`` says
    why nothing can be told.
    """

    cut: int
    size: int = 1
    half: int = 1
    bins: Ints = field(default_factory=_no_bins)
    used: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    above: Floats = field(default_factory=lambda: np.zeros(0))
    below: Floats = field(default_factory=lambda: np.zeros(0))
    hat: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    heaps: Heaps = field(default_factory=Heaps)
    scale: int = 1
    why: str = ""

    @property
    def near(self) -> Bools:
        """The bins next to the cut, of which people are counted."""
        close = (self.bins >= -self.half) & (self.bins < self.half)
        return close & (self.used | (self.bins == 0))

    @property
    def ring(self) -> Bools:
        """The bins further away that are used."""
        return ((self.bins < -self.half) | (self.bins >= self.half)) & self.used

    @property
    def width(self) -> int:
        """How far what is next to the cut reaches to each side, in places."""
        return self.size * self.half * self.scale

    def column(self, places: ArrayLike) -> Ints:
        """The bin of each place as a column of a table; below 0 where it is too far away.

        >>> made = frame(np.arange(100), np.full(100, 50), 60)
        >>> made.width, made.column([43, 44, 60]).tolist()
        (4, [-1, 0, 16])
        """
        if not len(self.bins):
            return np.full(np.shape(places), -1, dtype=np.int64)
        at = (np.asarray(places, np.int64) // self.scale - self.cut) // self.size
        return np.where((at >= self.bins[0]) & (at <= self.bins[-1]), at - self.bins[0], -1)

    def side(self, places: ArrayLike) -> Ints:
        """For each place: 1 just above the cut, -1 just below it, 0 further away.

        >>> frame(np.arange(100), np.full(100, 50), 60).side([55, 56, 59, 60, 63, 64]).tolist()
        [0, -1, -1, 1, 1, 0]
        """
        at = (np.asarray(places, np.int64) // self.scale - self.cut) // self.size
        return np.where((at >= -self.half) & (at < self.half), np.where(at >= 0, 1, -1), 0)

    def kind(self, places: ArrayLike) -> Ints:
        """For each place: 1 at a value as round as the cut (no cut itself), 2 below one, 3 above, else 0."""
        return self.heaps.kind(np.asarray(places, np.int64) // self.scale)


def frame(
    places: ArrayLike, n: ArrayLike, cut: int, width: float = 0.0, cuts: Iterable[int] = ()
) -> Frame:
    """Bins around a cut, from how many people lie at each place.

    What is next to the cut reaches as far as ``width`` says, in places, else as ``usual`` does, or half
    or a quarter of that where the cubic does not fit the ring (a chi-square test at 5 %). ``cuts`` are
    places that say nothing of heaps.

    >>> made = frame(np.arange(1000), np.full(1000, 6), 650)
    >>> made.size, made.half, made.why
    (3, 12, '')
    """
    places, n = np.asarray(places, np.int64), np.asarray(n, np.float64)
    places, n = places[n > 0], n[n > 0]
    if not len(places):
        return Frame(cut, why="nobody to count")
    step = max(1, int(np.gcd.reduce(places - cut)))
    found = heaps(places, n, cut, cuts) if step == 1 else Heaps()
    widest = width or usual(places, n, cut)
    tried = [
        _made(places, cut, max(part * widest, step), step, found)
        for part in ((1.0,) if width else (1.0, 0.5, 0.25))
    ]
    if found.smallest and np.mean(tried[0].used) < _MASKED:
        return _coarser(places, n, cut, width, cuts, found.smallest)
    for made in tried:
        if made.why or _fits(made, table(made, places, n)):
            return made
    return tried[0]


def usual(places: Ints, n: Floats, cut: int) -> float:
    """How far people next to a cut are looked for, in places, where nobody says how far.

    A tenth of what the middle half of all people spans, or less, so that four times as far holds no more
    than 30 in 100 people; with more than 5,000 people narrower by the fifth root of their number.

    >>> print(f"{usual(np.arange(1000), np.full(1000, 6.0), 650):.1f}")
    36.2
    """
    low, high = _quantile(places, n, 0.25), _quantile(places, n, 0.75)
    reach = _quantile(np.abs(places - cut), n, MOST) / RING
    return min(NARROW * (high - low), reach) * min(1.0, float(n.sum() / USUAL) ** -0.2)


def table(made: Frame, places: ArrayLike, n: ArrayLike) -> Floats:
    """How many people are in each bin.

    >>> made = frame(np.arange(100), np.full(100, 50), 60)
    >>> table(made, [59, 60, 60], [1, 3, 4])[15:18].tolist()
    [1.0, 7.0, 0.0]
    """
    at = made.column(places)
    found = np.bincount(at[at >= 0], np.asarray(n, np.float64)[at >= 0], len(made.bins))
    return found.astype(np.float64)


def roughness(made: Frame, counts: ArrayLike) -> Floats:
    """How many times the variance of chance the ring has about the cubic; at least 1.

    >>> made = frame(np.arange(1000), np.full(1000, 6), 650)
    >>> float(roughness(made, np.where(made.bins % 2, 6, 30)).round(1))
    8.5
    """
    ring = np.asarray(counts, np.float64)[..., made.ring]
    free = ring.shape[-1] - DEGREE - 1
    if made.why or free < 1:
        return np.ones(ring.shape[:-1])
    return np.maximum(_chi_square(made, ring) / free, 1.0)


# --- how a frame is made


def _quantile(values: Ints, n: Floats, share: float) -> float:
    order = np.argsort(values, kind="stable")
    so_far = np.cumsum(n[order])
    return float(values[order][np.searchsorted(so_far, so_far[-1] * share)])


def _made(places: Ints, cut: int, width: float, step: int, found: Heaps) -> Frame:
    size = step * max(1, int(width / step) // BINS)
    half = max(1, round(width / size))
    ends = (np.array([places.min(), places.max()]) - cut) // size
    part = int(size > step)  # a bin at the end of the scores may be cut off
    bins = np.arange(max(-RING * half, ends[0] + part), min(RING * half, ends[1] + 1 - part))
    used = ~found.inside(cut + bins * size, size)
    made = Frame(cut, size, half, bins, used, heaps=found)
    outside = [int((made.ring & side).sum()) for side in (bins < 0, bins >= 0)]
    if min(outside) < 2 * half or sum(outside) <= DEGREE + 1:
        return replace(made, why="too few different scores on one side of the cut")
    design = np.vander((bins + 0.5) / (RING * half), DEGREE + 1, increasing=True)
    inverse = np.linalg.pinv(design[made.ring])
    above, below = (
        design[made.near & side].sum(axis=0) @ inverse for side in (bins >= 0, bins < 0)
    )
    return replace(made, above=above, below=below, hat=design[made.ring] @ inverse)


def _coarser(
    places: Ints, n: Floats, cut: int, width: float, cuts: Iterable[int], unit: int
) -> Frame:
    """Where most bins would hold a heap: places put together by the unit that scores are heaped on."""
    into, at = np.unique(places // unit, return_inverse=True)
    other = [each // unit for each in cuts]
    made = frame(into, np.bincount(at.reshape(-1), n), cut // unit, width / unit, other)
    return replace(made, scale=made.scale * unit)


def _fits(made: Frame, counts: Floats) -> bool:
    ring = counts[made.ring]
    free = len(ring) - DEGREE - 1
    return free < 1 or float(chdtrc(free, float(_chi_square(made, ring)))) > _FITS


def _chi_square(made: Frame, ring: Floats) -> Floats:
    expected = np.maximum(ring @ made.hat.T, _LEAST)
    return np.asarray(((ring - expected) ** 2 / expected).sum(axis=-1))

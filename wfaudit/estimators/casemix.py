"""How alike decisions by the same person are, where people are sent unlike cases.

Cells hold k of n people of a unit (a caseworker) and of one kind (the same advice, group, score). A
unit is read by how far it departs from what the shares of everybody, kind by kind, make one expect:
over all its people at once, so that kinds may be many and small. Where a unit may depart in several
directions (up and down), it has a sum in each: `strand`.

What is held against it follows from dealing the people of each kind out to the units anew, by lot:
what that makes one expect of the squares is exact, though the shares come from the same people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincc, stdtrit

from wfaudit.estimators.clusters import FEWEST
from wfaudit.estimators.dealing import Mix, covariances, mixed, without_each
from wfaudit.estimators.estimates import first_reason
from wfaudit.estimators.grid import NOT_COUNTS, whole
from wfaudit.estimators.variance import Share

_CLOSE = 1e-9
_POWER = 0.75  # of the ratio: both limits then miss the truth about as often, see `between_alike`


@dataclass(frozen=True, slots=True)
class Lot:
    """How far units lie apart, how far if people were dealt to them by lot, how rarely as far."""

    statistic: float
    expected: float
    p: float


def between_alike(
    k: ArrayLike,
    n: ArrayLike,
    unit: ArrayLike,
    kind: ArrayLike | None = None,
    strand: ArrayLike | None = None,
    level: float = 0.95,
) -> Share:
    """Share of the variance that lies between units which were sent unlike people.

    That is the correlation of two people of one unit about the shares of their kinds. With one kind and
    units of one size it is that of `variance.between_units`. No kind has people of two strands; with a
    strand for each kind, it is the correlation of two people of one unit and one kind. The limits are a
    jackknife over units on a power of the ratio of variances that belongs to the share, with t on fewer
    degrees of freedom the fewer units carry the squares. Only kinds that several units met tell anything.

    Measured at .95 and a share of .1, with shares spread as a beta: .93 to .97 for 40 to 200 units of 20
    to 100 people where 8 to 30 in 100 count, also of very unequal size; .97 to .98 for 8 to 20 units.
    With a strand for each of 6 or 30 kinds, .92 to .96. Where 5 in 100 count, most units have none and few
    carry all: .93 for 200 units, .90 for 40. It is nearly always the upper limit that lies too low.

    >>> found = between_alike([2, 9, 5, 4, 8, 1, 6, 3], [10] * 8, range(8))
    >>> f"{found.estimate:.3f} {found.low:.3f} {found.high:.3f}"
    '0.229 0.039 1.000'
    """
    mix = mixed((k, n, unit, kind, strand))
    whole_sum, by_lot_sum = mix.squares, mix.expected
    units = np.unique(mix.of[mix.chance > 0])
    with np.errstate(all="ignore"):
        ratio = np.float64(whole_sum) / by_lot_sum
        size = _size(mix, float(ratio))
        found = (ratio - 1) / size
        left = np.concatenate([np.zeros(0), *without_each(mix)])[units]
        centre = _scaled(ratio, size)
        spread = (1 - 1 / max(len(units), 1)) * np.square(_scaled(left, size) - centre).sum()
        note = _why_not(k, n, mix, len(units), float(spread))
        half = stdtrit(_df(mix, len(units)), (1 + level) / 2) * np.sqrt(spread)
        odds = np.maximum(centre + np.array([half, -half]), 0.0) ** (-1 / _POWER)
        limits = np.where(np.isinf(odds), 1.0, (odds - 1) / (odds + size))
        low, high = (float(x) for x in np.where(note == "", limits, np.nan))
    share = float(np.minimum(found, 1.0))
    whole_variance = _variance_of_one(mix)
    parts = whole_variance * share, whole_variance * (1 - share)
    told = _met(mix)
    people = int(mix.people[told].sum())
    return Share(share, low, high, *parts, len(units), int(told.sum()), people, note)


def by_lot(
    k: ArrayLike,
    n: ArrayLike,
    unit: ArrayLike,
    kind: ArrayLike | None = None,
    strand: ArrayLike | None = None,
) -> Lot:
    """Whether units differ at all: how rarely they'd lie as far apart if people were dealt by lot.

    The squares' mean over all deals is exact, their variance that of unrelated people of whom as many
    count in each kind; the p-value is that of a gamma distribution with both. Measured where units
    don't differ, it is at most .05 in 3 to 6 of 100 (8 to 200 units of 10 to 50 people).

    >>> found = by_lot([2, 9, 5, 4, 8, 1, 6, 3], [10] * 8, range(8))
    >>> f"{found.statistic:.1f} {found.expected:.1f} {found.p:.4f}"
    '39.9 12.7 0.0017'
    """
    mix = mixed((k, n, unit, kind, strand))
    squares, expected = mix.squares, mix.expected
    if not expected > 0 or _spoilt(k, n):
        return Lot(np.nan, np.nan, np.nan)
    peaked = float((mix.w**2 * mix.summed(mix.chances * (1 - 6 * mix.v[mix.kind]))).sum())
    spread = np.maximum(covariances(mix) + peaked, _CLOSE * expected**2)
    p = gammaincc(expected**2 / spread, expected * squares / spread)
    return Lot(squares, expected, float(p))


def _scaled(ratio: Any, size: float) -> Any:
    """The ratio of mean squares, within to between, on the scale where limits are symmetric."""
    return ((1 - (ratio - 1) / size) / ratio) ** _POWER


def _alike(mix: Mix) -> float:
    """By how much people of one kind are of one unit: what that takes from the variance of a kind."""
    with np.errstate(all="ignore"):
        pairs = (mix.by_kind(mix.n**2) - mix.people) / (mix.people * (mix.people - 1))
        held = mix.by_kind(mix.weight * mix.chances)
        return float(np.where(held > 0, held * pairs, 0.0).sum() / np.float64(mix.expected))


def _variance_of_one(mix: Mix) -> float:
    """Variance of one person about the share of their kind, among those who may count or not."""
    with np.errstate(all="ignore"):
        return float((mix.people * mix.v).sum() / np.float64(mix.people[mix.v > 0].sum()))


def _size(mix: Mix, ratio: float) -> float:
    """How many times as large the squares are if all people of a unit decide alike, less 1."""
    sd = np.sqrt(mix.v)
    drawn = sd / mix.people
    s = mix.summed(mix.n * sd[mix.kind])
    own = mix.summed(mix.n**2 * drawn[mix.kind])
    met = mix.gram(np.sqrt(mix.weight) * mix.n) * mix.gram(mix.n)
    others = float(drawn @ (met @ drawn))
    squares = float((mix.w * (s**2 - 2 * s * own)).sum()) + others
    with np.errstate(all="ignore"):
        return float(squares / np.float64(mix.expected) - 1 + _alike(mix) * ratio)


def _met(mix: Mix) -> Any:
    """The kinds of which several units met people."""
    return mix.by_kind(np.asarray(mix.n < mix.people[mix.kind], np.float64)) > 0


def _df(mix: Mix, units: int) -> float:
    """Degrees of freedom: fewer where few units carry the squares (a third of them, if none differ)."""
    carried = np.bincount(mix.of, mix.w * mix.apart**2, mix.units)
    carrying = float(np.float64(carried.sum()) ** 2 / np.square(carried).sum())
    return max(min(1.5 * carrying, units) - 2, 1.0)


def _spoilt(k: ArrayLike, n: ArrayLike) -> bool:
    counted, people = np.broadcast_arrays(whole(k), whole(n))
    return not bool((cast(Any, counted) <= people).all())


def _why_not(k: ArrayLike, n: ArrayLike, mix: Mix, units: int, spread: float) -> str:
    reason = first_reason(
        (_spoilt(k, n), NOT_COUNTS),
        (mix.units < 2, "no two units to compare"),
        (not _met(mix).any(), "no two units met people of one kind"),
        (not mix.expected > 0, "all or none of each kind: nothing varies"),
        (mix.squares == 0, "the units do not vary: no interval"),
        (units < FEWEST, f"{units} units: fewer than {FEWEST}, no interval"),
        (not np.isfinite(spread), "nothing varies without one unit: no interval"),
        (spread < _CLOSE, "the units do not vary: no interval"),
    )
    return str(reason)

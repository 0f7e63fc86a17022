"""The jump of a mean at a cut: two straight lines, one from each side (Hahn, Todd and van der Klaauw 2001).

People are given by place: how many, what their amounts add up to, what the squares do. Nearer people
weigh more (triangular weights), none weigh beyond the width. Nothing here raises.
"""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from wfaudit.estimators.estimates import Floats, first_reason, floats
from wfaudit.estimators.means import Mean, limited

Line: TypeAlias = tuple[Floats, Floats]

FEWEST = 20  # people on each side
FLAT = "nothing varies on a side of the cut: no interval"
_TINY = 1e-12


def weights(x: ArrayLike, width: float) -> Floats:
    """How much people at a distance from the cut weigh: falling to nothing at the width.

    >>> weights([-2, -1, 0, 1, 3], 2).tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    return np.maximum(1 - np.abs(np.asarray(x, np.float64)) / width, 0.0)


def sums(x: ArrayLike, n: ArrayLike, total: ArrayLike, width: float) -> Floats:
    """Ten sums from which the jump follows, five a side on the last axis: clusters can be left out of them.

    >>> sums([-1, 0], [2, 3], [4, 9], 2).tolist()
    [1.0, -1.0, 1.0, 2.0, -2.0, 3.0, 0.0, 0.0, 9.0, 0.0]
    """
    x, n, total = floats(x, n, total)
    parts = [
        (part * x**power).sum(axis=-1)
        for part, powers in _sided(x, n, total, weights(x, width))
        for power in powers
    ]
    return np.stack(parts, axis=-1)


def jump_of(sums: ArrayLike) -> Floats:
    """The jump that ten sums tell; not-a-number where a side has no line.

    >>> x, n = [-2, -1, 0, 1], [1, 1, 1, 1]
    >>> print(jump_of(sums(x, n, [1, 2, 5, 6], 3)).round(12))
    2.0
    """
    sums = np.asarray(sums, np.float64)
    return start_of(sums[..., 5:]) - start_of(sums[..., :5])


def start(
    x: ArrayLike,
    n: ArrayLike,
    total: ArrayLike,
    squares: ArrayLike,
    width: float,
    level: float = 0.95,
) -> Mean:
    """Where the line through the people of one side meets the cut, with Student's limits.

    ``x`` is the distance of each place from the cut; people by place stand on the last axis. The
    standard error allows for spreads that differ (HC3; MacKinnon and White 1985). Fewer than 20 people
    within the width, or all in one place: no limits.

    >>> x, n = np.arange(30), np.full(30, 5.0)
    >>> found = start(x, n, n * 2, n * 5, 30)
    >>> print(f"{found.estimate:.3f} {found.low:.3f} {found.high:.3f}")
    2.000 1.651 2.349
    """
    x, n, total, squares = floats(x, n, total, squares)
    mine = np.abs(x) < width
    n, total, squares = (part[..., mine] for part in (n, total, squares))
    value, variance = _line(x[mine], n, total, squares, weights(x[mine], width))
    people = n.sum(axis=-1)
    few = np.char.mod(f"%d people on a side of the cut: fewer than {FEWEST}, no interval", people)
    note = first_reason(
        (people == 0, "nobody on a side of the cut"),
        (people < FEWEST, few),
        (np.isnan(value), "all people on a side of the cut have one score: no line"),
        (
            ~(variance > _TINY * np.square(value) + _TINY**2),
            FLAT,
        ),
    )
    with np.errstate(all="ignore"):
        return limited(value, np.sqrt(variance), people - 2, level, note)


def jump(
    x: ArrayLike,
    n: ArrayLike,
    total: ArrayLike,
    squares: ArrayLike,
    width: float,
    level: float = 0.95,
) -> Mean:
    """The mean just above the cut (where x is 0 or more) less that just below, by local lines.

    As ``start`` on both sides; where nothing varies on one, a person there is taken to tell as little as
    one on the other. As many degrees of freedom as people within the width less four.

    >>> x = np.arange(-30, 30)
    >>> n, mean = np.full(60, 5.0), 2 + 0.01 * x + (x >= 0)
    >>> found = jump(x, n, n * mean, n * (mean**2 + 1), 30)
    >>> print(f"{found.estimate:.3f} {found.low:.3f} {found.high:.3f}")
    1.000 0.488 1.512
    """
    x, n, total, squares = floats(x, n, total, squares)
    sides = [
        start(x[side], n[..., side], total[..., side], squares[..., side], width, level)
        for side in (x < 0, x >= 0)
    ]
    below, above = sides
    people = [n[..., side & (np.abs(x) < width)].sum(axis=-1) for side in (x < 0, x >= 0)]
    flat = [side.note == FLAT for side in sides]
    notes = [np.where(still, "", side.note) for still, side in zip(flat, sides, strict=True)]
    note = first_reason(
        *((note != "", note) for note in notes), (flat[0] & flat[1], "nothing varies: no interval")
    )
    with np.errstate(all="ignore"):
        ratio = np.sqrt(people[1] / people[0])
        errors = (
            np.where(flat[0], above.se * ratio, below.se),
            np.where(flat[1], below.se / ratio, above.se),
        )
        value = above.estimate - below.estimate
        return limited(value, np.hypot(*errors), people[0] + people[1] - 4, level, note)


def _sided(x: Floats, n: Floats, total: Floats, weight: Floats) -> Iterator[tuple[Floats, range]]:
    for side in (x < 0, x >= 0):
        yield n * weight * side, range(3)
        yield total * weight * side, range(2)


def start_of(sums: ArrayLike) -> Floats:
    """Where the line of one side meets the cut, from its five sums; not-a-number where there is no line.

    >>> start_of([2, 1, 1, 6, 2])
    array(4.)
    """
    sums = np.asarray(sums, np.float64)
    s0, s1, s2, t0, t1 = np.moveaxis(sums, -1, 0)
    spread = s0 * s2 - s1**2
    with np.errstate(all="ignore"):
        return np.where(spread > _TINY * s0 * s2, (s2 * t0 - s1 * t1) / spread, np.nan)


def _line(x: Floats, n: Floats, total: Floats, squares: Floats, weight: Floats) -> Line:
    """Where the line of a side begins, and the variance of that."""
    rows = np.stack([(n * weight * x**p).sum(axis=-1) for p in range(3)], axis=-1)
    s0, s1, s2 = np.moveaxis(rows, -1, 0)
    t0, t1 = ((total * weight * x**p).sum(axis=-1) for p in range(2))
    with np.errstate(all="ignore"):
        spread = s0 * s2 - s1**2
        spread = np.where(spread > _TINY * s0 * s2, spread, np.nan)
        start, slope = (s2 * t0 - s1 * t1) / spread, (s0 * t1 - s1 * t0) / spread
        line = start[..., None] + slope[..., None] * x
        # a person's pull on where the line begins, and on the line at their own place
        pull = weight * (s2[..., None] - s1[..., None] * x) / spread[..., None]
        own = (
            weight
            * (s2[..., None] - 2 * s1[..., None] * x + s0[..., None] * x**2)
            / spread[..., None]
        )
        apart = np.maximum(squares - 2 * line * total + n * line**2, 0.0)
        variance = np.where(n > 0, pull**2 * apart / np.square(1 - own), 0.0).sum(axis=-1)
    return start, variance

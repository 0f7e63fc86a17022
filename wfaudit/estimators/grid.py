"""What the numbers on a grid of scores share: reading counts, and notes.

A grid holds the values of a score in ascending order; people with the event and without are counted
at each. Nothing here raises: what can't be read turns into not-a-number and a note.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfaudit.estimators.intervals import arm as arm

if TYPE_CHECKING:
    from collections.abc import Callable

Floats: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[Any]
Words: TypeAlias = NDArray[np.str_]
Pair: TypeAlias = tuple[Floats, Floats]

FEWEST = 10  # people with the event, and without, under which no interval is given
NOT_COUNTS = "the counts are not whole numbers of people"
NOT_CHANCES = "the score is not a rising grid of chances from 0 to 1"
_MOST = 2.0**53


def whole(counts: ArrayLike) -> Whole:
    """Counts as they are where all are whole numbers of people, else not-a-number for the rest.

    >>> whole([3, 0.5, -1])
    array([ 3., nan, nan])
    """
    x = np.asarray(counts)
    x = x if x.dtype.kind in "iu" else x.astype(np.float64)
    good = (x >= 0) & (x <= _MOST) & (np.rint(x) == x)
    return x if good.all() else np.where(good, x, np.nan)


def chances(score: ArrayLike) -> Floats:
    """The grid of a score that states chances; not-a-number unless it rises from 0 to 1 at most.

    >>> chances([0.2, 0.1])
    array([nan, nan])
    """
    p = np.asarray(score, dtype=np.float64)
    rising = bool(((p >= 0) & (p <= 1)).all() and (np.diff(p) > 0).all())
    return p if rising else np.full_like(p, np.nan)


def usable(se: Floats, events: Floats, nonevents: Floats) -> Floats:
    """Standard errors that may be printed: above zero, and from ten of either kind.

    >>> usable(np.array([0.1, 0.1, 0.0]), np.array([9.0, 10, 10]), np.full(3, 40.0))
    array([nan, 0.1, nan])
    """
    return np.where((se > 0) & (np.minimum(events, nonevents) >= FEWEST), se, np.nan)[()]


def each(say: Callable[..., str], *parts: Any) -> Words:
    """One note for each group.

    >>> each(lambda n: f"{n} people" if n else "", [2, 0])
    array(['2 people', ''], dtype='<U8')
    """
    rows = [np.ravel(part).tolist() for part in np.broadcast_arrays(*parts)]
    said = np.array([say(*row) for row in zip(*rows, strict=True)], dtype=np.str_)
    return said.reshape(np.broadcast_shapes(*map(np.shape, parts)))[()]


def joined(*notes: Any) -> Words:
    """Notes about the same groups one after the other, none twice.

    >>> str(joined("few", "", "few"))
    'few'
    """
    return each(lambda *said: "; ".join(dict.fromkeys(filter(None, said))), *notes)


def first(*notes: Any) -> Words:
    """The first thing there is to say of each group.

    >>> str(first("", "few", "late"))
    'few'
    """
    return each(lambda *said: next(filter(None, said), ""), *notes)


def unread(events: float, nonevents: float) -> str:
    """Why a group has no numbers at all.

    >>> unread(0, 0)
    'nobody to count'
    """
    if np.isnan(events + nonevents):
        return NOT_COUNTS
    return "" if events + nonevents else "nobody to count"


def one_sided(events: float, nonevents: float) -> str:
    """Why a group has nobody to compare.

    >>> one_sided(12, 0)
    'nobody without the event'
    """
    return "" if events and nonevents else f"nobody with{'out' * bool(events)} the event"


def few(events: float, nonevents: float) -> str:
    """Why a group has no interval: ten of either kind are needed.

    >>> few(7, 50)
    '7 events: too few for an interval'
    """
    kind = "events" if events <= nonevents else "non-events"
    least = min(events, nonevents)
    return f"{least:.0f} {kind}: too few for an interval" if least < FEWEST else ""

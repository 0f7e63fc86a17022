"""From one state to the next: shares of moves, spells that come back, returns. Counts in, arrays out.

``moves`` holds on its last two axes how many were in a state before (row) and in a state after
(column) one period; groups, or groups and periods, stand before them. Who was not seen after is in
none of its cells, or in a state of its own. The errors take moves from one state as independent,
which those of one person in several periods need not be.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfaudit.estimators.estimates import Estimate, Texts, first_reason, wald
from wfaudit.estimators.intervals import wilson
from wfaudit.estimators.survival import kaplan_meier, share_without

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
FEWEST = 10


def move_shares(moves: ArrayLike, level: float = 0.95) -> Estimate:
    """Of those in each state before, the share in each state after, with Wilson limits.

    >>> got = move_shares([[30, 10], [5, 15]])
    >>> got.estimate.round(2).tolist(), got.low.round(3).tolist()
    ([[0.75, 0.25], [0.25, 0.75]], [[0.598, 0.142], [0.112, 0.531]])
    """
    counts, people = _read(moves)
    n = np.broadcast_to(people[..., None], counts.shape)
    low, high = wilson(counts, n, level)
    note = first_reason((np.isnan(n), "counts are missing"), (n == 0, "nobody was in this state"))
    return Estimate(_divided(counts, n), np.full_like(low, np.nan), low, high, note)


def repeat_spells(
    moves: ArrayLike, start: int, into: int, periods: int, level: float = 0.95
) -> Estimate:
    """Spells in the state ``into`` to be expected to begin in so many periods, from ``start`` on.

    Counts each entry from another state, as if moves depended on the present state alone and stayed
    as they are (a Markov chain; Kemeny and Snell 1960, chapter 3). The error is by the delta method
    from the multinomial errors of the shares of moves. Fewer than ten entries seen: no limits.

    >>> got = repeat_spells([[120, 80], [30, 270]], start=0, into=0, periods=8)
    >>> print(f"{got.estimate:.2f} {got.low:.2f} {got.high:.2f}")
    0.48 0.33 0.63
    """
    counts, people = _read(moves)
    shares = np.nan_to_num(_divided(counts, people[..., None]))
    visited = _occupied(shares, start, periods)[..., :-1, :]
    to_come = _entries_to_come(shares, into, periods)
    slopes = np.einsum("...sa,...sb->...ab", visited, to_come[..., -2::-1, :])
    slopes = slopes + visited.sum(axis=-2)[..., None] * _entry(shares.shape[-1], into)
    spread = (shares * slopes**2).sum(axis=-1) - (shares * slopes).sum(axis=-1) ** 2
    variance = np.where(people > 0, _divided(spread, people), 0.0).sum(axis=-1)
    unseen = ((people == 0) & (visited > 0).any(axis=-2)).any(axis=-1)
    note = first_reason(*_unknown(people, unseen), _few_entries(counts, into))
    known = ~np.isnan(people).any(axis=-1) & ~unseen
    expected = np.where(known, to_come[..., -1, start], np.nan)
    return wald(expected, np.sqrt(np.maximum(variance, 0.0)), level, note, (0.0, np.inf))


def occupation(moves: ArrayLike, start: int, level: float = 0.95) -> Estimate:
    """Shares in each state after all periods, of those who were in ``start`` before the first.

    The periods stand on the third axis from the end. Aalen and Johansen (1978): the product of the
    shares of moves of each period, each among those then seen, so people may come late and leave
    early. Variance by the delta method (with two states, one of them final, Greenwood's); limits
    are Wilson's of a share with that variance.

    >>> moves = [[[80, 20], [0, 0]], [[45, 30], [6, 14]]]
    >>> got = occupation(moves, start=0)
    >>> got.estimate.round(3), got.low.round(3)
    (array([0.54, 0.46]), array([0.44 , 0.363]))
    """
    counts, people = _read(moves)
    shares = np.nan_to_num(_divided(counts, people[..., None]))
    states, periods = shares.shape[-1], shares.shape[-3]
    there = np.zeros((*shares.shape[:-3], periods + 1, states))
    there[..., 0, start] = 1.0
    for t in range(periods):
        there[..., t + 1, :] = (there[..., t, None, :] @ shares[..., t, :, :])[..., 0, :]
    ahead, variance = np.eye(states), np.zeros((*shares.shape[:-3], states))
    for t in reversed(range(periods)):
        now, n = shares[..., t, :, :], people[..., t, :, None]
        spread = now @ np.square(ahead) - np.square(now @ ahead)
        weight = np.square(there[..., t, :, None])
        variance = variance + np.where(weight > 0, weight * _divided(spread, n), 0.0).sum(axis=-2)
        ahead = now @ ahead
    unseen = ((people == 0) & (there[..., :-1, :] > 0)).any(axis=(-1, -2))
    reasons = _unknown(people.reshape(*people.shape[:-2], -1), unseen)
    return _wilson_like(there[..., -1, :], variance, first_reason(*reasons)[..., None], level)


def returns(
    time: ArrayLike, events: ArrayLike, censored: ArrayLike, within: float, level: float = 0.95
) -> Estimate:
    """Share of those who left a state who are back in it within so many periods.

    ``events`` came back at each time since leaving, ``censored`` were followed no longer: one less
    the Kaplan-Meier share of ``survival.share_without``, with its limits and notes.

    >>> got = returns([1, 2, 3], events=[20, 30, 10], censored=[0, 20, 20], within=2)
    >>> print(f"{got.estimate:.3f} {got.low:.3f} {got.high:.3f}")
    0.500 0.407 0.601
    """
    away = share_without(kaplan_meier(time, events, censored), within, level)
    return Estimate(1 - away.estimate, away.se, 1 - away.high, 1 - away.low, away.note)


def _read(moves: ArrayLike) -> tuple[Floats, Floats]:
    """Counts as floats, nan where they are no counts, and how many were in each state before."""
    counts = np.asarray(moves, np.float64)
    counts = np.where(counts >= 0, counts, np.nan)
    return counts, counts.sum(axis=-1)


def _divided(counts: Floats, people: Floats) -> Floats:
    return counts / np.where(people > 0, people, np.nan)


def _occupied(shares: Floats, start: int, periods: int) -> Floats:
    """Chance of each state before each period and after the last, where the shares stay."""
    there = np.zeros((*shares.shape[:-2], periods + 1, shares.shape[-1]))
    there[..., 0, start] = 1.0
    for t in range(periods):
        there[..., t + 1, :] = (there[..., t, None, :] @ shares)[..., 0, :]
    return there


def _entry(states: int, into: int) -> Floats:
    """1 for the moves into a state from another."""
    entry = np.zeros((states, states))
    entry[:, into] = 1.0
    entry[into, into] = 0.0
    return entry


def _entries_to_come(shares: Floats, into: int, periods: int) -> Floats:
    """Entries to be expected with 0, 1, ... periods to come, by the state before them."""
    at_once = (shares * _entry(shares.shape[-1], into)).sum(axis=-1)
    to_come = np.zeros((*shares.shape[:-2], periods + 1, shares.shape[-1]))
    for t in range(periods):
        to_come[..., t + 1, :] = at_once + (shares @ to_come[..., t, :, None])[..., 0]
    return to_come


def _unknown(people: Floats, unseen: Bools) -> list[tuple[Any, str]]:
    return [
        (np.isnan(people).any(axis=-1), "counts are missing"),
        (unseen, "nobody was seen moving on from a state that is reached: no number"),
    ]


def _few_entries(counts: Floats, into: int) -> tuple[Bools, Texts]:
    seen = (counts * _entry(counts.shape[-1], into)).sum(axis=(-1, -2))
    noun = np.where(seen == 1, " entry", " entries")
    told = np.char.add(np.char.mod("%d", np.nan_to_num(seen)), noun)
    return seen < FEWEST, np.char.add(told, f": fewer than {FEWEST}, no interval")


def _wilson_like(share: Floats, variance: Floats, note: Texts, level: float) -> Estimate:
    """Shares with Wilson limits of as many people as give them their variance."""
    known = note == ""
    varies = variance > 1e-15
    people = np.where(varies & known, share * (1 - share) / np.where(varies, variance, 1.0), np.nan)
    low, high = wilson(share * people, people, level)
    texts = first_reason((~known, note), (~varies, "nothing varies: no interval"))
    se = np.where(texts == "", np.sqrt(np.maximum(variance, 0.0)), np.nan)
    return Estimate(np.where(known, share, np.nan), se, low, high, texts)

"""What invented meetings share: who people are, how likely they stay without work, when things happen."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from wfaudit.synthetic.dice import Bools, Dice, Ints
from wfaudit.synthetic.plain import CUTS, TIERS

WHO: Mapping[str, Mapping[str, int]] = {
    "sex": {"men": 52, "women": 48},
    "origin": {"native": 70, "migrant": 30},
    "age": {"under 30": 28, "30 to 49": 45, "50 and over": 27},
}


def about(dice: Dice, *attributes: str) -> dict[str, Any]:
    """Who people are: a name and the attributes asked for, each drawn apart from all else.

    >>> {k: v.tolist() for k, v in about(Dice(seed=1, chunk=0, n=2), "sex", "age").items()}
    {'person': ['p0000000000', 'p0000000001'], 'sex': ['women', 'men'], 'age': ['30 to 49', '30 to 49']}
    """
    names = np.array([f"p{dice.chunk:05d}{i:05d}" for i in range(dice.n)])
    return {"person": names, **{name: level(dice, name, WHO[name]) for name in attributes}}


def level(dice: Dice, name: str, shares: Mapping[str, int]) -> NDArray[np.str_]:
    """A level for each person, drawn by whole shares.

    >>> level(Dice(seed=1, chunk=0, n=3), "channel", {"phone": 1, "video": 1}).tolist()
    ['phone', 'phone', 'video']
    """
    return np.array(list(shares))[dice.pick(name, tuple(shares.values()))]


def bell(dice: Dice) -> Ints:
    """A logit of bell shape, in thousandths: the sum of four draws, from -4,000 to 4,000.

    >>> bell(Dice(seed=1, chunk=0, n=3)).tolist()
    [-963, 128, 510]
    """
    draws = [dice.millionths(f"risk {i}") for i in range(4)]
    return (np.sum(draws, axis=0) - 2_000_000) * 2 // 1000


def scored(millionths: Ints) -> Ints:
    """A chance as a score in whole thousandths, below 1,000.

    >>> scored(np.array([0, 345_678, 1_000_000])).tolist()
    [0, 345, 999]
    """
    return np.minimum(millionths // 1000, 999)


def rated(score: Ints) -> Ints:
    """The tier of a score in thousandths: 0 low, 1 medium, 2 high.

    >>> rated(np.array([349, 350, 650])).tolist()
    [0, 1, 2]
    """
    return np.searchsorted(CUTS, score, side="right")


def turned(dice: Dice, name: str, tier: Ints, each: int) -> Ints:
    """The tier, for some moved up and for as many moved down, each with a chance in millionths.

    >>> turned(Dice(seed=1, chunk=0, n=4), "override", np.array([1, 1, 1, 2]), 500_000).tolist()
    [0, 0, 0, 1]
    """
    turn = dice.millionths(name)
    return np.clip(tier + (turn < each) - (turn >= 1_000_000 - each), 0, 2)


def in_words(tier: Ints) -> NDArray[np.str_]:
    """Tiers by name.

    >>> in_words(np.array([0, 2])).tolist()
    ['low', 'high']
    """
    return np.array(TIERS)[tier]


def on_day(days: Ints) -> NDArray[np.str_]:
    """Days counted from 1 January 2025, written as 2025-01-31.

    >>> on_day(np.array([0, 30])).tolist()
    ['2025-01-01', '2025-01-31']
    """
    return (np.datetime64("2025-01-01") + days.astype("timedelta64[D]")).astype(str)


def known(values: ArrayLike, where: Bools, dtype: Any = None) -> "pd.Series":
    """A column that is missing wherever nobody knows.

    >>> known([True, False], np.array([True, False]), "boolean").tolist()
    [True, <NA>]
    """
    return pd.Series(np.asarray(values), dtype=dtype).where(pd.Series(where))

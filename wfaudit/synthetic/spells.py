"""Invented people followed over eight quarters, out of work, in and out again; and what can be planted.

One row a person and quarter, so ``n`` of the dice counts people and the table has eight times as many
rows. Everybody registers as without work just before the first quarter, with a risk tier that stays;
from then on a state follows from the state before and that tier. Without a mechanism sex, origin and
age have to do with nothing, and a quarter counts as a placement if the person is in work at its end.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.synthetic.dice import Bools, Dice, Ints, chance
from wfaudit.synthetic.meetings import about, bell, in_words, known, rated, scored
from wfaudit.synthetic.plain import ERRORS, TIERS
from wfaudit.synthetic.planted import Mechanism, Population, switched

QUARTERS = tuple(f"{year} Q{q}" for year in (2024, 2025) for q in (1, 2, 3, 4))
STATES = ("without work", "in work", "in training", "ill", "left")
WITHOUT, WORK, TRAINING, ILL, LEFT = range(5)
# shares of the next state, by the state before and the tier: low, medium, high
NEXT = (
    (40, 42, 8, 4, 6), (54, 27, 9, 5, 5), (68, 12, 9, 7, 4),  # without work
    (8, 87, 1, 2, 2), (14, 80, 1, 3, 2), (22, 69, 1, 5, 3),  # in work
    (30, 50, 15, 2, 3), (45, 35, 14, 3, 3), (58, 20, 14, 5, 3),  # in training
    (35, 25, 5, 30, 5), (38, 15, 6, 36, 5), (35, 8, 5, 46, 6),  # ill
    (10, 8, 2, 1, 79), (10, 8, 2, 1, 79), (10, 8, 2, 1, 79),  # left
)  # fmt: skip

PLANTED: dict[str, Mechanism] = {
    "falls back sooner": Mechanism(
        says="Of migrants in work who would be in work a quarter later too, 20 in 100 are without work.",
        size=0.200, by="origin", group="migrant", at="in work → without work", finds="transition_rate",
        moves=("base_rate", "repeat_spell_rate", *ERRORS),
    ),
    "counted as success": Mechanism(
        says="Of the quarters at whose end a woman is not in work, 25 in 100 count as a placement, for a "
        "job of a few weeks; nobody else's short jobs count.",
        size=0.250, by="sex", group="women", finds="base_rate", moves=ERRORS,
    ),
    "returns not counted": Mechanism(
        says="Of the returns of people aged 50 and over to the register, 50 in 100 are recorded as the "
        "spell before going on.",
        size=0.500, by="age", group="50 and over", finds="repeat_spell_rate",
    ),
}  # fmt: skip


def spells(dice: Dice, on: Iterable[str] = ()) -> pd.DataFrame:
    """One chunk of people, eight rows each, with the mechanisms named in ``on``.

    >>> quarters = spells(Dice(seed=1, chunk=0, n=2))
    >>> len(quarters), quarters["state"][:4].tolist()
    (16, ['without work', 'in work', 'ill', 'ill'])
    """
    on = switched(on, PLANTED)
    people = about(dice, "sex", "origin", "age")
    score = scored(chance(bell(dice)))
    fallen = (people["origin"] == "migrant") & ("falls back sooner" in on)
    older = (people["age"] == "50 and over") & ("returns not counted" in on)
    states = _states(dice, rated(score), fallen)
    weeks = _weeks(dice, states)
    short = (people["sex"] == "women") & (weeks > 0) & ("counted as success" in on)
    fixed = {**people, "score": score / 1000, "tier": in_words(rated(score))}
    return pd.DataFrame({
        **{name: np.repeat(values, len(QUARTERS)) for name, values in fixed.items()},
        "quarter": np.tile(QUARTERS, dice.n),
        "spell": _long(_spell(dice, states, older)),
        "state": np.array(STATES)[_long(states)],
        "weeks in work": _long(weeks),
        "not counted as a placement": _long((states != WORK) & ~short),
        "not in work": _long(states != WORK),
        "not two quarters running": _not_two_running(states),
    })  # fmt: skip


def _long(by_quarter: NDArray[Any]) -> NDArray[Any]:
    """One row a quarter and one column a person, as one column: a person's quarters in a row."""
    return by_quarter.T.ravel()


def _states(dice: Dice, tier: Ints, fallen: Bools) -> Ints:
    """The state at the end of each quarter; who is in work may be pulled back."""
    found: list[Ints] = []
    before = np.full(dice.n, WITHOUT)
    for quarter in QUARTERS:
        state = dice.pick_by(f"state {quarter}", NEXT, before * len(TIERS) + tier)
        back = fallen & (before == WORK) & (state == WORK) & dice.yes(f"back {quarter}", 200_000)
        before = np.where(back, WITHOUT, state)
        found.append(before)
    return np.stack(found)


def _weeks(dice: Dice, states: Ints) -> Ints:
    """Weeks of work in each quarter: at least six where it ended in work; else some had a short job."""
    found: list[Ints] = []
    for quarter, state in zip(QUARTERS, states, strict=True):
        short = dice.number(f"short {quarter}", 1, 5) * dice.yes(f"short job {quarter}", 250_000)
        found.append(np.where(state == WORK, dice.number(f"weeks {quarter}", 6, 13), short))
    return np.stack(found)


def _spell(dice: Dice, states: Ints, older: Bools) -> Ints:
    """The number of the spell: one more for each return to the register from work, or from having left."""
    found: list[Ints] = [np.ones(dice.n, dtype=np.int64)]
    for quarter, before, state in zip(QUARTERS[1:], states, states[1:], strict=False):
        returned = np.isin(before, (WORK, LEFT)) & np.isin(state, (WITHOUT, TRAINING, ILL))
        unseen = older & dice.yes(f"not counted {quarter}", 500_000)
        found.append(found[-1] + (returned & ~unseen))
    return np.stack(found)


def _not_two_running(states: Ints) -> "pd.Series":
    """Not in work at the end of this quarter and the one before; unknown for the first."""
    two = (states[1:] == WORK) & (states[:-1] == WORK)
    first = np.zeros((1, states.shape[1]), dtype=bool)
    there = np.vstack([first, np.ones_like(two)])
    return known(_long(np.vstack([first, ~two])), _long(there), "boolean")


POPULATION = Population(draw=spells, mechanisms=PLANTED, planted=tuple(PLANTED))

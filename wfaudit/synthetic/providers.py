"""Contracted providers who are paid for outcomes: people are referred in turn, and some come back.

The score is the expected chance of an outcome, and it is the true one; five providers are taken in
turn. Without a mechanism every provider adds the same, nobody's sex, origin or age has to do with
anything, the money spent is the same at every chance, and the fee for an outcome is the higher the less
likely it was: a referral is worth 1,000 whoever is referred.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from wfaudit.synthetic.dice import Bools, Dice, Ints, chance
from wfaudit.synthetic.plain import ERRORS, FLAGGED
from wfaudit.synthetic.planted import Mechanism, Population, switched
from wfaudit.synthetic.sanctions import ORIGINS, about, days

PROVIDERS = ("Alder", "Birch", "Cedar", "Elm", "Willow")
CREAMER, WEAK = 1, 4
RATINGS = ("far from work", "in between", "near to work")
CUTS = (400, 600)  # thousandths of the score
WORTH, FLAT = 1_000, 2_000  # of a referral on average; of an outcome where one fee is paid for all

PLANTED: dict[str, Mechanism] = {
    "provider creams": Mechanism(
        says="Birch hands back 50 in 100 more of the people referred to it who are not rated near to "
        "work; other providers take them.",
        size=0.500, by="provider", group="Birch", finds="selection_rate",
        moves=(*FLAGGED, "base_rate", *ERRORS),
    ),
    "one provider adds less": Mechanism(
        says="Whoever is served by Willow has a chance of work 0.10 lower than expected.",
        size=0.100, by="provider", group="Willow", moves=("base_rate", *ERRORS),
        finds="value_added",
    ),
    "referral by origin": Mechanism(
        says="Of people born abroad, 40 in 100 are referred to Willow whoever's turn it is.",
        size=0.400, by="origin", group="born abroad", at="Willow", finds="provider_share",
    ),
    "payments follow ease": Mechanism(
        says="Every outcome is paid 2,000, however likely it was.",
        size=2_000, by="everyone", group="everyone", at="payment",
        finds="concentration_of_payment",
    ),
    "spending follows ease": Mechanism(
        says="For each 0.10 of the expected chance 100 more are spent on a person.",
        size=100, by="everyone", group="everyone", at="spending",
        finds="concentration_of_effort",
    ),
}  # fmt: skip


def providers(dice: Dice, on: Iterable[str] = ()) -> pd.DataFrame:
    """One chunk of people referred to providers, with the mechanisms named in ``on``.

    >>> people = providers(Dice(seed=1, chunk=0, n=2))
    >>> people[["expected chance", "rating", "provider"]].values.tolist()
    [[0.845, 'near to work', 'Alder'], [0.819, 'near to work', 'Birch']]
    """
    on = switched(on, PLANTED)
    people = about(dice)
    expected = chance(dice.number("expected", -2000, 2000))
    score = expected // 1000
    rating = (score >= CUTS[0]).astype(np.int64) + (score >= CUTS[1])
    abroad = people["origin"].to_numpy() == ORIGINS[1]
    referred = _referred(dice, abroad & ("referral by origin" in on))
    kept = _kept(dice, (referred == CREAMER) & (rating < 2) & ("provider creams" in on))
    provider = np.where(kept, referred, (referred + dice.number("taken by", 1, 4)) % len(PROVIDERS))
    weak = (provider == WEAK) & ("one provider adds less" in on)
    work = dice.yes("work", expected - 100_000 * weak)
    day = dice.number("day", 0, 363)
    return people.assign(**{
        "referred on": days(day),
        "quarter": [f"2025 Q{(int(d[5:7]) + 2) // 3}" for d in days(day)],
        "expected chance": score / 1000,
        "rating": np.array(RATINGS)[rating],
        "referred to": np.array(PROVIDERS)[referred],
        "referral kept": kept,
        "provider": np.array(PROVIDERS)[provider],
        "contacts": dice.number("contacts", 1, 8),
        "spending": 10 * dice.number("spending", 50, 150) + score * ("spending follows ease" in on),
        "in work": work,
        "payment": work * (np.full(dice.n, FLAT) if "payments follow ease" in on else _fee(score)),
    })  # fmt: skip


def _referred(dice: Dice, apart: Bools) -> Ints:
    """The provider whose turn it is, by the number of the case; the weak one for some."""
    turn = np.arange(dice.n) % len(PROVIDERS)
    return np.where(apart & dice.yes("referred apart", 400_000), WEAK, turn)


def _kept(dice: Dice, unwanted: Bools) -> Bools:
    """Whether the provider keeps a person: 3 in 100 are handed back, of the unwanted 53."""
    return ~dice.yes("handed back", 30_000 + 500_000 * unwanted)


def _fee(score: Ints) -> Ints:
    """What an outcome is paid: the less likely it was, the more."""
    return WORTH * 1000 // score


POPULATION = Population(draw=providers, mechanisms=PLANTED, planted=tuple(PLANTED))

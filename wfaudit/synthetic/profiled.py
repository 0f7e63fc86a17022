"""Invented people for the published systems: answers drawn by plausible shares, scored by the system.

The shares are invented. Who is in which group has to do with the answers only through the answers
themselves: what differs between groups comes from the published model alone. In Flanders it is the
other way round: origin comes first and shapes the answers, and `LACKING` says whose files have gaps.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from wfaudit.synthetic.dice import Dice
from wfaudit.systems import load
from wfaudit.systems.flanders_people import described
from wfaudit.systems.inputs import Levels, Numbers
from wfaudit.systems.wprs import referring

Shares = Mapping[str, Sequence[int]]

AMAS: Shares = {
    "gender": (56, 44), "age": (26, 46, 28), "citizenship": (68, 13, 19), "education": (43, 36, 21),
    "region": (15, 30, 25, 10, 20), "impaired": (78, 22), "occupation": (62, 38), "days_employed": (45, 55),
    "years_with_case": (30, 20, 18, 32),
}  # fmt: skip
STAR: Shares = {
    "expected_time": (6, 6, 14, 20, 12, 3, 4, 35), "origin": (74, 7, 2, 11, 5, 1),
}  # fmt: skip
JSCI: Shares = {
    "english": (85, 15), "accommodation": (93, 7), "work": (30, 70), "income_support": (60, 40),
    "location": (97, 3), "living": (60, 28, 12),
}  # fmt: skip
WPRS: Shares = {"area": (55, 30, 15), "education": (12, 45, 43), "unemployment_rate": (30, 50, 20)}
LACKING = {"studies": (15_000, 90_000), "dutch": (10_000, 60_000), "experience": (10_000, 30_000)}
"""Flanders: chances in millionths that an input is missing: Belgian origin, foreign origin."""


def amas(dice: Dice) -> pd.DataFrame:
    """Austrian job seekers with AMAS' answers, score and group; care for women only, as the model has it."""
    people = _answers(dice, "amas", AMAS)
    women, case = people["gender"] == "female", people["years_with_case"] != "0"
    people["care"] = np.where(women & dice.yes("care", 280_000), "yes", "no")
    people["long_case"] = np.where(case & dice.yes("long", 350_000), "yes", "no")
    people["measures"] = people["measures"].where(case & dice.yes("measures?", 450_000), "none")
    return _scored(dice, "amas", people)


def star(dice: Dice) -> pd.DataFrame:
    """Danish job seekers with the sixteen answers; who chose "Origin unkown" may get no result at all."""
    people = _answers(dice, "star", STAR)
    people["age"] = 18 + dice.number("age", 0, 48)
    return _scored(dice, "star", people)


def jsci(dice: Dice) -> pd.DataFrame:
    """Australian job seekers with the factors whose points are published."""
    return _scored(dice, "jsci", _answers(dice, "jsci", JSCI))


def poland(dice: Dice) -> pd.DataFrame:
    """Polish job seekers with 24 items; a clerk changes 58 in 10,000 profiles, as was reported."""
    system = load("poland")
    shared = dice.number("shared", 0, 8)  # some people have more points everywhere than others
    items = {
        name: np.minimum((shared + dice.number(name, 0, 8)) // 2, int(one.high))
        for name, one in system.inputs.items()
        if isinstance(one, Numbers)
    }
    people = _scored(dice, "poland", pd.DataFrame(items))
    people["gender"] = np.where(dice.yes("gender", 520_000), "women", "men")
    at = people["tier"].map(list(system.order).index).to_numpy()
    changed = dice.yes("changed", 5_800)
    moved = np.where(at == 0, 1, np.where(at == 2, 1, np.where(dice.yes("up", 500_000), 2, 0)))
    people["decision"] = np.array(system.order)[np.where(changed, moved, at)]
    return people


def wprs(dice: Dice) -> pd.DataFrame:
    """US claimants, one chunk a week: the 15 in 100 with the highest score are referred; sex and race
    are drawn apart, since no such system may ask them.
    """
    people = _answers(dice, "wprs", WPRS)
    system = referring(dice.n * 15 // 100)
    answers = people.copy()
    people["score"] = system.score(answers).round(4)
    people["tier"] = system.tier(answers).astype(str)
    people["sex"] = np.where(dice.yes("sex", 460_000), "women", "men")
    people["race"] = np.array(["White", "Black", "other"])[dice.pick("race", (66, 17, 17))]
    return _named(dice, people)


def flanders(dice: Dice) -> pd.DataFrame:
    """Flemish job seekers with a forest's chance of work, the distance, and whether they found work.

    Who is of foreign origin has gaps in the file more often; who has one gets no score and no distance.
    `risk` is the chance of finding no work, so that it rises with the distance.
    """
    drawn = described(dice.millionths)
    people = drawn.loc[:, list(load("flanders").inputs)]
    foreign = (drawn["origin"] == "foreign").to_numpy()
    for name, (others, of_foreign) in LACKING.items():
        absent = dice.yes(f"no {name}", np.where(foreign, of_foreign, others))
        people[name] = people[name].mask(absent)
    people = _scored(dice, "flanders", people)
    people["risk"] = (1 - people["score"]).round(4)
    people["origin"] = drawn["origin"]
    people["sex"] = np.where(dice.yes("sex", 470_000), "women", "men")
    people["found_work"] = np.where(dice.yes("found work", drawn["chance"]), "yes", "no")
    return people


POPULATIONS: dict[str, Callable[[Dice], pd.DataFrame]] = {
    "amas": amas, "star": star, "jsci": jsci, "poland": poland, "wprs": wprs,
    "flanders": flanders,
}  # fmt: skip


def _answers(dice: Dice, name: str, shares: Shares) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    for one in load(name).asked:
        if isinstance(one, Levels):
            weights = shares.get(one.name, (1,) * len(one.levels))
            columns[one.name] = np.array(one.levels)[dice.pick(one.name, weights)]
        else:
            columns[one.name] = dice.number(one.name, int(one.low), int(one.high))
    return pd.DataFrame(columns)


def _scored(dice: Dice, name: str, people: pd.DataFrame) -> pd.DataFrame:
    system = load(name)
    answers = people.copy()
    people["score"] = system.score(answers).round(4)
    people["tier"] = system.tier(answers)
    return _named(dice, people)


def _named(dice: Dice, people: pd.DataFrame) -> pd.DataFrame:
    people.insert(0, "person", [f"p{dice.chunk:05d}{i:05d}" for i in range(dice.n)])
    return people

"""What a job seeker's file holds in the Flanders-like system, and invented people who fill it in.

Only the subjects of the inputs are published: spells, wanted jobs and regions, languages, studies,
age, experience, CV updates and clicks. The questions, the levels and the people are invented.

A person's origin comes first. It is never an input and doesn't count in the chance of work; it
shapes what the file says about languages, studies, wanted job and past spells, and these count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.systems import additive
from wfaudit.systems.inputs import Basis, Input, Levels, Numbers

Ints: TypeAlias = NDArray[np.int64]
Draws: TypeAlias = Callable[[str], Ints]
"""A number from 0 to 999,999 for each person, from the stream of a name."""

MILLION = 1_000_000
ORIGINS = ("Belgian", "foreign")
_HALF: Basis = "partly published"

JOBS = ("health and care", "technical", "office", "sales and catering", "logistics", "cleaning")
REGIONS = ("own municipality", "own province", "all of Flanders and Brussels")
DUTCH = ("none or basic", "moderate", "good", "very good")
STUDIES = ("primary", "lower secondary", "upper secondary", "bachelor", "master")
EXPERIENCE = ("none", "under 2 years", "2 to 5 years", "over 5 years")
UPDATED = ("this week", "this month", "earlier", "never")

ASKED: tuple[Input, ...] = (
    Numbers("weeks_registered", 0, 155, "Weeks of the current spell", "current spell", _HALF),
    Numbers("earlier_spells", 0, 7, "Spells before this one", "past spells", _HALF),
    Numbers("months_without_work", 0, 60, "Of the last five years", "past spells", _HALF),
    Levels("wanted_job", JOBS, "Kind of the wanted job", "wanted jobs", _HALF),
    Levels("wanted_regions", REGIONS, "Where the person wants to work", "wanted regions", _HALF),
    Levels("dutch", DUTCH, "How well the person speaks Dutch", "languages", _HALF),
    Levels("studies", STUDIES, "Highest diploma", "studies", _HALF),
    Numbers("age", 18, 64, "Age in years", "age", _HALF),
    Levels("experience", EXPERIENCE, "Experience in the wanted job", "experience", _HALF),
    Levels("cv_updated", UPDATED, "Last update of the CV online", "online CV updates", _HALF),
    Numbers("clicks", 0, 40, "Vacancies clicked in four weeks", "click behaviour", _HALF),
)
"""Eleven inputs; `published_as` is the subject that the sources name."""

SHARES: dict[str, Sequence[Sequence[int]]] = {
    "wanted_job": ((18, 18, 24, 20, 12, 8), (12, 12, 8, 18, 24, 26)),
    "wanted_regions": ((25, 50, 25), (25, 50, 25)),
    "dutch": ((1, 3, 12, 84), (15, 30, 32, 23)),
    "studies": ((6, 20, 42, 20, 12), (20, 26, 28, 13, 13)),
    "cv_updated": ((20, 30, 35, 15), (20, 30, 35, 15)),
}
"""Shares of the levels in 100: people of Belgian origin, people of foreign origin."""

EFFECTS: dict[str, tuple[int, ...]] = {
    "wanted_job": (350, 300, 0, 0, 50, -250),
    "wanted_regions": (-200, 0, 150),
    "dutch": (-550, -250, 0, 100),
    "studies": (-450, -200, 0, 250, 350),
    "experience": (-350, 0, 150, 250),
    "cv_updated": (350, 150, -100, -500),
}
"""What each level adds to the log odds of work, in thousandths."""


def draws(n: int, seed: int) -> Draws:
    """Seeded draws for n people, the same on every machine; each name has its own stream.

    >>> draws(3, seed=1)("age").tolist() == draws(3, seed=1)("age").tolist()
    True
    """

    def millionths(name: str) -> Ints:
        stream = np.random.SeedSequence(seed, spawn_key=(crc32(name.encode()),))
        return np.random.Generator(np.random.PCG64(stream)).integers(0, MILLION, n, dtype=np.int64)

    return millionths


def described(millionths: Draws) -> pd.DataFrame:
    """Invented people with complete files: eleven inputs, `origin`, and `chance` of work in millionths.

    >>> described(draws(2, seed=1)).shape
    (2, 13)
    """
    foreign = (millionths("origin") < 220_000).astype(np.int64)
    files = _spells(millionths, foreign)
    age = _number(millionths("age"), 18, 64)
    by_age = ((40, 35, 20, 5), (20, 22, 26, 32))
    codes = {name: _picked(millionths(name), table, foreign) for name, table in SHARES.items()}
    codes["experience"] = _picked(millionths("experience"), by_age, (age >= 30).astype(np.int64))
    files |= {"age": age, "clicks": _low(millionths, "clicks", 40)}
    chance = _chance(files, codes, _number(millionths("unseen"), -700, 700))
    levels = {one.name: np.array(one.levels) for one in ASKED if isinstance(one, Levels)}
    files |= {name: levels[name][code] for name, code in codes.items()}
    people = pd.DataFrame({one.name: files[one.name] for one in ASKED})
    return people.assign(origin=np.array(ORIGINS)[foreign], chance=chance)


def _spells(millionths: Draws, foreign: Ints) -> dict[str, Any]:
    """The current spell and the past ones: people of foreign origin have had more and longer ones."""
    earlier = np.minimum(*(_number(millionths(f"spells {i}"), 0, 6) for i in (1, 2)))
    more = foreign * (millionths("one spell more") < 300_000)
    longer = foreign * _number(millionths("longer"), 0, 12)
    return {
        "weeks_registered": _low(millionths, "weeks", 155),
        "earlier_spells": earlier + more,
        "months_without_work": np.minimum(_low(millionths, "months", 60) + longer, 60),
    }


def _chance(files: dict[str, Any], codes: dict[str, Ints], unseen: Ints) -> Ints:
    """The true chance of work in millionths; `unseen` is what no file tells."""
    per_click = np.where(files["weeks_registered"] < 26, 30, 12)
    logit = (
        750 - 14 * files["weeks_registered"] - 70 * files["earlier_spells"]
        - 20 * files["months_without_work"] - 60 * np.maximum(files["age"] - 50, 0)
        + per_click * files["clicks"] + unseen
        + sum(np.array(EFFECTS[name])[code] for name, code in codes.items())
    )  # fmt: skip
    return np.rint(MILLION * additive.logistic(pd.Series(logit / 1000)).to_numpy()).astype(np.int64)


def _number(at: Ints, low: int, high: int) -> Ints:
    return low + at * (high - low + 1) // MILLION


def _low(millionths: Draws, name: str, most: int) -> Ints:
    """A number from 0 to `most`, small ones more often."""
    first, second = millionths(name), millionths(f"{name}, the lower part")
    return _number(first, 0, most) * _number(second, 0, 100) // 100


def _picked(at: Ints, table: Sequence[Sequence[int]], row: Ints) -> Ints:
    """The position of a level, by the shares in each person's own row of a table."""
    shares = np.cumsum(np.array(table, dtype=np.int64), axis=1)
    edges = shares * MILLION // shares[:, -1:]
    return (at[:, None] >= edges[row]).sum(axis=1)

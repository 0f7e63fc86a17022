"""United States, WPRS-like: claimants ranked by the chance to exhaust benefits, few referred.

The inputs are those that Washington State names for its worker profile score; levels and weights
are invented. A referral isn't a property of a person: it depends on who else is in the batch.

>>> people = invented_people(5, seed=1)
>>> int(refer(people, places=2).sum())
2
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.errors import AuditError, shown
from wfaudit.models import Model
from wfaudit.systems import additive
from wfaudit.systems.modelled import summed
from wfaudit.systems.system import System

INTERCEPT = -0.60

WEIGHTS: dict[str, dict[str, float]] = {
    "industry": {
        "construction": -0.25, "manufacturing": 0.15, "trade": 0.0, "information": 0.30,
        "health and education": -0.20, "public administration": 0.20,
    },
    "occupation": {
        "management": 0.25, "office": 0.30, "service": 0.0, "production": 0.10, "farming": -0.40,
    },
    "area": {"metropolitan": 0.0, "other urban": 0.10, "rural": 0.25},
    "education": {"less than high school": 0.10, "high school": 0.0, "college": -0.05},
    "start_quarter": {"1": 0.15, "2": 0.0, "3": 0.05, "4": -0.10},
    "potential_duration": {"under 20 weeks": 0.70, "20 to 25 weeks": 0.30, "26 weeks": 0.0},
    "benefit_amount": {"low": 0.20, "middle": 0.0, "high": 0.10},
    "employer_ratio": {"low": 0.15, "middle": 0.0, "high": -0.20},
    "unemployment_rate": {"under 5 %": -0.20, "5 to 8 %": 0.0, "over 8 %": 0.40},
}  # fmt: skip
"""Log odds that each level adds; all of them invented."""

_NAMED = {
    "industry": ("industry", "Industry of the last job"),
    "occupation": ("occupation", "Occupation of the last job"),
    "area": ("WDA", "Workforce development area"),
    "education": ("education", "Education"),
    "start_quarter": ("benefit year starting quarter", "Quarter in which the benefit year starts"),
    "potential_duration": ("potential duration", "Weeks for which benefits could be paid"),
    "benefit_amount": ("WBA", "Weekly benefit amount, in three bands"),
    "employer_ratio": ("employer benefit ratio", "Benefits charged to the employer, three bands"),
    "unemployment_rate": ("state unemployment rate", "Rate when the claim starts"),
}
_RULE = "age, race, sex and their like are not allowed as predictors."
_BARRED = ("age", "race", "ethnicity", "sex", "gender", "national_origin", "religion", "disability")
_DECIMALS = 9


def invented_people(n: int, seed: int) -> pd.DataFrame:
    """Make n invented claimants; every level of an input is as likely as the next.

    >>> invented_people(3, seed=1).shape
    (3, 9)
    """
    rng = np.random.default_rng(seed)
    drawn = {name: rng.integers(0, len(levels), n) for name, levels in WEIGHTS.items()}
    return pd.DataFrame({name: np.array(list(WEIGHTS[name]))[at] for name, at in drawn.items()})


def contributions(people: pd.DataFrame) -> pd.DataFrame:
    """What each input adds to the log odds; with `INTERCEPT` they add up to them.

    >>> contributions(invented_people(2, seed=1)).shape
    (2, 9)
    """
    return SYSTEM.contributions(people)


def refer(people: pd.DataFrame, places: int, *, draw: str = "first draw") -> pd.Series:
    """Whether each person is referred: the `places` highest scores, yes or no.

    Exactly min(places, people) are. Scores that agree to nine decimals are ties, and a lottery
    decides them: the lowest SHA-256 hash of `draw` and the row's index label wins. So the order of
    the rows never matters, whoever holds `draw` can repeat it, and another `draw` is another
    lottery. Labels must differ.

    >>> int(refer(invented_people(4, seed=1), places=1).sum())
    1
    """
    score = SYSTEM.score(people)
    return _referred(score, _whole(places), draw)


def referring(places: int) -> System:
    """Give the system with a number of places for each batch of people that it is given.

    >>> referring(2).tier(invented_people(5, seed=1)).tolist().count("referred")
    2
    """
    return _system(_whole(places))


def _referred(score: pd.Series, places: int, draw: str) -> pd.Series:
    lots = _lottery(score.index, draw)
    ranked = np.lexsort((lots, -score.round(_DECIMALS).to_numpy()))
    chosen = np.zeros(len(score), dtype=bool)
    chosen[ranked[:places]] = True
    return pd.Series(chosen, index=score.index, name="referred")


def _lottery(index: pd.Index, draw: str) -> NDArray[np.uint64]:
    """One number a row, from its label and the draw alone."""
    labels = [str(label) for label in index]
    if len(set(labels)) < len(labels):
        raise AuditError(
            "WPRS-like: two rows bear the same index label, so a tie could not be drawn. "
            "Every label must differ: people.reset_index(drop=True)."
        )
    hashes = (hashlib.sha256(f"{draw}\n{label}".encode()).digest()[:8] for label in labels)
    return np.array([int.from_bytes(one, "big") for one in hashes], dtype=np.uint64)


def _whole(places: object) -> int:
    if isinstance(places, bool) or not isinstance(places, int | np.integer) or places < 0:
        raise AuditError(
            f"places must be a whole number from 0; {shown(places)} was given. "
            "Say how many people can be referred."
        )
    return int(places)


def _explained(people: pd.DataFrame) -> pd.DataFrame:
    return additive.contributions(people, WEIGHTS)


def _scored(people: pd.DataFrame) -> pd.Series:
    return additive.logistic(additive.total(_explained(people), INTERCEPT))


def _tiered(people: pd.DataFrame, places: int) -> NDArray[np.integer]:
    return _referred(_scored(people), places, "first draw").to_numpy().astype(int)


def _modelled(system: System) -> Model:
    """Its score alone: who is referred hangs on who else is in the batch, so a prediction has no tier."""
    return replace(summed(system), tiered=None, order=())


def _system(places: int) -> System:
    return System(
        name="WPRS-like referral (United States)",
        says=(
            "Probability of exhausting unemployment benefits, between 0 and 1. "
            f"The {places} highest in a batch are referred to reemployment services."
        ),
        asked=additive.asked(WEIGHTS, _NAMED, "partly published"),
        order=("not referred", "referred"),
        source=(
            "Washington State Employment Security Department, Worker Profiling and Reemployment "
            "Services, for the inputs and the logistic form; WAC 192-180-060 for ranking by score."
        ),
        invented=(
            "Every level, every weight and the intercept.",
            f"The number of places: {places}.",
            "The lottery that breaks ties.",
        ),
        not_published=(
            "Washington's coefficients.",
            "The rule on predictors is from memory: its text wasn't read.",
        ),
        known_wrong=(
            "Whether a person is referred depends on who else is in the batch.",
            "The state's unemployment rate is the same for everyone who claims at one time in one "
            "state, so it moves every score and no rank.",
            "A high chance of exhausting benefits isn't a gain from being referred.",
            "Barring a predictor bars no gap: industry, occupation and area can stand in for it.",
        ),
        scored=_scored,
        tiered=partial(_tiered, places=places),
        explained=_explained,
        intercept=INTERCEPT,
        modelled=_modelled,
        refused=tuple((name, _RULE) for name in _BARRED),
    )


SYSTEM = _system(100)
"""The system with 100 places a batch."""

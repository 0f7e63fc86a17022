"""Austria's AMAS: the published short-term function, its cut-off, and all 81,000 profiles.

The function gives the probability of 90 days of unsubsidised work within seven months. A person
whose probability exceeds 66 % belongs to the high group, A. There are two tiers here, "A" and "not
A", because the low group, C, was cut at 25 % of a second, long-term function (180 days within 24
months) whose coefficients were never published. Cutting the short-term function at 25 % instead
would invent 28,482 "C" profiles out of 81,000.

>>> SYSTEM.score(profile()).round(4).tolist()
[0.525]
>>> SYSTEM.score(profile(gender="female", age="50 and over")).round(4).tolist()
[0.323]
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.errors import not_one_of
from wfaudit.systems import additive
from wfaudit.systems.inputs import Yes
from wfaudit.systems.system import Rule, System

CUT_A = 0.66
"""Above this short-term probability a person belongs to the high group, A."""

INTERCEPT = 0.10

COEFFICIENTS: dict[str, dict[str, float]] = {
    "gender": {"male": 0.0, "female": -0.14},
    "age": {"under 30": 0.0, "30 to 49": -0.13, "50 and over": -0.70},
    "citizenship": {"Austria": 0.0, "EU": 0.16, "third country": -0.05},
    "education": {"compulsory school": 0.0, "apprenticeship": 0.28, "Matura or more": 0.01},
    "care": {"no": 0.0, "yes": -0.15},
    "region": {"1": 0.0, "2": -0.34, "3": -0.18, "4": -0.83, "5": -0.82},
    "impaired": {"no": 0.0, "yes": -0.67},
    "occupation": {"services": 0.0, "production": 0.17},
    "days_employed": {"many": 0.0, "few": -0.74},
    "years_with_case": {"0": 0.0, "1": 0.65, "2": 1.19, "3 or more": 1.98},
    "long_case": {"no": 0.0, "yes": -0.80},
    "measures": {"none": 0.0, "supportive": -0.57, "qualifying": -0.21, "employment": -0.43},
}
"""Log odds that each level adds; the first level of each variable is the reference, 0."""

_NAMED = {
    "gender": ("GESCHLECHT", "Gender in the register"),
    "age": ("ALTERSGRUPPE", "Age group in years"),
    "citizenship": ("STAATENGRUPPE", "Citizenship: Austria, another EU state, a third country"),
    "education": ("AUSBILDUNG", "Compulsory school at most; Lehre or BMS; Matura or more"),
    "care": ("BETREUUNGSPFLICHTIG", "Care duty; it counts for women only"),
    "region": ("RGS_TYP", "Type of the regional labour market, 1 to 5"),
    "impaired": ("BEEINTRÄCHTIGT", "Impaired health"),
    "occupation": ("BERUFSGRUPPE", "Occupational group"),
    "days_employed": ("BESCHÄFTIGUNGSTAGE", "Days in work; few: under 75 % of 1,370"),
    "years_with_case": ("FREQUENZ GESCHÄFTSFALL", "Years with a case, of the last four"),
    "long_case": ("GESCHÄFTSFALL_LANG", "A case of 180 days or more"),
    "measures": ("MN_TEILNAHME", "Programme taken: supportive, qualifying, promoting employment"),
}


def profile(**levels: str) -> pd.DataFrame:
    """One person: the published reference (a man under 30 and so on) but for the levels given.

    >>> profile(age="50 and over").loc[0, ["gender", "age", "citizenship"]].tolist()
    ['male', '50 and over', 'Austria']
    """
    for name in levels:
        if name not in COEFFICIENTS:
            raise not_one_of("input", name, COEFFICIENTS)
    reference = {name: next(iter(weights)) for name, weights in COEFFICIENTS.items()}
    return SYSTEM.checked(pd.DataFrame([reference | levels]))


def every_profile() -> pd.DataFrame:
    """All 81,000 profiles that can exist, one row each, reference first.

    3 (man, woman, woman with care duty) x 3 x 3 x 3 x 5 x 2 x 2 x 2 x (1 without a case + 3 x 2 x 4
    with one).

    >>> len(every_profile())
    81000
    """
    levels = [list(weights) for weights in COEFFICIENTS.values()]
    people = pd.MultiIndex.from_product(levels, names=list(COEFFICIENTS)).to_frame(index=False)
    broken = np.logical_or.reduce([rule.broken(people) for rule in SYSTEM.rules])
    return people.loc[~broken].reset_index(drop=True)


def logit(people: pd.DataFrame) -> pd.Series:
    """Log odds of integration into work: the intercept and the contributions.

    >>> logit(profile(gender="female")).round(2).tolist()
    [-0.04]
    """
    return additive.total(contributions(people), INTERCEPT).rename("logit")


def contributions(people: pd.DataFrame) -> pd.DataFrame:
    """What each variable adds to the log odds, exactly; with `INTERCEPT` they add up to `logit`.

    >>> contributions(profile(gender="female", care="yes")).loc[0, ["gender", "care"]].tolist()
    [-0.14, -0.15]
    """
    return SYSTEM.contributions(people)


def _explained(people: pd.DataFrame) -> pd.DataFrame:
    return additive.contributions(people, COEFFICIENTS)


def _scored(people: pd.DataFrame) -> pd.Series:
    return additive.logistic(additive.total(_explained(people), INTERCEPT))


def _tiered(people: pd.DataFrame) -> NDArray[np.integer]:
    return np.where(_scored(people) > CUT_A, 0, 1)


def _man_with_care(people: pd.DataFrame) -> Yes:
    return np.asarray((people["gender"] == "male") & (people["care"] == "yes"), dtype=bool)


def _history_without_case(people: pd.DataFrame) -> Yes:
    history = (people["long_case"] == "yes") | (people["measures"] != "none")
    return np.asarray((people["years_with_case"] == "0") & history, dtype=bool)


SYSTEM = System(
    name="AMAS (Austria)",
    says=(
        "Probability of 90 days of unsubsidised work within seven months, between 0 and 1. Two "
        "tiers: A is above .66. B and C can't be told apart: C is cut on a long-term function "
        "that was never published, and cutting the short-term function at .25 instead would "
        "invent 28,482 C profiles out of 81,000."
    ),
    asked=additive.asked(COEFFICIENTS, _NAMED),
    order=("A", "not A"),
    source=(
        "Holl, Kernbeiß and Wagner-Pinter (October 2018), Das AMS-Arbeitsmarktchancen-Modell. "
        "Dokumentation zur Methode: the short-term function for people with a full history. "
        "Coefficients as in an independent public re-implementation; several also printed in "
        "Der Standard, kontrast.at and wienerin.at."
    ),
    invented=("The English names of the inputs and levels.", "The name of the tier “not A”."),
    not_published=(
        "The long-term function, and so the groups B and C.",
        "Which profiles can't exist: taken from the re-implementation's form.",
        "Two further coefficient sets, for partial histories and young people, are left out: they "
        "are known only from a thesis's code, and which level each number belongs to is a reading.",
    ),
    known_wrong=(
        "Care duty lowers the chance of women only; a man with the same duty can't be entered.",
        "Being a woman lowers the score with everything else the same.",
        "For young job seekers in Vienna an independent study found more than 30 % misclassified, "
        "and women put in the high group, which gets less support, too often.",
    ),
    scored=_scored,
    tiered=_tiered,
    explained=_explained,
    intercept=INTERCEPT,
    rules=(
        Rule("Care duty counts for women only.", _man_with_care),
        Rule(
            "A long case or a programme needs a case in the last four years.",
            _history_without_case,
        ),
    ),
)
"""The Austrian system: see the module's first lines for why it has two tiers."""

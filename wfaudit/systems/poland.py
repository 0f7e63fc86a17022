"""Poland, 2014 to 2019: 24 items of 0 to 8 points, two sums, three profiles that gate access.

Thirteen items add up to a distance from the labour market, eleven to a lack of readiness for it.
The two sums decide the profile. That much was published; where the sums were cut was not.

>>> people = invented_people(20_000, seed=1)
>>> SYSTEM.tier(people).value_counts(normalize=True).round(2).to_dict()
{'II': 0.65, 'III': 0.33, 'I': 0.02}
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.systems import additive
from wfaudit.systems.inputs import Numbers
from wfaudit.systems.system import System

MOST = 8
"""Most points of an item; time without work has at most 6."""

_REGISTER = (
    ("age", "wiek", "Age"),
    ("sex", "płeć", "Sex"),
    ("education", "poziom wykształcenia", "Education; most for lower secondary, 0 for higher"),
    ("experience", "doświadczenie zawodowe", "Work experience"),
    ("languages", "znajomość języków obcych", "Foreign languages"),
    ("disability", "stopień niepełnosprawności", "Degree of disability"),
    ("time_without_work", "czas pozostawania bez pracy", "Time without work; 6 from 24 months"),
    ("licences", "uprawnienia zawodowe", "Occupational licences"),
)
_FURTHER = (
    ("skills", "umiejętności", "Skills"),
    ("remoteness", "miejsce zamieszkania", "How far from possible workplaces the person lives"),
    ("transport", "możliwość dojazdu do pracy", "Whether the person can get to work"),
    ("obstacles", "przyczyny utrudniające podjęcie pracy", "Main obstacle, one of 22 answers"),
    ("reachability", "dostęp do nowoczesnych form komunikowania się", "Means of communication"),
)
_READINESS = (
    ("own_search", "zaangażowanie w samodzielne poszukiwanie pracy", "Own search for work"),
    ("search_ways", "", "Ways of searching"),
    ("adaptability", "gotowość do dostosowania się", "Readiness to adapt to the labour market"),
    ("adapt_pay", "", "Readiness to accept lower pay"),
    ("adapt_training", "", "Readiness to train"),
    ("availability", "dyspozycyjność", "How soon and how long the person can work"),
    ("availability_shifts", "", "Readiness for shifts"),
    ("reason_to_work", "powody skłaniające do podjęcia pracy", "Reasons to take up work"),
    ("reason_registered", "powody rejestracji", "Reasons to register; 5 for social assistance"),
    ("cooperation", "gotowość do współpracy", "Readiness to cooperate with the office"),
    ("cooperation_past", "", "Cooperation in the past"),
)

REGISTER = tuple(name for name, _, _ in _REGISTER)
"""The eight items filled in from the registration card."""

DISTANCE = (*REGISTER, *(name for name, _, _ in _FURTHER))
"""The thirteen items of the distance from the labour market."""

READINESS = tuple(name for name, _, _ in _READINESS)
"""The eleven items of readiness; more points mean less of it."""

NEAR, READY = 22, 18
"""Profile I: at most this distance and at most these points for readiness. Invented."""

FAR, NOT_READY = 56, 48
"""Profile III: at least this distance and at least these points for readiness. Invented."""


def sums(people: pd.DataFrame) -> pd.DataFrame:
    """The two sums that decide: `distance`, 0 to 102, and `readiness`, 0 to 88.

    >>> sums(invented_people(1, seed=1).clip(upper=0)).to_dict("records")
    [{'distance': 0, 'readiness': 0}]
    """
    return _sums(SYSTEM.checked(people))


def contributions(people: pd.DataFrame) -> pd.DataFrame:
    """The points of each item, which are its contribution to the score.

    >>> contributions(invented_people(1, seed=1)).shape
    (1, 24)
    """
    return SYSTEM.contributions(people)


def invented_people(n: int, seed: int) -> pd.DataFrame:
    """Make n invented people whose profiles come near the published shares: 2, 65 and 33 %.

    Every person gets one whole number from 0 to 8 and one more for each item; an item's points are
    half their sum, rounded down. So some people have more points everywhere than others.

    >>> invented_people(2, seed=1).shape
    (2, 24)
    """
    rng = np.random.default_rng(seed)
    shared, own = rng.integers(0, MOST + 1, (n, 1)), rng.integers(0, MOST + 1, (n, len(_ASKED)))
    most = [one.high for one in _ASKED]
    points = np.minimum((shared + own) // 2, most).astype(np.int64)
    return pd.DataFrame(points, columns=[one.name for one in _ASKED])


def _item(name: str, published_as: str, says: str) -> Numbers:
    basis = "published" if published_as else "invented"
    most = 6 if name == "time_without_work" else MOST
    return Numbers(name, 0, most, f"{says}, in points", published_as, basis)


def _sums(people: pd.DataFrame) -> pd.DataFrame:
    distance, readiness = people.loc[:, list(DISTANCE)], people.loc[:, list(READINESS)]
    return pd.DataFrame(
        {"distance": additive.total(distance), "readiness": additive.total(readiness)}
    )


def _scored(people: pd.DataFrame) -> pd.Series:
    return additive.total(people)


def _tiered(people: pd.DataFrame) -> NDArray[np.integer]:
    both = _sums(people)
    first = (both["distance"] <= NEAR) & (both["readiness"] <= READY)
    third = (both["distance"] >= FAR) & (both["readiness"] >= NOT_READY)
    return np.select([first, third], [0, 2], default=1)


def _explained(people: pd.DataFrame) -> pd.DataFrame:
    return people


_ASKED = tuple(_item(*item) for item in (*_REGISTER, *_FURTHER, *_READINESS))

SYSTEM = System(
    name="Profiles (Poland, 2014 to 2019)",
    says="Points for distance from and lack of readiness for the labour market, 0 to 190.",
    asked=_ASKED,
    order=("I", "II", "III"),
    source=(
        "Niklas, Sztandar-Sztanderska and Szymielewicz (2015), Profiling the Unemployed in Poland, "
        "Panoptykon Foundation, and the foundation's pages, for 24 items and for clerks changing "
        "0.58 % of profiles; hiig.de for the shares of the profiles; pages of the district labour "
        "offices of Tomaszów, Maków, Bełchatów and Siedlce for the names of the factors and for 8 "
        "register and 16 interview items; Gazeta Prawna (2014, on the draft, and 2016) for 13 and "
        "11 items and for 0 to 8 points."
    ),
    invented=(
        "The cut-offs, and that profile I needs both sums low and profile III both high.",
        "Five of eleven items of readiness: the source names six factors for eleven questions.",
        "Which eight items come from the register.",
        "The people, tuned so that their shares come near the published ones.",
    ),
    not_published=(
        "The cut-offs of the two sums.",
        "Points of most answers, in the texts read here; the ministry gave them to Panoptykon in "
        "2016.",
    ),
    known_wrong=(
        "Sex is an item, and so is disability.",
        "A third of people got profile III and with it few programmes; clerks changed 0.58 % of "
        "profiles.",
        "People with more points in all can have the milder profile, because two sums decide.",
        "The Constitutional Tribunal struck the rules down in 2018; they were repealed in 2019.",
    ),
    scored=_scored,
    tiered=_tiered,
    explained=_explained,
)
"""The Polish system; `score` is the total, and the profile rests on the two `sums`."""

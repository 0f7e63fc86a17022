"""Australia's JSCI in 2011: the few points that were published, added up, and three streams.

Six of the eighteen factors have published points. The cut-offs are given as printed: fewer than 19
is stream 1, 20 to 28 is stream 2, more than 29 is stream 3. So 19 and 29 belong to no stream, and
whoever scores exactly that gets none.

>>> people = every_profile()
>>> sorted(set(SYSTEM.score(people)[SYSTEM.tier(people).isna()].tolist()))
[19, 29]
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.systems import additive
from wfaudit.systems.system import System

POINTS: dict[str, dict[str, int]] = {
    "english": {"not poor": 0, "poor": 2},
    "accommodation": {"not temporary": 0, "temporary": 3},
    "work": {"not unemployed": 0, "unemployed": 4},
    "income_support": {"two years or less": 0, "over two years": 12},
    "location": {"elsewhere": 0, "remote Indigenous location": 12},
    "living": {"other family": 0, "lives alone": 1, "sole parent": 4},
}
"""Points that each level adds; more points mean more disadvantage in the labour market."""

_NAMED = {
    "english": ("English proficiency", "How well the person speaks English"),
    "accommodation": ("Stability of residence", "Temporary accommodation or not"),
    "work": ("Recency of work experience", "Unemployed or not"),
    "income_support": ("Job seeker history", "Time on income support"),
    "location": ("Indigenous location", "Whether the person lives in certain remote locations"),
    "living": ("Living circumstances", "With whom the person lives"),
}


def every_profile() -> pd.DataFrame:
    """All 96 profiles, one row each, the one without points first.

    >>> len(every_profile())
    96
    """
    levels = [list(points) for points in POINTS.values()]
    return pd.MultiIndex.from_product(levels, names=list(POINTS)).to_frame(index=False)


def contributions(people: pd.DataFrame) -> pd.DataFrame:
    """The points of each answer, one column a factor; they add up to the score.

    >>> int(contributions(every_profile()).max().sum())
    37
    """
    return SYSTEM.contributions(people)


def _explained(people: pd.DataFrame) -> pd.DataFrame:
    return additive.contributions(people, POINTS)


def _scored(people: pd.DataFrame) -> pd.Series:
    return additive.total(_explained(people))


def _tiered(people: pd.DataFrame) -> NDArray[np.integer]:
    score = _scored(people)
    return np.select([score < 19, score.between(20, 28), score > 29], [0, 1, 2], default=-1)


SYSTEM = System(
    name="JSCI (Australia, 2011)",
    says="Points for disadvantage in the labour market, whole numbers from 0 to 37.",
    asked=additive.asked(POINTS, _NAMED, "partly published"),
    order=("1", "2", "3"),
    source=(
        "Australian Law Reform Commission, Family Violence and Commonwealth Laws: discussion paper "
        "76 (2011), paragraph 15.88, and report 117 (2011), paragraph 8.18, for points and "
        "streams; points for living circumstances from a secondary text; names of the factors from "
        "the department's page on the components of the JSCI."
    ),
    invented=(
        "0 points for the answers whose points weren't published: not poor, not temporary, not "
        "unemployed, two years or less, elsewhere.",
        "12 points each for over two years on income support and for a remote Indigenous location: "
        "the source says “up to twelve” and names both in one clause.",
        "Which factor each published number belongs to.",
    ),
    not_published=(
        "Points of the other twelve factors, which are left out: age and gender, educational "
        "attainment, vocational qualifications, country of birth, Indigenous status, geographic "
        "location, proximity to a labour market, access to transport, phone contactability, "
        "disability or medical conditions, criminal convictions, personal factors.",
        "Stream 4, which rests on an interview and not on points.",
    ),
    known_wrong=(
        "19 and 29 points belong to no stream, in the source's own words.",
        "With six of eighteen factors the points here are lower than a real person's.",
        "Family violence was seldom disclosed in the interview, so it seldom counted.",
    ),
    scored=_scored,
    tiered=_tiered,
    explained=_explained,
)
"""The Australian system; `tier` is missing at 19 and at 29 points."""

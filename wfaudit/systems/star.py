"""Denmark: a rule tree inspired by STAR's profiling tool; sixteen inputs, four of which decide.

This is the tree of a public demonstration, not the agency's own release. The demonstration's code
declares sixteen answers and its form asks for fifteen of them. Own expectation, origin, age and
months in work decide; nothing else is ever read.

The form offers "Origin unkown" and the code waits for "Origin unknown", so whoever gives that
answer, and gets as far as that question, gets no result: no tier, and no error.

>>> people = person(expected_time="Don't know", origin="Origin unkown")
>>> SYSTEM.tier(people).isna().tolist()
[True]
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.errors import not_one_of
from wfaudit.models import Ask, Model, answer, at_least, isin, rules
from wfaudit.systems import star_form
from wfaudit.systems.modelled import face
from wfaudit.systems.system import System

DECIDING = ("expected_time", "origin", "age", "months_employed")
"""The four inputs that decide, in the order in which the tree asks."""

SOON = ("I have a new job, but I haven't started yet", "Within 1 month", "Within 3 months")
LATE = (
    "It will be more than 6 months",
    "I expect to go on maternity leave soon",
    "I expect to retire soon",
)
HIGH_ORIGIN = ("Western immigrant", "Western descendant", "Non-western descendant")
LOST = "Origin unkown"
"""The form's spelling of the answer that falls through."""

OLD = 56
"""From this age, in years, the tree says HIGH."""

FEW_MONTHS = 3
"""Below this number of months in work, out of 36, the tree says HIGH."""

_NONE, _LOW, _HIGH = np.nan, 0.0, 1.0


def person(**answers: object) -> pd.DataFrame:
    """One person: the first answer to every question, age 40, 36 months in work, but as given.

    >>> SYSTEM.tier(person(expected_time="I expect to retire soon")).tolist()
    ['HIGH']
    """
    for name in answers:
        if name not in star_form.FIRST:
            raise not_one_of("input", name, star_form.FIRST)
    return SYSTEM.checked(pd.DataFrame([star_form.FIRST | answers]))


_BY_WORK = Ask("months_employed", at_least(FEW_MONTHS), _LOW, _HIGH)
_BY_AGE = Ask("age", at_least(OLD), _HIGH, _BY_WORK)
_BY_ORIGIN = Ask("origin", isin(*HIGH_ORIGIN), _HIGH, Ask("origin", isin(LOST), _NONE, _BY_AGE))
TREE = Ask("expected_time", isin(*SOON), _LOW, Ask("expected_time", isin(*LATE), _HIGH, _BY_ORIGIN))
"""The tree from its root: each question with where yes and no lead."""


def _ruled(system: System) -> Model:
    told = rules(TREE, tuple(system.inputs), gaps=True)
    known: dict[str, Any] = {
        "gaps": True,
        "raw": told.raw,
        "raw_unit": "HIGH or not, no result as not",
    }
    return Model(**face(system) | known, structure=told.structure, used=told.used)


def _scored(people: pd.DataFrame) -> pd.Series:
    return pd.Series(answer(TREE, people), index=people.index)


def _tiered(people: pd.DataFrame) -> NDArray[np.integer]:
    score = answer(TREE, people)
    return np.where(np.isnan(score), -1, score).astype(np.int64)


SYSTEM = System(
    name="STAR-inspired tree (Denmark)",
    says=(
        "Risk of long-term unemployment: 1 for HIGH, 0 for LOW, not-a-number where the tree gives "
        "no result."
    ),
    asked=star_form.ASKED,
    order=("LOW", "HIGH"),
    source=(
        "ledighedsalgoritmen.dk, a demonstration inspired by STAR's profiling tool (Confronting "
        "Data, University of Copenhagen), code and form in its public repository "
        "theresemoreau/ledighedsalgoritmen. It is the demonstration's tree, not STAR's release."
    ),
    invented=(
        "The short names of the inputs.",
        "education_more with its answers: the code declares a question 1b that its form never "
        "asks.",
        "One box for search_channels, changes_considered and obstacles: the form lets people tick "
        "several. “Nothing ticked” is ours.",
    ),
    not_published=(
        "STAR's own model; how often anybody falls through.",
        "What a blank answer should do: in the demonstration's code a blank age counts as under 56 "
        "and blank months as under 3, so HIGH. Here a blank is refused.",
    ),
    known_wrong=(
        "Twelve of sixteen inputs never change a result.",
        "“Origin unkown” gets no result if the tree asks for origin: the code compares with "
        "another spelling. The form itself marks that answer as one that goes on to age.",
        "Origin counts directly and follows no order: Western immigrants, Western descendants and "
        "non-western descendants are HIGH at once, non-western immigrants are treated like Danes.",
        "Expecting maternity leave is HIGH at once.",
    ),
    scored=_scored,
    tiered=_tiered,
    modelled=_ruled,
)
"""The Danish tree; `tier` is missing where an answer falls through."""

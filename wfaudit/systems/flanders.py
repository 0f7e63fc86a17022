"""Flanders, Kans op werk-like: a forest gives a chance of work, and two cut-offs make distances.

Published: a random forest, its target, the subjects of its inputs, the two cut-offs, and that an
incomplete file gets no prediction. So a missing input is no error here: that person has no score and
no tier, and nothing is guessed. A level that doesn't exist is refused as everywhere.

The forest itself, its people and its levels are invented; it is trained when it is first asked, in a
second or two, and needs scikit-learn.

>>> people = invented_people(3, seed=1)
>>> people.loc[1, "studies"] = None
>>> SYSTEM.tier(people).isna().tolist()
[False, True, False]
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from wfaudit.errors import AuditError
from wfaudit.models import Floats, Model, Trees, as_frame, grow
from wfaudit.systems.flanders_people import ASKED, described, draws
from wfaudit.systems.inputs import Levels
from wfaudit.systems.modelled import face
from wfaudit.systems.system import System

SHORT = 0.50
"""Above this chance of work the distance is short; at exactly .50 it is medium, as printed."""

LONG = 0.35
"""Below this chance of work the distance is long; at exactly .35 it is medium, as printed."""

TRAINED_ON = 10_000
_SEED = 20180101
_DECIMALS = 4


def invented_people(n: int, seed: int) -> pd.DataFrame:
    """Make n invented job seekers with complete files.

    >>> invented_people(3, seed=1).shape
    (3, 11)
    """
    return described(draws(n, seed)).loc[:, [one.name for one in ASKED]]


def distance(score: ArrayLike) -> pd.Series:
    """The distance that belongs to a chance of work; missing where the chance is.

    >>> distance([0.5001, 0.50, 0.35, 0.3499]).tolist()
    ['short', 'medium', 'medium', 'long']
    """
    tiers = pd.Categorical.from_codes(_cut(score), categories=list(SYSTEM.order))
    return pd.Series(tiers).astype(tiers.categories.dtype)


@lru_cache(maxsize=1)
def forest() -> Any:
    """The calibrated forest, trained on invented people of the same kind as `invented_people`."""
    try:
        from sklearn.calibration import CalibratedClassifierCV
        from sklearn.ensemble import RandomForestClassifier
    except ModuleNotFoundError as lacking:
        raise AuditError(
            f"{SYSTEM.name} trains its forest with {lacking.name!r}, which is not installed. "
            "Install the extra: pip install 'wfaudit[drivers]'."
        ) from None
    millionths = draws(TRAINED_ON, _SEED)
    people = described(millionths)
    found_work = millionths("found work") < people["chance"].to_numpy()
    trees = RandomForestClassifier(40, max_depth=12, min_samples_leaf=10, random_state=0)
    calibrated = cast("Any", CalibratedClassifierCV)  # its stubs know one kind of ensemble only
    learner = calibrated(trees, method="sigmoid", cv=3, ensemble=False)
    return learner.fit(_coded(people), found_work)


def _coded(people: pd.DataFrame) -> NDArray[np.float64]:
    """One column an input: numbers as they are, levels by their position."""
    coded = np.empty((len(people), len(ASKED)))
    for at, one in enumerate(ASKED):
        column = cast("pd.Series", people[one.name])
        coded[:, at] = one.codes(column) if isinstance(one, Levels) else column.astype(float)
    return coded


def _scored(people: pd.DataFrame) -> pd.Series:
    complete = people.notna().all(axis=1).to_numpy(dtype=bool)
    score = np.full(len(people), np.nan)
    if complete.any():
        chance = forest().predict_proba(_coded(people.loc[complete]))[:, 1]
        score[complete] = chance.round(_DECIMALS)
    return pd.Series(score, index=people.index)


def _cut(score: ArrayLike) -> NDArray[np.integer]:
    score = np.asarray(score, dtype=np.float64)
    return np.select([np.isnan(score), score > SHORT, score >= LONG], [-1, 0, 1], default=2)


def _tiered(people: pd.DataFrame) -> NDArray[np.integer]:
    return _cut(_scored(people))


def _modelled(system: System) -> Model:
    """The forest's share of votes is exact; the chance is that share, calibrated and rounded."""
    (calibrated,) = forest().calibrated_classifiers_
    names = tuple(system.inputs)

    def coded(people: pd.DataFrame) -> pd.DataFrame:
        return as_frame(_coded(people), people).astype(np.float32).astype(np.float64)

    def raw(people: pd.DataFrame) -> Floats:
        share = np.full(len(people), np.nan)
        complete = people.notna().all(axis=1).to_numpy(dtype=bool)
        if complete.any():
            share[complete] = calibrated.estimator.predict_proba(_coded(people.loc[complete]))[:, 1]
        return share

    def link(share: Floats) -> Floats:
        chance = np.full(len(share), np.nan)
        known = ~np.isnan(share)
        if known.any():
            chance[known] = calibrated.calibrators[0].predict(share[known]).round(_DECIMALS)
        return chance

    trees = Trees(
        grown=lru_cache(maxsize=1)(lambda: grow(calibrated.estimator, names)), coded=coded
    )
    return Model(
        **face(system), unit="probability", raw=raw, raw_unit="share", link=link, structure=trees
    )


SYSTEM = System(
    name="Kans op werk-like forest (Flanders)",
    says=(
        "Probability of at least 28 days of work within six months, between 0 and 1, rounded to "
        "four decimals; not-a-number where the file is incomplete. Distance to the labour market: "
        "short above .50, medium from .35 to .50, long below .35."
    ),
    asked=ASKED,
    order=("short", "medium", "long"),
    source=(
        "VDAB, help pages of Arvastat on Kans op werk (Next Steps), for the random forest, its "
        "target, the cut-offs, the subjects of the inputs, and no prediction for incomplete files. "
        "Desiere and Struyven (2021), Using Artificial Intelligence to classify Jobseekers: The "
        "Accuracy-Equity Trade-off, Journal of Social Policy 50(2); Dossche, Vansteenkiste, Baesens "
        "and Lemahieu (2024), Interpretable and Accurate Identification of Job Seekers at Risk of "
        "Long-Term Unemployment, SN Computer Science 5, for behaviour online as a key predictor; "
        "both by their abstracts."
    ),
    invented=(
        "The questions and all levels and ranges: the sources name only subjects.",
        f"The {TRAINED_ON:,} people the forest is trained on, and what makes their chance of work.",
        "The forest: 40 trees, their depth, and the calibration (a sigmoid on held-out thirds).",
        "That the probability is rounded to four decimals before it is cut.",
        "That a file is incomplete when any of the eleven inputs is missing.",
    ),
    not_published=(
        "The forest, its data, and how its probability is calibrated.",
        "What makes a file incomplete, and how often which files are.",
        "How far every click and every CV update moves a score.",
    ),
    known_wrong=(
        "Incomplete files get no prediction: a group whose files are incomplete more often is left "
        "without a result more often.",
        "At maximum accuracy, job seekers of foreign origin who do find work were put in the "
        "high-risk group 2.6 times as often as others (Desiere and Struyven 2021). The direction "
        "can be found in these invented people; the factor rests on data that aren't public, and "
        "isn't reproduced.",
        "Origin isn't asked here and reaches the score all the same, through languages, studies, "
        "wanted jobs and past spells.",
        "Behaviour online is a key predictor; a search that leaves no trace there can't count.",
    ),
    scored=_scored,
    tiered=_tiered,
    incomplete="no result",
    modelled=_modelled,
)
"""The Flanders-like system; `score` and `tier` are missing where a file is incomplete."""

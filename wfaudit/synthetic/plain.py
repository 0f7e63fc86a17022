"""A plain profiling log in which nothing differs between groups, and mechanisms to switch on.

Without a mechanism this is the null population: sex, origin and age are drawn apart from everything
else, the score is the true risk, the outcome follows the score, caseworkers move one in eight either
way. Each mechanism changes one thing, by a size written down in ``MECHANISMS``.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from wfaudit.synthetic.dice import Bools, Dice, Ints, chance
from wfaudit.synthetic.planted import Mechanism, Population, switched

SEXES, ORIGINS = ("men", "women"), ("native", "migrant")
AGES = ("under 30", "30 to 49", "50 and over")
AREAS = ("north", "east", "south", "west", "harbour")
TIERS = ("low", "medium", "high")
CUTS = (350, 650)  # thousandths of a score
DECIDED = (
    "decision_rate", "decision_false_negative_rate", "decision_false_positive_rate", "decision_precision",
    "decision_accuracy", "over_reliance_rate", "under_reliance_rate", "override_precision",
    "accuracy_gain", "override_value",
)  # fmt: skip
FLAGGED = (
    "selection_rate", "tier_share", "tier_or_above_share", "tier_superiority", "decision_rate",
)  # fmt: skip
ERRORS = (
    "false_negative_rate", "false_positive_rate", "precision", "negative_predictive_value", "accuracy",
    *DECIDED,
)  # fmt: skip
FIT = ("auc", "calibration_in_the_large")
OVERRIDES = (
    "override_rate", "override_up_rate", "override_down_rate", "moved_up_rate", "moved_down_rate",
    "adjusted_override_gap", "override_by_channel_rate", *DECIDED,
)  # fmt: skip


MECHANISMS: dict[str, Mechanism] = {
    "threshold by group": Mechanism(
        says="Migrants are rated high from a score of 0.50 on, everyone else from 0.65.",
        size=0.150, by="origin", group="migrant", finds="selection_rate",
        moves=(*FLAGGED, *ERRORS, *OVERRIDES),
    ),
    "proxy": Mechanism(
        says="The score of people who live by the harbour is 0.20 higher; 70 in 100 migrants and 10 "
        "in 100 others live there, and their risk is no higher.",
        size=0.200, by="origin", group="migrant", finds="selection_rate",
        moves=(*FLAGGED, *ERRORS, *OVERRIDES, *FIT),
    ),
    "label bias": Mechanism(
        says="Of women who found work, 30 in 100 are recorded as not having found it.",
        size=0.300, by="sex", group="women", finds="base_rate", moves=(*ERRORS, *FIT),
    ),
    "missing by group": Mechanism(
        says="For 15 in 100 migrants a register does not answer, and the model gives no result.",
        size=0.150, by="origin", group="migrant", finds="no_result_rate", moves=(),
    ),
    "selective overrides": Mechanism(
        says="Every third caseworker moves 80 in 100 migrants who were rated high down.",
        size=0.800, by="origin", group="migrant", finds="override_down_rate", moves=OVERRIDES,
    ),
    "miscalibration": Mechanism(
        says="The score of migrants is 0.15 above their risk.",
        size=0.150, by="origin", group="migrant", moves=(*FLAGGED, *ERRORS, *OVERRIDES, *FIT),
        finds="calibration_in_the_large",
    ),
    "bunching": Mechanism(
        says="Half of the scores up to 0.03 below the upper cut are lifted to it.",
        size=0.500, by="everyone", group="people next to the cut", at="0.65", finds="density_at_the_cut",
        moves=("heaping_at_the_cut",),
    ),
    "drift": Mechanism(
        says="From the second half of the year on, every score is 0.10 higher at the same risk.",
        size=0.100, by="quarter", group="2025 Q4", finds="selection_rate",
        moves=(*FLAGGED, *ERRORS, *OVERRIDES, *FIT),
    ),
    "selective labels": Mechanism(
        says="Of people who were decided high, 80 in 100 have no recorded outcome.",
        size=0.800, by="result", group="people rated high risk",
        finds="outcome_unknown_rate", moves=ERRORS,
    ),
}  # fmt: skip


def plain(dice: Dice, on: Iterable[str] = ()) -> pd.DataFrame:
    """One chunk of the plain log, with the mechanisms named in ``on``.

    >>> plain(Dice(seed=1, chunk=0, n=2))[["sex", "origin", "tier", "outcome"]].values.tolist()
    [['men', 'native', 'low', False], ['women', 'native', 'medium', True]]
    """
    on = switched(on, MECHANISMS)
    migrant = dice.yes("origin", 300_000)
    women = dice.yes("sex", 480_000)
    day = dice.number("day", 0, 363)
    area = dice.pick("area", (3, 3, 3, 3, 1))
    if "proxy" in on:
        harbour = dice.yes("harbour", np.where(migrant, 700_000, 100_000))
        area = np.where(harbour, 4, area % 4)
    risk = chance(_logit(dice))
    score = _score(dice, risk // 1000, migrant, area, day, on)
    tier = _tier(score, migrant & ("threshold by group" in on))
    decided_by = dice.number("caseworker", 0, 199)
    decision = _decision(dice, tier, decided_by, migrant & ("selective overrides" in on))
    unknown = dice.yes("register", 150_000) & migrant & ("missing by group" in on)
    outcome = dice.yes("outcome", risk)
    if "label bias" in on:
        outcome |= women & dice.yes("label", 300_000)
    hidden = (decision == 2) & dice.yes("followed up", 800_000) & ("selective labels" in on)
    first = np.datetime64("2025-01-01")
    return pd.DataFrame({
        "person": [f"p{dice.chunk:04d}{i:05d}" for i in range(dice.n)],
        "sex": np.array(SEXES)[women.astype(int)],
        "origin": np.array(ORIGINS)[migrant.astype(int)],
        "age": np.array(AGES)[dice.pick("age", (28, 45, 27))],
        "area": np.array(AREAS)[area],
        "score": score / 1000,
        "tier": pd.Series(np.array(TIERS)[tier]).mask(unknown),
        "decision": pd.Series(np.array(TIERS)[decision]).mask(unknown),
        "opened": dice.yes("opened", 700_000),
        "caseworker": [f"c{c:03d}" for c in decided_by],
        "assessed_on": (first + day.astype("timedelta64[D]")).astype(str),
        "outcome": pd.Series(outcome, dtype="boolean").mask(pd.Series(hidden)),
    })  # fmt: skip


def _logit(dice: Dice) -> Ints:
    """A risk of bell shape: the sum of four draws, in thousandths of a logit, from -4 to 4."""
    draws = [dice.millionths(f"risk {i}") for i in range(4)]
    return (np.sum(draws, axis=0) - 2_000_000) * 2 // 1000


def _score(
    dice: Dice, risk: Ints, migrant: Bools, area: Ints, day: Ints, on: frozenset[str]
) -> Ints:
    """The model's score in thousandths: the risk, and what was planted on top of it."""
    score = risk + 150 * (migrant & ("miscalibration" in on))
    score = score + 200 * ((area == 4) & ("proxy" in on)) + 100 * ((day >= 182) & ("drift" in on))
    if "bunching" in on:
        near = (score >= CUTS[1] - 30) & (score < CUTS[1])
        score = np.where(near & dice.yes("lifted", 500_000), CUTS[1], score)
    return np.clip(score, 0, 999)


def _tier(score: Ints, lowered: Bools) -> Ints:
    high = score >= np.where(lowered, 500, CUTS[1])
    return np.where(high, 2, (score >= CUTS[0]).astype(np.int64))


def _decision(dice: Dice, tier: Ints, decided_by: Ints, treated_apart: Bools) -> Ints:
    """The caseworker's tier: one in eight is moved up a tier, one in eight down."""
    turn = dice.millionths("override")
    moved = np.clip(tier + (turn < 125_000) - (turn >= 875_000), 0, 2)
    down = treated_apart & (decided_by % 3 == 0) & (tier == 2) & dice.yes("moved down", 800_000)
    return np.where(down, 1, moved)


POPULATION = Population(draw=plain, mechanisms=MECHANISMS)

"""The catalogue of rates. Adding one is one entry: a sentence and two predicates over states."""

from ibis import _

from wfaudit.measures.advice import OVERRIDES
from wfaudit.measures.definition import Rate

RATES: dict[str, Rate] = {
    "selection_rate": Rate(
        says="Share of {people} {flagged}",
        needs=("flagged",),
        count=_.flagged,
        among=_.flagged.notnull(),
        does="were {flagged}",
    ),
    "tier_share": Rate(
        says="Share of {people} in each tier, among those with a result",
        needs=("tier",),
        count=_.tier == _.asked,
        among=_.tier.notnull(),
        who="with a result",
        does="were in the tier “{at}”",
        tiers=slice(0, None),
    ),
    "tier_or_above_share": Rate(
        says="Share of {people} in a middle tier or above, among those with a result",
        needs=("tier",),
        count=_.tier >= _.asked,
        among=_.tier.notnull(),
        who="with a result",
        does="were in the tier “{at}” or above",
        tiers=slice(1, -1),
    ),
    "no_result_rate": Rate(
        says="Share of {people} for whom the model gave no result",
        needs=("tier",),
        count=~_.tier.notnull(),
        among=_.tier.notnull() | ~_.tier.notnull(),
        does="got no result",
    ),
    "base_rate": Rate(
        says="Share of {people} who {outcome}",
        needs=("outcome",),
        count=_.outcome,
        among=_.outcome.notnull(),
        does="{outcome}",
    ),
    "outcome_unknown_rate": Rate(
        says="Share of {people} whose outcome is not recorded",
        needs=("outcome",),
        count=~_.outcome.notnull(),
        among=_.outcome.notnull() | ~_.outcome.notnull(),
        does="had no recorded outcome",
    ),
    "false_negative_rate": Rate(
        says="Share not {flagged}, among {people} who {outcome} (missed)",
        needs=("flagged", "outcome"),
        count=~_.flagged,
        among=_.outcome & _.flagged.notnull(),
        who="who {outcome}",
        does="were not {flagged}",
    ),
    "false_positive_rate": Rate(
        says="Share {flagged}, among {people} who {no_outcome} (wrongly flagged)",
        needs=("flagged", "outcome"),
        count=_.flagged,
        among=~_.outcome & _.flagged.notnull(),
        who="who {no_outcome}",
        does="were {flagged}",
    ),
    "precision": Rate(
        says="Share who {outcome}, among {people} {flagged}",
        needs=("flagged", "outcome"),
        count=_.outcome,
        among=_.flagged & _.outcome.notnull(),
        who="who were {flagged}",
        does="{outcome}",
    ),
    "negative_predictive_value": Rate(
        says="Share who {no_outcome}, among {people} not {flagged}",
        needs=("flagged", "outcome"),
        count=~_.outcome,
        among=~_.flagged & _.outcome.notnull(),
        who="who were not {flagged}",
        does="{no_outcome}",
    ),
    "accuracy": Rate(
        says="Share of {people} for whom the flag and what happened agree",
        needs=("flagged", "outcome"),
        count=_.flagged == _.outcome,
        among=_.flagged.notnull() & _.outcome.notnull(),
        does="had a flag that agrees with what happened",
    ),
    **OVERRIDES,
}

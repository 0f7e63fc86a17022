"""The catalogue of comparisons: how each is told, what it needs, and how it is found."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from wfaudit.alternatives import contests
from wfaudit.alternatives.rivals import NOBODY, Rival
from wfaudit.result import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One comparison: in a sentence, how it is found, and which sign speaks for the model.

    ``needs`` are the roles it needs; ``outcome`` says whether it hangs on what came of people.
    """

    says: str
    sentence: str
    found: Callable[[contests.Contest, contests.Bools], contests.Found]
    interval: str
    needs: tuple[str, ...]
    kind: Kind = "gap"
    good: Literal[-1, 0, 1] = 0
    outcome: bool = True
    rival: Literal["order", "flag", "tier"] = "flag"

    def takes(self, other: Rival) -> bool:
        """Whether a rival has what this compares."""
        if self.rival == "flag":
            return True
        if self.rival == "tier" and (other.tier is not None or other.name == NOBODY):
            return other.tier is not None
        return other.order is not None


TANGO = (
    "Tango score interval for two shares of the same people; where both flag as many, Newcombe hybrid "
    "score interval between those whom only one of them flags"
)
PARTS: dict[str, Part] = {
    "auc_difference": Part(
        says="Area under the ROC curve of the model's score, less that of what it is compared with",
        sentence="Of 100 random pairs of {events} and {others}, the model puts {mine} in the right order "
        "than {rival} (ties count half)",
        found=contests.auc, good=1, needs=("score",), rival="order",
        interval="DeLong interval for two scores of the same people",
    ),
    "false_negative_rate_difference": Part(
        says="Share not {flagged} among {people} who {outcome} (missed), of the model less that of what it "
        "is compared with",
        sentence="Of 100 {events}, {rival} misses {theirs} than the model{even}",
        found=contests.missed, good=-1, needs=("flagged",),
        interval=TANGO,
    ),
    "false_positive_rate_difference": Part(
        says="Share {flagged} among {people} who {no_outcome} (wrongly flagged), of the model less that of "
        "what it is compared with",
        sentence="Of 100 {others}, {rival} wrongly flags {theirs} than the model{even}",
        found=contests.wrongly, good=-1, needs=("flagged",),
        interval=TANGO,
    ),
    "net_benefit_difference": Part(
        says="Net benefit of the model at its declared cut-off, less that of what it is compared with: "
        "rightly flagged, less wrongly flagged at the odds of the cut-off, per person",
        sentence="At the declared cut-off of {cut:g}{under}, the model brings {mine} net hits for each 100 "
        "than {rival}",
        found=contests.benefit, good=1, needs=("flagged", "cut"),
        interval="interval put together from Tango score limits (Zou and Donner)",
    ),
    "flag_changes": Part(
        says="Share of {people} whom what the model is compared with would flag otherwise",
        sentence="Of 100 {people}, {size} would be flagged otherwise by {rival} than by the model",
        found=contests.flag_changes, needs=("flagged",), kind="value", outcome=False,
        interval="Wilson score interval",
    ),
    "tier_changes": Part(
        says="Share of {people} who would stand in another tier, were tiers as large as the model's",
        sentence="Of 100 {people}, {size} would stand in another tier by {rival} than by the model",
        found=contests.tier_changes, needs=("tier",), kind="value", outcome=False, rival="tier",
        interval="Wilson score interval",
    ),
}  # fmt: skip

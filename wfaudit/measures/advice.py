"""Rates of what people do with the advice, and of what is decided in the end.

An override is a decision other than the advice. Where it is recorded who saw the advice, only their
decisions are held against it: nobody overrides what they have not seen. ``treated`` is a decision that
is the same as being flagged, ``meant`` the same of the judgement before the advice.
"""

from ibis import _

from wfaudit.measures.definition import Rate

_HELD = _.saw & _.decision.notnull() & _.advice.notnull()
_UNSEEN = ~_.saw & _.decision.notnull() & _.advice.notnull()
_WRONG = _.flagged != _.outcome
_KNOWN = _.flagged.notnull() & _.outcome.notnull() & _.treated.notnull()
_SO = "got the decision that is the same as being {flagged}"

USE: dict[str, Rate] = {
    "shown_rate": Rate(
        says="Share of {people} whose caseworker was shown the advice",
        needs=("shown",),
        count=_.shown,
        among=_.shown.notnull(),
        does="had advice that was shown to the caseworker",
    ),
    "opened_rate": Rate(
        says="Share opened, of advice that could be opened",
        needs=("opened",),
        count=_.opened,
        among=_.opened.notnull(),
        who="whose advice could be opened",
        does="had advice that was opened",
    ),
    "decided_before_opening_rate": Rate(
        says="Share decided on before the advice was opened, of advice that was opened",
        needs=("decided_first",),
        count=_.decided_first,
        among=_.decided_first.notnull(),
        who="whose advice was opened",
        does="had been decided on before it was opened",
    ),
}
DEPARTURES: dict[str, Rate] = {
    "override_rate": Rate(
        says="Share for whom the decision differs from the advice, of {people} {saw}",
        needs=("decision",),
        count=_.decision != _.advice,
        among=_HELD,
        who="{saw}",
        does="got a decision other than the advice",
    ),
    "override_up_rate": Rate(
        says="Share whom the decision put above the advice, of {people} {saw}",
        needs=("decision",),
        count=_.decision > _.advice,
        among=_HELD,
        who="{saw}",
        does="were moved up from the advice",
    ),
    "override_down_rate": Rate(
        says="Share whom the decision put below the advice, of {people} {saw}",
        needs=("decision",),
        count=_.decision < _.advice,
        among=_HELD,
        who="{saw}",
        does="were moved down from the advice",
    ),
    "moved_up_rate": Rate(
        says="Share whom the decision put above the advice, of {people} {saw}, by advice",
        needs=("decision",),
        count=_.decision > _.advice,
        among=_HELD & (_.advice == _.asked),
        who="{saw}, advised “{at}”",
        does="were moved up",
        tiers=slice(0, -1),
        axis="advice",
    ),
    "moved_down_rate": Rate(
        says="Share whom the decision put below the advice, of {people} {saw}, by advice",
        needs=("decision",),
        count=_.decision < _.advice,
        among=_HELD & (_.advice == _.asked),
        who="{saw}, advised “{at}”",
        does="were moved down",
        tiers=slice(1, None),
        axis="advice",
    ),
    "unseen_difference_rate": Rate(
        says="Share for whom the decision differs from advice that nobody had seen (what differs without it)",
        needs=("decision", "saw"),
        count=_.decision != _.advice,
        among=_UNSEEN,
        who="whose advice nobody saw",
        does="got a decision other than the advice",
    ),
    "rule_broken_rate": Rate(
        says="Share of decisions that break a rule of the agency's own, of those it speaks of",
        needs=("rule",),
        count=_.broken,
        among=_.broken.notnull(),
        who="of whom the rule “{at}” speaks",
        does="got a decision that breaks it",
        tiers=slice(0, None),
        axis="rule",
    ),
}
DECISIONS: dict[str, Rate] = {
    "decision_rate": Rate(
        says="Share of {people} with the decision that is the same as being {flagged}",
        needs=("treated",),
        count=_.treated,
        among=_.treated.notnull(),
        does=_SO,
    ),
    "decision_false_negative_rate": Rate(
        says="Share without the decision that is the same as being {flagged}, among {people} who {outcome}",
        needs=("treated", "outcome"),
        count=~_.treated,
        among=_.outcome & _.treated.notnull(),
        who="who {outcome}",
        does="did not get the decision that is the same as being {flagged}",
    ),
    "decision_false_positive_rate": Rate(
        says="Share with the decision that is the same as being {flagged}, among {people} who {no_outcome}",
        needs=("treated", "outcome"),
        count=_.treated,
        among=~_.outcome & _.treated.notnull(),
        who="who {no_outcome}",
        does=_SO,
    ),
    "decision_precision": Rate(
        says="Share who {outcome}, among {people} with the decision that is the same as being {flagged} "
        "(outcome test: it compares all of them, not those at the margin, and the decision itself may "
        "change what happens)",
        needs=("treated", "outcome"),
        count=_.outcome,
        among=_.treated & _.outcome.notnull(),
        who="with the decision that is the same as being {flagged}",
        does="{outcome}",
    ),
    "decision_accuracy": Rate(
        says="Share of {people} for whom the decision and what happened agree",
        needs=("treated", "outcome"),
        count=_.treated == _.outcome,
        among=_.treated.notnull() & _.outcome.notnull(),
        does="had a decision that agrees with what happened",
    ),
}
RELIANCE: dict[str, Rate] = {
    "over_reliance_rate": Rate(
        says="Share decided as advised, among {people} for whom the advice turned out wrong",
        needs=("treated", "outcome"),
        count=_.treated == _.flagged,
        among=_.saw & _KNOWN & _WRONG,
        who="for whom the advice turned out wrong",
        does="were decided on as advised",
    ),
    "under_reliance_rate": Rate(
        says="Share decided otherwise, among {people} for whom the advice turned out right",
        needs=("treated", "outcome"),
        count=_.treated != _.flagged,
        among=_.saw & _KNOWN & (_.flagged == _.outcome),
        who="for whom the advice turned out right",
        does="were decided on otherwise than advised",
    ),
    "relative_ai_reliance": Rate(
        says="Share decided rightly after all, among {people} for whom the judgement before was wrong and "
        "the advice right (Schemmer et al. 2023)",
        needs=("treated", "outcome", "before"),
        count=_.treated == _.outcome,
        among=_.saw & _KNOWN & (_.meant != _.outcome) & (_.flagged == _.outcome),
        who="for whom the judgement before was wrong and the advice right",
        does="were decided on rightly after all",
    ),
    "relative_self_reliance": Rate(
        says="Share still decided rightly, among {people} for whom the judgement before was right and the "
        "advice wrong (Schemmer et al. 2023)",
        needs=("treated", "outcome", "before"),
        count=_.treated == _.outcome,
        among=_.saw & _KNOWN & (_.meant == _.outcome) & _WRONG,
        who="for whom the judgement before was right and the advice wrong",
        does="were still decided on rightly",
    ),
    "override_precision": Rate(
        says="Share for whom the decision and what happened agree, among {people} who were decided on "
        "otherwise than advised",
        needs=("treated", "outcome"),
        count=_.treated == _.outcome,
        among=_.saw & _KNOWN & (_.treated != _.flagged),
        who="who were decided on otherwise than advised",
        does="had a decision that agrees with what happened",
    ),
}
EDITS: dict[str, Rate] = {
    "edited_rate": Rate(
        says="Share of {people} whose inputs were edited before the result",
        needs=("edited",),
        count=_.edited,
        among=_.edited.notnull(),
        does="had inputs edited before the result",
    ),
    "edited_flip_rate": Rate(
        says="Share in another tier than before their inputs were edited, of {people} {edited}",
        needs=("first_tier", "tier"),
        count=_.tier != _.first_tier,
        among=_.reworked,
        who="{edited}",
        does="ended in another tier",
    ),
    "edited_up_rate": Rate(
        says="Share in a higher tier than before their inputs were edited, of {people} {edited}",
        needs=("first_tier", "tier"),
        count=_.tier > _.first_tier,
        among=_.reworked,
        who="{edited}",
        does="ended in a higher tier",
    ),
    "edited_down_rate": Rate(
        says="Share in a lower tier than before their inputs were edited, of {people} {edited}",
        needs=("first_tier", "tier"),
        count=_.tier < _.first_tier,
        among=_.reworked,
        who="{edited}",
        does="ended in a lower tier",
    ),
}
RECORDS: dict[str, Rate] = {
    "documented_override_rate": Rate(
        says="Share with a reason written down, among decisions that differ from the advice",
        needs=("decision", "explained"),
        count=_.explained,
        among=_HELD & (_.decision != _.advice),
        who="who got a decision other than the advice",
        does="had a reason written down",
    ),
    "checked_rate": Rate(
        says="Share of {people} for whom the check that the agency asks for took place",
        needs=("checked",),
        count=_.checked,
        among=_.checked.notnull(),
        does="were checked as the agency asks",
    ),
    "prepared_rate": Rate(
        says="Share of {people} who handed in the form",
        needs=("prepared",),
        count=_.prepared,
        among=_.prepared.notnull(),
        does="handed in the form",
    ),
    "followed_rate": Rate(
        says="Share followed through, of {people} {flagged} of whom it is known",
        needs=("flagged", "followed"),
        count=_.followed,
        among=_.flagged & _.followed.notnull(),
        who="who were {flagged}",
        does="followed through",
    ),
    "follow_through_unknown_rate": Rate(
        says="Share of whom nobody knows whether they followed through, of {people} {flagged}",
        needs=("flagged", "followed"),
        count=~_.followed.notnull(),
        among=_.flagged,
        who="who were {flagged}",
        does="are not known to have followed through or not",
    ),
    "no_contact_rate": Rate(
        says="Share of {people} to whom nobody spoke",
        needs=("contacted",),
        count=~_.contacted,
        among=_.contacted.notnull(),
        does="were spoken to by nobody",
    ),
    "no_contact_by_tier_rate": Rate(
        says="Share of {people} to whom nobody spoke, by advice",
        needs=("contacted", "tier"),
        count=~_.contacted,
        among=_.contacted.notnull() & (_.tier == _.asked),
        who="advised “{at}”",
        does="were spoken to by nobody",
        tiers=slice(0, None),
    ),
}
OVERRIDES = {**USE, **DEPARTURES, **DECISIONS, **RELIANCE, **EDITS, **RECORDS}

"""What people do with the advice: use, overrides, reliance, reasons; caseworkers, effort, providers."""

from wfaudit.measures.overrides.adjustment import adjusted
from wfaudit.measures.overrides.concentrated import concentration
from wfaudit.measures.overrides.deciders import funnel, outside, variance_between
from wfaudit.measures.overrides.documents import (
    documentation_age,
    late_documentation,
    override_by_channel,
    reason_length,
    reason_shares,
)
from wfaudit.measures.overrides.drawn import audited, audited_rates
from wfaudit.measures.overrides.effort import effort_by_fifth, mean_effort, top_to_bottom
from wfaudit.measures.overrides.elsewhere import decisions
from wfaudit.measures.overrides.first_contact import waits
from wfaudit.measures.overrides.flows import flow
from wfaudit.measures.overrides.lenient import contraction
from wfaudit.measures.overrides.opening import days_to_open
from wfaudit.measures.overrides.providers import outcome_by_provider, value_added
from wfaudit.measures.overrides.reliance import mean_override_distance, prevalence_adjusted_kappa
from wfaudit.measures.overrides.rollout import since
from wfaudit.measures.overrides.shares import (
    answered,
    label_shares,
    missing_inputs,
    outcome_by_route,
)
from wfaudit.measures.overrides.showing import effect
from wfaudit.measures.overrides.splits import parts, split, waterfall
from wfaudit.measures.overrides.stepwise import staggered
from wfaudit.measures.overrides.uniform import within_profiles
from wfaudit.measures.overrides.worthwhile import accuracy_gain, override_value

__all__ = [
    "accuracy_gain",
    "adjusted",
    "answered",
    "audited",
    "audited_rates",
    "concentration",
    "contraction",
    "days_to_open",
    "decisions",
    "documentation_age",
    "effect",
    "effort_by_fifth",
    "flow",
    "funnel",
    "label_shares",
    "late_documentation",
    "mean_effort",
    "mean_override_distance",
    "missing_inputs",
    "outcome_by_provider",
    "outcome_by_route",
    "outside",
    "override_by_channel",
    "override_value",
    "parts",
    "prevalence_adjusted_kappa",
    "reason_length",
    "reason_shares",
    "since",
    "split",
    "staggered",
    "top_to_bottom",
    "value_added",
    "variance_between",
    "waits",
    "waterfall",
    "within_profiles",
]

"""What people do with the advice: use, overrides, reliance, reasons; caseworkers, effort, providers."""

from wfaudit.measures.overrides.adjustment import adjusted
from wfaudit.measures.overrides.concentrated import concentration
from wfaudit.measures.overrides.documents import (
    documentation_age,
    late_documentation,
    override_by_channel,
    reason_length,
    reason_shares,
)
from wfaudit.measures.overrides.effort import effort_by_fifth, mean_effort, top_to_bottom
from wfaudit.measures.overrides.first_contact import waits
from wfaudit.measures.overrides.flows import flow
from wfaudit.measures.overrides.providers import outcome_by_provider, value_added
from wfaudit.measures.overrides.shares import (
    answered,
    label_shares,
    missing_inputs,
    outcome_by_route,
)
from wfaudit.measures.overrides.splits import parts, split, waterfall

__all__ = [
    "adjusted",
    "answered",
    "concentration",
    "documentation_age",
    "effort_by_fifth",
    "flow",
    "label_shares",
    "late_documentation",
    "mean_effort",
    "missing_inputs",
    "outcome_by_provider",
    "outcome_by_route",
    "override_by_channel",
    "parts",
    "reason_length",
    "reason_shares",
    "split",
    "top_to_bottom",
    "value_added",
    "waits",
    "waterfall",
]

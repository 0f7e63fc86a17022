"""What several tests build with: small cases of invented people."""

import matplotlib as mpl
import pandas as pd
import pytest

import wfaudit as wf

mpl.use("Agg")
collect_ignore = ["bench"]  # scripts that are run by themselves: make bench
TIERS = ["low", "medium", "high"]


@pytest.fixture
def make_case():
    """Build a case from columns: roles are named like their columns, every other is a group."""

    def build(declared=None, **columns):
        extra = dict(declared or {})
        roles = {}
        for name in columns:
            if name in ("flagged", "outcome", "cluster", "person", "decided_by", "date"):
                roles[name] = name
            elif name in ("tier", "decision"):
                roles[name] = {"column": name, "order": TIERS}
            elif name == "score":
                roles[name] = {"column": "score"}
        roles |= extra.pop("roles", {})
        used = {r if isinstance(r, str) else r.get("column") for r in roles.values()}
        groups = {c: {} for c in columns if c not in used} | extra.pop("groups", {})
        frame = pd.DataFrame(columns)
        return wf.Case.from_dict({"source": frame, "roles": roles, "groups": groups, **extra})

    return build


@pytest.fixture
def people(make_case):
    """Sixteen job seekers a reader can follow by hand; three tiers, a decision, an outcome."""
    sex = ["women"] * 8 + ["men"] * 8
    tier = ["high", "high", "high", "medium", "medium", "low", "low", None] * 2
    decision = ["high", "medium", "high", "high", "medium", "low", "low", "low"]
    decision += ["high", "high", "high", "medium", "medium", "low", "low", "medium"]
    outcome = [1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1, None]
    return make_case(
        {"roles": {"flagged": {"tier_at_least": "high"}}, "groups": {"sex": {"reference": "men"}}},
        sex=sex, tier=tier, decision=decision, outcome=outcome,
    )  # fmt: skip

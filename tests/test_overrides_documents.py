"""What is written down of overrides, how old it is, and by which channel: counted by hand on twelve people."""

import numpy as np
import pandas as pd
import pytest
from test_override_rates import DECLARED, MEETINGS, TIERS, case_of

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.measures.overrides.documents import (
    QUESTIONS,
    documentation_age,
    late_documentation,
    override_by_channel,
    reason_length,
    reason_shares,
)

ROLES = DECLARED["roles"]


def decided(n=40, **columns):
    """Invented decisions: women rated high are moved down with a reason, men are not."""
    people = pd.DataFrame({
        "sex": ["women", "men"] * (n // 2), "tier": ["high"] * n,
        "decision": ["medium", "high"] * (n // 2), "reason": ["health", None] * (n // 2), **columns,
    })  # fmt: skip
    roles = {
        "tier": {"column": "tier", "order": TIERS}, "flagged": {"tier_at_least": "high"},
        "decision": {"column": "decision", "order": TIERS}, "reason": "reason",
        **{name: name for name in columns if name not in ("sex", "tier", "decision", "reason")},
    }  # fmt: skip
    return wf.Case.from_dict(
        {"source": people, "roles": roles, "groups": {"sex": {"reference": "men"}}}
    )


def counted(result):
    keys = zip(result.table["at"], result.table["group"], strict=True)
    pairs = zip(result.evidence["k"], result.evidence["n"], strict=True)
    return {(f"{at}: {g}" if at else g): pair for (at, g), pair in zip(keys, pairs, strict=True)}


def test_only_reasons_of_overrides_that_were_seen_are_measured():
    # of the twelve, 3 women and 1 man were overridden having been seen; health (6) and debts (5) among the women
    found = reason_length(case_of(MEETINGS), by="sex").to_frame().set_index("group")
    assert found.loc["women", "n"] == 2
    assert found.loc["men", "n"] == 1  # moved (5); person 7 wrote none, person 9's is not recorded


def test_the_mean_length_of_reasons_is_that_of_their_letters():
    words = [" health ", None, "debts", None] * 10
    found = reason_length(decided(reason=words), by="sex").to_frame().set_index("group")
    assert found.loc["women", ["n", "estimate"]].tolist() == [20, 5.5]
    assert found.loc["men", "note"] == "nobody to count"
    assert "health" not in repr(reason_length(decided(reason=words)))


def test_a_few_labels_are_told_and_a_rare_one_is_told_as_another_reason():
    words = ["health", None] * 14 + ["debts", None] * 5 + ["moved to the islands", None]
    found = reason_shares(decided(reason=words))
    assert counted(found) == {
        "debts: everyone": (5, 20), "health: everyone": (14, 20), "another reason: everyone": (1, 20),
    }  # fmt: skip
    assert "islands" not in repr(found)


def test_reasons_in_free_words_are_told_by_their_length_only():
    case = decided(reason=[f"because of {i}" if i % 2 == 0 else None for i in range(40)])
    assert "only their length is told" in QUESTIONS["reason_share"].lacks(case)
    assert QUESTIONS["mean_reason_length"].lacks(case) == ""
    long = decided(reason=["x" * 61, None] * 20)
    assert "only their length is told" in QUESTIONS["reason_share"].lacks(long)
    with pytest.raises(AuditError, match="not told by a few labels"):
        reason_shares(case)


def test_days_since_the_documentation_leave_out_those_documented_only_afterwards():
    days = ["2026-03-01", "2026-03-05", "2026-03-11", "2026-03-21"] * 10
    case = decided(date=["2026-03-11"] * 40, documented_on=days)
    found = documentation_age(case, by="sex").to_frame().set_index("group")
    assert found.loc["women", ["n", "note"]].tolist() == [20, ""]
    assert found.loc["women", "estimate"] == pytest.approx((10 + 0) / 2)
    assert found.loc["men", "n"] == 10  # ten of twenty are dated ten days after
    assert counted(late_documentation(case, by="sex")) == {"men": (10, 20), "women": (0, 20)}


def test_the_day_of_the_decision_counts_where_it_is_declared():
    days = {"date": ["2026-03-01"] * 40, "decided_on": ["2026-03-31"] * 40}
    case = decided(**days, documented_on=["2026-03-01", "2026-03-11"] * 20)
    told = documentation_age(case).to_frame()
    assert told["estimate"].tolist() == [pytest.approx((30 + 20) / 2)]


def test_age_and_overrides_are_told_by_channel():
    seen = ["phone", "phone", "video", "video"] * 10
    days = {"date": ["2026-03-11"] * 40, "documented_on": ["2026-03-01", "2026-03-03"] * 20}
    case = decided(channel=seen, **days)
    assert counted(override_by_channel(case, by="sex")) == {
        "phone: men": (0, 10), "phone: women": (10, 10), "video: men": (0, 10), "video: women": (10, 10),
    }  # fmt: skip
    ages = documentation_age(case, channel=True).to_frame()
    assert ages["at"].tolist() == ["phone", "video"]
    assert ages["estimate"].tolist() == [9.0, 9.0]


def test_overrides_by_channel_add_up_to_the_override_rate():
    rng = np.random.default_rng(8)
    tiers = np.array(TIERS)
    columns = {
        "tier": tiers[rng.integers(0, 3, 300)], "decision": tiers[rng.integers(0, 3, 300)],
        "channel": rng.choice(["phone", "video", "desk"], 300), "sex": rng.choice(["women", "men"], 300),
        "reason": ["health"] * 300,
    }  # fmt: skip
    case = decided(n=300, **columns)
    parts, whole = (
        result.evidence[["k", "n"]].to_numpy(dtype=int)
        for result in (
            override_by_channel(case, by="sex"),
            wf.rates(case, "override_rate", by="sex"),
        )
    )
    assert parts.reshape(3, 2, 2).sum(axis=0).tolist() == whole.tolist()


def test_what_is_not_declared_is_said():
    case = decided()
    assert QUESTIONS["age_of_documentation"].lacks(case) == "the case declares no documented_on"
    undated = decided(documented_on=["2026-03-01"] * 40)
    assert (
        QUESTIONS["age_of_documentation"].lacks(undated)
        == "the case declares no decided_on and no date"
    )
    assert QUESTIONS["override_by_channel_rate"].lacks(case) == "the case declares no channel"
    unwritten = decided(reason=[None] * 40)
    assert QUESTIONS["reason_share"].lacks(unwritten) == "no reason is written down"


def test_rules_of_the_agency_do_not_stand_in_the_way():
    results = [
        r
        for name in QUESTIONS
        if not QUESTIONS[name].lacks(case_of(MEETINGS))
        for r in QUESTIONS[name].ask(case_of(MEETINGS))
    ]
    assert {r.measure for r in results} == {"mean_reason_length", "reason_share"}

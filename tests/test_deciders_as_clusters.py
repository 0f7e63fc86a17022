"""Where caseworkers decide, people of one caseworker are not taken as unrelated."""

import numpy as np
import pandas as pd
import pytest
from test_units_page import loaded

import wfaudit as wf
from wfaudit.measures import overrides

measured = loaded("units")


def forty(seed=1, **roles):
    """Forty caseworkers with 25 people each, and habits of their own (ICC about 0.1); two teams."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(40), 25)
    high = rng.random(1_000) < 0.5
    moved = rng.random(1_000) < rng.beta(2.7, 6.3, 40)[who]
    people = pd.DataFrame({
        "who": [f"c{w}" for w in who], "high": high, "given": high ^ moved, "team": who // 2,
        "sex": np.where(who % 2 == 0, "women", "men"), "mixed": np.arange(1_000) % 20,
    })  # fmt: skip
    declared = {"flagged": "high", "decision": "given", **roles}
    return wf.Case.from_dict(
        {"source": people, "roles": declared, "groups": {"sex": {"reference": "men"}}}
    )


def test_rates_and_gaps_of_decisions_are_those_of_a_case_that_declares_caseworkers_as_clusters():
    named, declared = forty(decided_by="who"), forty(cluster="who")
    for verb in (wf.rates, wf.gaps):
        one, other = (verb(case, "override_rate", by="sex") for case in (named, declared))
        pd.testing.assert_frame_equal(one.table, other.table)
        assert one.interval.endswith("leaves out one cluster at a time (caseworker)")
    one, other = (overrides.split(case, by="sex") for case in (named, declared))
    pd.testing.assert_frame_equal(one.table, other.table)


def test_what_the_model_gives_has_the_intervals_it_had():
    found = wf.rates(forty(decided_by="who"), "selection_rate", by="sex")
    assert found.interval == "95 % Wilson score interval"


def test_a_declared_cluster_comes_before_caseworkers():
    found = wf.rates(forty(decided_by="who", cluster="team"), "override_rate")
    assert found.interval.endswith("(declared cluster)")
    assert found.evidence["clusters"].tolist() == [20]


def test_a_cluster_that_does_not_hold_caseworkers_whole_is_told():
    told = {q.code: q.says for q in forty(decided_by="who", cluster="mixed").door.quality}
    assert told["in several clusters"].startswith("40 caseworkers in several clusters")
    whole = forty(decided_by="who", cluster="team").door.quality
    assert "in several clusters" not in [q.code for q in whole]


def test_no_result_of_an_audit_of_decisions_takes_people_of_a_caseworker_as_unrelated():
    audit = wf.audit(forty(decided_by="who"))
    plain = {r.measure for r in audit.results if "Wilson" in r.interval or "Newcombe" in r.interval}
    assert not plain & {"override_rate", "override_up_rate", "decision_rate", "decision_rate_part"}
    assert "override_rate" in {r.measure for r in audit.results}


@pytest.mark.parametrize("within", [True, False])
def test_limits_over_caseworkers_hold_the_truth_and_plain_ones_do_not(within):
    rate, gap, plain_rate, plain_gap = measured.held_by_caseworkers(40, 0.1, within, draws=300)
    assert min(rate, gap) >= 0.93 - 2.5 * np.sqrt(0.95 * 0.05 / 300)
    assert plain_rate < 0.75
    assert plain_gap < 0.75 or within

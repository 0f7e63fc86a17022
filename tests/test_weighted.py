"""Samples in which a row stands for several people: shares are weighted, and errors know it."""

import numpy as np
import pandas as pd
import pytest

import wfaudit as wf

RNG = np.random.default_rng(5)
PEOPLE = pd.DataFrame({
    "sex": np.where(RNG.random(800) < 0.5, "women", "men"),
    "w": RNG.integers(1, 5, 800) / 2,
    "flagged": RNG.random(800) < 0.3,
    "office": [f"o{i % 20}" for i in range(800)],
})  # fmt: skip
DECLARED = {
    "roles": {"flagged": "flagged", "weight": "w"},
    "groups": {"sex": {"reference": "men"}},
    "tolerance": {"default": {"gap": 0.05}},
}


def a_case(people=PEOPLE, **changed):
    return wf.Case.from_dict({**DECLARED, "source": people, **changed})


def test_a_weighted_share_is_the_share_of_the_people_the_rows_stand_for():
    table = wf.rates(a_case(), "selection_rate", by="sex").table.set_index("group")
    for sex, rows in PEOPLE.groupby("sex"):
        assert table.loc[sex, "estimate"] == pytest.approx(
            np.average(rows["flagged"], weights=rows["w"]), abs=1e-12
        )
        assert table.loc[sex, "n"] == len(rows)
        effective = rows["w"].sum() ** 2 / (rows["w"] ** 2).sum()
        assert table.loc[sex, "note"] == f"effective n = {effective:,.0f}"
        assert table.loc[sex, "low"] < table.loc[sex, "estimate"] < table.loc[sex, "high"]


def test_equal_weights_give_the_plain_shares_and_scaling_all_weights_changes_nothing():
    plain = wf.rates(a_case(PEOPLE.assign(w=1)), "selection_rate", by="sex").table["estimate"]
    unweighted = wf.rates(a_case(roles={"flagged": "flagged"}), "selection_rate", by="sex").table[
        "estimate"
    ]
    np.testing.assert_allclose(plain, unweighted, atol=1e-12)
    one, ten = (
        wf.gaps(a_case(PEOPLE.assign(w=PEOPLE["w"] * f)), "selection_rate", by="sex").table
        for f in (1, 10)
    )
    np.testing.assert_allclose(
        one[["estimate", "low", "high"]], ten[["estimate", "low", "high"]], atol=1e-12
    )


def test_clusters_widen_the_interval_where_offices_differ():
    office = PEOPLE["office"].map({f"o{i}": i / 20 for i in range(20)})
    people = PEOPLE.assign(flagged=np.random.default_rng(1).random(800) < office)
    alone = wf.rates(a_case(people), "selection_rate").table
    roles = {"flagged": "flagged", "weight": "w", "cluster": "office"}
    over = wf.rates(a_case(people, roles=roles), "selection_rate").table
    assert over["estimate"][0] == pytest.approx(alone["estimate"][0], abs=1e-12)
    assert (over["high"] - over["low"])[0] > 1.5 * (alone["high"] - alone["low"])[0]


def test_a_row_that_carries_most_of_the_weight_leaves_no_interval_and_no_number():
    row = wf.rates(a_case(PEOPLE.assign(w=[1e6, *PEOPLE["w"][1:]])), "selection_rate").table.iloc[0]
    assert row["note"] == "one row carries most of the weight: no interval"
    assert np.isnan(row["estimate"])


@pytest.mark.parametrize("weight", [0, -1, np.inf])
def test_weights_that_are_no_weights_stop_at_the_door(weight):
    with pytest.raises(wf.AuditError, match="in 1 row the"):
        _ = a_case(PEOPLE.assign(w=[weight, *PEOPLE["w"][1:]])).door


def test_what_would_take_every_row_as_one_is_refused_and_listed():
    people = PEOPLE.assign(score=np.round(RNG.random(800), 2), outcome=RNG.random(800) < 0.5)
    case = a_case(people, roles={**DECLARED["roles"], "score": "score", "outcome": "outcome"})
    waiting = {u.measure: u.why for u in wf.audit(case).cannot_test}
    assert "every row as one" in waiting["auc"]
    for refused in (
        lambda: wf.values(case, "auc"),
        lambda: wf.ratios(case, "selection_rate", by="sex"),
        lambda: wf.bounds(case, "selection_rate"),
        lambda: wf.sweep(case, "selection_rate"),
        lambda: wf.power(case, "selection_rate", by="sex", gap=0.1),
    ):
        with pytest.raises(wf.AuditError, match="weighted samples"):
            refused()


@pytest.mark.parametrize("reference", ["the rest", "the highest"])
def test_the_rest_is_no_reference_for_weighted_rates_and_the_sentence_says_why(reference):
    says = 'Group sex: where rows weigh more than one, groups are compared with one level, not with "the rest"'
    with pytest.raises(wf.AuditError, match=says):
        wf.gaps(a_case(), "selection_rate", by="sex", reference=reference)
    declared = a_case(groups={"sex": {"reference": reference}})
    told = {u.measure: u.why for u in wf.audit(declared).cannot_test}
    assert told["selection_rate"].startswith(says)


def test_findings_are_judged_on_the_weighted_gap():
    people = PEOPLE.assign(flagged=RNG.random(800) < np.where(PEOPLE["sex"] == "women", 0.8, 0.2))
    (finding,) = wf.audit(a_case(people)).findings
    assert finding.answer == "raised"
    assert finding.p_adjusted < 0.025

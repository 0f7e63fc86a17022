"""Was it worth it? By hand, on people whose truth is known, at the null, and when nothing can be said."""

import re

import numpy as np
import pandas as pd
import pytest

import wfaudit as wf
from wfaudit.alternatives import worth
from wfaudit.alternatives.rules import find_checklist, find_single, levels_of
from wfaudit.estimators.intervals import newcombe
from wfaudit.estimators.paired import paired_gap
from wfaudit.estimators.roc import auc_paired
from wfaudit.halves import halves
from wfaudit.synthetic.dice import Dice
from wfaudit.synthetic.plain import plain

ROLES = {
    "score": {"column": "score", "resolution": 0.001, "probability": True},
    "flagged": {"score_at_least": 0.5},
    "outcome": "outcome",
}


def case_of(frame, *, inputs=(), roles=None, **keys):
    """A case of these people: a score that is a chance, flagged from 0.5 on, and inputs by name."""
    declared = ROLES | (roles or {})
    spec = {name: {} for name in inputs}
    return wf.Case.from_dict({"source": frame, "roles": declared, "inputs": spec, **keys})


def part(found, measure):
    """The rows of one comparison."""
    (result,) = [r for r in found.results if r.measure == measure]
    return result.to_frame()


def row(found, measure, rival, at="outcome", group="everyone"):
    """One row of one comparison, as a series."""
    table = part(found, measure)
    (at_row,) = table[
        (table["reference"] == rival) & (table["at"] == at) & (table["group"] == group)
    ].index
    return table.loc[at_row]


def drawn(n, seed, **columns):
    """People with a risk, a score that is the risk, an outcome that follows it."""
    dice = np.random.default_rng(seed)
    risk = dice.beta(1.5, 2.5, n)
    frame = pd.DataFrame({"id": np.arange(n), "score": risk.round(3)})
    frame["outcome"] = dice.random(n) < risk
    for name, make in columns.items():
        frame[name] = make(dice, risk)
    return frame


def weeks(_, risk):
    """An input that says all there is to know of the risk."""
    return np.round(100 * risk)


def noisy(dice, risk):
    """A score that is the risk and an error."""
    return np.clip(risk + dice.normal(0, 0.2, len(risk)), 0, 1).round(3)


def constant(value):
    """An input that is the same for all."""
    return lambda *_: value


# By hand --------------------------------------------------------------------------------------

SCORE = [0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.35, 0.40, 0.45, 0.48]
SCORE += [0.50, 0.55, 0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90, 0.95]
OUTCOME = [0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1]
BEFORE = [0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0]
PREVIOUS = [
    0.2,
    0.2,
    0.2,
    0.9,
    0.2,
    0.2,
    0.9,
    0.2,
    0.2,
    0.9,
    0.2,
    0.9,
    0.9,
    0.2,
    0.9,
    0.5,
    0.5,
    0.9,
    0.5,
    0.5,
]


@pytest.fixture
def twenty():
    """Twenty people: 10 with the outcome; the model flags the upper 10, of whom 7 had it."""
    frame = pd.DataFrame({"score": SCORE, "outcome": OUTCOME, "before": BEFORE, "old": PREVIOUS})
    roles = {"before": "before", "previous_score": {"column": "old", "probability": True}}
    return worth(case_of(frame, roles=roles))


def test_against_people_who_flag_six_the_model_is_cut_at_its_six_highest(twenty):
    # people before the advice flag 6, all with the outcome: they miss 4 of 10, wrongly flag 0 of 10.
    # The model's six highest are .70 to .95, one of them (.80) without the outcome: it misses 5 of 10
    # and wrongly flags 1 of 10.
    assert row(twenty, "false_negative_rate_difference", "caseworkers before the advice")[
        "estimate"
    ] == pytest.approx(0.1)
    assert row(twenty, "false_positive_rate_difference", "caseworkers before the advice")[
        "estimate"
    ] == pytest.approx(0.1)


def test_the_version_before_flags_as_many_as_the_model_and_ties_share_the_last_places(twenty):
    # the old score puts 7 first (0.9, all with the outcome); 4 share the other 3 places (0.5): of
    # these 3 had the outcome. So it flags 7 + 3 * 3/4 = 9.25 of the 10 with the outcome and misses .75;
    # the model flags 7 of them and misses 3.
    got = row(twenty, "false_negative_rate_difference", "the previous version")
    assert got["estimate"] == pytest.approx((3 - 0.75) / 10)
    assert got["n"] == 10
    assert got["low"] < got["estimate"] < got["high"]


def test_people_who_would_be_flagged_otherwise_are_counted_with_those_shared_places(twenty):
    # the model flags .50 to .95. The old score flags for sure those at .20, .35, .48 (not flagged by
    # the model) and .55, .60, .70, .85 (flagged), and three quarters of .75, .80, .90, .95 (flagged).
    # Otherwise: 3 gained; lost are .50 and .65 whole, and a quarter of four: 3 + 2 + 1 = 6 of 20.
    assert row(twenty, "flag_changes", "the previous version", at="")["estimate"] == pytest.approx(
        6 / 20
    )


def test_net_benefit_is_people_found_less_those_wrongly_flagged_at_the_odds_of_the_cut(twenty):
    # at .5 the odds are 1: the model brings 7 - 3 = 4 for 20 people, nobody 0, everybody 10 - 10 = 0,
    # people before the advice 6
    gains = {"nobody": 4, "everybody": 4, "caseworkers before the advice": 4 - 6}
    for rival, gain in gains.items():
        assert row(twenty, "net_benefit_difference", rival)["estimate"] == pytest.approx(gain / 20)


def test_where_a_false_alarm_costs_more_the_odds_of_the_declared_cut_weigh_it():
    # from .75 on five are flagged, four of them rightly; the odds are 3, so the model brings 4 - 3 = 1,
    # flagging everybody 10 - 30 = -20
    frame = pd.DataFrame({"score": SCORE, "outcome": OUTCOME})
    found = worth(case_of(frame, roles={"flagged": {"score_at_least": 0.75}}))
    assert row(found, "net_benefit_difference", "nobody")["estimate"] == pytest.approx(1 / 20)
    assert row(found, "net_benefit_difference", "everybody")["estimate"] == pytest.approx(21 / 20)


def test_where_both_do_not_flag_as_many_the_limits_are_tangos(twenty):
    # the model misses 3 of 10, flagging nobody 10 of 10: all 3 by both, 7 by nobody-flagged alone
    got = row(twenty, "false_negative_rate_difference", "nobody")
    assert (got["low"], got["high"]) == tuple(paired_gap(3, 0, 7, 0))


def test_where_both_flag_as_many_both_errors_hang_on_those_whom_only_one_of_them_flags():
    # the version before flags .20 .35 .48 (all with the outcome) instead of .50 .65 .80 (none with it)
    old = [s in (0.20, 0.35, 0.48, 0.55, 0.60, 0.70, 0.75, 0.85, 0.90, 0.95) for s in SCORE]
    frame = pd.DataFrame({"score": SCORE, "outcome": OUTCOME, "old": np.array(old, dtype=float)})
    roles = {"previous_score": {"column": "old", "resolution": 1}}
    found = worth(case_of(frame, roles=roles))
    low, high = newcombe(3, 3, 0, 3)
    for measure in ("false_negative_rate_difference", "false_positive_rate_difference"):
        got = row(found, measure, "the previous version")
        assert got["estimate"] == pytest.approx(3 / 10)
        assert (got["low"], got["high"]) == pytest.approx((low * 3 / 10, high * 3 / 10))


def test_the_curve_says_the_same_at_the_declared_cut_and_follows_its_definition_elsewhere(twenty):
    at = twenty.curve.set_index(["flagging", "at"])["estimate"]
    assert at["the model", "outcome, at 0.5"] == pytest.approx(4 / 20)
    # from .75 on: .75, .80, .85, .90, .95; one without the outcome, at odds of 3
    assert at["the model", "outcome, at 0.75"] == pytest.approx((4 - 3) / 20)
    assert at["everybody", "outcome, at 0.2"] == pytest.approx((10 - 10 / 4) / 20)


def test_the_area_is_compared_pair_by_pair(twenty):
    order = {"model": SCORE, "old": PREVIOUS}
    areas = {}
    for name, score in order.items():
        a, b = (np.array(score)[np.array(OUTCOME) == side] for side in (1, 0))
        areas[name] = ((a[:, None] > b) + 0.5 * (a[:, None] == b)).mean()
    got = row(twenty, "auc_difference", "the previous version")
    assert got["estimate"] == pytest.approx(areas["model"] - areas["old"])
    assert got["n"] == 20


# People whose truth is known ------------------------------------------------------------------


def test_a_three_variable_rule_of_noise_does_not_come_near_the_model():
    people = plain(Dice(seed=0, chunk=0, n=4000))
    noise = np.random.default_rng(100)
    for name in ("a", "b", "c", "d"):
        people[name] = noise.integers(0, 20, len(people)).astype(float)
    tier = {"column": "tier", "order": ["low", "medium", "high"], "cuts": [0.35, 0.65]}
    roles = {"tier": tier, "flagged": {"tier_at_least": "high"}, "person": "person"}
    found = worth(case_of(people, inputs="abcd", roles=roles))
    said = found.conclusions.set_index(["measure", "compared with"])["outcome"]
    for measure in ("auc_difference", "false_negative_rate_difference", "net_benefit_difference"):
        assert said[measure, "three variables"] == "better"
        assert said[measure, "one variable"] == "better"
    # noise orders nobody: the model leads by its own area less one half, .27 (standard error .013)
    lead = row(found, "auc_difference", "three variables")["estimate"]
    assert lead == pytest.approx(row(found, "auc_difference", "nobody")["estimate"], abs=0.04)


def test_where_one_variable_carries_all_risk_its_rule_is_the_model_within_the_interval():
    people = drawn(
        4000, 2, weeks=weeks, coin=lambda dice, risk: dice.integers(0, 2, len(risk))
    )  # fmt: skip
    found = worth(case_of(people, inputs=["weeks", "coin"], roles={"person": "id"}))
    assert found.rules == ("the one-variable rule: the higher “weeks”, the sooner flagged",)
    for measure in ("auc_difference", "false_negative_rate_difference", "net_benefit_difference"):
        got = row(found, measure, "one variable")
        assert got["low"] <= 0 <= got["high"]
        assert got["high"] - got["low"] < 0.03
    assert ("three variables", "fewer than three inputs take more than one value") in found.cannot


def test_a_planted_checklist_is_found_and_said_in_words():
    dice = np.random.default_rng(8)
    n = 6000
    frame = pd.DataFrame({f"x{i}": dice.integers(0, 2, n).astype(float) for i in range(6)})
    points = frame["x1"] + frame["x3"] + (1 - frame["x4"])
    event = dice.random(n) < 0.1 + 0.25 * points.to_numpy()
    rule = find_checklist(frame, event, levels_of(frame))
    assert sorted(rule.inputs) == ["x1", "x3", "x4"]
    assert "“x4” is no" in rule.says
    np.testing.assert_allclose(rule.shares, [0.1, 0.35, 0.6, 0.85], atol=0.05)
    assert (rule.order(frame) == points).all()


def test_an_order_may_run_downwards():
    frame = {"months": pd.Series(np.arange(100.0))}
    rule = find_single(frame, np.arange(100) < 40, levels_of(frame))
    assert rule.says == "the lower “months”, the sooner flagged"
    assert rule.order(frame).argmax() == 0
    assert rule.risk(frame)[[0, 99]].tolist() == [1, 0]


def test_a_value_that_is_missing_comes_last_in_an_order_and_can_earn_a_point():
    n = 400
    event = np.arange(n) < 200
    given = np.where(event, np.nan, np.arange(n) % 50 + 1.0)
    frame = {"years": pd.Series(given)}
    rule = find_single(frame, event, levels_of(frame))
    assert (rule.order(frame)[event] == -np.inf).all()
    assert find_checklist(frame, event, levels_of(frame)).says.startswith(
        "a point each for: “years” is not available"
    )


def test_texts_are_ordered_by_how_often_people_with_them_had_the_outcome():
    level = pd.Series(["none"] * 100 + ["school"] * 100 + ["degree"] * 100)
    event = np.r_[np.arange(100) < 70, np.arange(100) < 30, np.arange(100) < 10]
    frame = {"education": level}
    rule = find_single(frame, event, levels_of(frame))
    assert rule.says == (
        "flagged in this order: education: none, then education: school, then education: degree"
    )
    unseen = {"education": pd.Series(["other", "school"])}
    assert rule.risk(unseen).tolist() == [0.1, 0.3]


# The null -------------------------------------------------------------------------------------


def test_rules_judged_where_they_were_not_found_flatter_nobody():
    """Fifty small cases of noise: neither rule nor model knows anything, the true difference is 0.

    On the other half 95 % intervals hold 0 in 1.00 (one variable) and .96 (three) of the 50, with a
    Monte Carlo standard error of .03; on the half in which the checklist was found, in .36.
    """
    held = {"one variable": [], "three variables": [], "where it was found": []}
    for seed in range(50):
        dice = np.random.default_rng(seed)
        frame = pd.DataFrame({f"x{i}": dice.integers(0, 30, 300).astype(float) for i in range(8)})
        frame["id"], frame["score"] = np.arange(300), dice.random(300).round(3)
        frame["outcome"] = dice.random(300) < 0.4
        roles = {"person": "id", "score": {"column": "score"}}
        case = case_of(frame, inputs=[f"x{i}" for i in range(8)], roles=roles)
        found = worth(case)
        for rival in ("one variable", "three variables"):
            got = row(found, "auc_difference", rival)
            held[rival].append(got["low"] <= 0 <= got["high"])
        held["where it was found"].append(_optimistic(case))
    assert np.mean(held["one variable"]) >= 0.9
    assert np.mean(held["three variables"]) >= 0.9
    assert np.mean(held["where it was found"]) < 0.5


def _optimistic(case):
    """Whether the same interval would hold 0 on the half in which the checklist was found."""
    first, _ = halves(case, ["score", "outcome", *(f"input x{i}" for i in range(8))])
    frame = {f"x{i}": first[f"input x{i}"] for i in range(8)}
    event = first["outcome"].to_numpy(dtype=bool)
    rule = find_checklist(frame, event, levels_of(frame))
    n = np.ones(len(first))
    low, high = auc_paired(first["score"], rule.order(frame), event, n).interval(0.95)
    return low <= 0 <= high


def test_what_came_of_the_people_a_rule_is_judged_on_has_no_say_in_the_rule():
    people = drawn(
        1000, 3, weeks=lambda dice, risk: np.round(40 * risk + 20 * dice.random(len(risk)))
    )
    case = case_of(people, inputs=["weeks"], roles={"person": "id"})
    _, second = halves(case, ["person"])
    judged = people["id"].astype(str).isin(second["person"])
    turned = people.assign(outcome=np.where(judged, ~people["outcome"], people["outcome"]))
    other = worth(case_of(turned, inputs=["weeks"], roles={"person": "id"}))
    mine = worth(case)
    assert other.rules == mine.rules
    rule = row(mine, "auc_difference", "one variable")
    assert rule["n"] == judged.sum() == 500
    assert row(mine, "auc_difference", "nobody")["n"] == 1000
    assert row(other, "auc_difference", "one variable")["estimate"] == pytest.approx(
        -rule["estimate"]
    )


def test_two_versions_that_know_as_much_are_told_apart_no_more_often_than_the_level_says():
    """Two scores with errors of one size, as many flagged: every true difference is 0.

    The same numbers from 4,000 draws of 400 people (standard error .004): errors .945, net benefit
    .949, areas .942. Here 40 draws (standard error .034), so fewer than 34 would be a fault.
    """
    held = {"false_negative_rate_difference": 0, "net_benefit_difference": 0, "auc_difference": 0}
    for seed in range(40):
        people = drawn(400, seed, score=noisy, old=noisy)
        found = worth(case_of(people, roles={"previous_score": "old"}))
        for measure in held:
            got = row(found, measure, "the previous version")
            held[measure] += got["low"] <= 0 <= got["high"]
    assert min(held.values()) >= 34


# Side by side ---------------------------------------------------------------------------------


@pytest.fixture
def definitions():
    """People whose second outcome goes the other way; the version before knows only that one."""
    people = drawn(
        3000, 5,
        later=lambda dice, risk: np.where(dice.random(len(risk)) < 1 - risk, "yes", "no"),
        weeks=lambda _, risk: np.round(100 * (1 - risk)),
        old=lambda _, risk: (1 - risk).round(3),
        sex=lambda dice, risk: np.where(dice.random(len(risk)) < 0.5, "women", "men"),
    )  # fmt: skip
    roles = {
        "previous_score": {"column": "old", "resolution": 0.001},
        "outcomes": {
            "lasting": "later",
            "long spell": {"column": "weeks", "is": ">= 60"},
            "spell": {"time": "weeks", "observed": "outcome", "horizons": [10]},
        },
    }  # fmt: skip
    return case_of(people, roles=roles, groups={"sex": {}})


def test_every_definition_of_the_outcome_stands_beside_the_others_and_a_turned_conclusion_shows(
    definitions,
):
    found = worth(definitions)
    table = found.conclusions.set_index(["measure", "compared with"])
    told = table.loc[("auc_difference", "the previous version")]
    assert told[["outcome", "lasting", "long spell"]].tolist() == [
        "better",
        "worse",
        "worse",
    ]
    assert told["the same"] == "no"
    assert found.results[0].at_values == ("outcome", "lasting", "long spell")
    spells = [why for what, why in found.cannot if what == "outcomes.spell"]
    assert spells == ["a time that may be censored, so that yes or no is not known of everyone"]


def test_a_conclusion_that_holds_under_every_definition_says_so():
    people = drawn(3000, 5, weeks=weeks)
    roles = {"outcomes": {"long spell": {"column": "weeks", "is": ">= 60"}}}
    table = worth(case_of(people, roles=roles)).conclusions.set_index(["measure", "compared with"])
    assert table.loc[("auc_difference", "nobody"), "the same"] == "yes"


def test_every_group_has_its_row_and_groups_add_up_to_everyone(definitions):
    found = worth(definitions, by="sex")
    table = part(found, "false_negative_rate_difference")
    here = table[(table["reference"] == "the previous version") & (table["at"] == "lasting")]
    assert here["group"].tolist() == ["everyone", "men", "women"]
    assert here["n"].iloc[0] == here["n"].iloc[1:].sum()
    missed = (here["estimate"] * here["n"]).to_numpy()
    assert missed[0] == pytest.approx(missed[1:].sum())
    alone = part(worth(definitions), "false_negative_rate_difference")
    pd.testing.assert_series_equal(
        row(worth(definitions), "false_negative_rate_difference", "nobody"),
        row(found, "false_negative_rate_difference", "nobody"), check_names=False,
    )  # fmt: skip
    assert len(alone) * 3 == len(table)


def test_a_group_with_nobody_to_count_keeps_its_row_and_has_no_number():
    people = drawn(200, 1, sex=constant("women"))
    case = case_of(people, groups={"sex": {"levels": ["men", "women"]}})
    got = row(worth(case, by="sex"), "flag_changes", "nobody", at="", group="men")
    assert (got["n"], got["note"]) == (0, "nobody to count")
    assert np.isnan(got["estimate"])


def test_tiers_are_compared_as_tiers_with_as_many_in_each():
    tier = ["low", "medium", "high"]
    frame = pd.DataFrame({
        "tier": [t for t in tier for _ in range(4)], "decision": ["low"] * 3 + ["medium"] * 5 + ["high"] * 4,
        "old": [1, 2, 3, 4, 9, 10, 11, 12, 5, 6, 7, 8], "outcome": [0, 1] * 6,
    })  # fmt: skip
    order = {"order": tier}
    roles = {"tier": {"column": "tier"} | order, "decision": {"column": "decision"} | order}
    roles |= {"flagged": {"tier_at_least": "high"}, "outcome": "outcome"}
    roles |= {"previous_score": {"column": "old", "resolution": 1}}
    found = worth(wf.Case.from_dict({"source": frame, "roles": roles}))
    assert row(found, "tier_changes", "the decision", at="")["estimate"] == pytest.approx(1 / 12)
    # the version before turns the eight people of the upper two tiers round
    assert row(found, "tier_changes", "the previous version", at="")["estimate"] == pytest.approx(
        8 / 12
    )
    assert ("auc_difference", "the case declares no score") in found.cannot


def test_a_judgement_in_tiers_that_the_flag_is_not_cut_from_is_told_and_left_out():
    people = drawn(200, 1, before=lambda _, risk: np.where(risk > 0.5, "high", "low"))
    roles = {"before": {"column": "before", "order": ["low", "high"]}}
    found = worth(case_of(people, roles=roles))
    assert dict(found.cannot)["caseworkers before the advice"] == (
        "in tiers, and the flag is not cut from these tiers"
    )


# People in clusters ---------------------------------------------------------------------------


def test_where_people_come_in_clusters_a_copy_of_each_adds_nothing():
    people = drawn(
        600, 7, old=lambda dice, risk: np.clip(risk + dice.normal(0, 0.3, len(risk)), 0, 1).round(3)
    )
    roles = {"previous_score": {"column": "old", "probability": True}}
    alone = worth(case_of(people, roles=roles | {"cluster": "id"}))
    twice = worth(
        case_of(pd.concat([people] * 2, ignore_index=True), roles=roles | {"cluster": "id"})
    )
    for measure in ("auc_difference", "false_negative_rate_difference", "net_benefit_difference"):
        one, other = (row(found, measure, "the previous version") for found in (alone, twice))
        assert other["estimate"] == pytest.approx(one["estimate"], abs=1e-12)
        assert other["high"] - other["low"] == pytest.approx(one["high"] - one["low"], rel=1e-9)
    apart = worth(case_of(people, roles=roles))
    for measure in ("auc_difference", "net_benefit_difference", "flag_changes"):
        at = "" if measure == "flag_changes" else "outcome"
        one, other = (
            row(found, measure, "the previous version", at=at) for found in (alone, apart)
        )
        assert one["high"] - one["low"] == pytest.approx(other["high"] - other["low"], rel=0.05)
    (result,) = [r for r in alone.results if r.measure == "auc_difference"]
    assert result.interval == "95 % jackknife interval that leaves out one cluster at a time"


def test_seven_clusters_give_no_interval_and_say_why():
    people = drawn(300, 7, office=lambda _, risk: np.arange(len(risk)) % 7)
    got = row(worth(case_of(people, roles={"cluster": "office"})), "auc_difference", "nobody")
    assert got["note"] == "7 clusters: fewer than 8, no interval"
    assert np.isnan(got["estimate"])


# What can't be said ---------------------------------------------------------------------------


def test_without_an_outcome_there_is_nothing_to_be_worth():
    frame = pd.DataFrame({"score": [0.1, 0.9], "weeks": [1, 2], "seen": [1, 0]})
    roles = {"score": {"column": "score"}}
    with pytest.raises(wf.AuditError, match="needs an outcome that is yes or no"):
        worth(wf.Case.from_dict({"source": frame, "roles": roles}))
    roles |= {"outcome": {"time": "weeks", "observed": "seen"}}
    with pytest.raises(wf.AuditError, match="needs an outcome that is yes or no"):
        worth(wf.Case.from_dict({"source": frame, "roles": roles}))


def test_without_a_score_or_a_flag_there_is_no_model():
    frame = pd.DataFrame({"outcome": [0, 1]})
    with pytest.raises(wf.AuditError, match="declares neither"):
        worth(wf.Case.from_dict({"source": frame, "roles": {"outcome": "outcome"}}))


def test_published_counts_hold_no_people_to_compare():
    with pytest.raises(wf.AuditError, match="holds published counts"):
        worth(wf.load("ll144/selection"))


def test_an_input_nobody_declared_is_named_with_the_nearest():
    case = case_of(drawn(50, 1, weeks=weeks), inputs=["weeks"])
    with pytest.raises(wf.AuditError, match=r"No input called 'week'\. Did you mean 'weeks'"):
        worth(case, inputs=["week"])


def test_inputs_that_never_vary_make_no_rule_and_the_reason_is_told():
    people = drawn(200, 1, country=constant("DK"), year=constant(2025))
    found = worth(case_of(people, inputs=["country", "year"]))
    why = dict(found.cannot)
    for rule in ("one variable", "three variables"):
        assert why[rule] == "no input takes more than one value in the half to look in"
    assert found.rules == ()
    assert dict(worth(case_of(people)).cannot)["one variable"] == "the case lists no inputs"


def test_too_few_people_with_the_outcome_make_no_rule():
    people = drawn(60, 1, weeks=weeks).assign(outcome=lambda f: f["id"] < 12)
    why = dict(worth(case_of(people, inputs=["weeks"], roles={"person": "id"})).cannot)
    assert why["one variable"].startswith("fewer than 10 people with the outcome, or without")


def test_a_score_that_states_no_chance_has_no_net_benefit_and_the_reason_is_told():
    people = drawn(200, 1)
    found = worth(case_of(people, roles={"score": {"column": "score", "resolution": 0.001}}))
    why = dict(found.cannot)
    assert why["net_benefit"] == "the case declares no score that is a probability"
    assert why["net_benefit_difference"].startswith("the flag is not declared to be cut from")
    assert found.curve.empty
    assert {r.measure for r in found.results} == {
        "auc_difference", "false_negative_rate_difference", "false_positive_rate_difference", "flag_changes",
    }  # fmt: skip


def test_the_same_score_twice_is_no_difference_and_has_no_interval():
    people = drawn(200, 1)
    roles = {"previous_score": {"column": "score", "resolution": 0.001, "probability": True}}
    found = worth(case_of(people, roles=roles))
    got = row(found, "auc_difference", "the previous version")
    assert got["note"] == "the difference does not vary: no interval"
    errors = row(found, "false_negative_rate_difference", "the previous version")
    assert errors["estimate"] == 0
    assert errors["low"] < 0 < errors["high"]


def test_who_lacks_a_number_is_left_out_of_that_comparison_only():
    people = drawn(
        400, 1, before=lambda dice, risk: np.where(dice.random(len(risk)) < 0.5, risk > 0.5, None)
    )
    roles = {"before": {"column": "before"}}
    found = worth(case_of(people, roles=roles))
    assert row(found, "flag_changes", "nobody", at="")["n"] == 400
    asked = row(found, "flag_changes", "caseworkers before the advice", at="")["n"]
    assert asked == people["before"].notna().sum()


def test_what_people_judged_before_is_read_alike_among_everyone_and_in_the_half_of_the_rules():
    people = drawn(
        2_000, 6, before=lambda dice, risk: np.where(dice.random(len(risk)) < 0.9, risk > 0.4, None)
    )
    people["other"] = people["before"].map({True: "ja", False: "nej"})
    told = {"column": "other", "yes": ["ja"], "no": ["nej"]}
    for keys in ({}, {"inputs": ["id"]}):
        found = worth(case_of(people, roles={"before": told, "person": "id"}, **keys))
        here = people
        if keys:
            kept = halves(case_of(people, roles={"person": "id"}, **keys), ["person"])[1]["person"]
            here = people[people["id"].astype(str).isin(set(kept))]
        known = here[here["before"].notna()]
        right = (known["before"] == True) & known["outcome"]  # noqa: E712
        wrong = (known["before"] == True) & ~known["outcome"]  # noqa: E712
        at = found.curve.set_index(["flagging", "threshold"])
        line = at.loc[("caseworkers before the advice", 0.25)]
        assert line["n"] == len(known)
        assert line["estimate"] == pytest.approx((right.sum() - wrong.sum() / 3) / len(known))


def test_an_input_that_reads_otherwise_for_everyone_gives_no_rule_and_stops_nothing():
    texts = {
        name: (lambda *_: [f"{at}" + " street" for at in range(400)]) for name in ("a", "b", "c")
    }
    found = worth(case_of(drawn(400, 1, **texts), inputs=list(texts)))
    why = dict(found.cannot)
    assert why["one variable"] == "no input takes more than one value in the half to look in"
    people = drawn(400, 1, weeks=weeks, **texts)
    found = worth(case_of(people, inputs=["weeks", *texts]))
    assert found.rules == ("the one-variable rule: the higher “weeks”, the sooner flagged",)


def test_rows_that_weigh_more_than_one_are_refused_and_not_taken_as_one():
    with pytest.raises(wf.AuditError, match="worth is not offered for weighted samples"):
        worth(case_of(drawn(100, 1, w=constant(2.5)), roles={"weight": "w"}))


# The same from the same people -----------------------------------------------------------------


def test_the_order_of_rows_changes_no_number():
    people = drawn(
        900, 9, weeks=lambda dice, risk: np.round(30 * risk + 20 * dice.random(len(risk))),
        a=lambda dice, risk: dice.integers(0, 9, len(risk)).astype(float), b=lambda dice, risk: dice.random(len(risk)),
        old=lambda dice, risk: dice.random(len(risk)).round(2), sex=lambda dice, risk: dice.choice(["f", "m"], len(risk)),
    )  # fmt: skip
    roles = {"previous_score": {"column": "old", "probability": True}}
    keys = {"inputs": ["weeks", "a", "b"], "roles": roles, "groups": {"sex": {}}}
    found = [
        worth(case_of(frame, **keys), by="sex")
        for frame in (people, people.sample(frac=1, random_state=1).reset_index(drop=True))
    ]
    assert found[0].rules == found[1].rules
    assert found[0].sentences == found[1].sentences
    for one, other in zip(found[0].results, found[1].results, strict=True):
        pd.testing.assert_frame_equal(one.to_frame(), other.to_frame(), check_exact=True)


# Words ----------------------------------------------------------------------------------------


def test_sentences_say_who_misses_how_many_more_and_hold_no_verdict(twenty):
    told = [s for s in twenty.sentences if "misses" in s and "previous version" in s]
    assert told[0].startswith(
        "Of 100 people who had the outcome, the previous version misses 22.5 fewer than the model, both "
        "flagging as many (95 % interval "
    )
    shown = repr(twenty) + twenty._repr_html_()
    for word in ("unbiased", "biased", "unfair", " fair ", "privileged", "debias", "discriminat"):
        assert word not in shown
    assert not re.search(r"\bnan\b", shown)
    assert "Not compared: one variable: the case lists no inputs" in shown


def test_names_from_the_case_are_escaped_on_the_page():
    frame = pd.DataFrame({"score": SCORE, "outcome": OUTCOME})
    page = worth(case_of(frame, name="<b>x</b>", words={"people": "<i>"}))._repr_html_()
    assert "<b>x" not in page
    assert "<i>" not in page


def test_every_result_has_the_shape_of_all_results_and_can_be_drawn(twenty):
    for result in twenty.results:
        assert set(result.table["measure"]) == {result.measure}
        known = result.table["estimate"].notna()
        assert (known | (result.table["note"] != "")).all()
        assert result.tolerance is None
    assert twenty.results[0].plot().alt.startswith("Chart of dots with interval lines.")


def test_the_asta_case_is_compared_with_both_rules_in_seconds():
    found = worth(wf.load("asta"))
    assert [rule.split(":")[0] for rule in found.rules] == [
        "the one-variable rule",
        "the three-variable rule",
    ]
    table = found.conclusions.set_index(["measure", "compared with"])
    assert table.loc[("auc_difference", "three variables"), "outcome"] == "better"

"""Where only scores are known: how closely a sum over inputs follows them, and when nothing is said."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score

import wfaudit as wf
from wfaudit.measures import DRIVERS
from wfaudit.measures.drivers import (
    dealt,
    faithful,
    gap,
    importance,
    surrogate,
    surrogate_fidelity,
    surrogate_gap,
    surrogate_importance,
    surrogate_remainder,
    surrogate_same_tier,
)
from wfaudit.models import points

SAID = "associations with the recorded score"


def case_of(people, inputs=("work", "age"), **declared):
    keys = {
        "source": people, "groups": {"sex": {"reference": "men"}},
        "roles": {"score": {"column": "score", "resolution": 0.0001}} | declared.pop("roles", {}),
    }  # fmt: skip
    return wf.Case.from_dict(keys | {"inputs": {name: {} for name in inputs}} | declared)


def scored(score, n=2_000, seed=0):
    """People with an education, an age and a sex that has to do with education, scored as is said."""
    rng = np.random.default_rng(seed)
    women = rng.random(n) < 0.5
    people = pd.DataFrame({
        "sex": np.where(women, "women", "men"), "work": rng.integers(0, 4, n) + (women & (rng.random(n) < 0.5)),
        "age": rng.integers(20, 60, n), "unseen": rng.normal(size=n),
    })  # fmt: skip
    return people.assign(score=score(people))


def added(people):
    return 2.0 * people["work"] + people["age"] / 10


def hung_together(people):
    return np.where(people["work"] % 2 == people["age"] % 2, 1.0, 0.0)


# --- by hand


def of_eight():
    """Eight people by hand: what women and men scored, and what is predicted for each score."""
    told = {"women": {1: 1, 2: 3, 3: 3, 6: 5}, "men": {2: 2, 4: 3}}
    sex, score = ["women"] * 4 + ["men"] * 4, [1, 2, 3, 6, 2, 2, 4, 4]
    case = case_of(pd.DataFrame({"sex": sex, "work": 1, "score": score}), inputs=("work",))
    rows = dealt.sample(case).people
    levels = np.array(case.door.levels["sex"])[rows.levels["sex"]]
    predicted = [told[who][round(score)] for who, score in zip(levels, rows.score, strict=True)]
    return case, faithful.Errors(rows, np.array(predicted, dtype=float), "")


def test_r_squared_of_eight_people_is_counted_by_hand():
    case, errors = of_eight()
    found = faithful.fidelity(case, errors, by="sex").table.set_index("group")["estimate"]
    # women: mean 3, squares 4 + 1 + 0 + 9 = 14, errors 0 + 1 + 0 + 1 = 2
    assert found["women"] == pytest.approx(1 - 2 / 14)
    # men: mean 3, squares 4, errors 0 + 0 + 1 + 1
    assert found["men"] == pytest.approx(1 - 2 / 4)
    everyone = faithful.fidelity(case, errors).table["estimate"].iloc[0]
    assert everyone == pytest.approx(1 - 4 / 18)  # mean 3: squares 14 + 4


def test_four_people_are_too_few_for_an_interval_of_r_squared_and_it_is_said():
    case, errors = of_eight()
    found = faithful.fidelity(case, errors, by="sex").table
    assert found[["low", "high"]].isna().all(axis=None)
    assert (found["note"] == "4 people or parts of them: fewer than 8, no interval").all()


def test_what_the_sum_leaves_of_a_mean_is_counted_by_hand():
    case, errors = of_eight()
    laid = faithful._laid(
        case, errors.people, ("sex",), (errors.people.score - errors.predicted)[:, None]
    )
    # recorded less predicted: women 0 - 1 + 0 + 1, men 0 + 0 + 1 + 1
    assert dict(zip(laid.names, laid.whole[:, 0, 0].tolist(), strict=True)) == {
        "women": 0.0,
        "men": 2.0,
    }
    found = faithful.remainder(case, errors, by="sex").table.set_index("group")
    assert found["n"].tolist() == [4, 4]
    assert found["note"].str.contains("fewer than 10").all()


def test_a_score_that_does_not_vary_in_a_group_has_no_r_squared_and_a_reason():
    people = scored(lambda p: np.where(p["sex"] == "men", 1.0, 2.0 * p["work"]))
    found = surrogate_fidelity(case_of(people), by="sex").table.set_index("group")
    assert np.isnan(found.loc["men", "estimate"])
    assert found.loc["men", "note"] == "the score does not vary"


# --- other people's numbers, and coverage


def test_r_squared_is_that_of_scikit_learn_in_every_group():
    case = case_of(scored(lambda p: added(p) + p["unseen"]))
    errors = _errors(case)
    found = surrogate_fidelity(case, by="sex").table.set_index("group")["estimate"]
    sex = np.array(case.door.levels["sex"])[errors.people.levels["sex"]]
    for name in ("women", "men"):
        mine = sex == name
        theirs = r2_score(errors.people.score[mine], errors.predicted[mine])
        assert found[name] == pytest.approx(theirs, abs=1e-9)


def _errors(case):
    surrogate_fidelity(case)
    return case.counted["surrogate"].errors


def test_the_interval_of_r_squared_holds_its_truth():
    rng, truth, held = np.random.default_rng(3), 0.8, []
    case = case_of(scored(added, 1_000))
    rows = dealt.sample(case).people
    for _ in range(300):
        predicted = rng.normal(size=1_000)
        drawn = replace(rows, score=predicted + 0.5 * rng.normal(size=1_000))
        found = faithful.fidelity(case, faithful.Errors(drawn, predicted, "")).table.iloc[0]
        held.append(found["low"] <= truth <= found["high"])
    assert np.mean(held) >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 300)


# --- faithful


def test_points_are_followed_and_their_inputs_move_what_they_add():
    people = scored(added)
    case = case_of(people)
    found = surrogate(case)
    assert found.fidelity.table["estimate"].iloc[0] > 0.9995
    told = surrogate_importance(case).table.set_index("at")["estimate"]
    assert told["work"] == pytest.approx(
        (2 * people["work"] - 2 * people["work"].mean()).abs().mean(), abs=0.01
    )
    assert told["age"] == pytest.approx(
        (people["age"] / 10 - people["age"].mean() / 10).abs().mean(), abs=0.02
    )


def test_a_gap_is_split_among_inputs_and_what_the_sum_leaves():
    people = scored(lambda p: added(p) + np.where(p["sex"] == "women", 0.2, 0.0))
    case = case_of(people)
    parts = surrogate_gap(case, by="sex").table
    women = parts[parts["group"] == "women"].set_index("at")["estimate"]
    left = surrogate_remainder(case, by="sex", compare=True).table.set_index("group").loc["women"]
    mean = people.groupby("sex")["score"].mean()
    assert women["work"] + women["age"] == pytest.approx(women["predicted score"], abs=1e-9)
    assert women["predicted score"] + left["estimate"] == pytest.approx(
        mean["women"] - mean["men"], abs=0.02
    )
    assert left["low"] > 0.1  # that women get more for being women stands in no input


def test_a_surrogate_is_taken_wherever_a_model_is_and_every_result_says_so():
    case = case_of(scored(added))
    stand_in = surrogate(case)
    for found in (importance(case, stand_in), gap(case, stand_in, by="sex")):
        assert SAID in found.definition
    for found in (surrogate_importance(case), surrogate_gap(case, by="sex")):
        assert SAID in found.definition
        assert SAID in found.definition.lower()
    assert repr(stand_in).startswith("How much of the spread of recorded scores")
    assert SAID in stand_in.model().notes[0]


def test_a_chance_that_is_a_sum_of_log_odds_is_followed_on_that_scale():
    people = scored(lambda p: 1 / (1 + np.exp(-(4.0 * (p["work"] - 2) + (p["age"] - 40) / 4))))
    case = case_of(
        people, roles={"score": {"column": "score", "resolution": 0.0001, "probability": True}}
    )
    found = surrogate(case)
    assert found.model().unit == "probability"
    assert found.fidelity.table["estimate"].iloc[0] > 0.99
    assert "log-odds" in surrogate_importance(case).definition


def test_the_tier_is_kept_as_often_as_the_prediction_falls_on_the_right_side_of_the_cut():
    people = scored(added).assign(tier=lambda p: np.where(p["score"] >= 8, "high", "low"))
    tier = {"column": "tier", "order": ["low", "high"], "cuts": [8]}
    case = case_of(people, roles={"tier": tier})
    errors = _errors(case)
    share = ((errors.predicted >= 8) == (errors.people.score >= 8 - 1e-9)).mean()
    found = surrogate_same_tier(case).table.iloc[0]
    assert found["estimate"] == pytest.approx(share, abs=0.002)  # the grid of scores
    assert found["low"] < found["estimate"] <= found["high"]


def test_the_order_of_rows_changes_no_figure():
    people = scored(lambda p: added(p) + p["unseen"])
    one, other = (case_of(rows) for rows in (people, people.sample(frac=1, random_state=1)))
    for ask in (surrogate_fidelity, surrogate_remainder):
        np.testing.assert_allclose(
            ask(one, by="sex").table[["estimate", "low"]], ask(other, by="sex").table[["estimate", "low"]],
            atol=1e-9,
        )  # fmt: skip


def test_offices_stay_whole_and_intervals_are_over_them():
    people = scored(lambda p: added(p) + p["unseen"]).assign(
        office=lambda p: np.arange(len(p)) % 40
    )
    found = surrogate_fidelity(case_of(people, roles={"cluster": "office"}), by="sex")
    assert "whole clusters" in found.interval
    assert found.evidence["clusters"].max() <= 40
    assert (found.table["low"] < found.table["estimate"]).all()
    few = people.assign(office=np.arange(len(people)) % 5)
    refused = surrogate_importance(case_of(few, roles={"cluster": "office"})).table
    assert refused["estimate"].isna().all()
    assert (
        refused["note"]
        .str.startswith("nothing is said: R squared of the surrogate is not known")
        .all()
    )


# --- refusals


@pytest.mark.parametrize("score", [hung_together, lambda p: p["unseen"] + p["work"] / 2])
def test_a_score_that_hangs_on_how_inputs_go_together_or_on_what_is_unseen_is_refused(score):
    case = case_of(scored(score))
    assert surrogate_fidelity(case).table["estimate"].iloc[0] < 0.5
    with pytest.raises(
        wf.AuditError, match=r"too loosely: R squared -?0\.\d+, below the bar of 0\.9"
    ):
        importance(case, surrogate(case))
    for found in (surrogate_importance(case, by="sex"), surrogate_gap(case, by="sex")):
        others = found.table[found.table["group"] != found.table["reference"]]
        assert others[["estimate", "low", "high"]].isna().all(axis=None)
        assert others["note"].str.startswith("nothing is said: R squared of the surrogate is").all()
        assert found.evidence.loc[others.index, ["se", "df"]].isna().all(axis=None)


def test_only_of_a_group_whose_scores_are_not_followed_nothing_is_said():
    people = scored(lambda p: np.where(p["sex"] == "men", added(p), added(p) + 3 * p["unseen"]))
    case = case_of(people)
    told = surrogate_importance(case, by="sex").table
    assert told[told["group"] == "men"]["estimate"].notna().all()
    assert told[told["group"] == "women"]["note"].str.endswith("below the bar of 0.9 (women)").all()
    split = surrogate_gap(case, by="sex").table
    assert split[split["group"] == "women"]["estimate"].isna().all()
    lower = surrogate_importance(case, by="sex", bar=0.1).table
    assert lower["estimate"].notna().all()


def test_a_group_held_against_one_that_is_not_followed_is_not_told_either():
    people = scored(lambda p: np.where(p["sex"] == "women", added(p), added(p) + 3 * p["unseen"]))
    split = surrogate_gap(case_of(people), by="sex").table
    women = split[split["group"] == "women"]
    assert women["note"].str.endswith("below the bar of 0.9 (men)").all()


def test_too_few_people_and_what_a_case_lacks_are_said():
    with pytest.raises(wf.AuditError, match="at least 100 people with a score; there are 60"):
        surrogate(case_of(scored(added, 60)))
    question = DRIVERS["surrogate_fidelity"]
    case = case_of(scored(added))
    assert question.lacks(case, None) == ""
    assert (
        question.lacks(case, points({"work": 1.0})) == "a model was given, so it was asked itself"
    )
    assert question.lacks(wf.load("eeoc"), None) == "a published table holds no single people"
    without = wf.Case.from_dict({"source": scored(added), "roles": {"flagged": {"column": "work", "is": ">= 2"}},
                                 "inputs": {"age": {}}})  # fmt: skip
    assert question.lacks(without, None) == "the case declares no score"
    assert "cut-offs" in DRIVERS["surrogate_same_tier"].lacks(case, None)
    with pytest.raises(
        wf.AuditError, match="no surrogate for the recorded score: the case declares no score"
    ):
        surrogate(without)


# --- an audit


def test_an_audit_without_a_model_asks_the_surrogate_and_with_one_does_not():
    asked = {"surrogate_fidelity", "surrogate_remainder", "surrogate_importance", "surrogate_gap"}
    without, given = (wf.audit(case_of(scored(added)), model) for model in (
        None, points({"work": 2.0, "age": 0.1})))  # fmt: skip
    assert asked <= {result.measure for result in without.results}
    assert not asked & {result.measure for result in given.results}
    assert asked <= {one.measure for one in given.cannot_test}
    loose = wf.audit(case_of(scored(hung_together)))
    told = [r.table["estimate"] for r in loose.results if r.measure == "surrogate_importance"]
    assert told
    assert all(one.isna().all() for one in told)


def test_a_sum_follows_the_planted_model_of_asta_and_finds_what_moves_it():
    case = wf.load("asta")
    found = surrogate(case, by="origin")
    assert found.fidelity.table["estimate"].between(0.9, 0.94).all()
    told = surrogate_importance(case).table.set_index("at")["estimate"].sort_values(ascending=False)
    first = {
        "highest education", "months employed in the last three years", "age at case start",
        "weeks of sick leave in the last year", "weeks on benefits in the last three years",
    }  # fmt: skip
    assert set(told.index[:5]) == first
    assert told["photo on the CV"] < told.iloc[0] / 40


def test_a_published_tree_is_followed_too_loosely_for_any_claim():
    with pytest.raises(wf.AuditError, match="below the bar"):
        surrogate(wf.load("star")).model()

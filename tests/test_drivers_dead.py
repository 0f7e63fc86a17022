"""Inputs without effect: enumerated, the size of the test measured, and what is planted in ASTA-like people found."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.estimators.dealt import dealt, errors_dealt, p_smallest, rises
from wfaudit.measures.drivers import without_effect
from wfaudit.measures.drivers.anew import UNUSED
from wfaudit.measures.drivers.dead import QUESTIONS
from wfaudit.models import Model, function, points
from wfaudit.synthetic import asta
from wfaudit.synthetic.dice import Dice

HELPS, AS_GOOD = "helps to say what came", "as good as without"
TABLE = np.array(
    [[0.1, 0.5, 0.3], [0.4, 0.0, 0.2], [0.9, 0.3, 0.2], [0.2, 0.2, 0.6], [0.7, 0.1, 0.0]]
)
OWN = np.array([0, 1, 2, 0, 1])


def test_the_rise_is_the_mean_over_all_120_ways_of_dealing_five_values_out():
    every = [TABLE[np.arange(5), OWN[list(way)]].mean() for way in permutations(range(5))]
    observed = TABLE[np.arange(5), OWN].mean()
    assert rises(TABLE, OWN).mean() == pytest.approx(np.mean(every) - observed, abs=1e-15)


def test_limits_of_the_rise_hold_the_truth_in_95_of_100_samples():
    """2,000 samples of 80 people; a value of 0 to 2 that raises the chance, and a model that says how much."""
    lot, chance = np.random.default_rng(4), np.array([0.2, 0.4, 0.7])
    truth = 2 * np.var(
        chance
    )  # of errors (y - chance)^2: twice the covariance of chance and outcome
    held = 0
    for _ in range(2_000):
        own = lot.integers(0, 3, 80)
        came = lot.random(80) < chance[own]
        part = rises(np.square(came[:, None] - chance), own)
        half = 1.99 * part.std(ddof=1) / np.sqrt(80)
        held += abs(part.mean() - truth) <= half
    assert 0.93 < held / 2_000 < 0.965


def test_the_p_value_is_the_share_of_all_ways_that_err_as_little():
    every = np.array([TABLE[np.arange(5), OWN[list(way)]].mean() for way in permutations(range(5))])
    observed = TABLE[np.arange(5), OWN].mean()
    drawn = errors_dealt(TABLE, OWN, 20_000, np.random.default_rng(1))
    assert p_smallest(observed, drawn) == pytest.approx(
        (every <= observed + 1e-12).mean(), abs=0.01
    )


def test_within_clusters_values_stay_where_they_were_recorded():
    cluster, lot = np.array([0, 1, 0, 1, 2, 0]), np.random.default_rng(2)
    for _ in range(50):
        found = dealt(6, lot, cluster)
        assert sorted(found) == list(range(6))
        assert (cluster[found] == cluster).all()


def test_under_the_null_one_in_twenty_p_values_lies_at_most_at_a_twentieth():
    """400 seeds of 60 people: the model uses an input that has nothing to do with the outcome."""
    seen = np.zeros(400)
    for seed in range(400):
        lot = np.random.default_rng(seed)
        own, came, other = lot.integers(0, 3, 60), lot.random(60) < 0.4, lot.random(60)
        table = np.square(came[:, None] - 0.3 - 0.2 * other[:, None] - 0.1 * np.arange(3))
        seen[seed] = p_smallest(
            table[np.arange(60), own].mean(), errors_dealt(table, own, 199, lot)
        )
    for level, most in ((0.05, 34), (0.2, 105)):  # upper .999 quantile of a binomial of 400
        assert (seen <= level).sum() <= most
    assert (seen <= 0.5).mean() == pytest.approx(0.5, abs=0.1)


def aged(n=800, seed=3, **more):
    rng = np.random.default_rng(seed)
    people = pd.DataFrame(
        {"age": rng.integers(0, 9, n) * 1.0, "shoe": rng.integers(36, 45, n) * 1.0}
    )
    people["late"] = rng.random(n) < 0.1 + people["age"] / 10
    declared = {"roles": {"outcome": "late"}, "inputs": {"age": {}, "shoe": {"irrelevant": 0.75}}}
    return wf.Case.from_dict({"source": people, **declared, **more})


def by_input(result):
    return result.to_frame().set_index("at")


def test_an_input_with_a_weight_of_nothing_is_exactly_without_effect_and_caseworkers_are_quoted():
    found = by_input(without_effect(aged(), points({"age": 0.1, "shoe": 0.0})))
    assert found.loc["shoe", ["estimate", "low", "high"]].tolist() == [0.0, 0.0, 0.0]
    assert found.loc["shoe", "note"] == f"{UNUSED}; 75 % of caseworkers call it irrelevant"
    assert HELPS in found.loc["age", "note"]
    assert found.loc["age", "low"] > 0


def test_an_input_that_a_function_never_reads_moves_nobody_but_that_is_told_with_limits():
    model = function(lambda people: people["age"] / 10, ["age", "shoe"])
    moved = by_input(without_effect(aged(), model, tells="score"))
    assert moved.loc["shoe", "estimate"] == 0
    assert 0 < moved.loc["shoe", "high"] < 0.02
    assert "moved no score of these people" in moved.loc["shoe", "note"]
    assert moved.loc["age", "estimate"] == 1
    lost = by_input(without_effect(aged(), model))
    assert "no sign that it helps" in lost.loc["shoe", "note"]
    assert UNUSED not in lost.loc["shoe", "note"]


def test_an_input_that_moves_scores_and_says_nothing_of_the_outcome_is_told_apart():
    model = points({"age": 0.1, "shoe": 0.002})
    found, moved = (
        by_input(without_effect(aged(6000), model, tells=t)) for t in ("outcome", "score")
    )
    assert moved.loc["shoe", "estimate"] == 1
    assert "no sign that it helps" in found.loc["shoe", "note"]
    assert AS_GOOD in found.loc["shoe", "note"]
    assert AS_GOOD not in found.loc["age", "note"]


def test_values_whose_profile_cannot_exist_are_dealt_only_to_those_who_can_have_all_of_them():
    kept = points({"age": 0.1, "shoe": 0.01})
    fields = {name: getattr(kept, name) for name in Model.__dataclass_fields__}
    able = Model(
        **(fields | {"possible": lambda p: ~((p["age"] >= 5) & (p["shoe"] > 42)).to_numpy()})
    )
    rng = np.random.default_rng(0)
    people = pd.DataFrame(
        {"age": rng.integers(0, 9, 600) * 1.0, "shoe": 40.0, "late": rng.random(600) < 0.5}
    )
    people.loc[people["age"] < 5, "shoe"] = 43.0
    declared = {"roles": {"outcome": "late"}, "inputs": {"age": {}, "shoe": {}}}
    found = by_input(without_effect(wf.Case.from_dict({"source": people, **declared}), able))
    assert found.loc["shoe", "n"] < 250
    assert "fewer than 30" not in found.loc["shoe", "note"]


def test_an_input_with_very_many_values_is_dealt_in_199_draws():
    rng = np.random.default_rng(5)
    people = pd.DataFrame({"wage": rng.normal(size=900), "noise": rng.normal(size=900)})
    people["late"] = rng.random(900) < 1 / (1 + np.exp(-people["wage"]))
    declared = {"roles": {"outcome": "late"}, "inputs": {"wage": {}, "noise": {}}}
    model = points({"wage": 1.0, "noise": 0.05})
    found = by_input(without_effect(wf.Case.from_dict({"source": people, **declared}), model))
    assert found.loc["wage", "note"].startswith("p = 0.005 (exact)")
    assert "no sign" in found.loc["noise", "note"]


def test_without_an_outcome_only_moving_the_score_can_be_asked():
    people = pd.DataFrame({"age": [1.0, 2.0] * 30, "flag": [0, 1] * 30})
    case = wf.Case.from_dict(
        {"source": people, "roles": {"flagged": "flag"}, "inputs": {"age": {}}}
    )
    assert "outcome" in QUESTIONS["agreement_lost_without"].lacks(case, points({"age": 1.0}))
    with pytest.raises(AuditError, match="agreement_lost_without can't be measured"):
        without_effect(case, points({"age": 1.0}))
    assert (
        by_input(without_effect(case, points({"age": 1.0}), tells="score")).loc["age", "estimate"]
        == 1
    )


def test_of_asta_like_people_dead_inputs_are_found_and_no_strong_one_is_called_dead():
    """Measured on 100,000 others, the three strong ones carry 10 to 17 % of what the scores say."""
    people = asta.asta(Dice(seed=77, chunk=0, n=9_000), asta.PLANTED)
    outcome = {"column": "without work after 26 weeks"}
    names = [one.name for one in asta.INPUTS]
    case = wf.Case.from_dict(
        {"source": people, "roles": {"outcome": outcome}, "inputs": {name: {} for name in names}}
    )
    note = by_input(without_effect(case, asta.model(), people=4_000))["note"]
    dead = [one.name for one in asta.INPUTS if not one.effect]
    assert not [name for name in dead if f"adjusted: {HELPS}" in note[name]]
    assert sum(AS_GOOD in note[name] or UNUSED in note[name] for name in dead) >= 8
    strong = ["age at case start", "highest education", "months employed in the last three years"]
    assert not [name for name in strong if AS_GOOD in note[name] or UNUSED in note[name]]
    assert [name for name in strong if f"adjusted: {HELPS}" in note[name]] == strong

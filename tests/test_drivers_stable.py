"""How firmly people stand in their tier: moved by hand, planted trainers, and what a fixed trainer must not do."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.estimators.intervals import wilson
from wfaudit.measures.drivers import Small, nudged, retrained
from wfaudit.measures.drivers.stable import Nudge
from wfaudit.measures.drivers.trained_anew import QUESTIONS
from wfaudit.models import function, of, points

laws = settings(max_examples=20, deadline=None)


def case_of(people, cut=4, **more):
    declared = {
        "roles": {
            "score": {"column": "score", "resolution": 1},
            "flagged": {"score_at_least": cut},
            "outcome": "late",
        },
        "groups": {"sex": {}},
        "inputs": {name: {} for name in people.columns if name not in ("sex", "score", "late")},
    }
    people = {
        "score": people.iloc[:, 0],
        "late": np.arange(len(people)) % 2 == 0,
        "sex": "women",
    } | dict(people.items())
    return wf.Case.from_dict({**declared, "source": pd.DataFrame(people), **more})


def pairs(result):
    return dict(
        zip(
            result.table["at"],
            zip(result.evidence["k"], result.evidence["n"], strict=True),
            strict=True,
        )
    )


def test_only_people_one_step_from_the_cut_can_change_tier_and_about_half_of_them_do():
    """Flagged from 4: of values 1 to 6 only 3 (up) and 4 (down) can cross, 100 people each."""
    people = pd.DataFrame({"age": np.repeat(np.arange(1.0, 7.0), 100)})
    found = pairs(nudged(case_of(people), points({"age": 1.0}), small=Small(near=1)))
    k, n = found["everybody"]
    assert n == 600
    assert 75 <= k <= 125  # of 200 by lot; six standard deviations are 42
    assert found["within 1 of a cut-off"] == (k, 300)
    assert found["farther away"] == (0, 300)


def test_the_share_has_wilsons_limits_and_the_lot_is_drawn_anew_with_another_seed():
    people = pd.DataFrame({"age": np.repeat(np.arange(1.0, 7.0), 100)})
    case, model = case_of(people), points({"age": 1.0})
    row = nudged(case, model).to_frame().iloc[0]
    low, high = wilson(np.array([row["estimate"] * 600]), np.array([600.0]))
    assert (row["low"], row["high"]) == pytest.approx((low[0], high[0]))
    again = {nudged(case, model, small=Small(seed=seed)).evidence["k"][0] for seed in range(4)}
    assert len(again) > 1


def test_a_value_at_the_end_of_its_grid_and_one_that_is_missing_stay_where_they_are():
    grid = Nudge("age", np.array([1.0, 3.0, 9.0]), 0.5)
    moved = grid.of(pd.Series([1.0, 3.0, 9.0, np.nan, 4.0]), np.ones(5, dtype=bool))
    np.testing.assert_array_equal(moved, [3, 9, 9, np.nan, 4])
    free = Nudge("wage", None, 0.5)
    np.testing.assert_array_equal(
        free.of(pd.Series([1.0, np.nan]), np.array([True, False])), [1.5, np.nan]
    )


@given(st.lists(st.sampled_from(["yes", "no"]), min_size=4, max_size=30))
@laws
def test_nobody_changes_tier_where_the_model_reads_no_number(work):
    people = pd.DataFrame({"age": np.arange(len(work)) * 1.0, "work": work})
    model = points({"age": 0.0, "work": {"yes": 0, "no": 5}})
    assert nudged(case_of(people), model).evidence["k"][0] == 0


def test_texts_and_answers_of_two_values_stay_so_there_must_be_a_number_that_can_move():
    people = pd.DataFrame({"yes": [0.0, 1.0] * 10, "work": ["a", "b"] * 10})
    with pytest.raises(
        AuditError, match="no input of the model holds numbers that could move a little"
    ):
        nudged(case_of(people), points({"yes": 4.0, "work": {"a": 0, "b": 4}}))


def trainer(shift):
    """A trainer whose models flag from an age that its seed moves: planted, not learned."""
    return lambda rows, _, seed: function(lambda p: p["age"] + shift(seed, rows), ["age"])


def test_who_is_put_in_several_tiers_by_another_seed_is_counted_by_hand():
    """Every fifth seed lifts scores by one, so that of 60 people only the ten aged 3 are flagged then."""
    people = pd.DataFrame({"age": np.repeat(np.arange(1.0, 7.0), 10)})
    given = replace(points({"age": 1.0}), trained=trainer(lambda seed, _: float(seed % 5 == 0)))
    case = case_of(people)
    found = pairs(retrained(case, given, refits=5))
    assert found["another random seed"] == (10, 60)
    assert found["other people to train on (bootstrap)"] == (0, 60)
    chance = retrained(case, given, refits=5, tells="pairs").to_frame().set_index("at")
    # of ten pairs of five refits four hold the odd one out
    assert chance.loc["another random seed", "estimate"] == pytest.approx(10 / 60 * 4 / 10)


def test_a_trainer_that_hangs_on_its_people_alone_is_moved_by_the_bootstrap_and_not_by_the_seed():
    people = pd.DataFrame({"age": np.repeat(np.arange(1.0, 7.0), 20)})
    given = replace(points({"age": 1.0}), trained=trainer(lambda _, rows: rows["age"].mean() - 3.5))
    found = pairs(retrained(case_of(people), given))
    assert found["another random seed"] == (0, 120)
    assert 0 < found["other people to train on (bootstrap)"][0] <= 40


def test_an_estimator_is_copied_and_trained_on_the_people_of_the_case():
    tree = pytest.importorskip("sklearn.tree").DecisionTreeClassifier(
        max_depth=3, max_features=1, random_state=0
    )
    rng = np.random.default_rng(1)
    people = pd.DataFrame({"age": rng.random(300), "wage": rng.random(300)})
    late = rng.random(300) < people["age"]
    roles = {"score": {"column": "score"}, "flagged": {"score_at_least": 0.5}, "outcome": "late"}
    frame = people.assign(score=0.5, late=late, sex="women")
    case = wf.Case.from_dict(
        {"source": frame, "roles": roles, "groups": {"sex": {}}, "inputs": {"age": {}, "wage": {}}}
    )
    found = retrained(case, of(tree.fit(people, late), people), refits=4)
    assert (found.table["n"] == 300).all()
    assert (found.table["estimate"] > 0).all()
    assert "300 people of the case with a recorded outcome" in found.definition


def test_without_a_trainer_or_an_outcome_the_question_is_refused_in_words():
    people = pd.DataFrame({"age": np.repeat(np.arange(1.0, 7.0), 10)})
    lacks = QUESTIONS["several_tiers_rate"].lacks
    assert "does not say how it is trained" in lacks(case_of(people), points({"age": 1.0}))
    given = replace(points({"age": 1.0}), trained=trainer(lambda *_: 0.0))
    roles = {"score": {"column": "score", "resolution": 1}, "flagged": {"score_at_least": 4}}
    assert "outcome" in lacks(case_of(people, roles=roles), given)
    few = case_of(people.iloc[:20])
    with pytest.raises(
        AuditError, match="20 people have a recorded outcome; at least 50 are needed"
    ):
        retrained(few, given)
    with pytest.raises(AuditError, match="one refit can't differ from another"):
        retrained(case_of(people), given, refits=1)


def test_whole_numbers_move_by_whole_numbers_and_never_beyond_what_there_is():
    """A model that takes whole weeks from 0 to 155 alone, as forms do."""

    def weeks(people):
        value = people["weeks"].to_numpy()
        assert ((value == np.rint(value)) & (value >= 0) & (value <= 155)).all()
        return value

    people = pd.DataFrame({"weeks": np.arange(156.0)})
    found = pairs(nudged(case_of(people, cut=80), function(weeks, ["weeks"], unit="points")))
    assert 0 < found["everybody"][0] < 16

"""Accumulated local effects: closed form for sums, brute force else, intervals covered, turns found."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.estimators.accumulated import GONE, curve, onto, turns
from wfaudit.measures.drivers import effects, steps
from wfaudit.measures.drivers.along import along
from wfaudit.models import function, points

laws = settings(max_examples=20, deadline=None)


def case_of(people, **more):
    declared = {"roles": {"flagged": "flag"}, "groups": {"sex": {"reference": "men"}}}
    inputs = {name: {} for name in people.columns if name not in ("sex", "flag", "office")}
    return wf.Case.from_dict(
        {**declared, "source": people.assign(flag=1), "inputs": inputs, **more}
    )


def drawn(n=400, seed=1):
    rng = np.random.default_rng(seed)
    age = rng.integers(20, 60, n) * 1.0
    return pd.DataFrame({
        "sex": np.where(rng.random(n) < 0.5, "women", "men"), "age": age,
        "children": np.clip(rng.poisson(1.0 + age / 60), 0, 4) * 1.0,
        "work": rng.choice(["none", "some", "full"], n, p=[0.2, 0.3, 0.5]),
    })  # fmt: skip


def curves(result):
    table = result.to_frame()
    return {(r["group"], r["at"]): r["estimate"] for r in table.to_dict("records")}


def test_of_a_sum_the_curve_is_the_weight_times_the_distance_from_the_mean():
    people = drawn()
    model = points({"children": 2.0, "age": 0.1, "work": {"none": 3, "some": 1, "full": 0}})
    found = curves(effects(case_of(people), model, "children", by="sex"))
    mean = people["children"].mean()
    for (_, at), value in found.items():
        assert value == pytest.approx(2 * (float(at) - mean), abs=1e-8)
    assert len(found) == 10


def test_of_a_sum_each_level_differs_from_the_most_frequent_one_by_its_points():
    model = points({"children": 2.0, "age": 0.1, "work": {"none": 3, "some": 1, "full": 0}})
    found = effects(case_of(drawn()), model, "work").to_frame().set_index("at")
    assert found["estimate"].to_dict() == pytest.approx({"full": 0, "some": 1, "none": 3}, abs=1e-8)
    assert "the most frequent level" in found.loc["full", "note"]
    assert found.loc["none", "n"] == drawn()["work"].isin(["none", "full"]).sum()


def crooked(people):
    return people["children"] ** 2 * people["age"] / 40 - people["age"] * people["children"] / 20


def brute(people, values, ends, middles):
    """Apley and Zhu's estimate, person by person, without a line of ours."""
    steps_up = []
    for low, high in pairwise(ends):
        last = high == ends[-1]
        if middles:
            here = people[(people["x"] >= low) & ((people["x"] < high) | last)]
        else:
            here = people[
                (people["x"] > low) & (people["x"] <= high)
                | ((low == ends[0]) & (people["x"] == low))
            ]
        steps_up.append(
            np.mean([crooked_of(row, high) - crooked_of(row, low) for _, row in here.iterrows()])
        )
    at = np.concatenate([[0], np.cumsum(steps_up)])
    at = (at[:-1] + at[1:]) / 2 if middles else at
    weights = np.array(values)
    return at - (at * weights).sum() / weights.sum()


def crooked_of(row, x):
    one = row.copy()
    one[row["of"]] = x
    return one["children"] ** 2 * one["age"] / 40 - one["age"] * one["children"] / 20


def test_of_a_model_that_is_no_sum_the_curve_is_what_brute_force_finds_at_each_value():
    people = drawn(120)
    model = function(crooked, ["age", "children"])
    found = curves(effects(case_of(people), model, "children"))
    n = people["children"].value_counts().sort_index()
    expected = brute(
        people.assign(x=people["children"], of="children"), n.to_list(), n.index.to_list(), False
    )
    np.testing.assert_allclose(list(found.values()), expected, atol=1e-7)


def test_of_many_values_the_curve_is_what_brute_force_finds_in_ten_bands():
    people = drawn(150)
    found = effects(case_of(people), function(crooked, ["age", "children"]), "age").to_frame()
    edges = np.unique(np.quantile(people["age"], np.arange(1, 10) / 10, method="higher"))
    ends = [people["age"].min(), *edges, people["age"].max()]
    n = np.histogram(people["age"], ends)[0]
    expected = brute(people.assign(x=people["age"], of="age"), n.tolist(), ends, True)
    np.testing.assert_allclose(found["estimate"], expected, atol=1e-7)
    assert found["at"].iloc[0] == f"below {edges[0]:g}"


def test_a_group_is_told_over_the_values_its_people_have_and_no_farther():
    people = pd.DataFrame(
        {
            "sex": ["women"] * 30 + ["men"] * 40,
            "age": [1.0, 2.0, 3.0] * 10 + [1.0, 2.0, 3.0, 4.0] * 10,
        }
    )
    table = effects(case_of(people), points({"age": 1.0}), "age", by="sex").to_frame()
    women = table[table["group"] == "women"].set_index("at")
    assert women["estimate"].notna().tolist() == [True, True, True, False]
    assert women.loc["4", "note"] == GONE
    np.testing.assert_allclose(women["estimate"].diff().iloc[1:3], 1.0)


def test_limits_hold_the_true_sum_of_mean_steps_in_95_of_100_samples():
    """1,000 samples of 30 people a step, three steps of unlike spread; the curve's last place."""
    rng, truth = np.random.default_rng(7), np.array([1.0, -0.5, 2.0])
    weights = np.array([0.4, 0.3, 0.2, 0.1])
    into = onto(np.ones((1000, 3), dtype=bool), weights)
    each = truth + rng.normal(size=(1000, 30, 3)) * np.array([1.0, 3.0, 0.5])
    sums = np.stack(
        [np.full((1000, 3), 30.0), each.sum(axis=1), np.square(each).sum(axis=1)], axis=-1
    )
    found = curve(sums, into)
    true = into[0] @ truth
    held = ((found.low <= true) & (true <= found.high)).mean(axis=0)
    assert ((held > 0.93) & (held < 0.97)).all()


def test_a_curve_of_straight_steps_is_hardly_ever_said_to_turn():
    """1,000 samples in which every step truly rises a little."""
    rng = np.random.default_rng(8)
    each = 0.1 + rng.normal(size=(1000, 20, 8))
    sums = np.stack(
        [np.full((1000, 8), 20.0), each.sum(axis=1), np.square(each).sum(axis=1)], axis=-1
    )
    assert turns(sums).mean() < 0.02


def test_a_curve_that_rises_and_falls_is_named_and_a_straight_one_is_not():
    people = drawn()
    hill = function(
        lambda p: -((p["children"] - 2) ** 2) + p["age"] / 1000 * p["children"], ["age", "children"]
    )
    says = effects(case_of(people), hill, ["age", "children"], by="sex").definition
    assert "rises and falls, each beyond its interval: children (men), children (women)" in says
    straight = effects(
        case_of(people), points({"children": 2.0, "age": 0.1}), "children"
    ).definition
    assert "no curve rises at one step and falls at another" in straight


def test_who_goes_up_and_who_goes_down_with_a_step_is_counted_by_hand():
    """Up to two children raise the score, from the third on they lower it: steps from 2 to 3 and 3 to 4 fall."""
    people = pd.DataFrame(
        {"sex": ["women"] * 6 + ["men"] * 4, "children": [0.0, 1, 2, 3, 4, 4, 0, 2, 3, np.nan]}
    )
    model = function(lambda p: -((p["children"].fillna(0) - 2) ** 2), ["children"])
    case = case_of(people)
    for tells, counts in (
        ("raises", {"men": (2, 3), "women": (3, 6)}),
        ("lowers", {"men": (1, 3), "women": (3, 6)}),
    ):
        found = steps(case, model, tells=tells, by="sex")
        pairs = zip(found.evidence["k"], found.evidence["n"], strict=True)
        assert dict(zip(found.table["group"], pairs, strict=True)) == counts


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
@laws
def test_of_a_rising_model_every_step_up_raises_the_score(rows):
    values, women = zip(*rows, strict=True)
    if len(set(values)) == 1:
        return
    people = pd.DataFrame({"x": np.array(values, float), "sex": np.where(women, "women", "men")})
    model = function(lambda p: np.exp(p["x"]), ["x"])
    case = case_of(people, groups={"sex": {}})
    assert steps(case, model).evidence["k"][0] == len(rows)
    assert steps(case, model, tells="lowers").evidence["k"][0] == 0
    told = effects(case, model, "x").to_frame()["estimate"].to_numpy()
    assert (np.diff(told) > 0).all()


def test_over_clusters_the_curve_is_the_same_and_its_limits_come_from_offices():
    people = drawn(600)
    offices = [f"o{i}" for i in np.random.default_rng(2).integers(0, 25, 600)]
    model = function(crooked, ["age", "children"])
    roles = {"flagged": "flag", "cluster": "office"}
    one = effects(case_of(people.assign(office=offices), roles=roles), model, "children").to_frame()
    other = effects(case_of(people), model, "children").to_frame()
    np.testing.assert_allclose(one["estimate"], other["estimate"])
    assert (one["low"] < one["estimate"]).all()
    assert not np.allclose(one["low"], other["low"])


def test_few_values_stand_for_themselves_and_everybody_alike_can_take_no_step():
    assert along("x", pd.Series([1.0, 3.0, None])).labels == ("1", "3")
    assert len(along("x", pd.Series(np.arange(100.0))).labels) == 10
    people = pd.DataFrame({"sex": ["women", "men"], "x": [1.0, 1.0]})
    with pytest.raises(AuditError, match="Everybody has the same value of x"):
        effects(case_of(people), points({"x": 1.0}), "x")
    with pytest.raises(AuditError, match="No input of the model called 'y'"):
        effects(case_of(people), points({"x": 1.0}), "y")

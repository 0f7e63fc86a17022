"""What moves the score and what carries a gap: counted by hand, against planted truth, and in every example."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wfaudit as wf
from wfaudit.measures import drivers
from wfaudit.measures.drivers import people as streamed
from wfaudit.models import Ask, function, isin, points, rules
from wfaudit.systems import amas, load

# twelve people: six women and six men; points for being out of work (4) and for living far away (1)
PEOPLE = pd.DataFrame({
    "sex": ["women"] * 6 + ["men"] * 6,
    "work": ["no", "no", "no", "no", "yes", "yes", "no", "no", "yes", "yes", "yes", "yes"],
    "far": ["yes", "no", "no", "no", "no", "no", "yes", "yes", "yes", "no", "no", "no"],
    "office": list("aabbccaabbcc"),
})  # fmt: skip
TABLE = points({"work": {"yes": 0, "no": 4}, "far": {"no": 0, "yes": 1}})


def case_of(people=PEOPLE, inputs=("work", "far"), men="men", **more):
    declared = {"groups": {"sex": {"reference": men}}, "inputs": {name: {} for name in inputs}}
    return wf.Case.from_dict({"source": people, **declared, **more})


def told(result, group):
    rows = result.to_frame()
    return rows[rows["group"] == group].set_index("at")["estimate"].to_dict()


def test_a_gap_is_what_the_points_of_each_answer_add_counted_by_hand():
    found = told(drivers.gap(case_of(), TABLE, by="sex"), "women")
    # out of work: 4 of 6 women, 2 of 6 men, 4 points each; far away: 1 of 6 and 3 of 6
    assert found["work"] == pytest.approx(4 * (4 / 6 - 2 / 6), abs=1e-9)
    assert found["far"] == pytest.approx(1 / 6 - 3 / 6, abs=1e-9)
    assert found["not attributed"] == 0
    assert found["predicted score"] == pytest.approx(4 / 3 - 1 / 3, abs=1e-9)


def test_importance_is_the_mean_distance_from_what_everybody_gets_counted_by_hand():
    found = told(drivers.importance(case_of(), TABLE), "everyone")
    # six of twelve have 4 points for work: each lies 2 from the mean of 2; far: 4 of 12 have 1 point
    assert found["work"] == pytest.approx(2, abs=1e-9)
    assert found["far"] == pytest.approx((4 * 2 / 3 + 8 * 1 / 3) / 12, abs=1e-9)


def test_compared_with_one_profile_people_get_exactly_their_points():
    nobody = pd.DataFrame({"work": ["yes"], "far": ["no"]})
    found = drivers.importance(case_of(), TABLE, background=nobody)
    assert told(found, "everyone") == {"work": 2.0, "far": pytest.approx(4 / 12)}
    assert "own rows (1 row)" in found.definition


def test_a_background_of_one_group_is_named_and_only_its_people_are_in_it():
    found = drivers.importance(case_of(), TABLE, background={"sex": "men"})
    assert "sex men (6 rows)" in found.definition
    assert told(found, "everyone")["work"] == pytest.approx(np.mean([4 - 4 / 3] * 6 + [4 / 3] * 6))


def test_each_value_held_and_each_value_counted_differently_add_up_to_the_part():
    whole = told(drivers.gap(case_of(), TABLE, by="sex"), "women")
    parts = told(drivers.gap_parts(case_of(), TABLE, by="sex"), "women")
    for name in ("work", "far"):
        assert parts[f"{name} & they differ in it"] == pytest.approx(whole[name], abs=1e-9)
        assert parts[f"{name} & the same value counts differently"] == pytest.approx(0, abs=1e-12)


def test_where_a_value_counts_more_for_women_the_gap_is_not_put_down_to_who_holds_it():
    n = 400
    people = pd.DataFrame({"sex": ["women"] * n + ["men"] * n, "care": ["yes", "no"] * n})
    people["woman"] = (people["sex"] == "women").map({True: "yes", False: "no"})
    model = function(
        lambda x: 2.0 * ((x["care"] == "yes") & (x["woman"] == "yes")),
        ["care", "woman"],
        name="care",
    )
    parts = told(drivers.gap_parts(case_of(people, ("care", "woman")), model, by="sex"), "women")
    assert parts["care & they differ in it"] == pytest.approx(0, abs=1e-9)
    assert parts["care & the same value counts differently"] == pytest.approx(0, abs=1e-9)
    assert parts["woman & they differ in it"] == pytest.approx(1.0, abs=1e-9)
    lean = people.assign(care=["yes"] * n + ["yes", "no"] * (n // 2))
    parts = told(drivers.gap_parts(case_of(lean, ("care", "woman")), model, by="sex"), "women")
    assert parts["care & they differ in it"] > 0.1


def test_the_order_of_rows_moves_no_digit_and_doubling_them_no_estimate():
    mixed = PEOPLE.sample(frac=1, random_state=4).reset_index(drop=True)
    double = pd.concat([PEOPLE, PEOPLE], ignore_index=True)
    one, other, twice = (
        drivers.gap(case_of(people), TABLE, by="sex").to_frame()
        for people in (PEOPLE, mixed, double)
    )
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    np.testing.assert_allclose(one["estimate"], twice["estimate"], atol=1e-12)


def test_batches_do_not_show_in_the_sums(monkeypatch):
    whole = drivers.gap(case_of(), TABLE, by="sex").to_frame()
    monkeypatch.setattr("wfaudit.measures.drivers.folded.BATCH", 5)
    pd.testing.assert_frame_equal(
        whole, drivers.gap(case_of(), TABLE, by="sex").to_frame(), check_exact=True
    )


ANSWERS = st.tuples(st.sampled_from("wm"), st.sampled_from(["yes", "no"]), st.integers(0, 3))


@given(st.lists(ANSWERS, min_size=4, max_size=14))
@settings(max_examples=25, deadline=None)
def test_swapping_the_groups_turns_the_gap_round_and_parts_add_up(answers):
    people = pd.DataFrame(
        [*answers, ("w", "no", 1), ("m", "yes", 2)], columns=["sex", "work", "far"]
    )
    model = points({"work": {"yes": 0, "no": 4}, "far": 0.5})
    one, other = (
        told(drivers.gap(case_of(people, men=ref), model, by="sex"), group)
        for group, ref in (("w", "m"), ("m", "w"))
    )
    for name in one:
        assert one[name] == pytest.approx(-other[name], abs=1e-9)
    assert sum(one.values()) - 2 * one["predicted score"] == pytest.approx(0, abs=1e-9)


# --- over clusters


def test_over_clusters_limits_are_those_of_leaving_out_one_office_at_a_time():
    rng = np.random.default_rng(5)
    office = rng.integers(0, 12, 240)
    far = office / 6 + rng.normal(size=240)
    people = pd.DataFrame({"sex": rng.choice(["women", "men"], 240), "far": far, "office": office})
    case = case_of(people, ("far",), roles={"cluster": "office"})
    table = drivers.gap(case, points({"far": 1.0}), by="sex").to_frame()
    row = table[(table["group"] == "women") & (table["at"] == "far")].iloc[0]

    def difference(some):
        return some[some["sex"] == "women"]["far"].mean() - some[some["sex"] == "men"]["far"].mean()

    whole = difference(people)
    left = [difference(people[people["office"] != one]) for one in range(12)]
    se = np.sqrt(11 / 12 * np.sum(np.square(np.array(left) - whole)))
    assert row["estimate"] == pytest.approx(whole, abs=1e-9)
    # offices are dealt to parts whole; with 400 parts each stays by itself
    assert (row["high"] - row["low"]) / 2 == pytest.approx(se * 2.228138852, rel=1e-6)


def test_parts_over_clusters_add_up_too():
    rng = np.random.default_rng(6)
    people = pd.DataFrame({
        "sex": rng.choice(["women", "men"], 300), "far": rng.integers(0, 4, 300).astype(float),
        "work": rng.choice(["yes", "no"], 300), "office": rng.integers(0, 10, 300),
    })  # fmt: skip
    case = case_of(people, roles={"cluster": "office"})
    model = function(lambda x: x["far"] * (x["work"] == "no"), ["work", "far"])
    parts = told(drivers.gap_parts(case, model, by="sex"), "women")
    whole = told(drivers.gap(case, model, by="sex"), "women")
    assert sum(parts.values()) == pytest.approx(whole["predicted score"], abs=1e-9)
    assert drivers.gap_parts(case, model, by="sex").to_frame()["low"].notna().any()


# --- by tier, and how often an input decides


def test_an_input_that_alone_decides_the_tier_decides_in_every_order():
    sex = ["women", "men"] * 30
    people = pd.DataFrame({"work": ["yes", "no"] * 30, "far": ["yes", "no", "no"] * 20, "sex": sex})
    tree = rules(Ask("work", isin("no"), 1.0, 0.0), ["work", "far"])
    declared = {"score": "score", "flagged": {"score_at_least": 0.5}}
    case = case_of(people.assign(score=tree.score(people)), roles=declared)
    found = told(drivers.importance(case, tree, scale="tier", draws=40), "everyone")
    assert found["far"] == 0
    assert found["work"] == pytest.approx(0.5, abs=0.03)  # half of all pairs differ in it


def test_importance_is_told_by_the_tier_people_were_put_in():
    score = TABLE.score(PEOPLE)
    tier = np.where(score >= 4, "high", "low")
    roles = {"tier": {"column": "tier", "order": ["low", "high"]}}
    case = case_of(PEOPLE.assign(tier=tier), roles=roles)
    found = drivers.importance(case, TABLE, by="tier").to_frame()
    assert found["group"].unique().tolist() == ["low", "high"]
    assert found.groupby("group")["n"].first().to_dict() == {"high": 6, "low": 6}


# --- systems that are published, and people with planted truth

MODELS = {name: load(name) for name in ("amas", "star", "jsci", "poland", "wprs", "flanders")}


@pytest.mark.parametrize("name", [*MODELS, "asta"])
def test_the_parts_of_a_gap_add_up_for_every_pair_of_groups_in_every_example(name):
    from wfaudit.synthetic import asta

    case, model = wf.load(name), MODELS[name] if name in MODELS else asta.model()
    for group in case.groups:
        levels = [one for one in case.door.levels[group.name] if one != "not recorded"]
        for reference in levels:
            table = drivers.gap(case, model, by=group.name, reference=reference).to_frame()
            for level, rows in table.groupby("group"):
                parts = rows.set_index("at")["estimate"]
                whole = parts.pop("predicted score")
                assert parts.sum() == pytest.approx(whole, abs=1e-9), (group.name, level, reference)
                assert abs(parts["not attributed"]) < 1e-6


def test_the_drivers_of_amas_are_its_coefficients():
    people = amas.every_profile().assign(sex="women")
    people.loc[::2, "sex"] = "men"
    base = amas.profile()
    for name, weights in amas.COEFFICIENTS.items():
        one = case_of(people[people[name] == list(weights)[-1]], tuple(amas.COEFFICIENTS))
        found = told(drivers.importance(one, amas.SYSTEM, background=base), "everyone")
        assert found[name] == pytest.approx(abs(list(weights.values())[-1]), abs=1e-9)


def test_twelve_of_the_sixteen_inputs_of_the_danish_tree_have_no_effect():
    found = told(drivers.importance(wf.load("star"), load("star")), "everyone")
    assert sum(value == 0 for value in found.values()) == 12
    moved = {name for name, value in found.items() if value > 0}
    assert moved == {"expected_time", "origin", "age", "months_employed"}


def test_groups_crossed_are_split_like_any_other():
    table = drivers.gap(wf.load("wprs"), load("wprs"), by=("sex", "race")).to_frame()
    rows = table[table["group"] == "women & Black"].set_index("at")["estimate"]
    assert rows.iloc[:-1].sum() == pytest.approx(rows["predicted score"], abs=1e-9)
    assert set(table["reference"]) == {"men & White"}


def test_a_reference_that_is_no_level_is_refused_with_what_there_is():
    with pytest.raises(wf.AuditError, match="split against one level of sex"):
        drivers.gap_parts(case_of(), TABLE, by="sex", reference="the rest")


def test_a_model_that_asks_for_what_is_not_declared_names_it():
    model = points({"work": {"yes": 0, "no": 1}, "shoe size": 1.0})
    with pytest.raises(
        wf.AuditError, match=r"also asks for 'shoe size'.*It declares 'work', 'far'"
    ):
        drivers.importance(case_of(), model)


def test_an_input_may_be_known_to_the_model_by_its_column():
    case = case_of(inputs=())
    declared = {"inputs": {"out of work": {"column": "work"}, "lives far away": {"column": "far"}}}
    case = wf.Case.from_dict(
        {"source": PEOPLE, "groups": {"sex": {"reference": "men"}}, **declared}
    )
    assert told(drivers.gap(case, TABLE, by="sex"), "women")["work"] == pytest.approx(4 / 3)


def test_every_order_of_the_columns_of_a_case_gives_the_same():
    wide = PEOPLE[["office", "far", "work", "sex"]]
    one = drivers.gap(case_of(), TABLE, by="sex").to_frame()
    for order in permutations(("work", "far")):
        other = drivers.gap(case_of(wide, order), TABLE, by="sex").to_frame()
        pd.testing.assert_frame_equal(one, other)


def test_a_background_of_many_people_is_drawn_by_lot_and_never_held_whole(monkeypatch):
    monkeypatch.setattr(streamed, "MOST_BEHIND", 100)
    rng = np.random.default_rng(3)
    taken = streamed._Lots(1.0)
    for batch in range(40):
        taken.add(pd.DataFrame({"far": np.full(500, batch / 39)}), rng.random(500))
        assert sum(map(len, taken.rows)) <= 200
    rows = taken.thinned(150)
    assert 100 <= len(rows) <= 150
    assert rows["far"].mean() == pytest.approx(0.5, abs=0.1)  # early batches as often as late ones


def test_a_background_of_one_large_group_says_from_how_many_it_was_drawn(monkeypatch):
    monkeypatch.setattr(streamed, "MOST_BEHIND", 100)
    n = 4_000
    people = pd.DataFrame(
        {"sex": np.array(["women", "men"])[np.arange(n) % 2], "far": np.arange(n) / n}
    )
    case, model = case_of(people, ("far",)), points({"far": 1.0})
    behind = streamed.behind_of(case, streamed.model_of(case, model), {"sex": "men"})
    assert behind.says == "sex men, drawn by lot from 2,000 (100 rows)"
    assert behind.rows["far"].mean() == pytest.approx(0.5, abs=0.1)

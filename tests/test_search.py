"""Groups nobody declared are found in one half of the people, and confirmed in the other or not."""

import sys
from functools import partial
from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from searched import (
    INPUTS,
    PLANTED,
    ROLES,
    as_declared,
    bare,
    drawn,
    raised,
    young_by_the_harbour,
    young_without_a_car,
)

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.estimators import intervals
from wfaudit.findings import review
from wfaudit.halves import halves
from wfaudit.subgroups import BY, found, search, slices
from wfaudit.subgroups.levels import cut

DOWN = "override_down_rate"


# --- what is planted is found, and nothing where nothing is


def test_a_group_nobody_declared_is_found_and_confirmed_in_at_least_eight_of_ten_populations():
    found = [
        PLANTED in raised(bare(drawn(seed, 6_000, planted=True)), seed=seed) for seed in range(10)
    ]
    assert sum(found) >= 8


def test_half_of_a_found_group_is_told_too_where_the_errors_are_all_in_that_half():
    for seed in range(4):
        found = raised(bare(drawn(seed, 6_000, planted=young_without_a_car)), seed=seed)
        assert {"age: under 30", "age: under 30, car: no"} <= set(found)


@pytest.mark.parametrize("runs", [100, pytest.param(400, marks=pytest.mark.long)])
def test_where_nothing_differs_something_is_confirmed_no_more_often_than_the_nominal_rate(runs):
    """Five runs in a hundred and the error of so many runs; against no tolerance, the hardest null."""
    hits = sum(bool(raised(bare(drawn(seed, 1_200), gap=1e-9), seed=seed)) for seed in range(runs))
    assert hits <= binom.ppf(0.95, runs, 0.05)  # 9 of 100, 28 of 400


def test_where_nothing_differs_a_declared_tolerance_lets_nearly_nothing_pass():
    assert sum(bool(raised(bare(drawn(seed, 1_200)), seed=seed)) for seed in range(20)) <= 1


def test_the_planted_group_is_found_too_among_other_peoples_errors():
    people = drawn(3, 12_000, planted=True)
    hidden = young_by_the_harbour(people) & (people["outcome"] == True).to_numpy()  # noqa: E712
    people["tier"] = people["tier"].mask(hidden, "low")
    assert PLANTED in raised(as_declared(people), "false_negative_rate")


# --- it is counted right


def test_n_and_k_of_a_found_group_are_those_of_the_half_kept_for_confirming():
    people = drawn(5, 6_000, planted=True)
    case = as_declared(people)
    result = search(case, DOWN).result
    at = result.table["group"].tolist().index(PLANTED)
    kept = people[people["person"].isin(halves(case, ["person"])[1]["person"])]
    order = {"low": 0, "medium": 1, "high": 2}
    down = kept["decision"].map(order) < kept["tier"].map(order)
    who = young_by_the_harbour(kept)
    n, k = int(who.sum()), int((down & who).sum())
    row, proof = result.table.loc[at], result.evidence.loc[at]
    assert (row["n"], proof["k"], proof["n"]) == (n, k, n)
    assert (proof["n_reference"], proof["k_reference"]) == (len(kept) - n, int(down.sum()) - k)
    assert row["estimate"] == pytest.approx(k / n - (down.sum() - k) / (len(kept) - n), abs=1e-12)
    low, high = intervals.newcombe(k, n, down.sum() - k, len(kept) - n)
    assert (row["low"], row["high"]) == (low, high)


def test_the_half_kept_for_confirming_has_no_say_in_what_is_found():
    people = drawn(5, 3_000, planted=True)
    case = as_declared(people)
    kept = people["person"].isin(halves(case, ["person"])[1]["person"])
    turned = people.assign(
        decision=people["decision"].mask(kept, people["tier"].mask(kept, "high"))
    )
    one, other = (search(c, DOWN).result.table for c in (case, as_declared(turned)))
    assert one["group"].tolist() == other["group"].tolist()
    assert not np.allclose(one["estimate"], other["estimate"])


def test_the_order_of_rows_and_the_file_format_have_no_say(tmp_path):
    people = drawn(5, 2_000, planted=True)[[*INPUTS, "tier", "decision"]]
    people["months employed"] = people["months employed"].astype("Int64").mask(people["car"])
    people.to_csv(tmp_path / "people.csv", index=False)
    one = search(bare(people), DOWN).result
    for other in (bare(people.iloc[::-1]), bare(people, source=tmp_path / "people.csv")):
        found = search(other, DOWN).result
        pd.testing.assert_frame_equal(one.table, found.table)
        pd.testing.assert_frame_equal(one.evidence, found.evidence)


def test_the_guesses_are_one_family_adjusted_by_holm():
    found = review([search(bare(drawn(2, 3_000, planted=True)), DOWN).result])
    assert {finding.family for finding in found} == {"confirm (Holm)"}
    assert len(found) > 1
    smallest = min(found, key=lambda finding: finding.p)
    assert smallest.p_adjusted == pytest.approx(min(1.0, smallest.p * len(found)))


def test_a_measure_judged_on_a_ratio_is_compared_on_a_ratio():
    case = bare(drawn(2, 6_000, planted=True), tolerance={"default": {"ratio": 0.8}})
    result = search(case, DOWN).result
    assert result.kind == "ratio"
    found = {finding.group: finding.answer for finding in review([result])}
    assert found[PLANTED] == "raised"


def test_people_in_clusters_get_an_interval_over_clusters():
    people = drawn(2, 6_000, planted=True)
    people["office"] = np.arange(6_000) % 60
    case = bare(people, source=people, roles={**ROLES, "cluster": "office"})
    result = search(case, DOWN).result
    at = result.table["group"].tolist().index(PLANTED)
    assert result.evidence["clusters"][at] == 30
    assert result.evidence["se"][at] > 0
    assert "jackknife" in result.interval


def test_of_too_few_clusters_the_note_says_that_the_search_took_the_other_half():
    people = drawn(2, 6_000, planted=True)
    people["office"] = np.arange(6_000) % 12
    case = bare(people, source=people, roles={**ROLES, "cluster": "office"})
    table = search(case, DOWN).result.table
    assert len(table)
    kept = halves(case, ["cluster"])[1]["cluster"]
    few = f"{kept.nunique()} clusters: fewer than 8, no interval"
    assert set(table["note"]) == {f"{few} (the search took the other half of all clusters)"}
    assert table["low"].isna().all()


def test_of_a_measure_of_what_went_right_the_low_rates_are_looked_for():
    people = drawn(2, 6_000)
    wrong = young_by_the_harbour(people)
    people["tier"] = people["tier"].mask(wrong & people["outcome"].to_numpy(dtype=bool), "low")
    found = search(as_declared(people), "accuracy")
    row = found.result.table.set_index("group").loc[PLANTED]
    assert row["high"] < 0
    assert any("Low rates were looked for" in note for note in found.notes)


# --- it is told right


def test_a_found_group_reads_as_a_sentence():
    found = review([search(as_declared(drawn(2, 6_000, planted=True)), DOWN).result])
    (one,) = [finding for finding in found if finding.group == PLANTED]
    assert one.says.startswith(
        "Of 100 people in the subgroup “age: under 30, area: harbour” with advice and a decision, "
    )
    assert "of 100 such people of all other groups" in one.says
    assert one.by == BY


def test_the_declared_group_a_found_one_overlaps_is_said():
    people = drawn(2, 6_000, planted=True)
    people["origin"] = np.where(young_by_the_harbour(people), "migrant", people["origin"])
    found = search(as_declared(people), DOWN)
    rows = found.overlaps[found.overlaps["group"] == PLANTED].set_index("by")
    assert rows.loc["origin", ["level", "of_subgroup"]].tolist() == ["migrant", 1.0]
    assert rows.loc["age", ["level", "of_subgroup"]].tolist() == ["under 30", 1.0]
    n = int(found.result.table.set_index("group").loc[PLANTED, "n"])
    assert rows.loc["age", "n"] == n
    (said,) = [line for line in found.overlapping if line.startswith(f"“{PLANTED}”")]
    assert "100 in 100 of them are people aged under 30" in said


def test_a_case_without_any_group_is_searched_and_overlaps_nothing():
    found = search(bare(drawn(2, 6_000, planted=True)), DOWN)
    assert PLANTED in found.result.table["group"].tolist()
    assert len(found.overlaps) == 0
    assert found.overlapping == ()


def test_how_many_were_searched_and_where_the_interval_is_from_stand_with_the_result():
    found = search(bare(drawn(2, 2_000)), DOWN, among=["age", "car"])
    assert found.searched == 3 + 2 + 3 * 2
    assert found.result.interval == (
        "95 % Newcombe hybrid score interval for a difference, among the 1,000 people kept for confirming; "
        "11 subgroups were searched among 1,000 others"
    )
    assert "whom the decision put below the advice" in repr(found).partition("\n")[0]


def test_what_the_page_shows_is_escaped():
    people = drawn(2, 6_000, planted=True).replace({"area": {"harbour": "<b>harbour"}})
    page = search(as_declared(people), DOWN)._repr_html_()
    assert "&lt;b&gt;harbour" in page
    assert "<b>harbour" not in page


def test_declared_groups_may_be_searched_among_by_name():
    case = as_declared(drawn(2, 2_000))
    told = " ".join(search(case, DOWN, among=["sex", "age"]).result.table["group"])
    assert "sex: " in told
    assert "area" not in told


# --- it stops, or says that there is nothing


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"measure": "override_dwn_rate"}, "No measure called 'override_dwn_rate'. Did you mean"),
        ({"measure": "tier_share"}, "tier_share is asked for each tier by itself"),
        ({"measure": "false_negative_rate"}, "needs flagged and outcome, which this case does not"),
        (
            {"among": ["agee"]},
            "No input or group to search among called 'agee'. Did you mean 'age'",
        ),
        ({"among": []}, "There is nothing to search among. Declare the inputs"),
        ({"depth": 0}, "joins 1 to 3 inputs and keeps one subgroup or more; depth = 0"),
        ({"depth": 4}, "depth = 4"),
        ({"keep": 0}, "keep = 0"),
    ],
)
def test_a_search_that_can_not_be_made_says_why(how, says):
    with pytest.raises(AuditError) as stop:
        search(bare(drawn(2, 200)), **{"measure": DOWN, **how})
    assert says in str(stop.value)


def test_a_case_without_inputs_says_what_to_declare():
    with pytest.raises(AuditError, match="There is nothing to search among"):
        search(bare(drawn(2, 200), inputs={}), DOWN)


def test_published_counts_can_not_be_searched():
    with pytest.raises(AuditError, match="holds no people"):
        search(wf.load("ll144/selection"), "selection_rate", among=["sex"])


def test_without_sliceline_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sliceline.slicefinder", None)
    with pytest.raises(AuditError, match=r"pip install 'wfaudit\[search\]'"):
        search(bare(drawn(2, 400)), DOWN)


def test_rows_that_weigh_more_than_one_are_refused_and_not_taken_as_one():
    people = drawn(2, 400).assign(weight=1.5)
    case = bare(people, source=people, roles={**ROLES, "weight": "weight"})
    with pytest.raises(AuditError, match="search is not offered for weighted samples"):
        search(case, DOWN)


@pytest.mark.parametrize("same", ["everyone moved down", "nobody moved"])
def test_where_all_fare_alike_nothing_is_found(same):
    people = drawn(2, 600).assign(tier="high")
    people["decision"] = "low" if same == "everyone moved down" else "high"
    found = search(bare(people), DOWN)
    assert len(found.result.table) == 0
    assert list(review([found.result])) == []
    assert found.overlapping == ()


def test_inputs_that_are_the_same_for_everyone_are_named_and_left_out():
    people = drawn(2, 2_000, planted=True).assign(car=True, education=None)
    found = search(bare(people), DOWN)
    assert "Nothing to search by, the same for everyone: 'car', 'education'." in found.notes
    only = search(bare(people), DOWN, among=["car"])
    assert len(only.result.table) == 0
    assert only.searched == 1


def test_too_few_people_are_not_searched():
    assert len(search(bare(drawn(2, 150)), DOWN).result.table) == 0


def test_a_group_that_the_kept_half_lacks_has_a_note_and_no_number(monkeypatch):
    monkeypatch.setattr(slices, "look", lambda *_: slices.Found((((0, 0), (0, 1)),), 300))
    row = search(bare(drawn(2, 600)), DOWN).result.table.iloc[0]
    assert (row["n"], row["note"]) == (0, "nobody to count")
    assert np.isnan(row["estimate"])


def test_where_nobody_is_asked_nothing_is_found():
    people = drawn(2, 600).assign(outcome=False)
    found = search(as_declared(people), "false_negative_rate")
    assert len(found.result.table) == 0
    assert "among the 0 people kept for confirming" in found.result.interval


def test_a_sample_that_was_taken_is_said(monkeypatch):
    monkeypatch.setattr(found, "halves", partial(halves, most=400))
    notes = search(as_declared(drawn(2, 600)), DOWN).notes
    told = "400 of 600 rows were taken, a sample of whole persons drawn by a seeded hash."
    assert notes[0] == told


def test_where_it_would_be_too_much_work_fewer_are_searched_and_it_is_said(monkeypatch):
    monkeypatch.setattr(slices, "WORK", 100_000)
    found = search(bare(drawn(2, 3_000, planted=True)), DOWN)
    assert any(note.startswith("Of 1,500 people ") for note in found.notes)
    assert "among the 1,500 people kept for confirming" in found.result.interval


# --- the library finds what there is to find


def by_hand(codes, errs, depth, fewest):
    """The score of every subgroup, by its definition (Sagadeeva and Boehm 2021, equation 1)."""
    n, weight, scores = len(errs), slices.WEIGHT, {}
    levels = [[(at, level) for level in range(3)] for at in range(codes.shape[1])]
    for some in (s for d in range(1, depth + 1) for s in combinations(levels, d)):
        for subgroup in product(*some):
            who = slices.members(codes, subgroup)
            if who.sum() >= fewest:
                often = errs[who].mean() / errs.mean() - 1
                scores[subgroup] = weight * often - (1 - weight) * (n / who.sum() - 1)
    return {subgroup: score for subgroup, score in scores.items() if score > 0}


@pytest.mark.parametrize("room", [10**9, 1])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_best_subgroups_are_the_best_of_all_counted_one_by_one(depth, room, monkeypatch):
    monkeypatch.setattr(slices, "ROOM", room)
    draw = np.random.default_rng(depth)
    codes = draw.integers(0, 3, (3_000, 5))
    errs = draw.random(3_000) < np.where((codes[:, :depth] == 1).all(axis=1), 0.6, 0.2)
    every = by_hand(codes, errs, depth, 50)
    found = slices._scored(codes, errs, list(range(5)), depth, (500, 50))
    assert found == pytest.approx({s: score for s, score in every.items() if len(s) == depth})
    few = slices._scored(codes, errs, list(range(5)), depth, (6, 50))
    best = sorted(every, key=lambda subgroup: -every[subgroup])[:6]
    assert {subgroup for subgroup in best if len(subgroup) == depth} <= set(few)
    assert max(found, key=lambda subgroup: found[subgroup]) == tuple((at, 1) for at in range(depth))


def test_a_subgroup_that_errs_only_as_a_wider_one_does_is_not_told_again():
    draw = np.random.default_rng(1)
    codes = draw.integers(0, 3, (6_000, 4))
    errs = draw.random(6_000) < np.where(codes[:, 0] == 1, 0.5, 0.1)
    found = slices.look(codes, errs, 2, 4).subgroups
    assert found[0] == ((0, 1),)
    pairs = [subgroup for subgroup in found if len(subgroup) == 2]
    assert len(pairs) < 2


def test_the_same_people_in_other_words_are_told_once():
    draw = np.random.default_rng(1)
    codes = draw.integers(0, 3, (3_000, 3))
    codes = np.column_stack([codes, codes[:, 0]])  # an input twice
    errs = draw.random(3_000) < np.where(codes[:, 0] == 1, 0.5, 0.1)
    found = slices.look(codes, errs, 1, 5).subgroups
    assert ((0, 1),) in found
    assert ((3, 1),) not in found


@given(st.lists(st.integers(1, 4), min_size=1, max_size=6), st.integers(1, 3))
def test_the_number_of_possible_subgroups_is_the_number_there_are(levels, depth):
    ranges = [[(at, level) for level in range(n)] for at, n in enumerate(levels)]
    there = sum(
        len(list(product(*some))) for d in range(1, depth + 1) for some in combinations(ranges, d)
    )
    assert slices.possible(levels, depth) == there


# --- inputs are cut into levels a person can read


def words(values, name="input"):
    return list(cut(name, pd.Series(values)).words)


def test_numbers_become_bands_of_about_as_many_people():
    ages = pd.Series(np.arange(18, 68).repeat(20), dtype=float)
    levels = cut("age", ages)
    assert levels.words[0] == "age under 27"
    assert levels.words[-1] == "age 57 and over"
    assert np.bincount(levels.codes(ages)).min() >= 0.18 * len(ages)
    assert levels.codes(pd.Series([17.0, 26.9, 27.0, 99.0])).tolist() == [0, 0, 1, 4]


def test_a_number_most_people_share_is_told_by_itself():
    weeks = [0.0] * 900 + [float(w) for w in range(1, 101)]
    assert words(weeks, "weeks") == ["weeks: 0", "weeks 1 and over"]


def test_few_numbers_are_levels_and_yes_and_no_are_read():
    assert words([3.0, 1.0, 2.0, 1.0]) == ["input: 1", "input: 2", "input: 3"]
    assert words([0.0, 1.0, 1.0]) == words(["False", "True", "True"]) == ["input: no", "input: yes"]
    assert words(["yes", "no", "maybe"]) == ["input: maybe", "input: no", "input: yes"]
    assert words(["1", "yes", "no"]) == ["input: 1", "input: no", "input: yes"]


def test_an_endless_number_is_in_the_last_band_and_bands_are_told_without_it():
    column = pd.Series([*np.arange(50.0), np.inf])
    levels = cut("pay", column)
    assert levels.words[-1] == "pay 39 and over"
    assert levels.codes(column)[-1] == len(levels.words) - 1


def test_rare_values_are_pooled_and_what_is_missing_is_a_level():
    levels = cut("area", pd.Series(["north"] * 60 + ["south"] * 38 + ["x", "y", None]))
    assert levels.words[-2:] == ("area: any other value", "area: not available")
    seen = levels.codes(pd.Series(["south", "x", "never seen", None]))
    assert seen.tolist() == [1, 2, 2, 3]


def test_a_value_that_nobody_held_before_is_in_no_level():
    assert cut("area", pd.Series(["north", "south"])).codes(pd.Series(["east", None])).tolist() == [
        -1,
        -1,
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(st.none(), st.floats(-1e6, 1e6, allow_subnormal=False)), min_size=1, max_size=60
    )
)
def test_everyone_has_one_level_and_every_level_somebody(values):
    column = pd.Series(values, dtype=float)
    levels = cut("input", column)
    codes = levels.codes(column)
    assert set(codes.tolist()) == set(range(len(levels.words)))
    assert len(set(levels.words)) == len(levels.words)

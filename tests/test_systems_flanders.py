"""The Flanders-like forest: two cut-offs, no result for gaps, a chance of work that can be believed."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.synthetic import Dice, chunks
from wfaudit.synthetic.profiled import LACKING
from wfaudit.synthetic.profiled import flanders as drawn
from wfaudit.systems import flanders
from wfaudit.systems.card import card
from wfaudit.systems.flanders import SYSTEM, distance, invented_people
from wfaudit.systems.flanders_people import ASKED, EFFECTS, described, draws
from wfaudit.systems.inputs import Levels

FOLDER = Path(__file__).parent.parent / "datasets" / "flanders"
INPUTS = list(SYSTEM.inputs)
MANY = 40_000
BOUND = 0.03  # how far a tenth's mean score may be off; 0.016 to 0.018 was measured on three seeds


@pytest.fixture(scope="module")
def fresh():
    """People the forest was not trained on, with the truth about them and what came of it."""
    millionths = draws(MANY, seed=5)
    people = described(millionths)
    people["found_work"] = millionths("found work") < people["chance"].to_numpy()
    people["score"] = SYSTEM.score(people[INPUTS])
    return people.assign(chance=people["chance"] / 1e6)


# Cut-offs -----------------------------------------------------------------------------------------


def test_exactly_50_and_exactly_35_percent_are_medium_as_the_published_classes_read():
    """Printed: above 50 % short, 35 to 50 % medium, below 35 % long."""
    chances = [1.0, 0.5001, 0.5, 0.4999, 0.3501, 0.35, 0.3499, 0.0]
    assert distance(chances).tolist() == ["short"] * 2 + ["medium"] * 4 + ["long"] * 2


def test_everybodys_tier_is_the_distance_of_the_printed_score_and_not_of_a_hidden_digit(fresh):
    tier = SYSTEM.tier(fresh[INPUTS])
    assert tier.tolist() == distance(fresh["score"]).tolist()
    assert set(tier) == {"short", "medium", "long"}
    assert (fresh["score"] == fresh["score"].round(4)).all()
    assert fresh["score"].between(0, 1).all()


# Incomplete files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("gap", [None, np.nan, pd.NA])
@pytest.mark.parametrize("name", INPUTS)
def test_whoever_lacks_one_input_gets_no_result_and_nobody_elses_result_changes(name, gap):
    people = invented_people(30, seed=2)
    score, tier = SYSTEM.score(people), SYSTEM.tier(people)
    people[name] = people[name].astype(object)
    people.loc[[4, 9], name] = gap
    left = people.index.difference([4, 9])
    assert SYSTEM.score(people)[[4, 9]].isna().all()
    assert SYSTEM.tier(people)[[4, 9]].isna().all()
    pd.testing.assert_series_equal(SYSTEM.score(people)[left], score[left])
    assert SYSTEM.tier(people)[left].tolist() == tier[left].tolist()


def test_one_person_of_whom_nothing_is_known_gets_no_result_and_no_error():
    nothing = pd.DataFrame([dict.fromkeys(INPUTS)])
    assert SYSTEM.score(nothing).isna().tolist() == SYSTEM.tier(nothing).isna().tolist() == [True]


def test_gaps_may_come_in_any_kind_of_column():
    people = invented_people(20, seed=3)
    people.loc[7, "age"] = np.nan
    expected = SYSTEM.score(people)
    assert expected.isna().tolist() == [i == 7 for i in range(20)]
    for kind in ("Int64", "Float64", "float32"):
        pd.testing.assert_series_equal(SYSTEM.score(people.astype({"age": kind})), expected)
    people.loc[3, "dutch"] = None
    for kind in ("category", "string", object):
        assert SYSTEM.score(people.astype({"dutch": kind})).isna().sum() == 2


# What a stranger gets wrong -----------------------------------------------------------------------


@pytest.mark.parametrize("name", [one.name for one in ASKED if isinstance(one, Levels)])
@pytest.mark.parametrize("typed", ["", "NA", "Very Good", "Anna Berger", "3"])
def test_an_unknown_level_is_refused_with_variable_position_and_levels(name, typed):
    people = invented_people(12, seed=4)
    people.loc[[2, 8], name] = typed
    there = ", ".join(map(repr, SYSTEM.inputs[name].levels))
    with pytest.raises(AuditError) as told:
        SYSTEM.score(people)
    assert str(told.value) == (
        f"{SYSTEM.name}: In 2 rows (counted from 0, the first: 2, 8) {name!r} holds an unknown level. "
        f"There are: {there}."
    )


def test_a_gap_elsewhere_in_the_file_excuses_no_unknown_level_and_shifts_no_position():
    people = invented_people(12, seed=4)
    people["age"] = people["age"].astype(float)
    people.loc[[0, 1, 8], "studies"] = None
    people.loc[[0, 8], "age"] = np.nan
    with pytest.raises(
        AuditError, match=r"In 1 row \(counted from 0, the first: 8\) 'dutch' holds"
    ):
        SYSTEM.tier(people.assign(dutch=people["dutch"].where(people.index != 8, "native")))
    with pytest.raises(AuditError, match=r"first: 9\) 'age' holds a number that does not exist"):
        SYSTEM.tier(people.assign(age=people["age"].where(people.index != 9, 17)))
    with pytest.raises(AuditError, match=r"first: 9\) 'studies' holds an unknown level"):
        SYSTEM.tier(people.assign(studies=people["studies"].where(people.index != 9, "PhD")))


@pytest.mark.parametrize("age", [17, 65, -1, 40.5, np.inf])
def test_an_age_nobody_was_trained_on_is_refused(age):
    people = invented_people(5, seed=4).astype({"age": float})
    people.loc[3, "age"] = age
    with pytest.raises(AuditError, match=r"first: 3\) 'age' .*Whole numbers from 18 to 64 exist"):
        SYSTEM.score(people)


@pytest.mark.parametrize("column", [["40", None, "41"], [True, None, False], [None, "n/a", 40]])
def test_a_column_of_other_things_is_refused_although_gaps_are_legal(column):
    people = invented_people(3, seed=4)
    people["age"] = pd.Series(column, dtype=object)
    with pytest.raises(AuditError, match=r"'age' does not hold numbers. Numbers from 18 to 64"):
        SYSTEM.score(people)


def test_a_column_that_is_left_out_is_no_incomplete_file_and_is_refused():
    with pytest.raises(AuditError, match=r"also needs 'clicks'\. There are: weeks_registered, "):
        SYSTEM.score(invented_people(3, seed=4).drop(columns="clicks"))


def test_origin_is_not_asked_and_not_read_in_silence():
    with pytest.raises(AuditError, match="does not ask for 'origin'"):
        SYSTEM.score(described(draws(3, seed=1)).drop(columns="chance"))


def test_a_forest_has_no_exact_contributions_here():
    with pytest.raises(AuditError, match="is not a sum"):
        SYSTEM.contributions(invented_people(2, seed=1))


def test_without_scikit_learn_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.calibration", None)
    with pytest.raises(
        AuditError, match=r"'sklearn.calibration', .*pip install 'wfaudit\[drivers\]'"
    ):
        flanders.forest.__wrapped__()


# The forest ---------------------------------------------------------------------------------------


def test_in_each_tenth_of_fresh_people_the_mean_score_is_near_their_true_chance(fresh):
    tenths = pd.qcut(fresh["score"], 10, labels=False)
    mean = fresh.groupby(tenths)[["score", "chance", "found_work"]].mean()
    assert len(mean) == 10
    assert (mean["score"] - mean["chance"]).abs().max() < BOUND
    noise = 3 * (0.25 / (MANY / 10)) ** 0.5  # three standard errors of a share among 4,000
    assert (mean["score"] - mean["found_work"].astype(float)).abs().max() < BOUND + noise
    assert mean["score"].is_monotonic_increasing
    assert mean["score"].max() - mean["score"].min() > 0.4


def test_the_mean_score_of_either_origin_is_near_its_true_chance_so_no_gap_comes_from_there(fresh):
    mean = fresh.groupby("origin")[["score", "chance"]].mean()
    assert (mean["score"] - mean["chance"]).abs().max() < BOUND


def test_another_process_builds_the_same_forest_and_gives_the_same_scores():
    here = SYSTEM.score(invented_people(300, seed=8)).tolist()
    code = (
        "from wfaudit.systems.flanders import SYSTEM, invented_people\n"
        "print(SYSTEM.score(invented_people(300, seed=8)).tolist())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(here)


def test_every_input_can_move_the_score():
    people = invented_people(200, seed=9)
    before = SYSTEM.score(people)
    for one in ASKED:
        ends = one.levels if isinstance(one, Levels) else (int(one.low), int(one.high))
        assert any((SYSTEM.score(people.assign(**{one.name: end})) != before).any() for end in ends)


def test_the_score_follows_the_invented_effects_from_the_worst_level_to_the_best():
    people = invented_people(2_000, seed=10)
    for name, effects in EFFECTS.items():
        levels = SYSTEM.inputs[name].levels
        worst, best = (levels[effects.index(end(effects))] for end in (min, max))
        low, high = (SYSTEM.score(people.assign(**{name: level})) for level in (worst, best))
        assert high.mean() > low.mean()


# The invented people ------------------------------------------------------------------------------


def test_the_first_people_are_the_same_whatever_the_size_and_a_draw_can_be_repeated():
    few, many = drawn(chunks(9, 1_500)[0]), drawn(chunks(9, 3_000)[0])
    pd.testing.assert_frame_equal(few, many.iloc[:1_500])
    pd.testing.assert_frame_equal(few, drawn(chunks(9, 1_500)[0]))


def test_files_lack_inputs_as_often_as_planted_and_whoever_has_a_gap_has_no_result():
    people = drawn(Dice(seed=3, chunk=0, n=MANY))
    foreign = people["origin"] == "foreign"
    for name, (others, of_foreign) in LACKING.items():
        for group, chance in ((foreign, of_foreign), (~foreign, others)):
            share, n = people.loc[group, name].isna().mean(), group.sum()
            assert abs(share - chance / 1e6) < 4 * (chance / 1e6 / n) ** 0.5
    gaps = people[INPUTS].isna().any(axis=1)
    for result in ("score", "risk", "tier"):
        assert people[result].isna().equals(gaps)
    assert people["found_work"].isin(["yes", "no"]).all()


# The card -----------------------------------------------------------------------------------------


def test_the_card_lists_all_that_is_invented_and_the_folder_holds_that_very_card():
    text = card(SYSTEM)
    invented = text.split("## What was invented here?")[1].split("##")[0]
    for part in ("levels and ranges", "people", "forest", "calibration", "rounded", "incomplete"):
        assert part in invented
    assert f"{flanders.TRAINED_ON:,}" in invented
    trees = flanders.forest().calibrated_classifiers_[0].estimator
    assert f"{trees.n_estimators} trees" in invented
    assert {one.basis for one in ASKED} == {"partly published"}
    assert text in (FOLDER / "card.md").read_text(encoding="utf-8")


def test_the_case_registers_the_eleven_inputs_with_the_subjects_that_were_published():
    case = tomllib.loads((FOLDER / "case.toml").read_text(encoding="utf-8"))
    registered = {name: one["source"] for name, one in case["inputs"].items()}
    assert registered == {one.name: one.published_as for one in ASKED}
    subjects = {
        "current spell", "past spells", "wanted jobs", "wanted regions", "languages", "studies", "age",
        "experience", "online CV updates", "click behaviour",
    }  # fmt: skip
    assert set(registered.values()) == subjects


# What is known to be wrong ------------------------------------------------------------------------


def called_far(people, cut):
    """Of people who did find work, the share at or below a cut, by origin."""
    found = people[people["found_work"]]
    return (found["score"] <= cut).groupby(found["origin"]).mean()


def test_what_is_wrong_at_the_cut_of_best_accuracy_foreign_job_seekers_who_find_work_are_misjudged_more(
    fresh,
):
    """The direction of Desiere and Struyven (2021); their 2.6 rests on other data and isn't claimed."""
    cuts = np.arange(30, 71) / 100
    right = [((fresh["score"] > cut) == fresh["found_work"]).mean() for cut in cuts]
    best = cuts[int(np.argmax(right))]
    assert 0.4 < best < 0.6  # a chance that can be believed is cut near one half
    share = called_far(fresh, best)
    assert share["foreign"] - share["Belgian"] > 0.1


def test_what_is_wrong_any_cut_falls_on_those_of_foreign_origin_who_find_work(fresh):
    for cut in (0.3, 0.35, 0.4, 0.5, 0.6):
        share = called_far(fresh, cut)
        assert share["foreign"] > share["Belgian"]


def test_which_measure_finds_it_depends_on_what_is_declared_as_the_outcome():
    """Flagged: long. With found work as the outcome, the same people are those flagged among the
    positives, so what falls on them stands as a low "missed" and reads the wrong way round.
    """
    people = drawn(Dice(seed=1, chunk=0, n=20_000))
    declared = tomllib.loads((FOLDER / "case.toml").read_text(encoding="utf-8"))
    case = wf.Case.from_dict({**declared, "source": people})
    turned = {**declared["roles"], "outcome": "found_work"}
    turned["score"] = {"column": "risk", "missing": "group"}
    other = wf.Case.from_dict({**declared, "source": people, "roles": turned})
    wrongly = wf.rates(case, "false_positive_rate", by="origin").table.set_index("group")[
        "estimate"
    ]
    missed = wf.rates(other, "false_negative_rate", by="origin").table.set_index("group")[
        "estimate"
    ]
    assert wrongly["foreign"] - wrongly["Belgian"] > 0.05
    pd.testing.assert_series_equal(wrongly, 1 - missed)


def test_what_is_said_of_the_published_factor_is_that_it_is_not_reproduced():
    said = " ".join(SYSTEM.known_wrong)
    assert re.search(r"2\.6 times .* isn't reproduced", said)

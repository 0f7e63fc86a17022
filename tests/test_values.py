"""Values that are not shares of people: counted by hand, held to other people's code, told in words."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.special import stdtrit
from sklearn.metrics import brier_score_loss, roc_auc_score

import wfaudit as wf
from wfaudit.estimators.roc import auc, auc_difference
from wfaudit.findings import review
from wfaudit.measures import STATISTICS

SCORED = [name for name, entry in STATISTICS.items() if entry.along == "score"]
TIMED = [name for name, entry in STATISTICS.items() if entry.along == "time"]
BOTH = [*SCORED, *TIMED]
SCORE = {"column": "score", "resolution": 0.01, "probability": True}
SPELL = {"time": "weeks", "observed": "left", "horizons": [7, 8]}


def scored(frame, groups=None, **declared):
    """A case of people with a score that is a probability, and an outcome."""
    roles = {"score": SCORE, "outcome": "outcome"} | declared.pop("roles", {})
    groups = groups or {"sex": {"reference": "men"}}
    return wf.Case.from_dict({"source": frame, "roles": roles, "groups": groups, **declared})


def spells(frame, **declared):
    """A case of people who are followed until they leave for work, or are lost before."""
    roles = {"outcomes": {"time to work": SPELL}} | declared.pop("roles", {})
    groups = {"sex": {"reference": "men"}} | declared.pop("groups", {})
    return wf.Case.from_dict({"source": frame, "roles": roles, "groups": groups, **declared})


def estimates(result):
    """Each group's number."""
    return dict(zip(result.table["group"], result.table["estimate"], strict=True))


def row(result, group, at=None):
    """The row of one group, and the evidence behind it."""
    here = result.table["group"].eq(group) & (True if at is None else result.table["at"].eq(at))
    (place,) = np.flatnonzero(here)
    return result.table.iloc[place], result.evidence.iloc[place]


def ranked(sex, with_outcome, without, times=1):
    """People at the scores .2, .4, .6, .8: how many have the outcome at each, how many don't."""
    rows = []
    for score, yes, no in zip((0.2, 0.4, 0.6, 0.8), with_outcome, without, strict=True):
        rows += times * ([(sex, score, 1)] * yes + [(sex, score, 0)] * no)
    return pd.DataFrame(rows, columns=["sex", "score", "outcome"])


def twenty(times=1):
    """Twenty women whom the score ranks well, twenty men whom it doesn't rank at all."""
    women = ranked("women", (1, 2, 3, 4), (4, 3, 2, 1), times)
    return pd.concat([women, ranked("men", (2, 3, 3, 2), (2, 3, 3, 2), times)])


def drawn(n, seed, offices=12):
    """Invented people of three origins in several offices; scores with many ties."""
    rng = np.random.default_rng(seed)
    score = np.round(rng.beta(2, 3, n), 2)
    return pd.DataFrame({
        "sex": rng.choice(["women", "men", "others"], n, p=[0.4, 0.4, 0.2]), "score": score,
        "outcome": (rng.random(n) < 0.15 + 0.7 * score).astype(int),
        "office": rng.integers(0, offices, n).astype(str),
        "weeks": 1.0 + rng.integers(0, 12, n), "left": rng.random(n) < 0.7,
    })  # fmt: skip


# --- counted by hand


def test_of_a_hundred_pairs_of_women_seventy_five_are_ranked_right_and_of_men_every_second():
    # women: 2 x 4 + 3 x 7 + 4 x 9 = 65 pairs won, 4 + 6 + 6 + 4 = 20 tied, of 10 x 10 pairs
    assert estimates(wf.values(scored(twenty()), "auc", by="sex")) == {"men": 0.5, "women": 0.75}


def test_everyone_is_one_group_where_no_group_is_asked_for():
    found = wf.values(scored(twenty()), "auc")
    both = twenty()
    assert found.table["group"].tolist() == ["everyone"]
    assert found.table["n"].tolist() == [40]
    assert found.table["estimate"][0] == pytest.approx(
        roc_auc_score(both["outcome"], both["score"])
    )


def test_calibration_in_the_large_is_the_share_that_came_true_less_the_share_that_was_said():
    # ten women are told .2 and ten .6, so 8 of 20 are expected; 11 have the outcome: 3 of 20 more
    women = ranked("women", (5, 0, 6, 0), (5, 0, 4, 0))
    men = ranked("men", (2, 0, 6, 0), (8, 0, 4, 0))
    found = wf.values(scored(pd.concat([women, men])), "calibration_in_the_large", by="sex")
    assert estimates(found) == pytest.approx({"women": 0.15, "men": 0.0})


def test_the_brier_score_is_the_mean_squared_distance_by_hand():
    # (10 x .8^2 + 10 x .2^2 + 10 x .4^2 + 10 x .6^2) / 40
    women = ranked("women", (10, 0, 10, 0), (10, 0, 10, 0))
    found = wf.values(scored(women, {"sex": {}}), "brier_score", by="sex")
    assert estimates(found) == pytest.approx({"women": (6.4 + 0.4 + 1.6 + 3.6) / 40})


def test_the_slope_is_one_where_outcomes_come_as_often_as_the_score_says():
    women = ranked("women", (20, 40, 60, 80), (80, 60, 40, 20))
    men = ranked("men", (40, 45, 55, 60), (60, 55, 45, 40))
    found = estimates(wf.values(scored(pd.concat([women, men])), "calibration_slope", by="sex"))
    assert found["women"] == pytest.approx(1)
    assert 0 < found["men"] < 0.5  # their outcomes differ less than the score says


# eight people and when they left for work, or were lost from sight (0)
EIGHT = ((2, 1), (3, 1), (3, 0), (5, 1), (6, 0), (8, 1), (9, 1), (10, 0))


def eight(sex="women", times=5):
    """Five of each of eight people: a share is that of the eight, with an interval."""
    rows = [(sex, w, left) for w, left in EIGHT for _ in range(times)]
    return pd.DataFrame(rows, columns=["sex", "weeks", "left"])


def test_who_is_lost_from_sight_counts_until_then_as_kaplan_and_meier_would_by_hand():
    found = wf.values(spells(eight(), groups={"sex": {}}), "share_without_event", by="sex")
    at_7 = 7 / 8 * 6 / 7 * 4 / 5
    assert row(found, "women", "time to work, at 7")[0]["estimate"] == pytest.approx(at_7)
    assert row(found, "women", "time to work, at 8")[0]["estimate"] == pytest.approx(at_7 * 2 / 3)


def test_the_mean_time_up_to_a_horizon_is_the_area_under_the_curve_by_hand():
    found = wf.values(spells(eight(), groups={"sex": {}}), "restricted_mean_time", by="sex")
    area = 2 * 1 + 1 * 7 / 8 + 2 * 3 / 4 + 2 * 3 / 5
    assert row(found, "women", "time to work, at 7")[0]["estimate"] == pytest.approx(area)
    assert row(found, "women", "time to work, at 8")[0]["estimate"] == pytest.approx(area + 3 / 5)


def test_each_horizon_of_each_time_is_a_row_of_its_own():
    frame = pd.concat([eight(), eight("men")])
    roles = {"first_contact": {"time": "weeks", "observed": "left", "horizons": [5]}}
    found = wf.values(spells(frame, roles=roles), "share_without_event", by="sex")
    assert set(found.at_values) == {
        "time to work, at 7", "time to work, at 8", "first contact, at 5",
    }  # fmt: skip
    assert len(found.table) == 2 * 3


# --- other people's code


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_area_of_each_group_is_that_of_scikit_learn_ties_included(seed):
    frame = drawn(600, seed)
    found = estimates(wf.values(scored(frame), "auc", by="sex"))
    theirs = {g: roc_auc_score(f["outcome"], f["score"]) for g, f in frame.groupby("sex")}
    assert found == pytest.approx(theirs)


def test_the_brier_score_of_each_group_is_that_of_scikit_learn():
    frame = drawn(600, 4)
    found = estimates(wf.values(scored(frame), "brier_score", by="sex"))
    theirs = {g: brier_score_loss(f["outcome"], f["score"]) for g, f in frame.groupby("sex")}
    assert found == pytest.approx(theirs)


# --- differences


@pytest.mark.parametrize("measure", SCORED)
def test_a_gap_is_one_value_less_the_other_and_swapping_the_groups_flips_it(measure):
    case = scored(drawn(600, 5))
    alone = estimates(wf.values(case, measure, by="sex"))
    one = row(wf.gaps(case, measure, by="sex", reference="men"), "women")[0]
    other = row(wf.gaps(case, measure, by="sex", reference="women"), "men")[0]
    assert one["estimate"] == pytest.approx(alone["women"] - alone["men"])
    assert (other["estimate"], other["low"], other["high"]) == pytest.approx(
        (-one["estimate"], -one["high"], -one["low"])
    )
    assert one["low"] < one["estimate"] < one["high"]


@pytest.mark.parametrize("measure", TIMED)
def test_a_gap_in_times_is_one_value_less_the_other_at_each_horizon(measure):
    case = spells(drawn(600, 6))
    alone, gap = wf.values(case, measure, by="sex"), wf.gaps(case, measure, by="sex")
    for at in alone.at_values:
        women, men = (row(alone, g, at)[0]["estimate"] for g in ("women", "men"))
        assert row(gap, "women", at)[0]["estimate"] == pytest.approx(women - men)


def test_the_reference_is_compared_with_itself_and_has_no_interval():
    mine, _ = row(wf.gaps(scored(twenty(4)), "auc", by="sex"), "men")
    assert (mine["estimate"], mine["note"]) == (0, "compared with itself")
    assert np.isnan(mine["low"])


def test_crossed_groups_are_compared_with_the_crossed_reference():
    frame = drawn(1200, 7).query("sex != 'others'").assign(age=lambda f: f.index % 2)
    case = scored(frame, {"sex": {"reference": "men"}, "age": {"reference": "1"}})
    declared = wf.gaps(case, "auc", by=("sex", "age"))
    asked = wf.gaps(case, "auc", by=("sex", "age"), reference=("men", "1"))
    pd.testing.assert_frame_equal(declared.table, asked.table)
    assert row(declared, "men & 1")[0]["note"] == "compared with itself"


# --- what can't be known is a row with a reason


@pytest.mark.parametrize("measure", SCORED)
def test_a_group_with_nobody_keeps_its_row_and_has_no_number(measure):
    case = scored(twenty(4), {"sex": {"reference": "men", "levels": ["women", "men", "others"]}})
    for found in (wf.values(case, measure, by="sex"), wf.gaps(case, measure, by="sex")):
        nobody, _ = row(found, "others")
        assert (nobody["n"], nobody["note"]) == (0, "nobody to count")
        assert nobody[["estimate", "low", "high"]].isna().all()


@pytest.mark.parametrize("measure", TIMED)
def test_a_group_in_which_nobody_was_followed_keeps_its_row_and_has_no_number(measure):
    groups = {"sex": {"levels": ["women", "men", "others"], "reference": "men"}}
    case = spells(pd.concat([eight(), eight("men")]), groups=groups)
    for found in (wf.values(case, measure, by="sex"), wf.gaps(case, measure, by="sex")):
        nobody, _ = row(found, "others", "time to work, at 7")
        assert (nobody["n"], nobody["note"]) == (0, "nobody to count")
        assert nobody[["estimate", "low", "high"]].isna().all()


@pytest.mark.parametrize("measure", SCORED)
def test_where_no_outcome_is_recorded_every_group_has_a_row_and_a_reason(measure):
    case = scored(twenty().assign(outcome=None))
    for found in (wf.values(case, measure, by="sex"), wf.gaps(case, measure, by="sex")):
        assert found.table["n"].tolist() == [0, 0]
        assert row(found, "women")[0]["note"] == "nobody to count"


@pytest.mark.parametrize("measure", TIMED)
def test_where_no_end_is_known_every_group_has_a_row_and_a_reason(measure):
    frame = pd.concat([eight(), eight("men")]).assign(left=None)
    found = wf.values(spells(frame), measure, by="sex")
    assert found.table["n"].tolist() == [0, 0] * 2
    assert set(found.table["note"]) == {"nobody to count"}


@pytest.mark.parametrize("odd", ["abc", -1.0, np.inf])
def test_a_time_that_can_t_be_one_stops_with_the_column_and_how_many_rows(odd):
    frame = eight().astype({"weeks": object})
    frame.iloc[[0, 1, 2], 1] = odd
    case = spells(frame.astype({"weeks": str if odd == "abc" else float}), groups={"sex": {}})
    with pytest.raises(wf.AuditError, match=r"column 'weeks' .* in 3 rows the time") as problem:
        wf.values(case, "share_without_event")
    assert "abc" not in str(problem.value)


def test_a_score_that_is_the_same_for_all_ranks_nobody_and_has_no_slope():
    case = scored(twenty(4).assign(score=0.5))
    assert row(wf.values(case, "auc", by="sex"), "women")[0]["note"] == (
        "the score does not vary: no interval"
    )
    slope, _ = row(wf.values(case, "calibration_slope", by="sex"), "women")
    assert slope["note"] == "the score does not vary: no slope"
    large, _ = row(wf.values(case, "calibration_in_the_large", by="sex"), "women")
    assert (large["estimate"], large["note"]) == (0, "")


def test_where_everyone_has_the_outcome_there_is_nobody_to_rank_them_against():
    case = scored(twenty(4).assign(outcome=1))
    for measure, note in (
        ("auc", "nobody without the event"),
        ("calibration_slope", "nobody without the event"),
        ("brier_score", "0 non-events: too few for an interval"),
    ):
        mine, _ = row(wf.values(case, measure, by="sex"), "women")
        assert (mine["note"], np.isnan(mine["estimate"])) == (note, True)
    large, _ = row(wf.values(case, "calibration_in_the_large", by="sex"), "women")
    assert large["estimate"] == pytest.approx(1 - 0.5)  # the score says half of them
    assert large["low"] < large["high"] == pytest.approx(0.5)


def test_a_single_group_is_compared_with_nobody_else():
    women = ranked("women", (1, 2, 3, 4), (4, 3, 2, 1))
    case = scored(women, {"sex": {"reference": "women"}})
    assert wf.values(case, "auc", by="sex").table["group"].tolist() == ["women"]
    assert wf.gaps(case, "auc", by="sex").table["note"].tolist() == ["compared with itself"]


@pytest.mark.parametrize("times", [1, 2])  # ten or twenty women with the outcome, and without
def test_with_fewer_than_thirty_of_a_kind_a_difference_of_areas_has_no_interval(times):
    few = ranked("women", (1, 2, 3, 4), (4, 3, 2, 1), times)
    case = scored(pd.concat([few, ranked("men", (2, 3, 3, 2), (2, 3, 3, 2), 10)]))
    for group, reference in (("women", "men"), ("men", "women")):
        gap, _ = row(wf.gaps(case, "auc", by="sex", reference=reference), group)
        assert "fewer than 30 with the outcome, or without" in gap["note"]
        assert gap[["estimate", "low", "high"]].isna().all()


def test_with_thirty_of_each_kind_a_difference_of_areas_has_an_interval():
    gap, evidence = row(wf.gaps(scored(twenty(3)), "auc", by="sex"), "women")
    assert gap["estimate"] == pytest.approx(0.25)
    assert (gap["note"], evidence["clusters"] is pd.NA) == ("", True)
    assert -1 <= gap["low"] < 0.25 < gap["high"] <= 1


def test_the_interval_of_a_difference_of_areas_is_delongs_with_the_degrees_of_freedom_of_welch():
    frame = pd.concat(
        [twenty(3), ranked("men", (2, 3, 3, 2), (2, 3, 3, 2), 9)]
    )  # 60 and 120 people
    gap, evidence = row(wf.gaps(scored(frame), "auc", by="sex"), "women")
    women, men = (auc([3, 6, 9, 12], [12, 9, 6, 3]), auc([24, 36, 36, 24], [24, 36, 36, 24]))
    expected = auc_difference(women, men)
    assert (gap["low"], gap["high"]) == pytest.approx(expected.interval())
    assert evidence["df"] == pytest.approx(expected.df)
    assert evidence["df"] < 200  # what tells it from the normal


def test_a_difference_whose_values_carry_a_warning_keeps_its_interval():
    # scores of 0 and 1 have no log odds: they are moved by half a step, and the note says so
    frame = drawn(600, 8)
    frame.loc[frame.index[:40], "score"] = 1.0
    case = scored(frame)
    gap, _ = row(wf.gaps(case, "calibration_slope", by="sex"), "women")
    alone = wf.values(case, "calibration_slope", by="sex")
    assert "moved" in row(alone, "women")[0]["note"]
    assert gap["low"] < gap["estimate"] < gap["high"]
    assert "moved" in gap["note"]


def test_people_of_unknown_group_are_a_group_of_their_own():
    frame = twenty(2)
    frame.loc[frame["sex"].eq("women") & frame["score"].eq(0.2), "sex"] = None
    found = wf.values(scored(frame), "auc", by="sex")
    assert dict(zip(found.table["group"], found.table["n"], strict=True)) == {
        "men": 40, "women": 30, "not recorded": 10,
    }  # fmt: skip


def test_who_has_no_score_or_no_outcome_is_left_out_of_n():
    frame = twenty(2)
    frame["score"] = frame["score"].where(np.arange(80) != 0)
    frame["outcome"] = frame["outcome"].astype(float).where(np.arange(80) != 1)
    case = scored(frame, roles={"score": {**SCORE, "missing": "group"}})
    assert wf.values(case, "auc").table["n"].tolist() == [78]


# --- people in clusters


OFFICES = 9
SEVERAL = {"outcomes": {"time to work": SPELL}}


@pytest.fixture(scope="module")
def offices():
    """People in nine offices, and each measure with each office's rows dropped, as if in none."""
    frame = drawn(1600, 9, offices=OFFICES).query("sex != 'others'")
    left_out = {measure: [] for measure in BOTH}
    for office in sorted(frame["office"].unique()):
        case = scored(frame[frame["office"] != office], roles=SEVERAL)
        for measure in BOTH:
            found = wf.values(case, measure, by="sex").table.groupby("group")["estimate"].first()
            left_out[measure].append(found[["women", "men"]])
    return scored(frame, roles=SEVERAL | {"cluster": "office"}), left_out


@pytest.mark.parametrize("measure", BOTH)
def test_over_clusters_the_interval_is_the_jackknife_that_drops_each_offices_rows(offices, measure):
    clustered, left_out = offices[0], np.array(offices[1][measure])
    values = wf.values(clustered, measure, by="sex")
    at = values.at_values[0] if values.at_values else None
    t = stdtrit(OFFICES - 2, 0.975)

    def half(each, centre):
        return t * np.sqrt((OFFICES - 1) / OFFICES * ((each - centre) ** 2).sum())

    for place, group in enumerate(("women", "men")):
        mine, evidence = row(values, group, at)
        expected = half(left_out[:, place], mine["estimate"])
        assert mine["high"] - mine["estimate"] == pytest.approx(expected, rel=1e-6)
        assert (evidence["clusters"], evidence["df"]) == (OFFICES, OFFICES - 2)
    gap, _ = row(wf.gaps(clustered, measure, by="sex"), "women", at)
    expected = half(left_out[:, 0] - left_out[:, 1], gap["estimate"])
    assert gap["estimate"] - gap["low"] == pytest.approx(expected, rel=1e-6)
    assert "jackknife" in values.interval


@pytest.mark.parametrize("measure", ["auc", "brier_score", "share_without_event"])
def test_over_clusters_the_value_itself_is_that_of_all_people(measure):
    frame = drawn(800, 10)
    case_of = scored if measure in SCORED else spells
    apart = wf.values(case_of(frame), measure, by="sex")
    together = wf.values(case_of(frame, roles={"cluster": "office"}), measure, by="sex")
    assert apart.table["estimate"].tolist() == together.table["estimate"].tolist()
    assert apart.table["low"].tolist() != together.table["low"].tolist()


def test_with_fewer_than_eight_clusters_a_note_stands_where_the_interval_would():
    case = scored(drawn(600, 11, offices=7), roles={"cluster": "office"})
    for found in (wf.values(case, "auc", by="sex"), wf.gaps(case, "auc", by="sex")):
        mine, _ = row(found, "women")
        assert mine["note"] == "7 clusters: fewer than 8, no interval"
        assert mine[["estimate", "low", "high"]].isna().all()


@pytest.mark.parametrize("measure", ["auc", "brier_score", "calibration_in_the_large"])
def test_offices_with_the_same_people_do_not_vary_and_get_no_interval(measure):
    one = drawn(90, 22).query("sex != 'others'")
    every = [one.sample(frac=1, random_state=i).assign(office=str(i)) for i in range(10)]
    case = scored(pd.concat(every), roles={"cluster": "office"})
    mine, _ = row(wf.values(case, measure, by="sex"), "women")
    assert mine["note"] == "the clusters do not vary: no interval"
    assert mine[["estimate", "low", "high"]].isna().all()


@pytest.mark.parametrize("measure", ["auc", "brier_score", "calibration_in_the_large"])
def test_sums_give_the_limits_that_tables_without_each_office_give(measure, monkeypatch):
    case = scored(drawn(900, 23, offices=12), roles={"cluster": "office"})
    by_sums = wf.gaps(case, measure, by="sex", reference="men")
    slow = replace(STATISTICS[measure], without=None)
    monkeypatch.setitem(STATISTICS, measure, slow)
    by_tables = wf.gaps(case, measure, by="sex", reference="men")
    pd.testing.assert_frame_equal(by_sums.table, by_tables.table, rtol=1e-12)
    pd.testing.assert_frame_equal(by_sums.evidence, by_tables.evidence, rtol=1e-12)


def test_people_with_several_rows_are_left_out_a_person_at_a_time():
    frame = pd.concat([drawn(200, 12)] * 2).assign(person=[str(i % 200) for i in range(400)])
    found = wf.values(scored(frame, roles={"person": "person"}), "brier_score", by="sex")
    once = wf.values(scored(drawn(200, 12)), "brier_score", by="sex")
    wide, narrow = (row(f, "women")[0]["high"] - row(f, "women")[0]["low"] for f in (found, once))
    assert wide == pytest.approx(narrow, rel=0.05)  # twice the rows, no more people


def test_an_area_over_clusters_never_leaves_zero_to_one():
    rng = np.random.default_rng(13)
    frame = drawn(400, 13).query("sex != 'others'")
    frame["score"] = np.where(frame["outcome"] == 1, 0.7, 0.3)  # nearly all are ranked right,
    wrong = frame["office"].isin(["1", "2"]) & (rng.random(len(frame)) < 0.15)  # but in two offices
    frame.loc[wrong, "score"] = 1 - frame.loc[wrong, "score"]
    found = wf.values(scored(frame, roles={"cluster": "office"}), "auc", by="sex").table
    assert (found["high"] <= 1).all()
    assert (found["low"] >= 0).all()


def test_a_group_that_the_score_separates_is_not_compared_over_clusters():
    frame = drawn(600, 14).query("sex != 'others'")
    women = frame["sex"] == "women"
    frame.loc[women, "score"] = np.where(frame.loc[women, "outcome"] == 1, 0.7, 0.3)
    case = scored(frame, roles={"cluster": "office"}, tolerance={"default": {"gap": 0.05}})
    values, gap = (verb(case, "auc", by="sex") for verb in (wf.values, wf.gaps))
    assert np.isnan(row(values, "women")[0]["estimate"])
    assert np.isnan(row(gap, "women")[0]["estimate"])
    assert "nan" not in review([values, gap])[0].says


def test_over_clusters_a_group_in_which_all_have_the_outcome_is_said_to_be_so():
    frame = drawn(600, 21)
    frame.loc[frame["sex"] == "women", "outcome"] = 1
    gap, _ = row(wf.gaps(scored(frame, roles={"cluster": "office"}), "auc", by="sex"), "women")
    assert (gap["note"], np.isnan(gap["estimate"])) == ("nobody without the event", True)


def test_a_group_may_be_called_score_where_people_come_in_clusters():
    frame = drawn(600, 15)
    bands = {"score": {"bands": [0.4], "reference": "under 0.4"}}
    fresh = wf.values(scored(frame, bands, roles={"cluster": "office"}), "auc")
    case = scored(frame, bands | {"sex": {}}, roles={"cluster": "office", "flagged": "left"})
    wf.rates(case, "selection_rate", by="score")
    pd.testing.assert_frame_equal(wf.values(case, "auc").table, fresh.table)


# --- what a case can't carry


def why_not(case):
    """Each question that can't be asked, with the reason."""
    able = wf.can(case)
    return dict(zip(able["measure"], able["why"], strict=True))


def test_without_horizons_no_time_is_asked_for_and_the_reason_is_listed():
    untimed = {"outcomes": {"work": {"time": "weeks", "observed": "left"}}}
    case = spells(eight(), roles=untimed, groups={"sex": {}})
    reason = "the case declares no horizons for a time that may be censored"
    assert {why_not(case)[m] for m in TIMED} == {reason}
    listed = {u.measure: u.why for u in wf.audit(case).cannot_test}
    assert {listed[m] for m in TIMED} == {reason}
    with pytest.raises(wf.AuditError, match="can't be measured: the case declares no horizons"):
        wf.values(case, "share_without_event")


def test_a_score_that_is_no_probability_is_not_held_to_what_it_says():
    case = scored(twenty(), roles={"score": {"column": "score"}})
    listed = {u.measure: u.why for u in wf.audit(case).cannot_test}
    needs = ("calibration_in_the_large", "calibration_slope", "brier_score")
    assert {listed[m] for m in needs} == {"the score is not declared a probability"}
    assert "auc" not in listed


def test_a_log_without_scores_or_outcomes_lists_what_is_lacking(make_case):
    why = why_not(make_case(sex=["women", "men"], flagged=[1, 0]))
    assert {why[m] for m in SCORED} == {"the case declares no score and no outcome"}
    assert {why[m] for m in TIMED} == {"the case declares no time of an outcome"}


def test_an_outcome_that_may_be_censored_is_not_held_against_a_score():
    case = scored(
        drawn(50, 16), roles={"outcome": {"time": "weeks", "observed": "left", "horizons": [7]}}
    )
    assert "censored" in why_not(case)["auc"]
    assert not why_not(case)["share_without_event"]


def test_a_published_table_has_no_scores_and_no_times():
    cells = pd.DataFrame(
        [("women", "yes", 30), ("women", "no", 70), ("men", "yes", 40), ("men", "no", 60)],
        columns=["sex", "flagged", "n"],
    )
    case = wf.Case.from_dict({
        "source": cells, "roles": {"count": "n", "flagged": "flagged"},
        "groups": {"sex": {"reference": "men"}},
    })  # fmt: skip
    listed = {u.measure: u.why for u in wf.audit(case).cannot_test}
    assert {listed[m] for m in STATISTICS} == {
        "a published table has no scores and no times of single people"
    }


# --- messages


def test_asking_for_a_value_as_a_rate_says_how_to_ask():
    with pytest.raises(wf.AuditError, match=r"auc is no rate.*wf\.values\(case, 'auc'"):
        wf.rates(scored(twenty()), "auc", by="sex")


def test_an_unknown_value_offers_the_nearest():
    with pytest.raises(
        wf.AuditError, match=r"No value called 'brier'\. Did you mean 'brier_score'"
    ):
        wf.values(scored(twenty()), "brier")
    with pytest.raises(wf.AuditError, match=r"No measure called 'aucs'\. Did you mean 'auc'"):
        wf.gaps(scored(twenty()), "aucs", by="sex")


def test_asking_for_a_rate_as_a_value_says_how_to_ask():
    with pytest.raises(wf.AuditError, match=r"base_rate is a rate.*wf\.rates\(case, 'base_rate'"):
        wf.values(scored(twenty()), "base_rate", by="sex")


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"by": None}, "A comparison needs groups"),
        ({"by": "sex", "reference": "mne"}, "No group of sex is called 'mne'"),
        ({"by": "sex", "reference": "the rest"}, "with one level"),
        ({"by": "sex", "reference": "the highest"}, "with one level"),
        ({"by": "place"}, "Group place declares no reference"),
    ],
)
def test_a_comparison_that_can_t_be_made_says_why_on_one_line(how, says):
    frame = twenty().assign(place=["here", "there"] * 20)
    case = scored(frame, {"sex": {"reference": "men"}, "place": {}})
    with pytest.raises(wf.AuditError, match=says) as problem:
        wf.gaps(case, "auc", by=how.pop("by"), **how)
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize("special", ["the rest", "the highest"])
def test_a_declared_reference_that_is_no_level_is_listed_and_the_audit_goes_on(special):
    done = wf.audit(scored(twenty(), {"sex": {"reference": special}}))
    assert any(u.measure == "auc" and "with one level" in u.why for u in done.cannot_test)
    assert any(r.measure == "auc" and r.by == ("sex",) for r in done.results)


# --- judged on the tolerance that is meant


def test_a_ratio_as_tolerance_of_an_area_is_refused_in_one_line():
    with pytest.raises(wf.AuditError, match="auc is judged on a gap") as problem:
        wf.audit(scored(twenty(), tolerance={"auc": {"ratio": 0.8}}))
    assert "\n" not in str(problem.value)


def test_the_default_tolerance_is_for_shares_and_not_for_slopes():
    done = wf.audit(scored(drawn(900, 17), tolerance={"default": {"gap": 0.05}}))
    assert {f.tolerance for f in done.findings if f.measure == "auc"} == {0.05}
    assert not [f for f in done.findings if f.measure in ("calibration_slope", "brier_score")]
    slope = next(r for r in done.results if r.measure == "calibration_slope" and r.kind == "gap")
    assert slope.tolerance is None


def test_a_slope_is_judged_on_a_tolerance_of_its_own():
    frame = pd.concat([
        ranked("women", (20, 40, 60, 80), (80, 60, 40, 20), 4),
        ranked("men", (40, 45, 55, 60), (60, 55, 45, 40), 4),
    ])  # fmt: skip
    done = wf.audit(scored(frame, tolerance={"calibration_slope": {"gap": 0.2}}))
    (finding,) = [f for f in done.findings if f.measure == "calibration_slope"]
    assert (finding.answer, finding.tolerance) == ("raised", 0.2)
    assert "beyond the declared tolerance (0.2)" in finding.says
    assert "higher" in finding.says


def test_a_default_ratio_is_not_meant_for_values_and_the_finding_says_so():
    done = wf.audit(scored(twenty(4), tolerance={"default": {"ratio": 0.8}}))
    (finding,) = [f for f in done.findings if f.measure == "auc"]
    assert finding.answer == "cannot tell"
    assert "no tolerance was declared for this measure" in finding.says


@pytest.mark.parametrize(
    ("times", "tolerance", "answer"),
    [(40, 0.05, "raised"), (40, 0.9, "clear"), (3, 0.2, "cannot tell")],
)
def test_a_difference_of_areas_is_raised_clear_or_can_t_be_told(times, tolerance, answer):
    case = scored(twenty(times), tolerance={"auc": {"gap": tolerance}})
    (finding,) = review([verb(case, "auc", by="sex") for verb in (wf.values, wf.gaps)])
    assert finding.answer == answer


def test_the_p_of_a_difference_turns_where_the_printed_interval_reaches_the_tolerance():
    gap, _ = row(wf.gaps(scored(twenty(8)), "auc", by="sex"), "women")
    for edge, raised in ((gap["low"] - 1e-6, True), (gap["low"] + 1e-6, False)):
        case = scored(twenty(8), tolerance={"auc": {"gap": float(edge)}})
        (finding,) = review([wf.gaps(case, "auc", by="sex")])
        assert (finding.answer == "raised") == raised


# --- told in words


def test_a_difference_of_areas_is_told_as_pairs_of_people():
    words = {"outcome": "stayed unemployed", "no_outcome": "found work"}
    case = scored(twenty(20), words=words, tolerance={"auc": {"gap": 0.1}})
    (finding,) = review([verb(case, "auc", by="sex") for verb in (wf.values, wf.gaps)])
    assert finding.says.startswith(
        "Paired at random, women who stayed unemployed have a higher score than women who found work "
        "in 75.0 of 100 pairs; men, in 50.0: 25.0 more, 95 % interval "
    )
    assert "(n = 400 and 400). Raised: beyond the declared tolerance (10 in 100)." in finding.says


def test_where_the_score_says_just_what_came_true_nobody_is_said_to_be_more_or_fewer():
    women = ranked("women", (4, 0, 12, 0), (16, 0, 8, 0), 10)
    men = ranked("men", (10, 0, 12, 0), (10, 0, 8, 0), 10)
    case = scored(pd.concat([women, men]), tolerance={"default": {"gap": 0.05}})
    both = [verb(case, "calibration_in_the_large", by="sex") for verb in (wf.values, wf.gaps)]
    (finding,) = review(both)
    assert "no difference" not in finding.says
    assert "as many" in finding.says


def test_a_finding_told_without_its_values_has_no_hole():
    case = scored(twenty(20), tolerance={"auc": {"gap": 0.1}})
    (finding,) = review([wf.gaps(case, "auc", by="sex")])
    assert "nan" not in finding.says
    assert "25.0 more" in finding.says


def test_a_finding_that_can_t_be_told_names_the_time_it_is_about():
    case = spells(pd.concat([eight(times=1), eight("men")]), tolerance={"default": {"gap": 0.05}})
    both = [verb(case, "share_without_event", by="sex") for verb in (wf.values, wf.gaps)]
    first, second = review(both)
    assert "time to work, at 7" in first.says
    assert "time to work, at 8" in second.says
    assert "fewer than 10" in first.says


# --- the same people, told otherwise


def test_the_order_of_rows_and_the_format_change_no_number(tmp_path):
    frame = drawn(500, 18)
    frame.sample(frac=1, random_state=3).to_csv(tmp_path / "people.csv", index=False)
    frame.sample(frac=1, random_state=4).to_parquet(tmp_path / "people.parquet")
    first = scored(frame, roles=SEVERAL)
    for name in ("people.csv", "people.parquet"):
        again = scored(tmp_path / name, roles=SEVERAL)
        for measure in BOTH:
            tables = [wf.gaps(case, measure, by="sex").table for case in (first, again)]
            pd.testing.assert_frame_equal(*tables, check_exact=True)


def test_other_groups_beside_change_no_number():
    frame = drawn(500, 19)
    alone = wf.values(scored(frame), "auc", by="sex").table
    beside = wf.values(scored(frame.replace("others", "women")), "auc", by="sex").table
    men = [t[t["group"] == "men"].to_dict("records") for t in (alone, beside)]
    assert men[0] == men[1]


# --- the report


def full(**declared):
    """A case that has it all: a score, an outcome, times, a group too small to compare."""
    frame = drawn(900, 20)
    few = frame["sex"].eq("others") & (np.arange(900) % 12 > 0)
    roles = SEVERAL | declared.pop("roles", {})
    return scored(frame[~few], roles=roles, tolerance={"default": {"gap": 0.05}}, **declared)


@pytest.mark.parametrize("roles", [{}, {"cluster": "office"}])
def test_the_report_of_a_case_with_values_shows_them_and_has_no_hole(roles, tmp_path):
    done = wf.audit(full(roles=roles))
    text = done.report(tmp_path / "report").read_text(encoding="utf-8")
    for measure in BOTH:
        assert f'id="{measure}"' in text
    assert ">nan" not in text.lower()
    assert "nan " not in text.lower()
    told = json.loads((tmp_path / "report" / "results.json").read_text(encoding="utf-8"))
    values = [r for r in told["results"] if r["measure"] in STATISTICS]
    assert {r["kind"] for r in values} == {"value", "gap"}
    for result in values:
        for line in result["rows"]:
            assert {"n", "estimate", "low", "high"} <= set(line)
            assert line["note"] or None not in (line["estimate"], line["low"], line["high"])


def test_every_number_is_a_row_with_n_and_an_interval_or_a_reason():
    for result in wf.audit(full()).results:
        if result.measure in STATISTICS:
            lines = result.table[result.table["note"] != "compared with itself"]
            bare = lines["estimate"].notna() & (lines["low"].isna() | lines["high"].isna())
            assert not bare.any()
            assert (lines["note"].ne("") | lines["low"].notna()).all()
            inside = lines.dropna(subset=["estimate"])
            assert (inside["low"] <= inside["estimate"]).all()
            assert (inside["estimate"] <= inside["high"]).all()


def test_a_result_of_values_draws_itself_with_its_numbers():
    for measure in ("auc", "brier_score", "restricted_mean_time"):
        figure = wf.gaps(full(), measure, by="sex").plot()
        assert "women" in figure.alt
        assert "nan" not in figure.alt


def test_longer_horizons_leave_fewer_people_without_it():
    found = wf.values(full(), "share_without_event", by="sex").table
    for _, mine in found.groupby("group"):
        assert all(a >= b for a, b in pairwise(mine["estimate"].dropna()))

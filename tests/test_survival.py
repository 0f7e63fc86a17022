"""How long until something happens: hand counts, R's survival package, laws, and coverage."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from wfaudit.estimators.survival import (
    kaplan_meier,
    mean_gap,
    mean_time,
    share_gap,
    share_without,
    time_until,
)

R = json.loads((Path(__file__).parent / "oracles" / "survival.json").read_text(encoding="utf-8"))[
    "values"
]
SETS = ["lung", "lung_men", "lung_women", "veteran", "aml", "freireich"]


def curve_of(name):
    return kaplan_meier(*(R[f"{name}.{part}"] for part in ("time", "events", "censored")))


def listed(name, what):
    return np.atleast_1d(np.array(R[f"{name}.{what}"], float))


# Counted by hand ------------------------------------------------------------------------------


def test_ten_job_seekers_are_followed_by_hand():
    # week 1: 2 of 10 find a job; week 2: 3 of 8, then 2 move away; week 3: none of 3, all still there
    curve = kaplan_meier([1, 2, 3], events=[2, 3, 0], censored=[0, 2, 3])
    assert curve.at_risk.tolist() == [10, 8, 3]
    assert curve.share.tolist() == pytest.approx([8 / 10, 8 / 10 * 5 / 8, 8 / 10 * 5 / 8])
    assert curve.spread.tolist() == pytest.approx([2 / 80, 2 / 80 + 3 / 40, 2 / 80 + 3 / 40])
    assert mean_time(curve, 3).estimate == pytest.approx(1 + 0.8 + 0.5)
    assert time_until(curve).estimate == 2


def test_the_standard_error_of_a_mean_time_by_hand():
    # 40 people: 20 leave at 1, 10 at 2, none before 3. Areas still to come: 0.5 + 0.25, 0.25.
    curve = kaplan_meier([1, 2, 3], events=[20, 10, 0], censored=[0, 0, 10])
    got = mean_time(curve, 3)
    assert got.estimate == pytest.approx(1.75)
    variance = 0.75**2 * 20 / (40 * 20) + 0.25**2 * 10 / (20 * 10)
    assert got.se == pytest.approx(np.sqrt(variance))


def test_someone_censored_in_the_week_of_an_event_was_there_when_it_happened():
    curve = kaplan_meier([4], events=[1], censored=[9])
    assert curve.share.tolist() == [0.9]


def test_times_may_come_in_any_order():
    one = kaplan_meier([1, 2, 3], [2, 3, 0], [0, 2, 3])
    other = kaplan_meier([3, 1, 2], [0, 2, 3], [3, 0, 2])
    assert one.share.tolist() == other.share.tolist()


# R's survival package -------------------------------------------------------------------------


@pytest.mark.parametrize("name", SETS)
def test_the_curve_is_that_of_r(name):
    curve = curve_of(name)
    assert curve.at_risk.tolist() == listed(name, "n_risk").tolist()
    np.testing.assert_allclose(curve.share, listed(name, "surv"), rtol=1e-10)
    inside = curve.share > 0
    se = curve.share[inside] * np.sqrt(curve.spread[inside])
    np.testing.assert_allclose(se, listed(name, "std_err")[inside], rtol=1e-10)


@pytest.mark.parametrize("name", SETS)
def test_shares_and_their_limits_at_a_horizon_are_those_of_r(name):
    curve, told = curve_of(name), 0
    for at, horizon in enumerate(listed(name, "horizons")):
        got = share_without(curve, horizon)
        assert got.estimate == pytest.approx(listed(name, "at_surv")[at], rel=1e-10)
        if got.note == "":
            theirs = [listed(name, part)[at] for part in ("at_se", "at_low", "at_high")]
            np.testing.assert_allclose([got.se, got.low, got.high], theirs, rtol=1e-10)
            told += 1
    assert told == {"aml": 2, "freireich": 0}.get(name, len(listed(name, "horizons")))


@pytest.mark.parametrize("name", SETS)
def test_mean_times_and_their_errors_are_those_of_r(name):
    curve, told = curve_of(name), 0
    for at, horizon in enumerate(listed(name, "horizons")):
        got = mean_time(curve, horizon)
        assert got.estimate == pytest.approx(listed(name, "mean")[at], rel=1e-10)
        if got.note == "":
            assert got.se == pytest.approx(listed(name, "mean_se")[at], rel=1e-10)
            told += 1
    assert told == {"aml": 2, "freireich": 0}.get(name, len(listed(name, "horizons")))


@pytest.mark.parametrize("name", [name for name in SETS if name != "freireich"])
def test_medians_and_other_quantiles_and_their_limits_are_those_of_r(name):
    curve = curve_of(name)
    for at, share in enumerate(listed(name, "quantiles")):
        got = time_until(curve, share)
        theirs = [listed(name, f"time_until{part}")[at] for part in ("", "_low", "_high")]
        assert [got.estimate, got.low, got.high] == theirs


def test_women_and_men_with_lung_cancer_differ_as_in_r():
    women, men = curve_of("lung_women"), curve_of("lung_men")
    for at, horizon in enumerate(listed("lung_women", "horizons")):
        for kind, method in (("share", share_gap), ("mean", mean_gap)):
            got = method(women, men, horizon)
            theirs = [
                listed("lung_sex", f"{kind}_{part}")[at] for part in ("gap", "se", "low", "high")
            ]
            np.testing.assert_allclose(
                [got.estimate, got.se, got.low, got.high], theirs, rtol=1e-10
            )


# statsmodels ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_two_hundred_invented_spells_have_the_curve_of_statsmodels(seed):
    rng = np.random.default_rng(seed)
    time, event = rng.integers(1, 40, 200), rng.random(200) < 0.6
    grid = np.arange(1, 40)
    counts = [np.bincount(time[who], minlength=40)[1:] for who in (event, ~event)]
    curve, theirs = kaplan_meier(grid, *counts), SurvfuncRight(time, event)
    at = np.searchsorted(grid, theirs.surv_times)
    np.testing.assert_allclose(curve.share[at], theirs.surv_prob, rtol=1e-10)
    some = theirs.surv_prob > 0
    se = curve.share[at][some] * np.sqrt(curve.spread[at][some])
    np.testing.assert_allclose(se, theirs.surv_prob_se[some], rtol=1e-10)


# Laws -----------------------------------------------------------------------------------------

laws = settings(max_examples=100, deadline=None)
counts = st.lists(st.integers(0, 30), min_size=6, max_size=6)
TIME = [1, 2, 4, 7, 8, 12]


@given(events=counts, censored=counts)
@laws
def test_the_share_lies_between_all_censored_had_it_at_once_and_none_ever_had_it(events, censored):
    events, censored = np.array(events, float), np.array(censored, float)
    curve = kaplan_meier(TIME, events, censored)
    everybody = events.sum() + censored.sum()
    if everybody == 0:
        assert np.isnan(curve.share).all()
        return
    never = 1 - np.cumsum(events) / everybody
    at_once = 1 - np.cumsum(events + censored) / everybody
    assert (at_once <= curve.share + 1e-12).all()
    assert (curve.share <= never + 1e-12).all()


@given(events=counts, censored=counts, where=st.integers(0, 5), more=st.integers(1, 50))
@laws
def test_people_censored_before_anything_happened_change_no_share(events, censored, where, more):
    first = np.argmax(np.array(events) > 0) if any(events) else 6
    if where >= first:
        where = 0
    if where >= first:
        return
    added = np.array(censored) + more * (np.arange(6) == where)
    one, other = (kaplan_meier(TIME, events, c) for c in (censored, added))
    keep = slice(first, None)
    np.testing.assert_array_equal(one.share[keep], other.share[keep])
    assert other.at_risk[0] == one.at_risk[0] + more


@given(events=counts)
@laws
def test_without_censoring_the_share_is_a_plain_share_and_the_mean_a_plain_mean(events):
    events = np.array([*events[:-1], events[-1] + 40], float)
    curve, n = kaplan_meier(TIME, events, np.zeros(6)), events.sum()
    people = np.repeat(TIME, events.astype(int))
    for horizon in (3, 7, 11):
        p = (people > horizon).mean()
        got = share_without(curve, horizon)
        assert got.estimate == pytest.approx(p, abs=1e-12)
        if got.note == "":
            assert got.se == pytest.approx(np.sqrt(p * (1 - p) / n), rel=1e-9)
        short = np.minimum(people, horizon)
        mean = mean_time(curve, horizon)
        assert mean.estimate == pytest.approx(short.mean(), rel=1e-12)
        if mean.note == "":
            assert mean.se == pytest.approx(short.std() / np.sqrt(n), rel=1e-9)


@given(events=counts, censored=counts, horizon=st.integers(0, 14), level=st.floats(0.5, 0.999))
@laws
def test_limits_hold_the_estimate_stay_in_range_and_are_never_a_point(
    events, censored, horizon, level
):
    curve = kaplan_meier(TIME, events, censored)
    for got, top in (
        (share_without(curve, horizon, level), 1),
        (mean_time(curve, horizon, level), horizon),
    ):
        assert np.isnan(got.low) == (got.note != "") == np.isnan(got.se)
        if got.note == "":
            assert 0 <= got.low < got.estimate < got.high <= top
    median = time_until(curve, 0.5, level)
    assert not median.low > median.estimate
    assert not median.estimate > median.high


@given(events=counts, censored=counts, times=st.integers(2, 9))
@laws
def test_counting_everybody_several_times_changes_no_share_and_shrinks_the_error(
    events, censored, times
):
    once = kaplan_meier(TIME, events, censored)
    often = kaplan_meier(TIME, times * np.array(events), times * np.array(censored))
    np.testing.assert_allclose(often.share, once.share, rtol=1e-12)
    inside = once.share > 0
    np.testing.assert_allclose(often.spread[inside], once.spread[inside] / times, rtol=1e-12)


def test_groups_counted_together_are_each_as_if_alone_and_an_empty_one_says_so():
    events = np.array([[20, 5, 30], [0, 0, 0], [1, 2, 3], [0, 0, 0]])
    censored = np.array([[3, 3, 9], [0, 0, 0], [0, 5, 5], [2, 4, 9]])
    together = kaplan_meier([1, 2, 5], events, censored)
    for method in (lambda c: share_without(c, 2), lambda c: mean_time(c, 4), time_until):
        got = method(together)
        alone = [
            method(kaplan_meier([1, 2, 5], e, c)) for e, c in zip(events, censored, strict=True)
        ]
        for part in ("estimate", "se", "low", "high", "note"):
            expected = [getattr(one, part) for one in alone]
            np.testing.assert_array_equal(getattr(got, part), expected)
    assert share_without(together, 2).note.tolist() == [
        "",
        "nobody to count",
        "3 events by 2: fewer than 10, no interval",
        "all are censored: no interval",
    ]


def test_swapping_the_groups_flips_the_difference():
    women, men = curve_of("lung_women"), curve_of("lung_men")
    for method in (share_gap, mean_gap):
        one, other = method(women, men, 365), method(men, women, 365)
        assert (one.estimate, one.low, one.high) == (-other.estimate, -other.high, -other.low)


# What can't be known --------------------------------------------------------------------------


def test_where_nobody_was_followed_that_long_there_is_no_number():
    curve = kaplan_meier([10, 20], events=[15, 15], censored=[30, 5])
    assert share_without(curve, 20).note == ""
    for method in (share_without, mean_time):
        got = method(curve, 26)
        assert got.note == "nobody was followed until 26: no number"
        assert np.isnan([got.estimate, got.se, got.low, got.high]).all()


def test_where_all_have_found_a_job_nobody_needs_to_be_followed():
    curve = kaplan_meier([10, 20], events=[15, 15], censored=[30, 0])
    got = share_without(curve, 26)
    assert (got.estimate, got.note) == (0, "all had the event by 26: no interval")
    assert np.isnan([got.se, got.low, got.high]).all()
    assert mean_time(curve, 26).note == ""


def test_all_censored_gives_the_share_without_limits():
    curve = kaplan_meier([10, 20], events=[0, 0], censored=[30, 20])
    got = share_without(curve, 15)
    assert (got.estimate, got.note) == (1, "all are censored: no interval")
    assert np.isnan([got.se, got.low, got.high]).all()
    assert mean_time(curve, 15).note == "all are censored: no interval"
    assert time_until(curve).note == "0 events: fewer than 10, no interval"
    assert np.isnan(time_until(curve).estimate)


def test_fewer_than_ten_events_give_no_limits_and_no_gap_limits():
    few = kaplan_meier([1, 2], events=[1, 8], censored=[0, 90])
    many = kaplan_meier([1, 2], events=[20, 30], censored=[0, 50])
    assert share_without(few, 1).note == "1 event by 1: fewer than 10, no interval"
    assert share_without(few, 2).note == "9 events by 2: fewer than 10, no interval"
    for one, other, note in (
        (few, many, "9 events by 2: fewer than 10, no interval"),
        (many, few, "reference: 9 events by 2: fewer than 10, no interval"),
    ):
        got = share_gap(one, other, 2)
        assert np.isnan([got.se, got.low, got.high]).all()
        assert got.note == note
        assert abs(got.estimate) == pytest.approx(90 / 99 - 0.5)


def test_events_after_the_horizon_lend_no_interval_to_it():
    curve = kaplan_meier([1, 2, 3], events=[0, 3, 60], censored=[0, 0, 40])
    assert share_without(curve, 1).note == "no event by 1: no interval"
    assert share_without(curve, 2).note == "3 events by 2: fewer than 10, no interval"
    assert mean_time(curve, 3).note == "3 events before 3: fewer than 10, no interval"


def test_a_median_that_is_not_reached_has_a_lower_limit_or_none_but_no_number():
    curve = kaplan_meier([1, 2, 3], events=[20, 20, 6], censored=[0, 0, 54])
    got = time_until(curve)
    assert got.note == "not reached by the last time followed"
    assert np.isnan(got.estimate)
    assert (got.low, got.high) == (2, np.inf)
    got = time_until(curve, 0.9)
    assert np.isnan([got.estimate, got.low]).all()


def test_counts_that_are_missing_or_negative_give_no_number():
    for events in ([np.nan, 20], [-1, 20]):
        curve = kaplan_meier([1, 2], events, [0, 20])
        for got in (share_without(curve, 1), mean_time(curve, 2), time_until(curve)):
            assert got.note == "counts are missing"
            assert np.isnan([got.estimate, got.se, got.low, got.high]).all()


# Coverage -------------------------------------------------------------------------------------


def invented(rng, people, draws, leaves):
    """Weekly chances of a job and of moving away (0.02); at week 52 the study ends."""
    job = rng.geometric(leaves, (draws, people))
    away = np.minimum(rng.geometric(0.02, (draws, people)), 52)
    week, found = np.minimum(job, away), job <= away
    place = week - 1 + 52 * np.arange(draws)[:, None]
    both = [np.bincount(place[who], minlength=52 * draws) for who in (found, ~found)]
    return kaplan_meier(np.arange(1, 53), *(x.reshape(draws, 52) for x in both))


def held(got, truth):
    told = got.note == ""
    return ((got.low <= truth) & (truth <= got.high))[told].mean(), told.mean()


@pytest.mark.parametrize(("people", "leaves"), [(50, 0.02), (100, 0.05), (400, 0.03)])
def test_limits_hold_the_truth_in_nineteen_of_twenty_studies(people, leaves):
    draws, horizon = 2000, 40
    rng = np.random.default_rng(people)
    one, other = (invented(rng, people, draws, chance) for chance in (leaves, leaves * 1.4))
    share = [(1 - chance) ** horizon for chance in (leaves, leaves * 1.4)]
    mean = [(1 - (1 - chance) ** horizon) / chance for chance in (leaves, leaves * 1.4)]
    error = np.sqrt(0.05 * 0.95 / draws)
    for got, truth in (
        (share_without(one, horizon), share[0]),
        (mean_time(one, horizon), mean[0]),
        (share_gap(one, other, horizon), share[0] - share[1]),
        (mean_gap(one, other, horizon), mean[0] - mean[1]),
    ):
        covered, told = held(got, truth)
        assert told > 0.85
        assert 0.935 - 3 * error < covered < 0.965 + 3 * error
    median = np.ceil(np.log(0.5) / np.log(1 - leaves))
    covered, told = held(time_until(one), median)
    assert told > 0.85
    assert covered > 0.95 - 3 * error

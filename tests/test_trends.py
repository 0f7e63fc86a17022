"""Shares over periods: hand counts, R, every deal of cases enumerated, laws, and coverage."""

import itertools
import json
import time
from math import comb
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from wfaudit.estimators.intervals import newcombe
from wfaudit.estimators.trends import (
    largest_break,
    level_shift,
    logit_slope,
    slope,
    slope_gap,
    split,
    trend_test,
)

R = json.loads((Path(__file__).parent / "oracles" / "trends.json").read_text(encoding="utf-8"))[
    "values"
]
SETS = ["smokers", "infants", "quarters", "falling", "rare", "uneven"]
EACH = pytest.mark.parametrize("name", SETS)


def counts_of(name):
    return tuple(np.array(R[f"{name}.{part}"], float) for part in ("k", "n", "when"))


# Counted by hand ------------------------------------------------------------------------------


def test_a_falling_share_by_hand():
    # 30, 20, 10 of 100: share .2; time -1, 0, 1; sum of time x k = -20; variance .2 x .8 x 200
    z, p = trend_test([30, 20, 10], [100, 100, 100])
    assert z == pytest.approx(-20 / np.sqrt(32))
    assert p == pytest.approx(0.000406952, rel=1e-5)
    got = slope([30, 20, 10], [100, 100, 100])
    assert got.estimate == pytest.approx(-0.1)
    # on the line .3 and .1; with one person more at .2 they are 30.2 / 101 and 10.2 / 101
    late, early = 30.2 / 101, 10.2 / 101
    assert got.se == pytest.approx(np.sqrt(100 * (late * (1 - late) + early * (1 - early))) / 200)


def test_two_periods_have_the_slope_of_their_difference():
    assert slope([10, 25], [50, 100], [3, 5]).estimate == pytest.approx((0.25 - 0.2) / 2)
    got = logit_slope([10, 25], [50, 100], [3, 5])
    odds_ratio = (25 / 75) / (10 / 40)
    assert got.estimate == pytest.approx(np.log(odds_ratio) / 2, rel=1e-12)
    assert got.se == pytest.approx(np.sqrt(1 / 25 + 1 / 75 + 1 / 10 + 1 / 40) / 2, rel=1e-12)


def test_counts_before_and_after_a_declared_date_are_added_up():
    parts = split([30, 28, 45, 44], [100, 90, 110, 100], at=2)
    assert [float(part) for part in parts] == [89, 210, 58, 190]
    low, _ = newcombe(*parts)
    assert low > 0


def test_the_largest_break_is_where_the_shares_differ_most():
    got = largest_break([2, 2, 9, 8], [10, 10, 10, 10])
    # 4 of 20 against 17 of 20: 40 x (4 x 3 - 17 x 16)^2 / (20 x 20 x 21 x 19)
    assert got.at == 2
    assert got.chi_square == pytest.approx(40 * 260**2 / (400 * 21 * 19))


# R --------------------------------------------------------------------------------------------


@EACH
def test_the_trend_test_is_that_of_r(name):
    z, p = trend_test(*counts_of(name))
    assert z**2 == pytest.approx(R[f"{name}.trend_chi_square"], rel=1e-10)
    assert p == pytest.approx(R[f"{name}.trend_p"], rel=1e-10)


def test_the_trend_of_malformations_is_the_one_in_agresti():
    z, _ = trend_test(*counts_of("infants"))
    assert round(float(z**2), 2) == 6.57


@EACH
def test_slopes_and_their_errors_are_those_of_r(name):
    for method, part in ((slope, "slope"), (logit_slope, "logit_slope")):
        got = method(*counts_of(name))
        assert got.note == ""
        assert got.estimate == pytest.approx(R[f"{name}.{part}"], rel=1e-10)
        assert got.se == pytest.approx(R[f"{name}.{part}_se"], rel=1e-10)


@EACH
def test_a_jump_beside_a_trend_is_that_of_r(name):
    k, n, when = counts_of(name)
    got = level_shift(k, n, R[f"{name}.at"], when)
    assert got.note == ""
    assert got.estimate == pytest.approx(R[f"{name}.shift"], rel=1e-9)
    assert got.se == pytest.approx(R[f"{name}.shift_se"], rel=1e-9)


@EACH
def test_the_largest_break_and_its_chance_are_those_of_r(name):
    got = largest_break(*counts_of(name)[:2])
    assert got.at == R[f"{name}.break_at"]
    assert got.chi_square == pytest.approx(R[f"{name}.break_chi_square"], rel=1e-10)
    assert got.p == pytest.approx(R[f"{name}.break_p"], rel=1e-8, abs=1e-12)


def test_the_difference_of_two_regions_slopes_is_the_interaction_in_r():
    one = logit_slope(*counts_of("quarters")[:2])
    other = logit_slope(*(part[:8] for part in counts_of("falling")[:2]))
    got = slope_gap(one, other)
    assert got.estimate == pytest.approx(R["regions.gap"], rel=1e-10)
    assert got.se == pytest.approx(R["regions.se"], rel=1e-10)


# The chance of a break ------------------------------------------------------------------------


def largest(k, n):
    """The largest chi-square of any split, straight from its table."""
    found = []
    for j in range(1, len(n)):
        table = np.array([[sum(k[:j]), sum(n[:j])], [sum(k[j:]), sum(n[j:])]], float)
        (a, m), (b, r) = table
        if m and r:
            share = (a + b) / (m + r)
            found.append((a / m - b / r) ** 2 / (share * (1 - share) * (1 / m + 1 / r)))
    return max(found)


@pytest.mark.parametrize(
    ("k", "n"),
    [
        ([1, 0, 3, 4], [5, 4, 6, 5]),
        ([2, 2, 2], [7, 8, 9]),
        ([1, 0, 2, 0, 4], [3, 0, 4, 3, 5]),
        ([5, 1, 1], [6, 6, 6]),
        ([0, 0, 1, 0, 2, 2], [3, 4, 2, 3, 4, 2]),
    ],
)
def test_the_chance_of_a_break_is_the_share_of_all_deals_with_one_as_large(k, n):
    bound, hit = largest(k, n) * (1 - 1e-9), 0
    for deal in itertools.product(*(range(people + 1) for people in n)):
        if sum(deal) == sum(k) and largest(deal, n) >= bound:
            hit += np.prod([comb(people, cases) for people, cases in zip(n, deal, strict=True)])
    assert largest_break(k, n).p == pytest.approx(hit / comb(sum(n), sum(k)), rel=1e-10)


def test_with_two_periods_the_chance_of_a_break_is_that_of_one_table():
    n, cases = (30, 45), 25
    dealt = np.arange(0, 26)
    for first in (5, 10, 14):
        chi = [largest((a, cases - a), n) for a in dealt]
        as_large = np.array(chi) >= chi[first] * (1 - 1e-9)
        expected = hypergeom(75, cases, 30).pmf(dealt)[as_large].sum()
        got = largest_break([first, cases - first], n)
        assert got.p == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_chance_of_a_break_is_that_of_deals_drawn(seed):
    rng, n, draws = np.random.default_rng(seed), np.array([300, 20, 500, 90, 400, 250]), 20_000
    k = rng.binomial(n, 0.2)
    got = largest_break(k, n)
    deals = rng.multivariate_hypergeometric(n, k.sum(), size=draws, method="marginals")
    before, people = np.cumsum(deals, axis=1)[:, :-1], np.cumsum(n)[:-1]
    share = k.sum() / n.sum()
    gaps = before / people - (k.sum() - before) / (n.sum() - people)
    spread = share * (1 - share) * (1 / people + 1 / (n.sum() - people))
    hit = ((gaps**2 / spread).max(axis=1) >= got.chi_square * (1 - 1e-9)).mean()
    assert got.p == pytest.approx(hit, abs=3.5 * 0.5 / np.sqrt(draws))


def test_large_counts_give_the_same_chance_through_the_fast_transform(monkeypatch):
    k, n = [3000, 3050, 3120, 2990], [10_000, 10_100, 10_050, 9_900]
    direct = largest_break(k, n)
    monkeypatch.setattr("wfaudit.estimators.trends._DIRECT", 0)
    assert largest_break(k, n).p == pytest.approx(float(direct.p), rel=1e-9)


def test_a_hundred_million_people_in_ten_years_of_months_take_under_ten_seconds():
    rng, n = np.random.default_rng(4), np.full(120, 10**6)
    started = time.perf_counter()
    got = largest_break(rng.binomial(n, 0.3), n)
    assert 0 < got.p < 1
    assert time.perf_counter() - started < 10


def test_without_a_break_one_report_in_twenty_at_most_finds_one_and_the_naive_test_far_more():
    rng, n, draws = np.random.default_rng(5), np.array([40, 60, 50, 80, 30, 55, 45, 70]), 1500
    found = [largest_break(rng.binomial(n, 0.15), n) for _ in range(draws)]
    error = np.sqrt(0.05 * 0.95 / draws)
    share = np.mean([got.p <= 0.05 for got in found])
    assert 0.05 - 4 * error < share < 0.05 + 3 * error
    assert np.mean([got.chi_square > 3.841 for got in found]) > 0.2


def test_a_planted_break_is_found_and_dated():
    rng, n = np.random.default_rng(6), np.full(12, 400)
    share = np.where(np.arange(12) >= 7, 0.30, 0.22)
    found = [largest_break(rng.binomial(n, share), n) for _ in range(200)]
    assert np.mean([got.p <= 0.05 for got in found]) > 0.95
    assert np.mean([abs(int(got.at) - 7) <= 1 for got in found]) > 0.8


def test_a_steady_trend_is_no_jump_though_it_is_a_difference_between_before_and_after():
    rng, n, when = np.random.default_rng(7), np.full(12, 400), np.arange(12)
    share = 0.2 + 0.015 * when
    draws = [rng.binomial(n, share) for _ in range(400)]
    assert np.mean([largest_break(k, n).p <= 0.05 for k in draws]) > 0.9
    jumps = level_shift(np.array(draws), n, 6)
    assert np.mean((jumps.low > 0) | (jumps.high < 0)) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


# Laws -----------------------------------------------------------------------------------------

periods = st.lists(
    st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=2,
    max_size=8,
)
laws = settings(max_examples=150, deadline=None)
SLOPES = pytest.mark.parametrize("method", [slope, logit_slope, lambda k, n: level_shift(k, n, 1)])


@SLOPES
@given(counted=periods)
@laws
def test_counting_those_not_flagged_turns_every_slope_round(method, counted):
    k, n = np.array(counted, float).T
    one, other = method(k, n), method(n - k, n)
    np.testing.assert_allclose(one.estimate, -other.estimate, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(one.se, other.se, rtol=1e-6)


@SLOPES
@given(counted=periods)
@laws
def test_a_slope_has_limits_around_it_or_a_note_that_says_why_not(method, counted):
    k, n = np.array(counted, float).T
    got = method(k, n)
    assert np.isnan(got.low) == np.isnan(got.high) == np.isnan(got.se) == (got.note != "")
    assert got.note != "" or got.low < got.estimate < got.high


@given(counted=periods, where=st.integers(0, 8))
@laws
def test_a_period_without_people_changes_nothing(counted, where):
    k, n = np.array(counted, float).T
    when = np.arange(len(k), dtype=float)
    where = min(where, len(k))
    wider = [np.insert(x, where, y) for x, y in ((k, 0), (n, 0), (when, where - 0.5))]
    np.testing.assert_allclose(trend_test(*wider), trend_test(k, n, when), rtol=1e-9, atol=1e-9)
    for method in (slope, logit_slope):
        one, other = method(*wider), method(k, n, when)
        assert one.note == other.note
        np.testing.assert_allclose(one.estimate, other.estimate, rtol=1e-6, atol=1e-9)
    one, other = largest_break(*wider[:2]), largest_break(k, n)
    np.testing.assert_allclose((one.chi_square, one.p), (other.chi_square, other.p), rtol=1e-9)


@given(counted=periods)
@laws
def test_turning_time_round_turns_the_trend_round_and_keeps_the_break(counted):
    k, n = np.array(counted, float).T
    z, p = trend_test(k, n)
    back_z, back_p = trend_test(k[::-1], n[::-1])
    np.testing.assert_allclose((z, p), (-back_z, back_p), rtol=1e-9, atol=1e-12)
    one, other = largest_break(k, n), largest_break(k[::-1], n[::-1])
    np.testing.assert_allclose((one.chi_square, one.p), (other.chi_square, other.p), rtol=1e-8)


@given(counted=periods)
@laws
def test_the_chance_of_a_break_is_a_chance_and_at_least_that_of_its_own_split(counted):
    k, n = np.array(counted, float).T
    got = largest_break(k, n)
    assert np.isnan(got.p) == (got.note != "")
    if got.note == "":
        alone = largest_break(*(np.array(x) for x in zip(*_halves(k, n, int(got.at)), strict=True)))
        assert 0 <= alone.p <= got.p + 1e-12 <= 1 + 2e-12


def _halves(k, n, at):
    return (k[:at].sum(), n[:at].sum()), (k[at:].sum(), n[at:].sum())


@pytest.mark.parametrize("method", [slope, logit_slope])
def test_measuring_time_in_quarters_instead_of_years_divides_the_slope_by_four(method):
    k, n, _ = counts_of("quarters")
    years, quarters = method(k, n, np.arange(8) / 4), method(k, n, np.arange(8))
    assert years.estimate == pytest.approx(4 * quarters.estimate, rel=1e-10)
    assert years.se == pytest.approx(4 * quarters.se, rel=1e-10)


def test_groups_counted_together_are_each_as_if_alone():
    k = np.array([[20, 30, 40], [0, 0, 0], [5, 1, 2], [50, 49, 0], [0, 0, 0]])
    n = np.array([[100, 90, 110], [0, 0, 0], [60, 60, 60], [50, 49, 20], [80, 80, 80]])
    methods = (slope, logit_slope, lambda k, n: level_shift(k, n, 1), largest_break)
    for method in methods:
        together, alone = method(k, n), [method(*each) for each in zip(k, n, strict=True)]
        for part in type(together).__slots__:
            np.testing.assert_array_equal(
                getattr(together, part), [getattr(one, part) for one in alone]
            )
    assert slope(k, n).note.tolist() == [
        "",
        "nobody to count",
        "8 counted: fewer than 10, no interval",
        "",
        "0 counted: fewer than 10, no interval",
    ]
    assert logit_slope(k, n).note[3] == "shares turn from none to all: no number"
    assert largest_break(k, n).note.tolist() == [
        "",
        "nobody to count",
        "",
        "",
        "all or none counted: no break",
    ]


# What can't be known --------------------------------------------------------------------------


def test_people_from_one_period_have_no_trend():
    k, n = [0, 30, 0], [0, 90, 0]
    assert np.isnan(trend_test(k, n)).all()
    for got in (slope(k, n), logit_slope(k, n), level_shift(k, n, 1)):
        assert got.note == "people in too few periods: no number"
        assert np.isnan(got.estimate)
    assert largest_break(k, n).note == "people in too few periods: no break"


def test_a_jump_needs_people_on_both_sides_and_three_periods():
    k, n = [20, 22, 30, 31], [90, 90, 90, 90]
    assert level_shift(k, n, 2).note == ""
    for at in (0, 4, 9):
        assert level_shift(k, n, at).note == "people in too few periods: no number"
    assert level_shift([20, 30], [90, 90], 1).note == "people in too few periods: no number"


def test_shares_that_turn_from_none_to_all_have_no_slope_on_the_odds():
    got = logit_slope([0, 0, 40, 40], [40, 40, 40, 40])
    assert got.note == "shares turn from none to all: no number"
    assert np.isnan([got.estimate, got.se]).all()
    got = level_shift([0, 0, 10, 12, 15], [40, 40, 40, 40, 40], 2)
    assert got.note == "shares turn from none to all: no number"


def test_counts_that_are_missing_or_make_no_sense_give_no_number():
    for k in ([np.nan, 20, 30], [-1, 20, 30], [120, 20, 30]):
        n = [100, 100, 100]
        assert np.isnan(trend_test(k, n)).all()
        for got in (slope(k, n), logit_slope(k, n), level_shift(k, n, 1), largest_break(k, n)):
            assert got.note == "counts are missing"


def test_few_cases_leave_a_slope_without_limits_and_so_the_difference():
    few, many = slope([2, 3, 1], [99, 99, 99]), slope([20, 30, 10], [99, 99, 99])
    assert few.note == "6 counted: fewer than 10, no interval"
    assert slope([97, 96, 98], [99, 99, 99]).note == "6 not counted: fewer than 10, no interval"
    assert np.isfinite(few.estimate)
    assert slope_gap(many, few).note == "reference: 6 counted: fewer than 10, no interval"
    assert np.isnan(slope_gap(many, few).low)


# Coverage -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("people", "start", "rise"), [(40, 0.2, 0.02), (200, 0.05, 0.005), (30, 0.5, -0.04)]
)
def test_limits_hold_the_true_slope_in_nineteen_of_twenty(people, start, rise):
    rng, draws, when = np.random.default_rng(people), 4000, np.arange(8)
    error = np.sqrt(0.05 * 0.95 / draws)
    got = slope(rng.binomial(people, start + rise * when, (draws, 8)), people)
    told = got.note == ""
    assert told.mean() > 0.95
    held = ((got.low <= rise) & (rise <= got.high))[told].mean()
    assert 0.94 - 3 * error < held < 0.96 + 3 * error
    log_odds = np.log(start / (1 - start)) + 4 * rise * when
    share = 1 / (1 + np.exp(-log_odds))
    k = rng.binomial(people, share, (draws, 8))
    for got, truth in ((logit_slope(k, people), 4 * rise), (level_shift(k, people, 4), 0.0)):
        told = got.note == ""
        assert told.mean() > 0.95
        held = ((got.low <= truth) & (truth <= got.high))[told].mean()
        assert 0.94 - 3 * error < held < 0.965 + 3 * error

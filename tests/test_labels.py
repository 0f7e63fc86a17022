"""Outcomes that some hide: every way to fill them in, laws, other intervals, and coverage."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri
from scipy.stats import multinomial

from wfaudit.estimators.intervals import newcombe, wilson
from wfaudit.estimators.labels import (
    error_bounds,
    gap_bounds,
    gap_interval,
    interval,
    pooled_bounds,
    rate_bounds,
)

R = json.loads((Path(__file__).parent / "oracles" / "labels.json").read_text(encoding="utf-8"))[
    "values"
]
GAMMAS = [1, 1.5, 3, 20, np.inf]


# Counted by hand ------------------------------------------------------------------------------


def test_thirty_of_a_hundred_with_fifty_unknown_by_hand():
    got = rate_bounds(30, 100, 50)
    assert (got.low, got.high) == (30 / 150, 80 / 150)
    assert (got.people_low, got.people_high) == pytest.approx((150, 150))
    # odds among the known 3/7; half of it 3/14, that is 3/17; twice it 6/7, that is 6/13
    got = rate_bounds(30, 100, 50, gamma=2)
    assert got.low == pytest.approx((30 + 50 * 3 / 17) / 150)
    assert got.high == pytest.approx((30 + 50 * 6 / 13) / 150)


def test_missed_people_by_hand():
    # not flagged: 20 became long-term unemployed, of 20 nobody knows; flagged: 40 and 30
    got = error_bounds(inside=[20, 60, 20], outside=[40, 30, 30])
    assert (got.low, got.high) == (20 / (20 + 40 + 30), (20 + 20) / (20 + 20 + 40))


def test_the_share_for_whom_flag_and_outcome_agree_by_hand():
    # flagged: 40 had it, 30 not, 30 unknown; not flagged: 60 had it not, 20 had it, 20 unknown
    got = pooled_bounds([40, 30, 30], [60, 20, 20])
    assert (got.low, got.high) == (100 / 200, 150 / 200)
    # odds twice those known: 8/3 of the flagged, 6 of the others; half: 2/3 and 3/2
    got = pooled_bounds([40, 30, 30], [60, 20, 20], gamma=2)
    assert got.high == pytest.approx((40 + 30 * 8 / 11 + 60 + 20 * 6 / 7) / 200)
    assert got.low == pytest.approx((40 + 30 * 2 / 5 + 60 + 20 * 3 / 5) / 200)


# Every way to fill in -------------------------------------------------------------------------


def test_the_bounds_of_a_rate_are_the_least_and_the_most_of_every_fill_in_of_twelve():
    for yes, no, unknown in itertools.product(range(13), repeat=3):
        everybody = yes + no + unknown
        if 0 < everybody <= 12:
            filled = [(yes + more) / everybody for more in range(unknown + 1)]
            got = rate_bounds(yes, yes + no, unknown)
            assert (got.low, got.high) == (min(filled), max(filled))


def test_the_bounds_of_an_error_rate_are_the_least_and_the_most_of_every_fill_in_of_twelve():
    tables = [t for t in itertools.product(range(5), repeat=6) if 0 < sum(t) <= 12]
    tables = np.array(tables)[:: 1 + len(tables) // 3000]
    got = error_bounds(tables[:, :3], tables[:, 3:])
    for (a, _, u, b, _, v), low, high in zip(tables, got.low, got.high, strict=True):
        ways = itertools.product(range(u + 1), range(v + 1))
        filled = [(a + x) / (a + x + b + y) for x, y in ways if a + x + b + y]
        assert (low, high) == pytest.approx((min(filled), max(filled))) if filled else np.isnan(low)


def test_the_bounds_over_two_parts_are_the_least_and_the_most_of_every_fill_in_of_twelve():
    tables = [t for t in itertools.product(range(5), repeat=6) if 0 < sum(t) <= 12]
    tables = np.array(tables)[:: 1 + len(tables) // 3000]
    got = pooled_bounds(tables[:, :3], tables[:, 3:])
    for table, low, high in zip(tables, got.low, got.high, strict=True):
        a, _, u, b, _, v = table
        filled = [(a + b + x + y) / table.sum() for x in range(u + 1) for y in range(v + 1)]
        assert (low, high) == pytest.approx((min(filled), max(filled)))


@pytest.mark.parametrize("gamma", [1.2, 2, 5])
def test_with_gamma_the_bounds_hold_just_the_fill_ins_whose_odds_are_that_near(gamma):
    for yes, no, unknown in [(3, 5, 4), (1, 6, 5), (6, 1, 5), (40, 60, 50), (2, 2, 8)]:
        got, odds = rate_bounds(yes, yes + no, unknown, gamma), yes / no
        share = np.linspace(0, 1, 100_001)[1:-1]
        near = share[np.abs(np.log(share / (1 - share) / odds)) <= np.log(gamma)]
        filled = (yes + unknown * near) / (yes + no + unknown)
        assert got.low <= filled.min() < got.low + 1e-4
        assert got.high - 1e-4 < filled.max() <= got.high


@pytest.mark.parametrize("gamma", [1.2, 2, 5])
def test_with_gamma_the_bounds_of_an_error_rate_hold_just_the_fill_ins_that_near(gamma):
    inside, outside = (20, 60, 20), (40, 30, 30)
    got, filled = error_bounds(inside, outside, gamma), []
    for yes, no, unknown in (inside, outside):
        share = np.linspace(0, 1, 4001)[1:-1]
        near = share[np.abs(np.log(share / (1 - share) / (yes / no))) <= np.log(gamma)]
        filled.append(yes + unknown * near)
    rate = filled[0][:, None] / (filled[0][:, None] + filled[1])
    assert got.low <= rate.min() < got.low + 1e-3
    assert got.high - 1e-3 < rate.max() <= got.high


@pytest.mark.parametrize("gamma", [1.2, 2, 5])
def test_with_gamma_every_part_is_held_to_its_own_odds(gamma):
    parts, filled = ((40, 30, 30), (60, 20, 20)), []
    got = pooled_bounds(*parts, gamma=gamma)
    for yes, no, unknown in parts:
        share = np.linspace(0, 1, 4001)[1:-1]
        near = share[np.abs(np.log(share / (1 - share) / (yes / no))) <= np.log(gamma)]
        filled.append(yes + unknown * near)
    rate = (filled[0][:, None] + filled[1]) / 200
    assert got.low <= rate.min() < got.low + 1e-3
    assert got.high - 1e-3 < rate.max() <= got.high


# R --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", range(6))
def test_bounds_the_people_they_rest_on_and_their_limits_are_those_of_r(at):
    yes, no, unknown = R["cases"][at]
    got = rate_bounds(yes, yes + no, unknown, R["gammas"])
    ours = np.transpose([got.low, got.high, got.people_low, got.people_high, *interval(got)])
    np.testing.assert_allclose(ours, R[f"case{at + 1}"], rtol=1e-9)
    got = rate_bounds(yes, yes + no, unknown)
    ours = [got.low, got.high, *interval(got)]
    np.testing.assert_allclose(ours, R[f"worst{at + 1}"], rtol=1e-10)


# Laws -----------------------------------------------------------------------------------------

some = st.integers(0, 300)
cells = st.tuples(some, some, some)
laws = settings(max_examples=200, deadline=None)


def rate_of(cells, gamma=np.inf):
    yes, no, unknown = cells
    return rate_bounds(yes, yes + no, unknown, gamma)


@given(cells=cells, other=cells)
@laws
def test_more_gamma_never_narrows_the_bounds_and_infinity_assumes_nothing(cells, other):
    pooled = pooled_bounds(cells, other, gamma=GAMMAS)
    for got in (rate_of(cells, GAMMAS), error_bounds(cells, other, GAMMAS), pooled):
        told = got.note == ""
        assert (np.diff(got.low[told]) <= 1e-12).all()
        assert (np.diff(got.high[told]) >= -1e-12).all()
        assert (got.low[told] <= got.high[told]).all()
        assert ((got.low[told] >= 0) & (got.high[told] <= 1)).all()


@given(yes=st.integers(1, 300), no=some, unknown=some)
@laws
def test_gamma_1_takes_the_unknown_to_be_like_the_known(yes, no, unknown):
    got = rate_of((yes, no, unknown), 1)
    assert (got.low, got.high) == pytest.approx((yes / (yes + no), yes / (yes + no)))


@given(cells=cells, other=cells, gamma=st.sampled_from(GAMMAS))
@laws
def test_turning_yes_into_no_and_inside_into_outside_turns_the_bounds_round(cells, other, gamma):
    yes, no, unknown = cells
    pairs = [
        (rate_of((yes, no, unknown), gamma), rate_of((no, yes, unknown), gamma)),
        (error_bounds(cells, other, gamma), error_bounds(other, cells, gamma)),
        (
            pooled_bounds(cells, other, gamma=gamma),
            pooled_bounds(*([n, y, u] for y, n, u in (cells, other)), gamma=gamma),
        ),
    ]
    for one, turned in pairs:
        assert one.note == turned.note
        np.testing.assert_allclose(
            (one.low, one.high), (1 - turned.high, 1 - turned.low), atol=1e-12
        )
        low, high = interval(one)
        turned_low, turned_high = interval(turned)
        np.testing.assert_allclose((low, high), (1 - turned_high, 1 - turned_low), atol=1e-9)


@given(cells=cells, other=cells, gamma=st.sampled_from(GAMMAS), level=st.floats(0.5, 0.999))
@laws
def test_the_limits_lie_outside_the_bounds_in_range_and_are_never_a_point(
    cells, other, gamma, level
):
    pooled = pooled_bounds(cells, other, gamma=gamma)
    for got in (rate_of(cells, gamma), error_bounds(cells, other, gamma), pooled):
        low, high = interval(got, level)
        assert np.isnan(low) == np.isnan(high) == (got.note != "")
        assert got.note != "" or 0 <= low <= got.low <= got.high <= high <= 1
        assert got.note != "" or low < high


@given(cells=cells, gamma=st.floats(1, 1000))
@laws
def test_no_limit_lies_beyond_the_two_sided_one_that_assumes_nothing(cells, gamma):
    (low, high), (yes, no, unknown) = interval(rate_of(cells, gamma)), cells
    everybody = max(yes + no + unknown, 1)
    assert np.isnan(low) or low >= wilson(yes, everybody)[0] - 1e-9
    assert np.isnan(high) or high <= wilson(yes + unknown, everybody)[1] + 1e-9


@given(cells=cells, other=cells, gamma=st.sampled_from(GAMMAS))
@laws
def test_the_order_of_parts_and_a_part_with_nobody_change_nothing(cells, other, gamma):
    alone, both = rate_of(cells, gamma), pooled_bounds(cells, other, gamma=gamma)
    for one, same in (
        (alone, pooled_bounds(cells, (0, 0, 0), gamma=gamma)),
        (both, pooled_bounds(other, cells, gamma=gamma)),
    ):
        assert one.note == same.note
        np.testing.assert_allclose((one.low, one.high), (same.low, same.high), atol=1e-12)
        np.testing.assert_allclose(interval(one), interval(same), atol=1e-9)


@given(yes=some, no=some)
@laws
def test_where_all_is_known_the_bounds_are_the_rate_and_the_limits_are_wilsons(yes, no):
    for gamma in GAMMAS:
        got = rate_of((yes, no, 0), gamma)
        if yes + no:
            assert got.low == got.high == yes / (yes + no)
            np.testing.assert_allclose(interval(got), wilson(yes, yes + no), atol=1e-9)


@given(yes=some, no=some, hit=some, miss=some)
@laws
def test_where_all_is_known_the_limits_of_a_gap_are_newcombes(yes, no, hit, miss):
    if yes + no and hit + miss:
        one, other = rate_of((yes, no, 0)), rate_of((hit, miss, 0))
        expected = newcombe(yes, yes + no, hit, hit + miss)
        np.testing.assert_allclose(gap_interval(one, other), expected, atol=1e-9)


@given(cells=cells, other=cells, gamma=st.sampled_from(GAMMAS))
@laws
def test_swapping_the_groups_flips_the_gap(cells, other, gamma):
    one, two = rate_of(cells, gamma), rate_of(other, gamma)
    for method in (gap_bounds, gap_interval):
        (low, high), (back_low, back_high) = method(one, two), method(two, one)
        np.testing.assert_allclose((low, high), (-back_high, -back_low), atol=1e-12)


def test_the_gap_is_bounded_by_every_fill_in_of_both_groups():
    one, other = (2, 3, 3), (1, 2, 2)
    low, high = gap_bounds(rate_of(one), rate_of(other))
    filled = [(2 + x) / 8 - (1 + y) / 5 for x in range(4) for y in range(3)]
    assert (low, high) == pytest.approx((min(filled), max(filled)))
    wider_low, wider_high = gap_interval(rate_of(one), rate_of(other))
    assert wider_low < low
    assert high < wider_high


def test_groups_bounded_together_are_each_as_if_alone():
    yes, no, unknown = np.array([[20, 0, 0, 5], [30, 0, 9, 0], [10, 7, 0, 2]])
    for gamma in (2, np.inf):
        together = rate_bounds(yes, yes + no, unknown, gamma)
        limits = interval(together)
        for i in range(4):
            alone = rate_bounds(yes[i], yes[i] + no[i], unknown[i], gamma)
            assert together.note[i] == alone.note
            np.testing.assert_array_equal(
                (together.low[i], together.high[i]), (alone.low, alone.high)
            )
            np.testing.assert_array_equal([x[i] for x in limits], interval(alone))


# The deviate ----------------------------------------------------------------------------------


@pytest.mark.parametrize("unknown", [0, 1, 5, 40, 400])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_the_limits_are_wilsons_at_the_deviate_of_imbens_and_manski(unknown, level):
    people, shares = 100 + unknown, np.array([30, 30 + unknown]) / (100 + unknown)
    spread = np.sqrt(shares * (1 - shares) / people).max()
    apart = (shares[1] - shares[0]) / spread
    deviate = brentq(lambda c: ndtr(c + apart) - ndtr(-c) - level, 0, 5, xtol=1e-14)
    assert ndtri(level) - 1e-9 <= deviate <= ndtri((1 + level) / 2) + 1e-9
    same = 1 - 2 * ndtr(-deviate)
    expected = wilson(30, people, same)[0], wilson(30 + unknown, people, same)[1]
    np.testing.assert_allclose(interval(rate_bounds(30, 100, unknown), level), expected, atol=1e-10)


@pytest.mark.parametrize("gamma", [1, 2, 6, np.inf])
def test_the_people_a_bound_rests_on_are_those_whose_share_varies_as_much(gamma):
    rng, draws = np.random.default_rng(3), 40_000
    chances = [0.12, 0.28, 0.10, 0.2, 0.2, 0.1]
    drawn = rng.multinomial(2000, chances, draws)
    for method in (
        lambda t: rate_of(t[..., :3].T, gamma),
        lambda t: error_bounds(t[..., :3], t[..., 3:], gamma),
        lambda t: pooled_bounds(t[..., :3], t[..., 3:], gamma=gamma),
    ):
        truth, got = method(2000 * np.array(chances)), method(drawn)
        for side in ("low", "high"):
            share, people = getattr(truth, side), getattr(truth, f"people_{side}")
            # a fixed total of all six: the three of one group vary as their share of it does
            expected = share * (1 - share) / people
            assert getattr(got, side).var() == pytest.approx(float(expected), rel=0.04)


# Coverage, counted over every table that can happen -------------------------------------------


@pytest.mark.parametrize("people", [20, 50, 100])
@pytest.mark.parametrize(
    ("yes", "unknown"), [(0.1, 0.1), (0.3, 0.05), (0.3, 0.3), (0.02, 0.2), (0.05, 0.01), (0.5, 0.1)]
)
def test_the_truth_is_held_wherever_between_the_bounds_it_lies(people, yes, unknown):
    k, m = (x.ravel() for x in np.meshgrid(np.arange(people + 1), np.arange(people + 1)))
    k, m = k[k + m <= people], m[k + m <= people]
    counts = np.stack([k, people - k - m, m], axis=1)
    chance = multinomial.pmf(counts, people, [yes, 1 - yes - unknown, unknown])
    for gamma in GAMMAS:
        low, high = interval(rate_bounds(k, people - m, m, gamma))
        truth = rate_bounds(yes, 1 - unknown, unknown, gamma)
        for at in np.linspace(truth.low, truth.high, 5):
            held = np.isnan(low) | ((low <= at) & (at <= high))
            assert chance[held].sum() > 0.92


@pytest.mark.parametrize("gamma", [1, 2.5, np.inf])
@pytest.mark.parametrize("method", [error_bounds, pooled_bounds])
def test_a_true_error_rate_or_agreement_is_held_wherever_between_the_bounds_it_lies(method, gamma):
    """60 people; measured .950 to .988 (error rate), .947 to .994 (agreement)."""
    chances = np.array([0.15, 0.3, 0.05, 0.2, 0.2, 0.1])
    drawn = np.random.default_rng(5).multinomial(60, chances, 20_000)
    low, high = interval(method(drawn[:, :3], drawn[:, 3:], gamma=gamma))
    truth = method(chances[:3], chances[3:], gamma=gamma)
    for at in np.linspace(truth.low, truth.high, 5):
        held = np.mean(np.isnan(low) | ((low <= at) & (at <= high)))
        assert held > 0.94


def test_a_true_difference_is_held_though_the_unknown_differ_from_the_known():
    rng, draws, gamma = np.random.default_rng(9), 4000, 2.5
    known, truths = [], []
    for share, unknown, factor in ((0.3, 0.25, 2.5), (0.2, 0.1, 1 / 2.5)):
        odds = factor * share / (1 - share)
        hidden = odds / (1 + odds)
        chances = [(1 - unknown) * share, (1 - unknown) * (1 - share), unknown]
        yes, no, m = rng.multinomial(400, chances, draws).T
        known.append((yes, yes + no, m))
        truths.append((1 - unknown) * share + unknown * hidden)
    low, high = gap_interval(*(rate_bounds(*counts, gamma) for counts in known))
    truth = truths[0] - truths[1]
    assert np.mean((low <= truth) & (truth <= high)) > 0.95 - 3 * np.sqrt(0.05 * 0.95 / draws)
    alike = [rate_bounds(*counts, gamma=1) for counts in known]
    low, high = gap_interval(*alike)
    assert np.mean((low <= truth) & (truth <= high)) < 0.6  # 52 of 100


# What can't be known --------------------------------------------------------------------------


def test_where_nobody_is_counted_or_counts_are_missing_there_are_no_bounds():
    got = rate_bounds([0, np.nan, -1, 5], [0, 10, 10, 3], [0, 5, 5, 4])
    assert got.note.tolist() == ["nobody to count", *["counts are missing"] * 3]
    assert np.isnan([got.low, got.high, *interval(got)]).all()


def test_where_no_outcome_is_known_nothing_but_everything_is_possible():
    got = rate_bounds(0, 0, 20)
    assert (got.low, got.high, got.note) == (0, 1, "")
    got = rate_bounds(0, 0, 20, gamma=3)
    assert got.note == "no outcome is known: no bounds"
    assert np.isnan([got.low, got.high, *interval(got)]).all()
    got = error_bounds([0, 0, 8], [5, 5, 0], gamma=3)
    assert got.note == "no outcome is known: no bounds"


def test_where_nobody_had_the_outcome_there_is_no_error_rate():
    got = error_bounds([0, 10, 0], [0, 10, 0])
    assert got.note == "nobody had the outcome: no rate"
    got = error_bounds([0, 10, 3], [0, 10, 0])  # whoever had it was inside
    assert (got.low, got.high) == (1, 1)


def test_a_gamma_below_1_is_refused():
    got = rate_bounds(30, 100, 50, gamma=[0.5, np.nan, 1])
    assert got.note.tolist() == ["gamma is below 1: no bounds"] * 2 + [""]
    assert np.isnan(got.low).tolist() == [True, True, False]


def test_nobody_known_to_have_it_leaves_limits_with_a_width():
    for gamma in GAMMAS:
        low, high = interval(rate_bounds(0, 50, 50, gamma))
        assert low == 0
        assert high > 0.03

"""How many people an audit needs: every table enumerated, R's powers, and people drawn."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from wfaudit.estimators.intervals import miettinen_nurminen, newcombe, ratio_score
from wfaudit.estimators.needed import people_needed, people_needed_ratio, power_gap, power_ratio
from wfaudit.estimators.visible import smallest_gap

R = json.loads((Path(__file__).parent / "oracles" / "adjust.json").read_text(encoding="utf-8"))[
    "values"
]
TABLES = [
    (50, 0.3, 80, 0.1, 0.05),
    (120, 0.2, 200, 0.2, 0.1),
    (30, 0.02, 60, 0.4, 0.05),
    (200, 0.5, 100, 0.3, 0.02),
    (10, 0.9, 10, 0.1, 0.2),
    (300, 0.15, 300, 0.15, 0.08),
    (1, 0.5, 40, 0.5, 0.1),
    (60, 0.3, 60, 0.1, 0.0),
]


def enumerated(sizes, ends, methods, fewest_ref=0):
    """Chance of raised and of clear, adding up every table that can happen."""
    n, p, n_ref, p_ref = sizes
    k, k_ref = np.meshgrid(np.arange(n + 1), np.arange(n_ref + 1), indexing="ij")
    chance = binom.pmf(k, n, p) * binom.pmf(k_ref, n_ref, p_ref) * (k_ref >= fewest_ref)
    low, high = methods[0](k, n, k_ref, n_ref)
    low90, high90 = methods[1](k, n, k_ref, n_ref, 0.9)
    raised, clear = (low > ends[1]) | (high < ends[0]), (low90 > ends[0]) & (high90 < ends[1])
    return chance[raised].sum(), chance[clear].sum()


@pytest.mark.parametrize("table", TABLES)
def test_the_power_for_a_gap_is_the_sum_over_every_table(table):
    ends = (-table[4], table[4])
    expected = enumerated(table[:4], ends, (newcombe, miettinen_nurminen))
    got = power_gap(*table)
    np.testing.assert_allclose((got.raised, got.clear), expected, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("table", TABLES)
def test_the_power_for_a_ratio_is_the_sum_over_every_table_that_has_a_ratio(table):
    expected = enumerated(table[:4], (0.8, 1.25), (ratio_score, ratio_score), fewest_ref=1)
    got = power_ratio(*table[:4], 0.8)
    np.testing.assert_allclose((got.raised, got.clear), expected, rtol=1e-10, atol=1e-14)


def test_where_nobody_of_the_reference_counts_there_is_no_ratio_to_raise():
    # ten people, one in ten of whom counts: in .9 ** 10 of all audits nobody does
    got = power_ratio(10, 1.0, 10, 0.1, 0.8)
    assert got.raised <= 1 - 0.9**10
    assert power_ratio(10, 1.0, 10, 0.0, 0.8).raised == 0


@pytest.mark.parametrize("at", range(8))
def test_the_power_for_a_gap_is_that_of_r(at):
    got = power_gap(*R["power.cases"][at])
    theirs = R["power.found"][at]
    np.testing.assert_allclose((got.raised, got.clear), theirs, rtol=1e-8, atol=1e-13)


def test_the_power_in_large_groups_is_that_of_people_drawn():
    rng, draws = np.random.default_rng(1), 100_000
    for case in [(20_000, 0.24, 60_000, 0.184, 0.05), (9_000, 0.3, 20_000, 0.3, 0.017)]:
        n, p, n_ref, p_ref, tolerance = case
        k, k_ref = rng.binomial(n, p, draws), rng.binomial(n_ref, p_ref, draws)
        low, high = newcombe(k, n, k_ref, n_ref)
        low90, high90 = miettinen_nurminen(k, n, k_ref, n_ref, 0.9)
        drawn = [
            ((low > tolerance) | (high < -tolerance)).mean(),
            ((low90 > -tolerance) & (high90 < tolerance)).mean(),
        ]
        got = power_gap(*case)
        assert 0.3 < max(drawn) < 0.95
        np.testing.assert_allclose((got.raised, got.clear), drawn, atol=3 * 0.5 / np.sqrt(draws))


def test_the_smallest_visible_gap_has_the_power_it_states():
    for n, p_ref in ((200, 0.15), (1000, 0.3), (5000, 0.5)):
        gap = smallest_gap(n, p_ref, 5000, 0.05)
        either_way = power_gap(n, [p_ref - gap, p_ref + gap], 5000, p_ref, 0.05).raised
        assert np.nanmax(either_way) == pytest.approx(0.8, abs=1e-3)


# How many to ask for --------------------------------------------------------------------------

ASKED = [
    (0.30, 0.10, 1, 0.05),
    (0.25, 0.15, 2, 0.05),
    (0.45, 0.30, 1, 0.05),
    (0.10, 0.25, 3, 0.05),
    (0.15, 0.15, 2, 0.05),
    (0.40, 0.42, 1, 0.10),
    (0.70, 0.72, 2, 0.08),
]


@pytest.mark.parametrize("power", [0.8, 0.9])
@pytest.mark.parametrize("asked", ASKED)
def test_with_as_many_people_as_asked_for_the_answer_comes_as_often_as_claimed(asked, power):
    p, p_ref, ratio, tolerance = asked
    n = people_needed(*asked, power=power)
    side = 0 if abs(p - p_ref) > tolerance else 1
    ends, methods = (-tolerance, tolerance), (newcombe, miettinen_nurminen)

    def reached(n):
        if n * n * ratio > 2e5:
            got = power_gap(n, p, n * ratio, p_ref, tolerance)
            return (got.raised, got.clear)[side]
        return enumerated((int(n), p, int(n * ratio), p_ref), ends, methods)[side]

    assert n >= 50
    assert power <= reached(n) < power + 0.02
    assert reached(n - 1) < power


def test_a_few_more_people_than_asked_for_lower_the_power_by_less_than_two_in_a_hundred():
    for asked in ASKED:
        p, p_ref, ratio, tolerance = asked
        more = np.unique(np.ceil(people_needed(*asked) * np.linspace(1, 1.1, 12)))
        got = power_gap(more, p, np.ceil(more * ratio), p_ref, tolerance)
        assert np.maximum(got.raised, got.clear).min() > 0.78


@pytest.mark.parametrize("asked", [(0.2, 0.4, 1), (0.5, 0.3, 2), (0.3, 0.3, 1), (0.4, 0.41, 3)])
def test_a_ratio_is_answered_as_often_as_claimed(asked):
    p, p_ref, ratio = asked
    n = people_needed_ratio(*asked, 0.8)
    got, fewer = (power_ratio(x, p, x * ratio, p_ref, 0.8) for x in (n, n - 1))
    side = "raised" if not 0.8 <= p / p_ref <= 1.25 else "clear"
    assert 0.8 <= getattr(got, side) < 0.82
    assert getattr(fewer, side) < 0.8


def test_more_is_asked_where_the_gap_is_near_the_tolerance_or_more_is_wanted():
    far, near = people_needed([0.35, 0.25], 0.15, 1, 0.05)
    assert far < near
    assert people_needed(0.25, 0.15, 1, 0.05, power=0.9) > near
    assert people_needed(0.25, 0.15, 1, 0.05, level=0.99) > near
    assert people_needed(0.25, 0.15, 4, 0.05) < near
    same = people_needed([0.15, 0.18], 0.15, 1, 0.05)
    assert same[0] < same[1]


def test_turning_yes_into_no_changes_nothing():
    one, other = people_needed(0.25, 0.15, 2, 0.05), people_needed(0.75, 0.85, 2, 0.05)
    assert one == other
    one, other = (power_gap(80, p, 90, q, 0.05) for p, q in ((0.4, 0.2), (0.6, 0.8)))
    assert one.raised == pytest.approx(float(other.raised), rel=1e-12)


def test_what_no_number_of_people_can_answer_has_no_number():
    assert np.isnan(people_needed(0.20, 0.15, 1, 0.05))
    assert np.isnan(people_needed_ratio(0.32, 0.4, 1, 0.8))
    several = people_needed([1.2, 0.15, np.nan], 0.15, 1, 0.05)
    assert np.isnan(several).tolist() == [True, False, True]
    assert np.isnan(people_needed(0.15, 0.15, [0, -1], 0.05)).all()
    assert np.isnan(people_needed(0.15, 0.15, 1, -0.05))
    got = power_gap([0, 10, 10], 0.5, [10, 0, 10], [0.5, 0.5, np.nan], 0.1)
    assert np.isnan(got.raised).all()
    assert np.isnan(got.clear).all()


def test_shares_of_none_and_of_all_are_answered_too():
    got = power_gap(60, 0, 60, 0, 0.05)
    assert (got.raised, got.clear) == pytest.approx((0, 1))
    got = power_gap(60, 1, 60, 0, 0.05)
    assert (got.raised, got.clear) == pytest.approx((1, 0))
    assert people_needed(0.0, 0.0, 1, 0.05) > 20
    assert people_needed_ratio(0.0, 0.2, 1, 0.8) > 5

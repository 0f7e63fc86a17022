"""The smallest disparity that could have been shown: its equation, its edges and its power."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from scipy.special import ndtri

from wfaudit.intervals import newcombe, ratio_score
from wfaudit.visible import smallest_gap, smallest_ratio, smallest_with_se

laws = settings(max_examples=100, deadline=None)
people = st.integers(20, 10**7)
BOTH_Z = ndtri(0.975) + ndtri(0.8)


def error_of_gap(gap, n, p_ref, n_ref):
    p = p_ref + gap
    return np.sqrt(p * (1 - p) / n + p_ref * (1 - p_ref) / n_ref)


def error_of_log_ratio(ratio, n, p_ref, n_ref):
    p = ratio * p_ref
    return np.sqrt((1 - p) / (n * p) + (1 - p_ref) / (n_ref * p_ref))


# Known numbers --------------------------------------------------------------------------------


def test_a_hundred_and_a_thousand_people_could_have_shown_the_gaps_worked_by_hand():
    gaps = smallest_gap([100, 1000], 0.15, 5000, 0.05)
    np.testing.assert_allclose(gaps, (0.183, 0.090), atol=5e-4)


def test_without_a_tolerance_the_gap_is_the_detectable_effect_of_the_textbooks():
    # R: power.prop.test(n = 500, p1 = .3, power = .8) gives p2 = .38397 with a pooled error.
    assert 0.3 + smallest_gap(500, 0.3, 500, 0) == pytest.approx(0.38397, abs=5e-4)


def test_with_few_clusters_the_gap_takes_the_quantiles_of_t():
    expected = 0.05 + 0.02 * (stats.t.ppf(0.975, 8) + stats.t.ppf(0.8, 8))
    assert smallest_with_se(0.02, 8, 0.05) == pytest.approx(expected, rel=1e-12)
    assert smallest_with_se(0.02, 1, 0.05) > smallest_with_se(0.02, 2, 0.05) > expected
    assert smallest_with_se(0.02, np.inf, 0.05) == pytest.approx(0.05 + 0.02 * BOTH_Z, rel=1e-12)


# Laws -----------------------------------------------------------------------------------------


@given(n=people, n_ref=people, p_ref=st.floats(0, 0.5), tolerance=st.floats(0, 0.3))
@laws
def test_the_gap_solves_its_equation_and_there_is_none_only_where_the_edge_is_too_near(
    n, n_ref, p_ref, tolerance
):
    gap = smallest_gap(n, p_ref, n_ref, tolerance)
    if np.isnan(gap):
        edge = 1 - p_ref
        assert edge < tolerance + BOTH_Z * error_of_gap(edge, n, p_ref, n_ref) + 1e-12
    else:
        assert gap > tolerance
        expected = tolerance + BOTH_Z * error_of_gap(min(gap, 1 - p_ref), n, p_ref, n_ref)
        assert gap == pytest.approx(expected, rel=1e-9)


@given(n=people, n_ref=people, p_ref=st.floats(0.01, 1), tolerance=st.floats(0.1, 1))
@laws
def test_the_ratio_is_the_largest_that_solves_its_equation(n, n_ref, p_ref, tolerance):
    ratio = smallest_ratio(n, p_ref, n_ref, tolerance)
    between = np.geomspace(tolerance * 1e-6 if np.isnan(ratio) else ratio, tolerance, 2000)[1:-1]
    spare = np.log(tolerance / between) - BOTH_Z * error_of_log_ratio(between, n, p_ref, n_ref)
    assert (spare < 1e-9).all()
    if not np.isnan(ratio):
        distance = BOTH_Z * error_of_log_ratio(ratio, n, p_ref, n_ref)
        assert np.log(tolerance / ratio) == pytest.approx(distance, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("n_ref", [60, 400, 10**6])
@pytest.mark.parametrize("p_ref", [0.1, 0.4, 0.75, 0.95])
def test_there_is_no_ratio_exactly_where_trying_every_ratio_finds_none(p_ref, n_ref):
    n = np.arange(5.0, 400.0)
    tried = np.geomspace(1e-4, 0.8, 5000)[:, None]
    spare = np.log(0.8 / tried) - BOTH_Z * error_of_log_ratio(tried, n, p_ref, n_ref)
    found = smallest_ratio(n, p_ref, n_ref, 0.8)
    np.testing.assert_array_equal(np.isnan(found), (spare < 0).all(axis=0))


@given(n=people, n_ref=people, p_ref=st.floats(0.001, 0.999))
@laws
def test_shares_and_their_complements_could_have_shown_the_same_gap(n, n_ref, p_ref):
    one, other = smallest_gap(n, [p_ref, 1 - p_ref], n_ref, 0.05)
    np.testing.assert_allclose(one, other, rtol=1e-12)


@given(n=people, n_ref=people, p_ref=st.floats(0.1, 0.5))
@laws
def test_more_people_show_smaller_disparities(n, n_ref, p_ref):
    gaps = smallest_gap([n, 2 * n], p_ref, [n_ref, 2 * n_ref], 0.05)
    ratios = smallest_ratio([n, 2 * n], p_ref, [n_ref, 2 * n_ref], 0.8)
    assert np.isnan(gaps[0]) or gaps[1] < gaps[0]
    assert np.isnan(ratios[0]) or ratios[1] > ratios[0]


@given(power=st.floats(0.5, 0.98), level=st.floats(0.8, 0.99))
@laws
def test_asking_for_more_power_or_a_higher_level_asks_for_a_larger_disparity(power, level):
    for more in ({"power": power + 0.01, "level": level}, {"power": power, "level": level + 0.005}):
        less = {"power": power, "level": level}
        assert smallest_gap(500, 0.2, 900, 0.05, **less) < smallest_gap(500, 0.2, 900, 0.05, **more)
        assert smallest_ratio(900, 0.4, 900, 0.8, **more) < smallest_ratio(
            900, 0.4, 900, 0.8, **less
        )
        assert smallest_with_se(0.1, 9, 0.05, **less) < smallest_with_se(0.1, 9, 0.05, **more)


def test_the_ratio_is_that_of_a_root_finder():
    def spare(ratio):
        return np.log(0.8 / ratio) - BOTH_Z * error_of_log_ratio(ratio, 1000, 0.15, 5000)

    expected = optimize.brentq(spare, 0.4, 0.8, xtol=1e-14)
    assert smallest_ratio(1000, 0.15, 5000, 0.8) == pytest.approx(expected, rel=1e-12)


# Edges ----------------------------------------------------------------------------------------


def test_where_nobody_is_counted_nothing_could_have_been_shown():
    n, n_ref = np.array([0, 10, 0]), np.array([10, 0, 0])
    assert np.isnan(smallest_gap(n, 0.2, n_ref, 0.05)).all()
    assert np.isnan(smallest_ratio(n, 0.2, n_ref, 0.8)).all()
    assert np.isnan(smallest_gap(100, np.nan, 100, 0.05))
    assert np.isnan(smallest_ratio(100, np.nan, 100, 0.8))


def test_three_people_could_not_have_shown_any_disparity():
    assert np.isnan(smallest_gap(3, 0.5, 3, 0.05))
    assert np.isnan(smallest_ratio(3, 0.5, 3, 0.8))


def test_a_reference_without_cases_has_no_ratio_and_still_a_gap():
    assert np.isnan(smallest_ratio(500, 0, 500, 0.8))
    assert 0.05 < smallest_gap(500, 0, 500, 0.05) < 0.15


def test_without_a_standard_error_or_degrees_of_freedom_nothing_could_have_been_shown():
    assert np.isnan(smallest_with_se([0, np.nan, 1, 1, 1], [5, 5, 0, np.nan, -2], 0.05)).all()


def test_ten_thousand_groups_take_under_a_second():
    n, p_ref = np.arange(1, 10_001), np.linspace(0, 1, 10_000)
    started = time.perf_counter()
    smallest_gap(n, p_ref, 5000, 0.05)
    smallest_ratio(n, p_ref, 5000, 0.8)
    smallest_with_se(p_ref, n, 0.05)
    assert time.perf_counter() - started < 1


# Power, counted in invented audits ------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "p_ref", "n_ref", "tolerance"),
    [
        (200, 0.15, 200, 0.05),
        (200, 0.5, 200, 0.05),
        (200, 0.4, 200, 0.1),
        (300, 0.15, 5000, 0.05),
        (1000, 0.3, 1000, 0.05),
        (500, 0.05, 500, 0.05),
        (200, 0.5, 5000, 0),
    ],
)
def test_at_the_stated_gap_about_four_audits_of_five_clear_the_tolerance(
    n, p_ref, n_ref, tolerance
):
    rng = np.random.default_rng(20)
    gap = smallest_gap(n, p_ref, n_ref, tolerance)
    k, k_ref = rng.binomial(n, p_ref + gap, 20_000), rng.binomial(n_ref, p_ref, 20_000)
    shown = (newcombe(k, n, k_ref, n_ref)[0] > tolerance).mean()
    assert 0.74 <= shown <= 0.86


def test_above_one_half_the_gap_is_shown_downwards():
    rng = np.random.default_rng(21)
    gap = smallest_gap(200, 0.85, 400, 0.05)
    k, k_ref = rng.binomial(200, 0.85 - gap, 20_000), rng.binomial(400, 0.85, 20_000)
    assert 0.74 <= (newcombe(k, 200, k_ref, 400)[1] < -0.05).mean() <= 0.86


def test_a_rare_reference_shows_the_stated_gap_more_often_than_stated():
    rng = np.random.default_rng(22)
    gap = smallest_gap(200, 0.02, 2000, 0.01)
    k, k_ref = rng.binomial(200, 0.02 + gap, 20_000), rng.binomial(2000, 0.02, 20_000)
    assert (newcombe(k, 200, k_ref, 2000)[0] > 0.01).mean() > 0.9


@pytest.mark.parametrize(
    ("n", "p_ref", "n_ref"), [(200, 0.5, 200), (1000, 0.3, 1000), (1000, 0.15, 5000)]
)
def test_at_the_stated_ratio_about_four_audits_of_five_clear_the_tolerance(n, p_ref, n_ref):
    rng = np.random.default_rng(23)
    ratio = smallest_ratio(n, p_ref, n_ref, 0.8)
    k, k_ref = rng.binomial(n, ratio * p_ref, 20_000), rng.binomial(n_ref, p_ref, 20_000)
    assert 0.74 <= (ratio_score(k, n, k_ref, n_ref)[1] < 0.8).mean() <= 0.86

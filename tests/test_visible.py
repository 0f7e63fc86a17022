"""The smallest disparity that could have been shown: its power, counted over every audit."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import ndtri

from wfaudit.estimators.intervals import newcombe, ratio_score
from wfaudit.estimators.visible import (
    smallest_gap,
    smallest_gap_each_way,
    smallest_ratio,
    smallest_ratio_each_way,
    smallest_with_se,
)

ORACLE = json.loads(
    (Path(__file__).parent / "oracles" / "proportions.json").read_text(encoding="utf-8")
)["values"]
laws = settings(max_examples=25, deadline=None)
people = st.integers(20, 10**6)
BOTH_Z = ndtri(0.975) + ndtri(0.8)
RARE_TO_HALF = (0.02, 0.05, 0.15, 0.3, 0.5)


def likely(n, p):
    """Every count that matters, with its chance."""
    half = 7 * np.sqrt(n * p * (1 - p)) + 8
    k = np.arange(max(0, int(n * p - half)), min(n, int(n * p + half)) + 1, dtype=float)
    return k, stats.binom.pmf(k, n, p)


def power(shown, n, p, n_ref, p_ref):
    """Chance that the disparity is shown, over every pair of counts, none left out."""
    (k, chance), (k_ref, chance_ref) = likely(n, p), likely(n_ref, p_ref)
    return float(chance @ shown(k[:, None], n, k_ref[None, :], n_ref) @ chance_ref)


def gap_over(tolerance):
    return lambda *counts: (newcombe(*counts)[0] > tolerance).astype(float)


def gap_under(tolerance):
    return lambda *counts: (newcombe(*counts)[1] < -tolerance).astype(float)


def ratio_over(tolerance):
    return lambda *counts: ((ratio_score(*counts)[0] > 1 / tolerance) & (counts[2] > 0)).astype(
        float
    )


def ratio_under(tolerance):
    return lambda *counts: ((ratio_score(*counts)[1] < tolerance) & (counts[2] > 0)).astype(float)


# Power ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("p_ref", RARE_TO_HALF)
@pytest.mark.parametrize("n_ref", [100, 5000])
@pytest.mark.parametrize("n", [30, 50, 100, 300, 1000, 5000])
def test_four_audits_of_five_show_the_stated_gap_in_groups_small_and_large(n, n_ref, p_ref):
    above, below = smallest_gap_each_way(n, p_ref, n_ref, 0.05)
    assert 0.79 < power(gap_over(0.05), n, p_ref + above, n_ref, p_ref) < 0.81
    if not np.isnan(below):
        assert 0.79 < power(gap_under(0.05), n, p_ref - below, n_ref, p_ref) < 0.81


@pytest.mark.parametrize("p_ref", RARE_TO_HALF)
@pytest.mark.parametrize(
    ("n", "n_ref"), [(30, 100), (100, 100), (30, 3000), (300, 3000), (1000, 100)]
)
def test_four_audits_of_five_show_the_stated_ratio_in_groups_small_and_large(n, n_ref, p_ref):
    above, below = smallest_ratio_each_way(n, p_ref, n_ref, 0.8)
    assert 0.79 < power(ratio_over(0.8), n, p_ref * above, n_ref, p_ref) < 0.81
    if not np.isnan(below):
        assert 0.79 < power(ratio_under(0.8), n, p_ref * below, n_ref, p_ref) < 0.81


@pytest.mark.parametrize("asked", [0.5, 0.8, 0.95])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("tolerance", [0, 0.01, 0.1])
def test_another_power_level_or_tolerance_is_met_as_well(asked, level, tolerance):
    gap, _ = smallest_gap_each_way(60, 0.1, 90, tolerance, level, asked)
    met = power(lambda *c: newcombe(*c, level)[0] > tolerance, 60, 0.1 + gap, 90, 0.1)
    assert met == pytest.approx(asked, abs=1e-7)


def test_r_finds_the_same_gaps_by_looking_at_every_pair_of_counts():
    asked = [np.array(ORACLE[f"visible.{c}"]) for c in ("n", "p_ref", "n_ref", "tolerance")]
    above, _ = smallest_gap_each_way(*asked)
    np.testing.assert_allclose(above, ORACLE["visible.gap"], atol=1e-7)


def test_without_a_tolerance_the_gap_is_near_the_detectable_effect_of_the_textbooks():
    # R: power.prop.test(n = 500, p1 = .3, power = .8) gives p2 = .38397 with a pooled error.
    assert 0.3 + smallest_gap_each_way(500, 0.3, 500, 0)[0] == pytest.approx(0.38397, abs=2e-3)


def test_a_larger_gap_is_shown_more_often_and_a_smaller_one_less_often():
    gap, _ = smallest_gap_each_way(200, 0.2, 400, 0.05)
    shown = [power(gap_over(0.05), 200, 0.2 + d, 400, 0.2) for d in (gap - 0.02, gap, gap + 0.02)]
    assert shown[0] < 0.7 < shown[1] < 0.81 < 0.88 < shown[2]


# Laws -----------------------------------------------------------------------------------------


@given(n=people, n_ref=people, p_ref=st.floats(0, 1), tolerance=st.floats(0, 0.3))
@laws
def test_the_gap_is_the_smaller_of_the_two_and_lies_beyond_the_tolerance(
    n, n_ref, p_ref, tolerance
):
    each = np.array(smallest_gap_each_way(n, p_ref, n_ref, tolerance))
    found = smallest_gap(n, p_ref, n_ref, tolerance)
    assert np.isnan(each).all() or found == np.nanmin(each)
    assert not (each <= tolerance).any()
    assert np.isnan(each[0]) or p_ref + each[0] <= 1
    assert np.isnan(each[1]) or p_ref - each[1] >= -1e-12


@given(n=people, n_ref=people, p_ref=st.floats(0.01, 1), tolerance=st.floats(0.1, 1))
@laws
def test_the_ratio_is_the_one_nearer_to_one_and_lies_beyond_the_tolerance(
    n, n_ref, p_ref, tolerance
):
    above, below = smallest_ratio_each_way(n, p_ref, n_ref, tolerance)
    found = smallest_ratio(n, p_ref, n_ref, tolerance)
    assert np.isnan([above, below]).all() or np.abs(np.log(found)) == np.nanmin(
        np.abs(np.log([above, below]))
    )
    assert np.isnan(above) or above > 1 / tolerance
    assert np.isnan(below) or below < tolerance


@given(n=people, n_ref=people, p_ref=st.floats(0.001, 0.999))
@laws
def test_a_gap_upwards_is_a_gap_downwards_among_those_not_counted(n, n_ref, p_ref):
    above, below = smallest_gap_each_way(n, p_ref, n_ref, 0.05)
    other_above, other_below = smallest_gap_each_way(n, 1 - p_ref, n_ref, 0.05)
    np.testing.assert_allclose((above, below), (other_below, other_above), atol=2e-3)


@given(n=st.integers(100, 10**6), n_ref=st.integers(100, 10**6), p_ref=st.floats(0.1, 0.5))
@laws
def test_four_times_the_people_show_smaller_disparities(n, n_ref, p_ref):
    gaps = smallest_gap([n, 4 * n], p_ref, [n_ref, 4 * n_ref], 0.05)
    ratios = smallest_ratio_each_way([n, 4 * n], p_ref, [n_ref, 4 * n_ref], 0.8)[0]
    assert np.isnan(gaps[0]) or gaps[1] < gaps[0]
    assert np.isnan(ratios[0]) or ratios[1] < ratios[0]


@given(asked=st.floats(0.5, 0.95), level=st.floats(0.8, 0.98))
@laws
def test_asking_for_more_power_or_a_higher_level_asks_for_a_larger_disparity(asked, level):
    less = {"power": asked, "level": level}
    for more in ({"power": asked + 0.02, "level": level}, {"power": asked, "level": level + 0.01}):
        assert smallest_gap(500, 0.2, 900, 0.05, **less) < smallest_gap(500, 0.2, 900, 0.05, **more)
        ratios = [smallest_ratio_each_way(900, 0.4, 900, 0.8, **m)[1] for m in (less, more)]
        assert ratios[1] < ratios[0]
        assert smallest_with_se(0.1, 9, 0.05, **less) < smallest_with_se(0.1, 9, 0.05, **more)


def test_many_comparisons_at_once_are_the_comparisons_one_by_one():
    n, p_ref, n_ref = np.array([30, 400, 9]), np.array([0.3, 0.02, 0.7]), np.array([50, 9000, 9])
    for method, tolerance in ((smallest_gap, 0.05), (smallest_ratio, 0.8)):
        alone = [method(*one, tolerance) for one in zip(n, p_ref, n_ref, strict=True)]
        np.testing.assert_allclose(method(n, p_ref, n_ref, tolerance), alone, rtol=1e-7)


# With a standard error ------------------------------------------------------------------------


def test_with_few_clusters_the_gap_takes_the_quantiles_of_t():
    expected = 0.05 + 0.02 * (stats.t.ppf(0.975, 8) + stats.t.ppf(0.8, 8))
    assert smallest_with_se(0.02, 8, 0.05) == pytest.approx(expected, rel=1e-12)
    assert smallest_with_se(0.02, 1, 0.05) > smallest_with_se(0.02, 2, 0.05) > expected
    assert smallest_with_se(0.02, np.inf, 0.05) == pytest.approx(0.05 + 0.02 * BOTH_Z, rel=1e-12)


# Edges ----------------------------------------------------------------------------------------


def test_where_nobody_is_counted_nothing_could_have_been_shown():
    n, n_ref = np.array([0, 10, 0]), np.array([10, 0, 0])
    assert np.isnan(smallest_gap(n, 0.2, n_ref, 0.05)).all()
    assert np.isnan(smallest_ratio(n, 0.2, n_ref, 0.8)).all()
    for impossible in (np.nan, -0.1, 1.1):
        assert np.isnan(smallest_gap(100, impossible, 100, 0.05))
        assert np.isnan(smallest_ratio(100, impossible, 100, 0.8))


def test_three_people_could_not_have_shown_any_disparity():
    assert np.isnan(smallest_gap(3, 0.5, 3, 0.05))
    assert np.isnan(smallest_ratio(3, 0.5, 3, 0.8))


def test_fewer_cases_than_the_tolerance_leave_room_only_upwards():
    above, below = smallest_gap_each_way(400, 0.03, 4000, 0.05)
    assert 0.05 < above < 0.12
    assert np.isnan(below)


def test_a_reference_without_cases_has_no_ratio_and_still_a_gap():
    assert np.isnan(smallest_ratio(500, 0, 500, 0.8))
    assert 0.05 < smallest_gap(500, 0, 500, 0.05) < 0.15
    assert smallest_gap(500, 0, 500, 0.05) == pytest.approx(smallest_gap(500, 1, 500, 0.05))


def test_without_a_standard_error_or_degrees_of_freedom_nothing_could_have_been_shown():
    assert np.isnan(smallest_with_se([0, np.nan, 1, 1, 1], [5, 5, 0, np.nan, -2], 0.05)).all()


def test_two_hundred_comparisons_take_seconds_however_large_the_groups():
    n, p_ref = np.geomspace(5, 10**7, 200).round(), np.linspace(0.01, 0.99, 200)
    started = time.process_time()
    smallest_gap(n, p_ref, 5000, 0.05)
    smallest_ratio(n, p_ref, 5000, 0.8)
    assert time.process_time() - started < 10

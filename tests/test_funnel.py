"""Units held against what is expected: by hand, against R, laws, false alarms, planted caseworkers."""

import importlib.util
import json
from math import comb, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from wfaudit.estimators.adjust import benjamini_hochberg
from wfaudit.estimators.funnel import (
    added,
    extra_variance,
    limits,
    multiplied,
    overdispersion,
    p_values,
    two_sided,
    z_scores,
)
from wfaudit.estimators.tails import crowds, log_at_most

HERE = Path(__file__).parent
R = json.loads((HERE / "oracles" / "funnel.json").read_text("utf-8"))["values"]
laws = settings(deadline=None)
people_of_a_unit = st.lists(st.integers(0, 1000).map(lambda x: x / 1000), min_size=1, max_size=30)


def loaded(name):
    """A script of tests/covered, as a module."""
    spec = importlib.util.spec_from_file_location(name, HERE / "covered" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


measured = loaded("units")


def each_person(units):
    """Units whose people each have a chance of their own."""
    chances = np.concatenate(units)
    return crowds(chances, np.ones(len(chances)), np.repeat(range(len(units)), [*map(len, units)]))


# by hand --------------------------------------------------------------------------------------


def test_three_people_with_chances_of_their_own_are_counted_by_hand():
    # chances .1, .5, .9: nobody .9 x .5 x .1 = .045; one .1x.5x.1 + .9x.5x.1 + .9x.5x.9 = .455
    units = each_person([[0.1, 0.5, 0.9]] * 2)
    few, many = p_values([0, 1], units)
    np.testing.assert_allclose(few, [0.045, 0.5], rtol=1e-14)
    np.testing.assert_allclose(many, [1.0, 0.955], rtol=1e-14)
    assert units.mean.tolist() == [1.5, 1.5]
    np.testing.assert_allclose(units.sd, sqrt(0.09 + 0.25 + 0.09), rtol=1e-14)


def test_a_caseworker_who_overrules_five_of_ten_where_one_in_ten_is_usual():
    chance = [comb(10, j) * 0.1**j * 0.9 ** (10 - j) for j in range(11)]
    few, many = p_values([5], crowds(0.1, [10]))
    assert many[0] == pytest.approx(sum(chance[5:]), rel=1e-12)
    assert few[0] == pytest.approx(sum(chance[:6]), rel=1e-12)
    half_few, half_many = p_values([5], crowds(0.1, [10]), mid=True)
    assert half_many[0] == pytest.approx(sum(chance[6:]) + chance[5] / 2, rel=1e-12)
    assert half_few[0] + half_many[0] == pytest.approx(1, abs=1e-14)
    assert z_scores([5], crowds(0.1, [10]))[0] == pytest.approx(4 / sqrt(0.9), rel=1e-14)


def test_z_scores_drawn_in_by_hand():
    # eleven scores: the tenth and ninetieth percentiles are the second and the tenth
    z = [-5, -2, -1, -0.5, 0, 0, 0.5, 1, 1.5, 2, 9]
    squares = 4 + 4 + 1 + 0.25 + 0 + 0 + 0.25 + 1 + 2.25 + 4 + 4
    assert overdispersion(z, published=True) == pytest.approx(squares / 11, rel=1e-14)


def test_what_is_left_of_normal_deviates_drawn_in_is_two_thirds():
    deviates = np.random.default_rng(3).standard_normal(400_000)
    assert overdispersion(deviates) == pytest.approx(1, abs=0.01)
    assert overdispersion(deviates, published=True) == pytest.approx(0.679, abs=0.006)
    assert overdispersion(deviates, cut=0.0) == pytest.approx(np.mean(deviates**2), rel=1e-12)


# against R ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "name"), [(0.95, "95"), (0.998, "998")])
def test_limits_are_those_interpolated_from_r(level, name):
    low, high = limits(crowds(np.array(R["rate"]), R["n"]), level)
    np.testing.assert_allclose(low, R[f"low{name}"], rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(high, R[f"high{name}"], rtol=1e-10, atol=1e-10)


def test_the_usual_upper_limit_lies_exactly_one_count_lower():
    _, high = limits(crowds(np.array(R["rate"]), R["n"]))
    np.testing.assert_allclose(high - 1, R["usual_high95"], rtol=1e-10, atol=1e-10)


def test_p_values_are_those_of_r():
    few, many = p_values(R["k"], crowds(np.array(R["rate"]), R["n"]))
    np.testing.assert_allclose(few, R["few"], rtol=1e-10)
    np.testing.assert_allclose(many, R["many"], rtol=1e-10)


def test_z_scores_and_extra_variance_are_those_of_r_and_metafor():
    k, n = np.array(R["cases"], float), np.array(R["size"], float)
    units = crowds(k.sum() / n.sum(), n)
    z = z_scores(k, units)
    np.testing.assert_allclose(z, R["z"], rtol=1e-10, atol=1e-12)
    assert overdispersion(z, published=True) == pytest.approx(R["phi"], rel=1e-10)
    assert extra_variance(k, units, published=True) == pytest.approx(R["published"], rel=1e-10)
    assert extra_variance(k, units, cut=0, published=True) == pytest.approx(R["dl"], rel=1e-10)


def test_extra_variance_of_units_of_one_size_is_metafors_paule_mandel():
    k = np.array(R["alike"])
    units = crowds(k.sum() / 400, np.full(10, 40))
    assert extra_variance(k, units, cut=0) == pytest.approx(R["pm"], rel=1e-8)


# laws -----------------------------------------------------------------------------------------


@laws
@given(
    st.integers(1, 400), st.integers(1, 999), st.sampled_from([0.8, 0.95, 0.998]), st.floats(1, 4)
)
def test_a_count_lies_at_or_beyond_a_limit_just_where_its_p_value_says_so(n, p, level, stretch):
    k = np.arange(n + 1)
    units, area = crowds(p / 1000, np.full(n + 1, n)), (1 - level) / 2
    few, many = p_values(k, units, stretch)
    low, high = limits(units, level, stretch)
    sure = np.minimum(np.abs(few - area), np.abs(many - area)) > 1e-9
    np.testing.assert_array_equal((few < area)[sure], (k <= low)[sure])
    np.testing.assert_array_equal((many < area)[sure], (k >= high)[sure])


@laws
@given(st.integers(1, 300), st.integers(1, 999), st.floats(1.01, 5))
def test_a_funnel_that_allows_for_more_spread_is_wider(n, p, stretch):
    units = crowds(p / 1000, [n])
    (low, high), (lower, higher) = limits(units), limits(units, stretch=stretch)
    assert lower <= low
    assert high <= higher


@laws
@given(st.lists(st.integers(0, 40), min_size=8, max_size=20))
def test_extra_variance_is_what_makes_the_scores_spread_as_normal_ones_do(k):
    units = crowds(0.3, np.full(len(k), 40))
    variance = extra_variance(k, units)
    z = z_scores(k, units) / added(units, variance)
    spread = overdispersion(z) * len(k) / (len(k) - 1)
    assert spread == pytest.approx(1, abs=1e-6) or (variance == 0 and spread < 1 + 1e-6)


def test_a_large_office_is_judged_on_its_deviate_and_not_on_a_tail_of_nought():
    # 50,000 people at .1 where .2 count: some 75 standard deviations of chance, two of a spread of .05
    units = crowds(0.1, [50_000])
    _, many = p_values([10_000], units, added(units, 0.05**2))
    assert 0.02 < many[0] < 0.05
    assert p_values([10_000], units)[1][0] == 0


# what can't be known ----------------------------------------------------------------------------


def test_nobody_and_counts_that_cannot_be_give_no_number_and_no_warning():
    units = crowds(0.2, [0, 5, 5, 5, np.nan, -3])
    few, many = p_values([0, 6, 2.5, np.nan, 1, 1], units)
    assert np.isnan([few, many]).all()
    low, high = limits(units)
    assert np.isnan(low).tolist() == [True, False, False, False, True, True]
    assert np.isnan(z_scores([0, 1, 1, 1, 1, 1], units)).tolist() == np.isnan(low).tolist()
    assert np.isnan(high[0])


def test_a_chance_that_is_none_spoils_its_own_unit_only():
    units = crowds([[0.1, 1.2], [0.1, 0.3]], [[5, 1], [5, 1]])
    few, _ = p_values([1, 1], units)
    assert np.isnan(few).tolist() == [True, False]


def test_where_all_is_certain_only_the_certain_count_is_as_expected():
    units = crowds([[0.0, 1.0]] * 3, [[4, 6]] * 3)
    few, many = p_values([5, 6, 7], units)
    assert few.tolist() == [0, 1, 1]
    assert many.tolist() == [1, 1, 0]
    assert np.isnan(z_scores([5, 6, 7], units)).all()


def test_seven_units_are_too_few_to_read_a_spread_from():
    units = crowds(0.2, np.full(7, 50))
    assert np.isnan(extra_variance([5, 9, 12, 15, 8, 20, 10], units))
    assert np.isnan(overdispersion([1, 2, 3, 4, 5, 6, 7]))
    assert np.isnan(overdispersion([1, 2, 3, 4, 5, 6, 7, np.nan]))


def test_less_spread_than_chance_never_narrows_a_funnel():
    units = crowds(0.5, np.full(20, 100))
    assert extra_variance(np.full(20, 50), units) == 0
    assert multiplied(overdispersion(z_scores([49, 51] * 10, units))) == 1


# false alarms, and what is planted --------------------------------------------------------------


@pytest.mark.parametrize("level", [0.95, 0.998])
def test_of_units_that_differ_by_chance_no_more_are_flagged_than_the_level_leaves(level):
    for n in (5, 10, 20, 50, 100, 200, 500):
        for p in (0.005, 0.0058, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.9):
            assert measured.false_alarms(n, p, level)["exact"] <= 1 - level


def test_mixed_units_that_differ_by_chance_are_flagged_no_more_often_either():
    chances = np.linspace(0.01, 0.6, 60)
    units = each_person([chances] * 61)
    low, high = limits(units)
    k = np.arange(61)
    each = np.diff(np.exp(log_at_most(units, k)), prepend=0)
    assert each[(k <= low) | (k >= high)].sum() <= 0.05


def test_units_that_differ_as_most_do_are_left_inside_by_the_extra_variance():
    alone, published, ours = measured.flagged("beta", 0.3, 0.1, (40, 50), draws=60)
    assert alone > 0.3
    assert published > 0.055
    assert ours < 0.05


def test_five_thousand_caseworkers_are_told_at_once():
    rng = np.random.default_rng(5)
    n = rng.integers(5, 400, 5000)
    k = rng.binomial(n, 0.2)
    units = crowds(0.2, n)
    few, many = p_values(k, units)
    np.testing.assert_allclose(few, binom.cdf(k, n, 0.2), rtol=1e-9)
    np.testing.assert_allclose(many, binom.sf(k - 1, n, 0.2), rtol=1e-9)
    low, high = limits(units)
    assert np.mean((k <= low) | (k >= high)) < 0.05


def test_the_three_planted_caseworkers_are_found_among_two_hundred_and_nobody_else():
    rng = np.random.default_rng(11)
    kinds = np.array([0.05, 0.15, 0.3, 0.5])
    n = rng.integers(5, 40, (200, 4))
    n[100:, 3] += 150  # half of them are sent harder cases
    k = rng.binomial(n, kinds).sum(axis=1)
    k[[3, 50, 150]] = rng.binomial(n[[3, 50, 150]], np.minimum(kinds + 0.35, 1)).sum(axis=1)
    by_kind = benjamini_hochberg(two_sided(*p_values(k, crowds(kinds, n))))
    assert np.flatnonzero(by_kind <= 0.05).tolist() == [3, 50, 150]
    everybody = crowds(k.sum() / n.sum(), n.sum(axis=1))
    assert (benjamini_hochberg(two_sided(*p_values(k, everybody))) <= 0.05).sum() > 30

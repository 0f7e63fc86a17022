"""How likely so few or so many of some people count: by hand, against R and mpmath, laws, far tails."""

import json
from math import comb
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from wfaudit.estimators.tails import crowds, log_at_most, log_more

R = json.loads((Path(__file__).parent / "oracles" / "funnel.json").read_text("utf-8"))["values"]
laws = settings(deadline=None)
chance = st.integers(0, 1000).map(lambda x: x / 1000)
people_of_a_unit = st.lists(chance, min_size=1, max_size=70)


def each_person(units):
    """Units whose people each have a chance of their own."""
    chances = np.concatenate(units)
    return crowds(chances, np.ones(len(chances)), np.repeat(range(len(units)), [*map(len, units)]))


def multiplied_out(chances):
    """Chance of every count, person by person."""
    found = [mpmath.mpf(1)]
    for p in map(mpmath.mpf, chances):
        stay, go = [x * (1 - p) for x in found] + [0], [0] + [x * p for x in found]
        found = [x + y for x, y in zip(stay, go, strict=True)]
    return found


def tails(units, k):
    """Chances of k or fewer and of k or more."""
    return np.exp(log_at_most(units, k)), np.exp(log_more(units, np.asarray(k) - 1))


# by hand --------------------------------------------------------------------------------------


def test_three_people_with_chances_of_their_own_by_hand():
    # chances .1, .5, .9: nobody .9 x .5 x .1, everybody .1 x .5 x .9, one .05 x .1 + .9 x .5 x .1 + .81 x .5
    units = each_person([[0.1, 0.5, 0.9]] * 5)
    k = [-1, 0, 1, 2, 3]
    np.testing.assert_allclose(np.exp(log_at_most(units, k)), [0, 0.045, 0.5, 0.955, 1], rtol=1e-14)
    np.testing.assert_allclose(np.exp(log_more(units, k)), [1, 0.955, 0.5, 0.045, 0], rtol=1e-14)


def test_ten_people_of_one_chance_by_hand():
    units = crowds(0.3, np.full(12, 10))
    each = [comb(10, j) * 0.3**j * 0.7 ** (10 - j) for j in range(11)]
    at_most = np.exp(log_at_most(units, range(-1, 11)))
    np.testing.assert_allclose(at_most, [0, *np.cumsum(each)], rtol=1e-13)
    np.testing.assert_allclose(np.exp(log_more(units, range(-1, 11))), 1 - at_most, atol=1e-14)


def test_between_two_counts_nothing_happens():
    units = each_person([[0.2, 0.7], [0.4, 0.4]])
    for tail in (log_at_most, log_more):
        np.testing.assert_array_equal(tail(units, [0.9, 1.5]), tail(units, [0, 1]))


def test_units_hold_their_people_whatever_way_the_cells_are_given():
    square = crowds([0.1, 0.5], [[2, 1], [0, 3]])
    listed = crowds([0.5, 0.1, 0.5, 0.1], [3, 1, 1, 1], [1, 0, 0, 0])
    for units in (square, listed):
        assert units.people.tolist() == [3, 3]
        np.testing.assert_allclose(units.mean, [0.7, 1.5])
        np.testing.assert_allclose(units.sd, np.sqrt([2 * 0.09 + 0.25, 0.75]))
        np.testing.assert_allclose(np.exp(log_at_most(units, [0, 0])), [0.81 * 0.5, 0.125])
    assert crowds(0.2, 5).people.tolist() == [5]


# against others ---------------------------------------------------------------------------------


def test_people_with_unlike_chances_give_what_the_fourier_transform_gives():
    few, many = tails(each_person(R["people"]), R["count"])
    np.testing.assert_allclose(few, R["mixed_few"], rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(many, R["mixed_many"], rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("size", [15, 16, 17, 33, 100])
def test_small_tails_are_as_right_as_large_ones(size):
    with mpmath.workdps(40):
        chances = np.linspace(0.01, 0.4, size)
        each = multiplied_out(chances)
        k = np.arange(size)
        units = each_person([chances] * size)
        few = [float(mpmath.log(mpmath.fsum(each[: j + 1]))) for j in k]
        more = [float(mpmath.log(mpmath.fsum(each[j + 1 :]))) for j in k]
    near = np.array(more) > -95
    np.testing.assert_allclose(np.expm1(log_at_most(units, k) - few), 0, atol=1e-12)
    np.testing.assert_allclose(np.expm1(log_more(units, k) - more)[near], 0, atol=1e-12)


def test_tails_too_far_out_to_add_up_are_right_to_a_part_in_two_thousand():
    units = crowds(np.array(R["far_rate"]), R["far_n"])
    np.testing.assert_allclose(log_at_most(units, R["far_k"]), R["far_few"], rtol=5e-4)
    turned = crowds(1 - np.array(R["far_rate"]), R["far_n"])
    k = np.array(R["far_n"]) - R["far_k"] - 1
    np.testing.assert_allclose(log_more(turned, k), R["far_few"], rtol=5e-4)


def test_far_tails_of_unlike_chances_are_right_too():
    chances = np.tile([0.2, 0.3, 0.55], 200)
    with mpmath.workdps(40):
        each = multiplied_out(chances)
        few = [float(mpmath.log(mpmath.fsum(each[: j + 1]))) for j in (45, 60)]
        more = [float(mpmath.log(mpmath.fsum(each[j + 1 :]))) for j in (400, 470)]
    units = each_person([chances] * 2)
    assert max(few + more) < -99
    np.testing.assert_allclose(log_at_most(units, [45, 60]), few, rtol=5e-4)
    np.testing.assert_allclose(log_more(units, [400, 470]), more, rtol=5e-4)


def test_far_tails_go_over_into_the_near_ones_without_a_step():
    units = crowds(0.3, np.full(300, 2000))
    k = np.arange(300) + 270
    logs = log_at_most(units, k)
    np.testing.assert_allclose(logs, binom.logcdf(k, 2000, 0.3), rtol=5e-4)
    assert (np.diff(logs) > 0).all()
    mixed = crowds([0.25, 0.35], np.full((300, 2), 1000))
    assert (np.diff(log_at_most(mixed, k)) > 0).all()


def test_what_is_not_needed_is_not_worked_out():
    units = crowds(0.3, [2000, 2000])
    assert log_at_most(units, [300, 300], [-200, -5])[0] > -200
    assert log_at_most(units, [50, 50], [-2000, -5])[1] < -200


# laws -----------------------------------------------------------------------------------------


@laws
@given(people_of_a_unit, st.integers(-1, 70))
def test_few_and_more_add_up_to_everything(chances, k):
    units = each_person([chances])
    total = np.exp(log_at_most(units, [k])) + np.exp(log_more(units, [k]))
    np.testing.assert_allclose(total, 1, atol=1e-12)


@laws
@given(people_of_a_unit, st.integers(0, 70))
def test_counting_those_who_do_not_count_swaps_few_and_many(chances, k):
    k = min(k, len(chances))
    few, many = tails(each_person([chances]), [k])
    rest_few, rest_many = tails(each_person([[1 - p for p in chances]]), [len(chances) - k])
    np.testing.assert_allclose([few, many], [rest_many, rest_few], atol=1e-12)


@laws
@given(people_of_a_unit, st.permutations(range(70)), st.integers(0, 70))
def test_the_order_of_people_does_not_matter(chances, order, k):
    mixed = [chances[i] for i in order if i < len(chances)]
    one, other = tails(each_person([chances]), [k]), tails(each_person([mixed]), [k])
    np.testing.assert_allclose(one, other, atol=1e-12)


@laws
@given(people_of_a_unit, people_of_a_unit, st.integers(0, 70))
def test_units_do_not_touch_each_other(one, other, k):
    both = each_person([one, other])
    for i, chances in enumerate((one, other)):
        alone = tails(each_person([chances]), [k])
        np.testing.assert_array_equal([x[i] for x in tails(both, [k, k])], [x[0] for x in alone])


@laws
@given(people_of_a_unit, st.integers(0, 70), chance)
def test_one_person_more_makes_few_no_likelier(chances, k, p):
    few, _ = tails(each_person([chances, [*chances, p]]), [k, k])
    assert few[1] <= few[0] + 1e-12


def test_alike_chances_told_one_by_one_are_a_binomial():
    nearly = each_person([[0.2] * 39 + [0.2 + 1e-12]])
    np.testing.assert_allclose(tails(nearly, [13]), tails(crowds(0.2, [40]), [13]), rtol=1e-9)


# the edges --------------------------------------------------------------------------------------


def test_where_all_is_certain_only_the_certain_count_can_be():
    few, many = tails(crowds([[0.0, 1.0]] * 3, [[4, 6]] * 3), [5, 6, 7])
    assert few.tolist() == [0, 1, 1]
    assert many.tolist() == [1, 1, 0]


def test_people_who_count_for_certain_are_a_floor_however_far_out():
    units = crowds([[1.0, 0.5]] * 2, [[30, 400]] * 2)
    few = log_at_most(units, [29, 30])
    assert few[0] == -np.inf
    assert few[1] == pytest.approx(400 * np.log(0.5), rel=5e-4)


@pytest.mark.parametrize("wrong", [-1, 2.5, np.inf, np.nan])
def test_counts_of_people_that_cannot_be_spoil_their_own_unit_only(wrong):
    units = crowds([0.1, 0.3], [[5, wrong], [5, 1]])
    assert np.isnan(units.people).tolist() == [True, False]
    assert np.isnan(log_at_most(units, [1, 1])).tolist() == [True, False]


def test_a_chance_of_nobody_may_be_anything():
    units = crowds([0.1, np.nan], [[5, 0]])
    assert (units.people[0], units.mean[0]) == (5, 0.5)
    assert np.isnan(crowds([0.1, np.nan], [[5, 1]]).people).all()
    assert np.isnan(crowds([0.1, 1.2], [[5, 1]]).people).all()
    assert np.isnan(crowds([0.1, -0.2], [[5, 1]]).people).all()


def test_no_unit_and_units_without_people_are_answered_without_a_warning():
    assert log_at_most(crowds([], []), []).tolist() == []
    assert crowds(0.2, [5, 5], [0, 2]).people.tolist() == [5, 0, 5]
    assert tails(crowds(0.2, [0]), [0]) == (1, 1)
    assert np.isnan(log_at_most(crowds(0.2, [3]), [np.nan])).all()
    assert np.isnan(log_more(each_person([[0.1, 0.2]]), [np.nan])).all()

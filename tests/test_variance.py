"""How much of a decision is who decides: by hand, against R, laws, coverage, planted caseworkers."""

import importlib.util
import json
from itertools import product
from math import comb
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from wfaudit.estimators.variance import betabinomial_share, between_units, shuffled

HERE = Path(__file__).parent
R = json.loads((HERE / "oracles" / "variance.json").read_text("utf-8"))["values"]
RATS = json.loads((HERE / "oracles" / "betabinomial.json").read_text("utf-8"))["values"]
laws = settings(deadline=None, max_examples=50)


def loaded(name):
    """A script of tests/covered, as a module."""
    spec = importlib.util.spec_from_file_location(name, HERE / "covered" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


measured = loaded("units")


@st.composite
def cells(draw):
    """Eight to twelve caseworkers, up to three profiles, up to nine people in a cell."""
    units, profiles = draw(st.integers(8, 12)), draw(st.integers(1, 3))
    n = [draw(st.integers(0, 9)) for _ in range(units * profiles)]
    k = [draw(st.integers(0, x)) for x in n]
    unit, profile = np.divmod(np.arange(units * profiles), profiles)
    return np.array(k), np.array(n), unit, profile


# by hand --------------------------------------------------------------------------------------


def test_two_caseworkers_with_ten_people_each_by_hand():
    # 2 and 6 of 10: between 2 x 10 x .2^2 = .8 on 1, within 1.6 + 2.4 = 4 on 18, ten to a unit
    found = between_units([2, 6], [10, 10])
    assert found.within == pytest.approx(4 / 18)
    assert found.between == pytest.approx((0.8 - 4 / 18) / 10)
    assert found.estimate == pytest.approx((0.8 - 4 / 18) / (0.8 + 9 * 4 / 18))
    assert (found.units, found.profiles, found.people) == (2, 1, 20)
    assert found.note == "2 units: fewer than 8, no interval"
    assert np.isnan([found.low, found.high]).all()


def test_the_same_facts_other_decisions_by_hand():
    # profile A: 0 of 2 and 2 of 2, between 1 on 1, within 0 on 2; profile B: 1 of 2 and 1 of 2,
    # between 0 on 1, within .5 + .5 on 2; one caseworker alone met profile C
    found = between_units([0, 2, 1, 1, 5], [2, 2, 2, 2, 9], [1, 2, 1, 2, 1], list("AABBC"))
    assert found.within == pytest.approx(1 / 4)
    assert found.between == pytest.approx((1 / 2 - 1 / 4) / 2)
    assert (found.units, found.profiles, found.people) == (2, 2, 8)


def test_every_way_to_deal_eight_people_to_three_caseworkers():
    n, k = np.array([2, 3, 3]), np.array([2, 0, 2])
    deals = [x for x in product(range(3), range(4), range(4)) if sum(x) == 4]
    chance = np.array([np.prod([comb(*pair) for pair in zip(n, x, strict=True)]) for x in deals])
    chance = chance / comb(8, 4)
    far = np.array([((np.array(x) - n / 2) ** 2).sum() * 4 for x in deals])
    found = shuffled(k, n, runs=20_000)
    assert found.statistic == pytest.approx(((k - n / 2) ** 2).sum() * 4)
    assert found.expected == pytest.approx(chance @ far, rel=1e-12)
    exact = chance[far >= found.statistic - 1e-9].sum()
    assert found.p == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 20_000))


# against R ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["litters", "dealt", "few"])
def test_shares_of_variance_are_those_of_linear_models_and_a_loop(name):
    of = R[name]
    found = between_units(of["k"], of["n"], of.get("unit"), of.get("profile"))
    ours = found.estimate, found.between, found.within, found.low, found.high
    theirs = [of[x] for x in ("share", "between", "within", "low", "high")]
    assert ours == pytest.approx(theirs, rel=1e-10)


def test_the_share_by_maximum_likelihood_is_vgams():
    share = betabinomial_share(RATS["lirat.k"], RATS["lirat.n"])
    assert share == pytest.approx(RATS["lirat.rho"], abs=1e-6)


# laws -----------------------------------------------------------------------------------------


@laws
@given(cells())
def test_limits_hold_the_share_and_a_note_stands_where_there_are_none(some):
    found = between_units(*some)
    if found.note:
        assert np.isnan([found.low, found.high]).all()
    else:
        assert found.low < found.estimate < found.high <= 1


@laws
@given(cells(), st.randoms(use_true_random=False))
def test_neither_names_nor_order_nor_splitting_a_cell_matters(some, random):
    k, n, unit, profile = some
    order = list(range(len(k)))
    random.shuffle(order)
    names, letters = np.array([f"caseworker {9 * u % 13}" for u in unit]), np.array(list("xyz"))
    half = k // 2
    other = [
        np.concatenate([half[order], (k - half)[order]]),
        np.concatenate([(n // 2)[order], (n - n // 2)[order]]),
    ]
    assume((other[0] <= other[1]).all())
    mixed = between_units(*other, np.tile(names[order], 2), np.tile(letters[profile][order], 2))
    plain = between_units(*some)
    assert mixed.note == plain.note
    ours = [mixed.estimate, mixed.low, mixed.high, mixed.between, mixed.within]
    theirs = [plain.estimate, plain.low, plain.high, plain.between, plain.within]
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12, nan_ok=True)


@laws
@given(cells())
def test_counting_those_who_do_not_count_changes_nothing(some):
    k, n, unit, profile = some
    one, other = between_units(*some), between_units(n - k, n, unit, profile)
    assert (one.estimate, one.low, one.high) == pytest.approx(
        (other.estimate, other.low, other.high), rel=1e-7, abs=1e-9, nan_ok=True
    )


# what can't be known ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("k", "n", "note"),
    [
        ([0, 0, 3], [0, 0, 9], "no two units to compare"),
        ([1, 0, 1] * 4, [1] * 12, "no unit met two people of a profile: nothing to compare with"),
        ([0] * 9, [5] * 9, "all or none: nothing varies"),
        ([1, 4] * 3, [5] * 6, "6 units: fewer than 8, no interval"),
        ([0, 5] * 5, [5] * 10, "nothing varies within a unit: no interval"),
        ([2.5] * 9, [5] * 9, "the counts are not whole numbers of people"),
        ([6] * 9, [5] * 9, "the counts are not whole numbers of people"),
        ([2] * 9, [5] * 9, "nothing varies without one unit: no interval"),
        ([], [], "no two units to compare"),
        ([0] * 5 + [1, 0, 1], [1] * 6 + [2, 5], "nothing varies without one unit: no interval"),
        ([1] * 5 + [0, 2, 4], [1] * 6 + [2, 5], "nothing varies without one unit: no interval"),
    ],
)
def test_what_cannot_be_told_says_why(k, n, note):
    found = between_units(k, n)
    assert found.note == note
    assert np.isnan([found.low, found.high]).all()


def test_caseworkers_who_never_waver_hold_all_the_variance():
    assert between_units([0, 5] * 5, [5] * 10).estimate == 1


def test_deals_that_cannot_be_made_are_not_judged():
    for k, n in (([0, 0], [5, 5]), ([], []), ([1.5, 2], [5, 5]), ([7, 2], [5, 5])):
        found = shuffled(k, n)
        assert np.isnan([found.statistic, found.expected, found.p]).all()
        assert found.runs == 0


# coverage and what is planted ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", measured.KINDS)
@pytest.mark.parametrize("design", measured.DESIGNS)
def test_limits_hold_the_share_of_variance_as_often_as_they_say(kind, design):
    held, _, _ = measured.held_by_share(kind, 0.3, 0.1, design, draws=300, seed=17)
    assert held > 0.95 - 3 * np.sqrt(0.05 * 0.95 / 300)


def test_limits_of_uneven_caseloads_hold_the_share_where_those_of_f_do_not():
    held, _, by_f = measured.held_by_share("beta", 0.3, 0.1, (40, 50), True, draws=300, seed=3)
    assert held > 0.95 - 3 * np.sqrt(0.05 * 0.95 / 300)
    assert by_f < held


def test_limits_within_profiles_hold_the_share_as_often_as_they_say():
    held = measured.held_within_profiles(40, 10, 5, 0.8, draws=200, seed=4)
    assert held > 0.95 - 3 * np.sqrt(0.05 * 0.95 / 200)


@pytest.mark.long
def test_every_design_with_a_share_of_a_tenth_is_held_in_ninety_three_of_a_hundred():
    for kind, design in product(measured.KINDS, measured.DESIGNS):
        held, _, _ = measured.held_by_share(kind, 0.3, 0.1, design, draws=3000, seed=2)
        assert held >= 0.93


def test_where_nobody_differs_people_dealt_by_lot_lie_as_far_apart_as_often_as_they_should():
    rng = np.random.default_rng(6)
    unit, profile = np.indices((12, 5)).reshape(2, -1)
    chance = np.linspace(0.1, 0.7, 5)[profile]
    n = rng.integers(0, 6, len(unit))
    p = [shuffled(rng.binomial(n, chance), n, unit, profile, runs=99, seed=s).p for s in range(200)]
    assert np.mean(np.array(p) <= 0.1) < 0.1 + 3 * np.sqrt(0.09 / 200)
    assert np.mean(p) == pytest.approx(0.5, abs=0.09)


def test_eight_hard_caseworkers_among_forty_are_noticed_and_unlike_clients_are_not():
    rng = np.random.default_rng(8)
    unit, profile = np.indices((40, 6)).reshape(2, -1)
    chance = np.array([0.05, 0.1, 0.2, 0.3, 0.5, 0.7])[profile]
    n = rng.poisson(np.where((unit < 20) == (profile < 3), 16, 3))  # two offices, other clients
    k = rng.binomial(n, np.where(unit % 5 == 0, np.minimum(chance + 0.25, 1), chance))
    found = between_units(k, n, unit, profile)
    assert shuffled(k, n, unit, profile).p <= 0.01
    assert 0 < found.low < 0.1
    calm = rng.binomial(n, chance)
    assert shuffled(calm, n, unit, profile).p > 0.05
    assert between_units(calm, n, unit, profile).low < 0
    # without profiles, who was sent looks like who decides
    assert between_units(calm, n, unit).low > 0.04
    assert shuffled(calm, n, unit).p == 0.001

"""Agreement of two sides: against vcd, psych and print, the delta method, and how often it holds."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfaudit.estimators.agreement import gwet_ac1, kappa, pabak, percent_agreement

ORACLES = Path(__file__).parent / "oracles"
R, PRINTED = (
    json.loads((ORACLES / name).read_text(encoding="utf-8"))["values"]
    for name in ("kappa.json", "kappa_published.json")
)
NAMES = sorted({name.split(".")[0] for name in R})
laws = settings(max_examples=100, deadline=None)
counts = st.lists(st.integers(1, 60), min_size=9, max_size=9).map(lambda c: np.reshape(c, (3, 3)))


def table_of(values, name):
    cells = values[f"{name}.table"]
    return np.reshape(cells, (round(len(cells) ** 0.5), -1))


def both(found):
    return float(found.estimate), float(found.se)


def test_of_ten_pairs_eight_agree_and_kappa_is_what_is_left_beyond_chance_by_hand():
    # 5 both yes, 3 both no, 2 apart; each side says yes 6 times: chance is .6 x .6 + .4 x .4 = .52
    table = [[5, 1], [1, 3]]
    assert percent_agreement(table) == 0.8
    assert kappa(table).estimate == pytest.approx((0.8 - 0.52) / 0.48)
    assert pabak(table) == pytest.approx(0.6)
    assert gwet_ac1(table).estimate == pytest.approx((0.8 - 0.48) / 0.52)


# Other people's code and print ------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("weights", ["same", "linear", "quadratic"])
def test_kappa_and_its_error_are_those_of_vcd(name, weights):
    found = kappa(table_of(R, name), weights)
    assert found.note == ""
    assert both(found) == pytest.approx(R[f"{name}.{weights}"], rel=1e-10)


@pytest.mark.parametrize("name", NAMES)
def test_kappa_is_that_of_psych_whose_unweighted_error_agrees(name):
    table = table_of(R, name)
    assert both(kappa(table)) == pytest.approx(R[f"{name}.psych_same"], rel=1e-10)
    weighted = kappa(table, "quadratic").estimate
    assert weighted == pytest.approx(R[f"{name}.psych_quadratic"], rel=1e-10)


def test_the_abstractors_agree_as_gwet_prints():
    table = table_of(PRINTED, "abstractors")
    assert both(kappa(table)) == pytest.approx(PRINTED["abstractors.kappa"], abs=5e-8)
    assert both(gwet_ac1(table)) == pytest.approx(PRINTED["abstractors.ac1"], abs=5e-8)
    assert pabak(table) == pytest.approx(PRINTED["abstractors.brennan_prediger"], abs=1e-12)
    assert percent_agreement(table) == pytest.approx(PRINTED["abstractors.agreement"], abs=1e-12)


def test_the_diagnoses_agree_as_gwet_prints():
    table = table_of(PRINTED, "diagnosis")
    for found, name in (
        (kappa(table), "kappa"),
        (kappa(table, "linear"), "linear"),
        (kappa(table, "quadratic"), "quadratic"),
        (gwet_ac1(table), "ac1"),
    ):
        assert both(found) == pytest.approx(PRINTED[f"diagnosis.{name}_3"], abs=5e-4)
    assert pabak(table) == pytest.approx(PRINTED["diagnosis.brennan_prediger_3"], abs=5e-4)


# The delta method, done by moving each cell a little -----------------------------------------------

METHODS = [
    kappa,
    lambda t: kappa(t, "linear"),
    lambda t: kappa(t, "quadratic"),
    gwet_ac1,
]


@pytest.mark.parametrize("method", METHODS)
@given(table=counts)
@settings(max_examples=30, deadline=None)
def test_the_error_is_that_of_moving_one_person_at_a_time(method, table):
    n, step = table.sum(), 1e-5
    slopes = np.empty((3, 3))
    for cell in np.ndindex(3, 3):
        moved = np.zeros((3, 3))
        moved[cell] = step
        up, down = (method(table + side * moved).estimate for side in (1, -1))
        slopes[cell] = (up - down) / (2 * step)
    spread = (table * slopes**2).sum() - (table * slopes).sum() ** 2 / n
    estimated = method(table)
    if estimated.note == "":
        assert estimated.se == pytest.approx(np.sqrt(spread), rel=1e-4)


# Laws -------------------------------------------------------------------------------------------


@given(table=counts)
@laws
def test_it_does_not_matter_which_side_is_in_the_rows(table):
    for method in METHODS:
        assert both(method(table)) == pytest.approx(both(method(table.T)), nan_ok=True)


@given(table=counts, order=st.permutations(range(3)))
@laws
def test_the_order_of_categories_matters_only_to_weights(table, order):
    turned = table[np.ix_(order, order)]
    for method in (kappa, gwet_ac1):
        assert both(method(turned)) == pytest.approx(both(method(table)), nan_ok=True)
    for weights in ("linear", "quadratic"):
        back = kappa(table[::-1, ::-1], weights)
        assert both(back) == pytest.approx(both(kappa(table, weights)), nan_ok=True)


@given(table=counts)
@laws
def test_four_times_the_people_halve_the_error(table):
    for method in METHODS:
        one, four = method(10 * table), method(40 * table)
        assert four.estimate == pytest.approx(float(one.estimate))
        assert four.se == pytest.approx(float(one.se) / 2)


@given(table=st.lists(st.integers(0, 40), min_size=9, max_size=9))
@laws
def test_the_limits_hold_the_estimate_inside_its_range_or_a_note_says_why_not(table):
    for method in METHODS:
        found = method(np.reshape(table, (3, 3)))
        if found.note == "":
            assert -1 <= found.low < found.estimate < found.high <= 1
            assert found.se > 0
        else:
            assert np.isnan([found.low, found.high, found.se]).all()


@given(cells=st.lists(st.integers(1, 60), min_size=4, max_size=4))
@laws
def test_with_two_categories_weights_change_nothing(cells):
    table = np.reshape(cells, (2, 2))
    for weights in ("linear", "quadratic"):
        expected = both(kappa(table))
        assert both(kappa(table, weights)) == pytest.approx(expected, nan_ok=True)


def test_many_tables_at_once_are_the_tables_one_by_one():
    tables = np.random.default_rng(3).integers(1, 50, (5, 4, 4))
    for method in METHODS:
        together = method(tables)
        alone = np.array([both(method(table)) for table in tables])
        np.testing.assert_allclose(np.transpose([together.estimate, together.se]), alone)


# Edges ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "estimate", "note"),
    [
        ([[0, 0], [0, 0]], np.nan, "nobody to count"),
        ([[30, 0], [0, 0]], np.nan, "both always say the same: no kappa"),
        ([[9942, 58], [0, 0]], 0, "one side never varies: no interval"),
        ([[4, 1], [1, 2]], 7 / 15, "8 people: too few for an interval"),
        ([[20, 0], [0, 10]], 1, "they always agree: no interval"),
        ([[95, 2], [2, 1]], 0.312715, "too few outside the commonest category: no interval"),
    ],
)
def test_where_nothing_can_be_said_of_kappa_a_note_says_why(table, estimate, note):
    found = kappa(table)
    assert found.note == note
    assert found.estimate == pytest.approx(estimate, abs=1e-6, nan_ok=True)
    assert np.isnan([found.se, found.low, found.high]).all()


def test_where_advice_is_hardly_ever_overruled_kappa_is_low_and_the_others_are_not():
    # 990 of 1,000 decisions follow the advice, but of 12 that either side flags only 2 are shared
    table = [[988, 6], [4, 2]]
    assert percent_agreement(table) == 0.99
    assert kappa(table).estimate < 0.29
    assert gwet_ac1(table).estimate > 0.98
    assert pabak(table) == pytest.approx(0.98)


@pytest.mark.parametrize(
    ("table", "note"),
    [
        ([[0, 0], [0, 0]], "nobody to count"),
        ([[30, 0], [0, 0]], "they always agree: no interval"),
        ([[3, 1], [1, 2]], "7 people: too few for an interval"),
    ],
)
def test_where_nothing_can_be_said_of_ac1_a_note_says_why(table, note):
    found = gwet_ac1(table)
    assert found.note == note
    assert np.isnan([found.se, found.low, found.high]).all()


# Coverage ---------------------------------------------------------------------------------------


def agreeing(common, share):
    """Two sides with the same margins, of whom a share agree on purpose."""
    common = np.array(common)
    return share * np.diag(common) + (1 - share) * np.outer(common, common)


def held(method, chances, n, draws=20_000):
    rng = np.random.default_rng(5)
    truth = method(chances * 1e9).estimate
    found = method(rng.multinomial(n, chances.ravel(), draws).reshape(draws, *chances.shape))
    printed = found.note == ""
    return ((found.low <= truth) & (truth <= found.high))[printed].mean(), printed.mean()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("share", [0.1, 0.4, 0.8])
@pytest.mark.parametrize("common", [(0.5, 0.5), (0.3, 0.4, 0.3), (0.7, 0.2, 0.1), (0.9, 0.1)])
@pytest.mark.parametrize("n", [100, 300, 1000])
def test_the_interval_holds_the_truth_as_often_as_it_says(method, share, common, n):
    """Measured where an interval is printed nine times of ten or more: .922 to .973, mean .949."""
    covered, printed = held(method, agreeing(common, share), n)
    assert printed < 0.9 or 0.915 < covered < 0.975

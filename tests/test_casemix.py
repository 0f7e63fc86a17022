"""How alike decisions by the same caseworker are, case mix apart: by hand, against R, laws, coverage."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from wfaudit.estimators.casemix import between_alike, by_lot
from wfaudit.estimators.dealing import LIKELY
from wfaudit.estimators.variance import between_units

HERE = Path(__file__).parent
R = json.loads((HERE / "oracles" / "casemix.json").read_text("utf-8"))["values"]
laws = settings(deadline=None, max_examples=50)


@st.composite
def cells(draw):
    """Eight to twelve caseworkers, up to three kinds, up to nine people in a cell."""
    units, kinds = draw(st.integers(8, 12)), draw(st.integers(1, 3))
    n = [draw(st.integers(0, 9)) for _ in range(units * kinds)]
    k = [draw(st.integers(0, x)) for x in n]
    unit, kind = np.divmod(np.arange(units * kinds), kinds)
    assume(0 < sum(k) < sum(n))
    return np.array(k), np.array(n), unit, kind


def numbers(found):
    return [found.estimate, found.low, found.high]


# by hand --------------------------------------------------------------------------------------


def test_two_caseworkers_who_were_sent_unlike_people_by_hand():
    # of kind x 2 of 4 count, of kind y 1 of 4. The first caseworker had three x (2 count) and one y:
    # 3/2 + 1/4 = 1.75 expected, 2 counted. The second: 2.25 - 1 = 1.25 expected, 1 counted.
    # Dealt by lot, three of four x vary by 3 x 1/4 x 1/3, one of four y by 3/4 x 1/4: 0.4375 in all.
    weight = (1 + LIKELY * 3) ** -2
    lot = by_lot([2, 0, 0, 1], [3, 1, 1, 3], [1, 1, 2, 2], list("xyxy"))
    assert lot.statistic == pytest.approx(weight * 2 * 0.25**2)
    assert lot.expected == pytest.approx(weight * 2 * 0.4375)
    assert between_alike([2, 0, 0, 1], [3, 1, 1, 3], [1, 1, 2, 2], list("xyxy")).estimate < 0


def test_who_was_only_sent_the_harder_cases_does_not_differ():
    # eight caseworkers with ten x of whom nine count, eight with ten y of whom one counts
    k, n, unit, kind = [9] * 8 + [1] * 8, [10] * 16, range(16), [0] * 8 + [1] * 8
    assert between_alike(k, n, unit).estimate > 0.5
    assert between_alike(k, n, unit, kind).estimate < 0
    assert by_lot(k, n, unit).p < 1e-6
    assert by_lot(k, n, unit, kind).p > 0.99


@pytest.mark.parametrize(
    ("k", "n", "unit", "why"),
    [
        ([], [], [], "no two units to compare"),
        ([3], [9], [1], "no two units to compare"),
        ([0] * 9, [9] * 9, range(9), "all or none of each kind: nothing varies"),
        ([1, 2, 3], [9] * 3, range(3), "3 units: fewer than 8, no interval"),
        ([2.5] * 9, [9] * 9, range(9), "the counts are not whole numbers of people"),
        ([10] * 9, [9] * 9, range(9), "the counts are not whole numbers of people"),
        ([3] * 9, [9] * 9, range(9), "the units do not vary: no interval"),
    ],
)
def test_what_cannot_be_known_has_no_limits_and_says_why(k, n, unit, why):
    found = between_alike(k, n, unit)
    assert np.isnan([found.low, found.high]).all()
    assert found.note == why


def test_people_nobody_else_was_sent_tell_nothing():
    k, n, unit, kind = [2, 9, 5, 4, 8, 1, 6, 3], [10] * 8, list(range(8)), [0] * 8
    plain = between_alike(k, n, unit, kind)
    more = between_alike([*k, 30], [*n, 50], [*unit, 8], [*kind, 1])
    assert numbers(more) == pytest.approx(numbers(plain))
    assert by_lot([*k, 30], [*n, 50], [*unit, 8], [*kind, 1]).p == pytest.approx(
        by_lot(k, n, unit).p
    )


# other people's numbers -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mixed", "ways", "each"])
def test_share_limits_and_dealing_by_lot_are_those_worked_out_in_r_from_rows_of_people(name):
    told = R[name]
    given_ = (told["k"], told["n"], told["unit"], told["kind"], told["strand"])
    found, lot = between_alike(*given_), by_lot(*given_)
    assert numbers(found) == pytest.approx([told["share"], told["low"], told["high"]], rel=1e-9)
    assert [lot.statistic, lot.expected, lot.p] == pytest.approx(
        [told["squares"], told["expected"], told["p"]], rel=1e-9
    )


def test_with_one_kind_and_as_many_people_each_it_is_the_first_coefficient_of_shrout_and_fleiss():
    told = R["even"]
    found = between_alike(told["k"], [12] * 9, range(9))
    assert found.estimate == pytest.approx(told["share"], rel=1e-9)


def test_with_one_kind_and_as_many_people_each_it_is_the_analysis_of_variance():
    k, n = [2, 9, 5, 4, 8, 1, 6, 3], [10] * 8
    assert between_alike(k, n, range(8)).estimate == pytest.approx(between_units(k, n).estimate)


def test_dealing_people_out_twenty_thousand_times_gives_the_same_mean_and_about_the_same_chance():
    rng = np.random.default_rng(3)
    n, unit, kind = rng.integers(1, 9, 24), np.repeat(range(12), 2), np.tile([0, 1], 12)
    k = rng.binomial(n, np.where(kind == 1, 0.5, 0.2))
    lot, weight = by_lot(k, n, unit, kind), (1 + LIKELY * (np.bincount(unit, n) - 1)) ** -2.0
    departs = np.zeros((20_000, 12))
    for one in (0, 1):
        of = n[kind == one]
        dealt = rng.multivariate_hypergeometric(of, k[kind == one].sum(), 20_000)
        departs += dealt - of * k[kind == one].sum() / of.sum()
    squares = (weight * departs**2).sum(axis=1)
    assert lot.expected == pytest.approx(squares.mean(), rel=0.02)
    for far in (0.5, 0.1, 0.02):
        at = float(np.quantile(squares, 1 - far))
        shape = lot.expected**2 / squares.var()
        assert scaled(lot, at, shape) == pytest.approx(far, abs=0.02)
    assert lot.p == pytest.approx((squares >= lot.statistic - 1e-9).mean(), abs=0.02)


def scaled(lot, at, shape):
    from scipy.special import gammaincc

    return gammaincc(shape, shape * at / lot.expected)


# laws -----------------------------------------------------------------------------------------


@laws
@given(cells())
def test_who_counts_and_who_does_not_may_change_places(told):
    k, n, unit, kind = told
    one, other = between_alike(*told), between_alike(n - k, n, unit, kind)
    assert numbers(one) == pytest.approx(numbers(other), nan_ok=True, abs=1e-9)
    assert by_lot(*told).p == pytest.approx(by_lot(n - k, n, unit, kind).p, nan_ok=True)


@laws
@given(cells(), st.randoms(use_true_random=False))
def test_names_and_the_order_of_rows_change_nothing(told, luck):
    k, n, unit, kind = told
    order = list(range(len(n)))
    luck.shuffle(order)
    names = luck.sample(range(1000), 12)
    moved = k[order], n[order], [names[u] for u in unit[order]], [f"kind {x}" for x in kind[order]]
    assert numbers(between_alike(*told)) == pytest.approx(
        numbers(between_alike(*moved)), nan_ok=True, abs=1e-9
    )
    assert by_lot(*told).p == pytest.approx(by_lot(*moved).p, nan_ok=True)


@laws
@given(cells())
def test_the_share_lies_between_its_limits_and_none_is_over_one(told):
    found = between_alike(*told)
    if not np.isnan(found.low):
        assert found.low < found.estimate < found.high <= 1


@laws
@given(cells())
def test_a_chance_is_one_and_the_share_is_under_none_where_units_are_as_alike_as_dealt(told):
    lot, found = by_lot(*told), between_alike(*told)
    if not np.isnan(lot.p):
        assert 0 <= lot.p <= 1
        assert (lot.statistic > lot.expected) == (found.estimate > 0) or found.estimate == 0


# coverage, and what is planted ----------------------------------------------------------------


def caseworkers(rng, units, people, rate, share, kinds=5):
    """Caseworkers whose rates follow a beta distribution, each sent another mix of kinds of people."""
    rates = np.linspace(0.4, 1.6, kinds) * rate
    mix = rng.dirichlet(np.full(kinds, 2.0), units)
    size = np.maximum(rng.lognormal(np.log(people), 0.6, units).astype(int), 2)
    n = np.array([rng.multinomial(s, m) for s, m in zip(size, mix, strict=True)])
    own = rates
    if share:
        from scipy.stats import beta

        parts, rank = 1 / share - 1, rng.uniform(size=(units, 1))
        own = beta.ppf(rank, rates * parts, (1 - rates) * parts)
    k = rng.binomial(n, own)
    return k.ravel(), n.ravel(), np.repeat(range(units), kinds), np.tile(range(kinds), units)


@pytest.mark.parametrize(
    ("units", "people", "rate"), [(40, 50, 0.3), (120, 20, 0.3), (60, 60, 0.12)]
)
@pytest.mark.parametrize("runs", [300, pytest.param(2000, marks=pytest.mark.long)])
def test_limits_hold_a_share_of_a_tenth_in_at_least_93_of_100_populations(
    units, people, rate, runs
):
    rng = np.random.default_rng(units)
    found = [between_alike(*caseworkers(rng, units, people, rate, 0.1)) for _ in range(runs)]
    held = np.mean([f.low <= 0.1 <= f.high for f in found])
    assert held >= 0.93 - 2 * np.sqrt(0.93 * 0.07 / runs) * (runs < 2000)
    assert np.mean([f.estimate for f in found]) == pytest.approx(0.1, abs=0.012)


@pytest.mark.parametrize(
    ("units", "people", "rate"), [(8, 20, 0.3), (40, 50, 0.1), (200, 20, 0.05)]
)
def test_caseworkers_who_do_not_differ_are_rarely_said_to(units, people, rate):
    rng = np.random.default_rng(units)
    p = [by_lot(*caseworkers(rng, units, people, rate, 0)).p for _ in range(400)]
    assert np.mean(np.array(p) <= 0.05) <= 0.075
    assert np.median(p) > 0.35


def test_caseworkers_who_differ_by_a_twentieth_are_found():
    rng = np.random.default_rng(11)
    found = [between_alike(*caseworkers(rng, 60, 60, 0.3, 0.05)) for _ in range(40)]
    assert np.mean([f.low > 0 for f in found]) >= 0.9

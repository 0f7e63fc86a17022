"""Intervals and p-values against papers, other people's code, mpmath, and the laws they obey."""

from __future__ import annotations

import json
import time
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import ndtr, ndtri
from statsmodels.stats.proportion import confint_proportions_2indep

from wfaudit.estimators.intervals import (
    clopper_pearson,
    miettinen_nurminen,
    miettinen_nurminen_p,
    newcombe,
    newcombe_p,
    ratio_score,
    ratio_score_p,
    wilson,
)

GAPS = [(newcombe, newcombe_p), (miettinen_nurminen, miettinen_nurminen_p)]
PAIRS = [*GAPS, (ratio_score, ratio_score_p)]
INTERVALS = [newcombe, miettinen_nurminen, ratio_score]
ORACLES = Path(__file__).parent / "oracles"
R, PRINTED = (
    json.loads((ORACLES / name).read_text(encoding="utf-8"))["values"]
    for name in ("proportions.json", "proportions_published.json")
)
COUNTS = {"one": ("k", "n"), "two": ("k", "n", "k_ref", "n_ref")}

mp.mp.dps = 50


# Worked numbers from papers -------------------------------------------------------------------


def limits_of(values, name):
    return values[f"{name}.low"], values[f"{name}.high"]


def counts_of(values, sizes):
    return [np.array(values[f"{sizes}.{c}"], float) for c in COUNTS[sizes]]


@pytest.mark.parametrize(
    ("method", "sizes", "name"),
    [
        (wilson, "one", "wilson"),
        (clopper_pearson, "one", "exact"),
        (newcombe, "two", "newcombe"),
        (miettinen_nurminen, "two", "miettinen_nurminen"),
    ],
)
def test_the_limits_are_those_printed_in_newcombe_1998(method, sizes, name):
    ours = method(*counts_of(PRINTED, sizes))
    np.testing.assert_allclose(ours, limits_of(PRINTED, name), atol=5.1e-5)


def mee(k, n, k_ref, n_ref):
    """Mee's interval is Miettinen and Nurminen's without its factor: a slightly lower level."""
    return miettinen_nurminen(k, n, k_ref, n_ref, level_without_factor(n + n_ref))


def koopman(k, n, k_ref, n_ref):
    return ratio_score(k, n, k_ref, n_ref, level_without_factor(n + n_ref))


def level_without_factor(everybody):
    return 1 - 2 * ndtr(-ndtri(0.975) * np.sqrt((everybody - 1) / everybody))


@pytest.mark.parametrize(
    ("counts", "low", "high", "off"),
    [
        ((56, 70, 48, 80), 0.0533338785, 0.3377294540, 1e-6),  # epiR 2.0.57
        ((56, 70, 48, 80), 0.0533, 0.3377, 5e-5),
        ((9, 10, 3, 10), 0.1821, 0.8370, 5e-5),
        ((5, 56, 0, 29), -0.0313, 0.1926, 5e-5),
    ],
)
def test_without_its_factor_the_score_interval_is_that_of_mee_in_epir_and_in_print(
    counts, low, high, off
):
    np.testing.assert_allclose(mee(*counts), (low, high), atol=off)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [((56, 70, 48, 80), 1.0790, 1.6721), ((7, 34, 1, 34), 1.2086, 43.033)],
)
def test_the_ratio_has_the_worked_limits(counts, low, high):
    np.testing.assert_allclose(ratio_score(*counts), (low, high), atol=5.1e-4, rtol=5e-5)


def test_ninety_against_eighty_eight_of_two_hundred_are_alike_within_ten_points():
    above, _ = miettinen_nurminen_p(90, 200, 88, 200, -0.1)
    _, below = miettinen_nurminen_p(90, 200, 88, 200, 0.1)
    assert max(above, below) == pytest.approx(0.03456673, abs=5e-9)


# Other people's code --------------------------------------------------------------------------


@pytest.mark.parametrize("level", [0.9, 0.95])
@pytest.mark.parametrize(
    ("method", "sizes", "name"),
    [(wilson, "one", "wilson"), (clopper_pearson, "one", "exact"), (newcombe, "two", "newcombe")],
)
def test_the_limits_are_those_of_r(method, sizes, name, level):
    ours = method(*counts_of(R, sizes), level)
    theirs = limits_of(R, f"{name}{level * 100:.0f}")
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-14)


def test_the_score_interval_without_its_factor_is_that_of_epir():
    ours = [mee(*row) for row in zip(*counts_of(R, "two"), strict=True)]
    np.testing.assert_allclose(np.transpose(ours), limits_of(R, "mee95"), atol=1e-6)


def test_the_ratio_without_its_factor_is_koopmans_in_epir():
    ours = [koopman(*row) for row in zip(*counts_of(R, "two"), strict=True)]
    np.testing.assert_allclose(np.transpose(ours), limits_of(R, "koopman95"), rtol=1e-6)


def tables(seed, size=300, most=500):
    """Random counts for two groups, the edges included."""
    rng = np.random.default_rng(seed)
    n, n_ref = rng.integers(1, most, (2, size))
    k, k_ref = (rng.binomial(m, rng.choice([0, 0.02, 0.3, 0.9, 1], size)) for m in (n, n_ref))
    return k.astype(float), n.astype(float), k_ref.astype(float), n_ref.astype(float)


def test_wilson_agrees_with_scipy_for_every_count_up_to_thirty():
    counts = [(k, n) for n in range(1, 31) for k in range(n + 1)]
    theirs = [stats.binomtest(k, n).proportion_ci(0.9, "wilson") for k, n in counts]
    ours = np.column_stack(wilson(*np.array(counts).T, 0.9))
    np.testing.assert_allclose(ours, theirs, atol=1e-13)


def test_newcombe_agrees_with_statsmodels():
    counts = tables(1)
    theirs = [confint_proportions_2indep(*row, method="newcomb") for row in np.transpose(counts)]
    np.testing.assert_allclose(np.column_stack(newcombe(*counts)), theirs, atol=1e-12)


def test_the_ratio_agrees_with_statsmodels_where_each_group_has_some_flagged_and_some_not():
    k, n, k_ref, n_ref = tables(2)
    counts = np.array(tables(2))[:, (k > 0) & (k < n) & (k_ref > 0) & (k_ref < n_ref)]
    theirs = [confint_proportions_2indep(*row, method="score", compare="ratio") for row in counts.T]
    np.testing.assert_allclose(np.column_stack(ratio_score(*counts)), theirs, rtol=2e-6)


@pytest.mark.parametrize(
    ("counts", "wrong"),
    [((20, 20, 82, 270), (2.843137, 3.970797)), ((4, 407, 48, 48), (0.212891, 0.212891))],
)
def test_where_everybody_in_a_group_is_flagged_statsmodels_has_the_ratio_wrong(counts, wrong):
    theirs = confint_proportions_2indep(*counts, method="score", compare="ratio")
    np.testing.assert_allclose(theirs, wrong, atol=1e-6)
    scores = [float(ratio_score_at(counts, at)) for at in ratio_score(*counts)]
    np.testing.assert_allclose(scores, (ndtri(0.975), ndtri(0.025)), rtol=1e-9)


def test_where_statsmodels_has_the_score_interval_of_a_gap_wrong_ours_is_right():
    counts = (56, 70, 48, 80)
    theirs = confint_proportions_2indep(*counts, method="score", compare="diff")
    ours = miettinen_nurminen(*counts)
    assert theirs == pytest.approx((0.0526, 0.3440), abs=5e-5)
    assert ours == pytest.approx(slow_limits(gap_score, counts, (-0.99, 0.2, 0.99)), abs=1e-13)


# An independent reference: mpmath, the null found by climbing the likelihood ---------------------


def log_likelihood(k, n, p):
    return (k * mp.log(p) if k else 0) + ((n - k) * mp.log(1 - p) if n - k else 0)


def highest(function, low, high):
    """Golden section search for the top of a concave function."""
    shrink = (mp.sqrt(5) - 1) / 2
    points = [low, high - shrink * (high - low), low + shrink * (high - low), high]
    left, right = function(points[1]), function(points[2])
    for _ in range(110):
        a, b, c, d = points
        if left > right:
            points, right = [a, c - shrink * (c - a), b, c], left
            left = function(points[1])
        else:
            points, left = [b, c, b + shrink * (d - b), d], right
            right = function(points[2])
    return (points[0] + points[3]) / 2


def slow_score(counts, at, move, top, weight):
    """Score of a null: `move` takes the reference share to the group's, `top` bounds it."""
    k, n, k_ref, n_ref = (mp.mpf(float(count)) for count in counts)
    bottom = max(mp.mpf(0), -mp.mpf(at)) if weight == 1 else mp.mpf(0)
    p_ref = highest(
        lambda p: log_likelihood(k, n, move(p)) + log_likelihood(k_ref, n_ref, p), bottom, top
    )
    p, factor = move(p_ref), (n + n_ref) / (n + n_ref - 1)
    variance = p * (1 - p) / n + weight**2 * p_ref * (1 - p_ref) / n_ref
    return (k / n - move(k_ref / n_ref)) / mp.sqrt(variance * factor)


def gap_score(counts, at):
    at = mp.mpf(float(at))
    return slow_score(counts, at, lambda p: p + at, min(mp.mpf(1), 1 - at), mp.mpf(1))


def ratio_score_at(counts, at):
    at = mp.mpf(float(at))
    return slow_score(counts, at, lambda p: p * at, min(mp.mpf(1), 1 / at), at)


def slow_limits(score, counts, ends):
    """Limits at level .95, by bisection between the ends and the estimate."""
    bottom, estimate, top = (mp.mpf(end) for end in ends)
    deviate = mp.sqrt(2) * mp.erfinv(mp.mpf("0.95"))

    def limit(low, high, wanted):
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (middle, high) if score(counts, middle) > wanted else (low, middle)
        return float(low)

    return limit(bottom, estimate, deviate), limit(estimate, top, -deviate)


WIDE = [
    (56, 70, 48, 80),
    (1, 10, 0, 3),
    (0, 10, 3, 400),
    (10, 10, 7, 9),
    (3, 20, 20, 20),
    (1_500_000, 10_000_000, 1_490_000, 10_000_000),
    (3, 10_000_000, 1, 10_000_000),
    (9_999_998, 10_000_000, 9_999_990, 10_000_000),
    (40, 100, 3_000_000, 10_000_000),
    (12, 100_000_000, 55, 90_000_000),
]


@pytest.mark.parametrize("counts", WIDE)
def test_the_slow_score_at_each_limit_of_a_gap_is_the_deviate_of_the_level(counts):
    low, high = miettinen_nurminen(*counts)
    scores = [float(gap_score(counts, at)) for at in (low, high)]
    np.testing.assert_allclose(scores, (ndtri(0.975), ndtri(0.025)), rtol=1e-9)


@pytest.mark.parametrize("counts", [row for row in WIDE if row[0] * row[2] > 0])
def test_the_slow_score_at_each_limit_of_a_ratio_is_the_deviate_of_the_level(counts):
    low, high = ratio_score(*counts)
    scores = [float(ratio_score_at(counts, at)) for at in (low, high)]
    np.testing.assert_allclose(scores, (ndtri(0.975), ndtri(0.025)), rtol=1e-9)


@pytest.mark.parametrize("at", [-0.3, -0.01, 0.0, 0.02, 0.4])
@pytest.mark.parametrize("counts", WIDE[:4])
def test_the_p_values_of_a_gap_are_those_of_the_slow_score(counts, at):
    score = float(gap_score(counts, at))
    expected = ndtr(-score), ndtr(score)
    np.testing.assert_allclose(miettinen_nurminen_p(*counts, at), expected, rtol=1e-9)


@pytest.mark.parametrize("at", [0.01, 0.8, 1.0, 1.25, 5.0])
@pytest.mark.parametrize("counts", [*WIDE[:5], (3, 9, 0, 4)])
def test_the_p_values_of_a_ratio_are_those_of_the_slow_score(counts, at):
    score = float(ratio_score_at(counts, at))
    expected = ndtr(-score), ndtr(score)
    np.testing.assert_allclose(ratio_score_p(*counts, at), expected, rtol=1e-9)


@pytest.mark.parametrize("steps", [-3, -1, 0.5, 2])
@pytest.mark.parametrize("counts", WIDE[5:9])
def test_p_values_in_groups_of_ten_million_keep_nine_digits(counts, steps):
    low, high = miettinen_nurminen(*counts)
    at = (low + high) / 2 + steps * (high - low) / 4
    np.testing.assert_allclose(
        miettinen_nurminen_p(*counts, at)[0], ndtr(-float(gap_score(counts, at))), rtol=1e-9
    )


@pytest.mark.parametrize("counts", WIDE[5:])
def test_wilson_keeps_thirteen_digits_of_both_limits_in_groups_of_ten_million(counts):
    k, n, z = mp.mpf(counts[0]), mp.mpf(counts[1]), mp.sqrt(2) * mp.erfinv(mp.mpf("0.95"))
    half = z * mp.sqrt(z * z / 4 + k * (n - k) / n)
    expected = [float((k + z * z / 2 + side * half) / (n + z * z)) for side in (-1, 1)]
    np.testing.assert_allclose(wilson(*counts[:2]), expected, rtol=1e-13)


def at_most(k, n, share):
    """Chance of at most k out of n, term by term in 50 digits."""
    p = mp.mpf(float(share))
    return mp.fsum(mp.binomial(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1))


@pytest.mark.parametrize(
    ("k", "n"), [(3, 7), (9, 10), (56, 70), (40, 100), (3, 10_000_000), (12, 100_000_000)]
)
def test_the_binomial_tail_at_each_exact_limit_is_the_tail_area(k, n):
    low, high = clopper_pearson(k, n)
    tails = 1 - at_most(k - 1, n, low), at_most(k, n, high)
    np.testing.assert_allclose([float(tail) for tail in tails], 0.025, rtol=1e-8)


# The interval inverts the test ----------------------------------------------------------------


@pytest.mark.parametrize(("interval", "p_values"), PAIRS)
@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
def test_the_p_value_at_a_limit_is_the_tail_area(interval, p_values, level):
    counts = tables(4, most=10**7)
    low, high = interval(*counts, level)
    above, below = p_values(*counts, low)[0], p_values(*counts, high)[1]
    bottom, top = (0, np.inf) if interval is ratio_score else (-1, 1)
    inside_low, inside_high = (low > bottom) & (low < top), (high > bottom) & (high < top)
    assert min(inside_low.sum(), inside_high.sum()) > 150
    np.testing.assert_allclose(above[inside_low], (1 - level) / 2, atol=1e-10)
    np.testing.assert_allclose(below[inside_high], (1 - level) / 2, atol=1e-10)


@pytest.mark.parametrize("at", [-0.2, -0.05, 0.0, 0.05, 0.3])
@pytest.mark.parametrize("group", [(30, 100), (5, 9), (0, 40), (30, 30), (2700, 9000)])
def test_the_newcombe_limit_at_the_p_value_is_the_number_asked_about(group, at):
    tails = newcombe_p(*group, 25, 100, at)
    side = int(tails[1] < tails[0])
    limit = newcombe(*group, 25, 100, 1 - 2 * tails[side])[side]
    lost = tails[side] < 1e-9  # 1 - 2 x tail is a level of 1 by then
    assert lost or limit == pytest.approx(at, abs=1e-10)


def test_a_p_value_above_one_half_is_read_off_the_opposite_limit():
    above, _ = newcombe_p(30, 100, 25, 100, 0.12)
    assert newcombe(30, 100, 25, 100, 2 * above - 1)[1] == pytest.approx(0.12, abs=1e-12)


# Laws -----------------------------------------------------------------------------------------

some_people = st.one_of(st.integers(1, 60), st.integers(1, 10**8)).flatmap(
    lambda n: st.tuples(st.integers(0, n), st.just(n))
)
laws = settings(max_examples=100, deadline=None)


@pytest.mark.parametrize("interval", [newcombe, miettinen_nurminen])
@given(group=some_people, reference=some_people)
@laws
def test_swapping_the_groups_flips_the_gap(interval, group, reference):
    low, high = interval(*group, *reference)
    other_low, other_high = interval(*reference, *group)
    np.testing.assert_allclose((low, high), (-other_high, -other_low), atol=1e-15)


@pytest.mark.parametrize("interval", [newcombe, miettinen_nurminen])
@given(group=some_people, reference=some_people)
@laws
def test_counting_those_not_flagged_flips_the_gap(interval, group, reference):
    rests = (group[1] - group[0], group[1], reference[1] - reference[0], reference[1])
    low, high = interval(*group, *reference)
    np.testing.assert_allclose(interval(*rests), (-high, -low), rtol=1e-9, atol=1e-15)


@given(group=some_people, reference=some_people)
@laws
def test_swapping_the_groups_inverts_the_ratio(group, reference):
    assume(group[0] > 0 and reference[0] > 0)
    low, high = ratio_score(*group, *reference)
    other_low, other_high = ratio_score(*reference, *group)
    np.testing.assert_allclose((low * other_high, high * other_low), 1, rtol=1e-12)


@given(group=some_people)
@laws
def test_wilson_limits_lie_between_0_and_1_and_around_the_share(group):
    low, high = wilson(*group)
    assert 0 <= low <= group[0] / group[1] <= high <= 1
    assert low < high


@given(group=some_people)
@laws
def test_counting_those_not_flagged_turns_the_wilson_limits_round(group):
    k, n = group
    low, high = wilson(k, n)
    np.testing.assert_allclose(wilson(n - k, n), (1 - high, 1 - low), atol=1e-15)


@given(group=some_people, level=st.floats(0.5, 0.999))
@laws
def test_the_exact_limits_hold_the_share_and_turn_round_with_those_not_flagged(group, level):
    k, n = group
    low, high = clopper_pearson(k, n, level)
    assert 0 <= low <= k / n <= high <= 1
    assert low < high
    np.testing.assert_allclose(clopper_pearson(n - k, n, level), (1 - high, 1 - low), atol=1e-12)


@pytest.mark.parametrize("interval", INTERVALS)
@given(group=some_people, reference=some_people, level=st.floats(0.01, 0.9999))
@laws
def test_the_limits_hold_the_estimate_and_stay_in_range(interval, group, reference, level):
    low, high = interval(*group, *reference, level)
    (k, n), (k_ref, n_ref) = group, reference
    if interval is ratio_score:
        estimate = k * n_ref / (n * k_ref) if k_ref else np.inf
        assert (k == k_ref == 0 and np.isnan([low, high]).all()) or 0 <= low <= estimate <= high
    else:
        assert -1 <= low <= k / n - k_ref / n_ref <= high <= 1


@pytest.mark.parametrize("interval", INTERVALS)
@given(group=some_people, reference=some_people, level=st.floats(0.1, 0.999))
@laws
def test_a_higher_level_never_narrows_the_interval(interval, group, reference, level):
    low, high = interval(*group, *reference, level)
    wider_low, wider_high = interval(*group, *reference, (1 + level) / 2)
    assert np.isnan(low) or (wider_low <= low and high <= wider_high)


@pytest.mark.parametrize("p_values", [newcombe_p, miettinen_nurminen_p, ratio_score_p])
@given(group=some_people, reference=some_people, at=st.floats(0.01, 0.99))
@laws
def test_the_two_p_values_add_up_to_one_and_a_higher_bar_is_harder(p_values, group, reference, at):
    above, below = p_values(*group, *reference, np.array([at, at + 0.005]))
    assert np.isnan(above).all() or (above[0] <= above[1] and below[1] <= below[0])
    assert np.isnan(above).all() or np.abs(above + below - 1).max() < 1e-15


@pytest.mark.parametrize("p_values", [newcombe_p, miettinen_nurminen_p])
@given(group=some_people, reference=some_people, at=st.floats(-0.99, 0.99))
@laws
def test_swapping_the_groups_swaps_the_two_p_values(p_values, group, reference, at):
    ours, others = p_values(*group, *reference, at), p_values(*reference, *group, -at)
    np.testing.assert_allclose(ours, others[::-1], rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize(("interval", "p_values"), PAIRS)
@given(group=some_people, reference=some_people, at=st.floats(0.05, 0.95))
@laws
def test_an_interval_beyond_a_tolerance_has_a_p_value_under_the_tail_area(
    interval, p_values, group, reference, at
):
    low, high = interval(*group, *reference)
    above, below = p_values(*group, *reference, at)
    clear_cut = np.abs(np.array([low, high]) - at).min() > 1e-9
    assert np.isnan(low) or not clear_cut or (above < 0.025) == (low > at)
    assert np.isnan(low) or not clear_cut or (below < 0.025) == (high < at)


# Edges ----------------------------------------------------------------------------------------


def test_where_nobody_is_counted_there_is_no_limit_and_no_p_value():
    counts = np.array([[0, 0, 1, 5], [1, 5, 0, 0], [0, 0, 0, 0], [3, 0, 2, 4]], float).T
    for method in (wilson, clopper_pearson):
        for side in method(*counts[:2]):
            assert np.isnan(side).tolist() == [True, False, True, True]
    for interval, p_values in PAIRS:
        assert np.isnan(interval(*counts)).all()
        assert np.isnan(p_values(*counts, 0.3)).all()
        assert np.isnan(p_values(*counts, 7.0)).all()
        assert np.isnan(p_values(3, 9, 2, 8, np.nan)).all()


def test_nobody_flagged_has_a_lower_limit_of_exactly_0_and_everybody_an_upper_of_exactly_1():
    n = np.arange(1.0, 2000)
    for level in (0.5, 0.9, 0.95, 0.999):
        for method in (wilson, clopper_pearson):
            assert (method(0, n, level)[0] == 0).all()
            assert (method(n, n, level)[1] == 1).all()


@pytest.mark.parametrize("p_values", [newcombe_p, miettinen_nurminen_p])
@pytest.mark.parametrize("counts", [(0, 8, 0, 9), (4, 8, 2, 4), (20, 20, 20, 20), (6, 8, 2, 8)])
def test_a_gap_judged_at_itself_has_both_p_values_one_half(p_values, counts):
    k, n, k_ref, n_ref = counts
    assert p_values(*counts, k / n - k_ref / n_ref) == (0.5, 0.5)


@pytest.mark.parametrize("p_values", [newcombe_p, miettinen_nurminen_p])
def test_nobody_against_everybody_neither_exceeds_nor_is_under_a_gap_of_minus_1(p_values):
    assert p_values(0, 10, 7, 7, -1) == (0.5, 1)
    assert p_values(7, 7, 0, 10, 1) == (1, 0.5)


@pytest.mark.parametrize("p_values", [newcombe_p, miettinen_nurminen_p])
def test_a_gap_past_the_edge_of_all_gaps_has_p_values_0_and_1(p_values):
    counts = np.array([[3, 9, 2, 8], [0, 9, 8, 8], [9, 9, 0, 8]], float).T
    assert np.array_equal(p_values(*counts, -1.01), ([0] * 3, [1] * 3))
    assert np.array_equal(p_values(*counts, 1.01), ([1] * 3, [0] * 3))
    assert p_values(3, 9, 2, 8, -1) == (0, 1)
    assert p_values(3, 9, 2, 8, 1) == (1, 0)


def test_a_gap_that_no_newcombe_limit_reaches_has_p_values_0_and_1():
    above, below = newcombe_p(50, 100, 50, 100, [-0.71, 0.71])  # the limits stop at sqrt(.5)
    assert above.tolist() == [0, 1]
    assert below.tolist() == [1, 0]


def test_a_ratio_without_cases_on_one_side_has_one_limit_and_on_both_sides_none():
    low, high = ratio_score([0, 5, 0], [10, 10, 10], [4, 0, 0], [10, 10, 10])
    assert low[0] == 0
    assert np.isfinite(high[0])
    assert low[1] > 0
    assert high[1] == np.inf
    assert np.isnan([low[2], high[2]]).all()
    above, below = ratio_score_p([0, 5, 0], 10, [4, 0, 0], 10, 0.8)
    assert above[0] > 0.5 > below[0]
    assert above[1] < 0.5 < below[1]
    assert np.isnan([above[2], below[2]]).all()


def test_where_everybody_is_flagged_the_limit_of_the_ratio_is_known_in_closed_form():
    target = ndtri(0.975) ** 2 * 30 / 29
    low, high = ratio_score(10, 10, 20, 20)
    np.testing.assert_allclose((low, high), (10 / (10 + target), (20 + target) / 20), rtol=1e-14)


def test_a_ratio_judged_at_0_or_below_has_no_p_value():
    assert np.isnan(ratio_score_p(3, 9, 2, 8, [0, -1, np.nan])).all()


def test_whole_numbers_of_32_bits_count_like_any_others():
    counts = np.array([[90_000_000], [100_000_000], [5_000_000], [6_000_000]], np.int32)
    for interval in INTERVALS:
        assert interval(*counts) == interval(*counts.astype(float))


def test_one_reference_serves_many_groups():
    k, n = np.array([3.0, 0.0, 11.0]), np.array([10.0, 20.0, 30.0])
    for interval, p_values in PAIRS:
        together = np.array([*interval(k, n, 40, 90), *p_values(k, n, 40, 90, 0.3)])
        alone = [
            [*interval(*one, 40, 90), *p_values(*one, 40, 90, 0.3)]
            for one in zip(k, n, strict=True)
        ]
        np.testing.assert_array_equal(together.T, alone)


def test_ten_thousand_comparisons_take_under_a_second():
    counts = tables(9, size=10_000, most=10**7)
    for interval, p_values in PAIRS:
        for run in (lambda f=interval: f(*counts), lambda f=p_values: f(*counts, 0.05)):
            started = time.perf_counter()
            run()
            assert time.perf_counter() - started < 1


# Coverage, counted over every table that can happen ---------------------------------------------


@pytest.mark.parametrize(
    ("interval", "n", "n_ref", "least", "most"),
    [
        (newcombe, 20, 100, 0.946, 0.973),
        (newcombe, 30, 300, 0.948, 0.966),
        (miettinen_nurminen, 20, 100, 0.936, 0.971),
        (miettinen_nurminen, 30, 300, 0.948, 0.970),
    ],
)
def test_the_interval_holds_the_true_gap_as_often_as_measured(interval, n, n_ref, least, most):
    k, k_ref = np.meshgrid(np.arange(n + 1), np.arange(n_ref + 1), indexing="ij")
    low, high = interval(k, n, k_ref, n_ref)
    shares = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7)
    held = []
    for p in shares:
        for p_ref in shares:
            chance = stats.binom.pmf(k, n, p) * stats.binom.pmf(k_ref, n_ref, p_ref)
            held.append(chance[(low <= p - p_ref) & (p - p_ref <= high)].sum())
    assert least - 5e-4 <= min(held)
    assert max(held) <= most + 5e-4


@pytest.mark.parametrize(("n", "least"), [(10, 0.961), (20, 0.958), (50, 0.953), (100, 0.952)])
def test_the_exact_interval_never_holds_the_true_share_less_often_than_it_promises(n, least):
    k = np.arange(n + 1)
    low, high = clopper_pearson(k, n)
    shares = np.arange(0.005, 0.5001, 0.0025)
    held = [stats.binom.pmf(k, n, p)[(low <= p) & (p <= high)].sum() for p in shares]
    assert min(held) == pytest.approx(least, abs=6e-4)


@pytest.mark.parametrize(
    ("n", "mean", "least"), [(10, 0.954, 0.838), (20, 0.953, 0.860), (100, 0.950, 0.910)]
)
def test_the_wilson_interval_holds_the_true_share_as_often_on_average_as_it_says(n, mean, least):
    k = np.arange(n + 1)
    low, high = wilson(k, n)
    shares = np.arange(0.005, 0.5001, 0.0025)
    held = [stats.binom.pmf(k, n, p)[(low <= p) & (p <= high)].sum() for p in shares]
    assert np.mean(held) == pytest.approx(mean, abs=6e-4)
    assert min(held) == pytest.approx(least, abs=6e-4)

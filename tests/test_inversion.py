"""Every printed limit is where its own test gives half of one minus the level.

The p-values are those the audit uses; beside them stands a null that knows nothing of how ours is found: the
likelihood is climbed in forty digits, under each gap or ratio asked about. This alone would have caught the wrong
score interval of statsmodels (docs/intervals.md).
"""

import mpmath as mp
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import binom
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

CLOSE = 1e-8
GAPS = [(newcombe, newcombe_p), (miettinen_nurminen, miettinen_nurminen_p)]


def groups(most):
    """Some who count out of some people; nobody and everybody often."""
    return st.integers(1, most).flatmap(
        lambda n: st.tuples(st.one_of(st.just(0), st.just(n), st.integers(0, n)), st.just(n))
    )


levels = st.sampled_from([0.8, 0.9, 0.95, 0.99])
many = settings(max_examples=300, deadline=None)
some = settings(max_examples=60, deadline=None)
EDGES = [
    ((0, 10), (0, 20)), ((10, 10), (20, 20)), ((0, 10), (20, 20)), ((10, 10), (0, 20)),
    ((0, 1), (1, 1)), ((0, 1), (0, 1)), ((1, 1), (1, 1)), ((0, 400), (3, 5)), ((20, 20), (82, 270)),
]  # fmt: skip


def with_edges(test):
    """Every table with nobody or everybody in a group, beside those drawn."""
    for group, reference in EDGES:
        test = example(group=group, reference=reference, level=0.95)(test)
    return test


# Two groups -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("interval", "p_values"), GAPS)
@with_edges
@given(group=groups(10**6), reference=groups(10**6), level=levels)
@many
def test_the_p_value_at_each_limit_of_a_gap_is_half_of_what_the_level_leaves(
    interval, p_values, group, reference, level
):
    low, high = interval(*group, *reference, level)
    if low > -1:
        assert p_values(*group, *reference, low)[0] == pytest.approx((1 - level) / 2, abs=CLOSE)
    if high < 1:
        assert p_values(*group, *reference, high)[1] == pytest.approx((1 - level) / 2, abs=CLOSE)


@pytest.mark.parametrize(("interval", "p_values"), GAPS)
@given(n=st.integers(1, 10**6), n_ref=st.integers(1, 10**6), level=levels)
@some
def test_only_nobody_against_everybody_has_a_limit_at_the_edge_of_all_gaps(
    interval, p_values, n, n_ref, level
):
    """There the limit is the estimate at every level, and the p-values at it are one half and one."""
    assert interval(0, n, n_ref, n_ref, level)[0] == -1
    assert interval(n, n, 0, n_ref, level)[1] == 1
    assert p_values(0, n, n_ref, n_ref, -1) == (0.5, 1)
    assert p_values(n, n, 0, n_ref, 1) == (1, 0.5)


@pytest.mark.parametrize("interval", [newcombe, miettinen_nurminen])
@given(group=groups(10**4), reference=groups(10**4), level=levels)
@many
def test_every_other_gap_has_both_limits_inside(interval, group, reference, level):
    (k, n), (k_ref, n_ref) = group, reference
    low, high = interval(*group, *reference, level)
    assert (low == -1) == (k == 0 and k_ref == n_ref)
    assert (high == 1) == (k == n and k_ref == 0)


@with_edges
@given(group=groups(10**6), reference=groups(10**6), level=levels)
@many
def test_the_p_value_at_each_limit_of_a_ratio_is_half_of_what_the_level_leaves(
    group, reference, level
):
    low, high = ratio_score(*group, *reference, level)
    assert np.isnan([low, high]).all() == (group[0] == reference[0] == 0)
    assert np.isnan(low) or (low == 0) == (group[0] == 0)
    assert np.isnan(low) or (high == np.inf) == (reference[0] == 0)
    if low > 0:
        assert ratio_score_p(*group, *reference, low)[0] == pytest.approx(
            (1 - level) / 2, abs=CLOSE
        )
    if high < np.inf:
        assert ratio_score_p(*group, *reference, high)[1] == pytest.approx(
            (1 - level) / 2, abs=CLOSE
        )


# The same with a null found by climbing the likelihood --------------------------------------------


def climbed(likelihood, low, high):
    """The share with the highest likelihood, by golden sections in forty digits."""
    shrink = (mp.sqrt(5) - 1) / 2
    left, right = high - shrink * (high - low), low + shrink * (high - low)
    at_left, at_right = likelihood(left), likelihood(right)
    for _ in range(90):
        if at_left > at_right:
            high, right, at_right = right, left, at_left
            left = high - shrink * (high - low)
            at_left = likelihood(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + shrink * (high - low)
            at_right = likelihood(right)
    return (low + high) / 2


def log_chance(k, n, p):
    """Up to a constant; who cannot happen is infinitely unlikely."""
    parts = [(k, p), (n - k, 1 - p)]
    return sum(count * mp.log(share) if share > 0 else -mp.inf for count, share in parts if count)


def independent_p(group, reference, at, ratio):
    """One-sided p-values of the score test of a gap (or a ratio) `at`."""
    with mp.workdps(40):
        (k, n), (k_ref, n_ref), at = group, reference, mp.mpf(float(at))
        weight = at if ratio else mp.mpf(1)
        shift = mp.mpf(0) if ratio else at
        bottom, top = max(mp.mpf(0), -shift / weight), min(mp.mpf(1), (1 - shift) / weight)
        p_ref = climbed(
            lambda q: log_chance(k, n, weight * q + shift) + log_chance(k_ref, n_ref, q),
            bottom,
            top,
        )
        p = weight * p_ref + shift
        variance = p * (1 - p) / n + weight**2 * p_ref * (1 - p_ref) / n_ref
        variance *= mp.mpf(n + n_ref) / (n + n_ref - 1)
        score = (mp.mpf(k) / n - weight * k_ref / n_ref - shift) / mp.sqrt(variance)
    return float(ndtr(-float(score))), float(ndtr(float(score)))


@with_edges
@given(group=groups(300), reference=groups(300), level=levels)
@some
def test_a_null_found_by_climbing_gives_the_same_p_value_at_each_limit_of_a_gap(
    group, reference, level
):
    low, high = miettinen_nurminen(*group, *reference, level)
    for side, limit in enumerate((low, high)):
        if abs(limit) < 1:
            found = independent_p(group, reference, limit, ratio=False)[side]
            assert found == pytest.approx((1 - level) / 2, abs=CLOSE)


@with_edges
@given(group=groups(300), reference=groups(300), level=levels)
@some
def test_a_null_found_by_climbing_gives_the_same_p_value_at_each_limit_of_a_ratio(
    group, reference, level
):
    assume(group[0] + reference[0] > 0)
    for side, limit in enumerate(ratio_score(*group, *reference, level)):
        if 0 < limit < np.inf:
            found = independent_p(group, reference, limit, ratio=True)[side]
            assert found == pytest.approx((1 - level) / 2, abs=CLOSE)


@given(group=groups(300), reference=groups(300), at=st.floats(-0.95, 0.95))
@some
def test_a_null_found_by_climbing_gives_the_same_p_values_of_any_gap(group, reference, at):
    found = independent_p(group, reference, at, ratio=False)
    np.testing.assert_allclose(
        miettinen_nurminen_p(*group, *reference, at), found, rtol=0, atol=CLOSE
    )


def test_the_climbed_null_tells_that_the_limits_of_statsmodels_are_not_at_the_level():
    low, high = confint_proportions_2indep(56, 70, 48, 80, method="score")
    group, reference = (56, 70), (48, 80)
    assert 2 * independent_p(group, reference, low, ratio=False)[0] == pytest.approx(
        0.0496, abs=5e-5
    )
    assert 2 * independent_p(group, reference, high, ratio=False)[1] == pytest.approx(
        0.0407, abs=5e-5
    )


# Newcombe's limits from their own parts ----------------------------------------------------------


def climbed_down(k, n, z):
    """The share below k/n whose score is z: where Wilson's test rejects, by bisection."""
    with mp.workdps(40):
        low, high = mp.mpf(0), mp.mpf(k) / n
        for _ in range(120):
            middle = (low + high) / 2
            rejected = mp.mpf(k) / n - middle > z * mp.sqrt(middle * (1 - middle) / n)
            low, high = (middle, high) if rejected else (low, middle)
        return low


@with_edges
@given(group=groups(10**4), reference=groups(10**4), level=levels)
@some
def test_newcombes_limits_are_the_wilson_limits_put_at_right_angles(group, reference, level):
    (k, n), (k_ref, n_ref) = group, reference
    with mp.workdps(40):
        z = mp.sqrt(2) * mp.erfinv(mp.mpf(level))
        share, share_ref = mp.mpf(k) / n, mp.mpf(k_ref) / n_ref
        below, below_ref = climbed_down(k, n, z), climbed_down(k_ref, n_ref, z)
        above, above_ref = 1 - climbed_down(n - k, n, z), 1 - climbed_down(n_ref - k_ref, n_ref, z)
        low = share - share_ref - mp.sqrt((share - below) ** 2 + (above_ref - share_ref) ** 2)
        high = share - share_ref + mp.sqrt((above - share) ** 2 + (share_ref - below_ref) ** 2)
    np.testing.assert_allclose(
        newcombe(*group, *reference, level), (float(low), float(high)), rtol=0, atol=1e-12
    )


# One group ------------------------------------------------------------------------------------


@given(group=groups(10**6), level=levels)
@many
def test_the_score_test_at_each_wilson_limit_gives_half_of_what_the_level_leaves(group, level):
    k, n = group
    for limit, counted in zip(wilson(k, n, level), (k, n - k), strict=True):
        if counted:
            score = abs(k / n - limit) / np.sqrt(limit * (1 - limit) / n)
            assert ndtr(-score) == pytest.approx((1 - level) / 2, abs=CLOSE)


@given(group=groups(10**5), level=levels)
@many
def test_the_binomial_tail_at_each_exact_limit_is_half_of_what_the_level_leaves(group, level):
    k, n = group
    low, high = clopper_pearson(k, n, level)
    if k > 0:
        assert binom.sf(k - 1, n, low) == pytest.approx((1 - level) / 2, abs=CLOSE)
    if k < n:
        assert binom.cdf(k, n, high) == pytest.approx((1 - level) / 2, abs=CLOSE)

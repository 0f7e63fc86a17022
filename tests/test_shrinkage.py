"""Small cells read together: against VGAM, a brute-force grid, and invented cells with known shares."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betainc, betaincinv, expit, gammaln

from wfaudit.estimators.shrinkage import log_likelihood, most_likely, shrink

R = json.loads(
    (Path(__file__).parent / "oracles" / "betabinomial.json").read_text(encoding="utf-8")
)["values"]
SETS = ("lirat", "lirat_first", "cbpp", "cells")
laws = settings(max_examples=12, deadline=None)
cells = st.lists(
    st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=4,
    max_size=12,
)


def counts(name):
    return np.array(R[f"{name}.k"], float), np.array(R[f"{name}.n"], float)


# Against VGAM -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SETS)
def test_the_likelihood_of_rats_and_herds_is_that_of_vgam(name):
    k, n = counts(name)
    at = [(0.5, 2, "half_and_two"), (0.1, 30, "tenth_and_thirty")]
    at.append((R[f"{name}.mean"], 1 / R[f"{name}.rho"] - 1, "best"))
    for mean, precision, label in at:
        expected = R[f"{name}.at_{label}"]
        assert log_likelihood(k, n, mean, precision) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("name", SETS)
def test_no_mean_and_precision_make_the_counts_likelier_than_those_found(name):
    k, n = counts(name)
    mean, precision = most_likely(k, n)
    assert mean == pytest.approx(R[f"{name}.mean"], abs=2e-6)
    assert 1 / (1 + precision) == pytest.approx(R[f"{name}.rho"], abs=2e-6)
    best = log_likelihood(k, n, mean, precision)
    assert best == pytest.approx(R[f"{name}.log_likelihood"], abs=1e-6)
    assert best >= R[f"{name}.log_likelihood"] - 1e-9


def test_cells_that_agree_have_no_best_precision():
    assert most_likely([0, 0, 0], [5, 9, 4]) == (0, np.inf)
    assert most_likely([5, 9, 4], [5, 9, 4]) == (1, np.inf)
    mean, precision = most_likely([10, 20, 30], [20, 40, 60])
    assert mean == pytest.approx(0.5)
    assert precision == np.inf


# Against a grid so fine that it can be trusted ------------------------------------------------------


def by_brute_force(k, n, at):
    """Posterior mean of each cell, and how much of it lies below `at`."""
    theta = np.linspace(-14, 14, 701)[:, None]
    weight = np.linspace(-13, 13, 651)[None, :]
    precision = np.median(n) * np.exp(weight)
    a, b = expit(theta) * precision, expit(-theta) * precision
    log = theta - 2 * np.log1p(np.exp(theta)) + weight - 2 * np.log1p(np.exp(weight))
    for one, all_ in zip(k, n, strict=True):
        log = log + gammaln(one + a) + gammaln(all_ - one + b) - gammaln(all_ + a + b)
        log = log - gammaln(a) - gammaln(b) + gammaln(a + b)
    chance = np.exp(log - log.max())
    chance /= chance.sum()
    means = [(chance * (x + a) / (m + a + b)).sum() for x, m in zip(k, n, strict=True)]
    below = [
        (chance * betainc(x + a, m - x + b, limit)).sum()
        for x, m, limit in zip(k, n, at, strict=True)
    ]
    return means, below


@pytest.mark.parametrize(
    ("k", "n"),
    [
        ([0, 3, 12, 5], [4, 10, 60, 9]),
        ([1, 0, 2, 1, 30], [40, 35, 50, 60, 45]),
        ([9, 14, 11, 30, 2], [20, 30, 25, 60, 4]),
    ],
)
def test_mean_and_limits_are_those_of_a_much_finer_grid(k, n):
    found = shrink(k, n)
    for limit, area in ((found.low, 0.025), (found.high, 0.975)):
        means, below = by_brute_force(k, n, limit)
        np.testing.assert_allclose(found.estimate, means, atol=1e-4)
        np.testing.assert_allclose(below, area, atol=1e-4)


# What shrinking does ------------------------------------------------------------------------------


def test_three_of_three_among_cells_that_agree_is_drawn_most_of_the_way_to_the_others():
    found = shrink([3, 30, 24, 33, 27, 31], [3, 100, 80, 110, 90, 100])
    assert 0.3 < found.estimate[0] < 0.45
    assert found.high[0] < 0.75
    np.testing.assert_allclose(found.estimate[1:], 0.3, atol=0.02)


def test_large_cells_that_differ_are_hardly_moved():
    k, n = np.array([100, 900, 400, 650]), np.full(4, 1000)
    np.testing.assert_allclose(shrink(k, n).estimate, k / n, atol=0.004)


def test_the_same_counts_give_the_same_answer_to_the_last_digit():
    first, second = (shrink([0, 3, 12, 5], [4, 10, 60, 9]) for _ in range(2))
    np.testing.assert_array_equal(first.low, second.low)


@given(people=cells)
@laws
def test_the_mean_lies_inside_the_limits_and_these_inside_0_and_1(people):
    k, n = np.transpose(people)
    found = shrink(k, n)
    assert (found.note == "").all()
    assert (found.low >= 0).all()
    assert (found.low < found.estimate).all()
    assert (found.estimate < found.high).all()
    assert (found.high <= 1).all()


@given(people=cells)
@laws
def test_counting_those_not_flagged_turns_everything_round(people):
    k, n = np.transpose(people)
    one, other = shrink(k, n), shrink(n - k, n)
    np.testing.assert_allclose(other.estimate, 1 - one.estimate, atol=1e-6)
    np.testing.assert_allclose(other.low, 1 - one.high, atol=1e-5)


@given(people=cells, data=st.data())
@laws
def test_the_order_of_cells_and_cells_without_people_change_nothing(people, data):
    order = data.draw(st.permutations(range(len(people))))
    k, n = np.transpose(people)
    one, other = shrink(k, n), shrink([0, *k[order]], [0, *n[order]])
    np.testing.assert_allclose(other.low[1:], one.low[order], atol=1e-9)
    np.testing.assert_allclose(other.estimate[1:], one.estimate[order], atol=1e-9)
    assert np.isnan(other.estimate[0])
    assert other.note[0] == "nobody to count"


@given(k=st.lists(st.integers(0, 20), min_size=4, max_size=8))
@laws
def test_among_cells_of_one_size_more_cases_mean_a_higher_share(k):
    order = np.argsort(k)
    found = shrink(k, 20)
    assert (np.diff(found.estimate[order])[np.diff(np.sort(k)) > 0] > 0).all()


def test_three_cells_are_too_few_to_learn_from():
    found = shrink([1, 2, 3, 0], [9, 9, 9, 0])
    assert np.isnan([found.estimate, found.se, found.low, found.high]).all()
    assert found.note.tolist() == [
        *["3 groups: fewer than 4, nothing to learn from"] * 3,
        "nobody to count",
    ]


def test_cells_all_empty_of_cases_still_have_an_upper_limit():
    found = shrink([0, 0, 0, 0], [5, 9, 4, 30])
    assert (found.low < 1e-3).all()
    assert ((found.high > 0.02) & (found.high < 0.4)).all()


# Coverage -----------------------------------------------------------------------------------------


def plugged_in(k, n):
    """Limits that take the best mean and precision as known (Morris 1983 without its correction)."""
    mean, precision = most_likely(k, n)
    a, b = k + mean * min(precision, 1e7), n - k + (1 - mean) * min(precision, 1e7)
    return betaincinv(a, b, 0.025), betaincinv(a, b, 0.975)


def held(groups, mean, precision, runs, seed=1):
    """How often the limits, ours and those plugged in, hold the shares of small invented cells."""
    rng = np.random.default_rng(seed)
    ours, plugged = [], []
    for _ in range(runs):
        n = rng.integers(3, 61, groups).astype(float)
        p = rng.beta(mean * precision, (1 - mean) * precision, groups)
        k = rng.binomial(n.astype(int), p).astype(float)
        found, (low, high) = shrink(k, n), plugged_in(k, n)
        ours.append((found.low <= p) & (p <= found.high))
        plugged.append((low <= p) & (p <= high))
    return np.mean(ours), np.mean(plugged)


def test_plugged_in_limits_miss_far_too_often_and_averaged_ones_do_not():
    ours, plugged = held(12, 0.3, 60, runs=25)
    assert ours > 0.92
    assert plugged < 0.8


@pytest.mark.long
@pytest.mark.parametrize(
    ("groups", "mean", "precision"),
    [(4, 0.3, 5), (6, 0.3, 30), (12, 0.3, 5), (12, 0.05, 30), (24, 0.3, 30), (60, 0.1, 20)],
)
def test_the_limits_hold_the_shares_of_small_cells_as_often_as_they_say(groups, mean, precision):
    ours, plugged = held(groups, mean, precision, runs=2400 // groups)
    assert 0.92 < ours < 0.975
    assert plugged < ours


@pytest.mark.long
def test_over_cells_drawn_as_the_method_assumes_every_level_is_met():
    """Simulation-based calibration (Talts et al. 2018): here the coverage is exact by theory."""
    rng = np.random.default_rng(11)
    n = np.array([4, 7, 12, 20, 20, 33, 48, 60])
    held = {0.5: [], 0.8: [], 0.95: []}
    for _ in range(400):
        mean, weight = rng.random(2)
        precision = np.median(n) * (1 - weight) / weight
        p = rng.beta(mean * precision, (1 - mean) * precision, len(n))
        k = rng.binomial(n, p)
        for level, kept in held.items():
            found = shrink(k, n, level)
            kept.append((found.low <= p) & (p <= found.high))
    for level, kept in held.items():
        by_run = np.mean(kept, axis=1)
        assert by_run.mean() == pytest.approx(level, abs=4 * by_run.std() / np.sqrt(len(by_run)))

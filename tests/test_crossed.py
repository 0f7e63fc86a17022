"""Means over names and texts that are crossed: by hand, by analysis of variance, by coverage."""

import numpy as np
import pandas as pd
import pytest
from covered.texts import covered
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import stdtrit
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from wfaudit.estimators import crossed


def test_by_hand_names_that_differ_by_one_and_texts_that_differ_by_ten():
    # eight names 0 to 7, eight texts 0 to 70; nothing is left in the cells
    cells = np.arange(8.0)[:, None] + 10 * np.arange(8.0)
    found = crossed.mean(cells)
    assert found.estimate == 3.5 + 35
    # variance of 0..7 is 6: over eight names 6 / 8, over eight texts 600 / 8
    assert found.se**2 == pytest.approx(0.75 + 75)
    assert found.df == pytest.approx(75.75**2 / (0.75**2 / 7 + 75**2 / 7))


def test_by_hand_texts_that_all_names_share_do_not_widen_a_difference():
    names, texts = np.arange(8.0)[:, None], 100 * np.arange(8.0)
    found = crossed.difference(names + 2 + texts, names + texts)
    assert found.estimate == pytest.approx(2)
    assert found.se**2 == pytest.approx(6 / 8 + 6 / 8)  # of both groups' names, nothing of texts
    assert found.df == pytest.approx(14)


def test_the_variance_of_a_mean_is_that_of_the_analysis_of_variance():
    rng = np.random.default_rng(5)
    cells = rng.normal(size=(9, 12)) + 3 * rng.normal(size=(9, 1)) + 2 * rng.normal(size=(1, 12))
    at = pd.DataFrame(
        [(i, j, cells[i, j]) for i in range(9) for j in range(12)], columns=["i", "j", "y"]
    )
    squares = anova_lm(ols("y ~ C(i) + C(j)", at).fit())["sum_sq"]
    by_name, by_text, left = squares.iloc[0] / 8, squares.iloc[1] / 11, squares.iloc[2] / 88
    expected = (by_name + by_text - left) / (9 * 12)
    found = crossed.mean(cells)
    assert found.se**2 == pytest.approx(expected, rel=1e-10)
    assert found.high == pytest.approx(found.estimate + stdtrit(found.df, 0.975) * found.se)


def test_with_fewer_than_eight_texts_the_texts_are_taken_as_given():
    rng = np.random.default_rng(6)
    one, other = rng.normal(size=(9, 3)), rng.normal(size=(10, 3))
    found = crossed.difference(one, other)
    names = [x.mean(axis=1).var(ddof=1) / len(x) for x in (one, other)]
    assert found.se**2 == pytest.approx(sum(names), rel=1e-12)
    welch = sum(names) ** 2 / (names[0] ** 2 / 8 + names[1] ** 2 / 9)
    assert found.df == pytest.approx(welch, rel=1e-12)


def test_seven_names_tell_no_interval_and_say_so():
    found = crossed.difference(np.eye(9)[:7], np.eye(9))
    assert str(found.note) == "7 names: fewer than 8, no interval"
    assert np.isnan(found.low)


def test_scores_that_no_name_changes_differ_by_nothing_and_have_no_interval():
    texts = np.random.default_rng(7).random(11)
    found = crossed.difference(np.tile(texts, (9, 1)), np.tile(texts, (13, 1)))
    assert found.estimate == 0
    assert (str(found.note), bool(np.isnan(found.low))) == ("nothing varies: no interval", True)


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10_000), names=st.integers(8, 12), texts=st.integers(1, 12),
    shift=st.floats(-2, 2), by=st.floats(0.1, 10),
)  # fmt: skip
def test_a_shift_moves_the_difference_a_factor_stretches_it_and_order_does_not_matter(
    seed, names, texts, shift, by
):
    rng = np.random.default_rng(seed)
    one, other = rng.normal(size=(names, texts)), rng.normal(size=(9, texts))
    found = crossed.difference(one, other)
    moved = crossed.difference(by * (one + shift), by * other)
    assert moved.estimate == pytest.approx(by * (found.estimate + shift), abs=1e-9)
    assert moved.se == pytest.approx(by * found.se, rel=1e-9)
    turned = crossed.difference(other, one)
    assert turned.estimate == pytest.approx(-found.estimate, abs=1e-12)
    assert turned.se == pytest.approx(found.se, rel=1e-12)
    mixed = crossed.difference(rng.permutation(one), other)
    assert mixed.low == pytest.approx(found.low, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("kind", ["names differ", "texts differ in the gap", "both"])
def test_limits_hold_the_truth_as_often_as_they_say(kind):
    # 1,000 draws: standard error .007; limits over names alone or texts alone miss it in one kind or the other
    both, _, _ = covered(kind, (9, 20), 1_000, seed=11)
    assert 0.93 <= both <= 0.98

"""Many comparisons at once: R's p.adjust, statsmodels, laws, and false answers counted."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from statsmodels.stats.multitest import multipletests

from wfaudit.estimators.adjust import answers, benjamini_hochberg, benjamini_yekutieli, holm, tost
from wfaudit.estimators.intervals import (
    miettinen_nurminen,
    miettinen_nurminen_p,
    newcombe,
    newcombe_p,
)
from wfaudit.findings.judged import holm as holm_of_findings

R = json.loads((Path(__file__).parent / "oracles" / "adjust.json").read_text(encoding="utf-8"))[
    "values"
]
METHODS = {"holm": holm, "BH": benjamini_hochberg, "BY": benjamini_yekutieli}
ALL = pytest.mark.parametrize("method", METHODS.values())


# By hand and by others ------------------------------------------------------------------------


def test_three_comparisons_by_hand():
    # in order .01, .03, .04: Holm 3 x .01, 2 x .03, 1 x .04 (not below .06); BH 3/1, 3/2, 3/3
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert benjamini_hochberg([0.04, 0.01, 0.03]) == pytest.approx([0.04, 0.03, 0.04])
    harmonic = 1 + 1 / 2 + 1 / 3
    assert benjamini_yekutieli([0.04, 0.01, 0.03]) == pytest.approx(
        np.array([0.04, 0.03, 0.04]) * harmonic
    )


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("family", ["bh1995", "ties", "one", "small", "twenty"])
def test_adjusted_p_values_are_those_of_r(name, family):
    ours = METHODS[name](R[f"{family}.p"])
    np.testing.assert_allclose(ours, R[f"{family}.{name}"], rtol=1e-10)


@pytest.mark.parametrize("name", METHODS)
def test_a_comparison_not_made_stays_without_a_p_value_and_counts_for_nothing(name):
    ours = METHODS[name]([0.01, np.nan, 0.04, 0.03, np.nan])
    theirs = [np.nan if x is None else x for x in R[f"missing.{name}"]]
    np.testing.assert_allclose(ours, theirs, rtol=1e-10)


def test_benjamini_and_hochberg_find_four_in_their_trial_and_holm_three():
    p = R["bh1995.p"]
    assert (benjamini_hochberg(p) <= 0.05).sum() == 4
    assert (holm(p) <= 0.05).sum() == 3


@pytest.mark.parametrize(("name", "theirs"), [("holm", "holm"), ("BH", "fdr_bh"), ("BY", "fdr_by")])
def test_adjusted_p_values_are_those_of_statsmodels(name, theirs):
    rng = np.random.default_rng(5)
    for size in (1, 2, 7, 40, 300):
        p = rng.beta(0.4, 1, size)
        expected = multipletests(p, method=theirs)[1]
        np.testing.assert_allclose(METHODS[name](p), expected, rtol=1e-10)


def test_findings_adjust_as_here():
    p = np.random.default_rng(6).random(25)
    np.testing.assert_array_equal(holm(p), holm_of_findings(p))
    assert holm_of_findings is holm  # one procedure, in one place


# Laws -----------------------------------------------------------------------------------------

families = st.lists(st.floats(0, 1), min_size=1, max_size=30)
laws = settings(max_examples=200, deadline=None)


@ALL
@given(p=families)
@laws
def test_adjusting_never_lowers_a_p_value_and_keeps_the_order(method, p):
    p = np.array(p)
    adjusted = method(p)
    assert (adjusted >= p - 1e-15).all()
    assert (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(p)]) >= -1e-15).all()


@ALL
@given(p=families, seed=st.integers(0, 99))
@laws
def test_the_order_in_which_comparisons_are_made_does_not_matter(method, p, seed):
    turned = np.random.default_rng(seed).permutation(len(p))
    np.testing.assert_array_equal(method(np.array(p)[turned]), method(p)[turned])


@given(p=families)
@laws
def test_bh_is_the_least_careful_and_holm_no_more_careful_than_bonferroni(p):
    assert (benjamini_hochberg(p) <= holm(p) + 1e-15).all()
    assert (benjamini_hochberg(p) <= benjamini_yekutieli(p) + 1e-15).all()
    assert (holm(p) <= np.minimum(np.array(p) * len(p), 1)).all()


@ALL
def test_one_comparison_and_none_are_left_as_they_are(method):
    assert method([0.2]).tolist() == [0.2]
    assert method([]).tolist() == []
    assert np.isnan(method([np.nan, np.nan])).all()


@ALL
def test_a_table_of_p_values_is_one_family_and_keeps_its_shape(method):
    table = np.array([[0.01, 0.5], [0.04, np.nan]])
    np.testing.assert_array_equal(method(table).ravel(), method(table.ravel()))
    assert method(table).shape == (2, 2)


# False answers --------------------------------------------------------------------------------


def test_holm_lets_one_family_in_twenty_give_a_false_answer_and_bh_one_answer_in_twenty():
    # 20 comparisons, 8 of them with a true difference; all share a part, so they depend positively
    rng = np.random.default_rng(7)
    families, shift = 4000, np.repeat([0.0, 2.5], [12, 8])
    common = rng.normal(size=(families, 1))
    z = np.sqrt(0.3) * common + np.sqrt(0.7) * rng.normal(size=(families, 20)) + shift
    p = ndtr(-z)
    error = np.sqrt(0.05 * 0.95 / families)
    assert np.mean([(holm(row)[:12] <= 0.05).any() for row in p]) < 0.05 + 3 * error
    for method in (benjamini_hochberg, benjamini_yekutieli):
        told = np.array([method(row) <= 0.05 for row in p])
        false = told[:, :12].sum(axis=1) / np.maximum(told.sum(axis=1), 1)
        assert false.mean() < 0.05 + 3 * false.std() / np.sqrt(families)
    assert np.mean([(row[:12] <= 0.05).any() for row in p]) > 0.2


# Answers --------------------------------------------------------------------------------------

people = st.integers(5, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(group=people, reference=people, tolerance=st.floats(0.01, 0.3))
@laws
def test_the_p_values_give_the_answer_that_the_intervals_give(group, reference, tolerance):
    ends = np.array([-tolerance, tolerance])
    above, below = newcombe_p(*group, *reference, ends)
    beyond = min(above[1], below[0])
    above, below = miettinen_nurminen_p(*group, *reference, ends)
    answer = answers(beyond, tost(above[0], below[1]))
    low, high = newcombe(*group, *reference)
    low90, high90 = miettinen_nurminen(*group, *reference, 0.9)
    raised = low > tolerance or high < -tolerance
    clear = -tolerance < low90 and high90 < tolerance
    edge = np.abs(np.abs([low, high, low90, high90]) - tolerance).min() < 1e-9
    assert edge or str(answer) == ("raised" if raised else "clear" if clear else "cannot tell")


def test_the_equivalence_of_ninety_and_eighty_eight_of_two_hundred():
    above, _ = miettinen_nurminen_p(90, 200, 88, 200, -0.1)
    _, below = miettinen_nurminen_p(90, 200, 88, 200, 0.1)
    assert tost(above, below) == pytest.approx(0.03456673, abs=1e-8)


def test_what_was_not_compared_cannot_be_told():
    assert answers([np.nan, np.nan, 0.3], [np.nan, 0.01, np.nan]).tolist() == ["cannot tell"] * 3
    assert np.isnan(tost(np.nan, 0.01))


def test_a_raised_answer_needs_half_of_what_the_level_leaves_and_a_clear_one_all_of_it():
    told = answers([0.0249, 0.0251, 0.9, 0.9], [1, 1, 0.0499, 0.0501])
    assert told.tolist() == ["raised", "cannot tell", "clear", "cannot tell"]
    told = answers([0.0049, 0.0051, 0.9, 0.9], [1, 1, 0.0099, 0.0101], level=0.99)
    assert told.tolist() == ["raised", "cannot tell", "clear", "cannot tell"]

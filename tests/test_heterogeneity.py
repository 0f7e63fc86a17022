"""Estimates of many units held together: by hand, against metafor, laws."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfaudit.estimators.heterogeneity import (
    dersimonian_laird,
    freeman_tukey,
    log_odds,
    overall,
    paule_mandel,
    same_truth,
)

R = json.loads((Path(__file__).parent / "oracles" / "variance.json").read_text("utf-8"))["values"]
METHODS = ("logits", "arcs", "rats")
laws = settings(deadline=None, max_examples=50)


def test_three_offices_by_hand():
    # shares of .1, .3, .8 with variances of .01, .01, .02: weights 100, 100, 50, mean .32
    y, v = [0.1, 0.3, 0.8], [0.01, 0.01, 0.02]
    q = 100 * 0.22**2 + 100 * 0.02**2 + 50 * 0.48**2
    assert same_truth(y, v)[0] == pytest.approx(q)
    assert dersimonian_laird(y, v) == pytest.approx((q - 2) / (250 - 22_500 / 250))
    found = overall(y, v, 0.0)
    assert (found.estimate, found.se) == pytest.approx((0.32, 250**-0.5))


def test_units_that_agree_have_no_variance_behind_them():
    assert dersimonian_laird([0.4, 0.41, 0.39], 0.01) == 0
    assert paule_mandel([0.4, 0.41, 0.39], 0.01) == 0


@pytest.mark.parametrize("name", METHODS)
def test_the_variance_behind_many_estimates_is_metafors(name):
    of = R[name]
    assert dersimonian_laird(of["y"], of["v"]) == pytest.approx(of["dl"], rel=1e-10)
    assert paule_mandel(of["y"], of["v"]) == pytest.approx(of["pm"], rel=1e-8)
    assert same_truth(of["y"], of["v"]) == pytest.approx((of["q"], of["q_p"]), rel=1e-9)
    found = overall(of["y"], of["v"], of["dl"])
    ours = found.estimate, found.se, found.low, found.high
    assert ours == pytest.approx([of[x] for x in ("mean", "se", "low", "high")], rel=1e-9)


def test_log_odds_and_double_arcsines_are_metafors():
    for how, of in ((log_odds, R["logits"]), (freeman_tukey, R["arcs"])):
        np.testing.assert_allclose(how(R["k"], R["n"]), (of["y"], of["v"]), rtol=1e-10, atol=1e-14)


def test_where_all_estimates_are_as_sure_three_ways_agree():
    y = [0.2, 0.5, 0.9, 1.4, 0.1]
    assert paule_mandel(y, 0.05) == pytest.approx(R["even_reml"], rel=1e-8)
    assert dersimonian_laird(y, 0.05) == pytest.approx(R["even_reml"], rel=1e-8)


@laws
@given(st.lists(st.floats(-3, 3), min_size=2, max_size=9), st.floats(0.01, 2))
def test_with_the_variance_of_paule_and_mandel_squares_are_as_chance_has_them(y, v):
    variance = paule_mandel(y, v)
    q, _ = same_truth(y, np.full(len(y), v + variance))
    assert q == pytest.approx(len(y) - 1, rel=1e-6) or (variance == 0 and q <= len(y) - 1 + 1e-9)


def test_too_few_estimates_have_no_variance_behind_them():
    assert np.isnan(dersimonian_laird([0.3, np.nan], [0.1, 0.1]))
    assert np.isnan(paule_mandel([0.3], [0.1]))
    assert np.isnan(same_truth([0.3], [0.1])).all()
    assert str(overall([np.nan], [1.0], 0.1).note) == "nothing to hold together"
    assert np.isnan(log_odds([0], [0])).all()
    assert np.isnan(freeman_tukey([0], [0])).all()

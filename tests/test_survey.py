"""Weighted people: against R's survey, against counting without weights, and how often it holds."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from wfaudit.estimators.survey import weighted_gap, weighted_share

R = json.loads((Path(__file__).parent / "oracles" / "survey.json").read_text(encoding="utf-8"))[
    "values"
]
laws = settings(max_examples=60, deadline=None)
people = st.lists(
    st.tuples(st.integers(0, 1), st.integers(1, 9), st.integers(0, 1), st.integers(0, 9)),
    min_size=40,
    max_size=80,
)


def rows(name, *columns):
    return [np.array(R[f"{name}.{c}"]) for c in columns if f"{name}.{c}" in R]


# Against R --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["strat", "clus1", "tilted", "clus2"])
def test_the_share_of_schools_its_error_and_its_limits_are_those_of_r(name):
    found = weighted_share(*rows(name, "y", "w", "cluster"))
    assert found.note == ""
    for ours, theirs in (
        (found.estimate, "estimate"),
        (found.se, "se"),
        (found.df, "df"),
        (found.design_effect, "deff"),
        (found.effective, "kish"),
    ):
        assert ours == pytest.approx(R[f"{name}.{theirs}"], rel=1e-10)
    for level in (0.9, 0.95):
        found = weighted_share(*rows(name, "y", "w", "cluster"), level=level)
        theirs = R[f"{name}.limits{level * 100:.0f}"]
        assert (found.low, found.high) == pytest.approx(theirs, abs=1e-8)


@pytest.mark.parametrize("name", ["gap_strat", "gap_tilted", "gap_clus2"])
def test_the_gap_between_schools_that_share_clusters_has_the_error_of_r(name):
    found = weighted_gap(*rows(name, "y", "w", "group", "cluster"))
    assert found.estimate == pytest.approx(R[f"{name}.estimate"], rel=1e-10)
    assert found.note == ""
    for theirs in ("se", "se_glm"):
        assert found.se == pytest.approx(R[f"{name}.{theirs}"], rel=1e-10)


# By hand and without weights ----------------------------------------------------------------------


def test_two_people_with_weight_three_outvote_four_with_weight_one():
    y, w = [1, 1, 0, 0, 0, 0] * 3, [3, 3, 1, 1, 1, 1] * 3
    found = weighted_share(y, w)
    assert found.estimate == pytest.approx(0.6)
    assert found.effective == pytest.approx(30**2 / 66)


def test_with_equal_weights_the_error_is_that_of_counting():
    found = weighted_share([1] * 12 + [0] * 28, [2.5] * 40)
    assert found.se == pytest.approx(np.sqrt(0.3 * 0.7 / 39))
    assert found.effective == pytest.approx(40)
    assert found.design_effect == pytest.approx(1)
    assert found.df == 39


def test_the_gap_of_two_sides_without_clusters_adds_their_squared_errors():
    y, w = np.array([1, 0, 0, 1, 1, 0, 0] * 10), np.array([1, 2, 3, 1, 1, 2, 1] * 10)
    side = np.repeat([True, False], 35)
    found = weighted_gap(y, w, side)
    parts = [weighted_share(y[s], w[s]) for s in (side, ~side)]
    assert found.estimate == pytest.approx(parts[0].estimate - parts[1].estimate)
    by_hand = sum(p.se**2 * 34 / 35 for p in parts) * 70 / 69
    assert found.se == pytest.approx(np.sqrt(by_hand))


def test_when_offices_differ_much_but_treat_both_sides_alike_sharing_offices_narrows_the_gap():
    rng = np.random.default_rng(6)
    office = np.repeat(np.arange(20), 30)
    rate = rng.beta(1, 1, 20)[office]
    side = np.tile([True, False], 300)
    y = rng.random(600) < rate
    shared = weighted_gap(y, np.ones(600), side, office)
    apart = [weighted_share(y[s], np.ones(300), office[s]) for s in (side, ~side)]
    assert shared.se < 0.6 * np.hypot(apart[0].se, apart[1].se)


# Laws -------------------------------------------------------------------------------------------


@given(people=people, times=st.floats(0.01, 1000))
@laws
def test_weights_matter_only_beside_each_other_and_the_order_of_rows_never(people, times):
    y, w, side, office = np.transpose(people)
    turned = np.random.default_rng(1).permutation(len(y))
    for method, more in ((weighted_share, ()), (weighted_gap, (side,))):
        one = method(y, w, *more, office)
        other = method(y[turned], w[turned] * times, *(m[turned] for m in more), office[turned])
        assert other.note == one.note
        np.testing.assert_allclose((other.low, other.high), (one.low, one.high), rtol=1e-9)


@given(people=people)
@laws
def test_counting_those_not_flagged_turns_share_and_gap_round(people):
    y, w, side, _ = np.transpose(people)
    one, other = weighted_share(y, w), weighted_share(1 - y, w)
    np.testing.assert_allclose((other.low, other.high), (1 - one.high, 1 - one.low), atol=1e-12)
    one, other = weighted_gap(y, w, side), weighted_gap(1 - y, w, side)
    np.testing.assert_allclose((other.low, other.high), (-one.high, -one.low), atol=1e-12)


@given(people=people)
@laws
def test_changing_sides_turns_the_gap_round(people):
    y, w, side, office = np.transpose(people)
    one, other = weighted_gap(y, w, side, office), weighted_gap(y, w, 1 - side, office)
    np.testing.assert_allclose((other.low, other.high), (-one.high, -one.low), atol=1e-12)


@given(people=people)
@laws
def test_the_limits_hold_the_estimate_or_a_note_says_why_not(people):
    y, w, side, office = np.transpose(people)
    for found in (weighted_share(y, w, office), weighted_gap(y, w, side, office)):
        if found.note:
            assert np.isnan([found.se, found.low, found.high]).all()
        else:
            assert -1 <= found.low < found.estimate < found.high <= 1


# Edges ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weight", "note"),
    [
        ([1.0] * 19 + [0.0], "a weight is not above 0: no share"),
        ([1.0] * 19 + [-2.0], "a weight is not above 0: no share"),
        ([1.0] * 19 + [np.nan], "a weight is not a number: no share"),
        ([1.0] * 19 + [np.inf], "a weight is not a number: no share"),
    ],
)
def test_a_weight_that_is_none_leaves_no_share_and_no_gap(weight, note):
    y, side = [0, 1] * 10, [0] * 5 + [1] * 15
    for found in (weighted_share(y, weight), weighted_gap(y, weight, side)):
        assert found.note == note
        assert np.isnan([found.estimate, found.se, found.low, found.high]).all()


@pytest.mark.parametrize(
    ("y", "weight", "office", "note"),
    [
        ([0, 1] * 10, [1] * 19 + [20], None, "one row carries most of the weight: no interval"),
        ([0, 1] * 4, [1] * 8, None, "weights leave 8.0 effective people: too few for an interval"),
        ([1] * 20, [1] * 20, None, "all or none: no interval"),
        ([0, 1] * 10, [1] * 20, [0, 1, 2, 3] * 5, "4 clusters: fewer than 8, no interval"),
        ([0, 1] * 10, [1] * 20, np.repeat(range(10), 2), "nothing varies: no interval"),
    ],
)
def test_a_share_that_cannot_have_an_interval_says_why(y, weight, office, note):
    found = weighted_share(y, weight, office)
    assert found.note == note
    assert found.estimate == np.average(y, weights=weight)
    assert np.isnan([found.se, found.low, found.high]).all()


def test_either_side_of_a_gap_can_be_the_one_without_an_interval():
    y, w = [0, 1] * 20, [1.0] * 40
    for side in ([1] * 8 + [0] * 32, [0] * 8 + [1] * 32):
        found = weighted_gap(y, w, side)
        assert found.note == "weights leave 8.0 effective people: too few for an interval"
        assert np.isnan(found.low)
    assert weighted_gap(y, w, [1] * 40).note == "nobody to count"
    assert weighted_share([], []).note == "nobody to count"


# Coverage ---------------------------------------------------------------------------------------


def held(n, spread, rate, draws=4000):
    rng = np.random.default_rng(12)
    hits = []
    for _ in range(draws):
        found = weighted_share(rng.random(n) < rate, np.exp(spread * rng.standard_normal(n)))
        if not found.note:
            hits.append(found.low <= rate <= found.high)
    return np.mean(hits)


@pytest.mark.parametrize(
    ("n", "spread", "rate", "least", "most"),
    [
        (50, 0, 0.3, 0.94, 0.985),
        (100, 0.5, 0.3, 0.935, 0.975),
        (300, 0.5, 0.1, 0.935, 0.965),
        (300, 1, 0.3, 0.925, 0.955),
        (100, 1.5, 0.1, 0.79, 0.9),
    ],
)
def test_the_interval_holds_the_share_as_often_as_documented(n, spread, rate, least, most):
    assert least < held(n, spread, rate) < most


@pytest.mark.long
@pytest.mark.parametrize("offices", [10, 20, 60])
@pytest.mark.parametrize("unlike", [0.2, 0.6])
def test_where_offices_differ_the_intervals_of_share_and_gap_hold_the_truth(offices, unlike):
    rng = np.random.default_rng(14)
    # shares of the invented offices vary around these; the truth is their mean over all offices
    many = expit(np.array([[-1.0], [-0.5]]) + unlike * rng.standard_normal(400_000))
    truth = many.mean(axis=1)
    share, gap = [], []
    for _ in range(3000):
        office = np.repeat(np.arange(offices), 30)
        shift = unlike * rng.standard_normal(offices)[office]
        side = rng.random(len(office)) < 0.4
        y = rng.random(len(office)) < expit(np.where(side, -0.5, -1.0) + shift)
        w = np.exp(0.3 * rng.standard_normal(len(office)))
        found = weighted_gap(y, w, side, office)
        gap.append(found.low <= truth[1] - truth[0] <= found.high)
        found = weighted_share(y[~side], w[~side], office[~side])
        share.append(found.low <= truth[0] <= found.high)
    assert 0.92 < np.mean(gap) < 0.97
    assert 0.91 < np.mean(share) < 0.97

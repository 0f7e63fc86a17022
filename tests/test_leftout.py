"""Leaving out one cluster at a time, anywhere: by hand, against R's survey, and as one by one."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from wfaudit.estimators import ordered, trends
from wfaudit.estimators.clusters import jackknife_gap, jackknife_rate
from wfaudit.estimators.leftout import GAP, NUMBER, SHARE, left_out, share, share_gap

R = json.loads((Path(__file__).parent / "oracles" / "leftout.json").read_text(encoding="utf-8"))[
    "values"
]
EACH = pytest.mark.parametrize("name", R)
laws = settings(max_examples=60, deadline=None)
offices = st.lists(
    st.tuples(*[st.integers(0, 3)] * 4), min_size=1, max_size=14
)  # yes and no of each of two groups


def plain(k, n):
    """A share as it is, with nothing refused."""
    return k / n, n[None]


def told(name):
    """The people of R's table as an array: clusters by periods by groups by tiers by yes."""
    cells = np.array(R[name]["cells"])
    table = np.zeros((R[name]["clusters"], 5, 2, 4, 2))
    np.add.at(table, (cells[:, 0] - 1, *cells[:, 1:5].T), cells[:, 5])
    return table


def over(read, *sides, scale=NUMBER):
    """Everybody, and everybody but each cluster, of the same tables."""
    full = read(*(side.sum(axis=0) for side in sides))
    return left_out(full, [read(*(side.sum(axis=0) - side for side in sides))], scale)


# --- by hand


def test_eight_offices_of_two_people_by_hand():
    # four offices flag nobody and four flag both: half of all, each office left out moves it by 1/14;
    # 8 x (1/14)^2 x 7/8 = 1/28
    k, n = np.array([0.0, 0, 0, 0, 2, 2, 2, 2]), np.full(8, 2.0)
    found = over(plain, k, n)
    assert (found.estimate, found.se) == pytest.approx((0.5, np.sqrt(1 / 28)))
    half = stats.t.ppf(0.975, 6) * np.sqrt(1 / 28)
    assert (found.low, found.high) == pytest.approx((0.5 - half, 0.5 + half))
    assert (found.df, found.clusters) == (6, 8)


# --- R


@EACH
@pytest.mark.parametrize("what", ["slope", "higher", "odds", "gap"])
def test_errors_over_clusters_are_those_of_rs_survey_package(name, what):
    people = told(name)
    by_period, by_tier, by_group = people.sum((2, 3)), people.sum((1, 4)), people.sum((1, 3))
    n = by_period.sum((1, 2))
    found = {
        "slope": lambda: over(
            lambda k, n: (trends.steepness(k, n), n.sum(-1)[None]),
            by_period[..., 1], by_period.sum(-1),
        ),
        "higher": lambda: over(
            lambda one, other: (
                ordered.chance_higher(one, other) - 0.5, np.stack([one.sum(-1), other.sum(-1)]),
            ),
            by_tier[:, 1], by_tier[:, 0],
        ),
        "odds": lambda: over(share, by_period[..., 1].sum(1), n, scale=SHARE),
        "gap": lambda: over(
            share_gap, by_group[:, 1, 1], by_group[:, 1].sum(-1), by_group[:, 0, 1],
            by_group[:, 0].sum(-1), scale=GAP,
        ),
    }[what]()  # fmt: skip
    estimate = np.log(found.estimate / (1 - found.estimate)) if what == "odds" else found.estimate
    assert found.note == ""
    assert estimate == pytest.approx(R[name][what]["estimate"], rel=1e-9)
    assert found.se == pytest.approx(R[name][what]["se"], rel=1e-9)


# --- laws


@given(st.lists(offices, min_size=1, max_size=3), st.integers(1, 5))
@laws
def test_at_many_places_and_in_parts_it_is_the_jackknife_of_each_place(places, size):
    most = max(map(len, places))
    table = np.array([[*place, *[(0, 0, 0, 0)] * (most - len(place))] for place in places], float)
    table = table.transpose(2, 1, 0)  # yes, no, yes_ref, no_ref; clusters; places
    k, n, k_ref, n_ref = table[0], table[0] + table[1], table[2], table[2] + table[3]
    for read, arms, scale, alone in (
        (share, (k, n), SHARE, jackknife_rate),
        (share_gap, (k, n, k_ref, n_ref), GAP, jackknife_gap),
    ):
        parts = (
            read(*(arm.sum(axis=0) - arm[start : start + size] for arm in arms))
            for start in range(0, most, size)
        )
        found = left_out(read(*(arm.sum(axis=0) for arm in arms)), parts, scale)
        for at in range(len(places)):
            one = alone(*(arm[:, at] for arm in arms))
            if one.note or found.note[at]:
                assert bool(one.note) == bool(found.note[at])
                assert np.isnan([found.se[at], found.low[at], found.high[at]]).all()
            else:
                assert found.se[at] == pytest.approx(one.se, rel=1e-9)
                assert (found.low[at], found.high[at]) == pytest.approx(one.interval(0.95))
                assert (found.df[at], found.clusters[at]) == (one.df, one.clusters)


@given(st.permutations(range(10)), st.sampled_from([0.8, 0.95, 0.99]))
@laws
def test_the_order_of_the_clusters_is_nothing_and_a_higher_level_is_wider(order, level):
    k, n = np.array([1.0, 2, 0, 1, 3, 1, 2, 2, 1, 0]), np.full(10, 4.0)
    full, drop = share(k.sum(), n.sum()), share(k.sum() - k, n.sum() - n)
    one = left_out(full, [drop], SHARE, level)
    other = left_out(full, [share(k.sum() - k[order], n.sum() - n)], SHARE, level)
    assert other.se == pytest.approx(one.se, rel=1e-12)
    wider = left_out(full, [drop], SHARE, level + 0.005)
    assert 0 < wider.low < one.low < one.estimate < one.high < wider.high < 1


# --- what has no interval


@pytest.mark.parametrize(
    ("k", "note"),
    [
        ([1, 1, 0, 2, 1, 0, 1], "7 clusters: fewer than 8, no interval"),
        ([0] * 9, "all or none: no interval over clusters"),
        ([2] * 9, "all or none: no interval over clusters"),
        ([1] + [0] * 8, "all or none without one cluster: no interval"),
        ([1] * 9, "the clusters do not vary: no interval"),
    ],
)
def test_a_share_that_clusters_can_not_carry_has_a_reason_and_no_limits(k, note):
    found = over(share, np.array(k, float), np.full(len(k), 2.0), scale=SHARE)
    assert found.note == note
    assert np.isnan([found.se, found.low, found.high]).all()


def test_clusters_that_agree_but_for_rounding_do_not_vary():
    # a third of every office: the shares without each differ in the last digit at most
    n = np.array([3.0, 6, 9, 12, 15, 21, 27, 33, 39])
    assert over(share, n / 3, n, scale=SHARE).note == "the clusters do not vary: no interval"


def test_the_side_with_fewer_clusters_gives_the_degrees_of_freedom():
    rng = np.random.default_rng(2)
    k, n = rng.integers(1, 5, 30) * 1.0, np.full(30, 6.0)
    few = np.arange(30) < 9
    found = over(share_gap, k * few, n * few, k, n, scale=GAP)
    assert (found.df, found.clusters) == (7, 30)


def test_a_slope_that_hangs_on_one_office_has_no_interval():
    # without the only office of a second period there is no line
    k, n = np.zeros((9, 2)), np.zeros((9, 2))
    k[:8, 0], n[:8, 0], k[8, 1], n[8, 1] = [1, 2, 3, 1, 2, 3, 1, 2], 5, 4, 5
    found = over(lambda k, n: (trends.steepness(k, n), n.sum(-1)[None]), k, n)
    assert found.note == "no value without one cluster: no interval"

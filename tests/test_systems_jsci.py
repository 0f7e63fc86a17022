"""Australia's JSCI: published points, printed cut-offs, and the two scores that fall between."""

from itertools import product

import numpy as np
import pytest

from wfaudit.systems import jsci
from wfaudit.systems.jsci import SYSTEM

EVERY = jsci.every_profile()
SCORES = SYSTEM.score(EVERY)
TIERS = SYSTEM.tier(EVERY)


@pytest.mark.parametrize(
    ("factor", "answer", "points"),
    [
        ("english", "poor", 2),
        ("accommodation", "temporary", 3),
        ("work", "unemployed", 4),
        ("income_support", "over two years", 12),
        ("location", "remote Indigenous location", 12),
        ("living", "sole parent", 4),
        ("living", "lives alone", 1),
        ("living", "other family", 0),
    ],
)
def test_each_answer_adds_its_published_points(factor, answer, points):
    nothing = EVERY.iloc[[0]]
    assert SYSTEM.score(nothing).item() == 0
    assert SYSTEM.score(nothing.assign(**{factor: answer})).item() == points
    assert jsci.contributions(nothing.assign(**{factor: answer}))[factor].item() == points


def test_points_add_up_and_stay_whole_numbers_from_0_to_37():
    assert len(EVERY) == len(EVERY.drop_duplicates()) == 96
    np.testing.assert_array_equal(jsci.contributions(EVERY).sum(axis=1), SCORES)
    assert SCORES.dtype.kind == "i"
    assert (SCORES.min(), SCORES.max()) == (0, 37)


def test_the_streams_are_cut_as_printed():
    assert set(SCORES[TIERS == "1"]) == set(SCORES[SCORES < 19])
    assert set(SCORES[TIERS == "2"]) == set(SCORES[(SCORES >= 20) & (SCORES <= 28)])
    assert set(SCORES[TIERS == "3"]) == set(SCORES[SCORES > 29])


def test_as_many_profiles_fall_in_each_stream_and_in_each_gap_as_the_points_allow():
    by_hand = [sum(one) for one in product((0, 2), (0, 3), (0, 4), (0, 12), (0, 12), (0, 1, 4))]
    assert sorted(SCORES) == sorted(by_hand)
    assert TIERS.value_counts().to_dict() == {"1": 50, "2": 24, "3": 14}
    assert (by_hand.count(19), by_hand.count(29)) == (6, 2)


def test_more_points_never_mean_a_milder_stream():
    known = TIERS.notna()
    position = TIERS[known].map(SYSTEM.order.index)
    assert position[SCORES[known].sort_values().index].is_monotonic_increasing


def test_what_is_wrong_19_and_29_points_belong_to_no_stream():
    """The source prints "fewer than 19", "20 to 28" and "more than 29"; it says nothing of both."""
    assert set(SCORES[TIERS.isna()]) == {19, 29}
    person = EVERY.iloc[[0]].assign(
        accommodation="temporary", work="unemployed", income_support="over two years"
    )
    assert SYSTEM.score(person).item() == 19
    assert SYSTEM.tier(person).isna().all()


def test_what_is_wrong_twelve_of_eighteen_factors_have_no_published_points():
    left_out = SYSTEM.not_published[0].split(":")[1].split(",")
    assert len(left_out) + len(SYSTEM.asked) == 18
    assert any("up to twelve" in line for line in SYSTEM.invented)

"""Poland's profiles: 24 items, two sums, and an invented population near the published shares."""

import numpy as np
import pandas as pd
import pytest

from wfaudit.systems import poland
from wfaudit.systems.poland import DISTANCE, READINESS, REGISTER, SYSTEM, invented_people

TOLERANCE = 0.015  # the published shares are whole per cent; 20,000 people add 0.7 points at most


def someone(**points):
    """A person without any points, but for those given."""
    return pd.DataFrame([dict.fromkeys(SYSTEM.inputs, 0) | points])


def with_sums(distance, readiness):
    """A person with these two sums, filled item by item."""
    points = {}
    for names, left in ((DISTANCE, distance), (READINESS, readiness)):
        for name in names:
            points[name] = int(min(left, SYSTEM.inputs[name].high))
            left -= points[name]
        assert left == 0
    return someone(**points)


def test_24_items_eight_from_the_register_thirteen_for_distance_eleven_for_readiness():
    assert list(SYSTEM.inputs) == [*DISTANCE, *READINESS]
    assert (len(REGISTER), len(SYSTEM.asked) - len(REGISTER)) == (8, 16)
    assert (len(DISTANCE), len(READINESS)) == (13, 11)
    assert {(one.low, one.high) for one in SYSTEM.asked} == {(0, 8), (0, 6)}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_invented_people_get_about_the_published_shares_of_profiles(seed):
    people = invented_people(20_000, seed)
    shares = SYSTEM.tier(people).value_counts(normalize=True)
    for profile, published in {"I": 0.02, "II": 0.65, "III": 0.33}.items():
        assert shares[profile] == pytest.approx(published, abs=TOLERANCE)


def test_the_same_seed_gives_the_same_people_in_whole_points():
    pd.testing.assert_frame_equal(invented_people(50, 4), invented_people(50, 4))
    assert not invented_people(50, 4).equals(invented_people(50, 5))
    assert (invented_people(50, 4).dtypes == np.int64).all()


def test_the_score_is_the_sum_of_all_points_and_so_of_the_two_sums():
    people = invented_people(300, 6)
    np.testing.assert_array_equal(SYSTEM.score(people), people.sum(axis=1))
    np.testing.assert_array_equal(SYSTEM.score(people), poland.sums(people).sum(axis=1))
    pd.testing.assert_frame_equal(poland.contributions(people), people)


@pytest.mark.parametrize(
    ("distance", "readiness", "profile"),
    [
        (0, 0, "I"), (22, 18, "I"), (23, 18, "II"), (22, 19, "II"),
        (56, 48, "III"), (55, 48, "II"), (56, 47, "II"), (102, 88, "III"),
    ],
)  # fmt: skip
def test_profile_i_needs_both_sums_low_and_profile_iii_both_high(distance, readiness, profile):
    assert SYSTEM.tier(with_sums(distance, readiness)).item() == profile


def test_one_point_more_never_means_a_milder_profile():
    people = invented_people(200, 7)
    before = SYSTEM.tier(people).map(SYSTEM.order.index)
    for one in SYSTEM.asked:
        more = people.assign(**{one.name: np.minimum(people[one.name] + 1, int(one.high))})
        assert (SYSTEM.tier(more).map(SYSTEM.order.index) >= before).all()


def test_what_is_wrong_a_person_with_fewer_points_can_get_the_harsher_profile():
    """Two sums decide, so the total that looks like a score does not."""
    harsh, mild = with_sums(56, 48), with_sums(102, 47)
    assert SYSTEM.score(harsh).item() < SYSTEM.score(mild).item()
    assert (SYSTEM.tier(harsh).item(), SYSTEM.tier(mild).item()) == ("III", "II")


def test_what_is_wrong_sex_and_disability_count():
    edge = with_sums(56, 48)
    assert SYSTEM.tier(edge.assign(sex=0)).item() == "II"
    assert SYSTEM.tier(edge.assign(disability=0)).item() == "II"
    assert SYSTEM.inputs["sex"].published_as == "płeć"

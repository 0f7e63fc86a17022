"""Roll-outs in steps: counted by hand, recounted, against least squares, laws, lots dealt in every way."""

import itertools

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from test_units_page import loaded

from wfaudit.estimators.leftout import left_out
from wfaudit.estimators.staggered import Starts, dealt_anew, effects, places, ways

laws = settings(max_examples=80, deadline=None)
measured = loaded("units")


def starting(*pairs):
    """Offices whose last period before the start, and first from then on, are given."""
    last, first = np.array(pairs).T
    return Starts(last, first)


def neighbours(*first):
    return starting(*((at - 1, at) for at in first))


def test_twenty_people_in_four_offices_by_hand():
    # people of whom so many were overridden, before and after; north starts, three others do not
    k = [[1, 3], [0, 1], [1, 1], [1, 2]]
    n = [[2, 4], [2, 2], [2, 2], [3, 3]]
    found = effects(k, n, neighbours(1, 2, 2, 2))
    # weights of the others: 2 * 2 / 4 = 1, 1, and 3 * 3 / 6 = 1.5; their changes 1/2, 0, 1/3
    others = (1 * 1 / 2 + 1 * 0 + 1.5 * 1 / 3) / 3.5
    assert np.sum(n) == 20
    assert found.full[0].tolist() == pytest.approx([3 / 4 - 1 / 2 - others] * 2)
    assert found.people.tolist() == [4, 4]
    assert found.compared.tolist() == [7, 7]
    assert (found.offices[0], found.others[0]) == (1, 3)


def test_two_waves_over_four_periods_by_hand():
    # one office starts in period 1, one in period 2, two never: all have 10 people a period
    k = np.array([[2, 5, 6, 6], [3, 3, 7, 8], [1, 2, 2, 3], [4, 4, 5, 5]])
    found = effects(k, np.full((4, 4), 10), neighbours(1, 2, 4, 4))
    first = [(5 - 2) - (0 + 1 + 0) / 3, (6 - 2) - (1 + 1) / 2, (6 - 2) - (2 + 1) / 2]
    second = [(7 - 3) - (0 + 1) / 2, (8 - 3) - (1 + 1) / 2]
    early = [(3 - 3) * -1 - (1 - 2 + 4 - 4) / 2]  # from period 1 back to period 0
    by_time = [np.mean([first[0], second[0]]), np.mean([first[1], second[1]]), first[2]]
    expected = [np.mean(first + second), *early, *by_time]
    assert found.full[0] == pytest.approx(np.array(expected) / 10)


def test_a_period_in_which_an_office_starts_is_left_out_for_it_and_it_is_no_comparison_then():
    k = np.array([[2, 9, 5, 6], [1, 2, 9, 3], [0, 1, 1, 2], [3, 3, 3, 3]])
    found = effects(k, np.full((4, 4), 10), starting((0, 2), (1, 3), (3, 4), (3, 4)))
    first = [(5 - 2) - (1 + 0) / 2, (6 - 2) - (2 + 0) / 2]
    second = [(3 - 2) - (2 - 1 + 3 - 3) / 2]
    assert found.full[0][0] == pytest.approx(np.mean(first + second) / 10)


def test_periods_without_two_offices_to_compare_with_are_left_out_and_their_people_counted():
    k, n = np.array([[1, 4, 5], [2, 2, 5], [0, 2, 2]]), np.full((3, 3), 5)
    found = effects(k, n, neighbours(1, 2, 3))
    assert (
        found.alone == 10
    )  # both of those that started have one office beside them in the last period
    assert found.full[0][0] == pytest.approx(3 / 5 - (0 + 2 / 5) / 2)


def test_where_nothing_can_be_compared_nothing_is_told():
    found = effects([[1, 1], [1, 1]], [[2, 2], [2, 2]], neighbours(0, 0))
    assert np.isnan(found.full[0]).all()
    assert places(neighbours(0, 0), 2, 12) == ([], [])


# --- counted again, another way


def again(k, n, starts):
    """The overall effect, office by office and period by period, with no arrays."""
    offices, periods = range(len(n)), range(len(n[0]))
    total = people = 0.0
    pairs = sorted(set(zip(starts.last.tolist(), starts.first.tolist(), strict=True)))
    for base, start in ((b, g) for b, g in pairs if b >= 0 and g < len(periods)):
        for t in range(start, len(periods)):
            both = [o for o in offices if n[o][t] and n[o][base]]
            mine = [o for o in both if (starts.last[o], starts.first[o]) == (base, start)]
            others = [o for o in both if starts.last[o] >= t]
            if not mine or len(others) < 2:
                continue
            change = {o: k[o][t] / n[o][t] - k[o][base] / n[o][base] for o in both}
            weight = {o: 1 / (1 / n[o][t] + 1 / n[o][base]) for o in both}
            sides = [
                sum(weight[o] * change[o] for o in side) / sum(weight[o] for o in side)
                for side in (mine, others)
            ]
            size = sum(n[o][t] for o in mine)
            total += size * (sides[0] - sides[1])
            people += size
    return total / people if people else np.nan


@st.composite
def roll_outs(draw, fewest=3):
    offices, periods = draw(st.integers(fewest, 7)), draw(st.integers(2, 6))
    n = np.array(
        [[draw(st.integers(0, 9)) for _ in range(periods)] for _ in range(offices)], dtype=float
    )
    k = np.array([[draw(st.integers(0, int(x))) for x in row] for row in n], dtype=float)
    first = [draw(st.integers(0, periods)) for _ in range(offices)]
    mixed = [draw(st.integers(0, 1)) for _ in range(offices)]
    return k, n, starting(*((f - 1 - m, f) for f, m in zip(first, mixed, strict=True)))


@laws
@given(roll_outs())
def test_it_is_what_counting_again_gives_with_everybody_and_without_each_office(asked):
    k, n, starts = asked
    found = effects(k, n, starts)
    assert found.full[0][0] == pytest.approx(again(k, n, starts), abs=1e-12, nan_ok=True)
    assert dealt_anew(k, n, starts)[0] <= 1 or np.isnan(found.full[0][0])


@laws
@given(roll_outs(fewest=5))
def test_without_an_office_it_is_the_effect_in_the_others_where_all_of_these_can_be_told(asked):
    k, n, starts = asked
    whole = effects(k, n, starts)
    for office in range(len(n)):
        rest = np.arange(len(n)) != office
        less = Starts(starts.last[rest], starts.first[rest])
        part = effects(k[rest], n[rest], less)
        if part.alone == whole.alone == 0 and not np.isnan(part.full[0][0]):
            assert whole.without[0][office, 0] == pytest.approx(part.full[0][0], abs=1e-9)


@laws
@given(roll_outs(), st.data())
def test_what_sets_offices_apart_or_moves_all_of_them_in_a_period_changes_nothing(asked, data):
    k, n, starts = asked
    offices, periods = n.shape
    apart = [data.draw(st.integers(0, 5)) for _ in range(offices)]
    season = [data.draw(st.integers(0, 5)) for _ in range(periods)]
    moved = k + n * (np.array(apart)[:, None] + np.array(season)) / 10
    one, other = (effects(x, n, starts).full[0] for x in (k, moved))
    np.testing.assert_allclose(one, other, atol=1e-9)


@laws
@given(roll_outs(), st.randoms())
def test_the_order_of_offices_is_nothing(asked, random):
    k, n, starts = asked
    order = list(range(len(n)))
    random.shuffle(order)
    turned = Starts(starts.last[order], starts.first[order])
    one, other = effects(k, n, starts), effects(k[order], n[order], turned)
    np.testing.assert_allclose(one.full[0], other.full[0], atol=1e-12)
    np.testing.assert_allclose(one.without[0][order], other.without[0], atol=1e-9)


# --- somebody else's number


@pytest.mark.parametrize("seed", range(5))
def test_with_one_start_and_two_periods_it_is_least_squares_with_offices_and_periods(seed):
    rng = np.random.default_rng(seed)
    n = rng.integers(1, 30, (9, 2))
    k, starts = rng.binomial(n, 0.4), neighbours(*[1] * 4, *[2] * 5)
    office, period = np.indices(n.shape)
    cells = pd.DataFrame({"office": office.ravel(), "period": period.ravel(), "n": n.ravel()})
    cells["share"] = k.ravel() / n.ravel()
    dummies = pd.get_dummies(cells["office"]).astype(float)
    dummies["period"] = cells["period"].astype(float)
    dummies["shown"] = ((cells["office"] < 4) & (cells["period"] == 1)).astype(float)
    fit = sm.WLS(cells["share"], dummies, weights=cells["n"]).fit()
    assert effects(k, n, starts).full[0][0] == pytest.approx(fit.params["shown"], abs=1e-10)


# --- lots


def test_days_dealt_in_every_way_are_what_a_loop_over_all_of_them_counts():
    rng = np.random.default_rng(3)
    n = rng.integers(3, 9, (6, 4))
    k, first = rng.binomial(n, 0.5), [1, 1, 2, 2, 4, 4]
    seen = abs(again(k, n, neighbours(*first)))
    every = {order for order in itertools.permutations(first)}
    assert len(every) == ways(np.array([2, 2, 2])) == 90
    far = [abs(again(k, n, neighbours(*order))) >= seen - 1e-9 for order in sorted(every)]
    assert dealt_anew(k, n, neighbours(*first)) == (pytest.approx(np.mean(far)), True)


def test_of_two_groups_the_difference_of_their_effects_is_dealt_anew():
    rng = np.random.default_rng(4)
    n = rng.integers(3, 9, (2, 5, 3))
    k, first = rng.binomial(n, 0.5), [1, 1, 2, 3, 3]

    def apart(order):
        one, other = (again(*each, neighbours(*order)) for each in zip(k, n, strict=True))
        return abs(one - other)

    every = sorted({order for order in itertools.permutations(first)})
    far = np.mean([apart(order) >= apart(first) - 1e-9 for order in every])
    assert dealt_anew(k, n, neighbours(*first))[0] == pytest.approx(far)


def test_where_there_are_too_many_ways_999_are_drawn_and_the_one_seen_counts():
    rng = np.random.default_rng(5)
    n = np.full((20, 5), 40)
    first = 1 + np.arange(20) % 5
    on = np.arange(5) >= first[:, None]
    p, exact = dealt_anew(rng.binomial(n, 0.2 + 0.4 * on), n, neighbours(*first))
    assert (p, exact) == (1 / 1000, False)
    nothing, _ = dealt_anew(rng.binomial(n, 0.3), n, neighbours(*first))
    assert nothing > 0.05


def test_where_the_advice_changes_nobody_lots_say_so_in_95_of_100_draws():
    rng, small = np.random.default_rng(6), []
    for _ in range(400):
        first = rng.permutation([1, 1, 2, 2, 3, 3])
        ways = rng.normal(0.4, 0.15, (6, 1)).clip(0.05, 0.9)  # offices that differ
        k = rng.binomial(12, ways + 0.02 * np.arange(4), (6, 4))
        small.append(dealt_anew(k, np.full((6, 4), 12), neighbours(*first))[0] <= 0.05)
    assert np.mean(small) <= 0.05 + 2.5 * np.sqrt(0.05 * 0.95 / 400)


# --- how often limits hold the truth


@pytest.mark.parametrize("offices", [12, 40])
def test_limits_over_offices_hold_the_truth_at_least_93_times_in_100(offices):
    found = measured.held_by_roll_out(offices, 4, 0.02, draws=300)
    assert found[0] >= 0.93 - 2.5 * np.sqrt(0.95 * 0.05 / 300)


def test_fewer_than_eight_offices_on_a_side_have_no_limits():
    rng = np.random.default_rng(7)
    k = rng.binomial(20, 0.4, (14, 3))
    found = effects(k, np.full((14, 3), 20), neighbours(*[1] * 7, *[3] * 7))
    told = left_out(found.full, [found.without])
    assert told.note[0].startswith("7 clusters: fewer than 8")
    assert np.isnan(told.low[0])

"""Two ways of judging the same people: against R and published limits, by hand, laws, coverage."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfaudit.estimators.paired import auc_without_each, paired_benefit, paired_gap, placed

ORACLES = Path(__file__).parent / "oracles"
R = json.loads((ORACLES / "paired.json").read_text("utf-8"))["values"]
PAPERS = json.loads((ORACLES / "paired_published.json").read_text("utf-8"))["values"]
CELLS = ("n11", "n10", "n01", "n00")
counts = st.integers(0, 60)
laws = settings(deadline=None)
table = st.tuples(counts, counts, counts, counts).filter(lambda cells: sum(cells) > 0)


# the gap of two shares ------------------------------------------------------------------------


@pytest.mark.parametrize("level", [90, 95])
def test_limits_are_those_at_which_the_likelihood_itself_gives_the_score(level):
    low, high = paired_gap(*(R[cell] for cell in CELLS), level / 100)
    np.testing.assert_allclose(low, R[f"low{level}"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(high, R[f"high{level}"], rtol=0, atol=1e-10)


@pytest.mark.parametrize("at", range(6))
def test_limits_are_those_that_papers_print(at):
    found = paired_gap(*(PAPERS[cell][at] for cell in CELLS), PAPERS["level"][at])
    printed = [PAPERS["low"][at], PAPERS["high"][at]]
    np.testing.assert_allclose(found, printed, rtol=0, atol=0.51 * 10.0 ** -PAPERS["digits"][at])


def test_where_nobody_is_counted_by_one_way_alone_the_limits_are_those_of_one_more_deviate():
    # b = c = 0: the score is -gap n / sqrt(n gap (1 - gap)), so the limit is z^2 / (n + z^2)
    z = 1.959963984540054
    low, high = paired_gap(3, 0, 0, 7)
    assert high == pytest.approx(z**2 / (10 + z**2), rel=1e-12)
    assert low == -high


@laws
@given(table)
def test_the_limits_hold_the_gap_lie_within_one_and_are_never_a_point(cells):
    low, high = paired_gap(*cells)
    assert -1 <= low <= (cells[1] - cells[2]) / sum(cells) <= high <= 1
    assert high - low > 0


@laws
@given(table)
def test_swapping_the_two_ways_turns_the_limits_round(cells):
    n11, n10, n01, n00 = cells
    low, high = paired_gap(*cells)
    assert paired_gap(n00, n01, n10, n11) == (-high, -low)


@laws
@given(table)
def test_a_higher_level_gives_wider_limits(cells):
    (low, high), (lower, higher) = paired_gap(*cells, 0.8), paired_gap(*cells, 0.99)
    assert lower <= low
    assert high <= higher


def test_nobody_and_less_than_nobody_give_no_limits_and_no_warning():
    low, high = paired_gap([0, 5, 5], [0, -1, 2], [0, 3, 1], [0, 5, 5])
    assert np.isnan(low[:2]).all()
    assert np.isnan(high[:2]).all()
    assert low[2] < high[2]


@pytest.mark.parametrize("n", [20, 50])
def test_limits_cover_as_often_as_they_say_over_every_table_of_n_people(n):
    # every split of n people into first alone, second alone, neither or both; measured: .969 (20)
    # and .956 (50) on average over the grid, .947 at the least favourable point of both
    b, c = (x.ravel().astype(float) for x in np.meshgrid(range(n + 1), range(n + 1)))
    b, c = b[b + c <= n], c[b + c <= n]
    low, high = paired_gap(0, b, c, n - b - c)
    steps = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    ways = steps[n] - steps[b.astype(int)] - steps[c.astype(int)] - steps[(n - b - c).astype(int)]
    covered = []
    for p in (0.02, 0.05, 0.1, 0.2, 0.3):
        for q in (0.02, 0.05, 0.1, 0.2, 0.3):
            chance = np.exp(ways + b * np.log(p) + c * np.log(q) + (n - b - c) * np.log(1 - p - q))
            assert chance.sum() == pytest.approx(1, abs=1e-9)
            covered.append(chance[(low <= p - q) & (p - q <= high)].sum())
    assert 0.945 <= np.mean(covered) <= 0.975
    assert min(covered) >= 0.94


# net benefit ----------------------------------------------------------------------------------


def test_where_a_false_alarm_costs_nothing_net_benefit_is_the_gap_in_people_found():
    found = paired_benefit((30, 12), (40, 25), 200, 0.0)
    np.testing.assert_allclose(found, paired_gap(0, 30, 12, 158), rtol=1e-12)


@laws
@given(counts, counts, counts, counts, st.floats(0.05, 4))
def test_the_limits_hold_the_difference_in_net_benefit_and_turn_with_the_two_ways(a, b, c, d, odds):
    n = a + b + c + d + 5
    low, high = paired_benefit((a, b), (c, d), n, odds)
    assert low < (a - b + odds * (c - d)) / n < high
    np.testing.assert_allclose(paired_benefit((b, a), (d, c), n, odds), (-high, -low), atol=1e-12)


def test_for_very_many_people_the_limits_are_those_of_a_mean_over_all_of_them():
    # one person's part is 1, -1, odds, -odds or 0; people with the event are not those without it, so
    # the two parts of the mean are tied, and leaving that out would make limits 6 in 100 too narrow
    n, odds, shares = 10**9, 0.5, np.array([0.3, 0.1, 0.1, 0.4])
    a, b, c, d = shares * n
    low, high = paired_benefit((a, b), (c, d), n, odds)
    part = np.array([1, -1, odds, -odds])
    mean = (shares * part).sum()
    half = 1.959963984540054 * np.sqrt(((shares * part**2).sum() - mean**2) / n)
    np.testing.assert_allclose([low - mean, high - mean], [-half, half], rtol=1e-3)


@pytest.mark.parametrize("n", [100, 1000])
def test_limits_of_net_benefit_cover_as_often_as_they_say(n):
    # 4,000 draws (standard error .0034); measured: .950 and .951
    chance, odds = [0.08, 0.04, 0.10, 0.06, 0.72], 0.4
    drawn = np.random.default_rng(3).multinomial(n, chance, size=4000).T
    low, high = paired_benefit((drawn[0], drawn[1]), (drawn[2], drawn[3]), n, odds)
    truth = 0.08 - 0.04 + odds * (0.10 - 0.06)
    assert 0.94 <= ((low <= truth) & (truth <= high)).mean() <= 0.97


# places ---------------------------------------------------------------------------------------


def test_three_people_with_one_score_share_two_places():
    # five people, two places: the best takes one, the three in the middle share the other
    share = placed([0.1, 0.5, 0.5, 0.5, 0.9], np.ones(5), [3, 2])[:, 1]
    np.testing.assert_allclose(share, [0, 1 / 3, 1 / 3, 1 / 3, 1], rtol=1e-15)


people = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5)), min_size=1, max_size=20)


@laws
@given(people, st.integers(0, 100))
def test_everybody_is_placed_once_and_every_class_is_full(cells, cut):
    order, n = (np.array(x, float) for x in zip(*cells, strict=True))
    flagged = min(cut, n.sum())
    found = placed(order, n, [n.sum() - flagged, flagged])
    np.testing.assert_allclose(n @ found, [n.sum() - flagged, flagged], atol=1e-9)
    np.testing.assert_allclose(found[n > 0].sum(axis=1), 1, atol=1e-12)


# areas without a cluster ----------------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000))
def test_the_area_without_each_cluster_is_that_of_everybody_else_pair_by_pair(seed):
    dice = np.random.default_rng(seed)
    order, y, n, cluster = (dice.integers(0, top, 30) for top in (5, 2, 4, 6))
    found = auc_without_each(order, y, n, cluster)
    left = [np.ones(30, bool), *(cluster != c for c in np.unique(cluster))]
    by_pairs = [area(order[keep], y[keep], n[keep]) for keep in left]
    np.testing.assert_allclose(found, by_pairs, atol=1e-12)


def area(order, y, n):
    order, y = np.repeat(order, n), np.repeat(y, n)
    gap = order[y == 1][:, None] - order[y == 0][None]
    return ((gap > 0) + 0.5 * (gap == 0)).mean() if gap.size else np.nan

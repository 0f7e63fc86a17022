"""How well a score ranks people: against pROC, pair by pair, its laws, and its coverage."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from scipy.stats import norm
from scipy.stats import t as student

from wfaudit.estimators.roc import auc, auc_difference, auc_hybrid, auc_hybrid_p, auc_paired

ORACLE = json.loads((Path(__file__).parent / "oracles" / "auc.json").read_text("utf-8"))["values"]
CLOSED = 1e-10


def close(found, frozen):
    np.testing.assert_allclose(found, frozen, rtol=CLOSED)


# pROC -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ORACLE["curves"])
def test_area_variance_and_limits_are_those_of_proc(name):
    frozen = ORACLE["curves"][name]
    found = auc(frozen["events"], frozen["nonevents"])
    half = norm.ppf(0.975) * found.se
    close(found.estimate, [frozen["auc"]])
    close(found.estimate, [frozen["wilcoxon"]])
    close(found.se**2, [frozen["var"]])
    close([found.estimate - half, found.estimate + half], frozen["wald95"])
    close(found.interval(0.95), frozen["logit95"])
    close(found.interval(0.90), frozen["logit90"])


@pytest.mark.parametrize("frozen", ORACLE["unpaired"], ids=lambda x: f"{x['a']}-{x['b']}")
def test_the_difference_of_two_groups_is_that_of_procs_roc_test(frozen):
    groups = [ORACLE["curves"][frozen[side]] for side in "ab"]
    found = auc_difference(*(auc(g["events"], g["nonevents"]) for g in groups))
    z = found.estimate / found.se
    close(
        [found.estimate, found.se, found.df, z, 2 * student.sf(abs(z), found.df)],
        [frozen[key] for key in ("difference", "se", "df", "D", "p")],
    )


@pytest.mark.parametrize("name", ORACLE["paired"])
def test_the_difference_of_two_scores_of_the_same_people_is_that_of_procs_roc_test(name):
    frozen = ORACLE["paired"][name]
    s1, s2, y, n = (np.array(frozen[key]) for key in ("s1", "s2", "y", "n"))
    found, one, other = auc_paired(s1, s2, y, n), alone(s1, y, n), alone(s2, y, n)
    z = found.estimate / found.se
    close(
        [found.estimate, found.se, z, 2 * norm.sf(abs(z))],
        [frozen[key] for key in ("difference", "se", "Z", "p")],
    )
    close((one.se**2 + other.se**2 - found.se**2) / 2, frozen["cov"])


def alone(score, y, n):
    grid = np.unique(score)
    each = [[(n * (y == kind))[score == value].sum() for value in grid] for kind in (1, 0)]
    return auc(*each)


# By hand and by brute force -------------------------------------------------------------------


def test_two_of_three_pairs_in_order_and_one_tie_make_five_sixths():
    # with the event: 2 and 3; without: 1, 1 and 3. In order: 2>1 twice, 3>1 twice; tied: 3 and 3;
    # the other way: 2 and 3. So 4 and a half of 6 pairs.
    found = auc([0, 1, 1], [2, 0, 1])
    assert found.estimate == 4.5 / 6
    assert (found.n_events, found.n_nonevents) == (2, 3)
    assert found.bound == 0.5 * (1 / 2) * (1 / 3)


def person_by_person(score, y):
    """DeLong's variance, with every pair of people looked at."""
    pairs = np.sign(score[y][:, None] - score[~y][None, :]) / 2 + 0.5
    rows, columns = pairs.mean(1), pairs.mean(0)
    return pairs.mean(), rows.var(ddof=1) / len(rows) + columns.var(ddof=1) / len(columns)


def test_the_variance_on_the_grid_is_that_of_every_pair_of_people():
    rng = np.random.default_rng(8)
    for values in (2, 3, 10, 400):
        score, y = rng.integers(0, values, 90), rng.random(90) < 0.4
        found = alone(score, y, np.ones(90, int))
        np.testing.assert_allclose(
            (found.estimate, found.se**2), person_by_person(score, y), rtol=1e-12
        )


# Who gets no interval -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "nonevents", "area", "note"),
    [
        ([4, 5], [20, 10], 5 / 9 * 2 / 3 + (4 / 9 * 2 / 3 + 5 / 9 / 3) / 2, "9 events: too few for an interval"),
        ([20, 10], [5, 3], None, "8 non-events: too few for an interval"),
        ([0, 40, 0], [0, 50, 0], 0.5, "the score does not vary: no interval"),
        ([0, 3, 0], [0, 4, 0], 0.5, "the score does not vary: no interval"),
        ([0, 40], [50, 0], 1.0, "the score separates everyone: no interval"),
        ([40, 0, 0], [0, 25, 25], 0.0, "the score separates everyone: no interval"),
        ([0, 0], [5, 5], np.nan, "nobody with the event"),
        ([5, 5], [0, 0], np.nan, "nobody without the event"),
        ([0, 0], [0, 0], np.nan, "nobody to count"),
        ([], [], np.nan, "nobody to count"),
        ([4, -1], [5, 5], np.nan, "the counts are not whole numbers of people"),
        ([4, 1.5], [5, 5], np.nan, "the counts are not whole numbers of people"),
        ([4, np.nan], [5, 5], np.nan, "the counts are not whole numbers of people"),
        ([4, np.inf], [5, 5], np.nan, "the counts are not whole numbers of people"),
    ],
)  # fmt: skip
def test_a_group_that_can_not_be_judged_says_why_and_has_no_interval(events, nonevents, area, note):
    found = auc(events, nonevents)
    assert found.note == note
    assert area is None or found.estimate == pytest.approx(area, nan_ok=True)
    assert np.isnan([found.se, *found.interval(0.95)]).all()


@pytest.mark.parametrize(
    ("few", "interval", "note"),
    [
        (9, False, "9 events: too few for an interval"),
        (10, True, "10 events: the interval may be too narrow"),
        (29, True, "29 events: the interval may be too narrow"),
        (30, True, ""),
    ],
)
def test_an_interval_starts_at_ten_events_and_is_trusted_from_thirty(few, interval, note):
    found = auc([3, few - 3], [200, 100])
    assert np.isfinite(found.interval(0.95)).all() == interval
    assert found.note == note


def test_a_difference_to_a_group_without_an_interval_has_none_and_says_why():
    found = auc_difference(auc([3, 4], [50, 20]), auc([0, 40], [50, 0]))
    assert (
        found.note == "7 events: too few for an interval; the score separates everyone: no interval"
    )
    assert np.isfinite(found.estimate)
    assert np.isnan([found.se, *found.interval(0.95)]).all()


def test_no_limit_of_a_difference_goes_beyond_minus_one_or_one():
    low, high = auc([9, 1, 0], [0, 1, 9]), auc([0, 1, 9], [9, 1, 0])
    assert auc_difference(high, low).interval(0.9999999)[1] == 1
    assert auc_difference(low, high).interval(0.9999999)[0] == -1
    assert -1 <= auc_hybrid(low, high)[0] < auc_hybrid(high, low)[1] <= 1


def test_a_hybrid_with_a_group_without_an_interval_has_none():
    few, many = auc([3, 4], [50, 20]), auc([20, 40], [50, 20])
    assert np.isnan([*auc_hybrid(few, many), *auc_hybrid_p(few, many, 0.0)]).all()


def test_two_scores_that_rank_people_alike_have_a_difference_of_zero_and_no_interval():
    s1, y, n = np.array([1.0, 2, 3, 1, 2, 3]), [0, 0, 0, 1, 1, 1], [30, 20, 10, 5, 10, 15]
    found = auc_paired(s1, np.exp(s1), y, n)
    assert found.estimate == 0
    assert np.isnan([found.se, *found.interval(0.95)]).all()
    assert found.note == "the difference does not vary: no interval"


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        (([1, 2], [1, np.nan], [0, 1], [20, 20]), "a score or an outcome is missing"),
        (([1, 2, 3], [1, 2, 3], [0, 1, np.nan], [20, 20, 1]), "a score or an outcome is missing"),
        (([1, 2], [1, 2], [0, 1], [20, 0.5]), "the counts are not whole numbers of people"),
        (([1, 2], [1, 2], [0, 0], [20, 20]), "nobody with the event"),
        (([], [], [], []), "nobody to count"),
    ],
)
def test_two_scores_that_can_not_be_compared_say_why(cells, note):
    found = auc_paired(*cells)
    assert found.note == note
    assert np.isnan([found.estimate, found.se]).all()


def test_fewer_than_ten_people_with_the_event_give_two_scores_no_interval():
    found = auc_paired([1, 1, 2, 2], [1, 2, 1, 2], [0, 1, 1, 0], [30, 4, 5, 20])
    assert found.note == "9 events: too few for an interval"
    assert np.isnan(found.se)
    assert np.isfinite(found.estimate)


# Laws -----------------------------------------------------------------------------------------

counts = st.integers(2, 12).flatmap(
    lambda b: st.tuples(*[st.lists(st.integers(0, 40), min_size=b, max_size=b)] * 2)
)
judged = counts.map(lambda c: np.array(c)).filter(
    lambda c: c.sum(1).min() >= 10 and np.isfinite(auc(*c).se)
)


@settings(deadline=None)
@given(judged)
def test_the_interval_holds_the_area_and_stays_between_nobody_and_everybody(table):
    found = auc(*table)
    low, high = found.interval(0.95)
    assert 0 <= low < found.estimate < high <= 1
    wider = found.interval(0.99)
    assert wider[0] < low
    assert wider[1] > high


@settings(deadline=None)
@given(judged)
def test_asking_about_those_without_the_event_mirrors_the_area(table):
    one, other = auc(*table), auc(*table[::-1])
    np.testing.assert_allclose([other.estimate, other.se], [1 - one.estimate, one.se], rtol=1e-9)


@settings(deadline=None)
@given(judged)
def test_a_score_read_backwards_mirrors_the_area(table):
    one, other = auc(*table), auc(*table[:, ::-1])
    np.testing.assert_allclose([other.estimate, other.se], [1 - one.estimate, one.se], rtol=1e-9)


@settings(deadline=None)
@given(judged, st.data())
def test_a_grid_value_nobody_has_changes_nothing(table, data):
    at = data.draw(st.integers(0, table.shape[1]))
    one, other = auc(*table), auc(*np.insert(table, at, 0, axis=1))
    assert (one.estimate, one.se, one.bound) == (other.estimate, other.se, other.bound)


@settings(deadline=None)
@given(judged, st.data())
def test_rounding_the_score_moves_the_area_by_no_more_than_the_bound(table, data):
    at = data.draw(st.integers(1, table.shape[1] - 1))
    rounded = np.add.reduceat(table, [0, at], axis=1)
    fine, coarse = auc(*table), auc(*rounded)
    assert abs(fine.estimate - coarse.estimate) <= coarse.bound + 1e-12


def test_the_bound_is_reached_when_rounding_ties_people_who_were_in_order():
    fine, coarse = auc([0, 30], [40, 0]), auc([30], [40])
    assert fine.estimate - coarse.estimate == coarse.bound == 0.5


@settings(deadline=None)
@given(judged, st.integers(2, 50))
def test_more_people_of_the_same_kind_leave_the_area_and_narrow_the_interval(table, times):
    one, other = auc(*table), auc(*(table * times))
    assert other.estimate == pytest.approx(one.estimate, rel=1e-12)
    assert other.se < one.se


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6))
def test_groups_counted_together_get_what_each_gets_alone(seed):
    rng = np.random.default_rng(seed)
    events, nonevents = rng.integers(0, 9, (2, 5, 17)) * rng.integers(0, 2, (2, 5, 1))
    together = auc(events, nonevents)
    for i in range(5):
        one = auc(events[i], nonevents[i])
        for key in ("estimate", "se", "n_events", "n_nonevents", "bound"):
            np.testing.assert_equal(getattr(together, key)[i], getattr(one, key))
        assert together.note[i] == one.note


@settings(deadline=None)
@given(judged, judged)
def test_swapping_two_groups_flips_their_difference(table, other):
    a, b = auc(*table), auc(*other)
    one, two = auc_difference(a, b), auc_difference(b, a)
    assert (one.estimate, one.se, one.df) == (-two.estimate, two.se, two.df)
    np.testing.assert_allclose(np.array(auc_hybrid(a, b)), -np.array(auc_hybrid(b, a))[::-1])
    fewest = min(table.sum(), other.sum()) - 1
    assert fewest * (1 - 1e-9) <= one.df <= (table.sum() + other.sum() - 2) * (1 + 1e-9)


@settings(deadline=None)
@given(judged, judged, st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_the_hybrid_p_values_are_those_of_the_limits(table, other, level):
    a, b = auc(*table), auc(*other)
    low, high = auc_hybrid(a, b, level)
    assert low < a.estimate - b.estimate < high
    tail = (1 - level) / 2
    np.testing.assert_allclose(auc_hybrid_p(a, b, low), (tail, 1 - tail), rtol=1e-6)
    np.testing.assert_allclose(auc_hybrid_p(a, b, high), (1 - tail, tail), rtol=1e-6)


def test_the_hybrid_p_values_far_from_any_limit_are_zero_and_one():
    a, b = auc([1, 4, 9, 16], [20, 12, 6, 2]), auc([3, 5, 9, 13], [15, 12, 8, 5])
    np.testing.assert_allclose(auc_hybrid_p(a, b, [-1.0, 1.0]), [[0, 1], [1, 0]], atol=1e-12)
    np.testing.assert_allclose(auc_hybrid_p(a, b, a.estimate - b.estimate), 0.5)


def test_one_reference_serves_many_groups():
    rng = np.random.default_rng(3)
    events, nonevents = rng.integers(1, 20, (2, 4, 6))
    groups, reference = auc(events, nonevents), auc(events[0], nonevents[0])
    found, pairs = auc_difference(groups, reference), np.array(auc_hybrid(groups, reference))
    assert found.estimate.shape == found.note.shape == pairs[0].shape == (4,)
    alone_pair = auc_hybrid(auc(events[2], nonevents[2]), reference)
    np.testing.assert_array_equal(pairs[:, 2], alone_pair)


cells = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 1), st.integers(0, 30)),
    min_size=6,
    max_size=25,
).map(lambda rows: np.array(rows).T)


@settings(deadline=None)
@given(cells)
def test_swapping_two_scores_flips_their_difference(rows):
    s1, s2, y, n = rows
    one, other = auc_paired(s1, s2, y, n), auc_paired(s2, s1, y, n)
    np.testing.assert_array_equal([one.estimate, one.se], [-other.estimate, other.se])


@settings(deadline=None)
@given(cells, st.randoms(use_true_random=False))
def test_neither_the_order_of_cells_nor_a_cell_in_two_parts_changes_anything(rows, random):
    assume(np.isfinite(auc_paired(*rows).se))
    parts = np.concatenate([rows, rows], axis=1)
    parts[3, : rows.shape[1]], parts[3, rows.shape[1] :] = rows[3] // 3, rows[3] - rows[3] // 3
    order = list(range(parts.shape[1]))
    random.shuffle(order)
    one, other = auc_paired(*rows), auc_paired(*parts[:, order])
    np.testing.assert_allclose([one.estimate, one.se], [other.estimate, other.se], atol=1e-13)


@settings(deadline=None)
@given(cells)
def test_the_difference_of_two_scores_is_that_of_their_areas(rows):
    s1, s2, y, n = rows
    assume((n * y).sum() > 0 and (n * (1 - y)).sum() > 0)
    areas = alone(s1, y, n).estimate - alone(s2, y, n).estimate
    assert auc_paired(s1, s2, y, n).estimate == pytest.approx(areas, abs=1e-12)


# Coverage and speed ---------------------------------------------------------------------------

EDGES = np.linspace(-4, 7, 441)
REPS = 10_000
SLACK = 3 * np.sqrt(2 * 0.06 * 0.94 / REPS)  # two runs of REPS draws, coverage near .94


def chances(mean):
    """Of each cell of the grid, for a normal score with this mean and unit variance."""
    return np.diff([0, *norm.cdf(EDGES, mean), 1])


def area(mean):
    with_event, without = chances(mean), chances(0)
    return (with_event * (np.cumsum(without) - without / 2)).sum()


def drawn(rng, events, nonevents, mean):
    return auc(
        rng.multinomial(events, chances(mean), REPS), rng.multinomial(nonevents, chances(0), REPS)
    )


def covers(limits, truth):
    return float(np.mean((limits[0] <= truth) & (truth <= limits[1])))


@pytest.mark.long
@pytest.mark.parametrize(
    ("events", "nonevents", "mean", "wald", "by_logit"),
    [
        (10, 90, 1, 0.899, 0.932),
        (30, 70, 2, 0.909, 0.945),
        (30, 270, 2, 0.899, 0.928),
        (90, 210, 1, 0.948, 0.953),
        (90, 210, 2, 0.939, 0.952),
        (300, 700, 1, 0.949, 0.950),
    ],
)
def test_the_logit_interval_covers_more_often_than_the_wald_interval(
    events, nonevents, mean, wald, by_logit
):
    """Two normal scores whose means are 1 or 2 apart: areas of .76 and .92. The expected figures
    were measured with another seed and a finer grid."""
    found, truth = drawn(np.random.default_rng(events + mean), events, nonevents, mean), area(mean)
    half = norm.ppf(0.975) * found.se
    plain = covers((found.estimate - half, found.estimate + half), truth)
    better = covers(found.interval(0.95), truth)
    assert abs(plain - wald) < SLACK * 1.5
    assert abs(better - by_logit) < SLACK
    assert better > plain


@pytest.mark.long
@pytest.mark.parametrize(
    ("first", "second", "means", "by_t", "hybrid"),
    [
        ((10, 90), (10, 90), (1, 1), 0.940, 0.938),
        ((30, 70), (30, 70), (2, 2), 0.960, 0.950),
        ((30, 70), (300, 700), (2, 2), 0.919, 0.946),
        ((10, 90), (100, 900), (2, 2), 0.860, 0.909),
        ((10, 90), (100, 900), (2, 1), 0.908, 0.924),
        ((10, 990), (100, 9900), (2, 2), 0.841, 0.871),
        ((10, 990), (100, 9900), (1, 1), 0.904, 0.923),
        ((60, 240), (600, 2400), (1, 1), 0.944, 0.950),
    ],
)
def test_the_hybrid_covers_where_the_t_interval_of_a_difference_is_too_narrow(
    first, second, means, by_t, hybrid
):
    rng = np.random.default_rng(sum(first) + sum(second))
    a, b = drawn(rng, *first, means[0]), drawn(rng, *second, means[1])
    truth = area(means[0]) - area(means[1])
    assert abs(covers(auc_difference(a, b).interval(0.95), truth) - by_t) < SLACK * 1.5
    assert abs(covers(auc_hybrid(a, b), truth) - hybrid) < SLACK * 1.5


def test_the_interval_of_two_scores_of_the_same_people_covers():
    """40 with the event and 160 without; the scores share half their variance."""
    rng, reps = np.random.default_rng(2), 1500
    y = np.repeat([1, 0], [40, 160])
    hits = 0
    for _ in range(reps):
        shared = rng.normal(y, 1)
        s1, s2 = (np.rint((shared + rng.normal(y * gain, 1)) * 4) for gain in (1.0, 0.4))
        low, high = auc_paired(s1, s2, y, np.ones(200, int)).interval(0.95)
        hits += low <= norm.cdf(2 / 2) - norm.cdf(1.4 / 2) <= high
    assert abs(hits / reps - 0.95) < 3 * np.sqrt(0.05 * 0.95 / reps) + 0.005


def test_a_hundred_groups_on_ten_thousand_values_take_less_than_fifty_milliseconds():
    rng = np.random.default_rng(0)
    events, nonevents = rng.integers(0, 20, (100, 10_000)), rng.integers(0, 60, (100, 10_000))
    spent = []
    for _ in range(5):
        start = time.process_time()
        auc(events, nonevents)
        spent.append(time.process_time() - start)
    assert min(spent) < 0.05


@settings(deadline=None, max_examples=20)
@given(judged)
def test_the_interval_is_the_one_written_out(table):
    found = auc(*table)
    centre, half = logit(found.estimate), found.se / (found.estimate * (1 - found.estimate))
    expected = expit(centre + norm.ppf(0.95) * half * np.array([-1, 1]))
    np.testing.assert_allclose(found.interval(0.90), expected, rtol=1e-12)

"""A value without each cluster, from sums: what leaving the cluster out of the table gives."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfaudit.estimators.calibration import brier, in_the_large
from wfaudit.estimators.roc import auc
from wfaudit.estimators.without import Sparse, area_without_each, mean_without_each

SCORE = np.array([0.1, 0.3, 0.5, 0.8])
# cluster, place, side (0: with the event), how many; a cell may stand twice
people = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 1), st.integers(1, 9)),
    min_size=1,
    max_size=25,
).map(lambda rows: np.array(rows).T)
laws = settings(max_examples=200, deadline=None)


def laid_out(rows, but=None):
    """The table of everybody, or of all but one cluster."""
    table = np.zeros((len(SCORE), 2), dtype=np.int64)
    place, side, n = (part[rows[0] != but] for part in rows[1:])
    np.add.at(table, (place, side), n)
    return table


def sparse(rows):
    return Sparse(*rows, clusters=5)


def test_three_offices_counted_by_hand():
    # office 0: two with it at .5, one without at .1; office 1: one with at .1, one without at .5;
    # office 2: one with at .5. Without 0: 1 at .1 and 1 at .5 against 1 at .5: 0 + 1/2 of 2 pairs
    rows = np.array([[0, 2, 0, 2], [0, 0, 1, 1], [1, 0, 0, 1], [1, 2, 1, 1], [2, 2, 0, 1]]).T
    found = area_without_each(laid_out(rows), Sparse(*rows, clusters=3))
    # without 1: all three at .5 beat .1; without 2: 2 at .5 and 1 at .1 against .1 and .5
    assert found.tolist() == [0.25, 1, (2 + 1 + 0.5) / 6]
    stays = mean_without_each(SCORE[:, None] * [1, 1], laid_out(rows), Sparse(*rows, clusters=3))
    assert stays == pytest.approx([(0.1 + 0.5 + 0.5) / 3, (2 * 0.5 + 0.1 + 0.5) / 4, 1.7 / 5])


@laws
@given(people)
def test_the_area_without_a_cluster_is_to_the_bit_that_of_the_table_without_it(rows):
    found = area_without_each(laid_out(rows), sparse(rows))
    for cluster in range(5):
        table = laid_out(rows, but=cluster)
        np.testing.assert_array_equal(found[cluster], auc(*table.T).estimate)


@laws
@given(people)
def test_a_mean_without_a_cluster_is_that_of_the_table_without_it(rows):
    for value, worth in (
        (brier, [(1 - SCORE) ** 2, SCORE**2]),
        (in_the_large, [1 - SCORE, -SCORE]),
    ):
        found = mean_without_each(np.stack(worth, axis=1), laid_out(rows), sparse(rows))
        each = [value(SCORE, *laid_out(rows, but=c).T).estimate for c in range(5)]
        np.testing.assert_allclose(found, each, rtol=1e-12, atol=1e-14)


@laws
@given(people, st.randoms(use_true_random=False))
def test_the_order_of_cells_changes_no_area(rows, random):
    order = list(range(rows.shape[1]))
    random.shuffle(order)
    np.testing.assert_array_equal(
        area_without_each(laid_out(rows), sparse(rows)),
        area_without_each(laid_out(rows), sparse(rows[:, order])),
    )


def test_the_only_cluster_left_out_leaves_no_value():
    rows = np.array([[0, 0, 1, 1], [0, 1, 0, 1]]).T
    assert np.isnan(area_without_each(laid_out(rows), Sparse(*rows, clusters=1))).all()
    nobody = mean_without_each(np.ones((4, 2)), laid_out(rows), Sparse(*rows, clusters=1))
    assert np.isnan(nobody).all()


def test_twenty_thousand_clusters_on_ten_thousand_values_take_less_than_half_a_second():
    rng = np.random.default_rng(0)
    rows = rng.integers(0, [[20_000], [10_000], [2], [4]], (4, 100_000))
    table = np.zeros((10_000, 2), dtype=np.int64)
    np.add.at(table, (rows[1], rows[2]), rows[3])
    start = time.process_time()
    found = area_without_each(table, Sparse(*rows, clusters=20_000))
    assert time.process_time() - start < 0.5
    assert found.std() > 0

"""The largest gap among many groups: against every outcome counted, and in groups all alike."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from wfaudit.estimators.largest import largest_gap

laws = settings(max_examples=50, deadline=None)
groups = st.lists(
    st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=2,
    max_size=8,
)


def seeded():
    return np.random.default_rng(8)


def every_outcome(k, n, reference=None):
    """Mean of the largest gap, and chance of one as large as seen, over every table there is."""
    p, mean, as_large = sum(k) / sum(n), 0.0, 0.0
    seen = gap_of(k, n, reference)
    for counts in product(*(range(size + 1) for size in n)):
        chance = np.prod([binom.pmf(c, size, p) for c, size in zip(counts, n, strict=True)])
        gap = gap_of(counts, n, reference)
        mean, as_large = mean + chance * gap, as_large + chance * (gap > seen - 1e-12)
    return mean, as_large


def gap_of(k, n, reference):
    rates = [one / size for one, size in zip(k, n, strict=True)]
    if reference is None:
        return max(rates) - min(rates)
    return max(abs(rate - rates[reference]) for rate in rates)


@pytest.mark.parametrize("reference", [None, 0, 2])
@pytest.mark.parametrize(("k", "n"), [((4, 1, 3), (5, 6, 7)), ((0, 3, 8), (4, 9, 9))])
def test_mean_gap_and_p_value_are_those_of_every_outcome_counted(k, n, reference):
    found = largest_gap(k, n, seeded(), draws=100_000, reference=reference)
    mean, as_large = every_outcome(k, n, reference)
    assert found.gap == pytest.approx(gap_of(k, n, reference))
    assert found.expected == pytest.approx(mean, abs=0.003)
    assert found.p == pytest.approx(as_large, abs=0.006)


def test_twelve_groups_of_a_hundred_all_alike_lie_fifteen_points_apart_on_average():
    alike = largest_gap([30] * 12, [100] * 12, seeded())
    assert alike.gap == 0
    assert alike.p == 1
    assert alike.expected == pytest.approx(0.149, abs=0.0015)
    k = np.arange(101)
    below = binom.cdf(k, 100, 0.3) ** 12
    above = binom.sf(k - 1, 100, 0.3) ** 12
    exactly = ((1 - below).sum() - (above[1:]).sum()) / 100
    assert alike.expected == pytest.approx(exactly, abs=0.001)


def test_a_gap_of_fifteen_points_is_usual_among_twelve_groups_and_large_among_two():
    rest = [30] * 10
    among_twelve = largest_gap([22, 37, *rest], [100] * 12, seeded())
    among_two = largest_gap([22, 37], [100] * 2, seeded())
    assert among_twelve.gap == among_two.gap == pytest.approx(0.15)
    assert among_twelve.p > 0.4
    assert among_two.p < 0.05


def test_one_group_far_from_all_others_is_found():
    found = largest_gap([70, 30, 30, 30, 30, 30], [100] * 6, seeded())
    assert found.p == 1 / 10_000
    assert found.gap > found.usual > found.expected


def test_the_gap_to_a_reference_looks_only_at_the_reference():
    found = largest_gap([20, 50, 80], [100] * 3, seeded(), reference=1)
    assert found.gap == pytest.approx(0.3)
    assert largest_gap([20, 50, 80], [100] * 3, seeded()).gap == pytest.approx(0.6)


@given(people=groups)
@laws
def test_groups_with_nobody_in_them_and_a_second_run_change_nothing(people):
    k, n = np.transpose(people)
    one = largest_gap(k, n, seeded(), draws=99, reference=1)
    assert largest_gap(k, n, seeded(), draws=99, reference=1) == one or one.note
    more = largest_gap([0, *k], [0, *n], seeded(), draws=99, reference=2)
    assert more == one or one.note == more.note != ""


@given(people=groups)
@laws
def test_counting_those_not_flagged_leaves_gap_and_distribution_as_they_are(people):
    k, n = np.transpose(people)
    one, other = (largest_gap(x, n, seeded(), draws=999) for x in (k, n - k))
    assert other.gap == pytest.approx(one.gap)
    assert one.note == other.note
    assert one.note != "" or other.expected == pytest.approx(one.expected, rel=0.15)


@pytest.mark.parametrize(
    ("k", "n", "reference", "note"),
    [
        ([3], [9], None, "fewer than two groups with anybody to count: no gap"),
        ([3, 0], [9, 0], None, "fewer than two groups with anybody to count: no gap"),
        ([3, 0, 4], [9, 0, 5], 1, "nobody to count in the reference group"),
        ([0, 0, 0], [9, 3, 5], None, "all or none: nothing could vary"),
        ([9, 3], [9, 3], 0, "all or none: nothing could vary"),
        ([9, 4], [9, 3], None, "counts beyond their totals: no gap"),
    ],
)
def test_where_there_is_no_gap_to_judge_a_note_says_why(k, n, reference, note):
    found = largest_gap(k, n, seeded(), reference=reference)
    assert found.note == note
    assert np.isnan([found.expected, found.usual, found.p]).all()


@pytest.mark.parametrize("reference", [None, 0])
@pytest.mark.parametrize(
    ("n", "rate"), [((100,) * 12, 0.3), ((20, 50, 100, 400, 1000), 0.15), ((30, 3000), 0.5)]
)
def test_among_groups_all_alike_one_report_of_twenty_calls_the_largest_gap_large(
    n, rate, reference
):
    """Measured over 2,000 reports each: .039 to .053."""
    rng = np.random.default_rng(10)
    p = [largest_gap(rng.binomial(n, rate), n, rng, 199, reference).p for _ in range(2000)]
    assert 0.03 < np.mean(np.array(p) <= 0.05) < 0.065

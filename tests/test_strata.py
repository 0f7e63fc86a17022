"""Same score, other treatment: by hand, against metafor and epiR, laws, coverage, planted gaps."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfaudit.estimators.clusters import jackknife_gap, jackknife_ratio
from wfaudit.estimators.intervals import miettinen_nurminen, miettinen_nurminen_p
from wfaudit.estimators.strata import (
    adjusted_gap,
    adjusted_ratio,
    comparable,
    gap_p,
    jackknife_adjusted_gap,
    jackknife_adjusted_ratio,
    jackknife_standardised_gap,
    same_gap,
    standardised_gap,
)

HERE = Path(__file__).parent
R = json.loads((HERE / "oracles" / "strata.json").read_text("utf-8"))["values"]
SETS = [name for name in R if name != "clusters"]
laws = settings(deadline=None, max_examples=40)


def loaded(name):
    """A script of tests/covered, as a module."""
    spec = importlib.util.spec_from_file_location(name, HERE / "covered" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


measured = loaded("units")


def told(name):
    """What R says about a set, and its counts."""
    of = R[name]
    return of, [np.array(of[x], float) for x in ("k", "n", "k_ref", "n_ref")]


@st.composite
def tables(draw, largest=6):
    """Strata of up to 30 people of each group, someone of both in each."""
    size = draw(st.integers(1, largest))
    sizes = [draw(st.lists(st.integers(1, 30), min_size=size, max_size=size)) for _ in range(2)]
    counts = [[draw(st.integers(0, n)) for n in each] for each in sizes]
    return tuple(np.array(x, float) for x in (counts[0], sizes[0], counts[1], sizes[1]))


# by hand --------------------------------------------------------------------------------------


def test_twenty_people_in_two_score_bands_by_hand():
    # low scores: 1 of 2 women, 1 of 4 men flagged; high scores: 6 of 8 women, 3 of 6 men. Both bands: + .25
    counts = [1, 6], [2, 8], [1, 3], [4, 6]
    found = adjusted_gap(*counts)
    assert found.estimate == pytest.approx(0.25, abs=1e-15)
    assert standardised_gap(*counts).estimate == pytest.approx(0.25, abs=1e-15)
    # 1 x 4/6 + 6 x 6/14 over 1 x 2/6 + 3 x 8/14
    assert adjusted_ratio(*counts).estimate == pytest.approx((4 / 6 + 36 / 14) / (2 / 6 + 24 / 14))
    # the score of a gap of 0: bands of 2 in 6 and 9 in 14 have variances w^2 p q (1/n + 1/m) N/(N-1)
    w = np.array([8 / 6, 48 / 14])
    spread = (w[0] ** 2 * 2 / 9 * 0.75 * 6 / 5 + w[1] ** 2 * 45 / 196 * 14 / 48 * 14 / 13) ** 0.5
    z = 0.25 * w.sum() / spread
    above, below = gap_p(*counts, 0.0)
    from scipy.stats import norm

    assert (above, below) == pytest.approx((norm.sf(z), norm.cdf(z)), rel=1e-9)
    assert same_gap(*counts).statistic == pytest.approx(0, abs=1e-20)


def test_weights_of_mantel_and_haenszel_and_of_everybody_by_hand():
    counts = [3, 2], [6, 4], [1, 8], [4, 16]  # gaps of .25 and 0 among 10 and 20 people
    assert adjusted_gap(*counts).estimate == pytest.approx(0.25 * 2.4 / (2.4 + 3.2))
    assert standardised_gap(*counts).estimate == pytest.approx(0.25 / 3)
    assert standardised_gap(*counts, weight=[6, 4]).estimate == pytest.approx(0.25 * 0.6)


# against R ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SETS)
def test_pooled_gaps_are_those_of_metafor_and_epir(name):
    of, counts = told(name)
    sato = adjusted_gap(*counts, limits="sato")
    green = adjusted_gap(*counts, limits="greenland-robins")
    assert sato.estimate == pytest.approx(of["gap"], rel=1e-10)
    assert sato.se == pytest.approx(of["sato_se"], rel=1e-10)
    assert green.se == pytest.approx(of["green_se"], rel=1e-10)
    for found, theirs in ((sato, "epi_sato"), (green, "epi_green")):
        ours = found.estimate, found.low, found.high
        assert ours == pytest.approx(of[theirs], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", SETS)
def test_pooled_ratios_are_those_of_metafor_and_epir(name):
    of, counts = told(name)
    found = adjusted_ratio(*counts)
    assert np.log(found.estimate) == pytest.approx(of["log_ratio"], rel=1e-10)
    assert found.se == pytest.approx(of["log_ratio_se"], rel=1e-10)
    assert (found.estimate, found.low, found.high) == pytest.approx(of["epi_ratio"], rel=1e-9)


@pytest.mark.parametrize("name", SETS)
def test_score_limits_are_those_at_which_the_likelihood_itself_gives_the_score(name):
    of, counts = told(name)
    usual, spread = adjusted_gap(*counts), standardised_gap(*counts)
    own = standardised_gap(*counts, weight=counts[1])
    ours = [x for found in (usual, spread, own) for x in (found.low, found.high)]
    kinds = ("score", "standardised", "own")
    theirs = [of[f"{kind}_{side}"] for kind in kinds for side in ("low", "high")]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", SETS)
def test_standardised_gaps_are_weighted_means_as_metafor_has_them(name):
    of, counts = told(name)
    spread, own = standardised_gap(*counts), standardised_gap(*counts, weight=counts[1])
    ours = spread.estimate, spread.se, own.estimate, own.se
    theirs = [of[x] for x in ("standardised", "standardised_se", "own", "own_se")]
    assert ours == pytest.approx(theirs, rel=1e-10)


@pytest.mark.parametrize("name", SETS)
def test_whether_gaps_are_the_same_is_told_by_scores_and_for_large_strata_as_usual(name):
    of, counts = told(name)
    found = same_gap(*counts)
    assert found.statistic == pytest.approx(of["same_gap"], rel=1e-9)
    assert found.df == len(counts[0]) - 1
    if name in ("two", "uneven"):
        assert found.statistic == pytest.approx(of["same_gap_usual"], rel=0.1)


def test_leaving_out_one_caseworker_at_a_time_is_metafors_loop():
    of, counts = told("clusters")
    gap, ratio = jackknife_adjusted_gap(*counts), jackknife_adjusted_ratio(*counts)
    assert (gap.estimate, gap.se) == pytest.approx(of["gap"], rel=1e-10)
    assert (ratio.estimate, ratio.se) == pytest.approx(of["log_ratio"], rel=1e-10)
    assert (gap.df, gap.clusters, gap.note) == (10, 12, "")


def test_women_at_berkeley_are_admitted_less_often_over_all_and_not_within_departments():
    _, counts = told("berkeley")
    low, high = miettinen_nurminen(*(x.sum() for x in counts))
    assert (low, high) == pytest.approx((-0.170, -0.113), abs=1e-3)
    within = adjusted_gap(*counts)
    assert within.low < 0 < within.high
    assert (within.low, within.high) == pytest.approx((-0.011, 0.047), abs=1e-3)
    assert same_gap(*counts).p < 0.01  # department A admits women more often, by .2


# laws -----------------------------------------------------------------------------------------


@laws
@given(tables(largest=1))
def test_one_stratum_is_the_plain_score_interval(counts):
    found = adjusted_gap(*counts)
    (low,), (high,) = miettinen_nurminen(*counts)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)
    assert standardised_gap(*counts).low == pytest.approx(low, abs=1e-9)
    (above,), _ = miettinen_nurminen_p(*counts, 0.05)
    assert gap_p(*counts, 0.05)[0] == pytest.approx(above, abs=1e-9)


@laws
@given(tables())
def test_swapping_the_groups_turns_the_gap_round(counts):
    one, other = adjusted_gap(*counts), adjusted_gap(*counts[2:], *counts[:2])
    assert (other.estimate, other.low, other.high) == pytest.approx(
        (-one.estimate, -one.high, -one.low), abs=1e-10
    )


@laws
@given(tables())
def test_counting_those_who_do_not_count_turns_the_gap_round(counts):
    k, n, k_ref, n_ref = counts
    one, other = standardised_gap(*counts), standardised_gap(n - k, n, n_ref - k_ref, n_ref)
    assert (other.low, other.high) == pytest.approx((-one.high, -one.low), abs=1e-10)


@laws
@given(tables())
def test_limits_hold_the_gap_lie_within_one_and_are_never_a_point(counts):
    for found in (adjusted_gap(*counts), standardised_gap(*counts)):
        assert -1 <= found.low <= found.estimate <= found.high <= 1
        assert found.high - found.low > 1e-3


@laws
@given(tables(), st.sampled_from([0.8, 0.95, 0.99]))
def test_at_a_limit_the_p_value_is_half_of_what_the_level_leaves(counts, level):
    found = adjusted_gap(*counts, level=level)
    if found.low > -1 and found.high < 1:
        assert gap_p(*counts, float(found.low))[0] == pytest.approx((1 - level) / 2, abs=1e-7)
        assert gap_p(*counts, float(found.high))[1] == pytest.approx((1 - level) / 2, abs=1e-7)


@laws
@given(tables(), st.integers(0, 9))
def test_a_stratum_without_people_of_both_changes_nothing(counts, alone):
    more = [np.append(x, y) for x, y in zip(counts, (alone, 9, 0, 0), strict=True)]
    for how in (adjusted_gap, adjusted_ratio, standardised_gap):
        one, other = how(*counts), how(*more)
        np.testing.assert_allclose(
            [one.estimate, one.low, one.high], [other.estimate, other.low, other.high], atol=1e-12
        )
    one, other = same_gap(*counts), same_gap(*more)
    assert other.df == one.df
    np.testing.assert_allclose(other.statistic, one.statistic, atol=1e-12)


@laws
@given(tables(), tables())
def test_groups_stand_side_by_side_and_do_not_touch_each_other(one, other):
    size = max(len(one[0]), len(other[0]))
    both = [
        np.stack([np.pad(x, (0, size - len(x))) for x in pair])
        for pair in zip(one, other, strict=True)
    ]
    found = adjusted_gap(*both)
    for i, counts in enumerate((one, other)):
        alone = adjusted_gap(*counts)
        assert (found.low[i], found.high[i]) == pytest.approx((alone.low, alone.high), abs=1e-12)


@laws
@given(st.integers(0, 2**32 - 1))
def test_one_stratum_over_clusters_is_the_plain_jackknife(seed):
    rng = np.random.default_rng(seed)
    n, n_ref = rng.integers(0, 6, (2, 12, 1)).astype(float)
    k, k_ref = rng.binomial(n.astype(int), 0.3), rng.binomial(n_ref.astype(int), 0.5)
    flat = [x[:, 0].astype(float) for x in (k, n, k_ref, n_ref)]
    for ours, theirs in (
        (jackknife_adjusted_gap(k, n, k_ref, n_ref), jackknife_gap(*flat)),
        (jackknife_adjusted_ratio(k, n, k_ref, n_ref), jackknife_ratio(*flat)),
    ):
        assert (ours.note, ours.df, ours.clusters) == (theirs.note, theirs.df, theirs.clusters)
        one, other = (ours.estimate, ours.se), (theirs.estimate, theirs.se)
        assert one == pytest.approx(other, rel=1e-9, nan_ok=True)


# what can't be known ----------------------------------------------------------------------------


def test_groups_that_never_meet_in_a_stratum_cannot_be_compared():
    counts = [3, 0], [9, 0], [0, 2], [0, 8]
    for how in (adjusted_gap, adjusted_ratio, standardised_gap):
        found = how(*counts)
        assert np.isnan([found.estimate, found.se, found.low, found.high]).all()
        assert str(found.note) == "no stratum holds people of both"
    assert comparable(counts[1], counts[3]) == 0
    assert np.isnan(same_gap(*counts).p)


def test_counts_that_cannot_be_are_left_out():
    found = adjusted_gap([3, 12, -1], [6, 9, 4], [2, 2, 2], [8, 9, 4])
    assert found.estimate == pytest.approx(0.25)


def test_where_nobody_counts_the_gap_has_limits_and_the_ratio_says_why_not():
    found = adjusted_gap([0, 0], [20, 30], [0, 0], [25, 40])
    assert found.estimate == 0
    assert -0.1 < found.low < 0 < found.high < 0.1
    assert np.isnan(found.se)
    assert np.isnan(standardised_gap([0, 0], [20, 30], [0, 0], [25, 40]).se)
    ratio = adjusted_ratio([0, 0], [20, 30], [1, 0], [25, 40])
    assert str(ratio.note) == "nobody counts on one side: no limits"
    assert np.isnan([ratio.low, ratio.high]).all()


def test_one_stratum_cannot_differ_from_others():
    found = same_gap([3], [9], [2], [8])
    assert np.isnan([found.statistic, found.p]).all()
    assert found.df == 0


def test_few_clusters_clusters_that_agree_and_clusters_all_comparison_hangs_on_have_no_limits():
    k, n = np.full((7, 2), 2.0), np.full((7, 2), 5.0)
    assert jackknife_adjusted_gap(k, n, k, n).note == "7 clusters: fewer than 8, no interval"
    k, n = np.full((9, 2), 2.0), np.full((9, 2), 5.0)
    assert jackknife_adjusted_gap(k, n, k + 1, n).note == "the clusters do not vary: no interval"
    none = np.zeros((9, 2))
    knife = jackknife_adjusted_gap(k, n, none, none)
    assert knife.note == "no stratum holds people of both"
    assert np.isnan(knife.interval(0.95)).all()
    assert jackknife_adjusted_ratio(none, n, k, n).note == "all or none: no interval over clusters"
    first = np.zeros((9, 2))
    first[0] = 1
    knife = jackknife_adjusted_gap(first, n, k, n)
    assert knife.note == "all or none without one cluster: no interval"


def test_where_all_comparison_hangs_on_one_caseworker_there_are_no_limits():
    # the first alone met women in the first band and men in the second
    alone, rest = np.array([[4.0, 0.0]]), np.array([[0.0, 4.0]] * 8)
    n, n_ref = np.vstack([alone, rest]), np.vstack([4 - alone, 4 - rest])
    knife = jackknife_adjusted_gap(n / 2, n, n_ref / 4, n_ref)
    assert knife.note == "8 clusters: fewer than 8, no interval" or "without one" in knife.note
    assert np.isnan(knife.se)


# coverage and what is planted ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "share", "gap"), [((5, 20, 20), 0.3, 0.2), ((20, 3, 30), 0.02, 0)]
)
def test_limits_of_strata_hold_the_gap_as_often_as_they_say(sizes, share, gap):
    score, sato, _, standardised, denied = measured.held_by_gap(
        *sizes, share, gap, draws=400, seed=9
    )
    error = 3 * np.sqrt(0.05 * 0.95 / 400)
    assert score > 0.95 - error
    assert standardised > 0.95 - error
    assert denied < 0.05 + error
    if share == 0.02:
        assert sato < 0.85


def test_where_caseworkers_differ_only_the_jackknife_holds_the_gap():
    jackknife, ignoring = measured.held_over_clusters(0.1, within=False, draws=120)
    assert jackknife > 0.95 - 3 * np.sqrt(0.05 * 0.95 / 120)
    assert ignoring < 0.8


def test_a_gap_at_the_same_score_is_found_where_scores_hide_it_and_none_where_they_explain_it():
    rng = np.random.default_rng(2)
    bands = np.array([0.1, 0.2, 0.35, 0.5, 0.7])
    n, n_ref = np.array([300, 200, 150, 100, 60]), np.array([60, 100, 150, 200, 300])
    # women score lower and are sent to support 10 points more often than men of their score
    k, k_ref = rng.binomial(n, bands + 0.1), rng.binomial(n_ref, bands)
    assert (k.sum() / n.sum()) < (k_ref.sum() / n_ref.sum())
    planted = adjusted_gap(k, n, k_ref, n_ref)
    assert 0.02 < planted.low < 0.1 < planted.high < 0.18
    k = rng.binomial(n, bands)
    explained = adjusted_gap(k, n, k_ref, n_ref)
    assert explained.low < 0 < explained.high
    held = jackknife_standardised_gap(*(np.tile(x / 10, (10, 1)) for x in (k, n, k_ref, n_ref)))
    assert held.estimate == pytest.approx(standardised_gap(k, n, k_ref, n_ref).estimate, abs=1e-12)

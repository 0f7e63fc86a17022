"""People who are not independent: the jackknife over clusters, against a loop and planted truth."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

import wfaudit as wf
from wfaudit.estimators.clusters import jackknife_gap, jackknife_rate, jackknife_ratio


def by_loop(k, n, k_ref, n_ref, onto):
    """Leave one cluster out at a time, the slow way."""

    def value(keep):
        return onto(k[keep].sum() / n[keep].sum(), k_ref[keep].sum() / n_ref[keep].sum())

    every = np.arange(len(k))
    full = value(every)
    each = np.array([value(np.delete(every, i)) for i in every])
    return full, np.sqrt((len(k) - 1) / len(k) * ((each - full) ** 2).sum())


@pytest.fixture
def crowd():
    rng = np.random.default_rng(4)
    n, n_ref = rng.integers(1, 9, 30), rng.integers(1, 9, 30)
    return (
        rng.binomial(n, 0.4).astype(float),
        n.astype(float),
        rng.binomial(n_ref, 0.3).astype(float),
        n_ref.astype(float),
    )


def test_the_jackknife_equals_a_loop_that_leaves_out_each_cluster(crowd):
    k, n, k_ref, n_ref = crowd
    full, se = by_loop(k, n, k_ref, n_ref, lambda p, q: p - q)
    ours = jackknife_gap(k, n, k_ref, n_ref)
    assert (ours.estimate, ours.se) == pytest.approx((full, se), rel=1e-12)
    full, se = by_loop(k, n, k_ref, n_ref, lambda p, q: np.log(p / q))
    ours = jackknife_ratio(k, n, k_ref, n_ref)
    assert (ours.estimate, ours.se, ours.df) == pytest.approx((full, se, 28), rel=1e-12)
    half = student.ppf(0.975, 28) * se
    assert ours.interval(0.95) == pytest.approx((np.exp(full - half), np.exp(full + half)))


def test_fewer_than_eight_clusters_have_no_interval_and_say_so():
    k, n = np.array([1.0, 2, 1]), np.array([4.0, 4, 4])
    knife = jackknife_rate(k, n)
    assert knife.note == "3 clusters: fewer than 8, no interval"
    assert np.isnan(knife.interval(0.95)).all()


def test_all_or_none_has_no_interval_and_says_so():
    knife = jackknife_rate(np.zeros(10), np.full(10, 3.0))
    assert knife.note == "all or none: no interval over clusters"


def test_a_cluster_without_anyone_asked_changes_nothing(crowd):
    k, n, k_ref, n_ref = (np.append(x, 0.0) for x in crowd)
    with_empty, without = jackknife_gap(k, n, k_ref, n_ref), jackknife_gap(*crowd)
    assert with_empty == without


def test_a_person_who_appears_again_widens_the_interval(make_case):
    once = make_case(
        {"groups": {"sex": {"reference": "m"}}},
        sex=["w", "m"] * 50,
        flagged=[1, 0, 0, 1, 0, 1, 1, 0, 0, 0] * 10,
        person=list(range(100)),
    )
    again = make_case(
        {"groups": {"sex": {"reference": "m"}}},
        sex=["w", "m"] * 200,
        flagged=[1, 0, 0, 1, 0, 1, 1, 0, 0, 0] * 40,
        person=list(range(100)) * 4,
    )
    one, other = (wf.gaps(c, "selection_rate", by="sex") for c in (once, again))
    assert "person" in other.interval
    widths = [(r.table["high"] - r.table["low"]).dropna().iloc[0] for r in (one, other)]
    assert widths[1] > 0.9 * widths[0]
    assert list(other.evidence["people"]) == [50, 50]


def test_clustered_intervals_cover_the_truth_where_naive_ones_do_not():
    rng = np.random.default_rng(8)
    covered, naive, draws = 0, 0, 300
    from wfaudit.estimators.intervals import newcombe

    for _ in range(draws):
        office = rng.beta(3, 7, 40)
        n = np.full(40, 25.0)
        k = rng.binomial(25, office).astype(float)
        here = np.arange(40) < 20
        parts = (k * here, n * here, k * ~here, n * ~here)
        low, high = jackknife_gap(*parts).interval(0.95)
        covered += low <= 0 <= high
        (low,), (high,) = newcombe(*[[p.sum()] for p in parts])
        naive += low <= 0 <= high
    error = np.sqrt(0.05 * 0.95 / draws)
    assert covered / draws > 0.95 - 3 * error
    assert naive / draws < 0.8


def test_the_published_callbacks_are_judged_with_advertisements_as_clusters():
    result = wf.ratios(wf.load("callbacks"), "selection_rate", by="race")
    row = result.table.iloc[0]
    assert (round(row["estimate"], 3), round(row["low"], 3), round(row["high"], 3)) == (
        0.668,
        0.573,
        0.779,
    )
    assert result.evidence.loc[0, "clusters"] == 1323


def test_cluster_of_missing_values_is_counted_with_the_others():
    frame = pd.DataFrame(
        {"sex": ["w", "m"] * 20, "f": [1, 0, 0, 1] * 10, "office": [None, "a", "b", "c", "d"] * 8}
    )
    case = wf.Case.from_dict(
        {"source": frame, "roles": {"flagged": "f", "cluster": "office"}, "groups": {"sex": {}}}
    )
    assert wf.rates(case, "selection_rate").evidence.loc[0, "n"] == 40


def test_a_side_with_all_or_none_has_no_interval_however_many_clusters_the_other_has():
    rng = np.random.default_rng(1)
    k, n = np.zeros(20), np.r_[np.ones(12), np.zeros(8)]
    n_ref = np.full(20, 50.0)
    k_ref = rng.binomial(50, 0.12, 20).astype(float)
    for how in (jackknife_gap, jackknife_ratio):
        knife = how(k, n, k_ref, n_ref)
        assert knife.note == "all or none: no interval over clusters"
        assert np.isnan(knife.interval(0.95)).all()


def test_each_side_needs_eight_clusters_and_the_smaller_side_gives_the_degrees_of_freedom():
    k_ref, n_ref = np.tile([2.0, 3.0], 20), np.full(40, 10.0)
    few = np.arange(40) < 3
    assert jackknife_gap(k_ref * few, n_ref * few, k_ref, n_ref).note.startswith(
        "3 clusters: fewer than 8"
    )
    some = np.arange(40) < 10
    assert jackknife_gap(k_ref * some, n_ref * some, k_ref, n_ref).df == 8


def test_no_sentence_ever_says_nan(make_case):
    rng = np.random.default_rng(3)
    n = 400
    case = make_case(
        {"groups": {"sex": {"reference": "m"}}, "tolerance": {"default": {"gap": 0.05}}, "roles": {"flagged": {"tier_at_least": "high"}}},
        sex=np.where(rng.random(n) < 0.03, None, np.where(rng.random(n) < 0.5, "w", "m")),
        tier=rng.choice(["low", "medium", "high"], n), outcome=rng.random(n) < 0.3, cluster=rng.integers(0, 20, n),
    )  # fmt: skip
    findings = wf.audit(case).findings
    assert findings
    assert not [f.says for f in findings if "nan" in f.says.lower().split()]


CR3 = json.loads((Path(__file__).parent / "oracles" / "clusters.json").read_text(encoding="utf-8"))[
    "values"
]


@pytest.mark.parametrize("name", CR3)
def test_the_jackknife_of_a_gap_is_clubsandwichs_cr3_times_g_less_one_over_g(name):
    told = CR3[name]
    arms = [np.array(told[c], dtype=float) for c in ("k", "n", "k_ref", "n_ref")]
    found = jackknife_gap(*arms)
    g = told["clusters"]
    assert found.clusters == g
    assert found.estimate == pytest.approx(told["gap"], abs=1e-12)
    assert found.se**2 * g / (g - 1) == pytest.approx(told["var_cr3"], rel=1e-9)

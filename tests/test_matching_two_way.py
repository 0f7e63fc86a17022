"""Where the same ones stand in many lists, limits are over lists and over those in them."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import stdtrit

import wfaudit as wf
from wfaudit.measures import MATCHING, matching, two_way


def drawn(seed, lists=30, items=24, size=8, special=0.0):
    """Lists of 8 out of 24 vacancies; ``special`` is how much each vacancy's scores are its own."""
    rng = np.random.default_rng(seed)
    own = special * rng.normal(size=items)
    job = np.repeat(np.arange(lists), size)
    item = np.concatenate([rng.permutation(items)[:size] for _ in range(lists)])
    return pd.DataFrame({
        "job": job, "one": item, "size": np.where(item % 2 == 0, "large", "small"),
        "town": np.where(job % 2 == 0, "north", "south"),
        "score": (0.2 * rng.normal(size=len(job)) + own[item]).round(3), "fits": rng.integers(0, 3, len(job)),
    })  # fmt: skip


def case_of(pairs, **roles):
    return wf.Case.from_dict({
        "source": pairs, "lists": {"attention": ["geometric"]},
        "roles": {"query": "job", "item": "one", "score": {"column": "score", "resolution": 0.001},
                  "relevance": "fits", **roles},
        "groups": {"size": {"reference": "large"}, "town": {"reference": "north"}},
    })  # fmt: skip


def gap(pairs):
    """The gap in mean attention, from the table of what each pair gets."""
    means = pairs.groupby("size")["gets"].mean()
    return means["small"] - means["large"]


def variance(pairs, unit):
    """The delete-one jackknife over the values of a column, in a loop."""
    units = pairs[unit].unique()
    left = np.array([gap(pairs[pairs[unit] != one]) for one in units])
    return (len(units) - 1) / len(units) * ((left - gap(pairs)) ** 2).sum()


def test_limits_are_those_of_three_jackknives_put_together_in_loops():
    pairs = drawn(1, special=0.15)
    case = case_of(pairs)
    _, by_pair = two_way.ways(case)
    told = by_pair.source.table.to_pyarrow().to_pandas()
    told = told.rename(columns={"wf gets geometric": "gets", two_way.PAIR: "pair"})
    parts = {unit: variance(told, unit) for unit in ("job", "one", "pair")}
    se = np.sqrt(max(parts["job"] + parts["one"] - parts["pair"], parts["job"], parts["one"]))
    row = matching.exposure(case, by="size", compare=True).table.set_index("group").loc["small"]
    half = stdtrit(12 - 2, 0.975) * se  # twelve vacancies of each size: the fewest units of a side
    assert [row["estimate"], row["low"], row["high"]] == pytest.approx(
        [gap(told), gap(told) - half, gap(told) + half], abs=1e-6
    )


@pytest.mark.parametrize(
    ("draws", "least", "most"),
    [(12, 0.7, 0.92), pytest.param(40, 0.85, 0.75, marks=pytest.mark.long)],
)
def test_limits_hold_where_vacancies_differ_and_lists_alone_would_not(draws, least, most):
    held, alone = [], []
    for seed in range(draws):
        pairs = drawn(seed, special=0.15)
        row = (
            matching.exposure(case_of(pairs), by="size", compare=True)
            .table.set_index("group")
            .loc["small"]
        )
        held.append(row["low"] <= 0 <= row["high"])
        declared = case_of(pairs, cluster="job")
        row = (
            matching.exposure(declared, by="size", compare=True)
            .table.set_index("group")
            .loc["small"]
        )
        alone.append(row["low"] <= 0 <= row["high"])
    assert np.mean(held) >= least
    assert np.mean(alone) <= most


def test_the_audit_and_the_verb_tell_the_same_limits():
    case = case_of(drawn(3))
    for name, verb in (
        ("exposure", matching.exposure),
        ("score_at_relevance", matching.score_at_relevance),
    ):
        asked = next(r for r in MATCHING[name].ask(case) if r.by == ("size",) and r.kind == "gap")
        told = verb(case, by="size", compare=True)
        assert "one of those in lists" in asked.interval
        pd.testing.assert_frame_equal(asked.table, told.table)
        pd.testing.assert_frame_equal(asked.evidence, told.evidence)


def test_by_groups_of_whose_lists_they_are_lists_are_the_units():
    found = matching.score_at_relevance(case_of(drawn(3)), by="town", compare=True)
    assert "(list)" in found.interval


def test_where_each_stands_in_two_lists_or_fewer_lists_are_the_units():
    pairs = drawn(3).assign(one=np.arange(240) // 2)
    found = matching.mean_rank(case_of(pairs), by="town")
    assert not two_way.crossed(case_of(pairs))
    assert "(list)" in found.interval


def test_too_few_of_those_in_lists_have_no_limits_and_no_estimate():
    pairs = drawn(3, items=10, size=8)
    row = (
        matching.score_at_relevance(case_of(pairs), by="size").table.set_index("group").loc["small"]
    )
    assert row["note"] == "those in lists: 5 clusters: fewer than 8, no interval"
    assert np.isnan(row["estimate"])


def test_a_declared_cluster_is_what_is_left_out():
    found = matching.exposure(case_of(drawn(3), cluster="town"), by="size")
    assert "declared cluster" in found.interval

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


def test_a_gap_of_shares_has_the_same_limits_either_way_round():
    """Forty people see the same twenty vacancies; those near can be taken more often. Turned round, the limits turn."""
    rng = np.random.default_rng(3)
    rows = [
        (
            p,
            v,
            at + 1,
            "far" if v < 10 else "near",
            int(rng.random() < (0.35 if v < 10 else 0.85)),
            1,
        )
        for p in range(40)
        for at, v in enumerate(rng.permutation(20).tolist())
    ]
    pairs = pd.DataFrame(rows, columns=["person", "vacancy", "rank", "place", "has", "need"])
    found = {}
    for reference, group in (("near", "far"), ("far", "near")):
        case = wf.Case.from_dict({
            "source": pairs, "roles": {"query": "person", "item": "vacancy", "rank": "rank"},
            "lists": {"top": 5}, "groups": {"place": {"reference": reference}},
            "constraints": {"licence": {"item": "has", "query": "need", "is": ">="}},
        })  # fmt: skip
        result = matching.feasible_share(case, by="place", compare=True)
        at = result.table.index[(result.table["group"] == group) & (result.table["at"] == "all")][0]
        found[reference] = result.table.loc[at], result.evidence.loc[at]
    (far, proof), (near, _) = found["near"], found["far"]
    assert far["estimate"] < -0.3
    assert [far["low"], far["high"]] == pytest.approx([-near["high"], -near["low"]])
    half = stdtrit(proof["df"], 0.975) * proof["se"]
    assert proof["transform"] == "identity"
    assert [far["low"], far["high"]] == pytest.approx(
        [far["estimate"] - half, far["estimate"] + half]
    )


@pytest.mark.parametrize(
    ("draws", "least"), [(15, 0.7), pytest.param(60, 0.85, marks=pytest.mark.long)]
)
def test_rates_of_pairs_are_over_lists_and_over_those_in_them(draws, least):
    """People whom employers choose more often than others, whatever their group: 80 people, each at 15 of 60."""
    held = []
    for seed in range(draws):
        rng = np.random.default_rng(1000 + seed)
        own, rows = rng.normal(0, 0.2, 80), list[tuple[int, int, str, bool]]()
        for job in range(60):
            people = rng.choice(80, 20, replace=False)
            score = own[people] + rng.normal(0, 0.2, 20)
            chosen = np.argsort(np.argsort(-score)) < 6
            rows += [
                (job, p, "x" if p < 40 else "y", bool(c))
                for p, c in zip(people.tolist(), chosen, strict=True)
            ]
        case = wf.Case.from_dict({
            "source": pd.DataFrame(rows, columns=["job", "one", "group", "chosen"]),
            "roles": {"query": "job", "item": "one", "flagged": "chosen"}, "groups": {"group": {"reference": "x"}},
        })  # fmt: skip
        gap = wf.gaps(case, "selection_rate", by="group").table.set_index("group").loc["y"]
        ratio = wf.ratios(case, "selection_rate", by="group").table.set_index("group").loc["y"]
        held.append((gap["low"] <= 0 <= gap["high"], ratio["low"] <= 1 <= ratio["high"]))
        law = matching.four_fifths(case, by="group").to_frame().set_index("group")
        turned = ratio if law.loc["y", "reference"] == "x" else None
        if turned is not None:
            assert [law.loc["y", "low"], law.loc["y", "high"]] == [ratio["low"], ratio["high"]]
    assert np.mean(held, axis=0).min() >= least


def test_levels_by_those_whose_lists_these_are_are_over_those_in_them_too_and_gaps_are_not():
    pairs = drawn(4, special=0.3)
    told = [
        matching.exposure(case_of(pairs), by="town", compare=compare) for compare in (False, True)
    ]
    assert two_way.PUT in told[0].interval
    assert two_way.PUT not in told[1].interval

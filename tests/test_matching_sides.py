"""Both sides of the pairs: who stands in nobody's list, who has none, who suits both, who gets it all."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import stdtrit

import wfaudit as wf
from wfaudit.estimators.inequality import SAME, gini, top_part
from wfaudit.estimators.intervals import wilson
from wfaudit.measures.matching.both_sides import coverage, mutual_top
from wfaudit.measures.matching.spread import exposure_gini, exposure_of_the_top

# v0 ranks a b c, v1 ranks b a; v2 and v3 have no list; d and e stand in none
PAIRS = pd.DataFrame({
    "vacancy": ["v0", "v0", "v0", "v1", "v1"], "person": ["a", "b", "c", "b", "a"],
    "rank": [1, 2, 3, 1, 2], "score": [0.9, 0.8, 0.3, 0.9, 0.7], "shown": ["yes", "no", None, "yes", "no"],
})  # fmt: skip
PEOPLE = pd.DataFrame({"person": list("abcde"), "sex": ["women", "men", "women", "men", "women"]})
JOBS = pd.DataFrame(
    {"vacancy": ["v0", "v1", "v2", "v3"], "size": ["large", "small", "small", "small"]}
)
ROLES = {
    "query": "vacancy", "item": "person", "rank": "rank", "shown": "shown",
    "score": {"column": "score", "resolution": 0.1},
}  # fmt: skip
TABLES = {
    "people": {"path": PEOPLE, "key": "person", "role": "item"},
    "jobs": {"path": JOBS, "key": "vacancy", "role": "query"},
}
GROUPS = {
    "sex": {"table": "people", "reference": "men"},
    "size": {"table": "jobs", "reference": "large", "phrase": "candidates for {level} employers"},
}  # fmt: skip


def a_case(pairs=PAIRS, **changed):
    declared = {
        "source": pairs, "roles": ROLES, "tables": TABLES, "groups": GROUPS, "lists": {"top": 1}, **changed,
    }  # fmt: skip
    return wf.Case.from_dict(declared)


def told(result):
    table = result.table
    return {(r.group, r.at): (r.n, r.estimate) for r in table.itertuples()}


# --- coverage


def test_whose_list_is_empty_stands_alone_in_a_cluster_unless_its_table_names_one():
    jobs = pd.DataFrame(
        {"vacancy": [f"v{v:02d}" for v in range(30)], "office": [v % 10 for v in range(30)]}
    )
    pairs = pd.DataFrame({"vacancy": jobs["vacancy"].iloc[:24], "person": "a", "rank": 1})
    pairs["office"] = jobs["office"].iloc[:24]
    roles = {"query": "vacancy", "item": "person", "rank": "rank"}
    table = {"path": jobs, "key": "vacancy", "role": "query"}

    def limits(cluster):
        case = a_case(pairs, roles=roles | {"cluster": cluster}, tables={"jobs": table}, groups={})
        row = coverage(case, "query").table.iloc[0]
        assert (row["n"], row["estimate"]) == (30, 0.8)
        return row["low"], row["high"]

    def by_hand(units):
        left = [1 - (jobs[units != one].index >= 24).mean() for one in sorted(set(units))]
        logit = np.log(np.array(left) / (1 - np.array(left)))
        se = np.sqrt((len(left) - 1) / len(left) * ((logit - np.log(4)) ** 2).sum())
        ends = np.log(4) + np.array([-1, 1]) * stdtrit(len(left) - 2, 0.975) * se
        return tuple(1 / (1 + np.exp(-ends)))

    offices = jobs["office"]
    assert limits("jobs.office") == pytest.approx(by_hand(offices))
    alone = offices.where(jobs.index < 24, 100 + jobs.index)
    assert limits("office") == pytest.approx(by_hand(alone))


def test_coverage_of_people_equals_the_hand_count_with_those_in_no_pair():
    assert told(coverage(a_case(), by="sex")) == {
        ("men", "stood in a list"): (2, 0.5),  # b, not d
        ("women", "stood in a list"): (3, pytest.approx(2 / 3)),  # a and c, not e
        ("men", "stood in the top 1"): (2, 0.5),
        ("women", "stood in the top 1"): (3, pytest.approx(1 / 3)),
        ("men", "were shown"): (2, 0.5),
        ("women", "were shown"): (2, 0.5),  # whether c was shown isn't known; e certainly was not
    }


def test_coverage_of_vacancies_equals_the_hand_count_with_those_that_have_no_list():
    assert told(coverage(a_case(), "query", by="size")) == {
        ("large", "had a list"): (1, 1.0), ("small", "had a list"): (3, pytest.approx(1 / 3)),
        ("large", "had somebody shown"): (1, 1.0), ("small", "had somebody shown"): (3, pytest.approx(1 / 3)),
    }  # fmt: skip


def test_coverage_takes_everybody_as_unrelated_and_says_so():
    result = coverage(a_case())
    assert result.interval == "95 % Wilson score interval"
    assert "taken as unrelated" in result.definition
    row = result.table[result.table["at"] == "stood in a list"].iloc[0]
    low, high = wilson(np.array([3.0]), np.array([5.0]), 0.95)
    assert (row["low"], row["high"]) == (pytest.approx(low[0]), pytest.approx(high[0]))


def test_a_pair_without_a_rank_stands_in_no_list():
    found = told(coverage(a_case(PAIRS.assign(rank=[1, 2, None, None, 1]))))
    assert found["everyone", "stood in a list"] == (5, 0.4)


def test_a_tie_at_the_cut_counts_as_in_the_top():
    roles = {name: role for name, role in ROLES.items() if name != "rank"}
    tied = a_case(PAIRS.assign(score=[0.9, 0.9, 0.3, 0.9, 0.7]), roles=roles)
    assert told(coverage(tied))["everyone", "stood in the top 1"] == (5, 0.4)


def test_without_a_table_only_those_in_pairs_are_known_and_none_is_said_to_stand_in_no_list():
    pairs = PAIRS.assign(sex=["women", "men", "women", "men", "women"])
    alone = a_case(pairs, tables={}, groups={"sex": {}})
    assert set(coverage(alone).table["at"]) == {"stood in the top 1", "were shown"}
    assert told(coverage(alone, by="sex"))["women", "stood in the top 1"] == (2, 0.5)
    assert set(coverage(alone, "query").table["at"]) == {"had somebody shown"}
    unseen = a_case(
        pairs, tables={}, groups={}, roles={k: v for k, v in ROLES.items() if k != "shown"}
    )
    with pytest.raises(wf.AuditError, match="no table stands beside the pairs"):
        coverage(unseen, "query")


def test_a_side_that_is_none_is_answered_with_the_nearest():
    with pytest.raises(wf.AuditError, match="Did you mean 'item'"):
        coverage(a_case(), "itm")


def test_an_audit_asks_both_sides_and_calls_each_by_its_table():
    jobs = pd.DataFrame(
        {"vacancy": [f"v{i}" for i in range(400)], "size": ["large", "small"] * 200}
    )
    pairs = pd.DataFrame({
        "vacancy": [f"v{i}" for i in range(400) if i % 2 == 0 or i % 4 == 1], "person": "a", "rank": 1,
    })  # fmt: skip
    tables = {**TABLES, "jobs": {**TABLES["jobs"], "path": jobs}}
    roles = {"query": "vacancy", "item": "person", "rank": "rank"}
    groups, tolerance = {"size": GROUPS["size"]}, {"default": {"gap": 0.05}}
    audit = wf.audit(a_case(pairs, tables=tables, groups=groups, roles=roles, tolerance=tolerance))
    found = [f for f in audit.findings if f.measure == "coverage" and f.answer == "raised"]
    assert [(f.by, f.group, f.at) for f in found] == [("size", "small", "had a list")]
    assert found[0].says.startswith(
        "Of 100 jobs (size: small), 50 had a list; of 100 jobs (size: large), 100:"
    )


# --- what suits both sides


def test_places_that_suit_both_sides_equal_the_hand_count():
    # ten towns: v ranks a b, w ranks b a; a has the higher score with v, b the same with both
    pairs = pd.DataFrame({
        "vacancy": ["v", "v", "w", "w"], "person": ["a", "b", "b", "a"], "rank": [1, 2, 1, 2],
        "score": [0.9, 0.8, 0.8, 0.7], "sex": ["women", "men", "men", "women"],
    })  # fmt: skip
    towns = [
        pairs.assign(**{c: pairs[c] + str(i) for c in ("vacancy", "person")}) for i in range(10)
    ]
    last = towns[-1].assign(
        score=[0.6, 0.8, 0.8, 0.7]
    )  # there a's own first is w, at the second place
    case = a_case(
        pd.concat([*towns[:-1], last]), tables={}, groups={"sex": {"reference": "men"}},
        roles={**{k: v for k, v in ROLES.items() if k != "shown"}}, lists={"top": 1},
    )  # fmt: skip
    found = mutual_top(case, by="sex").table.set_index("group")
    assert found.loc["men", "n"] == found.loc["women", "n"] == 10
    assert found.loc[
        "men", "note"
    ]  # b's own first place is shared by v and w: always a half, nothing varies
    whole = mutual_top(case).table.iloc[0]
    assert whole["n"] == 20
    assert whole["estimate"] == pytest.approx((10 * 0.5 + 9) / 20)


def test_without_a_score_nobody_has_a_list_of_their_own():
    roles = {"query": "vacancy", "item": "person", "rank": "rank"}
    with pytest.raises(wf.AuditError, match="declares no score"):
        mutual_top(a_case(roles=roles))


# --- how attention is spread

amounts = st.lists(st.integers(0, 6), min_size=2, max_size=40)


def cells(people):
    values, n = np.unique(np.asarray(people, dtype=float), return_counts=True)
    return values, n.astype(float)


@settings(deadline=None, max_examples=80)
@given(amounts)
def test_the_gini_coefficient_is_the_mean_difference_of_all_pairs_of_people(people):
    found = gini(*cells(people))
    x = np.asarray(people, dtype=float)
    if x.sum() == 0:
        assert np.isnan(found.estimate)
        assert found.note
    else:
        assert found.estimate == pytest.approx(np.abs(x[:, None] - x).mean() / (2 * x.mean()))


@settings(deadline=None, max_examples=80)
@given(amounts, st.sampled_from([0.1, 0.25, 0.5]))
def test_the_top_part_is_counted_from_the_highest_down_and_one_may_count_in_part(people, part):
    x = np.sort(np.asarray(people, dtype=float))[::-1]
    room, whole = part * len(x), int(part * len(x))
    inside = x[:whole].sum() + (room - whole) * x[whole]
    found = top_part(*cells(people), part)
    assert (
        np.isnan(found.estimate)
        if x.sum() == 0
        else found.estimate == pytest.approx(inside / x.sum())
    )


def left_out(people, reads):
    """The jackknife's standard error: without one person at a time."""
    x = np.asarray(people, dtype=float)
    each = np.array([float(reads(*cells(np.delete(x, i))).estimate) for i in range(len(x))])
    return np.sqrt((len(x) - 1) / len(x) * np.square(each - each.mean()).sum())


@pytest.mark.parametrize(
    "reads", [gini, lambda x, n: top_part(x, n, 0.1)], ids=["gini", "top tenth"]
)
def test_standard_errors_are_those_of_leaving_out_one_person_at_a_time(reads):
    people = np.random.default_rng(3).exponential(size=600)
    assert float(reads(*cells(people)).se) == pytest.approx(left_out(people, reads), rel=0.03)


def test_where_all_have_the_same_the_coefficient_is_0_without_an_interval():
    found = gini(*cells([2.0] * 50))
    assert (float(found.estimate), str(found.note)) == (0.0, SAME)
    assert np.isnan(found.low)


def test_attention_of_those_in_no_pair_counts_as_nothing_in_the_gini_coefficient():
    case = a_case(lists={"attention": ["geometric"], "patience": 0.5})
    x = np.array([1 + 0.5, 0.5 + 1, 0.25, 0, 0])  # a, b, c, d, e
    row = exposure_gini(case).table.iloc[0]
    assert row["n"] == 5
    assert row["note"] == "3 with an amount: fewer than 30, no interval"
    assert row["estimate"] == pytest.approx(np.abs(x[:, None] - x).mean() / (2 * x.mean()))


def many(people=400):
    """Lists of forty in which men stand nearer the top, and a man never listed."""
    dice = np.random.default_rng(6)
    sex = dice.choice(["women", "men"], people)
    asked = [dice.choice(people, 40, replace=False) for _ in range(60)]
    ranked = [one[np.argsort(dice.random(40) + 0.2 * (sex[one] == "women"))] for one in asked]
    pairs = pd.DataFrame({
        "vacancy": np.repeat([f"v{i}" for i in range(60)], 40), "person": np.concatenate(ranked),
        "rank": np.tile(np.arange(1, 41), 60),
    })  # fmt: skip
    table = pd.DataFrame({"person": np.arange(people), "sex": sex})
    return pairs, {"people": {"path": table, "key": "person", "role": "item"}}


def test_how_attention_is_spread_is_told_by_group_with_intervals_and_compared_without_a_verdict():
    pairs, tables = many()
    case = a_case(
        pairs, tables=tables, groups={"sex": GROUPS["sex"]}, roles={"query": "vacancy", "item": "person", "rank": "rank"},
        lists={"attention": ["logarithmic"]},
    )  # fmt: skip
    alone = exposure_gini(case, by="sex").table.set_index("group")
    assert (alone["low"] < alone["estimate"]).all()
    gap = exposure_gini(case, by="sex", compare=True).table.set_index("group").loc["women"]
    assert gap["estimate"] == pytest.approx(alone["estimate"]["women"] - alone["estimate"]["men"])
    assert gap["low"] < gap["estimate"] < gap["high"]
    top = exposure_of_the_top(case).table.set_index("at")
    assert top.loc["logarithmic, top 1%", "note"] == "fewer than 30 in the part: no interval"
    assert (
        0.1 < top.loc["logarithmic, top 10%", "low"] < top.loc["logarithmic, top 10%", "estimate"]
    )
    assert not exposure_gini(case).judged
    assert "taken as unrelated" in exposure_gini(case).interval

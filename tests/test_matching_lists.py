"""Who stands where in lists: counted by hand, against scikit-learn, and laws that hold whatever the lists."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import stdtrit
from sklearn.metrics import ndcg_score

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.estimators.gain import discounted, normalised
from wfaudit.measures import MATCHING
from wfaudit.measures import lists as listed
from wfaudit.measures.matching import alike, both_sides, exposed, gain, per_outcome, places
from wfaudit.measures.sides import side_of

# Ten lists of two: in each a woman and a man; women stand first in three of ten. Twenty places in all.
FIRST = [0, 0, 0, 1, 1, 1, 1, 1, 1, 1]  # whether the man stands first
TEN = pd.DataFrame({
    "job": np.repeat(np.arange(10), 2),
    "one": [f"{sex}{j}" for j in range(10) for sex in ("w", "m")],
    "sex": ["women", "men"] * 10,
    "place": [p for man in FIRST for p in ((2, 1) if man else (1, 2))],
    "fits": [1, 1] * 10,
    "clicked": [place == 1 and j % 2 == 0 for j, man in enumerate(FIRST) for place in ((2, 1) if man else (1, 2))],
})  # fmt: skip
ROLES = {"query": "job", "item": "one", "rank": "place", "relevance": "fits"}


def case_of(pairs, roles=ROLES, **more):
    """Women and men in lists, men the reference, a gap of .05 let pass."""
    return wf.Case.from_dict({
        "source": pairs, "roles": roles, "groups": {"sex": {"reference": "men"}},
        "tolerance": {"default": {"gap": 0.05}}, **more,
    })  # fmt: skip


def estimates(result):
    return dict(zip(result.table["group"], result.table["estimate"], strict=True))


# --- counted by hand


def test_women_who_stand_first_in_three_of_ten_lists_get_three_tenths_of_a_first_places_attention():
    second = 1 / np.log2(3)
    case = case_of(TEN, lists={"attention": ["logarithmic", "geometric"], "patience": 0.5})
    found = exposed.exposure(case, by="sex").table.set_index(["group", "at"])["estimate"]
    assert found["women", "logarithmic"] == pytest.approx(0.3 + 0.7 * second, abs=1e-8)
    assert found["men", "logarithmic"] == pytest.approx(0.7 + 0.3 * second, abs=1e-8)
    assert found["women", "geometric"] == pytest.approx(0.3 + 0.7 * 0.5, abs=1e-8)
    gap = exposed.exposure(case, by="sex", compare=True).table.set_index(["group", "at"])[
        "estimate"
    ]
    assert gap["women", "logarithmic"] == pytest.approx(0.4 * (second - 1), abs=1e-8)


def test_the_interval_of_a_gap_in_attention_is_the_paired_one_over_lists():
    """With one woman and one man a list the jackknife's error is that of a paired t test; it takes 8 for 9 df."""
    second = 1 / np.log2(3)
    women = np.where(np.array(FIRST) == 1, second, 1.0)
    men = np.where(np.array(FIRST) == 1, 1.0, second)
    apart = women - men
    half = stdtrit(8, 0.975) * apart.std(ddof=1) / np.sqrt(10)
    row = exposed.exposure(case_of(TEN), by="sex", compare=True).table.set_index(["group", "at"])
    told = row.loc[("women", "logarithmic"), ["low", "high"]].astype(float).to_numpy()
    assert told == pytest.approx([apart.mean() - half, apart.mean() + half], abs=1e-7)


def test_the_top_place_is_held_by_three_women_in_ten():
    found = exposed.top_share(case_of(TEN, lists={"top": 1}), by="sex")
    assert estimates(found) == pytest.approx({"women": 0.3, "men": 0.7})
    assert set(found.table["at"]) == {"1"}


def test_the_mean_place_of_women_is_1_7():
    assert estimates(exposed.mean_rank(case_of(TEN), by="sex")) == pytest.approx(
        {"women": 1.7, "men": 1.3}
    )


def test_attention_by_clicks_follows_what_was_clicked_at_each_place():
    """At the first place five of ten were clicked, at the second none: only first places count."""
    case = case_of(TEN, {**ROLES, "clicked": "clicked"}, lists={"attention": ["clicks"]})
    assert estimates(exposed.exposure(case, by="sex")) == pytest.approx({"women": 0.3, "men": 0.7})


def test_clicks_on_people_who_tie_are_shared_out_over_their_places():
    """Two tie at the top, one stands third: of places 1 and 2 half are clicked, of the third a quarter.

    So a first and a second place get all that is got, whoever stands there; a third place half of it.
    """
    rows = [(j, f"{j}{who}", s, who != "c", c) for j in range(8) for who, s, c in (
        ("a", 0.9, True), ("b", 0.9, False), ("c", 0.1, j < 2),
    )]  # fmt: skip
    pairs = pd.DataFrame(rows, columns=["job", "one", "score", "sex", "clicked"])
    roles = {"query": "job", "item": "one", "score": "score", "clicked": "clicked"}
    case = case_of(pairs.assign(sex=pairs["sex"].map({True: "men", False: "women"})), roles,
                   lists={"attention": ["clicks"]})  # fmt: skip
    assert listed.attention(case)["clicks"].tolist() == [1.0, 1.0, 0.5]


def test_a_click_on_what_was_not_shown_says_nothing_of_a_place():
    """Of ten second places five were shown and one of these clicked; the other five clicks are not read."""
    shown = [j % 2 == 0 or place == 1 for j in range(10) for place in (1, 2)]
    clicked = [place == 1 or j % 2 == 1 or j == 0 for j in range(10) for place in (1, 2)]
    pairs = TEN.assign(place=[1, 2] * 10, clicked=clicked, shown=shown)
    case = case_of(
        pairs, {**ROLES, "clicked": "clicked", "shown": "shown"}, lists={"attention": ["clicks"]}
    )
    assert listed.attention(case)["clicks"].tolist() == [1.0, 0.2]


def test_equal_relevance_and_unequal_attention_is_told_relative_to_all():
    second = 1 / np.log2(3)
    women, men = 0.3 + 0.7 * second, 0.7 + 0.3 * second
    found = exposed.exposure_per_relevance(
        case_of(TEN, lists={"attention": ["logarithmic"]}), by="sex"
    )
    together = (women + men) / 2
    assert estimates(found) == pytest.approx(
        {"women": women / together, "men": men / together}, abs=1e-7
    )


def test_attention_for_each_click_is_told_relative_to_all():
    """Of women one was clicked (in job 0), of men four; a woman's click cost more attention than four of men."""
    second = 1 / np.log2(3)
    case = case_of(TEN, {**ROLES, "clicked": "clicked"}, lists={"attention": ["logarithmic"]})
    found = per_outcome._earned(case, ("sex",))[1]
    clicked = TEN.groupby("sex")["clicked"].sum()
    gets = {"women": 3 + 7 * second, "men": 7 + 3 * second}
    for at, (sex,) in enumerate(found.groups):
        assert found.whole[at, 0].tolist() == pytest.approx([gets[sex], clicked[sex], 10], abs=1e-6)
    men = per_outcome.exposure_per_outcome(case, by="sex").table.set_index("group").loc["men"]
    together = (gets["women"] + gets["men"]) / clicked.sum()
    assert men["estimate"] == pytest.approx(gets["men"] / clicked["men"] / together, abs=1e-6)


def test_pairs_that_tie_share_the_attention_of_their_places():
    pairs = TEN.assign(score=0.5)
    case = case_of(
        pairs,
        {"query": "job", "item": "one", "score": "score"},
        lists={"attention": ["logarithmic"], "top": 1},
    )
    shared = (1 + 1 / np.log2(3)) / 2
    found = exposed.exposure(case, by="sex").table
    assert set(found["note"]) == {"the clusters do not vary: no interval"}
    assert np.allclose(
        listed.attended(case).source.table["wf gets logarithmic"].to_pyarrow().to_pandas(), shared
    )
    assert listed.in_top(case).to_pyarrow().to_pandas().tolist() == [0.5] * 20


def test_the_share_of_tied_scores_is_told():
    """In six of ten lists both have the same score: twelve of twenty."""
    pairs = TEN.assign(score=[0.5, 0.5] * 6 + [0.5, 0.6] * 4)
    found = exposed.tied_share(case_of(pairs, {"query": "job", "item": "one", "score": "score"}))
    assert found.table[["n", "estimate"]].to_numpy().tolist() == [[20, 0.6]]


def test_a_pair_without_a_rank_stands_in_no_list_and_gets_no_attention():
    pairs = TEN.assign(place=TEN["place"].where(TEN["place"] == 1))
    found = exposed.top_share(case_of(pairs, lists={"top": 5}), by="sex")
    assert estimates(found) == pytest.approx({"women": 0.3, "men": 0.7})


# --- at equal relevance, stage by stage


def test_scores_at_equal_relevance_are_weighed_as_all_are_spread():
    """Women fit less often. At each level they score .1 lower; the plain gap would be .25."""
    pairs = pd.DataFrame({
        "job": np.repeat(np.arange(10), 4), "one": range(40),
        "sex": ["women", "women", "men", "men"] * 10, "fits": [0, 1, 1, 1] * 5 + [0, 0, 1, 0] * 5,
    })  # fmt: skip
    pairs["score"] = (
        0.3 + 0.4 * pairs["fits"] - 0.1 * (pairs["sex"] == "women") + 0.001 * pairs["job"]
    )
    roles = {
        "query": "job",
        "item": "one",
        "score": {"column": "score", "resolution": 0.001},
        "relevance": "fits",
    }
    found = alike.score_at_relevance(case_of(pairs, roles), by="sex").table.set_index("group")
    level = pairs["fits"].mean()
    means = pairs.groupby(["sex", "fits"])["score"].mean()
    for sex in ("women", "men"):
        assert found.loc[sex, "estimate"] == pytest.approx(
            (1 - level) * means[sex, 0] + level * means[sex, 1]
        )


def test_pairs_at_levels_that_not_every_group_has_are_left_out_and_counted():
    """Of four men a list two are at level 2, where no woman is: of 40 men and 40 women 20 pairs are left out."""
    pairs = pd.DataFrame({
        "job": np.repeat(np.arange(10), 8), "one": range(80), "sex": (["women"] * 4 + ["men"] * 4) * 10,
        "fits": [0, 0, 1, 1, 0, 1, 2, 2] * 10, "score": np.round(np.sin(np.arange(80)) / 4 + 0.5, 2),
    })  # fmt: skip
    roles = {"query": "job", "item": "one", "score": "score", "relevance": "fits"}
    found = alike.score_at_relevance(case_of(pairs, roles), by="sex").table.set_index("group")
    assert found["note"].to_dict() == {
        "men": "20 of 40 pairs are at levels that not every group has: left out", "women": "",
    }  # fmt: skip
    means = pairs[pairs["sex"] == "men"].groupby("fits")["score"].mean()
    assert found.loc["men", "estimate"] == pytest.approx(0.5 * means[1] + 0.5 * means[0])
    gap = alike.score_at_relevance(case_of(pairs, roles), by="sex", compare=True).table
    assert gap.set_index("group").loc["women", "note"].startswith("20 of 80 pairs")


def test_what_no_level_has_in_common_can_not_be_compared():
    pairs = TEN.assign(fits=[0, 1] * 10, score=np.linspace(0, 1, 20).round(2))
    roles = {"query": "job", "item": "one", "score": "score", "relevance": "fits"}
    found = alike.score_at_relevance(case_of(pairs, roles), by="sex", compare=True).table
    assert found.loc[found["group"] == "women", "note"].tolist() == ["no level in common: no value"]
    assert found.loc[found["group"] == "women", "estimate"].isna().all()


def test_each_stage_is_a_share_of_those_who_came_to_the_one_before():
    pairs = TEN.assign(shown=True, applied=[True] * 8 + [False] * 12)
    case = case_of(
        pairs,
        {
            "query": "job",
            "item": "one",
            "shown": "shown",
            "clicked": "clicked",
            "applied": "applied",
        },
    )
    found = alike.stage_share(case).table.set_index("at")
    assert found.loc["clicked", ["n", "estimate"]].tolist() == [20, 0.25]
    assert found.loc["applied", "n"] == 5
    told = alike.stage_share(case).evidence["k"].tolist()
    assert told == [20, 5, 2]  # clicked: five; of these the people of jobs 0 and 2 applied
    assert found.loc["applied", "note"] == "5 clusters: fewer than 8, no interval"


# --- gain, against scikit-learn


def test_attention_by_group_is_that_of_fairranktune():
    """It divides by the items of a group, we by their places: 12 lists of 6 places, 12 people."""
    from FairRankTune.Metrics.EXP import EXP

    pairs = drawn(9).assign(one=lambda t: [f"p{i % 6}" for i in range(len(t))])
    pairs["sex"] = np.where(pairs["one"].isin(["p0", "p1"]), "women", "men")
    pairs["score"] = pairs.groupby("job")["one"].transform(
        lambda o: np.random.default_rng(len(o)).permutation(len(o))
    )
    pairs["place"] = pairs.groupby("job")["score"].rank().astype(int)
    ranked = pairs.sort_values(["job", "place"])["one"].to_numpy().reshape(12, 6).T
    of = pairs.groupby("one")["sex"].first().to_dict()
    _, theirs = EXP(pd.DataFrame(ranked), of, "MaxMinDiff")
    case = case_of(
        pairs,
        {"query": "job", "item": "one", "rank": "place"},
        lists={"attention": ["logarithmic"]},
    )
    ours = exposed.exposure(case, by="sex").evidence
    whole = (
        listed.attended(case)
        .source.table.to_pyarrow()
        .to_pandas()
        .groupby("sex")["wf gets logarithmic"]
        .sum()
    )
    people = {"women": 2, "men": 4}
    assert ours["clusters"].tolist() == [12, 12]
    for sex, exposure in theirs.items():
        assert whole[sex] / people[sex] == pytest.approx(exposure, abs=1e-12)


@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_gain_equals_that_of_scikit_learn_ties_averaged(seed, top, size):
    draw = np.random.default_rng(seed)
    lists = np.repeat(np.arange(4), size)
    scores, gains = draw.integers(0, 4, 4 * size) / 4, draw.integers(0, 4, 4 * size).astype(float)
    at = draw.permutation(4 * size)
    found = normalised(
        discounted(lists[at], scores[at], gains[at], top, 4),
        discounted(lists, gains, gains, top, 4),
    )
    for one in range(4):
        mine = lists == one
        if gains[mine].any() and size > 1:
            theirs = ndcg_score([gains[mine]], [scores[mine]], k=top)
            assert found[one] == pytest.approx(theirs, abs=1e-12)
        elif not gains[mine].any():
            assert np.isnan(found[one])


def test_gain_of_scores_that_are_no_whole_steps_is_the_same_as_by_their_ranks():
    draw = np.random.default_rng(3)
    lists, gains = np.repeat(np.arange(5), 40), draw.random(200)
    scores = draw.integers(0, 9, 200) * 0.1234567
    by_rank = np.unique(scores, return_inverse=True)[1]
    assert np.allclose(
        discounted(lists, scores, gains, 7, 5), discounted(lists, by_rank, gains, 7, 5)
    )


def test_the_order_of_the_published_example_is_worth_653_thousandths():
    """Relevance 1, 0, 1, 0, 0 at scores .9, .9, .5, .5, .1: McSherry and Najork's average over ties."""
    pairs = pd.DataFrame({
        "job": np.repeat(np.arange(12), 5), "one": range(60), "score": [0.9, 0.9, 0.5, 0.5, 0.1] * 12,
        "fits": [1, 0, 1, 0, 0] * 11 + [0, 0, 0, 0, 0], "trade": ["a"] * 30 + ["b"] * 30,
    })  # fmt: skip
    case = wf.Case.from_dict({
        "source": pairs, "groups": {"trade": {}}, "lists": {"top": 3},
        "roles": {"query": "job", "item": "one", "score": "score", "relevance": "fits"},
    })  # fmt: skip
    each = gain._each(case).source.table["wf score"].to_pyarrow().to_pandas()
    assert each.notna().sum() == 11
    assert np.allclose(each.dropna(), 0.653287, atol=5e-7)
    assert gain.ndcg(case).table["n"].tolist() == [
        11
    ]  # the list without anything relevant is left out


def test_lists_as_ranked_and_by_score_are_told_apart():
    pairs = TEN.assign(score=[0.9, 0.1] * 10, fits=[1, 0] * 9 + [0, 1])
    case = case_of(pairs, {**ROLES, "score": "score"}, groups={"sex": {}})
    found = gain.ndcg(case).table.set_index("at")["estimate"]
    second = 1 / np.log2(3)
    places = TEN["place"].to_numpy().reshape(10, 2)
    won = [places[j][0 if j < 9 else 1] for j in range(10)]
    assert found["as ranked"] == pytest.approx(np.mean([1.0 if p == 1 else second for p in won]))
    assert found["by score, ties averaged"] == pytest.approx(0.9 + 0.1 * second)


# --- laws


@given(st.integers(0, 1_000))
@settings(max_examples=3, deadline=None)
def test_no_order_of_rows_moves_a_number(seed):
    pairs = drawn(7)
    roles = {"query": "job", "item": "one", "score": "score", "relevance": "fits"}
    one, other = (
        pd.concat([r.table for name in ("exposure", "ndcg", "score_at_relevance")
                   for r in MATCHING[name].ask(case_of(some, roles))])
        for some in (pairs, pairs.sample(frac=1, random_state=seed))
    )  # fmt: skip
    assert np.array_equal(one["estimate"].to_numpy(), other["estimate"].to_numpy(), equal_nan=True)
    assert np.allclose(one["low"].to_numpy(), other["low"].to_numpy(), equal_nan=True, atol=1e-12)


def drawn(seed, lists=12, size=6):
    draw = np.random.default_rng(seed)
    n = lists * size
    return pd.DataFrame({
        "job": np.repeat([f"j{j:02d}" for j in range(lists)], size), "one": [f"p{i % (2 * size)}" for i in range(n)],
        "sex": draw.choice(["women", "men"], n), "score": draw.integers(0, 6, n) / 10, "fits": draw.integers(0, 3, n),
    })  # fmt: skip


def test_the_attention_of_a_list_is_shared_out_whole_whatever_ties():
    case = case_of(
        drawn(1),
        {"query": "job", "item": "one", "score": "score"},
        lists={"attention": ["logarithmic"]},
    )
    gets = (
        listed.attended(case)
        .source.table.to_pyarrow()
        .to_pandas()
        .groupby("job")["wf gets logarithmic"]
        .sum()
    )
    assert np.allclose(gets, (1 / np.log2(np.arange(2, 8))).sum())


def test_very_many_lists_left_out_by_parts_have_the_same_numbers_and_much_the_same_intervals(
    monkeypatch,
):
    pairs = drawn(5, lists=2_000)
    roles = {"query": "job", "item": "one", "score": "score", "relevance": "fits"}
    pairs["job"] = np.repeat([f"j{j:04d}" for j in range(2_000)], 6)
    pairs["one"] = [f"p{i}" for i in range(len(pairs))]  # everybody in one list
    apart = exposed.exposure(case_of(pairs, roles), by="sex", compare=True)
    monkeypatch.setattr(listed, "MOST_LISTS", 1_000)
    parts = exposed.exposure(case_of(pairs, roles), by="sex", compare=True)
    assert "a thousandth of all lists" in parts.interval
    mine = apart.table["group"] == "women"
    assert np.allclose(
        apart.table.loc[mine, "estimate"], parts.table.loc[mine, "estimate"], atol=1e-12
    )
    one, other = (
        (r.table["high"] - r.table["low"])[mine].to_numpy(dtype=float) for r in (apart, parts)
    )
    assert np.allclose(one, other, rtol=0.15)
    assert not np.allclose(one, other, rtol=1e-6)


def test_pairs_asked_in_parts_give_the_same_gain(monkeypatch):
    from wfaudit.measures.matching import parts

    roles = {"query": "job", "item": "one", "score": "score", "relevance": "fits"}
    whole = gain.ndcg(case_of(drawn(2, lists=40), roles, groups={"sex": {}}))
    monkeypatch.setattr(parts, "MANY_PAIRS", 50)
    again = gain.ndcg(case_of(drawn(2, lists=40), roles, groups={"sex": {}}))
    assert np.allclose(whole.table["estimate"], again.table["estimate"], atol=1e-15)


# --- sides, and what stops


def test_a_group_belongs_to_the_side_within_which_it_never_changes():
    pairs = TEN.assign(size=np.repeat(["small", "large"], 10), page=["a", "b", "b", "a"] * 5)
    case = case_of(pairs, groups={"sex": {}, "size": {}, "page": {}})
    pairs_of = {name: side_of(case, case.group(name)) for name in ("sex", "size")}
    assert pairs_of == {"sex": "item", "size": "query"}


def test_places_are_told_by_the_groups_of_those_in_lists_and_gain_by_the_groups_of_whose_they_are():
    pairs = TEN.assign(size=np.repeat(["small", "large"], 10))
    case = case_of(pairs, groups={"sex": {"reference": "men"}, "size": {"reference": "large"}})
    assert {r.by for r in MATCHING["exposure"].ask(case)} == {(), ("sex",)}
    assert {r.by for r in MATCHING["ndcg"].ask(case)} == {(), ("size",)}


@pytest.mark.parametrize(
    ("lists", "says"),
    [
        ({"top": 0}, "at least one place"),
        ({"patience": 1.0}, "between 0 and 1"),
        ({"attention": ["logarithmc"]}, "Did you mean 'logarithmic'"),
        ({"attention": ["clicks"]}, "needs the role clicked"),
        ({"attention": []}, "No model of attention"),
        ({"top": 10**9}, "at most 1,000"),
        ({"tops": 3}, "Did you mean 'top'"),
    ],
)
def test_lists_that_can_not_be_read_so_are_refused(lists, says):
    with pytest.raises(AuditError, match=says):
        case_of(TEN, lists=lists)


def test_lists_without_pairs_are_refused():
    with pytest.raises(AuditError, match="query and item"):
        case_of(TEN, {"flagged": "clicked"}, lists={"top": 3})


def test_what_lacks_is_said():
    case = case_of(TEN, {"query": "job", "item": "one", "flagged": "clicked"})
    assert MATCHING["exposure"].lacks(case) == "the case declares no rank and no score"
    assert MATCHING["stage_share"].lacks(case).startswith("the case declares none of shown")
    assert "no query" in MATCHING["exposure"].lacks(case_of(TEN, {"flagged": "clicked"}))
    with pytest.raises(AuditError, match="exposure can't be measured"):
        exposed.exposure(case)


# --- who stands at each place


def test_at_the_first_place_stand_three_women_and_seven_men():
    found = places.place_share(case_of(TEN, lists={"top": 2}), by="sex").table.set_index(
        ["group", "at"]
    )
    assert found.loc[("women", "1"), ["n", "estimate"]].tolist() == [10, 0.3]
    assert found.loc[("men", "2"), ["n", "estimate"]].tolist() == [10, 0.3]
    assert found.loc[("women", "all places"), "n"] == 20


def test_the_shares_at_each_place_add_up_to_one_and_ties_stand_in_the_middle():
    case = case_of(
        drawn(4, lists=30), {"query": "job", "item": "one", "score": "score"}, lists={"top": 3}
    )
    told = places.place_share(case, by="sex").evidence
    for at, rows in told.groupby(places.place_share(case, by="sex").table["at"]):
        assert rows["k"].sum() == rows["n"].iloc[0], at


def test_whoever_has_no_place_is_not_counted_among_all_who_have_one():
    """Five women are not ranked: of the places that there are women have 5, men 10."""
    pairs = TEN.assign(place=TEN["place"].astype("Float64"))
    pairs.loc[[6, 8, 10, 12, 14], "place"] = None  # five women
    found = places.place_share(case_of(pairs), by="sex").table
    of_all = found[found["at"] == places.ALL].set_index("group")
    assert set(of_all["n"]) == {15}
    assert of_all["estimate"].round(4).to_dict() == {"men": 0.6667, "women": 0.3333}


def test_the_picture_of_places_names_each_group_and_its_ends():
    (look,) = places.looks(case_of(TEN, lists={"top": 2}))
    assert "women 50" in look.says
    assert "women" in look.draw().alt


# --- what is odd, and has a number or a reason all the same


@pytest.mark.parametrize("gone", ["place", "clicked"])
def test_where_no_place_or_no_click_is_known_nobody_gets_attention_and_all_is_said(gone):
    case = case_of(
        TEN.assign(**{gone: None}), {**ROLES, "clicked": "clicked"}, lists={"attention": ["clicks"]}
    )
    found = wf.audit(case)
    rows = pd.concat([r.table for r in found.results if r.measure in MATCHING])
    assert {"exposure", "stage_share"} <= set(rows["measure"])
    assert (rows["estimate"].notna() | (rows["note"] != "")).all()


def test_relevance_in_many_steps_is_cut_into_fifths_so_that_all_are_compared():
    """No two have the same relevance; men's scores are their relevance and women's .1 below."""
    dice = np.random.default_rng(3)
    fits = dice.permutation(400) / 400
    women = np.tile([True, False], 200)
    pairs = pd.DataFrame({
        "job": np.repeat(np.arange(20), 20), "one": np.arange(400), "fits": fits,
        "sex": np.where(women, "women", "men"), "score": fits - 0.1 * women + 0.1,
    })  # fmt: skip
    roles = {"query": "job", "item": "one", "score": {"column": "score"}, "relevance": "fits"}
    found = estimates(alike.score_at_relevance(case_of(pairs, roles), by="sex"))
    fifth = np.minimum((fits * 400).astype(int) // 80, 4)
    by_hand = pairs["score"].groupby([fifth, pairs["sex"]]).mean().unstack().mean()
    assert found["women"] == pytest.approx(by_hand["women"], abs=1e-4)
    assert found["men"] == pytest.approx(by_hand["men"], abs=1e-4)


def test_gain_is_not_added_up_where_relevance_falls_below_0():
    case = case_of(TEN.assign(fits=[1, -1] * 10))
    for name in ("ndcg", "exposure_per_relevance"):
        assert "falls below 0" in MATCHING[name].lacks(case)


def test_the_first_stage_is_told_to_be_of_all():
    case = case_of(TEN, {**ROLES, "clicked": "clicked"})
    said = [f.says for f in wf.audit(case).findings if f.measure == "stage_share"]
    assert said
    assert all("who came to the stage before (“clicked”: all)" in each for each in said)


def test_people_with_a_table_beside_keep_a_group_that_stands_in_the_pairs():
    pairs = TEN.assign(one=np.arange(20))
    people = pd.DataFrame({"one": np.arange(25), "age": 30})
    roles = {"query": "job", "item": "one", "rank": "place"}
    case = case_of(pairs, roles, tables={"people": {"path": people, "key": "one", "role": "item"}})
    found = both_sides.coverage(case, by="sex").table
    stood = found[found["at"] == "stood in a list"].set_index("group")
    assert stood["n"].to_dict() == {"men": 10, "women": 10, "not recorded": 5}
    assert stood["estimate"].to_dict() == {"men": 1.0, "women": 1.0, "not recorded": 0.0}

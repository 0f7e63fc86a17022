"""The same score, another treatment: counted by hand, counted again, R's numbers, planted."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_override_rates import DECLARED, MEETINGS, case_of
from test_planted import case_of as drawn_case

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.estimators.strata import jackknife_adjusted_gap
from wfaudit.findings import review
from wfaudit.measures.overrides.adjustment import QUESTIONS, _gaps, adjusted, crude
from wfaudit.measures.overrides.alike import MEASURE, WAYS, held

R = json.loads((Path(__file__).parent / "oracles" / "strata.json").read_text("utf-8"))["values"]
TIERS = ["low", "medium", "high"]
# of four women and four men rated high, two and one are moved down; of two women and six men rated
# medium, one and none
MOVED = """
group  tier    decision  n
women  high    medium    2
women  high    high      2
women  medium  low       1
women  medium  medium    1
men    high    medium    1
men    high    high      3
men    medium  medium    6
"""


def made(people, tiers=TIERS, reference="men", **roles):
    roles = {
        "tier": {"column": "tier", "order": list(tiers)}, "decision": {"column": "decision", "order": list(tiers)},
        **roles,
    }  # fmt: skip
    return wf.Case.from_dict(
        {"source": people, "roles": roles, "groups": {"group": {"reference": reference}}}
    )


def repeated(table):
    return table.loc[table.index.repeat(table["n"])].drop(columns="n").reset_index(drop=True)


def row_of(result, group):
    table = result.table.set_index("group")
    return table.loc[group]


# --- by hand


def test_the_pooled_gap_is_what_a_reader_counts_by_hand():
    lines = [line.split() for line in MOVED.strip().splitlines()]
    people = pd.DataFrame(lines[1:], columns=lines[0]).astype({"n": int})
    case = made(repeated(people))
    found = row_of(adjusted(case, "override_down_rate", by="group"), "women")
    # rated high: 2/4 less 1/4, weight 4 * 4 / 8 = 2; rated medium: 1/2 less 0/6, weight 2 * 6 / 8 = 1.5
    assert found["estimate"] == pytest.approx((2 * 0.25 + 1.5 * 0.5) / 3.5)
    assert (found["n"], found["n_reference"]) == (6, 10)
    assert found["note"] == "all scores together +40.0 in 100; 2 strata"
    assert row_of(crude(case, "override_down_rate", by="group"), "women")["estimate"] == 3 / 6
    up = row_of(adjusted(case, "override_up_rate", by="group"), "women")
    assert up["estimate"] == 0
    assert up["low"] < 0 < up["high"]


def test_only_people_whose_caseworker_saw_the_advice_are_held_against_each_other():
    found = adjusted(case_of(MEETINGS), by="sex")
    women = row_of(found, "women")
    # seen: women 1, 2, 3 (high; two moved down) and 6 (low); men 7, 8 (high; one moved down), 9 (medium)
    assert women["estimate"] == pytest.approx(2 / 3 - 1 / 2)
    assert (women["n"], women["n_reference"]) == (3, 2)
    assert "saw the advice" in found.definition


# --- counted again


def counted_again(people, group, reference):
    """The same, slowly: a bin for each person by how many of the tier have a lower score."""
    bins = []
    for person in people.itertuples():
        tier = people[people["tier"] == person.tier]
        many = min(max(len(tier) // 30, 1), 20)
        below = (tier["score"] < person.score).sum() + (tier["score"] == person.score).sum() / 2
        bins.append((person.tier, int(many * below / len(tier))))
    people = people.assign(stratum=bins, moved=people["decision"] != people["tier"])
    over = under = 0.0
    for _, here in people.groupby("stratum"):
        mine, theirs = (here[here["group"] == g]["moved"] for g in (group, reference))
        if len(mine) and len(theirs):
            weight = len(mine) * len(theirs) / (len(mine) + len(theirs))
            over += weight * (mine.mean() - theirs.mean())
            under += weight
    return over / under if under else np.nan


def drawn(seed, n):
    dice = np.random.default_rng(seed)
    score = np.round(dice.random(n), 2)
    tier = np.array(TIERS)[np.searchsorted([0.4, 0.8], score)]
    decision = np.where(dice.random(n) < 0.2, np.array(TIERS)[dice.integers(0, 3, n)], tier)
    group = np.array(["men", "women", "nobody said"])[dice.integers(0, 3, n)]
    return pd.DataFrame({"group": group, "tier": tier, "decision": decision, "score": score})


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(12, 300))
def test_bins_of_scores_are_what_counting_each_person_gives(seed, n):
    people = drawn(seed, n)
    people = pd.concat([people, people.head(2).assign(group=["men", "women"])], ignore_index=True)
    case = made(people, score={"column": "score", "resolution": 0.01})
    found = row_of(adjusted(case, by="group"), "women")["estimate"]
    assert found == pytest.approx(counted_again(people, "women", "men"), abs=1e-12, nan_ok=True)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(4, 57))
def test_with_one_stratum_the_adjusted_gap_is_the_crude_one(seed, n):
    people = drawn(seed, n).assign(tier="medium")  # fewer than 60 people are one bin
    people = pd.concat([people, people.head(2).assign(group=["men", "women"])], ignore_index=True)
    case = made(people, score={"column": "score", "resolution": 0.01})
    for rate in WAYS:
        women = row_of(adjusted(case, rate, by="group"), "women")
        plain = row_of(wf.gaps(case, rate, by="group"), "women")
        assert women["estimate"] == pytest.approx(plain["estimate"], abs=1e-12)
        assert women["note"].endswith("; 1 stratum")


def test_swapping_the_groups_turns_the_gap_round():
    case = made(drawn(1, 500), score={"column": "score", "resolution": 0.01})
    one = row_of(adjusted(case, by="group"), "women")
    other = row_of(adjusted(case, by="group", reference="women"), "men")
    assert one["estimate"] == pytest.approx(-other["estimate"], abs=1e-12)
    assert one["low"] == pytest.approx(-other["high"], abs=1e-9)


def test_a_tier_has_at_most_twenty_bins_and_at_least_thirty_people_a_bin():
    score = {"column": "score", "resolution": 0.01}
    for people, most in ((drawn(2, 3_000), 60), (drawn(2, 200), 200 // 30)):
        (found,) = held(made(people, score=score), ("group",), "override_rate")
        assert found.people.n.sum() == len(people)
        assert found.people.n.shape[1] <= most


# --- someone else's numbers


def test_berkeley_in_1973_gives_the_gap_and_the_limits_that_r_gives():
    """Six departments stand for six kinds of advice; being admitted for being moved up (R: metafor)."""
    tiers, r = [f"department {i}" for i in range(7)], R["berkeley"]
    lines = [
        (group, tiers[at], tiers[at + moved], n)
        for group, k_of, n_of in (("women", r["k"], r["n"]), ("men", r["k_ref"], r["n_ref"]))
        for at, (k, m) in enumerate(zip(k_of, n_of, strict=True))
        for moved, n in ((1, k), (0, m - k))
    ]
    people = repeated(pd.DataFrame(lines, columns=["group", "tier", "decision", "n"]))
    found = row_of(adjusted(made(people, tiers), "override_up_rate", by="group"), "women")
    assert found["estimate"] == pytest.approx(r["gap"], abs=1e-12)
    assert (found["low"], found["high"]) == pytest.approx(
        (r["score_low"], r["score_high"]), abs=1e-9
    )
    assert found["note"].startswith("all scores together -14.2 in 100")


def test_over_clusters_the_limits_are_those_of_the_jackknife_of_the_estimators():
    dice = np.random.default_rng(3)
    people = drawn(3, 600).assign(office=dice.integers(0, 20, 600))
    people = people[people["group"] != "nobody said"]
    case = made(people, score={"column": "score", "resolution": 0.01}, cluster="office")
    found = adjusted(case, by="group")
    women = row_of(found, "women")
    (of_all,) = held(case, ("group",), "override_rate")
    cluster, group, stratum, side, n = of_all.people.cells
    table = np.zeros((20, *of_all.people.n.shape))
    np.add.at(table, (cluster, group, stratum, side), n)
    of = {name: at for at, name in enumerate(of_all.names)}
    sides = [table[:, of[g]] for g in ("women", "men")]
    knife = jackknife_adjusted_gap(*[x for s in sides for x in (s[..., 0], s.sum(axis=-1))])
    assert (women["low"], women["high"]) == pytest.approx(knife.interval(0.95), abs=1e-12)
    assert "leaves out one cluster at a time" in found.interval
    assert found.evidence["clusters"].dropna().tolist() == [20]
    alone = crude(case, by="group").evidence
    assert (alone["transform"] == "logit").all()


def test_where_only_people_without_a_score_were_decided_on_nobody_is_held():
    people = drawn(5, 60).assign(office=[*range(12)] * 5)
    people.loc[:49, "score"] = np.nan
    people.loc[50:, "decision"] = None
    score = {"column": "score", "resolution": 0.01, "missing": "group"}
    found = adjusted(made(people, score=score, cluster="office"), by="group")
    assert found.table["n"].tolist() == [0, 0, 0]
    assert found.table["estimate"].dropna().tolist() == [0]  # the reference beside itself


def test_each_office_holds_as_many_of_a_group_as_counting_them_gives():
    dice = np.random.default_rng(5)
    people = drawn(5, 900).assign(office=dice.integers(0, 9, 900))
    score = {"column": "score", "resolution": 0.01}
    case = made(people, score=score, cluster="office")
    (found,) = held(case, ("group",), "override_down_rate")
    (crowd,) = held(made(people, score=score), ("group",), "override_down_rate")
    np.testing.assert_array_equal(found.people.n, crowd.people.n)
    for at, group in enumerate(found.names):
        own = found.people.n[at] - found.people.without_each(at, 0, found.people.clusters)
        np.testing.assert_array_equal(own.sum(axis=0), found.people.n[at])
        seen = people[people["group"] == group].groupby("office").size()
        assert own.sum(axis=(1, 2)).tolist() == seen.reindex(range(9), fill_value=0).tolist()


# --- what was planted


def judged(on, seed):
    case = drawn_case("asta", on, seed)
    findings = review(list(QUESTIONS[MEASURE].ask(case)))
    return {(f.by, f.group, f.at) for f in findings if f.answer == "raised"}, findings


def test_people_with_the_same_score_moved_down_by_origin_are_found():
    raised = [judged(["overrides by origin"], seed)[0] for seed in range(8)]
    assert sum(("origin", "non-western", "down") in found for found in raised) >= 7
    for by, group, at in set().union(*raised):
        assert ("origin" in by, "non-western" in group, at != "up") == (True,) * 3


def test_nothing_is_found_where_everybody_is_treated_alike():
    for seed in range(3):
        raised, findings = judged([], seed)
        assert len(findings) > 20
        assert raised == set()


def test_a_gap_that_comes_from_the_score_alone_goes_away():
    gaps = {"crude": [], "held": []}
    for seed in range(4):
        case = drawn_case("asta", ["risk by origin"], seed)
        table = wf.gaps(case, "override_down_rate", by="origin").table
        gaps["crude"].append(table.set_index("group").loc["non-western", "estimate"])
        gaps["held"].append(
            row_of(adjusted(case, "override_down_rate", by="origin"), "non-western")["estimate"]
        )
    assert np.mean(gaps["crude"]) > 0.01
    assert abs(np.mean(gaps["held"])) < 0.01


def test_the_finding_tells_both_sides_and_then_the_gap_of_people_alike():
    _, findings = judged(["overrides by origin"], 0)
    (finding,) = [f for f in findings if (f.by, f.group, f.at) == ("origin", "non-western", "down")]
    assert finding.says.startswith(
        "Of 100 people of non-western origin who saw the advice, with a decision, 12.7 were moved from the "
        "advice (down), of 100 people of Danish origin, 3.4; held against people with the same advice and "
        "like scores: 9.4 more"
    )


# --- limits of rare overrides


@pytest.mark.parametrize("times", [150, pytest.param(1_000, marks=pytest.mark.long)])
def test_the_limits_hold_where_overrides_are_as_rare_as_58_in_10_000(times):
    dice, within = np.random.default_rng(5), 0
    people = {
        "group": ["women", "men"] * 2,
        "tier": ["low", "low", "high", "high"],
        "decision": "low",
    }
    (like,) = held(made(pd.DataFrame(people)), ("group",), "override_rate")
    many = np.array([[1_500, 1_500], [120, 120]])  # men, women; of each stratum
    for _ in range(times):
        k = dice.binomial(many, 0.0058)
        drawn_anew = replace(like.people, n=np.stack([k, many - k], axis=-1))
        women = _gaps(replace(like, people=drawn_anew), "men")[1]
        within += women["low"] <= 0 <= women["high"]
    assert within / times >= 0.93 - (2.5 * np.sqrt(0.95 * 0.05 / times) if times < 500 else 0)


# --- what is refused, and who is told to be missing


def test_what_cannot_be_asked_is_said():
    case = made(drawn(1, 50))
    with pytest.raises(AuditError, match="No override rate called 'override_rat'"):
        adjusted(case, "override_rat", by="group")
    with pytest.raises(AuditError, match="No group of group is called 'children'"):
        adjusted(case, by="group", reference="children")
    roles = {k: v for k, v in DECLARED["roles"].items() if k != "decision"}
    lacking = case_of(MEETINGS, roles=roles, rules={})
    assert QUESTIONS[MEASURE].lacks(lacking) == "the case declares no decision"
    with pytest.raises(AuditError, match="adjusted_override_gap needs decision"):
        adjusted(lacking, by="sex")
    assert "no single people" in QUESTIONS[MEASURE].lacks(wf.load("ll144/selection"))


def test_groups_of_whom_none_had_the_same_advice_have_no_gap():
    people = pd.DataFrame({
        "group": ["women"] * 5 + ["men"] * 5, "tier": ["high"] * 5 + ["low"] * 5, "decision": "low",
    })  # fmt: skip
    row = row_of(adjusted(made(people), by="group"), "women")
    assert np.isnan(row["estimate"])
    assert row["note"] == "nobody in the group and the reference had the same advice"


def test_people_without_a_score_are_left_out():
    people = drawn(7, 100)
    people.loc[:19, "score"] = np.nan
    case = made(people, score={"column": "score", "resolution": 0.01, "missing": "group"})
    assert crude(case, by="group").table["n"].sum() == 80

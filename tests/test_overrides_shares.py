"""Who meets whom and of whom something is missing: counted by hand, held to laws and to what was planted."""

import io
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_ind

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.estimators.intervals import newcombe, wilson
from wfaudit.findings import review
from wfaudit.measures.overrides.shares import (
    QUESTIONS,
    answered,
    label_shares,
    missing_inputs,
    outcome_by_route,
)
from wfaudit.synthetic import Dice
from wfaudit.synthetic.populations import population

HERE = Path(__file__).parent
# "-" is not recorded, "n/a" the word of one input for the same; "done" is how many of ten questions
MET = """
who sex   seen   route   by    work done health  skill
1   women phone  self    Alder yes  8    yes     high
2   women phone  self    Alder no   10   n/a     low
3   women phone  desk    Birch no   6    -       low
4   women person desk    Birch yes  -    no      -
5   women person self    Alder -    2    yes     high
6   women -      self    Alder no   9    no      low
7   men   person desk    Birch yes  10   yes     low
8   men   person desk    Birch yes  10   no      high
9   men   person self    Alder no   7    n/a     high
10  men   phone  desk    Alder no   5    no      low
"""
DECLARED = {
    "missing": ["-"],
    "roles": {
        "channel": "seen", "route": "route", "provider": "by", "outcome": "work", "answers": "done",
    },
    "groups": {"sex": {"reference": "men"}},
    "inputs": {"health": {"missing": ["n/a"]}, "skill": {}, "who": {}},
    "tolerance": {"default": {"gap": 0.05}},
}  # fmt: skip


def met(times=1, **more):
    people = pd.read_csv(io.StringIO(MET), sep=r"\s+", dtype=str, keep_default_na=False)
    people = pd.concat([people] * times, ignore_index=True)
    return wf.Case.from_dict({**DECLARED, **more, "source": people})


def counted(result):
    """How many of how many, by label and group."""
    keys = zip(result.table["at"], result.table["group"], strict=True)
    pairs = zip(result.evidence["k"], result.evidence["n"], strict=True)
    return {f"{at}: {g}": pair for (at, g), pair in zip(keys, pairs, strict=True)}


def test_the_share_of_each_channel_is_what_a_reader_counts_by_hand():
    found = label_shares(met(), "channel", by="sex")
    assert counted(found) == {
        "person: men": (3, 4), "person: women": (2, 6), "phone: men": (1, 4), "phone: women": (3, 6),
        "not recorded: men": (0, 4), "not recorded: women": (1, 6),
    }  # fmt: skip
    row = found.to_frame().set_index(["at", "group"]).loc[("phone", "women")]
    assert (row["low"], row["high"]) == pytest.approx([x[0] for x in wilson([3.0], [6.0])])


def test_a_gap_of_shares_has_newcombes_interval_and_the_counts_behind_it():
    found = label_shares(met(times=4), "route", by="sex", compare=True)
    row = found.to_frame().set_index(["at", "group"]).loc[("self", "women")]
    assert row["estimate"] == pytest.approx(4 / 6 - 1 / 4)
    told = [float(x[0]) for x in newcombe([16.0], [24.0], [4.0], [16.0])]
    assert (row["low"], row["high"]) == pytest.approx(told)
    says = {f.at: f.says for f in review([label_shares(met(times=4), "route", by="sex"), found])}
    assert says["self"].startswith(
        "Of 100 women, 67 were served by the route “self”; of 100 men, 25"
    )


def test_labels_are_told_in_the_words_and_the_order_of_a_group_on_the_same_column():
    group = {
        "column": "seen",
        "levels": ["by phone", "in person"],
        "labels": {"phone": "by phone", "person": "in person"},
    }
    case = met(groups={"sex": {"reference": "men"}, "channel": {**group, "reference": "in person"}})
    found = label_shares(case, "channel", by="sex").to_frame()
    assert list(dict.fromkeys(found["at"])) == ["by phone", "in person", "not recorded"]
    asked = {result.by for result in QUESTIONS["channel_share"].ask(case)}
    assert asked == {(), ("sex",)}  # of the group itself the answer would be all or none


def test_an_input_is_missing_by_the_cases_words_and_by_its_own():
    found = counted(missing_inputs(met(), by="sex"))
    assert found == {
        "health: men": (1, 4), "health: women": (2, 6), "skill: men": (0, 4), "skill: women": (1, 6),
    }  # fmt: skip
    complete = met(inputs={"who": {}})
    assert (
        QUESTIONS["missing_input_share"].lacks(complete)
        == "every declared input is available for everybody"
    )
    with pytest.raises(AuditError, match="every declared input is available"):
        missing_inputs(complete)


def test_answers_are_shares_of_the_most_that_anybody_answered():
    case = met(times=4)
    found = answered(case, by="sex").to_frame().set_index("group")
    assert found.loc["women", ["n", "estimate"]].tolist() == [
        20,
        pytest.approx((8 + 10 + 6 + 2 + 9) / 50),
    ]
    assert found.loc["men", "estimate"] == pytest.approx((10 + 10 + 7 + 5) / 40)
    gap = answered(case, by="sex", compare=True).to_frame().set_index("group").loc["women"]
    sides = [np.tile(x, 4) / 10 for x in ([8, 10, 6, 2, 9], [10, 10, 7, 5])]
    told = ttest_ind(*sides, equal_var=False).confidence_interval(0.95)
    assert (gap["low"], gap["high"]) == pytest.approx((told.low, told.high))


def test_the_outcome_by_route_counts_those_of_whom_it_is_known():
    assert counted(outcome_by_route(met(), by="sex")) == {
        "desk: men": (2, 3), "desk: women": (1, 2), "self: men": (0, 1), "self: women": (1, 3),
    }  # fmt: skip


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y", "z", None])),
        min_size=2,
        max_size=40,
    )
)
@settings(max_examples=25, deadline=None)
def test_the_shares_of_a_group_add_up_to_one_and_swapping_groups_turns_the_gap(people):
    table = pd.DataFrame(people, columns=["town", "seen"])
    if table["seen"].notna().sum() == 0:
        return
    case = wf.Case.from_dict(
        {"source": table, "roles": {"channel": "seen"}, "groups": {"town": {}}}
    )
    shares = label_shares(case, "channel", by="town").to_frame()
    assert shares.groupby("group")["estimate"].sum().to_numpy() == pytest.approx(1)
    first, second = table["town"].iloc[0], table["town"].iloc[-1]
    if first != second:
        one, other = (
            label_shares(case, "channel", by="town", compare=r)
            .to_frame()
            .set_index(["at", "group"])
            for r in (first, second)
        )
        mine, theirs = one.xs(second, level="group"), other.xs(first, level="group")
        assert mine["estimate"].to_numpy() == pytest.approx(-theirs["estimate"].to_numpy())
        assert mine["low"].to_numpy() == pytest.approx(-theirs["high"].to_numpy())


def test_shares_over_clusters_have_the_jackknife_that_rates_have():
    rng = np.random.default_rng(4)
    people = pd.DataFrame({
        "office": rng.integers(0, 12, 300), "seen": rng.choice(["phone", "person"], 300),
        "sex": rng.choice(["women", "men"], 300),
    })  # fmt: skip
    people["phoned"] = people["seen"] == "phone"
    roles = {"cluster": "office", "channel": "seen", "flagged": "phoned"}
    case = wf.Case.from_dict(
        {"source": people, "roles": roles, "groups": {"sex": {"reference": "men"}}}
    )
    for mine, theirs in (
        (label_shares(case, "channel", by="sex"), wf.rates(case, "selection_rate", by="sex")),
        (
            label_shares(case, "channel", by="sex", compare=True),
            wf.gaps(case, "selection_rate", by="sex"),
        ),
    ):
        here = mine.to_frame().query("at == 'phone'")[["estimate", "low", "high"]].to_numpy()
        told = theirs.to_frame()[["estimate", "low", "high"]].to_numpy()
        np.testing.assert_allclose(here, told, atol=1e-12)


def test_providers_that_stand_within_a_region_are_shown_and_not_judged_by_region():
    rng = np.random.default_rng(6)
    region = rng.choice(["north", "south"], 400)
    people = pd.DataFrame({
        "region": region, "sex": rng.choice(["women", "men"], 400),
        "by": [f"{r} {i % 3}" for i, r in enumerate(region)],
    })  # fmt: skip
    groups = {"region": {"reference": "north"}, "sex": {"reference": "men"}}
    declared = {
        "roles": {"provider": "by"},
        "groups": groups,
        "tolerance": {"default": {"gap": 0.05}},
    }
    case = wf.Case.from_dict({"source": people, **declared})
    results = list(QUESTIONS["provider_share"].ask(case))
    assert {r.by: r.judged for r in results if r.kind == "gap"} == {
        ("region",): False,
        ("sex",): True,
    }
    assert {f.by for f in review(results)} == {"sex"}


def test_what_can_not_be_asked_says_why():
    case = met(roles={"outcome": "work"}, inputs={})
    assert QUESTIONS["channel_share"].lacks(case) == "the case declares no channel"
    assert QUESTIONS["missing_input_share"].lacks(case) == "the case declares no inputs"
    assert QUESTIONS["outcome_by_route_rate"].lacks(case) == "the case declares no route"
    many = pd.DataFrame({"sex": ["a", "b"] * 60, "office": range(120)})
    crowded = wf.Case.from_dict(
        {"source": many, "roles": {"office": "office"}, "groups": {"sex": {}}}
    )
    assert (
        QUESTIONS["office_share"].lacks(crowded)
        == "office has 120 labels, and shares are told of up to 50"
    )
    with pytest.raises(AuditError, match="No role with labels called 'chanel'"):
        label_shares(met(), "chanel")
    with pytest.raises(AuditError, match="rows are declared to weigh more"):
        answered(met(roles={**DECLARED["roles"], "weight": "done"}))


# --- what was planted


def invented(name, on, seed, n=6_000):
    declared = tomllib.loads(
        (HERE.parent / "datasets" / name / "case.toml").read_text(encoding="utf-8")
    )
    people = population(name).draw(Dice(seed=seed, chunk=0, n=n), on)
    return wf.Case.from_dict({**declared, "source": people})


def raised(question, case):
    return {
        (f.by, f.group, f.at)
        for f in review(list(QUESTIONS[question].ask(case)))
        if f.answer == "raised"
    }


@pytest.mark.parametrize(
    ("name", "planted", "question", "what"),
    [
        (
            "channels",
            "one input missing by video",
            "missing_input_share",
            ("channel", "by video", "health limits work"),
        ),
        ("channels", "channel by age", "channel_share", ("age", "50 and over", "by phone")),
        ("preparation", "answers missing", "answered_share", ("Danish", "little Danish", "")),
        ("providers", "referral by origin", "provider_share", ("origin", "born abroad", "Willow")),
        (
            "routing",
            "self-service by origin",
            "route_share",
            ("origin", "born abroad", "self-service"),
        ),
        (
            "routing",
            "digital skill",
            "outcome_by_route_rate",
            ("digital skill", "low digital skill", "self-service"),
        ),
    ],
)
def test_what_was_planted_in_shares_is_found(name, planted, question, what):
    found = [raised(question, invented(name, [planted], seed)) for seed in range(5)]
    assert sum(what in one for one in found) >= 4


def test_inputs_missing_by_origin_are_found_in_the_asta_like_people():
    pytest.importorskip("sklearn")
    found = raised("missing_input_share", invented("asta", ["missing by origin"], 1))
    assert ("origin", "non-western", "municipalities with an earlier case") in found
    assert raised("missing_input_share", invented("asta", [], 1)) == set()


@pytest.mark.parametrize("name", ["channels", "preparation", "providers", "routing", "referrals"])
def test_no_share_is_raised_where_nothing_was_planted(name):
    for seed in range(2):
        case = invented(name, [], seed)
        can = [question for question, asked in QUESTIONS.items() if not asked.lacks(case)]
        assert can
        assert [raised(question, case) for question in can] == [set()] * len(can)

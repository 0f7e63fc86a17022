"""Providers beside what was to be expected of the people they served: by hand, by rows, by what was planted."""

import io
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.findings import review
from wfaudit.measures.overrides.providers import QUESTIONS, outcome_by_provider, value_added
from wfaudit.synthetic import Dice
from wfaudit.synthetic.populations import population

HERE = Path(__file__).parent
# what is expected of them, whether they found work, who served them; "-" is not recorded
SERVED = """
who sex   hope tier by    work
1   women 0.20 far  Alder no
2   women 0.30 far  Alder no
3   men   0.40 far  Alder yes
4   men   0.60 near Alder yes
5   men   0.80 near Alder no
6   women 0.70 near Alder yes
7   women 0.20 far  Birch no
8   men   0.30 far  Birch no
9   men   0.40 far  Birch no
10  women 0.60 near Birch no
11  women 0.80 near Birch yes
12  men   0.90 near Birch yes
13  men   0.50 near Birch -
14  men   0.50 near -     yes
"""
DECLARED = {
    "missing": ["-"],
    "roles": {
        "score": {"column": "hope", "probability": True}, "provider": "by", "outcome": "work",
        "tier": {"column": "tier", "order": ["far", "near"]},
    },
    "groups": {"sex": {"reference": "men"}},
    "tolerance": {"default": {"gap": 0.05}},
}  # fmt: skip


def people_of(times=1):
    people = pd.read_csv(io.StringIO(SERVED), sep=r"\s+", dtype=str)
    return pd.concat([people] * times, ignore_index=True)


def served(times=5, **more):
    return wf.Case.from_dict({**DECLARED, **more, "source": people_of(times)})


def by_hand(times=1):
    """Outcome less expected, person by person, of those of whom both and the provider are known."""
    people = people_of(times)
    people = people[(people["work"] != "-") & (people["by"] != "-")]
    return people.assign(left=(people["work"] == "yes") - people["hope"].astype(float))


def test_value_added_is_the_outcome_less_what_was_expected_of_the_same_people():
    found = value_added(served()).to_frame().set_index("group")
    # Alder: 3 of 6 found work, and 0.2 + 0.3 + 0.4 + 0.6 + 0.8 + 0.7 = 3.0 were expected
    assert found.loc["Alder", ["n", "estimate"]].tolist() == [30, pytest.approx(0, abs=1e-12)]
    # Birch: 2 of 6, and 3.2 were expected
    assert found.loc["Birch", ["n", "estimate"]].tolist() == [30, pytest.approx((2 - 3.2) / 6)]
    assert list(found.index) == ["Alder", "Birch"]  # nobody's people are no provider


def test_its_interval_is_that_of_a_mean_of_the_rows_and_the_comparison_is_with_what_was_expected():
    row = value_added(served(), compare=True).to_frame().set_index("group").loc["Birch"]
    left = by_hand(5).query("by == 'Birch'")["left"].to_numpy()
    arm = t.ppf(0.975, len(left) - 1) * left.std(ddof=1) / np.sqrt(len(left))
    assert row["reference"] == "expected"
    assert (row["low"], row["high"]) == pytest.approx((left.mean() - arm, left.mean() + arm))
    big = served(times=40)
    (finding,) = [
        f for f in review([value_added(big), value_added(big, compare=True)]) if f.group == "Birch"
    ]
    assert finding.answer == "raised"
    assert finding.says.startswith(
        "Of 100 people with the provider Birch, those who had the outcome, compared with those expected: "
        "20.0 fewer, 95 % interval 16.5 to 23.5 fewer (n = 240 and 240)."
    )


def test_each_group_has_its_own_expectation_at_each_provider():
    found = value_added(served(times=20), by="sex").to_frame().set_index(["at", "group"])
    for (by, sex), rows in by_hand().groupby(["by", "sex"]):
        assert found.loc[(by, sex), "n"] == 20 * len(rows)
        if not found.loc[(by, sex), "note"]:
            assert found.loc[(by, sex), "estimate"] == pytest.approx(rows["left"].mean())
    told = outcome_by_provider(served(), by="sex")
    counts = dict(
        zip(
            zip(told.table["at"], told.table["group"], strict=True), told.evidence["k"], strict=True
        )
    )
    assert counts[("Alder", "men")] == 10
    assert counts[("Birch", "women")] == 5


def test_without_a_probability_the_same_tier_and_group_at_other_providers_is_expected():
    roles = {**DECLARED["roles"], "score": {"column": "hope"}}
    case = served(times=10, roles=roles, groups={"sex": {"reference": "men"}})
    found = value_added(case).to_frame().set_index("group")
    # who has no provider on record is counted among the others: one man near to work, in work
    # Alder's women far: Birch 0 of 1; men far: 0 of 2; women near: 1 of 2; men near: 1 of 1 and 1 of 1
    expected = (2 * 0 + 1 * 0 + 1 * 0.5 + 2 * 1.0) / 6
    assert found.loc["Alder", "estimate"] == pytest.approx(3 / 6 - expected)
    # Birch's women far: Alder 0 of 2; men far: 1 of 1; women near: 1 of 1; men near: 2 of 3
    expected = (1 * 0 + 2 * 1.0 + 2 * 1.0 + 1 * 2 / 3) / 6
    assert found.loc["Birch", "estimate"] == pytest.approx(2 / 6 - expected)


def test_who_has_no_peers_at_another_provider_is_left_out():
    people = pd.DataFrame({
        "by": ["a"] * 60 + ["b"] * 60, "tier": ["low", "high"] * 30 + ["low"] * 60,
        "work": [True, False, False, False] * 30,
    })  # fmt: skip
    roles = {
        "provider": "by",
        "outcome": "work",
        "tier": {"column": "tier", "order": ["low", "high"]},
    }
    found = value_added(wf.Case.from_dict({"source": people, "roles": roles})).to_frame()
    assert found["n"].tolist() == [30, 60]
    assert found["estimate"].tolist() == pytest.approx([1 / 2 - 1 / 4, 1 / 4 - 1 / 2])


@pytest.mark.parametrize("scored", [True, False], ids=["score", "peers"])
def test_limits_hold_what_a_provider_adds_in_93_of_100_years(scored):
    rng, inside, told = np.random.default_rng(9), [], 0
    adds = np.tile([0.0, 0.0, -0.1, 0.05, 0.0], 4)
    for _ in range(50):
        hope = rng.integers(2, 9, 1_600) / 10
        by = rng.integers(0, len(adds), 1_600)
        people = pd.DataFrame({
            "by": [f"p{i:02d}" for i in by], "hope": hope, "tier": [f"t{int(10 * h)}" for h in hope],
            "work": rng.random(1_600) < hope + adds[by],
        })  # fmt: skip
        tiers = {"column": "tier", "order": [f"t{i}" for i in range(2, 9)]}
        roles = {"provider": "by", "outcome": "work", "tier": tiers}
        if scored:
            roles["score"] = {"column": "hope", "probability": True}
        found = value_added(wf.Case.from_dict({"source": people, "roles": roles})).to_frame()
        # beside the people of all others, who are served alike: what they add on average is expected too
        others = (np.sum(adds[by]) - adds * np.bincount(by)) / (len(by) - np.bincount(by))
        truth = adds - (0 if scored else others)
        inside += ((found["low"] <= truth) & (truth <= found["high"]))[found["note"] == ""].tolist()
        told += int((found["note"] == "").sum())
    assert told > 950
    assert np.mean(inside) >= 0.93


def test_over_clusters_an_office_at_a_time_is_left_out_and_peers_are_refused():
    people = by_hand(20).assign(office=lambda x: [f"o{i * 7 % 11}" for i in range(len(x))])
    roles = {**DECLARED["roles"], "cluster": "office"}
    case = wf.Case.from_dict({**DECLARED, "roles": roles, "source": people})
    result = value_added(case, compare=True)
    row = result.table["group"].tolist().index("Birch")
    birch = people[people["by"] == "Birch"]
    each = np.array(
        [birch.loc[birch["office"] != o, "left"].mean() for o in birch["office"].unique()]
    )
    se = np.sqrt((len(each) - 1) / len(each) * np.square(each - birch["left"].mean()).sum())
    assert result.evidence["se"][row] == pytest.approx(se, rel=1e-9)
    peers = wf.Case.from_dict(
        {**DECLARED, "roles": {**roles, "score": {"column": "hope"}}, "source": people}
    )
    assert "no interval is known" in QUESTIONS["value_added"].lacks(peers)
    with pytest.raises(AuditError, match="people come in clusters"):
        value_added(peers)


def test_a_provider_with_few_outcomes_keeps_its_row_and_says_why():
    found = value_added(served(times=1)).to_frame()
    assert set(found["note"]) == {"fewer than 10 with the outcome, or without: no interval"}


def test_what_is_not_declared_is_said():
    case = served(roles={"provider": "by"})
    assert QUESTIONS["value_added"].lacks(case) == "the case declares no outcome"
    assert (
        QUESTIONS["provider_outcome_rate"].lacks(served(roles={"outcome": "work"}))
        == "the case declares no provider"
    )
    timed = {"outcome": {"time": "hope", "observed": "work"}, "provider": "by"}
    assert "may be censored" in QUESTIONS["value_added"].lacks(served(roles=timed))


def test_providers_that_are_a_group_too_are_called_as_the_group():
    groups = {"agency": {"column": "by", "reference": "the rest", "labels": {"Alder": "Alder Ltd"}}}
    results = list(QUESTIONS["value_added"].ask(served(times=9, groups=groups)))
    assert {r.by for r in results} == {("agency",)}
    assert results[0].to_frame()["group"].tolist() == ["Alder Ltd", "Birch"]


def invented(on, seed):
    text = (HERE.parent / "datasets" / "providers" / "case.toml").read_text(encoding="utf-8")
    declared = tomllib.loads(text)
    declared["tolerance"]["value_added"] = {"gap": 0.02}
    people = population("providers").draw(Dice(seed=seed, chunk=0, n=6_000), on)
    return wf.Case.from_dict({**declared, "source": people})


def raised(case):
    results = [result for question in QUESTIONS.values() for result in question.ask(case)]
    return {(f.measure, f.by, f.group) for f in review(results) if f.answer == "raised"}


def test_the_provider_that_adds_less_is_found_and_nobody_else():
    found = [raised(invented(["one provider adds less"], seed)) for seed in range(5)]
    assert sum(one == {("value_added", "provider", "Willow")} for one in found) >= 4


@pytest.mark.parametrize("on", [[], ["provider creams"], ["spending follows ease"]])
def test_no_provider_is_raised_where_all_add_the_same(on):
    assert [raised(invented(on, seed)) for seed in range(3)] == [set()] * 3

"""Invented sanctions, routes and providers: what was planted is really there, in the size that is told."""

import importlib.util
import json
import re
import tomllib
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import wfaudit as wf
from wfaudit.synthetic import Dice, fingerprint, write
from wfaudit.synthetic.populations import population

DATASETS = Path(__file__).parent.parent / "datasets"
MANY = 50_000
NAMES = ("sanctions", "routing", "providers")
PLANTED = [(name, planted) for name in NAMES for planted in population(name).mechanisms]


def drawn(name, *on, n=MANY, seed=11):
    return population(name).draw(Dice(seed=seed, chunk=0, n=n), on)


def size(name, planted):
    return population(name).mechanisms[planted].size


def case_of(people, file):
    keys = tomllib.loads((DATASETS / f"{file}.toml").read_text(encoding="utf-8"))
    return wf.Case.from_dict({**keys, "source": people})


def raised(people, file):
    findings = wf.audit(case_of(people, file)).findings
    return {(f.measure, f.by) for f in findings if f.answer == "raised"}


def near(hits, expected, beside=None):
    """A share (less another one) lies within four standard errors of what was planted."""
    parts = [hits] if beside is None else [hits, beside]
    error = np.sqrt(sum(p.mean() * (1 - p.mean()) / len(p) for p in parts))
    found = hits.mean() - (0 if beside is None else beside.mean())
    assert 0 < error < 0.02
    return abs(found - expected) < 4 * error


# Planted sizes: sanctions ---------------------------------------------------------------------------


def test_where_the_rule_recommends_none_15_in_100_more_born_abroad_are_sanctioned():
    people = drawn("sanctions", "harsher at the same facts")
    spared = people[~people["recommended"]]
    here = spared["origin"] == "born here"
    planted = size("sanctions", "harsher at the same facts")
    assert near(spared["sanctioned"][~here], planted, beside=spared["sanctioned"][here])
    sanctioned = people[people["recommended"]].groupby("origin")["sanctioned"].mean()
    assert abs(sanctioned["born abroad"] - sanctioned["born here"]) < 0.02


def test_30_in_100_letters_to_people_born_abroad_are_lost_and_the_record_does_not_know():
    before, after = drawn("sanctions"), drawn("sanctions", "letters not received")
    abroad = before["origin"] == "born abroad"
    turned = before["no good reason"] & ~after["no good reason"]
    assert near(
        turned[abroad & before["no good reason"]], size("sanctions", "letters not received")
    )
    assert not turned[~abroad].any()
    assert (after.loc[turned, "excuse"] == "none").all()
    more = after["missed appointments"] - before["missed appointments"]
    assert (more[turned] == (before.loc[turned, "missed appointments"] < 3)).all()
    assert (after["notice on record"] == before["notice on record"]).all()


def test_where_letters_are_lost_groups_differ_and_decisions_at_the_same_facts_do_not():
    people = drawn("sanctions", "letters not received")
    by_origin = people.groupby("origin")["sanctioned"].mean()
    assert by_origin["born abroad"] - by_origin["born here"] > 0.1
    at_facts = people.pivot_table(
        index="profile", columns="origin", values="sanctioned", aggfunc="mean"
    )
    n = people.pivot_table(
        index="profile", columns="origin", values="sanctioned", aggfunc="size"
    ).min(axis=1)
    gap = (at_facts["born abroad"] - at_facts["born here"])[n > 100]
    assert len(gap) > 20
    assert (gap.abs() < 4 * np.sqrt(2 * 0.06 / n[n > 100])).all()


def test_the_harbour_office_sanctions_25_in_100_more_against_the_rule():
    before, after = drawn("sanctions"), drawn("sanctions", "rule broken by one office")
    turned = after["sanctioned"] & ~before["sanctioned"]
    harbour, spared = before["office"] == "harbour", ~before["recommended"]
    assert near(turned[harbour & spared], size("sanctions", "rule broken by one office"))
    assert not turned[~harbour | ~spared].any()


def test_deciders_differ_by_20_in_100_at_the_same_facts_and_offices_do_not():
    people = drawn("sanctions", "deciders differ")
    habit = people["decider"].str[1:].astype(int) % 10
    planted = size("sanctions", "deciders differ")
    for recommended, apart in ((False, habit < 3), (True, habit.between(3, 5))):
        departed = people["sanctioned"] != people["recommended"]
        asked = people["recommended"] == recommended
        assert near(departed[asked & apart], planted, beside=departed[asked & ~apart])
    offices = people[~people["recommended"]].groupby("office")["sanctioned"].mean()
    assert offices.max() - offices.min() < 0.03


def test_the_rule_can_be_recomputed_from_the_recorded_facts_and_the_profile_tells_them_all():
    people = drawn("sanctions", *population("sanctions").planted)
    again = (people["missed appointments"] >= 2) | people["earlier sanction"]
    rule = people["notice on record"] & (people["excuse"] != "accepted") & again
    assert (people["recommended"] == rule).all()
    facts = ["missed appointments", "excuse", "earlier sanction", "notice on record"]
    assert people["profile"].nunique() == 36
    assert (people.groupby("profile")[facts].nunique() == 1).all(axis=None)


# Planted sizes: routing -----------------------------------------------------------------------------


def test_40_in_100_of_low_digital_skill_in_self_service_do_not_find_the_work_they_would_have_found():
    before, after = drawn("routing"), drawn("routing", "digital skill")
    asked = before["found work"] & (before["digital skill"] == "low")
    lost = asked & ~after["found work"]
    alone = before["served by"] == "self-service"
    assert near(lost[asked & alone], size("routing", "digital skill"))
    assert not lost[~alone].any()
    assert after.loc[lost, "struck off"].all()
    others = before["digital skill"] != "low"
    assert (before["found work"] == after["found work"])[others].all()


def test_20_in_100_born_abroad_are_put_on_self_service_against_the_advice():
    before, after = drawn("routing"), drawn("routing", "self-service by origin")
    open_to = (before["advised"] != "self-service") & (before["served by"] != "self-service")
    abroad = before["origin"] == "born abroad"
    sent = after["served by"] == "self-service"
    assert near(sent[open_to & abroad], size("routing", "self-service by origin"))
    assert not sent[open_to & ~abroad].any()


def test_70_in_100_of_those_furthest_from_work_wait_180_days_longer():
    before, after = drawn("routing"), drawn("routing", "parking")
    far = before["readiness"] < 0.25
    days = "days to first contact"
    longer = after[days] != before[days]
    # whose wait was cut off by the end of the follow-up anyway shows no difference
    assert near(longer[far & before["spoken to"]], size("routing", "parking"))
    assert not longer[~far].any()
    seen = longer & after["spoken to"]
    assert ((after[days] - before[days])[seen] == 180).all()
    assert (after.loc[longer & ~after["spoken to"], "contacts"] == 0).all()


def test_people_are_spoken_to_once_more_for_each_quarter_of_readiness():
    before, after = drawn("routing"), drawn("routing", "creaming")
    more = after["contacts"] - before["contacts"]
    expected = size("routing", "creaming") * (before["readiness"] // 0.25)
    assert (more[before["spoken to"]] == expected[before["spoken to"]]).all()
    assert (more[~before["spoken to"]] == 0).all()
    assert (after["minutes"] * before["contacts"] == before["minutes"] * after["contacts"]).all()


def test_the_waiting_time_of_those_who_came_late_is_cut_off_earlier():
    people = drawn("routing", "parking")
    since = (pd.to_datetime(people["registered on"]) - pd.Timestamp("2025-01-01")).dt.days
    unseen = ~people["spoken to"]
    assert (people["days to first contact"] <= 455 - since).all()
    assert (people["days to first contact"] == 455 - since)[unseen].all()
    assert unseen[since > 300].mean() > unseen[since < 100].mean()
    assert (people.loc[unseen, ["contacts", "minutes"]] == 0).all(axis=None)


def test_without_a_mechanism_the_score_has_nothing_to_do_with_waiting_or_effort():
    people = drawn("routing")
    for column in ("days to first contact", "contacts", "minutes"):
        assert abs(people["readiness"].corr(people[column])) < 4 / np.sqrt(MANY)


# Planted sizes: providers ---------------------------------------------------------------------------


def test_birch_hands_back_50_in_100_more_of_those_who_are_not_near_to_work():
    people = drawn("providers", "provider creams")
    back = ~people["referral kept"]
    hard = people["rating"] != "near to work"
    birch = people["referred to"] == "Birch"
    assert near(
        back[birch & hard], size("providers", "provider creams"), beside=back[~birch & hard]
    )
    assert near(back[birch & ~hard], 0.03)
    assert (people["provider"] != people["referred to"]).equals(back)


def test_the_outcome_less_what_was_expected_tells_what_each_provider_adds():
    people = drawn("providers", "one provider adds less", "provider creams")
    added = people["in work"] - people["expected chance"]
    mean, error = added.groupby(people["provider"]).agg(["mean", "sem"]).to_numpy().T
    truth = np.array([0, 0, 0, 0, -size("providers", "one provider adds less")])
    assert (np.abs(mean - truth) < 4 * error).all()
    work = people.groupby("provider")["in work"].mean()
    assert work.idxmax() == "Birch"  # which adds nothing: it serves others


def test_40_in_100_born_abroad_are_referred_to_willow_out_of_turn():
    before, after = drawn("providers"), drawn("providers", "referral by origin")
    abroad, willow = before["origin"] == "born abroad", before["referred to"] == "Willow"
    sent = after["referred to"] == "Willow"
    assert near(sent[abroad & ~willow], size("providers", "referral by origin"))
    assert not sent[~abroad & ~willow].any()
    assert sent[willow].all()


def test_every_outcome_is_paid_2000_where_payments_follow_ease():
    flat = drawn("providers", "payments follow ease")
    fee = size("providers", "payments follow ease")
    assert (flat["payment"] == fee * flat["in work"]).all()
    far, near_work = (flat["rating"] == r for r in ("far from work", "near to work"))
    assert flat["payment"][near_work].mean() > 2 * flat["payment"][far].mean()


def test_without_a_mechanism_a_referral_is_worth_1000_whoever_is_referred():
    people = drawn("providers")
    worth = people["payment"].groupby(people["rating"]).agg(["mean", "sem"])
    assert (
        (worth["mean"] - 1000).abs() < 4 * worth["sem"] + 2
    ).all()  # fees are whole: below 1 less
    assert (people["payment"] > 0).equals(people["in work"])
    for column in ("contacts", "spending"):
        assert abs(people["expected chance"].corr(people[column])) < 4 / np.sqrt(MANY)


def test_spending_rises_by_100_for_each_tenth_of_the_expected_chance():
    before, after = drawn("providers"), drawn("providers", "spending follows ease")
    tenths = before["expected chance"] * 10
    more = (after["spending"] - before["spending"]).to_numpy(dtype=float)
    np.testing.assert_allclose(more, size("providers", "spending follows ease") * tenths)


def test_providers_are_taken_in_turn_by_the_number_of_the_case():
    people = drawn("providers", n=1_000)
    turn = people["person"].str[1:].astype(int) % 5
    assert people["referred to"].groupby(turn).nunique().tolist() == [1] * 5
    assert (people["referred to"].value_counts() == 200).all()


# What holds for all three -----------------------------------------------------------------------------

RECORD = ["missed appointments", "excuse", "profile", "recommended"]
CONTACT = ["days to first contact", "spoken to", "contacts", "minutes"]
TOUCHED = {
    "harsher at the same facts": ["sanctioned", "why"],
    "letters not received": [*RECORD, "sanctioned", "why", "no good reason"],
    "rule broken by one office": ["sanctioned", "why"],
    "deciders differ": ["sanctioned", "why"],
    "digital skill": ["struck off", "found work"],
    "self-service by origin": ["served by"],
    "parking": CONTACT,
    "creaming": ["contacts", "minutes"],
    "provider creams": ["referral kept", "provider"],
    "one provider adds less": ["in work", "payment"],
    "referral by origin": ["referred to", "provider"],
    "payments follow ease": ["payment"],
    "spending follows ease": ["spending"],
}


@pytest.mark.parametrize(("name", "planted"), PLANTED)
def test_a_mechanism_changes_only_what_it_touches(name, planted):
    without, with_it = drawn(name, n=3_000), drawn(name, planted, n=3_000)
    changed = [c for c in without if not without[c].equals(with_it[c])]
    assert changed == TOUCHED[planted]


@pytest.mark.parametrize("name", NAMES)
def test_without_a_mechanism_no_column_has_to_do_with_sex_origin_or_age(name):
    people = drawn(name)
    kept = people.drop(columns=["person", "sex", "origin", "age"])
    for by in ("sex", "origin", "age", *(["digital skill"] if name == "routing" else [])):
        levels = pd.get_dummies(people[by]).astype(float)
        for column in kept.columns.difference([by]):
            values = pd.Series(pd.factorize(kept[column], sort=True)[0]).astype(float)
            furthest = levels.apply(lambda level, v=values: abs(level.corr(v))).max()
            assert furthest < 4.5 / np.sqrt(MANY), (by, column)


@pytest.mark.parametrize(
    ("name", "score", "outcome"),
    [("routing", "readiness", "found work"), ("providers", "expected chance", "in work")],
)
def test_scores_are_the_true_chance_of_what_they_predict(name, score, outcome):
    people = drawn(name)
    in_ten = people.groupby(pd.qcut(people[score], 10))
    off = in_ten[outcome].mean() - in_ten[score].mean()
    assert (off.abs() < 4 * np.sqrt(0.25 / (MANY / 10))).all()


def test_who_is_referred_to_willow_is_found_by_origin_and_by_nothing_else():
    people = drawn("providers", "referral by origin", n=6_000)
    found = {("selection_rate", "origin"), ("selection_rate", "sex & origin")}
    assert raised(people, "providers/willow") == found
    assert raised(drawn("providers", n=6_000), "providers/willow") == set()


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("sanctions", "76d42ba85d8e8fef"),
        ("routing", "aad407fb3f894d2d"),
        ("providers", "b896ad79198b55cb"),
    ],
)
def test_the_values_of_a_seed_are_the_same_on_every_machine(name, first, tmp_path):
    on = partial(population(name).draw, on=population(name).planted)
    assert fingerprint(write(tmp_path / "a", on, n=2_000, seed=1, truth={}))[:16] == first


@pytest.mark.parametrize(
    ("name", "measure", "group", "says"),
    [
        (
            "sanctions", "false_positive_rate", "born abroad",
            "Of N people born abroad who turned out to have a good reason, N were recommended for a "
            "sanction; of N such people born here, N:",
        ),
        (
            "routing", "precision", "low digital skill",
            "Of N people of low digital skill who were advised to use self-service, N found work "
            "within N weeks; of N such people of high digital skill, N:",
        ),
        (
            "providers", "selection_rate", "Birch",
            "Of N people served by Birch, N were rated near to work; of N people of all other "
            "groups, N:",
        ),
    ],
)  # fmt: skip
def test_what_is_found_reads_as_a_sentence_about_people(name, measure, group, says):
    people = drawn(name, *population(name).planted, n=6_000)
    findings = wf.audit(case_of(people, f"{name}/case")).findings
    (found,) = [f for f in findings if (f.measure, f.group, f.answer) == (measure, group, "raised")]
    assert re.sub(r"\d+(\.\d)?", "N", found.says).startswith(says)


@pytest.mark.parametrize("name", NAMES)
def test_the_first_people_are_the_same_whatever_the_size(name):
    few, many = drawn(name, n=1_000), drawn(name, n=20_000)
    pd.testing.assert_frame_equal(few, many.iloc[:1_000])


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_builds_its_people_and_tells_what_was_planted_beside_them(name, tmp_path):
    path = DATASETS / name / "make.py"
    spec = importlib.util.spec_from_file_location(f"make_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.make(tmp_path / name)
    truth = json.loads((tmp_path / f"{name}.truth.json").read_text(encoding="utf-8"))
    named = [one["name"] for one in truth["planted"]]
    assert sorted(named) == sorted(population(name).planted)
    card = (DATASETS / name / "card.md").read_text(encoding="utf-8")
    assert tomllib.loads(card.split("+++")[1])["people"] == truth["people"]
    for file in sorted((DATASETS / name).glob("*.toml")):
        case = wf.read_case(file, source=tmp_path / name / "people.parquet")
        assert case.door.people == truth["people"]
        assert case.door.quality == ()

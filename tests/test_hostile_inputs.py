"""What a cell may hold, and must not: refused with a count and never a value, or kept and told."""

import subprocess
import sys

import duckdb
import numpy as np
import pandas as pd
import pytest
from entrance import (
    FLAGGED,
    SECRETS,
    crowd,
    everything,
    lay,
    levels,
    noticed,
    refused,
    reported,
    text,
)

import wfaudit as wf
from wfaudit.case import read_case

SCORE = 'score = "score"\n'
RISK = 'score = { column = "score", probability = true }'
TIER = 'tier = { column = "tier", order = ["low", "high"], cuts = [0.5] }\n'
CUT = SCORE + TIER + 'flagged = { tier_at_least = "high" }'


def parquet(columns, n=40):
    return pd.DataFrame(crowd(n, **columns))


# Scores ----------------------------------------------------------------------------------------


def test_decimal_commas_are_counted_and_the_way_to_declare_them_is_told(tmp_path, capsys):
    people = crowd(score=["0,35", "0,5", "0.4", "1"])
    assert refused(lay(tmp_path, people, roles=SCORE), capsys) == (
        "'people.csv', column 'score' (role score): in 20 rows the text is not a number (with a "
        'decimal comma in 20). Declare it: source = { path = "…", decimal = "," }.'
    )


def test_declared_decimal_commas_are_read_and_points_then_part_thousands(tmp_path, capsys):
    source = '{ path = "people.csv", decimal = "," }'
    people = crowd(score=["0,35", "1.234,5", "12", "-0,5"])
    case = lay(tmp_path, people, roles=SCORE, source=source)
    assert noticed(case, capsys) == {}
    score = read_case(case).number("score").max().to_pyarrow().as_py()
    assert score == 1234.5


@pytest.mark.parametrize("cell", ["0.35", "0.350", "1,2,3", "1.2345,0"])
def test_a_decimal_point_among_declared_commas_is_never_read_as_thousands(tmp_path, capsys, cell):
    source = '{ path = "people.csv", decimal = "," }'
    people = crowd(score=[cell, *["0,5"] * 39])
    told = refused(lay(tmp_path, people, roles=SCORE, source=source), capsys)
    assert "in 1 row the text is not a number with a decimal comma" in told
    assert cell not in told


@pytest.mark.parametrize("cell", ["SECRET-7777", "NA", "nan", "0.5 %", "kvinder-7777", " "])
def test_text_among_scores_is_counted_and_not_repeated(tmp_path, capsys, cell):
    people = crowd(score=[cell, "0.5"])
    told = refused(lay(tmp_path, people, roles=SCORE), capsys)
    assert "column 'score' (role score): in 20 rows the text is not a number." in told
    assert 'missing = ["NA"]' in told


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "1e400"])
def test_an_infinite_score_is_refused_in_text(tmp_path, capsys, cell):
    told = refused(lay(tmp_path, crowd(score=[cell, "0.5"]), roles=SCORE), capsys)
    assert "in 20 rows the number is infinite" in told


@pytest.mark.parametrize("roles", [SCORE, CUT, SCORE + "flagged = { score_at_least = 0.5 }"])
def test_an_infinite_score_is_refused_before_it_is_cut(tmp_path, capsys, roles):
    people = parquet({"score": [np.inf, 0.5], "tier": ["low", "high"]})
    told = refused(lay(tmp_path, people, roles=roles), capsys)
    assert "column 'score' (role score): in 20 rows the number is infinite" in told


def test_a_score_beyond_every_step_is_refused_and_does_not_break_the_query(tmp_path, capsys):
    people = parquet({"score": [1e300, 0.5], "tier": ["low", "high"]})
    told = refused(lay(tmp_path, people, roles=CUT), capsys)
    assert "in 20 rows the number is too large for the steps it is counted in" in told


MISSING = {
    "null": [None, 0.5, 0.5, 0.5],
    "not a number": np.array([np.nan, 0.5, 0.5, 0.5]),
    "empty text": ["", "0.5", "0.5", "0.5"],
    "declared text": ["NA", "0.5", "0.5", "0.5"],
    "declared number": [-9.0, 0.5, 0.5, 0.5],
    "declared number as text": ["-9", "0.5", "0.5", "0.5"],
}


@pytest.mark.parametrize("kind", MISSING)
def test_nobody_without_a_score_is_dropped_silently(tmp_path, capsys, kind):
    people = parquet({"score": list(MISSING[kind])})
    told = refused(lay(tmp_path, people, roles=RISK, top='missing = ["NA", -9]'), capsys)
    assert "in 10 rows there is no score. Nobody is dropped silently" in told


@pytest.mark.parametrize("kind", MISSING)
def test_people_without_a_score_can_be_kept_in_sight(tmp_path, capsys, kind):
    people = parquet({"score": list(MISSING[kind])})
    roles = 'flagged = "flag"\nscore = { column = "score", missing = "group" }'
    case = lay(tmp_path, people, roles=roles, top='missing = ["NA", -9]')
    assert noticed(case, capsys) == {
        "score missing": ["In 10 rows there is no score; they are counted without one."]
    }


@pytest.mark.parametrize(
    ("cells", "rows", "advice"),
    [
        ([1.2, 0.5], "20 rows", "it looks like percent. Divide by 100"),
        ([35.0, 99.0], "40 rows", "it looks like percent. Divide by 100"),
        ([-0.2, 0.5], "20 rows", "Mend the column"),
        ([-9.0, 99.0], "40 rows", "Mend the column"),
        ([35.0] + [0.5] * 39, "1 row", "it looks like percent"),
    ],
)
def test_a_probability_outside_0_to_1_is_refused(tmp_path, capsys, cells, rows, advice):
    told = refused(lay(tmp_path, parquet({"score": cells}), roles=RISK), capsys)
    assert f"in {rows} the score is outside 0 to 1, though declared a probability" in told
    assert advice in told


def test_a_score_without_variation_is_no_fault(tmp_path, capsys):
    people = parquet({"score": [0.7], "tier": ["high"]})
    results, _ = reported(lay(tmp_path, people, roles=CUT), capsys)
    assert results["results"][0]["rows"][0]["estimate"] == 1.0
    assert results["data_quality"] == []


def test_a_usual_code_for_missing_outside_the_scores_is_told(tmp_path, capsys):
    case = lay(tmp_path, parquet({"score": [-9.0, 0.2, 0.9, 0.5]}), roles=SCORE)
    assert noticed(case, capsys)["code for missing"] == [
        "In 10 rows score is a number that often stands for missing (such as -9 or 99); it was kept "
        'as it is. If it does, declare it, for example missing = ["-9"].'
    ]


@pytest.mark.parametrize("cells", [[99.0, 100.0, 5.0], [-9.0, -20.0, 1.0], [0.5, 0.6]])
def test_the_same_number_among_others_like_it_is_no_code(tmp_path, capsys, cells):
    assert noticed(lay(tmp_path, parquet({"score": cells}), roles=SCORE), capsys) == {}


def test_a_code_for_missing_that_would_be_counted_as_no_is_told(tmp_path, capsys):
    roles = 'outcome = { column = "weeks", is = ">= 26" }'
    case = lay(tmp_path, crowd(weeks=["-9", "27", "3"]), roles=roles)
    assert list(noticed(case, capsys)) == ["code for missing"]
    case = lay(tmp_path, crowd(weeks=["-9", "27", "3"]), roles=roles, top="missing = [-9]")
    assert list(noticed(case, capsys)) == ["role not recorded"]
    unknown = wf.rates(read_case(case), "base_rate").to_frame().loc[0, "n"]
    assert unknown == 26


def test_scores_of_single_precision_that_tie_with_the_cut_are_counted(tmp_path, capsys):
    scores = np.array([0.1, 0.5, 0.6, 0.7], dtype="float32")
    people = parquet({"score": scores, "tier": ["low", "high", "high", "high"]})
    people["score"] = people["score"].astype("float32")
    case = lay(tmp_path, people, roles=CUT)
    assert noticed(case, capsys) == {
        "ties at the cut": ["In 10 rows the score ties with a cut-off within single precision."]
    }


# Tiers -----------------------------------------------------------------------------------------


def test_tiers_that_contradict_their_score_are_counted_and_kept(tmp_path, capsys):
    people = parquet({"score": [0.1, 0.9, 0.5, 0.4], "tier": ["high", "low", "high", "low"]})
    roles = CUT.replace(SCORE, RISK + "\n")
    assert noticed(lay(tmp_path, people, roles=roles), capsys)["tier against score"] == [
        "In 10 rows the tier lies above its score by the declared cuts.",
        "In 10 rows the tier lies below its score by the declared cuts.",
    ]


def test_tiers_that_pandas_made_floats_of_are_held_against_their_score_too(tmp_path, capsys):
    people = parquet({"score": [0.1, 0.9, 0.1, 0.9], "tier": [2, 2, 1, None]})
    roles = SCORE + 'tier = { column = "tier", order = [1, 2], cuts = [0.5] }'
    assert noticed(lay(tmp_path, people, roles=roles), capsys) == {
        "tier against score": ["In 10 rows the tier lies above its score by the declared cuts."],
        "role not recorded": [
            "In 10 rows the tier is not known; rates that ask for it leave these people out."
        ],
    }


@pytest.mark.parametrize(
    ("label", "hint"),
    [
        ("high ", "; but for case, blanks or Unicode form, 1 would be in it"),
        ("HIGH", "; but for case, blanks or Unicode form, 1 would be in it"),
        ("hi\u200bgh", "; but for case, blanks or Unicode form, 1 would be in it"),
        ("SECRET-7777", ""),
    ],
)
def test_a_tier_outside_the_order_is_counted_and_not_repeated(tmp_path, capsys, label, hint):
    people = crowd(tier=[label] + ["low", "high"] * 20)
    roles = 'tier = { column = "tier", order = ["low", "high"] }'
    told = refused(lay(tmp_path, people, roles=roles), capsys)
    assert (
        "column 'tier' (role tier): in 1 row the label is outside the order 'low', 'high'" in told
    )
    assert f"(1 other label{hint})" in told


@pytest.mark.parametrize("order", [["a", "b"], ["a", "b", "c", "d"]])
def test_two_tiers_and_more_than_three_are_tiers_too(tmp_path, capsys, order):
    roles = f'tier = {{ column = "tier", order = {order} }}\nflagged = {{ tier_at_least = "b" }}'
    results, _ = reported(lay(tmp_path, crowd(420, tier=order), roles=roles), capsys)
    shares = next(r for r in results["results"] if r["measure"] == "tier_share")
    assert [row["at"] for row in shares["rows"]] == order


# Yes and no ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "labels", [["ja", "nej"], ["J", "N"], ["true ", "false"], ["1", "2"], ["t", "f"], ["1.0", "0"]]
)
def test_other_words_for_yes_and_no_are_refused_unless_mapped(tmp_path, capsys, labels):
    told = refused(lay(tmp_path, crowd(flag=labels)), capsys)
    assert "the label is not true/false, yes/no or 1/0" in told
    yes, no = labels
    roles = f'flagged = {{ column = "flag", yes = ["{yes}"], no = ["{no}"] }}'
    case = lay(tmp_path, crowd(flag=labels), roles=roles)
    assert noticed(case, capsys) == {}
    assert wf.rates(read_case(case), "selection_rate").to_frame().loc[0, "estimate"] == 0.5


def test_a_label_that_was_not_mapped_is_counted_and_not_repeated(tmp_path, capsys):
    roles = 'flagged = { column = "flag", yes = ["ja"], no = ["nej"] }'
    people = crowd(flag=["SECRET-7777", *["ja", "nej"] * 20])
    told = refused(lay(tmp_path, people, roles=roles), capsys)
    assert "in 1 row the label is not 'ja' or 'nej' (1 other label; case and blanks count)" in told


def test_a_column_of_many_values_is_no_yes_or_no(tmp_path, capsys):
    people = crowd(80, flag=[f"SECRET-7777-{at}" for at in range(80)])
    told = refused(lay(tmp_path, people), capsys)
    assert "80 distinct values in 80 rows, where a few labels were expected" in told


@pytest.mark.parametrize("role", ["flagged", "outcome"])
@pytest.mark.parametrize(
    ("cell", "what", "told"),
    [("SECRET-7777", "text", "not a number"), ("inf", "number", "infinite")],
)
def test_what_is_compared_with_a_number_is_a_number(tmp_path, capsys, role, cell, what, told):
    people = crowd(weeks=[cell, "27"])
    case = lay(tmp_path, people, roles=f'{role} = {{ column = "weeks", is = ">= 26" }}')
    assert f"(role {role}): in 20 rows the {what} is {told}" in refused(case, capsys)


@pytest.mark.parametrize("outcome", [[0], [1]])
def test_an_outcome_that_everybody_or_nobody_had_leaves_rows_with_a_reason(
    tmp_path, capsys, outcome
):
    case = lay(tmp_path, crowd(work=outcome), roles='flagged = "flag"\noutcome = "work"')
    results, _ = reported(case, capsys)
    measure = ("false_negative_rate", "false_positive_rate")[outcome[0]]
    rows = next(r for r in results["results"] if r["measure"] == measure)["rows"]
    assert {(row["n"], row["estimate"], row["note"]) for row in rows} == {
        (0, None, "nobody to count")
    }


def test_a_group_in_which_nobody_had_the_outcome_keeps_its_row(tmp_path, capsys):
    case = lay(tmp_path, crowd(work=[0, 1]), roles='flagged = "flag"\noutcome = "work"')
    results, _ = reported(case, capsys)
    missed = [r for r in results["results"] if r["measure"] == "false_negative_rate"]
    notes = {row["group"]: row["note"] for row in missed[1]["rows"]}
    assert notes == {"men": "", "women": "nobody to count"}


# Days ------------------------------------------------------------------------------------------

DAY = 'flagged = "flag"\ndate = "day"'
GERMAN = 'flagged = "flag"\ndate = { column = "day", format = "%d.%m.%Y" }'


@pytest.mark.parametrize(
    "cell",
    ["01-02-2024", "01/02/2024", "2024-13-45", "2024-02-30", "2024-01-02 SECRET-7777", "20240131"],
)
def test_a_day_that_could_be_another_is_not_guessed(tmp_path, capsys, cell):
    told = refused(lay(tmp_path, crowd(day=[cell, *["2024-01-31"] * 39]), roles=DAY), capsys)
    assert (
        "in 1 row the text is no day written like 2026-01-31. Declare how days are written" in told
    )


@pytest.mark.parametrize(
    "cell", ["2024-01-31", "31.13.2024", "31.02.2024", "SECRET-7777", "1.2.24"]
)
def test_a_day_not_written_as_declared_is_refused(tmp_path, capsys, cell):
    told = refused(lay(tmp_path, crowd(day=[cell, *["1.2.2024"] * 39]), roles=GERMAN), capsys)
    assert "in 1 row the text is no day written like %d.%m.%Y" in told


@pytest.mark.parametrize("cell", ["", "NA"])
def test_a_missing_day_is_no_fault(tmp_path, capsys, cell):
    case = lay(tmp_path, crowd(day=[cell, "2024-01-31"]), roles=DAY, top='missing = ["NA"]')
    assert noticed(case, capsys) == {}


def test_days_in_numbers_are_read_only_as_declared(tmp_path, capsys):
    people = parquet({"day": [20240131, 20260131]})
    told = refused(lay(tmp_path, people, roles=DAY), capsys)
    assert "column 'day' (role date) holds int64, and a day is needed" in told
    roles = 'flagged = "flag"\ndate = { column = "day", format = "%Y%m%d" }'
    case = lay(tmp_path, people, roles=roles, top="as_of = 2025-01-01")
    assert noticed(case, capsys)["later than the data"] == ["In 20 rows the date lies after as_of."]


DAYS = {
    "text": ["2024-02-01", "2025-12-31"],
    "text with a time": ["2024-02-01T10:00:00Z", "2025-12-31 23:59"],
    "times": [pd.Timestamp("2024-02-01"), pd.Timestamp("2025-12-31 23:59")],
    "times somewhere": [
        pd.Timestamp("2024-02-01", tz="Europe/Vienna"),
        pd.Timestamp("2025-12-31", tz="Europe/Vienna"),
    ],
    "days": [pd.Timestamp("2024-02-01").date(), pd.Timestamp("2025-12-31").date()],
}


@pytest.mark.parametrize("kind", DAYS)
def test_days_after_as_of_and_outcomes_before_their_score_are_counted(tmp_path, capsys, kind):
    people = parquet({"day": DAYS[kind], "seen": ["2024-03-01"]})
    roles = f'{DAY}\noutcome_date = "seen"'
    assert noticed(lay(tmp_path, people, roles=roles, top="as_of = 2025-01-01"), capsys) == {
        "outcome before score": ["In 20 rows the outcome is dated before the result."],
        "later than the data": ["In 20 rows the date lies after as_of."],
    }


def test_days_in_another_order_are_compared_as_days_and_not_as_text(tmp_path, capsys):
    people = crowd(day=["01.02.2024", "31.12.2025"], seen=["1.3.2024", "2.1.2026"])
    roles = f'{GERMAN}\noutcome_date = {{ column = "seen", format = "%d.%m.%Y" }}'
    case = lay(tmp_path, people, roles=roles, top="as_of = 2025-12-31")
    assert noticed(case, capsys) == {
        "later than the data": ["In 20 rows the outcome_date lies after as_of."]
    }


# Persons and caseworkers -------------------------------------------------------------------------

PERSON = 'flagged = "flag"\nperson = "id"'


def test_leading_zeros_tell_two_persons_and_two_offices_apart(tmp_path, capsys):
    people = crowd(id=["001", "1", "01", "0001"], office=["01", "1"])
    case = lay(tmp_path, people, roles=PERSON, more="[groups.office]")
    assert read_case(case).door.people == 4
    assert levels(case, "office") == ("01", "1")
    assert "In 36 rows a person appears again (4 persons)" in str(noticed(case, capsys))


def test_ids_too_large_for_a_float_are_refused_and_as_integers_they_are_not(tmp_path, capsys):
    ids = [2**53 + at for at in range(40)]
    people = parquet({"id": [float(at) for at in ids]})
    told = refused(lay(tmp_path, people, roles=PERSON), capsys)
    assert "too large to be told from its neighbour (2^53 and more). Export identifiers" in told
    assert noticed(lay(tmp_path, parquet({"id": ids}), roles=PERSON), capsys) == {}


def test_ids_that_a_spreadsheet_shortened_are_refused(tmp_path, capsys):
    told = refused(lay(tmp_path, crowd(id=["1.23457E+15", "7"]), roles=PERSON), capsys)
    assert "in 20 rows the number was shortened" in told


@pytest.mark.parametrize("cell", [None, "", "NA"])
def test_a_person_without_a_name_is_refused(tmp_path, capsys, cell):
    people = parquet({"id": [cell, *map(str, range(39))]})
    told = refused(lay(tmp_path, people, roles=PERSON, top='missing = ["NA"]'), capsys)
    assert "in 1 row no person is named. Complete the column, or leave out the role." in told


def test_a_caseworker_with_one_case_and_one_with_most_are_told_without_names(tmp_path, capsys):
    who = ["Ingrid Nakamura", *["SECRET-7777"] * 24, *["x", "y", "z"] * 5]
    case = lay(tmp_path, crowd(decided=who), roles='flagged = "flag"\ndecided_by = "decided"')
    told = noticed(case, capsys)
    assert told == {
        "decider with one case": ["1 caseworker has a single case."],
        "one decider has most": ["One caseworker has 60% of all cases."],
    }
    _, page = reported(case, capsys)
    assert not [s for s in SECRETS if s in page]


def test_nobody_is_no_caseworker(tmp_path, capsys):
    who = ["", "", "", "x"]
    case = lay(tmp_path, crowd(decided=who), roles='flagged = "flag"\ndecided_by = "decided"')
    assert noticed(case, capsys) == {}


# Groups ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [40, 10_000])
def test_an_identifier_is_no_group(tmp_path, capsys, n):
    people = crowd(n, id=[f"SECRET-7777-{at}" for at in range(n)])
    told = refused(lay(tmp_path, people, more="[groups.id]"), capsys)
    assert f"column 'id' (group id): {n:,} distinct values in {n:,} rows; it looks like an" in told


@pytest.mark.parametrize(
    ("reference", "hint"),
    [
        ("man", "(2 levels)"),
        ("Men", "(2 levels, one of which differs only in case, blanks or Unicode form)"),
        (" men", "(2 levels, one of which differs only in case, blanks or Unicode form)"),
        ("me\u200bn", "(2 levels, one of which differs only in case, blanks or Unicode form)"),
    ],
)
def test_a_reference_that_nobody_has_is_refused(tmp_path, capsys, reference, hint):
    told = refused(lay(tmp_path, crowd(), sex=f'reference = "{reference}"'), capsys)
    assert f"none of 40 rows has the reference {reference!r} {hint}" in told
    assert "women" not in told


def test_a_reference_that_labels_renamed_is_told_so(tmp_path, capsys):
    told = refused(lay(tmp_path, crowd(), sex='reference = "men"\nlabels = { men = "m" }'), capsys)
    assert "(2 levels; labels gives it another name)" in told


def test_a_label_does_not_merge_two_groups(tmp_path, capsys):
    told = refused(lay(tmp_path, crowd(), sex='labels = { women = "men" }'), capsys)
    assert "20 rows already have a level that reads like a label given to another" in told


@pytest.mark.parametrize("level", ["SECRET-7777 & x", "the rest", "not recorded", "the highest"])
def test_a_level_that_reads_like_a_word_of_ours_is_refused(tmp_path, capsys, level):
    told = refused(lay(tmp_path, crowd(sex=[level, "men"])), capsys)
    assert "in 20 rows the level contains ' & ' or reads 'not recorded'" in told


def test_a_level_outside_the_declared_ones_is_counted(tmp_path, capsys):
    case = lay(tmp_path, crowd(sex=["SECRET-7777", "men"]), sex='levels = ["men", "women"]')
    assert "in 20 rows the level is not in levels = 'men', 'women' (1 other level)" in refused(
        case, capsys
    )


HOSTILE = [
    "<script>alert('SECRET')</script>", "=cmd|' /C calc'!A0", r"$\frac{$", "../../x", "NaN", "nan",
    "None", "null", "NA", "😀", "ab", "a\u200bb", "é", "e\u0301", "x", "x ", "X", "\u202eevil",
    "'; DROP TABLE people; --", "{level}", "{{ 7 * 7 }}", "a\nb", "a\tb", "-0", "inf",
]  # fmt: skip


@pytest.mark.parametrize("form", [crowd, lambda **columns: pd.DataFrame(crowd(**columns))])
def test_hostile_levels_are_levels_like_any_other_and_twins_are_told(tmp_path, capsys, form):
    case = lay(tmp_path, form(n=200, sex=HOSTILE), sex='reference = "x"')
    assert sorted(levels(case)) == sorted(HOSTILE)
    results, page = reported(case, capsys)
    assert [q["says"] for q in results["data_quality"]] == [
        "11 levels of sex differ only in case, blanks or Unicode form; they were kept apart."
    ]
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "{{ 7 * 7 }}" in page


def test_levels_stand_in_one_order_whatever_the_order_of_people():
    names = ["nan", "NaN", "inf", "-inf", "10", "9", "b", "a", "1e3"]
    orders = [names, names[::-1], names[4:] + names[:4]]
    cases = [
        wf.Case.from_dict({"source": pd.DataFrame({"sex": order}), "groups": {"sex": {}}})
        for order in orders
    ]
    assert {levels(case) for case in cases} == {
        ("9", "10", "1e3", "-inf", "NaN", "a", "b", "inf", "nan")
    }


@pytest.mark.parametrize("code", ["-9", "9999"])
def test_a_usual_code_for_missing_as_a_group_is_told(tmp_path, capsys, code):
    told = noticed(lay(tmp_path, crowd(sex=[code, "men"])), capsys)
    assert "In 20 rows sex is a number that often stands for missing" in told["code for missing"][0]
    case = lay(tmp_path, crowd(sex=[code, "men"]), top=f"missing = [{code}]")
    assert list(noticed(case, capsys)) == ["group not recorded"]
    named = lay(tmp_path, crowd(sex=[code, "men"]), sex=f'labels = {{ {code} = "no answer" }}')
    assert noticed(named, capsys) == {}


def test_every_kind_of_missing_is_one_group_and_each_is_counted(tmp_path, capsys):
    people = parquet({"sex": [None, "", "NA", "men"]})
    assert noticed(lay(tmp_path, people, top='missing = ["NA"]'), capsys) == {
        "group not recorded": [
            "In 10 rows sex is not known (null): group 'not recorded'.",
            "In 10 rows sex is not known (empty text): group 'not recorded'.",
            "In 10 rows sex is not known (declared as missing): group 'not recorded'.",
        ]
    }
    assert levels(tmp_path / "case.toml") == ("men", "not recorded")


def test_null_and_not_a_number_are_one_group_and_each_is_counted(tmp_path, capsys):
    people = "SELECT x AS sex, 1 AS flag FROM (VALUES (NULL), ('nan'::DOUBLE), (-9), (1)) t(x)"
    duckdb.sql(people).write_parquet(str(tmp_path / "people.parquet"))
    for sex, level in (('reference = "1"', "1"), ("bands = [0]", "0 and over")):
        case = lay(tmp_path, None, sex=sex, top="missing = [-9]", source='"people.parquet"')
        assert noticed(case, capsys)["group not recorded"] == [
            "In 1 row sex is not known (null): group 'not recorded'.",
            "In 1 row sex is not known (not a number): group 'not recorded'.",
            "In 1 row sex is not known (declared as missing): group 'not recorded'.",
        ]
        assert levels(case) == (level, "not recorded")


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("SECRET-7777", "in 20 rows the text is not a number."),
        ("25,5", "in 20 rows the text is not a number (with a decimal comma in 20)."),
        ("inf", "in 20 rows the number is infinite"),
    ],
)
def test_what_is_cut_into_bands_is_a_number(tmp_path, capsys, cell, told):
    case = lay(tmp_path, crowd(sex=[cell, "30"]), sex="bands = [25]")
    assert f"column 'sex' (group sex): {told}" in refused(case, capsys)


def test_a_code_for_missing_in_a_banded_number_is_told(tmp_path, capsys):
    told = noticed(lay(tmp_path, crowd(sex=["-9", "30", "31"]), sex="bands = [25]"), capsys)
    assert list(told) == ["code for missing"]


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({"sex": "bands = [25]"}, "(group sex) holds timestamp(6), and a number is needed"),
        ({"roles": 'score = "sex"'}, "(role score) holds timestamp(6), and a number is needed"),
        (
            {"roles": 'flagged = { column = "sex", is = ">= 1" }'},
            "(role flagged) holds timestamp(6)",
        ),
    ],
)
def test_a_day_is_no_number(tmp_path, capsys, declared, told):
    people = parquet({"sex": [pd.Timestamp("2026-01-31")]})
    assert told in refused(lay(tmp_path, people, **declared), capsys)


@pytest.mark.parametrize("cells", [[["SECRET-7777"]], [{"name": "SECRET-7777"}], [b"SECRET-7777"]])
def test_lists_records_and_bytes_are_no_groups(tmp_path, capsys, cells):
    told = refused(lay(tmp_path, parquet({"sex": cells})), capsys)
    assert "column 'sex' (group sex) holds " in told
    assert "Make it text, a number, a day or true/false." in told


# Published counts --------------------------------------------------------------------------------

COUNTED = 'count = "n"\nflagged = "flag"'
OF = 'count = "n"\nflagged = { count = "k" }'
HIDDEN = 'suppressed = { shown_as = ["*"], below = 10 }'


def table(*lines):
    return ("\n".join(lines) + "\n").encode()


def counts(folder, last, **declared):
    """Four cells of a joint table, the last as given."""
    lines = table("sex,flag,n", "men,1,30", "men,0,70", "women,1,20", f"women,0,{last}")
    return lay(folder, lines, roles=COUNTED, **declared)


@pytest.mark.parametrize(
    "cell", ["-80", "80.5", '"1,000"', " 80", "8e1", "SECRET-7777", "*", "9" * 13, "9" * 5000, "²"]
)
def test_a_count_that_is_no_whole_number_of_people_is_refused(tmp_path, capsys, cell):
    told = refused(counts(tmp_path, cell), capsys)
    assert told.startswith(
        "'people.csv', column 'n' (role count): in 1 row the count is not a whole number of people, "
        "0 or more, in plain figures."
    )
    assert "suppressed = {" in told


@pytest.mark.parametrize("cell", ["80", "80.0", "080"])
def test_a_count_may_be_written_as_pandas_writes_it(tmp_path, capsys, cell):
    case = counts(tmp_path, cell)
    assert noticed(case, capsys) == {}
    assert wf.rates(read_case(case), "selection_rate").to_frame().loc[0, "n"] == 200


@pytest.mark.parametrize("cell", ["80.0", "1.000", "80.5"])
def test_under_a_decimal_comma_a_point_is_no_part_of_a_count(tmp_path, capsys, cell):
    source = '{ path = "people.csv", decimal = ",", delimiter = "," }'
    assert "is not a whole number" in refused(counts(tmp_path, cell, source=source), capsys)


@pytest.mark.parametrize(("cell", "most"), [("*", 9), ("", None)])
def test_a_hidden_cell_is_bounded_and_never_zero(tmp_path, capsys, cell, most):
    case = counts(tmp_path, cell, top=HIDDEN)
    assert noticed(case, capsys)["cells hidden"] == [
        "1 published cell is hidden or missing: unknown, not zero."
    ]
    (block,) = read_case(case).blocks
    assert block.least[-1] == 0
    assert block.most[-1] == (most if most is not None else np.inf)
    rate = wf.rates(read_case(case), "selection_rate", by="sex").to_frame()
    assert rate["estimate"].isna().tolist() == [False, True]


@pytest.mark.parametrize(("n", "k", "hidden"), [("*", "3", 1), ("100", "*", 1), ("*", "*", 2)])
def test_a_hidden_number_of_people_flagged_is_one_hidden_cell(tmp_path, capsys, n, k, hidden):
    case = lay(tmp_path, table("sex,n,k", "men,100,30", f"women,{n},{k}"), roles=OF, top=HIDDEN)
    be = "cell is" if hidden == 1 else "cells are"
    assert noticed(case, capsys)["cells hidden"] == [
        f"{hidden} published {be} hidden or missing: unknown, not zero."
    ]


@pytest.mark.parametrize("n", ["100", "*"])
def test_more_people_flagged_than_there_are_is_refused(tmp_path, capsys, n):
    case = lay(tmp_path, table("sex,n,k", "men,100,30", f"women,{n},120"), roles=OF, top=HIDDEN)
    assert refused(case, capsys) == (
        "'people.csv', column 'k' (role flagged): in 1 row more people are flagged than column 'n' "
        "has people. Check which column is which."
    )


@pytest.mark.parametrize("again", ["women,0,80", "women,0,7"])
def test_the_same_cell_twice_is_refused(tmp_path, capsys, again):
    told = refused(counts(tmp_path, f"80\n{again}"), capsys)
    assert "the table by sex has the same group and state again in 1 row" in told


@pytest.mark.parametrize(
    ("roles", "sex", "told"),
    [
        (COUNTED + '\nperson = "sex"', "", "A case of counts has no single people: drop the role person"),
        (COUNTED, "bands = [25]", "A case of counts is counted already: drop the bands of group 'sex'"),
        ('count = "n"\nflagged = { column = "flag", is = ">= 1" }', "", "can't compare numbers"),
        ('count = "n"\nflagged = { count = "n" }', "", "names the column of the role count"),
    ],
)  # fmt: skip
def test_what_only_people_can_have_is_not_asked_of_counts(tmp_path, capsys, roles, sex, told):
    lines = table("sex,flag,n", "men,1,30", "women,1,20")
    assert told in refused(lay(tmp_path, lines, roles=roles, sex=sex), capsys)


def test_labels_of_counts_are_held_to_the_same_rules_as_those_of_people(tmp_path, capsys):
    lines = table("sex,flag,n", "men,1,30", "Men,1,20", "women,SECRET-7777,7")
    assert "(1 other label; case" in refused(lay(tmp_path, lines, roles=COUNTED), capsys)
    lines = table("sex,flag,n", "men,1,30", "Men,1,20", "-9,1,7")
    told = noticed(lay(tmp_path, lines, roles=COUNTED), capsys)
    assert list(told) == ["levels look alike", "code for missing"]


def test_counts_by_an_identifier_are_refused(tmp_path, capsys):
    lines = table("sex,flag,n", *(f"SECRET-7777-{at},1,3" for at in range(1_001)))
    assert "1,001 distinct values in 1,001 rows; it looks like an identifier" in refused(
        lay(tmp_path, lines, roles=COUNTED, sex=""), capsys
    )


def test_nobody_counted_is_a_row_with_a_reason(tmp_path, capsys):
    lines = table("sex,flag,n", "men,1,0", "men,0,0", "women,1,0", "women,0,0")
    results, _ = reported(lay(tmp_path, lines, roles=COUNTED), capsys)
    rows = results["results"][1]["rows"]
    assert {row["note"] for row in rows} == {"nobody to count"}


TABLES = [
    "block,group,n,k", "everyone,everyone,200,50", "sex,men,100,30", "sex,women,100,20",
    "origin,here,150,40", "origin,there,50,10", "sex & origin,men & here,75,25",
    "sex & origin,men & there,25,5", "sex & origin,women & here,75,15",
    "sex & origin,women & there,25,5",
]  # fmt: skip
BLOCKS = OF + '\nblock = "block"\ngroup = "group"'
CROSSED = '[groups.origin]\n[intersections]\nsets = [["sex", "origin"]]'


def blocks(folder, *extra, **declared):
    return lay(folder, table(*TABLES, *extra), roles=BLOCKS, more=CROSSED, **declared)


def test_several_published_tables_are_read_as_they_stand(tmp_path, capsys):
    assert noticed(blocks(tmp_path), capsys) == {}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "SECRET-7777,men,1,1",
            "column 'block' (role block): in 1 row the block is not 'everyone', a",
        ),
        (
            "sex & sex,men & men,1,1",
            "a declared group ('sex', 'origin') or different ones joined by",
        ),
        ("sex ,men,1,1", "in 1 row the block is not 'everyone'"),
        (
            "sex & origin,SECRET-7777,1,1",
            "in 1 row of the table by sex & origin the group does not",
        ),
        (
            "sex & origin,a & SECRET-7777 & c,1,1",
            "the group does not have 2 parts. Join as many by",
        ),
        ("sex,men,100,30", "the table by sex has the same group and state again in 1 row"),
        (
            "everyone,all,200,50",
            "the table by everyone has the same group and state again in 1 row",
        ),
        (
            "origin & sex,here & men,75,25",
            "two blocks are tables by the same groups (origin & sex)",
        ),
        ("sex,the rest,1,1", "in 1 row the level contains ' & ' or reads 'not recorded'"),
        ("sex,x,-1,0", "column 'n' (role count): in 1 row the count is not a whole number"),
        ("sex,x,1,-1", "column 'k' (role flagged): in 1 row the count is not a whole number"),
        ("sex,x,1,2", "in 1 row more people are flagged than column 'n' has people"),
    ],
)
def test_a_cell_that_fits_no_published_table_is_refused(tmp_path, capsys, line, told):
    assert told in refused(blocks(tmp_path, line), capsys)


@pytest.mark.parametrize("cell", ["", "men & ", "men & NA"])
def test_a_group_that_is_not_told_in_a_table_is_not_recorded(tmp_path, cell):
    case = blocks(tmp_path, f"sex & origin,{cell},3,1", top='missing = ["NA"]')
    assert "not recorded" in levels(case, "origin")
    assert "" not in levels(case, "origin")


def test_tables_that_count_the_same_people_differently_are_told(tmp_path, capsys):
    told = noticed(blocks(tmp_path, "origin,elsewhere,7,0"), capsys)["published tables disagree"]
    assert told[0] == (
        "everyone: 200 people (50 flagged) in the table of everyone, 207 people (50 flagged) in the "
        "table by origin."
    )


# Through the command itself ----------------------------------------------------------------------

COMMANDS = {
    "a name in a flag": (text(crowd(flag=["Ingrid Nakamura", "1"])), FLAGGED),
    "letters of another encoding": (text(crowd(sex=["kvinder-7777 æ"]), "latin-1"), FLAGGED),
}


def test_the_command_ends_with_two_and_one_line(tmp_path):
    runs = {}
    for what, (raw, roles) in COMMANDS.items():
        folder = tmp_path / what
        folder.mkdir()
        case = lay(folder, raw, roles=roles)
        command = [sys.executable, "-m", "wfaudit.cli", "run", case.name, "--out", "out"]
        before = everything(folder)
        pipe = subprocess.PIPE
        runs[folder] = before, subprocess.Popen(command, cwd=folder, stdout=pipe, stderr=pipe)
    for folder, (before, run) in runs.items():
        out, told = (stream.decode() for stream in run.communicate())
        assert (run.returncode, out) == (2, "")
        assert told.startswith("wfaudit: 'people.csv'")
        assert told.count("\n") == 1
        assert not [s for s in SECRETS if s in told]
        assert everything(folder) == before

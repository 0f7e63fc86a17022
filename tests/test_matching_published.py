"""Somebody else's audit, checked: what reproduces from its own counts, and what does not."""

import csv
import json
import re
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wfaudit as wf
from wfaudit import cli
from wfaudit.counts.printed import CUT, DIFFERS, FROM_RATES, HIDDEN, NONE, OTHER, ROUNDED, printed
from wfaudit.errors import AuditError
from wfaudit.measures.matching import check_published

DATASETS = Path(__file__).parent.parent / "datasets"
ROLES = {
    "count": "n", "flagged": {"count": "k"}, "printed_rate": "rate", "printed_ratio": "ratio",
}  # fmt: skip


def a_case(rows, **more):
    """A published table by race: category, people, how many count, rate and ratio as printed."""
    frame = pd.DataFrame(rows, columns=["race", "n", "k", "rate", "ratio"])
    return wf.Case.from_dict({"source": frame, "roles": ROLES, "groups": {"race": {}}, **more})


def how(found, figure):
    mine = found.table[found.table["figure"] == figure]
    return dict(zip(mine["group"], mine["how"], strict=True))


# --- the rule's own examples


def test_every_figure_of_the_selection_example_reproduces_and_its_tables_do_not_add_up():
    found = check_published(wf.load("ll144_printed/selection"))
    assert set(found.table["how"]) == {ROUNDED}
    assert len(found.table) == 2 * 23
    assert found.says[0] == "Of 46 printed figures: 46 as printed, rounded."
    told = " ".join(found.says)
    assert (
        "408 applicants (204 selected) in the table by race, 395 applicants (172 selected)" in told
    )
    assert "2,571 applicants (1,222 selected)" in told
    assert "2,584 applicants (1,254 selected)" in told


def test_one_figure_of_the_scoring_example_is_cut_off_and_all_others_are_rounded():
    found = check_published(wf.load("ll144_printed/scoring"))
    cut = found.table[found.table["how"] == CUT]
    assert cut[["group", "figure", "printed", "recomputed"]].values.tolist() == [
        ["Hispanic or Latino", "rate", "64.2 %", "64.3 %"]
    ]
    assert (found.table["how"] == ROUNDED).sum() == 45
    assert not any("applicants (" in line for line in found.says)  # this one adds up


@pytest.mark.parametrize("name", ["selection", "scoring"])
def test_the_counts_beside_printed_figures_are_those_of_the_case_without_them(name):
    tables = []
    for folder in ("ll144", "ll144_printed"):
        with (DATASETS / folder / f"{name}.csv").open(encoding="utf-8", newline="") as text:
            tables.append(
                [[row[c] for c in ("block", "group", "n", "k")] for row in csv.DictReader(text)]
            )
    assert tables[0] == tables[1]


def test_the_card_answers_the_questions_that_all_cards_answer():
    one, other = (
        re.findall(
            r"^## (.+)$", (DATASETS / f / "card.md").read_text(encoding="utf-8"), re.MULTILINE
        )
        for f in ("ll144", "ll144_printed")
    )
    assert one == other


def test_the_command_tells_what_does_not_reproduce(capsys):
    case = str(DATASETS / "ll144_printed" / "scoring.toml")
    assert cli.main(["check", case]) == 0
    assert "printed 64.2 %, from the counts 64.3 %" in capsys.readouterr().out
    assert cli.main(["check", case, "--json"]) == 0
    codes = {each["code"] for each in json.loads(capsys.readouterr().out)["data_quality"]}
    assert "printed figure cut off" in codes


# --- by hand: 10 of 40 (25 %), 9 of 60 (15 %), 1 of 100 (1 %)


def test_a_figure_that_is_wrong_is_listed_with_what_the_counts_give():
    case = a_case(
        [("A", 40, 10, "25%", "1.00"), ("B", 60, 9, "16%", "0.60"), ("C", 100, 1, "1%", "0.05")]
    )
    found = check_published(case)
    assert how(found, "rate") == {"A": ROUNDED, "B": DIFFERS, "C": ROUNDED}
    assert how(found, "impact ratio") == {
        "A": ROUNDED,
        "B": ROUNDED,
        "C": DIFFERS,
    }  # 1 over 25 is 0.04
    assert "race, B: rate printed 16 %, from the counts 15 %: not as printed." in found.says


def test_a_ratio_of_rounded_rates_is_told_apart_from_one_of_the_counts():
    # 667 of 1,390 and 612 of 1,181: 0.9260; 48 over 52 is 0.9231
    case = a_case([("A", 1390, 667, "48%", "0.923"), ("B", 1181, 612, "52%", "1.000")])
    assert how(check_published(case), "impact ratio") == {"A": FROM_RATES, "B": ROUNDED}


def test_ratios_against_a_category_that_is_not_the_highest_are_told():
    case = a_case(
        [
            ("A", 100, 50, "50%", "1.00"),
            ("B", 100, 60, "60%", "1.20"),
            ("C", 100, 40, "40%", "0.80"),
        ]
    )
    found = check_published(case)
    assert how(found, "impact ratio") == {"A": OTHER, "B": OTHER, "C": OTHER}
    assert "race: the impact ratio 1 is printed for A; the highest rate is that of B." in found.says


def test_a_category_without_a_ratio_is_told_and_whether_the_rule_lets_it_be_left_out():
    case = a_case(
        [("A", 990, 99, "10%", "1.00"), ("B", 10, 2, "20%", ""), ("C", 90, 9, "10%", None)]
    )
    found = check_published(case)
    assert how(found, "impact ratio")["B"] == NONE
    assert "race, B: no impact ratio is printed, and it is below 2 % of its table." in found.says
    assert (
        "race, C: no impact ratio is printed, and it is not below 2 % of its table." in found.says
    )


def test_a_category_that_vanishes_from_one_of_two_tables_is_told():
    frame = pd.DataFrame({
        "block": ["sex", "sex", "race", "race", *["sex & race"] * 3],
        "group": ["w", "m", "A", "B", "w & A", "w & B", "m & A"],
        "n": [60, 40, 95, 5, 57, 3, 38], "k": [30, 20, 48, 2, 29, 1, 19],
        "rate": ["50%", "50%", "51%", "40%", "51%", "33%", "50%"],
    })  # fmt: skip
    roles = {
        "count": "n", "block": "block", "group": "group", "flagged": {"count": "k"}, "printed_rate": "rate",
    }  # fmt: skip
    case = wf.Case.from_dict({"source": frame, "roles": roles, "groups": {"sex": {}, "race": {}}})
    says = check_published(case).says
    assert "sex & race: there is no row for m & B." in says
    assert any(line.startswith("sex = m: 40 people (20 flagged)") for line in says)


def test_hidden_counts_are_not_taken_for_zero():
    case = a_case(
        [
            ("A", 40, "10", "25%", "1.00"),
            ("B", 60, "*", "5%", "0.20"),
            ("C", 20, "4", "20%", "0.80"),
        ],
        suppressed={"shown_as": ["*"], "below": 5},
    )
    found = check_published(case)
    assert how(found, "rate")["B"] == HIDDEN
    assert how(found, "impact ratio")["B"] == HIDDEN
    assert any("hidden or missing: unknown, not zero" in line for line in found.says)


# --- laws


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 500), st.integers(1, 500), st.integers(0, 4))
def test_whatever_is_rounded_or_cut_off_reproduces_and_two_steps_away_does_not(k, n, digits):
    exact, unit = Fraction(k, n), Fraction(1, 10**digits)
    for steps in ((exact / unit).__floor__(), round(exact / unit)):
        whole, part = divmod(steps, 10**digits)
        text = f"{whole}.{part:0{digits}d}" if digits else f"{whole}"
        told = printed(text)
        assert told.by(exact) in (ROUNDED, CUT)
        assert told.says(told.value) == text
        assert told.by(exact + 2 * unit) == DIFFERS
        assert told.by(exact - 2 * unit) == DIFFERS


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(1, 99), st.integers(100, 300)), min_size=2, max_size=5))
def test_a_table_printed_from_its_own_counts_reproduces(cells):
    top = max(k / n for k, n in cells)
    rows = [
        (f"g{at}", n, k, f"{100 * k / n:.3f}%", f"{k / n / top:.5f}")
        for at, (k, n) in enumerate(cells)
    ]
    assert set(check_published(a_case(rows)).table["how"]) == {ROUNDED}


# --- what can't be checked


def test_a_table_without_printed_figures_is_refused():
    with pytest.raises(AuditError, match="declares nothing that its publisher prints"):
        check_published(wf.load("ll144/selection"))


def test_printed_figures_without_counts_are_refused():
    frame = pd.DataFrame({"race": ["A", "B"], "flagged": [1, 0], "rate": ["1", "0"]})
    with pytest.raises(AuditError, match="stands beside the counts"):
        wf.Case.from_dict({
            "source": frame, "roles": {"flagged": "flagged", "printed_rate": "rate"}, "groups": {"race": {}},
        })  # fmt: skip


@pytest.mark.parametrize(
    ("rate", "says"),
    [
        ("many", "no number such as 48 %"),
        ("25", "no sign of percent"),
        ("-3%", "no number"),
        ("1e2", "no num"),
    ],
)
def test_a_figure_that_can_not_be_read_stops_without_repeating_the_cell(rate, says):
    case = a_case([("A", 40, 10, rate, "1.00"), ("B", 60, 9, "15%", "0.60")])
    with pytest.raises(AuditError, match=says) as stop:
        check_published(case)
    assert rate not in str(stop.value).split("the printed")[0]


def test_a_decimal_comma_is_read_as_declared(tmp_path):
    (tmp_path / "t.csv").write_text("race;n;k;rate;ratio\nA;40;10;25,0%;1,00\nB;60;9;15,0%;0,60\n")
    case = wf.Case.from_dict({
        "source": {"path": str(tmp_path / "t.csv"), "delimiter": ";", "decimal": ","}, "roles": ROLES,
        "groups": {"race": {}},
    })  # fmt: skip
    assert set(check_published(case).table["how"]) == {ROUNDED}

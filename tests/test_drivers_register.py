"""The register of a model's variables: what is declared, what is told, what is moved, in words without a verdict."""

import json

import numpy as np
import pandas as pd
import pytest

import wfaudit as wf
from wfaudit.estimators.intervals import newcombe
from wfaudit.measures.drivers import importance, register
from wfaudit.measures.drivers.registered import COLUMNS, HEADS
from wfaudit.models import points

VERDICTS = ("biased", "unfair", "fair ", "discriminat", "illegal", "unlawful", "privileged")


def case_of(people, inputs, **declared):
    roles = {"score": {"column": "score", "resolution": 0.0001}} | declared.pop("roles", {})
    keys = {"source": people, "roles": roles, "groups": {"sex": {"reference": "men"}}}
    return wf.Case.from_dict(keys | {"inputs": inputs} | declared)


def people(n=2_000, seed=0):
    rng = np.random.default_rng(seed)
    women = rng.random(n) < 0.5
    title = np.where(rng.random(n) < np.where(women, 0.95, 0.1), "Ms", "Mr")
    work, shoes = rng.integers(0, 4, n), rng.integers(36, 46, n)
    score = 2.0 * work + (title == "Ms")
    return pd.DataFrame({
        "sex": np.where(women, "women", "men"), "title": title, "work": work, "shoes": shoes, "score": score,
    })  # fmt: skip


INPUTS = {
    "title": {"source": "form", "legal_basis": "Consent of the person", "irrelevant": 0.7},
    "work": {"source": "register", "legal_basis": "Act 12", "purpose": "risk", "irrelevant": 0.1},
    "shoes": {"special_category": True, "irrelevant": 0.9},
}
MODEL = points({"title": {"Ms": 1, "Mr": 0}, "work": 2.0, "shoes": 0.0}, name="points")


@pytest.fixture(scope="module")
def made():
    return register(case_of(people(), INPUTS), MODEL).to_frame().set_index("input")


# --- by hand


def test_who_lacks_a_value_more_often_is_counted_by_hand():
    # of ten women four gave no answer, of ten men one
    answers = [None] * 4 + ["yes"] * 6 + [None] + ["no"] * 9
    twenty = pd.DataFrame({"sex": ["women"] * 10 + ["men"] * 10, "answer": answers, "score": 0.5})
    row = register(case_of(twenty, {"answer": {}})).to_frame().iloc[0]
    assert row["missing_between"] == "sex: women over men"
    assert row["missing_n"] == 20
    assert row["missing_difference"] == pytest.approx(0.4 - 0.1)
    low, high = newcombe(4, 10, 1, 10)
    assert (row["missing_low"], row["missing_high"]) == pytest.approx((float(low), float(high)))


def test_of_offices_the_difference_has_an_interval_over_them():
    many = people().assign(office=lambda p: np.arange(len(p)) % 30)
    gone = (many["sex"] == "women") & (many["office"] % 3 == 0) | (np.arange(len(many)) % 11 == 0)
    many["shoes"] = many["shoes"].where(~gone)  # the women of every third office say nothing
    apart, offices = case_of(many, INPUTS), case_of(many, INPUTS, roles={"cluster": "office"})
    one, other = (
        register(case).to_frame().set_index("input").loc["shoes"] for case in (apart, offices)
    )
    assert one["missing_difference"] == other["missing_difference"]
    assert other["missing_low"] < other["missing_difference"] < other["missing_high"]
    assert other["missing_high"] - other["missing_low"] > 2 * (
        one["missing_high"] - one["missing_low"]
    )


# --- in words


def test_each_input_is_flagged_for_what_is_declared_and_measured_of_it_and_for_nothing_else(made):
    assert made.loc["title", "flags"].split("; ") == [
        "legal basis: consent", "moves the score although caseworkers call it irrelevant",
        "proxy that moves the score (sex: men)",
    ]  # fmt: skip
    assert made.loc["work", "flags"] == ""
    assert made.loc["shoes", "flags"] == "no legal basis declared; special category of data"


def test_an_input_that_the_model_does_not_use_is_said_to_have_no_effect(made):
    assert made["effect"].to_dict() == {
        "title": "some", "work": "some", "shoes": "none: the model does not use it",
    }  # fmt: skip
    assert made.loc["shoes", "importance"] == 0.0


def test_the_numbers_are_those_of_the_measures_with_n_and_interval(made):
    told = importance(case_of(people(), INPUTS), MODEL).table.set_index("at")
    assert made.loc["work", "importance"] == told.loc["work", "estimate"]
    assert (
        made.loc["work", ["importance_low", "importance_high"]]
        == told.loc["work", ["low", "high"]].to_numpy()
    ).all()
    known = made["proxy_auc"].notna()
    assert (made.loc[known, "proxy_n"] == 2_000).all()
    assert (made.loc[known, "proxy_low"] <= made.loc[known, "proxy_auc"]).all()
    assert made.loc["title", "proxy_for"].startswith("sex: ")


@pytest.mark.parametrize(("basis", "flag"), [
    ("consent", "legal basis: consent"), ("Explicit Consent (9.2.a)", "legal basis: consent"),
    ("", "no legal basis declared"), ("none declared", "no legal basis declared"), ("Act 12, § 3", ""),
])  # fmt: skip
def test_a_basis_of_consent_or_none_is_said_in_words(basis, flag):
    case = case_of(people(300), {"shoes": {"legal_basis": basis}})
    assert register(case).to_frame()["flags"].tolist() == [flag]


def test_without_a_model_a_surrogate_tells_what_inputs_move_and_only_where_it_is_faithful():
    found = register(case_of(people(), INPUTS))
    assert found.to_frame()["importance"].notna().all()
    assert "Associations with the recorded score" in found.notes[0]
    rng = np.random.default_rng(1)
    loose = register(case_of(people().assign(score=rng.random(2_000)), INPUTS))
    assert loose.to_frame()["importance"].isna().all()
    assert (loose.to_frame()["effect"] == "not known").all()
    assert "below the bar" in loose.to_frame()["note"].iloc[0]
    assert "moves the score" not in " ".join(loose.to_frame()["flags"])


def test_with_neither_model_nor_score_what_moves_is_not_known_and_why_is_said():
    frame = people(300).assign(flag=lambda p: p["work"] > 1)
    case = wf.Case.from_dict({
        "source": frame, "roles": {"flagged": "flag"}, "groups": {"sex": {}}, "inputs": INPUTS,
    })  # fmt: skip
    found = register(case)
    assert (found.to_frame()["effect"] == "not known").all()
    assert (
        found.notes[0]
        == "What inputs move is not known: no model was given, and the case declares no score"
    )


def test_no_word_of_it_is_a_verdict_and_its_page_is_a_table_for_everybody():
    found = register(case_of(people(), INPUTS | {"<b>work": {"column": "work"}}), MODEL)
    page = found._repr_html_()
    assert not [word for word in VERDICTS if word in page.lower()]
    assert page.count('scope="row"') == 4
    assert page.count('scope="col"') == 1 + len(HEADS)
    assert "<b>work" not in page
    assert "&lt;b&gt;work" in page
    assert tuple(found.to_frame().columns) == COLUMNS
    assert repr(found).startswith("Register of the inputs")


# --- in a report


def test_a_report_has_the_register_as_a_section_and_its_numbers_in_results(tmp_path):
    folder = wf.audit(case_of(people(), INPUTS), MODEL).report(tmp_path / "out").parent
    page = (folder / "report.html").read_text(encoding="utf-8")
    section = page[page.index('id="register"') :].split("</section>")[0]
    assert section.count('scope="row"') == 3
    assert "moves the score although caseworkers call it irrelevant" in section
    rows = json.loads((folder / "results.json").read_text(encoding="utf-8"))["register"]
    assert [row["input"] for row in rows] == list(INPUTS)
    assert all(tuple(row) == COLUMNS for row in rows)
    assert rows[1]["legal_basis"] == "Act 12"


def test_a_case_without_inputs_has_no_register(tmp_path):
    done = wf.audit(case_of(people(300), {}))
    assert done.register is None
    folder = done.report(tmp_path / "out").parent
    assert "register" not in json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert 'id="register"' not in (folder / "report.html").read_text(encoding="utf-8")


def test_a_model_that_asks_for_what_the_case_does_not_declare_stops_register_and_audit():
    case, model = case_of(people(300), INPUTS), points({"income": 1.0}, name="points")
    for ask in (register, wf.audit):
        with pytest.raises(wf.AuditError, match="also asks for 'income'"):
            ask(case, model)


# --- planted


def test_the_register_of_asta_tells_consent_proxies_and_what_is_missing_for_whom():
    case = wf.load("asta")
    found = register(case).to_frame().set_index("input")
    declared = {name: spec.get("legal_basis", "") for name, spec in case.inputs}
    for basis, flag in (
        ("consent", "legal basis: consent"),
        ("none declared", "no legal basis declared"),
    ):
        flagged = found.index[found["flags"].str.contains(flag, regex=False)]
        assert set(flagged) == {name for name, told in declared.items() if told == basis}
        assert len(flagged) == 3
    special = found.index[found["flags"].str.contains("special category")]
    assert set(special) == {name for name, spec in case.inputs if spec.get("special_category")}
    assert "proxy that moves the score (origin: Danish)" in found.loc["spoken Danish", "flags"]
    assert found.loc["years of experience", "missing_between"].startswith(
        "origin: non-western over"
    )
    absent = found.loc["years of experience"]
    assert absent["missing_low"] < 0.30 - 0.09 < absent["missing_high"]  # as planted
    assert found.loc["photo on the CV", "flags"] == "no legal basis declared"

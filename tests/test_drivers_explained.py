"""One person's main elements of the decision: right, in words, and nowhere but before the one who asked."""

import copy
import json
import logging
import pickle
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import wfaudit as wf
from wfaudit.measures import drivers
from wfaudit.measures.drivers.looks import moved
from wfaudit.models import Model, coefficients, points

# points: no work 4, bad health 2, shoes nothing; from 5 points on people are flagged
TABLE = {
    "work": {"yes": 0, "no": 4},
    "health": {"good": 0, "bad": 2},
    "shoes": {"small": 0, "large": 0},
}
PEOPLE = pd.DataFrame({
    "id": ["CANARY-a", "CANARY-b", "CANARY-c", "CANARY-d"],
    "work": ["yes", "no", "yes", "no"], "health": ["good", "bad", "good", "good"],
    "shoes": ["small", "large", "small", "small"], "points": [0, 6, 0, 4], "sex": ["women", "men"] * 2,
})  # fmt: skip


def case_of(people=PEOPLE, **roles):
    declared = {"person": "id", "score": "points", "flagged": {"score_at_least": 5}} | roles
    return wf.Case.from_dict({
        "source": people, "roles": {name: role for name, role in declared.items() if role},
        "groups": {"sex": {"reference": "men"}}, "inputs": {name: {} for name in TABLE},
    })  # fmt: skip


def explained(person="CANARY-b", **how):
    return drivers.explain(case_of(), points(TABLE), person=person, **how)


# --- by hand


def test_by_hand_work_adds_two_points_and_health_one_and_a_half():
    """Of four people two have no work (mean 2 points) and one has bad health (mean half a point)."""
    found = explained().parts.set_index("input")["attribution"]
    assert found.to_dict() == {"work": 2.0, "health": 1.5, "shoes": 0.0}
    assert (explained().score, explained().predicted, explained().base) == (6.0, 6.0, 2.5)


def test_it_is_told_in_sentences_what_raises_first():
    told = explained().sentences
    assert told[0].startswith(
        "The model gives a score of 6, which is the tier “flagged”. On average everybody here is at"
    )
    assert told[1] == "work (no) raises the score by 2.00 points against everybody here."
    assert told[2] == "health (bad) raises the score by 1.50 points against everybody here."
    assert not any("shoes" in line for line in told[1:3])


def test_the_single_changes_that_would_lead_to_another_tier_are_told():
    """6 points: with good health, the usual answer, 4; work has no answer that is more frequent than another."""
    assert explained().changes[["input", "value", "to", "tier"]].values.tolist() == [
        ["health", "bad", "good", "not flagged"]
    ]
    assert (
        "Each of these alone, all else kept, would lead to the tier “not flagged”: health at good instead of bad."
        in explained().sentences
    )
    assert "No single input at its most frequent or middle value" in " ".join(
        explained("CANARY-a").sentences
    )


def test_whoever_is_asked_about_the_parts_add_up_to_the_score():
    for person in PEOPLE["id"]:
        found = explained(person)
        assert found.base + found.parts["attribution"].sum() == pytest.approx(
            found.predicted, abs=1e-12
        )


def test_the_smallest_changes_of_numbers_are_counted():
    """Ages 20 to 60 by 10, a point a year, cut at 45: of somebody of 40 the next ages are 30 and 50; 50 flags."""
    people = pd.DataFrame(
        {"id": list("abcde"), "age": [20, 30, 40, 50, 60], "s": [20, 30, 40, 50, 60]}
    )
    case = wf.Case.from_dict({
        "source": people, "inputs": {"age": {}},
        "roles": {"person": "id", "score": "s", "flagged": {"score_at_least": 45}},
    })  # fmt: skip
    model = Model(
        name="years", inputs=("age",), scored=lambda x: x["age"].to_numpy(), unit="points"
    )
    found = drivers.explain(case, model, person="c")
    assert found.steps == (2, 1)
    assert "Of 2 smallest changes" in found.sentences[-1]


def test_compared_with_one_group_the_sentence_says_so_and_the_numbers_change():
    found = explained(background={"sex": "women"})
    assert (
        found.parts.set_index("input")["attribution"]["work"] == 4.0
    )  # no woman here is without work
    assert "against the group compared with" in found.sentences[1]
    assert "sex women (2 rows)" in found.sentences[0]


def test_a_missing_answer_is_told_as_not_available():
    people = PEOPLE.assign(work=["yes", None, "yes", "no"])
    model = Model(
        name="gone", inputs=tuple(TABLE), unit="points",
        scored=lambda x: 4.0 * (x["work"] != "yes").to_numpy() + 2.0 * (x["health"] == "bad").to_numpy(),
    )  # fmt: skip
    found = drivers.explain(case_of(people), model, person="CANARY-b")
    assert (
        "work (not available) raises the score by 2.00 points against everybody here."
        in found.sentences
    )


def test_a_change_that_cannot_exist_is_not_told():
    model = points(TABLE)
    impossible = Model(
        **{f: getattr(model, f) for f in model.__dataclass_fields__} | {"possible": lambda x: (x["health"] == "bad").to_numpy()}
    )  # fmt: skip
    assert not len(drivers.explain(case_of(), impossible, person="CANARY-b").changes)


def test_where_no_cut_off_is_declared_that_is_said_and_the_rest_stands():
    found = drivers.explain(case_of(flagged=None), points(TABLE), person="CANARY-b")
    assert found.tier == ""
    assert "not known: the case declares no cut-offs" in found.sentences[-1]
    assert "work (no) raises" in found.sentences[1]


def test_log_odds_stand_beside_a_chance():
    people = PEOPLE.assign(points=[0.5, 0.9, 0.5, 0.9])
    model = coefficients(TABLE, intercept=-1.0)
    found = drivers.explain(case_of(people), model, person="CANARY-b")
    assert found.sentences[0].startswith("The model gives a score of 0.993 (+5.00 log-odds)")


# --- for shap's own pictures


def test_shap_gets_the_same_numbers():
    found = explained()
    told = found.to_shap()
    assert told.values.tolist() == found.parts["attribution"].tolist()
    assert told.base_values + told.values.sum() == pytest.approx(found.predicted)
    assert list(told.feature_names) == list(found.parts["input"])


# --- nobody else's business


def test_its_repr_says_that_it_is_personal_data_and_shows_none_of_it():
    told = repr(explained())
    assert told.startswith("<Personal data of one person")
    assert not [word for word in ("work", "6", "no)", "CANARY") if word in told]


def test_in_a_notebook_it_begins_with_a_warning_and_escapes_what_people_wrote():
    people = PEOPLE.assign(health=["good", "<b>bad", "good", "good"])
    model = points({**TABLE, "health": {"good": 0, "<b>bad": 2}})
    page = drivers.explain(case_of(people), model, person="CANARY-b")._repr_html_()
    assert page.index("Personal data of one person") < page.index("Main elements of the decision")
    assert "&lt;b&gt;bad" in page
    assert "<b>bad" not in page


def test_its_picture_says_that_it_is_personal_data():
    figure = explained().plot()
    assert "Personal data of one person" in figure.axes[0].get_title(loc="left").replace("\n", " ")
    assert "work (no): +2.00" in figure.alt


def test_it_holds_no_id_and_can_be_neither_stored_nor_sent_nor_copied():
    found = explained()
    assert not any("CANARY" in str(getattr(found, name)) for name in found.__dataclass_fields__)
    for store in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(wf.AuditError, match="is not stored"):
            store(found)
    with pytest.raises(TypeError):
        json.dumps(found)


def test_an_id_that_does_not_exist_stops_with_no_id_in_the_message():
    for given in ("CANARY-z", "CANARY-", ""):
        with pytest.raises(wf.AuditError) as stopped:
            explained(given)
        assert "CANARY" not in str(stopped.value)
        assert "Nobody in this case has the id" in str(stopped.value)


def test_a_case_without_a_person_role_says_what_to_declare():
    with pytest.raises(wf.AuditError, match=r"Add person = \"<column>\""):
        drivers.explain(case_of(person=None), points(TABLE), person="CANARY-b")


def test_of_several_rows_of_one_person_one_is_asked_for_by_its_number():
    people = PEOPLE.assign(id=["CANARY-a", "CANARY-b", "CANARY-b", "CANARY-d"])
    case = case_of(people)
    with pytest.raises(wf.AuditError, match=r"This person has 2 rows\. Say which one") as stopped:
        drivers.explain(case, points(TABLE), person="CANARY-b")
    assert "CANARY" not in str(stopped.value)
    assert [
        drivers.explain(case, points(TABLE), person="CANARY-b", row=r).score for r in (1, 2)
    ] == [6, 0]
    with pytest.raises(wf.AuditError, match="This person has 2 rows"):
        drivers.explain(case, points(TABLE), person="CANARY-b", row=3)


def test_whoever_gets_no_score_gets_no_explanation():
    model = Model(
        name="silent", inputs=tuple(TABLE), gaps=True, unit="points",
        scored=lambda x: np.where(x["shoes"] == "large", np.nan, 1.0),
    )  # fmt: skip
    with pytest.raises(wf.AuditError, match="gives this person no score"):
        drivers.explain(case_of(), model, person="CANARY-b")


def test_nothing_of_it_reaches_a_log_or_stays_beside_the_case(caplog, capsys):
    case = case_of()
    with caplog.at_level(logging.DEBUG):
        drivers.explain(case, points(TABLE), person="CANARY-b")
    out = capsys.readouterr()
    assert not caplog.records
    assert (out.out, out.err) == ("", "")
    assert set(case.counted) <= {"models", "backgrounds", "inputs"}


def test_no_file_of_a_report_holds_a_person_or_what_was_told_of_one(tmp_path):
    """Inputs bear canaries too; groups and inputs' names may be told, people's answers may not."""
    people = pd.concat([PEOPLE] * 20, ignore_index=True)
    people["id"] = [f"CANARY-{i:03d}" for i in range(80)]
    people["salary"] = 7_777_000.0 + np.arange(80)
    case = wf.Case.from_dict({
        "source": people, "roles": {"person": "id", "score": "points", "flagged": {"score_at_least": 5}},
        "groups": {"sex": {"reference": "men"}}, "inputs": {"salary": {}, "work": {}},
    })  # fmt: skip
    model = Model(
        name="asked", inputs=("salary", "work"), unit="points",
        scored=lambda x: (x["salary"] - 7_777_000) / 10 + 4.0 * (x["work"] == "no").to_numpy(),
    )  # fmt: skip
    told = drivers.explain(case, model, person="CANARY-041")
    assert "salary (7777041)" in " ".join(told.sentences)
    folder = wf.audit(case, model).report(tmp_path / "out").parent
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8")
        assert "CANARY" not in text
        assert "77770" not in text
        assert "Personal data" not in text


# --- the report's section


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    people = pd.concat([PEOPLE] * 20, ignore_index=True).assign(id=[f"p{i}" for i in range(80)])
    model = points(TABLE)
    noted = Model(
        **{f: getattr(model, f) for f in model.__dataclass_fields__}
        | {"notes": ("Opened from a pickle.",)}
    )
    audit = wf.audit(case_of(people), noted)
    return audit, audit.report(tmp_path_factory.mktemp("drivers") / "out").read_text(
        encoding="utf-8"
    )


def test_the_report_names_the_model_what_must_be_said_of_it_and_what_it_does_not_show(page):
    _, text = page
    section = text[text.index('<h2 id="drivers">') :]
    for words in ("Which variables move the score", "a sum of one part an input, 3 inputs", "Opened from a pickle.",
                  "does not cause unemployment", "Move nobody's score here:</b> shoes"):  # fmt: skip
        assert words.replace("'", "&#39;") in section or words in section


def test_every_number_of_the_section_is_one_of_a_result(page):
    audit, text = page
    result = next(r for r in audit.results if r.measure == "mean_absolute_attribution" and not r.by)
    for row in result.to_frame().to_dict("records"):
        if row["estimate"]:
            limits = (
                f"{row['low']:.3f} to {row['high']:.3f}"
                if row["low"] == row["low"]
                else row["note"]
            )
            assert f"{row['estimate']:.3f} ({limits})" in text


def test_drivers_have_one_section_and_not_a_second_one_each(page):
    _, text = page
    assert text.count('id="mean_absolute_attribution"') == 1
    assert not re.search(r'<h2 id="(mean_absolute_attribution|attribution_gap)"', text)
    assert text.count('href="#drivers"') == 1


def test_the_machine_readable_file_names_the_model(page, tmp_path):
    audit, _ = page
    told = json.loads(
        (audit.report(tmp_path / "out").parent / "results.json").read_text(encoding="utf-8")
    )
    assert told["model"]["inputs"] == list(TABLE)
    assert told["model"]["notes"] == ["Opened from a pickle."]


def test_a_register_of_inputs_has_its_place_and_what_it_says_is_escaped(page, tmp_path):
    audit, _ = page
    register = pd.DataFrame(
        [["work", "<b>the register</b>"], ["shoes", None]], columns=["input", "source"]
    )
    told = replace(audit, moved=replace(audit.moved, register=register)).report(tmp_path / "out")
    text = told.read_text(encoding="utf-8")
    assert '<th scope="row">work</th><td class="say">&lt;b&gt;the register&lt;/b&gt;</td>' in text
    assert '<th scope="row">shoes</th><td class="say"></td>' in text


def test_without_a_model_there_is_no_such_section(tmp_path):
    text = wf.audit(case_of()).report(tmp_path / "out").read_text(encoding="utf-8")
    assert 'id="drivers"' not in text


def test_of_many_gaps_the_first_attributes_are_drawn_whole_and_the_rest_stands_in_tables():
    people = pd.concat([PEOPLE] * 30, ignore_index=True)
    people = people.assign(
        region=[f"r{i % 4}" for i in range(120)], age=[("young", "old", "older")[i % 3] for i in range(120)],
        id=[f"p{i}" for i in range(120)],
    )  # fmt: skip
    case = wf.Case.from_dict({
        "source": people, "roles": {"person": "id", "score": "points", "flagged": {"score_at_least": 5}},
        "groups": {"sex": {"reference": "men"}, "region": {"reference": "r0"}, "age": {"reference": "old"}},
        "inputs": {name: {} for name in TABLE}, "families": {"confirm": ["selection_rate by region"]},
    })  # fmt: skip
    results = [drivers.gap(case, points(TABLE), by=by) for by in ("sex", "region", "age")]
    titles = [look.title for look in moved(case, points(TABLE), results).looks]
    assert titles == [
        f"Where the gap in predictions comes from: {group}" for group in ("r1", "r2", "r3", "women")
    ]

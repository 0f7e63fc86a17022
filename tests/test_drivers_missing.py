"""What "value not available" does: counted by hand, exact where it can be, and whom a model gives no result."""

import io

import numpy as np
import pandas as pd
import pytest

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.measures.drivers import (
    answers_without_result,
    missing_effect,
    taken_away,
    without_result,
)
from wfaudit.measures.drivers.anew import UNUSED
from wfaudit.measures.drivers.gaps_in_inputs import STOPS
from wfaudit.measures.drivers.no_result import QUESTIONS
from wfaudit.models import Model, function, points

# danish: 0 to 3, where it is recorded; skill plays no part; children count
PEOPLE = """
sex   danish skill children
women 3      1     0
women 1      .     1
women .      2     2
women .      1     0
men   3      1     1
men   3      2     0
men   0      1     2
men   .      .     0
"""
MISSING = 2.0  # what the model takes a missing value for


def score(people):
    return people["danish"].fillna(MISSING) + people["children"]


def case_of(times=1, **more):
    people = pd.read_csv(io.StringIO(PEOPLE), sep=r"\s+", na_values=["."])
    people = pd.concat([people] * times, ignore_index=True)
    people = people.assign(score=score(people))
    declared = {
        "roles": {"score": {"column": "score", "resolution": 1}, "flagged": {"score_at_least": 3}},
        "groups": {"sex": {"reference": "men"}},
        "inputs": {"danish": {}, "skill": {}, "children": {}},
    }
    return wf.Case.from_dict({**declared, "source": people, **more})


MODEL = function(score, ["danish", "skill", "children"], unit="points")


def told(result):
    table = result.to_frame()
    return {f"{r['at']}: {r['group']}": (r["n"], r["estimate"]) for r in table.to_dict("records")}


def test_whose_value_is_missing_is_held_against_the_mean_of_recorded_values():
    """Recorded: 3, 1, 3, 3, 0, a mean of 2.0; the model takes missing for 2: no difference at all."""
    assert told(missing_effect(case_of(), MODEL, by="sex"))["danish: women"] == (2, 0.0)
    low = function(lambda p: p["danish"].fillna(0) + p["children"], MODEL.inputs, unit="points")
    found = told(missing_effect(case_of(), low, by="sex"))
    assert found["danish: women"] == (2, -2.0)
    assert found["danish: men"] == (1, -2.0)
    assert found["skill: men"] == (1, 0.0)


def test_taking_a_value_away_moves_the_score_by_the_missing_value_less_the_recorded_one():
    """Women with a value: 3 and 1, so 2 - 3 and 2 - 1; men: 3, 3, 0, so -1, -1 and +2."""
    found = told(taken_away(case_of(), MODEL, ["danish"], by="sex"))
    assert found == {"danish: men": (3, 0.0), "danish: women": (2, 0.0)}
    everybody = taken_away(case_of(5), MODEL, ["danish"]).to_frame().iloc[0]
    moves = np.repeat([-1.0, 1.0, -1.0, -1.0, 2.0], 5)
    half = 2.0639 * moves.std(ddof=1) / 5  # t of 24 degrees of freedom, 25 people
    assert (everybody["n"], everybody["estimate"]) == (25, 0.0)
    assert everybody["high"] == pytest.approx(half, abs=1e-3)


def test_tiers_changed_by_taking_away_are_counted_by_hand():
    """Flagged from 3: the woman of 3 falls to 2, of 1 + 1 rises to 3; of the men one falls (3 + 0 to 2)
    and one rises (0 + 2 to 4)."""
    found = taken_away(case_of(), MODEL, ["danish"], tells="changes", by="sex")
    pairs = dict(
        zip(
            found.table["group"],
            zip(found.evidence["k"], found.evidence["n"], strict=True),
            strict=True,
        )
    )
    assert pairs == {"men": (2, 3), "women": (2, 2)}


def test_the_tier_of_whom_a_value_lacks_is_held_against_one_drawn_from_recorded_people():
    """Without a value nobody is flagged, with any recorded one everybody is: all three change tier."""
    flags = function(lambda p: np.where(p["danish"].isna(), 0.0, 5.0), MODEL.inputs, unit="points")
    found = missing_effect(case_of(), flags, ["danish"], tells="changes")
    assert (found.evidence["k"].tolist(), found.table["n"].tolist()) == ([3], [3])
    never = function(lambda p: 5.0 + 0 * p["children"], MODEL.inputs, unit="points")
    assert missing_effect(case_of(), never, ["danish"], tells="changes").evidence["k"].tolist() == [
        0
    ]


def test_of_many_values_sixteen_are_drawn_and_the_mean_comes_out_within_its_error():
    rng = np.random.default_rng(4)
    people = pd.DataFrame({"age": rng.integers(18, 66, 4000) * 1.0, "flag": 1})
    people.loc[::2, "age"] = np.nan
    case = wf.Case.from_dict(
        {"source": people, "roles": {"flagged": "flag"}, "inputs": {"age": {}}}
    )
    row = missing_effect(case, function(lambda p: p["age"].fillna(0), ["age"])).to_frame().iloc[0]
    assert row["n"] == 2000
    mean = people["age"].mean()
    error = people["age"].std() / np.sqrt(2000 * 16)
    assert row["estimate"] == pytest.approx(-mean, abs=4 * error)
    assert row["low"] < -mean < row["high"]


def test_a_model_that_stops_at_a_missing_value_is_said_to():
    stops = points({"children": 1.0})
    found = taken_away(case_of(), stops, ["children"]).to_frame().iloc[0]
    assert found["n"] == 0
    assert STOPS in found["note"]


def test_an_input_that_is_not_used_is_said_to_have_exactly_no_effect():
    fields = {name: getattr(MODEL, name) for name in Model.__dataclass_fields__}
    model = Model(**(fields | {"used": ("danish", "children")}))
    found = taken_away(case_of(), model).to_frame().set_index("at")
    assert found.loc["skill", "estimate"] == 0
    assert UNUSED in found.loc["skill", "note"]
    assert UNUSED not in found.loc["danish", "note"]


def test_where_nothing_is_missing_the_question_is_refused_in_words():
    people = pd.DataFrame({"age": [1.0, 2.0], "flag": [0, 1]})
    case = wf.Case.from_dict(
        {"source": people, "roles": {"flagged": "flag"}, "inputs": {"age": {}}}
    )
    with pytest.raises(AuditError, match="every input of the model is available for everybody"):
        missing_effect(case, points({"age": 1.0}))
    with pytest.raises(AuditError, match="No question called 'tier'"):
        taken_away(case_of(), MODEL, tells="tier")


def test_who_gets_no_result_is_counted_by_group_and_by_answers_of_ten_people_and_more():
    """Three of eight have no Danish recorded, two women and one man; four times over."""
    falls = function(lambda p: p["danish"] + p["children"], MODEL.inputs, unit="points", gaps=True)
    found = without_result(case_of(4), falls, by="sex")
    pairs = dict(
        zip(
            found.table["group"],
            zip(found.evidence["k"], found.evidence["n"], strict=True),
            strict=True,
        )
    )
    assert pairs == {"men": (4, 16), "women": (8, 16)}
    answers = answers_without_result(case_of(5), falls)
    told_k = dict(zip(answers.table["at"], answers.evidence["k"], strict=True))
    assert told_k == {"danish & not recorded": 15, "children & 0": 10}
    assert (answers.evidence["k"] >= 10).all()
    with pytest.raises(AuditError, match="no answer leaves 10 people or more without a result"):
        answers_without_result(case_of(3), falls)


def test_a_model_that_answers_everybody_leaves_nothing_to_ask():
    for question in QUESTIONS.values():
        assert question.lacks(case_of(), MODEL) == "the model gives everybody a result"


def test_where_nobody_has_a_score_without_the_input_that_is_said():
    falls = function(lambda p: p["danish"] + p["children"], MODEL.inputs, unit="points", gaps=True)
    found = missing_effect(case_of(4), falls, ["danish"]).to_frame().iloc[0]
    assert found["n"] == 0
    assert "no score on one of the sides" in found["note"]
    assert taken_away(case_of(4), falls, ["danish"], tells="changes").table[
        "estimate"
    ].tolist() == [1.0]

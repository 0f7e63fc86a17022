"""The model that a case names, asked about its people; and what is said of a model that can't be asked."""

import json
import pickle
import sys
import threading
import time

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

import wfaudit as wf
from wfaudit import cli
from wfaudit.errors import AuditError
from wfaudit.measures.drivers import differs, importance, reproduces
from wfaudit.measures.drivers.people import behind_of, model_of
from wfaudit.measures.drivers.reproduced import looked_at
from wfaudit.models import batched, of, points

POINTS = {"points": {"work": {"yes": 0, "no": 4}}, "name": "Four points"}
# sixteen people: whoever has no work gets 4 points; of two women and one man the record says otherwise
SIXTEEN = pd.DataFrame({
    "sex": ["women"] * 8 + ["men"] * 8,
    "work": ["no", "no", "no", "no", "yes", "yes", "yes", "yes"] * 2,
    "score": [4, 4, 4, 1, 0, 0, 0, 2, 4, 4, 4, 4, 0, 0, 0, 1],
    "tier": ["high"] * 3 + ["low"] * 5 + ["high"] * 4 + ["low"] * 4,
})  # fmt: skip
ROLES = {
    "score": {"column": "score", "resolution": 1},
    "tier": {"column": "tier", "order": ["low", "high"], "cuts": [3]},
    "flagged": {"tier_at_least": "high"},
}
GROUPS = {"sex": {"reference": "men"}}


def case_of(people, *, roles=ROLES, model=None, inputs=("work",), groups=GROUPS, **more):
    keys = {"source": people, "roles": roles, "groups": groups, "inputs": {n: {} for n in inputs}}
    return wf.Case.from_dict(keys | ({"model": model} if model else {}) | more)


def shares(found):
    return {(r.group, r.at): (r.n, r.estimate) for r in found.table.itertuples()}


def untested(case, model=None):
    return {u.measure: u.why for u in wf.audit(case, model).cannot_test}


# Is this the model that made these scores? -----------------------------------------------------


def test_the_share_of_people_with_the_score_and_tier_on_record_is_counted_by_hand():
    case = case_of(SIXTEEN, model=POINTS)
    assert shares(reproduces(case)) == {
        ("everyone", "score"): (16, 13 / 16),
        ("everyone", "tier"): (16, 15 / 16),
    }
    found = reproduces(case, by="sex")
    assert shares(found) == {
        ("women", "score"): (8, 6 / 8), ("men", "score"): (8, 7 / 8),
        ("women", "tier"): (8, 7 / 8), ("men", "tier"): (8, 1.0),
    }  # fmt: skip
    assert found.interval == "95 % Wilson score interval"
    notes = dict(zip(shares(found), found.table["note"], strict=True))
    assert notes["men", "tier"] == ""
    assert "describes the model that was given, not the scores on record" in notes["men", "score"]


def test_the_largest_difference_has_no_interval_and_says_why():
    found = differs(case_of(SIXTEEN, model=POINTS), by="sex").table.set_index("group")
    assert found["estimate"].to_dict() == {"women": 3.0, "men": 1.0}
    assert found["low"].isna().all()
    assert found["note"].str.contains("not an estimate for others: no interval").all()


def test_a_record_that_is_rounded_or_cut_off_agrees_and_one_step_away_does_not():
    people = pd.DataFrame({"x": [0.12345] * 4, "score": [0.123, 0.124, 0.122, 0.1235]})
    roles = {"score": {"column": "score", "resolution": 0.001}}
    case = case_of(people, roles=roles, inputs=["x"], groups={})
    told = reproduces(case, of(lambda given: given["x"], inputs=["x"]))
    assert shares(told)["everyone", "score"] == (4, 0.75)


def test_no_score_from_the_model_is_the_same_as_no_score_on_record():
    people = SIXTEEN.assign(
        score=[np.nan, *SIXTEEN["score"][1:]], work=[None, *SIXTEEN["work"][1:]]
    )
    roles = ROLES | {"score": {"column": "score", "resolution": 1, "missing": "group"}}

    def told(given):
        return given["work"].map({"yes": 0.0, "no": 4.0})

    silent = of(told, inputs=["work"])
    with pytest.raises(AuditError, match=r"is not a number in 1 row of 16 \(inputs: 'work'\)"):
        reproduces(case_of(people, roles=roles), silent)
    from wfaudit.models import function

    case = case_of(people, roles=roles)
    assert shares(reproduces(case, function(told, ["work"], gaps=True)))["everyone", "score"] == (
        16,
        13 / 16,
    )


def test_people_in_clusters_get_the_interval_of_clusters():
    people = pd.concat([SIXTEEN] * 12, ignore_index=True)
    people["office"] = np.repeat([f"o{at:02d}" for at in range(24)], 8)
    case = case_of(people, roles=ROLES | {"cluster": "office"}, model=POINTS)
    found = reproduces(case)
    assert "cluster" in found.interval or "office" in found.interval
    assert shares(found)["everyone", "score"] == (192, 13 / 16)
    assert found.evidence["clusters"].tolist() == [24, 24]


def test_it_is_the_first_thing_that_an_audit_asks_of_a_model():
    audit = wf.audit(case_of(SIXTEEN, model=POINTS))
    told = [
        r.measure for r in audit.results if "attribution" in r.measure or "reproduced" in r.measure
    ]
    assert told[0] == "reproduced_share"
    (line,) = [
        q for q in audit.data_quality if q.code == "prediction differs" and q.column == "score"
    ]
    assert line.rows == 3
    assert (
        "In 3 rows of 16 the model's score is not the one on record (at most 3 apart" in line.says
    )


def test_a_case_without_scores_says_that_there_is_nothing_to_hold_the_model_against():
    people = SIXTEEN.assign(flag=[0, 1] * 8)
    case = case_of(people, roles={"flagged": "flag"}, model=POINTS)
    assert "declares no score" in untested(case)["reproduced_share"]
    with pytest.raises(AuditError, match="can't be compared"):
        reproduces(case)


# [model] in a case file ------------------------------------------------------------------------

TOML = """
name = "Sixteen people"
source = "people.csv"
[roles]
score = { column = "score", resolution = 1 }
tier = { column = "tier", order = ["low", "high"], cuts = [3] }
flagged = { tier_at_least = "high" }
[groups.sex]
reference = "men"
[inputs.work]
"""


def laid(folder, model):
    SIXTEEN.to_csv(folder / "people.csv", index=False)
    (folder / "case.toml").write_text(f"{TOML}\n[model]\n{model}\n", encoding="utf-8")
    return folder / "case.toml"


def told_by(path, capsys):
    """The one line that a run with bad input ends in."""
    assert cli.main(["run", str(path), "--out", str(path.parent / "report")]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert not (path.parent / "report").exists()
    return told


def test_a_table_beside_the_case_file_is_asked_and_told_by_the_commands(tmp_path, capsys):
    (tmp_path / "points.json").write_text(
        json.dumps({"points": POINTS["points"]}), encoding="utf-8"
    )
    path = laid(tmp_path, 'path = "points.json"\nbackground = { sex = "men" }')
    assert cli.main(["check", str(path)]) == 0
    assert "yes  reproduced_share" in capsys.readouterr().out
    assert cli.main(["run", str(path), "--out", str(tmp_path / "report")]) == 0
    told = json.loads((tmp_path / "report" / "results.json").read_text(encoding="utf-8"))
    made = json.loads((tmp_path / "report" / "manifest.json").read_text(encoding="utf-8"))
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert told["case"]["model"]["kind"] == "table of weights"
    assert made["model"]["file"] == "points.json"
    assert made["model"]["sha256"] in page
    said = {r["measure"]: r["definition"] for r in told["results"]}
    assert "background: sex men (8 rows)" in said["mean_absolute_attribution"]


def test_a_model_that_is_given_goes_before_the_one_that_the_case_names():
    case = case_of(SIXTEEN, model=POINTS)
    other = points({"work": {"yes": 0, "no": 3}}, name="Three points")
    assert wf.audit(case).facts.model["name"] == "Four points"
    given = wf.audit(case, other).facts.model
    assert (given["name"], given["kind"]) == ("Three points", "given in memory")


def test_what_can_be_asked_is_told_with_the_model_that_the_case_names():
    able = wf.can(case_of(SIXTEEN, model=POINTS)).set_index("measure")
    assert able.loc["reproduced_share", "possible"]
    bare = wf.can(case_of(SIXTEEN)).set_index("measure")
    assert bare.loc["reproduced_share", "why"].startswith("no model was given")


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ('sytem = "amas"', "Did you mean 'system'?"),
        ('system = "amass"', "No system called 'amass'. Did you mean 'amas'?"),
        ('name = "x"', "[model] names 0 models (none)"),
        ('system = "amas"\npath = "m.skops"', "[model] names 2 models (system, path)"),
        ('system = "amas"\ntrust = ["x"]', "trust is for a model file, and system names none"),
        ('system = "amas"\nintercept = 1', "intercept belongs to coefficients or points"),
        ('path = "m.skops"', "There is no model file 'm.skops'"),
        ('path = "m.skops"\nunit = "percent"', "No unit in model called 'percent'"),
        (
            "points = { work = { yes = 0 } }",
            "in 8 rows of 16 the input 'work' is missing or a level without",
        ),
        ("points = { work = { yes = 0, no = 4 }, age = 1 }", "also asks for 'age'"),
        ('points = { work = "x" }', "a weight of 'work' is no finite number"),
        ('system = "star"\nbackground = "men"', "The background of [model] is"),
        ('system = "star"\nbackground = { sx = "men" }', "No group in background called 'sx'"),
        (
            'points = { work = { yes = 0, no = 4 } }\nbackground = { sex = "man" }',
            "No group of sex is called 'man'",
        ),
        (
            "points = { work = { yes = 0, no = 4 } }\ncomplement = true",
            "only a probability has a complement",
        ),
    ],
)
def test_a_key_of_the_model_that_can_t_be_is_told_in_one_line(tmp_path, capsys, keys, why):
    assert why in told_by(laid(tmp_path, keys), capsys)


def test_a_pickle_in_a_case_is_refused_and_where_it_is_allowed_the_report_says_so(tmp_path, capsys):
    people = SIXTEEN.assign(months=np.arange(16.0), flag=[0, 1] * 8)
    people.to_csv(tmp_path / "people.csv", index=False)
    trained = LogisticRegression().fit(people[["months"]], people["flag"])
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(trained))
    lines = 'source = "people.csv"\n[roles]\nflagged = "flag"\n[inputs.months]\n[model]\npath = "model.pkl"\n'
    (tmp_path / "case.toml").write_text(lines, encoding="utf-8")
    assert "is a pickle, which can run any code" in told_by(tmp_path / "case.toml", capsys)
    (tmp_path / "case.toml").write_text(lines + "allow_pickle = true\n", encoding="utf-8")
    assert cli.main(["run", str(tmp_path / "case.toml"), "--out", str(tmp_path / "report")]) == 0
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "is a pickle, which can run any code when it is opened; this audit opened it" in page


def test_without_skops_a_case_that_names_such_a_model_is_audited_all_the_same(
    tmp_path, monkeypatch
):
    trained = LogisticRegression().fit(pd.DataFrame({"months": [1.0, 2.0]}), [0, 1])
    skops.io.dump(trained, tmp_path / "model.skops")
    people = SIXTEEN.assign(months=np.arange(16.0))
    keys = {"path": str(tmp_path / "model.skops")}
    monkeypatch.setitem(sys.modules, "skops.io", None)
    case = case_of(people, model=keys, inputs=["months"])
    why = untested(case)
    assert "needs 'skops.io', which is not installed" in why["reproduced_share"]
    assert "needs 'skops.io', which is not installed" in why["mean_absolute_attribution"]
    gone = case_of(people, model={"path": "gone.skops", "made_by": "make.py"}, inputs=["months"])
    assert "It is built by 'make.py'" in untested(gone)["reproduced_share"]
    with pytest.raises(AuditError, match="There is no model to ask"):
        importance(gone, None)


def test_the_score_on_record_may_be_the_complement_of_the_model():
    people = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0]})
    chance = 1 / (1 + np.exp(-(people["x"] - 1)))
    people["risk"] = 1 - chance
    keys = {"coefficients": {"x": 1.0}, "intercept": -1.0}
    roles = {"score": {"column": "risk", "probability": True}}
    case = case_of(people, roles=roles, inputs=["x"], groups={}, model=keys | {"complement": True})
    assert shares(reproduces(case))["everyone", "score"] == (4, 1.0)
    plain = case_of(people, roles=roles, inputs=["x"], groups={}, model=keys)
    assert shares(reproduces(plain))["everyone", "score"] == (4, 0.25)  # 0.5 is its own complement


# Bad input -------------------------------------------------------------------------------------

DICE = np.random.default_rng(11)
MANY = pd.DataFrame({
    "age": DICE.integers(18, 66, 300) * 1.0, "months": DICE.integers(0, 37, 300) * 1.0,
    "sex": DICE.choice(["women", "men"], 300),
})  # fmt: skip
LATE = (MANY["age"] / 60 - MANY["months"] / 30 + DICE.random(300) > 0.9).to_numpy()
TRAINED = GradientBoostingClassifier(n_estimators=10, random_state=0).fit(
    MANY[["age", "months"]], LATE
)
CHANCE = np.round(TRAINED.predict_proba(MANY[["age", "months"]])[:, 1], 4)
SCORED = {"score": {"column": "score", "probability": True}, "flagged": {"score_at_least": 0.5}}


def crowd(inputs=("age", "months"), **more):
    return case_of(MANY.assign(score=CHANCE, **more), roles=SCORED, inputs=inputs)


def stopped(case, model):
    """What an audit says that stops at its model; the same as the command would."""
    with pytest.raises(AuditError) as told:
        wf.audit(case, model)
    assert "SECRET" not in str(told.value)
    return str(told.value)


def lines(audit, code):
    return [q.says for q in audit.data_quality if q.code == code]


def test_inputs_declared_in_another_order_are_matched_by_name():
    audit = wf.audit(crowd(inputs=("months", "age")), TRAINED)
    first = next(r for r in audit.results if r.measure == "reproduced_share")
    assert first.table["estimate"].tolist() == [1.0]
    assert not lines(audit, "prediction differs")


def test_inputs_that_are_renamed_or_missing_are_listed():
    renamed = case_of(
        MANY.rename(columns={"age": "years"}).assign(score=CHANCE),
        roles=SCORED,
        inputs=["years", "months"],
    )
    assert "also asks for 'age'. There are: 'years', 'months'" in stopped(renamed, TRAINED)
    assert "also asks for 'months'. There are: 'age'" in stopped(crowd(inputs=["age"]), TRAINED)
    mended = {
        "source": renamed.source.table,
        "roles": SCORED,
        "inputs": {"age": {"column": "years"}, "months": {}},
    }
    assert shares(reproduces(wf.Case.from_dict(mended), TRAINED))["everyone", "score"] == (300, 1.0)


def test_text_where_the_model_knows_numbers_is_told_by_input_and_count():
    texts = ["SECRET-7777" if at < 20 else str(age) for at, age in enumerate(MANY["age"])]
    told = stopped(
        case_of(MANY.assign(age=texts, score=CHANCE), roles=SCORED, inputs=["age", "months"]),
        TRAINED,
    )
    assert "stops (ValueError) at" in told
    assert "'age' (text), 'months' (numbers)" in told
    assert "20 rows of 300" in told


def test_an_input_on_another_scale_is_told_where_no_cut_point_of_the_trees_parts_people():
    days = case_of(
        MANY.assign(months=MANY["months"] * 30 + 4_000, score=CHANCE),
        roles=SCORED,
        inputs=["age", "months"],
    )
    audit = wf.audit(days, TRAINED)
    (line,) = lines(audit, "input beyond its cuts")
    assert line.startswith("Every value of the input 'months' lies on one side of all cut points")
    first = next(r for r in audit.results if r.measure == "reproduced_share")
    assert first.table["note"].str.contains("below 0.99").all()
    assert not lines(wf.audit(crowd(), TRAINED), "input beyond its cuts")


def model_that(answer, **more):
    return of(answer, inputs=["age", "months"], **more)


def test_a_model_that_stops_at_some_people_is_told_with_how_many():
    def picky(given):
        if (given["age"] > 64).any():
            raise RuntimeError("SECRET-7777")
        return given["age"]

    people = MANY.assign(score=CHANCE).sort_values("age")
    case = case_of(people, roles=SCORED, inputs=["age", "months"])
    n = int((MANY["age"] > 64).sum())
    assert f"stops (RuntimeError) at {n} rows of 300. It was given 'age' (numbers)" in stopped(
        case, model_that(picky)
    )


def test_predictions_that_are_no_numbers_are_counted_and_the_inputs_named():
    told = stopped(crowd(), model_that(lambda given: given["age"].where(given["age"] < 60)))
    n = int((MANY["age"] >= 60).sum())
    assert f"is not a number in {n} rows of 300 (inputs: 'age', 'months')" in told


def test_a_model_that_says_something_else_when_asked_again_is_told():
    dice = np.random.default_rng(1)
    told = stopped(crowd(), model_that(lambda given: dice.random(len(given))))
    assert "gave 300 rows of 300 another prediction when asked again" in told


def test_scores_beyond_0_and_1_are_no_probabilities():
    told = stopped(crowd(), model_that(lambda given: given["age"], unit="probability"))
    assert "declared to give a probability, and 300 rows of 300 lie outside 0 to 1" in told


def test_two_numbers_a_person_are_no_score():
    told = stopped(crowd(), model_that(lambda given: given[["age", "months"]]))
    assert "gave an answer of shape (300, 2) for 300 rows" in told


def test_a_classifier_of_three_classes_gives_no_single_score():
    three = LogisticRegression(max_iter=900).fit(MANY[["age", "months"]], np.arange(300) % 3)
    assert "A LogisticRegression of 3 classes gives no single score" in stopped(crowd(), three)


def test_an_estimator_trained_without_names_is_never_held_against_people_by_position():
    bare = LogisticRegression(max_iter=900).fit(MANY[["age", "months"]].to_numpy(), LATE)
    assert "trained without names of columns can't be held against people by position" in stopped(
        crowd(), bare
    )
    with pytest.raises(AuditError, match="trained on 2 columns, and 1 inputs were named"):
        of(bare, inputs=["age"])
    named = of(bare, inputs=["age", "months"])
    np.testing.assert_array_equal(
        named.score(MANY[["months", "age"]]),
        bare.predict_proba(MANY[["age", "months"]].to_numpy())[:, 1],
    )


def test_a_constant_model_is_told_and_audited():
    audit = wf.audit(
        crowd(),
        model_that(lambda given: np.full(len(given), 0.4), name="always", unit="probability"),
    )
    assert lines(audit, "constant prediction") == [
        "always gives everybody the same score, so nothing moves it."
    ]


def test_a_background_of_one_row_is_told():
    people = MANY.assign(score=CHANCE, sex=["women"] + ["men"] * 299)
    keys = {"points": {"age": 0.01}, "background": {"sex": "women"}}
    case = case_of(people, roles=SCORED, inputs=["age"], model=keys)
    (line,) = [q for q in looked_at(case, model_of(case)) if q.code == "background of one row"]
    assert "sex women (1 row)" in line.says


def test_the_declared_background_is_the_one_that_people_are_compared_with():
    case = case_of(SIXTEEN, model=POINTS | {"background": {"sex": "men"}})
    model = model_of(case)
    assert behind_of(case, model).says == "sex men (8 rows)"
    assert behind_of(case, model, "everybody").says == "everybody (16 rows)"


def test_a_weighted_sample_is_not_asked_of_a_model_and_a_published_table_neither():
    people = SIXTEEN.assign(w=2.0)
    why = untested(case_of(people, roles=ROLES | {"weight": "w"}, model=POINTS))
    assert "rows are declared to weigh more" in why["reproduced_share"]
    counts = wf.load("ll144/selection")
    assert "holds no single people" in untested(counts)["reproduced_share"]


def test_a_model_without_declared_inputs_is_told_so():
    keys = {"source": SIXTEEN, "roles": ROLES, "model": POINTS}
    assert "declares no inputs" in untested(wf.Case.from_dict(keys))["reproduced_share"]


# Slow and far away -----------------------------------------------------------------------------


class Far:
    """A predictor that fails at times, is slow at times, and counts who was asked about."""

    def __init__(self, *, fails=(), slow=()):
        self.fails, self.slow, self.calls, self.asked = set(fails), set(slow), 0, 0
        self.over = threading.Event()

    def __call__(self, given):
        call, self.calls = self.calls, self.calls + 1
        if call in self.fails:
            raise ConnectionError("SECRET-7777")
        if call in self.slow:
            self.over.wait(20)
        self.asked += len(given)
        return given["age"] / 100


def ages(n):
    return pd.DataFrame({"age": np.arange(n) % 50 * 1.0})


def test_a_far_predictor_is_asked_in_batches_and_once_about_each_profile():
    far = Far()
    model = batched(far, ["age"], size=20, unit="probability")
    assert model.score(ages(200)).tolist() == (ages(200)["age"] / 100).tolist()
    assert (far.calls, far.asked) == (3, 50)
    model.score(ages(80).iloc[::-1])
    assert far.asked == 50
    assert "asked once about each profile" in model.notes[0]


def test_a_predictor_that_fails_now_and_then_is_asked_again():
    far = Far(fails=[0, 2])
    assert len(batched(far, ["age"], size=25, retries=1).score(ages(100))) == 100
    assert far.calls == 4


def test_a_predictor_that_does_not_answer_in_time_stops_with_how_many_were_answered_and_goes_on_from_there():
    far = Far(slow=[1, 2])
    model = batched(far, ["age"], size=25, timeout=0.2, retries=1, name="the far one")
    start = time.monotonic()
    with pytest.raises(AuditError) as told:
        model.score(ages(100))
    assert time.monotonic() - start < 5
    assert (
        "'the far one', asked 2 times about 25 profiles, did not answer within 0.2 seconds"
        in str(told.value)
    )
    assert "50 of 100 people were answered before" in str(told.value)
    far.over.set()
    assert model.score(ages(100)).tolist() == (ages(100)["age"] / 100).tolist()


def test_a_predictor_that_fails_for_good_is_told_by_the_kind_of_failure_alone():
    model = batched(Far(fails=range(99)), ["age"], retries=2)
    with pytest.raises(
        AuditError, match=r"asked 3 times about 50 profiles, stopped \(ConnectionError\)"
    ) as told:
        model.score(ages(100))
    assert "SECRET" not in str(told.value)


def test_an_answer_of_another_length_is_no_answer():
    with pytest.raises(AuditError, match=r"gave an answer of shape \(1,\)"):
        batched(lambda _: [0.5], ["age"], retries=0).score(ages(10))


def test_a_missing_input_is_a_profile_of_its_own_and_a_text_is_not_a_number():
    seen = []

    def ask(given):
        seen.extend(given["x"].tolist())
        return np.zeros(len(given))

    batched(ask, ["x"]).score(pd.DataFrame({"x": ["1", "nan", None, "", "1", None]}))
    assert len(seen) == 4


def test_a_far_predictor_is_audited_like_any_model():
    case = case_of(MANY.assign(score=MANY["age"] / 100), roles=SCORED, inputs=["age"])
    audit = wf.audit(
        case, batched(lambda given: given["age"] / 100, ["age"], size=7, unit="probability")
    )
    assert shares(next(r for r in audit.results if r.measure == "reproduced_share"))[
        "everyone", "score"
    ] == (300, 1.0)


def test_histogram_boosting_from_a_file_is_audited_exactly(tmp_path):
    trees = HistGradientBoostingClassifier(max_iter=5).fit(MANY[["age", "months"]], LATE)
    joblib.dump(trees, tmp_path / "model.joblib")
    people = MANY.assign(score=np.round(trees.predict_proba(MANY[["age", "months"]])[:, 1], 4))
    keys = {"path": str(tmp_path / "model.joblib"), "allow_pickle": True}
    audit = wf.audit(case_of(people, roles=SCORED, inputs=["age", "months"], model=keys))
    said = {r.measure: r.definition for r in audit.results}
    assert "exact over all paths of all trees" in said["mean_absolute_attribution"]

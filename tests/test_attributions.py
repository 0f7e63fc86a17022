"""What each input adds to a score is the Shapley value: held against every coalition, and against its laws."""

import numpy as np
import pandas as pd
import pytest
from coalitions import everyones
from hypothesis import given, settings
from hypothesis import strategies as st
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import wfaudit as wf
from wfaudit.attributions import background, way
from wfaudit.errors import AuditError
from wfaudit.measures import drivers
from wfaudit.measures.drivers import folded
from wfaudit.models import Ask, at_least, coefficients, function, isin, of, points, rules

TOLERANCE = 1e-6
FEW = 3  # people told by hand


def invented(n=150, seed=0):
    """People with four numbers, of which one is often missing, and two texts."""
    draw = np.random.default_rng(seed)
    people = pd.DataFrame({name: draw.normal(size=n) for name in ("age", "weeks", "jobs", "pay")})
    people["jobs"] = draw.integers(0, 5, n).astype(float)
    people.loc[draw.random(n) < 0.15, "pay"] = np.nan
    people["sex"] = draw.choice(["women", "men"], n)
    people["school"] = draw.choice(["none", "some", "more"], n)
    return people


PEOPLE = invented()
NUMBERS = PEOPLE[["age", "weeks", "jobs", "pay"]]
WHOLE = NUMBERS.fillna(0.0)
FILLED = PEOPLE.fillna({"pay": 0.0})
RAW = (
    PEOPLE["age"] + PEOPLE["weeks"] * PEOPLE["jobs"] / 2 + PEOPLE["pay"].fillna(1.5)
    + 2 * ((PEOPLE["sex"] == "women") & (PEOPLE["school"] == "none"))
)  # fmt: skip
OUTCOME = (np.random.default_rng(9).normal(RAW, 1.0) > 1).astype(int)


def coded(last):
    """A pipeline that codes texts as columns and rescales numbers."""
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["sex", "school"]),
        (StandardScaler(), ["age", "weeks", "jobs"]),
        ("passthrough", ["pay"]),
    )
    return make_pipeline(columns, last)


def forest(**more):
    return RandomForestClassifier(12, max_depth=5, random_state=0, **more)


def boosted(**more):
    return HistGradientBoostingClassifier(max_iter=12, random_state=0, **more)


CLOSED, TREES, COALITIONS = (
    "exact in closed form",
    "exact over all paths of all trees",
    "exact over all coalitions",
)
RULES = Ask(
    "age",
    at_least(0),
    Ask("school", isin("none", "some"), 3.0, 1.0),
    Ask("sex", isin("women"), 2.0, 0.0),
)
SEX, SCHOOL = {"women": 0.5, "men": -0.1}, {"none": 1.0, "some": 0.2, "more": 0.0}
KINDS = {
    "points": (lambda: points({"sex": {"women": 3, "men": 1}, "jobs": 2.0, "school": SCHOOL}), FILLED, CLOSED),
    "coefficients": (lambda: coefficients({"sex": SEX, "age": 0.4, "school": SCHOOL}), FILLED, CLOSED),
    "rules": (lambda: rules(RULES, ["age", "school", "sex", "jobs"]), FILLED, TREES),
    "gradient boosting": (lambda: GradientBoostingClassifier(n_estimators=12).fit(WHOLE, OUTCOME), WHOLE, TREES),
    "gradient boosting of a number": (lambda: GradientBoostingRegressor(n_estimators=12).fit(WHOLE, RAW), WHOLE, TREES),
    "histogram boosting, missing values": (lambda: boosted().fit(NUMBERS, OUTCOME), NUMBERS, TREES),
    "histogram boosting of a number": (lambda: HistGradientBoostingRegressor(max_iter=12).fit(NUMBERS, RAW), NUMBERS, TREES),
    "LightGBM, missing values": (lambda: LGBMClassifier(n_estimators=12, verbose=-1).fit(NUMBERS, OUTCOME), NUMBERS, TREES),
    "LightGBM of a number": (lambda: LGBMRegressor(n_estimators=12, verbose=-1).fit(NUMBERS, RAW), NUMBERS, TREES),
    "random forest": (lambda: forest().fit(WHOLE, OUTCOME), WHOLE, TREES),
    "random forest, missing values": (lambda: forest().fit(NUMBERS, OUTCOME), NUMBERS, TREES),
    "random forest of a number": (lambda: RandomForestRegressor(12, max_depth=5).fit(WHOLE, RAW), WHOLE, TREES),
    "extra trees": (lambda: ExtraTreesClassifier(12, max_depth=5).fit(WHOLE, OUTCOME), WHOLE, TREES),
    "extra trees of a number": (lambda: ExtraTreesRegressor(12, max_depth=5).fit(WHOLE, RAW), WHOLE, TREES),
    "one tree": (lambda: DecisionTreeClassifier(max_depth=4).fit(WHOLE, OUTCOME), WHOLE, TREES),
    "one tree of a number": (lambda: DecisionTreeRegressor(max_depth=4).fit(WHOLE, RAW), WHOLE, TREES),
    "logistic regression": (lambda: LogisticRegression().fit(WHOLE, OUTCOME), WHOLE, CLOSED),
    "linear regression": (lambda: LinearRegression().fit(WHOLE, RAW), WHOLE, CLOSED),
    "calibrated forest": (lambda: CalibratedClassifierCV(forest(), ensemble=False).fit(WHOLE, OUTCOME), WHOLE, TREES),
    "calibrated in five parts": (lambda: CalibratedClassifierCV(forest()).fit(WHOLE, OUTCOME), WHOLE, COALITIONS),
    "pipeline, histogram boosting": (lambda: coded(boosted()).fit(PEOPLE, OUTCOME), PEOPLE, TREES),
    "pipeline, forest": (lambda: coded(forest()).fit(FILLED, OUTCOME), FILLED, TREES),
    "pipeline, logistic regression": (lambda: coded(LogisticRegression()).fit(FILLED, OUTCOME), FILLED, CLOSED),
    "neighbours": (lambda: KNeighborsClassifier().fit(WHOLE, OUTCOME), WHOLE, COALITIONS),
    "a function": (
        lambda: function(lambda p: p["age"] * p["weeks"] + (p["sex"] == "women"), ["age", "weeks", "sex"]),
        FILLED, COALITIONS,
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_each_input_adds_is_what_every_coalition_says(kind):
    made, people, says = KINDS[kind]
    model = of(made(), people)
    behind = people.iloc[20:80][list(model.inputs)]
    found = way(model, background(behind, "sixty people"))
    told = found.of(people.iloc[:FEW], 0)
    assert found.says == says
    assert found.exact
    expected = everyones(model.margin, people.iloc[:FEW], behind)
    np.testing.assert_allclose(told.values, expected, rtol=0, atol=TOLERANCE)
    assert np.abs(expected).max() > 0.01  # there was something to tell


@pytest.mark.parametrize("kind", ["gradient boosting", "pipeline, forest", "coefficients", "rules"])
def test_on_the_scale_of_the_score_each_input_adds_what_every_coalition_says(kind):
    made, people, _ = KINDS[kind]
    model = of(made(), people)
    behind = people.iloc[20:50][list(model.inputs)]
    told = way(model, background(behind, "thirty people"), scale="score").of(people.iloc[:FEW], 0)
    expected = everyones(model.score, people.iloc[:FEW], behind)
    np.testing.assert_allclose(told.values, expected, rtol=0, atol=TOLERANCE)


TEN = [f"x{at}" for at in range(10)]


@pytest.mark.parametrize("kind", ["gradient boosting", "LightGBM", "forest", "function"])
def test_ten_inputs_are_told_as_all_their_1024_coalitions_tell_them(kind):
    draw = np.random.default_rng(3)
    people = pd.DataFrame(draw.normal(size=(200, 10)).round(1), columns=TEN)
    yes = (people["x0"] + people["x1"] * people["x2"] + draw.normal(size=200) > 0).astype(int)
    made = {
        "gradient boosting": GradientBoostingClassifier(n_estimators=10),
        "LightGBM": LGBMClassifier(n_estimators=10, verbose=-1),
        "forest": forest(),
    }
    if kind == "function":
        model = function(lambda p: np.maximum(p["x0"], p["x1"]) * p["x9"] + p["x3"] ** 2, TEN)
    else:
        model = of(made[kind].fit(people, yes), people)
    behind = people.iloc[100:108]
    told = way(model, background(behind, "eight people")).of(people.iloc[:2], 0)
    expected = everyones(model.margin, people.iloc[:2], behind)
    np.testing.assert_allclose(told.values, expected, rtol=0, atol=TOLERANCE)


def test_a_hand_count_of_two_inputs_and_two_people():
    """a times b, against (0, 0): of 2 times 3 each input adds half; against (0, 3) all of it is a's."""
    model = function(lambda p: p["a"] * p["b"], ["a", "b"])
    person = pd.DataFrame({"a": [2.0], "b": [3.0]})
    zero = way(model, background(pd.DataFrame({"a": [0.0], "b": [0.0]}), "nothing")).of(person, 0)
    half = way(model, background(pd.DataFrame({"a": [0.0], "b": [3.0]}), "no a")).of(person, 0)
    assert zero.values.tolist() == [[3.0, 3.0]]
    assert half.values.tolist() == [[6.0, 0.0]]


# The closed form ------------------------------------------------------------------------------


def test_a_linear_model_adds_its_coefficient_times_the_distance_from_the_mean():
    trained = LogisticRegression().fit(WHOLE, OUTCOME)
    behind = WHOLE.iloc[10:90]
    told = way(of(trained, WHOLE), background(behind, "eighty people")).of(WHOLE, 0)
    expected = trained.coef_[0] * (WHOLE - behind.mean()).to_numpy()
    np.testing.assert_allclose(told.values, expected, rtol=0, atol=1e-12)


def test_points_add_their_distance_from_the_mean_points():
    model = points({"school": {"none": 4, "some": 1, "more": 0}, "jobs": -0.5})
    people = PEOPLE[["school", "jobs"]]
    told = way(model, background(people, "everybody")).of(people, 0)
    worth = people["school"].map({"none": 4, "some": 1, "more": 0})
    expected = np.column_stack(
        [worth - worth.mean(), -0.5 * (people["jobs"] - people["jobs"].mean())]
    )
    np.testing.assert_allclose(told.values, expected, rtol=0, atol=1e-12)


# Laws -----------------------------------------------------------------------------------------

LEVELS = st.sampled_from([-1.0, 0.0, 1.0, 2.0])
ROWS = st.lists(st.tuples(LEVELS, LEVELS, LEVELS), min_size=1, max_size=6)
NAMES = ["a", "b", "c"]


def frame(rows):
    return pd.DataFrame(rows, columns=NAMES, dtype=float)


def twisted(people):
    """Two inputs that work together; the third does nothing."""
    return np.maximum(people["a"], people["b"]) + 0.5 * people["a"] * people["b"]


def values(ask, people, behind):
    return way(function(ask, NAMES), background(behind, "some")).of(people, 0).values


def grown():
    """A model of trees that needs no training: rules that never ask c."""
    tree = Ask("a", at_least(1), Ask("b", at_least(0), 4.0, 1.0), Ask("b", at_least(2), 2.0, 0.5))
    return rules(tree, NAMES)


BOTH = pytest.mark.parametrize(
    "model", [function(twisted, NAMES), grown()], ids=["function", "trees"]
)


@BOTH
@given(people=ROWS, behind=ROWS)
@settings(max_examples=40, deadline=None)
def test_what_inputs_add_sums_to_the_distance_from_the_backgrounds_mean(model, people, behind):
    people, behind = frame(people), frame(behind)
    told = way(model, background(behind, "some")).of(people, 0)
    distance = model.margin(people) - model.margin(behind).mean()
    np.testing.assert_allclose(told.values.sum(axis=1), distance, rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(told.left, distance - told.values.sum(axis=1), rtol=0, atol=1e-12)


@BOTH
@given(people=ROWS, behind=ROWS)
@settings(max_examples=40, deadline=None)
def test_an_input_that_is_not_used_adds_exactly_nothing(model, people, behind):
    told = way(model, background(frame(behind), "some")).of(frame(people), 0)
    assert (told.values[:, NAMES.index("c")] == 0).all()


@given(people=ROWS, behind=ROWS)
@settings(max_examples=40, deadline=None)
def test_two_inputs_that_work_alike_add_alike(people, behind):
    people, behind = frame(people), frame(behind)
    swapped = [one.rename(columns={"a": "b", "b": "a"})[NAMES] for one in (people, behind)]
    told, turned = values(twisted, people, behind), values(twisted, *swapped)
    np.testing.assert_allclose(told[:, [1, 0, 2]], turned, rtol=0, atol=1e-12)


@given(people=ROWS, behind=ROWS, times=st.sampled_from([-2.0, 0.5, 3.0]))
@settings(max_examples=40, deadline=None)
def test_of_two_models_added_each_input_adds_what_it_adds_in_both(people, behind, times):
    people, behind = frame(people), frame(behind)
    other = lambda p: p["c"] * p["a"] - p["b"] ** 2  # noqa: E731
    both = values(lambda p: twisted(p) + times * other(p), people, behind)
    apart = values(twisted, people, behind) + times * values(other, people, behind)
    np.testing.assert_allclose(both, apart, rtol=0, atol=1e-10)


@BOTH
@given(people=ROWS, behind=ROWS, seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_neither_the_order_of_the_background_nor_counting_it_twice_changes_anything(
    model, people, behind, seed
):
    people, behind = frame(people), frame(behind)
    twice = pd.concat([behind, behind]).sample(frac=1, random_state=seed)
    told = way(model, background(behind, "some")).of(people, 0).values
    again = way(model, background(twice, "some twice")).of(people, 0).values
    np.testing.assert_allclose(told, again, rtol=0, atol=1e-7)


@BOTH
@given(people=ROWS, behind=ROWS, seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_what_is_told_of_a_person_hangs_on_nobody_asked_besides(model, people, behind, seed):
    people, found = frame(people), way(model, background(frame(behind), "some"))
    order = np.random.default_rng(seed).permutation(len(people))
    together = found.of(people, 0).values
    np.testing.assert_array_equal(found.of(people.iloc[order], 0).values, together[order])
    alone = np.concatenate([found.of(people.iloc[[at]], at).values for at in range(len(people))])
    np.testing.assert_allclose(alone, together, rtol=0, atol=1e-12)


# What is refused, and what is said ------------------------------------------------------------


def test_a_background_of_nobody_is_refused():
    with pytest.raises(AuditError, match="has no rows"):
        background(PEOPLE.iloc[:0], "nobody")


def test_a_scale_that_is_none_is_named_with_those_there_are():
    model = points({"jobs": 1.0})
    with pytest.raises(AuditError, match="raw, score"):
        way(model, background(PEOPLE, "everybody"), scale="rawe")


def test_nobody_asked_gives_no_rows():
    for kind in ("points", "gradient boosting", "a function"):
        made, people, _ = KINDS[kind]
        model = of(made(), people)
        told = way(model, background(people.iloc[:9], "nine people")).of(people.iloc[:0], 0)
        assert told.values.shape == (0, len(model.inputs))


@pytest.mark.parametrize(
    "kind", ["gradient boosting", "random forest", "histogram boosting, missing values"]
)
def test_one_profile_is_a_background(kind):
    made, people, _ = KINDS[kind]
    model = of(made(), people)
    one = people.iloc[[7]]
    found = way(model, background(one, "one man"))
    told = found.of(people, 0)
    assert len(told.values) == len(people)
    np.testing.assert_allclose(
        told.values[:FEW], everyones(model.margin, people.iloc[:FEW], one), atol=TOLERANCE
    )


def test_a_constant_model_adds_nothing():
    model = function(lambda p: np.full(len(p), 0.3), ["age", "jobs"])
    told = way(model, background(WHOLE, "everybody")).of(WHOLE, 0)
    assert (told.values == 0).all()
    assert np.abs(told.left).max() < 1e-15


def test_who_gets_no_score_has_no_attributions_and_stops_nothing():
    model = function(
        lambda p: np.where(p["jobs"] > 3, np.nan, p["age"]), ["age", "jobs"], gaps=True
    )
    few = WHOLE[["age", "jobs"]].assign(jobs=0.0).iloc[:5]
    asked = few.assign(jobs=[0.0, 4.0, 0.0, 0.0, 0.0])
    told = way(model, background(few, "five people")).of(asked, 0)
    assert np.isnan(told.predicted).tolist() == [False, True, False, False, False]
    assert not np.isnan(told.values[~np.isnan(told.predicted)]).any()


# Summed over everybody ------------------------------------------------------------------------


def case_of(people):
    declared = {"groups": {"sex": {"reference": "men"}}, "inputs": {n: {} for n in ("age", "jobs")}}
    return wf.Case.from_dict({"source": people, **declared})


def by_input(result):
    found = result.to_frame()
    return found[found["group"] == "women"].set_index("at")["estimate"].astype(float)


MULTIPLIED = function(lambda p: p["age"] * p["jobs"] + 100, ["age", "jobs"])


@pytest.mark.parametrize("rows", [1, 2, 50])
def test_parts_of_a_gap_add_up_against_a_background_of_however_few(rows):
    """One profile tells nothing of how far people lie apart: sums must hold all the same."""
    behind = FILLED.iloc[:rows][["age", "jobs"]]
    found = by_input(drivers.gap(case_of(FILLED), MULTIPLIED, by="sex", background=behind))
    mean = MULTIPLIED.score(FILLED)
    women = (FILLED["sex"] == "women").to_numpy()
    assert found["predicted score"] == pytest.approx(
        mean[women].mean() - mean[~women].mean(), abs=1e-9
    )
    assert found["age"] + found["jobs"] == pytest.approx(found["predicted score"], abs=1e-9)
    expected = everyones(MULTIPLIED.score, FILLED[["age", "jobs"]], behind)
    by_hand = expected[women].mean(axis=0) - expected[~women].mean(axis=0)
    np.testing.assert_allclose(found[["age", "jobs"]], by_hand, rtol=0, atol=1e-9)


def test_the_order_of_people_and_the_size_of_batches_change_nothing(monkeypatch):
    sums = []
    for seed, size in ((0, 1_000), (1, 7), (2, 33)):
        monkeypatch.setattr(folded, "BATCH", size)
        people = FILLED.sample(frac=1, random_state=seed)
        sums.append(drivers.attributed(case_of(people), MULTIPLIED, by="sex").whole)
    np.testing.assert_allclose(sums[1], sums[0], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(sums[2], sums[0], rtol=1e-9, atol=1e-9)


def test_many_places_that_are_mostly_empty_are_summed_like_few(monkeypatch):
    dense = drivers.attributed(case_of(FILLED), MULTIPLIED, by="sex").values["sex"]
    monkeypatch.setattr(folded, "MANY_PLACES", 0)
    sparse = drivers.attributed(case_of(FILLED), MULTIPLIED, by="sex").values["sex"]
    assert dense.tobytes() == sparse.tobytes()

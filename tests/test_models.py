"""Models behind one face: each kind says what the original says, of the inputs by name, and knows what it knows."""

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from wfaudit.errors import AuditError
from wfaudit.models import Additive, Trees, complement, of
from wfaudit.models.coded import owners
from wfaudit.systems import SYSTEMS, load
from wfaudit.systems.amas import COEFFICIENTS, INTERCEPT, every_profile

DICE = np.random.default_rng(3)
PEOPLE = pd.DataFrame({
    "age": DICE.integers(18, 66, 400) * 1.0, "months in work": DICE.integers(0, 37, 400) * 1.0,
    "shoe size": DICE.integers(36, 47, 400) * 1.0,
})  # fmt: skip
TEXTS = PEOPLE.assign(education=DICE.choice(["primary", "vocational", "higher"], 400))
LATE = (PEOPLE["age"] / 60 - PEOPLE["months in work"] / 30 + DICE.random(400) > 0.9).to_numpy()
WEEKS = 2 * PEOPLE["age"] - PEOPLE["months in work"] + DICE.random(400)
CODES = make_column_transformer(
    (OneHotEncoder(), ["education"]), (StandardScaler(), ["age", "months in work"])
)
CLASSIFIERS = {
    "a logistic regression": LogisticRegression(max_iter=500),
    "a decision tree": DecisionTreeClassifier(max_depth=4, random_state=0),
    "a forest": RandomForestClassifier(20, max_depth=5, random_state=0),
    "extra trees": ExtraTreesClassifier(20, max_depth=5, random_state=0),
    "boosted trees": GradientBoostingClassifier(n_estimators=20, random_state=0),
    "histogram boosting": HistGradientBoostingClassifier(max_iter=20, random_state=0),
    "LightGBM": LGBMClassifier(n_estimators=20, verbose=-1, random_state=0),
    "neighbours": KNeighborsClassifier(),
    "a calibrated forest": CalibratedClassifierCV(
        RandomForestClassifier(10, max_depth=4, random_state=0), ensemble=False
    ),
}
PIPES = {
    "a coded logistic regression": make_pipeline(CODES, LogisticRegression(max_iter=500)),
    "a coded forest": make_pipeline(CODES, RandomForestClassifier(10, max_depth=4, random_state=0)),
    "a coded boosting": make_pipeline(CODES, HistGradientBoostingClassifier(max_iter=10)),
}
NUMBERS = {
    "a linear regression": LinearRegression(),
    "a forest of numbers": RandomForestRegressor(10, max_depth=4, random_state=0),
    "histogram boosting of numbers": HistGradientBoostingRegressor(max_iter=10, random_state=0),
    "LightGBM of numbers": LGBMRegressor(n_estimators=10, verbose=-1, random_state=0),
}
KINDS = {
    **{name: (one, PEOPLE, LATE) for name, one in CLASSIFIERS.items()},
    **{name: (one, TEXTS, LATE) for name, one in PIPES.items()},
    **{name: (one, PEOPLE, WEEKS) for name, one in NUMBERS.items()},
}


def fitted(name):
    """An estimator trained on its people, and the people as it knows them (LightGBM joins words)."""
    one, people, told = KINDS[name]
    if name.startswith("LightGBM"):
        people = people.rename(columns=lambda column: column.replace(" ", "_"))
    return one.fit(people, told), people


def said(trained, people):
    """What the original says itself."""
    if hasattr(trained, "predict_proba"):
        return trained.predict_proba(people)[:, 1]
    return trained.predict(people)


@pytest.mark.parametrize("name", KINDS)
def test_a_model_gives_each_person_the_score_that_the_original_gives(name):
    trained, people = fitted(name)
    model = of(trained, people)
    np.testing.assert_array_equal(model.score(people), said(trained, people))
    assert model.unit == ("probability" if hasattr(trained, "predict_proba") else "number")
    assert model.inputs == tuple(people.columns)


@pytest.mark.parametrize("name", KINDS)
def test_the_raw_value_put_through_the_link_is_the_score(name):
    trained, people = fitted(name)
    model = of(trained, people)
    raw = model.margin(people)
    linked = model.link(raw) if model.link else raw
    np.testing.assert_allclose(linked, model.score(people), atol=1e-12)


@pytest.mark.parametrize("name", KINDS)
def test_columns_in_another_order_change_nothing_for_anybody(name):
    trained, people = fitted(name)
    model = of(trained, people[people.columns[::-1]])
    np.testing.assert_array_equal(model.score(people[people.columns[::-1]]), said(trained, people))


def test_sums_and_trees_are_known_for_what_they_are_and_all_else_is_not():
    kinds = {name: type(of(*fitted(name)).structure) for name in KINDS}
    assert {n for n, k in kinds.items() if k is Additive} == {
        "a logistic regression", "a coded logistic regression", "a linear regression",
    }  # fmt: skip
    assert {n for n, k in kinds.items() if k is type(None)} == {"neighbours"}
    assert all(k is Trees for n, k in kinds.items() if "forest" in n or "oost" in n or "Light" in n)


def test_inputs_that_no_split_and_no_coefficient_names_are_not_used():
    people = PEOPLE.assign(**{"shoe size": 42.0})  # nothing to split on
    for name in ("a forest", "histogram boosting", "a decision tree"):
        model = of(CLASSIFIERS[name].fit(people, LATE), people)
        assert model.used == ("age", "months in work")
    flat = LinearRegression().fit(people.assign(age=0.0), WEEKS)
    assert "age" not in of(flat, people).used
    assert of(CLASSIFIERS["neighbours"].fit(PEOPLE, LATE), PEOPLE).used is None  # nothing is known


def test_each_coded_column_is_put_down_to_the_input_it_comes_from():
    coded = CODES.fit(TEXTS)

    def frame(people):
        return pd.DataFrame(np.asarray(coded.transform(people)))

    found = owners(frame, list(TEXTS.columns), TEXTS)
    assert found == ["education", "education", "education", "age", "months in work"]


def test_a_column_made_of_two_inputs_is_put_down_to_none_and_the_model_still_predicts():
    def mixed(people):
        return pd.DataFrame({"both": people["age"] * people["shoe size"]})

    assert owners(mixed, ["age", "shoe size"], PEOPLE) is None


def test_xgboost_that_is_not_installed_is_given_as_a_function():
    model = of(lambda people: people["age"] / 100, inputs=["age"], unit="probability")
    assert model.score(PEOPLE).tolist() == (PEOPLE["age"] / 100).tolist()
    assert (model.structure, model.used, model.link) == (None, None, None)


# Published systems -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in SYSTEMS if name != "flanders"])
def test_a_published_system_says_the_same_as_a_model(name):
    from wfaudit.synthetic.dice import Dice
    from wfaudit.synthetic.profiled import POPULATIONS

    system = load(name)
    people = POPULATIONS[name](Dice(seed=1, chunk=0, n=300))[list(system.inputs)]
    model = system.model()
    np.testing.assert_allclose(model.score(people), system.score(people).to_numpy(), atol=1e-12)
    linked = model.link(model.margin(people)) if model.link else model.margin(people)
    known = ~np.isnan(model.score(people))
    np.testing.assert_allclose(linked[known], model.score(people)[known], atol=1e-12)


def test_of_the_sixteen_inputs_of_the_star_tree_four_are_used_and_twelve_are_not():
    model = load("star").model()
    assert len(model.inputs) == 16
    assert set(model.used) == {"expected_time", "origin", "age", "months_employed"}
    assert len(set(model.inputs) - set(model.used)) == 12


def test_the_parts_of_an_amas_score_are_its_published_coefficients():
    people = every_profile().iloc[::97]
    model = load("amas").model()
    parts = model.structure.parts(people)
    assert model.structure.start == INTERCEPT
    for at, name in enumerate(model.inputs):
        told = people[name].map(COEFFICIENTS[name]).to_numpy(float)
        np.testing.assert_array_equal(parts[:, at], told)


def test_nobody_is_referred_by_a_prediction_where_that_hangs_on_who_else_is_asked():
    assert load("wprs").model().tiered is None


# The opposite chance ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a logistic regression", "a forest", "histogram boosting"])
def test_the_complement_gives_the_opposite_chance_and_its_parts_change_sign(name):
    trained, people = fitted(name)
    model, turned = of(trained, people), complement(of(trained, people))
    np.testing.assert_allclose(turned.score(people), 1 - model.score(people), atol=1e-15)
    np.testing.assert_allclose(turned.link(turned.margin(people)), turned.score(people), atol=1e-12)
    if isinstance(model.structure, Additive):
        parts = turned.structure.parts(people).sum(axis=1) + turned.structure.start
    else:
        coded = turned.structure.coded(people)
        parts = turned.structure.grown().predict(coded).to_numpy() + turned.structure.start
    off = turned.margin(people) - parts
    assert np.ptp(off) < 1e-5  # single precision of trees; the start is told apart
    assert "complement" in turned.notes[-1]


def test_only_a_probability_has_a_complement():
    with pytest.raises(AuditError, match="gives points, and only a probability has a complement"):
        complement(load("jsci").model())

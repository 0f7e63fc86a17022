"""The coverage on docs/drivers.md is of the package's own limits, and stands on the page as it is drawn."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from coalitions import shapley

import wfaudit as wf
from wfaudit.measures import drivers
from wfaudit.models import function

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "drivers.md").read_text(encoding="utf-8")


def loaded():
    path = ROOT / "tests" / "covered" / "drivers.py"
    spec = importlib.util.spec_from_file_location("covered_drivers", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


study = loaded()
MODEL = function(lambda p: study.score(p["x1"], p["x2"]), ["x1", "x2"])


def one_draw(kind, n, *, clustered=False):
    """One study: both inputs of both groups, as arrays and as a case."""
    generator = np.random.default_rng(4)
    x1, x2, cluster = study.drawn(kind, n, 1, generator, clustered=clustered)
    people = pd.DataFrame(
        {"x1": x1.reshape(-1), "x2": x2.reshape(-1), "sex": ["women"] * n + ["men"] * n}
    )
    declared = {"groups": {"sex": {"reference": "men"}}, "inputs": {"x1": {}, "x2": {}}}
    if clustered:
        people["office"] = [f"office {at}" for at in cluster.reshape(-1)]
        declared["roles"] = {"cluster": "office"}
    return x1, x2, cluster, wf.Case.from_dict({"source": people, **declared})


def row(result, at):
    found = result.to_frame()
    return found[(found["group"] == "women") & (found["at"] == at)].iloc[0]


@pytest.mark.parametrize("kind", study.KINDS)
def test_the_limits_that_are_studied_are_those_of_an_audit(kind):
    x1, x2, _, case = one_draw(kind, 60)
    behind = study.moments(*(np.concatenate(list(one), axis=-1) for one in (x1, x2)))
    each = study.first(x1, x2, [one[:, None] for one in behind])
    importance = study.limits(np.abs(each), None, None, gap=False)
    part = study.limits(each, None, None, gap=True)
    gap = study.limits(study.score(x1, x2), None, None, gap=True)
    split = drivers.gap(case, MODEL, by="sex")
    audited = [
        row(drivers.importance(case, MODEL, by="sex"), "x1"),
        row(split, "x1"),
        row(split, "predicted score"),
    ]
    for mine, theirs in zip((importance, part, gap), audited, strict=True):
        expected = [float(getattr(mine, name)[0]) for name in ("estimate", "low", "high")]
        np.testing.assert_allclose(
            theirs[["estimate", "low", "high"]].astype(float), expected, rtol=1e-7
        )


def test_the_limits_over_clusters_that_are_studied_are_those_of_an_audit():
    x1, x2, cluster, case = one_draw("normal", 60, clustered=True)
    behind = study.moments(*(np.concatenate(list(one), axis=-1) for one in (x1, x2)))
    each = study.first(x1, x2, [one[:, None] for one in behind])
    parts = np.stack(
        [study.sums(each[g], cluster[g]) for g in (0, 1)]
    )  # each cluster a part of its own
    mine = study._jackknifed(parts[:, 0], gap=True)
    found = row(drivers.gap(case, MODEL, by="sex"), "x1")
    expected = [float(getattr(mine, name)[0]) for name in ("estimate", "low", "high")]
    np.testing.assert_allclose(
        found[["estimate", "low", "high"]].astype(float), expected, rtol=1e-7
    )


def test_the_closed_form_that_is_studied_is_the_shapley_value():
    draw = np.random.default_rng(1)
    behind = pd.DataFrame(draw.normal(size=(30, 2)), columns=["x1", "x2"])
    person = pd.Series({"x1": 1.5, "x2": -0.7})
    told = shapley(lambda p: study.score(p["x1"], p["x2"]), person, behind)
    m = study.moments(behind["x1"].to_numpy(), behind["x2"].to_numpy())
    assert study.first(1.5, -0.7, m) == pytest.approx(told[0], abs=1e-12)


@pytest.mark.parametrize("kind", study.KINDS)
def test_the_truth_of_a_population_is_the_mean_over_its_people(kind):
    """Against many people drawn: the sum over all pairs of values is what their mean goes to."""
    truth = study.truths(kind, study.population_moments(kind))[:, 0]
    x1, x2, _ = study.drawn(kind, 200_000, 1, np.random.default_rng(2), clustered=False)
    each = study.first(x1[:, 0], x2[:, 0], study.population_moments(kind))
    seen = np.abs(each[0]), each[0] - each[1], study.score(x1, x2)[0, 0] - study.score(x1, x2)[1, 0]
    for value, expected in zip(seen, truth, strict=True):
        assert abs(value.mean() - expected) < 4.5 * value.std() / np.sqrt(len(value))


def table(name):
    """The numbers of a table of the page: kind, size, then figures."""
    text = PAGE.partition(f"<!-- {name} -->\n")[2].partition("\n<!-- end -->")[0]
    cells = [[one.strip() for one in line.strip("|").split("|")] for line in text.splitlines()[2:]]
    return {
        (one[0], int(one[1].replace(",", ""))): [
            np.nan if x == "no limits" else float(x) for x in one[2:]
        ]
        for one in cells
    }


@pytest.mark.parametrize("name", ["apart", "in clusters"])
def test_the_page_holds_every_kind_and_size(name):
    assert list(table(name)) == [(kind, n) for kind in study.KINDS for n in study.SIZES]


@pytest.mark.parametrize("kind", study.KINDS)
@pytest.mark.parametrize("n", [30, 100])
def test_a_fresh_and_smaller_study_agrees_with_the_page(kind, n):
    """500 draws of another seed: within 3.5 standard errors of both studies together."""
    found, behind = study.studied(kind, n, 500, seed=7)
    fresh = study.held(found, study.truths(kind, behind))
    page = table("apart")[kind, n]
    for mine, theirs in zip(fresh, (page[0], page[2], page[4]), strict=True):
        error = np.sqrt(theirs * (1 - theirs) * (1 / 500 + 1 / study.DRAWS))
        assert abs(mine - theirs) < 3.5 * error


def test_a_fresh_and_smaller_study_of_clusters_agrees_with_the_page():
    found, behind = study.studied("normal", 100, 200, clustered=True, seed=7)
    fresh = study.held(found, study.truths("normal", behind))
    page = table("in clusters")["normal", 100]
    for mine, theirs in zip(fresh, (page[0], page[2], page[4]), strict=True):
        error = np.sqrt(theirs * (1 - theirs) * (1 / 200 + 1 / study.CLUSTERED))
        assert abs(mine - theirs) < 3.5 * error


def test_parts_of_a_gap_are_held_near_the_level_where_people_are_unrelated():
    for page in table("apart").values():
        assert 0.935 <= page[2] <= 0.965  # part, given the background
        assert 0.04 <= page[5] <= 0.065  # excludes 0 without a difference


def test_importance_is_held_near_the_level_unless_inputs_are_skewed():
    for (kind, n), page in table("apart").items():
        if kind != "skewed":
            assert page[0] >= 0.92
        if n == 1_000:
            assert page[0] >= 0.9

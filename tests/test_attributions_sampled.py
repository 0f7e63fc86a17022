"""Sampled attributions are within the error they state, and right on average over draws.

1,200 cells a model are told with eight draws each. The error is a standard error of eight: within 1.96 of it lie
91 % if steps are normal (t with 7 degrees of freedom), so the share asked for is .90 to .98.
"""

import numpy as np
import pandas as pd
import pytest
from coalitions import everyones
from hypothesis import given, settings
from hypothesis import strategies as st

from wfaudit.attributions import background, sampled, way
from wfaudit.models import function

NAMES = [f"x{at}" for at in range(5)]
DRAW = np.random.default_rng(0)
BEHIND = pd.DataFrame(DRAW.normal(size=(40, 5)), columns=NAMES)
PEOPLE = pd.DataFrame(DRAW.normal(size=(60, 5)), columns=NAMES)


def together(p):
    """All five inputs work together, smoothly."""
    return (
        np.tanh(p["x0"] + p["x1"] * p["x2"])
        + np.maximum(p["x3"], p["x4"])
        + 0.3 * p["x0"] * p["x4"]
    )


def added(p):
    """A sum: a step moves by the same in every order, only the other person differs."""
    return p["x0"] - 2 * p["x1"] + p["x2"] + 0.5 * p["x3"] + 3 * p["x4"]


EXACT = {ask: everyones(ask, PEOPLE, BEHIND) for ask in (together, added)}


def told(ask, seed, draws=8):
    return sampled.attribute(ask, PEOPLE, BEHIND, draws=draws, seed=(seed,))


@pytest.mark.parametrize("ask", [together, added])
def test_what_is_sampled_lies_within_its_own_stated_error_as_often_as_it_says(ask):
    runs = [told(ask, seed) for seed in range(4)]
    inside = [np.abs(one.mean - EXACT[ask]) <= 1.96 * np.sqrt(one.error) for one in runs]
    assert np.size(inside) == 1200
    assert 0.90 <= np.mean(inside) <= 0.98


@pytest.mark.parametrize("ask", [together, added])
def test_on_average_over_draws_what_is_sampled_is_exact(ask):
    """The mean over 60 runs is within four of its own standard errors in every one of 300 cells (two may lie out by chance)."""
    runs = np.array([told(ask, 100 + seed).mean for seed in range(60)])
    apart = (runs.mean(axis=0) - EXACT[ask]) / (runs.std(axis=0, ddof=1) / np.sqrt(len(runs)))
    assert (np.abs(apart) > 4).sum() <= 2
    assert abs(apart.mean()) < 4 / np.sqrt(apart.size) * 3  # cells share draws: no leaning one way


def test_the_stated_squared_error_is_the_variance_over_runs():
    runs = [told(together, 200 + seed) for seed in range(60)]
    stated = np.mean([one.error for one in runs])
    seen = np.var([one.mean for one in runs], axis=0, ddof=1).mean()
    assert stated == pytest.approx(seen, rel=0.1)


def test_four_times_the_draws_halve_the_error():
    few, many = (np.sqrt(told(together, 7, draws).error).mean() for draws in (8, 32))
    assert few / many == pytest.approx(2, rel=0.1)


@given(seed=st.integers(0, 9999))
@settings(max_examples=15, deadline=None)
def test_every_draw_adds_up_to_the_distance_from_those_it_was_drawn_from(seed):
    one = told(together, seed, draws=2)
    np.testing.assert_allclose(
        one.mean.sum(axis=1), together(PEOPLE) - one.base, rtol=0, atol=1e-12
    )


def test_an_input_that_is_not_used_is_exactly_nothing_even_when_sampled():
    one = told(lambda p: p["x0"] * p["x1"], 3)
    assert (one.mean[:, 2:] == 0).all()
    assert (one.error[:, 2:] == 0).all()


def test_the_same_seed_gives_the_same_numbers_and_another_gives_others():
    assert told(together, 1).mean.tobytes() == told(together, 1).mean.tobytes()
    assert np.abs(told(together, 1).mean - told(together, 2).mean).max() > 0.01


def test_how_large_a_step_is_counts_both_directions():
    """x0 adds +1 or -1 with equal chance of the other person's x1: nothing on average, 1 in size."""
    behind = pd.DataFrame({"x0": [0.0, 0.0], "x1": [1.0, -1.0]})
    people = pd.DataFrame({"x0": [1.0] * 400, "x1": [0.0] * 400})
    one = sampled.attribute(
        lambda p: p["x0"] * np.where(p["x1"] < 0, -1.0, 1.0), people, behind, draws=8, seed=(0,)
    )
    assert one.size[:, 0].mean() == pytest.approx(1, abs=1e-12)
    assert np.abs(one.mean[:, 0]).mean() < 1


def test_many_inputs_are_sampled_with_an_error_and_few_are_not():
    many = function(lambda p: p.sum(axis=1), [f"y{at}" for at in range(11)])
    people = pd.DataFrame(DRAW.normal(size=(30, 11)), columns=many.inputs)
    found = way(many, background(people, "everybody"))
    one = found.of(people, 0)
    assert not found.exact
    assert found.says == "sampled, 16 orders a person"
    assert one.error is not None
    assert (one.error > 0).any()
    np.testing.assert_allclose(
        one.values.sum(axis=1) + one.left, one.predicted - found.base, atol=1e-12
    )
    assert way(function(together, NAMES), background(BEHIND, "forty")).exact

"""The Danish tree against its published rules, over everything that four inputs can say."""

import numpy as np
import pandas as pd
import pytest

from wfaudit.errors import AuditError
from wfaudit.systems import star
from wfaudit.systems.inputs import Levels
from wfaudit.systems.star import DECIDING, SYSTEM, person

OTHERS = [one for one in SYSTEM.asked if one.name not in DECIDING]
UNDECIDED = {"expected_time": "Don't know"}


def published(time, origin, age, months):
    """The four rules as the demonstration's code states them, one question after the other."""
    if time in ("I have a new job, but I haven't started yet", "Within 1 month", "Within 3 months"):
        return "LOW"
    if time not in ("Within 6 months", "Don't know"):
        return "HIGH"
    if origin in ("Western immigrant", "Western descendant", "Non-western descendant"):
        return "HIGH"
    if origin not in ("Danish", "Non-western immigrant", "Origin unknown"):
        return None
    if age >= 56:
        return "HIGH"
    return "HIGH" if months < 3 else "LOW"


def with_random_answers(frame, seed):
    rng = np.random.default_rng(seed)
    other = {one.name: rng.choice(one.levels, len(frame)) for one in OTHERS}
    return frame.assign(**other)


@pytest.fixture(scope="module")
def everybody():
    """Every combination of the four inputs that decide; the others at random."""
    times, origins = (SYSTEM.inputs[name].levels for name in ("expected_time", "origin"))
    values = [times, origins, range(1, 121), range(37)]
    space = pd.MultiIndex.from_product(values, names=DECIDING).to_frame(index=False)
    return with_random_answers(space, seed=1)


@pytest.fixture(scope="module")
def tiers(everybody):
    return SYSTEM.tier(everybody)


def test_the_tree_gives_the_published_result_for_all_213120_combinations(everybody, tiers):
    four = zip(*(everybody[name].tolist() for name in DECIDING), strict=True)
    expected = [published(*answers) for answers in four]
    assert len(expected) == 8 * 6 * 120 * 37
    assert [None if pd.isna(t) else t for t in tiers] == expected


def test_new_answers_to_the_twelve_other_questions_change_nobodys_result(everybody, tiers):
    pd.testing.assert_series_equal(SYSTEM.tier(with_random_answers(everybody, seed=2)), tiers)


def test_each_of_the_twelve_other_inputs_on_its_own_changes_nothing(everybody):
    some = everybody.sample(400, random_state=1)
    before = SYSTEM.tier(some)
    assert len(OTHERS) == 12
    for one in OTHERS:
        assert isinstance(one, Levels)
        for level in one.levels:
            pd.testing.assert_series_equal(SYSTEM.tier(some.assign(**{one.name: level})), before)


def test_each_of_the_four_inputs_that_decide_can_change_a_result():
    undecided = person(**UNDECIDED)
    assert SYSTEM.tier(undecided).item() == "LOW"
    changes = {
        "expected_time": "It will be more than 6 months", "origin": "Western immigrant",
        "age": 56, "months_employed": 2,
    }  # fmt: skip
    for name, answer in changes.items():
        assert SYSTEM.tier(undecided.assign(**{name: answer})).item() == "HIGH"


def test_the_edges_are_56_years_and_3_months():
    people = pd.concat([person(age=a, **UNDECIDED) for a in (55, 56)])
    assert SYSTEM.tier(people).tolist() == ["LOW", "HIGH"]
    people = pd.concat([person(months_employed=m, **UNDECIDED) for m in (3, 2)])
    assert SYSTEM.tier(people).tolist() == ["LOW", "HIGH"]


def test_the_score_is_1_0_or_missing_as_the_tier_is_high_low_or_missing(everybody, tiers):
    score = SYSTEM.score(everybody)
    assert ((score == 1) == (tiers == "HIGH")).all()
    assert ((score == 0) == (tiers == "LOW")).all()
    assert (score.isna() == tiers.isna()).all()


def test_a_spelling_the_form_does_not_offer_is_refused():
    with pytest.raises(AuditError, match=r"'origin' holds an unknown level.*'Origin unkown'"):
        person(origin="Origin unknown")


def test_a_tree_has_no_exact_contributions():
    with pytest.raises(AuditError, match="is not a sum"):
        SYSTEM.contributions(person())


def test_the_sixteen_inputs_say_which_answers_are_invented():
    invented = [one.name for one in SYSTEM.asked if one.basis != "published"]
    assert len(SYSTEM.asked) == 16
    assert invented == ["education_more", "search_channels", "changes_considered", "obstacles"]


def test_what_is_wrong_an_answer_the_form_offers_falls_through_without_a_result(everybody, tiers):
    """The form says "Origin unkown", the code waits for "Origin unknown": no tier and no error."""
    asked_for_origin = everybody["expected_time"].isin(["Within 6 months", "Don't know"])
    lost = asked_for_origin & (everybody["origin"] == star.LOST)
    assert tiers.isna().equals(lost)
    assert lost.sum() == 2 * 120 * 37
    assert SYSTEM.tier(person(origin=star.LOST)).tolist() == ["LOW"]


def test_what_is_wrong_origin_follows_no_order():
    """Western immigrants and all descendants are HIGH; non-western immigrants count as Danes do."""
    origins = SYSTEM.inputs["origin"].levels
    people = pd.concat([person(origin=origin, **UNDECIDED) for origin in origins])
    got = dict(zip(origins, SYSTEM.tier(people), strict=True))
    assert got["Western immigrant"] == got["Western descendant"] == "HIGH"
    assert got["Non-western descendant"] == "HIGH"
    assert got["Non-western immigrant"] == got["Danish"] == "LOW"

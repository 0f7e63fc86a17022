"""Referral by rank into scarce places: how many, who at the margin, and what may not be asked."""

import hashlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfaudit.errors import AuditError
from wfaudit.systems import wprs
from wfaudit.systems.wprs import INTERCEPT, SYSTEM, WEIGHTS, invented_people, refer, referring

laws = settings(max_examples=60, deadline=None)
MANY = invented_people(500, seed=2)
ALIKE = pd.concat([MANY.iloc[[0]]] * 40, ignore_index=True)


@given(st.integers(0, 60), st.integers(0, 80), st.integers(0, 10**6))
@laws
def test_exactly_as_many_are_referred_as_there_are_places_or_people(n, places, seed):
    assert refer(invented_people(n, seed), places).sum() == min(places, n)


@given(st.integers(1, 499), st.integers(0, 10**6))
@laws
def test_whoever_is_referred_scores_no_lower_than_whoever_is_not(places, seed):
    people = MANY.sample(frac=1, random_state=seed)
    score, referred = SYSTEM.score(people), refer(people, places)
    assert score[referred].min() >= score[~referred].max() - 1e-9


@given(st.integers(0, 500), st.integers(0, 10**6))
@laws
def test_the_order_of_rows_changes_nobodys_referral_not_even_at_a_tie(places, seed):
    turned = MANY.sample(frac=1, random_state=seed)
    pd.testing.assert_series_equal(refer(turned, places).sort_index(), refer(MANY, places))


@given(st.integers(0, 499))
@laws
def test_one_place_more_adds_one_person_and_takes_nobody_away(places):
    fewer, more = refer(MANY, places), refer(MANY, places + 1)
    assert (more & ~fewer).sum() == 1
    assert not (fewer & ~more).any()


def test_people_who_are_all_alike_are_drawn_by_label_and_another_draw_draws_others():
    first = refer(ALIKE, 10)
    assert first.sum() == 10
    pd.testing.assert_series_equal(refer(ALIKE, 10, draw="first draw"), first)
    assert not refer(ALIKE, 10, draw="second draw").equals(first)


def test_the_lottery_is_the_documented_hash():
    """SHA-256 of the draw, a line break and the label; the lowest wins."""
    lots = [hashlib.sha256(f"spring\n{i}".encode()).hexdigest()[:16] for i in range(40)]
    winners = sorted(range(40), key=lots.__getitem__)[:10]
    referred = refer(ALIKE, 10, draw="spring")
    assert sorted(referred.index[referred]) == sorted(winners)


def test_in_many_draws_everybody_alike_is_referred_about_as_often():
    often = sum(refer(ALIKE, 10, draw=str(i)).astype(int) for i in range(100))
    # 100 draws with chance 1/4: 25 expected, a standard deviation of 4.3
    assert often.between(25 - 5 * 4.3, 25 + 5 * 4.3).all()


def test_equal_sums_in_another_order_of_adding_are_ties():
    people = ALIKE.assign(area="rural").iloc[:2].copy()
    score = SYSTEM.score(people)
    shifted = score + np.array([0, 1e-13])
    chosen = [wprs._referred(s, 1, "x").tolist() for s in (score, shifted)]
    assert chosen[0] == chosen[1]


def test_labels_that_are_the_same_cannot_be_drawn():
    with pytest.raises(AuditError, match=r"two rows bear the same index label.*reset_index"):
        refer(ALIKE.set_axis(["a"] * 40), 3)


@pytest.mark.parametrize("places", [-1, 2.0, True, "3", None])
def test_places_must_be_a_whole_number(places):
    for ask in (lambda: refer(MANY, places), lambda: referring(places)):
        with pytest.raises(AuditError, match="places must be a whole number from 0"):
            ask()


@pytest.mark.parametrize("barred", ["age", "race", "sex", "Gender", " AGE "])
def test_age_race_and_sex_are_refused_with_the_rule(barred):
    with pytest.raises(AuditError, match=r"not allowed as predictors. Leave it out, and keep it"):
        refer(MANY.assign(**{barred: 1}), 3)
    with pytest.raises(AuditError, match="refuses the input"):
        SYSTEM.score(MANY.assign(**{barred: 1}))


def test_the_score_is_the_logit_of_the_invented_weights():
    parts = wprs.contributions(MANY)
    odds = np.exp(INTERCEPT + parts.sum(axis=1))
    np.testing.assert_allclose(SYSTEM.score(MANY), odds / (1 + odds), rtol=1e-12)
    assert parts.loc[0, "area"] == WEIGHTS["area"][MANY.loc[0, "area"]]


def test_every_input_has_a_reference_or_a_spread_and_moves_the_score():
    for name, levels in WEIGHTS.items():
        scores = [SYSTEM.score(MANY.iloc[[0]].assign(**{name: level})).item() for level in levels]
        assert (np.argsort(scores) == np.argsort(list(levels.values()))).all()


def test_a_tier_says_who_is_referred_with_the_places_of_the_system():
    tier = referring(7).tier(MANY)
    assert ((tier == "referred") == refer(MANY, 7)).all()
    assert (SYSTEM.tier(MANY) == "referred").sum() == 100
    assert "The 7 highest" in referring(7).says


def test_what_is_wrong_a_referral_depends_on_who_else_is_in_the_batch():
    """The same person, the same answers, another week: referred or not."""
    row = SYSTEM.score(MANY).rank(method="first").eq(250)
    assert not refer(MANY, 10)[row].item()
    assert refer(MANY[row], 10).item()


def test_what_is_wrong_a_rate_that_is_the_same_for_all_moves_every_score_and_no_rank():
    good = MANY.assign(unemployment_rate="under 5 %")
    hard = MANY.assign(unemployment_rate="over 8 %")
    assert (SYSTEM.score(hard) > SYSTEM.score(good)).all()
    pd.testing.assert_series_equal(refer(hard, 50), refer(good, 50))

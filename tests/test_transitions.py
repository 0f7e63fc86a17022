"""Moves between states: hand counts, R, chains walked and people drawn, laws, and coverage."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfaudit.estimators.intervals import wilson
from wfaudit.estimators.survival import kaplan_meier, share_without
from wfaudit.estimators.transitions import move_shares, occupation, repeat_spells, returns

R = json.loads(
    (Path(__file__).parent / "oracles" / "transitions.json").read_text(encoding="utf-8")
)["values"]
MOVES = np.array(R["moves.counts"])


# Counted by hand ------------------------------------------------------------------------------


def test_forty_without_work_and_twenty_in_work_by_hand():
    got = move_shares([[30, 10], [5, 15]])
    assert got.estimate.tolist() == [[0.75, 0.25], [0.25, 0.75]]
    low, high = wilson(10, 40)
    assert (got.low[0, 1], got.high[0, 1]) == (low, high)


def test_spells_that_begin_in_two_quarters_by_hand():
    # of those without work half find some a quarter, of those in work a fifth lose it
    moves = [[50, 50], [20, 80]]
    assert repeat_spells(moves, start=0, into=0, periods=1).estimate == 0
    assert repeat_spells(moves, start=0, into=0, periods=2).estimate == pytest.approx(0.5 * 0.2)
    assert repeat_spells(moves, start=1, into=0, periods=2).estimate == pytest.approx(
        0.2 + 0.8 * 0.2
    )


def test_shares_after_two_quarters_that_differ_by_hand():
    moves = [[[50, 50], [0, 0]], [[30, 20], [10, 40]]]
    got = occupation(moves, start=0)
    assert got.estimate == pytest.approx([0.5 * 0.6 + 0.5 * 0.2, 0.5 * 0.4 + 0.5 * 0.8])


# R --------------------------------------------------------------------------------------------


def test_shares_of_moves_and_their_limits_are_those_of_r():
    got = move_shares(MOVES)
    for ours, part in ((got.estimate, "shares"), (got.low, "low"), (got.high, "high")):
        np.testing.assert_allclose(ours, R[f"moves.{part}"], rtol=1e-10)


@pytest.mark.parametrize("start", range(3))
@pytest.mark.parametrize("into", range(3))
def test_spells_to_be_expected_are_those_of_r(start, into):
    got = repeat_spells(MOVES, start, into, 8)
    assert got.estimate == pytest.approx(R["moves.entries"][into][start], rel=1e-10)


def mgus():
    at_risk, malignant, dead = (np.array(R[f"mgus.{p}"]) for p in ("at_risk", "malignant", "dead"))
    moves = np.zeros((20, 3, 3))
    moves[:, 0] = np.transpose([at_risk - malignant - dead, malignant, dead])
    moves[:, 1, 1] = moves[:, 2, 2] = 1000
    return moves


@pytest.mark.parametrize("years", [1, 5, 10, 20])
def test_the_share_with_a_malignancy_and_dead_after_years_is_that_of_r(years):
    got = occupation(mgus()[:years], start=0)
    np.testing.assert_allclose(got.estimate, R["mgus.pstate"][years - 1], rtol=1e-10)


# Other ways to the same number ----------------------------------------------------------------


@given(
    job=st.lists(st.integers(0, 20), min_size=4, max_size=4),
    away=st.lists(st.integers(0, 20), min_size=4, max_size=4),
)
@settings(max_examples=100, deadline=None)
def test_with_a_final_state_the_shares_are_kaplan_and_meiers_with_greenwoods_error(job, away):
    curve = kaplan_meier([1, 2, 3, 4], job, away)
    if curve.share[-1] > 0 and curve.at_risk[-1] > 0:
        moves = np.zeros((4, 2, 2))
        moves[:, 0] = np.transpose([curve.at_risk - job, job])
        moves[:, 1, 1] = 50
        got = occupation(moves, start=0)
        assert got.estimate[0] == pytest.approx(float(curve.share[-1]), abs=1e-12)
        if got.note[0] == "":
            greenwood = curve.share[-1] * np.sqrt(curve.spread[-1])
            np.testing.assert_allclose(got.se, [greenwood, greenwood], rtol=1e-8)


def test_every_path_walked_gives_the_spells_to_be_expected():
    shares, periods = MOVES / MOVES.sum(axis=1, keepdims=True), 5
    for start, into in itertools.product(range(3), repeat=2):
        total = 0.0
        for path in itertools.product(range(3), repeat=periods):
            steps = list(itertools.pairwise((start, *path)))
            chance = np.prod([shares[step] for step in steps])
            total += chance * sum(b == into != a for a, b in steps)
        got = repeat_spells(MOVES, start, into, periods)
        assert got.estimate == pytest.approx(total, rel=1e-10)


@pytest.mark.parametrize(("start", "into"), [(0, 0), (1, 0), (0, 2), (2, 1)])
def test_the_error_of_spells_is_that_of_moves_drawn_anew(start, into):
    rng, people = np.random.default_rng(2), MOVES.sum(axis=1)
    rows = [rng.multinomial(n, row / n, 20_000) for n, row in zip(people, MOVES, strict=True)]
    drawn = repeat_spells(np.stack(rows, axis=1), start, into, 8).estimate
    got = repeat_spells(MOVES, start, into, 8)
    assert got.se == pytest.approx(drawn.std(), rel=0.03)


def test_the_error_of_shares_after_periods_is_that_of_moves_drawn_anew():
    rng, periods = np.random.default_rng(3), np.array([MOVES, MOVES // 3, MOVES[::-1]])
    drawn = np.empty((20_000, 3, 3, 3))
    for t, a in itertools.product(range(3), range(3)):
        row = periods[t, a]
        drawn[:, t, a] = rng.multinomial(row.sum(), row / row.sum(), 20_000)
    got = occupation(periods, start=0)
    np.testing.assert_allclose(got.se, occupation(drawn, 0).estimate.std(axis=0), rtol=0.03)


# Laws -----------------------------------------------------------------------------------------

tables = st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=3, max_size=3)
laws = settings(max_examples=150, deadline=None)


@given(moves=tables, periods=st.integers(1, 6))
@laws
def test_limits_hold_the_estimate_or_a_note_says_why_there_are_none(moves, periods):
    shares = move_shares(moves)
    told = shares.note == ""
    assert (shares.low[told] <= shares.estimate[told]).all()
    assert (shares.estimate[told] <= shares.high[told]).all()
    assert (shares.low[told] < shares.high[told]).all()
    spells = repeat_spells(moves, 0, 1, periods)
    after = occupation([moves] * periods, 0)
    for low, here, high, note in zip(
        [spells.low, *after.low], [spells.estimate, *after.estimate],
        [spells.high, *after.high], [spells.note, *after.note], strict=True,
    ):  # fmt: skip
        assert np.isnan(low) == (note != "")
        assert note != "" or low <= here <= high
        assert note != "" or low < high


@given(moves=tables)
@laws
def test_the_shares_of_moves_and_those_after_periods_add_up_to_one(moves):
    for got in (move_shares(moves).estimate, occupation([moves] * 3, 1).estimate):
        total = got.sum(axis=-1)
        assert np.allclose(total[~np.isnan(total)], 1)


@given(moves=tables, order=st.permutations(range(3)))
@laws
def test_what_the_states_are_called_does_not_matter(moves, order):
    moves, turned = np.array(moves), np.array(moves)[np.ix_(order, order)]
    one, other = repeat_spells(moves, order[0], order[1], 5), repeat_spells(turned, 0, 1, 5)
    assert one.note == other.note
    np.testing.assert_allclose((one.estimate, one.se), (other.estimate, other.se), rtol=1e-9)


@given(moves=tables, periods=st.integers(1, 8))
@laws
def test_more_periods_never_bring_fewer_spells(moves, periods):
    one, more = (repeat_spells(moves, 0, 0, p).estimate for p in (periods, periods + 1))
    assert np.isnan(more) or one <= more + 1e-12


def test_groups_counted_together_are_each_as_if_alone():
    groups = np.array([MOVES, MOVES // 9, np.zeros((3, 3)), MOVES.T])
    for method in (lambda m: repeat_spells(m, 0, 0, 6), move_shares):
        together, alone = method(groups), [method(one) for one in groups]
        for part in ("estimate", "se", "low", "high", "note"):
            expected = [getattr(one, part) for one in alone]
            np.testing.assert_array_equal(getattr(together, part), expected)
    chains = np.stack([groups, groups], axis=1)
    together, alone = occupation(chains, 0), [occupation(one, 0) for one in chains]
    for part in ("estimate", "low", "note"):
        np.testing.assert_array_equal(getattr(together, part), [getattr(x, part) for x in alone])


# What can't be known --------------------------------------------------------------------------


def test_a_state_nobody_was_in_has_no_shares_and_ends_what_passes_through_it():
    moves = [[30, 10], [0, 0]]
    got = move_shares(moves)
    assert got.note.tolist() == [["", ""], ["nobody was in this state"] * 2]
    assert np.isnan(got.estimate[1]).all()
    for got in (repeat_spells(moves, 0, 0, 3), occupation([moves, moves], 0)):
        assert set(np.ravel(got.note)) == {
            "nobody was seen moving on from a state that is reached: no number"
        }
        assert np.isnan(got.estimate).all()
        assert np.isnan(got.low).all()
    assert occupation([moves], 0).note.tolist() == ["", ""]


def test_few_entries_give_a_number_without_limits():
    got = repeat_spells([[90, 30], [9, 60]], 0, 0, 4)
    assert got.note == "9 entries: fewer than 10, no interval"
    assert got.estimate > 0
    assert np.isnan([got.se, got.low, got.high]).all()


def test_missing_or_negative_counts_give_no_number():
    for bad in (np.nan, -3):
        moves = [[90, 30], [bad, 60]]
        assert move_shares(moves).note.tolist() == [["", ""], ["counts are missing"] * 2]
        for got in (repeat_spells(moves, 0, 0, 4), occupation([moves], 0)):
            assert set(np.ravel(got.note)) == {"counts are missing"}
            assert np.isnan(got.estimate).all()


def test_returns_are_one_less_the_share_still_away_and_censored_count_for_neither():
    curve = kaplan_meier([1, 2, 3], [20, 30, 10], [5, 20, 20])
    away = share_without(curve, 2)
    got = returns([1, 2, 3], [20, 30, 10], [5, 20, 20], within=2)
    assert got.estimate == pytest.approx(1 - float(away.estimate))
    assert (got.low, got.high) == pytest.approx((1 - float(away.high), 1 - float(away.low)))
    # 5 left after the first period: neither back nor away, 20/105 then 30/80 of the rest
    assert got.estimate == pytest.approx(1 - 85 / 105 * 50 / 80)
    got = returns([1, 2, 3], [20, 30, 10], [0, 20, 20], within=9)
    assert got.note == "nobody was followed until 9: no number"
    assert np.isnan(got.estimate)


# Coverage -------------------------------------------------------------------------------------


@pytest.mark.parametrize("people", [100, 600])
def test_limits_hold_the_true_number_of_spells_and_shares(people):
    rng, draws = np.random.default_rng(people), 4000
    chances = np.array([[0.70, 0.25, 0.05], [0.12, 0.85, 0.03], [0.35, 0.40, 0.25]])
    state = np.zeros((draws, people), int)
    moves = np.zeros((8, draws, 3, 3))
    for quarter in range(8):
        after = (rng.random((draws, people))[..., None] > chances.cumsum(axis=1)[state]).sum(
            axis=-1
        )
        place = np.arange(draws)[:, None] * 9 + state * 3 + after
        moves[quarter] = np.bincount(place.ravel(), minlength=9 * draws).reshape(draws, 3, 3)
        state = after
    error = np.sqrt(0.05 * 0.95 / draws)
    truth = repeat_spells(chances * 10**9, 0, 0, 12).estimate
    got = repeat_spells(moves.sum(axis=0), 0, 0, 12)
    told = got.note == ""
    assert told.mean() > 0.98
    held = ((got.low <= truth) & (truth <= got.high))[told].mean()
    assert 0.94 - 3 * error < held < 0.96 + 3 * error
    truth = np.linalg.matrix_power(chances, 4)[0]
    got = occupation(np.moveaxis(moves[:4], 0, 1), 0)
    told = got.note == ""
    assert told.mean() > 0.9
    held = ((got.low <= truth) & (truth <= got.high)) | ~told
    assert (held.mean(axis=0) > 0.94 - 3 * error).all()

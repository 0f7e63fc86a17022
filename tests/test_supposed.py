"""Outcomes that are not recorded, and what a rate can be if they differ by so much from the others."""

import re
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import wfaudit as wf
from wfaudit.estimators.labels import error_bounds, interval, rate_bounds
from wfaudit.measures.supposed import PARTS

GAMMAS = [1, 1.5, 3, np.inf]
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def of(people, **declared):
    """A case of people told as group, flag and outcome."""
    frame = pd.DataFrame(people, columns=["sex", "f", "o"])
    frame = frame.astype({"f": "boolean", "o": "boolean"})
    roles = {"flagged": "f", "outcome": "o"} | declared.pop("roles", {})
    return wf.Case.from_dict(
        {"source": frame, "roles": roles, "groups": {"sex": {}}, "tolerance": {}} | declared
    )


def many(sex, yes, no, unknown, flag=True):
    return [(sex, flag, True)] * yes + [(sex, flag, False)] * no + [(sex, flag, None)] * unknown


def alone(note):
    """The bounds without sampling error, as the note tells them."""
    return [float(x) for x in re.findall(r"[\d.]+", note.partition("sampling error")[2])]


# Counted by hand ------------------------------------------------------------------------------


def test_thirty_of_a_hundred_and_fifty_nobody_knows_of_by_hand():
    # odds among the hundred 3/7; half of it is 3 of 17, twice it 6 of 13
    row = wf.bounds(of(many("women", 30, 70, 50)), "base_rate", by="sex", gamma=2).table.iloc[0]
    assert row["note"].startswith("outcome of 50 not recorded")
    assert alone(row["note"]) == pytest.approx(
        [(30 + 50 * 3 / 17) / 150, (30 + 50 * 6 / 13) / 150], abs=5e-5
    )
    assert (row["n"], row["group"], row["at"]) == (100, "women", "odds up to 2 times")
    expected = interval(rate_bounds(30, 100, 50, gamma=2))
    assert (row["low"], row["high"]) == pytest.approx(expected)


def test_missed_and_wrongly_flagged_people_by_hand():
    # not flagged: 20 had it, 60 not, of 20 nobody knows; flagged: 40, 30 and 30
    case = of(many("w", 20, 60, 20, flag=False) + many("w", 40, 30, 30))
    missed = wf.bounds(case, "false_negative_rate", gamma=np.inf).table.iloc[0]
    assert alone(missed["note"]) == pytest.approx([20 / 90, 40 / 80], abs=5e-5)
    wrongly = wf.bounds(case, "false_positive_rate", gamma=np.inf).table.iloc[0]
    assert alone(wrongly["note"]) == pytest.approx([30 / (30 + 80), 60 / (60 + 60)], abs=5e-5)
    expected = interval(error_bounds([30, 40, 30], [60, 20, 20]))
    assert (wrongly["low"], wrongly["high"]) == pytest.approx(expected)


# Every way to fill in -------------------------------------------------------------------------


def rate(measure, told):
    """The rate of people told as flag and outcome, or nothing where there is none."""
    asked = {
        "base_rate": [o for _, o in told],
        "precision": [o for f, o in told if f],
        "negative_predictive_value": [not o for f, o in told if not f],
        "accuracy": [f == o for f, o in told],
        "false_negative_rate": [not f for f, o in told if o],
        "false_positive_rate": [f for f, o in told if not o],
    }[measure]
    return sum(asked) / len(asked) if asked else None


def near(filled, known, gamma):
    """Whether the odds among these outcomes lie within gamma of those among the known."""
    x, y = sum(filled) * known.count(False), known.count(True) * filled.count(False)
    return not filled or (x <= gamma * y and y <= gamma * x) if gamma < np.inf else True


def fill_ins(people, apart, gamma):
    """Every way to fill in the unknown outcomes in which no part strays further than gamma."""
    for guess in product([True, False], repeat=sum(o is None for _, o in people)):
        left = iter(guess)
        told = [(f, next(left) if o is None else o) for f, o in people]
        pairs = list(zip(people, told, strict=True))
        if all(
            near(
                [t for (f, o), (_, t) in pairs if o is None and f in part],
                [o for f, o in people if o is not None and f in part],
                gamma,
            )
            for part in apart
        ):
            yield told


flags_and_outcomes = st.lists(
    st.tuples(st.booleans(), st.sampled_from([True, False, None])), min_size=1, max_size=12
).filter(lambda people: 0 < sum(o is None for _, o in people) <= 6)


@pytest.mark.parametrize("measure", PARTS)
@quick
@given(people=flags_and_outcomes, gamma=st.sampled_from(GAMMAS))
def test_no_way_to_fill_in_up_to_twelve_people_that_gamma_allows_lies_outside(
    measure, people, gamma
):
    parts = PARTS[measure].of
    apart = [(True, False)] if parts[0][0] is None else [(flag,) for flag, _ in parts]
    case = of([("w", f, o) for f, o in people])
    table = wf.bounds(case, measure, gamma=gamma).table
    filled = [rate(measure, told) for told in fill_ins(people, apart, gamma)]
    filled = [share for share in filled if share is not None]
    rows = table[table["low"].notna()]
    if len(rows) and filled:
        (row,) = rows.to_dict("records")
        low, high = alone(row["note"])
        assert row["low"] <= min(filled) <= max(filled) <= row["high"]
        assert low - 5e-5 <= min(filled) <= max(filled) <= high + 5e-5
        if gamma == np.inf:
            assert (low, high) == pytest.approx((min(filled), max(filled)), abs=5e-5)


# Laws -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("measure", PARTS)
def test_assuming_nothing_gives_the_best_and_the_worst_case_and_room_for_sampling(measure):
    people = many("women", 9, 14, 8) + many("women", 4, 22, 6, flag=False)
    people += many("men", 30, 20, 3) + many("men", 5, 40, 9, flag=False)
    case = of(people)
    worst = wf.bounds(case, measure, by="sex").table
    ours = wf.bounds(case, measure, by="sex", gamma=np.inf).table
    assert ours["group"].tolist() == worst["group"].tolist() == ["men", "women"]
    for (_, mine), (_, other) in zip(ours.iterrows(), worst.iterrows(), strict=True):
        assert alone(mine["note"]) == pytest.approx([other["low"], other["high"]], abs=5e-5)
        assert mine["low"] < other["low"] < other["high"] < mine["high"]


@pytest.mark.parametrize("measure", PARTS)
def test_a_larger_gamma_never_narrows_the_limits(measure):
    case = of(many("w", 9, 14, 8) + many("w", 4, 22, 6, flag=False))
    table = wf.bounds(case, measure, gamma=[np.inf, 1, 4, 2, 2]).table
    assert table["at"].tolist() == [
        "odds the same", "odds up to 2 times", "odds up to 4 times", "any odds",
    ]  # fmt: skip
    assert (np.diff(table["low"]) < 0).all()
    assert (np.diff(table["high"]) > 0).all()


@pytest.mark.parametrize("measure", ["base_rate", "precision", "negative_predictive_value"])
def test_gamma_1_takes_them_to_be_as_those_known_so_the_rate_is_the_one_printed(measure):
    case = of(many("w", 9, 14, 8) + many("w", 4, 22, 6, flag=False))
    row = wf.bounds(case, measure, gamma=1).table.iloc[0]
    printed = wf.rates(case, measure).table.iloc[0]
    assert alone(row["note"]) == pytest.approx([printed["estimate"]] * 2, abs=5e-5)
    assert row["n"] == printed["n"]
    assert row["low"] < printed["estimate"] < row["high"]


def test_by_flag_the_odds_are_those_after_the_same_flag():
    """1 of 10 flagged and 9 of 10 others had it: the unknown flagged are like the 1 of 10."""
    case = of(many("w", 1, 9, 10) + many("w", 9, 1, 0, flag=False))
    row = wf.bounds(case, "false_negative_rate", gamma=1).table.iloc[0]
    assert alone(row["note"]) == pytest.approx([9 / 11] * 2, abs=5e-5)
    whole = wf.bounds(case, "base_rate", gamma=1).table.iloc[0]
    assert alone(whole["note"]) == pytest.approx([0.5] * 2, abs=5e-5)


# Planted --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_women_who_had_it_drop_out_of_the_records_and_only_gamma_tells(seed):
    """30 of 100 women had it; of those 60 of 100 are lost, of the others 30: odds 3.5 times."""
    rng, n = np.random.default_rng(seed), 8000
    truth = rng.random(n) < 0.3
    lost = rng.random(n) < np.where(truth, 0.6, 0.3)
    people = [("w", True, None if gone else bool(o)) for o, gone in zip(truth, lost, strict=True)]
    table = wf.bounds(of(people), "base_rate", gamma=[1, 2, 3.5, np.inf]).table
    held = (table["low"] <= 0.3) & (table["high"] >= 0.3)
    assert held.tolist() == [False, False, True, True]


# What the result says -------------------------------------------------------------------------


def test_it_says_what_the_limits_are_and_on_what_they_rest():
    case = of(many("w", 9, 14, 8) + many("w", 4, 22, 6, flag=False))
    found = wf.bounds(case, "false_negative_rate", gamma=2)
    assert found.kind == "bounds"
    assert found.interval.startswith("95 % limits with sampling error")
    assert "(after the same flag)" in found.interval
    assert "(after the same flag)" not in wf.bounds(case, "base_rate", gamma=2).interval
    assert (found.at_name, found.at_values) == ("assumption", ("odds up to 2 times",))
    assert found.table["estimate"].isna().all()
    assert found.evidence["k"].tolist() == [4]
    assert "odds up to 2 times" in found.plot().alt


def test_only_groups_with_an_unknown_outcome_have_rows_and_those_of_no_group_are_one_too():
    people = many("women", 9, 14, 8) + many("men", 9, 14, 0) + many(None, 3, 4, 5)
    found = wf.bounds(of(people), "base_rate", by="sex", gamma=2).table
    assert found["group"].tolist() == ["women", "not recorded"]
    assert len(wf.bounds(of(many("men", 9, 14, 0)), "base_rate", gamma=2).table) == 0


def test_people_without_a_flag_count_in_no_rate_that_asks_for_it():
    people = many("w", 9, 14, 8)
    one, other = (
        wf.bounds(of(crowd), "precision", gamma=2).table
        for crowd in (people, people + many("w", 5, 5, 5, flag=None))
    )
    pd.testing.assert_frame_equal(one, other)


def test_where_no_outcome_is_known_a_row_says_so():
    row = wf.bounds(of(many("w", 0, 0, 8)), "base_rate", gamma=2).table.iloc[0]
    assert row["note"] == "outcome of 8 not recorded; no outcome is known: no bounds"
    assert np.isnan([row["low"], row["high"]]).all()
    row = wf.bounds(of(many("w", 0, 0, 8)), "base_rate", gamma=np.inf).table.iloc[0]
    assert (row["low"], row["high"]) == (0, 1)


@pytest.mark.parametrize("gamma", [2, np.int64(2), np.float32(2), (2.0,), np.array([2])])
def test_any_way_to_write_a_number_is_the_same_gamma(gamma):
    case = of(many("w", 9, 14, 8))
    pd.testing.assert_frame_equal(
        wf.bounds(case, "base_rate", gamma=gamma).table,
        wf.bounds(case, "base_rate", gamma=[2, 2]).table,
    )


@pytest.mark.parametrize("gamma", [0.5, -2, np.nan, [], [1, 0.9], "2", [2, "x"]])
def test_what_is_no_gamma_is_refused(gamma):
    with pytest.raises(
        wf.AuditError, match=r"gamma is a number of 1 or more, or several; .* given"
    ):
        wf.bounds(of(many("w", 9, 14, 8)), "base_rate", gamma=gamma)


def test_a_measure_that_asks_no_outcome_is_refused_with_those_that_do():
    case = of(many("w", 9, 14, 8))
    with pytest.raises(wf.AuditError, match=r"'selection_rate' is not bounded with gamma.*'base_r"):
        wf.bounds(case, "selection_rate", gamma=2)
    with pytest.raises(
        wf.AuditError, match=r"No measure called 'base_rat'.*Did you mean 'base_rate'"
    ):
        wf.bounds(case, "base_rat", gamma=2)


def test_people_in_clusters_weighted_rows_and_published_tables_are_refused():
    people = many("w", 9, 14, 8)
    frame = pd.DataFrame(people, columns=["sex", "f", "o"]).assign(office=range(31), w=1.5)
    frame = frame.astype({"o": "boolean"})
    for role, told in (
        ({"cluster": "office"}, r"come in clusters \(cluster\)"),
        ({"weight": "w"}, "bounds"),
    ):
        case = wf.Case.from_dict({"source": frame, "roles": {"outcome": "o"} | role})
        with pytest.raises(wf.AuditError, match=told):
            wf.bounds(case, "base_rate", gamma=2)
    table = pd.DataFrame({"sex": ["w", "w"], "o": [True, False], "n": [20, 30]})
    roles = {"outcome": "o", "count": "n"}
    case = wf.Case.from_dict({"source": table, "roles": roles, "groups": {"sex": {}}})
    with pytest.raises(wf.AuditError, match="a published table shows only recorded ones"):
        wf.bounds(case, "base_rate", gamma=2)

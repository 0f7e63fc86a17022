"""Alike people before one employer: Bertrand and Mullainathan's table to the digit, testers in pairs, by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.measures import MATCHING
from wfaudit.measures.matching import favoured, favoured_difference, paired_difference

NAMES = ("favoured_share", "favoured_difference", "paired_difference")


def a_case(rows, **more):
    """Résumés as rows: advertisement, race of the name, called back."""
    frame = pd.DataFrame(rows, columns=["ad", "race", "call"])
    roles = {"matched": "ad", "flagged": "call"}
    declared = {"source": frame, "roles": roles, "groups": {"race": {"reference": "W"}}}
    return wf.Case.from_dict({**declared, **more})


def counts(result):
    """How many sets go which way."""
    return dict(zip(result.table["at"], result.evidence["k"], strict=True))


# --- published


def test_bertrand_and_mullainathans_1323_advertisements_to_the_digit():
    found = favoured(wf.load("callbacks"), by="race")
    k = counts(found)
    assert set(found.table["n"]) == {1323}
    assert k["more often than White"] == 46
    assert k["less often than White"] == 111
    assert k["alike, nobody"] == 1103
    assert k["alike, somebody"] + k["alike, nobody"] == 1166
    share = dict(zip(found.table["at"], found.table["estimate"], strict=True))
    assert f"{100 * (share['alike, somebody'] + share['alike, nobody']):.2f}" == "88.13"
    assert f"{100 * share['alike, nobody']:.2f}" == "83.37"
    assert f"{100 * share['less often than White']:.2f}" == "8.39"
    assert f"{100 * share['more often than White']:.2f}" == "3.48"


def test_both_editions_of_the_experiment_tell_the_same():
    one, other = (favoured(wf.load(name), by="race") for name in ("callbacks", "resume"))
    assert counts(one) == counts(other)


def test_241_pairs_of_testers_give_the_paired_interval_that_others_print():
    case = wf.load("matched_pairs")
    assert list(counts(favoured(case, by="race")).values()) == [14, 46, 40, 141]
    row = paired_difference(case, by="race")[1].table.iloc[0]
    assert [f"{row[c]:.7f}" for c in ("low", "high")] == ["-0.1939385", "-0.0716217"]
    assert row["n"] == 241


def test_the_difference_of_pairs_is_scipys():
    rng = np.random.default_rng(2)
    calls = rng.random((30, 2)) < (0.3, 0.5)
    rows = [(ad, race, bool(calls[ad, at])) for ad in range(30) for at, race in enumerate("BW")]
    gap = paired_difference(a_case(rows), by="race")[1].table.iloc[0]
    theirs = stats.ttest_rel(calls[:, 0].astype(float), calls[:, 1].astype(float))
    assert gap["estimate"] == pytest.approx((calls[:, 0].astype(float) - calls[:, 1]).mean())
    assert [gap["low"], gap["high"]] == pytest.approx(list(theirs.confidence_interval()))


# --- by hand


FIVE = [
    (1, "B", 1), (1, "W", 0),
    (2, "B", 0), (2, "W", 1),
    (3, "B", 1), (3, "B", 0), (3, "W", 1), (3, "W", 1),
    (4, "B", 1), (4, "W", 1),
    (5, "B", 0), (5, "W", 0),
]  # fmt: skip


@pytest.fixture
def five():
    """Five advertisements with two to four résumés: one favours B, two W, one calls all, one nobody."""
    return a_case(FIVE)


def test_five_advertisements_by_hand(five):
    assert counts(favoured(five, by="race")) == {
        "more often than W": 1, "less often than W": 2, "alike, somebody": 1, "alike, nobody": 1,
    }  # fmt: skip
    row = favoured_difference(five, by="race").table.iloc[0]
    assert row["estimate"] == pytest.approx((1 - 2) / 5)
    assert row["low"] < row["estimate"] < row["high"]
    gap = paired_difference(five, by="race")[1].table.iloc[0]
    assert gap["estimate"] == pytest.approx((1 - 1 - 0.5 + 0 + 0) / 5)
    assert "5 matched sets: fewer than 10" in gap["note"]


def test_shares_and_not_numbers_are_compared_where_a_set_holds_unlike_many():
    # one of one against two of four: B is called more often, though fewer are called
    case = a_case([(1, "B", 1), *[(1, "W", int(i < 2)) for i in range(4)]])
    assert counts(favoured(case, by="race"))["more often than W"] == 1


def test_a_third_of_six_is_a_third_of_three():
    case = a_case([*[(1, "B", i == 0) for i in range(3)], *[(1, "W", i < 2) for i in range(6)]])
    assert counts(favoured(case, by="race"))["alike, somebody"] == 1


def test_a_set_with_one_kind_only_is_not_counted():
    more = [*FIVE, (9, "B", 1), (9, "B", 0)]
    assert favoured(a_case(more), by="race").table["n"].tolist() == [5] * 4


def test_whoever_has_no_verdict_or_no_set_stands_in_no_set():
    rows = [(1, "B", 1), (1, "W", None), (2, "B", 0), (2, "W", 1), (None, "B", 1), (None, "W", 0)]
    assert favoured(a_case(rows), by="race").table["n"].tolist() == [1] * 4


def test_several_groups_are_each_held_against_the_reference():
    rows = [(ad, race, (ad + at) % 3 == 0) for ad in range(12) for at, race in enumerate("BWX")]
    found = favoured(a_case(rows), by="race").table
    assert found["group"].unique().tolist() == ["B", "X"]
    assert found.groupby("group")["estimate"].sum().tolist() == pytest.approx([1.0, 1.0])


# --- laws


@st.composite
def pairs(draw):
    """Ten to twenty advertisements with a résumé of each kind."""
    calls = draw(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=10, max_size=20))
    return [
        (ad, race, yes)
        for ad, both in enumerate(calls)
        for race, yes in zip("BW", both, strict=True)
    ]


@settings(deadline=None, max_examples=25)
@given(pairs())
def test_swapping_the_kinds_turns_every_number_round(rows):
    case = a_case(rows)
    one, other = counts(favoured(case, by="race")), counts(favoured(case, by="race", reference="B"))
    assert one["more often than W"] == other["less often than B"]
    lead = [favoured_difference(case, by="race", reference=r).table.iloc[0] for r in "WB"]
    assert lead[0]["estimate"] == -lead[1]["estimate"]
    assert lead[0]["low"] == pytest.approx(-lead[1]["high"])
    # with one résumé of each kind, both differences are one and the same
    gap = paired_difference(case, by="race")[1].table.iloc[0]
    assert gap["estimate"] == pytest.approx(lead[0]["estimate"])


@settings(deadline=None, max_examples=25)
@given(pairs())
def test_the_four_ways_are_all_sets(rows):
    assert sum(counts(favoured(a_case(rows), by="race")).values()) == len(rows) / 2


# --- planted, judged, and what can't be asked


def test_an_employer_who_favours_one_kind_is_found_where_a_tolerance_is_declared():
    rng = np.random.default_rng(5)
    rows = [
        (ad, race, rng.random() < p) for ad in range(400) for race, p in (("B", 0.2), ("W", 0.4))
    ]
    case = a_case(rows, tolerance={"paired_difference": {"gap": 0.05}})
    found = wf.audit(case).findings
    mine = [f for f in found if f.measure == "paired_difference"]
    assert [f.answer for f in mine] == ["raised"]
    assert "In one and the same matched set" in mine[0].says


def test_without_a_tolerance_of_its_own_the_same_question_is_not_judged_twice():
    case = wf.load("matched_pairs")
    found = wf.audit(case).findings
    assert not {f.measure for f in found} & set(NAMES)


def test_where_only_sets_are_declared_intervals_leave_out_a_set_at_a_time(five):
    assert five.cluster == "matched"
    assert "matched set" in wf.rates(five, "selection_rate", by="race").interval


@pytest.mark.parametrize("name", NAMES)
def test_a_case_without_matched_sets_is_refused_with_the_reason(name):
    assert "no matched" in MATCHING[name].lacks(wf.load("plain"))
    alone = a_case([(ad, "B" if ad % 2 else "W", 1) for ad in range(10)])
    assert "no matched set holds a group and its declared reference" in MATCHING[name].lacks(alone)
    assert "no single people" in MATCHING[name].lacks(wf.load("ll144/selection"))


def test_a_group_is_held_against_one_named_level(five):
    with pytest.raises(AuditError, match="Name one level"):
        favoured(five, by="race", reference="the highest")
    with pytest.raises(AuditError, match="No group of race is called 'White'"):
        favoured(five, by="race", reference="White")
    undeclared = a_case(FIVE, groups={"race": {}})
    with pytest.raises(AuditError, match="or declare it"):
        favoured(undeclared, by="race")

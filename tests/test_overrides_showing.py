"""What showing the advice does: counted by hand, lots dealt anew in every way, against R, planted."""

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_override_rates import DECLARED, MEETINGS, case_of
from test_planted import case_of as drawn_case

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.estimators.enumerated import lots, lots_apart, lots_to_clusters
from wfaudit.findings import review
from wfaudit.measures.overrides import showing
from wfaudit.measures.overrides.showing import since

R = json.loads((Path(__file__).parent / "oracles" / "lots.json").read_text(encoding="utf-8"))[
    "values"
]
SHOWN = "people whose caseworker was shown the advice"
NOT_SHOWN = "people whose caseworker was not shown it"
DIFFERS = "decided otherwise than advised"
AT_RANDOM = {**DECLARED["roles"], "shown": {"column": "shown", "at_random": True}}
laws = settings(max_examples=60, deadline=None)


@pytest.fixture(scope="module")
def meetings():
    return case_of(MEETINGS, roles=AT_RANDOM)


def rows(result, *keys):
    return {tuple(row[k] for k in keys): row for row in result.table.to_dict("records")}


def asked(case, name="effect_of_showing"):
    return list(showing.QUESTIONS[name].ask(case))


def test_nine_were_shown_the_advice_and_three_were_not_counted_by_hand(meetings):
    # 5 of the 8 shown whose advice is known were decided otherwise, 1 of the 3 others; and so on
    by_hand = {
        DIFFERS: (5, 8, 1, 3), "treated as if flagged": (4, 9, 0, 3),
        "decision and what happened agree": (5, 8, 2, 3),
        "not treated as if flagged, of those who had the outcome": (1, 3, 1, 1),
        "treated as if flagged, of those who did not have the outcome": (2, 5, 0, 2),
    }  # fmt: skip
    found = showing.effect(meetings, compare=True)
    counts = found.evidence[["k", "n", "k_reference", "n_reference"]].itertuples(index=False)
    assert dict(zip(found.table["at"], map(tuple, counts), strict=True)) == by_hand
    k, n, k_ref, n_ref = by_hand[DIFFERS]
    assert found.table["estimate"].iloc[0] == pytest.approx(k / n - k_ref / n_ref)
    assert set(zip(found.table["group"], found.table["reference"], strict=True)) == {
        (SHOWN, NOT_SHOWN)
    }


def test_by_sex_the_effect_is_a_value_and_the_difference_of_effects_a_gap(meetings):
    effects = rows(showing.effect(meetings, by="sex"), "at", "group")
    # of women shown 2, 3, 4 and 6 of five, not shown 0 of 1; of men shown 8 of three, not shown 11 of two
    assert effects[DIFFERS, "women"]["estimate"] == pytest.approx(4 / 5 - 0 / 1)
    assert effects[DIFFERS, "men"]["estimate"] == pytest.approx(1 / 3 - 1 / 2)
    apart = rows(showing.effect(meetings, by="sex", compare=True), "at", "group")
    assert apart[DIFFERS, "women"]["estimate"] == pytest.approx(4 / 5 - (1 / 3 - 1 / 2))
    assert apart[DIFFERS, "men"]["note"] == "compared with itself"


def test_the_two_sides_of_everyone_are_rows_of_their_own(meetings):
    both = asked(meetings)[0]
    shares = rows(both, "at", "group")
    assert shares[DIFFERS, SHOWN]["estimate"] == 5 / 8
    assert shares[DIFFERS, NOT_SHOWN]["estimate"] == 1 / 3
    assert (both.table["low"] < both.table["estimate"]).sum() > 5


def test_a_finding_tells_both_sides_and_the_difference():
    case = drawn_case("preparation", ["anchoring"], 0)
    told = [f for f in review(asked(case)) if f.by == "everyone" and f.at == DIFFERS]
    assert len(told) == 1
    assert told[0].answer == "raised"
    assert told[0].says.startswith(f"{DIFFERS}: 26.5 of 100 {SHOWN}, 42.5 of 100 {NOT_SHOWN}: 16.0")
    assert len(told[0].rows) == 3


def test_without_lots_the_same_numbers_are_not_offered_as_an_effect():
    case = case_of(MEETINGS)
    why = showing.QUESTIONS["effect_of_showing"].lacks(case)
    assert why.startswith("the advice was not shown at random")
    with pytest.raises(AuditError, match="not shown at random"):
        showing.effect(case)


@pytest.mark.parametrize(
    ("gone", "why"),
    [("shown", "declares no shown"), ("decision", "declares no decision")],
)
def test_what_a_case_lacks_is_told(gone, why):
    roles = {k: v for k, v in AT_RANDOM.items() if k != gone and k != "reason"}
    case = case_of(MEETINGS, roles=roles, rules={})
    assert why in showing.QUESTIONS["effect_of_showing"].lacks(case)


def test_weighted_people_are_refused():
    people = pd.DataFrame(
        {"shown": [1, 0] * 5, "high": [1, 0] * 5, "given": [1] * 10, "w": [2] * 10}
    )
    roles = {"flagged": "high", "decision": "given", "weight": "w"}
    roles["shown"] = {"column": "shown", "at_random": True}
    case = wf.Case.from_dict({"source": people, "roles": roles})
    with pytest.raises(AuditError, match="weigh more"):
        showing.effect(case)


# --- lots dealt anew, in every way


@pytest.mark.parametrize("name", sorted({n.split(".")[0] for n in R} - {"strata"}))
def test_the_chance_of_one_table_is_that_of_fisher_test_in_r(name):
    k, n, k_ref, n_ref = ([x] for x in R[f"{name}.table"])
    assert lots(k, n, k_ref, n_ref) == pytest.approx(R[f"{name}.p"], rel=1e-9)


@pytest.mark.parametrize("name", sorted({n.split(".")[1] for n in R if n.startswith("strata")}))
def test_the_chance_in_strata_is_that_of_mantelhaen_test_in_r(name):
    k, n, k_ref, n_ref = np.reshape(R[f"strata.{name}.table"], (-1, 4)).T
    assert lots(k, n, k_ref, n_ref) == pytest.approx(R[f"strata.{name}.p"], rel=1e-9)


def dealt(yes, drawn):
    """How many of some people count, and among how many, on both sides of a way of drawing lots."""
    yes, drawn = np.array(yes), np.array(drawn, dtype=bool)
    return yes[drawn].sum(), drawn.sum(), yes[~drawn].sum(), (~drawn).sum()


def ways(n, some):
    for places in itertools.combinations(range(n), some):
        yield np.isin(np.arange(n), places)


def test_eight_people_lots_dealt_in_all_seventy_ways_say_what_fisher_says():
    yes = [1, 1, 1, 0, 1, 0, 0, 0]
    seen = np.array([1, 1, 1, 1, 0, 0, 0, 0], dtype=bool)
    tables = [dealt(yes, way) for way in ways(8, 4)]
    assert len(tables) == 70
    chance = {t: tables.count(t) / 70 for t in tables}
    as_unlikely = sum(p for p in chance.values() if p <= chance[dealt(yes, seen)] + 1e-12)
    k, n, k_ref, n_ref = ([x] for x in dealt(yes, seen))
    assert lots(k, n, k_ref, n_ref) == pytest.approx(as_unlikely, abs=1e-14)


def far(one, other):
    """How far two differences are apart, in standard errors with half a person in each cell."""
    gap, variance = 0.0, 0.0
    for sign, (k, n, k_ref, n_ref) in ((1, one), (-1, other)):
        gap += sign * (k / n - k_ref / n_ref)
        for hits, people in ((k, n), (k_ref, n_ref)):
            share = (hits + 0.5) / (people + 1)
            variance += share * (1 - share) / people
    return abs(gap) / variance**0.5


def test_effects_apart_are_held_against_every_way_to_deal_lots_in_both_groups():
    women, men = [1, 1, 1, 0, 0, 0, 1], [0, 1, 0, 1, 1]
    drawn = np.array([1, 1, 1, 0, 0, 0, 0], dtype=bool), np.array([1, 1, 0, 0, 0], dtype=bool)
    seen = far(dealt(women, drawn[0]), dealt(men, drawn[1]))
    every = [
        far(dealt(women, one), dealt(men, other)) for one in ways(7, 3) for other in ways(5, 2)
    ]
    assert len(every) == 350
    p, exact = lots_apart(dealt(women, drawn[0]), dealt(men, drawn[1]))
    assert exact
    assert p == pytest.approx(np.mean([x >= seen - 1e-9 for x in every]), abs=1e-12)


def test_lots_to_clusters_are_held_against_every_way_to_deal_them():
    k, n = np.array([[3, 4, 1, 0, 1, 2], [1, 0, 2, 1, 1, 0]]), np.full((2, 6), 5)
    drawn = np.array([1, 1, 0, 0, 1, 0], dtype=bool)

    def apart(way):
        gaps = [
            a[way].sum() / m[way].sum() - a[~way].sum() / m[~way].sum()
            for a, m in zip(k, n, strict=True)
        ]
        return abs(gaps[0] - gaps[1])

    every = [apart(way) for way in ways(6, 3)]
    expected = np.mean([x >= apart(drawn) - 1e-12 for x in every])
    assert lots_to_clusters(k, n, drawn) == (pytest.approx(expected), True)


def test_too_many_clusters_to_go_through_are_drawn_and_the_one_seen_counts():
    generator = np.random.default_rng(1)
    k, drawn = generator.binomial(10, 0.3, 40), np.arange(40) < 20
    p, exact = lots_to_clusters(k, np.full(40, 10), drawn)
    assert not exact
    assert 1e-4 <= p <= 1
    shifted, _ = lots_to_clusters(k + 7 * drawn, np.full(40, 10), drawn)
    assert shifted == pytest.approx(1e-4)


tables = st.tuples(st.integers(0, 9), st.integers(1, 9), st.integers(0, 9), st.integers(1, 9)).map(
    lambda t: (min(t[0], t[1]), t[1], min(t[2], t[3]), t[3])
)


@laws
@given(tables)
def test_which_side_is_called_shown_changes_no_chance(table):
    k, n, k_ref, n_ref = ([x] for x in table)
    assert lots(k, n, k_ref, n_ref) == pytest.approx(lots(k_ref, n_ref, k, n), rel=1e-9)
    p = float(lots(k, n, k_ref, n_ref))
    assert 0 < p <= 1


@laws
@given(tables, tables)
def test_swapping_two_groups_changes_no_chance(mine, theirs):
    assert lots_apart(mine, theirs)[0] == pytest.approx(lots_apart(theirs, mine)[0], rel=1e-9)


def test_many_people_get_the_chance_of_a_normal_deviate():
    mine, theirs = (2000, 9000, 2100, 9000), (2000, 9000, 2050, 9000)
    scaled = [tuple(400 * x for x in side) for side in (mine, theirs)]
    p, exact = lots_apart(*scaled)
    assert not exact
    near, told = lots_apart(mine, theirs)
    assert told
    assert near > p > 0


@pytest.mark.parametrize(("people", "most"), [(20, 0.07), (60, 0.06)])
def test_where_lots_matter_as_much_in_both_groups_few_are_told_apart(people, most):
    generator, small = np.random.default_rng(people), []
    for _ in range(2_000):
        k = generator.binomial(people, [0.2, 0.5, 0.2, 0.5])
        side = [(k[0], people, k[1], people), (k[2], people, k[3], people)]
        small.append(lots_apart(*side)[0] <= 0.05)
    assert np.mean(small) <= most


# --- clusters


def in_clusters(shown_by):
    """16 offices with ten people each; showing takes two of three departures away."""
    generator = np.random.default_rng(5)
    office = np.repeat(np.arange(16), 10)
    shown = (office % 2 == 0) if shown_by == "office" else np.arange(160) % 2 == 0
    departs = generator.random(160) < np.where(shown, 0.2, 0.6)
    people = pd.DataFrame({"office": office, "shown": shown, "high": office % 3 == 0})
    people["given"] = people["high"] ^ np.array(departs)
    people["sex"] = np.where(np.arange(160) % 4 < 2, "women", "men")
    roles = {"flagged": "high", "decision": "given", "cluster": "office"}
    roles["shown"] = {"column": "shown", "at_random": True}
    return wf.Case.from_dict(
        {"source": people, "roles": roles, "groups": {"sex": {"reference": "men"}}}
    )


def test_where_lots_fell_on_offices_they_are_dealt_to_offices_and_limits_leave_offices_out():
    found = showing.effect(in_clusters("office"), compare=True)
    row = rows(found, "at")[(DIFFERS,)]
    assert "lots dealt anew to whole clusters, all ways" in row["note"]
    assert found.interval.endswith("(declared cluster)")
    assert row["low"] < row["estimate"] < row["high"] < 0
    assert found.evidence["clusters"].tolist()[0] == 16
    assert found.evidence["se"].iloc[0] > 0


def test_where_lots_parted_an_office_rows_were_drawn_and_fisher_holds():
    case = in_clusters("person")
    for row in showing.effect(case, by="sex").table.to_dict("records"):
        assert "Fisher's exact test" in row["note"]
    apart = rows(showing.effect(case, by="sex", compare=True), "at", "group")
    assert "lots dealt anew within each group" in apart[DIFFERS, "women"]["note"]


# --- planted, and nothing


def test_anchoring_is_raised_in_four_of_five_populations_and_nothing_else():
    raised = []
    for seed in range(8):
        found = review(asked(drawn_case("preparation", ["anchoring"], seed)))
        raised.append([(f.by, f.group, f.at) for f in found if f.answer == "raised"])
    assert sum(("everyone", SHOWN, DIFFERS) in each for each in raised) >= 7
    assert {one for each in raised for one in each} == {("everyone", SHOWN, DIFFERS)}


def test_where_showing_changes_nothing_nothing_is_raised():
    for seed in range(3):
        found = review(asked(drawn_case("preparation", [], seed)))
        assert len(found) > 50
        assert [f.says for f in found if f.answer == "raised"] == []


# --- before and after a day


def ten_people():
    """Two of the five before July are overridden, four of the five from then on."""
    people = pd.DataFrame({
        "day": ["2025-06-10"] * 3 + ["2025-06-30"] * 2 + ["2025-07-01"] * 2 + ["2025-07-20"] * 3,
        "high": [1, 0] * 5, "office": ["a", "b"] * 5, "sex": ["women", "men"] * 5,
    })  # fmt: skip
    people["given"] = people["high"] ^ np.array([1, 0, 0, 1, 0, 1, 1, 0, 1, 1])
    return people


def in_time():
    roles = {"flagged": "high", "decision": "given", "date": "day", "office": "office"}
    groups = {"sex": {"reference": "men"}}
    return wf.Case.from_dict({"source": ten_people(), "roles": roles, "groups": groups})


def test_from_the_day_on_four_of_five_are_overridden_before_it_two_of_five():
    found = since(in_time(), "2025-07-01", compare=True)
    assert found.table[["n", "n_reference"]].values.tolist() == [[5, 5]]
    assert found.evidence[["k", "k_reference"]].values.tolist() == [[4, 2]]
    assert found.table["estimate"].iloc[0] == pytest.approx(2 / 5)
    assert "everything else that changed on that day is in it" in found.definition
    assert "everything else that changed on that day is in it" in found.sentence


def test_offices_with_their_own_day_are_held_against_themselves():
    days = {"a": "2025-07-01", "b": "2025-06-30"}
    found = since(in_time(), days).table.iloc[0]
    # office a: people 7 and 9 late, 1, 3 and 5 before; office b: 4, 6, 8 and 10 late, 2 before
    case, gaps, weights = ten_people(), [], []
    for office, day in days.items():
        mine = case[case["office"] == office]
        late = mine[mine["day"] >= day]
        soon = mine[mine["day"] < day]
        share = [(x["high"] != x["given"]).mean() for x in (late, soon)]
        gaps.append(share[0] - share[1])
        weights.append(len(late) * len(soon) / len(mine))
    assert found["estimate"] == pytest.approx(np.average(gaps, weights=weights))
    assert "within offices" in since(in_time(), days).definition


def test_people_of_offices_without_a_day_are_left_out_and_counted():
    (row,) = since(in_time(), {"a": "2025-07-01"}).table.to_dict("records")
    assert row["n"] == 5
    assert "5 without a day or of other offices left out" in row["note"]


def test_the_break_lies_on_the_day_from_which_scores_drift():
    case = drawn_case("plain", ["drift"], 3)
    (row,) = since(case, "2025-07-02", measure="selection_rate").table.to_dict("records")
    assert row["low"] > 0.05
    assert row["note"] == "largest break: on the day (p < 0.001)"
    assert review([since(case, "2025-07-02", measure="selection_rate", compare=True)]) == ()


def test_over_clusters_no_break_is_told():
    again = pd.concat([ten_people().assign(who=w) for w in range(12)], ignore_index=True)
    again.loc[again["who"] % 3 == 0, "given"] = 1
    roles = {"flagged": "high", "decision": "given", "date": "day", "cluster": "who"}
    case = wf.Case.from_dict({"source": again, "roles": roles})
    (row,) = since(case, "2025-07-01").table.to_dict("records")
    assert row["low"] < row["estimate"] < row["high"]
    assert row["note"].startswith("largest break: not told")


@pytest.mark.parametrize(
    ("date", "message"),
    [
        ("July", "'July' is not a day. Write it as 2026-01-31"),
        ({"c": "2025-07-01"}, "Nobody belongs to the office 'c'"),
        ({}, "No office has a day"),
    ],
)
def test_a_day_that_cannot_be_read_says_how_to_write_it(date, message):
    with pytest.raises(AuditError, match=message):
        since(in_time(), date)


def test_without_a_date_nothing_is_before_or_after():
    with pytest.raises(AuditError, match="declares no date and no decided_on"):
        since(case_of(MEETINGS, roles={"flagged": {"column": "shown"}}, rules={}), "2025-07-01",
              measure="selection_rate")  # fmt: skip

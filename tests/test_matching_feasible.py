"""Feasibility: which places in the top could really be taken, and whom infeasible ones cost a place."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from haversine import haversine
from hypothesis import given, settings
from hypothesis import strategies as st

import wfaudit as wf
from wfaudit.measures import MATCHING
from wfaudit.measures.matching import parts
from wfaudit.measures.matching.constrained import can_take, kilometres
from wfaudit.measures.matching.feasible import exposure_lost, feasible_share, lost_places
from wfaudit.sources import fetch, open_source

# one list of six, its top two places: b and d can't pay, of e it isn't known; a is a woman, and so on
SIX = pd.DataFrame({
    "vacancy": "v", "person": list("abcdef"), "rank": [1, 2, 3, 4, 5, 6],
    "sex": ["women", "men", "women", "men", "men", "women"],
    "budget": [100, 0, 300, 0, None, 100], "cost": 100,
})  # fmt: skip
# the same few people stand in every list, so lists alone are taken as drawn
ROLES = {"query": "vacancy", "item": "person", "rank": "rank", "cluster": "vacancy"}
COST = {"item": "budget", "query": "cost", "is": ">="}
GROUPS = {"sex": {"reference": "men"}}


def repeated(lists, times=8):
    """The same list again and again, so that there are clusters enough for an interval."""
    return pd.concat([lists.assign(vacancy=f"v{i}") for i in range(times)], ignore_index=True)


def a_case(pairs=None, **changed):
    declared = {
        "source": repeated(SIX) if pairs is None else pairs, "roles": ROLES, "groups": GROUPS,
        "constraints": {"cost": COST}, "lists": {"top": 2}, **changed,
    }  # fmt: skip
    return wf.Case.from_dict(declared)


def varied(**changed):
    """Eight such lists, two in which a and e can't pay and all others can, and one in which everybody can."""
    others = [SIX.assign(vacancy=name, budget=[0, 100, 100, 100, 0, 100]) for name in ("w", "x")]
    every = [repeated(SIX), *others, SIX.assign(vacancy="y", budget=100)]
    return a_case(pd.concat(every, ignore_index=True), **changed)


def rows(result):
    return result.table.set_index(["group", "at"])


def met(case, name):
    """What a constraint says of each pair: True, False or None."""
    told = can_take(case).source.table
    return fetch(case.source, told.order_by("rank").select(f"wf can {name}"))[0].to_pylist()


def one_pair(way, mine, theirs, **more):
    """Whether one pair is feasible, as a constraint says of it."""
    columns = {f"i{n}": [value] for n, value in enumerate(mine)}
    columns |= {f"q{n}": [value] for n, value in enumerate(theirs)}
    declared = {
        "item": [f"i{n}" for n in range(len(mine))],
        "query": [f"q{n}" for n in range(len(theirs))],
    }
    pairs = pd.DataFrame({"vacancy": "v", "person": "a", "rank": [1], "by": ["car"], **columns})
    return met(a_case(pairs, groups={}, constraints={"c": {**declared, "is": way, **more}}), "c")[0]


# --- constraints, one by one


@pytest.mark.parametrize(
    ("way", "mine", "theirs", "feasible"),
    [
        (">=", [100], [100], True), (">=", [99], [100], False), (">=", [None], [100.0], None),
        ("<=", [100], [100], True), ("<=", [101], [100], False), ("<=", ["12"], [100], True),
        ("==", ["night"], ["night"], True), ("==", ["night"], ["day"], False), ("==", [""], ["day"], None),
        ("==", [1], [1.0], True), ("==", ["1"], [1], True),
        ("covers", [6, 14], [6, 14], True), ("covers", [6, 13], [6, 14], False),
        ("covers", [7, 15], [6, 14], False), ("covers", [7, None], [6.0, 14.0], False),
        ("covers", [6, None], [6.0, 14.0], None),
        ("covers", ["none;B;C1"], ["B;none"], True), ("covers", ["none; B"], ["B ;"], True),
        ("covers", ["none;B"], ["C1"], False), ("covers", ["none"], [""], None),
        ("covers", [""], ["B"], None), ("covers", ["BE"], ["B"], False),
    ],
)  # fmt: skip
def test_each_way_to_compare_says_yes_no_or_unknown(way, mine, theirs, feasible):
    assert one_pair(way, mine, theirs) is feasible


@pytest.mark.parametrize(
    ("north", "mode", "feasible"),
    [
        (47.0 + 0.40, "car", True),  # 44 km in an hour at 50
        (47.0 + 0.50, "car", False),  # 56 km
        (47.0, "sledge", None),  # no speed is declared
        (None, "car", None),
        (47.0, None, None),
    ],
)
def test_a_way_is_feasible_by_the_declared_speed_of_the_mode_a_person_has(north, mode, feasible):
    pairs = pd.DataFrame({
        "vacancy": "v", "person": "a", "rank": [1], "n": [north], "e": [15.0], "m": [47.0], "f": [15.0],
        "by": pd.Series([mode], dtype="object"),
    })  # fmt: skip
    travel = {
        "item": ["n", "e"], "query": ["m", "f"], "is": "within", "mode": "by",
        "speeds": {"car": 50, "foot": 5}, "most": 60,
    }  # fmt: skip
    pairs["n"], pairs["by"] = pairs["n"].astype("float64"), pairs["by"].astype("string")
    assert met(a_case(pairs, groups={}, constraints={"travel": travel}), "travel")[0] is feasible


degrees = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(degrees, degrees), min_size=1, max_size=30))
def test_distances_are_those_of_the_library_haversine(places):
    names = ["north", "east", "far_north", "far_east"]
    told = pd.DataFrame([[*one, *other] for one, other in places], columns=names)
    source = open_source(told.assign(at=range(len(told))))
    table = source.table
    asked = table.select("at", km=kilometres(*(table[name] for name in names))).order_by("at")
    found = fetch(source, asked)["km"].to_pylist()
    expected = [haversine(one, other) for one, other in places]
    # near the other end of the earth both round the sine to 1, a micrometre on the ground being below its last digit
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_all_constraints_are_met_only_where_each_is_and_are_not_where_one_is_not():
    pairs = pd.DataFrame({
        "vacancy": "v", "person": list("abcde"), "rank": [1, 2, 3, 4, 5],
        "x": [1, 1, 0, None, None], "y": [1, 0, None, 1, None], "must": 1,
    })  # fmt: skip
    both = {name: {"item": name, "query": "must", "is": ">="} for name in ("x", "y")}
    case = a_case(pairs, groups={}, constraints=both)
    assert met(case, "all") == [True, False, False, None, None]


# --- places, by hand


def test_feasible_places_equal_the_hand_count():
    # women hold place 1: all but those of w and x can pay; men place 2: those of w, x and y can
    found = rows(feasible_share(varied(), by="sex"))
    assert found["n"].to_list() == [11, 11]
    assert found.loc[("women", "all"), "estimate"] == pytest.approx(9 / 11)
    assert found.loc[("men", "all"), "estimate"] == pytest.approx(3 / 11)
    assert feasible_share(varied()).table["estimate"][0] == pytest.approx(12 / 22)
    gap = rows(feasible_share(varied(), by="sex", compare=True)).loc[("women", "all")]
    assert gap["estimate"] == pytest.approx(9 / 11 - 3 / 11)


def test_lost_places_equal_the_hand_count():
    # Each of the eight: b and d leave, e (unknown) stays: a 1, c 2, e 3, f 4. Feasible: a, c, f; c gains.
    # w and x: a and e leave: b 1, c 2, d 3, f 4. Feasible: b, c, d, f; c gains. y: nobody leaves.
    found = rows(lost_places(varied(), by="sex"))
    assert found.loc[("women", "2"), "n"] == 8 * 3 + 2 * 2 + 3
    assert found.loc[("women", "2"), "estimate"] == pytest.approx(10 / 31)
    assert (
        found.loc[("men", "2"), "n"] == 2 * 2 + 3
    )  # nobody of e: whether they can pay isn't known
    assert found.loc[("men", "2"), "note"] == "3 clusters: fewer than 8, no interval"
    assert lost_places(varied()).table["estimate"][0] == pytest.approx(10 / 38)


def test_attention_lost_equals_the_hand_count():
    gets = [1.0, 0.5, 0.25, 0.125, 0.0625, 0.03125]
    case = varied(lists={"top": 2, "attention": ["geometric"], "patience": 0.5})
    women = 10 * ((gets[1] - gets[2]) + (gets[3] - gets[5]))  # c and f of ten lists
    found = rows(exposure_lost(case, by="sex")).loc[("women", "geometric")]
    assert found["estimate"] == pytest.approx(women / 31, abs=1e-6)
    men = 2 * ((gets[0] - gets[1]) + (gets[2] - gets[3]))  # b and d of w and x
    whole = exposure_lost(case).table["estimate"][0]
    assert whole == pytest.approx((women + men) / 38, abs=1e-6)


def test_what_is_not_known_is_left_out_and_told_with_the_limits_it_leaves():
    paying = {"a": [100, 100], "b": [0, 0], "c": [100, None]}  # of the top two, eight lists each
    pairs = pd.concat(
        [repeated(SIX[:2].assign(budget=pays)).assign(vacancy=lambda t, k=kind: k + t["vacancy"])
         for kind, pays in paying.items()]
    )  # fmt: skip
    row = feasible_share(a_case(pairs)).table.iloc[0]
    assert row["n"] == 40  # 48 places, of 8 it isn't known
    assert row["estimate"] == pytest.approx(24 / 40)
    assert row["note"] == "not known of 8 more places: between 0.500 and 0.667 with them"
    gap = rows(feasible_share(a_case(pairs), by="sex", compare=True)).loc[("women", "all")]
    assert gap["estimate"] == pytest.approx(16 / 24 - 8 / 16)
    assert gap["note"] == "not known of 0 and 8 more places"


def test_nothing_known_is_a_row_with_a_note_and_no_number():
    row = feasible_share(a_case(repeated(SIX.assign(budget=np.nan)))).table.iloc[0]
    assert row["n"] == 0
    assert np.isnan(row["estimate"])
    assert row["note"]


def test_each_constraint_is_told_by_name_beside_all_of_them():
    constraints = {"cost": COST, "licence": {"item": "person", "query": "person", "is": "=="}}
    found = feasible_share(varied(constraints=constraints)).table.set_index("at")
    assert list(found.index) == ["all", "cost", "licence"]
    assert found.loc["all", "estimate"] == found.loc["cost", "estimate"] == pytest.approx(12 / 22)
    assert found.loc["licence", "note"].startswith("all or none")


def test_speeds_are_said_to_be_declared_and_not_measured():
    assert "declared, not measured" not in feasible_share(varied()).definition
    pairs = repeated(SIX).assign(n=47.0, e=15.0, by="car")
    travel = {
        "item": ["n", "e"],
        "query": ["n", "e"],
        "is": "within",
        "mode": "by",
        "speeds": {"car": 9},
        "most": 9,
    }
    for verb in (feasible_share, lost_places, exposure_lost):
        told = verb(a_case(pairs, constraints={"travel": travel})).definition
        assert told.endswith("speeds of travel are declared, not measured")


# --- against lists made anew row by row, and laws


def by_rows(pairs, top, patience):
    """Feasible pairs: how many there are, how many gain a place in the top, and the attention they gain."""
    n = gained = attention = 0
    for _, one in pairs.groupby("vacancy"):
        one = one.sort_values("rank")
        stays = one[~(one["budget"] < one["cost"])]
        moved = dict(zip(stays["person"], range(1, len(stays) + 1), strict=True))
        for row in one[one["budget"] >= one["cost"]].itertuples():
            place = moved[row.person]
            n += 1
            gained += (place <= top) - (row.rank <= top)
            attention += patience ** (place - 1) - patience ** (row.rank - 1)
    return n, gained, attention


@cache
def drawn(seed):
    dice = np.random.default_rng(seed)
    pairs = pd.DataFrame({
        "vacancy": np.repeat([f"v{i}" for i in range(20)], 9), "person": np.tile(list("abcdefghi"), 20),
        "rank": np.concatenate([dice.permutation(9) + 1 for _ in range(20)]),
        "sex": dice.choice(["women", "men"], 180), "cost": 100,
        "budget": dice.choice([0.0, 100.0, 200.0, np.nan], 180),
    })  # fmt: skip
    return pairs.sample(frac=1, random_state=seed)


@pytest.mark.parametrize("seed", range(4))
def test_lists_without_infeasible_pairs_are_those_made_anew_row_by_row(seed):
    case = a_case(drawn(seed), lists={"top": 3, "attention": ["geometric"], "patience": 0.8})
    n, gained, attention = by_rows(drawn(seed), 3, 0.8)
    lost, seen = lost_places(case).table.iloc[0], exposure_lost(case).table.iloc[0]
    assert lost["n"] == seen["n"] == n
    assert lost["estimate"] == pytest.approx(gained / n)
    assert seen["estimate"] == pytest.approx(attention / n, abs=1e-6)


@pytest.mark.parametrize("by_score", [False, True])
def test_very_many_pairs_are_asked_a_part_of_the_lists_at_a_time_with_the_same_answer(
    monkeypatch, by_score
):
    roles = {"query": "vacancy", "item": "person", "score": {"column": "rank", "resolution": 3}}
    changed = {"roles": roles if by_score else ROLES}
    verbs = (feasible_share, lost_places, exposure_lost)
    whole = [verb(a_case(drawn(1), **changed), by="sex").table for verb in verbs]
    monkeypatch.setattr(parts, "MANY_PAIRS", 50)
    for verb, one in zip(verbs, whole, strict=True):
        pd.testing.assert_frame_equal(one, verb(a_case(drawn(1), **changed), by="sex").table)


scores = st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=8)


@settings(deadline=None, max_examples=25)
@given(st.lists(scores, min_size=9, max_size=9), st.integers(1, 4))
def test_nobody_feasible_loses_when_infeasible_pairs_leave_whatever_ties_there_are(lists, top):
    told = [
        {"vacancy": f"v{v}", "person": f"p{i}", "score": score, "budget": 100 * can, "cost": 100}
        for v, each in enumerate(lists)
        for i, (score, can) in enumerate(each)
    ]
    roles = {"query": "vacancy", "item": "person", "score": {"column": "score", "resolution": 1}}
    case = a_case(pd.DataFrame(told), roles=roles, groups={}, lists={"top": top})
    lost, seen = lost_places(case).table, exposure_lost(case).table
    assert all(np.isnan(x) or 0 <= x <= 1 for x in lost["estimate"])
    assert all(np.isnan(x) or x >= -1e-9 for x in seen["estimate"])


def test_lists_of_feasible_pairs_only_lose_nothing_even_with_holes_and_ranks_given_twice():
    pairs = repeated(SIX.assign(budget=500, rank=[1, 2, 2, 5, 9, 9]))
    for verb in (lost_places, exposure_lost):
        assert not verb(a_case(pairs)).table["estimate"].gt(0).any()


def test_a_pair_without_a_rank_is_in_no_list_and_neither_loses_nor_pushes():
    pairs = repeated(SIX.assign(rank=[1, None, 2, None, 3, 4]))
    assert lost_places(a_case(pairs)).table["n"][0] == 8 * 3
    assert not lost_places(a_case(pairs)).table["estimate"].gt(0).any()


# --- what is asked, and of whom


def test_a_case_without_constraints_or_places_is_told_what_it_lacks():
    with pytest.raises(wf.AuditError, match="declares no constraints"):
        feasible_share(a_case(constraints={}))
    assert (
        MATCHING["feasible_share"].lacks(a_case(constraints={}))
        == "the case declares no constraints"
    )
    unranked = a_case(roles={"query": "vacancy", "item": "person"})
    assert MATCHING["lost_places_share"].lacks(unranked) == "the case declares no rank and no score"


def test_an_audit_tells_constraints_in_words_and_lists_none_as_untested():
    audit = wf.audit(varied(tolerance={"default": {"gap": 0.05}}))
    assert not [u.measure for u in audit.cannot_test if u.measure.startswith("constraint")]
    asked = {result.measure for result in audit.results}
    assert {"feasible_share", "lost_places_share", "exposure_lost"} <= asked
    (said,) = [f.says for f in audit.findings if f.measure == "feasible_share"]
    assert said.startswith(
        "Of 100 places that women have in the top of lists, 81.8 could really be taken (constraint: all); of "
        "those of men, 27.3: 54.5 more"
    )


def test_blanks_around_the_words_of_a_set_are_no_part_of_them():
    pairs = pd.DataFrame(
        {"job": [1, 1], "one": ["a", "b"], "place": [1, 2], "has": [" B ;  C1", "C"], "must": "B"}
    )
    case = wf.Case.from_dict({
        "source": pairs, "roles": {"query": "job", "item": "one", "rank": "place"}, "lists": {"top": 2},
        "constraints": {"licence": {"item": "has", "query": "must", "is": "covers"}},
    })  # fmt: skip
    table = can_take(case).source.table
    assert table.order_by("one")["wf can all"].to_pyarrow().to_pylist() == [True, False]

"""Pairs at the door: ranks that are no places stop, odd lists and places are counted and told."""

import numpy as np
import pandas as pd
import pytest

import wfaudit as wf
from wfaudit.case import ranked, tables
from wfaudit.errors import AuditError

# four lists: v0 in order; v1 has rank 2 twice; v2 leaves out 2 and 3; v3 has one pair, and nobody fits
PAIRS = pd.DataFrame({
    "vacancy": ["v0"] * 4 + ["v1"] * 3 + ["v2"] * 2 + ["v3"],
    "person": list("abcd") + list("abc") + list("ab") + ["a"],
    "rank": [1, 2, 3, 4, 1, 2, 2, 1, 4, 1],
    "score": [0.9, 0.8, 0.8, 0.7, 0.9, 0.5, 0.6, 0.2, 0.9, 0.5],
    "fits": [1, 0, 2, 0, 1, 1, 0, 0, 3, 0],
})  # fmt: skip
ROLES = {
    "query": "vacancy", "item": "person", "rank": "rank", "relevance": "fits",
    "score": {"column": "score", "resolution": 0.1},
}  # fmt: skip
TRAVEL = {
    "item": ["people.north", "people.east"], "query": ["jobs.north", "jobs.east"], "is": "within",
    "mode": "people.by", "speeds": {"car": 50, "foot": 5}, "most": 60,
}  # fmt: skip
HOURS = {"item": ["people.from", "people.to"], "query": ["jobs.from", "jobs.to"], "is": "covers"}
PEOPLE = pd.DataFrame({
    "person": list("abcd"), "north": [47.0, 47.1, 0.0, None], "east": [15.0, 15.1, 0.0, 15.0],
    "by": ["car", "foot", "horse", None], "from": [6, 8, 9, 22], "to": [22, 15, 14, 6],
})  # fmt: skip
JOBS = pd.DataFrame({
    "vacancy": ["v0", "v1", "v2", "v3"], "north": 47.0, "east": 15.0, "from": 8, "to": 14,
})  # fmt: skip


def a_case(pairs=PAIRS, people=PEOPLE, jobs=JOBS, **changed):
    tables = {
        "people": {"path": people, "key": "person", "role": "item"},
        "jobs": {"path": jobs, "key": "vacancy", "role": "query"},
    }
    return wf.Case.from_dict({"source": pairs, "roles": ROLES, "tables": tables, **changed})


def quality(case):
    return {note.code: note.rows for note in case.door.quality}


def test_odd_lists_are_counted_and_told():
    assert quality(a_case()) == {
        "list of one": 1,  # v3
        "rank repeats": 1,  # v1
        "rank leaves holes": 1,  # v2
        "nothing relevant": 1,  # v3
        "in many lists": 4,  # four people
        "rank against score": 1,  # v2's 0.9 below 0.2; of v1's two at rank 2 the order is nobody's
    }
    said = {note.code: note.says for note in a_case().door.quality}
    assert said["rank repeats"].startswith("In 1 list a rank is given more than once")
    assert (
        said["rank against score"]
        == "In 1 row a pair stands directly below one with a lower score."
    )


def test_a_part_of_the_lists_at_a_time_says_the_same(monkeypatch):
    pairs = pd.concat([PAIRS, PAIRS.iloc[[2, 5]]])  # two pairs stand once more
    whole = a_case(pairs).door.quality
    monkeypatch.setattr(tables, "MANY_PAIRS", 4)
    monkeypatch.setattr(ranked, "MANY_PAIRS", 4)
    assert a_case(pairs).door.quality == whole
    assert {note.code: note.rows for note in whole}["pair repeats"] == 2


def test_one_column_for_both_sides_of_a_pair_is_refused():
    with pytest.raises(AuditError, match="query and item both name column 'person'"):
        wf.Case.from_dict({"source": PAIRS, "roles": {"query": "person", "item": "person"}})


def test_lists_in_order_say_nothing():
    assert quality(a_case(PAIRS[:4])) == {"in no pair": 3}


def test_pairs_below_a_lower_score_are_counted_as_by_hand_on_shuffled_rows():
    dice = np.random.default_rng(5)
    lists = [dice.permutation(12) / 12 for _ in range(30)]
    pairs = pd.DataFrame({
        "vacancy": np.repeat([f"v{i}" for i in range(30)], 12), "person": [*range(12)] * 30,
        "rank": [*range(1, 13)] * 30, "score": np.concatenate(lists),
    })  # fmt: skip
    roles = {k: v for k, v in ROLES.items() if k != "relevance"} | {
        "score": {"column": "score", "resolution": 1 / 12}
    }
    by_hand = sum(int((np.diff(scores) > 0).sum()) for scores in lists)
    case = wf.Case.from_dict({"source": pairs.sample(frac=1, random_state=1), "roles": roles})
    assert quality(case) == {"rank against score": by_hand, "in many lists": 12}
    said = next(note.says for note in case.door.quality if note.code == "in many lists")
    assert said.startswith("Those in pairs stand in 30.0 lists on average, pair by pair.")


def test_a_pair_without_a_rank_is_told_and_its_list_has_no_hole():
    pairs = PAIRS[:4].assign(rank=[1, 2, None, 3])
    assert quality(a_case(pairs)) == {"in no pair": 3, "rank missing": 1}


def test_text_ranks_are_read_as_numbers():
    assert quality(a_case(PAIRS[:4].assign(rank=["1", "2", "3", "4"]))) == {"in no pair": 3}


@pytest.mark.parametrize(
    ("ranks", "says"),
    [
        (
            [0, 1, 2, 3],
            "in 1 row the rank is no place in a list, which is a whole number from 1 on",
        ),
        ([1, 1.5, 2.5, 3], "in 2 rows the rank is no place"),
        ([-1, -2, -3, -4], "in 4 rows the rank is no place"),
        ([1, 2, 3, np.inf], "in 1 row the rank is no place"),
        (["1", "second", "3", "4"], "in 1 row the text is not a number"),
    ],
)
def test_a_rank_that_is_no_place_is_refused_with_how_many(ranks, says):
    with pytest.raises(wf.AuditError, match=says) as told:
        _ = a_case(PAIRS[:4].assign(rank=ranks)).door
    assert "\n" not in str(told.value)
    assert "second" not in str(told.value)


def test_odd_places_intervals_and_ways_are_counted_where_they_stand():
    found = a_case(constraints={"travel": TRAVEL, "hours": HOURS}).door.quality
    told = {note.code: (note.column, note.rows) for note in found}
    assert told["place at 0, 0"] == ("people.north", 1)
    assert told["mode without speed"] == (
        "people.by",
        1,
    )  # the horse; that d's way is not known is no mode
    assert told["interval backwards"] == ("people.from", 1)


@pytest.mark.parametrize(
    ("people", "says"),
    [
        (PEOPLE.assign(north=[90.5, 47, -91, None]), "'people.north': in 2 rows the latitude is outside -90 to 90"),
        (PEOPLE.assign(east=[180.1, 15, 15, 15]), "'people.east': in 1 row the longitude is outside -180 to 180"),
        (PEOPLE.assign(north=["47", "near the river", "47", "47"]), "'people.north': in 1 row there is no number"),
        (PEOPLE.assign(north=[np.inf, 47, 47, 47]), "'people.north': in 1 row there is no number"),
        (PEOPLE.assign(**{"from": pd.Timestamp("2026-01-01")}), "'people.from' holds timestamp"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused_with_how_many(people, says):
    with pytest.raises(wf.AuditError, match=says) as told:
        _ = a_case(people=people, constraints={"travel": TRAVEL, "hours": HOURS}).door
    assert "\n" not in str(told.value)
    assert "river" not in str(told.value)


def test_no_constraint_may_be_called_what_all_of_them_are():
    with pytest.raises(wf.AuditError, match="can't be called 'all'"):
        a_case(constraints={"all": HOURS})


def test_a_rank_that_stands_for_none_stops_before_places_are_made_for_it():
    with pytest.raises(wf.AuditError, match="in 1 row the rank is beyond 10,000,000") as told:
        _ = a_case(PAIRS[:4].assign(rank=[1, 2, 3, 999_999_998])).door
    assert "999999998" not in str(told.value)


def test_what_needs_a_decision_says_that_none_is_declared():
    pairs = PAIRS.assign(shown="yes")
    told = wf.can(wf.Case.from_dict({"source": pairs, "roles": ROLES | {"shown": "shown"}}))
    assert told.set_index("measure").loc["shown_rate", "why"] == "the case declares no decision"


def test_keys_of_which_none_stands_in_a_pair_are_told():
    shouted = PAIRS.assign(person=PAIRS["person"].str.upper())
    with pytest.raises(AuditError, match="none of its 4 keys stands in 'person'"):
        quality(a_case(shouted))


def test_lists_without_a_cluster_and_lists_in_several_are_told():
    area = ["a", "b", None, "a", "b", "b", "b", "c", "c", "c"]
    found = quality(a_case(PAIRS.assign(area=area), roles=ROLES | {"cluster": "area"}))
    assert found["in several clusters"] == 1  # v0 in a and b
    assert found["cluster missing"] == 1
    assert "in many lists" not in found
    assert found["taken as given"] == 4


def test_where_those_in_lists_are_the_clusters_the_lists_are_taken_as_given():
    notes = a_case(roles=ROLES | {"cluster": "person"}).door.quality
    (said,) = [note.says for note in notes if note.code == "taken as given"]
    assert said.endswith(
        "leave out one of them at a time, as declared, and take the lists as they are."
    )


def test_whoever_fills_many_lists_counts_for_each_of_them():
    """One stands in 30 lists, 60 others in one each: 1.5 lists on average, but pair by pair 10.7."""
    pairs = pd.DataFrame({
        "vacancy": np.repeat(np.arange(30), 3), "person": [x for v in range(30) for x in ("all", f"a{v}", f"b{v}")],
        "rank": [1, 2, 3] * 30,
    })  # fmt: skip
    case = wf.Case.from_dict(
        {"source": pairs, "roles": {"query": "vacancy", "item": "person", "rank": "rank"}}
    )
    (note,) = [note for note in case.door.quality if note.code == "in many lists"]
    assert f"in {(30**2 + 60) / 90:.1f} lists" in note.says

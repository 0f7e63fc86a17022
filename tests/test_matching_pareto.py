"""Several sub-scores: what nobody outdoes, and how often the single score leaves it outside the top."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wfaudit as wf
from wfaudit.estimators import pareto
from wfaudit.measures import MATCHING
from wfaudit.measures.matching import parts
from wfaudit.measures.matching.several_scores import dominated, pareto_missed

# top two: a and b. Nobody outdoes a, c, d; c outdoes b; e equals c; f has no second sub-score
LIST = pd.DataFrame({
    "vacancy": "v", "person": list("abcdef"), "rank": [1, 2, 3, 4, 5, 6],
    "sex": ["men", "men", "women", "women", "men", "women"],
    "skill": [0.9, 0.5, 0.6, 0.1, 0.6, 0.9], "near": [0.2, 0.4, 0.5, 0.9, 0.5, None],
})  # fmt: skip
ROLES = {
    "query": "vacancy", "cluster": "vacancy", "item": "person", "rank": "rank",
    "scores": {"skill": {"column": "skill", "resolution": 0.1}, "near": {"column": "near", "resolution": 0.1}},
}  # fmt: skip


def a_case(pairs, **changed):
    declared = {
        "source": pairs, "roles": ROLES, "groups": {"sex": {"reference": "men"}}, "lists": {"top": 2},
        **changed,
    }  # fmt: skip
    return wf.Case.from_dict(declared)


def lists(times=8):
    """The list again and again, and twice one in which the first two outdo all others."""
    other = LIST.assign(skill=[1, 0.9, 0.1, 0.1, 0.1, 0.1], near=[0.9, 1, 0.1, 0.1, 0.1, 0.1])
    every = [LIST.assign(vacancy=f"v{i}") for i in range(times)]
    return pd.concat(
        [*every, other.assign(vacancy="w"), other.assign(vacancy="x")], ignore_index=True
    )


def brute(points, by):
    return [any((o >= p).all() and (o > p).any() for o in by) for p in points]


# --- dominance


@pytest.mark.parametrize("columns", [1, 2, 3, 4])
@given(data=st.data())
@settings(deadline=None, max_examples=60)
def test_what_is_dominated_is_what_comparing_every_pair_tells(columns, data):
    cells = st.lists(st.integers(0, 3), min_size=columns, max_size=columns)
    points, by = (
        np.array(data.draw(st.lists(cells, max_size=12)), dtype=float).reshape(-1, columns)
        for _ in range(2)
    )
    assert pareto.dominated(points, by).tolist() == brute(points, by)


def test_blocks_and_sorting_agree_on_thousands_of_points(monkeypatch):
    points = np.random.default_rng(2).integers(0, 200, (3_000, 2)).astype(float)
    by_sort = pareto.dominated(points, points)
    monkeypatch.setattr(pareto, "BLOCK", 50_000)
    widened = np.column_stack([points, np.zeros(len(points))])
    assert (by_sort == pareto.dominated(widened, widened)).all()
    assert 0 < (~by_sort).sum() < 100


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), min_size=1, max_size=15
    )
)
def test_there_is_always_somebody_nobody_outdoes_and_who_outdoes_is_outdone_by_no_one_outside(told):
    points, top = np.array([t[:2] for t in told], dtype=float), np.array([t[2] for t in told])
    best, outdone = pareto.hidden(points, top)
    assert best.any()
    assert not (best & outdone).any()
    assert not (outdone & ~top).any()


def test_a_list_in_the_order_of_any_sum_of_sub_scores_has_nobody_outdone_from_outside():
    dice = np.random.default_rng(4)
    points = dice.integers(0, 50, (400, 3)).astype(float)
    order = np.argsort(-(points @ [0.2, 0.5, 0.3]), kind="stable")
    top = np.zeros(400, dtype=bool)
    top[order[:40]] = True
    assert not pareto.hidden(points, top)[1].any()


# --- in a case


def test_what_the_single_score_hides_equals_the_hand_count():
    found = pareto_missed(a_case(lists()), by="sex").table.set_index("group")
    # of each of eight lists nobody outdoes a, e (men; e is missed) and c, d (women; both missed)
    # of the other two lists nobody outdoes a and b (men, both in the top)
    assert found.loc["men", "n"] == 8 * 2 + 2 * 2
    assert found.loc["men", "estimate"] == pytest.approx(8 / 20)
    assert found.loc["women", "n"] == 8 * 2
    assert found.loc["women", "note"].startswith("all or none")
    whole = pareto_missed(a_case(lists())).table.iloc[0]
    assert whole["estimate"] == pytest.approx(24 / 36)


def test_who_is_outdone_by_somebody_outside_the_top_equals_the_hand_count():
    row = dominated(a_case(lists())).table.iloc[0]
    assert row["n"] == 10 * 2
    assert row["estimate"] == pytest.approx(8 / 20)  # b of each of eight lists, by c
    assert row["note"] == "8 pairs lack a sub-score and are left out"


def test_equal_sub_scores_outdo_nobody():
    same = lists().assign(skill=0.5, near=0.5)
    row = pareto_missed(a_case(same)).table.iloc[0]
    assert row["n"] == 60
    assert dominated(a_case(same)).table["note"][0].startswith("all or none")


def test_the_same_numbers_come_of_a_part_of_the_lists_at_a_time(monkeypatch):
    verbs = (pareto_missed, dominated)
    whole = [verb(a_case(lists()), by="sex").table for verb in verbs]
    monkeypatch.setattr(parts, "MANY_PAIRS", 9)
    for verb, one in zip(verbs, whole, strict=True):
        pd.testing.assert_frame_equal(one, verb(a_case(lists()), by="sex").table)


def test_the_order_of_rows_changes_nothing():
    mixed = lists().sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(
        dominated(a_case(lists()), by="sex").table, dominated(a_case(mixed), by="sex").table
    )


def test_one_sub_score_has_no_trade_off_and_is_told_so():
    roles = {**ROLES, "scores": {"skill": ROLES["scores"]["skill"]}}
    lacks = MATCHING["dominated_share"].lacks(a_case(LIST, roles=roles))
    assert lacks == "the case declares no two sub-scores of a pair (scores)"
    with pytest.raises(wf.AuditError, match="no two sub-scores"):
        pareto_missed(a_case(LIST, roles=roles))


def test_an_audit_asks_and_says_it_in_words():
    audit = wf.audit(a_case(lists(), tolerance={"default": {"gap": 0.05}}))
    assert {"pareto_missed_share", "dominated_share"} <= {
        result.measure for result in audit.results
    }
    assert not [u for u in audit.cannot_test if u.measure.startswith("uses of scores")]

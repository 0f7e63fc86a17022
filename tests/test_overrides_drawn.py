"""Outcomes found out by lot, whatever was decided: what holds there, beside the bounds of selective labels."""

import io
import json

import numpy as np
import pandas as pd
import pytest

import wfaudit as wf
from wfaudit.auditing import prepare
from wfaudit.errors import AuditError
from wfaudit.findings import review
from wfaudit.measures import QUESTIONS, overrides

# sixteen people; who gets the help has no recorded outcome unless a lot was drawn; "-" is not recorded
DRAWN = """
who sex   high given long lot
1   women yes  yes   yes  yes
2   women yes  no    no   yes
3   women no   no    yes  yes
4   women no   no    no   yes
5   women yes  yes   -    no
6   women yes  yes   -    no
7   women no   no    no   no
8   women no   no    yes  no
9   men   yes  yes   yes  yes
10  men   yes  yes   -    yes
11  men   no   no    yes  yes
12  men   no   yes   yes  yes
13  men   yes  yes   -    no
14  men   no   no    no   no
15  men   no   no    no   no
16  men   yes  no    yes  -
"""
ROLES = {"flagged": "high", "decision": "given", "outcome": "long", "audited": "lot"}
MISSED = "were not flagged, of those who had the outcome"
LOT, ELSEWHERE = "outcome found out by lot", "outcome recorded elsewhere"


def case_of(text=DRAWN, roles=ROLES, **more):
    people = (
        pd.read_csv(io.StringIO(text), sep=r"\s+", dtype=str) if isinstance(text, str) else text
    )
    groups = more.pop("groups", {"sex": {"reference": "men"}})
    declared = {"source": people, "roles": roles, "groups": groups, "missing": ["-"]}
    return wf.Case.from_dict({**declared, **more})


def counted(result, at):
    mine = result.table["at"] == at
    pairs = zip(result.evidence["k"][mine], result.evidence["n"][mine], strict=True)
    return dict(zip(result.table["group"][mine], pairs, strict=True))


# --- by hand


def test_of_those_drawn_by_lot_a_reader_counts_whom_the_advice_missed():
    case = case_of()
    # drawn and long out of work: 1 and 3 of the women, 9, 11 and 12 of the men; not flagged: 3; 11 and 12
    assert counted(overrides.audited_rates(case, by="sex"), MISSED) == {
        "women": (1, 2),
        "men": (2, 3),
    }
    # not drawn: 8 alone is known to be long out of work, and was not flagged; of 16 the lot is not known
    both = overrides.audited_rates(case)
    assert counted(both, MISSED) == {LOT: (3, 5), ELSEWHERE: (1, 1)}
    assert counted(both, "had the outcome") == {LOT: (5, 7), ELSEWHERE: (1, 4)}


def test_the_role_and_the_group_tell_the_same_arm():
    groups = {"sex": {"reference": "men"}, "lot": {}}
    case = case_of(DRAWN.replace("yes  -\n", "yes  no\n"), groups=groups)
    for by in (None, "sex"):
        by_role = overrides.audited(case, "false_negative_rate", by=by)
        by_arm = overrides.audited(case, "false_negative_rate", arm=("lot", "yes"), by=by)
        pd.testing.assert_frame_equal(by_role.table, by_arm.table)
        pd.testing.assert_frame_equal(by_role.evidence, by_arm.evidence)


def test_of_whom_it_is_not_known_whether_they_were_drawn_neither_side_is_told_and_they_are_counted():
    case = case_of()
    found = overrides.audited(case, "base_rate")
    assert found.evidence[["k", "n"]].values.tolist() == [[5, 7], [1, 4]]  # without 16
    lost = {q.column: q.rows for q in prepare(case) if q.code == "role not recorded"}
    assert lost["lot"] == 1


def test_who_was_drawn_and_has_no_outcome_is_counted_under_the_quality_of_the_data():
    told = {q.code: q for q in prepare(case_of())}
    assert told["drawn without outcome"].rows == 1  # 10
    assert told["drawn without outcome"].column == "lot"


def test_beside_those_drawn_stand_the_bounds_of_everybody_and_they_hold_every_way_it_can_be():
    case = case_of()
    results = list(QUESTIONS["audited_rate"].ask(case))
    (worst,) = [r for r in results if r.kind == "bounds"]
    mine = worst.table[worst.table["at"] == MISSED].set_index("group")
    plain = wf.bounds(case, "false_negative_rate", by="sex").table.set_index("group")
    pd.testing.assert_frame_equal(mine[["low", "high"]], plain[["low", "high"]])
    # women: 1, 3 and 8 are long out of work, of 5 and 6 (flagged) it is not known: 2 of 3, or 2 of 5
    assert mine.loc["women", ["low", "high"]].tolist() == pytest.approx([2 / 5, 2 / 3])
    gap = next(r for r in results if r.kind == "gap" and not r.by)
    note = gap.table.set_index("at").loc[MISSED, "note"]
    everyone = wf.bounds(case, "false_negative_rate").table.iloc[0]
    assert (
        note
        == f"of everybody {everyone['low']:.4f} to {everyone['high']:.4f}, whatever is not recorded"
    )


def test_the_definition_tells_how_many_were_drawn_after_either_advice_and_whether_that_is_chance():
    # drawn: 1, 2, 9 and 10 of seven who are flagged (16 aside), and 3, 4, 11 and 12 of eight who are not
    said = overrides.audited_rates(case_of()).definition
    assert (
        "drawn were 4 of 7 people flagged and 4 of 8 others, p = 1.000 (Fisher's exact test)"
        in said
    )


# --- what a case lacks


def test_without_the_role_and_without_an_arm_it_is_said_what_to_declare():
    roles = {k: v for k, v in ROLES.items() if k != "audited"}
    case = case_of(roles=roles)
    with pytest.raises(AuditError, match='Declare it under \\[roles\\], audited = "<column>"'):
        overrides.audited(case, "base_rate")
    assert QUESTIONS["audited_rate"].lacks(case) == "the case declares no audited"
    with pytest.raises(
        AuditError, match="audited_rate can't be measured: the case declares no audited"
    ):
        overrides.audited_rates(case)


def test_a_group_read_from_the_same_column_is_left_out_as_all_of_one_level_were_drawn():
    results = QUESTIONS["audited_rate"].ask(
        case_of(groups={"sex": {"reference": "men"}, "lot": {}})
    )
    assert {r.by for r in results} == {(), ("sex",)}


# --- planted truth


def selected(seed, n=4_000, gap=0.0):
    """Of people who get the help four in five have no recorded outcome; for one in five lots are drawn.

    The advice misses 30 in 100 men, and as many women and ``gap`` more; whom the caseworker helps without
    advice they know to be at risk, so that the others whose outcome is recorded are not like them.
    """
    rng = np.random.default_rng(seed)
    women, late, drawn = (rng.random(n) < share for share in (0.5, 0.4, 0.2))
    high = np.where(late, rng.random(n) >= 0.3 + gap * women, rng.random(n) < 0.2)
    given = high | (late & (rng.random(n) < 0.5))
    hidden = given & ~drawn & (rng.random(n) < 0.8)
    outcome = pd.Series(late, dtype="boolean").mask(hidden)
    sex = np.where(women, "women", "men")
    return pd.DataFrame({"sex": sex, "high": high, "given": given, "long": outcome, "lot": drawn})


def test_what_selective_labels_hide_the_lot_tells():
    arm, elsewhere = [], []
    for seed in range(20):
        table = overrides.audited(case_of(selected(seed)), "false_negative_rate").table
        arm.append(table["low"][0] <= 0.3 <= table["high"][0])
        elsewhere.append(table["low"][1] <= 0.3 <= table["high"][1])
    assert (
        sum(arm) >= 17
    )  # of 20 intervals that each hold it in 95 of 100: fewer in 2 of 100 such tests
    assert sum(elsewhere) == 0


def test_a_gap_between_women_and_men_is_raised_from_those_drawn_and_none_where_there_is_none():
    tolerance = {"default": {"gap": 0.05}}
    answers = {0.0: [], 0.35: []}
    for gap, found in answers.items():
        for seed in range(6):
            case = case_of(selected(seed, gap=gap), tolerance=tolerance)
            by_sex = [overrides.audited_rates(case, by="sex", compare=c) for c in (False, True)]
            found.append(next(f for f in review(by_sex) if (f.at, f.group) == (MISSED, "women")))
    assert [f.answer for f in answers[0.35]] == ["raised"] * 6
    assert "raised" not in [f.answer for f in answers[0.0]]
    told = answers[0.35][0].says
    assert told.startswith(f"Outcome found out by lot, {MISSED}: ")
    assert " of 100 women; of 100 men, " in told


def test_over_clusters_nothing_is_told_as_if_people_were_unrelated():
    frame = selected(1).assign(office=np.arange(4_000) % 40)
    case = case_of(frame, {**ROLES, "cluster": "office"})
    for result in QUESTIONS["audited_rate"].ask(case):
        assert "Fisher" not in result.definition
        if result.kind != "bounds":
            assert "leaves out one cluster at a time" in result.interval


# --- the audit


def test_an_audit_runs_it_where_the_role_is_declared_and_the_report_has_the_bounds_beside_it(
    tmp_path,
):
    done = wf.audit(case_of(selected(3, 1_500), tolerance={"default": {"gap": 0.05}}))
    kinds = {(r.kind, r.by) for r in done.results if r.measure == "audited_rate"}
    assert kinds >= {
        ("value", ()),
        ("gap", ()),
        ("value", ("sex",)),
        ("gap", ("sex",)),
        ("bounds", ("sex",)),
    }
    assert not [line for line in done.cannot_test if "audited" in line.measure]
    page = done.report(tmp_path / "report").read_text(encoding="utf-8")
    section = page.split('id="audited_rate"')[1].split("<section")[0]
    assert "drawn were" in section
    assert "of everybody" in section
    kept = json.loads((tmp_path / "report" / "results.json").read_text(encoding="utf-8"))
    rows = [r for one in kept["results"] if one["measure"] == "audited_rate" for r in one["rows"]]
    assert all(r["note"] for r in rows if r["estimate"] is None)

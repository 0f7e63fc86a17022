"""Inputs edited until the tier flips: who ended in another tier than before, by group and by caseworker."""

import io
import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wfaudit as wf
from wfaudit.auditing import prepare
from wfaudit.errors import AuditError
from wfaudit.measures import MEASURES, QUESTIONS, overrides
from wfaudit.measures.overrides.caseloads import caseloads

# fourteen people: the tier before inputs were edited, how often they were, the tier after; "-" is not recorded
EDITED = """
who sex   first  edits tier   by
1   women low    1     medium ann
2   women low    2     high   ann
3   women medium 1     medium ann
4   women medium 1     low    bea
5   women high   0     high   bea
6   women -      1     low    bea
7   women low    -     medium bea
8   men   low    1     medium ann
9   men   medium 1     medium bea
10  men   high   3     medium bea
11  men   medium 2     low    ann
12  men   low    0     high   ann
13  men   -      0     low    bea
14  men   high   1     -      bea
"""
TIERS = ["low", "medium", "high"]
ROLES = {
    "tier": {"column": "tier", "order": TIERS}, "first_tier": "first", "edits": "edits", "decided_by": "by",
}  # fmt: skip
RATES = ("edited_flip_rate", "edited_up_rate", "edited_down_rate")


def case_of(people=None, roles=ROLES, **more):
    if people is None:
        people = pd.read_csv(io.StringIO(EDITED), sep=r"\s+", dtype=str)
    groups = {"sex": {"reference": "men"}}
    declared = {"source": people, "roles": roles, "groups": groups, "missing": ["-"]}
    return wf.Case.from_dict({**declared, **more})


def counted(result):
    pairs = zip(result.evidence["k"], result.evidence["n"], strict=True)
    return dict(zip(result.table["group"], pairs, strict=True))


@pytest.mark.parametrize(
    ("measure", "women", "men"),
    [
        ("edited_flip_rate", (3, 4), (3, 4)),  # 1, 2 and 4 of 1 to 4; 8, 10 and 11 of 8 to 11
        ("edited_up_rate", (2, 4), (1, 4)),  # 1 and 2; 8
        ("edited_down_rate", (1, 4), (2, 4)),  # 4; 10 and 11
    ],
)
def test_of_people_whose_inputs_were_edited_a_reader_counts_who_ended_in_another_tier(
    measure, women, men
):
    assert counted(wf.rates(case_of(), measure, by="sex")) == {"women": women, "men": men}


def test_where_edits_are_not_recorded_everybody_with_a_tier_before_and_after_is_asked():
    roles = {k: v for k, v in ROLES.items() if k != "edits"}
    found = wf.rates(case_of(roles=roles), "edited_up_rate", by="sex")
    # 7 and 12 moved up too, 5 stayed; 6, 13 and 14 lack a tier before or after
    assert counted(found) == {"women": (3, 6), "men": (2, 5)}
    assert "of people with a tier before and after edits" in found.definition
    assert "of people whose inputs were edited" in wf.rates(case_of(), "edited_up_rate").definition


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.tuples(*[st.sampled_from([*TIERS, "-"])] * 2, st.sampled_from("01-")), min_size=1)
)
def test_those_moved_up_and_those_moved_down_are_all_who_ended_in_another_tier(rows):
    people = pd.DataFrame(rows, columns=["first", "tier", "edits"]).assign(sex="women", by="ann")
    flip, up, down = (wf.rates(case_of(people, groups={}), measure).evidence for measure in RATES)
    assert up["k"][0] + down["k"][0] == flip["k"][0]
    assert up["n"][0] == down["n"][0] == flip["n"][0]


def test_bounds_hold_every_share_that_some_completion_of_the_data_gives():
    people = pd.read_csv(io.StringIO(EDITED), sep=r"\s+", dtype=str)
    holes, seen = [(6, "first"), (7, "edits"), (10, "edits")], []
    possible = {"first": TIERS, "edits": ["0", "1"]}
    for values in itertools.product(*[possible[column] for _, column in holes]):
        for (row, column), value in zip(holes, values, strict=True):
            people.loc[row - 1, column] = value
        found = wf.rates(
            case_of(people), "edited_flip_rate"
        ).evidence  # two caseworkers: counts alone
        seen.append(found["k"][0] / found["n"][0])
    for row, column in holes:
        people.loc[row - 1, column] = "-"
    bounds = wf.bounds(case_of(people), "edited_flip_rate").table
    assert bounds[["low", "high"]].values.tolist() == [pytest.approx([min(seen), max(seen)])]


# --- what contradicts or lacks


def test_a_tier_that_moved_though_nothing_was_edited_is_counted_and_not_repaired():
    case = case_of()
    told = {q.code: q for q in prepare(case)}
    assert told["tier moved without edits"].rows == 1  # 12
    assert told["tier moved without edits"].column == "first"
    recorded = {q.column: q.rows for q in prepare(case) if q.code == "role not recorded"}
    assert recorded["first"] == 1  # 6; of 13 nothing was edited, so there is none to record
    assert counted(wf.rates(case, "edited_flip_rate", by="sex"))["men"] == (3, 4)  # without 12
    plain = case_of(pd.read_csv(io.StringIO(EDITED), sep=r"\s+", dtype=str).drop(index=11))
    assert "tier moved without edits" not in {q.code for q in prepare(plain)}


@pytest.mark.parametrize(
    ("roles", "says"),
    [
        ({"first_tier": "first"}, "first_tier needs the role tier"),
        ({**ROLES, "first_tier": {"column": "first", "order": TIERS}}, "'order'"),
        ({**ROLES, "count": "edits"}, "drop the role"),
    ],
)
def test_a_tier_before_edits_that_cannot_be_read_is_refused_in_one_line(roles, says):
    with pytest.raises(AuditError, match=says) as problem:
        case_of(roles=roles)
    assert "\n" not in str(problem.value)


def test_a_label_outside_the_order_of_the_tier_stops_without_its_text():
    people = pd.read_csv(io.StringIO(EDITED), sep=r"\s+", dtype=str).replace(
        {"first": {"high": "hoch"}}
    )
    with pytest.raises(
        AuditError, match=r"role first_tier.*in 3 rows the label is outside"
    ) as problem:
        wf.audit(case_of(people))
    assert "hoch" not in str(problem.value)


def test_without_a_tier_before_edits_the_question_is_listed_with_what_it_lacks():
    roles = {k: v for k, v in ROLES.items() if k != "first_tier"}
    why = wf.can(case_of(roles=roles)).set_index("measure")["why"]
    assert {why[measure] for measure in RATES} == {"the case declares no first_tier"}


# --- sentences, caseworkers, the audit


def many(up=(31, 18), n=100, caseworkers=10):
    """Women and men whose inputs were edited: as many of each moved up as said, all others stayed."""
    frame = pd.DataFrame({"sex": ["women"] * n + ["men"] * n, "first": "medium", "edits": 1})
    frame["tier"] = np.where(np.r_[np.arange(n) < up[0], np.arange(n) < up[1]], "high", "medium")
    return frame.assign(by=[f"someone {at % caseworkers}" for at in range(2 * n)])


def test_the_sentence_speaks_of_women_whose_inputs_were_edited():
    case = case_of(many(), tolerance={"default": {"gap": 0.05}})
    finding = next(f for f in wf.audit(case).findings if f.measure == "edited_up_rate")
    assert finding.says.startswith(
        "Of 100 women whose inputs were edited, 31 ended in a higher tier; of 100 such men, 18: 13 more"
    )


def test_an_audit_asks_it_by_group_and_by_caseworker_and_its_report_tells_it(tmp_path):
    case = case_of(many(n=400), tolerance={"default": {"gap": 0.05}})
    done = wf.audit(case)
    asked = {result.measure for result in done.results}
    by_caseworker = {
        "edited_flip_rate_by_decider", "edited_flip_rate_variance_between_caseworkers",
    }  # fmt: skip
    assert {*RATES, *by_caseworker} <= asked <= set(MEASURES)
    page = done.report(tmp_path / "report").read_text(encoding="utf-8")
    assert 'id="edited_up_rate"' in page
    assert "ended in a higher tier" in page
    assert "someone 3" not in page


def test_a_caseworker_who_edits_until_the_tier_flips_lies_outside_the_funnel():
    frame = many(up=(40, 40), n=400)
    frame.loc[frame["by"] == "someone 3", "tier"] = "high"  # 80 people, all moved up
    found = overrides.funnel(case_of(frame), "edited_flip_rate").to_frame()
    assert found["n"].tolist() == [80] * 10
    (far,) = found[found["outside"] == "99.8 %"].to_dict("records")
    assert (far["rate"], far["says"]) == (1.0, "more often than chance alone would show")
    (told,) = QUESTIONS["edited_flip_rate_by_decider"].ask(case_of(frame))
    lines = told.table.set_index(["group", "at"])["estimate"]
    assert lines["caseworkers", "outside the 99.8 % limits"] == 1 / 10


def test_caseworkers_are_held_against_people_of_the_same_tier_before_edits():
    # the tier and the score after edits are what is asked about: given them, nothing would be left to tell
    frame = many(n=200).assign(score=0.5)
    loads = caseloads(case_of(frame, {**ROLES, "score": "score"}), "edited_up_rate", "decided_by")
    assert loads.alike == "tier before edits and sex"
    assert set(loads.kind) == {0, 1}  # everybody was medium before: women and men
    other = caseloads(case_of(frame, {**ROLES, "score": "score"}), "edited_rate", "decided_by")
    assert other.alike == "advice, sex and fifth of the score"


def test_the_share_is_told_week_by_week_by_sex():
    frame = many(n=300).assign(day=pd.date_range("2025-01-06", periods=600, freq="12h"))
    groups = {"sex": {"reference": "men"}, "week": {"column": "day", "periods": "week"}}
    case = case_of(frame, groups=groups)
    found = wf.trend(case, "edited_up_rate", along="week", by="sex").table
    assert found["n"].tolist() == [300, 300]
    assert found["at"].tolist() == ["2025 W02 to 2025 W44"] * 2

"""A decision on another scale than the advice overrides nothing; who gets what is told all the same."""

import pandas as pd
import pytest

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.measures import QUESTIONS, overrides

TIERS = ["green", "yellow", "orange", "red"]
KINDS = ["letter", "course", "adviser"]
# who, sex, advice, decision: four tiers of advice, three kinds of decisions
PEOPLE = pd.DataFrame(
    [
        ("women", "red", "adviser"), ("women", "red", "course"), ("women", "red", "adviser"),
        ("women", "red", None), ("women", "green", "letter"), ("women", "yellow", "letter"),
        ("men", "red", "adviser"), ("men", "red", "letter"), ("men", "green", "letter"),
        ("men", "green", "course"), ("men", None, "letter"),
    ],
    columns=["sex", "advice", "given"],
)  # fmt: skip


def case_of(people=PEOPLE, **roles):
    declared = {
        "tier": {"column": "advice", "order": TIERS},
        "decision": {"column": "given", "order": KINDS},
    }
    return wf.Case.from_dict({
        "source": people, "roles": declared | roles, "groups": {"sex": {"reference": "men"}},
        "tolerance": {"default": {"gap": 0.05}},
    })  # fmt: skip


def counted(result, at):
    rows = result.evidence[result.table["at"] == at]
    return dict(
        zip(
            result.table.loc[rows.index, "group"],
            zip(rows["k"], rows["n"], strict=True),
            strict=True,
        )
    )


def test_each_decision_is_counted_among_people_with_the_same_advice():
    found = overrides.decisions(case_of(), by="sex")
    assert counted(found, "red → adviser") == {"women": (2, 3), "men": (1, 2)}
    assert counted(found, "red → course") == {"women": (1, 3), "men": (0, 2)}
    assert counted(found, "green → letter") == {"women": (1, 1), "men": (1, 2)}
    assert counted(found, "yellow → letter") == {"women": (1, 1), "men": (0, 0)}
    men = found.to_frame().query("group == 'men' and at == 'orange → letter'")
    assert men["note"].tolist() == ["nobody to count"]


def test_shares_of_one_advice_add_up_to_one():
    rows = overrides.decisions(case_of(pd.concat([PEOPLE] * 9))).to_frame()
    red = rows[rows["at"].str.startswith("red")]["estimate"]
    assert red.sum() == pytest.approx(1)


def test_an_audit_tells_it_and_says_why_there_are_no_overrides():
    audit = wf.audit(case_of(pd.concat([PEOPLE] * 20)))
    assert "decision_by_advice_share" in {r.measure for r in audit.results}
    why = {u.measure: u.why for u in audit.cannot_test}
    assert why["override_rate"] == "the decision is on another scale than the advice"
    told = [f.says for f in audit.findings if f.at == "red → adviser"]
    assert told[0].startswith("Of 100 women with the advice in “red → adviser” and a decision, 67")


def test_where_the_decision_is_on_the_scale_of_the_advice_moves_are_told_instead():
    case = case_of(PEOPLE.assign(given="red"), decision={"column": "given", "order": TIERS})
    assert "moves from it tell more" in QUESTIONS["decision_by_advice_share"].lacks(case)
    with pytest.raises(AuditError, match="moves from it tell more"):
        overrides.decisions(case)

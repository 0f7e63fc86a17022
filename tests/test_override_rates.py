"""What caseworkers do with the advice, counted by hand on twelve people a reader can follow."""

import io
import itertools

import ibis
import pandas as pd
import pytest

import wfaudit as wf
from wfaudit.counts import contradictions, count
from wfaudit.errors import AuditError
from wfaudit.measures import QUESTIONS, overrides
from wfaudit.measures.advice import OVERRIDES
from wfaudit.measures.axis import asked
from wfaudit.measures.rate import RATES
from wfaudit.measures.tally import masks, tally

# "-" is not recorded; long-term is what came; the flag is "high"
MEETINGS = """
who sex   tier   before decision long shown opened opened_at  decided_on reason  checked edits form kept talks first
1   women high   medium high     yes  yes   yes    2026-01-02 2026-01-03 -       yes     0     yes  yes  2     high
2   women high   high   medium   yes  yes   yes    2026-01-02 2026-01-03 -       no      0     yes  no   0     high
3   women high   low    low      no   yes   yes    2026-01-04 2026-01-03 health  yes     1     no   -    1     medium
4   women medium medium high     yes  yes   no     -          2026-01-03 -       no      0     yes  -    3     medium
5   women medium medium medium   no   no    no     -          2026-01-03 -       -       0     yes  -    0     medium
6   women low    high   high     no   yes   yes    2026-01-02 2026-01-02 debts   yes     2     no   yes  0     high
7   men   high   high   high     no   yes   yes    2026-01-01 2026-01-03 -       yes     0     yes  yes  1     high
8   men   high   medium medium   no   yes   yes    2026-01-01 2026-01-03 moved   yes     0     yes  -    1     high
9   men   medium low    medium   -    yes   yes    2026-01-05 2026-01-03 -       no      0     no   -    -     medium
10  men   low    low    low      no   no    no     -          2026-01-03 -       no      3     yes  -    4     high
11  men   low    high   medium   yes  no    no     -          2026-01-03 -       no      -     yes  -    0     low
12  men   -      low    low      no   yes   yes    2026-01-02 2026-01-03 -       no      0     yes  -    2     -
"""
TIERS = ["low", "medium", "high"]
DECLARED = {
    "missing": ["-"],
    "roles": {
        "tier": {"column": "tier", "order": TIERS},
        "flagged": {"tier_at_least": "high"},
        "before": {"column": "before", "order": TIERS},
        "decision": {"column": "decision", "order": TIERS},
        "outcome": "long", "shown": "shown", "opened": "opened", "opened_at": "opened_at",
        "decided_on": "decided_on", "reason": "reason", "checked": "checked", "edits": "edits", "first_tier": "first",
        "prepared": "form", "followed": "kept", "contacts": "talks",
    },
    "groups": {"sex": {"reference": "men"}},
    "rules": {
        "down only after a check": {"when": "down", "only": "checked"},
        "a reason for every override": {"when": "override", "only": "reason"},
        "no decision below the advice": {"when": "down", "only": "never"},
    },
}  # fmt: skip
BY_HAND = {
    "shown_rate": {"women": (5, 6), "men": (4, 6)},
    "opened_rate": {"women": (4, 6), "men": (4, 6)},
    "decided_before_opening_rate": {"women": (1, 4), "men": (1, 4)},
    "override_rate": {"women": (3, 4), "men": (1, 3)},
    "override_up_rate": {"women": (1, 4), "men": (0, 3)},
    "override_down_rate": {"women": (2, 4), "men": (1, 3)},
    "moved_up_rate": {
        "low: women": (1, 1), "low: men": (0, 0), "medium: women": (0, 0), "medium: men": (0, 1),
    },
    "moved_down_rate": {
        "medium: women": (0, 0), "medium: men": (0, 1), "high: women": (2, 3), "high: men": (1, 2),
    },
    "unseen_difference_rate": {"women": (1, 2), "men": (1, 2)},
    "rule_broken_rate": {
        "down only after a check: women": (1, 2), "down only after a check: men": (0, 1),
        "a reason for every override: women": (2, 4), "a reason for every override: men": (1, 2),
        "no decision below the advice: women": (2, 2), "no decision below the advice: men": (1, 1),
    },
    "decision_rate": {"women": (3, 6), "men": (1, 6)},
    "decision_false_negative_rate": {"women": (1, 3), "men": (1, 1)},
    "decision_false_positive_rate": {"women": (1, 3), "men": (1, 4)},
    "decision_precision": {"women": (2, 3), "men": (0, 1)},
    "decision_accuracy": {"women": (4, 6), "men": (3, 5)},
    "over_reliance_rate": {"women": (0, 1), "men": (1, 2)},
    "under_reliance_rate": {"women": (2, 3), "men": (0, 0)},
    "relative_ai_reliance": {"women": (1, 2), "men": (0, 0)},
    "relative_self_reliance": {"women": (1, 1), "men": (1, 1)},
    "override_precision": {"women": (1, 3), "men": (1, 1)},
    "documented_override_rate": {"women": (2, 3), "men": (1, 1)},
    "checked_rate": {"women": (3, 5), "men": (2, 6)},
    "edited_rate": {"women": (2, 6), "men": (1, 5)},
    "edited_flip_rate": {"women": (2, 2), "men": (1, 1)},
    "edited_up_rate": {"women": (1, 2), "men": (0, 1)},
    "edited_down_rate": {"women": (1, 2), "men": (1, 1)},
    "prepared_rate": {"women": (4, 6), "men": (5, 6)},
    "followed_rate": {"women": (1, 2), "men": (1, 1)},
    "follow_through_unknown_rate": {"women": (1, 3), "men": (1, 2)},
    "no_contact_rate": {"women": (3, 6), "men": (1, 5)},
    "no_contact_by_tier_rate": {
        "low: women": (1, 1), "medium: women": (1, 2), "high: women": (1, 3),
        "low: men": (1, 2), "medium: men": (0, 0), "high: men": (0, 2),
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def meetings():
    return case_of(MEETINGS)


def case_of(text, **more):
    people = pd.read_csv(io.StringIO(text), sep=r"\s+", dtype=str)
    return wf.Case.from_dict({**DECLARED, "source": people, **more})


def counted(result):
    keys = zip(result.table["at"], result.table["group"], strict=True)
    pairs = zip(result.evidence["k"], result.evidence["n"], strict=True)
    return {(f"{at}: {g}" if at else g): pair for (at, g), pair in zip(keys, pairs, strict=True)}


def test_every_rate_of_what_people_do_has_a_count_by_hand():
    assert set(BY_HAND) == set(OVERRIDES)


@pytest.mark.parametrize("measure", BY_HAND)
def test_a_rate_of_what_people_do_is_what_a_reader_counts_by_hand(meetings, measure):
    assert counted(wf.rates(meetings, measure, by="sex")) == BY_HAND[measure]


def in_sql(case):
    """The states of the twelve people, written in SQL by other means than the engine's."""
    rows = case.source.table

    def place(column):
        told = [(rows[column] == label, at) for at, label in enumerate(TIERS)]
        return ibis.cases(*told, else_=None).cast("int64")

    def yes(column):
        return ibis.cases((rows[column] == "yes", True), (rows[column] == "no", False), else_=None)

    def number(column):
        return rows[column].nullif("-").cast("int64")

    def day(column):
        return rows[column].nullif("-").cast("date")

    states = rows.select(
        sex=rows["sex"], tier=place("tier"), before=place("before"), decision=place("decision"),
        outcome=yes("long"), shown=yes("shown"), opened=yes("opened"), checked=yes("checked"),
        decided_first=day("decided_on") < day("opened_at"), explained=rows["reason"] != "-",
        first_tier=place("first"), edited=number("edits") > 0, prepared=yes("form"), followed=yes("kept"),
        contacted=number("talks") > 0,
    )  # fmt: skip
    states = states.mutate(
        advice=states.tier, flagged=states.tier == 2, treated=states.decision == 2,
        meant=states.before == 2, saw=states.shown & states.opened,
        reworked=states.edited & states.first_tier.notnull() & states.tier.notnull(),
    )  # fmt: skip
    down, differs = states.decision < states.advice, states.decision != states.advice
    broken = ~states.checked, ~states.explained, ibis.literal(True)
    spoken = down, differs, down
    return [
        states.mutate(broken=ibis.ifelse(w, b, ibis.null("boolean")))
        for w, b in zip(spoken, broken, strict=True)
    ]


@pytest.mark.parametrize("measure", OVERRIDES)
def test_a_definition_run_in_sql_on_the_rows_counts_the_same(meetings, measure):
    rate, tables = RATES[measure], in_sql(meetings)
    for number, _label in asked(meetings, rate):
        table = tables[number].mutate(asked=ibis.literal(number))
        among = rate.among.fill_null(False)
        hit = (among & rate.count).fill_null(False)
        found = table.group_by("sex").agg(k=hit.sum(), n=among.sum()).to_pyarrow().to_pylist()
        ours = tally(count(meetings, ("sex",)), rate, number)
        names = count(meetings, ("sex",)).names
        pairs = dict(zip(names, zip(ours.k.tolist(), ours.n.tolist(), strict=True), strict=True))
        assert {r["sex"]: (int(r["k"]), int(r["n"])) for r in found} == pairs


def test_where_nobody_wrote_down_who_saw_the_advice_all_decisions_are_held_against_it():
    roles = {
        k: v for k, v in DECLARED["roles"].items() if k not in ("shown", "opened", "opened_at")
    }
    case = case_of(MEETINGS, roles=roles)
    found = wf.rates(case, "override_rate", by="sex")
    assert counted(found) == {"women": (4, 6), "men": (2, 5)}
    assert "with advice and a decision" in found.definition
    with pytest.raises(AuditError, match="needs shown, which this case does not declare"):
        wf.rates(case, "unseen_difference_rate", by="sex")


def test_with_two_kinds_of_advice_the_two_ways_to_override_are_told_apart():
    people = {"race": ["a"] * 5, "advice": [1, 1, 1, 0, 0], "given": [1, 0, 0, 1, 0]}
    case = wf.Case.from_dict({
        "source": pd.DataFrame(people), "groups": {"race": {}},
        "roles": {"flagged": "advice", "decision": "given"}, "words": {"flagged": "advised"},
    })  # fmt: skip
    assert counted(wf.rates(case, "moved_down_rate", by="race")) == {"advised: a": (2, 3)}
    assert counted(wf.rates(case, "moved_up_rate", by="race")) == {"not advised: a": (1, 2)}


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"r": {"when": "sideways", "only": "never"}}, "No when in rule r called 'sideways'"),
        ({"r": {"when": "down"}}, "Rule 'r' says nothing of 'only'"),
        ({"r": {"when": "down", "only": "hecked"}}, "Did you mean 'checked'"),
        ({"r": "never"}, "'r' in rules must be a table"),
    ],
)
def test_a_rule_that_cannot_be_read_says_what_there_is(rules, message):
    with pytest.raises(AuditError, match=message):
        case_of(MEETINGS, rules=rules)


def test_a_rule_needs_the_role_it_speaks_of():
    roles = {k: v for k, v in DECLARED["roles"].items() if k != "checked"}
    with pytest.raises(AuditError, match="needs the role checked"):
        case_of(MEETINGS, roles=roles)


def test_a_sentence_speaks_of_those_advised_so(meetings):
    found = wf.rates(meetings, "moved_down_rate", by="sex")
    assert found.among == "who saw the advice, with a decision, advised “{at}”"
    assert masks(count(meetings, ("sex",)).states, RATES["moved_down_rate"], 2)[1].sum() == 5


def test_what_is_not_known_of_follow_through_is_bounded_by_every_way_it_can_have_gone(meetings):
    found = wf.bounds(meetings, "followed_rate", by="sex").to_frame().set_index("group")
    assert found.loc["women", ["low", "high"]].tolist() == pytest.approx([1 / 3, 2 / 3])
    assert found.loc["men", ["low", "high"]].tolist() == pytest.approx([1 / 2, 1])


@pytest.mark.parametrize(
    "measure",
    [
        "override_rate",
        pytest.param("over_reliance_rate", marks=pytest.mark.long),
        pytest.param("decision_accuracy", marks=pytest.mark.long),
    ],
)
def test_bounds_hold_every_rate_that_some_completion_of_the_data_gives(measure):
    holes = [(8, "opened"), (7, "decision"), (3, "long"), (9, "long"), (1, "opened")]
    people = pd.read_csv(io.StringIO(MEETINGS), sep=r"\s+", dtype=str)
    for row, column in holes:
        people.loc[row - 1, column] = "-"
    possible = {"opened": ["yes", "no"], "decision": TIERS, "long": ["yes", "no"]}
    seen = []
    for values in itertools.product(*[possible[column] for _, column in holes]):
        for (row, column), value in zip(holes, values, strict=True):
            people.loc[row - 1, column] = value
        filled = case_of(people.to_csv(sep=" ", index=False))
        seen.append(wf.rates(filled, measure).to_frame()["estimate"].iloc[0])
    for row, column in holes:
        people.loc[row - 1, column] = "-"
    (row,) = (
        wf.bounds(case_of(people.to_csv(sep=" ", index=False)), measure)
        .to_frame()
        .to_dict("records")
    )
    assert (row["low"], row["high"]) == pytest.approx((min(seen), max(seen)))


def test_two_records_of_one_decision_that_disagree_are_counted_and_told():
    roles = {**DECLARED["roles"], "overridden": "over", "date": "advised"}
    people = pd.read_csv(io.StringIO(MEETINGS), sep=r"\s+", dtype=str).assign(
        over=["no"] * 6 + ["yes"] * 6, advised="2026-01-02"
    )
    people.loc[9, "opened"], people.loc[0, "reason"] = "yes", "x"
    people.loc[4, "decided_on"] = "2026-01-01"
    case = wf.Case.from_dict({**DECLARED, "source": people, "roles": roles})
    told = {q.code: q.rows for q in (*case.door.quality, *contradictions(case))}
    assert told["opened before shown"] == 1
    assert told["reason without override"] == 1
    assert told["override contradicts decision"] == 7
    assert told["decision before advice"] == 1
    assert told["opened before advice"] == 2


def test_the_days_until_advice_is_opened_are_those_between_two_dates():
    roles = {**DECLARED["roles"], "date": "advised"}
    people = pd.read_csv(io.StringIO(MEETINGS), sep=r"\s+", dtype=str).assign(advised="2026-01-02")
    case = wf.Case.from_dict({**DECLARED, "source": people, "roles": roles})
    rows = overrides.days_to_open(case, by="sex").to_frame().set_index("group")
    assert rows["n"].to_dict() == {"women": 4, "men": 2}  # 7 and 8 were opened before the date
    told = QUESTIONS["mean_days_to_open"]
    assert told.lacks(case) == ""
    assert "no date" in told.lacks(case_of(MEETINGS))
    means = people.assign(
        wait=pd.to_datetime(people["opened_at"], errors="coerce") - pd.Timestamp("2026-01-02")
    )
    days = means[means["wait"] >= pd.Timedelta(0)].groupby("sex")["wait"].mean().dt.days
    assert days.to_dict() == {"men": 1, "women": 0}  # (0 + 3) / 2 and (0 + 0 + 2 + 0) / 4
    many = pd.concat([people] * 10)
    more = wf.Case.from_dict({**DECLARED, "source": many, "roles": roles})
    found = overrides.days_to_open(more, by="sex").to_frame().set_index("group")["estimate"]
    assert found.to_dict() == pytest.approx({"women": 0.5, "men": 1.5})

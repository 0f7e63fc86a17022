"""Same facts, same decision? Pairs counted by hand, against other people's numbers, laws, planted deciders."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa
from test_planted import case_of

import wfaudit as wf
from wfaudit.choices import Tolerance
from wfaudit.errors import AuditError
from wfaudit.estimators.pairs import apart, apart_over
from wfaudit.findings import review
from wfaudit.measures.overrides.profiles import MEASURE, profiles
from wfaudit.measures.overrides.uniform import (
    ANY,
    NONE,
    ONE,
    QUESTIONS,
    SHARE,
    TWO,
    beside,
    within_profiles,
)

laws = settings(deadline=None, max_examples=40)

# facts, who decided, what was decided, sex
TWELVE = """
late  Anna yes women
late  Anna yes women
late  Anna no  men
late  Bert yes men
late  Bert no  women
first Anna no  men
first Anna no  women
first Bert no  women
first Bert yes men
ill   Bert no  women
ill   Bert no  men
alone Anna yes men
"""
COLUMNS = ("facts", "who", "said", "sex")


def case_from(text=TWELVE, **more):
    people = pd.DataFrame(
        [line.split() for line in text.strip().splitlines()], columns=list(COLUMNS)
    )
    people["ruled"] = "no"
    roles = {"flagged": "ruled", "decision": "said", "decided_by": "who", "profile": "facts"}
    groups = more.pop("groups", {"sex": {"reference": "men"}})
    left_out = more.pop("without", ())
    roles = {k: v for k, v in roles.items() if k not in left_out} | more.pop("roles", {})
    return wf.Case.from_dict({"source": people, "roles": roles, "groups": groups, **more})


def rows_at(result):
    return result.to_frame().set_index("at")


# by hand --------------------------------------------------------------------------------------


def test_pairs_of_twelve_people_by_hand():
    # late: yes yes no by Anna, yes no by Bert: ten pairs, 3 x 2 differ; Anna's own 2 of 3, Bert's 1 of 1
    # first: no no by Anna, no yes by Bert: six pairs, 3 differ; Anna's 0 of 1, Bert's 1 of 1
    # ill: no no by Bert: one pair of his, 0 differ; alone has no pair
    rows = rows_at(within_profiles(case_from()))
    assert rows.loc[ANY, "estimate"] == pytest.approx(9 / 17)
    assert rows.loc[ONE, "estimate"] == pytest.approx(4 / 7)
    assert rows.loc[TWO, "estimate"] == pytest.approx(5 / 10)
    assert rows.loc[ANY, "n"] == 11
    assert rows.loc[ANY, "note"] == "2 clusters: fewer than 8, no interval"
    # ill and alone were met by one caseworker each, so nine people tell of the two
    assert rows.loc[SHARE, "n"].tolist() == [9, 9]
    assert rows["note"].iloc[0] == "2 units: fewer than 8, no interval"


def test_without_who_decided_all_pairs_are_told_and_nothing_is_compared_with_none():
    case = case_from(without=("decided_by",))
    (row,) = within_profiles(case).to_frame().to_dict("records")
    assert (row["at"], row["group"], row["n"]) == (ANY, "everyone", 11)
    assert row["estimate"] == pytest.approx(9 / 17)
    assert row["low"] < row["estimate"] < row["high"]
    assert [r.kind for r in QUESTIONS[MEASURE].ask(case)] == ["value", "value"]
    with pytest.raises(AuditError, match="the case declares no decided_by"):
        within_profiles(case, compare=True)


def test_decisions_can_be_uniform_and_yet_fall_on_one_group():
    # who is late is sanctioned, whoever decides; eight in ten women are late, two in ten men, one more or less
    lines = [
        f"{'late' if late else 'first'} {who} {'yes' if late else 'no'} {sex}"
        for who, more in zip("ABCDEFGHIJ", [1, -1] * 5, strict=True)
        for sex, share in (("women", 8 + more), ("men", 2 - more))
        for late in [True] * share + [False] * (10 - share)
    ]
    case = case_from("\n".join(lines))
    rows = rows_at(within_profiles(case))
    assert rows.loc[[ANY, ONE, TWO], "estimate"].tolist() == [0, 0, 0]
    assert (rows.loc[SHARE].iloc[0][["note"]] == "all or none of each kind: nothing varies").all()
    fall = beside(case, "sex")
    told = fall.to_frame().set_index(["at", "group"])["estimate"]
    assert told["decided the same as being flagged", "women"] == pytest.approx(0.8)
    assert told["so decided: difference from the reference", "women"] == pytest.approx(0.6)
    assert "can be uniform at the same facts and yet fall on one group more" in fall.definition
    assert fall.kind == "value"


def test_three_kinds_of_decision_are_added_up():
    # two caseworkers, one profile: low low high by A, medium medium high by B
    people = pd.DataFrame(
        {
            "facts": "x",
            "who": list("AAABBB"),
            "said": ["low", "low", "high", "medium", "medium", "high"],
        }
    )
    people["tier"] = "low"
    order = {"order": ["low", "medium", "high"]}
    roles = {
        "tier": {"column": "tier"} | order,
        "decision": {"column": "said"} | order,
        "decided_by": "who",
        "profile": "facts",
    }
    rows = rows_at(within_profiles(wf.Case.from_dict({"source": people, "roles": roles})))
    # 12 of 15 pairs differ: 2 of 3 of A, 2 of 3 of B, 8 of 9 between them
    assert rows.loc[[ANY, ONE, TWO], "estimate"].tolist() == pytest.approx([12 / 15, 4 / 6, 8 / 9])
    # squares between, added over decisions: low 2 x 3 x (1/3)^2, medium the same, high 0: 4/3 on 1 each
    # within: 2/3 for low, for medium, 4/3 for high: 8/3 on 4 each
    between, within = 4 / 3 / 3, 8 / 3 / 12
    assert rows.loc[SHARE, "estimate"].iloc[0] == pytest.approx(
        (between - within) / (between + 2 * within)
    )
    assert rows.loc[SHARE, "n"].iloc[0] == 6


def test_inputs_are_crossed_where_no_profile_is_declared_and_they_are_few():
    lines = [line.split() for line in TWELVE.strip().splitlines()]
    people = pd.DataFrame(lines, columns=list(COLUMNS)).assign(ruled="no", notice=["n", None] * 6)
    people = pd.concat([people] * 6)
    roles = {"flagged": "ruled", "decision": "said", "decided_by": "who"}
    inputs = {"facts": {}, "notice": {}}
    case = wf.Case.from_dict({"source": people, "roles": roles, "inputs": inputs})
    assert QUESTIONS[MEASURE].lacks(case) == ""
    found = profiles(case)
    assert (
        len(np.unique(found.profile)) == people.groupby(["facts", "notice"], dropna=False).ngroups
    )
    assert found.n.sum() == 72


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"without": ("profile",)}, "the case declares no profile and no inputs"),
        ({"without": ("decision",)}, "the case declares no decision"),
        (
            {"without": ("profile",), "inputs": {"own": {}}},
            "12 profiles of 12 people: too few share one",
        ),
        (
            {"without": ("profile",), "inputs": {f"i{i}": {} for i in range(13)}},
            "13 inputs are too many",
        ),
        ({"roles": {"cluster": "sex"}, "groups": {}}, "people come in clusters"),
        ({"roles": {"weight": "own"}}, "rows are declared to weigh more"),
    ],
)
def test_cases_that_cannot_be_asked_say_why(more, why):
    people = pd.DataFrame(
        [line.split() for line in TWELVE.strip().splitlines()], columns=list(COLUMNS)
    )
    people = people.assign(ruled="no", own=range(1, 13), **{f"i{i}": i for i in range(13)})
    roles = {"flagged": "ruled", "decision": "said", "decided_by": "who", "profile": "facts"}
    without, more_roles = more.get("without", ()), more.get("roles", {})
    roles = {k: v for k, v in roles.items() if k not in without} | more_roles
    more = {k: v for k, v in more.items() if k not in ("without", "roles")}
    case = wf.Case.from_dict({"source": people, "roles": roles, "groups": {"sex": {}}} | more)
    assert why in QUESTIONS[MEASURE].lacks(case)
    with pytest.raises(AuditError, match=why):
        within_profiles(case)


# bad input ------------------------------------------------------------------------------------


def test_a_single_caseworker_has_pairs_but_is_compared_with_nobody():
    case = case_from(TWELVE.replace("Bert", "Anna"))
    rows = rows_at(within_profiles(case))
    assert rows["note"].iloc[0] == "no two units to compare"
    assert rows.loc[ONE, "estimate"] == rows.loc[ANY, "estimate"] == pytest.approx(9 / 17)
    assert np.isnan(rows.loc[TWO, "estimate"])
    assert rows.loc[TWO, "note"] != ""
    (finding,) = [f for f in review(list(QUESTIONS[MEASURE].ask(case)))]
    assert "no two units to compare" in finding.says


def test_profiles_that_nobody_shares_are_rows_with_a_reason():
    lines = [f"f{i} {'AB'[i % 2]} yes women" for i in range(20)]
    table = within_profiles(case_from("\n".join(lines), groups={})).to_frame()
    told = table[table["group"] != NONE]
    assert told["estimate"].isna().all() or (told["estimate"].dropna() == 0).all()
    assert (told["note"] != "").all()


def test_who_has_no_facts_no_decision_or_no_caseworker_is_left_out():
    lines = TWELVE.replace("ill   Bert no  men", "ill   ?    no  men").replace(
        "first Anna no  men", "?     Anna no  men"
    )
    case = case_from(lines.replace("alone Anna yes", "alone Anna ?  "), missing=["?"])
    assert profiles(case).n.sum() == 9


def test_no_caseworker_and_no_facts_are_named_in_anything_shown():
    case = case_from(tolerance={"default": {"gap": 0.1}})
    results = list(QUESTIONS[MEASURE].ask(case))
    shown = [
        text
        for r in results
        for text in (repr(r), r._repr_html_(), r.table.to_json(), r.evidence.to_json())
    ]
    shown += [json.dumps(f.rows, default=str) + f.says for f in review(results)]
    assert len(results) == 3
    assert not [
        text for text in shown for name in ("Anna", "Bert", "late", "alone") if name in text
    ]


# other people's numbers -----------------------------------------------------------------------


def test_for_profiles_of_one_size_it_is_what_the_kappa_of_fleiss_takes_off():
    said = np.random.default_rng(2).integers(0, 3, (25, 6))
    counts, _ = aggregate_raters(said, 3)
    chance = ((counts.sum(axis=0) / counts.sum()) ** 2).sum()
    agreed = chance + fleiss_kappa(counts) * (1 - chance)
    found = apart(np.ones(150), np.repeat(range(25), 6), said.ravel())
    assert found.estimate == pytest.approx(1 - agreed)


# laws -----------------------------------------------------------------------------------------

people = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 9)), min_size=2, max_size=40
)


def counted(rows, keep=lambda _: True):
    """Pairs that differ, and pairs: any two, of one caseworker, of two; person by person."""
    rows = [row for row in rows if keep(row)]
    found = np.zeros((3, 2))
    for i, (facts, said, who) in enumerate(rows):
        for other_facts, other_said, other in rows[:i]:
            if facts == other_facts:
                pair = (said != other_said, 1)
                found[0] += pair
                found[1 if who == other else 2] += pair
    return found


@laws
@given(people)
def test_pairs_are_those_that_are_counted_one_by_one(rows):
    facts, said, who = np.array(rows).T
    found = apart_over(np.ones(len(rows)), facts, said, who)
    each = counted(rows)
    with np.errstate(all="ignore"):
        share = each[:, 0] / each[:, 1]
    kept = found.note == ""
    np.testing.assert_allclose(found.estimate[kept], share[kept])
    alone = apart(np.ones(len(rows)), facts, said)
    assert float(alone.estimate) == pytest.approx(share[0], nan_ok=True)


def odds(pair):
    return np.log(pair[0] / (pair[1] - pair[0]))


@laws
@given(people)
def test_limits_are_those_of_leaving_out_each_caseworker_by_hand(rows):
    facts, said, who = np.array(rows).T
    found, full = apart_over(np.ones(len(rows)), facts, said, who), counted(rows)
    for at in np.flatnonzero(found.note == ""):
        own = [counted(rows, lambda row, w=w: row[2] != w) for w in set(who)]
        moved = [odds(c[at]) - odds(full[at]) for c in own if c[at, 1] < full[at, 1]]
        se = np.sqrt((len(moved) - 1) / len(moved) * np.square(moved).sum())
        assert found.se[at] == pytest.approx(se)


@laws
@given(people)
def test_people_in_one_cell_may_be_counted_together_or_one_by_one(rows):
    facts, said, _ = np.array(rows).T
    cells = pd.Series(list(zip(facts, said, strict=True))).value_counts()
    at = np.array(cells.index.tolist())
    one, other = apart(np.ones(len(rows)), facts, said), apart(cells.to_numpy(), at[:, 0], at[:, 1])
    for name in ("estimate", "se", "low", "high"):
        assert float(getattr(one, name)) == pytest.approx(float(getattr(other, name)), nan_ok=True)
    assert one.note == other.note


@pytest.mark.parametrize("runs", [400, pytest.param(4000, marks=pytest.mark.long)])
def test_limits_of_pairs_hold_the_truth_in_94_of_100_populations(runs):
    rng, rates = np.random.default_rng(4), np.array([0.1, 0.3, 0.5, 0.2, 0.05])
    truth, held = (2 * rates * (1 - rates)).mean(), []
    for _ in range(runs):
        facts = np.repeat(range(5), 60)
        found = apart(np.ones(300), facts, rng.uniform(size=300) < rates[facts])
        held.append(found.low <= truth <= found.high)
    assert np.mean(held) >= 0.94 - 2 * np.sqrt(0.94 * 0.06 / runs)


# what is planted ------------------------------------------------------------------------------


def gap_of(case, tolerance):
    from dataclasses import replace

    choices = replace(
        case.choices, tolerances=(*case.choices.tolerances, (MEASURE, Tolerance("gap", tolerance)))
    )
    (finding,) = review(list(QUESTIONS[MEASURE].ask(replace(case, choices=choices, counted={}))))
    return finding


def test_deciders_who_differ_at_the_same_facts_are_raised():
    found = [gap_of(case_of("sanctions", ["deciders differ"], seed), 0.02) for seed in range(5)]
    assert [f.answer for f in found].count("raised") >= 4
    assert (found[0].group, found[0].reference, found[0].at, found[0].by) == (
        "caseworkers",
        NONE,
        SHARE,
        "everyone",
    )
    assert found[0].says.startswith("Of 100 parts of the variance in decisions on the same facts")


@pytest.mark.parametrize("planted", [[], ["letters not received"], ["harsher at the same facts"]])
def test_deciders_who_do_not_differ_are_not_raised_whatever_else_was_planted(planted):
    found = [gap_of(case_of("sanctions", planted, seed), 0.02).answer for seed in range(3)]
    assert "raised" not in found


def test_letters_that_did_not_arrive_leave_decisions_uniform_and_fall_on_one_group():
    case = case_of("sanctions", ["letters not received"], 1)
    value, _, *groups = QUESTIONS[MEASURE].ask(case)
    (origin,) = [r for r in groups if r.by == ("origin",)]
    gap = (
        origin.to_frame()
        .set_index(["at", "group"])
        .loc[("so decided: difference from the reference", "born abroad")]
    )
    assert gap["low"] > 0.02
    rows = rows_at(value)
    assert rows.loc[SHARE, "low"].iloc[0] < 0.02
    assert abs(rows.loc[ONE, "estimate"] - rows.loc[TWO, "estimate"]) < 0.02


def test_the_lots_say_how_rarely_deciders_would_lie_as_far_apart():
    planted, none = (
        within_profiles(case_of("sanctions", on, 2)).interval for on in (["deciders differ"], [])
    )
    assert "as far apart in fewer than 0.1 of 100 deals" in planted
    assert "36 profiles" in none
    assert float(none.rpartition(" in ")[2].split()[0]) > 2.5

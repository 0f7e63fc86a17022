"""Caseworkers and offices: counted by hand, told by pseudonym, held to laws and to what was planted."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from test_override_rates import DECLARED, MEETINGS
from test_override_rates import case_of as meetings_of
from test_planted import case_of

import wfaudit as wf
from wfaudit.choices import Choices, Tolerance
from wfaudit.errors import AuditError
from wfaudit.estimators.clusters import p_beyond
from wfaudit.estimators.variance import Share
from wfaudit.findings import review
from wfaudit.measures.overrides.caseloads import caseloads
from wfaudit.measures.overrides.deciders import (
    DISTANCE,
    FEWEST,
    NONE,
    QUESTIONS,
    SHARE,
    funnel,
    outside,
    variance_between,
)
from wfaudit.measures.overrides.onesided import told
from wfaudit.synthetic import Dice
from wfaudit.synthetic.populations import population

laws = settings(deadline=None, max_examples=30)
NAMES = (
    "Kowalska, Anna",
    "nowak@office.example",
    "0049-77",
    "Bęben",
    "<b>Ewa</b>",
    "Zoë",
    "d7",
    "Ć",
    "x.y",
    "Q-1",
)


def rows_of(counts, advice="no"):
    """People as rows: for each caseworker how many were sanctioned, of how many not recommended."""
    return [
        {"who": who, "advice": advice, "said": "yes" if i < k else "no"}
        for who, (k, n) in counts.items()
        for i in range(n)
    ]


def case_from(rows, **more):
    people = pd.DataFrame(rows)
    roles = {"flagged": "advice", "decision": "said", "decided_by": "who"} | more.pop("roles", {})
    groups = {
        g: {} for g in people.columns.difference(["who", "advice", "said", *more.pop("apart", ())])
    }
    return wf.Case.from_dict({"source": people, "roles": roles, "groups": groups, **more})


def numbered(table):
    return table[table["unit"].str.match(r"caseworker \d+$")]


# by hand --------------------------------------------------------------------------------------

TWENTY = {"Kowalska, Anna": (4, 8), "nowak@office.example": (1, 8), "0049-77": (1, 4)}


def test_twenty_people_of_three_caseworkers_by_hand():
    # 6 of 20 sanctioned: of 8 people 2.4 are expected. Who had four people is not told apart.
    found = funnel(case_from(rows_of(TWENTY)), fewest=5)
    table = found.to_frame()
    each = numbered(table)
    assert sorted(zip(each["k"], each["n"], strict=True)) == [(1, 8), (4, 8)]
    assert each["expected"].tolist() == pytest.approx([0.3, 0.3])
    assert sorted(each["adjusted"]) == pytest.approx([1 / 8, 4 / 8])
    few = table.iloc[-1]
    assert (few["unit"], few["n"]) == ("caseworkers with fewer than 5 people", 4)
    assert few["note"] == "1 of them, too few people each to be told apart"
    assert few[["k", "rate", "p", "shrunk"]].isna().all()
    assert found.rate == pytest.approx(0.3)
    many = each.set_index("k")["p"]
    assert many[4] == pytest.approx(2 * binom.sf(3, 8, 0.3))
    assert many[1] == pytest.approx(2 * binom.cdf(1, 8, 0.3))
    assert each["p_adjusted"].tolist() == pytest.approx([max(many[4], many[1])] * 2)


def test_a_count_at_its_limit_is_as_rare_as_the_limit_says():
    counts = {f"c{i}": (k, 60) for i, k in enumerate([6, 9, 7, 8, 30, 5, 8, 7, 9, 10])}
    table = numbered(funnel(case_from(rows_of(counts)), fewest=20).to_frame())
    p = table["k"].sum() / 600
    for name, rare in (("95", 0.025), ("998", 0.001)):
        at = np.ceil(60 * table[f"high_{name}"].iloc[0])
        assert binom.sf(at - 1, 60, p) <= rare < binom.sf(at - 2, 60, p)
    high = table[table["k"] == 30].iloc[0]
    assert high["outside"] == "99.8 %"
    assert high["says"] == "more often than chance alone would show"
    assert (table[table["k"] != 30]["says"] == "").all()
    assert table["low_998"].notna().all() or (table["low_998"].isna()).all()


def test_who_was_sent_the_people_that_are_moved_more_often_is_expected_to_move_more():
    # of 100 recommended people 40 are let go, of 100 not recommended 10 are sanctioned
    rows = rows_of({"A": (9, 80), "B": (1, 20)})
    rows += [r | {"advice": "yes"} for r in rows_of({"A": (10, 20), "B": (50, 80)})]
    table = numbered(funnel(case_from(rows), fewest=20).to_frame()).set_index("k")
    # A: 9 sanctioned and 10 let go; B: 1 and 30
    assert table["n"].tolist() == [100, 100]
    assert table.loc[19, "expected"] == pytest.approx((80 * 0.1 + 20 * 0.4) / 100)
    assert table.loc[31, "expected"] == pytest.approx((20 * 0.1 + 80 * 0.4) / 100)


def test_groups_and_fifths_of_the_score_are_held_alike_and_nothing_else_is():
    rows = []
    for at, (score, k) in enumerate([(0.1, 5), (0.3, 10), (0.5, 20), (0.7, 40), (0.9, 60)]):
        for who, part in (("A", 0.3 + 0.1 * at), ("B", 0.7 - 0.1 * at)):
            n = round(100 * part)
            rows += [r | {"score": score} for r in rows_of({who: (round(k * part), n)})]
    case = case_from(rows, apart=["score"], roles={"score": {"column": "score", "resolution": 0.1}})
    found = funnel(case)
    expected = [
        sum(round(100 * (0.3 + 0.1 * at)) * k / 100 for at, k in enumerate([5, 10, 20, 40, 60])),
        sum(round(100 * (0.7 - 0.1 * at)) * k / 100 for at, k in enumerate([5, 10, 20, 40, 60])),
    ]
    table = numbered(found.to_frame())
    assert sorted(table["expected"] * table["n"]) == pytest.approx(sorted(expected), rel=0.02)
    assert (
        "with the same advice and fifth of the score; nothing else is adjusted for"
        in found.interval
    )


def test_twelve_people_who_were_met_are_counted_as_the_override_rates_count_them():
    lines = MEETINGS.strip().splitlines()
    text = "\n".join(
        [lines[0] + " by", *(f"{line} {'AB'[i % 2]}" for i, line in enumerate(lines[1:]))]
    )
    loads = caseloads(meetings_of(text, **declared_by()), "override_rate", "decided_by")
    # seen: 1, 3, 7, 9 by A, of whom 3 was moved down; 2, 6, 8 by B, of whom all were moved
    assert (loads.n.sum(), loads.hits["override_rate"].sum()) == (7, 4)
    assert loads.hits["override_up_rate"].sum() == 1
    assert loads.hits["override_down_rate"].sum() == 3


def declared_by():
    return {"roles": {**DECLARED["roles"], "decided_by": "by"}}


def test_eight_caseworkers_of_whom_one_moves_most_people_by_hand():
    counts = {name: (15 if i == 0 else 1, 20) for i, name in enumerate(NAMES[:8])}
    table = outside(case_from(rows_of(counts))).to_frame()
    mine = table[table["group"] == "caseworkers"].set_index("at")
    assert mine.loc["outside the 95 % limits", ["n", "estimate"]].tolist() == [8, 1 / 8]
    assert mine.loc["outside the 99.8 % limits", "estimate"] == 1 / 8
    assert mine.loc["outside, false discoveries kept to 5 in 100", "estimate"] == 1 / 8
    chance = table[table["group"] == "expected from chance alone"].set_index("at")["estimate"]
    p = 22 / 160
    assert 0 < chance["outside the 99.8 % limits"] <= 0.002
    both = binom.cdf(np.arange(21), 20, p), binom.sf(np.arange(21) - 1, 20, p)
    flagged = np.minimum(*both) <= 0.025
    assert chance["outside the 95 % limits"] == pytest.approx(
        binom.pmf(np.arange(21), 20, p)[flagged].sum()
    )


# nobody is named ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def named():
    counts = {name: (3 + 2 * i, 40) for i, name in enumerate(NAMES)}
    return case_from(rows_of(counts), name="ten caseworkers", tolerance={"default": {"gap": 0.01}})


def test_no_identifier_of_a_caseworker_stands_in_anything_that_is_shown(named):
    found = funnel(named)
    loads = caseloads(named, "override_rate", "decided_by")
    results = [r for name, q in QUESTIONS.items() if not q.lacks(named) for r in q.ask(named)]
    figure = found.plot()
    shown = [
        repr(found),
        found._repr_html_(),
        found.to_frame().to_json(),
        repr(loads),
        figure.alt,
        figure.svg(),
    ]
    shown += [
        text
        for r in results
        for text in (repr(r), r._repr_html_(), r.table.to_json(), r.evidence.to_json())
    ]
    shown += [json.dumps(f.rows, default=str) + f.says for f in review(results)]
    assert len(results) == 3
    for text in shown:
        assert not [name for name in NAMES if len(name) > 3 and name in text]
    assert not set(NAMES) & set(found.to_frame()["unit"])


def test_pseudonyms_stay_whatever_the_order_of_rows_and_whatever_people_did(named):
    counts = {name: (3 + 2 * i, 40) for i, name in enumerate(NAMES)}
    other = {name: (39 - 2 * i, 40) for i, name in enumerate(NAMES)}
    shuffled = pd.DataFrame(rows_of(counts)).sample(frac=1, random_state=1).to_dict("records")
    again = funnel(case_from(shuffled, name="ten caseworkers")).to_frame()
    pd.testing.assert_frame_equal(funnel(named).to_frame(), again)
    turned = numbered(funnel(case_from(rows_of(other), name="ten caseworkers")).to_frame())
    first = numbered(again)
    assert dict(zip(first["unit"], 42 - first["k"], strict=True)) == dict(
        zip(turned["unit"], turned["k"], strict=True)
    )


def test_another_case_has_other_numbers_and_neither_follows_the_rates():
    counts = {f"c{i}": (i, 40) for i in range(30)}
    k = [
        numbered(funnel(case_from(rows_of(counts), name=name)).to_frame())["k"].astype(int).tolist()
        for name in ("one", "two", "three")
    ]
    assert sorted(k[0]) == sorted(k[1]) == list(range(30))
    assert k[0] != k[1] != k[2]
    assert max(abs(np.corrcoef(each, range(30))[0, 1]) for each in k) < 0.6


def test_numbers_are_the_same_whether_few_or_many_are_told_apart():
    counts = {f"c{i}": (2, 10 + 5 * i) for i in range(9)}
    many, few = (
        numbered(funnel(case_from(rows_of(counts)), fewest=n).to_frame()).set_index("unit")["n"]
        for n in (10, 35)
    )
    assert (many[few.index] == few).all()
    assert few.min() >= 35


def test_offices_keep_their_names_and_their_labels():
    rows = [
        r | {"office": f"o{i % 9}"} for i, r in enumerate(rows_of({"A": (60, 200), "B": (40, 200)}))
    ]
    case = case_from(
        rows,
        apart=["office"],
        roles={"office": "office"},
        groups={"office": {"labels": {"o1": "Harbour"}}},
    )
    table = funnel(case, of="office").to_frame()
    assert table["unit"].tolist() == ["Harbour", "o0", *(f"o{i}" for i in range(2, 9))]


# bad input ------------------------------------------------------------------------------------


def test_a_single_caseworker_is_compared_with_nobody():
    case = case_from(rows_of({"A": (5, 50)}))
    (row,) = funnel(case).to_frame().to_dict("records")
    assert (row["unit"], row["n"], row["note"]) == (
        "caseworker 1",
        50,
        "nobody else to compare with",
    )
    assert np.isnan(row["rate"])
    assert row["says"] == ""
    line = variance_between(case).to_frame().iloc[0]
    assert (line["note"], line["n"]) == ("no two units to compare", 50)
    assert outside(case).to_frame()["estimate"].isna().all()
    funnel(case).plot()


def test_a_caseworker_with_sixty_in_a_hundred_of_all_is_told_by_number_only():
    case = case_from(rows_of({"A": (30, 120), "B": (5, 40), "C": (9, 40)}))
    table = funnel(case).to_frame()
    big = table[table["n"] == 120].iloc[0]
    assert big["note"] == "has 60% of all people, so it would be compared mostly with itself"
    assert big[["rate", "expected", "p", "shrunk", "low_95"]].isna().all()
    assert table[table["n"] == 40]["p"].notna().all()


def test_caseworkers_with_one_case_each_are_told_only_together():
    case = case_from(rows_of({f"c{i}": (i % 2, 1) for i in range(30)}))
    (row,) = funnel(case).to_frame().to_dict("records")
    assert (row["unit"], row["n"]) == ("caseworkers with fewer than 20 people", 30)
    table = outside(case).to_frame()
    assert (
        table["note"].tolist()
        == ["0 who had enough people: fewer than 8, nothing is told of them"] * 3
    )
    assert variance_between(case).to_frame()["note"].iloc[0] != ""
    assert "no caseworkers to show" in funnel(case).plot().alt


def test_nobody_who_saw_the_advice_is_a_row_and_no_error():
    rows = [r | {"opened": "no"} for r in rows_of({"A": (5, 30), "B": (4, 30)})]
    case = case_from(rows, apart=["opened"], roles={"opened": "opened"})
    (row,) = funnel(case).to_frame().to_dict("records")
    assert (row["n"], row["note"]) == (0, "nobody to count")
    assert variance_between(case).to_frame()["note"].iloc[0] == "no two units to compare"
    assert outside(case).to_frame()["estimate"].isna().all()
    assert funnel(case).plot().svg()


def test_people_of_whom_it_is_not_recorded_who_decided_are_a_row():
    rows = rows_of({"A": (5, 30), "B": (4, 30), None: (3, 7)})
    table = funnel(case_from(rows)).to_frame()
    assert table.iloc[-1][["unit", "n", "note"]].tolist() == [
        "not recorded",
        7,
        "who decided is not recorded",
    ]
    assert table["n"].sum() == 67


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"roles": {"cluster": "town"}}, "people come in clusters"),
        ({"roles": {"weight": "w"}}, "rows are declared to weigh more"),
        ({"roles": {"person": "town"}}, "people come in clusters"),
    ],
)
def test_cases_that_cannot_be_asked_say_why(more, why):
    rows = [
        r | {"town": "ab"[i % 2], "w": 1.5}
        for i, r in enumerate(rows_of({"A": (5, 30), "B": (4, 30)}))
    ]
    case = case_from(rows, apart=["town", "w"], **more)
    assert why in QUESTIONS["variance_between_caseworkers"].lacks(case)
    with pytest.raises(AuditError, match=why):
        funnel(case)


def test_a_cluster_that_is_the_caseworker_is_no_hindrance():
    case = case_from(rows_of({"A": (5, 30), "B": (4, 30)}), roles={"cluster": "who"})
    assert not QUESTIONS["variance_between_caseworkers"].lacks(case)
    assert len(numbered(funnel(case).to_frame())) == 2


def test_a_measure_or_a_unit_that_is_not_there_offers_the_nearest():
    case = case_from(rows_of({"A": (5, 30), "B": (4, 30)}))
    with pytest.raises(AuditError, match="Did you mean 'override_rate'"):
        funnel(case, "overide_rate")
    with pytest.raises(AuditError, match=r"No unit called 'offices'\. Did you mean 'office'"):
        funnel(case, of="offices")
    with pytest.raises(AuditError, match="the case declares no provider"):
        funnel(case, of="provider")
    with pytest.raises(AuditError, match="fewest = 0 was given"):
        funnel(case, fewest=0)


# laws -----------------------------------------------------------------------------------------

loads_of = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=2, max_size=12)


@laws
@given(loads_of, loads_of)
def test_as_many_are_expected_over_all_units_as_counted(low, high):
    rows = [r for advice, loads in (("no", low), ("yes", high)) for r in people(loads, advice)]
    if not rows:
        return
    table = funnel(case_from(rows), fewest=1).to_frame()
    table = table[table["note"].str.contains("compared mostly|nobody else") == False]  # noqa: E712
    whole = caseloads(case_from(rows), "override_rate", "decided_by")
    expected = np.bincount(whole.unit, whole.n * whole.shares("override_rate"), len(whole.units))
    assert expected.sum() == pytest.approx(whole.hits["override_rate"].sum())
    told = table["unit"].map(dict(zip(whole.units, expected / whole.people, strict=True)))
    assert table["expected"].tolist() == pytest.approx(told.tolist())


def people(loads, advice):
    counts = {f"c{i}": (min(k, n), n) for i, (k, n) in enumerate(loads)}
    return rows_of(counts, advice)


@laws
@given(loads_of)
def test_limits_hold_what_is_expected_and_a_unit_is_outside_where_it_lies_beyond_them(loads):
    rows = people([(k, n + 8) for k, n in loads], "no")
    table = numbered(funnel(case_from(rows), fewest=8).to_frame()).dropna(subset=["expected"])
    inner, outer = (
        (table[f"low_{x}"].fillna(-1), table[f"high_{x}"].fillna(2)) for x in ("95", "998")
    )
    assert (inner[0] < table["expected"]).all()
    assert (table["expected"] < inner[1]).all()
    assert (outer[0] <= inner[0] + 1e-9).all()
    assert (inner[1] <= outer[1] + 1e-9).all()
    beyond = [
        (table["rate"] <= low + 1e-12) | (table["rate"] >= high - 1e-12)
        for low, high in (inner, outer)
    ]
    assert table["outside"].tolist() == [
        "99.8 %" if b else "95 %" if a else "" for a, b in zip(*beyond, strict=True)
    ]


@given(
    st.floats(-0.05, 0.6),
    st.floats(1e-3, 0.3),
    st.floats(1e-3, 0.3),
    st.floats(0.01, 0.3),
    st.integers(8, 90),
)
def test_a_share_is_raised_just_where_its_lower_limit_lies_beyond_the_tolerance(
    share, down, up, tolerance, units
):
    found = Share(share, share - down, share + up, 0.1, 0.1, units, 1, 999)
    row = told(Choices(default=Tolerance("gap", tolerance)), "variance_between_caseworkers", found)
    p = p_beyond(
        *(np.array([row[name]]) for name in ("estimate", "se", "df")), np.array([tolerance])
    )[0][0]
    near = abs(found.low - tolerance) < 1e-9
    assert near or (p <= 0.025) == (found.low > tolerance)


# coverage, and what is planted ----------------------------------------------------------------


def differing(rng, units, size, rate, share):
    """Caseworkers whose own rates follow a beta distribution."""
    parts = 1 / share - 1
    rates = rng.beta(rate * parts, (1 - rate) * parts, units)
    n = np.maximum(rng.poisson(size, units), 20)
    return rates, {
        f"c{i}": (int(rng.binomial(m, p)), int(m))
        for i, (m, p) in enumerate(zip(n, rates, strict=True))
    }


def test_where_caseworkers_differ_by_a_tenth_shrunk_limits_hold_93_of_100_of_their_rates():
    rng, held = np.random.default_rng(5), []
    for _ in range(8):
        rates, counts = differing(rng, 60, 50, 0.3, 0.1)
        table = numbered(funnel(case_from(rows_of(counts))).to_frame())
        mine = pd.Series([rates[i] for i in order_of(counts)], index=table["unit"])
        held += (
            (table["shrunk_low"].to_numpy() <= mine) & (mine <= table["shrunk_high"].to_numpy())
        ).tolist()
    assert np.mean(held) >= 0.93


def order_of(counts):
    """Which caseworker stands in which row, found by giving each a number of people of their own."""
    alone = {name: (0, 20 + i) for i, name in enumerate(counts)}
    table = numbered(funnel(case_from(rows_of(alone))).to_frame())
    return (table["n"] - 20).astype(int).tolist()


def test_plain_intervals_by_caseworker_are_not_offered():
    rng = np.random.default_rng(6)
    _, counts = differing(rng, 20, 40, 0.3, 0.1)
    assert not {"low", "high"} & set(funnel(case_from(rows_of(counts))).to_frame().columns)


def test_room_for_the_usual_spread_leaves_fewer_outside():
    rng = np.random.default_rng(7)
    _, counts = differing(rng, 80, 100, 0.3, 0.1)
    case = case_from(rows_of(counts))
    narrow, wide = funnel(case), funnel(case, spread=True)
    assert (narrow.to_frame()["outside"] != "").sum() > 25
    assert (wide.to_frame()["outside"] != "").sum() < 8
    assert narrow.spread > 2
    assert "with room for the usual spread" in wide.interval


def gap_of(case, measure):
    (finding,) = review([r for r in QUESTIONS[measure].ask(case)])
    return finding


def with_tolerance(case, measure, value):
    from dataclasses import replace

    tolerances = (*case.choices.tolerances, (measure, Tolerance("gap", value)))
    return replace(case, choices=replace(case.choices, tolerances=tolerances), counted={})


def test_deciders_who_differ_are_raised_and_those_who_do_not_are_clear():
    for seed in range(4):
        found = gap_of(
            case_of("sanctions", ["deciders differ"], seed), "variance_between_caseworkers"
        )
        assert found.answer == "raised"
        none = gap_of(case_of("sanctions", [], seed), "variance_between_caseworkers")
        assert none.answer == "clear"
    assert found.group == "caseworkers"
    assert found.reference == NONE
    assert found.at == SHARE
    assert found.says.startswith(
        "Of 100 parts of the variance in moves from the advice, those between caseworkers"
    )


def test_caseworkers_of_the_asta_like_case_who_differ_are_found_with_enough_people():
    measure, answers = "variance_between_caseworkers", []
    for on in (["caseworkers differ"], []):
        case = with_tolerance(case_of("asta", on, 1, 15_000), measure, 0.004)
        answers.append(gap_of(case, measure).answer)
    assert answers == ["raised", "cannot tell"]


def test_an_office_where_the_rule_is_broken_lies_outside():
    drawn = population("sanctions").draw(
        Dice(seed=3, chunk=0, n=6_000), ["rule broken by one office"]
    )
    roles = {"flagged": "recommended", "decision": "sanctioned", "office": "office"}
    case = wf.Case.from_dict({"source": drawn, "roles": roles})
    table = funnel(case, of="office").to_frame().set_index("unit")
    assert table.loc["harbour", "says"] == "more often than chance alone would show"
    assert table.loc["harbour", "outside"] == "99.8 %"
    assert (table.drop("harbour")["says"] != "more often than chance alone would show").all()


# how it is told -------------------------------------------------------------------------------


def test_the_share_the_distance_and_the_lots_are_told_with_what_was_adjusted_for(named):
    value, gap = QUESTIONS["variance_between_caseworkers"].ask(named)
    rows = value.to_frame().set_index(["group", "at"])
    assert rows.loc[(NONE, SHARE), "estimate"] == 0
    share, far = rows.loc[("caseworkers", SHARE)], rows.loc[("caseworkers", DISTANCE)]
    loads = caseloads(named, "override_rate", "decided_by")
    spread = loads.counted("override_rate") / loads.people
    assert far["estimate"] == pytest.approx(
        np.sqrt(np.var(spread, ddof=1) - (spread * (1 - spread)).mean() / 39), rel=0.02
    )
    assert share["low"] < share["estimate"] < share["high"]
    assert "adjusted for advice, and for nothing else" in value.definition
    assert "if people were dealt to caseworkers by lot" in value.interval
    (row,) = gap.to_frame().to_dict("records")
    assert (row["group"], row["reference"], row["n"]) == ("caseworkers", NONE, 400)


def test_the_picture_marks_who_lies_outside_by_shape_and_counts_them():
    counts = {f"c{i}": (k, 60) for i, k in enumerate([6, 9, 7, 8, 30, 5, 8, 7, 9, 10])}
    found = funnel(case_from(rows_of(counts)))
    figure = found.plot()
    (ax,) = figure.axes
    marks = {
        c.get_label(): (len(c.get_offsets()), len(c.get_paths()[0].vertices))
        for c in ax.collections
    }
    assert marks["outside 99.8 % limits, above (1)"][0] == 1
    assert marks["within the limits (9)"][0] == 9
    assert marks["outside 99.8 % limits, above (1)"][1] != marks["within the limits (9)"][1]
    table = numbered(found.to_frame())
    drawn = sorted(tuple(p) for c in ax.collections for p in np.asarray(c.get_offsets()).tolist())
    stand = sorted(zip(table["n"].astype(float), table["adjusted"], strict=True))
    np.testing.assert_allclose(drawn, stand)
    assert "10 caseworkers with 60 to 60 people each" in figure.alt
    assert "1 outside 99.8 % limits, above" in figure.alt
    assert figure.svg() == found.plot().svg()
    assert "caseworker " not in "".join(t.get_text() for t in ax.texts)


def test_a_funnel_needs_twenty_people_of_each_unless_it_is_told_otherwise():
    assert FEWEST == 20
    case = case_from(rows_of({"A": (5, 19), "B": (4, 20), "C": (4, 20)}))
    assert len(numbered(funnel(case).to_frame())) == 2

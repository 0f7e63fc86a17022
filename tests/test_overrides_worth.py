"""Did departing from the advice help, and how far from it: by hand, by enumeration, by other people's code."""

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
from wfaudit.estimators.differences import apart, armed
from wfaudit.estimators.enumerated import lots
from wfaudit.estimators.intervals import newcombe, wilson
from wfaudit.findings import review
from wfaudit.measures.overrides import reliance, worthwhile
from wfaudit.measures.overrides.worthwhile import _every, _worth
from wfaudit.measures.readings import within_strata

ORACLES = Path(__file__).parent / "oracles"
R, PRINTED = (
    json.loads((ORACLES / name).read_text(encoding="utf-8"))["values"]
    for name in ("pabak.json", "pabak_published.json")
)
TIERS = ["low", "medium", "high"]
laws = settings(max_examples=60, deadline=None)


@pytest.fixture(scope="module")
def meetings():
    return case_of(MEETINGS)


def row(result, **wanted):
    (found,) = [
        r for r in result.table.to_dict("records") if all(r[k] == v for k, v in wanted.items())
    ]
    return found


def simple(flagged, given, outcome, **more):
    """A case with two kinds of advice, one row a person."""
    people = pd.DataFrame(
        {"high": flagged, "given": given, "long": outcome, **more.pop("columns", {})}
    )
    roles = {"flagged": "high", "decision": "given", "outcome": "long", **more.pop("roles", {})}
    return wf.Case.from_dict({"source": people, "roles": roles, **more})


# --- decision against advice


def test_of_ten_people_the_decision_alone_is_right_for_three_and_the_advice_alone_for_two(meetings):
    # all but 9 (no outcome) and 12 (no advice); the decision alone is right for 3, 4 and 8, the advice
    # alone for 2 and 6, both for 1, 5 and 10, neither for 7 and 11
    found = worthwhile.accuracy_gain(meetings, compare=True)
    line = row(found)
    assert (line["n"], line["n_reference"]) == (10, 10)
    assert line["estimate"] == pytest.approx((3 - 2) / 10)
    sides = next(iter(worthwhile.QUESTIONS["accuracy_gain"].ask(meetings)))
    assert sides.table[["group", "estimate"]].values.tolist() == [
        ["the decision", pytest.approx(6 / 10)],
        ["the advice", pytest.approx(5 / 10)],
    ]


def test_the_gain_of_women_less_that_of_men_is_told_by_sex(meetings):
    # women: decision alone 3 and 4, advice alone 2 and 6; men: decision alone 8, advice alone nobody
    alone = worthwhile.accuracy_gain(meetings, by="sex")
    assert row(alone, group="women")["estimate"] == pytest.approx(0)
    assert row(alone, group="men")["estimate"] == pytest.approx(1 / 4)
    gap = worthwhile.accuracy_gain(meetings, by="sex", compare=True)
    assert row(gap, group="women")["estimate"] == pytest.approx(-1 / 4)


def test_outcomes_that_are_not_recorded_bound_the_gain_whatever_they_are():
    flagged, given = [1, 1, 0, 0, 1, 0, 1, 0], [1, 0, 0, 1, 0, 0, 1, 1]
    outcome = [1, 1, 0, None, None, None, 0, 1]
    note = row(worthwhile.accuracy_gain(simple(flagged, given, outcome)))["note"]
    gains = []
    for filled in itertools.product([0, 1], repeat=3):
        whole = [*outcome[:3], *filled, *outcome[6:]]
        case = simple(flagged, given, whole)
        gains.append(row(worthwhile.accuracy_gain(case))["estimate"])
    assert (
        note == f"outcome of 3 not recorded; whatever it is, {min(gains):.4f} to {max(gains):.4f}"
    )


def test_every_sentence_says_that_outcomes_come_after_the_decision(meetings):
    for name in ("accuracy_gain", "override_value"):
        for result in worthwhile.QUESTIONS[name].ask(meetings):
            assert "outcomes are those after the decision" in result.definition
            assert "outcomes are those after the decision" in result.sentence


# --- overrides against as many by lot


def test_overrides_are_held_against_as_many_drawn_at_the_same_advice_in_every_way():
    # twelve people: six advised yes (of whom the advice is wrong for two), six advised no (wrong for three)
    flagged = [1] * 6 + [0] * 6
    outcome = [0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0]
    overridden = [1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0]
    case = simple(flagged, np.array(flagged) ^ np.array(overridden), outcome)
    found = row(worthwhile.override_value(case))
    wrong = np.array(flagged) != np.array(outcome)
    right = wrong[np.array(overridden) == 1].sum()
    drawn = [
        wrong[:6][list(yes)].sum() + wrong[6:][list(no)].sum()
        for yes in itertools.combinations(range(6), 3)
        for no in itertools.combinations(range(6), 2)
    ]
    assert len(drawn) == 300
    assert right == 3
    assert found["n"] == 5
    assert found["estimate"] == pytest.approx(right / 5 - np.mean(drawn) / 5)
    chance = {x: drawn.count(x) / 300 for x in drawn}
    p = sum(share for share in chance.values() if share <= chance[right] + 1e-12)
    assert found["note"].startswith(f"p = {p:.3f} (exact")


def test_limits_of_the_value_are_those_of_the_gap_in_strata_counted_as_often_as_it_shows():
    columns = np.array([2.0, 3, 0, 3, 1, 2, 2, 4])  # the twelve people above
    number = within_strata(_every(1), _worth)
    found = number.of(columns, 0, 0.95)
    times = _worth(columns)
    assert times == pytest.approx((3 * 3 / 6 + 2 * 4 / 6) / 5)
    share = [2 / 3 - 0, 1 / 2 - 2 / 4]
    weights = [3 * 3 / 6, 2 * 4 / 6]
    assert found.estimate == pytest.approx(times * np.average(share, weights=weights))
    assert found.low < found.estimate < found.high


def test_where_nobody_departs_from_the_advice_there_is_no_value():
    found = row(worthwhile.override_value(simple([1, 0] * 8, [1, 0] * 8, [1] * 16)))
    assert np.isnan(found["estimate"])
    assert found["note"] == "nobody was decided on otherwise than advised"


def test_caseworkers_who_know_better_are_told_from_lots():
    generator = np.random.default_rng(1)
    flagged, outcome = generator.random(2_000) < 0.5, generator.random(2_000) < 0.5
    wrong = flagged != outcome
    departs = generator.random(2_000) < np.where(wrong, 0.4, 0.2)
    found = row(worthwhile.override_value(simple(flagged, flagged ^ departs, outcome)))
    assert found["low"] > 0
    assert found["note"].startswith("p < 0.001")


def test_overrides_by_lot_are_told_from_lots_no_more_often_than_by_chance():
    generator, small, outside = np.random.default_rng(2), [], []
    for _ in range(1_000):
        wrong = generator.binomial([60, 90], [0.3, 0.5])
        departs = generator.binomial([60, 90], 0.3)
        right = generator.hypergeometric(wrong, np.array([60, 90]) - wrong, departs)
        rest = wrong - right, np.array([60, 90]) - departs
        small.append(lots(right, departs, *rest) <= 0.05)
        columns = np.stack([right, departs, *rest], axis=-1).astype(float).ravel()
        found = within_strata(_every(1), _worth).of(columns, 0, 0.95)
        outside.append((found.low > 0) | (found.high < 0))
    assert np.mean(small) <= 0.05
    assert np.mean(outside) <= 0.065


@pytest.mark.parametrize("gone", ["decision", "outcome"])
def test_what_a_case_lacks_is_told(gone):
    roles = {k: v for k, v in DECLARED["roles"].items() if k not in (gone, "reason")}
    case = case_of(MEETINGS, roles=roles, rules={})
    for question in worthwhile.QUESTIONS.values():
        assert question.lacks(case) == f"the case declares no {gone}"


# --- outcomes found out by lot


def test_of_those_drawn_by_lot_all_outcomes_are_known_and_of_the_others_some():
    people = {"drawn": ["yes"] * 4 + ["no"] * 6, "sex": ["women", "men"] * 5}
    outcome = [1, 1, 0, 1, None, 0, None, 0, 1, None]
    case = simple(
        [1, 0] * 5,
        [1] * 10,
        outcome,
        columns=people,
        groups={"drawn": {}, "sex": {"reference": "men"}},
    )
    found = worthwhile.audited(case, "base_rate", arm=("drawn", "yes"))
    assert found.evidence[["k", "n"]].values.tolist() == [[3, 4], [1, 3]]
    assert found.table["at"].tolist() == ["outcome found out by lot", "outcome recorded elsewhere"]
    by_sex = worthwhile.audited(case, "base_rate", arm=("drawn", "yes"), by="sex")
    assert row(by_sex, group="women", at="outcome found out by lot")["estimate"] == 1 / 2
    with pytest.raises(AuditError, match="No group of drawn is called 'yess'"):
        worthwhile.audited(case, "base_rate", arm=("drawn", "yess"))
    with pytest.raises(AuditError, match="asks for no outcome"):
        worthwhile.audited(case, "selection_rate", arm=("drawn", "yes"))
    with pytest.raises(AuditError, match="leave it out of by"):
        worthwhile.audited(case, "base_rate", arm=("drawn", "yes"), by="drawn")


# --- caseworkers who treat few


def sixteen():
    """Sixteen caseworkers with one person each: eight lenient, four who treat nobody either, four who do."""
    people = pd.DataFrame({
        "who": [f"c{n:02d}" for n in range(16)],
        "score": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8] + [0.5] * 8,
        "given": [0] * 12 + [1] * 4,
        "long": [0, 1, 0, 0, 1, 1, 1, 1] + [1, 1, 0, 0] + [None] * 4,
    })  # fmt: skip
    roles = {
        "score": "score", "flagged": {"score_at_least": 0.6}, "decision": "given", "outcome": "long",
        "decided_by": "who",
    }  # fmt: skip
    return wf.Case.from_dict({"source": people, "roles": roles})


def test_of_the_lenient_half_of_whom_the_advice_leaves_four_one_is_missed():
    # the others leave 4 of 8, of whom 2 stay long: 2 of 8 missed. The four lowest scores of the eight that
    # lenient caseworkers left hold one who stays long: 1 of 8
    both = worthwhile.contraction(sixteen(), lenient=0.5, fewest=1)
    assert both.table["estimate"].tolist() == pytest.approx([1 / 8, 2 / 8])
    assert both.table["n"].tolist() == [8, 8]
    gap = worthwhile.contraction(sixteen(), lenient=0.5, fewest=1, compare=True)
    assert row(gap)["estimate"] == pytest.approx(-1 / 8)
    assert row(gap)["low"] < -1 / 8 < row(gap)["high"]
    assert review([gap]) == ()


def test_too_few_caseworkers_are_no_evidence():
    (one, other) = worthwhile.contraction(sixteen(), lenient=0.3, fewest=1).table.to_dict("records")
    assert one["note"] == other["note"] == "5 caseworkers on a side: fewer than 8, no interval"
    assert np.isnan(one["estimate"])


def test_no_caseworker_is_named_and_the_draws_are_the_same_again():
    case = drawn_case("plain", ["selective labels"], 0)
    one, again = (worthwhile.contraction(case, draws=99) for _ in range(2))
    assert one.table.equals(again.table)
    assert "c0" not in one.table.to_string()


def test_hiding_outcomes_of_those_treated_does_not_move_what_the_lenient_show():
    found = [
        worthwhile.contraction(drawn_case("plain", on, 3), draws=99).table["estimate"].tolist()
        for on in ([], ["selective labels"])
    ]
    assert found[0] == pytest.approx(found[1])


def test_a_model_that_is_the_true_risk_misses_fewer_than_caseworkers_who_override_by_lot():
    found = [
        row(worthwhile.contraction(drawn_case("plain", [], seed), draws=199, compare=True))
        for seed in range(8)
    ]
    assert sum(one["estimate"] < 0 for one in found) >= 7


def test_lenient_is_a_share():
    with pytest.raises(AuditError, match="between 0 and 1; 2 was given"):
        worthwhile.contraction(sixteen(), lenient=2)


# --- agreement and distance


def crossed(table, tiers):
    """A case whose advice and decision cross as in a table."""
    size = len(tiers)
    cells = [(tiers[i], tiers[j]) for i in range(size) for j in range(size)]
    rows = [pair for pair, n in zip(cells, table, strict=True) for _ in range(int(n))]
    people = pd.DataFrame(rows, columns=["advice", "given"])
    roles = {
        "tier": {"column": "advice", "order": tiers}, "decision": {"column": "given", "order": tiers}
    }  # fmt: skip
    return wf.Case.from_dict({"source": people, "roles": roles})


@pytest.mark.parametrize("name", sorted({n.split(".")[0] for n in R}))
def test_for_two_tiers_it_is_the_prevalence_adjusted_kappa_of_epir(name):
    case = crossed(R[f"{name}.table"], ["low", "high"])
    found = reliance.prevalence_adjusted_kappa(case)
    assert found.table["at"].tolist() == ["the same tier or not"]
    assert row(found)["estimate"] == pytest.approx(R[f"{name}.pabak"], rel=1e-12)
    cells = np.reshape(R[f"{name}.table"], (2, 2))
    low, high = wilson(np.trace(cells), cells.sum())
    assert row(found)["low"] == pytest.approx(2 * low - 1)
    assert row(found)["high"] == pytest.approx(2 * high - 1)
    assert R[f"{name}.limits"] == pytest.approx([row(found)["low"], row(found)["high"]], abs=0.05)


@pytest.mark.parametrize("name", sorted({n.split(".")[0] for n in PRINTED}))
def test_for_more_tiers_it_is_brennan_and_predigers_as_irrcac_prints(name):
    size = round(len(PRINTED[f"{name}.table"]) ** 0.5)
    case = crossed(PRINTED[f"{name}.table"], ["a", "b", "c", "d"][:size])
    found = reliance.prevalence_adjusted_kappa(case)
    same = row(found, at="the same tier or not")
    assert same["estimate"] == pytest.approx(PRINTED[f"{name}.same"], abs=5.1e-6)
    squared = row(found, at="by the squared distance in tiers")
    n, (middle, low, high) = sum(PRINTED[f"{name}.table"]), PRINTED[f"{name}.squared"]
    assert squared["estimate"] == pytest.approx(middle, abs=5.1e-6)
    # irrCAC divides the sum of squares by n, here it is n - 1
    half = (squared["high"] - squared["low"]) / 2 * ((n - 1) / n) ** 0.5
    assert half == pytest.approx((high - low) / 2, abs=6e-6)


def test_of_seven_who_saw_the_advice_four_were_moved_six_tiers_counted_by_hand(meetings):
    # 1, 7 and 9 as advised; 2 and 8 one tier down, 3 two down, 6 two up; 4, 5, 10 and 11 did not see it
    found = reliance.mean_override_distance(meetings)
    line = {r["at"]: r["n"] for r in found.table.to_dict("records")}
    assert line == {"up or down": 7, "up less down": 7}
    laid = reliance._distances(meetings, (), (1, 0))
    n, total, squares, some = laid.whole[0, 0]
    assert (n, total, squares, some) == (7, 1 + 2 + 2 + 1, 1 + 4 + 4 + 1, 4)
    assert laid.whole[0, 1, 1] == 2 - 1 - 2 - 1
    assert found.table["note"].str.contains("fewer than 10").all()


def test_every_tier_up_is_a_mean_distance_of_one():
    case = crossed([0, 10, 0, 0, 2, 10, 0, 0, 0], TIERS)
    found = reliance.mean_override_distance(case)
    assert row(found, at="up or down")["estimate"] == pytest.approx(20 / 22)
    assert row(found, at="up less down")["estimate"] == pytest.approx(20 / 22)


@laws
@given(st.lists(st.integers(4, 30), min_size=9, max_size=9))
def test_turning_the_order_of_tiers_round_keeps_agreement_and_turns_the_sign(table):
    one, other = (crossed(cells, TIERS) for cells in (table, table[::-1]))
    kappas = [
        reliance.prevalence_adjusted_kappa(case).table["estimate"].tolist() for case in (one, other)
    ]
    assert kappas[0] == pytest.approx(kappas[1])
    moved = [
        reliance.mean_override_distance(case).table["estimate"].tolist() for case in (one, other)
    ]
    assert moved[0][0] == pytest.approx(moved[1][0])
    assert moved[0][1] == pytest.approx(-moved[1][1])


# --- differences from limits


@laws
@given(st.integers(1, 60), st.integers(1, 60), st.floats(0, 1), st.floats(0, 1))
def test_the_difference_of_two_wilson_limits_is_newcombes(n, n_ref, share, share_ref):
    k, k_ref = round(n * share), round(n_ref * share_ref)
    sides = [
        armed(np.array([a / m]), *(np.array([x]) for x in wilson(a, m)), 0.95, np.array([""]))
        for a, m in ((k, n), (k_ref, n_ref))
    ]
    found = apart(*sides, edges=(-1.0, 1.0))
    assert (found.low[0], found.high[0]) == pytest.approx(newcombe(k, n, k_ref, n_ref), abs=1e-12)
    turned = apart(*sides[::-1], edges=(-1.0, 1.0))
    assert turned.low[0] == pytest.approx(-found.high[0])


def test_limits_of_the_difference_of_two_gains_hold_it_as_often_as_they_should():
    generator, held = np.random.default_rng(3), []
    chances = np.array([[0.5, 0.2, 0.1, 0.2], [0.6, 0.1, 0.15, 0.15]])
    truth = (0.2 - 0.1) - (0.1 - 0.15)
    for _ in range(1_500):
        sides = [
            worthwhile._gain_of(generator.multinomial(n, p).astype(float), 0, 0.95)
            for n, p in zip((60, 90), chances, strict=True)
        ]
        found = apart(*sides)
        held.append(found.low <= truth <= found.high)
    assert 0.935 <= np.mean(held) <= 0.975


# --- over clusters, and where nothing was planted


def test_over_caseworkers_limits_leave_caseworkers_out():
    people = drawn_case("plain", [], 1)
    roles = {
        "tier": {"column": "tier", "order": TIERS}, "flagged": {"tier_at_least": "high"},
        "decision": {"column": "decision", "order": TIERS}, "outcome": "outcome", "cluster": "caseworker",
    }  # fmt: skip
    declared = {
        "source": people.source.table,
        "roles": roles,
        "groups": {"sex": {"reference": "men"}},
    }
    case = wf.Case.from_dict(declared)
    for question in {**worthwhile.QUESTIONS, **reliance.QUESTIONS}.values():
        results = list(question.ask(case))
        assert len(results) >= 3
        for result in results:
            assert "leaves out one cluster at a time" in result.interval
            told = result.table[result.table["note"] != "compared with itself"]
            assert (told["low"] < told["estimate"]).all()
            assert (told["estimate"] < told["high"]).all()
            assert "p =" not in " ".join(told["note"])


@pytest.mark.parametrize("name", ["plain", "preparation", "channels"])
def test_where_nothing_was_planted_nothing_is_raised(name):
    for seed in range(3):
        case = drawn_case(name, [], seed)
        asked = {**worthwhile.QUESTIONS, **reliance.QUESTIONS}.values()
        found = review([result for question in asked for result in question.ask(case)])
        assert found
        assert [f.says for f in found if f.answer == "raised"] == []

"""Rates, gaps, ratios and bounds: counted by hand, held to laws, and run again in SQL."""

from itertools import product

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import wfaudit as wf
from wfaudit.counts import count
from wfaudit.errors import AuditError
from wfaudit.measures import RATES
from wfaudit.measures.advice import OVERRIDES
from wfaudit.measures.tally import Unknowns, extremes, tally


def k_and_n(result):
    """The counted pair of each row."""
    keys = zip(result.table["at"], result.table["group"], strict=True)
    pairs = zip(result.evidence["k"], result.evidence["n"], strict=True)
    return {(f"{at}: {g}" if at else g): pair for (at, g), pair in zip(keys, pairs, strict=True)}


# counted by hand on the sixteen people of conftest.py
BY_HAND = {
    "selection_rate": {"women": (3, 7), "men": (3, 7)},
    "no_result_rate": {"women": (1, 8), "men": (1, 8)},
    "base_rate": {"women": (5, 8), "men": (2, 7)},
    "outcome_unknown_rate": {"women": (0, 8), "men": (1, 8)},
    "false_negative_rate": {"women": (2, 4), "men": (1, 2)},
    "false_positive_rate": {"women": (1, 3), "men": (2, 5)},
    "precision": {"women": (2, 3), "men": (1, 3)},
    "negative_predictive_value": {"women": (2, 4), "men": (3, 4)},
    "accuracy": {"women": (4, 7), "men": (4, 7)},
    "override_rate": {"women": (2, 7), "men": (0, 7)},
    "override_up_rate": {"women": (1, 7), "men": (0, 7)},
    "override_down_rate": {"women": (1, 7), "men": (0, 7)},
    "tier_share": {
        "low: women": (2, 7), "medium: women": (2, 7), "high: women": (3, 7),
        "low: men": (2, 7), "medium: men": (2, 7), "high: men": (3, 7),
    },
    "tier_or_above_share": {"medium: women": (5, 7), "medium: men": (5, 7)},
}  # fmt: skip


def test_every_rate_has_a_count_by_hand():
    assert set(BY_HAND) | set(OVERRIDES) == set(RATES)  # those of overrides: test_override_rates.py


@pytest.mark.parametrize("measure", BY_HAND)
def test_a_rate_is_what_a_reader_counts_by_hand(people, measure):
    assert k_and_n(wf.rates(people, measure, by="sex")) == BY_HAND[measure]


@pytest.mark.parametrize("measure", BY_HAND)
def test_a_definition_run_in_sql_on_the_rows_counts_the_same(people, measure):
    rows = people.source.table
    order = {label: at for at, label in enumerate(people.roles["tier"].order)}
    at = [(rows["tier"] == label, i) for label, i in order.items()]
    to = [(rows["decision"] == label, i) for label, i in order.items()]
    states = rows.select(
        sex=rows["sex"], tier=ibis.cases(*at, else_=None), decision=ibis.cases(*to, else_=None),
        outcome=rows["outcome"] == 1,
    ).mutate(advice=ibis._.tier, flagged=ibis._.tier >= 2, saw=ibis.literal(True))  # fmt: skip
    rate = RATES[measure]
    asked = range(len(order))[rate.tiers] if rate.tiers else [0]
    for number in asked:
        table = states.mutate(asked=ibis.literal(number))
        among = rate.among.fill_null(False)
        hit = (among & rate.count).fill_null(False)
        found = table.group_by("sex").agg(k=hit.sum(), n=among.sum()).to_pyarrow().to_pylist()
        ours = tally(count(people, ("sex",)), rate, number)
        names = count(people, ("sex",)).names
        expected = dict(zip(names, zip(ours.k.tolist(), ours.n.tolist(), strict=True), strict=True))
        assert {r["sex"]: (int(r["k"]), int(r["n"])) for r in found} == expected


def test_a_group_with_nobody_to_count_keeps_its_row_and_has_no_number(make_case):
    case = make_case(office=["a", "a", "b"], flagged=[1, 0, 1], outcome=[1, 1, 0])
    row = wf.rates(case, "false_negative_rate", by="office").to_frame().set_index("group").loc["b"]
    assert row["n"] == 0
    assert row[["estimate", "low", "high"]].isna().all()
    assert row["note"] == "nobody to count"


def test_a_declared_level_that_nobody_has_is_a_row_with_a_note(make_case):
    case = make_case(
        {"groups": {"sex": {"levels": ["women", "men", "other"]}}},
        sex=["women", "men"],
        flagged=[1, 0],
    )
    table = wf.rates(case, "selection_rate", by="sex").to_frame()
    assert table["group"].tolist() == ["women", "men", "other"]
    assert table["note"].tolist() == ["", "", "nobody to count"]


def test_people_whose_group_is_missing_are_a_group_of_their_own(make_case):
    case = make_case(sex=["women", None, "men", ""], flagged=[1, 0, 1, 1])
    table = wf.rates(case, "selection_rate", by="sex").to_frame().set_index("group")
    assert table.loc["not recorded", "n"] == 2
    assert int(table["n"].sum()) == 4


def test_a_comparison_without_any_reference_is_refused(make_case):
    case = make_case(sex=["women", "men"], flagged=[1, 0])
    with pytest.raises(AuditError, match=r"declares no reference\. Say whom to compare with"):
        wf.gaps(case, "selection_rate", by="sex")


def test_the_rest_is_everybody_else_counted_together(make_case):
    case = make_case(sex=["a", "a", "b", "c", "c"], flagged=[1, 0, 1, 1, 0])
    result = wf.gaps(case, "selection_rate", by="sex", reference="the rest")
    assert list(result.evidence["k_reference"]) == [2, 2, 2]
    assert list(result.evidence["n_reference"]) == [3, 4, 3]


def test_the_highest_group_is_the_reference_and_is_not_compared_with_itself(make_case):
    case = make_case(sex=["a", "a", "b", "b"], flagged=[1, 0, 1, 1])
    table = wf.ratios(case, "selection_rate", by="sex", reference="the highest").to_frame()
    assert table["reference"].tolist() == ["b", "b"]
    assert table["estimate"].tolist() == [0.5, 1.0]
    assert table["note"].tolist() == ["", "compared with itself"]


def test_a_ratio_to_a_rate_of_zero_has_no_value_and_says_so(make_case):
    case = make_case(sex=["a", "a", "b", "b"], flagged=[0, 0, 1, 1])
    row = wf.ratios(case, "selection_rate", by="sex", reference="a").to_frame().iloc[1]
    assert np.isnan(row["estimate"])
    assert row["note"] == "nobody counts in the reference group, so a ratio has no value"


def test_a_crossed_group_is_compared_with_the_crossed_reference(make_case):
    case = make_case(sex=["w", "w", "m", "m"] * 3, age=["y", "o"] * 6, flagged=[1, 0, 0, 0] * 3)
    table = wf.gaps(case, "selection_rate", by=("sex", "age"), reference=("m", "o")).to_frame()
    assert set(table["reference"]) == {"m & o"}
    assert table.set_index("group").loc["w & y", "estimate"] == 1.0


def test_a_misspelt_measure_names_the_nearest(people):
    with pytest.raises(AuditError, match="Did you mean 'selection_rate'"):
        wf.rates(people, "selection_rat", by="sex")


def test_a_missing_role_says_how_to_declare_it(make_case):
    case = make_case(sex=["a"], flagged=[1])
    with pytest.raises(AuditError, match=r"needs outcome.*Add it under \[roles\]"):
        wf.rates(case, "base_rate", by="sex")


# laws


states = st.tuples(st.sampled_from("ab"), st.booleans(), st.booleans())
crowds = st.lists(states, min_size=1, max_size=40)
quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def case_of(crowd, **extra):
    group, flagged, outcome = zip(*crowd, strict=True)
    return wf.Case.from_dict({
        "source": pd.DataFrame({"g": group, "f": flagged, "o": outcome}),
        "roles": {"flagged": "f", "outcome": "o"}, "groups": {"g": {"levels": ["a", "b"]}}, **extra,
    })  # fmt: skip


@quick
@given(crowds)
def test_swapping_the_groups_flips_the_gap(crowd):
    case = case_of(crowd)
    one = wf.gaps(case, "selection_rate", by="g", reference="b").table.iloc[0]
    other = wf.gaps(case, "selection_rate", by="g", reference="a").table.iloc[1]
    np.testing.assert_allclose(one["estimate"], -other["estimate"], atol=1e-15)
    np.testing.assert_allclose(
        [one["low"], one["high"]], [-other["high"], -other["low"]], atol=1e-12
    )


@quick
@given(crowds)
def test_counting_everybody_twice_keeps_the_rate_and_narrows_the_interval(crowd):
    once = wf.rates(case_of(crowd), "selection_rate", by="g").table
    twice = wf.rates(case_of(crowd * 2), "selection_rate", by="g").table
    np.testing.assert_array_equal(once["estimate"], twice["estimate"])
    known = once["estimate"].notna()
    assert (twice["high"] - twice["low"] < once["high"] - once["low"])[known].all()


@quick
@given(crowds, st.randoms())
def test_the_order_of_rows_changes_nothing(crowd, random):
    shuffled = list(crowd)
    random.shuffle(shuffled)
    for measure in ("selection_rate", "false_negative_rate", "precision"):
        one, other = (wf.rates(case_of(c), measure, by="g").table for c in (crowd, shuffled))
        pd.testing.assert_frame_equal(one, other, check_exact=True)


@quick
@given(crowds)
def test_an_empty_group_changes_nothing_else(crowd):
    three = {"groups": {"g": {"levels": ["a", "b", "c"]}}}
    without, with_empty = case_of(crowd), case_of(crowd, **three)
    for verb in (wf.rates, lambda c, m, by: wf.gaps(c, m, by=by, reference="b")):
        one = verb(without, "selection_rate", by="g").table
        other = verb(with_empty, "selection_rate", by="g").table
        pd.testing.assert_frame_equal(one, other.iloc[:2], check_exact=True)
        assert other.iloc[2]["note"] == "nobody to count"


@quick
@given(crowds)
def test_margins_summed_from_a_crossed_count_are_those_counted_alone(crowd):
    wide, alone = case_of(crowd), case_of(crowd)
    count(wide, ("g",))
    np.testing.assert_array_equal(count(wide, ()).n, count(alone, ()).n)


# what is not known


maybe = st.sampled_from([True, False, None])
unsure = st.lists(
    st.tuples(st.sampled_from(["a", "b", None]), maybe, maybe), min_size=1, max_size=5
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(unsure, st.sampled_from(["selection_rate", "false_negative_rate", "precision", "accuracy"]))
def test_the_bounds_are_the_extremes_over_every_way_to_fill_in_the_unknown(crowd, measure):
    frame = pd.DataFrame(crowd, columns=["g", "f", "o"]).astype({"f": "boolean", "o": "boolean"})
    case = wf.Case.from_dict({
        "source": frame, "roles": {"flagged": "f", "outcome": "o"}, "groups": {"g": {"levels": ["a", "b"]}},
    })  # fmt: skip
    seen = {"a": [], "b": []}
    options = [
        product(
            *[
                [v] if v is not None else fill
                for v, fill in zip(p, (["a", "b"], [0, 1], [0, 1]), strict=True)
            ]
        )
        for p in crowd
    ]
    for filled in product(*map(list, options)):
        for group in seen:
            told = [(f, o) for g, f, o in filled if g == group]
            among, hits = by_definition(measure, told)
            if among:
                seen[group].append(hits / among)
    counts = count(case, ("g",))
    strangers = {
        i: [counts.names.index("not recorded")]
        for i, g in enumerate(counts.names[:2])
        if "not recorded" in counts.names
    }
    low, high = extremes(counts, RATES[measure], 0, Unknowns(), strangers)
    for i, group in enumerate(counts.names[:2]):
        if seen[group]:
            assert low[i] == pytest.approx(min(seen[group]), abs=1e-12)
            assert high[i] == pytest.approx(max(seen[group]), abs=1e-12)
        else:
            assert np.isnan(low[i])


def by_definition(measure, told):
    if measure == "selection_rate":
        return len(told), sum(f for f, _ in told)
    if measure == "false_negative_rate":
        return sum(o for _, o in told), sum(o and not f for f, o in told)
    if measure == "precision":
        return sum(f for f, _ in told), sum(f and o for f, o in told)
    return len(told), sum(f == o for f, o in told)


def test_bounds_have_no_estimate_and_name_their_kind(make_case):
    case = make_case(sex=["w", "w", None], flagged=[1, 0, 1])
    result = wf.bounds(case, "selection_rate", by="sex")
    assert result.interval.startswith("best and worst case")
    assert result.table["estimate"].isna().all()
    assert result.table["group"].tolist() == ["w"]


def test_nothing_unknown_gives_no_bounds(make_case):
    assert (
        len(wf.bounds(make_case(sex=["w", "m"], flagged=[1, 0]), "selection_rate", by="sex").table)
        == 0
    )


# other people's code


def test_rates_and_gaps_agree_with_fairlearn():
    fairlearn = pytest.importorskip("fairlearn.metrics")
    rng = np.random.default_rng(3)
    y_true, y_pred = rng.random(600) < 0.4, rng.random(600) < 0.3
    sex = rng.choice(["women", "men"], 600)
    case = wf.Case.from_arrays(y_true=y_true, y_pred=y_pred, sensitive_features={"sex": sex})
    theirs = {
        "selection_rate": fairlearn.selection_rate,
        "false_negative_rate": fairlearn.false_negative_rate,
        "false_positive_rate": fairlearn.false_positive_rate,
    }
    frame = fairlearn.MetricFrame(
        metrics=theirs, y_true=y_true, y_pred=y_pred, sensitive_features=sex
    )
    for measure in theirs:
        ours = wf.rates(case, measure, by="sex").table.set_index("group")["estimate"]
        assert ours.to_dict() == pytest.approx(frame.by_group[measure].to_dict(), abs=1e-15)
        gap = wf.gaps(case, measure, by="sex", reference="men").table["estimate"].abs().max()
        assert gap == pytest.approx(frame.difference()[measure], abs=1e-15)
        ratio = wf.ratios(case, measure, by="sex", reference="the highest").table["estimate"].min()
        assert ratio == pytest.approx(frame.ratio()[measure], abs=1e-15)


def test_arrays_may_come_as_fairlearn_takes_them():
    features = pd.DataFrame({"sex": ["w", "m"], "age": ["y", "o"]})
    for given_ in (["w", "m"], pd.Series(["w", "m"], name="sex"), features, {"sex": ["w", "m"]}):
        case = wf.Case.from_arrays(y_true=[1, 0], y_pred=[1, 0], sensitive_features=given_)
        name = case.groups[0].name
        assert wf.rates(case, "accuracy", by=name).table["estimate"].tolist() == [1.0, 1.0]


def test_arrays_of_different_length_are_refused_with_their_lengths():
    with pytest.raises(AuditError, match="y_pred 2, y_true 3"):
        wf.Case.from_arrays(y_true=[1, 0, 1], y_pred=[1, 0], sensitive_features=["w", "m"])


def test_a_group_whose_count_of_flagged_is_hidden_keeps_its_published_n():
    rows = wf.rates(
        wf.load("ll144/selection"), "selection_rate", by=("sex", "race")
    ).table.set_index("group")
    row = rows.loc["not recorded & not recorded"]
    assert row["n"] == 250
    assert np.isnan(row["estimate"])
    assert row["note"].startswith("unknown: the published table hides cells")


def test_the_rest_leaves_out_people_whose_group_is_not_recorded(make_case):
    case = make_case(sex=["w", "w", "m", "m", None, None], flagged=[1, 0, 1, 0, 1, 1])
    result = wf.gaps(case, "selection_rate", by="sex", reference="the rest")
    assert list(result.evidence["n_reference"]) == [2, 2, 4]
    assert result.table["estimate"].tolist() == [0.0, 0.0, 0.5]


def test_bounds_know_a_flag_of_its_own_that_is_missing_beside_a_tier(make_case):
    case = make_case(sex=["w"] * 10, tier=["low"] * 10, flagged=[1, 1, 0, 0, 0, 0] + [None] * 4)
    row = wf.bounds(case, "selection_rate", by="sex").table.iloc[0]
    assert (row["low"], row["high"]) == (0.2, 0.6)


def test_bounds_fill_a_yes_no_decision_with_yes_or_no_only(make_case):
    case = make_case(
        {"roles": {"flagged": {"tier_at_least": "high"}, "decision": "yes"}},
        sex=["w"] * 5, tier=["high"] * 5, yes=[True, True, False, None, None],
    )  # fmt: skip
    assert len(wf.bounds(case, "override_up_rate", by="sex").table) == 0
    row = wf.bounds(case, "override_down_rate", by="sex").table.iloc[0]
    assert (row["low"], row["high"]) == (0.2, 0.6)


def test_a_level_can_not_be_crossed_with_the_rest(make_case):
    case = make_case(
        {"groups": {"sex": {"reference": "m"}, "age": {"reference": "the rest"}}},
        sex=["w", "m"] * 4, age=["y", "y", "o", "o"] * 2, flagged=[1, 0] * 4,
    )  # fmt: skip
    with pytest.raises(AuditError, match=r"a level can.t be crossed with"):
        wf.gaps(case, "selection_rate", by=("sex", "age"))

"""Every possible cut-off at once: recounted person by person, and what can't be asked."""

import numpy as np
import pandas as pd
import pytest

import wfaudit as wf
from wfaudit.estimators.intervals import newcombe
from wfaudit.measures import SWEPT, equalize, movers

CUT = 0.5
ABOVE = "above all"


def drawn(n=200, seed=1):
    """Invented people with a score in steps of .02; some have no recorded outcome."""
    rng = np.random.default_rng(seed)
    score = np.round(rng.integers(5, 46, n) * 0.02, 2)
    outcome = pd.array(rng.random(n) < score, dtype="boolean")
    outcome[: n // 10] = pd.NA
    return pd.DataFrame(
        {"sex": rng.choice(["women", "men"], n), "score": score, "outcome": outcome}
    ).sample(frac=1, random_state=seed)


def scored(frame, roles=None, **declared):
    """A case that flags everyone at or above .5."""
    roles = {
        "score": {"column": "score", "resolution": 0.01}, "outcome": "outcome",
        "flagged": {"score_at_least": CUT},
    } | (roles or {})  # fmt: skip
    groups = {"sex": {"reference": "men"}}
    return wf.Case.from_dict({"source": frame, "roles": roles, "groups": groups, **declared})


def by_hand(people, measure, cut):
    """Numerator and denominator, person by person, if everyone at or above the cut is flagged."""
    flags = [(score >= cut - 1e-12, bool(came)) for score, came in people]
    k, n = {
        "selection_rate": ([f for f, _ in flags], flags),
        "false_negative_rate": ([not f for f, y in flags if y], [y for _, y in flags if y]),
        "false_positive_rate": ([f for f, y in flags if not y], [y for _, y in flags if not y]),
        "precision": ([y for f, y in flags if f], [f for f, _ in flags if f]),
        "negative_predictive_value": ([not y for f, y in flags if not f], [1 for f, _ in flags if not f]),
        "accuracy": ([f == y for f, y in flags], flags),
    }[measure]  # fmt: skip
    return sum(k), len(n)


def known(frame, group=None):
    """Score and outcome of those whose outcome is recorded."""
    mine = frame[frame["outcome"].notna() & (True if group is None else frame["sex"].eq(group))]
    return list(zip(mine["score"], mine["outcome"], strict=True))


def at(result, cut, group="women"):
    """The row of one group at one cut-off, and the evidence behind it."""
    here = result.table["group"].eq(group) & result.table["at"].eq(cut)
    (place,) = np.flatnonzero(here)
    return result.table.iloc[place], result.evidence.iloc[place]


# --- every cut-off


@pytest.mark.parametrize("measure", SWEPT)
def test_at_the_declared_cut_the_sweep_is_the_rate_of_the_same_people(measure):
    frame = drawn()
    mine = wf.sweep(scored(frame), measure, by="sex", cuts=[CUT])
    theirs = wf.rates(scored(frame[frame["outcome"].notna()]), measure, by="sex")
    columns = ["group", "n", "estimate", "low", "high", "note"]
    pd.testing.assert_frame_equal(mine.table[columns], theirs.table[columns])


@pytest.mark.parametrize("measure", SWEPT)
def test_every_cut_off_is_what_a_recount_of_two_hundred_people_gives(measure):
    frame = drawn()
    found = wf.sweep(scored(frame), measure, by="sex")
    cuts = sorted(set(frame["score"]))
    assert list(found.at_values) == [*(f"{c:g}" for c in cuts), ABOVE]
    for label, cut in zip(found.at_values, [*cuts, 2], strict=True):
        for group in ("women", "men"):
            k, n = by_hand(known(frame, group), measure, cut)
            row, proof = at(found, label, group)
            assert (proof["k"], proof["n"], row["n"]) == (k, n, n)
            if n:
                assert row["estimate"] == pytest.approx(k / n)
                assert row["low"] <= row["estimate"] <= row["high"]
            else:
                assert row["note"] == "nobody to count"
                assert row[["estimate", "low", "high"]].isna().all()


def test_without_groups_the_sweep_is_of_everyone():
    frame = drawn()
    found = wf.sweep(scored(frame), "precision", cuts=[0.3])
    k, n = by_hand(known(frame), "precision", 0.3)
    assert at(found, "0.3", "everyone")[1][["k", "n"]].tolist() == [k, n]


def test_a_cut_off_above_all_flags_nobody_and_one_below_all_flags_everyone():
    case = scored(drawn())
    nobody = wf.sweep(case, "selection_rate", cuts=[0.95]).table["estimate"]
    everyone = wf.sweep(case, "selection_rate", cuts=[0]).table["estimate"]
    assert (nobody[0], everyone[0]) == (0, 1)
    assert at(wf.sweep(case, "selection_rate"), ABOVE, "everyone")[0]["estimate"] == 0
    assert at(wf.sweep(case, "false_negative_rate"), ABOVE, "everyone")[0]["estimate"] == 1
    assert at(wf.sweep(case, "precision"), ABOVE, "everyone")[0]["note"] == "nobody to count"


@pytest.mark.parametrize("cut", [0.35, 0.29, 0.57, 0.7, 0.1 + 0.2])
def test_a_score_that_is_the_cut_off_is_at_it_whatever_floats_make_of_both(cut):
    frame = pd.DataFrame({"sex": ["women"] * 2 + ["men"] * 2, "outcome": [1, 0, 1, 0]})
    frame["score"] = [round(cut, 2), round(cut - 0.01, 2)] * 2
    found = wf.sweep(scored(frame), "selection_rate", by="sex", cuts=[cut])
    assert found.evidence["k"].tolist() == [1, 1]


def test_a_cut_off_between_two_steps_of_the_score_is_refused_as_in_the_case_file():
    with pytest.raises(
        wf.AuditError, match=r"lies between two steps of the score, which are 0\.01"
    ):
        wf.sweep(scored(drawn()), "selection_rate", cuts=[0.5, 0.505])


# --- gaps


@pytest.mark.parametrize("measure", SWEPT)
def test_a_gap_at_a_cut_off_is_the_difference_of_the_rates_with_newcombes_interval(measure):
    case = scored(drawn())
    rates, gaps = (wf.sweep(case, measure, by="sex", compare=c) for c in (False, True))
    assert gaps.kind == "gap"
    for cut in ("0.3", "0.5", "0.7"):
        (women, one), (men, two) = (at(rates, cut, g) for g in ("women", "men"))
        row, proof = at(gaps, cut)
        assert row["estimate"] == pytest.approx(women["estimate"] - men["estimate"])
        limits = newcombe(*(float(x) for x in (one["k"], one["n"], two["k"], two["n"])))
        assert (row["low"], row["high"]) == pytest.approx(limits)
        assert (row["reference"], row["n_reference"], proof["k_reference"]) == (
            "men",
            two["n"],
            two["k"],
        )
        itself, _ = at(gaps, cut, "men")
        assert (itself["estimate"], itself["note"]) == (0, "compared with itself")
        assert np.isnan(itself["low"])


def test_a_gap_at_the_declared_cut_is_that_of_the_same_people():
    frame = drawn()
    mine = wf.sweep(scored(frame), "false_negative_rate", by="sex", compare=True, cuts=[CUT])
    theirs = wf.gaps(scored(frame[frame["outcome"].notna()]), "false_negative_rate", by="sex")
    columns = ["group", "reference", "n", "n_reference", "estimate", "low", "high"]
    pd.testing.assert_frame_equal(mine.table[columns], theirs.table[columns])


def test_where_nobody_of_the_reference_can_be_counted_a_gap_has_a_reason_and_no_number():
    case = scored(drawn())
    row, _ = at(wf.sweep(case, "precision", by="sex", compare=True), ABOVE)
    assert row["note"] == "nobody to count"
    frame = drawn()
    frame.loc[frame["sex"].eq("men") & frame["score"].ge(0.7), "score"] = 0.1
    row, _ = at(wf.sweep(scored(frame), "precision", by="sex", compare=True), "0.7")
    assert row["note"] == "nobody to count in the reference group"
    assert row[["estimate", "low", "high"]].isna().all()


def test_a_sweep_draws_itself():
    figure = wf.sweep(scored(drawn()), "selection_rate", by="sex", cuts=[0.4, 0.5]).plot()
    assert "women" in figure.alt


# --- who moves


@pytest.mark.parametrize("to", [0.1, 0.3, 0.48, 0.5, 0.52, 0.7, 1.0])
def test_who_moves_is_who_stands_between_the_two_cut_offs_whichever_way(to):
    frame = drawn()
    found = movers(scored(frame), to, by="sex")
    for group in ("women", "men"):
        people = known(frame, group)
        moved = sum((s >= CUT - 1e-12) != (s >= to - 1e-12) for s, _ in people)
        (place,) = np.flatnonzero(found.table["group"] == group)
        assert found.evidence.loc[place, ["k", "n"]].tolist() == [moved, len(people)]
    way = "flagged if moved" if to < CUT else "no longer flagged if moved"
    assert set(found.table["at"]) == {f"{way} from 0.5 to {to:g}"}
    assert found.definition == f"Share of people {way} from 0.5 to {to:g}"


def test_who_moves_from_the_cut_of_a_tier_is_counted_from_that_cut():
    frame = drawn()
    frame["tier"] = np.select(
        [frame["score"] >= 0.6, frame["score"] >= 0.3], ["high", "mid"], "low"
    )
    tier = {"column": "tier", "order": ["low", "mid", "high"], "cuts": [0.3, 0.6]}
    for least, start in (("high", 0.6), ("mid", 0.3)):
        case = scored(frame, {"tier": tier, "flagged": {"tier_at_least": least}})
        found = movers(case, 0.4)
        moved = sum((s >= start - 1e-12) != (s >= 0.4 - 1e-12) for s, _ in known(frame))
        assert found.evidence["k"].tolist() == [moved]
        assert f"from {start:g} to 0.4" in found.table["at"][0]


@pytest.mark.parametrize("to", [float("nan"), float("inf"), "high"])
def test_nobody_is_moved_to_what_is_no_number(to):
    with pytest.raises(wf.AuditError, match="finite number"):
        movers(scored(drawn()), to)


# --- alike by one rate


@pytest.mark.parametrize("measure", SWEPT)
def test_made_alike_by_one_rate_each_group_is_as_near_to_everyone_as_its_scores_allow(measure):
    frame = drawn(600)
    case = scored(frame)
    k, n = by_hand(known(frame), measure, CUT)
    target = k / n
    first = {r.measure: r for r in equalize(case, measure, by="sex")}[measure].table
    for group in ("women", "men"):
        own = first[first["group"] == group]["estimate"].item()
        possible = [by_hand(known(frame, group), measure, c) for c in [*set(frame["score"]), 2]]
        nearest = min(abs(k / n - target) for k, n in possible if n)
        assert abs(own - target) == pytest.approx(nearest)
        curve = wf.sweep(case, measure, by="sex").table.query("group == @group")["estimate"]
        assert abs(own - target) <= curve.diff().abs().max()


def test_what_it_costs_is_told_by_all_other_rates_at_each_groups_own_cut_off():
    frame = drawn(600)
    found = equalize(scored(frame), "false_negative_rate", by="sex")
    assert [r.measure for r in found] == list(SWEPT)
    for result in found:
        assert result.at_name == "own cut-off"
        for place, row in result.table.iterrows():
            cut = float(row["at"].removeprefix("cut-off "))
            k, n = by_hand(known(frame, row["group"]), result.measure, cut)
            assert result.evidence.loc[place, ["k", "n"]].tolist() == [k, n]


def test_the_rate_to_be_alike_by_is_that_at_the_declared_cut_even_if_nobody_stands_on_it():
    # nobody has .5: flagged are the two at .9, of four; the nearest score below is not flagged
    frame = pd.DataFrame({
        "sex": ["women", "women", "men", "men"], "score": [0.49, 0.9, 0.49, 0.9],
        "outcome": [0, 1, 0, 1],
    })  # fmt: skip
    found = equalize(scored(frame), "selection_rate", by="sex")
    assert found[0].table["estimate"].tolist() == [0.5, 0.5]
    assert found[0].table["at"].tolist() == ["cut-off 0.9"] * 2


def test_groups_that_differ_get_different_cut_offs():
    women = pd.DataFrame({"sex": "women", "score": np.arange(20) / 20, "outcome": [0, 1] * 10})
    men = women.assign(sex="men", score=women["score"] * 0.6)
    case = scored(pd.concat([women, men]), {"score": {"column": "score", "resolution": 0.01}})
    by_group = equalize(case, "selection_rate", by="sex")[0].table.set_index("group")
    cuts = by_group["at"].str.removeprefix("cut-off ").astype(float)
    assert cuts["men"] < cuts["women"]
    assert by_group["estimate"].nunique() == 1


# --- what can't be asked


def every_way(case):
    """Every way to ask for a moved cut-off: the curve, who moves, what is alike."""
    yield lambda: wf.sweep(case, "selection_rate", by="sex")
    yield lambda: movers(case, 0.4, by="sex")
    yield lambda: equalize(case, "selection_rate", by="sex")


@pytest.mark.parametrize(
    ("roles", "says"),
    [
        ({"outcome": "outcome", "flagged": "flag"}, "Declare the role score"),
        ({"score": "score", "flagged": {"score_at_least": 0.5}}, "needs the role outcome"),
    ],
)
def test_a_cut_off_is_moved_only_where_each_person_has_what_it_takes(roles, says):
    frame = drawn().assign(flag=1)
    declared = {"source": frame, "roles": roles, "groups": {"sex": {"reference": "men"}}}
    case = wf.Case.from_dict(declared)
    asks = list(every_way(case))
    for ask in asks if "score" in roles else asks[:1]:
        with pytest.raises(wf.AuditError, match=says) as problem:
            ask()
        assert "\n" not in str(problem.value)


def test_published_counts_have_no_cut_off_to_move():
    cells = pd.DataFrame({"sex": ["women", "men"], "flag": ["yes", "yes"], "n": [3, 4]})
    roles = {"count": "n", "flagged": "flag"}
    case = wf.Case.from_dict({"source": cells, "roles": roles, "groups": {"sex": {}}})
    with pytest.raises(wf.AuditError, match="only where people have a score"):
        wf.sweep(case, "selection_rate", by="sex")


@pytest.mark.parametrize(
    ("measure", "near"), [("base_rate", ""), ("auc", ""), ("precison", "precision")]
)
def test_a_measure_without_a_cut_off_is_refused_and_those_that_have_one_are_named(measure, near):
    with pytest.raises(wf.AuditError, match="No rate that depends on a cut-off called") as problem:
        wf.sweep(scored(drawn()), measure)
    assert "selection_rate, false_negative_rate" in str(problem.value)
    assert not near or f"Did you mean '{near}'" in str(problem.value)


@pytest.mark.parametrize("cuts", [[0.5, float("nan")], [], 0.5, [float("inf")], ["high"], [None]])
def test_cut_offs_that_are_no_finite_numbers_are_refused_in_one_line(cuts):
    with pytest.raises(wf.AuditError, match="list of finite numbers") as problem:
        wf.sweep(scored(drawn()), "selection_rate", cuts=cuts)
    assert "\n" not in str(problem.value)


def test_a_comparison_needs_groups_and_a_reference_that_is_a_level():
    case = scored(drawn())
    with pytest.raises(wf.AuditError, match="needs groups"):
        wf.sweep(case, "selection_rate", compare=True)
    rest = scored(drawn(), groups={"sex": {"reference": "the rest"}})
    with pytest.raises(wf.AuditError, match="with one level"):
        wf.sweep(rest, "selection_rate", by="sex", compare=True)


def test_without_a_declared_cut_nobody_can_be_moved_from_it():
    case = scored(drawn().assign(flag=1), {"flagged": "flag"})
    for ask in list(every_way(case))[1:]:
        with pytest.raises(wf.AuditError, match="declares no cut-off of its flag"):
            ask()

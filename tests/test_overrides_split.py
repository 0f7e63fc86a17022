"""The gap between decisions, split: counted by hand, counted again, summed, planted, drawn."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_override_rates import DECLARED, MEETINGS, case_of
from test_planted import case_of as drawn_case

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.estimators.kitagawa import Strata, kitagawa, limits, redrawn
from wfaudit.findings import review
from wfaudit.measures.overrides.parts import lay
from wfaudit.measures.overrides.splits import QUESTIONS, parts, split, waterfall

TIERS = ["low", "medium", "high"]
UP, DOWN, UNSEEN = (
    "moved up from low",
    "moved down from high",
    "decided without having seen the advice",
)
DETAILS = ("people", "way", "tier", "cause")


def made(rows, **more):
    """A case of (group, tier, decision, saw), one row a person."""
    frame = pd.DataFrame(rows, columns=["group", "tier", "decision", "saw"], dtype=object)
    roles = {
        "tier": {"column": "tier", "order": TIERS}, "flagged": {"tier_at_least": "high"},
        "decision": {"column": "decision", "order": TIERS}, "opened": "saw",
    }  # fmt: skip
    levels = {"levels": ["a", "b"], "reference": "b"}
    return wf.Case.from_dict({"source": frame, "roles": roles, "groups": {"group": levels}, **more})


def told(result, group):
    table = result.table[result.table["group"] == group]
    return dict(zip(table["at"], table["estimate"], strict=True))


# --- by hand: twelve meetings


def test_the_parts_of_decisions_are_what_a_reader_counts_by_hand():
    # of six women three are rated high; the sixth is moved up unasked from low, the second and third
    # down from high, the fourth is decided on high by somebody who had not opened the advice
    found = parts(case_of(MEETINGS), by="sex")
    women = {"advice": 3, UP: 1, "moved up from medium": 0, DOWN: -2, UNSEEN: 1, "decision": 3}
    men = {"advice": 2, UP: 0, "moved up from medium": 0, DOWN: -1, UNSEEN: 0, "decision": 1}
    assert told(found, "women") == pytest.approx({k: v / 6 for k, v in women.items()})
    assert told(found, "men") == pytest.approx({k: v / 5 for k, v in men.items()})


def test_the_gap_of_decisions_is_the_gap_of_the_advice_and_what_people_added():
    found = told(split(case_of(MEETINGS), by="sex"), "women")
    by_hand = {"advice": 3 / 6 - 2 / 5, UP: 1 / 6, "moved up from medium": 0, DOWN: 1 / 5 - 2 / 6}
    assert found == pytest.approx({**by_hand, UNSEEN: 1 / 6, "decision": 3 / 6 - 1 / 5})
    people = told(split(case_of(MEETINGS), by="sex", down_to="people"), "women")
    assert people == pytest.approx({"advice": 0.1, "people": 0.2, "decision": 0.3})
    ways = told(split(case_of(MEETINGS), by="sex", down_to="way"), "women")
    assert ways["moved down"] == pytest.approx(1 / 5 - 2 / 6)


def test_a_move_is_split_into_how_many_could_be_moved_and_how_often_they_were():
    # of six women three saw "high" and two were moved down; of five men two did and one was
    found = told(split(case_of(MEETINGS), by="sex", down_to="cause"), "women")
    composition = (3 / 6 - 2 / 5) * (-2 / 3 - 1 / 2) / 2
    rate = (-2 / 3 + 1 / 2) * (3 / 6 + 2 / 5) / 2
    assert found[f"{DOWN}: composition"] == pytest.approx(composition)
    assert found[f"{DOWN}: rate"] == pytest.approx(rate)


def test_on_the_scale_of_tiers_a_step_counts_as_one_and_two_steps_as_two():
    # women: advice 2 2 2 1 1 0, decision 2 1 0 2 1 2; men: advice 2 2 1 0 0, decision 2 1 1 0 1
    found = parts(case_of(MEETINGS), by="sex", on="tier")
    women = {"advice": 8, UP: 2, "moved down from medium": 0, DOWN: -3, UNSEEN: 1, "decision": 8}
    assert {k: told(found, "women")[k] for k in women} == pytest.approx(
        {k: v / 6 for k, v in women.items()}
    )
    assert told(found, "men")[UNSEEN] == pytest.approx(1 / 5)
    assert found.unit == "number"


def test_who_has_no_part_is_told():
    notes = (
        split(case_of(MEETINGS), by="sex").table.query("group == 'women'").set_index("at")["note"]
    )
    assert notes["moved up from medium"] == "nobody was moved so"
    causes = split(case_of(MEETINGS), by="sex", down_to="cause").table.query("group == 'women'")
    alone = causes[causes["note"].str.contains("on one side")]
    assert alone["at"].tolist() == ["moved up from low: rate", "moved up from medium: rate"]
    assert alone["estimate"].tolist() == [0, 0]


def test_where_nobody_wrote_down_who_saw_the_advice_everybody_is_taken_to_have_seen_it():
    roles = {
        k: v for k, v in DECLARED["roles"].items() if k not in ("shown", "opened", "opened_at")
    }
    found = told(parts(case_of(MEETINGS, roles=roles), by="sex"), "women")
    assert UNSEEN not in found
    assert found["moved up from medium"] == pytest.approx(1 / 6)


# --- counted again, row by row


people = st.tuples(
    st.sampled_from("ab"),
    st.sampled_from([*TIERS, None]),
    st.sampled_from([*TIERS, None]),
    st.sampled_from([True, True, False, None]),
)


def recounted(rows, group):
    """The parts of one group, by looking at each person in turn."""
    n, found = 0, {}
    for g, tier, decision, saw in rows:
        if g != group or tier is None or decision is None:
            continue
        n += 1
        advised, treated = tier == "high", decision == "high"
        found["advice"] = found.get("advice", 0) + advised
        found["decision"] = found.get("decision", 0) + treated
        if advised != treated and saw is None:
            key = "not recorded whether the advice was seen"
        elif advised != treated and not saw:
            key = UNSEEN
        elif advised != treated:
            key = f"moved {'up' if treated else 'down'} from {tier}"
        else:
            continue
        found[key] = found.get(key, 0) + treated - advised
    return {key: value / n for key, value in found.items()} if n else None


@settings(max_examples=40, deadline=None)
@given(st.lists(people, max_size=30), st.sampled_from(["flag", "tier"]))
def test_parts_add_up_and_each_is_what_counting_again_gives(rows, on):
    rows += [("a", "low", "low", True), ("b", "low", "low", False)]
    case = made(rows)
    mine, theirs = recounted(rows, "a"), recounted(rows, "b")
    for down_to in DETAILS:
        gap = told(split(case, by="group", on=on, down_to=down_to), "a")
        between = sum(v for k, v in gap.items() if k != "decision")
        assert abs(between - gap["decision"]) < 1e-12
    found = told(split(case, by="group"), "a")
    again = {k: mine.get(k, 0) - theirs.get(k, 0) for k in found}
    assert found == pytest.approx(again, abs=1e-12)
    assert set(mine) | set(theirs) <= set(found)


@settings(max_examples=25, deadline=None)
@given(st.lists(people, max_size=30))
def test_swapping_the_groups_turns_every_part_round(rows):
    rows += [("a", "low", "low", True), ("b", "high", "low", True)]
    case = made(rows)
    for down_to in DETAILS:
        one = told(split(case, by="group", down_to=down_to), "a")
        other = told(split(case, by="group", down_to=down_to, reference="a"), "b")
        assert one == pytest.approx({k: -v for k, v in other.items()}, abs=1e-12)


counts = st.lists(st.integers(0, 50), min_size=4, max_size=4)


@given(counts, counts, st.lists(st.floats(-1, 1), min_size=8, max_size=8))
def test_composition_and_rate_leave_no_remainder_even_where_a_stratum_is_empty(one, other, worth):
    sides = []
    for n, each in ((one, worth[:4]), (other, worth[4:])):
        n = np.array(n, float)
        sides.append(Strata(n, n * each, np.array(n.sum() + 1)))
    composition, rate = kitagawa(*sides)
    gap = sides[0].worth / sides[0].total - sides[1].worth / sides[1].total
    assert np.abs(composition + rate - gap).max() < 1e-12
    empty = (sides[0].people == 0) | (sides[1].people == 0)
    assert (rate[empty] == 0).all()


# --- intervals


def test_the_same_seed_gives_the_same_limits_and_another_gives_others():
    dice = np.random.default_rng(1)
    rows = [("ab"[at % 2], *dice.choice(TIERS, 2), True) for at in range(600)]
    case = made(rows)  # nobody is named who decides, so counts are drawn anew
    one, again = (split(case, by="group").table["low"] for _ in range(2))
    pd.testing.assert_series_equal(one, again)
    assert not split(case, by="group", seed=1).table["low"].equals(one)


def test_every_part_lies_within_its_limits_and_no_limits_are_of_width_zero():
    table = split(case_of(MEETINGS), by="sex", down_to="cause").table
    told_ = table[table["low"].notna()]
    assert ((told_["low"] <= told_["estimate"]) & (told_["estimate"] <= told_["high"])).all()
    assert (told_["low"] < told_["high"]).all()
    assert (table["low"].notna() | (table["note"] != "")).all()


REALS = {  # of each side: how many, the share of tiers, how often each is moved across the flag
    "as many, as they are": ((300, (0.5, 0.3, 0.2), (0.02, 0.1, 0.2)), (300, (0.5, 0.3, 0.2), (0.02, 0.1, 0.2))),
    "few against many, moved often": ((80, (0.3, 0.3, 0.4), (0.05, 0.1, 0.4)), (2000, (0.5, 0.3, 0.2), (0.05, 0.1, 0.2))),
    "moves as rare as 0.58 in 100": ((400, (0.5, 0.3, 0.2), (0.0058,) * 3), (4000, (0.5, 0.3, 0.2), (0.0058,) * 3)),
}  # fmt: skip


@pytest.mark.parametrize("times", [150, pytest.param(2_000, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", REALS)
def test_limits_from_redrawn_counts_hold_the_truth_at_least_93_times_in_100(name, times):
    held, told_ = covered(REALS[name], times)
    slack = 2.5 * np.sqrt(0.95 * 0.05 / times)  # of a share of so many
    assert (held.mean(axis=0) >= 0.93 - (slack if times < 1_000 else 0.01)).all(), told_
    assert held.mean() >= 0.93


def covered(sides, times):
    """Whether the limits of each part (composition and rate too) hold the truth, a draw a row."""
    rows = [("a", t, d, True) for t in TIERS for d in ("low", "high")]
    case = made(rows + [("b", *row[1:]) for row in rows])
    both = [lay(case, ("group",), "flag", down_to) for down_to in ("tier", "cause")]
    laid = both[0]
    kept, moved = [np.flatnonzero(laid.n[0])[at] for at in ([0, 2, 5], [1, 3, 4])]
    chances = []
    for _, share, often in sides:
        p = np.zeros(laid.n.shape[1])
        p[kept], p[moved] = np.array(share) * (1 - np.array(often)), np.array(share) * often
        chances.append(p)
    truth = gaps(both, *chances)
    generator, held = np.random.default_rng(4), []
    for _ in range(times):
        seen = [
            generator.multinomial(n, p).astype(float)
            for (n, *_), p in zip(sides, chances, strict=True)
        ]
        drawn = [redrawn(n, laid.can, generator) for n in seen]
        with np.errstate(all="ignore"):
            low, high = limits(gaps(both, *drawn), gaps(both, *seen), 0.95)
        held.append((low <= truth) & (truth <= high))
    labels = [r[0] for one in both for r in one.rows]
    seen = [at for at, label in enumerate(labels) if label != UNSEEN]  # everybody saw it here
    held = np.array(held)[:, seen]
    return held, dict(zip([labels[at] for at in seen], held.mean(axis=0), strict=True))


def gaps(both, *sides):
    return np.concatenate([laid.gaps(*sides) for laid in both], axis=-1)


def by_caseworkers(seed, spread):
    """Forty caseworkers, 25 people each; each has a habit of moving people down (ICC about 0.1)."""
    dice = np.random.default_rng(seed)
    often = dice.beta(0.2 * spread, 0.8 * spread, 40)
    who = np.repeat(np.arange(40), 25)
    group = np.where(dice.random(1_000) < np.where(who % 2 == 0, 0.7, 0.3), "a", "b")
    down = dice.random(1_000) < often[who]
    frame = pd.DataFrame(
        {"group": group, "tier": "high", "decision": np.where(down, "low", "high"), "who": who}
    )
    return wf.Case.from_dict({
        "source": frame, "groups": {"group": {"reference": "b"}},
        "roles": {
            "tier": {"column": "tier", "order": TIERS}, "flagged": {"tier_at_least": "high"},
            "decision": {"column": "decision", "order": TIERS}, "cluster": "who",
        },
    })  # fmt: skip


@pytest.mark.parametrize("times", [60, pytest.param(500, marks=pytest.mark.long)])
def test_where_caseworkers_differ_limits_leave_out_a_caseworker_at_a_time(times):
    held = []
    for seed in range(times):
        found = split(by_caseworkers(seed, 9), by="group")
        row = found.table.query("group == 'a' and at == @DOWN").iloc[0]
        held.append(row["low"] <= 0 <= row["high"])
    assert "leaves out one cluster at a time (declared cluster)" in found.interval
    assert np.mean(held) >= 0.93 - (2.5 * np.sqrt(0.95 * 0.05 / times) if times < 500 else 0)


def test_fewer_than_eight_clusters_have_parts_that_add_up_and_no_limits():
    case = wf.Case.from_dict({
        "source": pd.DataFrame({
            "sex": list("wwmmwwmm"), "tier": ["high", "low"] * 4, "office": list("aabbaabb"),
            "decision": ["low", "low", "high", "high"] * 2,
        }),
        "roles": {
            "tier": {"column": "tier", "order": TIERS}, "flagged": {"tier_at_least": "high"},
            "decision": {"column": "decision", "order": TIERS}, "cluster": "office",
        },
        "groups": {"sex": {"reference": "m"}},
    })  # fmt: skip
    mine = split(case, by="sex").table.query("group == 'w'")
    assert mine["estimate"].iloc[:-1].sum() == pytest.approx(mine["estimate"].iloc[-1], abs=1e-12)
    assert mine["low"].isna().all()
    assert (mine["note"] != "").all()


# --- what was planted is found in the right part


def judged(on, seed):
    case = drawn_case("asta", on, seed)
    declared = (*case.choices.tolerances, ("decision_rate_part", wf.choices.Tolerance("gap", 0.02)))
    object.__setattr__(case.choices, "tolerances", declared)
    findings = review([split(case, by=by) for by in ("origin", "sex", "age")])
    return {(f.group, f.at) for f in findings if f.answer == "raised"}, findings


def test_people_moved_down_from_high_by_origin_are_found_in_that_part():
    raised = [judged(["overrides by origin"], seed)[0] for seed in range(8)]
    assert sum(("non-western", DOWN) in found for found in raised) >= 7
    assert all(found <= {("non-western", DOWN), ("non-western", "decision")} for found in raised)


def test_nothing_is_found_in_any_part_where_nothing_was_planted():
    for seed in range(3):
        raised, findings = judged([], seed)
        assert len(findings) > 20
        assert raised == set()


def test_a_part_is_told_in_a_sentence():
    _, findings = judged(["overrides by origin"], 0)
    (finding,) = [f for f in findings if (f.group, f.at) == ("non-western", DOWN)]
    assert finding.says.startswith(
        "What “moved down from high” adds to the gap in being treated as rated high risk, people of "
        "non-western origin against people of Danish origin, in 100 people: "
    )


def test_parts_are_not_judged_unless_a_tolerance_is_declared_for_them():
    case = drawn_case("asta", ["overrides by origin"], 0)
    assert case.choices.default
    assert not review([split(case, by="origin")])


# --- what is asked, and what is refused


def test_every_question_is_answered_by_results_of_its_own_measure():
    case = case_of(MEETINGS)
    for measure, question in QUESTIONS.items():
        assert question.lacks(case) == ""
        results = list(question.ask(case))
        assert {result.measure for result in results} == {measure}
        assert "gap" in {result.kind for result in results}


def test_what_a_case_lacks_is_said():
    roles = {k: v for k, v in DECLARED["roles"].items() if k != "decision"}
    case = case_of(MEETINGS, roles=roles, rules={})
    assert QUESTIONS["decision_rate_part"].lacks(case) == "the case declares no decision"
    with pytest.raises(AuditError, match="decision_rate_part needs decision"):
        split(case, by="sex")
    two = made([("a", "low", "low", True), ("b", "high", "high", True)])
    assert "two kinds of decision" in QUESTIONS["mean_decision_part"].lacks(wf.load("loanapp"))
    with pytest.raises(AuditError, match=r"No detail called 'tiers'\. Did you mean 'tier'"):
        split(two, by="group", down_to="tiers")
    with pytest.raises(AuditError, match="No scale called 'flags'"):
        parts(two, on="flags")
    with pytest.raises(AuditError, match="No group of group is called 'c'"):
        split(two, by="group", reference="c")


def test_rows_that_weigh_more_than_one_are_refused():
    roles = {**DECLARED["roles"], "weight": "talks"}
    roles.pop("contacts")
    text = MEETINGS.replace("  -\n", "  1\n").replace("  0\n", "  1\n")
    case = case_of(text, roles=roles)
    with pytest.raises(AuditError, match="not offered for weighted samples"):
        split(case, by="sex")


def test_a_group_without_anybody_keeps_its_rows_and_has_no_number():
    case = made([("a", None, "low", True), ("b", "high", "low", True)])
    table = split(case, by="group").table.query("group == 'a'")
    assert set(table["note"]) == {"nobody to count"}
    assert table["estimate"].isna().all()
    turned = split(case, by="group", reference="a").table.query("group == 'b'")
    assert set(turned["note"]) == {"nobody to count in the reference group"}
    empty = split(made([("a", None, None, True), ("b", None, None, None)]), by="group")
    assert empty.table["estimate"].isna().sum() == len(empty.table) / 2


def test_within_and_outside_the_guideline_are_the_two_tiers_of_a_yes_or_no_advice():
    found = split(wf.load("loanapp"), by="race")
    black = told(found, "Black")
    assert list(black) == [
        "advice", "moved up from not within the credit guideline", "moved down from within the credit guideline",
        "decision",
    ]  # fmt: skip
    # 144 of 197 Black applicants were within the guideline, 17 of them rejected; 6 of 53 outside approved
    row = parts(wf.load("loanapp"), by="race").evidence
    assert row["k"].tolist()[0] == 144
    assert black["decision"] == pytest.approx(
        sum(v for k, v in black.items() if k != "decision"), abs=1e-12
    )


# --- the picture


def figure(group="women", **asked):
    return waterfall(split(case_of(MEETINGS), by="sex", **asked), group)


def boxes(figure):
    return [(box.get_x(), box.get_width(), box.get_hatch()) for box in figure.axes[0].patches]


def test_bars_go_from_the_gap_of_the_advice_to_that_of_the_decisions():
    drawn = boxes(figure())
    reached = [0.1, 0.1 + 1 / 6, 0.1 + 1 / 6, 0.1 + 1 / 6 - 2 / 15, 0.3]
    left = [0, 0.1, reached[1], reached[3], reached[3], 0]
    width = [0.1, 1 / 6, 0, 2 / 15, 1 / 6, 0.3]
    assert [x for x, _, _ in drawn] == pytest.approx(left)
    assert [w for _, w, _ in drawn] == pytest.approx(width)


def test_what_adds_and_what_takes_away_differ_by_hatch_by_arrow_and_by_sign():
    ax = figure().axes[0]
    hatches = [hatch for _, _, hatch in boxes(figure())]
    assert hatches[1] != hatches[3]
    assert hatches[0] == hatches[-1] == ""
    arrows = [line.get_marker() for line in ax.lines if line.get_marker() in "<>"]
    assert arrows == [">", "<", ">"]
    words = " ".join(text.get_text() for text in ax.texts)
    assert "moved up from low:  +16.7 (" in words
    assert "moved down from high:  −13.3 (" in words


def test_every_bar_tells_its_number_its_interval_and_the_picture_how_many_people():
    table = split(case_of(MEETINGS), by="sex").table.query("group == 'women'")
    words = [text.get_text() for text in figure().axes[0].texts]
    assert len(words) == len(table)
    for label, word in zip(table["at"], words, strict=True):
        assert word.startswith(label)
        assert " to " in word or "no interval" in word
    assert "n = 6 and 5" in figure().axes[0].get_title(loc="left")


def test_the_text_alternative_tells_all_that_is_drawn():
    alt = figure().alt
    assert alt.startswith(
        "Waterfall chart, in percentage points. women against men (n = 6 and 5). advice +10.0"
    )
    assert "decision +30.0" in alt
    assert figure().svg() == figure().svg()
    assert "in tiers" in figure(on="tier").alt


def test_a_picture_is_drawn_of_one_group_of_a_split():
    found = split(case_of(MEETINGS), by="sex")
    with pytest.raises(AuditError, match="No group in this split called 'woman'"):
        waterfall(found, "woman")
    with pytest.raises(AuditError, match="No group in this split"):
        waterfall(parts(case_of(MEETINGS), by="sex"), "women")
    nobody = split(made([("a", None, "low", True), ("b", "high", "low", True)]), by="group")
    assert "nobody to count" in waterfall(nobody, "a").alt

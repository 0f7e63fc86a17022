"""What happens at a cut: by hand, on smooth and heaped scores, against R, planted and not."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_planted import case_of as drawn_case

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.estimators import density, discontinuity
from wfaudit.estimators.around import frame, roughness, table, usual
from wfaudit.findings import review
from wfaudit.measures.overrides import cut_off
from wfaudit.measures.overrides.cut_off import QUESTIONS
from wfaudit.synthetic import Dice
from wfaudit.synthetic.plain import plain

R = json.loads((Path(__file__).parent / "oracles" / "jump.json").read_text(encoding="utf-8"))[
    "values"
]
laws = settings(max_examples=40, deadline=None)


def row(result, **wanted):
    (found,) = [
        r for r in result.table.to_dict("records") if all(r[k] == v for k, v in wanted.items())
    ]
    return found


def scored(score, cut, **more):
    """A case of whole-number scores with one cut, one row a person."""
    people = pd.DataFrame({"score": score, **more.pop("columns", {})})
    roles = {
        "score": {"column": "score", "resolution": 1}, "flagged": {"score_at_least": cut},
        **more.pop("roles", {}),
    }  # fmt: skip
    return wf.Case.from_dict({"source": people, "roles": roles, **more})


def excess(places, cut, **how):
    """The excess just above a cut from scores of people, with their heaps."""
    grid, n = np.unique(places, return_counts=True)
    made = frame(grid, n, cut, **how)
    kind = made.kind(grid)
    return density.excess(made, table(made, grid, n), n[kind == 1].sum(), n[kind > 1].sum())


# --- by hand


def test_a_straight_slope_leads_to_expect_what_lies_on_it():
    # 20, 30, … 90 people with the scores 1 to 8: on the line 50 and 60 next to the cut at 5, seen 30 and 80
    n = np.arange(20, 100, 10)
    made = frame(np.arange(1, 9), n, 5, width=1)
    assert (made.half, made.bins.tolist()) == (1, list(range(-4, 4)))
    seen = n + np.where(np.arange(1, 9) == 4, -20, np.where(np.arange(1, 9) == 5, 20, 0))
    found = density.sides(made, table(made, np.arange(1, 9), seen))
    assert found == pytest.approx([80, 110, 60, 50])
    assert density.excess(made, seen).estimate == pytest.approx(80 / 110 - 60 / 110)


def test_of_eighteen_people_four_of_five_just_above_were_edited_and_one_of_four_just_below():
    score = [1, 2, 2, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 6, 7, 8, 9]
    edits = [0, 0, 1, 0, 0, 1, 0, 0, 0, 2, 1, 1, 3, 0, 0, 1, 0, 0]
    case = scored(score, 5, columns={"edits": edits}, roles={"edits": "edits"})
    found = cut_off.edited(case, compare=True, within=1)
    assert found.evidence[["k", "n", "k_reference", "n_reference"]].values.tolist() == [
        [4, 5, 1, 4]
    ]
    assert row(found)["estimate"] == pytest.approx(4 / 5 - 1 / 4)
    assert "next to the cut: up to 1 at 5" in found.definition


def test_exactly_at_the_cut_lie_four_of_five_and_at_scores_as_round_one_of_three_each():
    # scores are round at multiples of ten; the cut is 30; nobody else's score counts for the heaps
    rest = [10, 11, 12, 20, 21, 22, 40, 41, 42, 0, 60]
    case = scored([30, 30, 30, 30, 31, *rest], 30)
    found = cut_off.heaping(case, compare=True)
    assert found.evidence[["k", "n", "k_reference", "n_reference"]].values.tolist() == [
        [4, 5, 3, 9]
    ]


def test_people_get_two_more_contacts_just_above_the_cut_where_lines_run_level():
    score = np.repeat(np.arange(1, 81), 3)
    talks = np.where(score >= 41, 3, 1) + np.tile([-1, 0, 1], 80)
    case = scored(score, 41, columns={"talks": talks}, roles={"contacts": "talks"})
    found = row(cut_off.service(case, "contacts", within=30))
    assert found["estimate"] == pytest.approx(2)
    assert found["low"] < 2 < found["high"]
    assert review([cut_off.service(case, "contacts", within=30, compare=True)]) == ()


def test_both_sides_are_told_beside_the_jump():
    score = np.repeat(np.arange(1, 81), 3)
    talks = np.where(score >= 41, 3, 1) + np.tile([-1, 0, 1], 80)
    case = scored(score, 41, columns={"talks": talks}, roles={"contacts": "talks"})
    sides = next(iter(QUESTIONS["contacts_at_the_cut"].ask(case)))
    assert row(sides, group="people just above the cut")["estimate"] == pytest.approx(3)
    assert row(sides, group="people just below the cut")["estimate"] == pytest.approx(1)


# --- against R


@pytest.mark.parametrize("name", sorted({n.split(".")[0] for n in R}))
def test_the_jump_and_its_limits_are_those_of_lm_with_hc3_in_r(name):
    x, y, width = (R[f"{name}.{part}"] for part in ("x", "y", "width"))
    places, at = np.unique(x, return_inverse=True)
    n, total, squares = (np.bincount(at, np.power(y, p)) for p in (0, 1, 2))
    found = discontinuity.jump(places, n, total, squares, width)
    assert float(found.estimate) == pytest.approx(R[f"{name}.jump"], rel=1e-9)
    assert float(found.se) == pytest.approx(R[f"{name}.se"], rel=1e-9)
    assert [float(found.low), float(found.high)] == pytest.approx(R[f"{name}.limits"], rel=1e-9)
    sums = discontinuity.sums(places, n, total, width)
    assert discontinuity.jump_of(sums) == pytest.approx(R[f"{name}.jump"], rel=1e-9)


# --- laws


grids = st.lists(st.integers(5, 30), min_size=41, max_size=41)


@laws
@given(grids, st.floats(-3, 3), st.floats(-2, 2))
def test_a_straight_line_added_to_all_amounts_changes_no_jump(n, start, slope):
    x, people = np.arange(-20, 21), np.array(n, dtype=float)
    total, squares = people * (x % 3), people * (x % 3) ** 2 + people
    line = start + slope * x
    moved = squares + 2 * line * total + people * line**2
    one = discontinuity.jump(x, people, total, squares, 15)
    other = discontinuity.jump(x, people, total + people * line, moved, 15)
    assert float(other.estimate) == pytest.approx(float(one.estimate), abs=1e-6)
    assert float(other.se) == pytest.approx(float(one.se), rel=1e-5)


@laws
@given(grids)
def test_scores_turned_round_turn_the_excess_round(n):
    one = frame(np.arange(-20, 20), n[:40], 0, width=4)
    assume(
        (one.used == one.used[::-1]).all()
    )  # round values are left out, and turned round they are others
    found, turned = (density.excess(one, np.array(x, float)[4:36]) for x in (n[:40], n[39::-1]))
    assert len(one.bins) == 32
    assert float(turned.estimate) == pytest.approx(-float(found.estimate), abs=1e-9)


@laws
@given(st.integers(0, 200), st.integers(0, 200))
def test_what_is_expected_never_hangs_on_who_is_next_to_the_cut(above, below):
    places = np.arange(1000)
    n = np.full(1000, 20)
    made = frame(places, n, 650, width=30)
    n[650:680], n[620:650] = above, below
    again = frame(places, n, 650, width=30)
    assert (again.size, again.half, again.heaps) == (made.size, made.half, made.heaps)
    assert roughness(again, table(again, places, n)) == roughness(
        made, table(made, places, np.full(1000, 20))
    )


def test_what_is_next_to_a_cut_grows_narrow_as_people_grow_many():
    places = np.arange(1000)
    wide = [usual(places, np.full(1000, float(n)), 650) for n in (1, 5, 160)]
    assert wide[0] == wide[1]
    assert wide[2] == pytest.approx(wide[1] / 2)


# --- size: smooth scores, however steep, are not raised


def shapes(generator, n):
    """Scores of invented people, and a cut."""
    bell = generator.standard_normal(n)
    two = np.where(generator.random(n) < 0.6, 300 + 60 * bell, 700 + 60 * bell)
    return {
        "falling steeply": (generator.exponential(150, n), 300),
        "rising steeply": (1000 - generator.exponential(150, n), 700),
        "in the tail": (500 + 100 * bell, 650),
        "on one of two hills": (two, 380),
        "a few whole numbers": (10 + 3 * bell + 0.5, 13),
    }


@pytest.mark.parametrize("n", [1_500, 6_000])
@pytest.mark.parametrize("name", ["falling steeply", "rising steeply", "in the tail", "on one of two hills",
                                  "a few whole numbers"])  # fmt: skip
def test_smooth_scores_show_no_jump_in_95_of_100(name, n):
    generator, jumps = np.random.default_rng(n), []
    for _ in range(300):
        score, cut = shapes(generator, n)[name]
        found = excess(np.floor(score).astype(np.int64), cut)
        jumps.append(bool((found.low > 0) | (found.high < 0)))
    assert np.mean(jumps) <= 0.08  # 300 draws of 5 %: beyond in 1 of 100


@pytest.mark.parametrize("n", [1_500, 6_000, 60_000])
def test_scores_heaped_on_round_values_are_not_taken_for_people_moved_to_the_cut(n):
    generator, jumps = np.random.default_rng(n), []
    for _ in range(100):
        score = 500 + 100 * generator.standard_normal(n)
        heaped = np.where(generator.random(n) < 0.1, 50 * np.round(score / 50), score)
        found = excess(np.floor(heaped).astype(np.int64), 600)
        jumps.append(bool((found.low > 0) | (found.high < 0)))
    assert np.mean(jumps) <= 0.11


@pytest.mark.parametrize("draws", [200, pytest.param(2_000, marks=pytest.mark.long)])
def test_the_null_population_shows_a_jump_in_5_of_100(draws):
    jumps = []
    for seed in range(draws):
        score = plain(Dice(seed=seed, chunk=0, n=6_000))["score"].to_numpy()
        found = excess(np.floor(score * 1000 + 1e-3).astype(np.int64), 650, cuts=[350])
        jumps.append(bool((found.low > 0) | (found.high < 0)))
    assert np.mean(jumps) <= (0.085 if draws == 200 else 0.06)


@pytest.mark.parametrize("heaped", [False, True])
def test_people_moved_to_the_cut_are_seen_even_where_scores_are_heaped(heaped):
    generator, seen = np.random.default_rng(7), []
    for _ in range(50):
        score = 500 + 100 * generator.standard_normal(6_000)
        if heaped:
            round_to = 50 * np.round(score / 50)
            score = np.where(generator.random(6_000) < 0.1, round_to, score)
        score = np.floor(score).astype(np.int64)
        near = (score >= 570) & (score < 600) & (generator.random(6_000) < 0.5)
        seen.append(bool(excess(np.where(near, 600, score), 600).low > 0))
    assert np.mean(seen) >= 0.8


@pytest.mark.parametrize("kind", ["curved", "share", "skewed"])
def test_what_people_get_shows_no_jump_where_it_runs_smoothly(kind):
    generator, jumps = np.random.default_rng(11), []
    for _ in range(300):
        score = np.floor(1000 * generator.beta(2, 2, 3_000)).astype(np.int64)
        level = score / 1000
        y = {
            "curved": generator.poisson(np.exp(0.2 + 2.5 * level**2)),
            "share": generator.random(3_000) < 1 / (1 + np.exp(8 * (0.6 - level))),
            "skewed": np.exp(generator.normal(1 + 2 * level, 0.8)),
        }[kind].astype(float)
        x = score - 650
        places, at = np.unique(x, return_inverse=True)
        sums = (np.bincount(at, y**p) for p in (0, 1, 2))
        found = discontinuity.jump(places, *sums, 100)
        jumps.append(bool((found.low > 0) | (found.high < 0)))
    assert np.mean(jumps) <= 0.08


# --- what can't be told


@pytest.mark.parametrize(
    ("places", "n", "why"),
    [
        ([], [], "nobody to count"),
        ([1, 2, 3], [9, 9, 9], "too few different scores on one side of the cut"),
        (np.arange(100), np.where(np.arange(100) == 60, 5, 0) + (np.arange(100) > 70), "too few"),
    ],
)
def test_a_cut_with_too_little_around_it_is_told_with_a_reason(places, n, why):
    made = frame(places, n, 60)
    found = density.excess(made, table(made, places, n))
    assert why in str(found.note)
    assert np.isnan(found.low)


def test_where_all_people_get_the_same_on_one_side_the_other_tells_how_sure_that_is():
    x = np.arange(-30, 30)
    n = np.full(60, 4.0)
    k = np.where(x >= 0, 2.0, 0.0)
    found = discontinuity.jump(x, n, k, k, 30)
    alone = discontinuity.start(x[x >= 0], n[x >= 0], k[x >= 0], k[x >= 0], 30)
    assert float(found.se) > float(alone.se)
    assert "nothing varies" in str(discontinuity.jump(x, n, n, n, 30).note)


@pytest.mark.parametrize(
    ("measure", "why"),
    [
        ("density_at_the_cut", "declares no cut of the score"),
        ("edited_at_the_cut", "declares no cut of the score"),
        ("contacts_at_the_cut", "declares no contacts"),
    ],
)
def test_what_a_case_lacks_is_told(measure, why):
    people = pd.DataFrame({"score": [1, 2, 3], "high": [0, 1, 1]})
    case = wf.Case.from_dict({"source": people, "roles": {"score": "score", "flagged": "high"}})
    assert why in QUESTIONS[measure].lacks(case)


def test_a_width_must_be_above_nothing():
    with pytest.raises(AuditError, match="within is a distance in scores above 0; -1 was given"):
        cut_off.density(scored([1, 2, 3], 2), within=-1)
    with pytest.raises(AuditError, match="Did you mean 'contacts'"):
        cut_off.service(scored([1, 2, 3], 2), "contact")


# --- over clusters, by group, planted


def test_over_caseworkers_the_number_stays_and_limits_leave_caseworkers_out():
    people = drawn_case("plain", ["bunching"], 1).source.table
    declared = {
        "source": people, "groups": {"sex": {"reference": "men"}},
        "roles": {
            "score": {"column": "score", "resolution": 0.001},
            "tier": {"column": "tier", "order": ["low", "medium", "high"], "cuts": [0.35, 0.65]},
            "flagged": {"tier_at_least": "high"},
            "decision": {"column": "decision", "order": ["low", "medium", "high"]},
        },
    }  # fmt: skip
    alone = wf.Case.from_dict(declared)
    roles = {**declared["roles"], "cluster": "caseworker"}
    clustered = wf.Case.from_dict({**declared, "roles": roles})
    for ask in (cut_off.density, cut_off.heaping, cut_off.service):
        one, other = (ask(case, by="sex", compare=True) for case in (alone, clustered))
        assert other.table["estimate"].tolist() == pytest.approx(one.table["estimate"].tolist())
        assert "leaves out one cluster at a time" in other.interval
        told = other.table[other.table["group"] == "women"]
        assert (told["low"] < told["estimate"]).all()
        assert (told["estimate"] < told["high"]).all()


def test_scores_far_from_each_other_are_counted_in_steps_they_share():
    generator = np.random.default_rng(3)
    score = np.round(generator.normal(50, 10, 4_000)) / 100
    roles = {
        "score": {"column": "score", "resolution": 0.0001},
        "flagged": {"score_at_least": 0.55},
    }
    case = wf.Case.from_dict({"source": pd.DataFrame({"score": score}), "roles": roles})
    found = cut_off.density(case)
    assert row(found)["note"] == ""
    assert "up to 0.01 at 0.55" in found.definition


def test_bunching_is_raised_in_four_of_five_populations_and_nothing_else():
    raised = []
    for seed in range(8):
        case = drawn_case("plain", ["bunching"], seed)
        results = [r for q in QUESTIONS.values() if not q.lacks(case) for r in q.ask(case)]
        raised.append({(f.measure, f.by, f.at) for f in review(results) if f.answer == "raised"})
    wanted = ("density_at_the_cut", "everyone", "0.65")
    assert sum(wanted in each for each in raised) >= 7
    assert set().union(*raised) == {wanted, ("heaping_at_the_cut", "everyone", "0.65")}


@pytest.mark.parametrize("name", ["plain", "channels", "routing"])
def test_where_nothing_was_planted_nothing_is_raised(name):
    for seed in range(3):
        case = drawn_case(name, [], seed)
        results = [r for q in QUESTIONS.values() if not q.lacks(case) for r in q.ask(case)]
        found = review(results)
        assert found
        assert [f.says for f in found if f.answer == "raised"] == []


def test_a_finding_tells_what_lies_above_and_what_was_to_be_expected():
    case = drawn_case("plain", ["bunching"], 0)
    (told,) = [
        f for f in review(list(QUESTIONS["density_at_the_cut"].ask(case))) if f.answer == "raised"
    ]
    assert told.says.startswith(
        "Of 100 people next to the cut (0.65), 74.9 lie just above it; what scores further away lead to "
        "expect: 50.1: 24.8 more"
    )

"""One input set to another value: counted by hand, held to laws, to what is published of AMAS, and over clusters."""

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.estimators.intervals import wilson
from wfaudit.measures.drivers import attribute_flipped, flip_matrix, flips
from wfaudit.measures.drivers.anew import UNUSED
from wfaudit.measures.drivers.flipped import QUESTIONS, usual_value
from wfaudit.models import Model, points
from wfaudit.systems import load
from wfaudit.systems.amas import COEFFICIENTS, every_profile

laws = settings(max_examples=20, deadline=None)
# points: no work 2, each child 1, care 2; low below 2, high from 4
PEOPLE = """
sex   work children care office
women no   0        no   a
women no   2        no   a
women no   1        yes  b
women yes  1        no   b
women yes  3        yes  a
women yes  0        no   b
men   no   0        no   a
men   no   1        no   b
men   yes  0        no   a
men   yes  2        no   b
"""
WEIGHTS = {"work": {"no": 2, "yes": 0}, "children": 1.0, "care": {"no": 0, "yes": 2}, "shoe": 0.0}
ROLES = {
    "score": {"column": "score", "resolution": 1},
    "tier": {"column": "tier", "order": ["low", "middle", "high"], "cuts": [2, 4]},
}


def model(**more):
    found = points(WEIGHTS)
    kept = {name: getattr(found, name) for name in Model.__dataclass_fields__}
    return Model(**(kept | more))


def case_of(people=PEOPLE, **more):
    frame = pd.read_csv(io.StringIO(people), sep=r"\s+") if isinstance(people, str) else people
    frame = frame.assign(shoe=np.arange(len(frame)) % 5 * 1.0)
    score = points(WEIGHTS).score(frame)
    frame = frame.assign(
        score=score,
        tier=np.array(["low", "middle", "high"])[np.searchsorted([2, 4], score, side="right")],
    )
    declared = {
        "roles": ROLES,
        "groups": {"sex": {"reference": "men"}},
        "inputs": {name: {} for name in WEIGHTS},
    }
    return wf.Case.from_dict({**declared, "source": frame, **more})


def counted(result):
    keys = zip(result.table["at"], result.table["group"], strict=True)
    pairs = zip(result.evidence["k"], result.evidence["n"], strict=True)
    return {f"{at}: {group}": pair for (at, group), pair in zip(keys, pairs, strict=True)}


def test_who_changes_tier_when_everybody_has_work_is_what_a_reader_counts_by_hand():
    """Women without work have 2, 4 and 5 points, and 0, 2 and 3 with work; men 2 and 3, and then 0 and 1."""
    case, values = case_of(), {"work": "yes"}
    found = {
        t: counted(flips(case, model(), values, tells=t, by="sex"))
        for t in ("changes", "up", "down")
    }
    assert found["changes"] == {"work: men": (2, 4), "work: women": (3, 6)}
    assert found["up"] == {"work: men": (0, 4), "work: women": (0, 6)}
    assert found["down"] == found["changes"]


def test_a_share_of_changed_tiers_has_wilsons_limits_and_a_gap_can_be_asked():
    case = case_of()
    row = flips(case, model(), {"work": "yes"}, by="sex").to_frame().set_index("group").loc["women"]
    low, high = wilson(np.array([3.0]), np.array([6.0]))
    assert (row["low"], row["high"]) == pytest.approx((low[0], high[0]))
    gap = flips(case, model(), {"work": "yes"}, by="sex", compare=True).to_frame()
    assert gap.set_index("group").loc["women", "estimate"] == pytest.approx(3 / 6 - 2 / 4)


def test_without_a_value_texts_are_set_to_the_most_frequent_and_numbers_to_the_median():
    found = flips(case_of(), model()).to_frame().set_index("at")
    assert found.loc["work", "note"] == "set to no"
    assert found.loc["children", "note"] == "set to 1"
    assert found.loc["care", "note"] == "set to no"
    assert usual_value(pd.Series([3.0, 1.0])) == 1.0
    assert usual_value(pd.Series([None, None], dtype=float)) is None


def test_an_input_that_counts_for_nothing_changes_no_tier_and_that_is_said_to_be_exact():
    row = flips(case_of(), model(), {"shoe": 40}).to_frame().iloc[0]
    assert row["estimate"] == 0
    assert row["note"] == f"set to 40; {UNUSED}"


def test_people_whose_profile_cannot_exist_are_left_out_and_counted_in_the_note():
    """Nobody has care duty without children: two women and two men have none. Of the others one woman (1 to 3
    points) and both men (3 to 5, 2 to 4) rise."""
    able = model(possible=lambda p: ~((p["care"] == "yes") & (p["children"] == 0)).to_numpy())
    found = flips(case_of(), able, {"care": "yes"}, tells="up", by="sex")
    assert counted(found) == {"care: men": (2, 2), "care: women": (1, 4)}
    assert (
        found.table["note"].tolist()
        == ["set to yes; 2 left out, for their profile can't exist"] * 2
    )


def test_whom_the_model_gives_no_result_then_goes_neither_up_nor_down():
    stops = Model(
        name="gaps", inputs=("work",), gaps=True, unit="points",
        scored=lambda p: np.where(p["work"] == "yes", np.nan, 4.0),
    )  # fmt: skip
    case = case_of()
    found = {
        t: int(flips(case, stops, {"work": "yes"}, tells=t).evidence["k"][0])
        for t in ("changes", "up", "down")
    }
    assert found == {"changes": 5, "up": 0, "down": 0}


def test_the_matrix_from_tier_to_tier_holds_everybody_once_and_its_moves_are_the_changes():
    case = case_of()
    found = flip_matrix(case, model(), "work", "yes", by="sex")
    cells = counted(found)
    assert cells["middle & low: women"] == (1, 6)
    assert cells["high & middle: women"] == (2, 6)
    assert cells["middle & low: men"] == (2, 4)
    assert found.evidence["k"].sum() == 10
    stays = found.table["at"].map(lambda at: len(set(at.split(" & "))) == 1)
    assert found.evidence["k"][~stays].sum() == 5


def test_of_27000_men_693_leave_group_a_as_women_and_1304_as_women_with_care_duty():
    """Counted over all profiles of the published function; nobody enters group A."""
    declared = {"groups": {"age": {}}, "inputs": {name: {} for name in COEFFICIENTS}}
    case, amas = wf.Case.from_dict({"source": every_profile(), **declared}), load("amas")
    man = {"gender": "male", "care": "no"}
    for other, leave in (({"gender": "female"}, 693), ({"gender": "female", "care": "yes"}, 1304)):
        up = attribute_flipped(case, amas, man, other, tells="up")
        assert counted(up).popitem()[1] == (leave, 27_000)
        assert attribute_flipped(case, amas, man, other, tells="down").evidence["k"][0] == 0
    cared = attribute_flipped(case, amas, {"care": "yes"}, {"gender": "male"})
    assert cared.table["n"][0] == 0
    assert cared.table["note"][0] == "nobody to count"


def test_the_mean_change_of_the_score_of_an_additive_model_is_the_difference_of_its_weights():
    case = case_of()
    row = (
        attribute_flipped(case, model(), {"care": "no"}, {"care": "yes"}, tells="score")
        .to_frame()
        .iloc[0]
    )
    assert (row["n"], row["estimate"]) == (8, 2.0)


def test_over_clusters_the_limits_come_from_leaving_out_one_office_at_a_time():
    rng = np.random.default_rng(3)
    frame = pd.read_csv(io.StringIO(PEOPLE), sep=r"\s+")
    frame = frame.iloc[rng.integers(0, 10, 600)].assign(
        office=[f"o{i}" for i in rng.integers(0, 30, 600)]
    )
    case = case_of(frame, roles={**ROLES, "cluster": "office"})
    row = flips(case, model(), {"work": "yes"}).to_frame().iloc[0]
    flat = flips(case_of(frame), model(), {"work": "yes"}).to_frame().iloc[0]
    assert row["estimate"] == flat["estimate"]
    assert row["low"] < row["estimate"] < row["high"]
    assert row["low"] != flat["low"]


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=30),
    st.sampled_from(["work", "care", "children"]),
)
@laws
def test_ups_and_downs_add_up_to_changes_in_any_order_of_rows(rows, name):
    frame = pd.read_csv(io.StringIO(PEOPLE), sep=r"\s+").iloc[rows].reset_index(drop=True)
    apart = {"groups": {"sex": {}}}
    one, turned = case_of(frame, **apart), case_of(frame[::-1].reset_index(drop=True), **apart)
    to = {name: {"work": "no", "care": "yes", "children": 3}[name]}
    k = {
        t: int(flips(one, model(), to, tells=t).evidence["k"][0]) for t in ("changes", "up", "down")
    }
    assert k["up"] + k["down"] == k["changes"]
    assert int(flips(turned, model(), to).evidence["k"][0]) == k["changes"]


@pytest.mark.parametrize(
    ("values", "tells", "message"),
    [
        ({"wrk": "yes"}, "changes", "No input of the model called 'wrk'. Did you mean 'work'?"),
        ({"children": "many"}, "changes", "The input 'children' holds numbers"),
        ({"work": "yes"}, "sideways", "No move called 'sideways'"),
    ],
)
def test_what_can_not_be_set_stops_with_what_there_is(values, tells, message):
    with pytest.raises(AuditError, match=message):
        flips(case_of(), model(), values, tells=tells)


def test_without_cut_offs_no_tier_can_change_and_the_audit_says_so():
    case = case_of(roles={"score": {"column": "score", "resolution": 1}})
    assert "declares no cut-offs" in QUESTIONS["tier_change_rate"].lacks(case, model())
    with pytest.raises(AuditError, match="can't be turned into tiers"):
        flips(case, model())


def test_a_score_that_shoots_off_is_refused_rather_than_summed_wrong():
    case = case_of()
    steep = Model(name="steep", inputs=("children",), scored=lambda p: np.exp(p["children"]))
    with pytest.raises(AuditError, match="too far to be summed exactly"):
        flips(case, steep, {"children": 30})

"""How many records to ask for: held to simulated audits, told in sentences, refused where it must be."""

import time

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

import wfaudit as wf
from wfaudit.estimators.intervals import miettinen_nurminen

DRAWS = 2000


def flagged(women, men, **declared):
    """A case of so many flagged women and men, each as (flagged, all)."""
    rows = [
        ("women", women[0], 1), ("women", women[1] - women[0], 0),
        ("men", men[0], 1), ("men", men[1] - men[0], 0),
    ]  # fmt: skip
    frame = pd.DataFrame(
        [(sex, flag) for sex, times, flag in rows for _ in range(times)], columns=["sex", "flagged"]
    )
    keys = {
        "source": frame, "roles": {"flagged": "flagged"}, "groups": {"sex": {"reference": "men"}},
        "tolerance": {"default": {"gap": 0.05}},
    }  # fmt: skip
    return wf.Case.from_dict(keys | declared)


def simulated(n, p, n_ref, p_ref, tolerance):
    """How often 2,000 audits of such people are raised, and how often clear; nothing of ours decides."""
    rng = np.random.default_rng(20)
    k, k_ref = rng.binomial(n, p, DRAWS), rng.binomial(n_ref, p_ref, DRAWS)
    (low, high), (low_ref, high_ref) = wilson(k, n), wilson(k_ref, n_ref)
    one, other = k / n, k_ref / n_ref
    under = one - other - np.hypot(one - low, high_ref - other)  # Newcombe 1998, method 10
    over = one - other + np.hypot(high - one, other - low_ref)
    raised = (under > tolerance) | (over < -tolerance)
    low, high = miettinen_nurminen(
        *(x.astype(float) for x in np.broadcast_arrays(k, n, k_ref, n_ref)), 0.9
    )
    return raised.mean(), ((low > -tolerance) & (high < tolerance)).mean()


def wilson(k, n):
    """Limits of a share, as Wilson wrote them in 1927."""
    z, p = -ndtri(0.025), k / n
    middle, half = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)


# --- the numbers


@pytest.mark.parametrize(
    ("women", "men", "gap"), [((60, 400), (240, 1200), 0.12), ((300, 900), (200, 500), -0.11)]
)
def test_the_chance_to_be_raised_or_clear_is_that_of_two_thousand_simulated_audits(women, men, gap):
    line = wf.power(flagged(women, men), "selection_rate", by="sex", gap=gap).table.loc[0]
    share = men[0] / men[1]
    raised, _ = simulated(women[1], share + gap, men[1], share, 0.05)
    _, clear = simulated(women[1], share, men[1], share, 0.05)
    assert 0.2 < raised < 0.95  # a setting in which it matters
    assert line["power_raised"] == pytest.approx(raised, abs=0.03)
    assert line["power_clear"] == pytest.approx(clear, abs=0.03)


def test_with_the_people_it_says_it_takes_simulated_audits_are_raised_as_often_as_asked():
    case = flagged((60, 400), (240, 1200))
    for asked in (0.5, 0.9):
        line = wf.power(case, "selection_rate", by="sex", gap=0.12, power=asked).table.loc[0]
        n = int(line["people_needed"])
        raised, _ = simulated(n, 0.2 + 0.12, 3 * n, 0.2, 0.05)
        assert raised == pytest.approx(asked, abs=0.03)


def test_the_records_to_ask_for_grow_with_everyone_as_the_people_of_the_group_do():
    case = flagged((60, 400), (240, 1200))
    line = wf.power(case, "selection_rate", by="sex", gap=0.12).table.loc[0]
    assert (line["n"], line["n_reference"], line["share_reference"]) == (400, 1200, 0.2)
    assert line["records_needed"] == pytest.approx(line["people_needed"] / 400 * 1600)


def test_a_larger_gap_takes_fewer_people():
    case = flagged((60, 400), (240, 1200))
    plans = [
        wf.power(case, "selection_rate", by="sex", gap=g).table.loc[0] for g in (0.1, 0.15, 0.2)
    ]
    needed = [p["people_needed"] for p in plans]
    assert needed == sorted(needed, reverse=True)
    assert [p["power_raised"] for p in plans] == sorted(p["power_raised"] for p in plans)
    assert len({p["power_clear"] for p in plans}) == 1


def test_only_those_among_whom_the_rate_is_counted_are_counted_now():
    frame = pd.DataFrame({"sex": ["women", "men"] * 300, "flagged": [1, 0, 0, 1, 1, 1] * 100})
    frame["outcome"] = [1, 1, 1, 1, 0, 0] * 100
    case = wf.Case.from_dict({
        "source": frame, "roles": {"flagged": "flagged", "outcome": "outcome"},
        "groups": {"sex": {"reference": "men"}}, "tolerance": {"default": {"gap": 0.05}},
    })  # fmt: skip
    line = wf.power(case, "false_negative_rate", by="sex", gap=0.2).table.loc[0]
    assert (line["n"], line["n_reference"], line["share_reference"]) == (200, 200, 0.5)
    assert line["records_needed"] == pytest.approx(line["people_needed"] / 200 * 600)


# --- in words


def test_a_plan_is_told_in_a_sentence_a_group_with_the_way_of_the_gap():
    case = flagged((60, 400), (240, 1200))
    more, fewer = (wf.power(case, "selection_rate", by="sex", gap=g) for g in (0.12, -0.12))
    line = more.table.loc[0]
    assert more.says == (
        "Of women, 400 are counted now: a share 12 in 100 higher than in the reference would be raised in "
        f"{100 * line['power_raised']:.0f} of 100 audits; for 80 of 100 it takes "
        f"{line['people_needed']:,.0f} of them, so ask for about {line['records_needed']:,.0f} records in "
        "all.",
    )
    assert "a share 12 in 100 lower than in the reference" in fewer.says[0]
    assert repr(more) == more.says[0]
    assert more._repr_html_() == f"<p>{more.says[0]}</p>"


def test_a_group_s_name_is_shown_on_a_page_as_it_is_written():
    groups = {"sex": {"reference": "men", "labels": {"women": "<b>women</b>"}}}
    case = flagged((60, 400), (240, 1200), groups=groups)
    shown = wf.power(case, "selection_rate", by="sex", gap=0.12)._repr_html_()
    assert "Of &lt;b&gt;women&lt;/b&gt;, 400 are counted now" in shown


def test_where_there_are_enough_people_already_the_sentence_says_so():
    (says,) = wf.power(
        flagged((600, 4000), (2400, 12000)), "selection_rate", by="sex", gap=0.15
    ).says
    assert "(no more than now)" in says
    assert "more than 99 of 100 audits" in says


@pytest.mark.parametrize(("gap", "share"), [(0.85, "20.0"), (-0.3, "20.0")])
def test_a_gap_that_no_share_can_have_is_said_to_be_impossible(gap, share):
    found = wf.power(flagged((60, 400), (240, 1200)), "selection_rate", by="sex", gap=gap)
    way = "higher" if gap > 0 else "lower"
    assert found.says == (
        f"Of women, 400 are counted now: with {share} in 100 in the reference, a share "
        f"{100 * abs(gap):g} in 100 {way} is not possible.",
    )
    assert np.isnan(
        found.table.loc[0, ["power_raised", "people_needed", "records_needed"]].astype(float)
    ).all()


def test_a_gap_a_hair_beyond_the_tolerance_takes_more_people_than_there_are():
    start = time.process_time()
    (says,) = wf.power(
        flagged((60, 400), (240, 1200)), "selection_rate", by="sex", gap=0.0500001
    ).says
    assert says.endswith("for 80 of 100 more people are needed than can be asked for.")
    assert time.process_time() - start < 20


def test_a_group_with_nobody_keeps_its_row_and_says_that_nothing_can_be_planned():
    groups = {"sex": {"reference": "men", "levels": ["women", "men", "others"]}}
    found = wf.power(
        flagged((60, 400), (240, 1200), groups=groups), "selection_rate", by="sex", gap=0.1
    )
    assert found.table["group"].tolist() == ["women", "others"]
    assert found.says[1] == "Of others, nobody is counted now: nothing can be planned."


# --- what can't be planned


@pytest.mark.parametrize("gap", [0.0, 0.05, -0.05, 0.01, 1.0, 12, float("nan")])
def test_a_gap_within_the_tolerance_or_beyond_all_shares_is_refused(gap):
    with pytest.raises(
        wf.AuditError, match="can't be shown to lie beyond the tolerance"
    ) as problem:
        wf.power(flagged((60, 400), (240, 1200)), "selection_rate", by="sex", gap=gap)
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize("asked", [0, 1, 80, -0.1, float("nan")])
def test_a_power_that_is_no_chance_is_refused(asked):
    with pytest.raises(wf.AuditError, match="power lies between 0 and 1"):
        wf.power(flagged((60, 400), (240, 1200)), "selection_rate", by="sex", gap=0.1, power=asked)


@pytest.mark.parametrize("tolerance", [{}, {"default": {"ratio": 0.8}}])
def test_without_a_tolerance_in_gaps_there_is_nothing_to_plan_for(tolerance):
    case = flagged((60, 400), (240, 1200), tolerance=tolerance)
    with pytest.raises(wf.AuditError, match="Declare a tolerance as a gap for selection_rate"):
        wf.power(case, "selection_rate", by="sex", gap=0.1)


@pytest.mark.parametrize(
    ("measure", "says"),
    [
        ("auc", "No rate called 'auc'"),
        ("selection", "Did you mean 'selection_rate'"),
        ("false_negative_rate", "needs outcome"),
        ("tier_share", "tier by tier"),
    ],
)
def test_only_rates_that_the_case_can_carry_are_planned(measure, says):
    with pytest.raises(wf.AuditError, match=says):
        wf.power(flagged((60, 400), (240, 1200)), measure, by="sex", gap=0.1)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"by": "sex", "reference": "mne"}, "No group of sex is called 'mne' .2 groups"),
        ({"by": "age"}, "No group called 'age'"),
        ({"by": ()}, "needs groups"),
    ],
)
def test_a_comparison_that_is_not_there_is_not_planned(how, says):
    with pytest.raises(wf.AuditError, match=says):
        wf.power(flagged((60, 400), (240, 1200)), "selection_rate", gap=0.1, **how)


def test_a_reference_given_by_hand_is_planned_with():
    found = wf.power(
        flagged((60, 400), (240, 1200)), "selection_rate", by="sex", gap=0.1, reference="women"
    )
    assert found.table["group"].tolist() == ["men"]
    assert found.table["share_reference"].tolist() == [0.15]


def test_where_nobody_of_the_reference_is_counted_there_is_no_share_to_plan_from():
    groups = {"sex": {"reference": "others", "levels": ["women", "men", "others"]}}
    with pytest.raises(wf.AuditError, match="Nobody in the reference group 'others'"):
        wf.power(
            flagged((60, 400), (240, 1200), groups=groups), "selection_rate", by="sex", gap=0.1
        )


def test_people_in_clusters_are_not_planned_as_if_they_were_unrelated():
    frame = pd.DataFrame({"sex": ["women", "men"] * 200, "flagged": [1, 0, 0, 0] * 100})
    frame["office"] = [str(i % 10) for i in range(400)]
    case = wf.Case.from_dict({
        "source": frame, "roles": {"flagged": "flagged", "cluster": "office"},
        "groups": {"sex": {"reference": "men"}}, "tolerance": {"default": {"gap": 0.05}},
    })  # fmt: skip
    with pytest.raises(wf.AuditError, match="where people come in clusters"):
        wf.power(case, "selection_rate", by="sex", gap=0.1)


def test_a_reference_whose_cells_are_hidden_gives_no_share_to_plan_from():
    cells = pd.DataFrame(
        [
            ("women", "yes", "300"),
            ("women", "no", "700"),
            ("men", "yes", "*"),
            ("men", "no", "600"),
        ],
        columns=["sex", "flagged", "n"],
    )
    keys = {
        "source": cells, "roles": {"count": "n", "flagged": "flagged"},
        "suppressed": {"shown_as": ["*"], "below": 10}, "tolerance": {"default": {"gap": 0.05}},
    }  # fmt: skip
    case = wf.Case.from_dict(keys | {"groups": {"sex": {"reference": "men"}}})
    with pytest.raises(wf.AuditError, match="hides cells of the reference group 'men'"):
        wf.power(case, "selection_rate", by="sex", gap=0.1)
    other = wf.Case.from_dict(keys | {"groups": {"sex": {"reference": "women"}}})
    assert wf.power(other, "selection_rate", by="sex", gap=0.1).says == (
        "Of men, the published table does not say how many are counted: nothing can be planned.",
    )

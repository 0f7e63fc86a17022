"""Findings: three honest answers, families, and sentences a person can read."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

import wfaudit as wf
from wfaudit.choices import Tolerance
from wfaudit.estimators import intervals
from wfaudit.estimators.adjust import holm
from wfaudit.findings import review
from wfaudit.result import records


def published(rows, **declared):
    """A case of counts: (group, n, k) against the last group."""
    frame = pd.DataFrame(rows, columns=["sex", "n", "k"])
    return wf.Case.from_dict({
        "source": frame,
        "roles": {"count": "n", "flagged": {"count": "k"}, **declared.pop("roles", {})},
        "groups": {"sex": {"reference": rows[-1][0]}},
        "tolerance": declared.pop("tolerance", {"default": {"gap": 0.05}}),
        **declared,
    })  # fmt: skip


def only(case):
    (finding,) = wf.audit(case).findings
    return finding


def test_a_gap_wholly_beyond_the_tolerance_is_raised():
    finding = only(published([("women", 1000, 400), ("men", 1000, 300)]))
    assert (finding.answer, finding.answer_unadjusted) == ("raised", "raised")
    assert finding.says == (
        "Of 100 women, 40 were flagged; of 100 men, 30: 10 more, 95 % interval 6 to 14 "
        "(n = 1,000 and 1,000). Raised: beyond the declared tolerance (5 in 100)."
    )


def test_a_gap_shown_to_lie_within_the_tolerance_is_clear():
    finding = only(published([("women", 20_000, 6_050), ("men", 20_000, 6_000)]))
    assert finding.answer == "clear"
    assert finding.says.endswith("Clear: within the declared tolerance (5 in 100).")


def test_clear_by_the_90_percent_interval_says_so_where_the_printed_one_goes_beyond():
    finding = only(published([("women", 830, 257), ("men", 830, 249)]))
    assert finding.answer == "clear"
    assert finding.rows[0]["high"] > 0.05
    assert finding.says.endswith(
        "Clear: its 90 % interval lies within the declared tolerance (5 in 100)."
    )


def test_a_small_but_certain_gap_is_clear_and_says_that_it_is_there():
    finding = only(published([("women", 20_000, 6_500), ("men", 20_000, 6_000)]))
    assert finding.answer == "clear"
    assert "Clear: a difference, smaller than the declared tolerance" in finding.says


def test_too_few_people_cannot_tell_and_say_what_could_have_been_seen():
    finding = only(published([("women", 60, 20), ("men", 60, 18)]))
    assert finding.answer == "cannot tell"
    assert finding.smallest_visible > 0.2
    assert "the smallest gap these data would probably have shown, taken alone, is" in finding.says


def test_a_handful_of_people_says_that_nothing_is_likely_to_be_shown():
    finding = only(published([("women", 3, 1), ("men", 5, 2)]))
    assert finding.smallest_visible is None
    assert "no gap, however large the disparity, is likely to be shown" in finding.says


def test_an_interval_that_contains_zero_is_never_clear_by_itself():
    finding = only(published([("women", 100, 30), ("men", 100, 30)]))
    assert finding.rows[0]["low"] < 0 < finding.rows[0]["high"]
    assert finding.answer == "cannot tell"


def test_without_a_declared_tolerance_nothing_is_judged():
    finding = only(published([("women", 1000, 400), ("men", 1000, 300)], tolerance={}))
    assert finding.answer == "cannot tell"
    assert finding.p is None
    assert finding.says.endswith("Cannot tell: no tolerance was declared for this measure.")


def test_nobody_to_count_cannot_tell_and_says_why():
    finding = only(published([("women", 0, 0), ("men", 100, 30)]))
    assert finding.answer == "cannot tell"
    assert (
        finding.says
        == "Cannot tell how often women were flagged, compared with men: nobody to count."
    )


@pytest.mark.parametrize(
    ("flag_is", "women", "says"),
    [
        ("help", 200, "This help reaches them less often."),
        ("help", 500, "This help reaches them more often."),
        ("burden", 500, "This burden falls on them more often."),
    ],
)
def test_the_sentence_follows_whether_the_flag_is_a_help_or_a_burden(flag_is, women, says):
    case = published([("women", 1000, women), ("men", 1000, 350)], roles={"flag_is": flag_is})
    assert only(case).says.endswith(says)


def test_a_ratio_is_judged_on_the_ratio_and_says_times_as_often():
    case = published(
        [("women", 1000, 200), ("men", 1000, 400)], tolerance={"selection_rate": {"ratio": 0.8}}
    )
    finding = only(case)
    assert (finding.scale, finding.answer, finding.tolerance) == ("ratio", "raised", 0.8)
    # statsmodels 0.15.0, confint_proportions_2indep(compare="ratio", method="score"): .43202, .57768
    assert "0.500 times as often, 95 % interval 0.432 to 0.578" in finding.says


def test_small_shares_are_told_of_a_thousand_people():
    finding = only(published([("women", 10_000, 58), ("men", 10_000, 20)]))
    assert finding.says.startswith("Of 1,000 women, 5.8 were flagged; of 1,000 men, 2.0: 3.8 more")


def test_a_finding_carries_the_compared_row_and_its_two_rates():
    finding = only(published([("women", 1000, 400), ("men", 1000, 300)]))
    compared, mine, theirs = finding.rows
    assert compared["estimate"] == pytest.approx(mine["estimate"] - theirs["estimate"])
    assert (mine["group"], theirs["group"]) == ("women", "men")


def test_words_of_judgement_about_a_model_never_appear():
    from pathlib import Path

    package = Path(wf.__file__).parent
    source = "".join(
        p.read_text(encoding="utf-8") for p in package.rglob("*") if p.suffix in (".py", ".j2")
    )
    for word in ("unbiased", "biased", "unfair", " fair ", "privileged", "debias", "discriminat"):
        assert word not in source.lower(), word


# the answer, the p-value and the picture agree

pairs = st.tuples(st.integers(5, 400), st.integers(0, 400)).map(lambda t: (t[0], min(t[1], t[0])))


@settings(max_examples=60, deadline=None)
@given(
    pairs,
    pairs,
    st.sampled_from([Tolerance("gap", 0.05), Tolerance("gap", 0.15), Tolerance("ratio", 0.8)]),
)
def test_raised_alone_means_that_the_printed_interval_lies_wholly_beyond(a, b, tolerance):
    case = published(
        [("a", *a), ("b", *b)], tolerance={"default": {tolerance.scale: tolerance.value}}
    )
    finding, row = only(case), only(case).rows[0]
    if finding.p is None:
        assert np.isnan(row["low"])
        return
    low, high = tolerance.limits
    edge = min(abs(row["low"] - high), abs(row["high"] - low))
    if edge > 1e-9:
        beyond = row["low"] > high or row["high"] < low
        assert (finding.answer_unadjusted == "raised") == beyond


@settings(max_examples=60, deadline=None)
@given(pairs, pairs)
def test_clear_means_that_the_ninety_percent_interval_lies_wholly_within(a, b):
    finding = only(published([("a", *a), ("b", *b)], tolerance={"default": {"gap": 0.15}}))
    (low,), (high,) = intervals.miettinen_nurminen([a[1]], [a[0]], [b[1]], [b[0]], 0.90)
    if min(abs(low + 0.15), abs(high - 0.15)) > 1e-9:
        assert (finding.answer == "clear") == (low > -0.15 and high < 0.15)


# families


@pytest.mark.parametrize("tolerance", [{"gap": 0.05}, {"ratio": 0.8}])
def test_what_one_comparison_says_does_not_hang_on_the_others_beside_it(tolerance):
    people = {"a": (40, 200), "b": (3, 9), "c": (700, 2_000), "d": (55, 210)}
    verb = wf.gaps if "gap" in tolerance else wf.ratios
    alone = []
    for others in ([g] for g in "bcd"):
        rows = [(name, *people[name]) for name in ("a", *others)]
        alone += review([verb(_compared_with_a(rows, tolerance), "selection_rate", by="group")])
    rows = [(name, *counts) for name, counts in people.items()]
    together = review([verb(_compared_with_a(rows, tolerance), "selection_rate", by="group")])
    assert [(f.p, f.answer_unadjusted, f.smallest_visible) for f in together] == [
        (f.p, f.answer_unadjusted, f.smallest_visible) for f in alone
    ]
    assert len({f.smallest_visible for f in together}) == 3


def _compared_with_a(rows, tolerance):
    flags = [flag for _, k, n in rows for flag in [1] * k + [0] * (n - k)]
    groups = [name for name, _, n in rows for _ in range(n)]
    return wf.Case.from_arrays(
        y_pred=flags,
        sensitive_features={"group": groups},
        declared={"groups": {"group": {"reference": "a"}}, "tolerance": {"default": tolerance}},
    )


def test_rows_of_a_result_are_read_as_pandas_reads_them():
    case = wf.load("plain")
    for result in (wf.gaps(case, "override_rate", by="sex"), wf.values(case, "auc")):
        for table in (result.table, result.evidence):
            pd.testing.assert_frame_equal(
                pd.DataFrame(records(table), dtype=object),
                pd.DataFrame(table.to_dict("records"), dtype=object),
            )


def test_holm_agrees_with_statsmodels():
    rng = np.random.default_rng(5)
    for size in (1, 2, 7, 40):
        p = rng.random(size) ** 3
        np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1], atol=1e-15)


def test_families_are_adjusted_apart_and_both_answers_are_kept():
    rng = np.random.default_rng(2)
    rows = [(f"group {i}", 300, int(k)) for i, k in enumerate(rng.integers(60, 115, 12))]
    case = published([*rows, ("all others", 3000, 600)], families={"confirm": []})
    findings = wf.audit(case).findings
    p = np.array([f.p for f in findings])
    np.testing.assert_allclose(
        [f.p_adjusted for f in findings], multipletests(p, method="fdr_bh")[1]
    )
    assert {f.family for f in findings} == {"screen (Benjamini-Hochberg)"}
    confirmed = wf.audit(
        published(
            [*rows, ("all others", 3000, 600)], families={"confirm": ["selection_rate by sex"]}
        )
    ).findings
    np.testing.assert_allclose(
        [f.p_adjusted for f in confirmed], multipletests(p, method="holm")[1]
    )
    assert {f.family for f in confirmed} == {"confirm (Holm)"}
    changed = [f for f in confirmed if f.answer != f.answer_unadjusted]
    assert changed
    assert all("taken alone it would be raised" in f.says for f in changed)


@pytest.mark.parametrize(
    ("declared", "method", "family"),
    [
        ({"screen_with": "Holm"}, "holm", "screen (Holm)"),
        ({"screen_with": "BY"}, "fdr_by", "screen (Benjamini-Yekutieli)"),
        (
            {"confirm": ["selection_rate"], "confirm_with": "BH"},
            "fdr_bh",
            "confirm (Benjamini-Hochberg)",
        ),
    ],
)
def test_a_family_is_adjusted_as_the_case_declares(declared, method, family):
    sizes = np.random.default_rng(3).integers(60, 115, 12)
    rows = [(f"group {i}", 300, int(k)) for i, k in enumerate(sizes)]
    findings = wf.audit(published([*rows, ("all others", 3000, 600)], families=declared)).findings
    theirs = multipletests([f.p for f in findings], method=method)[1]
    np.testing.assert_allclose([f.p_adjusted for f in findings], theirs)
    assert {f.family for f in findings} == {family}


def test_an_unknown_adjustment_of_a_family_names_those_there_are():
    with pytest.raises(wf.AuditError, match=r"families\.screen_with called 'Bonferroni'"):
        published([("women", 10, 4), ("men", 10, 3)], families={"screen_with": "Bonferroni"})


def test_a_family_of_an_unknown_measure_or_group_names_the_nearest():
    rows = [("women", 10, 4), ("men", 10, 3)]
    with pytest.raises(wf.AuditError, match="Did you mean 'selection_rate'"):
        wf.audit(published(rows, families={"confirm": ["selction_rate"]}))
    with pytest.raises(wf.AuditError, match="No group or intersection in families called 'sx'"):
        wf.audit(published(rows, families={"confirm": ["selection_rate by sx"]}))


# planted truth


@pytest.mark.parametrize("draws", [100, pytest.param(400, marks=pytest.mark.long)])
def test_a_planted_gap_is_raised_and_none_is_rarely_raised_in_many_draws(draws):
    rng = np.random.default_rng(11)
    planted = none = at_tolerance = 0
    for _ in range(draws):

        def answer(p_women, n=2000):
            k = rng.binomial(n, [p_women, 0.30])
            results = [
                v(published([("women", n, k[0]), ("men", n, k[1])]), "selection_rate", by="sex")
                for v in (wf.rates, wf.gaps)
            ]
            return review(results)[0].answer

        planted += answer(0.42) == "raised"
        none += answer(0.30) == "raised"
        at_tolerance += answer(0.35) == "raised"
    assert planted / draws > 0.95
    assert none == 0
    assert at_tolerance / draws <= 0.025 + 3 * np.sqrt(0.025 * 0.975 / draws)


def test_the_findings_show_themselves_raised_first():
    case = published([("a", 1000, 500), ("b", 20_000, 6_010), ("c", 50, 15), ("d", 20_000, 6_000)])
    findings = wf.audit(case).findings
    assert [f.answer for f in findings.sorted()] == ["raised", "cannot tell", "clear"]
    assert repr(findings).startswith(
        "3 findings: 1 raised, 1 cannot tell, 1 clear\n[WF101, raised] Of 100 a,"
    )
    assert "<th scope=" in findings._repr_html_()
    assert findings.to_frame()["answer"].tolist() == ["raised", "clear", "cannot tell"]

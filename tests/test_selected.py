"""Whose outcome is known? Counted by hand after being flagged and after not being flagged."""

import pandas as pd
import pytest

import wfaudit as wf
from wfaudit.estimators.intervals import newcombe, wilson
from wfaudit.measures import by_result, unknown_outcomes

MEASURE = "outcome_unknown_rate"
WORDS = {"people": "job seekers", "flagged": "rated high risk"}


def known(counts, **declared):
    """A case of people as (flagged, outcome, how many)."""
    rows = [(flag, came) for flag, came, times in counts for _ in range(times)]
    frame = pd.DataFrame(rows, columns=["flagged", "outcome"], dtype=object)
    frame["sex"] = ["women", "men"] * (len(frame) // 2) + ["women"] * (len(frame) % 2)
    keys = {
        "source": frame, "roles": {"flagged": "flagged", "outcome": "outcome"},
        "groups": {"sex": {"reference": "men"}}, "words": WORDS,
        "tolerance": {"default": {"gap": 0.05}},
    }  # fmt: skip
    return wf.Case.from_dict(keys | declared)


# of 20 flagged, 6 have no recorded outcome; of 40 not flagged, 2; of 4 without a result, all
BY_HAND = [
    (1, 1, 9),
    (1, 0, 5),
    (1, None, 6),
    (0, 1, 10),
    (0, 0, 28),
    (0, None, 2),
    (None, None, 4),
]


def named(result):
    """The counted pair of each row."""
    pairs = zip(result.evidence["k"], result.evidence["n"], strict=True)
    return dict(zip(result.table["group"], pairs, strict=True))


def test_the_outcome_is_lost_of_six_in_twenty_flagged_and_of_two_in_forty_others():
    rates, gap = by_result(known(BY_HAND))
    assert named(rates) == {
        "job seekers rated high risk": (6, 20), "job seekers not rated high risk": (2, 40),
    }  # fmt: skip
    assert rates.table["estimate"].tolist() == [0.3, 0.05]
    assert gap.table["estimate"].tolist() == [0.25, 0]


def test_the_intervals_are_wilsons_and_newcombes():
    rates, gap = by_result(known(BY_HAND))
    for k, n, row in ((6.0, 20.0, 0), (2.0, 40.0, 1)):
        assert tuple(rates.table.loc[row, ["low", "high"]]) == pytest.approx(wilson(k, n))
    limits = newcombe(6.0, 20.0, 2.0, 40.0)
    assert tuple(gap.table.loc[0, ["low", "high"]]) == pytest.approx(limits)
    assert gap.table.loc[1, "note"] == "compared with itself"
    assert gap.table.loc[1, ["low", "high"]].isna().all()


def test_people_without_a_result_are_on_neither_side_but_are_unknown():
    case = known(BY_HAND)
    assert unknown_outcomes(case) == 12
    assert by_result(case)[0].evidence["n"].tolist() == [20, 40]


def test_the_verbs_give_the_same_two_results():
    case = known(BY_HAND)
    rates, gap = by_result(case)
    pd.testing.assert_frame_equal(wf.rates(case, MEASURE, by="result").table, rates.table)
    pd.testing.assert_frame_equal(wf.gaps(case, MEASURE, by="result").table, gap.table)


def test_a_declared_group_called_result_is_that_group():
    frame = pd.DataFrame(
        {"result": ["a", "b"] * 10, "flagged": [1, 0] * 10, "outcome": [1] * 19 + [None]}
    )
    case = wf.Case.from_dict({
        "source": frame, "roles": {"flagged": "flagged", "outcome": "outcome"},
        "groups": {"result": {"reference": "a"}},
    })  # fmt: skip
    assert wf.rates(case, MEASURE, by="result").table["group"].tolist() == ["a", "b"]
    assert wf.gaps(case, MEASURE, by="result").table["group"].tolist() == ["a", "b"]


@pytest.mark.parametrize("flag", [1, 0])
def test_where_all_are_flagged_or_none_the_other_side_has_nobody_to_count(flag):
    rates, gap = by_result(known([(flag, 1, 10), (flag, None, 5)]))
    lonely = 0 if flag == 0 else 1
    assert rates.table.loc[lonely, "note"] == "nobody to count"
    assert rates.table.loc[lonely, ["estimate", "low", "high"]].isna().all()
    assert rates.table.loc[1 - lonely, "estimate"] == pytest.approx(1 / 3)
    assert gap.table.loc[0, ["estimate", "low", "high"]].isna().all()
    assert gap.table.loc[0, "note"].startswith("nobody to count")
    assert "nan" not in repr(wf.audit(known([(flag, 1, 10), (flag, None, 5)])))


def test_where_every_outcome_is_recorded_it_is_not_measured():
    done = wf.audit(known([(1, 1, 10), (0, 0, 10)]))
    assert not [r for r in done.results if r.measure == MEASURE]
    reasons = {u.measure: u.why for u in done.cannot_test}
    assert reasons[MEASURE] == "every outcome is recorded"


def test_where_some_are_not_the_audit_asks_after_which_result_and_tells_it():
    done = wf.audit(known([(flag, came, 20 * n) for flag, came, n in BY_HAND]))
    kinds = [r.kind for r in done.results if r.measure == MEASURE and r.by == ("result",)]
    assert kinds == ["rate", "gap"]
    (finding,) = [f for f in done.findings if f.by == "result"]
    assert finding.answer == "raised"
    assert finding.says.startswith(
        "Of 100 job seekers rated high risk, 30.0 had no recorded outcome; of 100 job seekers not rated "
        "high risk, 5.0: 25.0 more, 95 % interval "
    ) or finding.says.startswith(
        "Of 100 job seekers rated high risk, 30 had no recorded outcome; of 100 job seekers not rated "
        "high risk, 5: 25 more, 95 % interval "
    )


def test_the_report_shows_it(tmp_path):
    text = wf.audit(known(BY_HAND)).report(tmp_path / "report").read_text(encoding="utf-8")
    assert "job seekers not rated high risk" in text
    assert ">nan<" not in text


def test_without_a_flag_there_is_no_result_to_ask_after():
    frame = pd.DataFrame({"sex": ["women", "men"] * 5, "outcome": [1, 0, None, 1, 0] * 2})
    keys = {
        "source": frame,
        "roles": {"outcome": "outcome"},
        "groups": {"sex": {"reference": "men"}},
    }
    case = wf.Case.from_dict(keys)
    assert not [r for r in wf.audit(case).results if r.by == ("result",)]
    with pytest.raises(wf.AuditError, match="needs the roles flagged and outcome"):
        wf.rates(case, MEASURE, by="result")


def test_published_counts_show_recorded_outcomes_only():
    cells = pd.DataFrame({
        "sex": ["women", "women", "men", "men"], "flagged": ["yes", "no"] * 2, "n": [30, 70, 40, 60],
    })  # fmt: skip
    keys = {"source": cells, "roles": {"count": "n", "flagged": "flagged"}, "groups": {"sex": {}}}
    assert unknown_outcomes(wf.Case.from_dict(keys)) == 0


def test_people_in_offices_are_not_taken_as_unrelated():
    frame = pd.DataFrame(
        {
            "flagged": [1, 0] * 400,
            "office": [str(i // 40) for i in range(800)],
            "sex": ["women"] * 800,
        }
    )
    frame["outcome"] = [None if i // 40 % 4 == 0 and i % 3 else 1 for i in range(800)]
    roles = {"flagged": "flagged", "outcome": "outcome"}
    groups = {"flag": {"column": "flagged", "reference": "0"}}
    keys = {"source": frame, "groups": groups}
    case = wf.Case.from_dict(keys | {"roles": roles | {"cluster": "office"}})
    apart = by_result(wf.Case.from_dict(keys | {"roles": roles}))
    together = by_result(case)
    # the same comparison, asked for by a declared group that is the flag
    asked = wf.rates(case, MEASURE, by="flag"), wf.gaps(case, MEASURE, by="flag")
    for mine, alone, theirs in zip(together, apart, asked, strict=True):
        assert "jackknife" in mine.interval
        columns = ["n", "estimate", "low", "high", "note"]
        flipped = theirs.table[columns][::-1].reset_index(drop=True)
        pd.testing.assert_frame_equal(mine.table[columns], flipped)
        assert mine.evidence["clusters"][0] == 20
        wide, narrow = (r.table["high"][0] - r.table["low"][0] for r in (mine, alone))
        assert wide != narrow

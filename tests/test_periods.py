"""Periods as groups: the same from text, from days and from times; what is no day stops, uncounted."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import wfaudit as wf
from wfaudit.case.periods import between

DAYS = pd.date_range("2024-11-17", "2026-03-05", freq="5D")
SECRET = "31 September"
WRITTEN = {
    "week": lambda day: "{} W{:02d}".format(*day.isocalendar()),
    "year": lambda day: f"{day:%Y}",
    "quarter": lambda day: f"{day.year} Q{(day.month + 2) // 3}",
    "month": lambda day: f"{day:%Y-%m}",
}


def dated(source, periods="quarter", roles=None, **declared):
    """A case of flagged people and the day they were assessed on."""
    groups = {"when": {"column": "day", "periods": periods} | declared.pop("when", {})}
    roles = {"flagged": "flagged"} | (roles or {})
    return wf.Case.from_dict({"source": source, "roles": roles, "groups": groups, **declared})


def people(days=DAYS):
    """Three people a day, two of them flagged."""
    days = pd.Series(list(days) * 3, name="day")
    return pd.DataFrame({"day": days, "flagged": np.arange(len(days)) % 3 > 0})


def as_csv(frame, folder):
    """The days as text."""
    frame.assign(day=frame["day"].dt.strftime("%Y-%m-%d")).to_csv(folder / "p.csv", index=False)
    return folder / "p.csv"


def as_csv_with_times(frame, folder):
    """The days as text with a time of day."""
    frame.assign(day=frame["day"].dt.strftime("%Y-%m-%d 23:59:59")).to_csv(
        folder / "t.csv", index=False
    )
    return folder / "t.csv"


def as_days(frame, folder):
    """The days as days in a Parquet file."""
    table = pa.table(
        {"day": pa.array(frame["day"].dt.date, pa.date32()), "flagged": frame["flagged"]}
    )
    pq.write_table(table, folder / "d.parquet")
    return folder / "d.parquet"


def as_moments(frame, folder):
    """The days as moments in a Parquet file."""
    frame.assign(day=frame["day"] + pd.Timedelta(hours=23, minutes=59)).to_parquet(
        folder / "m.parquet"
    )
    return folder / "m.parquet"


def as_text(frame, folder):  # noqa: ARG001
    """The days as text in a frame."""
    return frame.assign(day=frame["day"].dt.strftime("%Y-%m-%d"))


@pytest.mark.parametrize("periods", WRITTEN)
@pytest.mark.parametrize("form", [as_csv, as_csv_with_times, as_days, as_moments, as_text])
def test_periods_are_the_same_from_text_from_days_and_from_moments(form, periods, tmp_path):
    frame = people()
    told = frame["day"].map(WRITTEN[periods])
    found = wf.rates(dated(form(frame, tmp_path), periods), "selection_rate", by="when")
    expected = frame.groupby(told)["flagged"].agg(["sum", "count"])
    assert found.table["group"].tolist() == sorted(set(told))  # as text, they sort in time
    assert found.evidence["k"].tolist() == expected["sum"].tolist()
    assert found.table["n"].tolist() == expected["count"].tolist()


@pytest.mark.parametrize("periods", WRITTEN)
def test_from_pandas_moments_every_day_of_two_years_falls_into_its_period(periods):
    frame = people(pd.date_range("2024-01-01", "2025-12-31"))
    found = wf.rates(dated(frame, periods), "selection_rate", by="when").table
    expected = frame["day"].map(WRITTEN[periods]).value_counts().sort_index()
    assert dict(zip(found["group"], found["n"], strict=True)) == expected.to_dict()
    assert len(found) == {"year": 2, "quarter": 8, "month": 24, "week": 105}[periods]


def test_people_are_compared_with_the_period_that_is_the_reference():
    case = dated(people(), when={"reference": "2025 Q1"})
    gaps = wf.gaps(case, "selection_rate", by="when").table.set_index("group")
    assert gaps.loc["2025 Q1", "note"] == "compared with itself"
    assert gaps["estimate"].notna().all()


def test_periods_are_crossed_with_other_groups():
    frame = people().assign(sex=lambda f: np.where(np.arange(len(f)) % 2, "women", "men"))
    groups = {"sex": {}, "when": {"column": "day", "periods": "year"}}
    case = wf.Case.from_dict({"source": frame, "roles": {"flagged": "flagged"}, "groups": groups})
    found = wf.rates(case, "selection_rate", by=("sex", "when")).table
    expected = frame.groupby(["sex", frame["day"].dt.year]).size()
    assert found["n"].tolist() == expected.tolist()
    assert found["group"].tolist() == [f"{sex} & {year}" for sex, year in expected.index]


def test_a_reference_in_which_nobody_was_assessed_is_refused():
    with pytest.raises(wf.AuditError, match="has the reference '2031 Q1'"):
        wf.rates(dated(people(), when={"reference": "2031 Q1"}), "selection_rate", by="when")


# --- what is missing, what is no day


@pytest.mark.parametrize("form", [as_csv, as_days, as_text])
def test_who_has_no_date_is_not_recorded_and_stays_in_sight(form, tmp_path):
    frame = people()
    frame.loc[[3, 5], "day"] = pd.NaT
    case = dated(form(frame, tmp_path))
    found = wf.rates(case, "selection_rate", by="when").table
    assert found["group"].tolist()[-1] == "not recorded"
    assert found["n"].tolist()[-1] == 2
    assert found["n"].sum() == len(frame)
    assert any(q.code == "group not recorded" and q.rows == 2 for q in case.door.quality)


def test_an_empty_text_and_a_word_declared_as_missing_are_not_recorded(tmp_path):
    frame = as_text(people(), tmp_path)
    frame.loc[[0, 1], "day"] = ["", "unknown"]
    found = wf.rates(dated(frame, missing=["unknown"]), "selection_rate", by="when").table
    assert found.set_index("group").loc["not recorded", "n"] == 2


@pytest.mark.parametrize("wrong", [SECRET, "2026-02-30", "17.11.2024", "2026-13-01", "2026-1-5"])
def test_a_text_that_is_no_day_stops_with_the_column_and_how_many_rows_and_not_the_cell(
    wrong, tmp_path
):
    frame = as_text(people(), tmp_path)
    frame.loc[[2, 4, 9], "day"] = wrong
    with pytest.raises(wf.AuditError, match="column 'day' ") as problem:
        wf.rates(dated(frame), "selection_rate", by="when")
    assert "in 3 rows the text is no day" in str(problem.value)
    assert wrong not in str(problem.value)
    assert "\n" not in str(problem.value)


def test_a_number_is_no_day():
    frame = people()
    frame["day"] = frame["day"].dt.strftime("%Y%m%d").astype(int)
    with pytest.raises(wf.AuditError, match=f"in {len(frame)} rows"):
        wf.rates(dated(frame), "selection_rate", by="when")


def test_days_written_another_way_are_read_as_the_role_of_the_same_column_says():
    frame = people()
    told = frame["day"].map(WRITTEN["month"])
    frame["day"] = frame["day"].dt.strftime("%d.%m.%Y")
    date = {"date": {"column": "day", "format": "%d.%m.%Y"}}
    found = wf.rates(dated(frame, "month", date), "selection_rate", by="when").table
    assert dict(zip(found["group"], found["n"], strict=True)) == told.value_counts().to_dict()
    with pytest.raises(
        wf.AuditError, match="Declare how days are written, for example date"
    ) as problem:
        wf.rates(dated(frame, "month"), "selection_rate", by="when")
    assert f"in {len(frame)} rows" in str(problem.value)


# --- what can't be declared


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        ({"periods": "quarters"}, "Did you mean 'quarter'"),
        ({"periods": "day"}, "There are: week, month, quarter, year"),
        ({"periods": "year", "bands": [1, 2]}, "told in two ways: bands and periods"),
    ],
)
def test_a_period_that_is_not_there_is_refused_in_one_line(declared, says):
    with pytest.raises(wf.AuditError, match=says) as problem:
        dated(people(), when=declared)
    assert "\n" not in str(problem.value)


def test_an_audit_by_quarter_runs_to_its_report(tmp_path):
    case = dated(
        people(), when={"reference": "2025 Q1", "phrase": "people assessed in {level}"},
        tolerance={"default": {"gap": 0.05}},
    )  # fmt: skip
    done = wf.audit(case)
    assert all(" people assessed in 2025 Q1" in f.says for f in done.findings)
    assert "2025 Q1" in done.report(tmp_path / "report").read_text(encoding="utf-8")


# --- weeks


def test_every_day_of_sixteen_years_falls_into_the_week_that_python_says():
    days = pd.date_range("2018-01-01", "2033-12-31")
    case = dated(people(days), "week")
    told = case.source.table.select("day", week=case.columns["group when"]).to_pyarrow()
    assert len(told) == 3 * 5_844
    assert told["week"].to_pylist() == [WRITTEN["week"](day) for day in told["day"].to_pylist()]


@pytest.mark.parametrize(
    ("day", "week"),
    [
        ("2021-01-03", "2020 W53"),  # a Sunday, still of the last week of the year before
        ("2021-01-04", "2021 W01"),
        ("2024-12-29", "2024 W52"),
        ("2024-12-30", "2025 W01"),  # a Monday, already of the first week of the year after
        ("2022-01-01", "2021 W52"),
        ("2027-01-01", "2026 W53"),
    ],
)
def test_the_week_at_new_year_is_of_the_year_that_holds_its_thursday(day, week):
    found = wf.rates(dated(people([pd.Timestamp(day)]), "week"), "selection_rate", by="when")
    assert found.table["group"].tolist() == [week]


@pytest.mark.parametrize("kind", WRITTEN)
def test_all_periods_between_two_are_those_of_the_days_between_them(kind):
    days = pd.date_range("2018-11-05", "2027-02-03")
    told = list(dict.fromkeys(days.map(WRITTEN[kind])))
    assert between(kind, [told[-1], told[0]]) == told


def test_overrides_are_told_by_week():
    roles = {
        "tier": {"column": "tier", "order": ["low", "high"]}, "opened": "opened",
        "decision": {"column": "decision", "order": ["low", "high"]},
    }  # fmt: skip
    week = {"column": "day", "periods": "week"}
    days = ["2024-12-29", "2024-12-30", "2025-01-02", "2025-01-06", "2025-01-07", "2025-01-08"]
    frame = pd.DataFrame({
        "day": days, "tier": ["high"] * 6, "opened": [1, 1, 0, 1, 1, 1],
        "decision": ["low", "low", "low", "high", "low", "high"],
    })  # fmt: skip
    case = wf.Case.from_dict({"source": frame, "roles": roles, "groups": {"week": week}})
    found = wf.rates(case, "override_rate", by="week")
    assert found.table["group"].tolist() == ["2024 W52", "2025 W01", "2025 W02"]
    assert found.evidence[["k", "n"]].values.tolist() == [[1, 1], [1, 1], [1, 3]]
    used = wf.rates(case, "opened_rate", by="week")
    assert used.evidence[["k", "n"]].values.tolist() == [[1, 1], [1, 2], [3, 3]]


@pytest.mark.parametrize(("kind", "days"), [("week", 7), ("month", 31), ("quarter", 92)])
def test_a_period_in_which_nobody_came_is_as_long_as_any_other_on_the_line_of_a_trend(kind, days):
    start = pd.Timestamp("2024-11-04")
    came = [start + pd.Timedelta(days=days * at) for at in (0, 1, 5)]  # nobody in 2, 3 and 4
    counted = [(10, 100), (20, 100), (60, 100)]
    rows = [(day, at < k) for day, (k, n) in zip(came, counted, strict=True) for at in range(n)]
    case = dated(pd.DataFrame(rows, columns=["day", "flagged"]), kind)
    found = wf.trend(case, "selection_rate", along="when").table.iloc[0]
    assert found["estimate"] == pytest.approx(0.1)  # ten more in 100 from each period to the next
    assert found["n"] == 300


def test_a_trend_over_more_than_a_century_is_refused_as_some_day_must_stand_for_something_else():
    days = [*DAYS, pd.Timestamp("1900-01-01")]
    with pytest.raises(wf.AuditError, match="takes up to 100 years; when spans 126") as problem:
        wf.trend(dated(people(days), "week"), "selection_rate", along="when")
    assert "1900" not in str(problem.value)

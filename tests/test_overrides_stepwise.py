"""A roll-out in steps: counted again from the rows, planted and found, told with its caveat, refused with a reason."""

import numpy as np
import pandas as pd
import pytest

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.estimators.staggered import Starts, dealt_anew, effects
from wfaudit.findings import review
from wfaudit.measures.overrides import stepwise
from wfaudit.measures.overrides.stepwise import staggered

NAME = "override_rate_roll_out"
WAVES = ("2025-03-01", "2025-04-26", "2025-06-21", None)  # 56 days apart: periods of 28 days


def people_of(seed=1, *, effect=0.0, drifting=0.0, lag=0):
    """24 offices in four waves, 400 people each; women are overridden more often once the advice is shown."""
    rng = np.random.default_rng(seed)
    office = np.repeat(np.arange(24), 400)
    starts = pd.to_datetime(pd.Series([WAVES[o % 4] for o in office])) + pd.Timedelta(days=lag)
    day = pd.Timestamp("2025-01-04") + pd.to_timedelta(rng.integers(0, 252, len(office)), unit="D")
    sex = np.where(rng.random(len(office)) < 0.5, "women", "men")
    shown = (day >= starts).to_numpy() & (sex == "women")
    later = (day - pd.Timestamp("2025-01-04")).days.to_numpy() / 252
    chance = (
        rng.beta(2.7, 6.3, 24)[office] / 2
        + 0.1
        + effect * shown
        + drifting * later * (office % 4 < 2)
    )
    high = rng.random(len(office)) < 0.4
    return pd.DataFrame({
        "office": [f"o{o:02d}" for o in office], "day": day.strftime("%Y-%m-%d"), "sex": sex, "high": high,
        "starts": starts.dt.strftime("%Y-%m-%d"), "given": high ^ (rng.random(len(office)) < chance),
    })  # fmt: skip


def case_of(people, *, at_random=False, drop=(), **keys):
    declared = {"column": "starts", "at_random": at_random, **keys}
    roles = {
        "flagged": "high", "decision": "given", "date": "day", "office": "office", "shown_from": declared,
    }  # fmt: skip
    return wf.Case.from_dict({
        "name": "invented", "source": people, "groups": {"sex": {"reference": "men"}},
        "roles": {name: role for name, role in roles.items() if name not in drop},
        "tolerance": {"default": {"gap": 0.05}},
    })  # fmt: skip


def days_of(people):
    first = people.groupby("office")["starts"].first()
    return {office: None if pd.isna(day) else day for office, day in first.items()}


def from_rows(people, days):
    """Counts by office and period, as a reader would make them with a pivot table."""
    anchor = min(pd.Timestamp(day) for day in days.values() if day)
    period = (pd.to_datetime(people["day"]) - anchor).dt.days // 28
    moved = (people["high"] != people["given"]).astype(int)
    table = people.assign(period=period, moved=moved).pivot_table(
        index="office", columns="period", values="moved", aggfunc=["sum", "count"], fill_value=0
    )
    first = period.min()
    last, start = [], []
    for office in table.index:
        if not days[office]:
            last.append(table["sum"].shape[1] - 1)
            start.append(table["sum"].shape[1])
            continue
        at, over = divmod((pd.Timestamp(days[office]) - anchor).days, 28)
        last.append(at - first - 1)
        start.append(at - first + (over > 0))
    starts = Starts(np.array(last), np.array(start))
    return table["sum"].to_numpy(), table["count"].to_numpy(), starts


def row_of(result, at="all periods since the start", **where):
    table = result.table[result.table["at"] == at]
    for name, value in where.items():
        table = table[table[name] == value]
    (row,) = table.to_dict("records")
    return row


@pytest.mark.parametrize("lag", [0, 10])
@pytest.mark.parametrize("group", [None, "women"])
def test_each_number_is_that_of_the_rows_counted_by_office_and_period(lag, group):
    people = people_of(effect=0.2, lag=lag)
    for office in ("o04", "o05"):  # these start in the middle of a period
        here = (people["office"] == office) & people["starts"].notna()
        later = pd.to_datetime(people.loc[here, "starts"]) + pd.Timedelta(days=9)
        people.loc[here, "starts"] = later.dt.strftime("%Y-%m-%d")
    found = staggered(case_of(people), by=group and "sex")
    mine = people[people["sex"] == group] if group else people
    k, n, starts = from_rows(mine, days_of(people))
    expected = effects(k, n, starts)
    shown = found.table[found.table["group"] == (group or "everyone")]
    told = shown["estimate"].notna().to_numpy()
    assert told.sum() > 4
    np.testing.assert_allclose(shown["estimate"][told], expected.full[0][told], atol=1e-12)
    assert shown["n"].tolist() == expected.people.tolist()
    mixed = n[[office in ("o04", "o05") for office in sorted(set(people["office"]))]]
    assert f"{mixed.shape[0]} offices" != row_of(found, group=group or "everyone")["note"]


def test_an_effect_on_women_is_found_in_women_and_not_in_men():
    found = [staggered(case_of(people_of(seed, effect=0.3)), by="sex") for seed in range(10)]
    women, men = ([row_of(each, group=group) for each in found] for group in ("women", "men"))
    assert np.mean([row["estimate"] for row in women]) == pytest.approx(0.3, abs=0.03)
    assert min(row["low"] for row in women) > 0
    assert sum(row["low"] < 0 < row["high"] for row in men) >= 8
    apart = row_of(
        staggered(case_of(people_of(0, effect=0.3)), by="sex", compare=True), group="women"
    )
    assert apart["estimate"] == pytest.approx(women[0]["estimate"] - men[0]["estimate"])
    assert apart["low"] > 0


def test_by_time_since_the_start_it_is_there_at_once_and_not_before():
    found = staggered(case_of(people_of(effect=0.3)), by="sex").table.query("group == 'women'")
    rows = found.set_index("at")
    assert rows.loc["period 1 since the start", "low"] > 0
    early = rows[rows.index.str.endswith("before the start")]["estimate"]
    assert early.notna().sum() >= 2
    assert early.abs().max() < 0.15
    assert "no difference seen in trends before the start" in rows.iloc[0]["note"]


def test_offices_that_moved_apart_before_the_start_are_told():
    people = people_of(drifting=0.5)
    days = {office: "2025-07-19" if int(office[1:]) % 4 < 2 else None for office in days_of(people)}
    note = row_of(staggered(case_of(people), days))["note"]
    assert (
        "trends already differed before the start (p < 0.001, the smallest of 6, adjusted)" in note
    )


# --- lots


def test_lots_that_are_declared_are_dealt_anew_and_the_effect_is_judged():
    people = people_of(effect=0.4)
    case = case_of(people, at_random=True)
    (finding,) = [f for f in review(list(stepwise.QUESTIONS[NAME].ask(case))) if f.by == "everyone"]
    assert finding.answer == "raised"
    assert "lots decided which office starts when" in finding.says
    assert finding.says.startswith(
        "In offices that show the advice, set against offices that do not show it yet"
    )
    p, exact = dealt_anew(*from_rows(people, days_of(people)))
    assert not exact
    assert f"p = {p:.3f} (days dealt anew to offices, 999 drawn)" in finding.rows[0]["note"]


def test_without_lots_nothing_is_judged_no_days_are_dealt_and_the_caveat_is_told():
    case = case_of(people_of(effect=0.4))
    found = list(stepwise.QUESTIONS[NAME].ask(case))
    assert review(found) == ()
    for result in found:
        assert "whatever else changed in these offices at that time is in it" in result.definition
        assert "whatever else changed in these offices at that time is in it" in result.sentence
        assert not result.table["note"].str.contains("dealt anew").any()


def test_days_that_a_caller_gives_are_no_lots():
    people = people_of()
    case = case_of(people, at_random=True)
    assert "dealt anew" in row_of(staggered(case))["note"]
    assert "dealt anew" not in row_of(staggered(case, days_of(people)))["note"]


def test_where_showing_changes_nobody_nothing_is_raised():
    for seed in range(6):
        case = case_of(people_of(seed), at_random=True)
        assert [
            f.says for f in review(list(stepwise.QUESTIONS[NAME].ask(case))) if f.answer == "raised"
        ] == []


# --- what is declared, given, lacking


def test_days_given_are_days_declared():
    people = people_of(effect=0.2)
    one, other = staggered(case_of(people)), staggered(case_of(people), days_of(people))
    pd.testing.assert_frame_equal(one.table, other.table)


def test_in_months_an_office_that_starts_on_the_first_starts_with_the_month():
    people = people_of(effect=0.2)
    people["starts"] = people["starts"].str[:7] + "-01"
    found = staggered(case_of(people, periods="month"))
    assert found.definition.endswith("(periods: month)")
    assert "in a period in which their office starts" not in row_of(found)["note"]
    assert (
        staggered(case_of(people), periods="month").table["estimate"].iloc[0]
        == row_of(found)["estimate"]
    )


def test_people_of_offices_without_a_day_are_left_out_and_counted():
    people = people_of()
    days = {o: d for o, d in days_of(people).items() if o not in ("o03", "o07")}
    assert (
        "800 without a day or of other offices left out"
        in row_of(staggered(case_of(people), days))["note"]
    )


def test_few_offices_keep_their_counts_and_have_no_number():
    people = people_of()
    people = people[people["office"] < "o08"]
    row = row_of(staggered(case_of(people)))
    assert row["n"] > 0
    assert np.isnan(row["estimate"])
    assert row["note"] == "6 offices: fewer than 8, no interval"


def test_an_office_with_two_days_is_refused_and_told_without_its_name():
    people = people_of()
    people.loc[people.index[0], "starts"] = "2025-05-05"
    case = case_of(people)
    with pytest.raises(AuditError, match="1 office of 24 have more than one day"):
        staggered(case)
    (untested,) = [u for u in wf.audit(case).cannot_test if u.measure == NAME]
    assert "o00" not in untested.why


@pytest.mark.parametrize(
    ("drop", "why"),
    [
        ("shown_from", "the case declares no shown_from"),
        ("office", "the case declares no office"),
        ("date", "the case declares no date and no decided_on"),
    ],
)
def test_what_a_case_lacks_is_told(drop, why):
    case = case_of(people_of(), drop=(drop,))
    assert stepwise.QUESTIONS[NAME].lacks(case) == why
    with pytest.raises(AuditError, match=why):
        staggered(case)
    assert why in [u.why for u in wf.audit(case).cannot_test if u.measure == NAME]


def test_where_it_is_recorded_who_saw_the_advice_overrides_have_no_time_before_it():
    people = people_of()
    people["seen"] = (people["day"] >= people["starts"].fillna("9999")).astype(int)
    keys = {"flagged": "high", "decision": "given", "date": "day", "office": "office"}
    roles = keys | {"shown_from": "starts", "shown": "seen"}
    case = wf.Case.from_dict({"source": people, "roles": roles})
    assert "nobody overrides what they have not seen" in stepwise.QUESTIONS[NAME].lacks(case)
    assert stepwise.QUESTIONS["decision_rate_roll_out"].lacks(case) == ""


def test_clusters_that_reach_over_offices_are_refused():
    people = people_of()
    people["team"] = np.arange(len(people)) % 50
    roles = {"flagged": "high", "decision": "given", "date": "day", "office": "office"}
    case = wf.Case.from_dict(
        {"source": people, "roles": roles | {"shown_from": "starts", "cluster": "team"}}
    )
    assert (
        stepwise.QUESTIONS[NAME].lacks(case).startswith("50 declared clusters in several offices")
    )
    inside = people.assign(team=people["office"] + "a")
    case = wf.Case.from_dict(
        {"source": inside, "roles": roles | {"shown_from": "starts", "cluster": "team"}}
    )
    assert stepwise.QUESTIONS[NAME].lacks(case) == ""


@pytest.mark.parametrize(
    ("dates", "message"),
    [
        ({"o00": "March"}, "'March' is not a day. Write it as 2026-01-31"),
        ({"elsewhere": "2025-03-01"}, "Nobody belongs to the office 'elsewhere'"),
        ({"o00": None}, "No office has a day"),
    ],
)
def test_days_that_cannot_be_used_say_what_to_do(dates, message):
    with pytest.raises(AuditError, match=message):
        staggered(case_of(people_of()), dates)


def test_another_kind_of_period_offers_those_there_are():
    with pytest.raises(AuditError, match="28 days"):
        staggered(case_of(people_of()), periods="week")
    with pytest.raises(AuditError, match="28 days"):
        case_of(people_of(), periods="week")

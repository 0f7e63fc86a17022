"""Two halves of the people: nobody is in both, and nothing but who they are decides in which."""

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.halves import halves

ROLES = {"flagged": "flag", "person": "id"}


def people(n=400, seed=1):
    draw = np.random.default_rng(seed)
    return pd.DataFrame({
        "id": [f"p{at:04d}" for at in range(n)],
        "sex": np.array(["women", "men"])[draw.integers(0, 2, n)],
        "age": draw.integers(18, 66, n),
        "flag": draw.integers(0, 2, n),
    })  # fmt: skip


def case_of(source, roles=ROLES, **more):
    declared = {"source": source, "roles": roles, "groups": {"sex": {}}, "inputs": {"age": {}}}
    return wf.Case.from_dict({**declared, **more})


WANTED = ["person", "group sex", "input age", "flagged"]


def same(pair, other):
    for one, two in zip(pair, other, strict=True):
        pd.testing.assert_frame_equal(one, two)


def test_every_person_is_in_one_half_and_none_in_both():
    one, other = halves(case_of(people()), WANTED)
    assert len(one) == len(other) == 200
    assert set(one["person"]) | set(other["person"]) == set(people()["id"])
    assert not set(one["person"]) & set(other["person"])


def test_a_person_with_several_rows_stays_in_one_half():
    rows = pd.concat([people(), people(150, seed=2), people(150, seed=3)], ignore_index=True)
    one, other = halves(case_of(rows), WANTED)
    assert len(one) + len(other) == 700
    assert not set(one["person"]) & set(other["person"])
    assert abs(one["person"].nunique() - other["person"].nunique()) <= 1


def test_people_of_one_cluster_stay_in_one_half():
    rows = people().assign(office=np.arange(400) % 23)
    case = case_of(rows, {**ROLES, "cluster": "office"})
    one, other = halves(case, [*WANTED, "cluster"])
    assert not set(one["cluster"]) & set(other["cluster"])
    assert {one["cluster"].nunique(), other["cluster"].nunique()} == {11, 12}


@pytest.mark.parametrize("roles", [ROLES, {"flagged": "flag"}])
def test_the_order_of_rows_has_no_say(roles):
    wanted = ["group sex", "input age", "flagged"]
    rows = pd.concat([people(), people(100, seed=2)], ignore_index=True)
    mixed = rows.sample(frac=1, random_state=5)
    same(halves(case_of(rows, roles), wanted), halves(case_of(mixed, roles), wanted))


@pytest.mark.parametrize("roles", [ROLES, {"flagged": "flag"}])
def test_the_file_format_has_no_say(roles, tmp_path):
    rows = people().assign(age=lambda p: p["age"].astype("Int64").mask(p["age"] == 30))
    rows.to_csv(tmp_path / "people.csv", index=False)
    rows.to_parquet(tmp_path / "people.parquet")
    wanted = ["group sex", "input age", "flagged"]
    in_memory = halves(case_of(rows, roles), wanted)
    same(in_memory, halves(case_of(tmp_path / "people.csv", roles), wanted))
    same(in_memory, halves(case_of(tmp_path / "people.parquet", roles), wanted))


@pytest.mark.parametrize("threads", [1, 4])
def test_the_number_of_threads_has_no_say(threads, tmp_path):
    many = pd.concat([people(5_000, seed=s) for s in range(40)], ignore_index=True)
    many.to_parquet(tmp_path / "people.parquet", row_group_size=10_000)
    table = ibis.duckdb.connect(threads=threads).read_parquet(tmp_path / "people.parquet")
    same(halves(case_of(table), WANTED), halves(case_of(many), WANTED))


def test_another_seed_is_another_split():
    one, _ = halves(case_of(people()), WANTED, seed=1)
    other, _ = halves(case_of(people()), WANTED, seed=2)
    assert 60 <= len(set(one["person"]) & set(other["person"])) <= 140


def test_over_many_seeds_each_person_is_in_the_first_half_about_every_other_time():
    case, times = case_of(people(40)), dict.fromkeys(people(40)["id"], 0)
    for seed in range(200):
        for person in halves(case, ["person"], seed=seed)[0]["person"]:
            times[person] += 1
    assert all(65 <= n <= 135 for n in times.values())  # five standard errors about 100


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), min_size=2, max_size=40))
def test_alike_people_without_a_name_are_parted_evenly_and_none_is_lost(rows):
    frame = pd.DataFrame(rows, columns=["sex", "flag"])
    case = wf.Case.from_dict({"source": frame, "roles": {"flagged": "flag"}, "groups": {"sex": {}}})
    one, other = halves(case, ["group sex", "flagged"])
    assert abs(len(one) - len(other)) <= 1
    both = pd.concat([one, other])
    assert sorted(zip(both["group sex"], both["flagged"], strict=True)) == sorted(rows)


def test_of_too_many_rows_a_sample_of_whole_people_is_taken_and_said():
    rows = pd.concat([people(), people(seed=2)], ignore_index=True)
    one, other = halves(case_of(rows), WANTED, most=301)
    assert len(one) == len(other) == 150
    assert (one["person"].value_counts() == 2).all()
    assert one.attrs["note"] == (
        "300 of 800 rows were taken, a sample of whole persons drawn by a seeded hash"
    )
    everyone, _ = halves(case_of(rows), WANTED)
    assert everyone.attrs["note"] == ""
    same((one, other), halves(case_of(rows.iloc[::-1]), WANTED, most=301))
    again, _ = halves(case_of(rows), WANTED, most=301, seed=9)
    assert set(again["person"]) != set(one["person"])


def test_columns_come_as_rates_read_them():
    rows = pd.DataFrame({
        "id": ["1", "2", "3", "4"], "sex": ["f", "m", "", "f"], "tier": ["low", "high", "high", None],
        "decision": ["low", "low", "high", "low"], "pay": ["1,5", "2", "-9", "n/a"],
        "post": ["007", "012", "120", "300"], "car": [True, False, None, True], "score": [0.1, 0.2, 0.3, 0.4],
    })  # fmt: skip
    order = ["low", "high"]
    case = wf.Case.from_dict({
        "source": rows, "missing": ["n/a"],
        "roles": {
            "person": "id", "score": {"column": "score", "resolution": 0.1},
            "tier": {"column": "tier", "order": order}, "flagged": {"tier_at_least": "high"},
            "decision": {"column": "decision", "order": order},
        },
        "groups": {"sex": {"labels": {"f": "women", "m": "men"}}},
        "inputs": {"pay": {"missing": ["-9"]}, "post": {}, "car": {}, "age": {"column": "score"}},
    })  # fmt: skip
    wanted = ["person", "group sex", "tier", "flagged", "decision", "advice", "score"]
    inputs = ["input pay", "input post", "input car", "input age"]
    found = pd.concat(halves(case, [*wanted, *inputs])).sort_values("person")
    assert found["group sex"].tolist() == ["women", "men", "not recorded", "women"]
    assert found["tier"].astype(object).tolist()[:3] == [0, 1, 1]
    assert found["flagged"].isna().tolist() == [False, False, False, True]
    assert found["decision"].tolist() == [0, 0, 1, 0]
    assert found["advice"].astype(object).tolist()[:3] == [0, 1, 1]
    assert found["score"].round(6).tolist() == [0.1, 0.2, 0.3, 0.4]
    assert found["input pay"].tolist()[:2] == ["1,5", "2"]  # a comma, where a point was declared
    assert found["input pay"].isna().tolist() == [False, False, True, True]
    assert found["input post"].tolist() == ["007", "012", "120", "300"]
    assert found["input car"].fillna("-").tolist() == ["True", "False", "-", "True"]
    assert found["input age"].tolist() == [0.1, 0.2, 0.3, 0.4]


def test_text_that_holds_numbers_is_read_with_the_declared_decimal_mark(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("sex;age;flag\nf;20,5;1\nm;31;0\nf;;1\nm;44;0\n")
    source = {"path": path, "decimal": ",", "delimiter": ";"}
    found = pd.concat(halves(case_of(source, {"flagged": "flag"}), ["input age"]))
    assert sorted(found["input age"].dropna()) == [20.5, 31.0, 44.0]


def test_a_column_that_is_not_declared_is_named_with_the_nearest():
    with pytest.raises(
        AuditError, match=r"No column of the case called 'input agee'\. Did you mean 'input age'"
    ):
        halves(case_of(people()), ["input agee"])


def test_counts_hold_no_people_to_split():
    with pytest.raises(AuditError, match="holds no people"):
        halves(wf.load("ll144/selection"), ["group sex"])


def test_nothing_of_the_rows_is_written_or_logged(tmp_path, monkeypatch, capfd, caplog):
    monkeypatch.chdir(tmp_path)
    with caplog.at_level(0):
        halves(case_of(people()), WANTED)
    assert capfd.readouterr() == ("", "")
    assert not list(tmp_path.iterdir())
    assert "p00" not in caplog.text

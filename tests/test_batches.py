"""People stream by in batches: whatever their size, everybody once, in order, read the same way."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wfaudit as wf
from wfaudit.batches import batches, is_number, rows_of
from wfaudit.case import Case
from wfaudit.errors import AuditError


def case_of(people, inputs, **more):
    declared = {"source": people, "groups": {"sex": {}}, "inputs": {name: {} for name in inputs}}
    return Case.from_dict(declared | more)


def invented(n=25):
    draw = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": draw.normal(40, 9, n).round(1),
            "jobs": draw.integers(0, 9, n),
            "code": [f"{at:03d}" for at in range(n)],
            "school": draw.choice(["none", "some"], n),
            "sex": draw.choice(["women", "men"], n),
        }
    )


NAMES = ["age", "jobs", "code", "school"]


@given(size=st.integers(1, 40))
@settings(max_examples=12, deadline=None)
def test_everybody_comes_once_in_the_order_of_the_source_whatever_the_size(size):
    people = invented()
    found = list(batches(case_of(people, NAMES), NAMES, size=size))
    assert [b.start for b in found] == list(range(0, 25, size))
    assert all(b.rows <= size for b in found)
    together = pd.concat([b.inputs for b in found], ignore_index=True)
    assert together["age"].tolist() == people["age"].tolist()
    assert together["jobs"].tolist() == people["jobs"].astype(float).tolist()
    assert (
        together[["code", "school"]].values.tolist() == people[["code", "school"]].values.tolist()
    )


def test_a_text_in_one_cell_makes_the_input_text_in_every_batch():
    people = invented().astype({"age": str})
    people.loc[24, "age"] = "unknown"
    first = next(batches(case_of(people, ["age"]), ["age"], size=5))
    assert not pd.api.types.is_numeric_dtype(first.inputs["age"])
    read = case_of(people, ["age"], missing=["unknown"])
    last = list(batches(read, ["age"], size=5))[-1].inputs["age"]
    assert last.dtype == float
    assert np.isnan(last.iloc[-1])


def test_numbers_written_as_text_are_numbers_and_codes_are_not():
    people = invented().assign(age=[f"{at}.5" for at in range(25)])
    case = case_of(people, NAMES)
    assert [is_number(case, name) for name in NAMES] == [True, True, False, False]
    assert next(batches(case, ["age"])).inputs["age"].tolist() == [at + 0.5 for at in range(25)]


def test_an_input_asked_as_text_is_text_whatever_it_looks_like():
    found = next(batches(case_of(invented(), NAMES), ["jobs"], texts=["jobs"])).inputs["jobs"]
    assert found.tolist() == invented()["jobs"].astype(str).tolist()
    whole = invented().astype({"jobs": float})  # as a column of whole numbers with a gap comes
    assert (
        next(batches(case_of(whole, NAMES), ["jobs"], texts=["jobs"])).inputs["jobs"].tolist()
        == found.tolist()
    )


def test_what_is_missing_is_missing_in_numbers_and_texts():
    people = invented(4)
    people.loc[1, "age"] = np.nan
    people.loc[2, "school"] = None
    found = next(batches(case_of(people, NAMES), NAMES)).inputs
    assert found["age"].isna().tolist() == [False, True, False, False]
    assert found["school"].isna().tolist() == [False, False, True, False]


def test_what_else_is_asked_comes_as_codes_of_the_same_people():
    people = invented()
    case = case_of(people, NAMES)
    told = []
    for batch in batches(case, ["age"], {"sex": case.columns["group sex"]}, size=7):
        at, values = batch.others["sex"]
        told += [values[one] for one in at]
    assert told == people["sex"].tolist()


def test_a_parquet_file_streams_like_the_frame_it_was_made_of(tmp_path):
    people = invented(2_500)
    people.to_parquet(tmp_path / "people.parquet", row_group_size=300)
    from_file = case_of(tmp_path / "people.parquet", NAMES)
    one, other = (
        pd.concat([b.inputs for b in batches(case, NAMES, size=400)], ignore_index=True)
        for case in (case_of(people, NAMES), from_file)
    )
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_no_inputs_still_count_everybody():
    assert [b.rows for b in batches(case_of(invented(), NAMES), [], size=10)] == [10, 10, 5]


def test_an_input_that_is_not_declared_is_named_with_the_nearest():
    with pytest.raises(AuditError, match=r"'agee'.*'age'"):
        next(batches(case_of(invented(), NAMES), ["agee"]))


def test_counts_hold_no_people_to_ask_a_model_about():
    with pytest.raises(AuditError, match="holds no people"):
        rows_of(wf.load("ll144/selection"))


def test_nothing_of_the_rows_is_written_or_logged(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    list(batches(case_of(invented(), NAMES), NAMES))
    assert capfd.readouterr() == ("", "")
    assert not list(tmp_path.iterdir())

"""Cases of pairs: people and vacancies in tables beside the pairs, joined without a surprise."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import wfaudit as wf

PEOPLE = pd.DataFrame({
    "person": [f"p{i}" for i in range(40)],
    "sex": ["women", "men"] * 20,
    "budget": range(40),
})  # fmt: skip
VACANCIES = pd.DataFrame(
    {"vacancy": [f"v{i}" for i in range(16)], "trade": ["care", "metal"] * 8, "cost": 5}
)
PAIRS = pd.DataFrame({
    "vacancy": np.repeat(VACANCIES["vacancy"].to_numpy(), 10),
    "person": [f"p{(7 * v + i * (1 + v % 3)) % 40}" for v in range(16) for i in range(10)],
    "rank": [*range(1, 11)] * 16,
})  # fmt: skip
PAIRS["top"] = PAIRS["rank"] <= 3
TABLES = {
    "people": {"path": PEOPLE, "key": "person", "role": "item"},
    "vacancies": {"path": VACANCIES, "key": "vacancy", "role": "query"},
}
ROLES = {"query": "vacancy", "item": "person", "rank": "rank", "flagged": "top"}
COST = {"item": "people.budget", "query": "vacancies.cost", "is": ">="}
PLACE = {
    "item": ["people.budget", "people.budget"], "query": ["vacancies.cost", "vacancies.cost"],
    "is": "within", "mode": "people.sex", "speeds": {"men": 50, "women": 50}, "most": 60,
}  # fmt: skip
DECLARED = {
    "source": PAIRS,
    "roles": ROLES,
    "tables": TABLES,
    "groups": {"sex": {"table": "people", "reference": "men"}},
    "constraints": {"cost": COST},
    "tolerance": {"default": {"gap": 0.05}},
}


def a_case(**changed):
    return wf.Case.from_dict({**DECLARED, **changed})


def codes(case):
    return {note.code: note.rows for note in case.door.quality}


def test_a_group_of_a_table_beside_is_counted_as_if_it_stood_in_the_pairs():
    joined = PAIRS.merge(PEOPLE, on="person")
    alone = wf.rates(a_case(), "selection_rate", by="sex").table
    merged = wf.rates(
        wf.Case.from_dict({"source": joined, "roles": ROLES, "groups": {"sex": {}}}),
        "selection_rate",
        by="sex",
    ).table
    pd.testing.assert_frame_equal(alone, merged)
    assert alone.set_index("group").loc["women", "n"] == int((joined["sex"] == "women").sum())


def test_the_same_pairs_from_files_give_the_same_numbers_and_every_file_is_fingerprinted(tmp_path):
    for name, frame in (("pairs", PAIRS), ("people", PEOPLE), ("vacancies", VACANCIES)):
        frame.to_parquet(tmp_path / f"{name}.parquet", index=False)
    (tmp_path / "case.toml").write_text(
        'source = "pairs.parquet"\n[roles]\nquery="vacancy"\nitem="person"\nrank="rank"\nflagged="top"\n'
        '[tables.people]\npath="people.parquet"\nkey="person"\nrole="item"\n'
        '[groups.sex]\ntable="people"\nreference="men"\n',
        encoding="utf-8",
    )
    case = wf.read_case(tmp_path / "case.toml")
    from_files = wf.gaps(case, "selection_rate", by="sex").table
    pd.testing.assert_frame_equal(from_files, wf.gaps(a_case(), "selection_rate", by="sex").table)
    assert [name for name, _ in case.source.hashes] == ["pairs.parquet", "people.parquet"]


def test_intervals_leave_out_one_list_at_a_time_and_one_of_those_who_stand_in_many():
    """Sixteen lists of ten out of forty: each stands in four. Between lists of one trade and another lists alone count."""
    groups = {**DECLARED["groups"], "trade": {"table": "vacancies", "reference": "care"}}
    case = a_case(groups=groups)
    assert case.cluster == "query"
    told = {by: wf.gaps(case, "selection_rate", by=by) for by in groups}
    assert (
        "leaves out one list at a time, and one of those in lists at a time" in told["sex"].interval
    )
    assert "leaves out one cluster at a time" in told["trade"].interval
    assert [result.evidence["clusters"].max() for result in told.values()] == [16, 16]


def test_whoever_stands_in_one_table_only_is_counted_and_told():
    tables = {**TABLES, "people": {**TABLES["people"], "path": PEOPLE[:30]}}
    pairs = pd.concat([PAIRS[PAIRS["person"] != "p3"], PAIRS[:2]])
    lost = int(pairs["person"].isin(PEOPLE["person"][30:]).sum())
    seen = codes(a_case(tables=tables, source=pairs))
    assert seen["pair without entry"] == lost
    assert (
        seen["in no pair"]
        == 30 - pairs["person"][pairs["person"].isin(PEOPLE["person"][:30])].nunique()
    )
    assert seen["pair repeats"] == 2
    assert seen["group not recorded"] == lost


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"tables": {**TABLES, "people": {**TABLES["people"], "path": pd.concat([PEOPLE, PEOPLE[:3]])}}},
         "in 3 rows the key stands once more, so a pair would be joined to several"),
        ({"tables": {**TABLES, "people": {**TABLES["people"], "path": PEOPLE.assign(person=None)}}}, "in 40 rows the key is missing"),
        ({"tables": {**TABLES, "people": {**TABLES["people"], "path": PEOPLE.assign(person=[None, *PEOPLE["person"][1:]])}}},
         "in 1 row the key is missing"),
        ({"tables": {**TABLES, "people": {**TABLES["people"], "path": PEOPLE.assign(person=range(40))}}}, "can't name each other"),
        ({"tables": {**TABLES, "people": {**TABLES["people"], "role": "itm"}}}, "Did you mean 'item'"),
        ({"tables": {**TABLES, "people": {**TABLES["people"], "role": "query"}}}, "Two tables describe the same role"),
        ({"tables": {**TABLES, "people": {"path": PEOPLE, "key": "person"}}}, "lacks role"),
        ({"tables": {**TABLES, "people": {**TABLES["people"], "key": "persn"}}}, "Did you mean 'person'"),
        ({"tables": {"vacancies": TABLES["vacancies"]}}, "No table called 'people'"),
        ({"roles": {"query": "vacancy", "flagged": "top"}}, "needs both roles: query"),
        ({"roles": {"flagged": "top"}, "constraints": {}}, "Tables stand beside pairs"),
        ({"roles": {"rank": "rank", "flagged": "top"}, "constraints": {}}, "rank belongs to a pair"),
        ({"source": PAIRS.assign(person=[None, *PAIRS["person"][1:]])}, "in 1 row a side of the pair is missing"),
        ({"constraints": {"cost": {**COST, "item": "people.budgt"}}}, "Did you mean 'budget'"),
        ({"constraints": {"cost": {**COST, "item": "peple.budget"}}}, "Did you mean 'people'"),
        ({"constraints": {"cost": {**COST, "is": "=>"}}}, "There are: >=, <=, ==, covers, within"),
        ({"constraints": {"cost": {"item": "people.budget", "is": ">="}}}, "lacks query"),
        ({"constraints": {"cost": {**COST, "query": ["vacancies.cost", "vacancies.cost"]}}}, "compares 1 with 2 columns"),
        ({"constraints": {"cost": {**COST, "most": 60}}}, "needs mode, speeds and most"),
        ({"constraints": {"travel": {**PLACE, "speeds": {"men": 0}}}}, "must be above zero"),
        ({"constraints": {"travel": {k: v for k, v in PLACE.items() if k != "mode"}}}, "needs mode, speeds and most"),
    ],
)  # fmt: skip
def test_pairs_that_cannot_be_joined_or_compared_are_refused_in_one_line(changed, says):
    with pytest.raises(wf.AuditError, match=says) as told:
        _ = a_case(**changed).door
    assert "\n" not in str(told.value)
    assert "p0" not in str(told.value)


def test_a_table_beside_a_database_file_is_joined_without_writing_to_it(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "agency.duckdb"
    with duckdb.connect(str(path)) as writer:
        writer.register("given", pa.Table.from_pandas(PAIRS))
        writer.execute("CREATE TABLE pairs AS SELECT * FROM given")
    before = path.read_bytes()
    case = a_case(source={"path": path, "table": "pairs"})
    pd.testing.assert_frame_equal(
        wf.gaps(case, "selection_rate", by="sex").table,
        wf.gaps(a_case(), "selection_rate", by="sex").table,
    )
    assert path.read_bytes() == before


def test_sub_scores_are_declared_by_name():
    pairs = PAIRS.assign(distance=0.5, skills=0.25)
    case = a_case(
        source=pairs, roles={**ROLES, "scores": {"distance": "distance", "skills": "skills"}}
    )
    assert {"scores.distance", "scores.skills"} <= set(case.roles)
    with pytest.raises(wf.AuditError, match="'skils'"):
        a_case(source=pairs, roles={**ROLES, "scores": {"skills": "skils"}})

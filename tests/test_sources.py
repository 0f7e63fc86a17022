"""The opener of files and frames: what comes in whole, what is turned away, and with which words."""

import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from html import escape

import duckdb
import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from entrance import SECRETS, crowd, everything, lay, levels, noticed, refused, reported, text

import wfaudit as wf
from wfaudit import auditing, cli
from wfaudit.report import Run
from wfaudit.report.files import results_json
from wfaudit.sources import open_source

DANES = {"sex": ["kvinder æøå", "mænd"]}
MAEND = 'reference = "mænd"'


# Text: empty, headless, torn -------------------------------------------------------------------


def test_an_empty_file_has_nobody_in_it(tmp_path, capsys):
    assert refused(lay(tmp_path, b""), capsys) == (
        "'people.csv' is empty (0 bytes). Export the data again."
    )


@pytest.mark.parametrize("header", [b"sex,flag\n", b"sex,flag", b"sex,flag\r\n", b"\nsex,flag\n"])
def test_a_header_without_people_has_0_rows(tmp_path, capsys, header):
    assert "has a header and 0 rows" in refused(lay(tmp_path, header), capsys)


def test_a_file_of_empty_lines_has_no_columns(tmp_path, capsys):
    assert refused(lay(tmp_path, b"\n\n\n"), capsys).startswith("'people.csv' has no columns.")


def test_one_person_is_audited_and_no_interval_is_sharp(tmp_path, capsys):
    results, _ = reported(lay(tmp_path, b"sex,flag\nmen,1\n"), capsys)
    everyone = results["results"][0]["rows"][0]
    assert (results["case"]["rows"], everyone["n"], everyone["estimate"]) == (1, 1, 1.0)
    assert everyone["low"] < 0.3


def test_a_first_line_of_cells_is_not_told_as_names(tmp_path, capsys):
    told = refused(lay(tmp_path, b"SECRET-7777,1\nIngrid Nakamura,0\n"), capsys)
    assert "its first line looks like a row of data, not like names (1 of 2 in figures)" in told


@pytest.mark.parametrize("torn", [b"men,1,SECRET-7777\n", b'"men,1\nSECRET-7777,1\n', b"men\n"])
def test_a_row_with_other_fields_than_the_header_is_counted_and_refused(tmp_path, capsys, torn):
    told = refused(lay(tmp_path, text(crowd()) + torn), capsys)
    assert told.startswith("'people.csv': in 1 row the number of fields is not the 2 of the header")


def test_a_name_longer_than_any_name_is_an_unclosed_quote(tmp_path, capsys):
    told = refused(lay(tmp_path, b'sex,"' + b"x" * 140_000 + b"\nmen,1\n"), capsys)
    assert "more than 131,072 characters near its top (an unclosed quote?)" in told


def test_an_empty_line_in_a_single_column_is_a_person_whose_cell_is_missing(tmp_path, capsys):
    case = lay(tmp_path, b"sex\nmen\n\nwomen\n", roles="")
    assert noticed(case, capsys)["group not recorded"] == [
        "In 1 row sex is not known (empty text): group 'not recorded'."
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_what_parts_the_columns_is_seen_from_the_names_that_are_wanted(tmp_path, delimiter):
    people = crowd() | {"a,b;c|d": ["x"] * 40}
    assert levels(lay(tmp_path, text(people, delimiter=delimiter))) == ("men", "women")


def test_two_ways_to_part_the_same_columns_are_not_guessed(tmp_path, capsys):
    told = refused(lay(tmp_path, b"a,b;c\n1,2;3\n"), capsys)
    assert "can't tell which of ',', ';' parts the columns" in told


# Text: encodings -------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_file_that_tells_its_encoding_keeps_its_letters(tmp_path, encoding):
    case = lay(tmp_path, text(crowd(**DANES), encoding), sex=MAEND)
    assert levels(case) == ("kvinder æøå", "mænd")


@pytest.mark.parametrize("encoding", ["latin-1", "windows-1252", "utf-16-le", "UTF8"])
def test_a_declared_encoding_keeps_its_letters(tmp_path, encoding):
    source = f'{{ path = "people.csv", encoding = "{encoding}" }}'
    case = lay(tmp_path, text(crowd(**DANES), encoding), sex=MAEND, source=source)
    assert levels(case) == ("kvinder æøå", "mænd")


def test_letters_of_latin_1_are_never_read_as_others(tmp_path, capsys):
    told = refused(lay(tmp_path, text(crowd(**DANES), "latin-1")), capsys)
    assert told.startswith(
        "'people.csv' is not utf-8 throughout: 40 lines can't be read (first: line 2, byte 17)."
    )
    assert 'encoding = "latin-1"' in told


def test_one_line_in_another_encoding_is_found_by_its_number(tmp_path, capsys):
    raw = "sex,flag\nmænd,1\n".encode() + b"kvinder-7777,1\n" * 9 + "mænd,0\n".encode("latin-1")
    told = refused(lay(tmp_path, raw), capsys)
    assert "1 line can't be read (first: line 12, byte 153), though 1 line with letters" in told
    assert "encodings are mixed" in told


def test_utf_8_declared_as_latin_1_would_garble_every_name(tmp_path, capsys):
    source = '{ path = "people.csv", encoding = "latin-1" }'
    told = refused(lay(tmp_path, text(crowd(**DANES)), source=source), capsys)
    assert "is UTF-8, not iso8859-1 as declared" in told


@pytest.mark.parametrize("encoding", ["klingon", "base64", "a\\u0000b"])
def test_an_encoding_nobody_knows_is_named(tmp_path, capsys, encoding):
    source = f'{{ path = "people.csv", encoding = "{encoding}" }}'
    assert "No encoding called" in refused(lay(tmp_path, crowd(), source=source), capsys)


def test_text_read_in_the_wrong_width_of_letters_is_refused(tmp_path, capsys):
    source = '{ path = "people.csv", encoding = "utf-16" }'
    told = refused(lay(tmp_path, crowd(), source=source), capsys)
    assert "is not utf-16 throughout. Declare another encoding" in told


@pytest.mark.parametrize(
    "raw", [text(crowd(**DANES), "utf-16-le"), b"\x1f\x8b\x00\x08binary", b"sex,flag\nme\0n,1\n"]
)
def test_what_is_no_text_is_not_read_as_text(tmp_path, capsys, raw):
    assert "holds NUL characters" in refused(lay(tmp_path, raw), capsys)


# Names of columns ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ("sex,flag,x,x", "column 'x' stands twice"),
        ("sex,flag,Age,age", "columns 'Age' and 'age' differ only in case"),
        ("sex,flag,Århus,århus", "columns 'Århus' and 'århus' differ only in case"),
        ("sex,flag,a,", "column number 4 of 4 has no name"),
        ("sex,flag,a,  ", "column number 4 of 4 has no name"),
        ("sex,flag,a,\u200b", "column number 4 of 4 has no name"),
    ],
)
def test_two_columns_of_one_name_and_a_column_without_are_refused(tmp_path, capsys, names, told):
    assert told in refused(lay(tmp_path, f"{names}\nmen,1,SECRET-7777,x\n".encode()), capsys)


def test_the_same_holds_for_parquet_and_frames(tmp_path, capsys):
    twice = pa.Table.from_arrays([pa.array(["men"]), pa.array([1])], names=["flag", "Flag"])
    pq.write_table(twice, tmp_path / "people.parquet")
    told = refused(lay(tmp_path, None, source='"people.parquet"'), capsys)
    assert "columns 'flag' and 'Flag' differ only in case" in told
    with pytest.raises(wf.AuditError, match="column '1' stands twice"):
        open_source(pd.DataFrame([[1, 2]], columns=[1, "1"]))


HOSTILE = [
    'a"b', "it's", 'x"; DROP TABLE people; --', "{level}", "{{ 7 * 7 }}", "a\nb", "x" * 10_000,
    "\u202eabc", "%s", "a.b", "a,b", " a", "<script>alert(1)</script>", "=cmd|' /C calc'!A0",
    r"$\frac{$", "people", "n", "value", "count", "rowid", "select", "😀",
]  # fmt: skip


def quoted(name):
    """A name as a case file writes it."""
    for plain, written in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n")):
        name = name.replace(plain, written)
    return f'"{name}"'


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_column_name_is_a_name_like_any_other(tmp_path, name):
    people = {name if column == "sex" else column: cells for column, cells in crowd().items()}
    assert levels(lay(tmp_path, people, sex=f"column = {quoted(name)}")) == ("men", "women")


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", r"$\frac{$", "{{ 7 * 7 }}"])
def test_a_hostile_name_does_nothing_in_a_page(tmp_path, capsys, name):
    people = {name if column == "flag" else column: cells for column, cells in crowd().items()}
    group = f'[groups.{quoted(name)}]\ncolumn = "sex"\nreference = "men"'
    case = lay(tmp_path, people, roles=f"flagged = {quoted(name)}", more=group)
    _, page = reported(case, capsys)
    assert "<script" not in page
    assert page.count(escape(name)) > 2


def test_a_very_long_name_is_shortened_in_a_message(tmp_path, capsys):
    people = crowd() | {"x" * 10_000: [1] * 40, "\u202eevil": [1] * 40}
    told = refused(lay(tmp_path, people, roles='flagged = "flags"'), capsys)
    assert "Did you mean 'flag'?" in told
    assert len(told) < 400
    assert "\u202e" not in told


# Files and folders -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ('"gone.csv"', "There is no file or folder 'gone.csv' where the source points"),
        ('"a\\u0000b.csv"', "There is no file or folder"),
        ('"people.xlsx"', "Can't read 'people.xlsx'"),
        ('{ path = "gone.parquet", made_by = "make.py" }', "It is built by 'make.py'"),
        (f'"{"x" * 300}.csv"', "can't be looked up (File name too long)"),
        ('"."', "holds no .parquet file (3 other files)"),
        ('{ path = "people.csv", delimiter = ";;" }', "The delimiter must be one character"),
        ('{ path = "people.csv", decimal = "abc" }', "The decimal mark is a point or a comma"),
    ],
)
def test_a_source_that_is_not_there_or_is_none_is_told(tmp_path, capsys, source, told):
    (tmp_path / "people.xlsx").write_bytes(b"PK")
    assert told in refused(lay(tmp_path, crowd(), source=source), capsys)


def test_a_file_one_may_not_read_is_told(tmp_path, capsys, monkeypatch):
    def forbidden(*_, **__):
        raise PermissionError(13, "Permission denied")

    case = lay(tmp_path, crowd())
    monkeypatch.setattr("wfaudit.sources.text.sha256", forbidden)
    assert "'people.csv' can't be opened (Permission denied)" in refused(case, capsys)


@pytest.mark.parametrize("keep", [slice(-20), slice(4), slice(100)])
def test_a_truncated_parquet_file_is_refused(tmp_path, capsys, keep):
    case = lay(tmp_path, pd.DataFrame(crowd()))
    file = tmp_path / "people.parquet"
    file.write_bytes(file.read_bytes()[keep])
    assert refused(case, capsys) == (
        "'people.parquet' is not a whole Parquet file (truncated or another format). Export it again."
    )


def test_damage_inside_a_parquet_file_is_told_without_the_engines_words(tmp_path, capsys):
    case = lay(tmp_path, pd.DataFrame(crowd()))
    raw = bytearray((tmp_path / "people.parquet").read_bytes())
    raw[10:60] = bytes(50)
    (tmp_path / "people.parquet").write_bytes(raw)
    told = refused(case, capsys)
    assert told.startswith("'people.parquet' could not be read to its end (")


@pytest.mark.parametrize("rows", [0, None])
def test_a_parquet_file_without_people_is_refused(tmp_path, capsys, rows):
    frame = pd.DataFrame(crowd())[:rows] if rows == 0 else None
    case = lay(tmp_path, frame, source='"people.parquet"')
    if frame is None:
        (tmp_path / "people.parquet").write_bytes(b"")
    assert ("0 rows" if rows == 0 else "0 bytes") in refused(case, capsys)


def parts(folder, *frames):
    (folder / "parts").mkdir()
    for name, frame in zip("abc", frames, strict=False):
        pd.DataFrame(frame).to_parquet(folder / "parts" / f"{name}.parquet")
    return lay(folder, None, source='"parts"')


def test_parts_are_one_crowd_whatever_the_order_of_their_columns(tmp_path, capsys):
    other = pd.DataFrame({"flag": [1, 1], "sex": ["men", "men"]})
    results, _ = reported(parts(tmp_path, crowd(), other), capsys)
    assert results["case"]["groups"][0]["levels"] == [["men", 22], ["women", 20]]


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (
            {"flag": ["1"]},
            "column 'flag' is string in part 'b.parquet' and int64 in part 'a.parquet'",
        ),
        ({"flag": [1], "x": [1]}, "column 'x' is int64 in part 'b.parquet' and missing in part"),
        ({}, "column 'flag' is missing in part 'b.parquet' and int64 in part 'a.parquet'"),
    ],
)
def test_parts_of_different_schema_are_named_with_the_column(tmp_path, capsys, other, told):
    told_us = refused(parts(tmp_path, crowd(), {"sex": ["SECRET-7777"], **other}), capsys)
    assert told in told_us.replace("large_string", "string")


def test_stray_files_in_a_folder_of_parts_are_not_read_and_are_listed(tmp_path, capsys):
    case = parts(tmp_path, crowd())
    for stray in ("_SUCCESS", ".a.parquet.crc", "._a.parquet", ".DS_Store", "notes.txt"):
        (tmp_path / "parts" / stray).write_text("SECRET-7777", encoding="utf-8")
    for hidden in (".snapshot", "_temporary"):
        (tmp_path / "parts" / hidden).mkdir()
        shutil.copy(tmp_path / "parts" / "a.parquet", tmp_path / "parts" / hidden)
    results, _ = reported(case, capsys)
    assert results["case"]["rows"] == 40
    ignored = [q["says"] for q in results["data_quality"] if q["code"] == "file ignored"]
    assert len(ignored) == 7
    assert "'_SUCCESS' is no Parquet part and was not read." in ignored


def test_the_values_in_names_of_parts_are_not_told(tmp_path, capsys):
    for who, sex in (("SECRET-7777", ["men"]), ("x", [1])):
        folder = tmp_path / "parts" / f"caseworker={who}"
        folder.mkdir(parents=True)
        pd.DataFrame({"sex": sex, "flag": [1]}).to_parquet(folder / "p.parquet")
    told = refused(lay(tmp_path, None, source='"parts"'), capsys)
    assert "part 'caseworker=…/p.parquet'" in told


def test_a_group_may_be_the_name_of_a_folder(tmp_path, capsys):
    for sex, flag in (("men", [0, 0, 0]), ("women", [1, 0])):
        folder = tmp_path / "parts" / f"sex={sex}"
        folder.mkdir(parents=True)
        pd.DataFrame({"flag": flag}).to_parquet(folder / "p.parquet")
    results, _ = reported(lay(tmp_path, None, source='"parts"'), capsys)
    assert results["case"]["groups"][0]["levels"] == [["men", 3], ["women", 2]]


def test_a_folder_without_parts_is_refused(tmp_path, capsys):
    case = lay(tmp_path, crowd(), source='"parts"')
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "people.csv").write_bytes(b"x")
    assert "Folder 'parts' holds no .parquet file (1 other file)" in refused(case, capsys)


@pytest.mark.parametrize("name", ["a'b.parquet", "a[1].parquet", "a *.parquet", "ü ; --.parquet"])
def test_a_hostile_file_name_opens_that_file_and_no_other(tmp_path, name):
    pd.DataFrame(crowd(60)).to_parquet(tmp_path / "a1.parquet")
    pd.DataFrame(crowd(40)).to_parquet(tmp_path / name)
    assert open_source(tmp_path / name).table.count().to_pyarrow().as_py() == 40


# DuckDB files ----------------------------------------------------------------------------------


def database(folder, *statements):
    people = pa.table(crowd())
    with duckdb.connect(str(folder / "people.duckdb")) as connection:
        connection.register("people_now", people)
        for statement in statements:
            connection.execute(statement)
    return lay(folder, None, source='"people.duckdb"')


def test_the_only_table_is_the_one_meant_wherever_it_stands(tmp_path, capsys):
    case = database(tmp_path, "CREATE SCHEMA s", 'CREATE TABLE s."a""b" AS FROM people_now')
    results, _ = reported(case, capsys)
    assert results["case"]["source"] == 'people.duckdb, table s.a"b'


def test_of_two_tables_one_must_be_named(tmp_path, capsys):
    made = [f"CREATE TABLE {name} AS FROM people_now" for name in ("before", "after")]
    case = database(tmp_path, *made)
    assert "holds 2 tables: 'after', 'before'. Name the one to read" in refused(case, capsys)
    source = '{ path = "people.duckdb", table = "befor" }'
    assert "Did you mean 'before'?" in refused(lay(tmp_path, None, source=source), capsys)
    source = '{ path = "people.duckdb", table = "before" }'
    assert noticed(lay(tmp_path, None, source=source), capsys) == {}


def test_a_database_without_tables_people_or_form_is_refused(tmp_path, capsys):
    assert "holds no table" in refused(database(tmp_path), capsys)
    case = database(tmp_path, "CREATE TABLE people AS FROM people_now LIMIT 0")
    assert "has 0 rows" in refused(case, capsys)
    (tmp_path / "people.duckdb").write_bytes(b"SECRET-7777" * 1000)
    assert "can't be opened as a DuckDB file" in refused(case, capsys)


def test_a_view_cannot_reach_out_of_its_database(tmp_path, capsys):
    outside = lay(tmp_path, {"sex": ["SECRET-7777"], "flag": [1]}).parent / "people.csv"
    case = database(tmp_path, f"CREATE VIEW people AS FROM read_csv('{outside}')")
    assert "or a view of other files" in refused(case, capsys)


# Files that change -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "parquet", "duckdb"])
@pytest.mark.parametrize("late", [False, True])
def test_a_file_that_vanishes_while_it_is_read_stops_the_audit(
    tmp_path, capsys, monkeypatch, kind, late
):
    people = pd.DataFrame(crowd()) if kind == "parquet" else crowd()
    case = lay(tmp_path, people) if kind != "duckdb" else None
    case = case or database(tmp_path, "CREATE TABLE people AS FROM people_now")
    prepare = auditing.prepare

    def vanishing(seen):
        done = prepare(seen) if late else None
        (tmp_path / f"people.{kind}").unlink()
        return done or prepare(seen)

    monkeypatch.setattr(auditing, "prepare", vanishing)
    code = cli.main(["run", str(case), "--out", str(tmp_path / "report")])
    told = capsys.readouterr()
    assert (code, told.out) == (2, "")
    assert told.err == (
        f"wfaudit: 'people.{kind}' changed or vanished while it was being read; nothing was "
        "written. Run again when nobody is writing to it.\n"
    )
    assert not (tmp_path / "report").exists()


def test_a_file_that_gains_a_person_while_it_is_read_stops_the_audit(tmp_path):
    case = wf.read_case(lay(tmp_path, crowd()))
    with (tmp_path / "people.csv").open("ab") as file:
        file.write(b"men,1\n")
    with pytest.raises(wf.AuditError, match=r"'people.csv' changed or vanished"):
        wf.audit(case)


# Where a report goes ---------------------------------------------------------------------------


def test_a_folder_with_something_else_is_left_untouched(tmp_path, capsys):
    case = lay(tmp_path, crowd())
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "mine.txt").write_text("mine", encoding="utf-8")
    assert "Folder 'report' holds something else" in refused(case, capsys)
    assert "holds something else" in refused(case, capsys, out=tmp_path)


def test_a_file_in_the_place_of_the_report_is_left_untouched(tmp_path, capsys):
    case = lay(tmp_path, crowd())
    (tmp_path / "report").write_text("mine", encoding="utf-8")
    assert "'report' is a file" in refused(case, capsys)


def test_an_earlier_report_is_replaced_and_one_with_additions_is_not(tmp_path, capsys):
    case = lay(tmp_path, crowd())
    reported(case, capsys)
    first = everything(tmp_path / "report")
    lay(tmp_path, crowd(60))
    assert cli.main(["run", str(case), "--out", str(tmp_path / "report")]) == 0
    assert everything(tmp_path / "report").keys() == first.keys()
    assert everything(tmp_path / "report") != first
    capsys.readouterr()
    (tmp_path / "report" / "notes.txt").write_text("mine", encoding="utf-8")
    assert "holds something else" in refused(case, capsys)


def test_a_refused_case_leaves_an_earlier_report_as_it_was(tmp_path, capsys):
    reported(lay(tmp_path, crowd()), capsys)
    refused(lay(tmp_path, crowd(flag=["SECRET-7777"])), capsys)


# The same people in other forms -----------------------------------------------------------------


def results(case):
    """Everything a run says in numbers, as text, without the name of the source."""
    done = wf.audit(case)
    run = Run(
        facts=done.facts,
        choices=done.choices,
        results=done.results,
        findings=done.findings,
        cannot_test=[asdict(line) for line in done.cannot_test],
        data_quality=[asdict(line) for line in done.data_quality],
    )
    found = results_json(run)
    found["case"]["source"] = ""
    return repr(found)


SIZE = 240
KEYS = {
    "name": "one crowd",
    "roles": {
        "person": "id",
        "score": {"column": "score", "resolution": 0.01},
        "tier": {"column": "tier", "order": [1, 2], "cuts": [0.6]},
        "flagged": {"tier_at_least": 2},
        "decided_by": "who",
        "date": "day",
    },
    "groups": {
        "sex": {"reference": "men"},
        "age": {"bands": [30, 50], "reference": "30 to under 50"},
        "office": {},
    },
    "intersections": {"sets": [["sex", "age"]]},
    "tolerance": {"default": {"gap": 0.05}},
    "missing": ["-9"],
    "as_of": "2026-06-30",
}


def invented():
    """People whose columns have no missing cell but declared ones, so every format can hold them."""
    draw = np.random.default_rng(7)
    score = draw.integers(0, 100, SIZE) / 100
    return pd.DataFrame({
        "id": [f"{at // 2:04}" for at in range(SIZE)],
        "sex": draw.choice(["women", "men", "Men"], SIZE, p=[0.5, 0.45, 0.05]),
        "age": draw.choice([-9, 20, 30, 45, 61], SIZE),
        "office": draw.choice(["nan", "NaN", "inf", "001", "1", "é", "e\u0301"], SIZE),
        "score": score,
        "tier": 1 + (score >= 0.6),
        "work": draw.integers(0, 2, SIZE),
        "who": draw.choice(["a", "b"], SIZE),
        "day": draw.choice(["2026-01-31", "2026-07-01"], SIZE),
    })  # fmt: skip


@pytest.fixture(scope="module")
def told():
    """What is said of the invented people when they come as a pandas frame."""
    return results(wf.Case.from_dict({**KEYS, "source": invented()}))


def as_csv(people, folder):
    people.to_csv(folder / "people.csv", index=False)
    return folder / "people.csv"


def as_parquet(people, folder):
    people.to_parquet(folder / "people.parquet", row_group_size=50)
    return folder / "people.parquet"


def as_parts(people, folder):
    (folder / "parts").mkdir()
    for at in range(3):
        people[at::3].to_parquet(folder / "parts" / f"{at}.parquet")
    return folder / "parts"


def as_duckdb(people, folder):
    with duckdb.connect(str(folder / "people.duckdb")) as connection:
        connection.register("people_now", pa.Table.from_pandas(people))
        connection.execute("CREATE TABLE people AS FROM people_now")
    return folder / "people.duckdb"


def as_memtable(people, _):
    return ibis.memtable(pa.Table.from_pandas(people, preserve_index=False))


def on_threads(n):
    def build(people, _):
        connection = ibis.duckdb.connect()
        connection.raw_sql(f"SET threads = {n}")
        return connection.create_table("people", pa.Table.from_pandas(people, preserve_index=False))

    return build


FORMS = {
    "csv": as_csv,
    "parquet": as_parquet,
    "parts": as_parts,
    "duckdb": as_duckdb,
    "polars": lambda people, _: pl.from_pandas(people),
    "arrow": lambda people, _: pa.Table.from_pandas(people, preserve_index=False),
    "ibis memtable": as_memtable,
    "one thread": on_threads(1),
    "two threads": on_threads(2),
    "shuffled": lambda people, _: people.sample(frac=1, random_state=1),
    "shuffled csv": lambda people, folder: as_csv(people.sample(frac=1, random_state=2), folder),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_people_give_the_same_report_whatever_holds_them(told, tmp_path, form):
    source = FORMS[form](invented(), tmp_path)
    assert results(wf.Case.from_dict({**KEYS, "source": source})) == told


def test_the_report_is_byte_for_byte_the_same_under_another_hash_seed(tmp_path):
    as_csv(invented(), tmp_path)
    roles = 'person = "id"\nflagged = "work"\ndecided_by = "who"'
    case = lay(tmp_path, None, roles=roles, more="[groups.office]\n[groups.age]\nbands = [30]")
    runs = []
    for seed in ("0", "1"):
        command = [sys.executable, "-m", "wfaudit.cli", "run", str(case), "--out", seed]
        env = os.environ | {"PYTHONHASHSEED": seed, "TZ": f"UTC{int(seed) * 5}"}
        runs.append(subprocess.Popen(command, cwd=tmp_path, env=env, stderr=subprocess.PIPE))
    assert [(run.communicate()[1], run.returncode) for run in runs] == [(b"", 0)] * 2
    for name in ("report.html", "results.json", "findings.json"):
        assert (tmp_path / "0" / name).read_bytes() == (tmp_path / "1" / name).read_bytes()


PLAIN = {"roles": {"flagged": "flag"}, "groups": {"sex": {"reference": "men"}}}
KINDS = {
    "bool": lambda p: p.assign(flag=p.flag == 1),
    "float": lambda p: p.assign(flag=p.flag.astype(float)),
    "float16": lambda p: p.assign(flag=p.flag.astype("float16")),
    "unsigned": lambda p: p.assign(flag=p.flag.astype("uint8")),
    "text": lambda p: p.assign(flag=p.flag.astype(str)),
    "words": lambda p: p.assign(flag=p.flag.map({1: "Yes", 0: "no"})),
    "object": lambda p: p.astype(object),
    "nullable": lambda p: p.assign(flag=p.flag.astype("Int64"), sex=p.sex.astype("string")),
    "nullable boolean": lambda p: p.assign(flag=(p.flag == 1).astype("boolean")),
    "arrow": lambda p: p.convert_dtypes(dtype_backend="pyarrow"),
    "sparse": lambda p: p.assign(flag=pd.arrays.SparseArray(p.flag)),
    "categories": lambda p: p.astype("category"),
    "unused category": lambda p: p.assign(
        sex=pd.Categorical(p.sex, categories=["others", "women", "men"], ordered=True)
    ),
    "polars": lambda p: pl.from_pandas(p),
    "polars categories": lambda p: pl.from_pandas(p).with_columns(
        sex=pl.col("sex").cast(pl.Enum(["others", "women", "men"])), flag=pl.col("flag") == 1
    ),
    "any index": lambda p: p.set_index(np.zeros(len(p))),
    "a column never asked for": lambda p: p.assign(other=[object()] * len(p)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_yes_and_no_are_the_same_in_every_ordinary_kind_of_column(kind):
    people = pd.DataFrame(crowd(200))
    plain = results(wf.Case.from_dict({**PLAIN, "source": people}))
    assert results(wf.Case.from_dict({**PLAIN, "source": KINDS[kind](people)})) == plain


MISSING = {
    "none": [1, None],
    "not a number": [1.0, float("nan")],
    "pandas": pd.array([1, pd.NA], dtype="Int64"),
    "boolean": pd.array([True, pd.NA], dtype="boolean"),
    "empty text": ["1", ""],
}


@pytest.mark.parametrize("kind", MISSING)
def test_a_missing_answer_is_missing_in_every_ordinary_kind_of_column(kind):
    def told_of(flag):
        people = pd.DataFrame({"sex": ["women", "men", "men"] * 2, "flag": list(flag) * 3})
        return results(wf.Case.from_dict({**PLAIN, "source": people}))

    assert told_of(MISSING[kind]) == told_of(MISSING["none"])


def test_bands_cut_by_pandas_and_periods_are_read_as_their_text():
    people = pd.DataFrame(
        {"age": [20, 40, None], "month": pd.period_range("2026-01", periods=3, freq="M")}
    )
    people["age"] = pd.cut(people["age"], [0, 30, 60])
    case = wf.Case.from_dict({"source": people, "groups": {"age": {}, "month": {}}})
    assert levels(case, "age") == ("(0, 30]", "(30, 60]", "not recorded")
    assert levels(case, "month") == ("2026-01", "2026-02", "2026-03")


UNFIT = {
    "numbers among text": [1, "SECRET-7777"],
    "complex numbers": [1j, 2j],
    "numbers without end": [2**70, 1],
    "objects": [object(), object()],
    "lists": [["SECRET-7777"], ["x"]],
    "records": [{"name": "SECRET-7777"}, {"name": "x"}],
    "bytes": [b"SECRET-7777", b"x"],
    "spans of time": [pd.Timedelta(days=1)] * 2,
}


@pytest.mark.parametrize("kind", UNFIT)
def test_a_column_of_no_ordinary_kind_is_refused_without_its_cells(kind):
    people = pd.DataFrame({"sex": ["women", "men"]})
    people["flag"] = UNFIT[kind]
    with pytest.raises(wf.AuditError) as told:
        wf.audit(wf.Case.from_dict({**PLAIN, "source": people}))
    assert "column 'flag'" in str(told.value)
    assert not [s for s in SECRETS if s in str(told.value)]


@pytest.mark.parametrize("given", [None, 3, [1, 2], np.zeros((2, 2)), pl.LazyFrame({"sex": ["x"]})])
def test_what_is_no_source_is_told_by_its_type(given):
    with pytest.raises(wf.AuditError, match=f"Can't use a source of type {type(given).__name__}"):
        open_source(given)


def test_frames_without_people_or_columns_are_refused():
    for frame, told in ((pd.DataFrame({"sex": []}), "0 rows"), (pd.DataFrame(), "no columns")):
        with pytest.raises(wf.AuditError, match=told):
            open_source(frame)


def test_an_unbound_table_is_told_in_one_sentence():
    source = ibis.table({"sex": "string", "flag": "int64"}, name="nowhere")
    with pytest.raises(wf.AuditError, match="'Ibis table' could not be read to its end"):
        wf.audit(wf.Case.from_dict({**PLAIN, "source": source}))


# Arrays ----------------------------------------------------------------------------------------

FLAGS = [1, 0, 1, 0]
SEXES = ["women", "women", "men", "men"]
ARRAYS = {
    "of another length": ({"sensitive_features": SEXES[:3]}, "sensitive_feature_0 3, y_pred 4"),
    "of unlike lengths": (
        {"sensitive_features": {"a": SEXES, "b": SEXES[:2]}},
        "a 4, b 2, y_pred 4",
    ),
    "of labels of another length": ({"y_true": [1]}, "y_pred 4, y_true 1"),
    "of two columns": ({"y_pred": np.zeros((4, 2))}, r"y_pred has the shape \(4, 2\)"),
    "of no dimension": ({"y_pred": 1}, r"y_pred has the shape \(\)"),
    "of nothing": ({"sensitive_features": None}, r"sensitive_feature_0 has the shape \(\)"),
    "of our own name": ({"sensitive_features": {"y_pred": SEXES}}, "can't be called y_pred"),
    "of one name twice": (
        {"sensitive_features": pd.DataFrame([["a", "b"]] * 4, columns=["x", "x"])},
        "Two sensitive features are called 'x'",
    ),
    "of people who are declared otherwise": (
        {"sensitive_features": {"sex": SEXES}, "declared": {"groups": {"sx": {}}}},
        "No sensitive feature called 'sx'. Did you mean 'sex'?",
    ),
    "with a source beside them": (
        {"declared": {"source": "people.csv"}},
        "No key in declared called",
    ),
    "with a list beside them": ({"declared": ["level"]}, "Declared must be a table of keys"),
    "of cells that are no flag": (
        {"y_pred": ["SECRET-7777"] * 4},
        "in 4 rows the label is not true",
    ),
}


@pytest.mark.parametrize("what", ARRAYS)
def test_arrays_that_fit_no_people_are_refused(what):
    given, told = ARRAYS[what]
    with pytest.raises(wf.AuditError, match=told) as problem:
        wf.audit(wf.Case.from_arrays(**{"y_pred": FLAGS, "sensitive_features": SEXES} | given))
    assert not [s for s in SECRETS if s in str(problem.value)]


@pytest.mark.parametrize(
    "features",
    [
        SEXES,
        np.array(SEXES),
        [[sex] for sex in SEXES],
        pd.Series(SEXES, index=[9, 8, 7, 6]),
        pl.DataFrame({"sex": SEXES}),
        {"sex": pd.Series(SEXES, index=[3, 2, 1, 0])},
        pd.Categorical(SEXES, categories=["others", "women", "men"]),
    ],
)
def test_arrays_are_read_by_position_and_not_by_an_index(features):
    flags = pd.Series(FLAGS, index=[5, 6, 7, 8])
    case = wf.Case.from_arrays(y_pred=flags, sensitive_features=features)
    (group,) = case.groups
    rates = wf.rates(case, "selection_rate", by=group.name).to_frame()
    assert rates[["group", "n", "estimate"]].to_numpy().tolist() == [
        ["men", 2, 0.5],
        ["women", 2, 0.5],
    ]


def test_a_gap_among_texts_is_missing_and_not_the_text_nan():
    case = wf.Case.from_arrays(
        y_pred=FLAGS, sensitive_features=["women", float("nan"), None, "men"]
    )
    assert levels(case, "sensitive_feature_0") == ("men", "women", "not recorded")


@pytest.mark.parametrize("kind", ["frame", "csv", "parquet", "duckdb"])
def test_rows_never_go_to_a_disk_that_nobody_named(kind, tmp_path):
    """What doesn't fit into memory is not put into the working folder, or beside the data."""
    people, path = pd.DataFrame(crowd()), tmp_path / f"people.{kind}"
    if kind == "csv":
        people.to_csv(path, index=False)
    elif kind == "parquet":
        people.to_parquet(path)
    elif kind == "duckdb":
        with duckdb.connect(str(path)) as connection:
            connection.execute("CREATE TABLE people AS SELECT * FROM people")
    source = open_source(people if kind == "frame" else path)
    con = source.table.get_backend().con
    assert con.execute("SELECT current_setting('temp_directory')").fetchall() == [("",)]
    with pytest.raises(duckdb.Error):
        con.execute(f"SET temp_directory = '{tmp_path}'")


def test_sources_in_memory_see_nothing_of_each_other():
    first, second = (open_source(pd.DataFrame({"sex": [sex]})) for sex in ("women", "men"))
    tables = "SELECT count(*) FROM duckdb_tables()"
    assert [s.table.get_backend().con.execute(tables).fetchall() for s in (first, second)] == [
        [(1,)]
    ] * 2
    assert [s.table.to_pyarrow()["sex"].to_pylist() for s in (first, second)] == [
        ["women"],
        ["men"],
    ]

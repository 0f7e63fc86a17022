"""Whole audits of the same people told otherwise: what must stay, stays to the byte; what must turn, turns.

Compared are results.json and findings.json as written, without the name of the source.
"""

import json
import re
import tempfile
from decimal import Decimal
from pathlib import Path

import duckdb
import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import wfaudit as wf

SIZE = 600
ORDER = [1, 2, 3]
KEYS = {
    "name": "one crowd",
    "roles": {
        "score": {"column": "score", "resolution": 1},
        "tier": {"column": "tier", "order": ORDER},
        "flagged": {"tier_at_least": 3},
        "decision": {"column": "decision", "order": ORDER},
        "outcome": "outcome",
    },
    "groups": {
        "sex": {"reference": "men"},
        "age": {"bands": [40]},
    },
    "tolerance": {
        "default": {"gap": 0.05},
        **{name: {"ratio": 0.8} for name in ("selection_rate", "precision", "override_rate")},
    },
}
CLUSTERED = {
    "name": "one crowd by office",
    "roles": {"flagged": "work", "outcome": "outcome", "cluster": "office"},
    "groups": {"sex": {"reference": "men"}},
    "tolerance": {"default": {"gap": 0.05}, "selection_rate": {"ratio": 0.8}},
}


def people():
    """Job seekers in whole numbers; every twentieth outcome is not known."""
    draw = np.random.default_rng(11)
    score = draw.integers(0, 100, SIZE)
    tier = 1 + (score >= 40) + (score >= 70)
    outcome = pd.Series(draw.integers(0, 100, SIZE) < 20 + score // 2).astype("Int64")
    return pd.DataFrame({
        "sex": draw.choice(["women", "men"], SIZE, p=[0.4, 0.6]),
        "age": draw.choice([20, 25, 35, 45, 61], SIZE),
        "office": [f"office {at % 24}" for at in range(SIZE)],
        "score": score,
        "tier": tier,
        "decision": np.where(draw.integers(0, 100, SIZE) < 75, tier, draw.integers(1, 4, SIZE)),
        "outcome": outcome.mask(draw.integers(0, 20, SIZE) == 0),
        "work": draw.integers(0, 2, SIZE),
    })  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _no_page():
    """The page takes seconds to draw and is not compared here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wfaudit.report.files.page", lambda *_, **__: "")
        yield


def told(source, keys=KEYS):
    """The bytes an audit of this source writes; the source's name aside."""
    with tempfile.TemporaryDirectory() as folder:
        out = wf.audit(wf.Case.from_dict({**keys, "source": source})).report(Path(folder) / "out")
        results, findings = (
            out.with_name(f"{name}.json").read_bytes() for name in ("results", "findings")
        )
    return re.sub(rb'"source": "[^"]*"', b'"source": ""', results, count=1), findings


@pytest.fixture(scope="module")
def plain():
    """What is said of the people as they come."""
    return told(people())


@pytest.fixture(scope="module")
def clustered():
    """What is said of the people in their offices."""
    return told(people(), CLUSTERED)


def rows(written):
    """Every row of results.json, by measure, kind, attribute, group and tier."""
    every = [
        ((row["measure"], result["kind"], row["by"], row["group"], row["at"]), row)
        for result in json.loads(written[0])["results"]
        for row in result["rows"]
    ]
    assert len(every) == len(dict(every)) > 20
    return dict(every)


def compared(row):
    return row["estimate"] is not None and row["low"] is not None


# Nothing changes ------------------------------------------------------------------------------


def test_the_crowd_has_all_that_is_to_be_kept(plain, clustered):
    """Gaps and ratios, raised and not, unknown outcomes with their bounds, jackknives over offices."""
    kinds = {result["kind"] for result in json.loads(plain[0])["results"]}
    assert {"rate", "gap", "ratio", "bounds"} <= kinds
    assert len({finding["answer"] for finding in json.loads(plain[1])}) > 1
    evidence = [line for one in json.loads(clustered[0])["results"] for line in one["evidence"]]
    assert sum(line["se"] is not None for line in evidence) > 10


def test_one_person_flagged_who_was_not_is_seen(plain):
    moved = people()
    moved.loc[7, "tier"] = 1 if moved.loc[7, "tier"] == 3 else 3
    assert told(moved) != plain


def test_the_order_of_the_rows_changes_nothing(plain):
    assert told(people().sample(frac=1, random_state=1)) == plain


def test_the_order_of_the_rows_changes_nothing_of_a_jackknife_over_offices(clustered):
    assert told(people().sample(frac=1, random_state=3), CLUSTERED) == clustered


def test_the_order_of_the_columns_and_columns_not_declared_change_nothing(plain):
    turned = people()[people().columns[::-1]].assign(other=1.5)
    assert told(turned) == plain


def whole(people):
    return people.drop(columns="outcome")


KINDS = {
    "float": lambda p: p.assign(**whole(p).select_dtypes("number").astype(float), outcome=p.outcome.astype(float)),
    "small numbers": lambda p: p.astype({"score": "float32", "tier": "int8", "decision": "uint8", "age": "int16"}),
    "bool and decimal": lambda p: p.assign(outcome=p.outcome.astype("boolean"), score=p.score.map(Decimal), tier=p.tier.map(Decimal)),
    "category": lambda p: p.astype("category"),
    "text": lambda p: p.astype("string"),
    "arrow": lambda p: p.convert_dtypes(dtype_backend="pyarrow"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_values_in_another_kind_of_column_change_nothing(plain, kind):
    assert told(KINDS[kind](people())) == plain


def as_csv(people, folder):
    people.to_csv(folder / "people.csv", index=False)
    return folder / "people.csv"


def as_parquet(people, folder):
    people.to_parquet(folder / "people.parquet", row_group_size=25)
    return folder / "people.parquet"


def as_parts(people, folder):
    (folder / "parts").mkdir()
    for at in range(4):
        people[at::4].to_parquet(folder / "parts" / f"{at}.parquet")
    return folder / "parts"


def as_duckdb(people, folder):
    with duckdb.connect(str(folder / "people.duckdb")) as connection:
        connection.register("people_now", pa.Table.from_pandas(people, preserve_index=False))
        connection.execute("CREATE TABLE people AS FROM people_now")
    return folder / "people.duckdb"


FORMS = {
    "csv": as_csv,
    "parquet": as_parquet,
    "parquet parts": as_parts,
    "duckdb": as_duckdb,
    "polars": lambda people, _: pl.from_pandas(people),
    "arrow": lambda people, _: pa.Table.from_pandas(people, preserve_index=False),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_people_in_another_file_or_frame_change_nothing(plain, tmp_path, form):
    assert told(FORMS[form](people(), tmp_path)) == plain


def test_the_same_people_in_parts_change_nothing_of_a_jackknife(clustered, tmp_path):
    assert told(as_parts(people(), tmp_path), CLUSTERED) == clustered


@pytest.fixture
def on_threads(monkeypatch):
    """Open every database with this many threads, and count how often that was done."""
    plainly, opened = ibis.duckdb.connect, []

    def ask(threads):
        def connect(*args, **keys):
            backend = plainly(*args, **keys)
            backend.con.execute(f"SET threads = {threads}")
            (set_to,) = backend.con.execute("SELECT current_setting('threads')").fetchone()
            opened.append(set_to)
            return backend

        monkeypatch.setattr(ibis.duckdb, "connect", connect)
        return opened

    return ask


@pytest.mark.parametrize(
    ("threads", "keys", "base"),
    [(1, KEYS, "plain"), (2, KEYS, "plain"), (1, CLUSTERED, "clustered")],
)
def test_the_number_of_threads_changes_nothing(request, on_threads, tmp_path, threads, keys, base):
    opened = on_threads(threads)
    assert told(as_parquet(people(), tmp_path), keys) == request.getfixturevalue(base)
    assert opened
    assert set(opened) == {threads}


# Something turns ------------------------------------------------------------------------------


def test_other_words_for_the_groups_change_the_words_only(plain):
    """Labels that come in the same order of the alphabet, so that rows stay where they are."""
    renamed = people().assign(sex=people()["sex"].map({"men": "mænd", "women": "piger"}))
    keys = {**KEYS, "groups": {**KEYS["groups"], "sex": {"reference": "mænd"}}}
    as_before = [
        text.replace("mænd".encode(), b"men").replace(b"piger", b"women")
        for text in told(renamed, keys)
    ]
    assert tuple(as_before) == plain


def test_swapped_labels_turn_gaps_round_and_ratios_upside_down(plain):
    swapped = people().assign(sex=people()["sex"].map({"men": "women", "women": "men"}))
    before, after = rows(plain), rows(told(swapped))
    seen = set()
    for key, row in before.items():
        measure, kind, by, group, at = key
        if kind in ("gap", "ratio") and by == "sex" and group == "women" and compared(row):
            other = after[key]
            assert (other["n"], other["n_reference"]) == (row["n_reference"], row["n"])
            ours = np.array([row["estimate"], row["low"], row["high"]])
            turned = -ours if kind == "gap" else 1 / ours
            theirs = other["estimate"], other["high"], other["low"]
            np.testing.assert_allclose(theirs, turned, rtol=1e-11, atol=1e-13)
            seen.add((kind, measure))
        elif kind not in ("gap", "ratio") and by == "sex":
            mirrored = after[measure, kind, by, "women" if group == "men" else "men", at]
            assert mirrored | {"group": group} == row
        elif by in ("age", "everyone"):
            assert after[key] == row
    assert {"ratio", "gap"} == {kind for kind, _ in seen}
    assert len(seen) >= 13


FINER = (
    "adjusted_override_gap",
)  # more people of like scores make finer strata, so another question


@pytest.mark.parametrize(("keys", "base"), [(KEYS, "plain"), (CLUSTERED, "clustered")])
def test_everybody_twice_keeps_every_estimate_and_narrows_every_interval(request, keys, base):
    """In twice the offices where people stand in offices."""
    once = people()
    again = once.assign(office=once["office"] + " again")
    before = rows(request.getfixturevalue(base))
    after = rows(told(pd.concat([once, again]), keys))
    assert set(after) == set(before)
    seen = 0
    for key, row in before.items():
        twice = after[key]
        assert twice["n"] == 2 * row["n"]
        if row["measure"] in FINER:
            continue
        assert twice["estimate"] == row["estimate"]
        if key[1] == "bounds":
            assert (twice["low"], twice["high"]) == (row["low"], row["high"])
        elif compared(row):
            assert row["low"] <= twice["low"] <= twice["high"] <= row["high"]
            assert twice["high"] - twice["low"] < row["high"] - row["low"]
            seen += 1
    assert seen > 20


OPPOSITE = {
    "false_negative_rate": ("false_positive_rate", False),
    "precision": ("negative_predictive_value", False),
    "accuracy": ("accuracy", False),
    "selection_rate": ("selection_rate", True),
    "base_rate": ("base_rate", True),
}


def test_flag_and_outcome_turned_round_trade_the_errors():
    keys = {
        "name": "turned",
        "roles": {"flagged": "work", "outcome": "outcome"},
        "groups": {"sex": {"reference": "men"}},
    }
    once = people()
    turned = once.assign(work=1 - once["work"], outcome=1 - once["outcome"])
    before, after = (
        {
            (m, g): row
            for (m, kind, _, g, _), row in rows(told(source, keys)).items()
            if kind == "rate"
        }
        for source in (once, turned)
    )
    for name, (other, rest) in OPPOSITE.items():
        for group in ("women", "men", "everyone"):
            ours, theirs = before[name, group], after[other, group]
            assert theirs["n"] == ours["n"]
            limits = np.array([ours["estimate"], ours["low"], ours["high"]])
            limits = 1 - limits[[0, 2, 1]] if rest else limits
            found = theirs["estimate"], theirs["low"], theirs["high"]
            np.testing.assert_allclose(found, limits, rtol=0, atol=1e-14)

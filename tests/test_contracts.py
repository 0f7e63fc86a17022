"""The page of contracts is held to the code: whoever changes one must change the other."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

import wfaudit as wf
from wfaudit import cli
from wfaudit.case import asks, decode, door, file, limits, modelled, ranked, roles, rules, tables
from wfaudit.choices import Words
from wfaudit.counts.everyone import CONTRADICTIONS
from wfaudit.findings import CODES, Finding
from wfaudit.measures import MEASURES
from wfaudit.measures.drivers import reproduced
from wfaudit.result import COLUMNS, EVIDENCE

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "contracts.md").read_text(encoding="utf-8")
PLAIN = PAGE.replace("```", "")
TICKED = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", PLAIN))))


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A run of a small published case, read back from its files."""
    out = tmp_path_factory.mktemp("run") / "out"
    wf.audit(wf.load("ll144/selection")).report(out)
    return {p.stem: json.loads(p.read_text(encoding="utf-8")) for p in out.glob("*.json")}


def test_every_key_of_a_case_file_is_on_the_page():
    keys = {
        k
        for k in file.TOP
        if k
        not in (
            "roles",
            "groups",
            "intersections",
            "tolerance",
            "families",
            "words",
            "inputs",
            "tables",
            "constraints",
            "rules",
            "model",
        )
    }
    keys |= {*modelled.MODEL, *modelled.UNITS}
    keys |= {*tables.TABLE, *tables.CONSTRAINT}
    keys |= {*file.SOURCE, *file.INPUT, *roles.ROLES, "flag_is"}
    keys |= {k for _, allowed in roles.ROLES.values() for k in allowed}
    keys |= {f.name for f in fields(roles.Group)} - {"name"}
    keys |= {f.name for f in fields(Words)} - {"saw", "edited"}  # follow from the roles
    keys |= {"when", "only", *rules.WHEN, *rules.ONLY}
    assert not keys - TICKED
    for table in (
        "roles",
        "groups.<name>",
        "tables.<name>",
        "constraints.<name>",
        "intersections",
        "tolerance",
        "families",
        "words",
        "rules.<name>",
        "model",
    ):
        assert f"`[{table}]`" in PAGE


def test_every_measure_column_and_code_is_on_the_page():
    definitions = (DOCS / "definitions.md").read_text(encoding="utf-8")
    assert not set(MEASURES) - set(re.findall(r"^\| `(\w+)` \|", definitions, re.MULTILINE))
    assert f"`{', '.join(COLUMNS)}`" in PAGE
    assert not {*EVIDENCE, *CODES.values()} - TICKED
    assert f"`{', '.join(f.name for f in fields(Finding))}`" in PAGE


def test_every_data_quality_code_is_on_the_page():
    source = "".join(
        Path(m.__file__).read_text(encoding="utf-8")
        for m in (door, decode, asks, tables, ranked, limits, reproduced)
    )
    counts = Path(wf.__file__).parent / "counts"
    source += "".join(p.read_text(encoding="utf-8") for p in counts.glob("*.py"))
    codes = set(re.findall(r'Quality\(\s*"([^"]+)"', source)) | {
        code for _, _, code, _ in door.NOTES
    }
    codes |= {code for code, _, _ in CONTRADICTIONS} | {code for _, code, _ in ranked.OF_LISTS}
    listed = PAGE.split("## Data quality codes")[1]
    assert codes
    assert codes == set(re.findall(r"`([^`]+)`", listed))


def test_every_command_is_on_the_page_and_nothing_is_a_stub():
    commands = cli._parser()._subparsers._group_actions[0].choices
    assert sorted(commands) == ["check", "datasets", "demo", "run"]
    assert all(f"`wfaudit {name}" in PAGE for name in commands)


def test_results_json_has_the_agreed_shape(ran):
    results = ran["results"]
    besides = {"also"}  # which this case declares
    assert set(results) == {"case", "results", "cannot_test", "data_quality"} | besides
    for result in results["results"]:
        assert {"measure", "definition", "interval", "level", "rows"} <= set(result)
        assert len(result["rows"]) == len(result["evidence"])
        for row, proof in zip(result["rows"], result["evidence"], strict=True):
            assert tuple(row) == COLUMNS
            assert tuple(proof) == EVIDENCE
    assert all(set(line) == {"measure", "why"} for line in results["cannot_test"])
    assert all(set(line) == {"code", "says", "column", "rows"} for line in results["data_quality"])


def test_every_estimate_has_n_and_an_interval_and_every_row_without_one_a_reason(ran):
    rows = [row for result in ran["results"]["results"] for row in result["rows"]]
    assert rows
    for row in rows:
        if row["estimate"] is None:
            assert row["note"]
        elif row["note"] != "compared with itself":
            assert row["n"] > 0
            assert row["low"] <= row["estimate"] <= row["high"]
            assert row["low"] < row["high"]


def test_findings_json_has_the_agreed_keys_and_carries_its_rows(ran):
    for finding in ran["findings"]:
        assert tuple(finding) == tuple(f.name for f in fields(Finding))
        assert finding["answer"] in ("raised", "clear", "cannot tell")
        assert finding["rows"][0]["reference"]
        assert len(finding["rows"]) == 3


def test_only_the_manifest_holds_a_time_of_day(ran, tmp_path):
    assert re.match(r"\d{4}-\d{2}-\d{2}T", ran["manifest"]["made"])
    case = wf.load("ll144/scoring")
    one, two = (wf.audit(case).report(tmp_path / name).parent for name in ("one", "two"))
    for name in ("report.html", "results.json", "findings.json"):
        assert (one / name).read_bytes() == (two / name).read_bytes()

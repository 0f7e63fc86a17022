"""The commands: what they print, how they end."""

import json
import subprocess
import sys

import pytest

from wfaudit.cli import main

CASE = """
name = "Profiling in our town"
source = "people.csv"
[roles]
tier = {{ column = "tier", order = ["low", "high"] }}
flagged = {{ tier_at_least = "high" }}
[groups.sex]
reference = "men"
[tolerance]
default = {{ gap = {gap} }}
"""


@pytest.fixture
def case_file(tmp_path):
    rows = ["sex,tier"] + ["women,high", "women,low", "men,low", "men,low"] * 100
    (tmp_path / "people.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    path = tmp_path / "case.toml"
    path.write_text(CASE.format(gap=0.05), encoding="utf-8")
    return path


def test_run_writes_a_report_and_tells_what_was_raised(case_file, tmp_path, capsys):
    assert main(["run", str(case_file), "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("Profiling in our town\n")
    assert "Of 100 women, 50 were flagged; of 100 men, 0: 50 more" in told.out
    assert told.err == ""
    assert (tmp_path / "out" / "report.html").exists()


def test_fail_on_raised_exits_with_one_only_when_something_is_raised(case_file, tmp_path, capsys):
    run = ["run", str(case_file), "--out", str(tmp_path / "out"), "--fail-on", "raised"]
    assert main(run) == 1
    case_file.write_text(CASE.format(gap=0.9), encoding="utf-8")
    assert main(run) == 0
    assert "0 raised" in capsys.readouterr().out


def test_run_prints_for_a_machine(case_file, tmp_path, capsys):
    assert main(["run", str(case_file), "--out", str(tmp_path / "out"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["findings"]["raised"] == len(told["raised"]) > 0


def test_check_lists_what_a_case_can_answer_and_why_not(case_file, capsys):
    assert main(["check", str(case_file)]) == 0
    told = capsys.readouterr().out
    assert "yes  selection_rate" in told
    assert "no   base_rate: the case declares no outcome" in told
    assert main(["check", str(case_file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 400


def test_datasets_lists_name_evidence_size_and_whether_real(capsys):
    assert main(["datasets"]) == 0
    line = next(
        line for line in capsys.readouterr().out.splitlines() if line.startswith("callbacks")
    )
    assert line.split()[:4] == ["callbacks", "log", "4,870", "real"]
    assert main(["datasets", "--json"]) == 0
    assert {"name", "evidence", "people", "data", "title", "licence"} == set(
        json.loads(capsys.readouterr().out)[0]
    )


def test_a_complaint_about_the_command_is_one_line_and_exits_with_two(capsys):
    for wrong in (
        ["runn"],
        ["run", "x.toml"],
        ["run", "x.toml", "--out", "y", "--fail-on", "clear"],
        [],
    ):
        with pytest.raises(SystemExit) as ended:
            main(wrong)
        assert ended.value.code == 2
        told = capsys.readouterr().err
        assert told.startswith("wfaudit: ")
        assert told.count("\n") == 1


def test_a_missing_case_file_is_one_line_and_exits_with_two(tmp_path):
    command = [
        sys.executable,
        "-m",
        "wfaudit.cli",
        "run",
        "nowhere.toml",
        "--out",
        str(tmp_path / "out"),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("wfaudit: There is no case file 'nowhere.toml'.")
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_case_offers_the_nearest():
    import wfaudit as wf

    with pytest.raises(wf.AuditError, match="Did you mean 'callbacks'"):
        wf.load("calbacks")

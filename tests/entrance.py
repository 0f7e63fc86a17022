"""How a case is laid on disk, run and looked at: what the tests of the entrance share."""

import csv
import io
import json

import pandas as pd

from wfaudit.case import Case, read_case
from wfaudit.cli import main

# cells that no message may repeat
SECRETS = ("SECRET-7777", "Ingrid Nakamura", "kvinder-7777")
FLAGGED = 'flagged = "flag"'
MEN = 'reference = "men"'


def crowd(n=40, **columns):
    """People by the dozen: sex and flag, and columns that repeat until everyone has a cell."""
    every = {"sex": ["women", "men"], "flag": [1, 0, 0, 1, 1], **columns}
    return {name: [cells[at % len(cells)] for at in range(n)] for name, cells in every.items()}


def text(columns, encoding="utf-8", delimiter=","):
    """The bytes of a text file with these columns."""
    file = io.StringIO()
    rows = csv.writer(file, delimiter=delimiter, lineterminator="\n")
    rows.writerow(columns)
    rows.writerows(zip(*columns.values(), strict=True))
    return file.getvalue().encode(encoding)


def lay(folder, people, *, roles=FLAGGED, sex=MEN, top="", more="", source='"people.csv"'):
    """Put people (columns, a data frame for Parquet, or bytes) and their case file into a folder."""
    if isinstance(people, pd.DataFrame):
        source = '"people.parquet"' if source == '"people.csv"' else source
        people.to_parquet(folder / "people.parquet")
    elif people is not None:
        raw = people if isinstance(people, bytes) else text(people)
        (folder / "people.csv").write_bytes(raw)
    case = folder / "case.toml"
    words = [f"source = {source}", top, "[roles]", roles, "[groups.sex]", sex, more]
    case.write_text("\n".join(words) + "\n", encoding="utf-8")
    return case


def everything(folder):
    """Every file below a folder with its bytes, and every folder."""
    return {p.relative_to(folder): p.is_file() and p.read_bytes() for p in folder.rglob("*")}


def refused(case, capsys, out=None):
    """Run a case that can't be audited: one line, no cell in it, nothing written, nothing touched."""
    before = everything(case.parent)
    code = main(["run", str(case), "--out", str(out or case.parent / "report")])
    told = capsys.readouterr()
    assert code == 2
    assert told.out == ""
    assert told.err.startswith("wfaudit: ")
    assert told.err.count("\n") == 1
    assert told.err.endswith(".\n")
    assert not [s for s in (*SECRETS, str(case.parent)) if s in told.err]
    assert everything(case.parent) == before
    return told.err.removeprefix("wfaudit: ").rstrip("\n")


def noticed(case, capsys):
    """Check a case that can be audited; what a reader must know of its data: code -> sentences."""
    before = everything(case.parent)
    assert main(["check", str(case), "--json"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert everything(case.parent) == before
    found = {}
    for quality in json.loads(told.out)["data_quality"]:
        found.setdefault(quality["code"], []).append(quality["says"])
    return found


def reported(case, capsys):
    """Run a case that can be audited; its results, its page, and an untouched source."""
    before = everything(case.parent)
    out = case.parent / "report"
    assert main(["run", str(case), "--out", str(out)]) == 0
    assert capsys.readouterr().err == ""
    after = everything(case.parent)
    assert {path: after[path] for path in before} == before
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    return results, (out / "report.html").read_text(encoding="utf-8")


def levels(case, group="sex"):
    """The levels of a group, as the door sees them."""
    case = case if isinstance(case, Case) else read_case(case)
    return case.door.levels[group]

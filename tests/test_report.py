"""The report: whole or not at all, nothing from outside, everything escaped, readable by all."""

import hashlib
import html
import itertools
import json
import os
import re
import shutil
from html.parser import HTMLParser

import pandas as pd
import pytest

import wfaudit as wf
from wfaudit.report import files

VOID = {"meta", "img", "br", "link", "hr"}
FILES = ["findings.json", "manifest.json", "report.html", "results.json"]


class Outline(HTMLParser):
    """Tags, attributes and text of a page; a tag left open or closed twice is noted."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.open, self.broken, self.text = [], [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.broken.append(tag)

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


HOSTILE = [
    "<script>alert(1)</script>",
    "=cmd|'/c calc'!A1",
    "$\\frac{$",
    "../../x",
    "a\u202eb",
    "x" * 200,
    "\u00e9\u0001 & co",
]


@pytest.fixture(scope="module")
def hostile():
    """An audit of groups whose names try to break the page."""
    rows = pd.DataFrame(
        {
            "g": [HOSTILE[i % 7].replace(" & ", "&") for i in range(70)],
            "f": [i % 3 == 0 for i in range(70)],
        }
    )
    return wf.audit(wf.Case.from_dict({
        "name": "<b>Case</b>", "about": "</title><script>x</script>", "source": rows,
        "roles": {"flagged": "f"}, "groups": {"g": {"reference": "the rest"}}, "tolerance": {"default": {"gap": 0.05}},
    }))  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The report of the official scoring example."""
    return wf.audit(wf.load("ll144/scoring")).report(tmp_path_factory.mktemp("r") / "out").parent


def test_the_four_files_appear_together_and_the_manifest_fingerprints_the_others(written):
    assert sorted(p.name for p in written.iterdir()) == FILES
    manifest = json.loads((written / "manifest.json").read_text(encoding="utf-8"))
    for name, sha in manifest["files"].items():
        assert hashlib.sha256((written / name).read_bytes()).hexdigest() == sha
    assert [s["name"] for s in manifest["source"]] == ["scoring.csv"]


def test_the_page_holds_every_finding_with_its_answer(written):
    text = " ".join(
        " ".join(Outline((written / "report.html").read_text(encoding="utf-8")).text).split()
    )
    for finding in json.loads((written / "findings.json").read_text(encoding="utf-8")):
        assert " ".join(finding["says"].split()) in text


def test_the_page_says_what_could_not_be_tested_and_why(written):
    page = (written / "report.html").read_text(encoding="utf-8")
    for line in json.loads((written / "results.json").read_text(encoding="utf-8"))["cannot_test"]:
        assert line["why"] in page


def test_the_page_runs_nothing_and_fetches_nothing(hostile, tmp_path):
    outline = Outline(hostile.report(tmp_path / "out").read_text(encoding="utf-8"))
    assert not {"script", "iframe", "object", "link", "form"} & {tag for tag, _ in outline.tags}
    assert not [a for _, attrs in outline.tags for a in attrs if a.startswith("on")]
    addresses = [
        v for _, attrs in outline.tags for k, v in attrs.items() if k in ("src", "href", "action")
    ]
    assert all(a.startswith(("data:image/svg+xml,", "#")) for a in addresses)
    (policy,) = [
        m["content"]
        for m in outline.all("meta")
        if m.get("http-equiv") == "Content-Security-Policy"
    ]
    assert "default-src 'none'" in policy


def test_text_from_the_data_is_escaped_everywhere(hostile, tmp_path):
    folder = hostile.report(tmp_path / "out").parent
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page.lower()
    assert "<b>Case" not in page
    outline = Outline(page)
    assert (outline.broken, outline.open) == ([], [])
    json.loads((folder / "results.json").read_text(encoding="utf-8"))


def test_every_picture_has_a_text_alternative_and_every_table_heads(written):
    outline = Outline((written / "report.html").read_text(encoding="utf-8"))
    assert outline.all("img")
    assert all(len(img["alt"]) > 40 for img in outline.all("img"))
    assert len(outline.all("caption")) == len(outline.all("table"))
    assert all(th.get("scope") in ("col", "row") for th in outline.all("th"))
    assert outline.all("html")[0]["lang"] == "en"
    ids = [attrs["id"] for _, attrs in outline.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


def test_the_official_example_says_by_itself_that_it_does_not_reconcile(tmp_path):
    page = wf.audit(wf.load("ll144/selection")).report(tmp_path / "out").read_text(encoding="utf-8")
    assert (
        "race = Hispanic or Latino: 408 applicants (204 selected) in the table by race, 395 applicants (172 selected) in the table by sex &amp; race."
        in page
    )


# whole or not at all


def test_an_earlier_report_is_replaced_whole(written, tmp_path):
    target = tmp_path / "out"
    shutil.copytree(written, target)
    wf.audit(wf.load("eeoc")).report(target)
    assert "Four-fifths" in (target / "report.html").read_text(encoding="utf-8")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out"]


def test_a_folder_with_something_else_is_left_alone(hostile, tmp_path):
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(wf.AuditError, match="holds something else"):
        hostile.report(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["diary.txt"]


def test_an_earlier_report_with_a_stranger_in_it_is_left_alone(written, hostile, tmp_path):
    target = tmp_path / "out"
    shutil.copytree(written, target)
    (target / "notes.txt").write_text("mine")
    with pytest.raises(wf.AuditError, match="holds something else"):
        hostile.report(target)
    assert (target / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("fails_at", range(4))
def test_a_full_disk_leaves_the_earlier_report_as_it_was(
    written, hostile, tmp_path, monkeypatch, fails_at
):
    target = tmp_path / "out"
    shutil.copytree(written, target)
    before = {p.name: p.read_bytes() for p in target.iterdir()}
    calls, real = [], os.fsync

    def full(fd):
        calls.append(fd)
        if len(calls) > fails_at:
            raise OSError(28, "No space left on device")
        real(fd)

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(wf.AuditError, match="No space left on device"):
        hostile.report(target)
    assert {p.name: p.read_bytes() for p in target.iterdir()} == before
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_rename_that_fails_puts_the_earlier_report_back(written, hostile, tmp_path, monkeypatch):
    target = tmp_path / "out"
    shutil.copytree(written, target)
    real = files.Path.rename

    def breaks(self, to):
        if self.name == "new":
            raise OSError(5, "Input/output error")
        return real(self, to)

    monkeypatch.setattr(files.Path, "rename", breaks)
    with pytest.raises(wf.AuditError, match="Input/output error"):
        hostile.report(target)
    assert sorted(p.name for p in target.iterdir()) == FILES


def test_a_folder_inside_a_file_is_refused(hostile, tmp_path):
    (tmp_path / "people.csv").write_text("a\n")
    with pytest.raises(wf.AuditError, match="'report' would lie inside a file"):
        hostile.report(tmp_path / "people.csv" / "report")


def test_characters_that_do_not_print_never_reach_the_page(hostile, tmp_path):
    page = hostile.report(tmp_path / "out").read_text(encoding="utf-8")
    assert not [c for c in page if c in "\u202e\u0001"]
    assert "a\ufffdb" in page


# no person on a page


def test_no_cell_of_a_person_reaches_any_file(tmp_path):
    canaries = [f"CANARY-{i:04d}" for i in range(60)]
    people = pd.DataFrame({
        "name": canaries, "office": [f"CANARY-office-{i % 12}" for i in range(60)],
        "salary": [7_777_000 + i for i in range(60)], "sex": ["women", "men"] * 30, "f": [True, False, False] * 20,
    })  # fmt: skip
    case = wf.Case.from_dict({
        "source": people, "roles": {"flagged": "f", "person": "name", "cluster": "office", "minutes": "salary"},
        "groups": {"sex": {"reference": "men"}}, "tolerance": {"default": {"gap": 0.05}},
    })  # fmt: skip
    folder = wf.audit(case).report(tmp_path / "out").parent
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8")
        assert "CANARY" not in text
        assert "7777" not in text


def test_crossed_groups_stand_beside_the_single_group_that_the_same_was_raised_of(tmp_path):
    """Women are raised, and women of each origin; of reasons that are raised in a crossed group alone, it is told."""
    rows = pd.DataFrame({
        "sex": ["women"] * 800 + ["men"] * 800, "origin": (["here"] * 400 + ["elsewhere"] * 400) * 2,
        "flagged": ([1] * 7 + [0]) * 100 + ([1] + [0] * 7) * 100,
    })  # fmt: skip
    case = wf.Case.from_dict({
        "source": rows, "roles": {"flagged": "flagged"}, "tolerance": {"default": {"gap": 0.05}},
        "groups": {"sex": {"reference": "men"}, "origin": {"reference": "here"}},
        "intersections": {"sets": [["sex", "origin"]]},
    })  # fmt: skip
    audit = wf.audit(case)
    page = audit.report(tmp_path / "run").read_text(encoding="utf-8")
    raised = [f for f in audit.findings if f.answer == "raised"]
    assert {f.by for f in raised} == {"sex", "sex & origin"}
    top = page.split('<h2 id="found">')[1].split("<nav")[0]
    assert top.count('class="finding raised"') == sum(f.by == "sex" for f in raised)
    for f in raised:
        assert f.group in html.unescape(top)
        assert page.count(html.escape(f.says)) == (2 if f.by == "sex" else 1)

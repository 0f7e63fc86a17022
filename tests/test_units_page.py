"""The figures of docs/units.md are those that its script finds."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def loaded(name):
    """A script of tests/covered, as a module."""
    path = ROOT / "tests" / "covered" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"coverage_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


measured = loaded("units")
PAGE = (ROOT / "docs" / "units.md").read_text(encoding="utf-8")


def test_the_page_says_how_often_units_are_flagged_without_cause():
    assert measured.funnels() in PAGE


def test_every_table_of_the_page_has_its_place():
    for name in measured.TABLES:
        assert f"<!-- {name} -->\n|" in PAGE


def test_a_row_of_the_page_is_found_again():
    found = [measured.held_by_share(kind, 0.3, 0.1, (40, 50))[0] for kind in measured.KINDS]
    row = " | ".join(["40 of 50", ".300", ".100", *map(measured.digits, found)])
    assert row in PAGE


@pytest.mark.long
@pytest.mark.parametrize(
    "name", ["spread out", "shares", "profiles", "gaps", "clusters", "caseworkers", "roll-outs"]
)
def test_every_table_of_the_page_is_found_again(name):
    assert measured.TABLES[name]() in PAGE

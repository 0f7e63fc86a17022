"""The page of definitions says what the code measures."""

import importlib.util
from pathlib import Path

from wfaudit.measures import MEASURES

DOCS = Path(__file__).parent.parent / "docs"


def test_the_page_of_definitions_is_what_the_code_says():
    spec = importlib.util.spec_from_file_location("define", DOCS / "define.py")
    define = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(define)
    written = (DOCS / "definitions.md").read_text(encoding="utf-8")
    assert written == define.page(), "run make definitions"
    assert all(f"`{name}`" in written for name in MEASURES)

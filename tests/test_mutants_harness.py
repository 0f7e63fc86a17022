"""The harness of `make mutants` makes the changes it says and counts what the tests notice."""

import subprocess
import sys
from pathlib import Path

import pytest
from mutants.mutate import mutants_of
from mutants.run import files_asked, modules

RUN = Path(__file__).with_name("mutants") / "run.py"

COUNTED = '''"""Invented numbers of people."""


def pairs(people):
    """Two for each.

    >>> pairs(3)
    6
    """
    return people * 2


def waiting(people):
    while people > 0:
        people -= 1
    return people


def seldom(people):
    return people + 0.5


def nobody_asks(people):
    return people / 4.5
'''

ASKED = """import time
import pytest
from hypothesis import given, settings, strategies as st
from wfaudit.estimators.counted import pairs, seldom, waiting

seen = []

def test_three_who_wait_are_soon_none():
    assert waiting(3) == 0

@settings(max_examples=60)
@given(st.integers())
def test_a_law_that_only_its_thirtieth_example_can_break(people):
    seen.append(people)
    assert len(seen) < 30 or seldom(1) == 1.5

def test_a_clock_says_nothing_about_a_number():
    time.perf_counter()
    raise AssertionError

@pytest.mark.long
def test_a_long_proof_is_not_run():
    raise AssertionError
"""

FLAKY = "def one():\n    return 1 + 4.5\n"

ASKED_LATE = """from hypothesis import given, settings, strategies as st

seen = []

@settings(max_examples=60)
@given(st.integers())
def test_a_law_that_is_wrong_in_full(people):
    seen.append(people)
    assert len(seen) < 30
"""

FILES = {
    "pyproject.toml": '[tool.pytest.ini_options]\nmarkers = ["long: long"]\n',
    "wfaudit/__init__.py": "",
    "wfaudit/estimators/__init__.py": "",
    "wfaudit/estimators/counted.py": COUNTED,
    "wfaudit/estimators/broken.py": "def one():\n    return 1\n",
    "tests/test_counted.py": ASKED,
    "tests/test_broken.py": "def test_one():\n    raise AssertionError\n",
    "wfaudit/estimators/flaky.py": FLAKY,
    "tests/test_flaky.py": ASKED_LATE,
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def run(root, *options):
    command = [sys.executable, str(RUN), "--root", str(root), "--limit", "1", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def said(project):
    """One run over every mutant of the one module."""
    page = project / "page.md"
    code, said = run(project, "--module", "counted", "--results", str(page))
    assert code == 0, said
    return said, page.read_text(encoding="utf-8")


def ended(said, change):
    """How the changes written so ended, in words."""
    lines = [line for line in said.splitlines() if f": {change}" in line and " s  " in line]
    return {line.split(maxsplit=1)[1].split("  ")[0].strip() for line in lines}


def test_a_change_that_a_test_notices_is_killed_and_one_that_nobody_asks_about_survives(said):
    assert ended(said[0], "`people * 2` -> `people / 2`") == {"killed"}
    assert "by counted.py::wfaudit.estimators.counted.pairs" in said[0]
    assert ended(said[0], "`people > 0` -> `people >= 0`") == {"killed"}
    assert ended(said[0], "`people / 4.5` -> `people * 4.5`") == {"survived"}
    assert ended(said[0], "`4.5` -> `5.5`") == {"survived"}


def test_people_who_would_wait_for_ever_are_noticed_by_the_clock(said):
    assert ended(said[0], "`people -= 1` -> `people += 1`") == {"out of time"}


def test_a_law_that_breaks_late_is_asked_once_more_in_full(said):
    assert ended(said[0], "`people + 0.5` -> `people - 0.5`") == {"killed"}
    assert ended(said[0], "`0.5` -> `1.5`") == {"killed"}
    assert "4 were looked at twice" in said[1]


def test_the_page_counts_what_was_said_and_lists_the_survivors(said):
    assert "**11 of 13 mutants killed: 84.6%, 95 % interval 57.8% to 95.7%**" in said[1]
    assert "| wfaudit/estimators/counted.py | 13 | 13 | 11 | 2 | 2 |" in said[1]
    survivors = said[1].split("## Survivors")[1].strip().splitlines()
    assert [line.split(" in ")[0] for line in survivors] == [
        "- wfaudit/estimators/counted.py:24: `people / 4.5` -> `people * 4.5`",
        "- wfaudit/estimators/counted.py:24: `4.5` -> `5.5`",
    ]


@pytest.mark.usefixtures("said")
def test_the_project_itself_is_never_written_to(project):
    for name, text in FILES.items():
        assert (project / name).read_text(encoding="utf-8") == text


def test_tests_that_fail_without_any_change_notice_nothing_and_the_run_says_so(project):
    code, said = run(project, "--module", "broken")
    assert code == 1
    assert "Not asked, because it fails on the code as it is: tests/test_broken.py" in said
    assert "0 of 2 mutants killed" in said


def test_a_law_that_fails_in_full_without_any_change_notices_nothing(project):
    code, said = run(project, "--module", "flaky")
    assert code == 0
    assert "0 of 4 mutants killed" in said


def test_the_draw_is_the_same_every_time_and_holds_as_many_as_asked(project):
    (_, once), (_, twice) = (run(project, "--list", "--sample", "5") for _ in range(2))
    assert once == twice
    assert len(once.splitlines()) == 6
    assert once.startswith("19 mutants of 3 modules, 5 drawn")


def test_a_module_that_is_not_there_is_answered_with_those_that_are(project):
    code, said = run(project, "--module", "conted")
    assert code == 1
    assert "There are: broken, counted, flaky" in said


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("share = k / n", {"share = (k * n)"}),
        ("few = n <= 8", {"few = (n < 8)", "few = n <= (9)", "few = n <= (7)"}),
        ("none = not any(k)", {"none = (any(k))", "none = not (all(k))"}),
        ("top = np.minimum(k, n)", {"top = (np.maximum(k, n))"}),
        ("tail = ndtr(-z)", {"tail = (1 - ndtr(-z))", "tail = ndtr((z))"}),
        ("rest = 1 - p", {"rest = (1 + p)", "rest = (p)", "rest = (2) - p", "rest = (0) - p"}),
        ("def f(): return low, high", {"def f(): return ((high, low))"}),
        ("said = Limits(low, high)", {"said = (Limits(high, low))"}),
        ("x = np.where(told, a, b)", {"x = (np.where(told, b, a))"}),
        ("both = a & ~b", {"both = (a | ~b)", "both = a & (b)"}),
        ("k += 2 * n", {"k -= 2 * n", "k += (2 / n)", "k += (3) * n", "k += (1) * n"}),
        ("_STEPS, FEWEST = 60, 8", {"_STEPS, FEWEST = 60, (9)", "_STEPS, FEWEST = 60, (7)"}),
        ("level: float = 0.95", {"level: float = (0.9)"}),
        ("é = 'Zürich', k > n  # bytes, not letters", {"é = 'Zürich', (k >= n)  # bytes, not letters"}),
    ],
)  # fmt: skip
def test_each_kind_of_change_is_made_where_it_is_said(code, changed):
    assert {m.into(code) for m in mutants_of(code)} == changed


@pytest.mark.parametrize(
    "code",
    [
        '"""1 - 2."""',
        "_STEPS = 64",
        "_GOLDEN, _HALVINGS = (5**0.5 - 1) / 2, 80",
        "settled = dict(within=1e-9, most=2_000_000)",
        "if TYPE_CHECKING: x = 1",
        "raise ValueError(f'{n + 1} people')",
        "note = f'{n + 1} people'",
        "def f(k: 'int | None') -> Literal[1]: ...",
        "for _ in range(60): step()",
        "pairs = zip(k, n, strict=True)",
        "__all__ = ['a' + 'b']",
    ],
)
def test_what_computes_no_number_is_left_alone(code):
    assert mutants_of(code) == []


def test_a_module_is_asked_through_its_own_tests_or_through_those_that_import_it(tmp_path):
    files = {
        "wfaudit/estimators/helper.py": "",
        "wfaudit/estimators/counted.py": "from wfaudit.estimators.helper import halved",
        "tests/test_counted.py": "",
        "tests/test_inversion.py": "from wfaudit.estimators import counted",
        "tests/test_coverage.py": "import wfaudit",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    names = modules(tmp_path)
    assert files_asked(tmp_path, "counted", names)[1:] == [
        "tests/test_counted.py",
        "tests/test_inversion.py",
    ]
    assert files_asked(tmp_path, "helper", names)[1:] == ["tests/test_counted.py"]


def test_the_modules_under_test_are_those_that_compute():
    names = modules(RUN.parents[2])
    assert {"intervals", "clusters", "visible"} <= set(names)
    assert not {"__init__", "plots", "result"} & set(names)

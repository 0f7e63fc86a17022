"""Every notebook runs from a clean kernel, says nothing on standard error, and describes its pictures."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.fixture(scope="session", params=NOTEBOOKS, ids=lambda p: p.stem)
def ran(request, tmp_path_factory):
    """One notebook, run from a clean kernel in an empty folder."""
    book = nbformat.read(request.param, as_version=4)
    client = NotebookClient(
        book,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path_factory.mktemp("nb"))}},
    )
    return client.execute()


def outputs(book):
    return [out for cell in book.cells if cell.cell_type == "code" for out in cell.outputs]


def test_there_is_a_notebook_to_start_with():
    assert next(p.stem for p in NOTEBOOKS) == "00_start_here"


def test_a_notebook_runs_without_a_word_on_standard_error(ran):
    assert not [
        out for out in outputs(ran) if out.output_type == "error" or out.get("name") == "stderr"
    ]


def test_every_picture_in_a_notebook_has_a_text_alternative(ran):
    pages = [out.data.get("text/html", "") for out in outputs(ran) if "data" in out]
    pictures = [image for page in pages for image in re.findall(r"<img [^>]*>", page)]
    assert pictures
    assert all(len(re.search(r'alt="([^"]*)"', image)[1]) > 40 for image in pictures)


def test_the_first_notebook_ends_in_a_finding_within_ten_cells(ran):
    assert len(ran.cells) <= 10
    told = "".join(out.data.get("text/plain", "") for out in outputs(ran) if "data" in out)
    assert "0.668 times as often" in told


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_and_its_text_twin_say_the_same(path):
    command = [
        sys.executable,
        "-m",
        "jupytext",
        "--test",
        "--to",
        "ipynb",
        str(path.with_suffix(".py")),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    twin = subprocess.run(
        [sys.executable, "-m", "jupytext", "--to", "py:percent", "-o", "-", str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    body = twin.stdout.split("# %%", 1)[1]
    assert (
        body.strip()
        == path.with_suffix(".py").read_text(encoding="utf-8").split("# %%", 1)[1].strip()
    )

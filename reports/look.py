"""Build example reports and run notebooks, and take pictures of them: `make pictures`. Needs Chromium."""

import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, sync_playwright

import wfaudit as wf
from wfaudit.synthetic import asta
from wfaudit.systems import load

HERE = Path(__file__).parent
CASES = {
    "callbacks": "callbacks",
    "ll144": "ll144/selection",
    "amsterdam": "amsterdam/pilot_age",
    "matching": "matching",
}
NOTEBOOKS = {
    "02": "02_which_variables_drive_the_score",
    "03": "03_whom_the_errors_fall_on",
    "04": "04_what_caseworkers_do",
    "05": "05_who_is_shown_to_whom",
    "06": "06_what_cannot_be_known",
}
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
MODELS: dict[str, Callable[[], Any]] = {"amas": partial(load, "amas"), "asta": asta.model}
SIZES = {"wide": (1000, 4200), "narrow": (360, 4200)}  # width, and how much of the height to keep
PAGE = (1000, 12_000)  # the same of a notebook


def main() -> None:
    """One folder a case with a picture of each size, and one folder of notebooks.

    Of a case with a model the section on what moves the score is kept, for its page is long.
    """
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("no chromium on this machine")
    with sync_playwright() as p, tempfile.TemporaryDirectory() as folder:
        browser = p.chromium.launch(executable_path=chromium, args=ARGS)
        for name, case in CASES.items():
            address = wf.audit(wf.load(case)).report(Path(folder) / name).as_uri()
            for size, kept in SIZES.items():
                photograph(browser, address, kept, HERE / name / f"report-{size}.png")
        for name, model in MODELS.items():
            audit = wf.audit(wf.load(name), model())
            address = audit.report(Path(folder) / name).as_uri()
            for size, kept in SIZES.items():
                photograph(browser, address, kept, HERE / name / f"drivers-{size}.png", "drivers")
        for name, book in NOTEBOOKS.items():
            address = ran(book, Path(folder)).as_uri()
            photograph(browser, address, PAGE, HERE / "notebooks" / f"{name}.png")
        browser.close()


def ran(book: str, folder: Path) -> Path:
    """A notebook as a page, run from a clean kernel."""
    cells = nbformat.read(HERE.parent / "notebooks" / f"{book}.ipynb", as_version=4)
    where = {"metadata": {"path": str(folder)}}
    NotebookClient(cells, timeout=120, kernel_name="python3", resources=where).execute()
    target = folder / f"{book}.html"
    target.write_text(HTMLExporter().from_notebook_node(cells)[0], encoding="utf-8")
    return target


def photograph(
    browser: Browser, address: str, kept: tuple[int, int], target: Path, section: str = ""
) -> None:
    """Picture of a page that fetches nothing, or of a section: its width, its height up to a most."""
    width, most = kept
    target.parent.mkdir(exist_ok=True)
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.route("http*://**", lambda route: route.abort())
    page.goto(address)
    what = f"section[aria-labelledby={section}]" if section else "html"
    box = page.locator(what).first.bounding_box() or {"y": 0, "height": most}
    clip = {"x": 0, "y": box["y"], "width": width, "height": min(box["height"], most)}
    page.screenshot(path=str(target), clip=clip, full_page=True)
    page.close()


if __name__ == "__main__":
    main()

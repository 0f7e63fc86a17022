"""Build example reports and take pictures of them, wide and narrow: `make pictures`. Needs Chromium."""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import wfaudit as wf

HERE = Path(__file__).parent
CASES = {"callbacks": "callbacks", "ll144": "ll144/selection", "amsterdam": "amsterdam/pilot_age"}
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
SIZES = {"wide": (1000, 4200), "narrow": (360, 4200)}  # width, and how much of the height to keep


def main() -> None:
    """One folder a case, with a picture of each size."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("no chromium on this machine")
    with sync_playwright() as p, tempfile.TemporaryDirectory() as folder:
        browser = p.chromium.launch(executable_path=chromium, args=ARGS)
        for name, case in CASES.items():
            address = wf.audit(wf.load(case)).report(Path(folder) / name).as_uri()
            (HERE / name).mkdir(exist_ok=True)
            for size, (width, most) in SIZES.items():
                page = browser.new_page(viewport={"width": width, "height": 900})
                page.goto(address)
                height = min(page.evaluate("document.documentElement.scrollHeight"), most)
                target = HERE / name / f"report-{size}.png"
                clip = {"x": 0, "y": 0, "width": width, "height": height}
                page.screenshot(path=str(target), clip=clip, full_page=True)
                page.close()
        browser.close()


if __name__ == "__main__":
    main()

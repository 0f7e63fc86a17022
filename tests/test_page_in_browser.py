"""The page as a person meets it: a real browser, wide, narrow and without a network."""

import shutil

import pytest

import wfaudit as wf

ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as p:
        running = p.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    page = wf.audit(wf.load("ll144/selection")).report(tmp_path_factory.mktemp("page") / "out")
    return page.as_uri()


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_the_page_asks_for_nothing_and_never_overflows(browser, address, width):
    page = browser.new_page(viewport={"width": width, "height": 800})
    asked, complaints = [], []
    page.on(
        "request",
        lambda r: asked.append(r.url) if not r.url.startswith(("file:", "data:")) else None,
    )
    page.on("console", lambda m: complaints.append(m.text))
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    broken = "[...document.images].filter(i => !i.complete || i.naturalWidth === 0).length"
    assert page.evaluate(broken) == 0
    assert (asked, complaints) == ([], [])
    page.close()


def test_the_page_is_reached_by_keyboard_alone(browser, address):
    page = browser.new_page(viewport={"width": 320, "height": 800})
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to what was found"
    page.keyboard.press("Enter")
    assert page.url.endswith("#found")
    clipped = "[...document.querySelectorAll('.wide')].filter(d => d.scrollWidth > d.clientWidth && d.tabIndex !== 0).length"
    assert page.evaluate(clipped) == 0
    page.close()

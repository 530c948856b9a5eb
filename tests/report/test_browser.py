"""The page in a real browser. Skips, saying so, where there is no Chromium or no driver."""

import os
import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from routeaudit.report import write_html
from routeaudit.result import AuditResult

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    pytest.importorskip("playwright", reason="playwright is not installed")
    found = os.environ.get("ROUTEAUDIT_TEST_BROWSER") or next(
        filter(None, map(shutil.which, NAMES)), None
    )
    if found is None:
        pytest.skip("no Chromium is installed (set ROUTEAUDIT_TEST_BROWSER)")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 optional

    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=found, args=FLAGS)
        yield started
        started.close()


class Visit:
    """A page that was opened, and what it did."""

    def __init__(self, page: "Page", path: Path) -> None:
        self.page, self.said, self.asked = page, list[str](), list[str]()
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.goto(path.as_uri())


def visit(browser: "Browser", result: AuditResult, folder: Path, **options: object) -> Visit:
    context = browser.new_context(**{"viewport": DESK, **options})  # type: ignore[arg-type]  # as playwright names them
    return Visit(context.new_page(), write_html(result, folder))


@pytest.mark.parametrize("name", ["realistic", "worded", "scanned"])
def test_a_page_says_no_error_and_asks_for_nothing(
    browser: "Browser", name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    opened = visit(browser, request.getfixturevalue(name), tmp_path)
    opened.page.wait_for_timeout(200)
    assert opened.said == []
    assert opened.asked == [(tmp_path / "report.html").as_uri()]


def test_the_slider_moves_the_figures_to_the_row_of_the_table(
    browser: "Browser", realistic: AuditResult, tmp_path: Path
) -> None:
    page = visit(browser, realistic, tmp_path).page
    # 21 thresholds 0, 0.05 .. 1; the chosen one, 0.55, is the 12th row.
    assert page.locator("#cut").input_value() == "11"
    before = page.locator("#moved dd").all_inner_texts()
    page.locator("#cut").press("Home")
    after = page.locator("#moved dd").all_inner_texts()
    # At threshold 0 all go to the cheaper arm at $0.02: 10,853 calls a month are $217.
    assert before != after
    assert after[1] == "100.0\N{NO-BREAK SPACE}%"
    assert after[3] == "$217"


def test_without_scripts_the_thresholds_are_a_table(
    browser: "Browser", realistic: AuditResult, tmp_path: Path
) -> None:
    page = visit(browser, realistic, tmp_path, java_script_enabled=False).page
    assert not page.locator("#slider").is_visible()
    page.locator("summary", has_text="All thresholds").click()
    assert page.locator("#sweep tbody tr").count() == 21
    assert page.locator("#sweep").is_visible()


@pytest.mark.parametrize(
    ("name", "paper"), [("worded", "A4"), ("worded", "Letter"), ("realistic", "Letter")]
)
def test_it_prints_on_two_pages(
    browser: "Browser", name: str, paper: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    page = visit(browser, request.getfixturevalue(name), tmp_path).page
    printed = page.pdf(format=paper)
    assert printed.count(b"/Type /Page\n") == 2


def test_no_chart_is_cut_by_a_page_end(
    browser: "Browser", realistic: AuditResult, tmp_path: Path
) -> None:
    page = visit(browser, realistic, tmp_path).page
    page.emulate_media(media="print")
    kept = "[...document.querySelectorAll('figure')].map(f => getComputedStyle(f).breakInside)"
    assert set(page.evaluate(kept)) == {"avoid"}


@pytest.mark.parametrize(
    ("name", "scheme"),
    [("worded", "light"), ("worded", "dark"), ("realistic", "dark"), ("empty", "light")],
)
def test_axe_finds_no_serious_fault(
    browser: "Browser", name: str, scheme: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    pytest.importorskip("axe_playwright_python", reason="axe-core is not installed")
    axe = resources.files("axe_playwright_python") / "axe.min.js"
    page = visit(browser, request.getfixturevalue(name), tmp_path, color_scheme=scheme).page
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    page.evaluate(axe.read_text(encoding="utf-8"))
    faults = page.evaluate("axe.run().then(found => found.violations)")
    grave = [
        (f["id"], f["nodes"][0]["html"][:200])
        for f in faults
        if f["impact"] in ("serious", "critical")
    ]
    assert grave == []


def test_hostile_names_and_queries_do_nothing(
    browser: "Browser", worded: AuditResult, tmp_path: Path
) -> None:
    page = visit(browser, worded, tmp_path).page
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    page.wait_for_timeout(200)
    assert page.evaluate("window.hacked === undefined")
    assert page.locator("img, iframe, object, embed").count() == 0
    assert page.locator("script").count() == 1
    assert page.locator("main h2").first.is_visible()
    assert page.locator("td.prose").last.is_visible()
    assert "<script>window.hacked=1</script>" in (page.locator("main").text_content() or "")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("name", ["worded"])
def test_nothing_is_wider_than_the_window(
    browser: "Browser",
    name: str,
    size: dict[str, int],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    page = visit(browser, request.getfixturevalue(name), tmp_path, viewport=size).page
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]

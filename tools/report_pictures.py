"""Take pictures of a report for the README: desktop, phone, dark and print.

Usage: python tools/report_pictures.py REPORT.html FOLDER

Needs the package playwright and a Chromium, which ROUTEAUDIT_TEST_BROWSER or the PATH names.
"""

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SHOTS = {
    "desktop": {"viewport": {"width": 1280, "height": 1500}},
    "dark": {"viewport": {"width": 1280, "height": 1500}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 1100}, "device_scale_factor": 2},
}


def take(report: Path, folder: Path) -> None:
    """Write a picture of the top of the page for each shot, and the page as PDF."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 optional

    found = os.environ.get("ROUTEAUDIT_TEST_BROWSER") or shutil.which("chromium")
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=FLAGS)
        for name in SHOTS:
            _shoot(browser, name, report, folder)
        page = browser.new_page()
        page.goto(report.resolve().as_uri())
        page.pdf(path=folder / "report.pdf", format="A4")
        browser.close()


def _shoot(browser: "Browser", name: str, report: Path, folder: Path) -> None:
    context = browser.new_context(**SHOTS[name])  # type: ignore[arg-type]  # as playwright names them
    page = context.new_page()
    page.goto(report.resolve().as_uri())
    page.screenshot(path=folder / f"report-{name}.png")
    context.close()


if __name__ == "__main__":
    take(Path(sys.argv[1]), Path(sys.argv[2]))

"""report.html: one file that needs no network, a function of the result."""

import base64
import hashlib
from functools import cache
from pathlib import Path

from routeaudit.report.charts import charts_of
from routeaudit.report.html import sections, top
from routeaudit.report.html.element import Safe, element, joined
from routeaudit.report.numbers import label
from routeaudit.report.verdict import recommend
from routeaudit.result import AuditResult

__all__ = ["to_html"]


def to_html(result: AuditResult) -> str:
    """Write the page: verdict, tiles, charts with their tables, data quality, method."""
    charts = charts_of(result)
    body = joined(
        element("a", "Skip to the figures", href="#figures", class_="skip"),
        top.verdict(result),
        element(
            "main",
            top.tiles(result),
            sections.saving(result, charts),
            sections.spend(result, charts),
            sections.quality(result, charts),
            sections.speed_and_trend(charts),
            sections.risks(result, charts),
            sections.opportunities(result),
            sections.data_quality(result),
            sections.method(result),
            sections.reproduce(result),
            id="figures",
        ),
        element("script", Safe(_file("script.js"))),
    )
    page = element("html", _head(result), element("body", body), lang="en")
    return f"<!doctype html>\n{page}\n"


def _head(result: AuditResult) -> Safe:
    title = (
        f"{recommend(result).advice.value} · routeaudit {label(result.provenance.created[:10])}"
    )
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        f"form-action 'none'; script-src '{_digest(_file('script.js'))}'"
    )
    return element(
        "head",
        element("meta", charset="utf-8"),
        Safe(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("link", rel="icon", href="data:,"),
        element("title", title),
        element("style", Safe(_file("style.css"))),
    )


@cache
def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    """Give the hash by which the page lets this script run, and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

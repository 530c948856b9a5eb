"""Write every report of a result into one folder."""

import logging
import re
from collections.abc import Callable
from pathlib import Path

from routeaudit.errors import InputError
from routeaudit.report import charts, html, markdown
from routeaudit.report.contents import all_tables
from routeaudit.report.tables import to_csv, to_parquet
from routeaudit.result import AuditResult, to_json

log = logging.getLogger(__name__)


def write_json(result: AuditResult, folder: Path) -> Path:
    """Write result.json, the whole result."""
    return _write(folder / "result.json", to_json(result))


def write_summary(result: AuditResult, folder: Path) -> Path:
    """Write summary.md."""
    return _write(folder / "summary.md", markdown.summary(result).encode())


def write_html(result: AuditResult, folder: Path) -> Path:
    """Write report.html, one file that needs no network."""
    return _write(folder / "report.html", html.to_html(result).encode())


def write_charts(result: AuditResult, folder: Path) -> list[Path]:
    """Write each chart as PNG and SVG into charts/."""
    written = []
    for name, chart in charts.charts_of(result).items():
        image, drawing = charts.both_files(chart)
        written.append(_write(folder / "charts" / f"{name}.png", image))
        written.append(_write(folder / "charts" / f"{name}.svg", drawing))
    return written


def write_tables(result: AuditResult, folder: Path) -> list[Path]:
    """Write each table as CSV and Parquet into tables/."""
    written = []
    for table in all_tables(result):
        name = _file_name(table.name)
        written.append(_write(folder / "tables" / f"{name}.csv", to_csv(table)))
        written.append(_write(folder / "tables" / f"{name}.parquet", to_parquet(table)))
    if not result.examples:
        # Words that an earlier run was asked to show must not outlive a run that was not.
        for kind in ("csv", "parquet"):
            (folder / "tables" / f"examples.{kind}").unlink(missing_ok=True)
    return written


def write_reports(result: AuditResult, folder: Path) -> list[Path]:
    """Write result.json, summary.md, report.html, charts/ and tables/.

    Returns:
        The files written, the ones to read first at the front.

    Raises:
        InputError: the folder cannot be written to.
    """
    one: tuple[Callable[[AuditResult, Path], Path], ...] = (
        write_summary,
        write_html,
        write_json,
    )
    many = (write_charts, write_tables)
    written = [write(result, folder) for write in one]
    return written + [path for write in many for path in write(result, folder)]


def _file_name(name: str) -> str:
    """Keep a name inside its folder: a result can come from anywhere."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name)[:80]


def _write(path: Path, content: bytes) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise InputError(
            f"cannot write {path}: {error.strerror}", hint="name another folder with --reports"
        ) from error
    log.info("wrote %s", path)
    return path

"""Where scans lie, so that the next command needs no path.

A scan is a folder: `records/part-*.parquet` (no text), `rejects.jsonl`, `result.json`. The
workspace is `./.routeaudit` unless the user names another; it tells git to ignore it.
"""

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import polars as pl

from routeaudit.errors import InputError, PoorInputError
from routeaudit.frames import TEXT_COLUMNS

SCAN_NAME = re.compile(r"^\d{8}T\d{6}Z(-\d+)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A saved scan."""

    folder: Path

    @property
    def result_file(self) -> Path:
        """The result as JSON."""
        return self.folder / "result.json"

    @property
    def rejects_file(self) -> Path:
        """The rejected lines: source, line and reason, never the text."""
        return self.folder / "rejects.jsonl"

    @property
    def simulation_file(self) -> Path:
        """The result with the last simulation in it, as JSON."""
        return self.folder / "simulation.json"

    @property
    def answers_folder(self) -> Path:
        """What small models made of a sample of the calls, one set of files an arm."""
        return self.folder / "answers"

    @property
    def routes_file(self) -> Path:
        """The path of each call under each policy of the last simulation."""
        return self.folder / "routes.parquet"

    def newest_result(self) -> Path:
        """Give the last simulation's result, or the scan's own where nothing was simulated."""
        return self.simulation_file if self.simulation_file.exists() else self.result_file

    def records(self) -> pl.LazyFrame:
        """Open the classified and priced calls, in the order they were read.

        Raises:
            InputError: the scan was interrupted before anything was written.
        """
        parts = sorted((self.folder / "records").glob("part-*.parquet"))
        if not parts:
            raise InputError(f"the scan in {self.folder} holds no records", hint="scan again")
        return pl.scan_parquet(parts)

    def write_part(self, number: int, records: pl.DataFrame) -> None:
        """Save one batch, without any text."""
        folder = self.folder / "records"
        folder.mkdir(parents=True, exist_ok=True)
        kept = records.drop(TEXT_COLUMNS, strict=False)
        partial = folder / f"part-{number:05d}.partial"
        kept.write_parquet(partial, compression="zstd", statistics=True)
        partial.replace(folder / f"part-{number:05d}.parquet")

    def add_rejects(self, rejects: pl.DataFrame) -> None:
        """Append rejected units: source, line and reason; they never hold text."""
        with self.rejects_file.open("ab") as file:
            rejects.write_ndjson(file)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """The folder that holds scans, newest last by name."""

    root: Path

    def new_scan(self, now: datetime | None = None) -> Scan:
        """Make an empty scan folder; it becomes the latest once `finish` is called."""
        scans = self.root / "scans"
        scans.mkdir(parents=True, exist_ok=True)
        self.hide()
        stamp = (now or datetime.now(tz=UTC)).strftime("%Y%m%dT%H%M%SZ")
        for name in _numbered(stamp):
            folder = scans / f"{name}.partial"
            if not (scans / name).exists() and not folder.exists():
                folder.mkdir()
                return Scan(folder=folder)
        raise AssertionError("unreachable: the names never end")

    def hide(self) -> None:
        """Make the folder, and tell git to ignore it."""
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / ".gitignore").write_text("*\n", encoding="utf-8")

    def verdict_cache(self) -> Path:
        """Give the file that keeps a GGUF model's verdicts between runs; it may not exist yet."""
        self.root.mkdir(parents=True, exist_ok=True)
        return self.root / "verdicts.sqlite"

    def finish(self, scan: Scan) -> Scan:
        """Give a complete scan its name; only now does `latest` see it."""
        final = scan.folder.with_name(scan.folder.name.removesuffix(".partial"))
        scan.folder.rename(final)
        return Scan(folder=final)

    def keep_rejects(self, scan: Scan) -> Path | None:
        """Keep the rejects of a scan that found no call; None when there are none."""
        if not scan.rejects_file.exists():
            return None
        return scan.rejects_file.replace(self.root / scan.rejects_file.name)

    def refuse(self, scan: Scan, reasons: Sequence[tuple[str, int]]) -> NoReturn:
        """Refuse a scan that found no call; its rejects stay in the workspace.

        Raises:
            PoorInputError: says why nothing that was read is a call.
        """
        rejects = self.keep_rejects(scan)
        told = "; ".join(f"{n} x {reason}" for reason, n in reasons)
        see = f"see {rejects}; " if rejects else ""
        raise PoorInputError(
            f"no call was found: {told or 'nothing was left to read'}",
            hint=f"{see}`routeaudit formats explain FILE` shows how a file is read",
        )

    def discard(self, scan: Scan) -> None:
        """Remove a scan that was not finished."""
        shutil.rmtree(scan.folder, ignore_errors=True)

    def scans(self) -> list[Scan]:
        """List the finished scans, oldest first."""
        folder = self.root / "scans"
        if not folder.is_dir():
            return []
        found = [path for path in folder.iterdir() if SCAN_NAME.match(path.name)]
        return [Scan(folder=path) for path in sorted(found, key=_age)]

    def latest(self) -> Scan:
        """Give the newest scan.

        Raises:
            InputError: there is none.
        """
        if not (found := self.scans()):
            raise InputError(
                f"there is no scan in {self.root} yet", hint="run `routeaudit scan PATH` first"
            )
        return found[-1]


def open_scan(path: Path) -> Scan | None:
    """Give the scan that lies in a folder; None when it is no scan."""
    return Scan(folder=path) if (path / "records").is_dir() else None


def _age(path: Path) -> tuple[str, int]:
    stamp, _, number = path.name.partition("-")
    return stamp, int(number or 0)


def _numbered(stamp: str) -> Iterator[str]:
    yield stamp
    number = 2
    while True:
        yield f"{stamp}-{number}"
        number += 1


def default_root() -> Path:
    """Give `$ROUTEAUDIT_WORKSPACE`, else `./.routeaudit`."""
    return Path(os.environ.get("ROUTEAUDIT_WORKSPACE") or ".routeaudit")

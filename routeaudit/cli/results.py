"""Where commands find a saved result."""

from pathlib import Path
from typing import TYPE_CHECKING

from routeaudit.cli.place import Place
from routeaudit.errors import InputError

if TYPE_CHECKING:
    from routeaudit.result import AuditResult


def result_at(path: Path | None, place: Place) -> "AuditResult":
    """Read a result: a file, a folder with a result.json (or a scan's), or the last one made.

    Raises:
        InputError: there is no result there.
    """
    from routeaudit.result import read

    if path is None:
        return read(place.open_workspace().latest().newest_result())
    if path.is_dir():
        found = [path / name for name in ("simulation.json", "result.json")]
        there = [file for file in found if file.is_file()]
        if not there:
            raise InputError(
                f"there is no result.json in {path}",
                hint="it is written by `routeaudit simulate --reports`; a folder of logs is "
                "scanned and simulated first",
            )
        return read(there[0])
    return read(path)

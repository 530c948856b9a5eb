"""Ingest: any LLM API log in, normalised records out; bad lines go to rejects."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from routeaudit.errors import PoorInputError
from routeaudit.ingest.settings import IngestSettings

if TYPE_CHECKING:
    from routeaudit.ingest.flow import Batch

__all__ = ["IngestSettings", "check_bad_rows", "ingest", "whole_percent"]


def ingest(sources: Sequence[str], settings: IngestSettings) -> "Iterator[Batch]":
    """Read logs from files, folders, globs, archives or `-`, batch by batch.

    Records hold text columns (`query`, `messages`, `response_text`): drop them once they are
    classified. In each batch units = records + merged + rejects.

    Raises:
        InputError: a place is missing, empty, binary, or holds no logs.
        ConfigError: the format named in the settings does not exist.
    """
    from routeaudit.ingest.flow import read  # noqa: PLC0415 keeps `import routeaudit.ingest` light

    return read(sources, settings)


def whole_percent(part: int, whole: int) -> str:
    """Write a share as the next whole percent: as much as must be allowed to let it pass."""
    return f"{-(-100 * part // whole)}%"


def check_bad_rows(rejected: int, units: int, settings: IngestSettings) -> None:
    """Refuse a log of which too much could not be read; call it once results are written.

    Raises:
        PoorInputError: the share of rejects is over `max_bad_rows`.
    """
    share = rejected / units if units else 0.0
    if share > settings.max_bad_rows:
        raise PoorInputError(
            f"{rejected} of {units} records could not be read ({share:.1%})",
            hint=f"see rejects.jsonl, or allow more with --max-bad-rows {whole_percent(rejected, units)}",
        )

"""Logs that lie elsewhere: objects in S3, and LiteLLM's PostgreSQL database.

The only places from which routeaudit reads over a network, and only when they are named.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import PurePosixPath
from typing import IO, Any, cast  # Any: psycopg and fsspec are optional

from routeaudit.errors import ConfigError, InputError, MissingExtraError
from routeaudit.ingest.names import is_aside, looks_like_a_log

DATABASES = ("postgresql://", "postgres://")
SPEND_LOGS = "LiteLLM_SpendLogs"
ROWS_A_TRIP = 5_000
Open = Callable[[], IO[bytes]]


def streams(place: str) -> list[tuple[str, Open]]:
    """Find the streams behind a URL: a name to show, without credentials, and how to open it.

    Raises:
        ConfigError: no such kind of place is known.
        InputError: it cannot be reached, or holds nothing.
        MissingExtraError: the extra that reads such places is not installed.
    """
    if place.startswith(DATABASES):
        return [(f"postgresql:{SPEND_LOGS}", _spend_logs(place))]
    if place.startswith("s3://"):
        return _in_bucket(place)
    kind = place.partition("://")[0]
    raise ConfigError(f"cannot read from {kind}://", hint="a path, s3:// or postgresql://")


def _in_bucket(place: str) -> list[tuple[str, Open]]:
    try:
        import s3fs  # noqa: PLC0415 an extra
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415 as s3fs
    except ImportError as error:
        raise MissingExtraError("reading from s3://", extra="s3") from error
    files = s3fs.S3FileSystem()
    is_glob = any(mark in place for mark in "*?[")
    try:
        found = files.glob(place) if is_glob else _logs_of(place, files.find(place))
    except (OSError, ValueError, BotoCoreError) as error:
        raise InputError(
            f"cannot list {place}: {type(error).__name__}",
            hint="are the credentials set (AWS_PROFILE, AWS_ACCESS_KEY_ID), and the region?",
        ) from error
    if not found:
        raise InputError(f"there is nothing at {place}", hint="is the prefix right?")
    return [(f"s3://{path}", _object(files, path)) for path in sorted(found)]


def _logs_of(place: str, found: Sequence[str]) -> list[str]:
    """Leave out what is no log, as in a folder; where no name ends as logs do, take all."""
    prefix = PurePosixPath(place.removeprefix("s3://"))
    paths = [PurePosixPath(name) for name in found]
    if paths == [prefix]:
        return list(found)
    shown = [path for path in paths if not is_aside(path, _inside(path, prefix))]
    logs = [path for path in shown if looks_like_a_log(path.name)]
    return [str(path) for path in logs or shown]


def _inside(path: PurePosixPath, prefix: PurePosixPath) -> PurePosixPath:
    return path.relative_to(prefix) if path.is_relative_to(prefix) else PurePosixPath(path.name)


def _object(files: Any, path: str) -> Open:  # noqa: ANN401 an optional library's file system
    return lambda: cast("IO[bytes]", files.open(path, "rb"))


def _spend_logs(url: str) -> Open:
    try:
        import psycopg  # noqa: PLC0415 an extra
    except ImportError as error:
        raise MissingExtraError("reading a PostgreSQL database", extra="postgres") from error

    def opened() -> IO[bytes]:
        try:
            connection = psycopg.connect(url)
        except psycopg.OperationalError as error:
            raise InputError(
                "cannot connect to the database", hint="check host, user and password"
            ) from error
        return cast("IO[bytes]", io.BufferedReader(_Lines(_rows(connection))))

    return opened


def _rows(connection: Any) -> Iterator[bytes]:  # noqa: ANN401 an optional library's connection
    import psycopg  # noqa: PLC0415 an extra

    query = f'SELECT row_to_json(t)::text FROM "{SPEND_LOGS}" t ORDER BY "startTime"'  # noqa: S608 constant
    with closing(connection), connection.cursor(name="routeaudit") as cursor:
        cursor.itersize = ROWS_A_TRIP
        try:
            cursor.execute(query)
            for (line,) in cursor:
                yield line.replace("\n", " ").encode() + b"\n"
        except psycopg.errors.UndefinedTable as error:
            raise InputError(
                f"the database has no table {SPEND_LOGS}", hint="is it LiteLLM's database?"
            ) from error


class _Lines(io.RawIOBase):
    """Lines of an iterator as a stream."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._left = b""

    def readable(self) -> bool:  # type: ignore[explicit-override]  # typing.override is newer than Python 3.11
        return True

    def readinto(self, buffer: Any) -> int:  # type: ignore[explicit-override]  # noqa: ANN401 as `readable`
        while not self._left:
            line = next(self._lines, None)
            if line is None:
                return 0
            self._left = line
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size

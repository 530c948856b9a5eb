"""Where logs come from: files, folders, globs, archives, standard input."""

import glob
import io
import logging
import os
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple, cast  # Any: a buffer

from routeaudit.errors import InputError
from routeaudit.ingest.names import LOG_ENDINGS, content_ending, is_aside, looks_like_a_log
from routeaudit.ingest.unpack import BROKEN, unpacked
from routeaudit.plugins import hint_for

log = logging.getLogger(__name__)

STDIN = "-"


class Source(NamedTuple):
    """One stream of logs: its name in reports, and how to open it."""

    name: str
    open: Callable[[], IO[bytes]]

    @property
    def ending(self) -> str:
        """The ending that tells the kind of content, compression set aside."""
        return content_ending(self.name)

    @contextmanager
    def unpacked(self) -> Iterator[IO[bytes]]:
        """Open the stream, unpacked, and close it afterwards.

        Raises:
            InputError: the file cannot be read.
            MissingExtraError: it is compressed with something that is not installed.
        """
        try:
            raw = self.open()
        except OSError as error:
            raise InputError(f"cannot read {self.name}: {error.strerror}") from error
        with closing(raw), _buffered(raw) as packed:
            try:
                with closing(unpacked(packed)) as stream:
                    whole = isinstance(stream, io.BufferedReader)
                    yield stream if whole else _stepwise(stream)
            except BROKEN as error:
                raise InputError(
                    f"cannot unpack {self.name}: {error}", hint="is the file whole?"
                ) from error


class _Steps(io.RawIOBase):
    """A stream that gives what it has, so that a break further on takes nothing with it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._read1: Callable[[int], bytes] = stream.read1  # type: ignore[attr-defined]  # all that unpack have it

    def readable(self) -> bool:  # type: ignore[explicit-override]  # typing.override is newer than Python 3.11
        return True

    def readinto(self, buffer: Any) -> int:  # type: ignore[explicit-override]  # noqa: ANN401 as `readable`
        found = self._read1(len(buffer))
        buffer[: len(found)] = found
        return len(found)


def _stepwise(stream: IO[bytes]) -> io.BufferedReader:
    return io.BufferedReader(_Steps(stream), 1 << 20)


def _buffered(stream: IO[bytes]) -> io.BufferedReader:
    return io.BufferedReader(cast("io.RawIOBase", stream), 1 << 20)


def expand(places: Sequence[str]) -> list[Source]:
    """Find the streams behind paths, globs, folders, zip archives, URLs and `-`, sorted.

    A file that is named twice, or by a link too, is one stream.

    Raises:
        InputError: a place is missing, or holds no logs.
    """
    if not places:
        raise InputError("there is nothing to read", hint="name a file, a folder or -")
    found: dict[str, Source] = {}
    for place in places:
        for source in _at(place):
            is_elsewhere = place == STDIN or "://" in place
            name = source.name if is_elsewhere else os.path.realpath(source.name)
            found.setdefault(name, source)
    return list(found.values())


def _at(place: str) -> list[Source]:
    if place == STDIN:
        return [Source(STDIN, _stdin)]
    if "://" in place:
        return _remote(place)
    path = Path(place).expanduser()
    if path.is_dir():
        return _in_folder(path)
    if path.exists():
        return _in_file(path)
    matches = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207 absolute patterns too
    if not matches:
        raise InputError(f"there is no file {place}", hint=_near(path))
    found = [source for match in map(Path, matches) for source in _matched(match)]
    if not found:
        raise InputError(f"what {place} names is empty", hint="was the export finished?")
    return found


def _matched(path: Path) -> list[Source]:
    """Give what one match of a glob holds; nothing for what is empty or holds no logs."""
    if path.is_dir():
        return _logs_in(path)
    return _in_file(path) if path.stat().st_size else []


def _stdin() -> IO[bytes]:
    return os.fdopen(os.dup(sys.stdin.fileno()), "rb")


def _near(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"there is no folder {folder} either"
    names = sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))[:500]
    return hint_for(path.name, names[:12]) if names else f"the folder {folder} is empty"


def _in_folder(folder: Path) -> list[Source]:
    found = _logs_in(folder)
    if not found:
        endings = " ".join(sorted(LOG_ENDINGS))
        raise InputError(
            f"the folder {folder} holds no logs",
            hint=f"log files end in {endings} (or .gz ...)",
        )
    return found


def _logs_in(folder: Path) -> list[Source]:
    found = []
    for path in sorted(folder.rglob("*")):
        if is_aside(path, path.relative_to(folder)) or not path.is_file():
            continue
        if looks_like_a_log(path.name) and path.stat().st_size:
            found += _in_file(path)
        else:
            log.info("skipped %s: no log by its name, or empty", path)
    return found


def _in_file(path: Path) -> list[Source]:
    if path.stat().st_size == 0 and path.is_file():
        return [_unreadable(path, f"the file {path} is empty", "was the export finished?")]
    if path.suffix.lower() == ".zip":
        return list(_in_zip(path))
    # without a buffer: `unpacked` puts its own around it
    return [Source(str(path), lambda: path.open("rb", buffering=0))]


def _unreadable(path: Path, reason: str, hint: str = "") -> Source:
    """Stand for a file that tells its fault once it is read: others beside it are read."""

    def opened() -> IO[bytes]:
        raise InputError(reason, hint=hint)

    return Source(str(path), opened)


def _in_zip(path: Path) -> Iterator[Source]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [i.filename for i in archive.infolist() if not i.is_dir() and i.file_size]
    except zipfile.BadZipFile:
        yield _unreadable(path, f"{path} is no zip archive, or a broken one")
        return
    members = [path for path in map(PurePosixPath, names) if not is_aside(path, path)]
    wanted = [str(path) for path in members if looks_like_a_log(path.name)]
    if not wanted:
        yield _unreadable(path, f"the archive {path} holds no logs")
    for name in sorted(wanted):
        yield Source(f"{path}/{name}", _member(path, name))


def _member(path: Path, name: str) -> Callable[[], IO[bytes]]:
    def opened() -> IO[bytes]:
        try:
            with zipfile.ZipFile(path) as archive:  # an open member keeps the file open
                return archive.open(name)
        except (RuntimeError, NotImplementedError) as error:  # encrypted, or packed oddly
            raise InputError(
                f"cannot unpack {path}/{name}: it has a password, or an odd compression",
                hint="unpack it first",
            ) from error

    return opened


def _remote(place: str) -> list[Source]:
    from routeaudit.ingest.remote import streams  # noqa: PLC0415 most logs lie here

    return [Source(name, opener) for name, opener in streams(place)]

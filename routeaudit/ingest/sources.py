"""Where logs come from: files, folders, globs, archives, standard input."""

import bz2
import glob
import gzip
import io
import logging
import os
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple, cast  # Any: a buffer

from routeaudit.errors import InputError
from routeaudit.plugins import hint_for

log = logging.getLogger(__name__)

LOG_ENDINGS = {".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet", ".log", ".txt", ".sse"}
PACKED_ENDINGS = {".gz", ".zst", ".bz2"}
NO_LOGS = {"readme.txt", "source.txt", "license.txt", "notice.txt", "requirements.txt"}
BEDROCK = "BedrockModelInvocationLogs"
STDIN = "-"
PACKED_BYTES = 1 << 17
BROKEN = (EOFError, zlib.error, gzip.BadGzipFile)
"""What unpacking raises where an archive is cut short or damaged."""
ZSTD_MAGIC, GZIP_MAGIC, BZ2_MAGIC = b"\x28\xb5\x2f\xfd", b"\x1f\x8b", b"BZh"


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
        with closing(raw), _buffered(raw) as packed, closing(unpacked(packed)) as stream:
            try:
                yield stream if isinstance(stream, io.BufferedReader) else _stepwise(stream)
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


def content_ending(name: str) -> str:
    """Give a file name's ending in lower case, without that of a compression."""
    path = Path(name)
    packed = path.suffix.lower() in PACKED_ENDINGS
    return (Path(path.stem) if packed else path).suffix.lower()


def expand(places: Sequence[str]) -> list[Source]:
    """Find the streams behind paths, globs, folders, zip archives, URLs and `-`, sorted.

    Raises:
        InputError: a place is missing, or holds no logs.
    """
    if not places:
        raise InputError("there is nothing to read", hint="name a file, a folder or -")
    found: dict[str, Source] = {}
    for place in places:
        for source in _at(place):
            found.setdefault(source.name, source)
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
    return [source for match in matches for source in _at(match)]


def _stdin() -> IO[bytes]:
    return os.fdopen(os.dup(sys.stdin.fileno()), "rb")


def _near(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"there is no folder {folder} either"
    names = sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))[:500]
    return hint_for(path.name, names[:12]) if names else f"the folder {folder} is empty"


def _in_folder(folder: Path) -> list[Source]:
    found = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if any(part.startswith((".", "__")) for part in parts) or not path.is_file():
            continue
        if BEDROCK in path.parts and path.parent.name == "data":
            continue  # bodies over 100 KB; the records beside them tell the calls
        if looks_like_a_log(path.name) and path.stat().st_size:
            found += _in_file(path)
        else:
            log.info("skipped %s: no log by its name, or empty", path)
    if not found:
        endings = " ".join(sorted(LOG_ENDINGS))
        raise InputError(
            f"the folder {folder} holds no logs",
            hint=f"log files end in {endings} (or .gz ...)",
        )
    return found


def looks_like_a_log(name: str) -> bool:
    """Tell by its name whether a file in a folder is a log."""
    if Path(name).suffix.lower() == ".zip":
        return True
    return content_ending(name) in LOG_ENDINGS and name.lower() not in NO_LOGS


def _in_file(path: Path) -> list[Source]:
    if path.stat().st_size == 0 and path.is_file():
        raise InputError(f"the file {path} is empty", hint="was the export finished?")
    if path.suffix.lower() == ".zip":
        return list(_in_zip(path))
    # without a buffer: `unpacked` puts its own around it
    return [Source(str(path), lambda: path.open("rb", buffering=0))]


def _in_zip(path: Path) -> Iterator[Source]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [i.filename for i in archive.infolist() if not i.is_dir() and i.file_size]
    except zipfile.BadZipFile as error:
        raise InputError(f"{path} is no zip archive, or a broken one") from error
    wanted = [name for name in names if looks_like_a_log(Path(name).name)]
    if not wanted:
        raise InputError(f"the archive {path} holds no logs")
    for name in sorted(wanted):
        yield Source(f"{path}/{name}", _member(path, name))


def _member(path: Path, name: str) -> Callable[[], IO[bytes]]:
    def opened() -> IO[bytes]:
        with zipfile.ZipFile(path) as archive:  # an open member keeps the file open
            return archive.open(name)

    return opened


def unpacked(packed: io.BufferedReader) -> IO[bytes]:
    """Unpack gzip, zstd or bzip2 (several frames too), known by the first bytes."""
    head = packed.peek(4)[:4]
    if head.startswith(GZIP_MAGIC):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=packed))
    if head.startswith(BZ2_MAGIC):
        return bz2.BZ2File(packed)
    if head == ZSTD_MAGIC:
        return _unzstd(packed)
    return packed


def _unzstd(stream: IO[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", _Frames(stream))


class _Frames:
    """Frames of zstd, one behind the other; a last one that is cut short is an error.

    The library's own reader takes a file that ends within a frame for a whole one.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        import zstandard  # noqa: PLC0415 needed for .zst only

        self._stream, self._made = stream, zstandard.ZstdDecompressor()
        self._frame, self._packed, self._ready = self._made.decompressobj(), b"", b""
        self._is_within = False
        self._error = zstandard.ZstdError

    def read1(self, size: int) -> bytes:
        """Give at most `size` bytes of what is unpacked next; none at the end.

        Raises:
            EOFError: the last frame is cut short, or what follows it is no frame.
        """
        while not self._ready and self._advanced():
            pass
        found, self._ready = self._ready[:size], self._ready[size:]
        return found

    def _advanced(self) -> bool:
        packed = self._packed or self._stream.read(PACKED_BYTES)
        self._packed = b""
        if not packed:
            if self._is_within:
                raise EOFError("the file ends within a frame")
            return False
        try:
            self._ready, self._is_within = self._frame.decompress(packed), True
        except self._error as error:
            raise EOFError(str(error)) from error
        if self._frame.eof:
            self._packed, self._is_within = self._frame.unused_data, False
            self._frame = self._made.decompressobj()
        return True

    def close(self) -> None:
        """Nothing is held."""


def _remote(place: str) -> list[Source]:
    from routeaudit.ingest.remote import streams  # noqa: PLC0415 most logs lie here

    return [Source(name, opener) for name, opener in streams(place)]

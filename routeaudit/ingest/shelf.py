"""Units that wait on disk, apart by what belongs together, so that memory stays at one part."""

import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import orjson

from routeaudit.ingest.shape import Group
from routeaudit.ingest.values import at, string

PARTS = 256
HELD_BYTES = 32 << 20  # before they are written
Waiting = tuple[str, int, bytes]  # source, line, JSON in one line


def by(*paths: tuple[str, ...]) -> Group:
    """Group units by the first text that stands at one of these paths."""

    def group(unit: object) -> str | None:
        return next((text for path in paths if (text := string(at(unit, *path)))), None)

    return group


class Shelf:
    """A folder of parts; every group of units lies whole in one of them."""

    def __init__(self, group: Group) -> None:
        self._group = group
        self._folder = tempfile.TemporaryDirectory(prefix="routeaudit-")
        self._sources: dict[str, int] = {}

    def __enter__(self) -> "Shelf":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()

    def put(self, units: Iterable[Waiting]) -> None:
        """Add units to their parts."""
        parts: dict[int, list[bytes]] = {}
        held = 0
        for source, line, json in units:
            number = self._sources.setdefault(source, len(self._sources))
            group = self._group(orjson.loads(json)) or ""
            part = zlib.crc32(group.encode("utf-8", "replace")) % PARTS
            parts.setdefault(part, []).append(b"%d %d %b\n" % (number, line, json))
            held += len(json)
            if held >= HELD_BYTES:
                self._write(parts)
                parts, held = {}, 0
        self._write(parts)

    def _write(self, parts: Mapping[int, list[bytes]]) -> None:
        for part, lines in parts.items():
            with self._path(part).open("ab") as stream:
                stream.writelines(lines)

    def parts(self) -> Iterator[list[Waiting]]:
        """Give the parts one by one, their units in the order they came in."""
        names = list(self._sources)
        for part in range(PARTS):
            if self._path(part).is_file():
                lines = self._path(part).read_bytes().split(b"\n")[:-1]
                fields = (line.split(b" ", 2) for line in lines)
                yield [(names[int(source)], int(line), json) for source, line, json in fields]

    def _path(self, part: int) -> Path:
        return Path(self._folder.name) / f"{part:03}"

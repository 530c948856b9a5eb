"""A stream cut into blocks of whole lines, each line one JSON value, whatever it looked like.

Pretty-printed and concatenated JSON, arrays and `{"data": [...]}` become one line an element.
"""

import codecs
import io
import re
from collections.abc import Iterable, Iterator
from json import JSONDecoder
from typing import IO, Any, Literal, NamedTuple  # Any: parsed JSON

import numpy as np
import orjson

from routeaudit.errors import InputError
from routeaudit.ingest.encoding import HEAD_BYTES, decoded
from routeaudit.ingest.unpack import BROKEN

BLOCK_BYTES = 32 << 20
MAX_LINE_BYTES = 256 << 20
ELEMENTS_A_BLOCK = 20_000
PIECE_BYTES = 1 << 20
LINE_FEED = 10
CUT_OFF = b"\x02"  # stands for what is missing of a broken archive
TOO_LONG = b"\x01"  # stands for a line over MAX_LINE_BYTES; parses as nothing
LISTS = (
    "data",
    "runs",
    "events",
    "results",
    "result",
    "items",
    "records",
    "logs",
    "rows",
    "calls",
    "traces",
)
_LIST_START = re.compile(r'\s*\{\s*"(?:' + "|".join(LISTS) + r')"\s*:\s*(?=\[\s*[{\]])')
_GAP = re.compile(r"[\s,\x00\ufeff\x1e]*")


class Block(NamedTuple):
    """Whole lines of one source; the number of the first, from 1."""

    source: str
    first_line: int
    text: bytes
    latency_unit: Literal["s", "ms"] = "s"  # of latencies whose key names none
    is_document: bool = False  # lines are elements of JSON that was not one value a line


def blocks(name: str, stream: IO[bytes]) -> Iterator[Block]:
    """Cut a stream of JSON into blocks, in order; memory stays at a few blocks.

    Raises:
        InputError: the stream is binary or cannot be unpacked.
    """
    chunks = decoded(name, _chunks(name, stream))
    head = next(chunks, b"")
    whole = _chained(head, chunks)
    if is_document(head):
        return _elements(name, whole)
    return _lines(name, whole)


def _chained(head: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from chunks


def _chunks(name: str, stream: IO[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    held_bytes = 0
    broken: Exception | None = None
    # of a broken archive, what was unpacked before the break is kept; a file has no such break
    is_file = isinstance(getattr(stream, "raw", None), io.FileIO)
    may_break = isinstance(stream, io.BufferedReader) and not is_file
    read = stream.read1 if may_break else stream.read  # type: ignore[attr-defined]  # narrowed by a name
    while broken is None:
        try:
            piece = read(_whole_lines_bytes(stream) if is_file else PIECE_BYTES)
        except (OSError, ValueError, *BROKEN) as error:
            broken, piece = error, b"\n" + CUT_OFF if held else b""
        held.append(piece)
        held_bytes += len(piece)
        if is_file or held_bytes >= BLOCK_BYTES or not piece or broken is not None:
            if any(held):
                yield held[0] if len(held) == 1 else b"".join(held)
            elif broken is not None:
                raise InputError(
                    f"cannot unpack {name}: {broken}", hint="is the file whole?"
                ) from broken
            if not piece:
                return
            held, held_bytes = [], 0


def _whole_lines_bytes(stream: IO[bytes]) -> int:
    """Say how much of a file to read so that it ends with a line: nothing has to be joined."""
    if not stream.seekable():
        return BLOCK_BYTES
    start = stream.tell()
    left = stream.seek(0, io.SEEK_END) - start
    # the last two blocks are alike, so that two processors end together
    size = left // 2 if start and BLOCK_BYTES < left < 2 * BLOCK_BYTES else BLOCK_BYTES
    back = min(PIECE_BYTES, size)
    stream.seek(start + size - back)
    cut = stream.read(back).rfind(b"\n") + 1
    stream.seek(start)
    return size - back + cut if cut else size


def is_document(head: bytes) -> bool:
    """Tell JSON that must be cut by values from JSON that has one value a line."""
    text = head.lstrip(b" \t\r\n\xef\xbb\xbf")
    if not text.startswith((b"{", b"[")):
        return False
    if text.startswith(b"["):
        return True
    line, newline, rest = text.partition(b"\n")
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return _holds_several(line) or (bool(newline) and not rest.lstrip().startswith(b"{"))
    return not rest.strip() and bool(
        _LIST_START.match(line[:HEAD_BYTES].decode("utf-8", "replace"))
    )


def _holds_several(line: bytes) -> bool:
    """Tell a line of values with nothing between them, as AWS Firehose writes."""
    text = line.decode("utf-8", "replace")
    try:
        _, end = JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        return False
    return text[end:].lstrip().startswith(("{", "["))


def _lines(name: str, chunks: Iterable[bytes]) -> Iterator[Block]:
    held: list[bytes] = []
    first_line, held_bytes = 1, 0
    for chunk, is_last in _with_last(chunks):
        end = len(chunk) if is_last else chunk.rfind(b"\n") + 1
        if end or is_last:
            whole = end == len(chunk) and not held
            # a view: slices of blocks would be copied twice
            text = chunk if whole else b"".join((*held, memoryview(chunk)[:end]))
            if text:
                yield Block(name, first_line, text)
            first_line += line_feeds(text)
            held, held_bytes = [], 0
        if end < len(chunk):
            held.append(chunk[end:])
            held_bytes += len(chunk) - end
        if held_bytes > MAX_LINE_BYTES:
            held, held_bytes = [TOO_LONG], MAX_LINE_BYTES


def line_feeds(text: bytes) -> int:
    """Count the ends of lines, piece by piece of a cache; `bytes.count` looks at byte after byte."""
    codes = np.frombuffer(text, dtype=np.uint8)
    starts = range(0, len(codes), PIECE_BYTES)
    return sum(int(np.count_nonzero(codes[n : n + PIECE_BYTES] == LINE_FEED)) for n in starts)


def _with_last(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    before: bytes | None = None
    for chunk in chunks:
        if before is not None:
            yield before, False
        before = chunk
    if before is not None:
        yield before, True


def _elements(name: str, chunks: Iterable[bytes]) -> Iterator[Block]:
    number, held = 1, []
    for element in _values(chunks):
        held.append(element)
        if len(held) >= ELEMENTS_A_BLOCK or sum(map(len, held[-1:])) > BLOCK_BYTES:
            yield Block(name, number, b"\n".join(held), is_document=True)
            number, held = number + len(held), []
    if held:
        yield Block(name, number, b"\n".join(held), is_document=True)


def _values(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Give each element of arrays, and each value between them, as one line of JSON."""
    decoder, source = JSONDecoder(strict=False), _Text(chunks)
    while source.skip_gap():
        if source.starts_list():
            continue
        found = source.value(decoder)
        if found is not None:
            yield found


class _Text:
    """The text still unread, filled up as values need it."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._chunks = iter(chunks)
        self._text = ""
        self._at = 0
        self._open = 0  # arrays (and objects around them) that were entered

    def _fill(self) -> bool:
        chunk = next(self._chunks, None)
        if chunk is None:
            return False
        self._text = self._text[self._at :] + self._decode(chunk)
        self._at = 0
        return True

    def skip_gap(self) -> bool:
        """Step over space and commas; False at the end of the text."""
        while True:
            gap = _GAP.match(self._text, self._at)
            self._at = gap.end() if gap else self._at
            if self._at < len(self._text):
                return True
            if not self._fill():
                return False

    def starts_list(self) -> bool:
        """Step into or out of an array whose elements are the values."""
        found = _LIST_START.match(self._text, self._at) if self._open == 0 else None
        if found:
            self._at = found.end()
        here = self._text[self._at]
        if here == "[" and self._open == 0:
            self._open, self._at = 1, self._at + 1
            return True
        if here == "]" and self._open == 1:
            self._open, self._at = 0, self._at + 1
            if not self._text[self._at :].lstrip().startswith(("{", "[")):
                self._skip_tail()
            return True
        return False

    def _skip_tail(self) -> None:
        """After the list of `{"data": [...], ...}`: the rest of the wrapper is no call."""
        self._text, self._at = "", 0
        while self._fill():
            self._text, self._at = "", 0

    def value(self, decoder: JSONDecoder) -> bytes | None:
        """Take one value, as one line; None where there was only the end of a wrapper."""
        while True:
            try:
                _, end = decoder.raw_decode(self._text, self._at)
            except (ValueError, RecursionError):
                if len(self._text) - self._at < MAX_LINE_BYTES and self._fill():
                    continue
                return self._broken()
            found = self._text[self._at : end]
            self._at = end
            return found.replace("\r", " ").replace("\n", " ").encode("utf-8", "replace")

    def _broken(self) -> bytes:
        """Give up to the next line that starts a value at its first character."""
        follow = re.compile(r"\n(?=[{\[])").search(self._text, self._at + 1)
        end = follow.start() if follow else len(self._text)
        found = self._text[self._at : end]
        self._at = end
        return found.replace("\r", " ").replace("\n", " ").encode("utf-8", "replace")


def as_lines(values: Iterable[Any]) -> bytes:
    """Write values as JSON, one a line."""
    return b"\n".join(orjson.dumps(value, default=str) for value in values)

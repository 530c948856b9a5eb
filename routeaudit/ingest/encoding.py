"""The text of a log in UTF-8, however it was written; a file that is no text is refused."""

import codecs
import re
from collections.abc import Iterator
from itertools import chain

from routeaudit.errors import InputError

HEAD_BYTES = 4096
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_BARE_UTF_16 = {
    b"{\0": "utf-16-le",
    b"[\0": "utf-16-le",
    b"\0{": "utf-16-be",
    b"\0[": "utf-16-be",
}
_NO_TEXT = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c\x1d\x1f]")
_KINDS = (
    (0, b"PK\x03\x04", "a zip archive"),
    (0, b"\x1f\x8b", "packed twice"),
    (257, b"ustar", "a tar archive"),
    (0, b"SQLite format 3", "an SQLite database"),
)


def decoded(name: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Give chunks in UTF-8, without a mark.

    Raises:
        InputError: it is no text.
    """
    head = next(chunks, b"")
    encoding = _encoding(head)
    if encoding is None:
        _refuse_binary(name, head)
        yield head.removeprefix(codecs.BOM_UTF8).lstrip(b"\0")
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for chunk in chain([head], chunks):
        yield decoder.decode(chunk).encode("utf-8", "replace").removeprefix(codecs.BOM_UTF8)


def _encoding(head: bytes) -> str | None:
    """Tell UTF-16 and UTF-32 by their mark, or by a NUL beside the first brace; None for UTF-8."""
    marked = next((code for mark, code in _BOMS if head.startswith(mark)), None)
    return marked or (_BARE_UTF_16.get(head[:2]) if head[2:4].count(0) == 1 else None)


def _refuse_binary(name: str, head: bytes) -> None:
    kind = next((what for at, mark, what in _KINDS if head.startswith(mark, at)), None)
    if kind is not None:
        raise InputError(f"{name} is {kind}, not a log", hint="unpack or export it first")
    # a log that was emptied while something wrote to it starts with NULs, and is text behind them
    start = head.lstrip(b"\0")[:HEAD_BYTES]
    if b"\0" in head[:HEAD_BYTES] and _NO_TEXT.search(start):
        raise InputError(f"{name} is a binary file, not a log")

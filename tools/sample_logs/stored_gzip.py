"""Gzip without compressing: compressors differ from machine to machine, stored blocks do not."""

import struct
import zlib
from collections.abc import Iterator

HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
BLOCK = 65_535


def stored_gzip(data: bytes) -> bytes:
    """Wrap the bytes as a gzip file that every reader of gzip can read."""
    end = struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)
    return HEADER + b"".join(_blocks(data)) + end


def _blocks(data: bytes) -> Iterator[bytes]:
    for start in range(0, max(len(data), 1), BLOCK):
        part = data[start : start + BLOCK]
        last = start + BLOCK >= len(data)
        yield struct.pack("<BHH", last, len(part), len(part) ^ 0xFFFF) + part

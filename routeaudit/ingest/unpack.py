"""Streams that are packed with gzip, zstd or bzip2, known by their first bytes."""

import bz2
import gzip
import io
import zipfile
import zlib
from typing import IO, cast

BROKEN = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile)
"""What unpacking raises where an archive is cut short or damaged."""
PACKED_BYTES = 1 << 17
ZSTD_MAGIC, GZIP_MAGIC, BZ2_MAGIC = b"\x28\xb5\x2f\xfd", b"\x1f\x8b", b"BZh"


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

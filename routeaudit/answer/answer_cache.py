"""Answers on disk: keyed by a fingerprint (weights, library, limits) and a hash of the request.

Unlike scans this file holds text: what the small model wrote. It stays in the workspace.
"""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from routeaudit.kept_rows import KeptRows, key_of
from routeaudit.local_model.written import Request, Written


def request_key(request: Request) -> bytes:
    """Hash a request: the same words and limits, the same key; 16 bytes."""
    return key_of(msgspec.msgpack.encode(request))


class AnswerCache(KeptRows):
    """The answers that one GGUF file has written."""

    def __init__(self, file: Path, fingerprint: str) -> None:
        """Open or make the file.

        Raises:
            InputError: the file is no cache, or cannot be written.
        """
        super().__init__(file, fingerprint, table="answer", what="the file of answers")

    def known(self, keys: Iterable[bytes]) -> dict[bytes, Written]:
        """Look up keys; those never answered are absent."""
        return {
            key: msgspec.msgpack.decode(row, type=Written)
            for key, row in self.kept(keys).items()
        }

    def add(self, key: bytes, written: Written) -> None:
        """Keep an answer: it is on disk when this returns."""
        self.keep([(key, msgspec.msgpack.encode(written))])

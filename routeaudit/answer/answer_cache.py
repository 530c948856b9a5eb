"""Answers on disk, so that a run that was killed goes on where it stopped.

A row is keyed by a fingerprint (weights, library, limits) and a hash of the request. Each answer
is one SQLite transaction with a write-ahead log: `kill -9` loses only the answers in flight.
Unlike scans this file holds text: what the small model wrote. It stays in the workspace.
"""

import hashlib
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from routeaudit.errors import InputError
from routeaudit.local_model.written import Request, Written

_TABLE = """
create table if not exists answer (
  fingerprint blob not null, request_key blob not null, written blob not null,
  primary key (fingerprint, request_key)
) without rowid
"""
_PATIENCE_S = 30.0
_KEYS_AT_ONCE = 500


def request_key(request: Request) -> bytes:
    """Hash a request: the same words and limits, the same key; 16 bytes."""
    return hashlib.blake2b(msgspec.msgpack.encode(request), digest_size=16).digest()


class AnswerCache:
    """The answers that one GGUF file has written."""

    def __init__(self, file: Path, fingerprint: str) -> None:
        """Open or make the file.

        Raises:
            InputError: the file is no cache, or cannot be written.
        """
        self._fingerprint = hashlib.blake2b(fingerprint.encode(), digest_size=16).digest()
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._rows = sqlite3.connect(file, timeout=_PATIENCE_S)
            self._rows.execute("pragma journal_mode = wal")
            self._rows.execute("pragma synchronous = normal")
            self._rows.execute(_TABLE)
        except (sqlite3.Error, OSError) as error:
            raise InputError(
                f"the answers in {file} cannot be used: {error}",
                hint="delete the file; the answers are then written again",
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._rows.close()

    def known(self, keys: Iterable[bytes]) -> dict[bytes, Written]:
        """Look up keys; those never answered are absent."""
        found: dict[bytes, Written] = {}
        wanted = list(dict.fromkeys(keys))
        for start in range(0, len(wanted), _KEYS_AT_ONCE):
            some = wanted[start : start + _KEYS_AT_ONCE]
            marks = ",".join("?" * len(some))
            rows = self._rows.execute(
                f"select request_key, written from answer where fingerprint = ? and request_key in ({marks})",  # noqa: S608 only question marks
                (self._fingerprint, *some),
            )
            found |= {key: msgspec.msgpack.decode(row, type=Written) for key, row in rows}
        return found

    def add(self, key: bytes, written: Written) -> None:
        """Keep an answer: it is on disk when this returns."""
        with self._rows:
            self._rows.execute(
                "insert or replace into answer values (?, ?, ?)",
                (self._fingerprint, key, msgspec.msgpack.encode(written)),
            )

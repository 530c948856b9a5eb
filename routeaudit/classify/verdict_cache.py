"""Verdicts on disk, so that a run that was killed goes on where it stopped.

A row is keyed by the classifier's fingerprint and a hash of the text: the text itself is never
stored. Each batch is one SQLite transaction with a write-ahead log, so `kill -9` at any moment
loses at most the batch that was being answered, and two runs may share the file.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from routeaudit.errors import InputError

_TABLE = """
create table if not exists verdict (
  fingerprint blob not null, text_key blob not null, shares blob not null,
  primary key (fingerprint, text_key)
) without rowid
"""
_KEYS_AT_ONCE = 500
_PATIENCE_S = 30.0


def text_key(text: str) -> bytes:
    """Hash a text: equal text, equal key; 16 bytes."""
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=16).digest()


class VerdictCache:
    """The answers that one classifier has given, as rows of numbers."""

    def __init__(self, file: Path | None, fingerprint: str, *, width: int) -> None:
        """Open or make the file; null keeps the answers in memory only.

        Args:
            file: where; its folder is made.
            fingerprint: of the classifier; other fingerprints' rows stay and are not seen.
            width: numbers in a row.

        Raises:
            InputError: the file is no cache, or cannot be written.
        """
        self._fingerprint = hashlib.blake2b(fingerprint.encode(), digest_size=16).digest()
        self.width = width
        try:
            if file is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
            self._rows = sqlite3.connect(file or ":memory:", timeout=_PATIENCE_S)
            self._rows.execute("pragma journal_mode = wal")
            self._rows.execute("pragma synchronous = normal")
            self._rows.execute(_TABLE)
        except (sqlite3.Error, OSError) as error:
            raise InputError(
                f"the verdict cache {file} cannot be used: {error}",
                hint="delete it; it is made again",
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

    def known(self, keys: Iterable[bytes]) -> dict[bytes, NDArray[np.float32]]:
        """Look up keys; those never answered are absent."""
        found: dict[bytes, NDArray[np.float32]] = {}
        wanted = list(dict.fromkeys(keys))
        for start in range(0, len(wanted), _KEYS_AT_ONCE):
            some = wanted[start : start + _KEYS_AT_ONCE]
            marks = ",".join("?" * len(some))
            rows = self._rows.execute(
                f"select text_key, shares from verdict where fingerprint = ? and text_key in ({marks})",  # noqa: S608 only question marks
                (self._fingerprint, *some),
            )
            found.update(
                (key, np.frombuffer(shares, dtype="<f4"))
                for key, shares in rows
                if len(shares) == 4 * self.width
            )
        return found

    def add(self, keys: Sequence[bytes], rows: NDArray[np.float32]) -> None:
        """Keep a batch: all of it is on disk when this returns.

        Args:
            keys: (n,) of texts.
            rows: (n, width) numbers.
        """
        packed = rows.astype("<f4")
        with self._rows:
            self._rows.executemany(
                "insert or replace into verdict values (?, ?, ?)",
                [
                    (self._fingerprint, key, row.tobytes())
                    for key, row in zip(keys, packed, strict=True)
                ],
            )

"""Rows on disk, so that a run that was killed goes on where it stopped.

A row is keyed by a fingerprint of what made it and a hash of what it was made from. Each `add` is
one SQLite transaction with a write-ahead log: `kill -9` at any moment loses at most the one
that was under way, and two runs may share the file.
"""

import hashlib
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from routeaudit.errors import InputError

_TABLE = """
create table if not exists {table} (
  fingerprint blob not null, key blob not null, value blob not null,
  primary key (fingerprint, key)
) without rowid
"""
_KEYS_AT_ONCE = 500
_PATIENCE_S = 30.0


def key_of(content: bytes) -> bytes:
    """Hash a content: equal bytes, equal key; 16 bytes."""
    return hashlib.blake2b(content, digest_size=16).digest()


class KeptRows:
    """The rows that one fingerprint has made; those of others stay and are not seen."""

    def __init__(self, file: Path | None, fingerprint: str, *, table: str, what: str) -> None:
        """Open or make the file; null keeps the rows in memory only.

        Args:
            file: where; its folder is made.
            fingerprint: of what makes the rows.
            table: name of the rows' table in the file; ours, never a user's.
            what: what the file is called in an error.

        Raises:
            InputError: the file is none of ours, or cannot be written.
        """
        self._fingerprint, self._table = key_of(fingerprint.encode()), table
        try:
            if file is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
            self._rows = sqlite3.connect(file or ":memory:", timeout=_PATIENCE_S)
            self._rows.execute("pragma journal_mode = wal")
            self._rows.execute("pragma synchronous = normal")
            self._rows.execute(_TABLE.format(table=table))
        except (sqlite3.Error, OSError) as error:
            raise InputError(
                f"{what} {file} cannot be used: {error}", hint="delete it; it is made again"
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

    def kept(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """Look up keys; those never added are absent."""
        found: dict[bytes, bytes] = {}
        wanted = list(dict.fromkeys(keys))
        for start in range(0, len(wanted), _KEYS_AT_ONCE):
            some = wanted[start : start + _KEYS_AT_ONCE]
            marks = ",".join("?" * len(some))
            found.update(
                self._rows.execute(
                    f"select key, value from {self._table} where fingerprint = ? and key in ({marks})",  # noqa: S608 our own table name, and question marks
                    (self._fingerprint, *some),
                )
            )
        return found

    def keep(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep keys and values: all of them are on disk when this returns."""
        with self._rows:
            self._rows.executemany(
                f"insert or replace into {self._table} values (?, ?, ?)",  # noqa: S608 our own table name
                [(self._fingerprint, key, value) for key, value in rows],
            )

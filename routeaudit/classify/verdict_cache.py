"""Verdicts on disk: keyed by the classifier's fingerprint and a hash of the text.

The text itself is never stored.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from routeaudit.kept_rows import KeptRows, key_of


def text_key(text: str) -> bytes:
    """Hash a text: equal text, equal key; 16 bytes."""
    return key_of(text.encode(errors="replace"))


class VerdictCache(KeptRows):
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
        super().__init__(file, fingerprint, table="verdict", what="the verdict cache")
        self.width = width

    def known(self, keys: Iterable[bytes]) -> dict[bytes, NDArray[np.float32]]:
        """Look up keys; those never answered, or kept at another width, are absent."""
        return {
            key: np.frombuffer(shares, dtype="<f4")
            for key, shares in self.kept(keys).items()
            if len(shares) == 4 * self.width
        }

    def add(self, keys: Sequence[bytes], rows: NDArray[np.float32]) -> None:
        """Keep a batch: all of it is on disk when this returns.

        Args:
            keys: (n,) of texts.
            rows: (n, width) numbers.
        """
        packed = rows.astype("<f4")
        self.keep((key, row.tobytes()) for key, row in zip(keys, packed, strict=True))

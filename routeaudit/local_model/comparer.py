"""How alike two texts are to an embedding model: the cosine of their vectors."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from routeaudit.errors import ModelError
from routeaudit.local_model.compared import Compared, Texts
from routeaudit.local_model.engine import EngineSettings, usable_threads
from routeaudit.local_model.gguf_header import GgufHeader, read_header
from routeaudit.local_model.native import Room
from routeaudit.local_model.native_embedder import NativeEmbedder
from routeaudit.local_model.packing import whole_packs

LONGEST_TOKENS = 2_048
CONTEXT_TOKENS = 512  # where the file does not say
SEQUENCES = 32


class Comparer:
    """A GGUF file that compares texts."""

    def __init__(self, settings: EngineSettings) -> None:
        """Load the file.

        Raises:
            ModelError: the file is unfit, or there is no memory for the context.
            MissingExtraError: llama.cpp is not installed.
        """
        file = Path(settings.file)
        header = read_header(file)
        if not header.n_weights:
            raise ModelError(f"{file.name} holds no weights", hint="it is a vocabulary only")
        self._longest = min(header.context_tokens or CONTEXT_TOKENS, LONGEST_TOKENS)
        self._native = NativeEmbedder(file, gpu_layers=settings.gpu_layers)
        # An encoder must see a whole text in one piece.
        self._native.open_context(
            Room(
                LONGEST_TOKENS, LONGEST_TOKENS, SEQUENCES, settings.threads or usable_threads()
            )
        )

    def compare(self, pairs: Sequence[Texts]) -> Iterator[tuple[int, Compared]]:
        """Compare texts; all places come once, in their order.

        Raises:
            ModelError: llama.cpp reports a failure.
        """
        texts = [text for pair in pairs for text in (pair.one, pair.other)]
        tokens = [self._native.whole_tokens(text) for text in texts]
        vectors = self._vectors([self._cut(found) for found in tokens])
        for place in range(len(pairs)):
            both = slice(2 * place, 2 * place + 2)
            yield (
                place,
                Compared(
                    cosine=float(vectors[both][0] @ vectors[both][1]),
                    is_cut=any(len(found) > self._longest for found in tokens[both]),
                ),
            )

    def _cut(self, tokens: list[int]) -> list[int]:
        """Leave out the end of a long text, but not the token that the file ends texts with."""
        if len(tokens) <= self._longest:
            return tokens
        return [*tokens[: self._longest - 1], tokens[-1]]

    def _vectors(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.float64]:
        """(n, width) of length one."""
        found: dict[int, NDArray[np.float64]] = {}
        lengths = [len(text) for text in tokens]
        for places in whole_packs(lengths, batch_tokens=LONGEST_TOKENS, sequences=SEQUENCES):
            came = self._native.vectors([tokens[place] for place in places]).astype(np.float64)
            sizes = np.maximum(np.linalg.norm(came, axis=1, keepdims=True), 1e-12)
            found.update(zip(places, came / sizes, strict=True))
        return np.stack([found[place] for place in range(len(tokens))])

    def close(self) -> None:
        """Give the memory back."""
        self._native.close()


def is_embedder(header: GgufHeader) -> bool:
    """Tell whether a file was made to embed: it says how its vectors are pooled."""
    return f"{header.architecture}.pooling_type" in header.metadata

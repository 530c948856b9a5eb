"""What comparing needs of llama.cpp besides decoding: texts as vectors."""

import ctypes
from collections.abc import Sequence
from typing import Any  # Any: the bindings have no types

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from routeaudit.errors import ModelError
from routeaudit.local_model.native import NativeGguf, Room, Row

_NONE, _MEAN, _RANK = 0, 1, 4  # llama.cpp's own numbers of its poolings


class NativeEmbedder(NativeGguf):
    """A GGUF file held open to turn texts into vectors."""

    _pooling = -1  # the file's own

    @override
    def _adapt(self, params: Any) -> None:
        params.embeddings = True
        params.pooling_type = self._pooling

    @override
    def open_context(self, room: Room) -> None:
        """Make the memory to work in; a file that names no pooling gets the mean.

        Raises:
            ModelError: there is not enough memory, or the file ranks instead of embedding.
        """
        super().open_context(room)
        if self.pooling == _RANK:
            raise ModelError("the file is a reranker", hint="take an embedding model")
        if self.pooling == _NONE:
            self._pooling = _MEAN
            super().open_context(room)

    @property
    def pooling(self) -> int:
        """How the file makes one vector of many, by llama.cpp's number."""
        return int(self._lib.llama_pooling_type(self._context))

    def whole_tokens(self, text: str) -> list[int]:
        """Cut a text into tokens with the start and end that the file wants around it."""
        raw = text.encode(errors="replace")
        room = len(raw) + 8
        found = (ctypes.c_int32 * room)()
        n = self._lib.llama_tokenize(self._vocab, raw, len(raw), found, room, True, False)  # noqa: FBT003 llama.cpp's own signature
        return list(found[:n])

    def vectors(self, texts: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Run one batch of whole texts.

        Args:
            texts: (n,) tokens of each; together at most `batch_tokens`.

        Returns:
            (n, width), not normalised.

        Raises:
            ModelError: llama.cpp reports a failure.
        """
        self.forget_all()
        rows = [Row(place, 0, tokens) for place, tokens in enumerate(texts)]
        self._batch.fill(rows)
        # a pooled vector is made of every token
        self._batch.wanted[: sum(map(len, texts))] = 1
        status = self._lib.llama_decode(self._context, self._batch.native)
        if status:
            raise ModelError(
                f"llama.cpp could not embed (status {status})", hint=self._last_complaint()
            )
        return np.stack([self._vector(sequence) for sequence in range(len(texts))])

    def _vector(self, sequence: int) -> NDArray[np.float32]:
        pointer = self._lib.llama_get_embeddings_seq(self._context, sequence)
        if not pointer:
            raise ModelError("llama.cpp gave no embedding", hint=self._last_complaint())
        width = int(self._lib.llama_model_n_embd(self._weights))
        return np.ctypeslib.as_array(pointer, shape=(width,)).copy()

"""The calls into llama.cpp's C interface: load a file, make tokens, decode a batch.

Only the worker process and the tests load this; `llama_cpp` is imported when a file is opened.
"""

import ctypes
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple  # Any: the bindings have no types

import numpy as np
from numpy.typing import NDArray

from routeaudit.errors import MissingExtraError, ModelError

ERROR_LEVEL = 4  # ggml's own scale: 1 debug, 2 info, 3 warning, 4 error


class Room(NamedTuple):
    """How much of the machine a context may take."""

    context_tokens: int
    batch_tokens: int
    sequences: int
    threads: int


class Row(NamedTuple):
    """One stretch of tokens for one sequence of a batch."""

    sequence: int
    first_position: int
    tokens: Sequence[int]


def bindings() -> ModuleType:
    """Import llama.cpp's bindings.

    Raises:
        MissingExtraError: they are not installed.
    """
    try:
        from llama_cpp import llama_cpp as found
    except ImportError as error:
        raise MissingExtraError("reading GGUF models", extra="llama") from error
    module: ModuleType = found
    return module


class NativeGguf:
    """A GGUF file held open by llama.cpp."""

    def __init__(self, file: Path, *, gpu_layers: int = 0, weights: bool = True) -> None:
        """Load the file; with `weights` false only its tokenizer.

        Raises:
            ModelError: llama.cpp refuses the file.
            MissingExtraError: llama.cpp is not installed.
        """
        self._lib = bindings()
        self._complaints: list[str] = []
        self._hush = self._lib.llama_log_callback(self._on_log)
        self._lib.llama_log_set(self._hush, ctypes.c_void_p(0))
        self._lib.llama_backend_init()
        params = self._lib.llama_model_default_params()
        params.n_gpu_layers = gpu_layers
        params.vocab_only = not weights
        self._weights = self._lib.llama_model_load_from_file(str(file).encode(), params)
        self._context: Any = None
        if not self._weights:
            raise ModelError(f"llama.cpp cannot load {file.name}", hint=self._last_complaint())
        self._vocab = self._lib.llama_model_get_vocab(self._weights)
        self.vocabulary_size = int(self._lib.llama_vocab_n_tokens(self._vocab))

    def _on_log(self, level: int, text: bytes, _data: object) -> None:
        if level == ERROR_LEVEL:
            self._complaints = [*self._complaints[-2:], text.decode(errors="replace").strip()]

    def _last_complaint(self) -> str:
        return "; ".join(self._complaints) or "it gives no reason"

    def tokens(self, text: str, *, control: bool) -> list[int]:
        """Cut text into tokens; no start token is put first.

        Args:
            text: any text.
            control: whether the names of control tokens in it (`<|end|>`) become those tokens.
                False for anything a stranger wrote: then nothing in it can end its turn.
        """
        raw = text.encode(errors="replace")  # a log may hold half a surrogate pair
        room = len(raw) + 8  # a token is at least a byte; a word may gain a leading space
        found = (ctypes.c_int32 * room)()
        n = self._lib.llama_tokenize(self._vocab, raw, len(raw), found, room, False, control)  # noqa: FBT003 llama.cpp's own signature
        return list(found[:n])

    def start_tokens(self) -> list[int]:
        """Give the token that this model wants first; empty when it wants none."""
        wanted = self._lib.llama_vocab_get_add_bos(self._vocab)
        return [int(self._lib.llama_vocab_bos(self._vocab))] if wanted else []

    def open_context(self, room: Room) -> None:
        """Make the memory that `decode` works in; sequences share one pool of cells.

        Raises:
            ModelError: there is not enough memory, or llama.cpp refuses.
        """
        self.close_context()
        params = self._lib.llama_context_default_params()
        params.n_ctx, params.n_batch, params.n_ubatch = (
            room.context_tokens,
            room.batch_tokens,
            room.batch_tokens,
        )
        params.n_seq_max = room.sequences
        params.n_threads = params.n_threads_batch = room.threads
        params.kv_unified = True  # a prefix can then be shared without copying it
        params.swa_full = True  # models with a sliding window drop the prefix otherwise
        self._adapt(params)
        self._context = self._lib.llama_init_from_model(self._weights, params)
        if not self._context:
            raise ModelError(
                f"there is no room for a context of {room.context_tokens} tokens",
                hint=self._last_complaint(),
            )
        self._memory = self._lib.llama_get_memory(self._context)
        self._batch = self._lib.llama_batch_init(room.batch_tokens, 0, 1)
        self._batch_tokens = room.batch_tokens

    def _adapt(self, params: Any) -> None:  # noqa: ANN401 the bindings have no types
        """Change what a context is made for; here it is as it is."""

    def decode(self, rows: Sequence[Row]) -> NDArray[np.float32]:
        """Run one batch and read the logits behind the last token of each row.

        Args:
            rows: together at most `batch_tokens` tokens.

        Returns:
            (rows, vocabulary) logits.

        Raises:
            ModelError: llama.cpp reports a failure.
        """
        batch, n, last = self._batch, 0, []
        for row in rows:
            for offset, token in enumerate(row.tokens):
                batch.token[n] = token
                batch.pos[n] = row.first_position + offset
                batch.n_seq_id[n] = 1
                batch.seq_id[n][0] = row.sequence
                batch.logits[n] = 0
                n += 1
            batch.logits[n - 1] = 1
            last.append(n - 1)
        batch.n_tokens = n
        status = self._lib.llama_decode(self._context, batch)
        if status:
            raise ModelError(
                f"llama.cpp could not decode (status {status})", hint=self._last_complaint()
            )
        return np.stack([self._logits(index) for index in last])

    def _logits(self, index: int) -> NDArray[np.float32]:
        pointer = self._lib.llama_get_logits_ith(self._context, index)
        return np.ctypeslib.as_array(pointer, shape=(self.vocabulary_size,)).copy()

    def share(self, sequences: int) -> None:
        """Let sequences 1 .. n see what sequence 0 holds; no cell is copied."""
        for sequence in range(1, sequences + 1):
            self._lib.llama_memory_seq_cp(self._memory, 0, sequence, -1, -1)

    def forget(self, sequence: int, *, after: int) -> None:
        """Drop what a sequence holds from position `after` on."""
        self._lib.llama_memory_seq_rm(self._memory, sequence, after, -1)

    def forget_all(self) -> None:
        """Empty the memory."""
        self._lib.llama_memory_clear(self._memory, True)  # noqa: FBT003 llama.cpp's own signature

    def close_context(self) -> None:
        """Give back the memory of `open_context`; nothing happens when there is none."""
        if self._context:
            self._lib.llama_batch_free(self._batch)
            self._lib.llama_free(self._context)
        self._context = None

    def close(self) -> None:
        """Give everything back."""
        self.close_context()
        if self._weights:
            self._lib.llama_model_free(self._weights)
        self._weights = None

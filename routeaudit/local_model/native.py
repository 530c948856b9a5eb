"""The calls into llama.cpp's C interface: load a file, make tokens, decode a batch.

Only the worker process and the tests load this; `llama_cpp` is imported when a file is opened.
"""

import atexit
import ctypes
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, Protocol, cast  # Any: the bindings have no types

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
    is_read: bool = True  # whether the logits behind its last token are wanted
    also: Sequence[int] = ()  # more sequences that hold these tokens: decoded once for all


class _Batch:
    """A batch of llama.cpp's over arrays that numpy fills; kept for as long as the context."""

    def __init__(self, lib: ModuleType, room: int) -> None:
        self.tokens, self.positions, self._n_sequences = np.zeros((3, room), dtype=np.int32)
        self.wanted = np.zeros(room, dtype=np.int8)
        # llama.cpp wants a pointer to the sequences of each token.
        self._sequences = np.zeros(0, dtype=np.int32)
        self._pointers = np.zeros(room, dtype=np.uint64)
        self.native = lib.llama_batch(
            n_tokens=0,
            embd=None,
            token=self.tokens.ctypes.data_as(ctypes.POINTER(lib.llama_token)),
            pos=self.positions.ctypes.data_as(ctypes.POINTER(lib.llama_pos)),
            n_seq_id=self._n_sequences.ctypes.data_as(ctypes.POINTER(ctypes.c_int32)),
            seq_id=self._pointers.ctypes.data_as(
                ctypes.POINTER(ctypes.POINTER(lib.llama_seq_id))
            ),
            logits=self.wanted.ctypes.data_as(ctypes.POINTER(ctypes.c_int8)),
        )

    def fill(self, rows: Sequence[Row]) -> list[int]:
        """Lay rows one behind the other; give the indices whose logits are wanted."""
        n, read = 0, []
        self.wanted[:] = 0
        self._sequences = np.array(
            [sequence for row in rows for sequence in (row.sequence, *row.also)], dtype=np.int32
        )
        pointer = self._sequences.ctypes.data
        for row in rows:
            end = n + len(row.tokens)
            self.tokens[n:end] = row.tokens
            self.positions[n:end] = np.arange(row.first_position, row.first_position + end - n)
            self._n_sequences[n:end] = 1 + len(row.also)
            self._pointers[n:end] = pointer
            pointer += (1 + len(row.also)) * self._sequences.itemsize
            if row.is_read:
                self.wanted[end - 1] = 1
                read.append(end - 1)
            n = end
        self.native.n_tokens = n
        return read


@cache
def bindings() -> ModuleType:
    """Import llama.cpp's bindings.

    Raises:
        MissingExtraError: they are not installed.
    """
    try:
        from llama_cpp import _utils as utils
        from llama_cpp import llama_cpp as found
    except ImportError as error:
        raise MissingExtraError("reading GGUF models", extra="llama") from error
    # The bindings open the null device twice and leave it to the end, which Python complains of.
    atexit.register(utils.outnull_file.close)
    atexit.register(utils.errnull_file.close)
    module: ModuleType = found
    return module


class SaysHowItWasBuilt(Protocol):
    """llama.cpp's bindings, as far as `has_amx` needs them."""

    def llama_print_system_info(self) -> bytes:
        """List the processor's features that the build uses."""


def has_amx(library: SaysHowItWasBuilt) -> bool:
    """Tell whether llama.cpp was built to use AMX, a matrix unit of some Intel processors."""
    return b"AMX_INT8 = 1" in library.llama_print_system_info()


class _Ear:
    """Hears what llama.cpp would print, and keeps its last three complaints."""

    def __init__(self) -> None:
        lib = bindings()
        self.complaints: list[str] = []
        self._callback = lib.llama_log_callback(self._on_log)
        lib.llama_log_set(self._callback, ctypes.c_void_p(0))

    def _on_log(self, level: int, text: bytes, _data: object) -> None:
        if level == ERROR_LEVEL:
            said = text.decode(errors="replace").strip()
            self.complaints[:] = [*self.complaints[-2:], said]


@cache
def _ear() -> _Ear:
    """Give the one ear of this process: llama.cpp calls it even after a file is closed."""
    return _Ear()


class NativeGguf:
    """A GGUF file held open by llama.cpp."""

    def __init__(self, file: Path, *, gpu_layers: int = 0, weights: bool = True) -> None:
        """Load the file; with `weights` false only its tokenizer.

        Raises:
            ModelError: llama.cpp refuses the file.
            MissingExtraError: llama.cpp is not installed.
        """
        self._lib = bindings()
        self._complaints = _ear().complaints
        self._complaints.clear()
        self._lib.llama_backend_init()
        params = self._lib.llama_model_default_params()
        params.n_gpu_layers = gpu_layers
        # Built by GCC for a processor with AMX, llama.cpp jumps into the void at the first
        # product of matrices (its issue 20824). These buffers are the only way in there.
        params.use_extra_bufts = not has_amx(cast("SaysHowItWasBuilt", self._lib))
        params.vocab_only = not weights
        self._weights = self._lib.llama_model_load_from_file(str(file).encode(), params)
        self._context: Any = None
        if not self._weights:
            raise ModelError(f"llama.cpp cannot load {file.name}", hint=self._last_complaint())
        self._vocab = self._lib.llama_model_get_vocab(self._weights)
        self.vocabulary_size = int(self._lib.llama_vocab_n_tokens(self._vocab))

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
        self._batch = _Batch(self._lib, room.batch_tokens)

    def _adapt(self, params: Any) -> None:  # noqa: ANN401 the bindings have no types
        """Change what a context is made for; here it is as it is."""

    def decode(self, rows: Sequence[Row]) -> NDArray[np.float32]:
        """Run one batch and read the logits behind the last token of each row that is read.

        Args:
            rows: together at most `batch_tokens` tokens.

        Returns:
            (rows that are read, vocabulary) logits.

        Raises:
            ModelError: llama.cpp reports a failure.
        """
        read = self._batch.fill(rows)
        status = self._lib.llama_decode(self._context, self._batch.native)
        if status:
            raise ModelError(
                f"llama.cpp could not decode (status {status})", hint=self._last_complaint()
            )
        found = np.empty((len(read), self.vocabulary_size), dtype=np.float32)
        for place, index in enumerate(read):
            found[place] = self._logits(index)
        return found

    def _logits(self, index: int) -> NDArray[np.float32]:
        pointer = self._lib.llama_get_logits_ith(self._context, index)
        return np.ctypeslib.as_array(pointer, shape=(self.vocabulary_size,))

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
            self._lib.llama_free(self._context)
        self._context = None

    def close(self) -> None:
        """Give everything back."""
        self.close_context()
        if self._weights:
            self._lib.llama_model_free(self._weights)
        self._weights = None

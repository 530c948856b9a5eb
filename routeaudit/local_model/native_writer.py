"""What writing needs of llama.cpp besides decoding: text of tokens, ends, shared prefixes."""

import ctypes

from routeaudit.local_model.native import NativeGguf

_PIECE_BYTES = 256


class NativeWriter(NativeGguf):
    """A GGUF file held open to write with it."""

    def piece(self, token: int) -> bytes:
        """Give a token's text; it may be part of a character. Control tokens have none."""
        room = ctypes.create_string_buffer(_PIECE_BYTES)
        n = self._lib.llama_token_to_piece(self._vocab, token, room, _PIECE_BYTES, 0, False)  # noqa: FBT003 llama.cpp's own signature
        return room.raw[: max(n, 0)]

    def ends(self, token: int) -> bool:
        """Tell whether a token ends the model's turn."""
        return bool(self._lib.llama_vocab_is_eog(self._vocab, token))

    def share_prefix(self, source: int, target: int, tokens: int) -> None:
        """Let `target` see the first tokens that `source` holds; no cell is copied."""
        self._lib.llama_memory_seq_cp(self._memory, source, target, 0, tokens)

"""Read the header of a GGUF file and check it, before llama.cpp sees the file.

llama.cpp ends its process on some broken files, and its complaints are for developers.
"""

import hashlib
import struct
from collections.abc import Callable
from math import prod
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import NamedTuple

from routeaudit.errors import ModelError

MAGIC = b"GGUF"
VERSIONS = (2, 3)
_NUMBERS = {
    0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d",
}  # fmt: skip
_STRING, _ARRAY = 8, 9
_LONG_ARRAY = 64  # a longer list is a vocabulary: it is walked over, not kept

# Block length in weights, and bytes a block, by ggml's number of the quantisation.
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110),
    22: (256, 82), 23: (256, 136), 29: (256, 56), 30: (1, 2),
}  # fmt: skip
_QUANTISATIONS = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 10: "Q2_K",
    11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS",
    19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 29: "IQ1_M", 30: "BF16",
}  # fmt: skip

Value = str | int | float | bool | list["Value"] | None


class GgufHeader(NamedTuple):
    """What a GGUF file says of itself. Null where it says nothing."""

    file: Path
    size_bytes: int
    architecture: str
    title: str | None
    context_tokens: int | None
    chat_template: str | None
    start_text: str | None
    end_text: str | None
    n_weights: int
    quantisation: str  # the one that most weights are in; "none" when there are none
    metadata: dict[str, Value]


class _Reader:
    """Walk over the bytes; running past their end is the sign of a file cut short."""

    def __init__(self, data: mmap, file: Path) -> None:
        self.data, self.at, self.file = data, 0, file

    def take(self, n_bytes: int) -> bytes:
        end = self.at + n_bytes
        if end > len(self.data):
            raise _cut_short(self.file)
        found, self.at = self.data[self.at : end], end
        return found

    def number(self, kind: str) -> int | float | bool:
        layout = f"<{kind}"
        found: int | float | bool = struct.unpack(layout, self.take(struct.calcsize(layout)))[0]
        return found

    def count(self, kind: str = "Q") -> int:
        return int(self.number(kind))

    def text(self) -> str:
        return self.take(self.count()).decode(errors="replace")

    def value(self, kind: int, wanted: Callable[[int], bool] | None = None) -> Value:
        if kind == _STRING:
            return self.text()
        if kind == _ARRAY:
            return self._list(wanted)
        if kind not in _NUMBERS:
            raise ModelError(f"{self.file.name} holds a kind of value that GGUF does not have")
        return self.number(_NUMBERS[kind])

    def _list(self, wanted: Callable[[int], bool] | None) -> list[Value] | None:
        kind, n = self.count("I"), self.count()
        keep = wanted is None or wanted(n)
        if not keep and kind in _NUMBERS:
            self.take(n * struct.calcsize(f"<{_NUMBERS[kind]}"))
            return None
        found: list[Value] = []
        for _ in range(n):
            item = self.value(kind)
            if keep:
                found.append(item)
        return found if keep else None


class _Tensors(NamedTuple):
    """What the table of weights adds up to."""

    n_weights: int
    end: int  # bytes from the start of the weights to the last one's end
    quantisation: str


def read_header(file: Path) -> GgufHeader:
    """Read and check a GGUF file's header, and that the file is as long as it must be.

    Raises:
        ModelError: there is no such file, it isn't GGUF, or it is cut short.
    """
    if not file.is_file():
        raise ModelError(
            f"there is no model file {file}",
            hint="name a .gguf file, or see `routeaudit models list`",
        )
    size = file.stat().st_size
    with file.open("rb") as opened:
        if opened.read(4) != MAGIC:
            raise ModelError(f"{file.name} is not a GGUF file", hint="it must start with GGUF")
        with mmap(opened.fileno(), 0, access=ACCESS_READ) as data:
            return _parse(_Reader(data, file), size)


def _parse(reader: _Reader, size: int) -> GgufHeader:
    reader.take(4)
    version = reader.count("I")
    if version not in VERSIONS:
        raise ModelError(
            f"{reader.file.name} is GGUF version {version}", hint="versions 2 and 3 can be read"
        )
    n_tensors, n_values = reader.count(), reader.count()
    metadata: dict[str, Value] = {}
    tokens: dict[str, str] = {}
    for _ in range(n_values):
        key, kind = reader.text(), reader.count("I")
        if key == "tokenizer.ggml.tokens":
            tokens = _special_texts(reader)
            continue
        metadata[key] = reader.value(kind, lambda n: n <= _LONG_ARRAY)
    weights = _tensors(reader, n_tensors)
    alignment = metadata.get("general.alignment")
    step = alignment if isinstance(alignment, int) and alignment > 0 else 32
    start = -(-reader.at // step) * step
    if n_tensors and size < start + weights.end:
        raise _cut_short(reader.file)
    return _header(reader.file, size, metadata, tokens, weights)


def _special_texts(reader: _Reader) -> dict[str, str]:
    """Keep the vocabulary's texts by number (as text): the start token is among them."""
    reader.count("I")
    return {str(number): reader.text() for number in range(reader.count())}


def _tensors(reader: _Reader, n_tensors: int) -> _Tensors:
    by_kind: dict[int, int] = {}
    end = 0
    for _ in range(n_tensors):
        reader.text()
        n_weights = prod(reader.count() for _ in range(reader.count("I")))
        kind, offset = reader.count("I"), reader.count()
        block, block_bytes = _BLOCKS.get(kind, (1, 0))
        by_kind[kind] = by_kind.get(kind, 0) + n_weights
        end = max(end, offset + n_weights // block * block_bytes)
    most = max(by_kind, key=by_kind.__getitem__) if by_kind else None
    named = "none" if most is None else _QUANTISATIONS.get(most, f"type {most}")
    return _Tensors(sum(by_kind.values()), end, named)


def _header(
    file: Path, size: int, metadata: dict[str, Value], tokens: dict[str, str], weights: _Tensors
) -> GgufHeader:
    architecture = str(metadata.get("general.architecture") or "unknown")
    context = metadata.get(f"{architecture}.context_length")
    title, template = metadata.get("general.name"), metadata.get("tokenizer.chat_template")
    return GgufHeader(
        file=file,
        size_bytes=size,
        architecture=architecture,
        title=title if isinstance(title, str) else None,
        context_tokens=context if isinstance(context, int) else None,
        chat_template=template if isinstance(template, str) else None,
        start_text=tokens.get(str(metadata.get("tokenizer.ggml.bos_token_id"))),
        end_text=tokens.get(str(metadata.get("tokenizer.ggml.eos_token_id"))),
        n_weights=weights.n_weights,
        quantisation=weights.quantisation,
        metadata=metadata,
    )


def digest(file: Path) -> str:
    """Give the sha256 of a file, hex."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _cut_short(file: Path) -> ModelError:
    return ModelError(
        f"{file.name} is cut short", hint="its download may have stopped; pull it again"
    )

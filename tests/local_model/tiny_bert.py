"""Make an embedding model of a few words: BERT's architecture, random vectors for the words.

The one layer adds little, so two texts are alike as far as they share words.
"""

import struct
from pathlib import Path

import numpy as np

U32, F32, BOOL, TEXT, LIST, I32 = 4, 6, 7, 8, 9, 5
WIDTH, HIDDEN, LONGEST = 32, 64, 64
WORDS = [
    "refund",
    "the",
    "order",
    "was",
    "sent",
    "late",
    "today",
    "please",
    "invoice",
    "number",
    "cat",
    "sat",
    "on",
    "mat",
    "a",
]
TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *(f"\u2581{word}" for word in WORDS)]


def write_bert(file: Path, *, pooling: int | None = 1) -> Path:
    """Write the file; `pooling` by llama.cpp's number (1 mean, 2 first token, 4 rank)."""
    weights = _weights()
    values = _values(pooling)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(weights), len(values)) + b"".join(values)
    offset, bodies = 0, []
    for name, weight in weights.items():
        shape = weight.shape[::-1]
        head += _text(name) + struct.pack("<I", len(shape))
        head += struct.pack(f"<{len(shape)}Q", *shape) + struct.pack("<IQ", 0, offset)
        body = weight.astype("<f4").tobytes()
        bodies.append(body + b"\0" * (-len(body) % 32))
        offset += len(bodies[-1])
    file.write_bytes(head + b"\0" * (-len(head) % 32) + b"".join(bodies))
    return file


def _weights() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)

    def small(*shape: int) -> np.ndarray:
        return rng.normal(0, 0.02, shape)

    found = {
        "token_embd.weight": rng.normal(0, 1, (len(TOKENS), WIDTH)),
        "position_embd.weight": small(LONGEST, WIDTH),
        "token_types.weight": small(2, WIDTH),
    }
    for name in ("token_embd_norm", "blk.0.attn_output_norm", "blk.0.layer_output_norm"):
        found |= {f"{name}.weight": np.ones(WIDTH), f"{name}.bias": np.zeros(WIDTH)}
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        found |= {
            f"blk.0.{name}.weight": small(WIDTH, WIDTH),
            f"blk.0.{name}.bias": np.zeros(WIDTH),
        }
    found |= {
        "blk.0.ffn_up.weight": small(HIDDEN, WIDTH),
        "blk.0.ffn_up.bias": np.zeros(HIDDEN),
    }
    found |= {
        "blk.0.ffn_down.weight": small(WIDTH, HIDDEN),
        "blk.0.ffn_down.bias": np.zeros(WIDTH),
    }
    return found


def _values(pooling: int | None) -> list[bytes]:
    numbers = {
        "bert.context_length": LONGEST, "bert.embedding_length": WIDTH,
        "bert.feed_forward_length": HIDDEN, "bert.block_count": 1,
        "bert.attention.head_count": 2, "tokenizer.ggml.token_type_count": 2,
        "tokenizer.ggml.padding_token_id": 0, "tokenizer.ggml.unknown_token_id": 1,
        "tokenizer.ggml.bos_token_id": 2, "tokenizer.ggml.cls_token_id": 2,
        "tokenizer.ggml.seperator_token_id": 3, "tokenizer.ggml.eos_token_id": 3,
    }  # fmt: skip
    if pooling is not None:
        numbers["bert.pooling_type"] = pooling
    kinds = [3, 2, 3, 3] + [1] * len(WORDS)  # control, unknown, control, control, words
    return [
        _entry("general.architecture", TEXT, _text("bert")),
        _entry("tokenizer.ggml.model", TEXT, _text("bert")),
        _entry("bert.attention.layer_norm_epsilon", F32, struct.pack("<f", 1e-12)),
        _entry("bert.attention.causal", BOOL, b"\0"),
        _entry(
            "tokenizer.ggml.tokens", LIST,
            struct.pack("<IQ", TEXT, len(TOKENS)) + b"".join(map(_text, TOKENS)),
        ),
        _entry(
            "tokenizer.ggml.token_type", LIST,
            struct.pack(f"<IQ{len(kinds)}i", I32, len(kinds), *kinds),
        ),
        *(_entry(name, U32, struct.pack("<I", value)) for name, value in numbers.items()),
    ]  # fmt: skip


def _text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def _entry(key: str, kind: int, value: bytes) -> bytes:
    return _text(key) + struct.pack("<I", kind) + value

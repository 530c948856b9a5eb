import struct
from pathlib import Path

import pytest

from routeaudit.errors import ModelError
from routeaudit.local_model.gguf_header import digest, read_header

U32, TEXT, LIST = 4, 8, 9
Q8_0 = 8


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def entry(key: str, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def gguf_file(folder: Path, *, tail: int = 0, version: int = 3) -> Path:
    """A header of five values and one 32 x 2 weight in Q8_0: 68 bytes, aligned to 32."""
    values = [
        entry("general.architecture", TEXT, text("phi3")),
        entry("phi3.context_length", U32, struct.pack("<I", 4096)),
        entry("tokenizer.ggml.bos_token_id", U32, struct.pack("<I", 1)),
        entry("tokenizer.chat_template", TEXT, text("{{ messages }}")),
        entry(
            "tokenizer.ggml.tokens",
            LIST,
            struct.pack("<IQ", TEXT, 2) + text("<unk>") + text("<s>"),
        ),
    ]
    weight = text("w") + struct.pack("<IQQIQ", 2, 32, 2, Q8_0, 0)
    head = b"GGUF" + struct.pack("<IQQ", version, 1, len(values)) + b"".join(values) + weight
    padded = head + b"\0" * (-len(head) % 32)
    file = folder / "made.gguf"
    file.write_bytes(padded + b"\0" * (68 + tail))
    return file


def test_the_header_says_what_the_file_is(tmp_path: Path) -> None:
    header = read_header(gguf_file(tmp_path))
    assert header.architecture == "phi3"
    assert header.context_tokens == 4096
    assert header.chat_template == "{{ messages }}"
    assert header.start_text == "<s>"
    assert header.end_text is None
    assert header.title is None
    assert header.n_weights == 64
    assert header.quantisation == "Q8_0"


def test_a_file_one_byte_short_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cut short") as caught:
        read_header(gguf_file(tmp_path, tail=-1))
    assert "pull it again" in caught.value.hint


@pytest.mark.parametrize("n_bytes", [5, 23, 24, 60, 120, 200, 280])
def test_a_header_cut_anywhere_is_refused(tmp_path: Path, n_bytes: int) -> None:
    file = gguf_file(tmp_path)
    file.write_bytes(file.read_bytes()[:n_bytes])
    with pytest.raises(ModelError, match="cut short"):
        read_header(file)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "notes.gguf"
    file.write_text("hello")
    with pytest.raises(ModelError, match="is not a GGUF file"):
        read_header(file)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "empty.gguf"
    file.touch()
    with pytest.raises(ModelError, match="is not a GGUF file"):
        read_header(file)


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no model file"):
        read_header(tmp_path / "gone.gguf")


def test_an_unknown_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="version 9"):
        read_header(gguf_file(tmp_path, version=9))


def test_an_unknown_kind_of_value_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "odd.gguf"
    file.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + entry("key", 77, b"\0" * 8))
    with pytest.raises(ModelError, match="kind of value"):
        read_header(file)


def test_a_long_list_is_walked_over_and_a_short_one_kept(tmp_path: Path) -> None:
    short = struct.pack("<IQ", U32, 2) + struct.pack("<II", 7, 8)
    long = struct.pack("<IQ", U32, 65) + struct.pack("<65I", *range(65))
    words = struct.pack("<IQ", TEXT, 65) + b"".join(text(str(n)) for n in range(65))
    values = [entry("s", LIST, short), entry("l", LIST, long), entry("w", LIST, words)]
    file = tmp_path / "lists.gguf"
    file.write_bytes(b"GGUF" + struct.pack("<IQQ", 2, 0, 3) + b"".join(values))
    header = read_header(file)
    assert header.metadata == {"s": [7, 8], "l": None, "w": None}
    assert header.quantisation == "none"
    assert header.architecture == "unknown"


def test_the_digest_is_the_published_one_of_abc(tmp_path: Path) -> None:
    file = tmp_path / "abc"
    file.write_bytes(b"abc")
    assert digest(file) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

"""The demo model, and the scripts that make such files."""

import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from routeaudit.local_model.gguf_header import read_header
from routeaudit.local_model.native import NativeGguf, Room, Row

pytest.importorskip("llama_cpp", reason="needs the llama extra")

ROOT = Path(__file__).parents[2]
TINY = ROOT / "tests" / "data" / "tiny-phi3-demo.gguf"
SIX_MB = 6_000_000


def test_the_demo_model_is_small_and_says_what_it_is() -> None:
    header = read_header(TINY)
    assert header.size_bytes <= SIX_MB
    assert header.architecture == "phi3"
    assert header.quantisation == "Q8_0"
    assert header.context_tokens == 4096
    assert "test and demo model" in str(header.metadata["general.description"])
    assert header.chat_template is not None
    assert "<|assistant|>" in header.chat_template


@pytest.fixture
def script() -> Iterator[dict[str, Any]]:
    pytest.importorskip("torch", reason="needs PyTorch")
    pytest.importorskip("gguf", reason="needs the gguf package")
    folder = str(ROOT / "tools" / "tiny_gguf")
    sys.path.insert(0, folder)
    yield runpy.run_path(f"{folder}/write.py")
    sys.path.remove(folder)


def test_llama_cpp_and_pytorch_agree_on_every_logit(script: dict[str, Any]) -> None:
    import torch  # noqa: PLC0415 not always here

    native = NativeGguf(TINY)
    native.open_context(Room(512, 512, 1, 1))
    network = script["read"](TINY)
    for text in (
        "Translate into French: good morning",
        "<|user|>\n2 + 2?<|end|>\n<|assistant|>\n",
    ):
        tokens = [1, *native.tokens(text, control=True)]
        native.forget_all()
        got = native.decode([Row(0, 0, tokens)])[0]
        with torch.no_grad():
            states, _ = network(torch.tensor([tokens]))
            want = network.logits(states[0, -1]).numpy()
        # llama.cpp rounds activations to 8 bits and keys and values to 16: 1 % of the spread.
        assert np.abs(got - want).max() < 0.01 * (want.max() - want.min())
    native.close()


def test_a_random_model_is_written_and_read_back(
    script: dict[str, Any], tmp_path: Path
) -> None:
    import torch  # noqa: PLC0415 not always here

    torch.manual_seed(1)
    network = script["TinyPhi3"](script["Shape"](width=64, heads=2, layers=1, hidden=96))
    file = tmp_path / "random.gguf"
    script["write"](network, TINY, file, title="random", about="random weights")
    again = script["read"](file)
    for name, weight in network.state_dict().items():
        # Q8_0 keeps 8 bits of the largest of 32 weights.
        assert torch.allclose(
            again.state_dict()[name], weight, atol=float(weight.abs().max()) / 127
        )

# ruff: noqa: INP001 scripts that are run by path, not a package
"""Write a tiny Phi-3 as a GGUF file: a trained one, or one with random weights for speed runs.

    python tools/tiny_gguf/write.py trained VOCABULARY.gguf WEIGHTS.pt OUT.gguf
    python tools/tiny_gguf/write.py random  VOCABULARY.gguf OUT.gguf --width 768 --layers 12

The tokenizer and the chat template are copied from VOCABULARY.gguf, the real Phi-3's.
"""

import argparse
from pathlib import Path

import gguf
import numpy as np
import torch
from network import Shape, TinyPhi3
from torch import Tensor

BLOCK = 32  # weights that Q8_0 quantises together
# llama.cpp drops the line break behind Phi-3's control tokens only in files with "phi-3" in
# their names; training saw the tokens so.
TITLE = "routeaudit phi-3 test and demo"
ABOUT = (
    "A test and demo model of the routeaudit project: Phi-3's architecture, a few million "
    "weights trained from scratch to sort requests by the kind of work. It is no Phi-3."
)


def write(network: TinyPhi3, vocabulary: Path, out: Path, *, title: str, about: str) -> None:
    """Write the network in Q8_0 (vectors in F32) with the vocabulary's tokenizer."""
    writer = gguf.GGUFWriter(out, "phi3")
    writer.add_name(title)
    writer.add_description(about)
    writer.add_license("apache-2.0")
    _add_sizes(writer, network.shape)
    _copy_tokenizer(writer, vocabulary)
    for name, weight in network.state_dict().items():
        _add(writer, name, weight)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_sizes(writer: gguf.GGUFWriter, shape: Shape) -> None:
    writer.add_context_length(shape.context_tokens)
    writer.add_rope_scaling_orig_ctx_len(shape.context_tokens)
    writer.add_embedding_length(shape.width)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_block_count(shape.layers)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_rope_dimension_count(shape.head_width)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)


def _copy_tokenizer(writer: gguf.GGUFWriter, vocabulary: Path) -> None:
    for key, field in gguf.GGUFReader(vocabulary).fields.items():
        if not key.startswith("tokenizer."):
            continue
        inner = field.types[1] if field.types[0] is gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(key, field.contents(), field.types[0], sub_type=inner)


def _add(writer: gguf.GGUFWriter, name: str, weight: Tensor) -> None:
    values = weight.detach().numpy().astype(np.float32)
    if values.ndim == 1 or values.shape[-1] % BLOCK:
        writer.add_tensor(name, values)
        return
    kind = gguf.GGMLQuantizationType.Q8_0
    writer.add_tensor(name, gguf.quantize(values, kind), raw_dtype=kind)


def read(file: Path) -> TinyPhi3:
    """Load a network from a file that `write` made; weights as they are after rounding."""
    found = gguf.GGUFReader(file)

    def size(name: str) -> int:
        return int(found.fields[f"phi3.{name}"].contents())

    network = TinyPhi3(
        Shape(
            width=size("embedding_length"),
            heads=size("attention.head_count"),
            layers=size("block_count"),
            hidden=size("feed_forward_length"),
        )
    )
    network.load_state_dict(
        {
            tensor.name: torch.from_numpy(
                gguf.dequantize(tensor.data, tensor.tensor_type).copy()
            )
            for tensor in found.tensors
        }
    )
    return network


def main() -> None:
    """Write what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    trained = kinds.add_parser("trained")
    for name in ("vocabulary", "weights", "out"):
        trained.add_argument(name, type=Path)
    chance = kinds.add_parser("random")
    for name in ("vocabulary", "out"):
        chance.add_argument(name, type=Path)
    for name, size in (
        ("width", 768),
        ("layers", 12),
        ("heads", 8),  # 96 wide, as Phi-3's
        ("hidden", 2048),
        ("seed", 1),
    ):
        chance.add_argument(f"--{name}", type=int, default=size)
    given = parser.parse_args()
    if given.kind == "trained":
        network = TinyPhi3(Shape())
        network.load_state_dict(torch.load(given.weights, weights_only=True))
        write(network, given.vocabulary, given.out, title=TITLE, about=ABOUT)
        return
    torch.manual_seed(given.seed)
    sizes = {name: getattr(given, name) for name in ("width", "layers", "heads", "hidden")}
    about = "Random weights, for speed runs only: its answers mean nothing."
    write(
        TinyPhi3(Shape(**sizes)),
        given.vocabulary,
        given.out,
        title="routeaudit phi-3 random",
        about=about,
    )


if __name__ == "__main__":
    main()

# ruff: noqa: INP001, T201 a script that prints its figure
"""Time many answers written side by side against llama-cpp-python's one at a time.

Run: python benchmarks/writer_speed.py FILE.gguf [--answers 32] [--tokens 64] [--threads 2]
"""

import argparse
import time
from pathlib import Path

from routeaudit.local_model.engine import EngineSettings
from routeaudit.local_model.gguf_header import read_header
from routeaudit.local_model.native import NativeGguf
from routeaudit.local_model.prompts import prompt_tokens
from routeaudit.local_model.writer import Writer
from routeaudit.local_model.written import Request, Said, WriterSettings

SYSTEM = (
    "You answer tickets of a hardware shop. Be short and exact, never promise a date, quote no "
    "price that is not in the ticket, and write in the language of the customer. "
) * 3


def requests(n: int, tokens: int) -> list[Request]:
    """Make tickets that share a system prompt."""
    return [
        Request(
            turns=(Said("system", SYSTEM), Said("user", f"Where is order {number}?")),
            most_tokens=tokens,
        )
        for number in range(n)
    ]


def side_by_side(file: Path, asked: list[Request], options: argparse.Namespace) -> float:
    """Return tokens a second of our writer."""
    engine = EngineSettings(
        file=str(file), threads=options.threads, gpu_layers=options.gpu_layers
    )
    writer = Writer(
        WriterSettings(
            engine=engine, sequences=options.sequences, context_tokens=options.context
        )
    )
    began = time.perf_counter()
    written = sum(answer.answer_tokens for _, answer in writer.write(asked))
    speed = written / (time.perf_counter() - began)
    writer.close()
    return speed


def one_at_a_time(file: Path, asked: list[Request], options: argparse.Namespace) -> float:
    """Return tokens a second of llama-cpp-python's own completion, greedy as well."""
    from llama_cpp import Llama  # loads a large library; only this way needs it

    header, tokenizer = read_header(file), NativeGguf(file, weights=False)
    prompts = [prompt_tokens(header, tokenizer, request.turns) for request in asked]
    tokenizer.close()
    model = Llama(
        str(file), n_ctx=2_048, n_threads=options.threads, n_gpu_layers=options.gpu_layers,
        verbose=False,
    )  # fmt: skip
    began, written = time.perf_counter(), 0
    for prompt, request in zip(prompts, asked, strict=True):
        came = model.create_completion(
            prompt, max_tokens=request.most_tokens, temperature=0.0, repeat_penalty=1.0
        )
        written += came["usage"]["completion_tokens"]
    speed = written / (time.perf_counter() - began)
    model.close()
    return speed


def main() -> None:
    """Print both speeds and how many times faster ours is."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("file", type=Path)
    reader.add_argument("--answers", type=int, default=32)
    reader.add_argument("--tokens", type=int, default=64)
    reader.add_argument("--threads", type=int, default=2)
    reader.add_argument("--sequences", type=int, default=8)
    reader.add_argument("--context", type=int, default=8_192)
    reader.add_argument("--gpu-layers", type=int, default=0)
    options = reader.parse_args()
    asked = requests(options.answers, options.tokens)
    alone = one_at_a_time(options.file, asked, options)
    ours = side_by_side(options.file, asked, options)
    print(f"one at a time {alone:,.0f} tokens/s, side by side {ours:,.0f}: {ours / alone:.2f}x")


if __name__ == "__main__":
    main()

# ruff: noqa: INP001, T201 a script that prints its table
"""How fast queries are classified with a GGUF model, against what llama.cpp itself can do.

    python benchmarks/gguf_speed.py MODEL.gguf QUERIES.jsonl[.gz] [--queries 100] [--rounds 3]
    [--server path/to/llama-server]

Every way is run in each round, in turn, so that a busy machine troubles all alike; medians are
printed. `prompt rate` is what llama-bench measures: 512 tokens of one sequence, again and again.
All ways read the same texts: those over the prompt's budget are shortened beforehand. With
`--cpu-time` processor seconds of this process are counted instead of the clock's; use one thread.
"""

import argparse
import gzip
import json
import random
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple  # Any: the bindings have no types

import numpy as np
import polars as pl

from routeaudit.classify.classifiers.gguf import Gguf
from routeaudit.classify.gguf_prompt import (
    PLACE,
    Prompt,
    defused,
    question_for,
    read_prompt,
    turns,
)
from routeaudit.local_model.engine import EngineSettings, LabelEngine, usable_threads
from routeaudit.local_model.native import NativeGguf, Room, Row

BENCH_TOKENS = 512
SLOTS = 4
PORT = 18_095
CLOCK: list[Callable[[], float]] = [time.perf_counter]


class Timed(NamedTuple):
    """One way, once."""

    seconds: float
    n_queries: int
    n_tokens: int  # decoded for the queries; 0 where it was not counted


def texts_of(file: Path, n: int, seed: int) -> list[str]:
    """Draw distinct queries."""
    raw = file.read_bytes()
    lines = (gzip.decompress(raw) if file.suffix == ".gz" else raw).splitlines()
    texts = sorted({json.loads(line)["text"] for line in lines})
    random.Random(seed).shuffle(texts)  # noqa: S311 chance, not a secret
    return texts[:n]


def shortened(file: Path, texts: list[str], prompt: Prompt) -> list[str]:
    """Cut texts so that each fits the budget of the prompt: every way then reads the same."""
    native = NativeGguf(file, weights=False)
    found = []
    for whole_text in texts:
        text = whole_text.strip()
        while (
            len(native.tokens(defused(prompt, text), control=False)) > prompt.query_tokens - 4
        ):
            text = text[: int(len(text) * 0.95)]
        found.append(text)
    native.close()
    return found


def prompt_rate(file: Path, threads: int, gpu_layers: int) -> Callable[[], Timed]:
    """Decode 512 tokens of one sequence, four times, from an empty memory each time."""
    native = NativeGguf(file, gpu_layers=gpu_layers)
    native.open_context(Room(BENCH_TOKENS, BENCH_TOKENS, 1, threads))
    tokens = np.random.default_rng(1).integers(3, 30_000, BENCH_TOKENS).tolist()

    def run() -> Timed:
        began = CLOCK[0]()
        for _ in range(4):
            native.forget_all()
            native.decode([Row(0, 0, tokens)])
        return Timed(CLOCK[0]() - began, 0, 4 * BENCH_TOKENS)

    return run


def packed(
    file: Path, texts: list[str], prompt: Prompt, settings: EngineSettings
) -> Callable[[], Timed]:
    """The engine as the classifier uses it, in this process, the head decoded before."""
    engine = LabelEngine(settings, question_for(file, prompt))
    safe = [defused(prompt, text) for text in texts]

    def run() -> Timed:
        began = CLOCK[0]()
        n_tokens = sum(sum(scored.n_tokens) for scored in engine.score(safe))
        return Timed(CLOCK[0]() - began, len(texts), n_tokens)

    return run


def whole(file: Path, texts: list[str], settings: EngineSettings) -> Callable[[], Timed]:
    """The classifier with all around it: digest, worker start, load, head, bias, cache."""

    def run() -> Timed:
        gguf = Gguf(
            model_file=str(file), threads=settings.threads, gpu_layers=settings.gpu_layers
        )
        began = CLOCK[0]()
        gguf.classify(pl.Series(texts))
        return Timed(CLOCK[0]() - began, len(texts), 0)

    return run


def chat(
    file: Path, texts: list[str], prompt: Prompt, settings: EngineSettings, *, reuse: bool
) -> Callable[[], Timed]:
    """llama-cpp-python's chat completion, one query at a time, one token of answer."""
    from llama_cpp import Llama

    llama: Any = Llama(
        str(file),
        n_ctx=2048,
        n_batch=BENCH_TOKENS,
        n_threads=settings.threads,
        n_threads_batch=settings.threads,
        n_gpu_layers=settings.gpu_layers,
        verbose=False,
    )
    spoken = [turn._asdict() for turn in turns(prompt)]

    def ask(text: str) -> None:
        asked = spoken[-1]["content"].replace(PLACE, defused(prompt, text))
        if not reuse:
            llama.reset()
        llama.create_chat_completion(
            [*spoken[:-1], {"role": "user", "content": asked}], max_tokens=1, temperature=0
        )

    def run() -> Timed:
        began = CLOCK[0]()
        for text in texts:
            ask(text)
        return Timed(CLOCK[0]() - began, len(texts), 0)

    ask("warm up")  # the head is decoded before the clock starts, as it is for `packed`
    return run


@contextmanager
def served(
    server: Path, file: Path, texts: list[str], prompt: Prompt, threads: int
) -> Iterator[Callable[[], Timed]]:
    """llama-server with parallel slots that keep their prompt, asked from as many threads."""
    question = question_for(file, prompt)
    command = [
        server, "-m", file, "--port", PORT, "-np", SLOTS, "-t", threads, "-tb", threads,
        "-c", 1024 * SLOTS, "--no-webui",
    ]  # fmt: skip
    quiet = subprocess.DEVNULL
    running = subprocess.Popen([str(word) for word in command], stdout=quiet, stderr=quiet)  # noqa: S603 the caller's own program

    def post(text: str) -> None:
        asked = question.head + defused(prompt, text) + question.tail
        body = json.dumps(
            {"prompt": asked, "n_predict": 1, "cache_prompt": True, "temperature": 0}
        )
        address = f"http://127.0.0.1:{PORT}/completion"
        request = urllib.request.Request(address, body.encode())
        urllib.request.urlopen(request, timeout=300).read()  # noqa: S310 this machine

    def run() -> Timed:
        began = CLOCK[0]()
        with ThreadPoolExecutor(SLOTS) as pool:
            list(pool.map(post, texts))
        return Timed(CLOCK[0]() - began, len(texts), 0)

    try:
        for _ in range(120):
            time.sleep(0.5)
            try:
                post("warm up")
                break
            except OSError:
                continue
        for _ in range(2):  # every slot decodes the head once before it is timed
            with ThreadPoolExecutor(SLOTS) as pool:
                list(pool.map(post, texts[:SLOTS]))
        yield run
    finally:
        running.kill()
        running.wait()


def main() -> None:
    """Run every way in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("queries_file", type=Path)
    for name, size in (("queries", 100), ("rounds", 3), ("threads", 0), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=size)
    parser.add_argument("--gpu-layers", type=int, default=0)
    parser.add_argument("--server", type=Path)
    parser.add_argument("--cpu-time", action="store_true")
    given = parser.parse_args()
    if given.cpu_time:
        CLOCK[0] = time.process_time
    prompt = read_prompt(None)
    settings = EngineSettings(
        file=str(given.model),
        threads=given.threads or usable_threads(),
        gpu_layers=given.gpu_layers,
        batch_tokens=Gguf().batch_tokens,
    )
    texts = texts_of(given.queries_file, given.queries, given.seed)
    texts = shortened(given.model, texts, prompt)
    few = texts[: max(4, len(texts) // 5)]  # a cold prefix is slow: fewer are enough
    ways = {
        "prompt rate": prompt_rate(given.model, settings.threads, given.gpu_layers),
        "packed": packed(given.model, texts, prompt, settings),
        "whole": whole(given.model, texts, settings),
        "chat, prefix kept": chat(given.model, texts, prompt, settings, reuse=True),
        "chat, cold": chat(given.model, few, prompt, settings, reuse=False),
    }
    if given.cpu_time:
        del ways["whole"]  # its work is done in another process
    with ExitStack() as stack:
        if given.server:
            ways["llama-server"] = stack.enter_context(
                served(given.server, given.model, texts, prompt, settings.threads)
            )
        seen: dict[str, list[Timed]] = {name: [] for name in ways}
        for _ in range(given.rounds):
            for name, run in ways.items():
                seen[name].append(run())
    print_table(seen, settings.threads)


def print_table(seen: dict[str, list[Timed]], threads: int) -> None:
    """Print rates and the three ratios."""
    tokens = {k: median(t.n_tokens / t.seconds for t in v) for k, v in seen.items()}
    queries = {k: median(t.n_queries / t.seconds for t in v) for k, v in seen.items()}
    print(f"{threads} threads; medians of {len(seen['packed'])} rounds")
    for name in seen:
        print(f"{name:18} {queries[name]:9.2f} queries/s {tokens[name]:9.1f} tokens/s")
    print(f"packed / prompt rate, in tokens  {tokens['packed'] / tokens['prompt rate']:.2f}")
    for name in ("chat, prefix kept", "chat, cold", "llama-server"):
        if name in queries:
            print(f"packed / {name:23} {queries['packed'] / queries[name]:.2f}")
        if name in queries and "whole" in queries:
            print(f"whole / {name:24} {queries['whole'] / queries[name]:.2f}")


if __name__ == "__main__":
    main()

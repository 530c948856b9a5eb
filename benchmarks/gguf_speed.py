# ruff: noqa: INP001, T201 a script that prints its table
"""How fast queries are classified with a GGUF model, against what llama.cpp itself can do.

    python benchmarks/gguf_speed.py MODEL.gguf QUERIES.jsonl[.gz] [--queries 100] [--rounds 3]
    [--in-chunks] [--ways packed "prompt rate"] [--server path/to/llama-server]

QUERIES holds `text`, or `prompt_text` as `routeaudit ingest --include-text` writes it. With
`--in-chunks` whole chunks are drawn, as the classifier asks them: what they have in common is
then as much as in a run over the whole file, where single ones would be strangers.

Every way is run in each round, in turn, so that a busy machine troubles all alike; medians are
printed. `prompt rate` is what llama-bench measures: 512 tokens of one sequence, again and again;
`prompt rate, deep` the same behind as many tokens as make it look back as far as behind the head.
All ways read the same texts in the same order, by chance; `chat, sorted` gets them as the
classifier sorts them. Those over the prompt's budget are shortened beforehand. With
`--cpu-time` processor seconds of this process are counted instead of the clock's; use one thread.
"""

import argparse
import json
import random
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple  # Any: the bindings have no types

import numpy as np
import polars as pl
from queries import distinct_texts, shortened

from routeaudit.classify.classifiers.gguf import Gguf
from routeaudit.classify.gguf_asking import QUERIES_AT_ONCE
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
from routeaudit.local_model.question import query_tokens, question_tokens

BENCH_TOKENS = 512
DEEP_TOKENS = 320  # 512 behind them look back at 576 on average, a query behind the head at 570
SLOTS = 4
PORT = 18_095
CLOCK: list[Callable[[], float]] = [time.perf_counter]


class Timed(NamedTuple):
    """One way, once."""

    seconds: float
    n_queries: int
    n_tokens: int  # decoded for the queries; 0 where it was not counted


def texts_of(file: Path, n: int, seed: int, *, in_chunks: bool) -> list[str]:
    """Draw distinct queries; in chunks, those that the classifier asks together come together."""
    texts = distinct_texts(file)
    chance = random.Random(seed)  # noqa: S311 chance, not a secret
    if in_chunks:
        starts = range(0, len(texts), QUERIES_AT_ONCE)
        firsts = chance.sample(starts, min(len(starts), -(-n // QUERIES_AT_ONCE)))
        texts = [text for first in firsts for text in texts[first:][:QUERIES_AT_ONCE]]
    chance.shuffle(texts)
    return texts[:n]


def prompt_rate(
    file: Path, threads: int, gpu_layers: int, *, behind: int = 0
) -> Callable[[], Timed]:
    """Decode 512 tokens of one sequence behind some others, four times, always from there."""
    native = NativeGguf(file, gpu_layers=gpu_layers)
    native.open_context(Room(behind + BENCH_TOKENS, BENCH_TOKENS, 1, threads))
    tokens = np.random.default_rng(1).integers(3, 30_000, BENCH_TOKENS).tolist()
    if behind:
        native.decode([Row(0, 0, tokens[:behind])])

    def run() -> Timed:
        began = CLOCK[0]()
        for _ in range(4):
            native.forget(0, after=behind)
            native.decode([Row(0, behind, tokens)])
        return Timed(CLOCK[0]() - began, 0, 4 * BENCH_TOKENS)

    return run


def packed(
    file: Path, texts: list[str], prompt: Prompt, settings: EngineSettings
) -> Callable[[], Timed]:
    """The engine as the classifier uses it, in this process, the head decoded before."""
    engine = LabelEngine(settings, question_for(file, prompt))
    safe = [defused(prompt, text) for text in sorted(texts)]

    def run() -> Timed:
        began = CLOCK[0]()
        n_tokens = sum(
            sum(scored.n_tokens)
            for first in range(0, len(safe), QUERIES_AT_ONCE)
            for scored in engine.score(safe[first:][:QUERIES_AT_ONCE])
        )
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
    parser.add_argument("--in-chunks", action="store_true")
    parser.add_argument("--ways", nargs="+", help="only these, `packed` among them")
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
    texts = texts_of(given.queries_file, given.queries, given.seed, in_chunks=given.in_chunks)
    texts = shortened(given.model, texts, prompt)
    few = sorted(texts, key=len)[2::5]  # a cold prefix is slow: fewer, as long on average
    rate = partial(prompt_rate, given.model, settings.threads, given.gpu_layers)
    ask = partial(chat, given.model, prompt=prompt, settings=settings)
    made: dict[str, Callable[[], Callable[[], Timed]]] = {
        "prompt rate": rate,
        "prompt rate, deep": partial(rate, behind=DEEP_TOKENS),
        "packed": partial(packed, given.model, texts, prompt, settings),
        "whole": partial(whole, given.model, texts, settings),
        "chat, prefix kept": partial(ask, texts, reuse=True),
        "chat, sorted": partial(ask, sorted(texts), reuse=True),
        "chat, cold": partial(ask, few, reuse=False),
    }
    if given.cpu_time:
        del made["whole"]  # its work is done in another process
    ways = {name: make() for name, make in made.items() if name in (given.ways or made)}
    with ExitStack() as stack:
        if given.server:
            ways["llama-server"] = stack.enter_context(
                served(given.server, given.model, texts, prompt, settings.threads)
            )
        seen: dict[str, list[Timed]] = {name: [] for name in ways}
        for _ in range(given.rounds):
            for name, run in ways.items():
                seen[name].append(run())
    print_table(seen, settings.threads, asked_tokens(given.model, texts, prompt))


def asked_tokens(file: Path, texts: list[str], prompt: Prompt) -> int:
    """Count the tokens of the queries and the tails behind them, shared ones each time."""
    native, question = NativeGguf(file, weights=False), question_for(file, prompt)
    parts = question_tokens(native, question)
    found = sum(
        len(query_tokens(native, defused(prompt, text), question, parts).tokens)
        for text in texts
    )
    native.close()
    return found


def print_table(seen: dict[str, list[Timed]], threads: int, n_asked: int) -> None:
    """Print rates and ratios."""
    tokens = {k: median(t.n_tokens / t.seconds for t in v) for k, v in seen.items()}
    queries = {k: median(t.n_queries / t.seconds for t in v) for k, v in seen.items()}
    print(f"{threads} threads; medians of {len(seen['packed'])} rounds")
    for name in seen:
        print(f"{name:18} {queries[name]:9.2f} queries/s {tokens[name]:9.1f} tokens/s")
    n_decoded = seen["packed"][0].n_tokens
    print(f"tokens of the queries {n_asked}, decoded {n_decoded}: {n_decoded / n_asked:.3f}")
    for name, rate in tokens.items():
        if name.startswith("prompt rate"):
            print(f"packed / {name:23} {tokens['packed'] / rate:.2f} in tokens decoded")
    for name, rate in queries.items():
        if name.startswith(("chat", "llama-server")):
            print(f"packed / {name:23} {queries['packed'] / rate:.2f}")
            if "whole" in queries:
                print(f"whole / {name:24} {queries['whole'] / rate:.2f}")


if __name__ == "__main__":
    main()

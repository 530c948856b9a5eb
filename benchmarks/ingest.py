# ruff: noqa: INP001 scripts, no package
"""How fast logs are read: a bare DuckDB query, routeaudit, Polars, and two other tools.

    python benchmarks/ingest.py [--lines 300000] [--runs 3] [--others VENV]

Every reader runs in a process of its own on the same calls; the best of the runs counts. `cpu`
is what the process and its children used, which a busy machine changes less than wall time.

What each one does with a call: *duckdb* takes 15 paths out of the line; *routeaudit* makes 45
typed columns (query and its key, accounting guard, duplicates, status, line numbers, rejects);
*adapters* is routeaudit without the fast path, in this process; *polars* reads the same 15
values with `scan_ndjson` and a schema; *frugon* and *llm-route-audit* read their own layout of
the calls, price them and print a summary (no line numbers, no duplicates, no detection).
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple  # Any: JSON

import orjson
import polars as pl

from routeaudit.ingest import IngestSettings, ingest
from routeaudit.ingest.convert import all_lines, convert
from routeaudit.ingest.lines import blocks

PATHS = (
    "$.timestamp", "$.request_id", "$.latency_ms", "$.team", "$.user", "$.request.model",
    "$.request.messages", "$.response.id", "$.response.model", "$.response.created",
    "$.response.choices[0].message.content", "$.response.choices[0].finish_reason",
    "$.response.usage.prompt_tokens", "$.response.usage.completion_tokens",
    "$.response.usage.prompt_tokens_details.cached_tokens",
)  # fmt: skip
SCHEMA: dict[str, Any] = {
    "timestamp": pl.String, "request_id": pl.String, "latency_ms": pl.Int64, "team": pl.String,
    "user": pl.String,
    "request": pl.Struct({
        "model": pl.String,
        "messages": pl.List(pl.Struct({"role": pl.String, "content": pl.String})),
    }),
    "response": pl.Struct({
        "id": pl.String, "model": pl.String, "created": pl.Int64,
        "choices": pl.List(pl.Struct({
            "message": pl.Struct({"content": pl.String}), "finish_reason": pl.String,
        })),
        "usage": pl.Struct({
            "prompt_tokens": pl.Int64, "completion_tokens": pl.Int64,
            "prompt_tokens_details": pl.Struct({"cached_tokens": pl.Int64}),
        }),
    }),
}  # fmt: skip


class Timing(NamedTuple):
    """What one run took."""

    rows: int
    wall_s: float
    cpu_s: float
    peak_mb: float


def calls(lines: int) -> Iterator[dict[str, Any]]:
    """Make pairs of about 1.2 KB, the same every time."""
    chance = random.Random(1)  # noqa: S311 test data
    words = [f"w{chance.randrange(36**4):x}" for _ in range(5000)]
    for n in range(lines):
        asked = " ".join(chance.choices(words, k=chance.randrange(10, 60)))
        told = " ".join(chance.choices(words, k=chance.randrange(5, 50)))
        used, made = len(asked) // 4, len(told) // 4
        yield {
            "timestamp": f"2026-05-{1 + n % 28:02}T{n % 24:02}:{n % 60:02}:00Z",
            "request_id": f"req_{n:09}", "latency_ms": 300 + n % 2000, "team": f"team-{n % 4}",
            "feature": f"f{n % 6}", "user": f"u{n % 100}", "status_code": 200,
            "request": {
                "model": "gpt-4o-mini", "temperature": 0.2, "max_tokens": 512,
                "messages": [
                    {"role": "system", "content": 'You are a helpful assistant for "Acme".'},
                    {"role": "user", "content": asked},
                ],
            },
            "response": {
                "id": f"chatcmpl-{n:09}", "object": "chat.completion", "created": 1777000000 + n,
                "model": "gpt-4o-mini-2024-07-18",
                "choices": [{
                    "index": 0, "logprobs": None, "finish_reason": "stop",
                    "message": {"role": "assistant", "content": told, "refusal": None},
                }],
                "usage": {
                    "prompt_tokens": used, "completion_tokens": made, "total_tokens": used + made,
                    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
                    "completion_tokens_details": {"reasoning_tokens": 0},
                },
                "system_fingerprint": "fp_1",
            },
        }  # fmt: skip


def for_frugon(call: dict[str, Any]) -> dict[str, Any]:
    """Lay a call out as frugon wants it."""
    return {
        "timestamp": call["timestamp"], "model": "gpt-4o-mini", "response": call["response"],
        "messages": call["request"]["messages"], "usage": call["response"]["usage"],
    }  # fmt: skip


def for_route_audit(call: dict[str, Any]) -> dict[str, Any]:
    """Lay a call out as llm-route-audit wants it."""
    usage = call["response"]["usage"]
    return {
        "id": call["request_id"], "timestamp": call["timestamp"], "model": "gpt-4o-mini",
        "messages": call["request"]["messages"],
        "response": call["response"]["choices"][0]["message"]["content"],
        "input_tokens": usage["prompt_tokens"], "output_tokens": usage["completion_tokens"],
        "latency_ms": call["latency_ms"],
    }  # fmt: skip


def read_duckdb(path: Path) -> int:
    """Take 15 paths out of every line, with its number and whether it is JSON."""
    import duckdb  # noqa: PLC0415 only this contender

    cells = ", ".join(f"v[{i + 1}]" for i in range(len(PATHS)))
    connection = duckdb.connect()
    connection.execute(
        f"""CREATE TABLE t AS SELECT number, ok, {cells} FROM (
            SELECT number, ok, CASE WHEN ok THEN json_extract_string(line, {list(PATHS)}) END v
            FROM (SELECT row_number() OVER () number, json_valid(line) ok, line FROM read_csv(
                '{path}', columns = {{'line': 'VARCHAR'}}, delim = '\x01', quote = '',
                escape = '', header = false, auto_detect = false)))"""  # noqa: S608 a path of ours
    )
    rows = connection.execute("SELECT count(*) FROM t").fetchall()[0][0]
    connection.close()
    return int(rows)


def read_routeaudit(path: Path) -> int:
    """Read as `routeaudit scan` does."""
    return sum(b.records.height for b in ingest([str(path)], IngestSettings(processes=0)))


def read_adapters(path: Path) -> int:
    """Read with the Python adapters alone, in one process."""
    settings = IngestSettings()
    with path.open("rb") as stream:
        return sum(
            convert(all_lines(block), settings).calls.height for block in blocks("x", stream)
        )


def read_polars(path: Path) -> int:
    """Read the same 15 values with a schema given."""
    answer, usage = pl.col("response").struct, pl.col("response").struct.field("usage").struct
    choice = answer.field("choices").list.first().struct
    return (
        pl.scan_ndjson(path, schema=SCHEMA)
        .select(
            "timestamp", "request_id", "latency_ms", "team", "user",
            pl.col("request").struct.field("model").alias("asked"),
            pl.col("request").struct.field("messages"),
            answer.field("id"), answer.field("model"), answer.field("created"),
            choice.field("message").struct.field("content"), choice.field("finish_reason"),
            usage.field("prompt_tokens"), usage.field("completion_tokens"),
            usage.field("prompt_tokens_details").struct.field("cached_tokens"),
        )
        .collect()
        .height
    )  # fmt: skip


READERS: dict[str, Callable[[Path], int]] = {
    "duckdb": read_duckdb, "routeaudit": read_routeaudit, "adapters": read_adapters,
    "polars": read_polars,
}  # fmt: skip


def timed(command: list[str]) -> Timing:
    """Run a command; its rows are the last word that it prints, if that is a number."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 ours
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    told = done.stdout.split()
    measured = json.loads(done.stdout) if done.stdout.startswith("[") else None
    if measured:
        return Timing(*measured)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Timing(int(told[-1]) if told and told[-1].isdigit() else 0, wall, cpu, 0.0)


def run_one(name: str, path: Path) -> None:
    """Time one reader in this process and write what it took as JSON."""
    start = time.perf_counter()
    rows = READERS[name](path)
    wall = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_SELF)
    line = [rows, wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]
    sys.stdout.write(json.dumps(line))


def main() -> None:
    """Write the logs, run every reader, print a table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--lines", type=int, default=300_000)
    asked.add_argument("--runs", type=int, default=3)
    asked.add_argument("--others", type=Path, help="venv with frugon and llm-route-audit")
    asked.add_argument("--run", nargs=2, metavar=("READER", "FILE"))
    told = asked.parse_args()
    if told.run:
        run_one(told.run[0], Path(told.run[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        pairs, others, third = (Path(folder) / f"{name}.jsonl" for name in "abc")
        with pairs.open("wb") as one, others.open("wb") as two, third.open("wb") as three:
            for call in calls(told.lines):
                one.write(orjson.dumps(call) + b"\n")
                two.write(orjson.dumps(for_frugon(call)) + b"\n")
                three.write(orjson.dumps(for_route_audit(call)) + b"\n")
        commands = {
            name: [sys.executable, __file__, "--run", name, str(pairs)] for name in READERS
        }
        if told.others:
            tool = told.others / "bin"
            commands["frugon"] = [str(tool / "frugon"), "analyze", str(others), "--no-report"]
            commands["llm-route-audit"] = [
                str(tool / "llm-route-audit"),
                "analyze",
                str(third),
            ]
        sys.stdout.write(f"{told.lines} calls, {pairs.stat().st_size / 1e6:.0f} MB, ")
        sys.stdout.write(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
        for name, command in commands.items():
            runs = 1 if name in ("adapters", "frugon", "llm-route-audit") else told.runs
            best = min((timed(command) for _ in range(runs)), key=lambda t: t.wall_s)
            sys.stdout.write(
                f"{name:16} {best.wall_s:8.2f} s wall {best.cpu_s:8.2f} s cpu"
                f" {told.lines / best.wall_s:10.0f} calls/s {best.peak_mb:7.0f} MB\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()

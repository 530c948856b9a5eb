# ruff: noqa: INP001 scripts, no package
"""How fast logs are read: a bare DuckDB query, routeaudit, Polars, and two other tools.

    python benchmarks/ingest.py [--lines 300000] [--runs 5] [--others VENV]
                                [--million] [--big-gb 10] [--big-format openai_chat_pair]

Every reader runs in a process of its own on the same calls, the readers taking turns; medians
count, and the ratios are medians of the ratios within a turn. `cpu` is what the process and its
children used, which a busy machine changes less than wall time. `peak` is all its processes.

What each one does with a call: *duckdb* takes 15 paths out of the line; *routeaudit* makes 45
typed columns (query and its key, accounting guard, duplicates, status, line numbers, rejects);
*adapters* is routeaudit without the fast path, in this process; *polars* reads the same 15
values with `scan_ndjson` and a schema; *frugon* and *llm-route-audit* read their own layout of
the calls, price them and print a summary (no line numbers, no duplicates, no detection). Beside
them stand `routeaudit ingest` and `scan --classifier none`, start of the program and writing of
the records included. Then the adapters, format by format, on one core.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple  # Any: JSON

import orjson
import polars as pl
from ingest_formats import LAYOUTS, calls, for_frugon, for_route_audit
from measured import measured

from routeaudit.ingest import IngestSettings, ingest
from routeaudit.ingest.convert import all_lines, convert
from routeaudit.ingest.lines import blocks
from routeaudit.ingest.waiting import Waiting
from routeaudit.ingest.worker import pieces, prepare

ADAPTER_LINES = 20_000
MILLION = 1_000_000

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
    """Read with the Python adapters alone, on one core, piece by piece as a worker does."""
    prepare()
    settings, found = IngestSettings(), 0
    waiting = Waiting(settings)
    with path.open("rb") as stream:
        for block in (piece for whole in blocks("x", stream) for piece in pieces(whole)):
            converted = convert(all_lines(block), settings)
            waiting.hold("x", converted.held)
            found += converted.calls.height + sum(p.calls.height for p in waiting.overflow())
    return found + sum(pile.calls.height for pile in (*waiting.of_file(), *waiting.of_all()))


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


def run_one(name: str, path: Path) -> None:
    """Time one reader in this process and write what it took as JSON."""
    start, start_cpu = time.perf_counter(), time.process_time()
    rows = READERS[name](path)
    line = [
        rows,
        time.perf_counter() - start,
        time.process_time() - start_cpu,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    ]
    sys.stdout.write(json.dumps(line))


def timed(name: str, path: Path) -> Timing:
    """Run one reader in a process of its own; the start of Python is not counted."""
    return Timing(
        *json.loads(measured([sys.executable, __file__, "--run", name, str(path)]).told)
    )


def written(path: Path, lines: int, layout: Callable[[dict[str, Any]], dict[str, Any]]) -> Path:
    """Write calls in some layout, one a line."""
    with path.open("wb") as stream:
        stream.writelines(orjson.dumps(layout(call)) + b"\n" for call in calls(lines))
    return path


def say(name: str, lines: int, wall_s: float, cpu_s: float, peak_mb: float) -> None:
    """Print one row."""
    sys.stdout.write(
        f"{name:28} {wall_s:8.2f} s wall {cpu_s:8.2f} s cpu {lines / wall_s:9.0f} calls/s"
        f" {lines / cpu_s:9.0f} calls/cpu-s {peak_mb:6.0f} MB\n"
    )
    sys.stdout.flush()


def compare_readers(path: Path, lines: int, runs: int) -> None:
    """Let the readers take turns; print medians, and ratios within a turn."""
    names = ("duckdb", "routeaudit", "polars")
    turns = [{name: timed(name, path) for name in names} for _ in range(runs)]
    for name in names:
        middle = [median(turn[name][i] for turn in turns) for i in range(4)]
        say(name, lines, *middle[1:])
    for one, other in (
        ("routeaudit", "duckdb"),
        ("polars", "routeaudit"),
        ("polars", "duckdb"),
    ):
        wall = [turn[one].wall_s / turn[other].wall_s for turn in turns]
        cpu = [turn[one].cpu_s / turn[other].cpu_s for turn in turns]
        sys.stdout.write(
            f"  {one} / {other}: wall {median(wall):.2f} ({min(wall):.2f} to {max(wall):.2f}),"
            f" cpu {median(cpu):.2f}\n"
        )


def compare_commands(folder: Path, path: Path, lines: int, others: Path | None) -> None:
    """Time whole commands, start and output included."""
    ours = [sys.executable, "-m", "routeaudit"]
    commands = {
        "routeaudit ingest": [*ours, "ingest", str(path), "-o", str(folder / "out.parquet")],
        "routeaudit scan, no classes": [
            *ours, "scan", str(path), "--classifier", "none", "--workspace", str(folder / "ws"),
        ],
    }  # fmt: skip
    if others:
        for name, layout, more in (
            ("frugon", for_frugon, ["--no-report"]), ("llm-route-audit", for_route_audit, []),
        ):  # fmt: skip
            laid_out = written(folder / f"{name}.jsonl", lines, layout)
            commands[name] = [str(others / "bin" / name), "analyze", str(laid_out), *more]
    walls = {}
    for name, command in commands.items():
        taken = measured(command)
        walls[name] = taken.wall_s
        say(name, lines, *taken[:3])
    for name in list(walls)[2:]:
        for own in list(walls)[:2]:
            sys.stdout.write(f"  {name} / {own}: wall {walls[name] / walls[own]:.1f}\n")


def time_adapters(folder: Path, lines: int, runs: int) -> None:
    """Time each format's adapter on one core."""
    for name, layout in LAYOUTS.items():
        path = written(folder / f"{name}.jsonl", lines, layout)
        best = min((timed("adapters", path) for _ in range(runs)), key=lambda t: t.cpu_s)
        say(name, best.rows, *best[1:])


def time_file(name: str, path: Path, lines: int) -> None:
    """Scan a large file without classification and print its size."""
    command = [sys.executable, "-m", "routeaudit", "scan", str(path), "--classifier", "none"]
    taken = measured([*command, "--workspace", str(path.parent / "ws")])
    say(f"{name}, {path.stat().st_size / 1e9:.1f} GB", lines, *taken[:3])


def main() -> None:
    """Write the logs, run every reader, print a table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--lines", type=int, default=300_000)
    asked.add_argument("--runs", type=int, default=5)
    asked.add_argument("--others", type=Path, help="venv with frugon and llm-route-audit")
    asked.add_argument("--adapters", action="store_true", help="time the adapters and no more")
    asked.add_argument("--million", action="store_true", help="scan 1,000,000 calls, too")
    asked.add_argument("--big-gb", type=float, default=0, help="scan a file of this size, too")
    asked.add_argument("--big-format", choices=LAYOUTS, help="its format; a plain pair if none")
    asked.add_argument("--run", nargs=2, metavar=("READER", "FILE"))
    told = asked.parse_args()
    if told.run:
        run_one(told.run[0], Path(told.run[1]))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if told.adapters:
            time_adapters(folder, ADAPTER_LINES, told.runs)
            return
        path = written(folder / "pairs.jsonl", told.lines, dict)
        size_mb = path.stat().st_size / 1e6
        sys.stdout.write(f"{told.lines} calls, {size_mb:.0f} MB, {os.cpu_count()} cores, ")
        sys.stdout.write(f"load {os.getloadavg()[0]:.1f}\n")
        compare_readers(path, told.lines, told.runs)
        time_adapters(folder, min(told.lines, ADAPTER_LINES), min(told.runs, 3))
        compare_commands(folder, path, told.lines, told.others)
        compare_large(folder, told)


def compare_large(folder: Path, told: argparse.Namespace) -> None:
    """Scan what was asked for beside: a million calls, a file of some size."""
    if told.million:
        time_file("scan", written(folder / "million.jsonl", MILLION, dict), MILLION)
    if told.big_gb:
        layout = LAYOUTS[told.big_format] if told.big_format else dict
        one = len(orjson.dumps(layout(next(calls(1)))))
        many = int(told.big_gb * 1e9 / one)
        time_file("scan", written(folder / "big.jsonl", many, layout), many)


if __name__ == "__main__":
    main()

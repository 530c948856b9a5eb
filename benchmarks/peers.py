# ruff: noqa: INP001 a script that is run by its path
"""Run three other log analysers on the sample logs, beside routeaudit.

Usage: python benchmarks/peers.py --others VENV [--runs 5]

VENV has frugon, llm-route-audit and toolkit-cost-optimizer. Each of them reads a layout of its own, so
the 2,644 calls as routeaudit reads them are laid out for each first; that is not timed. Prints what each
command printed once, then the median wall time of the runs, which take turns.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "sample_logs"
ROUTEAUDIT = (sys.executable, "-m", "routeaudit")
AROUND = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "110"}
PRICES = {  # USD per million tokens, the longest name first
    "claude-opus-4-1": {"input": 15.0, "output": 75.0, "cache_read": 1.5, "cache_write": 18.75},
    "claude-sonnet-4-5": {"input": 3.0, "output": 15.0, "cache_read": 0.3, "cache_write": 3.75},
    "gpt-4o-mini": {"input": 0.15, "output": 0.6, "cache_read": 0.075, "cache_write": 0.15},
    "gpt-4o": {"input": 2.5, "output": 10.0, "cache_read": 1.25, "cache_write": 2.5},
    "gpt-4.1": {"input": 2.0, "output": 8.0, "cache_read": 0.5, "cache_write": 2.0},
}
Call = dict[str, Any]


def for_frugon(call: Call) -> Call:
    """Lay a call out as frugon's README asks."""
    usage = {
        "prompt_tokens": call["prompt_tokens"],
        "completion_tokens": call["completion_tokens"],
    }
    return {
        "model": call["model"], "timestamp": call["ts"],
        "request": {"messages": json.loads(call["messages"])},
        "response": {"choices": [{"message": {"content": call["response_text"] or ""}}]},
        "usage": usage,
    }  # fmt: skip


def for_route_audit(call: Call) -> Call:
    """Lay a call out in llm-route-audit's log format: cached input counts apart."""
    read, written = call["cached_tokens"] or 0, call["cache_write_tokens"] or 0
    return {
        "id": call["request_id"], "timestamp": call["ts"], "model": call["model"],
        "messages": json.loads(call["messages"]), "response": call["response_text"] or "",
        "input_tokens": (call["prompt_tokens"] or 0) - read - written,
        "cache_read_tokens": read, "cache_write_tokens": written,
        "output_tokens": call["completion_tokens"] or 0,
        "latency_ms": round(call["latency_ms"] or 0), "task_type": call["feature"],
    }  # fmt: skip


def for_toolkit(call: Call) -> Call:
    """Lay a call out as a version 2 row of toolkit-cost-optimizer; the feature is the tier."""
    row = {
        "schema_version": 2, "created_ts": datetime.fromisoformat(call["ts"]).timestamp(),
        "model": call["model"], "tier": call["feature"], "success": call["status"] == "ok",
        "tokens_in": call["prompt_tokens"], "tokens_out": call["completion_tokens"],
        "tokens_cache_read": call["cached_tokens"],
        "tokens_cache_write": call["cache_write_tokens"], "cost_usd": call["cost_usd"],
        "latency_ms": call["latency_ms"],
    }  # fmt: skip
    return {name: value for name, value in row.items() if value is not None}


def prices_of(llm_id: str) -> dict[str, float] | None:
    """Give the price that routeaudit takes too, for a tool whose own table has newer models only."""
    return next((PRICES[name] for name in PRICES if llm_id.startswith(name)), None)


def laid_out(folder: Path) -> int:
    """Write the calls for each tool; give how many there are."""
    subprocess.run(  # noqa: S603 our own command
        [*ROUTEAUDIT, "ingest", str(SAMPLES), "--include-text", "--out", str(folder / "calls.jsonl"),
         "--quiet"],
        cwd=folder, check=True, env=AROUND,
    )  # fmt: skip
    calls = [json.loads(line) for line in (folder / "calls.jsonl").open(encoding="utf-8")]
    layouts: dict[str, Callable[[Call], Call]] = {
        "frugon": for_frugon, "route_audit": for_route_audit, "toolkit": for_toolkit,
    }  # fmt: skip
    for name, layout in layouts.items():
        # frugon counts tokens that a call doesn't give, and asks the network for its tables.
        given = [c for c in calls if c["prompt_tokens"] is not None or name != "frugon"]
        text = "".join(json.dumps(layout(call)) + "\n" for call in given)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    prices = {call["model"]: prices_of(call["model"]) for call in calls}
    table = {
        "currency": "USD",
        "updated": "2026-10-12",
        "source": "list",
        "models": {n: p for n, p in prices.items() if p},
    }
    (folder / "prices.yaml").write_text(json.dumps(table), encoding="utf-8")  # JSON is YAML
    policy = {"schema_version": 1, "default_model": "gpt-4o-mini", "tiers": {}}
    (folder / "policy.json").write_text(json.dumps(policy), encoding="utf-8")
    return len(calls)


def commands(tools: Path) -> dict[str, tuple[str, ...]]:
    """Name each command that is timed."""
    toolkit = str(tools / "toolkit-opt")
    return {
        "routeaudit scan": (*ROUTEAUDIT, "scan", str(SAMPLES)),
        "routeaudit simulate (three policies, reports)": (
            *ROUTEAUDIT, "simulate", "--policy", "all", "--reports", "reports",
        ),
        "frugon analyze": (str(tools / "frugon"), "analyze", "frugon.jsonl", "--no-report"),
        "llm-route-audit analyze": (
            str(tools / "llm-route-audit"), "analyze", "route_audit.jsonl", "--prices", "prices.yaml",
        ),
        "toolkit-opt summarize": (toolkit, "summarize", "--input", "toolkit.jsonl"),
        "toolkit-opt simulate": (
            toolkit, "simulate", "--input", "toolkit.jsonl", "--policy", "policy.json",
        ),
    }  # fmt: skip


def timed(
    command: Sequence[str], folder: Path
) -> tuple[float, subprocess.CompletedProcess[str]]:
    """Run a command in a folder; give its wall time in seconds and what it said."""
    start = time.perf_counter()
    done = subprocess.run(  # noqa: S603 named above
        command, cwd=folder, capture_output=True, text=True, check=False, env=AROUND,
    )  # fmt: skip
    return time.perf_counter() - start, done


def main() -> None:
    """Lay out, run, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--others", type=Path, required=True, help="venv with the other tools")
    asked.add_argument("--runs", type=int, default=5)
    told = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = laid_out(folder)
        wall: dict[str, list[float]] = {}
        for turn in range(told.runs):
            for label, command in commands(told.others / "bin").items():
                took, done = timed(command, folder)
                wall.setdefault(label, []).append(took)
                if turn == 0:
                    sys.stdout.write(f"$ {label} (exit {done.returncode})\n{done.stdout}\n")
                    sys.stdout.write(done.stderr[-2000:])
    sys.stdout.write(f"{count} calls, {told.runs} runs each, {os.cpu_count()} cores\n")
    for label, times in wall.items():
        sys.stdout.write(
            f"{label:48} median {statistics.median(times):6.2f} s"
            f"  {min(times):6.2f} to {max(times):6.2f}\n"
        )


if __name__ == "__main__":
    main()

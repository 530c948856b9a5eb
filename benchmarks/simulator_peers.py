# ruff: noqa: INP001, T201 a script that prints its table
"""RouteLLM's evaluation loop and `toolkit-opt route` beside the same sums here, on the same rows.

    python -m venv OTHER && OTHER/bin/pip install pandas tqdm && OTHER/bin/pip install --no-deps routellm
    python -m venv TOOL && TOOL/bin/pip install toolkit-cost-optimizer
    python benchmarks/simulator_peers.py --routellm OTHER --toolkit TOOL [--calls 1000000]

RouteLLM's `GSM8K.evaluate` is run as it is published: only the data and the routers' scores, which it
would read from a file and from a model, are put in their place, and the two modules that need PyTorch
and are imported for their type names alone stand empty. So what is timed is its loop over thresholds.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from routeaudit.stats import sweep

THRESHOLDS = 101
LOOP = """
import sys, time, types
import numpy as np, pandas as pd
for name, holds in (("routellm.controller", "Controller"), ("routellm.routers.routers", "Router")):
    sys.modules[name] = types.ModuleType(name)
    setattr(sys.modules[name], holds, object)
from routellm.evals.benchmarks import GSM8K
rows = np.load(sys.argv[1])
own = GSM8K.__new__(GSM8K)
own.routed_pair = types.SimpleNamespace(strong="strong", weak="weak")
own.overwrite_cache, own.cache = [], {"ours": rows["need"]}
own.all_data = pd.DataFrame({"strong": rows["strong"], "weak": rows["weak"]})
began = time.perf_counter()
found = list(own.evaluate(None, "ours", int(sys.argv[2]), False))
took_s = time.perf_counter() - began
np.savez(sys.argv[3], took_s=took_s, threshold=[row[0] for row in found],
         accuracy=[row[1] for row in found], strong=[row[2].get("strong", 0) for row in found])
"""


def beside(calls: int, routellm: Path | None, toolkit: Path | None) -> None:
    """Print what the others take, and what the same takes here."""
    with tempfile.TemporaryDirectory() as name:
        if routellm is None:
            print("RouteLLM's loop: not run (--routellm VENV)")
        else:
            _loop(calls, routellm, Path(name))
        if toolkit is None:
            print("toolkit-opt route: not run (--toolkit VENV)")
        else:
            _route(calls, toolkit, Path(name))


def _loop(calls: int, venv: Path, folder: Path) -> None:
    random = np.random.default_rng(1)
    need = random.random(calls)
    right = 0.6 + 0.3 * need
    weak, strong = random.random(calls) < right - need / 5, random.random(calls) < right
    given, came = folder / "rows.npz", folder / "found.npz"
    np.savez(given, need=need, weak=weak, strong=strong)
    subprocess.run(  # noqa: S603 the venv that was named
        [str(venv / "bin" / "python"), "-c", LOOP, str(given), str(THRESHOLDS - 1), str(came)],
        check=True,
    )
    found = np.load(came)
    began = time.perf_counter()
    rows = sweep.grid(need, found["threshold"])
    accuracy = rows.totals(strong, weak)[::-1] / calls * 100
    took_s = time.perf_counter() - began
    # It takes the last threshold, the highest score itself, strictly: that row goes to weak.
    same = np.abs(accuracy[:-1] - found["accuracy"][:-1]).max()
    if same > 1e-9:  # noqa: PLR2004 both are means in per cent
        raise SystemExit(f"RouteLLM's accuracies differ from ours by {same}")
    theirs_s = float(found["took_s"])
    print(
        f"RouteLLM's loop, {THRESHOLDS} thresholds: {theirs_s:.2f} s; here {took_s:.3f} s, the same"
        f" accuracies ({theirs_s / took_s:,.0f} times)"
    )


def _route(calls: int, venv: Path, folder: Path) -> None:
    random = np.random.default_rng(1)
    rows = zip(
        random.choice(["gpt-4o", "gpt-4o-mini"], calls).tolist(),
        random.choice(["support", "search", "code"], calls).tolist(),
        random.integers(20, 4_000, calls).tolist(),
        random.integers(1, 800, calls).tolist(),
        random.random(calls).tolist(),
        strict=True,
    )
    path = folder / "toolkit.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for place, (model, tier, given, made, quality) in enumerate(rows):
            row = {
                "schema_version": 2, "created_ts": 1_770_000_000 + place, "model": model,
                "tier": tier, "success": True, "tokens_in": given, "tokens_out": made,
                "latency_ms": 500.0, "quality": quality,
            }  # fmt: skip
            file.write(json.dumps(row) + "\n")
    command = [str(venv / "bin" / "toolkit-opt"), "route", "--input", str(path)]
    began = time.perf_counter()
    done = subprocess.run(command, check=False, capture_output=True)  # noqa: S603 see above
    took_s = time.perf_counter() - began
    told = f"exit {done.returncode}, {len(done.stdout):,} bytes said"
    print(f"toolkit-opt route on {calls:,} rows with a score each: {took_s:.2f} s ({told})")


def main() -> None:
    """Run them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--routellm", type=Path)
    parser.add_argument("--toolkit", type=Path)
    told = parser.parse_args()
    beside(told.calls, told.routellm, told.toolkit)


if __name__ == "__main__":
    sys.exit(main())

"""The README's examples: what the commands really print on the sample logs."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
WIDTH = "100"
SCAN = ("scan", str(ROOT / "sample_logs"))
SIMULATE = ("simulate", "--policy", "all")
SCAN_LINES, SIMULATE_LINES = 47, 28


def readme() -> str:
    """Give README.md with fresh examples between its marks."""
    with tempfile.TemporaryDirectory() as folder:
        scan, simulate = said(folder, *SCAN), said(folder, *SIMULATE)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    text = between(text, "scan", scan.splitlines()[:SCAN_LINES])
    return between(text, "simulate", simulate.splitlines()[:SIMULATE_LINES])


def said(folder: str, *args: str) -> str:
    """Run a command in a folder and give what it printed."""
    done = subprocess.run(  # noqa: S603 our own command
        [sys.executable, "-m", "routeaudit", *args],
        capture_output=True, text=True, check=True, cwd=folder,
        env={**os.environ, "COLUMNS": WIDTH, "NO_COLOR": "1", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return done.stdout


def between(text: str, mark: str, lines: list[str]) -> str:
    """Put lines as a code block between `<!-- mark -->` and the next `<!-- end -->`."""
    block = "\n".join(["```text", *(line.rstrip() for line in lines), "```"])
    pattern = rf"(<!-- {mark} -->\n).*?(<!-- end -->)"
    return re.sub(pattern, lambda m: f"{m[1]}{block}\n{m[2]}", text, count=1, flags=re.DOTALL)

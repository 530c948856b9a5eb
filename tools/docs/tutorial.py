"""The tutorial's examples: each `$ routeaudit ...` in it is run, in order, and its output put below.

Usage: python -m tools.docs.tutorial

In docs/tutorial.md a block that starts with three backticks and `console` holds one command. The comment before it
may say which lines of the output to show (`<!-- lines 1-12 -->`); a toml block after `<!-- file NAME -->` is written first.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorial.md"
WIDTH = "96"
BLOCK = re.compile(
    r"(?P<mark><!-- (?P<what>lines|file) (?P<which>\S+) -->\n)?"
    r"```(?P<kind>console|toml)\n(?P<body>.*?)```",
    re.DOTALL,
)


def tutorial() -> str:
    """Give docs/tutorial.md with fresh examples."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sample_logs").symlink_to(ROOT / "sample_logs")
        return BLOCK.sub(lambda found: _fresh(found, folder), PAGE.read_text(encoding="utf-8"))


def _fresh(found: re.Match[str], folder: Path) -> str:
    if found["kind"] == "toml":
        if found["what"] == "file":
            (folder / found["which"]).write_text(found["body"], encoding="utf-8")
        return found[0]
    asked = found["body"].splitlines()[0]
    lines = said(asked.removeprefix("$ "), folder)
    if found["what"] == "lines":
        first, last = map(int, found["which"].split("-"))
        lines = lines[first - 1 : last]
    return f"{found['mark'] or ''}```console\n" + "\n".join([asked, *lines]) + "\n```"


def said(command: str, folder: Path) -> list[str]:
    """Run one command in a folder; give the lines of its stdout, and its exit code if not 0."""
    done = subprocess.run(  # noqa: S603 our own command
        [sys.executable, "-m", *shlex.split(command)],
        capture_output=True, text=True, check=False, cwd=folder,
        env={**os.environ, "COLUMNS": WIDTH, "NO_COLOR": "1", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    lines = [line.rstrip() for line in done.stdout.strip("\n").splitlines()]
    return [*lines, f"(exit code {done.returncode})"] if done.returncode else lines


if __name__ == "__main__":
    PAGE.write_text(tutorial(), encoding="utf-8")

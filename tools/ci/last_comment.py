# ruff: noqa: INP001 a script that is run by its path
"""Find our last comment in what `gh api --paginate` prints: JSON arrays, one after the other.

Usage: gh api ... | python last_comment.py COMMENT.md

Prints its id, its node id and `same` or `changed` (is the file's text what it says already?); nothing
when there is none. Needs the standard library only.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MARK = "<!-- routeaudit -->"
MADE = "- Made: "


def comments(text: str) -> Iterator[dict[str, Any]]:
    """Give the comments of all pages, the oldest first."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        page, end = decoder.raw_decode(text, at)
        yield from page
        at = end + len(text[end:]) - len(text[end:].lstrip())


def bare(text: str) -> str:
    """Drop what the server changes, line ends and space around, and the time of the build."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return "\n".join(line for line in lines if not line.startswith(MADE))


def main() -> None:
    """Print the last comment that starts with our mark."""
    new = Path(sys.argv[1]).read_text(encoding="utf-8")
    ours = [c for c in comments(sys.stdin.read().strip()) if c["body"].startswith(MARK)]
    if ours:
        said = "same" if bare(ours[-1]["body"]) == bare(new) else "changed"
        sys.stdout.write(f"{ours[-1]['id']} {ours[-1]['node_id']} {said}\n")


if __name__ == "__main__":
    main()

# ruff: noqa: INP001 a folder of scripts
"""Read queries from a file and make them fit a prompt."""

import gzip
import json
from pathlib import Path

from routeaudit.classify.gguf_prompt import Prompt, defused
from routeaudit.local_model.native import NativeGguf


def distinct_texts(file: Path) -> list[str]:
    """Read JSON lines, gzipped or not, with `text` or what `ingest` writes; sorted."""
    raw = file.read_bytes()
    lines = (gzip.decompress(raw) if file.suffix == ".gz" else raw).splitlines()
    records = map(json.loads, lines)
    found = {record.get("text") or record.get("prompt_text") for record in records}
    return sorted(text for text in found if text)


def shortened(file: Path, texts: list[str], prompt: Prompt) -> list[str]:
    """Cut texts so that each fits the budget of the prompt: every way then reads the same."""
    native = NativeGguf(file, weights=False)
    most = prompt.query_tokens - 4
    found = []
    for whole_text in texts:
        text = whole_text.strip()
        while len(native.tokens(defused(prompt, text), control=False)) > most:
            text = text[: int(len(text) * 0.95)]
        found.append(text)
    native.close()
    return found

"""Sorts the calls into files, spoils a few lines, and writes labels and counts beside them."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from tools.sample_logs import anthropic_pairs, damage, litellm_rows, openai_pairs, plan
from tools.sample_logs.calls import Call
from tools.sample_logs.dice import Dice
from tools.sample_logs.readme import readme
from tools.sample_logs.stored_gzip import stored_gzip
from tools.sample_logs.traffic import Traffic

LABELS = Path("tests/data/sample_labels.jsonl")
FOLDER = Path("sample_logs")
ZIPPED = "openai/chat-2026-w43.jsonl.gz"
DOUBLED = {"openai/chat-2026-w44.jsonl": 5, "litellm/spend_logs.jsonl": 4}


class Files(NamedTuple):
    """Everything that is written: bytes by path, below the root of the repository."""

    logs: dict[str, bytes]
    labels: bytes
    readme: bytes


def calls() -> list[Call]:
    """Play the whole traffic, in order of time."""
    return sorted(Traffic(Dice(plan.SEED)).calls(), key=lambda call: (call.at, call.request_id))


def place(call: Call) -> tuple[str, Callable[[Call], str]]:
    """Say which file a call is logged in, and who writes its line."""
    if plan.FEATURES[call.feature].gateway:
        return "litellm/spend_logs.jsonl", litellm_rows.line
    if call.llm_id.startswith("claude"):
        return "anthropic/messages.jsonl", anthropic_pairs.line
    week = call.at.isocalendar().week
    name = f"openai/chat-2026-w{week}.jsonl"
    return (ZIPPED if ZIPPED.startswith(name) else name), openai_pairs.line


def logs(played: Iterable[Call]) -> dict[str, list[str]]:
    """Write the lines of each file, whole and in order of time."""
    lines: dict[str, list[str]] = {}
    for call in played:
        name, write_line = place(call)
        lines.setdefault(name, []).append(write_line(call))
    return dict(sorted(lines.items()))


def spoilt(lines: dict[str, list[str]]) -> dict[str, str]:
    """Spoil them: lines doubled, cut off, not JSON, NaN, and a last line without its end."""
    dice = Dice(plan.SEED + 1)
    done = {
        name: damage.doubled(whole, DOUBLED[name], dice) if name in DOUBLED else list(whole)
        for name, whole in lines.items()
    }
    pairs, rows = done["openai/chat-2026-w44.jsonl"], done["litellm/spend_logs.jsonl"]
    early, claude = done["openai/chat-2026-w42.jsonl"], done["anthropic/messages.jsonl"]
    early.insert(88, damage.not_a_number(early[40]))
    pairs.insert(151, damage.cut(pairs[70]))
    rows.insert(203, damage.cut(rows[120]))
    done["openai/chat-2026-w44.jsonl"] = damage.stray(pairs, 97, damage.STRAY[:2])
    done["anthropic/messages.jsonl"] = damage.stray(claude, 131, damage.STRAY[2:])
    texts = {name: "\n".join(some) + "\n" for name, some in done.items()}
    last = "openai/chat-2026-w46.jsonl"
    texts[last] += damage.cut(lines[last][-1])
    return texts


def everything() -> Files:
    """Make all files."""
    played = calls()
    texts = spoilt(logs(played))
    encoded = {name: text.encode() for name, text in texts.items()}
    encoded[ZIPPED] = stored_gzip(encoded[ZIPPED])
    labels = "".join(f"{_label(call)}\n" for call in played)
    return Files(encoded, labels.encode(), readme(played, texts).encode())


def _label(call: Call) -> str:
    simple = call.task in plan.SIMPLE_TASKS
    return json.dumps({"request_id": call.request_id, "task": call.task, "simple": simple})


def write(root: Path) -> None:
    """Write the logs, their README and the labels below a folder."""
    made = everything()
    for name, content in made.logs.items():
        path = root / FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (root / FOLDER / "README.md").write_bytes(made.readme)
    (root / LABELS).parent.mkdir(parents=True, exist_ok=True)
    (root / LABELS).write_bytes(made.labels)

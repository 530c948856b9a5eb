"""Reads `content/`: the hand-written questions with their answers, and the papers they quote."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

CONTENT = Path(__file__).parent / "content"
QUOTE = re.compile(r"<<([a-z]+2?)\.([a-z]+)>>")
ROWS = re.compile(r"^@(\d+) (.*)$", re.MULTILINE)


class Turn(NamedTuple):
    """One question and its answer, marks not filled yet; `call` is the name of a tool."""

    task: str
    ask: str
    answer: str
    call: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One conversation as written by hand."""

    features: tuple[str, ...]
    quotes: tuple[str, ...]  # the pools of papers it quotes from
    system: str | None
    wants_json: bool
    turns: tuple[Turn, ...]

    @property
    def task(self) -> str:
        """The task of the first turn."""
        return self.turns[0].task


Paper = Mapping[str, str]


def blocks(path: Path) -> list[tuple[dict[str, str], list[tuple[str, str]]]]:
    """Split a file into blocks: the words of its `===` line, and its `[name]` sections in order."""
    found = []
    for block in re.split(r"^=== ?", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        head, _, body = block.partition("\n")
        words = dict(word.split("=", 1) for word in head.split())
        parts = re.split(r"^\[([a-z_]+(?: [a-z_]+)?)\]\n", body, flags=re.MULTILINE)
        sections = [
            (name, text.strip("\n"))
            for name, text in zip(parts[1::2], parts[2::2], strict=True)
        ]
        found.append((words, sections))
    return found


def items() -> list[Item]:
    """Read every `content/task_*.txt`; an item with `times=3` is there three times."""
    return [
        _item(words, sections)
        for path in sorted(CONTENT.glob("task_*.txt"))
        for words, sections in blocks(path)
        for _ in range(int(words.get("times", "1")))
    ]


def papers() -> dict[str, list[Paper]]:
    """Read every pool of papers: `content/pool_NAME*.txt`."""
    pools: dict[str, list[Paper]] = {}
    for path in sorted(CONTENT.glob("pool_*.txt")):
        name = path.stem.split("_")[1]
        pools.setdefault(name, []).extend(dict(sections) for _, sections in blocks(path))
    return pools


def _item(words: Mapping[str, str], sections: list[tuple[str, str]]) -> Item:
    parts = dict(sections)
    turns, task, ask = [], words["task"], ""
    for name, text in sections:
        word, _, extra = name.partition(" ")
        if word == "ask":
            task, ask = extra or words["task"], text
        elif word == "answer":
            turns.append(Turn(task, ask, text))
        elif word == "call":
            turns.append(Turn(task, ask, text, extra))
    return Item(
        features=tuple(words["for"].split(",")),
        quotes=tuple(filter(None, words.get("uses", "").split(","))),
        system=parts.get("system"),
        wants_json="json" in words,
        turns=tuple(turns),
    )


def quoting(text: str, found: Mapping[str, Paper]) -> str:
    """Put the sections of papers where the text quotes them; `@20 row` becomes twenty rows."""
    whole = QUOTE.sub(lambda mark: found[mark[1]][mark[2]], text)
    return ROWS.sub(lambda row: "\n".join([row[2]] * int(row[1])), whole)

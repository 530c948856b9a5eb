# ruff: noqa: INP001 scripts that are run by path, not a package
"""The training data as tokens: labelled requests, held out by source."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from routeaudit.classify.gguf_prompt import Prompt, defused, question_for
from routeaudit.frames import SIMPLE_TASKS
from routeaudit.local_model.native import NativeGguf
from routeaudit.local_model.question import (
    Question,
    QuestionTokens,
    query_tokens,
    question_tokens,
)

# Never trained on: chosen so that every kind of work but long_document is held out and trained on.
HELD_OUT = frozenset(
    {
        "AQuA", "CLINC150", "JSON-Schema-Test-Suite", "MBPP", "OpenCage address-formatting tests",
        "P3", "SNIPS", "SVAMP", "SciTLDR", "UCI sentiment sentences", "authored follow-ups",
        "authored brainstorm/roleplay prompts", "authored how-to/advice prompts",
        "authored multilingual prompts", "awesome-chatgpt-prompts", "defog sql-eval",
    }
)  # fmt: skip
# "short wraps", which is trained on, quotes sentences of these: they are no fair test.
QUOTED = frozenset({"CLINC150", "UCI sentiment sentences"})
TESTED = HELD_OUT - QUOTED
SAME_SOURCE = {
    "COVID-QA FAQ": "COVID-QA",
    "xquad questions": "xquad",
    "MBXP/QuixBugs bundles": "MBXP",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A labelled request."""

    text: str
    task: str
    source: str
    held_out: bool

    @property
    def is_simple(self) -> bool:
        """Whether its kind of work counts as simple."""
        return self.task in SIMPLE_TASKS


def read_rows(file: Path) -> list[Row]:
    """Read the labelled requests; the sources of `HELD_OUT` are marked."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [_row(json.loads(line)) for line in lines]


def _row(line: dict[str, str]) -> Row:
    source = source_group(line["source"])
    return Row(text=line["text"], task=line["task"], source=source, held_out=source in HELD_OUT)


def source_group(source: str) -> str:
    """Give the data set behind a source: texts of one data set are alike."""
    name = source.removeprefix("wrap:").split(":")[0].split(" (")[0].strip()
    return SAME_SOURCE.get(name, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Turns requests into the very tokens that the classifier will send."""

    tokenizer: NativeGguf
    question: Question
    parts: QuestionTokens
    prompt: Prompt

    def tokens(self, text: str) -> list[int]:
        """Cut a request, with the tail behind it, into tokens."""
        safe = defused(self.prompt, text)
        return query_tokens(self.tokenizer, safe, self.question, self.parts).tokens


def asker(vocabulary: Path, prompt: Prompt) -> Asker:
    """Prepare a prompt in the tokens of a GGUF file."""
    tokenizer = NativeGguf(vocabulary, weights=False)
    question = question_for(vocabulary, prompt)
    parts = question_tokens(tokenizer, question)
    return Asker(tokenizer=tokenizer, question=question, parts=parts, prompt=prompt)


def packed(rows: list[list[int]], pad: int) -> np.ndarray:
    """Lay rows of unequal length side by side, padded at the end."""
    width = max(map(len, rows))
    return np.array([row + [pad] * (width - len(row)) for row in rows])

"""Texts as JSON lines in, verdicts as JSON lines out, some thousand at a time."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

import orjson
import polars as pl

from routeaudit.classify.contract import Classifier
from routeaudit.classify.rows import verdict_rows
from routeaudit.classify.settings import ClassifySettings
from routeaudit.classify.stage import classify_texts

LINES_AT_ONCE = 8_192


class Piece(NamedTuple):
    """Some verdicts as JSON lines, and the lines that had none: number and reason."""

    rows: bytes
    rejects: list[tuple[int, str]]


class _Line(NamedTuple):
    number: int
    name: object
    text: str
    problem: str


Reasons = Callable[[str], list[dict[str, object]]]
"""Says which parts of a text spoke for what."""


def classify_lines(
    lines: Iterable[bytes],
    classifier: Classifier,
    settings: ClassifySettings,
    reasons: Reasons | None = None,
) -> Iterator[Piece]:
    """Classify JSON lines of `{"id", "text"}`; without an id the line number serves.

    Args:
        lines: JSON lines.
        classifier: judges the texts.
        settings: how the stage treats what it says.
        reasons: adds `reasons` to each row; they quote the text.

    Yields:
        Verdicts in the order of the lines; a line that cannot be read has a reason instead.
    """
    numbered = enumerate(lines, start=1)
    while chunk := list(islice(numbered, LINES_AT_ONCE)):
        seen = [_read(number, line) for number, line in chunk if line.strip()]
        good = [line for line in seen if not line.problem]
        texts = pl.Series("text", [line.text for line in good], dtype=pl.String)
        rows: Iterable[dict[str, object]] = verdict_rows(
            [line.name for line in good], classify_texts(texts, classifier, settings)
        )
        if reasons is not None:
            told = zip(rows, good, strict=True)
            rows = ({**row, "reasons": reasons(line.text)} for row, line in told)
        yield Piece(
            b"".join(orjson.dumps(row) + b"\n" for row in rows),
            [(line.number, line.problem) for line in seen if line.problem],
        )


def _read(number: int, line: bytes) -> _Line:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return _Line(number, None, "", "not JSON")
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        return _Line(number, None, "", 'no object with a "text"')
    return _Line(number, value.get("id", number), value["text"], "")

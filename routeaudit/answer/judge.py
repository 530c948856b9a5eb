"""A local model as judge: is the small model's answer not worse, whichever is read first?

The verdict is the probability of one letter at one position, never generated text, so nothing
in a request or an answer can make it say anything else. A tie is acceptable.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import orjson

from routeaudit.answer.settings import AnswerSettings
from routeaudit.errors import InputError
from routeaudit.local_model.chat import Turn, render_around_query
from routeaudit.local_model.engine import EngineSettings
from routeaudit.local_model.gguf_header import read_header
from routeaudit.local_model.question import Question
from routeaudit.local_model.supervisor import Supervisor, WorkerSettings

PLACE = "<<<request and answers>>>"
LABELS = ("A", "B", "C")
PROMPT = f"""Two answers to one request are shown below. Judge only whether they do what the \
request asks, correctly and completely. Length and style do not matter.

{PLACE}

Reply with one letter.
A: the first answer is clearly better.
B: the second answer is clearly better.
C: both are equally good, or equally bad.
Letter:"""
PART_CHARS = 2_000
PAIR_TOKENS = 1_536
AT_ONCE = 16


class Shown(NamedTuple):
    """An answer with the words around it; they are shown and never written."""

    query_key: str
    asked: str
    logged: str
    answer: str


class Judge:
    """A local model that compares answers."""

    def __init__(self, file: Path, settings: AnswerSettings) -> None:
        """Make it ready; the file is loaded with the first question.

        Raises:
            ModelError: the file has no chat template, or it refuses the prompt.
            MissingExtraError: the template library is not installed.
        """
        rendered = render_around_query(read_header(file), [Turn("user", PROMPT)], place=PLACE)
        question = Question(
            head=rendered.head, tail=rendered.tail, labels=LABELS, query_tokens=PAIR_TOKENS,
            head_share=0.5, gap="\n[...]\n",
        )  # fmt: skip
        engine = EngineSettings(
            file=str(file), threads=settings.threads, gpu_layers=settings.gpu_layers
        )
        self._worker = Supervisor(
            WorkerSettings(engine=engine, question=question, silence_s=settings.silence_s)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._worker.stop()

    def judged(self, rows: Sequence[Shown]) -> Iterator[tuple[Shown, bool]]:
        """Judge rows, some at a time; one that the model fails on is left out.

        Raises:
            ModelError: the file cannot be loaded, or the model fails again and again.
        """
        iterator = iter(rows)
        while some := list(islice(iterator, AT_ONCE)):
            texts = [pair_text(row, own_first=order) for row in some for order in (True, False)]
            answers = self._worker.ask(texts)
            for place, row in enumerate(some):
                first, second = 2 * place, 2 * place + 1
                if not answers.failed[[first, second]].any():
                    own_first, own_second = answers.probabilities[[first, second]]
                    yield row, not_worse(own_first.tolist(), own_second.tolist())


def pair_text(row: Shown, *, own_first: bool) -> str:
    """Lay out a request and two answers; long ones keep their beginning and their end."""
    answers = (row.answer, row.logged) if own_first else (row.logged, row.answer)
    named = zip(
        ("Request", "First answer", "Second answer"), (row.asked, *answers), strict=True
    )
    return "\n\n".join(f"{name}:\n{_cut(text)}" for name, text in named)


def not_worse(own_first: Sequence[float], own_second: Sequence[float]) -> bool:
    """Accept an answer that is not the worse one in either order.

    Args:
        own_first: probabilities of LABELS with the small model's answer first.
        own_second: the same with it second.
    """
    return own_first[1] < max(own_first) and own_second[0] < max(own_second)


def add_judged(file: Path, judge: str, query_key: str, accepted: bool) -> None:  # noqa: FBT001 the verdict itself
    """Append one verdict; it is in the file when this returns."""
    row = {"query_key": query_key, "accepted": accepted, "judge": judge}
    with file.open("ab") as lines:
        lines.write(orjson.dumps(row) + b"\n")


def read_judged(file: Path, judge: str = "") -> dict[str, bool]:
    """Read verdicts: query_key -> accepted, of one judge, or of any where none is named.

    Raises:
        InputError: a line is no verdict.
    """
    found: dict[str, bool] = {}
    for number, line in enumerate(
        file.read_bytes().splitlines() if file.exists() else (), start=1
    ):
        try:
            row = orjson.loads(line)
            if judge in ("", row["judge"]):
                found[str(row["query_key"])] = bool(row["accepted"])
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise InputError(
                f"{file}, line {number} is no verdict", hint="delete the file and judge again"
            ) from error
    return found


def _cut(text: str) -> str:
    if len(text) <= PART_CHARS:
        return text
    half = PART_CHARS // 2
    return f"{text[:half]}\n[...]\n{text[-half:]}"

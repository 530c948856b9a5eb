"""Engines that fail in the ways that llama.cpp does; the worker process imports this file."""

import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence

import numpy as np

from routeaudit.errors import MissingExtraError, ModelError
from routeaudit.local_model.engine import EngineSettings, Scored
from routeaudit.local_model.question import Question


class Faulty:
    """Answers each query with its length; does what some words say."""

    def __init__(self, settings: EngineSettings, question: Question) -> None:
        self.head_tokens = len(question.head)
        self.n_labels = len(question.labels)
        print("this library talks on standard output")  # noqa: T201 what is tested
        {"unfit": refuse, "bare": lack, "deadly": os.abort}.get(settings.file, int)()

    def score(self, queries: Sequence[str]) -> Iterator[Scored]:
        for place, text in enumerate(queries):
            act(text)
            share = np.full((1, self.n_labels), 1 / self.n_labels, dtype=np.float32)
            yield Scored([place], share, [len(text)], [0])


def act(text: str) -> None:
    if text == "abort":
        sys.stderr.write("secret words of a query\n")
        sys.stderr.write("/src/ggml.c:1: GGML_ASSERT(false) failed\n")
        sys.stderr.flush()
        os.abort()
    if text == "memory":
        os.kill(os.getpid(), signal.SIGKILL)
    if text == "hang":
        time.sleep(3600)
    if text == "refuse":
        refuse()
    if text == "bug":
        raise ZeroDivisionError


def refuse() -> None:
    raise ModelError("this file is unfit", hint="take another")


def lack() -> None:
    raise MissingExtraError("reading GGUF models", extra="llama")

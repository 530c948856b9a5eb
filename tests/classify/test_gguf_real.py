"""Run with ROUTEAUDIT_TEST_GGUF=path/to/an-instruct-model.gguf."""

import os

import polars as pl
import pytest

from routeaudit import options
from routeaudit.classify.classifiers.gguf import PLUGIN
from routeaudit.frames import SIMPLE_TASKS

pytestmark = [
    pytest.mark.gguf,
    pytest.mark.skipif(
        "ROUTEAUDIT_TEST_GGUF" not in os.environ, reason="set ROUTEAUDIT_TEST_GGUF to a file"
    ),
]

PLAIN = {
    "Translate into German: The meeting starts at nine.": "translation",
    "Write a short story about a lighthouse keeper who finds a map.": "creative_writing",
    "Write a Python function that returns the n-th Fibonacci number.": "code",
    "Who was the first person to walk on the moon?": "world_knowledge",
    "Extract all names and dates from the text.\n\nMaria met John on 4 May 2021.": "extraction",
    "Summarize in one sentence: The council met on Monday. A bridge will be built.": "summarization",
}


def test_a_real_model_reads_plain_requests() -> None:
    settings = {"model_file": os.environ["ROUTEAUDIT_TEST_GGUF"], "silence_s": 600.0}
    said = options.from_mapping(PLUGIN, settings, where="test").classify(pl.Series(list(PLAIN)))
    right = [task == wanted for task, wanted in zip(said["task"], PLAIN.values(), strict=True)]
    assert sum(right) >= 4
    simple = [p >= 0.5 for p in said["p_simple"]]
    assert (
        sum(s == (t in SIMPLE_TASKS) for s, t in zip(simple, PLAIN.values(), strict=True)) >= 4
    )

"""Embedding cosine as triage of free text."""

from pathlib import Path

import polars as pl
import pytest

from routeaudit.answer.likeness import COSINE, decided, with_likeness
from routeaudit.answer.scorers import Rules
from routeaudit.answer.settings import AnswerSettings
from routeaudit.errors import ConfigError
from routeaudit.local_model.compared import Texts
from tests.local_model.tiny_bert import write_bert

LATE = "the order was sent late"


def answers() -> pl.DataFrame:
    """A label that was decided, and free text that was not."""
    return pl.DataFrame(
        {
            "scorer": ["label", "ROUGE-L", "ROUGE-L", "failed", "no logged answer"],
            "value": [0.0, 0.4, 0.1, 0.0, None],
            "accepted": [False, None, None, False, None],
            "cosine": [None, 0.93, 0.41, None, None],
        },
        schema_overrides={"accepted": pl.Boolean, "cosine": pl.Float64},
    )


def test_without_limits_the_cosine_decides_nothing() -> None:
    assert decided(answers(), Rules()).equals(answers())


def test_with_limits_it_decides_the_ends_and_leaves_the_middle() -> None:
    both = decided(answers(), Rules(cosine_accept=0.9, cosine_reject=0.5))
    assert both["accepted"].to_list() == [False, True, False, False, None]
    assert both["scorer"].to_list()[:3] == ["label", COSINE, COSINE]
    assert both["value"].to_list()[:3] == [0.0, 0.93, 0.41]
    one = decided(answers(), Rules(cosine_accept=0.9))
    assert one["accepted"].to_list()[1:3] == [True, None]
    other = decided(answers(), Rules(cosine_reject=0.5))
    assert other["accepted"].to_list()[1:3] == [None, False]


def test_only_undecided_texts_are_compared_and_none_twice(tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp", reason="needs the llama extra")
    file = write_bert(tmp_path / "bert.gguf")
    settings = AnswerSettings(embedder=str(file), threads=1)
    texts = [
        Texts(one="refund", other="mat"),
        Texts(one=LATE, other=LATE),
        Texts(one=LATE, other="cat sat on a mat"),
        None,
        Texts(one="", other="a"),
    ]
    frame = answers().with_columns(cosine=pl.lit(None, pl.Float64))
    cache = tmp_path / "answers.sqlite"
    told = with_likeness(frame, texts, settings, Rules(), cache)
    first, same, apart, *rest = told["cosine"].to_list()
    assert (first, rest) == (None, [None, None])
    assert same == pytest.approx(1, abs=1e-5)
    assert apart < 0.6
    faster = AnswerSettings(embedder=str(file), threads=1, silence_s=0.1)  # no time to load it
    assert with_likeness(frame, texts, faster, Rules(), cache).equals(told)
    assert b"order" not in cache.read_bytes()


def test_without_an_embedding_file_nothing_is_compared(tmp_path: Path) -> None:
    frame = answers()
    assert with_likeness(frame, [None] * 5, AnswerSettings(), Rules(), tmp_path / "x") is frame


def test_limits_need_a_file_and_an_order() -> None:
    with pytest.raises(ConfigError, match="embedding file"):
        AnswerSettings(cosine_accept=0.9)
    with pytest.raises(ConfigError, match="lies below"):
        AnswerSettings(embedder="x.gguf", cosine_accept=0.4, cosine_reject=0.5)

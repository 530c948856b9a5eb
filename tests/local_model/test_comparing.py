"""Texts compared by an embedding model, on a BERT made here and on the tiny demo model."""

from pathlib import Path

import pytest

from routeaudit.errors import ModelError
from routeaudit.local_model.compared import Compared, Texts
from routeaudit.local_model.comparing import Comparing
from routeaudit.local_model.engine import EngineSettings
from tests.local_model.tiny_bert import write_bert

TINY = Path(__file__).parents[1] / "data" / "tiny-phi3-demo.gguf"
LATE = "the order was sent late"


@pytest.fixture
def _faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=":")


def compared(file: Path, *pairs: tuple[str, str]) -> list[Compared]:
    pytest.importorskip("llama_cpp", reason="needs the llama extra")
    from routeaudit.local_model.comparer import Comparer  # noqa: PLC0415 as the worker does

    one = Comparer(EngineSettings(file=str(file), threads=1))
    found = dict(one.compare([Texts(one=a, other=b) for a, b in pairs]))
    one.close()
    return [found[place] for place in range(len(pairs))]


def test_texts_are_alike_as_far_as_they_share_words(tmp_path: Path) -> None:
    same, close, apart = compared(
        write_bert(tmp_path / "bert.gguf"),
        (LATE, LATE.title()),
        (LATE, "the order was sent late today"),
        (LATE, "cat sat on a mat"),
    )
    assert same.cosine == pytest.approx(1, abs=1e-5)
    # Five of six words, and the same start and end around them: sqrt(7 / 8) = .94.
    assert close.cosine == pytest.approx(0.94, abs=0.04)
    assert apart.cosine < 0.6


def test_a_text_is_the_same_whatever_stands_beside_it(tmp_path: Path) -> None:
    file = write_bert(tmp_path / "bert.gguf")
    pair = (LATE, "invoice number")
    (alone,) = compared(file, pair)
    crowd = compared(file, *[("a mat " * n, "refund") for n in range(1, 60)], pair)
    assert crowd[-1].cosine == pytest.approx(alone.cosine, abs=1e-5)


def test_a_long_text_loses_its_end_and_says_so(tmp_path: Path) -> None:
    (found,) = compared(write_bert(tmp_path / "bert.gguf"), ("the " * 100, "the " * 100))
    assert found.is_cut
    assert found.cosine == pytest.approx(1, abs=1e-5)


def test_a_file_that_names_no_pooling_gets_the_mean(tmp_path: Path) -> None:
    pair = (LATE, "the order was sent late today")
    named = compared(write_bert(tmp_path / "mean.gguf", pooling=1), pair)
    unnamed = compared(write_bert(tmp_path / "none.gguf", pooling=None), pair)
    assert named == unnamed
    (decoder,) = compared(TINY, ("x", "x"))
    assert decoder.cosine == pytest.approx(1, abs=1e-5)


def test_a_reranker_and_a_vocabulary_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="reranker"):
        compared(write_bert(tmp_path / "rank.gguf", pooling=4), ("a", "a"))


@pytest.mark.usefixtures("_faults")
def test_a_fault_costs_one_pair() -> None:
    pairs = [Texts(one="a", other=text) for text in ("a", "abort", "b")]
    factory = "faulty_comparer:FaultyComparer"
    with Comparing(EngineSettings(file=""), silence_s=60, factory=factory) as comparing:
        found = dict(comparing.answers(pairs))
    assert found[1] is None
    assert found[0] == Compared(cosine=1.0, is_cut=False)
    assert found[2] == Compared(cosine=0.0, is_cut=False)


@pytest.mark.usefixtures("_faults")
def test_an_unfit_file_is_said() -> None:
    factory = "faulty_comparer:FaultyComparer"
    comparing = Comparing(EngineSettings(file="unfit"), silence_s=60, factory=factory)
    with pytest.raises(ModelError, match="unfit"):
        list(comparing.answers([Texts(one="a", other="b")]))

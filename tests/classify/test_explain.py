import numpy as np
import polars as pl
import pytest

from routeaudit.classify.classifiers.embedded import Embedded
from routeaudit.classify.explain import explain
from routeaudit.classify.grams import grams
from routeaudit.classify.parts import marked
from routeaudit.classify.weights import contributions, score

QUERIES = [
    "Translate to German:\n\nthe train leaves at noon",
    "System: You label tickets.\n\nUser: my card was charged twice",
    "why is the sky blue?",
]


def test_what_each_stretch_adds_sums_to_the_scores() -> None:
    weights = Embedded().weights
    found = grams([marked(query) for query in QUERIES])
    added = contributions(found, len(QUERIES), weights).sum(axis=1)
    total = np.tile(weights.bias, (len(QUERIES), 1))
    np.add.at(total, found.query, added)
    np.testing.assert_allclose(total, score(found, len(QUERIES), weights).logits, atol=1e-3)


def test_the_verb_speaks_for_the_task() -> None:
    said = explain(QUERIES[0], Embedded())
    assert said.task == "translation"
    strongest = {reason.text for reason in said.reasons if reason.for_task > 0}
    assert any("translat" in text for text in strongest)
    assert all(reason.part in {"head", "tail", "body", "flags"} for reason in said.reasons)


def test_an_explanation_agrees_with_the_verdict_and_keeps_to_its_limit() -> None:
    judge = Embedded()
    for query in QUERIES:
        said = explain(query, judge, most=3)
        verdict = judge.classify(pl.Series([query])).row(0, named=True)
        assert (said.task, said.tier) == (verdict["task"], verdict["tier"])
        assert said.p_simple == pytest.approx(verdict["p_simple"])
        assert len(said.reasons) <= 3


def test_an_empty_text_has_a_verdict_without_words() -> None:
    said = explain("", Embedded())
    assert all(reason.text == "start" for reason in said.reasons)
    assert said.novelty >= 0.5

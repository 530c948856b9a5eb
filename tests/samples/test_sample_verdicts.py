"""The sample logs were written without the classifier in mind: it has to be right on them."""

import polars as pl
import pytest

from routeaudit.classify import classify, load_classifier
from routeaudit.estimate.simple import is_simple
from routeaudit.ingest import IngestSettings, ingest
from tests.cli.conftest import REPO


@pytest.fixture(scope="module")
def judged() -> pl.DataFrame:
    classifier = load_classifier("embedded")
    batches = ingest([str(REPO / "sample_logs")], IngestSettings())
    calls = pl.concat([classify(batch.records, classifier) for batch in batches])
    labels = pl.read_ndjson(REPO / "tests/data/sample_labels.jsonl")
    known = labels.rename({"task": "true_task", "simple": "truly_simple"})
    return calls.join(known, on="request_id").filter(pl.col("p_simple").is_not_null())


def share(right: pl.Series) -> float:
    return float(right.to_numpy().mean())


def test_simple_and_complex_are_told_apart_better_than_by_any_length(
    judged: pl.DataFrame,
) -> None:
    right = share(judged.select(right=is_simple() == pl.col("truly_simple"))["right"])
    length = judged["query"].str.len_chars()
    cuts = length.unique().sort().gather_every(20).to_list()
    by_length = max(share((length <= cut) == judged["truly_simple"]) for cut in cuts)
    assert right > 0.85
    assert right > by_length + 0.1


def test_most_tasks_are_named_right(judged: pl.DataFrame) -> None:
    assert share(judged["task"].cast(pl.String) == judged["true_task"]) > 0.7

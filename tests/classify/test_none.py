"""A scan without a classifier says nothing of the work, and says so."""

import polars as pl

from routeaudit.classify import load_classifier
from routeaudit.frames import VERDICT_COLUMNS


def test_no_classifier_judges_nothing() -> None:
    classifier = load_classifier("none")
    for texts in (["a", "b"], []):
        verdicts = classifier.classify(pl.Series(texts, dtype=pl.String))
        assert verdicts.height == len(texts)
        assert verdicts.columns == list(VERDICT_COLUMNS)
        assert verdicts.null_count().row(0) == (len(texts),) * len(VERDICT_COLUMNS)
    assert classifier.fingerprint == "none"

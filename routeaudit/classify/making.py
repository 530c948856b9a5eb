"""Make the classifier that was asked for, from its settings."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast  # Any: options of a plugin

import polars as pl

from routeaudit.classify.budget import Budgeted, Labelled, parse_budget
from routeaudit.classify.contract import Classifier, SlowClassifier, load_classifier
from routeaudit.classify.gguf_asking import GgufProgress, quiet
from routeaudit.classify.settings import ClassifySettings
from routeaudit.classify.timed import Counted
from routeaudit.errors import ConfigError
from routeaudit.frames import Verdicts, as_verdicts

Watch = Callable[[GgufProgress], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A classifier that has judged everything already."""

    queries: pl.Series  # (n,) distinct
    verdicts: Verdicts  # (n,)
    fingerprint: str

    def classify(self, queries: pl.Series) -> Verdicts:
        """Look verdicts up; null for a query that was not among them."""
        table = self.verdicts.with_columns(self.queries.alias("query"))
        asked = queries.alias("query").to_frame()
        found = asked.join(table, on="query", how="left", maintain_order="left")
        return as_verdicts(found.drop("query"))


def make_classifier(
    settings: ClassifySettings, *, cache: Path | None = None, watch: Watch = quiet
) -> Classifier:
    """Make a classifier that judges each query by itself.

    Args:
        settings: which one, and its options.
        cache: where verdicts of a GGUF model are kept; None: in memory.
        watch: is told how far a GGUF model has come.

    Raises:
        ConfigError: there is no such classifier.
        ModelError: its file cannot be used.
    """
    if settings.classifier != "gguf":
        given = {"weights_file": settings.weights} if settings.weights else {}
        return load_classifier(settings.classifier, given)
    return _gguf(settings, cache, watch)


def _gguf(settings: ClassifySettings, cache: Path | None, watch: Watch) -> SlowClassifier:
    options: dict[str, Any] = {
        "model_file": settings.model,
        "prompt": settings.prompt,
        "calibration": settings.calibration,
        "threads": settings.threads,
        "gpu_layers": settings.gpu_layers,
        "batch_tokens": settings.batch_tokens,
        "cache": str(cache) if cache else None,
        "progress": watch,
    }
    return cast("SlowClassifier", load_classifier("gguf", options))


def digests(settings: ClassifySettings) -> dict[str, str]:
    """Give the digests of what judges by these settings: `model`, and `prompt` where it has one."""
    return dict(getattr(make_classifier(settings), "digests", {}))


def make_budgeted(
    settings: ClassifySettings, *, cache: Path, seed: int, watch: Watch = quiet
) -> Budgeted:
    """Make a GGUF classifier that reads a sample, and an embedded one that learns from it.

    Raises:
        ConfigError: the budget cannot be read, or the classifier is not gguf.
    """
    if settings.classifier != "gguf" or settings.gguf_budget is None:
        raise ConfigError("--gguf-budget needs --classifier gguf")
    budget = parse_budget(settings.gguf_budget)
    told = watch if budget.seconds is None else Counted(watch, budget.seconds)
    return Budgeted(
        quick=load_classifier("embedded"),
        slow=_gguf(settings, cache, told),
        budget=budget,
        seed=seed,
    )


def told_of(labelled: Labelled) -> str:
    """Say in a sentence how two classifiers got on."""
    report = labelled.report
    failed = f", {report.n_failed} failed" if report.n_failed else ""
    return (
        f"{report.n_read:,} of {report.n_queries:,} distinct queries read by the model{failed}; "
        f"the embedded classifier agreed with it on {report.agreement_before:.0%} before and "
        f"{report.agreement_after:.0%} after refitting"
    )

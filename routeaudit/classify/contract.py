"""What every classifier promises, and how one is found by its name."""

from collections.abc import Mapping
from typing import Any, Protocol, cast  # Any: options hold values of any type

import numpy as np
import polars as pl
from numpy.typing import NDArray

from routeaudit import options, plugins
from routeaudit.frames import Verdicts

PLUGINS = "routeaudit.classify.classifiers"


class Classifier(Protocol):
    """Something that reads queries and gives verdicts."""

    @property
    def fingerprint(self) -> str:
        """Name everything that a verdict depends on: it changes whenever a verdict could."""
        ...

    def classify(self, queries: pl.Series) -> Verdicts:
        """Judge distinct queries.

        Args:
            queries: (n,) strings, none null.

        Returns:
            (n,) verdicts in the same order.
        """
        ...


class SlowClassifier(Classifier, Protocol):
    """A classifier that takes so long that its time is budgeted."""

    def load(self) -> None:
        """Get ready to read, so that what follows is reading alone."""
        ...

    def is_kept(self, queries: pl.Series) -> NDArray[np.bool_]:
        """Tell which of (n,) queries have a verdict on disk: it costs no time."""
        ...


def load_classifier(name: str, settings: Mapping[str, Any] | None = None) -> Classifier:
    """Make the classifier that users call `name`.

    Args:
        name: the plugin's file name, e.g. "embedded".
        settings: its options by name; absent ones keep their defaults.

    Raises:
        ConfigError: there is no such classifier, or an option is unknown or refused.
    """
    plugin = plugins.load(PLUGINS, name, kind="classifier").PLUGIN
    made = options.from_mapping(plugin, settings or {}, where=f"classifier {name}")
    return cast("Classifier", made)

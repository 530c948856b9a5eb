"""Say of each query what kind of work it is and how large a model it needs."""

from routeaudit.classify.contract import Classifier, load_classifier
from routeaudit.classify.rows import verdict_rows
from routeaudit.classify.settings import ClassifySettings
from routeaudit.classify.stage import classify, classify_texts

__all__ = [
    "Classifier",
    "ClassifySettings",
    "classify",
    "classify_texts",
    "load_classifier",
    "verdict_rows",
]

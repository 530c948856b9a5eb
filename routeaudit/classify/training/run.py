"""Train as a whole: cross-validate by source, calibrate, measure once, fit what ships."""

import hashlib
import json
import logging
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routeaudit.classify.calibrate import Calibration, Probabilities, probabilities
from routeaudit.classify.training.authored import COPIES, authored
from routeaudit.classify.training.data import Examples, folds, joined, reserved, row_weights
from routeaudit.classify.training.fit import Head, Labels, Recipe, fit
from routeaudit.classify.training.measure import (
    Figures,
    best_length_rule,
    figures,
    fit_calibration,
)
from routeaudit.classify.training.vocabulary import Vocabulary, counted, hashed, vocabulary
from routeaudit.classify.weights import FORMAT, OUTPUTS, Weights, score
from routeaudit.frames import TASKS

log = logging.getLogger(__name__)

F32 = npt.NDArray[np.float32]
LONG = TASKS.index("long_document")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a training run does."""

    folds: int = 6
    seeds: tuple[int, ...] = (0, 1)
    recipe: Recipe = field(default_factory=Recipe)
    min_rows: int = 3
    min_families: int = 2
    authored_copies: int = COPIES


class Held(NamedTuple):
    """Scores of rows by weights that never saw their source."""

    examples: Examples
    logits: F32
    unknown: F32
    said: Probabilities


class Trained(NamedTuple):
    """All that a run found."""

    weights: Weights
    by_seed: list[Figures]
    cross: Held
    final: Held
    length_rule_cross: float
    length_rule_final: float


def train(data: Examples, plan: Plan) -> Trained:
    """Run the whole training.

    Args:
        data: labelled queries with their sources.
        plan: folds, seeds and recipe.
    """
    # Long documents are found by counting tokens; their texts teach the head nothing.
    data = data.take(np.flatnonzero(data.task != LONG))
    aside = reserved(data.family)
    open_rows, kept = data.take(np.flatnonzero(~aside)), data.take(np.flatnonzero(aside))
    fold = folds(open_rows.family, plan.folds)
    runs = [_cross(open_rows, fold, plan, seed) for seed in plan.seeds]
    fitted = fit_calibration(
        *runs[0], open_rows.task, open_rows.tier, row_weights(open_rows.family)
    )
    by_seed = []
    for seed, (logits, _) in zip(plan.seeds, runs, strict=True):
        by_seed.append(figures(probabilities(logits, fitted), open_rows.task, open_rows.tier))
        log.info("seed %d, held-out folds: %s", seed, _line(by_seed[-1]))
    cross = Held(open_rows, *runs[0], probabilities(runs[0][0], fitted))
    tried = fitted_weights(with_authored(open_rows, plan), fitted, plan)
    logits, unknown = _scored(kept, tried)
    final = Held(kept, logits, unknown, probabilities(logits, fitted))
    log.info("reserved sources: %s", _line(figures(final.said, kept.task, kept.tier)))
    lengths = [best_length_rule(rows.lengths(), rows.tier) for rows in (open_rows, kept)]
    log.info("best length rule: %.3f and %.3f", *lengths)
    shipped = fitted_weights(with_authored(data, plan), fitted, plan)
    return Trained(shipped, by_seed, cross, final, *lengths)


def _cross(
    rows: Examples, fold: npt.NDArray[np.int64], plan: Plan, seed: int
) -> tuple[F32, F32]:
    logits = np.zeros((len(rows.texts), OUTPUTS), np.float32)
    unknown = np.zeros(len(rows.texts), np.float32)
    for number in range(plan.folds):
        inside = np.flatnonzero(fold != number)
        outside = np.flatnonzero(fold == number)
        learnt = fitted_weights(with_authored(rows.take(inside), plan), _UNFITTED, plan, seed)
        logits[outside], unknown[outside] = _scored(rows.take(outside), learnt)
        log.info("seed %d, fold %d of %d", seed, number + 1, plan.folds)
    return logits, unknown


def with_authored(rows: Examples, plan: Plan) -> Examples:
    """Add what was written for this project; it is only ever trained on."""
    return joined([rows, authored(rows.texts, copies=plan.authored_copies)])


_UNFITTED = Calibration(1, 1, 0, 0, 1, 0, 0.5, 0.1)


def _scored(rows: Examples, weights: Weights) -> tuple[F32, F32]:
    texts = hashed(rows.texts)
    scores = score(texts.grams, texts.queries, weights)
    return scores.logits, scores.unknown


def fitted_weights(rows: Examples, fitted: Calibration, plan: Plan, seed: int = 0) -> Weights:
    """Choose the features, fit the head and pack both."""
    texts = hashed(rows.texts)
    words = vocabulary(texts, rows.family, rows=plan.min_rows, families=plan.min_families)
    labels = Labels(rows.task, rows.tier, row_weights(rows.family))
    head = fit(counted(texts, words), labels, words, plan.recipe, seed)
    meta = {
        "format": FORMAT,
        "rows": len(rows.texts),
        "families": len(np.unique(rows.family)),
        "seed": seed,
        "recipe": asdict(plan.recipe),
        "data": hashlib.sha256("\0".join(rows.texts).encode()).hexdigest()[:16],
    }
    return packed(words, head, fitted, json.dumps(meta, sort_keys=True))


def packed(words: Vocabulary, head: Head, fitted: Calibration, meta: str) -> Weights:
    """Round a fitted head to eight bits a weight."""
    loudness = np.exp(head.loudness)
    loudness[0] = 0
    worth = head.table * loudness[:, None]
    scale = np.maximum(np.abs(worth).max(axis=0), 1e-9) / 127
    table = np.rint(worth / scale).astype(np.int8)
    table[0] = 0
    return Weights(
        slots=words.slots,
        table=table,
        loudness=loudness.astype(np.float16),
        scale=scale.astype(np.float32),
        bias=head.bias,
        calibration=np.array(fitted, np.float32),
        meta=meta,
    )


def _line(found: Figures) -> str:
    return " ".join(f"{name} {value:.3f}" for name, value in found._asdict().items())

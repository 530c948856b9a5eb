"""A logistic curve over several columns, held back by a ridge."""

from dataclasses import dataclass

import numpy as np

from routeaudit.stats.figures import Floats

RIDGE = 1.0
_STEPS = 50
_CLOSE = 1e-8


@dataclass(frozen=True, slots=True, kw_only=True)
class Logistic:
    """Weights over standardised columns; `weights` has the intercept last."""

    middle: Floats
    spread: Floats
    weights: Floats

    def apply(self, columns: Floats) -> Floats:
        """(n,) probabilities of (n, k) columns; NaN where a column is NaN."""
        return _sigmoid(_standard(columns, self.middle, self.spread) @ self.weights)


def fit_logistic(columns: Floats, accepted: Floats, ridge: float = RIDGE) -> Logistic:
    """Fit (n, k) columns without NaN to (n,) targets in 0..1, by Newton's steps.

    The ridge is on standardised columns and spares the intercept, so that few rows or columns
    that tell the same give small weights instead of none.
    """
    middle, spread = columns.mean(axis=0), columns.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    design = _standard(columns, middle, spread)
    penalty = np.full(design.shape[1], ridge)
    penalty[-1] = _CLOSE
    weights = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        predicted = _sigmoid(design @ weights)
        gradient = design.T @ (predicted - accepted) + penalty * weights
        curvature = (design * (predicted * (1 - predicted))[:, None]).T @ design
        step = np.linalg.solve(curvature + np.diag(penalty), gradient)
        # Short steps where the curve is nearly flat, or Newton overshoots.
        weights = weights - step * min(1.0, 2 / max(float(np.abs(step).max()), _CLOSE))
        if np.abs(step).max() < _CLOSE:
            break
    return Logistic(middle=middle, spread=spread, weights=weights)


def _standard(columns: Floats, middle: Floats, spread: Floats) -> Floats:
    inner = (columns - middle) / spread
    return np.column_stack([inner, np.ones(len(inner))])


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(values / 2)))

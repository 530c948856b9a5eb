"""What several tests here are made of."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from routeaudit.estimate.simulate import Replay
from routeaudit.result import Metric, PolicyResult, Sweep

Run = Callable[..., Replay]


Row = Callable[..., PolicyResult]


Line = Callable[..., dict[str, Any]]


OUTCOMES = Path(__file__).parents[3] / "shared" / "data" / "outcomes"


GSM8K = OUTCOMES / "routellm_gsm8k.jsonl.gz"


ARENA = OUTCOMES / "routerarena_sub10.jsonl.gz"


real = pytest.mark.skipif(
    not OUTCOMES.is_dir(), reason="the shared outcome tables are not here"
)


def metric(sweep: Sweep, name: str) -> Metric:
    return next(one for one in sweep.metrics if one.name == name)


def pair(
    line: Line, scores: Sequence[tuple[float, float]], signal: list[float] | None = None
) -> list[dict[str, Any]]:
    """Two models, weak at 1 and strong at 10 a call; a signal where high means hard."""
    return [
        line(
            i,
            {
                "weak": {"score": weak, "cost": 1.0, "latency_s": 1.0},
                "strong": {"score": strong, "cost": 10.0, "latency_s": 3.0},
            },
            signals={"hardness": float(i) if signal is None else signal[i]},
            currency="EUR",
        )
        for i, (weak, strong) in enumerate(scores)
    ]


FOUR = [(1, 1), (1, 1), (0, 1), (1, 0)]


score = st.sampled_from([0.0, 0.3, 1.0, None])

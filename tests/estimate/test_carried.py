"""A sample of recorded answers, carried to all of the traffic it was drawn from."""

import gzip
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest

from routeaudit.answer.carry import carried
from routeaudit.catalog.arms import Arms
from routeaudit.catalog.price_settings import PriceSettings
from routeaudit.catalog.prices import PriceBook
from routeaudit.estimate.carried import Carried, carried_of
from routeaudit.estimate.log_ground import log_ground
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.estimate.settle import Ledger, settle
from routeaudit.estimate.simulate import Replay
from routeaudit.result import Evidence, PolicyResult
from routeaudit.route import enter, load_policy
from routeaudit.stats.binomial import wilson
from routeaudit.stats.figures import Bools
from tests.estimate.conftest import DEAR
from tests.estimate.conftest import calls as made
from tests.estimate.outcome_rows import GSM8K, real

Calls = Callable[..., pl.DataFrame]
Run = Callable[..., Replay]
Row = Callable[..., PolicyResult]


class Recorded(NamedTuple):
    """GSM8K as traffic, with what the weak model made of each question."""

    frame: pl.DataFrame
    score: pl.Series
    confidence: pl.Series


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    with gzip.open(GSM8K, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    weak = [row["models"]["mistralai/Mixtral-8x7B-Instruct-v0.1"] for row in rows]
    length = np.array([len(row["prompt"]) for row in rows], dtype=float)
    # Longer answers fail more often: a stand-in for the confidence that was not recorded.
    chars = np.array([one["completion_chars"] for one in weak], dtype=float)
    frame = made(
        query_key=[row["id"] for row in rows],
        task=["reasoning"] * len(rows),
        tier=["full"] * len(rows),
        prompt_tokens=(length / 4).astype(int).tolist(),
        p_simple=(1 / (1 + length / 230)).tolist(),
    )
    score = pl.Series([float(one["score"]) for one in weak])
    return Recorded(frame, score, pl.Series(1 / (1 + chars / 300)))


def sampled(one: Recorded, rows: Bools) -> pl.DataFrame:
    """The traffic with the scores of a sample, as `answer` leaves them."""
    answered = pl.DataFrame(
        {
            "query_key": one.frame["query_key"],
            "stratum": ["reasoning / full"] * len(rows),
            "cluster": one.frame["query_key"],
            "confidence": one.confidence,
            "must_escalate": [False] * len(rows),
            "score": one.score,
            "written": [100] * len(rows),
        }
    ).filter(pl.Series(rows))
    return one.frame.hstack(carried(one.frame, answered, "mid", "replayed"))


def draw(one: Recorded, seed: int, n: int = 400) -> Bools:
    rows = np.zeros(one.frame.height, bool)
    rows[np.random.default_rng(seed).permutation(len(rows))[:n]] = True
    return rows


def carried_to_all(frame: pl.DataFrame, policy: str) -> tuple[Carried, float]:
    """Give what is carried, and how wide the range of the sample alone is."""
    settings = SimulationSettings(threshold="0.5")
    ground, asked = log_ground(frame, settings, PriceBook(PriceSettings(own=(DEAR,))), Arms())
    entry = enter(ground.visible, [load_policy(policy)], asked).entries[0]
    settled = settle(Ledger(ground), entry)
    found = carried_of(ground, entry, settled, Evidence.REPLAYED)
    assert found is not None
    scores = settled.score[settled.served & ~np.isnan(settled.score)]
    alone = wilson(float((1 - scores).sum()), len(scores))
    assert alone is not None
    return found, alone.high - alone.low


@real
@pytest.mark.parametrize("policy", ["binary", "confidence"])
def test_the_carried_range_holds_the_truth_of_all_recorded_answers(
    recorded: Recorded, policy: str
) -> None:
    seen = recorded.frame["p_simple"] if policy == "binary" else recorded.confidence
    truth = 1 - float(recorded.score.filter(seen >= 0.5).mean())  # type: ignore[arg-type]  # a number
    held, widths, alone = 0, [], []
    for seed in range(12):
        found, width = carried_to_all(sampled(recorded, draw(recorded, seed)), policy)
        ends = found.rate.interval
        assert ends is not None
        held += ends.low <= truth <= ends.high
        widths.append(ends.high - ends.low)
        alone.append(width)
    assert held >= 10  # of 12 ranges of 95 % fewer come once in 50 times
    assert np.mean(widths) <= 1.02 * np.mean(alone)


@real
def test_the_failing_calls_are_counted_over_all_calls(
    recorded: Recorded, run_logs: Run, row_of: Row
) -> None:
    frame = sampled(recorded, draw(recorded, 1))
    row = row_of(run_logs(frame, "binary", threshold="0.5"), "binary")
    assert row.quality.failing_calls is not None
    assert row.quality.rate_all is not None
    failing, rate = row.quality.failing_calls.value, row.quality.rate_all.value
    assert failing is not None
    assert rate is not None
    assert failing == pytest.approx(rate * row.served, rel=0.02)


def test_a_sample_speaks_only_of_the_work_it_holds(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    n = 600
    frame = calls(
        query_key=[f"q{i}" for i in range(n)],
        p_simple=[0.9] * n,
        task=["classification"] * 400 + ["code"] * 200,
        score_mid=[float(i % 10 > 0) if i < 250 else None for i in range(n)],
        confidence_mid=[0.9] * n,
        must_escalate_mid=[False] * n,
        evidence_mid=["replayed"] * n,
        answer_cluster=[f"q{i}" for i in range(n)],
    )
    row = row_of(run_logs(frame, "binary"), "binary")
    assert row.quality.rate_all is not None
    assert row.quality.rate_all.value == pytest.approx(0.1, abs=0.005)  # 25 of 250
    assert "400 of 600 calls" in row.quality.rate_all.note
    assert row.quality.failing_calls is not None
    assert row.quality.failing_calls.value == pytest.approx(40, abs=2)  # of 400


def test_ratings_of_people_who_chose_what_to_rate_are_not_carried(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    n = 600
    rated: Any = [1.0 if i % 3 else 0.0 for i in range(300)] + [None] * 300
    frame = calls(
        query_key=[f"q{i}" for i in range(n)],
        p_simple=[0.9] * n,
        model=["llama-3.1-8b-instant"] * n,
        feedback=rated,
        answer_cluster=[f"q{i}" for i in range(n)],
    )
    row = row_of(run_logs(frame, "binary"), "binary")
    assert row.quality.rate_all is None

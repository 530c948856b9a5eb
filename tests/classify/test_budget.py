from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any  # Any: fields of a fake

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from typing_extensions import override

from routeaudit.classify.budget import (
    Budget,
    Budgeted,
    Labelled,
    parse_budget,
)
from routeaudit.classify.gguf_asking import GgufProgress
from routeaudit.classify.timed import Counted
from routeaudit.errors import ConfigError, ModelError
from routeaudit.frames import (
    SIMPLE_TASKS,
    TASKS,
    VERDICT_COLUMNS,
    Verdicts,
    as_verdicts,
    schema,
)

N_TASKS = len(TASKS)


@dataclass
class Clock:
    """A clock that goes on when a classifier reads."""

    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


@dataclass(frozen=True, kw_only=True)
class Told:
    """A classifier that knows the number in each query and says what it is told to."""

    says: Callable[[int], int]  # query number to task number
    sure: float = 0.9
    fails: Callable[[int], bool] = lambda _: False
    clock: Clock = field(default_factory=Clock)
    query_s: float = 0.0
    kept: set[int] = field(default_factory=set)

    def load(self) -> None:
        self.clock.now_s += 100.0

    def is_kept(self, queries: pl.Series) -> NDArray[np.bool_]:
        return np.array([int(text.split()[-1]) in self.kept for text in queries], dtype=bool)

    @property
    def fingerprint(self) -> str:
        return f"told-{self.sure}"

    def classify(self, queries: pl.Series) -> Verdicts:
        numbers = [int(text.split()[-1]) for text in queries]
        self.clock.now_s += self.query_s * sum(number not in self.kept for number in numbers)
        self.kept.update(numbers)
        p = np.full((len(numbers), N_TASKS), (1 - self.sure) / (N_TASKS - 1))
        p[np.arange(len(numbers)), [self.says(n) for n in numbers]] = self.sure
        simple = p[:, : len(SIMPLE_TASKS)].sum(axis=1)
        bad = pl.Series([self.fails(n) for n in numbers], dtype=pl.Boolean)
        frame = pl.DataFrame(
            {
                "task": [TASKS[place] for place in p.argmax(axis=1)],
                "tier": np.where(simple >= 0.5, "mid", "full"),
                "p_simple": simple,
                "p_task": pl.Series(p, dtype=VERDICT_COLUMNS["p_task"].dtype),
                "p_tier": pl.Series(
                    np.column_stack([np.zeros_like(simple), simple, 1 - simple]),
                    dtype=VERDICT_COLUMNS["p_tier"].dtype,
                ),
                "novelty": np.full(len(numbers), 0.25),
            }
        )
        told = frame.select(pl.when(~bad).then(pl.all()))
        return as_verdicts(told.with_columns(classifier_error=bad))


EXTRACTION, CODE = TASKS.index("extraction"), TASKS.index("code")


def queries(n: int) -> pl.Series:
    return pl.Series([f"query {number}" for number in range(n)])


def labelled(
    quick: Told, slow: Told, n: int, budget: int, *, seed: int = 0, calls: int = 1
) -> Labelled:
    made = Budgeted(quick=quick, slow=slow, budget=Budget(queries=budget), seed=seed)
    return made.label(queries(n), np.full(n, calls, dtype=np.int64))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2000", Budget(queries=2000)),
        ("10m", Budget(seconds=600)),
        ("90s", Budget(seconds=90)),
        (" 1.5h ", Budget(seconds=5400)),
    ],
)
def test_a_budget_is_a_number_of_queries_or_a_time(text: str, wanted: Budget) -> None:
    assert parse_budget(text) == wanted


@pytest.mark.parametrize("text", ["", "0", "-5", "2.5", "10d", "ten"])
def test_anything_else_is_no_budget(text: str) -> None:
    with pytest.raises(ConfigError, match="is no budget"):
        parse_budget(text)


def test_the_quick_classifier_learns_what_the_slow_one_says() -> None:
    # The quick one calls every even query code and every odd one extraction; the slow one says
    # the opposite. After the refit they agree everywhere.
    quick = Told(says=lambda n: CODE if n % 2 == 0 else EXTRACTION)
    slow = Told(says=lambda n: EXTRACTION if n % 2 == 0 else CODE)
    found = labelled(quick, slow, n=1_000, budget=400)
    assert found.report.agreement_before == 0.0
    assert found.report.agreement_after == 1.0
    assert found.report.task_agreement_after == 1.0
    wanted = ["extraction" if n % 2 == 0 else "code" for n in range(1_000)]
    assert found.verdicts["task"].to_list() == wanted
    assert found.verdicts.schema == schema(VERDICT_COLUMNS)
    assert found.verdicts["novelty"].to_list() == [0.25] * 1_000


def test_read_queries_keep_the_slow_verdict() -> None:
    quick = Told(says=lambda _: CODE)
    slow = Told(says=lambda n: EXTRACTION if n % 7 == 0 else CODE, sure=0.8)
    found = labelled(quick, slow, n=300, budget=300)
    assert found.report.n_read == 300
    assert found.verdicts["p_task"].to_numpy().max(axis=1) == pytest.approx(0.8)
    # Everything was read: the share is what the slow one said, 43 of 300, with no doubt.
    share = found.report.simple_share
    assert share.value == pytest.approx(43 / 300)
    assert share.interval == (share.value, share.value)


def test_failed_queries_are_counted_and_judged_by_the_quick_one() -> None:
    quick = Told(says=lambda _: CODE)
    slow = Told(says=lambda _: CODE, fails=lambda n: n % 10 == 0)
    found = labelled(quick, slow, n=200, budget=200)
    assert found.report.n_failed == 20
    assert found.report.n_read == 180
    assert found.verdicts["task"].to_list() == ["code"] * 200
    assert not found.verdicts["classifier_error"].any()


def test_too_few_answers_are_no_sample() -> None:
    broken = Told(says=lambda _: CODE, fails=lambda _: True)
    with pytest.raises(ModelError, match="only 0 queries"):
        labelled(Told(says=lambda _: CODE), broken, n=200, budget=100)


def timed(slow: Told, n: int, seconds: float, *, seed: int = 1) -> Labelled:
    made = Budgeted(
        quick=Told(says=slow.says),
        slow=slow,
        budget=Budget(seconds=seconds),
        seed=seed,
        clock=slow.clock,
    )
    return made.label(queries(n), np.ones(n, dtype=np.int64))


def alternating(**other: Any) -> Told:
    return Told(says=lambda n: CODE if n % 2 else EXTRACTION, **other)


def test_a_time_buys_as_many_queries_as_fit_into_it() -> None:
    # 600 s at 2 s a query are 300 queries; a rest that fills no batch (8 queries) is left.
    slow = alternating(query_s=2.0)
    found = timed(slow, n=2_000, seconds=600)
    assert 292 < found.report.n_read <= 300
    assert 584 < slow.clock.now_s - 100 <= 600  # loading took 100 s and is not counted


def test_verdicts_kept_from_a_killed_run_buy_no_more_than_the_speed_allows() -> None:
    # Every second verdict is kept: 300 new queries and about as many kept ones are read.
    slow = alternating(query_s=2.0, kept=set(range(0, 2_000, 4)) | set(range(1, 2_000, 4)))
    found = timed(slow, n=2_000, seconds=600)
    assert 584 < slow.clock.now_s - 100 <= 600
    assert 500 < found.report.n_read < 700


def test_when_all_is_kept_all_is_read_in_no_time() -> None:
    slow = alternating(query_s=2.0, kept=set(range(500)))
    assert timed(slow, n=500, seconds=10).report.n_read == 500
    assert slow.clock.now_s == 100.0


def test_a_reader_that_slows_down_stops_at_the_deadline() -> None:
    # 0.1 s a query at first, 10 s once 200 are read: the chunk under way (64 at most) is the last.
    class Tiring(Clock):
        @override
        def __call__(self) -> float:
            return self.now_s if self.now_s < 120 else 120 + 100 * (self.now_s - 120)

    slow = alternating(query_s=0.1, clock=Tiring())
    found = timed(slow, n=5_000, seconds=60)
    assert 200 <= found.report.n_read <= 200 + 64
    assert slow.clock() - 100 <= 60 + 64 * 10


def test_however_short_the_time_fifty_are_read() -> None:
    assert 50 <= timed(alternating(query_s=2.0), n=500, seconds=1e-9).report.n_read < 58
    made = Budgeted(
        quick=alternating(), slow=alternating(), budget=Budget(seconds=1e-9), seed=1
    )
    assert made.classify(queries(60)).height == 60
    assert made.fingerprint == "budget-None-1e-09-1|told-0.9|told-0.9"


def test_no_query_is_no_sample() -> None:
    with pytest.raises(ModelError, match="no query"):
        timed(alternating(), n=0, seconds=10)


def test_the_progress_of_chunks_adds_up_and_ends_with_the_time() -> None:
    clock = Clock(now_s=5.0)
    seen: list[GgufProgress] = []
    counted = Counted(seen.append, 60.0, clock)
    step = GgufProgress(
        n_done=10, n_all=10, n_from_cache=2, n_failed=1, n_tokens=800, elapsed_s=5.0, left_s=0.0
    )
    counted(step)
    clock.now_s = 25.0
    counted(step)
    assert [one.left_s for one in seen] == [
        55.0,
        35.0,
    ]  # 60 s from second 0, at second 5 and 25
    assert seen[-1].n_done == 20
    assert seen[-1].tokens_per_s == 160.0


@pytest.mark.parametrize("budget", [Budget(queries=240), Budget(seconds=240.0)])
def test_intervals_cover_the_truth_and_are_narrower_than_the_sample_alone(
    budget: Budget,
) -> None:
    # 1,200 queries, each truly simple with a chance that the quick classifier half knows: it is
    # wrong for one query in six. 240 are read (or for 240 s, at a second each). The truth is
    # known, so coverage can be counted.
    repeats, n = 100, 1_200
    covered, ratios = 0, []
    for seed in range(repeats):
        chance = np.random.default_rng(seed)
        truth = chance.uniform(size=n) < 0.6
        quick_says = np.where(chance.uniform(size=n) < 1 / 6, ~truth, truth)
        slow = Told(says=np.where(truth, EXTRACTION, CODE).item, query_s=1.0)
        quick = Told(says=np.where(quick_says, EXTRACTION, CODE).item)
        made = Budgeted(quick=quick, slow=slow, budget=budget, seed=seed, clock=slow.clock)
        found = made.label(queries(n), np.ones(n, dtype=np.int64))
        low, high = found.report.simple_share.interval
        covered += low <= truth.mean() <= high
        alone = 2 * 1.96 * np.sqrt(0.6 * 0.4 / 240)
        ratios.append((high - low) / alone)
    assert covered / repeats >= 0.93
    # The refitted judge is right for 5/6, so its error has a variance of about 0.5 of the truth's.
    assert np.mean(ratios) < 0.85

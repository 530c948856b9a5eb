from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from routeaudit.catalog.price_settings import PriceSettings
from routeaudit.catalog.prices import PriceBook, with_cost
from routeaudit.estimate.audit import audit
from routeaudit.estimate.traffic import Piles, traffic
from routeaudit.frames import as_records, as_rejects, as_verdicts

MONDAY = datetime(2026, 10, 5, tzinfo=UTC)


def calls(**columns: Any) -> pl.LazyFrame:
    n = len(next(iter(columns.values())))
    verdicts = {
        name: columns.pop(name) for name in ("task", "p_simple", "novelty") if name in columns
    }
    records = as_records(
        pl.DataFrame(
            {
                "ts": [MONDAY + timedelta(days=i) for i in range(n)],
                "model": ["gpt-4o"] * n,
                "provider": ["openai"] * n,
                "query_key": [str(i) for i in range(n)],
                "status": ["ok"] * n,
            }
            | columns
        )
    )
    judged = as_verdicts(pl.DataFrame(verdicts or {"task": [None] * n}))
    return with_cost(records.hstack(judged), PriceBook(PriceSettings())).lazy()


def test_the_share_simple_is_of_the_calls_whose_text_is_known() -> None:
    found = audit(
        calls(cost_usd=[1.0, 2.0, 4.0, 8.0], p_simple=[0.9, 0.6, 0.1, None]),
        calls_per_month=None, seed=0,
    )  # fmt: skip
    assert found.simple_calls_share.value == pytest.approx(2 / 3)
    assert found.simple_spend_share.value == pytest.approx(3 / 7)
    interval = found.simple_calls_share.interval
    assert interval is not None
    # expected 0.9 + 0.6 + 0.1 = 1.6, variance 0.09 + 0.24 + 0.09 = 0.42; 1.96 x 0.648 = 1.270;
    # surely simple 1, possibly simple 2: the wider ends count
    assert (interval.low, interval.high) == pytest.approx(
        ((1.6 - 1.2702) / 3, (1.6 + 1.2702) / 3), abs=1e-4
    )


def test_one_call_is_never_certain() -> None:
    found = audit(calls(cost_usd=[1.0], p_simple=[0.95]), calls_per_month=None, seed=0)
    interval = found.simple_calls_share.interval
    assert interval is not None
    assert interval.low < 0.6


def test_a_sample_and_calls_without_a_time_count_in_the_month() -> None:
    days = [MONDAY + timedelta(days=i) for i in range(31)]
    timed = calls(ts=days, cost_usd=[1.0] * 31)
    half = calls(ts=[*days, None], cost_usd=[1.0] * 31 + [31.0])
    whole = audit(timed, calls_per_month=None, seed=0).month_usd.value
    assert whole is not None
    assert whole == pytest.approx(31 * 30.4375 / 30)
    sampled = audit(timed, calls_per_month=None, seed=0, sampled=0.1).month_usd
    assert sampled.value == pytest.approx(10 * whole)
    assert sampled.interval is not None
    assert sampled.interval.low > whole
    both = audit(half, calls_per_month=None, seed=0).month_usd.value
    assert both == pytest.approx(2 * whole)


def test_a_call_without_a_price_costs_a_mean_one_in_a_month_never_nothing() -> None:
    days = [MONDAY + timedelta(days=i) for i in range(41)]
    found = audit(
        calls(ts=days, cost_usd=[2.0] * 40 + [None], model=["gpt-4o"] * 40 + ["acme-7b"]),
        calls_per_month=None, seed=0,
    )  # fmt: skip
    assert found.spend_usd == pytest.approx(80)
    # 41 calls in 40 days are 41 * 30.4375 / 40 a month; the mean of the 40 with a price is 2
    assert found.calls_per_month == pytest.approx(31.1984, abs=1e-4)
    assert found.month_usd.value == pytest.approx(62.3969, abs=1e-4)


def test_a_call_that_failed_without_a_bill_costs_nothing_in_a_month() -> None:
    days = [MONDAY + timedelta(days=i) for i in range(41)]
    found = audit(
        calls(ts=days, cost_usd=[2.0] * 40 + [None], model=["gpt-4o"] * 41, status=["ok"] * 40 + ["error"]),
        calls_per_month=None, seed=0,
    )  # fmt: skip
    # 80 dollars in 40 days
    assert found.month_usd.value == pytest.approx(80 / 40 * 30.4375)


def test_a_handful_of_calls_gives_no_month() -> None:
    days = [MONDAY, MONDAY + timedelta(days=120)]
    found = audit(calls(ts=days, cost_usd=[1.0] * 2), calls_per_month=None, seed=0)
    assert found.month_usd.value is None
    assert "too few" in found.month_usd.note


def test_the_unfamiliar_is_not_simple() -> None:
    found = audit(
        calls(cost_usd=[1.0, 1.0], p_simple=[0.9, 0.9], novelty=[0.1, 0.5]),
        calls_per_month=None, seed=0,
    )  # fmt: skip
    assert found.simple_calls_share.value == 0.5


def test_where_the_classifier_tells_no_novelty_its_share_is_unknown_and_not_none() -> None:
    frame = calls(cost_usd=[1.0, 1.0], p_simple=[0.9, 0.9], novelty=[None, None])
    found = audit(frame, calls_per_month=None, seed=0)
    assert found.novel_calls_share is None
    assert found.simple_calls_share.value == 1.0


def test_without_text_nothing_is_called_simple_or_complex() -> None:
    for key, reason in ((None, "no text"), ("a", "nothing was classified")):
        found = audit(calls(cost_usd=[1.0], query_key=[key]), calls_per_month=None, seed=0)
        assert found.simple_calls_share.value is None
        assert reason in found.simple_calls_share.note


def test_a_month_is_the_mean_call_times_the_volume() -> None:
    found = audit(calls(cost_usd=[1.0, 3.0]), calls_per_month=100, seed=0)
    assert found.month_usd.value == pytest.approx(200)


def test_under_a_day_of_traffic_gives_no_month() -> None:
    found = audit(calls(cost_usd=[1.0]), calls_per_month=None, seed=0)
    assert found.month_usd.value is None
    assert "--calls-per-month" in found.month_usd.note


def test_slices_add_up_and_the_dearest_comes_first() -> None:
    found = audit(
        calls(cost_usd=[1.0, 2.0, 4.0], team=["a", "b", "a"], task=["code", "code", None]),
        calls_per_month=None, seed=0,
    )  # fmt: skip
    assert [(part.key, part.calls, part.spend_usd) for part in found.by_team] == [
        ("a", 2, 5.0),
        ("b", 1, 2.0),
    ]
    assert sum(part.share_spend or 0 for part in found.by_task) == pytest.approx(1)


def test_a_part_is_as_fast_as_its_answered_calls_and_costs_what_is_known() -> None:
    ok, failed = ["ok"] * 5, ["error"] * 2
    found = audit(
        calls(
            team=["a", "a", "a", "a", None, "a", "b"], status=[*ok, *failed],
            latency_s=[1.0, 2.0, 4.0, None, 9.0, 90.0, 90.0],
            cost_usd=[1.0, 2.0, None, None, 0.5, 1.0, 0.0], model=["acme-7b"] * 7,
            prompt_tokens=[5, None, 7, 0, 1, 1, 1], p_simple=[0.9, 0.9, 0.1, None, 0.9, 0.9, 0.9],
        ),
        calls_per_month=None, seed=0,
    )  # fmt: skip
    a, unnamed, b = found.by_team
    # of 1, 2 and 4 seconds: the middle, and 9/10 of the way from 2 to 4
    assert (a.latency_p50_s, a.latency_p95_s) == pytest.approx((2.0, 3.8))
    assert (a.key, a.calls, a.spend_usd, a.errors, a.prompt_tokens) == ("a", 5, 4.0, 1, 13)
    assert a.simple_calls_share == 3 / 4
    assert (unnamed.key, unnamed.calls, unnamed.latency_p95_s) == (None, 1, 9.0)
    # one call that failed and cost nothing: what a call there costs is not known
    assert (b.key, b.spend_usd, b.latency_p50_s, b.errors) == ("b", None, None, 1)
    assert [part.share_calls for part in (a, unnamed, b)] == [5 / 7, 1 / 7, 1 / 7]


def test_only_the_dearest_parts_are_told_and_like_ones_by_name() -> None:
    names = [f"team-{n:03}" for n in range(300)]
    dear = calls(team=[*reversed(names), "z"], cost_usd=[1.0] * 300 + [2.0])
    found = audit(dear, calls_per_month=None, seed=0).by_team
    assert [part.key for part in found] == ["z", *names[:199]]


def test_a_first_week_with_missing_days_is_partial() -> None:
    found = audit(calls(cost_usd=[1.0] * 8), calls_per_month=None, seed=0)
    # Monday to Sunday, then one Monday
    assert [(week.calls, week.partial) for week in found.weeks] == [(7, False), (1, True)]


def test_an_unpriced_call_is_counted_named_and_outside_the_total() -> None:
    frame = calls(
        model=["gpt-4o", "acme-7b"], prompt_tokens=[500, 500], completion_tokens=[250, 250]
    )
    found = traffic(frame, Piles(), max_unpriced=0.01)
    assert (found.unpriced_calls, found.unpriced_share) == (1, 0.5)
    assert found.unpriced_models == {"acme-7b": 1}
    assert audit(frame, calls_per_month=None, seed=0).spend_usd == pytest.approx(0.00375)
    assert any("no price" in warning for warning in found.warnings)


def test_a_failed_call_without_a_bill_is_not_unpriced() -> None:
    found = traffic(calls(model=["acme-7b"], status=["error"]), Piles(), max_unpriced=0.01)
    assert found.unpriced_calls == 0


def test_logged_and_computed_cost_far_apart_are_warned_about() -> None:
    frame = calls(cost_usd=[0.005], prompt_tokens=[500], completion_tokens=[250])
    assert any("33%" in text or "25%" in text for text in _warnings(frame))
    close = calls(cost_usd=[0.0038], prompt_tokens=[500], completion_tokens=[250])
    assert not any("differ" in text for text in _warnings(close))


def _warnings(frame: pl.LazyFrame) -> tuple[str, ...]:
    return traffic(frame, Piles(), max_unpriced=0.01).warnings


def test_every_unit_is_in_one_pile_and_its_file_counts_it() -> None:
    piles = Piles()
    piles.add(
        as_records(pl.DataFrame({"source_file": ["a", "b"], "source_format": ["x", "x"]})),
        as_rejects(pl.DataFrame({"source_file": ["a"], "reason": ["no JSON"]})),
        pl.DataFrame({"source_file": ["a"], "source_line": [3], "reason": ["duplicate"]}),
    )
    assert piles.units == 4
    a, b = piles.files()
    assert (a.units, a.records, a.merged, a.rejected, a.formats) == (3, 1, 1, 1, {"x": 1})
    assert (b.units, b.records) == (1, 1)


def test_flaws_carry_the_money_they_touch() -> None:
    frame = calls(cost_usd=[2.0, 5.0], tokens_estimated=[True, False], latency_s=[1.0, 1.0])
    found = {flaw.name: flaw for flaw in traffic(frame, Piles(), max_unpriced=1).hygiene}
    assert found["tokens estimated here"].usd == 2.0
    assert "no latency logged" not in found

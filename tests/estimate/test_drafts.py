"""What a draft costs the next arm: its tokens at the input price, and a tier's cliff if crossed."""

from collections.abc import Callable

import polars as pl
import pytest

from routeaudit.catalog.arms import Arms
from routeaudit.catalog.price_settings import PriceSettings
from routeaudit.catalog.prices import PriceBook
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.estimate.simulate import Replay, simulate_logs
from routeaudit.result import PolicyResult
from routeaudit.route import enter, load_policy

Row = Callable[..., PolicyResult]
Calls = Callable[..., pl.DataFrame]


def draft_cost(frame: pl.DataFrame, row_of: Row) -> float:
    def total(context: str) -> float:
        replay: Replay = simulate_logs(
            frame,
            SimulationSettings(context=context),
            book=PriceBook(PriceSettings()),
            arms=Arms(),
            policies=[load_policy("confidence")],
            enter=enter,
        )
        cost = row_of(replay, "confidence").cost_total
        assert cost is not None
        return cost

    return total("draft") - total("none")


def test_a_draft_is_paid_at_each_calls_own_input_price(calls: Calls, row_of: Row) -> None:
    frame = calls(p_simple=[0.1, 0.1], model=["gpt-4o", "gpt-4o-mini"])
    # 100 tokens of answer and 40 around it, at $2.50 and at $0.15 a million.
    assert draft_cost(frame, row_of) == pytest.approx(140 * (2.5 + 0.15) / 1e6)


def test_a_draft_that_crosses_a_tier_is_priced_in_full(calls: Calls, row_of: Row) -> None:
    frame = calls(
        p_simple=[0.1, 0.1], model=["claude-sonnet-4-5"] * 2, provider=["anthropic"] * 2,
        prompt_tokens=[199_900, 1_000],
    )  # fmt: skip
    # Over 200,000 tokens $6 and $22.50 instead of $3 and $15; the other call stays below.
    crossed = (200_040 * 6 + 100 * 22.5 - 199_900 * 3 - 100 * 15) / 1e6
    assert draft_cost(frame, row_of) == pytest.approx(crossed + 140 * 3 / 1e6)


@pytest.mark.parametrize("context", ["draft", "none"])
def test_escalation_is_priced_with_the_draft_and_without_whichever_is_asked(
    calls: Calls, run_logs: Callable[..., Replay], row_of: Row, context: str
) -> None:
    # Of four calls at $10 a million one escalates, with 140 more tokens where it carries them.
    frame = calls(p_simple=[0.9, 0.9, 0.9, 0.1])
    row = row_of(run_logs(frame, "confidence", context=context), "confidence")
    both = row.per_call_with_draft, row.per_call_without_draft
    assert None not in both
    assert both[0 if context == "draft" else 1] == row.cost_per_call
    assert both[0] == pytest.approx((both[1] or 0) + 140 * 10 / 1e6 / 4)
    kept = row_of(run_logs(frame, "binary", context=context), "binary")
    assert kept.per_call_with_draft is None

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from genai_prices import Usage, calc_price
from hypothesis import given, settings
from hypothesis import strategies as st

from routeaudit.catalog.price_settings import OwnPrice, PriceSettings
from routeaudit.catalog.prices import PriceBook, with_cost
from routeaudit.catalog.rates import Rate, Step
from routeaudit.errors import ConfigError
from routeaudit.frames import as_records

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def book(**settings: Any) -> PriceBook:
    return PriceBook(PriceSettings(**settings), today=date(2026, 11, 1))


def calls(**columns: Any) -> pl.DataFrame:
    return as_records(
        pl.DataFrame(
            {"ts": [NEW_YEAR], "provider": ["openai"], "prompt_tokens": [500]} | columns
        )
    )


@pytest.mark.parametrize(
    ("provider", "name", "usd"),
    [
        ("openai", "gpt-4", 0.030),
        ("openai", "gpt-4-turbo", 0.0125),
        ("anthropic", "claude-opus-4-1", 0.02625),
        ("anthropic", "claude-opus-4-5", 0.00875),
        ("openai", "gpt-4o", 0.00375),
        ("openai", "gpt-4.1", 0.0030),
        ("openai", "gpt-5", 0.003125),
        ("google", "gemini-2.5-pro", 0.003125),
        ("groq", "llama-3.1-8b-instant", 0.000045),
        ("mistral", "open-mistral-7b", 0.00019),
    ],
)
def test_the_founding_call_costs_what_the_method_says(
    provider: str, name: str, usd: float
) -> None:
    rate = book().rate(name, provider, NEW_YEAR)
    if name == "open-mistral-7b":  # 500 * 0.25 + 250 * 0.25
        usd = 0.0001875
    assert rate.cost_usd(np.array([500.0]), np.array([250.0]))[0] == pytest.approx(usd)
    assert rate.status == "exact"


def test_a_call_over_the_cliff_pays_the_dearer_step_for_all_its_tokens() -> None:
    rate = book().rate("claude-sonnet-4-5", "anthropic", NEW_YEAR)
    cost = rate.cost_usd(np.array([200_000.0, 200_001.0]), np.array([0.0, 0.0]))
    assert cost == pytest.approx([200_000 * 3e-6, 200_001 * 6e-6])


def test_cached_and_written_tokens_have_their_own_price_and_are_clamped() -> None:
    rate = Rate(llm_id="m", steps=(Step(0, 10.0, 40.0, 1.0, 12.5),))
    cost = rate.cost_usd(
        np.array([1000.0, 100.0]),
        np.array([10.0, 0.0]),
        cached_tokens=np.array([600.0, 500.0]),
        cache_write_tokens=np.array([300.0, 500.0]),
    )
    # 100 fresh x 10 + 600 x 1 + 300 x 12.5 + 10 x 40; then 100 cached at most, none written
    assert cost * 1e6 == pytest.approx([1000 + 600 + 3750 + 400, 100])


def test_what_is_written_for_an_hour_has_its_own_price() -> None:
    frame = calls(
        provider=["anthropic"], model=["claude-sonnet-4-5"], prompt_tokens=[1000],
        completion_tokens=[0], cache_write_tokens=[1000],
    ).with_columns(cache_write_1h_tokens=pl.Series([400], dtype=pl.UInt32))  # fmt: skip
    # 600 at 3.75 and 400 at 6 USD per million
    assert with_cost(frame, book())["billed_usd"].to_list() == pytest.approx([0.00465])


def test_unknown_tokens_give_an_unknown_cost() -> None:
    cost = book().rate("gpt-4o").cost_usd(np.array([np.nan]), np.array([1.0]))
    assert np.isnan(cost[0])


def test_the_users_price_wins_and_the_newest_that_has_begun_counts() -> None:
    own = (
        OwnPrice(model="gpt-4*", input=1.0, output=1.0),
        OwnPrice(model="gpt-4o", input=2.0, output=2.0, valid_from=date(2025, 6, 1)),
        OwnPrice(model="gpt-4o", input=9.0, output=9.0, valid_from=date(2027, 1, 1)),
    )
    rate = book(own=own).rate("gpt-4o", "openai", NEW_YEAR)
    assert (rate.status, rate.steps[0].input) == ("config", 2.0)


def test_a_model_found_at_another_seller_is_an_alias() -> None:
    assert book().rate("mistral-7b-instruct", None, NEW_YEAR).status == "alias"
    assert book().rate("openai/gpt-4o", None, NEW_YEAR).status == "exact"


def test_an_unknown_model_is_never_free() -> None:
    frame = with_cost(calls(model=["acme-private-ft"], completion_tokens=[250]), book())
    assert frame["price_status"].to_list() == ["unknown"]
    assert frame["billed_usd"].to_list() == [None]


def test_an_assumed_price_serves_unknown_models_only() -> None:
    frame = with_cost(
        calls(
            ts=[NEW_YEAR] * 2,
            model=["acme-private-ft", "gpt-4o"],
            provider=["openai"] * 2,
            prompt_tokens=[500] * 2,
            completion_tokens=[250] * 2,
        ),
        book(assume_price="10,20"),
    )
    assert frame["price_status"].to_list() == ["default", "exact"]
    # 500 x 10 + 250 x 20 = 10,000 per million
    assert frame["billed_usd"].to_list() == pytest.approx([0.01, 0.00375])


def test_the_logged_cost_is_the_bill_and_ours_stands_beside_it() -> None:
    frame = with_cost(calls(model=["gpt-4o"], completion_tokens=[250], cost_usd=[0.5]), book())
    assert frame["billed_usd"].to_list() == [0.5]
    assert frame["cost_computed_usd"].to_list() == pytest.approx([0.00375])


def test_a_logged_cost_of_nothing_is_not_believed_where_the_model_has_no_price() -> None:
    frame = with_cost(calls(model=["acme-ft"], completion_tokens=[250], cost_usd=[0.0]), book())
    assert frame["billed_usd"].to_list() == [None]


def test_a_failed_call_that_was_logged_as_free_is_free() -> None:
    frame = with_cost(calls(model=["gpt-4o"], cost_usd=[0.0], status=["error"]), book())
    assert frame["billed_usd"].to_list() == [0.0]


def test_a_gateways_cache_hit_costs_nothing() -> None:
    frame = with_cost(calls(model=["gpt-4o"], completion_tokens=[1], cache_hit=[True]), book())
    assert frame["billed_usd"].to_list() == [0.0]


def test_a_batch_call_costs_half_where_no_batch_price_had_begun() -> None:
    frame = with_cost(
        calls(model=["gpt-4o"], completion_tokens=[250], is_batch=[True]),
        book(batch_factor=0.5),
    )
    assert frame["billed_usd"].to_list() == pytest.approx([0.001875])


def test_a_call_pays_the_price_of_its_day() -> None:
    frame = with_cost(
        calls(
            ts=[datetime(2025, 6, 9, tzinfo=UTC), datetime(2025, 6, 11, tzinfo=UTC)],
            provider=["openai"] * 2,
            model=["o3"] * 2,
            prompt_tokens=[1_000] * 2,
            completion_tokens=[500] * 2,
        ),
        book(),
    )
    # o3: 10 / 40 until 2025-06-09, 2 / 8 from 2025-06-10
    assert frame["billed_usd"].to_list() == pytest.approx([0.030, 0.006])


@pytest.mark.parametrize("wrong", ["cheap", "1", "1,2,3", "-1,2", "nan,1"])
def test_a_bad_assumed_price_is_refused(wrong: str) -> None:
    with pytest.raises(ConfigError):
        PriceSettings(assume_price=wrong)


def test_a_negative_own_price_is_refused() -> None:
    with pytest.raises(ConfigError, match="not a price"):
        OwnPrice(model="m", input=-1.0, output=1.0)


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(["claude-sonnet-4-5", "gpt-4o", "gemini-2.5-pro", "gpt-5", "o3"]),
    tokens=st.tuples(
        st.integers(0, 400_000), st.integers(0, 5_000), st.floats(0, 1), st.floats(0, 1)
    ),
)
def test_prices_equal_the_price_library_call_by_call(
    name: str, tokens: tuple[int, int, float, float]
) -> None:
    prompt, completion, cached_share, written_share = tokens
    cached = int(prompt * cached_share)
    published = book().rate(name, None, NEW_YEAR)
    has_write = published.steps[0].cache_write != published.steps[0].input
    written = int((prompt - cached) * written_share) if has_write else 0
    expected = calc_price(
        Usage(
            input_tokens=prompt,
            output_tokens=completion,
            cache_read_tokens=cached,
            cache_write_tokens=written,
        ),
        name,
        genai_request_timestamp=NEW_YEAR,
    )
    ours = published.cost_usd(
        np.array([float(prompt)]),
        np.array([float(completion)]),
        cached_tokens=np.array([float(cached)]),
        cache_write_tokens=np.array([float(written)]),
    )
    assert ours[0] == pytest.approx(float(expected.total_price), rel=1e-9, abs=1e-12)

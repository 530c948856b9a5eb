"""What a replay holds of each call: numbers for names, and ids read apart."""

import polars as pl

from routeaudit.estimate.routable import ids_of, touchable


def priced(feedback: float | None = None) -> pl.LazyFrame:
    return pl.LazyFrame(
        {
            "request_id": ["a", None, "c", "d"],
            "source_file": ["log.jsonl"] * 4,
            "source_line": [1, 2, 3, 4],
            "operation": ["chat"] * 4,
            "status": ["ok", "ok", "error", "ok"],
            "cache_hit": [None] * 4,
            "billed_usd": [0.1] * 4,
            "feedback": pl.Series([feedback, None, None, None], dtype=pl.Float64),
            "query_key": ["k1", None, "k1", "k1"],
            "model": ["big", "small", "big", "big"],
            "feature": ["search", None, "search", "chat"],
            "session_id": ["s1", "s1", None, None],
        },
        schema_overrides={"cache_hit": pl.Boolean},
    )


def test_the_key_becomes_a_number_that_is_equal_where_texts_are() -> None:
    key = touchable(priced(), ()).calls["query_key"]
    assert key.dtype == pl.UInt64
    assert key[0] == key[2] is not None
    assert key[1] is None


def test_names_are_numbers_unless_a_policy_looks_at_them() -> None:
    calls = touchable(priced(), ("feature",)).calls
    assert calls["model"].dtype == pl.Categorical
    assert calls["model"].to_list() == ["big", "small", "big"]
    assert calls["feature"].dtype == pl.String


def test_conversations_and_keys_stay_names_where_answers_were_rated() -> None:
    calls = touchable(priced(feedback=1.0), ()).calls
    assert calls["query_key"].to_list() == ["k1", None, "k1"]
    assert calls["session_id"].dtype == pl.String


def test_ids_are_those_of_the_calls_kept_and_a_missing_one_is_its_place() -> None:
    found = touchable(priced(), ())
    assert "request_id" not in found.calls.columns
    assert list(ids_of(found.names)) == ["a", "log.jsonl:2", "d"]

import polars as pl
import pytest

from routeaudit.classify import (
    ClassifySettings,
    classify,
    classify_texts,
    load_classifier,
    verdict_rows,
)
from routeaudit.errors import ConfigError
from routeaudit.frames import TASKS, VERDICT_COLUMNS, Records, Verdicts, as_records, as_verdicts


class EvenHanded:
    """Says the same of every query and remembers what it was asked."""

    def __init__(self, p_simple: float = 0.5) -> None:
        self.asked: list[str] = []
        self.p_simple = p_simple

    @property
    def fingerprint(self) -> str:
        return "even-handed"

    def classify(self, queries: pl.Series) -> Verdicts:
        self.asked = queries.to_list()
        p, n = self.p_simple, len(queries)
        row = {
            "task": "classification",
            "tier": "micro" if p >= 0.5 else "full",
            "p_simple": p,
            "p_task": [1.0] + [0.0] * 13,
            "p_tier": [p * 0.75, p * 0.25, 1 - p],
            "novelty": 0.1,
            "classifier_error": False,
        }
        schema = {name: column.dtype for name, column in VERDICT_COLUMNS.items()}
        return as_verdicts(pl.DataFrame([row] * n, schema=schema))


def records(**columns: list[object]) -> Records:
    frame = pl.DataFrame(columns)
    return as_records(frame.with_columns(query_key=pl.col("query")))


def test_each_distinct_query_is_classified_once_and_rows_stay_where_they_are() -> None:
    judge = EvenHanded()
    asked = records(query=["b", "a", "b", None, "a"], request_id=list("12345"))
    out = classify(asked, judge)
    assert judge.asked == ["b", "a"]
    assert out["request_id"].to_list() == list("12345")
    assert out["task"].to_list() == ["classification"] * 3 + [None] + ["classification"]


def test_a_record_without_text_has_no_verdict_at_all() -> None:
    out = classify(records(query=pl.Series([None], dtype=pl.String).to_list()), EvenHanded())
    assert out.select(*VERDICT_COLUMNS).row(0) == (None,) * len(VERDICT_COLUMNS)


def test_no_records_give_no_verdicts() -> None:
    empty = as_records(pl.DataFrame(schema={"query": pl.String}))
    assert classify(empty, EvenHanded()).height == 0
    assert classify_texts(pl.Series([], dtype=pl.String), EvenHanded()).height == 0


def test_a_prompt_over_the_token_limit_is_a_long_document() -> None:
    out = classify(records(query=["x", "y"], prompt_tokens=[8_000, 8_001]), EvenHanded())
    assert out["task"].to_list() == ["classification", "long_document"]
    assert out["tier"].to_list() == ["micro", "full"]
    assert out["p_simple"].to_list() == [0.5, 0.0]
    assert out["p_task"].to_list()[1][TASKS.index("long_document")] == 1.0


def test_without_a_token_count_four_characters_make_a_token() -> None:
    texts = pl.Series(["x" * 400, "x" * 401])
    limit = ClassifySettings(long_document_tokens=100)
    out = classify_texts(texts, EvenHanded(), limit)
    assert out["task"].to_list() == ["classification", "long_document"]


def test_characters_that_a_cut_text_left_out_count() -> None:
    cut = "start\n[... 140438 characters omitted ...]\nend"
    assert classify_texts(pl.Series([cut]), EvenHanded())["task"].to_list() == ["long_document"]


def test_metadata_moves_p_simple_by_its_log_odds() -> None:
    # From even odds, 0.7 more log-odds is 1 / (1 + e^-0.7) = 0.66819.
    out = classify(records(query=["x"], max_tokens=[5]), EvenHanded())
    assert out["p_simple"].to_list() == pytest.approx([0.66819], abs=1e-4)
    assert out["p_tier"].to_list()[0] == pytest.approx([0.50114, 0.16705, 0.33181], abs=1e-4)
    assert out["tier"].to_list() == ["micro"]


def test_a_picture_makes_a_call_complex() -> None:
    out = classify(records(query=["x"], n_media=[1]), EvenHanded(p_simple=0.8))
    assert out["tier"].to_list() == ["full"]
    assert out["p_simple"].to_list()[0] < 0.2


def test_metadata_can_be_turned_off() -> None:
    off = ClassifySettings(metadata_weight=0)
    out = classify(records(query=["x"], n_media=[1]), EvenHanded(p_simple=0.8), off)
    assert out["p_simple"].to_list() == pytest.approx([0.8])


def test_texts_may_repeat_and_be_null() -> None:
    out = classify_texts(pl.Series(["a", None, "a"]), EvenHanded())
    assert out["task"].to_list() == ["classification", None, "classification"]


def test_a_row_names_each_task_with_its_probability() -> None:
    verdicts = classify_texts(pl.Series(["a", None]), EvenHanded())
    first, second = verdict_rows(["i", "j"], verdicts)
    assert first["id"] == "i"
    assert first["p"]["classification"] == 1.0  # type: ignore[index]  # a row is a plain dict
    assert list(first) == ["id", "task", "tier", "p_simple", "p", "novelty"]
    assert second == {
        "id": "j", "task": None, "tier": None, "p_simple": None, "p": None, "novelty": None,
    }  # fmt: skip


def test_an_unknown_classifier_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError) as refused:
        load_classifier("embeded")
    assert "embedded" in refused.value.hint


def test_a_settings_value_out_of_range_is_refused() -> None:
    with pytest.raises(ConfigError):
        ClassifySettings(long_document_tokens=1)

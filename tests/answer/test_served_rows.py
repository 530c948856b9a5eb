from datetime import UTC, datetime

import pytest

from routeaudit.answer.served_rows import (
    RowSettings,
    build_of,
    is_row,
    key_of,
    moment,
    score_of,
    served_rows,
)

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("2026-11-02T12:00:00Z", NOON),
        ("2026-11-02T12:00:00", NOON),
        ("2026-11-02T13:00:00+01:00", NOON),
        (NOON.timestamp(), NOON),
        (NOON.timestamp() * 1000, NOON),
        (NOON, NOON),
        ("yesterday", None),
        (True, None),
        (float("inf"), None),
        (None, None),
    ],
)
def test_times_are_read_in_utc(told: object, found: datetime | None) -> None:
    assert moment(told) == found


@pytest.mark.parametrize(
    ("row", "score"),
    [
        ({"score": 0.25}, 0.25),
        ({"acceptable": True}, 1.0),
        ({"correct": False}, 0.0),
        ({"feedback": "up"}, 1.0),
        ({"feedback": "Bad"}, 0.0),
        ({"failed": True}, 0.0),
        ({"failed": False}, 1.0),
        ({}, None),
    ],
)
def test_a_score_is_how_good_the_answer_was(row: dict[str, object], score: float) -> None:
    assert score_of(row) == (score, "")


@pytest.mark.parametrize("told", [5, -1, "soso", float("nan"), [1]])
def test_what_is_no_score_is_left_out_with_a_reason(told: object) -> None:
    value, reason = score_of({"score": told})
    assert value is None
    assert "0..1" in reason
    rows = served_rows([{"ts": NOON, "route": "slm", "score": told}], RowSettings())
    assert rows.rows.is_empty()
    assert rows.left_out.total() == 1


def test_of_a_path_the_last_arm_answered() -> None:
    settings = RowSettings()
    assert settings.is_small({"route": "slm"})
    assert settings.is_small({"route": "micro>mid"})
    assert settings.is_small({"route": "slm > LLM"}) is False
    assert settings.is_small({"route": "somewhere"}) is None
    assert settings.is_small({}) is None
    assert RowSettings(small_routes="cheap").is_small({"route": "Cheap"})


def test_where_no_route_is_logged_the_name_of_the_model_decides() -> None:
    settings = RowSettings(small_model="Llama-3.1-8b*")
    assert settings.is_small({"model": "llama-3.1-8b-instant"})
    assert settings.is_small({"model": "gpt-4o"}) is False
    assert settings.is_small({}) is None


def test_a_build_is_named_or_put_together() -> None:
    assert build_of({"build": "v7", "slm": "x"}) == "v7"
    assert build_of({"slm": "x", "threshold": 0.8}) == "slm=x threshold=0.8"
    assert build_of({"prompt": "private words"}) == "unnamed build"


def test_rows_are_counted_by_what_became_of_them() -> None:
    rows: list[dict[str, object]] = [
        {"ts": NOON, "route": "slm", "confidence": 0.9},
        {"ts": NOON, "route": "llm"},
        {"ts": NOON, "route": "nowhere"},
        {"route": "slm"},
    ]
    found = served_rows(rows, RowSettings(build="b"))
    assert found.escalated == 1
    assert found.left_out == {"no known route": 1, "no time": 1}
    assert found.rows.select("week", "build", "score", "confidence").row(0) == (
        "2026-W45", "b", None, 0.9,
    )  # fmt: skip


def test_a_key_is_of_the_id_or_of_all_but_the_score() -> None:
    assert key_of({"id": 7, "x": 1}) == key_of({"request_id": "7"})
    assert key_of({"x": 1, "score": 1}) == key_of({"x": 1})
    assert key_of({"x": 1}) != key_of({"x": 2})


def test_a_routers_row_names_a_route() -> None:
    assert is_row({"route": "slm"})
    assert not is_row({"request": {}, "response": {}})
    assert not is_row([1])

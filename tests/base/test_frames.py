import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeaudit.frames import (
    MERGED_COLUMNS,
    RECORD_COLUMNS,
    SIMPLE_TASKS,
    FrameError,
    as_classified,
    as_records,
    as_rejects,
    as_routed,
    as_verdicts,
    empty,
    schema,
)


@given(st.sets(st.sampled_from(sorted(RECORD_COLUMNS))))
def test_records_have_every_column_whatever_came_in(names: set[str]) -> None:
    frame = as_records(empty(RECORD_COLUMNS).select(sorted(names)))
    assert frame.schema == schema(RECORD_COLUMNS)


def test_a_missing_column_is_null_and_an_extra_one_stays() -> None:
    frame = as_records(pl.DataFrame({"model": ["m"], "extra": [1]}))
    assert frame["prompt_tokens"].to_list() == [None]
    assert frame["extra"].to_list() == [1]


def test_rejects_and_verdicts_have_their_columns() -> None:
    assert as_rejects(pl.DataFrame({"reason": ["r"]})).columns == list(MERGED_COLUMNS)
    assert as_verdicts(pl.DataFrame({"task": ["code"]}))["tier"].to_list() == [None]


def test_a_classified_frame_without_a_verdict_is_a_bug() -> None:
    with pytest.raises(FrameError, match="task"):
        as_classified(as_records(pl.DataFrame({"model": ["m"]})))


def test_a_column_of_another_type_is_a_bug() -> None:
    with pytest.raises(FrameError, match="not"):
        as_routed(pl.DataFrame({"path": [1]}))


def test_a_record_without_a_path_is_a_bug() -> None:
    with pytest.raises(FrameError, match="no path"):
        as_routed(pl.DataFrame({"path": ["mid", None]}))
    assert as_routed(pl.DataFrame({"path": ["mid"]})).height == 1


def test_eight_of_the_fourteen_tasks_are_simple() -> None:
    assert SIMPLE_TASKS[-1] == "rewriting"
    assert len(SIMPLE_TASKS) == 8

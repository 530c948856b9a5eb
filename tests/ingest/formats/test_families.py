"""Calls within calls: who is kept, and what is handed on."""

from routeaudit.ingest.families import CHILD, COPY, PARENT, SAME, Call, distinct, leaves
from routeaudit.ingest.shape import Aside, Row


def call(line: int, **row: object) -> Call:
    return Call(line=line, key=line, row=dict(row))


def kept(rows: list[Row]) -> list[int]:
    return [row["source_line"] for row in rows]


def test_a_parent_is_set_aside_and_tells_its_only_child_what_it_knew() -> None:
    calls = [call(1, prompt_tokens=99, session_id="s"), call(2, prompt_tokens=10)]
    found = leaves(calls, {2: 1})
    assert found.rows == [{"prompt_tokens": 10, "session_id": "s", "source_line": 2}]
    assert found.merged == [Aside(1, PARENT)]


def test_a_parent_is_found_through_nodes_that_are_no_calls() -> None:
    calls = [call(1, prompt_tokens=99), call(5, prompt_tokens=10)]
    assert kept(leaves(calls, {5: 4, 4: 3, 3: 1}).rows) == [5]


def test_siblings_stay_and_their_parent_goes_without_telling_either() -> None:
    calls = [
        call(1, prompt_tokens=30, user="u"),
        call(2, prompt_tokens=10),
        call(3, prompt_tokens=20),
    ]
    found = leaves(calls, {2: 1, 3: 1})
    assert kept(found.rows) == [2, 3]
    assert all("user" not in row for row in found.rows)


def test_a_chain_of_three_leaves_the_innermost() -> None:
    calls = [call(n, prompt_tokens=7, completion_tokens=1) for n in (1, 2, 3)]
    found = distinct(calls, {3: 2, 2: 1})
    assert kept(found.rows) == [3]
    assert [aside.reason for aside in found.merged] == [SAME, SAME]


def test_a_part_without_tokens_is_told_by_the_call_above_it() -> None:
    calls = [call(1, prompt_tokens=5), call(2, response_text="late")]
    found = leaves(calls, {2: 1})
    assert found.rows == [{"response_text": "late", "prompt_tokens": 5, "source_line": 1}]
    assert found.merged == [Aside(2, CHILD)]


def test_nested_calls_with_different_answers_are_two_calls() -> None:
    calls = [
        call(1, prompt_tokens=5, completion_tokens=1, response_id="a"),
        call(2, prompt_tokens=5, completion_tokens=1, response_id="b"),
    ]
    assert kept(distinct(calls, {2: 1}).rows) == [1, 2]


def test_a_parent_that_adds_its_children_up_repeats_them() -> None:
    calls = [
        call(1, prompt_tokens=30, completion_tokens=3),
        call(2, prompt_tokens=10, completion_tokens=1),
        call(3, prompt_tokens=20, completion_tokens=2),
    ]
    assert kept(distinct(calls, {2: 1, 3: 1}).rows) == [2, 3]


def test_nodes_that_are_each_others_parents_end_somewhere() -> None:
    calls = [call(1, prompt_tokens=1), call(2, prompt_tokens=1)]
    found = leaves(calls, {1: 2, 2: 1})
    assert len(found.rows) + len(found.merged) == 2


def test_two_copies_of_a_trace_are_one_and_each_tells_what_the_other_lacks() -> None:
    copies = [
        Call(line=1, key="p", row={"prompt_tokens": 99}),
        Call(line=2, key="c", row={"prompt_tokens": 10}),
        Call(line=3, key="p", row={"prompt_tokens": 99}),
        Call(line=4, key="c", row={"prompt_tokens": 10, "user": "u"}),
    ]
    found = leaves(copies, {"c": "p"})
    assert found.rows == [{"prompt_tokens": 10, "user": "u", "source_line": 2}]
    assert found.merged == [Aside(1, PARENT), Aside(3, COPY), Aside(4, COPY)]

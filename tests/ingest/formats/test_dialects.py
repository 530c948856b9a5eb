"""What one format writes in several ways: each way gives the same call."""

import json
from typing import Any

import pytest

from routeaudit.ingest.bodies import openai_chat
from routeaudit.ingest.formats import (
    azure_apim_llmlog,
    cloudwatch_wrapper,
    helicone,
    langsmith_batch,
    langsmith_run,
    phoenix_span,
)
from routeaudit.ingest.shape import Row, Unit
from routeaudit.ingest.spans.dialects import row_of
from routeaudit.ingest.spans.span import Event, Span, from_otlp

START = 1_777_881_600_000_000_000  # 2026-05-04 08:00:00


def span(attributes: dict[str, Any]) -> Span:
    return Span(
        trace_id="t", span_id="s", parent_id=None, name="chat", start=START,
        end=START + 2_000_000_000, attributes={"gen_ai.operation.name": "chat", **attributes}, resource={},
    )  # fmt: skip


def test_langfuses_own_attributes_override_those_of_other_conventions() -> None:
    row = row_of(
        span(
            {
                "gen_ai.input.messages": '[{"role": "user", "parts": [{"content": "theirs"}]}]',
                "gen_ai.system_instructions": '[{"type": "text", "content": "theirs"}]',
                "gen_ai.output.messages": '[{"role": "assistant", "parts": [{"content": "theirs"}]}]',
                "gen_ai.response.time_to_first_chunk": 0.25,
                "langfuse.observation.input": '[{"role": "user", "content": "asked"}]',
                "langfuse.observation.output": "answered",
                "langfuse.observation.completion_start_time": "2026-05-04T08:00:00.500Z",
            }
        )
    )
    assert row["messages"] == [{"role": "user", "content": "asked"}]
    assert (row["response_text"], row["ttft_s"]) == ("answered", 0.5)


def test_events_without_contents_tell_no_prompt() -> None:
    bare = Event("gen_ai.user.message", START, {"gen_ai.system": "openai", "body": {}})
    row = row_of(span({"gen_ai.usage.input_tokens": 7})._replace(events=(bare,)))
    assert "messages" not in row
    assert row["prompt_tokens"] == 7


CHAT = {"model_name": "gpt-4o-2024-08-06", "finish_reason": "tool_calls"}
USAGE = {
    "prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120,
    "prompt_tokens_details": {"cached_tokens": 40},
    "completion_tokens_details": {"reasoning_tokens": 5},
}  # fmt: skip
CLAUDES = {
    "input_tokens": 60, "cache_read_input_tokens": 40, "output_tokens": 20,
    "output_tokens_details": {"thinking_tokens": 5},
}  # fmt: skip
CALL = {"name": "f", "args": {"a": 1}, "id": "c1", "type": "tool_call"}
AS_OPENAI = {"id": "c1", "function": {"name": "f", "arguments": '{"a": 1}'}, "type": "function"}


def langsmith(generation: dict[str, Any], llm_output: Any = None) -> Row:
    run = {
        "id": "r", "run_type": "llm", "start_time": "2026-05-04T08:00:00Z",
        "end_time": "2026-05-04T08:00:02Z", "inputs": {"prompts": ["Say hi"]},
        "outputs": {"generations": [[generation]], "llm_output": llm_output},
    }  # fmt: skip
    (row,) = langsmith_run.PLUGIN.adapt([Unit(1, run)]).rows
    return row


@pytest.mark.parametrize(
    ("beside", "llm_output"),
    [
        ({}, {"token_usage": USAGE, "model_name": "gpt-4o-2024-08-06"}),
        ({"token_usage": USAGE}, None),
        ({"usage": CLAUDES}, None),
    ],
)
def test_langchain_tells_tokens_calls_and_end_beside_or_inside_its_message(
    beside: dict[str, Any], llm_output: Any
) -> None:
    kwargs = {
        "content": "", "tool_calls": [CALL], "additional_kwargs": {"tool_calls": [AS_OPENAI]},
        "response_metadata": {**CHAT, **beside},
    }  # fmt: skip
    row = langsmith({"text": "", "message": {"lc": 1, "kwargs": kwargs}}, llm_output)
    assert row["messages"] == [{"role": "user", "content": "Say hi"}]
    assert row["tool_calls"] == [{"name": "f", "arguments": '{"a":1}'}]
    assert (row["finish_reason"], row["model"]) == ("tool_calls", "gpt-4o-2024-08-06")
    names = ("prompt_tokens", "cached_tokens", "completion_tokens", "reasoning_tokens")
    assert [row[name] for name in names] == [100, 40, 20, 5]


def test_a_langchain_completion_tells_its_end_beside_the_text() -> None:
    row = langsmith({"text": "Hi", "generation_info": {"finish_reason": "length"}})
    assert (row["response_text"], row["finish_reason"]) == ("Hi", "length")


def test_an_end_that_names_only_its_trace_ends_the_root_of_that_trace() -> None:
    post = {"id": "root", "trace_id": "t", "run_type": "llm", "start_time": 1777881600000}
    inner = {**post, "id": "inner", "parent_run_id": "root", "run_type": "tool"}
    patch = {"trace_id": "t", "end_time": 1777881602000, "outputs": {"content": "Hi"}}
    halves = [{"half": "post", "run": post}, {"half": "post", "run": inner}]
    units = [Unit(n, half) for n, half in enumerate([*halves, {"half": "patch", "run": patch}])]
    found = langsmith_batch.PLUGIN.adapt(units)
    assert [(row["request_id"], row["latency_s"]) for row in found.rows] == [("root", 2.0)]
    assert len(found.merged) == len(units) - 1


def test_a_row_of_cloudwatchs_csv_holds_a_record_only_if_it_is_json() -> None:
    plugin = cloudwatch_wrapper.PLUGIN
    held = {"timestamp": "1777881600000", "message": '{"schemaType": "ModelInvocationLog"}'}
    assert plugin.sign(held)
    assert not plugin.sign({**held, "message": "a line of text"})
    assert not plugin.sign({**held, "model": "gpt-4o"})


def test_a_stream_of_azure_tells_its_time_after_its_first_chunk() -> None:
    filters = {"id": "", "object": "", "created": 0, "model": "", "choices": []}
    choice = {"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}
    said = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1777881600}
    row = openai_chat.read({}, [filters, {**said, "model": "gpt-4o", "choices": [choice]}])
    assert (row["ts"], row["response_id"]) == (1777881600_000000, "chatcmpl-1")


def test_a_csv_of_azures_portal_names_the_zone_and_writes_dates_as_the_portal_does() -> None:
    row = {
        "TimeGenerated [UTC]": "5/4/2026, 8:00:00.000 AM", "CorrelationId": "a",
        "PromptTokens": "7", "RequestMessages": "",
    }  # fmt: skip
    (found,) = azure_apim_llmlog.PLUGIN.adapt([Unit(1, row)]).rows
    assert (found["ts"], found["prompt_tokens"]) == (START // 1000, 7)


def test_helicones_properties_name_who_pays() -> None:
    record = {
        "request_created_at": "2026-05-04T08:00:00Z",
        "request_properties": {"Team": "core", "App": "shop"},
    }
    (found,) = helicone.PLUGIN.adapt([Unit(1, record)]).rows
    assert (found["team"], found["feature"]) == ("core", "shop")


@pytest.mark.parametrize("write", [json.dumps, repr])
def test_lists_in_a_dataframes_csv_are_json_or_what_python_prints(write: Any) -> None:
    row = {
        "context.span_id": "s", "span_kind": "LLM", "attributes.llm.token_count.prompt": "7.0",
        "attributes.llm.input_messages": write([{"message.role": "user", "message.content": "It's"}]),
    }  # fmt: skip
    (found,) = phoenix_span.PLUGIN.adapt([Unit(1, row)]).rows
    assert found["messages"] == [{"role": "user", "content": "It's"}]
    assert found["prompt_tokens"] == 7


@pytest.mark.parametrize(
    ("status", "ended"),
    [({}, "error"), ({"code": "STATUS_CODE_OK"}, "ok"), ({"code": 2}, "error")],
)
def test_an_exception_ends_a_span_whose_status_was_left_unset(
    status: dict[str, Any], ended: str
) -> None:
    noted = {"key": "exception.type", "value": {"stringValue": "TimeoutError"}}
    body = {
        "status": status, "startTimeUnixNano": START, "endTimeUnixNano": START,
        "events": [{"name": "exception", "attributes": [noted]}],
    }  # fmt: skip
    row = row_of(from_otlp({"span": body}))
    wanted = {"ok": None, "error": "TimeoutError"}
    assert (row["status"], row.get("error_code")) == (ended, wanted[ended])

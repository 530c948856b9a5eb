"""Bodies of Responses, Gemini and Bedrock, streamed and whole; prompts and answers of any shape."""

import json
from typing import Any

import pytest

from routeaudit.ingest.bodies import bedrock, gemini, openai_responses, pair
from routeaudit.ingest.bodies.answers import answer_row
from routeaudit.ingest.bodies.pieces import piece_of
from routeaudit.ingest.bodies.prompts import messages_row, request_row


def test_converse_events_are_put_together_with_their_tool_call_and_time() -> None:
    chunks = [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "It "}}},
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "rains"}}},
        {"contentBlockStart": {"contentBlockIndex": 1, "start": {"toolUse": {"name": "w"}}}},
        {"contentBlockDelta": {"contentBlockIndex": 1, "delta": {"toolUse": {"input": '{"a"'}}}},
        {"contentBlockDelta": {"contentBlockIndex": 1, "delta": {"toolUse": {"input": ":1}"}}}},
        {"messageStop": {"stopReason": "tool_use"}},
        {"metadata": {"usage": {"inputTokens": 5, "cacheReadInputTokens": 20, "outputTokens": 7},
                      "metrics": {"latencyMs": 900}}},
    ]  # fmt: skip
    row = bedrock.read({"messages": [{"role": "user", "content": [{"text": "Rain?"}]}]}, chunks)
    assert row["response_text"] == "It rains"
    assert row["tool_calls"] == [{"name": "w", "arguments": '{"a":1}'}]
    assert (row["prompt_tokens"], row["cached_tokens"], row["completion_tokens"]) == (25, 20, 7)
    assert (row["latency_s"], row["finish_reason"], row["stream"]) == (0.9, "tool_use", True)


def test_titan_and_llama_chunks_grow_into_one_answer() -> None:
    metrics = {"inputTokenCount": 4, "outputTokenCount": 2, "invocationLatency": 500,
               "firstByteLatency": 120}  # fmt: skip
    titan = [
        {"outputText": "1 ", "index": 0, "inputTextTokenCount": 4},
        {"outputText": "2", "completionReason": "FINISH", "totalOutputTextTokenCount": 2},
    ]
    row = bedrock.read({"inputText": "Count"}, titan)
    assert (row["response_text"], row["prompt_tokens"], row["completion_tokens"]) == (
        "1 2",
        4,
        2,
    )
    llama = [{"generation": "a"}, {"generation": "b", "stop_reason": "stop",
              "amazon-bedrock-invocationMetrics": metrics}]  # fmt: skip
    row = bedrock.read({"prompt": "Say ab"}, llama)
    assert (row["response_text"], row["prompt_tokens"], row["completion_tokens"]) == (
        "ab",
        4,
        2,
    )
    assert (row["latency_s"], row["ttft_s"]) == (0.5, 0.12)


def test_responses_deltas_stand_in_for_a_stream_that_was_cut_off() -> None:
    events = [
        {"type": "response.created", "response": {"id": "r", "model": "gpt-5"}},
        {"type": "response.output_text.delta", "delta": "Half "},
        {"type": "response.output_text.delta", "delta": "an answer"},
    ]
    row = openai_responses.read({"input": "Go"}, events)
    assert (row["response_id"], row["model"], row["response_text"]) == (
        "r",
        "gpt-5",
        "Half an answer",
    )
    assert "prompt_tokens" not in row


def test_an_error_event_makes_a_streamed_response_an_error() -> None:
    text = 'event: error\ndata: {"type":"error","code":"rate_limit_exceeded","message":"x"}\n\n'
    row = openai_responses.read({"input": "Go"}, text)
    assert (row["status"], row["error_code"]) == ("error", "rate_limit_exceeded")


@pytest.mark.parametrize(
    ("usage", "sent", "made", "thought"),
    [
        ({"promptTokenCount": 8, "candidatesTokenCount": 404, "thoughtsTokenCount": 1546}, 8, 1950, 1546),
        ({"promptTokenCount": 8, "totalTokenCount": 8}, 8, 0, None),
        ({"promptTokenCount": 8, "totalTokenCount": 20, "thoughtsTokenCount": 12}, 8, 12, 12),
        ({"promptTokenCount": 8, "toolUsePromptTokenCount": 5, "candidatesTokenCount": 1}, 13, 1, None),
        ({"promptTokenCount": 8}, 8, None, None),
        ({}, None, None, None),
    ],
)  # fmt: skip
def test_gemini_counts_thoughts_beside_the_answer_and_tools_beside_the_prompt(
    usage: dict[str, int], sent: int | None, made: int | None, thought: int | None
) -> None:
    row = gemini.read(None, {"candidates": [], "usageMetadata": usage})
    assert row.get("prompt_tokens") == sent
    assert row.get("completion_tokens") == made
    assert row.get("reasoning_tokens") == thought


@pytest.mark.parametrize(
    ("request_", "response", "text"),
    [
        ({"contents": "Hi"}, {"candidates": [{"content": {"parts": [{"text": "a"}]}}]}, "a"),
        ({"messages": []}, {"type": "message", "content": [{"type": "text", "text": "b"}]}, "b"),
        ({"input": "Hi"}, {"object": "response", "output": [{"type": "message", "content": [{"type": "output_text", "text": "c"}]}]}, "c"),
        ({"messages": []}, {"output": {"message": {"content": [{"text": "d"}]}}}, "d"),
        ({"messages": []}, {"choices": [{"message": {"content": "e"}}]}, "e"),
        ({"messages": []}, 'data: {"choices":[{"delta":{"content":"f"}}]}\n\ndata: [DONE]', "f"),
        ({"prompt": "Hi"}, "g", "g"),
        (None, {"text": "h"}, "h"),
        ({"messages": []}, '{"choices":[{"text":"i"}]}', "i"),
    ],
)  # fmt: skip
def test_bodies_are_read_in_the_words_of_whoever_wrote_them(
    request_: Any, response: Any, text: str
) -> None:
    assert pair.read(request_, response)["response_text"] == text


def test_an_embedding_keeps_no_vectors() -> None:
    response = {
        "object": "list",
        "model": "e",
        "data": [{"embedding": [0.1]}],
        "usage": {"prompt_tokens": 3},
    }
    row = pair.read({"input": "words", "model": "e"}, response)
    assert (row["operation"], row["prompt_tokens"]) == ("embedding", 3)
    assert "response_text" not in row


def test_an_answer_in_json_stays_the_text_that_it_was() -> None:
    text = '{ "message": "hi",  "type": "greeting" }'
    assert answer_row(text) == {"response_text": text}
    assert answer_row({"role": "assistant", "content": text}) == {"response_text": text}
    assert answer_row('"quoted"') == {"response_text": '"quoted"'}
    assert answer_row({"name": "Ann", "age": 3}) == {"response_text": '{"name":"Ann","age":3}'}


def test_a_message_stored_as_json_text_is_opened() -> None:
    message = json.dumps({"role": "assistant", "content": "Hello", "tool_calls": None})
    assert answer_row(message)["response_text"] == "Hello"
    parts = json.dumps([{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {}}])
    row = messages_row([{"role": "user", "content": parts}])
    assert (row["messages"], row["n_media"]) == ([{"role": "user", "content": "a"}], 1)


def test_text_that_was_removed_is_redacted_not_empty() -> None:
    row = messages_row([{"role": "user", "content": "[REDACTED]"}])
    assert row["redacted"] is True
    assert "messages" not in row
    assert answer_row("redacted-by-litellm") == {"redacted": True}


@pytest.mark.parametrize(
    ("prompt", "messages"),
    [
        ("Hi", [("user", "Hi")]),
        (["a", "b"], [("user", "a"), ("user", "b")]),
        ({"system": "S", "messages": [{"role": "human", "content": "H"}]}, [("system", "S"), ("user", "H")]),
        ({"args": ["x"], "kwargs": {}}, [("user", "x")]),
        ([[{"type": "human", "data": {"content": "L"}}]], [("user", "L")]),
        ([{"role": "model", "parts": [{"text": "M"}]}], [("assistant", "M")]),
        ([{"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}}], [("assistant", "[calls f: {}]")]),
        ([{"type": "reasoning", "summary": []}, {"type": "message", "role": "user", "content": "R"}], [("user", "R")]),
        ([{"role": "user", "content": [{"functionResponse": {"response": {"t": 3}}}]}], [("user", '{"t":3}')]),
        ([{"role": "user", "content": 7}], [("user", "7")]),
        (None, None),
    ],
)  # fmt: skip
def test_prompts_of_many_shapes_become_messages(prompt: Any, messages: Any) -> None:
    row = request_row(prompt)
    found = [(m["role"], m["content"]) for m in row["messages"]] if "messages" in row else None
    assert found == messages


def test_a_deep_or_endless_prompt_is_given_up_not_followed() -> None:
    deep: Any = "x"
    for _ in range(50):
        deep = {"messages": [deep]}
    assert request_row(deep) == {}
    assert answer_row([[[[[[[[["x"]]]]]]]]]) == {"response_text": "x"}


def test_thinking_is_no_part_of_the_answer() -> None:
    parts = [
        {"type": "thinking", "thinking": "hm"},
        {"text": "so", "thought": True},
        {"text": "Yes"},
    ]
    assert piece_of(parts).text == "Yes"

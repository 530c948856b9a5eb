"""What one format writes in several ways: each way gives the same call."""

from typing import Any

from routeaudit.ingest.spans.dialects import row_of
from routeaudit.ingest.spans.span import Span

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

"""Calls whose parts lie in several files of one product."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from routeaudit.ingest import IngestSettings, ingest

RUN = {
    "id": "r1", "trace_id": "t1", "run_type": "llm", "start_time": "2026-05-04T08:00:00",
    "inputs": {"messages": [{"role": "user", "content": "Say hi"}]},
}  # fmt: skip
RUN_END = {
    "id": "r1", "trace_id": "t1", "end_time": "2026-05-04T08:00:02",
    "outputs": {
        "choices": [{"message": {"content": "hi"}}],
        "usage_metadata": {"input_tokens": 9, "output_tokens": 2, "total_tokens": 11},
    },
}  # fmt: skip
OBSERVED = {
    "id": "o1", "trace_id": "t1", "type": "GENERATION", "start_time": "2026-05-04 08:00:00.5",
    "provided_model_name": "gpt-4o", "input": "Say hi", "output": "hi",
    "usage_details": {"input": 9, "output": 2, "total": 11}, "level": "DEFAULT",
}  # fmt: skip
TRACE = {
    "id": "t1", "timestamp": "2026-05-04 08:00:00.0", "name": "chat", "project_id": "p",
    "user_id": "ann", "session_id": "s1", "tags": ["beta"],
}  # fmt: skip
GATEWAY = {
    "time": "2026-05-04T08:00:00Z", "category": "GatewayLogs", "correlationId": "c1",
    "durationMs": 2000,
    "properties": {
        "responseCode": 200, "apimSubscriptionId": "search",
        "url": "https://x.azure-api.net/deployments/d/chat/completions",
    },
}  # fmt: skip
LLM_LOG = {
    "TimeGenerated": "2026-05-04T08:00:00Z", "CorrelationId": "c1", "ModelName": "gpt-4o",
    "PromptTokens": 9, "CompletionTokens": 2, "TotalTokens": 11, "SequenceNumber": 0,
    "RequestMessages": '[{"role":"user","content":"Say hi"}]',
    "ResponseMessages": '[{"role":"assistant","content":"hi"}]',
}  # fmt: skip


def transcript(request_id: str, session: str, **told: Any) -> dict[str, Any]:
    usage = {"input_tokens": 9, "output_tokens": 2}
    said = {"id": "msg_1", "model": "claude-x", "content": [], "usage": usage}
    return {"type": "assistant", "sessionId": session, "requestId": request_id, "message": said,
            "timestamp": "2026-05-04T08:00:00Z", **told}  # fmt: skip


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (({"post": [RUN]}, {"patch": [RUN_END]}), {"query": "Say hi", "latency_s": 2.0}),
        (({"patch": [RUN_END]}, {"post": [RUN]}), {"query": "Say hi", "latency_s": 2.0}),
        ((OBSERVED, TRACE), {"user": "ann", "session_id": "s1", "tags": '{"tags":["beta"]}'}),
        ((TRACE, OBSERVED), {"user": "ann", "session_id": "s1", "feature": "chat"}),
        ((LLM_LOG, GATEWAY), {"query": "Say hi", "latency_s": 2.0, "team": "search"}),
        ((GATEWAY, LLM_LOG), {"query": "Say hi", "latency_s": 2.0, "team": "search"}),
        (
            (transcript("req_2", "s", isSidechain=True), transcript("req_1", "s", version="2")),
            {"request_id": "req_1", "tags": '{"version":"2"}'},
        ),
        ((transcript("req_1", "s"), transcript("req_1", "resumed")), {"session_id": "s"}),
    ],
    ids=[
        "LangSmith", "LangSmith, end first", "Langfuse", "Langfuse, trace first", "Azure",
        "Azure, gateway first", "side chain first", "resumed session",
    ],
)  # fmt: skip
def test_one_call_is_put_together_from_two_files(
    tmp_path: Path, files: tuple[dict[str, Any], ...], told: dict[str, Any]
) -> None:
    for number, value in enumerate(files):
        (tmp_path / f"{number}.jsonl").write_text(json.dumps(value))
    batches = list(ingest([str(tmp_path)], IngestSettings()))
    records = pl.concat([batch.records for batch in batches])
    assert (records.height, sum(batch.units for batch in batches)) == (1, 2)
    row = records.row(0, named=True)
    assert {name: row[name] for name in told} == told
    assert (row["prompt_tokens"], row["completion_tokens"]) == (9, 2)

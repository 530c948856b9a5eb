"""Golden folders: a log goes in, the rows and rejects that a person worked out come out."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from routeaudit import plugins
from routeaudit.ingest.formats.vllm_text import recognise_text
from routeaudit.ingest.shape import LogFormat

GOLDEN = Path(__file__).parents[1] / "golden"
HERE = (
    "anthropic_batch_output", "azure_apim_gateway", "azure_apim_llmlog",
    "azure_openai_diagnostic", "bedrock_invocation", "claude_code", "cloudflare_aig_api",
    "cloudflare_aig_logpush", "cloudwatch_wrapper", "codex_rollout", "gemini_pair", "helicone",
    "kong_ai", "langfuse_ingestion", "langfuse_observation", "langfuse_trace",
    "langsmith_batch", "langsmith_run", "mlflow_trace", "openai_batch_input",
    "openai_batch_output", "openai_responses_pair", "opencode", "openrouter_activity_csv",
    "openrouter_daily", "openrouter_generation", "otel_js_span", "otlp_logs", "otlp_spans",
    "outcome_table",
    "phoenix_span", "portkey", "vertex_request_response", "vllm_text", "weave_call",
)  # fmt: skip
THROUGH_THE_READER = {
    "anthropic_pair", "http_capture", "litellm_spend_logs", "litellm_standard_logging",
    "openai_chat_pair", "response_only", "named_columns", "routeaudit_records", "list_wrapper",
    "log_line",
}  # fmt: skip
PAIRS_FROM, BEHIND = 23, 26

Pile = Callable[[Sequence[Path]], Any]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def inputs(name: str) -> list[Path]:
    return sorted(GOLDEN.joinpath(name).glob("input*"))


def test_every_format_has_a_golden_folder() -> None:
    known = {name.replace("-", "_") for name in plugins.names("routeaudit.ingest.formats")}
    without = [name for name in known if not (GOLDEN / name / "records.jsonl").is_file()]
    assert set(without) <= THROUGH_THE_READER
    assert set(HERE) <= known


@pytest.mark.parametrize("name", [name for name in HERE if name != "vllm_text"])
def test_a_log_gives_the_rows_and_rejects_that_were_worked_out(name: str, pile: Pile) -> None:
    piles = pile(inputs(name))
    rejected = [
        {"source_line": aside.line, "reason": aside.reason}
        for adapted in piles.found.values()
        for aside in adapted.rejected
    ]
    rows = json.loads(json.dumps(piles.rows()))
    assert rows == lines(GOLDEN / name / "records.jsonl")
    assert rejected == lines(GOLDEN / name / "rejects.jsonl")
    assert piles.unknown == 0


@pytest.mark.parametrize("name", [name for name in HERE if name != "vllm_text"])
def test_a_golden_log_is_known_by_its_sign_and_by_no_earlier_one(name: str, pile: Pile) -> None:
    piles = pile(inputs(name))
    told = {"openai_batch_input": "openai_batch_output", "otlp_logs": "otlp_spans"}
    also = {"bedrock_invocation"} if name == "cloudwatch_wrapper" else set()
    assert set(piles.found) == {told.get(name, name)} | also


def test_every_line_of_a_vllm_log_is_refused_with_advice() -> None:
    for line in inputs("vllm_text")[0].read_text().splitlines():
        assert "LiteLLM" in (recognise_text(line) or "")
    for line in (
        "(APIServer pid=7) INFO 09-10 12:00:00 [async_llm.py:58] Added request x.",
        'INFO:     127.0.0.1:54 - "POST /v1/chat/completions HTTP/1.1" 200 OK',
        "slot launch_slot_: id  0 | task 12 | processing task",
        "srv  log_server_r: request: POST /completion 127.0.0.1 200",
    ):
        assert recognise_text(line)
    assert recognise_text("INFO: all is well") is None
    assert recognise_text("") is None


def test_each_format_says_what_it_is_and_ranks_where_the_table_has_it(
    known_formats: Mapping[str, LogFormat],
) -> None:
    for name in HERE:
        plugin = known_formats[name]
        assert plugin.about
        assert "\n" not in plugin.about
        assert 1 <= plugin.rank < PAIRS_FROM + 1 or plugin.rank == BEHIND

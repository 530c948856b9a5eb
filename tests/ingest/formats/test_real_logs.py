"""Real logs that people shared: counts and tokens read off the files by eye.

The logs lie beside the checkout and are not part of the project; without them these tests skip.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

Pile = Callable[[Sequence[Path]], Any]
Counts = tuple[tuple[int | None, int | None], ...]


class Seen(NamedTuple):
    """What a person counted in some files: units set aside, and tokens of each call."""

    files: tuple[str, ...]
    merged: int
    rejected: int
    calls: Counts  # (prompt, completion) of each, in order; None: the log does not tell
    usd: float = 0.0


FAILED = (None, None)
GEMINI_PROMPTS = (8, 8, 8, 8, 8, 8, 8, 8, 74, 5, 25, None, None, 521, 5, 128, 128)
GEMINI_TOTALS = (
    1958, 2040, 1918, 2064, 1522, 459, 1341, 663, 290, 304, 439, None, None, 950, 354, 846, 575,
)  # fmt: skip
GEMINI = tuple(
    (sent, None if total is None or sent is None else total - sent)
    for sent, total in zip(GEMINI_PROMPTS, GEMINI_TOTALS, strict=True)
)
OTEL_V2: Counts = ((12, 5), (75, 51), FAILED, (11, 228))
LANGFUSE = (
    *((663, 225), (163, 20)),  # agno: the two inner calls, not the outer 1568/423 and 542/235
    (41, 3),
    *((1988, None), (2359, None), (1195, None)),  # beeai: starts only, output never logged
    (6, 2055),
    (1200, 15),
    *((168, 19), (47, 106)),
    *((60, 15), (108, 51)),
    (13, 81),
    *((417, 53), (131, 69), (502, 14), (265, 73)),
)
LINES = (*LANGFUSE[:3], *LANGFUSE[6:], *LANGFUSE[3:6])  # the file has beeai last
LANGFUSE_USD = (
    0.000234449999 + 3.645e-05 + 2.5e-05 + 0.0002982 + 0.00035385 + 0.00017925
    + 0.005139299999 + 0.00011 + 0.00061 + 0.0011775 + 7.5e-05 + 0.000159 + 0.000842499999
    + 9.435e-05 + 6.1049999e-05 + 8.37e-05 + 8.355e-05
)  # fmt: skip

SEEN = {
    "anthropic_batch_output": Seen(("anthropic_batch_results/results.jsonl",), 0, 0, ((10, 12),)),
    "azure_apim_gateway": Seen(("azure_openai/apim_gateway.jsonl",), 0, 0, ((14, 8),)),
    "azure_openai_diagnostic": Seen(("azure_openai/request_response.jsonl",), 0, 2, ()),
    "bedrock_invocation": Seen(
        ("bedrock_invocation/s3_records.jsonl", "bedrock_invocation/cloudwatch_insights_bom.json"),
        0, 0,
        ((4, 38), FAILED, (219, 112), FAILED, FAILED, FAILED, (219, 112), (219, 109)),
    ),
    "claude_code": Seen(
        ("claude_code/ccusage_session_alpha.jsonl", "claude_code/representative_messages.jsonl",
         "claude_code/tokscale_old_shape.jsonl"),
        8, 0,
        ((100 + 25 + 10, 50), (200 + 50 + 20, 75), (300 + 40, 125),
         (25, 120), (45, 85), (78, 95), (25, 35), (45, 110),
         (200 + 100 + 50, 100), (150, 80)),
        0.12 + 0.34 + 0.56 + 0.05 + 0.03,
    ),
    "codex_rollout": Seen(("codex/ccusage_session_alpha.jsonl",), 1, 0, ((1000, 125), (2500, 300))),
    "gemini_pair": Seen(("gemini_pairs/records.jsonl",), 0, 0, GEMINI),
    "helicone": Seen(("helicone/records.jsonl",), 0, 0, ((30, 12),)),
    "kong_ai": Seen(("kong_ai_gateway/example.jsonl",), 0, 0, ((14, 21),)),
    "langfuse_trace": Seen(
        tuple(f"langfuse/{name}.trace.json" for name in (
            "agno-2025-06-11", "autogen-2025-06-06", "beeai-2025-08-01",
            "google-gemini-2025-08-01", "google-vertex-tools-langchain-2025-09-19",
            "koog-2025-08-26", "langgraph-2025-08-22", "llamaindex-2025-06-05",
            "pydantic-ai-tools-2025-12-04",
        )),
        4 + 1 + 26 + 0 + 0 + 9 + 7 + 1 + 8, 0, LANGFUSE, LANGFUSE_USD,
    ),
    "langfuse_observation": Seen(("langfuse/observations.jsonl",), 56, 0, LINES, LANGFUSE_USD),
    "langfuse_ingestion": Seen(
        ("langfuse_ingestion/batches.jsonl",), 3, 0, ((10, 10), (10, 20), (10, 20)),
        0.00018 + 3.5e-05 + 3.5e-05,
    ),
    "langsmith_batch": Seen(
        ("langsmith/multipart_batches.jsonl",), 5, 0,
        ((9, 9), FAILED, (9, 9), FAILED, (43, 1901)),
    ),
    "mlflow_trace": Seen(
        ("mlflow/traces.jsonl",), 0, 0, ((1167, 202), (1167, 187), (17, 220), FAILED)
    ),
    "openai_batch_output": Seen(
        ("openai_batch/output.jsonl", "openai_batch/input_kong.jsonl",
         "openai_batch/input_portkey_first20.jsonl"),
        4, 5 - 2 + 20 - 2, ((20, 10), (22, 10), (33, 60), (36, 60)),
    ),
    "openai_responses_pair": Seen(
        ("openai_responses/records.jsonl",), 0, 0, ((22, 6), (72, 8), (22, 6), FAILED)
    ),
    "opencode": Seen(("opencode/msg_test001.json",), 0, 0, ((1000, 500),)),
    "openrouter_activity_csv": Seen(
        ("openrouter/activity_export.csv",), 0, 0, ((10, 20),), 0.12
    ),
    "openrouter_generation": Seen(("openrouter/generation.jsonl",), 0, 0, ((10, 25),), 0.0015),
    "otlp_spans": Seen(
        ("otel_genai/otel_v2_latest.spans.jsonl", "otel_genai/traceloop.spans.jsonl",
         "otel_genai/traceloop_legacy.spans.jsonl", "openinference/otlp_spans.jsonl",
         "otel_genai/openrouter_broadcast_example.json"),
        2, 0,
        (*OTEL_V2,
         (12, 5), (12, 5), FAILED, (17, 220), (1167, 187), (17, 174),
         (12, 5), FAILED, FAILED, (17, 220), (1167, 187), FAILED,
         (12, 5), (12, 5), FAILED, (17, 220), (1167, 187),
         (100, 50)),
    ),
    "phoenix_span": Seen(
        ("openinference/phoenix_spans.jsonl",), 5, 0,
        ((32321, 119), (33286, 168), (33789, 402), (34248, 212), (34504, 102)),
    ),
    "otel_js_span": Seen(
        ("openinference/vercel_ai_sdk_v6_spans.jsonl",), 3, 0, ((14, 20), (50, 9), (63, 156))
    ),
    "portkey": Seen(("portkey/records.jsonl",), 0, 0, ((9, 9),)),
    "vertex_request_response": Seen(
        ("vertex_request_response/records.jsonl",), 0, 0, ((3, 29 + 901),)
    ),
    "weave_call": Seen(("weave/calls.jsonl",), 0, 0, (FAILED,)),
}  # fmt: skip


@pytest.mark.parametrize("name", SEEN)
def test_real_logs_give_the_calls_and_tokens_that_a_person_counts(
    name: str, pile: Pile, real_logs: Path
) -> None:
    seen = SEEN[name]
    piles = pile([real_logs / file for file in seen.files])
    found = piles.one(name)
    rows = found.rows
    assert tuple((row.get("prompt_tokens"), row.get("completion_tokens")) for row in rows) == (
        seen.calls
    )
    assert (len(found.merged), len(found.rejected)) == (seen.merged, seen.rejected)
    assert piles.units[name] == len(rows) + len(found.merged) + len(found.rejected)
    assert sum(row.get("cost_usd") or 0 for row in rows) == pytest.approx(seen.usd)
    assert set(piles.found) == {name}


def test_a_csv_of_observations_says_the_same_as_the_json(pile: Pile, real_logs: Path) -> None:
    table = pile([real_logs / "langfuse/observations_derived.csv"]).rows()
    lines = pile([real_logs / "langfuse/observations.jsonl"]).rows()
    for cell, line in zip(table, lines, strict=True):
        assert cell == line


def test_log_events_bring_the_texts_that_their_spans_left_out(
    pile: Pile, real_logs: Path
) -> None:
    folder = real_logs / "otel_genai"
    files = [folder / f"otel_v2_default.{kind}.jsonl" for kind in ("spans", "logs")]
    adapted = pile(files).one("otlp_spans")
    spans = [row for row in adapted.rows if "prompt_tokens" in row or row["status"] == "error"]
    assert [row["messages"][-1]["content"] for row in spans] == [
        "Say this is a test",
        "What's the weather in Seattle and San Francisco today?",
        "Say this is a test",
        "Count r's in strawberry",
    ]
    assert [row.get("response_text") for row in spans[:1]] == ["This is a test."]
    # 18 events: 8 tell of the 4 spans (2 + 3 + 1 + 2), 10 of 3 spans that are not there
    assert len(adapted.rows) == 4 + 3
    assert len(adapted.merged) == 8 + (10 - 3)


def test_double_instrumentation_keeps_the_text_of_one_span_and_the_ids_of_both(
    pile: Pile, real_logs: Path
) -> None:
    rows = pile([real_logs / "openinference/otlp_spans.jsonl"]).rows()
    joke = next(row for row in rows if row.get("response_id") == "msg_01TPXhkPo8jy6yQMrMhjpiAE")
    assert joke["request_id"] == "req_01A7u6aDNi2C6mvDawgML8jB"
    assert joke["messages"] == [
        {"role": "user", "content": "Tell me a joke about OpenTelemetry"}
    ]


def test_a_vllm_log_is_refused_line_by_line(real_logs: Path) -> None:
    from routeaudit.ingest.formats.vllm_text import recognise_text  # noqa: PLC0415 real logs only

    text = (real_logs / "vllm/server.log").read_text()
    refused = [line for line in text.splitlines() if recognise_text(line)]
    assert len(refused) == 2


def test_scalars_between_the_lines_of_a_transcript_are_nobodys_calls(
    pile: Pile, real_logs: Path
) -> None:
    piles = pile([real_logs / "claude_code/edge_cases.jsonl"])
    rows = piles.one("claude_code").rows
    assert [row["completion_tokens"] for row in rows] == [145, 25, 180, 85]
    assert piles.unknown == 4  # a text, an object without keys of a transcript, 42 and [1]

"""The golden logs once more, through the front door: signs, scopes, joins and wrappers work."""

import json
from pathlib import Path

import polars as pl
import pytest

from routeaudit.ingest import IngestSettings, ingest

GOLDEN = Path(__file__).parents[1] / "golden"
HANDED_ON = {"openai_batch_input": "openai_batch_output", "otlp_logs": "otlp_spans",
             "cloudwatch_wrapper": "bedrock_invocation", "list_wrapper": "response_only",
             "http_capture": "openai_chat_pair"}  # fmt: skip
OWN = {"otlp_logs": ["otlp_logs"]}  # calls that no span tells of
NAMES = sorted(folder.name for folder in GOLDEN.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_the_reader_finds_the_same_calls_and_rejects_as_the_adapter(name: str) -> None:
    folder = GOLDEN / name
    wanted = [json.loads(line) for line in (folder / "records.jsonl").read_text().splitlines()]
    rejected = (folder / "rejects.jsonl").read_text().splitlines()
    inputs = [str(path) for path in sorted(folder.glob("input*"))]
    batches = list(ingest(inputs, IngestSettings(processes=0)))
    records = pl.concat([batch.records for batch in batches])
    rejects = pl.concat([batch.rejects for batch in batches])
    merged = pl.concat([batch.merged for batch in batches])
    assert (records.height, rejects.height) == (len(wanted), len(rejected))
    assert sum(b.units for b in batches) == records.height + rejects.height + merged.height
    assert set(records["source_format"]) <= {HANDED_ON.get(name, name), *OWN.get(name, ())}
    assert sorted(records["request_id"].drop_nulls()) == sorted(
        row["request_id"] for row in wanted if "request_id" in row
    )

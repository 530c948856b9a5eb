"""Golden folders read through the front door: log in; records, rejects and nothing else out."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from routeaudit.ingest import IngestSettings, ingest

GOLDEN = Path(__file__).parent / "golden"
NAMES = (
    "anthropic_pair", "http_capture", "list_wrapper", "litellm_spend_logs",
    "litellm_standard_logging",
    "named_columns", "openai_chat_pair", "response_only", "routeaudit_records",
)  # fmt: skip


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def as_json(row: dict[str, Any]) -> dict[str, Any]:
    ts = row["ts"]
    told = {
        k: v for k, v in row.items() if v is not None and k not in ("query_key", "source_file")
    }
    return {**told, **({"ts": ts.isoformat().replace("+00:00", "Z")} if ts else {})}


@pytest.mark.parametrize("name", NAMES)
def test_a_log_gives_the_records_and_rejects_that_were_worked_out(name: str) -> None:
    (path,) = (GOLDEN / name).glob("input.*")
    batches = list(ingest([str(path)], IngestSettings()))
    records = pl.concat([b.records for b in batches]).to_dicts()
    rejects = pl.concat([b.rejects for b in batches]).to_dicts()
    wanted = [
        {
            "source_format": name,
            **{k: v for k, v in row.items() if v is not None and k != "query_key"},
        }
        for row in lines(GOLDEN / name / "records.jsonl")
    ]
    assert [as_json(row) for row in records] == wanted
    assert [
        {"source_line": row["source_line"], "reason": row["reason"]} for row in rejects
    ] == lines(GOLDEN / name / "rejects.jsonl")

"""Records on the lines of log collectors: in a text, in an object, behind a time and words."""

import json
from pathlib import Path
from typing import Any

import pytest

from routeaudit.ingest import IngestSettings, ingest
from routeaudit.ingest.explain import explain
from tests.ingest.test_awkward_files import call, read

WHEN = "2026-05-04T08:00:00Z"
LINE = json.dumps(call(1))


@pytest.mark.parametrize(
    "wrapped",
    [
        {"log": LINE + "\n", "stream": "stdout", "time": WHEN},
        {"line": LINE, "labels": {"app": "x"}, "timestamp": WHEN},
        {"level": "info", "message": LINE, "timestamp": WHEN},
        {"preview": False, "result": {"_raw": LINE, "_time": WHEN}},
        {"insertId": "i", "textPayload": LINE, "timestamp": WHEN},
        {"insertId": "i", "jsonPayload": call(1), "severity": "INFO"},
        {"_index": "calls", "_id": "1", "_source": call(1)},
        {"log": json.dumps({"level": "info", "msg": LINE}), "stream": "stdout"},
    ],
)
def test_a_record_on_a_collectors_line_is_read(tmp_path: Path, wrapped: dict[str, Any]) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(wrapped) + "\n" + json.dumps({"log": "ready"}))
    records, rejects = read(tmp_path)
    assert records.select("source_format", "query").rows() == [("openai_chat_pair", "Hi 1")]
    assert rejects["reason"].to_list() == ["unknown format"]
    assert explain(str(tmp_path / "a.jsonl"), IngestSettings()).formats == {
        "openai_chat_pair": 1
    }


@pytest.mark.parametrize(
    "words", [f"{WHEN} stdout F ", "2026-05-04 08:00:00,123 INFO app: call ", "<13>1 - app "]
)
def test_a_record_behind_words_is_read(tmp_path: Path, words: str) -> None:
    (tmp_path / "a.log").write_text(f"{words}ready\n{words}{LINE}\n{words}{{'a': 1}}\n")
    records, rejects = read(tmp_path)
    assert (records["query"].to_list(), records["source_line"].to_list()) == (["Hi 1"], [2])
    assert rejects["reason"].to_list() == ["not JSON"] * 2


def test_a_private_record_behind_words_can_be_mapped(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text('INFO {"q": "2+2?"}\nINFO ready\n')
    (batch,) = ingest([str(tmp_path)], IngestSettings(map=("messages=$.q",)))
    assert batch.records["query"].to_list() == ["2+2?"]
    assert batch.rejects["reason"].to_list() == ["not JSON"]

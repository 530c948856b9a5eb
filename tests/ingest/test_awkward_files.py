"""Folders with rubbish beside the logs, odd archives and encodings: no call lost or read twice."""

import gzip
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from routeaudit.errors import InputError
from routeaudit.ingest import IngestSettings, ingest
from routeaudit.ingest.explain import explain
from routeaudit.ingest.names import looks_like_a_log
from routeaudit.ingest.sources import expand


def call(number: int, **more: Any) -> dict[str, Any]:
    return {
        "timestamp": f"2026-05-04T08:00:{number % 60:02}Z",
        "request": {"model": "gpt-4o", "messages": [{"role": "user", "content": f"Hi {number}"}]},
        "response": {
            "object": "chat.completion",
            "choices": [{"message": {"role": "assistant", "content": "hi"}}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10},
        },
        **more,
    }  # fmt: skip


def log(*numbers: int) -> bytes:
    return b"".join(json.dumps(call(n)).encode() + b"\n" for n in numbers)


def zipped(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def read(*places: Path | str, **told: Any) -> tuple[pl.DataFrame, pl.DataFrame]:
    batches = list(ingest([str(place) for place in places], IngestSettings(**told)))
    for batch in batches:
        assert batch.units == batch.records.height + batch.rejects.height + batch.merged.height
    return pl.concat([b.records for b in batches]), pl.concat([b.rejects for b in batches])


def queries(records: pl.DataFrame) -> list[str]:
    return sorted(records["query"].to_list())


def test_archives_that_cannot_be_read_cost_a_folder_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(log(1))
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 and no more")
    (tmp_path / "pictures.zip").write_bytes(zipped({"a.png": b"\x89PNG"}))
    (tmp_path / "nested.zip").write_bytes(zipped({"b.zip": zipped({"a.jsonl": log(2)})}))
    whole = zipped({"a.jsonl": log(3)})
    (tmp_path / "spoilt.zip").write_bytes(whole.replace(b"Hi 3", b"Hi 4"))
    records, rejects = read(tmp_path)
    assert queries(records) == ["Hi 1"]
    told = {Path(row["source_file"]).name: row["reason"] for row in rejects.to_dicts()}
    assert "no zip archive" in told["broken.zip"]
    assert "holds no logs" in told["pictures.zip"]
    assert "is a zip archive" in told["b.zip"]
    assert "Bad CRC" in told["a.jsonl"]


def test_an_archive_with_a_password_is_told(tmp_path: Path) -> None:
    packed = bytearray(zipped({"a.jsonl": log(1)}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.index(mark) + at] |= 1  # the bit that says: encrypted
    (tmp_path / "a.zip").write_bytes(packed)
    with pytest.raises(InputError, match="password"):
        read(tmp_path / "a.zip")


def test_what_a_mac_adds_to_an_archive_is_no_log(tmp_path: Path) -> None:
    made = {"a.jsonl": log(1), "__MACOSX/._a.jsonl": b"\0\5\x16\7" * 9, "x/.b.jsonl": b"\0"}
    (tmp_path / "a.zip").write_bytes(zipped(made))
    records, rejects = read(tmp_path / "a.zip")
    assert (records.height, rejects.height) == (1, 0)


def test_an_empty_file_is_a_reject_among_others_and_skipped_by_a_glob(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(log(1))
    (tmp_path / "b.jsonl").touch()
    records, rejects = read(tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    assert queries(records) == ["Hi 1"]
    assert "is empty" in rejects["reason"].item()
    records, rejects = read(f"{tmp_path}/*.jsonl")
    assert (records.height, rejects.height) == (1, 0)
    with pytest.raises(InputError, match="is empty"):
        read(f"{tmp_path}/b*")


@pytest.mark.parametrize(
    ("name", "is_log"),
    [
        ("calls.jsonl.1", True), ("calls.jsonl.12.gz", True), ("app.log-20260504", True),
        ("app.log.2026-05-04.gz", True), ("app.log.2026-05-04T08", True), ("app.json.bz2", True),
        ("app-2026-05-04.jsonl", True), ("report.2026", False), ("notes-1", False),
        ("a.tar.gz", False), ("picture.png.1", False),
    ],
)  # fmt: skip
def test_a_log_that_was_rotated_is_still_a_log(name: str, is_log: bool) -> None:  # noqa: FBT001 a table
    assert looks_like_a_log(name) == is_log


def test_rotated_logs_in_a_folder_are_read(tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").write_bytes(log(1))
    (tmp_path / "calls.jsonl.1").write_bytes(log(2))
    (tmp_path / "calls.jsonl.2.gz").write_bytes(gzip.compress(log(3)))
    assert queries(read(tmp_path)[0]) == ["Hi 1", "Hi 2", "Hi 3"]


def test_a_file_with_two_names_is_read_once(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "calls-1.jsonl").write_bytes(log(1))
    (tmp_path / "latest.jsonl").symlink_to("calls-1.jsonl")
    monkeypatch.chdir(tmp_path)
    assert read(tmp_path)[0].height == 1
    assert read("calls-1.jsonl", "./calls-1.jsonl", tmp_path / "latest.jsonl")[0].height == 1
    (tmp_path / "a.zip").write_bytes(zipped({"x.jsonl": log(2)}))
    os.link(tmp_path / "a.zip", tmp_path / "b.zip")
    assert len(expand(["a.zip", str(tmp_path / "a.zip")])) == 1


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [log(1, 2), json.dumps([call(1), call(2)]).encode()])
def test_utf_16_without_a_mark_is_known(tmp_path: Path, encoding: str, text: bytes) -> None:
    (tmp_path / "a.json").write_bytes(text.decode().encode(encoding))
    records, rejects = read(tmp_path / "a.json")
    assert (queries(records), rejects.height) == (["Hi 1", "Hi 2"], 0)


def test_nul_bytes_of_an_emptied_or_torn_log_cost_no_call(tmp_path: Path) -> None:
    (tmp_path / "emptied.jsonl").write_bytes(b"\0" * 9000 + log(1, 2))
    (tmp_path / "torn.jsonl").write_bytes(log(3) + b"\0" * 9000 + log(4))
    (tmp_path / "within.jsonl").write_bytes(log(5).replace(b"Hi 5", b"Hi\0 5") + log(6))
    records, rejects = read(tmp_path)
    assert queries(records) == ["Hi\0 5", "Hi 1", "Hi 2", "Hi 3", "Hi 4", "Hi 6"]
    assert rejects.height == 0


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (gzip.compress(gzip.compress(log(1))), "packed twice"),
        (b"a.jsonl".ljust(257, b"\0") + b"ustar\x0000" + b"\0" * 248 + log(1), "a tar archive"),
        (b"SQLite format 3\0\x10\0\1\1\0\x40", "an SQLite database"),
        (b"\x7fELF\0\1\2" * 100, "a binary file"),
    ],
)
def test_what_is_no_log_is_called_by_its_name(
    tmp_path: Path, content: bytes, kind: str
) -> None:
    (tmp_path / "a.log").write_bytes(content)
    with pytest.raises(InputError, match=f"is {kind}, not a log"):
        read(tmp_path / "a.log")


def test_parquet_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    rows = [{"model": "gpt-4o", "prompt": "Hi 1", "prompt_tokens": 9, "completion_tokens": 1}]
    pl.DataFrame(rows).write_parquet(tmp_path / "part-0000")
    assert queries(read(tmp_path / "part-0000")[0]) == ["Hi 1"]


@pytest.mark.parametrize("content", ["model,prompt,prompt_tokens\n", "\n\n", "\0\0"])
def test_a_log_without_a_record_is_explained_by_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.log").write_text(content)
    found = explain(str(tmp_path / "a.log"), IngestSettings())
    assert (found.lines, found.formats, found.suggestion) == (0, {}, "")


def test_deep_nesting_is_told_and_explained(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    for layers, kept in ((900, 2), (10_000, 1)):
        deep = json.dumps(call(2))[:-1] + ', "extra": ' + "[" * layers + "]" * layers + "}\n"
        path.write_bytes(log(1) + deep.encode())
        records, rejects = read(path)
        assert records.height == kept
        assert rejects["reason"].to_list() == ["JSON that is nested too deeply"] * (2 - kept)
        assert explain(str(path), IngestSettings()).formats == {"openai_chat_pair": kept}

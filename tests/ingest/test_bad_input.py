"""Files that are missing, empty, binary, broken, odd: a plain sentence, and the good lines."""

import bz2
import gzip
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import zstandard

from routeaudit.errors import ConfigError, InputError
from routeaudit.ingest import IngestSettings, ingest
from routeaudit.ingest.lines import MAX_LINE_BYTES
from routeaudit.ingest.sources import expand


def pair(number: int, content: str = "Say hi") -> dict[str, Any]:
    return {
        "timestamp": f"2026-05-04T08:00:{number % 60:02}Z",
        "request_id": f"req_{number}",
        "request": {"model": "gpt-4o", "messages": [{"role": "user", "content": content}]},
        "response": {
            "id": f"chatcmpl-{number}",
            "object": "chat.completion",
            "model": "gpt-4o",
            "choices": [{"message": {"role": "assistant", "content": "hi"}}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10},
        },
    }


def jsonl(*numbers: int) -> bytes:
    return b"".join(json.dumps(pair(n)).encode() + b"\n" for n in numbers)


def read(path: Path, **told: Any) -> tuple[pl.DataFrame, pl.DataFrame]:
    batches = list(ingest([str(path)], IngestSettings(**told)))
    for batch in batches:
        assert batch.units == batch.records.height + batch.rejects.height + batch.merged.height
    return pl.concat([b.records for b in batches]), pl.concat([b.rejects for b in batches])


def test_a_missing_file_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").write_bytes(jsonl(1))
    with pytest.raises(InputError, match="there is no file") as caught:
        read(tmp_path / "cals.jsonl")
    assert caught.value.hint == "did you mean calls.jsonl?"


def test_an_empty_file_and_a_folder_without_logs_are_told(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("no log")
    (tmp_path / ".hidden.jsonl").write_bytes(jsonl(1))
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(InputError, match="is empty"):
        read(tmp_path / "empty.jsonl")
    with pytest.raises(InputError, match="holds no logs"):
        read(tmp_path)


def test_a_binary_file_alone_is_an_error_and_among_logs_a_reject(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"\x7fELF\x00\x01\x02" * 100)
    with pytest.raises(InputError, match="binary"):
        read(tmp_path / "a.log")
    (tmp_path / "b.jsonl").write_bytes(jsonl(1))
    records, rejects = read(tmp_path)
    assert (records.height, rejects.height) == (1, 1)


@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("a.jsonl.gz", gzip.compress(jsonl(1)) + gzip.compress(jsonl(2))),
        ("a.jsonl.bz2", bz2.compress(jsonl(1, 2))),
        ("a.jsonl.zst", zstandard.compress(jsonl(1)) + zstandard.compress(jsonl(2))),
        ("a.jsonl", jsonl(1, 2).replace(b"\n", b"\r\n")),
        ("a.jsonl", b"\xef\xbb\xbf" + jsonl(1, 2)),
        ("a.jsonl", jsonl(1, 2).decode().encode("utf-16")),
        ("a.json", json.dumps([pair(1), pair(2)], indent=2).encode()),
        ("a.json", json.dumps({"data": [pair(1), pair(2)], "more": 1}).encode()),
        ("a.json", b"\n".join(json.dumps(pair(n), indent=1).encode() for n in (1, 2))),
    ],
)  # fmt: skip
def test_packed_encoded_and_pretty_printed_logs_give_the_same_records(
    tmp_path: Path, name: str, packed: bytes
) -> None:
    (tmp_path / name).write_bytes(packed)
    records, rejects = read(tmp_path / name)
    assert records["request_id"].to_list() == ["req_1", "req_2"]
    assert rejects.height == 0


def test_a_zip_archive_is_read_like_a_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "logs.zip", "w") as archive:
        archive.writestr("x/a.jsonl", jsonl(1))
        archive.writestr("x/README.md", "no log")
    records, _ = read(tmp_path / "logs.zip")
    assert records["source_file"].to_list() == [f"{tmp_path}/logs.zip/x/a.jsonl"]


def test_a_broken_archive_keeps_what_came_before_the_break(tmp_path: Path) -> None:
    whole = gzip.compress(
        b"".join(json.dumps(pair(n, str(n * 7919))).encode() + b"\n" for n in range(9000))
    )
    (tmp_path / "a.jsonl.gz").write_bytes(whole[:-2000])
    records, rejects = read(tmp_path / "a.jsonl.gz")
    assert 8000 < records.height < 9000
    assert rejects["reason"].to_list()[-1] == "the compressed file breaks off here"


@pytest.mark.parametrize("ending", ["gz", "zst"])
def test_a_short_archive_that_breaks_off_is_never_taken_for_a_whole_one(
    tmp_path: Path, ending: str
) -> None:
    text = b"".join(json.dumps(pair(n, str(n * 7919))).encode() + b"\n" for n in range(40))
    path = tmp_path / f"a.jsonl.{ending}"
    packed = gzip.compress(text) if ending == "gz" else zstandard.compress(text)
    path.write_bytes(packed[:-60])
    if ending == "gz":
        records, rejects = read(path)
        assert 0 < records.height < 40
        assert rejects["reason"].to_list()[-1] == "the compressed file breaks off here"
        return
    # One frame of zstd is unpacked in blocks of 128 KB: nothing of a smaller one can be had.
    with pytest.raises(InputError, match="ends within a frame"):
        read(path)


def test_nan_half_characters_and_a_truncated_last_line(tmp_path: Path) -> None:
    nan = json.dumps(pair(1)).replace('"request_id"', '"cost": NaN, "request_id"')
    half = json.dumps(pair(2)).replace("Say hi", "Say \\ud83d hi")
    (tmp_path / "a.jsonl").write_text("\n".join([nan, half, json.dumps(pair(3))[:-30]]))
    records, rejects = read(tmp_path / "a.jsonl")
    assert records["cost_usd"].to_list() == [None, None]
    assert records["query"].to_list() == ["Say hi", "Say \ufffd hi"]
    assert rejects["source_line"].to_list() == [3]


def test_a_line_of_20_mb_is_read_and_its_image_left_out(tmp_path: Path) -> None:
    picture = "data:image/png;base64," + "A" * (20 << 20)
    asked = pair(1)
    asked["request"]["messages"][0]["content"] = [
        {"type": "text", "text": f"See {picture} here"},
        {"type": "image_url", "image_url": {"url": picture}},
    ]
    (tmp_path / "a.jsonl").write_bytes(json.dumps(asked).encode() + b"\n" + jsonl(2))
    records, _ = read(tmp_path / "a.jsonl")
    assert records["query"].to_list() == [
        f"See [data of {len(picture)} characters] here",
        "Say hi",
    ]
    assert records["n_media"].to_list() == [1, 0]


def test_the_longest_line_has_a_limit() -> None:
    assert MAX_LINE_BYTES >= 100 << 20


def test_rejects_never_quote_the_text(tmp_path: Path) -> None:
    words = "my private words"
    (tmp_path / "a.jsonl").write_text(
        f'{{"prompt": "{words}", \n{{"odd": "{words}"}}\n"{words}"\n{words}\n' + "{}\n"
    )
    _, rejects = read(tmp_path / "a.jsonl")
    assert rejects.height == 5
    assert not any("private" in reason for reason in rejects["reason"])


def test_standard_input_is_read(tmp_path: Path) -> None:
    code = (
        "from routeaudit.ingest import ingest, IngestSettings\n"
        "print(sum(b.records.height for b in ingest(['-'], IngestSettings())))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=gzip.compress(jsonl(*range(700))),
        capture_output=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stdout.strip() == b"700"
    assert done.stderr == b""


def test_an_abandoned_read_says_nothing_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(jsonl(*range(2000)))
    code = (
        "from routeaudit.ingest import ingest, IngestSettings\n"
        f"batches = ingest([{str(tmp_path / 'a.jsonl')!r}], IngestSettings())\n"
        "batch = next(batches)\n"
        "print(batch.records.height)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stdout.strip() == b"2000"
    assert done.stderr == b""


@pytest.mark.parametrize(
    "told",
    [
        {"format": "opnai_chat_pair"}, {"since": "yesterday-ish"}, {"timezone": "Berlin"},
        {"since": "2026-05-05", "until": "2026-05-04"}, {"sample": "many"}, {"sample": "0"}, {"sample": "200%"}, {"max_bad_rows": 2},
        {"map": ("cost=$.x",)}, {"map": ("cost_usd=$.x[",)}, {"map": ("cost_usd=",)}, {"map": ("cost_usd=$.x | euros",)},
        {"map": ("nothing",)}, {"map_file": "/nowhere.toml"},
    ],
)  # fmt: skip
def test_a_wrong_setting_is_told_before_anything_is_read(
    tmp_path: Path, told: dict[str, Any]
) -> None:
    (tmp_path / "a.jsonl").write_bytes(jsonl(1))
    with pytest.raises(ConfigError):
        read(tmp_path / "a.jsonl", **told)


def test_a_window_keeps_the_calls_from_since_up_to_until(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(jsonl(*range(10)))
    batches = list(
        ingest(
            [str(tmp_path / "a.jsonl")],
            IngestSettings(
                since="2026-05-04T10:00:03",
                until="2026-05-04T10:00:05",
                timezone="Europe/Berlin",
            ),
        )
    )
    assert [b.records["request_id"].to_list() for b in batches] == [["req_3", "req_4"]]
    assert batches[0].notes == {"outside the time window": 8}


def test_a_sample_is_the_same_every_time_and_of_the_size_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(jsonl(*range(2000)))
    some, _ = read(tmp_path / "a.jsonl", sample="100")
    again, _ = read(tmp_path / "a.jsonl", sample="100")
    other, _ = read(tmp_path / "a.jsonl", sample="100", seed=1)
    share, _ = read(tmp_path / "a.jsonl", sample="10%")
    assert some.height == 100
    assert some["request_id"].to_list() == again["request_id"].to_list()
    assert some["request_id"].to_list() != other["request_id"].to_list()
    assert 140 <= share.height <= 260  # 200 +- 4.5 standard deviations of 13.4


@pytest.mark.parametrize(("sample", "left_out"), [("1500", 500), ("2000", 0), ("3000", 0)])
def test_what_a_sample_leaves_out_is_what_it_does_not_hold(
    tmp_path: Path, sample: str, left_out: int
) -> None:
    (tmp_path / "a.jsonl").write_bytes(jsonl(*range(1000)))
    (tmp_path / "b.jsonl").write_bytes(jsonl(*range(1000, 2000)))
    batches = list(ingest([str(tmp_path)], IngestSettings(sample=sample)))
    told = sum(batch.notes.get("not in the sample", 0) for batch in batches)
    held = sum(batch.records.height for batch in batches)
    assert (told, held, sum(batch.units for batch in batches)) == (
        left_out,
        2000 - left_out,
        held,
    )


def test_large_bodies_beside_bedrocks_records_are_no_records(tmp_path: Path) -> None:
    folder = tmp_path / "BedrockModelInvocationLogs" / "us-east-1"
    (folder / "data").mkdir(parents=True)
    (folder / "a.json").write_text("{}")
    (folder / "data" / "body.json").write_text("{}")
    assert [source.name for source in expand([str(tmp_path)])] == [str(folder / "a.json")]

"""Logs in S3 (moto's server on loopback) and in LiteLLM's PostgreSQL database."""

import gzip
import json
import os
import shutil
import socket
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from routeaudit.errors import ConfigError, InputError
from routeaudit.ingest import IngestSettings, ingest

SPEND = {
    "request_id": "r1", "call_type": "acompletion", "spend": 0.5, "model": "gpt-4o",
    "startTime": "2026-05-04T08:00:00", "endTime": "2026-05-04T08:00:02",
    "prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "team_id": "search",
}  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    server_module = pytest.importorskip("moto.server")
    pytest.importorskip("s3fs")
    port = free_port()
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=port)
    server.start()
    names = {
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    }  # fmt: skip
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    import boto3  # noqa: PLC0415 noqa: PLC0415 comes with moto, an optional part

    client = boto3.client("s3")
    client.create_bucket(Bucket="logs")
    line = json.dumps(SPEND).encode()
    client.put_object(Bucket="logs", Key="a/one.jsonl", Body=line)
    client.put_object(
        Bucket="logs",
        Key="a/two.jsonl.gz",
        Body=gzip.compress(line.replace(b'"r1"', b'"r2"')),
    )
    for key, body in {
        "a/README.md": b"# Logs", "a/_SUCCESS": b"", "a/.hidden.jsonl": b"no log",
        "b/BedrockModelInvocationLogs/data/body.json": b"{}",
        "b/stream-1-2026-05-04-08-00": line, "b/_tmp": line.replace(b'"r1"', b'"r3"'),
    }.items():  # fmt: skip
        client.put_object(Bucket="logs", Key=key, Body=body)
    client.close()
    yield "s3://logs"
    server.stop()
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_bucket_is_read_like_a_folder_packed_files_too(bucket: str) -> None:
    batches = list(ingest([f"{bucket}/a"], IngestSettings()))
    rows = [row for batch in batches for row in batch.records.to_dicts()]
    assert [row["request_id"] for row in rows] == ["r1", "r2"]
    assert [row["source_file"] for row in rows] == [
        "s3://logs/a/one.jsonl",
        "s3://logs/a/two.jsonl.gz",
    ]
    assert sum(batch.rejects.height for batch in batches) == 0
    assert all(row["latency_s"] == 2.0 and row["cost_usd"] == 0.5 for row in rows)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_objects_whose_names_have_no_ending_are_read(bucket: str) -> None:
    batches = list(ingest([f"{bucket}/b/"], IngestSettings()))
    assert [row for batch in batches for row in batch.records["request_id"]] == ["r3", "r1"]
    assert sum(batch.units for batch in batches) == 2


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_prefix_without_objects_is_told(bucket: str) -> None:
    with pytest.raises(InputError, match="nothing at s3://logs/none"):
        list(ingest([f"{bucket}/none"], IngestSettings()))


def test_a_place_of_an_unknown_kind_is_told() -> None:
    with pytest.raises(ConfigError, match="ftp://"):
        list(ingest(["ftp://host/logs"], IngestSettings()))


def programs() -> Path | None:
    found = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return Path(found).parent if found else (folders[-1] if folders else None)


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    psycopg = pytest.importorskip("psycopg")
    where = programs()
    if where is None:
        pytest.skip("PostgreSQL is not installed here")
    # pytest closes its own folders to others, and PostgreSQL will not run as root
    folder = Path(tempfile.mkdtemp(prefix="routeaudit-postgres-"))
    as_user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    run_as: list[str | Path] = list(as_user) if os.geteuid() == 0 else []
    if run_as:
        folder.chmod(0o777)
    data, port = folder / "data", free_port()
    subprocess.run(
        [*run_as, where / "initdb", "-D", data, "-U", "tester", "-A", "trust"],
        check=True, capture_output=True, cwd=folder,
    )  # fmt: skip
    options = (
        f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder}"
    )
    control: list[str | Path] = [
        *run_as,
        where / "pg_ctl",
        "-D",
        data,
        "-w",
        "-l",
        folder / "log",
    ]
    subprocess.run(
        [*control, "-o", options, "start"], check=True, capture_output=True, cwd=folder
    )
    url = f"postgresql://tester@127.0.0.1:{port}/postgres"
    yield url
    subprocess.run(
        [*control, "-m", "fast", "stop"], check=True, capture_output=True, cwd=folder
    )
    shutil.rmtree(folder, ignore_errors=True)
    del psycopg


def test_spend_logs_are_read_from_a_database(database: str) -> None:
    import psycopg  # noqa: PLC0415 an optional part

    with pytest.raises(InputError, match="no table LiteLLM_SpendLogs"):
        list(ingest([database], IngestSettings()))
    with psycopg.connect(database) as connection:
        connection.execute(
            'CREATE TABLE "LiteLLM_SpendLogs" (request_id text, call_type text, spend float8,'
            ' model text, "startTime" timestamp, "endTime" timestamp, prompt_tokens int,'
            " completion_tokens int, total_tokens int, team_id text, messages jsonb)"
        )
        connection.execute(
            "INSERT INTO \"LiteLLM_SpendLogs\" VALUES ('r1', 'acompletion', 0.5, 'gpt-4o',"
            " '2026-05-04 08:00:00', '2026-05-04 08:00:02', 10, 5, 15, 'search',"
            ' \'[{"role": "user", "content": "Say hi"}]\')'
        )
    (batch,) = ingest([database], IngestSettings())
    row = batch.records.row(0, named=True)
    assert (row["request_id"], row["team"], row["query"]) == ("r1", "search", "Say hi")
    assert (row["latency_s"], row["cost_usd"], row["prompt_tokens"]) == (2.0, 0.5, 10)
    assert row["source_file"] == "postgresql:LiteLLM_SpendLogs"


def test_a_database_that_does_not_answer_is_told_without_its_password() -> None:
    pytest.importorskip("psycopg")
    url = f"postgresql://u:secret@127.0.0.1:{free_port()}/x"
    with warnings.catch_warnings(), pytest.raises(InputError) as caught:
        list(ingest([url], IngestSettings()))
    assert "secret" not in str(caught.value)

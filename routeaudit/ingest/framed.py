"""OTLP files of the collector with `compression: zstd` or `format: proto`: message by message.

Each message stands behind its length, four bytes, the highest first, and is compressed by itself.
Messages in JSON need nothing else; those in protobuf need `opentelemetry-proto`.
"""

import base64
import struct
from collections.abc import Iterator
from typing import IO, Any  # Any: parsed JSON, protobuf messages

import orjson

from routeaudit.errors import InputError, MissingExtraError
from routeaudit.ingest.lines import BLOCK_BYTES, MAX_LINE_BYTES, Block
from routeaudit.ingest.unpack import ZSTD_MAGIC

LENGTH = struct.Struct(">I")
HEAD_BYTES = LENGTH.size + len(ZSTD_MAGIC)
PROTOBUF_START = b"\x0a"  # field 1, its length follows: the resources of a message
IDS = ("traceId", "spanId", "parentSpanId")
CUT_OFF = b"\x02"  # stands for what is missing of a broken file


def is_framed(head: bytes) -> bool:
    """Tell such a file by the first length and what follows it."""
    if len(head) < HEAD_BYTES:
        return False
    (length,) = LENGTH.unpack_from(head)
    first = head[LENGTH.size :]
    known = first.startswith((ZSTD_MAGIC, b"{", PROTOBUF_START))
    return known and 0 < length <= MAX_LINE_BYTES


def framed_blocks(name: str, stream: IO[bytes]) -> Iterator[Block]:
    """Give the messages as lines of JSON, numbered from 1; memory stays at a block.

    Raises:
        InputError: a message is neither JSON nor protobuf of OTLP.
        MissingExtraError: a message is protobuf and the package that reads it is missing.
    """
    held: list[bytes] = []
    first, size = 1, 0
    for message in _messages(name, stream):
        held.append(message)
        size += len(message)
        if size >= BLOCK_BYTES:
            yield Block(name, first, b"\n".join(held))
            first, size, held = first + len(held), 0, []
    if held:
        yield Block(name, first, b"\n".join(held))


def _messages(name: str, stream: IO[bytes]) -> Iterator[bytes]:
    while head := stream.read(LENGTH.size):
        length = LENGTH.unpack(head)[0] if len(head) == LENGTH.size else 0
        if length > MAX_LINE_BYTES:
            raise InputError(
                f"{name} has a message of {length} bytes", hint="is the file whole?"
            )
        body = stream.read(length)
        yield _as_json(name, _unpacked(body)) if 0 < length == len(body) else CUT_OFF


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(ZSTD_MAGIC):
        return body
    import zstandard  # noqa: PLC0415 needed for compressed messages only

    with zstandard.ZstdDecompressor().stream_reader(body) as reader:
        return reader.read()


def _as_json(name: str, body: bytes) -> bytes:
    if _is_json(body):
        return body.replace(b"\n", b" ")
    return orjson.dumps(_with_hex_ids(_decoded(name, body)))


def _is_json(body: bytes) -> bool:
    """Tell JSON from protobuf, whose first two bytes can read as a line feed and a brace."""
    if not body.lstrip().startswith(b"{"):
        return False
    if not body.startswith(PROTOBUF_START):
        return True
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return True


def _decoded(name: str, body: bytes) -> dict[str, Any]:
    """Read a message of spans or of log records: both begin alike, so it must make sense."""
    try:
        from google.protobuf.json_format import MessageToDict  # noqa: PLC0415 an extra
        from google.protobuf.message import DecodeError  # noqa: PLC0415 an extra
        from opentelemetry.proto.logs.v1.logs_pb2 import LogsData  # noqa: PLC0415 an extra
        from opentelemetry.proto.trace.v1.trace_pb2 import TracesData  # noqa: PLC0415 an extra
    except ImportError as error:
        raise MissingExtraError("reading OTLP in protobuf", extra="otlp") from error
    for kind in (TracesData, LogsData):
        try:
            found: dict[str, Any] = MessageToDict(kind.FromString(body))
        except DecodeError:
            continue
        if _has_times(found):
            return found
    raise InputError(
        f"{name} holds a message that is neither spans nor logs of OTLP",
        hint="metrics tell nothing of single calls: export traces or logs",
    )


def _has_times(found: dict[str, Any]) -> bool:
    """Tell a message that was read as what it is: its spans or records have their times."""
    parts = [
        part
        for kind in ("Spans", "Logs")
        for resource in found.get(f"resource{kind}", ())
        for scope in resource.get(f"scope{kind}", ())
        for part in scope.get({"Spans": "spans", "Logs": "logRecords"}[kind], ())
    ]
    times = ("startTimeUnixNano", "timeUnixNano", "observedTimeUnixNano")
    return all(any(time in part for time in times) for part in parts)


def _with_hex_ids(value: Any) -> Any:  # noqa: ANN401 parsed JSON
    if isinstance(value, list):
        return [_with_hex_ids(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: base64.b64decode(item).hex() if key in IDS else _with_hex_ids(item)
        for key, item in value.items()
    }

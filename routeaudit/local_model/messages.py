"""What is said between routeaudit and its worker process: length-prefixed msgpack frames."""

import struct
from typing import IO

import msgspec

from routeaudit.local_model.compared import Compared, Texts
from routeaudit.local_model.engine import EngineSettings
from routeaudit.local_model.question import Question
from routeaudit.local_model.written import Request, WriterSettings, Written

_LENGTH = struct.Struct("<I")


class Open(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Load this file for this question."""

    factory: str  # "package.module:name", called with settings and question
    settings: EngineSettings
    question: Question


class Ask(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Put the question about these queries."""

    queries: list[str]


class OpenWriter(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Load this file to write answers."""

    factory: str  # "package.module:name", called with settings
    settings: WriterSettings


class Write(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Answer these requests."""

    requests: list[Request]


class Wrote(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One answer, as soon as it is there."""

    place: int
    written: Written


class OpenComparer(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Load this file to compare texts."""

    factory: str  # "package.module:name", called with settings
    settings: EngineSettings


class Compare(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Compare these texts."""

    pairs: list[Texts]


class WasCompared(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """How alike two texts are."""

    place: int
    compared: Compared


class Opened(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The file is loaded and the head of the question decoded."""

    head_tokens: int


class Part(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The answers of one batch."""

    places: list[int]
    probabilities: list[list[float]]
    n_tokens: list[int]
    n_cut: list[int]


class Done(msgspec.Struct, frozen=True, tag=True):
    """Every query of the last `Ask` has been answered."""


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """It cannot be done; a sentence and a hint, never the text of a query."""

    message: str
    hint: str
    extra: str = ""  # the optional dependency that is missing


ToWorker = Open | Ask | OpenWriter | Write | OpenComparer | Compare
FromWorker = Opened | Part | Wrote | WasCompared | Done | Failed


def send(stream: IO[bytes], message: ToWorker | FromWorker) -> None:
    """Write one frame."""
    body = msgspec.msgpack.encode(message)
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()


def receive_frame(stream: IO[bytes]) -> bytes | None:
    """Read one frame's body; null when the other side is gone."""
    size = stream.read(_LENGTH.size)
    if len(size) < _LENGTH.size:
        return None
    n_bytes = _LENGTH.unpack(size)[0]
    body = stream.read(n_bytes)
    return body if len(body) == n_bytes else None


def to_worker(body: bytes) -> ToWorker:
    """Read what routeaudit said."""
    message: ToWorker = msgspec.msgpack.decode(body, type=ToWorker)
    return message


def from_worker(body: bytes) -> FromWorker:
    """Read what the worker said."""
    message: FromWorker = msgspec.msgpack.decode(body, type=FromWorker)
    return message

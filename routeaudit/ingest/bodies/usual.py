"""Messages in JSON text as tracing tools usually write them, decoded at once into typed objects.

Whatever else a text holds is left to `prompts` and `answers`, which read any shape. What is read
here is what they would have read.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec

from routeaudit.ingest.bodies.content import Turns, without_data


class _Part(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    type: Literal["text"]
    content: str


class _Message(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    role: str
    parts: list[_Part]


class _Answer(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    role: str
    parts: list[_Part]
    finish_reason: str | None = None


class _Turn(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    role: Literal["system", "developer", "user", "assistant"]
    content: str


class Answer(NamedTuple):
    """What one message of an answer says, and why it ended there."""

    text: str
    finish_reason: str | None


_MESSAGES = msgspec.json.Decoder(list[_Message])
_ANSWERS = msgspec.json.Decoder(list[_Answer])
_TURNS = msgspec.json.Decoder(list[_Turn])
_ODD = (msgspec.DecodeError, UnicodeEncodeError)


def said(text: str) -> list[tuple[str, str]]:
    """Read messages of text parts as role and text; none where the text holds anything else."""
    if not text.startswith("[{"):
        return []
    try:
        messages = _MESSAGES.decode(text)
    except _ODD:
        return []
    return [(message.role, _joined(message.parts, "\n")) for message in messages]


def chat(text: str) -> Turns | None:
    """Read the messages of a chat request; None where the text holds anything else, or none."""
    if not text.startswith("[{"):
        return None
    try:
        found = _TURNS.decode(text)
    except _ODD:
        return None
    return Turns([{"role": t.role, "content": without_data(t.content)} for t in found], 0)


def answered(text: str) -> Answer | None:
    """Read one answer of text parts; None where the text holds anything else."""
    if not text.startswith("[{"):
        return None
    try:
        answers = _ANSWERS.decode(text)
    except _ODD:
        return None
    if len(answers) != 1:
        return None
    return Answer(_joined(answers[0].parts, ""), answers[0].finish_reason)


def _joined(parts: Sequence[_Part], joint: str) -> str:
    if len(parts) == 1:
        return without_data(parts[0].content)
    return joint.join([found for part in parts if (found := without_data(part.content))])

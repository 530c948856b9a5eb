"""What one logged call is, before it is written in anybody's format."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class Message(NamedTuple):
    """One message of a prompt."""

    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call to a provider; token counts are those that the provider reports."""

    at: datetime
    team: str
    feature: str
    user: str
    session_id: str | None
    llm_id: str
    messages: tuple[Message, ...]
    answer: str
    tool: str | None  # the answer is this tool's arguments, as JSON
    wants_json: bool
    task: str
    request_id: str
    trouble: str | None  # rate_limit, server_error, timeout, content_filter
    stream: str | None  # "usage", "bare" (no usage sent), or not streamed
    prompt_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    completion_tokens: int
    latency_ms: int
    seed: int  # for the ids that only the wire format needs

"""Codex's rollout files: a state machine of events; a call is a count of tokens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies.pieces import calls_of, piece_of
from routeaudit.ingest.piles import Merge, Reject, put
from routeaudit.ingest.rows import (
    Json,
    first_known,
    tidy,
    timed,
    tokens,
)
from routeaudit.ingest.shape import Adapted, LogFormat, Row, Scope, Unit, either
from routeaudit.ingest.values import at, count, mapping, moment, string

TYPES = {"session_meta", "turn_context", "event_msg", "response_item", "compacted"}
COUNTS = (
    "input_tokens", "cached_input_tokens", "output_tokens", "reasoning_output_tokens",
    "total_tokens",
)  # fmt: skip
REPLAY_US = 1_000_000  # a subagent's or a fork's file repeats its parent in its first second
Usage = dict[str, int]


def sign(record: Mapping[str, Any]) -> bool:
    """Know a line by its type and payload."""
    kind = record.get("type")
    known = isinstance(kind, str) and kind in TYPES
    return known and isinstance(record.get("payload"), dict)


def adapt(units: Sequence[Unit]) -> Adapted:
    """Walk through a file; each new count of tokens ends a call."""
    found = Adapted()
    rollout = Rollout(said_in_items=any(_is_message(unit.value) for unit in units))
    for unit in units:
        value = unit.value
        outcome = rollout.take(value) if isinstance(value, dict) else Reject("not an object")
        put(found, unit.line, outcome)
    return found


def _is_message(line: Json) -> bool:
    return (at(line, "type"), at(line, "payload", "type")) == ("response_item", "message")


@dataclass(kw_only=True)
class Rollout:
    """What is known so far of a session. Texts come from items, else from events: not both."""

    said_in_items: bool
    session_id: str | None = None
    cwd: str | None = None
    model: str | None = None
    is_branch: bool = False  # of another session, which it repeats first
    began_us: int | None = None
    totals: Usage = field(default_factory=dict)
    n_calls: int = 0
    user_text: str = ""
    tool_texts: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    calls: list[dict[str, str]] = field(default_factory=list)

    def take(self, line: Mapping[str, Any]) -> Row | Merge | Reject:
        """Take one line in; a count of tokens gives a row."""
        kind, payload = string(line.get("type")), mapping(line.get("payload"))
        if kind == "event_msg" and payload.get("type") == "token_count":
            return self._counted(line, payload)
        if kind == "session_meta":
            self._begin(line, payload)
        elif kind == "turn_context":
            self.model = first_known(payload.get("model"), self.model)
            self.cwd = string(payload.get("cwd")) or self.cwd
        elif kind == "response_item":
            self._item(payload)
        elif kind == "event_msg" and not self.said_in_items:
            self._event(payload)
        return Merge(f"not a model call: {kind if kind in TYPES else 'another line'}")

    def _begin(self, line: Mapping[str, Any], payload: Mapping[str, Any]) -> None:
        if self._is_replay(line):
            return  # of the session that is repeated
        began = moment(line.get("timestamp"))
        self.session_id = string(payload.get("id")) or self.session_id
        self.cwd = string(payload.get("cwd")) or self.cwd
        self.began_us = began.us if began else None
        self.is_branch = (
            at(payload, "source", "subagent") is not None
            or string(payload.get("forked_from_id")) is not None
        )

    def _item(self, payload: Mapping[str, Any]) -> None:
        kind = payload.get("type")
        if kind == "message":
            self._hear(string(payload.get("role")), piece_of(payload.get("content")).text)
        elif kind in ("function_call_output", "custom_tool_call_output"):
            self.tool_texts.append(piece_of(payload.get("output")).text)
        else:
            self.calls += calls_of(payload)

    def _event(self, payload: Mapping[str, Any]) -> None:
        roles = {"user_message": "user", "agent_message": "assistant"}
        role = roles.get(str(payload.get("type")))
        self._hear(role, piece_of(payload.get("message")).text)

    def _hear(self, role: str | None, text: str) -> None:
        if role == "user" and text:
            self.user_text = text
        elif role == "assistant" and text:
            self.texts.append(text)

    def _counted(self, line: Mapping[str, Any], payload: Mapping[str, Any]) -> Row | Merge:
        info = mapping(payload.get("info"))
        totals, last = (
            _usage(info.get("total_token_usage")),
            _usage(info.get("last_token_usage")),
        )
        before, self.totals = self.totals, totals or self.totals
        if totals and totals == before:
            return Merge("repeat of the token count before")
        if self._is_replay(line):
            return Merge("a replay of the parent session's token count")
        spent = last or _since(before, totals)
        if not any(spent.values()):
            return Merge("a token count without tokens")
        self.model = first_known(info.get("model"), self.model)
        return self._row(line, spent)

    def _is_replay(self, line: Mapping[str, Any]) -> bool:
        now = moment(line.get("timestamp"))
        if not self.is_branch or now is None or self.began_us is None:
            return False
        return now.us - self.began_us <= REPLAY_US

    def _row(self, line: Mapping[str, Any], spent: Usage) -> Row:
        self.n_calls += 1
        messages = [{"role": "user", "content": self.user_text}] if self.user_text else []
        messages += [{"role": "tool", "content": text} for text in self.tool_texts if text]
        # no id is logged; this one is the same in an archived copy of the session
        made_up = f"{self.session_id}#{self.n_calls}" if self.session_id else None
        row = {
            **timed(line.get("timestamp")),
            **tokens(
                prompt=spent.get("input_tokens"),
                completion=spent.get("output_tokens"),
                cached=spent.get("cached_input_tokens"),
                # inside the output; some writers add it to the total once more
                reasoning=spent.get("reasoning_output_tokens"),
            ),
            "request_id": made_up,
            "session_id": self.session_id,
            "provider": "openai",
            "model": self.model,
            "model_requested": self.model,
            "operation": "chat",
            "messages": messages,
            "response_text": "\n".join(self.texts),
            "tool_calls": self.calls,
            "status": "ok",
            "feature": self.cwd,
        }
        self.tool_texts, self.texts, self.calls = [], [], []
        return tidy(row)


def _since(before: Usage, totals: Usage) -> Usage:
    """Take what was spent since the last totals; totals that fall began anew at zero."""
    anew = any(n < before.get(key, 0) for key, n in totals.items())
    return totals if anew else {key: n - before.get(key, 0) for key, n in totals.items()}


def _usage(value: Json) -> Usage:
    counts = {key: count(at(value, key)) for key in COUNTS}
    return {key: found for key, found in counts.items() if found is not None}


PLUGIN = LogFormat(
    rank=20.0,
    sign=sign,
    needs=either("type payload"),
    adapt=adapt,
    scope=Scope.FILE,
    about="Codex rollout files: one row per count of tokens",
)

"""Claude Code's transcripts: one response stands on several lines, and is replayed elsewhere."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple  # Any: parsed JSON

from routeaudit.ingest.bodies import anthropic
from routeaudit.ingest.bodies.pieces import piece_of
from routeaudit.ingest.rows import finished, flat_tags, known_model, money, tidy, timed, tokens
from routeaudit.ingest.shape import Adapted, Aside, LogFormat, Row, Scope, Unit, either
from routeaudit.ingest.shelf import by
from routeaudit.ingest.values import at, count, first, mapping, string

TYPES = {
    "user", "assistant", "summary", "system", "attachment", "progress",
    "mode", "tag",
}  # fmt: skip
OWN_TYPES = {
    "file-history-snapshot", "attribution-snapshot", "queue-operation", "permission-mode",
    "custom-title", "ai-title", "last-prompt", "task-summary", "pr-link", "worktree-state",
    "agent-name", "agent-color", "agent-setting", "content-replacement",
}  # fmt: skip
"""What no other log calls a line; some of them name no session."""
OLD_USAGE = ("inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens")
SYNTHETIC = "<synthetic>"
API_ERROR = re.compile(r"API Error:? *\(?(\d{3})\b")
MAX_STEPS = 100  # lines to walk back to the user's words
REPEAT = "another line of the same response"
REPLAY = "a side chain that replays the parent's response"


class Asked(NamedTuple):
    """What the model was told just before: the user's words and a tool's answer."""

    messages: list[dict[str, str]]
    n_media: int


def sign(record: Mapping[str, Any]) -> bool:
    """Know a line by its message and session, or by its type and session."""
    if isinstance(record.get("message"), dict) and (
        "sessionId" in record or {"uuid", "type"} <= record.keys()
    ):
        return True
    kind = record.get("type")
    return isinstance(kind, str) and (
        kind in OWN_TYPES or (kind in TYPES and bool({"sessionId", "leafUuid"} & record.keys()))
    )


def adapt(units: Sequence[Unit]) -> Adapted:
    """Make one row of all lines that share message id and request id; set the others aside."""
    found = Adapted()
    calls: dict[Any, list[Unit]] = defaultdict(list)
    for unit in units:
        if not isinstance(unit.value, dict):
            found.rejected.append(Aside(unit.line, "not an object"))
        elif _is_call(unit.value):
            calls[_key(unit, len(calls))].append(unit)
        else:
            found.merged.append(Aside(unit.line, _why_not(unit.value)))
    context = Context([unit.value for unit in units if isinstance(unit.value, dict)])
    for lines in _without_replays(calls, found):
        best = max(lines, key=lambda unit: _total(unit.value))
        row = _row(best.value, lines, context)
        found.rows.append(finished(row, best.line))
        found.merged.extend(Aside(unit.line, REPEAT) for unit in lines if unit is not best)
    return found


def _is_error(line: Mapping[str, Any]) -> bool:
    return line.get("isApiErrorMessage") is True


def _is_call(line: Mapping[str, Any]) -> bool:
    if _is_error(line):
        return True
    used = isinstance(at(line, "message", "usage"), dict) or any(k in line for k in OLD_USAGE)
    return used and at(line, "message", "model") != SYNTHETIC


def _why_not(line: Mapping[str, Any]) -> str:
    if at(line, "message", "model") == SYNTHETIC:
        return f"not a model call: {SYNTHETIC}"
    return f"not a model call: a line of type {_kind(line)}"


def _kind(line: Mapping[str, Any]) -> str:
    kind = line.get("type")
    return kind if isinstance(kind, str) and kind in TYPES | OWN_TYPES else "unknown"


def _key(unit: Unit, number: int) -> Any:  # noqa: ANN401 a dict key
    """Name the response that a line belongs to; a line without an id stands alone."""
    response_id = string(at(unit.value, "message", "id"))
    if response_id is None:
        return (None, number)
    return (response_id, string(unit.value.get("requestId")))


def _without_replays(calls: Mapping[Any, list[Unit]], found: Adapted) -> Iterable[list[Unit]]:
    """Leave out what a side chain replays with a request id of its own."""
    own = {
        key[0]
        for key, lines in calls.items()
        if key[0] is not None and lines[0].value.get("isSidechain") is not True
    }
    for key, lines in calls.items():
        if key[0] in own and lines[0].value.get("isSidechain") is True:
            found.merged.extend(Aside(unit.line, REPLAY) for unit in lines)
        else:
            yield lines


def _total(line: Mapping[str, Any]) -> int:
    spent = _tokens(line)
    return sum(spent.get(name, 0) for name in ("prompt_tokens", "completion_tokens"))


def _tokens(line: Mapping[str, Any]) -> Row:
    usage = at(line, "message", "usage")
    if isinstance(usage, dict):
        return tidy(anthropic.read_usage(usage))
    fresh, made, hit, written = (count(line.get(key)) for key in OLD_USAGE)
    return tokens(
        prompt=None if fresh is None else fresh + (hit or 0) + (written or 0),
        completion=made,
        cached=hit,
        cache_write=written,
    )


class Context:
    """The lines of one file, to look up what was asked before an answer."""

    def __init__(self, lines: Sequence[Mapping[str, Any]]) -> None:
        self._by_uuid = {
            uuid: line for line in lines if (uuid := string(line.get("uuid"))) is not None
        }
        self._before: dict[int, Mapping[str, Any]] = {}
        last: dict[str | None, Mapping[str, Any]] = {}
        for line in lines:
            session = string(line.get("sessionId"))
            if session in last:
                self._before[id(line)] = last[session]
            if at(line, "message", "role") == "user" or line.get("type") == "user":
                last[session] = line

    def asked(self, line: Mapping[str, Any]) -> Asked:
        """Find the user's words before an answer, and a tool's answer if one came between."""
        said: list[dict[str, str]] = []
        n_media = 0
        for before in self._back(line):
            content = at(before, "message", "content")
            piece = piece_of(content)
            is_tool = _is_tool_answer(content)
            if piece.text or piece.n_media:
                role = "tool" if is_tool else "user"
                said = [{"role": role, "content": piece.text}, *said][: 1 if not said else 2]
                n_media += piece.n_media
            if not is_tool:
                break
        return Asked(said, n_media)

    def _back(self, line: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        """Walk back over the user's lines, by parent, else by order in the session."""
        here: Mapping[str, Any] | None = line
        for _ in range(MAX_STEPS):
            parent = self._by_uuid.get(string(at(here, "parentUuid")) or "")
            here = parent if parent is not None else self._before.get(id(here))
            if here is None:
                return
            if at(here, "message", "role") == "user" or here.get("type") == "user":
                yield here


def _is_tool_answer(content: Any) -> bool:  # noqa: ANN401 parsed JSON
    return isinstance(content, list) and bool(content) and all(
        at(part, "type") == "tool_result" for part in content
    )  # fmt: skip


def _row(line: Mapping[str, Any], lines: Sequence[Unit], context: Context) -> Row:
    parts = [piece_of(at(unit.value, "message", "content"), joint="") for unit in lines]
    texts = [piece.text for piece in parts if piece.text]
    calls = [call for piece in parts for call in piece.tool_calls]
    usage, asked = mapping(at(line, "message", "usage")), context.asked(lines[0].value)
    model = known_model(at(line, "message", "model"))
    fast = usage.get("speed") == "fast"
    row = {
        **timed(lines[0].value.get("timestamp"), line.get("timestamp")),
        **_tokens(line),
        **_status(line, texts),
        "request_id": string(line.get("requestId")),
        "response_id": string(at(line, "message", "id")),
        "session_id": string(line.get("sessionId")),
        "provider": "anthropic",
        "model": None if model == SYNTHETIC else model,
        "model_requested": None if model == SYNTHETIC else model,
        "operation": "chat",
        "messages": asked.messages,
        "n_media": asked.n_media if asked.messages else None,
        "response_text": None if _is_error(line) else "\n".join(dict.fromkeys(texts)),
        "tool_calls": [call for n, call in enumerate(calls) if call not in calls[:n]],
        "finish_reason": string(at(line, "message", "stop_reason")),
        "service_tier": "fast" if fast else string(usage.get("service_tier")),
        "cost_usd": money(line.get("costUSD")),
        "feature": string(line.get("cwd")),
        "tags": _tags(line),
    }
    return tidy(row)


def _tags(line: Mapping[str, Any]) -> dict[str, Any]:
    side = {"side_chain": True} if line.get("isSidechain") is True else {}
    return flat_tags(
        {"git_branch": line.get("gitBranch"), "version": line.get("version"), **side}
    )


def _status(line: Mapping[str, Any], texts: Sequence[str]) -> Row:
    if line.get("isApiErrorMessage") is not True:
        return {
            "status": "blocked" if at(line, "message", "stop_reason") == "refusal" else "ok"
        }
    told = API_ERROR.search(" ".join(texts))
    code = count(told.group(1)) if told else None
    named = first(string(line.get("error")), "api_error")
    return tidy({"status": "error", "http_status": code, "error_code": named})


PLUGIN = LogFormat(
    rank=21.0,
    sign=sign,
    needs=either("message", "type"),
    adapt=adapt,
    scope=Scope.FILE,
    group=by(("sessionId",)),
    strays="not a model call: a line that is no object",
    about="Claude Code transcripts: one row per response, prompts from the user's lines",
)

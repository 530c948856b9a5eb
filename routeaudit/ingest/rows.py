"""The parts of a row that every format makes in the same way: time, tokens, cost, status."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any  # Any: parsed JSON

import orjson

from routeaudit.ingest.shape import Row
from routeaudit.ingest.values import count, moment, number, string, unwrapped

Json = Any
"""A parsed JSON value: object, list, text, number, truth or None."""

HTTP_ERROR = 400
CODE = re.compile(r"[A-Za-z0-9_][\w.:/#-]{0,63}", re.ASCII)
HTTP_START, HTTP_END = 100, 600
BLOCKED = {
    "content_filter", "safety", "blocklist", "prohibited_content", "spii", "recitation",
    "guardrail_intervened", "content_filtered", "responsibleaipolicyviolation", "refusal",
}  # fmt: skip


def tidy(row: Mapping[str, Any]) -> Row:
    """Leave out what is not known: None, blank texts, empty lists and objects."""
    return {
        key: value
        for key, value in row.items()
        if value or (value is not None and (value is False or value == 0))
    }


@cache
def snake(camel: str) -> str:
    """Write a name in camelCase as snake_case."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in camel)


def told(body: Mapping[str, Any], keys: Iterable[str]) -> Json:
    """Give the first value under these keys that is not null."""
    for key in keys:
        value = body.get(key)
        if value is not None:
            return value
    return None


def timed(*values: Json) -> Row:
    """Give `ts` of the first value that is a time, and `tz_assumed` if it had no zone."""
    for value in values:
        found = moment(value)
        if found is not None:
            row: Row = {"ts": found.us}
            if found.zone_assumed:
                row["tz_assumed"] = True
            return row
    return {}


def lasted_s(start: Json, end: Json) -> float | None:
    """Give the seconds from one time to another; None if either is unknown or they cross."""
    began, ended = moment(start), moment(end)
    if began is None or ended is None or ended.us < began.us:
        return None
    return (ended.us - began.us) / 1e6


def seconds_of_ms(value: Json) -> float | None:
    """Turn milliseconds into seconds; None for what is no number or negative."""
    found = number(value)
    return None if found is None or found < 0 else found / 1000


def money(value: Json) -> float | None:
    """Read an amount that is not negative."""
    found = number(value)
    return None if found is None or found < 0 else found


def truth(value: Json) -> bool | None:
    """Read a yes or no, also as text; None for anything else."""
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    return words.get(str(value).lower()) if isinstance(value, (bool, int, str)) else None


def dumped(value: Json) -> str:
    """Write a value as compact JSON text, whatever it holds."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, ensure_ascii=False, default=str)


def label(value: Json) -> str | None:
    """Read a name in lower case (a provider)."""
    found = string(value)
    return found.lower() if found else None


PROVIDERS = {
    "azure.ai.openai": "azure", "az.ai.openai": "azure", "azure.ai.inference": "azure",
    "az.ai.inference": "azure", "aws.bedrock": "aws", "bedrock": "aws", "gcp.gemini": "google",
    "gcp.vertex_ai": "google", "gcp.gen_ai": "google", "vertex_ai": "google",
    "vertexai": "google", "google-vertex": "google", "x_ai": "x-ai", "mistral_ai": "mistral",
    "google_vertexai": "google", "google_genai": "google", "gemini": "google",
    "amazon_bedrock": "aws", "azure_openai": "azure",
    "amazon-bedrock": "aws", "azure-openai": "azure",
}  # fmt: skip


def provider(value: Json) -> str | None:
    """Read who served a call: what SDKs call one and the same is named alike."""
    if value is None:
        return None
    return _provider_named(value) if type(value) is str else _provider_named(label(value) or "")


@lru_cache(maxsize=256)  # the records of a log name few
def _provider_named(text: str) -> str | None:
    name = label(text) or ""
    return PROVIDERS.get(name, name.split(".")[0]) or None


UNKNOWN, MAX_UNKNOWN = frozenset(("unknown", "none", "null")), 7  # characters


def known_model(value: Json) -> str | None:
    """Read a model's name; words that mean "not known" are None."""
    if type(value) is str and len(value) > MAX_UNKNOWN:  # the usual kind, at once
        return None if value.isspace() else value
    found = string(value)
    if found is None or (len(found) <= MAX_UNKNOWN and found.lower() in UNKNOWN):
        return None
    return found


def first_known(*names: Json) -> str | None:
    """Give the first name that is known."""
    for name in names:
        if name is not None and (found := known_model(name)):
            return found
    return None


def last_part(value: Json) -> str | None:
    """Give what follows the last slash of a resource name or ARN."""
    found = string(value)
    return string(found.rsplit("/", 1)[-1]) if found else None


def http_status(value: Json) -> int | None:
    """Read an HTTP status, 100 to 599."""
    found = count(value)
    return found if found is not None and HTTP_START <= found < HTTP_END else None


def tokens(
    *,
    prompt: Json = None,
    completion: Json = None,
    cached: Json = None,
    cache_write: Json = None,
    reasoning: Json = None,
    total: Json = None,
) -> Row:
    """Read counts as logged; the reader checks them against each other and the total."""
    row: Row = {}
    for name, value in (
        ("prompt_tokens", prompt), ("cached_tokens", cached),
        ("cache_write_tokens", cache_write), ("completion_tokens", completion),
        ("reasoning_tokens", reasoning), ("total_tokens", total),
    ):  # fmt: skip
        if value is not None and (n := count(value)) is not None:
            row[name] = n
    return row


def status_row(
    code: Json = None,
    *,
    error: Json = None,
    reason: Json = None,
) -> Row:
    """Say how a call ended, from its HTTP status, error object and finish reason.

    An error object weighs more than a status of 200: some proxies log it so.
    """
    if code is None and error is None and reason is None:
        return {"status": "ok"}
    http = http_status(code)
    name = _error_name(error)
    words = {str(word).lower() for word in (name, reason) if word is not None}
    if words & BLOCKED:
        status = "blocked"
    else:
        failed = name is not None or (http is not None and http >= HTTP_ERROR)
        status = "error" if failed else "ok"
    return tidy({"status": status, "http_status": http, "error_code": name})


def gateway_status(code: Json, said: Mapping[str, Any]) -> Row:
    """Say how a call ended by the gateway's status and by what the bodies say; they win."""
    told: Row = {key: said[key] for key in ("status", "error_code") if key in said}
    return {**status_row(code), **(told if told.get("status") in ("error", "blocked") else {})}


def code_like(value: Json) -> str | None:
    """Read an error's code or class; words, which may quote what was asked, are "error"."""
    found = string(value)
    return found if found is None or CODE.fullmatch(found) else "error"


def _error_name(error: Json) -> str | None:
    error = unwrapped(error)
    if not error:
        return None
    if not isinstance(error, dict):
        # a name, not a message: messages may quote what was asked
        return code_like(error) if isinstance(error, str) else "error"
    inner = error.get("error")
    if isinstance(inner, dict):
        return _error_name(inner)
    named = (error.get(key) for key in ("status", "code", "type", "__type", "name"))
    texts = [text for text in map(string, named) if text and CODE.fullmatch(text)]
    return next((text for text in texts if not text.isdigit()), texts[0] if texts else "error")


def flat_tags(*sources: Json) -> dict[str, Any]:
    """Gather labels: objects keep their plain values, lists of words go under `tags`."""
    found: dict[str, Any] = {}
    for source in sources:
        if not source:
            continue
        value = unwrapped(source)
        if isinstance(value, dict):
            plain = (str, int, float, bool)
            found |= {
                str(key): item
                for key, item in value.items()
                if isinstance(item, plain) and item != "" and len(str(item)) <= MAX_TAG
            }
        elif isinstance(value, list):
            words = [item for item in value if isinstance(item, str) and item]
            found |= {"tags": words} if words else {}
    return found


MAX_TAG = 200  # characters; a longer value is no label but a text


def finished(row: Mapping[str, Any], line: int) -> Row:
    """Make a row ready: unknowns left out, its line noted."""
    return placed(tidy(row), line)


def placed(row: Row, line: int) -> Row:
    """Note in a row that is tidy where it stood, and how many turns its prompt has."""
    if "messages" in row and "n_turns" not in row:
        row["n_turns"] = len(row["messages"])
    row["source_line"] = line
    return row

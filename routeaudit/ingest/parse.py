"""One line of a log to a JSON value, however untidy."""

import json
import re
from typing import Any  # Any: parsed JSON

import orjson

LONG_LINE_BYTES = 1 << 20
_DATA_URI = re.compile(
    rb"data:[\w.+-]+/[\w.+-]+(?:;[\w=.+-]+)*;base64,[A-Za-z0-9+/=_\\-]{1024,}"
)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
MOST_WORDS = 300  # bytes before a record, on its line
DEEPEST = 200  # layers; deeper nesting is no call and would exhaust the stack


class UnreadableError(ValueError):
    """A line is no JSON; the message says why, without its text."""


def parsed(line: bytes) -> Any:  # noqa: ANN401 parsed JSON
    """Parse one line; embedded files of long lines become a marker of their size.

    NaN and infinite numbers become null, half characters U+FFFD.

    Raises:
        UnreadableError: the line is no JSON.
    """
    if len(line) > LONG_LINE_BYTES:
        line = _DATA_URI.sub(lambda m: b"[data of %d characters]" % len(m.group()), line)
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return _leniently(line, error)


def parsed_behind_words(line: bytes) -> Any:  # noqa: ANN401 parsed JSON
    """Parse the object that stands behind a time and other words on a line; None for none."""
    start = line.find(b"{", 0, MOST_WORDS)
    if start < 1 or not line.rstrip().endswith(b"}"):
        return None
    try:
        return parsed(line[start:])
    except UnreadableError:
        return None


def _leniently(line: bytes, first: orjson.JSONDecodeError) -> Any:  # noqa: ANN401 parsed JSON
    text = line.decode("utf-8", "replace").strip("\ufeff\x00\x1e, \t\r\n")
    try:
        value = json.loads(text, parse_constant=lambda _: None, strict=False)
    except RecursionError as error:
        raise UnreadableError("JSON that is nested too deeply") from error
    except ValueError as error:
        raise UnreadableError(_why(text, first)) from error
    return _without_surrogates(value, 0)


def _why(text: str, error: orjson.JSONDecodeError) -> str:
    if text[:1] not in {"{", "["}:
        return "not JSON"
    if text[-1:] not in {"}", "]"}:
        return "JSON that ends too early (truncated?)"
    return f"broken JSON at character {error.pos + 1}"


def _without_surrogates(value: Any, depth: int) -> Any:  # noqa: ANN401 parsed JSON
    if depth > DEEPEST:
        return None
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_without_surrogates(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {
            _LONE_SURROGATE.sub("\ufffd", key): _without_surrogates(item, depth + 1)
            for key, item in value.items()
        }
    return value

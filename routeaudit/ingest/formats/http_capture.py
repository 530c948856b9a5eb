"""Recorded HTTP exchanges (VCR, HAR, proxies): bodies are strings inside request and response."""

import re
from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.piles import refused
from routeaudit.ingest.shape import Adapted, LogFormat, Unit
from routeaudit.ingest.values import at, first, mapping, moment, string, unwrapped
from routeaudit.ingest.wrapper import TIMES

STARTS = ("created", "created_at", "createTime")  # of an answer's body
_STARTED = re.compile(r'"(?:created|created_at|createTime)": ?"?\d{4}')


def sign(value: Mapping[str, Any]) -> bool:
    """Know a capture by a URL beside headers or a body inside its request."""
    return http_capture(value) is not None


def unwrap(value: Mapping[str, Any]) -> list[Any]:
    """Make the plain pair, which is then read as what it is."""
    found = http_capture(value)
    return [found] if found and isinstance(found["request"], dict) else []


def adapt(units: Sequence[Unit]) -> Adapted:
    """Refuse captures whose request is no JSON."""
    return refused(units, "an HTTP exchange whose request body is no JSON object")


def http_capture(value: Mapping[str, Any]) -> dict[str, Any] | None:
    """Take a recorded HTTP exchange apart into a plain pair; None when it is not one."""
    asked = value.get("request")
    if not isinstance(asked, dict) or not isinstance(asked.get("headers", {}), (Mapping, list)):
        return None
    url = string(first(asked.get("uri"), asked.get("url")))
    if url is None or not ({"body", "headers", "method"} & asked.keys()):
        return None
    answer = mapping(value.get("response"))
    headers = _headers(answer.get("headers"))
    when = moment(first(*(value.get(key) for key in TIMES)))
    received = unwrapped(_body(first(answer.get("body"), answer.get("content"))))
    # the header is written at the end of a call; an answer's own time is its start
    late = None if _tells_start(received) else _http_date(headers.get("date"))
    return {
        **{k: v for k, v in value.items() if k not in ("request", "response")},
        "timestamp": when.us if when else late,
        "url": url,
        "request": unwrapped(_body(asked.get("body"))),
        "response": received,
        "status_code": first(
            at(answer, "status", "code"), answer.get("status"), answer.get("status_code")
        ),
        "request_id": first(
            value.get("request_id"), headers.get("x-request-id"), headers.get("request-id")
        ),
        "latency_ms": first(
            value.get("latency_ms"), value.get("time"), headers.get("openai-processing-ms")
        ),
    }


def _body(body: Any) -> Any:  # noqa: ANN401 parsed JSON
    if isinstance(body, dict) and body.keys() & {"string", "text", "base64"}:
        return first(body.get("string"), body.get("text"))
    return body


def _tells_start(body: Any) -> bool:  # noqa: ANN401 parsed JSON
    if isinstance(body, str):
        return bool(_STARTED.search(body))
    return moment(first(*(at(body, key) for key in STARTS))) is not None


def _headers(headers: Any) -> dict[str, Any]:  # noqa: ANN401 parsed JSON
    if isinstance(headers, list):  # HAR: [{"name", "value"}]
        headers = {string(at(h, "name")) or "": at(h, "value") for h in headers}
    found = mapping(headers)
    return {
        str(key).lower(): v[0] if isinstance(v, list) and v else v for key, v in found.items()
    }


def _http_date(text: Any) -> int | None:  # noqa: ANN401 parsed JSON
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 captures only

    try:
        found = moment(parsedate_to_datetime(text)) if isinstance(text, str) else None
    except ValueError:
        return None
    return found.us if found else None


PLUGIN = LogFormat(
    rank=23.0, sign=sign, adapt=adapt, unwrap=unwrap, about="HTTP captures (VCR, HAR, proxies)"
)

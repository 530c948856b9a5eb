"""An OpenAI-compatible endpoint that is asked over the network: only where the user names one.

This is the one place in routeaudit that sends people's words anywhere, and it sends them to the
address that was named. The key comes from the environment and is shown nowhere.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, Self  # Any: JSON that a stranger sends
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import orjson
from typing_extensions import override

from routeaudit.answer.settings import JudgeSettings
from routeaudit.errors import ConfigError, ModelError

CHAT = "/chat/completions"
SHORT_TOKENS = 16
THINKING_TOKENS = 2_048
LONGEST_WAIT_S = 30.0
MOST_REPLY_BYTES = 1 << 20
LOOPBACK = ("localhost", "127.0.0.1", "::1")
_LATER = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS)
_HOPELESS = {
    HTTPStatus.UNAUTHORIZED: "the key is not accepted",
    HTTPStatus.FORBIDDEN: "the key may not do this",
    HTTPStatus.NOT_FOUND: "there is no such address, or no such model",
    HTTPStatus.METHOD_NOT_ALLOWED: "there is no chat at this address",
}
_CODE = re.compile(r"[\w.-]{1,40}")


class NoReplyError(Exception):
    """A question got no reply; the reason holds no words of the question."""


class _Stay(HTTPRedirectHandler):
    """Follow no redirect: the key and the words go to the named address only."""

    @override
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


@dataclass(slots=True, kw_only=True)
class Endpoint:
    """Where to ask, whom, and with which key; safe to use from several threads."""

    url: str
    llm: str
    timeout_s: float
    attempts: int
    key: str = field(default="", repr=False)
    wait: Callable[[float], None] = time.sleep
    _thinks: bool = False  # it wants no temperature, and room to think

    @classmethod
    def of(cls, settings: JudgeSettings, environment: Mapping[str, str]) -> Self:
        """Read settings; the key is looked up in the environment.

        Raises:
            ConfigError: the variable is not set, or holds what can be no key.
        """
        key = environment.get(settings.key_env, "").strip()
        if settings.key_env and not (key and key.isascii() and key.isprintable()):
            raise ConfigError(
                f"the environment variable {settings.key_env} holds no key",
                hint=f"export {settings.key_env}=...",
            )
        base = settings.endpoint.rstrip("/")
        return cls(
            url=base if base.endswith(CHAT) else base + CHAT,
            llm=settings.endpoint_llm,
            timeout_s=settings.timeout_s,
            attempts=settings.attempts,
            key=key,
        )

    @property
    def host(self) -> str:
        """The part of the address that names the machine."""
        return urlsplit(self.url).netloc

    def reply(self, text: str) -> str:
        """Ask one question, again where that may help.

        Raises:
            NoReplyError: nothing came of it; the next question may fare better.
            ModelError: no question will: the key, the address or the model is wrong.
        """
        reason = ""
        for attempt in range(self.attempts):
            try:
                return _said(self._post(text))
            except HTTPError as error:
                reason, code = f"status {error.code}", _code(error)
                if error.code == HTTPStatus.BAD_REQUEST and not self._thinks and _limit(code):
                    self._thinks = True
                    return self.reply(text)
                self._give_up(error.code, code)
                pause_s = _asked_pause_s(error) or 2.0**attempt
            except (OSError, HTTPException, orjson.JSONDecodeError) as error:
                reason, pause_s = _cause(error), 2.0**attempt
            if attempt + 1 < self.attempts:
                self.wait(min(pause_s, LONGEST_WAIT_S))
        raise NoReplyError(reason)

    def _give_up(self, status: int, code: str) -> None:
        """Leave where asking again is of no use."""
        told = f" ({code})" if code else ""
        if status < HTTPStatus.BAD_REQUEST:
            raise ModelError(
                f"{self.host} sends elsewhere (status {status})", hint="name that address"
            )
        if status in _HOPELESS:
            raise ModelError(
                f"{self.host} answers with status {status}{told}: {_HOPELESS[HTTPStatus(status)]}",
                hint="see --endpoint, --endpoint-llm and --key-env",
            )
        if status not in _LATER and status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise NoReplyError(f"status {status}{told}")

    def _post(self, text: str) -> object:
        limits = {"temperature": 0, "max_tokens": SHORT_TOKENS}
        if self._thinks:
            limits = {"max_completion_tokens": THINKING_TOKENS}
        body = {"model": self.llm, "messages": [{"role": "user", "content": text}], **limits}
        headers = {"Content-Type": "application/json", "User-Agent": "routeaudit"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        request = Request(self.url, orjson.dumps(body), headers, method="POST")  # noqa: S310 JudgeSettings lets http and https through only
        # A proxy has nothing to do with this very machine.
        here = urlsplit(self.url).hostname in LOOPBACK
        opener = build_opener(_Stay(), *([ProxyHandler({})] if here else []))
        with opener.open(request, timeout=self.timeout_s) as came:
            found: object = orjson.loads(came.read(MOST_REPLY_BYTES))
            return found


def _said(reply: Any) -> str:  # noqa: ANN401 JSON that a stranger sends
    """Take the words out of a chat completion; none where it holds none."""
    try:
        return str(reply["choices"][0]["message"]["content"] or "")
    except (KeyError, IndexError, TypeError) as error:
        raise NoReplyError("the reply is no chat completion") from error


def _code(error: HTTPError) -> str:
    """Read what an error is called; its message may repeat the question and is left unread."""
    try:
        told = orjson.loads(error.read(MOST_REPLY_BYTES))["error"]
        names = [str(told.get(name) or "") for name in ("code", "type", "param")]
    except (
        OSError,
        HTTPException,
        orjson.JSONDecodeError,
        KeyError,
        TypeError,
        AttributeError,
    ):
        return ""
    return ", ".join(dict.fromkeys(name for name in names if _CODE.fullmatch(name)))


def _limit(code: str) -> bool:
    return "max_tokens" in code or "temperature" in code or "unsupported" in code


def _asked_pause_s(error: HTTPError) -> float | None:
    told = error.headers.get("Retry-After", "") if error.headers else ""
    return float(told) if told.isdigit() else None


def _cause(error: Exception) -> str:
    """Name a failure by its kind."""
    inner = error.reason if isinstance(error, URLError) else error
    if isinstance(inner, TimeoutError):
        return "no answer in time"
    if isinstance(error, orjson.JSONDecodeError):
        return "the reply is no JSON"
    told = inner.strerror if isinstance(inner, OSError) else None
    return told or type(inner).__name__

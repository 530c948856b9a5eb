"""A chat endpoint on this machine: a real HTTP server that answers as it is told."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from typing_extensions import override


class Answer(NamedTuple):
    """What the server does with one request."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = {}  # noqa: RUF012 never changed


class Seen(NamedTuple):
    """What the server was sent."""

    path: str
    key: str | None
    body: dict[str, Any]

    @property
    def text(self) -> str:
        return str(self.body["messages"][0]["content"])


class Running(NamedTuple):
    url: str
    host: str
    seen: list[Seen]


def says(words: str | None) -> Answer:
    """Answer as a chat completion."""
    told = {"choices": [{"message": {"role": "assistant", "content": words}}]}
    return Answer(body=json.dumps(told).encode())


def refuses(status: int, *, headers: dict[str, str] | None = None, **error: str) -> Answer:
    """Answer with an error object."""
    return Answer(status, json.dumps({"error": error}).encode(), headers or {})


@contextmanager
def endpoint(answer: Callable[[Seen], Answer]) -> Iterator[Running]:
    """Run a server on a free port of the loopback address."""
    seen: list[Seen] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = json.loads(self.rfile.read(length))
            one = Seen(self.path, self.headers.get("Authorization"), body)
            seen.append(one)
            given = answer(one)
            self.send_response(given.status)
            for name, value in given.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(given.body)))
            self.end_headers()
            self.wfile.write(given.body)

        @override
        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    host = f"127.0.0.1:{server.server_port}"
    try:
        yield Running(f"http://{host}/v1", host, seen)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

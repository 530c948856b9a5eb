"""A hub on this machine that serves one file as Hugging Face's serves a large one."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from typing_extensions import override


class SmallHub(ThreadingHTTPServer):
    """Serves `content` under every repository and name."""

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.content = content
        self.sha256 = hashlib.sha256(content).hexdigest()  # what it publishes; it may be a lie
        self.stalls_at: int | None = None  # bytes after which it falls silent
        self.ranges: list[str | None] = []  # asked for by each download
        self.others: list[str] = []  # paths asked for that have nothing to do with the file
        self.go_on = threading.Event()

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: SmallHub

    def do_POST(self) -> None:
        """Tell of a file: `POST /api/models/OWNER/NAME/paths-info/main`."""
        self.rfile.read(int(self.headers["Content-Length"]))
        n = len(self.server.content)
        large = {"oid": self.server.sha256, "size": n, "pointerSize": 134}
        told = {"type": "file", "path": "a.gguf", "size": n, "oid": "0" * 40, "lfs": large}
        body = json.dumps([told]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_HEAD(self) -> None:
        """Name the digest and size of a large file."""
        self.send_response(200)
        self.send_header("X-Repo-Commit", "1" * 40)
        self.send_header("X-Linked-Etag", f'"{self.server.sha256}"')
        self.send_header("X-Linked-Size", str(len(self.server.content)))
        self.end_headers()

    def do_GET(self) -> None:
        """Send on to where the file lies, or send bytes; a range where one is asked for."""
        if "/resolve/" not in self.path and self.path != "/stored/a.gguf":
            self.server.others.append(self.path)
            self.send_error(404)
            return
        if self.path != "/stored/a.gguf":
            self.send_response(302)
            self.send_header("Location", f"{self.server.address}/stored/a.gguf")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        asked, whole = self.headers["Range"], self.server.content
        self.server.ranges.append(asked)
        first = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{len(whole) - 1}/{len(whole)}")
        self.send_header("Content-Length", str(len(whole) - first))
        self.end_headers()
        if self.server.stalls_at is not None:
            self.wfile.write(whole[first : self.server.stalls_at])
            self.wfile.flush()
            self.server.go_on.wait(60)
            return
        self.wfile.write(whole[first:])

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def small_hub(content: bytes) -> Iterator[SmallHub]:
    """Run a hub."""
    hub = SmallHub(content)
    threading.Thread(target=hub.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        hub.go_on.set()
        hub.shutdown()
        hub.server_close()

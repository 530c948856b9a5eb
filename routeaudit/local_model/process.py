"""A worker process: started, spoken to, listened to; its silence or death is noticed."""

import logging
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from typing import IO

from routeaudit.errors import MissingExtraError, ModelError
from routeaudit.local_model.messages import (
    Failed,
    FromWorker,
    Opened,
    ToWorker,
    from_worker,
    receive_frame,
    send,
)

log = logging.getLogger(__name__)

_NATIVE_WORDS = ("GGML_ASSERT", "ggml", "llama", "CUDA", "Error")


class WorkerLostError(Exception):
    """The worker died, said that it failed, or was silent for too long."""


class WorkerProcess:
    """A worker process that has loaded its file."""

    def __init__(self, opening: ToWorker, *, load_s: float, silence_s: float) -> None:
        """Start it and wait until it is ready.

        Args:
            opening: what it is to load.
            load_s: how long loading may take.
            silence_s: how long it may keep silent afterwards.

        Raises:
            ModelError: the file is unfit, or the process died while loading it.
            MissingExtraError: llama.cpp is not installed.
        """
        self._silence_s = silence_s
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 closed in `stop`
        self._process = subprocess.Popen(
            [sys.executable, "-m", "routeaudit.local_model.worker_main"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        self._heard: queue.SimpleQueue[FromWorker | None] = queue.SimpleQueue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        try:
            self.head_tokens = self._open(opening, load_s)
        except BaseException:
            self.stop()
            raise

    def _open(self, opening: ToWorker, load_s: float) -> int:
        self.say(opening)
        try:
            answer = self._next(load_s)
        except WorkerLostError as error:
            raise ModelError("the model file could not be loaded", hint=str(error)) from error
        if isinstance(answer, Failed):
            if answer.extra:
                raise MissingExtraError("reading GGUF models", extra=answer.extra)
            raise ModelError(answer.message, hint=answer.hint)
        if not isinstance(answer, Opened):
            raise ModelError("the worker process answered out of turn")
        return answer.head_tokens

    def hear(self) -> FromWorker:
        """Wait for the next message.

        Raises:
            WorkerLostError: the worker is of no more use; stop it.
        """
        heard = self._next(self._silence_s)
        if isinstance(heard, Failed):
            raise WorkerLostError(heard.message)
        return heard

    def say(self, message: ToWorker) -> None:
        """Send a message; that the worker is gone is noticed by `hear`."""
        if self._process.stdin is None:  # pragma: no cover, it was opened as a pipe
            return
        try:
            send(self._process.stdin, message)
        except OSError:
            log.debug("the worker was gone before it could be asked")  # `_next` says why

    def _next(self, patience_s: float) -> FromWorker:
        try:
            heard = self._heard.get(timeout=patience_s)
        except queue.Empty as error:
            raise WorkerLostError(f"it gave no answer for {patience_s:g} s") from error
        if heard is None:
            raise WorkerLostError(self._cause_of_death())
        return heard

    def _listen(self) -> None:
        if self._process.stdout is not None:
            while (body := receive_frame(self._process.stdout)) is not None:
                self._heard.put(from_worker(body))
        self._heard.put(None)

    def _cause_of_death(self) -> str:
        status = self._process.wait()
        if status >= 0:
            cause = f"it ended with status {status}"
        elif -status == signal.SIGKILL:
            cause = "it was killed, as a system does when memory runs out"
        else:
            cause = f"it was ended by {signal.Signals(-status).name}"
        last_words = self._last_words()
        return f"{cause}: {last_words}" if last_words else cause

    def _last_words(self) -> str:
        """Give the last line that llama.cpp wrote; other lines might hold a query."""
        self._errors.seek(0, 2)
        self._errors.seek(max(0, self._errors.tell() - 4096))
        lines = self._errors.read().decode(errors="replace").splitlines()
        native = [
            line for line in lines if line.startswith(_NATIVE_WORDS) or "GGML_ASSERT" in line
        ]
        return native[-1][:300] if native else ""

    @property
    def process_id(self) -> int:
        """The worker's process id."""
        return self._process.pid

    def stop(self) -> None:
        """End the process, whatever it is doing; safe to call again."""
        self._process.kill()
        self._process.wait()
        self._listener.join()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream is not None:
                with suppress(OSError):  # a question that a dead worker never took
                    stream.close()

"""vLLM's (and llama-server's) text logs: no answers, no tokens; refused with advice."""

import re
from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.piles import refused
from routeaudit.ingest.shape import Adapted, LogFormat, Unit

ADVICE = (
    "a vLLM or llama-server text log holds neither answers nor tokens: put LiteLLM or a "
    "logger of request and response pairs in front of the server"
)
RECEIVED = re.compile(r"logger\.py:\d+\]? *:? Received request \S+: prompt: ")
SERVER = re.compile(
    r"^(?:\(\w+ pid=\d+\) )?(?:INFO|WARNING|ERROR|DEBUG) \d\d-\d\d \d\d:\d\d:\d\d (?:\[[\w./]+:\d+\]|[\w./]+:\d+\])"
)
ACCESS = re.compile(r'"POST /v1/(?:chat/)?completions HTTP/')
LLAMA = re.compile(r"^(?:slot|srv) +[\w:]+ *: *id +\d+ \| task |^srv  log_server_r: request: ")


def recognise_text(line: str) -> str | None:
    """Say why a line of such a log is refused; None for lines of other logs."""
    starts = SERVER.match(line) or LLAMA.match(line)
    known = starts or RECEIVED.search(line) or ACCESS.search(line)
    return ADVICE if known else None


def sign(record: Mapping[str, Any]) -> bool:  # noqa: ARG001 these logs are lines, never objects
    """Hold for no object: `recognise_text` knows the lines."""
    return False


def adapt(units: Sequence[Unit]) -> Adapted:
    """Refuse every unit."""
    return refused(units, ADVICE)


PLUGIN = LogFormat(
    rank=26.0,
    sign=sign,
    adapt=adapt,
    refuse=ADVICE,
    recognise_text=recognise_text,
    about="vLLM and llama-server text logs: refused, no answers and no tokens",
)

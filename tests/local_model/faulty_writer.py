"""A writer that fails in the ways that llama.cpp does; the worker process imports this file."""

from collections.abc import Iterator, Sequence

from faulty_engine import act, refuse

from routeaudit.local_model.logprobs import nothing
from routeaudit.local_model.written import Request, WriterSettings, Written


class FaultyWriter:
    """Answers each request with the length of what was said; does what some words say."""

    def __init__(self, settings: WriterSettings) -> None:
        if settings.engine.file == "unfit":
            refuse()

    def write(self, requests: Sequence[Request]) -> Iterator[tuple[int, Written]]:
        for place, request in enumerate(requests):
            text = request.turns[-1].content
            act(text)
            yield place, nothing("stop", len(text))

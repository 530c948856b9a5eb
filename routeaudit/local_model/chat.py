"""Put a conversation into the chat template that a GGUF file carries."""

from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from routeaudit.errors import MissingExtraError, ModelError
from routeaudit.local_model.gguf_header import GgufHeader

_PLACE = "\u2061\u2062here goes the query\u2062\u2061"


class Turn(NamedTuple):
    """One turn of a conversation."""

    role: str
    content: str


class Rendered(NamedTuple):
    """A conversation with a hole for the query."""

    head: str
    tail: str


def render_around_query(header: GgufHeader, turns: Sequence[Turn], *, place: str) -> Rendered:
    """Render turns with the file's own template and cut the text where `place` stands.

    Args:
        header: of the GGUF file.
        turns: the last one holds `place` once.
        place: the mark that a query will replace.

    Raises:
        ModelError: the file has no chat template, or it refuses these turns.
        MissingExtraError: the template library is not installed.
    """
    marked = [Turn(turn.role, turn.content.replace(place, _PLACE)) for turn in turns]
    head, found, tail = render(header, marked).partition(_PLACE)
    if not found or _PLACE in tail:
        raise ModelError(f"the chat template of {header.file.name} does not show the request")
    return Rendered(head, tail)


def render(header: GgufHeader, turns: Sequence[Turn]) -> str:
    """Render turns with the file's own template, ready for the model's turn.

    Raises:
        ModelError: the file has no chat template, or it refuses these turns.
        MissingExtraError: the template library is not installed.
    """
    if header.chat_template is None:
        raise ModelError(
            f"{header.file.name} has no chat template",
            hint="use a model that was trained to answer (its name often ends in -it or -instruct)",
        )
    try:
        from jinja2 import TemplateError  # noqa: PLC0415 an optional extra
        from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415 an optional extra
    except ImportError as error:
        raise MissingExtraError("reading chat templates", extra="llama") from error
    # A template comes with a downloaded file: the sandbox keeps it from touching anything.
    sandbox = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    sandbox.globals["raise_exception"] = _refuse
    try:
        return sandbox.from_string(header.chat_template).render(
            messages=[turn._asdict() for turn in turns],
            bos_token=header.start_text or "",
            eos_token=header.end_text or "",
            add_generation_prompt=True,
        )
    except (TemplateError, _RefusedError, TypeError, ValueError) as error:
        raise ModelError(
            f"the chat template of {header.file.name} refuses the prompt", hint=str(error)
        ) from error


class _RefusedError(Exception):
    """A template called `raise_exception`."""


def _refuse(reason: str) -> NoReturn:
    raise _RefusedError(reason)

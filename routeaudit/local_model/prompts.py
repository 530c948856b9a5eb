"""Turn a logged conversation into the tokens of a GGUF file's own chat template."""

import re
from collections.abc import Sequence

from routeaudit.errors import ModelError
from routeaudit.local_model.chat import Turn, render
from routeaudit.local_model.gguf_header import GgufHeader
from routeaudit.local_model.question import Tokenizer, tokens_behind
from routeaudit.local_model.written import Said

_MARK = "\u2061\u2062{}\u2062\u2061"
_MARKS = re.compile("\u2061\u2062(\\d+)\u2062\u2061")
_ROLES = {"system": "system", "developer": "system", "assistant": "assistant", "model": "assistant",
          "ai": "assistant"}  # fmt: skip


def prompt_tokens(header: GgufHeader, tokenizer: Tokenizer, turns: Sequence[Said]) -> list[int]:
    """Cut a conversation into tokens; nothing that was said can end its turn.

    Args:
        header: of the GGUF file, for its chat template.
        tokenizer: of the same file.
        turns: system, user and assistant turns; any other role counts as the user's.

    Raises:
        ModelError: the file has no chat template, or it refuses even plain turns.
        MissingExtraError: the template library is not installed.
    """
    said = [Turn(_ROLES.get(turn.role, "user"), turn.content) for turn in turns]
    try:
        parts = _parts(header, said)
    except ModelError:
        # Some templates know no system role, or want user and assistant in turn.
        said = _alternating(said)
        parts = _parts(header, said)
    found: list[int] = []
    before = "\n"
    for place, part in enumerate(parts):
        is_said = place % 2 == 1  # the pieces between the marks are the template's own
        text = said[int(part)].content if is_said else part
        if text:
            found += tokens_behind(before, text, tokenizer, control=not is_said)
            before = text[-1] if text[-1].isascii() and text[-1].isprintable() else "\n"
    start = tokenizer.start_tokens()
    return found if found[: len(start)] == start else [*start, *found]


def _parts(header: GgufHeader, said: Sequence[Turn]) -> list[str]:
    marked = [Turn(turn.role, _MARK.format(place)) for place, turn in enumerate(said)]
    parts = _MARKS.split(render(header, marked))
    shown = {int(part) for part in parts[1::2]}
    if shown != set(range(len(said))):
        raise ModelError(f"the chat template of {header.file.name} leaves out a turn")
    return parts


def _alternating(said: Sequence[Turn]) -> list[Turn]:
    """Fold system turns into the user's, and neighbours of one role into one."""
    folded: list[Turn] = []
    for turn in said:
        role = "user" if turn.role == "system" else turn.role
        if folded and folded[-1].role == role:
            both = f"{folded[-1].content}\n\n{turn.content}"
            folded[-1] = Turn(role, both)
        else:
            folded.append(Turn(role, turn.content))
    return folded[1:] if folded and folded[0].role == "assistant" else folded

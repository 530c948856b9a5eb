"""The editable prompt of the GGUF classifier: definitions, five examples, delimiters, labels."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from itertools import chain
from pathlib import Path

import msgspec

from routeaudit.errors import ConfigError
from routeaudit.frames import TASKS, TIERS
from routeaudit.local_model.chat import Turn, render_around_query
from routeaudit.local_model.gguf_header import read_header
from routeaudit.local_model.question import Question

PLACE = "{request}"
# Phi-3, Llama 3 and ChatML write <|name|>, Gemma <name>, Mistral [NAME]; a role goes with its name.
# With spaces inside only the names of turns count: `f <| x |> g` is code.
_CONTROL_NAMES = (
    r"<\|start_header_id\|>\s{0,8}\w{1,20}\s{0,8}<\|end_header_id\|>",
    r"<\|im_start\|>\s{0,8}(?:system|user|assistant|tool)\b",
    r"<start_of_turn>\s{0,8}(?:user|model)\b",
    r"<\|\w{1,40}\|>",
    r"<\s{0,8}\|\s{0,8}(?:end|user|assistant|system|tool|im_\w{1,9}|\w{1,9}_header_id|e\w{1,2}_id"
    r"|begin_?of_?\w{1,9}|end_?of_?\w{1,9})\s{0,8}\|\s{0,8}>",
    r"<\s{0,8}/?\s{0,8}(?:(?:start|end)_of_turn|bos|eos|s)\s{0,8}>",
    r"<<\s{0,8}/?\s{0,8}SYS\s{0,8}>>",
    r"\[\s{0,8}/?\s{0,8}(?:INST|SYSTEM_PROMPT|TOOL_CALLS|AVAILABLE_TOOLS|TOOL_RESULTS)\s{0,8}\]",
)


class Example(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request and its right label."""

    request: str
    label: str


class Prompt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A prompt file, checked."""

    version: str
    query_tokens: int
    head_share: float
    gap: str
    bias_correction: float
    content_free: tuple[str, ...]
    opening: str
    closing: str
    instruction: str
    question: str
    labels: dict[str, str]
    examples: tuple[Example, ...]
    tiers: dict[str, tuple[float, float, float]]

    @property
    def tasks(self) -> tuple[str, ...]:
        """The kind of work that each label stands for, in the labels' order."""
        return tuple(self.labels.values())


def standard_prompt_text() -> str:
    """Give the text of the prompt file that comes with routeaudit."""
    return (files("routeaudit.classify") / "prompts/standard.toml").read_text("utf-8")


def read_prompt(file: Path | None) -> Prompt:
    """Read a prompt file, or the standard one where `file` is null.

    Raises:
        ConfigError: it cannot be read, a key is missing or unknown, or a value makes no sense.
    """
    where = "the standard prompt" if file is None else str(file)
    try:
        text = standard_prompt_text() if file is None else file.read_text("utf-8")
        prompt = msgspec.convert(tomllib.loads(text), Prompt)
    except OSError as error:
        raise ConfigError(f"cannot read the prompt file {where}", hint=str(error)) from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise ConfigError(f"{where} is no prompt file", hint=str(error)) from error
    problem = _problem(prompt)
    if problem:
        raise ConfigError(f"{where}: {problem}", hint="start from `routeaudit prompt show`")
    return prompt


def _problem(prompt: Prompt) -> str | None:
    checks = {
        "labels must name each of these once: " + ", ".join(TASKS): sorted(prompt.tasks)
        == sorted(TASKS),
        "each example needs a label from the list": all(
            example.label in prompt.labels for example in prompt.examples
        ),
        f"question must hold {PLACE} once": prompt.question.count(PLACE) == 1,
        "query_tokens must be 16 or more": prompt.query_tokens >= 16,  # noqa: PLR2004 said in the message
        "head_share must lie in 0 .. 1": 0 <= prompt.head_share <= 1,
        "bias_correction must lie in 0 .. 1": 0 <= prompt.bias_correction <= 1,
        "opening and closing must not be empty": bool(prompt.opening and prompt.closing),
        f"tiers must give each kind of work {len(TIERS)} shares that add up to 1": all(
            abs(sum(prompt.tiers.get(task, ())) - 1) < 1e-6  # noqa: PLR2004 rounding
            for task in TASKS
        ),
    }
    return next((problem for problem, holds in checks.items() if not holds), None)


def prompt_digest_text(prompt: Prompt) -> str:
    """Give everything in a prompt as text, in an order of its own: what a fingerprint hashes."""
    return msgspec.json.encode(prompt, order="sorted").decode()


def turns(prompt: Prompt) -> list[Turn]:
    """Write the conversation: definitions and examples, then the question with `PLACE` in it.

    Everything is said by the user: several chat templates refuse or drop a system turn.
    """
    asked = [_question(prompt, example.request) for example in prompt.examples]
    asked.append(_question(prompt, PLACE))
    asked[0] = f"{prompt.instruction.strip()}\n\n{asked[0]}"
    answers = [example.label for example in prompt.examples]
    pairs = zip(asked, [*answers, None], strict=True)
    return list(chain.from_iterable(_exchange(said, answer) for said, answer in pairs))


def question_for(file: Path, prompt: Prompt) -> Question:
    """Write a prompt in the chat template that a GGUF file carries.

    Raises:
        ModelError: the file is unfit, has no chat template, or its template refuses the prompt.
    """
    rendered = render_around_query(read_header(file), turns(prompt), place=PLACE)
    return Question(
        head=rendered.head,
        tail=rendered.tail,
        labels=tuple(prompt.labels),
        query_tokens=prompt.query_tokens,
        head_share=prompt.head_share,
        gap=prompt.gap,
    )


def _exchange(said: str, answer: str | None) -> list[Turn]:
    spoken = [Turn("user", said)]
    return spoken if answer is None else [*spoken, Turn("assistant", answer)]


def _question(prompt: Prompt, request: str) -> str:
    delimited = f"{prompt.opening}\n{request}\n{prompt.closing}"
    return prompt.question.replace(PLACE, delimited)


def defused(prompt: Prompt, text: str) -> str:
    """Take delimiters and the names of control tokens out of a query.

    Such names are plain text to the model already (see `local_model/question.py`); but text that
    looks like the end of a turn still sways it, in other letters or with spaces inside too.
    """
    return _forged(prompt.opening, prompt.closing).sub(_gap, text)


@cache
def _forged(*delimiters: str) -> re.Pattern[str]:
    """Find what looks like a delimiter or a turn, and the white space around it."""
    pieces = (re.findall(r"\w+|[^\w\s]", mark) for mark in delimiters)
    marks = [r"\s{0,8}".join(map(re.escape, mark)) for mark in pieces if mark]
    any_of = "|".join([*marks, *_CONTROL_NAMES])
    return re.compile(rf"(?:\s{{0,8}}(?:{any_of}))+\s{{0,8}}", re.IGNORECASE)


def _gap(found: re.Match[str]) -> str:
    return "\n" if "\n" in found[0] else " "

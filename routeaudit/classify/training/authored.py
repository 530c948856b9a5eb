"""Queries written for this project, so that no single source's phrasing decides.

`authored/phrases.txt` holds requests with choices and slots, `slots.txt` their fillings and
`payloads.txt` texts to ask something of. They are expanded by chance from one seed: wrapped
in a system prompt, tags, headings or nothing, the request before or after the text.
"""

import random
import re
from collections.abc import Sequence
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from routeaudit.classify.training.data import Examples
from routeaudit.frames import TASKS, TIERS

_CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")
_SLOT = re.compile(r"\{(\w+)\}")
_SEED = 20_240
COPIES = 14
"""How often each phrase is expanded."""
_PASTED = 80
_PASTED_MOST = 700
_FAMILIES = 12
_FOUND_SHARE = 0.5

Slots = dict[str, list[str]]


class _Phrase(NamedTuple):
    task: str
    tier: str
    place: str
    text: str


def authored(texts_around: Sequence[str] = (), *, copies: int = COPIES) -> Examples:
    """Expand every phrase a few times; the same rows each time.

    Args:
        texts_around: queries whose longest paragraphs serve as more texts to ask something of,
            so that what a text is about says nothing of what is asked.
        copies: how often each phrase is expanded.
    """
    chance = random.Random(_SEED)  # noqa: S311 no secret depends on it
    slots = {name: lines[0].split(" | ") for name, lines in _sections("slots.txt").items()}
    payloads = _sections("payloads.txt")
    payloads["found"] = [text for text in map(_longest, texts_around) if len(text) >= _PASTED]
    texts, task, tier, family = [], [], [], []
    for number, phrase in enumerate(_phrases()):
        for _ in range(copies):
            asked = _filled(phrase.text, slots, chance)
            texts.append(_placed(asked, phrase.place, payloads, slots, chance))
            task.append(TASKS.index(phrase.task))
            tier.append(TIERS.index(phrase.tier))
            family.append(f"ours {phrase.task} {number % _FAMILIES}")
    return Examples(
        texts=texts,
        task=np.array(task, np.int64),
        tier=np.array(tier, np.int64),
        family=np.array(family),
        wrapped=np.ones(len(texts), bool),
        licence=np.full(len(texts), "CC0-1.0"),
    )


def _sections(name: str) -> dict[str, list[str]]:
    """Read a file of `[heading]` sections; a heading may carry its first line."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    text = files("routeaudit.classify.training").joinpath("authored", name).read_text("utf-8")
    for line in text.splitlines():
        heading, closed, rest = line[1:].partition("]")
        if line.startswith("[") and closed:
            lines = found.setdefault(heading, [])
            line = rest.strip()  # noqa: PLW2901 what stands after the heading
        if line and not line.startswith("# "):
            lines.append(line.replace("\\n", "\n"))
    return found


def _phrases() -> list[_Phrase]:
    return [
        _Phrase(task, tier, place, line)
        for heading, lines in _sections("phrases.txt").items()
        for task, tier, place in [heading.split()]
        for line in lines
    ]


def _filled(text: str, slots: Slots, chance: random.Random) -> str:
    """Settle the choices, innermost first, and fill the slots."""
    while _CHOICE.search(text):
        text = _CHOICE.sub(lambda found: chance.choice(found[1].split("|")), text)
    text = _SLOT.sub(
        lambda found: chance.choice(slots[found[1]]) if found[1] in slots else found[0], text
    )
    if "\n" not in text:  # a dropped choice leaves two blanks; in code they may be indents
        text = re.sub(r" +([?.!,]|$)", r"\1", re.sub(r"  +", " ", text))
    return text if chance.random() < 0.75 else text.lower()  # noqa: PLR2004 a quarter in lower case


def _placed(
    asked: str, place: str, payloads: Slots, slots: Slots, chance: random.Random
) -> str:
    if place == "alone":
        return _alone(asked, chance)
    if place == "short":
        return _shorthand(
            asked, _filled(chance.choice(payloads["text"]), slots, chance), chance
        )
    if place == "over" and payloads["found"] and chance.random() < _FOUND_SHARE:
        return _wrapped(asked, chance.choice(payloads["found"]), chance)
    pool = payloads["code" if place == "code" else "text"]
    count = chance.choice((1, 1, 1, 2, 4))
    pasted = "\n".join(_filled(chance.choice(pool), slots, chance) for _ in range(count))
    return _wrapped(asked, pasted, chance)


def _longest(text: str) -> str:
    return max(text.split("\n\n"), key=len)[:_PASTED_MOST]


def _shorthand(asked: str, pasted: str, chance: random.Random) -> str:
    """Ask as people do in a hurry: a word or two beside the first sentence of a text."""
    first = re.split(r"(?<=[.!?]) |\n", pasted)[0]
    mark = "" if asked[-1] in ":?" else chance.choice((":", "", " -"))
    forms = (
        f"{asked}{mark} {first}", f'{asked}{mark} "{first}"', f"{first} {asked}",
        f"{first}\n{asked}", f'"{first}" - {asked}', f"{first}\n\n{asked}",
        f"{asked}{mark}\n{first}",
    )  # fmt: skip
    return chance.choice(forms)


def _alone(asked: str, chance: random.Random) -> str:
    system = chance.choice(_PERSONAS)
    forms = [asked] * 10 + [
        f"System: {system}\n\nUser: {asked}", f"Question: {asked}", f"{asked}\nAnswer:",
        f"User: Hello!\n\nAssistant: Hi, how can I help?\n\nUser: {asked}", f"Hi, {asked}",
    ]  # fmt: skip
    return chance.choice(forms)


def _wrapped(asked: str, pasted: str, chance: random.Random) -> str:
    system = chance.choice(_PERSONAS)
    tag = chance.choice(("text", "input", "doc", "data", "message", "content"))
    label = chance.choice(("Text", "Input", "Passage", "Content", "Here it is", "Email"))
    forms = (
        f"{asked}\n\n{pasted}", f"{asked}\n\n{pasted}", f"{asked}\n{pasted}",
        f"{pasted}\n\n{asked}", f"{pasted}\n\n{asked}", f"{pasted}\n{asked}",
        f"{asked} {pasted}", f"{asked}\n\n{label}: {pasted}", f"{label}: {pasted}\n\n{asked}",
        f"System: {asked}\n\nUser: {pasted}", f"System: {system} {asked}\n\nUser: {pasted}",
        f"System: {system}\n\nUser: {asked}\n\n{pasted}",
        f"System: {system}\n\nUser: {pasted}\n\n{asked}",
        f"{asked}\n\n<{tag}>\n{pasted}\n</{tag}>", f'{asked}\n\n"""\n{pasted}\n"""',
        f"```\n{pasted}\n```\n{asked}", f"{asked}\n```\n{pasted}\n```",
        f"### Instruction:\n{asked}\n\n### Input:\n{pasted}\n\n### Response:",
        f"{asked}\n\nInput: {pasted}\nOutput:",
        f"User: {pasted}\n\nAssistant: What shall I do with it?\n\nUser: {asked}",
    )  # fmt: skip
    return chance.choice(forms)


_PERSONAS = (
    "You are a helpful assistant.", "You are a helpful assistant that answers briefly.",
    "You are an AI assistant for Acme Corp.", "Be concise.", "You are a careful expert.",
    "You are ChatGPT.", "Answer in the language of the user.", "Du bist ein Assistent.",
    "You help employees with everyday work.", "Respond in JSON when asked to.",
)  # fmt: skip

"""Token counts and latencies that fit the text and the model."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tools.sample_logs.calls import Message
from tools.sample_logs.dice import Dice

PIECE = re.compile(r"[A-Za-z]+|\d{1,3}|[^\W\d_]+|\n+|[^\w\s]+|_+|[ \t]{2,}")
LETTERS_PER_TOKEN = 6.2
OTHER_LETTERS_PER_TOKEN = 2.4


class Pace(NamedTuple):
    """How fast a model answers: seconds to the first token, tokens a second afterwards."""

    first_token_s: float
    tokens_per_s: float


class Price(NamedTuple):
    """US dollars per million tokens, as listed by the provider in October 2026."""

    fresh: float
    cached: float
    output: float


PACES: Mapping[str, Pace] = {
    "gpt-4o": Pace(0.52, 74),
    "gpt-4o-mini": Pace(0.41, 112),
    "gpt-4.1": Pace(0.62, 48),
    "claude-sonnet-4-5": Pace(1.3, 58),
    "claude-opus-4-1": Pace(2.1, 34),
    "halden/invoice-reader-v3": Pace(0.28, 61),
}
PRICES: Mapping[str, Price] = {
    "gpt-4o": Price(2.5, 1.25, 10.0),
    "gpt-4.1": Price(2.0, 0.5, 8.0),
    "claude-sonnet-4-5": Price(3.0, 0.3, 15.0),
}
PREFILL_TOKENS_PER_S = 9_000.0


def tokens(text: str) -> int:
    """Guess how many tokens a tokenizer makes of a text: about one in four characters."""
    count = 0.0
    for piece in PIECE.findall(text):
        if piece.isascii() and piece.isalpha():
            count += 1 if len(piece) <= LETTERS_PER_TOKEN else len(piece) / LETTERS_PER_TOKEN
        elif piece.isalpha():
            count += max(1.0, len(piece) / OTHER_LETTERS_PER_TOKEN)
        else:
            count += 1 if piece.isdigit() else max(1.0, len(piece) / 2)
    return max(1, round(count))


def prompt_size(messages: Iterable[Message]) -> int:
    """Count a prompt: its texts, four tokens around each message and three to begin."""
    return 3 + sum(4 + tokens(message.content) for message in messages)


def answer_ms(llm_id: str, fresh_tokens: int, output_tokens: int, dice: Dice) -> int:
    """Draw how long a call took: first token, reading, writing, and a tail of slow ones."""
    pace = PACES[llm_id]
    seconds = (
        pace.first_token_s * (1 + 0.18 * dice.normal())
        + fresh_tokens / PREFILL_TOKENS_PER_S
        + output_tokens / (pace.tokens_per_s * (1 + 0.14 * dice.normal()))
    )
    if dice.happens(0.04):
        seconds *= 1.6 + 2.2 * dice.unit()
    return max(140, round(seconds * 1000))


def spend_usd(llm_id: str, fresh: int, cached: int, output: int) -> float | None:
    """Reckon what a gateway logs as spend; null for a model that it has no price for."""
    price = PRICES.get(llm_id)
    if price is None:
        return None
    return round((fresh * price.fresh + cached * price.cached + output * price.output) / 1e6, 9)

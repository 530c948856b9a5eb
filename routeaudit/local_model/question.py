"""The question that every query is put in, as tokens: head, query, tail, and the labels.

The head is the same for all and is decoded once. Nothing a query holds can end its turn: its
text is cut into tokens with control tokens off.
"""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple, Protocol

import msgspec

from routeaudit.errors import ModelError


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is the same for every query. All texts are already in the file's chat template."""

    head: str
    tail: str
    labels: tuple[str, ...]
    query_tokens: int
    head_share: float
    gap: str


class Tokenizer(Protocol):
    """What cuts text into tokens."""

    def tokens(self, text: str, *, control: bool) -> list[int]:
        """Cut text into tokens; control tokens are read by name only where `control`."""

    def start_tokens(self) -> list[int]:
        """Give the token that must come first; empty when there is none."""


class QuestionTokens(NamedTuple):
    """A question in the tokens of one GGUF file."""

    head: list[int]
    tail: list[int]
    gap: list[int]
    labels: list[list[int]]  # each label's tokens: with and without a space before it


class QueryTokens(NamedTuple):
    """A query and the tail behind it."""

    tokens: list[int]
    n_cut: int  # tokens of the query that were left out of its middle; 0 when it fits


def question_tokens(tokenizer: Tokenizer, question: Question) -> QuestionTokens:
    """Cut the question into tokens.

    Raises:
        ModelError: a label is not one token of its own in this file's vocabulary.
    """
    start = tokenizer.start_tokens()
    head = tokenizer.tokens(question.head, control=True)
    return QuestionTokens(
        head=head if head[: len(start)] == start else [*start, *head],
        tail=tokens_behind("a", question.tail, tokenizer, control=True),
        gap=tokens_behind("a", question.gap, tokenizer, control=False),
        labels=_label_tokens(tokenizer, question.labels),
    )


def query_tokens(
    tokenizer: Tokenizer, text: str, question: Question, parts: QuestionTokens
) -> QueryTokens:
    """Cut a query into tokens, its middle left out when it is too long, and add the tail."""
    budget = question.query_tokens
    head_tokens = int(budget * question.head_share)
    tail_tokens = budget - head_tokens - len(parts.gap)
    reach = 16 * budget  # characters; a token holds fewer, so no text is cut that would fit
    if len(text) > 2 * reach:
        first = tokens_behind("\n", text[:reach], tokenizer, control=False)
        final = tokens_behind("a", text[-reach:], tokenizer, control=False)
        n_cut = (
            (len(text) - 2 * reach) // 4 + len(first) + len(final) - head_tokens - tail_tokens
        )
    else:
        first = final = tokens_behind("\n", text.strip(), tokenizer, control=False)
        n_cut = len(first) - head_tokens - tail_tokens
        if len(first) <= budget:
            return QueryTokens([*first, *parts.tail], 0)
    kept = [*first[:head_tokens], *parts.gap, *final[-tail_tokens:]]
    return QueryTokens([*kept, *parts.tail], n_cut)


def tokens_behind(anchor: str, text: str, tokenizer: Tokenizer, *, control: bool) -> list[int]:
    """Cut text as it reads behind `anchor`: tokenizers put a space before a text of its own."""
    before = tokenizer.tokens(anchor, control=False)
    whole = tokenizer.tokens(anchor + text, control=control)
    if whole[: len(before)] == before:
        return whole[len(before) :]
    return tokenizer.tokens(text, control=control)


def _label_tokens(tokenizer: Tokenizer, labels: Sequence[str]) -> list[list[int]]:
    found = []
    for label in labels:
        spelled = (
            tokens_behind("\n", label, tokenizer, control=False),
            tokens_behind("a", f" {label}", tokenizer, control=False),
        )
        found.append(sorted({tokens[0] for tokens in spelled if len(tokens) == 1}))
    seen = list(chain.from_iterable(found))
    if not all(found) or len(seen) != len(set(seen)):
        raise ModelError(
            "the labels of the prompt are not single tokens of this model",
            hint="use letters or digits as labels",
        )
    return found

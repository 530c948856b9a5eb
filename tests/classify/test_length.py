"""Length must not decide: short and hard, long and simple, and the other way round."""

import polars as pl

from routeaudit.classify import load_classifier

LOG = "2024-03-02 08:14:02 INFO worker-7 request served in 31 ms, cache miss, 200\n" * 60
MAIL = (
    "Dear all, thank you for coming on Tuesday. We spoke about the roof, the garden fence and "
    "the parking places behind the house, and agreed to ask two more firms for an offer. "
) * 15

SHORT_HARD = [
    "Prove that the square root of 3 is irrational.",
    "Design a rate limiter for a distributed API.",
    "Implement a lock-free queue in Rust.",
    "Why did the Roman Republic collapse?",
    "Write a sonnet about rust.",
    "Is P equal to NP? Argue both sides.",
]
LONG_SIMPLE = [
    f"Label each line as INFO, WARNING or ERROR.\n\n{LOG}",
    f"{MAIL}\n\nIs this e-mail a complaint, a question or a request? Answer with one word.",
    f"Summarise this e-mail in one sentence.\n\n{MAIL}",
    f"Translate the following e-mail to French.\n\n{MAIL}",
    f"Extract all dates and firms as JSON.\n\n{MAIL}",
    f"{MAIL}\n\nRewrite the e-mail in a friendlier tone.",
]
SHORT_SIMPLE = [
    "Is this spam? yes/no: win a free phone",
    "Translate to Spanish: good morning",
    "Fix the grammar: he go to school",
    "Convert 2024-03-05 to DD.MM.YYYY",
    "Sentiment of: I hate waiting",
    "tl;dr: the meeting moved to Friday because the room was taken",
]
LONG_HARD = [
    f"{MAIL}\n\nWork out step by step which offer is cheapest over five years and justify it.",
    "Write a detailed business plan for a bakery. "
    + "Describe the market and the risks. " * 40,
    f"Find the bug in this service and explain the race condition.\n\n```\n{LOG}```\n\n"
    "def handle(q):\n    while True:\n        item = q.get()\n        total += item\n",
    f"Write a satirical short story inspired by this e-mail.\n\n{MAIL}",
]


def p_simple(queries: list[str]) -> list[float]:
    return load_classifier("embedded").classify(pl.Series(queries))["p_simple"].to_list()


def test_short_and_hard_is_complex_and_long_and_simple_is_simple() -> None:
    hard, simple = p_simple(SHORT_HARD), p_simple(LONG_SIMPLE)
    pairs = [low < high for low in hard for high in simple]
    assert sum(pairs) / len(pairs) >= 0.95


def test_short_and_simple_is_simple_and_long_and_hard_is_complex() -> None:
    simple, hard = p_simple(SHORT_SIMPLE), p_simple(LONG_HARD)
    pairs = [low < high for low in hard for high in simple]
    assert sum(pairs) / len(pairs) >= 0.9

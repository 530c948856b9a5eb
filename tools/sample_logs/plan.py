"""Who calls what: four teams, six features, five models (and a private one), five weeks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

START = datetime(2026, 10, 12, tzinfo=UTC)  # a Monday
DAYS = 35
CONVERSATIONS = 2_400
SEED = 20_261_012
DAY_WEIGHTS = (1.10, 1.16, 1.12, 1.06, 0.86, 0.20, 0.14)
GROWTH_A_DAY = 0.009
OFFICE_HOURS = {
    6: 1.0, 7: 4.0, 8: 9.0, 9: 12.0, 10: 12.0, 11: 10.0, 12: 7.0, 13: 10.0, 14: 11.0,
    15: 10.0, 16: 7.0, 17: 4.0, 18: 2.0, 19: 1.2, 20: 0.8, 21: 0.5, 22: 0.3,
}  # fmt: skip
SHOP_HOURS = {
    0: 0.8, 1: 0.5, 4: 0.4, 5: 0.8, 6: 2.0, 7: 4.5, 8: 7.0, 9: 8.5, 10: 8.5, 11: 8.0, 12: 7.5,
    13: 7.5, 14: 7.5, 15: 7.0, 16: 6.5, 17: 6.0, 18: 6.0, 19: 6.5, 20: 6.5, 21: 5.0, 22: 3.0, 23: 1.5,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One feature of the company's products and how it uses LLM APIs."""

    team: str
    share: float
    tasks: Mapping[str, float]
    llms: Mapping[str, float]
    gateway: bool = False  # calls go through LiteLLM, whatever the provider
    hours: Mapping[int, float]
    repeats: float  # chance that a question was asked before, word for word
    streamed: float
    users: int


FEATURES: Mapping[str, Feature] = {
    "ticket-triage": Feature(
        team="support",
        share=0.27,
        tasks={"classification": 56, "extraction": 21, "moderation": 13, "ambiguous": 5, "summarization": 5},
        llms={"gpt-4o": 72, "gpt-4o-mini": 28},
        hours=SHOP_HOURS,
        repeats=0.10,
        streamed=0.0,
        users=1,
    ),
    "reply-assistant": Feature(
        team="support",
        share=0.19,
        tasks={"structured_qa": 30, "rewriting": 30, "translation": 25, "summarization": 8, "ambiguous": 7},
        llms={"gpt-4.1": 62, "gpt-4o": 38},
        hours=SHOP_HOURS,
        repeats=0.04,
        streamed=0.16,
        users=14,
    ),
    "invoice-intake": Feature(
        team="finance",
        share=0.17,
        tasks={"extraction": 42, "validation_formatting": 32, "structured_qa": 10, "reasoning": 12, "long_document": 4},
        llms={"gpt-4o": 74, "gpt-4.1": 22, "halden/invoice-reader-v3": 4},
        gateway=True,
        hours=OFFICE_HOURS,
        repeats=0.05,
        streamed=0.0,
        users=6,
    ),
    "contract-review": Feature(
        team="finance",
        share=0.06,
        tasks={"long_document": 50, "summarization": 18, "structured_qa": 16, "reasoning": 16},
        llms={"claude-sonnet-4-5": 62, "claude-opus-4-1": 38},
        hours=OFFICE_HOURS,
        repeats=0.01,
        streamed=0.1,
        users=4,
    ),
    "content-studio": Feature(
        team="growth",
        share=0.14,
        tasks={"creative_writing": 28, "rewriting": 18, "translation": 18, "moderation": 16, "world_knowledge": 10, "summarization": 10},
        llms={"claude-sonnet-4-5": 46, "gpt-4o": 34, "gpt-4.1": 20},
        gateway=True,
        hours=OFFICE_HOURS,
        repeats=0.03,
        streamed=0.0,
        users=9,
    ),
    "dev-copilot": Feature(
        team="platform",
        share=0.17,
        tasks={"code": 44, "reasoning": 14, "world_knowledge": 14, "ambiguous": 9, "validation_formatting": 11, "summarization": 8, "long_document": 4},
        llms={"claude-sonnet-4-5": 56, "claude-opus-4-1": 27, "gpt-4.1": 17},
        hours=OFFICE_HOURS,
        repeats=0.01,
        streamed=0.08,
        users=17,
    ),
}  # fmt: skip

TROUBLES = {
    "rate_limit": 0.011,
    "server_error": 0.006,
    "timeout": 0.004,
    "content_filter": 0.003,
}
SIMPLE_TASKS = frozenset({
    "classification", "extraction", "summarization", "structured_qa", "validation_formatting",
    "translation", "moderation", "rewriting",
})  # fmt: skip

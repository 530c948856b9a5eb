"""How fast models answer, as published: every row is an assumption until a log says better."""

import fnmatch
from dataclasses import dataclass

from routeaudit.stats.latency_fit import TokenSpeed

PREFILL_TOKENS_PER_S = 5_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedSpeed:
    """Seconds to the first token, tokens per second, spread; and who published them."""

    llm: str  # glob over lower-case names
    first_token_s: float
    decode_tokens_per_s: float
    source: str
    sigma: float = 0.10

    def speed(self) -> TokenSpeed:
        """Make it a speed that times can be drawn from."""
        return TokenSpeed(
            first_token_s=self.first_token_s,
            prefill_tokens_per_s=PREFILL_TOKENS_PER_S,
            decode_tokens_per_s=self.decode_tokens_per_s,
            sigma=self.sigma,
        )


def _row(llm: str, ttft: float, decode: float, source: str) -> PublishedSpeed:
    return PublishedSpeed(
        llm=llm, first_token_s=ttft, decode_tokens_per_s=decode, source=source
    )


_ANALYSIS = "a copy of Artificial Analysis, 2024"
SPEEDS = (
    _row("*gpt-4-turbo*", 0.5, 20, _ANALYSIS),
    _row("*gpt-4-1106*", 0.5, 20, _ANALYSIS),
    _row("*gpt-4.1*", 0.615, 38, "research.aimultiple.com/llm-latency-benchmark"),
    _row("*gpt-4o-mini*", 0.41, 130, "toolbaz.com, a copy of Artificial Analysis, 2024"),
    _row("*gpt-4o*", 0.615, 38, "stand-in: gpt-4.1"),
    _row("*gpt-4*", 0.6, 10.6, "taivo.ai, 2023"),
    _row("*gpt-3.5*", 0.4, 28.6, "taivo.ai, 2023"),
    _row("*gemini-1.5-pro*", 0.93, 62, "toolbaz.com, a copy of Artificial Analysis, 2024"),
    _row("*gemini*pro*", 1.16, 97, "toolbaz.com, a copy of Artificial Analysis, 2024"),
    _row("*claude*", 3.3, 52, "benchlm.ai/llm-speed: Anthropic fleet average, 2026-04"),
    _row("*llama*8b*", 0.1, 75, "johnmusgrave.com: Llama 3.1 8B, vLLM, A100-40GB"),
    _row("*mistral*7b*", 0.2, 90, "ray-project/llmperf-leaderboard: hosted 7B"),
    _row("*phi-3*", 0.1, 158, "arithmetic from A100 bandwidth"),
    _row("*gemma*2b*", 0.1, 240, "arithmetic from A100 bandwidth"),
)


def published_speed(llm_id: str) -> PublishedSpeed | None:
    """Look a model up by name; None when nothing was published."""
    name = llm_id.lower()
    return next((row for row in SPEEDS if fnmatch.fnmatchcase(name, row.llm)), None)

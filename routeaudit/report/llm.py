"""A model's name as the routers that an export is for write it."""

from typing import NamedTuple

LITELLM = {
    "aws": "bedrock", "fireworks": "fireworks_ai", "google": "gemini", "meta": "meta_llama",
    "moonshotai": "moonshot", "together": "together_ai", "voyageai": "voyage", "x-ai": "xai",
}  # fmt: skip
"""What LiteLLM calls those who sell models, where it is not the usual name."""


class Llm(NamedTuple):
    """A model, and who serves it; None: not known, or said in the name."""

    name: str
    seller: str | None = None

    @property
    def usual(self) -> str:
        """Write provider/model; a name that holds a maker already stays as it is."""
        return (
            f"{self.seller}/{self.name}" if self.seller and "/" not in self.name else self.name
        )

    @property
    def in_litellm(self) -> str:
        """Write it as LiteLLM does, which must know who serves a model before all else."""
        seller = self.seller and LITELLM.get(self.seller, self.seller)
        is_said = seller is None or self.name.startswith(f"{seller}/")
        return self.name if is_said else f"{seller}/{self.name}"

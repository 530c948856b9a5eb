"""How queries are classified. Light: the command line reads it at every start."""

from dataclasses import dataclass

from routeaudit.options import check, option


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifySettings:
    """Which classifier, and how the stage treats what it says."""

    classifier: str = option(
        "embedded", "embedded (in the package) or gguf (a local model file through llama.cpp)"
    )
    weights: str | None = option(None, "embedded: weights trained on your own labels")
    long_document_tokens: int = option(
        8_000, "a prompt with more tokens is a long document, whatever it asks", low=100
    )
    metadata_weight: float = option(
        1.0, "how much call metadata moves p_simple; 0 turns it off", low=0, high=5
    )

    def __post_init__(self) -> None:
        check(self)

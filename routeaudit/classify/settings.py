"""How queries are classified. Light: the command line reads it at every start."""

from dataclasses import dataclass

from routeaudit.options import check, option

GGUF = ("classifier", "gguf")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifySettings:
    """Which classifier, and how the stage treats what it says."""

    classifier: str = option(
        "embedded",
        "embedded (in the package), gguf (a local model file through llama.cpp), or none",
    )
    model: str = option(
        "phi-3-mini", "gguf: a .gguf file, or a name from `models list`", needs=GGUF
    )
    prompt: str | None = option(
        None, "gguf: a prompt file; `prompt show` prints the standard one", needs=GGUF
    )
    calibration: str | None = option(
        None, "gguf: a calibration fitted on labelled queries", needs=GGUF
    )
    gguf_budget: str | None = option(
        None,
        "gguf reads only so many queries (2000) or so long (10m); embedded learns the rest",
        needs=GGUF,
    )
    threads: int = option(
        0, "gguf: processors to use; 0 uses all", low=0, high=1024, needs=GGUF
    )
    gpu_layers: int = option(0, "gguf: layers to put on a GPU; -1 puts all", low=-1, needs=GGUF)
    # Each token of a batch is set against all its cells, so more is no faster on a processor.
    batch_tokens: int = option(
        256, "gguf: tokens decoded at once; a GPU likes more", low=32, high=65_536, needs=GGUF
    )
    weights: str | None = option(
        None, "embedded: weights trained on your own labels", needs=("classifier", "embedded")
    )
    long_document_tokens: int = option(
        8_000, "a prompt with more tokens is a long document, whatever it asks", low=100
    )
    metadata_weight: float = option(
        1.0, "how much call metadata moves p_simple; 0 turns it off", low=0, high=5
    )

    def __post_init__(self) -> None:
        check(self)

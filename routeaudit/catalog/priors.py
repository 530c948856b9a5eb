"""How often a small model's answer is as good as the large one's, by task: published evidence.

Always an assumption (docs/method.md, quality): untuned builds, other people's prompts. A row is
low, mid and high of q = 1 - P(large right, small wrong), and a grade: A that model and task,
B a proxy, C no published number was found and the row was interpolated.
"""

from typing import NamedTuple

FAMILIES = ("gemma-2b", "phi-3-mini", "mistral-7b", "llama-3.1-8b")


class Prior(NamedTuple):
    """The range of q, without any probability attached, and its grade."""

    low: float
    mid: float
    high: float
    grade: str


TABLE: dict[str, tuple[Prior, ...]] = {
    name: tuple(Prior(low / 100, mid / 100, high / 100, grade) for low, mid, high, grade in rows)
    for name, rows in {
        "classification_coarse": (
            (82, 93, 97, "B"), (80, 92, 98, "C"), (86, 93, 99, "B"), (84, 93, 98, "B"),
        ),
        "classification_fine": (
            (54, 73, 88, "B"), (55, 76, 92, "C"), (62, 81, 94, "B"), (59, 78, 91, "B"),
        ),
        "extraction": (
            (33, 43, 60, "B"), (55, 72, 88, "C"), (61, 69, 80, "B"), (76, 83, 90, "B"),
        ),
        "summarization": (
            (67, 74, 75, "B"), (90, 96, 98, "B"), (85, 92, 93, "B"), (88, 95, 97, "B"),
        ),
        "closed_qa": (
            (45, 62, 80, "C"), (65, 80, 92, "C"), (65, 80, 95, "C"), (77, 85, 90, "B"),
        ),
        "validation_formatting": (
            (21, 37, 45, "B"), (50, 68, 85, "C"), (49, 63, 70, "B"), (80, 88, 96, "A"),
        ),
        "language_detection": (
            (85, 95, 99, "C"), (85, 95, 99, "C"), (90, 97, 99, "C"), (90, 97, 99, "C"),
        ),
        "translation": (
            (33, 48, 70, "C"), (25, 45, 65, "C"), (42, 68, 75, "B"), (62, 76, 83, "B"),
        ),
        "moderation": (
            (61, 73, 77, "B"), (60, 75, 85, "C"), (67, 77, 83, "B"), (68, 78, 84, "B"),
        ),
        "reasoning": (
            (3, 31, 62, "A"), (10, 57, 86, "A"), (14, 53, 78, "A"), (19, 69, 90, "A"),
        ),
        "creative_writing": (
            (4, 16, 28, "A"), (12, 32, 52, "A"), (22, 44, 66, "A"), (23, 47, 71, "B"),
        ),
        "ambiguous": (
            (3, 35, 63, "B"), (9, 28, 47, "B"), (18, 61, 91, "B"), (23, 49, 74, "B"),
        ),
        "world_knowledge": (
            (35, 54, 61, "A"), (68, 78, 83, "A"), (35, 67, 77, "A"), (48, 79, 88, "A"),
        ),
        "code": (
            (2, 21, 36, "A"), (10, 50, 80, "A"), (10, 39, 57, "A"), (14, 52, 83, "A"),
        ),
        "long_document": (
            (0, 30, 60, "C"), (88, 92, 96, "A"), (75, 88, 97, "A"), (81, 91, 99, "A"),
        ),
    }.items()
}  # fmt: skip

ROWS_OF_TASK = {
    # The classifier does not tell coarse labels from fine ones: the range covers both.
    "classification": ("classification_coarse", "classification_fine"),
    "structured_qa": ("closed_qa",),
    # No number was found for rewriting: between faithful summaries and creative text.
    "rewriting": ("summarization", "creative_writing"),
}


class Context(NamedTuple):
    """The longest prompt a model of this family takes."""

    tokens: int
    note: str = ""


CONTEXT = {
    "gemma-2b": Context(8_192),
    "phi-3-mini": Context(4_096, "the 4k build; a 128k build exists"),
    "mistral-7b": Context(32_768),
    "llama-3.1-8b": Context(131_072),
}
OUTPUT_RATIO = {"gemma-2b": 0.51, "phi-3-mini": 0.71, "mistral-7b": 0.92, "llama-3.1-8b": 0.96}
"""Answer length against gpt-4-turbo on WildBench (allenai/WildBench@d6b8dca)."""

LABEL_LIKE = ("classification", "extraction", "validation_formatting", "moderation")
"""Tasks whose answers are as long from any model."""

QUANTISED_LOW = 0.03
"""A quantised build may be this much worse than the low end."""


def family_of(llm_id: str) -> str | None:
    """Name the family of a small model; None when it is none of those with evidence."""
    name = llm_id.lower().replace("_", "-")
    if "gemma" in name and "2b" in name:
        return "gemma-2b"
    if "phi-3" in name or "phi3" in name:
        return "phi-3-mini"
    if ("mistral" in name and "7b" in name) or "mistral:7b" in name:
        return "mistral-7b"
    if "llama-3" in name and "8b" in name:
        return "llama-3.1-8b"
    return None


def context_tokens(llm_id: str) -> int | None:
    """Give the longest prompt; None when unknown."""
    family = family_of(llm_id)
    if family is None:
        return None
    return 131_072 if "128k" in llm_id.lower() else CONTEXT[family].tokens


def prior(family: str, task: str | None) -> Prior:
    """Give the range for a task; an unknown task counts as ambiguous.

    Args:
        family: one of FAMILIES.
        task: one of frames.TASKS, or None.
    """
    place = FAMILIES.index(family)
    names = ROWS_OF_TASK.get(task or "ambiguous", (task or "ambiguous",))
    rows = [TABLE[name][place] for name in names]
    return Prior(
        min(row.low for row in rows),
        sum(row.mid for row in rows) / len(rows),
        max(row.high for row in rows),
        max(row.grade for row in rows) if len(rows) == 1 else "C",
    )

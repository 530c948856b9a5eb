"""Published quality: assumptions, as the method lists them."""

import pytest

from routeaudit.catalog.arms import Arms, arms_from, arms_named
from routeaudit.catalog.priors import (
    FAMILIES,
    TABLE,
    context_tokens,
    family_of,
    prior,
)
from routeaudit.catalog.speeds import published_speed
from routeaudit.errors import ConfigError
from routeaudit.frames import TASKS


def test_every_task_has_a_range_for_every_family() -> None:
    for family in FAMILIES:
        for task in (*TASKS, None):
            row = prior(family, task)
            assert 0 <= row.low <= row.mid <= row.high <= 1
            assert row.grade in {"A", "B", "C"}


def test_the_table_says_what_the_method_says() -> None:
    assert prior("llama-3.1-8b", "summarization") == (0.88, 0.95, 0.97, "B")
    assert prior("phi-3-mini", "summarization") == (0.90, 0.96, 0.98, "B")
    assert prior("gemma-2b", "long_document") == (0.0, 0.30, 0.60, "C")
    assert prior("mistral-7b", "reasoning") == (0.14, 0.53, 0.78, "A")
    assert len(TABLE) == 15


def test_no_untuned_model_reaches_95_percent_but_in_summaries() -> None:
    good = {
        (family, task)
        for family in FAMILIES
        for task in TASKS
        if prior(family, task).mid >= 0.95
    }
    assert good == {("phi-3-mini", "summarization"), ("llama-3.1-8b", "summarization")}


def test_the_worked_mix_of_the_method_fails_more_often_than_5_percent() -> None:
    # 30 classification (coarse), 15 extraction, 10 summaries, 15 QA, 10 validation of 80.
    rows = [
        (30, TABLE["classification_coarse"]), (15, TABLE["extraction"]),
        (10, TABLE["summarization"]), (15, TABLE["closed_qa"]),
        (10, TABLE["validation_formatting"]),
    ]  # fmt: skip
    llama = FAMILIES.index("llama-3.1-8b")
    ends = ((row[llama].low, row[llama].mid, row[llama].high) for _, row in rows)
    weighted = [
        [calls / 80 * q for q in end] for (calls, _), end in zip(rows, ends, strict=True)
    ]
    failing = [1 - sum(row[end] for row in weighted) for end in range(3)]
    # By hand: mid 1 - (30*.93 + 15*.83 + 10*.95 + 15*.85 + 10*.88)/80 = 1 - 71.4/80 = .1075.
    assert failing[1] == pytest.approx(0.1075)
    assert failing[2] == pytest.approx(0.05375)  # 1 - (29.4 + 13.5 + 9.7 + 13.5 + 9.6)/80
    assert failing[0] == pytest.approx(0.188125)  # 1 - (25.2 + 11.4 + 8.8 + 11.55 + 8.0)/80


def test_classification_covers_coarse_and_fine_labels() -> None:
    assert prior("llama-3.1-8b", "classification") == pytest.approx(
        (0.59, 0.855, 0.98, "C"), abs=1e-12
    )


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("google/gemma-2b-it", "gemma-2b"),
        ("Phi-3-mini-4k-instruct-q4", "phi-3-mini"),
        ("mistralai/Mistral-7B-Instruct-v0.2", "mistral-7b"),
        ("llama-3.1-8b-instant", "llama-3.1-8b"),
        ("gpt-4o", None),
    ],
)
def test_families_are_known_by_name(name: str, family: str | None) -> None:
    assert family_of(name) == family


def test_contexts_are_as_long_as_published() -> None:
    assert context_tokens("phi-3-mini-4k") == 4_096
    assert context_tokens("phi-3-mini-128k-instruct") == 131_072
    assert context_tokens("gpt-4o") is None


def test_speeds_are_looked_up_by_name() -> None:
    row = published_speed("gpt-4-0613")
    assert row is not None
    assert row.speed().decode_tokens_per_s == 10.6
    assert published_speed("gpt-4-turbo-2024") is not row
    assert published_speed("nobody-knows") is None


def test_arms_can_be_named_and_configured() -> None:
    arms = arms_named({"mid": "mistral/open-mistral-7b", "full": "gpt-4o"})
    assert (arms.mid.provider, arms.mid.llm_id) == ("mistral", "open-mistral-7b")
    assert arms.full.llm_id == "gpt-4o"
    own = arms_from({"mid": {"llm_id": "llama-3.1-8b", "self_hosted": True}}, Arms())
    assert own.mid.self_hosted
    assert own.mid.family == "llama-3.1-8b"
    assert own.full.family is None


def test_an_unknown_arm_is_named_with_the_nearest() -> None:
    with pytest.raises(ConfigError) as caught:
        arms_from({"midd": {}})
    assert "mid" in caught.value.hint

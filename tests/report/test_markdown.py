import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeaudit.report.gates import evaluate, parse
from routeaudit.report.markdown import (
    COMMENT_LIMIT,
    COMMENT_MARK,
    comment,
    escaped,
    step_summary,
    summary,
    within,
)
from routeaudit.result import AuditResult


@pytest.mark.parametrize("name", ["realistic", "empty", "hostile", "scanned", "outcomes"])
def test_a_summary_starts_with_the_verdict(name: str, request: pytest.FixtureRequest) -> None:
    text = summary(request.getfixturevalue(name))
    advice = (
        "🟢 Adopt" if name in ("realistic", "hostile", "outcomes") else "⚪ Not enough evidence"
    )
    assert text.startswith(f"# {advice}\n")
    assert "## Reproducibility" in text


def test_a_saving_is_estimated_and_never_saved(realistic: AuditResult) -> None:
    text = summary(realistic).lower()
    assert "estimated" in text
    assert "saved" not in text


def test_hostile_names_are_no_markup(hostile: AuditResult) -> None:
    text = summary(hostile)
    assert "<script" not in text
    assert "<img" not in text
    assert "[link]" not in text
    assert " @team" not in text
    assert "\u202e" not in text


def test_a_cell_cannot_break_its_row() -> None:
    assert escaped("a|b") == "a\\|b"
    assert escaped("`*_#~![]<&>") == "\\`\\*\\_\\#\\~\\!\\[\\]&lt;&amp;&gt;"


@given(st.lists(st.text(max_size=80), max_size=30), st.integers(80, 2_000))
def test_a_text_is_shortened_to_its_limit_by_whole_blocks(
    blocks: list[str], limit: int
) -> None:
    text = within(blocks, limit)
    assert len(text.encode("utf-8", "surrogatepass")) <= limit
    whole = "\n\n".join(blocks) + "\n"
    assert text == whole or "Shortened to fit" in text


def test_a_comment_fits_its_limit_and_can_be_found_again(
    hostile: AuditResult, realistic: AuditResult
) -> None:
    gates = evaluate(realistic, parse({"failure_rate": ["error", {"max": 0.01}]}))
    text = comment(hostile, gates)
    assert text.startswith(COMMENT_MARK)
    assert len(text) <= COMMENT_LIMIT
    assert "## Gates" in text
    assert "failed" in text
    assert text.index("## Gates") < text.index("## Policies")


def test_a_step_summary_without_gates_is_the_summary(realistic: AuditResult) -> None:
    assert step_summary(realistic) == summary(realistic)

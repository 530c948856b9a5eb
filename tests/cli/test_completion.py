import pytest

from tests.cli.conftest import Run


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("sim", {"simulate"}),
        ("simulate --include", {"--include-text", "--include-users"}),
        ("simulate --policy t", {"task-table", "three-tier", "two-stage"}),
        ("export ", {"json", "litellm", "routellm", "semantic-router"}),
        ("explain net", {"net_savings", "net_savings_pct"}),
    ],
)
def test_a_shell_completes_commands_options_and_names(
    run: Run, monkeypatch: pytest.MonkeyPatch, typed: str, offered: set[str]
) -> None:
    words = f"routeaudit {typed}"
    monkeypatch.setenv("_ROUTEAUDIT_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
    assert set(run().out.split()) == offered

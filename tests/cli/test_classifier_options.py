"""Options of one classifier are refused where nothing would read them."""

from pathlib import Path

import pytest

from tests.cli.conftest import REPO, Run


def test_a_budget_needs_a_model_and_a_log_that_can_be_read_twice(
    run: Run, one_call: Path
) -> None:
    assert run("scan", one_call, "--gguf-budget", "100").code == 2
    assert run("scan", "-", "--gguf-budget", "100", "--classifier", "gguf").code == 2


@pytest.mark.parametrize(
    "typed", [("--model", "x.gguf"), ("--prompt", "p.toml"), ("--gpu-layers", "-1")]
)
def test_an_option_of_the_gguf_classifier_is_refused_without_it(
    run: Run, one_call: Path, typed: tuple[str, str]
) -> None:
    for command in (("scan", one_call), ("classify", one_call), ("doctor",)):
        said = run(*command, *typed)
        assert said.code == 2
        assert f"{typed[0]} is read only with --classifier gguf" in said.err


def test_what_a_file_says_of_another_classifier_may_wait_for_its_day(
    run: Run, one_call: Path, tmp_path: Path
) -> None:
    (tmp_path / "c.toml").write_text('[classify]\nmodel = "x.gguf"\nthreads = 2\n')
    assert run("scan", one_call, "--config", tmp_path / "c.toml").code == 0


def test_a_budget_is_refused_where_texts_are_read_once(run: Run, one_call: Path) -> None:
    said = run("classify", one_call, "--classifier", "gguf", "--gguf-budget", "100")
    assert said.code == 2
    assert "--gguf-budget" in said.err


def test_a_scan_under_a_budget_says_how_both_classifiers_got_on(
    run: Run, one_call: Path
) -> None:
    pytest.importorskip("llama_cpp", reason="needs the llama extra")
    tiny = REPO / "tests/data/tiny-phi3-demo.gguf"
    wanted = ("--classifier", "gguf", "--model", tiny, "--gguf-budget", "100")
    assert "1 of 1 distinct queries read" in run("scan", one_call, *wanted, "--plain").out
    assert "distinct queries read" not in run("scan", one_call, "--plain").out

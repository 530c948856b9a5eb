"""Labelling on the tiny demo model's answers."""

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from routeaudit.answer.labels import read_labels
from routeaudit.answer.saved import Files
from routeaudit.cli.app import app
from routeaudit.cli.label import is_swapped, meaning
from routeaudit.errors import ConfigError, InputError
from routeaudit.stats.sampling import sampled
from routeaudit.workspace import Workspace
from tests.answer.fake_endpoint import endpoint, says

ROOT = Path(__file__).parents[2]
TINY = ROOT / "tests" / "data" / "tiny-phi3-demo.gguf"
LOG = ROOT / "sample_logs" / "openai" / "chat-2026-w42.jsonl"


def run(home: Path, *arguments: str, keys: str = "") -> tuple[str, BaseException | None]:
    line = [*arguments, "--workspace", str(home)]
    result = CliRunner().invoke(app, line, input=keys)
    return result.stdout, result.exception


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("llama_cpp", reason="needs the llama extra")
    folder = tmp_path_factory.mktemp("labels")
    assert run(folder, "scan", str(LOG), "--json")[1] is None
    ask = ("answer", "--model", str(TINY), "--sample", "40", "--max-tokens", "60", "--json")
    assert run(folder, *ask, "--threads", "1")[1] is None
    # The tiny model seldom comes to an end by itself; here it counts as if it had.
    answers = Files(Workspace(root=folder).latest().answers_folder, "mid").answers
    pl.read_parquet(answers).with_columns(must_escalate=False).write_parquet(answers)
    return folder


def labels(home: Path) -> dict[str, str]:
    return read_labels(Files(Workspace(root=home).latest().answers_folder, "mid").labels)


def test_a_key_means_the_small_models_answer_wherever_it_is_shown() -> None:
    assert meaning("1", swapped=True) == "good"
    assert meaning("1", swapped=False) == "bad"
    assert meaning("2", swapped=False) == "good"
    assert meaning("=", swapped=True) == "equal"
    assert meaning("b", swapped=True) == "bad"
    assert meaning("x", swapped=True) is None


def test_which_answer_comes_first_has_nothing_to_do_with_who_is_in_the_sample() -> None:
    keys = [str(n) for n in range(4_000)]
    drawn = [key for key, low in zip(keys, sampled(keys, 0.1, seed=0), strict=True) if low]
    # About 400 coins: 200 heads, four standard deviations are 40.
    assert abs(sum(map(is_swapped, drawn)) - len(drawn) / 2) < 45


def test_each_key_is_kept_and_the_rest_waits(home: Path) -> None:
    before = len(labels(home))
    out, error = run(home, "label", "--plain", keys="=xbq")
    assert error is None
    kept = labels(home)
    assert len(kept) == before + 2
    assert sorted(kept.values()) == ["bad", "equal"]
    assert "person" in out
    assert "1 of " in out


def test_labels_go_out_and_come_in(home: Path, tmp_path: Path) -> None:
    assert run(home, "label", "--plain", keys="=q")[1] is None
    assert labels(home)
    for name in ("out.csv", "out.jsonl"):
        file = tmp_path / name
        assert run(home, "label", "--export", str(file))[1] is None
        n = len(labels(home))
        assert run(home, "label", "--import", str(file))[1] is None
        assert len(labels(home)) == n
    bad = tmp_path / "bad.jsonl"
    bad.write_text(json.dumps({"query_key": "a", "label": "perhaps"}))
    assert isinstance(run(home, "label", "--import", str(bad))[1], InputError)
    bad.write_text(json.dumps({"key": "a"}))
    assert isinstance(run(home, "label", "--import", str(bad))[1], InputError)


def test_without_answers_there_is_nothing_to_judge(tmp_path: Path) -> None:
    assert run(tmp_path, "scan", str(LOG), "--json")[1] is None
    _, error = run(tmp_path, "label")
    assert isinstance(error, InputError)
    assert "routeaudit answer" in error.hint


def test_a_judge_decides_the_rest_and_never_twice(home: Path) -> None:
    judging = ("judge", "--model", str(TINY), "--json")
    out, error = run(home, *judging)
    assert error is None
    told = json.loads(out)
    assert told["judge"]["judged"] > 0
    decided = {one["scorer"]: one for one in told["decided_by"]}
    assert decided["judge"]["decided"] == decided["judge"]["seen"] > 0
    assert told["evidence"] == "judged"
    file = Files(Workspace(root=home).latest().answers_folder, "mid").judged
    lines = file.read_text()
    assert run(home, *judging)[1] is None
    assert file.read_text() == lines
    shown, _ = run(home, "judge", "--model", str(TINY))
    assert "Decided by" in shown


def test_an_endpoint_judges_only_where_it_is_named(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "sk-secret")
    with endpoint(lambda _: says("C")) as server:
        named = ("--endpoint", server.url, "--endpoint-llm", "big", "--key-env", "MY_KEY")
        assert isinstance(run(home, "judge")[1], ConfigError)
        assert isinstance(run(home, "judge", "--model", str(TINY), *named)[1], ConfigError)
        assert server.seen == []
        line = ["judge", *named, "--workspace", str(home)]
        result = CliRunner().invoke(app, line)
        assert result.exception is None
        asked = len(server.seen)
        config = tmp_path / "routeaudit.toml"
        config.write_text(f'[judge]\nendpoint = "{server.url}"\nendpoint-llm = "big"\n')
        assert run(home, "judge", "--config", str(config), "--json")[1] is None
        assert len(server.seen) == asked  # the same judge asks nothing twice
    assert asked > 0
    told = " ".join(result.stderr.split())
    assert f"big at {server.host}; it reads {asked // 2} requests with both answers" in told
    assert "mixed" in told  # with the verdicts of the local one before
    assert "sk-secret" not in result.output

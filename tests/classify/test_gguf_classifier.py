"""The classifier from queries to verdicts, on the tiny demo model and real llama.cpp."""

import gzip
import json
import os
import random
import runpy
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from routeaudit import options
from routeaudit.classify.classifiers.gguf import PLUGIN, Gguf
from routeaudit.classify.gguf_asking import QUERIES_AT_ONCE, GgufProgress
from routeaudit.classify.gguf_prompt import standard_prompt_text
from routeaudit.errors import ConfigError, ModelError
from routeaudit.frames import SIMPLE_TASKS, VERDICT_COLUMNS, schema

pytest.importorskip("llama_cpp", reason="needs the llama extra")

ROOT = Path(__file__).parents[2]
TINY = ROOT / "tests" / "data" / "tiny-phi3-demo.gguf"
LABELLED = ROOT.parent / "shared" / "data" / "queries" / "train.jsonl.gz"

# Written for this test; each is plain enough for a model of three million weights.
PLAIN = {
    "Translate the following sentence into German: The meeting starts at nine.": "translation",
    "Summarize the following text in two sentences.\n\nThe council met on Monday and "
    "discussed the new bridge. It will be built next year.": "summarization",
    "Write a short story about a lighthouse keeper who finds a map.": "creative_writing",
    "Write a Python function that returns the n-th Fibonacci number.": "code",
    "Who was the first person to walk on the moon?": "world_knowledge",
    "Tom has 12 apples. He gives 5 to Ann and buys 8 more. How many apples does he have?": "reasoning",
    "Rewrite this sentence in a more formal tone: gimme the file asap": "rewriting",
    "Extract all names and dates from the text.\n\nMaria met John on 4 May 2021.": "extraction",
}


def tiny(**other: object) -> Gguf:
    return options.from_mapping(
        PLUGIN, {"model_file": str(TINY), "threads": 1, **other}, where="test"
    )


def test_every_promised_column_is_there_and_adds_up() -> None:
    verdicts = tiny().classify(pl.Series(list(PLAIN)))
    assert verdicts.schema == schema(VERDICT_COLUMNS)
    assert verdicts.height == len(PLAIN)
    for row in verdicts.iter_rows(named=True):
        assert sum(row["p_task"]) == pytest.approx(1, abs=1e-5)
        assert sum(row["p_tier"]) == pytest.approx(1, abs=1e-5)
        assert row["p_simple"] == pytest.approx(1 - row["p_tier"][2], abs=1e-5)
        assert (row["tier"] == "full") == (row["p_simple"] < 0.5)
        assert row["novelty"] is None
        assert row["classifier_error"] is False


def test_the_tiny_model_reads_plain_requests() -> None:
    said = tiny().classify(pl.Series(list(PLAIN)))
    right = [task == wanted for task, wanted in zip(said["task"], PLAIN.values(), strict=True)]
    sides = [
        (p >= 0.5) == (wanted in SIMPLE_TASKS)
        for p, wanted in zip(said["p_simple"], PLAIN.values(), strict=True)
    ]
    assert sum(right) >= 6
    assert sum(sides) >= 7


@pytest.mark.skipif(not LABELLED.is_file(), reason="the labelled queries are not here")
def test_on_sources_it_never_saw_the_tiny_model_beats_the_length_rule() -> None:
    held_out = held_out_rows(300)
    said = tiny().classify(pl.Series([text for text, _ in held_out]))
    sides = [
        (p >= 0.5) == (task in SIMPLE_TASKS)
        for p, (_, task) in zip(said["p_simple"], held_out, strict=True)
    ]
    right = [got == task for got, (_, task) in zip(said["task"], held_out, strict=True)]
    # The best rule by length alone is right for 0.73 of these sources' requests.
    assert sum(sides) / len(sides) > 0.76
    assert sum(right) / len(right) > 0.5


def held_out_rows(n: int) -> list[tuple[str, str]]:
    tools = runpy.run_path(str(ROOT / "tools" / "tiny_gguf" / "data.py"))
    with gzip.open(LABELLED, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    held = {
        row["text"]: row["task"]
        for row in rows
        if tools["source_group"](row["source"]) in tools["TESTED"]
    }
    chance = random.Random(5)  # noqa: S311 chance, not a secret
    return chance.sample(sorted(held.items()), n)


def test_no_queries_give_no_verdicts() -> None:
    verdicts = tiny().classify(pl.Series([], dtype=pl.String))
    assert verdicts.height == 0
    assert verdicts.schema == schema(VERDICT_COLUMNS)


def test_a_second_run_reads_everything_from_the_cache(tmp_path: Path) -> None:
    cache = str(tmp_path / "verdicts.sqlite")
    queries = pl.Series(list(PLAIN))
    seen: list[GgufProgress] = []
    first = tiny(cache=cache, progress=seen.append).classify(queries)
    assert seen[0].n_from_cache == 0
    assert seen[0].tokens_per_s > 0
    seen.clear()
    again = tiny(cache=cache, progress=seen.append).classify(queries)
    assert seen == []
    assert again.equals(first)


def test_progress_ends_at_all_and_nothing_left() -> None:
    seen: list[GgufProgress] = []
    queries = [f"Translate into French: {n} bottles" for n in range(QUERIES_AT_ONCE + 5)]
    tiny(progress=seen.append).classify(pl.Series(queries))
    whole = [step for step in seen if step.n_all == len(queries)]
    assert [step.n_done for step in whole] == [QUERIES_AT_ONCE, len(queries)]
    assert whole[-1].left_s == pytest.approx(0, abs=1e-9)


def test_the_fingerprint_changes_with_the_prompt_but_not_with_threads(tmp_path: Path) -> None:
    text = standard_prompt_text()
    (tmp_path / "p.toml").write_text(text.replace("one letter.", "a letter."), "utf-8")
    base = tiny().fingerprint
    assert base.startswith("gguf-")
    assert tiny(threads=2).fingerprint == base
    assert tiny(prompt=str(tmp_path / "p.toml")).fingerprint != base
    assert tiny(gpu_layers=1).fingerprint != base


def test_the_fingerprint_changes_with_a_calibration_and_so_do_verdicts(tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    file.write_text('{"n_labelled": 900, "starts": [0], "values": [0.9]}')
    fitted = tiny(calibration=str(file))
    assert fitted.fingerprint != tiny().fingerprint
    said = fitted.classify(pl.Series(["Write a poem."]))
    assert said["p_simple"].to_list() == pytest.approx([0.9])
    assert said["tier"].to_list()[0] != "full"


def test_another_set_of_letters_is_asked_for(tmp_path: Path) -> None:
    text = standard_prompt_text().replace('label = "A"', 'label = "1"')
    text = text.replace('A = "classification"', '1 = "classification"')
    (tmp_path / "p.toml").write_text(text, "utf-8")
    said = tiny(prompt=str(tmp_path / "p.toml")).classify(pl.Series(["Write a poem."]))
    assert said["task"].null_count() == 0


@pytest.mark.parametrize(("option", "value"), [("threads", -1), ("batch_tokens", 1)])
def test_an_option_out_of_range_is_refused(option: str, value: int) -> None:
    with pytest.raises(ConfigError, match=option):
        tiny(**{option: value})


def test_an_absent_file_is_the_users_to_mend() -> None:
    with pytest.raises(ModelError, match="there is no model file"):
        tiny(model_file="gone.gguf").classify(pl.Series(["hello"]))


FAULTY = """
import os, signal
from routeaudit.local_model.engine import LabelEngine

class Touchy(LabelEngine):
    def score(self, queries):
        if any("poison" in text for text in queries):
            os.kill(os.getpid(), signal.SIGABRT)
        return super().score(queries)
"""


def test_a_query_that_ends_llama_cpp_costs_only_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "touchy_engine.py").write_text(FAULTY)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{ROOT}")
    queries = pl.Series(["Write a poem.", "poison", "Translate into German: hello"])
    said = tiny(factory="touchy_engine:Touchy").classify(queries)
    assert said["classifier_error"].to_list() == [False, True, False]
    assert said["task"].is_null().to_list() == [False, True, False]
    assert said["p_simple"].is_null().to_list() == [False, True, False]
    plain = tiny().classify(queries)
    assert said["p_simple"][0] == pytest.approx(plain["p_simple"][0], abs=5e-3)


RUN = """
import sys
import polars as pl
from routeaudit.classify.classifiers.gguf import Gguf
def tell(step):
    sys.stdout.write(f"{step.n_done} {step.n_from_cache}\\n")
    sys.stdout.flush()
queries = pl.Series([f"Translate into French: {n} green bottles" for n in range(3_000)])
Gguf(model_file=sys.argv[1], cache=sys.argv[2], threads=1, progress=tell).classify(queries)
"""


def test_a_run_killed_at_any_moment_repeats_at_most_one_batch(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RUN, str(TINY), str(tmp_path / "v.sqlite")]
    done = 0
    for n_steps in (1, 3):
        with running(command) as run:
            assert run.stdout is not None
            steps = [list(map(int, run.stdout.readline().split())) for _ in range(n_steps)]
            time.sleep(0.02 * n_steps)
            run.send_signal(signal.SIGKILL)
        assert steps[0][1] >= done  # all that was reported done is in the cache
        assert steps[0][0] - steps[0][1] == QUERIES_AT_ONCE
        done = steps[-1][0]


def test_ctrl_c_ends_the_run_and_its_worker(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RUN, str(TINY), str(tmp_path / "v.sqlite")]
    with running(command) as run:
        assert run.stdout is not None
        run.stdout.readline()
        workers = children_of(run.pid)
        assert len(workers) == 1
        run.send_signal(signal.SIGINT)
        run.wait(timeout=20)
    assert run.returncode != 0
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)


def running(command: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def children_of(process_id: int) -> list[str]:
    listed = Path(f"/proc/{process_id}/task/{process_id}/children")
    return listed.read_text().split() if listed.exists() else ["unknown"]

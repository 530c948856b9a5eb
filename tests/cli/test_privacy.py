"""Nobody's words and no user's id in any artifact, unless they are asked for."""

import csv
import json
from pathlib import Path

import polars as pl
import pytest

from routeaudit.result.pseudonym import pseudonym
from tests.cli.conftest import Run

USER = "ada.byron@halden.example"
WORDS = (
    "Translate to French: <script>window.hacked=1</script>",
    'Summarize this: "><img src=x onerror="window.hacked=1">',
    "Classify this ticket: \u202eevil\u202c شكرا جزيلا على المساعدة",
    "Extract the date: " + "secretword " * 1_000,
    "=HYPERLINK(A1) Rewrite this politely 👩‍💻🔥 | `pipe` @team",
)
MARKS = ("hacked", "onerror", "شكرا", "secretword", "HYPERLINK(A1)", "👩")


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A log of hostile prompts, all of one user."""
    path = tmp_path / "calls.jsonl"
    path.write_text("\n".join(line(n, words) for n, words in enumerate(WORDS * 8)) + "\n")
    return path


def line(number: int, words: str) -> str:
    message = {"role": "assistant", "content": f"answer with secretword {number}"}
    return json.dumps({
        "timestamp": f"2026-10-{number % 20 + 1:02d}T10:00:00Z", "latency_ms": 900,
        "request_id": f"r{number}", "url": "https://api.openai.com/v1/chat/completions",
        "metadata": {"user": USER, "team": "finance"},
        "request": {"model": "gpt-4o", "user": USER,
                    "messages": [{"role": "user", "content": words}]},
        "response": {
            "id": f"c{number}", "object": "chat.completion", "model": "gpt-4o-2024-08-06",
            "choices": [{"message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 500, "completion_tokens": 250, "total_tokens": 750},
        },
    })  # fmt: skip


def everything(folder: Path) -> dict[Path, str]:
    """Read each file of a folder as text; Parquet by its cells."""
    found = {}
    for path in sorted(file for file in folder.rglob("*") if file.is_file()):
        if path.suffix == ".parquet":
            found[path] = str(pl.read_parquet(path).to_dicts())
        else:
            found[path] = path.read_bytes().decode("utf-8", "replace")
    return found


def gates(folder: Path) -> None:
    (folder / "routeaudit.toml").write_text('[gates]\nbad_rows_share = ["error", {max = 1}]\n')


def audited(run: Run, folder: Path, *flags: str) -> None:
    """Make every artifact there is into `folder`/out."""
    gates(folder)
    out = folder / "out"
    for command in (
        ("simulate", "--policy", "binary", "--reports", out, *flags),
        ("check", out / "result.json", "--comment", out / "c.md", "--step-summary", out / "s.md",
         "--junit", out / "gates.xml"),
        ("focus", "-o", out / "focus.csv"), ("focus", "-o", out / "focus.parquet"),
        ("compare", out / "result.json", out / "result.json", "-o", out / "compare.md"),
        ("export", "json", "-o", out / "policy.json"),
    ):  # fmt: skip
        said = run(*command)
        assert said.code == 0, said.err
        assert not [mark for mark in (*MARKS, USER) if mark in said.out + said.err]


def test_without_a_flag_no_artifact_holds_a_word_or_an_id(
    run: Run, logs: Path, tmp_path: Path
) -> None:
    said = run("scan", logs, "--json")
    assert said.code == 0
    assert USER not in said.out
    audited(run, tmp_path)
    files = everything(tmp_path / "out") | everything(tmp_path / ".routeaudit")
    assert len(files) > 30
    leaks = [
        (p.name, mark) for p, text in files.items() for mark in (*MARKS, USER) if mark in text
    ]
    assert leaks == []
    assert pseudonym(USER) in files[tmp_path / "out" / "tables" / "by_user.csv"]
    assert pseudonym(USER) in files[tmp_path / "out" / "focus.csv"]


def test_with_the_flags_examples_and_ids_are_there_and_do_nothing(
    run: Run, logs: Path, tmp_path: Path
) -> None:
    assert run("scan", logs, "--include-text", "--include-users").code == 0
    out = tmp_path / "out"
    both = ("--include-text", "--include-users")
    assert run("simulate", "--policy", "binary", "--reports", out, *both).code == 0
    page = (out / "report.html").read_text(encoding="utf-8")
    assert USER in page
    assert "&lt;script&gt;window.hacked=1&lt;/script&gt;" in page
    assert "<script>window" not in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert "secretword " * 50 not in page
    text = (out / "summary.md").read_text(encoding="utf-8")
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    with (out / "tables" / "examples.csv").open(encoding="utf-8", newline="") as file:
        queries = [row["query"] for row in csv.DictReader(file)]
    assert len(queries) == len(set(queries)) > 0
    assert not [query for query in queries if query.startswith("=")]


def test_what_was_kept_is_shown_only_by_a_command_that_is_asked_again(
    run: Run, logs: Path, tmp_path: Path
) -> None:
    flags = ("--include-text", "--include-users")
    assert run("scan", logs, *flags).code == 0
    assert run("simulate", "-p", "binary", "--reports", tmp_path / "out", *flags).code == 0
    assert (
        run("report", tmp_path / "out" / "result.json", "-o", tmp_path / "shown", *flags).code
        == 0
    )
    assert USER in (tmp_path / "shown" / "report.html").read_text(encoding="utf-8")
    # The same folder, without the flags: the words of the first run are gone from it.
    audited(run, tmp_path)
    texts = everything(tmp_path / "out")
    leaks = [
        (p.name, mark) for p, text in texts.items() for mark in (*MARKS, USER) if mark in text
    ]
    assert leaks == []


@pytest.mark.parametrize("flag", ["--include-text", "--include-users"])
def test_a_scan_that_kept_nothing_cannot_show_it(
    run: Run, logs: Path, tmp_path: Path, flag: str
) -> None:
    assert run("scan", logs).code == 0
    said = run("simulate", "-p", "binary", "--reports", tmp_path / "out", flag)
    assert said.code == 2
    assert f"routeaudit scan {flag}" in said.err


SENTENCE = "please tell my doctor that the secretword test came back"


def odd_logs(folder: Path) -> Path:
    """Somebody's words where a log has kinds, terms and labels; one good call in each file."""
    call = json.loads(line(1, "Say hi"))
    call |= {"team": SENTENCE, "feature": SENTENCE, "metadata": {"note": "secretword note"}}
    call["response"] |= {"service_tier": SENTENCE}
    call["response"]["choices"][0]["finish_reason"] = SENTENCE
    run = {"id": "1", "dotted_order": "d1", "run_type": SENTENCE, "inputs": {},
           "start_time": "2026-10-01T10:00:00Z"}  # fmt: skip
    seen = {"id": "o1", "traceId": "t", "type": SENTENCE, "startTime": "2026-10-01T10:00:00Z"}
    event = {"batch": [{"type": SENTENCE, "body": {}}], "metadata": {}}
    span = {
        "span_kind": SENTENCE,
        "attributes": {"a": 1},
        "context": {"trace_id": "a", "span_id": "b"},
    }
    path = folder / "odd.jsonl"
    path.write_text(
        "\n".join(json.dumps(unit) for unit in (call, run, seen, event, span)) + "\n"
    )
    return path


def test_words_in_the_place_of_a_kind_a_term_or_a_label_are_not_kept(
    run: Run, tmp_path: Path
) -> None:
    path = odd_logs(tmp_path)
    said = [
        run("scan", path, "--max-bad-rows", "100%"),
        run("ingest", path, "-o", "records.jsonl", "--max-bad-rows", "100%"),
        run("simulate", "--policy", "binary", "--reports", tmp_path / "out"),
    ]
    assert [one.code for one in said] == [0, 0, 0]
    assert "not a model call: another kind" in said[1].err
    assert "1 records" in said[1].err
    texts = [one.out + one.err for one in said]
    texts += [*(everything(tmp_path / "out") | everything(tmp_path / ".routeaudit")).values()]
    assert not [text for text in texts if "secretword" in text]


@pytest.mark.parametrize("flag", ["--json", "--plain"])
def test_explain_shows_no_id_and_no_value_of_a_tag(run: Run, tmp_path: Path, flag: str) -> None:
    said = run("formats", "explain", odd_logs(tmp_path), flag)
    assert said.code == 0
    assert "note" in said.out
    assert pseudonym(USER) in said.out
    assert not [word for word in (USER, "secretword") if word in said.out + said.err]

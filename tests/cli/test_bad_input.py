"""Each kind of bad input: one sentence and a hint on stderr, the right exit code, no traceback."""

import gzip
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run, Said


def assert_told(said: Said, code: int, *words: str) -> None:
    assert said.code == code, said.err
    assert said.err.count("error:") == 1
    assert "Traceback" not in said.err
    for word in words:
        assert word in said.err


def test_a_missing_file_names_the_nearest(run: Run, one_call: Path) -> None:
    assert_told(run("scan", "cals.jsonl"), 2, "no file cals.jsonl", "did you mean calls.jsonl?")


def test_an_empty_file_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").touch()
    assert_told(run("scan", "empty.jsonl"), 2, "empty", "hint:")


def test_a_folder_without_logs_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    assert_told(run("scan", "none"), 2, "holds no logs", "hint:")


def test_a_binary_file_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_bytes(bytes(range(256)) * 40)
    assert_told(run("scan", "b.jsonl"), 2, "binary")


def test_a_text_without_calls_is_told_with_its_reasons(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("dear diary\n")
    said = run("scan", "notes.txt")
    assert_told(said, 3, "no call was found", "not JSON", "rejects.jsonl")
    assert "diary" not in said.err + (tmp_path / ".routeaudit/rejects.jsonl").read_text()


def test_a_failed_scan_is_not_the_latest(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("dear diary\n")
    run("scan", "notes.txt")
    assert_told(run("simulate"), 2, "no scan", "routeaudit scan PATH")


def test_good_lines_around_bad_ones_are_kept(run: Run, one_call: Path, tmp_path: Path) -> None:
    good = one_call.read_text()
    (tmp_path / "mixed.jsonl").write_text(
        "\ufeff"
        + good
        + "not json\n"
        + good.replace('"r1"', '"r2"').replace("c1", "c2")
        + good[:80]
    )
    said = run("scan", "mixed.jsonl", "--json")
    assert_told(said, 3, "2 of 4 units could not be read", "--max-bad-rows 50%")
    assert json.loads(said.out)["traffic"]["records"] == 2
    (scan,) = (tmp_path / ".routeaudit/scans").iterdir()
    rejects = [json.loads(line) for line in (scan / "rejects.jsonl").read_text().splitlines()]
    assert [(r["source_line"], r["reason"]) for r in rejects] == [
        (2, "not JSON"),
        (4, "JSON that ends too early (truncated?)"),
    ]
    assert set(rejects[0]) == {"source_file", "source_line", "reason"}


def test_a_line_of_20_mb_is_read(run: Run, one_call: Path, tmp_path: Path) -> None:
    long = one_call.read_text().replace("good morning", "word " * 4_000_000)
    (tmp_path / "long.jsonl").write_text(long)
    said = run("scan", "long.jsonl", "--json")
    assert said.code == 0, said.err
    assert json.loads(said.out)["audit"]["calls"] == 1


def test_a_bad_price_is_told(run: Run, one_call: Path) -> None:
    assert_told(run("scan", one_call, "--assume-price", "cheap"), 2, "is not a price", "hint:")


def test_a_negative_price_in_the_file_is_told(run: Run, one_call: Path, tmp_path: Path) -> None:
    (tmp_path / "routeaudit.toml").write_text(
        '[[prices.own]]\nmodel = "gpt-4o"\ninput = -1.0\noutput = 2.0\n'
    )
    assert_told(run("scan", one_call), 2, "input = -1.0 of 'gpt-4o' is not a price")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '[[prices.own]]\nmodel = "a"\ninput = 1\noutput = 2\n'
            '[[prices.own]]\nmodel = "b"\ninput = "abc"\noutput = 2\n',
            ("routeaudit.toml, [prices.own] no. 2: input is 'abc', but must be a number",
             "hint: write it as input = 0.5"),
        ),
        ('[[prices.own]]\nmodel = "a"\ninput = 1\n',
         ("[prices.own] no. 1: the key 'output' is missing", "hint: add output = ..., a number")),
        ('[[prices.own]]\nmodel = "a"\ninptu = 1\noutput = 2\n',
         ("[prices.own] no. 1: unknown key 'inptu'", "did you mean input?")),
        ('[prices.own]\nmodel = "a"\ninput = 1\noutput = 2\n',
         ("must be a list, each a table", "hint: begin each with [[...own]]")),
        ("[prices]\nown = [3]\n", ("[prices.own] no. 1 must be a table, not 3",)),
        ("[arms.mid]\nllm_id = 3\n",
         ("arms.mid: llm_id is 3, but must be a text", 'hint: write it as llm_id = "..."')),
        ("[arms]\nmid = 3\n", ("arms.mid must be a table, not 3",)),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_type_is_told_with_its_file_key_and_a_way_to_write_it(
    run: Run, one_call: Path, tmp_path: Path, text: str, told: tuple[str, ...]
) -> None:
    (tmp_path / "routeaudit.toml").write_text(text)
    assert_told(run("simulate", one_call), 2, *told)


def test_an_unknown_policy_names_the_nearest(run: Run, one_call: Path) -> None:
    run("scan", one_call)
    assert_told(run("simulate", "--policy", "binry"), 2, "did you mean binary?")


def test_an_unknown_command_names_the_nearest(run: Run) -> None:
    assert_told(run("simulat"), 2, "no command 'simulat'", "did you mean simulate?")


def test_an_unknown_model_fails_the_scan_and_is_named(run: Run, one_call: Path) -> None:
    one_call.write_text(one_call.read_text().replace("gpt-4o-2024-08-06", "acme-7b"))
    said = run("scan", one_call)
    assert_told(said, 3, "100.0% of the calls have no price", "--assume-price")
    assert "acme-7b (1)" in said.out
    assert run("scan", one_call, "--assume-price", "1,2").code == 0


def test_an_arm_without_a_price_saves_nothing_that_is_known(run: Run, one_call: Path) -> None:
    said = run("simulate", one_call, "--arms", "mid=no-such-llm", "-p", "all-mid", "-p", "binary", "--threshold", "0", "--json")  # fmt: skip
    assert said.code == 3
    assert "no price" in said.err
    for row in json.loads(said.out)["simulation"]["policies"]:
        if row["calls"].get("mid"):
            assert row["cost_total"] is None
            assert row["cost_month"] is None
            assert row["saving"]["share"] is None


def test_mixed_formats_in_one_gzipped_file_are_all_read(
    run: Run, one_call: Path, tmp_path: Path
) -> None:
    anthropic = json.dumps(
        {
            "timestamp": "2026-10-05T11:00:00Z", "url": "https://api.anthropic.com/v1/messages",
            "request": {"model": "claude-sonnet-4-5", "max_tokens": 9,
                        "messages": [{"role": "user", "content": "Is this spam? WIN NOW"}]},
            "response": {"id": "m1", "type": "message", "role": "assistant",
                         "model": "claude-sonnet-4-5", "stop_reason": "end_turn",
                         "content": [{"type": "text", "text": "yes"}],
                         "usage": {"input_tokens": 20, "output_tokens": 1,
                                   "cache_read_input_tokens": 80}},
        }
    )  # fmt: skip
    with gzip.open(tmp_path / "mixed.jsonl.gz", "wt") as file:
        file.write(one_call.read_text() + anthropic + "\n")
    said = run("scan", "mixed.jsonl.gz", "--json")
    assert said.code == 0, said.err
    result = json.loads(said.out)
    assert list(result["traffic"]["sources"][0]["formats"].values()) == [1, 1]
    by_llm = {part["key"]: part["prompt_tokens"] for part in result["audit"]["by_llm"]}
    assert by_llm == {"gpt-4o": 500, "claude-sonnet-4-5": 100}


def test_a_threshold_beside_a_share_is_refused(run: Run, one_call: Path) -> None:
    run("scan", one_call)
    assert_told(run("simulate", "--share", "80/20", "--threshold", "0.7"), 2, "--share")


@pytest.mark.parametrize("shares", ["80/30", "x", "120%"])
def test_shares_that_do_not_add_up_are_told(run: Run, one_call: Path, shares: str) -> None:
    run("scan", one_call)
    assert_told(run("simulate", "--share", shares), 2, "--share")


def test_a_table_with_too_many_broken_lines_is_poor_unless_allowed(
    run: Run, tmp_path: Path
) -> None:
    good = '{"models": {"a": {"score": 0, "cost": 1}, "b": {"score": 1, "cost": 2}}, "signals": {"hard": %d}}\n'
    lines = [good % i for i in range(9)]
    (tmp_path / "t.jsonl").write_text("".join([*lines, "{cut\n"]))
    said = run("simulate", "t.jsonl", "--json")
    assert_told(said, 3, "1 of 10 lines are no outcome", "--max-bad-rows 10%")
    assert json.loads(said.out)["simulation"]["n"] == 9
    assert run("simulate", "t.jsonl", "--json", "--max-bad-rows", "10%").code == 0
    said = run("simulate", "t.jsonl", "--since", "2026-01-01")
    assert_told(said, 2, "--since does nothing on an outcome table")


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--retry-rate", "0.1"), ("--context", "none"), ("--host-view", "marginal"),
        ("--latency-target-s", "2"), ("--assume-price", "1,2"),
    ],
)  # fmt: skip
def test_what_a_table_has_no_use_for_is_refused(
    run: Run, tmp_path: Path, flag: str, value: str
) -> None:
    row = '{"models": {"a": {"score": 0, "cost": 1}, "b": {"score": 1, "cost": 2}}, "prompt": "p"}'
    (tmp_path / "t.jsonl").write_text(row)
    said = run("simulate", "t.jsonl", "--json", flag, value)
    assert_told(said, 2, f"{flag} does nothing on an outcome table: it is for logs")


@pytest.mark.parametrize(
    ("flag", "value"),
    [("--drop", "x"), ("--signal-means", "hard"), ("--calibrate-on", "t.jsonl")],
)
def test_what_logs_have_no_use_for_is_refused(
    run: Run, one_call: Path, flag: str, value: str
) -> None:
    said = run("simulate", one_call, "--json", flag, value)
    assert_told(said, 2, f"{flag} does nothing on logs: it is for outcome tables")

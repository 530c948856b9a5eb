"""Each command does what its help says, on small input, and refuses what makes no sense."""

import json
from pathlib import Path

import polars as pl
import pytest

from tests.cli.conftest import REPO, Run


def test_ingest_writes_the_published_field_names_and_no_text(
    run: Run, one_call: Path, tmp_path: Path
) -> None:
    said = run("ingest", one_call)
    row = json.loads(said.out)
    assert (row["prompt_tokens"], row["latency_ms"], row["source_line"]) == (500, 900.0, 1)
    assert row["response_text"] is None
    assert "bonjour" not in said.out
    assert "1 units read: 1 records" in said.err
    assert run("ingest", one_call, "-o", "r.parquet", "--include-text").code == 0
    frame = pl.read_parquet(tmp_path / "r.parquet")
    assert frame["response_text"].to_list() == ["bonjour"]


def test_ingest_leaves_counts_null_that_the_log_does_not_tell_unless_they_are_asked_for(
    run: Run, one_call: Path
) -> None:
    call = json.loads(one_call.read_text())
    del call["response"]["usage"]
    one_call.write_text(json.dumps(call))
    row = json.loads(run("ingest", one_call).out)
    assert (row["prompt_tokens"], row["completion_tokens"]) == (None, None)
    assert row["tokens_estimated"] is False
    row = json.loads(run("ingest", one_call, "--estimate-tokens").out)
    assert row["prompt_tokens"] > 0
    assert row["tokens_estimated"] is True


def test_ingested_records_can_be_scanned_again(run: Run, one_call: Path) -> None:
    run("ingest", one_call, "-o", "r.jsonl", "--include-text")
    said = run("scan", "r.jsonl", "--json")
    assert json.loads(said.out)["audit"]["spend_usd"] == pytest.approx(0.00375)


def test_ingest_keeps_what_it_read_and_leaves_with_3_when_too_much_is_bad(
    run: Run, one_call: Path
) -> None:
    one_call.write_text(one_call.read_text() + "oops\n")
    said = run("ingest", one_call)
    assert said.code == 3
    assert len(said.out.splitlines()) == 1
    assert "1 rejected: not JSON" in said.err


def test_calls_outside_the_window_or_the_sample_are_told(run: Run, one_call: Path) -> None:
    two = one_call.read_text()
    one_call.write_text(two + two.replace('"r1"', '"r2"').replace('"c1"', '"c2"'))
    assert "1 left out: not in the sample" in run("ingest", one_call, "--sample", "1").err
    said = run("ingest", one_call, "--since", "2026-10-06")
    assert "2 left out: outside the time window" in said.err
    said = run("scan", one_call, "--since", "2026-10-06")
    assert said.code == 3
    assert "no call was found: 2 x outside the time window" in said.err


def test_formats_are_listed_in_order(run: Run) -> None:
    known = json.loads(run("formats", "list", "--json").out)
    names = [line["name"] for line in known]
    assert {"openai_chat_pair", "langfuse_trace", "claude_code"} <= set(names)
    assert "what it is" in run("formats", "list").out


def test_explain_shows_how_a_file_is_read(run: Run, one_call: Path) -> None:
    said = run("formats", "explain", one_call)
    assert "openai_chat_pair" in said.out
    assert "good morning" not in said.out
    found = json.loads(run("formats", "explain", one_call, "--json").out)
    assert found["examples"][0]["prompt_tokens"] == 500


def test_explain_calls_no_key_unmapped_that_is_read(run: Run, one_call: Path) -> None:
    said = run("formats", "explain", one_call)
    assert "$.response.usage.prompt_tokens " not in said.out
    assert "$.response.usage.completion_tokens " not in said.out


def test_output_to_a_dash_goes_to_stdout(run: Run, one_call: Path, tmp_path: Path) -> None:
    said = run("ingest", one_call, "-o", "-")
    assert json.loads(said.out)["prompt_tokens"] > 0
    assert not (tmp_path / "-").exists()


def test_explain_offers_a_map_for_an_unknown_format(run: Run, tmp_path: Path) -> None:
    row = {"event": {"when": 1790000000, "question": "hi there", "model_name": "gpt-4o"}}
    (tmp_path / "own.jsonl").write_text(json.dumps(row) + "\n")
    said = run("formats", "explain", "own.jsonl")
    assert "--map" in said.out
    assert "hi there" not in said.out


def test_models_are_listed_with_their_licences(run: Run) -> None:
    known = {row["name"]: row for row in json.loads(run("models", "list", "--json").out)}
    assert known["phi-3-mini"]["licence"] == "MIT"
    assert "Gemma" in run("models", "list").out


def test_a_model_file_is_described_by_its_header(run: Run) -> None:
    tiny = REPO / "tests/data/tiny-phi3-demo.gguf"
    said = json.loads(run("models", "info", tiny, "--json").out)
    assert (said["architecture"], said["has_chat_template"]) == ("phi3", True)
    assert "is here" in run("models", "info", "gemma-2b").out
    assert "did you mean phi-3-mini?" in run("models", "info", "phi-3-mni").err


def test_pulling_an_unknown_model_asks_nobody(run: Run) -> None:
    assert run("models", "pull", "phi-4").code == 2


def test_the_doctor_describes_this_machine_and_times_the_embedded_classifier(run: Run) -> None:
    said = json.loads(run("doctor", "--time", "--json").out)
    assert said["threads"] >= 1
    assert said["timing"]["classifier"] == "embedded"
    assert float(said["timing"]["seconds_a_query"]) >= 0
    assert "llama.cpp" in run("doctor").out


def test_the_standard_prompt_is_valid_toml(run: Run, tmp_path: Path) -> None:
    import tomllib  # noqa: PLC0415 beside the claim

    assert tomllib.loads(run("prompt", "show").out)


def test_a_result_compared_with_itself_has_not_changed(simulated: Run, tmp_path: Path) -> None:
    said = simulated("compare", "reports", "reports/result.json", "-o", "c.md")
    assert "What changed" in said.out
    assert "hardly moved" in said.out
    assert (tmp_path / "c.md").read_text().startswith("# Before and after")
    assert simulated("compare", "reports", tmp_path / "home").code == 2


def test_the_trend_has_a_row_for_each_scan(
    simulated: Run, one_call: Path, tmp_path: Path
) -> None:
    simulated("scan", one_call)
    said = simulated("trend", "-o", "t")
    assert said.out.count("2026-10-05") >= 2
    assert (tmp_path / "t/trend.md").exists()
    (tmp_path / "none").mkdir()
    assert simulated("trend", "none").code == 2


def test_figures_are_explained(run: Run) -> None:
    assert "served answers" in run("explain", "failure_rate").out
    assert "did you mean" in run("explain", "failur_rate").err
    assert "net_savings" in run("explain").out


def test_a_policy_is_exported_and_an_unknown_target_refused(
    simulated: Run, tmp_path: Path
) -> None:
    arms = "mid=groq/llama-3.1-8b-instant,full=openai/gpt-4o"
    assert "model_list" in simulated("export", "litellm", "--arms", arms).out
    assert simulated("export", "json", "--arms", arms, "-o", "p.json").code == 0
    assert json.loads((tmp_path / "p.json").read_text())
    assert simulated("export", "nginx").code == 2


def test_two_policies_are_set_side_by_side(scanned: Run, tmp_path: Path) -> None:
    (tmp_path / "strict.toml").write_text('[policy]\nkind = "binary"\ncut = 1.0\n')
    said = scanned("diff", "binary", "strict.toml")
    assert said.code == 0, said.err
    # one easy call: served at 0.5, not at 1.0
    assert "100.0% of the requests take another path" in said.out


def test_a_diff_is_no_simulation_of_the_scan(scanned: Run, tmp_path: Path) -> None:
    scanned("simulate", "--policy", "three-tier")
    (kept,) = tmp_path.glob(".routeaudit/scans/*/simulation.json")
    before = kept.read_bytes()
    assert scanned("diff", "binary", "confidence").code == 0
    assert kept.read_bytes() == before
    assert "three-tier" in scanned("report").out + (tmp_path / "reports/summary.md").read_text()


def test_charges_are_written_as_focus_rows_without_a_users_name(
    scanned: Run, tmp_path: Path
) -> None:
    assert scanned("focus", "-o", "f.csv").code == 0
    charges = pl.read_csv(tmp_path / "f.csv")
    assert charges["BilledCost"].to_list() == pytest.approx([0.00375])
    assert "x_SimulatedCost" not in charges.columns
    scanned("simulate", "--policy", "binary")
    assert scanned("focus", "-o", "f.parquet", "--focus-version", "1.2").code == 0
    simulated = pl.read_parquet(tmp_path / "f.parquet")
    assert simulated["BilledCost"].to_list() == charges["BilledCost"].to_list()
    assert simulated["x_SimulatedCost"][0] < 0.001
    assert scanned("focus", "--focus-version", "0.5").code == 2
    assert scanned("focus", tmp_path).code == 2


def test_classify_leaves_out_what_is_no_text_and_says_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"text": "Translate: hi"}\n\n{"id": 1}\nnope\n')
    said = run("classify", "t.jsonl", "-o", "v.jsonl")
    assert said.code == 3
    assert "line 3 was left out" in said.err
    assert "line 4 was left out: not JSON" in said.err
    assert json.loads((tmp_path / "v.jsonl").read_text())["id"] == 1
    assert run("classify", "none.jsonl").code == 2


def test_options_that_nothing_would_read_are_refused(scanned: Run) -> None:
    said = scanned("simulate", "--since", "2026-01-01")
    assert said.code == 2
    assert "does nothing on a saved scan" in said.err


def test_logs_can_be_simulated_in_one_go_and_poor_ones_leave_with_3(
    run: Run, one_call: Path
) -> None:
    assert run("simulate", one_call, "--policy", "binary", "--quiet").code == 0
    one_call.write_text(one_call.read_text() + "oops\n")
    assert run("simulate", one_call, "--policy", "binary").code == 3


def test_a_password_in_an_address_is_not_kept(run: Run, one_call: Path) -> None:
    said = run("scan", one_call, "--json", "--format", "auto", "--map-file", "x://u:pw@h")
    assert "pw" not in said.out


def test_the_python_module_is_the_command(tmp_path: Path) -> None:
    import subprocess  # noqa: PLC0415 beside the claim
    import sys  # noqa: PLC0415 as above

    done = subprocess.run(
        [sys.executable, "-m", "routeaudit", "--version"],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPO,
    )
    assert done.stdout.startswith("routeaudit ")


def test_a_run_with_a_mapping_says_that_nothing_is_detected(run: Run, one_call: Path) -> None:
    line = "--map reads every record: no log format is detected\n"
    paths = ("--map", "request=$.request", "--map", "response=$.response")
    assert line in run("ingest", one_call, *paths).err
    assert line not in run("ingest", one_call, "--filter", "request_id==r1").err

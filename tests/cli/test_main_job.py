import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.cli.conftest import REPO, Run

SAMPLES = REPO / "sample_logs"


def test_scan_then_simulate_needs_no_path_and_ends_with_its_reports(
    run: Run, tmp_path: Path
) -> None:
    scanned = run("scan", SAMPLES)
    assert scanned.code == 0, scanned.err
    for title in ("By task", "By model", "By team", "By feature", "Data quality"):
        assert title in scanned.out
    assert "projected month" in scanned.out
    assert "scan saved: " in scanned.err
    done = run("simulate", "--policy", "all")
    assert done.code == 0, done.err
    assert "NOT MEASURED" in done.out
    for name in ("summary.md", "report.html", "result.json", "routes.parquet"):
        assert (tmp_path / "reports" / name).exists()
        assert f"wrote reports/{name}" in done.err
    assert list((tmp_path / "reports/charts").glob("*.png"))
    first = {path: path.read_bytes() for path in _reports(tmp_path / "reports")}
    assert run("report", "reports/result.json", "-o", "again").code == 0
    again = {path: path.read_bytes() for path in _reports(tmp_path / "again")}
    assert {p.name for p in first} == {p.name for p in again}
    assert sorted(first.values()) == sorted(again.values())


def _reports(folder: Path) -> list[Path]:
    # routes.parquet holds a row for each request: it is not in result.json.
    return [p for p in folder.rglob("*") if p.is_file() and p.name != "routes.parquet"]


def test_no_text_of_a_query_is_in_anything_that_is_written(
    run: Run, tmp_path: Path, one_call: Path
) -> None:
    secret = "zyzzyva-4711"  # noqa: S105 a word to look for, not a password
    one_call.write_text(one_call.read_text().replace("good morning", secret))
    run("scan", one_call)
    run("simulate")
    written = [p for p in tmp_path.rglob("*") if p.is_file() and p != one_call]
    assert len(written) > 10
    for path in written:
        assert secret.encode() not in path.read_bytes(), path
        if path.suffix == ".parquet":
            assert secret not in str(pl.read_parquet(path).to_dicts())


def test_the_articles_prices_give_the_articles_sums_exactly(run: Run, one_call: Path) -> None:
    run("scan", one_call)
    said = run(
        "simulate", "--policy", "binary,confidence", "--prices", "article", "--share", "80/20",
        "--escalate", "20%", "--calls-per-month", "100000",
    )  # fmt: skip
    assert said.code == 0, said.err
    rows = [line.split() for line in said.out.splitlines() if "$3,000.00" in line]
    told = {row[0]: row for row in rows if "76.67%" in row}
    for policy in ("binary", "confidence"):
        assert "$0.0070" in told[policy]
        assert "$700.00" in told[policy]


def test_an_outcome_table_is_measured_and_the_json_is_all_of_stdout(
    run: Run, tmp_path: Path
) -> None:
    rows = [
        {
            "id": str(i), "source": "made", "benchmark": "b",
            "models": {"small": {"score": int(i % 4 != 0), "cost": 0.001, "latency_s": 0.5},
                       "big": {"score": 1, "cost": 0.03, "latency_s": 2.0}},
            "signals": {"hardness": (i % 4 == 0 and 0.9) or 0.1},
        }
        for i in range(400)
    ]  # fmt: skip
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    said = run(
        "simulate", "t.jsonl", "--policy", "binary", "--arms", "mid=small,full=big",
        "--signal", "hardness", "--signal-means", "hard", "--threshold", "0.5", "--json",
    )  # fmt: skip
    assert said.code == 0, said.err
    policy = json.loads(said.out)["simulation"]["policies"][0]
    # the signal parts the rows perfectly: 300 easy ones served, all right
    assert policy["calls"] == {"full": 100, "mid": 300}
    assert (policy["served"], policy["escalated"]) == (300, 0)
    assert policy["cost_total"] == pytest.approx(300 * 0.001 + 100 * 0.03)
    assert policy["quality"]["failure_rate"] == 0
    assert policy["quality"]["evidence"] == "measured"
    assert policy["quality"]["verdict"] == "PASS"
    assert not (tmp_path / "reports").exists()


def test_plain_tables_have_tabs_and_no_lines(run: Run, one_call: Path) -> None:
    said = run("scan", one_call, "--plain")
    assert "translation\t1\t100%" in said.out
    assert "─" not in said.out


def test_classify_reads_stdin_and_writes_json_lines() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "routeaudit", "classify"],
        input='{"id": 7, "text": "Translate to German: good night"}\n',
        capture_output=True, text=True, check=True, cwd=REPO,
    )  # fmt: skip
    row = json.loads(done.stdout)
    assert (row["id"], row["task"]) == (7, "translation")
    assert sum(row["p"].values()) == pytest.approx(1, abs=1e-3)


def test_a_scan_reads_stdin(one_call: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "routeaudit", "scan", "-", "--json", "--workspace", tmp_path / "w"],
        input=one_call.read_bytes(), capture_output=True, check=True, cwd=REPO,
    )  # fmt: skip
    assert json.loads(done.stdout)["audit"]["spend_usd"] == pytest.approx(0.00375)
    assert b"leaked" not in done.stderr


def test_help_names_every_command_with_its_own_first_line(run: Run) -> None:
    from routeaudit.cli.app import COMMANDS, load_command  # noqa: PLC0415 beside the claim

    said = run("--help")
    for name, line in COMMANDS.items():
        assert name in said.out
        assert (load_command(name).help or "").split("\n")[0] == line


def test_config_show_names_the_origin(run: Run, tmp_path: Path) -> None:
    (tmp_path / "routeaudit.toml").write_text("[simulate]\nlimit = 0.1\n")
    said = run("config", "show", "simulate", "--json")
    found = {row["name"]: (row["value"], row["origin"]) for row in json.loads(said.out)}
    assert found["limit"] == (0.1, "routeaudit.toml")
    assert found["seed"] == (0, "default")


def test_the_version_is_printed(run: Run) -> None:
    assert run("--version").out.startswith("routeaudit 0.")

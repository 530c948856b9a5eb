"""`simulate --sweep` on the terminal, and metrics that share a reason."""

import json
from pathlib import Path

from routeaudit.cli.sweep_view import MOST_ROWS
from tests.cli.conftest import Run


def test_a_sweep_prints_the_thresholds_that_none_beats(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "t.jsonl"
    rows = [
        {
            "id": i,
            "models": {
                "a": {"score": int(i < 30), "cost": 1},
                "b": {"score": int(i >= 40), "cost": 9},
            },
            "signals": {"hardness": i},
        }
        for i in range(60)
    ]
    table.write_text("".join(json.dumps(row) + "\n" for row in rows))
    said = run("simulate", table, "--policy", "binary", "--sweep", "--plain", "--quiet")
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("policy\tthresholds"))
    # From rows 0 to 39 on the small arm each further row only loses; at most 15 are shown.
    first, last = lines[at + 1].split("\t"), lines[at + MOST_ROWS].split("\t")
    assert first[1:5] == ["39", "66.7%", "3666.7", "25.0%"]
    assert last[1:5] == ["59", "100.0%", "1000", "50.0%"]
    assert len(lines) == at + MOST_ROWS + 1
    refused = next(line for line in lines if line.startswith("binary\tPGR, APGR"))
    assert "not the better one" in refused

"""The GitHub Action, run here step by step; gh and pip are stand-ins that write down their calls."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.ci.conftest import ACTION, REPO, Build, run_action, run_script

MARK = "<!-- routeaudit -->"


def comment(number: int, body: str) -> dict[str, object]:
    return {"id": number, "node_id": f"IC_{number}", "body": body}


def with_text(folder: Path, text: str = f"{MARK}\n\n# Pilot\n") -> Path:
    (folder / "reports").mkdir()
    (folder / "reports" / "comment.md").write_text(text, encoding="utf-8")
    return folder


def commented(folder: Path, how: str, when: str, pages: list[list[dict[str, object]]], gate: str = "0") -> Build:  # fmt: skip
    return run_script(
        with_text(folder), "comment.sh", pages, COMMENT=how, COMMENT_IF=when, PR_NUMBER="7",
        REPORTS="reports", GATE_CODE=gate,
    )  # fmt: skip


class TestTheWholeAction:
    def test_an_undecided_gate_fails_the_build_after_the_reports_are_written(
        self, sample_build: Build
    ) -> None:
        assert sample_build.code == 5, sample_build.said
        assert sample_build.outputs["check"]["code"] == "5"
        assert sample_build.steps[-1] == "Verdict"
        assert (sample_build.folder / "reports" / "report.html").is_file()

    def test_the_result_that_it_names_is_there(self, sample_build: Build) -> None:
        named = sample_build.outputs["simulate"]["result"]
        assert json.loads((sample_build.folder / named).read_bytes())["schema_version"]

    def test_the_step_summary_says_the_verdict_and_the_gates(self, sample_build: Build) -> None:
        assert "Not enough evidence" in sample_build.summary
        assert "## Gates" in sample_build.summary

    def test_junit_has_a_case_for_each_gate(self, sample_build: Build) -> None:
        path = sample_build.folder / "reports" / "gates.junit.xml"
        cases = ET.parse(path).getroot().iter("testcase")  # noqa: S314 our own file
        assert [case.get("name") for case in cases] == ["net_savings_pct", "evidence"]

    def test_one_comment_is_posted_on_the_pull_request(self, sample_build: Build) -> None:
        asked, posted = sample_build.gh_calls
        assert "repos/halden/orders/issues/7/comments?per_page=100" in asked
        assert posted[:4] == [
            "api",
            "--method",
            "POST",
            "repos/halden/orders/issues/7/comments",
        ]
        assert posted[-1] == "body=@reports/comment.md"
        text = (sample_build.folder / "reports" / "comment.md").read_text(encoding="utf-8")
        assert text.startswith(MARK)

    def test_this_version_of_the_action_is_what_gets_installed(
        self, sample_build: Build
    ) -> None:
        assert sample_build.pip_calls[-1] == str(REPO)

    def test_without_gates_the_build_is_informed_and_passes(self, tmp_path: Path) -> None:
        logs = REPO / "sample_logs" / "openai" / "chat-2026-w42.jsonl"
        build = run_action(
            tmp_path, number="", paths=f"\n{logs}\n", policy="binary", extras="s3"
        )
        assert build.code == 0, build.said
        assert "Not enough evidence" in build.summary
        assert build.gh_calls == [], "a push belongs to no pull request"
        assert build.pip_calls[-1] == f"{REPO}[s3]"
        text = (tmp_path / "reports" / "comment.md").read_text(encoding="utf-8")
        assert text.startswith(MARK)

    def test_logs_that_are_not_there_stop_it_at_the_scan(self, tmp_path: Path) -> None:
        build = run_action(tmp_path, paths="nowhere.jsonl")
        assert (build.code, build.steps[-1]) == (2, "Scan")

    def test_paths_may_not_be_empty(self, tmp_path: Path) -> None:
        assert run_action(tmp_path, paths="\n \n".replace(" ", "")).code == 2

    def test_no_input_reaches_a_shell_as_code(self) -> None:
        for step in ACTION["runs"]["steps"]:
            assert "${{" not in step.get("run", "")

    def test_a_release_is_installed_by_its_number(self, tmp_path: Path) -> None:
        build = run_script(tmp_path, "install.sh", VERSION="0.1.0", EXTRAS="s3,postgres")
        assert build.pip_calls[-1] == "routeaudit[s3,postgres]==0.1.0"


class TestTheComment:
    def test_the_last_of_ours_is_changed_on_any_page(self, tmp_path: Path) -> None:
        pages = [
            [comment(1, f"{MARK}\nold"), comment(2, "a person")],
            [comment(3, f"{MARK}\nolder")],
            [comment(4, f"I quote {MARK}")],
        ]
        build = commented(tmp_path, "update", "always", pages)
        assert build.gh_calls[1:] == [
            ["api", "--method", "PATCH", "repos/halden/orders/issues/comments/3", "-F",
             "body=@reports/comment.md"]
        ]  # fmt: skip

    def test_new_leaves_the_old_one_alone(self, tmp_path: Path) -> None:
        build = commented(tmp_path, "new", "always", [[comment(1, f"{MARK}\nold")]])
        assert [call[2] for call in build.gh_calls[1:]] == ["POST"]

    def test_hide_folds_the_old_one_away_and_adds(self, tmp_path: Path) -> None:
        build = commented(tmp_path, "hide", "always", [[comment(1, f"{MARK}\nold")]])
        _, hidden, posted = build.gh_calls
        assert (hidden[1], hidden[3]) == ("graphql", "id=IC_1")
        assert posted[2] == "POST"

    def test_changed_says_nothing_twice(self, tmp_path: Path) -> None:
        pages = [[comment(1, f"{MARK}\r\n\r\n# Pilot")]]
        build = commented(tmp_path, "new", "changed", pages)
        assert len(build.gh_calls) == 1
        assert "nothing changed" in build.said

    def test_another_time_of_the_build_is_no_change(self, tmp_path: Path) -> None:
        old = f"{MARK}\n\n# Pilot\n\n- Made: 2026-11-01T00:00:00+00:00 by routeaudit 0.1.0\n"
        folder = with_text(tmp_path, old.replace("2026-11-01", "2026-11-08"))
        build = run_script(
            folder, "comment.sh", [[comment(1, old)]], COMMENT="update", COMMENT_IF="changed",
            PR_NUMBER="7", REPORTS="reports", GATE_CODE="0",
        )  # fmt: skip
        assert len(build.gh_calls) == 1
        assert "nothing changed" in build.said

    def test_changed_speaks_when_the_text_differs(self, tmp_path: Path) -> None:
        build = commented(tmp_path, "new", "changed", [[comment(1, f"{MARK}\n# Adopt")]])
        assert len(build.gh_calls) == 2

    @pytest.mark.parametrize(("gate", "calls"), [("0", 0), ("4", 2), ("5", 2)])
    def test_over_threshold_speaks_when_a_gate_did_not_pass(
        self, tmp_path: Path, gate: str, calls: int
    ) -> None:
        build = commented(tmp_path, "update", "over-threshold", [], gate)
        assert len(build.gh_calls) == calls

    def test_off_asks_nobody(self, tmp_path: Path) -> None:
        assert commented(tmp_path, "off", "always", []).gh_calls == []

    @pytest.mark.parametrize(("how", "when"), [("edit", "always"), ("update", "never")])
    def test_a_word_that_is_not_known_is_a_usage_error(
        self, tmp_path: Path, how: str, when: str
    ) -> None:
        assert commented(tmp_path, how, when, []).code == 2

    def test_a_token_that_may_only_read_warns_and_passes(self, tmp_path: Path) -> None:
        env = {"COMMENT": "update", "COMMENT_IF": "always", "PR_NUMBER": "7"}
        build = run_script(
            with_text(tmp_path), "comment.sh", [], **env, REPORTS="reports",
            GITHUB_REPOSITORY="halden/fails-here",
        )  # fmt: skip
        assert build.code == 0
        assert "::warning::" in build.said


@pytest.mark.parametrize(
    ("fail_on", "scan", "gate", "code"),
    [
        ("undecided", "0", "0", 0),
        ("undecided", "0", "4", 4),
        ("undecided", "0", "5", 5),
        ("failed", "0", "5", 0),
        ("failed", "0", "4", 4),
        ("nothing", "3", "4", 0),
        ("failed", "3", "0", 3),
        ("sometimes", "0", "0", 2),
    ],
)
def test_what_fails_the_build_is_the_users_choice(
    tmp_path: Path, fail_on: str, scan: str, gate: str, code: int
) -> None:
    build = run_script(
        tmp_path,
        "verdict.sh",
        FAIL_ON=fail_on,
        SCAN_CODE=scan,
        SIMULATE_CODE="0",
        GATE_CODE=gate,
    )
    assert build.code == code

"""A runner that does what GitHub does with a composite action, as far as ours needs it."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it ships no types

REPO = Path(__file__).parents[2]
BASH = shutil.which("bash") or "bash"
ACTION = yaml.safe_load((REPO / "action.yml").read_text(encoding="utf-8"))

# gh and pip speak to services outside: these stand-ins write down what they were asked.
GH = """#!/usr/bin/env bash
printf '%s\\n' "$@" >>"$GH_CALLS"; echo --- >>"$GH_CALLS"
case "$*" in *fails-here*) exit 1 ;; *--paginate*) cat "$GH_COMMENTS" ;; *) cat >/dev/null ;; esac
"""
PYTHON = """#!/usr/bin/env bash
if [ "$1 $2" = "-m pip" ]; then printf '%s\\n' "$@" >>"$PIP_CALLS"; exit 0; fi
exec {python} "$@"
"""
ROUTEAUDIT = """#!/usr/bin/env bash
exec {python} -m routeaudit "$@"
"""


@dataclass
class Build:
    """One build: its folder, what its steps said, and whom it called."""

    folder: Path
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    code: int = 0
    said: str = ""

    @property
    def summary(self) -> str:
        return (self.folder / "summary.md").read_text(encoding="utf-8")

    @property
    def gh_calls(self) -> list[list[str]]:
        text = (self.folder / "gh.txt").read_text(encoding="utf-8")
        return [call.splitlines() for call in text.split("---\n") if call]

    @property
    def pip_calls(self) -> list[str]:
        return (self.folder / "pip.txt").read_text(encoding="utf-8").splitlines()


def prepared(folder: Path) -> dict[str, str]:
    """Lay out a runner's folder, stand-ins included, and give the environment of its steps."""
    bin_dir = folder / "bin"
    bin_dir.mkdir()
    for name, text in (("gh", GH), ("python", PYTHON), ("routeaudit", ROUTEAUDIT)):
        (bin_dir / name).write_text(text.replace("{python}", sys.executable), encoding="utf-8")
        (bin_dir / name).chmod(0o755)
    for name in ("gh.txt", "pip.txt", "summary.md", "comments.json"):
        (folder / name).touch()
    return {
        "PATH": f"{bin_dir}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "PYTHONPATH": str(REPO),
        "NO_COLOR": "1",
        "GH_CALLS": str(folder / "gh.txt"),
        "GH_COMMENTS": str(folder / "comments.json"),
        "PIP_CALLS": str(folder / "pip.txt"),
        "GITHUB_REPOSITORY": "halden/orders",
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "GITHUB_ACTION_PATH": str(REPO),
    }


def value_of(text: object, known: Mapping[str, str]) -> str:
    """Fill in `${{ ... }}`; a name that nothing sets is empty, as on GitHub."""
    return re.sub(r"\$\{\{\s*([\w.-]+)\s*\}\}", lambda m: known.get(m[1], ""), str(text))


def known_before(build: Build, given: Mapping[str, str], number: str) -> dict[str, str]:
    """Say what the expressions of the next step see."""
    known = {
        "github.action_path": str(REPO), "github.token": "t0ken",
        "github.event.pull_request.number": number,
    }  # fmt: skip
    inputs = {n: given.get(n, i.get("default", "")) for n, i in ACTION["inputs"].items()}
    known |= {f"inputs.{n}": value_of(v, known) for n, v in inputs.items()}
    for step, said in build.outputs.items():
        known |= {f"steps.{step}.outputs.{n}": v for n, v in said.items()}
    return known


def step_run(build: Build, step: dict[str, Any], known: dict[str, str], env: dict[str, str]) -> None:  # fmt: skip
    """Run one shell step and take in its outputs."""
    output = build.folder / f"output-{len(build.steps)}"
    output.touch()
    own = {name: value_of(text, known) for name, text in step.get("env", {}).items()}
    done = subprocess.run(
        [BASH, "--noprofile", "--norc", "-eo", "pipefail", "-c", value_of(step["run"], known)],
        cwd=build.folder / value_of(step.get("working-directory", "."), known),
        env={**env, **own, "GITHUB_OUTPUT": str(output)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    build.said += done.stdout + done.stderr
    build.code = done.returncode
    lines = output.read_text(encoding="utf-8").splitlines()
    build.outputs[step.get("id", step["name"])] = dict(line.split("=", 1) for line in lines)


def run_action(folder: Path, number: str = "7", **given: str) -> Build:
    """Run action.yml's steps in order until one fails; steps that use another action are named."""
    build, env = Build(folder), prepared(folder)
    given = {name.replace("_", "-"): text for name, text in given.items()}
    for step in ACTION["runs"]["steps"]:
        if "uses" not in step and not build.code:
            step_run(build, step, known_before(build, given, number), env)
            build.steps.append(step["name"])
    return build


def run_script(folder: Path, name: str, comments: list[Any] | None = None, **env: str) -> Build:
    """Run one script of tools/ci alone; `comments` are the pages of the pull request."""
    build, around = Build(folder), prepared(folder)
    pages = "\n".join(json.dumps(page) for page in comments or [])
    (folder / "comments.json").write_text(pages, encoding="utf-8")
    step_run(build, {"name": name, "run": str(REPO / "tools" / "ci" / name)}, {}, around | env)
    return build


@pytest.fixture(scope="module")
def sample_build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The action on the sample logs, with gates that cannot be decided without answers."""
    folder = tmp_path_factory.mktemp("build")
    (folder / "routeaudit.toml").write_text(
        "[gates]\n"
        'net_savings_pct = ["warn", {min = 20, use = "lower"}]\n'
        'evidence = ["error", {at_least = "replayed"}]\n'
    )
    return run_action(folder, paths=f"{REPO / 'sample_logs'}\n", policy="binary")

"""`routeaudit check`: gates for CI, tested on the confidence bound."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from routeaudit.cli.console import Talk
from routeaudit.cli.options import Given, options
from routeaudit.cli.place import Place
from routeaudit.cli.results import result_at
from routeaudit.cli.tables import Head, show
from routeaudit.errors import ConfigError, ExitCode
from routeaudit.privacy import Privacy

if TYPE_CHECKING:
    from routeaudit.report.gates import GateResult


@options(talk=Talk, place=Place)
def check(
    source: Annotated[
        Path | None,
        typer.Argument(metavar="[RESULT]", help="a result.json \\[default: the last one]"),
    ] = None,
    *,
    before: Annotated[
        Path | None, typer.Option(help="an older result, for gates that compare (task_drift)")
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(help="write the gates here as JUnit XML")
    ] = None,
    step_summary: Annotated[
        Path | None, typer.Option(help="append a build's step summary here (Markdown)")
    ] = None,
    comment: Annotated[
        Path | None, typer.Option(help="write a pull-request comment here (Markdown)")
    ] = None,
    gate_exit_code: Annotated[
        int | None, typer.Option(help="leave with this code when a gate fails; 0 informs only")
    ] = None,
    given: Given,
) -> None:
    """Test the configured gates on a result; leave with 4 when one fails, 5 when undecided."""
    from routeaudit.report import gates, markdown
    from routeaudit.report.junit import to_junit
    from routeaudit.report.verdict import assumed_only
    from routeaudit.result import read

    talk, place = Talk(**given["talk"]), Place(**given["place"])
    wanted = gates.parse(place.load_config().table("gates"))
    if not wanted:
        raise ConfigError(
            "there are no gates", hint='[gates] in routeaudit.toml: failure_rate = ["error", {max = 0.05, use = "upper"}]'
        )  # fmt: skip
    result = Privacy().shown(result_at(source, place))
    found = gates.evaluate(result, wanted, read(before) if before else None)
    if junit:
        _write(junit, to_junit(found, result.provenance.created))
    if step_summary:
        with step_summary.open("a", encoding="utf-8") as file:
            file.write(markdown.step_summary(result, found))
    if comment:
        _write(comment, markdown.comment(result, found))
    if talk.json:
        talk.data(json.dumps([gate._asdict() for gate in found], indent=2))
    else:
        _show(talk, found)
    code = gates.exit_code(found)
    if code is ExitCode.NOT_ENOUGH_EVIDENCE and assumed_only(result.simulation):
        talk.say(
            "! nobody has looked at the small model's answers: `routeaudit answer --model FILE.gguf` "
            "lets one answer a sample; then simulate and check again"
        )
    raise SystemExit(int(code) if gate_exit_code is None or not code else gate_exit_code)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _show(talk: Talk, found: "tuple[GateResult, ...]") -> None:
    rows = [
        (gate.metric, gate.level, str(gate.state), gate.limit, gate.message) for gate in found
    ]
    heads = [Head(name, is_figure=False) for name in ("gate", "level", "says", "limit", "why")]
    show(talk, "Gates", heads, rows)

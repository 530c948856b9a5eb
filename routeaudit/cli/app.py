"""The commands, in the order people use them. A command's file is read when it is called."""

import importlib
import os
import sys
from typing import TYPE_CHECKING, Annotated, Any  # Any: what a command gives back

import typer
from typer.core import TyperCommand, TyperGroup
from typing_extensions import override

import routeaudit
from routeaudit.cli.heap import give_pages_back_at_once
from routeaudit.errors import ConfigError
from routeaudit.plugins import hint_for

if TYPE_CHECKING:
    from typer._click.core import Command, Context  # typer carries its own click

COMMANDS = {
    "scan": "Audit the traffic: who spends what on which kind of work, and how much is simple.",
    "simulate": "Replay the traffic through routing policies: cost, latency, failures.",
    "answer": "Let a local small model answer a sample; score it, and see how sure it is.",
    "judge": "Let a model judge what no scorer could decide, in both orders.",
    "label": "Judge answers by hand, one key each: people stand above every scorer.",
    "monitor": "Watch a live router's failure rate: OK, or ALARM and what to do.",
    "report": "Write the reports again from a saved result: same result, same bytes.",
    "check": "Test the configured gates on a result; leave with 4 when one fails, 5 when undecided.",
    "compare": "Compare two results: what changed, whether it is more than noise, what moved the bill.",
    "diff": "Set two policies side by side on the same traffic: share moved, money, failures.",
    "trend": "Show many results over time: a row for each, and the weeks that they cover together.",
    "export": "Export the chosen policy to what people run: LiteLLM, Semantic Router, RouteLLM, a table.",
    "focus": "Write the logged charges as FOCUS rows; simulated money only in x_ columns.",
    "explain": "Explain a figure: what it means, its formula and its source.",
    "classify": "Classify texts: task, tier, p_simple, and how unlike anything seen they are.",
    "ingest": "Turn logs of any format into normalised records, and nothing else.",
    "formats": "List the log formats, or see how a file is read.",
    "models": "List the GGUF models that are known by name, look at one, or fetch it.",
    "prompt": "Show the prompt of the GGUF classifier, to edit and hand back with --prompt.",
    "doctor": "Say what this machine can do: llama.cpp, GPU, memory, models, time of a scan.",
    "config": "Read the configuration in force: every option, its value and its origin.",
}
"""Name -> first line of its help. `routeaudit --help` reads this and no command's file."""


class LazyGroup(TyperGroup):
    """Knows the commands by name; imports one only to run it."""

    @override
    def list_commands(self, ctx: "Context") -> list[str]:
        """List the commands in the order people use them."""
        return list(COMMANDS)

    @override
    def get_command(self, ctx: "Context", cmd_name: str) -> "Command | None":
        """Give a stand-in that only knows its help."""
        return TyperCommand(cmd_name, help=COMMANDS[cmd_name]) if cmd_name in COMMANDS else None

    @override
    def resolve_command(
        self, ctx: "Context", args: list[str]
    ) -> "tuple[str | None, Command | None, list[str]]":
        """Give the real command."""
        if args and args[0] in COMMANDS:
            return args[0], load_command(args[0]), args[1:]
        if args and not args[0].startswith("-"):
            hint = hint_for(args[0], list(COMMANDS))
            raise ConfigError(f"there is no command {args[0]!r}", hint=hint)
        return super().resolve_command(ctx, args)

    @override
    def invoke(self, ctx: "Context") -> Any:
        """Run the command; a reader who went away, as `head` does, ends it quietly."""
        try:
            found = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)  # for what is flushed at the end
            os.dup2(nowhere, sys.stdout.fileno())
            raise typer.Exit from None
        return found


def load_command(name: str) -> "Command":
    """Import the file of a command and make it one."""
    if name == "simulate":
        give_pages_back_at_once()
    module = importlib.import_module(f"routeaudit.cli.{name}")
    if isinstance(group := getattr(module, "app", None), typer.Typer):
        return typer.main.get_command(group)
    single = typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    single.command(name)(getattr(module, name))
    return typer.main.get_command(single)


app = typer.Typer(
    name="routeaudit",
    cls=LazyGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"routeaudit {routeaudit.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="print the version"),
    ] = False,
) -> None:
    """Audit LLM API traffic, and simulate routing the simple part of it to small models."""

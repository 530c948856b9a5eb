"""A page for each command, from the command itself."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from routeaudit.cli.app import COMMANDS, load_command

if TYPE_CHECKING:
    from typer._click.core import Command, Parameter  # typer carries its own click

OWN = {"help", "install_completion", "show_completion"}


def pages() -> dict[str, str]:
    """Give each page by its path under the repository's root."""
    made = {f"docs/commands/{name}.md": page(name) for name in COMMANDS}
    index = [
        "# Commands",
        "",
        *(f"- [`{n}`]({n}.md): {line}" for n, line in COMMANDS.items()),
        "",
    ]
    return made | {"docs/commands/README.md": "\n".join(index)}


def page(name: str) -> str:
    """Write the page of one command, its subcommands included."""
    command = load_command(name)
    lines = [f"# routeaudit {name}", "", *_command(f"routeaudit {name}", command)]
    for sub, child in (getattr(command, "commands", None) or {}).items():
        lines += [
            f"## routeaudit {name} {sub}",
            "",
            *_command(f"routeaudit {name} {sub}", child),
        ]
    return "\n".join(lines).rstrip() + "\n"


def _command(usage: str, command: "Command") -> Iterator[str]:
    yield from ((command.help or "").strip(), "")
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    chosen = [p for p in command.params if p.param_type_name == "option" and p.name not in OWN]
    words = [usage, *(["[OPTIONS]"] if chosen else []), *(_metavar(p) for p in arguments)]
    yield from (f"    {' '.join(words)}", "")
    if arguments or chosen:
        yield from ("| option | what it does |", "|---|---|")
        yield from (_row(f"`{_metavar(p)}`", p) for p in arguments)
        yield from (
            _row(", ".join(f"`{o}`" for o in (*p.opts, *p.secondary_opts)), p) for p in chosen
        )
        yield ""


def _metavar(parameter: "Parameter") -> str:
    return str(getattr(parameter, "metavar", None) or (parameter.name or "").upper())


def _row(name: str, parameter: "Parameter") -> str:
    text = str(getattr(parameter, "help", None) or "").replace("\\[", "[").replace("|", "\\|")
    return f"| {name.replace('|', chr(92) + '|')} | {' '.join(text.split())} |"

"""`routeaudit prompt show`: the prompt that a GGUF classifier is asked with."""

import sys

import typer

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _prompt() -> None:
    """Show the prompt of the GGUF classifier, to edit and hand back with --prompt."""


@app.command("show")
def show_prompt() -> None:
    """Print the standard prompt file (TOML)."""
    from routeaudit.classify.gguf_prompt import standard_prompt_text

    sys.stdout.write(standard_prompt_text())

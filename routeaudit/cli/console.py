"""The terminal: data to stdout, talk and errors to stderr."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.markup import escape
from typing_extensions import override

from routeaudit.errors import RouteAuditError
from routeaudit.options import option

WIDE = 120


class _Terminal(Console):
    """A console that leaves a reader who went away (`| head`) to the front desk."""

    @override
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """How a command speaks."""

    no_color: bool = option(default=False, help="no colours (NO_COLOR works as well)")
    quiet: bool = option(
        default=False, help="no progress and no messages, only data and errors"
    )
    plain: bool = option(default=False, help="plain tab-separated tables, for scripts")
    json: bool = option(
        default=False, help="the whole result as JSON on stdout, and nothing else"
    )

    @property
    def out(self) -> Console:
        """Where data goes."""
        return _Terminal(
            file=sys.stdout, no_color=self._colourless, highlight=False, soft_wrap=False,
            width=_width(),
        )  # fmt: skip

    @property
    def err(self) -> Console:
        """Where messages go."""
        quiet = self.quiet
        return _Terminal(
            file=sys.stderr, no_color=self._colourless, highlight=False, quiet=quiet,
            width=_width(),
        )  # fmt: skip

    @property
    def is_wide(self) -> bool:
        """Whether tables may have all their columns; plain ones always have them."""
        return self.plain or self.out.width >= WIDE

    @property
    def _colourless(self) -> bool:
        return self.no_color or bool(os.environ.get("NO_COLOR"))

    def data(self, text: str) -> None:
        """Print data that is no table."""
        self.out.print(text, markup=False, soft_wrap=True)

    def dump(self, value: object) -> None:
        """Print plain data as JSON."""
        self.data(json.dumps(value, indent=2, ensure_ascii=False))

    def say(self, message: str) -> None:
        """Tell the user something; not data."""
        self.err.print(escape(message), soft_wrap=True)


def file_or_stdout(out: Path | None) -> Path | None:
    """Take `-o -` for stdout, as people mean it."""
    return None if out == Path("-") else out


def _width() -> int | None:
    given = os.environ.get("COLUMNS", "")
    return int(given) if given.isdigit() and int(given) > 0 else None


def fail(error: RouteAuditError) -> NoReturn:
    """Say what went wrong and leave with its exit code."""
    console = Console(
        file=sys.stderr, highlight=False, no_color=bool(os.environ.get("NO_COLOR"))
    )
    console.print(f"[bold red]error:[/] {escape(str(error))}", soft_wrap=True)
    if error.hint:
        console.print(f"[dim]hint:[/] {escape(error.hint)}", soft_wrap=True)
    raise SystemExit(int(error.exit_code))

"""Progress on stderr: how far, how fast; silent when nobody watches."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from routeaudit.cli.console import Talk
from routeaudit.pipeline import Progress


@contextmanager
def counting(talk: Talk, title: str) -> Iterator[Callable[[Progress], None]]:
    """Show a running count; on anything but a terminal, nothing."""
    console = talk.err
    if not console.is_terminal or talk.quiet:
        yield lambda _: None
        return
    began = time.monotonic()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title)

        def watch(seen: Progress) -> None:
            rate = seen.units / max(time.monotonic() - began, 1e-9)
            bar.update(
                task,
                description=f"{title}: {seen.records:,} calls, {seen.rejected:,} rejected, "
                f"{rate:,.0f} units/s",
            )

        yield watch

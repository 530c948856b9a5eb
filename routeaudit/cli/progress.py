"""Progress on stderr: how far, how fast; silent when nobody watches."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from routeaudit.classify.gguf_asking import GgufProgress, quiet
from routeaudit.cli.console import Talk
from routeaudit.pipeline import Progress


class Watchers(NamedTuple):
    """Who is told how far a scan, and a GGUF model's reading, have come."""

    scan: Callable[[Progress], None]
    reading: Callable[[GgufProgress], None]


@contextmanager
def counting(talk: Talk, title: str) -> Iterator[Watchers]:
    """Show a running count; on anything but a terminal, nothing."""
    console = talk.err
    if not console.is_terminal or talk.quiet:
        yield Watchers(lambda _: None, quiet)
        return
    began = time.monotonic()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title)

        def watch(seen: Progress) -> None:
            rate = seen.units / max(time.monotonic() - began, 1e-9)
            told = f"{seen.records:,} calls, {seen.rejected:,} rejected, {rate:,.0f} units/s"
            bar.update(task, description=f"{title}: {told}")

        def reading(seen: GgufProgress) -> None:
            told = (
                f"{seen.n_done:,} of {seen.n_all:,} queries, {seen.n_from_cache:,} known, "
                f"{seen.n_failed:,} failed, {seen.tokens_per_s:,.0f} tokens/s, "
                f"{seen.left_s:,.0f} s left"
            )
            bar.update(task, description=f"reading: {told}")

        yield Watchers(watch, reading)

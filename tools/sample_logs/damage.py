"""Spoils a few lines, as logs are spoiled: cut off, not JSON, NaN, written twice."""

from tools.sample_logs.dice import Dice

STRAY = (
    "2026-10-21 03:12:44,817 WARN  [log-shipper] buffer flushed late, 3 events may be out of order",
    "-- MARK --",
    "Traceback (most recent call last):",
    '  File "/srv/gateway/sink.py", line 88, in flush',
    "BrokenPipeError: [Errno 32] Broken pipe",
)


def doubled(lines: list[str], times: int, dice: Dice) -> list[str]:
    """Write some lines twice, as a shipper does that retries."""
    chosen = {dice.whole(10, len(lines) - 10) for _ in range(times)}
    return [
        again for place, line in enumerate(lines) for again in [line] * (1 + (place in chosen))
    ]


def stray(lines: list[str], place: int, texts: tuple[str, ...]) -> list[str]:
    """Put lines that are no JSON in the middle."""
    return [*lines[:place], *texts, *lines[place:]]


def cut(line: str) -> str:
    """Cut a line off in the middle of a string."""
    return line[: len(line) * 3 // 5]


def not_a_number(line: str) -> str:
    """Write the latency as NaN, which is no JSON."""
    start = line.index('"latency_ms": ') + len('"latency_ms": ')
    return line[:start] + "NaN" + line[line.index(",", start) :]

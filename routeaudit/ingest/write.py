"""Normalised records as files for other tools: Parquet or JSON lines.

Field names are those of the log format page: `latency_ms` and `ttft_ms` instead of seconds,
`prompt_text` for the text that is classified, `logprobs` for the mean log probability. Unknown
stays null. People's words are written only when asked for; without, their columns are null.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

import polars as pl

from routeaudit.errors import ConfigError
from routeaudit.frames import RECORD_COLUMNS, TEXT_COLUMNS, Records, empty

ENDINGS = (".parquet", ".jsonl", ".ndjson")
_MILLISECONDS = {"latency_s": "latency_ms", "ttft_s": "ttft_ms"}
NAMES = {**_MILLISECONDS, "query": "prompt_text", "logprob_mean": "logprobs"}
NESTED = ("messages", "tool_calls", "tags")  # JSON text in a column, JSON itself in a line


def fields(records: Records, texts: Sequence[str] = ()) -> pl.DataFrame:
    """Give the columns to write, under their published names: always all of them.

    Args:
        records: any records.
        texts: which of TEXT_COLUMNS to keep; none by default, the others are null.
    """
    hidden = [name for name in TEXT_COLUMNS if name not in texts]
    return records.with_columns(
        (pl.col(*_MILLISECONDS) * 1000).round(3),
        *(pl.lit(None, pl.String).alias(name) for name in hidden),
    ).select(pl.col(name).alias(NAMES.get(name, name)) for name in RECORD_COLUMNS)


def write_records(batches: Iterable[Records], path: Path, texts: Sequence[str] = ()) -> int:
    """Write records batch by batch; memory stays at one batch.

    Returns:
        How many records were written.

    Raises:
        ConfigError: the path ends in none of ENDINGS.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise ConfigError(f"cannot write {path.name}", hint=f"end it in {' or '.join(ENDINGS)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = (fields(batch, texts) for batch in batches)
    if ending == ".parquet":
        return _write_parquet(parts, path, texts)
    with path.open("wb") as stream:
        return write_jsonl(parts, stream)


def write_jsonl(parts: Iterable[pl.DataFrame], stream: IO[bytes]) -> int:
    """Write one JSON object a line; times are ISO with their zone, NESTED is no text."""
    written = 0
    for part in parts:
        iso = pl.col("ts").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
        lines = part.drop(NESTED).with_columns(ts=iso).write_ndjson().splitlines()
        nested = part.select(pl.col(*NESTED).fill_null("null")).rows()
        for line, values in zip(lines, nested, strict=True):
            told = ",".join(f'"{k}":{v}' for k, v in zip(NESTED, values, strict=True))
            stream.write(f"{line[:-1]},{told}}}\n".encode())
        written += part.height
    return written


def _write_parquet(parts: Iterator[pl.DataFrame], path: Path, texts: Sequence[str]) -> int:
    written = 0
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".routeaudit-") as folder:
        none = fields(Records(empty(RECORD_COLUMNS)), texts)
        none.write_parquet(Path(folder) / "part-0000000.parquet")
        for number, part in enumerate(parts, start=1):
            part.write_parquet(Path(folder) / f"part-{number:07}.parquet")
            written += part.height
        pl.scan_parquet(Path(folder) / "*.parquet").sink_parquet(path)
    return written

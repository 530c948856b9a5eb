"""What people said of a small model's answers: one line a verdict, no text."""

from collections.abc import Mapping
from pathlib import Path

import orjson
import polars as pl

from routeaudit.errors import InputError

LABELS = ("good", "bad", "equal", "skip")
PERSON = "person"


def read_labels(file: Path) -> dict[str, str]:
    """Read verdicts of people: query_key -> one of LABELS; the last one counts.

    Raises:
        InputError: a line is no verdict.
    """
    found: dict[str, str] = {}
    if not file.exists():
        return found
    for number, line in enumerate(file.read_bytes().splitlines(), start=1):
        try:
            value = orjson.loads(line)
            key, label = str(value["query_key"]), str(value["label"])
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise InputError(
                f"{file}, line {number} is no label",
                hint='each line must be {"query_key": ..., "label": "good"}',
            ) from error
        if label not in LABELS:
            raise InputError(
                f"{file}, line {number}: {label!r} is no label",
                hint=f"one of {', '.join(LABELS)}",
            )
        found[key] = label
    return found


def add_label(file: Path, query_key: str, label: str) -> None:
    """Append one verdict; it is in the file when this returns."""
    with file.open("ab") as lines:
        lines.write(orjson.dumps({"query_key": query_key, "label": label}) + b"\n")


def write_labels(file: Path, labels: Mapping[str, str]) -> None:
    """Write verdicts for another tool, as CSV or JSON lines by the file's ending."""
    frame = pl.DataFrame(
        list(labels.items()), schema={"query_key": pl.String, "label": pl.String}, orient="row"
    )
    if file.suffix == ".csv":
        frame.write_csv(file)
    else:
        frame.write_ndjson(file)


def import_labels(file: Path, source: Path) -> int:
    """Add the verdicts of another file, CSV or JSON lines; returns how many.

    Raises:
        InputError: the file cannot be read, or holds something that is no verdict; nothing is
            added then.
    """
    try:
        read = pl.read_csv if source.suffix == ".csv" else pl.read_ndjson
        rows = read(source).select(pl.col("query_key", "label").cast(pl.String)).rows()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(
            f"{source} holds no labels", hint="it needs the columns query_key and label"
        ) from error
    for _, label in rows:
        if label not in LABELS:
            raise InputError(f"{label!r} is no label", hint=f"one of {', '.join(LABELS)}")
    for key, label in rows:
        add_label(file, key, label)
    return len(rows)


def with_labels(answered: pl.DataFrame, labels: Mapping[str, str]) -> pl.DataFrame:
    """Let people's verdicts stand above every scorer's; a skipped row stays as it is."""
    said = {key: label != "bad" for key, label in labels.items() if label != "skip"}
    if not said:
        return answered
    told = pl.col("query_key").replace_strict(said, default=None, return_dtype=pl.Boolean)
    return answered.with_columns(
        accepted=pl.coalesce(told, "accepted"),
        scorer=pl.when(told.is_not_null()).then(pl.lit(PERSON)).otherwise("scorer"),
    )


def in_order(
    answered: pl.DataFrame,
    prompts: Mapping[str, int],
    labels: Mapping[str, str],
    judged: Mapping[str, bool],
) -> pl.DataFrame:
    """Order the answers that wait for a person, those first that settle a verdict soonest.

    A failure rate counts as many answers of each stratum as keep them in proportion to its
    prompts (`carry.countable`), so the stratum that lies furthest behind holds all others back:
    its undecided answers come first, in the order of the plan, so that whoever stops early has
    judged a sample and no choice of rows. What only a judge decided follows, to measure the
    judge; then the rest. Answers that can never be served, and labelled ones, are left out.

    Args:
        answered: (n,) of ANSWERED_COLUMNS, in the order of the plan.
        prompts: distinct prompts of each stratum.
        labels: what people said: query_key -> label.
        judged: what judges said: query_key -> accepted.
    """
    told = pl.col("query_key").is_in(list(labels))
    open_to = pl.col("accepted").is_null() & ~told & ~pl.col("must_escalate")
    by_judge = pl.col("query_key").is_in(list(judged))
    size = pl.col("stratum").replace_strict(prompts, default=1, return_dtype=pl.Int64)
    marked = answered.with_columns(
        turn=pl.when(open_to & ~by_judge).then(0).when(open_to).then(1).otherwise(2),
        known=(pl.col("accepted").is_not_null() | told).sum().over("stratum"),
    )
    place = pl.int_range(pl.len()).over("stratum", "turn")
    share = pl.when(pl.col("turn") == 0).then((pl.col("known") + place + 1) / size)
    return (
        marked.with_columns(share=share.fill_null(0.0))
        .filter(~told & ~pl.col("must_escalate"))
        .sort("turn", "share", maintain_order=True)
        .drop("turn", "known", "share")
    )

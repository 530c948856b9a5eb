"""Labelled queries: read, group by source, split so that no source is on both sides."""

import gzip
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson

from routeaudit.errors import InputError
from routeaudit.frames import TASKS, TIERS

I64 = npt.NDArray[np.int64]

_PREFIXES = ("wrap:", "long:")
# Sources under different names that share their texts or their phrasing.
_KIN = (
    "COVID-QA", "xquad", "NQ-open", "GSM8K", "MBXP", "OASST", "TREC CAsT", "UCI sent",
    "State of the Union", "SQuALITY", "QMSum", "awesome", "QuixBugs",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Labelled queries in columns; n rows.

    Attributes:
        texts: the queries.
        task: (n,) index into TASKS.
        tier: (n,) index into TIERS.
        family: (n,) name of the group of kindred sources.
        wrapped: (n,) the instruction is a template of the data's maker.
        licence: (n,) as the data says; empty where it does not.
    """

    texts: list[str]
    task: I64
    tier: I64
    family: npt.NDArray[np.str_]
    wrapped: npt.NDArray[np.bool_]
    licence: npt.NDArray[np.str_]

    def take(self, rows: I64) -> "Examples":
        """Keep these rows, in this order."""
        return Examples(
            texts=[self.texts[row] for row in rows],
            task=self.task[rows],
            tier=self.tier[rows],
            family=self.family[rows],
            wrapped=self.wrapped[rows],
            licence=self.licence[rows],
        )

    def lengths(self) -> I64:
        """Count the characters of each text."""
        return np.array([len(text) for text in self.texts], np.int64)


def read(path: Path) -> Examples:
    """Read labelled queries from a .jsonl or .jsonl.gz file.

    Raises:
        InputError: the file is missing or a line lacks a field or has an unknown label.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as lines:
            rows = [orjson.loads(line) for line in lines if line.strip()]
        return Examples(
            texts=[row["text"] for row in rows],
            task=np.array([TASKS.index(row["task"]) for row in rows], np.int64),
            tier=np.array([TIERS.index(row["tier"]) for row in rows], np.int64),
            family=np.array(
                [family_of(row["source"], row.get("evidence", "")) for row in rows]
            ),
            wrapped=np.array([bool(row.get("wrapped", False)) for row in rows]),
            licence=np.array([str(row.get("licence", "")) for row in rows]),
        )
    except (OSError, ValueError, KeyError) as problem:
        raise InputError(
            f"{path.name} is no file of labelled queries ({type(problem).__name__})",
            hint="each line needs text, task, tier and source; see docs/classifier.md",
        ) from problem


def joined(parts: list[Examples]) -> Examples:
    """Put sets of examples one after the other."""
    return Examples(
        texts=[text for part in parts for text in part.texts],
        task=np.concatenate([part.task for part in parts]),
        tier=np.concatenate([part.tier for part in parts]),
        family=np.concatenate([part.family for part in parts]),
        wrapped=np.concatenate([part.wrapped for part in parts]),
        licence=np.concatenate([part.licence for part in parts]),
    )


def family_of(source: str, evidence: str) -> str:
    """Name the group of sources that must stay on one side of a split."""
    for prefix in _PREFIXES:
        source = source.removeprefix(prefix)
    if source.startswith("natural-instructions"):
        return f"NI {evidence}"
    return next((kin for kin in _KIN if kin in source), source)


def folds(family: npt.NDArray[np.str_], count: int) -> I64:
    """Deal the families into folds of about equal size; (n,) fold of each row."""
    size = [0] * count
    fold = {}
    for name, rows in sorted(
        Counter(family.tolist()).items(), key=lambda item: (-item[1], item[0])
    ):
        emptiest = size.index(min(size))
        fold[name] = emptiest
        size[emptiest] += rows
    return np.array([fold[name] for name in family.tolist()], np.int64)


def row_weights(family: npt.NDArray[np.str_]) -> npt.NDArray[np.float32]:
    """Weigh rows so that a family counts by the root of its size; the mean is 1."""
    count = Counter(family.tolist())
    raw = np.array([count[name] ** -0.5 for name in family.tolist()])
    return np.asarray(raw / raw.mean(), np.float32)


RESERVED = (
    "OASST", "AQuA", "SVAMP", "StrategyQA", "SMS Spam Collection", "WNUT17 emerging entities",
    "QuixBugs", "BigCodeBench", "OpenCage address-formatting tests", "SNIPS", "P3:quartz",
    "P3:ropes", "Hu&Liu product reviews", "State of the Union", "P3:wiki_bio",
    "defog sql-eval", "P3:kilt", "P3:dbpedia", "P3:common",
    "NI source category: Title Generation", "NI source category: Sentence Perturbation",
    "NI source category: Text Simplification", "NI source category: Question Rewriting",
    "authored follow-ups", "authored lookups", "authored multilingual prompts",
)  # fmt: skip
"""Families in no fold and behind no setting: they give the final figures."""

ECHOED = (
    "P3:kilt", "P3:wiki_bio", "P3:quartz", "P3:ropes", "P3:common", "defog sql-eval",
    "NI source category: Text Simplification", "authored lookups", "authored follow-ups",
    "authored multilingual prompts",
)  # fmt: skip
"""Reserved families whose wording was seen before the authored requests were written, and which
some of those requests echo; a figure without them is the stricter one."""


def reserved(family: npt.NDArray[np.str_]) -> npt.NDArray[np.bool_]:
    """Mark the rows kept for the final figures; a seventh of unknown data."""
    named = np.isin(family, RESERVED)
    return named if named.any() else folds(family, 7) == 0

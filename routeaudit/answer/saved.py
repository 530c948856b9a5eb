"""A sample's answers on disk, and what is worked out from them each time a verdict is added."""

from pathlib import Path
from typing import NamedTuple

import msgspec
import polars as pl

from routeaudit.answer.carry import countable
from routeaudit.answer.confidence import ConfidenceReport, confident
from routeaudit.answer.judge import judges_of, read_judged
from routeaudit.answer.judged import JUDGE, JudgeShown, judge_shown, with_judged
from routeaudit.answer.labels import PERSON, read_labels, with_labels
from routeaudit.answer.likeness import COSINE
from routeaudit.answer.scorers import Score, decided_by
from routeaudit.errors import InputError
from routeaudit.result import Evidence
from routeaudit.stats.strata import Strata, stratified_rate

WORST_SHARE = 0.05


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """One scorer: how many answers it saw, and how many of them it decided."""

    scorer: str
    seen: int
    decided: int


class StratumShown(msgspec.Struct, frozen=True, kw_only=True):
    """One stratum: its traffic, and what became of its answers."""

    stratum: str
    calls: int
    prompts: int
    answered: int
    scored: int
    rejected: int


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Who answered a sample, and which.

    Attributes:
        llm_file: name of the GGUF file; `fingerprint` of its bytes and of how it was asked.
        planned: distinct prompts; `answered` of them were, `failed` ended the worker.
        not_found: prompts whose text was not in the logs any more.
        strata: of the plan: stratum, calls, prompts.
        embedder: file that said how alike free text is; empty where none did.
    """

    arm: str
    llm_file: str
    fingerprint: str
    planned: int
    answered: int
    failed: int
    not_found: int
    tokens_per_s: float | None
    strata: tuple[tuple[str, int, int], ...]
    embedder: str = ""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a sample says once every verdict so far is counted.

    Attributes:
        disagreement: share of the traffic whose answers were refused, over the strata that
            have verdicts (`covered`, a share of the calls); null without verdicts.
        interval: of it, 95 %, Korn-Graubard.
        always_escalate: share of the traffic whose answers can never be served.
        countable: scored answers that a failure rate may count (in proportion, not fitted on).
    """

    run: Run
    evidence: Evidence
    decided_by: tuple[Decided, ...]
    strata: tuple[StratumShown, ...]
    disagreement: float | None
    interval: tuple[float, float] | None
    covered: float
    always_escalate: float
    countable: int
    confidence: ConfidenceReport
    judge: JudgeShown | None = None


class Files(NamedTuple):
    """Where an arm's answers lie."""

    folder: Path
    arm: str

    @property
    def answers(self) -> Path:
        """What was answered, before any person or judge spoke."""
        return self.folder / f"{self.arm}.answers.parquet"

    @property
    def run(self) -> Path:
        """Who answered."""
        return self.folder / f"{self.arm}.run.json"

    @property
    def labels(self) -> Path:
        """What people said, one line a verdict; the last one of a prompt counts."""
        return self.folder / f"{self.arm}.labels.jsonl"

    @property
    def judged(self) -> Path:
        """What a judging model said, one line a verdict."""
        return self.folder / f"{self.arm}.judged.jsonl"

    @property
    def measured(self) -> Path:
        """What a simulation reads: confidence and score of each answer."""
        return self.folder / f"{self.arm}.measured.parquet"

    @property
    def outcome(self) -> Path:
        """The summary."""
        return self.folder / f"{self.arm}.json"


def save_run(files: Files, run: Run, answered: pl.DataFrame) -> None:
    """Keep a finished run; no text is written."""
    files.folder.mkdir(parents=True, exist_ok=True)
    answered.write_parquet(files.answers)
    files.run.write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=1))


def read_run(files: Files) -> tuple[Run, pl.DataFrame]:
    """Read a finished run.

    Raises:
        InputError: there is none, or it is damaged.
    """
    if not files.run.exists():
        raise InputError(
            f"no small model has answered for the {files.arm} arm yet",
            hint="run `routeaudit answer --model FILE.gguf` first",
        )
    try:
        run = msgspec.json.decode(files.run.read_bytes(), type=Run)
    except msgspec.DecodeError as error:
        raise InputError(f"{files.run} is damaged", hint="answer again") from error
    return run, pl.read_parquet(files.answers)


def read_outcome(files: Files) -> Outcome:
    """Read the summary of a measured sample.

    Raises:
        InputError: there is none, or it is damaged.
    """
    try:
        return msgspec.json.decode(files.outcome.read_bytes(), type=Outcome)
    except (msgspec.DecodeError, OSError) as error:
        raise InputError(f"{files.outcome} cannot be read", hint="answer again") from error


def nothing_waits(files: Files) -> str:
    """Say why no answer waits for a verdict."""
    _, answered = read_run(files)
    sent_on = int(answered["must_escalate"].sum())
    return (
        f"no answer waits: of {answered.height:,}, {sent_on:,} go to the full arm whatever they say "
        "(cut off, refused, empty, or not in the form asked for); the others have a verdict, or "
        "there is nothing to hold them against"
    )


def measure(files: Files) -> Outcome:
    """Count every verdict so far and keep what a simulation needs.

    Raises:
        InputError: nothing was answered yet, or a label is damaged.
    """
    run, answers = read_run(files)
    judged, labels = read_judged(files.judged), read_labels(files.labels)
    answered = with_labels(with_judged(answers, judged), labels)
    found = confident(answered)
    strata = pl.DataFrame(
        run.strata,
        schema=["stratum", "calls", "prompts"],
        orient="row",
        infer_schema_length=None,
    )
    counted = countable(answered, strata, found.tested)
    score = pl.when(pl.Series(counted)).then(pl.col("accepted").cast(pl.Float64))
    answered.select(
        "query_key", "stratum", "cluster", "must_escalate",
        # An answer that was cut off says nothing of how long it would have been.
        written=pl.when(pl.col("finish_reason") == "stop").then("answer_tokens"),
        confidence=pl.Series(found.confidence).fill_nan(None), score=score,
    ).write_parquet(files.measured)  # fmt: skip
    outcome = _outcome(run, answered, strata, found.report, int(counted.sum()))
    outcome = msgspec.structs.replace(
        outcome, judge=judge_shown(judges_of(files.judged), judged, labels)
    )
    files.outcome.write_bytes(msgspec.json.format(msgspec.json.encode(outcome), indent=1))
    return outcome


def _outcome(
    run: Run,
    answered: pl.DataFrame,
    strata: pl.DataFrame,
    report: ConfidenceReport,
    counted: int,
) -> Outcome:
    shown = _strata(answered, strata)
    rate = stratified_rate(
        Strata(
            traffic=shown["calls"].to_numpy(),
            scored=shown["scored"].to_numpy(),
            failures=shown["rejected"].to_numpy(),
        )
    )
    ends = rate.interval() if rate is not None else None
    weight = answered["weight"].to_numpy()
    never = weight[answered["must_escalate"].to_numpy()].sum() / weight.sum()
    return Outcome(
        run=run,
        evidence=evidence_of(answered),
        decided_by=_steps(answered),
        strata=tuple(StratumShown(**row) for row in shown.iter_rows(named=True)),
        disagreement=None if rate is None else rate.rate,
        interval=None if ends is None else (ends.low, ends.high),
        covered=0.0 if rate is None else rate.covered,
        always_escalate=float(never),
        countable=counted,
        confidence=report,
    )


def _steps(answered: pl.DataFrame) -> tuple[Decided, ...]:
    """Count each scorer's answers; the embedding looks at what others saw before it."""
    scores = [Score(*row) for row in answered.select("scorer", "value", "accepted").iter_rows()]
    steps = decided_by(scores)
    looked = answered["cosine"].count()
    if looked:
        steps[COSINE] = (looked, steps.get(COSINE, (0, 0))[1])
    return tuple(
        Decided(scorer=name, seen=seen, decided=decided)
        for name, (seen, decided) in steps.items()
    )


def _strata(answered: pl.DataFrame, strata: pl.DataFrame) -> pl.DataFrame:
    counts = answered.group_by("stratum").agg(
        answered=pl.len().cast(pl.Int64),
        scored=pl.col("accepted").is_not_null().sum().cast(pl.Int64),
        rejected=(~pl.col("accepted")).sum().cast(pl.Int64),
    )
    return strata.join(counts, on="stratum", how="left", maintain_order="left").with_columns(
        pl.col("answered", "scored", "rejected").fill_null(0)
    )


def evidence_of(answered: pl.DataFrame) -> Evidence:
    """Name the worst evidence that decided at least 5 % of the scored answers."""
    scored = answered.filter(pl.col("accepted").is_not_null())
    if scored.is_empty():
        return Evidence.NONE
    share = {name: n / scored.height for name, n in scored["scorer"].value_counts().iter_rows()}
    if share.get(JUDGE, 0.0) >= WORST_SHARE:
        return Evidence.JUDGED
    people = share.get(PERSON, 0.0)
    return Evidence.MEASURED if people > 1 - WORST_SHARE else Evidence.REPLAYED

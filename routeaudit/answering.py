"""Answers of a small model, in the order it happens: plan, read, write, score, measure."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import polars as pl

from routeaudit.answer.answer_cache import AnswerCache, request_key
from routeaudit.answer.answered import (
    Prompt,
    answered_frame,
    both_answers,
    closed_sets,
    request_of,
    turns_of,
)
from routeaudit.answer.asking import AnswerProgress, Came, write_all
from routeaudit.answer.judge import Judging, Shown, add_judged, read_judged
from routeaudit.answer.labels import in_order, read_labels
from routeaudit.answer.likeness import with_likeness
from routeaudit.answer.plan import (
    Plan,
    Proof,
    distinct_prompts,
    expected_failures,
    plan_proof,
    plan_sample,
    strata_of,
    weights,
)
from routeaudit.answer.saved import Files, Outcome, Run, measure, read_run, save_run
from routeaudit.answer.settings import AnswerSettings, rules_of
from routeaudit.catalog.arms import Arms
from routeaudit.errors import InputError, PoorInputError
from routeaudit.ingest import IngestSettings, ingest
from routeaudit.local_model.catalogue import find_file
from routeaudit.local_model.gguf_header import digest
from routeaudit.workspace import Scan, Workspace

log = logging.getLogger(__name__)

OWNER_ONLY = 0o600
TEXT = (
    "query_key", "query", "messages", "response_text", "response_format", "max_tokens",
    "feature",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRequest:
    """What a run needs to know.

    Attributes:
        model_file: a GGUF file, or a name of the catalogue.
        logs: where the scanned logs lie; empty: the files that the scan names.
        arms: whose published failure rates tell where a sample learns most.
    """

    model_file: str
    logs: Sequence[str] = ()
    settings: AnswerSettings = field(default_factory=AnswerSettings)
    ingest: IngestSettings = field(default_factory=IngestSettings)
    arms: Arms = field(default_factory=Arms)


class Planned(NamedTuple):
    """A sample before it is answered, and what a proof would need."""

    plan: Plan
    proof: Proof | None
    left_out: int  # calls that no text model can be asked again


def plan(request: AnswerRequest, scan: Scan) -> Planned:
    """Choose the prompts to answer, and say how many a proof needs.

    Raises:
        PoorInputError: no call of the scan can be answered again.
    """
    columns = ("query_key", "task", "tier", "status", "n_media", "n_tools")
    calls = scan.records().select(columns).collect()
    plain = (pl.col("n_media").fill_null(0) == 0) & (pl.col("n_tools").fill_null(0) == 0)
    good = (pl.col("status").fill_null("ok") == "ok") & pl.col("query_key").is_not_null()
    can = calls.filter(plain & good)
    if can.is_empty():
        raise PoorInputError(
            "no call of the scan can be answered again",
            hint="it needs prompts in the log, and calls without tools, images or errors",
        )
    prompts = distinct_prompts(can)
    expected = expected_failures(request.arms.by_name()[request.settings.arm].family)
    limit = request.settings.limit_to_prove()
    proof = None if limit is None else plan_proof(strata_of(prompts, expected), limit)
    size = request.settings.sample
    if proof is not None and proof.answers is not None:
        size = proof.answers
        prompts = prompts.filter(pl.col("stratum").is_in(proof.strata))
    chosen = plan_sample(prompts, expected, size, request.settings.seed)
    return Planned(chosen, proof, calls.height - can.height)


def answer(
    request: AnswerRequest,
    scan: Scan,
    planned: Planned,
    workspace: Workspace,
    watch: Callable[[AnswerProgress], None] = lambda _: None,
) -> Outcome:
    """Let the small model answer the planned prompts, score them, and keep what they say.

    Raises:
        InputError: the logs are gone, or none of the planned prompts is in them.
        ModelError: the file cannot be loaded, or fails again and again.
        MissingExtraError: llama.cpp is not installed.
    """
    file = find_file(request.model_file)
    rules = rules_of(request.settings)
    texts = read_texts(request, scan, set(planned.plan.prompts["query_key"]))
    order = planned.plan.prompts.filter(pl.col("query_key").is_in(list(texts)))
    if order.is_empty():
        raise InputError(
            "none of the planned prompts is in the logs", hint="name the logs that were scanned"
        )
    prompts = [texts[key] for key in order["query_key"]]
    choices = closed_sets(prompts)
    requests = [request_of(prompt, choices) for prompt in prompts]
    identity = fingerprint(file)
    with AnswerCache(cache_file(workspace), identity) as cache:
        came = write_all(request.settings, file, requests, cache, watch)
    keys = [request_key(one).hex() for one in requests]
    reached = order.with_columns(request_key=pl.Series(keys)).head(came.reached)
    told = reached.with_columns(weight=pl.Series(weights(reached, planned.plan.strata)))
    frame = answered_frame(told, prompts[: came.reached], came.answers, rules)
    pairs = [both_answers(*one) for one in zip(prompts, came.answers, strict=False)]
    frame = with_likeness(frame, pairs, request.settings, rules, cache_file(workspace))
    files = Files(scan.answers_folder, request.settings.arm)
    save_run(files, _run(request, file, identity, planned, order, came), frame)
    log.info("answered %d prompts for %s", came.reached, request.settings.arm)
    return measure(files)


def _run(
    request: AnswerRequest,
    file: Path,
    identity: str,
    planned: Planned,
    order: pl.DataFrame,
    came: Came,
) -> Run:
    return Run(
        arm=request.settings.arm,
        llm_file=file.name,
        fingerprint=identity,
        planned=planned.plan.prompts.height,
        answered=came.reached,
        failed=sum(one is None for one in came.answers),
        not_found=planned.plan.prompts.height - order.height,
        tokens_per_s=came.tokens_per_s,
        embedder=Path(request.settings.embedder).name,
        strata=tuple(planned.plan.strata.select("stratum", "calls", "prompts").iter_rows()),
    )


def cache_file(workspace: Workspace) -> Path:
    """Make the file that keeps the answers' text: in the workspace, for its owner's eyes only."""
    workspace.hide()
    file = workspace.root / "answers.sqlite"
    file.touch(mode=OWNER_ONLY)
    file.chmod(OWNER_ONLY)
    return file


def fingerprint(file: Path) -> str:
    """Name what an answer depends on: the file's bytes and the library."""
    try:
        library = version("llama-cpp-python")
    except PackageNotFoundError:
        library = "none"
    return f"{digest(file)}|llama-cpp-python {library}|greedy"


def read_texts(request: AnswerRequest, scan: Scan, keys: set[str]) -> dict[str, Prompt]:
    """Read the words of some prompts from the logs again: scans hold none.

    Raises:
        InputError: a log is not there any more.
    """
    names = scan.records().select(pl.col("source_file").unique().sort()).collect()
    sources = list(request.logs) or names["source_file"].drop_nulls().to_list()
    tasks = dict(
        scan.records().select("query_key", pl.col("task").cast(pl.String))
        .unique("query_key").collect().iter_rows()
    )  # fmt: skip
    found: dict[str, Prompt] = {}
    for batch in ingest(sources, request.ingest):
        wanted = batch.records.select(TEXT).filter(pl.col("query_key").is_in(list(keys)))
        for row in wanted.iter_rows(named=True):
            key = row["query_key"]
            if key not in found:
                found[key] = _prompt(row, tasks.get(key), request.settings)
        if len(found) == len(keys):
            break
    return found


def _prompt(
    row: Mapping[str, str | int | None], task: str | None, settings: AnswerSettings
) -> Prompt:
    asked = row["max_tokens"]
    words = {name: None if row[name] is None else str(row[name]) for name in TEXT}
    return Prompt(
        query_key=words["query_key"] or "",
        task=task,
        turns=turns_of(words["messages"], words["query"]),
        logged=words["response_text"] or "",
        response_format=words["response_format"],
        most_tokens=settings.most_tokens(task, asked if isinstance(asked, int) else None),
        feature=words["feature"],
    )


def to_label(request: AnswerRequest, scan: Scan, workspace: Workspace) -> list[Shown]:
    """List the answers that a person should see, those first that settle a verdict soonest.

    See `labels.in_order`. Answers that can never be served are left out.

    Raises:
        InputError: nothing was answered yet, or the logs are gone.
    """
    files = Files(scan.answers_folder, request.settings.arm)
    run, answered = read_run(files)
    prompts = {stratum: prompts for stratum, _, prompts in run.strata}
    waiting = in_order(answered, prompts, read_labels(files.labels), read_judged(files.judged))
    return shown(request, scan, workspace, waiting)


def shown(
    request: AnswerRequest, scan: Scan, workspace: Workspace, rows: pl.DataFrame
) -> list[Shown]:
    """Find the words behind some answers, in their order; those that are gone are left out."""
    run, _ = read_run(Files(scan.answers_folder, request.settings.arm))
    keys = rows["query_key"].to_list()
    texts = read_texts(request, scan, set(keys)) if keys else {}
    cached = [bytes.fromhex(key) for key in rows["request_key"]]
    with AnswerCache(cache_file(workspace), run.fingerprint) as cache:
        known = cache.known(cached)
    return [
        Shown(key, texts[key].turns[-1].content, texts[key].logged, known[place].text)
        for key, place in zip(keys, cached, strict=True)
        if key in texts and texts[key].turns and place in known
    ]


def judge(
    request: AnswerRequest,
    scan: Scan,
    workspace: Workspace,
    one: Judging,
    watch: Callable[[int, int], None] = lambda _done, _of: None,
) -> Outcome:
    """Let a judge decide what no scorer could, in both orders, and count it.

    Args:
        request: whose answers, and where the logs lie.
        scan: of those logs.
        workspace: where the answers' words are kept.
        one: who judges; what it has judged before is not asked again.
        watch: told how many answers of how many are judged, the first time before any is.

    Raises:
        InputError: nothing was answered yet, or the logs are gone.
        ModelError: the judge cannot be asked, or fails again and again.
    """
    files = Files(scan.answers_folder, request.settings.arm)
    _, answered = read_run(files)
    done = read_judged(files.judged, one.name)
    waiting = answered.filter(
        pl.col("accepted").is_null()
        & ~pl.col("must_escalate")
        & ~pl.col("query_key").is_in(list(done))
    )
    # Without a logged answer there is nothing to compare with.
    rows = [row for row in shown(request, scan, workspace, waiting) if row.logged.strip()]
    watch(0, len(rows))
    for number, (row, accepted) in enumerate(one.judged(rows), start=1):
        add_judged(files.judged, one.name, row.query_key, accepted)
        watch(number, len(rows))
    return measure(files)

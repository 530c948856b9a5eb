"""How a sample and its answers look on the terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from routeaudit.answer.asking import AnswerProgress
from routeaudit.answer.judged import JudgeShown
from routeaudit.answer.saved import Outcome
from routeaudit.answering import Planned
from routeaudit.cli.console import Talk
from routeaudit.cli.numbers import UNKNOWN, count, share
from routeaudit.cli.tables import Head, print_plain, show

_SHOW_MINUTES_FROM_S = 180
BAR_CHARS = 20


def show_plan(talk: Talk, planned: Planned) -> None:
    """Print the sample by stratum, and what a proof would need."""
    heads = [
        Head("task / tier", is_figure=False), Head("calls"), Head("prompts"),
        Head("expected failing"), Head("to answer"),
    ]  # fmt: skip
    rows = planned.plan.strata.select(
        "stratum", "calls", "prompts", "prior_failure", "sampled"
    ).iter_rows()
    show(
        talk,
        f"Sample: {count(planned.plan.prompts.height)} distinct prompts",
        heads,
        [[name, count(n), count(m), share(p), count(k)] for name, n, m, p, k in rows],
    )
    if planned.left_out:
        talk.say(
            f"{planned.left_out:,} calls cannot be asked again (no text, tools, images or errors)"
        )
    proof = planned.proof
    if proof is None:
        return
    needs = ", ".join(f"{n:,} at {share(rate, 1)}" for rate, n in proof.at_rates())
    talk.say(
        f"to prove at most {share(proof.limit, 1)} of whatever a threshold serves takes, by how "
        f"often that really fails: {needs} (served and scored answers, 80 % sure to succeed)"
    )
    if proof.answers is None or proof.rate is None:
        talk.say(
            "no kind of simple work is expected to keep this rate, so the plain sample is planned"
        )
        return
    talk.say(
        f"{proof.answers:,} served and scored answers among {', '.join(proof.strata)} "
        f"({share(proof.share)} of the calls) would prove it, if {share(proof.rate, 1)} of them "
        "fail as published"
    )


def show_outcome(talk: Talk, outcome: Outcome, folder: Path) -> None:
    """Print what the answers are worth, and draw how reliable their confidence is.

    Args:
        talk: how to speak.
        outcome: to show.
        folder: where the drawing goes.
    """
    _headline(talk, outcome)
    _reliability(talk, outcome, folder)
    show(
        talk,
        "By task / tier",
        [
            Head("task / tier", is_figure=False), Head("calls"), Head("answered"),
            Head("scored"), Head("not accepted"), Head("of scored"),
        ],
        [
            [
                row.stratum, count(row.calls), count(row.answered), count(row.scored),
                count(row.rejected), share(row.rejected / row.scored if row.scored else None, 1),
            ]
            for row in outcome.strata
        ],
    )  # fmt: skip
    show(
        talk,
        "Decided by",
        [
            Head("step", is_figure=False),
            Head("saw"),
            Head("decided"),
            Head("of those"),
            Head("of all answers"),
        ],
        [
            [
                row.scorer,
                count(row.seen),
                count(row.decided),
                share(row.decided / row.seen),
                share(row.decided / max(outcome.run.answered, 1)),
            ]
            for row in outcome.decided_by
        ],
    )
    if outcome.judge is not None:
        _show_judge(talk, outcome.judge)


def _reliability(talk: Talk, outcome: Outcome, folder: Path) -> None:
    """Show by tenths of the confidence how often it came true; nothing where it was not tested."""
    from routeaudit.report.charts.canvas import standalone_svg
    from routeaudit.report.charts.reliability import TITLE, Bar, reliability

    sure = outcome.confidence
    bars = [Bar(one.predicted, one.observed, one.answers) for one in sure.bins]
    if not bars:
        return
    heads = [
        Head(f"{sure.scale} confidence"), Head("good enough"), Head("range"), Head("answers"),
        Head("", is_figure=False),
    ]  # fmt: skip
    rows = [
        [
            share(bar.predicted, 1), share(bar.observed, 1),
            f"{share(bar.interval.low)} to {share(bar.interval.high)}", count(bar.answers),
            "" if talk.plain else "\u2588" * round(BAR_CHARS * bar.observed),
        ]
        for bar in bars
    ]  # fmt: skip
    show(talk, TITLE, heads, rows)
    file = folder / f"{outcome.run.arm}.reliability.svg"
    file.write_bytes(standalone_svg(reliability(bars, sure.scale)))
    talk.say(f"wrote {file}")


def _show_judge(talk: Talk, one: JudgeShown) -> None:
    if len(one.judges) > 1:
        talk.say(f"verdicts of several judges are mixed: {', '.join(one.judges)}")
    talk.say(
        f"the judge saw {one.judged:,} answers and accepted {share(one.accepted, 1)} of them; "
        f"people saw {one.labelled:,} of these"
    )
    if one.sensitivity is None or one.specificity is None:
        talk.say(f"how often the judge errs is not known: {one.note} (`routeaudit label`)")
    else:
        talk.say(
            f"it accepts {share(one.sensitivity)} of what people accept and refuses "
            f"{share(one.specificity)} of what they refuse; so {share(one.rogan_gladen, 1)} "
            "would be acceptable"
        )
    if one.corrected is not None and one.interval is not None:
        low, high = one.interval
        talk.say(
            f"corrected by the labels: {share(one.corrected, 1)} acceptable "
            f"({share(low, 1)} to {share(high, 1)})"
        )


def _headline(talk: Talk, outcome: Outcome) -> None:
    run, sure = outcome.run, outcome.confidence
    speed = UNKNOWN if run.tokens_per_s is None else f"{run.tokens_per_s:,.0f} tokens/s"
    ends = outcome.interval
    between = "" if ends is None else f" ({share(ends[0], 1)} to {share(ends[1], 1)})"
    rows = [
        ("model file", f"{run.llm_file}, as the {run.arm} arm"),
        ("answered", f"{count(run.answered)} of {count(run.planned)} prompts, {speed}"),
        ("not in the logs", count(run.not_found)),
        ("differs", f"{share(outcome.disagreement, 1)}{between} from the logged answers, over "
                    f"{share(outcome.covered)} of the calls ({outcome.evidence})"),
        ("never served", f"{share(outcome.always_escalate, 1)}: cut off, refused, empty, no JSON"),
        ("confidence", f"{sure.scale}: {sure.method}"),
        ("", f"ECE {_figure(sure.ece)} (raw {_figure(sure.ece_raw)}), AUROC {_figure(sure.auroc)}, "
             f"on {count(sure.tested)} answers"),
        ("", f"0.85 keeps {share(sure.kept)} of the calls; on the raw score {share(sure.kept_raw)}"),
    ]  # fmt: skip
    if talk.plain:
        print_plain(rows)
        return
    talk.out.print()
    for label, value in rows:
        talk.out.print(f"[bold]{label:<17}[/]", end="")
        talk.out.print(value, markup=False)
    talk.out.print()
    talk.say("agreement with the logged answer is not correctness: the logged one may be wrong")


@contextmanager
def judging(talk: Talk, name: str) -> Iterator[Callable[[int, int], None]]:
    """Say who reads how many answers, then show how far the judge is and when it will be done."""
    bar = Progress(
        BarColumn(), TextColumn("{task.completed:,} of {task.total:,} judged"),
        TimeRemainingColumn(), console=talk.err, transient=True,
        disable=not talk.err.is_terminal or talk.quiet,
    )  # fmt: skip
    task: TaskID | None = None

    def watch(done: int, of: int) -> None:
        nonlocal task
        if task is None:
            talk.say(f"the judge is {name}; it reads {of:,} requests with both answers, twice")
            task = bar.add_task("", total=of)
        bar.update(task, completed=done)

    with bar:
        yield watch


def _duration(seconds: float) -> str:
    return f"{seconds:,.0f} s" if seconds < _SHOW_MINUTES_FROM_S else f"{seconds / 60:,.0f} min"


def _figure(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.3f}"


@contextmanager
def writing(talk: Talk) -> Iterator[Callable[[AnswerProgress], None]]:
    """Show how far the answers are, and when they will be done; nothing off a terminal."""
    console = talk.err
    if not console.is_terminal or talk.quiet:
        yield lambda _: None
        return
    columns = (BarColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("loading the model")

        def watch(seen: AnswerProgress) -> None:
            left = f", {_duration(seen.left_s)} left"
            speed = seen.tokens / max(seen.elapsed_s, 1e-9)
            bar.update(
                task,
                total=seen.planned,
                completed=seen.done,
                description=f"{seen.done:,} of {seen.planned:,} answers "
                f"({seen.from_cache:,} known before), {speed:,.0f} tokens/s{left}",
            )

        yield watch

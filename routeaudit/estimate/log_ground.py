"""Make logged traffic the ground that policies are compared on."""

from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import polars as pl

from routeaudit.catalog.arms import HOURS_PER_MONTH, Arms, ArmSpec, arms_named
from routeaudit.catalog.prices import PriceBook, with_cost
from routeaudit.catalog.published import load_published
from routeaudit.comparison import Asked
from routeaudit.errors import ConfigError, PoorInputError
from routeaudit.estimate.chance import another, another_normal
from routeaudit.estimate.drafts import Drafts
from routeaudit.estimate.ground import (
    ArmColumns,
    Bools,
    Floats,
    Ground,
    Host,
    Ints,
    Overhead,
    counted_rows,
)
from routeaudit.estimate.log_arms import (
    Calls,
    arm_output_tokens,
    cheap_arm,
    flat_price,
    priced_as_mid,
    token_speed,
)
from routeaudit.estimate.log_baseline import logged_arm
from routeaudit.estimate.log_sessions import sessions_of
from routeaudit.estimate.opportunities import opportunities
from routeaudit.estimate.rated import rated, rated_logged
from routeaudit.estimate.routable import ids_of, span_of, touchable
from routeaudit.estimate.settings import CLASSIFIER_S, SimulationSettings, classifier_told
from routeaudit.estimate.tried import tried_arms, tried_told
from routeaudit.frames import BEFORE_SENDING, TEXT_COLUMNS, TIERS
from routeaudit.stats.sampling import hash_uniform

ENOUGH_LOGPROBS = 0.9
ALWAYS_SEEN = frozenset(
    {"prompt_tokens", "task", "tier", "p_simple", "novelty", "classifier_error"}
)
"""Columns that policies may see and that others read, too."""

READ_NO_MORE = (
    "query_key", "stream", "user", "session_id", "feature")  # fmt: skip
"""Columns that only name a call, and tell what else would save."""


class LogGround(NamedTuple):
    """The ground of a log, and what was asked of policies on it."""

    ground: Ground
    asked: Asked


def log_ground(
    classified: pl.DataFrame | pl.LazyFrame,
    settings: SimulationSettings,
    book: PriceBook,
    arms: Arms,
    seen: Collection[str] | None = None,
) -> LogGround:
    """Lay a log out.

    Args:
        classified: (n,) RECORD_COLUMNS and VERDICT_COLUMNS; text is not needed. What an
            answering stage measured may be there too: `score_<arm>`, `confidence_<arm>`.
        settings: how to replay it.
        book: where prices come from.
        arms: what could have answered.
        seen: the columns that policies will look at; None: all that they may see.

    Raises:
        PoorInputError: no call can be routed.
        ConfigError: an arm does not exist, or what was asked is of outcome tables only.
    """
    shown = BEFORE_SENDING if seen is None else seen
    arms = arms_named(settings.arm_names(), arms)
    _refuse_unread(settings, arms)
    with ThreadPoolExecutor(1) as beside:
        beside.submit(load_published)  # Python's work, while Polars reads
        found, names, left = touchable(_priced(classified, book), shown)
    if found.is_empty():
        raise PoorInputError("no call of the log can be routed", hint="; ".join(left))
    span = span_of(found, settings.calls_per_month)
    with ThreadPoolExecutor(2) as beside:
        # Hashing is Python's work, row by row; the rest is Polars' and numpy's, in two threads.
        else_saving = beside.submit(opportunities, found, book)
        sessions = beside.submit(sessions_of, found, book, settings)
        baseline_name = beside.submit(_baseline_name, found, settings)
        die = hash_uniform(ids_of(names), settings.seed)
        calls = _calls(found, die)
        clusters = _clusters(found)
    found = found.drop([c for c in READ_NO_MORE if c in found.columns and c not in shown])
    calls = replace(calls, frame=found)
    tried = tried_arms(found, arms)
    columns = _cheap_arms(calls, arms, book, settings)
    if arms.micro_at_mid_price and not arms.mid.self_hosted:
        columns["micro"] = priced_as_mid(columns["micro"], columns["mid"], settings)
    logged = rated_logged(logged_arm(calls, settings), found, len(columns), tried)
    full = logged if arms.full.llm_id is None else cheap_arm(
        calls, "full", arms.full, book, settings
    )  # fmt: skip
    visible, told = _visible(found, die, seen)
    columns = {
        arm: rated(column, place, tried) for place, (arm, column) in enumerate(columns.items())
    }
    arms_cost = [column.cost for column in (*columns.values(), full)]
    counted = counted_rows(logged.cost, arms_cost)
    ground = Ground(
        kind="logs",
        currency="USD",
        visible=visible,
        names=names,
        arms={**columns, "full": full},
        baseline=logged,
        baseline_name=baseline_name.result(),
        classifier=_overhead(settings),
        extras=Drafts(calls, arms, book, settings),
        # Another full model is priced without a cache: a switch of arms loses none.
        sessions=sessions.result() if full is logged else None,
        at_s=span.at_s,
        tried=tried,
        counted=counted,
        hosts=_hosts(calls, arms, settings),
        calls_per_month=span.calls_per_month,
        log_rate=span.log_rate,
        opportunities=else_saving.result(),
        clusters=clusters,
        warnings=(
            *left,
            *span.warnings,
            *_priced_told(logged, counted),
            *_unscored_told(found),
            *tried_told(tried, len(columns) + 1),
        ),
        confidence_told=told,
        classifier_told=classifier_told(settings),
    )
    return LogGround(ground, _asked(settings))


def _priced(classified: pl.DataFrame | pl.LazyFrame, book: PriceBook) -> pl.LazyFrame:
    calls = classified.lazy()
    names = calls.collect_schema().names()
    calls = calls.select(name for name in names if name not in TEXT_COLUMNS)
    return calls if "billed_usd" in names else with_cost(calls.collect(), book).lazy()


def _refuse_unread(settings: SimulationSettings, arms: Arms) -> None:
    """Refuse what would change nothing: a log has no signals but the classifier's."""
    if arms.full.llm_id is None and arms.full != ArmSpec():
        raise ConfigError(
            "[arms.full] says what its model costs or takes, but not which model it is",
            hint='name it, llm_id = "..."; for a flat price or time of the logged calls say'
            " --price full=0.03 or --latency full=2",
        )
    if settings.signal not in {"", "p_simple"}:
        raise ConfigError(
            f"--signal {settings.signal} does nothing on logs: they are cut by p_simple",
            hint="--policy confidence cuts the confidence of answers, --policy length the length"
            " of prompts; other signals are those of an outcome table",
        )


def _asked(settings: SimulationSettings) -> Asked:
    return Asked(
        shares=settings.shares(), kept=settings.kept(), thresholds=settings.thresholds()
    )


def _calls(found: pl.DataFrame, die: Floats) -> Calls:
    return Calls(
        frame=found,
        prompt_tokens=found["prompt_tokens"].cast(pl.Float64).fill_null(np.nan).to_numpy(),
        completion_tokens=found["completion_tokens"]
        .cast(pl.Float64)
        .fill_null(np.nan)
        .to_numpy(),
        task=found["task"],
        normal=another_normal(die, 1),
        uniform=another(die, 2),
        at=found["ts"].max(),  # type: ignore[arg-type]  # a datetime or None
    )


def _cheap_arms(
    calls: Calls, arms: Arms, book: PriceBook, settings: SimulationSettings
) -> dict[str, ArmColumns]:
    specs = {arm: spec for arm, spec in arms.by_name().items() if arm != "full"}
    with ThreadPoolExecutor(len(specs)) as pool:
        made = {
            arm: pool.submit(cheap_arm, calls, arm, spec, book, settings)
            for arm, spec in specs.items()
        }
        return {arm: column.result() for arm, column in made.items()}


def _visible(
    found: pl.DataFrame, die: Floats, seen: Collection[str] | None
) -> tuple[pl.DataFrame, str]:
    wanted = BEFORE_SENDING if seen is None else ALWAYS_SEEN.union(seen)
    shown = found.select(
        name for name in BEFORE_SENDING if name in found.columns and name in wanted
    )
    shown = shown.with_columns(chance=pl.Series(die))
    measured = [c for c in found.columns if c.startswith(("confidence_", "must_escalate_"))]
    blind = [arm for arm in TIERS[:-1] if f"confidence_{arm}" not in measured]
    known = found.select(measured)
    if not blind:
        return shown.hstack(known), ""
    assumed, told = _assumed_confidence(found)
    told = f"{blind[0]}: {told}" if measured else told
    return shown.with_columns(confidence=assumed).hstack(known), told


def _assumed_confidence(found: pl.DataFrame) -> tuple[pl.Series, str]:
    """(n,) what stands for the confidence of an arm that answered nothing, and its name."""
    logged = found["logprob_mean"]
    if logged.null_count() <= (1 - ENOUGH_LOGPROBS) * found.height:
        told = "confidence is ASSUMED: exp(mean log probability) of the logged model's answers"
        return logged.exp(), told
    told = "confidence is ASSUMED to equal p_simple: nothing was answered by a small model yet"
    return found["p_simple"], told


def _clusters(found: pl.DataFrame) -> Ints | None:
    """(n,) calls of one conversation, else of one template or prompt; null where nothing is scored."""
    answered = "answer_cluster" in found.columns
    if not answered and found["feedback"].null_count() == found.height:
        return None
    template = pl.col("answer_cluster") if answered else pl.lit(None, pl.String)
    alone = pl.format("row {}", pl.int_range(pl.len()))
    groups = found.select(key=pl.coalesce("session_id", template, "query_key", alone))["key"]
    if not answered and groups.n_unique() == found.height:
        return None
    return groups.rank("dense").cast(pl.Int64).to_numpy() - 1


def _unscored_told(found: pl.DataFrame) -> Iterator[str]:
    """Say which work the answers of an arm say nothing of."""
    for name in found.columns:
        arm = name.removeprefix("score_")
        if arm == name or f"confidence_{arm}" not in found.columns:
            continue
        by_task = found.group_by("task").agg(scored=pl.col(name).count(), calls=pl.len())
        blind = by_task.filter(pl.col("scored") == 0).sort("calls", descending=True)
        if blind.height:
            tasks = ", ".join(blind["task"].cast(pl.String).fill_null("unknown"))
            share = blind["calls"].sum() / found.height
            yield (
                f"{arm}: no answer to {tasks} is scored ({share:.0%} of the calls): its failure "
                "rate does not speak of them"
            )


def _overhead(settings: SimulationSettings) -> Overhead:
    cost = settings.classifier_price
    seconds = settings.flat("latency").get("classifier", settings.classifier_s)
    return Overhead(cost, CLASSIFIER_S if seconds is None else seconds)


def _hosts(calls: Calls, arms: Arms, settings: SimulationSettings) -> dict[str, Host]:
    """List the arms on GPUs of one's own, unless a flat price was given for them."""
    hosts = {}
    for arm, spec in arms.by_name().items():
        speed = token_speed(spec)
        if spec.self_hosted and speed and flat_price(arm, spec, settings) is None:
            output = arm_output_tokens(calls, arm, spec)
            service_s = speed.service_s(calls.prompt_tokens, output)
            month = spec.gpu_usd_per_hour * HOURS_PER_MONTH
            hosts[arm] = Host(month, spec.slots_per_replica, service_s)
    return hosts


def _baseline_name(found: pl.DataFrame, settings: SimulationSettings) -> str:
    if "full" in settings.flat("price"):
        whose = "the article's full price" if settings.prices == "article" else "the flat price"
        return f"every call at {whose}"
    common = found["llm_id"].cast(pl.String).value_counts(sort=True).head(3)
    names = [name or "unnamed" for name in common["llm_id"].to_list()]
    rest = f" and {more} more" if (more := found["llm_id"].n_unique() - len(names)) > 0 else ""
    return f"the logged models at the price of the day ({', '.join(names)}{rest})"


def _priced_told(logged: ArmColumns, counted: Bools | None) -> tuple[str, ...]:
    if np.isnan(logged.cost).all():
        return ("no call has a price: there are no totals",)
    if counted is None:
        return ()
    out = int((~counted).sum())
    return (f"{out:,} of {len(counted):,} calls have no price: outside both totals",)

"""Markdown: the summary, a build's step summary and a pull-request comment.

The last two have limits; a long text is shortened by whole blocks and says so.
"""

from routeaudit.report import audited, numbers, own_gpus, simulated, swept
from routeaudit.report.gates import GateResult
from routeaudit.report.tables import Table, shown, worth_showing
from routeaudit.report.verdict import Advice, headline, month_now, recommend, warnings_of
from routeaudit.result import AuditResult, PolicyResult, Traffic

COMMENT_LIMIT = 65_536  # characters of a pull-request comment
STEP_LIMIT = 1_048_576  # bytes of a step summary
COMMENT_MARK = "<!-- routeaudit -->"
MOST_ROWS = 12
MARKS = {
    Advice.ADOPT: "🟢",
    Advice.PILOT: "🟡",
    Advice.REJECT: "🔴",
    Advice.UNKNOWN: "⚪",
}
POLICY_GLANCE = (
    "policy", "served_share", "cost_per_call", "cost_month", "saving_share", "failure_rate",
    "failure_upper", "evidence", "verdict", "latency_p95_s",
)  # fmt: skip
SLICE_GLANCE = ("calls", "spend_usd", "share_spend", "simple_calls_share", "latency_p95_s")


def summary(result: AuditResult) -> str:
    """Write summary.md: the verdict, the figures behind it, and how to get them again."""
    return "\n\n".join(_blocks(result)) + "\n"


def step_summary(result: AuditResult, gates: tuple[GateResult, ...] = ()) -> str:
    """Write a build's step summary, within 1 MiB."""
    blocks = _blocks(result)
    return within([*blocks[:2], *_gate_block(gates), *blocks[2:]], STEP_LIMIT)


def comment(result: AuditResult, gates: tuple[GateResult, ...] = ()) -> str:
    """Write a pull-request comment, within 65,536 characters, with a mark to find it by."""
    blocks = _blocks(result)
    return within([COMMENT_MARK, *blocks[:2], *_gate_block(gates), *blocks[2:]], COMMENT_LIMIT)


def within(blocks: list[str], limit: int) -> str:
    """Join as many whole blocks as fit into `limit` bytes of UTF-8; say when some were left out."""
    note = "_Shortened to fit; the whole report is in the build's artifacts._"
    whole = "\n\n".join(blocks) + "\n"
    if len(whole.encode()) <= limit:
        return whole
    kept, room = [], limit - len(note.encode()) - 1
    for block in blocks:
        room -= len(block.encode()) + 2
        if room < 0:
            break
        kept.append(block)
    return "\n\n".join([*kept, note]) + "\n"


def table(data: Table, columns: tuple[str, ...] | None = None, most: int = MOST_ROWS) -> str:
    """Write a table of the named columns; a long one is cut and says so."""
    places = worth_showing(data, columns)
    heads = [data.columns[n] for n in places]
    lines = [
        _line([column.heading for column in heads]),
        _line(
            ["---" if column.kind in ("text", "prose", "flag") else "---:" for column in heads]
        ),
        *(_line([escaped(row[n]) for n in places]) for row in shown(data)[:most]),
    ]
    if len(data.rows) > most:
        lines.append("")
        lines.append(f"_The first {most} of {len(data.rows):,} rows._")
    return "\n".join(lines)


def escaped(text: str) -> str:
    """Make a name from a log harmless in Markdown: no markup, link, mention or HTML."""
    for char, safe in ESCAPES.items():
        text = text.replace(char, safe)
    return text


ESCAPES = {
    "&": "&amp;", "<": "&lt;", ">": "&gt;", "\\": "\\\\", "|": "\\|", "`": "\\`", "*": "\\*",
    "_": "\\_", "[": "\\[", "]": "\\]", "#": "\\#", "~": "\\~", "!": "\\!",
    "@": "@\N{ZERO WIDTH NON-JOINER}", "://": ":\N{ZERO WIDTH NON-JOINER}//",
}  # fmt: skip


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _blocks(result: AuditResult) -> list[str]:
    """Give the summary as blocks, the most important first."""
    said = recommend(result)
    first = f"# {MARKS[said.advice]} {said.advice.value}\n\n{escaped(said.sentence)}"
    if said.reasons:
        first += "\n\n" + "\n".join(f"- {escaped(reason)}" for reason in said.reasons)
    return [first, *_tiles(result), *_simulation(result), *_audit(result), *_rest(result)]


def _tiles(result: AuditResult) -> list[str]:
    policy = headline(result.simulation)
    if policy is None:
        return []
    before = month_now(result)
    after = policy.cost_month
    today = (
        numbers.money(before.value, before.interval, policy.currency)
        if before
        else numbers.DASH
    )
    new = numbers.money(after.value, after.interval, policy.currency) if after else numbers.DASH
    rows = [
        _line(["Today's month", "New month, estimated", "Net saving", "Failures at worst"]),
        _line(["---:"] * 4),
        _line([today, new, _saved(policy), _failures(policy)]),
    ]
    return ["\n".join(rows)]


def _saved(policy: PolicyResult) -> str:
    saving = policy.saving
    span = numbers.share_range(saving.interval)
    value = numbers.share(saving.share, saving.interval)
    return f"{value} ({span})" if span else value


def _failures(policy: PolicyResult) -> str:
    quality = policy.quality
    return f"{numbers.share(quality.upper)} (limit {numbers.exact_share(quality.limit)}, {quality.verdict.value})"


def _simulation(result: AuditResult) -> list[str]:
    simulation = result.simulation
    if simulation is None:
        return []
    blocks = [
        escaped(numbers.label(simulation.headline, longest=1_000)),
        "## Policies and honesty rows",
        table(simulated.glance(simulation), POLICY_GLANCE, 20),
    ]
    if why := simulated.cheaper_rows_told(simulation):
        blocks.append(escaped(why))
    if warnings_of(simulation):
        blocks.append(
            "\n".join(
                f"- {escaped(numbers.label(w, longest=400))}" for w in warnings_of(simulation)
            )
        )
    chosen = headline(simulation)
    if chosen is not None and chosen.waterfall:
        steps = simulated.waterfall(chosen)
        blocks += [f"## {steps.title}", table(steps)]
    for heading, data in (
        ("At exactly these shares", simulated.at_share(simulation)),
        ("Router metrics", swept.metrics(simulation)),
        ("Latency", simulated.latency(simulation)),
        (simulated.tornado_title(simulation), simulated.sensitivity(simulation)),
        ("Own GPUs", own_gpus.queues(simulation)),
        ("What else would save", simulated.opportunities(simulation)),
    ):
        blocks += [f"## {heading}", table(data)] if data.rows else []
    return blocks


def _audit(result: AuditResult) -> list[str]:
    audit = result.audit
    if audit is None:
        return []
    month, simple = audit.month_usd, audit.simple_calls_share
    line = (
        f"{numbers.count(audit.calls)} calls, {numbers.money(audit.spend_usd)} in the log, about "
        f"{numbers.money(month.value, month.interval)} a month; simple: "
        f"{numbers.share(simple.value, simple.interval)} of calls, "
        f"{numbers.share(audit.simple_spend_share.value)} of spend."
    )
    blocks = ["## Where the money goes", line]
    blocks += [
        table(data, (data.columns[0].name, *SLICE_GLANCE)) for data in audited.breakdowns(audit)
    ]
    people = audited.users(audit)
    if people.rows:
        blocks.append(table(people, ("user", *SLICE_GLANCE)))
    if len(audit.weeks) > 1:
        blocks += ["## Week by week", table(audited.weeks(audit), most=26)]
    return blocks


def _rest(result: AuditResult) -> list[str]:
    blocks = [] if result.traffic is None else _quality_of_data(result.traffic)
    words = audited.examples(result.examples)
    if words.rows:
        blocks += [f"## {words.title}", table(words, most=len(words.rows))]
    source = result.provenance
    facts = {
        "Command": source.command,
        "Seed": str(source.seed),
        "Classifier": source.classifier,
        "Prices": source.prices,
        **{f"Digest of {name}": found for name, found in sorted(source.digests.items())},
        "Made": f"{source.created} by routeaudit {source.routeaudit}",
        **{f"Input {path}": digest for path, digest in source.inputs.items()},
    }
    lines = [
        f"- {escaped(numbers.label(name))}: {escaped(numbers.label(value, longest=400))}"
        for name, value in facts.items()
        if value
    ]
    return [*blocks, "## Reproducibility", "\n".join(lines)]


def _quality_of_data(traffic: Traffic) -> list[str]:
    rejected = sum(traffic.rejected.values())
    line = (
        f"{numbers.count(traffic.units)} lines read, {numbers.count(traffic.records)} calls, "
        f"{numbers.count(rejected)} rejected, {numbers.count(traffic.unpriced_calls)} without a "
        f"price, tokens estimated on {numbers.share(traffic.tokens_estimated_share)}."
    )
    blocks = ["## Data quality", line]
    flaws, left = audited.hygiene(traffic), audited.unread(traffic)
    return [*blocks, *(table(data) for data in (flaws, left) if data.rows)]


def _gate_block(gates: tuple[GateResult, ...]) -> list[str]:
    if not gates:
        return []
    rows = [
        _line([escaped(g.metric), g.state.value, g.level, escaped(g.message)]) for g in gates
    ]
    return [
        "## Gates\n\n"
        + "\n".join([_line(["Gate", "State", "Level", "Why"]), _line(["---"] * 4), *rows])
    ]

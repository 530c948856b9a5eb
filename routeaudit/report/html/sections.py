"""The sections of the page under the tiles, in the order they are read."""

from collections.abc import Mapping

from routeaudit.report import audited, glossary, numbers, own_gpus, simulated, swept
from routeaudit.report.charts import Chart
from routeaudit.report.html.element import Safe, element, joined
from routeaudit.report.html.parts import definitions, figure, folded, grid, section, table
from routeaudit.report.html.slider import slider
from routeaudit.report.verdict import warnings_of
from routeaudit.result import Audit, AuditResult, Simulation, Traffic

Charts = Mapping[str, Chart]
POLICY_GLANCE = (
    "policy", "role", "served_share", "escalated_share", "cost_per_call", "saving_share", "failure_rate",
    "failure_upper", "evidence", "verdict", "latency_p95_s",
)  # fmt: skip


def saving(result: AuditResult, charts: Charts) -> Safe:
    """Make the section from gross to net, and the sums at exact shares."""
    simulation = result.simulation
    sums = simulated.at_share(simulation) if simulation and simulation.at_share else None
    drawn = grid(figure(charts.get("waterfall")), figure(charts.get("cost-before-after")))
    return section("saving", "What routing would change", drawn, sums and table(sums))


def spend(result: AuditResult, charts: Charts) -> Safe:
    """Make the section on where the money goes."""
    names = ("spend-team", "spend-feature", "spend-task")
    drawn = grid(*(figure(charts.get(name)) for name in names), class_="grid three")
    audit, words = result.audit, audited.examples(result.examples)
    llms = None if audit is None else audited.slices("llm", "LLM", audit.by_llm)
    more = (
        folded("By LLM", table(llms)) if llms and llms.rows else None,
        _users(audit),
        folded(words.title, table(words)) if words.rows else None,
    )
    told = "" if audit is None else audited.spend_sentence(audit, result.traffic)
    note = element("p", told, class_="note") if told else None
    return section("spend", "Where the money goes", note, drawn, *more)


def quality(result: AuditResult, charts: Charts) -> Safe:
    """Make the sections on cost and quality: the front, the rows, the threshold."""
    simulation = result.simulation
    if simulation is None:
        return Safe()
    every = folded("Every policy and honesty row", table(simulated.policies(simulation)))
    rows = table(simulated.glance(simulation), POLICY_GLANCE)
    drawn = grid(figure(charts.get("front")), figure(charts.get("threshold")))
    known = swept.metrics(simulation)
    scored = folded("Router metrics, and what can be guaranteed", table(known))
    why = simulated.cheaper_rows_told(simulation)
    note = element("p", why, class_="note") if why else None
    more = (note, every, scored) if known.rows else (note, every)
    return section("quality", "Cost against quality", drawn, rows, *more, slider(simulation))


def speed_and_trend(charts: Charts) -> Safe:
    """Make the section on latency and the weeks."""
    drawn = grid(figure(charts.get("latency")), figure(charts.get("weekly")))
    return section("speed", "Latency and trend", drawn)


def risks(result: AuditResult, charts: Charts) -> Safe:
    """Make the section on own GPUs and on what the saving hangs on."""
    simulation = result.simulation
    drawn = grid(figure(charts.get("breakeven")), figure(charts.get("tornado")))
    own = Safe()
    if simulation is not None and simulation.queues and "breakeven" not in charts:
        own = table(own_gpus.queues(simulation))
    told = None if simulation is None else own_gpus.own_gpu_sentence(simulation)
    note = element("p", told, class_="note") if told else None
    return section("risks", "Own GPUs, and what the saving hangs on", drawn, own, note)


def opportunities(result: AuditResult) -> Safe:
    """Make the section on what would save besides routing."""
    if result.simulation is None or not result.simulation.opportunities:
        return Safe()
    found = simulated.opportunities(result.simulation)
    return section("else", "What else would save", table(found), class_="titled")


def data_quality(result: AuditResult) -> Safe:
    """Make the section on how good the input is, and on what the figures take for granted."""
    traffic, simulation = result.traffic, result.simulation
    told = () if simulation is None else warnings_of(simulation)
    counted = () if traffic is None else _of_traffic(traffic)
    assumed = joined(element("h3", "Taken for granted"), warnings(told)) if told else None
    return section("data", "Data quality", *counted, assumed, class_="titled")


def method(result: AuditResult) -> Safe:
    """Make the section on method: arms, prices, and what the words mean."""
    simulation, audit = result.simulation, result.audit
    terms = [
        (term.name.replace("_", " "), f"{term.meaning} {term.formula}.")
        for term in glossary.TERMS
    ]
    return section(
        "method",
        "Method and glossary",
        _arms(simulation),
        folded("Prices applied", table(audited.prices(audit)))
        if audit and audit.prices
        else None,
        folded("Glossary", definitions(terms, "glossary")),
        class_="screen",
    )


def reproduce(result: AuditResult) -> Safe:
    """Make the section on how to get the same figures again."""
    source = result.provenance
    pairs = [
        ("Command", source.command),
        ("Seed", str(source.seed)),
        ("Classifier", source.classifier),
        ("Prices", source.prices),
        *((f"Digest of {name}", digest) for name, digest in sorted(source.digests.items())),
        (
            "Made",
            f"{source.created} by routeaudit {source.routeaudit}, result {result.schema_version}",
        ),
        ("Versions", ", ".join(f"{name} {found}" for name, found in source.versions.items())),
    ]
    kept = [(key, numbers.label(value, longest=400)) for key, value in pairs if value]
    read = [(numbers.label(path), digest) for path, digest in source.inputs.items()]
    paper = f"{len(read):,} inputs; result.json has the digest of each." if read else None
    return section(
        "reproduce",
        "Reproducibility",
        definitions(kept, "facts wide"),
        folded("Digests of the inputs", definitions(read, "facts wide")) if read else None,
        element("p", paper, class_="note paper") if paper else None,
    )


def warnings(found: tuple[str, ...]) -> Safe:
    """List warnings; empty when there are none."""
    items = [element("li", numbers.label(text, longest=400)) for text in found]
    return element("ul", *items, class_="warnings") if items else Safe()


def _of_traffic(traffic: Traffic) -> tuple[Safe | None, ...]:
    flaws, left = audited.hygiene(traffic), audited.unread(traffic)
    return (
        definitions(_counts(traffic), "facts"),
        warnings(traffic.warnings),
        table(flaws, printed=7) if flaws.rows else None,
        folded("Lines left out", table(left)) if left.rows else None,
        folded("Files read", table(audited.sources(traffic))) if traffic.sources else None,
    )


def _users(audit: Audit | None) -> Safe | None:
    if audit is None:
        return None
    rows = audited.users(audit)
    return folded(rows.title, table(rows)) if rows.rows else None


def _arms(simulation: Simulation | None) -> Safe:
    if simulation is None or not simulation.arms:
        return Safe()
    return table(simulated.arms(simulation))


def _counts(traffic: Traffic) -> list[tuple[str, str]]:
    merged, rejected = sum(traffic.merged.values()), sum(traffic.rejected.values())
    days = traffic.observed_days
    return [
        ("Lines read", numbers.count(traffic.units)),
        ("Calls", numbers.count(traffic.records)),
        ("Merged", numbers.count(merged)),
        ("Rejected", numbers.count(rejected)),
        ("Distinct queries", numbers.count(traffic.distinct_queries)),
        ("Observed days", numbers.DASH if days is None else f"{days:.1f}"),
        ("Tokens estimated", numbers.share(traffic.tokens_estimated_share)),
        ("Without a price", f"{numbers.count(traffic.unpriced_calls)} calls"),
    ]

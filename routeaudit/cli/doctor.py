"""`routeaudit doctor`: what this machine can do."""

import json
from typing import Annotated

import typer

from routeaudit.classify.settings import ClassifySettings
from routeaudit.cli.console import Talk
from routeaudit.cli.numbers import UNKNOWN
from routeaudit.cli.options import Given, options
from routeaudit.cli.tables import Head, show

QUERIES = 24


@options(classify=ClassifySettings, talk=Talk)
def doctor(
    *,
    time_queries: Annotated[
        bool, typer.Option("--time", help="load --model, time a few queries, predict a scan")
    ] = False,
    given: Given,
) -> None:
    """Say what this machine can do: llama.cpp, GPU, memory, models, time of a scan."""
    from routeaudit.local_model.machine import look

    talk, machine = Talk(**given["talk"]), look()
    facts = machine._asdict() | {"fits": [fit._asdict() for fit in machine.fits]}
    if time_queries:
        facts["timing"] = _timing(ClassifySettings(**given["classify"]))
    if talk.json:
        talk.data(json.dumps(facts, indent=2))
        return
    memory = UNKNOWN if machine.memory_gb is None else f"{machine.memory_gb:.1f} GB"
    free = (
        UNKNOWN if machine.free_memory_gb is None else f"{machine.free_memory_gb:.1f} GB free"
    )
    rows = [
        ("processor", machine.processor), ("threads", str(machine.threads)),
        ("memory", f"{memory}, {free}"),
        ("llama.cpp", machine.llama_cpp_version or "not installed: pip install 'routeaudit[llama]'"),
        ("GPU offload", {True: "yes", False: "no", None: UNKNOWN}[machine.gpu_offload]),
        ("CPU features", " ".join(k for k, v in machine.features.items() if v == "1") or UNKNOWN),
    ]  # fmt: skip
    rows += [
        (fit.name, f"needs {fit.needs_gb:.1f} GB: "
         f"{ {True: 'fits', False: 'does not fit', None: 'unknown'}[fit.fits]}, "
         f"{'here' if fit.is_here else 'not here'}")
        for fit in machine.fits
    ]  # fmt: skip
    if time_queries:
        rows += [(key.replace("_", " "), value) for key, value in facts["timing"].items()]
    show(talk, "This machine", [Head("", is_figure=False), Head("", is_figure=False)], rows)


def _timing(settings: ClassifySettings) -> dict[str, str]:
    import time

    import polars as pl

    from routeaudit.classify.making import make_classifier

    # Distinct, and as long as most queries are.
    words = "please sort this message from a customer about an order that came late "
    queries = pl.Series([f"{i}: {words * 4}" for i in range(QUERIES)])
    classifier = make_classifier(settings)
    classifier.classify(queries[:1])
    began = time.perf_counter()
    classifier.classify(queries[1:])
    per_query_s = (time.perf_counter() - began) / (QUERIES - 1)
    return {
        "seconds_a_query": f"{per_query_s:.4f} ({settings.classifier})",
        "predicted_for_10,000_distinct_queries": f"{per_query_s * 10_000 / 60:.1f} minutes",
    }

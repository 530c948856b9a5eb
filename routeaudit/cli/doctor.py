"""`routeaudit doctor`: what this machine can do."""

import json
from typing import Annotated

import typer

from routeaudit.classify.settings import ClassifySettings
from routeaudit.cli.console import Talk
from routeaudit.cli.numbers import UNKNOWN
from routeaudit.cli.options import Given, options
from routeaudit.cli.tables import Head, show
from routeaudit.options import refuse_unread

QUERIES = 24
MANY = 10_000
A_WHILE_S = 120  # above this, minutes are told


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

    settings = ClassifySettings(**given["classify"])
    refuse_unread(settings, given["classify"])
    talk, machine = Talk(**given["talk"]), look()
    facts = machine._asdict() | {"fits": [fit._asdict() for fit in machine.fits]}
    if settings.classifier == "gguf" and ("model" in given["classify"] or time_queries):
        facts["model"] = _about(settings.model)
    if time_queries:
        facts["timing"] = _timing(settings)
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
    for told in ("model", "timing"):
        rows += [(key.replace("_", " "), value) for key, value in facts.get(told, {}).items()]
    show(talk, "This machine", [Head("", is_figure=False), Head("", is_figure=False)], rows)


def _about(model: str) -> dict[str, str]:
    from routeaudit.local_model.catalogue import find_file
    from routeaudit.local_model.gguf_header import read_header

    header = read_header(find_file(model))
    context = UNKNOWN if header.context_tokens is None else f"{header.context_tokens:,} tokens"
    return {
        "model_file": header.file.name,
        "model_is": f"{header.architecture}, {header.quantisation}, {header.size_bytes / 1e9:.2g} GB",
        "model_reads": f"{context} at once",
        "chat_template": "yes" if header.chat_template else "none: it cannot be asked",
    }


def _timing(settings: ClassifySettings) -> dict[str, str]:
    import time

    import polars as pl

    from routeaudit.classify.classifiers.gguf import Gguf
    from routeaudit.classify.making import make_classifier
    from routeaudit.local_model.timing import Timing, time_queries

    # Distinct, and as long as most queries are.
    words = "please sort this message from a customer about an order that came late "
    queries = [f"{i}: {words * 4}" for i in range(QUERIES)]
    classifier = make_classifier(settings)
    if isinstance(classifier, Gguf):
        timing = time_queries(classifier.worker_settings(), queries)
    else:
        began = time.perf_counter()
        classifier.classify(pl.Series(queries[:1]))
        loaded = time.perf_counter()
        classifier.classify(pl.Series(queries[1:]))
        spent_s = time.perf_counter() - loaded
        timing = Timing(loaded - began, spent_s / (QUERIES - 1), None)
    predicted_s = timing.predicted_s(MANY)
    rate = UNKNOWN if timing.tokens_per_s is None else f"{timing.tokens_per_s:,.0f}"
    return {
        "classifier": settings.classifier,
        "seconds_to_load": f"{timing.load_s:.2f}",
        "seconds_a_query": f"{timing.per_query_s:.4f}",
        "tokens_a_second": rate,
        f"predicted_for_{MANY:,}_distinct_queries": (
            f"{predicted_s / 60:,.0f} minutes"
            if predicted_s > A_WHILE_S
            else f"{predicted_s:.1f} s"
        ),
    }

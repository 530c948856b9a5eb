"""The card of the trained weights, as Markdown: data, figures, calibration, weak spots."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from routeaudit.classify.calibrate import Probabilities
from routeaudit.classify.training.data import ECHOED
from routeaudit.classify.training.measure import (
    Figures,
    figures,
    length_breaking_pairs,
    over_sources,
    reliability,
)
from routeaudit.classify.training.run import Held, Plan, Trained
from routeaudit.frames import TASKS

_FULL = 2
_BAR = 40
_NAMES = {
    "task": "task", "tier": "tier", "simple": "simple or complex",
    "complex_as_simple": "complex taken for simple",
    "calibration_error": "expected calibration error of `p_simple`",
}  # fmt: skip


def card(found: Trained, plan: Plan, data_name: str) -> str:
    """Write what the weights were trained on, how well they do, and where they are weak.

    Args:
        found: what the run found.
        plan: how it was run.
        data_name: the name of the data file; no path.
    """
    lines = [
        "# Model card: the embedded classifier",
        "",
        "Written by `python -m routeaudit.classify.training`; do not edit by hand.",
        "",
        "Hashed words, stems, pairs and triples of the asking parts of a prompt, words of the",
        "pasted part, a learned loudness for each, one linear head for fourteen tasks and three",
        "tiers. Eight bits a weight, no pickle, no word can be read back.",
        "",
        *_data(found, data_name),
        *_sources(found),
        *_figures(found, plan),
        *_by_task(found.final),
        *_calibration(found),
        *_pairs(found),
        *_weak(found.cross),
    ]
    return "\n".join(lines) + "\n"


def _data(found: Trained, data_name: str) -> Iterator[str]:
    yield from ("## Data", "")
    yield f"`{data_name}`; weights ship for all of it after the figures below were taken."
    yield "Requests written for this project (CC0) are added to every training part and never"
    yield "measured on. Long documents are left out: they are told by their token count."
    yield from ("", "| licence | rows |", "| --- | ---: |")
    licences = Counter(found.cross.examples.licence.tolist())
    licences.update(found.final.examples.licence.tolist())
    yield from (f"| {name} | {rows} |" for name, rows in licences.most_common())
    yield ""


def _sources(found: Trained) -> Iterator[str]:
    yield from ("## Sources", "", "Kindred sources are one family and never on both sides.", "")
    yield from ("| family of sources | rows | licences | part |", "| --- | ---: | --- | --- |")
    for held, part in ((found.cross.examples, "folds"), (found.final.examples, "reserved")):
        rows = Counter(held.family.tolist())
        licences: dict[str, set[str]] = {name: set() for name in rows}
        for name, licence in zip(held.family.tolist(), held.licence.tolist(), strict=True):
            licences[name].add(licence)
        for name, count in sorted(rows.items(), key=lambda item: (-item[1], item[0])):
            named = "; ".join(sorted(licences[name] - {""}))
            yield f"| {name} | {count} | {named} | {part} |"
    yield ""


def _figures(found: Trained, plan: Plan) -> Iterator[str]:
    cross, final = found.cross, found.final
    yield from ("## Figures on sources that were held out", "")
    yield f"Cross-validation: {plan.folds} folds, whole families of sources held out. Reserved:"
    yield "sources in no fold and behind no setting. Samples of some of them were seen before"
    yield "requests were authored, and some requests echo them: `strict` leaves those out. The"
    yield "authored requests were written after a look at the errors of the cross-validation,"
    yield "which flatters that column. Intervals (95 %) draw whole sources again."
    yield from (
        "",
        "| figure | cross-validation | over seeds | reserved | strict |",
        "| --- | --- | --- | --- | --- |",
    )
    sets = (cross, final, _without_echoes(final))
    right = [_right(held) for held in sets]
    values = [_measured(held) for held in sets]
    for name, words in _NAMES.items():
        spread = [getattr(one, name) for one in found.by_seed]
        cells = [f"{getattr(values[0], name):.3f}", f"{min(spread):.3f} to {max(spread):.3f}"]
        cells += [f"{getattr(value, name):.3f}" for value in values[1:]]
        if name in right[0]:
            for place, held, hits in zip((0, 2, 3), sets, right, strict=True):
                low, high = over_sources(hits[name], held.examples.family, seed=0)
                cells[place] += f" ({low:.3f} to {high:.3f})"
        yield f"| {words} | {' | '.join(cells)} |"
    yield f"| best length rule, simple or complex | {found.length_rule_cross:.3f} | | {found.length_rule_final:.3f} | |"
    yield ""


def _without_echoes(held: Held) -> Held:
    kept = np.flatnonzero(~np.isin(held.examples.family, ECHOED))
    said = Probabilities(*(column[kept] for column in held.said))
    return Held(held.examples.take(kept), held.logits[kept], held.unknown[kept], said)


def _right(held: Held) -> dict[str, npt.NDArray[np.bool_]]:
    simple = held.examples.tier < _FULL
    return {
        "task": held.said.task.argmax(axis=1) == held.examples.task,
        "simple": (held.said.simple >= 0.5) == simple,  # noqa: PLR2004 even odds
    }


def _measured(held: Held) -> Figures:
    return figures(held.said, held.examples.task, held.examples.tier)


def _by_task(held: Held) -> Iterator[str]:
    yield from ("## Each task, on the reserved sources", "")
    yield from (
        "| task | rows | found | right when said | simple or complex |",
        "| --- | ---: | ---: | ---: | ---: |",
    )
    said, task = held.said.task.argmax(axis=1), held.examples.task
    simple = _right(held)["simple"]
    for number, name in enumerate(TASKS):
        inside, called = task == number, said == number
        if inside.any():
            found = np.mean(called[inside])
            right = f"{np.mean(inside[called]):.2f}" if called.any() else ""
            yield f"| {name} | {inside.sum()} | {found:.2f} | {right} | {simple[inside].mean():.2f} |"
    yield ""


def _calibration(found: Trained) -> Iterator[str]:
    for title, held in (("cross-validation", found.cross), ("reserved sources", found.final)):
        yield from (f"## Calibration of `p_simple`, {title}", "", "```")
        for bar in reliability(held.said.simple, held.examples.tier < _FULL):
            drawn = ("#" * round(bar.was * _BAR)).ljust(_BAR)
            yield f"said {bar.said:.2f}  was {bar.was:.2f}  |{drawn}|  {bar.rows} rows"
        yield from ("```", "")


def _pairs(found: Trained) -> Iterator[str]:
    yield from ("## Pairs that break a length rule", "")
    yield "Share of pairs in which the simple query has the higher `p_simple`."
    yield from ("", "| pair | cross-validation | reserved |", "| --- | ---: | ---: |")
    both = [
        length_breaking_pairs(
            held.said.simple, held.examples.lengths(), held.examples.tier < _FULL
        )
        for held in (found.cross, found.final)
    ]
    yield f"| long and simple, short and complex | {both[0].long_simple:.3f} | {both[1].long_simple:.3f} |"
    yield f"| short and simple, long and complex | {both[0].short_simple:.3f} | {both[1].short_simple:.3f} |"
    yield ""


def _weak(held: Held) -> Iterator[str]:
    yield from ("## Weak spots (cross-validation)", "", "Most frequent confusions:", "")
    said, task = held.said.task.argmax(axis=1), held.examples.task
    wrong = said != task
    mixed = Counter(zip(task[wrong].tolist(), said[wrong].tolist(), strict=True))
    for (was, called), rows in mixed.most_common(10):
        yield f"- {TASKS[was]} taken for {TASKS[called]}: {rows} rows"
    yield from ("", "Families of sources least often right on simple or complex:", "")
    right, family = _right(held)["simple"], held.examples.family
    share = {name: right[family == name].mean() for name in np.unique(family).tolist()}
    for name in sorted(share, key=lambda key: share[key])[:10]:
        yield f"- {name}: {share[name]:.2f} of {np.sum(family == name)} rows"

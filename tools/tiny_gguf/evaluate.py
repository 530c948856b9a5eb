# ruff: noqa: INP001, T201 a script that is run by path and prints its table
"""Judge requests of sources that were never trained on, through llama.cpp, as a scan would.

python tools/tiny_gguf/evaluate.py QUERIES.jsonl.gz MODEL.gguf [--threads 1]
"""

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
import polars as pl

from data import TESTED, Row, read_rows
from routeaudit.classify.classifiers.gguf import Gguf

EVEN = 0.5


def length_rule(known: list[Row], unseen: list[Row]) -> float:
    """Give how often the best rule by length alone, found on trained sources, is right."""
    lengths = np.array([len(row.text) for row in known])
    simple = np.array([row.is_simple for row in known])
    cuts = np.quantile(lengths, np.linspace(0, 1, 101))
    scores = [((lengths >= cut) == simple).mean() for cut in cuts]
    best = int(np.argmax(np.abs(np.array(scores) - EVEN)))
    longer_is_simple = scores[best] > EVEN
    said = np.array([len(row.text) >= cuts[best] for row in unseen]) == longer_is_simple
    return float((said == np.array([row.is_simple for row in unseen])).mean())


def main() -> None:
    """Print accuracy in all and by source."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("queries", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("--threads", type=int, default=0)
    given = parser.parse_args()
    rows = read_rows(given.queries)
    unseen = [row for row in rows if row.source in TESTED]
    gguf = Gguf(model_file=str(given.model), threads=given.threads)
    said = gguf.classify(pl.Series([row.text for row in unseen]))
    side = (said["p_simple"].to_numpy() >= EVEN) == np.array([row.is_simple for row in unseen])
    task = said["task"].cast(pl.String).to_numpy() == np.array([row.task for row in unseen])
    known = [row for row in rows if not row.held_out]
    print(f"{len(unseen)} requests of {len(TESTED)} unseen sources")
    print(f"simple/complex {side.mean():.3f}, task {task.mean():.3f}")
    print(f"the best length rule {length_rule(known, unseen):.3f}")
    places: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(unseen):
        places[row.source].append(place)
    for source, at in sorted(places.items(), key=lambda item: -len(item[1])):
        print(f"{source:40} {len(at):5} {side[at].mean():.3f} {task[at].mean():.3f}")


if __name__ == "__main__":
    main()
